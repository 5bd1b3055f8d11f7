"""Plans from other systems' tests, made by our terms (tests/data/peer)."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mikroledger.domain.plan import Terms, total
from mikroledger.money import kroner

PEER = Path(__file__).parent / "data" / "peer"
Case = Mapping[str, Any]
ALL: list[Case] = json.loads((PEER / "peer-cases.json").read_text(encoding="utf-8"))["cases"]
GENERATED = {c["id"]: c for c in ALL if c["group"] == "schedule_generation"}
DATED = {c["id"]: c for c in ALL if c["group"] == "schedule_dates"}
SOME_DAY = date(2011, 5, 2)

DOWN_PAYMENT = "a first part due on the payout day itself: agreed one by one (`rows`) here"
LEFT_OUT = {
    **{name: DOWN_PAYMENT for name, c in GENERATED.items() if "down_payment_pct" in c["terms"]},
    "fineract-due-min10days": "the first due day is moved to 10 days after the payout: given here",
    "fineract-due-min36days": "the first due day is moved to 36 days after the payout: given here",
}
"""What our terms do not generate. Each is run with its days as agreed instead."""


def terms_of(case: Case) -> Terms:
    terms = case["terms"]
    unit = "m" if terms["unit"] == "MONTHS" else "d"
    first = terms.get("first_due")
    return Terms(
        first_due=date.fromisoformat(first) if first else None,
        every=f"{terms['every']}{unit}",
        count=terms["instalments"],
        whole=terms.get("amounts_in_multiples_of") == "1",
    )


def payout_of(case: Case) -> date:
    paid = case["terms"].get("disbursed")
    return date.fromisoformat(paid) if paid else SOME_DAY


def rows_of(case: Case) -> list[tuple[date, Decimal]]:
    return [(date.fromisoformat(due), kroner(amount)) for due, amount in case["expected"]]


@pytest.mark.parametrize("name", [n for n in GENERATED if n not in LEFT_OUT])
def test_our_terms_make_the_plan_that_the_source_printed(name: str) -> None:
    case = GENERATED[name]
    plan = terms_of(case).plan(kroner(case["terms"]["principal"]), payout_of(case))
    dated = case["expected"][0][0] is not None
    if dated:
        assert [(part.due, part.amount) for part in plan] == rows_of(case)
    else:
        assert [part.amount for part in plan] == [kroner(amount) for _, amount in case["expected"]]
    assert [part.number for part in plan] == list(range(1, len(plan) + 1))


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_plan_left_out_is_not_what_our_terms_make_but_can_be_agreed_row_by_row(
    name: str,
) -> None:
    case = GENERATED[name]
    principal, rows = kroner(case["terms"]["principal"]), rows_of(case)
    made = terms_of(case).plan(principal, payout_of(case))
    assert [(part.due, part.amount) for part in made] != rows
    agreed = Terms(rows=tuple(rows)).plan(principal, payout_of(case))
    assert [(part.due, part.amount) for part in agreed] == rows
    assert total(agreed) == principal


@pytest.mark.parametrize("name", [n for n in LEFT_OUT if "min" in n])
def test_a_first_due_day_that_is_given_makes_the_rest_of_the_plan(name: str) -> None:
    case = GENERATED[name]
    first = rows_of(case)[0][0]
    terms = Terms(first_due=first, count=case["terms"]["instalments"])
    plan = terms.plan(kroner(case["terms"]["principal"]), payout_of(case))
    assert [(part.due, part.amount) for part in plan] == rows_of(case)


@pytest.mark.parametrize("name", DATED)
def test_our_terms_make_the_due_days_that_the_source_printed(name: str) -> None:
    """The start of the next month is a first due day that is given."""
    case = DATED[name]
    expected = [date.fromisoformat(due) for due in case["expected_dates"]]
    terms = Terms(first_due=expected[0], count=case["terms"]["instalments"])
    plan = terms.plan(Decimal(1200), SOME_DAY)
    assert [part.due for part in plan] == expected


def test_down_payments_and_least_days_are_all_that_is_left_out() -> None:
    assert (len(GENERATED), len(LEFT_OUT), len(DATED)) == (23, 12, 2)
