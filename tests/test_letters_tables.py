from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from mikroledger.domain.letter import Voucher, VoucherLine
from mikroledger.domain.plan import Instalment, Settled, Terms, settle
from mikroledger.letters import tables
from mikroledger.money import ZERO

PAYOUT = date(2011, 4, 15)


def settled(terms: Terms, principal: str, repaid: str = "0") -> tuple[Settled, ...]:
    return settle(terms.plan(Decimal(principal), PAYOUT), Decimal(repaid))


def monthly(count: int, principal: str = "20000.00", repaid: str = "0") -> tuple[Settled, ...]:
    return settled(Terms(first_due=date(2011, 5, 1), count=count), principal, repaid)


def irregular(count: int) -> tuple[Settled, ...]:
    days = [PAYOUT + timedelta(days=30 * n + n % 3) for n in range(1, count + 1)]
    parts = [Instalment(n, day, Decimal("100.00")) for n, day in enumerate(days, 1)]
    return tuple(Settled(part, ZERO) for part in parts)


def plain(rows: list[list[str | list[str]]]) -> list[list[str]]:
    return [
        [
            (c if isinstance(c, str) else " / ".join(filter(None, c))).replace("\xa0", " ")
            for c in r
        ]
        for r in rows
    ]


def test_a_long_even_plan_is_told_in_two_rows() -> None:
    block = tables.plan(monthly(36), "da")
    (table,) = block["parts"]
    assert plain(table["rows"]) == [
        ["1–35", "den 1. i hver måned", "2. maj 2011", "3. marts 2014", "555,55 kr."],
        ["36", "én gang", "1. april 2014", "", "555,75 kr."],
    ]
    assert plain([table["foot"]]) == [["I alt", "", "", "", "20.000,00 kr."]]
    assert "bankdag" in block["note"]


def test_a_plan_that_is_partly_paid_says_so() -> None:
    block = tables.plan(monthly(36, repaid="700"), "en")
    assert plain(block["parts"][0]["rows"])[:3] == [
        ["1", "once / paid", "2 May 2011", "", "DKK 555.55"],
        ["2", "once / paid DKK 144.45", "1 June 2011", "", "DKK 555.55"],
        ["3–35", "on the 1st of each month", "1 July 2011", "3 March 2014", "DKK 555.55"],
    ]


@pytest.mark.parametrize(
    ("plan", "heights", "small"),
    [
        (monthly(1), [1], False),
        (monthly(6), [6], False),
        (monthly(7), [4, 3], False),
        (monthly(12), [6, 6], False),
        (irregular(13), [5, 5, 3], True),
        (irregular(66), [22, 22, 22], True),
    ],
)
def test_other_plans_stand_in_columns(
    plan: tuple[Settled, ...], heights: list[int], small: bool
) -> None:
    block = tables.plan(plan, "da")
    assert [len(part["rows"]) for part in block["parts"]] == heights
    assert block["small"] is small
    assert [bool(part["foot"]) for part in block["parts"]] == [
        part is block["parts"][-1] for part in block["parts"]
    ]


@pytest.mark.parametrize(
    ("every", "step"), [("1m", "1m"), ("3m", "3m"), ("2w", "14d"), ("15d", "15d"), ("1y", "12m")]
)
def test_the_step_is_found(every: str, step: str) -> None:
    plan = settled(Terms(first_due=date(2011, 5, 31), count=20, every=every), "2000.00")
    assert [(run.step, len(run.parts)) for run in tables.runs(plan)] == [(step, 20)]


def test_two_instalments_on_one_day_are_no_run() -> None:
    part = Instalment(1, PAYOUT, Decimal("100.00"))
    plan = (Settled(part, ZERO), Settled(replace(part, number=2), ZERO))
    assert [run.step for run in tables.runs(plan)] == ["", ""]


def test_what_is_missing() -> None:
    (one,) = tables.missing(monthly(36)[:1], "da")["parts"]
    assert [column["label"] for column in one["columns"]] == [
        "Rate",
        "Sidste betalingsdag",
        "Mangler",
    ]
    assert one["foot"] == []
    (two,) = tables.missing(monthly(36, repaid="200")[:2], "da")["parts"]
    assert plain(two["rows"]) == [
        ["1", "2. maj 2011", "555,55 kr.", "200,00 kr.", "355,55 kr."],
        ["2", "1. juni 2011", "555,55 kr.", "0,00 kr.", "555,55 kr."],
    ]
    assert plain([two["foot"]]) == [["I alt", "", "", "", "911,10 kr."]]


def test_a_voucher_balances_or_is_none() -> None:
    debit = VoucherLine("Assets:Loans:P65:L2011-0004", "9.32.25", "lån", Decimal("20000.00"))
    credit = replace(debit, account="Expenses:P65:Grants", amount=Decimal("-20000.00"))
    voucher = Voucher(
        number="1",
        on=PAYOUT,
        loan="L2011-0004",
        original=(),
        original_day=PAYOUT,
        paid_on=PAYOUT,
        lines=(debit, credit),
        reason="",
        refund=ZERO,
        refund_quarter="",
        prior_year=0,
        made_by="",
        approved_by="",
    )
    (table,) = tables.lines(voucher, "da")["parts"]
    assert plain(table["rows"])[1][2:] == ["", "20.000,00"]
    assert table["foot"] == ["I alt", "", "20.000,00", "20.000,00"]
    with pytest.raises(AssertionError, match="balance"):
        tables.lines(replace(voucher, lines=(debit,)), "da")
