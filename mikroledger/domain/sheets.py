"""Workbooks and tables as values, before they are files.

A service makes one, `mikroledger.exports` writes it. A row holds plain facts; titles and names are
said in both languages, and so may cells be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mikroledger.words import Text

Kind = Literal["text", "money", "day", "count"]
Cell = Decimal | date | int | str | Text | None
"""A Decimal is kroner in a `money` column, an int a plain number in a `count` column."""
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, what stands in it, and whether its sum is shown below it."""

    title: Text
    kind: Kind = "text"
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for another program, made while they are read: there may be a million of them.

    Args:
        keys: what a program calls the columns; they are never translated.
        columns: what a person calls them.
    """

    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a table with a note above it.

    Args:
        name: at most 31 characters; the English one names the sheet in a `Tie`.
        columns: their titles differ from each other, also when case is ignored.
        rows: one cell for each column; None is empty.
        note: one sentence on what the sheet shows and where it comes from.
        chart: `column` draws the first column against those that have a total.
    """

    name: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text
    chart: Literal["", "column"] = ""


Side = tuple[str, str] | Decimal
"""The total of a column, as sheet and title in English, or a figure from elsewhere in kroner."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Two figures that must be equal; the front sheet shows both and their difference."""

    title: Text
    left: Side
    right: Side


Fact = str | date | Decimal | Text


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook for the accounts department and its auditor.

    Args:
        title: stands at the top of the front sheet.
        facts: what the front sheet says first: book, head, as of, period, prepared, reviewed.
        sheets: the sheets behind the front sheet, in order.
        ties: what must agree.
        made: the day of the run; the same workbook and day give the same bytes.
    """

    title: Text
    facts: tuple[tuple[Text, Fact], ...]
    sheets: tuple[Sheet, ...]
    ties: tuple[Tie, ...]
    made: date

    def total(self, side: Side) -> Decimal:
        """Return the figure of one side of a tie."""
        if isinstance(side, Decimal):
            return side
        name, title = side
        sheet = next(sheet for sheet in self.sheets if sheet.name.en == name)
        place = next(n for n, c in enumerate(sheet.columns) if c.title.en == title)
        return total(sheet, place)


def total(sheet: Sheet, place: int) -> Decimal:
    """Return the sum of the column at `place`; empty cells count nothing."""
    cells = (row[place] for row in sheet.rows)
    return sum((Decimal(cell) for cell in cells if isinstance(cell, Decimal | int)), Decimal(0))
