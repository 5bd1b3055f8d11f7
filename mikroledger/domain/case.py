"""A decision (afgørelse) as the book holds it: loan, grant or subsistence, with its terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain.ledger import Ledger, Record
from mikroledger.domain.plan import Terms
from mikroledger.money import ZERO, kroner


@dataclass(frozen=True, slots=True)
class Case:
    """One decision. Only a loan has an account of its own.

    `promised` is the day on which the borrower was told to expect the money, if any.
    """

    number: str
    kind: str
    debtor: str
    principal: Decimal
    decided: date
    decision: str
    terms: Terms
    centre: str
    support: str
    note: bool
    promised: date | None
    record: Record


def cases(ledger: Ledger) -> Mapping[str, Case]:
    """Read every decision of a ledger, by number."""
    return {case.number: case for case in map(_case, ledger.records("decision"))}


def _case(record: Record) -> Case:
    kind, number, principal = record.values
    assert isinstance(principal, Decimal), "a decision names an amount"
    return Case(
        number=str(number),
        kind=str(kind),
        debtor=record.get("debtor"),
        principal=principal,
        decided=record.value,
        decision=record.get("decision"),
        terms=terms_of(record),
        centre=record.get("centre"),
        support=record.get("support"),
        note=record.meta.get("promissory-note") is True,
        promised=_day(record, "promised"),
        record=record,
    )


def _day(record: Record, key: str) -> date | None:
    value = record.meta.get(key)
    return value if isinstance(value, date) else None


def terms_of(record: Record) -> Terms:
    """Read the terms of a plan, as a decision or a later agreement has them."""
    count, each = record.meta.get("instalments", 0), record.meta.get("instalment", ZERO)
    assert isinstance(count, int), "instalments is a whole number"
    assert isinstance(each, Decimal), "instalment is an amount"
    return Terms(
        first_due=_day(record, "first-due"),
        first_due_after=record.get("first-due-after"),
        every=record.get("every") or "1m",
        count=count,
        each=each,
        rows=rows_from(record.get("plan")),
        whole=record.meta.get("whole-kroner") is True,
    )


def rows_from(text: str) -> tuple[tuple[date, Decimal], ...]:
    """Read a plan as it stands in the book: `2011-07-01 500.00, 2011-08-01 500.00`."""
    pairs = (part.split() for part in text.split(",") if part.strip())
    return tuple((date.fromisoformat(day), kroner(amount)) for day, amount in pairs)


def rows_text(rows: tuple[tuple[date, Decimal], ...]) -> str:
    """Write a plan as it stands in the book."""
    return ", ".join(f"{day} {amount}" for day, amount in rows)
