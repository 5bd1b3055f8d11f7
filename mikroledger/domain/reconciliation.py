"""A reconciliation (afstemning): three legs, and every item that stands between their sides.

Plan against ledger: what is owed by the payments, against the loan accounts. Ledger against
control account: book = ERP + ahead - unplaced. Payments against the bank: what was said to be
paid, against what the statements show. Each difference is the sum of its items, and an item is
one thing that a person can look into: where, since when, whose, how much.

Everything here goes by the accounting day (docs/book-format.md, *Three days*).
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from mikroledger.domain.finding import Findings
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.record import AccountString
from mikroledger.domain.statements import Statement
from mikroledger.words import Text

PLAN, CONTROL, BANK = "plan-ledger", "ledger-control", "payments-bank"
LOANS = "Assets:Loans:P65"
"""All loan accounts with what is owed back on them: the ERP has one account for both."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One row of the ERP's list of balances (saldoliste); debit is positive."""

    line: int
    account: AccountString
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Control:
    """What the ERP says its loan account holds.

    Args:
        funktion: 9.32.25, the balance; or 8.32.25, what has moved since New Year.
        kind: whether a person gave the figure (`control`), or a list (`balance-list`).
    """

    amount: Decimal
    funktion: str = "9.32.25"
    kind: str = "control"

    @property
    def is_movement(self) -> bool:
        return self.funktion.startswith("8")

    def same_as(self, other: "Control | None") -> bool:
        """Tell whether two say the same, wherever they have it from."""
        return other is not None and (self.amount, self.funktion) == (other.amount, other.funktion)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item is right as it is, and who says so."""

    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Item:
    """One open item (afstemningspost).

    Args:
        id: names it, also next month: kind and what it is about.
        kind: what it is, such as `payouts` or `misbooked`.
        leg: the leg that it belongs to.
        account: where it stands.
        amount: signed as in the book: debit is positive.
        share: its part of the leg's difference; zero for what is only to be known.
        day: the accounting day of the entry that it began with.
        since: the day from which its age is counted.
        expected: when it should be settled.
        settled: when it was, if that was after the day.
        owner: who booked it, and is to look into it.
        codes: findings on it.
        needs: whether the month cannot be closed before it is settled or explained.
    """

    id: str
    kind: str
    leg: str
    account: str
    amount: Decimal
    share: Decimal
    text: Text
    day: date
    since: date
    expected: date
    as_of: date
    owner: str = ""
    loan: str = ""
    debtor: str = ""
    payment: str = ""
    codes: tuple[str, ...] = ()
    needs: bool = True
    explanation: Explanation | None = None
    settled: date | None = None

    @property
    def about(self) -> str:
        """What it is about: a payment, a line, an account."""
        return self.id.partition(":")[2]

    @property
    def age(self) -> int:
        """Days since it began."""
        return max((self.as_of - self.since).days, 0)

    @property
    def is_open(self) -> bool:
        """Whether it holds the closing up: neither settled since, nor explained."""
        return self.status == "open"

    @property
    def status(self) -> str:
        """Tell how it stands, in the word that the JSON has for it."""
        if self.settled:
            return "settled"
        if self.explanation:
            return "explained"
        return "open" if self.needs else "listed"


@dataclass(frozen=True, slots=True)
class Leg:
    """Two figures that should be one."""

    name: str
    title: Text
    left: Decimal
    right: Decimal
    source: str = ""
    """For the control account, where the ERP's figure comes from."""

    @property
    def difference(self) -> Decimal:
        return self.left - self.right


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One loan account: the debt, and what stands on the account.

    `account` is the loan's account less what is owed back to the borrower.
    """

    number: str
    debtor: str
    principal: Decimal
    disbursed: Decimal
    repaid: Decimal
    account: Decimal

    @property
    def debt(self) -> Decimal:
        """What is owed; below zero, what is owed back."""
        return self.disbursed - self.repaid

    @property
    def difference(self) -> Decimal:
        return self.debt - self.account


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the book against the ERP: book = ERP + ahead - unplaced."""

    account: str
    book: Decimal
    erp: Decimal
    ahead: Decimal
    unplaced: Decimal

    @property
    def difference(self) -> Decimal:
        return self.book - (self.erp + self.ahead - self.unplaced)


@dataclass(frozen=True)
class Reconciliation:
    """A day's reconciliation, and the portfolio that it was made from."""

    folio: Portfolio
    findings: Findings
    control: Control | None
    legs: tuple[Leg, ...]
    items: tuple[Item, ...]
    loans: tuple[LoanRow, ...]
    accounts: tuple[AccountRow, ...]
    statements: tuple[Statement, ...]

    @property
    def as_of(self) -> date:
        return self.folio.as_of

    @cached_property
    def open(self) -> tuple[Item, ...]:
        """Items that are neither settled nor explained."""
        return tuple(item for item in self.items if item.is_open)

    @property
    def digest(self) -> str:
        """A short name of all that two persons sign: sides, items, reasons."""
        said = [f"{leg.name} {leg.left} {leg.right}" for leg in self.legs]
        said += [f"{item.id} {item.amount} {item.explanation}" for item in self.items]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
