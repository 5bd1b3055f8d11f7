"""The tables of a letter: a plan of any length, what is missing, the lines of a voucher.

A block is a dict that the layout (templates/letter.typ) draws. Cells are text, or a list of a
text and a smaller line below it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mikroledger import days
from mikroledger.domain.letter import StatementLetter, Voucher
from mikroledger.domain.plan import Settled
from mikroledger.letters.clean import name, prose
from mikroledger.letters.labels import (
    day,
    figure,
    how_often,
    label,
    numbers,
    sum_of_money,
)
from mikroledger.money import ZERO
from mikroledger.words import Language

Block = dict[str, Any]
Row = list[str | list[str]]

ONE_COLUMN = 6
TWO_COLUMNS = 12
MOST_GROUPS = 4
MOST_LATE = 5  # more of them do not fit on the page with all that a reminder must say


@dataclass(frozen=True, slots=True)
class Run:
    """Instalments of one amount in even steps, so that one row says them all."""

    parts: tuple[Settled, ...]
    step: str

    @property
    def first(self) -> Settled:
        """The one that names the run's amount and day."""
        return self.parts[0]

    @property
    def last(self) -> Settled:
        """The one that ends it."""
        return self.parts[-1]


def runs(plan: Sequence[Settled]) -> Iterator[Run]:
    """Divide a plan into runs, each as long as it can be."""
    start = 0
    while start < len(plan):
        step = _step(plan[start : start + 2])
        end = start + 1
        while step and end < len(plan) and _follows(plan[start], plan[end], step, end - start):
            end += 1
        yield Run(tuple(plan[start:end]), step if end - start > 1 else "")
        start = end


def _step(pair: Sequence[Settled]) -> str:
    """Return the period between two instalments: whole months if it can be, else days."""
    if len(pair) < 2:
        return ""
    first, second = (each.part.due for each in pair)
    months = (second.year - first.year) * 12 + second.month - first.month
    if months and days.add_period(first, f"{months}m") == second:
        return f"{months}m"
    gap = (second - first).days
    return f"{gap}d" if gap else ""


def _follows(first: Settled, each: Settled, step: str, times: int) -> bool:
    return (
        each.part.due == days.add_period(first.part.due, step, times)
        and each.part.amount == first.part.amount
        and each.paid == first.paid
    )


