"""What becomes clear later: bank lines that nobody could name, and loans without a number.

The bank may be first. A line under a reference that nobody has used lies in suspense until the
order or the ERP's row comes that carries the reference, or that its loan number belongs to.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.ledger import Meta, Posting, Transaction
from mikroledger.domain.payment import Flow, Payment
from mikroledger.money import ZERO
from mikroledger.services.board import Board, Suspended
from mikroledger.services.meet import clearing, meet_bank, overlap


def settle(board: Board, name: str, reference: str) -> None:
    """Book what is clear now that a payment is known: the bank's half, and its loan's account."""
    payment = board.get(name)
    assert payment is not None, "it was placed just now"
    if payment.case and payment.unassigned:
        board.add(_to_its_loan(payment))
    lines = board.suspended(reference, payment.case)
    named = board.by_reference(reference) or [payment]
    if not _from_suspense(board, lines, {p.id: p.amount - p.bank for p in named}):
        open_ones = {p.id: p.amount - p.book.get(chart.REPOSTING, ZERO) - p.bank for p in named}
        _from_suspense(board, lines, open_ones)
    _from_its_batch(board, {p.id: p.amount - p.bank for p in named if p.flow == "out"}, reference)
    sent_back(board, name, reference)


def _from_suspense(
    board: Board,
    lines: Sequence[Suspended],
    missing: Mapping[str, Decimal],
    flow: Flow | None = None,
) -> bool:
    """Take what payments miss out of the one line that holds it; a batch gives up each part."""
    wanted = {name: amount for name, amount in missing.items() if amount}
    total = sum(wanted.values(), ZERO)
    fitting = [line for line in lines if total and overlap(line.rest, total) == total]
    exact = [line for line in fitting if line.rest == total]
    found = _near(board, exact or fitting, wanted)
    if len(found) != 1:
        return False
    take(board, found[0].txn, wanted, flow)
    return True


def take(
    board: Board,
    line: Transaction,
    wanted: Mapping[str, Decimal],
    flow: Flow | None = None,
) -> None:
    """Take what payments miss out of a line that lies in suspense."""
    board.add(_moved(board, line, wanted, flow))
    for name in wanted:
        _fill(board, line, name)


def settle_order(board: Board, name: str, reference: str, amount: Decimal) -> None:
    """Give a payout that waits for its second person the bank's half, if the bank was first."""
    if not _from_suspense(board, board.suspended(reference, ""), {name: amount}, "out"):
        known = board.get(name)
        missing = amount - (known.bank if known else ZERO)
        _from_its_batch(board, {name: missing}, reference)


def _from_its_batch(board: Board, missing: Mapping[str, Decimal], reference: str) -> None:
    """Take payouts' bank half off the one that has it: a batch was shown before all was known.

    Its line lies on the first of them, which has too much by exactly what the others miss.
    """
    wanted = {name: amount for name, amount in missing.items() if amount > ZERO}
    total = sum(wanted.values(), ZERO)
    others = (p for p in board.by_reference(reference) if p.id not in wanted)
    known = (p for p in others if p.amount > ZERO and not p.due_back)
    over = [p for p in known if total and p.bank - p.amount == total]
    if len(over) == 1:
        line = over[0].bank_entry
        moved = {over[0].id: -total, **wanted}
        postings = tuple(Posting(chart.PAYOUTS, moved[p], {"payment": p}) for p in moved)
        meta: Meta = {"kind": "bank", "value": line.value, "evidence": line.id}
        board.add(Transaction(line.day, "Fra en samlet banklinje", postings, meta=meta))


def _near(
    board: Board,
    lines: Sequence[Suspended],
    names: Iterable[str],
) -> Sequence[Suspended]:
    """Of several lines, keep those of the payments' days: equal sums may come monthly."""
    known = [payment for payment in map(board.get, names) if payment]
    kinds = {board.cases[p.case].kind for p in known if p.case in board.cases}
    if len(lines) < 2 and "subsistence" not in kinds:
        return lines
    days, window = [payment.value for payment in known], board.repayment_window
    return [e for e in lines if all(abs((e.txn.value - day).days) <= window for day in days)]


def _moved(
    board: Board,
    line: Transaction,
    wanted: Mapping[str, Decimal],
    flow: Flow | None,
) -> Transaction:
    """Return the entry that moves a line from suspense to its payments' clearing."""
    postings = []
    for name, amount in wanted.items():
        payment = board.get(name)
        way = flow or (payment.flow if payment else "out")
        postings += [
            Posting(chart.SUSPENSE, -amount, {"payment": name}),
            Posting(clearing(way), amount, {"payment": name}),
        ]
    meta: Meta = {"kind": "bank", "value": line.value, "evidence": line.id}
    return Transaction(line.day, "Fra uafklarede banklinjer", tuple(postings), meta=meta)


def sent_back(board: Board, name: str, reference: str) -> None:
    """Take a payout that the bank sent back before anybody knew it out of suspense, too."""
    payment = board.get(name)
    assert payment is not None, "it was placed just now"
    if payment.flow != "out" or not payment.bank or payment.returned or not reference:
        return
    lines = board.suspended(reference, "")
    back = [line for line in lines if line.rest == -payment.bank]
    if len(back) == 1:
        line = back[0].txn
        own = {"payment": name}
        postings = (
            Posting(chart.SUSPENSE, payment.bank, own),
            Posting(chart.RETURNED, -payment.bank, own),
        )
        meta: Meta = {"kind": "bank", "value": line.value, "evidence": line.id}
        board.add(Transaction(line.day, "Fra uafklarede banklinjer", postings, meta=meta))


def _fill(board: Board, line: Transaction, name: str) -> None:
    """Fill what the ERP booked without counterpart, now that the bank's sum is known."""
    payment = board.get(name)
    if payment and (postings := meet_bank(payment, payment.bank, payment.flow)):
        meta: Meta = {"kind": "erp", "payment": name, "value": line.value}
        board.add(Transaction(line.day, "Beløb kendt fra banken", postings, meta=meta))


def _to_its_loan(payment: Payment) -> Transaction:
    """Return the entry that puts a row without a number on its loan; the ERP has one account."""
    last = payment.entries[-1]
    meta: Meta = {
        "kind": "move",
        "payment": payment.id,
        "loan": payment.case,
        "value": payment.value,
    }
    postings = (
        Posting(chart.UNASSIGNED, -payment.unassigned),
        Posting(chart.loan_account(payment.case), payment.unassigned),
    )
    return Transaction(last.day, f"Lån {payment.case} kendt", postings, meta=meta)
