"""Reconciliation: each open item whole, in both languages; its legs, accounts and statements."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from test_domain_portfolio import LOAN, NUMBER, OVERPAID, decision, payout, repayment, txn
from test_services_reconcile import (
    Fault,
    bank_first,
    grant,
    half,
    half_the_other_way,
    income,
    no_loan,
    not_in_the_bank,
    refund,
    repaid_not_in_the_bank,
    returned,
    split,
    unknown_in,
    unknown_out,
    unplaced,
)
from town import Town

from mikroledger.domain import chart
from mikroledger.domain.accounts import (
    Accounts,
    balances,
    evidence,
    is_later,
    is_year_end,
    pool,
    pooled,
    until,
)
from mikroledger.domain.finding import Finding, Findings, Fix, Severity
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Meta,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.domain.openitems import reconciliation
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.reconciliation import (
    BANK,
    CONTROL,
    LOANS,
    PLAN,
    AccountRow,
    Control,
    Explanation,
    Item,
    Leg,
    LoanRow,
    Reconciliation,
)
from mikroledger.domain.statements import Statement, statements
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.reconcile import reconcile
from mikroledger.words import Text

PAID, NEXT, END = date(2011, 5, 2), date(2011, 5, 3), date(2011, 11, 30)
NOBODY = Findings(())


def item(id_: str, leg: str, account: str, amount: int, text: Text, /, **more: object) -> Item:
    """Write an item down by what is particular to it: it began on 2 May, and all of it counts."""
    made = Item(
        id=id_,
        kind=id_.partition(":")[0],
        leg=leg,
        account=account,
        amount=kroner(amount),
        share=kroner(amount),
        text=text,
        day=PAID,
        since=PAID,
        expected=date(2011, 6, 30),
        as_of=END,
    )
    return replace(made, **more)  # type: ignore[arg-type]


# Each fault, as the office's commands make it

MINE: dict[str, object] = {"owner": "anl", "loan": NUMBER, "debtor": "D0001"}
ORDERED, BANKED = date(2011, 4, 15), date(2011, 4, 18)
HALF = Text(
    "Økonomisystemet har kun bogført den ene halvdel af en rettelse",
    "The ERP has booked only one half of a correction",
)
STRANGE = Text(
    "Står på lånekontoen, men hører ikke til et lån",
    "Stands on the loan account, but belongs to no loan",
)
BESIDE = Text(
    "Står på lånets konto og hører ikke til en betaling",
    "Stands on the loan's account and belongs to no payment",
)
OUTSIDE = Text(
    "Posteringer på kontoen, som ikke hører til en betaling",
    "Postings on the account that belong to no payment",
)
NOT_PAID = Text("Udbetalt i bogen, ikke i banken", "Paid out in the book, not by the bank")
NOT_ORDERED = Text("Udbetalt af banken, ikke i bogen", "Paid out by the bank, not in the book")
NOT_CAME = Text("Afdrag i bogen, ikke i banken", "Repaid in the book, not at the bank")
NOT_KNOWN = Text("Modtaget i banken, ikke i bogen", "Received by the bank, not in the book")
CAME_BACK = Text("Kom retur; er ikke taget af lånet", "Was returned; is not taken off the loan")
NEVER_BACK = Text("Taget af lånet; er ikke kommet retur", "Taken off the loan; was not returned")
MONEY_IN = Text("Indbetaling, som ingen har placeret", "Money in that nobody has placed")
MONEY_OUT = Text("Udbetaling, som ingen har placeret", "Money out that nobody has placed")
CLAIMED = Text("Statsrefusion er hjemtaget på et lån", "State refund was claimed on a loan")
NO_VOUCHER = Text(
    "Bilag 9999/2011: ingen ved, hvilken betaling det er",
    "Voucher 9999/2011: nobody knows which payment it is",
)
REPAID_AS_INCOME = Text("Et afdrag står som indtægt", "A repayment stands as income")
AHEAD = Text(
    "Bogført her; venter på økonomisystemets liste", "Booked here; waits for the ERP's list"
)


def as_(da: str, en: str) -> Text:
    return Text(f"Et lån står som {da}", f"A loan stands as {en}")


def on(place: str) -> Text:
    return Text(f"Et lån står på {place}", f"A loan stands on {place}")


PAY = {**MINE, "payment": "PAY-1"}
MAY = date(2011, 5, 31)
WHOLE: dict[Fault, Item] = {
    grant: item(
        *("misbooked:PAY-1", PLAN, chart.GRANTS, 20000, as_("tilskud", "grants")),
        **(PAY | {"since": ORDERED, "codes": ("ML101",)}),
    ),
    split: item(
        *("misbooked:PAY-1", PLAN, chart.GRANTS, 8000, as_("tilskud", "grants")),
        **(PAY | {"since": ORDERED, "codes": ("ML111",)}),
    ),
    half: item(
        *("reposting:PAY-1", PLAN, chart.REPOSTING, 20000, HALF),
        **(PAY | {"since": BANKED, "codes": ("ML113",)}),
    ),
    half_the_other_way: item(
        *("reposting:PAY-1", PLAN, chart.REPOSTING, -20000, HALF),
        **(PAY | {"share": ZERO, "since": BANKED, "codes": ("ML111", "ML113")}),
    ),
    income: item(
        *("misbooked:FI-1", PLAN, chart.INCOME, -500, REPAID_AS_INCOME),
        **(MINE | {"since": BANKED, "payment": "FI-1", "codes": ("ML107",)}),
    ),
    no_loan: item(
        *("misbooked:PAY-9", PLAN, chart.UNASSIGNED, -15000, STRANGE),
        owner="anl",
        payment="PAY-9",
        codes=("ML102",),
    ),
    refund: item(
        *("refund:refund-7777", CONTROL, chart.REFUND, -10000, CLAIMED),
        **(MINE | {"share": ZERO, "payment": "refund-7777", "codes": ("ML105",)}),
    ),
    unplaced: item(
        *("unplaced:000006-1", CONTROL, chart.UNASSIGNED, -77, NO_VOUCHER),
        owner="anl",
        share=ZERO,
        codes=("ML209",),
    ),
    returned: item(
        *("returned:PAY-1", BANK, chart.RETURNED, -20000, CAME_BACK),
        **(PAY | {"day": BANKED, "since": BANKED, "expected": MAY, "codes": ("ML206",)}),
    ),
    bank_first: item(
        *("payouts:PAY-1", BANK, chart.PAYOUTS, 20000, NOT_ORDERED),
        **(PAY | {"day": BANKED, "since": BANKED, "expected": MAY, "codes": ("ML106", "ML503")}),
    ),
    not_in_the_bank: item(
        *("payouts:PAY-1", BANK, chart.PAYOUTS, -20000, NOT_PAID),
        **(PAY | {"day": ORDERED, "since": ORDERED, "expected": date(2011, 4, 19)}),
    ),
    repaid_not_in_the_bank: item(
        *("repayments:FI-1", BANK, chart.REPAYMENTS, 500, NOT_CAME),
        **(MINE | {"payment": "FI-1", "expected": date(2011, 10, 5)}),
        day=date(2011, 10, 3),
        since=date(2011, 10, 3),
    ),
    unknown_in: item(
        *("suspense:000006-1", BANK, chart.SUSPENSE, -500, MONEY_IN),
        owner="anl",
        day=BANKED,
        since=BANKED,
        expected=MAY,
        codes=("ML303",),
    ),
    unknown_out: item(
        *("suspense:000006-1", BANK, chart.SUSPENSE, 500, MONEY_OUT),
        owner="anl",
        day=BANKED,
        since=BANKED,
        expected=MAY,
        codes=("ML106",),
    ),
}


@pytest.mark.parametrize(
    ("fault", "only"), WHOLE.items(), ids=lambda v: getattr(v, "__name__", "")
)
def test_each_fault_is_told_whole(fault: Fault, only: Item) -> None:
    town = Town(FakeJournal(), FakeDebtors())
    town.grant()
    fault(town)
    assert reconcile(town.journal.read(), ALL_RULES, END).items == (only,)


# Small books, made of values


def folio_on(day: date, *entries: Entry) -> Portfolio:
    return portfolio(until(Ledger((decision(debtor="D0001"), *entries)), day), day)


def made(*entries: Entry, day: date = END, control: Control | None = None) -> Reconciliation:
    return reconciliation(folio_on(day, *entries), NOBODY, control)


def erp(day: date, account: str, amount: int, payment: str = "P1", **meta: Value) -> Transaction:
    """A row of the ERP's: it puts a payment on an account."""
    clearing = chart.REPAYMENTS if payment.startswith("R") else chart.PAYOUTS
    made = txn(day, "erp", payment, {}, **meta)
    sides = (
        Posting(account, kroner(amount), {"source": "erp"}),
        Posting(clearing, kroner(-amount)),
    )
    return replace(made, postings=sides)


