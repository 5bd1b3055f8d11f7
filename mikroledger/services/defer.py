"""Grant a deferral (henstand), and end one: no reminder while it lasts, its days are history."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from mikroledger.days import long_day
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.portfolio import DEFERRAL, HANDED_OVER, Hold, Loan, portfolio
from mikroledger.errors import RefusedError, UsageError
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    already,
    because,
    signed,
    submit,
    the_loan,
)


@dataclass(frozen=True, slots=True)
class Deferral:
    """From when, until when (its last day counts) and why."""

    loan: str
    start: date
    until: date | None
    reason: str


def defer(
    journal: Journal,
    order: Deferral,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Record a deferral.

    Raises:
        UsageError: no reason, or it ends before it begins.
        RefusedError: unknown loan, before the payout, or another deferral covers the days.
    """
    who = replace(who, by=signed(who.by))
    order = replace(order, reason=because(order.reason))
    if order.until and order.until < order.start:
        raise UsageError(
            da="Henstanden slutter, før den begynder. Byt --from og --until.",
            en="The deferral ends before it begins. Swap --from and --until.",
        )
    return submit(
        journal,
        "defer",
        who,
        lambda book: _make(book, order, who),
        about=(of_loan(order.loan),),
        dry_run=dry_run,
    )


def _make(ledger: Ledger, order: Deferral, who: Who) -> Planned | Outcome:
    the_loan(ledger, order.loan)
    loan = portfolio(ledger, who.today).loans[order.loan]
    for hold in loan.holds:
        if hold.code == DEFERRAL and _overlap(hold, order):
            if (hold.start, hold.until) == (order.start, order.until):
                return already(next(r for r in ledger.records("hold") if r.id == hold.id))
            raise _taken(hold)
    _after_payout(loan, order)
    meta: dict[str, Value] = {
        "kind": "hold",
        "loan": order.loan,
        "reason": order.reason,
        "value": order.start,
    }
    if order.until:
        meta["until"] = order.until
    return Planned((Record(who.today, "hold", (DEFERRAL,), meta=meta),))


@dataclass(frozen=True, slots=True)
class Resumption:
    """From which day letters may go again, and why.

    Args:
        claim: it is a claim that Gældsstyrelsen gives back, and no deferral.
    """

    loan: str
    start: date
    reason: str
    claim: bool = False


def resume(
    journal: Journal,
    order: Resumption,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """End a deferral on the day before, or take a claim back.

    Raises:
        UsageError: no reason.
        RefusedError: unknown loan, or nothing that lasts until that day.
    """
    who = replace(who, by=signed(who.by))
    order = replace(order, reason=because(order.reason))
    return submit(
        journal,
        "resume",
        who,
        lambda book: _ended(book, order, who),
        about=(of_loan(order.loan),),
        dry_run=dry_run,
    )


def _ended(ledger: Ledger, order: Resumption, who: Who) -> Planned | Outcome:
    the_loan(ledger, order.loan)
    code, last = HANDED_OVER if order.claim else DEFERRAL, order.start - timedelta(days=1)
    own = [h for h in portfolio(ledger, who.today).loans[order.loan].holds if h.code == code]
    lasting = [hold for hold in own if hold.until is None or hold.until > last]
    if not lasting:
        ended = {h.id for h in own if h.until == last}
        for record in reversed(ledger.records("resume")):
            if record.get("ends") in ended:
                return already(record)
        raise _nothing_lasts(order)
    return Planned(
        tuple(
            Record(
                who.today,
                "resume",
                (),
                meta={
                    "kind": "resume",
                    "loan": order.loan,
                    "ends": hold.id,
                    "reason": order.reason,
                    "value": last,
                },
            )
            for hold in lasting
        )
    )


def _nothing_lasts(order: Resumption) -> RefusedError:
    day_da, day_en = long_day(order.start, "da"), long_day(order.start, "en")
    if order.claim:
        return RefusedError(
            da=f"{order.loan} er ikke overdraget den {day_da}. Se »mikroledger show"
            f" {order.loan}«.",
            en=f"{order.loan} is not handed over on {day_en}. See 'mikroledger show"
            f" {order.loan}'.",
        )
    return RefusedError(
        da=f"{order.loan} har ingen henstand den {day_da} eller senere. Se »mikroledger show"
        f" {order.loan}«.",
        en=f"{order.loan} has no deferral on {day_en} or later. See 'mikroledger show"
        f" {order.loan}'.",
    )


def _overlap(hold: Hold, order: Deferral) -> bool:
    latest = date.max
    return hold.start <= (order.until or latest) and order.start <= (hold.until or latest)


def _taken(hold: Hold) -> RefusedError:
    da = f"til {long_day(hold.until, 'da')}" if hold.until else "uden slutdato"
    en = f"until {long_day(hold.until, 'en')}" if hold.until else "without an end"
    return RefusedError(
        da=f"{hold.loan} har allerede henstand fra {long_day(hold.start, 'da')} {da} ({hold.id})."
        " Vælg dage, der ikke overlapper.",
        en=f"{hold.loan} has a deferral from {long_day(hold.start, 'en')} {en} ({hold.id})"
        " already. Choose days that do not overlap.",
    )


def _after_payout(loan: Loan, order: Deferral) -> None:
    if loan.paid_out is None or order.start < loan.paid_out:
        raise RefusedError(
            da=f"{loan.number} kan ikke få henstand, før det er udbetalt.",
            en=f"{loan.number} cannot be deferred before it is paid out.",
        )
