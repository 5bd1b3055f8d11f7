"""The accounts of a day, added up: what a reconciliation holds against each other.

Everything here goes by the accounting day (docs/book-format.md, *Three days*).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from mikroledger.domain import chart
from mikroledger.domain.ledger import Entry, Ledger, Opening, Record
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.reconciliation import BANK, LOANS, AccountRow, Control, Leg, LoanRow
from mikroledger.domain.statements import Statement, statements
from mikroledger.money import ZERO
from mikroledger.words import Text

UNSETTLED = (chart.PAYOUTS, chart.REPAYMENTS, chart.RETURNED, chart.SUSPENSE)
"""Accounts between what was said of a payment and what the bank shows of it."""
_SHOWN = (LOANS, chart.GRANTS, chart.SUBSISTENCE, chart.ELSEWHERE, chart.INCOME, chart.REFUND)
"""Accounts on which the ERP's rows can be held against the book."""
_BY_DAY = frozenset({"confirm", "unplaced"})
"""Records that are evidence of an accounting day; other facts count once they are known."""


def until(ledger: Ledger, day: date) -> Ledger:
    """Return the accounts of a ledger up to a day, as known now."""
    return replace(ledger, entries=tuple(e for e in ledger.entries if not is_later(e, day)))


def is_later(entry: Entry, day: date) -> bool:
    """Tell whether an entry is of the accounts after a day."""
    if isinstance(entry, Opening) or (isinstance(entry, Record) and entry.name not in _BY_DAY):
        return False
    return entry.day > day


def is_year_end(day: date) -> bool:
    """Tell whether a day ends an accounting year."""
    return (day.month, day.day) == (12, 31)


def balances(ledger: Ledger, day: date = date.max) -> Mapping[str, Decimal]:
    """Return the balance of every account at the end of an accounting day."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for txn in ledger.transactions:
        if txn.day <= day:
            for posting in txn.postings:
                sums[posting.account] += posting.amount
    return sums


def pool(account: str) -> str:
    """Return the account as the ERP has it: one for all loans."""
    return LOANS if chart.is_loan(account) or chart.is_overpaid(account) else account


def pooled(pairs: Iterable[tuple[str, Decimal]]) -> Mapping[str, Decimal]:
    """Add up amounts by account as the ERP has it."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account, amount in pairs:
        sums[pool(account)] += amount
    return sums


def evidence(record: Record) -> tuple[str, Decimal]:
    """Return the account and the amount in a record of an ERP row."""
    _, account, amount = record.values
    assert isinstance(amount, Decimal), "a row has an amount"
    return str(account), amount


class Accounts:
    """What stands on the accounts of a portfolio that was made of one day's (`until`)."""

    def __init__(self, folio: Portfolio) -> None:
        self.folio = folio
        self.balances = balances(folio.ledger)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        return statements(self.folio.ledger, self.folio.as_of)

    @cached_property
    def loans(self) -> tuple[LoanRow, ...]:
        """A row for each loan, then for what else stands on the loan account."""
        paid: dict[str, list[Payment]] = defaultdict(list)
        for payment in self.folio.payments.values():
            if payment.flow != "refund":
                paid[payment.case].append(payment)
        held = self._by_number()
        rows = []
        for case in self.folio.cases.values():
            own = paid[case.number]
            if case.kind == "loan" and (own or case.decided <= self.folio.as_of):
                row = LoanRow(
                    number=case.number,
                    debtor=case.debtor,
                    principal=case.principal,
                    disbursed=sum((p.amount for p in own if p.flow == "out"), ZERO),
                    repaid=-sum((p.amount for p in own if p.flow == "in"), ZERO),
                    account=held.pop(case.number, ZERO),
                )
                rows.append(row)
        others = (LoanRow(n, "", ZERO, ZERO, ZERO, rest) for n, rest in sorted(held.items()))
        return (*rows, *(row for row in others if row.account))

    def _by_number(self) -> dict[str, Decimal]:
        """Return what the loan accounts hold, by loan number; empty where there is none."""
        held: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for account, balance in self.balances.items():
            if pool(account) == LOANS:
                held[chart.number_of(account)] += balance
        for payment in self.folio.payments.values():
            if payment.case:  # its own loan's, though the ERP's row does not name it
                held[payment.case] += payment.unassigned
                held[""] -= payment.unassigned
        return held

    @cached_property
    def rows(self) -> tuple[AccountRow, ...]:
        """Each account of the ERP's: what the book has on it, and what the ERP's rows say."""
        book = pooled(self.balances.items())
        erp = pooled(self._shown_by_erp())
        payments = self.folio.payments.values()
        ahead = pooled(pair for payment in payments for pair in payment.ahead.items())
        unplaced = pooled(map(evidence, self.folio.unplaced))
        return tuple(AccountRow(a, book[a], erp[a], ahead[a], unplaced[a]) for a in _SHOWN)

    @property
    def control(self) -> AccountRow:
        """The row of the loan accounts."""
        return self.rows[0]

    def _shown_by_erp(self) -> Iterator[tuple[str, Decimal]]:
        """Yield what the ERP's lists say: rows that were booked, confirmed, or kept."""
        for txn in self.folio.ledger.transactions:
            for posting in txn.postings:
                if posting.meta.get("source") == "erp":
                    yield posting.account, posting.amount
        for record in self.folio.ledger.records("confirm"):
            if record.values[0] == "erp":
                yield evidence(record)
        yield from map(evidence, self.folio.unplaced)

    def balance_said(self, control: Control | None) -> Decimal:
        """Return what the ERP says its loan account holds; else what its lists have shown."""
        if control is None:
            return self.control.erp
        if not control.is_movement:
            return control.amount
        old = balances(self.folio.ledger, date(self.folio.as_of.year - 1, 12, 31))
        return control.amount + pooled(old.items())[LOANS]

    def bank_leg(self) -> Leg:
        """Hold what was said to be paid against what the statements show."""
        banks = self.statements
        book = self.balances[chart.BANK] + sum((b.opening for b in banks), ZERO)
        return Leg(
            BANK,
            Text("Betalinger mod bank", "Payments against the bank"),
            book + sum((self.balances[account] for account in UNSETTLED), ZERO),
            book - sum((b.difference for b in banks), ZERO),
        )
