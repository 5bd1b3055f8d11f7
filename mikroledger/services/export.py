"""The book as tables for other programs: postings, payments, loans, arrears.

No person is in them but as a debtor number; what looks like a CPR number in a text is left out.
Rows are made while they are read, so that a large book takes no more memory than a small one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from mikroledger.domain.case import Case, cases
from mikroledger.domain.labels import DECIDED, FLOWS, KINDS, STATES, label
from mikroledger.domain.ledger import Entry, Journal, Ledger, Record, Transaction
from mikroledger.domain.payment import Payment, payment_of, payments
from mikroledger.domain.personal import without_cpr
from mikroledger.domain.plan import Settled
from mikroledger.domain.portfolio import Loan, portfolio
from mikroledger.domain.sheets import Cell, Column, Kind, Row, Table
from mikroledger.money import ZERO, kroner
from mikroledger.services.survey import ask
from mikroledger.words import Text

Plain = str | int | None


@dataclass(frozen=True, slots=True)
class _Field:
    """One column, and the words for the codes in it."""

    key: str
    da: str
    en: str
    kind: Kind = "text"
    total: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def column(self) -> Column:
        return Column(Text(self.da, self.en), self.kind, self.total)

    def cell(self, value: Plain) -> Cell:
        """Return a plain value (JSON) as what it stands for."""
        if value is None or isinstance(value, int):
            return value
        if self.kind == "money":
            return kroner(value)
        if self.kind == "day":
            return date.fromisoformat(value)
        return label(self.words, value) if self.words else without_cpr(value)


def _table(fields: Sequence[_Field], rows: Iterator[Row]) -> Table:
    return Table(tuple(f.key for f in fields), tuple(f.column for f in fields), rows)


def _money(key: str, da: str, en: str) -> _Field:
    return _Field(key, da, en, "money", total=True)


_LOAN = _Field("loan", "Lån", "Loan")
_DEBTOR = _Field("debtor", "Skyldner", "Debtor")
_CENTRE = _Field("centre", "Center", "Centre")
_STATE = _Field("state", "Tilstand", "State", words=STATES)
_VALUE = _Field("value", "Valør", "Value day", "day")
_AMOUNT = _money("amount", "Beløb", "Amount")


# Postings

_POSTINGS = (
    _Field("commit", "Bogføring", "Commit", "count"),
    _Field("id", "Id", "Id"),
    _Field("day", "Dato", "Day", "day"),
    _VALUE,
    _Field("booked", "Bogført", "Booked", "day"),
    _Field("kind", "Art", "Kind", words=KINDS),
    _LOAN,
    _DEBTOR,
    _Field("payment", "Betaling", "Payment"),
    _Field("account", "Konto", "Account"),
    _AMOUNT,
    _Field("reference", "Reference", "Reference"),
    _Field("voucher", "Bilag", "Voucher"),
    _Field("text", "Tekst", "Text"),
)


def postings(journal: Journal, as_of: date, known_on: date | None = None) -> Table:
    """Return every posting up to a value day, in the order of booking; debit is positive.

    Raises:
        BrokenBookError: the book does not load.
    """
    return _table(_POSTINGS, _postings(journal.walk(), as_of, known_on))


def _postings(entries: Iterator[Entry], as_of: date, known_on: date | None) -> Iterator[Row]:
    debtors: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Record) and entry.name == "decision":
            debtors[str(entry.values[1])] = entry.get("debtor")
        if not isinstance(entry, Transaction) or entry.value > as_of:
            continue
        if known_on is None or "booked" not in entry.meta or entry.booked <= known_on:
            yield from _rows_of(entry, debtors)


def _rows_of(txn: Transaction, debtors: Mapping[str, str]) -> Iterator[Row]:
    loan = txn.get("loan")
    before = (txn.commit, txn.id, txn.day, txn.value, txn.booked, label(KINDS, txn.kind))
    after = tuple(without_cpr(t) for t in (txn.get("reference"), txn.get("voucher"), txn.text))
    owner = txn.get("debtor") or debtors.get(loan, "")
    for posting in txn.postings:
        own = without_cpr(payment_of(txn, posting))
        yield (*before, loan, owner, own, posting.account, posting.amount, *after)


# Payments

_PAYMENTS = (
    _Field("payment", "Betaling", "Payment"),
    _Field("flow", "Retning", "Flow", words=FLOWS),
    _Field("decided", "Bevilget som", "Decided as", words=DECIDED),
    _LOAN,
    _DEBTOR,
    _VALUE,
    _AMOUNT,
    _Field("ordered", "Ordre", "Ordered", "day"),
    _Field("banked", "I banken", "In the bank", "day"),
    _money("bank", "Bankens beløb", "Bank's amount"),
    _money("erp", "Økonomisystemets beløb", "ERP's amount"),
    _money("returned", "Kommet retur", "Returned"),
    _money("misbooked", "Står forkert", "Misbooked"),
    _Field("references", "Referencer", "References"),
    _Field("vouchers", "Bilag", "Vouchers"),
)


def payments_(journal: Journal, as_of: date, known_on: date | None = None) -> Table:
    """Return every payment up to a value day, borrower by borrower; out is positive.

    Raises:
        BrokenBookError: the book does not load.
    """
    return _table(_PAYMENTS, _payments(journal.parts(), as_of, known_on))


def _payments(parts: Iterator[Ledger], as_of: date, known_on: date | None) -> Iterator[Row]:
    for part in parts:
        ledger = part.known_on(known_on) if known_on else part
        decided = cases(ledger)
        for payment in payments(ledger).values():
            if payment.value <= as_of:
                yield _payment(payment, decided.get(payment.case))


def _payment(payment: Payment, case: Case | None) -> Row:
    kind = case.kind if case else ""
    right = payment.right(kind)
    stands = (abs(amount) for account, amount in payment.book.items() if account != right)
    return (
        without_cpr(payment.id),
        label(FLOWS, payment.flow),
        label(DECIDED, kind),
        payment.case,
        payment.debtor or (case.debtor if case else ""),
        payment.value,
        payment.amount,
        min(payment.orders, default=None),
        min(payment.banked, default=None),
        payment.bank,
        sum(payment.erp.values(), ZERO),
        payment.returned,
        sum(stands, ZERO) if right else ZERO,
        without_cpr(" ".join(sorted(payment.references))),
        without_cpr(" ".join(sorted(payment.vouchers))),
    )


# Loans, and their arrears

_LOANS = (
    _LOAN,
    _DEBTOR,
    _CENTRE,
    _Field("decision", "Afgørelse", "Decision"),
    _Field("decided", "Bevilget den", "Decided", "day"),
    _STATE,
    _Field("paid_out", "Udbetalt den", "Paid out on", "day"),
    _money("principal", "Bevilget", "Granted"),
    _money("disbursed", "Udbetalt", "Paid out"),
    _money("repaid", "Tilbagebetalt", "Repaid"),
    _money("outstanding", "Restgæld", "Outstanding"),
    _money("account", "Lånets konto", "Account"),
    _money("misbooked", "Står forkert", "Misbooked"),
    _money("overpaid", "Betalt for meget", "Overpaid"),
    _money("arrears", "Restance", "Arrears"),
    _Field("days_past_due", "Dage over fristen", "Days past due", "count"),
    _Field("next_due", "Næste forfald", "Next due", "day"),
)


def loans(journal: Journal, as_of: date, known_on: date | None = None) -> Table:
    """Return every loan on a day, by number.

    Raises:
        BrokenBookError: the book does not load.
    """
    return _asked(_LOANS, journal, "loans", (as_of, known_on), lambda loan: [_loan(loan)])


def _loan(loan: Loan) -> list[Any]:
    return [
        loan.number,
        loan.case.debtor,
        loan.case.centre,
        loan.case.decision,
        loan.case.decided,
        loan.state,
        loan.paid_out,
        loan.case.principal,
        loan.disbursed,
        loan.repaid,
        loan.outstanding,
        loan.account,
        loan.misbooked,
        loan.overpaid,
        loan.arrears.amount,
        loan.arrears.days_past_due,
        loan.next_due,
    ]


_ARREARS = (
    _LOAN,
    _DEBTOR,
    _CENTRE,
    _STATE,
    _Field("instalment", "Rate", "Instalment", "count"),
    _Field("due", "Forfalder", "Due", "day"),
    _Field("pay_by", "Betal senest", "Pay by", "day"),
    _Field("days_late", "Dage siden", "Days since", "count"),
    _money("amount", "Rate, beløb", "Instalment amount"),
    _money("paid", "Betalt", "Paid"),
    _money("arrears", "Restance", "Arrears"),
)


def arrears(journal: Journal, as_of: date, known_on: date | None = None) -> Table:
    """Return every instalment that is past its last day and not paid, by loan.

    Raises:
        BrokenBookError: the book does not load.
    """
    days = as_of, known_on
    return _asked(_ARREARS, journal, "arrears", days, lambda loan: list(_late(loan)))


def _late(loan: Loan) -> Iterator[list[Any]]:
    """Yield what is late; together no more than the loan's arrears."""
    rest = loan.arrears.amount
    for settled in loan.settled:
        missing = min(settled.missing, rest)
        if settled.part.pay_by < loan.as_of and missing > ZERO:
            rest -= missing
            yield [*_whose(loan), *_part(settled, loan.as_of), missing]


