"""The chart: account names in the book, and the municipal numbers behind them.

Names are ours and never change; numbers belong to the municipality and stand as metadata on
each `open` in accounts.beancount (funktion, dranst, gruppering, art).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mikroledger.domain.ledger import Ledger, Opening

if TYPE_CHECKING:  # a typed order reads no document
    from mikroledger.domain.record import AccountString

BANK = "Assets:Bank"
PAYOUTS = "Assets:Clearing:Payouts"
REPAYMENTS = "Assets:Clearing:Repayments"
RETURNED = "Assets:Clearing:Returned"
REPOSTING = "Assets:Clearing:Reposting"
REFUND_RECEIVABLE = "Assets:RefundReceivable"
SUSPENSE = "Liabilities:Suspense"
GRANTS = "Expenses:P65:Grants"
SUBSISTENCE = "Expenses:P65:Subsistence"
ELSEWHERE = "Expenses:P65:Elsewhere"
REFUND = "Income:P65:Refund"
INCOME = "Income:P65:Repayments"

_LOANS = "Assets:Loans:P65:"
_OVERPAID = "Liabilities:Overpaid:"
UNASSIGNED = _LOANS + "Unassigned"
"""A debit on the loan account that names no decision (ML102)."""

CLEARING = frozenset({PAYOUTS, REPAYMENTS})
"""Where *what it is* meets *the bank paid it*."""
OUTSIDE = frozenset({BANK, PAYOUTS, REPAYMENTS, RETURNED, SUSPENSE, REFUND_RECEIVABLE, REFUND})
"""Accounts that say nothing about what a payment was for."""

_NUMBER = re.compile(r"[LGS][0-9]{4}-[0-9]{4}", re.ASCII)


def is_number(text: str) -> bool:
    """Tell whether `text` is a loan or decision number, such as `L2011-0003`."""
    return _NUMBER.fullmatch(text) is not None


def find_numbers(text: str) -> tuple[str, ...]:
    """Return the loan numbers that stand in a text, in order."""
    return tuple(re.findall(r"(?<![A-Za-z0-9])[LGS][0-9]{4}-[0-9]{4}(?![0-9])", text, re.ASCII))


def loan_account(number: str) -> str:
    """Return the account of a loan: one loan, one account."""
    return _LOANS + number


def overpaid_account(number: str) -> str:
    """Return the account of what is owed back to the borrower of a loan."""
    return _OVERPAID + number


def is_loan(account: str) -> bool:
    """Tell whether `account` is a loan's, or stands for a loan on the control account."""
    return account.startswith(_LOANS)


def is_overpaid(account: str) -> bool:
    """Tell whether `account` holds what is owed back to a borrower."""
    return account.startswith(_OVERPAID)


def number_of(account: str) -> str:
    """Return the loan number that an account belongs to, or an empty string."""
    number = account.rpartition(":")[2]
    return number if is_number(number) and (is_loan(account) or is_overpaid(account)) else ""


def pooled(account: str) -> str:
    """Return the account as the ERP knows it: it has no account for what was overpaid."""
    return loan_account(number_of(account)) if is_overpaid(account) else account


@dataclass(frozen=True, slots=True)
class Chart:
    """Which municipal account strings mean which account; read from the book's `open`s."""

    entries: tuple[tuple[AccountString, str], ...]

    @classmethod
    def of(cls, ledger: Ledger) -> Chart:
        """Read the chart from the account openings of a book."""
        return cls(
            tuple((string, o.account) for o in ledger.openings for string in _strings(o)),
        )

    def account(self, string: AccountString) -> str:
        """Return the account for a row's string: the first entry whose every part agrees.

        A part of the chart's entry may be empty (anything), or several, separated by blanks,
        where a trailing `*` stands for any ending. What the chart does not know is Elsewhere.
        """
        for pattern, account in self.entries:
            if _agrees(pattern, string):
                return account
        return ELSEWHERE


def _strings(opening: Opening) -> tuple[AccountString, ...]:
    """Each of the funktion numbers of an account with its other parts."""
    from mikroledger.domain.record import AccountString

    parts = (opening.get("dranst"), opening.get("gruppering"), opening.get("art"))
    return tuple(AccountString(funktion, *parts) for funktion in opening.get("funktion").split())


def _agrees(pattern: AccountString, string: AccountString) -> bool:
    pairs = (
        (pattern.funktion, string.funktion),
        (pattern.dranst, string.dranst),
        (pattern.gruppering, string.gruppering),
        (pattern.art, string.art),
    )
    return all(not want or any(_part(w, have) for w in want.split()) for want, have in pairs)


def _part(want: str, have: str) -> bool:
    if want.endswith("*"):
        return have.startswith(want[:-1])
    return want == have
