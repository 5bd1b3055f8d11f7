"""The small rooms of the domain: names, months, texts, rules, acceptances, proposals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mikroledger.domain import chart, fik, parts
from mikroledger.domain.acceptance import Acceptance, acceptances
from mikroledger.domain.bankaccount import account_number
from mikroledger.domain.case import cases, rows_from, terms_of
from mikroledger.domain.chart import Chart
from mikroledger.domain.finding import Finding, Findings, Fix, Hit, Severity
from mikroledger.domain.labels import DECIDED, FLOWS, KINDS, STATES, label
from mikroledger.domain.ledger import (
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
from mikroledger.domain.parts import SEVERAL, TIES, belongs_to_nobody
from mikroledger.domain.periods import Month, closed_through, dated, open_months, parse_month
from mikroledger.domain.personal import has_cpr, without_cpr
from mikroledger.domain.policy import SHIPPED, Policy, policy_on
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.proposals import open_proposals, same_person
from mikroledger.domain.record import (
    AccountString,
    BankLine,
    BankPart,
    Document,
    ErpRow,
    Notice,
    Rejected,
)
from mikroledger.domain.rule import Rule, check, rule, worst_first
from mikroledger.domain.sheets import Column, Sheet, Workbook, total
from mikroledger.errors import BrokenBookError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.words import Text

DAY = date(2011, 5, 2)
EPOCH = date(1970, 1, 1)


def record(name: str, *values: Value, **meta: Value) -> Record:
    given = {key.replace("_", "-"): value for key, value in meta.items()}
    return Record(DAY, name, values, meta=given)


def txn(day: date = DAY, commit: int = 0, **meta: Value) -> Transaction:
    sides = (Posting(chart.BANK, kroner(5)), Posting(chart.SUSPENSE, kroner(-5)))
    return Transaction(day, "x", sides, meta=meta, commit=commit)


# Account numbers


@pytest.mark.parametrize("text", ["konto 7", "DK4700400440116"])
def test_what_is_no_account_number_is_told_in_both_languages(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        account_number(text)
    assert caught.value.text == Text(
        f"»{text}« er ikke et kontonummer, eller et ciffer er forkert. Skriv IBAN"
        " (DK50 0040 0440 1162 43), eller registreringsnummer og kontonummer (0040 0440116243).",
        f"'{text}' is no account number, or a digit is wrong. Write the IBAN"
        " (DK50 0040 0440 1162 43), or registration number and account number"
        " (0040 0440116243).",
    )


@pytest.mark.parametrize(
    ("text", "iban"),
    [
        ("0040 1234", "DK1300400000001234"),
        ("9999 1060", "DK0299990000001060"),
        ("9999 0000001078", "DK9899990000001078"),
    ],
)
def test_a_danish_account_gets_its_zeros_and_two_check_digits(text: str, iban: str) -> None:
    assert account_number(text) == account_number(iban) == iban


# Labels


def test_a_code_is_called_by_its_danish_name_or_else_by_itself() -> None:
    assert label(STATES, "deferred") == Text("henstand", "deferred")
    assert label(KINDS, "unheard-of") == Text("unheard-of", "unheard-of")
    assert label(FLOWS, "in") == Text("ind", "in")
    assert label(DECIDED, "") == Text("", "")


# Whose an entry is


@pytest.mark.parametrize("key", [*TIES, *SEVERAL])
def test_a_record_that_names_somebody_is_theirs(key: str) -> None:
    assert not belongs_to_nobody(record("note", **{key: "x"}))


@pytest.mark.parametrize(
    ("entry", "common"),
    [
        (record("import", source="bank", booked=DAY), True),
        (record("unplaced"), False),
        (Opening(EPOCH, chart.BANK), True),
        (Opening(EPOCH, "Assets:Loans:P65:L2011-0001", meta={"loan": "L2011-0001"}), False),
        (txn(), False),
    ],
)
def test_a_record_or_account_without_a_name_is_common_to_all(entry: Entry, common: bool) -> None:
    assert belongs_to_nobody(entry) is common


def test_each_kind_of_name_has_a_mark_of_its_own() -> None:
    """They stand in the index of every book: another mark would find nothing."""
    made = (
        parts.of_loan("1"),
        parts.of_debtor("1"),
        parts.of_reference("1"),
        parts.of_id("1"),
        parts.of_voucher("1"),
        parts.of_decision("1"),
        parts.of_statement("1"),
        parts.of_entry("1"),
        parts.of_said("1"),
        parts.of_key("1"),
    )
    assert made == ("L1", "D1", "P1", "#1", "V1", "C1", "S1", "B1", "T1", "K1")


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("ML106-000006", {"#000006", "L", "D"}),
        ("ML106-000006-1", {"#000006", "#000006-1", "L1", "D1"}),
        (
            "ML106-000006-1-L2011-0003.2",
            {
                *("#000006", "#000006-1"),
                *("L1-L2011-0003", "D1-L2011-0003", "LL2011-0003", "DL2011-0003"),
            },
        ),
    ],
)
def test_a_finding_may_be_about_its_entry_and_whose_it_is(name: str, about: set[str]) -> None:
    assert parts.of_finding(name) == about - {"L", "D"}


# CPR numbers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aftalt med 610190-0000", "aftalt med [CPR]"),
        ("610190 0000 og 620190-0000", "[CPR] og [CPR]"),
        ("bilag 6101900000", "bilag 6101900000"),  # banks and ERPs count in ten digits
        ("cpr610190-0000.", "[CPR]."),
        ("intet", "intet"),
    ],
)
def test_a_cpr_number_with_its_dash_is_a_word_and_digits_alone_stay(text: str, said: str) -> None:
    assert without_cpr(text) == said


def test_ten_digits_are_a_cpr_number_unless_a_dash_is_asked_for() -> None:
    assert has_cpr("6101900000")
    assert not has_cpr("6101900000", dashed=True)
    assert has_cpr("6101900000 og 610190 0000", dashed=True)
    assert not has_cpr("611390-0000")


# Months


@pytest.mark.parametrize("text", ["2011", "2011-13", "maj", ""])
def test_what_is_no_month_is_told_in_both_languages(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_month(text)
    assert caught.value.text == Text(
        f"»{text}« er ikke en måned. Skriv den som 2011-05.",
        f"'{text}' is no month. Write it as 2011-05.",
    )


@pytest.mark.parametrize(
    ("month", "last"),
    [(Month(2011, 2), 28), (Month(2012, 2), 29), (Month(2011, 4), 30), (Month(2011, 12), 31)],
)
def test_a_month_has_a_first_and_a_last_day(month: Month, last: int) -> None:
    assert (month.first.day, month.last.day) == (1, last)
    assert month.first.replace(day=last) == month.last
    assert parse_month(str(month)) == month


def test_a_month_is_written_with_four_and_two_digits() -> None:
    assert str(Month(987, 5)) == "0987-05"


def test_the_newest_closed_month_counts_whatever_the_order() -> None:
    assert closed_through(Ledger()) is None
    closings = (record("close", "2011-04"), record("close", "2011-05"), record("close", "2011-03"))
    assert closed_through(Ledger(closings)) == date(2011, 5, 31)


def test_open_months_are_those_of_booked_entries_after_the_closed_ones() -> None:
    entries = (
        Opening(EPOCH, chart.BANK, commit=1),
        replace(record("notice-days", 14), day=EPOCH, commit=-1),
        txn(date(2011, 3, 31), 0),
        replace(record("note"), day=date(2011, 4, 1)),
        txn(date(2011, 4, 30), 2),
        txn(date(2011, 5, 1), 3),
    )
    months = [Month(2011, 3), Month(2011, 4), Month(2011, 4), Month(2011, 5)]
    assert list(open_months(Ledger(entries))) == months
    closed = replace(record("close", "2011-04"), day=date(2011, 6, 1), commit=4)
    assert list(open_months(Ledger((*entries, closed)))) == [Month(2011, 5), Month(2011, 6)]


def test_only_what_is_of_a_closed_month_gets_another_day() -> None:
    closed = date(2011, 5, 31)
    entry, account = txn(closed), Opening(EPOCH, chart.BANK)
    moved = dated(entry, closed)
    assert (moved.day, moved.value) == (date(2011, 6, 1), closed)
    assert dated(entry, None) is entry
    assert dated(account, closed) is account
    later = txn(date(2011, 6, 1))
    assert dated(later, closed) is later
    valued = dated(txn(DAY, value=date(2011, 4, 30)), closed)
    assert valued.meta == {"value": date(2011, 4, 30)}


# Policy


def test_every_shipped_value_is_the_one_that_was_decided() -> None:
    """All of them: a value that changes unseen changes what goes to a borrower."""
    assert {
        "grace-banking-days": 5,
        "first-due-min-days": 30,
        "after-correction-days": 14,
        "notice-days": 14,
        "minimum-amount": Decimal("100.00"),
        "minimum-percent": 10,
        "bank-fresh-banking-days": 2,
        "interval-days": 10,
        "interval-banking-days": 5,
        "highest-level": 2,
        "new-deadline-days": 14,
        "handover-minimum": Decimal("100.00"),
        "handover-notice-days": 0,
        "claim-type": "",
        "post-within-days": 7,
        "payout-confirmation": "bank",
        "countersign": "required",
        "match-window-days": 31,
        "principal-min": Decimal("5000.00"),
        "principal-max": Decimal("42000.00"),
        "loan-funktion": "9.32.25",
        "reminder-fee": Decimal("0.00"),
        "confirm-banking-days": 10,
        "suspense-days": 30,
        "erp-correction-days": 45,
        "deferral-notice-days": 30,
        "limitation-months": 6,
        "benefit-months": 6,
        "benefit-notice-days": 30,
        "letter-delivery": "none",
        "delivery-days": 14,
        "municipality": "Eksempel Kommune",
        "office": "Jobcenter",
        "office-address": "Rådhustorvet 1; 9999 Eksempelby",
        "cvr": "00000000",
        "phone": "00 00 00 00",
        "phone-hours": "mandag-fredag kl. 9-14",
        "phone-hours-en": "Monday-Friday 9-14",
        "email": "",
        "creditor-number": "80000000",
        "bank-account": "",
        "letter-language": "da",
    } == SHIPPED


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("notice-days", "fjorten", "14"),
        ("notice-days", -1, "14"),
        ("minimum-amount", 100, "100.00 DKK"),
        ("minimum-amount", Decimal("-0.01"), "100.00 DKK"),
        ("municipality", 7, '"Eksempel Kommune"'),
        ("countersign", "maybe", '"required" (required / off)'),
        ("payout-confirmation", "", '"bank" (bank / order)'),
        ("loan-funktion", "9.32", '"9.32.25" (9.32.25 / 8.32.25)'),
        ("letter-language", "DA", '"da" (da / en)'),
        ("letter-delivery", 1, '"none" (none / recorded)'),
    ],
)
def test_a_policy_that_cannot_be_read_says_where_and_how_to_write_it(
    key: str, value: Value, written: str
) -> None:
    wrong = replace(record(key, value), place=Place("policy.beancount", 7))
    with pytest.raises(BrokenBookError) as caught:
        policy_on(Ledger((wrong,)), DAY)
    assert caught.value.text == Text(
        f"policy.beancount:7: politikken »{key}« kan ikke læses. Skriv den som {written}.",
        f"policy.beancount:7: the policy '{key}' cannot be read. Write it as {written}.",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("payout-confirmation", word) for word in ("bank", "order")),
        *(("countersign", word) for word in ("required", "off")),
        *(("loan-funktion", word) for word in ("9.32.25", "8.32.25")),
        *(("letter-language", word) for word in ("da", "en")),
        *(("letter-delivery", word) for word in ("none", "recorded")),
        ("notice-days", 0),
        ("minimum-amount", ZERO),
        ("municipality", ""),
    ],
)
def test_every_word_and_nothing_at_all_are_values(key: str, value: Value) -> None:
    assert policy_on(Ledger((record(key, value),)), DAY).values[key] == value


def test_a_policy_that_is_not_yet_in_force_is_not_even_read() -> None:
    assert policy_on(Ledger((record("notice-days", "x"),)), EPOCH).number("notice-days") == 14


def test_to_ask_for_a_value_as_what_it_is_not_is_a_bug() -> None:
    policy = Policy(DAY, SHIPPED)
    with pytest.raises(AssertionError, match="policy minimum-amount is a whole number"):
        policy.number("minimum-amount")
    with pytest.raises(AssertionError, match="policy notice-days is an amount"):
        policy.amount("notice-days")


# Decisions


def test_a_plan_with_empty_parts_is_read_without_them() -> None:
    rows = ((date(2011, 7, 1), kroner(500)),)
    assert rows_from(" , 2011-07-01  500.00 ,") == rows


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({"instalments": "24"}, "^instalments is a whole number$"),
        ({"instalment": 500}, "^instalment is an amount$"),
    ],
)
def test_terms_of_another_type_are_a_bug_and_named(meta: dict[str, Value], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        terms_of(record("plan", **meta))


def test_a_decision_without_an_amount_is_a_bug_and_named() -> None:
    with pytest.raises(AssertionError, match=r"^a decision names an amount$"):
        cases(Ledger((record("decision", "loan", "L2011-0001", 5),)))


# The chart


def test_the_chart_is_read_from_all_parts_of_each_account() -> None:
    meta: Meta = {
        "funktion": "9.32.25 8.32.25",
        "dranst": "5",
        "gruppering": "065",
        "art": "6.*",
    }
    book = Ledger((Opening(EPOCH, chart.UNASSIGNED, meta=meta), Opening(EPOCH, chart.BANK)))
    assert Chart.of(book).entries == (
        (AccountString("9.32.25", "5", "065", "6.*"), chart.UNASSIGNED),
        (AccountString("8.32.25", "5", "065", "6.*"), chart.UNASSIGNED),
    )


@pytest.mark.parametrize("text", ["xL2011-0003", "XL2011-0003", "0L2011-0003", "L2011-00030"])
def test_a_number_that_is_a_piece_of_a_word_is_none(text: str) -> None:
    assert chart.find_numbers(text) == ()
    assert chart.find_numbers(f"{text} L2011-0004.") == ("L2011-0004",)


# Payment ids


def test_a_payment_id_of_the_whole_loan_ends_in_three_noughts_and_a_check_digit() -> None:
    assert fik.payment_id("L2011-0004") == fik.payment_id("L2011-0004", 0)
    assert fik.payment_id("L2011-0004", 999)[11:14] == "999"


# Documents


def test_a_document_counts_all_of_its_rows() -> None:
    string, part = AccountString("9.32.25", "5", "065", "6.0"), BankPart(kroner(5))
    row = ErpRow(2, DAY, "1", string, kroner(5))
    line = BankLine(3, "N1", DAY, DAY, kroner(5), (part,))
    notice = Notice(4, "N1", 1, DAY, DAY, part)
    wrong = Rejected(5, Text("a", "b"))
    made = Document("f", "erp", "s", "d", (row,), (line,) * 2, (wrong,) * 4, notices=(notice,) * 8)
    assert made.rows == 15
    assert notice.amount == kroner(5)
    assert str(string) == "9.32.25/5/065/6.0"
    assert str(AccountString("9.22.05")) == "9.22.05///"


# Sheets


def sheet(name: str, *rows: tuple[Decimal | int | str | None, ...]) -> Sheet:
    columns = (Column(Text("Navn", "Name")), Column(Text("Kroner", "Amount"), "money", total=True))
    return Sheet(Text(f"{name} da", name), columns, rows, Text("n", "n"))


def test_a_column_is_added_up_without_its_empty_cells_and_texts() -> None:
    made = sheet("A", ("x", kroner(5)), ("y", None), ("z", "7"), ("w", 2))
    assert total(made, 1) == Decimal("7.00")
    nothing = total(sheet("A"), 1)
    assert (nothing, type(nothing)) == (Decimal(0), Decimal)


def test_a_side_of_a_tie_is_a_figure_or_a_column_of_a_sheet() -> None:
    sheets = (sheet("A", ("x", kroner(1))), sheet("B", ("x", kroner(5)), ("y", kroner(6))))
    book = Workbook(Text("t", "t"), (), sheets, (), DAY)
    assert book.total(("B", "Amount")) == kroner(11)
    assert book.total(("A", "Amount")) == kroner(1)
    assert book.total(kroner(3)) == kroner(3)


# Findings


def finding(number: str = "1", severity: Severity = Severity.WARNING, **more: object) -> Finding:
    made = Finding(
        id=f"ML204-{number}",
        code="ML204",
        name="principal-unusual",
        severity=severity,
        loan="L2011-0001",
        debtor="D0001",
        day=DAY,
        amount=kroner(500),
        text=Text("Galt.", "Wrong."),
        transaction=number,
        place=Place(),
        fix=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_errors_are_the_findings_that_hold() -> None:
    one, two = finding("1"), finding("2", Severity.ERROR)
    note = finding("3", Severity.NOTE)
    assert Findings((one, two, note)).errors == (two,)
    assert [each.word for each in Severity] == ["note", "warning", "error"]


def test_the_worst_comes_first_then_day_code_loan_entry_and_id() -> None:
    later = date(2011, 5, 3)
    order = [
        finding("9", Severity.ERROR, day=later),
        finding("1", day=DAY, code="ML101", loan="L2011-0009"),
        finding("1", day=DAY, loan="L2011-0001", id="ML204-1"),
        finding("1", day=DAY, loan="L2011-0001", id="ML204-1.2"),
        finding("2", day=DAY, loan="L2011-0001", id="A"),
        finding("0", day=DAY, loan="L2011-0002", id="A"),
        finding("0", day=later, code="ML001", id="A"),
        finding("0", Severity.NOTE, code="ML001", id="A"),
    ]
    assert list(worst_first(order[::-1])) == list(worst_first(order[3:] + order[:3])) == order


# Rules

MANUAL = """ML204: A principal that is unusual.

