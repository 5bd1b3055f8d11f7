"""Loans from other systems' tests, replayed through our own services (tests/data/peer).

Each case is a list of steps with what the other system printed on the way. A small adapter
gives the steps to `approve`, `pay`, `reverse` and `defer` over a journal in memory, and reads
the portfolio after each one. What cannot run is listed in left-out.toml with its reason, runs
as far as its reason allows, and fails when the reason no longer holds.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDebtors, FakeJournal

from mikroledger.days import add_period
from mikroledger.domain import chart
from mikroledger.domain.plan import Arrears, Terms, on_hold
from mikroledger.domain.portfolio import Loan, portfolio
from mikroledger.errors import RefusedError
from mikroledger.money import ORE, ZERO, kroner
from mikroledger.services.approve import Approval, approve
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, Resumption, defer, resume
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, Verb, pay
from mikroledger.services.reschedule import Rescheduling, reschedule
from mikroledger.services.reverse import reverse

PEER = Path(__file__).parent / "data" / "peer"
LOAN = "L2000-0001"
GRACE = timedelta(days=3)
STATES = {
    "active": "active",
    "approved": "approved",
    "closed (obligations met)": "repaid",
    "closed_obligations_met": "repaid",
    "overpaid": "overpaid",
}
# First day of each range, counted in days past due.
RANGES = {1: "RANGE_1", 4: "RANGE_3", 31: "RANGE_30", 61: "RANGE_60", 91: "RANGE_90"}
PRODUCT_ONLY = frozenset({"batch_run", "allocation_rule"})
"""Steps that change nothing here: we have no nightly state, and one rule of allocation."""
NO_SUCH_COMMAND = ("Charge-off undo", "Credit Balance Refund")
"""Attempts that the source refuses and that nobody can make here."""
NOT_OURS = frozenset({"no_event", "event", "last_batch_date", "closed_on"})
"""Expectations about another system's messages and jobs."""

Case = Mapping[str, Any]


@cache
def cases(group: str) -> Mapping[str, Case]:
    text = (PEER / "peer-cases.json").read_text(encoding="utf-8")
    return {c["id"]: c for c in json.loads(text)["cases"] if c["group"] == group}


PLANS_ANEW = frozenset({"reage", "reschedule"})


class CannotError(Exception):
    """A step that we have no command for (yet)."""


