"""Post: names that must never change, the order on paper, and the steps of a letter's way."""

from datetime import date

import pytest

from mikroledger.domain.ledger import Ledger, Record, Value
from mikroledger.domain.post import (
    STATES,
    Channel,
    Delivery,
    Parcel,
    Recipient,
    batch_name,
    batches,
    by_postcode,
    deliveries,
    of_channel,
    uuid_of,
)

DAY = date(2011, 10, 12)


def to(*address: str, name: str = "Ane Opdigtet", number: str = "6101900001") -> Recipient:
    return Recipient("D0001", name, address, "cpr" if number else "", number, paper=False)


def parcel(letter: str, recipient: Recipient, channel: Channel = "print") -> Parcel:
    return Parcel(
        letter=letter,
        loan="L2011-0001",
        kind="reminder",
        level=1,
        on=DAY,
        file=f"letters/{letter}.pdf",
        sha256="ab" * 32,
        channel=channel,
        to=recipient,
        municipality="Eksempel Kommune",
        office="Jobcenter",
        cvr="12345678",
        language="da",
    )


def step(state: str, letter: str, **meta: Value) -> Record:
    return Record(DAY, "delivery", (state,), meta={"evidence": letter, **meta})


# What came of a letter


def test_the_states_of_a_letter_are_words_of_the_book() -> None:
    assert STATES == ("made", "handed-over", "delivered", "returned")


def test_each_step_is_read_whole_and_in_the_order_of_booking() -> None:
    earlier = date(2011, 10, 10)
    entries = (
        step("handed-over", "A", channel="digital", batch="B1", uuid="u1"),
        step("handed-over", "C", channel="print", batch="B1"),
        step("returned", "A", value=earlier),
    )
    assert deliveries(Ledger(entries)) == {
        "A": (
            Delivery("A", "handed-over", DAY, "digital", "B1", "u1"),
            Delivery("A", "returned", earlier, "", "", ""),
        ),
        "C": (Delivery("C", "handed-over", DAY, "print", "B1", ""),),
    }


def test_a_book_without_deliveries_has_none() -> None:
    assert deliveries(Ledger()) == {}
    assert batches(Ledger()) == frozenset()


def test_batches_are_those_of_letters_and_of_claims() -> None:
    entries = (
        step("handed-over", "A", batch="B1"),
        step("delivered", "A"),
        Record(DAY, "hold", ("HANDED-OVER",), meta={"batch": "B2"}),
        Record(DAY, "hold", ("DEFERRAL",)),
        Record(DAY, "letter", ("reminder",), meta={"batch": "B3"}),
    )
    assert batches(Ledger(entries)) == {"B1", "B2"}


# Names


def test_a_batch_is_named_after_its_day_and_all_that_is_in_it() -> None:
    assert batch_name(["000123-1", "000124-1"], DAY) == "2011-10-12-4ccf7ca9"
    assert batch_name(["000124-1", "000123-1"], DAY) != batch_name(["000123-1", "000124-1"], DAY)
    assert batch_name(["ab"], DAY) != batch_name(["a", "b"], DAY)


@pytest.mark.parametrize(
    ("text", "uuid"),
    [
        ("a", "ca978112-ca1b-4dca-bac2-31b39a23dc4d"),
        ("b", "3e23e816-0039-494a-b389-4f6564e1b134"),
        ("c", "2e7d2c03-a950-4ae2-a5ec-f5b5356885a5"),
        ("d", "18ac3e73-43f0-4689-8c51-0e93f9352611"),
    ],
)
def test_a_uuid_is_the_same_for_ever(text: str, uuid: str) -> None:
    assert uuid_of(text) == uuid


def test_a_parcel_has_a_name_that_says_nothing_and_a_uuid_of_file_and_content() -> None:
    made = parcel("000123-1", to("Vej 1", "8000 Aarhus C"))
    assert made.name == "brev-000123-1"
    assert made.uuid == uuid_of(f"letters/000123-1.pdf {'ab' * 32}")


# Where it goes


@pytest.mark.parametrize(
    ("number", "paper", "channel"),
    [
        ("6101900001", False, "digital"),
        ("6101900001", True, "print"),
        ("", False, "print"),
        ("", True, "print"),
    ],
)
def test_a_letter_goes_on_paper_to_whom_no_mailbox_is_known(
    number: str, paper: bool, channel: str
) -> None:
    assert Recipient("D0001", "Ane", ("Vej 1",), "cpr", number, paper).channel == channel


@pytest.mark.parametrize(
    ("address", "postcode"),
    [
        (("Vej 1", "8000 Aarhus C"), "8000"),
        (("Vej 1", "DK-8000 Aarhus C"), "8000"),
        (("Vej 1", "dk-8000 Aarhus C"), "8000"),
        (("1234 Gård", "8000 Aarhus C"), "8000"),  # the last line that has one
        (("Vej 1", "8000 Aarhus C", "Danmark"), "8000"),
        (("Vej 1", "12345 Berlin"), ""),
        (("Vej 1", "8000"), ""),
        (("Vej 1", "Postboks 8000 Aarhus"), ""),
        ((), ""),
    ],
)
def test_a_postcode_stands_first_in_the_last_line_that_has_one(
    address: tuple[str, ...], postcode: str
) -> None:
    assert to(*address).postcode == postcode


def test_the_order_on_paper_is_postcode_address_name_letter_and_abroad_comes_last() -> None:
    order = [
        parcel("9", to("Vej 2", "1000 København K")),
        parcel("8", to("Vej 1", "8000 Aarhus C", name="Bo Opdigtet")),
        parcel("6", to("Vej 2", "8000 Aarhus C", name="Ane Opdigtet")),
        parcel("7", to("Vej 2", "8000 Aarhus C", name="Ane Opdigtet")),
        parcel("5", to("Vej 2", "8000 Aarhus C", name="Bo Opdigtet")),
        parcel("1", to("Rue 1", "Paris")),
        parcel("0", to("Rue 2", "Paris")),
    ]
    assert by_postcode(order[::-1]) == by_postcode(sorted(order, key=lambda p: p.letter)) == order


def test_letters_of_one_channel_keep_their_order() -> None:
    there = to("Vej 1", "8000 Aarhus C")
    one, two, three = parcel("2", there), parcel("1", there, "digital"), parcel("0", there)
    assert list(of_channel([one, two, three], "print")) == [one, three]
    assert list(of_channel([one, two, three], "digital")) == [two]
