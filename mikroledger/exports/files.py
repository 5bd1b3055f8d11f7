"""A file that is there whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mikroledger.errors import NotCertainError, RefusedError, UsageError

_MODE = 0o640


@contextmanager
def written(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write; it gets its name when it is whole and on the disk.

    Args:
        replace: take the place of a file that is there.

    Raises:
        UsageError: its folder is not there, or it is a folder itself.
        RefusedError: it is there, and is not to be replaced.
        NotCertainError: the disk did not take it.
    """
    path = path.absolute()
    _may_be(path, replace=replace)
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        with os.fdopen(
            os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, _MODE), "w+b"
        ) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _fsync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or error
        raise NotCertainError(
            da=f"{path} blev ikke skrevet ({reason}). Skaf plads eller adgang, og kør samme"
            " kommando igen.",
            en=f"{path} was not written ({reason}). Make room or give access, and run the same"
            " command again.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _may_be(path: Path, *, replace: bool) -> None:
    if path.is_dir():
        raise UsageError(
            da=f"{path} er en mappe. Giv en fils navn.",
            en=f"{path} is a folder. Give the name of a file.",
        )
    if not path.parent.is_dir():
        raise UsageError(
            da=f"Mappen {path.parent} findes ikke. Lav den først, eller vælg en anden.",
            en=f"The folder {path.parent} is not there. Make it first, or choose another.",
        )
    if path.exists() and not replace:
        raise RefusedError(
            da=f"{path} findes allerede. Vælg et andet navn, eller skriv --replace.",
            en=f"{path} is there already. Choose another name, or give --replace.",
        )


def _fsync_folder(folder: Path) -> None:
    """Wait until the name is on the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
