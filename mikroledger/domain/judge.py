"""What the rules share: which payments they judge, and how a hit on one is made.

Amounts in hits are positive: how much is wrong. Payments whose value day lies after the day of
the question are not judged, and likeness alone ("mulig") is never more than a warning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mikroledger.domain import chart, fik
from mikroledger.domain.case import Case
from mikroledger.domain.finding import Fix, Hit, Severity
from mikroledger.domain.ledger import Entry, Ledger, Transaction
from mikroledger.domain.payment import Flow, Payment, Sums, postings_of
from mikroledger.domain.portfolio import Letter, Loan, Portfolio
from mikroledger.money import ZERO
from mikroledger.words import Text

APOLOGY = "apology"
"""The letter that ends a finding about a letter; `corrects` may name the one that was wrong."""
_EXPENSES = frozenset({chart.GRANTS, chart.SUBSISTENCE, chart.ELSEWHERE})


def judged(folio: Portfolio, *flows: Flow) -> Iterator[Payment]:
    """Yield the payments of some flows that count on the portfolio's day."""
    return (payment for payment in folio.current if payment.flow in flows)


def wrong_accounts(folio: Portfolio, payment: Payment) -> Sums:
    """Return what of a payment stands where it does not belong, by account."""
    home = payment.right(folio.kind(payment))
    return {account: amount for account, amount in payment.book.items() if account != home}


@dataclass(frozen=True, slots=True)
class Spent:
    """A loan's payout that stands as an expense: how much on which account.

    `split` tells whether another part of it stands on the loan's own account.
    """

    payment: Payment
    wrong: Sums
    split: bool


def loans_spent(folio: Portfolio) -> Iterator[Spent]:
    """Yield the payouts of loans that stand as an expense, in whole or in part."""
    for payment in judged(folio, "out"):
        wrong = {a: s for a, s in payment.book.items() if a in _EXPENSES and s > ZERO}
        if wrong and folio.kind(payment) == "loan":
            split = payment.book.get(chart.loan_account(payment.case), ZERO) > ZERO
            yield Spent(payment, wrong, split)


def debits_on_loans(payment: Payment) -> Sums:
    """Return what of a payment stands as a debit on loan accounts."""
    return {a: s for a, s in payment.book.items() if chart.is_loan(a) and s > ZERO}


def total(sums: Sums) -> Decimal:
    """Return the sum over some accounts."""
    return sum(sums.values(), ZERO)


def decision_of(payment: Payment) -> Text:
    """Return the number of the decision that a payment names, for a message."""
    return decision_named(payment.case)


def decision_named(number: str) -> Text:
    """Return the number of a decision, for a message.

    >>> decision_named("").en
    'an unknown decision'
    """
    unknown = Text("en ukendt bevilling", "an unknown decision")
    return Text(number, number) if number else unknown


def turned(folio: Portfolio, payment: Payment) -> bool:
    """Tell whether the ERP has a payment with the opposite sign, and that is not put right."""
    shown = total(payment.erp)
    opposite = shown < ZERO if payment.flow == "out" else shown > ZERO
    return opposite and bool(wrong_accounts(folio, payment))


def first_entry(payment: Payment) -> Entry:
    """Return the entry that a payment is known by: its own first one, which never changes."""
    own = (entry for entry in payment.entries if entry.get("payment") == payment.id)
    return next(own, payment.entries[0])


def paid_by_bank(payment: Payment) -> Decimal:
    """Return what the bank has paid out and not sent back, whatever was booked of it."""
    back = (
        posting.amount
        for entry in payment.entries
        if isinstance(entry, Transaction) and entry.kind == "bank"
        for posting in postings_of(entry, payment.id)
        if posting.account == chart.RETURNED
    )
    return payment.bank + sum(back, ZERO)


def suspended(ledger: Ledger) -> Iterator[tuple[Transaction, Decimal]]:
    """Yield what was put in suspense, and how much of it is left; out is positive."""
    put = [txn for txn in ledger.transactions if txn.on(chart.SUSPENSE)]
    rest: dict[str, Decimal] = {}
    for txn in put:
        name = txn.get("evidence") or txn.id
        rest[name] = rest.get(name, ZERO) + txn.on(chart.SUSPENSE)
    for txn in put:
        if not txn.get("evidence"):
            yield txn, rest[txn.id]


def suspended_payouts(folio: Portfolio) -> Iterator[tuple[Transaction, Decimal]]:
    """Yield the lines out that lie in suspense under a reference or a loan, and what is left."""
    for line, rest in suspended(folio.ledger):
        named = line.kind == "bank" and (line.get("reference") or line.get("loan"))
        if named and rest > ZERO and line.value <= folio.as_of:
            yield line, rest


