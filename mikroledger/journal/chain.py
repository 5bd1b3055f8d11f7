"""Each commit names the hash of the one before it, so that an edit anywhere is found.

What a person took in by `adopt` is part of the chain from then on: a record there says which
hash a commit had, which one it has now, or which commits are gone. The newest commit is named by
no other; the run log (`runlog`) keeps its hash.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from mikroledger.journal import layout
from mikroledger.journal.layout import commit_number, digest
from mikroledger.words import Text

_HEADER = re.compile(
    rb'^[0-9]{4}-[0-9]{2}-[0-9]{2} custom "mikroledger" "commit" "(?P<number>[0-9]{6,})"\n'
    rb'(?:  [^\n]*\n)*?  prev: "(?P<prev>[0-9a-f]*)"\n',
    re.MULTILINE,
)
_MARK, _DAY = b' custom "mikroledger" "commit" "', len("2011-05-02")
_ADOPTED = re.compile(
    rb'^[0-9]{4}-[0-9]{2}-[0-9]{2} custom "mikroledger" "adopt" "(?P<what>[a-z]+)"\n'
    rb"(?P<meta>(?:  [^\n]*\n)*)",
    re.MULTILINE,
)
_META = re.compile(rb'^  ([a-z]+): "([^"\n]*)"\n', re.MULTILINE)
ADOPT, CHANGED, GONE, FILE = "adopt", "changed", "gone", "file"
"""The record of what a person took in, and what it may be."""


class Sealed(NamedTuple):
    """Where a commit stands in a file: its bytes are those from `start` up to `end`."""

    number: int
    prev: str
    start: int
    end: int
    line: int


def split(content: bytes) -> tuple[Sealed, ...]:
    """Return the commits in a file: one, or a whole month once it is bound."""
    found = list(_headers(content))
    ends = [*(each.start() for each in found[1:]), len(content)][: len(found)]
    sealed, line, counted = [], 1, 0
    for header, end in zip(found, ends, strict=True):
        line += content.count(b"\n", counted, header.start())
        counted = header.start()
        number, prev = int(header["number"]), header["prev"].decode()
        sealed.append(Sealed(number, prev, header.start(), end, line))
    return tuple(sealed)


def _headers(content: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the headers of commits; looking for the fixed words first is ten times faster."""
    at = content.find(_MARK)
    while at >= 0:
        start = at - _DAY
        if start >= 0 and (header := _HEADER.match(content, start)):
            yield header
        at = content.find(_MARK, at + 1)


def number_at(sealed: Sequence[Sealed], line: int) -> int:
    """Return the number of the commit that a line of a file is part of; -1 before the first."""
    return max((each.number for each in sealed if each.line <= line), default=-1)


class Fault(NamedTuple):
    """What is wrong with the journal, and where: commit -1 and line 0 where there is none."""

    file: str
    commit: int
    line: int
    text: Text


Flaw = tuple[str, str]


class Commit(NamedTuple):
    """A commit where it stands: by the number in its header, and by that of its file's name."""

    number: int
    prev: str
    hash: str
    file: str
    line: int
    named: int
    day: str
    by: str
    settings: str


