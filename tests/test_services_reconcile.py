"""Reconciliation: clean months are zero, each fault is one item, and every leg adds up."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from hypothesis import example, given
from hypothesis import strategies as st
from town import LOAN, SECOND, SUM, WHO, Town, row

from mikroledger.domain import chart
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Opening,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.domain.periods import parse_month
from mikroledger.domain.reconciliation import (
    BANK,
    CONTROL,
    PLAN,
    Balance,
    Control,
    Reconciliation,
)
from mikroledger.domain.record import AccountString, BankLine, BankPart, Document
from mikroledger.domain.statements import statements
from mikroledger.errors import MikroledgerError, RefusedError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.close import Closing, close
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import import_
from mikroledger.services.match import Match, match
from mikroledger.services.order import Planned, submit
from mikroledger.services.reconcile import Reason, control_in, explain, reconcile
from mikroledger.services.reverse import reverse
from mikroledger.services.workbook import workbook

END = date(2011, 11, 30)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    town = Town(journal, debtors)
    town.grant()
    return town


def clean(town: Town) -> None:
    """Pay a loan out, and have ERP and bank say the same."""
    town.paid()
    town.erp(row("loan", 20000))
    town.bank(town.line(-20000, "PAY-1"))


def made(town: Town, day: date = END, control: Control | None = None) -> Reconciliation:
    return reconcile(town.journal.read(), ALL_RULES, day, control)


def differences(town: Town, day: date = END) -> dict[str, Decimal]:
    return {leg.name: leg.difference for leg in made(town, day).legs if leg.difference}


def add_up(found: Reconciliation) -> None:
    """Assert what holds of every reconciliation of a book that only commands have written."""
    for leg in found.legs:
        assert leg.difference == sum((i.share for i in found.items if i.leg == leg.name), ZERO)
    for account in found.accounts:
        assert account.difference == ZERO, account
    assert sum((r.debt for r in found.loans), ZERO) == found.legs[0].left
    assert sum((r.account for r in found.loans), ZERO) == found.legs[0].right
    assert len({item.id for item in found.items}) == len(found.items)


# Legs


def test_a_month_without_faults_has_no_difference_and_no_items(town: Town) -> None:
    clean(town)
    found = made(town)
    assert [(leg.name, leg.left, leg.right) for leg in found.legs] == [
        (PLAN, SUM, SUM),
        (CONTROL, SUM, SUM),
        (BANK, -SUM, -SUM),
    ]
    assert (found.items, found.open) == ((), ())
    add_up(found)


def test_an_empty_book_reconciles(journal: FakeJournal) -> None:
    found = reconcile(journal.ledger, ALL_RULES, END)
    assert all(leg.left == leg.right == ZERO for leg in found.legs)
    assert (found.items, found.loans) == ((), ())


Fault = Callable[[Town], object]


def grant(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000))
    town.bank(town.line(-20000, "PAY-1"))


def half(town: Town) -> None:
    grant(town)
    town.erp(row("grant", -20000, "70044"))


def half_the_other_way(town: Town) -> None:
    grant(town)
    town.erp(row("loan", 20000, "70044"))


def income(town: Town) -> None:
    clean(town)
    town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    town.erp(row("income", -500, "80001", ref="FI-1"))


def no_loan(town: Town) -> None:
    town.erp(row("loan", 15000, decision="X", ref="PAY-9"))
    town.bank(town.line(-15000, "PAY-9"))


def returned(town: Town) -> None:
    clean(town)
    town.bank(town.line(20000, "PAY-1", returned=True))


def bank_first(town: Town) -> None:
    order = town.disburse()
    town.bank(town.line(-20000, "PAY-1"))
    assert order


def refund(town: Town) -> None:
    clean(town)
    town.erp(row("refund", -10000, "7777", ref=""))


def unplaced(town: Town) -> None:
    clean(town)
    town.erp(row("loan", -77, "9999", decision="", ref=""))


def unknown_in(town: Town) -> None:
    clean(town)
    town.bank(town.line(500, "XX"))


def unknown_out(town: Town) -> None:
    clean(town)
    town.bank(town.line(-500, "XX"))


def not_in_the_bank(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 20000))


def repaid_not_in_the_bank(town: Town) -> None:
    clean(town)
    town.repay(500, "FI-1")
    town.erp(row("loan", -500, "80001", ref="FI-1"))


def split(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 12000), row("grant", 8000))
    town.bank(town.line(-20000, "PAY-1"))


def outside(town: Town) -> None:
    clean(town)
    postings = (Posting(LOAN, kroner(9)), Posting("Assets:Bank", kroner(-9)))
    entry = Transaction(date(2011, 5, 3), "Håndskrevet", postings, meta={"kind": "adopted"})
    submit(town.journal, "adopt", WHO, lambda _: Planned((entry,)), dry_run=False)


@pytest.mark.parametrize(
    ("fault", "item", "leg", "amounts", "codes"),
    [
        (grant, "misbooked:PAY-1", PLAN, (20000, 20000), ("ML101",)),
        (split, "misbooked:PAY-1", PLAN, (8000, 8000), ("ML111",)),
        (half, "reposting:PAY-1", PLAN, (20000, 20000), ("ML113",)),
        (half_the_other_way, "reposting:PAY-1", PLAN, (-20000, 0), ("ML111", "ML113")),
        (income, "misbooked:FI-1", PLAN, (-500, -500), ("ML107",)),
        (no_loan, "misbooked:PAY-9", PLAN, (-15000, -15000), ("ML102",)),
        (refund, "refund:refund-7777", CONTROL, (-10000, 0), ("ML105",)),
        (unplaced, "unplaced:000006-1", CONTROL, (-77, 0), ("ML209",)),
        (returned, "returned:PAY-1", BANK, (-20000, -20000), ()),
        (bank_first, "payouts:PAY-1", BANK, (20000, 20000), ("ML106", "ML503")),
        (not_in_the_bank, "payouts:PAY-1", BANK, (-20000, -20000), ()),
        (repaid_not_in_the_bank, "repayments:FI-1", BANK, (500, 500), ()),
        (unknown_in, "suspense:000006-1", BANK, (-500, -500), ()),
        (unknown_out, "suspense:000006-1", BANK, (500, 500), ("ML106",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_exactly_one_item(
    town: Town,
    fault: Fault,
    item: str,
    leg: str,
    amounts: tuple[int, int],
    codes: tuple[str, ...],
) -> None:
    amount, share = amounts
    fault(town)
    found = made(town)
    (only,) = found.items
    assert (only.id, only.leg, only.amount, only.share) == (
        item,
        leg,
        kroner(amount),
        kroner(share),
    )
    assert set(codes) <= set(only.codes)
    assert (only.is_open, only.status, only.owner) == (True, "open", "anl")
    assert found.open == (only,)
    assert differences(town) == ({leg: kroner(share)} if share else {})
    add_up(found)


def test_what_no_command_wrote_is_found_on_both_legs(town: Town) -> None:
    outside(town)
    found = made(town)
    assert [(i.id, i.share, i.loan) for i in found.items] == [
        ("loan:L2011-0001", kroner(-9), "L2011-0001"),
        ("account:P65", kroner(9), ""),
    ]
    assert differences(town) == {PLAN: kroner(-9), CONTROL: kroner(9)}
    assert {i.day for i in found.items} == {date(2011, 5, 3)}


@pytest.mark.parametrize(
    ("account", "item"),
    [
        (chart.UNASSIGNED, "loan:Unassigned"),
        (chart.loan_account("L2011-0001"), "loan:L2011-0001"),
    ],
)
def test_a_posting_without_payment_is_named_by_its_loan(
    town: Town, account: str, item: str
) -> None:
    postings = (Posting(account, kroner(9)), Posting("Assets:Bank", kroner(-9)))
    entry = Transaction(date(2011, 5, 3), "Håndskrevet", postings, meta={"kind": "adopted"})
    submit(town.journal, "adopt", WHO, lambda _: Planned((entry,)), dry_run=False)
    assert [i.id for i in made(town).items] == [item, "account:P65"]


def test_another_account_of_the_erps_is_held_against_its_rows_too(town: Town) -> None:
    postings = (Posting(chart.GRANTS, kroner(9)), Posting("Assets:Bank", kroner(-9)))
    entry = Transaction(date(2011, 5, 3), "Håndskrevet", postings, meta={"kind": "adopted"})
    submit(town.journal, "adopt", WHO, lambda _: Planned((entry,)), dry_run=False)
    (item,) = made(town).items
    assert (item.id, item.amount, item.share, item.is_open) == (
        "account:Grants",
        kroner(9),
        ZERO,
        True,
    )
    assert differences(town) == {}


def test_what_stands_on_another_loan_is_missing_on_one_and_too_much_on_the_other(
    town: Town,
) -> None:
    town.grant(2)
    clean(town)
    other = chart.loan_account("L2011-0002")
    postings = (Posting(other, SUM), Posting(LOAN, -SUM))
    meta: dict[str, Value] = {"kind": "reclassify", "loan": "L2011-0001", "payment": "PAY-1"}
    entry = Transaction(date(2011, 5, 3), "Forkert lån", postings, meta=meta)
    submit(town.journal, "reclassify", WHO, lambda _: Planned((entry,)), dry_run=False)
    found = made(town)
    wrong = [i for i in found.items if i.leg == PLAN]
    assert [(i.id, i.share) for i in wrong] == [
        ("misbooked:PAY-1", SUM),
        ("loan:L2011-0002", -SUM),
    ]
    assert wrong[0].text.en == "A loan stands on L2011-0002"
    add_up(found)


# Items


def test_an_item_has_what_municipalities_ask_for(town: Town) -> None:
    grant(town)
    (item,) = made(town).items
    assert (item.day, item.debtor, item.amount) == (date(2011, 5, 2), "D0001", SUM)
    assert item.text.da == "Et lån står som tilskud"
    assert item.text.en == "A loan stands as grants"
    assert item.expected == date(2011, 6, 30)
    assert item.age == (END - date(2011, 4, 15)).days
    assert (item.account, item.loan, item.payment) == (chart.GRANTS, "L2011-0001", "PAY-1")


def test_what_waits_for_the_bank_is_expected_within_banking_days(town: Town) -> None:
    not_in_the_bank(town)
    (item,) = made(town).items
    assert (item.since, item.expected) == (date(2011, 4, 15), date(2011, 4, 19))
    assert item.text.en == "Paid out in the book, not by the bank"


def test_what_is_ahead_of_the_erp_is_listed_and_makes_no_difference(town: Town) -> None:
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    found = made(town)
    (item,) = found.items
    assert (item.id, item.amount, item.share, item.status) == ("ahead:PAY-1", SUM, ZERO, "listed")
    assert (found.open, differences(town)) == ((), {})
    loans = found.accounts[0]
    assert (loans.book, loans.erp, loans.ahead, loans.unplaced) == (SUM, ZERO, SUM, ZERO)


def test_a_correction_is_ahead_on_the_loan_account(town: Town) -> None:
    grant(town)
    town.fix()
    (item,) = made(town, date(2012, 1, 31)).items
    assert (item.id, item.account, item.amount) == ("ahead:PAY-1", LOAN, SUM)


def test_a_row_that_is_only_said_again_is_behind_the_erp(town: Town) -> None:
    values = ("erp", Account(LOAN), SUM)
    meta: dict[str, Value] = {"kind": "confirm", "loan": "L2011-0001", "payment": "PAY-1"}
    entry = Record(date(2011, 5, 2), "confirm", values, meta=meta)
    submit(town.journal, "import", WHO, lambda _: Planned((entry,)), dry_run=False)
    (item,) = made(town).items
    assert (item.id, item.amount, item.day) == ("ahead:PAY-1", -SUM, date(2011, 5, 2))


def test_a_refund_taken_back_is_ahead_on_its_own_account(town: Town) -> None:
    refund(town)
    town.fix("refund-7777")
    (item,) = made(town, date(2012, 1, 31)).items
    assert (item.id, item.account, item.amount) == (
        "ahead:refund-7777",
        chart.REFUND,
        kroner(10000),
    )


def test_at_new_year_what_is_ahead_needs_a_word(town: Town) -> None:
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    (item,) = made(town, date(2011, 12, 31)).open
    assert item.id == "ahead:PAY-1"


def test_what_was_settled_after_the_day_says_when(town: Town) -> None:
    grant(town)
    (item,) = made(town, date(2011, 5, 31)).items
    assert (item.status, item.settled) == ("open", None)
    town.fix()
    found = made(town, date(2011, 5, 31))
    (item,) = found.items
    assert (item.status, item.settled) == ("settled", date(2011, 12, 31))
    assert found.open == ()
    assert differences(town, date(2011, 5, 31)) == {PLAN: SUM}


def test_what_is_still_wrong_in_another_way_is_not_settled(town: Town) -> None:
    grant(town)
    town.erp(row("grant", -20000, "70044", day="2011-06-03"))
    (item,) = made(town, date(2011, 5, 31)).items
    assert (item.id, item.status) == ("misbooked:PAY-1", "open")
    assert [i.id for i in made(town).items] == ["reposting:PAY-1"]


def test_a_line_that_was_placed_later_is_settled(town: Town) -> None:
    clean(town)
    town.bank(town.line(500, "FI-7"))
    (item,) = made(town).items
    line = town.journal.read().by_id[item.about][0]
    postings = (Posting(chart.SUSPENSE, kroner(500)), Posting(chart.REPAYMENTS, kroner(-500)))
    meta: dict[str, Value] = {"kind": "bank", "payment": "FI-7", "evidence": line.id}
    entry = Transaction(date(2011, 12, 5), "Fra uafklarede", postings, meta=meta)
    submit(town.journal, "match", WHO, lambda _: Planned((entry,)), dry_run=False)
    (item,) = made(town).items
    assert (item.id, item.settled) == (f"suspense:{line.id}", date(2011, 12, 5))
    assert [i.id for i in made(town, date(2011, 12, 30)).items] == ["repayments:FI-7"]


def test_money_taken_back_and_placed_anew_is_one_matter(town: Town) -> None:
    clean(town)
    order = town.repay(500, "FI-1")
    town.bank(town.line(500, "FI-1"))
    (line,) = [t for t in town.journal.read().transactions if t.on(chart.BANK) == kroner(500)]
    reverse(town.journal, order, "forkert lån", WHO)
    held = [i for i in made(town, date(2012, 1, 31)).items if i.kind == "suspense"]
    assert [(i.id, i.amount, i.text.en) for i in held] == [
        (f"suspense:{line.id}", kroner(-500), "Money in that nobody has placed"),
    ]
    match(town.journal, Match(line.id, (("L2011-0001", None),), "set"), WHO)
    assert "suspense" not in {i.kind for i in made(town, date(2012, 1, 31)).items}


def test_a_bank_line_that_came_before_its_time_is_not_of_negative_age(town: Town) -> None:
    day = date(2011, 11, 29)
    part = BankPart(kroner(500), "XX")
    line = BankLine(1, "N9", day, day + timedelta(days=9), kroner(500), (part,))
    town.bank(line)
    (item,) = made(town).items
    assert item.age == 0


def test_a_loan_decided_later_is_not_shown(town: Town) -> None:
    assert [r.number for r in made(town).loans] == ["L2011-0001"]
    assert made(town, date(2011, 2, 28)).loans == ()


def test_what_is_owed_back_is_part_of_the_loans_account(town: Town) -> None:
    clean(town)
    town.repay(20500, "FI-1", over=True)
    town.bank(town.line(20500, "FI-1"))
    found = made(town)
    (loan,) = found.loans
    assert (loan.debt, loan.account, loan.difference) == (kroner(-500), kroner(-500), ZERO)
    assert found.open == ()
    add_up(found)


# Reasons


def test_a_reason_explains_an_item_while_its_amount_stays(town: Town) -> None:
    unknown_in(town)
    (item,) = made(town).items
    outcome = explain(town.journal, Reason(item.id, " husleje, sendes retur ", END), WHO)
    assert (outcome.outcome, outcome.amount) == ("booked", kroner(-500))
    found = made(town)
    (again,) = found.items
    assert (again.status, found.open) == ("explained", ())
    assert again.explanation is not None
    assert (again.explanation.reason, again.explanation.by) == ("husleje, sendes retur", "anl")
    assert differences(town) == {BANK: kroner(-500)}
    record = town.journal.read().records("explained")[-1]
    assert record.values == (item.id, kroner(-500))
    told = explain(town.journal, Reason(item.id, "husleje, sendes retur", END), WHO)
    assert (told.outcome, told.id) == ("already", outcome.id)
    explain(town.journal, Reason(item.id, "noget andet", END), SECOND)
    (newest,) = made(town).items
    assert newest.explanation is not None
    assert (newest.explanation.reason, newest.explanation.by) == ("noget andet", "bok")


def test_another_amount_needs_another_reason(town: Town) -> None:
    not_in_the_bank(town)
    explain(town.journal, Reason("payouts:PAY-1", "i transit", END), WHO)
    assert made(town).open == ()
    town.bank(town.line(-12000, "PAY-1"))
    (item,) = made(town).open
    assert (item.id, item.amount) == ("payouts:PAY-1", kroner(-8000))


def test_all_open_items_of_a_kind_are_explained_at_once(town: Town) -> None:
    clean(town)
    town.bank(town.line(500, "XX"), town.line(700, "YY"))
    first, second = made(town).items
    explain(town.journal, Reason(first.id, "kendt", END), WHO)
    explain(town.journal, Reason("suspense", "begge undersøges", END), WHO)
    found = {i.id: i.explanation for i in made(town).items}
    assert [e and e.reason for e in found.values()] == ["kendt", "begge undersøges"]
    assert second.id in found


def test_a_reason_must_be_given(town: Town) -> None:
    unknown_in(town)
    with pytest.raises(UsageError, match="--reason"):
        explain(town.journal, Reason("suspense", " ", END), WHO)


def test_there_must_be_such_an_item(town: Town) -> None:
    with pytest.raises(RefusedError, match="The items are: -"):
        explain(town.journal, Reason("suspense:1", "x", END), WHO)
    unknown_in(town)
    with pytest.raises(RefusedError, match="The items are: suspense:000006-1"):
        explain(town.journal, Reason("suspense:1", "x", END), WHO)


def test_a_reason_names_no_person(town: Town) -> None:
    unknown_in(town)
    with pytest.raises(RefusedError, match="CPR"):
        explain(town.journal, Reason("suspense", "fra 610190-0000", END), WHO)


def test_a_dry_run_explains_nothing(town: Town) -> None:
    unknown_in(town)
    explain(town.journal, Reason("suspense", "x", END), WHO, dry_run=True)
    assert len(made(town).open) == 1


# The control account


def test_the_control_account_is_held_against_what_the_lists_have_shown(town: Town) -> None:
    clean(town)
    assert made(town, control=Control(SUM)).items == ()
    found = made(town, control=Control(kroner(27000)))
    (item,) = found.items
    assert (item.id, item.share, item.leg) == ("control:9.32.25", kroner(-7000), CONTROL)
    assert found.legs[1].right == kroner(27000)
    add_up(found)


def test_the_movement_since_new_year_is_a_balance_too(town: Town) -> None:
    clean(town)
    assert made(town, control=Control(SUM, "8.32.25")).items == ()
    next_year = made(town, date(2012, 3, 31), Control(ZERO, "8.32.25"))
    assert next_year.items == ()
    assert [leg.right for leg in next_year.legs if leg.name == CONTROL] == [SUM]


def balance(account: str, amount: int) -> Balance:
    funktion, dranst, gruppering = [*account.split("/"), "", ""][:3]
    return Balance(2, AccountString(funktion, dranst, gruppering), kroner(amount))


@pytest.mark.parametrize(
    ("rows", "amount", "funktion"),
    [
        ([("9.32.25/5/065", 20000), ("9.32.25/5/002", 99), ("9.32.25", 500)], 20000, "9.32.25"),
        ([("9.32.25/5/065", 15000), ("9.32.25/8/065", 5000)], 20000, "9.32.25"),
        ([("9.32.25", 20000), ("9.22.05", 7)], 20000, "9.32.25"),
        ([("8.32.25/5/065", 7), ("9.32.25/5/065", 20000)], 20000, "9.32.25"),
        ([("8.32.25/5/065", 7)], 7, "8.32.25"),
    ],
)
def test_the_loan_account_is_found_in_a_list_of_balances(
    town: Town, rows: list[tuple[str, int]], amount: int, funktion: str
) -> None:
    found = control_in(town.journal.read(), [balance(*each) for each in rows], "saldi.csv")
    assert found == Control(kroner(amount), funktion, "balance-list")


def test_a_list_without_the_loan_account_is_refused(town: Town) -> None:
    rows = [balance("9.32.25/5/002", 5), balance("9.22.05", 7)]
    with pytest.raises(RefusedError, match=r"saldi\.csv has no row of the loan account"):
        control_in(town.journal.read(), rows, "saldi.csv")


# Statements


def statement(town: Town, closing: int, *lines: BankLine, source: str = "bank") -> None:
    until = max(line.day for line in lines)
    document = Document(
        "f", "bank-csv", source, f"{hash(lines)}", bank=lines, until=until, closing=kroner(closing)
    )
    import_(town.journal, town.debtors, document, WHO)


def line(
    number: int, day: date, amount: int, ref: str = "", *, value: date | None = None
) -> BankLine:
    part = BankPart(kroner(amount), ref)
    return BankLine(number, f"N{number}", day, value or day, kroner(amount), (part,))


def test_the_first_statement_says_what_the_account_held_before(town: Town) -> None:
    town.paid()
    town.erp(row("loan", 20000))
    statement(town, 80000, line(1, date(2011, 4, 18), -20000, "PAY-1"))
    found = made(town)
    (bank,) = found.statements
    assert (bank.opening, bank.closing, bank.book) == (
        kroner(100000),
        kroner(80000),
        kroner(80000),
    )
    assert found.legs[2].left == found.legs[2].right == kroner(80000)
    assert found.items == ()
    assert made(town, date(2011, 4, 17)).statements == ()


def test_a_missing_statement_is_an_item_until_it_comes(town: Town) -> None:
    clean_lines = line(1, date(2011, 4, 18), -20000, "PAY-1")
    town.paid()
    town.erp(row("loan", 20000))
    statement(town, 80000, clean_lines)
    statement(town, 81500, line(3, date(2011, 6, 2), 1000, "XX"))
    (item,) = (i for i in made(town).items if i.kind == "statement")
    assert (item.id, item.amount, item.leg) == ("statement:bank", kroner(-500), BANK)
    assert (item.day, item.since) == (date(2011, 6, 2), date(2011, 6, 2))
    add_up(made(town))
    statement(town, 80500, line(2, date(2011, 5, 20), 500, "YY"))
    assert [i.kind for i in made(town).items] == ["suspense", "suspense"]
    assert made(town, date(2011, 5, 31)).statements[0].until == date(2011, 5, 20)


def test_lines_of_a_closed_month_are_still_of_their_statement(town: Town) -> None:
    clean(town)
    for month in ("2011-03", "2011-04", "2011-05"):
        _close(town, month)
    statement(town, 500, line(5, date(2011, 5, 30), 500, "XX", value=date(2011, 5, 31)))
    (entry,) = (t for t in town.journal.read().transactions if t.on(chart.SUSPENSE))
    assert entry.day == date(2011, 6, 1)
    statement(town, 600, line(6, date(2011, 6, 1), 100, "YY"))
    assert [s.difference for s in made(town).statements] == [ZERO]
    assert [s.difference for s in made(town, date(2011, 5, 31)).statements] == [kroner(-500)]


def _close(town: Town, month: str) -> None:
    for who in (WHO, SECOND):
        close(town.journal, Closing(parse_month(month)), who)


def test_one_account_may_come_from_several_sources(town: Town) -> None:
    def said(source: str, account: str, opening: int, closing: int, until: date) -> Record:
        meta: dict[str, Value] = {
            "source": source,
            "account": account,
            "opening": kroner(opening),
            "closing": kroner(closing),
            "until": until,
        }
        return Record(until, "import", ("x",), meta=meta)

    def bank(source: str, day: date, amount: int) -> Transaction:
        postings = (Posting(chart.BANK, kroner(amount)), Posting(chart.SUSPENSE, kroner(-amount)))
        return Transaction(
            day, "x", postings, meta={"kind": "bank", "key": f"bank:{source}:{day}"}
        )

    may, june = date(2011, 5, 31), date(2011, 6, 30)
    entries: tuple[Entry, ...] = (
        bank("DK1", may, 100),
        said("DK1", "A", 1000, 1100, may),
        bank("csv", june, 50),
        said("csv", "A", 1100, 1150, june),
        bank("other", june, 7),
        said("other", "", 0, 7, june),
        Record(may, "import", ("erp",), meta={"source": "opus"}),
        Opening(date(1970, 1, 1), chart.BANK),
    )
    found = statements(Ledger(entries), june)
    assert [(s.account, s.book, s.closing) for s in found] == [
        ("A", kroner(1150), kroner(1150)),
        ("other", kroner(7), kroner(7)),
    ]


# Whatever happens


ACTS: dict[str, Callable[[Town], object]] = {
    "disburse": lambda town: town.paid(),
    "second loan": lambda town: town.paid("L2011-0002", kroner(10000), "PAY-2"),
    "repay": lambda town: town.repay(500, "FI-1"),
    "repay too much": lambda town: town.repay(30000, "FI-2", over=True),
    "loan row": lambda town: town.erp(row("loan", 20000)),
    "grant row": lambda town: town.erp(row("grant", 20000)),
    "split row": lambda town: town.erp(row("loan", 12000), row("grant", 8000)),
    "half": lambda town: town.erp(row("grant", -20000, "70044")),
    "other half": lambda town: town.erp(row("loan", 20000, "70045")),
    "income": lambda town: town.erp(row("income", -500, "80001", ref="FI-1")),
    "refund": lambda town: town.erp(row("refund", -10000, "7777", ref="")),
    "unknown row": lambda town: town.erp(row("loan", -77, "9999", decision="", ref="")),
    "no decision": lambda town: town.erp(row("loan", 15000, "9000", decision="X", ref="PAY-9")),
    "bank out": lambda town: town.bank(town.line(-20000, "PAY-1")),
    "batch": lambda town: town.bank(batch(town)),
    "bank in": lambda town: town.bank(town.line(500, "FI-1")),
    "bank unknown": lambda town: town.bank(town.line(700, "XX")),
    "returned": lambda town: town.bank(town.line(20000, "PAY-1", returned=True)),
    "fix": lambda town: [
        countersign(town.journal, each.id, SECOND)
        for each in reclassify(town.journal, ALL_RULES, Choice(all=True), WHO)
    ],
    "reverse": lambda town: reverse(
        town.journal, town.now().payments["FI-1"].entries[0].id, "forkert", WHO
    ),
}


def batch(town: Town) -> BankLine:
    day = date(2011, 4, 18)
    parts = (BankPart(kroner(-20000), "PAY-1"), BankPart(kroner(-10000), "PAY-2"))
    town.lines += 1
    return BankLine(town.lines, f"B{town.lines}", day, day, kroner(-30000), parts)


@example(["returned", "half"], END)
@given(st.lists(st.sampled_from(sorted(ACTS)), max_size=10), st.dates(date(2011, 4, 1), END))
def test_whatever_happens_each_leg_is_the_sum_of_its_items(acts: list[str], day: date) -> None:
    town = Town(FakeJournal(), FakeDebtors())
    town.grant()
    town.grant(2, kroner(10000))
    for act in acts:
        try:
            ACTS[act](town)
        except (MikroledgerError, KeyError):
            continue  # not in this order: nothing was booked
        for at in (day, date(2012, 1, 31)):
            add_up(made(town, at))


# The workbook


def test_the_workbook_ties_out(town: Town) -> None:
    income(town)
    town.bank(town.line(700, "XX"))
    book = workbook("prøvebog", made(town), date(2011, 12, 1))
    assert [sheet.name.da for sheet in book.sheets] == [
        "Afstemning",
        "Lån",
        "Bevægelser",
        "Afstemningsposter",
        "Restance",
        "Fejlkonteringer",
        "Kontrol",
        "Læsmig",
    ]
    ties = {tie.title.en: (book.total(tie.left), book.total(tie.right)) for tie in book.ties}
    legs = ("Plan against ledger: debt, loan accounts", "Payments against the bank")
    unequal = {title for title, (left, right) in ties.items() if left != right}
    assert unequal == set(legs)
    assert ties["Items: Payments against bank"] == (kroner(-700), kroner(-700))
    assert ties["Arrears"][0] == town.now(END).loans["L2011-0001"].arrears.amount > ZERO
    assert book.made == date(2011, 12, 1)


def sheet(
    town: Town, name: str, day: date = END, control: Control | None = None
) -> list[list[str]]:
    book = workbook("bog", made(town, day, control), date(2011, 12, 1))
    (found,) = (sheet for sheet in book.sheets if sheet.name.en == name)
    return [[getattr(cell, "en", str(cell)) for cell in cells] for cells in found.rows]


def test_items_are_specified_as_municipalities_ask(town: Town) -> None:
    grant(town)
    explain(town.journal, Reason("misbooked", "venter på møde", END), WHO)
    (cells,) = sheet(town, "Open items")
    assert cells == [
        "misbooked:PAY-1",
        "2011-05-02",
        "A loan stands as grants",
        "D0001",
        "2011-06-30",
        "20000.00",
        "20000.00",
        "None",
        "None",
        str((END - date(2011, 4, 15)).days),
        "anl",
        "Explained",
        "venter på møde",
        "anl",
        "ML101",
        "L2011-0001",
        chart.GRANTS,
    ]
    (wrong,) = sheet(town, "Misbookings")
    assert wrong[1] == "ML101 loan-as-grant"


def test_movements_name_what_belongs_to_an_earlier_period(town: Town) -> None:
    grant(town)
    town.fix()
    rows = sheet(town, "Movements", date(2011, 12, 31))
    assert {cells[-1] for cells in rows} == {"yes"}
    assert {cells[3] for cells in rows} == {"reclassify"}
    assert all(cells[-1] == "None" for cells in sheet(town, "Movements", date(2011, 5, 31)))


def checks(town: Town, day: date = END, control: Control | None = None) -> dict[str, str]:
    return {cells[0]: cells[1] for cells in sheet(town, "Checks", day, control)}


def test_what_is_checked_says_how_it_went(town: Town) -> None:
    clean(town)
    said = checks(town)
    assert said["The ERP's own balance"] == "not tried"
    assert said["The statement's balance"] == "not tried"
    assert {v for k, v in said.items() if "balance" not in k} == {"yes", "NO"}
    assert [k for k, v in said.items() if v == "NO"] == ["Prepared and reviewed"]
    unplaced_row = row("loan", -77, "9999", decision="", ref="")
    town.erp(unplaced_row)
    assert checks(town)["No rows without a payment"] == "NO"
    assert checks(town, control=Control(kroner(19923)))["The ERP's own balance"] == "yes"
    assert checks(town, control=Control(kroner(1)))["The ERP's own balance"] == "NO"
    assert "Nothing ahead of the ERP" in checks(town, date(2011, 12, 31))


def test_statements_are_checked_one_by_one(town: Town) -> None:
    town.paid()
    statement(town, 80000, line(1, date(2011, 4, 18), -20000, "PAY-1"))
    said = checks(town, date(2011, 4, 30))
    assert said["Statement bank until 2011-04-18"] == said["A statement of the month"] == "yes"
    assert checks(town)["A statement of the month"] == "NO"


def test_a_row_without_a_number_is_named(town: Town) -> None:
    no_loan(town)
    assert [cells[0] for cells in sheet(town, "Loans")] == ["L2011-0001", "without number"]


def test_two_persons_stand_on_the_front(town: Town) -> None:
    clean(town)
    for month in ("2011-03", "2011-04"):
        _close(town, month)
    book = workbook("bog", made(town, date(2011, 4, 30)), date(2011, 12, 1))
    facts = {title.en: fact for title, fact in book.facts}
    assert (facts["Prepared by"], facts["Reviewed by"]) == ("anl", "bok")
    assert facts["Loan accounts, closing"] == SUM
    assert checks(town, date(2011, 4, 30))["Prepared and reviewed"] == "yes"


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, 0), (1, 1), (30, 1), (31, 2), (365, 5), (366, 6)]
)
def test_arrears_lie_by_age(town: Town, days: int, bucket: int) -> None:
    clean(town)
    pay_by = date(2011, 9, 1)
    rows = sheet(town, "Arrears", pay_by + timedelta(days=days))
    held = [n for n, cells in enumerate(rows) if cells[2] != "0"]
    assert held == [bucket]