class DiffersError(Exception):
    """An outcome that is not the source's."""


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass
class Replay:
    """One case on its way, with a count of what has been compared."""

    case: Case
    journal: FakeJournal = field(default_factory=FakeJournal)
    today: date = date(1970, 1, 1)
    principal: Decimal = ZERO
    compared: int = 0
    refs: int = 0
    booked: list[tuple[str, date, Decimal, str]] = field(default_factory=list)
    pauses: list[dict[str, str | None]] = field(default_factory=list)

    def run(self) -> None:
        for step in self.case["steps"]:
            op = step["op"]
            if op in PRODUCT_ONLY:
                continue
            do = getattr(self, f"do_{op}", None)
            if do is None:
                raise CannotError(op)
            try:
                do(step)
            except RefusedError as refusal:
                raise CannotError(f"{op} refused") from refusal
            self.books_agree()

    # Steps

    def do_today(self, step: Case) -> None:
        self.today = day(step["date"])

    def do_advance_days(self, step: Case) -> None:
        self.today += timedelta(days=int(step["days"]))

    def do_config(self, step: Case) -> None:
        if step["value"] != "earliest-unpaid-date":
            raise CannotError("config")

    def do_approve(self, step: Case) -> None:
        self.grant(day(step["date"]), kroner(step["amount"]))

    def grant(self, decided: date, amount: Decimal) -> None:
        order = Approval(
            "loan",
            "D0001",
            amount,
            decided,
            loan=LOAN,
            terms=self.terms(decided, amount),
        )
        approve(self.journal, FakeDebtors(), order, self.who())
        self.principal = amount

    def do_disburse(self, step: Case) -> None:
        on = day(step["date"])
        self.today = max(self.today, on)
        if not self.principal:  # a case that starts with the payout
            self.grant(on, kroner(self.case["loan"]["principal"]))
        self.pay_out(on, kroner(step["amount"]))

    def pay_out(self, on: date, amount: Decimal) -> None:
        number = self.pay("disburse", on, amount)
        countersign(self.journal, number, Who("BBB", self.today))
        self.booked.append(("disburse", on, amount, number))

    def do_repay(self, step: Case) -> None:
        on, amount = day(step["date"]), kroner(step["amount"])
        self.today = max(self.today, on)
        kind = "down_payment" if step.get("kind") == "DOWN_PAYMENT" else "repayment"
        self.booked.append((kind, on, amount, self.pay("repay", on, amount)))

    def do_credit(self, step: Case) -> None:
        on, amount = day(step["date"]), kroner(step["amount"])
        self.booked.append((step["kind"].lower(), on, amount, self.pay("repay", on, amount)))

    def pay(self, verb: Verb, on: date, amount: Decimal) -> str:
        self.refs += 1
        ref = f"REF-{self.refs}"
        order = Pay(verb, LOAN, amount, on, reference=ref, overpayment=verb == "repay")
        return pay(self.journal, order, self.who()).id

    def do_reverse(self, step: Case) -> None:
        target = step.get("target")
        found = [b for b in self.booked if b[0] != "disburse"]
        if target:
            want = (day(target["date"]), kroner(target["amount"]))
            kind = target.get("type", "").lower()
            found = [b for b in found if b[1:3] == want and kind in ("", b[0])]
        self.undo(found[-1])

    def undo(self, booked: tuple[str, date, Decimal, str]) -> None:
        made = reverse(self.journal, booked[3], "Fortrudt", self.who())
        if made.outcome == "proposed":
            countersign(self.journal, made.id, Who("BBB", self.today))
        self.booked.remove(booked)

    def do_undo_disbursement(self, step: Case) -> None:
        for booked in reversed([*self.booked]):
            self.undo(booked)

    def do_undo_last_disbursement(self, step: Case) -> None:
        self.undo([b for b in self.booked if b[0] == "disburse"][-1])

    def do_pause(self, step: Case) -> None:
        self.defer(day(step["from"]), day(step["to"]))
        self.pauses.append(
            {"action": "PAUSE", "startDate": step["from"], "endDate": step["to"]},
        )

    def defer(self, start: date, until: date) -> None:
        defer(self.journal, Deferral(LOAN, start, until, "Aftalt"), self.who())

    def do_resume(self, step: Case) -> None:
        """End the deferral in force; there the day itself is still part of it."""
        start = day(step["from"]) + timedelta(days=1)
        resume(self.journal, Resumption(LOAN, start, "Aftalt"), self.who())
        self.pauses.append({"action": "RESUME", "startDate": step["from"], "endDate": None})

    def do_reage(self, step: Case) -> None:
        """Spread what is outstanding over new instalments."""
        every = f"{step['frequencyNumber']}{step['frequencyType'][0].lower()}"
        count = int(step["numberOfInstallments"])
        self.replan(self.today, Terms(day(step["startDate"]), every=every, count=count))

    def do_reschedule(self, step: Case) -> None:
        """Agree on the rows that the source's terms come to: the same sum in more, or later."""
        if "graceOnPrincipal" in step:
            raise CannotError("an instalment of nothing")
        changed, agreed = day(step["rescheduleFromDate"]), self.today
        left = [(s.part.due, s.missing) for s in self.loan().settled if s.missing]
        before = [row for row in left if row[0] < changed]
        rest = [row for row in left if row[0] >= changed]
        count = len(rest) + int(step.get("extraTerms", 0))
        first = day(step.get("adjustedDueDate", str(rest[0][0])))
        amounts = [amount for _, amount in rest]
        if "extraTerms" in step:
            new = Terms(count=count, whole=self.case.get("plan_generator") == "whole")
            amounts = [p.amount for p in new.plan(sum(amounts, ZERO), first)]
        rows = ((add_period(first, self.every(), n), part) for n, part in enumerate(amounts))
        self.replan(agreed, Terms(rows=(*before, *rows)))

    def replan(self, on: date, terms: Terms) -> None:
        reschedule(self.journal, Rescheduling(LOAN, on, terms, "Aftalt"), self.who())

    def do_refused(self, step: Case) -> None:
        if step["attempt"].startswith(NO_SUCH_COMMAND):
            return
        if not self.principal and "PAUSE" in step["attempt"]:
            return  # an application that is not granted is no loan here
        try:
            self.try_to(step["attempt"])
        except RefusedError:
            self.compared += 1
        else:
            raise DiffersError(f"{self.today}: not refused: {step['attempt']}")

    def try_to(self, attempt: str) -> None:
        amounts = re.findall(r'with "(\d+)"', attempt)
        days = [
            datetime.strptime(d, "%d %B %Y").date()  # noqa: DTZ007 (a day has no time zone)
            for d in re.findall(r'"(\d+ \w+ \d{4})"', attempt)
        ]
        if "fails to approve" in attempt and "wrong date" in attempt:
            self.grant(days[0], kroner(amounts[0]))
        elif "fails to disburse" in attempt:
            self.pay_out(days[0], kroner(amounts[0]))
        elif "DELINQUENCY PAUSE" in attempt:
            self.defer(days[0], days[1])
        else:
            raise CannotError("refused")

    # Expectations

    def do_expect(self, step: Case) -> None:
        for name, wanted in step.items():
            if name == "op" or name in NOT_OURS:
                continue
            see = getattr(self, f"see_{name}", None)
            if see is None:
                raise CannotError(f"expect {name}")
            see(wanted)

    def same(self, what: str, ours: object, theirs: object) -> None:
        self.compared += 1
        if ours != theirs:
            raise DiffersError(f"{self.today}: {what} is {ours}, the source has {theirs}")

    def see_status(self, wanted: str) -> None:
        if wanted != "SUBMITTED_AND_PENDING_APPROVAL":
            self.same("state", self.loan().state, STATES[wanted.lower()])

    def see_outstanding(self, wanted: str) -> None:
        self.same("outstanding", self.loan().outstanding, kroner(wanted))

    def see_overpaid(self, wanted: str) -> None:
        self.same("overpaid", self.loan().overpaid, kroner(wanted))

    def see_overpaid_since(self, wanted: str | None) -> None:
        days = sorted(b[1] for b in self.booked)
        loans = {d: portfolio(self.journal.ledger, d).loans[LOAN] for d in days}
        late = next((d for d in reversed(days) if not loans[d].overpaid), date.min)
        since = next((str(d) for d in days if d > late), None)
        self.same("overpaid since", since, wanted)

    def see_schedule(self, wanted: list[Case]) -> None:
        """Compare the rows where the source's plan is one of the whole principal, as ours is."""
        rows = [row for row in wanted if "nr" in row and kroner(row["due"])]
        if self.case["portable"] != "full" or not self.principal:
            return
        if self.loan().disbursed != self.principal or sum_due(rows) != self.principal:
            return
        ours = [(s.part.due, s.part.amount, s.paid, s.missing) for s in self.loan().settled]
        theirs = [
            (day(row["due_date"]), *(kroner(row[name]) for name in ("due", "paid", "outstanding")))
            for row in rows
        ]
        self.same("plan", ours, theirs)

    def see_totals(self, wanted: Case) -> None:
        if self.principal == ZERO or self.loan().disbursed == ZERO:
            return  # the source counts a loan as owed before it is paid out
        loan = self.loan()
        self.same("total paid out", loan.disbursed, kroner(wanted["due"]))
        self.same("total paid", loan.disbursed - loan.outstanding, kroner(wanted["paid"]))
        self.same("total outstanding", loan.outstanding, kroner(wanted["outstanding"]))

    def see_transactions(self, wanted: list[Case]) -> None:
        standing = [r for r in wanted if not r.get("reverted") and r["type"] != "Re-age"]
        theirs = sorted(
            (row["date"], kroner(row["amount"]) * (1 if row["type"] == "Disbursement" else -1))
            for row in standing
        )
        loan = self.loan()
        ours = sorted((str(p.value), p.amount) for p in loan.payments if p.amount)
        self.same("payments", ours, theirs)
        for row in {row["date"]: row for row in standing}.values():
            then = portfolio(self.journal.ledger, day(row["date"])).loans[LOAN]
            self.same(f"debt on {row['date']}", then.outstanding, kroner(row["loan_balance"]))

    def see_reverted(self, wanted: Case) -> None:
        on = day(wanted["date"])
        undone = [p for p in self.loan().payments if p.value == on and p.flow == "in"]
        self.same("worth of the reversed", {p.amount for p in undone}, {ZERO})

    def see_journal(self, wanted: Case) -> None:
        """Compare what an entry did to the loan; the accounts in it are the source's.

        Of several on one day the source shows one.
        """
        moved = sum(
            (
                kroner(line["debit"] or 0) - kroner(line["credit"] or 0)
                for line in wanted["lines"]
                if line["account"] in ("Loans Receivable", "Overpayment account")
            ),
            ZERO,
        )
        flow = "out" if wanted["type"] == "DISBURSEMENT" else "in"
        on = day(wanted["date"])
        ours = {p.amount for p in self.loan().payments if p.value == on and p.flow == flow}
        self.same(f"entry of {on}", moved if moved in ours else ours, moved)

    def see_transaction_count(self, wanted: Case) -> None:
        kind = "disburse" if wanted["type"] == "DISBURSEMENT" else wanted["type"].lower()
        standing = [b for b in self.booked if b[0] == kind]
        ids = {e.id for p in self.loan().payments if p.amount for e in p.entries}
        count = sum(1 for b in standing if b[3] in ids)
        self.same(f"number of {kind}", count, wanted["n"])

    def see_last_payment(self, wanted: Case) -> None:
        last = self.loan().repayments[-1]
        self.same("last payment", -last.amount, kroner(wanted["lastPaymentAmount"]))
        self.same("last payment's day", str(last.value), wanted["lastPaymentDate"])

    def see_last_payment_amount(self, wanted: str) -> None:
        last = self.loan().repayments[-1]
        self.same("last payment", -last.amount, kroner(wanted))

    def see_next_payment_due(self, wanted: str) -> None:
        self.same("next due", str(self.loan().next_due), wanted)

    def see_delinquency(self, wanted: Case) -> None:
        """Compare since when it is late: the oldest unpaid due day and three days of grace."""
        if self.principal and not self.between_due_and_pay_by():
            oldest = self.loan().arrears.oldest
            since = oldest.due + GRACE if oldest else None
            ours = since if since and since <= self.today else None
            text = wanted.get("delinquent_date")
            self.same("late since", str(ours), str(text or None).replace("null", "None"))

    def see_loan_delinquency(self, wanted: list[Case]) -> None:
        """Compare amount and days. Their class is as of their last nightly run: left out."""
        if not self.principal or self.between_due_and_pay_by():
            return
        late, theirs = self.loan().arrears, wanted[0]
        days = self.beyond_grace()
        age = (self.today - late.oldest.due).days if late.oldest else 0
        self.same("past due days", age, int(theirs["pastDueDays"]))
        self.same("overdue", late.amount, kroner(theirs["delinquentAmount"]))
        self.same("days without holds", days, int(theirs["delinquentDays"]))

    def see_instalment_delinquency(self, wanted: list[Case]) -> None:
        """Compare the age of each instalment; the source shows none in the loan's grace."""
        if self.between_due_and_pay_by():
            return
        loan, ours = self.loan(), dict[str, Decimal]()
        spans = [(hold.start, hold.until or self.today) for hold in loan.holds]
        for one in loan.settled:
            late = on_hold(Arrears(self.today, one.missing, one.part), spans)
            age = (self.today - one.part.due).days - late.held_days
            if one.missing and age > 0 and self.beyond_grace():
                ours[range_of(age)] = ours.get(range_of(age), ZERO) + one.missing
        theirs = {row["Range"]: kroner(row["Amount"]) for row in wanted}
        self.same("ages of the instalments", ours, theirs)

    def beyond_grace(self) -> int:
        late = self.loan().arrears
        age = (self.today - late.oldest.due).days if late.oldest else 0
        return max(age - GRACE.days - late.held_days, 0)

    def between_due_and_pay_by(self) -> bool:
        """Tell whether a weekend gives an unpaid instalment time that the source does not."""
        unpaid = [s.part for s in self.loan().settled if s.missing]
        return any(part.due < self.today <= part.pay_by for part in unpaid)

    def see_pause_log(self, wanted: list[Case]) -> None:
        self.same("holds", self.pauses, wanted)

    def see_pause_periods(self, wanted: list[Case]) -> None:
        ours = [(str(h.start), str(h.until), h.covers(self.today)) for h in self.loan().holds]
        theirs = [
            (row["pausePeriodStart"], row["pausePeriodEnd"], row["active"] == "true")
            for row in wanted
        ]
        self.same("holds", ours, theirs)

    # What the steps need

    def who(self) -> Who:
        return Who("AAA", self.today)

    def loan(self) -> Loan:
        return portfolio(self.journal.ledger, self.today).loans[LOAN]

    def books_agree(self) -> None:
        """After every step the accounts say what the fold says, and each loan sums up."""
        if not self.principal:
            return
        loan, ledger = self.loan(), self.journal.ledger
        assert loan.account == loan.outstanding
        assert -ledger.balance(chart.overpaid_account(LOAN)) == loan.overpaid
        assert loan.misbooked == ZERO
        assert loan.disbursed - loan.repaid == loan.outstanding - loan.overpaid
        assert sum((s.paid for s in loan.settled), ZERO) == min(loan.repaid, self.principal)

    def terms(self, decided: date, amount: Decimal) -> Terms:
        """Make the terms: generated where our terms give the printed plan, else as printed."""
        loan, printed = self.case["loan"], self.printed(amount)
        down = Decimal(loan.get("down_payment_pct", 0))
        whole = self.case.get("plan_generator") == "whole"
        terms = Terms(every=self.every(), count=loan["instalments"], whole=whole)
        first = kroner((amount * down / 100).quantize(ORE))
        rows = [(p.due, p.amount) for p in terms.plan(amount - first, decided)]
        if down or (printed and rows != printed):
            return Terms(rows=tuple(printed or ((decided, first), *rows)))
        return terms

    def printed(self, amount: Decimal) -> list[tuple[date, Decimal]]:
        """Return the last printed plan of the whole principal, before a step we cannot take."""
        found: list[tuple[date, Decimal]] = []
        for step in self.case["steps"]:
            taken = step["op"] in PRODUCT_ONLY or hasattr(self, f"do_{step['op']}")
            if step["op"] in PLANS_ANEW or not taken:
                break
            rows = [row for row in step.get("schedule", ()) if "nr" in row]
            if rows and sum_due(rows) == amount:
                found = [(day(row["due_date"]), kroner(row["due"])) for row in rows]
        return found

    def every(self) -> str:
        loan = self.case["loan"]
        if "every" in loan:
            return f"{loan['every']}{loan['unit'][0].lower()}"
        return f"{loan.get('term_months', loan['instalments']) // loan['instalments']}m"


