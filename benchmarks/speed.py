"""Measure mikroledger and its peers on the same books in the same run, and print a table.

    python benchmarks/speed.py --loans 100 1000 10000 --repeat 3

Every figure is of a whole process, from start to exit, with its children. All programs take turns,
so that a busy moment of the machine falls on all of them; the median is shown. What a command
answers is checked: a benchmark of a wrong answer is worth nothing.
"""  # noqa: INP001

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.books import Loan, Plan, write
from benchmarks.peers import PEERS, Forms, find, forms_of
from mikroledger.money import ORE, ZERO, danish, share

HERE = Path(__file__).parent
STATES = ("warm", "after a posting")
PARTS = ("peers", "mikroledger", "posting", "import")
_BEGIN, _END = "<!-- speed: begin -->", "<!-- speed: end -->"
_CHECK_FOUND = 1  # the exit code of `check` with findings
_WHOLE = {
    *(peer.name for peer in PEERS),
    *(f"{name}, {state}" for name in ("check", "list") for state in ("cold", *STATES)),
}
"""Lines that read the whole book: for the others a ratio to those that do says nothing."""
_EVERY = 0.005  # seconds between two looks at the memory of a command


class WrongError(Exception):
    """A program failed, or gave another answer than it should."""


# One process


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and its children cost: seconds, and MB of the largest one of them."""

    wall: float
    cpu: float
    memory: float


# A child's peak begins at the memory of the process that starts it, so a bare Python does.
_LAUNCH = """
import os, sys, time
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - start
cpu = used.ru_utime + used.ru_stime
told = os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss
os.write(int(sys.argv[1]), " ".join(map(str, told)).encode())
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where and how programs are run."""

    env: Mapping[str, str]
    out: Path
    folders: tuple[Path, ...]

    def run(self, words: Sequence[str], code: int = 0) -> Cost:
        """Run a program, and measure it.

        Raises:
            WrongError: it ends otherwise than it should.
        """
        with self.out.open("wb") as out, tempfile.TemporaryFile("w+") as err:
            told, ours = os.pipe()
            launch = [sys.executable, "-IS", "-c", _LAUNCH, str(ours), *words]
            subprocess.run(  # noqa: S603
                launch, env=self.env, stdout=out, stderr=err, pass_fds=(ours,), check=True
            )
            os.close(ours)
            with os.fdopen(told) as answer:
                ended, wall, cpu, memory = map(float, answer.read().split())
            if ended != code:
                err.seek(0)
                wrong = err.read()[-500:]
                raise WrongError(f"{' '.join(words)} ended with {ended:.0f}:\n{wrong}")
        return Cost(wall, cpu, memory / 1024)

    def together(self, words: Sequence[str]) -> float:
        """Return the most memory that a command and its children hold at once, in MB.

        Pages that they share count once (PSS). Looking costs time, so it is a run of its own.
        """
        with self.out.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603
                words, env=self.env, stdout=out, stderr=subprocess.DEVNULL
            )
            most = 0.0
            while process.poll() is None:
                most = max(most, sum(_pss(pid) for pid in _family(process.pid)))
                time.sleep(_EVERY)
        return most / 1024

    @property
    def said(self) -> str:
        """What the last program wrote."""
        return self.out.read_text()

    def mikroledger(self, *words: str) -> list[str]:
        """Return a command of ours, as its user's shell would start it."""
        return [find("mikroledger", self.folders), *words]


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
    except OSError:
        return  # it has ended meanwhile


def _pss(pid: int) -> int:
    try:
        found = re.search(
            r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE
        )
    except OSError:
        return 0
    return int(found[1]) if found else 0


@dataclass
class Line:
    """One line of the table: what was run, and its costs by size of book."""

    costs: dict[int, list[Cost]] = field(default_factory=dict)
    together: dict[int, float] = field(default_factory=dict)

    def add(self, size: int, cost: Cost) -> None:
        self.costs.setdefault(size, []).append(cost)

    def wall(self, size: int) -> float:
        return median(cost.wall for cost in self.costs[size])

    def cpu(self, size: int) -> float:
        return median(cost.cpu for cost in self.costs[size])

    def memory(self, size: int) -> float:
        """Return MB: of all processes together where they were looked at, else of the largest."""
        return self.together.get(size, max(cost.memory for cost in self.costs[size]))


