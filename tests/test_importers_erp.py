"""ERP posting lists: the shipped map, the maps of others, and every way to be refused."""

import csv
import io
import json
import tomllib
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.domain.record import AccountString, Document, ErpRow
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers import cells, read, read_bytes
from mikroledger.importers.columns import SHIPPED, load_maps
from mikroledger.money import LARGEST, danish

DATA = Path(__file__).parent / "data" / "erp"
MAPS = [DATA / "maps"]
MANIFEST = {each["file"]: each for each in json.loads((DATA / "MANIFEST.json").read_text())}

HEADER = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger"
)
ROW = (
    "02-05-2011;70010;5.58.80;1;065;5.2;§ 65 etablering;20.000,00;610190-0000;2011-0412;PAY-1;anl"
)
GOLDEN = ErpRow(
    line=2,
    day=date(2011, 5, 2),
    voucher="70010",
    account=AccountString("5.58.80", "1", "065", "5.2"),
    amount=Decimal("20000.00"),
    text="§ 65 etablering",
    person="6101900000",
    decision="2011-0412",
    reference="PAY-1",
)


def opus(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Document:
    return read_bytes("liste.csv", "\r\n".join([header, *rows, ""]).encode(encoding))


def changed(**cell: str) -> str:
    """The example row with other cells, by column."""
    names = HEADER.split(";")
    row = dict(zip(names, ROW.split(";"), strict=True))
    assert cell.keys() <= {name.replace("/", "_") for name in names}
    return ";".join(cell.get(name.replace("/", "_"), value) for name, value in row.items())


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_the_shipped_map_reads_the_documented_row_in_any_encoding(encoding: str) -> None:
    document = opus(ROW, encoding=encoding)

    assert document.erp == (GOLDEN,)
    assert (document.format, document.source, document.file) == ("erp", "opus", "liste.csv")
    assert document.rejected == ()
    assert document.until is None
    assert len(document.digest) == 64


def test_columns_in_another_order_and_case_are_found_by_their_names() -> None:
    order = [11, 7, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    header = ";".join(HEADER.upper().split(";")[i] for i in order)
    row = ";".join(ROW.split(";")[i] for i in order)

    assert opus(row, header=header).erp == (GOLDEN,)


def test_a_list_without_rows_is_a_day_without_postings() -> None:
    assert opus() == Document("liste.csv", "erp", "opus", opus().digest)


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ({"Funktion": "05.58.80"}, "funktion", "5.58.80"),
        ({"Funktion": "55880"}, "funktion", "5.58.80"),
        ({"Gruppering": "65"}, "gruppering", "065"),
        ({"Gruppering": ""}, "gruppering", ""),
        ({"Art": "52"}, "art", "5.2"),
        ({"Art": ""}, "art", ""),
        ({"Dranst": ""}, "dranst", ""),
    ],
)
def test_account_strings_are_normalised(cell: dict[str, str], field: str, value: str) -> None:
    (row,) = opus(changed(**cell)).erp

    assert getattr(row.account, field) == value


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("20.000,00", "20000"),
        ("20000", "20000"),
        ("20000.00", "20000"),
        ("1.234,56-", "-1234.56"),
        ("-1.234,56", "-1234.56"),
        ("\u22121.234,56", "-1234.56"),
        ("(1.234,56)", "-1234.56"),
        ("kr. 1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1234,5", "1234.50"),
    ],
)
def test_amounts_are_read_as_files_have_them(written: str, amount: str) -> None:
    (row,) = opus(changed(Beløb=written)).erp

    assert row.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"Beløb": "1.234"}, "can be read in two ways"),
        ({"Beløb": "12,5x"}, "'12,5x' is not an amount"),
        ({"Beløb": ""}, "is not an amount"),
        ({"Beløb": "-1,00-"}, "is not an amount"),
        ({"Beløb": "(-1,00)"}, "an amount with one sign"),
        ({"Beløb": "1.234,56 K"}, "is not an amount"),
        ({"Beløb": "0,00"}, "The amount is 0,00"),
        ({"Beløb": "12.345.678,90"}, "more than the largest amount"),
        ({"Beløb": "610190-0000"}, "'[CPR]' is not an amount"),
        ({"Bogføringsdato": "31-02-2011"}, "not a day that exists"),
        ({"Bogføringsdato": "2-5-2011"}, "is not dd-mm-yyyy / dd.mm.yyyy"),
        ({"Bogføringsdato": "05/02/2011"}, "is not dd-mm-yyyy / dd.mm.yyyy"),
        ({"Bogføringsdato": "02-05-11"}, "is not dd-mm-yyyy / dd.mm.yyyy"),
        ({"Bogføringsdato": "02-05-1989"}, "not a day in 1990-2100"),
        ({"Bogføringsdato": "02-05-2101"}, "not a day in 1990-2100"),
        ({"Funktion": "5.58"}, "not a funktion"),
        ({"Funktion": ""}, "not a funktion"),
        ({"Dranst": "12"}, "not a dranst"),
        ({"Gruppering": "0065"}, "not a gruppering"),
        ({"CPR_CVR": "101900000"}, "10 or 8 digits"),
        ({"Bilagsnr": ""}, "no voucher number"),
    ],
)
def test_a_bad_cell_is_told_with_its_line(cell: dict[str, str], message: str) -> None:
    document = opus(ROW, changed(**cell), ROW)

    ((line, reason),) = why(document)
    assert line == 3
    assert message in reason
    assert "0000'" not in reason
    assert [row.line for row in document.erp] == [2, 4]