def _whose(loan: Loan) -> list[Any]:
    return [loan.number, loan.case.debtor, loan.case.centre, loan.state]


def _part(settled: Settled, as_of: date) -> list[Any]:
    part = settled.part
    late = (as_of - part.pay_by).days
    return [part.number, part.due, part.pay_by, late, part.amount, settled.paid]


def _asked(
    fields: Sequence[_Field],
    journal: Journal,
    name: str,
    days: tuple[date, date | None],
    rows_of: Callable[[Loan], list[list[Any]]],
) -> Table:
    """Ask every part of the book for rows on its loans, and put them in order."""
    as_of, known_on = days

    def answer(part: Ledger) -> list[list[Plain]]:
        folio = portfolio(part, as_of)
        return [list(map(_plain, row)) for loan in folio.loans.values() for row in rows_of(loan)]

    found = ask(journal, f"export-{name} {as_of}", known_on, answer)
    rows = sorted((row for part in found for row in part), key=lambda row: str(row[0]))
    return _table(fields, (_cells(fields, row) for row in rows))


def _plain(value: Any) -> Plain:
    return str(value) if isinstance(value, Decimal | date) else value


def _cells(fields: Sequence[_Field], row: Sequence[Plain]) -> Row:
    return tuple(f.cell(value) for f, value in zip(fields, row, strict=True))


TABLES: Mapping[str, Callable[[Journal, date, date | None], Table]] = {
    "postings": postings,
    "payments": payments_,
    "loans": loans,
    "arrears": arrears,
}
"""Every table by its name."""
