"""The run log: which commit was acknowledged last, kept beside the journal.

The chain vouches for every commit but the newest, which no other names; and an older copy of a
journal is whole in itself. So a line is added here after a commit is on the disk. What the log
says last must be in the book, else an older book was put back, and nothing goes on before a
person has taken that in (`adopt`).

A crash between the two leaves a log that is behind: the next command that books brings it up to
date before it does anything else. A copy without a log is told by its letters instead: one that
no record knows was sent by a newer book. Where there is a log, such a letter is what a crash
left, and its run will make it again under the same name.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mikroledger.journal import layout
from mikroledger.journal.storage import Storage, write_end
from mikroledger.words import Text

NAME = "acknowledged"
LATE = "late"
"""The verb of a line that a later command added."""
_TAIL = 4096  # bytes: some forty lines
_LINE = re.compile(
    r"^(?P<number>[0-9]{6,}) (?P<head>[0-9a-f]{64}) (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r" (?P<verb>[a-z-]+)\n",
    re.ASCII | re.MULTILINE,
)


class Said(NamedTuple):
    """A line of the log."""

    number: int
    head: str
    day: str
    verb: str

    @property
    def line(self) -> bytes:
        return f"{self.number:06d} {self.head} {self.day} {self.verb}\n".encode()


def path_of(book: Path) -> Path:
    """Return where the log of a book lies."""
    return book / layout.STATE / NAME


def said_in(tail: bytes) -> Said | None:
    """Return the last whole line; what a crash left of one says nothing."""
    found = list(_LINE.finditer(tail.decode("ascii", "replace")))
    if not found:
        return None
    number, head, day, verb = found[-1].groups()
    return Said(int(number), head, day, verb)


def last(book: Path) -> Said | None:
    """Return what was acknowledged last; None where there is no log."""
    tail = _tail(path_of(book))
    return said_in(tail) if tail else None


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            return file.read()
    except FileNotFoundError:
        return b""


def acknowledge(storage: Storage, book: Path, said: Said) -> None:
    """Add a line; a part of one that a crash left is ended first.

    Raises:
        OSError: the disk did not take it.
    """
    path = path_of(book)
    tail = _tail(path)
    ended = b"" if tail.endswith(b"\n") or not tail else b"\n"
    write_end(storage, path, ended + said.line)
    if not tail:
        storage.fsync_folder(path.parent)


def older(
    book: Path,
    said: Said | None,
    hash_of: Callable[[int], str],
    letters: Callable[[], Collection[str]],
) -> Iterator[Text]:
    """Tell whether the book is older than its run log, or than its letters.

    Args:
        said: what the log says last; read before the journal is.
        hash_of: the hash of a commit in the book by number; empty where there is none.
        letters: the files of the letters that the book knows; asked where there is no log.
    """
    if said is None:
        from mikroledger.journal import posted

        unknown = posted.unknown(book, letters)
        if unknown:
            yield _letters([letter.file for letter in unknown])
    else:
        yield from differs(said, hash_of(said.number))


def differs(said: Said, found: str) -> Iterator[Text]:
    """Tell whether the commit that the log says last is not the one that was found."""
    if found != said.head:
        yield _older(said)


def _older(said: Said) -> Text:
    number, head = f"{said.number:06d}", said.head[:16]
    return Text(
        f"Bogen er en anden end den, der blev bogført i sidst: bogføring {number} ({said.verb},"
        f" {said.day}, {head}…) mangler eller er en anden. Er en ældre sikkerhedskopi lagt ind?"
        " Hent den nyeste med »mikroledger restore«, eller gå videre med den her: »mikroledger"
        " adopt --reason TEKST«. Indtil da bogføres intet, og ingen får brev.",
        f"The book is not the one that was booked in last: commit {number} ({said.verb},"
        f" {said.day}, {head}…) is missing or another. Was an older backup put back? Restore the"
        " newest with 'mikroledger restore', or go on with this one: 'mikroledger adopt --reason"
        " TEXT'. Until then nothing is booked, and nobody gets a letter.",
    )


def _letters(files: Sequence[str]) -> Text:
    count, first = len(files), files[0]
    return Text(
        f"Der ligger {count} breve, som bogen ikke kender ({first}). Er det en ældre kopi? Hent"
        " den nyeste med »mikroledger restore«, eller skriv brevene ind i den her: »mikroledger"
        " adopt --reason TEKST«. Indtil da bogføres intet, og ingen får brev.",
        f"There are {count} letters that the book does not know ({first}). Is it an older copy?"
        " Restore the newest with 'mikroledger restore', or write the letters into this one:"
        " 'mikroledger adopt --reason TEXT'. Until then nothing is booked, and nobody gets a"
        " letter.",
    )
