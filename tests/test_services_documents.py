"""Documents on the board: where ERP rows and bank lines land."""

from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from test_services_orders import ORDER
from town import LOAN, SECOND, SUM, TODAY, WHO, Town, row

from mikroledger.domain import chart, fik
from mikroledger.domain.record import AccountString, BankLine, BankPart, Document, Rejected
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, kroner
from mikroledger.services.approve import approve
from mikroledger.services.correct import correction
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.words import Text

PERSON = "6101900001"
DAY = date(2011, 4, 18)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    town = Town(journal, debtors)
    town.grant()
    return town


def last(town: Town) -> str:
    return str(list(town.now().payments)[-1])


# the ERP's list


def test_a_row_with_debtor_sum_and_day_alone_is_only_possible(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000, ref="", person=PERSON))

    assert town.now().payments["PAY-1"].possible
    assert [(f.code, f.severity.word) for f in town.found().open] == [("ML101", "warning")]


def test_a_row_for_an_unpaid_loan_is_its_payout(town: Town) -> None:
    town.erp(row("grant", 20000, ref="", person=PERSON))

    assert town.now().loans["L2011-0001"].disbursed == SUM
    assert town.now().payments[last(town)].possible


def test_a_row_for_a_waiting_payout_is_that_payout(town: Town) -> None:
    town.disburse()
    town.erp(row("loan", 20000, ref="", person=PERSON))
    assert list(town.now().payments) == ["PAY-1"]
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.disburse()
    other.erp(row("loan", 20000, ref=""))

    assert list(other.now().payments) == ["PAY-1"]
    third = Town(FakeJournal(), town.debtors)
    third.grant()
    third.disburse()
    third.erp(row("loan", 20000))
    assert list(third.now().payments) == ["PAY-1"]


def test_two_equal_rows_on_one_debtor_are_not_placed(town: Town) -> None:
    town.paid()
    done = town.erp(
        row("grant", 20000, "1", ref="", person=PERSON),
        row("grant", 20000, "2", ref="", person=PERSON),
    )

    assert done.suspense == 2
    assert {r.get("debtor") for r in town.now().unplaced} == {"D0001"}


def test_one_row_and_two_payments_is_not_placed(town: Town) -> None:
    town.grant(1, decision="other")
    town.paid()
    town.paid("L2011-0002", ref="PAY-2")
    assert town.erp(row("grant", 20000, ref="", person=PERSON)).suspense == 1


def test_a_benefit_is_a_payment_of_its_own(town: Town) -> None:
    town.erp(row("sub", 16844, ref="", person=PERSON))

    payment = town.now().payments[last(town)]
    assert (payment.case, payment.debtor, payment.id) == ("", "D0001", "E70010-2011")
    assert town.found().open == ()


def test_a_row_that_nothing_ties_is_not_placed(town: Town) -> None:
    assert town.erp(row("grant", 5000, ref="", person="9999999999")).suspense == 1
    assert town.on(chart.GRANTS) == ZERO


def test_a_correction_of_nothing_known_is_not_placed(town: Town) -> None:
    assert town.erp(row("grant", -77, ref="", person=PERSON)).suspense == 1


def test_a_correction_is_tied_by_the_voucher_it_names(town: Town) -> None:
    town.erp(row("grant", 20000, ref=""))
    town.erp(
        row("grant", -20000, "70044", ref="", person=PERSON, text="Omp. bilag 70010"),
        row("loan", 20000, "70044", ref="", person=PERSON, text="Omp. bilag 70010"),
    )

    assert town.on(LOAN) == SUM
    assert town.found().open == ()


