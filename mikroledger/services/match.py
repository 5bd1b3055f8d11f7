"""Match: place what nobody could place, where it is certain by now, or where a person says so.

A person's word is one act with a reason. Splitting a bank line among loans, moving a repayment
to the loan that it was meant for, and telling that money is not a micro-loan's are such acts.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.ledger import Entry, Journal, Ledger, Meta, Posting, Transaction, Value
from mikroledger.domain.parts import of_id, of_key, of_loan, of_reference
from mikroledger.domain.payment import Payment
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, danish
from mikroledger.services import erp
from mikroledger.services.board import Board, Suspended
from mikroledger.services.candidates import waiting
from mikroledger.services.meet import clearing, meet_bank, meet_order
from mikroledger.services.order import Outcome, Planned, Who, because, seen, signed, submit
from mikroledger.services.placing import Place
from mikroledger.services.reverse import bank_line, reversal
from mikroledger.services.voucher import Part, Row, parts

NOT_OURS = "not-ours"


@dataclass(frozen=True, slots=True)
class Match:
    """What a person says that an item is.

    Args:
        item: id of a bank line in suspense, of an ERP row without a payment, or of a repayment
            that stands on the wrong loan.
        targets: loans or payments, each with its share in kroner; None is all of it. None at
            all: it is no micro-loan's.
        reason: why, in the person's words.
    """

    item: str
    targets: tuple[tuple[str, Decimal | None], ...]
    reason: str


def again(journal: Journal, who: Who, *, dry_run: bool = False) -> Outcome | None:
    """Place what is certain by now; None if there is nothing.

    Raises:
        BrokenBookError: the book does not load.
    """
    who = replace(who, by=signed(who.by))
    about = {name for item in waiting(journal, who.today) for name in item.names}

    def make(ledger: Ledger) -> Planned | Outcome:
        board = Board(ledger, who.today)
        erp.retry(board)
        if not board.made:
            return Outcome("", "", who.today, ZERO, "already")
        return Planned((*board.opened, *board.flow_back()), len(board.opened))

    if not about:
        return None
    outcome = submit(journal, "match", who, make, about=about, dry_run=dry_run)
    return outcome if outcome.outcome == "booked" else None


def match(journal: Journal, order: Match, who: Who, *, dry_run: bool = False) -> Outcome:
    """Place an item where a person says.

    Raises:
        UsageError: no reason, or an amount that is not above zero.
        RefusedError: there is no such item or target, or the sums do not fit.
    """
    who = replace(who, by=signed(who.by))
    order = replace(order, reason=because(order.reason))
    if any(share is not None and share <= ZERO for _, share in order.targets):
        raise UsageError(
            da="Et beløb skal være større end nul.", en="An amount must be above zero."
        )
    targets = [name for name, _ in order.targets]
    about = {of_id(order.item), of_key(_key(order))}
    about |= {name for target in targets for name in (of_loan(target), of_reference(target))}
    items = waiting(journal, who.today)
    vouchers = {item.voucher for item in items if item.id == order.item and item.voucher}
    about |= {of_id(item.id) for item in items if item.voucher in vouchers}
    return submit(
        journal, "match", who, lambda book: _make(book, order, who), about=about, dry_run=dry_run
    )


def _key(order: Match) -> str:
    said = "+".join(f"{n}={s}" if s is not None else n for n, s in sorted(order.targets, key=str))
    return f"match:{order.item}:{said or NOT_OURS}"


def _make(ledger: Ledger, order: Match, who: Who) -> Planned | Outcome:
    if answer := seen(ledger, _key(order), {}):
        return answer
    board = Board(ledger, who.today)
    line = next((each for each in board.in_suspense() if each.txn.id == order.item), None)
    rows = [row for row in erp.unplaced(board) if row.unplaced == order.item]
    if line:
        _line(board, line, order)
    elif rows:
        _row(board, rows[0], order)
    else:
        _move(board, order)
    made = board.flow_back()
    first = {**made[0].meta, "key": _key(order)}
    return Planned((*board.opened, replace(made[0], meta=first), *made[1:]), len(board.opened))


def _shares(order: Match, whole: Decimal) -> list[tuple[str, Decimal]]:
    """Return each target with its amount; what only one has none for is the rest."""
    given = sum((share for _, share in order.targets if share is not None), ZERO)
    open_ones = [name for name, share in order.targets if share is None]
    if given > whole or len(open_ones) > 1 or (open_ones and given == whole):
        raise RefusedError(
            da=f"Beløbene passer ikke: {danish(whole)} kr. skal fordeles, og {danish(given)} kr."
            " er nævnt. Skriv MÅL=BELØB for hvert; ét kan stå uden beløb og får resten.",
            en=f"The amounts do not fit: {danish(whole)} kr. is to be divided, and"
            f" {danish(given)} kr. was named. Write TARGET=AMOUNT for each; one may stand"
            " without an amount and gets the rest.",
        )
    return [(name, whole - given if share is None else share) for name, share in order.targets]


# A line of the bank


def _line(board: Board, line: Suspended, order: Match) -> None:
    if not order.targets:
        board.add(_elsewhere(line, order))
        return
    sign = 1 if line.rest > ZERO else -1
    for name, share in _shares(order, abs(line.rest)):
        place = _in(board, name, share, line.txn) if sign < 0 else _out(board, name, share)
        source = Posting(chart.SUSPENSE, -sign * share, {"payment": place.name})
        _half(board, line.txn, source, place, order)


def _elsewhere(line: Suspended, order: Match) -> Transaction:
    """Take a line out of suspense that another part of the municipality answers for."""
    postings = (Posting(chart.SUSPENSE, -line.rest), Posting(chart.ELSEWHERE, line.rest))
    meta = _meta(line.txn, order)
    return Transaction(line.txn.day, "Banklinje uden for mikrolån", postings, meta=meta)


def _meta(line: Transaction, order: Match) -> dict[str, Value]:
    return {"kind": "bank", "value": line.value, "evidence": line.id, "reason": order.reason}


def _in(board: Board, name: str, share: Decimal, line: Transaction) -> Place:
    """Say which repayment money in is, or that it is a payout that came back."""
    if payment := board.get(name):
        back = payment.flow == "out" and payment.bank >= share and not payment.returned
        if back or (payment.flow == "in" and not payment.banked):
            return _known(payment)
        raise _no_room(name)
    case = board.cases.get(name)
    if case is None or case.kind != "loan":
        raise _no_target(name)
    window = board.repayment_window
    alike = [
        p
        for p in board.by_case(name)
        if p.flow == "in"
        and not p.banked
        and p.amount == -share
        and abs((p.value - line.value).days) <= window
    ]
    if len(alike) == 1:
        return _known(alike[0])
    fresh = board.fresh(line.get("reference") or f"B-{line.id}")
    return Place(None, name, fresh, "in")


def _out(board: Board, name: str, share: Decimal) -> Place:
    """Say which payout money out is."""
    named = board.get(name)
    under = [named] if named else board.by_case(name)
    paid = [p for p in under if p.flow == "out" and not p.banked and p.amount]
    fitting = [p for p in paid if p.amount == share] or paid
    if len(fitting) == 1:
        return _known(fitting[0])
    if not under and name not in board.cases:
        raise _no_target(name)
    raise _no_room(name)


def _known(payment: Payment) -> Place:
    return Place(payment, payment.case, payment.id, payment.flow)


def _half(board: Board, line: Transaction, source: Posting, place: Place, order: Match) -> None:
    """Book the bank's half of a payment out of where it lies, and what it is, where it is new."""
    back = place.payment and place.flow == "out" and source.amount > ZERO
    account = chart.RETURNED if back else clearing(place.flow)
    postings = (source, Posting(account, -source.amount, {"payment": place.name}))
    text = f"Banklinje hører til {place.case or place.name}"
    board.add(Transaction(line.day, text, postings, meta=_meta(line, order)))
    if place.payment is None:
        board.add(_repayment(board, place, -source.amount, line, order.reason))
    elif not back and (more := meet_bank(board.get(place.name), -source.amount, place.flow)):
        meta: Meta = {"kind": "erp", "payment": place.name, "value": line.value}
        board.add(Transaction(line.day, "Beløb kendt fra banken", more, meta=meta))


