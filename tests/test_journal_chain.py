"""The chain: whatever byte, commit or file is changed, removed, swapped or added is found."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from books import DAYS, JULY, MAY, flaws, keys, make, once

from mikroledger.journal import audit, chain, layout
from mikroledger.journal.bind import bind
from mikroledger.journal.chain import Fault, number_at, split
from mikroledger.journal.file import FileJournal
from mikroledger.journal.storage import DISK

HEADER = b'2011-05-02 custom "mikroledger" "commit" "%06d"\n  by: "anl"\n  prev: "%s"\n'


@pytest.fixture(scope="module")
def open_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("open") / "book")


@pytest.fixture(scope="module")
def bound_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """May is bound, and June is open."""
    book = make(tmp_path_factory.mktemp("bound") / "book")
    assert bind(DISK, book, "2011-05") == ("2011-05",)
    return book


@pytest.fixture(params=["open", "bound"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    shutil.copytree(request.getfixturevalue(f"{request.param}_book"), folder)
    return folder


@pytest.fixture
def june(bound_book: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "june"
    shutil.copytree(bound_book, folder)
    return folder


def found(book: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Fault, ...]:
    """Verify the bytes alone: what they say is for other tests, and takes longer."""
    monkeypatch.setattr(audit, "_letters", lambda _: ())
    return audit.audit(book).findings


# Commits in a file


def test_a_file_without_a_commit_has_none() -> None:
    assert split(b"") == split(b"2011-05-02 open Assets:Bank DKK\n") == ()
    assert number_at((), 1) == -1


def test_the_commits_in_a_file_are_its_bytes() -> None:
    first, second = HEADER % (3, b""), HEADER % (4, b"ab") + b"\nand more\n"
    one, two = split(first + second)
    assert one == (3, "", 0, len(first), 1)
    assert two == (4, "ab", len(first), len(first + second), 4)
    assert [number_at((one, two), line) for line in (0, 1, 3, 4, 99)] == [-1, 3, 3, 4, 4]


def test_what_stands_above_the_first_commit_is_no_part_of_it() -> None:
    (one,) = split(b"; mine\n" + HEADER % (3, b""))
    assert (one.start, one.line) == (7, 2)


# Whole books


def test_a_whole_book_has_no_fault(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(book, monkeypatch) == ()
    whole = chain.verify(book)
    assert [commit.named for commit in whole.commits] == [0, 1, 2, 3, 4]
    assert whole.head == whole.commits[-1].hash == FileJournal(book).read().head
    assert [commit.day for commit in whole.commits] == [str(day) for day in DAYS]


def test_a_bound_book_has_the_same_hashes(open_book: Path, bound_book: Path) -> None:
    hashes = [[c.hash for c in chain.verify(each).commits] for each in (open_book, bound_book)]
    assert hashes[0] == hashes[1]


def test_a_month_that_is_left_out_is_a_fault(june: Path) -> None:
    (june / "journal/2011-06.beancount").unlink()
    (fault,) = chain.verify(june).faults
    assert (fault.file, fault.commit) == ("journal/2011-06", -1)
    assert "not part of the book" in fault.text.en


def test_a_book_without_commits_has_no_head(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    assert chain.verify(tmp_path) == chain.Chain()
    assert chain.verify(tmp_path).head == ""


# Tampering: every place of every file


def sources(book: Path) -> Iterator[Path]:
    yield from sorted((book / "journal").rglob("*.beancount"))


def test_any_changed_byte_is_found(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for path in sources(book):
        content = path.read_bytes()
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1
            path.write_bytes(changed)
            assert found(book, monkeypatch), f"{path.name} at {place}"
            tried += 1
        path.write_bytes(content)
    assert tried > 2000
    assert found(book, monkeypatch) == ()


def test_any_byte_that_is_cut_off_or_put_in_is_found(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in sources(book):
        content = path.read_bytes()
        for place in range(len(content)):
            path.write_bytes(content[:place])
            assert found(book, monkeypatch), f"{path.name} cut at {place}"
            path.write_bytes(content[:place] + b" " + content[place:])
            assert found(book, monkeypatch), f"{path.name} longer at {place}"
            path.write_bytes(content[:place] + content[place + 1 :])
            assert found(book, monkeypatch), f"{path.name} shorter at {place}"
        path.write_bytes(content + b"\n")
        assert found(book, monkeypatch), f"{path.name} longer at its end"
        path.write_bytes(content)


def parts(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return [content[one.start : one.end] for one in split(content)]


def test_any_commit_that_is_removed_is_found(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in layout.sources(book):
        whole = parts(path)
        for place in range(len(whole)):
            rest = whole[:place] + whole[place + 1 :]
            if rest:
                path.write_bytes(b"".join(rest))
            else:
                path.unlink()
            assert found(book, monkeypatch), f"{path.name} without its part {place}"
            path.write_bytes(b"".join(whole))


def test_any_two_commits_that_are_swapped_are_found(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [(path, n) for path in layout.sources(book) for n in range(len(parts(path)))]
    for one, a in places:
        for other, b in places:
            if (one, a) >= (other, b):
                continue
            before = {path: path.read_bytes() for path in (one, other)}
            first, second = parts(one), parts(other)
            if one == other:
                first[a], first[b] = first[b], first[a]
                one.write_bytes(b"".join(first))
            else:
                first[a], second[b] = second[b], first[a]
                one.write_bytes(b"".join(first))
                other.write_bytes(b"".join(second))
            assert found(book, monkeypatch), f"{one.name} {a} and {other.name} {b}"
            for path, content in before.items():
                path.write_bytes(content)


def test_any_commit_that_is_played_again_is_found(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    june = book / "journal/2011-06"
    for content in [part for path in layout.sources(book) for part in parts(path)]:
        for name in ("000005-import.beancount", "000001-again.beancount", "copy.beancount"):
            (june / name).write_bytes(content)
            assert found(book, monkeypatch), name
            (june / name).unlink()


def test_a_commit_that_nobody_acknowledged_is_found(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = chain.verify(book).head.encode()
    forged = book / "journal/2011-06/000005-import.beancount"
    forged.write_bytes(HEADER % (5, head) + b'  settings: ""\n')
    (fault,) = found(book, monkeypatch)
    assert (fault.file, fault.commit, fault.line) == (
        "journal/2011-06/000005-import.beancount",
        5,
        1,
    )
    assert "never acknowledged" in fault.text.en


@pytest.mark.parametrize(
    "name",
    [
        "journal/mine.beancount",
        "journal/2011-06/mine.beancount",
        "journal/2011-05/mine.beancount",
        "journal/2011-08.beancount",
        "journal/notes.txt",
        "journal/2011-08-old/x.beancount",
    ],
)
def test_any_file_that_is_added_is_found(
    book: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book / name).parent.mkdir(exist_ok=True)
    (book / name).write_text("2011-06-01 open Assets:Mine DKK\n")
    assert [fault.file for fault in found(book, monkeypatch)] == [name.replace("/x.beancount", "")]


# What is said


def test_a_fault_names_file_commit_and_line(june: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = june / "journal/2011-05.beancount"
    path.write_bytes(path.read_bytes().replace(b"K1", b"K9"))
    (fault,) = found(june, monkeypatch)
    line = path.read_bytes().split(b"\n").index(HEADER.split(b"\n")[0] % 1) + 1
    assert (fault.file, fault.commit, fault.line) == ("journal/2011-05.beancount", 1, line)
    assert fault.text.en.startswith(
        f"journal/2011-05.beancount, line {line}: commit 000001 was changed after it was"
        " written, or 000002 was"
    )


def test_the_first_commit_follows_none(june: Path) -> None:
    path = june / "journal/2011-05.beancount"
    path.write_bytes(path.read_bytes().replace(b'prev: ""', b'prev: "ab"', 1))
    first, second = chain.verify(june).faults
    assert (first.commit, second.commit) == (0, 0)


def test_many_missing_commits_are_one_fault(june: Path) -> None:
    (june / "journal/2011-05.beancount").unlink()
    (fault,) = chain.verify(june).faults
    assert "commit 000000-000002 just before is missing" in fault.text.en


def test_two_commits_in_a_file_of_one(june: Path) -> None:
    one, two = (june / f"journal/2011-06/00000{n}-import.beancount" for n in (3, 4))
    one.write_bytes(one.read_bytes() + two.read_bytes())
    two.unlink()
    assert any("is not in its place" in fault.text.en for fault in chain.verify(june).faults)


def test_a_copy_that_a_crash_left_is_no_fault(june: Path, open_book: Path) -> None:
    shutil.copytree(open_book / "journal/2011-05", june / "journal/2011-05")
    (june / "journal/2011-05/.tmp-1").write_text("half")
    (june / "journal/.tmp-2").write_text("half")
    assert chain.verify(june).faults == ()
    assert keys(june) == ["K1", "K2", "K3", "K4"]
    copy = june / "journal/2011-05/000001-import.beancount"
    copy.write_bytes(copy.read_bytes() + b"\n")
    (fault,) = chain.verify(june).faults
    assert (fault.file, fault.line) == ("journal/2011-05/000001-import.beancount", 0)
    assert "has no place in the book" in fault.text.en


def test_a_change_in_a_bound_month_warns_every_reader(june: Path) -> None:
    path = june / "journal/2011-05.beancount"
    path.write_bytes(path.read_bytes().replace(b"Linje", b"Linie"))
    assert [flaw[:61] for flaw in flaws(june)] == [
        "journal/2011-05.beancount, line 13: commit 000001 was changed"[:61],
        "journal/2011-05.beancount, line 28: commit 000002 was changed"[:61],
    ]


def test_the_next_month_follows_a_bound_one(june: Path) -> None:
    receipt = FileJournal(june).write(once("K5", JULY))
    assert receipt is not None
    assert receipt.commit == "000005"
    assert chain.verify(june).faults == ()
    assert keys(june) == ["K1", "K2", "K3", "K4", "K5"]


def test_months_that_run_into_each_other(tmp_path: Path) -> None:
    days = (MAY, date(2011, 6, 1), MAY, date(2011, 6, 2), JULY)
    book = make(tmp_path / "book", days)
    assert bind(DISK, book, "2011-06") == ("2011-05", "2011-06")
    assert chain.verify(book).faults == ()
    assert keys(book) == ["K1", "K2", "K3", "K4"]