def test_a_correction_without_voucher_is_tied_by_its_decision(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.erp(
        row("grant", -20000, "70044", ref="", text="Omp."),
        row("loan", 20000, "70044", ref="", text="Omp."),
    )
    assert town.on(LOAN) == SUM


def test_of_several_payments_the_one_of_the_sum_is_corrected(town: Town) -> None:
    town.erp(row("grant", 12000, "1", ref="A"), row("loan", 8000, "2", ref="B"))
    town.erp(
        row("grant", -12000, "3", ref="", text="Omp."),
        row("loan", 12000, "3", ref="", text="Omp."),
    )
    assert town.on(LOAN) == SUM
    assert town.erp(row("grant", -5, "4", ref="", text="Omp.")).suspense == 1


def test_the_other_half_finds_its_payment_by_the_decision(town: Town) -> None:
    town.erp(row("grant", 20000, ref=""))
    town.erp(row("grant", -20000, "70044", ref=""))
    assert town.on(chart.REPOSTING) == SUM
    town.erp(row("loan", 20000, "70045", ref=""))

    assert [town.on(LOAN), town.on(chart.REPOSTING)] == [SUM, ZERO]


def test_a_second_payout_under_one_decision_is_a_new_payment(town: Town) -> None:
    town.erp(row("loan", 20000, "1", ref=""))
    town.erp(row("loan", 20000, "2", ref=""))

    assert [f.code for f in town.found().open] == ["ML201"]


def test_a_batch_reference_names_several_payments(town: Town) -> None:
    town.grant(2)
    town.erp(
        row("loan", 20000, "1", ref="NK-1"),
        row("loan", 20000, "2", ref="NK-1", decision="2011-0002"),
    )
    town.bank(town.line(-40000, "NK-1"))

    assert town.on(LOAN) == town.on(chart.loan_account("L2011-0002")) == SUM
    assert town.on(chart.PAYOUTS) == ZERO
    again = row("grant", -20000, "3", ref="NK-1", decision="2011-0002", text="Omp.")
    town.erp(again)
    assert town.now().payments["NK-1.2"].book[chart.REPOSTING] == SUM


def test_a_batch_reference_without_decision_goes_by_the_debtor(town: Town) -> None:
    town.grant(2)
    town.paid(ref="NK-1")
    town.paid("L2011-0002", ref="NK-1B")
    town.erp(row("loan", 20000, "1", ref="NK-1", person=PERSON))
    assert town.now().payments["NK-1"].erp == {LOAN: SUM}


def test_only_one_loan_side_of_a_voucher_counts_and_counter_legs_never(town: Town) -> None:
    other = AccountString("8.32.25", "8", "065", "6.0")
    legs = (
        row("loan", 20000),
        replace(row("loan", 20000), account=other),
        row("bank", -20000),
    )
    done = town.erp(*legs)

    assert (done.rows, done.booked) == (3, 3)
    assert town.on(LOAN) == SUM


def test_the_other_loan_side_counts_when_it_is_alone(town: Town) -> None:
    town.erp(replace(row("loan", 20000), account=AccountString("8.32.25", "8", "065", "6.0")))
    assert town.on(LOAN) == SUM


def test_rows_without_a_tie_follow_the_only_one_in_their_voucher(town: Town) -> None:
    town.erp(row("loan", 12000), row("grant", 8000, ref="", decision=""))
    assert town.now().payments["PAY-1"].amount == SUM


def test_rows_without_a_tie_do_not_follow_one_of_two(town: Town) -> None:
    town.grant(2)
    done = town.erp(
        row("loan", 20000),
        row("loan", 20000, decision="2011-0002", ref="PAY-2"),
        row("grant", 8000, ref="", decision=""),
    )
    assert done.suspense == 1


def test_a_grant_booked_on_the_loan_account_stands_on_an_account_of_its_own(town: Town) -> None:
    grant = replace(ORDER, kind="grant", terms=None, decision="2011-0900")
    number = approve(town.journal, town.debtors, grant, WHO).loan
    town.erp(row("loan", 20000, decision="2011-0900", ref=""))

    assert town.on(chart.loan_account(number)) == SUM
    assert [f.code for f in town.found().open] == ["ML102"]


def test_an_account_string_that_the_chart_does_not_know_is_elsewhere(town: Town) -> None:
    town.paid()
    town.erp(replace(row("grant", 20000), account=AccountString("5.46.61", "1", "001", "5.2")))
    assert town.on(chart.ELSEWHERE) == SUM


def test_a_number_shared_by_two_debtors_goes_to_the_debtor_of_the_row(town: Town) -> None:
    town.grant(2, decision="same/loan")
    order = replace(ORDER, kind="grant", terms=None, decision="same/loan")
    approve(town.journal, town.debtors, order, WHO)
    town.erp(row("grant", 20000, decision="same/loan", ref="", person=PERSON))

    assert town.now().payments[last(town)].case == "G2011-0001"


def test_our_own_loan_number_in_the_text_ties_a_row(town: Town) -> None:
    town.erp(row("grant", 20000, ref="", decision="", text="lån L2011-0001"))
    assert town.now().loans["L2011-0001"].disbursed == SUM


def test_a_repayment_in_the_erp_alone_is_one(town: Town) -> None:
    town.paid()
    town.erp(row("loan", -500, "80001", ref="", day="2011-10-03"))
    town.erp(row("income", -700, "80002", ref="", person=PERSON, day="2011-11-03"))

    loan = town.now().loans["L2011-0001"]
    assert loan.repaid == kroner(1200)
    assert [f.code for f in town.found().open] == ["ML107"]


def test_a_turned_repayment_is_a_repayment_still(town: Town) -> None:
    town.paid()
    town.repay(500, "FI-1")
    town.erp(row("loan", 500, "80001", ref="FI-1", text="afdrag"))

    assert [f.code for f in town.found().open] == ["ML109"]
    town.fix("FI-1")
    assert town.found().open == ()
    assert town.on(LOAN) == kroner(19500)


def test_equal_repayments_are_told_apart_by_their_day(town: Town) -> None:
    town.paid()
    for n, day in enumerate(("2011-07-01", "2011-10-03"), 1):
        town.erp(row("loan", -500, f"8{n}", ref="", day=day))
    assert town.now().loans["L2011-0001"].repaid == kroner(1000)


def test_a_refund_is_tied_by_voucher_or_reference_or_not_at_all(town: Town) -> None:
    town.erp(row("grant", 20000), row("refund", -10000, ref="", decision=""))
    assert town.now().payments["refund-70010"].case == "L2011-0001"
    town.erp(row("refund", -1, "99", ref="PAY-1", decision=""))
    assert town.now().payments["refund-70010"].amount == kroner(-10001)
    town.erp(row("refund", -2, "98", ref="", decision=""))
    assert town.now().payments["refund-98"].case == ""


# the account statement


def test_a_line_in_that_nobody_can_name_goes_to_suspense(town: Town) -> None:
    assert town.bank(town.line(300, "XYZ"), town.line(-25)).suspense == 2
    assert town.on(chart.SUSPENSE) == kroner(-275)


def test_a_payment_id_names_its_loan_and_says_what_it_is(town: Town) -> None:
    town.paid()
    town.bank(town.line(1000, fik=fik.payment_id("L2011-0001", 1)))

    assert [town.on(LOAN), town.on(chart.REPAYMENTS)] == [kroner(19000), ZERO]


def test_a_payment_id_meets_the_repayment_that_a_caseworker_typed(town: Town) -> None:
    town.paid()
    town.repay(1000, "R")
    line = town.line(1000, fik=fik.payment_id("L2011-0001", 1))
    town.bank(replace(line, value=date(2011, 10, 3)))
    assert town.now().loans["L2011-0001"].repaid == kroner(1000)
    town.repay(700, "S")
    town.repay(700, "T")
    line = town.line(700, fik=fik.payment_id("L2011-0001", 2))

    assert town.bank(replace(line, value=date(2011, 10, 3))).suspense == 1


def test_a_payment_id_of_no_loan_of_ours_is_suspense(town: Town) -> None:
    assert town.bank(town.line(100, fik=fik.payment_id("L2099-0001"))).suspense == 1


def test_an_instalment_that_the_bank_takes_back_is_owed_again(town: Town) -> None:
    town.paid()
    number = fik.payment_id("L2011-0001", 1)
    town.bank(town.line(1000, fik=number))
    town.bank(town.line(-1000, fik=number, returned=True))

    assert town.now().loans["L2011-0001"].outstanding == SUM
    assert [town.on(LOAN), town.on(chart.REPAYMENTS), town.on(chart.BANK)] == [SUM, ZERO, ZERO]
    assert town.bank(town.line(-7, returned=True)).suspense == 1


def test_a_loan_number_in_the_text_places_a_payout(town: Town) -> None:
    town.paid()
    part = BankPart(-SUM, text="udbetaling L2011-0001")
    town.bank(BankLine(1, "N", DAY, DAY, -SUM, (part,)))
    assert town.on(chart.PAYOUTS) == ZERO
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.disburse()
    other.bank(BankLine(1, "N", DAY, DAY, -SUM, (part,)))

    assert other.now().payments["PAY-1"].bank == SUM
    third = Town(FakeJournal(), town.debtors)
    third.grant()
    assert third.bank(BankLine(1, "N", DAY, DAY, -SUM, (part,))).suspense == 1


def test_a_batch_that_is_not_the_sum_of_its_payments_is_not_divided(town: Town) -> None:
    town.grant(2)
    town.erp(
        row("loan", 20000, "1", ref="NK-1"),
        row("loan", 20000, "2", ref="NK-1", decision="2011-0002"),
    )
    town.bank(town.line(-30000, "NK-1"))
    assert [town.on(chart.PAYOUTS), town.on(chart.SUSPENSE)] == [kroner(-40000), kroner(30000)]


def test_a_known_line_changes_nothing_and_a_changed_one_is_refused(town: Town) -> None:
    line = town.line(300, "XYZ")
    town.bank(line)
    assert town.bank(line).already == 1
    with pytest.raises(RefusedError, match="300,00"):
        town.bank(replace(line, amount=kroner(301), parts=(BankPart(kroner(301)),)))
    twice = town.line(5, "Q")

    assert town.bank(twice, twice).already == 1


# the file as a whole


def test_a_file_with_a_bad_row_is_not_booked(town: Town) -> None:
    bad = Document(
        "f.csv",
        "erp",
        "opus",
        "d",
        erp=(row("grant", 20000),),
        rejected=(Rejected(3, Text("nej", "no")),),
    )
    before = town.journal.commits
    done = import_(town.journal, town.debtors, bad, WHO)

    assert (done.rows, done.booked, town.journal.commits) == (2, 0, before)


def test_rows_of_tomorrow_are_refused(town: Town) -> None:
    document = Document("f.csv", "erp", "opus", "d", erp=(row("grant", 5, day="2012-02-01"),))
    with pytest.raises(RefusedError, match="Line 2"):
        import_(town.journal, town.debtors, document, WHO)


def test_a_statement_without_lines_still_says_how_far_it_goes(town: Town) -> None:
    day = date(2011, 6, 1)
    assert town.bank(until=day).commit
    assert town.bank(until=day).commit == ""
    assert town.now().bank_until == day


def test_a_dry_run_tells_and_books_nothing(town: Town) -> None:
    before = town.journal.ledger
    document = Document("f.csv", "erp", "opus", "d", erp=(row("grant", 20000),))
    done = import_(town.journal, town.debtors, document, Who("reg", TODAY), dry_run=True)

    assert (done.booked, done.commit) == (1, "")
    assert town.journal.ledger is before


def test_what_was_overpaid_flows_back_when_the_erp_lists_the_payout_first(town: Town) -> None:
    town.repay(500, "R", over=True)
    town.erp(row("grant", 20000))

    assert town.on(chart.overpaid_account("L2011-0001")) == ZERO
    assert [town.on(LOAN), town.on(chart.GRANTS)] == [kroner(-500), SUM]
    assert town.now().loans["L2011-0001"].outstanding == kroner(19500)


def test_a_returned_instalment_finds_its_own_among_several(town: Town) -> None:
    town.paid()
    number = fik.payment_id("L2011-0001", 1)
    town.bank(town.line(1000, fik=number), town.line(700, fik=number))
    town.bank(town.line(-1000, fik=number, returned=True))
    assert town.now().loans["L2011-0001"].repaid == kroner(700)


def test_a_reference_that_the_bank_has_used_up_names_nothing_more(town: Town) -> None:
    town.paid()
    town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    assert town.bank(town.line(500, "FI-1")).suspense == 1


def test_a_turned_repayment_that_the_erp_lists_first_is_seen(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 500, "80001", ref="", text="afdrag", day="2011-10-03"))
    assert [f.code for f in town.found().open] == ["ML109"]
    town.erp(row("loan", -1000, "80002", ref="", text="Omp. bilag 80001", day="2011-10-04"))

    assert town.found().open == ()
    assert town.now().loans["L2011-0001"].repaid == kroner(500)
    assert town.on(chart.REPOSTING) == ZERO


