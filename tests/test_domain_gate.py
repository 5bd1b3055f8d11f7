"""The gate: each condition met and not, every reason told, and a letter where nothing stops it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from fakes import FakeDebtors, FakeJournal
from test_services_orders import ORDER
from town import SECOND, TODAY, WHO, Town, row

from mikroledger.domain import conditions as all_conditions
from mikroledger.domain.conditions import next_level
from mikroledger.domain.gate import Cleared, Decision, Held, gate, nothing_due
from mikroledger.domain.ledger import Record, Value
from mikroledger.domain.plan import Terms
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import approve
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.order import Who
from mikroledger.services.remind import explain
from mikroledger.services.reverse import reverse

LATE = date(2011, 9, 20)  # the first instalment was to be paid by 1 September
PAID = date(2011, 4, 18)
CODES = [
    "PAID-OUT",
    "BOOKED-RIGHT",
    "PRINCIPAL-AGREES",
    "PAST-PAY-BY",
    "NOT-SAME-DAY",
    "NOTICED",
    "ARREARS-MATTER",
    "BANK-FRESH",
    "LEDGER-SOUND",
    "NO-HOLD",
    "INTERVAL",
    "LEVEL",
]


def add(town: Town, record: Record) -> None:
    """Put a record in the book, as a command would have."""
    ledger = town.journal.ledger
    town.journal.commits += 1
    meta: dict[str, Value] = {"id": f"{town.journal.commits:06d}", "by": "x", **record.meta}
    made = replace(record, meta=meta, commit=town.journal.commits)
    town.journal.ledger = replace(ledger, entries=(*ledger.entries, made))


def policy(town: Town, key: str, value: Value) -> None:
    add(town, Record(date(1970, 1, 1), key, (value,)))


def letter(town: Town, kind: str, on: date, **meta: Value) -> None:
    loan = town.now().loans["L2011-0001"]
    full: dict[str, Value] = {
        "loan": "L2011-0001",
        "plan": loan.plan_name,
        "first-due": loan.plan[0].due,
        "booked": on,
        **meta,
    }
    add(town, Record(on, "letter", (kind,), meta=full))


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    """A loan that is paid out, noticed, and one instalment behind: nothing stops its letter."""
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(town, "payout", PAID)
    return town


def judged(town: Town, day: date = LATE, today: date = TODAY) -> Decision:
    return gate(town.now(day), town.found(day), "L2011-0001", today)


def reasons(town: Town, day: date = LATE, today: date = TODAY) -> list[str]:
    decision = judged(town, day, today)
    return [c.code for c in decision.conditions if not c.met]


def test_a_letter_goes_where_nothing_stops_it(town: Town) -> None:
    decision = judged(town)

    assert isinstance(decision, Cleared)
    assert (decision.level, decision.arrears, decision.outstanding) == (
        1,
        kroner(1000),
        kroner(20000),
    )
    assert decision.pay_by == date(2011, 9, 1)
    assert decision.deadline == date(2011, 10, 4)
    assert [s.part.number for s in decision.instalments] == [1]


def test_every_condition_is_told_each_time_in_both_languages(town: Town) -> None:
    for day in (date(2011, 4, 1), PAID, LATE):
        conditions = judged(town, day).conditions
        assert [c.code for c in conditions] == list(all_conditions.CODES) == CODES
        assert all(c.text.da and c.text.en and c.source for c in conditions)


@pytest.mark.parametrize("days", [0, 1, 13, 29, 135, 136, 142, 143])
def test_no_letter_on_or_before_the_payout_day_or_within_the_grace(town: Town, days: int) -> None:
    assert isinstance(judged(town, PAID - timedelta(days=2) + timedelta(days=days)), Held)


def test_the_grace_ends_after_five_banking_days(town: Town) -> None:
    assert "PAST-PAY-BY" in reasons(town, date(2011, 9, 8))
    assert "PAST-PAY-BY" not in reasons(town, date(2011, 9, 9))


def test_a_payout_that_the_bank_has_not_confirmed_holds(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    assert "PAID-OUT" in reasons(town)
    town.paid()
    assert "PAID-OUT" in reasons(town)
    policy(town, "payout-confirmation", "order")

    assert "PAID-OUT" not in reasons(town)


def test_a_returned_payout_holds(town: Town) -> None:
    town.bank(town.line(20000, "PAY-1", returned=True))
    assert "PAID-OUT" in reasons(town)


def test_a_loan_booked_as_a_grant_holds_and_says_so(town: Town) -> None:
    town.erp(row("grant", 20000))
    held = judged(town)

    assert isinstance(held, Held)
    told = {c.code: c for c in held.reasons}
    assert "ML101" in told["BOOKED-RIGHT"].text.da
    assert told["BOOKED-RIGHT"].evidence[0].startswith("ML101-")


def test_a_possible_misbooking_holds_too(town: Town) -> None:
    town.erp(row("grant", 20000, ref="", person="6101900001"))
    assert town.found(LATE).errors == ()
    assert "BOOKED-RIGHT" in reasons(town)


def test_an_error_on_the_debtor_holds_the_loan(town: Town) -> None:
    town.erp(row("grant", -77, ref="", person="6101900001"))
    assert "BOOKED-RIGHT" in reasons(town)


def test_an_error_of_somebody_elses_holds_nothing(town: Town) -> None:
    town.grant(2)
    town.paid("L2011-0002", ref="PAY-2")
    town.erp(row("grant", 20000, ref="PAY-2", decision="2011-0002"))
    assert [f.debtor for f in town.found(LATE).errors] == ["D0002"]

    assert reasons(town) == []


def test_what_is_not_late_yet_is_the_next_instalment(town: Town) -> None:
    part = replace(town.line(1000, "R"), value=date(2011, 9, 1))
    town.bank(replace(part, parts=(replace(part.parts[0], text="L2011-0001"),)))
    told = {c.code: c.text.en for c in judged(town).conditions}

    assert told["PAST-PAY-BY"].endswith("Instalment 2 is to be paid by 3 October 2011.")


def test_a_payout_of_another_sum_than_granted_holds(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.paid(amount=kroner(8000))
    assert "PRINCIPAL-AGREES" in reasons(town)


def test_a_first_due_day_too_near_the_payout_holds(town: Town) -> None:
    policy(town, "first-due-min-days", 137)
    assert reasons(town) == ["NOT-SAME-DAY"]


def test_a_notice_too_late_or_of_another_plan_holds(town: Town) -> None:
    policy(town, "notice-days", 137)
    assert reasons(town) == ["NOTICED"]
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.paid()
    other.bank(other.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(other, "payout", PAID, plan="another")

    assert reasons(other) == ["NOTICED"]


def test_a_bank_day_soon_after_the_order_leaves_the_notice_good(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    terms = Terms(first_due_after="5m", count=20)
    approve(journal, debtors, replace(ORDER, terms=terms), WHO)
    town.paid()
    letter(town, "payout", date(2011, 4, 15))
    line = town.line(-20000, "PAY-1")
    town.bank(line, until=date(2011, 9, 29))
    assert town.now().loans["L2011-0001"].plan[0].due == date(2011, 9, 18)
    assert reasons(town, date(2011, 9, 30)) == []
    other = Town(FakeJournal(), debtors)
    approve(other.journal, debtors, replace(ORDER, terms=terms), WHO)
    other.paid()
    letter(other, "payout", date(2011, 4, 15))
    other.bank(replace(line, value=date(2011, 4, 21)), until=date(2011, 9, 29))

    assert reasons(other, date(2011, 9, 30)) == ["NOTICED"]


def test_small_arrears_hold(town: Town) -> None:
    part = replace(town.line(901, "R"), value=date(2011, 9, 1))
    town.bank(replace(part, parts=(replace(part.parts[0], text="L2011-0001"),)))
    assert reasons(town) == ["ARREARS-MATTER"]


def test_a_tenth_of_the_debt_matters_though_no_instalment_is_whole(town: Town) -> None:
    part = replace(town.line(500, "R"), value=date(2011, 9, 1))
    town.bank(replace(part, parts=(replace(part.parts[0], text="L2011-0001"),)))
    assert reasons(town) == ["ARREARS-MATTER"]
    policy(town, "minimum-percent", 2)

    assert reasons(town) == []


def test_an_old_statement_holds(town: Town) -> None:
    assert "BANK-FRESH" not in reasons(town, date(2011, 9, 21))
    assert reasons(town, date(2011, 9, 22)) == ["BANK-FRESH"]


def test_a_book_without_statement_holds(journal: FakeJournal, debtors: FakeDebtors) -> None:
    town = Town(journal, debtors)
    town.grant()
    assert "BANK-FRESH" in reasons(town)


def test_a_book_newer_than_the_run_or_with_a_broken_chain_holds(town: Town) -> None:
    assert reasons(town, today=LATE) == ["LEDGER-SOUND"]
    add(town, Record(date(2012, 2, 1), "run", ("h",), meta={"booked": PAID}))
    assert reasons(town) == ["LEDGER-SOUND"]
    town.journal.ledger = replace(town.journal.ledger, flaws=(("brudt", "broken"),))

    assert "LEDGER-SOUND" in reasons(town, today=date(2013, 1, 1))


def test_a_deferral_holds_to_its_last_day(town: Town) -> None:
    order = Deferral("L2011-0001", date(2011, 9, 1), LATE, "afgørelse 1")
    defer(town.journal, order, WHO)
    assert reasons(town) == ["NO-HOLD"]
    assert reasons(town, date(2011, 9, 21)) == ["PAST-PAY-BY"]
    policy(town, "bank-fresh-banking-days", 200)
    assert reasons(town, date(2011, 9, 27)) == ["PAST-PAY-BY"]
    assert reasons(town, date(2011, 9, 28)) == []
    assert town.now(date(2011, 9, 21)).loans["L2011-0001"].arrears.days_past_due == 1


def test_an_open_hold_of_another_kind_holds(town: Town) -> None:
    add(town, Record(LATE, "hold", ("COMPLAINT",), meta={"loan": "L2011-0001", "reason": "klage"}))
    held = judged(town)

    assert reasons(town) == ["NO-HOLD"]
    assert "COMPLAINT" in held.conditions[9].text.en
    add(town, Record(LATE, "resume", (), meta={"ends": f"{town.journal.commits:06d}"}))
    policy(town, "bank-fresh-banking-days", 200)
    assert reasons(town, date(2011, 9, 28)) == []


def test_a_letter_lately_holds_and_so_does_its_deadline(town: Town) -> None:
    letter(town, "reminder", date(2011, 9, 12), level=1, deadline=date(2011, 9, 26))
    assert reasons(town, date(2011, 9, 21)) == ["INTERVAL"]
    assert "INTERVAL" in reasons(town, date(2011, 9, 30))
    assert "INTERVAL" not in reasons(town, date(2011, 10, 3))


def test_after_the_last_level_it_is_a_task(town: Town) -> None:
    letter(town, "reminder", date(2011, 9, 12), level=1, deadline=date(2011, 9, 13))
    policy(town, "bank-fresh-banking-days", 200)
    decision = judged(town, date(2011, 9, 26))
    assert isinstance(decision, Cleared)
    assert decision.level == 2
    policy(town, "highest-level", 1)
    assert reasons(town, date(2011, 9, 26)) == ["LEVEL"]


def test_levels_start_again_when_the_reminder_was_obeyed(town: Town) -> None:
    letter(town, "reminder", date(2011, 9, 12), level=1, deadline=date(2011, 9, 13))
    part = replace(town.line(1000, "R"), value=date(2011, 9, 14))
    town.bank(replace(part, parts=(replace(part.parts[0], text="L2011-0001"),)))
    policy(town, "bank-fresh-banking-days", 200)
    assert "PAST-PAY-BY" in reasons(town, date(2011, 9, 28))

    decision = judged(town, date(2011, 10, 12))
    assert isinstance(decision, Cleared)
    assert decision.level == 1


def test_levels_start_again_after_a_deferral(town: Town) -> None:
    letter(town, "reminder", date(2011, 9, 12), level=1, deadline=date(2011, 9, 13))
    defer(town.journal, Deferral("L2011-0001", date(2011, 9, 14), date(2011, 9, 30), "x"), WHO)
    policy(town, "bank-fresh-banking-days", 200)

    assert "LEVEL" not in reasons(town, date(2011, 10, 1))


def step(town: Town, day: date = date(2011, 10, 10)) -> int:
    return next_level(town.now(day).loans["L2011-0001"])


@pytest.mark.parametrize(("on", "level"), [(date(2011, 9, 12), 1), (date(2011, 9, 30), 1)])
def test_a_reminder_up_to_the_end_of_a_deferral_is_no_step(
    town: Town,
    on: date,
    level: int,
) -> None:
    letter(town, "reminder", on, level=1, deadline=date(2011, 9, 13))
    assert step(town) == 2
    defer(town.journal, Deferral("L2011-0001", date(2011, 9, 10), date(2011, 9, 30), "x"), WHO)

    assert step(town) == level
    assert step(town, date(2011, 9, 30)) == 2  # it has not ended yet


def test_a_reminder_after_a_deferral_or_another_stop_is_a_step(town: Town) -> None:
    letter(town, "reminder", date(2011, 10, 1), level=1)
    for code, until in (("DEFERRAL", date(2011, 9, 30)), ("COMPLAINT", date(2011, 10, 8))):
        meta: dict[str, Value] = {"loan": "L2011-0001", "reason": "x", "until": until}
        add(town, Record(date(2011, 9, 10), "hold", (code,), meta=meta))

    assert step(town) == 2


def test_a_reminder_on_the_last_day_in_time_was_of_nothing_late(town: Town) -> None:
    letter(town, "reminder", date(2011, 9, 1), level=1)
    assert step(town) == 1
    letter(town, "reminder", date(2011, 9, 2), level=1)
    assert step(town) == 2


@pytest.mark.parametrize("corrects", [True, False])
def test_a_reminder_that_was_taken_back_is_no_step(town: Town, corrects: bool) -> None:
    """By an apology for it, or by one that names none: that is for all before it."""
    letter(town, "reminder", date(2011, 9, 12), level=1)
    named = {"corrects": f"{town.journal.commits:06d}"} if corrects else {}
    letter(town, "apology", date(2011, 9, 13), **named)

    assert step(town) == 1


@pytest.mark.parametrize(("days", "good"), [(5, True), (6, False)])
def test_a_notice_shows_the_plan_though_it_moved_a_few_days(
    town: Town,
    days: int,
    good: bool,
) -> None:
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.paid()
    other.bank(other.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(other, "payout", PAID, **{"first-due": date(2011, 9, 1) - timedelta(days=days)})

    assert ("NOTICED" not in reasons(other)) is good


@pytest.mark.parametrize(("on", "good"), [(date(2011, 8, 18), True), (date(2011, 8, 19), False)])
def test_a_notice_comes_two_weeks_before_the_due_day(town: Town, on: date, good: bool) -> None:
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.paid()
    other.bank(other.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(other, "payout", on)

    assert ("NOTICED" not in reasons(other)) is good


def test_the_least_amount_itself_matters(town: Town) -> None:
    policy(town, "minimum-percent", 0)
    part = replace(town.line(900, "R"), value=date(2011, 9, 1))
    town.bank(replace(part, parts=(replace(part.parts[0], text="L2011-0001"),)))
    assert reasons(town) == []
    policy(town, "minimum-amount", kroner("100.01"))

    assert reasons(town) == ["ARREARS-MATTER"]


def test_the_least_days_after_the_payout_are_enough(town: Town) -> None:
    policy(town, "first-due-min-days", (date(2011, 9, 1) - PAID).days)
    assert reasons(town) == []


def first(town: Town, **meta: Value) -> str:
    """Record a first reminder, and return its id."""
    letter(town, "reminder", date(2011, 9, 12), level=1, deadline=date(2011, 9, 13), **meta)
    policy(town, "bank-fresh-banking-days", 200)
    return f"{town.journal.commits - 1:06d}"


def level(town: Town, day: date = date(2011, 10, 1)) -> int:
    decision = judged(town, day)
    assert isinstance(decision, Cleared)
    return decision.level


def test_levels_start_again_with_a_new_plan(town: Town) -> None:
    """Amounts or days of another plan: what the reminder was about is no longer asked for."""
    first(town)
    assert level(town) == 2
    for meta in ({"plan": "another"}, {"first-due": date(2011, 8, 1)}):
        one = Town(FakeJournal(), FakeDebtors())
        one.grant()
        one.paid()
        one.bank(one.line(-20000, "PAY-1"), until=date(2011, 9, 19))
        letter(one, "payout", PAID)
        first(one, **meta)
        assert level(one) == 1


def test_a_letter_that_says_nothing_of_its_plan_is_a_step(town: Town) -> None:
    first(town, plan="")
    assert level(town) == 2


def test_a_letter_that_came_back_is_no_step_and_no_notice(town: Town) -> None:
    sent = first(town)
    meta: dict[str, Value] = {"loan": "L2011-0001", "evidence": sent}
    add(town, Record(date(2011, 9, 15), "delivery", ("returned",), meta=meta))
    assert level(town) == 1
    notice = town.now().loans["L2011-0001"].letters[0]
    back: dict[str, Value] = {"loan": "L2011-0001", "evidence": notice.record.id}
    add(town, Record(date(2011, 9, 16), "delivery", ("returned",), meta=back))
    assert "NOTICED" not in reasons(town, date(2011, 9, 15))
    assert "NOTICED" in reasons(town, date(2011, 9, 16)), "it counts on its own day"
    assert reasons(town, date(2011, 10, 1)) == ["NOTICED"]
    add(town, Record(date(2011, 9, 20), "delivery", ("delivered",), meta=back))
    assert reasons(town, date(2011, 10, 1)) == []


def test_never_two_letters_on_one_day(town: Town) -> None:
    for key in ("interval-days", "interval-banking-days"):
        policy(town, key, 0)
    letter(town, "reminder", LATE, level=1, deadline=LATE)
    assert reasons(town) == ["INTERVAL"]
    policy(town, "bank-fresh-banking-days", 200)
    assert reasons(town, date(2011, 9, 21)) == []


def test_every_stop_is_told(town: Town) -> None:
    for code in ("COMPLAINT", "DEATH"):
        meta: dict[str, Value] = {"loan": "L2011-0001", "reason": "sag"}
        add(town, Record(LATE, "hold", (code,), meta=meta))
    told = judged(town).conditions[9].text.en
    assert "COMPLAINT" in told
    assert "DEATH" in told


def test_a_loan_that_was_handed_over_is_in_that_state(town: Town) -> None:
    meta: dict[str, Value] = {"loan": "L2011-0001", "reason": "RIM"}
    add(town, Record(LATE, "hold", ("HANDED-OVER",), meta=meta))
    assert town.now(LATE).loans["L2011-0001"].state == "handed-over"
    assert "handed over to Gældsstyrelsen" in judged(town).conditions[9].text.en


def corrected(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.fix()


def test_a_corrected_loan_rests_is_told_again_and_is_then_reminded(town: Town) -> None:
    corrected(town)
    policy(town, "bank-fresh-banking-days", 200)
    rest = TODAY + timedelta(days=14)
    assert reasons(town, TODAY) == ["NOT-SAME-DAY", "NOTICED"] or "NOT-SAME-DAY" in reasons(
        town,
        TODAY,
    )
    assert "NOT-SAME-DAY" in reasons(town, rest)
    letter(town, "payout", TODAY + timedelta(days=1))
    assert "NOT-SAME-DAY" in reasons(town, rest - timedelta(days=1), rest)
    assert "INTERVAL" not in reasons(town, rest, rest)

    assert isinstance(judged(town, rest, rest), Cleared)


def test_a_loan_first_told_after_its_correction_is_not_held_for_ever(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.erp(row("grant", 20000))
    town.bank(town.line(-20000, "PAY-1"), until=TODAY)
    town.fix()
    policy(town, "bank-fresh-banking-days", 200)
    letter(town, "payout", TODAY)
    soon, later = TODAY + timedelta(days=13), TODAY + timedelta(days=14)

    assert reasons(town, soon, later) == ["NOT-SAME-DAY", "NOTICED"]
    assert isinstance(judged(town, later, later), Cleared)


def test_a_correction_that_was_taken_back_is_none(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.fix()
    fix = town.journal.read().transactions[-1].id
    undo = reverse(town.journal, fix, "fejl", WHO)
    countersign(town.journal, undo.id, SECOND)

    assert town.now().loans["L2011-0001"].corrections == ()


def test_the_erps_own_correction_counts_as_one(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.erp(row("grant", -20000, "70044"), row("loan", 20000, "70044"))
    assert len(town.now().loans["L2011-0001"].corrections) == 1
    town.repay(500, "FI-1")
    town.erp(row("income", -500, "80001", ref="FI-1"))
    town.erp(row("income", 500, "80002", ref="FI-1"), row("loan", -500, "80002", ref="FI-1"))

    assert len(town.now().loans["L2011-0001"].corrections) == 2


def test_nothing_due_is_told_apart_from_held(town: Town) -> None:
    early = judged(town, date(2011, 6, 1))
    assert isinstance(early, Held)
    assert nothing_due(early)
    town.erp(row("grant", 20000))
    wrong = judged(town, date(2011, 6, 1))

    assert isinstance(wrong, Held)
    assert not nothing_due(wrong)


def test_explain_answers_for_a_past_day(town: Town) -> None:
    ledger = town.journal.read()
    assert isinstance(explain(ALL_RULES, ledger, "L2011-0001", LATE, TODAY), Cleared)
    assert isinstance(explain(ALL_RULES, ledger, "L2011-0001", PAID, TODAY), Held)
    assert Who("a", PAID).today == PAID
