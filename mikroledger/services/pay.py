"""Pay out a loan and book a repayment, as a caseworker orders it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from mikroledger.days import long_day
from mikroledger.domain import chart
from mikroledger.domain.case import Case
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Journal,
    Ledger,
    Meta,
    Record,
    Transaction,
    Value,
)
from mikroledger.domain.parts import of_key, of_loan, of_reference, of_said
from mikroledger.domain.payment import Flow, Payment
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, danish
from mikroledger.services.board import Board
from mikroledger.services.meet import Meeting, clearing, meet_order, turn, turned
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    not_after,
    positive,
    seen,
    signed,
    submit,
    the_loan,
)
from mikroledger.services.suspense import settle, settle_order

Verb = Literal["disburse", "repay"]
_FLOW: dict[Verb, Flow] = {"disburse": "out", "repay": "in"}
_TEXT: dict[Verb, str] = {"disburse": "Udbetaling af lån", "repay": "Afdrag på lån"}


@dataclass(frozen=True, slots=True)
class Pay:
    """An order to pay out, or to book money received: always to or from the loan itself."""

    verb: Verb
    loan: str
    amount: Decimal
    on: date
    reference: str = ""
    key: str = ""
    overpayment: bool = False


def pay(journal: Journal, order: Pay, who: Who, *, dry_run: bool = False) -> Outcome:
    """Book a payout or a repayment, or say that it is booked already.

    Raises:
        UsageError: the amount is not positive, or neither key nor reference is given.
        RefusedError: unknown loan, paid out already, more than is owed, key conflict.
    """
    positive(order.amount)
    who = replace(who, by=signed(who.by))
    if not (order.key or order.reference):
        raise UsageError(
            da="Giv bankens reference med --ref (eller en --key), så betalingen ikke kan"
            " bogføres to gange.",
            en="Give the bank's reference with --ref (or a --key), so that the payment cannot"
            " be booked twice.",
        )
    return submit(
        journal,
        order.verb,
        who,
        lambda book: _make(book, order, who),
        about=_names(order),
        dry_run=dry_run,
    )


def _names(order: Pay) -> Collection[str]:
    """Return what a payment's order is about: its loan, and who else may have its reference."""
    references = filter(None, (order.reference, order.key))
    named = (of_said(order.reference), *map(of_reference, references))
    return (of_loan(order.loan), of_key(_key(order)), *named)


def _key(order: Pay) -> str:
    return f"{order.verb}:{order.key or order.reference}"


def _make(ledger: Ledger, order: Pay, who: Who) -> Planned | Outcome:
    not_after(order.on, who.today)
    case = the_loan(ledger, order.loan)
    key = _key(order)
    same = {"loan": order.loan, "amount": order.amount, "value": order.on}
    if answer := seen(ledger, key, same):
        return answer
    board = Board(ledger, who.today)
    payment = _same_payment(board, order)
    meta = _meta(board, order, payment, key)
    if order.verb == "repay":
        _not_another_loans(board, order, payment)
        _not_too_much(board, order, payment)
    else:
        _not_twice(board, case, order, payment)
        if board.policy.text("countersign") != "off":
            settle_order(board, str(meta["payment"]), order.reference, order.amount)
            return Planned((_proposal(meta, order), *board.made))
    for entry in entries_for(payment, order.verb, meta):
        board.add(entry)
    settle(board, str(meta["payment"]), order.reference)
    return Planned(board.flow_back())


def _meta(board: Board, order: Pay, payment: Payment | None, key: str) -> Meta:
    name = payment.id if payment else board.fresh(order.reference or order.key)
    meta: dict[str, Value] = {
        "kind": order.verb,
        "flow": _FLOW[order.verb],
        "loan": order.loan,
        "debtor": board.cases[order.loan].debtor,
        "payment": name,
        "amount": order.amount,
        "key": key,
        "value": order.on,
    }
    if order.reference:
        meta["reference"] = order.reference
    if payment and payment.possible and order.reference in payment.references:
        meta["possible"] = False  # the ERP's row and the order name the same reference
    return meta


