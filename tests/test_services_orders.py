"""Orders: approve, disburse, repay, countersign, reverse, defer, reclassify."""

from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from town import LOAN, SECOND, SUM, TODAY, WHO, Town, row

from mikroledger.domain import chart
from mikroledger.domain.ledger import Opening, Record, Value
from mikroledger.domain.plan import Terms
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, Kind, approve
from mikroledger.services.correct import Choice, correction, quarter, reclassify
from mikroledger.services.countersign import countersign, decline
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.order import Who, amount_of
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse

DAY = date(2011, 4, 15)
ORDER = Approval(
    "loan",
    "D0001",
    SUM,
    date(2011, 3, 1),
    decision="2011-0412",
    terms=Terms(first_due=date(2011, 9, 1), count=20),
)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    town = Town(journal, debtors)
    town.grant()
    return town


def countersign_off(town: Town) -> None:
    off = Record(date(2011, 1, 1), "countersign", ("off",), commit=-1)
    ledger = town.journal.ledger
    town.journal.ledger = replace(ledger, entries=(off, *ledger.entries))


# approve


def test_a_loan_gets_the_next_number_of_its_year_and_two_accounts(town: Town) -> None:
    outcome = approve(town.journal, town.debtors, ORDER, WHO)

    assert outcome.loan == "L2011-0002"
    assert {chart.loan_account("L2011-0002"), "Liabilities:Overpaid:L2011-0002"} <= (
        town.journal.ledger.accounts
    )


def test_the_same_decision_is_recorded_once(town: Town) -> None:
    first = approve(town.journal, town.debtors, ORDER, WHO)
    again = approve(town.journal, town.debtors, ORDER, WHO)

    assert (again.outcome, again.loan) == ("already", first.loan)


def test_a_decision_number_with_other_content_is_refused(town: Town) -> None:
    approve(town.journal, town.debtors, ORDER, WHO)
    with pytest.raises(RefusedError):
        approve(town.journal, town.debtors, replace(ORDER, principal=kroner(1)), WHO)


def test_a_number_and_a_key_can_be_given(town: Town) -> None:
    order = replace(ORDER, loan="L2011-0077", decision="", note=True, promised=DAY, support="KH")
    outcome = approve(town.journal, town.debtors, order, WHO)
    case = town.now().cases["L2011-0077"]

    assert outcome.loan == case.number
    assert (case.note, case.promised, case.support) == (True, DAY, "KH")
    keyed = replace(ORDER, decision="", key="K1")
    assert approve(town.journal, town.debtors, keyed, WHO).outcome == "booked"
    nameless = replace(ORDER, decision="")
    assert approve(town.journal, town.debtors, nameless, WHO).outcome == "booked"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"loan": "L12"}, UsageError),
        ({"loan": "G2011-0001"}, UsageError),
        ({"loan": "L2011-0001"}, RefusedError),
        ({"debtor": "D9999"}, RefusedError),
        ({"principal": ZERO}, UsageError),
        ({"terms": None}, UsageError),
        ({"decided": date(2012, 1, 1)}, RefusedError),
        ({"terms": Terms(rows=((DAY, kroner(5)),))}, RefusedError),
    ],
)
def test_a_wrong_approval_is_refused_and_nothing_is_booked(
    town: Town,
    change: dict[str, object],
    error: type[Exception],
) -> None:
    before = town.journal.ledger
    with pytest.raises(error):
        approve(town.journal, town.debtors, replace(ORDER, **change), WHO)  # type: ignore[arg-type]

    assert town.journal.ledger is before


def test_the_initials_are_needed(town: Town) -> None:
    with pytest.raises(UsageError):
        approve(town.journal, town.debtors, ORDER, Who(" ", TODAY))


def test_a_grant_and_a_benefit_have_no_plan_and_no_account(town: Town) -> None:
    kinds: list[tuple[Kind, str]] = [("grant", "G2011-0001"), ("subsistence", "S2011-0001")]
    for kind, number in kinds:
        order = replace(ORDER, kind=kind, terms=None, support="førtidspension")
        outcome = approve(town.journal, town.debtors, order, WHO)
        assert outcome.loan == number
        assert not any(isinstance(e, Opening) for e in outcome.entries)
        assert town.now().cases[number].support == "FP"