def _repayment(
    board: Board, place: Place, amount: Decimal, line: Transaction, reason: str
) -> Transaction:
    meta: Meta = {
        "kind": "repay",
        "flow": "in",
        "loan": place.case,
        "debtor": board.cases[place.case].debtor,
        "payment": place.name,
        "value": line.value,
        "reason": reason,
    }
    postings = meet_order(None, amount, chart.loan_account(place.case), "in").postings
    return Transaction(line.day, f"Afdrag på lån {place.case}", postings, meta=meta)


# A row of the ERP


def _row(board: Board, row: Row, order: Match) -> None:
    part = next(p for p in _parts(board, row) if row in p.rows)
    if not order.targets:
        for each in part.rows:
            board.add(erp.placed(board, each.unplaced, {"reason": order.reason}))
        return
    if len(order.targets) > 1 or order.targets[0][1] is not None:
        raise RefusedError(
            da="En række fra økonomisystemet hører til én betaling: giv ét mål uden beløb.",
            en="A row of the ERP belongs to one payment: give one target without an amount.",
        )
    place = _of_row(board, part, order.targets[0][0])
    first = len(board.made)
    erp.book(board, part, place)
    board.made[first] = _with_reason(board.made[first], order.reason)


def _parts(board: Board, row: Row) -> list[Part]:
    return parts(board, [each for each in erp.unplaced(board) if each.voucher == row.voucher])


