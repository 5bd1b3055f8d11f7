"""Read the rows of a list by its column map, and hold them against the list's own totals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from mikroledger.domain.record import Rejected
from mikroledger.errors import UsageError
from mikroledger.importers import cells
from mikroledger.importers.columns import ColumnMap, header_line, plain
from mikroledger.importers.table import cut
from mikroledger.importers.totals import Control, is_total
from mikroledger.money import ZERO
from mikroledger.words import Text

_FREE = "text"


class HasAmount(Protocol):
    """A row as it is counted in a total."""

    @property
    def amount(self) -> Decimal:
        """The row's amount."""
        ...


T = TypeVar("T", bound=HasAmount)

_CUT_OFF = Text(
    "Listen slutter ikke med en totallinje: den er ikke hentet helt.",
    "The list does not end with a total line: it is not whole.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, its cells found by our names for them."""

    number: int
    cells: Sequence[str]
    places: Mapping[str, Sequence[int]]
    map: ColumnMap
    width: int

    def get(self, name: str) -> str:
        """Return a field's text, or nothing if the list has no such column.

        Anybody can write what shows nothing into the text of a payment, so there it is left out.

        Raises:
            UsageError: a field that decides something holds such a character.
        """
        found = [" ".join(self.cells[i].split()) for i in self.places.get(name, ())]
        text = " ".join(each for each in found if each)
        if name == _FREE:
            return cells.visible(text)
        if code := cells.hidden(text):
            column = " / ".join(self.map.fields[name])
            raise UsageError(
                da=f"»{column}« har et usynligt tegn ({code}). Skriv feltet uden.",
                en=f"'{column}' holds an invisible character ({code}). Write it without.",
            )
        return text

    def day(self, name: str = "day") -> date:
        """Read a day."""
        return self.map.dates.read(self.get(name))

    def amount(self, *, large: bool = False) -> Decimal:
        """Read the amount, from one column or from two; nought is an error."""
        value = self.net(large=large)
        if self.side("plus", large=large) and self.side("minus", large=large):
            raise UsageError(
                da="Rækken har beløb i begge kolonner, debet og kredit.",
                en="The row has an amount in both columns, debit and credit.",
            )
        if value == ZERO:
            raise UsageError(
                da="Beløbet er 0,00; en postering flytter penge.",
                en="The amount is 0,00; a posting moves money.",
            )
        return value

    def net(self, *, large: bool = False) -> Decimal:
        """Read the amount of a row, or the two sums of a total line."""
        if "amount" not in self.places:
            return self.side("plus", large=large) - self.side("minus", large=large)
        letter = self.get("side")
        if "side" in self.places and not letter:
            raise UsageError(
                da="Rækken siger ikke, hvilken side beløbet står på.",
                en="The row does not say which side the amount is on.",
            )
        value = cells.sided(self.get("amount"), letter, self.map.sides, large=large)
        return self.map.sign * value

    @property
    def whole(self) -> bool:
        """Whether it has a cell for each column."""
        return len(self.cells) == self.width

    def side(self, name: str, *, large: bool = False) -> Decimal:
        """Return what stands in the column of one side, `plus` or `minus`."""
        return cells.amount(text, large=large) if (text := self.get(name)) else ZERO


def read_rows(
    text: str, wanted: ColumnMap, make: Callable[[Row], T | None]
) -> tuple[list[T], list[Rejected]]:
    """Make a value of each row; rows for which `make` returns None are not booked yet."""
    made: list[T] = []
    rejected: list[Rejected] = []
    control, total, last = Control(), False, 1
    for row, fault in _rows(text, wanted):
        wrong, last = fault, row.number
        total = fault is None and is_total(row)
        try:
            if total:
                wrong = None if rejected else control.check(row)
            elif fault is None and (value := make(row)) is not None:
                made.append(value)
                control.add(row, value.amount)
        except UsageError as error:
            wrong = cells.reason(error)
        if wrong:
            rejected.append(Rejected(row.number, wrong))
    if wanted.total and not total and not rejected:
        rejected.append(Rejected(last, _CUT_OFF))
    return made, rejected


def _rows(text: str, wanted: ColumnMap) -> Iterator[tuple[Row, Text | None]]:
    """Yield the rows below the header, and what is wrong with their form."""
    start = header_line(text, wanted)
    lines = (line for line in cut(text, wanted.separator, wanted.layout) if line.number >= start)
    header = [plain(cell) for cell in next(lines).cells]
    there = {column: i for i, column in enumerate(header)}
    places = {
        name: [there[plain(column)] for column in columns if plain(column) in there]
        for name, columns in wanted.fields.items()
        if any(plain(column) in there for column in columns)
    }
    for line in lines:
        row = Row(line.number, line.cells, places, wanted, len(header))
        if wanted.layout == "csv" or [plain(cell) for cell in line.cells] != header:
            yield row, line.fault or _ragged(row)


def _ragged(row: Row) -> Text | None:
    if row.whole or is_total(row):
        return None
    return Text(
        f"Rækken har {len(row.cells)} felter; overskriften har {row.width}.",
        f"The row has {len(row.cells)} fields; the header has {row.width}.",
    )
