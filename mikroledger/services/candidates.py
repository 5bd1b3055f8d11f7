"""What nobody could place for certain, with what it could be and the evidence: never a guess.

Bank lines in suspense and ERP rows without a payment. The book is asked part by part, as in
`survey`, so that a large one answers as fast as a small one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from mikroledger.days import long_day
from mikroledger.domain.ledger import Journal, Ledger
from mikroledger.domain.parts import (
    of_debtor,
    of_decision,
    of_id,
    of_loan,
    of_reference,
    of_voucher,
)
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Loan, Portfolio, portfolio
from mikroledger.money import ZERO, danish
from mikroledger.services.board import Board
from mikroledger.services.erp import unplaced
from mikroledger.services.survey import ask
from mikroledger.services.voucher import Row, vouchers_named
from mikroledger.words import Text

_MOST = 5
"""Candidates that are shown: whoever needs more looks at the voucher."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an item could be.

    Args:
        target: the payment, else the loan, as `match` takes it.
        evidence: each fact that speaks for it; the more of them the higher it stands.
    """

    target: str
    loan: str
    evidence: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits for a person.

    Args:
        kind: `suspense` (a line of the bank) or `unplaced` (a row of the ERP).
        amount: of a bank line positive in, of an ERP row debit positive.
        age: days since it was booked.
        owner: who imported it.
        names: names (`domain.parts`) of what it may be about.
    """

    id: str
    kind: str
    day: date
    amount: Decimal
    age: int
    owner: str
    reference: str
    loan: str
    debtor: str
    voucher: str
    names: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()


def open_items(journal: Journal, today: date) -> tuple[Item, ...]:
    """Return all that waits, oldest first, each with its candidates.

    Raises:
        BrokenBookError: the book does not load.
    """
    items = waiting(journal, today)
    if not items:
        return ()
    hooks = [
        each for part in ask(journal, f"hooks {today}", None, _hooks_on(today)) for each in part
    ]
    return tuple(_with_candidates(item, hooks) for item in items)


def waiting(journal: Journal, today: date) -> tuple[Item, ...]:
    """Return all that waits, oldest first, without candidates.

    Raises:
        BrokenBookError: the book does not load.
    """
    parts = ask(journal, "waiting", None, _waiting)
    found = {said[0]: said for part in parts for said in part}  # a line may be in several parts
    items = [_item(said, today) for said in found.values()]
    return tuple(sorted(items, key=lambda item: (item.day, item.id)))


def _waiting(part: Ledger) -> list[Any]:
    board = Board(part, date.max)
    lines = [
        [
            line.txn.id,
            "suspense",
            line.txn.value.isoformat(),
            str(-line.rest),
            line.txn.booked.isoformat(),
            line.txn.by,
            line.txn.get("reference"),
            line.txn.get("loan"),
            "",
            "",
            [of_reference(line.txn.get("reference")), of_loan(line.txn.get("loan"))],
        ]
        for line in board.in_suspense()
    ]
    records = {record.id: record for record in part.records("unplaced")}
    for row in unplaced(board):
        record = records[row.unplaced]
        loan = row.numbers[0] if len(row.numbers) == 1 else ""
        lines.append(
            [
                record.id,
                "unplaced",
                record.value.isoformat(),
                str(row.row.amount),
                record.booked.isoformat(),
                record.by,
                row.row.reference,
                loan,
                row.debtor,
                row.voucher,
                list(_names(row)),
            ]
        )
    return lines


def _names(row: Row) -> Iterator[str]:
    yield from map(of_voucher, (row.voucher, *vouchers_named(row.row)))
    yield from map(of_loan, row.numbers)
    yield of_reference(row.row.reference)
    yield of_decision(row.row.decision)
    yield of_debtor(row.debtor)


def _item(said: Sequence[Any], today: date) -> Item:
    name, kind, day, amount, booked, owner, reference, loan, debtor, voucher, names = said
    return Item(
        id=name,
        kind=kind,
        day=date.fromisoformat(day),
        amount=Decimal(amount),
        age=max((today - date.fromisoformat(booked)).days, 0),
        owner=owner,
        reference=reference,
        loan=loan,
        debtor=debtor,
        voucher=voucher,
        names=(of_id(name), *(each for each in names if len(each) > 1)),
    )


# What an item could be hung on: facts of each loan, as plain values

