"""The out-tray: letters beside the ledger, each written whole or not at all."""

import os
import re
from pathlib import Path

from mikroledger.errors import NotCertainError
from mikroledger.journal.layout import STATE, TEMPORARY
from mikroledger.journal.storage import DISK, FILE_MODE

_NAME = re.compile(r"[0-9]{4}/[A-Za-z0-9.-]+\.(?:pdf|json)", re.ASCII)


class FileOutbox:
    """The `letters/` folder of a book."""

    def __init__(self, book: Path) -> None:
        self._book = book

    def put(self, name: str, content: bytes) -> str:
        """Write a file, and return its path below the book.

        A crash leaves either nothing under the name or the whole file; made again from the
        same book it is the same bytes.

        Raises:
            NotCertainError: the disk did not take it.
        """
        assert _NAME.fullmatch(name), f"{name} is no letter's name"
        path = self._book / "letters" / name
        try:
            DISK.make_folder(path.parent)
            DISK.make_folder(self._book / STATE)
            _replace(path, content, self._book / STATE)
        except OSError as error:
            raise NotCertainError(
                da=f"Brevet {path} kunne ikke skrives ({error.strerror}). Skaf plads eller"
                " adgang, og kør samme kommando igen.",
                en=f"The letter {path} could not be written ({error.strerror}). Make room or"
                " give access, and run the same command again.",
            ) from error
        return f"letters/{name}"

    def get(self, file: str) -> bytes | None:
        """Return a file of `letters/` by its path below the book; None where it is not there.

        Raises:
            NotCertainError: it is there, and the disk does not give it.
        """
        folder, _, name = file.partition("/")
        if folder != "letters" or not _NAME.fullmatch(name):
            return None
        path = self._book / file
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotCertainError(
                da=f"{path} kan ikke læses ({error.strerror}). Skaf læseadgang, og prøv igen.",
                en=f"{path} cannot be read ({error.strerror}). Get read access, and try again.",
            ) from error


def _replace(path: Path, content: bytes, state: Path) -> None:
    # In a small folder, where recovery finds what a crash leaves: it is somebody's letter.
    temporary = state / f"{TEMPORARY}{os.getpid()}-{path.name}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
