"""Undo a posting with a new, opposite one and a reason; nothing is edited or deleted."""

from dataclasses import replace

from mikroledger.domain import chart
from mikroledger.domain.ledger import Entry, Journal, Ledger, Posting, Transaction, Value
from mikroledger.domain.parts import of_id
from mikroledger.domain.payment import Payment
from mikroledger.domain.proposals import open_proposals
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.order import Outcome, Planned, Who, already, because, signed, submit
from mikroledger.services.proposal import proposal_of

_SECOND = frozenset({"disburse", "reclassify"})


def reverse(
    journal: Journal,
    number: str,
    reason: str,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Take a payout, a repayment or a correction back.

    A payout's or a correction's reversal waits for the second person; a repayment's does not.

    Raises:
        UsageError: no reason.
        RefusedError: unknown, not a posting of ours, or reversed already.
    """
    who = replace(who, by=signed(who.by))
    reason = because(reason)
    return submit(
        journal,
        "reverse",
        who,
        lambda ledger: _make(ledger, number, reason, who),
        about=(of_id(number),),
        dry_run=dry_run,
    )


def _make(ledger: Ledger, number: str, reason: str, who: Who) -> Planned | Outcome:
    undone: list[Entry] = [*ledger.transactions, *open_proposals(ledger).values()]
    for entry in undone:
        if entry.get("reverses") == number:
            return already(entry)
    board = Board(ledger, who.today)
    made = reversal(board, number)
    original = _original(ledger, number)
    meta: dict[str, Value] = {**made.meta, "reason": reason}
    made = replace(made, meta=meta, day=who.today)
    if original.kind in _SECOND and board.policy.text("countersign") != "off":
        return Planned((proposal_of(made, "reverse"),))
    board.add(made)
    for freed in in_suspense(board, made.get("payment")):
        board.add(freed)
    return Planned(board.flow_back())


def _original(ledger: Ledger, number: str) -> Transaction:
    """Return the posting to undo.

    Raises:
        RefusedError: there is none, or it is a fact of the bank's or the ERP's.
    """
    entries = ledger.by_id.get(number, ())
    if number in open_proposals(ledger):
        raise RefusedError(
            da=f"{number} er kun foreslået. Afvis forslaget med »mikroledger countersign"
            f" {number} --decline --reason TEKST«.",
            en=f"{number} is only proposed. Decline it with 'mikroledger countersign"
            f" {number} --decline --reason TEXT'.",
        )
    found = [e for e in entries if isinstance(e, Transaction)]
    if not found:
        raise RefusedError(
            da=f"Der er ingen postering {number}. Se dem med »mikroledger show LÅN«.",
            en=f"There is no posting {number}. See them with 'mikroledger show LOAN'.",
        )
    if found[0].kind == "reverse":
        raise RefusedError(
            da=f"{number} er selv en tilbageførsel. Skal posteringen gælde alligevel, så bogfør"
            " den igen med en ny --ref.",
            en=f"{number} is a reversal itself. If the posting is to stand after all, book it"
            " again with a new --ref.",
        )
    if found[0].kind not in {"disburse", "repay", "reclassify"}:
        raise RefusedError(
            da=f"{number} er bankens eller økonomisystemets egen postering og kan ikke"
            " tilbageføres her. Brug »mikroledger reclassify«, hvis den står forkert.",
            en=f"{number} is the bank's or the ERP's own record and cannot be reversed here."
            " Use 'mikroledger reclassify' if it stands wrong.",
        )
    return found[0]


def reversal(board: Board, number: str) -> Transaction:
    """Return the opposite posting, from where the payment stands now.

    A payout that the bank returned is taken off against what was returned.
    """
    original = _original(board.ledger, number)
    payment = board.get(original.get("payment"))
    assert payment is not None, "an order names a payment"
    if original.kind == "reclassify":
        postings = tuple(replace(p, amount=-p.amount) for p in original.postings)
    else:
        postings = _back(payment)
    meta: dict[str, Value] = {
        "kind": "reverse",
        "flow": payment.flow,
        "loan": payment.case,
        "payment": payment.id,
        "reverses": number,
        "value": payment.value,
        "key": f"reverse:{number}",
    }
    text = f"Tilbageført {number}"
    return Transaction(original.day, text, postings, meta=meta)


def _back(payment: Payment) -> tuple[Posting, ...]:
    """Empty every account that the payment stands on."""
    off = tuple(Posting(account, -amount) for account, amount in payment.book.items())
    return (*off, Posting(_counter(payment), payment.amount)) if payment.amount != ZERO else off


def _counter(payment: Payment) -> str:
    if payment.flow == "out":
        return chart.RETURNED if payment.returned else chart.PAYOUTS
    return chart.REPAYMENTS


def in_suspense(board: Board, name: str) -> tuple[Transaction, ...]:
    """Put the bank's half of a repayment that is worth nothing any more into suspense.

    The statement still says that the money came; `match` finds whose it is.
    """
    payment = board.get(name)
    assert payment is not None, "it was reversed just now"
    if payment.flow != "in" or payment.amount or not payment.bank:
        return ()
    line = bank_line(payment)
    postings = (
        Posting(chart.REPAYMENTS, -payment.bank, {"payment": name}),
        Posting(chart.SUSPENSE, payment.bank),
    )
    meta: dict[str, Value] = {"kind": "bank", "value": line.value, "evidence": line.id}
    if payment.references:
        meta["reference"] = min(payment.references)
    return (Transaction(line.day, "Til uafklarede banklinjer", postings, meta=meta),)


def bank_line(payment: Payment) -> Transaction:
    """Return the bank's line of a payment that has one."""
    lines = (e for e in payment.entries if isinstance(e, Transaction) and e.kind == "bank")
    return next(lines)