def plan(settled: Sequence[Settled], language: Language) -> Block:
    """Draw a plan: in full if it is short, else in runs, else in small columns."""
    grouped = list(runs(settled))
    if len(settled) > TWO_COLUMNS and len(grouped) <= MOST_GROUPS:
        return _grouped(grouped, settled, language)
    columns = 1 + (len(settled) > ONE_COLUMN) + (len(settled) > TWO_COLUMNS)
    height = -(-len(settled) // columns)
    parts = [settled[n : n + height] for n in range(0, len(settled), height)]
    tables = [_listed(part, language) for part in parts]
    tables[-1]["foot"] = _foot(tables[-1], settled, language)
    return {"kind": "tables", "parts": tables, "small": columns == 3, "note": ""}


def _grouped(grouped: Sequence[Run], settled: Sequence[Settled], language: Language) -> Block:
    rows: list[Row] = [
        [
            numbers(run.first, run.last),
            [how_often(run.step, run.first.part.due, language), _state(run.first, language)],
            day(run.first.part.pay_by, language),
            day(run.last.part.pay_by, language) if run.step else "",
            sum_of_money(run.first.part.amount, language),
        ]
        for run in grouped
    ]
    keys = ("instalment", "when", "first", "last", "each")
    table = _table(keys, ("each",), rows, language)
    table["foot"] = _foot(table, settled, language)
    note = label("moves", language)
    return {"kind": "tables", "parts": [table], "small": False, "note": note}


def _listed(part: Sequence[Settled], language: Language) -> Block:
    """Draw some instalments, with a word below what is paid."""
    rows: list[Row] = [
        [
            str(each.part.number),
            [day(each.part.pay_by, language), _state(each, language)],
            sum_of_money(each.part.amount, language),
        ]
        for each in part
    ]
    return _table(("instalment", "pay-by", "amount"), ("amount",), rows, language)


def _state(each: Settled, language: Language) -> str:
    if not each.paid:
        return ""
    paid = label("paid", language)
    return paid if each.missing == ZERO else f"{paid} {sum_of_money(each.paid, language)}"


def _foot(table: Block, settled: Sequence[Settled], language: Language) -> list[str]:
    total = sum((each.part.amount for each in settled), ZERO)
    gap = [""] * (len(table["columns"]) - 2)
    return [label("total", language), *gap, sum_of_money(total, language)]


def missing(settled: Sequence[Settled], language: Language) -> Block:
    """Draw what is late: each instalment, or whole runs of them if there are many."""
    if len(settled) > MOST_LATE:
        return _many_missing(settled, language)
    keys = ["instalment", "day", "agreed", "paid-before", "missing"]
    rows: list[Row] = [
        [
            str(each.part.number),
            day(each.part.pay_by, language),
            sum_of_money(each.part.amount, language),
            sum_of_money(each.paid, language),
            sum_of_money(each.missing, language),
        ]
        for each in settled
    ]
    if not any(each.paid for each in settled):
        keys = [keys[0], keys[1], keys[4]]
        rows = [[row[0], row[1], row[4]] for row in rows]
    table = _table(keys, ("agreed", "paid-before", "missing"), rows, language)
    if len(settled) > 1:
        gap = [""] * (len(keys) - 2)
        table["foot"] = [label("total", language), *gap, _missing_in_all(settled, language)]
    return {"kind": "tables", "parts": [table], "small": False, "note": ""}


def _missing_in_all(settled: Sequence[Settled], language: Language) -> str:
    return sum_of_money(sum((each.missing for each in settled), ZERO), language)


def _many_missing(settled: Sequence[Settled], language: Language) -> Block:
    """Draw many late instalments in runs, so that the letter stays on its page.

    What is paid of one has its amount below what is missing.
    """
    grouped = list(runs(settled))
    while len(grouped) > MOST_GROUPS:  # uneven ones are told by their first and last day
        grouped[-2:] = [Run((*grouped[-2].parts, *grouped[-1].parts), "")]
    rows: list[Row] = [
        [
            numbers(run.first, run.last),
            day(run.first.part.pay_by, language),
            day(run.last.part.pay_by, language) if len(run.parts) > 1 else "",
            [_missing_in_all(run.parts, language), _state(run.first, language)],
        ]
        for run in grouped
    ]
    table = _table(("instalment", "from", "to", "missing"), ("missing",), rows, language)
    table["foot"] = [label("total", language), "", "", _missing_in_all(settled, language)]
    return {"kind": "tables", "parts": [table], "small": False, "note": ""}


def movements(letter: StatementLetter, language: Language) -> Block:
    """Draw what happened on a loan, with the debt before and after; it adds up, or is a bug."""
    rows: list[Row] = [_opening(letter, language)] if letter.opening else []
    debt = letter.opening
    for line in letter.lines:
        debt += line.amount
        assert debt == line.balance, f"{letter.loan}: the statement does not add up"
        rows.append(
            [
                day(line.day, language),
                label(line.kind, language),
                figure(line.amount, language),
                figure(line.balance, language) or label("nothing", language),
            ]
        )
    assert debt == letter.outstanding, f"{letter.loan}: the statement does not add up"
    table = _table(("on", "text", "change", "debt"), ("change", "debt"), rows, language)
    return {"kind": "tables", "parts": [table], "small": False, "note": "", "repeat": True}


def _opening(letter: StatementLetter, language: Language) -> Row:
    return [
        day(letter.since, language),
        label("opening", language),
        "",
        figure(letter.opening, language),
    ]


def lines(voucher: Voucher, language: Language) -> Block:
    """Draw the lines of a voucher; debit and credit are equal, or there is no voucher."""
    rows: list[Row] = [
        [
            [name(line.number, "number"), name(line.account, "account")],
            prose(line.text, "text"),
            figure(max(line.amount, ZERO), language),
            figure(max(-line.amount, ZERO), language),
        ]
        for line in voucher.lines
    ]
    debit = sum((line.amount for line in voucher.lines if line.amount > ZERO), ZERO)
    credit = -sum((line.amount for line in voucher.lines if line.amount < ZERO), ZERO)
    assert debit == credit, f"voucher {voucher.number} does not balance"
    table = _table(("account", "text", "debit", "credit"), ("debit", "credit"), rows, language)
    table["foot"] = [label("total", language), "", figure(debit, language)]
    table["foot"].append(figure(credit, language))
    return {"kind": "tables", "parts": [table], "small": False, "note": "", "wide": True}


def _table(
    keys: Sequence[str],
    right: Sequence[str],
    rows: Sequence[Row],
    language: Language,
) -> Block:
    columns = [{"label": label(key, language), "right": key in right} for key in keys]
    return {"columns": columns, "rows": rows, "foot": []}


def last_day(plan: Sequence[Settled]) -> date:
    """Return the last day on which a plan asks for money."""
    return max(each.part.pay_by for each in plan)