def sum_due(rows: list[Case]) -> Decimal:
    return sum((kroner(row["due"]) for row in rows), ZERO)


def range_of(days: int) -> str:
    names = [name for first, name in RANGES.items() if first <= days]
    return names[-1] if names else "NO_DELINQUENCY"


def outcome(case: Case) -> str:
    """Run a case as far as it goes, and say how it ended."""
    replay = Replay(case)
    try:
        replay.run()
    except CannotError as error:
        return f"stops at {error}"
    except DiffersError as error:
        return f"differs: {error}"
    return "agrees" if replay.compared else "nothing to compare"


@cache
def left_out() -> Mapping[str, Case]:
    """Return each case that is left out, and where and why."""
    text = (PEER / "left-out.toml").read_text(encoding="utf-8")
    reasons = tomllib.loads(text)["reason"]
    listed = [name for reason in reasons for name in reason["cases"]]
    assert len(listed) == len(set(listed)), "a case is left out once"
    return {name: reason for reason in reasons for name in reason["cases"]}


def ids(group: str, *, left: bool) -> list[str]:
    return [name for name in cases(group) if (name in left_out()) is left]


@pytest.mark.parametrize("name", ids("lifecycle", left=False))
def test_a_loan_of_another_system_comes_out_as_it_did_there(name: str) -> None:
    assert outcome(cases("lifecycle")[name]) == "agrees"


