"""The run log: what was acknowledged stays known, and an older book is recognised as one."""

import errno
import shutil
from pathlib import Path

import pytest
from books import DAYS, JULY, Failing, flaws, keys, make, once, tree

from mikroledger.errors import BrokenBookError, NotCertainError
from mikroledger.journal import chain, runlog, shelf
from mikroledger.journal.file import FileJournal
from mikroledger.journal.index import Index
from mikroledger.journal.runlog import Said, acknowledge, last, said_in
from mikroledger.journal.storage import DISK

HASH = "ab" * 32
LINE = Said(7, HASH, "2011-05-02", "import")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make(tmp_path / "book")


def log(book: Path) -> Path:
    return runlog.path_of(book)


# Lines


def test_the_last_whole_line_counts() -> None:
    later = LINE._replace(number=8, verb="repay")
    assert said_in(LINE.line) == LINE
    assert said_in(LINE.line + later.line) == later
    for cut in range(len(later.line)):
        assert said_in(LINE.line + later.line[:cut]) == LINE
        assert said_in(LINE.line + bytes(cut) + later.line[cut:]) == (LINE if cut else later)
        assert said_in(LINE.line + later.line[:cut] + bytes(9)) == LINE
    assert said_in(b"") is None
    assert said_in(b"\xff nonsense\n") is None


def test_a_part_of_a_line_is_ended_before_the_next(tmp_path: Path) -> None:
    (tmp_path / ".mikroledger").mkdir()
    log(tmp_path).write_bytes(LINE.line + LINE.line[:20])
    later = LINE._replace(number=8)
    acknowledge(DISK, tmp_path, later)
    assert last(tmp_path) == later
    assert log(tmp_path).read_bytes() == LINE.line + LINE.line[:20] + b"\n" + later.line


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    (tmp_path / ".mikroledger").mkdir()
    for number in range(200):
        acknowledge(DISK, tmp_path, LINE._replace(number=number))
    assert last(tmp_path) == LINE._replace(number=199)


def test_a_new_log_has_its_name_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / ".mikroledger").mkdir()
    disk = Failing()
    acknowledge(disk, tmp_path, LINE)
    assert disk.calls == [
        "open_end",
        *["write"] * disk.calls.count("write"),
        "fsync",
        "close",
        "fsync_folder",
    ]
    disk = Failing()
    acknowledge(disk, tmp_path, LINE)
    assert disk.calls[-2:] == ["fsync", "close"]


# Booking


def test_each_commit_is_acknowledged(book: Path) -> None:
    receipt = FileJournal(book).write(once("K5"))
    assert receipt is not None
    assert last(book) == Said(5, receipt.head, str(JULY), "import")
    before = tree(book)
    assert FileJournal(book).write(once("K5")) is None
    assert tree(book) == before


def first(book: Path, call: str) -> int:
    """Return which call of the next booking is the first of its name, tried on a copy."""
    copy = book.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(book, copy)
    disk = Failing()
    FileJournal(copy, disk).write(once("try"))
    return disk.calls.index(call)


def test_a_log_that_cannot_be_written_undoes_no_posting_and_stops_the_next(book: Path) -> None:
    before = last(book)
    assert FileJournal(book, Failing(first(book, "open_end"))).write(once("K5")) is not None
    assert (last(book), keys(book)[-1], flaws(book)) == (before, "K5", [])
    with pytest.raises(NotCertainError, match="Nothing was booked"):
        FileJournal(book, Failing(first(book, "open_end"))).write(once("K6"))
    assert keys(book)[-1] == "K5"
    assert FileJournal(book).write(once("K6")) is not None
    said = last(book)
    assert said is not None
    assert (said.number, said.head) == (6, chain.verify(book).head)


def test_a_log_that_is_behind_is_brought_up_to_date(book: Path) -> None:
    log(book).write_bytes(Said(3, chain.verify(book).commits[3].hash, "2011-06-01", "x").line)
    assert flaws(book) == []
    assert FileJournal(book).write(once("K1")) is None
    assert last(book) == Said(4, chain.verify(book).head, str(DAYS[-1]), runlog.LATE)


def test_a_book_without_a_log_begins_one(book: Path) -> None:
    shutil.rmtree(book / ".mikroledger")
    assert flaws(book) == []
    assert FileJournal(book).write(once("K1")) is None
    assert last(book) == Said(4, chain.verify(book).head, str(DAYS[-1]), runlog.LATE)


# An older book


def older(book: Path) -> None:
    """Put back the journal of before the last commit."""
    (book / "journal/2011-06/000004-import.beancount").unlink()


def test_an_older_book_is_recognised_and_nothing_is_booked_in_it(book: Path) -> None:
    older(book)
    (flaw,) = flaws(book)
    assert "commit 000004 (import, 2011-06-01" in flaw
    assert "mikroledger adopt" in flaw
    before = tree(book, "journal")
    for dry_run in (True, False):
        with pytest.raises(BrokenBookError, match="Was an older backup put back"):
            FileJournal(book).write(once("K9"), dry_run=dry_run)
    assert tree(book, "journal") == before
    assert keys(book) == ["K1", "K2", "K3"], "it can still be read"


def test_a_newest_commit_that_was_changed_is_recognised(book: Path) -> None:
    path = book / "journal/2011-06/000004-import.beancount"
    path.write_bytes(path.read_bytes().replace(b"Linje", b"Linie"))
    assert ["000004" in flaw for flaw in flaws(book)] == [True]
    with pytest.raises(BrokenBookError):
        FileJournal(book).write(once("K9"))


def test_a_reader_reads_the_log_before_the_journal(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who books in between makes no reader believe in an older book."""
    assert flaws(book) == []
    refresh = shelf._refresh

    def meanwhile(index: Index, *, thorough: bool) -> None:
        refresh(index, thorough=thorough)
        monkeypatch.setattr(shelf, "_refresh", refresh)
        FileJournal(book).write(once("K5"))

    monkeypatch.setattr(shelf, "_refresh", meanwhile)
    assert flaws(book) == []


# A copy without a log is told by its letters


def lay(book: Path, name: str) -> None:
    path = book / "letters/2011" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF")


def test_letters_that_no_record_knows_tell_an_older_copy(book: Path) -> None:
    lay(book, "L2011-0001-reminder-1-2011-12-05.pdf")
    lay(book, "L2011-0001-voucher-000004.pdf")
    assert flaws(book) == [], "with a log it is what a crash left, and will be made again"
    log(book).unlink()
    (flaw,) = flaws(book)
    assert "There are 1 letters that the book does not know" in flaw
    assert "letters/2011/L2011-0001-reminder-1-2011-12-05.pdf" in flaw
    with pytest.raises(BrokenBookError, match="does not know"):
        FileJournal(book).write(once("K9"))
    (book / "letters/2011/L2011-0001-reminder-1-2011-12-05.pdf").unlink()
    assert FileJournal(book).write(once("K9")) is not None


def test_a_log_that_may_not_be_read(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path, *_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(BrokenBookError, match="acknowledged cannot be read"):
        FileJournal(book).read()
