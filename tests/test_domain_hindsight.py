"""What the gate would say today of a letter that was made: by its own day, as known now."""

from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from test_domain_gate import add, letter
from town import LOAN, TODAY, Town, row

from mikroledger.domain.hindsight import held_by
from mikroledger.domain.ledger import Record
from mikroledger.domain.record import Document
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay

NUMBER = "L2011-0001"
MADE = date(2011, 9, 12)  # eleven days after the first instalment was to be paid
CROSSING = date(2011, 9, 5)  # five days of grace and two more before it


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    """A loan that is paid out, noticed, and reminded of one instalment: all as it should be."""
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 9, 9))
    letter(town, "payout", date(2011, 4, 18))
    letter(town, "reminder", MADE, level=1, deadline=date(2011, 9, 26))
    return town


def held(town: Town) -> tuple[str, ...]:
    folio = town.now()
    loan = folio.loans[NUMBER]
    return held_by(folio, loan, loan.letters[-1])


def repaid(town: Town, value: date, booked: date) -> None:
    pay(town.journal, Pay("repay", NUMBER, kroner(1000), value, "R-1"), Who("anl", booked))


def listed(town: Town, on: date) -> None:
    document = Document("l.csv", "erp", "opus", "x", erp=(row("grant", 20000),))
    import_(town.journal, town.debtors, document, Who("anl", on))


def test_a_letter_that_was_right_is_right(town: Town) -> None:
    assert held(town) == ()


def test_money_in_time_that_was_heard_of_later_counts(town: Town) -> None:
    repaid(town, CROSSING, TODAY)
    assert held(town) == ("PAST-PAY-BY", "ARREARS-MATTER")


def test_money_that_crossed_the_letter_in_the_post_does_not(town: Town) -> None:
    repaid(town, date(2011, 9, 6), date(2011, 9, 13))
    assert held(town) == ()


@pytest.mark.parametrize(
    ("value", "booked"),
    [(date(2011, 9, 7), date(2011, 9, 8)), (date(2011, 9, 7), MADE), (MADE, MADE)],
)
def test_money_that_was_known_counts_however_late_it_came(
    town: Town,
    value: date,
    booked: date,
) -> None:
    repaid(town, value, booked)
    assert held(town) == ("PAST-PAY-BY", "ARREARS-MATTER")


def test_money_after_the_letter_does_not(town: Town) -> None:
    repaid(town, date(2011, 9, 13), date(2011, 9, 13))
    assert held(town) == ()


@pytest.mark.parametrize(("since", "unmet"), [(MADE, ("NOTICED",)), (date(2011, 9, 13), ())])
def test_policy_is_that_of_the_letters_day(
    town: Town,
    since: date,
    unmet: tuple[str, ...],
) -> None:
    add(town, Record(since, "notice-days", (137,)))
    assert held(town) == unmet


@pytest.mark.parametrize(("day", "wrong"), [(MADE, True), (date(2011, 9, 13), False)])
def test_where_money_stood_is_by_what_was_booked_then(
    town: Town,
    day: date,
    wrong: bool,
) -> None:
    listed(town, day)
    assert held(town) == (("BOOKED-RIGHT",) if wrong else ())


@pytest.mark.parametrize(("day", "unmet"), [(MADE, ("NOT-SAME-DAY",)), (date(2011, 9, 13), ())])
def test_a_correction_counts_from_its_own_day(
    town: Town,
    day: date,
    unmet: tuple[str, ...],
) -> None:
    listed(town, day)
    for made in reclassify(town.journal, ALL_RULES, Choice(all=True), Who("anl", day)):
        countersign(town.journal, made.id, Who("bok", day))
    assert town.on(LOAN) == kroner(20000)
    assert held(town) == unmet
