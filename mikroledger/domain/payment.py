"""A payment: one sum to or from one borrower under one decision, and where it stands.

Caseworker, ERP and bank may each record it; the money is booked once (docs/book-format.md).
This fold adds up, per payment, what the book says (`book`), what the ERP's rows say (`erp`),
and the bank's half. `ahead`, the part of the book that the ERP has not shown, is the
difference of the first two.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from mikroledger.domain import chart
from mikroledger.domain.ledger import (
    Entry,
    Ledger,
    Posting,
    Record,
    Transaction,
    keys_of,
)
from mikroledger.money import ZERO

Flow = Literal["out", "in", "refund"]
Sums = Mapping[str, Decimal]


@dataclass(frozen=True)
class Payment:
    """One payment as the book holds it.

    Args:
        id: names the payment in the book.
        flow: `out` to the borrower, `in` from the borrower, `refund` from the state.
        case: the loan or decision number that it belongs to, or empty.
        debtor: the debtor number, or empty.
        possible: tied by debtor, sum and day alone ("mulig"): never more than a warning.
        book: where it stands now, by account; clearing and bank are not in it.
        erp: where the ERP's rows put it, by account.
        clearing: sum of its what-it-is halves on clearing (credit is negative).
        bank: what the bank moved, positive out.
        returned: what the bank sent back and nobody has taken off yet.
        unassigned: what lies on the loan account that names no loan; in `book` it counts as
            its own loan's once the case is known, for the ERP has one account for both.
        orders: value days of the caseworker's records.
        banked: value days of the bank's lines.
        listed: days of the ERP's rows.
        entries: everything in the book that names it, in order.
    """

    id: str
    flow: Flow
    case: str
    debtor: str
    possible: bool
    book: Sums
    erp: Sums
    clearing: Decimal
    bank: Decimal
    returned: Decimal
    unassigned: Decimal
    ordered: Decimal
    orders: tuple[date, ...]
    banked: tuple[date, ...]
    listed: tuple[date, ...]
    entries: tuple[Entry, ...]
    references: frozenset[str]
    vouchers: frozenset[str]

    @cached_property
    def amount(self) -> Decimal:
        """What the payment is worth: positive out, negative in, zero when reversed."""
        return sum(self.book.values(), ZERO)

    @property
    def due_back(self) -> bool:
        return self.returned != ZERO

    @cached_property
    def value(self) -> date:
        """The day on which it counts.

        A payout: the bank's day, else the order's, else the ERP's. A repayment: the earliest
        of order and bank, so that a borrower who paid in time is not late by our post.
        """
        if self.flow == "out":
            known = self.banked[:1] or self.orders[:1] or self.listed[:1]
        else:
            known = tuple(sorted((*self.orders, *self.banked)))[:1] or self.listed[:1]
        return known[0] if known else self.entries[0].value

    @property
    def confirmed(self) -> bool:
        """Whether the bank has paid all of it, and not taken it back."""
        return bool(self.banked) and self.bank == self.amount and not self.due_back

    @cached_property
    def ahead(self) -> Sums:
        """The part of the book that no ERP row has shown yet, by account, zeros left out."""
        accounts = sorted({*self.book, *self.erp} - {chart.REPOSTING})
        parts = {a: self.book.get(a, ZERO) - self.erp.get(a, ZERO) for a in accounts}
        return {account: amount for account, amount in parts.items() if amount != ZERO}

    @property
    def bank_entry(self) -> Entry:
        """The newest bank line of a payment that the bank has a line for."""
        return next(entry for entry in reversed(self.entries) if entry.kind == "bank")

    def right(self, kind: str) -> str:
        """Return the account on which a payment of a case of `kind` belongs, or nothing."""
        if self.flow == "refund":
            return chart.REFUND
        homes = {
            "loan": chart.loan_account(self.case),
            "grant": chart.GRANTS,
            "subsistence": chart.SUBSISTENCE,
        }
        return homes.get(kind, "")

    def told_by(self, source: str) -> bool:
        """Tell whether a record of a source names it: `repay`, `notice:<account>`."""
        named = (key for entry in self.entries for key in keys_of(entry))
        return any(key.startswith(f"{source}:") for key in named)

    def last_on(self, account: str) -> Transaction:
        """Return the latest transaction that put this payment on an account."""
        found = [
            entry
            for entry in self.entries
            if isinstance(entry, Transaction)
            and any(chart.pooled(p.account) == account for p in postings_of(entry, self.id))
        ]
        return found[-1]


def payment_of(entry: Entry, posting: Posting) -> str:
    """Return the payment that a posting belongs to: its own, else its transaction's."""
    return str(posting.meta.get("payment", entry.get("payment")))


