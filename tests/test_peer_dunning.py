"""What others test of dunning (OCA, Tryton, SAP, JTL, ERPNext), under a policy set as theirs.

Each item of theirs is a loan of ours with that plan, noticed and paid out long before; the
nights are real runs. What differs is in DIFFERS with the reason, runs all the same, and fails
when it differs no more.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import add, policy
from town import Town, row

from mikroledger.domain import chart
from mikroledger.domain.gate import Cleared, gate
from mikroledger.domain.ledger import Record, Value
from mikroledger.domain.plan import Instalment, Terms, arrears, settle
from mikroledger.domain.record import Document
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services import letters_
from mikroledger.services.apologise import SentLetter, record_sent
from mikroledger.services.approve import Approval, approve
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.remind import explain, propose, run

PEER = Path(__file__).parent / "data" / "peer" / "peer-cases.json"
GROUPS = ("dunning_levels", "dunning_amount", "gate")
CASES: Mapping[str, Any] = {
    case["id"]: case
    for case in json.loads(PEER.read_text(encoding="utf-8"))["cases"]
    if case["group"] in GROUPS
}
DIFFERS = {
    "sap-minimum-days-account-6-of-6": "a letter asks for all that is late, with a new deadline"
    " for all of it, also for an instalment that has its days of grace still",
    "sap-minimum-10-pct-falls-back": "arrears that do not matter get no letter; there is no"
    " friendlier level to fall back to, and one whole instalment always matters",
    "erpnext-fee-and-interest": "the loan is free of interest by law; the fee is the same",
}
OUT = date(2012, 9, 3)
PLAIN: Mapping[str, Value] = {
    "countersign": "off",
    "payout-confirmation": "order",
    "grace-banking-days": 0,
    "first-due-min-days": 0,
    "notice-days": 0,
    "minimum-amount": Decimal("0.01"),
    "minimum-percent": 0,
    "interval-days": 1,
    "interval-banking-days": 0,
    "new-deadline-days": 0,
}
"""A policy without any care, to which each source's own rules are added."""


class Dunning:
    """A municipality that duns as a source does."""

    def __init__(self, **own: Value) -> None:
        self.town = Town(FakeJournal(), FakeDebtors())
        self.office = Office(self.town, FakePress(), FakeOutbox())
        self.number = 0
        for key, value in {**PLAIN, **{k.replace("_", "-"): v for k, v in own.items()}}.items():
            policy(self.town, key, value)

    def item(self, *rows: tuple[date, str]) -> str:
        """Grant and pay out a loan with these instalments, and tell its borrower the plan."""
        self.number += 1
        journal, who = self.town.journal, Who("anl", OUT)
        plan = tuple((due, kroner(amount)) for due, amount in rows)
        whole = sum((amount for _, amount in plan), ZERO)
        debtor, decision = f"D{self.number % 12 + 1:04d}", f"2012-{self.number:04d}"
        order = Approval("loan", debtor, whole, OUT, decision=decision, terms=Terms(rows=plan))
        loan = approve(journal, self.town.debtors, order, who).loan
        pay(journal, Pay("disburse", loan, whole, OUT, f"OUT-{self.number}"), who)
        letters_.notify(self.office.desk, self.town.now(OUT), self.town.now(OUT).loans[loan], who)
        return loan

    def repay(self, loan: str, amount: Decimal, on: date) -> None:
        count = len(self.town.journal.ledger.entries)
        pay(self.town.journal, Pay("repay", loan, amount, on, f"IN-{count}"), Who("anl", on))

    def bank(self, day: date) -> None:
        add(self.town, Record(day, "import", ("bank-csv",), meta={"until": day, "booked": day}))

    def night(self, day: date) -> dict[str, Cleared]:
        """Run the night; return the reminders it made, by loan."""
        self.bank(day)
        before = len(self.office.press.printed)
        done = run(self.office.desk, ALL_RULES, day, None, Who("nat", day))
        assert not done.failed
        printed = self.office.press.printed[before:]
        return {c.loan: c for c in printed if isinstance(c, Cleared)}

    def ask(self, loan: str, day: date) -> Cleared | None:
        self.bank(day)
        decision = explain(ALL_RULES, self.town.journal.read(), loan, day, day)
        return decision if isinstance(decision, Cleared) else None

    def booked_as_grant(self) -> None:
        """Let the ERP show the first payout, of 100 kr., as a grant."""
        rows = (row("grant", 100, decision="2012-0001", ref="OUT-1", day=str(OUT)),)
        document = Document("liste.csv", "erp", "opus", "erp", erp=rows)
        import_(self.town.journal, self.town.debtors, document, Who("reg", OUT))

    def stop(self, loan: str, day: date) -> str:
        meta: dict[str, Value] = {"loan": loan, "reason": "kilde", "booked": day}
        add(self.town, Record(day, "hold", ("MANUAL",), meta=meta))
        return f"{self.town.journal.commits:06d}"


