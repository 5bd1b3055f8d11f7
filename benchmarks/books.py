"""Write a book of any size, as a municipality's would be after some years.

    python benchmarks/books.py DIR --loans 10000 --repayments 60 --seed 1

Each loan is decided, ordered, signed by a second person, shown by the bank and by the ERP, and
then repaid once a month. The services are left out, for speed: this writes the commits that they
would have written (`tests/test_benchmarks_books.py` has them do the same and compares). Decisions,
orders and signatures are a commit each, the bank's and the ERP's lists one a month; so are, to
keep the number of files in bounds, the month's repayments. A few loans, always the same ones for a
seed, are booked as grants by the ERP, so that there is something to find.
"""  # noqa: INP001

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from mikroledger.debtors import Debtor
from mikroledger.domain import chart
from mikroledger.domain.ledger import (
    Account,
    Draft,
    Entry,
    Meta,
    Opening,
    Posting,
    Record,
    Transaction,
)
from mikroledger.domain.record import AccountString, BankLine, BankPart, ErpRow
from mikroledger.journal import layout
from mikroledger.journal.text import render
from mikroledger.money import ORE, kroner, share
from mikroledger.services.approve import EPOCH
from mikroledger.services.bank import seen_as
from mikroledger.services.voucher import keys
from mikroledger.wiring import House, new_book

VERSION = "2"
"""Raised when the same arguments come to another book."""
STAFF = {"caseworker": "anl", "cashier": "kas", "accountant": "reg"}

_FIRST_YEAR = 2014
_DECIDING = 60  # months in which loans are decided
_MOST = 9_999 * _DECIDING // 12  # a loan's number has four digits within its year
_ORDERED, _SIGNED, _STATEMENT, _LISTED, _REPAID = 15, 16, 20, 25, 28  # days of the month
_LOAN, _GRANT = ("9.32.25", "5", "065", "6.0"), ("5.58.80", "1", "065", "5.2")
_CENTRES = ("Centrum", "Nord", "Syd", "Vest")
_SUPPORT = ("FP", "KH", "RV", "SD")


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan of the book, with all that happens to it.

    Args:
        month: months from the first one of the book to its decision.
        misbooked: the ERP books the payout as a grant.
    """

    serial: int
    number: str
    month: int
    decided: date
    principal: Decimal
    instalments: int
    centre: str
    support: str
    misbooked: bool

    @property
    def debtor(self) -> str:
        return f"D{self.serial:05d}"

    @property
    def decision(self) -> str:
        return f"{self.decided.year}-{self.serial:05d}"

    @property
    def payout(self) -> str:
        """The reference of its payout."""
        return f"U{self.serial:05d}"

    @property
    def person(self) -> str:
        """A replacement CPR number (60 added to the day): nobody's."""
        years, rest = divmod(self.serial, 12 * 28)
        month, day = divmod(rest, 28)
        return f"{day + 61:02d}{month + 1:02d}{60 + years % 40:02d}{years // 40:04d}"

    @property
    def first_due(self) -> date:
        return day_of(self.month + 2, 1)

    @property
    def account(self) -> str:
        return chart.loan_account(self.number)


def day_of(month: int, day: int) -> date:
    """Return a day of one of the book's months, counted from zero."""
    years, rest = divmod(month, 12)
    return date(_FIRST_YEAR + years, rest + 1, day)


@dataclass(frozen=True)
class Plan:
    """What to write.

    Args:
        repayments: monthly repayments of each loan.
        misbooked: of each 200 loans so many are booked as grants, and at least that many.
        bound: lay all months but the last as one file each, as `close` does.
        left: how many instalments a loan may owe after its repayments; each draws one of them.
    """

    loans: int
    repayments: int = 60
    seed: int = 1
    misbooked: int = 1
    bound: bool = False
    left: tuple[int, ...] = (0, 0, 12, 24)

    @property
    def name(self) -> str:
        """Tell books apart that are kept side by side."""
        form = "bound" if self.bound else "open"
        numbers = (
            self.loans,
            self.repayments,
            *self.left,
            self.seed,
            self.misbooked,
            form,
            VERSION,
        )
        return "book-" + "-".join(map(str, numbers))

    @property
    def months(self) -> int:
        return _DECIDING + 1 + self.repayments

    @property
    def today(self) -> date:
        """The day after the last commit."""
        return day_of(self.months - 1, _REPAID + 1)

    @cached_property
    def loans_made(self) -> tuple[Loan, ...]:
        return tuple(_loans(self))

    @cached_property
    def planted(self) -> frozenset[str]:
        """The loans that the ERP has booked as grants."""
        return frozenset(loan.number for loan in self.loans_made if loan.misbooked)


