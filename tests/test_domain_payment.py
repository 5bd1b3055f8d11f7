"""One payment, as caseworker, ERP and bank tell of it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.domain import chart
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Meta,
    Opening,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.domain.payment import Payment, Tallies, payment_of, payments, postings_of
from mikroledger.money import ZERO, kroner

LOAN, OVERPAID = chart.loan_account("L2011-0001"), chart.overpaid_account("L2011-0001")
MAY, TENTH, JUNE = date(2011, 5, 2), date(2011, 5, 10), date(2011, 6, 1)
ERP: Meta = {"source": "erp"}


def posting(account: str, amount: str, meta: Meta | None = None) -> Posting:
    return Posting(account, kroner(amount), meta or {})


def txn(day: date, kind: str, *postings: Posting, **meta: Value) -> Transaction:
    return Transaction(day, kind, postings, meta={"kind": kind, "payment": "P1", **meta})


def order(day: date = MAY, amount: str = "20000", **meta: Value) -> Transaction:
    """A payout to the loan, as the caseworker ordered it."""
    given: dict[str, Value] = {"flow": "out", "loan": "L2011-0001", "debtor": "D0001", **meta}
    sides = posting(LOAN, amount), posting(chart.PAYOUTS, "-" + amount)
    return txn(day, "disburse", *sides, **given)


def erp(day: date, account: str, amount: str = "20000", **meta: Value) -> Transaction:
    """The ERP's first row for a payout."""
    given: dict[str, Value] = {"flow": "out", **meta}
    sides = posting(account, amount, ERP), posting(chart.PAYOUTS, str(-kroner(amount)))
    return txn(day, "erp", *sides, **given)


def bank(day: date, amount: str = "20000", **meta: Value) -> Transaction:
    """The bank's half of a payout."""
    return txn(
        day,
        "bank",
        posting(chart.PAYOUTS, amount),
        posting(chart.BANK, "-" + amount),
        **meta,
    )


def repay(day: date, amount: str = "500", **meta: Value) -> Transaction:
    given: dict[str, Value] = {"flow": "in", "loan": "L2011-0001", **meta}
    sides = posting(LOAN, "-" + amount), posting(chart.REPAYMENTS, amount)
    return txn(day, "repay", *sides, **given)


def confirm(day: date, source: str, account: str, amount: str, **meta: Value) -> Record:
    values = (source, Account(account), kroner(amount))
    return Record(day, "confirm", values, meta={"payment": "P1", **meta})


def fold(*entries: Entry) -> Payment:
    return payments(Ledger(entries))["P1"]


def test_a_payout_as_ordered_stands_on_the_loan_and_waits_for_erp_and_bank() -> None:
    entry = order(id="E1", reference="PAY-1")
    payment = fold(entry)
    assert payment == Payment(
        id="P1",
        flow="out",
        case="L2011-0001",
        debtor="D0001",
        possible=False,
        book={LOAN: kroner(20000)},
        erp={},
        clearing=kroner(-20000),
        bank=ZERO,
        returned=ZERO,
        unassigned=ZERO,
        ordered=kroner(20000),
        orders=(MAY,),
        banked=(),
        listed=(),
        entries=(entry,),
        references=frozenset({"PAY-1"}),
        vouchers=frozenset(),
    )
    assert payment.amount == kroner(20000)
    assert payment.ahead == {LOAN: kroner(20000)}
    assert not payment.confirmed


def test_a_payout_that_the_bank_has_paid_is_confirmed_and_counts_from_the_banks_day() -> None:
    payment = fold(order(MAY), bank(TENTH))
    assert (payment.bank, payment.banked) == (kroner(20000), (TENTH,))
    assert payment.amount == kroner(20000)
    assert payment.value == TENTH
    assert payment.confirmed


def test_a_payout_counts_from_bank_then_order_then_erp() -> None:
    listed = erp(JUNE, LOAN)
    assert fold(listed).value == JUNE
    assert fold(listed, order(TENTH)).value == TENTH
    assert fold(listed, order(TENTH), bank(MAY)).value == MAY


