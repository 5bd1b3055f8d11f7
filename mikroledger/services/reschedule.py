"""Agree on a new plan for what is outstanding; the old one stays in the book."""

from dataclasses import dataclass, replace
from datetime import date

from mikroledger.days import long_day
from mikroledger.domain.case import terms_of
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.plan import Instalment, Terms
from mikroledger.domain.portfolio import Loan, portfolio
from mikroledger.errors import RefusedError
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    already,
    because,
    not_after,
    signed,
    submit,
    the_loan,
)
from mikroledger.services.plans import plan_for, said
from mikroledger.words import Text


@dataclass(frozen=True, slots=True)
class Rescheduling:
    """A new plan as it was agreed on, from which day, and why."""

    loan: str
    on: date
    terms: Terms
    reason: str


def reschedule(
    journal: Journal,
    order: Rescheduling,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Record a new plan for what a loan owes on a day.

    Raises:
        UsageError: no reason.
        RefusedError: unknown loan, nothing outstanding, handed over, a later plan is in force, or
            the plan does not come to what is outstanding or begins too early.
    """
    who = replace(who, by=signed(who.by))
    order = replace(order, reason=because(order.reason))
    return submit(
        journal,
        "reschedule",
        who,
        lambda book: _make(book, order, who),
        about=(of_loan(order.loan),),
        dry_run=dry_run,
    )


def _make(ledger: Ledger, order: Rescheduling, who: Who) -> Planned | Outcome:
    not_after(order.on, who.today)
    the_loan(ledger, order.loan)
    now = portfolio(ledger, who.today).loans[order.loan]
    if now.changes and _says(now.changes[-1], order):
        return already(now.changes[-1])
    _may_be_changed(now, order)
    rest = portfolio(ledger, order.on).loans[order.loan].outstanding
    plan = plan_for(order.terms, rest, order.on)
    _ahead(plan, order)
    meta: dict[str, Value] = {
        "kind": "plan",
        "loan": order.loan,
        "reason": order.reason,
        "value": order.on,
        **said(order.terms),
    }
    record = Record(who.today, "plan", (order.loan, rest), meta=meta)
    return Planned((record,), notes=_notes(now, plan))


def _says(record: Record, order: Rescheduling) -> bool:
    """Tell whether a record is what an order wants booked."""
    said_before = (record.value, record.get("reason"), terms_of(record))
    return said_before == (order.on, order.reason, order.terms)


def _may_be_changed(loan: Loan, order: Rescheduling) -> None:
    number = loan.number
    if loan.paid_out is None or order.on < loan.paid_out or loan.disbursed != loan.case.principal:
        raise RefusedError(
            da=f"{number} er ikke udbetalt helt den {long_day(order.on, 'da')}; indtil da gælder"
            " planen fra bevillingen.",
            en=f"{number} is not paid out in full on {long_day(order.on, 'en')}; until then the"
            " decision's plan holds.",
        )
    if loan.state == "handed-over":
        raise RefusedError(
            da=f"{number} er overdraget til Gældsstyrelsen. Tag først kravet tilbage med"
            f" »mikroledger resume {number} --claim«.",
            en=f"{number} is handed over to Gældsstyrelsen. Take the claim back first, with"
            f" 'mikroledger resume {number} --claim'.",
        )
    if not loan.outstanding:
        raise RefusedError(
            da=f"{number} skylder ikke noget, så der er ingen plan at lave.",
            en=f"{number} owes nothing, so there is no plan to make.",
        )
    if loan.changes and order.on < loan.changes[-1].value:
        last = loan.changes[-1]
        raise RefusedError(
            da=f"{number} fik en ny plan den {long_day(last.value, 'da')} ({last.id}). Den næste"
            " kan ikke gælde fra en tidligere dag.",
            en=f"{number} got a new plan on {long_day(last.value, 'en')} ({last.id}). The next"
            " one cannot hold from an earlier day.",
        )


def _ahead(plan: tuple[Instalment, ...], order: Rescheduling) -> None:
    """Refuse a plan that is late on the day it is agreed on."""
    first = min(part.due for part in plan)
    if first <= order.on:
        raise RefusedError(
            da=f"Første rate i den nye plan forfalder den {long_day(first, 'da')}, og aftalen er"
            f" fra {long_day(order.on, 'da')}. Vælg en senere dag med --first-due.",
            en=f"The new plan's first instalment falls due on {long_day(first, 'en')}, and the"
            f" agreement is of {long_day(order.on, 'en')}. Choose a later day with --first-due.",
        )


def _notes(loan: Loan, plan: tuple[Instalment, ...]) -> tuple[Text, ...]:
    """Say what comes next: the first instalment, and the borrower's letter."""
    first = min(part.due for part in plan)
    return (
        Text(
            f"{loan.number}: første rate i den nye plan forfalder den {long_day(first, 'da')}."
            " Næste »mikroledger remind« laver brevet om planen.",
            f"{loan.number}: the new plan's first instalment falls due on"
            f" {long_day(first, 'en')}. The next 'mikroledger remind' makes the letter about it.",
        ),
    )