def bank(day: date, amount: int, payment: str = "P1", **meta: Value) -> Transaction:
    clearing = chart.REPAYMENTS if payment.startswith("R") else chart.PAYOUTS
    return txn(day, "bank", payment, {chart.BANK: str(amount), clearing: str(-amount)}, **meta)


def bare(day: date, sides: dict[str, int], **meta: Value) -> Transaction:
    """A transaction of no payment."""
    postings = tuple(Posting(account, kroner(amount)) for account, amount in sides.items())
    return Transaction(day, "x", postings, meta=meta)


def refunded(amount: int, case: str = NUMBER) -> Transaction:
    sides = {chart.REFUND: str(-amount), chart.REFUND_RECEIVABLE: str(amount)}
    return txn(PAID, "erp", "F1", sides, flow="refund", loan=case)


def confirmed(account: str, amount: int, source: str = "erp", payment: str = "P1") -> Record:
    values = (source, Account(account), kroner(amount))
    meta: Meta = {"payment": payment, "loan": NUMBER}
    return Record(PAID, "confirm", values, meta=meta)


def row_apart(number: str, account: str, amount: int, **meta: Value) -> Record:
    values = ("erp", Account(account), kroner(amount))
    return Record(PAID, "unplaced", values, meta={"id": number, "voucher": "7/2011", **meta})


def brief(found: Reconciliation) -> list[tuple[str, Decimal, Decimal]]:
    return [(each.id, each.amount, each.share) for each in found.items]


def paid() -> tuple[Entry, ...]:
    """A payout that all three agree on."""
    return payout(), confirmed(LOAN, 2000), bank(PAID, -2000)


# Legs


def test_the_three_legs_have_their_titles_sides_and_source() -> None:
    legs = made(*paid()).legs
    debt = kroner(2000)
    assert legs == (
        Leg(
            PLAN,
            Text("Plan mod bog: gæld og lånekonti", "Plan against ledger: debt, loan accounts"),
            debt,
            debt,
        ),
        Leg(
            CONTROL,
            Text("Bog mod økonomisystemets kontrolkonto", "Ledger against the control account"),
            debt,
            debt,
            "posting-lists",
        ),
        Leg(BANK, Text("Betalinger mod bank", "Payments against the bank"), -debt, -debt),
    )
    assert (PLAN, CONTROL, BANK) == ("plan-ledger", "ledger-control", "payments-bank")
    assert Leg("x", Text("", ""), kroner(5), kroner(3)).difference == kroner(2)


@pytest.mark.parametrize("kind", ["control", "balance-list"])
def test_the_control_leg_says_where_its_figure_is_from(kind: str) -> None:
    found = made(*paid(), control=Control(kroner(2100), "9.32.25", kind))
    assert (found.legs[1].source, found.control) == (kind, Control(kroner(2100), kind=kind))
    assert found.legs[1].right == kroner(2100)


def test_what_is_ahead_is_added_to_the_control_account_and_what_nobody_knows_taken_off() -> None:
    entries = (payout(), bank(PAID, -2000), row_apart("U1", chart.UNASSIGNED, 77))
    found = made(*entries)
    row = found.accounts[0]
    assert row == AccountRow(LOANS, kroner(2000), kroner(77), kroner(2000), kroner(77))
    assert row.difference == ZERO
    assert (found.legs[1].left, found.legs[1].right) == (kroner(2000), kroner(2000))
    said = made(*entries, control=Control(kroner(100)))
    assert said.legs[1].right == kroner(2023)
    assert brief(said) == [
        ("unplaced:U1", kroner(77), ZERO),
        ("control:9.32.25", kroner(-23), kroner(-23)),
        ("ahead:P1", kroner(2000), ZERO),
    ]


def test_the_bank_leg_counts_openings_clearing_and_missing_lines() -> None:
    found = made(
        *paid(),
        said(PAID, 100, -1905, 0),
        repayment(PAID, "300"),
        bare(PAID, {chart.BANK: 50, chart.SUSPENSE: -50}, kind="bank"),
    )
    assert found.statements == (Statement("bank", PAID, kroner(100), kroner(-1905), kroner(100)),)
    leg = found.legs[2]
    assert leg.left == kroner(-1950 + 100) + kroner(300) - kroner(50)
    assert leg.right == kroner(-1950 + 100) - kroner(2005)
    shares = [each.share for each in found.items if each.leg == BANK]
    assert leg.difference == sum(shares, ZERO)


