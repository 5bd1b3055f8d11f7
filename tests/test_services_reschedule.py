"""A new plan for what is outstanding, and the end of a deferral: what changes, and what stays."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import add, judged, letter, policy, reasons
from town import SECOND, TODAY, WHO, Town, row

from mikroledger.domain.conditions import notices
from mikroledger.domain.gate import Cleared
from mikroledger.domain.hindsight import held_by
from mikroledger.domain.ledger import Record, Value
from mikroledger.domain.letter import NewPlanLetter, PayoutLetter
from mikroledger.domain.plan import Terms, total
from mikroledger.domain.portfolio import Loan
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services import letters_, remind
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, Resumption, defer, resume
from mikroledger.services.drafts import draft
from mikroledger.services.reschedule import Rescheduling, reschedule

LOAN = "L2011-0001"
AGREED = date(2011, 10, 20)  # two instalments of 1,000 kr. were to be paid by then
TERMS = Terms(first_due=date(2011, 12, 1), count=10)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.repay(1500, "R-1")
    return town


def ordered(on: date = AGREED, terms: Terms = TERMS, why: str = "afgørelse 31") -> Rescheduling:
    return Rescheduling(LOAN, on, terms, why)


def loan(town: Town, day: date = TODAY) -> Loan:
    return town.now(day).loans[LOAN]


def test_what_is_paid_stays_and_the_rest_is_planned_anew(town: Town) -> None:
    assert loan(town).arrears.amount == kroner(2500)
    outcome = reschedule(town.journal, ordered(), WHO)

    assert (outcome.outcome, outcome.amount, outcome.day) == ("booked", kroner(18500), AGREED)
    rows = [(p.number, p.due, p.amount) for p in loan(town).plan]
    assert rows[:4] == [
        (1, date(2011, 9, 1), kroner(1000)),
        (2, date(2011, 10, 1), kroner(500)),
        (3, date(2011, 12, 1), kroner(1850)),
        (4, date(2012, 1, 1), kroner(1850)),
    ]
    assert len(rows) == 12
    assert total(loan(town).plan) == kroner(20000)
    assert loan(town).arrears.amount == kroner(1850)
    assert loan(town).outstanding == kroner(18500)
    assert [f.code for f in town.found().open if f.code.startswith("ML3")] == []


def test_the_old_plan_holds_until_its_last_day(town: Town) -> None:
    before = loan(town, date(2011, 10, 19)).plan
    reschedule(town.journal, ordered(), WHO)

    assert loan(town, date(2011, 10, 19)).plan == before
    assert loan(town, AGREED).plan != before
    assert loan(town, date(2011, 10, 19)).arrears.amount == kroner(500)
    assert loan(town, AGREED).arrears.amount == ZERO


def test_later_repayments_settle_the_new_plan(town: Town) -> None:
    reschedule(town.journal, ordered(), WHO)
    town.repay(2000, "R-2")

    settled = loan(town).settled
    assert [s.paid for s in settled[:5]] == [*map(kroner, (1000, 500, 1850, 150)), ZERO]
    assert loan(town).arrears.amount == ZERO


def test_a_second_new_plan_counts_from_the_first(town: Town) -> None:
    reschedule(town.journal, ordered(), WHO)
    again = ordered(date(2011, 12, 20), Terms(first_due=date(2012, 3, 1), each=kroner(5000)))
    reschedule(town.journal, again, WHO)

    rows = [(p.number, p.due, p.amount) for p in loan(town).plan]
    assert rows == [
        (1, date(2011, 9, 1), kroner(1000)),
        (2, date(2011, 10, 1), kroner(500)),
        (3, date(2012, 3, 1), kroner(5000)),
        (4, date(2012, 4, 1), kroner(5000)),
        (5, date(2012, 5, 1), kroner(5000)),
        (6, date(2012, 6, 1), kroner(3500)),
    ]
    assert [r.values[1] for r in loan(town).changes] == [kroner(18500)] * 2


def test_the_same_order_twice_is_booked_once(town: Town) -> None:
    first = reschedule(town.journal, ordered(), WHO)
    again = reschedule(town.journal, ordered(), WHO)

    assert (again.outcome, again.id, again.amount) == ("already", first.id, kroner(18500))
    other = reschedule(town.journal, ordered(why="afgørelse 32"), WHO)
    assert other.outcome == "booked"


def test_terms_without_a_day_count_from_the_agreement(town: Town) -> None:
    reschedule(town.journal, ordered(terms=Terms(count=2, first_due_after="2m")), WHO)

    assert [p.due for p in loan(town).plan[2:]] == [date(2011, 12, 20), date(2012, 1, 20)]


def test_a_plan_of_rows_is_taken_as_it_was_agreed(town: Town) -> None:
    rows = ((date(2012, 1, 1), kroner(8500)), (date(2012, 6, 1), kroner(10000)))
    reschedule(town.journal, ordered(terms=Terms(rows=rows)), WHO)

    assert [(p.due, p.amount) for p in loan(town).plan[2:]] == list(rows)


def refused(town: Town, order: Rescheduling, said: str, code: int = 4) -> None:
    before = town.journal.read().entries
    with pytest.raises((RefusedError, UsageError), match=said) as error:
        reschedule(town.journal, order, WHO)
    assert error.value.exit_code == code
    assert town.journal.read().entries == before


def test_orders_that_are_refused(town: Town) -> None:
    refused(town, ordered(why=" "), "--reason", 2)
    refused(town, replace(ordered(), loan="L2011-0009"), "no loan L2011-0009")
    refused(town, ordered(date(2012, 1, 1)), "has not come yet")
    refused(town, ordered(date(2011, 4, 14)), "not paid out in full on 14 April 2011")
    short = Terms(rows=((date(2012, 1, 1), kroner(500)),))
    refused(town, ordered(terms=short), r"comes to 500,00 kr., but 18.500,00 kr.")
    for first in (AGREED, date(2011, 9, 1)):
        refused(town, ordered(terms=Terms(first_due=first, count=3)), "later day with --first-due")
    reschedule(town.journal, ordered(), WHO)
    refused(town, ordered(date(2011, 10, 19)), "got a new plan on 20 October 2011")
    stop: dict[str, Value] = {"kind": "hold", "loan": LOAN, "reason": "x", "value": AGREED}
    add(town, Record(TODAY, "hold", ("HANDED-OVER",), meta=stop))
    refused(town, ordered(TODAY), "resume L2011-0001 --claim")


def test_a_loan_that_owes_nothing_or_is_not_paid_out_has_no_new_plan(town: Town) -> None:
    town.repay(18500, "R-2")
    refused(town, ordered(TODAY), "owes nothing")
    town.grant(2)
    two = replace(ordered(TODAY), loan="L2011-0002")
    refused(town, two, "not paid out in full")
    town.paid("L2011-0002", Decimal("5000.00"), "PAY-2")
    refused(town, two, "not paid out in full")


# Letters


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town, FakePress(), FakeOutbox())


def owed(town: Town, day: date) -> list[str]:
    folio = town.now(day)
    return [each.number for each in letters_.owed_notices(folio, town.found(day))]


def test_the_borrower_is_told_the_new_plan_once(office: Office) -> None:
    town = office.town
    letter(town, "payout", date(2011, 4, 16))
    assert owed(town, TODAY) == []
    reschedule(town.journal, ordered(TODAY, Terms(first_due=date(2012, 2, 1), count=10)), WHO)
    assert owed(town, TODAY) == [LOAN]
    letters_.notify(office.desk, town.now(), loan(town), WHO)

    made = office.press.printed[-1]
    assert isinstance(made, NewPlanLetter)
    assert (made.agreed_on, made.outstanding) == (TODAY, kroner(18500))
    assert owed(town, TODAY) == []
    (notice,) = notices(loan(town))
    assert notice.kind == "new-plan"
    assert notice.plan == loan(town).plan_name


def test_a_plan_that_differs_in_its_days_alone_is_another_plan(town: Town) -> None:
    letter(town, "payout", date(2011, 4, 16))
    assert notices(loan(town, AGREED))
    days = tuple(
        (p.due.replace(year=2013 + n // 12), p.amount) for n, p in enumerate(loan(town).plan)
    )
    rest = days[2:]
    rows = ((date(2012, 2, 1), kroner(500)), *rest)
    reschedule(town.journal, ordered(terms=Terms(rows=rows)), WHO)

    assert notices(loan(town, AGREED)) == []


def test_new_plans_that_another_run_has_told_are_not_told_again(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first of two letters is in print when another run makes both."""
    monkeypatch.setattr(remind, "TOGETHER", 1)
    town = office.town
    town.grant(2)
    town.paid("L2011-0002", ref="PAY-2")
    order = ordered(TODAY, Terms(first_due=date(2012, 2, 1), count=10))
    for number in (LOAN, "L2011-0002"):
        reschedule(town.journal, replace(order, loan=number), WHO)
    others: list[str] = []

    def told(done: int, of: int, number: str) -> None:
        if not (done or others):
            made = remind.run(office.desk, ALL_RULES, TODAY, None, WHO).made
            others.extend(each.kind for each in made)

    done = remind.run(office.desk, ALL_RULES, TODAY, None, WHO, told)
    assert others == ["new-plan", "new-plan"]
    assert (done.made, done.failed) == ((), ())


