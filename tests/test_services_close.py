"""Closing a month: nothing is dated in it any more, and nobody owes more or less for it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from hypothesis import given
from hypothesis import strategies as st
from town import SUM, Town, row

from mikroledger.domain.ledger import Entry, Ledger, Opening, Posting, Record, Transaction
from mikroledger.domain.periods import (
    Month,
    closed_through,
    dated,
    month_of,
    open_months,
    parse_month,
)
from mikroledger.domain.plan import Terms
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.reconciliation import Control
from mikroledger.domain.record import BankLine, BankPart, Document
from mikroledger.errors import MikroledgerError, RefusedError, UsageError
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.close import Closing, close, closed_by
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign, decline
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.import_ import import_
from mikroledger.services.month import report
from mikroledger.services.order import Outcome, Planned, Who, submit
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reconcile import Reason, explain, reconcile
from mikroledger.services.reverse import reverse

MAY = Month(2011, 5)
TODAY = date(2011, 7, 4)
WHO, SECOND = Who("reg", TODAY), Who("bok", TODAY)
JUNE_1 = date(2011, 6, 1)


def txn(day: date, **meta: date) -> Transaction:
    postings = (Posting("Assets:Bank", Decimal(1)), Posting("Liabilities:Suspense", Decimal(-1)))
    return Transaction(day, "Linje", postings, meta={"kind": "bank", **meta}, commit=1)


def book(journal: FakeJournal, *entries: Entry, today: date = TODAY) -> Outcome:
    who = Who("anl", today)
    return submit(journal, "import", who, lambda _: Planned(entries), dry_run=False)


# Months


def test_a_month_as_people_write_it() -> None:
    assert parse_month("2011-05") == month_of(date(2011, 5, 31)) == MAY
    assert (MAY.first, MAY.last, str(MAY)) == (date(2011, 5, 1), date(2011, 5, 31), "2011-05")
    assert Month(2012, 2).last == date(2012, 2, 29)
    assert Month(2011, 12) < Month(2012, 1)


@pytest.mark.parametrize("text", ["2011", "2011-13", "maj", "2011-05-01", "05-2011", ""])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(UsageError, match="Write it as 2011-05"):
        parse_month(text)


# Closing


def prepare(journal: FakeJournal, month: Month, who: Who = WHO) -> Outcome:
    return close(journal, Closing(month), who)


def settled(journal: FakeJournal, month: Month, who: Who = WHO) -> None:
    """Give a reason for every open item of a month."""
    made = reconcile(journal.ledger, (), month.last)
    for kind in {item.kind for item in made.open}:
        explain(journal, Reason(kind, "prøve", month.last), who)


def closed(journal: FakeJournal, month: Month, today: date = TODAY) -> Outcome:
    """Close a month as two persons do, with a reason for whatever is open."""
    settled(journal, month, Who("reg", today))
    close(journal, Closing(month), Who("reg", today))
    return close(journal, Closing(month), Who("bok", today))


def test_one_person_prepares_a_month_and_another_one_closes_it(journal: FakeJournal) -> None:
    assert closed_through(journal.ledger) is None
    first = prepare(journal, MAY)
    assert first.outcome == "proposed"
    assert closed_through(journal.ledger) is None
    again = prepare(journal, MAY, Who("R.E.G", TODAY))
    assert (again.outcome, again.id) == ("already", first.id)
    assert closed_through(journal.ledger) is None
    second = prepare(journal, MAY, SECOND)
    assert (second.outcome, second.id) == ("booked", first.id)
    (record,) = journal.ledger.records("close")
    assert (record.values, record.by, record.get("countersigned")) == (("2011-05",), "reg", "bok")
    assert closed_through(journal.ledger) == date(2011, 5, 31)


def test_a_prepared_month_is_closed_by_countersigning_it(journal: FakeJournal) -> None:
    first = prepare(journal, MAY)
    with pytest.raises(RefusedError, match="Another person must approve"):
        countersign(journal, first.id, WHO)
    assert countersign(journal, first.id, SECOND, dry_run=True).outcome == "booked"
    assert closed_through(journal.ledger) is None
    done = countersign(journal, first.id, SECOND)
    assert (done.outcome, done.id) == ("booked", first.id)
    assert closed_through(journal.ledger) == date(2011, 5, 31)
    assert countersign(journal, first.id, SECOND).outcome == "already"


def test_a_month_is_closed_once(journal: FakeJournal) -> None:
    outcome = closed(journal, MAY)
    for month in (MAY, Month(2011, 4), Month(2010, 1)):
        again = prepare(journal, month)
        assert (again.outcome, again.id) == ("already", outcome.id)
    assert len(journal.ledger.records("close")) == 1


def test_where_policy_asks_for_one_person_one_closes(journal: FakeJournal) -> None:
    off = Record(date(2011, 1, 1), "countersign", ("off",), commit=-1)
    journal.ledger = replace(journal.ledger, entries=(off, *journal.ledger.entries))
    assert prepare(journal, MAY).outcome == "booked"
    (record,) = journal.ledger.records("close")
    assert (record.by, record.get("countersigned")) == ("reg", "")
    assert closed_through(journal.ledger) == date(2011, 5, 31)


def test_a_prepared_month_is_declined_and_prepared_again(journal: FakeJournal) -> None:
    first = prepare(journal, MAY)
    declined = decline(journal, first.id, "mangler et bilag", SECOND)
    assert (declined.outcome, declined.amount) == ("booked", Decimal("0.00"))
    second = prepare(journal, MAY, SECOND)
    assert (second.outcome, second.id == first.id) == ("proposed", False)
    assert prepare(journal, MAY).outcome == "booked"


def test_a_dry_run_closes_nothing(journal: FakeJournal) -> None:
    outcome = close(journal, Closing(MAY), WHO, dry_run=True)
    assert (outcome.outcome, outcome.commit) == ("proposed", "")
    assert journal.ledger.records("proposal") == ()


def test_who_closes_must_be_said(journal: FakeJournal) -> None:
    with pytest.raises(UsageError, match="--by"):
        prepare(journal, MAY, Who("", TODAY))


def test_a_month_with_open_items_is_not_closed(journal: FakeJournal) -> None:
    book(journal, *(txn(date(2011, 5, day)) for day in range(1, 24)))
    before = journal.ledger
    with pytest.raises(RefusedError) as refused:
        prepare(journal, MAY)
    said = refused.value.text.en
    assert "23 items are neither settled nor explained" in said
    assert "suspense:000001-1  -1,00 kr.  Money in that nobody has placed" in said
    assert "suspense:000001-20" in said
    assert "suspense:000001-21" not in said
    assert "reconcile --month 2011-05 --explain ITEM" in said
    assert "poster er hverken udlignet eller forklaret" in refused.value.text.da
    assert journal.ledger is before
    settled(journal, MAY)
    assert prepare(journal, MAY).outcome == "proposed"


def test_an_entry_tells_which_month_it_is_about(journal: FakeJournal) -> None:
    made = book(journal, txn(date(2011, 5, 4)), Record(JUNE_1, "hold", ("DEFERRAL",)))
    settled(journal, MAY)
    first = prepare(journal, MAY)
    assert closed_by(journal.ledger, first.id) == MAY
    prepare(journal, MAY, SECOND)
    assert closed_by(journal.ledger, first.id) == MAY
    for other in (*(entry.id for entry in made.entries), "000099"):
        assert closed_by(journal.ledger, other) is None


def test_what_was_prepared_is_what_is_signed(journal: FakeJournal) -> None:
    book(journal, txn(date(2011, 5, 4)))
    settled(journal, MAY)
    first = prepare(journal, MAY)
    book(journal, txn(date(2011, 5, 5)))
    settled(journal, MAY)
    for who in (WHO, SECOND):
        with pytest.raises(RefusedError, match=f"countersign {first.id} --decline"):
            prepare(journal, MAY, who)
    assert closed_through(journal.ledger) is None


def test_both_sign_for_the_same_control_account(journal: FakeJournal) -> None:
    control = Control(kroner(0), kind="balance-list")
    first = close(journal, Closing(MAY, control), WHO)
    with pytest.raises(RefusedError, match="another balance of the loan account"):
        close(journal, Closing(MAY, Control(kroner(7))), SECOND)
    assert close(journal, Closing(MAY, Control(kroner(0))), SECOND).id == first.id
    made = report(journal.ledger, (), MAY).made
    assert made.control == control
    assert [leg.source for leg in made.legs if leg.source] == ["balance-list"]


def test_a_control_account_that_differs_stops_the_closing(journal: FakeJournal) -> None:
    order = Closing(MAY, Control(kroner(7)))
    with pytest.raises(RefusedError, match=r"control:9\.32\.25"):
        close(journal, order, WHO)
    reason = Reason("control:9.32.25", "gammelt lån fra før bogen", MAY.last, Control(kroner(7)))
    explain(journal, reason, WHO)
    assert close(journal, order, WHO).outcome == "proposed"
    assert prepare(journal, MAY, SECOND).outcome == "booked"


@pytest.mark.parametrize("month", [Month(2011, 7), Month(2011, 8), Month(2012, 1)])
def test_a_month_that_has_not_ended_is_not_closed(journal: FakeJournal, month: Month) -> None:
    with pytest.raises(RefusedError, match="has not ended yet"):
        prepare(journal, month)
    with pytest.raises(RefusedError, match="has not ended yet"):
        prepare(journal, MAY, Who("reg", date(2011, 5, 31)))
    assert closed(journal, MAY, JUNE_1).outcome == "booked"


def test_months_are_closed_in_their_order(journal: FakeJournal) -> None:
    book(journal, txn(date(2011, 3, 2)), txn(date(2011, 4, 1)))
    with pytest.raises(RefusedError, match="entries in 2011-03, which is open"):
        prepare(journal, MAY)
    closed(journal, Month(2011, 3))
    with pytest.raises(RefusedError, match="mikroledger close 2011-04"):
        prepare(journal, MAY)
    closed(journal, Month(2011, 4))
    assert closed(journal, MAY).outcome == "booked"


def test_chart_and_policy_are_of_no_month() -> None:
    policy = Record(date(2011, 1, 1), "notice-days", (14,), commit=-1)
    opening = Opening(date(2011, 1, 1), "Assets:Bank", commit=1)
    ledger = Ledger((policy, opening, txn(date(2011, 3, 2))))
    assert list(open_months(ledger)) == [Month(2011, 3)]


# Dates


def test_an_entry_of_a_closed_month_gets_the_first_open_day(journal: FakeJournal) -> None:
    closed(journal, MAY, JUNE_1)
    record = Record(date(2011, 5, 31), "unplaced", (Decimal(1),), meta={"kind": "unplaced"})
    opening = Opening(date(1970, 1, 1), "Assets:Loans:P65:L2011-0001")
    own = txn(date(2011, 5, 4), value=date(2011, 5, 2))
    book(journal, opening, txn(date(2011, 5, 4)), own, record, txn(JUNE_1))
    made = journal.ledger.entries[-5:]
    assert [e.day for e in made] == [date(1970, 1, 1), *[JUNE_1] * 4]
    assert [e.value for e in made[1:]] == [
        date(2011, 5, 4),
        date(2011, 5, 2),
        date(2011, 5, 31),
        JUNE_1,
    ]
    assert "value" not in made[-1].meta


def test_without_a_closed_month_every_day_stands() -> None:
    entry = txn(date(2011, 5, 4))
    assert dated(entry, None) is entry
    assert dated(entry, date(2011, 5, 3)) is entry
    assert dated(entry, date(2011, 5, 4)).day == date(2011, 5, 5)


def test_a_clock_that_runs_back_into_a_closed_month(journal: FakeJournal) -> None:
    closed(journal, MAY, JUNE_1)
    with pytest.raises(RefusedError, match="Is the machine's clock right"):
        book(journal, txn(date(2011, 5, 4)), today=date(2011, 5, 31))
    assert book(journal, txn(date(2011, 5, 4)), today=JUNE_1).outcome == "booked"


def _granted(journal: FakeJournal, debtors: FakeDebtors) -> str:
    terms = Terms(first_due=date(2011, 5, 1), count=20)
    order = Approval("loan", "D0001", kroner(20000), date(2011, 3, 1), "2011-0001", terms=terms)
    return approve(journal, debtors, order, Who("anl", START)).loan


def test_an_order_given_again_after_closing_is_booked_already() -> None:
    town = Town(FakeJournal(), FakeDebtors())
    loan = _granted(town.journal, town.debtors)
    order = Pay("disburse", loan, kroner(20000), date(2011, 5, 3), "PAY-1")
    before = pay(town.journal, order, WHO)
    for month in (4, 5):
        closed(town.journal, Month(2011, month))
    assert pay(town.journal, order, WHO).outcome == "already"
    countersign(town.journal, before.id, SECOND)
    repaid = Pay("repay", loan, kroner(500), date(2011, 5, 30), "FI-1")
    first = pay(town.journal, repaid, WHO)
    assert town.journal.ledger.by_id[first.id][-1].day == JUNE_1
    again = pay(town.journal, repaid, WHO)
    assert (again.outcome, again.day) == ("already", date(2011, 5, 30))
    with pytest.raises(RefusedError, match="other content"):
        pay(town.journal, Pay("repay", loan, kroner(500), JUNE_1, "FI-1"), WHO)


# Any life, with and without closing

START = date(2011, 4, 1)
ACTS = ("disburse", "repay", "bank out", "bank in", "erp", "erp grant", "reverse", "defer", "fix")


class World:
    """One municipality that closes its months as soon as it may, or one that never does."""

    def __init__(self, *, closes: bool) -> None:
        self.town = Town(FakeJournal(), FakeDebtors())
        self.closes = closes
        self.today = START
        self.last = ""
        _granted(self.town.journal, self.town.debtors)

    def go_on(self, today: date) -> None:
        """Live to another day; close what can be closed by then."""
        self.today = today
        if self.closes:
            month = month_of(START - timedelta(days=60))
            while month.last < today:
                closed(self.town.journal, month, today)
                month = month_of(month.last + timedelta(days=1))

    def act(self, act: str, late: int, amount: int) -> str:
        """Do something that has happened some days ago; return how it ended."""
        day = max(self.today - timedelta(days=late), START)
        closed = closed_through(self.town.journal.ledger)
        before = len(self.town.journal.ledger.entries)
        try:
            self._do(act, day, kroner(amount))
            ended = "done"
        except MikroledgerError as error:
            ended = type(error).__name__
        made = self.town.journal.ledger.entries[before:]
        if closed:
            assert all(e.day > closed for e in made if not isinstance(e, Opening)), act
        return ended

    def _do(self, act: str, day: date, amount: Decimal) -> None:
        if act in {"disburse", "repay"}:
            self._order(act, day, amount)
        elif act.startswith("bank"):
            self._bank(day, *((-SUM, "PAY-1") if act == "bank out" else (amount, f"FI-{day}")))
        elif act.startswith("erp"):
            self._erp("loan" if act == "erp" else "grant", day)
        else:
            self._mend(act, day)

    def _order(self, verb: str, day: date, amount: Decimal) -> None:
        journal, who = self.town.journal, Who("anl", self.today)
        if verb == "repay":
            order = Pay("repay", LOAN, amount, day, f"FI-{day}", overpayment=True)
            self.last = pay(journal, order, who).id
        else:
            waiting = pay(journal, Pay("disburse", LOAN, SUM, day, "PAY-1"), who).id
            countersign(journal, waiting, Who("bok", self.today))

    def _mend(self, act: str, day: date) -> None:
        journal, who = self.town.journal, Who("anl", self.today)
        if act == "reverse":
            self.last = reverse(journal, self.last, "forkert", who).id
        elif act == "defer":
            defer(journal, Deferral(LOAN, day, day + timedelta(days=30), "aftale"), who)
        else:
            for each in reclassify(journal, ALL_RULES, Choice(all=True), who):
                countersign(journal, each.id, Who("bok", self.today))

    def _bank(self, day: date, amount: Decimal, reference: str) -> None:
        part = BankPart(amount, reference)
        line = BankLine(1, f"{day}{amount}", day, day, amount, (part,))
        document = Document("f", "bank-csv", "bank", f"{day}{amount}", bank=(line,), until=day)
        import_(self.town.journal, self.town.debtors, document, Who("anl", self.today))

    def _erp(self, account: str, day: date) -> None:
        made = row(account, 20000, f"7{day:%m%d}", day=str(day))
        document = Document("f", "erp", "opus", f"{account}{day}", erp=(made,))
        import_(self.town.journal, self.town.debtors, document, Who("anl", self.today))

    def stands(self, day: date) -> object:
        """Return how the loan stands on a day, without the ids of entries."""
        loan = portfolio(self.town.journal.ledger, day).loans[LOAN]
        return (
            loan.disbursed,
            loan.outstanding,
            loan.misbooked,
            loan.paid_out,
            loan.plan,
            loan.settled,
            loan.arrears,
            [(p.value, p.amount, dict(p.book)) for p in loan.payouts],
            [(h.start, h.until) for h in loan.holds],
        )


LOAN = "L2011-0001"
STEP = st.tuples(
    st.integers(0, 40),
    st.sampled_from(ACTS),
    st.integers(0, 75),
    st.sampled_from([100, 1000, 25000]),
)


@given(st.lists(STEP, min_size=1, max_size=8))
def test_closing_moves_no_debt_plan_or_arrears(steps: list[tuple[int, str, int, int]]) -> None:
    worlds = [World(closes=True), World(closes=False)]
    today = START
    for wait, act, late, amount in steps:
        today += timedelta(days=wait)
        for world in worlds:
            world.go_on(today)
        ended = [world.act(act, late, amount) for world in worlds]
        assert ended[0] == ended[1], act
        for day in (today, today - timedelta(days=late), today + timedelta(days=90)):
            first, second = (world.stands(day) for world in worlds)
            assert first == second, act


# The month's report


def paid_as_grant(town: Town, day: date, today: date) -> str:
    """Let a payout be booked as a grant on a day, and paid by the bank."""
    who = Who("anl", today)
    loan = _granted(town.journal, town.debtors)
    erp_row = row("grant", 20000, day=str(day))
    document = Document("f", "erp", "opus", f"erp{day}", erp=(erp_row,))
    import_(town.journal, town.debtors, document, who)
    line = BankLine(1, "N1", day, day, -SUM, (BankPart(-SUM, "PAY-1"),))
    statement = Document("f", "bank-csv", "bank", f"bank{day}", bank=(line,), until=day)
    import_(town.journal, town.debtors, statement, who)
    return loan


def corrected(town: Town, today: date) -> str:
    (made,) = reclassify(town.journal, ALL_RULES, Choice(all=True), Who("anl", today))
    return countersign(town.journal, made.id, Who("bok", today)).id


def test_the_report_goes_from_opening_to_closing_by_kind(
    journal: FakeJournal, debtors: FakeDebtors
) -> None:
    town = Town(journal, debtors)
    paid_as_grant(town, date(2011, 5, 2), date(2011, 5, 10))
    corrected(town, date(2011, 5, 11))
    rows = {each.account: each for each in report(journal.ledger, ALL_RULES, MAY).moved}
    assert dict(rows["Assets:Loans:P65"].kinds) == {"reclassify": SUM}
    assert dict(rows["Expenses:P65:Grants"].kinds) == {"erp": SUM, "reclassify": -SUM}
    assert (rows["Assets:Bank"].opening, rows["Assets:Bank"].closing) == (kroner(0), -SUM)
    june = {each.account: each for each in report(journal.ledger, ALL_RULES, Month(2011, 6)).moved}
    assert [(a, r.opening, r.movement, r.closing) for a, r in june.items()] == [
        ("Assets:Bank", -SUM, kroner(0), -SUM),
        ("Assets:Loans:P65", SUM, kroner(0), SUM),
    ]


def test_an_error_of_a_closed_year_is_corrected_in_the_open_one_and_reported_as_such(
    journal: FakeJournal, debtors: FakeDebtors
) -> None:
    town, found = Town(journal, debtors), date(2012, 2, 10)
    loan = paid_as_grant(town, date(2011, 11, 15), date(2011, 12, 1))
    december = Month(2011, 12)
    for month in (Month(2011, 3), Month(2011, 4), Month(2011, 11), december):
        closed(journal, month, date(2012, 1, 20))
    signed = report(journal.ledger, ALL_RULES, december)
    number = corrected(town, found)
    again = report(journal.ledger, ALL_RULES, december)
    assert again.moved == signed.moved
    assert again.specification == signed.specification == ()
    told = report(journal.ledger, ALL_RULES, Month(2012, 2))
    (each,) = told.earlier
    assert (each.entry.id, each.entry.day, each.entry.value) == (number, found, date(2011, 11, 15))
    assert (each.amount, each.year, each.entry.get("loan")) == (SUM, "2011", loan)
    assert portfolio(journal.ledger, found).loans[loan].account == SUM


def test_at_new_year_what_is_ahead_is_signed_for_and_the_balance_is_specified(
    journal: FakeJournal, debtors: FakeDebtors
) -> None:
    town, december = Town(journal, debtors), Month(2011, 12)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    who = Who("reg", date(2012, 1, 3))
    november = reconcile(journal.ledger, (), date(2011, 11, 30))
    assert [(item.id, item.status) for item in november.items] == [("ahead:PAY-1", "listed")]
    for month in (3, 4):
        closed(journal, Month(2011, month), date(2012, 1, 3))
    with pytest.raises(RefusedError, match="ahead:PAY-1"):
        prepare(journal, december, who)
    explain(journal, Reason("ahead", "listen kommer i januar", december.last), who)
    prepare(journal, december, who)
    told = report(journal.ledger, ALL_RULES, december)
    assert (told.signed.prepared, told.signed.reviewed) == ("reg", "")
    (line,) = told.specification
    assert (line.loan, line.debtor, line.amount) == ("L2011-0001", "D0001", SUM)
    assert (line.day, line.settlement) == (date(2011, 4, 18), date(2013, 4, 1))
    prepare(journal, december, Who("bok", date(2012, 1, 3)))
    assert report(journal.ledger, ALL_RULES, december).signed.reviewed == "bok"