def test_a_message_never_quotes_a_person() -> None:
    ((_, reason),) = why(opus(changed(CPR_CVR="610190-000")))

    assert "610190" not in reason


@pytest.mark.parametrize(("written", "digits"), [("13585628", "13585628"), ("", "")])
def test_a_company_or_nobody_can_be_the_person(written: str, digits: str) -> None:
    (row,) = opus(changed(CPR_CVR=written)).erp

    assert row.person == digits


def test_lines_are_those_of_the_file_even_when_a_field_spans_two() -> None:
    document = opus(
        changed(Posteringstekst='"en; ""to""\r\ntre"'), "", ";" * 11, changed(Beløb="x")
    )

    assert document.erp[0].text == 'en; "to" tre'
    assert [line for line, _ in why(document)] == [6]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.rpartition(";")[0], "The row has 11 fields; the header has 12"),
        ("02-05-2011;70", "The row has 2 fields"),
        (ROW + ";", "The row has 13 fields"),
        (changed(Posteringstekst='"aldrig lukket'), "A quotation mark is not closed"),
        (changed(Posteringstekst='"lukket"her'), "must be followed by a separator"),
        (changed(Posteringstekst="x" * 10_001), "longer than 10000"),
        (changed(Posteringstekst="x" * 150_000), "longer than 10000"),
        (changed(Posteringstekst="x" * 200_000), "longer than 200000"),
    ],
)
def test_a_row_of_bad_form_is_told_with_its_line(row: str, message: str) -> None:
    ((line, reason),) = why(opus(ROW, row))

    assert line == 3
    assert message in reason


@pytest.mark.parametrize(
    "total",
    [
        "I alt;;;;;;;40.000,00;;;;",
        "Total;;;;;;;40.000,00;;;;",
        "*;;;;;;;40.000,00;;;;",
        "I alt;2;;;;;;40.000,00;;;;",
        ";;;;;;I alt;40.000,00;;;;",
        "Total: 2 poster",
        "TOTAL;2;40.000,00",
        "I alt;;;;;;;;;;;",
    ],
)
def test_a_total_line_is_no_row(total: str) -> None:
    document = opus(ROW, ROW, total)

    assert len(document.erp) == 2
    assert document.rejected == ()


@pytest.mark.parametrize(
    ("total", "message"),
    [
        ("I alt;;;;;;;40.000,01;;;;", "40.000,01 in total; the rows give 40.000,00"),
        ("TOTAL;3", "The file says 3 rows and has 2"),
        ("I alt;;;;;;;x;;;;", "'x' is not an amount"),
    ],
)
def test_a_total_that_does_not_fit_is_told(total: str, message: str) -> None:
    ((line, reason),) = why(opus(ROW, ROW, total))

    assert line == 4
    assert message in reason


def test_a_subtotal_may_count_from_the_total_before() -> None:
    document = opus(
        ROW, "*;;;;;;;20.000,00;;;;", ROW, "*;;;;;;;20.000,00;;;;", "**;;;;;;;40.000,00;;;;"
    )

    assert document.rejected == ()