def paid_in(txn: Transaction) -> frozenset[str]:
    """Return the payments of a transaction: one, or many in a batch of the bank's."""
    return frozenset(filter(None, (payment_of(txn, posting) for posting in txn.postings)))


def postings_of(txn: Transaction, payment: str) -> Iterator[Posting]:
    """Yield the postings of a transaction that belong to one payment."""
    return (p for p in txn.postings if payment_of(txn, p) == payment)


_BESIDE = {
    **dict.fromkeys(chart.CLEARING, "clearing"),
    chart.RETURNED: "returned",
}


def _count(sums: dict[str, Decimal], name: str, amount: Decimal) -> None:
    sums[name] = sums.get(name, ZERO) + amount


@dataclass(slots=True)
class _Tally:
    """A payment while it is being added up."""

    id: str
    flow: Flow = "out"
    case: str = ""
    debtor: str = ""
    possible: bool = False
    book: dict[str, Decimal] = field(default_factory=dict)
    erp: dict[str, Decimal] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    ordered: Decimal = ZERO
    orders: list[date] = field(default_factory=list)
    banked: list[date] = field(default_factory=list)
    listed: list[date] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    vouchers: set[str] = field(default_factory=set)

    def note(self, entry: Entry) -> None:
        """Take in what an entry says about the payment, apart from money."""
        self.entries.append(entry)
        self.case = entry.get("loan") or self.case
        self.debtor = entry.get("debtor") or self.debtor
        flow = entry.get("flow")
        if flow in ("out", "in", "refund"):
            self.flow = flow  # type: ignore[assignment]  # narrowed by the test above
        if "possible" in entry.meta:
            self.possible = entry.meta["possible"] is True
        if reference := entry.get("reference"):
            self.references.add(reference)
        if voucher := entry.get("voucher"):
            self.vouchers.add(voucher)

    def add(self, txn: Transaction, posting: Posting) -> None:
        """Take in one posting."""
        account, amount = chart.pooled(posting.account), posting.amount
        if txn.kind == "bank":
            if account in chart.CLEARING:
                _count(self.sums, "bank", amount)
            elif account == chart.RETURNED:
                _count(self.sums, "returned", amount)
            return
        if (where := _BESIDE.get(account)) is not None:
            _count(self.sums, where, amount)
            if txn.kind in _ORDERS and account in chart.CLEARING:
                self.ordered -= amount
        elif account not in chart.OUTSIDE or (self.flow == "refund" and account == chart.REFUND):
            _count(self.book, account, amount)
        if posting.meta and posting.meta.get("source") == "erp":
            _count(self.erp, account, amount)

    def confirm(self, record: Record) -> None:
        """Take in a record that says the same again, without money."""
        source, account, amount = record.values
        assert isinstance(amount, Decimal), "a confirm names an amount"
        if source == "erp":
            _count(self.erp, chart.pooled(str(account)), amount)
            self.listed.append(record.value)
        else:
            self.orders.append(record.value)
            if record.meta.get("again") is not True:  # somebody else has ordered all of it
                self.ordered += amount

    def came_by(self, txn: Transaction) -> None:
        """Note which day a transaction gives the payment."""
        if txn.kind == "bank" and txn.on(chart.RETURNED) == ZERO:
            self.banked.append(txn.value)
        elif txn.kind == "erp":
            self.listed.append(txn.value)
        elif txn.kind in _ORDERS:
            self.orders.append(txn.value)

    def _known(self, sums: Mapping[str, Decimal]) -> Sums:
        """Return sums without zeros, the loan account without a number as the case's own."""
        named = dict(sums)
        if self.case and chart.UNASSIGNED in named:
            home = chart.loan_account(self.case)
            named[home] = named.get(home, ZERO) + named.pop(chart.UNASSIGNED)
        return {account: amount for account, amount in sorted(named.items()) if amount}

    def done(self) -> Payment:
        """Return the payment as a value."""
        return Payment(
            id=self.id,
            flow=self.flow,
            case=self.case,
            debtor=self.debtor,
            possible=self.possible,
            book=self._known(self.book),
            erp=self._known(self.erp),
            clearing=self.sums.get("clearing", ZERO),
            bank=self.sums.get("bank", ZERO),
            returned=self.sums.get("returned", ZERO),
            unassigned=self.book.get(chart.UNASSIGNED, ZERO),
            ordered=self.ordered,
            orders=tuple(self.orders),
            banked=tuple(self.banked),
            listed=tuple(self.listed),
            entries=tuple(self.entries),
            references=frozenset(self.references),
            vouchers=frozenset(self.vouchers),
        )


