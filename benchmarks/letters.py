"""Measure the letters, side by side with the same letter through WeasyPrint.

    python benchmarks/letters.py --letters 1000 --weasy /path/to/python

Rendering alone: invented first reminders, text and layout, in one process and in two. The whole
run: `mikroledger remind` on a book of twice as many loans, of which half are repaid; all others
are owed the plan, and are told: judged, printed, certified and recorded. Beside it stands the
rendering alone of such a letter by WeasyPrint, in as many processes: in the same typeface, and in
the one that is quickest for it. All take turns; times are of whole processes and their children.
"""  # noqa: INP001

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from itertools import count, islice, product
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.books import Plan, write
from benchmarks.speed import Cost, Line, Shop, WrongError
from mikroledger.domain.letter import PayoutLetter, ReminderLetter
from mikroledger.letters import Press, markup, samples, sheets
from mikroledger.letters.sheet import Sheet
from mikroledger.money import ZERO

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "templates"
ON = date(2026, 11, 26)
DIFFERENT = 1_000
"""So many letters are all different; WeasyPrint gets them again then."""
RENDER, WHOLE = PARTS = ("render", "whole")
OURS = "mikroledger"
PEERS = {"WeasyPrint": (str(SHIPPED / "fonts"),), "WeasyPrint, its quickest typeface": ()}
"""What is measured beside ours, and the folder of its typeface: ours, or a TrueType font."""
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
    shares = [list(islice(reminders(), number // processes)) for _ in presses]
    with ThreadPoolExecutor(processes) as pool:
        made = sum(pool.map(_printed, presses, shares))
    for press in presses:
        press.close()
    print(made)  # noqa: T201


def _printed(press: Press, share: Sequence[Sheet]) -> int:
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
    """A row of the table: what is made, who makes it, and in how many processes."""

    part: str
    who: str
    processes: int

    def __str__(self) -> str:
        what = {RENDER: "reminders", WHOLE: "whole run" if self.who == OURS else "payout letters"}
        plural = "es" if self.processes > 1 else ""
        return f"{self.who}: {what[self.part]}, {self.processes} process{plural}"


@dataclass
class Bench:
    """What is measured, and where."""

    shop: Shop
    work: Path
    count: int
    weasy: str
    at_most: int

    @property
    def theirs_too(self) -> int:
        """How many letters WeasyPrint gets: what one costs does not depend on it."""
        return min(self.count, self.at_most)

    def ours(self, processes: int) -> Cost:
        words = [sys.executable, str(HERE / "letters.py"), "--render", str(processes)]
        cost = self.shop.run([*words, "--letters", str(self.count)])
        self._all_there(self.count)
        return cost

    def theirs(self, letters: Iterator[Sheet], processes: int, *fonts: str) -> Cost:
        path = self.work / "letters.json"
        path.write_text(json.dumps(for_weasyprint(islice(letters, DIFFERENT))), "utf-8")
        count = self.theirs_too
        words = [self.weasy, str(HERE / "weasy.py"), str(path), str(count), str(processes)]
        words += fonts
        cost = self.shop.run(words)
        self._all_there(count)
        return cost

    def _all_there(self, count: int) -> None:
        if int(self.shop.said) != count:
            raise WrongError(f"{self.shop.said} letters, not {count}")

    def whole(self, processes: int) -> Cost:
        """Run `remind` on a fresh copy of a book, closed month by month: who owes is told."""
        plan = Plan(self.count * 2, 2, _SEED, misbooked=0, bound=True, left=_LEFT)
        book = self.work / plan.name
        if not book.exists():
            write(book, plan)
        copy = self.work / "run"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(book, copy)
        shop = replace(self.shop, env={**self.shop.env, "MIKROLEDGER_TODAY": f"{plan.today}"})
        command = [sys.executable, "-m", "mikroledger", "--book", str(copy)]
        shop.run([*command, "list", "--json"])  # the index is there, as on any night
        words = ("remind", "--yes", "--by", "nat", "--json", "--jobs", str(processes))
        cost = shop.run([*command, *words])
        made = json.loads(shop.said)["made"]
        owing = sum(loan.instalments > plan.repayments for loan in plan.loans_made)
        pdfs = len(list((copy / "letters").rglob("*.pdf")))
        if not len(made) == owing == pdfs:
            raise WrongError(f"{len(made)} letters and {pdfs} files for {owing} loans that owe")
        self.told = len(made)
        return cost

    told: int = 0


def measure(bench: Bench, repeat: int, parts: Sequence[str]) -> dict[Row, Line]:
    """Measure in turns: each row of ours, then WeasyPrint's of the same letter and processes."""
    lines: dict[Row, Line] = {}
    for _, part, processes in product(range(repeat), parts, (1, 2)):
        ours = bench.ours if part == RENDER else bench.whole
        lines.setdefault(Row(part, OURS, processes), Line()).add(0, ours(processes))
        for peer, fonts in PEERS.items() if bench.weasy else ():
            letters = reminders() if part == RENDER else payouts()
            cost = bench.theirs(letters, processes, *fonts)
            lines.setdefault(Row(part, peer, processes), Line()).add(0, cost)
    return lines


def table(lines: dict[Row, Line], bench: Bench) -> Iterator[str]:
    """Yield the lines of a table in Markdown; CPU of WeasyPrint is divided by each row's."""
    head = "| | letters | wall s | CPU ms/letter | MB, largest process "
    yield f"{head}| same typeface ÷ | quickest typeface ÷ |"
    yield "|---|---:|---:|---:|---:|---:|---:|"

    def count(row: Row) -> int:
        if row.who != OURS:
            return bench.theirs_too
        return bench.told if row.part == WHOLE else bench.count

    each = {row: line.cpu(0) / count(row) for row, line in lines.items()}
    for row, line in lines.items():
        peers = (each.get(row._replace(who=peer)) for peer in PEERS)
        times = " | ".join(f"{peer / each[row]:.1f}" if peer else "" for peer in peers)
        yield (
            f"| {row} | {count(row)} | {line.wall(0):.1f} | {1000 * each[row]:.1f} "
            f"| {line.memory(0):.0f} | {times} |"
        )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--letters", type=int, default=1_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--weasy", default="", help="a Python that has WeasyPrint")
    parser.add_argument("--at-most", type=int, default=10_000, help="letters for WeasyPrint")
    parser.add_argument("--work", type=Path, help="where the book is kept")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
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
        bench = Bench(Shop(env, work / "out", ()), work, given.letters, given.weasy, given.at_most)
        print("\n".join(table(measure(bench, given.repeat, given.only), bench)))  # noqa: T201


if __name__ == "__main__":
    main()
