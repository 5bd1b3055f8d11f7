"""Tables (`domain.sheets.Table`) as CSV for Danish Excel, and as Parquet for DuckDB and the like.

Both are written row by row: a million rows take no more memory than a thousand.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from mikroledger.domain.sheets import Cell, Column, Row, Table
from mikroledger.errors import UsageError
from mikroledger.exports.files import written
from mikroledger.words import Language, Text

_LIVE = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the beginning of a formula, wide forms included (OWASP)."""
_BATCH = 5_000  # rows that are Python's values at a time: they take ten times their bytes
_GROUP = 20  # batches in a group of a Parquet file
_DIGITS = 18  # of an amount, two of them øre: the most that fits eight bytes


@dataclass(slots=True)
class Written:
    """What was written: how many rows, and the sum of each column that has one, by key."""

    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def write(table: Table, path: Path, language: Language, *, replace: bool = False) -> Written:
    """Write a table as what the file's ending says: `.csv` or `.parquet`.

    Args:
        replace: take the place of a file that is there.

    Raises:
        UsageError: another ending; or Parquet, and pyarrow is not installed.
        RefusedError: the file is there already.
        NotCertainError: the disk did not take it.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            da=f"{path.name} skal ende på .csv (til Excel) eller .parquet (til DuckDB).",
            en=f"{path.name} must end with .csv (for Excel) or .parquet (for DuckDB).",
        )
    made = Written()
    with written(path, replace=replace) as file:
        writer(table, _counted(table, made), file, language)
    return made


def _counted(table: Table, made: Written) -> Iterator[Row]:
    """Yield the rows, and count them and their sums."""
    summed = [n for n, column in enumerate(table.columns) if column.total]
    sums = [Decimal("0.00")] * len(table.columns)
    for row in table.rows:
        made.rows += 1
        for n in summed:
            sums[n] += _number(row[n])
        yield row
    made.sums = {table.keys[n]: sums[n] for n in summed}


def _number(cell: Cell) -> Decimal:
    return cell if isinstance(cell, Decimal) else Decimal(0)


# CSV


def _csv(table: Table, rows: Iterator[Row], file: BinaryIO, language: Language) -> None:
    """Write CSV as Danish Excel opens it with a double click."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.title.say(language) for column in table.columns])
        writer.writerows([_shown(cell, language) for cell in row] for row in rows)
    finally:
        text.detach()


def _shown(cell: Cell, language: Language) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, date):
        return f"{cell:%d-%m-%Y}"
    if isinstance(cell, int):
        return str(cell)
    return defused(cell.say(language) if isinstance(cell, Text) else cell or "")


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before it.

    >>> defused("=1+1"), defused(" @SUM(A1)"), defused("L2011-0001")
    ("'=1+1", "' @SUM(A1)", 'L2011-0001')
    """
    return f"'{text}" if text.startswith(_LIVE) or text.lstrip().startswith(_LIVE) else text


# Parquet


def _parquet(table: Table, rows: Iterator[Row], file: BinaryIO, _: Language) -> None:
    """Write Parquet: amounts as decimal(18,2), days as date32, codes and keys in English."""
    arrow, parquet = _pyarrow()
    types = [_type(arrow, column) for column in table.columns]
    schema = arrow.schema(list(zip(table.keys, types, strict=True)))

    def batches() -> Iterator[Any]:
        while batch := list(islice(rows, _BATCH)):
            columns = ([_value(row[n]) for row in batch] for n in range(len(types)))
            arrays = [arrow.array(c, t) for c, t in zip(columns, types, strict=True)]
            yield arrow.record_batch(arrays, schema=schema)

    made = batches()
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(made, _GROUP)):
            writer.write_table(arrow.Table.from_batches(group))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            da="Til Parquet skal pyarrow være installeret: pip install 'mikroledger[parquet]'."
            " En .csv-fil kan laves uden.",
            en="For Parquet pyarrow must be installed: pip install 'mikroledger[parquet]'."
            " A .csv file can be made without.",
        ) from error
    return pa, parquet


def _type(arrow: Any, column: Column) -> Any:
    kinds = {
        "money": arrow.decimal128(_DIGITS, 2),
        "day": arrow.date32(),
        "count": arrow.int64(),
        "text": arrow.string(),
    }
    return kinds[column.kind]


def _value(cell: Cell) -> Any:
    return cell.en if isinstance(cell, Text) else cell


_WRITERS: Mapping[str, Callable[[Table, Iterator[Row], BinaryIO, Language], None]] = {
    ".csv": _csv,
    ".parquet": _parquet,
}