@dataclass
class Figures:
    """All lines, in the order of the table, and what could not be measured."""

    sizes: Sequence[int]
    lines: dict[str, Line] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, size: int, cost: Cost) -> None:
        self.lines.setdefault(name, Line()).add(size, cost)

    def at(self, name: str, size: int) -> Line | None:
        line = self.lines.get(name)
        return line if line and size in line.costs else None


# The book of one size


@dataclass
class Ground:
    """A book to measure on: a copy, so that the next run finds the first one as it was."""

    plan: Plan
    shop: Shop
    book: Path
    forms: Forms
    booked: int = 0
    paid: Decimal = ZERO

    @property
    def owing(self) -> list[Loan]:
        """The loans that are not repaid yet."""
        return [x for x in self.plan.loans_made if x.instalments > self.plan.repayments]

    @property
    def outstanding(self) -> Decimal:
        """What all borrowers owe together, by the generator's own count."""
        whole = ZERO
        for loan in self.owing:
            rest = share(loan.principal, loan.instalments, ORE)[self.plan.repayments :]
            whole += sum(rest, ZERO)
        return whole - self.paid

    def ours(self, *words: str) -> list[str]:
        return self.shop.mikroledger("--book", str(self.book), *words)

    def forget(self) -> None:
        """Throw the index away: the next command is a cold one."""
        for path in (self.book / ".mikroledger").glob("index*"):
            path.unlink()

    def repay(self) -> Cost:
        """Book a repayment of one krone, with a key that is new, on a loan that still owes."""
        self.booked += 1
        loan = self.owing[self.booked % len(self.owing)].number
        key = f"BENCH-{self.booked:06d}"
        cost = self.shop.run(self.ours("repay", loan, "1,00", "--ref", key, "--json"))
        if json.loads(self.shop.said)["outcome"] != "booked":
            raise WrongError(f"repay said: {self.shop.said}")
        self.paid += 1
        return cost

    def check(self) -> Cost:
        """Find everything, and see that the errors are those that were planted.

        A note is right where a plan went on and nobody paid: limitation comes near (ML307).
        """
        planted = self.plan.planted
        cost = self.shop.run(self.ours("check", "--json"), _CHECK_FOUND if planted else 0)
        found = json.loads(self.shop.said)["findings"]
        wrong = sorted((f["code"], f["loan"]) for f in found if f["severity"] == "error")
        if wrong != sorted(("ML101", loan) for loan in planted):
            raise WrongError(f"check found {wrong}, planted is {sorted(planted)}")
        noted = {f["loan"] for f in found if (f["severity"], f["code"]) == ("note", "ML307")}
        owing = {loan.number for loan in self.owing}
        if not noted <= owing or len(found) != len(wrong) + len(noted):
            raise WrongError(f"check found {found} beside what is planted")
        return cost

    def list(self) -> Cost:
        """List every loan, and see that the sum of what is owed is right to the øre."""
        cost = self.shop.run(self.ours("list", "--json"))
        rows = json.loads(self.shop.said)
        owed = sum((Decimal(row["outstanding"]) for row in rows), ZERO)
        if (len(rows), owed) != (self.plan.loans, self.outstanding):
            raise WrongError(f"list has {len(rows)} loans that owe {owed}, not {self.outstanding}")
        return cost

    def ledger_agrees(self) -> None:
        """See that ledger's balance of the loans is the list's, but for what is misbooked."""
        found = re.search(r"(-?[0-9.]+) DKK +(?:Assets:)?Loans:P65$", self.shop.said, re.MULTILINE)
        wrong = sum((x.principal for x in self.plan.loans_made if x.misbooked), ZERO)
        if not found or Decimal(found[1]) != self.outstanding + self.paid - wrong:
            raise WrongError(f"ledger has {found and found[1]} on the loans")