def test_what_is_seldom_meant_is_said(town: Town) -> None:
    early = replace(
        ORDER,
        principal=kroner(100),
        terms=Terms(first_due=date(2011, 3, 2), each=kroner(50)),
    )
    assert len(approve(town.journal, town.debtors, early, WHO).notes) == 2
    rows = replace(ORDER, decision="x", terms=Terms(rows=((DAY, kroner(1)), (DAY, SUM - 1))))
    assert len(approve(town.journal, town.debtors, rows, WHO).notes) == 0
    after = replace(ORDER, decision="y", terms=Terms(first_due_after="6m", count=3, whole=True))
    assert approve(town.journal, town.debtors, after, WHO).notes == ()


def test_the_plan_counts_from_the_payout(town: Town) -> None:
    order = replace(ORDER, decision="z", terms=Terms(first_due_after="6m", count=2, whole=True))
    loan = approve(town.journal, town.debtors, order, WHO).loan
    assert town.now().loans[loan].plan[0].due == date(2011, 9, 1)
    town.paid(loan, ref="PAY-9")

    assert town.now().loans[loan].plan[0].due == date(2011, 10, 15)


# disburse and repay


def test_a_payout_waits_for_the_second_person(town: Town) -> None:
    outcome = pay(town.journal, Pay("disburse", "L2011-0001", SUM, DAY, "PAY-1"), WHO)

    assert outcome.outcome == "proposed"
    assert town.on(LOAN) == ZERO
    assert countersign(town.journal, outcome.id, SECOND).outcome == "booked"
    assert town.on(LOAN) == SUM


def test_policy_can_do_without_the_second_person(town: Town) -> None:
    countersign_off(town)
    outcome = pay(town.journal, Pay("disburse", "L2011-0001", SUM, DAY, "PAY-1"), WHO)

    assert outcome.outcome == "booked"
    assert town.on(LOAN) == SUM


def test_the_same_order_is_booked_once(town: Town) -> None:
    order = Pay("disburse", "L2011-0001", SUM, DAY, "PAY-1")
    first = pay(town.journal, order, WHO)
    assert pay(town.journal, order, WHO) == replace(
        first,
        outcome="already",
        commit="",
        entries=(),
        text="",
        head="",
    )


@pytest.mark.parametrize(
    "change",
    [{"amount": kroner(5)}, {"on": date(2011, 4, 16)}, {"loan": "L2011-0002"}],
)
def test_a_key_with_other_content_is_refused(town: Town, change: dict[str, object]) -> None:
    town.grant(2)
    order = Pay("repay", "L2011-0001", kroner(500), DAY, key="K1")
    town.paid()
    pay(town.journal, order, WHO)
    with pytest.raises(RefusedError, match="K1"):
        pay(town.journal, replace(order, **change), WHO)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Pay("disburse", "L2011-0001", SUM, DAY), UsageError),
        (Pay("disburse", "L2011-0001", ZERO, DAY, "r"), UsageError),
        (Pay("disburse", "L2011-0001", -SUM, DAY, "r"), UsageError),
        (Pay("disburse", "L2099-0001", SUM, DAY, "r"), RefusedError),
        (Pay("disburse", "L2011-0001", SUM + 1, DAY, "r"), RefusedError),
        (Pay("disburse", "L2011-0001", SUM, date(2012, 5, 1), "r"), RefusedError),
        (Pay("repay", "L2011-0001", kroner(1), DAY, "r"), RefusedError),
    ],
)
def test_a_wrong_order_is_refused(town: Town, order: Pay, error: type[Exception]) -> None:
    with pytest.raises(error):
        pay(town.journal, order, WHO)


def test_only_loans_are_paid_out_here(town: Town) -> None:
    grant = replace(ORDER, kind="grant", terms=None)
    number = approve(town.journal, town.debtors, grant, WHO).loan
    with pytest.raises(RefusedError, match="grant"):
        pay(town.journal, Pay("disburse", number, SUM, DAY, "r"), WHO)


def test_a_second_payout_is_refused_while_one_waits_and_after_it_is_booked(town: Town) -> None:
    number = town.disburse()
    with pytest.raises(RefusedError, match=number):
        town.disburse(ref="PAY-2")
    countersign(town.journal, number, SECOND)
    with pytest.raises(RefusedError, match="15 April"):
        town.disburse(ref="PAY-2")


def test_a_loan_can_be_paid_in_parts(town: Town) -> None:
    town.paid(amount=kroner(8000), ref="A")
    town.paid(amount=kroner(12000), ref="B")

    assert town.now().loans["L2011-0001"].disbursed == SUM