_Hook = Mapping[str, Any]


def _hooks_on(today: date) -> Any:
    return lambda part: list(_hooks(portfolio(part, today)))


def _hooks(folio: Portfolio) -> Iterator[_Hook]:
    for loan in folio.loans.values():
        yield from _of_loan(loan)
    for payment in folio.payments.values():
        if payment.case and payment.flow != "refund":
            yield from _of_payment(folio, payment)


def _hook(target: str, loan: str, debtor: str, amount: Decimal, text: Text) -> _Hook:
    """A fact: money of this amount (as the bank counts, in is positive) would fit here."""
    return {
        "target": target,
        "loan": loan,
        "debtor": debtor,
        "amount": str(amount),
        "text": [text.da, text.en],
    }


def _of_loan(loan: Loan) -> Iterator[_Hook]:
    number, debtor = loan.number, loan.case.debtor
    unpaid = next((s for s in loan.settled if s.missing > ZERO), None)
    if unpaid and loan.outstanding:
        due = unpaid.part.due
        text = Text(
            f"afdrag {unpaid.part.number} på {danish(unpaid.missing)} kr. forfalder"
            f" {long_day(due, 'da')}",
            f"instalment {unpaid.part.number} of {danish(unpaid.missing)} kr. is due"
            f" {long_day(due, 'en')}",
        )
        yield _hook(number, number, debtor, unpaid.missing, text)
    for amount, da, en in (
        (loan.arrears.amount, "restancen", "the arrears"),
        (loan.outstanding, "hele restgælden", "all that is outstanding"),
    ):
        if amount:
            text = Text(f"{da} er {danish(amount)} kr.", f"{en}: {danish(amount)} kr.")
            yield _hook(number, number, debtor, amount, text)
    if loan.repayments:
        last = -loan.repayments[-1].amount
        text = Text(
            f"seneste afdrag var {danish(last)} kr.",
            f"the last repayment was {danish(last)} kr.",
        )
        yield _hook(number, number, debtor, last, text)


def _of_payment(folio: Portfolio, payment: Payment) -> Iterator[_Hook]:
    debtor = payment.debtor or folio.cases[payment.case].debtor
    day_da, day_en = long_day(payment.value, "da"), long_day(payment.value, "en")
    sum_ = danish(abs(payment.amount or payment.bank))
    if payment.amount and not payment.banked:
        text = Text(
            f"{payment.id}: {sum_} kr. {day_da} mangler sin banklinje",
            f"{payment.id}: {sum_} kr. on {day_en} lacks its line of the bank",
        )
        yield _hook(payment.id, payment.case, debtor, -payment.amount, text)
    elif payment.flow == "out" and payment.bank and not payment.returned:
        text = Text(
            f"{payment.id}: udbetalt {sum_} kr. {day_da}; kan være kommet retur",
            f"{payment.id}: {sum_} kr. paid out on {day_en}; may have come back",
        )
        yield _hook(payment.id, payment.case, debtor, payment.bank, text)
    if payment.amount and not payment.erp:
        text = Text(
            f"{payment.id}: {sum_} kr. {day_da} mangler i økonomisystemet",
            f"{payment.id}: {sum_} kr. on {day_en} is not in the ERP yet",
        )
        yield {**_hook(payment.id, payment.case, debtor, payment.amount, text), "erp": True}


def _with_candidates(item: Item, hooks: Sequence[_Hook]) -> Item:
    found: dict[str, tuple[str, list[Text]]] = {}
    wanted = item.kind == "unplaced"
    for hook in hooks:
        if bool(hook.get("erp")) != wanted or Decimal(hook["amount"]) != item.amount:
            continue
        if wanted and item.debtor not in ("", hook["debtor"]):
            continue
        _, texts = found.setdefault(hook["target"], (hook["loan"], []))
        texts.append(Text(*hook["text"]))
    for target, (loan, texts) in found.items():
        if item.reference and item.reference == target:
            texts.append(Text("referencen er den samme", "the reference is the same"))
        if item.loan and item.loan == loan:
            texts.append(Text(f"lån {loan} er nævnt", f"the loan {loan} is named"))
    ranked = sorted(found.items(), key=lambda each: (-len(each[1][1]), each[0]))
    made = tuple(Candidate(target, loan, tuple(texts)) for target, (loan, texts) in ranked[:_MOST])
    return replace(item, candidates=made)