def ground(plan: Plan, work: Path, shop: Shop) -> Ground:
    """Write a book and its other forms, or find them as they were left; copy the book."""
    whole = work / plan.name
    if not whole.exists():
        _say(f"writing a book of {plan.loans} loans ...")
        fresh = whole.with_suffix(".part")
        shutil.rmtree(fresh, ignore_errors=True)
        write(fresh, plan)
        fresh.rename(whole)
    forms = forms_of(whole, work / f"forms-{plan.name}")
    copy = work / f"run-{plan.loans}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(whole, copy)
    return Ground(plan, shop, copy, forms)


# What is measured


def measure_peers(figures: Figures, place: Ground) -> None:
    """Run every peer once over the whole book."""
    for peer in PEERS:
        command = peer.command(place.shop.folders, place.forms)
        if not command:
            figures.missing[peer.name] = "not installed"
            continue
        figures.add(peer.name, place.plan.loans, place.shop.run(command))
        if peer.program == "ledger":
            place.ledger_agrees()


def measure_reading(figures: Figures, place: Ground) -> None:
    """Run `check` and `list` over the whole book: without index, with it, and after a posting."""
    questions: tuple[tuple[str, Callable[[], Cost]], ...] = (
        ("check", place.check),
        ("list", place.list),
    )
    size = place.plan.loans
    for name, ask in questions:
        place.forget()
        figures.add(f"{name}, cold", size, ask())
        time.sleep(0.1)  # a file that is younger than a clock's tick is read again
        figures.add(f"{name}, warm", size, ask())
        place.repay()
        figures.add(f"{name}, after a posting", size, ask())


def measure_memory(figures: Figures, place: Ground) -> None:
    """Look once at what all processes of a cold command hold together."""
    for name in ("check", "list"):
        place.forget()
        words = place.ours(name, "--json")
        line = figures.lines[f"{name}, cold"]
        line.together[place.plan.loans] = place.shop.together(words)


def measure_posting(figures: Figures, places: Sequence[Ground], times: int) -> None:
    """Book repayments one by one, beside what Python and click cost alone."""
    shop, largest = places[0].shop, figures.sizes[-1]
    for _ in range(times):
        bare = [sys.executable, "-c", "import click"]
        figures.add('python -c "import click"', largest, shop.run(bare))
        figures.add("--help", largest, shop.run(shop.mikroledger("--help")))
        for place in places:
            figures.add("repay", place.plan.loans, place.repay())


