"""Match: what is certain by now, what it could be, and what a person says it is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fakes import FakeDebtors, FakeJournal
from shelved import shelved
from town import LOAN, SECOND, TODAY, WHO, Town, row

from mikroledger.domain import chart
from mikroledger.domain.portfolio import portfolio
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.services.candidates import Item, open_items
from mikroledger.services.match import Match, again, match
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse

OTHER = chart.loan_account("L2011-0002")
WHY = "bilag set"


@pytest.fixture
def town() -> Town:
    town = Town(FakeJournal(), FakeDebtors())
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-000{number}", ref=f"PAY-{number}")
    town.bank(town.line(-20000, "PAY-1"), town.line(-20000, "PAY-2"))
    return town


def items(town: Town) -> tuple[Item, ...]:
    return open_items(town.journal, TODAY)


def the_item(town: Town) -> Item:
    (item,) = items(town)
    return item


def place(town: Town, item: str, *targets: str, reason: str = WHY) -> str:
    read = [t.partition("=") for t in targets]
    shares = tuple((name, kroner(amount) if amount else None) for name, _, amount in read)
    return match(town.journal, Match(item, shares, reason), WHO).outcome


def clean(town: Town) -> bool:
    accounts = (chart.SUSPENSE, chart.PAYOUTS, chart.REPAYMENTS, chart.RETURNED, chart.REPOSTING)
    return not any(town.on(account) for account in accounts) and not items(town)


# Bank lines


def test_a_line_that_nobody_knows_waits_with_day_age_and_owner(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    item = the_item(town)

    assert (item.kind, item.day, item.amount, item.owner) == (
        "suspense",
        date(2011, 4, 18),
        kroner(750),
        "anl",
    )
    assert open_items(town.journal, date(2012, 1, 10))[0].age == 10
    assert item.candidates == ()


def test_the_evidence_is_told_and_more_of_it_comes_first(town: Town) -> None:
    town.repay(1000, "FI-1")
    town.bank(town.line(1000, "XYZ"))
    item = the_item(town)

    first, second = item.candidates[:2]
    assert first.target == "L2011-0001"  # 1,000 a month, and has paid as much before
    assert len(first.evidence) == 2
    assert {c.target for c in item.candidates} == {"L2011-0001", "L2011-0002", "FI-1"}
    assert "FI-1" in {second.target, item.candidates[2].target}


def test_a_line_becomes_the_repayment_that_a_person_says_it_is(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    assert place(town, the_item(town).id, "L2011-0001") == "booked"

    loan = town.now().loans["L2011-0001"]
    assert (loan.repaid, loan.repayments[0].value) == (kroner(750), date(2011, 4, 18))
    assert loan.repayments[0].bank == kroner(-750)
    assert clean(town)


def test_a_line_is_split_among_loans_in_one_act(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    before = town.journal.commits
    place(town, the_item(town).id, "L2011-0001=300", "L2011-0002")

    assert town.journal.commits == before + 1
    assert [town.on(LOAN), town.on(OTHER)] == [kroner(19700), kroner(19550)]
    assert {e.get("reason") for e in town.journal.ledger.transactions[-4:]} == {WHY}
    assert clean(town)


def test_what_is_left_of_a_line_waits_on(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    place(town, the_item(town).id, "L2011-0001=300")

    assert the_item(town).amount == kroner(450)
    place(town, the_item(town).id, "L2011-0001=450")
    assert clean(town)


def test_more_than_is_owed_is_the_borrowers(town: Town) -> None:
    town.bank(town.line(21000, "XYZ"))
    place(town, the_item(town).id, "L2011-0001")

    assert town.on(chart.overpaid_account("L2011-0001")) == kroner(-1000)
    assert town.on(LOAN) == ZERO


def test_a_repayment_that_waits_for_its_line_gets_it(town: Town) -> None:
    town.repay(500, "FI-1")
    line = replace(town.line(500, "XYZ"), value=date(2011, 10, 4), day=date(2011, 10, 4))
    town.bank(line)
    place(town, the_item(town).id, "L2011-0001")

    assert [p.id for p in town.now().loans["L2011-0001"].repayments] == ["FI-1"]
    assert clean(town)


def test_a_line_is_placed_on_a_payment_by_name(town: Town) -> None:
    town.repay(500, "FI-1")
    town.bank(town.line(500, "XYZ"))  # half a year before: no rule would take it
    place(town, the_item(town).id, "FI-1")
    assert clean(town)


def test_a_payout_that_came_back_is_told_to_be_one(town: Town) -> None:
    town.bank(town.line(20000, "XYZ"))
    item = the_item(town)
    assert "PAY-1" in {c.target for c in item.candidates}
    place(town, item.id, "PAY-1")

    assert town.now().payments["PAY-1"].due_back
    assert [town.on(chart.SUSPENSE), town.on(chart.RETURNED)] == [ZERO, kroner(-20000)]


def test_a_line_out_is_the_payout_that_waits_for_it(town: Town) -> None:
    town.grant(3)
    town.bank(town.line(-20000, "XYZ"))
    item = the_item(town)
    with pytest.raises(RefusedError, match="L2011-0003 does not wait"):
        place(town, item.id, "L2011-0003")
    town.paid("L2011-0003", ref="PAY-3")
    assert [c.target for c in the_item(town).candidates] == ["PAY-3"]
    place(town, item.id, "L2011-0003")

    assert town.now().payments["PAY-3"].confirmed
    assert clean(town)


def test_an_amount_that_the_bank_settles_fills_what_the_erp_left_open(town: Town) -> None:
    town.grant(3)
    town.erp(row("grant", 20000, "70099", ref="", decision="2011-0003"))
    town.bank(town.line(-20000, "XYZ"))
    (payment,) = [p for p in town.now().payments.values() if p.case == "L2011-0003"]
    place(town, the_item(town).id, payment.id)
    assert town.now().payments[payment.id].bank == kroner(20000)
    assert clean(town)


def test_money_that_is_not_a_loans_leaves_suspense(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    place(town, the_item(town).id)

    assert town.on(chart.ELSEWHERE) == kroner(-750)
    assert clean(town)


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        (("L2011-0001=800",), "do not fit"),
        (("L2011-0001", "L2011-0002"), "do not fit"),
        (("L2011-0001=750", "L2011-0002"), "do not fit"),
        (("L2011-0009",), "neither a loan nor a payment"),
        (("PAY-1=100",), "PAY-1 does not wait"),
    ],
)
def test_what_does_not_fit_is_refused(town: Town, targets: tuple[str, ...], told: str) -> None:
    town.bank(town.line(750, "XYZ"))
    town.bank(replace(town.line(20000, "PAY-1"), returned=True))
    item = next(i for i in items(town) if i.amount == kroner(750))
    before = town.journal.ledger
    with pytest.raises(RefusedError, match=told):
        place(town, item.id, *targets)
    assert town.journal.ledger is before


def test_a_grant_is_not_repaid(town: Town) -> None:
    town.erp(row("grant", 5000, "70055", ref="G-1", decision="2011-0001"))
    town.bank(town.line(750, "XYZ"))
    with pytest.raises(RefusedError, match="neither"):
        place(town, next(i.id for i in items(town) if i.kind == "suspense"), "G2011-0001")


def test_an_act_needs_a_reason_and_an_amount(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    with pytest.raises(UsageError, match="--reason"):
        place(town, the_item(town).id, "L2011-0001", reason=" ")
    with pytest.raises(UsageError, match="above zero"):
        place(town, the_item(town).id, "L2011-0001=0")


def test_the_same_act_twice_is_one(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    number = the_item(town).id
    place(town, number, "L2011-0001")
    assert place(town, number, "L2011-0001") == "already"
    with pytest.raises(RefusedError, match="Nothing waits"):
        place(town, number, "L2011-0002")


# Moving


def test_a_repayment_is_moved_to_the_loan_that_it_was_meant_for(town: Town) -> None:
    number = town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    assert place(town, number, "L2011-0002") == "booked"

    assert [town.on(LOAN), town.on(OTHER)] == [kroner(20000), kroner(19500)]
    first, second = town.now().loans["L2011-0001"], town.now().loans["L2011-0002"]
    assert (first.repaid, second.repaid) == (ZERO, kroner(500))
    assert second.repayments[0].value == date(2011, 4, 18)  # when the money came
    texts = [t.text for t in town.journal.ledger.transactions]
    assert "Afdrag flyttet fra L2011-0001 til L2011-0002" in texts
    assert clean(town)


def test_a_repayment_that_no_bank_line_shows_is_moved_too(town: Town) -> None:
    number = town.repay(500, "FI-1")
    place(town, number, "L2011-0002=200", "L2011-0001=300")

    assert [town.on(LOAN), town.on(OTHER)] == [kroner(19700), kroner(19800)]
    assert town.on(chart.REPAYMENTS) == kroner(500)


def test_a_moved_repayment_is_not_moved_again_by_its_old_id(town: Town) -> None:
    number = town.repay(500, "FI-1")
    place(town, number, "L2011-0002")
    assert place(town, number, "L2011-0002") == "already"
    with pytest.raises(RefusedError, match="Nothing waits"):
        place(town, number, "L2011-0001")


@pytest.mark.parametrize("targets", [("L2011-0002=300",), ("PAY-2",), ()])
def test_a_repayment_is_moved_whole_and_to_loans(town: Town, targets: tuple[str, ...]) -> None:
    number = town.repay(500, "FI-1")
    with pytest.raises(RefusedError):
        place(town, number, *targets)


def test_a_repayment_taken_back_leaves_its_bank_line_in_suspense(town: Town) -> None:
    number = town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    reverse(town.journal, number, WHY, WHO)

    item = the_item(town)
    assert (item.amount, item.reference) == (kroner(500), "FI-1")
    assert town.on(chart.SUSPENSE) == kroner(-500)
    place(town, item.id, "L2011-0002")
    assert clean(town)
    assert town.on(OTHER) == kroner(19500)


# Rows of the ERP


def test_a_correction_that_came_first_is_placed_when_its_voucher_has_come(town: Town) -> None:
    town.grant(3)
    town.erp(row("loan", 20000, "70031", ref="", decision="", text="Omp. bilag 70030 til lån"))
    assert [i.kind for i in items(town)] == ["unplaced"]
    assert again(town.journal, WHO) is None
    town.erp(row("grant", 20000, "70030", ref="", decision="2011-0003"))
    assert town.found().open

    done = again(town.journal, WHO)
    assert done is not None
    assert done.outcome == "booked"
    assert items(town) == ()


def test_a_dry_run_of_what_is_certain_books_nothing(town: Town) -> None:
    town.erp(row("loan", 20000, "70031", ref="", decision="", text="Omp. bilag 70030 til lån"))
    town.grant(3)
    town.erp(row("grant", 20000, "70030", ref="", decision="2011-0003"))
    before = town.journal.ledger
    assert again(town.journal, WHO, dry_run=True) is not None
    assert town.journal.ledger is before


def test_nothing_waits_in_a_book_where_all_is_placed(town: Town) -> None:
    assert again(town.journal, WHO) is None
    assert items(town) == ()


def test_a_row_is_placed_on_the_payment_or_the_loan_that_a_person_names(town: Town) -> None:
    town.erp(row("loan", -77, "80001", ref="", person="9999999999", text="Afdrag"))
    town.erp(row("loan", -78, "80002", ref="", person="9999999999", text="Afdrag"))
    first, second = items(town)
    place(town, first.id, "L2011-0001")
    place(town, second.id, "L2011-0002")

    assert town.now().loans["L2011-0001"].repaid == kroner(77)
    assert town.now().loans["L2011-0002"].repaid == kroner(78)
    assert items(town) == ()
    assert "ML209" not in {f.code for f in town.found().open}


def test_a_row_meets_the_repayment_that_is_there(town: Town) -> None:
    town.repay(500, "FI-1")
    town.erp(row("loan", -500, "80001", ref="", person="9999999999", text="Afdrag"))
    item = the_item(town)
    assert [c.target for c in item.candidates] == ["FI-1"]
    place(town, item.id, "L2011-0001")

    assert town.now().payments["FI-1"].erp == {LOAN: kroner(-500)}
    assert town.now().loans["L2011-0001"].repaid == kroner(500)


def test_a_row_on_a_payment_by_name(town: Town) -> None:
    town.repay(500, "FI-1")
    town.erp(row("loan", -500, "80001", ref="", person="9999999999", text="Afdrag"))
    place(town, the_item(town).id, "FI-1")
    assert town.now().payments["FI-1"].ahead == {}


def test_a_row_that_is_not_a_loans_is_settled_without_money(town: Town) -> None:
    town.erp(row("grant", -5, "80003", ref="", decision="", text="Korr."))
    before = {a: town.on(a) for a in (chart.GRANTS, chart.ELSEWHERE, chart.REPOSTING)}
    place(town, the_item(town).id)

    assert {a: town.on(a) for a in before} == before
    assert items(town) == ()


def test_a_row_is_not_divided(town: Town) -> None:
    town.erp(row("grant", -5, "80003", ref="", decision="", text="Korr."))
    item = the_item(town)
    for targets in (("L2011-0001=3",), ("L2011-0001", "L2011-0002")):
        with pytest.raises(RefusedError, match="one payment"):
            place(town, item.id, *targets)
    with pytest.raises(RefusedError, match="neither"):
        place(town, item.id, "L2011-0009")


def test_another_debtors_payment_is_no_candidate(town: Town) -> None:
    person = next(iter(town.debtors.people))  # D0001
    day = date(2011, 10, 3)
    pay(town.journal, Pay("repay", "L2011-0002", kroner(77), day, "FI-9"), WHO)
    town.erp(row("loan", -77, "80001", ref="", person=person, day="2011-04-01", text="Afdrag"))
    found = [i for i in items(town) if i.kind == "unplaced"]
    assert all(c.loan != "L2011-0002" for i in found for c in i.candidates)


# Payers' texts


def test_a_payers_text_names_the_debtors_only_open_loan(town: Town) -> None:
    town.debtors.payers["fast 4711"] = ("D0001", "")
    line = town.line(500)
    (part,) = line.parts
    town.bank(replace(line, parts=(replace(part, text="fast 4711"),)))
    assert town.now().loans["L2011-0001"].repaid == kroner(500)


@pytest.mark.parametrize(("loan", "repaid"), [("", ZERO), ("L2011-0003", kroner(500))])
def test_of_several_open_loans_the_one_that_is_recorded_is_meant(
    town: Town, loan: str, repaid: Decimal
) -> None:
    town.grant(1, decision="2011-0009")
    town.paid("L2011-0003", ref="PAY-3")
    town.debtors.payers["fast 4711"] = ("D0001", loan)
    line = town.line(500)
    (part,) = line.parts
    town.bank(replace(line, parts=(replace(part, text="fast 4711"),)))
    assert town.now().loans["L2011-0003"].repaid == repaid
    assert town.on(chart.SUSPENSE) == repaid - kroner(500)


# On disk, where only the parts that an act is about are read


@pytest.fixture
def on_disk(town: Town, tmp_path: Path) -> Town:
    town.bank(town.line(750, "XYZ"), town.line(333, "ABC"))
    town.erp(row("loan", 20000, "70031", ref="", decision="", text="Omp. bilag 70030 til lån"))
    town.grant(3)
    town.erp(row("grant", 20000, "70030", ref="", decision="2011-0003"))
    town.repay(500, "FI-1")
    return replace(town, journal=shelved(town.journal.ledger, tmp_path / "bog"))  # type: ignore[arg-type]


def test_the_book_on_disk_answers_as_the_one_in_memory(town: Town, on_disk: Town) -> None:
    def told(of: Town) -> list[object]:
        return [(i.kind, i.amount, i.owner, i.candidates) for i in items(of)]

    assert told(on_disk) == told(town)
    for each in (town, on_disk):
        assert again(each.journal, WHO) is not None
        by_amount = {i.amount: i.id for i in items(each)}
        place(each, by_amount[kroner(750)], "L2011-0001=300", "L2011-0002")
        place(each, by_amount[kroner(333)])
        (moved,) = [e for e in each.journal.read().transactions if e.get("reference") == "FI-1"]
        place(each, moved.id, "L2011-0002")
    assert told(on_disk) == told(town) == []
    one, other = (portfolio(each.journal.read(), TODAY) for each in (town, on_disk))
    assert {n: (x.repaid, x.account) for n, x in one.loans.items()} == {
        n: (x.repaid, x.account) for n, x in other.loans.items()
    }


def test_whoever_acts_signs(town: Town) -> None:
    town.bank(town.line(750, "XYZ"))
    with pytest.raises(UsageError, match="--by"):
        match(town.journal, Match(the_item(town).id, (), WHY), Who("", TODAY))
    assert SECOND.by != WHO.by
