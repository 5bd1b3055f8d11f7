"""Tables as files: CSV as Danish Excel reads it, Parquet as DuckDB does."""

import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mikroledger.domain.sheets import Column, Row, Table
from mikroledger.errors import NotCertainError, RefusedError, UsageError
from mikroledger.exports import tables
from mikroledger.exports.tables import write
from mikroledger.words import Text

KEYS = ("loan", "state", "owed", "due", "late")
COLUMNS = (
    Column(Text("Lån", "Loan")),
    Column(Text("Tilstand", "State")),
    Column(Text("Restgæld", "Outstanding"), "money", total=True),
    Column(Text("Forfald", "Due"), "day"),
    Column(Text("Dage", "Days"), "count"),
)
ROWS: tuple[Row, ...] = (
    ("L2011-0001", Text("i gang", "active"), Decimal("17550.10"), date(2011, 7, 1), 12),
    ("=1+1", Text("betalt", "repaid"), Decimal("-0.30"), None, 0),
    ('a;"b"\nc', Text("", ""), None, date(2012, 2, 29), None),
)


def table(*rows: Row) -> Table:
    return Table(KEYS, COLUMNS, iter(rows))


def asked(path: Path, question: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        return db.execute(question, {"path": str(path)}).fetchall()


def test_csv_is_what_danish_excel_opens_with_a_double_click(tmp_path: Path) -> None:
    path = tmp_path / "laan.csv"
    made = write(table(*ROWS), path, "da")

    assert path.read_bytes().decode("utf-8") == (
        "\ufeffLån;Tilstand;Restgæld;Forfald;Dage\r\n"
        "L2011-0001;i gang;17550,10;01-07-2011;12\r\n"
        "'=1+1;betalt;-0,30;;0\r\n"
        '"a;""b""\nc";;;29-02-2012;\r\n'
    )
    assert (made.rows, made.sums) == (3, {"owed": Decimal("17549.80")})


def test_csv_speaks_english_where_the_user_does(tmp_path: Path) -> None:
    path = tmp_path / "loans.CSV"
    write(table(ROWS[0]), path, "en")

    assert path.read_bytes().decode("utf-8-sig").splitlines() == [
        "Loan;State;Outstanding;Due;Days",
        "L2011-0001;active;17550,10;01-07-2011;12",
    ]


@pytest.mark.parametrize(
    "text", ["=1", "+45 11", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n+1", "＝1", "＠a"]
)
def test_what_a_spreadsheet_could_run_is_text_in_csv_and_untouched_in_parquet(
    tmp_path: Path, text: str
) -> None:
    row: Row = (text, None, Decimal("-1.00"), None, -1)
    for name in ("a.csv", "a.parquet"):
        write(table(row), tmp_path / name, "da")

    assert (tmp_path / "a.csv").read_bytes().decode().count(f"'{text}") == 1
    assert ";-1,00;;-1" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert asked(tmp_path / "a.parquet", "SELECT loan FROM read_parquet($path)") == [(text,)]


def test_parquet_has_exact_amounts_and_days(tmp_path: Path) -> None:
    path = tmp_path / "laan.parquet"
    made = write(table(*ROWS), path, "da")

    assert asked(path, "SELECT * FROM read_parquet($path)") == [
        ("L2011-0001", "active", Decimal("17550.10"), date(2011, 7, 1), 12),
        ("=1+1", "repaid", Decimal("-0.30"), None, 0),
        ('a;"b"\nc', "", None, date(2012, 2, 29), None),
    ]
    types = asked(path, "DESCRIBE SELECT * FROM read_parquet($path)")
    assert [row[:2] for row in types] == [
        ("loan", "VARCHAR"),
        ("state", "VARCHAR"),
        ("owed", "DECIMAL(18,2)"),
        ("due", "DATE"),
        ("late", "BIGINT"),
    ]
    assert asked(path, "SELECT sum(owed) FROM read_parquet($path)") == [(made.sums["owed"],)]


def test_a_table_without_rows_is_a_file_with_columns(tmp_path: Path) -> None:
    for name in ("a.csv", "a.parquet"):
        made = write(table(), tmp_path / name, "da")
        assert (made.rows, made.sums) == (0, {"owed": Decimal("0.00")})

    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 1
    assert asked(tmp_path / "a.parquet", "SELECT * FROM read_parquet($path)") == []


def test_a_parquet_file_is_written_in_groups(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "_BATCH", 2)
    monkeypatch.setattr(tables, "_GROUP", 2)
    path = tmp_path / "a.parquet"
    write(table(*ROWS, *ROWS), path, "da")

    groups = "SELECT count(DISTINCT row_group_id) FROM parquet_metadata($path)"
    assert asked(path, groups) == [(2,)]
    assert asked(path, "SELECT count(*) FROM read_parquet($path)") == [(6,)]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_the_same_table_is_the_same_bytes(tmp_path: Path, name: str) -> None:
    write(table(*ROWS), tmp_path / name, "da")
    first = (tmp_path / name).read_bytes()
    with pytest.raises(RefusedError, match="--replace"):
        write(table(), tmp_path / name, "da")
    assert (tmp_path / name).read_bytes() == first
    write(table(*ROWS), tmp_path / name, "da", replace=True)

    assert (tmp_path / name).read_bytes() == first


def test_another_ending_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a.xls must end with .csv"):
        write(table(), tmp_path / "a.xls", "da")


def test_parquet_without_pyarrow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'mikroledger\[parquet\]'"):
        write(table(), tmp_path / "a.parquet", "da")
    assert list(tmp_path.iterdir()) == []
    write(table(), tmp_path / "a.csv", "da")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_rows_that_cannot_be_made_leave_nothing(tmp_path: Path, name: str) -> None:
    def rows() -> Iterator[Row]:
        yield ROWS[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(NotCertainError, match=rf"{name} was not written \(No space left"):
        write(Table(KEYS, COLUMNS, rows()), tmp_path / name, "da")
    assert list(tmp_path.iterdir()) == []