@pytest.mark.parametrize("plan_first", [True, False])
def test_of_correction_and_new_plan_the_later_is_told(office: Office, plan_first: bool) -> None:
    """The payout letter says what was wrong, and shows the plan in force."""
    town = office.town
    town.erp(row("grant", 20000))
    if not plan_first:
        corrected(town)
    reschedule(town.journal, ordered(), WHO)
    if plan_first:
        corrected(town)
    letters_.notify(office.desk, town.now(), loan(town), WHO)

    made = office.press.printed[-1]
    assert isinstance(made, PayoutLetter if plan_first else NewPlanLetter)
    assert made.plan == loan(town).settled


def corrected(town: Town) -> None:
    for made in reclassify(town.journal, ALL_RULES, Choice(all=True), WHO):
        countersign(town.journal, made.id, SECOND)


def test_a_new_plan_is_previewed_only_where_there_is_one(town: Town) -> None:
    with pytest.raises(RefusedError, match="has no new plan"):
        draft(town.now(), LOAN, "new-plan")
    reschedule(town.journal, ordered(), WHO)
    made = draft(town.now(), LOAN, "new-plan")

    assert isinstance(made, NewPlanLetter)
    assert made.agreed_on == AGREED
    assert isinstance(draft(town.now(), LOAN, "payout"), PayoutLetter)