@pytest.mark.parametrize("name", ids("lifecycle", left=True))
def test_a_case_left_out_agrees_until_the_step_that_is_its_reason(name: str) -> None:
    assert outcome(cases("lifecycle")[name]).startswith(left_out()[name]["ends"])


def test_every_case_left_out_exists_and_has_a_reason() -> None:
    known = {name for group in ("lifecycle", "ledger") for name in cases(group)}
    assert set(left_out()) <= known
    assert all(len(reason["why"]) > 20 for reason in left_out().values())


def test_most_cases_of_an_interest_free_loan_run() -> None:
    run, left = ids("lifecycle", left=False), ids("lifecycle", left=True)
    assert (len(run), len(left)) == (93, 92)


def test_what_the_replay_compares_can_differ() -> None:
    case = cases("lifecycle")["fineract-Loan-439"]
    wrong = [
        {**step, "overpaid": "100.01"} if "overpaid" in step else step for step in case["steps"]
    ]
    assert outcome({**case, "steps": wrong}).startswith("differs: 2023-01-05: overpaid is 100.00")


# Group pause_rules: deferrals


def paid_out(on: date, today: date) -> Replay:
    """A loan of 1,000 kr. that was paid out on a day."""
    replay = Replay({"loan": {"instalments": 4, "principal": "1000"}, "steps": []})
    replay.do_today({"date": str(on)})
    replay.do_disburse({"date": str(on), "amount": "1000"})
    replay.today = today
    return replay


