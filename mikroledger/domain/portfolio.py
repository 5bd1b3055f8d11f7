"""The portfolio: state of every loan on a day. One fold over the ledger.

Debt, plan and arrears come from the loan's payments wherever they stand; the account tells
where the ERP and our corrections have put them. While the two differ something is misbooked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from mikroledger.domain import chart
from mikroledger.domain.acceptance import acceptances
from mikroledger.domain.case import Case, cases, terms_of
from mikroledger.domain.ledger import Entry, Ledger, Record, Transaction
from mikroledger.domain.payment import Payment, payments
from mikroledger.domain.plan import (
    Arrears,
    Instalment,
    Settled,
    arrears,
    digest,
    late,
    on_hold,
    renewed,
    settle,
)
from mikroledger.domain.policy import Policy, policy_on
from mikroledger.domain.proposals import open_proposals
from mikroledger.money import ZERO

REMINDER, APOLOGY = "reminder", "apology"
"""Kinds of letters: one that asks for what is late, and one that takes such a letter back."""
RETURNED = "returned"
"""What the post says of a letter that nobody got."""
DEFERRAL = "DEFERRAL"
"""The stop of a loan of which nothing is asked for a time (henstand)."""
HANDED_OVER = "HANDED-OVER"
"""The stop of a loan that Gældsstyrelsen collects."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A stop (stopkode) on a loan's letters, with from, until, reason and who."""

    code: str
    loan: str
    start: date
    until: date | None
    reason: str
    by: str
    id: str

    def covers(self, day: date) -> bool:
        """Tell whether the hold is in force on `day`; its last day counts."""
        return self.start <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was made: ours, or another system's that was recorded.

    Args:
        fee: what it charged for itself.
        cancelled: an apology took it back: it asks for nothing, and is no step to the next.
        post: what became of it after it was made: handed-over, delivered, returned, or nothing.
    """

    kind: str
    loan: str
    on: date
    level: int
    deadline: date | None
    plan: str
    first_due: date | None
    record: Record
    fee: Decimal = ZERO
    cancelled: bool = False
    post: str = ""

    @property
    def ours(self) -> bool:
        """Whether it was made here, from a case that the gate had cleared."""
        return "file" in self.record.meta

    @property
    def reached(self) -> bool:
        """Whether it counts as read; made is enough as long as the post says nothing else."""
        return self.post != RETURNED


@dataclass(frozen=True)
class Loan:
    """One loan on one day."""

    case: Case
    as_of: date
    payments: tuple[Payment, ...]
    plan: tuple[Instalment, ...]
    account: Decimal
    holds: tuple[Hold, ...]
    letters: tuple[Letter, ...]
    corrections: tuple[Transaction, ...]
    changes: tuple[Record, ...] = ()
    """Later agreements on a new plan, oldest first; the last one is in force."""

    @property
    def number(self) -> str:
        return self.case.number

    @cached_property
    def plan_name(self) -> str:
        """What letters call the plan in force; another plan has another name."""
        return digest(self.plan, self.changes[-1].id if self.changes else "")

    @cached_property
    def payouts(self) -> tuple[Payment, ...]:
        """Payouts that stand, oldest first; reversed ones are worth nothing and left out."""
        return self._flow("out")

    @cached_property
    def repayments(self) -> tuple[Payment, ...]:
        return self._flow("in")

    def _flow(self, flow: str) -> tuple[Payment, ...]:
        found = (p for p in self.payments if p.flow == flow and p.amount != ZERO)
        return tuple(sorted(found, key=lambda payment: payment.value))

    @cached_property
    def disbursed(self) -> Decimal:
        return sum((p.amount for p in self.payouts), ZERO)

    @cached_property
    def repaid(self) -> Decimal:
        return -sum((p.amount for p in self.repayments), ZERO)

    @property
    def outstanding(self) -> Decimal:
        """The debt (restgæld): never below zero; what is beyond it is owed to the borrower."""
        return max(self.disbursed - self.repaid, ZERO)

    @property
    def overpaid(self) -> Decimal:
        return max(self.repaid - self.disbursed, ZERO)

    @cached_property
    def misbooked(self) -> Decimal:
        """How much of the loan's payments stands on accounts where it does not belong."""
        home = chart.loan_account(self.number)
        wrong = (abs(s) for p in self.payments for a, s in p.book.items() if a != home)
        return sum(wrong, ZERO)

    @property
    def paid_out(self) -> date | None:
        """The payout day: of the first payout that stands."""
        return self.payouts[0].value if self.payouts else None

    @cached_property
    def settled(self) -> tuple[Settled, ...]:
        return settle(self.plan, self.repaid)

    @cached_property
    def late(self) -> tuple[Settled, ...]:
        """The instalments whose last day in time is over and that are not paid in full."""
        return late(self.settled, self.as_of)

    @property
    def next_part(self) -> Settled | None:
        """The next instalment to pay from the day on."""
        ahead = (s for s in self.settled if s.missing > ZERO and s.part.pay_by >= self.as_of)
        return next(ahead, None)

    @cached_property
    def arrears(self) -> Arrears:
        """What is past due; nothing is before the payout."""
        if not self.outstanding:
            return Arrears(self.as_of)
        due = arrears(self.settled, self.as_of)
        due = replace(due, amount=min(due.amount, self.outstanding))
        spans = [(hold.start, hold.until or self.as_of) for hold in self.holds]
        return on_hold(due, spans)

    @property
    def next_due(self) -> date | None:
        """Due day of the oldest instalment that is not paid in full."""
        if not self.outstanding:
            return None
        return next((s.part.due for s in self.settled if s.missing > ZERO), None)

    @property
    def held(self) -> tuple[Hold, ...]:
        """The holds that are in force on the day."""
        return tuple(hold for hold in self.holds if hold.covers(self.as_of))

    @property
    def state(self) -> str:
        """The state by name: product.md, `show --json`."""
        if not self.payouts:
            return "approved"
        if self.overpaid:
            return "overpaid"
        if not self.outstanding:
            return "repaid"
        codes = {hold.code for hold in self.held}
        if HANDED_OVER in codes:
            return "handed-over"
        return "deferred" if DEFERRAL in codes else "active"


