"""A large book in pieces that beancount can load one after the other.

A piece is some months of the journal, with the settings, and with the accounts that its months
use and others open. So each posting is judged as in the whole book, in the memory of a piece.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mikroledger.journal import layout
from mikroledger.journal.layout import JOURNAL, MAIN

LARGEST = 4_000_000
"""Bytes of the journal in a piece, unless a month alone has more."""
_STRING = "<string>"
"""What beancount calls a text that is no file."""
_INCLUDE = re.compile(rf'^include[ \t]+"{JOURNAL}/\*\.beancount"[^\n]*', re.MULTILINE)
_OPEN = re.compile(r"^[0-9]{4,}[-/][0-9]+[-/][0-9]+[ \t]+open[ \t]+(\S+)[^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A line of the journal that opens an account."""

    account: str
    text: str
    file: str
    line: int
    piece: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that stands for main.beancount, and includes some months only.

    Args:
        text: the settings, the months, and a line for each account that others open.
        lines: how many of its lines are main.beancount's own.
        borrowed: the accounts that others open, by their line.
    """

    book: Path
    number: int
    text: str
    lines: int
    borrowed: Mapping[int, _Opened]

    def owns(self, meta: Mapping[str, Any]) -> bool:
        """Tell whether a directive is this piece's; what the settings say is the first one's."""
        if meta["filename"] == _STRING:
            return not self.number and meta["lineno"] <= self.lines
        return not self.number or str(meta["filename"]).startswith(f"{self.book / JOURNAL}/")

    def put_home(self, meta: dict[str, Any]) -> None:
        """Say where something stands in the book, not in this text."""
        if meta.get("filename") == _STRING:
            lent = self.borrowed.get(meta["lineno"])
            meta["filename"] = lent.file if lent else str(self.book / MAIN)
            meta["lineno"] = lent.line if lent else meta["lineno"]


def is_large(book: Path) -> bool:
    """Tell whether a book must be loaded piece by piece; one that lacks its journal is small."""
    size = sum(map(_size, _months(book)))
    return size > LARGEST and _INCLUDE.search(_main(book)) is not None


def pieces_of(book: Path) -> Iterator[Piece]:
    """Yield the pieces of a book in order."""
    groups = list(_groups(book))
    opened: dict[str, list[_Opened]] = {}
    for number, months in enumerate(groups):
        for each in _openings(months, number):
            opened.setdefault(each.account, []).append(each)
    for number, months in enumerate(groups):
        yield _piece(book, months, number, opened)


def _main(book: Path) -> str:
    return (book / MAIN).read_text("utf-8")


def _months(book: Path) -> Sequence[Path]:
    return sorted((book / JOURNAL).glob("*.beancount"))


def _groups(book: Path) -> Iterator[list[Path]]:
    """Yield neighbouring months that make a piece together."""
    group: list[Path] = []
    size = 0
    for month in _months(book):
        more = _size(month)
        if group and size + more > LARGEST:
            yield group
            group, size = [], 0
        group.append(month)
        size += more
    yield group


def _size(month: Path) -> int:
    """Return how many bytes beancount reads of a month."""
    return sum(file.stat().st_size for file in _files(month))


def _files(month: Path) -> Sequence[Path]:
    """Return a month's file, and what it includes."""
    folder = month.with_suffix("")
    return [month, *(sorted(folder.glob("*.beancount")) if layout.is_open(month) else ())]


def _openings(months: Sequence[Path], piece: int) -> Iterator[_Opened]:
    for file in (file for month in months for file in _files(month)):
        text, line, before = file.read_text("utf-8"), 1, 0
        for found in _OPEN.finditer(text):
            line += text.count("\n", before, found.start())
            before = found.start()
            yield _Opened(found[1], found[0], str(file), line, piece)


def _piece(
    book: Path,
    months: Sequence[Path],
    number: int,
    opened: Mapping[str, Sequence[_Opened]],
) -> Piece:
    main = _main(book)
    files = (file for month in months for file in _files(month))
    used = {word for file in files for word in opened.keys() & file.read_text("utf-8").split()}
    others = (each for name in sorted(used) for each in opened[name])
    above = [_INCLUDE.sub("", main), *(f'include "{m.relative_to(book)}"' for m in months)]
    lines = "\n".join(above).count("\n") + 1
    borrowed = dict(enumerate((each for each in others if each.piece != number), lines + 1))
    text = "\n".join((*above, *(each.text for each in borrowed.values()), ""))
    return Piece(book, number, text, main.count("\n") + 1, borrowed)
