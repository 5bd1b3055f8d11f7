"""A decision that is recorded late: what the ERP listed under its number before it was known."""

from dataclasses import replace
from datetime import date

from mikroledger.domain.case import Case
from mikroledger.domain.ledger import Entry, Ledger, Meta, Opening, Record
from mikroledger.domain.payment import Payment
from mikroledger.money import ZERO
from mikroledger.services import erp
from mikroledger.services.board import Board
from mikroledger.services.suspense import settle


def found_for(
    ledger: Ledger,
    decision: Record,
    accounts: tuple[Opening, ...],
    today: date,
) -> tuple[Entry, ...]:
    """Return what ties earlier payments to a decision that is being recorded, and settles them.

    Args:
        decision: the new record; its number in the case system is what rows have named.
        accounts: what is opened for it.
    """
    number = decision.get("decision")
    if not number or not any(e.get("decision") == number for e in ledger.entries):
        return ()
    board = Board(replace(ledger, entries=(*ledger.entries, *accounts, decision)), today)
    case = board.cases[decision.get("loan")]
    for payment in _of_nobody(board, case):
        board.add(_tied(payment, case, today))
        settle(board, payment.id, "")
    erp.retry(board)
    return (*board.opened, *board.flow_back())


def _of_nobody(board: Board, case: Case) -> list[Payment]:
    """Return the payments without a decision whose rows name this one's number.

    Two decisions may share the number (§ 65 gives both): then only the sum tells whose they are.
    What was repaid goes with what was paid out.
    """
    named = {e.get("payment") for e in board.ledger.entries if e.get("decision") == case.decision}
    known = filter(None, map(board.get, sorted(named - {""})))
    nobodys = [payment for payment in known if not payment.case]
    out = [payment for payment in nobodys if payment.flow == "out"]
    own = [payment for payment in out if payment.amount == case.principal]
    whole = len(out) == 1 or sum((p.amount for p in out), ZERO) == case.principal
    if not own and whole and len(board.decisions(case.decision)) == 1:
        own = out
    repaid = own and case.kind == "loan"
    return [*own, *(p for p in nobodys if repaid and p.flow == "in")]


def _tied(payment: Payment, case: Case, today: date) -> Record:
    meta: Meta = {"kind": "tied", "loan": case.number, "payment": payment.id}
    return Record(today, "tied", (case.number,), meta=meta)
