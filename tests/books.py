"""Small books on disk, made without waiting for beancount, and disks on which a call fails."""

import errno
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from mikroledger.domain.ledger import (
    Draft,
    Entry,
    Ledger,
    Meta,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.journal import layout, runlog
from mikroledger.journal.file import FileJournal
from mikroledger.journal.layout import settings_digest
from mikroledger.journal.storage import DISK
from mikroledger.journal.text import render

MAY, JUNE, JULY = date(2011, 5, 2), date(2011, 6, 1), date(2011, 7, 1)
FILES = {
    "main.beancount": 'option "operating_currency" "DKK"\n'
    'include "accounts.beancount"\ninclude "policy.beancount"\n'
    'include "journal/*.beancount"\n',
    "accounts.beancount": "1970-01-01 open Assets:Bank DKK\n"
    "1970-01-01 open Liabilities:Suspense DKK\n",
    "policy.beancount": '1970-01-01 custom "mikroledger" "notice-days" 14\n',
}
DAYS = (MAY, MAY, MAY, JUNE, JUNE)
"""Commits 000000 to 000002 in May, 000003 and 000004 in June."""


def line(key: str, day: date = MAY) -> Transaction:
    amount = Decimal("100.00")
    postings = (Posting("Assets:Bank", amount), Posting("Liabilities:Suspense", -amount))
    return Transaction(day, "Linje", postings, meta={"kind": "bank", "key": key})


def once(key: str, day: date = JULY) -> Callable[[Ledger], Draft | None]:
    """A service: books unless its key is there."""
    return lambda ledger: (
        None if key in ledger.keys else Draft("import", (line(key, day),), day, "anl")
    )


def make(folder: Path, days: tuple[date, ...] = DAYS, *, log: bool = True) -> Path:
    """Make a book with a commit for each day; K1 is booked with 000001, and so on."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / layout.STATE).mkdir()
    (folder / layout.STATE / layout.LOCK).touch()
    prev, settings = "", settings_digest(folder)
    for number, day in enumerate(days):
        name = f"{number:06d}"
        own: dict[str, Value] = {"id": name, "by": "anl", "booked": day}
        entry: Entry = Record(day, "init", meta={**own, "kind": "init"})
        if number:
            made = line(f"K{number}", day)
            entry = replace(made, meta={**own, **made.meta})
        verb = "import" if number else "init"
        meta: Meta = {"by": "anl", "verb": verb, "booked": day, "prev": prev, "settings": settings}
        content = render((Record(day, "commit", (name,), meta=meta), entry)).encode()
        path = layout.commit_path(folder, day, number, verb)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        layout.include_path(path.parent).write_text(layout.include_text(path.parent))
        prev = layout.digest((content,))
    if log:
        said = runlog.Said(len(days) - 1, prev, str(days[-1]), "import")
        runlog.acknowledge(DISK, folder, said)
    return folder


def keys(folder: Path) -> list[str]:
    return [entry.get("key") for entry in FileJournal(folder).read().transactions]


def flaws(folder: Path) -> list[str]:
    return [en for _, en in FileJournal(folder).read().flaws]


def tree(folder: Path, below: str = "") -> Mapping[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted((folder / below).rglob("*"))
        if path.name != "index.sqlite"
    }


class Failing:
    """A disk on which one call fails, or kills the process."""

    def __init__(self, fail_at: int = -1, *, dies: bool = False) -> None:
        self.calls: list[str] = []
        self._fail_at = fail_at
        self._dies = dies

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 == self._fail_at:
            if self._dies:
                os._exit(9)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def temporary(self) -> str:
        return DISK.temporary()

    def make_folder(self, path: Path) -> None:
        self._do("make_folder")
        DISK.make_folder(path)

    def open_new(self, path: Path) -> int:
        self._do("open_new")
        return DISK.open_new(path)

    def write(self, file: int, data: bytes) -> int:
        self._do("write")
        return DISK.write(file, data[:700])

    def fsync(self, file: int) -> None:
        self._do("fsync")  # a kill keeps what the kernel holds: nothing is gained by waiting

    def close(self, file: int) -> None:
        DISK.close(file)
        self._do("close")

    def link(self, old: Path, new: Path) -> None:
        self._do("link")
        DISK.link(old, new)

    def unlink(self, path: Path) -> None:
        self._do("unlink")
        DISK.unlink(path)

    def open_end(self, path: Path) -> int:
        self._do("open_end")
        return DISK.open_end(path)

    def replace(self, old: Path, new: Path) -> None:
        self._do("replace")
        DISK.replace(old, new)

    def remove_folder(self, path: Path) -> None:
        self._do("remove_folder")
        DISK.remove_folder(path)

    def fsync_folder(self, path: Path) -> None:
        assert path.is_dir()
        self._do("fsync_folder")


_FORK = multiprocessing.get_context("fork")
Run = Callable[[Failing], object]


def _fail(run: Run, place: int) -> None:
    run(Failing(place))


def _kill(run: Run, place: int) -> None:
    worker = _FORK.Process(target=run, args=(Failing(place, dies=True),))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 9


def troubles(count: int) -> Iterator[tuple[str, Callable[[Run], None]]]:
    """Yield ways to run something: each of its calls fails once, and kills it once."""
    for place in range(count):
        yield f"{place} fails", partial(_fail, place=place)
        yield f"{place} dies", partial(_kill, place=place)


def edit_word(path: Path, old: str = "Linje", new: str = "Linie") -> None:
    """Edit a file by hand."""
    path.write_text(path.read_text().replace(old, new, 1))
