"""The book on disk: booked whole or not at all, whatever fails, and never twice."""

import errno
import fcntl
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.domain.ledger import (
    Account,
    Draft,
    Ledger,
    Opening,
    Posting,
    Receipt,
    Record,
    Transaction,
)
from mikroledger.errors import BrokenBookError, MikroledgerError, NotCertainError, RefusedError
from mikroledger.journal.file import FileJournal, create
from mikroledger.journal.layout import settings_digest
from mikroledger.journal.lock import Waiting
from mikroledger.journal.storage import DISK, Storage

DAY = date(2011, 5, 2)
FILES = {
    "main.beancount": 'option "operating_currency" "DKK"\n'
    'include "accounts.beancount"\ninclude "policy.beancount"\n'
    'include "journal/*.beancount"\n',
    "accounts.beancount": '1970-01-01 open Assets:Bank DKK\n  funk_X: "9.22.05"\n'
    "1970-01-01 open Liabilities:Suspense DKK\n",
    "policy.beancount": '1970-01-01 custom "mikroledger" "notice-days" 14\n',
    "templates/da/reminder.md": "Kære {{ navn }}\n",
}
INIT = Draft("init", (Record(DAY, "init", meta={"kind": "init"}),), DAY, "ANL")

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    create(folder, FILES, INIT)
    return folder


def line(key: str = "K1", amount: int = 100) -> Transaction:
    postings = (
        Posting("Assets:Bank", Decimal(amount)),
        Posting("Liabilities:Suspense", Decimal(-amount)),
    )
    return Transaction(date(2011, 4, 29), "Linje", postings, meta={"kind": "bank", "key": key})


def draft(*entries: Transaction | Record | Opening, day: date = DAY) -> Draft:
    return Draft("import", entries or (line(),), day, "ANL")


def once(key: str = "K1", day: date = DAY) -> Callable[[Ledger], Draft | None]:
    """A service: books unless its key is there."""
    return lambda ledger: None if key in ledger.keys else draft(line(key), day=day)


