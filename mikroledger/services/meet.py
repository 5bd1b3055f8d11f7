"""The arithmetic of *one payment, once*: where a record meets what the book already holds.

The ERP's rows for a payment, summed per account, meet `ahead`: the part of the book that the
ERP has not shown. What is there with the same sign is confirmed and moves no money. The rest
is booked and displaces what is left of `ahead`; what then lacks a counterpart goes against
clearing for the first record of a payment, and to Reposting otherwise. Sums are signed as in
the book: out is positive, in is negative.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.ledger import Meta, Posting
from mikroledger.domain.payment import Flow, Payment
from mikroledger.money import ZERO

Sums = Mapping[str, Decimal]
FROM_ERP: Meta = {"source": "erp"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is confirmed, by account, and what is booked."""

    confirmed: Sums
    postings: tuple[Posting, ...]


def overlap(one: Decimal, other: Decimal) -> Decimal:
    """Return what two signed amounts share: nothing when their signs differ.

    >>> overlap(Decimal(-500), Decimal(-300))
    Decimal('-300')
    """
    if one > ZERO and other > ZERO:
        return min(one, other)
    if one < ZERO and other < ZERO:
        return max(one, other)
    return ZERO


def meet_rows(payment: Payment | None, rows: Sums, flow: Flow) -> Meeting:
    """Meet an ERP voucher's rows for one payment, summed by account."""
    ahead = dict(payment.ahead) if payment else {}
    confirmed, postings = {}, []
    lacking = ZERO
    for account, amount in sorted(rows.items()):
        share = overlap(amount, ahead.get(account, ZERO))
        if share:
            confirmed[account] = share
            ahead[account] -= share
        if amount != share:
            postings.append(Posting(account, amount - share, FROM_ERP))
            lacking += amount - share
    for account, left in sorted(ahead.items()):
        part = overlap(left, lacking)
        if part:
            postings.append(Posting(account, -part))
            lacking -= part
    return Meeting(confirmed, (*postings, *_against(payment, lacking, flow)))


def _against(payment: Payment | None, lacking: Decimal, flow: Flow) -> tuple[Posting, ...]:
    """Find the counterpart of what lacks one.

    First what waits on Reposting for it, then clearing as far as it goes, then Reposting.
    """
    if flow == "refund":
        return _some((chart.REFUND_RECEIVABLE, -lacking))
    waiting = overlap(lacking, payment.book.get(chart.REPOSTING, ZERO)) if payment else ZERO
    rest = lacking - waiting
    half = overlap(rest, _room(payment, rest, flow))
    return _some((clearing(flow), -half), (chart.REPOSTING, half - lacking))


def _room(payment: Payment | None, lacking: Decimal, flow: Flow) -> Decimal:
    """How much of the what-it-is half of a payment is not on clearing yet."""
    right_way = lacking > ZERO if flow == "out" else lacking < ZERO
    if not right_way:
        return ZERO
    if payment is None:
        return lacking
    known = payment.ordered or payment.bank
    if known:
        return known + payment.clearing
    return ZERO if payment.clearing else lacking


def meet_order(payment: Payment | None, amount: Decimal, home: str, flow: Flow) -> Meeting:
    """Meet the caseworker's word: `amount` belongs on `home`.

    The ERP's account is never moved by it: what is there is confirmed, and only what the ERP
    has not shown is booked. An amount that the ERP booked without counterpart is filled first.
    """
    there = -payment.clearing if payment else ZERO
    missing = amount - there
    confirmed = {home: there} if there else {}
    fill = overlap(missing, -payment.book.get(chart.REPOSTING, ZERO)) if payment else ZERO
    postings = _some(
        (home, missing - fill),
        (chart.REPOSTING, fill),
        (clearing(flow), -missing),
    )
    return Meeting(confirmed, postings)


def turned(payment: Payment) -> Decimal:
    """Return what the ERP has of a payment on the wrong side, signed as the ERP has it."""
    shown = sum(payment.erp.values(), ZERO)
    wrong = shown < ZERO if payment.flow == "out" else shown > ZERO
    return shown if wrong else ZERO


def turn(payment: Payment) -> tuple[Payment, tuple[Posting, ...]]:
    """Undo the guess at which way a payment went, now that the order says the other way.

    The ERP's turned row stays where the ERP has it, and its counterpart waits on Reposting.
    """
    half = payment.clearing
    undone = _some((clearing(payment.flow), -half), (chart.REPOSTING, half))
    waiting = payment.book.get(chart.REPOSTING, ZERO) + half
    return replace(
        payment,
        clearing=ZERO,
        book={**payment.book, chart.REPOSTING: waiting},
    ), undone


def meet_bank(payment: Payment | None, amount: Decimal, flow: Flow) -> tuple[Posting, ...]:
    """Fill what the ERP booked without counterpart, now that the bank says how much it was."""
    if payment is None or payment.ordered:
        return ()
    missing = amount + payment.clearing
    fill = overlap(missing, -payment.book.get(chart.REPOSTING, ZERO))
    return _some((chart.REPOSTING, fill), (clearing(flow), -fill))


def clearing(flow: Flow) -> str:
    """Return the clearing account of a payment's flow."""
    return chart.PAYOUTS if flow == "out" else chart.REPAYMENTS


def _some(*pairs: tuple[str, Decimal]) -> tuple[Posting, ...]:
    """Make postings of the pairs that are not zero."""
    return tuple(Posting(account, amount) for account, amount in pairs if amount)
