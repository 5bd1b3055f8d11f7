"""Account names, and the municipal account strings that mean them."""

from datetime import date

import pytest

from mikroledger.domain import chart
from mikroledger.domain.chart import Chart
from mikroledger.domain.ledger import Ledger, Meta, Opening
from mikroledger.domain.record import AccountString

EPOCH = date(1970, 1, 1)
LOAN = "Assets:Loans:P65:L2011-0003"


def opening(account: str, **meta: str) -> Opening:
    given: Meta = dict(meta)
    return Opening(EPOCH, account, meta=given)


AARHUS = Chart.of(
    Ledger(
        (
            opening(chart.SUBSISTENCE, funktion="5.58.80", dranst="1", gruppering="014"),
            opening(chart.GRANTS, funktion="5.58.80", dranst="1", gruppering="065", art="5.*"),
            opening(chart.INCOME, funktion="5.58.80", dranst="1", art="7.* 8.*"),
            opening(chart.REFUND, funktion="5.58.80", dranst="2"),
            opening(chart.UNASSIGNED, funktion="9.32.25 8.32.25", gruppering="065"),
            opening(chart.BANK),
        ),
    ),
)


def test_account_names_are_those_of_the_book_and_never_change() -> None:
    assert [
        chart.BANK,
        chart.PAYOUTS,
        chart.REPAYMENTS,
        chart.RETURNED,
        chart.REPOSTING,
        chart.REFUND_RECEIVABLE,
        chart.SUSPENSE,
        chart.GRANTS,
        chart.SUBSISTENCE,
        chart.ELSEWHERE,
        chart.REFUND,
        chart.INCOME,
        chart.UNASSIGNED,
    ] == [
        "Assets:Bank",
        "Assets:Clearing:Payouts",
        "Assets:Clearing:Repayments",
        "Assets:Clearing:Returned",
        "Assets:Clearing:Reposting",
        "Assets:RefundReceivable",
        "Liabilities:Suspense",
        "Expenses:P65:Grants",
        "Expenses:P65:Subsistence",
        "Expenses:P65:Elsewhere",
        "Income:P65:Refund",
        "Income:P65:Repayments",
        "Assets:Loans:P65:Unassigned",
    ]


@pytest.mark.parametrize("text", ["L2011-0003", "G2011-0001", "S2012-9999"])
def test_a_letter_a_year_and_four_digits_are_a_number(text: str) -> None:
    assert chart.is_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "L2011-003", "L2011-00033", "X2011-0003", "l2011-0003", "L2011-0003\n", "L2011-000٣"],
)
def test_anything_else_is_no_number(text: str) -> None:
    assert not chart.is_number(text)


def test_numbers_are_found_in_a_text_in_order() -> None:
    text = "Afdrag L2011-0004 og (L2011-0003), se G2011-0001."
    assert chart.find_numbers(text) == ("L2011-0004", "L2011-0003", "G2011-0001")


@pytest.mark.parametrize("text", ["XL2011-0003", "1L2011-0003", "L2011-00034", "afdrag"])
def test_a_number_inside_a_longer_word_is_not_found(text: str) -> None:
    assert chart.find_numbers(text) == ()


def test_one_loan_has_one_account_and_one_for_what_is_owed_back() -> None:
    assert chart.loan_account("L2011-0003") == LOAN
    assert chart.overpaid_account("L2011-0003") == "Liabilities:Overpaid:L2011-0003"


def test_loan_accounts_and_overpaid_accounts_are_told_apart() -> None:
    owed = chart.overpaid_account("L2011-0003")
    assert [chart.is_loan(a) for a in (LOAN, owed, chart.BANK)] == [True, False, False]
    assert [chart.is_overpaid(a) for a in (LOAN, owed, chart.BANK)] == [False, True, False]
    assert chart.is_loan(chart.UNASSIGNED)


@pytest.mark.parametrize(
    ("account", "number"),
    [
        (LOAN, "L2011-0003"),
        ("Liabilities:Overpaid:L2011-0003", "L2011-0003"),
        (chart.UNASSIGNED, ""),
        ("Assets:Other:L2011-0003", ""),
        (chart.BANK, ""),
    ],
)
def test_an_account_tells_which_loan_it_belongs_to(account: str, number: str) -> None:
    assert chart.number_of(account) == number


def test_the_erp_has_no_account_for_what_was_overpaid() -> None:
    assert chart.pooled("Liabilities:Overpaid:L2011-0003") == LOAN
    assert chart.pooled(LOAN) == LOAN
    assert chart.pooled(chart.GRANTS) == chart.GRANTS


@pytest.mark.parametrize(
    ("string", "account"),
    [
        (AccountString("5.58.80", "1", "014", "5.2"), chart.SUBSISTENCE),
        (AccountString("5.58.80", "1", "014"), chart.SUBSISTENCE),
        (AccountString("5.58.80", "1", "065", "5.2"), chart.GRANTS),
        (AccountString("5.58.80", "1", "065", "5.9"), chart.GRANTS),
        (AccountString("5.58.80", "1", "065", "7.1"), chart.INCOME),
        (AccountString("5.58.80", "1", "001", "8.6"), chart.INCOME),
        (AccountString("5.58.80", "2", "065", "5.2"), chart.REFUND),
        (AccountString("9.32.25", "5", "065"), chart.UNASSIGNED),
        (AccountString("8.32.25", "5", "065", "8.1"), chart.UNASSIGNED),
        (AccountString("9.32.25", "5", "066"), chart.ELSEWHERE),
        (AccountString("5.58.80", "1", "065", "1.0"), chart.ELSEWHERE),
        (AccountString("6.45.51"), chart.ELSEWHERE),
    ],
)
def test_an_account_string_means_the_first_entry_that_agrees(
    string: AccountString,
    account: str,
) -> None:
    assert AARHUS.account(string) == account


def test_of_two_entries_that_agree_the_first_counts() -> None:
    string = AccountString("5.58.80", "1", "065", "5.2")
    one = opening(chart.GRANTS, funktion="5.58.80")
    other = opening(chart.INCOME, funktion="5.58.80")
    assert Chart.of(Ledger((one, other))).account(string) == chart.GRANTS
    assert Chart.of(Ledger((other, one))).account(string) == chart.INCOME


@pytest.mark.parametrize(
    ("art", "account"),
    [
        ("5.2", chart.GRANTS),
        ("5.29", chart.GRANTS),
        ("5.3", chart.ELSEWHERE),
        ("5.", chart.ELSEWHERE),
    ],
)
def test_a_star_stands_for_any_ending_of_all_that_comes_before_it(art: str, account: str) -> None:
    entries = Chart.of(Ledger((opening(chart.GRANTS, funktion="5.58.80", art="5.2*"),)))
    assert entries.account(AccountString("5.58.80", art=art)) == account


def test_each_funktion_of_an_account_is_an_entry_and_an_account_without_one_is_none() -> None:
    assert len(AARHUS.entries) == 6
    assert chart.BANK not in {account for _, account in AARHUS.entries}
