"""Account numbers, in whichever way a person writes one."""

import pytest

from mikroledger.domain.bankaccount import account_number, as_stated
from mikroledger.errors import UsageError

IBAN = "DK5000400440116243"


@pytest.mark.parametrize(
    "text",
    [
        *(IBAN, "dk50 0040 0440 1162 43", " DK50-0040-0440-1162-43 "),
        *("0040 0440116243", "0040-440116243", "0040.0440116243", "00400440116243"),
    ],
)
def test_an_account_has_one_form(text: str) -> None:
    assert account_number(text) == as_stated(text) == IBAN


def test_foreign_accounts_are_accounts_too() -> None:
    assert account_number("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DK5100400440116243",  # a check digit is wrong
        "DK4700400440116",  # too short, though its check digits are right
        "440116243",  # no registration number
        "0040 12345678901",
        "0040 ٠440116243",
        "konto",
    ],
)
def test_what_is_no_account_is_refused_with_both_ways_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"Write the IBAN .* or registration number"):
        account_number(text)


def test_a_bank_may_state_an_account_in_its_own_way() -> None:
    assert as_stated("konto 7 b") == "KONTO7B"
