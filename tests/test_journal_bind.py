"""Binding months: the same commits in one file, each entry read once, whatever a crash leaves."""

import errno
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest
from books import DAYS, JULY, JUNE, MAY, Failing, flaws, keys, make, once, tree, troubles

from mikroledger.domain.ledger import Ledger
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError
from mikroledger.journal import bind, chain, layout, read
from mikroledger.journal.file import FileJournal
from mikroledger.journal.shelf import Shelf
from mikroledger.journal.storage import DISK

BOUND = ["2011-05.beancount", "2011-06", "2011-06.beancount"]
ALL = ["K1", "K2", "K3", "K4"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make(tmp_path / "book")


def names(book: Path) -> list[str]:
    return sorted(path.name for path in (book / "journal").iterdir())


def may(book: Path) -> bytes:
    """What May is to hold: its commits, one after the other."""
    return b"".join(path.read_bytes() for path in sorted((book / "journal/2011-05").iterdir()))


def test_a_bound_month_is_its_commits(book: Path) -> None:
    expected, before = may(book), FileJournal(book).read()
    assert FileJournal(book).bind("2011-05") == ("2011-05",)
    assert names(book) == BOUND
    assert (book / "journal/2011-05.beancount").read_bytes() == expected
    assert (book / "journal/2011-05.beancount").stat().st_mode & 0o777 == 0o640
    after = FileJournal(book).read()
    assert [(e.commit, e.meta) for e in after.entries] == [
        (e.commit, e.meta) for e in before.entries
    ]
    assert (after.head, after.flaws) == (before.head, ())
    by_beancount = [e for e in read.load(book).entries if "prev" not in e.meta]
    assert [(e.commit, e.meta) for e in by_beancount] == [
        (e.commit, e.meta) for e in before.entries
    ]
    assert read.full(book).errors == ()


def test_bound_months_are_not_bound_again(book: Path) -> None:
    FileJournal(book).bind("2011-05")
    before = tree(book, "journal")
    assert FileJournal(book).bind("2011-05") == ()
    assert FileJournal(book).bind("2011-04") == ()
    assert tree(book, "journal") == before
    assert FileJournal(book).bind("2011-12") == ("2011-06",)
    assert keys(book) == ALL


def test_a_commit_that_is_not_canonical_is_bound_as_well(book: Path) -> None:
    path = book / "journal/2011-06/000004-import.beancount"
    path.write_bytes(path.read_bytes() + b"; a remark\n")
    shutil.rmtree(book / ".mikroledger")  # the newest commit is named by the run log alone
    assert FileJournal(book).bind("2011-06") == ("2011-05", "2011-06")
    assert keys(book) == ALL


def test_what_is_broken_is_not_bound(book: Path) -> None:
    path = book / "journal/2011-05/000001-import.beancount"
    path.write_bytes(path.read_bytes().replace(b"Linje", b"Linie"))
    before = tree(book, "journal")
    with pytest.raises(BrokenBookError, match="commit 000001 was changed"):
        FileJournal(book).bind("2011-05")
    assert tree(book, "journal") == before


def test_what_would_say_something_else_is_not_bound(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(book, "journal")
    values_of = read.values_of
    monkeypatch.setattr(read, "values_of", lambda *file: values_of(*file)[1:])
    with pytest.raises(BrokenBookError, match="would say something else"):
        FileJournal(book).bind("2011-05")
    assert tree(book, "journal") == before


def test_nothing_is_booked_in_a_bound_month(book: Path) -> None:
    FileJournal(book).bind("2011-05")
    before = tree(book, "journal")
    with pytest.raises(RefusedError, match="clock right"):
        FileJournal(book).write(once("K9", MAY))
    assert tree(book, "journal") == before
    assert FileJournal(book).write(once("K9", JUNE)) is not None
    assert keys(book) == [*ALL, "K9"]


def test_what_is_no_copy_stays(book: Path, tmp_path: Path) -> None:
    shutil.copytree(book / "journal/2011-05", tmp_path / "copy")
    FileJournal(book).bind("2011-05")
    shutil.copytree(tmp_path / "copy", book / "journal/2011-05")
    (book / "journal/2011-05/mine.txt").write_text("mine")
    FileJournal(book).write(once("K5"))
    assert (book / "journal/2011-05/mine.txt").read_text() == "mine"
    (book / "journal/2011-05/mine.txt").unlink()
    FileJournal(book).write(once("K6"))
    assert not (book / "journal/2011-05").exists()
    assert keys(book) == [*ALL, "K5", "K6"]


def test_what_has_a_temporary_name_goes(book: Path) -> None:
    left = book / "journal/.tmp-1"
    shutil.copytree(book / "journal/2011-05", left)
    (book / "journal/.tmp-2").symlink_to(left)
    FileJournal(book).write(once("K5"))
    assert not list((book / "journal").glob(".tmp-*"))
    assert keys(book) == [*ALL, "K5"]


def calls(tmp_path: Path) -> list[str]:
    disk = Failing()
    FileJournal(make(tmp_path / "whole"), disk).bind("2011-05")
    return disk.calls


def test_the_bound_month_is_on_the_disk_before_the_folder_goes(tmp_path: Path) -> None:
    done = calls(tmp_path)
    over = done.index("replace")
    assert "fsync" in done[:over]
    assert done[over : over + 6] == [
        "replace",
        "unlink",  # of the temporary name, which is gone
        "fsync_folder",
        "fsync_folder",  # once more, in case an earlier run failed to
        "replace",  # the folder gets a temporary name, so that nobody reads half of it
        "fsync_folder",
    ]
    assert done[over + 6 :] == ["unlink", "unlink", "unlink", "remove_folder"]


def test_whatever_fails_each_entry_is_read_once_and_the_next_command_ends_it(
    tmp_path: Path,
) -> None:
    expected = may(make(tmp_path / "expected"))

    def binding(disk: Failing) -> None:
        try:
            FileJournal(book, disk).bind("2011-05")
        except NotCertainError as error:
            answers.append(str(error))

    answers: list[str] = []
    for how, run in troubles(len(calls(tmp_path))):
        book = make(tmp_path / how.replace(" ", "-"))
        run(binding)
        assert keys(book) == ALL, how
        assert [e.get("key") for e in read.load(book).transactions] == ALL, how
        assert flaws(book) == [], how
        assert chain.verify(book).faults == (), how
        assert FileJournal(book, Failing()).write(once("K5")) is not None, how
        FileJournal(book, Failing()).bind("2011-05")
        assert (book / "journal/2011-05.beancount").read_bytes() == expected, how
        assert names(book) == [*BOUND, "2011-07", "2011-07.beancount"], how
        assert keys(book) == [*ALL, "K5"], how
        assert not list(book.rglob(".tmp-*")), how
    assert all("same command again" in each or "samme kommando" in each for each in answers)


def test_months_of_a_book_that_is_only_read(book: Path) -> None:
    assert [path.name for path in layout.months(book)] == ["2011-05", "2011-06"]
    assert len(layout.sources(book)) == len(DAYS)
    bind.bind(DISK, book, "2011-06")
    assert [path.name for path in layout.sources(book)] == [
        "2011-05.beancount",
        "2011-06.beancount",
    ]
    assert layout.strays(book) == ()


def test_a_reader_whose_files_are_bound_meanwhile_reads_again(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keys(book) == ALL
    ledger = Shelf.ledger
    asked: list[object] = []

    def meanwhile(shelf: Shelf, about: Collection[str] | None = None) -> Ledger:
        if not asked:
            bind.bind(DISK, book, "2011-05")
        asked.append(about)
        return ledger(shelf, about)

    monkeypatch.setattr(Shelf, "ledger", meanwhile)
    assert keys(book) == ALL
    assert len(asked) == 2


def test_what_is_really_gone_is_said(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(shelf: Shelf, about: Collection[str] | None = None) -> Ledger:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x.beancount")

    def closed(shelf: Shelf, about: Collection[str] | None = None) -> Ledger:
        raise PermissionError(errno.EACCES, "Permission denied", "x.beancount")

    for fails, says in ((gone, "No such file"), (closed, "Permission denied")):
        monkeypatch.setattr(Shelf, "ledger", fails)
        with pytest.raises(BrokenBookError, match=f"cannot be read .{says}"):
            FileJournal(book).read()


def test_the_next_posting_after_a_month_is_bound(book: Path) -> None:
    """What the index learned of the small files goes when they do."""
    assert keys(book) == ALL
    bind.bind(DISK, book, "2011-05")
    assert FileJournal(book).write(once("K5", JULY)) is not None
    assert keys(book) == [*ALL, "K5"]