def _loans(plan: Plan) -> Iterator[Loan]:
    dice = random.Random(plan.seed)  # noqa: S311  # the same book for the same seed
    wrong = max(plan.misbooked, plan.loans * plan.misbooked // 200) if plan.misbooked else 0
    misbooked = frozenset(dice.sample(range(plan.loans), min(wrong, plan.loans)))
    per_month = -(-plan.loans // _DECIDING)
    year, number = 0, 0
    for place in range(plan.loans):
        month = place * _DECIDING // plan.loans
        day = day_of(month, 2 + place % per_month * 10 // per_month)
        year, number = (year, number + 1) if day.year == year else (day.year, 1)
        yield Loan(
            serial=place + 1,
            number=f"L{year}-{number:04d}",
            month=month,
            decided=day,
            principal=kroner(dice.randrange(5_000, 42_001, 100)),
            instalments=plan.repayments + dice.choice(plan.left),
            centre=dice.choice(_CENTRES),
            support=dice.choice(_SUPPORT),
            misbooked=place in misbooked,
        )


# What happens, commit by commit


def drafts(plan: Plan) -> Iterator[Draft]:
    """Yield all that is booked after the book was made, in order."""
    decided: dict[int, list[Loan]] = {}
    for loan in plan.loans_made:
        decided.setdefault(loan.month, []).append(loan)
    amounts = {
        loan.serial: share(loan.principal, loan.instalments, ORE) for loan in plan.loans_made
    }
    dice = random.Random(plan.seed + 1)  # noqa: S311
    for month in range(plan.months):
        loans = sorted(decided.get(month, ()), key=lambda loan: (loan.decided, loan.serial))
        yield from (_approval(loan) for loan in loans)
        yield from _payouts(month, loans)
        first = max(month - 1 - plan.repayments, 0)
        paying = (loan for m in range(first, month - 1) for loan in decided.get(m, ()))
        paid = [
            _repayment(loan, month - loan.month - 1, day_of(month, dice.randint(1, 20)), amounts)
            for loan in paying
        ]
        if paid:
            paid.sort(key=lambda entry: (entry.day, entry.get("reference")))
            day = day_of(month, _REPAID)
            yield Draft("repay", tuple(paid), day, STAFF["caseworker"])


def _payouts(month: int, loans: Sequence[Loan]) -> Iterator[Draft]:
    """Yield the orders, their signatures, and the two lists that show them."""
    by, second, third = STAFF.values()
    for loan in loans:
        yield Draft("disburse", (_proposal(loan),), day_of(month, _ORDERED), by)
    for loan in loans:
        yield Draft("countersign", (_payout(loan),), day_of(month, _SIGNED), second)
    if loans:
        bank: tuple[Entry, ...] = (*map(_bank, loans), _import("bank-csv", month, len(loans)))
        yield Draft("import", bank, day_of(month, _STATEMENT), third)
        erp = (*map(_erp, loans), _import("erp", month, len(loans)))
        yield Draft("import", erp, day_of(month, _LISTED), third)


def _approval(loan: Loan) -> Draft:
    meta: Meta = {
        "kind": "decision",
        "loan": loan.number,
        "debtor": loan.debtor,
        "decision": loan.decision,
        "centre": loan.centre,
        "support": loan.support,
        "key": f"approve:{loan.decision}/loan",
        "every": "1m",
        "instalments": loan.instalments,
        "first-due": loan.first_due,
    }
    values = ("loan", loan.number, loan.principal)
    accounts = (loan.account, chart.overpaid_account(loan.number))
    opened = (Opening(EPOCH, account, meta={"debtor": loan.debtor}) for account in accounts)
    entries: tuple[Entry, ...] = (Record(loan.decided, "decision", values, meta=meta), *opened)
    return Draft("approve", entries, loan.decided, STAFF["caseworker"])


def _order(loan: Loan) -> Meta:
    return {
        "kind": "disburse",
        "flow": "out",
        "loan": loan.number,
        "debtor": loan.debtor,
        "payment": loan.payout,
        "amount": loan.principal,
    }


def _proposal(loan: Loan) -> Record:
    meta: Meta = {**_order(loan), "key": f"disburse:{loan.payout}", "reference": loan.payout}
    clearing = Account(chart.PAYOUTS)
    values = ("disburse", Account(loan.account), loan.principal, clearing, -loan.principal)
    return Record(day_of(loan.month, _ORDERED), "proposal", values, meta=meta)


def _payout(loan: Loan) -> Transaction:
    """Return the payout that a second person has signed; `write` names its proposal."""
    meta: Meta = {
        "id": "",
        "by": STAFF["caseworker"],
        "booked": day_of(loan.month, _SIGNED),
        **_order(loan),
        "reference": loan.payout,
        "proposal": "",
        "countersigned": STAFF["cashier"],
    }
    text = f"Udbetaling af lån {loan.number}"
    postings = (
        Posting(loan.account, loan.principal),
        Posting(chart.PAYOUTS, -loan.principal),
    )
    return Transaction(day_of(loan.month, _ORDERED), text, postings, meta=meta)


def statement_line(loan: Loan) -> BankLine:
    """Return the line of the account statement that shows a payout."""
    day, amount = day_of(loan.month, _SIGNED), -loan.principal
    part = BankPart(amount, loan.payout, text="NEMKONTO UDBETALING")
    return BankLine(loan.serial, _digest("bank", loan.payout)[:24], day, day, amount, (part,))


def _bank(loan: Loan) -> Transaction:
    line = statement_line(loan)
    meta: Meta = {
        "kind": "bank",
        "flow": "out",
        "loan": loan.number,
        "payment": loan.payout,
        "reference": loan.payout,
        "key": f"bank:bank:{line.entry}",
        "statement": seen_as(line),
    }
    postings = (
        Posting(chart.PAYOUTS, -line.amount, {"payment": loan.payout}),
        Posting(chart.BANK, line.amount),
    )
    return Transaction(line.day, "Banklinje", postings, meta=meta)


def erp_row(loan: Loan) -> ErpRow:
    """Return the ERP's row for a payout: on the loan account, or as a grant."""
    wrong = loan.misbooked
    return ErpRow(
        line=loan.serial,
        day=day_of(loan.month, _SIGNED),
        voucher=f"{700_000 + loan.serial}",
        account=AccountString(*(_GRANT if wrong else _LOAN)),
        amount=loan.principal,
        text="§ 65 etablering" if wrong else "§ 65 lån",
        person=loan.person,
        decision=loan.decision,
        reference=loan.payout,
    )


def _erp(loan: Loan) -> Entry:
    """Return what the ERP's row comes to: the same again, or a loan moved to the grants."""
    row = erp_row(loan)
    meta: Meta = {
        "flow": "out",
        "loan": loan.number,
        "payment": loan.payout,
        "debtor": loan.debtor,
        "reference": loan.payout,
        "voucher": f"{row.voucher}/{row.day.year}",
        "dranst": row.account.dranst,
        "art": row.account.art,
        "key": keys((row,), "opus")[0],
    }
    if not loan.misbooked:
        values = ("erp", Account(loan.account), loan.principal)
        return Record(row.day, "confirm", values, meta={**meta, "kind": "confirm"})
    postings = (
        Posting(chart.GRANTS, loan.principal, {"source": "erp"}),
        Posting(loan.account, -loan.principal),
    )
    return Transaction(row.day, f"Bilag {row.voucher}", postings, meta={**meta, "kind": "erp"})


def _import(kind: str, month: int, rows: int) -> Record:
    meta: dict[str, str | int | date] = {
        "kind": "import",
        "format": kind,
        "source": "opus" if kind == "erp" else "bank",
        "rows": rows,
        "digest": _digest(kind, str(month)),
        "suspense": 0,
    }
    day = day_of(month, _LISTED if kind == "erp" else _STATEMENT)
    if kind != "erp":
        meta["until"] = day_of(month, _SIGNED)
    return Record(day, "import", (kind,), meta=meta)


def _repayment(
    loan: Loan, turn: int, day: date, amounts: dict[int, tuple[Decimal, ...]]
) -> Transaction:
    """Return the `turn`-th repayment of a loan, counted from one."""
    amount = amounts[loan.serial][turn - 1]
    reference = f"A{loan.serial:05d}-{turn:02d}"
    meta: Meta = {
        "kind": "repay",
        "flow": "in",
        "loan": loan.number,
        "debtor": loan.debtor,
        "payment": reference,
        "amount": amount,
        "key": f"repay:{reference}",
        "reference": reference,
    }
    postings = (Posting(loan.account, -amount), Posting(chart.REPAYMENTS, amount))
    return Transaction(day, f"Afdrag på lån {loan.number}", postings, meta=meta)


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


# Writing it


@dataclass
class _Pen:
    """Writes commits in the form of `mikroledger.journal`, each with the hash of the last."""

    book: Path
    settings: str
    prev: str
    number: int = 0
    proposed: dict[str, str] = field(default_factory=dict)

    def commit(self, draft: Draft) -> tuple[str, bytes]:
        """Return the name and the content of the next commit's file."""
        self.number += 1
        name = f"{self.number:06d}"
        meta: Meta = {
            "by": draft.by,
            "verb": draft.verb,
            "booked": draft.day,
            "prev": self.prev,
            "settings": self.settings,
        }
        header = Record(draft.day, "commit", (name,), meta=meta)
        content = render((header, *self._signed(draft, name))).encode()
        self.prev = layout.digest((content,))
        return f"{name}-{draft.verb}.beancount", content

    def _signed(self, draft: Draft, name: str) -> Iterator[Entry]:
        """Give each entry its id; a payout has its proposal's."""
        if draft.verb == "disburse":
            self.proposed[draft.entries[0].get("payment")] = name
        many = len(draft.entries) > 1
        for place, entry in enumerate(draft.entries, 1):
            own: Meta = {
                "id": f"{name}-{place}" if many else name,
                "by": draft.by,
                "booked": draft.day,
            }
            if draft.verb == "countersign":
                proposal = self.proposed.pop(entry.get("payment"))
                yield replace(entry, meta={**entry.meta, "id": proposal, "proposal": proposal})
            elif isinstance(entry, Opening):
                yield entry
            else:
                yield replace(entry, meta={**own, **entry.meta})


def write(folder: Path, plan: Plan) -> int:
    """Write a book into a new folder, and return the number of its transactions."""
    begun = day_of(0, 1)
    house = new_book(folder, begun, "bench")
    register(house, plan.loans_made, begun)
    book = folder.absolute()
    first = layout.commits(book)[0].read_bytes()
    pen = _Pen(book, layout.settings_digest(book), layout.digest((first,)))
    month, files, transactions = "", {"000000-init.beancount": first}, 0
    for draft in drafts(plan):
        named = f"{draft.day:%Y-%m}"
        if month not in ("", named):
            _lay(book / layout.JOURNAL / month, files, bound=plan.bound)
            files = {}
        month = named
        name, content = pen.commit(draft)
        files[name] = content
        transactions += sum(isinstance(entry, Transaction) for entry in draft.entries)
    _lay(book / layout.JOURNAL / month, files, bound=False)
    return transactions


def _lay(month: Path, files: dict[str, bytes], *, bound: bool) -> None:
    """Lay a month: a folder of commits with the file that includes it, or all in that file."""
    include = layout.include_path(month)
    if bound:
        for path in month.glob("*.beancount"):
            path.unlink()
        if month.exists():
            month.rmdir()
        include.write_bytes(b"".join(files.values()))
        return
    month.mkdir(exist_ok=True)
    for name, content in files.items():
        (month / name).write_bytes(content)
    include.write_text(layout.include_text(month))


def register(house: House, loans: Iterable[Loan], day: date) -> None:
    """Register the borrowers; nobody is called like that."""
    debtors = [
        Debtor(
            loan.debtor,
            f"Låntager {loan.serial}",
            f"Prøvevej {loan.serial}; 9999 Eksempelby",
            "cpr",
            loan.person,
        )
        for loan in loans
    ]
    house.register.add_all(debtors, by="bench", on=day)


# The command


def main(words: Sequence[str] | None = None) -> None:
    """Write a book, and say what is in it."""
    parser = argparse.ArgumentParser(description="Write a mikroledger book of any size.")
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--loans", type=int, default=100, help=f"at most {_MOST}")
    parser.add_argument("--repayments", type=int, default=60, help="of each loan, one a month")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misbooked", type=int, default=1, help="of each 200 loans, as grants")
    parser.add_argument("--bind", action="store_true", help="one file a month, as close makes it")
    asked = parser.parse_args(words)
    if not (1 <= asked.loans <= _MOST and 1 <= asked.repayments <= 99):
        parser.error(f"1 to {_MOST} loans, 1 to 99 repayments")
    plan = Plan(asked.loans, asked.repayments, asked.seed, asked.misbooked, asked.bind)
    start = time.perf_counter()
    transactions = write(asked.folder, plan)
    took = time.perf_counter() - start
    size = sum(path.stat().st_size for path in (asked.folder / layout.JOURNAL).rglob("*.*"))
    sys.stdout.write(
        f"{asked.folder}: {plan.loans} loans, {transactions} transactions, {size / 1e6:.1f} MB,"
        f" {len(plan.planted)} loans booked as grants; the day after is {plan.today}."
        f" Written in {took:.1f} s.\n"
    )


if __name__ == "__main__":
    main()
