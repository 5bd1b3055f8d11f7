"""The board: payments and decisions while a document or an order is being placed on them.

It is the book's fold, kept up to date with the entries that the order makes, so that the second
row of a list sees the first. It finds payments by what is certain, in the order of house.md,
*Same payment?*, and never by likeness alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.case import Case, cases
from mikroledger.domain.ledger import (
    Entry,
    Ledger,
    Opening,
    Posting,
    Record,
    Transaction,
    keys_of,
)
from mikroledger.domain.payment import Payment, Tallies
from mikroledger.domain.policy import policy_on
from mikroledger.domain.proposals import open_proposals
from mikroledger.money import ZERO
from mikroledger.services.meet import overlap


@dataclass(frozen=True, slots=True)
class Suspended:
    """A bank line of which `rest` lies in suspense; signed as in the book, out is positive."""

    txn: Transaction
    rest: Decimal


def _put_back(txn: Transaction) -> Suspended:
    """Return a line of which nothing is known to lie in suspense yet, under the line's own id.

    What a reversal puts back there is still that line of the bank's.
    """
    name = txn.get("evidence") or txn.id
    return Suspended(replace(txn, meta={**txn.meta, "id": name}) if name else txn, ZERO)


class Board:
    """Where every payment stands, entries of this order included."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self.ledger = ledger
        self.policy = policy_on(ledger, today)
        self.cases = cases(ledger)
        self.made: list[Entry] = []
        self.keys: set[str] = set()
        self.opened: list[Opening] = []
        self._tallies = Tallies()
        self._by_case: dict[str, dict[str, None]] = {}
        self._by_debtor: dict[str, dict[str, None]] = {}
        self._by_reference: dict[str, dict[str, None]] = {}
        self._by_voucher: dict[str, dict[str, None]] = {}
        self._by_entry: dict[str, dict[str, None]] = {}
        self._by_said: dict[str, dict[str, None]] = {}
        self._by_decision: dict[str, list[Case]] = {}
        self._suspended: dict[str, Suspended] = {}
        self._lines: dict[str, str] = {}
        self._owed: dict[str, Decimal] = {}
        self._cases_of: dict[str, list[Case]] = {}
        for case in self.cases.values():
            self._cases_of.setdefault(case.debtor, []).append(case)
            if case.decision:
                self._by_decision.setdefault(case.decision, []).append(case)
        for entry in ledger.entries:
            self._take(entry)
        self._proposals: dict[str, Record] = {}
        for proposal in open_proposals(ledger).values():
            self._proposals[proposal.get("payment")] = proposal

    def add(self, entry: Entry) -> None:
        """Take in an entry that this order makes."""
        self.made.append(entry)
        self.keys.update(keys_of(entry))
        self._take(entry)

    def open_for(self, txn: Transaction) -> None:
        """Open the loan accounts that a posting needs and the book does not have.

        A grant booked on the loan account (ML102) stands on an account of its own.
        """
        opened = {o.account for o in self.opened}
        for posting in txn.postings:
            account = posting.account
            known = account in self.ledger.accounts or account in opened
            if chart.is_loan(account) and not known:
                self.opened.append(Opening(date(1970, 1, 1), account))

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, Transaction):
            if entry.kind == "bank" and (waits := entry.on(chart.SUSPENSE)):
                line = self._suspended.get(entry.get("evidence"), _put_back(entry))
                self._suspended[line.txn.id] = replace(line, rest=line.rest + waits)
                self._lines[line.txn.get("key")] = line.txn.id
            for posting in entry.postings:
                if chart.is_overpaid(posting.account):
                    owed = self._owed.get(posting.account, ZERO) - posting.amount
                    self._owed[posting.account] = owed
        if named := entry.get("entry"):
            self._by_entry.setdefault(named, {})[entry.get("payment")] = None
        if said := entry.get("said"):
            self._by_said.setdefault(said, {})[entry.get("payment")] = None
        self._index(entry)

    def _index(self, entry: Entry) -> None:
        for name in self._tallies.add(entry):
            case, debtor, references, vouchers = self._tallies.known_by(name)
            for index, keys in (
                (self._by_case, (case,)),
                (self._by_debtor, (debtor,)),
                (self._by_reference, (*references, name)),
                (self._by_voucher, vouchers),
            ):
                for key in filter(None, keys):
                    index.setdefault(key, {})[name] = None

    def get(self, name: str) -> Payment | None:
        """Return a payment by id."""
        return self._tallies.get(name)

    def by_case(self, number: str) -> list[Payment]:
        """Return the payments under a decision."""
        return self._some(self._by_case.get(number, ()))

    def by_debtor(self, debtor: str) -> list[Payment]:
        """Return the payments that name a debtor, or one of the debtor's decisions.

        A giro card names a loan and no person.
        """
        named = dict(self._by_debtor.get(debtor, {}))
        for case in self.cases_of(debtor):
            named.update(self._by_case.get(case.number, {}))
        return self._some(named)

    def by_reference(self, reference: str) -> list[Payment]:
        """Return the payments that a reference names; a batch reference names several."""
        return self._some(self._by_reference.get(reference, ()))

    def by_voucher(self, voucher: str) -> list[Payment]:
        """Return the payments that an ERP voucher (number/year) has booked."""
        return self._some(self._by_voucher.get(voucher, ()))

    def by_entry(self, entry: str) -> list[Payment]:
        """Return the payments that notices of an entry of the bank's (account/id) have named."""
        return self._some(self._by_entry.get(entry, ()))

    def by_said(self, text: str) -> list[Payment]:
        """Return the repayments with which the bank gave a text that is not their name."""
        return self._some(self._by_said.get(text, ()))

    def proposals(self, reference: str) -> list[Record]:
        """Return the open payout proposals that carry a reference."""
        return [
            r
            for name, r in self._proposals.items()
            if reference in (name, r.get("reference")) and r.values[0] == "disburse"
        ]

    def proposals_of(self, loan: str) -> list[Record]:
        """Return the open payout proposals of a loan."""
        return [
            r
            for r in self._proposals.values()
            if r.values[0] == "disburse" and r.get("loan") == loan
        ]

    def in_suspense(self) -> list[Suspended]:
        """Return the bank lines of the book of which something lies in suspense."""
        return [each for each in self._suspended.values() if each.rest and each.txn.id]

    def suspended(self, reference: str, case: str) -> list[Suspended]:
        """Return the bank lines in suspense that carry a reference, or else name a loan."""
        lines = self.in_suspense()
        named = [e for e in lines if reference and e.txn.get("reference") == reference]
        return named or [e for e in lines if case and e.txn.get("loan") == case]

    def suspended_line(self, key: str) -> Suspended | None:
        """Return the bank line of a key, if some of it lies in suspense."""
        line = self._suspended.get(self._lines.get(key, ""))
        return line if line and line.rest else None

    @property
    def repayment_window(self) -> int:
        """Days within which two records may be one repayment: half a window.

        Instalments of equal sums come monthly; within half a month only one can be meant.
        """
        return self.policy.number("match-window-days") // 2

    def decisions(self, reference: str) -> list[Case]:
        """Return the decisions that the case system's number names."""
        return self._by_decision.get(reference, [])

    def cases_of(self, debtor: str) -> list[Case]:
        """Return the decisions on a debtor."""
        return self._cases_of.get(debtor, [])

    def debt(self, loan: str) -> Decimal:
        """Return what a loan's payouts exceed its repayments by; below zero it is overpaid."""
        return sum((p.amount for p in self.by_case(loan) if p.flow != "refund"), ZERO)

    def fresh(self, wanted: str) -> str:
        """Return a payment id that nobody has: `wanted`, or `wanted` with a number."""
        name, count = wanted, 1
        while self._tallies.get(name) or name in self._proposals:
            count += 1
            name = f"{wanted}.{count}"
        return name

    def _some(self, names: Iterable[str]) -> list[Payment]:
        return [p for p in map(self._tallies.get, names) if p]

    def flow_back(self) -> tuple[Entry, ...]:
        """Return this order's entries, with what is owed to borrowers set right.

        A loan's debt never goes below zero: the excess is owed to the borrower, and flows back
        to the loan when a repayment is reversed or a payout comes later.
        """
        entries = list(self.made)
        for loan, last in self._touched(entries):
            owed = max(-self.debt(loan), ZERO)
            held = self._owed.get(chart.overpaid_account(loan), ZERO)
            if owed != held:
                entries[last] = _shift(entries[last], loan, owed - held)
        return tuple(entries)

    def _touched(self, entries: list[Entry]) -> Iterator[tuple[str, int]]:
        """Yield the loans whose debt this order may have changed, with their last entry."""
        last: dict[str, int] = {}
        for place, entry in enumerate(entries):
            loan = entry.get("loan")
            if isinstance(entry, Transaction) and loan and entry.kind != "bank":
                last[loan] = place
        return iter(
            [(loan, place) for loan, place in last.items() if self.cases[loan].kind == "loan"],
        )


def _shift(entry: Entry, loan: str, amount: Decimal) -> Entry:
    """Move an amount from a loan's account to what is owed to its borrower."""
    assert isinstance(entry, Transaction), "only a transaction moves money"
    home, owed = chart.loan_account(loan), chart.overpaid_account(loan)
    postings = [*entry.postings]
    for place, posting in enumerate(postings):
        rest = posting.amount + amount
        if posting.account == home and overlap(posting.amount, -amount) == -amount:
            split = (replace(posting, amount=rest), replace(posting, account=owed, amount=-amount))
            postings[place : place + 1] = [each for each in split if each.amount]
            return replace(entry, postings=tuple(postings))
    moved = (*postings, Posting(home, amount), Posting(owed, -amount))
    return replace(entry, postings=moved)
