"""Shows that nothing acknowledged is lost, nothing is doubled, and nothing is seen half.

    python benchmarks/durability.py all

Each harness also runs on write paths that are known to be bad, and must catch them. It ends
with 1 if anything was found in the real one, or a planted one was not caught.
"""  # noqa: INP001

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import crowd
import power
from cuts import ERRNOS, Setting, Tally, lives
from planted import case, reached_by
from story import cases
from sweep import Sweep, Swept
from tinybook import beancount_here, book_it

MOST = 20
SWEPT = ("command", "points", "states", "half visible", "not as it should be", "exit codes")
FEW = 20_000
"""Cuts within which a planted write path must be caught."""


@dataclass
class Report:
    """One table: what was tried on the real write path, and which planted ones were caught."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    caught: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def plant(self, name: str, found: str) -> None:
        """Note what was found in a planted write path."""
        if found:
            self.caught.append(f"{name}: {found}")
        else:
            self.missed.append(name)

    def show(self) -> bool:
        """Print the table, and tell whether all is well."""
        click.echo(f"\n{self.title} ({time.perf_counter() - self.began:.0f} s)")
        table = [self.columns, *(tuple(map(_shown, row)) for row in self.rows)]
        widths = [max(len(row[at]) for row in table) for at in range(len(self.columns))]
        for row in table:
            first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            click.echo("  ".join((row[0].ljust(widths[0]), *rest)) if first else "")
        of = len(self.caught) + len(self.missed)
        click.echo(f"planted faults caught: {len(self.caught)} of {of}")
        for line in self.caught:
            click.echo(f"  caught  {_short(line)}")
        for line in self.missed:
            click.echo(f"  MISSED  {line}")
        for line in self.found[:MOST]:
            click.echo(f"  FOUND   {_short(line)}")
        if len(self.found) > MOST:
            click.echo(f"  ... and {len(self.found) - MOST} more")
        return not (self.found or self.missed)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _short(line: str) -> str:
    plain = " ".join(line.split())
    return plain if len(plain) <= 180 else f"{plain[:90]} ... {plain[-85:]}"


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder in memory where there is one: the simulated disk needs no real one."""
    memory = Path("/dev/shm")  # noqa: S108
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@click.group(help=__doc__)
def main() -> None:
    """Run the harnesses."""


def _ended(*well: bool) -> None:
    sys.exit(0 if all(well) else 1)


# The disk that forgets


