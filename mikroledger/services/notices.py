"""Place notices of payments (camt.054, Nets 0602): they say what a payment is, and move nothing.

A notice with a payment id (FIK) or a loan number of ours books the what-it-is half, as a
caseworker's `repay` would, against clearing; the statement line is the other half. Either may
come first: the bank's id of the entry ties them, else the loan, the sum and the day. A notice
that nobody can name books nothing; the statement line puts the money in suspense.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mikroledger.days import long_day
from mikroledger.domain import chart
from mikroledger.domain.ledger import Record, Transaction, Value
from mikroledger.domain.parts import of_entry, of_key
from mikroledger.domain.payment import Payment, payment_of, postings_of
from mikroledger.domain.record import Notice
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, danish
from mikroledger.services.bank import key_of, loan_of, name_of, names_of, tokens
from mikroledger.services.board import Board
from mikroledger.services.erp import Tally
from mikroledger.services.meet import meet_order, overlap
from mikroledger.services.order import amount_of
from mikroledger.services.pay import entries_for
from mikroledger.services.suspense import settle, take


@dataclass(frozen=True, slots=True)
class Placed:
    """What a notice says of which payment: that it came, that it went back, or nothing new."""

    kind: Literal["repay", "reverse", "evidence", "lost"]
    payment: str = ""
    loan: str = ""


LOST = Placed("lost")


def place_notices(board: Board, notices: Sequence[Notice], source: str) -> Tally:
    """Place every notice that the book has not seen.

    Args:
        source: the account, or the data supplier, that the notices are of.

    Raises:
        RefusedError: a notice is known with another amount or day.
    """
    tally = Tally()
    for entry, some in groupby(notices, key=lambda notice: notice.entry):
        named = []
        for notice in some:
            if _seen(board, notice, _key(notice, source)):
                tally.already += 1
                continue
            placed = _place(board, notice, source)
            if placed is LOST:
                tally.suspense += 1
                continue
            _book(board, notice, source, placed)
            tally.booked += 1
            if placed.kind == "repay":
                named.append(placed.payment)
        _from_its_line(board, key_of(source, entry), named)
        for name in named:
            settle(board, name, "")
    return tally


def names(notice: Notice, source: str) -> Iterator[str]:
    """Yield the names (`domain.parts`) of all that a notice may be about."""
    yield of_key(_key(notice, source))
    yield of_key(key_of(source, notice.entry))
    yield of_entry(_entry(notice, source))
    yield of_entry(_entry(notice, source).removesuffix("/R"))
    yield from names_of(notice.part, name_of(notice.entry, notice.number - 1))


def _key(notice: Notice, source: str) -> str:
    return f"notice:{source}:{notice.entry}/{notice.number}"


def _entry(notice: Notice, source: str) -> str:
    return f"{source}/{notice.entry}"


def _seen(board: Board, notice: Notice, key: str) -> bool:
    """Tell whether a notice is in the book; a changed one under a known key is an error."""
    entry = board.ledger.keys.get(key)
    if entry is None:
        return key in board.keys
    if (amount_of(entry), entry.value) != (abs(notice.amount), notice.value):
        known, now = danish(amount_of(entry)), danish(abs(notice.amount))
        raise RefusedError(
            da=f"Linje {notice.line}: betalingen er tidligere meldt med {known} kr. den"
            f" {long_day(entry.value, 'da')} under samme nummer ({entry.id}); nu står der {now}"
            f" kr. den {long_day(notice.value, 'da')}. Intet er bogført. Spørg banken.",
            en=f"Line {notice.line}: the payment was told as {known} kr. on {entry.value} under"
            f" the same id ({entry.id}) before; now it is {now} kr. on {notice.value}. Nothing"
            " was booked. Ask the bank.",
        )
    return True


def _place(board: Board, notice: Notice, source: str) -> Placed:
    """Say which payment a notice is about."""
    known = [p for token in tokens(notice.part) for p in board.by_reference(token)]
    out = [p for p in known if p.flow == "out" and p.amount in (notice.amount, -notice.amount)]
    if out:
        return Placed("evidence", out[0].id, out[0].case)
    if notice.amount > ZERO and not notice.returned:
        return _came_in(board, notice, source, known)
    if notice.amount < ZERO and notice.returned:
        return _taken_back(board, notice, source, known)
    return LOST


def _came_in(board: Board, notice: Notice, source: str, known: Sequence[Payment]) -> Placed:
    """Find the repayment that came in: by its line, by a reference, or by loan, sum and day."""
    loan = loan_of(board, notice.part)
    named = [p for p in known if p.flow == "in" and _untold(p, source)]
    mine = [p for p in named if not loan or p.case in ("", loan)]
    if paid := [p for p in _of_line(board, notice, source) if p.case == loan and loan]:
        fitting = [p for p in paid if p.amount == -notice.amount and _untold(p, source)]
        return _repays(fitting[0], loan, notice) if fitting else LOST
    if mine:
        return _repays(mine[0], loan or mine[0].case, notice)
    if not loan:
        return LOST
    window = board.repayment_window
    alike = [
        p
        for p in board.by_case(loan)
        if p.flow == "in"
        and p.amount == -notice.amount
        and abs((p.value - notice.value).days) <= window
        and _untold(p, source)
    ]
    if len(alike) > 1:
        return LOST
    if alike:
        return _repays(alike[0], loan, notice)
    return Placed("repay", board.fresh(name_of(notice.entry, notice.number - 1)), loan)


def _untold(payment: Payment, source: str) -> bool:
    """Tell whether no notice of a source has named a payment: of one source, two are two."""
    return not payment.told_by(f"notice:{source}")


def _repays(payment: Payment, loan: str, notice: Notice) -> Placed:
    """A payment that stands with more than the notice says is another matter: nobody guesses."""
    too_much = not loan or abs(payment.clearing) > notice.amount
    return LOST if too_much else Placed("repay", payment.id, loan)


def _of_line(board: Board, notice: Notice, source: str) -> list[Payment]:
    """Return the payments that the statement line of a notice has paid or taken back."""
    line = board.ledger.keys.get(key_of(source, notice.entry))
    if not isinstance(line, Transaction):
        return []
    named = dict.fromkeys(payment_of(line, posting) for posting in line.postings)
    return [p for p in map(board.get, named) if p and p.flow == "in"]


def _taken_back(board: Board, notice: Notice, source: str, known: Sequence[Payment]) -> Placed:
    """Find the repayment that the bank took back: the newest of its loan and sum that stands.

    Where the line was first, it has taken it back already, and the notice only confirms.
    """
    loan = loan_of(board, notice.part)
    original = board.by_entry(_entry(notice, source).removesuffix("/R"))
    named = (*original, *known, *reversed(board.by_case(loan)))
    alike = [p for p in named if p.flow == "in" and loan in ("", p.case)]
    paid = [p for p in _of_line(board, notice, source) if loan and p.case == loan]
    gone = [p for p in (*paid, *alike) if _gone(p, notice, board)]
    if gone:
        return Placed("evidence", gone[0].id, gone[0].case)
    standing = [p for p in alike if p.amount == notice.amount]
    return Placed("reverse", standing[0].id, standing[0].case) if standing else LOST


def _gone(payment: Payment, notice: Notice, board: Board) -> bool:
    """Tell whether a statement line has taken back a repayment of a notice's sum and days."""
    return payment.amount == ZERO and any(
        entry.kind == "bank"
        and abs((entry.value - notice.value).days) <= board.repayment_window
        and any(p.amount == -notice.amount for p in postings_of(entry, payment.id))
        for entry in payment.entries
        if isinstance(entry, Transaction)
    )


