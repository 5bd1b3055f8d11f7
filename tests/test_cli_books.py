"""Closing, verifying, adopting, saving and restoring a book, as a person does it."""

import shutil
from pathlib import Path

import pytest
from books import JULY, Failing, edit_word, keys, make, once
from click.testing import CliRunner
from tool import Tool

from mikroledger.cli.app import App
from mikroledger.cli.main import main
from mikroledger.journal import audit, chain, read, runlog
from mikroledger.journal.adopt import Order, adopt
from mikroledger.journal.file import FileJournal
from mikroledger.journal.storage import DISK

DAY = "2012-02-01"


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A small book with two months behind it."""
    tool = Tool(tmp_path)
    make(tool.book)
    tool.day = "2011-07-04"
    return tool


@pytest.fixture
def aarhus(tmp_path: Path, replay: Path) -> Tool:
    """The book of the replay, letters and all."""
    tool = Tool(tmp_path)
    tool.day = DAY
    shutil.copytree(replay, tool.book)
    return tool


def head(tool: Tool) -> str:
    return chain.verify(tool.book).head


# close


def explained(tool: Tool, *months: str) -> None:
    """Say of the lines in suspense, of which these small books are made, that they are known."""
    for month in months:
        words = ("--month", month, "--explain", "suspense", "--reason", "prøve")
        tool("reconcile", *words, "--yes", by="reg")


def test_a_month_is_prepared_closed_and_bound(tool: Tool) -> None:
    explained(tool, "2011-05")
    said = tool("close", "2011-05", "--yes", by="reg").output
    assert "Proposed; waits for a second person" in said
    assert "Bound" not in said
    assert (tool.book / "journal/2011-05").exists()
    said = tool("close", "2011-05", "--yes", by="bok").output
    assert "Booked" in said
    assert "Bound: 2011-05." in said
    assert (tool.book / "journal/2011-05.beancount").stat().st_size > 1000
    assert not (tool.book / "journal/2011-05").exists()
    again = tool("close", "2011-05", "--yes").output
    assert "Was booked already" in again
    assert "Bound" not in again
    tool("verify")


def test_what_closing_says_as_json(tool: Tool) -> None:
    explained(tool, "2011-05")
    dry = tool.json("close", "2011-05", "--dry-run", by="reg")
    assert (dry["outcome"], dry["commit"], dry["bound"]) == ("proposed", "", [])
    prepared = tool.json("close", "2011-05", "--yes", by="reg")
    assert (prepared["outcome"], prepared["bound"]) == ("proposed", [])
    signed = tool.json("countersign", prepared["id"], "--dry-run", by="bok")
    assert (signed["outcome"], signed["commit"], signed["bound"]) == ("booked", "", [])
    made = tool.json("countersign", prepared["id"], by="bok")
    assert (made["id"], made["outcome"], made["bound"]) == (prepared["id"], "booked", ["2011-05"])
    for again in (
        tool.json("close", "2011-05", "--yes", by="reg"),
        tool.json("countersign", prepared["id"], by="bok"),
    ):
        assert (again["outcome"], again["bound"]) == ("already", [])
    told = made["report"]
    assert (told["month"], told["prepared"], told["reviewed"]) == ("2011-05", "reg", "bok")
    bank = told["accounts"][0]
    assert (bank["account"], bank["opening"], bank["closing"]) == ("Assets:Bank", "0.00", "200.00")
    assert bank["movements"] == {"bank": "200.00"}
    assert [item["status"] for item in told["items"]] == ["explained", "explained"]
    assert (told["findings"], told["earlier"], told["specification"]) == ([], [], [])


def test_a_dry_run_shows_the_record_and_closes_nothing(tool: Tool) -> None:
    explained(tool, "2011-05")
    before = tool.tree()
    said = tool("close", "2011-05", "--dry-run").output
    assert 'custom "mikroledger" "proposal" "close" "2011-05"' in said
    assert tool.tree() == before


def test_a_month_with_open_items_says_what_to_do(tool: Tool) -> None:
    before = tool.tree()
    said = tool("close", "2011-05", "--yes", code=4).output
    assert "2 items are neither settled nor explained" in said
    assert "suspense:000001" in said
    assert "reconcile --month 2011-05 --explain ITEM" in said
    assert tool.tree() == before


@pytest.mark.parametrize(
    ("month", "code", "says"),
    [
        ("2011-07", 4, "has not ended yet"),
        ("2011-06", 4, "mikroledger close 2011-05"),
        ("maj", 2, "Write it as 2011-05"),
    ],
)
def test_a_month_that_cannot_be_closed(tool: Tool, month: str, code: int, says: str) -> None:
    before = tool.tree()
    assert says in tool("close", month, "--yes", code=code).output
    assert tool.tree() == before


def test_closing_asks(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    explained(tool, "2011-05")
    before = tool.tree()
    assert "add --yes" in tool("close", "2011-05", code=2).output
    monkeypatch.setattr(App, "at_terminal", True)
    tool("close", "2011-05", text="n\n", code=130)
    assert tool.tree() == before
    assert "ready for a colleague to sign?" in tool("close", "2011-05", text="y\n").output
    assert "Close the month?" in tool("close", "2011-05", text="y\n", by="bok").output
    assert not (tool.book / "journal/2011-05").exists()


def test_a_book_that_beancount_refuses_is_not_closed(tool: Tool) -> None:
    with (tool.book / "accounts.beancount").open("a") as file:
        file.write("2011-05-01 open Assets:Bank DKK\n")
    before = tool.tree()
    tool("close", "2011-05", "--yes", code=3)
    assert tool.tree() == before


def test_what_only_beancount_sees_stops_the_closing(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained(tool, "2011-05")
    proof = read.Proof((("x linje 1", "x line 1"),), "")
    monkeypatch.setattr(read, "full", lambda _: proof)
    before = tool.tree()
    assert "x line 1" in tool("close", "2011-05", "--yes", code=3).output
    assert tool.tree() == before


def test_later_facts_go_to_the_open_month(aarhus: Tool) -> None:
    before = aarhus.json("list", "--as-of", "2012-06-01")
    for month in ("2011-03", "2011-04", "2011-05"):
        aarhus("close", month, "--yes", by="reg")
        aarhus("close", month, "--yes", by="bok")
    assert aarhus.json("list", "--as-of", "2012-06-01") == before
    loan = next(each["loan"] for each in before if each["outstanding"] > "0")
    words = ("repay", loan, "100", "--on", "2011-05-20", "--ref", "LATE-1")
    made = aarhus.json(*words)
    assert made["day"] == "2011-05-20"
    (entry,) = FileJournal(aarhus.book).read().by_id[made["id"]]
    assert (str(entry.day), str(entry.value)) == ("2011-06-01", "2011-05-20")
    assert aarhus.json(*words)["outcome"] == "already"


# verify


def test_a_whole_book_verifies(aarhus: Tool) -> None:
    result = aarhus("verify")
    assert result.stdout == ""
    assert f"0 errors. Head: 000060 {head(aarhus)}" in result.stderr
    assert aarhus.json("verify") == []


def test_a_broken_book_says_where(tool: Tool) -> None:
    edit_word(tool.book / "journal/2011-05/000001-import.beancount")
    (found,) = tool.json("verify", code=1)
    assert found["text"].startswith("journal/2011-05/000001-import.beancount, line 1: commit")
    assert {key: found[key] for key in ("kind", "file", "commit", "line")} == {
        "kind": "finding",
        "file": "journal/2011-05/000001-import.beancount",
        "commit": "000001",
        "line": 1,
    }
    assert tool("verify", code=1).stdout.startswith("ERROR journal/2011-05/000001-import")


def test_a_book_without_a_run_log_verifies(tool: Tool) -> None:
    (tool.book / ".mikroledger/acknowledged").unlink()
    tool("verify")


def test_an_older_book_is_told_from_its_run_log(tool: Tool) -> None:
    (tool.book / "journal/2011-06/000004-import.beancount").unlink()
    (found,) = tool.json("verify", code=1)
    assert (found["file"], found["commit"]) == (".mikroledger/acknowledged", "000004")
    assert "Was an older backup put back" in found["text"]


def test_a_book_that_does_not_load_is_verified_all_the_same(tool: Tool) -> None:
    edit_word(tool.book / "journal/2011-05/000001-import.beancount", "Assets:Bank", "Assets:Bonk")
    found = tool.json("verify", code=1)
    assert [(each["commit"], each["line"]) for each in found] == [("000001", 1), (None, None)]
    tool.book = tool.folder / "nothing"
    tool("verify", code=3)


def test_a_head_that_was_kept_elsewhere(tool: Tool) -> None:
    kept = head(tool)
    FileJournal(tool.book).write(once("K5"))
    said = tool("verify", "--head", kept.upper()).stdout
    assert said == f"NOTE {kept[:16]}… is commit 000004, 1 before the newest.\n"
    (note,) = tool.json("verify", "--head", kept[:16])
    assert (note["kind"], note["commit"]) == ("note", "000004")
    for other in ("ab" * 32, kept[:15]):
        (found,) = tool.json("verify", "--head", other, code=1)
        assert "is not in the book's chain" in found["text"]


def test_the_head_of_an_edited_commit_is_still_known(tool: Tool) -> None:
    kept = head(tool)
    edit_word(tool.book / "journal/2011-06/000004-import.beancount")
    tool("verify", code=1)
    tool("adopt", "--reason", "tastefejl")
    assert "is commit 000004, 1 before" in tool("verify", "--head", kept).stdout


def test_edits_of_the_settings_are_told(tool: Tool) -> None:
    with (tool.book / "policy.beancount").open("a") as file:
        file.write('2011-07-01 custom "mikroledger" "notice-days" 21\n')
    (note,) = tool.json("verify")
    assert "edited after 000004" in note["text"]
    FileJournal(tool.book).write(once("K5"))
    (note,) = tool.json("verify")
    assert (note["commit"], "edited before 000005 (2011-07-01)" in note["text"]) == (
        "000005",
        True,
    )


@pytest.mark.parametrize("suffix", [".pdf", ".json"])
def test_letters_are_held_against_their_records(aarhus: Tool, suffix: str) -> None:
    path = next((aarhus.book / "letters/2012").glob(f"*reminder*{suffix}"))
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    (found,) = aarhus.json("verify", code=1)
    assert "the file was changed (letter 0000" in found["text"]
    assert found["file"] == str(path.relative_to(aarhus.book))
    path.unlink()
    (found,) = aarhus.json("verify", code=1)
    assert "the file is missing (letter 0000" in found["text"]
    path.write_bytes(content)
    aarhus("verify")


def test_a_letter_that_no_record_knows(aarhus: Tool) -> None:
    path = aarhus.book / "letters/2012/L2011-0001-reminder-2-2012-01-30.pdf"
    path.write_bytes(b"%PDF")
    (found,) = aarhus.json("verify", code=1)
    assert "no record knows this letter" in found["text"]
    assert "2012-01-30.pdf is recorded again" in aarhus("adopt", "--reason", "fundet").stdout
    (found,) = aarhus.json("verify", code=1)
    assert found["file"].endswith("2012-01-30.json")


def test_an_adoption_that_mikroledger_did_not_write(tool: Tool) -> None:
    edit_word(tool.book / "journal/2011-06/000004-import.beancount")
    adopt(FileJournal(tool.book, Failing()), Order("reg", JULY, "x"))
    path = next(tool.book.glob("journal/2011-07/*-adopt.beancount"))
    path.write_text(path.read_text().replace('"changed"', '"other"'))
    notes = audit.audit(tool.book).notes
    assert "Something was taken in with 000005" in notes[0].text.en


def test_a_book_without_commits_has_no_head(tool: Tool) -> None:
    shutil.rmtree(tool.book / "journal")
    (tool.book / "journal").mkdir()
    assert "Head: - " in tool("verify", code=1).stderr


# adopt


def test_an_edit_is_taken_in(tool: Tool) -> None:
    edit_word(tool.book / "journal/2011-05/000001-import.beancount")
    before = tool.tree()
    dry = tool("adopt", "--reason", "tastefejl", "--dry-run")
    assert "commit 000001 as it is now" in dry.stdout
    assert "Dry run" in dry.stderr
    assert tool.json("adopt", "--reason", "tastefejl", "--dry-run")["commit"] == ""
    assert tool.tree() == before
    made = tool.json("adopt", "--reason", "tastefejl", "--yes")
    assert (made["outcome"], made["commit"]) == ("booked", "000005")
    assert [item["what"] for item in made["items"]] == ["changed"]
    again = tool("adopt", "--reason", "tastefejl")
    assert "nothing to take in" in again.stderr
    assert tool.json("adopt", "--reason", "tastefejl")["outcome"] == "already"
    assert "An edit of commit 000001 was taken in" in tool("verify").stdout


def test_taking_in_prints_the_head(tool: Tool) -> None:
    edit_word(tool.book / "journal/2011-05/000001-import.beancount")
    said = tool("adopt", "--reason", "tastefejl").stderr
    assert f"Taken in with 000005. Head: {head(tool)}" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [((), "Say why"), (("--reason", " "), "Say why"), (("--reason", "610190-0000"), "CPR number")],
)
def test_taking_in_needs_a_reason(tool: Tool, words: tuple[str, ...], says: str) -> None:
    assert says in tool("adopt", *words, code=2).output


def test_taking_in_needs_a_person(tool: Tool) -> None:
    assert "--by" in tool("adopt", "--reason", "x", by="", code=2).output


# backup and restore


def test_a_book_is_saved_and_restored(aarhus: Tool) -> None:
    file, new = str(aarhus.folder / "b.zip"), aarhus.folder / "new"
    made = aarhus.json("backup", file)
    assert (made["commit"], made["head"]) == ("000060", head(aarhus))
    assert made["files"] > 100
    assert (
        f"{made['files']} files up to 000060" in aarhus("restore", file, str(new), "--yes").stderr
    )
    before = aarhus.json("list")
    aarhus.book = new
    assert aarhus.json("list") == before
    assert aarhus.json("verify") == []


def test_restoring_asks(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    file, new = str(tool.folder / "b.zip"), tool.folder / "new"
    tool("backup", file, "--yes")
    assert "add --yes" in tool("restore", file, str(new), code=2).output
    monkeypatch.setattr(App, "at_terminal", True)
    tool("restore", file, str(new), text="n\n", code=130)
    assert not new.exists()
    assert "up to 000004 into" in tool("restore", file, str(new), text="y\n").output
    assert keys(new) == ["K1", "K2", "K3", "K4"]


def saved_before(aarhus: Tool, day: str) -> str:
    """Save the book as it was before a day's reminder run, which it would do again."""
    letters = FileJournal(aarhus.book).read().records("letter")
    first = min(letter.commit for letter in letters if str(letter.day) == day)
    older = Tool(aarhus.folder)
    older.book = aarhus.folder / "older"
    shutil.copytree(aarhus.book, older.book)
    commits = chain.verify(older.book).commits
    for commit in commits[first:]:
        (older.book / commit.file).unlink()
    last = commits[first - 1]
    runlog.path_of(older.book).unlink()
    said = runlog.Said(last.named, last.hash, last.day, "x")
    runlog.acknowledge(DISK, older.book, said)
    for path in older.book.glob(f"letters/*/*-{day}.*"):
        path.unlink()
    older.day = day
    shown = older.json("remind", "--dry-run")
    assert {each["loan"] for each in shown["letters"]} == sent_on(aarhus, day)
    file = str(aarhus.folder / "b.zip")
    older("backup", file)
    return file


