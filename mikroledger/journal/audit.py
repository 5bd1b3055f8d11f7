"""Is a book whole? Every commit by its bytes, the run log, the letters, and what was edited."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mikroledger.errors import BrokenBookError
from mikroledger.journal import chain, layout, posted, runlog
from mikroledger.journal.chain import Chain, Commit, Fault
from mikroledger.journal.file import FileJournal
from mikroledger.journal.shelf import readable
from mikroledger.words import Text

_SHORTEST = 16
"""How much of a head must be given: enough to be that of one commit."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What is wrong, and what a reader should know; and the head that vouches for all of it."""

    findings: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    number: int
    head: str


def audit(book: Path, head: str = "") -> Audit:
    """Verify a book.

    Args:
        head: of an earlier receipt, or the beginning of it: it must be in the chain.

    Raises:
        BrokenBookError: there is no book, or a file cannot be read.
    """
    book = book.absolute()
    layout.must_exist(book)
    with readable(book):
        said = runlog.last(book)  # before the journal: it must not be ahead of what is read
        found = chain.verify(book)
        later = runlog.last(book)  # somebody may have booked meanwhile
        findings = (*found.faults, *_acknowledged(found, said, later), *_letters(book))
        notes = (*_settings(book, found), *_adopted(found))
        wanted = _wanted(found, head) if head else None
    if wanted and wanted.commit < 0:
        findings = (*findings, wanted)
    elif wanted:
        notes = (*notes, wanted)
    newest = found.commits[-1] if found.commits else None
    return Audit(findings, notes, newest.named if newest else -1, found.head)


def _acknowledged(
    found: Chain, said: runlog.Said | None, later: runlog.Said | None
) -> Iterator[Fault]:
    """Compare with the run log: it says what was booked last, the newest commit included."""
    if said is None or later is None:
        return
    hashes = {commit.named: commit.hash for commit in found.commits}
    for text in runlog.differs(said, hashes.get(said.number, "")):
        yield Fault(f"{layout.STATE}/{runlog.NAME}", said.number, 0, text)
    for commit in found.commits:
        if commit.named > later.number:
            number = f"{commit.named:06d}"
            text = Text(
                f"{commit.file}: bogføring {number} blev aldrig kvitteret. Blev en kommando"
                " afbrudt, så kør den igen; ellers er den skrevet af en anden.",
                f"{commit.file}: commit {number} was never acknowledged. If a command was"
                " interrupted, run it again; else somebody else wrote it.",
            )
            yield Fault(commit.file, commit.named, commit.line, text)


def _letters(book: Path) -> Iterator[Fault]:
    """Compare the letters with their records, where the book can be read."""
    try:
        answers = FileJournal(book).survey("letters", posted.sent)
    except BrokenBookError as error:
        yield Fault("", -1, 0, error.text)
        return
    yield from posted.faults(book, answers)


def _settings(book: Path, found: Chain) -> Iterator[Fault]:
    """Say when what the municipality edits by hand was changed: that is allowed, and seen."""
    commits = [commit for commit in found.commits if commit.settings]
    for before, after in pairwise(commits):
        if before.settings != after.settings:
            yield _edited(after, f"før {after.named:06d}", f"before {after.named:06d}")
    if commits and commits[-1].settings != layout.settings_digest(book):
        last = f"{commits[-1].named:06d}"
        yield _edited(commits[-1], f"efter {last}", f"after {last}")


def _edited(commit: Commit, da: str, en: str) -> Fault:
    text = Text(
        f"Konti, politik eller main.beancount blev rettet {da} ({commit.day}).",
        f"Accounts, policy or main.beancount were edited {en} ({commit.day}).",
    )
    return Fault(commit.file, commit.named, commit.line, text)


def _adopted(found: Chain) -> Iterator[Fault]:
    """Say what a person took in."""
    by_number = {commit.number: commit for commit in found.commits}
    for each in found.adopted:
        at, what = by_number[each.commit], _ADOPTED.get(each.what, Text("Noget", "Something"))
        words = {"first": f"{each.first:06d}", "last": f"{each.last:06d}", "file": each.file}
        text = Text(
            f"{what.da.format(**words)} blev taget ind med {at.named:06d} ({at.by}, {at.day}).",
            f"{what.en.format(**words)} was taken in with {at.named:06d} ({at.by}, {at.day}).",
        )
        yield Fault(each.file or at.file, each.first, 0, text)


_ADOPTED = {
    chain.CHANGED: Text("En rettelse i bogføring {first}", "An edit of commit {first}"),
    chain.GONE: Text(
        "At bogføring {first} til {last} er væk",
        "That commits {first} to {last} are gone",
    ),
    chain.FILE: Text("Filen {file}", "The file {file}"),
}


def _wanted(found: Chain, head: str) -> Fault:
    """Say where in the chain a head stands; commit -1 where it does not."""
    head = head.strip().lower()
    for ago, commit in enumerate(reversed(found.commits)):
        old = [a.old for a in found.adopted if a.first == commit.named]
        if len(head) >= _SHORTEST and any(h.startswith(head) for h in (commit.hash, *old)):
            text = Text(
                f"{head[:_SHORTEST]}… er bogføring {commit.named:06d}, {ago} før den nyeste.",
                f"{head[:_SHORTEST]}… is commit {commit.named:06d}, {ago} before the newest.",
            )
            return Fault(commit.file, commit.named, commit.line, text)
    text = Text(
        f"{head[:_SHORTEST]}… er ikke i bogens kæde: det er en anden bog, en ældre kopi, eller"
        " også er den ændret. Giv mindst 16 tegn af kvitteringens hoved.",
        f"{head[:_SHORTEST]}… is not in the book's chain: it is another book, an older copy, or"
        " it was changed. Give at least 16 characters of the receipt's head.",
    )
    return Fault("", -1, 0, text)