def test_two_equal_payouts_of_one_loan_are_not_told_apart(town: Town) -> None:
    for ref in ("A", "B"):
        town.paid(amount=kroner(10000), ref=ref)
    assert town.erp(row("loan", 10000, ref="")).suspense == 1


def test_one_reference_may_cover_several_orders(town: Town) -> None:
    town.grant(2)
    for number, key in (("L2011-0001", "K1"), ("L2011-0002", "K2")):
        order = Pay("disburse", number, SUM, DAY, "NK-9", key)
        countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)
    town.bank(town.line(-40000, "NK-9"))

    assert town.on(chart.PAYOUTS) == ZERO
    assert {p.bank for p in town.now().payments.values()} == {SUM}


def test_a_refund_on_a_grant_is_right(town: Town) -> None:
    grant = replace(ORDER, kind="grant", terms=None, decision="2011-0900")
    approve(town.journal, town.debtors, grant, WHO)
    town.erp(row("refund", -10000, "9", decision="2011-0900", ref=""))
    with pytest.raises(RefusedError, match="nothing to correct"):
        correction(town.now(), "refund-9")
    assert town.found().open == ()


def test_a_correction_listed_before_what_it_corrects_can_be_settled(town: Town) -> None:
    town.paid()
    town.erp(row("grant", -20000, "70044", text="Omp."), row("loan", 20000, "70044", text="Omp."))
    assert [f.code for f in town.found().open] == ["ML113"]
    town.fix()
    assert [town.on(LOAN), town.on(chart.GRANTS), town.on(chart.REPOSTING)] == [SUM, ZERO, ZERO]
    town.erp(row("grant", 20000))

    assert [town.on(LOAN), town.on(chart.GRANTS), town.on(chart.REPOSTING)] == [SUM, ZERO, ZERO]


