"""Edits by hand, careless and hostile: each is refused by file and line, and runs nothing.

The ids are those of bad-inputs.json, whose ledger part is kept in `data/ledger-edits.json`;
what it calls exit 9 is our 3. The edits with a name are of the security probes that led here.
"""

import json
import os
import pickle
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from tool import Tool

from mikroledger.cli.main import main
from mikroledger.domain.ledger import (
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.errors import BrokenBookError
from mikroledger.journal import lint, read
from mikroledger.journal.text import render
from mikroledger.journal.values import fingerprint

DATA = Path(__file__).parent / "data" / "ledger-edits.json"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "bad-inputs.json"
MAIN, ACCOUNTS, POLICY = "main.beancount", "accounts.beancount", "policy.beancount"
MONTH = "journal/2011-05"
COMMIT = f"{MONTH}/000003-countersign.beancount"
LAST = f"{MONTH}/000005-repay.beancount"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with one loan, paid out, and one repayment."""
    tool = Tool(tmp_path_factory.mktemp("whole"))
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    about = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
    tool("debtor", "add", "D0001", *about, "--cpr", "610190-0000")
    terms = ("--decided", "25-03-2011", "--instalments", "20", "--first-due", "2011-09-01")
    decision = ("--decision", "2011-0412", "--centre", "Nord")
    tool("approve", "--debtor", "D0001", "--principal", "20.000,00", *terms, *decision)
    tool.day = "2011-05-06"
    on = ("--on", "02-05-2011", "--ref")
    tool("disburse", "L2011-0001", "20.000,00", *on, "PAY-1")
    tool("countersign", "000002", by="bok")
    tool("repay", "L2011-0001", "1.000,00", *on, "PAY-2")
    return tool.book


@pytest.fixture
def book(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "bog")
    return tmp_path / "bog"


def tree(folder: Path) -> Mapping[str, object]:
    """Return all that is in a folder but the lock; of what is not a small file, what it is."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and path.stat().st_size < 10**6
        else (path.lstat().st_mode, path.is_dir() or path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.name != "lock"
    }


@dataclass(frozen=True)
class Edit:
    """What is done to a file, and what the refusal must say."""

    says: str
    file: str = POLICY
    text: str | bytes = ""
    line: int = 1
    replaces: str | bytes | None = None
    do: Callable[[Path], object] | None = None

    def __call__(self, book: Path) -> str:
        """Edit, and return the file with the line as it must be named."""
        path = book / self.file
        if self.do:
            self.do(path)
            return self.file
        text, old = _bytes(self.text), path.read_bytes()
        if self.replaces is None:
            path.write_bytes(old + text)
            return f"{self.file}, line {old.count(10) + self.line}"
        at = old.index(_bytes(self.replaces))
        path.write_bytes(old[:at] + text + old[at + len(self.replaces) :])
        return f"{self.file}, line {old.count(10, 0, at) + self.line}"


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def posted(*lines: str, file: str = LAST, at: int = 1, says: str) -> Edit:
    text = '\n2011-05-02 * "x"\n' + "".join(f"  {line}\n" for line in lines)
    return Edit(says, file, text, at + 2)


def included(name: str) -> Edit:
    return Edit("is not allowed", MAIN, f'include "{name}"\n')


REFUSED: Mapping[str, Edit] = {
    "ledger-01": posted("Assets:Bank  10/0 DKK", says="must not divide"),
    "ledger-04": Edit("is not allowed", MAIN, 'option "insert_pythonpath" "TRUE"\n'),
    "ledger-06": Edit(
        "is not allowed", text='1970-01-01 custom "fava-option" "import-config" "x.py"\n'
    ),
    "ledger-07": included("/etc/passwd"),
    "ledger-08": included("../../../../etc/passwd"),
    "ledger-09": included("/**/*"),
    "ledger-10": included("main.beancount"),
    "ledger-11": included("s.beancount.gpg"),
    "ledger-13": Edit("is not allowed", MAIN, 'option "inferred_tolerance_default" "*:1000"\n'),
    "ledger-17": posted(
        *("Assets:Bank  10.00 DKK", "Assets:Clearing:Repayments  -9.00 DKK"),
        says=r"does not balance: \(1.00 DKK\)",
        at=0,
    ),
    "ledger-18": posted(
        *("Assets:Bank  10.00 EUR", "Assets:Clearing:Repayments  -10.00 EUR"),
        says="'10.00 EUR' is not an amount in DKK|Invalid currency EUR",
        at=0,
    ),
    "ledger-25": Edit(r"U\+FEFF", text="\ufeff; ", replaces=""),
    "ledger-26": Edit("not UTF-8", ACCOUNTS, "; x\n".encode("utf-16"), replaces=""),
    "ledger-27": Edit("not UTF-8", text=b"; H\xe5kon\n"),
    "ledger-28": Edit(r"U\+000D", text="\r\n", replaces="\n"),
    "ledger-29": Edit(r"U\+0000", LAST, "\0\0\0\0"),
    "ledger-30": Edit(r"U\+202E", LAST, '\n2011-05-02 * "Afdrag\u202e"\n', line=2),
    "ledger-31": posted(
        *("Assets:Bank  1.00 DKK", "\u0410ssets:Loans:P65:L2011-0001  -1.00 DKK"),
        says=r"\(U\+0410\) does not belong",
        at=2,
    ),
    "ledger-32": Edit("quotation mark", LAST, '\n2011-05-02 * "a\n2011-01-01 * \\"b"\n', line=2),
    "ledger-34": Edit("'pad' does not belong", text="2011-01-05 pad Assets:Bank Assets:Other\n"),
    "ledger-36": Edit("larger than", do=lambda path: os.truncate(path, 3 * 10**9)),
    "ledger-37": Edit("symbolic link", do=linked),
    "plugin": Edit("is not allowed", MAIN, 'plugin "evil"\n'),
    "plugin once more": Edit("is not allowed", text='plugin "mikroledger.plugin"\n'),
    "fava-extension": Edit("is not allowed", text='2011-01-01 custom "fava-extension" "evil"\n'),
    "document": Edit(
        "'document' does not belong", text='2011-01-01 document Assets:Bank "/etc/passwd"\n'
    ),
    "query": Edit("'query' does not belong", text='2011-01-01 query "x" "SELECT *"\n'),
    "documents": Edit("is not allowed", MAIN, 'option "documents" "/etc"\n'),
    "push": Edit("'pushmeta' does not belong", text='pushmeta lineno: "x"\n'),
    "forged place": Edit(
        "'filename:' does not belong",
        text='2011-01-01 custom "mikroledger" "x"\n  filename: "/etc/passwd"\n',
        line=2,
    ),
    "forged line": posted('lineno: "x"', says="'lineno:' does not belong"),
    "glued": Edit("'1plugin' does not belong", MAIN, '1plugin "evil"\n'),
    "tag": Edit("must not divide", LAST, "#tag 10/0 DKK\n"),
    "cost": posted("Assets:Bank  1 DKK {1 DKK}", says="'{1' does not belong"),
    "price": posted("Assets:Bank  1 DKK @ 1 DKK", says="'@' does not belong"),
    "no amount": posted(
        *("Assets:Bank  1.00 DKK", "Assets:Clearing:Repayments"), says="no plain amount", at=0
    ),
    "half øre": posted(
        *("Assets:Bank  1.005 DKK", "Assets:Clearing:Repayments  -1.005 DKK"),
        says="two decimals",
        at=0,
    ),
    "no such day": Edit("Invalid date|day is out of range", text="2011-02-30 open Assets:X DKK\n"),
    "the year 0": Edit("year|date", text="0000-01-01 open Assets:X DKK\n"),
    "half a number": Edit("neither a whole", text='2011-01-01 custom "mikroledger" "x" 1.5\n'),
    "torn": Edit("has no amounts", LAST, '\n2011-05-02 * "x"\n  Assets:Ba', line=2),
    "torn in a word": Edit(
        "'Ass' does not|syntax error", LAST, '\n2011-05-02 * "x"\n  Ass', line=3
    ),
    "pipe": Edit("no file", do=piped),
    "another file": Edit(
        "no commit", "journal/evil.beancount", do=lambda path: path.write_text("")
    ),
    "a note in a month": Edit(
        "no commit", f"{MONTH}/evil.beancount", do=lambda path: path.write_text("")
    ),
}
ELSEWHERE = {
    "ledger-20": "test_a_key_that_names_two_postings_is_refused",
    "ledger-21": "test_a_posting_that_was_changed_is_told",
    "ledger-22": "test_a_posting_that_is_missing_is_told",
    "ledger-23": "test_a_journal_that_ends_too_early_is_told",
    "ledger-39": "test_an_editor_that_is_open_is_told",
}


def test_every_edit_of_the_collection_is_tried() -> None:
    rows = json.loads(DATA.read_text())
    assert {row["id"] for row in rows} == {
        *(name for name in REFUSED if name.startswith("ledger-")),
        *ELSEWHERE,
    }
    assert {row["id"] for row in rows if row["exit"] != 9} == {"ledger-39"}
    assert all(name in globals() for name in ELSEWHERE.values())
    if SHARED.exists():
        found = json.loads(SHARED.read_text())["entries"]
        assert rows == [
            {key: row[key] for key in ("id", "input", "why", "exit")}
            for row in found
            if row["area"] == "ledger"
        ]


def command(book: Path, *words: str, code: int) -> str:
    env = {"MIKROLEDGER_LANG": "en", "MIKROLEDGER_TODAY": "2011-05-07", "MIKROLEDGER_BY": "anl"}
    result = CliRunner().invoke(main, ["--book", str(book), *words], env=env)
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit | None)
    assert "Traceback" not in result.output
    assert "root:" not in result.output
    assert result.output.replace("\n", "").isprintable()
    return result.output


