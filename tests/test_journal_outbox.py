"""Letters are written whole or not at all."""

import os
from pathlib import Path

import pytest

from mikroledger.errors import NotCertainError
from mikroledger.journal.outbox import FileOutbox

NAME = "2012/L2011-0001-reminder-1.pdf"


def test_a_letter_is_written_and_may_be_written_again(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    for content in (b"one", b"two"):
        assert outbox.put({NAME: content}) == (f"letters/{NAME}",)
        assert (tmp_path / "letters" / NAME).read_bytes() == content
    assert len(list((tmp_path / "letters/2012").iterdir())) == 1


def test_letters_of_several_years_are_on_the_disk_before_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def synced(file: int) -> None:
        done.append(Path(f"/proc/self/fd/{file}").readlink().name)

    monkeypatch.setattr(os, "fsync", synced)
    names = [
        f"{year}/x-{n}.{end}" for year in (2011, 2012) for n in (1, 2) for end in ("pdf", "json")
    ]
    files = {name: name.encode() for name in names}
    assert FileOutbox(tmp_path).put(files) == tuple(f"letters/{name}" for name in names)
    assert {name: (tmp_path / "letters" / name).read_bytes() for name in names} == files
    assert [name.rpartition("-x-")[2] for name in done[:-2]] == [n[7:] for n in names]
    assert sorted(done[-2:]) == ["2011", "2012"]


@pytest.mark.parametrize("name", ["x.pdf", "2012/../../x.pdf", "/2012/x.pdf", "2012/x.exe"])
def test_a_bad_name_is_a_bug(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        FileOutbox(tmp_path).put({name: b""})


def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = FileOutbox(tmp_path)
    outbox.put({NAME: b"one"})

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotCertainError, match=r"reminder-1\.pdf .* run the same command again"):
        outbox.put({NAME: b"two"})
    assert (tmp_path / "letters" / NAME).read_bytes() == b"one"
    assert len(list((tmp_path / "letters/2012").iterdir())) == 1
