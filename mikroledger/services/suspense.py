"""Take bank lines out of suspense once somebody has said what they are.

The bank may be first: a line under a reference that nobody has used lies in suspense until the
order or the ERP's row that carries the reference comes.
"""

from mikroledger.domain import chart
from mikroledger.domain.ledger import Meta, Posting, Transaction
from mikroledger.domain.payment import Payment
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.meet import clearing


def from_suspense(board: Board, reference: str) -> None:
    """Book the bank's half of the payments that a reference names, if their line waits.

    The line's sum must be theirs, and only one line may fit; else it stays where it is.
    """
    waiting = [p for p in board.by_reference(reference) if p.amount and not p.banked]
    total = sum((p.amount for p in waiting), ZERO)
    lines = [line for line in board.suspended(reference) if line.on(chart.SUSPENSE) == total]
    if waiting and len(lines) == 1:
        board.add(_moved(lines[0], waiting))


def _moved(line: Transaction, payments: list[Payment]) -> Transaction:
    """Return the entry that moves a line from suspense to its payments' clearing."""
    out = [Posting(chart.SUSPENSE, -p.amount, {"payment": p.id}) for p in payments]
    home = [Posting(clearing(p.flow), p.amount, {"payment": p.id}) for p in payments]
    meta: Meta = {"kind": "bank", "value": line.value, "evidence": line.id}
    return Transaction(line.day, "Fra uafklarede banklinjer", (*out, *home), meta=meta)
