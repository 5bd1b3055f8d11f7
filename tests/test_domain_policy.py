"""Policy: what the municipality decides, each value from a day on."""

from datetime import date
from decimal import Decimal

import pytest

from mikroledger.domain.ledger import Ledger, Place, Record, Value
from mikroledger.domain.policy import SHIPPED, policy_on
from mikroledger.errors import BrokenBookError


def setting(day: date, key: str, *values: Value) -> Record:
    return Record(day, key, values)


JANUARY, MAY, JUNE = date(2011, 1, 1), date(2011, 5, 1), date(2011, 6, 1)


def test_without_a_word_in_the_book_the_shipped_policy_counts() -> None:
    policy = policy_on(Ledger(), MAY)
    assert policy.values == SHIPPED
    assert policy.day == MAY
    assert policy.number("grace-banking-days") == 5
    assert policy.amount("principal-max") == Decimal("42000.00")
    assert policy.text("countersign") == "required"
    assert policy.text("notice-days") == "14"


# product.md, reminders.md and danish-municipal.md 10
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grace-banking-days", 5),
        ("first-due-min-days", 30),
        ("after-correction-days", 14),
        ("notice-days", 14),
        ("minimum-amount", Decimal("100.00")),
        ("minimum-percent", 10),
        ("bank-fresh-banking-days", 2),
        ("interval-days", 10),
        ("interval-banking-days", 5),
        ("new-deadline-days", 14),
        ("payout-confirmation", "bank"),
        ("countersign", "required"),
        ("match-window-days", 31),
        ("principal-min", Decimal("5000.00")),
        ("principal-max", Decimal("42000.00")),
        ("loan-funktion", "9.32.25"),
        ("reminder-fee", Decimal("0.00")),
        ("office", "Jobcenter"),
        ("letter-language", "da"),
    ],
)
def test_the_shipped_policy_is_the_one_that_was_decided(key: str, value: Value) -> None:
    assert SHIPPED[key] == value


def test_the_sender_that_ships_is_nobody_and_known_as_an_example() -> None:
    policy = policy_on(Ledger(), MAY)
    assert policy.is_example
    assert policy.text("municipality") == "Eksempel Kommune"
    own = Record(date(1970, 1, 1), "creditor-number", ("81234567",))
    assert not policy_on(Ledger((own,)), MAY).is_example


def test_the_fee_is_shipped_as_nothing() -> None:
    assert policy_on(Ledger(), MAY).amount("reminder-fee") == Decimal(0)


def test_a_value_counts_from_its_day_on() -> None:
    book = Ledger((setting(MAY, "notice-days", 21),))
    before, on = policy_on(book, date(2011, 4, 30)), policy_on(book, MAY)
    assert (before.number("notice-days"), on.number("notice-days")) == (14, 21)


def test_of_two_values_the_later_day_counts_in_whatever_order_they_stand() -> None:
    early, late = setting(JANUARY, "notice-days", 7), setting(MAY, "notice-days", 21)
    for book in (Ledger((early, late)), Ledger((late, early))):
        assert policy_on(book, JUNE).number("notice-days") == 21
        assert policy_on(book, JANUARY).number("notice-days") == 7


def test_of_two_values_on_one_day_the_later_line_counts() -> None:
    book = Ledger((setting(MAY, "notice-days", 21), setting(MAY, "notice-days", 28)))
    assert policy_on(book, JUNE).number("notice-days") == 28


def test_a_key_that_is_no_policy_is_left_alone() -> None:
    book = Ledger((setting(MAY, "unheard-of", 1),))
    assert "unheard-of" not in policy_on(book, JUNE).values


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("notice-days", ()),
        ("notice-days", (7, 8)),
        ("notice-days", ("fjorten",)),
        ("notice-days", (True,)),
        ("notice-days", (-1,)),
        ("reminder-fee", (100,)),
        ("reminder-fee", (Decimal("-1.00"),)),
        ("municipality", (1,)),
        ("countersign", ("maybe",)),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_by_file_and_line(
    key: str,
    values: tuple[Value, ...],
) -> None:
    place = Place("policy.beancount", 7)
    record = Record(MAY, key, values, place=place)
    with pytest.raises(BrokenBookError, match=f"policy.beancount:7: the policy '{key}'"):
        policy_on(Ledger((record,)), MAY)
