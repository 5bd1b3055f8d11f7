"""Each commit names the hash of the one before it, so that an edit anywhere is found."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mikroledger.journal.layout import (
    commit_number,
    commits,
    digest,
    include_path,
    months,
)

Flaw = tuple[str, str]
_MARK = b' custom "mikroledger" "commit" "'

# The first directive of a commit, as `text` writes it.
_HEADER = re.compile(
    rb'[0-9]{4}-[0-9]{2}-[0-9]{2} custom "mikroledger" "commit" "(?P<number>[0-9]{6,})"\n'
    rb'(?:  [^\n]*\n)*?  prev: "(?P<prev>[0-9a-f]*)"\n',
)


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
    """Yield the headers of commits; a search for their fixed words first is ten times faster."""
    at = content.find(_MARK)
    while at >= 0:
        if header := _HEADER.match(content, content.rfind(b"\n", 0, at) + 1):
            yield header
        at = content.find(_MARK, at + 1)


def number_at(sealed: Sequence[Sealed], line: int) -> int:
    """Return the number of the commit that a line of a file is part of; -1 before the first."""
    return max((each.number for each in sealed if each.line <= line), default=-1)


@dataclass(frozen=True, slots=True)
class Chain:
    """The hash of the newest commit, and where the chain is broken."""

    head: str = ""
    flaws: tuple[Flaw, ...] = ()


def verify(book: Path, contents: Mapping[Path, bytes], included: Collection[str]) -> Chain:
    """Follow the chain through all commits.

    `contents` are the files that have been read already, `included` those that beancount read.
    """
    flaws: list[Flaw] = []
    head, expected = "", 0
    for path in commits(book):
        content = contents[path] if path in contents else path.read_bytes()
        name = str(path.relative_to(book))
        flaws += _flaws(name, content, expected, head)
        head, expected = digest((content,)), commit_number(name) + 1
    return Chain(head, (*flaws, *_left_out(book, included)))


def _flaws(name: str, content: bytes, expected: int, before: str) -> Iterator[Flaw]:
    header = _HEADER.match(content)
    number = commit_number(name)
    if header is None or int(header["number"]) != number:
        yield _flaw(
            da=f"{name}: filen begynder ikke med sit eget nummer. Hent den fra sikkerhedskopien.",
            en=f"{name}: the file does not begin with its own number. Restore it from the backup.",
        )
    elif number != expected:
        yield _flaw(
            da=f"{name}: bogføring {expected:06d} mangler, eller et nummer er brugt to gange."
            " Hent mappen journal fra sikkerhedskopien.",
            en=f"{name}: commit {expected:06d} is missing, or a number was used twice."
            " Restore the folder journal from the backup.",
        )
    elif header["prev"].decode() != before:
        yield _flaw(
            da=f"{name}: bogføringen før denne er ændret, efter at den blev skrevet."
            " Hent mappen journal fra sikkerhedskopien.",
            en=f"{name}: the commit before this one was changed after it was written."
            " Restore the folder journal from the backup.",
        )


def _left_out(book: Path, included: Collection[str]) -> Iterator[Flaw]:
    """A month without its include file would be silently missing from every balance."""
    for month in months(book):
        if any(month.glob("*.beancount")) and str(include_path(month)) not in included:
            name = month.relative_to(book)
            yield _flaw(
                da=f"{name}: måneden er ikke med i bogen. Den næste kommando, der bogfører,"
                " retter det.",
                en=f"{name}: the month is not part of the book. The next command that books"
                " will repair it.",
            )


def _flaw(da: str, en: str) -> Flaw:
    return da, en
