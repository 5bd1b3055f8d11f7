"""The plan (afdragsordning): what was agreed, and how it is made from its terms."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile
from operator import attrgetter

from mikroledger import days
from mikroledger.money import ORE, ZERO, kroner, share

WHOLE = Decimal("1.00")


@dataclass(frozen=True, slots=True)
class Instalment:
    """One agreed payment (rate).

    `due` is the day the claim falls due (forfaldsdato), `pay_by` the last day in time
    (sidste rettidige betalingsdato): `due`, moved forward to a banking day.
    """

    number: int
    due: date
    amount: Decimal

    @property
    def pay_by(self) -> date:
        return days.forward(self.due)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan is made. Exactly one of `count`, `each` and `rows` says how it is divided.

    Args:
        first_due: the first due day, or None when it counts from the payout.
        first_due_after: a period after the payout, such as `6m`.
        every: the period between due days, such as `1m` or `15d`.
        count: number of equal instalments; the remainder lies in the last one.
        each: amount of each instalment; the last one is what is left.
        rows: days and amounts as agreed one by one.
        whole: instalments in whole kroner.
    """

    first_due: date | None = None
    first_due_after: str = ""
    every: str = "1m"
    count: int = 0
    each: Decimal = ZERO
    rows: tuple[tuple[date, Decimal], ...] = ()
    whole: bool = False

    def plan(self, principal: Decimal, payout: date) -> tuple[Instalment, ...]:
        """Make the plan of a loan that is (or is to be) paid out on `payout`."""
        if self.rows:
            dated: Sequence[tuple[date, Decimal]] = self.rows
        else:
            amounts = self._amounts(principal)
            dated = list(zip(self._days(payout, len(amounts)), amounts, strict=True))
        return tuple(Instalment(n, due, amount) for n, (due, amount) in enumerate(dated, 1))

    def _days(self, payout: date, count: int) -> list[date]:
        """Return the due days of so many instalments."""
        if self.first_due:
            return days.series(self.first_due, self.every, count)
        return days.series(payout, self.every, count, after=self.first_due_after or self.every)

    def _amounts(self, principal: Decimal) -> tuple[Decimal, ...]:
        if self.count:
            return share(principal, self.count, WHOLE if self.whole else ORE)
        full, rest = divmod(principal, self.each)
        return (self.each,) * int(full) + ((kroner(rest),) if rest else ())


def total(plan: Sequence[Instalment]) -> Decimal:
    """Return the sum of a plan."""
    return sum((part.amount for part in plan), ZERO)


def digest(plan: Sequence[Instalment], agreed: str = "") -> str:
    """Return a short name for a plan's amounts, so that a letter can say which it showed.

    Args:
        agreed: what a later agreement is known by: its plan may differ in its days alone.
    """
    said = ",".join(str(part.amount) for part in plan) + agreed
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Settled:
    """An instalment, and how much of it is paid."""

    part: Instalment
    paid: Decimal

    @property
    def missing(self) -> Decimal:
        return self.part.amount - self.paid


def settle(plan: Sequence[Instalment], repaid: Decimal) -> tuple[Settled, ...]:
    """Settle what was repaid against the oldest instalments first."""
    settled = []
    for part in sorted(plan, key=attrgetter("due", "number")):
        paid = min(part.amount, repaid) if repaid > ZERO else ZERO
        repaid -= paid
        settled.append(Settled(part, paid))
    return tuple(settled)


def renewed(
    plan: Sequence[Instalment],
    kept: Decimal,
    rest: Sequence[Instalment],
) -> tuple[Instalment, ...]:
    """Return a new plan: what `kept` kroner settle of the old one, then `rest`.

    An instalment that they settle in part is worth that part.
    """
    old = [replace(s.part, amount=s.paid) for s in settle(plan, kept) if s.paid]
    after = max((part.number for part in old), default=0)
    return (*old, *(replace(part, number=part.number + after) for part in rest))


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is past due and unpaid (restance) on a day.

    `since` is the pay-by day of the oldest unpaid instalment; that day itself is in time, so
    money that arrives on it is no arrears.
    """

    as_of: date
    amount: Decimal = ZERO
    oldest: Instalment | None = None
    held_days: int = 0

    @property
    def days_past_due(self) -> int:
        """Whole days since the oldest unpaid pay-by day, without days on hold after it."""
        if self.oldest is None:
            return 0
        return (self.as_of - self.oldest.pay_by).days - self.held_days


def late(settled: Sequence[Settled], as_of: date) -> tuple[Settled, ...]:
    """Return the instalments that are not paid in full and whose last day in time is over.

    Args:
        settled: oldest first, as `settle` has them.
    """
    due = takewhile(lambda each: each.part.pay_by < as_of, settled)
    return tuple(each for each in due if each.missing > ZERO)


def arrears(settled: Sequence[Settled], as_of: date) -> Arrears:
    """Return the arrears of a plan on which something is paid, the oldest instalment first."""
    due = late(settled, as_of)
    if not due:
        return Arrears(as_of)
    return Arrears(as_of, sum((s.missing for s in due), ZERO), due[0].part)


def on_hold(late: Arrears, holds: Sequence[tuple[date, date]]) -> Arrears:
    """Take the days on hold (first and last day of each) off the days past due.

    Only hold days after the pay-by day of the oldest unpaid instalment count, each once.
    """
    if late.oldest is None:
        return late
    start, held = late.oldest.pay_by, 0
    for first, last in sorted(holds):
        begin, end = max(first, start), min(last, late.as_of)
        if end > begin:
            held += (end - begin).days
            start = end
    return replace(late, held_days=held)
