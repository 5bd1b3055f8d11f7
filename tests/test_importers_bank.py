"""Bank statements as CSV: what counts, the running balance, and each line's own id."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.domain.record import BankLine, BankPart, Document
from mikroledger.errors import RefusedError
from mikroledger.importers import read, read_bytes
from mikroledger.importers.cells import amount

OWN = Path(__file__).parent / "data" / "bank" / "own"
DAY = date(2026, 11, 20)


def bank(*rows: str, header: str = "Dato;Tekst;Beløb;Saldo") -> Document:
    return read_bytes("konto.csv", "\n".join([header, *rows]).encode())


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


def test_danske_bank_counts_only_what_is_carried_out() -> None:
    document = read(OWN / "danskebank.csv")

    first, second = document.bank
    assert first == BankLine(
        2,
        "5cc8d3e2e0e7dd7bab8d13b7",
        DAY,
        DAY,
        Decimal("350.00"),
        (BankPart(Decimal("350.00"), "", "100000000000009", "IK71 100000000000009"),),
    )
    assert (second.amount, second.parts[0].text) == (
        Decimal("1475.00"),
        "Åse Ærø LÅN-2019-000001",
    )
    assert (document.format, document.source, document.until) == ("bank-csv", "danskebank", DAY)
    assert document.rejected == ()


@pytest.mark.parametrize(
    ("file", "source", "amounts"),
    [
        ("bankdata_jyske.csv", "bankdata", ["350", "-350"]),
        ("bec_merkur.csv", "bec", ["500", "-350"]),
    ],
)
def test_other_banks_are_known_by_their_header(file: str, source: str, amounts: list[str]) -> None:
    document = read(OWN / file)

    assert (document.source, document.until, document.rejected) == (source, DAY, ())
    assert [line.amount for line in document.bank] == [Decimal(each) for each in amounts]


def test_nordea_skips_what_is_reserved_and_takes_only_kroner() -> None:
    header = "Bogføringsdato;Beløb;Afsender;Modtager;Navn;Beskrivelse;Saldo;Valuta;Afstemt"
    document = bank(
        "Reserveret;-10,00;;;;Kort;;DKK;",
        "2026/11/20;350,00;;;Åse;FI71 100000000000009;10.350,00;DKK;",
        "2026/11/20;1,00;;;;Euro;10.351,00;EUR;",
        header=header,
    )

    (line,) = document.bank
    assert line.parts[0].fik == "100000000000009"
    assert line.parts[0].text == "Åse FI71 100000000000009"
    assert why(document) == [(4, "The currency is EUR; only DKK can be booked.")]


def test_a_plain_statement_has_the_payments_reference_and_value_day() -> None:
    document = bank(
        "20-11-2026;23-11-2026;Udbetaling L2011-0001;-20.000,00;12.345.678,90;PAY-1",
        "2026-11-21;;Kort;+71<100000000000009+12345678<;;",
        header="Dato;Valørdato;Tekst;Beløb;Saldo;Reference",
    )

    (line,) = document.bank
    assert (line.day, line.value) == (DAY, date(2026, 11, 23))
    assert line.parts == (BankPart(Decimal("-20000.00"), "PAY-1", "", "Udbetaling L2011-0001"),)
    assert document.rejected[0].line == 3


def test_rentedato_is_the_value_day_and_defaults_to_the_booking_day() -> None:
    document = bank("20-11-2026;;a;1,00;1,00", header="Bogført dato;Rentedato;Tekst;Beløb;Saldo")

    assert document.bank[0].value == DAY
    assert document.source == "rentedato"


def test_a_payment_id_in_the_reference_column_is_found() -> None:
    document = bank(
        "20-11-2026;;Indbetaling;1,00;1,00;71 100000000000009",
        header="Dato;Valørdato;Tekst;Beløb;Saldo;Reference",
    )

    assert document.bank[0].parts[0].fik == "100000000000009"


def test_a_number_with_a_wrong_check_digit_is_no_payment_id() -> None:
    assert bank("20-11-2026;IK71 100000000000008;1,00;1,00").bank[0].parts[0].fik == ""


def test_an_unknown_status_is_told() -> None:
    document = bank(
        "20.11.2026;a;1,00;1,00;Afvist;Nej", header="Dato;Tekst;Beløb;Saldo;Status;Afstemt"
    )

    assert why(document) == [(2, "The status 'afvist' is not known; known: udført, venter.")]


@pytest.mark.parametrize("amount_", ["0,00", "", "1.234"])
def test_a_line_that_moves_no_money_is_told(amount_: str) -> None:
    assert [line for line, _ in why(bank(f"20-11-2026;a;{amount_};1,00"))] == [2]


OLDEST_FIRST = [
    "20-11-2026;a;1,00;101,00",
    "20-11-2026;b;2,00;103,00",
    "21-11-2026;c;-3,00;",
    "22-11-2026;d;4,00;104,00",
]


@pytest.mark.parametrize("step", [1, -1])
def test_the_balance_may_run_either_way(step: int) -> None:
    document = bank(*OLDEST_FIRST[::step])

    assert document.rejected == ()
    assert document.until == date(2026, 11, 22)


@pytest.mark.parametrize(("step", "line"), [(1, 4), (-1, 2)])
def test_a_lost_line_breaks_the_balance(step: int, line: int) -> None:
    rows = [OLDEST_FIRST[0], OLDEST_FIRST[1], OLDEST_FIRST[3]]

    ((where, reason),) = why(bank(*rows[::step]))
    assert where == line
    assert "The balance should be 107,00 but is 104,00" in reason


def test_a_statement_without_lines_covers_no_day() -> None:
    assert (bank().until, bank().rejected) == (None, ())


def test_a_line_has_the_same_id_in_every_file_that_has_it() -> None:
    whole = {line.entry for line in bank(*OLDEST_FIRST).bank}

    assert len(whole) == 4
    assert {line.entry for line in bank(*OLDEST_FIRST[:0:-1]).bank} < whole


def test_equal_lines_are_told_apart_by_balance_or_by_number() -> None:
    by_balance = bank("20-11-2026;a;1,00;1,00", "20-11-2026;a;1,00;2,00").bank
    by_number = bank("20-11-2026;a;1,00;", "20-11-2026;a;1,00;").bank

    for first, second in (by_balance, by_number):
        assert first.entry != second.entry
    assert by_number == bank("20-11-2026;a;1,00;", "20-11-2026;a;1,00;").bank


def test_the_banks_own_id_is_the_entry_where_a_map_has_it(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'name = "own"\nkind = "bank-csv"\nheader = ["Dag", "Nr", "Ind", "Ud"]\n'
        'dates = ["ddmmyyyy"]\n[fields]\nday = "Dag"\nentry = "Nr"\nplus = "Ind"\nminus = "Ud"\n',
        encoding="utf-8",
    )

    document = read_bytes("x.csv", b"Dag;Nr;Ind;Ud\n20112026;A17;;5,00", [tmp_path])
    (line,) = document.bank
    assert (line.entry, line.amount) == ("A17", Decimal("-5.00"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.345.678,90", "12345678.90"),
        ("-12345678,90", "-12345678.90"),
        ("12 345 678-", "-12345678.00"),
        ("12345678.90", "12345678.90"),
        ("123456789012345", "123456789012345.00"),
    ],
)
def test_a_balance_may_be_larger_than_any_loan(text: str, value: str) -> None:
    assert amount(text, large=True) == Decimal(value)


def test_an_unknown_list_is_refused_with_what_was_found_and_how_to_add_a_map() -> None:
    with pytest.raises(RefusedError) as caught:
        read_bytes("x.csv", b"\nDate,Text 610190-0000,Amount\n", [OWN])

    said = caught.value.text.en
    assert "Found: Date,Text [CPR],Amount" in said
    assert "opus: Bogføringsdato;Bilagsnr" in said
    assert "bankdata: Dato;Tekst;Beløb;Saldo" in said
    assert f"opus.toml to {OWN}" in said


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Dato,Tekst,Beløb,Saldo", "separated by comma, not by semicolon"),
        ("Dato\tTekst\tBeløb\tSaldo", "separated by tab, not by semicolon"),
        ("Dato;Beløb;Reference;Lån", "the columns are not known"),
        ('"Dato;Tekst', "the columns are not known"),
        ("Dato;Tekst;Beløb", "the columns are not known"),
    ],
)
def test_a_changed_header_is_refused(header: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        bank("20-11-2026;a;1,00;1,00", header=header)