def measure_import(figures: Figures, place: Ground, turn: int) -> None:
    """Import as many repayments as the book has loans, as one commit; beangulp reads the same."""
    size, work = place.plan.loans, place.book.parent
    small, whole = work / "small.csv", work / "list.csv"
    _write_list(small, place, max(size // 10, 1), 2 * turn)
    _write_list(whole, place, size, 2 * turn + 1)
    for name, path, rows in (("a tenth", small, size // 10), ("import", whole, size)):
        cost = place.shop.run(place.ours("import", str(path), "--json"))
        done = json.loads(place.shop.said)[0]
        if (done["rows"], done["booked"]) != (max(rows, 1),) * 2:
            raise WrongError(f"import said: {done}")
        place.paid += max(rows, 1)
        label = f"import, {'a tenth of the' if name == 'a tenth' else 'as many'} rows"
        figures.add(label, size, cost)
    gulp = [sys.executable, str(HERE / "gulp.py"), "extract", str(whole)]
    gulp += ["-e", str(place.forms.main), "-o", str(work / "gulp.beancount")]
    figures.add("beangulp extract, as many rows", size, place.shop.run(gulp))
    made = (work / "gulp.beancount").read_text().count('\n  kind: "erp"')
    if made != size:
        raise WrongError(f"beangulp made {made} transactions of {size} rows")


def _write_list(path: Path, place: Ground, rows: int, number: int) -> None:
    """Write an ERP list of repayments of one krone each, on loans that still owe."""
    day = f"{place.plan.today:%d-%m-%Y}"
    columns = "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb"
    lines = [f"{columns};CPR/CVR;Afgørelse;Reference;Bruger"]
    for row in range(rows):
        loan = place.owing[row % len(place.owing)]
        voucher = f"{number}{row:06d}"
        lines.append(
            f"{day};{voucher};9.32.25;5;065;6.0;Afdrag {loan.number};-{danish(Decimal('1.00'))};"
            f"{loan.person[:6]}-{loan.person[6:]};{loan.decision};E{voucher};reg"
        )
    path.write_text("\n".join(lines) + "\n")


def measure(figures: Figures, asked: argparse.Namespace, shop: Shop) -> None:
    """Do everything that was asked for, in turns."""
    plans = [Plan(n, asked.repayments, asked.seed, bound=not asked.unbound) for n in asked.loans]
    places = [ground(plan, asked.work, shop) for plan in plans]
    os.sync()  # what was written just now is not to be paid for later
    _in_turns(places, asked.repeat, lambda place, _: _read_whole(figures, place, asked.only))
    if "mikroledger" in asked.only:
        for place in places:
            measure_memory(figures, place)
    if "posting" in asked.only:
        _say("postings")
        measure_posting(figures, places, asked.postings)
    if "import" in asked.only:
        _in_turns(places, asked.repeat, lambda place, turn: measure_import(figures, place, turn))
    for place in places:
        shutil.rmtree(place.book)


def _read_whole(figures: Figures, place: Ground, only: Sequence[str]) -> None:
    if "peers" in only:
        measure_peers(figures, place)
    if "mikroledger" in only:
        measure_reading(figures, place)


def _in_turns(places: Sequence[Ground], repeat: int, do: Callable[[Ground, int], None]) -> None:
    for turn in range(repeat):
        for place in places:
            _say(f"{place.plan.loans} loans, turn {turn + 1} of {repeat}")
            do(place, turn)


# The tables


def table(figures: Figures) -> str:
    """Return everything that was measured as a markdown table."""
    sizes, largest = figures.sizes, figures.sizes[-1]
    head = [f"{size:,} loans" for size in sizes]
    head += [f"{few:,} → {many:,}" for few, many in pairwise(sizes)]
    head += ["bean-check ÷", "ledger ÷"]
    lines = ["| wall s / CPU s / MB | " + " | ".join(head) + " |"]
    lines.append("|---|" + "---:|" * len(head))
    for name in figures.lines:
        cells = [_cell(figures.at(name, size), size) for size in sizes]
        cells += [_growth(figures, name, *pair) for pair in pairwise(sizes)]
        cells += [_ratio(figures, peer, name, largest) for peer in ("bean-check", "ledger bal")]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [f"| {name} | {why} |" for name, why in figures.missing.items()]
    return "\n".join(lines)


def _cell(line: Line | None, size: int) -> str:
    if not line:
        return ""
    return f"{line.wall(size):.2f} / {line.cpu(size):.2f} / {line.memory(size):.0f}"


def _growth(figures: Figures, name: str, few: int, many: int) -> str:
    one, other = figures.at(name, few), figures.at(name, many)
    return f"x {other.wall(many) / one.wall(few):.1f}" if one and other else ""


def _ratio(figures: Figures, peer: str, name: str, size: int) -> str:
    over, under = figures.at(peer, size), figures.at(name, size)
    if not (over and under) or name not in _WHOLE:
        return ""
    return f"{over.wall(size) / under.wall(size):.1f}"


@dataclass(frozen=True, slots=True)
class Target:
    """One line of what is to be reached: a ratio of walls (or of memory) at the largest size.

    Args:
        least: the ratio is to be at least this; `most`: at most.
    """

    what: str
    over: str
    under: str
    least: float = 0
    stretch: float = 0
    most: float = 0
    memory: bool = False
    from_smallest: bool = False

    def told(self, figures: Figures) -> str:
        """Return its line of the table."""
        bound = f"≥ {self.least:g} x" if self.least else f"≤ {self.most:g} x"
        if self.stretch:
            bound += f" (stretch {self.stretch:g} x)"
        reached = self._reached(figures)
        if reached is None:
            return f"| {self.what} | {bound} | not measured | |"
        good = reached >= self.least if self.least else reached <= self.most
        word = "yes" if good else "**no**"
        if good and self.stretch and reached >= self.stretch:
            word = "yes, stretch too"
        return f"| {self.what} | {bound} | {reached:.2f} x | {word} |"

    def _reached(self, figures: Figures) -> float | None:
        size = figures.sizes[-1]
        lower = figures.sizes[0] if self.from_smallest else size
        over, under = figures.at(self.over, size), figures.at(self.under, lower)
        if not (over and under):
            return None
        if self.memory:
            return over.memory(size) / under.memory(lower)
        return over.wall(size) / under.wall(lower)


def targets() -> Iterator[Target]:
    """Yield the lines of what is to be reached (issue 3, point 8)."""
    for name, fast, faster in (("check", 0, 0), ("list", 60, 12)):
        cold = f"{name}, cold"
        yield Target(f"`{name}` cold, faster than bean-check", "bean-check", cold, 20, fast)
        yield Target(f"`{name}` cold, faster than ledger", "ledger bal", cold, 4, faster)
        yield Target(
            f"`{name}` cold, memory of bean-check's", cold, "bean-check", most=0.2, memory=True
        )
        for state in STATES:
            what = f"`{name}` {state}, faster than bean-check"
            yield Target(what, "bean-check", f"{name}, {state}", 100, 400)
    click = 'python -c "import click"'
    yield Target(
        "`repay`, largest book to smallest", "repay", "repay", most=1.3, from_smallest=True
    )
    yield Target("`repay`, to `import click`", "repay", click, most=3)
    yield Target("`--help`, to `import click`", "--help", click, most=1.7)
    gulp, rows = "beangulp extract, as many rows", "import, as many rows"
    yield Target("`import`, faster than beangulp", gulp, rows, 20)
    yield Target(
        "`import`, memory of ten times the rows",
        rows,
        "import, a tenth of the rows",
        most=1.5,
        memory=True,
    )


def reached(figures: Figures) -> str:
    """Return what was to be reached beside what was."""
    lines = ["| at the largest size | to reach | reached | |", "|---|---|---:|---|"]
    return "\n".join((*lines, *(target.told(figures) for target in targets())))


def machine(shop: Shop) -> str:
    """Describe the machine and the programs; no name and no path of it."""
    shop.run(shop.mikroledger("--version"))
    versions = [shop.said.strip()]
    versions += [f"{peer.program}: {peer.told_version(shop.folders)}" for peer in PEERS]
    return "\n".join((hardware(), "", *(f"- {version}" for version in versions)))


def hardware() -> str:
    """Describe the machine and this Python in one line."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores ({cpu[1] if cpu else 'unknown'}), {memory:.0f} GB,"
        f" {platform.system()} {platform.release().partition('-')[0]},"
        f" Python {platform.python_version()}."
    )


# The command


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _write_readme(text: str) -> None:
    path = HERE / "README.md"
    before, _, rest = path.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}")


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure mikroledger beside its peers.")
    parser.add_argument("--loans", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--repayments", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="turns; the median is shown")
    parser.add_argument("--postings", type=int, default=15, help="repayments on each book")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--unbound", action="store_true", help="no month is bound: a file each")
    default = Path(tempfile.gettempdir()) / "mikroledger-speed"
    parser.add_argument("--work", type=Path, default=default, help="where the books are kept")
    parser.add_argument("--bin", type=Path, action="append", default=[], help="more programs")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    asked = parser.parse_args(words)
    asked.loans = sorted(asked.loans)
    return asked


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print the tables."""
    asked = _asked(words)
    asked.work.mkdir(parents=True, exist_ok=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIKROLEDGER_")}
    today = Plan(1, asked.repayments).today
    env |= {
        "MIKROLEDGER_TODAY": today.isoformat(),
        "MIKROLEDGER_BY": "bench",
        "MIKROLEDGER_LANG": "en",
        "BEANCOUNT_DISABLE_LOAD_CACHE": "1",  # a book that has changed is never in the cache
    }
    shop = Shop(env, asked.work / "out", tuple(asked.bin))
    figures, wrong = Figures(asked.loans), ""
    try:
        measure(figures, asked, shop)
    except WrongError as error:
        wrong = str(error)
    text = "\n\n".join((machine(shop), table(figures), reached(figures)))
    sys.stdout.write(f"{text}\n")
    if wrong:
        sys.exit(f"Stopped here, and nothing was written: {wrong}")
    if asked.write:
        _write_readme(text)


if __name__ == "__main__":
    main()
