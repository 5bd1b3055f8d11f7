"""A book in pieces is judged as it is judged whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mikroledger.journal import layout, pieces, read
from mikroledger.journal.file import FileJournal
from mikroledger.journal.pieces import pieces_of
from mikroledger.journal.read import Proof

STRANGE = '\n2011-05-02 * "x"\n  Assets:Bank  100.00 DKK\n  {}  -100.00 DKK\n'


@pytest.fixture
def book(replay: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(replay, tmp_path / "book"))


def months_of(book: Path) -> list[Path]:
    return sorted((book / layout.JOURNAL).glob("*.beancount"))


def commits_of(book: Path, month: int) -> list[Path]:
    return sorted(months_of(book)[month].with_suffix("").glob("*.beancount"))


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def both(book: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Proof, Proof]:
    """Return the proof of a book as a whole, and month by month."""
    whole = read.full(book)
    monkeypatch.setattr(pieces, "LARGEST", 1)
    return whole, read.full(book)


def test_a_small_book_is_loaded_at_once(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not pieces.is_large(book)
    size = sum(
        len(file.read_bytes()) for month in months_of(book) for file in pieces._files(month)
    )
    for largest in (size, size - 1):
        monkeypatch.setattr(pieces, "LARGEST", largest)
        assert pieces.is_large(book) == (largest < size)
    monkeypatch.setattr(pieces, "LARGEST", 1)
    assert len(list(pieces_of(book))) == len(months_of(book)) > 3


def test_months_are_put_together_as_far_as_they_fit(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = months_of(book)
    sizes = [sum(len(f.read_bytes()) for f in pieces._files(m)) for m in (first, second)]
    for largest, together in ((sum(sizes), 2), (sum(sizes) - 1, 1)):
        monkeypatch.setattr(pieces, "LARGEST", largest)
        piece = next(iter(pieces_of(book)))
        assert piece.text.count(f'include "{layout.JOURNAL}/') == together


@pytest.mark.parametrize("bound", [False, True])
def test_a_book_in_pieces_says_what_it_says_whole(
    book: Path, monkeypatch: pytest.MonkeyPatch, *, bound: bool
) -> None:
    if bound:
        assert FileJournal(book).bind(months_of(book)[-2].stem)
    append(book / "policy.beancount", '2011-01-01 custom "mikroledger" "office" "Her"\n')
    whole, apart = both(book, monkeypatch)
    assert whole.errors == ()
    assert apart == whole
    assert any(piece.borrowed for piece in pieces_of(book))


def test_a_commit_of_an_earlier_month_may_come_later(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was wrong: the number says what came first."""
    (first, *_), last = commits_of(book, 1), commits_of(book, -1)[-1]
    number = layout.commit_number(last.name) + 1
    first.rename(first.with_name(f"{number:06d}-late.beancount"))
    whole, apart = both(book, monkeypatch)
    assert apart == whole
    assert whole.errors == ()


def twice_opened(book: Path) -> None:
    for month in (0, -1):
        append(commits_of(book, month)[-1], "\n1970-01-01 open Assets:Twice  DKK\n")


def opened_too_late(book: Path) -> None:
    append(commits_of(book, 0)[-1], "\n2011-12-01 open Assets:Late  DKK\n")
    append(commits_of(book, -1)[-1], STRANGE.format("Assets:Late"))


def never_opened(book: Path) -> None:
    append(commits_of(book, -1)[-1], STRANGE.format("Assets:Never"))


def opened_in_a_later_month(book: Path) -> None:
    append(commits_of(book, 0)[-1], STRANGE.format("Assets:Ahead"))
    append(commits_of(book, -1)[-1], "\n1970-01-01 open Assets:Ahead  DKK\n")


def wrong_settings(book: Path) -> None:
    append(book / "main.beancount", "1970-01-01 open Assets:Bank DKK\n")
    append(book / "policy.beancount", "2011-02-30 open Assets:X DKK\n")


def unbalanced(book: Path) -> None:
    append(commits_of(book, 2)[-1], STRANGE.format("Assets:Bank").replace("-100", "-99"))


def without_amounts(book: Path) -> None:
    append(commits_of(book, 2)[-1], '\n2011-05-02 * "x"\n  id: "000000"\n')


def one_key_for_two(book: Path) -> None:
    for month in (0, -1):
        note = '\n2011-05-02 custom "mikroledger" "x"\n  id: "{}"\n  key: "same"\n'
        append(commits_of(book, month)[-1], note.format(month))


def one_key_after_a_declined_one(book: Path) -> None:
    one_key_for_two(book)
    said = '\n2011-05-02 custom "mikroledger" "declined" "0"\n  id: "9"\n  proposal: "0"\n'
    append(commits_of(book, -1)[-1], said)


WRONG: dict[Callable[[Path], None], int] = {
    opened_too_late: 1,
    never_opened: 1,
    opened_in_a_later_month: 0,
    wrong_settings: 2,
    unbalanced: 1,
    without_amounts: 1,
    one_key_for_two: 1,
    one_key_after_a_declined_one: 0,
}


@pytest.mark.parametrize("edit", WRONG, ids=lambda edit: str(edit.__name__))
def test_what_is_wrong_is_told_as_of_the_whole(
    book: Path, monkeypatch: pytest.MonkeyPatch, edit: Callable[[Path], None]
) -> None:
    edit(book)
    whole, apart = both(book, monkeypatch)
    assert sorted(apart.errors) == sorted(whole.errors)
    assert len(whole.errors) == WRONG[edit]


def test_an_account_that_two_months_open_is_told_with_a_place_in_the_journal(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice_opened(book)
    whole, apart = both(book, monkeypatch)
    assert set(whole.errors) <= set(apart.errors)
    for _, en in apart.errors:
        assert en.startswith("journal/")
        assert "Duplicate open directive for Assets:Twice" in en


@pytest.mark.usefixtures("here")
def test_all_of_it_without_a_child(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs in the child, run here to be looked at."""
    before = Path.cwd()
    edits = (wrong_settings, twice_opened, one_key_for_two, one_key_after_a_declined_one)
    for edit in edits:
        with monkeypatch.context() as patch:
            copy = Path(shutil.copytree(book, book.with_name(edit.__name__)))
            edit(copy)
            whole, apart = both(copy, patch)
            assert set(whole.errors) <= set(apart.errors)
            assert len(whole.errors) == WRONG.get(edit, 1)
    assert Path.cwd() == before


def test_the_second_of_one_key_is_told_with_the_place_of_the_first(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_key_for_two(book)
    _, apart = both(book, monkeypatch)
    first, last = (str(commits_of(book, month)[-1].relative_to(book)) for month in (0, -1))
    ((_, en),) = apart.errors
    assert en.startswith(f"{last}, line ")
    assert f"the key 'same' is already used in {first}, line " in en


def test_a_journal_that_is_not_included_is_missing(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = book / "main.beancount"
    kept = [line for line in main.read_text().splitlines() if "journal" not in line]
    before = read.full(book)
    main.write_text("\n".join(kept) + "\n")
    whole, apart = both(book, monkeypatch)
    assert apart == whole
    assert whole.digest != before.digest
