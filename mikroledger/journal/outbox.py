"""The out-tray: letters beside the ledger, each written whole or not at all."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from mikroledger.errors import NotCertainError
from mikroledger.journal.layout import STATE, TEMPORARY
from mikroledger.journal.storage import DISK, FILE_MODE

_NAME = re.compile(r"[0-9]{4}/[A-Za-z0-9.-]+\.(?:pdf|json)", re.ASCII)


class FileOutbox:
    """The `letters/` folder of a book."""

    def __init__(self, book: Path) -> None:
        self._book = book

    def put(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write files, and return their paths below the book when all are on the disk.

        A crash leaves either nothing under a name or the whole file; made again from the same
        book it is the same bytes.

        Raises:
            NotCertainError: the disk did not take one of them.
        """
        strange = [name for name in files if not _NAME.fullmatch(name)]
        assert not strange, f"{strange} are no letters' names"
        paths = {self._book / "letters" / name: content for name, content in files.items()}
        path = self._book / "letters"
        try:
            folders = {path.parent for path in paths}
            for folder in (*folders, self._book / STATE):
                DISK.make_folder(folder)
            for path, content in paths.items():
                _replace(path, content, self._book / STATE)
            for folder in folders:
                DISK.fsync_folder(folder)
        except OSError as error:
            raise NotCertainError(
                da=f"Brevet {path} kunne ikke skrives ({error.strerror}). Skaf plads eller"
                " adgang, og kør samme kommando igen.",
                en=f"The letter {path} could not be written ({error.strerror}). Make room or"
                " give access, and run the same command again.",
            ) from error
        return tuple(f"letters/{name}" for name in files)

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