def entries_for(
    payment: Payment | None,
    verb: Verb,
    meta: Meta,
    said_by: str = "caseworker",
) -> list[Entry]:
    """Return what a record of what a payment is comes to: a posting, a confirmation, or both."""
    flow, loan, amount = _FLOW[verb], str(meta["loan"]), meta["amount"]
    assert isinstance(amount, Decimal), "an order has an amount"
    signed_amount = amount if flow == "out" else -amount
    home = chart.loan_account(loan)
    if payment and abs(payment.clearing) > amount:
        raise _changed(payment, amount)
    if payment and payment.flow != flow:
        payment, undone = turn(payment)
        meeting = meet_order(payment, signed_amount, home, flow)
        meeting = replace(meeting, postings=(*undone, *meeting.postings))
        return _written(meeting, verb, meta, said_by)
    made = _written(meet_order(payment, signed_amount, home, flow), verb, meta, said_by)
    if payment and payment.ordered == signed_amount:
        return [_again(entry) for entry in made]
    return made


def _again(entry: Entry) -> Entry:
    """Say of a confirmation that somebody else has ordered the same: it counts once."""
    if isinstance(entry, Transaction):
        return entry
    return replace(entry, meta={**entry.meta, "again": True})


def _written(meeting: Meeting, verb: Verb, meta: Meta, said_by: str) -> list[Entry]:
    value = meta["value"]
    assert isinstance(value, date), "an order has a day"
    made: list[Entry] = []
    if meeting.postings:
        text = f"{_TEXT[verb]} {meta['loan']}"
        made.append(Transaction(value, text, meeting.postings, meta=meta))
        meta = {k: v for k, v in meta.items() if k not in {"key", "id"}}
    for account, amount in meeting.confirmed.items():
        values = (said_by, Account(account), amount)
        made.append(Record(value, "confirm", values, meta={**meta, "kind": "confirm"}))
    return made


def _same_payment(board: Board, order: Pay) -> Payment | None:
    """Find the payment that the order is about, if the book has heard of it.

    Its reference first; then loan and sum, where exactly one payment has no caseworker's word.
    """
    flow = _FLOW[order.verb]
    if under_its_reference := _under_its_reference(board, order, flow):
        return under_its_reference
    amount = order.amount if flow == "out" else -order.amount
    under = [p for p in board.by_case(order.loan) if not _typed(p)]
    alike = [p for p in under if p.flow == flow and amount in (p.amount, p.bank) and p.amount]
    wrong = [p for p in under if not p.banked and _on_wrong_side(p, flow) == -amount]
    if order.verb == "repay":
        alike = _near(alike, order, board.repayment_window)
    alike = alike or _near(wrong, order, board.repayment_window)
    if len(alike) > 1:
        raise _which(alike)
    return alike[0] if alike else None


def _under_its_reference(board: Board, order: Pay, flow: Flow) -> Payment | None:
    """Find the payment that has an order's reference; a batch has one for each borrower.

    The borrower's own comes first. Somebody else's may be this one's too, paid to the wrong
    person (ML208), but only where the sum is this one's.
    """
    borrower = board.cases[order.loan].debtor
    found = []
    for payment in board.by_reference(order.reference):
        if _typed(payment) and payment.id != order.reference:
            continue  # it has its own order; an ERP row of this one's was taken for its
        same_sum = abs(payment.amount) == order.amount
        other = (
            payment.flow != flow and not payment.orders and abs(payment.clearing) == order.amount
        )
        if payment.case in ("", order.loan) and (payment.flow == flow or other):
            own = payment.case == order.loan or payment.debtor in ("", borrower)
            if own or same_sum:
                found.append((own, same_sum, payment))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _typed(payment: Payment) -> bool:
    """Tell whether a caseworker has recorded a payment; bank and Nets may have named it too."""
    return payment.told_by("repay") if payment.flow == "in" else bool(payment.orders)


def _on_wrong_side(payment: Payment, flow: Flow) -> Decimal:
    """Return what the ERP alone knows of a payment, if it is turned from what an order says."""
    if payment.flow == "in" and flow == "out":
        return payment.amount  # a credit that nothing called a repayment
    return turned(payment)


def _near(payments: Sequence[Payment], order: Pay, window: int) -> list[Payment]:
    return [p for p in payments if abs((p.value - order.on).days) <= window]


def _which(alike: Sequence[Payment]) -> RefusedError:
    names = ", ".join(p.id for p in alike)
    return RefusedError(
        da=f"Bogen kender allerede {len(alike)} betalinger, som ordren kan være: {names}."
        " Giv den rigtige med --ref.",
        en=f"The book knows {len(alike)} payments that this order could be: {names}."
        " Give the right one with --ref.",
    )