def test_a_decision_and_the_sum_name_the_payment_that_waits_for_its_row(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000, ref=""))

    assert list(town.now().payments) == ["PAY-1"]
    assert not town.now().payments["PAY-1"].possible
    assert town.on(chart.GRANTS) == SUM


def test_a_batch_line_waits_in_suspense_for_all_of_its_payments(town: Town) -> None:
    town.grant(2)
    part = BankPart(kroner(-40000), text="NEMKONTO NK-7")
    town.bank(BankLine(1, "N", DAY, DAY, kroner(-40000), (part,)))
    town.erp(row("loan", 20000, "1", ref="NK-7"))
    assert town.on(chart.SUSPENSE) == kroner(20000)
    town.erp(row("loan", 20000, "2", ref="NK-7", decision="2011-0002"))

    assert [town.on(chart.SUSPENSE), town.on(chart.PAYOUTS)] == [ZERO, ZERO]
    assert town.now().loans["L2011-0001"].paid_out == DAY


def test_a_number_that_both_lends_and_gives_is_told_apart_by_the_sum(town: Town) -> None:
    grant = replace(
        ORDER,
        kind="grant",
        terms=None,
        debtor="D0001",
        principal=kroner(8000),
        decision="2011-0001",
    )
    approve(town.journal, town.debtors, grant, WHO)
    town.erp(row("grant", 8000, "1", ref="A"), row("grant", 20000, "2", ref="B"))

    assert [(f.code, f.loan) for f in town.found().open] == [("ML101", "L2011-0001")]
    town.erp(row("loan", -500, "3", ref="", day="2011-10-03"))
    assert town.now().loans["L2011-0001"].repaid == kroner(500)


