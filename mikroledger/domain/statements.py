"""Account statements as the book knows them: what the bank said, held against what is booked.

An import keeps the balance before and after its lines (docs/book-format.md). What the account
held before the first statement is no part of the book; from then on each closing balance must
be that, and every line of the account that is booked since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.ledger import Ledger, Record, Transaction
from mikroledger.domain.periods import CLOSE, parse_month
from mikroledger.money import ZERO


@dataclass(frozen=True, slots=True)
class Statement:
    """The newest statement of an account on a day.

    Args:
        account: the account, or the statement's source where it names none.
        until: the last day that it covers.
        opening: what the account held before the first statement; the book does not know it.
        closing: what the bank says it held at the end of `until`.
        book: what it held by the book: `opening` and every line up to `until`.
    """

    account: str
    until: date
    opening: Decimal
    closing: Decimal
    book: Decimal

    @property
    def difference(self) -> Decimal:
        return self.book - self.closing


@dataclass(frozen=True, slots=True)
class _Said:
    """What one import says of its account."""

    until: date
    opening: Decimal
    closing: Decimal
    commit: int


@dataclass(slots=True)
class _Account:
    """The imports of one account, and the sources that its lines are known by."""

    name: str
    sources: set[str] = field(default_factory=set)
    said: list[_Said] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The first commit with a balance: what was imported before is in its opening."""
        return min(said.commit for said in self.said)


def statements(ledger: Ledger, as_of: date) -> tuple[Statement, ...]:
    """Return the newest statement of each account that ends by `as_of`."""
    moved = _Moved(ledger.records(CLOSE))
    found = (_newest(ledger, account, as_of, moved) for account in _accounts(ledger))
    return tuple(filter(None, found))


def _accounts(ledger: Ledger) -> Iterator[_Account]:
    accounts: dict[str, _Account] = {}
    for record in ledger.records("import"):
        source = record.get("source")
        name = record.get("account") or source
        account = accounts.setdefault(name, _Account(name))
        account.sources.add(source)
        until, opening, closing = (record.meta.get(n) for n in ("until", "opening", "closing"))
        if isinstance(until, date) and isinstance(opening, Decimal):
            assert isinstance(closing, Decimal), "an import that has one balance has both"
            account.said.append(_Said(until, opening, closing, record.commit))
    return iter(accounts.values())


class _Moved:
    """Tells which day the bank gave a line that was dated in the first open month instead."""

    def __init__(self, closings: Sequence[Record]) -> None:
        self._first_open = [
            (record.commit, parse_month(str(month)).last + timedelta(days=1))
            for record in closings
            for month in record.values
        ]

    def day(self, line: Transaction) -> date:
        """Return the line's own day, or as near to it as the book knows."""
        for commit, first in self._first_open:
            if line.day == first and line.commit > commit and line.value < first:
                return line.value
        return line.day


def _newest(ledger: Ledger, account: _Account, as_of: date, moved: _Moved) -> Statement | None:
    ended = [said for said in account.said if said.until <= as_of]
    if not ended:
        return None
    opening = min(account.said, key=lambda said: said.until).opening
    newest = max(ended, key=lambda said: said.until)
    lines = (
        line.on(chart.BANK) for line in _lines(ledger, account) if moved.day(line) <= newest.until
    )
    return Statement(
        account.name, newest.until, opening, newest.closing, opening + sum(lines, ZERO)
    )


def _lines(ledger: Ledger, account: _Account) -> Iterator[Transaction]:
    marks = tuple(f"bank:{source}:" for source in account.sources)
    for txn in ledger.transactions:
        if txn.commit >= account.first and txn.get("key").startswith(marks):
            yield txn
