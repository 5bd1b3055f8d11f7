"""Cut the text of a list into rows of cells, each with its line in the file."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mikroledger.importers.cells import LONGEST
from mikroledger.words import Text

Layout = Literal["csv", "print"]
"""CSV with quotes, or a printed list with columns between bars, rulers and page titles."""

_LONGEST_LINE = 200_000  # characters; many banks' whole statements are shorter
_RULER = re.compile(r"[-=_+|\s\f]*")
_NOT_CLOSED = Text("Et anførselstegn er ikke lukket.", "A quotation mark is not closed.")
_TOO_LONG = Text(
    f"Et felt er længere end {LONGEST} tegn.",
    f"A field is longer than {LONGEST} characters.",
)


_LONG_LINE = Text(
    f"Linjen er længere end {_LONGEST_LINE} tegn.",
    f"The line is longer than {_LONGEST_LINE} characters.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of cells; `fault` says why it could not be cut."""

    number: int
    cells: tuple[str, ...]
    fault: Text | None = None


def cut(text: str, separator: str, layout: Layout = "csv") -> Iterator[Line]:
    r"""Yield the rows that say anything, in the file's order.

    >>> [(line.number, line.cells) for line in cut('a;"b\nc"\n\nd;e', ";")]
    [(1, ('a', 'b\nc')), (4, ('d', 'e'))]
    """
    lines = _print(text, separator) if layout == "print" else _csv(text, separator)
    for line in lines:
        if any(len(cell) > LONGEST for cell in line.cells):
            yield Line(line.number, (), _TOO_LONG)
        elif line.fault or any(cell.strip() for cell in line.cells):
            yield line


def _csv(text: str, separator: str) -> Iterator[Line]:
    lines = _short(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield Line(number, tuple(next(reader)))
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, (), _fault(str(error)))
        except _TooLongError:
            yield Line(number, (), _LONG_LINE)
            return


class _TooLongError(Exception):
    """A line that nobody should cut into cells."""


def _short(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) > _LONGEST_LINE:
            raise _TooLongError
        yield line


def _fault(error: str) -> Text:
    if "limit" in error:
        return _TOO_LONG
    if "end of data" in error:
        return _NOT_CLOSED
    return Text(
        "Efter et lukket anførselstegn skal der stå et skilletegn.",
        "A closing quotation mark must be followed by a separator.",
    )


def _print(text: str, separator: str) -> Iterator[Line]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if len(line) > _LONGEST_LINE:
            yield Line(number, (), _LONG_LINE)
            return
        body = line.strip()
        if separator in body and not _RULER.fullmatch(body):
            body = body.removeprefix(separator).removesuffix(separator)
            yield Line(number, tuple(cell.strip() for cell in body.split(separator)))
