"""Notices of payments: what they say is booked once, whoever comes first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from fakes import FakeDebtors, FakeJournal
from shelved import shelved
from town import LOAN, SUM, WHO, Town, row

from mikroledger.domain import chart, fik
from mikroledger.domain.ledger import Record
from mikroledger.domain.payment import Payment
from mikroledger.domain.record import BankLine, BankPart, Document, Notice
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, kroner
from mikroledger.services.import_ import Imported, import_
from mikroledger.services.pay import Pay, pay

ACCOUNT = "DK5000400440116243"
ID = fik.payment_id("L2011-0001", 1)
OTHER = fik.payment_id("L2011-0002", 1)
STRANGE = fik.payment_id("L2099-0001", 1)
DAY = date(2011, 10, 3)
BALANCES = (
    LOAN,
    chart.loan_account("L2011-0002"),
    chart.BANK,
    chart.REPAYMENTS,
    chart.SUSPENSE,
    chart.REPOSTING,
    chart.overpaid_account("L2011-0001"),
)


class Bank:
    """The bank's and Nets' files of one account, in a town of two loans that are paid out."""

    def __init__(self, town: Town) -> None:
        self.town = town
        town.grant()
        town.grant(2)
        town.paid()
        town.paid("L2011-0002", ref="PAY-2")

    def line(
        self,
        *parts: BankPart,
        entry: str = "E1",
        day: date = DAY,
        amount: int = 0,
        source: str = ACCOUNT,
    ) -> Imported:
        total = kroner(amount) if amount else sum((part.amount for part in parts), ZERO)
        parts = parts or (BankPart(total),)
        back = entry.endswith("/R")
        line = BankLine(1, entry, day, day, total, parts, back)
        return self.take(Document("k.xml", "camt.053", source, entry, bank=(line,)))

    def notices(
        self, *parts: BankPart, entry: str = "E1", day: date = DAY, source: str = ACCOUNT
    ) -> Imported:
        back = entry.endswith("/R")
        told = tuple(
            Notice(1, entry, number, day, day, part, back) for number, part in enumerate(parts, 1)
        )
        return self.take(Document("a.xml", "camt.054", source, entry, notices=told))

    def take(self, document: Document) -> Imported:
        return import_(self.town.journal, self.town.debtors, document, WHO)

    def repay(self, amount: int = 1000, ref: str = "K1", on: date = DAY) -> None:
        pay(self.town.journal, Pay("repay", "L2011-0001", kroner(amount), on, ref), WHO)

    def stand(self) -> tuple[object, ...]:
        """What must not depend on who came first."""
        now = self.town.now()
        loans = [
            (loan.outstanding, loan.repaid, loan.paid_out)
            for loan in map(now.loans.__getitem__, ("L2011-0001", "L2011-0002"))
        ]
        own = sorted((p.case, p.amount, p.bank, p.ordered, p.value) for p in now.payments.values())
        return ([self.town.on(account) for account in BALANCES], loans, own)

    def repayments(self) -> list[Payment]:
        return [p for p in self.town.now().payments.values() if p.flow == "in"]


def part(amount: int, number: str = ID, text: str = "", ref: str = "") -> BankPart:
    return BankPart(kroner(amount), ref, number, text)


@pytest.fixture
def bank(journal: FakeJournal, debtors: FakeDebtors) -> Bank:
    return Bank(Town(journal, debtors))


Step = Callable[[Bank], object]


def whole_line(bank: Bank) -> Imported:
    return bank.line(part(1000))


def whole_notice(bank: Bank) -> Imported:
    return bank.notices(part(1000))


def typed(bank: Bank) -> None:
    bank.repay()


def listed(bank: Bank) -> Imported:
    return bank.town.erp(row("loan", -1000, "80001", ref="", day="2011-10-04"))


def lump_line(bank: Bank) -> Imported:
    return bank.line(amount=1825)


def split_notices(bank: Bank) -> Imported:
    return bank.notices(part(1000), part(475, OTHER), part(350, STRANGE))


def split_line(bank: Bank) -> Imported:
    return bank.line(part(1000), part(475, OTHER), part(350, STRANGE))


def turned_line(bank: Bank) -> Imported:
    return bank.line(part(350, ""), part(475, ""), part(1000, ""))


def other_line(bank: Bank) -> Imported:
    """A statement that has no id in common with the notice."""
    return bank.line(part(1000), entry="S1/7")


def nets(bank: Bank) -> Imported:
    """The same payment as Nets tells it, with another id, and the day on which it was paid."""
    return bank.notices(part(1000), entry="12345678/ARC", source="12345678")


STORIES: dict[str, tuple[Step, ...]] = {
    "one line, one notice, one order": (whole_line, whole_notice, typed),
    "with the ERP": (whole_line, whole_notice, typed, listed),
    "a line of another id": (other_line, whole_notice, typed),
    "told by the bank and by Nets": (whole_line, whole_notice, nets, typed),
    "one sum for three payments": (lump_line, split_notices, typed),
    "three payments in both": (split_line, split_notices, typed),
    "three payments without ids in the line": (turned_line, split_notices, typed),
}


def earlier_line(bank: Bank) -> Imported:
    return bank.line(part(1000), entry="E0", day=date(2011, 9, 26))


def earlier_notice(bank: Bank) -> Imported:
    return bank.notices(part(1000), entry="E0", day=date(2011, 9, 26))


def fresh() -> Bank:
    return Bank(Town(FakeJournal(), FakeDebtors()))


@pytest.mark.parametrize("story", STORIES)
def test_whoever_comes_first_the_book_ends_the_same(story: str) -> None:
    ends = {}
    for steps in permutations(STORIES[story]):
        bank = fresh()
        for step in steps:
            step(bank)
        said = " ".join(step.__name__ for step in steps)
        ends[said] = bank.stand()
        for step in steps:
            done = step(bank)
            assert not isinstance(done, Imported) or not done.booked, said
        assert bank.stand() == ends[said], f"{said}: a second time"
    first = next(iter(ends.values()))

    assert [said for said, end in ends.items() if end != first] == []
    several = "three" in story
    assert first[0] == [
        kroner(19000),
        kroner(19525) if several else SUM,
        kroner(1825) if several else kroner(1000),
        ZERO,
        kroner(-350) if several else ZERO,
        ZERO,
        ZERO,
    ]


def test_two_equal_payments_in_a_week_are_two_whoever_comes_first() -> None:
    ends: set[object] = set()
    for steps in permutations((earlier_line, earlier_notice, whole_line, whole_notice)):
        bank = fresh()
        for step in steps:
            step(bank)
        assert len(bank.repayments()) == 2
        ends.add(tuple(bank.stand()[0]))  # type: ignore[arg-type]

    assert ends == {(kroner(18000), SUM, kroner(2000), ZERO, ZERO, ZERO, ZERO)}


def test_two_equal_payments_of_one_loan_in_one_entry_are_two(bank: Bank) -> None:
    other = fresh()
    bank.line(part(500), part(500))
    bank.notices(part(500), part(500))
    other.notices(part(500), part(500))
    other.line(amount=1000)

    for each in (bank, other):
        assert [p.bank for p in each.repayments()] == [kroner(-500)] * 2
        assert each.town.on(LOAN) == kroner(19000)
        assert each.town.on(chart.SUSPENSE) == ZERO


def back_line(bank: Bank) -> Imported:
    return bank.line(part(-1000), entry="E1/R", day=date(2011, 10, 6))


def back_notice(bank: Bank) -> Imported:
    return bank.notices(part(-1000), entry="E1/R", day=date(2011, 10, 6))


def back_by_nets(bank: Bank) -> Imported:
    return bank.notices(part(-1000), entry="1/ARC/R", day=date(2011, 10, 7), source="12345678")


@pytest.mark.parametrize(
    "steps",
    [
        *permutations((back_line, back_notice)),
        *permutations((back_line, back_by_nets)),
        *permutations((back_line, back_notice, back_by_nets)),
    ],
    ids=lambda steps: " ".join(step.__name__ for step in steps),
)
def test_what_the_bank_takes_back_is_owed_again_once(steps: tuple[Step, ...], bank: Bank) -> None:
    whole_line(bank)
    whole_notice(bank)
    for step in (*steps, *steps):
        step(bank)

    assert bank.stand()[0] == [SUM, SUM, ZERO, ZERO, ZERO, ZERO, ZERO]
    assert bank.town.now().loans["L2011-0001"].outstanding == SUM
    assert all(step(bank).already == 1 for step in steps)  # type: ignore[attr-defined]


def test_of_two_repayments_the_newest_is_taken_back_and_the_other_stands(bank: Bank) -> None:
    earlier_line(bank)
    whole_line(bank)
    bank.notices(part(-1000), entry="X/R", day=date(2011, 10, 6))
    bank.line(part(-1000), entry="Y/R", day=date(2011, 10, 6))

    assert [(p.amount, p.bank) for p in bank.repayments()] == [
        (kroner(-1000), kroner(-1000)),
        (ZERO, ZERO),
    ]


def test_what_came_back_of_nothing_known_books_nothing(bank: Bank) -> None:
    assert back_notice(bank).suspense == 1
    assert bank.repayments() == []


def test_a_notice_that_is_not_ours_books_nothing_and_is_told(bank: Bank) -> None:
    before = bank.stand()
    done = bank.notices(part(350, STRANGE), part(5, ""), part(-7, ""))

    assert (done.rows, done.booked, done.suspense, done.commit) == (3, 0, 3, "")
    assert done.sum == kroner(348)
    assert bank.stand() == before


def test_a_notice_of_a_loan_that_is_approved_later_is_booked_then(bank: Bank) -> None:
    number = fik.payment_id("L2011-0003")
    assert bank.notices(part(100, number)).suspense == 1
    bank.town.grant(3)

    assert bank.notices(part(100, number)).booked == 1
    assert bank.town.on(chart.overpaid_account("L2011-0003")) == kroner(-100)


def test_a_loan_number_in_the_text_names_a_loan(bank: Bank) -> None:
    assert bank.notices(part(500, "", "afdrag L2011-0001 tak")).booked == 1
    assert bank.town.on(LOAN) == kroner(19500)


def test_a_reference_that_a_caseworker_typed_names_its_repayment(bank: Bank) -> None:
    bank.repay(500, "FI-1")
    done = bank.notices(part(500, "", ref="FI-1"))

    assert (done.booked, len(bank.repayments())) == (1, 1)
    assert bank.repayments()[0].ordered == kroner(-500)


def test_a_reference_of_another_loan_than_the_payment_id_names_nothing(bank: Bank) -> None:
    bank.repay(500, "FI-1")
    bank.notices(part(500, OTHER, ref="FI-1"))

    assert sorted(p.case for p in bank.repayments()) == ["L2011-0001", "L2011-0002"]


def test_a_repayment_that_stands_with_more_than_the_notice_says_is_told(bank: Bank) -> None:
    bank.repay(700, "FI-1")

    assert bank.notices(part(500, ref="FI-1")).suspense == 1
    assert bank.town.on(LOAN) == kroner(19300)


def test_two_that_it_could_be_are_told(bank: Bank) -> None:
    bank.repay(1000, "K1")
    bank.repay(1000, "K2")

    assert whole_notice(bank).suspense == 1
    assert bank.town.on(LOAN) == kroner(18000)


def test_an_entry_that_line_and_notice_divide_otherwise_is_not_booked_twice(bank: Bank) -> None:
    bank.line(part(1000))
    assert bank.notices(part(900), part(100)).suspense == 2
    other = fresh()
    other.notices(part(900), part(100))
    other.line(part(1000))

    assert [each.town.on(LOAN) for each in (bank, other)] == [kroner(19000)] * 2
    assert [each.town.on(chart.SUSPENSE) for each in (bank, other)] == [ZERO] * 2
    assert [each.town.on(chart.REPAYMENTS) for each in (bank, other)] == [ZERO] * 2


def test_a_line_that_does_not_hold_all_that_was_told_is_left_in_suspense(bank: Bank) -> None:
    bank.notices(part(1000), part(475, OTHER))
    bank.line(amount=1200)
    other = fresh()
    other.line(amount=1200)
    other.notices(part(1000), part(475, OTHER))

    for each in (bank, other):
        assert each.town.on(chart.SUSPENSE) == kroner(-1200)
        assert each.town.on(chart.REPAYMENTS) == kroner(1475)


def test_what_was_paid_out_is_evidence_of_a_payment_that_is_known(bank: Bank) -> None:
    before = bank.stand()
    done = bank.notices(part(-20000, "", ref="PAY-1"), part(-125, "", "gebyr"))

    assert (done.booked, done.suspense) == (1, 1)
    assert bank.stand() == before
    (record,) = bank.town.journal.read().records("notice")
    assert isinstance(record, Record)
    assert [record.get(name) for name in ("payment", "loan", "entry")] == [
        "PAY-1",
        "L2011-0001",
        f"{ACCOUNT}/E1",
    ]
    assert bank.notices(part(-20000, "", ref="PAY-1")).already == 1


def test_a_returned_payout_is_evidence_whichever_way_it_is_told(bank: Bank) -> None:
    assert bank.notices(part(20000, "", "retur L2011-0001", ref="PAY-1")).booked == 1
    assert bank.town.on(LOAN) == SUM
    assert bank.notices(part(20000, "", ref="PAY-1"), entry="E2/R").booked == 1
    assert bank.notices(part(20000, "", ref="PAY-9"), entry="E3/R").suspense == 1


def test_a_changed_notice_under_a_known_id_is_refused(bank: Bank) -> None:
    whole_notice(bank)
    for changed in (part(1001), replace(part(1000), amount=kroner("1000.01"))):
        with pytest.raises(RefusedError, match="Ask the bank"):
            bank.notices(changed)
    with pytest.raises(RefusedError, match="2011-10-04"):
        bank.notices(part(1000), day=date(2011, 10, 4))


def test_the_same_notice_twice_in_one_file_is_one(bank: Bank) -> None:
    told = Notice(1, "E1", 1, DAY, DAY, part(1000))
    done = bank.take(Document("a", "camt.054", ACCOUNT, "d", notices=(told, told)))

    assert (done.booked, done.already) == (1, 1)


def test_a_notice_of_tomorrow_is_refused(bank: Bank) -> None:
    with pytest.raises(RefusedError, match="has not come yet"):
        bank.notices(part(1000), day=date(2012, 1, 1))


def test_what_is_overpaid_is_owed_to_the_borrower(bank: Bank) -> None:
    bank.notices(part(20500))

    assert bank.town.on(chart.overpaid_account("L2011-0001")) == kroner(-500)
    assert bank.town.now().loans["L2011-0001"].outstanding == ZERO


def test_a_repayment_that_the_erp_booked_without_its_loan_gets_it(bank: Bank) -> None:
    bank.town.erp(row("loan", -1000, "80001", ref="FI-7", decision="", day="2011-10-03"))
    bank.notices(part(1000, ref="FI-7"))

    assert bank.town.on(LOAN) == kroner(19000)
    assert bank.town.on(chart.UNASSIGNED) == ZERO


@pytest.mark.parametrize(
    "steps", [*permutations((lump_line, split_notices))], ids=["line", "notices"]
)
def test_a_book_of_which_only_a_part_is_read_ends_the_same(
    steps: tuple[Step, ...], bank: Bank, tmp_path: Path
) -> None:
    disk = fresh()
    disk.town.journal = shelved(disk.town.journal.ledger, tmp_path / "bog")  # type: ignore[assignment]
    for each in (bank, disk):
        for step in (*steps, typed, back_notice, *steps):
            step(each)

    assert disk.stand() == bank.stand()
    assert disk.town.on(chart.SUSPENSE) == kroner(-350)
