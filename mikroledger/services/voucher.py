"""An ERP voucher: its rows, what ties them, and the parts that each belong to one payment."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.case import Case
from mikroledger.domain.chart import Chart
from mikroledger.domain.payment import Flow
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import ErpRow
from mikroledger.domain.rooms import Debtors
from mikroledger.money import ZERO
from mikroledger.services.board import Board

_COUNTER_LEGS = frozenset({"9.22.05", "9.52.59", "9.25.12"})
_LOAN_SIDES = frozenset({"8.32.25", "9.32.25"})
_CORRECTION = re.compile(r"\bomp|\bkorr|\bret(tet|telse)|\btilbagef", re.IGNORECASE)
_REPAYMENT = re.compile(
    r"\bafdrag|\bindbet|(?<!mod )(?<!m/)\btilbagebet(?!alingspligt)",
    re.IGNORECASE,
)
"""What a repayment is called; help that *is to be* repaid (mod tilbagebetaling) is a payout."""
_VOUCHER = re.compile(r"\bbilag(?:snr)?\.?\s*([0-9]{3,})", re.IGNORECASE)
_KIND = {chart.GRANTS: "grant", chart.SUBSISTENCE: "subsistence", chart.UNASSIGNED: "loan"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its key, its account, and the debtor in place of the person."""

    row: ErpRow
    key: str
    account: str
    debtor: str
    numbers: tuple[str, ...]
    unplaced: str = ""
    """The id of the record that the row was kept as, if nobody could place it before."""

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
        return self.called or (
            self.sum < ZERO and all(chart.is_loan(r.account) for r in self.rows)
        )

    @property
    def called(self) -> bool:
        """A text calls it a repayment."""
        return any(_REPAYMENT.search(r.row.text) for r in self.rows)

    @property
    def flow(self) -> Flow:
        """Which way the money went; a credit that nothing calls a repayment is no guess at one."""
        return "in" if self.repays else "out"


def vouchers_named(row: ErpRow) -> list[str]:
    """Return the vouchers that a row's text names, of its year or the one before."""
    years = (row.day.year, row.day.year - 1)
    return [f"{number}/{year}" for number in _VOUCHER.findall(row.text) for year in years]


def gist(text: str) -> str:
    """Return the words of a row's text that placing goes by, and no other: they may be kept.

    >>> gist("Korr. bilagsnr 70010, afdrag Ane")
    'omp bilag 70010 afdrag'
    """
    words = ["omp"] if _CORRECTION.search(text) else []
    words += [f"bilag {number}" for number in _VOUCHER.findall(text)]
    return " ".join([*words, "afdrag"] if _REPAYMENT.search(text) else words)


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


def turn(board: Board, rows: list[Row]) -> tuple[bool, bool, date, str]:
    """Say when a voucher is placed: known references first, corrections after what they name."""
    known = any(r.row.reference and board.by_reference(r.row.reference) for r in rows)
    corrects = any(_CORRECTION.search(r.row.text) for r in rows)
    return corrects, not known, rows[0].row.day, rows[0].row.voucher


def row_of(board: Board, row: ErpRow, key: str, plan: Chart, debtors: Debtors) -> Row:
    """Read a row: account by the chart, debtor by the register; the person is forgotten."""
    debtor = debtors.by_person(row.person) if row.person else None
    if has_cpr(row.reference, dashed=True):
        row = replace(row, reference="")
    numbers = chart.find_numbers(f"{row.decision} {row.reference} {row.text}")
    account = plan.account(row.account)
    return Row(row, key, account, debtor or "", tuple(n for n in numbers if n in board.cases))


def mirrors(board: Board, voucher: Iterable[ErpRow]) -> frozenset[str]:
    """Name the accounts whose rows only mirror the others: bank, clearing, the other loan side."""
    if {row.account.funktion for row in voucher} >= _LOAN_SIDES:
        return _COUNTER_LEGS | _LOAN_SIDES - {board.policy.text("loan-funktion")}
    return _COUNTER_LEGS


def parts(board: Board, rows: list[Row]) -> list[Part]:
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
    made = []
    for (reference, _, _), group in groups.items():
        debtor = next((r.debtor for r in group if r.debtor), "")
        split = [[r for r in group if r.account != chart.REFUND]]
        split += [[r] for r in group if r.account == chart.REFUND]
        cases = _cases(board, group)
        found = [Part(tuple(each), reference, cases, debtor) for each in split if each]
        made += [replace(part, cases=_narrowed(board, part)) for part in found]
    return made


def _tie(board: Board, row: Row) -> tuple[str, str, str]:
    """Say what ties a row; one without a person is its decision's debtor's."""
    decided = _decisions(board, row)
    debtors = {c.debtor for c in decided}
    debtor = row.debtor or (debtors.pop() if len(debtors) == 1 else "")
    return row.row.reference, ",".join(c.number for c in decided), debtor


def _decisions(board: Board, row: Row) -> list[Case]:
    """Return the decisions that a row names; of several, the one that its own sum settles."""
    named = [board.cases[number] for number in row.numbers]
    named = named or board.decisions(row.row.decision)
    if len(named) < 2:
        return named
    known = board.by_reference(row.row.reference) if row.row.reference else []
    amount = abs(row.row.amount)
    waiting = [p for p in known if not p.erp]  # a batch: others of it may be shown already
    own = (
        [c for c in named if c.number in {p.case for p in waiting if abs(p.amount) == amount}]
        or [c for c in named if _of_sum(board, c, {amount})]
        or [c for c in named if c.number in {p.case for p in waiting}]
        or [c for c in named if c.number in {p.case for p in known}]
    )
    return own if len(own) == 1 else named


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


def alike(vouchers: Iterable[list[Row]]) -> Counter[tuple[str, Decimal]]:
    """Count, per debtor and sum, the vouchers that name no decision and no payment."""
    count: Counter[tuple[str, Decimal]] = Counter()
    for rows in vouchers:
        sums: Counter[str] = Counter()
        for r in rows:
            if r.debtor and not r.row.reference and not r.row.decision and not r.numbers:
                sums[r.debtor] += r.row.amount  # type: ignore[assignment]  # kroner, not counts
        count.update((debtor, Decimal(amount)) for debtor, amount in sums.items())
    return count
