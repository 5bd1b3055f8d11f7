"""Closed accounting months: nothing is dated in one any more.

What becomes known later gets the first open day as its date and keeps its old one as `value`, so
the accounts of the month stay as they were, and plan and arrears stay right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mikroledger.domain.ledger import Entry, Ledger, Opening
from mikroledger.errors import UsageError

CLOSE = "close"
"""The record that closes a month: `custom "mikroledger" "close" "2011-05"`."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """An accounting month.

    >>> str(Month(2011, 5)), Month(2011, 12).last
    ('2011-05', datetime.date(2011, 12, 31))
    """

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_of(day: date) -> Month:
    """Return the month of a day."""
    return Month(day.year, day.month)


def parse_month(text: str) -> Month:
    """Read a month as people write it: `2011-05`.

    Raises:
        UsageError: it is none.
    """
    try:
        return month_of(date.fromisoformat(f"{text}-01"))
    except ValueError as error:
        raise UsageError(
            da=f"»{text}« er ikke en måned. Skriv den som 2011-05.",
            en=f"'{text}' is no month. Write it as 2011-05.",
        ) from error


def closed_through(ledger: Ledger) -> date | None:
    """Return the last day of the newest closed month, if any is closed; all before it are too."""
    closed = (parse_month(str(value)) for r in ledger.records(CLOSE) for value in r.values)
    return max((month.last for month in closed), default=None)


def open_months(ledger: Ledger) -> Iterator[Month]:
    """Yield the month of every booked entry that is not in a closed one."""
    closed = closed_through(ledger)
    for entry in ledger.entries:
        booked = entry.commit >= 0 and not isinstance(entry, Opening)
        if booked and (closed is None or entry.day > closed):
            yield month_of(entry.day)


def dated(entry: Entry, closed: date | None) -> Entry:
    """Return an entry with a date that is open.

    An account has no month: it is there from the beginning.
    """
    if closed is None or isinstance(entry, Opening) or entry.day > closed:
        return entry
    meta = {**entry.meta, "value": entry.value}
    return replace(entry, day=closed + timedelta(days=1), meta=meta)