def test_an_order_that_differs_from_what_the_erp_booked_is_refused(town: Town) -> None:
    number = town.disburse(amount=kroner(8000))
    town.erp(row("loan", 20000))
    with pytest.raises(RefusedError, match=r"not 8\.000,00"):
        countersign(town.journal, number, SECOND)


def test_a_repayment_above_the_debt_needs_the_word(town: Town) -> None:
    town.paid()
    with pytest.raises(RefusedError, match=r"5\.000,00"):
        town.repay(25000, "R")
    town.repay(25000, "R", over=True)

    loan = town.now().loans["L2011-0001"]
    assert (loan.outstanding, loan.overpaid, loan.state) == (ZERO, kroner(5000), "overpaid")
    assert town.on(chart.overpaid_account("L2011-0001")) == kroner(-5000)


def test_a_repayment_of_a_loan_that_owes_nothing_is_all_owed_back(town: Town) -> None:
    town.repay(500, "R", over=True)
    assert [town.on(LOAN), town.on(chart.overpaid_account("L2011-0001"))] == [ZERO, kroner(-500)]
    town.paid()

    assert [town.on(LOAN), town.on(chart.overpaid_account("L2011-0001"))] == [kroner(19500), ZERO]


def test_two_repayments_that_an_order_could_be_are_asked_about(town: Town) -> None:
    town.paid()
    for line in (1, 2):
        town.erp(row("loan", -500, f"8000{line}", ref=f"X{line}", day="2011-10-03"))
    with pytest.raises(RefusedError, match="X1, X2"):
        town.repay(500, "FI-9")


def test_a_repayment_that_lies_in_suspense_is_taken_out_of_it(town: Town) -> None:
    town.paid()
    town.bank(town.line(500, "FI-1"))
    assert town.on(chart.SUSPENSE) == kroner(-500)
    town.repay(500, "FI-1")

    assert [town.on(chart.SUSPENSE), town.on(chart.REPAYMENTS)] == [ZERO, ZERO]


def test_a_dry_run_books_nothing(town: Town) -> None:
    before = town.journal.ledger
    order = Pay("disburse", "L2011-0001", SUM, DAY, "PAY-1")
    outcome = pay(town.journal, order, WHO, dry_run=True)

    assert (outcome.outcome, outcome.commit) == ("proposed", "")
    assert town.journal.ledger is before


# countersign


def test_the_first_person_never_approves(town: Town) -> None:
    number = town.disburse()
    with pytest.raises(RefusedError, match="anl"):
        countersign(town.journal, number, Who("ANL ", TODAY))


def test_a_signature_is_given_once(town: Town) -> None:
    number = town.paid()
    assert countersign(town.journal, number, SECOND).outcome == "already"
    with pytest.raises(RefusedError, match="bok"):
        countersign(town.journal, number, Who("led", TODAY))
    with pytest.raises(RefusedError):
        countersign(town.journal, "009999", SECOND)


def test_a_declined_proposal_frees_its_key(town: Town) -> None:
    number = town.disburse()
    with pytest.raises(UsageError):
        decline(town.journal, number, " ", SECOND)
    assert decline(town.journal, number, "forkert dag", SECOND).outcome == "booked"
    assert decline(town.journal, number, "forkert dag", SECOND).outcome == "already"
    with pytest.raises(RefusedError):
        decline(town.journal, "009999", "hvad", SECOND)

    assert town.paid() != number
    assert town.on(LOAN) == SUM


# reverse


def test_a_repayment_is_reversed_at_once_and_only_once(town: Town) -> None:
    town.paid()
    number = town.repay(500, "R")
    with pytest.raises(UsageError):
        reverse(town.journal, number, "", WHO)
    assert reverse(town.journal, number, "forkert lån", WHO).outcome == "booked"
    assert reverse(town.journal, number, "forkert lån", WHO).outcome == "already"

    assert [town.on(LOAN), town.on(chart.REPAYMENTS)] == [SUM, ZERO]


def test_a_payout_is_reversed_by_two(town: Town) -> None:
    number = town.paid()
    undo = reverse(town.journal, number, "fortrudt", WHO)
    assert undo.outcome == "proposed"
    countersign(town.journal, undo.id, SECOND)

    assert [town.on(LOAN), town.on(chart.PAYOUTS)] == [ZERO, ZERO]
    with pytest.raises(RefusedError, match="a reversal itself"):
        reverse(town.journal, undo.id, "x", WHO)
    assert town.now().loans["L2011-0001"].state == "approved"


