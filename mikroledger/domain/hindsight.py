"""What the gate would say of a letter that was made: on the letter's own day, as known now.

Left out is what only a run can know (whether the bank was fresh, whether the book was whole), and
money that crossed the letter in the post: the letter itself says that it may be disregarded then.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from mikroledger.domain import chart, conditions
from mikroledger.domain.conditions import Condition
from mikroledger.domain.payment import Payment, Tallies
from mikroledger.domain.policy import policy_on
from mikroledger.domain.portfolio import Letter, Loan, Portfolio, plan_of


def held_by(folio: Portfolio, loan: Loan, letter: Letter) -> tuple[str, ...]:
    """Return the codes of the conditions that a letter's own day would not meet, as known now."""
    then = _then(folio, loan, letter)
    day = replace(folio, as_of=letter.on, policy=policy_on(folio.ledger, letter.on))
    unmet = [each.code for each in _judged(day, then) if not each.met]
    wrong = any(_stood_wrong(payment, letter) for payment in then.payments)
    return ("BOOKED-RIGHT", *unmet) if wrong else tuple(unmet)


def _judged(day: Portfolio, loan: Loan) -> Iterator[Condition]:
    yield conditions.paid_out(day, loan)
    yield conditions.principal_agrees(loan)
    yield conditions.past_pay_by(day, loan)
    yield conditions.not_same_day(day, loan)
    yield conditions.noticed(day, loan)
    yield conditions.arrears_matter(day, loan)
    yield conditions.no_hold(loan)
    yield conditions.interval(day, loan)
    yield conditions.level(day, loan)


def _then(folio: Portfolio, loan: Loan, letter: Letter) -> Loan:
    """Return a loan on a letter's day: its payments, letters and corrections up to then."""
    policy = policy_on(folio.ledger, letter.on)
    crossing = letter.on - timedelta(days=policy.number("grace-banking-days") + 2)
    paid = tuple(p for p in loan.payments if p.value <= letter.on)
    paid = tuple(p for p in paid if not (_later(p, letter) and p.value > crossing))
    changes = tuple(c for c in loan.changes if c.value <= letter.on)
    return replace(
        loan,
        as_of=letter.on,
        payments=paid,
        plan=plan_of(loan.case, paid, changes),
        changes=changes,
        letters=tuple(each for each in loan.letters if _before(each, letter)),
        corrections=tuple(c for c in loan.corrections if c.booked <= letter.on),
    )


def _before(each: Letter, letter: Letter) -> bool:
    return (each.on, each.record.commit) < (letter.on, letter.record.commit)


def _later(payment: Payment, letter: Letter) -> bool:
    """Tell whether a repayment was heard of only after a letter."""
    return payment.flow == "in" and all(e.booked > letter.on for e in payment.entries)


def _stood_wrong(payment: Payment, letter: Letter) -> bool:
    """Tell whether a loan's payment stood elsewhere, by what was booked up to a letter's day."""
    known = Tallies(e for e in payment.entries if e.booked <= letter.on).get(payment.id)
    home = chart.loan_account(payment.case)
    return known is not None and any(account != home for account in known.book)
