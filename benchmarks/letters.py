"""Measure the letters, side by side with the same letter through WeasyPrint.

    python benchmarks/letters.py --letters 1000 --weasy /path/to/python

Rendering alone: invented first reminders, text and layout, in one process and in two. The whole
run: `mikroledger remind` on a book of twice as many loans, of which half are repaid; all others
are owed the plan, and are told: judged, printed, certified and recorded. At the same time, in as
many processes, WeasyPrint prints the same letter, until ours is done: in the same typeface, or in
the one that is quickest for it. So a machine that changes its speed changes it for both. Ours are
whole processes and their children; of WeasyPrint's its start and its first letter do not count.
"""  # noqa: INP001

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import count, islice, product
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, NamedTuple

from benchmarks.books import Plan, write
from benchmarks.speed import Shop, WrongError
from mikroledger.domain.letter import PayoutLetter, ReminderLetter
from mikroledger.letters import Press, markup, samples, sheets
from mikroledger.letters.sheet import Sheet
from mikroledger.money import ZERO

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "templates"
ON = date(2026, 11, 26)
DIFFERENT = 1_000
"""So many letters are all different; then WeasyPrint gets them again."""
RENDER, WHOLE = PARTS = ("rendering", "whole run")
TYPEFACES = {"the same typeface": (str(SHIPPED / "fonts"),), "its quickest typeface": ()}
"""What WeasyPrint prints in, and the folder of it: ours, or a TrueType font of the system."""
_LEFT = (0, 0, 60, 72)
"""Instalments that a loan of the book may owe; such a plan goes on for all that owe any."""
_SEED = 1


def reminders() -> Iterator[Sheet]:
    """Yield first reminders on three instalments to invented people: no two are alike."""
    first = samples.samples(ON)["reminder-1"][0]
    assert isinstance(first.content, ReminderLetter), "it is a reminder"
    for number in count(1):
        late = samples.plan(ON, 12, 3, f"{200 + number % 700}.{number % 100:02d}")[:3]
        missing = sum((each.missing for each in late), ZERO)
        content = replace(
            first.content,
            loan=f"L2026-{number % 10_000:04d}",
            decision=f"2026-{number % 10_000:04d}",
            instalments=late,
            arrears=missing,
            outstanding=missing * 4,
            fee=ZERO,
        )
        to = replace(samples.TO, name=f"Ane Opdigtet nr. {number}")
        yield sheets.of(content, to, first.sender, "da")


def payouts() -> Iterator[Sheet]:
    """Yield payout letters with long plans, as the whole run makes them: no two are alike."""
    first = samples.samples(ON)["payout"][0]
    assert isinstance(first.content, PayoutLetter), "it is of a payout"
    for number in count(1):
        content = replace(
            first.content,
            loan=f"L2026-{number % 10_000:04d}",
            decision=f"2026-{number % 10_000:04d}",
            plan=samples.plan(ON, 60, 2, f"{200 + number % 700}.{number % 100:02d}"),
        )
        to = replace(samples.TO, name=f"Ane Opdigtet nr. {number}")
        yield sheets.of(content, to, first.sender, "da")


def render(number: int, processes: int) -> None:
    """Print so many letters, in so many workers."""
    presses = [Press([SHIPPED]) for _ in range(processes)]
    shares = [islice(reminders(), at, number, processes) for at in range(processes)]
    with ThreadPoolExecutor(processes) as pool:
        made = sum(pool.map(_printed, presses, shares))
    for press in presses:
        press.close()
    print(made)  # noqa: T201


def _printed(press: Press, share: Iterable[Sheet]) -> int:
    return sum(bool(press.print(sheet, "da").pdf) for sheet in share)


def for_weasyprint(letters: Iterator[Sheet]) -> list[dict[str, Any]]:
    """Return the same letters as WeasyPrint's template wants them."""
    legal = {"collector": "Gældsstyrelsen"} | dict.fromkeys(
        ("handover_law", "appeal_board", "appeal_time"), ""
    )
    found = []
    for sheet in letters:
        where = SHIPPED / "da" / f"{sheet.template}.md"
        script = markup.Script(where, where.read_text("utf-8"))
        body = markup.compose(script, {**legal, **sheet.words}, sheet.blocks)
        frame = sheet.frame
        found.append(
            {
                "title": body.title,
                "blocks": [_plain(block) for block in body.blocks],
                "foot": json.dumps(frame["foot"], ensure_ascii=False),
                "municipality": frame["municipality"],
                "recipient": frame["recipient"],
                "reference": frame["reference"],
            }
        )
    return found


def _plain(block: dict[str, Any]) -> dict[str, Any]:
    match block["kind"]:
        case "heading":
            said = "".join(run["text"] for run in block["runs"])
            return {"kind": "heading", "level": block["level"], "text": said}
        case "tables":
            (part,) = block["parts"]
            head = [column["label"] for column in part["columns"]]
            rows = [[_in_one(cell) for cell in row] for row in (*part["rows"], part["foot"])]
            return {"kind": "table", "head": head, "rows": rows}
        case "payment":
            pairs, line = [*block["main"], *block["more"]], block["line"][1]
            return {"kind": "payment", "title": block["title"], "pairs": pairs, "line": line}
        case _:
            return block


def _in_one(cell: str | list[str]) -> str:
    """Return a cell without the smaller line below it as one line."""
    return cell if isinstance(cell, str) else " ".join(filter(None, cell))


class Row(NamedTuple):
    """A row of the table: what is made, in how many processes, and what prints beside it."""

    part: str
    processes: int
    typeface: str

    def __str__(self) -> str:
        plural = "es" if self.processes > 1 else ""
        beside = f", beside {self.typeface}" if self.typeface else ""
        return f"{self.part}, {self.processes} process{plural}{beside}"