def test_a_deferral_ended_early_holds_until_the_day_it_was_ended() -> None:
    case = cases("pause_rules")["fineract-pause-resume-status"]
    pause, (before, after, later) = case["pauses"][0], case["expected"]
    replay = paid_out(date(2023, 1, 2), day(pause["from"]))
    replay.do_pause(pause)

    def seen(wanted: Case, on: str) -> None:
        (hold,) = portfolio(replay.journal.ledger, day(on)).loans[LOAN].holds
        assert (str(hold.start), str(hold.until)) == (wanted["from"], wanted["to"])
        assert hold.covers(day(on)) is wanted["active"]

    replay.today = day(before["as_of"])
    seen(before["before_resume"], before["as_of"])
    replay.do_resume({"from": case["resume"]})
    seen(after["after_resume"], after["as_of"])
    seen(later, later["as_of"])


def test_a_deferral_that_overlaps_another_is_refused() -> None:
    case = cases("pause_rules")["fineract-pause-overlap-refused"]
    pause, attempt = case["pauses"][0], case["attempt"]
    replay = paid_out(date(2023, 1, 1), date(2023, 1, 1))
    replay.do_pause(pause)
    again = Deferral(LOAN, day(attempt["from"]), day(attempt["to"]), "Aftalt")
    # The very same days are the same deferral, told twice: nothing is booked anew.
    assert defer(replay.journal, again, replay.who()).outcome == "already"
    assert len(replay.loan().holds) == 1
    with pytest.raises(RefusedError, match="already"):
        replay.defer(day(attempt["from"]), day(attempt["to"]) - timedelta(days=1))
    assert len(replay.loan().holds) == 1