def _book(board: Board, notice: Notice, source: str, placed: Placed) -> None:
    """Book what a notice says: a repayment, that one was taken back, or that it was told."""
    meta: dict[str, Value] = {
        "kind": placed.kind,
        "flow": "in",
        "loan": placed.loan,
        "debtor": board.cases[placed.loan].debtor if placed.loan in board.cases else "",
        "payment": placed.payment,
        "amount": abs(notice.amount),
        "key": _key(notice, source),
        "entry": _entry(notice, source),
        "value": notice.value,
    }
    meta = {k: v for k, v in meta.items() if v != ""}
    if placed.kind == "repay":
        for entry in entries_for(board.get(placed.payment), "repay", meta, "notice"):
            board.add(entry)
    elif placed.kind == "reverse":
        home = chart.loan_account(placed.loan)
        postings = meet_order(None, -notice.amount, home, "in").postings
        board.add(Transaction(notice.day, "Afdrag ført tilbage", postings, meta=meta))
    else:
        del meta["flow"]
        told = {**meta, "kind": "notice"}
        board.add(Record(notice.day, "notice", (notice.amount,), meta=told))


def _from_its_line(board: Board, key: str, named: Sequence[str]) -> None:
    """Take repayments out of the statement line that came before them with one sum for all.

    All of them at once: so they stay each borrower's own (`domain.parts`).
    """
    line = board.suspended_line(key)
    found = [p for p in map(board.get, named) if p and not p.banked]
    wanted = {p.id: p.amount for p in found if p.amount}
    total = sum(wanted.values(), ZERO)
    if line and wanted and overlap(line.rest, total) == total:
        take(board, line.txn, wanted)
