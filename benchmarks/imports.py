"""Measure whole imports beside libraries that read the same bank file, and print a table.

    python benchmarks/imports.py --python PEERS/bin/python

`mikroledger import` reads a list or a statement, matches every row to its loan, tries the whole
commit with beancount and books it on the disk. The libraries read the file and stop there. All of
them are processes of their own, run in turns; what each has read is checked to the øre.
"""  # noqa: INP001

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from benchmarks.books import Loan, Plan, write
from benchmarks.speed import Cost, Line, Shop, WrongError, hardware
from mikroledger.domain.fik import payment_id
from mikroledger.money import ZERO, danish, kroner

ACCOUNT = "DK5000400440116243"
EACH = kroner(1)
"""What each row pays: so little that no loan is repaid before its time."""
_TIMED_OUT = 124  # how `timeout` ends when it had to stop something

_PARSED = """
rows = len(found)
total = sum(map(Decimal, map(str, found)))
print(rows, total)
"""
READERS = {
    "bankstatementparser, `parse`": (
        "bankstatementparser",
        "import sys; from decimal import Decimal\n"
        "from bankstatementparser import CamtParser\n"
        "found = list(CamtParser(sys.argv[1]).parse()['Amount'])" + _PARSED,
    ),
    "bankstatementparser, `parse_streaming`": (
        "bankstatementparser",
        "import sys; from decimal import Decimal\n"
        "from bankstatementparser import CamtParser\n"
        "found = [t['Amount'] for t in CamtParser(sys.argv[1]).parse_streaming()]" + _PARSED,
    ),
    "pycamt": (
        "pycamt",
        "import sys; from decimal import Decimal\n"
        "from pycamt.parser import Camt053Parser\n"
        "found = [t['Amount'] for t in Camt053Parser.from_file(sys.argv[1]).get_transactions()]"
        + _PARSED,
    ),
}
"""Each library as its own documentation uses it: the amounts of all payments, in a new process."""


# The files


def erp_list(path: Path, loans: Sequence[Loan], rows: int, day: date) -> None:
    """Write an ERP list of repayments."""
    columns = "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{columns};CPR/CVR;Afgørelse;Reference;Bruger\n")
        for row in range(rows):
            loan = loans[row % len(loans)]
            person = f"{loan.person[:6]}-{loan.person[6:]}"
            file.write(
                f"{day:%d-%m-%Y};{row:07d};9.32.25;5;065;6.0;Afdrag {loan.number};"
                f"-{danish(EACH)};{person};{loan.decision};E{row:07d};reg\n"
            )


def statement(path: Path, loans: Sequence[Loan], payments: int, day: date) -> None:
    """Write a camt.053 of incoming payments, each with the payment id of its loan (FIK)."""
    closing = EACH * payments
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>\n'
            f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>\n"
            f"<Stmt><Id>S1</Id><CreDtTm>{day}T20:00:00</CreDtTm>"
            f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>DKK</Ccy></Acct>\n"
            f"{_balance('OPBD', ZERO, day)}{_balance('CLBD', closing, day)}"
        )
        for number in range(payments):
            turn, place = divmod(number, len(loans))
            file.write(_entry(number, payment_id(loans[place].number, turn + 1), day))
        file.write("</Stmt></BkToCstmrStmt></Document>\n")


def _balance(code: str, amount: Decimal, day: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="DKK">{amount}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(number: int, fik: str, day: date) -> str:
    return (
        f'<Ntry><NtryRef>{number + 1}</NtryRef><Amt Ccy="DKK">{EACH}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>ASR{number:012d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd>"
        "<Fmly><Cd>RCDT</Cd><SubFmlyCd>OTHR</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>ASR{number:012d}</AcctSvcrRef></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="DKK">{EACH}</Amt></TxAmt></AmtDtls>'
        f"<RmtInf><Strd><CdtrRefInf><Ref>{fik}</Ref></CdtrRefInf></Strd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>\n"
    )


# What is measured


@dataclass(frozen=True, slots=True)
class Ground:
    """A book that every import finds as it was, and the files for it."""

    plan: Plan
    shop: Shop
    work: Path
    rows: int
    payments: int

    @property
    def book(self) -> Path:
        return self.work / self.plan.name

    @property
    def list(self) -> Path:
        return self.work / "list.csv"

    @property
    def camt(self) -> Path:
        return self.work / "statement.xml"

    def make(self) -> None:
        """Write the book, unless it is there, and the files."""
        if not self.book.exists():
            fresh = self.book.with_suffix(".part")
            shutil.rmtree(fresh, ignore_errors=True)
            write(fresh, self.plan)
            fresh.rename(self.book)
        owing = [x for x in self.plan.loans_made if x.instalments > self.plan.repayments]
        erp_list(self.list, owing, self.rows, self.plan.today)
        statement(self.camt, owing, self.payments, self.plan.today)

    def take(self, path: Path, rows: int) -> Cost:
        """Import a file into a fresh copy of the book, and see that every row is booked."""
        copy = self.work / "run"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.book, copy)
        words = self.shop.mikroledger("--book", str(copy))
        self.shop.run([*words, "list", "--json"])  # the book is in use: its index is there
        os.sync()
        cost = self.shop.run([*words, "import", str(path), "--json"])
        (done,) = json.loads(self.shop.said)
        if (done["rows"], done["booked"], done["suspense"]) != (rows, rows, 0):
            raise WrongError(f"import said: {done}")
        shutil.rmtree(copy)
        return cost

    def read(self, python: str, code: str, patience: int) -> Cost | None:
        """Let a library read the statement; None if it takes longer than we wait."""
        words = ["timeout", str(patience), python, "-c", code, str(self.camt)]
        try:
            cost = self.shop.run(words)
        except WrongError as error:
            if f"ended with {_TIMED_OUT}" in str(error):
                return None
            raise
        said = self.shop.said.split()
        if (int(said[0]), Decimal(said[1])) != (self.payments, EACH * self.payments):
            raise WrongError(f"{code.splitlines()[1]}: it read {said}")
        return cost