def test_without_loans_each_side_is_still_written_with_its_ore() -> None:
    """The sides are part of what two persons sign: they must not be written in two ways."""
    legs = reconciliation(portfolio(Ledger(), END), NOBODY).legs
    assert [(str(leg.left), str(leg.right)) for leg in legs] == [("0.00", "0.00")] * 3


# Items


def test_the_items_stand_leg_by_leg() -> None:
    found = made(
        erp(PAID, chart.GRANTS, 2000),
        bank(PAID, -1900),
        bare(PAID, {LOAN: 9, chart.BANK: -9}),
        refunded(1000),
        row_apart("U1", chart.UNASSIGNED, 77),
        repayment(PAID, "300"),
        said(PAID, 0, 5, 0),
        control=Control(kroner(1)),
    )
    assert [(each.kind, each.leg) for each in found.items] == [
        ("misbooked", PLAN),
        ("loan", PLAN),
        ("refund", CONTROL),
        ("unplaced", CONTROL),
        ("account", CONTROL),
        ("control", CONTROL),
        ("ahead", CONTROL),
        ("ahead", CONTROL),
        ("payouts", BANK),
        ("repayments", BANK),
        ("statement", BANK),
    ]


def test_a_payment_may_stand_on_several_wrong_accounts() -> None:
    first = erp(PAID, chart.GRANTS, 1200, loan=NUMBER)
    found = made(first, erp(NEXT, "Expenses:Other", 800), bank(PAID, -2000))
    assert found.items[0] == item(
        "misbooked:P1",
        PLAN,
        f"Expenses:Other, {chart.GRANTS}",
        2000,
        Text(
            "Et lån står på Expenses:Other og som tilskud",
            "A loan stands on Expenses:Other and as grants",
        ),
        loan=NUMBER,
        debtor="D0001",
        payment="P1",
        day=NEXT,
        since=NEXT,
    )


@pytest.mark.parametrize(
    ("account", "da", "en"),
    [
        (chart.GRANTS, "som tilskud", "as grants"),
        (chart.SUBSISTENCE, "som forsørgelse", "as subsistence"),
        (
            chart.ELSEWHERE,
            "på en konto, som kontoplanen ikke kender",
            "on an account not in the chart",
        ),
        (chart.INCOME, "som indtægt", "as income"),
        ("Expenses:Other", "på Expenses:Other", "on Expenses:Other"),
    ],
)
def test_a_wrong_account_is_called_by_its_name(account: str, da: str, en: str) -> None:
    found = made(erp(PAID, account, 2000), bank(PAID, -2000))
    assert found.items[0].text == Text(f"Et lån står {da}", f"A loan stands {en}")


def test_a_payment_without_a_decision_lies_on_the_loan_account() -> None:
    found = made(erp(PAID, chart.UNASSIGNED, 500, "P9", loan=""), bank(PAID, -500, "P9", loan=""))
    assert found.items == (
        item("misbooked:P9", PLAN, chart.UNASSIGNED, -500, STRANGE, payment="P9"),
    )
    (row,) = (row for row in found.loans if not row.number)
    assert row == LoanRow("", "", ZERO, ZERO, ZERO, kroner(500))


def test_a_grant_on_a_loan_account_belongs_to_no_loan() -> None:
    other = decision("G2011-0001", "grant")
    found = made(
        other,
        erp(PAID, chart.loan_account("G2011-0001"), 500, "P9", loan="G2011-0001"),
        bank(PAID, -500, "P9", loan="G2011-0001"),
    )
    assert brief(found) == [("misbooked:P9", kroner(-500), kroner(-500))]
    assert found.items[0].text == STRANGE
    assert found.items[0].loan == "G2011-0001"


def test_payments_without_a_number_that_even_out_are_told_one_by_one() -> None:
    found = made(
        erp(PAID, chart.UNASSIGNED, 500, "P8", loan=""),
        erp(PAID, chart.UNASSIGNED, -500, "P9", loan=""),
        bank(PAID, -500, "P8", loan=""),
        bank(PAID, 500, "P9", loan=""),
    )
    assert brief(found) == [
        ("misbooked:P8", kroner(-500), kroner(-500)),
        ("misbooked:P9", kroner(500), kroner(500)),
    ]
    assert [row.number for row in found.loans] == [NUMBER]


def test_what_stands_on_another_loan_is_told_on_both() -> None:
    other = chart.loan_account("L2011-0002")
    found = made(decision("L2011-0002"), erp(PAID, other, 2000), bank(PAID, -2000))
    assert found.items == (
        item(
            "misbooked:P1",
            PLAN,
            other,
            2000,
            on("L2011-0002"),
            loan=NUMBER,
            debtor="D0001",
            payment="P1",
        ),
        item(
            "loan:L2011-0002",
            PLAN,
            other,
            -2000,
            BESIDE,
            day=END,
            since=END,
            expected=date(2011, 12, 31),
            loan="L2011-0002",
        ),
    )


def test_a_grant_where_it_belongs_is_no_item() -> None:
    entries = (
        decision("G2011-0001", "grant"),
        erp(PAID, chart.GRANTS, 500, "P9", loan="G2011-0001"),
        bank(PAID, -500, "P9", loan="G2011-0001"),
    )
    assert made(*entries).items == ()
    assert [row.number for row in made(*entries).loans] == [NUMBER]


def test_what_stands_on_loans_without_a_payment_is_told_by_number() -> None:
    other = chart.loan_account("L2011-0002")
    found = made(
        bare(PAID, {chart.UNASSIGNED: 7, chart.BANK: -7}, id="T1", by="bok"),
        bare(NEXT, {other: 5, LOAN: 3, chart.BANK: -8}, id="T2", by="anl"),
        bare(NEXT, {LOAN: 1, chart.BANK: -1}, id="T3", by="mkj"),
    )
    assert found.items[:4] == (
        item("loan:Unassigned", PLAN, chart.UNASSIGNED, -7, BESIDE, owner="bok"),
        item(
            f"loan:{NUMBER}",
            PLAN,
            LOAN,
            -4,
            BESIDE,
            owner="anl",
            loan=NUMBER,
            day=NEXT,
            since=NEXT,
        ),
        item(
            "loan:L2011-0002",
            PLAN,
            other,
            -5,
            BESIDE,
            owner="anl",
            loan="L2011-0002",
            day=NEXT,
            since=NEXT,
        ),
        item("account:P65", CONTROL, LOANS, 16, OUTSIDE, owner="bok"),
    )