def test_a_total_is_not_held_against_rows_that_were_refused() -> None:
    assert len(opus(changed(Beløb="x"), "I alt;;;;;;;40.000,00;;;;").rejected) == 1


def test_a_row_whose_first_cell_says_total_is_a_row_when_it_has_a_day() -> None:
    order = [6, 0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    header = ";".join(HEADER.split(";")[i] for i in order)
    cells_ = changed(Posteringstekst="Totalrådgivning").split(";")

    assert len(opus(";".join(cells_[i] for i in order), header=header).erp) == 1


# --- other ERPs: a map each, no code


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("01_utf8_bom_signed.csv", "signed"),
        ("02_latin1_trailing_minus.csv", "plain"),
        ("03_cp1252_dk_columns.csv", "letter"),
        ("04_debet_kredit_columns.csv", "two-columns"),
        ("06_utf16_sap_list.txt", "printed"),
    ],
)
def test_the_same_ten_postings_come_out_of_every_dress(file: str, source: str) -> None:
    document = read(DATA / file, MAPS)

    expected = MANIFEST[file]["expect"]
    assert (document.source, document.rejected) == (source, ())
    assert len(document.erp) == expected["rows"]
    assert sum(row.amount for row in document.erp) * 100 == expected["sum_ore"]
    first = document.erp[0]
    assert (first.day, first.voucher, first.amount) == (
        date(2026, 11, 20),
        "70010",
        Decimal("-1250.00"),
    )
    assert first.account == AccountString("9.39.22", gruppering="080")


def test_a_list_that_was_converted_twice_is_refused() -> None:
    with pytest.raises(RefusedError, match="converted twice"):
        read(DATA / "07_mojibake_double_utf8.csv", MAPS)


def test_quotes_and_formulas_are_text_and_only_the_ragged_row_is_refused() -> None:
    document = read(DATA / "09_quotes_newlines_injection.csv", MAPS)

    assert [line for line, _ in why(document)] == [7]
    assert [row.text for row in document.erp] == [
        "Åse; Ærø",
        "linje 1 linje 2",
        'O"Brien',
        '5" rør',
        "normal",
        "'=SUM(A1)",
        '=HYPERLINK("http://x")',
        "+45 12345678",
        "@cmd",
    ]


def test_four_impossible_days_are_refused() -> None:
    document = read(DATA / "10_dates_mixed.csv", MAPS)

    assert [line for line, _ in why(document)] == [4, 5, 10, 11]
    assert {row.day.day for row in document.erp} == {20, 21, 23, 24, 25}


def test_ten_ways_to_write_an_amount() -> None:
    document = read(DATA / "12_amount_habits.csv", MAPS)

    expected = MANIFEST["12_amount_habits.csv"]["expect"]["amounts_ore"]
    assert [row.amount * 100 for row in document.erp] == [
        n for n in expected if n != "refuse: 1.234"
    ]
    assert [line for line, _ in why(document)] == [9]


@pytest.mark.parametrize(
    ("map_name", "row", "message"),
    [
        ("letter", "1;01-02-2026;5.58.80.65;t;1,00;", "which side the amount is on"),
        ("letter", "1;01-02-2026;5.58.80.65;t;1,00;X", "'X' is not D/K for the amount's side"),
        ("letter", "1;01-02-2026;5.58.80.65;t;-1,00;D", "an amount with one sign"),
        ("two-columns", "1;01.02.26;5.58.80.65;t;1,00;1,00;", "in both columns"),
        ("two-columns", "1;01.02.26;5.58.80.65;t;;;", "The amount is 0,00"),
        ("plain", "1;01-02-2026;58065;t;1,00", "not an account string by the map plain"),
    ],
)
def test_maps_are_as_strict_as_the_shipped_one(map_name: str, row: str, message: str) -> None:
    data = tomllib.loads((MAPS[0] / f"{map_name}.toml").read_text(encoding="utf-8"))
    text = ";".join(data["header"]) + "\n" + row

    ((_, reason),) = why(read_bytes("x.csv", text.encode(), MAPS, map_name))
    assert message in reason


