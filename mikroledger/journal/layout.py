"""Where things lie in a book, and what its files are called (docs/book-format.md)."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from mikroledger.errors import BrokenBookError

MAIN = "main.beancount"
SETTINGS = (MAIN, "accounts.beancount", "policy.beancount")
"""What the municipality edits by hand; each commit carries their hash."""
JOURNAL = "journal"
STATE = ".mikroledger"
LOCK = "lock"
RESTORING = f"{STATE}/restoring"
"""What a restore leaves when it is interrupted."""
TEMPORARY = ".tmp-"
COMMIT_MARK = b' custom "mikroledger" "commit" "'
"""What stands in the first line of every commit."""

_BEGINNING = 4096  # bytes of a month that tell whether it is bound

_COMMIT = re.compile(r"(?P<number>[0-9]{6,})-[a-z-]+\.beancount", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


def commit_number(file: str) -> int:
    """Return the number of a commit from its file's name; -1 for any other file.

    >>> commit_number("/book/journal/2011-05/000123-disburse.beancount")
    123
    """
    match = _COMMIT.fullmatch(file.rpartition("/")[2])
    return int(match["number"]) if match else -1


def commit_path(book: Path, day: date, number: int, verb: str) -> Path:
    """Return where a commit lies: in the month in which it was booked."""
    return book / JOURNAL / f"{day:%Y-%m}" / f"{number:06d}-{verb}.beancount"


def must_exist(book: Path) -> None:
    """Refuse a folder that is no book.

    Raises:
        BrokenBookError: with what to do.
    """
    if (book / RESTORING).exists():
        raise BrokenBookError(
            da=f"Bogen i {book} er ikke lagt helt ind: »mikroledger restore« blev afbrudt. Kør"
            " samme kommando igen.",
            en=f"The book in {book} is not all there: 'mikroledger restore' was interrupted. Run"
            " the same command again.",
        )
    if not (book / MAIN).exists():
        raise BrokenBookError(
            da=f"Der er ingen bog i {book} ({MAIN} mangler). Lav en med »mikroledger init MAPPE«,"
            " eller sig med --book, hvor den ligger.",
            en=f"There is no book in {book} ({MAIN} is missing). Make one with 'mikroledger init"
            " DIR', or say with --book where it is.",
        )


def include_path(month: Path) -> Path:
    """Return the file that includes the commits of a month's folder."""
    return month.with_name(f"{month.name}.beancount")


def include_text(month: Path) -> str:
    """Return the one line of a month's include file."""
    return f'include "{month.name}/*.beancount"\n'


def months(book: Path) -> tuple[Path, ...]:
    """Return the folders of the months in which anything was booked."""
    return tuple(
        path
        for path in sorted((book / JOURNAL).glob("*"))
        if _MONTH.fullmatch(path.name) and path.is_dir()
    )


def commits(book: Path) -> tuple[Path, ...]:
    """Return the files in the folders of open months, in the order in which they were booked.

    The folder of a bound month is no part of the book any more (`bind`).
    """
    open_months = (month for month in months(book) if not is_bound(include_path(month)))
    found = (path for month in open_months for path in month.glob("*.beancount"))
    return tuple(sorted(found, key=lambda path: (commit_number(path.name), path)))


def sources(book: Path) -> tuple[Path, ...]:
    """Return every file of the journal that holds entries: bound months, then open ones.

    What beancount would include and no command wrote is among them, and no reader takes it.
    """
    files = sorted((book / JOURNAL).glob("*.beancount"))
    return (*(path for path in files if not is_open(path)), *commits(book))


def strays(book: Path) -> tuple[Path, ...]:
    """Return what beancount would include and no command wrote, by name and first bytes."""
    return tuple(
        path for path in sources(book) if commit_number(path.name) < 0 and not is_bound(path)
    )


def is_month(path: Path) -> bool:
    """Tell whether a file of the journal is named as a month's."""
    return _MONTH.fullmatch(path.stem) is not None


def is_open(path: Path) -> bool:
    """Tell whether a month's file does no more than include its folder."""
    text = include_text(path.with_suffix("")).encode()
    return is_month(path) and path.lstat().st_size == len(text) and path.read_bytes() == text


def is_bound(path: Path) -> bool:
    """Tell whether a month's file holds the commits of the month itself."""
    if not (is_month(path) and path.is_file()):
        return False
    with path.open("rb") as file:
        return COMMIT_MARK in file.read(_BEGINNING)


def digest(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def settings_digest(book: Path) -> str:
    """Return the hash of what is edited by hand, as it stands now."""
    paths = (book / name for name in SETTINGS)
    return digest(path.read_bytes() for path in paths if path.exists())
