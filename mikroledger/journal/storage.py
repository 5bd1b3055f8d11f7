"""The few things done to a disk, one by one, so that tests can make any of them fail."""

import contextlib
import os
from collections.abc import Iterator
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

    def open_end(self, path: Path) -> int:
        """Open a file for writing at its end; it is made if it is not there."""
        ...

    def replace(self, old: Path, new: Path) -> None:
        """Give a file the name of another, which is gone then, in one step."""
        ...

    def remove_folder(self, path: Path) -> None:
        """Take away a folder; fails when something is in it."""
        ...

    def fsync_folder(self, path: Path) -> None:
        """Wait until the names in a folder are on the disk."""
        ...


class _Disk:
    def temporary(self) -> str:
        return f"{TEMPORARY}{os.urandom(8).hex()}"

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

    def open_end(self, path: Path) -> int:
        return os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, FILE_MODE)

    def replace(self, old: Path, new: Path) -> None:
        old.replace(new)

    def remove_folder(self, path: Path) -> None:
        path.rmdir()

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
    with _filled(storage, path, content) as temporary:
        storage.link(temporary, path)


def write_over(storage: Storage, path: Path, content: bytes) -> None:
    """Put a file into the place of another in one step: readers see the old one or the new.

    Which of them a power cut leaves is open until `fsync_folder`.
    """
    with _filled(storage, path, content) as temporary:
        storage.replace(temporary, path)


def write_end(storage: Storage, path: Path, content: bytes) -> None:
    """Add to the end of a file, and wait until it is on the disk. A crash may leave a part."""
    _fill(storage, storage.open_end(path), content)


@contextlib.contextmanager
def _filled(storage: Storage, path: Path, content: bytes) -> Iterator[Path]:
    """Write a temporary file beside a path, on the disk; afterwards its name is gone."""
    temporary = path.with_name(storage.temporary())
    try:
        _fill(storage, storage.open_new(temporary), content)
        yield temporary
    finally:
        # What cannot be removed now, recovery removes: nobody reads a temporary file.
        with contextlib.suppress(OSError):
            storage.unlink(temporary)


def _fill(storage: Storage, file: int, content: bytes) -> None:
    try:
        while content:
            content = content[storage.write(file, content) :]
        storage.fsync(file)
    finally:
        storage.close(file)