def test_postings_that_have_a_payment_are_passed_over_on_the_way_to_one_that_has_none() -> None:
    found = made(*paid(), bare(NEXT, {LOAN: 9, chart.BANK: -9}, id="T1", by="bok"))
    assert [(each.kind, each.day, each.owner) for each in found.items] == [
        ("loan", NEXT, "bok"),
        ("account", NEXT, "bok"),
    ]


@pytest.mark.parametrize(
    ("account", "share"),
    [(chart.GRANTS, 0), (chart.SUBSISTENCE, 0), (chart.REFUND, 0), (OVERPAID, 9)],
)
def test_only_the_loan_accounts_have_a_share_in_the_control_account(
    account: str, share: int
) -> None:
    found = made(bare(PAID, {account: 9, chart.BANK: -9}, by="anl"))
    tail = "P65" if account == OVERPAID else account.rpartition(":")[2]
    name = LOANS if account == OVERPAID else account
    assert found.items[-1] == item(
        f"account:{tail}", CONTROL, name, 9, OUTSIDE, share=kroner(share), owner="anl"
    )


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ((refunded(1000),), [("refund:F1", kroner(-1000), ZERO)]),
        ((refunded(1000), refunded(-1000)), []),
        ((decision("G2011-0001", "grant"), refunded(1000, "G2011-0001")), []),
    ],
)
def test_a_refund_is_told_while_it_is_claimed_on_a_loan(
    entries: tuple[Entry, ...], told: list[tuple[str, Decimal, Decimal]]
) -> None:
    found = made(*entries)
    assert [each for each in brief(found) if each[0].startswith("refund")] == told


def test_what_is_ahead_is_told_on_the_loan_account_or_where_most_of_it_is() -> None:
    found = made(payout(), bank(PAID, -2000))
    assert found.items == (
        item(
            "ahead:P1",
            CONTROL,
            LOAN,
            2000,
            AHEAD,
            share=ZERO,
            loan=NUMBER,
            debtor="D0001",
            payment="P1",
            needs=False,
        ),
    )
    sides = {chart.SUBSISTENCE: "300", chart.GRANTS: "500", chart.PAYOUTS: "-800"}
    spread = made(
        decision("G2011-0001", "grant"), txn(PAID, "disburse", "P9", sides, loan="G2011-0001")
    )
    (ahead,) = (each for each in spread.items if each.kind == "ahead")
    assert (ahead.account, ahead.amount) == (chart.GRANTS, kroner(500))
    sides = {LOAN: "500", chart.GRANTS: "1500", chart.PAYOUTS: "-2000"}
    mixed = made(txn(PAID, "disburse", "P1", sides))
    (ahead,) = (each for each in mixed.items if each.kind == "ahead")
    assert (ahead.account, ahead.amount) == (LOAN, kroner(500))


@pytest.mark.parametrize(
    ("day", "needs"), [(date(2011, 12, 31), True), (date(2011, 12, 30), False)]
)
def test_what_is_ahead_needs_a_word_at_the_years_end_alone(day: date, needs: bool) -> None:
    (ahead,) = made(payout(), bank(PAID, -2000), day=day).items
    assert (ahead.needs, ahead.is_open) == (needs, needs)


def test_a_row_that_nobody_knows_is_told_with_its_voucher_and_debtor() -> None:
    records = (
        row_apart("U1", chart.GRANTS, 77, debtor="D0007", by="anl"),
        row_apart("U2", chart.UNASSIGNED, -5, voucher="8/2011"),
        row_apart("U3", chart.UNASSIGNED, 6),
        Record(PAID, "placed", meta={"places": "U3"}),
    )
    assert made(*records).items == (
        item(
            "unplaced:U1",
            CONTROL,
            chart.GRANTS,
            77,
            Text(
                "Bilag 7/2011: ingen ved, hvilken betaling det er",
                "Voucher 7/2011: nobody knows which payment it is",
            ),
            share=ZERO,
            debtor="D0007",
            owner="anl",
        ),
        item(
            "unplaced:U2",
            CONTROL,
            chart.UNASSIGNED,
            -5,
            Text(
                "Bilag 8/2011: ingen ved, hvilken betaling det er",
                "Voucher 8/2011: nobody knows which payment it is",
            ),
            share=ZERO,
        ),
    )


def test_what_the_lists_have_not_shown_is_told_as_of_the_day() -> None:
    found = made(*paid(), control=Control(kroner(2700)))
    assert found.items == (
        item(
            "control:9.32.25",
            CONTROL,
            "9.32.25",
            -700,
            Text(
                "Indlæste posteringslister mod økonomisystemets saldo",
                "Imported posting lists against the ERP's balance",
            ),
            day=END,
            since=END,
            expected=date(2011, 12, 31),
        ),
    )
    assert made(*paid(), control=Control(kroner(2000))).items == ()


def test_a_statement_that_is_missing_is_told_as_of_its_last_day() -> None:
    found = made(*paid(), said(PAID, 100, -1905, 0))
    assert found.items == (
        item(
            "statement:bank",
            BANK,
            chart.BANK,
            2005,
            Text(
                "Kontoudtoget til 2011-05-02 har en anden saldo end bogens linjer: et kontoudtog"
                " mangler",
                "The statement until 2011-05-02 has another balance than the book's lines: a"
                " statement is missing",
            ),
            expected=date(2011, 12, 31),
        ),
    )


WAITS: list[tuple[Transaction, str, int, Text]] = [
    (payout(), "payouts:P1", -2000, NOT_PAID),
    (bank(PAID, -2000), "payouts:P1", 2000, NOT_ORDERED),
    (bank(PAID, 300, "R1"), "repayments:R1", -300, NOT_KNOWN),
    (repayment(PAID, "300"), "repayments:R1", 300, NOT_CAME),
    (
        txn(PAID, "bank", "P1", {chart.BANK: "2000", chart.RETURNED: "-2000"}),
        "returned:P1",
        -2000,
        CAME_BACK,
    ),
    (
        txn(PAID, "reverse", "P1", {chart.RETURNED: "2000", LOAN: "-2000"}),
        "returned:P1",
        2000,
        NEVER_BACK,
    ),
    (bare(PAID, {chart.BANK: 5, chart.SUSPENSE: -5}, id="T1"), "suspense:T1", -5, MONEY_IN),
    (bare(PAID, {chart.BANK: -5, chart.SUSPENSE: 5}, id="T1"), "suspense:T1", 5, MONEY_OUT),
    (bare(PAID, {chart.BANK: 5, chart.PAYOUTS: -5}, id="T1"), "payouts:T1", -5, NOT_PAID),
]


