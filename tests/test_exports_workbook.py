"""Workbooks: read back by another program, they say what they were given, and nothing is live."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from mikroledger.domain.sheets import Column, Row, Sheet, Tie, Workbook
from mikroledger.errors import NotCertainError, RefusedError, UsageError
from mikroledger.exports import workbook as writer
from mikroledger.exports.workbook import write
from mikroledger.words import Language, Text

LOAN = Column(Text("Lån", "Loan"))
OWED = Column(Text("Restgæld", "Outstanding"), "money", total=True)
DUE = Column(Text("Forfald", "Due"), "day")
LATE = Column(Text("Dage", "Days"), "count", total=True)
NOTE = Column(Text("Note", "Note"))
LOANS = Sheet(
    Text("Lån", "Loans"),
    (LOAN, OWED, DUE, LATE, NOTE),
    (
        ("L2011-0001", Decimal("17550.10"), date(2011, 7, 1), 12, Text("i gang", "active")),
        ("L2011-0002", Decimal("-0.30"), None, 0, "=1+1"),
        ("L2011-0003", Decimal("0.20"), date(2011, 8, 1), None, "+45 11 & <b> http://x.invalid"),
    ),
    Text("Ét lån pr. række.", "One loan to a row."),
)
AGES = Sheet(
    Text("Restance", "Arrears"),
    (Column(Text("Alder", "Age")), replace(OWED, title=Text("Beløb", "Amount"))),
    (("0-30", Decimal("17550.00")), ("31-60", Decimal("0.00"))),
    Text("Restance efter alder & størrelse.", "Arrears by age & size."),
    chart="column",
)
Read = Any
"""What openpyxl reads; its types allow a cell too much to be of use here."""
OWES, LATES = ("Loans", "Outstanding"), ("Arrears", "Amount")
BOOK = Workbook(
    Text("Afstemning & kontrol", "Reconciliation & control"),
    (
        (Text("Bog", "Book"), "mikrolån"),
        (Text("Hoved", "Head"), "ab" * 32),
        (Text("Pr. dag", "As of"), date(2011, 12, 31)),
        (Text("Bank", "Bank"), Decimal("-1234567.89")),
        (Text("Tilstand", "State"), Text("åben", "open")),
    ),
    (LOANS, AGES),
    (
        Tie(Text("Lån mod restance", "Loans to arrears"), OWES, LATES),
        Tie(Text("Lån mod kontrol", "Loans to control"), OWES, Decimal("17550.00")),
        Tie(Text("Restance mod 1,00", "Arrears to 1.00"), LATES, Decimal("1.00")),
    ),
    date(2012, 1, 5),
)


def content(book: Workbook = BOOK, language: Language = "da") -> bytes:
    buffer = io.BytesIO()
    write(book, buffer, language)
    return buffer.getvalue()


def read(packed: bytes, *, values: bool) -> Read:
    return load_workbook(io.BytesIO(packed), data_only=values)


def parts(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


def money(cell: Any) -> Decimal:
    return Decimal(str(cell.value)).quantize(Decimal("0.01"))


def test_numbers_are_numbers_and_days_are_days() -> None:
    page = read(content(), values=True)["Lån"]

    assert [cell.value for cell in page[3]] == ["Lån", "Restgæld", "Forfald", "Dage", "Note"]
    first = page[4]
    assert [c.data_type for c in first] == ["s", "n", "d", "n", "s"]
    assert (money(first[1]), first[2].value.date(), first[3].value) == (
        Decimal("17550.10"),
        date(2011, 7, 1),
        12,
    )
    formats = [c.number_format for c in first]
    assert formats == ["General", "#,##0.00", "dd-mm-yyyy", "#,##0", "General"]
    assert page["C5"].value is None
    assert page["D6"].value is None


def test_totals_are_formulas_that_carry_the_sum_of_their_column() -> None:
    packed = content()
    formulas, values = read(packed, values=False), read(packed, values=True)

    total = formulas["Lån"][7]
    assert [c.value for c in total] == [
        "I alt",
        "=SUBTOTAL(109,B4:B6)",
        None,
        "=SUBTOTAL(109,D4:D6)",
        None,
    ]
    assert money(values["Lån"]["B7"]) == sum(money(values["Lån"][f"B{n}"]) for n in (4, 5, 6))
    assert (money(values["Lån"]["B7"]), values["Lån"]["D7"].value) == (Decimal("17550.00"), 12)


def front_ties(book: Read) -> list[list[Any]]:
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    start = next(n for n, row in enumerate(rows) if row[0] in ("Skal stemme", "Must agree"))
    return [list(row[:5]) for row in rows[start + 1 : start + 4]]


def test_the_front_ties_whole_columns_to_each_other() -> None:
    packed = content()

    formulas = front_ties(read(packed, values=False))
    assert formulas[0][1:4] == [
        "=SUM(Lån!$B$4:$B$6)",
        "=SUM(Restance!$B$4:$B$5)",
        "=ROUND(B10-C10,2)",
    ]
    assert formulas[1][2] == 17550
    assert formulas[2][4] == '=IF(D12=0,"Stemmer","Stemmer ikke")'
    assert front_ties(read(packed, values=True)) == [
        ["Lån mod restance", 17550, 17550, 0, "Stemmer"],
        ["Lån mod kontrol", 17550, 17550, 0, "Stemmer"],
        ["Restance mod 1,00", 17550, 1, 17549, "Stemmer ikke"],
    ]


def test_a_difference_is_green_at_zero_and_red_otherwise() -> None:
    rules = read(content(), values=False)["Forside"].conditional_formatting
    ((where, (good, bad)),) = ((r.sqref, r.rules) for r in rules)

    assert str(where) == "D10:D12"
    assert (good.operator, good.formula, good.dxf.fill.bgColor.rgb) == (
        "equal",
        ["0"],
        "FFC6EFCE",
    )
    assert (bad.operator, bad.formula, bad.dxf.fill.bgColor.rgb) == (
        "notEqual",
        ["0"],
        "FFFFC7CE",
    )


def test_the_front_says_the_facts_and_what_is_behind() -> None:
    page = read(content(), values=True)["Forside"]
    said = {row[0]: row[1:3] for row in page.iter_rows(values_only=True)}

    assert page["A1"].value == "Afstemning & kontrol"
    assert said["Hoved"][0] == "ab" * 32
    assert said["Pr. dag"][0].date() == date(2011, 12, 31)
    assert said["Bank"][0] == -1234567.89
    assert said["Tilstand"][0] == "åben"
    assert said["Lån"] == (3, "Ét lån pr. række.")
    assert said["Restance"] == (2, "Restance efter alder & størrelse.")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "{=1}",
        "http://x.invalid",
        "12",
        "_x0041_",
        " a ",
        "<r>a",
        "<r><t>b</t></r>",
    ],
)
def test_text_stays_text(text: str) -> None:
    sheet = replace(LOANS, rows=((text, None, None, None, None),))
    packed = content(replace(BOOK, sheets=(sheet, AGES), ties=()))
    cell = read(packed, values=False)["Lån"]["A4"]

    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert not any("hyperlink" in part for part in parts(packed).values())
    assert cell.value == text


def test_a_character_that_xml_cannot_hold_is_written_as_excel_writes_it() -> None:
    sheet = replace(LOANS, rows=(("a\x07b", None, None, None, None),))

    assert (
        "a_x0007_b" in parts(content(replace(BOOK, sheets=(sheet, AGES))))["xl/sharedStrings.xml"]
    )


def test_nothing_is_live_and_no_cells_are_merged() -> None:
    packed = parts(content())

    assert not [name for name in packed if re.search("vba|external|connections|media", name)]
    assert not any("mergeCell" in part for part in packed.values())
    formulas = {f for part in packed.values() for f in re.findall(r"<f>([^<]*)</f>", part)}
    assert {re.split(r"[(]", f)[0] for f in formulas} == {"SUM", "SUBTOTAL", "ROUND", "IF"}


def test_each_sheet_is_a_table_that_prints_with_its_titles() -> None:
    book = read(content(), values=False)

    for name, columns, last in (("Lån", "E", 7), ("Restance", "B", 6)):
        page = book[name]
        (table,) = page.tables.values()
        assert table.ref == f"A3:{columns}{last}"
        assert table.autoFilter.ref == f"A3:{columns}{last - 1}"
        assert page.freeze_panes == "B4"
        assert page.print_title_rows == "$3:$3"
    for page in book.worksheets:
        setup = page.page_setup
        assert (setup.paperSize, setup.orientation) == (9, "landscape")
        assert (setup.fitToWidth or 1, setup.fitToHeight) == (1, 0)
    assert {t.displayName for p in book.worksheets for t in p.tables.values()} == {
        "T_Loans",
        "T_Arrears",
    }
    assert book["Lån"].oddFooter.left.text == "Afstemning && kontrol"


def test_a_chart_is_drawn_where_a_sheet_asks_for_one() -> None:
    book = read(content(), values=False)
    drawn = parts(content())["xl/charts/chart1.xml"]

    assert [len(page._charts) for page in book.worksheets] == [0, 0, 1]
    assert re.findall("<c:f>([^<]*)</c:f>", drawn) == ["Restance!$A$4:$A$5", "Restance!$B$4:$B$5"]
    assert "c:legend" not in drawn
    assert (
        'descr="Restance efter alder &amp; størrelse."'
        in parts(content())["xl/drawings/drawing1.xml"]
    )


def test_a_chart_of_several_columns_has_a_legend() -> None:
    more = Column(Text("Lån", "Loans"), "count", total=True)
    rows: tuple[Row, ...] = tuple((*row, 3) for row in AGES.rows)
    sheet = replace(AGES, columns=(*AGES.columns, more), rows=rows)
    drawn = parts(content(replace(BOOK, sheets=(LOANS, sheet))))["xl/charts/chart1.xml"]

    assert drawn.count("<c:ser>") == 2
    assert "c:legend" in drawn


def test_the_same_workbook_and_day_are_the_same_bytes() -> None:
    assert content() == content()
    assert content(replace(BOOK, made=date(2012, 1, 6))) != content()


def test_it_speaks_both_languages() -> None:
    book = read(content(language="en"), values=True)

    assert book.sheetnames == ["Front", "Loans", "Arrears"]
    titles = [cell.value for cell in book["Loans"][3]]
    assert titles == ["Loan", "Outstanding", "Due", "Days", "Note"]
    assert book["Loans"]["E4"].value == "active"
    assert book["Loans"]["A7"].value == "Total"
    assert front_ties(book)[2][4] == "Does not agree"
    assert book.properties.title == "Reconciliation & control"
    assert book.properties.created is not None
    assert book.properties.created.date() == BOOK.made


def test_a_sheet_without_rows_is_a_table_with_an_empty_one() -> None:
    packed = content(replace(BOOK, sheets=(replace(LOANS, rows=()), AGES), facts=()))
    page = read(packed, values=True)["Lån"]

    assert page.tables["T_Loans"].ref == "A3:E5"
    assert [c.value for c in page[4]] == [None] * 5
    assert page["B5"].value == 0


def test_a_long_text_is_wrapped_and_a_column_is_as_wide_as_what_is_in_it() -> None:
    row: Row = ("L2011-0001", Decimal("1234567.00"), None, 0, "ord " * 40)
    page = read(content(replace(BOOK, sheets=(replace(LOANS, rows=(row,)), AGES))), values=True)[
        "Lån"
    ]

    assert page["E4"].alignment.wrap_text
    assert not page["A4"].alignment.wrap_text
    assert page.row_dimensions[4].height == 3 * 15
    assert 60 <= page.column_dimensions["E"].width < 62
    assert 14 <= page.column_dimensions["B"].width < 16


def test_a_word_may_stand_in_a_column_of_numbers() -> None:
    row: Row = ("L2011-0001", "ukendt", None, 0, None)
    page = read(content(replace(BOOK, sheets=(replace(LOANS, rows=(row,)), AGES))), values=True)[
        "Lån"
    ]

    assert (page["B4"].value, page["B4"].number_format) == ("ukendt", "General")
    assert page["B5"].value == 0


def test_more_rows_than_excel_can_hold_are_refused() -> None:
    row = LOANS.rows[0]
    most = writer.ROWS - 4
    with pytest.raises(RefusedError, match=f"{most + 1} rows; Excel can hold {most}"):
        content(replace(BOOK, sheets=(replace(LOANS, rows=(row,) * (most + 1)), AGES)))


def test_a_text_that_excel_would_cut_off_is_refused() -> None:
    row: Row = ("x" * 32_768, None, None, None, None)
    with pytest.raises(RefusedError, match="Row 4: a text has 32768 characters"):
        content(replace(BOOK, sheets=(replace(LOANS, rows=(row,)), AGES)))


def test_a_column_that_is_named_twice_is_a_bug() -> None:
    sheet = replace(LOANS, columns=(LOAN, replace(OWED, title=LOAN.title), DUE, LATE, NOTE))
    with pytest.warns(UserWarning, match="Duplicate"), pytest.raises(AssertionError):
        content(replace(BOOK, sheets=(sheet,), ties=()))


# Files


def test_a_file_is_written_whole_and_replaces_another_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "afstemning.xlsx"
    write(BOOK, path, "da")
    assert path.read_bytes() == content()
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(RefusedError, match="--replace"):
        write(BOOK, path, "en")
    assert path.read_bytes() == content()
    write(BOOK, path, "en", replace=True)
    assert path.read_bytes() == content(language="en")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write(BOOK, tmp_path, "da")
    with pytest.raises(UsageError, match="is not there"):
        write(BOOK, tmp_path / "none" / "a.xlsx", "da")


def test_a_disk_that_fails_leaves_what_was_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotCertainError, match="No space left"):
        write(BOOK, path, "da", replace=True)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


# LibreOffice


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """The workbook without cached values, opened, calculated and saved by LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("office")
    path, out = folder / "book.xlsx", folder / "out"
    blank(content(), path)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
    done = subprocess.run(
        [*words, str(path)], capture_output=True, text=True, timeout=180, check=False
    )
    assert (out / "book.xlsx").exists(), done.stdout + done.stderr
    return load_workbook(out / "book.xlsx", data_only=True)


def blank(packed: bytes, path: Path) -> None:
    """Write a workbook without the results of its formulas: who opens it must calculate."""
    with zipfile.ZipFile(path, "w") as files:
        for name, part in parts(packed).items():
            files.writestr(name, re.sub("</f><v>[^<]*</v>", "</f>", part))


def test_libreoffice_calculates_the_totals_that_the_file_carries(recalculated: Read) -> None:
    ours = read(content(), values=True)

    assert front_ties(recalculated) == front_ties(ours)
    for place in ("B7", "D7"):
        assert money(recalculated["Lån"][place]) == money(ours["Lån"][place])
    assert money(recalculated["Restance"]["B6"]) == Decimal("17550.00")
    assert recalculated["Lån"]["E5"].value == "=1+1"
