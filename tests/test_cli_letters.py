"""`letters list`, `preview`, `write` and `check`, as a person runs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fakes import ROOT
from tool import Tool

from mikroledger.letters.catalogue import LETTERS

LOAN = "L2011-0001"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """A book with one loan, paid out, and one instalment paid of three that are due."""
    tool = Tool(tmp_path_factory.mktemp("letters"))
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    about = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
    tool("debtor", "add", "D0001", *about)
    terms = ("--decided", "25-03-2011", "--instalments", "20", "--first-due", "2011-07-01")
    tool("approve", "--debtor", "D0001", "--principal", "20.000,00", *terms, "--decision", "11/42")
    tool.day = "2011-05-06"
    tool("disburse", LOAN, "20.000,00", "--on", "02-05-2011", "--ref", "PAY-1")
    tool("countersign", "000002", by="bok")
    tool.day = "2011-09-12"
    tool("repay", LOAN, "1.000,00", "--on", "01-07-2011", "--ref", "PAY-2")
    return tool


def shown(path: Path) -> str:
    import pdfplumber

    with pdfplumber.open(path) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def draft(tool: Tool, name: str, *words: str) -> Any:
    out = tool.folder / "draft.pdf"
    result = tool("letters", "preview", name, *words, "--out", str(out))
    assert result.stdout == f"{out}\n"
    assert "not to be sent" in result.stderr
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 1
    return result, shown(out)


def test_the_list_names_every_letter_and_whose_text_it_has(paid: Tool) -> None:
    rows = paid.json("letters", "list")
    assert [row["letter"] for row in rows] == [name for name in LETTERS for _ in range(2)]
    assert {row["language"] for row in rows} == {"da", "en"}
    assert all(row["own"] and not row["changed"] for row in rows)  # init copies the texts
    own = paid.book / "templates" / "da" / "repaid.md"
    before = own.read_text("utf-8")
    try:
        own.write_text("# Egen\n", "utf-8")
        lines = paid("letters", "list").stdout.splitlines()
        (line,) = [each for each in lines if each.startswith("repaid") and "  da  " in each]
        assert "  own  " in line
        assert "own, like ours" in lines[1]
        own.unlink()
        (row,) = [
            each
            for each in paid.json("letters", "list")
            if (each["letter"], each["language"]) == ("repaid", "da")
        ]
        assert not row["own"]
        assert row["template"]
        line = next(
            each
            for each in paid("letters", "list").stdout.splitlines()
            if each.startswith("repaid") and "  da  " in each
        )
        assert "  ours  " in line
    finally:
        own.write_text(before, "utf-8")


def test_a_draft_has_the_loan_s_figures_and_books_nothing(paid: Tool) -> None:
    before = paid.tree()
    _, text = draft(paid, "statement", "--loan", LOAN)
    assert "Prøve: må ikke sendes" in text
    assert "Ane Opdigtet" in text
    assert "Du skylder 19.000,00 kr." in text
    _, text = draft(paid, "payout", "--loan", LOAN, "--lang", "en")
    assert "DKK 20,000.00" in text
    result, text = draft(paid, "reminder-1", "--loan", LOAN)
    assert "Du mangler at betale 2.000,00 kr." in text
    assert "It would not be sent today: BANK-FRESH: " in result.stderr
    assert paid.tree() == before


def test_a_draft_without_a_loan_is_invented(paid: Tool) -> None:
    result, text = draft(paid, "reminder-2")
    assert "Opdigtet" in text
    assert "It would not be sent" not in result.stderr
    assert "+80000000<" in text, "it has the book's own sender"


def test_an_internal_sheet_has_no_addressee(paid: Tool) -> None:
    assert "Opdigtet" not in draft(paid, "voucher")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("repaid", "--loan", LOAN), "is not repaid"),
        (("nix", "--loan", LOAN), "No letter is named 'nix'"),
        (("nix",), "No letter is named 'nix'"),
        (("payout", "--loan", "L2011-0009"), "L2011-0009"),
    ],
)
def test_a_letter_that_there_is_no_cause_for(
    paid: Tool, words: tuple[str, ...], said: str
) -> None:
    out = paid.folder / "none.pdf"
    result = paid("letters", "preview", *words, "--out", str(out), code=4)
    assert said in result.stderr
    assert not out.exists()


def test_a_draft_is_not_laid_among_the_book_s_letters(paid: Tool) -> None:
    before = paid.tree()
    inside = paid.book / "letters" / "draft.pdf"
    said = paid("letters", "preview", "payout", "--out", str(inside), code=4).stderr
    assert "is in the book" in said
    nowhere = paid.folder / "no" / "draft.pdf"
    said = paid("letters", "preview", "payout", "--out", str(nowhere), code=4).stderr
    assert "cannot be written: No such file or directory" in said
    assert paid.tree() == before


def test_check_tells_file_line_and_what_to_do(paid: Tool) -> None:
    assert paid("letters", "check").stderr == "0 flaws in the letters' texts.\n"
    own = paid.book / "templates" / "da" / "repaid.md"
    before = own.read_text("utf-8")
    try:
        own.write_text(before + "\n{{ nix }}\n", "utf-8")
        (paid.book / "templates" / "da" / "nix.md").write_text("# \x1b[31mNix\n", "utf-8")
        line = len(before.splitlines()) + 2
        result = paid("letters", "check", code=1)
        lines = result.stdout.splitlines()
        assert f"{own}:{line}: 'nix' is no word of this letter" in lines[1]
        assert "nix.md: No letter has that name" in lines[0]
        assert result.stderr == "2 flaws in the letters' texts.\n"
        flaws = paid.json("letters", "check", code=1)
        assert [(Path(each["file"]).name, each["line"]) for each in flaws] == [
            ("nix.md", 0),
            ("repaid.md", line),
        ]
        assert "nix.md" in flaws[0]["file"]
    finally:
        own.write_text(before, "utf-8")
        (paid.book / "templates" / "da" / "nix.md").unlink()


def test_a_letter_that_a_caseworker_asks_for_is_kept_once(paid: Tool) -> None:
    made = paid.json("letters", "write", "statement", "--loan", LOAN, by="anl")
    again = paid.json("letters", "write", "statement", "--loan", LOAN, by="anl")
    assert (made["outcome"], again["outcome"]) == ("booked", "already")
    assert made["file"] == again["file"] == f"letters/2011/{LOAN}-statement-2011-09-12.pdf"
    assert "not to be sent" not in shown(paid.book / made["file"])
    assert (paid.book / made["file"].replace(".pdf", ".json")).exists()
    assert "statement" in [each["kind"] for each in paid.json("post", "list")]
    path = paid("letters", "write", "statement", "--loan", LOAN, by="anl").stdout
    assert path == f"{paid.book / made['file']}\n"


@pytest.mark.parametrize("name", ["reminder-1", "payout", "nix"])
def test_a_letter_that_has_its_own_command_is_not_written_by_hand(paid: Tool, name: str) -> None:
    result = paid("letters", "write", name, "--loan", LOAN, by="anl", code=4)
    assert "is not written by hand" in result.stderr


def test_nothing_is_written_without_cause_or_on_a_wrong_loan(
    paid: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = paid("letters", "write", "repaid", "--loan", LOAN, by="anl", code=4)
    assert "Choose another loan" in result.stderr
    monkeypatch.setattr(paid, "day", "2011-05-02")
    result = paid("letters", "write", "first-due", "--loan", LOAN, by="anl", code=4)
    assert "Wait until tomorrow" in result.stderr


def test_a_template_may_compare_a_word_with_a_text(paid: Tool, tmp_path: Path) -> None:
    """In a process of its own: what Python loads only then, other tests may have loaded here."""
    book = Path(shutil.copytree(paid.book, tmp_path / "book"))
    own = book / "templates" / "da" / "waiting.md"
    own.write_text(f'{own.read_text("utf-8")}{{% if loan == "Lån" %}}Nej.{{% endif %}}\n', "utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mikroledger", "--book", str(book), "letters", "check"],
        cwd=ROOT,
        env={**os.environ, "MIKROLEDGER_LANG": "en", "MIKROLEDGER_TODAY": paid.day},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "0 flaws in the letters' texts.\n")
