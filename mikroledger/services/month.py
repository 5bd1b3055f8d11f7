"""An accounting month in figures: opening, movements, closing, and what is left of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mikroledger.domain.accounts import balances, is_year_end, pool
from mikroledger.domain.ledger import Ledger, Record, Transaction
from mikroledger.domain.payment import payment_of
from mikroledger.domain.periods import CLOSE, Month, parse_month
from mikroledger.domain.proposals import open_proposals
from mikroledger.domain.reconciliation import Control, LoanRow, Reconciliation
from mikroledger.domain.rule import Rule
from mikroledger.money import ZERO
from mikroledger.services.order import amount_of
from mikroledger.services.reconcile import reconcile


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting of the month.

    `earlier` tells that it belongs to a period before: a late fact, or a correction of an error.
    """

    entry: Transaction
    account: str
    amount: Decimal
    payment: str
    earlier: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What an account held before the month, what moved it (by kind), and what it holds after."""

    account: str
    opening: Decimal
    kinds: Mapping[str, Decimal]

    @property
    def movement(self) -> Decimal:
        return sum(self.kinds.values(), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.movement


@dataclass(frozen=True, slots=True)
class Earlier:
    """An entry of the month that belongs to an earlier one, and keeps its value day.

    `year` is the accounting year in which the error was made, where it is a correction of one.
    """

    entry: Transaction
    amount: Decimal
    year: str


@dataclass(frozen=True, slots=True)
class Specified:
    """A line of the year's balance specification: what municipalities ask for."""

    loan: str
    debtor: str
    day: date
    settlement: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who prepared and who reviewed a month; empty where nobody has yet."""

    prepared: str = ""
    reviewed: str = ""


@dataclass(frozen=True)
class Report:
    """A month as its two signers and the auditor see it."""

    month: Month
    made: Reconciliation
    moved: tuple[Moved, ...]
    earlier: tuple[Earlier, ...]
    specification: tuple[Specified, ...]
    signed: Signatures


def report(ledger: Ledger, rules: Sequence[Rule], month: Month) -> Report:
    """Return the report of a month, with the control account as it was given to its signers."""
    made = reconcile(ledger, rules, month.last, control_of(signing(ledger, month)))
    return Report(
        month=month,
        made=made,
        moved=moved(made, month.first),
        earlier=earlier(made, month.first),
        specification=specification(made),
        signed=signatures(ledger, month),
    )


def control_of(entry: Record | None) -> Control | None:
    """Return what the ERP's loan account held, as it was given with a closing."""
    amount = entry.meta.get("control") if entry else None
    if not (entry and isinstance(amount, Decimal)):
        return None
    return Control(amount, entry.get("control-account"), entry.get("control-source"))


def signing(ledger: Ledger, month: Month) -> Record | None:
    """Return the record by which a month was closed, or else the proposal that waits."""
    closed = (r for r in ledger.records(CLOSE) if str(month) <= str(r.values[0]))
    return next(closed, None) or waiting_close(ledger, month)


def signatures(ledger: Ledger, month: Month) -> Signatures:
    """Tell who has signed a month."""
    record = signing(ledger, month)
    return Signatures(record.by, record.get("countersigned")) if record else Signatures()


def waiting_close(ledger: Ledger, month: Month) -> Record | None:
    """Return the proposal to close a month that waits for the second person."""
    for proposal in open_proposals(ledger).values():
        if proposal.values == (CLOSE, str(month)):
            return proposal
    return None


def movements(ledger: Ledger, first: date, last: date) -> Iterator[Movement]:
    """Yield the postings of the days from `first` to `last`."""
    is_earlier = _earlier_than(ledger, first)
    for txn in ledger.transactions:
        if first <= txn.day <= last:
            for posting in txn.postings:
                yield Movement(
                    txn,
                    posting.account,
                    posting.amount,
                    payment_of(txn, posting),
                    is_earlier(txn),
                )


_CORRECTIONS = frozenset({"reclassify", "reverse"})


def _earlier_than(ledger: Ledger, first: date) -> Callable[[Transaction], bool]:
    """Return what tells an entry that belongs to a period before `first`.

    It corrects one, or its value day lay in a closed month when it was booked.
    """
    closings = [(r.commit, parse_month(str(r.values[0])).last) for r in ledger.records(CLOSE)]

    def is_earlier(txn: Transaction) -> bool:
        if txn.value >= first:
            return False
        closed = any(txn.commit > commit and txn.value <= last for commit, last in closings)
        return closed or txn.kind in _CORRECTIONS

    return is_earlier


def moved(made: Reconciliation, first: date) -> tuple[Moved, ...]:
    """Return every account that held anything, or moved, since `first`."""
    opening: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account, amount in balances(made.folio.ledger, first - timedelta(days=1)).items():
        opening[pool(account)] += amount
    kinds: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for movement in movements(made.folio.ledger, first, made.as_of):
        kinds[pool(movement.account)][movement.entry.kind] += movement.amount
    rows = (Moved(a, opening[a], dict(kinds[a])) for a in sorted({*opening, *kinds}))
    return tuple(row for row in rows if row.opening or any(row.kinds.values()))


def earlier(made: Reconciliation, first: date) -> tuple[Earlier, ...]:
    """Return what the month holds of earlier ones: late facts, and corrections of old errors."""
    ledger = made.folio.ledger
    is_earlier = _earlier_than(ledger, first)
    return tuple(
        Earlier(txn, amount_of(txn), txn.get("prior-year"))
        for txn in ledger.transactions
        if first <= txn.day <= made.as_of and is_earlier(txn)
    )


def specification(made: Reconciliation) -> tuple[Specified, ...]:
    """Return what the loan account consists of, at a year's end; else nothing."""
    if not is_year_end(made.as_of):
        return ()
    return tuple(_specified(made, row) for row in made.loans if row.account)


def _specified(made: Reconciliation, row: LoanRow) -> Specified:
    loan = made.folio.loans.get(row.number)
    paid_out = loan.paid_out if loan else None
    last = loan.plan[-1].due if loan and loan.plan else None
    return Specified(row.number, row.debtor, paid_out or made.as_of, last, row.account)
