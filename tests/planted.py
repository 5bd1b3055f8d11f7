"""Write paths that lose, double or show half: a harness that does not catch them is worth nothing.

Each is a small change to the real one, or the simplest thing that could be written instead. A
plant names the harnesses that can see it: `cuts` is the simulated disk, `power` a real kernel. A
kill, for one, keeps what the kernel holds, so it never sees that a sync is missing.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from disk import Raw, RawDisk, tree_of
from sweep import Case, Ended
from tinybook import FILES, INIT, LOANS, NO_WAIT, Order, book_it, read

from mikroledger.domain.ledger import Draft, Ledger
from mikroledger.errors import MikroledgerError, NotCertainError, RefusedError
from mikroledger.journal import file, runlog
from mikroledger.journal.file import FileJournal, create
from mikroledger.journal.lock import locked
from mikroledger.journal.text import render

WritePath = Callable[[Raw, Path, Order], None]


class Through:
    """A storage that hands every call on."""

    def __init__(self, inner: Raw) -> None:
        self.inner = inner

    def temporary(self) -> str:
        return self.inner.temporary()

    def make_folder(self, path: Path) -> None:
        self.inner.make_folder(path)

    def open_new(self, path: Path) -> int:
        return self.inner.open_new(path)

    def write(self, file: int, data: bytes) -> int:
        return self.inner.write(file, data)

    def fsync(self, file: int) -> None:
        self.inner.fsync(file)

    def close(self, file: int) -> None:
        self.inner.close(file)

    def link(self, old: Path, new: Path) -> None:
        self.inner.link(old, new)

    def unlink(self, path: Path) -> None:
        self.inner.unlink(path)

    def open_any(self, path: Path, flags: int) -> int:
        return self.inner.open_any(path, flags)

    def open_end(self, path: Path) -> int:
        return self.inner.open_end(path)

    def replace(self, old: Path, new: Path) -> None:
        self.inner.replace(old, new)

    def remove_folder(self, path: Path) -> None:
        self.inner.remove_folder(path)

    def fsync_folder(self, path: Path) -> None:
        self.inner.fsync_folder(path)


def _by(change: Callable[[Raw], Through]) -> WritePath:
    """Return the real write path on a storage that does one thing wrong."""
    return lambda storage, book, order: book_it(change(storage), book, order)


def _unlogged(change: Callable[[Raw], Through]) -> WritePath:
    """Return it without the run log: on ext4 the sync of any file carries all names with it."""

    def path(storage: Raw, book: Path, order: Order) -> None:
        with patch.object(runlog, "acknowledge", lambda *_: None):
            book_it(change(storage), book, order)

    return path


class _NoFileSync(Through):
    def fsync(self, file: int) -> None:
        pass


class _NoFolderSync(Through):
    def fsync_folder(self, path: Path) -> None:
        pass


class _OwnFoldersOnly(Through):
    """Syncs the folders that this run linked into, and not what an earlier run left."""

    def __init__(self, inner: Raw) -> None:
        super().__init__(inner)
        self.own: set[Path] = set()

    def link(self, old: Path, new: Path) -> None:
        super().link(old, new)
        self.own.add(new.parent)

    def fsync_folder(self, path: Path) -> None:
        if path in self.own:
            super().fsync_folder(path)


class _Believes(Through):
    """Tries a failed sync again, and believes the second answer."""

    def fsync(self, file: int) -> None:
        try:
            super().fsync(file)
        except OSError:
            super().fsync(file)


class _SyncsLater(Through):
    """Answers first; what is owed is synced with the next order."""

    owed: set[Path] = set()  # noqa: RUF012

    def __init__(self, inner: Raw) -> None:
        super().__init__(inner)
        for path in sorted(self.owed):
            with suppress(OSError):
                inner.fsync_folder(path)
        self.owed.clear()

    def fsync_folder(self, path: Path) -> None:
        self.owed.add(path)


class _OneName(Through):
    """Uses one name for every temporary file, and empties what it finds there."""

    def temporary(self) -> str:
        return ".tmp-commit"

    def open_new(self, path: Path) -> int:
        return self.inner.open_any(path, os.O_CREAT | os.O_TRUNC)


def _one_name(storage: Raw, book: Path, order: Order) -> None:
    with patch.object(file, "recover", lambda *_: None):
        book_it(_OneName(storage), book, order)


class _RenamesOver(Through):
    def link(self, old: Path, new: Path) -> None:
        self.inner.replace(old, new)


def _no_lock(storage: Raw, book: Path, order: Order) -> None:
    """Without the lock, and with an index that waits for nobody."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def at_once(path: str, **more: Any) -> sqlite3.Connection:
        return connect(path, **{**more, "timeout": 0})

    with (
        patch.object(file, "locked", lambda *_: nullcontext()),
        patch.object(sqlite3, "connect", at_once),
    ):
        book_it(storage, book, order)


