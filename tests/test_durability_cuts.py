"""The simulated disk: that it forgets as a disk does, and that the write path does not mind."""

import errno
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest
from cuts import Setting, Tally, lives
from disk import Disk, Fault, Gone, Process, tree_of
from planted import Plant, reached_by
from tinybook import beancount_here

CUTS = 20_000
SEED = 1_000_000
DICE = Random(1)


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with beancount_here():
        yield


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "machine")


def after_cuts(disk: Disk, name: str) -> set[bytes | None]:
    """Return what many cuts leave of a file; None where it is not there."""
    return {disk.cut(Random(seed)).get(name) for seed in range(400)}


def write(process: Process, path: Path, data: bytes) -> int:
    file = process.open_new(path)
    process.write(file, data)
    return file


# The disk


def test_what_is_not_synced_may_be_lost_torn_or_zeros(disk: Disk) -> None:
    process = Process(disk, DICE)
    write(process, disk.root / "a", b"abc")
    process.fsync_folder(disk.root)
    torn = {b"", b"abc", b"a", b"ab", b"a\0\0", b"ab\0", b"\0bc", b"\0\0c", b"\0\0\0"}
    assert after_cuts(disk, "a") == torn
    process.die()


def test_a_name_is_there_after_the_sync_of_its_folder(disk: Disk) -> None:
    process = Process(disk, DICE)
    process.make_folder(disk.root / "deep" / "in")
    file = write(process, disk.root / "deep/in/a", b"abc")
    process.fsync(file)
    process.close(file)
    assert after_cuts(disk, "deep/in/a") == {None, b"abc"}
    process.fsync_folder(disk.root / "deep/in")
    assert after_cuts(disk, "deep/in/a") == {None, b"abc"}, "the folder has a name, too"
    process.fsync_folder(disk.root / "deep")
    process.fsync_folder(disk.root)
    assert after_cuts(disk, "deep/in/a") == {b"abc"}


def test_a_file_with_two_names_is_one_file(disk: Disk) -> None:
    process = Process(disk, DICE)
    file = write(process, disk.root / "a", b"abc")
    process.link(disk.root / "a", disk.root / "b")
    process.write(file, b"def")
    process.fsync(file)
    process.close(file)
    process.unlink(disk.root / "a")
    process.fsync_folder(disk.root)
    assert disk.cut(DICE) == {"b": b"abcdef"} == tree_of(disk.root)


def test_a_replaced_name_is_the_old_or_the_new(disk: Disk) -> None:
    disk.format({"a": b"old", "gone": None})
    process = Process(disk, DICE)
    file = write(process, disk.root / "t", b"new")
    process.fsync(file)
    process.close(file)
    process.fsync_folder(disk.root)
    process.replace(disk.root / "t", disk.root / "a")
    process.remove_folder(disk.root / "gone")
    assert after_cuts(disk, "a") == {b"old", b"new"}
    assert after_cuts(disk, "gone") == {None}


def test_what_is_added_may_be_lost_and_not_what_was_there(disk: Disk) -> None:
    disk.format({"log": b"one\n"})
    process = Process(disk, DICE)
    file = process.open_end(disk.root / "log")
    process.write(file, b"2\n")
    left = after_cuts(disk, "log")
    assert {b"one\n", b"one\n2\n", b"one\n2"} < left
    assert all(found and found.startswith(b"one\n") for found in left)
    process.fsync(file)
    assert after_cuts(disk, "log") == {b"one\n2\n"}
    process.close(file)
    file = process.open_any(disk.root / "log", os.O_TRUNC)
    assert after_cuts(disk, "log") == {b"one\n2\n", b""}
    process.close(file)


def test_after_a_failed_sync_the_next_one_lies(disk: Disk) -> None:
    process = Process(disk, Random(3), Fault("error", 2))
    file = write(process, disk.root / "a", b"abc")
    with pytest.raises(OSError, match="Input/output"):
        process.fsync(file)
    process.fsync(file)
    process.fsync_folder(disk.root)
    assert tree_of(disk.root) == {"a": b"abc"}, "readers see it still"
    (left,) = after_cuts(disk, "a")
    assert left != b"abc"
    process.die()


def test_faults_come_when_they_are_due(disk: Disk) -> None:
    met: list[int] = []
    faults = (
        Fault("short", 1),
        Fault("meet", 2, other=lambda: met.append(1)),
        Fault("late", 3, errno.ENOSPC),
        Fault("full", 5),
        Fault("die", 6),
    )
    process = Process(disk, Random(1), *faults)
    file = process.open_new(disk.root / "a")
    assert process.write(file, b"abcdef") < 6
    process.fsync(file)
    assert met == [1]
    with pytest.raises(OSError, match="No space"):
        process.link(disk.root / "a", disk.root / "b")
    assert (disk.root / "b").exists()
    process.close(file)
    with pytest.raises(OSError, match="No space"):
        process.make_folder(disk.root / "c")
    for _ in range(2):
        with pytest.raises(Gone):
            process.unlink(disk.root / "a")
    disk.format({})
    with pytest.raises(Gone):
        process.unlink(disk.root / "a")


# The write path on it


def test_nothing_is_lost_doubled_or_half_visible(tmp_path: Path) -> None:
    """`python benchmarks/durability.py simulate --replay SEED` plays one again, call by call."""
    tally = lives(Setting(restart_share=0.02), count(SEED), CUTS, tmp_path)
    assert [str(found) for found in tally.found] == []
    assert tally.cuts >= CUTS
    assert tally.restarts > CUTS // 90
    assert set(tally.answers) == {"booked", "refused", "not booked", "unknown", "dead"}
    assert min(tally.answers.values()) > 10


@pytest.mark.parametrize("plant", reached_by("cuts"), ids=lambda plant: plant.name)
def test_a_bad_write_path_is_caught(plant: Plant, tmp_path: Path) -> None:
    tally = played(plant, SEED, tmp_path)
    assert tally.found, f"{plant.name}: not caught in {tally.cuts} cuts from seed {SEED}"
    sys.stdout.write(f"{plant.name}: {tally.found[0]}\n")


def test_a_seed_plays_the_same_life_again(tmp_path: Path) -> None:
    (plant,) = (one for one in reached_by("cuts") if "per loan" in one.name)
    found = played(plant, SEED, tmp_path / "one").found[0]
    again = played(plant, found.seed, tmp_path / "two").found[0]
    assert (again.seed, again.cut, again.what.split(":")[0]) == (
        found.seed,
        found.cut,
        found.what.split(":")[0],
    )
    assert len(again.trace) == len(found.trace) > 1


def played(plant: Plant, seed: int, folder: Path) -> Tally:
    setting = Setting(plant.path, real=plant.real, restart_share=0.02)
    return lives(setting, count(seed), CUTS, folder, stop=True)
