"""Minimal examples of what the labelled corpus (benchmarks/corpus) has found, each cured."""

from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from town import LOAN, SECOND, SUM, WHO, Town, row

from mikroledger.domain import chart
from mikroledger.domain.fik import payment_id
from mikroledger.domain.finding import Severity
from mikroledger.domain.payment import Payment
from mikroledger.domain.plan import Terms
from mikroledger.domain.portfolio import Loan
from mikroledger.domain.record import BankLine, BankPart, Document
from mikroledger.errors import RefusedError
from mikroledger.importers.document import read_bytes
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import import_
from mikroledger.services.match import again
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse

OTHER = "6201900002"
PERSON = "6101900001"  # D0001 of FakeDebtors, a replacement number of nobody


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    return Town(journal, debtors)


def shown(  # noqa: PLR0917
    town: Town,
    amount: int,
    day: str,
    text: str = "",
    ref: str = "",
    fik: str = "",
    source: str = "bank",
) -> None:
    """Import a statement with one line."""
    town.lines += 1
    when, sum_ = date.fromisoformat(day), kroner(amount)
    part = BankPart(sum_, ref, fik, text)
    line = BankLine(1, f"N{town.lines}", when, when, sum_, (part,))
    document = Document("k.csv", "bank-csv", source, str(town.lines), bank=(line,))
    import_(town.journal, town.debtors, document, WHO)


def loan(town: Town) -> Loan:
    return town.now().loans["L2011-0001"]


def only(town: Town, flow: str) -> Payment:
    (payment,) = [p for p in town.now().payments.values() if p.flow == flow]
    return payment


def codes(town: Town) -> list[str]:
    return [finding.code for finding in town.found().open]


def repay(town: Town, day: str, ref: str, amount: int = 500) -> None:
    order = Pay("repay", "L2011-0001", kroner(amount), date.fromisoformat(day), ref)
    pay(town.journal, order, WHO)


def settle(town: Town) -> None:
    for made in reclassify(town.journal, ALL_RULES, Choice(all=True), WHO):
        countersign(town.journal, made.id, SECOND)


# What an ERP row says


@pytest.mark.parametrize(
    "text",
    [
        "Tilbagebetalingspligtig hjælp",
        "Hjælp mod tilbagebetaling",
        "Lån m/tilbagebetaling",
        "med tilbagebetalingspligt",
    ],
)
def test_help_that_is_to_be_repaid_is_paid_out(town: Town, text: str) -> None:
    town.grant()
    town.erp(row("loan", 20000, text=text, ref="PAY-9"))

    assert only(town, "out").amount == SUM
    assert codes(town) == []


def test_a_repayment_is_still_known_by_its_name(town: Town) -> None:
    town.grant()
    town.paid()
    town.erp(row("grant", -500, text="Tilbagebetaling af lån", ref="", day="2011-07-01"))

    assert only(town, "in").amount == kroner(-500)


def test_rows_of_one_voucher_are_one_though_only_one_of_them_names_the_person(town: Town) -> None:
    town.grant()
    town.paid()
    town.erp(
        row("loan", 15000, ref="", text="L2011-0001", decision=""),
        row("grant", 5000, ref="", text="L2011-0001", person=PERSON),
    )

    assert [(f.code, f.amount) for f in town.found().open] == [("ML111", kroner(5000))]
    assert loan(town).outstanding == SUM


def test_a_batch_may_pay_two_decisions_under_one_number(town: Town) -> None:
    """The first of its rows says nothing of the second, where each has a decision's sum."""
    town.grant(decision="2011-7")
    given = Approval("grant", "D0001", kroner(8000), date(2011, 3, 1), "2011-7")
    approve(town.journal, town.debtors, given, WHO)
    for voucher, amount in (("70010", 8000), ("70011", 20000)):
        town.erp(row("grant", amount, voucher, decision="2011-7", ref="NKB-1"))

    found = [(f.code, f.loan, f.amount) for f in town.found().open]
    assert found == [("ML101", "L2011-0001", SUM)]


