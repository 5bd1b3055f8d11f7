"""Amounts: exact, as Danes write them, and refused when they could be two things."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mikroledger.errors import UsageError
from mikroledger.money import LARGEST, ORE, ZERO, danish, kroner, parse_amount, share

AMOUNTS = st.decimals(min_value=-LARGEST, max_value=LARGEST, places=2)
TOTALS = st.decimals(min_value=ORE, max_value=LARGEST, places=2)
NBSP, NARROW = "\u00a0", "\u202f"


def test_kroner_has_two_decimals_whatever_it_is_made_of() -> None:
    made = [kroner(500), kroner("500"), kroner(Decimal("500.0"))]
    assert [str(each) for each in made] == ["500.00"] * 3


def test_a_fraction_of_an_ore_is_a_bug() -> None:
    with pytest.raises(AssertionError, match=r"0\.005 kr\. is not a whole number of øre"):
        kroner("0.005")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0,00"),
        ("0.1", "0,10"),
        ("-20000", "-20.000,00"),
        ("999", "999,00"),
        ("1000", "1.000,00"),
        ("42000.50", "42.000,50"),
        ("10000000", "10.000.000,00"),
    ],
)
def test_an_amount_is_written_with_dots_between_thousands_and_a_comma(
    amount: str,
    text: str,
) -> None:
    assert danish(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("20.000,00", "20000.00"),
        ("20000", "20000.00"),
        ("20000.00", "20000.00"),
        ("20000,00", "20000.00"),
        ("1 234,56", "1234.56"),
        (f"1{NBSP}234,56", "1234.56"),
        (f"1{NARROW}234{NARROW}567", "1234567.00"),
        ("1.234,56-", "-1234.56"),
        ("-1.234,56", "-1234.56"),
        ("- 5", "-5.00"),
        ("5 -", "-5.00"),
        ("1.234.567", "1234567.00"),
        ("1.250,00", "1250.00"),
        ("1,5", "1.50"),
        ("1.5", "1.50"),
        ("0,01", "0.01"),
        ("007", "7.00"),
        ("kr. 500", "500.00"),
        ("500 kr.", "500.00"),
        ("  500  ", "500.00"),
        ("10.000.000,00", "10000000.00"),
        ("-10000000", "-10000000.00"),
    ],
)
def test_an_amount_is_read_as_people_and_files_write_it(text: str, amount: str) -> None:
    assert str(parse_amount(text)) == amount


@pytest.mark.parametrize("text", ["1.500", "1.250", "-1.500", "1.500-", "999.999", "kr. 1.500"])
def test_an_amount_that_could_be_two_things_is_refused_with_both(text: str) -> None:
    with pytest.raises(UsageError, match="can be read in two ways") as refusal:
        parse_amount(text)
    assert text in refusal.value.text.da


def test_the_two_readings_of_an_ambiguous_amount_are_shown() -> None:
    with pytest.raises(UsageError) as refusal:
        parse_amount("1.250")
    assert refusal.value.text.da == "»1.250« kan læses på to måder. Skriv 1250,00 eller 1,25."
    assert refusal.value.text.en == "'1.250' can be read in two ways. Write 1250,00 or 1,25."


@pytest.mark.parametrize(
    "text",
    [
        "1,250.00",  # English format (bad-inputs cli-06)
        "1e5",  # cli-09
        "NaN",  # cli-10
        "Infinity",  # cli-11
        "١٢٥٠,00",  # Arabic-Indic digits, cli-12
        "１２５０",
        "",
        " ",
        "-",
        "kr.",
        "--5",
        "-5-",
        "+5",
        "5,",
        ",5",
        "1.2.3",
        "1,234",
        "1.23,4",
        "1.2345,00",
        "12.34.567",
        "1.234 567",
        "1 234.567,00",
        f"1.234{NBSP}567",
        "1  234",
        "5,123",
        "500 kroner",
        "5\n5",
        "0x10",
        "1_000",
        "½",
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"is not an amount in kroner\. Write for example 1250,00"
    ):
        parse_amount(text)


def test_both_languages_say_what_is_no_amount() -> None:
    with pytest.raises(UsageError) as refusal:
        parse_amount("1e5")
    assert refusal.value.text.da == (
        "»1e5« er ikke et beløb i kroner. Skriv for eksempel 1250,00."
    )
    assert refusal.value.text.en == "'1e5' is not an amount in kroner. Write for example 1250,00."


def test_both_languages_say_how_much_is_too_much() -> None:
    with pytest.raises(UsageError) as refusal:
        parse_amount("10000001")
    assert refusal.value.text.da == (
        "10.000.001,00 kr. er mere end det største beløb, 10.000.000,00 kr."
    )
    assert refusal.value.text.en == (
        "10.000.001,00 kr. is more than the largest amount, 10.000.000,00 kr."
    )


@pytest.mark.parametrize("text", ["99999999999999999999,00", "10000000,01", "-10000000,01"])
def test_an_amount_above_the_largest_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"more than the largest amount, 10\.000\.000,00 kr"):
        parse_amount(text)


def test_the_amount_that_is_too_large_is_told_in_full() -> None:
    with pytest.raises(UsageError, match=r"^99\.999\.999\.999\.999\.999\.999,00 kr"):
        parse_amount("99999999999999999999,00")


@given(AMOUNTS)
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    assert parse_amount(danish(amount)) == amount


@given(AMOUNTS)
def test_a_minus_after_the_number_is_a_minus_before_it(amount: Decimal) -> None:
    text = danish(abs(amount))
    assert parse_amount(text + "-") == -abs(amount)


@given(AMOUNTS, st.sampled_from([" ", NBSP, NARROW]))
def test_a_space_between_thousands_is_read_as_a_dot_is(amount: Decimal, mark: str) -> None:
    assert parse_amount(danish(amount).replace(".", mark)) == amount


@given(st.text(max_size=12))
@example("1" * 12)
def test_any_text_is_an_amount_or_a_usage_error(text: str) -> None:
    try:
        amount = parse_amount(text)
    except UsageError:
        return
    assert abs(amount) <= LARGEST
    assert amount == kroner(amount)


@pytest.mark.parametrize(
    ("total", "parts", "each", "last"),
    [
        ("5000", 24, "208.33", "208.41"),
        ("5000", 36, "138.88", "139.20"),
        ("20000", 36, "555.55", "555.75"),
        ("1000", 3, "333.33", "333.34"),
        ("100", 1, None, "100.00"),
        ("0.01", 2, "0.00", "0.01"),
    ],
)
def test_the_remainder_lies_in_the_last_part(
    total: str,
    parts: int,
    each: str | None,
    last: str,
) -> None:
    made = [str(part) for part in share(Decimal(total), parts)]
    assert made == [each] * (parts - 1) + [last]


def test_whole_kroner_leave_the_rest_to_the_last_part() -> None:
    made = share(Decimal("1250.50"), 4, Decimal("1.00"))
    assert [str(part) for part in made] == ["312.00", "312.00", "312.00", "314.50"]


def test_a_plan_without_parts_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="at least one instalment"):
        share(Decimal(100), 0)


@given(TOTALS, st.integers(1, 240), st.sampled_from([ORE, Decimal("1.00")]))
def test_parts_sum_to_the_total_and_all_but_the_last_are_equal(
    total: Decimal,
    parts: int,
    unit: Decimal,
) -> None:
    made = share(total, parts, unit)
    assert len(made) == parts
    assert sum(made, ZERO) == total
    assert len(set(made[:-1])) <= 1
    assert all(part % unit == 0 for part in made[:-1])
    assert made[-1] >= max(made)
    assert made[-1] - made[0] < unit * parts