@pytest.fixture
def traps(book: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lay out what must not run: modules beside the book, a cache, an encrypted file."""
    code = f"__import__('os').mkdir({str(book.parent / 'ran')!r})"
    for name in ("evil.py", "sitecustomize.py", "x.py"):
        (book / name).write_text(code)
    (book / ".main.beancount.picklecache").write_bytes(pickle.dumps(Bomb(code)))
    (book / "s.beancount.gpg").write_bytes(b"\x8c\x0d\x04\x09")
    monkeypatch.setenv("HOME", str(book.parent))
    yield
    assert {path.name for path in book.parent.iterdir()} == {"bog"}


class Bomb:
    """A pickle that does something when it is read."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self.code,)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.usefixtures("traps")
def test_an_edit_is_refused_and_runs_nothing(book: Path, name: str) -> None:
    place = REFUSED[name](book)
    before = tree(book)
    output = command(book, "check", code=3)
    assert f"{place}: " in output
    repay = ("repay", "L2011-0001", "1,00", "--on", "06-05-2011", "--ref", "PAY-3")
    assert f"{place}: " in command(book, *repay, code=3)
    with pytest.raises(BrokenBookError, match=f"{place}: .*{REFUSED[name].says}") as caught:
        read.load(book)
    assert caught.value.text.da != caught.value.text.en
    assert tree(book) == before


def test_the_traps_are_set(book: Path, traps: None) -> None:
    """The test above would be empty if the cache were never loaded by anybody."""
    ran = book.parent / "ran"
    pickle.loads((book / ".main.beancount.picklecache").read_bytes())
    assert ran.exists()
    ran.rmdir()


@pytest.mark.usefixtures("traps")
def test_a_planted_cache_is_told_of_and_does_not_run(book: Path) -> None:
    before = tree(book)
    ledger = read.load(book)
    assert [en[:35] for _, en in ledger.flaws] == [".main.beancount.picklecache: beanco"]
    assert read.full(book).errors == ()
    assert tree(book) == before, "beancount would have removed it"


def test_a_key_that_names_two_postings_is_refused(book: Path) -> None:
    text = (book / LAST).read_text()
    (book / LAST).write_text(text + text[text.index('\n2011-05-02 * "') :])
    line = text.count("\n") + 2
    says = rf"{LAST}, line {line}: the key '.*' is already used in {LAST}, line [0-9]+\. "
    with pytest.raises(BrokenBookError, match=says):
        read.values_of((book / LAST).read_bytes(), LAST)
    with pytest.raises(BrokenBookError, match=says):
        read.load(book)
    assert re.match(says, read.full(book).errors[0][1])
    assert "is already used" in command(book, "check", "--full", code=3)


def told(book: Path) -> list[str]:
    """Return what the book's readers say of its chain; the command tells it, and exits with 1."""
    flaws = [en for _, en in read.load(book).flaws]
    output = command(book, "check", code=1)
    assert all(flaw in output for flaw in flaws)
    return flaws


def test_a_posting_that_was_changed_is_told(book: Path) -> None:
    text = (book / COMMIT).read_text()
    (book / COMMIT).write_text(text.replace("20000.00", "90000.00"))
    (flaw,) = told(book)
    assert flaw.startswith(f"{COMMIT}, line 1: commit 000003 was changed")


def test_a_posting_that_is_missing_is_told(book: Path) -> None:
    (book / COMMIT).unlink()
    (flaw,) = told(book)
    assert "commit 000003 just before is missing" in flaw


def test_a_journal_that_ends_too_early_is_told(book: Path) -> None:
    """The chain itself is whole; the run log beside it knows better."""
    (book / LAST).unlink()
    assert read.load(book).flaws == ()
    assert "000005" in command(book, "check", code=1)


def test_an_editor_that_is_open_is_told(book: Path) -> None:
    (book / ".policy.beancount.swp").write_text("")
    (flaw,) = told(book)
    assert flaw.startswith(".policy.beancount.swp: somebody")
    repay = ("repay", "L2011-0001", "1,00", "--on", "06-05-2011", "--ref", "PAY-3")
    command(book, *repay, code=0)  # booking goes on


# Reading


def test_a_file_is_read_with_its_name_and_lines() -> None:
    text = """; by hand
2011-05-02 custom "mikroledger" "commit" "000007"

2011-05-02 txn "Linje"
  day: 2011-05-01
  Assets:Bank      1 DKK
  Assets:Elsewhere   -1.00 DKK
2011-01-01 open Assets:Elsewhere DKK
"""
    name = f"{MONTH}/000007-import.beancount"
    head, line, opening = read.values_of(text.encode(), name)
    assert head == Record(date(2011, 5, 2), "commit", ("000007",), commit=7, place=Place(name, 2))
    postings = (
        Posting("Assets:Bank", Decimal(1)),
        Posting("Assets:Elsewhere", Decimal("-1.00")),
    )
    meta: dict[str, Value] = {"day": date(2011, 5, 1)}
    assert line == Transaction(
        date(2011, 5, 2), "Linje", postings, meta=meta, commit=7, place=Place(name, 4)
    )
    assert opening == Opening(date(2011, 1, 1), "Assets:Elsewhere", commit=7, place=Place(name, 8))


def test_several_files_are_read_at_once_and_the_wrong_one_is_named(whole: Path) -> None:
    files = {name: (whole / name).read_bytes() for name in (ACCOUNTS, COMMIT)}
    assert read.values_of_all(files) == {
        name: read.values_of(content, name) for name, content in files.items()
    }
    wrong = {**files, POLICY: b"2011-02-30 open Assets:X DKK"}
    with pytest.raises(BrokenBookError, match=f"{POLICY}, line 1: "):
        read.values_of_all(wrong)


def test_the_head_of_a_commit_that_is_none_is_no_number() -> None:
    text = b'2011-01-01 custom "mikroledger" "commit" "ab"\n'
    assert [entry.commit for entry in read.values_of(text, COMMIT)] == [3]
    assert [entry.commit for entry in read.values_of(text, f"{MONTH}.beancount")] == [-1]


@pytest.mark.parametrize("how", [read.load, read.full])
def test_a_file_that_may_not_be_read(
    book: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[Path], object]
) -> None:
    def closed(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(BrokenBookError, match=f"{MAIN} cannot be read .* Get read access"):
        how(book)


def test_a_crash_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the linter should miss one day ends the child, and not the program."""
    monkeypatch.setattr(lint, "looked_at", decoded)
    with pytest.raises(BrokenBookError, match=f"{COMMIT}: .*signal 11.*Undo the last change"):
        read.values_of(b'2011-05-02 * "x"\n  Assets:Bank  10/0 DKK\n', COMMIT)


@pytest.mark.usefixtures("traps")
def test_what_the_linter_would_miss_runs_nothing(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "looked_at", decoded)
    plugin = 'option "insert_pythonpath" "TRUE"\nplugin "evil"\ninclude "s.beancount.gpg"\n'
    (book / MAIN).write_text(plugin + (book / MAIN).read_text())
    before = tree(book)
    with pytest.raises(BrokenBookError, match="PermissionError"):
        read.load(book)
    assert tree(book) == before


def test_the_proof_is_of_every_entry(book: Path) -> None:
    ledger = read.load(book)
    proof = read.full(book)
    assert proof.errors == ()
    assert proof.digest == fingerprint(ledger.entries)
    for place, entry in enumerate(ledger.entries):
        rest = (*ledger.entries[:place], *ledger.entries[place + 1 :])
        is_head = isinstance(entry, Record) and entry.name == "commit"
        assert (fingerprint(rest) == proof.digest) == is_head
    assert fingerprint(reversed(ledger.entries)) != proof.digest


def test_the_proof_tells_of_every_error(book: Path) -> None:
    with (book / POLICY).open("a") as file:
        file.write("2011-02-30 open Assets:X DKK\n2011-01-01 open Assets:Bank DKK\n")
    first, second = read.full(book).errors
    lines = (book / POLICY).read_text().count("\n")
    assert first[0].startswith(f"{POLICY}, linje {lines - 1}: ")
    assert second[1].startswith(f"{POLICY}, line {lines}: Duplicate open directive")


OPENINGS = (Opening(date(1970, 1, 1), "Assets:Bank"), Opening(date(1970, 1, 1), "Assets:Loan"))
DRAFT = Transaction(
    date(2011, 5, 2),
    "Afdrag",
    (Posting("Assets:Bank", Decimal("1.00")), Posting("Assets:Loan", Decimal("-1.00"))),
)


def test_a_draft_is_tried_in_a_child_that_is_ready() -> None:
    with read.trying() as trial:
        (tried,) = trial(render([DRAFT]), OPENINGS)
    assert replace(tried, place=Place(), commit=0) == DRAFT


def test_a_draft_that_beancount_refuses() -> None:
    with pytest.raises(
        BrokenBookError, match=r"Beancount refuses .* unknown account 'Assets:Loan'"
    ):
        read.trial(render([DRAFT]), OPENINGS[:1])
    with pytest.raises(BrokenBookError, match="Beancount refuses"):
        read.trial("nonsense", ())


# What runs in the child, run here to be looked at


@pytest.mark.usefixtures("here")
def test_all_of_it_without_a_child(whole: Path, book: Path) -> None:
    test_several_files_are_read_at_once_and_the_wrong_one_is_named(whole)
    test_the_head_of_a_commit_that_is_none_is_no_number()
    test_a_file_is_read_with_its_name_and_lines()
    test_a_draft_is_tried_in_a_child_that_is_ready()
    test_a_draft_that_beancount_refuses()
    test_the_proof_is_of_every_entry(book)
    test_the_proof_tells_of_every_error(book)
    assert REFUSED["no such day"](book)
    with pytest.raises(BrokenBookError, match="The book does not load"):
        read.load(book)
    for name in (POLICY, COMMIT):
        for text in ("2011-02-30 open Assets:X DKK", '2011-01-01 * "x"'):
            with pytest.raises(BrokenBookError, match=f"{name}, line 1: "):
                read.values_of(text.encode(), name)


@pytest.mark.usefixtures("here")
def test_two_keys_without_a_child(book: Path) -> None:
    test_a_key_that_names_two_postings_is_refused(book)


# Fuzz: FUZZ=20000 pytest tests/test_journal_hostile.py -k fuzz

BITS = (
    *(b"10/0", b"/0", b" 10/0 DKK", b'"', b"\\", b"\n", b"\n\n", b"  ", b"\t", b"\0", b"\r", b";"),
    *(b"\xff", "\u202e".encode(), "\u0410".encode(), "æ".encode(), "\U0001f600".encode()),
    *(b"*", b"(", b")", b"-", b"1e9", b"999999999999999999999999999999", b"{", b"@@", b"~", b"#t"),
    *(b"2011-02-30", b"0000-00-00", b"99999-01-01", b"TRUE", b"NULL", b"txn", b"open", b"close"),
    *(b'plugin "os"', b'include "/etc/passwd"', b"pushtag #x\n", b'option "title" "x"\n'),
    *(b"Assets:Bank", b"DKK", b"EUR", b"key: ", b"lineno: 1\n", b'custom "mikroledger" "x"'),
)


def mutated(text: bytes, chance: random.Random) -> bytes:
    """Return a text with one to four places flipped, cut out, put in, or said twice."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        to = min(at + chance.choice((0, 1, 1, 5, 40, 400)), len(text))
        kind = chance.randrange(4)
        if kind == 0:
            middle = bytes(byte ^ 1 << chance.randrange(8) for byte in text[at:to][:1])
            to = at + len(middle)
        elif kind == 1:
            middle = b""
        elif kind == 2:
            middle, to = chance.choice(BITS), at
        else:
            middle = text[at:to] * 2
        text = text[:at] + middle + text[to:]
    return text


def decoded(content: bytes, _: str) -> str:
    return content.decode(errors="replace")


@pytest.mark.parametrize("linted", [True, False])
def test_fuzz(whole: Path, monkeypatch: pytest.MonkeyPatch, linted: bool) -> None:
    """Whatever the text, there are entries or a refusal, and this process is still here."""
    names = [str(path.relative_to(whole)) for path in whole.rglob("*.beancount")]
    texts = [(name, (whole / name).read_bytes()) for name in sorted(names)]
    if not linted:
        monkeypatch.setattr(lint, "looked_at", decoded)
    chance = random.Random(20110502)
    read_, refused = 0, []
    for _ in range(int(os.environ.get("FUZZ", "150"))):
        name, text = chance.choice(texts)
        content = mutated(text, chance)
        try:
            for entry in read.values_of(content, name):
                assert entry.place.file == name
            read_ += 1
        except BrokenBookError as error:
            refused.append(error.text.en.startswith(name))
    assert read_
    assert refused
    assert all(refused)