def test_of_a_batch_under_one_number_a_row_is_the_decision_s_whose_sum_it_is(town: Town) -> None:
    """The loan is ordered, the grant is not; the ERP lists the grant first."""
    town.grant(decision="2011-7")
    given = Approval("grant", "D0001", kroner(8000), date(2011, 3, 1), "2011-7")
    approve(town.journal, town.debtors, given, WHO)
    town.paid(ref="NKB-1")
    town.erp(row("grant", 8000, "70010", decision="2011-7", ref="NKB-1"))
    town.erp(row("loan", 20000, "70011", decision="2011-7", ref="NKB-1"))

    assert codes(town) == []
    assert loan(town).outstanding == SUM


def two_decisions(town: Town, number: int, paid: int) -> None:
    """A loan that is paid out in part, and a grant: a row that names the person names neither."""
    town.grant(number, kroner(paid + 1000))
    given = Approval("grant", f"D{number:04d}", kroner(8000), date(2011, 3, 1), f"2011-9{number}")
    approve(town.journal, town.debtors, given, WHO)


@pytest.mark.parametrize("turn", [1, -1], ids=["as listed", "the other way round"])
def test_of_a_batch_that_the_erp_has_listed_each_order_takes_its_own_borrower_s_row(
    town: Town, turn: int
) -> None:
    """The rows name persons with two decisions each; the orders come in any order."""
    lent = {"L2011-0001": 20000, "L2011-0002": 12000}
    for number, amount in enumerate(lent.values(), 1):
        two_decisions(town, number, amount)
    for (voucher, person), amount in zip(
        (("70010", PERSON), ("70011", OTHER)), lent.values(), strict=True
    ):
        town.erp(row("loan", amount, voucher, person=person, ref="NKB-1", text="§ 65 lån"))
    for name, amount in [*lent.items()][::turn]:
        order = Pay("disburse", name, kroner(amount), date(2011, 4, 15), "NKB-1", key=name)
        countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)
    town.bank(town.line(-32000, "NKB-1"), until=date(2011, 4, 18))

    assert codes(town) == ["ML305", "ML305"], (
        "less was paid out than granted, and no more is wrong"
    )
    owed = {number: each.outstanding for number, each in town.now().loans.items()}
    assert owed == {number: kroner(amount) for number, amount in lent.items()}


def test_an_order_leaves_another_borrower_s_row_of_another_sum_alone(town: Town) -> None:
    """Its own row of the batch is on a list that has not come yet."""
    two_decisions(town, 1, 20000)
    two_decisions(town, 2, 12000)
    town.erp(row("loan", 20000, "70010", person=PERSON, ref="NKB-1", text="§ 65 lån"))
    order = Pay("disburse", "L2011-0002", kroner(12000), date(2011, 4, 15), "NKB-1", key="b")
    countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)
    assert town.now().loans["L2011-0002"].outstanding == kroner(12000)
    assert town.on(chart.UNASSIGNED) == kroner(20000)

    town.erp(row("loan", 12000, "70011", person=OTHER, ref="NKB-1", text="§ 65 lån"))
    town.paid(ref="NKB-1")
    assert [each.outstanding for each in town.now().loans.values()] == [SUM, kroner(12000)]
    assert town.on(chart.UNASSIGNED) == ZERO


@pytest.mark.parametrize("waits", [False, True], ids=["signed at once", "all signed at the end"])
@pytest.mark.parametrize("listed", [False, True], ids=["ordered", "listed first"])
def test_a_batch_that_the_bank_shows_early_is_divided_once_all_of_it_is_known(
    town: Town, *, waits: bool, listed: bool
) -> None:
    """Its line lies on the one that the ERP had listed, which has too much by the others' sums."""
    lent = {"L2011-0001": 20000, "L2011-0002": 12000, "L2011-0003": 9000}
    for number, amount in enumerate(lent.values(), 1):
        town.grant(number, kroner(amount))
    town.erp(row("loan", 20000, ref="NKB-1"))
    town.bank(town.line(-41000, "NKB-1"), until=date(2011, 4, 18))
    assert codes(town) == ["ML205"]
    waiting = []
    for name, amount in [*lent.items()][1:]:
        if listed:
            decision = f"2011-{name[-4:]}"
            town.erp(row("loan", amount, f"7{name[-4:]}", ref="NKB-1", decision=decision))
        order = Pay("disburse", name, kroner(amount), date(2011, 4, 15), "NKB-1", key=name)
        waiting.append(pay(town.journal, order, WHO).id)
        if not waits:
            countersign(town.journal, waiting.pop(), SECOND)
    for proposal in waiting:
        countersign(town.journal, proposal, SECOND)

    assert codes(town) == []
    shown = {each.case: each.bank for each in town.now().payments.values()}
    assert shown == {name: kroner(amount) for name, amount in lent.items()}
    assert town.on(chart.BANK) == kroner(-41000)


