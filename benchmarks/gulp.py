"""The ERP list of the import benchmark, read by beangulp (`bean-extract` as it is now called).

    python benchmarks/gulp.py extract LIST.csv -e main.beancount -o new.beancount

It makes the same transactions as `mikroledger import`; it does not look keys up, judge, try or
book them.
"""  # noqa: INP001

import csv
import re
from datetime import datetime
from pathlib import Path

from beancount.core import data
from beancount.core.amount import Amount
from beangulp import Ingest
from beangulp.importer import Importer as Base

from mikroledger.money import parse_amount

_LOAN = re.compile(r"L[0-9]{4}-[0-9]{4}")


class Importer(Base):
    """Reads the columns that ship as the map `opus`."""

    def identify(self, filepath: str) -> bool:
        return Path(filepath).suffix == ".csv"

    def account(self, filepath: str) -> str:  # noqa: ARG002  # beangulp's own signature
        return "Assets:Clearing:Repayments"

    def extract(self, filepath: str, existing: data.Entries) -> data.Entries:  # noqa: ARG002
        """Return a transaction for each row."""
        with Path(filepath).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            return [_entry(row, filepath, line) for line, row in enumerate(rows, 2)]


def _entry(row: dict[str, str], name: str, line: int) -> data.Transaction:
    loan = _LOAN.search(row["Posteringstekst"])
    assert loan, "every row of the benchmark's list names its loan"
    amount = Amount(parse_amount(row["Beløb"]), "DKK")
    meta = data.new_metadata(name, line)
    meta.update(
        kind="erp",
        flow="in",
        loan=loan[0],
        payment=row["Reference"],
        reference=row["Reference"],
        voucher=row["Bilagsnr"],
    )
    postings = [
        data.Posting(f"Assets:Loans:P65:{loan[0]}", amount, None, None, None, None),
        data.Posting("Assets:Clearing:Repayments", -amount, None, None, None, None),
    ]
    day = datetime.strptime(row["Bogføringsdato"], "%d-%m-%Y").date()  # noqa: DTZ007
    links = frozenset({loan[0], f"pay-{row['Reference']}"})
    text = f"Bilag {row['Bilagsnr']}"
    return data.Transaction(meta, day, "*", None, text, frozenset(), links, postings)


if __name__ == "__main__":
    Ingest([Importer()])()  # type: ignore[no-untyped-call]
