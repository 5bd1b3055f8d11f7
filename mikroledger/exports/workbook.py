"""A workbook (`domain.sheets`) as xlsx: the sheets that an accountant expects, and nothing live.

Numbers are numbers and days are days, shown as the reader's own Excel shows them. Totals are
formulas that carry their result, so that a viewer which does not calculate shows it too. Text is
never a formula or a link, whatever it begins with; there are no macros and no merged cells. The
same workbook of the same day is the same file, byte for byte.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from mikroledger.domain.sheets import (
    Cell,
    Column,
    Fact,
    Kind,
    Row,
    Sheet,
    Side,
    Tie,
    Workbook,
    total,
)
from mikroledger.errors import RefusedError
from mikroledger.exports.files import written
from mikroledger.money import danish
from mikroledger.words import Language, Text

ROWS = 1_048_576
"""Rows that a sheet may have: Excel's limit."""
TEXT = 32_767
"""Characters that a cell may hold: Excel's limit."""
MONEY, DAY, COUNT = "#,##0.00", "dd-mm-yyyy", "#,##0"
"""Formats as they stand in the file; Danish Excel shows 1.234,56."""
FRONT = Text("Forside", "Front")

_HEAD = 2  # the row of the titles: above it a note and an empty row
_HEADING = {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF"}
_LEFT = {"align": "left", "indent": 1}
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {**_LEFT, "valign": "top"},
    "long": {**_LEFT, "valign": "top", "text_wrap": True},
    "money": {"valign": "top", "num_format": MONEY},
    "day": {**_LEFT, "valign": "top", "num_format": DAY},
    "count": {"valign": "top", "num_format": COUNT},
    "fact": {**_LEFT, "num_format": MONEY},
    "label": {**_LEFT, "bold": True},
    "title": {"bold": True, "font_size": 16},
    "note": {"italic": True, "font_color": "#595959"},
    "head": {**_HEADING, **_LEFT},
    "number head": {**_HEADING, "align": "right"},
    "total": {**_LEFT, "bold": True, "top": 1},
    "total money": {"bold": True, "top": 1, "num_format": MONEY},
    "total count": {"bold": True, "top": 1, "num_format": COUNT},
    "good": {"bg_color": "#C6EFCE", "font_color": "#006100"},
    "bad": {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
}
_NARROW, _WIDE = 9, 60  # characters
_LINE = 15  # points: a row is as high as its longest text has lines
_TOTAL = Text("I alt", "Total")


def write(
    workbook: Workbook,
    target: Path | BinaryIO,
    language: Language,
    *,
    replace: bool = False,
) -> None:
    """Write a workbook as an xlsx file.

    Args:
        target: a file that is not there yet, or an open one.
        replace: take the place of a file that is there.

    Raises:
        RefusedError: there are more rows or longer texts than Excel can hold; or the file is
            there already.
        NotCertainError: the disk did not take it.
    """
    content = _packed(workbook, language)
    if isinstance(target, Path):
        with written(target, replace=replace) as file:
            file.write(content)
    else:
        target.write(content)


def _packed(workbook: Workbook, language: Language) -> bytes:
    from xlsxwriter import Workbook as Xlsx

    for sheet in workbook.sheets:
        _fits(sheet)
    buffer = io.BytesIO()
    # in memory, the parts of the file get a fixed time; nothing in a text is looked at
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Xlsx(buffer, options) as made:
        created = datetime.combine(workbook.made, time())
        made.set_properties({"title": workbook.title.say(language), "created": created})
        formats = {name: made.add_format(look) for name, look in _FORMATS.items()}
        writer = _Writer(made, formats, language, workbook.title)
        front = writer.add(FRONT)
        places = {sheet.name.en: writer.sheet(sheet) for sheet in workbook.sheets}
        _Front(writer, front, workbook, places).write()
    return buffer.getvalue()


def _fits(sheet: Sheet) -> None:
    """Refuse what Excel cannot hold: it would be cut off, and nobody told."""
    room = ROWS - _HEAD - 2  # titles and totals
    if len(sheet.rows) > room:
        raise RefusedError(
            da=f"Arket »{sheet.name.da}« får {len(sheet.rows)} rækker; Excel kan rumme {room}."
            " Vælg en kortere periode, eller brug »mikroledger export« til en Parquet-fil.",
            en=f"The sheet '{sheet.name.en}' gets {len(sheet.rows)} rows; Excel can hold {room}."
            " Choose a shorter period, or write Parquet with 'mikroledger export'.",
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sheet's table stands: its name in this language, and the rows of its data."""

    sheet: Sheet
    name: str
    first: int
    last: int

    def sum_of(self, title: str) -> str:
        """Return the formula of a column's whole sum, whatever a filter hides."""
        titles = [column.title.en for column in self.sheet.columns]
        return f"=SUM({self.range_of(titles.index(title))})"

    def range_of(self, column: int) -> str:
        from xlsxwriter.utility import quote_sheetname, xl_range_abs

        cells = xl_range_abs(self.first, column, self.last, column)
        return f"{quote_sheetname(self.name)}!{cells}"


class _Writer:
    """Writes sheets into one file."""

    def __init__(
        self,
        made: Any,
        formats: dict[str, Any],
        language: Language,
        title: Text,
    ) -> None:
        self.made = made
        self.formats = formats
        self.language = language
        self.title = self.say(title)

    def say(self, text: Text) -> str:
        return text.say(self.language)

    def add(self, name: Text) -> Any:
        """Add an empty sheet that prints as it should: A4, across, as wide as the page."""
        page = self.made.add_worksheet(self.say(name))
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=Decimal("0.5"), right=Decimal("0.5"))
        page.set_footer(f"&L{self.title.replace('&', '&&')}&C&A&R&P / &N")
        return page

    def put(self, page: Any, at: tuple[int, int], cell: Fact | Cell, look: str = "") -> None:
        """Write one cell, by what it is."""
        if isinstance(cell, Decimal):
            page.write_number(*at, cell, self.formats[look or "money"])
        elif isinstance(cell, int):
            page.write_number(*at, cell, self.formats[look or "count"])
        elif isinstance(cell, date):
            page.write_datetime(*at, cell, self.formats[look or "day"])
        elif cell is not None:
            text = self.say(cell) if isinstance(cell, Text) else cell
            self._text(page, at, text, self.formats[look or "text"])

    def _text(self, page: Any, at: tuple[int, int], text: str, look: Any) -> None:
        """Write a text as it is. XlsxWriter takes `<r>...</r>` for XML of its own, so cut it."""
        self._short_enough(text, at[0])
        if text.startswith("<r>") and text.endswith("</r>"):
            page.write_rich_string(*at, text[:1], look, text[1:], look)
        else:
            page.write_string(*at, text, look)

    def _short_enough(self, text: str, row: int) -> None:
        if len(text) > TEXT:
            raise RefusedError(
                da=f"Række {row + 1}: en tekst er på {len(text)} tegn; Excel kan rumme {TEXT}."
                f" Den begynder: {text[:40]}",
                en=f"Row {row + 1}: a text has {len(text)} characters; Excel can hold {TEXT}."
                f" It begins: {text[:40]}",
            )

    def sheet(self, sheet: Sheet) -> _Place:
        """Write one sheet, and return where its table stands."""
        page = self.add(sheet.name)
        self.put(page, (0, 0), sheet.note, "note")
        for at, row in enumerate(sheet.rows, _HEAD + 1):
            self._row(page, at, row)
        first = _HEAD + 1
        last = first + max(len(sheet.rows), 1) - 1  # a table has at least one row
        for n, column in enumerate(sheet.columns):
            self._column(page, sheet, n, column)
        summed = any(column.total for column in sheet.columns)
        options = {
            "name": "T_" + re.sub("[^A-Za-z0-9]", "_", sheet.name.en),
            "style": "Table Style Light 9",
            "total_row": summed,
            "columns": [self._heading(sheet, n, last) for n in range(len(sheet.columns))],
        }
        done = page.add_table(_HEAD, 0, last + summed, len(sheet.columns) - 1, options)
        assert done == 0, f"{sheet.name.en}: titles are unique, and the sheet is not too long"
        for n, column in enumerate(sheet.columns):
            if summed and n and not column.total:
                page.write_blank(last + 1, n, None, self.formats["total"])
        page.freeze_panes(first, 1)
        page.repeat_rows(_HEAD)
        place = _Place(sheet, self.say(sheet.name), first, last)
        if sheet.chart:
            self._chart(page, place)
        return place

    def _column(self, page: Any, sheet: Sheet, n: int, column: Column) -> None:
        """Write the cells of a column, and make it as wide as they are."""
        shown = max((len(self._shown(row[n])) for row in sheet.rows), default=0)
        if column.total:
            shown = max(shown, len(self._shown(total(sheet, n))))
        title = len(self.say(column.title)) + 4  # the filter's button
        page.set_column(n, n, min(max(shown + 2, title, _NARROW), _WIDE))
        look = "long" if column.kind == "text" and shown > _WIDE else column.kind
        for at, row in enumerate(sheet.rows, _HEAD + 1):
            assert len(row) == len(sheet.columns), f"{sheet.name.en}: a row of {len(row)} cells"
            cell = row[n]
            self.put(page, (at, n), cell, look if _is(cell, column.kind) else "")

    def _row(self, page: Any, at: int, row: Row) -> None:
        """Make a row as high as its longest text: not every program does so by itself."""
        longest = max(len(self._shown(cell)) for cell in row)
        if longest > _WIDE:
            page.set_row(at, _LINE * -(-longest // (_WIDE - 6)))

    def _shown(self, cell: Cell) -> str:
        """Return a cell about as it is shown."""
        if isinstance(cell, Text):
            return self.say(cell)
        return danish(cell) if isinstance(cell, Decimal) else str(cell or "")

    def _heading(self, sheet: Sheet, n: int, last: int) -> dict[str, Any]:
        """Return a column's title, and its total over what a filter shows.

        The total names cells, not the table: LibreOffice 7.4 does not know the table's own name
        for its columns within it (`#NAME?`).
        """
        from xlsxwriter.utility import xl_range

        column = sheet.columns[n]
        number = column.kind in ("money", "count")
        heading = {
            "header": self.say(column.title),
            "header_format": self.formats["number head" if number else "head"],
            "format": self.formats["total"],
        }
        if column.total:
            heading |= {
                "total_function": f"SUBTOTAL(109,{xl_range(_HEAD + 1, n, last, n)})",
                "total_value": total(sheet, n),
                "format": self.formats[f"total {column.kind}"],
            }
        elif n == 0:
            heading["total_string"] = self.say(_TOTAL)
        return heading

    def _chart(self, page: Any, place: _Place) -> None:
        """Draw the first column against those with a total, below the table."""
        chart = self.made.add_chart({"type": "column"})
        drawn = [n for n, column in enumerate(place.sheet.columns) if column.total]
        for n in drawn:
            column = place.sheet.columns[n]
            chart.add_series(
                {
                    "name": self.say(column.title),
                    "categories": f"={place.range_of(0)}",
                    "values": f"={place.range_of(n)}",
                }
            )
        chart.set_title({"name": place.name})
        chart.set_y_axis({"num_format": COUNT, "major_gridlines": {"visible": True}})
        if len(drawn) == 1:
            chart.set_legend({"none": True})
        chart.set_size({"width": 720, "height": 320})
        where = {"description": self.say(place.sheet.note)}
        page.insert_chart(place.last + 3, 0, chart, where)


def _is(cell: Cell, kind: Kind) -> bool:
    """Tell whether a cell holds what its column does; a word may stand in a column of numbers."""
    kinds = {"money": Decimal, "day": date, "count": int, "text": str | Text}
    return isinstance(cell, kinds[kind])


class _Front:
    """The front sheet: facts, what must agree, and what is behind."""

    _VERDICT = Text("Stemmer", "Agrees"), Text("Stemmer ikke", "Does not agree")
    _TIES = (
        Text("Skal stemme", "Must agree"),
        Text("Her", "Here"),
        Text("Der", "There"),
        Text("Difference", "Difference"),
        Text("Resultat", "Result"),
    )
    _SHEETS = (
        Text("Ark", "Sheet"),
        Text("Rækker", "Rows"),
        Text("Indhold", "Contents"),
    )

    def __init__(
        self,
        writer: _Writer,
        page: Any,
        workbook: Workbook,
        places: dict[str, _Place],
    ) -> None:
        self._writer = writer
        self._page = page
        self._workbook = workbook
        self._places = places

    def write(self) -> None:
        """Write it from top to bottom."""
        writer, page, workbook = self._writer, self._page, self._workbook
        labels = [writer.say(label) for label, _ in workbook.facts]
        ties = [writer.say(tie.title) for tie in workbook.ties]
        wide = max(map(len, (*labels, *ties, *self._places)), default=0)
        page.hide_gridlines(2)
        page.set_column(0, 0, min(max(wide + 2, 24), _WIDE))
        page.set_column(1, 4, 18)
        writer.put(page, (0, 0), workbook.title, "title")
        row = 2
        for label, fact in workbook.facts:
            writer.put(page, (row, 0), label, "label")
            writer.put(page, (row, 1), fact, "fact" if isinstance(fact, Decimal) else "")
            row += 1
        if workbook.ties:
            row = self._ties(row + 1)
        self._contents(row + 1)

    def _ties(self, row: int) -> int:
        """Write what must agree, with the differences in green or red."""
        self._head(row, self._TIES, numbers=(1, 2, 3))
        first, last = row + 1, row + len(self._workbook.ties)
        for at, tie in enumerate(self._workbook.ties, first):
            self._tie(at, tie)
        good, bad = self._writer.formats["good"], self._writer.formats["bad"]
        for criteria, look in (("==", good), ("!=", bad)):
            rule = {"type": "cell", "criteria": criteria, "value": 0, "format": look}
            self._page.conditional_format(first, 3, last, 3, rule)
        return last + 1

    def _tie(self, row: int, tie: Tie) -> None:
        writer, page = self._writer, self._page
        writer.put(page, (row, 0), tie.title)
        left, right = map(self._workbook.total, (tie.left, tie.right))
        self._figure(row, 1, tie.left, left)
        self._figure(row, 2, tie.right, right)
        money, here = writer.formats["money"], row + 1
        page.write_formula(row, 3, f"=ROUND(B{here}-C{here},2)", money, left - right)
        yes, no = map(writer.say, self._VERDICT)
        said = yes if left == right else no
        page.write_formula(row, 4, f'=IF(D{here}=0,"{yes}","{no}")', writer.formats["text"], said)

    def _figure(self, row: int, column: int, side: Side, value: Decimal) -> None:
        """Write a column's sum as a formula, a figure from elsewhere as a number."""
        if isinstance(side, Decimal):
            self._writer.put(self._page, (row, column), side)
            return
        name, title = side
        formula, money = self._places[name].sum_of(title), self._writer.formats["money"]
        self._page.write_formula(row, column, formula, money, value)

    def _contents(self, row: int) -> None:
        self._head(row, self._SHEETS, numbers=(1,))
        for at, place in enumerate(self._places.values(), row + 1):
            self._writer.put(self._page, (at, 0), place.name)
            self._writer.put(self._page, (at, 1), len(place.sheet.rows))
            self._writer.put(self._page, (at, 2), place.sheet.note)

    def _head(self, row: int, titles: Sequence[Text], numbers: Sequence[int]) -> None:
        for column, title in enumerate(titles):
            look = "number head" if column in numbers else "head"
            self._writer.put(self._page, (row, column), title, look)
