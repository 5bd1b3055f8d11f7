"""The plan, what is paid of it, and what is past due."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.days import forward
from mikroledger.domain.plan import (
    Arrears,
    Instalment,
    Settled,
    Terms,
    arrears,
    digest,
    on_hold,
    settle,
    total,
)
from mikroledger.money import ORE, ZERO, kroner

PAYOUT = date(2011, 5, 2)
PRINCIPALS = st.decimals(min_value=Decimal(100), max_value=Decimal(100_000), places=2)
MONEY = st.decimals(min_value=ZERO, max_value=Decimal(100_000), places=2)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
PERIODS = st.sampled_from(["15d", "2w", "1m", "3m", "1y"])
TERMS = st.one_of(
    st.builds(
        Terms,
        first_due=st.none() | DAYS,
        first_due_after=st.sampled_from(["", "30d", "6m"]),
        every=PERIODS,
        count=st.integers(1, 60),
        whole=st.booleans(),
    ),
    st.builds(
        Terms,
        every=PERIODS,
        each=st.decimals(min_value=Decimal(50), max_value=Decimal(5000), places=2),
    ),
)
# 1 June, 1 July, 1 August and 1 September 2011 are banking days.
PLAN = tuple(
    Instalment(n, date(2011, 5 + n, 1), kroner(amount))
    for n, amount in enumerate(("500", "500", "500", "300"), 1)
)


def amounts(terms: Terms, principal: str) -> list[str]:
    return [str(part.amount) for part in terms.plan(kroner(principal), PAYOUT)]


def dues(terms: Terms, payout: date = PAYOUT) -> list[date]:
    return [part.due for part in terms.plan(Decimal(300), payout)]


def test_equal_instalments_leave_the_remainder_to_the_last() -> None:
    assert amounts(Terms(count=24), "5000") == ["208.33"] * 23 + ["208.41"]


def test_whole_kroner_leave_the_ore_to_the_last() -> None:
    assert amounts(Terms(count=3, whole=True), "1000.50") == ["333.00", "333.00", "334.50"]


def test_instalments_of_a_given_amount_end_with_what_is_left() -> None:
    assert amounts(Terms(each=kroner(400)), "1000") == ["400.00", "400.00", "200.00"]
    assert amounts(Terms(each=kroner(500)), "1000") == ["500.00", "500.00"]
    assert amounts(Terms(each=kroner(2000)), "1000") == ["1000.00"]


def test_rows_are_taken_as_agreed_and_numbered() -> None:
    rows = ((date(2011, 7, 1), kroner(700)), (date(2011, 9, 15), kroner(300)))
    plan = Terms(rows=rows).plan(Decimal(1000), PAYOUT)
    assert plan == (
        Instalment(1, date(2011, 7, 1), kroner(700)),
        Instalment(2, date(2011, 9, 15), kroner(300)),
    )


def test_without_a_word_the_first_instalment_is_one_period_after_the_payout() -> None:
    assert dues(Terms(count=3)) == [date(2011, 6, 2), date(2011, 7, 2), date(2011, 8, 2)]
    assert dues(Terms(count=2, every="15d")) == [date(2011, 5, 17), date(2011, 6, 1)]


def test_the_first_instalment_may_wait() -> None:
    terms = Terms(count=2, first_due_after="6m", every="3m")
    assert dues(terms) == [date(2011, 11, 2), date(2012, 2, 2)]


def test_a_first_due_day_that_is_given_does_not_move_with_the_payout() -> None:
    terms = Terms(count=2, first_due=date(2011, 8, 1), first_due_after="6m")
    assert dues(terms) == dues(terms, date(2011, 7, 1)) == [date(2011, 8, 1), date(2011, 9, 1)]


def test_a_plan_from_the_last_of_a_month_stays_at_the_last() -> None:
    terms = Terms(count=3, first_due=date(2011, 1, 31))
    assert dues(terms) == [date(2011, 1, 31), date(2011, 2, 28), date(2011, 3, 31)]


def test_a_plan_counted_from_a_payout_remembers_its_day_after_a_short_month() -> None:
    """Fineract's LoanScheduleGenerator agrees: peer-cases, fineract-due-planned-30jan."""
    assert dues(Terms(count=3), date(2012, 1, 31)) == [
        date(2012, 2, 29),
        date(2012, 3, 31),
        date(2012, 4, 30),
    ]