_ORDERS = frozenset({"disburse", "repay"})
_TELLING = frozenset({"confirm", "tied"})
"""Records that say something of a payment, without money."""


class Tallies:
    """All payments while entries are being added: a fold, and the working set of an import."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._tallies: dict[str, _Tally] = {}
        self._done: dict[str, Payment] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> tuple[str, ...]:
        """Take in one entry; return the payments that it names."""
        if isinstance(entry, Transaction):
            return self._transaction(entry)
        if isinstance(entry, Record) and entry.name in _TELLING:
            tally = self._tally(entry.get("payment"))
            self._done.pop(tally.id, None)
            tally.note(entry)
            if entry.name == "confirm":
                tally.confirm(entry)
            return (tally.id,)
        return ()

    def _tally(self, name: str) -> _Tally:
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = _Tally(name)
        return tally

    def _transaction(self, txn: Transaction) -> tuple[str, ...]:
        own = txn.get("payment")
        named = [(str(p.meta.get("payment", own)) if p.meta else own, p) for p in txn.postings]
        touched = tuple(dict.fromkeys(name for name, _ in named if name))
        for name in touched:
            self._done.pop(name, None)
            tally = self._tally(name)
            if name == own:
                tally.note(txn)
            else:
                tally.entries.append(txn)
            tally.came_by(txn)
        for name, posting in named:
            if name:
                self._tallies[name].add(txn, posting)
        return touched

    def get(self, name: str) -> Payment | None:
        """Return a payment, or None if nobody has named it."""
        if name not in self._done and name in self._tallies:
            self._done[name] = self._tallies[name].done()
        return self._done.get(name)

    def known_by(self, name: str) -> tuple[str, str, Collection[str], Collection[str]]:
        """Return what a payment is found by: case, debtor, references and ERP vouchers."""
        tally = self._tallies[name]
        return tally.case, tally.debtor, tally.references, tally.vouchers

    def all(self) -> Mapping[str, Payment]:
        """Return every payment, in the order in which they were first heard of."""
        return {name: tally.done() for name, tally in self._tallies.items()}


def payments(ledger: Ledger) -> Mapping[str, Payment]:
    """Add up every payment of a ledger."""
    common = ledger.common.once(_telling) if ledger.common else ()
    return Tallies((*common, *ledger.own)).all()


def _telling(ledger: Ledger) -> tuple[Entry, ...]:
    """Return the entries that name a payment, or may."""
    return tuple(
        entry
        for entry in ledger.entries
        if isinstance(entry, Transaction) or (isinstance(entry, Record) and entry.name in _TELLING)
    )