@main.command()
@click.option("--cuts", default=200_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--processes", default=2, show_default=True)
@click.option("--replay", type=int, help="Play the life of one seed, and show every call.")
def simulate(cuts: int, seed: int, processes: int, replay: int | None) -> None:
    """Power cuts, errors and deaths on a simulated disk."""
    if replay is not None:
        _replay(replay)
    _ended(simulated(cuts, seed, processes))


def _replay(seed: int) -> None:
    with _folder() as folder, beancount_here():
        tally = lives(Setting(), iter((seed,)), 1, folder)
    for found in tally.found:
        click.echo("\n".join((*found.trace, str(found))))
    _ended(not tally.found)


def _lives(first: int, step: int, cuts: int) -> Tally:
    with _folder() as folder, beancount_here():
        return lives(Setting(), count(first, step), cuts, folder)


def simulated(cuts: int, seed: int, processes: int) -> bool:
    """Run the simulator, and show its table."""
    columns = ("cuts", "lives", "calls", "restarts", "lost", "doubled", "half visible", "other")
    report = Report(f"Simulated disk, seed {seed}", columns)
    first = seed * 1_000_000
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        works = [
            pool.submit(_lives, first + at, processes, cuts // processes)
            for at in range(processes)
        ]
    tally = Tally()
    for work in works:
        tally.add(work.result())
    report.rows.append((tally.cuts, tally.lives, tally.calls, tally.restarts, *tally.kinds))
    report.found += map(str, tally.found)
    for plant in reached_by("cuts"):
        with _folder() as folder, beancount_here():
            bad = Setting(plant.path, real=plant.real)
            found = lives(bad, count(first), FEW, folder, stop=True).found
        report.plant(plant.name, str(found[0]) if found else "")
    return report.show()


# A call that ends the process, or fails


_every = click.option(
    "--every", default=1, help="Only every so-manieth call, from another one on for each command."
)


@main.command()
@click.option("--deep", is_flag=True, help="Kill what is ordered again, too, and so on.")
@click.option("--short", is_flag=True, help="Not before a call, which is after the last one.")
@click.option("--only", default="", help="Commands whose name holds this.")
@_every
def kill(only: str, every: int, *, deep: bool, short: bool) -> None:
    """Kill every writing command before, in and after every call."""
    _ended(killed(only, every, deep=deep, short=short))


def killed(only: str = "", every: int = 1, *, deep: bool = False, short: bool = False) -> bool:
    """Run the kill sweep, and show its table."""
    title = "Killed at every call" + ", and at every call of the next run" * deep
    report = Report(title, SWEPT)
    with _folder() as folder, beancount_here():
        _sweep(report, folder, only, lambda sweep: sweep.kill(deep=deep, short=short, every=every))
        _planted(report, folder, "kill", lambda sweep: sweep.kill(short=short))
    return report.show()


@main.command()
@click.option("--each", default=len(ERRNOS), show_default=True, help="How many errnos each.")
@_every
def errors(each: int, every: int) -> None:
    """Fail every call of every writing command with each errno, and write short."""
    _ended(failed(each, every))


def failed(each: int = len(ERRNOS), every: int = 1) -> bool:
    """Run the errno sweep, and show its table."""
    report = Report("Failed at every call", SWEPT)
    with _folder() as folder, beancount_here():
        _sweep(report, folder, "", lambda sweep: sweep.fail(ERRNOS, each, every))
        _planted(report, folder, "errno", lambda sweep: sweep.fail(ERRNOS, each))
    return report.show()


def _sweep(report: Report, folder: Path, only: str, run: Callable[[Sweep], Swept]) -> None:
    """Sweep the commands, a row each."""
    total = Swept()
    for each in (one for one in cases(folder / "story") if only in one.name):
        swept = run(Sweep(each, folder / each.name))
        report.rows.append(_row(each.name, swept))
        report.found += swept.found
        total.add(swept)
    report.rows.append(_row("together", total))


def _planted(report: Report, folder: Path, harness: str, run: Callable[[Sweep], Swept]) -> None:
    """Sweep what must be caught."""
    for plant in reached_by(harness):
        place = folder / plant.name
        found = run(Sweep(case(plant, place), place)).found
        report.plant(plant.name, found[0].partition(": ")[2] if found else "")


def _row(name: str, swept: Swept) -> tuple[object, ...]:
    half = swept.count("half visible")
    codes = " ".join(f"{code}:{times}" for code, times in sorted(swept.answers.items()))
    return name, swept.points, swept.states, half, len(swept.found) - half, codes


# Many at once


@main.command()
@click.option("--processes", default=8, show_default=True)
@click.option("--postings", default=1000, show_default=True, help="Of each process.")
def concurrent(processes: int, postings: int) -> None:
    """Book in many processes at once, and read all the while."""
    _ended(crowded(processes, postings))


def crowded(processes: int, postings: int) -> bool:
    """Run the crowds, and show their table."""
    told = ("orders", "booked", "already", "refused", "reads")
    bad = ("lost", "doubled", "half visible", "other")
    columns = ("crowd", *told, *bad, "per second")
    report = Report(f"{processes} processes at once", columns)
    with _folder() as folder, beancount_here():
        for name, orders in crowd.CROWDS.items():
            book = folder / name
            loans = crowd.town(book, 2 * processes + postings // 10)
            mine = orders(processes, postings, loans)
            done = crowd.crowd(name, book, crowd.by_service, mine, folder / f"{name}-notes")
            report.rows.append(_crowd_row(done))
            report.found += done.told
        for plant in reached_by("crowd"):
            report.plant(plant.name, crowd.first_flaw(plant.path, folder / plant.name))
    return report.show()


def _crowd_row(done: crowd.Crowded) -> tuple[object, ...]:
    outcomes = (done.outcomes[word] for word in ("booked", "already", "refused"))
    bad = (done.lost, done.doubled, done.half, len(done.wrong))
    return done.name, done.postings, *outcomes, done.reads, *bad, round(done.rate)


# A real kernel


@main.command("power")
@click.option("--cuts", default=500, show_default=True)
@click.option("--seed", default=1, show_default=True)
def power_(cuts: int, seed: int) -> None:
    """Cut the power of a real kernel, on ext4 in a loop device."""
    _ended(powered(cuts, seed))


def powered(cuts: int, seed: int) -> bool:
    """Run the power cuts, and show their table; a machine that cannot says so."""
    with _folder() as folder:
        why = power.missing(folder)
    if why:
        click.echo(f"\nReal power cuts: NOT RUN: {why}.")
        return True
    columns = ("cuts", "acknowledged", "lost", "doubled", "half visible", "other")
    report = Report(f"Real power cuts on ext4, seed {seed}", columns)
    first = seed * 1_000_000
    with _folder() as folder, beancount_here():
        tally = power.powercuts(book_it, count(first), cuts, folder)
        report.rows.append((tally.cuts, tally.answers["booked"], *tally.kinds))
        report.found += map(str, tally.found)
        for plant in reached_by("power"):
            place = folder / plant.name
            place.mkdir()
            found = power.powercuts(plant.path, count(first), cuts, place, real=plant.real).found
            report.plant(plant.name, str(found[0]) if found else "")
    return report.show()


@main.command("all")
def all_() -> None:
    """Run everything at its full size."""
    _ended(
        simulated(200_000, 1, 2),
        killed(deep=True, short=True),
        failed(),
        crowded(8, 1000),
        powered(500, 1),
    )


if __name__ == "__main__":
    main()