class Adopted(NamedTuple):
    """What an `adopt` record says: the commits from `first` to `last` were `old`, and are `new`.

    Where commits are gone, `new` is the hash of the one before them; of a file that was none it
    is the file's own.
    """

    what: str
    first: int
    last: int
    old: str
    new: str
    file: str
    commit: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The commits in their order, what a person took in, and where the chain is broken."""

    commits: tuple[Commit, ...] = ()
    adopted: tuple[Adopted, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def head(self) -> str:
        """The hash of the newest commit; it vouches for all before it."""
        return self.commits[-1].hash if self.commits else ""

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """The faults as sentences, in Danish and in English."""
        return tuple((fault.text.da, fault.text.en) for fault in self.faults)


def verify(
    book: Path,
    contents: Mapping[Path, bytes] | None = None,
    included: Collection[str] | None = None,
) -> Chain:
    """Follow the chain through all commits, by their bytes.

    Args:
        contents: files that have been read already.
        included: those that beancount read, where it did.
    """
    commits: list[Commit] = []
    adopted: list[Adopted] = []
    faults: list[Fault] = []
    for path in layout.sources(book):
        content = (contents or {}).get(path)
        content = path.read_bytes() if content is None else content
        name = str(path.relative_to(book))
        found = split(content)
        commits += commits_in(content, name, found)
        adopted += (each for one in found for each in _adopted(content[one.start : one.end], one))
        faults += _outside(name, found)
    commits.sort(key=lambda commit: (commit.named, commit.file, commit.line))
    faults += (each.fault for each in breaks(commits, adopted))
    faults += (*_left_out(book, included), *_left_over(book))
    return Chain(tuple(commits), tuple(adopted), tuple(faults))


def commits_in(content: bytes, name: str, found: Sequence[Sealed]) -> Iterator[Commit]:
    """Yield the commits of a file; the only one of a file goes by the file's own name."""
    named = commit_number(name)
    for one in found:
        part = content[one.start : one.end]
        header = dict(_META.findall(part.partition(b"\n\n")[0] + b"\n"))
        by, settings = (header.get(key, b"").decode() for key in (b"by", b"settings"))
        by_name = named if named >= 0 else one.number
        hashed = digest((part,))
        day = part[:10].decode()
        yield Commit(one.number, one.prev, hashed, name, one.line, by_name, day, by, settings)


def _adopted(content: bytes, sealed: Sealed) -> Iterator[Adopted]:
    """Yield what the records of a commit took in."""
    if b'"adopt"' not in content:
        return
    for record in _ADOPTED.finditer(content):
        said = {key.decode(): value.decode() for key, value in _META.findall(record["meta"])}
        first = said.get("first", "")
        yield Adopted(
            what=record["what"].decode(),
            first=int(first) if first.isdecimal() else -1,
            last=int(last) if (last := said.get("last", first)).isdecimal() else -1,
            old=said.get("old", ""),
            new=said.get("new", ""),
            file=said.get("file", ""),
            commit=sealed.number,
        )


class Break(NamedTuple):
    """Where the chain does not hold between two commits that follow each other."""

    kind: str
    """"misnamed", "twice", GONE or CHANGED."""
    expected: int
    last: Commit | None
    commit: Commit

    @property
    def fault(self) -> Fault:
        """What a person is told."""
        wrong = self.last if self.kind == CHANGED and self.last else self.commit
        name, line, upto = wrong.file, wrong.line, self.commit.named - 1
        words = {
            "number": f"{wrong.number:06d}",
            "after": f"{self.commit.named:06d}",
            "gone": f"{self.expected:06d}" + f"-{upto:06d}" * (upto > self.expected),
        }
        told = _TOLD[self.kind]
        text = Text(
            f"{name}, linje {line}: {told.da.format(**words)}",
            f"{name}, line {line}: {told.en.format(**words)}",
        )
        return Fault(name, wrong.named, line, text)


_TOLD = {
    "misnamed": Text(
        "filen er bogføring {number} og hedder noget andet. Hent den fra sikkerhedskopien.",
        "the file is commit {number} and has another's name. Restore it from the backup.",
    ),
    "twice": Text(
        "bogføring {number} er der to gange. Hent mappen journal fra sikkerhedskopien.",
        "commit {number} is there twice. Restore the folder journal from the backup.",
    ),
    GONE: Text(
        "bogføring {gone} lige før mangler. Hent mappen journal fra sikkerhedskopien.",
        "commit {gone} just before is missing. Restore the folder journal from the backup.",
    ),
    CHANGED: Text(
        "bogføring {number} er ændret, efter at den blev skrevet, eller også er {after}, som"
        " nævner den. Hent mappen journal fra sikkerhedskopien, eller tag rettelsen ind med"
        " »mikroledger adopt«.",
        "commit {number} was changed after it was written, or {after} was, which names it."
        " Restore the folder journal from the backup, or take the edit in with 'mikroledger"
        " adopt'.",
    ),
}