def weight(payment: Payment) -> Severity | None:
    """Return the severity of a hit on a payment, where it is not the rule's own."""
    return Severity.WARNING if payment.possible else None


def doubtful(payment: Payment) -> bool:
    """Tell whether it is only likely that a payment belongs to its decision at all.

    Where an order says so, only the ERP's row may be another payment's.
    """
    return payment.possible and not payment.orders


def debtor_of(folio: Portfolio, payment: Payment) -> str:
    """Return the debtor of a payment: its own, else its decision's."""
    case = folio.cases.get(payment.case)
    return payment.debtor or (case.debtor if case else "")


def misplaced(folio: Portfolio, payment: Payment, wrong: Sums, text: Text) -> Hit:
    """Return a hit on a payment that stands on wrong accounts; the newest posting is named."""
    newest = max((payment.last_on(account) for account in wrong), key=payment.entries.index)
    known = payment.right(folio.kind(payment))
    return Hit(
        entry=newest,
        text=hedged(text) if payment.possible else text,
        loan=payment.case,
        debtor=debtor_of(folio, payment),
        amount=abs(total(wrong)),
        fix=Fix(payment.id) if known else None,
        severity=weight(payment),
    )


def concerning(
    folio: Portfolio,
    payment: Payment,
    text: Text,
    amount: Decimal | None = None,
) -> Hit:
    """Return a hit on a payment as a whole, which no correction voucher settles."""
    return Hit(
        entry=first_entry(payment),
        text=hedged(text) if doubtful(payment) else text,
        loan=payment.case,
        debtor=debtor_of(folio, payment),
        amount=abs(payment.amount if amount is None else amount),
        severity=Severity.WARNING if doubtful(payment) else None,
    )


def hedged(text: Text) -> Text:
    """Say that something is only likely."""
    return Text(f"Muligt: {text.da}", f"Possible: {text.en}")


def payouts(folio: Portfolio) -> Iterator[tuple[Case, tuple[Payment, ...]]]:
    """Yield the loans and grants with their payouts, oldest first; a benefit comes monthly."""
    by_case: dict[str, list[Payment]] = {}
    for payment in judged(folio, "out"):
        if payment.amount > ZERO and folio.kind(payment) in ("loan", "grant"):
            by_case.setdefault(payment.case, []).append(payment)
    for number, paid in by_case.items():
        yield folio.cases[number], tuple(sorted(paid, key=lambda payment: payment.value))


def limit(folio: Portfolio, case: Case) -> Decimal:
    """Return how much may be paid out: what was granted, or what came back beyond it."""
    loan = folio.loans.get(case.number)
    return max(case.principal, loan.repaid) if loan else case.principal


def repeated(paid: Sequence[Payment], most: Decimal) -> tuple[Payment, ...]:
    """Return the payouts that repeat an earlier one's amount once `most` is passed."""
    seen: set[Decimal] = set()
    paid_out, found = ZERO, []
    for payment in paid:
        paid_out += payment.amount
        if payment.amount in seen and paid_out > most:
            found.append(payment)
        seen.add(payment.amount)
    return tuple(found)


def too_early(loan: Loan, letter: Letter) -> Text | None:
    """Say why nothing of a loan could be late on the day of a reminder, if that is so."""
    if loan.paid_out is None:
        return Text("gælder et lån, der ikke er udbetalt", "is for a loan that is not paid out")
    if letter.on <= loan.paid_out:
        return Text(
            "er dateret på eller før udbetalingsdagen",
            "is dated on or before the payout day",
        )
    if letter.on <= min(part.pay_by for part in loan.plan):
        return Text(
            "er dateret, før den første rate kunne være for sent betalt",
            "is dated before the first instalment could be late",
        )
    return None


def apologised(loan: Loan, letter: Letter) -> bool:
    """Tell whether the borrower got an apology: for this letter, or for all up to its day."""
    return any(
        each.kind == APOLOGY
        and each.on >= letter.on
        and each.record.get("corrects") in ("", letter.record.id)
        for each in loan.letters
    )


def named_loan(payment: Payment) -> str:
    """Return the only loan that the payment ids of a payment name (FIK, or the loan's number).

    They stand in its references, and where a bank line keeps its payment id by itself (`fik`).
    """
    said = (*payment.references, *(entry.get("fik") for entry in payment.entries))
    named = {number for text in said for number in _loans_in(text)}
    return named.pop() if len(named) == 1 else ""


def _loans_in(reference: str) -> Iterator[str]:
    """Yield the loans that a reference names; years before the law's own are no loan's."""
    found: list[str] = []
    if len(reference) >= fik.LENGTH:
        found.append(fik.loan_of(fik.find(reference) or reference))
    if "L" in reference:
        found += chart.find_numbers(reference)
    for number in found:
        if number.startswith(("L19", "L20")):
            yield number
