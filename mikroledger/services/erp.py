"""Place an ERP posting list: each voucher's rows on the payments that they belong to."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.case import Case
from mikroledger.domain.chart import Chart
from mikroledger.domain.ledger import Account, Record, Transaction, Value
from mikroledger.domain.payment import Flow, Payment
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import ErpRow
from mikroledger.domain.rooms import Debtors
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.meet import meet_rows
from mikroledger.services.suspense import settle

_COUNTER_LEGS = frozenset({"9.22.05", "9.52.59", "9.25.12"})
_LOAN_SIDES = frozenset({"8.32.25", "9.32.25"})
_CORRECTION = re.compile(r"\bomp|\bkorr|\bret(tet|telse)|\btilbagef", re.IGNORECASE)
_NAMED_VOUCHER = re.compile(r"\bbilag(?:snr)?\.?\s*([0-9]{3,})", re.IGNORECASE)
_REPAYMENT = re.compile(r"\bafdrag|\bindbet|\btilbagebet", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its key, its account, and the debtor in place of the person."""

    row: ErpRow
    key: str
    account: str
    debtor: str
    numbers: tuple[str, ...]

    @property
    def voucher(self) -> str:
        return f"{self.row.voucher}/{self.row.day.year}"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one voucher that belong to one payment, and what ties them."""

    rows: tuple[Row, ...]
    reference: str
    cases: tuple[Case, ...]
    debtor: str

    @property
    def first(self) -> Row:
        return self.rows[0]

    @property
    def day(self) -> date:
        return self.first.row.day

    @property
    def sum(self) -> Decimal:
        return sum((r.row.amount for r in self.rows), ZERO)

    @property
    def corrects(self) -> bool:
        """The ERP says itself that the voucher corrects another."""
        return any(_CORRECTION.search(r.row.text) for r in self.rows)

    @property
    def refund(self) -> bool:
        return self.first.account == chart.REFUND

    @property
    def repays(self) -> bool:
        """The row says itself that it is a repayment: by account, or by what it is called."""
        if any(r.account == chart.INCOME for r in self.rows):
            return True
        if self.corrects:
            return False
        called = any(_REPAYMENT.search(r.row.text) for r in self.rows)
        return called or (self.sum < ZERO and all(chart.is_loan(r.account) for r in self.rows))

    @property
    def flow(self) -> Flow:
        """Which way the money went; a credit that nothing calls a repayment is no guess at one."""
        return "in" if self.repays else "out"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs: a payment that is known, or a new one."""

    payment: Payment | None
    case: str
    name: str
    flow: Flow
    possible: bool = False


@dataclass
class Tally:
    """How a document fared."""

    booked: int = 0
    already: int = 0
    suspense: int = 0


def keys(rows: Iterable[ErpRow], source: str) -> list[str]:
    """Name each row by what it says and its number among equals.

    The list's text goes into the hash and nowhere else.
    """
    seen: Counter[str] = Counter()
    named = []
    for row in rows:
        said = "|".join(
            (
                source,
                str(row.day.year),
                row.voucher,
                str(row.account),
                str(row.amount),
                row.day.isoformat(),
                row.text,
                row.reference,
                row.decision,
            )
        )
        seen[said] += 1
        digest = hashlib.sha256(f"{said}|{seen[said]}".encode()).hexdigest()
        named.append(f"erp:{digest[:24]}")
    return named


def place_rows(board: Board, rows: Sequence[ErpRow], source: str, debtors: Debtors) -> Tally:
    """Place every row of a list that the book has not seen."""
    tally = Tally()
    known = board.ledger.keys
    vouchers: dict[str, list[Row]] = {}
    plan = Chart.of(board.ledger)
    for row, key in zip(rows, keys(rows, source), strict=True):
        if key in known:
            tally.already += 1
            continue
        placed = _row(board, row, key, plan, debtors)
        vouchers.setdefault(placed.voucher, []).append(placed)
    alike = _alike(vouchers.values())
    for voucher in sorted(vouchers.values(), key=lambda rows: _turn(board, rows)):
        counted = _counted(board, voucher)
        tally.booked += len(voucher) - len(counted)
        for part in _parts(board, counted):
            _place(board, part, alike, tally)
    return tally


def _turn(board: Board, rows: list[Row]) -> tuple[bool, bool, date, str]:
    """Say when a voucher is placed: known references first, corrections after what they name."""
    known = any(r.row.reference and board.by_reference(r.row.reference) for r in rows)
    corrects = any(_CORRECTION.search(r.row.text) for r in rows)
    return corrects, not known, rows[0].row.day, rows[0].row.voucher