def sent_on(aarhus: Tool, day: str) -> set[str]:
    """Return the loans whose borrowers got a reminder on a day."""
    found = aarhus.book.glob(f"letters/*/*-reminder-*-{day}.pdf")
    return {path.name.partition("-reminder")[0] for path in found}


def test_an_older_backup_holds_the_reminder_run_until_it_is_taken_in(aarhus: Tool) -> None:
    """The worst that a restore could do: send a reminder a second time."""
    day = str(max(letter.day for letter in FileJournal(aarhus.book).read().records("letter")))
    file, sent = saved_before(aarhus, day), sent_on(aarhus, day)
    assert len(sent) == 3
    assert aarhus.json("restore", file, str(aarhus.book), "--yes")["older"] is True
    again = aarhus("restore", file, str(aarhus.book), "--yes")
    assert "Warning: the backup is older than the book" in again.stderr

    aarhus.day = day
    shown = aarhus.json("remind", "--dry-run")
    assert shown["letters"] == []
    reasons = {each["code"] for held in shown["held"] for each in held["reasons"]}
    assert "LEDGER-SOUND" in reasons
    words = ("repay", min(sent), "100", "--on", day, "--ref", "R-1", "--overpayment")
    assert "Was an older backup put back" in aarhus(*words, code=3).output

    items = aarhus.json("adopt", "--reason", "nedbrud", by="reg")["items"]
    assert items[0]["what"] == "gone"
    assert sent <= {item["file"].split("/")[-1].partition("-reminder")[0] for item in items[1:]}
    shown = aarhus.json("remind", "--dry-run")
    assert sent.isdisjoint(letter["loan"] for letter in shown["letters"])
    aarhus(*words)
    aarhus("verify")


@pytest.mark.parametrize("name", ["close", "verify", "adopt", "backup", "restore"])
def test_help_has_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert f"mikroledger {name}" in result.output