@pytest.mark.parametrize(("entry", "name", "amount", "text"), WAITS)
def test_what_waits_between_payments_and_bank_is_told_by_its_side(
    entry: Transaction, name: str, amount: int, text: Text
) -> None:
    (one,) = (each for each in made(entry).items if each.leg == BANK)
    assert (one.id, one.kind) == (name, name.partition(":")[0])
    assert (one.amount, one.share, one.text) == (kroner(amount), kroner(amount), text)
    assert (one.day, one.since, one.account.rpartition(":")[2].lower()) == (PAID, PAID, one.kind)
    soon = entry.kind != "bank" and one.account in chart.CLEARING
    assert one.expected == (date(2011, 5, 4) if soon else date(2011, 6, 30))


def test_an_account_is_added_up_by_payment_from_where_it_began() -> None:
    first = payout(value=date(2011, 4, 28), by="anl")
    found = made(first, bank(NEXT, -500), payout(NEXT, "100", "P2"), bank(NEXT, -100, "P2"))
    waits = [each for each in found.items if each.leg == BANK]
    assert waits == [
        item(
            "payouts:P1",
            BANK,
            chart.PAYOUTS,
            -1500,
            NOT_PAID,
            since=date(2011, 4, 28),
            expected=date(2011, 5, 2),
            owner="anl",
            loan=NUMBER,
            debtor="D0001",
            payment="P1",
        )
    ]


def held_back(day: date = PAID, **meta: Value) -> Transaction:
    """A line of the bank's that nobody has placed."""
    return bare(
        day, {chart.BANK: 500, chart.SUSPENSE: -500}, kind="bank", id="B1", by="anl", **meta
    )


def placed(amount: int = 500, day: date = NEXT, payment: str = "R1", **meta: Value) -> Transaction:
    """Somebody takes money from suspense."""
    sides = {chart.SUSPENSE: str(amount), chart.REPAYMENTS: str(-amount)}
    return txn(day, "bank", payment, sides, **meta)


def test_money_in_suspense_is_known_by_its_line_whoever_takes_it() -> None:
    taken = (held_back(), placed(200, evidence="B1"))
    found = {each.id: each.amount for each in made(*taken).items}
    assert found == {"suspense:B1": kroner(-300), "repayments:R1": kroner(-200)}
    again = made(held_back(payment="R1"))  # though it says whose it may be
    assert [each.id for each in again.items] == ["suspense:B1"]
    other = bare(NEXT, {chart.SUSPENSE: 500, chart.BANK: -500}, kind="move", evidence="B1")
    assert made(held_back(), other).items == ()


def test_money_in_suspense_that_came_with_a_payment_is_known_by_it() -> None:
    sides = {chart.REPAYMENTS: "500", chart.SUSPENSE: "-500"}
    found = made(bank(PAID, 500, "R1"), txn(NEXT, "reverse", "R1", sides, id="V1"))
    assert brief(found) == [("suspense:R1", kroner(-500), kroner(-500))]
    assert found.items[0].payment == "R1"


def test_what_was_taken_back_lies_under_its_payment() -> None:
    """The reversal names the first payment's entry, and the money goes to its line again."""
    first = bare(PAID, {chart.BANK: 500, chart.SUSPENSE: -500}, payment="R1", id="B1")
    second = bare(NEXT, {chart.SUSPENSE: 200, chart.BANK: -200}, kind="bank", evidence="B1")
    found = made(first, second)
    assert brief(found) == [("suspense:R1", kroner(-300), kroner(-300))]


def test_an_account_that_is_settled_is_no_item() -> None:
    assert made(*paid()).items == ()
    assert (
        made(held_back(), placed(evidence="B1"), repayment(NEXT, "500")).items[0].kind == "ahead"
    )


# What items share


def seen(code: str, transaction: str, payment: str = "") -> Finding:
    return Finding(
        id=f"{code}-{transaction}",
        code=code,
        name="x",
        severity=Severity.ERROR,
        loan=NUMBER,
        debtor="",
        day=PAID,
        amount=None,
        text=Text("a", "b"),
        transaction=transaction,
        place=Place(),
        fix=Fix(payment) if payment else None,
    )


def test_an_item_names_each_finding_on_its_entries_once_and_in_order() -> None:
    findings = Findings(
        (
            seen("ML301", "E2"),
            seen("ML111", "E1"),
            seen("ML101", "E2", "P1"),
            seen("ML113", "X", "P1"),
            seen("ML102", "X"),
            seen("ML111", "E2"),
        ),
        ignored=(seen("ML999", "E1"),),
    )
    entries = (erp(PAID, chart.GRANTS, 2000, id="E1"), bank(PAID, -2000, id="E2"))
    (wrong,) = reconciliation(folio_on(END, *entries), findings).items
    assert wrong.codes == ("ML101", "ML111", "ML113", "ML301")


def test_an_item_of_no_payment_names_the_findings_on_its_entry() -> None:
    findings = Findings((seen("ML303", "B1"), seen("ML106", "B1"), seen("ML101", "B2")))
    (wrong,) = reconciliation(folio_on(END, held_back()), findings).items
    assert wrong.codes == ("ML303", "ML106")


def test_what_is_ahead_names_no_finding() -> None:
    findings = Findings((seen("ML503", "E1"),))
    entries = (payout(id="E1"), bank(PAID, -2000))
    (ahead,) = reconciliation(folio_on(END, *entries), findings).items
    assert (ahead.kind, ahead.codes) == ("ahead", ())


def test_the_debtor_of_a_payment_is_its_own_or_else_its_decisions() -> None:
    one, other = made(payout()), made(payout(debtor="D0009"))
    assert {each.debtor for each in one.items} == {"D0001"}
    assert {each.debtor for each in other.items} == {"D0009"}
    (nobody,) = made(bank(PAID, -500, "P9", loan="")).items
    assert (nobody.loan, nobody.debtor, nobody.payment) == ("", "", "P9")


def test_the_loan_of_an_item_is_its_payments_or_else_what_its_entry_names() -> None:
    (wrong, *_) = made(payout(), erp(NEXT, chart.GRANTS, 5, loan="")).items
    assert (wrong.id, wrong.day, wrong.loan) == ("misbooked:P1", NEXT, NUMBER)
    (line,) = made(held_back(loan="L2011-0002")).items
    assert (line.payment, line.loan) == ("", "L2011-0002")