def test_an_instalment_may_be_paid_until_the_banking_day_after_it_falls_due() -> None:
    assert Instalment(1, date(2011, 5, 1), kroner(1)).pay_by == date(2011, 5, 2)
    assert Instalment(1, date(2011, 6, 1), kroner(1)).pay_by == date(2011, 6, 1)


@given(TERMS, PRINCIPALS, DAYS)
def test_a_plan_sums_to_the_principal_and_runs_forward(
    terms: Terms,
    principal: Decimal,
    payout: date,
) -> None:
    plan = terms.plan(principal, payout)
    assert total(plan) == principal
    assert [part.number for part in plan] == list(range(1, len(plan) + 1))
    assert all(one.due < other.due for one, other in pairwise(plan))
    assert all(part.pay_by == forward(part.due) for part in plan)
    equal = {part.amount for part in plan[:-1]}
    assert len(equal) <= 1


@given(st.lists(st.tuples(DAYS, MONEY), max_size=8))
def test_rows_come_back_as_they_were_given(rows: list[tuple[date, Decimal]]) -> None:
    plan = Terms(count=1, rows=tuple(rows)).plan(Decimal(100), PAYOUT)
    if rows:
        assert [(part.due, part.amount) for part in plan] == rows
    else:
        assert [part.amount for part in plan] == [kroner(100)]


def test_the_sum_of_no_plan_is_nothing() -> None:
    assert total(()) == ZERO


def test_a_plan_has_a_name_that_changes_with_any_amount_and_with_no_day() -> None:
    first, *rest = PLAN
    others = [
        (Instalment(1, first.due, first.amount + ORE), *rest),
        (*PLAN, Instalment(5, date(2011, 10, 1), kroner(1))),
        PLAN[:3],
        (),
    ]
    names = {digest(plan) for plan in (PLAN, *others)}
    assert len(names) == 5
    assert digest([replace(first, due=date(2011, 6, 2)), *rest]) == digest(PLAN)
    assert digest(PLAN) == "af4bf87c949bab67"


def test_what_is_repaid_settles_the_oldest_instalments_first() -> None:
    settled = settle(PLAN, kroner("750"))
    assert [str(s.paid) for s in settled] == ["500.00", "250.00", "0.00", "0.00"]
    assert [str(s.missing) for s in settled] == ["0.00", "250.00", "500.00", "300.00"]


def test_the_oldest_is_the_first_due_whatever_its_place_in_the_plan() -> None:
    late, early = (
        Instalment(1, date(2011, 9, 1), kroner(300)),
        Instalment(2, date(2011, 8, 1), kroner(300)),
    )
    assert settle((late, early), kroner(400)) == (
        Settled(early, kroner(300)),
        Settled(late, kroner(100)),
    )


def test_of_two_due_on_one_day_the_lower_number_is_settled_first() -> None:
    one, other = (Instalment(n, date(2011, 8, 1), kroner(300)) for n in (1, 2))
    assert [s.part.number for s in settle((other, one), ZERO)] == [1, 2]


def test_what_is_repaid_beyond_the_plan_settles_no_more_than_the_plan() -> None:
    assert [s.missing for s in settle(PLAN, kroner(9999))] == [ZERO] * 4


def test_a_repayment_below_zero_settles_nothing() -> None:
    assert [s.paid for s in settle(PLAN, kroner(-100))] == [ZERO] * 4


@given(TERMS, PRINCIPALS, MONEY)
def test_settling_conserves_money(terms: Terms, principal: Decimal, repaid: Decimal) -> None:
    settled = settle(terms.plan(principal, PAYOUT), repaid)
    paid = sum((s.paid for s in settled), ZERO)
    assert paid == min(repaid, principal)
    assert paid + sum((s.missing for s in settled), ZERO) == principal
    assert all(ZERO <= s.paid <= s.part.amount for s in settled)
    begun = [s.paid > ZERO for s in settled]
    assert begun == sorted(begun, reverse=True)
    assert sum(ZERO < s.paid < s.part.amount for s in settled) <= 1


def test_money_that_comes_on_the_last_day_to_pay_is_in_time() -> None:
    assert arrears(settle(PLAN, ZERO), date(2011, 6, 1)) == Arrears(date(2011, 6, 1))


def test_the_day_after_the_last_day_to_pay_is_the_first_in_arrears() -> None:
    late = arrears(settle(PLAN, ZERO), date(2011, 6, 2))
    assert (late.amount, late.oldest, late.days_past_due) == (kroner(500), PLAN[0], 1)


