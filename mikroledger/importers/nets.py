"""Payments as Betalingsservice tells them: Nets' delivery 0602, read strictly by position.

Sections 0211 (automatic payments) and 0215 (payment slips, FI cards). A record has 128
characters of ISO-8859-1. Positions after Nets' guidelines for data suppliers (0602), as public
readers of it have them, and after letters.md 3; a delivery of Nets' own was not at hand.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mikroledger.domain import fik
from mikroledger.domain.record import BankPart, Document, Notice, Rejected
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers.cells import Dates, masked, reason
from mikroledger.importers.statement import content_id
from mikroledger.money import ORE, ZERO, danish

FORMAT = "nets-0602"
_LENGTH = 128
_DATES = Dates(["ddmmyy"])
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PAID, _RETURNED, _NOTHING = "paid", "returned", "nothing"
_CODES: Mapping[str, Mapping[str, str]] = {
    "0211": {"0236": _PAID, "0237": _NOTHING, "0238": _NOTHING, "0239": _RETURNED},
    "0215": {"0297": _PAID, "0299": _RETURNED},
}
"""What a transaction means, by section: 0237 is refused and 0238 cancelled, so nothing moved."""
_BESIDE = {"0211": frozenset({"052"}), "0215": frozenset({"022", "052", "062"})}
"""Records that may stand beside a payment: the payer's address and text, which nobody needs."""


def is_nets(data: bytes) -> bool:
    """Tell whether bytes are a delivery of Nets'."""
    return data.startswith(b"BS002")


def read(name: str, data: bytes, digest: str) -> Document:
    """Read a delivery 0602.

    Raises:
        RefusedError: it is another delivery, or not whole.
    """
    lines = data.decode("iso-8859-1").replace("\r\n", "\n").rstrip("\n\x1a").split("\n")
    first = lines[0]
    if (kind := first[16:20]) != "0602":
        raise RefusedError(
            da=f"Filen er Nets-leverance {masked(kind)}; kun 0602 (betalingsoplysninger) læses.",
            en=f"The file is a Nets delivery {masked(kind)}; only 0602 (payment information) is"
            " read.",
        )
    if not lines[-1].startswith("BS992"):
        raise RefusedError(
            da="Nets-leverancen slutter uden slutrecord (BS992). Er den hentet helt ned?",
            en="The Nets delivery ends without its end record (BS992). Was it downloaded whole?",
        )
    delivery = _Delivery(first[5:13])
    for number, line in enumerate(lines, 1):
        delivery.take(number, line)
    return Document(
        name,
        FORMAT,
        delivery.supplier,
        digest,
        rejected=tuple(delivery.rejected),
        notices=tuple(delivery.notices),
    )


@dataclass(slots=True)
class _Count:
    """What the records of a section, or of the delivery, come to.

    Args:
        payments: records 042.
        beside: records 052 and 062, and records 022.
        sums: what may be called their sum: as claimed, as paid, and both less what came back.
    """

    payments: int = 0
    beside: tuple[int, int] = (0, 0)
    sums: tuple[Decimal, ...] = (ZERO,) * 4

    def pay(self, claimed: Decimal, paid: Decimal, sign: int) -> None:
        """Count a record 042."""
        self.payments += 1
        each = (claimed, paid, sign * claimed, sign * paid)
        self.sums = tuple(sum(pair, ZERO) for pair in zip(self.sums, each, strict=True))

    def accompany(self, kind: str) -> None:
        """Count a record that stands beside a payment."""
        texts, addresses = self.beside
        self.beside = (texts, addresses + 1) if kind == "022" else (texts + 1, addresses)


