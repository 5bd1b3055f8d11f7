"""Days past due in other systems' tests (tests/data/peer, group arrears_age).

Ours count from the last day to pay, which a weekend moves; theirs count from the due day, and
Frappe calls that day number 1. The comparison is made on their scale. Where the sources count
hold days before the due day too, the file names the other answer, which is ours.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mikroledger.domain.plan import Arrears, Instalment, arrears, on_hold, settle
from mikroledger.money import ZERO, kroner

PEER = Path(__file__).parent / "data" / "peer"
Case = Mapping[str, Any]
ALL: list[Case] = json.loads((PEER / "peer-cases.json").read_text(encoding="utf-8"))["cases"]
AGES = {c["id"]: c for c in ALL if c["group"] == "arrears_age"}
IN_WORDS = {
    "fineract-day-before-first-due",
    "fineract-not-active-no-age",
    "fineract-unpaid-40-days",
}
"""Cases whose days are told in words; each has a test of its own."""
CHECKS = [
    (name, place)
    for name, case in AGES.items()
    if name not in IN_WORDS
    for place in range(len(case["expected"]))
    if (name, place) != ("fineract-age-LoanDelinquency-537", 0)
]
"""All but Monday 2 October 2023, one day after a due day that is a Sunday."""
BUCKETS = {1: "1-3", 4: "4-30", 31: "31-60", 61: "61-90", 91: "91-120"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def plan_of(case: Case) -> tuple[Instalment, ...]:
    items = enumerate(case["due_items"], 1)
    return tuple(Instalment(n, day(i["due"]), kroner(i.get("amount", "250"))) for n, i in items)


def repaid(case: Case, place: int) -> Decimal:
    """Return what is paid on the day of an expectation.

    A payment of that very day comes before it, unless the day's age is told once more.
    """
    wanted = case["expected"][place]["as_of"]
    again = case["expected"][place + 1 :]
    before = any(e["as_of"] == wanted and "past_due_days" in e for e in again)
    paid = [
        kroner(p["amount"])
        for p in case.get("payments", ())
        if p["date"] < wanted or (p["date"] == wanted and not before)
    ]
    given = [kroner(item.get("paid", "0")) for item in case["due_items"]]
    return sum((*paid, *given), ZERO)


def holds(case: Case) -> list[tuple[date, date]]:
    return [
        (day(pause["from"]), day(pause.get("resumed", pause["to"])))
        for pause in case.get("pauses", ())
    ]


def on_their_scale(late: Arrears) -> int:
    """Return days past due, counted from the due day instead of the last day to pay."""
    if late.oldest is None:
        return 0
    return late.days_past_due + (late.oldest.pay_by - late.oldest.due).days


def buckets(case: Case, paid: Decimal, as_of: date) -> dict[str, Decimal]:
    ours: dict[str, Decimal] = {}
    for one in settle(plan_of(case), paid):
        age = on_their_scale(on_hold(Arrears(as_of, one.missing, one.part), holds(case)))
        if one.missing and age > 0:
            name = [text for first, text in BUCKETS.items() if first <= age][-1]
            ours[name] = ours.get(name, ZERO) + one.missing
    return ours


def theirs(wanted: Case, name: str, ours_named: str = "") -> Any:
    """Return an expected value: the one for our rule of holds, where the file has two."""
    return wanted.get(ours_named, wanted[name])


@pytest.mark.parametrize(("name", "place"), CHECKS)
def test_a_loan_is_as_old_in_arrears_as_in_the_source(name: str, place: int) -> None:
    case, wanted = AGES[name], AGES[name]["expected"][place]
    as_of, paid = day(wanted["as_of"]), repaid(AGES[name], place)
    late = arrears(settle(plan_of(case), paid), as_of)
    held = on_hold(late, holds(case))
    grace = case.get("grace_days", {}).get("loan", 0)
    compared = 0
    if "days" in wanted:
        first = 1 if "counts as day 1" in case["days_convention"] else 0
        assert on_their_scale(held) == max(wanted["days"] - first, 0)
        compared += 1
    if "past_due_days" in wanted:
        assert on_their_scale(late) == wanted["past_due_days"]
        assert late.amount == kroner(wanted["overdue_amount"])
        days = theirs(
            wanted,
            "delinquent_days_after_grace_and_holds",
            "days_if_only_hold_days_after_due_date_count",
        )
        assert max(on_their_scale(held) - grace, 0) == days
        since = late.oldest and str(late.oldest.due + timedelta(days=grace))
        assert since == wanted["delinquent_since"]
        compared += 1
    if "buckets_by_instalment" in wanted:
        rows = theirs(
            wanted,
            "buckets_by_instalment",
            "buckets_if_only_hold_days_after_due_date_count",
        )
        expected = {text: kroner(amount) for text, amount in rows.items()}
        if on_their_scale(held) <= grace and not expected:
            return  # the source shows no instalment while the loan is in its grace
        assert buckets(case, paid, as_of) == expected
        compared += 1
    assert compared


def test_a_sunday_gives_our_borrower_the_monday_that_the_source_counts_as_late() -> None:
    case = AGES["fineract-age-LoanDelinquency-537"]
    wanted = case["expected"][0]
    assert (wanted["as_of"], wanted["past_due_days"]) == ("2023-10-02", 1)
    plan, monday = plan_of(case), date(2023, 10, 2)
    assert arrears(settle(plan, ZERO), monday).amount == ZERO
    late = arrears(settle(plan, ZERO), monday + timedelta(days=1))
    assert (late.amount, late.days_past_due) == (kroner(wanted["overdue_amount"]), 1)


def test_a_loan_is_never_late_before_its_first_due_day() -> None:
    assert AGES["fineract-day-before-first-due"]["expected"] == [
        {"as_of": "day before due", "days": 0},
    ]
    due = date(2012, 2, 1)
    late = arrears(settle([Instalment(1, due, kroner(250))], ZERO), due - timedelta(days=1))
    assert (late.days_past_due, late.amount) == (0, ZERO)


def test_a_loan_without_a_plan_is_not_late() -> None:
    """A loan that is not paid out has no arrears at all: tests/test_domain_portfolio.py."""
    case = AGES["fineract-not-active-no-age"]
    late = arrears(settle(plan_of(case), ZERO), date(2012, 2, 1))
    assert [{"days": late.days_past_due, "amount": str(late.amount)}] == case["expected"]


def test_a_monthly_loan_paid_out_forty_days_ago_is_overdue_with_all_of_it() -> None:
    case = AGES["fineract-unpaid-40-days"]
    amount = kroner(case["due_items"][0]["amount"])
    paid_out = date(2012, 2, 1)
    plan = [Instalment(1, date(2012, 3, 1), amount)]
    late = arrears(settle(plan, ZERO), paid_out + timedelta(days=40))
    assert str(late.amount) == case["expected"][0]["overdue"]
    assert late.days_past_due == 11


def test_every_age_case_has_checks() -> None:
    assert len(AGES) == 17
    assert {name for name, _ in CHECKS} | IN_WORDS == set(AGES)
