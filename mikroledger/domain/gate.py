"""The gate: may this loan's borrower be reminded on this day? Pure; there is no force flag.

`gate` is the only maker of a `Cleared`, and a reminder can only be made from one; a test walks
the syntax trees and says so. Every condition is judged every time, and every reason is told.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from mikroledger import days
from mikroledger.domain import conditions
from mikroledger.domain.conditions import Condition
from mikroledger.domain.finding import Findings
from mikroledger.domain.plan import Settled
from mikroledger.domain.portfolio import Portfolio
from mikroledger.words import Text


@dataclass(frozen=True, slots=True)
class Held:
    """No letter, and every reason."""

    loan: str
    as_of: date
    conditions: tuple[Condition, ...]

    @property
    def reasons(self) -> tuple[Condition, ...]:
        return tuple(each for each in self.conditions if not each.met)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A case that has passed every condition; only `gate` makes one."""

    loan: str
    debtor: str
    as_of: date
    level: int
    arrears: Decimal
    outstanding: Decimal
    instalments: tuple[Settled, ...]
    pay_by: date
    deadline: date
    decision: str
    fee: Decimal
    conditions: tuple[Condition, ...]


Decision = Cleared | Held


def gate(folio: Portfolio, found: Findings, number: str, today: date) -> Decision:
    """Judge one loan on the portfolio's day.

    Args:
        folio: the portfolio on the day of the question.
        found: the open findings of that day.
        number: the loan.
        today: the day of the run; the ledger must not be newer.
    """
    loan = folio.loans[number]
    judged = (
        conditions.paid_out(folio, loan),
        conditions.booked_right(found, loan),
        conditions.principal_agrees(loan),
        conditions.past_pay_by(folio, loan),
        conditions.not_same_day(folio, loan),
        conditions.noticed(folio, loan),
        conditions.arrears_matter(folio, loan),
        conditions.bank_fresh(folio),
        conditions.ledger_sound(folio, today),
        conditions.no_hold(loan),
        conditions.interval(folio, loan),
        conditions.level(folio, loan),
    )
    if not all(each.met for each in judged):
        return Held(number, folio.as_of, judged)
    policy, late = folio.policy, loan.arrears
    assert late.oldest is not None, "PAST-PAY-BY was met"
    return Cleared(
        loan=number,
        debtor=loan.case.debtor,
        as_of=folio.as_of,
        level=conditions.next_level(loan),
        arrears=late.amount,
        outstanding=loan.outstanding,
        instalments=loan.late,
        pay_by=late.oldest.pay_by,
        deadline=new_deadline(folio),
        decision=loan.case.decision,
        fee=policy.amount("reminder-fee"),
        conditions=judged,
    )


def new_deadline(folio: Portfolio) -> date:
    """Return the day to pay by that a reminder of the portfolio's day gives."""
    return days.forward(folio.as_of + timedelta(days=folio.policy.number("new-deadline-days")))


_ALWAYS_TOLD = frozenset({"BOOKED-RIGHT", "PRINCIPAL-AGREES", "NO-HOLD", "LEDGER-SOUND"})


def nothing_due(held: Held) -> bool:
    """Tell whether a held loan simply owes nothing yet, and nothing is wrong with it."""
    unmet = {each.code for each in held.reasons}
    return "PAST-PAY-BY" in unmet and not unmet & _ALWAYS_TOLD


def why_not_due(held: Held) -> Text:
    """Say why nothing of a loan is due: paid back, not paid out, or when it will be."""
    return next(each.text for each in held.reasons if each.code == "PAST-PAY-BY")


_READY = frozenset({"BANK-FRESH", "LEDGER-SOUND"})


def mistaken(folio: Portfolio, decision: Decision, level: int) -> tuple[Condition, ...]:
    """Say why a reminder of a past day should not have been sent, by what is known now.

    Whether the bank had been imported and the book was whole that day tells if we were ready to
    send it, not if the borrower owed it; so these two are no reason.

    Args:
        folio: of the letter's day, without the letter.
        decision: the gate's, on it.
        level: what the letter was; a level that was skipped is a reason.
    """
    skipped = level > conditions.next_level(folio.loans[decision.loan])
    return tuple(
        replace(each, met=False)
        for each in decision.conditions
        if each.code not in _READY and (not each.met or (skipped and each.code == "LEVEL"))
    )
