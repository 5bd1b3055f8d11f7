"""Read the rows of a list by its column map, and hold them against the list's own totals."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from mikroledger.domain.record import Rejected
from mikroledger.errors import UsageError
from mikroledger.importers import cells
from mikroledger.importers.columns import ColumnMap, header_line, plain
from mikroledger.importers.table import cut
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_SUMS = ("amount", "plus", "minus", "balance")
_TOTAL = re.compile(r"^(?:i\s?alt|total|\*+)", re.IGNORECASE)
_COUNT = re.compile(
    r"([0-9]{1,7})\s*(?:poster|posteringer|rækker|linjer|rows|lines)?", re.IGNORECASE
)


class HasAmount(Protocol):
    """A row as it is counted in a total."""

    @property
    def amount(self) -> Decimal:
        """The row's amount."""
        ...


T = TypeVar("T", bound=HasAmount)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, its cells found by our names for them."""

    number: int
    cells: Sequence[str]
    places: Mapping[str, Sequence[int]]
    map: ColumnMap

    def get(self, name: str) -> str:
        """Return a field's text, or nothing if the list has no such column."""
        found = [" ".join(self.cells[i].split()) for i in self.places.get(name, ())]
        return " ".join(each for each in found if each)

    def day(self, name: str = "day") -> date:
        """Read a day."""
        return self.map.dates.read(self.get(name))

    def amount(self, *, large: bool = False) -> Decimal:
        """Read the amount, from one column or from two; nought is an error."""
        value = self.net(large=large)
        if self._side("plus", large=large) and self._side("minus", large=large):
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
            return self._side("plus", large=large) - self._side("minus", large=large)
        letter = self.get("side")
        if "side" in self.places and not letter:
            raise UsageError(
                da="Rækken siger ikke, hvilken side beløbet står på.",
                en="The row does not say which side the amount is on.",
            )
        value = cells.sided(self.get("amount"), letter, self.map.sides, large=large)
        return self.map.sign * value

    def _side(self, name: str, *, large: bool) -> Decimal:
        return cells.amount(text, large=large) if (text := self.get(name)) else ZERO


@dataclass
class Control:
    """The sums that a total line may state: of all rows, or of those since the last total."""

    sums: list[Decimal] = field(default_factory=lambda: [ZERO, ZERO])
    counts: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, amount: Decimal) -> None:
        """Count a row."""
        self.sums = [each + amount for each in self.sums]
        self.counts = [each + 1 for each in self.counts]

    def check(self, row: Row) -> Text | None:
        """Return what is wrong with a total line."""
        amount, count = _stated(row)
        wrong = self._wrong(amount, count)
        self.sums[1], self.counts[1] = ZERO, 0
        return wrong

    def _wrong(self, amount: Decimal | None, count: int | None) -> Text | None:
        if count is not None and count not in self.counts:
            return Text(
                f"Filen siger {count} rækker og har {self.counts[0]}.",
                f"The file says {count} rows and has {self.counts[0]}.",
            )
        if amount is not None and amount not in self.sums:
            return Text(
                f"Filen siger {danish(amount)} i alt; rækkerne giver {danish(self.sums[0])}.",
                f"The file says {danish(amount)} in total; the rows give {danish(self.sums[0])}.",
            )
        return None


def read_rows(
    text: str, wanted: ColumnMap, make: Callable[[Row], T | None]
) -> tuple[list[T], list[Rejected]]:
    """Make a value of each row; rows for which `make` returns None are not booked yet."""
    made: list[T] = []
    rejected: list[Rejected] = []
    control = Control()
    for row, fault in _rows(text, wanted):
        wrong = fault
        try:
            if fault is None and _is_total(row):
                wrong = None if rejected else control.check(row)
            elif fault is None and (value := make(row)) is not None:
                made.append(value)
                control.add(value.amount)
        except UsageError as error:
            wrong = cells.reason(error)
        if wrong:
            rejected.append(Rejected(row.number, wrong))
    return made, rejected


def _rows(text: str, wanted: ColumnMap) -> Iterator[tuple[Row, Text | None]]:
    """Yield the rows below the header, and what is wrong with their form."""
    start = header_line(text, wanted)
    lines = (line for line in cut(text, wanted.separator, wanted.layout) if line.number >= start)
    header = [plain(cell) for cell in next(lines).cells]
    places = {
        name: [header.index(plain(column)) for column in columns]
        for name, columns in wanted.fields.items()
    }
    for line in lines:
        row = Row(line.number, line.cells, places, wanted)
        if wanted.layout == "csv" or [plain(cell) for cell in line.cells] != header:
            yield row, line.fault or _ragged(row, len(header))


def _ragged(row: Row, expected: int) -> Text | None:
    if len(row.cells) == expected or _is_total(row):
        return None
    return Text(
        f"Rækken har {len(row.cells)} felter; overskriften har {expected}.",
        f"The row has {len(row.cells)} fields; the header has {expected}.",
    )


def _is_total(row: Row) -> bool:
    """Tell a total line by its first word, if no day stands in it."""
    first = next(cell for cell in row.cells if cell.strip())
    place = row.places["day"][0]
    day = row.cells[place] if place < len(row.cells) else ""
    return bool(_TOTAL.match(first.strip())) and day.strip() in {"", first.strip()}


def _stated(row: Row) -> tuple[Decimal | None, int | None]:
    """Return the sum and the number of rows that a total line states, if it does."""
    words = [_TOTAL.sub("", cell.strip()).strip(" :") for cell in row.cells]
    if len(row.cells) == len(row.map.header):
        sums = {i for name in _SUMS for i in row.places.get(name, ())}
        stated = any(row.get(name) for name in ("amount", "plus", "minus"))
        amount = row.net(large=True) if stated else None
        return amount, _count([word for i, word in enumerate(words) if i not in sums])
    amounts = [cells.amount(word, large=True) for word in words if "," in word]
    return (row.map.sign * amounts[0] if len(amounts) == 1 else None), _count(words)


def _count(words: Sequence[str]) -> int | None:
    found = [int(match[1]) for word in words if (match := _COUNT.fullmatch(word))]
    return found[0] if len(found) == 1 else None