def test_a_repayment_counts_from_the_earliest_of_order_and_bank() -> None:
    line = txn(
        MAY,
        "bank",
        posting(chart.BANK, "500"),
        posting(chart.REPAYMENTS, "-500"),
        flow="in",
    )
    late = txn(
        JUNE,
        "bank",
        posting(chart.BANK, "500"),
        posting(chart.REPAYMENTS, "-500"),
        flow="in",
    )
    assert fold(repay(TENTH), line).value == MAY
    assert fold(repay(TENTH), late).value == TENTH
    assert fold(repay(TENTH), line).bank == kroner(-500)


def test_a_repayment_known_from_the_erp_alone_counts_from_its_row() -> None:
    row = txn(
        JUNE,
        "erp",
        posting(LOAN, "-500", ERP),
        posting(chart.REPAYMENTS, "500"),
        flow="in",
    )
    payment = fold(row)
    assert (payment.value, payment.amount, payment.listed) == (JUNE, kroner(-500), (JUNE,))
    assert payment.ahead == {}


def test_a_payment_of_which_nobody_gave_a_day_counts_from_its_first_entry() -> None:
    payment = fold(txn(JUNE, "reclassify", posting(LOAN, "5"), posting(chart.GRANTS, "-5")))
    assert (payment.value, payment.orders, payment.banked, payment.listed) == (JUNE, (), (), ())


def test_a_loan_that_the_erp_booked_as_a_grant_stands_on_the_grant_account() -> None:
    payment = fold(erp(MAY, chart.GRANTS), confirm(TENTH, "caseworker", LOAN, "20000"))
    assert payment.book == payment.erp == {chart.GRANTS: kroner(20000)}
    assert payment.ahead == {}
    assert (payment.ordered, payment.orders) == (kroner(20000), (TENTH,))


def test_what_somebody_else_has_ordered_already_is_not_ordered_twice() -> None:
    told = confirm(TENTH, "caseworker", LOAN, "20000", again=True)
    payment = fold(erp(MAY, LOAN), confirm(MAY, "caseworker", LOAN, "20000"), told)
    assert (payment.ordered, payment.orders) == (kroner(20000), (MAY, TENTH))


def test_a_correction_is_ahead_until_the_erp_has_shown_it() -> None:
    moved = txn(
        JUNE,
        "reclassify",
        posting(LOAN, "20000"),
        posting(chart.GRANTS, "-20000"),
    )
    payment = fold(erp(MAY, chart.GRANTS), moved)
    assert payment.book == {LOAN: kroner(20000)}
    assert payment.ahead == {LOAN: kroner(20000), chart.GRANTS: kroner(-20000)}
    shown = fold(
        erp(MAY, chart.GRANTS),
        moved,
        confirm(JUNE, "erp", LOAN, "20000"),
        confirm(JUNE, "erp", chart.GRANTS, "-20000"),
    )
    assert shown.ahead == {}
    assert shown.erp == {LOAN: kroner(20000)}
    assert shown.listed == (MAY, JUNE, JUNE)


def test_reposting_is_a_place_but_never_ahead() -> None:
    half = txn(
        JUNE,
        "erp",
        posting(chart.GRANTS, "-20000", ERP),
        posting(chart.REPOSTING, "20000"),
    )
    payment = fold(erp(MAY, chart.GRANTS), half)
    assert payment.book == {chart.REPOSTING: kroner(20000)}
    assert payment.ahead == {}


def test_what_was_overpaid_is_the_loans_account_to_the_erp() -> None:
    sides = posting(LOAN, "-300"), posting(OVERPAID, "-200"), posting(chart.REPAYMENTS, "500")
    payment = fold(
        txn(MAY, "repay", *sides, flow="in"),
        confirm(JUNE, "erp", OVERPAID, "-500"),
    )
    assert payment.book == payment.erp == {LOAN: kroner(-500)}
    assert payment.ahead == {}