def version(python: str, package: str) -> str:
    """Return which version of a package a Python has, or nothing."""
    told = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python, "-c", told], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


@dataclass
class Figures:
    """Lines of the table, and what could not be measured."""

    lines: dict[str, Line]
    missing: dict[str, str]

    def add(self, name: str, cost: Cost | None, why: str = "") -> None:
        if cost:
            self.lines.setdefault(name, Line()).add(0, cost)
        else:
            self.missing[name] = why


def measure(place: Ground, asked: argparse.Namespace) -> Figures:
    """Do everything in turns; a library that was too slow is not waited for again."""
    figures = Figures({}, {})
    ours: Sequence[tuple[str, Callable[[], Cost]]] = (
        (_name("ERP list", place.rows), lambda: place.take(place.list, place.rows)),
        (_name("camt.053", place.payments), lambda: place.take(place.camt, place.payments)),
    )
    for _ in range(asked.repeat):
        for name, run in ours:
            figures.add(name, run())
        for name, (package, code) in READERS.items():
            if name in figures.missing:
                continue
            if not version(asked.python, package):
                figures.add(name, None, "not installed")
                continue
            cost = place.read(asked.python, code, asked.patience)
            figures.add(name, cost, f"stopped after {asked.patience} s")
    return figures


def _name(what: str, rows: int) -> str:
    return f"`mikroledger import`, {what}, {rows:,} rows"


# The table


def table(place: Ground, figures: Figures) -> str:
    """Return what was measured, each beside our import of the same statement."""
    base = figures.lines[_name("camt.053", place.payments)]
    head = "| | wall s | CPU s | MB | rows per s | wall, to our camt | memory, to our camt |"
    lines = [head, "|---|" + "---:|" * 6]
    for name, line in figures.lines.items():
        rows = place.rows if "ERP" in name else place.payments
        wall, memory = line.wall(0), line.memory(0)
        cells = [f"{wall:.2f}", f"{line.cpu(0):.2f}", f"{memory:.0f}", f"{rows / wall:,.0f}"]
        cells += [f"{wall / base.wall(0):.2f} x", f"{memory / base.memory(0):.2f} x"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [f"| {name} | {why} | | | | | |" for name, why in figures.missing.items()]
    return "\n".join(lines)


def versions(place: Ground, python: str) -> str:
    """Return what was measured with what."""
    place.shop.run(place.shop.mikroledger("--version"))
    packages = dict.fromkeys(package for package, _ in READERS.values())
    told = (f"{each}: {version(python, each) or 'not installed'}" for each in packages)
    return "\n".join(f"- {each}" for each in (place.shop.said.strip(), *told))


# The command


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure imports beside libraries that read.")
    parser.add_argument("--loans", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the ERP list")
    parser.add_argument("--payments", type=int, default=15_000, help="payments of the camt.053")
    parser.add_argument("--repeat", type=int, default=3, help="turns; the median is shown")
    parser.add_argument("--patience", type=int, default=300, help="seconds for a library")
    parser.add_argument("--python", default=sys.executable, help="a Python with the libraries")
    parser.add_argument("--bin", type=Path, action="append", default=[], help="more programs")
    default = Path(tempfile.gettempdir()) / "mikroledger-imports"
    parser.add_argument("--work", type=Path, default=default, help="where the book is kept")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    asked = _asked(words)
    asked.work.mkdir(parents=True, exist_ok=True)
    plan = Plan(asked.loans, repayments=2, bound=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIKROLEDGER_")}
    env |= {
        "MIKROLEDGER_TODAY": plan.today.isoformat(),
        "MIKROLEDGER_BY": "bench",
        "MIKROLEDGER_LANG": "en",
    }
    shop = Shop(env, asked.work / "out", tuple(asked.bin))
    place = Ground(plan, shop, asked.work, asked.rows, asked.payments)
    place.make()
    try:
        figures = measure(place, asked)
    except WrongError as error:
        sys.exit(str(error))
    parts = (hardware(), versions(place, asked.python), table(place, figures))
    sys.stdout.write("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