def test_a_cpr_number_in_a_reference_is_not_stored(town: Town) -> None:
    town.erp(row("grant", 20000, ref="610190-0000"))
    town.bank(town.line(500, "610190-0000"))
    said = str([dict(e.meta) for e in town.journal.read().entries])
    assert "610190" not in said
    assert [f.code for f in town.found().open] == ["ML101", "ML303"]


def test_lines_of_equal_reference_and_sum_stay_in_suspense(town: Town) -> None:
    town.bank(town.line(500, "FI-1"), town.line(500, "FI-1"))
    town.paid()
    town.repay(500, "FI-1")
    assert town.on(chart.SUSPENSE) == kroner(-1000)


def test_a_credit_on_the_grant_account_is_the_repayment_of_its_sum(town: Town) -> None:
    town.paid()
    town.repay(500, "FI-1")
    town.erp(row("grant", -500, "80001", ref="", day="2011-10-04"))
    assert [(f.code, f.loan) for f in town.found().open] == [("ML107", "L2011-0001")]
    town.erp(row("grant", -700, "80002", ref="", day="2011-11-04"))

    assert town.now().loans["L2011-0001"].repaid == kroner(500)
    assert [f.code for f in town.found().open] == ["ML107", "ML109"]


def test_a_credit_of_the_whole_payout_is_a_correction_and_no_repayment(town: Town) -> None:
    town.paid()
    town.erp(row("grant", -20000, "70044", ref=""))
    assert town.now().loans["L2011-0001"].repaid == ZERO
    town.erp(row("grant", 20000))
    assert town.on(chart.GRANTS) == ZERO
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.erp(row("grant", 20000))
    other.erp(row("grant", -20000, "70044", ref="", decision="", person=PERSON))

    assert other.now().loans["L2011-0001"].repaid == ZERO