def _row(board: Board, row: ErpRow, key: str, plan: Chart, debtors: Debtors) -> Row:
    debtor = debtors.by_person(row.person) if row.person else None
    if has_cpr(row.reference, dashed=True):
        row = replace(row, reference="")
    numbers = chart.find_numbers(f"{row.decision} {row.reference} {row.text}")
    account = plan.account(row.account)
    return Row(row, key, account, debtor or "", tuple(n for n in numbers if n in board.cases))


def _counted(board: Board, voucher: list[Row]) -> list[Row]:
    """Leave out the legs that only mirror the others: bank, clearing, the other loan side."""
    rows = [r for r in voucher if r.row.account.funktion not in _COUNTER_LEGS]
    if {r.row.account.funktion for r in rows} >= _LOAN_SIDES:
        other = _LOAN_SIDES - {board.policy.text("loan-funktion")}
        rows = [r for r in rows if r.row.account.funktion not in other]
    return rows


def _parts(board: Board, rows: list[Row]) -> list[Part]:
    """Divide a voucher's rows by what ties them; rows without a tie follow the only one."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_tie(board, row), []).append(row)
    loose = groups.pop(("", "", ""), [])
    named = {tie for tie in groups if any(tie)}
    if loose and len(named) == 1:
        groups[named.pop()] += loose
    elif loose:
        groups["", "", ""] = loose
    parts = []
    for (reference, _, debtor), group in groups.items():
        split = [[r for r in group if r.account != chart.REFUND]]
        split += [[r] for r in group if r.account == chart.REFUND]
        cases = _cases(board, group)
        found = [Part(tuple(each), reference, cases, debtor) for each in split if each]
        parts += [replace(part, cases=_narrowed(board, part)) for part in found]
    return parts


def _tie(board: Board, row: Row) -> tuple[str, str, str]:
    numbers = ",".join(c.number for c in _decisions(board, row))
    return row.row.reference, numbers, row.debtor


def _decisions(board: Board, row: Row) -> list[Case]:
    """Return the decisions that a row names; of several, the one that its own sum settles."""
    named = [board.cases[number] for number in row.numbers]
    named = named or board.decisions(row.row.decision)
    if len(named) < 2:
        return named
    paid = {p.case for p in board.by_reference(row.row.reference)} if row.row.reference else set()
    own = [c for c in named if c.number in paid] or [
        c for c in named if _of_sum(board, c, {abs(row.row.amount)})
    ]
    return own if len(own) == 1 else named


_KIND = {chart.GRANTS: "grant", chart.SUBSISTENCE: "subsistence", chart.UNASSIGNED: "loan"}


def _of_sum(board: Board, case: Case, sums: set[Decimal]) -> bool:
    """Tell whether a decision, or a payment under it, is of one of some sums."""
    return case.principal in sums or any(abs(p.amount) in sums for p in board.by_case(case.number))


def _cases(board: Board, rows: list[Row]) -> tuple[Case, ...]:
    """Return the decisions that the rows name; a debtor's own, where several share a number."""
    found = {c.number: c for row in rows for c in _decisions(board, row)}
    debtors = {row.debtor for row in rows if row.debtor}
    own = {n: c for n, c in found.items() if c.debtor in debtors}
    return tuple((own or found).values())


def _narrowed(board: Board, part: Part) -> tuple[Case, ...]:
    """Of several decisions under one number (§ 65 gives both), keep those of the part's sum."""
    if len(part.cases) < 2:
        return part.cases
    moved = max(abs(r.row.amount) for r in part.rows)
    sums = {abs(part.sum), moved} - {ZERO}
    kinds = [c for c in part.cases if part.flow != "in" or c.kind == "loan"]
    fitting = [c for c in kinds if _of_sum(board, c, sums)] or kinds
    unpaid = [c for c in fitting if part.flow == "in" or board.debt(c.number) < c.principal]
    if part.sum > ZERO and unpaid:
        fitting = unpaid
    said = [c for c in fitting if c.kind in {_KIND.get(r.account) for r in part.rows}]
    return tuple(said if len(said) == 1 else fitting)


def _alike(vouchers: Iterable[list[Row]]) -> Counter[tuple[str, Decimal]]:
    """Count, per debtor and sum, the vouchers that name no decision and no payment."""
    count: Counter[tuple[str, Decimal]] = Counter()
    for rows in vouchers:
        sums: Counter[str] = Counter()
        for r in rows:
            if r.debtor and not r.row.reference and not r.row.decision and not r.numbers:
                sums[r.debtor] += r.row.amount  # type: ignore[assignment]  # kroner, not counts
        count.update((debtor, Decimal(amount)) for debtor, amount in sums.items())
    return count