What it is.

## Example
one
two

## Use instead
three
"""


def judge(_: Portfolio) -> Iterator[Hit]:
    yield Hit(record("decision", id="000001"), Text("Galt.", "Wrong."), amount=kroner(500))


def made(severity: Severity = Severity.WARNING, **more: bool) -> Rule:
    return rule("ML204", "principal-unusual", severity, manual=MANUAL, **more)(judge)


def test_a_rule_is_made_of_all_that_it_is_given() -> None:
    assert made() == Rule(
        "ML204", "principal-unusual", Severity.WARNING, MANUAL, judge, final=False, last=False
    )
    assert (made(final=True).final, made(final=True).last) == (True, False)
    assert (made(last=True).final, made(last=True).last) == (False, True)


def test_a_rule_has_a_manual() -> None:
    with pytest.raises(AssertionError, match=r"^a rule has a manual$"):
        rule("ML204", "principal-unusual", Severity.NOTE, manual=None)


def test_a_manual_has_a_title_and_sections() -> None:
    assert made().title == "A principal that is unusual."
    assert made().section("Example") == "one\ntwo\n\n"
    assert made().section("Use instead") == "three\n"
    assert made().section("Options") == ""


def folio(*entries: Entry) -> Portfolio:
    return portfolio(Ledger(entries), date(2011, 12, 31))


def hits(entry: Entry, *whose: str) -> list[Finding]:
    def several(_: Portfolio) -> Iterator[Hit]:
        for name in whose:
            yield Hit(entry, Text("Galt.", "Wrong."), loan=name)

    return list(replace(made(), judge=several).hits(folio()))


def test_a_hit_is_signed_with_the_rules_identity() -> None:
    entry = replace(
        record("decision", id="000001", value=date(2011, 4, 1)), place=Place("journal", 12)
    )
    hit = Hit(entry, Text("a", "b"), "L2011-0001", "D0001", kroner(7), Fix("PAY-1"))
    one = replace(made(), judge=lambda _: iter((hit, replace(hit, severity=Severity.NOTE))))
    first, second = one.hits(folio())
    assert first == Finding(
        id="ML204-000001",
        code="ML204",
        name="principal-unusual",
        severity=Severity.WARNING,
        loan="L2011-0001",
        debtor="D0001",
        day=date(2011, 4, 1),
        amount=kroner(7),
        text=Text("a", "b"),
        transaction="000001",
        place=Place("journal", 12),
        fix=Fix("PAY-1"),
        waiting="",
    )
    assert second == replace(first, id="ML204-000001.2", severity=Severity.NOTE)


def test_hits_on_one_entry_are_numbered_from_the_second_on() -> None:
    found = hits(record("decision", id="1"), "L2011-0001", "L2011-0002", "")
    assert [each.id for each in found] == ["ML204-1", "ML204-1.2", "ML204-1.3"]
    one = hits(txn(id="1", payment="P"), "L2011-0001", "L2011-0002")
    assert [each.id for each in one] == ["ML204-1", "ML204-1.2"]


def test_hits_on_a_line_that_pays_many_are_named_by_whose_they_are() -> None:
    sides = tuple(
        Posting(account, kroner(amount), {"payment": payment})
        for payment in ("P1", "P2")
        for account, amount in ((chart.BANK, 5), (chart.REPAYMENTS, -5))
    )
    entry = replace(txn(id="1"), postings=sides)
    found = hits(entry, "L2011-0001", "L2011-0002", "L2011-0001", "")
    assert [each.id for each in found] == [
        "ML204-1-L2011-0001",
        "ML204-1-L2011-0002",
        "ML204-1-L2011-0001.2",
        "ML204-1",
    ]


def test_a_hit_without_a_loan_is_named_by_its_debtor() -> None:
    sides = (
        Posting(chart.BANK, kroner(5), {"payment": "P1"}),
        Posting(chart.BANK, kroner(-5), {"payment": "P2"}),
    )
    hit = Hit(replace(txn(id="1"), postings=sides), Text("a", "b"), debtor="D0001")
    (one,) = replace(made(), judge=lambda _: iter((hit,))).hits(folio())
    assert one.id == "ML204-1-D0001"


# Proposals that wait


def asked(number: str, *values: Value, **meta: Value) -> Record:
    return record("proposal", *values, id=number, **meta)


def waiting(hit: Hit, *proposals: Record) -> str:
    (one,) = replace(made(), judge=lambda _: iter((hit,))).hits(folio(*proposals))
    return one.waiting


@pytest.mark.parametrize(
    ("proposals", "number"),
    [
        ((), ""),
        ((asked("P1", "reclassify", payment="PAY-1"),), "P1"),
        ((asked("P1", "reclassify", payment="PAY-2", also="PAY-1"),), "P1"),
        ((asked("P1", "reclassify", payment="PAY-2"),), ""),
        ((asked("P1", "reverse", payment="PAY-1"),), ""),
        ((asked("P1", "accept", "ML204-1"),), "P1"),
        ((asked("P1", "accept", "ML204-2"),), ""),
        ((asked("P1", "accept", "ML204-1"), asked("P2", "reclassify", payment="PAY-1")), "P2"),
        ((asked("P1", "reclassify", payment="PAY-1"), asked("P2", "accept", "ML204-1")), "P1"),
        ((asked("P1", "accept", "ML204-1"), asked("P2", "accept", "ML204-2")), "P1"),
    ],
)
def test_what_waits_for_a_finding_is_a_correction_or_else_an_acceptance(
    proposals: tuple[Record, ...], number: str
) -> None:
    hit = Hit(record("decision", id="1"), Text("a", "b"), fix=Fix("PAY-1"))
    assert waiting(hit, *proposals) == number


def test_without_a_correction_none_can_wait() -> None:
    hit = Hit(record("decision", id="1"), Text("a", "b"))
    assert waiting(hit, asked("P1", "reclassify", payment="PAY-1")) == ""
    assert waiting(hit, asked("P1", "accept", "ML204-1")) == "P1"


def test_a_proposal_is_open_until_it_is_booked_or_declined() -> None:
    first, second, third = (asked(number, "accept", "x") for number in ("P1", "P2", "P3"))
    entries = (first, second, third, record("declined", "P2"), record("accept", "x", id="P3"))
    assert open_proposals(Ledger(entries)) == {"P1": first}
    assert open_proposals(Ledger((txn(id="P1"), first, second))) == {"P2": second}
    assert open_proposals(Ledger((record("declined", "P2"),))) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ANL", "a.n.l", True),
        ("anl ", "anl", True),
        ("a1", "A-1", True),
        ("anl", "bok", False),
        ("anl", "an", False),
    ],
)
def test_initials_are_of_one_person_whichever_way_they_are_written(
    one: str, other: str, same: bool
) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


# Acceptances

OFF = Record(EPOCH, "countersign", ("off",))


def accepted(
    finding_: str = "ML204-1", why: str = "ML204 se sag", /, **meta: Value
) -> tuple[Acceptance, ...]:
    given: Meta = {"ml-ignore": why, "by": "anl", **meta}
    return acceptances(Ledger((Record(DAY, "accept", (finding_,), meta=given),)))


def test_an_acceptance_says_rule_and_reason() -> None:
    (one,) = accepted("ML204-1", "  ML204   se sag 17 ")
    assert (one.finding, one.code, one.reason) == ("ML204-1", "ML204", "se sag 17")
    assert one.record.get("by") == "anl"
    assert one.well_formed


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ML204-1", ""),
        ("ML204-1", "ML204"),
        ("ML204-1", "ML205 se sag"),
        ("ML204-", "ML204 se sag"),
        ("ML20-1", "ML20 se sag"),
        ("XML204-1", "ML204 se sag"),
        ("", "ML204 se sag"),
    ],
)
def test_an_acceptance_that_is_not_well_formed_hides_nothing(name: str, why: str) -> None:
    (one,) = accepted(name, why)
    assert not one.well_formed
    assert not one.hides(finding(id=name), Ledger())


def test_an_acceptance_of_nothing_or_of_two_names_no_finding() -> None:
    for values in ((), ("ML204-1", "ML204-2")):
        (one,) = acceptances(Ledger((record("accept", *values, ml_ignore="ML204 se sag"),)))
        assert (one.finding, one.well_formed) == ("", False)


def test_an_acceptance_that_was_withdrawn_is_none() -> None:
    one, two = record("accept", "ML204-1", id="A1"), record("accept", "ML204-2", id="A2")
    bare = record("accept", "ML204-3")
    ended = record("withdrawn", ends="A1")
    empty = record("withdrawn")
    found = acceptances(Ledger((one, two, bare, ended, empty)))
    assert [each.record for each in found] == [two, bare]


def test_it_hides_the_finding_that_was_looked_at_and_no_other() -> None:
    (one,) = accepted(amount=kroner(500))
    book = Ledger()
    assert one.hides(finding(), book)
    assert not one.hides(finding(amount=kroner(501)), book)
    assert not one.hides(finding("2"), book)
    (any_amount,) = accepted()
    assert any_amount.hides(finding(amount=kroner(501)), book)


@pytest.mark.parametrize(
    ("meta", "book", "hidden"),
    [
        ({}, Ledger(), False),
        ({"countersigned": "bok"}, Ledger(), True),
        ({"countersigned": "A.N.L."}, Ledger(), False),
        ({}, Ledger((OFF,)), True),
        ({"countersigned": "anl"}, Ledger((OFF,)), True),
        ({"booked": DAY}, Ledger((replace(OFF, day=date(2011, 5, 3)),)), False),
        ({"booked": date(2011, 5, 3)}, Ledger((replace(OFF, day=date(2011, 5, 3)),)), True),
    ],
)
def test_an_error_is_hidden_by_two_persons_or_where_policy_asks_for_one(
    meta: dict[str, Value], book: Ledger, hidden: bool
) -> None:
    (one,) = accepted(**meta)
    assert one.hides(finding(severity=Severity.ERROR), book) is hidden
    assert one.hides(finding(), book)


def accept(number: str, name: str = "ML204-000001", **meta: Value) -> Record:
    return record("accept", name, id=number, ml_ignore=f"{name[:5]} se sag", **meta)


def ids(found: tuple[Finding, ...]) -> list[str]:
    return [each.id for each in found]


def idle(code: str) -> Rule:
    """Make a rule of the last sort: it yields each acceptance that hid nothing."""

    def left(portfolio_: Portfolio) -> Iterator[Hit]:
        for each in portfolio_.idle:
            yield Hit(each, Text("Hviler.", "Idle."))

    return rule(code, "idle", Severity.NOTE, manual=MANUAL, last=True)(left)


def test_what_is_accepted_lies_apart_and_what_hid_nothing_is_told() -> None:
    rules = (idle("ML002"), made())
    book = folio(accept("A1"), accept("A2", "ML204-9"), accept("A3", "ML204-", x="y"))
    found = check(rules, book)
    assert ids(found.open) == ["ML002-A2"]
    assert ids(found.ignored) == ["ML204-000001"]


def test_without_acceptances_all_is_open_and_the_last_rules_say_nothing() -> None:
    found = check((idle("ML002"), made()), folio())
    assert (ids(found.open), found.ignored) == (["ML204-000001"], ())


def test_a_final_rule_cannot_be_accepted() -> None:
    found = check((made(final=True), idle("ML002")), folio(accept("A1")))
    assert (ids(found.open), found.ignored) == (["ML204-000001", "ML002-A1"], ())


def test_what_waits_for_a_signature_is_open_though_it_was_accepted() -> None:
    proposal = asked("P1", "accept", "ML204-000001")
    found = check((made(),), folio(accept("A1"), proposal))
    assert (ids(found.open), found.ignored) == (["ML204-000001"], ())
    assert found.open[0].waiting == "P1"