@pytest.mark.parametrize(
    ("ordered", "shown"), [(20000, 40000), (30000, 25000)], ids=["twice its sum", "in between"]
)
def test_the_order_of_the_payout_that_a_line_lies_on_takes_nothing_from_itself(
    town: Town, ordered: int, shown: int
) -> None:
    """What its order misses may be just what the line has beyond its row."""
    town.grant(1, kroner(ordered))
    town.erp(row("loan", 20000, ref="NKB-1"))
    town.bank(town.line(-shown, "NKB-1"))
    town.paid(amount=kroner(ordered), ref="NKB-1")

    assert only(town, "out").bank == kroner(shown)


def test_a_payout_that_the_bank_overpaid_keeps_its_line(town: Town) -> None:
    """No other payout of its reference misses just what it has too much."""
    town.grant(1)
    town.grant(2, kroner(12000))
    town.erp(row("loan", 20000, ref="NKB-1"))
    town.bank(town.line(-30000, "NKB-1"), until=date(2011, 4, 18))
    order = Pay("disburse", "L2011-0002", kroner(12000), date(2011, 4, 15), "NKB-1", key="b")
    countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)

    assert codes(town) == ["ML205", "ML205"]
    assert [each.bank for each in town.now().payments.values()] == [kroner(30000), ZERO]


def test_a_row_of_the_order_s_sum_is_its_own_though_it_names_somebody_else(town: Town) -> None:
    """The money went to the wrong person, and the bank has shown it already (ML208)."""
    two_decisions(town, 1, 20000)
    two_decisions(town, 2, 12000)
    town.erp(row("loan", 20000, "70010", person=OTHER, ref="NKB-1", text="§ 65 lån"))
    town.bank(town.line(-20000, "NKB-1"), until=date(2011, 4, 18))
    town.paid(ref="NKB-1")

    assert loan(town).outstanding == SUM
    assert "ML208" in codes(town)


# Which payment a row belongs to


def test_a_row_that_names_the_person_meets_the_repayment_of_a_giro_card(town: Town) -> None:
    """The card names the loan and no person; it is the person's all the same."""
    town.grant()
    town.paid()
    shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", 1))
    town.erp(row("loan", -500, person=PERSON, ref="", text="Afdrag", day="2011-07-03"))

    assert loan(town).outstanding == kroner(19500)
    assert town.on(chart.REPAYMENTS) == ZERO


def test_a_repayment_waits_for_the_order_that_has_its_reference(town: Town) -> None:
    """That the row also names the person, who owes nothing yet, is no reason to drop it."""
    town.grant()
    town.erp(
        row("loan", -500, person=PERSON, ref="IND-1", text="Afdrag", day="2011-10-03"),
    )
    town.paid()
    repay(town, "2011-10-03", "IND-1")

    assert loan(town).repaid == kroner(500)
    assert codes(town) == []


def test_a_strange_repayment_without_a_reference_is_unplaced(town: Town) -> None:
    town.erp(row("loan", -500, person=PERSON, ref="", text="Afdrag"))

    (found,) = town.found().open
    assert (found.code, found.amount) == ("ML209", kroner(500))


# The bank first


def benefit(town: Town) -> None:
    order = Approval("subsistence", "D0001", kroner(24000), date(2011, 3, 1), "2011-5")
    approve(town.journal, town.debtors, order, WHO)