@dataclass
class _Delivery:
    """What was read so far of a delivery."""

    supplier: str
    notices: list[Notice] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    _sections: int = 0
    _section: str = ""
    _creditor: str = ""
    _own: _Count = field(default_factory=_Count)
    _all: _Count = field(default_factory=_Count)
    _seen: dict[str, int] = field(default_factory=dict)
    _equals: Counter[str] = field(default_factory=Counter)
    _ended: bool = False

    def take(self, number: int, line: str) -> None:
        """Take in a record, or note what is wrong with it."""
        try:
            _formed(line)
            self._reader(number, line)(line)
        except UsageError as error:
            self.rejected.append(Rejected(number, reason(error)))

    def _reader(self, number: int, line: str) -> Callable[[str], None]:
        """Return what reads a record of this kind, where it may stand."""
        kind = line[2:5]
        if kind == "002" and number == 1:
            return self._start
        readers: dict[str, Callable[[str], None]] = {}
        if not (self._section or self._ended):
            readers = {"012": self._begin, "992": self._end}
        elif self._section:
            readers = {"042": lambda line: self._payment(number, line), "092": self._finish}
            readers.update(dict.fromkeys(_BESIDE[self._section], self._beside))
        if kind not in readers:
            known = "/".join(sorted(readers)) or "-"
            raise UsageError(
                da=f"Recordtype {kind} kendes ikke her; her kan stå {known}.",
                en=f"The record type {kind} is not known here; here may stand {known}.",
            )
        return readers[kind]

    def _start(self, line: str) -> None:
        _digits(line, 5, 13)
        if line[13:16] != "BS1":
            raise UsageError(
                da=f"Delsystemet er »{line[13:16]}«, ikke BS1.",
                en=f"The subsystem is '{line[13:16]}', not BS1.",
            )

    def _begin(self, line: str) -> None:
        section = line[13:17]
        if section not in _CODES:
            raise UsageError(
                da=f"Sektion {section} kendes ikke; kendte: 0211, 0215.",
                en=f"The section {section} is not known; known: 0211, 0215.",
            )
        self._creditor = _digits(line, 5, 13)
        self._section, self._own = section, _Count()
        self._sections += 1

    def _beside(self, line: str) -> None:
        self._same_creditor(line)
        for count in (self._own, self._all):
            count.accompany(line[2:5])

    def _payment(self, number: int, line: str) -> None:
        """Read a payment; one that was refused or cancelled only counts."""
        record = _AUTOMATIC if self._section == "0211" else _SLIP
        claimed, paid = _kroner(line, *record.claimed), _kroner(line, 115, 128)
        meant = _CODES[self._section].get(line[13:17], "")
        for count in (self._own, self._all):
            count.pay(claimed, paid, -1 if meant == _RETURNED else 1)
        self._same_creditor(line)
        if not meant:
            known = "/".join(_CODES[self._section])
            raise UsageError(
                da=f"Transaktionskode {line[13:17]} kendes ikke i sektion {self._section};"
                f" kendte: {known}.",
                en=f"The transaction code {line[13:17]} is not known in section {self._section};"
                f" known: {known}.",
            )
        _signed(line[record.sign], meant)
        if meant != _NOTHING:
            self.notices.append(self._notice(number, line, record, back=meant == _RETURNED))

    def _notice(self, number: int, line: str, record: "_Record", *, back: bool) -> Notice:
        amount = _kroner(line, 115, 128)
        if amount == ZERO:
            raise UsageError(
                da="Det betalte beløb er 0,00; en betaling flytter penge.",
                en="The amount paid is 0.00; a payment moves money.",
            )
        paid, booked = _day(line, 103, 109), _day(line, 109, 115)
        day = booked or paid
        if day is None:
            raise UsageError(
                da="Betalingen har ingen dag (hverken betalt eller bogført).",
                en="The payment has no day (neither paid nor booked).",
            )
        payer = line[slice(*record.payer)].strip()
        part = BankPart(
            -amount if back else amount,
            fik=payer if fik.loan_of(payer) else "",
            text=" ".join(line[slice(*record.text)].split()),
        )
        value = day if back else paid or day
        archive = line[slice(*record.archive)].strip()
        name = f"{self._creditor}/{archive if archive.strip('0') else content_id(line)}"
        name += "/R" if back else ""
        if name in self._seen and archive.strip("0"):
            raise UsageError(
                da=f"Arkivnummer {archive} står også på linje {self._seen[name]}.",
                en=f"The archive number {archive} is also on line {self._seen[name]}.",
            )
        self._seen.setdefault(name, number)
        self._equals[name] += 1
        return Notice(number, name, self._equals[name], day, value, part, back)

    def _same_creditor(self, line: str) -> None:
        if line[5:13] != self._creditor:
            raise UsageError(
                da=f"Kreditor er {line[5:13]}; sektionens er {self._creditor}.",
                en=f"The creditor is {line[5:13]}; the section's is {self._creditor}.",
            )

    def _finish(self, line: str) -> None:
        """Hold a section against its end record."""
        section, own = self._section, self._own
        self._section = ""
        self._same_creditor(line)
        if line[13:17] != section:
            raise UsageError(
                da=f"Slutrecorden er for sektion {line[13:17]}; sektionen er {section}.",
                en=f"The end record is of section {line[13:17]}; the section is {section}.",
            )
        # some deliveries have the count right behind the debtor group, and no sum
        at = 31 if line[38:42].strip() else 27
        _held("042", _digits(line, at, at + 11), own.payments)
        if at == 31:
            _held_sums(line, own)

    def _end(self, line: str) -> None:
        """Hold the delivery against its end record."""
        self._ended = True
        if line[5:13] != self.supplier or line[16:20] != "0602":
            raise UsageError(
                da="Slutrecorden hører til en anden leverance end startrecorden.",
                en="The end record is of another delivery than the start record.",
            )
        _held("012", _digits(line, 20, 31), self._sections)
        _held("042", _digits(line, 31, 42), self._all.payments)
        _held_sums(line, self._all)