def test_a_turned_repayment_is_turned_back_by_its_order(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 500, "80001", ref="FI-1", day="2011-10-03"))
    town.repay(500, "FI-1")

    assert [f.code for f in town.found().open] == ["ML109"]
    assert town.now().loans["L2011-0001"].outstanding == kroner(19500)
    town.fix("FI-1")
    assert town.found().open == ()


def test_one_voucher_under_one_number_holds_a_loan_and_a_grant(town: Town) -> None:
    grant = replace(
        ORDER,
        kind="grant",
        terms=None,
        principal=kroner(8000),
        decision="2011-0001",
    )
    approve(town.journal, town.debtors, grant, WHO)
    town.paid()
    town.erp(row("loan", 20000, ref=""), row("grant", 8000, ref=""))

    assert town.found().open == ()
    assert [town.on(LOAN), town.on(chart.GRANTS)] == [SUM, kroner(8000)]


def test_an_equal_grant_under_one_number_is_what_is_left_unpaid(town: Town) -> None:
    grant = replace(ORDER, kind="grant", terms=None, decision="2011-0001")
    approve(town.journal, town.debtors, grant, WHO)
    town.paid()
    town.erp(row("loan", 20000), row("grant", 20000, "70011", ref="PAY-2"))

    assert town.found().open == ()


def test_the_second_half_after_our_fix_confirms_it(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000, ref=""))
    town.erp(row("grant", -20000, "70044", ref=""))
    town.fix()
    town.erp(row("loan", 20000, "70045", ref=""))

    assert [town.on(LOAN), town.on(chart.REPOSTING)] == [SUM, ZERO]
    assert town.found().open == ()


def test_a_correction_may_stand_before_its_row_in_a_list(town: Town) -> None:
    town.paid()
    town.erp(
        row("grant", -20000, "70044", ref="", decision="", text="Omp. bilag 70010"),
        row("loan", 20000, "70044", ref="", decision="", text="Omp. bilag 70010"),
        row("grant", 20000),
    )
    assert [town.on(LOAN), town.on(chart.GRANTS)] == [SUM, ZERO]
    assert town.found().open == ()


def test_the_row_that_names_its_order_is_placed_before_the_one_that_does_not(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000, "70011", ref="PAY-2"), row("loan", 20000))

    assert sorted(f.code for f in town.found().open) == ["ML101", "ML201"]
    assert town.now().loans["L2011-0001"].disbursed == kroner(40000)


def test_equal_repayments_of_two_months_are_two(town: Town) -> None:
    town.paid()
    line = town.line(500, fik=fik.payment_id("L2011-0001", 1))
    town.bank(replace(line, value=date(2011, 8, 3)))
    town.erp(row("loan", -500, "80001", ref="", day="2011-12-05"))

    assert town.now().loans["L2011-0001"].repaid == kroner(1000)