class Pace(NamedTuple):
    """How many letters were made, in how many seconds of processors, and the largest process."""

    letters: int
    cpu: float
    memory: float

    @property
    def each(self) -> float:
        """Milliseconds of a processor for a letter."""
        return 1000 * self.cpu / self.letters

    def __str__(self) -> str:
        return f"{self.letters} | {self.each:.1f} | {self.memory:.0f}"


class Turn(NamedTuple):
    """What was measured at the same time: ours, and WeasyPrint's where it is there."""

    ours: Pace
    theirs: Pace | None

    @property
    def times(self) -> float:
        return self.theirs.each / self.ours.each if self.theirs else 0


@dataclass(frozen=True)
class Bench:
    """What is measured, and where."""

    shop: Shop
    work: Path
    count: int
    weasy: str

    def turn(self, row: Row) -> Turn:
        """Make our letters once, while WeasyPrint prints in as many processes."""
        shop, words = self._reminders(row) if row.part == RENDER else self._run(row)
        with self._beside(row) as peers:
            cost = shop.run(words)
        ours = Pace(self._made(row.part, shop), cost.cpu, cost.memory)
        paces = [Pace(int(n), float(cpu), float(mb)) for n, cpu, mb in map(str.split, peers)]
        if not paces:
            return Turn(ours, None)
        letters, cpu, memory = zip(*paces, strict=True)
        return Turn(ours, Pace(sum(letters), sum(cpu), max(memory)))

    def _reminders(self, row: Row) -> tuple[Shop, list[str]]:
        words = [sys.executable, str(HERE / "letters.py"), "--render", str(row.processes)]
        return self.shop, [*words, "--letters", str(self.count)]

    def _run(self, row: Row) -> tuple[Shop, list[str]]:
        """Return what runs `remind` on a fresh copy of a book, closed month by month."""
        plan = self._plan
        book, copy = self.work / plan.name, self.work / "run"
        if not book.exists():
            write(book, plan)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(book, copy)
        shop = replace(self.shop, env={**self.shop.env, "MIKROLEDGER_TODAY": f"{plan.today}"})
        command = [sys.executable, "-m", "mikroledger", "--book", str(copy)]
        shop.run([*command, "list", "--json"])  # the index is there, as on any night
        words = ("remind", "--yes", "--by", "nat", "--json", "--jobs", str(row.processes))
        return shop, [*command, *words]

    @property
    def _plan(self) -> Plan:
        return Plan(self.count * 2, 2, _SEED, misbooked=0, bound=True, left=_LEFT)

    def _made(self, part: str, shop: Shop) -> int:
        """Return how many letters were made: all that there were to make."""
        if part == RENDER:
            made, files, wanted = int(shop.said), self.count, self.count
        else:
            plan = self._plan
            made = len(json.loads(shop.said)["made"])
            files = len(list((self.work / "run" / "letters").rglob("*.pdf")))
            wanted = sum(loan.instalments > plan.repayments for loan in plan.loans_made)
        if not made == files == wanted:
            raise WrongError(f"{made} letters and {files} files of {wanted}")
        return made

    @contextmanager
    def _beside(self, row: Row) -> Iterator[list[str]]:
        """Let WeasyPrint print meanwhile; give what each of its processes says at the end."""
        path = self.work / "letters.json"
        letters = reminders() if row.part == RENDER else payouts()
        said: list[str] = []
        with ExitStack() as stack:
            peers: list[Popen[str]] = []
            if row.typeface:
                path.write_text(json.dumps(for_weasyprint(islice(letters, DIFFERENT))), "utf-8")
                words = [self.weasy, str(HERE / "weasy.py"), str(path), *TYPEFACES[row.typeface]]
                for _ in range(row.processes):
                    peer = Popen(words, stdin=PIPE, stdout=PIPE, text=True)  # noqa: S603
                    peers.append(stack.enter_context(peer))
            for peer in peers:
                assert peer.stdout, "it is a pipe"
                peer.stdout.readline()  # it has printed one, and is warm
            yield said
            said += [peer.communicate()[0] for peer in peers]


def table(turns: dict[Row, list[Turn]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown: of each row the turn in the middle."""
    yield "| | letters | CPU ms/letter | MB | WeasyPrint's letters | CPU ms/letter | MB | ÷ |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for row, measured in turns.items():
        turn = sorted(measured, key=lambda turn: turn.times)[len(measured) // 2]
        theirs = f"{turn.theirs} | {turn.times:.1f}" if turn.theirs else " | | | "
        yield f"| {row} | {turn.ours} | {theirs} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--letters", type=int, default=1_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--weasy", default="", help="a Python that has WeasyPrint")
    parser.add_argument("--work", type=Path, help="where the book is kept")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--typeface", nargs="+", choices=TYPEFACES, default=list(TYPEFACES))
    parser.add_argument("--render", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.render:
        render(given.letters, given.render)
        return
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        path = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = {**os.environ, "MIKROLEDGER_LANG": "en", "PYTHONPATH": os.pathsep.join(path)}
        bench = Bench(Shop(env, work / "out", ()), work, given.letters, given.weasy)
        typefaces = given.typeface if given.weasy else [""]
        turns: dict[Row, list[Turn]] = {}
        for _, *row in product(range(given.repeat), given.only, (1, 2), typefaces):
            turns.setdefault(Row(*row), []).append(bench.turn(Row(*row)))
        print("\n".join(table(turns)))  # noqa: T201


if __name__ == "__main__":
    main()
