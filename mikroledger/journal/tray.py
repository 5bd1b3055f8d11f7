"""The out-tray: what is handed over to those who carry letters, a folder for each batch.

Whoever carries them watches the folder `outgoing/` and takes what is in it. So a batch appears
whole, in one step, and only after the book says that it was handed over: before that it lies
under a temporary name that nobody takes. After a crash a batch that the book knows appears, and
one that it does not know goes away and is made again.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mikroledger.errors import NotCertainError
from mikroledger.journal.layout import TEMPORARY
from mikroledger.journal.storage import DISK

NAME = "outgoing"
_BATCH = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9.-]+\.(?:xml|pdf|csv)", re.ASCII)
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600  # numbers of persons are in it


class FileTray:
    """The out-tray of a book."""

    def __init__(self, book: Path) -> None:
        self._folder = book / NAME

    def path(self, batch: str) -> Path:
        """Return where a batch lies once it is handed over."""
        return self._folder / batch

    def prepare(self, batch: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Write a batch, all of it on the disk, where nobody takes it yet.

        Raises:
            NotCertainError: the disk did not take it.
        """
        assert _BATCH.fullmatch(batch), f"{batch} is no batch"
        hidden = self._hidden(batch)
        with _told(hidden):
            DISK.make_folder(self._folder)
            shutil.rmtree(hidden, ignore_errors=True)
            hidden.mkdir(mode=_PRIVATE_FOLDER)
            for name, content in files:
                assert _FILE.fullmatch(name), f"{name} is no file of a batch"
                _write(hidden / name, content)
            DISK.fsync_folder(hidden)
            DISK.fsync_folder(self._folder)

    def hand_over(self, batch: str) -> None:
        """Let a batch appear; it is in the book.

        Raises:
            NotCertainError: the disk did not do it; the next hand-over will.
        """
        with _told(self.path(batch)):
            self._hidden(batch).replace(self.path(batch))
            DISK.fsync_folder(self._folder)

    def discard(self, batch: str) -> None:
        """Take a batch away that the book does not know."""
        shutil.rmtree(self._hidden(batch), ignore_errors=True)

    def recover(self, known: Callable[[], frozenset[str]]) -> tuple[str, ...]:
        """Finish what a crash interrupted; return the batches that appeared.

        Args:
            known: the batches that the book says were handed over; asked if there is need.
        """
        waiting = list(self._waiting())
        there = known() if waiting else frozenset()
        for batch in waiting:
            if batch in there:
                self.hand_over(batch)
            else:
                self.discard(batch)
        return tuple(batch for batch in waiting if batch in there)

    def _waiting(self) -> Iterator[str]:
        for path in sorted(self._folder.glob(f"{TEMPORARY}*")):
            yield path.name.removeprefix(TEMPORARY)

    def _hidden(self, batch: str) -> Path:
        return self._folder / f"{TEMPORARY}{batch}"


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotCertainError(
            da=f"{path} kunne ikke skrives ({error.strerror}). Skaf plads eller adgang, og kør"
            " samme kommando igen.",
            en=f"{path} could not be written ({error.strerror}). Make room or give access, and"
            " run the same command again.",
        ) from error