def test_debit_and_credit_totals_may_both_stand_in_a_total_line() -> None:
    rows = (
        "Bilag;Dato;Konto;Tekst;Debet;Kredit;Saldo\n1;01.02.26;5.58.80.65;t;3,00;;\n"
        "2;01.02.26;5.58.80.65;t;;1,00;\nI alt;;;;3,00;1,00;"
    )

    assert read_bytes("x.csv", rows.encode(), MAPS).rejected == ()


def test_a_printed_list_repeats_its_header_on_each_page() -> None:
    page = "|Bilagsnr|Bogf.dato|Art|Tekst|Beløb|\n|1|20.11.2026|5.58.80.65|a|1,00 |\n"

    document = read_bytes("x.txt", f"|Odder|1|\n{page}\fSide 2\n-----\n{page}".encode(), MAPS)
    assert [row.line for row in document.erp] == [3, 7]


# --- maps


OTHER = """
name = "mini"
kind = "erp"
header = ["Dag", "Bilag", "Konto", "Kr"]
separator = "\\t"
dates = ["yyyy-mm-dd"]
sign = "-"
[fields]
day = "Dag"
voucher = "Bilag"
account = "Konto"
amount = "Kr"
"""


def test_a_municipality_adds_a_map_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(OTHER, encoding="utf-8")

    document = read_bytes(
        "x.tsv", b"Dag\tBilag\tKonto\tKr\n2026-01-02\t1\t55880\t5,00\nTotal\t5,00", [tmp_path]
    )
    (row,) = document.erp
    assert (row.account, row.amount) == (AccountString("5.58.80"), Decimal("-5.00"))
    assert document.rejected == ()


def test_a_map_of_the_same_name_or_header_comes_before_the_shipped_one(tmp_path: Path) -> None:
    own = (SHIPPED / "opus.toml").read_text(encoding="utf-8").replace('sign = "+"', 'sign = "-"')
    (tmp_path / "mine.toml").write_text(own, encoding="utf-8")

    (row,) = read_bytes("x.csv", f"{HEADER}\n{ROW}".encode(), [tmp_path]).erp
    assert row.amount == -GOLDEN.amount
    assert [each.name for each in load_maps([tmp_path])[0]] == ["opus"]
    assert "opus" not in [each.name for each in load_maps([tmp_path])[1]]


def test_two_maps_of_one_header_are_chosen_by_name(tmp_path: Path) -> None:
    own = (SHIPPED / "opus.toml").read_text(encoding="utf-8")
    for name in ("odder", "samsø"):
        text = own.replace('name = "opus"', f'name = "{name}"')
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    data = f"{HEADER}\n{ROW}".encode()

    with pytest.raises(RefusedError, match=r"odder, samsø. Choose one with --map"):
        read_bytes("x.csv", data, [tmp_path])
    assert read_bytes("x.csv", data, [tmp_path], "samsø").source == "samsø"


def test_a_name_that_no_map_has_is_an_error_of_the_command_line() -> None:
    with pytest.raises(UsageError, match=r"no column map 'fujitsu'. Known: bank, bankdata"):
        read_bytes("x.csv", b"a;b", map_name="fujitsu")