def test_arrears_count_from_the_oldest_unpaid_instalment() -> None:
    late = arrears(settle(PLAN, kroner(600)), date(2011, 8, 2))
    assert (late.amount, late.oldest, late.days_past_due) == (kroner(900), PLAN[1], 32)


def test_a_weekend_is_in_time_too() -> None:
    plan = [Instalment(1, date(2011, 5, 1), kroner(500))]
    assert arrears(settle(plan, ZERO), date(2011, 5, 2)).amount == ZERO
    assert arrears(settle(plan, ZERO), date(2011, 5, 3)).days_past_due == 1


def test_a_plan_that_is_paid_has_no_arrears() -> None:
    late = arrears(settle(PLAN, kroner(1800)), date(2020, 1, 1))
    assert (late.amount, late.oldest, late.days_past_due) == (ZERO, None, 0)


@given(MONEY, st.integers(0, 200), st.integers(0, 60), MONEY)
def test_arrears_grow_with_time_and_shrink_with_payments(
    repaid: Decimal,
    first: int,
    later: int,
    more: Decimal,
) -> None:
    as_of = PAYOUT + timedelta(days=first)
    now = arrears(settle(PLAN, repaid), as_of)
    assert arrears(settle(PLAN, repaid), as_of + timedelta(days=later)).amount >= now.amount
    assert arrears(settle(PLAN, repaid + more), as_of).amount <= now.amount
    assert ZERO <= now.amount <= total(PLAN)
    assert (now.amount == ZERO) == (now.oldest is None) == (now.days_past_due == 0)


LATE = arrears(settle(PLAN, ZERO), date(2011, 6, 21))
"""Twenty days past due since 1 June."""


@pytest.mark.parametrize(
    ("holds", "days"),
    [
        ([], 20),
        ([(date(2011, 6, 6), date(2011, 6, 10))], 16),
        ([(date(2011, 5, 2), date(2011, 5, 20))], 20),  # over before it fell due
        ([(date(2011, 5, 20), date(2011, 6, 5))], 16),  # only from the last day to pay
        ([(date(2011, 6, 16), date(2011, 7, 30))], 15),  # only until today
        ([(date(2011, 7, 1), date(2011, 7, 30))], 20),  # not begun
        ([(date(2011, 6, 6), date(2011, 6, 6))], 20),
        ([(date(2011, 6, 6), date(2011, 6, 10)), (date(2011, 6, 13), date(2011, 6, 15))], 14),
        ([(date(2011, 6, 8), date(2011, 6, 12)), (date(2011, 6, 6), date(2011, 6, 10))], 14),
        ([(date(2011, 6, 6), date(2011, 6, 16)), (date(2011, 6, 8), date(2011, 6, 10))], 10),
        ([(date(2011, 6, 1), date(2011, 6, 21))], 0),
    ],
)
def test_days_on_hold_after_the_last_day_to_pay_are_taken_off_once(
    holds: list[tuple[date, date]],
    days: int,
) -> None:
    held = on_hold(LATE, holds)
    assert held.days_past_due == days
    assert (held.amount, held.oldest) == (LATE.amount, LATE.oldest)


def test_a_hold_on_what_is_not_late_changes_nothing() -> None:
    fine = Arrears(date(2011, 6, 1))
    assert on_hold(fine, [(date(2011, 5, 1), date(2011, 6, 1))]) is fine


SPANS = st.lists(
    st.tuples(st.integers(-20, 60), st.integers(0, 40)).map(
        lambda span: (
            date(2011, 6, 1) + timedelta(days=span[0]),
            date(2011, 6, 1) + timedelta(days=span[0] + span[1]),
        ),
    ),
    max_size=6,
)


@given(SPANS)
def test_holds_are_counted_day_by_day_whatever_their_order(
    holds: list[tuple[date, date]],
) -> None:
    """The oracle: a day counts as held if a hold began before it and lasts until it."""
    days = [date(2011, 6, 1) + timedelta(days=n) for n in range(1, 21)]
    held = sum(any(first < day <= last for first, last in holds) for day in days)
    assert on_hold(LATE, holds).held_days == held
    assert on_hold(LATE, holds[::-1]) == on_hold(LATE, holds)
    assert 0 <= on_hold(LATE, holds).days_past_due <= 20


def test_an_instalment_of_one_ore_is_late_like_any_other() -> None:
    late = arrears(settle([Instalment(1, date(2011, 6, 1), ORE)], ZERO), date(2011, 6, 2))
    assert (late.amount, late.days_past_due) == (ORE, 1)
