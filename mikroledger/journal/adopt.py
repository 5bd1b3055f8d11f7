"""Take in what was done to a book by hand, or by an older copy of it: in the open, by a person.

A changed commit keeps its place, and from then on the chain knows it under both hashes. A file
that is no commit becomes one. Commits that are gone, or that an older copy never had, stay gone,
and numbering goes on after them; the letters that they made are written into the book again, so
that nobody gets them twice. First the whole book is tried as it would be then.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mikroledger.domain.ledger import Draft, Entry, Opening, Receipt, Record, Value
from mikroledger.domain.periods import CLOSE, closed_through, dated
from mikroledger.domain.personal import has_cpr
from mikroledger.errors import NotCertainError, RefusedError
from mikroledger.journal import bind, chain, layout, posted, runlog
from mikroledger.journal.chain import ADOPT, CHANGED, FILE, GONE, Chain
from mikroledger.journal.file import Commit, FileJournal, append, is_settled, keys_are_new, plan
from mikroledger.journal.runlog import Said
from mikroledger.journal.shelf import readable
from mikroledger.words import Text

# What a file that is no commit may hold, a line at a time where nothing is indented: as much as
# is written again without loss.
_LINE = re.compile(
    r"[ \t;*#]|$"
    r'|[0-9]{4}-[0-9]{2}-[0-9]{2} (?:\* "(?:[^"\\]|\\.)*"(?: \^\S+)* *'
    r'|open \S+ +DKK *|custom "mikroledger" .*)(?:;.*)?$'
)
_OURS = ("id", "by", "booked")
_COUNTED = re.compile("reference|key")
_RESERVED = frozenset({"commit", ADOPT, CLOSE})


@dataclass(frozen=True, slots=True)
class Order:
    """Who takes in, when, and why."""

    by: str
    today: date
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is taken in, as the record of it will say (`chain.Adopted`)."""

    what: str
    first: int
    last: int
    old: str
    new: str
    file: str
    text: Text

    def record(self, order: Order) -> Record:
        """Return the record that makes it part of the chain."""
        meta: dict[str, Value] = {
            "kind": ADOPT,
            "first": f"{self.first:06d}",
            "last": f"{self.last:06d}",
            "file": self.file,
            "old": self.old,
            "new": self.new,
            "reason": order.reason,
        }
        kept = {key: value for key, value in meta.items() if value}
        return Record(order.today, ADOPT, (self.what,), meta=kept)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in, and the commit that says so; none where there was nothing."""

    items: tuple[Item, ...] = ()
    receipt: Receipt | None = None


def adopt(journal: FileJournal, order: Order, *, dry_run: bool = False) -> Taken:
    """Take in all that differs from what was booked.

    Raises:
        RefusedError: it is not what a book may hold, with file, line and reason.
        BrokenBookError: the book would not load with it.
        NotCertainError: busy, full, or the outcome is unknown.
    """
    layout.must_exist(journal.book)
    if dry_run:
        with readable(journal.book):
            return _planned(journal.book, order)[0]
    with journal.alone():
        with readable(journal.book):
            taken, commit = _planned(journal.book, order)
        if commit:
            append(journal.storage, commit)
        with _cleared():
            _settle(journal)
    return taken


@contextmanager
def _cleared() -> Iterator[None]:
    """Tell what went wrong after the commit."""
    try:
        yield
    except OSError as error:
        raise NotCertainError(
            da=f"Det er taget ind, men oprydningen lykkedes ikke ({error.strerror}). Kør samme"
            " kommando igen.",
            en=f"It was taken in, but not cleared up ({error.strerror}). Run the same command"
            " again.",
        ) from error


def _settle(journal: FileJournal) -> None:
    """Take away what was taken in, and let the run log say what is the newest commit now."""
    bind.tidy(journal.storage, journal.book)
    newest = chain.verify(journal.book).commits[-1]
    said = runlog.last(journal.book)
    if said is None or said.head != newest.hash:
        is_settled(journal.storage, journal.book)
        line = Said(newest.named, newest.hash, newest.day, runlog.LATE)
        runlog.acknowledge(journal.storage, journal.book, line)


def _planned(book: Path, order: Order) -> tuple[Taken, Commit | None]:
    """Find what is to be taken in, and try the book with it."""
    found, said = chain.verify(book), runlog.last(book)
    if not found.commits:
        raise RefusedError(
            da="Der er ingen bogføring i bogen. Hent den med »mikroledger restore«.",
            en="There is no commit in the book. Restore it with 'mikroledger restore'.",
        )
    newest = found.commits[-1]
    number, prev = newest.named, newest.hash
    if said and said.number > number and not _is_known(found, said):
        number, prev = said.number, said.head
    strays = layout.strays(book)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder)
        _copy(book, trial, strays)
        ledger = FileJournal(trial).read()
        letters = posted.unknown(book, lambda: posted.known_to(ledger))
        items = (
            *dict.fromkeys((*_edits(found), *_against(found, said))),
            *(_file(book, path, number + 1) for path in strays),
            *(_letter(letter) for letter in letters),
        )
        if not items:
            return Taken(), None
        for item in items:
            _is_ended(book, item)
        entries = (
            *(item.record(order) for item in items if item.what != _LETTER),
            *(posted.recorded(book, letter, ledger) for letter in letters),
            *(entry for path in strays for entry in _entries(book, path, order)),
        )
        closed = closed_through(ledger)
        draft = Draft(ADOPT, tuple(dated(e, closed) for e in entries), order.today, order.by)
        keys_are_new(draft, ledger)
        hashes = prev, layout.settings_digest(book)
        commit = plan(book, draft, number + 1, hashes, ledger.openings)
        _try(trial, commit, book)
    return Taken(items, commit.receipt), commit


# What differs

_LETTER = "letter"


def _edits(found: Chain) -> Iterator[Item]:
    """Yield the commits that the chain does not know as they are, and those that are gone."""
    for each in chain.breaks(found.commits, found.adopted):
        last, commit = each.last, each.commit
        if each.kind == CHANGED and last:
            yield _changed(last, commit.prev)
        elif each.kind == GONE:
            yield _gone(each.expected, commit.named - 1, commit.prev, last)


def _against(found: Chain, said: Said | None) -> Iterator[Item]:
    """Yield in what the book differs from the run log."""
    if said is None or _is_known(found, said):
        return
    newest = found.commits[-1]
    if said.number > newest.named:
        yield _gone(newest.named + 1, said.number, said.head, newest)
    for commit in found.commits:
        if commit.named == said.number and commit.hash != said.head:
            yield _changed(commit, said.head)


def _is_known(found: Chain, said: Said) -> bool:
    """Tell whether what the log says last was taken in before."""
    return any((each.last, each.old) == (said.number, said.head) for each in found.adopted)


def _changed(commit: chain.Commit, old: str) -> Item:
    text = Text(
        f"{commit.file}, linje {commit.line}: bogføring {commit.named:06d} som den er nu.",
        f"{commit.file}, line {commit.line}: commit {commit.named:06d} as it is now.",
    )
    return Item(CHANGED, commit.named, commit.named, old, commit.hash, commit.file, text)


def _gone(first: int, last: int, old: str, before: chain.Commit | None) -> Item:
    numbers = f"{first:06d}" + f"-{last:06d}" * (last > first)
    text = Text(f"Bogføring {numbers} er væk.", f"Commit {numbers} is gone.")
    return Item(GONE, first, last, old, before.hash if before else "", "", text)


def _file(book: Path, path: Path, number: int) -> Item:
    name = str(path.relative_to(book))
    text = Text(f"{name} bliver til en bogføring.", f"{name} becomes a commit.")
    return Item(FILE, number, number, "", layout.digest((path.read_bytes(),)), name, text)


def _letter(letter: posted.Letter) -> Item:
    text = Text(f"{letter.file} skrives ind igen.", f"{letter.file} is recorded again.")
    return Item(_LETTER, 0, 0, "", "", letter.file, text)


def _is_ended(book: Path, item: Item) -> None:
    """Refuse a commit without its last line end: bound, it would run into the next one."""
    if item.what == CHANGED and not (book / item.file).read_bytes().endswith(b"\n"):
        line = (book / item.file).read_bytes().count(b"\n") + 1
        raise _refused(
            item.file,
            line,
            "den sidste linje mangler sit linjeskift. Sæt det på",
            "the last line lacks its line end. Add it",
        )


# What a file holds


def _entries(book: Path, path: Path, order: Order) -> Iterator[Entry]:
    """Yield the entries of a file that is no commit, each of which a book may take in.

    Raises:
        RefusedError: with file, line and reason.
        BrokenBookError: beancount cannot read it.
    """
    from mikroledger.journal import read

    name, content = str(path.relative_to(book)), path.read_bytes()
    include = layout.include_text(path.with_suffix("")) if layout.is_month(path) else ""
    entries = read.values_of(content, name)
    for number, line in enumerate(content.decode().split("\n"), start=1):
        if not _LINE.match(line) and f"{line}\n" != include:
            raise _refused(
                name,
                number,
                "det kan ikke tages ind uden at miste noget. Skriv posteringen som mikroledger"
                " gør",
                "this cannot be taken in without losing something. Write the entry as mikroledger"
                " does",
            )
    for entry in entries:
        if why := _why_not(entry, order.today):
            raise _refused(name, entry.place.line, why.da, why.en)
        yield entry


def _why_not(entry: Entry, today: date) -> Text | None:
    """Say why a book may not take an entry in, if it may not."""
    if isinstance(entry, Record) and entry.name in _RESERVED:
        return Text(
            f"»{entry.name}« skriver kun mikroledger selv. Slet posten",
            f"only mikroledger itself writes '{entry.name}'. Delete the record",
        )
    if any(key in entry.meta for key in _OURS):
        return Text(
            "id, by og booked sætter mikroledger selv. Slet dem, eller flyt filen væk, hvis den"
            " er en kopi",
            "mikroledger itself sets id, by and booked. Delete them, or move the file away if it"
            " is a copy",
        )
    if not isinstance(entry, Opening) and max(entry.day, entry.value) > today:
        return Text("dagen er ikke kommet endnu. Ret den", "the day has not come yet. Correct it")
    said = {"text": getattr(entry, "text", ""), **entry.meta}
    if any(has_cpr(str(said[key]), dashed=_COUNTED.match(key) is not None) for key in said):
        return Text(
            "teksten ligner et CPR-nummer. Skriv den uden",
            "the text looks like a CPR number. Write it without",
        )
    return None


def _refused(name: str, line: int, da: str, en: str) -> RefusedError:
    return RefusedError(
        da=f"{name}, linje {line}: {da}. Intet er taget ind.",
        en=f"{name}, line {line}: {en}. Nothing was taken in.",
    )


# The book as it would be


def _copy(book: Path, trial: Path, strays: Sequence[Path]) -> None:
    """Copy settings and journal, without what is no commit."""
    (trial / layout.JOURNAL).mkdir()
    for name in layout.SETTINGS:
        (trial / name).write_bytes((book / name).read_bytes())
    for path in layout.sources(book):
        if path not in strays:
            _lay(trial / path.relative_to(book), path.read_bytes())


def _lay(path: Path, content: bytes) -> None:
    """Put a file of the journal into the trial, with the include of its month."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if path.parent.name != layout.JOURNAL:
        layout.include_path(path.parent).write_text(layout.include_text(path.parent))


def _try(trial: Path, commit: Commit, book: Path) -> None:
    """Load the book as it would be with the commit, by beancount, and follow its chain.

    Raises:
        RefusedError: something is still wrong with it.
    """
    from mikroledger.journal import read

    _lay(trial / commit.path.relative_to(book), commit.content)
    errors = read.full(trial).errors
    faults = tuple((fault.text.da, fault.text.en) for fault in chain.verify(trial).faults)
    for da, en in (*errors, *faults):
        raise RefusedError(da=f"{da} Intet er taget ind.", en=f"{en} Nothing was taken in.")