def day(text: str) -> date:
    return date.fromisoformat(text)


# OCA: seven monthly runs


class Oca:
    """The seven runs, with two policies side by side; the days are in banking days here."""

    def __init__(self) -> None:
        self.case = CASES["oca-seven-monthly-runs"]
        self.by_policy = {
            # due + 10 days; then one level a run
            "three": Dunning(
                grace_banking_days=6,
                interval_days=10,
                highest_level=3,
                minimum_amount=kroner(self.case["tolerance"]) + Decimal("0.01"),
            ),
            # the end of the month of due + 30 days; then 60 days
            "two": Dunning(grace_banking_days=18, interval_days=60, highest_level=2),
            "no_follow": Dunning(),
        }
        self.loans: dict[str, tuple[str, str]] = {}
        for item in self.case["items"]:
            if item["account"] in self.case["followed_accounts"]:  # the other is no loan's
                name = item["policy"]
                loan = self.by_policy[name].item((day(item["due"]), item["amount"]))
                self.loans[item["item"]] = (name, loan)
                if name == "no_follow":
                    self.by_policy[name].stop(loan, OUT)

    def runs(self) -> Iterator[tuple[Any, Sequence[tuple[str, str, int, Decimal]]]]:
        for each in self.case["runs"]:
            on = day(each["run_date"])
            for paid in each["payments_before_run"]:
                self.paid(paid["doc"], paid["amount"], on - timedelta(days=1))
            yield each, sorted(self.night(on))

    def paid(self, doc: str, amount: str, on: date) -> None:
        """Pay what is open of a document, oldest item first."""
        items = [i for i in self.case["items"] if i["doc"] == doc]
        left = kroner("1000000" if amount == "full" else amount)
        for item in sorted(items, key=lambda each: str(each["due"])):
            name, loan = self.loans[item["item"]]
            owed = self.by_policy[name].town.now(on).loans[loan].outstanding
            if part := min(owed, left):
                self.by_policy[name].repay(loan, part, on)
                left -= part

    def night(self, on: date) -> Iterator[tuple[str, str, int, Decimal]]:
        letters = {name: dunning.night(on) for name, dunning in self.by_policy.items()}
        due = {i["item"]: (i["doc"], i["due"]) for i in self.case["items"]}
        for item, (name, loan) in self.loans.items():
            if made := letters[name].get(loan):
                yield (*due[item], made.level, made.arrears)


@cache
def oca() -> tuple[Oca, list[tuple[Any, Sequence[tuple[str, str, int, Decimal]]]]]:
    played = Oca()
    return played, list(played.runs())