def breaks(commits: Sequence[Commit], adopted: Sequence[Adopted]) -> Iterator[Break]:
    """Go through commits in their order, and yield where the chain does not hold.

    `before` are the hashes that the next commit may name: two, where an edit was taken in.
    """
    before, expected, last = {""}, 0, None
    for commit in commits:
        gone = [a.old for a in adopted if _is_gone(a, expected, commit.named, before)]
        if commit.number != commit.named:
            yield Break("misnamed", expected, last, commit)
        elif commit.named < expected:
            yield Break("twice", expected, last, commit)
        elif commit.named > expected and not gone:
            yield Break(GONE, expected, last, commit)
        elif commit.prev not in (gone or before):
            yield Break(CHANGED, expected, last, commit)
        before = {commit.hash, *(a.old for a in adopted if _is_changed(a, commit))}
        expected, last = commit.named + 1, commit


def _is_gone(adopted: Adopted, first: int, until: int, before: Collection[str]) -> bool:
    """Tell whether a person took in that the commits from `first` on, before `until`, are gone."""
    between = (adopted.first, adopted.last + 1) == (first, until)
    return adopted.what == GONE and between and adopted.new in before


def _is_changed(adopted: Adopted, commit: Commit) -> bool:
    """Tell whether a person took in a commit as it is now."""
    return (adopted.what, adopted.first, adopted.new) == (CHANGED, commit.named, commit.hash)


def _outside(name: str, found: Sequence[Sealed]) -> Iterator[Fault]:
    """Find what is no part of any commit, and commits that do not stand in their place."""
    if not found or found[0].start:
        text = Text(
            f"{name}, linje 1: det er ikke en bogføring. Tag det ind med »mikroledger adopt«,"
            " eller flyt det ud af mappen journal.",
            f"{name}, line 1: this is no commit. Take it in with 'mikroledger adopt', or move it"
            " out of the folder journal.",
        )
        yield Fault(name, -1, 1, text)
    for before, after in pairwise(found):
        if commit_number(name) >= 0 or before.number >= after.number:
            text = Text(
                f"{name}, linje {after.line}: bogføring {after.number:06d} står ikke på sin"
                " plads. Hent filen fra sikkerhedskopien.",
                f"{name}, line {after.line}: commit {after.number:06d} is not in its place."
                " Restore the file from the backup.",
            )
            yield Fault(name, after.number, after.line, text)


def _left_out(book: Path, included: Collection[str] | None) -> Iterator[Fault]:
    """A month without its include file would be silently missing from every balance."""
    for month in layout.months(book):
        include = layout.include_path(month)
        there = include.exists() if included is None else str(include) in included
        if any(month.glob("*.beancount")) and not there:
            name = str(month.relative_to(book))
            text = Text(
                f"{name}: måneden er ikke med i bogen. Den næste kommando, der bogfører,"
                " retter det.",
                f"{name}: the month is not part of the book. The next command that books"
                " will repair it.",
            )
            yield Fault(name, -1, 0, text)


def _left_over(book: Path) -> Iterator[Fault]:
    """Find files that nothing includes, and that are no copy of what a bound month holds."""
    for month in layout.months(book):
        if layout.is_bound(layout.include_path(month)):
            copies = bound_copies(month)
            for path in sorted(month.glob("*")):
                if path not in copies and not path.name.startswith(layout.TEMPORARY):
                    yield _stray(str(path.relative_to(book)))
    for path in sorted((book / layout.JOURNAL).glob("*")):
        expected = path.suffix == ".beancount" or path in layout.months(book)
        if not (expected or path.name.startswith(layout.TEMPORARY)):
            yield _stray(str(path.relative_to(book)))


def bound_copies(month: Path) -> frozenset[Path]:
    """Return the files in a bound month's folder that the month's own file holds, byte for byte.

    A crash leaves them while a month is bound; nothing includes them any more.
    """
    content = layout.include_path(month).read_bytes()
    held = {one.number: content[one.start : one.end] for one in split(content)}
    return frozenset(
        path
        for path in month.glob("*.beancount")
        if held.get(commit_number(path.name)) == path.read_bytes()
    )


def _stray(name: str) -> Fault:
    text = Text(
        f"{name}: filen hører ikke til i bogen. Flyt den ud af mappen journal.",
        f"{name}: the file has no place in the book. Move it out of the folder journal.",
    )
    return Fault(name, -1, 0, text)
