"""Total lines: each number in one is held against the rows that it can be about."""

from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.importers import read_bytes

MAPS = [Path(__file__).parent / "data" / "erp" / "maps"]
PLAIN = "Bilag;Dato;Konto;Tekst;Beløb"
TWO = "Bilag;Dato;Konto;Tekst;Debet;Kredit;Saldo"
LETTER = "Bilag;Dato;Konto;Tekst;Beløb;D/K"


def told(header: str, *rows: str) -> list[tuple[int, str]]:
    document = read_bytes("x.csv", "\n".join([header, *rows]).encode(), MAPS)
    return [(each.line, each.reason.en) for each in document.rejected]


def plain(amount: str) -> str:
    return f"1;01-02-2026;5.58.80.65;t;{amount}"


def two(plus: str, minus: str) -> str:
    return f"1;01.02.26;5.58.80.65;t;{plus};{minus};"


def letter(amount: str, side: str) -> str:
    return f"1;01-02-2026;5.58.80.65;t;{amount};{side}"


@pytest.mark.parametrize(
    "total",
    [
        "I alt;;;;3,00",
        "Total;;;;3,00",
        "Sum;;;;3,00",
        "Slutsum;2;;;3,00",
        "TOTAL 2 poster;;;;3,00",
        "I alt;;5.58.80;;3,00",
        "I alt;;58080;;3,00",
        "Transport;3,00",
        "TOTAL;2;3,00",
        "TOTAL;3,00;2",
        "TOTAL;3.00",
        "TOTAL;3",
        "TOTAL 3,00;x",
        "I alt pr. 23.11.2026;3,00",
        "I alt;;;;",
        "I alt",
    ],
)
def test_a_total_that_is_right_is_no_row(total: str) -> None:
    assert told(PLAIN, plain("1,00"), plain("2,00"), total) == []


@pytest.mark.parametrize(
    ("total", "message"),
    [
        ("I alt;;;;3,01", "The file says 3,01 in total; the rows give 3,00."),
        ("Slutsum;3;;;3,00", "The file says 3 rows and has 2."),
        ("I alt;0;;;3,00", "The file says 0 rows and has 2."),
        ("Transport;3,01", "The file says 3,01 in total; the rows give 3,00."),
        ("TOTAL;2;3,01", "The file says 3,01 in total; the rows give 3,00."),
        ("TOTAL;3,00;1,00", "The file says 1,00 in total; the rows give 3,00."),
        ("TOTAL;4", "The file says 4 rows and has 2."),
        ("TOTAL 3,01;x", "The file says 3,01 in total; the rows give 3,00."),
        ("TOTAL;3,00-", "The file says -3,00 in total; the rows give 3,00."),
        ("I alt;;;;1.234", "'1.234' can be read in two ways. Write 1234,00 or 1,23."),
        ("TOTAL;3,0x", "'3,0x' is not an amount in kroner. Write for example 1250,00."),
    ],
)
def test_a_total_that_is_wrong_is_told(total: str, message: str) -> None:
    assert told(PLAIN, plain("1,00"), plain("2,00"), total) == [(4, message)]


def test_stars_say_of_how_much_a_total_is() -> None:
    rows = (
        *(plain("1,00"), plain("2,00"), "*;;;;3,00"),
        *(plain("4,00"), "*;;;;4,00", "**;;;;7,00"),
        *(plain("8,00"), "*;;;;8,00", "**;;;;8,00", "***;;;;15,00"),
    )
    assert told(PLAIN, *rows) == []
    wrong = [each.replace("**;;;;8,00", "**;;;;12,00") for each in rows]
    assert told(PLAIN, *wrong) == [
        (10, "The file says 12,00 in total; the rows give 15,00."),
    ]


def test_debit_and_credit_are_each_compared() -> None:
    rows = (two("3,00", ""), two("", "1,00"))

    assert told(TWO, *rows, "I alt;;;;3,00;1,00;") == []
    assert told(TWO, *rows, "I alt;3,00;1,00") == []
    assert told(TWO, *rows, "I alt;2,00") == []
    assert told(TWO, *rows, "I alt;;;;4,00;2,00;") == [
        (4, "The file says 4,00 in total; the rows give 3,00.")
    ]
    assert told(TWO, *rows, "I alt;;;;3,00;2,00;") == [
        (4, "The file says 2,00 in total; the rows give 1,00.")
    ]


def test_a_total_may_leave_its_side_out() -> None:
    rows = (letter("1,00", "D"), letter("3,00", "K"))

    assert told(LETTER, *rows, "I alt;;;;2,00;K") == []
    assert told(LETTER, *rows, "I alt;;;;2,00;") == []
    assert told(LETTER, *rows, "I alt;2,00 K") == []
    assert told(LETTER, *rows, "I alt;;;;2,00;D") == [
        (4, "The file says 2,00 in total; the rows give -2,00.")
    ]
    assert told(LETTER, *rows, "I alt;;;;4,00;")[0][0] == 4


def test_lines_that_the_bank_has_not_booked_are_in_no_total() -> None:
    head = "Dato;Tekst;Beløb;Saldo;Status;Afstemt"
    rows = ("18.11.2026;a;1,00;;Udført;", "18.11.2026;b;2,00;;Venter;")
    document = read_bytes("x.csv", "\n".join([head, *rows, "I alt;;1,00;;;"]).encode())

    assert document.rejected == ()
    assert [each.amount for each in document.bank] == [Decimal("1.00")]