def test_the_line_that_names_its_repayment_is_placed_first(town: Town) -> None:
    town.paid()
    town.repay(500, "FI-1")
    day = date(2011, 10, 3)
    unnamed = replace(town.line(500, fik=fik.payment_id("L2011-0001", 1)), value=day)
    town.bank(unnamed, replace(town.line(500, "FI-1"), value=day))

    assert town.now().loans["L2011-0001"].repaid == kroner(1000)
    assert town.on(chart.SUSPENSE) == ZERO


def test_the_erp_may_split_what_the_bank_paid_first(town: Town) -> None:
    town.bank(town.line(-20000, "PAY-1"))
    town.erp(row("loan", 12000, "1"))
    town.erp(row("grant", 8000, "2"))

    assert [town.on(chart.SUSPENSE), town.on(chart.PAYOUTS), town.on(chart.REPOSTING)] == (
        [ZERO, ZERO, ZERO]
    )


def test_a_line_of_another_sum_confirms_nothing(town: Town) -> None:
    town.paid()
    town.bank(town.line(-200, "PAY-1"))
    assert not town.now().payments["PAY-1"].confirmed
    town.bank(town.line(-19800, "PAY-1"))
    assert not town.now().payments["PAY-1"].confirmed


def test_a_second_payout_by_the_bank_is_seen_on_its_loan(town: Town) -> None:
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), town.line(-20000, "PAY-1"))
    assert [(f.code, f.loan, f.severity.word) for f in town.found().open] == [
        ("ML106", "L2011-0001", "error"),
    ]


def test_a_repayment_under_the_reference_of_the_payout_is_no_return(town: Town) -> None:
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    line = town.line(1000, "PAY-1")
    town.bank(replace(line, parts=(replace(line.parts[0], text="AFDRAG L2011-0001"),)))

    assert town.now().loans["L2011-0001"].repaid == kroner(1000)


def test_two_instalments_in_one_line_are_two_payments(town: Town) -> None:
    town.paid()
    number = fik.payment_id("L2011-0001", 1)
    parts = (BankPart(kroner(1000), fik=number), BankPart(kroner(1500), fik=number))
    town.bank(BankLine(1, "F1", DAY, DAY, kroner(2500), parts))
    town.bank(town.line(-1000, fik=number, returned=True))

    assert town.now().loans["L2011-0001"].repaid == kroner(1500)
    assert town.on(chart.SUSPENSE) == ZERO


def test_of_equal_sums_under_one_number_the_account_tells(town: Town) -> None:
    grant = replace(ORDER, kind="grant", terms=None, decision="2011-0001")
    approve(town.journal, town.debtors, grant, WHO)
    town.erp(row("grant", 20000, ref=""))
    town.erp(row("loan", 20000, "2", ref=""))

    assert town.found().open == ()


def test_a_batch_of_parts_under_one_reference_waits_as_one(town: Town) -> None:
    town.grant(2)
    parts = (BankPart(kroner(-20000), "NK-8"), BankPart(kroner(-20000), "NK-8"))
    town.bank(BankLine(1, "N", DAY, DAY, kroner(-40000), parts))
    town.erp(
        row("loan", 20000, "1", ref="NK-8"),
        row("loan", 20000, "2", ref="NK-8", decision="2011-0002"),
    )

    assert [town.on(chart.SUSPENSE), town.on(chart.PAYOUTS)] == [ZERO, ZERO]
    assert town.now().loans["L2011-0002"].paid_out == DAY


def test_what_was_only_possible_is_certain_once_a_reference_or_a_decision_says_so(
    town: Town,
) -> None:
    listed = row("grant", 20000, person=PERSON)
    town.erp(listed)
    assert [f.severity.word for f in town.found().open] == ["warning"]
    town.paid()
    assert [f.severity.word for f in town.found().open] == ["error"]
    other = Town(FakeJournal(), town.debtors)
    other.grant()
    other.erp(row("grant", 20000, ref="", person=PERSON))
    assert other.now().payments[last(other)].possible
    other.erp(
        row("grant", -5000, "9", ref="", text="Omp."), row("sub", 5000, "9", ref="", text="Omp.")
    )

    assert not other.now().payments[last(other)].possible