def test_equal_monthly_lines_wait_for_the_rows_of_their_months(town: Town) -> None:
    benefit(town)
    for month in (4, 5, 6):
        shown(town, -8000, f"2011-0{month}-20", "Udb. S2011-0001")
    for month in (6, 4, 5):
        town.erp(row("sub", 8000, f"7{month}", decision="2011-5", ref="", day=f"2011-0{month}-22"))

    assert town.on(chart.SUSPENSE) == ZERO
    assert {p.value.month for p in town.now().payments.values()} == {4, 5, 6}
    assert codes(town) == []


def test_equal_monthly_rows_wait_for_the_lines_of_their_months(town: Town) -> None:
    benefit(town)
    for month in (5, 6):
        town.erp(row("sub", 8000, f"7{month}", decision="2011-5", ref="", day=f"2011-0{month}-22"))
    for month in (4, 6, 5):
        shown(town, -8000, f"2011-0{month}-20", "Udb. S2011-0001")
    assert town.on(chart.SUSPENSE) == kroner(8000)
    town.erp(row("sub", 8000, "74", decision="2011-5", ref="", day="2011-04-22"))

    assert town.on(chart.SUSPENSE) == ZERO
    assert all(p.confirmed for p in town.now().payments.values())


def test_a_line_of_another_month_is_not_taken_for_a_benefit(town: Town) -> None:
    benefit(town)
    shown(town, -8000, "2011-04-20", "Udb. S2011-0001")
    town.erp(row("sub", 8000, decision="2011-5", ref="", day="2011-06-22"))

    assert town.on(chart.SUSPENSE) == kroner(8000)


def test_an_order_gives_its_payout_the_line_that_came_before_it(town: Town) -> None:
    """So that the findings are the same whichever was first: ML106 and ML503, both errors."""
    town.grant()
    shown(town, -20000, "2011-04-18", "NemKonto", "PAY-1")
    town.disburse()

    found = [(f.code, f.loan, f.severity) for f in town.found().open]
    error = Severity.ERROR
    assert sorted(found) == [("ML106", "L2011-0001", error), ("ML503", "L2011-0001", error)]
    assert town.on(chart.SUSPENSE) == ZERO


def test_an_order_leaves_the_line_of_another_sum(town: Town) -> None:
    town.grant()
    shown(town, -300, "2011-04-18", "NemKonto", "PAY-1")
    town.disburse()

    assert town.on(chart.SUSPENSE) == kroner(300)


@pytest.mark.parametrize("order_first", [True, False])
def test_a_return_that_came_before_its_payout_is_found_again(
    town: Town,
    order_first: bool,
) -> None:
    town.grant()
    shown(town, 20000, "2011-04-20", "Retur", "PAY-1")
    if order_first:
        town.paid()
    shown(town, -20000, "2011-04-18", "NemKonto", "PAY-1")
    if not order_first:
        town.paid()

    assert town.on(chart.SUSPENSE) == ZERO
    assert only(town, "out").due_back
    assert only(town, "out").value == date(2011, 4, 18)


def test_a_statement_with_the_newest_line_first_is_read_from_the_oldest(town: Town) -> None:
    town.grant()
    town.paid()
    lines = (town.line(20000, "PAY-1"), town.line(-20000, "PAY-1"))
    newest = lines[0].__class__(9, "N9", date(2011, 4, 20), date(2011, 4, 20), SUM, lines[0].parts)
    town.bank(newest, lines[1])

    assert only(town, "out").due_back


# Rows on the wrong side


def test_a_turned_repayment_meets_the_bank_by_loan_and_sum(town: Town) -> None:
    town.grant()
    town.paid()
    shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", 1))
    town.erp(row("loan", 500, ref="", text="Afdrag", day="2011-07-03"))
    assert loan(town).outstanding == kroner(19500)
    assert codes(town) == ["ML109"]
    settle(town)

    assert codes(town) == []
    assert town.on(LOAN) == kroner(19500)


@pytest.mark.parametrize("order_first", [True, False])
def test_a_turned_repayment_may_be_first(town: Town, order_first: bool) -> None:
    town.grant()
    town.paid()
    town.erp(row("loan", 500, ref="", text="Afdrag", day="2011-07-03"))
    if order_first:
        repay(town, "2011-07-01", "IND-1")
    shown(town, 500, "2011-07-01", ref="IND-1", fik=payment_id("L2011-0001", 1))
    if not order_first:
        repay(town, "2011-07-01", "IND-1")
    assert loan(town).outstanding == kroner(19500)
    settle(town)

    assert codes(town) == []
    assert town.on(LOAN) == kroner(19500)
    assert town.on(chart.REPAYMENTS) == ZERO