def test_an_item_began_with_the_newest_entry_that_put_it_there() -> None:
    first, second = erp(PAID, chart.GRANTS, 1000, by="anl"), erp(NEXT, chart.GRANTS, 1000, by="b")
    (wrong, *_) = made(first, second, bank(date(2011, 5, 4), -2000, by="c")).items
    assert (wrong.day, wrong.owner) == (NEXT, "b")


def test_an_item_that_no_entry_put_there_began_with_the_payment() -> None:
    behind = confirmed(LOAN, 2000)
    (one,) = made(replace(behind, meta={**behind.meta, "by": "anl"})).items
    assert (one.id, one.amount, one.owner) == ("ahead:P1", kroner(-2000), "anl")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2011, 1, 31), date(2011, 2, 28)),
        (date(2011, 5, 1), date(2011, 6, 30)),
        (date(2011, 12, 31), date(2012, 1, 31)),
    ],
)
def test_an_item_should_be_settled_by_the_end_of_the_next_month(day: date, expected: date) -> None:
    (one,) = made(held_back(day), day=date(2011, 12, 31)).items
    assert one.expected == expected


# Reasons


def explained(name: str, amount: int, reason: str, **meta: Value) -> Record:
    meta = {"reason": reason, "by": "anl", **meta}
    return Record(END, "explained", (name, kroner(amount)), meta=meta)


def test_a_reason_holds_for_its_item_at_its_amount_and_the_newest_counts() -> None:
    held = held_back()
    why = explained("suspense:B1", -500, "husleje")
    (one,) = made(held, explained("suspense:B1", -500, "første"), why).items
    assert one.explanation == Explanation("husleje", "anl", END)
    for other in (explained("suspense:B1", -400, "x"), explained("suspense:B2", -500, "x")):
        assert made(held, other).items[0].explanation is None
    later = explained("suspense:B1", -500, "x", booked=date(2011, 12, 1), by="bok")
    assert made(held, later).items[0].explanation == Explanation("x", "bok", date(2011, 12, 1))


# What is settled afterwards


def twice(*entries: Entry, day: date) -> tuple[Item, ...]:
    """Reconcile a day with all that is known of the time after it."""
    later = folio_on(date(2011, 12, 31), *entries)
    return reconciliation(folio_on(day, *entries), NOBODY, later=later).items


def test_what_a_later_line_settles_says_the_last_day_of_it() -> None:
    entries = (
        payout(),
        confirmed(LOAN, 2000),
        bank(date(2011, 6, 1), -500),
        bank(date(2011, 6, 8), -1500),
    )
    (one,) = twice(*entries, day=PAID)
    assert (one.id, one.settled, one.status) == ("payouts:P1", date(2011, 6, 8), "settled")
    (half_way,) = twice(*entries, day=date(2011, 6, 1))
    assert (half_way.amount, half_way.settled) == (kroner(-1500), date(2011, 6, 8))
    assert twice(*entries, day=date(2011, 6, 8)) == ()


def test_what_is_only_less_is_not_settled() -> None:
    entries = (payout(), confirmed(LOAN, 2000), bank(date(2011, 6, 1), -500))
    (one,) = twice(*entries, day=PAID)
    assert (one.amount, one.settled) == (kroner(-2000), None)


def test_a_payment_that_is_settled_on_one_leg_waits_on_the_other() -> None:
    entries = (payout(), bank(date(2011, 6, 1), -2000))
    found = {each.kind: each.settled for each in twice(*entries, day=PAID)}
    assert found == {"ahead": None, "payouts": date(2011, 6, 1)}


def test_a_line_is_settled_by_what_names_it_as_its_evidence() -> None:
    entries = (
        held_back(),
        placed(200, date(2011, 6, 1), evidence="B1"),
        placed(300, date(2011, 6, 3), "R2", evidence="B1"),
        placed(100, date(2011, 6, 9), "R3", evidence="B9"),
    )
    (one,) = twice(*entries, day=PAID)
    assert (one.id, one.settled) == ("suspense:B1", date(2011, 6, 3))


def test_what_nothing_later_is_about_is_not_settled() -> None:
    beside = bare(PAID, {chart.GRANTS: 9, chart.BANK: -9})
    (one,) = twice(beside, held_back(date(2011, 6, 1)), day=PAID)
    assert (one.id, one.settled) == ("account:Grants", None)


def test_a_misbooking_and_a_refund_are_settled_by_their_payments_later_entries() -> None:
    june = date(2011, 6, 1)
    fixed = txn(june, "reclassify", "P1", {chart.GRANTS: "-2000", LOAN: "2000"})
    taken = replace(refunded(-1000), day=june)
    entries = (erp(PAID, chart.GRANTS, 2000), bank(PAID, -2000), refunded(1000), fixed, taken)
    found = {each.kind: each.settled for each in twice(*entries, day=PAID)}
    assert (found["misbooked"], found["refund"]) == (june, june)


# An item, and a reconciliation


def test_an_item_is_settled_or_explained_or_open_or_listed() -> None:
    one = item("payouts:PAY:1", BANK, chart.PAYOUTS, 5, NOT_PAID)
    why = Explanation("x", "anl", END)
    assert (one.about, one.age) == ("PAY:1", 212)
    assert (one.status, one.is_open) == ("open", True)
    assert (replace(one, needs=False).status, replace(one, needs=False).is_open) == (
        "listed",
        False,
    )
    assert replace(one, explanation=why, needs=False).status == "explained"
    done = replace(one, explanation=why, settled=END)
    assert (done.status, done.is_open) == ("settled", False)


@pytest.mark.parametrize(
    ("since", "age"), [(END, 0), (date(2011, 11, 29), 1), (date(2011, 12, 1), 0)]
)
def test_an_age_is_counted_in_days_and_never_below_nothing(since: date, age: int) -> None:
    assert item("a:b", BANK, "x", 5, NOT_PAID, since=since).age == age


def test_two_persons_sign_for_sides_items_and_reasons() -> None:
    found = made(held_back())
    assert (found.as_of, found.findings) == (END, NOBODY)
    assert found.digest == "74eca36bcf45a537"
    assert made(held_back()).digest == found.digest
    other = (
        made(*paid(), held_back()),
        made(held_back(), control=Control(kroner(5))),
        made(held_back(), explained("suspense:B1", -500, "x")),
    )
    assert [each.digest == found.digest for each in other] == [False, False, False]


def test_open_are_the_items_that_hold_the_closing_up() -> None:
    listed = (payout(), bank(PAID, -2000))
    found = made(*listed, held_back())
    assert [each.kind for each in found.items] == ["ahead", "suspense"]
    assert found.open == found.items[1:]


