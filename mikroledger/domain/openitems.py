"""How a reconciliation is made: its legs, and every item that stands between their sides.

One fault is one item. What makes a leg differ has a share of its difference; what must only be
known (`ahead`, rows without a payment, a refund on a loan) has none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from mikroledger.days import add_banking_days
from mikroledger.domain import chart
from mikroledger.domain.accounts import UNSETTLED, Accounts, evidence, is_year_end, pool
from mikroledger.domain.finding import Findings
from mikroledger.domain.ledger import Entry, Ledger, Transaction
from mikroledger.domain.payment import Payment, payment_of, postings_of
from mikroledger.domain.periods import month_of
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.reconciliation import (
    BANK,
    CONTROL,
    LOANS,
    PLAN,
    Control,
    Explanation,
    Item,
    Leg,
    Reconciliation,
)
from mikroledger.money import ZERO
from mikroledger.words import Text

EXPLAINED = "explained"
"""The record of a reason: `custom "mikroledger" "explained" "payouts:PAY-1" 500.00 DKK`."""

_CALLED = {
    chart.GRANTS: Text("tilskud", "grants"),
    chart.SUBSISTENCE: Text("forsørgelse", "subsistence"),
    chart.ELSEWHERE: Text("en konto, som kontoplanen ikke kender", "an account not in the chart"),
    chart.INCOME: Text("indtægt", "income"),
    chart.UNASSIGNED: Text("lånekontoen uden lånenummer", "the loan account without a number"),
}
_WAITS = {
    chart.PAYOUTS: (
        Text("Udbetalt i bogen, ikke i banken", "Paid out in the book, not by the bank"),
        Text("Udbetalt af banken, ikke i bogen", "Paid out by the bank, not in the book"),
    ),
    chart.REPAYMENTS: (
        Text("Modtaget i banken, ikke i bogen", "Received by the bank, not in the book"),
        Text("Afdrag i bogen, ikke i banken", "Repaid in the book, not at the bank"),
    ),
    chart.RETURNED: (
        Text("Kom retur; er ikke taget af lånet", "Was returned; is not taken off the loan"),
        Text("Taget af lånet; er ikke kommet retur", "Taken off the loan; was not returned"),
    ),
    chart.SUSPENSE: (
        Text("Indbetaling, som ingen har placeret", "Money in that nobody has placed"),
        Text("Udbetaling, som ingen har placeret", "Money out that nobody has placed"),
    ),
}
"""What a balance on an account says, in credit and in debit."""


def reconciliation(
    folio: Portfolio,
    findings: Findings,
    control: Control | None = None,
    later: Portfolio | None = None,
) -> Reconciliation:
    """Reconcile a portfolio.

    Args:
        folio: made of the accounts up to its day (`accounts.until`).
        findings: of the same portfolio; they tell what is wrong with an item.
        control: what the ERP's loan account holds; without it, what its lists have shown.
        later: all that is known, where accounts go on after the day: what it has settled.
    """
    accounts = Accounts(folio)
    shown, erp = accounts.control, accounts.balance_said(control)
    items = _Items(accounts, findings).all(control)
    if later:
        items = _settled(items, later)
    legs = (
        Leg(
            PLAN,
            Text("Plan mod bog: gæld og lånekonti", "Plan against ledger: debt, loan accounts"),
            sum((row.debt for row in accounts.loans), ZERO),
            shown.book,
        ),
        Leg(
            CONTROL,
            Text("Bog mod økonomisystemets kontrolkonto", "Ledger against the control account"),
            shown.book,
            erp + shown.ahead - shown.unplaced,
            control.kind if control else "posting-lists",
        ),
        accounts.bank_leg(),
    )
    return Reconciliation(
        folio=folio,
        findings=findings,
        control=control,
        legs=legs,
        items=_explained(folio.ledger, items),
        loans=accounts.loans,
        accounts=accounts.rows,
        statements=accounts.statements,
    )


def _explained(ledger: Ledger, items: Iterable[Item]) -> tuple[Item, ...]:
    """Give each item the newest reason that was recorded for it at its amount."""
    known = {
        (str(record.values[0]), record.values[1]): Explanation(
            record.get("reason"), record.by, record.booked
        )
        for record in ledger.records(EXPLAINED)
    }
    return tuple(replace(item, explanation=known.get((item.id, item.amount))) for item in items)


def _settled(items: Sequence[Item], later: Portfolio) -> tuple[Item, ...]:
    """Note the day on which an item was settled, where the accounts after the day do so."""
    found = _Items(Accounts(later), Findings(()), {item.about for item in items})
    still = {(item.leg, item.about) for item in found.of_payments()}
    taken: dict[str, list[date]] = defaultdict(list)
    for txn in later.ledger.transactions:
        taken[txn.get("evidence")].append(txn.day)
    made = []
    for item in items:
        payment = later.payments.get(item.payment)
        days = [entry.day for entry in payment.entries] if payment else taken[item.about]
        after = [day for day in days if day > item.as_of]
        over = after and (item.leg, item.about) not in still
        made.append(replace(item, settled=max(after)) if over else item)
    return tuple(made)


@dataclass(slots=True)
class _Waiting:
    """What is left on a clearing account of one payment or line, and where it began."""

    first: Transaction
    amount: Decimal = ZERO


class _Items:
    """Finds the items of a day's accounts.

    Args:
        only: payments and lines to look at; the rest of a large book need not be told again.
    """

    def __init__(
        self,
        accounts: Accounts,
        findings: Findings,
        only: Collection[str] | None = None,
    ) -> None:
        self.accounts = accounts
        self.folio = accounts.folio
        self.ledger = self.folio.ledger
        self.as_of = self.folio.as_of
        self.payments = self.folio.payments
        self._only = only
        self._in_days = self.folio.policy.number("bank-fresh-banking-days")
        self._codes: dict[str, dict[str, None]] = defaultdict(dict)
        for finding in findings.open:
            self._codes[finding.transaction][finding.code] = None
            if finding.fix:
                self._codes[_fixes(finding.fix.payment)][finding.code] = None

    def all(self, control: Control | None) -> tuple[Item, ...]:
        """Return every item, leg by leg."""
        return (
            *self.misbooked(),
            *self.beside_payments(),
            *self.refunds(),
            *self.unplaced(),
            *self.outside(),
            *self.beyond_lists(control),
            *self.ahead(),
            *self.unsettled(),
            *self.breaks(),
        )

    def of_payments(self) -> tuple[Item, ...]:
        """Return the items of payments and lines: those that a later entry can settle."""
        return (*self.misbooked(), *self.refunds(), *self.ahead(), *self.unsettled())

    def _looked_at(self) -> Iterator[Payment]:
        names = self.payments if self._only is None else self._only
        return (self.payments[name] for name in names if name in self.payments)

    def misbooked(self) -> Iterator[Item]:
        """Yield the payments of which debt and loan account differ."""
        for payment in self._looked_at():
            share = _total(self._owed(payment)) - _total(self._stands(payment))
            waiting = payment.book.get(chart.REPOSTING, ZERO)
            if waiting:
                yield self._half_corrected(payment, waiting, share)
            elif share:
                yield self._stands_wrong(payment, share)

    def beside_payments(self) -> Iterator[Item]:
        """Yield what stands on loan accounts and belongs to no payment."""
        rest = defaultdict(lambda: ZERO, {r.number: r.difference for r in self.accounts.loans})
        for payment in self.payments.values():
            for number, amount in self._owed(payment).items():
                rest[number] -= amount
            for number, amount in self._stands(payment).items():
                rest[number] += amount
        for number, share in sorted(rest.items()):
            if share:
                yield self._on_no_payment(number, share)

    def _owed(self, payment: Payment) -> Mapping[str, Decimal]:
        """Return what a payment adds to the debt, by loan."""
        loan = payment.flow != "refund" and self.folio.kind(payment) == "loan"
        return {payment.case: payment.amount} if loan else {}

    def _stands(self, payment: Payment) -> Mapping[str, Decimal]:
        """Return what of a payment stands on loan accounts where it may be, by loan."""
        own = chart.loan_account(payment.case)
        right = self.folio.kind(payment) == "loan"
        return {
            chart.number_of(account): amount
            for account, amount in payment.book.items()
            if chart.is_loan(account) and (account == own or not right)
        }

    def _half_corrected(self, payment: Payment, waiting: Decimal, share: Decimal) -> Item:
        text = Text(
            "Økonomisystemet har kun bogført den ene halvdel af en rettelse",
            "The ERP has booked only one half of a correction",
        )
        return replace(
            self._of(payment, self._newest(payment, {chart.REPOSTING})),
            id=f"reposting:{payment.id}",
            kind="reposting",
            leg=PLAN,
            account=chart.REPOSTING,
            amount=waiting,
            share=share,
            text=text,
        )

    def _stands_wrong(self, payment: Payment, share: Decimal) -> Item:
        home = chart.loan_account(payment.case)
        if self.folio.kind(payment) == "loan":
            wrong = [account for account in payment.book if account != home]
            what = Text("Et lån", "A loan")
            if payment.flow == "in":
                what = Text("Et afdrag", "A repayment")
            words = [_where(account) for account in wrong]
            da, en = (" og ".join(w.da for w in words), " and ".join(w.en for w in words))
            text = Text(f"{what.da} står {da}", f"{what.en} stands {en}")
        else:
            wrong = [account for account in payment.book if chart.is_loan(account)]
            text = Text(
                "Står på lånekontoen, men hører ikke til et lån",
                "Stands on the loan account, but belongs to no loan",
            )
        return replace(
            self._of(payment, self._newest(payment, wrong)),
            id=f"misbooked:{payment.id}",
            kind="misbooked",
            leg=PLAN,
            account=", ".join(wrong),
            amount=share,
            share=share,
            text=text,
        )

    def _on_no_payment(self, number: str, share: Decimal) -> Item:
        account = chart.loan_account(number) if number else chart.UNASSIGNED
        text = Text(
            "Står på lånets konto og hører ikke til en betaling",
            "Stands on the loan's account and belongs to no payment",
        )
        return replace(
            self._from(self._stray(account)),
            id=f"loan:{number or 'Unassigned'}",
            kind="loan",
            leg=PLAN,
            account=account,
            amount=share,
            share=share,
            text=text,
            loan=number,
        )

    def refunds(self) -> Iterator[Item]:
        """Yield state refunds that stand claimed on loans: at the month's end there are none."""
        for payment in self._looked_at():
            if payment.flow == "refund" and self._claims_on_loan(payment):
                yield replace(
                    self._of(payment, self._newest(payment, {chart.REFUND})),
                    id=f"refund:{payment.id}",
                    kind="refund",
                    leg=CONTROL,
                    account=chart.REFUND,
                    amount=payment.amount,
                    text=Text(
                        "Statsrefusion er hjemtaget på et lån",
                        "State refund was claimed on a loan",
                    ),
                )

    def _claims_on_loan(self, payment: Payment) -> bool:
        return payment.amount != ZERO and self.folio.kind(payment) == "loan"

    def ahead(self) -> Iterator[Item]:
        """Yield what the book holds and no list of the ERP has shown: known, and no difference."""
        for payment in self._looked_at():
            if not payment.ahead:
                continue
            on_loans = [a for a in payment.ahead if chart.is_loan(a)]
            account = (on_loans or sorted(payment.ahead, key=payment.ahead.__getitem__))[-1]
            yield replace(
                self._of(payment, self._newest(payment, payment.ahead)),
                id=f"ahead:{payment.id}",
                kind="ahead",
                leg=CONTROL,
                account=account,
                amount=payment.ahead[account],
                text=Text(
                    "Bogført her; venter på økonomisystemets liste",
                    "Booked here; waits for the ERP's list",
                ),
                codes=(),
                needs=is_year_end(self.as_of),
            )

    def unplaced(self) -> Iterator[Item]:
        """Yield rows of the ERP's lists that no payment fits."""
        for record in self.folio.unplaced:
            account, amount = evidence(record)
            yield replace(
                self._from(record),
                id=f"unplaced:{record.id}",
                kind="unplaced",
                leg=CONTROL,
                account=account,
                amount=amount,
                text=Text(
                    f"Bilag {record.get('voucher')}: ingen ved, hvilken betaling det er",
                    f"Voucher {record.get('voucher')}: nobody knows which payment it is",
                ),
                debtor=record.get("debtor"),
            )

    def outside(self) -> Iterator[Item]:
        """Yield accounts on which the book is not ERP + ahead - unplaced."""
        for row in self.accounts.rows:
            if row.difference:
                yield replace(
                    self._from(self._stray(row.account)),
                    id=f"account:{row.account.rpartition(':')[2]}",
                    kind="account",
                    leg=CONTROL,
                    account=row.account,
                    amount=row.difference,
                    share=row.difference if row.account == LOANS else ZERO,
                    text=Text(
                        "Posteringer på kontoen, som ikke hører til en betaling",
                        "Postings on the account that belong to no payment",
                    ),
                )

    def beyond_lists(self, control: Control | None) -> Iterator[Item]:
        """Yield what the control account holds and the imported lists have not shown."""
        amount = self.accounts.control.erp - self.accounts.balance_said(control)
        if control and amount:
            yield replace(
                self._from(None),
                id=f"control:{control.funktion}",
                kind="control",
                leg=CONTROL,
                account=control.funktion,
                amount=amount,
                share=amount,
                text=Text(
                    "Indlæste posteringslister mod økonomisystemets saldo",
                    "Imported posting lists against the ERP's balance",
                ),
            )

    def unsettled(self) -> Iterator[Item]:
        """Yield what waits on the accounts between payments and bank."""
        for account in UNSETTLED:
            for name, waiting in self._waiting(account).items():
                if waiting.amount and (self._only is None or name in self._only):
                    yield self._waits(account, name, waiting)

    def _waits(self, account: str, name: str, waiting: _Waiting) -> Item:
        credit, debit = _WAITS[account]
        payment = self.payments.get(name)
        blank = self._of(payment, waiting.first) if payment else self._from(waiting.first)
        by_bank = waiting.first.kind != "bank" and account in chart.CLEARING
        return replace(
            blank,
            id=f"{_tail(account)}:{name}",
            kind=_tail(account),
            leg=BANK,
            account=account,
            amount=waiting.amount,
            share=waiting.amount,
            text=credit if waiting.amount < ZERO else debit,
            expected=add_banking_days(blank.since, self._in_days) if by_bank else blank.expected,
        )

    def _waiting(self, account: str) -> Mapping[str, _Waiting]:
        """Add up an account by payment; what has none, by the line that it came with."""
        waiting: dict[str, _Waiting] = {}
        named: dict[str, str] = {}
        for txn in self.ledger.transactions:
            for posting in txn.postings:
                if posting.account == account:
                    name = _came_with(txn, payment_of(txn, posting), account)
                    name = named.get(name, name)  # what was taken back lies under its payment
                    named.setdefault(txn.id, name)
                    found = waiting.setdefault(name, _Waiting(txn))
                    found.amount += posting.amount
        return waiting

    def breaks(self) -> Iterator[Item]:
        """Yield accounts whose statement says another balance than its lines in the book."""
        for bank in self.accounts.statements:
            if bank.difference:
                yield replace(
                    self._from(None),
                    id=f"statement:{bank.account}",
                    kind="statement",
                    leg=BANK,
                    account=chart.BANK,
                    amount=bank.difference,
                    share=bank.difference,
                    text=Text(
                        f"Kontoudtoget til {bank.until} har en anden saldo end bogens linjer: et"
                        " kontoudtog mangler",
                        f"The statement until {bank.until} has another balance than the book's"
                        " lines: a statement is missing",
                    ),
                    day=bank.until,
                    since=bank.until,
                )

    # what items share

    def _from(self, entry: Entry | None) -> Item:
        """Return an item that began with an entry; there may be none."""
        day = entry.day if entry else self.as_of
        return Item(
            id="",
            kind="",
            leg="",
            account="",
            amount=ZERO,
            share=ZERO,
            text=Text("", ""),
            day=day,
            since=entry.value if entry else self.as_of,
            expected=_next_month_end(day),
            as_of=self.as_of,
            owner=entry.by if entry else "",
            loan=entry.get("loan") if entry else "",
            codes=tuple(self._codes.get(entry.id, ())) if entry else (),
        )

    def _of(self, payment: Payment, entry: Entry) -> Item:
        """Return an item on a payment that began with an entry."""
        case = self.folio.cases.get(payment.case)
        names = [*(each.id for each in payment.entries), _fixes(payment.id)]
        codes = dict.fromkeys(code for name in names for code in self._codes.get(name, ()))
        return replace(
            self._from(entry),
            loan=payment.case,
            debtor=payment.debtor or (case.debtor if case else ""),
            payment=payment.id,
            codes=tuple(sorted(codes)),
        )

    @staticmethod
    def _newest(payment: Payment, accounts: Collection[str]) -> Entry:
        """Return what put a payment on some accounts, or else what it began with."""
        wanted = {pool(account) for account in accounts}
        for entry in reversed(payment.entries):
            if isinstance(entry, Transaction):
                own = postings_of(entry, payment.id)
                if any(pool(posting.account) in wanted for posting in own):
                    return entry
        return payment.entries[0]

    def _stray(self, account: str) -> Transaction | None:
        """Return the first posting on an account, or a pool of them, that has no payment."""
        for txn in self.ledger.transactions:
            for posting in txn.postings:
                here = account in (posting.account, pool(posting.account))
                if here and not payment_of(txn, posting):
                    return txn
        return None


def _came_with(txn: Transaction, payment: str, account: str) -> str:
    """Name what a posting on a clearing account is settled with.

    Money that lies in suspense is known by the bank's line, until somebody takes it from there.
    """
    if account == chart.SUSPENSE and (txn.kind == "bank" or "evidence" in txn.meta):
        return txn.get("evidence") or txn.id
    return payment or txn.id


def _where(account: str) -> Text:
    """Say how money stands on an account that is not its own."""
    number = chart.number_of(account) or account
    called = _CALLED.get(account, Text(number, number))
    if account in _CALLED and account != chart.ELSEWHERE:
        return Text(f"som {called.da}", f"as {called.en}")
    return Text(f"på {called.da}", f"on {called.en}")


def _total(sums: Mapping[str, Decimal]) -> Decimal:
    return sum(sums.values(), ZERO)


def _tail(account: str) -> str:
    return account.rpartition(":")[2].lower()


def _fixes(payment: str) -> str:
    return f"fixes {payment}"


def _next_month_end(day: date) -> date:
    """Return the last day of the month after: by then the next lists have come."""
    return month_of(month_of(day).last + timedelta(days=1)).last
