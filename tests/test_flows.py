"""*One payment, once*: the worked flows of house.md, and its invariants as properties."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from hypothesis import given, settings
from hypothesis import strategies as st
from town import LOAN, SECOND, SUM, WHO, Town, row

from mikroledger.domain import chart
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.record import BankLine, BankPart
from mikroledger.money import ZERO, kroner
from mikroledger.services.correct import correction
from mikroledger.services.countersign import countersign
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    town = Town(journal, debtors)
    town.grant()
    return town


def balances(town: Town, *accounts: str) -> list[Decimal]:
    return [town.on(account) for account in accounts]


ALL = (LOAN, chart.GRANTS, chart.PAYOUTS, chart.REPOSTING, chart.BANK)


def test_flow_a_the_erp_and_the_bank_only_confirm_a_payout(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 20000))
    town.bank(town.line(-20000, "PAY-1"))

    assert balances(town, *ALL) == [SUM, ZERO, ZERO, ZERO, -SUM]


def test_flow_b_the_erp_moves_it_we_correct_it_and_the_erp_agrees_later(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000))
    assert balances(town, *ALL) == [ZERO, SUM, -SUM, ZERO, ZERO]
    town.fix()
    assert balances(town, *ALL) == [SUM, ZERO, -SUM, ZERO, ZERO]
    town.erp(row("grant", -20000, "70044"), row("loan", 20000, "70044"))
    town.bank(town.line(-20000, "PAY-1"))

    assert balances(town, *ALL) == [SUM, ZERO, ZERO, ZERO, -SUM]


def test_flow_b_half_the_erp_corrects_in_two_lists(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.bank(town.line(-20000, "PAY-1"))
    town.erp(row("grant", -20000, "70044"))
    assert balances(town, *ALL) == [ZERO, ZERO, ZERO, SUM, -SUM]
    town.erp(row("loan", 20000, "70045"))

    assert balances(town, *ALL) == [SUM, ZERO, ZERO, ZERO, -SUM]


def test_flow_c_a_late_disburse_only_confirms(town: Town) -> None:
    town.erp(row("grant", 20000, decision="2011-0001", ref=""))
    town.paid(ref="PAY-7")

    assert balances(town, *ALL) == [ZERO, SUM, -SUM, ZERO, ZERO]
    assert town.now().loans["L2011-0001"].disbursed == SUM


def test_flow_d_a_split_moves_only_the_part_that_is_wrong(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 12000), row("grant", 8000))
    assert balances(town, *ALL) == [kroner(12000), kroner(8000), -SUM, ZERO, ZERO]
    town.fix()

    assert balances(town, *ALL) == [SUM, ZERO, -SUM, ZERO, ZERO]


def test_flow_e_a_batch_pays_three_one_comes_back_and_is_tried_again(town: Town) -> None:
    for number, amount in ((2, kroner(10000)), (3, kroner(15000))):
        town.grant(number, amount)
    town.paid(ref="PAY-1")
    town.paid("L2011-0002", kroner(10000), "PAY-2")
    third = town.paid("L2011-0003", kroner(15000), "PAY-3")
    day = date(2011, 4, 18)
    parts = tuple(
        BankPart(kroner(a), r)
        for a, r in ((-20000, "PAY-1"), (-10000, "PAY-2"), (-15000, "PAY-3"))
    )
    town.bank(BankLine(1, "B7", day, day, kroner(-45000), parts))
    assert town.on(chart.PAYOUTS) == ZERO
    town.bank(town.line(15000, "PAY-3", returned=True))
    assert town.on(chart.RETURNED) == kroner(-15000)
    undo = reverse(town.journal, third, "kom retur", WHO)
    countersign(town.journal, undo.id, SECOND)
    assert balances(town, chart.RETURNED, chart.loan_account("L2011-0003")) == [ZERO, ZERO]
    town.paid("L2011-0003", kroner(15000), "PAY-3B")
    town.bank(town.line(-15000, "PAY-3B"))

    assert town.on(chart.loan_account("L2011-0003")) == kroner(15000)
    assert balances(town, chart.PAYOUTS, chart.BANK) == [ZERO, kroner(-45000)]


def test_flow_f_a_repayment_booked_as_income_is_moved_back(town: Town) -> None:
    town.paid()
    town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    assert town.on(LOAN) == kroner(19500)
    town.erp(row("income", -500, "80001", ref="FI-1"))
    assert town.on(LOAN) == SUM
    assert town.now().loans["L2011-0001"].outstanding == kroner(19500)
    town.fix("FI-1")

    assert balances(town, LOAN, chart.INCOME, chart.REPAYMENTS) == [kroner(19500), ZERO, ZERO]


def test_flow_g_what_was_overpaid_flows_back_when_a_repayment_is_reversed(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant(amount=kroner(1000))
    town.paid(amount=kroner(1000))
    first = town.repay(500, "R1")
    town.bank(town.line(500, "R1"))
    town.repay(700, "R2", over=True)
    overpaid = chart.overpaid_account("L2011-0001")
    assert balances(town, LOAN, overpaid) == [ZERO, kroner(-200)]
    reverse(town.journal, first, "et andet lån", WHO)

    assert balances(town, LOAN, overpaid, chart.SUSPENSE) == [kroner(300), ZERO, kroner(-500)]
    assert town.on(chart.BANK) == kroner(500)


def test_flow_h_a_proposal_is_in_no_balance_until_it_is_signed(town: Town) -> None:
    number = town.disburse()
    town.bank(town.line(-20000, "PAY-1"))
    assert balances(town, *ALL) == [ZERO, ZERO, SUM, ZERO, -SUM]
    assert countersign(town.journal, number, SECOND).id == number

    assert balances(town, *ALL) == [SUM, ZERO, ZERO, ZERO, -SUM]


def test_flow_i_the_refund_is_taken_back_in_the_same_voucher(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.erp(row("refund", -10000, "70030", decision="2011-0001", ref=""))
    assert town.on(chart.REFUND) == kroner(-10000)
    town.fix()
    voucher = town.journal.read().transactions[-1]

    assert sum(p.amount for p in voucher.postings if p.amount > ZERO) == kroner(30000)
    assert balances(town, *ALL, chart.REFUND, chart.REFUND_RECEIVABLE) == [
        SUM,
        ZERO,
        -SUM,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
    ]
    town.erp(row("refund", 10000, "70050", decision="2011-0001", ref=""))
    assert town.on(chart.REFUND) == ZERO


def test_flow_j_a_prior_year_error_is_corrected_now_and_keeps_its_payout_day(town: Town) -> None:
    town.erp(row("grant", 20000))
    town.bank(town.line(-20000, "PAY-1"))
    later = portfolio(town.journal.read(), date(2012, 2, 10))
    voucher = correction(later, "PAY-1")

    assert (voucher.day, voucher.value) == (date(2012, 2, 10), date(2011, 4, 18))
    assert voucher.meta["prior-year"] == 2011


Step = Callable[[Town], object]
FIRST_ERP: Step = lambda town: town.erp(row("grant", 20000))  # noqa: E731
OWN_FIX: Step = lambda town: town.erp(  # noqa: E731
    row("grant", -20000, "70044", text="Omp. bilag 70010"),
    row("loan", 20000, "70044", text="Omp. bilag 70010"),
)
HALF_1: Step = lambda town: town.erp(row("grant", -20000, "70044"))  # noqa: E731
HALF_2: Step = lambda town: town.erp(row("loan", 20000, "70045"))  # noqa: E731
SPLIT: Step = lambda town: town.erp(row("loan", 12000), row("grant", 8000))  # noqa: E731
PART_1: Step = lambda town: town.erp(row("loan", 12000))  # noqa: E731
PART_2: Step = lambda town: town.erp(row("grant", 8000, "70011"))  # noqa: E731
ORDER: Step = lambda town: town.paid()  # noqa: E731
BANK: Step = lambda town: town.bank(town.line(-20000, "PAY-1"))  # noqa: E731
TEXT: Step = lambda town: town.bank(  # noqa: E731
    replace(town.line(-20000), parts=(BankPart(-SUM, text="NEMKONTO PAY-1 maj"),)),
)
TURNED: Step = lambda town: town.erp(row("loan", -20000))  # noqa: E731
NO_NUMBER: Step = lambda town: town.erp(row("loan", 20000, decision=""))  # noqa: E731
BY_DECISION: Step = lambda town: town.erp(row("grant", 20000, ref=""))  # noqa: E731
BY_TEXT: Step = lambda town: town.bank(  # noqa: E731
    replace(town.line(-20000), parts=(BankPart(-SUM, text="LÅN L2011-0001"),)),
)
STORIES: dict[str, tuple[Step, ...]] = {
    "as grant": (ORDER, FIRST_ERP, BANK),
    "corrected by the ERP": (ORDER, FIRST_ERP, OWN_FIX, BANK),
    "corrected in halves": (ORDER, FIRST_ERP, HALF_1, HALF_2, BANK),
    "split": (ORDER, SPLIT, BANK),
    "split in two vouchers": (ORDER, PART_1, PART_2, BANK),
    "turned": (ORDER, TURNED, BANK),
    "without a loan number": (ORDER, NO_NUMBER, BANK),
    "the ERP knows the decision, the bank the reference": (ORDER, BY_DECISION, BANK),
    "the bank knows the loan": (ORDER, FIRST_ERP, BY_TEXT),
    "the bank says it in its text": (ORDER, FIRST_ERP, TEXT),
    "the bank says it in its text, corrected": (ORDER, FIRST_ERP, OWN_FIX, TEXT),
}


def play(steps: Iterable[Step]) -> tuple[object, ...]:
    town = Town(FakeJournal(), FakeDebtors())
    town.grant()
    for step in steps:
        step(town)
        assert_sound(town)
    loan = town.now().loans["L2011-0001"]
    return (*balances(town, *ALL), loan.outstanding, loan.paid_out)


def assert_sound(town: Town) -> None:
    """Per payment, what is not on clearing or bank sums to its what-it-is half."""
    folio = town.now()
    for payment in folio.payments.values():
        assert payment.amount == -payment.clearing, payment
    for txn in folio.ledger.transactions:
        if txn.on(chart.BANK):
            assert txn.kind == "bank"


@pytest.mark.parametrize("story", STORIES)
def test_the_order_of_caseworker_erp_and_bank_does_not_matter(story: str) -> None:
    ends = {play(order) for order in itertools.permutations(STORIES[story])}

    assert len(ends) == 1, ends


def test_after_a_fix_of_ours_no_path_of_the_erp_moves_it_again(town: Town) -> None:
    for agreeing in ((OWN_FIX,), (HALF_1, HALF_2), (HALF_2, HALF_1)):
        town = Town(FakeJournal(), FakeDebtors())
        town.grant()
        ORDER(town)
        FIRST_ERP(town)
        town.fix()
        before = balances(town, *ALL)
        for step in agreeing:
            step(town)
            assert balances(town, *ALL) == before


def test_importing_again_changes_nothing(town: Town) -> None:
    rows = (row("grant", 20000), row("sub", 9000, "70020", ref="", person="6101900001"))
    town.erp(*rows)
    before, count = town.on(chart.GRANTS), town.journal.commits
    town.erp(*rows)
    assert town.journal.commits == count
    town.erp(*rows, row("sub", 9000, "70021", ref="", person="6101900001", day="2011-06-01"))

    assert town.on(chart.GRANTS) == before
    assert town.on(chart.SUBSISTENCE) == kroner(18000)


amounts = st.integers(1, 19999).map(kroner)


@settings(deadline=None, max_examples=60)
@given(part=amounts, seed=st.randoms(use_true_random=False), fixed=st.booleans())
def test_any_split_in_any_order_ends_where_the_erp_puts_it(
    part: Decimal,
    seed: object,
    fixed: bool,
) -> None:
    rest = SUM - part
    steps: list[Step] = [
        ORDER,
        BANK,
        lambda town: town.erp(row("loan", int(part)), row("grant", int(rest))),
        lambda town: town.erp(row("grant", -int(rest), "70050"), row("sub", int(rest), "70050")),
    ]
    seed.shuffle(steps)  # type: ignore[attr-defined]
    town = Town(FakeJournal(), FakeDebtors())
    town.grant()
    for step in steps:
        step(town)
        assert_sound(town)
    assert balances(town, LOAN, chart.GRANTS, chart.SUBSISTENCE) == [part, ZERO, rest]
    assert town.now().loans["L2011-0001"].outstanding == SUM
    if fixed:
        town.fix()
        assert balances(town, LOAN, chart.SUBSISTENCE, chart.REPOSTING) == [SUM, ZERO, ZERO]


def test_two_equal_payments_without_reference_are_never_matched_by_guess(town: Town) -> None:
    town.paid()
    for ref in ("FI-1", "FI-2"):
        town.repay(500, ref)
    town.erp(row("loan", -500, "80001", ref="", decision="2011-0001", day="2011-10-04"))

    assert len(town.now().unplaced) == 1


def test_every_transaction_balances_and_bank_moves_only_by_bank_lines(town: Town) -> None:
    FIRST_ERP(town)
    BANK(town)
    txns = town.journal.read().transactions

    assert all(isinstance(t, Transaction) for t in txns)
    assert [t.kind for t in txns if t.on(chart.BANK)] == ["bank"]


def batch(town: Town) -> dict[str, Step]:
    """Two payouts under one reference: order, row and lump sum, in whatever order."""

    def order(loan: str, amount: int) -> Step:
        def give(town: Town) -> None:
            made = Pay("disburse", loan, kroner(amount), date(2011, 4, 15), "B-77", f"K{loan}")
            countersign(town.journal, pay(town.journal, made, WHO).id, SECOND)

        return give

    return {
        "a": order("L2011-0001", 20000),
        "b": order("L2011-0002", 10000),
        "rows": lambda town: town.erp(
            row("loan", 20000, "1", ref="B-77"),
            row("grant", 10000, "2", ref="B-77", decision="2011-0002"),
        ),
        "lump": lambda town: town.bank(town.line(-30000, "B-77")),
    }


def test_a_batch_ends_the_same_in_every_order(town: Town) -> None:
    ends = set()
    for names in itertools.permutations(batch(town)):
        town = Town(FakeJournal(), FakeDebtors())
        town.grant()
        town.grant(2, kroner(10000))
        for name in names:
            batch(town)[name](town)
            assert_sound(town)
        loans = town.now().loans
        ends.add(
            (
                *balances(town, *ALL, chart.SUSPENSE),
                *((loan.outstanding, loan.paid_out) for loan in loans.values()),
            )
        )

    assert len(ends) == 1, ends
