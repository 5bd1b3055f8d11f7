"""Adopting: hand edits and older books are taken in openly, or refused with file and line."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from books import JULY, JUNE, Failing, flaws, keys, make, once, tree, troubles

from mikroledger.domain.ledger import Draft, Record
from mikroledger.errors import BrokenBookError, MikroledgerError, NotCertainError, RefusedError
from mikroledger.journal import adopt, audit, chain, layout, runlog
from mikroledger.journal.adopt import Order, Taken
from mikroledger.journal.bind import bind
from mikroledger.journal.file import FileJournal
from mikroledger.journal.storage import DISK

ORDER = Order("reg", date(2011, 7, 4), "tastefejl")
ENTRY = (
    '2011-06-20 * "Skrevet i hånden"\n  key: "HAND"\n  Assets:Bank  5.00 DKK\n'
    "  Liabilities:Suspense  -5.00 DKK\n"
)
LETTER = "letters/2011/L2011-0001-reminder-1-2011-06-20.pdf"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make(tmp_path / "book")


def take(book: Path, order: Order = ORDER) -> Taken:
    return adopt.adopt(FileJournal(book), order)


def whats(taken: Taken) -> list[str]:
    return [item.what for item in taken.items]


def edit(book: Path, number: int = 1, old: str = "Linje", new: str = "Linie") -> Path:
    """Edit a commit by hand, wherever it stands."""
    (commit,) = (c for c in chain.verify(book).commits if c.named == number)
    path = book / commit.file
    content = path.read_bytes()
    (one,) = (each for each in chain.split(content) if each.number == number)
    part = content[one.start : one.end].replace(old.encode(), new.encode(), 1)
    path.write_bytes(content[: one.start] + part + content[one.end :])
    return path


def whole(book: Path) -> None:
    """Nothing is wrong with a book, by every way to look at it, and it can be booked in."""
    assert audit.audit(book).findings == ()
    assert flaws(book) == []
    assert FileJournal(book).write(once("K9")) is not None
    assert audit.audit(book).findings == ()


def test_there_is_nothing_to_take_in(book: Path) -> None:
    before = tree(book)
    assert take(book) == Taken()
    assert tree(book) == before
    with pytest.raises(BrokenBookError, match="no book"):
        take(book.parent)


def test_a_log_that_is_behind_is_brought_up_to_date(book: Path) -> None:
    runlog.path_of(book).unlink()
    assert take(book) == Taken()
    said = runlog.last(book)
    assert said is not None
    assert said.head == chain.verify(book).head


# Edited commits


@pytest.mark.parametrize("number", [1, 3, 4])
@pytest.mark.parametrize("bound", [False, True])
def test_an_edited_commit_is_taken_in(book: Path, number: int, bound: bool) -> None:
    old = chain.verify(book).commits[number].hash
    if bound:
        bind(DISK, book, "2011-06")
    path = edit(book, number)
    assert audit.audit(book).findings
    taken = take(book)
    assert whats(taken) == ["changed"]
    assert taken.items[0].text.en.startswith(str(path.relative_to(book)))
    assert taken.receipt is not None
    (record,) = FileJournal(book).read().records("adopt")
    new = chain.verify(book).commits[number].hash
    assert (record.values, record.by, record.get("reason")) == (("changed",), "reg", "tastefejl")
    assert (record.get("first"), record.get("old"), record.get("new")) == (
        f"{number:06d}",
        old,
        new,
    )
    whole(book)
    (note,) = audit.audit(book).notes
    assert f"An edit of commit {number:06d} was taken in with 000005 (reg, 2011-07-04)" in (
        note.text.en
    )


def test_an_edit_is_known_as_it_was_taken_in_and_not_otherwise(book: Path) -> None:
    edit(book)
    take(book)
    edit(book, old="Linie", new="Liniq")
    assert audit.audit(book).findings
    assert whats(take(book)) == ["changed"]
    edit(book, old="Liniq", new="Linje")
    assert audit.audit(book).findings == (), "as it was is as good as it ever was"
    whole(book)


def test_several_edits_are_taken_in_together(book: Path) -> None:
    edit(book, 1)
    edit(book, 4)
    assert whats(take(book)) == ["changed", "changed"]
    whole(book)


def test_an_edit_that_chain_and_log_both_name_is_one(book: Path) -> None:
    third = chain.verify(book).commits[3]
    runlog.path_of(book).write_bytes(runlog.Said(3, third.hash, third.day, "import").line)
    edit(book, 3)
    assert whats(take(book)) == ["changed"]
    whole(book)


def test_a_month_with_what_was_taken_in_is_bound(book: Path) -> None:
    edit(book, 1)
    take(book)
    assert FileJournal(book).bind("2011-06") == ("2011-05", "2011-06")
    whole(book)


def test_a_dry_run_takes_nothing_in(book: Path) -> None:
    edit(book)
    before = tree(book)
    taken = adopt.adopt(FileJournal(book), ORDER, dry_run=True)
    assert tree(book) == before
    assert taken == take(book)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("100.00 DKK", "90.00 DKK", "2011-05/000001-import.beancount"),
        ("Assets:Bank", "Assets:Bonk", "Assets:Bonk"),
        ("2011-05-02 *", "2011-05-02 !", "000001-import.beancount, line 8"),
    ],
)
def test_an_edit_that_does_not_load_is_refused(book: Path, old: str, new: str, says: str) -> None:
    edit(book, 1, old, new)
    before = tree(book, "journal")
    with pytest.raises(MikroledgerError, match=says):
        take(book)
    assert tree(book, "journal") == before


def test_a_commit_without_its_last_line_end_is_refused(book: Path) -> None:
    path = book / "journal/2011-05/000001-import.beancount"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RefusedError, match=r"000001-import.beancount, line 15: the last line"):
        take(book)


def test_a_commit_that_is_another_is_refused(book: Path) -> None:
    path = book / "journal/2011-05/000001-import.beancount"
    path.write_bytes((book / "journal/2011-05/000002-import.beancount").read_bytes())
    with pytest.raises(MikroledgerError):
        take(book)


def test_a_file_that_may_not_be_read(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(book)

    def closed(*_: object) -> object:
        raise PermissionError(13, "Permission denied", "x.beancount")

    monkeypatch.setattr(adopt, "_copy", closed)
    with pytest.raises(BrokenBookError, match=r"x\.beancount cannot be read"):
        take(book)


# Commits that are gone


def test_commits_that_are_gone_need_a_reason_and_stay_gone(book: Path) -> None:
    for number in (2, 3):
        (path,) = book.glob(f"journal/*/00000{number}-import.beancount")
        path.unlink()
    taken = take(book)
    assert [item.text.en for item in taken.items] == ["Commit 000002-000003 is gone."]
    whole(book)
    assert keys(book) == ["K1", "K4", "K9"]
    (note,) = audit.audit(book).notes
    assert "That commits 000002 to 000003 are gone was taken in" in note.text.en
    edit(book, 1)
    assert [fault.commit for fault in audit.audit(book).findings] == [4], "nothing else may go"


def test_the_first_commit_may_be_gone(book: Path) -> None:
    (book / "journal/2011-05/000000-init.beancount").unlink()
    assert [item.text.en for item in take(book).items] == ["Commit 000000 is gone."]
    whole(book)


def test_without_any_commit_there_is_no_book_to_go_on_with(book: Path) -> None:
    shutil.rmtree(book / "journal")
    (book / "journal").mkdir()
    with pytest.raises(RefusedError, match="mikroledger restore"):
        take(book)


# An older book


def test_an_older_book_goes_on_after_the_last_number_that_was_used(book: Path) -> None:
    said = runlog.last(book)
    assert said is not None
    for number in (3, 4):
        (book / f"journal/2011-06/00000{number}-import.beancount").unlink()
    with pytest.raises(BrokenBookError):
        FileJournal(book).write(once("K9"))
    taken = take(book)
    assert [item.text.en for item in taken.items] == ["Commit 000003-000004 is gone."]
    assert taken.receipt is not None
    assert taken.receipt.commit == "000005"
    whole(book)
    assert keys(book) == ["K1", "K2", "K9"]
    assert "is commit 000005" not in audit.audit(book, said.head).notes[-1].text.en
    edit(book, 2)
    assert [fault.commit for fault in audit.audit(book).findings] == [5]


def test_another_history_under_the_same_numbers(book: Path) -> None:
    """An older copy was booked in without its log, and then the log came back."""
    log = runlog.path_of(book).read_bytes()
    (book / "journal/2011-06/000004-import.beancount").unlink()
    runlog.path_of(book).unlink()
    for key in ("X4", "X5"):
        FileJournal(book).write(once(key, JUNE))
    runlog.path_of(book).write_bytes(log)
    with pytest.raises(BrokenBookError, match="Was an older backup put back"):
        FileJournal(book).write(once("K9"))
    assert whats(take(book)) == ["changed"]
    whole(book)


def lay(book: Path, name: str = LETTER, certificate: str = "{}") -> None:
    path = book / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF")
    path.with_suffix(".json").write_text(certificate)


def test_an_apology_of_a_newer_book_still_takes_its_reminder_back(book: Path) -> None:
    lay(book, "letters/2011/L2011-0001-apology-000003.2-2011-06-21.pdf", "[]")
    take(book)
    (record,) = FileJournal(book).read().records("letter")
    assert record.values == ("apology",)
    assert record.get("corrects") == "000003-2"
    assert record.get("key") == "apology:000003-2"


def test_letters_of_a_newer_book_are_recorded_again(book: Path) -> None:
    lay(book, certificate=json.dumps({"policy": {"new-deadline-days": "14"}}))
    lay(book, "letters/2011/L2011-0001-payout-2011-06-01.pdf", "[]")
    (book / "journal/2011-06/000004-import.beancount").unlink()
    assert whats(take(book)) == ["gone", "letter", "letter"]
    first, second = FileJournal(book).read().records("letter")
    assert (first.values, first.get("loan"), first.value) == (("payout",), "L2011-0001", JUNE)
    assert "level" not in first.meta
    assert (second.values, second.meta["level"]) == (("reminder",), 1)
    assert second.meta["deadline"] == date(2011, 7, 4)
    assert second.get("key") == "letter:2011/L2011-0001-reminder-1-2011-06-20"
    assert second.get("file") == LETTER
    whole(book)


@pytest.mark.parametrize("certificate", ["", "{", "[]", '{"policy": {}}', None])
def test_a_certificate_that_says_nothing(book: Path, certificate: str | None) -> None:
    lay(book, certificate=certificate or "")
    if certificate is None:
        (book / LETTER).with_suffix(".json").unlink()
    take(book)
    (record,) = FileJournal(book).read().records("letter")
    assert record.meta["deadline"] == date(2011, 6, 20)


# Files that are no commit


@pytest.mark.parametrize(
    "name",
    ["journal/mine.beancount", "journal/2011-06/mine.beancount", "journal/2011-04.beancount"],
)
def test_a_file_that_is_no_commit_becomes_one(book: Path, name: str) -> None:
    (book / name).write_text(f"; af ANL\n* overskrift\n\n{ENTRY}")
    with pytest.raises(BrokenBookError, match="mikroledger adopt"):
        FileJournal(book).read()
    assert whats(take(book)) == ["file"]
    assert not (book / name).exists()
    (entry,) = (t for t in FileJournal(book).read().transactions if t.get("key") == "HAND")
    assert (entry.id, entry.by, entry.booked) == ("000005-2", "reg", ORDER.today)
    assert (entry.day, entry.commit) == (date(2011, 6, 20), 5)
    whole(book)
    (note,) = audit.audit(book).notes
    assert f"The file {name} was taken in with 000005" in note.text.en


def test_what_stands_in_a_months_own_file_is_taken_out_of_it(book: Path) -> None:
    path = book / "journal/2011-06.beancount"
    path.write_text(path.read_text() + ENTRY)
    assert whats(take(book)) == ["file"]
    assert path.read_text() == layout.include_text(book / "journal/2011-06")
    whole(book)
    assert keys(book) == ["K1", "K2", "K3", "K4", "HAND", "K9"]


def test_accounts_and_records_are_taken_in(book: Path) -> None:
    (book / "journal/mine.beancount").write_text(
        "1970-01-01 open Assets:Mine  DKK\n\n"
        '2011-06-20 custom "mikroledger" "hold" "DEFERRAL" ; aftale\n  loan: "L2011-0001"\n'
    )
    take(book)
    ledger = FileJournal(book).read()
    assert "Assets:Mine" in ledger.accounts
    (hold,) = ledger.records("hold")
    assert hold.get("loan") == "L2011-0001"
    whole(book)


def test_what_is_dated_in_a_closed_month_moves_to_an_open_one(book: Path) -> None:
    closing = Record(JULY, "close", ("2011-06",), meta={"kind": "close"})
    FileJournal(book).write(lambda _: Draft("close", (closing,), JULY, "reg"))
    (book / "journal/mine.beancount").write_text(ENTRY)
    take(book)
    (entry,) = (t for t in FileJournal(book).read().transactions if t.get("key") == "HAND")
    assert (entry.day, entry.value) == (JULY, date(2011, 6, 20))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.replace("HAND", "K1"), "was used before"),
        (ENTRY.replace("2011-06-20", "2011-07-05"), "mine.beancount, line 1: the day has not"),
        ("\n" + ENTRY.replace('key: "HAND"', 'id: "000001"'), "line 2: mikroledger itself sets"),
        (ENTRY.replace('key: "HAND"', 'note: "610190-0000"'), "line 1: the text looks like"),
        (ENTRY.replace("Skrevet", "610190-0000"), "line 1: the text looks like"),
        (ENTRY.replace("hånden", 'hånden" "til'), "line 1: this cannot be taken in"),
        (ENTRY.replace('hånden"', 'hånden" #mine'), "line 1: this cannot be taken in"),
        (ENTRY.replace("-5.00", "-4.00"), "mine.beancount, line 1"),
        (ENTRY.replace("Assets:Bank", "Assets:Mine"), "Assets:Mine"),
        ('2011-06-20 custom "mikroledger" "close" "2011-06"\n', "only mikroledger itself"),
        ('2011-06-20 custom "mikroledger" "adopt" "file"\n', "only mikroledger itself"),
        ('plugin "os"\n', "mine.beancount, line 1"),
        ("2011-06-20 balance Assets:Bank 400.00 DKK\n", "mine.beancount, line 1"),
    ],
)
def test_what_a_book_may_not_hold_is_refused_with_file_and_line(
    book: Path, text: str, says: str
) -> None:
    (book / "journal/mine.beancount").write_text(text)
    before = tree(book, "journal")
    with pytest.raises(MikroledgerError, match=says):
        take(book)
    assert tree(book, "journal") == before


def test_a_copy_of_a_commit_is_refused(book: Path) -> None:
    source = book / "journal/2011-05/000001-import.beancount"
    shutil.copy(source, book / "journal/2011-06/mine.beancount")
    before = tree(book, "journal")
    with pytest.raises(MikroledgerError):
        take(book)
    assert tree(book, "journal") == before


# Crashes


def hurt(book: Path) -> None:
    """Edit a commit, take the newest away, and add a file."""
    edit(book, 1)
    (book / "journal/2011-06/000004-import.beancount").unlink()
    (book / "journal/mine.beancount").write_text(ENTRY)


def test_whatever_fails_the_same_command_again_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopt, "_try", lambda *_: None)  # it takes long, and writes nothing
    hurt(template := make(tmp_path / "template"))
    shutil.copytree(template, tmp_path / "first")
    disk = Failing()
    adopt.adopt(FileJournal(tmp_path / "first", disk), ORDER)
    expected = tree(tmp_path / "first", "journal")

    def taking(disk: Failing) -> None:
        try:
            adopt.adopt(FileJournal(book, disk), ORDER)
        except NotCertainError as error:
            answers.append(error.text.en)

    answers: list[str] = []
    for how, run in troubles(len(disk.calls)):
        book = tmp_path / how.replace(" ", "-")
        shutil.copytree(template, book)
        run(taking)
        adopt.adopt(FileJournal(book, Failing()), ORDER)
        assert tree(book, "journal") == expected, how
        assert not chain.verify(book).faults, how
        assert sorted(keys(book)) == ["HAND", "K1", "K2", "K3"], how
        assert audit.audit(book).findings == (), how
    assert answers
    assert all("same command again" in answer for answer in answers)
