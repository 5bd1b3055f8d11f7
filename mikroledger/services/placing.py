"""Say which payment a part of an ERP voucher belongs to, in the order of *Same payment?*."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.case import Case
from mikroledger.domain.parts import of_debtor, of_decision, of_loan, of_reference, of_voucher
from mikroledger.domain.payment import Flow, Payment
from mikroledger.domain.record import ErpRow
from mikroledger.domain.rooms import Debtors
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.meet import turned
from mikroledger.services.voucher import Part, vouchers_named


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs: a payment that is known, or a new one."""

    payment: Payment | None
    case: str
    name: str
    flow: Flow
    possible: bool = False


def names(row: ErpRow, debtors: Debtors) -> Iterator[str]:
    """Yield the names (`domain.parts`) of all that a row may be about."""
    texts = f"{row.decision} {row.reference} {row.text}"
    yield from map(of_loan, chart.find_numbers(texts))
    yield from map(of_voucher, (f"{row.voucher}/{row.day.year}", *vouchers_named(row)))
    yield from map(of_reference, (row.reference, *_own_names(row)))
    yield of_decision(row.decision)
    if debtor := debtors.by_person(row.person) if row.person else None:
        yield of_debtor(debtor)


def _own_names(row: ErpRow) -> tuple[str, str]:
    """Return what a payment is called that has no name but its voucher's; refunds apart."""
    return f"E{row.voucher}-{row.day.year}", f"refund-{row.voucher}"


def find(board: Board, part: Part, alike: Counter[tuple[str, Decimal]]) -> Place | None:
    """Say which payment a part belongs to, in the order of house.md, *Same payment?*."""
    if part.refund:
        return _refund(board, part)
    if places := _by_reference(board, part):
        return places[0] if len(places) == 1 else None
    return (
        _by_voucher(board, part)
        or _by_decision(board, part)
        or _by_debtor(board, part, alike)
        or _by_name(board, part)
    )


def _by_reference(board: Board, part: Part) -> list[Place]:
    """Payments that carry the row's reference; of a batch, those that its row allows."""
    if not part.reference:
        return []
    known = [p for p in board.by_reference(part.reference) if p.flow != "refund"]
    if fitting := _fitting(part, known):
        return [_known(_or_its_twin(board, payment, part), part) for payment in fitting]
    return [
        Place(None, order.get("loan"), order.get("payment"), "out")
        for order in board.proposals(part.reference)
        if _suits(part, order.get("loan"))
    ]


def _or_its_twin(board: Board, payment: Payment, part: Part) -> Payment:
    """Return the payment that a row names; where it is shown already, its twin that waits.

    Of two equal payouts under a decision the second may be listed before it is ordered, and is
    then taken for the first: the row of the first is the second's.
    """
    if part.corrects or payment.ahead or not payment.erp or part.sum != payment.amount:
        return payment
    twins = [p for p in board.by_case(payment.case) if p.flow == payment.flow]
    waiting = [p for p in twins if _expects(p, part)]
    return waiting[0] if len(waiting) == 1 else payment


def _by_name(board: Board, part: Part) -> Place | None:
    """A reference that nobody has used yet: the order that carries it may come later.

    Half a correction begins no payment: it waits for what it corrects.
    """
    tied = len(part.cases) == 1 or not (part.cases or part.debtor)
    half = part.corrects and part.sum != ZERO
    return _new(board, part) if part.reference and tied and not half else None


def _suits(part: Part, case: str) -> bool:
    return not (part.cases and case) or case in {c.number for c in part.cases}


def _fitting(part: Part, payments: list[Payment]) -> list[Payment]:
    """Keep the payments that the part's decision and debtor allow; a sum settles the rest."""
    own = [p for p in payments if _suits(part, p.case) and _same_debtor(part, p)]
    return [p for p in own if p.amount == part.sum] or own if len(own) > 1 else own


def _same_debtor(part: Part, payment: Payment) -> bool:
    return not (part.debtor and payment.debtor) or part.debtor == payment.debtor


def _by_voucher(board: Board, part: Part) -> Place | None:
    """An ERP correction that names the original voucher, or more rows of a known voucher."""
    named = [voucher for r in part.rows for voucher in vouchers_named(r.row)]
    for voucher in (*named, part.first.voucher):
        found = [p for p in board.by_voucher(voucher) if p.flow != "refund"]
        fitting = _fitting(part, found)
        if len(fitting) == 1:
            return _known(fitting[0], part)
    return None


def _by_decision(board: Board, part: Part) -> Place | None:
    """Loan or decision number, with the voucher's sum."""
    if len(part.cases) != 1:
        return None
    case = part.cases[0]
    under = [p for p in board.by_case(case.number) if p.flow != "refund"]
    if part.corrects or part.sum == ZERO:
        return _known(under[0], part) if len(under) == 1 else _largest(part, under)
    same = [p for p in under if _expects(p, part)]
    if part.sum < ZERO:
        window = board.repayment_window
        same = [p for p in same if abs((p.value - part.day).days) <= window]
    if len(same) > 1:
        return None
    if found := same or _turned(board, part, under):
        return _known(found[0], part)
    waiting = [r for r in board.proposals_of(case.number) if r.meta.get("amount") == part.sum]
    if waiting:
        return Place(None, case.number, waiting[0].get("payment"), "out")
    half = [p for p in under if _completes(p, part)]
    return _known(half[0], part) if len(half) == 1 else _new(board, part)