def _changed(payment: Payment, amount: Decimal) -> RefusedError:
    return RefusedError(
        da=f"Betalingen {payment.id} står i bogen med {danish(abs(payment.clearing))} kr.,"
        f" ikke {danish(amount)} kr. Ret ordren, eller spørg regnskab.",
        en=f"The payment {payment.id} stands in the book as {danish(abs(payment.clearing))} kr.,"
        f" not {danish(amount)} kr. Correct the order, or ask the accounts department.",
    )


def _not_twice(board: Board, case: Case, order: Pay, payment: Payment | None) -> None:
    """Refuse to pay out more than was granted, proposals included."""
    waiting = board.proposals_of(order.loan)
    if waiting:
        raise RefusedError(
            da=f"Der venter allerede en udbetaling af {case.number} på en anden persons"
            f" godkendelse: {waiting[0].id}. Godkend den med »mikroledger countersign"
            f" {waiting[0].id} --by INITIALER«.",
            en=f"A payout of {case.number} already waits for a second person: {waiting[0].id}."
            f" Approve it with 'mikroledger countersign {waiting[0].id} --by INITIALS'.",
        )
    if payment and payment.amount == order.amount:
        return  # it says what the book holds already: no money goes out by it
    paid = [p for p in board.by_case(case.number) if p.flow == "out" and p.amount]
    others = sum((p.amount for p in paid if payment is None or p.id != payment.id), ZERO)
    if others + order.amount <= case.principal:
        return
    days = {p.value for p in paid}
    da = " og ".join(f"den {long_day(day, 'da')}" for day in sorted(days)) or "endnu ikke"
    en = " and ".join(long_day(day, "en") for day in sorted(days)) or "not yet"
    raise RefusedError(
        da=f"Lån {case.number} er bevilget med {danish(case.principal)} kr. Udbetalt {da}:"
        f" {danish(others)} kr. {danish(order.amount)} kr. til ville være for meget."
        " Intet er bogført.",
        en=f"Loan {case.number} was granted at {danish(case.principal)} kr. Paid out {en}:"
        f" {danish(others)} kr. Another {danish(order.amount)} kr. would be too much."
        " Nothing was booked.",
    )


def _not_another_loans(board: Board, order: Pay, payment: Payment | None) -> None:
    """Refuse to book money again that the bank has shown, with that text, on another loan."""
    if payment is not None or not order.reference:
        return
    shown = [p for p in board.by_said(order.reference) if p.bank == -order.amount]
    others = [p for p in _near(shown, order, board.repayment_window) if p.case != order.loan]
    if others:
        loan, day = others[0].case, others[0].value
        raise RefusedError(
            da=f"Banken har vist {danish(order.amount)} kr. med referencen {order.reference} den"
            f" {long_day(day, 'da')}, og de står på {loan}, som betalings-id'et eller teksten"
            " nævner. Intet er bogført. Hører de til et andet lån, så flyt dem med »mikroledger"
            " match«; er det en anden betaling, så giv den sin egen --ref.",
            en=f"The bank has shown {danish(order.amount)} kr. with the reference"
            f" {order.reference} on {long_day(day, 'en')}, and they stand on {loan}, which the"
            " payment id or the text names. Nothing was booked. If they are another loan's, move"
            " them with 'mikroledger match'; if it is another payment, give it a --ref of its"
            " own.",
        )


def _not_too_much(board: Board, order: Pay, payment: Payment | None) -> None:
    """Refuse a repayment above what is outstanding, unless the excess is wanted."""
    debt = board.debt(order.loan) + (abs(payment.amount) if payment else ZERO)
    owed = max(debt, ZERO)
    if order.amount <= owed or order.overpayment:
        return
    excess = danish(order.amount - owed)
    raise RefusedError(
        da=f"{order.loan} skylder {danish(owed)} kr.; {danish(order.amount)} kr. er {excess} kr."
        " for meget. Er pengene kommet, så tilføj --overpayment: så står det overskydende"
        " som skyldigt til låntageren.",
        en=f"{order.loan} owes {danish(owed)} kr.; {danish(order.amount)} kr. is {excess} kr."
        " too much. If the money has come, add --overpayment: the excess is then owed to"
        " the borrower.",
    )


def _proposal(meta: Meta, order: Pay) -> Record:
    """Return the payout as a proposal: the full posting, and nothing in the loan's account."""
    values = (
        "disburse",
        Account(chart.loan_account(order.loan)),
        order.amount,
        Account(clearing("out")),
        -order.amount,
    )
    return Record(order.on, "proposal", values, meta=meta)
