"""A decision as the book holds it."""

from datetime import date
from decimal import Decimal

import pytest

from mikroledger.domain.case import cases, rows_from, rows_text
from mikroledger.domain.ledger import Ledger, Record, Value
from mikroledger.domain.plan import Terms
from mikroledger.money import kroner

BOOKED, DECIDED = date(2011, 5, 2), date(2011, 4, 1)


def decision(number: str = "L2011-0001", kind: str = "loan", /, **meta: Value) -> Record:
    known: dict[str, Value] = {"id": "E1", "value": DECIDED}
    known |= {k.replace("_", "-"): v for k, v in meta.items()}
    return Record(BOOKED, "decision", (kind, number, kroner(20000)), meta=known)


def test_a_decision_without_more_has_the_shipped_terms_and_nothing_promised() -> None:
    record = decision()
    case = cases(Ledger((record,)))["L2011-0001"]
    assert (case.number, case.kind, case.principal) == ("L2011-0001", "loan", kroner(20000))
    assert (case.debtor, case.decision, case.centre, case.support) == ("", "", "", "")
    assert case.decided == DECIDED
    assert case.terms == Terms(every="1m")
    assert (case.note, case.promised, case.record) == (False, None, record)


def test_a_decision_tells_debtor_centre_support_note_and_promise() -> None:
    record = decision(
        debtor="D0001",
        decision="2011-0412",
        centre="Nord",
        support="KH",
        promissory_note=True,
        promised=date(2011, 5, 1),
    )
    case = cases(Ledger((record,)))["L2011-0001"]
    assert (case.debtor, case.decision, case.centre, case.support) == (
        "D0001",
        "2011-0412",
        "Nord",
        "KH",
    )
    assert (case.note, case.promised) == (True, date(2011, 5, 1))


@pytest.mark.parametrize("note", [False, "TRUE", 1])
def test_only_a_true_note_is_a_note(note: Value) -> None:
    assert cases(Ledger((decision(promissory_note=note),)))["L2011-0001"].note is False


@pytest.mark.parametrize(
    ("meta", "terms"),
    [
        ({"instalments": 24}, Terms(count=24)),
        ({"instalment": kroner(500), "every": "15d"}, Terms(each=kroner(500), every="15d")),
        (
            {"instalments": 24, "first-due": date(2011, 7, 1), "whole-kroner": True},
            Terms(count=24, first_due=date(2011, 7, 1), whole=True),
        ),
        ({"instalments": 9, "first-due-after": "6m"}, Terms(count=9, first_due_after="6m")),
        (
            {"plan": "2011-07-01 500.00, 2011-08-01 700.00"},
            Terms(rows=((date(2011, 7, 1), kroner(500)), (date(2011, 8, 1), kroner(700)))),
        ),
    ],
)
def test_terms_are_read_from_the_decision(meta: dict[str, Value], terms: Terms) -> None:
    assert cases(Ledger((decision(**meta),)))["L2011-0001"].terms == terms


def test_a_promise_or_first_due_day_that_is_no_day_is_none() -> None:
    case = cases(Ledger((decision(promised="1. maj", first_due="1. juli"),)))["L2011-0001"]
    assert (case.promised, case.terms.first_due) == (None, None)


def test_every_decision_is_found_by_its_number() -> None:
    book = Ledger((decision(), decision("G2011-0001", "grant"), Record(BOOKED, "hold")))
    assert {number: case.kind for number, case in cases(book).items()} == {
        "L2011-0001": "loan",
        "G2011-0001": "grant",
    }


def test_a_decision_without_an_amount_is_a_bug() -> None:
    record = Record(BOOKED, "decision", ("loan", "L2011-0001", 20000))
    with pytest.raises(AssertionError, match="a decision names an amount"):
        cases(Ledger((record,)))


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({"instalments": "24"}, "instalments is a whole number"),
        ({"instalment": 500}, "instalment is an amount"),
    ],
)
def test_terms_of_another_type_are_a_bug(meta: dict[str, Value], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        cases(Ledger((decision(**meta),)))


def test_a_plan_is_written_as_it_is_read() -> None:
    rows = ((date(2011, 7, 1), Decimal("500.00")), (date(2011, 8, 1), Decimal("0.05")))
    assert rows_text(rows) == "2011-07-01 500.00, 2011-08-01 0.05"
    assert rows_from(rows_text(rows)) == rows


@pytest.mark.parametrize("text", ["", " ", ","])
def test_no_rows_are_no_plan(text: str) -> None:
    assert rows_from(text) == ()
    assert rows_text(()) == ""