def test_the_next_months_row_is_no_half_of_a_turned_one(town: Town) -> None:
    town.grant()
    town.paid()
    town.erp(row("loan", 500, "71", ref="", text="Afdrag", day="2011-07-03"))
    town.erp(row("loan", -500, "72", ref="", text="Afdrag", day="2011-08-03"))

    assert codes(town) == ["ML109"]


@pytest.mark.parametrize("order_first", [True, False])
def test_a_turned_payout_meets_its_order_by_decision_and_sum(
    town: Town,
    order_first: bool,
) -> None:
    """A credit of the whole sum, with a typing error in its reference: nobody repaid it."""
    town.grant()
    if order_first:
        town.paid()
    town.erp(row("loan", -20000, ref="PYA-1", text="§ 65 lån", day="2011-04-20"))
    if not order_first:
        town.paid()
    shown(town, -20000, "2011-04-18", "NemKonto", "PAY-1")
    assert loan(town).outstanding == SUM
    assert codes(town) == ["ML109"]
    settle(town)

    assert codes(town) == []
    assert town.on(LOAN) == SUM


def test_a_turned_payout_does_not_keep_the_bank_from_its_order(town: Town) -> None:
    town.grant()
    shown(town, -20000, "2011-04-18", "NemKonto", "PAY-1")
    town.erp(row("loan", -20000, day="2011-04-20"))
    town.paid()
    settle(town)

    assert town.on(chart.PAYOUTS) == ZERO
    assert town.on(chart.REPAYMENTS) == ZERO
    assert town.on(LOAN) == SUM


def test_a_debit_on_a_grant_account_is_no_turned_repayment(town: Town) -> None:
    town.grant()
    town.paid()
    shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", 1))
    town.erp(row("grant", 500, ref="", text="Afdrag", day="2011-07-03"))

    assert loan(town).outstanding == kroner(19500)


# Caseworker and bank


@pytest.mark.parametrize("fik", ["", payment_id("L2011-0001", 1)])
def test_a_repayment_that_the_bank_has_shown_may_be_typed_too(town: Town, fik: str) -> None:
    """The bank named the loan, by card or by number; the caseworker says the same again."""
    town.grant()
    town.paid()
    shown(town, 500, "2011-07-01", "Afdrag L2011-0001", "IND-1", fik)
    repay(town, "2011-07-01", "IND-1")
    repay(town, "2011-08-01", "IND-2")

    assert loan(town).repaid == kroner(1000)
    assert town.on(chart.REPAYMENTS) == kroner(500)


# One repayment in the book twice (ML304)


def test_one_line_in_two_kinds_of_files_is_refused(town: Town) -> None:
    """Unless they say their account: then it is known, or another account's payment."""
    town.grant()
    town.paid()
    shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", 1))
    with pytest.raises(RefusedError, match="already booked"):
        shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", 1), source="bankdata")

    assert loan(town).repaid == kroner(500)


def test_two_payments_on_one_day_in_one_statement_are_two(town: Town) -> None:
    town.grant()
    town.paid()
    for number in (1, 2):
        shown(town, 500, "2011-07-01", fik=payment_id("L2011-0001", number))

    assert codes(town) == []


def test_a_reference_that_a_second_line_carries_is_told(town: Town) -> None:
    town.grant()
    town.paid()
    repay(town, "2011-07-01", "IND-1")
    shown(town, 500, "2011-07-01", "Overførsel", "IND-1")
    shown(town, 500, "2011-07-04", "Afdrag L2011-0001", "IND-1")

    assert codes(town) == ["ML304"]


def test_a_standing_order_says_the_same_each_month(town: Town) -> None:
    town.grant()
    town.paid()
    repay(town, "2011-07-01", "IND-1")
    for month in (7, 8, 9):
        shown(town, 500, f"2011-0{month}-01", "Afdrag L2011-0001", "IND-1")

    assert codes(town) == []
    assert loan(town).repaid == kroner(1500)


