"""What a book file may hold: each refusal names file, line and what to do."""

from pathlib import Path

import pytest

from mikroledger.errors import BrokenBookError
from mikroledger.journal import lint

MAIN = """\
; don't "mind 10/0 this
option "title" "Lån 1/2; #x"
option "operating_currency" "DKK"
option "name_assets" "Assets"
option "documents" "letters"
* a heading 10/0
plugin "mikroledger.plugin"
include "accounts.beancount"
include "policy.beancount"
include "journal/*.beancount"
"""
POLICY = """\
2011/01/01 custom "mikroledger" "x" "a/b \\" include 10/0
; still text" ; comment 1/0
2011-01-01 * "x" ^pay-1/2 #tag/1
  Assets:Pad  1.00 DKK
  plugin-name: "x"
"""
MONTH = 'include "2011-05/*.beancount"\n'
COMMIT = '2011-05-01 custom "mikroledger" "commit" "000000"\n'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "journal" / "2011-05").mkdir(parents=True)
    (tmp_path / "main.beancount").write_text(MAIN)
    (tmp_path / "policy.beancount").write_text(POLICY)
    (tmp_path / "journal" / "2011-05.beancount").write_text(MONTH)
    (tmp_path / "journal" / "2011-05" / "000000-init.beancount").write_text(COMMIT)
    return tmp_path


def test_a_good_book_passes(book: Path) -> None:
    contents = lint.checked(book)
    names = [str(path.relative_to(book)) for path in contents]
    assert names == [
        "main.beancount",
        "policy.beancount",
        "journal/2011-05.beancount",
        "journal/2011-05/000000-init.beancount",
    ]
    assert contents[book / "policy.beancount"] == POLICY.encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('plugin "os"', "not allowed"),
        ('plugin "mikroledger.plugin" "config"', "not allowed"),
        ("plugin", "not allowed"),
        ('option "insert_pythonpath" "TRUE"', "not allowed"),
        ('option "pythonpath" "/tmp"', "not allowed"),
        ('option "inferred_tolerance_default" "DKK:1"', "not allowed"),
        ('option "plugin_processing_mode" "raw"', "not allowed"),
        ('option "documents" "/"', "not allowed"),
        ('option "documents" "../x"', "not allowed"),
        ("option", "not allowed"),
        ('include "/etc/passwd"', "not allowed"),
        ('include "../other.beancount"', "not allowed"),
        ('include "secret.beancount.gpg"', "not allowed"),
        ('include "secret.asc"', "not allowed"),
        ('include "letters/*.beancount"', "not allowed"),
        ('include "2011-05/*.beancount"', "not allowed"),
        (' include\n "x"', "not allowed"),
        ("2011-01-01 pad Assets:Bank Assets:A", "not allowed"),
        ('2011-01-01 custom "mikroledger" "x" 10/0 DKK', "must not divide"),
        ('2011-01-01 custom "mikroledger" "x" 1.02011/1/0 DKK', "must not divide"),
        ('foo" 10/0 DKK "', "quotation mark"),
        ('2011-01-01 custom "mikroledger" "x', "quotation mark"),
        ("foo; 10", "before ';'"),
        ("\x00", r"U\+0000"),
        ("\r", r"U\+000D"),
        ("\ufeff", r"U\+FEFF"),
        ("\x0c", r"U\+000C"),
    ],
)
def test_what_is_not_known_is_refused(book: Path, line: str, reason: str) -> None:
    (book / "main.beancount").write_bytes((MAIN + line + "\n").encode())
    with pytest.raises(BrokenBookError, match=f"main.beancount, line 11: .*{reason}") as caught:
        lint.checked(book)
    assert "main.beancount, linje 11: " in caught.value.text.da


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("policy.beancount", 'plugin "mikroledger.plugin"'),
        ("policy.beancount", 'include "accounts.beancount"'),
        ("journal/2011-05.beancount", 'include "2011-06/*.beancount"'),
        ("journal/2011-05/000000-init.beancount", 'include "2011-05/*.beancount"'),
    ],
)
def test_only_main_has_plugins_and_a_month_its_own_folder(
    book: Path, name: str, line: str
) -> None:
    (book / name).write_text(f"{line}\n")
    with pytest.raises(BrokenBookError, match=f"{name}, line 1: .*not allowed"):
        lint.checked(book)


def test_other_encodings_are_refused(book: Path) -> None:
    (book / "accounts.beancount").write_bytes("; ok\n; æ\n".encode("latin-1"))
    with pytest.raises(BrokenBookError, match=r"accounts.beancount, line 2: not UTF-8"):
        lint.checked(book)


@pytest.mark.parametrize("name", ["policy.beancount", "accounts.beancount"])
def test_links_are_refused(book: Path, name: str) -> None:
    (book / name).unlink(missing_ok=True)
    (book / name).symlink_to("/nowhere")
    with pytest.raises(BrokenBookError, match=f"{name}: it is a symbolic link"):
        lint.checked(book)


def test_a_huge_file_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "LARGEST", 1000)
    (book / "accounts.beancount").write_text(";" * 1001)
    with pytest.raises(BrokenBookError, match="larger than 1000"):
        lint.checked(book)


def test_a_file_in_the_journal_that_is_no_commit_is_refused(book: Path) -> None:
    (book / "journal" / "2011-05" / "notes.beancount").write_text("")
    with pytest.raises(BrokenBookError, match=r"journal/2011-05/notes.beancount: .*no commit"):
        lint.checked(book)