def test_seven_monthly_runs_give_the_letters_that_oca_gives() -> None:
    _, runs = oca()
    assert len(runs) == 7
    for each, letters in runs:
        wanted = sorted(
            (e["doc"], e["due"], e["level"], kroner(e["open_amount"])) for e in each["expected"]
        )
        assert list(letters) == wanted, each["run_date"]
        assert len(letters) == each["expected_count"]
    reminded = {doc for _, letters in runs for doc, *_ in letters}
    assert not reminded & set(CASES["oca-seven-monthly-runs"]["never_reminded"])


def test_a_letter_that_was_taken_back_is_proposed_again_at_its_level() -> None:
    case = CASES["oca-ignored-is-regenerated"]
    played = deepcopy(oca()[0])  # the other test's is not to be touched
    name, loan = played.loans[case["given"]["item"]]
    dunning, on = played.by_policy[name], date(2013, 8, 1)
    folio = dunning.town.now(on)
    last = folio.loans[loan].letters[-1]
    assert (str(last.on), last.level) == (case["given"]["level_3_line_of"], 3)
    letters_.apologise(dunning.office.desk, folio, last, (), Who("anl", on))
    night = day(case["when"]["run_date"])

    assert dunning.night(night)[loan].level == 3
    third = [n for n in dunning.town.now(night).loans[loan].letters if n.level == 3]
    assert len(third) == case["expected"]["level_3_lines"]
    assert [n.cancelled for n in third] == [True, False]  # ignored, draft


def test_a_letter_recorded_by_hand_is_a_step_to_the_next() -> None:
    case = CASES["oca-manual-level-change"]
    dunning = Dunning(grace_banking_days=6, interval_days=10, highest_level=3)
    loan = dunning.item((date(2013, 2, 28), "1000.00"))
    sent = SentLetter(2, loan, day(case["given"]["dated"]), level=1)
    record_sent(dunning.town.journal, [sent], Who("anl", sent.on))
    night = day(case["when"]["run_date"])
    dunning.night(night)

    letters = dunning.town.now(night).loans[loan].letters
    levels = Counter(str(n.level) for n in letters if n.kind == "reminder")
    assert levels == case["expected"]["lines_policy_three"]


# SAP and JTL


MONDAY = date(2013, 9, 2)


def after(days: int) -> date:
    return MONDAY + timedelta(days=days)


def test_one_day_after_the_last_day_is_day_one() -> None:
    case = CASES["sap-one-day-in-arrears"]
    plan = [Instalment(1, day(case["given"]["due"]), kroner(100))]
    late = arrears(settle(plan, ZERO), day(case["given"]["run_issue_date"]))

    assert late.days_past_due == case["expected"]["days_in_arrears"]
    assert (late.amount > ZERO) == case["expected"]["overdue"]


def test_an_account_is_dunned_from_its_least_days_on() -> None:
    case = CASES["sap-minimum-days-account-3"]
    least = case["given"]["minimum_days_account"]
    dunning = Dunning(grace_banking_days=least - 1)
    loan = dunning.item((MONDAY, "100.00"))

    assert dunning.ask(loan, after(least - 1)) is None
    assert bool(dunning.ask(loan, after(3))) == case["expected"]["account_dunned"]


def test_levels_follow_each_other_as_saps_table_of_days_has_them() -> None:
    case = CASES["sap-levels-from-days"]
    first, *rest = case["given"]["levels_min_days"]
    (step,) = {b - a for a, b in zip([first, *rest], rest, strict=False)}
    dunning = Dunning(grace_banking_days=first - 1, interval_days=step, highest_level=4)
    loan = dunning.item((MONDAY, "100.00"))
    level, seen = 0, {}
    for age in range(51):
        made = dunning.night(after(age))
        level = made[loan].level if made else level
        seen[str(age)] = level

    assert {age: seen[age] for age in case["expected"]} == case["expected"]


@pytest.mark.parametrize(
    "name", ["sap-minimum-10-pct-level-1", "sap-minimum-100-and-10-pct-reached"]
)
def test_arrears_matter_from_an_amount_and_a_share_of_the_debt(name: str) -> None:
    decision = by_share(CASES[name])
    assert decision is not None
    assert decision.level == CASES[name]["expected"]["level"]


