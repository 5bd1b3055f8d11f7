"""CPR and CVR numbers (danish-municipal.md 5.1 and 5.2); all numbers are made up or official."""

from datetime import date

import pytest

from mikroledger.debtors import birth_date, mask, read_cpr, read_cvr
from mikroledger.errors import UsageError


@pytest.mark.parametrize("text", ["211062-5629", "2110625629", " 211062 5629 "])
def test_a_good_number_has_no_warnings(text: str) -> None:
    number = read_cpr(text)
    assert (number.digits, number.warnings) == ("2110625629", ())


def test_a_number_without_the_old_check_is_good_with_a_note() -> None:
    number = read_cpr("010190-0000")
    assert number.digits == "0101900000"
    (warning,) = number.warnings
    assert "modulus 11" in warning.da
    assert "modulus 11" in warning.en
    assert "0101900000" not in warning.da + warning.en


@pytest.mark.parametrize("text", ["610190-0000", "910190-0000"])
def test_a_replacement_number_is_good_with_a_warning(text: str) -> None:
    warnings = " ".join(warning.en for warning in read_cpr(text).warnings)
    assert "replacement number" in warnings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "010190",
        "010190-000",
        "010190-00000",
        "010190_0000",
        "01O190-0000",
        "٠10190-0000",
        "320190-0000",
        "001390-0000",
        "010090-0000",
        "011390-0000",
        "290201-0000",
        "600190-0000",
        "920190-0000",
    ],
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_cpr(text)
    assert not text or text not in caught.value.text.da + caught.value.text.en


@pytest.mark.parametrize(
    ("digits", "year"),
    [
        ("0101000000", 1900),
        ("0101993999", 1999),
        ("0101004000", 2000),
        ("0101364000", 2036),
        ("0101374000", 1937),
        ("0101994000", 1999),
        ("0101005000", 2000),
        ("0101578000", 2057),
        ("0101585000", 1858),
        ("0101998000", 1899),
        ("0101009000", 2000),
        ("0101369000", 2036),
        ("0101379000", 1937),
        ("6101009000", 2000),
    ],
)
def test_the_seventh_digit_gives_the_century(digits: str, year: int) -> None:
    assert birth_date(digits) == date(year, 1, 1)


def test_a_leap_day_depends_on_the_century() -> None:
    assert read_cpr("290200-4000").digits == "2902004000"
    with pytest.raises(UsageError, match="does not exist"):
        read_cpr("290200-0000")


@pytest.mark.parametrize("text", ["13585628", "55133018", "DK13585628", "13 58 56 28"])
def test_a_good_cvr_number(text: str) -> None:
    assert read_cvr(text).warnings == ()


def test_an_odd_cvr_number_is_good_with_a_note() -> None:
    number = read_cvr("13585629")
    assert number.digits == "13585629"
    assert "modulus 11" in number.warnings[0].en


@pytest.mark.parametrize("text", ["", "1358562", "135856281", "1358562x"])
def test_what_is_no_cvr_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="8 digits"):
        read_cvr(text)


def test_only_a_persons_number_is_hidden() -> None:
    assert mask("0101900000") == "010190-****"
    assert mask("13585628") == "13585628"