def test_two_controls_are_the_same_wherever_they_are_from() -> None:
    one = Control(kroner(5))
    assert one == Control(kroner(5), "9.32.25", "control")
    assert one.same_as(Control(kroner(5), kind="balance-list"))
    assert not one.same_as(Control(kroner(6)))
    assert not one.same_as(Control(kroner(5), "8.32.25"))
    assert not one.same_as(None)
    assert [Control(ZERO, name).is_movement for name in ("8.32.25", "9.32.25")] == [True, False]


# Accounts


def test_a_row_of_a_loan_is_its_debt_against_its_account() -> None:
    entries = (*paid(), repayment(NEXT, "300"), payout(NEXT, "100", "P2"))
    (row,) = made(*entries).loans
    assert row == LoanRow(NUMBER, "D0001", kroner(2000), kroner(2100), kroner(300), kroner(1800))
    assert (row.debt, row.difference) == (kroner(1800), ZERO)
    assert replace(row, account=kroner(1000)).difference == kroner(800)


def test_what_is_owed_back_is_on_the_loans_row() -> None:
    sides = {LOAN: "-1900", OVERPAID: "-350", chart.REPAYMENTS: "2250"}
    (row,) = made(*paid(), txn(NEXT, "repay", "R1", sides)).loans
    assert (row.debt, row.account) == (kroner(-250), kroner(-250))


def test_what_lies_without_a_number_is_its_own_loans_once_that_is_known() -> None:
    entries = (
        erp(PAID, chart.UNASSIGNED, 2000),
        bank(PAID, -2000),
        erp(PAID, chart.UNASSIGNED, 300, "P9", loan=""),
        bank(PAID, -300, "P9", loan=""),
    )
    found = made(*entries)
    assert found.loans == (
        LoanRow(NUMBER, "D0001", kroner(2000), kroner(2000), ZERO, kroner(2000)),
        LoanRow("", "", ZERO, ZERO, ZERO, kroner(300)),
    )
    assert brief(found) == [("misbooked:P9", kroner(-300), kroner(-300))]


def test_what_stands_on_loans_of_nobody_comes_last_and_by_number() -> None:
    others = [chart.loan_account(f"L2011-000{n}") for n in (3, 2)]
    sides = {others[0]: 3, others[1]: 2, chart.UNASSIGNED: 1, chart.BANK: -6}
    found = made(bare(PAID, sides), bare(PAID, {chart.loan_account("L2011-0009"): 0}))
    assert [(row.number, row.account) for row in found.loans] == [
        (NUMBER, ZERO),
        ("", kroner(1)),
        ("L2011-0002", kroner(2)),
        ("L2011-0003", kroner(3)),
    ]


def test_a_loan_is_shown_from_its_decision_or_its_first_payment_on() -> None:
    decided = date(2011, 4, 1)
    assert made(day=date(2011, 3, 31)).loans == ()
    assert [row.number for row in made(day=decided).loans] == [NUMBER]
    early = made(payout(date(2011, 3, 1)), day=date(2011, 3, 31))
    assert [row.disbursed for row in early.loans] == [kroner(2000)]
    refund_alone = made(replace(refunded(5), day=date(2011, 3, 1)), day=date(2011, 3, 31))
    assert refund_alone.loans == ()


def test_each_account_of_the_erps_has_its_row() -> None:
    rows = made(
        erp(PAID, chart.GRANTS, 2000),
        confirmed(LOAN, 40),
        confirmed(LOAN, 90, "disburse"),
        row_apart("U1", chart.INCOME, 6),
        bare(PAID, {chart.ELSEWHERE: 9, chart.BANK: -9}),
        refunded(1000),
    ).accounts
    assert rows == (
        AccountRow(LOANS, ZERO, kroner(40), kroner(-40), ZERO),
        AccountRow(chart.GRANTS, kroner(2000), kroner(2000), ZERO, ZERO),
        AccountRow(chart.SUBSISTENCE, ZERO, ZERO, ZERO, ZERO),
        AccountRow(chart.ELSEWHERE, kroner(9), ZERO, ZERO, ZERO),
        AccountRow(chart.INCOME, ZERO, kroner(6), ZERO, kroner(6)),
        AccountRow(chart.REFUND, kroner(-1000), ZERO, kroner(-1000), ZERO),
    )
    assert [row.difference for row in rows] == [*[ZERO] * 3, kroner(9), ZERO, ZERO]


def test_the_erps_balance_is_what_was_said_or_what_its_lists_have_shown() -> None:
    entries = (erp(date(2010, 12, 31), LOAN, 700), erp(date(2011, 1, 1), LOAN, 1300))
    accounts = Accounts(folio_on(END, *entries))
    assert accounts.balance_said(None) == kroner(2000)
    assert accounts.balance_said(Control(kroner(5))) == kroner(5)
    assert accounts.balance_said(Control(kroner(5), "8.32.25")) == kroner(705)


def test_a_balance_counts_the_day_itself() -> None:
    book = Ledger((payout(PAID), payout(NEXT, "100", "P2")))
    assert balances(book, PAID) == {LOAN: kroner(2000), chart.PAYOUTS: kroner(-2000)}
    assert balances(book)[LOAN] == kroner(2100)
    assert balances(book, date(2011, 5, 1)) == {}


def test_all_loans_and_what_is_owed_back_are_one_account_of_the_erps() -> None:
    assert [pool(name) for name in (LOAN, OVERPAID, chart.GRANTS)] == [LOANS, LOANS, chart.GRANTS]
    pairs = [(LOAN, kroner(5)), (chart.GRANTS, kroner(3)), (OVERPAID, kroner(-2))]
    assert pooled(pairs) == {LOANS: kroner(3), chart.GRANTS: kroner(3)}


def test_an_erp_row_without_an_amount_is_a_bug() -> None:
    assert evidence(row_apart("U1", LOAN, 5)) == (LOAN, kroner(5))
    with pytest.raises(AssertionError, match=r"^a row has an amount$"):
        evidence(Record(PAID, "unplaced", ("erp", Account(LOAN), 5)))


@pytest.mark.parametrize(
    ("entry", "later"),
    [
        (payout(NEXT), True),
        (payout(PAID), False),
        (payout(PAID, value=NEXT), False),
        (replace(confirmed(LOAN, 5), day=NEXT), True),
        (replace(row_apart("U1", LOAN, 5), day=NEXT), True),
        (row_apart("U1", LOAN, 5), False),
        (Record(NEXT, "decision"), False),
        (Record(NEXT, "explained"), False),
        (Opening(NEXT, chart.BANK), False),
    ],
)
def test_accounts_end_with_the_day_and_facts_count_once_they_are_known(
    entry: Entry, later: bool
) -> None:
    assert is_later(entry, PAID) is later
    assert until(Ledger((entry,), head="h"), PAID) == Ledger(() if later else (entry,), head="h")


