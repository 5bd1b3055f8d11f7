"""The out-tray: a batch appears whole, once, and only when the book knows it."""

import stat
from pathlib import Path

import pytest

from mikroledger.errors import NotCertainError
from mikroledger.journal.outbox import FileOutbox
from mikroledger.journal.tray import FileTray

BATCH, OTHER = "2012-01-12-0123abcd", "2012-01-13-0123abcd"
FILES = [("brev-1.xml", b"<a/>"), ("index.csv", b"x")]


def shown(book: Path) -> list[str]:
    return sorted(p.name for p in (book / "outgoing").iterdir() if p.name[0] != ".")


def test_a_batch_appears_whole_when_it_is_handed_over(tmp_path: Path) -> None:
    tray = FileTray(tmp_path)
    tray.prepare(BATCH, FILES)
    assert shown(tmp_path) == []
    tray.hand_over(BATCH)
    assert shown(tmp_path) == [BATCH]
    folder = tray.path(BATCH)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == dict(FILES)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}


def test_what_a_crash_left_appears_or_goes(tmp_path: Path) -> None:
    tray = FileTray(tmp_path)
    asked: list[int] = []

    def known() -> frozenset[str]:
        asked.append(1)
        return frozenset({BATCH})

    assert tray.recover(known) == ()
    assert asked == []  # there is nothing to ask about
    tray.prepare(BATCH, FILES)
    tray.prepare(OTHER, FILES)
    assert tray.recover(known) == (BATCH,)
    assert [p.name for p in (tmp_path / "outgoing").iterdir()] == [BATCH]
    assert tray.recover(known) == ()


def test_a_batch_that_is_prepared_again_begins_anew(tmp_path: Path) -> None:
    tray = FileTray(tmp_path)
    tray.prepare(BATCH, [*FILES, ("brev-2.xml", b"old")])
    tray.prepare(BATCH, FILES)
    tray.hand_over(BATCH)
    assert sorted(p.name for p in tray.path(BATCH).iterdir()) == ["brev-1.xml", "index.csv"]
    tray.prepare(OTHER, FILES)
    tray.discard(OTHER)
    assert shown(tmp_path) == [BATCH]
    assert not list((tmp_path / "outgoing").glob(".tmp-*"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "outgoing").write_text("in the way")
    tray = FileTray(tmp_path)
    with pytest.raises(NotCertainError, match="could not be written"):
        tray.prepare(BATCH, FILES)
    with pytest.raises(NotCertainError, match="could not be written"):
        tray.hand_over(BATCH)


# what the out-tray of letters gives back


def test_a_letter_is_read_back_by_its_path_and_nothing_else_is(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    (file,) = outbox.put({"2012/L2011-0001-reminder-1-2012-01-12.pdf": b"%PDF"})
    assert outbox.get(file) == b"%PDF"
    (tmp_path / "debtors.sqlite").write_bytes(b"secret")
    for other in ("debtors.sqlite", "letters/../debtors.sqlite", "letters/2012/none.pdf", ""):
        assert outbox.get(other) is None
    (tmp_path / "letters" / "2012" / "folder.pdf").mkdir()
    with pytest.raises(NotCertainError, match="cannot be read"):
        outbox.get("letters/2012/folder.pdf")