def _place(board: Board, part: Part, alike: Counter[tuple[str, Decimal]], tally: Tally) -> None:
    place = _find(board, part, alike)
    if place is None:
        _unplaced(board, part)
        tally.suspense += len(part.rows)
        return
    _book(board, part, place)
    tally.booked += len(part.rows)


def _find(board: Board, part: Part, alike: Counter[tuple[str, Decimal]]) -> Place | None:
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
        return [_known(payment, part) for payment in fitting]
    return [
        Place(None, order.get("loan"), order.get("payment"), "out")
        for order in board.proposals(part.reference)
        if _suits(part, order.get("loan"))
    ]


def _by_name(board: Board, part: Part) -> Place | None:
    """A reference that nobody has used yet: the order that carries it may come later."""
    tied = len(part.cases) == 1 or not (part.cases or part.debtor)
    return _new(board, part) if part.reference and tied else None


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
    named = [
        f"{number}/{year}"
        for r in part.rows
        for number in _NAMED_VOUCHER.findall(r.row.text)
        for year in (r.row.day.year, r.row.day.year - 1)
    ]
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
    if same:
        return _known(same[0], part)
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


def _completes(payment: Payment, part: Part) -> bool:
    """Tell whether a part is the other half of a correction, or takes a payout off again."""
    if payment.book.get(chart.REPOSTING, ZERO) == part.sum:
        return True
    shown = {_account(r.account, payment.case): r.row.amount for r in part.rows}
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
    unpaid = [c for c in board.cases.values() if _awaits(board, c, part)] if not near else []
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
    if case.debtor != part.debtor or part.corrects:
        return False
    paid = board.debt(case.number)
    if part.flow == "in":
        return case.kind == "loan" and ZERO < -part.sum <= paid
    if case.kind == "loan" and paid:
        return False
    return part.sum == case.principal - paid and case.decided <= part.day


def _strange(board: Board, part: Part) -> Place | None:
    """A payment of its own, under no decision: plain when it is a benefit or a grant."""
    if part.flow == "in" or part.corrects or part.sum <= ZERO:
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
    return Place(None, case, board.fresh(f"refund-{part.first.row.voucher}"), "refund")


def _case_of_voucher(board: Board, part: Part) -> str:
    """Return the decision of the only payment in the refund row's own voucher."""
    found = {p.case for p in board.by_voucher(part.first.voucher) if p.case}
    return found.pop() if len(found) == 1 else ""


def _known(payment: Payment, part: Part) -> Place:
    """A payment of the book; the bank may have been first, and known no decision."""
    case = part.cases[0].number if len(part.cases) == 1 else ""
    return Place(payment, payment.case or case, payment.id, payment.flow)


def _name(board: Board, part: Part) -> str:
    return board.fresh(part.reference or f"E{part.first.row.voucher}-{part.day.year}")


def _new(board: Board, part: Part) -> Place:
    case = part.cases[0].number if len(part.cases) == 1 else ""
    return Place(None, case, _name(board, part), part.flow)


def _book(board: Board, part: Part, place: Place) -> None:
    """Book what meets nothing, confirm the rest; each row's key goes on the first entry."""
    sums: dict[str, Decimal] = {}
    for row in part.rows:
        account = _account(row.account, place.case)
        sums[account] = sums.get(account, ZERO) + row.row.amount
    meeting = meet_rows(place.payment, sums, place.flow)
    meta = _meta(part, place)
    value = place.payment.value if place.payment else part.day
    keyed = {**meta, **{_key_name(n): r.key for n, r in enumerate(part.rows)}}
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


def _account(account: str, case: str) -> str:
    """Return the account of a row: on the loan's own account where it names one."""
    return chart.loan_account(case) if account == chart.UNASSIGNED and case else account


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
    if place.possible:
        meta["possible"] = True
    return {k: v for k, v in meta.items() if v != ""}


def _unplaced(board: Board, part: Part) -> None:
    """Keep the rows as evidence without money; the gate holds for the debtor."""
    for row in part.rows:
        meta: dict[str, Value] = {
            "kind": "unplaced",
            "debtor": part.debtor,
            "voucher": row.voucher,
            "key": row.key,
            "cases": " ".join(c.number for c in part.cases),
        }
        values = ("erp", Account(row.account), row.row.amount)
        kept = {k: v for k, v in meta.items() if v != ""}
        board.add(Record(row.row.day, "unplaced", values, meta=kept))