def test_levels_start_again_with_the_new_plan(town: Town) -> None:
    policy(town, "bank-fresh-banking-days", 400)
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 12, 15))
    letter(town, "payout", date(2011, 4, 16))
    letter(town, "reminder", date(2011, 10, 12), level=1, deadline=date(2011, 10, 13))
    reschedule(town.journal, ordered(), WHO)
    assert reasons(town, date(2011, 12, 15)) == ["NOTICED"]
    letter(town, "new-plan", date(2011, 10, 21))
    cleared = judged(town, date(2011, 12, 15))

    assert isinstance(cleared, Cleared)
    assert (cleared.level, cleared.arrears) == (1, kroner(1850))


def test_a_letter_is_judged_by_the_plan_of_its_own_day(town: Town) -> None:
    policy(town, "bank-fresh-banking-days", 400)
    letter(town, "payout", date(2011, 4, 16))
    letter(town, "reminder", date(2011, 10, 12), level=1, deadline=date(2011, 10, 13))
    before = held_by(town.now(), loan(town), loan(town).letters[-1])
    reschedule(town.journal, ordered(), WHO)

    assert held_by(town.now(), loan(town), loan(town).letters[-1]) == before


# The end of a deferral


def deferral(town: Town, until: date | None) -> None:
    defer(town.journal, Deferral(LOAN, date(2011, 10, 1), until, "afgørelse 14"), WHO)


def test_a_deferral_without_an_end_gets_one(town: Town) -> None:
    deferral(town, None)
    assert loan(town).state == "deferred"
    order = Resumption(LOAN, date(2011, 12, 1), "indtægt igen")
    outcome = resume(town.journal, order, WHO)

    assert outcome.outcome == "booked"
    assert loan(town).state == "active"
    assert loan(town, date(2011, 11, 30)).state == "deferred"
    assert loan(town, date(2011, 12, 1)).state == "active"
    (hold,) = loan(town).holds
    assert hold.until == date(2011, 11, 30)
    assert resume(town.journal, order, WHO).outcome == "already"
    assert len(town.journal.read().records("resume")) == 1


def test_a_deferral_ends_earlier_than_agreed_and_never_later(town: Town) -> None:
    deferral(town, date(2011, 12, 31))
    resume(town.journal, Resumption(LOAN, date(2011, 12, 1), "x"), WHO)
    resume(town.journal, Resumption(LOAN, date(2011, 11, 1), "endnu før"), WHO)
    assert loan(town).holds[0].until == date(2011, 10, 31)
    with pytest.raises(RefusedError, match="no deferral on 1 December 2011 or later"):
        resume(town.journal, Resumption(LOAN, date(2011, 12, 1), "x"), WHO)


def test_one_that_never_came_into_force(town: Town) -> None:
    deferral(town, None)
    resume(town.journal, Resumption(LOAN, date(2011, 10, 1), "fortrudt"), WHO)

    assert not any(loan(town, date(2011, 10, day)).held for day in range(1, 10))


def test_a_claim_is_taken_back_by_name_alone(town: Town) -> None:
    stop: dict[str, Value] = {"kind": "hold", "loan": LOAN, "reason": "x", "value": AGREED}
    add(town, Record(TODAY, "hold", ("HANDED-OVER",), meta=stop))
    with pytest.raises(RefusedError, match="no deferral"):
        resume(town.journal, Resumption(LOAN, TODAY, "x"), WHO)
    assert loan(town).state == "handed-over"
    resume(town.journal, Resumption(LOAN, TODAY, "tilbagekaldt", claim=True), WHO)

    assert loan(town).state == "active"
    with pytest.raises(RefusedError, match="not handed over on 5 January 2012"):
        resume(town.journal, Resumption(LOAN, date(2012, 1, 5), "x", claim=True), WHO)


def test_the_end_of_a_deferral_has_a_reason_and_a_loan(town: Town) -> None:
    with pytest.raises(UsageError, match="--reason"):
        resume(town.journal, Resumption(LOAN, TODAY, " "), WHO)
    with pytest.raises(RefusedError, match="no loan"):
        resume(town.journal, Resumption("L2011-0009", TODAY, "x"), WHO)