@dataclass(frozen=True)
class Portfolio:
    """Every loan, decision and payment on a day, as known in the ledger that it is made from.

    Args:
        files: SHA-256 of what lies in `letters/`, by name below the book; None where nobody
            has looked.
        idle: acceptances that hide no finding, once all rules but the last have judged.
    """

    ledger: Ledger
    as_of: date
    cases: Mapping[str, Case]
    payments: Mapping[str, Payment]
    loans: Mapping[str, Loan]
    policy: Policy
    files: Mapping[str, str] | None = None
    idle: tuple[Record, ...] = ()

    @cached_property
    def current(self) -> tuple[Payment, ...]:
        """The payments that count on the day."""
        return tuple(p for p in self.payments.values() if p.value <= self.as_of)

    @cached_property
    def own(self) -> tuple[Transaction | Record, ...]:
        """The transactions and records that count on the day, without nobody's (`Ledger.own`).

        Where something is accepted, or waits, it may be of nobody's: they are all judged then.
        """
        all_of_them = acceptances(self.ledger) or self.waiting
        return tuple(
            entry
            for entry in (self.ledger.entries if all_of_them else self.ledger.own)
            if isinstance(entry, Transaction | Record) and entry.value <= self.as_of
        )

    def kind(self, payment: Payment) -> str:
        """Return what a payment was decided to be: loan, grant, subsistence, or nothing."""
        case = self.cases.get(payment.case)
        return case.kind if case else ""

    @cached_property
    def corrected(self) -> Mapping[str, tuple[Transaction, ...]]:
        """Corrections by the payment that they put right."""
        return _by_payment(self.ledger.transactions, "reclassify")

    @cached_property
    def waiting(self) -> Mapping[str, Record]:
        """Proposals that no second person has ended, by id."""
        return open_proposals(self.ledger)

    @cached_property
    def unplaced(self) -> tuple[Record, ...]:
        """Records that no rule could place for certain, and nobody has placed since."""
        placed = {record.get("places") for record in self.ledger.records("placed")}
        return tuple(r for r in self.ledger.records("unplaced") if r.id not in placed)

    @cached_property
    def bank_until(self) -> date | None:
        """The last day that imported bank statements cover."""
        return max((d for d in self.ledger.once(_covered) if d <= self.as_of), default=None)


