"""One payment, once: equal sums, repeated references, and what is ordered again."""

from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from town import LOAN, TODAY, WHO, Town, row

from mikroledger.domain import chart, fik
from mikroledger.domain.record import BankLine, BankPart, Document
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, kroner
from mikroledger.services.approve import Approval, approve
from mikroledger.services.candidates import open_items
from mikroledger.services.import_ import import_
from mikroledger.services.match import Match, match
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse

DAY = date(2011, 10, 3)


@pytest.fixture
def town() -> Town:
    town = Town(FakeJournal(), FakeDebtors())
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-000{number}", ref=f"PAY-{number}")
    town.bank(town.line(-20000, "PAY-1"), town.line(-20000, "PAY-2"))
    return town


def line(town: Town, amount: int, day: date, **part: str) -> BankLine:
    town.lines += 1
    said = BankPart(kroner(amount), **part)
    return BankLine(town.lines, f"N{town.lines}", day, day, kroner(amount), (said,))


def test_a_repayment_that_was_taken_back_is_ordered_anew(town: Town) -> None:
    number = town.repay(500, "FI-1")
    reverse(town.journal, number, "forkert lån", WHO)
    again = Pay("repay", "L2011-0001", kroner(500), DAY, "FI-1", "anden-ordre")

    assert pay(town.journal, again, WHO).outcome == "booked"
    assert town.now().loans["L2011-0001"].repaid == kroner(500)
    assert town.on(LOAN) == kroner(19500)


def test_of_equal_monthly_payouts_the_line_is_the_one_of_its_month(town: Town) -> None:
    order = Approval("subsistence", "D0003", kroner(10000), date(2011, 5, 1), decision="2011-0099")
    number = approve(town.journal, town.debtors, order, WHO).loan
    for voucher, day in (("71", "2011-05-31"), ("72", "2011-06-30")):
        town.erp(row("sub", 5000, voucher, ref="", decision="2011-0099", day=day))
    town.bank(line(town, -5000, date(2011, 6, 30), text=f"ydelse {number}"))

    paid = sorted((p for p in town.now().payments.values() if p.case == number), key=str)
    assert sorted((p.listed[0].month, p.bank) for p in paid) == [(5, ZERO), (6, kroner(5000))]


def test_a_reference_that_comes_again_in_the_same_days_is_kept_as_evidence(town: Town) -> None:
    card = fik.payment_id("L2011-0001", 1)
    town.repay(500, "FI-1")
    for _ in range(2):
        town.bank(line(town, 500, DAY, reference="FI-1", fik=card))
    first, second = town.now().loans["L2011-0001"].repayments

    assert first.references & second.references == {"FI-1"}
    assert "ML304" in {f.code for f in town.found().open}


def test_one_line_on_two_accounts_is_two_payments(town: Town) -> None:
    card = fik.payment_id("L2011-0001", 1)
    for source in ("KONTO1", "KONTO2"):
        lines = (line(town, 500, DAY, fik=card),)
        file = Document("konto.xml", "camt.053", source, source, bank=lines, account=source)
        import_(town.journal, town.debtors, file, WHO)

    assert [p.amount for p in town.now().payments.values() if p.flow == "in"] == [
        kroner(-500),
        kroner(-500),
    ]
    assert [f for f in town.found().open if f.code == "ML304"] == []


def test_another_debtors_payment_is_no_candidate(town: Town) -> None:
    town.grant(1, decision="2011-0009")
    town.paid("L2011-0003", ref="PAY-3")  # now it could be either loan of D0001
    pay(town.journal, Pay("repay", "L2011-0002", kroner(77), DAY, "FI-9"), WHO)
    person = next(iter(town.debtors.people))
    town.erp(row("loan", -77, "80001", ref="", person=person, day="2011-04-01", text="Afdrag"))
    (item,) = [i for i in open_items(town.journal, TODAY) if i.kind == "unplaced"]

    assert item.debtor == "D0001"
    assert item.candidates == ()


def test_the_loan_and_the_reference_that_are_named_are_evidence(town: Town) -> None:
    for key in ("FI-1", "FI-2"):
        town.repay(500, key)
    town.erp(row("loan", -500, "80001", ref="", text="Afdrag", day="2011-10-04"))
    batch = [Pay("repay", f"L2011-000{n}", kroner(70), DAY, "B-1", f"k{n}") for n in (1, 2)]
    for order in batch:
        pay(town.journal, order, WHO)
    town.erp(row("loan", -70, "80002", ref="B-1", decision="", text="Afdrag", day="2011-10-04"))
    found = {i.voucher: i for i in open_items(town.journal, TODAY)}

    named = [t.en for c in found["80001/2011"].candidates for t in c.evidence]
    assert named.count("the loan L2011-0001 is named") == 2
    first = found["80002/2011"].candidates[0]
    assert (first.target, "the reference is the same") == ("B-1", first.evidence[-1].en)


def test_money_out_needs_a_payout_that_there_is(town: Town) -> None:
    town.bank(line(town, -300, DAY, reference="XYZ"))
    (item,) = open_items(town.journal, TODAY)
    with pytest.raises(RefusedError, match="neither a loan nor a payment"):
        match(town.journal, Match(item.id, (("L2011-0009", None),), "set"), WHO)


def test_what_the_erp_left_open_is_filled_once_a_person_has_found_the_line(town: Town) -> None:
    town.erp(row("grant", 15000, "71", ref="P-9", decision=""))
    town.erp(row("loan", 5000, "72", ref="P-9", decision=""))
    assert town.on(chart.REPOSTING)
    town.bank(line(town, -20000, date(2011, 5, 2), reference="XYZ"))
    (item,) = [i for i in open_items(town.journal, TODAY) if i.kind == "suspense"]
    match(town.journal, Match(item.id, (("P-9", None),), "set"), WHO)

    assert [town.on(a) for a in (chart.REPOSTING, chart.SUSPENSE, chart.PAYOUTS)] == [ZERO] * 3