def test_a_map_named_for_another_list_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"Found: Dato;Tekst;Beløb;Saldo. Known .* opus: Bogf"):
        read_bytes("x.csv", "Dato;Tekst;Beløb;Saldo".encode(), map_name="opus")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "erp"', 'kind = "xlsx"', "KeyError: 'xlsx'"),
        ('name = "mini"', "", "KeyError: 'name'"),
        ('name = "mini"', "name =", "TOMLDecodeError"),
        ('sign = "-"', 'sgn = "-"', "unknown key"),
        ('sign = "-"', 'layout = "xml"', "unknown key or value"),
        ('sign = "-"', "years = 2011", "TypeError"),
        ('sign = "-"', "account = '('", "missing \\)"),
        ('amount = "Kr"', 'amount = "Øre"', "columns that the header lacks"),
        ('amount = "Kr"', 'sum = "Kr"', "unknown fields"),
        ('amount = "Kr"', "", "need day, and amount"),
        ('voucher = "Bilag"', "", "need voucher, and funktion"),
        ('"yyyy-mm-dd"', '"yyyy-mm"', "needs dd, mm and yyyy"),
        ("[fields]", "fields = 3\n[other]", "AttributeError"),
        ('amount = "Kr"', 'amount = "Kr"\nplus = "Kr"', "amount, or plus and minus, not both"),
        ('amount = "Kr"', 'plus = "Kr"', "need both plus and minus"),
        ('"Konto", "Kr"', '"Konto", "Kr", "kr"', "columns stand twice: \\['kr'\\]"),
        ('"Konto", "Kr"]', '"Konto", "Kr"]\noptional = ["Kr"]', "columns stand twice"),
        ('name = "mini"', 'name = "Mini@1"', "name is letters"),
        ('amount = "Kr"', 'amount = "Kr"\nside = "Kr"', "a column side needs sides"),
        ('amount = "Kr"', 'plus = "Kr"\nminus = "Kr"', "sign is for amount"),
        ('sign = "-"', "account = '[0-9]+'", "account needs a group"),
        ('sign = "-"', 'bank_account = "1"', "'1' is no account number"),
        ('sign = "-"', 'bank_account = "0040 440116243"', "is for statements of a bank"),
    ],
)
def test_a_map_with_a_mistake_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in OTHER
    (tmp_path / "mini.toml").write_text(OTHER.replace(old, new), encoding="utf-8")

    with pytest.raises(RefusedError, match=f"mini.toml cannot be read.*{message}"):
        load_maps([tmp_path])


def test_every_shipped_map_reads_its_own_header_and_no_other() -> None:
    (maps,) = load_maps([])

    for each in maps:
        document = read_bytes("x.csv", each.separator.join(each.header).encode())
        assert (document.source, document.format) == (each.name, each.kind)
        assert (document.rows, document.rejected) == (0, ())


# --- the same rows back


AMOUNTS = st.decimals(
    min_value=-LARGEST, max_value=LARGEST, places=2, allow_nan=False, allow_infinity=False
).filter(bool)
TEXTS = st.text(st.sampled_from('abcæøåÆØÅ §;"\n-=+'), max_size=30)


@st.composite
def written(draw: st.DrawFn) -> tuple[ErpRow, list[str]]:
    amount = draw(AMOUNTS)
    digits = danish(abs(amount))
    form = draw(st.sampled_from(["-{}", "{}-", "({})"])) if amount < 0 else "{}"
    day = draw(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    text = draw(TEXTS)
    row = ErpRow(
        0,
        day,
        str(draw(st.integers(1, 99999))),
        AccountString("5.58.80", draw(st.sampled_from(["", "1", "2"])), "065", "5.2"),
        amount,
        " ".join(text.split()),
        draw(st.sampled_from(["", "6101900000", "13585628"])),
    )
    shown = day.strftime(draw(st.sampled_from(["%d-%m-%Y", "%d.%m.%Y"])))
    funktion = draw(st.sampled_from(["5.58.80", "05.58.80", "55880"]))
    cells_ = [shown, row.voucher, funktion, row.account.dranst, "65", "52", text]
    return row, [*cells_, form.format(digits), row.person, "", "", "abc"]


@given(st.lists(written(), max_size=20), st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]))
def test_what_was_written_is_read(rows: list[tuple[ErpRow, list[str]]], encoding: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerows([HEADER.split(";"), *(cells_ for _, cells_ in rows)])

    document = read_bytes("x.csv", out.getvalue().encode(encoding))

    assert document.rejected == ()
    read_again = [
        ErpRow(0, r.day, r.voucher, r.account, r.amount, r.text, r.person) for r in document.erp
    ]
    assert read_again == [row for row, _ in rows]


@given(st.text(max_size=30))
def test_a_cell_gives_a_value_or_a_reason(text: str) -> None:
    readers = (cells.amount, cells.Dates(["dd-mm-yyyy"]).read, cells.funktion, cells.person)
    for reader in readers:
        with suppress(UsageError):
            assert reader(text) is not None


@given(st.text(st.sampled_from('"; \n\r-.,*01259KDIalt()\u00a0'), max_size=200))
def test_any_rows_below_a_header_are_read_or_told(rows: str) -> None:
    document = read_bytes("x.csv", f"{HEADER}\n{ROW}\n{rows}".encode())

    assert document.erp[0] == GOLDEN
