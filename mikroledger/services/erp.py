"""Place an ERP posting list: each voucher's rows on the payments that they belong to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mikroledger.domain.chart import Chart
from mikroledger.domain.ledger import Account, Meta, Record, Transaction, Value
from mikroledger.domain.parts import UNPLACED
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import AccountString, ErpRow
from mikroledger.domain.rooms import Debtors
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.meet import meet_rows
from mikroledger.services.placing import Place, account_of, find
from mikroledger.services.suspense import settle
from mikroledger.services.voucher import (
    Part,
    Row,
    alike,
    gist,
    keys,
    mirrors,
    parts,
    row_of,
    turn,
    vouchers_named,
)


@dataclass
class Tally:
    """How a document fared."""

    booked: int = 0
    already: int = 0
    suspense: int = 0


def place_rows(board: Board, rows: Sequence[ErpRow], source: str, debtors: Debtors) -> Tally:
    """Place every row of a list that the book has not seen."""
    tally = Tally()
    known = board.ledger.keys
    vouchers: dict[tuple[str, int], list[tuple[ErpRow, str]]] = {}
    plan = Chart.of(board.ledger)
    for row, key in zip(rows, keys(rows, source), strict=True):
        vouchers.setdefault((row.voucher, row.day.year), []).append((row, key))
    fresh: list[list[Row]] = []
    for voucher in vouchers.values():
        # A leg that only mirrors others is known by them, and has no key: it was never booked.
        legs = mirrors(board, (row for row, _ in voucher))
        own = [(row, key) for row, key in voucher if row.account.funktion not in legs]
        new = [row_of(board, row, key, plan, debtors) for row, key in own if key not in known]
        fresh += [new] if new else []
        if own and not new:
            tally.already += len(voucher)
            continue
        tally.booked += len(voucher) - len(own)
        tally.already += len(own) - len(new)
    twins = alike(fresh)
    for new in sorted(fresh, key=lambda rows: turn(board, rows)):
        for part in parts(board, new):
            _place(board, part, twins, tally)
    return tally


def retry(board: Board) -> None:
    """Place the rows that nobody could place before, where it is certain by now.

    A correction may come in an earlier list than the row that it corrects.
    """
    vouchers: dict[str, list[Row]] = {}
    for row in unplaced(board):
        vouchers.setdefault(row.voucher, []).append(row)
    twins = alike(vouchers.values())
    for voucher in sorted(vouchers.values(), key=lambda rows: turn(board, rows)):
        for part in parts(board, voucher):
            if place := find(board, part, twins):
                book(board, part, place)


def unplaced(board: Board) -> list[Row]:
    """Return the rows of the book that are evidence without money, as far as it keeps them."""
    placed = {r.get("places") for r in board.ledger.records("placed")}
    return [_kept(board, r) for r in board.ledger.records(UNPLACED) if r.id not in placed]


def _kept(board: Board, record: Record) -> Row:
    _, account, amount = record.values
    assert isinstance(amount, Decimal), "an unplaced record names an amount"
    row = ErpRow(
        line=0,
        day=record.value,
        voucher=record.get("voucher").partition("/")[0],
        account=AccountString(""),
        amount=amount,
        text=record.get("gist"),
        decision=record.get("decision"),
        reference=record.get("reference"),
    )
    numbers = tuple(n for n in record.get("cases").split() if n in board.cases)
    return Row(row, "", str(account), record.get("debtor"), numbers, record.id)


def _place(board: Board, part: Part, twins: Counter[tuple[str, Decimal]], tally: Tally) -> None:
    place = find(board, part, twins)
    if place is None:
        _unplaced(board, part)
        tally.suspense += len(part.rows)
        return
    book(board, part, place)
    tally.booked += len(part.rows)


def book(board: Board, part: Part, place: Place) -> None:
    """Book what meets nothing, confirm the rest; each row's key goes on the first entry."""
    sums: dict[str, Decimal] = {}
    for row in part.rows:
        account = account_of(row.account, place.case)
        sums[account] = sums.get(account, ZERO) + row.row.amount
    meeting = meet_rows(place.payment, sums, place.flow)
    meta = _meta(part, place)
    for row in part.rows:
        if row.unplaced:
            board.add(placed(board, row.unplaced, meta))
    value = place.payment.value if place.payment else part.day
    keyed = {**meta, **{_key_name(n): r.key for n, r in enumerate(part.rows) if r.key}}
    if meeting.postings:
        text = f"Bilag {part.first.row.voucher}"
        keyed["value"] = value
        txn = Transaction(part.day, text, meeting.postings, meta={**keyed, "kind": "erp"})
        board.open_for(txn)
        board.add(txn)
        keyed = meta
    for account, amount in meeting.confirmed.items():
        values = ("erp", Account(account), amount)
        board.add(Record(part.day, "confirm", values, meta={**keyed, "kind": "confirm"}))
        keyed = meta
    settle(board, place.name, part.reference)


def placed(board: Board, number: str, meta: Meta) -> Record:
    """Return the record that says what became of one that nobody could place."""
    kept = {k: v for k, v in meta.items() if k in {"loan", "payment", "debtor", "reason", "key"}}
    return Record(
        board.policy.day, "placed", ("erp",), meta={**kept, "kind": "placed", "places": number}
    )


def _key_name(place: int) -> str:
    return f"key-{place + 1}" if place else "key"


def _meta(part: Part, place: Place) -> dict[str, Value]:
    meta: dict[str, Value] = {
        "flow": place.flow,
        "loan": place.case,
        "payment": place.name,
        "debtor": part.debtor,
        "reference": part.reference,
        "voucher": part.first.voucher,
    }
    if len({row.row.account for row in part.rows}) == 1:  # else nobody can tell whose they are
        string = part.first.row.account
        meta |= {"dranst": string.dranst, "art": string.art}
    if not place.case:
        meta["decision"] = decision_of(part.first.row)  # it may be recorded later
    if place.possible or (place.payment and place.payment.possible):
        meta["possible"] = place.possible  # a row that names more settles the doubt
    return {k: v for k, v in meta.items() if v != ""}


def decision_of(row: ErpRow) -> str:
    """Return a row's number in the case system, as it may be kept: no person's number."""
    return "" if has_cpr(row.decision) else row.decision


def _unplaced(board: Board, part: Part) -> None:
    """Keep the rows as evidence without money; the gate holds for the debtor."""
    for row in part.rows:
        meta: dict[str, Value] = {
            "kind": "unplaced",
            "debtor": part.debtor,
            "voucher": row.voucher,
            "key": row.key,
            "cases": " ".join(c.number for c in part.cases),
            "reference": row.row.reference,
            "decision": decision_of(row.row),
            "gist": gist(row.row.text),
            "original": next(iter(vouchers_named(row.row)), ""),
        }
        values = ("erp", Account(row.account), row.row.amount)
        kept = {k: v for k, v in meta.items() if v != ""}
        board.add(Record(row.row.day, "unplaced", values, meta=kept))