# How sure a finding is


def test_a_doubtful_row_does_not_make_the_payout_doubtful(town: Town) -> None:
    """Order and bank say when the loan was paid out; only the ERP's row could be another's."""
    order = Approval(
        "loan",
        "D0001",
        SUM,
        date(2011, 3, 1),
        "2011-0001",
        Terms(first_due=date(2011, 4, 1), count=20),
    )
    approve(town.journal, town.debtors, order, WHO)
    town.paid()
    town.erp(row("loan", 20000, person=PERSON, ref="", day="2011-04-20"))

    assert only(town, "out").possible
    assert [(f.code, f.severity) for f in town.found().open] == [("ML112", Severity.ERROR)]


# What comes in another order than it happened


def test_a_payment_id_may_stand_alone_in_the_column_for_references() -> None:
    """15 digits with the right check digit: as camt has them, and the banks' CSV files too."""
    card = payment_id("L2011-0001", 1)
    head = "Dato;Valørdato;Tekst;Beløb;Saldo;Reference"
    text = f"{head}\n01-07-2011;01-07-2011;Indbetaling;500,00;500,00;{card}\n"

    assert read_bytes("k.csv", text.encode()).bank[0].parts[0].fik == card


def test_the_order_of_the_erps_own_lists_does_not_matter(town: Town) -> None:
    town.grant()
    town.erp(row("grant", -20000, "70020", text="Omp. bilag 70010", day="2011-06-01"))
    assert codes(town) == ["ML209"]
    town.erp(row("grant", 20000, "70010", day="2011-05-02"))
    again(town.journal, WHO)
    town.paid()

    assert codes(town) == ["ML113"]


def test_the_second_of_two_equal_parts_may_be_listed_first(town: Town) -> None:
    town.grant()
    town.paid(amount=kroner(10000), ref="PAY-1")
    town.erp(row("loan", 10000, "70020", ref="PAY-2", day="2011-05-20"))
    town.paid(amount=kroner(10000), ref="PAY-2")
    town.erp(row("loan", 10000, "70010", ref="PAY-1", day="2011-05-02"))

    shown(town, -10000, "2011-05-02", "NemKonto", "PAY-1")
    shown(town, -10000, "2011-05-20", "NemKonto", "PAY-2")

    assert [p.amount for p in loan(town).payouts] == [kroner(10000)] * 2
    assert all(p.confirmed and not p.ahead for p in loan(town).payouts)
    assert codes(town) == []


def test_a_payout_may_be_taken_off_before_the_bank_shows_its_return(town: Town) -> None:
    town.grant()
    number = town.paid()
    shown(town, -20000, "2011-04-18", "NemKonto", "PAY-1")
    made = reverse(town.journal, number, "kommer retur", WHO)
    countersign(town.journal, made.id, SECOND)
    shown(town, 20000, "2011-04-22", "Retur", "PAY-1")

    assert town.on(chart.PAYOUTS) == ZERO
    assert town.on(chart.RETURNED) == ZERO


def test_an_order_may_confirm_a_payout_after_it_was_paid_twice(town: Town) -> None:
    town.grant()
    town.erp(row("loan", 20000, "70010"), row("loan", 20000, "70011", ref="PAY-2"))
    town.disburse()


@pytest.mark.parametrize("account", ["loan", "grant"])
def test_a_decision_that_is_recorded_late_finds_what_was_paid(town: Town, account: str) -> None:
    """ML102 says: record the decision. It helps only if the row waits for it (ML101, ML203)."""
    town.erp(row(account, 20000, day="2011-02-15"))
    order = Approval(
        "loan",
        "D0001",
        SUM,
        date(2011, 3, 1),
        "2011-0001",
        Terms(first_due=date(2011, 9, 1), count=20),
    )
    told = approve(town.journal, town.debtors, order, WHO)

    assert [text.en for text in told.notes] == [
        "The payment PAY-1, which the ERP listed before the decision, is tied to it.",
    ]
    assert loan(town).disbursed == SUM
    misbooked = ["ML101"] if account == "grant" else []
    assert codes(town) == [*misbooked, "ML203"]