def _covered(ledger: Ledger) -> tuple[date, ...]:
    """Return the last days of all imported bank statements."""
    common = ledger.common.once(_covered) if ledger.common else ()
    imports = (e for e in ledger.own if isinstance(e, Record) and e.name == "import")
    days = (record.meta.get("until") for record in imports)
    return (*common, *(day for day in days if isinstance(day, date)))


def _by_payment(
    transactions: Sequence[Transaction],
    kind: str,
) -> Mapping[str, tuple[Transaction, ...]]:
    found: dict[str, list[Transaction]] = {}
    for txn in transactions:
        if txn.kind == kind:
            found.setdefault(txn.get("payment"), []).append(txn)
    return {name: tuple(each) for name, each in found.items()}


def _corrections(ledger: Ledger) -> Mapping[str, tuple[Transaction, ...]]:
    """Corrections of a misbooking by payment: our vouchers, and the ERP's own."""
    undone = {txn.get("reverses") for txn in ledger.transactions}
    found: dict[str, list[Transaction]] = {}
    for txn in ledger.transactions:
        own = txn.kind == "reclassify" and txn.id not in undone
        if own or (txn.kind == "erp" and _takes_back(txn)):
            found.setdefault(txn.get("payment"), []).append(txn)
    return {name: tuple(each) for name, each in found.items()}


def _takes_back(txn: Transaction) -> bool:
    """Tell whether an ERP voucher takes a payment off an account that is not a loan's."""
    sign = -1 if txn.get("flow") == "in" else 1
    return any(
        p.amount * sign < ZERO and p.account.startswith(("Expenses:", "Income:"))
        for p in txn.postings
    )


def _holds(ledger: Ledger) -> Mapping[str, tuple[Hold, ...]]:
    ends = {r.get("ends"): r.value for r in ledger.records("resume")}
    found: dict[str, list[Hold]] = {}
    for record in ledger.records("hold"):
        until = ends.get(record.id, record.meta.get("until"))
        hold = Hold(
            code=str(record.values[0]),
            loan=record.get("loan"),
            start=record.value,
            until=until if isinstance(until, date) else None,
            reason=record.get("reason"),
            by=record.by,
            id=record.id,
        )
        found.setdefault(hold.loan, []).append(hold)
    return {loan: tuple(each) for loan, each in found.items()}


def _letters(ledger: Ledger, as_of: date) -> Mapping[str, tuple[Letter, ...]]:
    records = [r for r in ledger.records("letter") if r.value <= as_of]
    sorry = [r for r in records if r.values[0] == APOLOGY]
    post = {r.get("evidence"): r.values[0] for r in ledger.records("delivery") if r.value <= as_of}
    found: dict[str, list[Letter]] = {}
    for record in records:
        mine = (r for r in sorry if r.get("loan") == record.get("loan"))
        letter = _letter(record, mine, str(post.get(record.id, "")))
        found.setdefault(letter.loan, []).append(letter)
    return {loan: tuple(each) for loan, each in found.items()}