def test_a_payout_that_came_back_is_due_back_until_it_is_taken_off() -> None:
    back = txn(
        TENTH,
        "bank",
        posting(chart.BANK, "20000"),
        posting(chart.RETURNED, "-20000"),
    )
    payment = fold(order(MAY), bank(MAY), back)
    assert (payment.returned, payment.due_back) == (kroner(-20000), True)
    assert payment.banked == (MAY,)  # the day it came back is no day on which it was paid
    assert not payment.confirmed
    off = txn(
        JUNE,
        "reverse",
        posting(LOAN, "-20000"),
        posting(chart.RETURNED, "20000"),
        value=MAY,
    )
    undone = fold(order(MAY), bank(MAY), back, off)
    assert (undone.returned, undone.due_back) == (ZERO, False)
    assert (undone.amount, undone.book) == (ZERO, {})
    assert undone.value == MAY


def test_a_repayment_reversed_is_worth_nothing() -> None:
    gone = txn(JUNE, "reverse", posting(LOAN, "500"), posting(chart.REPAYMENTS, "-500"))
    payment = fold(repay(MAY), gone)
    assert (payment.amount, payment.clearing) == (ZERO, ZERO)


def test_a_state_refund_stands_on_the_refund_account() -> None:
    sides = posting(chart.REFUND, "-10000", ERP), posting(chart.REFUND_RECEIVABLE, "10000")
    payment = fold(txn(MAY, "erp", *sides, flow="refund"))
    assert payment.flow == "refund"
    assert payment.book == payment.erp == {chart.REFUND: kroner(-10000)}
    assert payment.right("loan") == chart.REFUND


def test_a_refund_account_in_another_payment_says_nothing_of_what_it_was_for() -> None:
    sides = posting(chart.REFUND, "-10000"), posting(LOAN, "10000")
    assert fold(txn(MAY, "reclassify", *sides, flow="out")).book == {LOAN: kroner(10000)}


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        ("loan", LOAN),
        ("grant", chart.GRANTS),
        ("subsistence", chart.SUBSISTENCE),
        ("", ""),
        ("other", ""),
    ],
)
def test_what_was_decided_tells_where_a_payment_belongs(kind: str, account: str) -> None:
    assert fold(order()).right(kind) == account


def test_later_entries_complete_what_is_known_and_never_empty_it() -> None:
    first = erp(MAY, chart.GRANTS, possible=True, voucher="70010/2011")
    second = order(TENTH, possible=False, reference="PAY-1")
    third = bank(JUNE, reference="PAY-2", flow="sideways")
    assert fold(first).possible is True
    payment = fold(first, second, third)
    assert (payment.case, payment.debtor, payment.possible) == ("L2011-0001", "D0001", False)
    assert payment.references == {"PAY-1", "PAY-2"}
    assert payment.vouchers == {"70010/2011"}
    assert payment.flow == "out"
    assert payment.entries == (first, second, third)


def test_a_bank_line_alone_is_a_payout_to_nobody_known() -> None:
    payment = fold(bank(MAY))
    assert (payment.flow, payment.case, payment.debtor) == ("out", "", "")


def test_the_last_word_on_which_way_the_money_went_counts() -> None:
    assert fold(repay(MAY), bank(TENTH, flow="out")).flow == "out"
    assert fold(bank(TENTH, flow="out"), repay(MAY)).flow == "in"


def test_a_repayment_is_ordered_as_money_in() -> None:
    payment = fold(repay(MAY))
    assert (payment.ordered, payment.amount) == (kroner(-500), kroner(-500))


def test_only_a_true_mark_makes_a_payment_merely_possible() -> None:
    assert fold(order(possible="TRUE")).possible is False


def test_a_posting_may_belong_to_another_payment_than_its_transaction() -> None:
    own, other = posting(LOAN, "-500"), posting(chart.REPAYMENTS, "500", {"payment": "P2"})
    entry = txn(MAY, "repay", own, other, flow="in", loan="L2011-0001")
    assert [payment_of(entry, p) for p in entry.postings] == ["P1", "P2"]
    assert list(postings_of(entry, "P1")) == [own]
    found = payments(Ledger((entry,)))
    assert found["P1"].book == {LOAN: kroner(-500)}
    assert (found["P2"].book, found["P2"].clearing) == ({}, kroner(500))
    assert (found["P2"].entries, found["P2"].case) == ((entry,), "")