def _with_reason(entry: Entry, reason: str) -> Entry:
    return replace(entry, meta={**entry.meta, "reason": reason})


def _of_row(board: Board, part: Part, name: str) -> Place:
    if payment := board.get(name):
        return _known(payment)
    if name not in board.cases:
        raise _no_target(name)
    same = [p for p in board.by_case(name) if p.flow == part.flow and not p.erp]
    same = [p for p in same if p.amount == part.sum]
    if len(same) == 1:
        return _known(same[0])
    number, _, year = part.first.voucher.partition("/")
    return Place(None, name, board.fresh(part.reference or f"E{number}-{year}"), part.flow)


# A repayment on the wrong loan


def _move(board: Board, order: Match) -> None:
    """Take a repayment off its loan and put it on others, with the bank's half of it."""
    payment = _repaid(board, order.item)
    if not order.targets:
        raise RefusedError(
            da=f"{order.item} er bogført som et afdrag. Tag det tilbage med »mikroledger reverse"
            f" {order.item}«, og giv så banklinjen --not-ours.",
            en=f"{order.item} is booked as a repayment. Take it back with 'mikroledger reverse"
            f" {order.item}', and then give the bank's line --not-ours.",
        )
    whole = -payment.amount
    shares = _shares(order, whole)
    if sum((share for _, share in shares), ZERO) != whole or any(
        board.cases.get(name) is None or board.cases[name].kind != "loan" for name, _ in shares
    ):
        raise RefusedError(
            da=f"Et afdrag flyttes helt, til lån: fordel {danish(whole)} kr. på LÅN=BELØB.",
            en=f"A repayment is moved whole, to loans: divide {danish(whole)} kr. as LOAN=AMOUNT.",
        )
    loans = ", ".join(name for name, _ in shares)
    off = reversal(board, order.item)
    text = f"Afdrag flyttet fra {payment.case} til {loans}"
    board.add(replace(off, text=text, meta={**off.meta, "reason": order.reason}))
    for name, share in shares:
        place = Place(None, name, board.fresh(f"{payment.id}.{name}"), "in")
        if payment.bank:
            source = Posting(chart.REPAYMENTS, share, {"payment": payment.id})
            _half(board, bank_line(payment), source, place, order)
        else:
            board.add(_repayment(board, place, -share, off, order.reason))


def _repaid(board: Board, number: str) -> Payment:
    """Return the payment that a posting booked, if it is a repayment that can be moved."""
    found = [e for e in board.ledger.by_id.get(number, ()) if isinstance(e, Transaction)]
    payment = board.get(found[0].get("payment")) if found else None
    if payment is None or found[0].kind != "repay" or not payment.amount:
        raise RefusedError(
            da=f"Intet venter under {number}. Se det, der venter, med »mikroledger match"
            " --dry-run«; et afdrag, der skal flyttes, gives med sit id fra »mikroledger show«.",
            en=f"Nothing waits under {number}. See what waits with 'mikroledger match"
            " --dry-run'; a repayment to be moved is given by its id from 'mikroledger show'.",
        )
    return payment


def _no_target(name: str) -> RefusedError:
    return RefusedError(
        da=f"Der er hverken et lån eller en betaling {name}. Se dem med »mikroledger list« og"
        " »mikroledger show LÅN«.",
        en=f"There is neither a loan nor a payment {name}. See them with 'mikroledger list' and"
        " 'mikroledger show LOAN'.",
    )


def _no_room(name: str) -> RefusedError:
    return RefusedError(
        da=f"{name} venter ikke på en banklinje på det beløb. Se »mikroledger show«; mangler"
        " ordren, så bogfør den først.",
        en=f"{name} does not wait for a line of the bank of that amount. See 'mikroledger show';"
        " if the order is missing, book it first.",
    )