def test_a_row_that_nobody_could_place_waits_for_its_decision_too(town: Town) -> None:
    town.erp(row("loan", 20000, ref="", day="2011-05-02"))
    assert codes(town) == ["ML209"]
    town.grant()

    assert loan(town).disbursed == SUM
    assert codes(town) == []


def test_of_decisions_under_one_number_each_late_one_takes_its_own_sum(town: Town) -> None:
    for voucher, amount in (("70010", 8000), ("70011", 20000), ("70012", 300)):
        town.erp(row("grant", amount, voucher, decision="2011-7", ref=f"PAY-{voucher}"))
    given = Approval("grant", "D0001", kroner(8000), date(2011, 3, 1), "2011-7")
    approve(town.journal, town.debtors, given, WHO)
    town.grant(decision="2011-7")

    cases = {p.id: p.case for p in town.now().payments.values()}
    assert cases == {"PAY-70010": "G2011-0001", "PAY-70011": "L2011-0001", "PAY-70012": ""}


def test_a_late_decision_takes_the_parts_of_its_sum_and_what_came_back(town: Town) -> None:
    for voucher, amount in (("70010", 8000), ("70011", 12000)):
        town.erp(row("loan", amount, voucher, ref=f"PAY-{voucher}"))
    town.erp(row("loan", -500, "70012", ref="REP-1", text="Afdrag", day="2011-10-03"))
    town.grant()

    assert loan(town).disbursed == SUM
    assert loan(town).repaid == kroner(500)
    assert codes(town) == []


def test_a_late_grant_takes_no_repayment(town: Town) -> None:
    town.erp(row("grant", 8000, "70010", ref="PAY-1"))
    town.erp(row("loan", -500, "70012", ref="REP-1", text="Afdrag", day="2011-10-03"))
    given = Approval("grant", "D0001", kroner(8000), date(2011, 3, 1), "2011-0001")
    approve(town.journal, town.debtors, given, WHO)

    assert {p.id: p.case for p in town.now().payments.values()} == {
        "PAY-1": "G2011-0001",
        "REP-1": "",
    }


def test_sums_that_do_not_fit_a_late_decision_are_left(town: Town) -> None:
    for voucher, amount in (("70010", 8000), ("70011", 13000)):
        town.erp(row("loan", amount, voucher, ref=f"PAY-{voucher}"))
    town.grant()

    assert loan(town).disbursed == ZERO
    assert set(codes(town)) == {"ML102"}


@pytest.mark.parametrize("text", ["", "Afdrag L2011-0002"])
def test_an_order_on_another_loan_than_its_line_is_refused(town: Town, text: str) -> None:
    """The bank was first, by the card or by the text; then its reference is typed elsewhere."""
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-000{number}", ref=f"PAY-{number}")
    shown(town, 500, "2011-07-01", text, "IND-1", "" if text else payment_id("L2011-0002", 1))
    with pytest.raises(RefusedError, match="stand on L2011-0002, which the payment id"):
        repay(town, "2011-07-01", "IND-1")
    repay(town, "2011-07-01", "IND-1", 400)  # another sum is another payment
    repay(town, "2011-08-01", "IND-2")
    for day, ref in (("2011-08-01", "IND-3"), ("2011-07-01", "IND-4")):
        order = Pay("repay", "L2011-0002", kroner(500), date.fromisoformat(day), ref)
        pay(town.journal, order, WHO)

    repaid = {number: each.repaid for number, each in town.now().loans.items()}
    assert repaid == {"L2011-0001": kroner(900), "L2011-0002": kroner(1000)}


def test_a_text_that_many_write_each_month_is_no_reference_of_one(town: Town) -> None:
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-000{number}", ref=f"PAY-{number}")
    shown(town, 500, "2011-07-01", "Afdrag L2011-0002", "Afdrag")
    shown(town, 500, "2011-08-01", "Afdrag L2011-0001", "Afdrag")

    assert {n: e.repaid for n, e in town.now().loans.items()} == {
        "L2011-0001": kroner(500),
        "L2011-0002": kroner(500),
    }
    assert codes(town) == []
