"""A repayment on another loan than its payment id names is moved to that one (ML108)."""

import pytest
from fakes import FakeDebtors, FakeJournal
from town import SECOND, TODAY, WHO, Town

from mikroledger.domain import fik
from mikroledger.domain.finding import Finding
from mikroledger.errors import RefusedError
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.pay import Pay, pay

ONE, TWO = "L2011-0001", "L2011-0002"


@pytest.fixture
def town() -> Town:
    """Two borrowers with a loan of 20.000,00 kr. each, both paid out."""
    town = Town(FakeJournal(), FakeDebtors())
    town.grant(1)
    town.grant(2)
    town.paid(ONE, ref="PAY-1")
    town.paid(TWO, ref="PAY-2")
    return town


def repaid(town: Town, amount: int, ref: str, *, over: bool = False) -> None:
    """Book a repayment on the second loan."""
    day = TODAY.replace(month=10, day=3)
    pay(town.journal, Pay("repay", TWO, kroner(amount), day, ref, overpayment=over), WHO)


def the_finding(town: Town) -> Finding:
    return next(f for f in town.found().open if f.code == "ML108")


def settled(town: Town) -> None:
    proposed = reclassify(town.journal, ALL_RULES, Choice((the_finding(town).id,)), WHO)
    countersign(town.journal, proposed[0].id, SECOND)


def debts(town: Town) -> list[int]:
    return [int(loan.outstanding) for loan in town.now().loans.values()]


def test_both_debts_are_what_they_would_have_been(town: Town) -> None:
    repaid(town, 500, fik.payment_id(ONE, 2))
    assert debts(town) == [20000, 19500]
    settled(town)
    voucher = town.journal.read().transactions[-1]

    assert debts(town) == [19500, 20000]
    assert [int(loan.account) for loan in town.now().loans.values()] == [19500, 20000]
    assert town.found().open == ()
    assert voucher.text == "Omp. - afdrag på L2011-0001 konteret på L2011-0002"
    assert voucher.get("loan") == ONE
    assert voucher.value == TODAY.replace(month=10, day=3)


def test_what_is_too_much_there_is_owed_to_its_borrower(town: Town) -> None:
    town.repay(19800, "REP-1")
    repaid(town, 500, f"{ONE}/3")
    settled(town)

    assert debts(town) == [0, 20000]
    assert town.on(f"Liabilities:Overpaid:{ONE}") == -300
    assert [f.code for f in town.found().open] == ["ML301"]


def test_a_loan_that_is_overpaid_is_left_to_people(town: Town) -> None:
    repaid(town, 20500, f"{ONE}/3", over=True)
    finding = the_finding(town)

    assert finding.fix is None
    with pytest.raises(RefusedError, match="cannot be settled by a correction voucher"):
        reclassify(town.journal, ALL_RULES, Choice((finding.id,)), WHO)


def test_a_loan_that_nobody_knows_gets_nothing(town: Town) -> None:
    repaid(town, 500, "L2009-0007/3")
    with pytest.raises(RefusedError, match="names L2009-0007, which the book does not know"):
        settled(town)