def test_a_deferral_that_begins_before_the_payout_is_refused() -> None:
    case = cases("pause_rules")["fineract-pause-before-payout-refused"]
    paid, attempt = day(case["disbursed"]), case["attempt"]
    replay = paid_out(paid, paid)
    with pytest.raises(RefusedError, match="before it is paid out"):
        replay.defer(day(attempt["from"]), day(attempt["to"]))
    replay.defer(paid, day(attempt["to"]))
    assert [hold.start for hold in replay.loan().holds] == [paid]


# Group ledger: value day and booking day


def test_backdated_entries_change_every_total_after_their_value_day() -> None:
    """The source's t0..t4 are five days; `out` is a payout, `in` a repayment."""
    case = cases("ledger")["formance-effective-volumes-out-of-order"]
    replay = Replay({"loan": {"instalments": 4}, "steps": []}, today=date(2011, 5, 2))
    replay.grant(date(2011, 5, 2), kroner(1000))
    replay.today = date(2011, 5, 31)
    for given, wanted in zip(
        case["given"],
        case["expected_at_own_value_time"],
        strict=True,
    ):
        on = date(2011, 5, 2) + timedelta(days=int(given["value_time"][1]))
        if "out" in given:
            replay.pay_out(on, kroner(given["out"]))
        else:
            replay.do_repay({"date": str(on), "amount": given["in"]})
        then = portfolio(replay.journal.ledger, on).loans[LOAN]
        assert (then.repaid, then.disbursed) == (kroner(wanted["in"]), kroner(wanted["out"]))
    first = portfolio(replay.journal.ledger, date(2011, 5, 3)).loans[LOAN]
    assert (first.repaid, first.disbursed) == (ZERO, kroner(300))  # entered third, counts second