@pytest.mark.parametrize(
    ("day", "ends"),
    [(date(2011, 12, 31), True), (date(2011, 12, 30), False), (date(2011, 10, 31), False)],
)
def test_a_year_ends_on_its_last_day(day: date, ends: bool) -> None:
    assert is_year_end(day) is ends


# Statements


def said(until: date, opening: int, closing: int, commit: int, **meta: Value) -> Record:
    known: dict[str, Value] = {
        "source": "bank",
        "until": until,
        "opening": kroner(opening),
        "closing": kroner(closing),
        **meta,
    }
    return Record(until, "import", ("bank-csv",), meta=known, commit=commit)


def moved(day: date, amount: int, commit: int, **meta: Value) -> Transaction:
    sides = (Posting(chart.BANK, kroner(amount)), Posting(chart.SUSPENSE, kroner(-amount)))
    known: Meta = {"kind": "bank", "key": f"bank:bank:{day}:{amount}", **meta}
    return Transaction(day, "x", sides, meta=known, commit=commit)


APRIL, JUNE = date(2011, 4, 30), date(2011, 6, 30)
CLOSED = Record(date(2011, 6, 1), "close", ("2011-05",), commit=5)
FIRST = date(2011, 6, 1)


def held(as_of: date, *entries: Entry) -> tuple[Statement, ...]:
    return statements(Ledger(entries), as_of)


def test_a_statement_is_what_the_bank_said_and_what_the_book_has() -> None:
    (one,) = held(JUNE, said(MAY, 100, 150, 1), moved(PAID, 40, 1))
    assert one == Statement("bank", MAY, kroner(100), kroner(150), kroner(140))
    assert one.difference == kroner(-10)


def test_an_account_without_lines_holds_what_it_held() -> None:
    (one,) = held(JUNE, said(MAY, 100, 100, 1))
    assert (one.book, one.difference) == (kroner(100), ZERO)


def test_a_statement_counts_from_its_last_day_on() -> None:
    entries = (said(MAY, 0, 5, 1), moved(MAY, 5, 1))
    assert held(date(2011, 5, 30), *entries) == ()
    assert held(MAY, *entries) == (Statement("bank", MAY, ZERO, kroner(5), kroner(5)),)


def test_the_opening_is_the_earliest_statements_whichever_came_first() -> None:
    later, earlier = said(JUNE, 150, 170, 1), said(MAY, 100, 150, 2)
    lines = (moved(JUNE, 20, 1), moved(PAID, 50, 2))
    (one,) = held(JUNE, later, *lines, earlier)
    assert one == Statement("bank", JUNE, kroner(100), kroner(170), kroner(170))
    (at_may,) = held(MAY, later, *lines, earlier)
    assert at_may == Statement("bank", MAY, kroner(100), kroner(150), kroner(150))


def test_lines_of_before_the_first_balance_and_of_other_sources_do_not_count() -> None:
    entries = (
        moved(PAID, 7, 1),
        said(MAY, 100, 105, 2),
        moved(PAID, 5, 2),
        moved(PAID, 9, 3, key="bank:bank2:x"),
        moved(PAID, 11, 3, key="repay:bank:x"),
        moved(PAID, 13, 3, key=""),
    )
    assert [one.book for one in held(MAY, *entries)] == [kroner(105)]


def test_lines_of_an_import_without_balances_count_once_there_is_one() -> None:
    plain = Record(PAID, "import", ("bank-csv",), meta={"source": "bank", "until": PAID}, commit=1)
    assert held(JUNE, plain, moved(PAID, 5, 1)) == ()
    known = said(MAY, 100, 103, 2)
    (one,) = held(JUNE, plain, moved(PAID, 5, 1), known, moved(MAY, 3, 2), moved(MAY, 4, 3))
    assert one.book == kroner(107)


def test_one_account_has_one_statement_whatever_its_sources() -> None:
    entries = (
        said(MAY, 100, 105, 1, source="DK1", account="A"),
        moved(PAID, 5, 1, key="bank:DK1:x"),
        said(JUNE, 105, 108, 2, source="csv", account="A"),
        moved(JUNE, 3, 2, key="bank:csv:x"),
    )
    assert held(JUNE, *entries) == (Statement("A", JUNE, kroner(100), kroner(108), kroner(108)),)


def test_each_account_has_a_statement_of_its_own() -> None:
    entries = (
        said(MAY, 100, 105, 1, source="DK1", account="A"),
        moved(PAID, 5, 1, key="bank:DK1:x"),
        said(MAY, 200, 207, 2, source="csv"),
        moved(PAID, 7, 2, key="bank:csv:x"),
    )
    assert held(MAY, *entries) == (
        Statement("A", MAY, kroner(100), kroner(105), kroner(105)),
        Statement("csv", MAY, kroner(200), kroner(207), kroner(207)),
    )


def test_an_import_that_has_one_balance_has_both() -> None:
    half = replace(said(MAY, 0, 0, 1), meta={"source": "b", "until": MAY, "opening": ZERO})
    with pytest.raises(AssertionError, match="an import that has one balance has both"):
        held(JUNE, half)


@pytest.mark.parametrize(
    ("line", "book"),
    [
        (moved(FIRST, 5, 6, value=MAY), 5),  # its month was closed: dated in June, and of May
        (moved(FIRST, 5, 5, value=MAY), 0),  # booked with the closing, so not moved by it
        (moved(FIRST, 5, 4, value=MAY), 0),
        (moved(FIRST, 5, 6, value=FIRST), 0),  # really of the first open day
        (moved(FIRST, 5, 6), 0),
        (moved(date(2011, 6, 2), 5, 6, value=MAY), 0),
        (moved(MAY, 5, 6, value=date(2011, 6, 3)), 5),
    ],
)
def test_a_line_of_a_closed_month_is_of_the_day_that_the_bank_gave_it(
    line: Transaction, book: int
) -> None:
    (one,) = held(MAY, said(MAY, 0, 0, 1), CLOSED, line)
    assert one.book == kroner(book)


def test_every_closing_is_looked_at() -> None:
    earlier = Record(date(2011, 5, 1), "close", ("2011-04",), commit=2)
    line = moved(date(2011, 5, 1), 5, 3, value=APRIL)
    for closings in ((earlier, CLOSED), (CLOSED, earlier)):
        (one,) = held(MAY, said(APRIL, 0, 5, 1), *closings, line)
        assert (one.until, one.book) == (APRIL, kroner(5))
