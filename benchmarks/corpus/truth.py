"""What really happened in an invented municipality, and what its documents make of it.

A `Story` is one person's: the decisions, the money, the records of each, and the labels: what is
wrong with the records, what the right state is, and whether the records hold the evidence.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["loan", "grant", "subsistence"]
NOUGHT = Decimal("0.00")
BANK = "Assets:Bank"
PAYOUTS = "Assets:Clearing:Payouts"
SUSPENSE = "Liabilities:Suspense"
REFUND, RECEIVABLE = "Income:P65:Refund", "Assets:RefundReceivable"
INCOME = "Income:P65:Repayments"
HOME = {"grant": "Expenses:P65:Grants", "subsistence": "Expenses:P65:Subsistence"}
ERROR, WARNING, NOTE = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Person:
    """A debtor, and a replacement number (erstatningsnummer) that is nobody's."""

    debtor: str
    digits: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: its number in our book, and in the case system (`file`)."""

    kind: Kind
    number: str
    file: str
    person: Person
    principal: Decimal
    decided: date
    count: int = 0
    first_due: date | None = None
    promised: date | None = None
    recorded: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the ERP; `account` is a word of `dialects.STRINGS`, debit is positive."""

    day: date
    voucher: str
    account: str
    amount: Decimal
    text: str = ""
    person: str = ""
    decision: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bank's; money in is positive. `export` tells a second export apart."""

    day: date
    amount: Decimal
    text: str = ""
    reference: str = ""
    fik: str = ""
    export: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A caseworker's command. `signed` is the day of the second person's, if any."""

    verb: str
    day: date
    loan: str
    amount: Decimal = NOUGHT
    on: date | None = None
    reference: str = ""
    key: str = ""
    signed: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What is wrong: what a finding must say, at which severity, and what a voucher can do.

    Args:
        numbers: the loan or decision that a finding may name; empty if it can name none.
        debtor: who it concerns, where it names no decision.
        amount: how much, or None where the catalogue leaves it open.
        severity: `WARNING` where the records cannot tell, though it is wrong in truth.
        fix: a correction voucher puts it right.
    """

    code: str
    numbers: tuple[str, ...]
    debtor: str
    amount: Decimal | None
    severity: int
    fix: bool
    story: str


@dataclass
class Story:
    """One person's story, while it is being invented.

    Args:
        may: codes that follow from what is wrong, and need not be said.
        moved: by how much the book's debt of a loan is another one until the corrections.
    """

    name: str
    person: Person
    decisions: list[Decision] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    may: set[str] = field(default_factory=set)
    moved: dict[str, Decimal] = field(default_factory=dict)
    debts: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    def owe(self, number: str, amount: Decimal) -> None:
        """Note that a borrower owes so much more (or less)."""
        self.debts[number] = self.debts.get(number, NOUGHT) + amount  # type: ignore[assignment]

    def stands(self, account: str, amount: Decimal) -> None:
        """Note that so much more belongs on an account, once all vouchers are booked."""
        self.others[account] = self.others.get(account, NOUGHT) + amount  # type: ignore[assignment]

    def label(
        self,
        code: str,
        amount: Decimal | None,
        *numbers: str,
        severity: int = ERROR,
        fix: bool = False,
    ) -> None:
        """Say what is wrong."""
        label = Label(code, numbers, self.person.debtor, amount, severity, fix, self.name)
        self.labels.append(label)

    def balances(self) -> dict[str, Decimal]:
        """Return the right balance of each account that the story touches."""
        sums = {account: Decimal(amount) for account, amount in self.others.items()}
        for number, debt in self.debts.items():
            sums[f"Assets:Loans:P65:{number}"] = max(Decimal(debt), NOUGHT)
            sums[f"Liabilities:Overpaid:{number}"] = min(Decimal(debt), NOUGHT)
        return sums


def payment_id(number: str, instalment: int) -> str:
    """Return the payment id (FIK, 15 digits) that a borrower's giro card bears."""
    body = f"000{number[1:5]}{number[6:]}{instalment:03d}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(each // 10 + each % 10 for each in doubled) % 10)


def later(line: Line, export: int) -> Line:
    """Return the same line as another export of the bank's has it."""
    return replace(line, export=export)