def by_share(case: Any) -> Cleared | None:
    """Ask for a loan whose arrears are a part of one instalment, at the level of the case."""
    given = case["given"]
    dunning = Dunning(
        minimum_amount=kroner(given["minimum_amount"]),
        minimum_percent=int(given["minimum_pct"]),
    )
    overdue, total = kroner(given["overdue"]), kroner(given["total_open"])
    loan = dunning.item((MONDAY, "500.00"), (after(365), str(total - overdue)))
    dunning.repay(loan, kroner(500) - overdue, MONDAY)
    for level in range(1, given["level"]):
        sent = SentLetter(2, loan, after(level), level=level)
        record_sent(dunning.town.journal, [sent], Who("anl", sent.on))
    return dunning.ask(loan, after(20))


def test_the_next_level_counts_from_the_deadline_in_the_last_letter() -> None:
    assert (
        "payment deadline printed in the last notice"
        in (CASES["jtl-next-level-counts-from-last-notice"]["expected"])
    )
    dunning = Dunning(new_deadline_days=14, interval_banking_days=5)
    loan = dunning.item((MONDAY, "100.00"))
    deadline = dunning.night(after(1))[loan].deadline
    four_banking_days = date(2013, 9, 23)
    assert deadline == date(2013, 9, 17)
    asked = {age: dunning.ask(loan, after(age)) for age in range(2, 30)}

    assert {age for age, decision in asked.items() if decision} == {
        age for age in asked if four_banking_days < after(age)
    }


# Tryton


def test_a_block_and_a_payment_stop_what_tryton_would_dun() -> None:
    case = CASES["tryton-levels-5-20-40"]
    due, given = date(2013, 9, 2), case["given"]
    dunning = Dunning(grace_banking_days=4, highest_level=3)
    loan = dunning.item((due, given["item"]["amount"]))
    other = dunning.item((due, given["other_item"]["amount"]))
    dunning.repay(other, kroner(given["other_item"]["paid"]), due)
    steps = iter(case["steps"])

    def proposed(age: int) -> list[tuple[str, int]]:
        dunning.bank(after(age))
        on = after(age)
        found = propose(dunning.town.journal, ALL_RULES, on, on).letters
        return [(c.loan, c.level) for c in found]

    for age in (4, 5, 30):  # a proposal that is not run does not advance
        step = next(steps)
        assert step["run_on_day"] == age
        assert proposed(age) == [(loan, e["level"]) for e in step["expect"]]
    assert next(steps)["send"]
    assert dunning.night(after(30))[loan].level == 1
    assert next(steps)["block"]
    stop = dunning.stop(loan, after(30))
    assert proposed(31) == []
    step = next(steps)
    assert (step["block"], step["expect"][0]["level"]) == (False, 2)
    meta: dict[str, Value] = {"ends": stop, "value": after(29), "booked": after(31)}
    add(dunning.town, Record(after(31), "resume", (), meta=meta))
    # Tryton's next level comes on the same day; here never two letters on one day
    assert proposed(31) == []
    assert proposed(37) == [(loan, 2)]
    dunning.repay(loan, kroner(next(steps)["pay"]), after(38))
    assert next(steps) == {"run_on_day": 50, "expect": []}
    assert proposed(50) == []


# ERPNext


def asked(given: Any, **own: Value) -> Cleared:
    dunning = Dunning(**own)
    open_ = given.get("invoices") or [given["open"]]
    rows = [(MONDAY + timedelta(days=n), amount) for n, amount in enumerate(open_)]
    decision = dunning.ask(dunning.item(*rows), after(given.get("days_overdue", 20)))
    assert decision is not None
    return decision


def test_a_letter_without_a_fee_asks_for_what_is_open() -> None:
    case = CASES["erpnext-no-fee"]
    letter = asked(case["given"], reminder_fee=kroner(case["given"]["fee"]))
    assert letter.arrears + letter.fee == kroner(case["expected"]["grand_total"])


