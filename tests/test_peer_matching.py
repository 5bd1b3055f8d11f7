"""What others test of matching (Blnk), as far as money that is exact can say it."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDebtors, FakeJournal
from town import SECOND, WHO, Town

from mikroledger.debtors import Payer, plain
from mikroledger.domain import chart
from mikroledger.money import ZERO, kroner
from mikroledger.services.countersign import countersign
from mikroledger.services.pay import Pay, pay

LEFT_OUT = {
    "blnk-amount-05": "a tolerance of half: money is exact here, and a difference is told",
    "blnk-amount-08": "a tolerance of a quarter: likewise",
    "blnk-amount-13": "a tolerance of 1 %: likewise",
    "blnk-amount-17": "a tolerance of 1 %: likewise",
    "blnk-amount-18": "a tolerance of 1 %: likewise",
    "blnk-amount-10": "a line of 0,00 moves no money and is refused by the importers",
    "blnk-failed-query-is-unmatched": "a register that cannot be read refuses the whole file",
    "blnk-unknown-operator-never-matches": "the register refuses an unknown way to compare",
}
PEER = Path(__file__).parent / "data" / "peer" / "peer-cases.json"
ALL: list[dict[str, Any]] = json.loads(PEER.read_text(encoding="utf-8"))["cases"]
CASES = {case["id"]: case for case in ALL if case["group"] == "matching"}


@pytest.fixture
def town() -> Town:
    return Town(FakeJournal(), FakeDebtors())


def given(*amounts: Decimal, town: Town) -> None:
    for number, amount in enumerate(amounts, 1):
        town.grant(number, amount=amount)
        loan, day = f"L2011-{number:04d}", date(2011, 4, 15)
        order = Pay("disburse", loan, amount, day, "BATCH-1", f"order-{number}")
        countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)


def test_each_case_is_run_or_left_out_with_a_reason() -> None:
    ran = {*AMOUNTS, *REFERENCES, "blnk-group-sum", "blnk-one-claim"}
    assert ran | LEFT_OUT.keys() == CASES.keys()
    assert not ran & LEFT_OUT.keys()


AMOUNTS = [name for name in CASES if name.startswith("blnk-amount") and name not in LEFT_OUT]


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_sum_is_a_payments_or_it_is_not(town: Town, name: str) -> None:
    said = CASES[name]["given"]
    expected, bank = (abs(Decimal(said[key])) for key in ("expected_amount", "bank_amount"))
    given(kroner(expected), town=town)
    line = town.line(0, "BATCH-1")
    amount = -kroner(bank)
    (part,) = line.parts
    town.bank(replace(line, amount=amount, parts=(replace(part, amount=amount),)))

    matched = town.on(chart.SUSPENSE) == town.on(chart.PAYOUTS) == ZERO
    assert matched == CASES[name]["expected"]["match"]


REFERENCES = [name for name in CASES if name.startswith("blnk-reference")]


@pytest.mark.parametrize("name", REFERENCES)
def test_a_text_is_a_payers_or_it_is_not(name: str) -> None:
    said: dict[str, Any] = CASES[name]["given"]
    one, other = said["bank_text"], said["expected_reference"]
    short, long = sorted((one, other), key=len)
    payer = Payer(plain(short), said["operator"], "D0001")
    assert payer.wrote(long) == CASES[name]["expected"]["match"]


def test_a_line_is_the_sum_of_a_batch(town: Town) -> None:
    said = CASES["blnk-group-sum"]["given"]
    given(*map(kroner, said["expected_group"]), town=town)
    whole = -kroner(said["bank_amount"])
    line = town.line(0, "BATCH-1")
    (part,) = line.parts
    town.bank(replace(line, amount=whole, parts=(replace(part, amount=whole),)))

    assert all(p.confirmed for p in town.now().payments.values())
    assert town.on(chart.PAYOUTS) == town.on(chart.SUSPENSE) == ZERO


def test_of_many_lines_one_gets_the_payment(town: Town) -> None:
    assert CASES["blnk-one-claim"]["expected"].startswith("exactly one gets it")
    given(kroner(20000), town=town)
    town.bank(*(town.line(-20000, "BATCH-1") for _ in range(5)))

    assert town.on(chart.SUSPENSE) == kroner(80000)
    assert town.now().payments["BATCH-1"].confirmed