def _renames(storage: Raw, book: Path, order: Order) -> None:
    _no_lock(_RenamesOver(storage), book, order)


def _key_per_loan(storage: Raw, book: Path, order: Order) -> None:
    """Look the key up among the loan's own postings."""

    def draft(ledger: Ledger) -> Draft | None:
        own = [txn for txn in ledger.transactions if txn.get("loan") == order.loan]
        if any(txn.get("key") == order.key for txn in own):
            return None
        return order.draft(Ledger())

    with patch.object(file, "keys_are_new", lambda *_: None):
        FileJournal(book, storage, NO_WAIT).write(draft)


# What one would write without thinking: all postings of a month in one file


@contextmanager
def _alone(book: Path, order: Order) -> Iterator[bool]:
    """Hold the lock, and say whether the order is new."""
    try:
        with locked(book / ".mikroledger/lock", NO_WAIT):
            known = [fact for fact in read(tree_of(book)).facts if fact[0] == order.key]
            if known and known != [order.fact]:
                raise RefusedError("nøglen er brugt", "the key is taken")
            yield not known
    except OSError as error:
        raise NotCertainError("igen", "It is not known. Run the same command again") from error


def _month(book: Path, order: Order) -> Path:
    return book / f"journal/2012-{order.day:%m}.beancount"


def _write_all(storage: Raw, file: int, data: bytes, *, sync: bool) -> None:
    try:
        while data:
            data = data[storage.write(file, data) :]
        if sync:
            storage.fsync(file)
    finally:
        storage.close(file)


def _append(storage: Raw, book: Path, order: Order, *, sync: bool = False) -> None:
    with _alone(book, order) as new:
        if new:
            file = storage.open_any(_month(book, order), os.O_CREAT | os.O_APPEND)
            _write_all(storage, file, b"\n" + render((order.entry(),)).encode(), sync=sync)


def _append_synced(storage: Raw, book: Path, order: Order) -> None:
    _append(storage, book, order, sync=True)


def _overwrite(storage: Raw, book: Path, order: Order) -> None:
    path = _month(book, order)
    with _alone(book, order) as new:
        if new:
            before = path.read_bytes() if path.exists() else b""
            data = before + b"\n" + render((order.entry(),)).encode()
            file = storage.open_any(path, os.O_CREAT | os.O_TRUNC)
            _write_all(storage, file, data, sync=True)


@dataclass(frozen=True, slots=True)
class Plant:
    """A bad write path, and the harnesses that must catch it."""

    name: str
    path: WritePath
    reach: frozenset[str]
    real: bool = True
    """Whether the book that it writes is one that mikroledger reads."""


def _plant(name: str, path: WritePath, reach: str, *, real: bool = True) -> Plant:
    return Plant(name, path, frozenset(reach.split()), real)


PLANTS = (
    _plant("append under the lock", _append, "cuts kill errno power", real=False),
    _plant("append and fsync", _append_synced, "cuts kill errno", real=False),
    _plant("overwrite the month", _overwrite, "cuts kill errno", real=False),
    _plant("no fsync of the file", _by(_NoFileSync), "cuts power"),
    _plant("no fsync of the folder", _unlogged(_NoFolderSync), "cuts power"),
    _plant("no fsync of what others wrote", _by(_OwnFoldersOnly), "cuts"),
    _plant("one name for temporary files", _one_name, "cuts kill"),
    _plant("acknowledge before the sync", _unlogged(_SyncsLater), "cuts power"),
    _plant("key looked up per loan", _key_per_loan, "cuts crowd"),
    _plant("believe the second sync", _by(_Believes), "cuts errno"),
    _plant("no lock", _no_lock, "cuts crowd"),
    _plant("no lock, and rename over", _renames, "cuts crowd"),
)


def case(plant: Plant, folder: Path) -> Case:
    """Return two orders by a planted path as something to sweep."""
    before, after = folder / "before", folder / "after"
    create(before / "book", FILES, INIT)
    orders = (Order("K1"), Order("K2", LOANS[1]))

    def run(work: Path) -> Ended:
        for order in orders:
            try:
                plant.path(RawDisk(), work / "book", order)
            except MikroledgerError as error:
                return Ended(error.exit_code, error.text.en)
            except Exception as error:  # noqa: BLE001
                return Ended(1, repr(error), tidy=False)
        return Ended(0, "")

    shutil.copytree(before, after)
    ended = run(after)
    assert ended.code == 0, f"{plant.name}: {ended.said}"
    return Case(plant.name, before, after, run)


def reached_by(harness: str) -> tuple[Plant, ...]:
    """Return the plants that a harness must catch."""
    return tuple(plant for plant in PLANTS if harness in plant.reach)
