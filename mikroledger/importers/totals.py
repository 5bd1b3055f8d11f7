"""Total lines: what a list says of itself, held against its rows.

A list ends with `I alt`, or has a total after each account (`*`), after several (`**`) and so on.
Each number in such a line must be the count or a sum of the rows that the line can be about;
a total that is only skipped would let a lost row through.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from mikroledger.errors import UsageError
from mikroledger.importers import cells
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

if TYPE_CHECKING:
    from mikroledger.importers.rows import Row

_TOTAL = re.compile(
    r"\s*(?:i\s?alt|sub\s?total|total|mellemsum|slutsum|sum(?!\w)|transport|\*+)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"([0-9]{1,7})\s*(?:poster|posteringer|rækker|linjer|rows|lines)?", re.IGNORECASE
)
_NUMBER = re.compile(rf"[-(]?[0-9][0-9. ]*,[0-9]{{2}}[-)]?|{_COUNT.pattern}", re.IGNORECASE)
_NO_COUNTS = (
    *("amount", "side", "plus", "minus", "balance"),
    *("account", "funktion", "dranst", "gruppering", "art"),
)
"""Fields in which a total line has no number of rows, but a sum, or what it is the total of."""


class Figures(NamedTuple):
    """What can be said of some rows; `plus` and `minus` where a list has a column for each."""

    rows: int = 0
    net: Decimal = ZERO
    plus: Decimal = ZERO
    minus: Decimal = ZERO

    def since(self, other: "Figures") -> "Figures":
        """Return the figures of these rows without those of others, which are some of them."""
        return Figures(
            self.rows - other.rows,
            self.net - other.net,
            self.plus - other.plus,
            self.minus - other.minus,
        )


Claim = Mapping[str, frozenset[Decimal]]
"""What one number in a total line can mean: figures by name, and the values that they may have."""


@dataclass
class Control:
    """The rows counted so far: all, and up to the last total line of each level."""

    all: Figures = field(default_factory=Figures)
    until: dict[int, Figures] = field(default_factory=dict)

    def add(self, row: "Row", amount: Decimal) -> None:
        """Count a row."""
        self.all = Figures(
            self.all.rows + 1,
            self.all.net + amount,
            self.all.plus + row.side("plus", large=True),
            self.all.minus + row.side("minus", large=True),
        )

    def check(self, row: "Row") -> Text | None:
        """Return what is wrong with a total line, if anything is.

        Raises:
            UsageError: a number in it cannot be read.
        """
        claims, level = list(_claims(row)), _level(row)
        about = [self.all, *(self.all.since(each) for each in self._before(level))]
        wrong = None if any(_holds(claims, each) for each in about) else self._wrong(claims)
        for lower in range(level + 1):
            self.until[lower] = self.all
        return wrong

    def _before(self, level: int) -> list[Figures]:
        """Return up to where the total before counted: of any level, and of this one."""
        return [self.until[each] for each in (0, level) if each in self.until]

    def _wrong(self, claims: Sequence[Claim]) -> Text:
        claim = next(each for each in claims if not _holds([each], self.all))
        name, values = next(iter(claim.items()))
        stated, counted = next(iter(values)), Decimal(getattr(self.all, name))
        if name == "rows":
            return Text(
                f"Filen siger {stated} rækker og har {counted}.",
                f"The file says {stated} rows and has {counted}.",
            )
        return Text(
            f"Filen siger {danish(stated)} i alt; rækkerne giver {danish(counted)}.",
            f"The file says {danish(stated)} in total; the rows give {danish(counted)}.",
        )


def is_total(row: "Row") -> bool:
    """Tell a total line by its first word, if no day stands in it."""
    place = row.places["day"][0]
    day = row.cells[place] if place < len(row.cells) else ""
    return bool(_TOTAL.match(row.cells[_first(row)])) and not row.map.dates.looks_like(day)


def _holds(claims: Sequence[Claim], figures: Figures) -> bool:
    """Tell whether each number in a total line is one of these figures."""
    return all(
        any(getattr(figures, name) in values for name, values in claim.items()) for claim in claims
    )


def _level(row: "Row") -> int:
    """Return the number of stars; words have none."""
    first = row.cells[_first(row)].strip()
    return len(first) - len(first.lstrip("*"))


def _claims(row: "Row") -> Iterator[Claim]:
    """Yield what each number in a total line can mean."""
    if not row.whole:
        yield from _loose(row)
        return
    others = {i for name in _NO_COUNTS for i in row.places.get(name, ())}
    counts = [_count(word) for i, word in enumerate(_words(row)) if i not in others]
    if stated := frozenset(each for each in counts if each is not None):
        yield {"rows": stated}
    for name in ("plus", "minus"):
        if row.get(name):
            yield {name: frozenset({row.side(name, large=True)})}
    if row.get("amount"):
        yield {"net": _net(row)}


def _net(row: "Row") -> frozenset[Decimal]:
    """Return what the sum can be; a total without its letter may be on either side."""
    if "side" in row.places and not row.get("side"):
        bare = cells.sided(row.get("amount"), "", row.map.sides, large=True)
        return frozenset({bare, -bare})
    return frozenset({row.net(large=True)})


def _loose(row: "Row") -> Iterator[Claim]:
    """Read a total line that is not cut as the rows are: a label, and numbers after it."""
    label, *words = [word for i, word in enumerate(_words(row)) if word or i == _first(row)]
    numbers = [word for word in words if re.search("[0-9]", word)]
    if _NUMBER.fullmatch(label):
        numbers.append(label)
    for word in numbers:
        yield dict(_meanings(row, word))


def _meanings(row: "Row", word: str) -> Iterator[tuple[str, frozenset[Decimal]]]:
    count = _count(word)
    if count is not None:
        yield "rows", frozenset({count})
    try:
        value = cells.sided(word, "", row.map.sides, large=True) * row.map.sign
    except UsageError:
        if count is None:
            raise
        return
    yield "net", frozenset({value})
    if "plus" in row.places:
        yield "plus", frozenset({value})
        yield "minus", frozenset({value})


def _words(row: "Row") -> list[str]:
    """Return the cells, the first that says anything without its label."""
    first = _first(row)
    rest = _TOTAL.sub("", row.cells[first], count=1).strip(" :")
    return [rest if i == first else cell.strip() for i, cell in enumerate(row.cells)]


def _first(row: "Row") -> int:
    return next(i for i, cell in enumerate(row.cells) if cell.strip())


def _count(word: str) -> Decimal | None:
    match = _COUNT.fullmatch(word)
    return Decimal(match[1]) if match else None
