"""The letters that lie in a book, against the records that say what was sent."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from mikroledger import days
from mikroledger.domain.ledger import Ledger, Record, Value
from mikroledger.domain.plan import digest as plan_digest
from mikroledger.domain.portfolio import portfolio
from mikroledger.journal.chain import Fault
from mikroledger.journal.layout import digest
from mikroledger.words import Text

_NAME = re.compile(
    r"(?P<loan>[A-Za-z0-9.-]+)-(?P<kind>payout|reminder|apology)(?:-(?P<number>[0-9.]+))?"
    r"-(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\.pdf",
    re.ASCII,
)
_DEADLINE = "new-deadline-days"


class Letter(NamedTuple):
    """What a letter's name says; vouchers are made again at will, and are none."""

    file: str
    loan: str
    kind: str
    number: str
    day: date

    @property
    def level(self) -> int:
        """The level of a reminder, else 0."""
        return int(self.number) if self.kind == "reminder" and self.number.isdecimal() else 0

    @property
    def corrects(self) -> str:
        """The id of the letter that an apology takes back, else nothing."""
        return self.number.replace(".", "-") if self.kind == "apology" else ""


def lying_in(book: Path) -> Iterator[Letter]:
    """Yield the letters that lie in a book."""
    for path in sorted(book.glob("letters/*/*.pdf")):
        named = _NAME.fullmatch(path.name)
        if named:
            loan, kind, number, day = named.groups()
            file = str(path.relative_to(book))
            yield Letter(file, loan, kind, number or "", date.fromisoformat(day))


def unknown(book: Path, known: Callable[[], Collection[str]]) -> tuple[Letter, ...]:
    """Return the letters that no record of the book knows.

    Args:
        known: the files that its records name; asked where there are letters at all.
    """
    found = tuple(lying_in(book))
    there = known() if found else ()
    return tuple(letter for letter in found if letter.file not in there)


def known_to(ledger: Ledger) -> frozenset[str]:
    """Return the files of the letters that a book knows."""
    return frozenset(record.get("file") for record in ledger.records("letter"))


def hashes(book: Path) -> Mapping[str, str]:
    """Return SHA-256 of each letter and certificate that lies in a book, by its name there."""
    return {
        str(path.relative_to(book)): digest((path.read_bytes(),))
        for path in sorted(book.glob("letters/*/*"))
        if path.suffix in {".pdf", ".json"} and path.is_file()
    }


class Sent(NamedTuple):
    """What a record says of the files of a letter."""

    file: str
    sha256: str
    certificate: str
    id: str
    commit: int


def sent(ledger: Ledger) -> str:
    """Return what the records of a part of a book say, as an answer that can be kept.

    Another system's letters are recorded without a file.
    """
    keys = ("file", "sha256", "certificate", "id")
    records = [record for record in ledger.records("letter") if record.get("file")]
    return json.dumps([(*map(record.get, keys), record.commit) for record in records])


def faults(book: Path, answers: Iterable[str]) -> Iterator[Fault]:
    """Tell what is wrong with the letters of a book: gone, changed, or not known to it.

    Args:
        answers: of each part of the book (`sent`).
    """
    records = [Sent(*said) for answer in answers for said in json.loads(answer)]
    for record in records:
        hashes = {record.file: record.sha256, _certificate(record.file): record.certificate}
        for name, expected in hashes.items():
            path = book / name
            if not path.is_file():
                yield _fault(name, record, "filen mangler", "the file is missing")
            elif digest((path.read_bytes(),)) != expected:
                yield _fault(name, record, "filen er ændret", "the file was changed")
    for letter in unknown(book, lambda: {record.file for record in records}):
        yield _fault(letter.file, None, "bogen kender ikke brevet", "no record knows this letter")


def _certificate(file: str) -> str:
    return f"{file.removesuffix('.pdf')}.json"


def _fault(name: str, record: Sent | None, da: str, en: str) -> Fault:
    commit = record.commit if record else -1
    told = (f" (brev {record.id})", f" (letter {record.id})") if record else ("", "")
    return Fault(name, commit, 0, Text(f"{name}: {da}{told[0]}.", f"{name}: {en}{told[1]}."))


def recorded(book: Path, letter: Letter, ledger: Ledger) -> Record:
    """Return the record of a letter that an older book does not know.

    Plan and deadline are not in its name: the one is as the book has it for that day, and the
    other as the policy of the letter's certificate gives it.
    """
    meta: dict[str, Value] = {"kind": "letter", "loan": letter.loan, "adopted": True}
    loan = portfolio(ledger, letter.day).loans.get(letter.loan)
    if loan and loan.plan:
        meta |= {"plan": plan_digest(loan.plan), "first-due": loan.plan[0].due}
    if letter.level:
        meta |= {"level": letter.level, "deadline": _deadline(book, letter)}
    if letter.corrects:
        meta["corrects"] = letter.corrects
    certificate = book / _certificate(letter.file)
    content = certificate.read_bytes() if certificate.is_file() else b""
    meta |= {
        "file": letter.file,
        "sha256": digest(((book / letter.file).read_bytes(),)),
        "certificate": digest((content,)),
        "key": f"apology:{letter.corrects}" if letter.corrects else _key(letter.file),
    }
    return Record(letter.day, "letter", (letter.kind,), meta=meta)


def _key(file: str) -> str:
    return f"letter:{file.removeprefix('letters/').removesuffix('.pdf')}"


def _deadline(book: Path, letter: Letter) -> date:
    """Return the deadline that a reminder gave."""
    try:
        said = json.loads((book / _certificate(letter.file)).read_bytes())
        wait = int(said["policy"][_DEADLINE])
    except (OSError, ValueError, LookupError, TypeError):
        wait = 0
    return days.forward(letter.day + timedelta(days=wait))