def test_facts_of_others_and_proposals_cannot_be_reversed(town: Town) -> None:
    waiting = town.disburse()
    with pytest.raises(RefusedError, match="decline"):
        reverse(town.journal, waiting, "x", WHO)
    town.erp(row("grant", 20000))
    erp = town.journal.read().transactions[-1].id
    with pytest.raises(RefusedError, match="ERP"):
        reverse(town.journal, erp, "x", WHO)
    with pytest.raises(RefusedError, match="no posting"):
        reverse(town.journal, "009999", "x", WHO)


def test_the_second_person_is_told_apart_by_letters_alone(town: Town) -> None:
    number = town.disburse()
    for by in ("A.N.L", "anl.", "ANL"):
        with pytest.raises(RefusedError):
            countersign(town.journal, number, Who(by, TODAY))
    with pytest.raises(UsageError):
        countersign(town.journal, number, Who("A N L", TODAY))


def test_the_amount_of_a_proposal_is_the_amount_that_is_booked(town: Town) -> None:
    town.erp(row("grant", 20000), row("refund", -10000, ref=""))
    proposed = reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0]
    assert (
        proposed.amount == countersign(town.journal, proposed.id, SECOND).amount == kroner(30000)
    )


def test_a_correction_can_be_taken_back(town: Town) -> None:
    town.erp(row("grant", 20000))
    proposed = reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0]
    countersign(town.journal, proposed.id, SECOND)
    undo = reverse(town.journal, proposed.id, "det var et tilskud", WHO)
    countersign(town.journal, undo.id, SECOND)

    assert town.on(chart.GRANTS) == SUM


def test_a_proposal_whose_ground_has_moved_is_refused(town: Town) -> None:
    town.erp(row("grant", 20000))
    proposed = reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0]
    town.erp(row("grant", -5000, "70099"), row("sub", 5000, "70099"))
    with pytest.raises(RefusedError, match="changed"):
        countersign(town.journal, proposed.id, SECOND)


# reclassify


def test_a_correction_is_proposed_once_and_signed_by_another(town: Town) -> None:
    town.erp(row("grant", 20000))
    finding = town.found().open[0].id
    first = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)
    again = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)
    assert [o.outcome for o in first + again] == ["proposed", "already"]
    assert town.found().open[0].waiting == first[0].id
    assert reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0].outcome == "already"
    countersign(town.journal, first[0].id, SECOND)

    assert town.found().open == ()
    assert reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)[0].outcome == "already"
    assert reclassify(town.journal, ALL_RULES, Choice(all=True), WHO) == []


def test_a_declined_correction_can_be_proposed_anew(town: Town) -> None:
    town.erp(row("grant", 20000))
    finding = town.found().open[0].id
    first = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)[0]
    decline(town.journal, first.id, "vent", SECOND)
    second = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)[0]

    assert (second.outcome, second.id != first.id) == ("proposed", True)
    countersign(town.journal, second.id, SECOND)
    assert town.on(LOAN) == SUM


def test_where_policy_needs_no_second_person_it_is_booked(town: Town) -> None:
    countersign_off(town)
    town.erp(row("grant", 20000))
    assert reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0].outcome == "booked"
    assert town.on(LOAN) == SUM


def test_the_voucher_names_both_vouchers_and_keeps_the_payout_day(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000))
    voucher = correction(town.now(), "PAY-1")

    assert voucher.get("original") == "70010/2011"
    assert voucher.get("corrects") == town.journal.read().transactions[-1].id
    assert (voucher.day, voucher.value) == (TODAY, DAY)
    assert voucher.text == "Omp. bilag 70010 - lån L2011-0001 konteret som tilskud"


def test_a_refund_on_a_right_loan_is_corrected_alone(town: Town) -> None:
    town.erp(row("loan", 20000))
    town.erp(row("refund", -10000, "70030", ref=""))
    assert [f.code for f in town.found().open] == ["ML105"]
    proposed = reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)[0]
    countersign(town.journal, proposed.id, SECOND)

    assert [town.on(chart.REFUND), town.on(chart.REFUND_RECEIVABLE)] == [ZERO, ZERO]
    assert town.found().open == ()


def test_a_refund_goes_into_the_voucher_of_its_misbooked_loan(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.erp(row("refund", -10000, "70030", ref=""))
    outcomes = reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)

    assert len(outcomes) == 1
    waiting = {f.waiting for f in town.found().open}
    assert waiting == {outcomes[0].id}
    refund = [f.id for f in town.found().open if f.code == "ML105"]
    assert reclassify(town.journal, ALL_RULES, Choice(tuple(refund)), WHO)[0].id == outcomes[0].id


