"""The few things done to a disk, one by one, so that tests can make any of them fail."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Protocol

from mikroledger.journal.layout import TEMPORARY

FOLDER_MODE = 0o750
FILE_MODE = 0o640


class Storage(Protocol):
    """What the journal does to a disk. Every method may raise OSError."""

    def temporary(self) -> str:
        """Return a name that was never used."""
        ...

    def make_folder(self, path: Path) -> None:
        """Make a folder with its parents; it may be there already."""
        ...

    def open_new(self, path: Path) -> int:
        """Create a file that is not there, for writing."""
        ...

    def write(self, file: int, data: bytes) -> int:
        """Write what the disk takes, and return how much that was."""
        ...

    def fsync(self, file: int) -> None:
        """Wait until a file is on the disk. After a failure its bytes may be lost."""
        ...

    def close(self, file: int) -> None:
        """Close a file."""
        ...

    def link(self, old: Path, new: Path) -> None:
        """Give a file a second name; fails when that name is taken."""
        ...

    def unlink(self, path: Path) -> None:
        """Take away a name."""
        ...

    def fsync_folder(self, path: Path) -> None:
        """Wait until the names in a folder are on the disk."""
        ...


class _Disk:
    def temporary(self) -> str:
        return f"{TEMPORARY}{secrets.token_hex(8)}"

    def make_folder(self, path: Path) -> None:
        if not path.parent.is_dir():
            self.make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)

    def open_new(self, path: Path) -> int:
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)

    def write(self, file: int, data: bytes) -> int:
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def link(self, old: Path, new: Path) -> None:
        os.link(old, new)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def fsync_folder(self, path: Path) -> None:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


DISK = _Disk()
"""The real disk."""


def write_once(storage: Storage, path: Path, content: bytes) -> None:
    """Write a file under a new name: whole and on the disk, or not there at all.

    The name itself is on the disk only after `fsync_folder`.
    """
    temporary = path.with_name(storage.temporary())
    try:
        _fill(storage, temporary, content)
        storage.link(temporary, path)
    finally:
        # What cannot be removed now, recovery removes: nobody reads a temporary file.
        with contextlib.suppress(OSError):
            storage.unlink(temporary)


def _fill(storage: Storage, path: Path, content: bytes) -> None:
    file = storage.open_new(path)
    try:
        while content:
            content = content[storage.write(file, content) :]
        storage.fsync(file)
    finally:
        storage.close(file)