def test_each_instalment_keeps_its_own_open_amount() -> None:
    case = CASES["erpnext-two-invoices"]
    letter = asked(case["given"])
    missing = [str(each.missing) for each in letter.instalments]
    assert missing == case["expected"]["outstanding_per_row"]


# The gate


def test_a_loan_has_a_sum_to_come_back_and_is_no_expense() -> None:
    case = CASES["fabs-loan-needs-face-value"]["expected"]
    assert case == {"face_value": "required", "obligation_amount": "must be blank"}
    dunning = Dunning()
    loan = dunning.item((MONDAY, "100.00"))
    folio = dunning.town.now(OUT)
    assert folio.loans[loan].case.principal == kroner(100)
    assert dunning.town.on(chart.GRANTS) == ZERO
    dunning.booked_as_grant()
    assert dunning.ask(loan, after(30)) is None


def test_a_grant_has_no_sum_to_come_back() -> None:
    case = CASES["fabs-grant-has-no-face-value"]["expected"]
    assert case == {"face_value": "must be blank or 0"}
    dunning = Dunning()
    order = Approval("grant", "D0001", kroner(100), OUT, decision="2012-0001")
    grant = approve(dunning.town.journal, dunning.town.debtors, order, Who("anl", OUT)).loan
    assert dunning.town.now(OUT).cases[grant].terms == Terms()
    assert chart.loan_account(grant) not in dunning.town.journal.ledger.accounts
    assert dunning.town.now(OUT).loans == {}


def test_loans_paid_out_as_grants_get_no_letter_on_that_day() -> None:
    assert CASES["seed-same-day-letter"]["expected"].startswith("no reminder letter on day D")
    dunning = Dunning()
    loan = dunning.item((OUT - timedelta(days=1), "100.00"))
    dunning.booked_as_grant()
    folio = dunning.town.now(OUT)
    decision = gate(folio, dunning.town.found(OUT), loan, OUT)
    unmet = {each.code for each in decision.conditions if not each.met}
    assert {"BOOKED-RIGHT", "NOT-SAME-DAY"} <= unmet


# What differs


def account_with_two_items(given: Any) -> int:
    """Return how many items a letter names, of one that is late enough and one that is not."""
    grace, least = given["grace_days_items"], given["longest_overdue_days"]
    dunning = Dunning(grace_banking_days=grace)
    lately = after(7)  # the next Monday: one day late, and in its days of grace
    loan = dunning.item((MONDAY, "100.00"), (lately, "100.00"))
    assert least < 8 <= 7 + grace
    decision = dunning.ask(loan, after(8))
    assert decision is not None
    return len(decision.instalments)


def test_what_differs_does_so_still() -> None:
    six = CASES["sap-minimum-days-account-6-of-6"]
    assert six["expected"]["account_dunned"]
    assert six["expected"]["items_dunned"] == "only those overdue despite the grace days"
    assert account_with_two_items(six["given"]) == 2
    falls = CASES["sap-minimum-10-pct-falls-back"]
    assert falls["expected"] == {"level": 1}
    assert by_share(falls) is None
    fee = CASES["erpnext-fee-and-interest"]
    letter = asked(fee["given"], reminder_fee=kroner(fee["given"]["fee"]))
    assert letter.fee == kroner(fee["given"]["fee"])
    without = kroner(fee["expected"]["grand_total"]) - kroner(fee["expected"]["interest"])
    assert letter.arrears + letter.fee == without


def test_each_case_is_run_or_differs_with_a_reason() -> None:
    ran = set(CASES) - set(DIFFERS)
    text = Path(__file__).read_text(encoding="utf-8")
    assert len(CASES) == 18
    assert set(DIFFERS) < set(CASES)
    assert [name for name in ran if f'"{name}"' not in text] == []