def tree(folder: Path) -> Mapping[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def booked(folder: Path) -> list[str]:
    return [entry.get("key") for entry in FileJournal(folder).read().transactions]


# Booking


def test_a_new_book_loads(book: Path) -> None:
    ledger = FileJournal(book).read()
    assert sorted(type(entry).__name__ for entry in ledger.entries) == [
        "Opening",
        "Opening",
        "Record",
        "Record",
    ]
    (init,) = ledger.records("init")
    text = (book / "journal/2011-05/000000-init.beancount").read_text()
    assert f'  prev: ""\n  settings: "{settings_digest(book)}"\n' in text
    assert (init.id, init.by, init.booked, init.commit) == ("000000", "ANL", DAY, 0)
    assert ledger.flaws == ()
    assert (book / "templates/da/reminder.md").read_text() == FILES["templates/da/reminder.md"]
    assert (book / "journal/2011-05/000000-init.beancount").stat().st_mode & 0o777 == 0o640
    assert book.stat().st_mode & 0o777 == 0o750


def test_a_commit_is_one_file_with_ids_and_chain(book: Path) -> None:
    journal = FileJournal(book)
    before = journal.read()
    opening = Opening(date(1970, 1, 1), "Assets:Loans:P65:L2011-0001")
    proposal = Record(
        DAY, "confirm", (Account("Assets:Bank"), Decimal(1)), meta={"id": "000007", "by": "BOB"}
    )
    receipt = journal.write(lambda _: draft(opening, line(), proposal))
    assert receipt is not None
    path = book / "journal/2011-05/000001-import.beancount"
    assert receipt.text == path.read_text()
    assert receipt.commit == "000001"
    assert [entry.id for entry in receipt.entries] == ["", "000001-2", "000007"]
    assert [entry.by for entry in receipt.entries] == ["", "ANL", "BOB"]
    after = journal.read()
    assert after.head == receipt.head != before.head
    assert receipt.text.startswith(
        '2011-05-02 custom "mikroledger" "commit" "000001"\n  by: "ANL"\n  verb: "import"\n'
        f'  booked: 2011-05-02\n  prev: "{before.head}"\n'
    )
    assert after.flaws == ()
    places = {entry.place.file for entry in after.entries if entry.commit == 1}
    assert places == {str(path)}


def test_an_entry_alone_bears_the_number_of_its_commit(book: Path) -> None:
    receipt = FileJournal(book).write(lambda _: draft())
    assert receipt is not None
    assert receipt.entries[0].id == "000001"
    assert receipt.entries[0].booked == DAY
    assert receipt.entries[0].commit == 1


def test_numbers_go_on_in_a_new_month(book: Path) -> None:
    journal = FileJournal(book)
    for number, month in enumerate((6, 5, 7), start=1):
        receipt = journal.write(once(str(number), date(2011, month, 1)))
        assert receipt is not None
        assert receipt.commit == f"{number:06d}"
    assert booked(book) == ["1", "2", "3"]
    assert journal.read().flaws == ()


def test_nothing_is_written_for_what_is_booked_already(book: Path) -> None:
    journal = FileJournal(book)
    assert journal.write(once()) is not None
    before = tree(book / "journal")
    assert journal.write(once()) is None
    assert tree(book / "journal") == before


def test_a_service_that_refuses_leaves_no_trace(book: Path) -> None:
    def refuse(ledger: Ledger) -> Draft:
        raise RefusedError(da="nej", en="no")

    before = tree(book / "journal")
    with pytest.raises(RefusedError, match="no"):
        FileJournal(book).write(refuse)
    assert tree(book / "journal") == before
    assert FileJournal(book, waiting=Waiting(seconds=0)).write(once()) is not None


def test_a_dry_run_changes_nothing(book: Path) -> None:
    journal = FileJournal(book)
    before = tree(book)
    proposed = journal.write(once(day=date(2011, 6, 1)), dry_run=True)
    assert tree(book) == before
    assert proposed is not None
    assert journal.write(once(day=date(2011, 6, 1))) == proposed
    assert journal.write(once(), dry_run=True) is None


@pytest.mark.parametrize("entries", [(line(), line()), (line("K0"),), (line("K2"), line("K0"))])
def test_a_key_names_one_record_for_ever(book: Path, entries: tuple[Transaction, ...]) -> None:
    journal = FileJournal(book)
    journal.write(once("K0"))
    with pytest.raises(RefusedError, match="was used before"):
        journal.write(lambda _: draft(*entries))
    assert booked(book) == ["K0"]


def test_beancount_has_the_last_word(book: Path) -> None:
    wrong = replace(line(), postings=(Posting("Assets:Nowhere", Decimal(0)),))
    lame = replace(line(), postings=(Posting("Assets:Bank", Decimal(1)),))
    again = Opening(DAY, "Assets:Bank")
    before = tree(book / "journal")
    for entry in (wrong, lame, again):
        with pytest.raises(BrokenBookError, match="Beancount refuses"):
            FileJournal(book).write(lambda _, entry=entry: draft(entry))  # type: ignore[misc]
    assert tree(book / "journal") == before


def test_a_verb_is_a_word(book: Path) -> None:
    with pytest.raises(AssertionError):
        FileJournal(book).write(lambda _: replace(draft(), verb="../x"))


# Reading


def test_where_there_is_no_book(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    for run in (journal.read, lambda: journal.write(once())):
        with pytest.raises(BrokenBookError, match="mikroledger init"):
            run()
    assert tree(tmp_path) == {}


def test_an_error_of_beancount_names_file_and_line(book: Path) -> None:
    (book / "policy.beancount").write_text("\n2011-02-30 open Assets:X\n")
    with pytest.raises(BrokenBookError, match=r"policy.beancount, line 2: .*Correct"):
        FileJournal(book).read()
    (book / "policy.beancount").unlink()
    with pytest.raises(BrokenBookError, match=r"policy.beancount is missing"):
        FileJournal(book).read()


def test_a_broken_journal_is_restored_and_not_corrected(book: Path) -> None:
    FileJournal(book).write(once())
    path = book / "journal/2011-05/000001-import.beancount"
    path.write_text(path.read_text().replace("Assets:Bank ", "Assets:Bonk "))
    with pytest.raises(BrokenBookError, match=r"000001-import.*Assets:Bonk.*restore"):
        FileJournal(book).read()


def test_a_file_that_may_not_be_read(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(BrokenBookError, match="Get read access"):
        FileJournal(book).read()


def test_garbage_collection_is_left_as_it_was(book: Path) -> None:
    import gc

    FileJournal(book).read()
    assert gc.isenabled()
    gc.disable()
    try:
        FileJournal(book).read()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_help_does_not_pay_for_beancount() -> None:
    code = "import sys, mikroledger.journal; sys.exit('beancount' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The chain


@pytest.fixture
def three(book: Path) -> Path:
    for key in ("K1", "K2", "K3"):
        FileJournal(book).write(once(key))
    return book


def flaws(book: Path) -> list[str]:
    return [en for _, en in FileJournal(book).read().flaws]


def test_a_changed_byte_is_found(three: Path) -> None:
    path = three / "journal/2011-05/000002-import.beancount"
    path.write_text(path.read_text().replace("Linje", "Linie"))
    (flaw,) = flaws(three)
    assert flaw.startswith("journal/2011-05/000002-import.beancount, line 1: commit 000002 was")
    with pytest.raises(BrokenBookError, match="commit 000002 was changed"):
        FileJournal(three).write(once("K4"))
    assert booked(three) == ["K1", "K2", "K3"]


def test_a_missing_commit_is_found(three: Path) -> None:
    (three / "journal/2011-05/000002-import.beancount").unlink()
    (flaw,) = flaws(three)
    assert "commit 000002 just before is missing" in flaw


def test_a_commit_under_another_number_is_found(three: Path) -> None:
    path = three / "journal/2011-05/000002-import.beancount"
    path.rename(path.with_name("000004-import.beancount"))
    missing, misnamed = flaws(three)
    assert missing.startswith("journal/2011-05/000003-import.beancount, line 1: commit 000002")
    assert misnamed.startswith("journal/2011-05/000004-import.beancount, line 1: the file is")


def test_a_month_that_is_left_out_is_found_and_put_back(three: Path) -> None:
    FileJournal(three).write(once("K4", date(2011, 6, 1)))
    (three / "journal/2011-06.beancount").unlink()
    (flaw,) = flaws(three)
    assert flaw.startswith("journal/2011-06: the month is not part")
    assert FileJournal(three).write(once("K4")) is None
    assert flaws(three) == []
    assert booked(three) == ["K1", "K2", "K3", "K4"]


# What a crash leaves


def test_what_a_crash_leaves_is_put_in_order(book: Path) -> None:
    (book / "journal/.tmp-1").write_text("half")
    (book / "journal/2011-05/.tmp-2").write_text("half")
    (book / "journal/2011-06").mkdir()
    assert booked(book) == []
    assert FileJournal(book).write(once()) is not None
    assert not list(book.rglob(".tmp-*"))
    assert not (book / "journal/2011-06.beancount").exists()
    assert flaws(book) == []


class Failing:
    """A disk on which one call fails; `call` counts them."""

    def __init__(self, fail_at: int = -1, number: int = errno.EIO) -> None:
        self.calls: list[str] = []
        self._fail_at = fail_at
        self._number = number

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 == self._fail_at:
            raise OSError(self._number, os.strerror(self._number))

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
        return DISK.write(file, data[: max(len(data) // 2, 1)])

    def fsync(self, file: int) -> None:
        self._do("fsync")
        DISK.fsync(file)

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
        self._do("fsync_folder")
        DISK.fsync_folder(path)


def calls_of(book: Path, day: date) -> list[str]:
    """All calls of one booking, on a copy of nothing: the book itself is used up."""
    disk: Storage = (failing := Failing())
    FileJournal(book, disk).write(once("first", day))
    return failing.calls


def said(run: Callable[[], object]) -> str:
    try:
        run()
    except NotCertainError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("day", [DAY, date(2011, 6, 1)], ids=["same month", "new month"])
def test_whatever_call_fails_nothing_is_lost_and_nothing_booked_twice(
    tmp_path: Path, day: date
) -> None:
    create(tmp_path / "first", FILES, INIT)
    calls = calls_of(tmp_path / "first", day)
    link = calls.index("link")
    assert "fsync" in calls[:link], "synced before it is visible"
    log = calls.index("open_end")
    assert "fsync_folder" in calls[link:log], "the name synced before it is acknowledged"
    for place, call in enumerate(calls):
        book = tmp_path / f"{place}-{call}"
        create(book, FILES, INIT)
        disk = Failing(place)
        answer = said(lambda: FileJournal(book, disk).write(once("K1", day)))  # noqa: B023
        if place <= link:
            assert "Nothing was booked" in answer, f"{place} {call}"
            assert booked(book) == []
        elif place < log:
            assert call == "unlink" or "It is not known" in answer, f"{place} {call}"
        else:
            assert answer == "", "it is booked, and the next command mends the run log"
        assert call == "unlink" or place >= log or "again with the same key" in answer
        assert disk.calls.count("fsync") <= calls.count("fsync"), "a sync is never tried again"
        FileJournal(book).write(once("K1", day))
        FileJournal(book).write(once("K2", day))
        assert booked(book) == ["K1", "K2"], f"{place} {call}"
        assert flaws(book) == []
        assert not list(book.rglob(".tmp-*"))


class Dying(Failing):
    """A disk in a process that is killed at one call: nothing is tidied up."""

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 == self._fail_at:
            os._exit(9)


def _die(book: Path, day: date, place: int) -> None:
    FileJournal(book, Dying(place)).write(once("K1", day))


def test_killed_at_any_call_the_book_is_as_before_or_as_after(tmp_path: Path) -> None:
    day = date(2011, 6, 1)
    create(tmp_path / "first", FILES, INIT)
    for place, call in enumerate(calls_of(tmp_path / "first", day)):
        book = tmp_path / f"{place}-{call}"
        create(book, FILES, INIT)
        worker = FORK.Process(target=_die, args=(book, day, place))
        worker.start()
        worker.join(60)
        assert worker.exitcode == 9
        assert booked(book) in ([], ["K1"])
        FileJournal(book).write(once("K1", day))
        assert booked(book) == ["K1"], f"{place} {call}"
        assert flaws(book) == []
        assert not list(book.rglob(".tmp-*"))


def test_already_booked_is_said_only_of_what_is_on_the_disk(book: Path) -> None:
    FileJournal(book).write(once())
    disk = Failing()
    FileJournal(book, disk).write(once())
    assert disk.calls[-2:] == ["fsync_folder", "fsync_folder"]
    with pytest.raises(NotCertainError, match="It is not known"):
        FileJournal(book, Failing(len(disk.calls) - 1)).write(once())


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (errno.ENOSPC, NotCertainError, "the disk is full. Nothing was booked. Free space"),
        (errno.EDQUOT, NotCertainError, "the disk is full"),
        (errno.EACCES, BrokenBookError, "write access"),
        (errno.EROFS, BrokenBookError, "write access"),
        (errno.EIO, NotCertainError, "Nothing was booked. Run the same"),
    ],
)
def test_what_is_said_when_the_disk_fails(
    book: Path, number: int, error: type[MikroledgerError], says: str
) -> None:
    with pytest.raises(error, match=says):
        FileJournal(book, Failing(2, number)).write(once())
    assert booked(book) == []


def test_whatever_fails_while_a_book_is_made_it_is_whole_or_none(tmp_path: Path) -> None:
    whole = Failing()
    create(tmp_path / "first", FILES, INIT, storage=whole)
    log = whole.calls.index("open_end")
    for place, call in enumerate(whole.calls):
        book = tmp_path / f"{place}-{call}"
        try:
            create(book, FILES, INIT, storage=Failing(place))
        except NotCertainError:
            if (book / "main.beancount").exists():
                assert FileJournal(book).read().records("init")
            else:
                with pytest.raises(BrokenBookError, match="mikroledger init"):
                    FileJournal(book).read()
        else:
            assert call == "unlink" or place >= log
            FileJournal(book).write(once())
            assert booked(book) == ["K1"]


def test_a_book_is_made_in_an_empty_folder_only(book: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    with pytest.raises(RefusedError, match="not empty"):
        create(book, FILES, INIT)
    with pytest.raises(RefusedError, match="not empty"):
        create(book / "main.beancount", FILES, INIT)
    receipt = create(tmp_path / "other", FILES, INIT, dry_run=True)
    assert tree(tmp_path) == before
    (tmp_path / "other").mkdir()
    assert create(tmp_path / "other", FILES, INIT) == receipt


# One writer


def test_a_second_writer_waits_and_is_told_who_holds_the_lock(book: Path) -> None:
    clock: Iterator[float] = iter(range(100))
    slept: list[float] = []
    waiting = Waiting(
        seconds=3, monotonic=lambda: next(clock), sleep=slept.append, now=lambda: "noon"
    )
    journal = FileJournal(book, waiting=waiting)

    def inside(ledger: Ledger) -> Draft:
        with pytest.raises(NotCertainError, match=f"process {os.getpid()}, since noon"):
            journal.write(once("K2"))
        return draft()

    assert journal.write(inside) is not None
    assert len(slept) == 2
    assert booked(book) == ["K1"]


def test_a_holder_without_a_name(book: Path) -> None:
    (book / ".mikroledger/lock").write_bytes(b"")
    file = os.open(book / ".mikroledger/lock", os.O_RDWR)
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(NotCertainError, match=r"process \?, since \?"):
        FileJournal(book, waiting=Waiting(seconds=0)).write(once())
    os.close(file)


def test_a_full_disk_does_not_stop_at_the_lock(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwrite", full)
    assert FileJournal(book).write(once()) is not None


def _post(book: Path, keys: list[str]) -> None:
    for key in keys:
        receipt: Receipt | None = FileJournal(book).write(once(key))
        assert receipt is not None


def test_two_processes_lose_nothing(book: Path) -> None:
    keys = [[f"{name}{n}" for n in range(8)] for name in "ab"]
    workers = [FORK.Process(target=_post, args=(book, part)) for part in keys]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0
    assert sorted(booked(book)) == sorted(keys[0] + keys[1])
    assert flaws(book) == []