@dataclass(frozen=True, slots=True)
class _Record:
    """Where the fields of a record 042 stand, from 0; the end is not in it."""

    claimed: tuple[int, int]
    sign: int
    payer: tuple[int, int]
    text: tuple[int, int]
    archive: tuple[int, int]


_AUTOMATIC = _Record((56, 69), 55, (25, 40), (69, 99), (0, 0))
_SLIP = _Record((59, 72), 58, (29, 44), (72, 81), (81, 103))


def _formed(line: str) -> None:
    """Refuse a record of another length: all behind a missing character would be read wrongly."""
    if len(line) != _LENGTH:
        raise UsageError(
            da=f"Recorden har {len(line)} tegn; en record har {_LENGTH}.",
            en=f"The record has {len(line)} characters; a record has {_LENGTH}.",
        )
    if _CONTROL.search(line):
        raise UsageError(
            da="Recorden har styretegn; den skal være ISO-8859-1.",
            en="The record has control characters; it must be ISO-8859-1.",
        )


def _digits(line: str, start: int, end: int) -> str:
    """Return a field of digits."""
    text = line[start:end]
    if not (text.isascii() and text.isdigit()):
        raise UsageError(
            da=f"Position {start + 1}-{end}: »{text}« er ikke {end - start} cifre.",
            en=f"Positions {start + 1}-{end}: '{text}' is not {end - start} digits.",
        )
    return text


def _kroner(line: str, start: int, end: int) -> Decimal:
    """Return an amount, which stands in øre."""
    return int(_digits(line, start, end)) * ORE


def _day(line: str, start: int, end: int) -> date | None:
    """Return a day, or None where there is none: zeros, or blanks."""
    text = line[start:end]
    return _DATES.read(text) if text.strip(" 0") else None


def _signed(sign: str, meant: str) -> None:
    """Refuse a sign that does not go with what the record says: 1 collects, 2 pays out."""
    allowed = {_PAID: "1", _RETURNED: "12", _NOTHING: "012"}[meant]
    if sign not in allowed:
        raise UsageError(
            da=f"Fortegnet er »{sign}«; her skal stå {'/'.join(allowed)}.",
            en=f"The sign is '{sign}'; here must stand {'/'.join(allowed)}.",
        )


def _held(kind: str, stated: str, found: int) -> None:
    """Hold a count that is stated against what was read."""
    if int(stated) != found:
        raise UsageError(
            da=f"Slutrecorden siger {int(stated)} record {kind}; der er {found}.",
            en=f"The end record says {int(stated)} records {kind}; there are {found}.",
        )


def _held_sums(line: str, found: _Count) -> None:
    """Hold sum and further counts against what was read, where they are stated.

    Whether the sum is what was claimed or what was paid, and whether what came back is taken
    off it, the readers at hand do not say: it must be one of these.
    """
    total = _kroner(line, 42, 57) if line[42:57].strip(" 0") else None
    if total is not None and total not in {abs(each) for each in found.sums}:
        raise UsageError(
            da=f"Slutrecorden siger {danish(total)} i alt; betalingerne giver"
            f" {danish(found.sums[0])}.",
            en=f"The end record says {danish(total)} in total; the payments give"
            f" {danish(found.sums[0])}.",
        )
    for kind, start, count in (("052/062", 57, found.beside[0]), ("022", 83, found.beside[1])):
        if line[start : start + 11].strip():
            _held(kind, _digits(line, start, start + 11), count)
