"""The state of every loan on a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.domain import chart
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Meta,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.domain.portfolio import Hold, Loan, case_of, plan_of, portfolio
from mikroledger.domain.proposals import open_proposals
from mikroledger.money import ZERO, kroner

NUMBER = "L2011-0001"
LOAN, OVERPAID = chart.loan_account(NUMBER), chart.overpaid_account(NUMBER)
DECIDED, PAID, LATER = date(2011, 4, 1), date(2011, 5, 2), date(2011, 12, 31)


def decision(number: str = NUMBER, kind: str = "loan", **meta: Value) -> Record:
    given: Meta = {"value": DECIDED, "loan": number, "instalments": 4, "every": "1m", **meta}
    return Record(DECIDED, "decision", (kind, number, kroner(2000)), meta=given)


def txn(day: date, kind: str, payment: str, amounts: dict[str, str], **meta: Value) -> Transaction:
    flow = "in" if payment.startswith("R") else "out"
    known: Meta = {"kind": kind, "payment": payment, "flow": flow, "loan": NUMBER, **meta}
    sides = tuple(Posting(account, kroner(amount)) for account, amount in amounts.items())
    return Transaction(day, kind, sides, meta=known)


def payout(
    day: date = PAID, amount: str = "2000", payment: str = "P1", **meta: Value
) -> Transaction:
    sides = {LOAN: amount, chart.PAYOUTS: "-" + amount}
    return txn(day, "disburse", payment, sides, **meta)


def repayment(day: date, amount: str, payment: str = "R1", **meta: Value) -> Transaction:
    sides = {LOAN: "-" + amount, chart.REPAYMENTS: amount}
    return txn(day, "repay", payment, sides, **meta)


def hold(start: date, until: date | None = None, code: str = "DEFERRAL", **meta: Value) -> Record:
    known: dict[str, Value] = {"id": "H1", "by": "anl", "loan": NUMBER, "reason": "Syg", **meta}
    if until:
        known["until"] = until
    return Record(start, "hold", (code,), meta=known)


def loan_on(as_of: date, *entries: Entry) -> Loan:
    return portfolio(Ledger((decision(), *entries)), as_of).loans[NUMBER]


def test_a_loan_that_is_not_paid_out_has_a_provisional_plan_and_no_arrears() -> None:
    loan = loan_on(LATER)
    assert (loan.number, loan.state, loan.paid_out, loan.next_due) == (
        NUMBER,
        "approved",
        None,
        None,
    )
    assert [part.due for part in loan.plan][:2] == [date(2011, 5, 1), date(2011, 6, 1)]
    assert (loan.arrears.amount, loan.arrears.days_past_due) == (ZERO, 0)
    assert (loan.outstanding, loan.overpaid, loan.disbursed, loan.repaid) == (ZERO,) * 4


def test_a_loan_that_is_paid_out_has_its_plan_from_the_payout_day() -> None:
    loan = loan_on(PAID, payout())
    assert (loan.state, loan.paid_out, loan.next_due) == ("active", PAID, date(2011, 6, 2))
    assert [part.due for part in loan.plan][:2] == [date(2011, 6, 2), date(2011, 7, 2)]
    assert (loan.outstanding, loan.account, loan.misbooked) == (kroner(2000), kroner(2000), ZERO)


def test_what_is_past_due_is_arrears_after_the_payout() -> None:
    loan = loan_on(date(2011, 7, 5), payout(), repayment(date(2011, 6, 2), "600"))
    assert loan.arrears.amount == kroner(400)  # 2 July is a Saturday: until Monday the 4th
    assert loan.arrears.days_past_due == 1
    assert [str(s.paid) for s in loan.settled] == ["500.00", "100.00", "0.00", "0.00"]
    assert loan.next_due == date(2011, 7, 2)


def test_a_payment_counts_from_its_value_day() -> None:
    entries = payout(), repayment(date(2011, 8, 1), "600", value=date(2011, 6, 2))
    assert loan_on(date(2011, 6, 1), *entries).repaid == ZERO
    assert loan_on(date(2011, 6, 2), *entries).repaid == kroner(600)
    assert loan_on(date(2011, 6, 2), *entries).account == kroner(1400)


def test_a_loan_that_is_repaid_has_no_next_due_day() -> None:
    loan = loan_on(LATER, payout(), repayment(PAID, "2000"))
    assert (loan.state, loan.outstanding, loan.next_due) == ("repaid", ZERO, None)


def test_a_loan_paid_out_in_part_is_owed_in_part() -> None:
    loan = loan_on(LATER, payout(amount="500"), repayment(PAID, "500"))
    assert (loan.state, loan.outstanding, loan.disbursed) == ("repaid", ZERO, kroner(500))


def test_arrears_are_never_more_than_the_debt() -> None:
    """A loan of 2,000 kr. of which 500 kr. is paid out so far, long past its whole plan."""
    owing = loan_on(LATER, payout(amount="500"))
    assert owing.outstanding == kroner(500)
    assert owing.arrears.amount == kroner(500)
    settled = loan_on(LATER, payout(amount="500"), repayment(PAID, "500"))
    assert settled.state == "repaid"
    assert (settled.arrears.amount, settled.arrears.days_past_due) == (ZERO, 0)


def test_a_debt_never_goes_below_zero() -> None:
    sides = {LOAN: "-2000", OVERPAID: "-100", chart.REPAYMENTS: "2100"}
    loan = loan_on(LATER, payout(), txn(PAID, "repay", "R1", sides))
    assert (loan.state, loan.outstanding, loan.overpaid) == ("overpaid", ZERO, kroner(100))
    assert (loan.account, loan.misbooked) == (ZERO, ZERO)


def test_payouts_and_repayments_that_stand_are_told_oldest_first() -> None:
    undone = txn(PAID, "reverse", "R1", {LOAN: "300", chart.REPAYMENTS: "-300"}, value=PAID)
    loan = loan_on(
        LATER,
        payout(date(2011, 5, 20), "500", "P2"),
        payout(amount="1500"),
        repayment(PAID, "300"),
        repayment(date(2011, 7, 1), "200", "R3"),
        repayment(date(2011, 6, 1), "100", "R2"),
        undone,
    )
    assert [p.id for p in loan.payouts] == ["P1", "P2"]
    assert [p.id for p in loan.repayments] == ["R2", "R3"]
    assert (loan.paid_out, loan.repaid) == (PAID, kroner(300))
    assert loan.plan[0].due == date(2011, 6, 2)


def test_a_payout_that_was_reversed_leaves_the_loan_as_it_was_approved() -> None:
    sides = {LOAN: "-2000", chart.PAYOUTS: "2000"}
    loan = loan_on(LATER, payout(), txn(LATER, "reverse", "P1", sides, value=PAID))
    assert (loan.state, loan.paid_out, loan.payouts) == ("approved", None, ())
    assert loan.plan[0].due == date(2011, 5, 1)


def test_a_loan_booked_as_a_grant_is_owed_and_misbooked() -> None:
    row = txn(PAID, "erp", "P1", {chart.GRANTS: "2000", chart.PAYOUTS: "-2000"})
    loan = loan_on(LATER, row)
    assert (loan.outstanding, loan.account, loan.misbooked) == (kroner(2000), ZERO, kroner(2000))
    assert loan.arrears.amount == kroner(2000)


def test_a_refund_from_the_state_is_no_payment_of_the_loan() -> None:
    refund = replace(
        txn(PAID, "erp", "S1", {chart.REFUND: "-1000", chart.REFUND_RECEIVABLE: "1000"}),
        meta={"kind": "erp", "payment": "S1", "flow": "refund", "loan": NUMBER},
    )
    whole = portfolio(Ledger((decision(), payout(), refund)), LATER)
    assert [p.id for p in whole.loans[NUMBER].payments] == ["P1"]
    assert set(whole.payments) == {"P1", "S1"}


def test_only_a_loan_is_a_loan_and_each_payment_is_of_the_kind_decided() -> None:
    grant = decision("G2011-0001", "grant")
    given = txn(PAID, "erp", "P2", {chart.GRANTS: "9", chart.PAYOUTS: "-9"}, loan="G2011-0001")
    stray = txn(PAID, "erp", "P3", {chart.GRANTS: "9", chart.PAYOUTS: "-9"}, loan="L2011-0009")
    whole = portfolio(Ledger((decision(), grant, payout(), given, stray)), LATER)
    assert set(whole.loans) == {NUMBER}
    assert [whole.kind(whole.payments[p]) for p in ("P1", "P2", "P3")] == ["loan", "grant", ""]


def test_an_entry_leads_to_the_decision_that_it_names() -> None:
    whole = portfolio(Ledger((decision(), payout())), LATER)
    assert case_of(whole, payout()) is whole.cases[NUMBER]
    assert case_of(whole, payout(loan="L2011-0009")) is None


def test_a_deferral_in_force_shows_and_its_days_are_taken_off() -> None:
    """2 June 2011 is Ascension Day: the last day to pay is Monday 6 June."""
    entries = payout(), hold(date(2011, 6, 7), date(2011, 6, 10))
    during, after = loan_on(date(2011, 6, 10), *entries), loan_on(date(2011, 6, 20), *entries)
    assert (during.state, [h.id for h in during.held]) == ("deferred", ["H1"])
    assert (during.arrears.days_past_due, during.arrears.held_days) == (1, 3)
    assert (after.state, after.held) == ("active", ())
    assert (after.arrears.days_past_due, after.arrears.held_days) == (11, 3)


def test_a_hold_of_another_kind_holds_but_does_not_defer() -> None:
    loan = loan_on(LATER, payout(), hold(PAID, code="DISPUTE"))
    assert (loan.state, [h.code for h in loan.held]) == ("active", ["DISPUTE"])


def test_a_hold_without_an_end_lasts_and_takes_every_day_off() -> None:
    loan = loan_on(LATER, payout(), hold(date(2011, 6, 7)))
    assert loan.held == (Hold("DEFERRAL", NUMBER, date(2011, 6, 7), None, "Syg", "anl", "H1"),)
    assert loan.arrears.days_past_due == 1


def test_a_hold_that_was_ended_lasts_until_the_day_it_was_ended() -> None:
    ended = Record(date(2011, 6, 9), "resume", (), meta={"ends": "H1", "loan": NUMBER})
    other = Record(date(2011, 6, 8), "resume", (), meta={"ends": "H2", "loan": NUMBER})
    for record in (hold(date(2011, 6, 7)), hold(date(2011, 6, 7), date(2011, 9, 1))):
        (held,) = loan_on(LATER, payout(), record, ended, other).holds
        assert held.until == date(2011, 6, 9)


@pytest.mark.parametrize(
    ("until", "day", "covered"),
    [
        (date(2011, 6, 10), date(2011, 6, 6), False),
        (date(2011, 6, 10), date(2011, 6, 7), True),
        (date(2011, 6, 10), date(2011, 6, 10), True),
        (date(2011, 6, 10), date(2011, 6, 11), False),
        (None, date(2011, 6, 6), False),
        (None, date(2099, 6, 7), True),
    ],
)
def test_a_hold_covers_its_first_and_its_last_day(
    until: date | None,
    day: date,
    *,
    covered: bool,
) -> None:
    held = Hold("DEFERRAL", NUMBER, date(2011, 6, 7), until, "", "", "H1")
    assert held.covers(day) is covered


def test_an_end_that_is_no_day_is_no_end() -> None:
    meta: Meta = {"loan": NUMBER, "until": "jul"}
    (held,) = loan_on(LATER, payout(), Record(PAID, "hold", ("DEFERRAL",), meta=meta)).holds
    assert held.until is None


def test_letters_are_known_from_their_day() -> None:
    record = Record(
        date(2011, 7, 5),
        "letter",
        ("reminder",),
        meta={"loan": NUMBER, "level": 1, "deadline": date(2011, 7, 20), "plan": "abc"},
    )
    second = Record(date(2011, 8, 5), "letter", ("other",), meta={"loan": NUMBER})
    assert loan_on(date(2011, 7, 4), payout(), record).letters == ()
    assert len(loan_on(date(2011, 7, 5), payout(), record, second).letters) == 1
    first, other = loan_on(LATER, payout(), record, second).letters
    assert (first.kind, first.on, first.level) == ("reminder", date(2011, 7, 5), 1)
    assert (first.deadline, first.plan, first.record) == (date(2011, 7, 20), "abc", record)
    assert (other.kind, other.level, other.deadline, other.plan) == ("other", 0, None, "")
    assert first.post == "", "nobody has told what became of it"


def test_a_letters_level_and_deadline_of_another_type_are_not_believed() -> None:
    meta: Meta = {"loan": NUMBER, "level": "1", "deadline": "jul", "fee": 100, "first-due": "maj"}
    (letter,) = loan_on(LATER, Record(PAID, "letter", ("reminder",), meta=meta)).letters
    assert (letter.level, letter.deadline) == (0, None)
    assert (letter.fee, letter.first_due) == (ZERO, None)


def as_grant(payment: str = "P1") -> Transaction:
    return txn(PAID, "erp", payment, {chart.GRANTS: "2000", chart.PAYOUTS: "-2000"})


def moved(kind: str, commit: int, payment: str = "P1", **meta: Value) -> Transaction:
    sides = {LOAN: "2000", chart.GRANTS: "-2000"}
    return replace(txn(LATER, kind, payment, sides, value=PAID, **meta), commit=commit)


def test_corrections_of_ours_and_of_the_erp_are_told_in_the_order_of_booking() -> None:
    ours, theirs = moved("reclassify", 9, id="C1"), moved("erp", 7, "P2")
    loan = loan_on(LATER, as_grant(), as_grant("P2"), ours, theirs)
    assert loan.corrections == (theirs, ours)


def test_a_correction_that_was_reversed_is_none() -> None:
    ours = moved("reclassify", 2, id="C1")
    undone = txn(LATER, "reverse", "P1", {LOAN: "-2000", chart.GRANTS: "2000"}, reverses="C1")
    assert loan_on(LATER, as_grant(), ours, undone).corrections == ()


def test_the_erps_first_row_is_no_correction() -> None:
    assert loan_on(LATER, as_grant()).corrections == ()


def test_a_repayment_taken_off_the_income_account_is_a_correction() -> None:
    income = {chart.INCOME: "-500", chart.REPAYMENTS: "500"}
    row = txn(PAID, "erp", "R1", income)
    back = txn(LATER, "erp", "R1", {chart.INCOME: "500", LOAN: "-500"}, value=PAID)
    assert loan_on(LATER, payout(), row).corrections == ()
    assert loan_on(LATER, payout(), row, back).corrections == (back,)


def test_the_portfolio_tells_corrections_by_payment() -> None:
    ours = moved("reclassify", 2)
    whole = portfolio(Ledger((decision(), as_grant(), ours)), LATER)
    assert whole.corrected == {"P1": (ours,)}


def proposal(number: str) -> Record:
    values = ("disburse", Account(LOAN), kroner(1))
    return Record(PAID, "proposal", values, meta={"id": number, "payment": number})


def test_a_proposal_waits_until_it_is_booked_or_declined() -> None:
    booked = payout(payment="X", id="A1")
    declined = Record(PAID, "declined", ("A2",), meta={"id": "D1", "proposal": "A2"})
    waiting = [proposal("A1"), proposal("A2"), proposal("A3")]
    ledger = Ledger((*waiting, booked, declined))
    assert set(open_proposals(Ledger(tuple(waiting)))) == {"A1", "A2", "A3"}
    assert open_proposals(ledger) == {"A3": waiting[2]}
    assert portfolio(ledger, LATER).waiting == {"A3": waiting[2]}


def test_what_could_not_be_placed_waits_until_somebody_places_it() -> None:
    one, other = (Record(PAID, "unplaced", (), meta={"id": number}) for number in ("U1", "U2"))
    placed = Record(LATER, "placed", (), meta={"id": "E9", "places": "U1"})
    assert portfolio(Ledger((one, other)), LATER).unplaced == (one, other)
    assert portfolio(Ledger((one, other, placed)), LATER).unplaced == (other,)


def test_the_bank_is_known_up_to_the_last_day_of_its_statements() -> None:
    days: list[Value] = [PAID, date(2011, 6, 30), date(2011, 6, 1), "later"]
    imports = [Record(LATER, "import", (), meta={"until": day}) for day in days]
    ledger = Ledger((*imports, Record(LATER, "import")))
    assert portfolio(ledger, LATER).bank_until == date(2011, 6, 30)
    assert portfolio(ledger, date(2011, 6, 30)).bank_until == date(2011, 6, 30)
    assert portfolio(ledger, date(2011, 6, 29)).bank_until == date(2011, 6, 1)
    assert portfolio(ledger, DECIDED).bank_until is None


def test_the_policy_is_that_of_the_day() -> None:
    ledger = Ledger((Record(PAID, "notice-days", (21,)),))
    assert portfolio(ledger, DECIDED).policy.number("notice-days") == 14
    assert portfolio(ledger, PAID).policy.number("notice-days") == 21


def test_a_plan_counts_from_the_first_payout_that_stands() -> None:
    whole = portfolio(Ledger((decision(), payout(), repayment(PAID, "1"))), LATER)
    loan = whole.loans[NUMBER]
    assert plan_of(loan.case, loan.payments, ()) == loan.plan
    assert plan_of(loan.case, loan.repayments, ())[0].due == date(2011, 5, 1)


MOVES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 50_000), st.integers(0, 240)),
    max_size=8,
)


def booked(moves: list[tuple[bool, int, int]]) -> list[Transaction]:
    return [
        payout(PAID + timedelta(days=n), f"{ore / 100:.2f}", f"P{place}")
        if out
        else repayment(PAID + timedelta(days=n), f"{ore / 100:.2f}", f"R{place}")
        for place, (out, ore, n) in enumerate(moves)
    ]


@given(MOVES, st.integers(0, 250))
def test_the_order_of_entry_does_not_matter_but_value_days_do(
    moves: list[tuple[bool, int, int]],
    after: int,
) -> None:
    entries, as_of = booked(moves), PAID + timedelta(days=after)
    shuffled = entries[::-1]
    one, other = loan_on(as_of, *entries), loan_on(as_of, *shuffled)
    timely = [e for e in entries if e.value <= as_of]
    assert (one.disbursed, one.repaid) == (other.disbursed, other.repaid)
    assert one.disbursed == sum((e.on(LOAN) for e in timely if e.kind == "disburse"), ZERO)
    assert one.repaid == -sum((e.on(LOAN) for e in timely if e.kind == "repay"), ZERO)
    assert one.disbursed - one.repaid == one.outstanding - one.overpaid == one.account
    assert ZERO in (one.outstanding, one.overpaid)
    assert (one.state, one.plan, one.arrears) == (other.state, other.plan, other.arrears)
    assert (one.next_due is None) == (
        not one.payouts or not one.outstanding or not any(s.missing for s in one.settled)
    )
