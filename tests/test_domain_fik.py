"""The payment id on a giro card, against published examples (danish-municipal.md 4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.domain import fik

LOANS = st.builds(
    "L{:04d}-{:04d}".format,
    st.integers(0, 9999),
    st.integers(0, 9999),
).filter(lambda loan: loan != "L0000-0000")
DIGITS = st.text("0123456789", min_size=1, max_size=15)

PUBLISHED = [
    ("2684014996532", 15, "026840149965328"),
    ("404040000066", 15, "004040400000669"),
    ("1", 15, "000000000000018"),
    ("2", 15, "000000000000026"),
    ("12345", 15, "000000000123455"),
    ("2011000042", 15, "000020110000427"),
    ("1", 16, "0000000000000018"),
]


@pytest.mark.parametrize(("body", "length", "number"), PUBLISHED)
def test_published_ids_have_our_check_digit(body: str, length: int, number: str) -> None:
    assert fik.with_check(body, length) == number
    assert fik.is_valid(number)


def test_a_card_71_has_fifteen_digits_unless_told_otherwise() -> None:
    assert fik.with_check("1") == "000000000000018"


@pytest.mark.parametrize(("body", "digit"), [("1234", 4), ("0", 0), ("5", 9), ("9", 1), ("91", 9)])
def test_the_check_digit_is_worked_out_from_the_right(body: str, digit: int) -> None:
    assert fik.check_digit(body) == digit


@given(DIGITS, st.integers(0, 14), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(body: str, place: int, change: int) -> None:
    number = fik.with_check(body[:14])
    wrong = str((int(number[place]) + change) % 10)
    assert not fik.is_valid(number[:place] + wrong + number[place + 1 :])


@given(DIGITS, st.integers(0, 13))
def test_two_neighbours_that_changed_places_are_noticed(body: str, place: int) -> None:
    """Except 0 and 9, which modulus 10 cannot tell apart."""
    number = fik.with_check(body[:14])
    one, other = number[place], number[place + 1]
    swapped = number[:place] + other + one + number[place + 2 :]
    assert fik.is_valid(swapped) is (one == other or {one, other} == {"0", "9"})


@pytest.mark.parametrize("number", ["", "00000000000001x", "٠٠٠٠٠١٨", "1 8", "-18"])
def test_what_is_not_all_digits_is_no_payment_id(number: str) -> None:
    assert not fik.is_valid(number)


@given(LOANS, st.integers(0, 999))
def test_a_payment_id_names_its_loan_and_never_more_than_fifteen_digits(
    loan: str,
    instalment: int,
) -> None:
    number = fik.payment_id(loan, instalment)
    assert len(number) == 15
    assert fik.is_valid(number)
    assert fik.loan_of(number) == loan


def test_a_payment_id_holds_loan_and_instalment_in_the_open() -> None:
    assert fik.payment_id("L2011-0004", 2) == "000201100040025"
    assert fik.payment_id("L2011-0004")[:14] == "00020110004000"


def test_a_payment_id_of_what_is_no_loan_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="L12 is no loan number"):
        fik.payment_id("L12")


@pytest.mark.parametrize(
    "number",
    [
        "000201100040021",  # wrong check digit
        "0000201100040025",  # sixteen digits
        "00201100040025",
        "026840149965328",  # somebody else's
        "000000000000018",  # no loan
        "",
        "00020110004002x",
    ],
)
def test_a_payment_id_that_is_none_of_ours_names_no_loan(number: str) -> None:
    assert fik.loan_of(number) == ""


def test_the_line_is_written_as_it_is_printed() -> None:
    assert fik.line("004040400000669", "12345678") == "+71<004040400000669+12345678<"


@pytest.mark.parametrize(
    "text",
    [
        "+71<000201100040025+81234567<",
        "71<000201100040025+81234567<",
        "+71<000201100040025",
        "71000201100040025",
        "7100020110004002581234567",
        "Indbetaling +71 < 000201100040025 + 81234567 <",
    ],
)
def test_a_payment_id_is_found_as_banks_write_it(text: str) -> None:
    assert fik.find(text) == "000201100040025"


@pytest.mark.parametrize("text", ["", "afdrag maj", "+73<000201100040025", "71<00020110004002"])
def test_no_payment_id_is_found_where_there_is_none(text: str) -> None:
    assert fik.find(text) == ""


@given(LOANS, st.integers(0, 999))
def test_the_line_that_we_print_is_found_and_leads_to_the_loan(loan: str, part: int) -> None:
    assert fik.loan_of(fik.find(fik.line(fik.payment_id(loan, part), "81234567"))) == loan