def _letter(record: Record, sorry: Iterable[Record], post: str) -> Letter:
    level, deadline = record.meta.get("level"), record.meta.get("deadline")
    first, fee = record.meta.get("first-due"), record.meta.get("fee")
    return Letter(
        kind=str(record.values[0]),
        loan=record.get("loan"),
        on=record.value,
        level=level if isinstance(level, int) else 0,
        deadline=deadline if isinstance(deadline, date) else None,
        plan=record.get("plan"),
        first_due=first if isinstance(first, date) else None,
        record=record,
        fee=fee if isinstance(fee, Decimal) else ZERO,
        cancelled=record.values[0] == REMINDER and any(_takes_it_back(s, record) for s in sorry),
        post=post,
    )


def _takes_it_back(apology: Record, letter: Record) -> bool:
    """Tell whether an apology is for a letter; one that names none is for all before it."""
    return apology.value >= letter.value and apology.get("corrects") in ("", letter.id)


def plan_of(
    case: Case,
    paid: Sequence[Payment],
    changes: Sequence[Record],
) -> tuple[Instalment, ...]:
    """Make a loan's plan: from its payout day, until then provisionally from its decision.

    Args:
        changes: the agreements on a new plan for what was outstanding on their day, in order.
    """
    days = sorted(p.value for p in paid if p.flow == "out" and p.amount != ZERO)
    plan = case.terms.plan(case.principal, days[0] if days else case.decided)
    for change in changes:
        _, rest = change.values
        assert isinstance(rest, Decimal), "a new plan names an amount"
        new = terms_of(change).plan(rest, change.value)
        plan = renewed(plan, case.principal - rest, new)
    return plan


def _changes(ledger: Ledger, as_of: date) -> Mapping[str, tuple[Record, ...]]:
    """New plans by loan, in the order of their days."""
    found: dict[str, list[Record]] = {}
    for record in sorted(ledger.records("plan"), key=lambda each: each.value):
        if record.value <= as_of:
            found.setdefault(record.get("loan"), []).append(record)
    return {loan: tuple(each) for loan, each in found.items()}


def portfolio(
    ledger: Ledger,
    as_of: date,
    files: Mapping[str, str] | None = None,
) -> Portfolio:
    """Fold a ledger into the state of every loan on `as_of`: value days up to it.

    Args:
        files: SHA-256 of what lies in `letters/`, if somebody has looked.
    """
    known = payments(ledger)
    decided = cases(ledger)
    holds, letters = _holds(ledger), _letters(ledger, as_of)
    changes = _changes(ledger, as_of)
    by_case: dict[str, list[Payment]] = {}
    for payment in known.values():
        if payment.flow != "refund" and payment.value <= as_of:
            by_case.setdefault(payment.case, []).append(payment)
    corrections = _corrections(ledger)
    balances = _balances(ledger, as_of)
    loans = {}
    for case in decided.values():
        if case.kind == "loan":
            paid = tuple(by_case.get(case.number, ()))
            loans[case.number] = Loan(
                case=case,
                as_of=as_of,
                payments=paid,
                plan=plan_of(case, paid, changes.get(case.number, ())),
                account=balances.get(chart.loan_account(case.number), ZERO),
                holds=holds.get(case.number, ()),
                letters=letters.get(case.number, ()),
                corrections=_in_order(c for p in paid for c in corrections.get(p.id, ())),
                changes=changes.get(case.number, ()),
            )
    return Portfolio(ledger, as_of, decided, known, loans, policy_on(ledger, as_of), files)


def _in_order(transactions: Iterable[Transaction]) -> tuple[Transaction, ...]:
    return tuple(sorted(transactions, key=lambda txn: txn.commit))


def _balances(ledger: Ledger, as_of: date) -> Mapping[str, Decimal]:
    """Balances of all accounts by value day; a posting's date does not matter here."""
    sums: dict[str, Decimal] = {}
    for txn in ledger.transactions:
        if txn.value <= as_of:
            for posting in txn.postings:
                sums[posting.account] = sums.get(posting.account, ZERO) + posting.amount
    return sums


def case_of(portfolio: Portfolio, entry: Entry) -> Case | None:
    """Return the decision that an entry names."""
    return portfolio.cases.get(entry.get("loan"))