def test_what_is_right_or_unknown_cannot_be_corrected(town: Town) -> None:
    town.erp(row("loan", 20000))
    with pytest.raises(RefusedError, match="nothing to correct"):
        correction(town.now(), "PAY-1")
    with pytest.raises(RefusedError, match="no open finding"):
        reclassify(town.journal, ALL_RULES, Choice(("ML101-000009",)), WHO)
    town.erp(row("loan", 900, "70090", ref="", person="6101900001"))
    unknown = town.journal.read().transactions[-1].get("payment")
    with pytest.raises(RefusedError, match="no decision"):
        correction(town.now(), unknown)


def test_a_finding_without_a_fix_says_so(town: Town) -> None:
    town.erp(row("loan", 900, "70090", ref="", person="6101900001"))
    finding = next(f for f in town.found().open if f.code == "ML102")
    with pytest.raises(RefusedError):
        reclassify(town.journal, ALL_RULES, Choice((finding.id,)), WHO)


def test_quarters() -> None:
    assert [quarter(date(2011, month, 1)) for month in (1, 3, 4, 12)] == [
        "2011-Q1",
        "2011-Q1",
        "2011-Q2",
        "2011-Q4",
    ]


# approve


def test_two_who_approve_at_once_get_two_numbers(
    journal: FakeJournal,
    debtors: FakeDebtors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The number that was free is another's by the time that the book is locked."""
    town = Town(journal, debtors)
    town.grant()
    asked = iter([[], [["L2011-0001"]]])
    monkeypatch.setattr("mikroledger.services.approve.ask", lambda *_: next(asked))

    assert town.grant(2) == "L2011-0002"
    assert list(asked) == []


# defer


def test_a_deferral_is_kept_with_its_reason(town: Town) -> None:
    town.paid()
    order = Deferral("L2011-0001", date(2011, 12, 1), date(2012, 1, 31), "syg maskine")
    assert defer(town.journal, order, WHO).outcome == "booked"
    assert defer(town.journal, order, WHO).outcome == "already"

    hold = town.now().loans["L2011-0001"].held[0]
    assert (hold.start, hold.until, hold.by) == (order.start, order.until, "anl")
    assert town.now().loans["L2011-0001"].state == "deferred"
    for start, until in ((date(2012, 1, 31), None), (date(2011, 6, 1), date(2011, 12, 1))):
        with pytest.raises(RefusedError, match="overlap"):
            defer(town.journal, Deferral("L2011-0001", start, until, "x"), WHO)


def test_another_stop_does_not_stand_in_the_way_of_a_deferral(town: Town) -> None:
    town.paid()
    meta: dict[str, Value] = {"loan": "L2011-0001", "reason": "klage", "id": "x"}
    stop = Record(DAY, "hold", ("COMPLAINT",), meta=meta)
    ledger = town.journal.ledger
    town.journal.ledger = replace(ledger, entries=(*ledger.entries, stop))
    order = Deferral("L2011-0001", date(2011, 12, 1), None, "x")
    assert defer(town.journal, order, WHO).outcome == "booked"


def test_an_open_deferral_lasts(town: Town) -> None:
    town.paid()
    defer(town.journal, Deferral("L2011-0001", date(2011, 12, 1), None, "x"), WHO)
    with pytest.raises(RefusedError, match="without an end"):
        defer(town.journal, Deferral("L2011-0001", date(2012, 5, 1), None, "x"), WHO)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Deferral("L2011-0001", DAY, DAY, ""), UsageError),
        (Deferral("L2011-0001", DAY, date(2011, 4, 1), "x"), UsageError),
        (Deferral("L2099-0001", DAY, DAY, "x"), RefusedError),
        (Deferral("L2011-0001", date(2011, 4, 14), DAY, "x"), RefusedError),
    ],
)
def test_a_wrong_deferral_is_refused(
    town: Town,
    order: Deferral,
    error: type[Exception],
) -> None:
    town.paid()
    with pytest.raises(error):
        defer(town.journal, order, WHO)


def test_a_loan_not_paid_out_cannot_be_deferred(town: Town) -> None:
    with pytest.raises(RefusedError):
        defer(town.journal, Deferral("L2011-0001", DAY, DAY, "x"), WHO)


def test_what_an_entry_is_about() -> None:
    assert amount_of(Opening(DAY, LOAN)) == ZERO
    assert amount_of(Record(DAY, "note", ("x",))) == ZERO