def test_as_of_a_value_day_and_known_on_a_booking_day_are_two_questions() -> None:
    """The source's seconds are days here: B counts a day before A and is learned a day after."""
    case = cases("ledger")["formance-as-of-effective-vs-insertion"]
    one, other = case["given"][0]["credits"].values()
    replay = paid_out(date(2011, 5, 2), date(2011, 6, 10))
    replay.principal = kroner(9000)
    replay.do_repay({"date": "2011-06-10", "amount": one})
    replay.today = date(2011, 6, 11)
    replay.do_repay({"date": "2011-06-09", "amount": other})
    ledger = replay.journal.ledger
    everything = portfolio(ledger, replay.today).loans[LOAN]
    by_value = portfolio(ledger, date(2011, 6, 9)).loans[LOAN]
    as_known = portfolio(ledger.known_on(date(2011, 6, 10)), replay.today).loans[LOAN]
    assert everything.repaid == kroner(one) + kroner(other)
    assert by_value.repaid == kroner(other)  # only B
    assert as_known.repaid == kroner(one)  # only A


def test_a_timely_payment_entered_late_takes_the_lateness_away() -> None:
    given = cases("ledger")["lending-timely-backdated-payment-removes-lateness"]["given"]
    due, entered = day(given["due"]), day(given["entered_after"])
    replay = Replay({"loan": {"instalments": 1}, "steps": []}, today=date(2024, 4, 5))
    replay.grant(date(2024, 4, 5), kroner(1000))
    replay.pay_out(date(2024, 4, 5), kroner(1000))
    assert [s.part.due for s in replay.loan().settled] == [due]
    replay.today = entered
    assert replay.loan().arrears.amount == kroner(1000)
    replay.do_repay({"date": given["value_date"], "amount": "1000"})
    assert replay.loan().arrears.amount == ZERO
    assert replay.loan().arrears.days_past_due == 0
    known = replay.journal.ledger.known_on(entered - timedelta(days=1))
    assert portfolio(known, entered).loans[LOAN].arrears.amount == kroner(1000)


def test_a_correction_adds_entries_and_takes_none_away() -> None:
    assert "lending-backdate-beyond-later-event" in cases("ledger")
    replay = paid_out(date(2011, 5, 2), date(2011, 6, 10))
    replay.do_repay({"date": "2011-06-01", "amount": "300"})
    before = replay.journal.ledger.entries
    replay.do_reverse({})
    replay.do_repay({"date": "2011-05-20", "amount": "300"})
    after = replay.journal.ledger.entries
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2
    assert replay.loan().outstanding == kroner(700)


def test_every_ledger_case_has_a_test_or_a_reason() -> None:
    tested = {
        "formance-effective-volumes-out-of-order",
        "formance-as-of-effective-vs-insertion",
        "lending-timely-backdated-payment-removes-lateness",
        "lending-backdate-beyond-later-event",
    }
    assert set(cases("ledger")) == tested | (set(left_out()) & set(cases("ledger")))
    assert set(cases("pause_rules")) == {
        "fineract-pause-resume-status",
        "fineract-pause-overlap-refused",
        "fineract-pause-before-payout-refused",
    }