def test_what_names_no_payment_is_none() -> None:
    nameless = Transaction(MAY, "", (posting(LOAN, "1"), posting(chart.BANK, "-1")))
    others = (Opening(MAY, LOAN), Record(MAY, "hold", ("DEFERRAL",), meta={"payment": "P1"}))
    assert payments(Ledger((nameless, *others))) == {}


def test_the_last_transaction_on_an_account_is_found() -> None:
    first, moved = (
        erp(MAY, chart.GRANTS),
        txn(
            JUNE,
            "reclassify",
            posting(OVERPAID, "20000"),
            posting(chart.GRANTS, "-20000"),
        ),
    )
    payment = fold(first, confirm(TENTH, "caseworker", LOAN, "20000"), moved)
    assert payment.last_on(chart.GRANTS) is moved
    assert fold(first).last_on(chart.GRANTS) is first
    ordered = order()
    assert fold(ordered, bank(TENTH)).last_on(LOAN) is ordered
    assert payment.last_on(LOAN) is moved  # the overpaid account is the loan's to the ERP


def test_tallies_tell_which_payments_an_entry_names() -> None:
    tallies = Tallies((order(),))
    assert tallies.get("P1") == fold(order())
    assert tallies.get("P2") is None
    assert tallies.add(confirm(JUNE, "erp", LOAN, "20000")) == ("P1",)
    assert tallies.add(Record(JUNE, "hold")) == ()
    assert tallies.add(
        txn(
            JUNE,
            "bank",
            posting(chart.PAYOUTS, "1", {"payment": "P2"}),
            posting(chart.BANK, "-1", {"payment": ""}),
        )
    ) == ("P2",)
    assert tallies.all()["P1"].ahead == {}
    assert list(tallies.all()) == ["P1", "P2"]


def test_a_confirmation_without_an_amount_is_a_bug() -> None:
    record = Record(MAY, "confirm", ("erp", Account(LOAN), 20000), meta={"payment": "P1"})
    with pytest.raises(AssertionError, match="a confirm names an amount"):
        fold(record)


MONEY = st.integers(1, 10_000_00).map(lambda ore: str(Decimal(ore) / 100))
DAYS = st.dates(date(2011, 1, 1), date(2012, 12, 31))
ACCOUNTS = st.sampled_from([LOAN, OVERPAID, chart.GRANTS, chart.SUBSISTENCE, chart.REPOSTING])
ENTRIES = st.one_of(
    st.builds(order, DAYS, MONEY),
    st.builds(erp, DAYS, ACCOUNTS, MONEY),
    st.builds(bank, DAYS, MONEY),
    st.builds(confirm, DAYS, st.sampled_from(["erp", "caseworker"]), ACCOUNTS, MONEY),
)


def sums(payment: Payment) -> Mapping[str, object]:
    return {
        "book": payment.book,
        "erp": payment.erp,
        "ahead": payment.ahead,
        "bank": payment.bank,
        "clearing": payment.clearing,
        "ordered": payment.ordered,
        "amount": payment.amount,
        "orders": sorted(payment.orders),
        "banked": sorted(payment.banked),
        "listed": sorted(payment.listed),
    }


@given(
    st.lists(ENTRIES, min_size=1, max_size=8).flatmap(
        lambda entries: st.tuples(st.just(entries), st.permutations(entries)),
    )
)
def test_the_order_of_entries_does_not_matter_to_the_sums(
    both: tuple[list[Entry], list[Entry]],
) -> None:
    entries, shuffled = both
    assert sums(fold(*entries)) == sums(fold(*shuffled))


@given(st.lists(ENTRIES, min_size=1, max_size=8))
def test_every_krone_of_a_payment_stands_somewhere(entries: list[Entry]) -> None:
    payment = fold(*entries)
    booked = [e for e in entries if isinstance(e, Transaction) and e.kind != "bank"]
    assert payment.amount == -payment.clearing
    assert payment.amount == sum(
        (p.amount for e in booked for p in e.postings if p.amount > 0), ZERO
    )
    shown = {
        a: payment.erp.get(a, ZERO) + payment.ahead.get(a, ZERO)
        for a in payment.book
        if a != chart.REPOSTING
    }
    assert shown == {a: s for a, s in payment.book.items() if a != chart.REPOSTING}
