"""What a book file may hold: each refusal names file, line and what to do."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
#! a comment 10/0
: another "
2011/01/01 custom "mikroledger" "x" "a/b \\" include 10/0 \u00a0" 2 (-12.00) DKK TRUE
 2011-01-01 custom\t"mikroledger" ; comment 1/0 "
2011-01-01 * "x" ^pay-1/2 #tag/1
  plugin: "x"
  a_B-9: Assets:Pad
  Assets:Lån:Æ-1  -1,000.00 DKK
  Assets:Pad  +1.  DKK
2011-01-01 txn "y"
1970-01-01 open Assets:Bank DKK
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
    contents = dict(lint.checked(book))
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
        ('include"x"', "quotation mark"),
        ('1plugin "os"', "'1plugin' does not belong"),
        ('pluginx "os"', "'pluginx' does not belong"),
        ("pushtag #x", "'pushtag' does not belong"),
        ("2011-01-01 pad Assets:Bank Assets:A", "'pad' does not belong"),
        ("2011-01-01 balance Assets:Bank 1 DKK", "'balance' does not belong"),
        ("2011-01-01 close Assets:Bank", "'close' does not belong"),
        ('2011-01-01 document Assets:Bank "/etc/passwd"', "'document' does not belong"),
        ('2011-01-01 query "x" "SELECT 1"', "'query' does not belong"),
        ('2011-01-01 custom "fava-extension" "x"', "not allowed"),
        ('2011-01-01 custom "fava-option" "import-config" "x.py"', "not allowed"),
        ('2011-01-01 custom "mikroledger"x', "not allowed"),
        ('2011-01-01 custom\n"mikroledge" "mikroledger"', "not allowed"),
        ("custom", "not allowed"),
        ('2011-01-01 ! "x"', "'!' does not belong"),
        ("  ! Assets:Bank 1.00 DKK", "'!' does not belong"),
        ("  Assets:Bank 1 DKK @ 2 DKK", "'@' does not belong"),
        ("  Assets:Bank 1 DKK {2 DKK}", "'{2' does not belong"),
        ("  Assets:Bank 2*3 DKK", r"'2\*3' does not belong"),
        ('  filename: "x"', "'filename:' does not belong"),
        ("  lineno: 7", "'lineno:' does not belong"),
        ("#tag 10/0", "must not divide"),
        ("  \u0410ssets:Bank 1.00 DKK", r"'\u0410ssets:Bank' \(U\+0410\) does not belong"),
        ("  Assets:Bank\u00a01.00 DKK", r"U\+00A0"),
        ('2011-01-01 * "a\n2011-01-01 * \\"b"', "quotation mark"),
        ('2011-01-01 * "a\\\nb"', "quotation mark"),
        ('2011-01-01 * "Afdrag\u202e"', r"U\+202E"),
        ("; \u2028", r"U\+2028"),
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
        list(lint.checked(book))
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
        list(lint.checked(book))


def test_other_encodings_are_refused(book: Path) -> None:
    (book / "accounts.beancount").write_bytes("; ok\n; æ\n".encode("latin-1"))
    with pytest.raises(BrokenBookError, match=r"accounts.beancount, line 2: not UTF-8"):
        list(lint.checked(book))


@pytest.mark.parametrize("name", ["policy.beancount", "accounts.beancount"])
def test_links_are_refused(book: Path, name: str) -> None:
    (book / name).unlink(missing_ok=True)
    (book / name).symlink_to("/nowhere")
    with pytest.raises(BrokenBookError, match=f"{name}: it is a symbolic link"):
        list(lint.checked(book))


def test_a_pipe_is_refused_and_not_waited_for(book: Path) -> None:
    os.mkfifo(book / "accounts.beancount")
    with pytest.raises(BrokenBookError, match=r"accounts.beancount: it is .* no file"):
        list(lint.checked(book))


def test_a_huge_file_is_refused_unread(book: Path) -> None:
    with (book / "accounts.beancount").open("wb") as file:
        file.truncate(3_000_000_000)  # a hole: it takes no room
    with pytest.raises(BrokenBookError, match="larger than 50000000"):
        list(lint.checked(book))


@pytest.mark.parametrize(
    "name",
    ["2011-05/notes.beancount", "notes.beancount", ".notes.beancount", "2011-5.beancount"],
)
def test_a_file_in_the_journal_that_is_no_commit_is_refused(book: Path, name: str) -> None:
    (book / "journal" / name).write_text("")
    with pytest.raises(BrokenBookError, match=f"journal/{name}: .*no commit"):
        list(lint.checked(book))


def test_the_files_of_a_month_that_is_bound_are_no_part_of_the_book(book: Path) -> None:
    month = book / "journal/2011-05"
    (month / "000000-init.beancount").rename(month.with_suffix(".beancount"))
    (month / "000000-init.beancount").write_text("10/0")
    assert book / "journal/2011-05.beancount" in dict(lint.checked(book))
    assert month / "000000-init.beancount" not in dict(lint.checked(book))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (".main.beancount.picklecache", "would run what that file says"),
        ("journal/.2011-05.beancount.picklecache", "would run"),
        ("journal/.2011-05.beancount.swp", "open in an editor"),
        (".#policy.beancount", "open in an editor"),
    ],
)
def test_a_person_is_told_of_strangers(book: Path, name: str, says: str) -> None:
    assert lint.strangers(book) == ()
    (book / name).write_text("")
    ((da, en),) = lint.strangers(book)
    assert en.startswith(f"{name}: ")
    assert says in en
    assert da.startswith(f"{name}: ")


# What beancount's lexer makes of a text that passes

_BITS = st.sampled_from(
    [
        *(
            "\n",
            "\n  ",
            " ",
            "\t",
            '"',
            "\\",
            ";",
            "*",
            ":",
            "#",
            "^",
            "!",
            "/",
            "(",
            ")",
            "-",
            ".",
        ),
        *("plugin", "option", "include", "custom", "pad", "txn", "open", "document", "pushtag"),
        *('"mikroledger"', '"os"', '"a"', "2011-01-01", "10", "10/0", "Assets:Bank", "DKK", "A"),
        *("id:", "x", "æ", "\u0410", "TRUE", "NULL", "{", "@", "~", "|", ",", "+", "'", "%", "&"),
    ]
)
_HARMLESS = frozenset({"ACCOUNT", "ASTERISK", "BOOL", "COLON", "COMMA", "CURRENCY", "CUSTOM"}) | {
    *("DATE", "EOL", "HASH", "INDENT", "KEY", "LINK", "LPAREN", "MINUS", "NONE", "NUMBER"),
    *("OPEN", "PLUS", "RPAREN", "STRING", "TAG", "TXN", "error"),
}


def tokens_of(text: str) -> list[tuple[str, object]]:
    from beancount.parser import lexer

    found = lexer.lex_iter_string(text)  # type: ignore[no-untyped-call]
    return [(token, value) for token, _, _, value in found]


@settings(max_examples=300)
@given(st.lists(_BITS, max_size=12).map("".join))
def test_beancount_sees_no_other_words_than_we_did(text: str) -> None:
    try:
        lint.looked_at(text.encode(), "policy.beancount")
    except BrokenBookError:
        return
    tokens = tokens_of(text)
    assert {token for token, _ in tokens} <= _HARMLESS
    for place, (token, _) in enumerate(tokens):
        if token == "CUSTOM":
            assert tokens[place + 1] == ("STRING", "mikroledger")


def test_the_lexer_is_given_something_to_see() -> None:
    """The test above would be empty if nothing passed."""
    text = lint.looked_at(POLICY.encode(), "policy.beancount")
    assert {token for token, _ in tokens_of(text)} >= _HARMLESS - {
        "NONE",
        "COMMA",
        "COLON",
        "HASH",
        "error",
    }