def _largest(part: Part, under: list[Payment]) -> Place | None:
    """Of several payments under a decision, the one whose sum the correction moves."""
    moved = max((r.row.amount for r in part.rows), default=ZERO)
    moved = moved or -min(r.row.amount for r in part.rows)
    found = [p for p in under if abs(p.amount) == moved]
    return _known(found[0], part) if len(found) == 1 else None


def _expects(payment: Payment, part: Part) -> bool:
    """Tell whether a payment of this sum still waits for its ERP row."""
    unseen = not payment.erp and not payment.vouchers
    return unseen and part.sum in (payment.amount, payment.bank)


def _turned(board: Board, part: Part, under: list[Payment]) -> list[Payment]:
    """Return the one payment of the sum whose only row has the wrong sign (ML109).

    Money in that the ERP has as a debit, or a payout that it has as a credit that nothing calls a
    repayment; no other row of theirs has come, and the days agree.
    """
    on_loans = all(chart.is_loan(r.account) for r in part.rows)
    if not on_loans or part.corrects or part.called != (part.sum > ZERO):
        return []
    whole = board.policy.number("match-window-days")
    window = board.repayment_window if part.called else whole
    found = [
        p
        for p in under
        if p.flow == ("in" if part.called else "out")
        and not (p.erp or p.vouchers)
        and -part.sum in (p.amount, p.bank)
        and abs((p.value - part.day).days) <= window
    ]
    return found if len(found) == 1 else []


def _completes(payment: Payment, part: Part) -> bool:
    """Tell whether a part is the other half of a correction, or takes a payout off again."""
    if payment.book.get(chart.REPOSTING, ZERO) == part.sum and not turned(payment):
        return True
    shown = {account_of(r.account, payment.case): r.row.amount for r in part.rows}
    if not part.repays and all(payment.ahead.get(a) == amount for a, amount in shown.items()):
        return True
    if part.sum > ZERO or part.repays or payment.flow != "out":
        return False
    there = all(
        payment.book.get(r.account, ZERO) + r.row.amount >= ZERO
        or payment.ahead.get(r.account, ZERO) < ZERO
        for r in part.rows
    )
    return there or payment.amount == -part.sum


def _by_debtor(board: Board, part: Part, alike: Counter[tuple[str, Decimal]]) -> Place | None:
    """Debtor, sum and day in a window: only if there is one candidate on each side."""
    if not part.debtor:
        return None
    whole = board.policy.number("match-window-days")
    window = board.repayment_window if part.sum < ZERO else whole
    near = [
        p
        for p in board.by_debtor(part.debtor)
        if p.flow == part.flow and _expects(p, part) and abs((p.value - part.day).days) <= window
    ]
    cases = () if near or part.corrects else board.cases_of(part.debtor)
    unpaid = [case for case in cases if _awaits(board, case, part)]
    if len(near) + len(unpaid) > 1:
        return None
    if not near and not unpaid:
        return _strange(board, part)
    if alike[part.debtor, part.sum] > 1:
        return None
    if near:
        known = _known(near[0], part)
        return Place(known.payment, known.case, known.name, known.flow, possible=True)
    waiting = board.proposals_of(unpaid[0].number)
    name = waiting[0].get("payment") if waiting and part.flow == "out" else _name(board, part)
    return Place(None, unpaid[0].number, name, part.flow, possible=True)


def _awaits(board: Board, case: Case, part: Part) -> bool:
    """Tell whether a decision could be what the ERP paid, or a loan what was repaid."""
    paid = board.debt(case.number)
    if part.flow == "in":
        return case.kind == "loan" and ZERO < -part.sum <= paid
    if case.kind == "loan" and paid:
        return False
    return part.sum == case.principal - paid and case.decided <= part.day


def _strange(board: Board, part: Part) -> Place | None:
    """A payment of its own, under no decision: plain when it is a benefit or a grant.

    Money in needs a reference, so that the order that carries it can say what it is.
    """
    plain = bool(part.reference) if part.flow == "in" else part.sum > ZERO
    if part.corrects or not plain:
        return None
    return _new(board, part)


def _refund(board: Board, part: Part) -> Place:
    """A state refund is a payment of its own, tied to the decision that it was claimed on."""
    case = part.cases[0].number if len(part.cases) == 1 else _case_of_voucher(board, part)
    if not case and part.reference:
        case = next((p.case for p in board.by_reference(part.reference) if p.case), "")
    for payment in board.by_case(case) if case else []:
        if payment.flow == "refund":
            return _known(payment, part)
    return Place(None, case, board.fresh(_own_names(part.first.row)[1]), "refund")


def _case_of_voucher(board: Board, part: Part) -> str:
    """Return the decision of the only payment in the refund row's own voucher."""
    found = {p.case for p in board.by_voucher(part.first.voucher) if p.case}
    return found.pop() if len(found) == 1 else ""


def _known(payment: Payment, part: Part) -> Place:
    """A payment of the book; the bank may have been first, and known no decision."""
    case = part.cases[0].number if len(part.cases) == 1 else ""
    return Place(payment, payment.case or case, payment.id, payment.flow)


def _name(board: Board, part: Part) -> str:
    return board.fresh(part.reference or _own_names(part.first.row)[0])


def _new(board: Board, part: Part) -> Place:
    case = part.cases[0].number if len(part.cases) == 1 else ""
    return Place(None, case, _name(board, part), part.flow)


def account_of(account: str, case: str) -> str:
    """Return the account of a row: on the loan's own account where it names one."""
    return chart.loan_account(case) if account == chart.UNASSIGNED and case else account
