"""Hand-over: claims for Gældsstyrelsen, only after the notice, with master data and reasons."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import add, letter, policy
from test_services_post import Mailroom, Tray
from town import Town

from mikroledger.days import next_weekday
from mikroledger.domain.handover import Candidate, Claim, candidate, limitation
from mikroledger.domain.ledger import Record, Value
from mikroledger.domain.plan import Terms
from mikroledger.domain.post import Recipient
from mikroledger.errors import NotCertainError, RefusedError, UsageError
from mikroledger.exports.claims import HEAD
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.handover import (
    LIST,
    HandedOver,
    candidates,
    hand_over,
    repaid_since,
)
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.post import PostRoom

LOAN = "L2011-0001"
TOLD = date(2011, 10, 12)  # the notice of hand-over; the deadline in it is 26 October
DAY = date(2011, 11, 8)
WHO = Who("reg", DAY)


class Case:
    """A borrower who was told of the hand-over and has paid nothing."""

    def __init__(self) -> None:
        self.town = Town(FakeJournal(), FakeDebtors())
        self.office = Office(self.town, FakePress(), FakeOutbox())
        self.tray = Tray()
        self.town.grant()
        self.town.paid()
        self.town.bank(self.town.line(-20000, "PAY-1"), until=date(2011, 9, 19))
        policy(self.town, "claim-type", "KTEKSEMPEL")
        policy(self.town, "cvr", "12345678")
        letter(self.town, "payout", date(2011, 4, 18))
        self.bank(DAY)

    def told(self, on: date = TOLD, level: int = 2, **more: Value) -> str:
        more = {"file": "letters/x.pdf", "deadline": on + timedelta(days=14), **more}
        letter(self.town, "reminder", on, level=level, **more)
        return f"{self.town.journal.commits:06d}"

    def bank(self, day: date) -> None:
        meta: dict[str, Value] = {"until": day, "booked": day}
        add(self.town, Record(day, "import", ("bank-csv",), meta=meta))

    @property
    def room(self) -> PostRoom:
        desk = self.office.desk
        return PostRoom(desk.journal, desk.debtors, desk.outbox, self.tray, Mailroom())

    def judged(self, day: date = DAY) -> Candidate:
        folio = self.town.now(day)
        return candidate(folio, self.town.found(day), folio.loans[LOAN], date(2012, 12, 31))

    def reasons(self, day: date = DAY) -> list[str]:
        return [each.code for each in self.judged(day).reasons]

    def hand_over(self, *loans: str, who: Who = WHO, **more: Any) -> HandedOver:
        return hand_over(self.room, ALL_RULES, loans or (LOAN,), who, **more)


@pytest.fixture
def case() -> Case:
    """Everything was booked before the day, as in life."""
    made = Case()
    ledger = made.town.journal.ledger
    made.town.journal.ledger = replace(
        ledger,
        entries=tuple(
            replace(e, meta={**e.meta, "booked": min(e.booked, DAY)}) if "booked" in e.meta else e
            for e in ledger.entries
        ),
    )
    return made


def test_a_claim_goes_with_its_master_data(case: Case) -> None:
    notice = case.told()
    judged = case.judged()
    assert judged.ready
    assert (judged.amount, judged.evidence) == (kroner(2000), notice)
    first, second = judged.claims
    assert first == Claim(
        loan=LOAN,
        instalment=1,
        debtor="D0001",
        amount=kroner(1000),
        missing=kroner(1000),
        founded=date(2011, 4, 18),
        start=date(2011, 4, 18),
        due=date(2011, 9, 1),
        pay_by=date(2011, 9, 1),
        barred=date(2014, 9, 1),
        notice=TOLD,
    )
    assert (first.number, second.number) == ("L2011-0001-001", "L2011-0001-002")
    assert (second.start, second.due, second.pay_by) == (
        date(2011, 9, 2),
        date(2011, 10, 1),
        date(2011, 10, 3),
    )


def test_without_notice_or_before_its_deadline_nothing_goes(case: Case) -> None:
    assert case.reasons() == ["NOTICE-SENT", "NOTICE-OVER"]
    case.told(level=1)
    assert case.reasons() == ["NOTICE-SENT", "NOTICE-OVER"]
    case.told()
    case.bank(date(2011, 11, 2))
    assert case.reasons(date(2011, 11, 2)) == ["NOTICE-OVER"]  # five banking days after the 26th
    assert case.reasons(date(2011, 11, 3)) == []


def test_policy_may_ask_for_more_time_after_the_notice(case: Case) -> None:
    case.told()
    policy(case.town, "handover-notice-days", 30)
    assert case.reasons() == ["NOTICE-OVER"]
    case.bank(date(2011, 11, 21))
    assert case.reasons(date(2011, 11, 21)) == []


def test_a_notice_that_came_back_or_was_taken_back_is_none(case: Case) -> None:
    back: dict[str, Value] = {"loan": LOAN, "evidence": case.told()}
    add(case.town, Record(TOLD, "delivery", ("returned",), meta=back))
    assert case.reasons() == ["NOTICE-SENT", "NOTICE-OVER"]
    sorry: dict[str, Value] = {"loan": LOAN, "corrects": case.told()}
    assert case.reasons() == []
    add(case.town, Record(TOLD, "letter", ("apology",), meta=sorry))
    assert case.reasons() == ["NOTICE-SENT", "NOTICE-OVER"]


def test_another_systems_letter_is_no_notice(case: Case) -> None:
    letter(case.town, "reminder", TOLD, level=2, deadline=TOLD)
    assert "NOTICE-SENT" in case.reasons()


def test_instalments_that_stay_have_their_reason(case: Case) -> None:
    case.told()
    order = Pay("repay", LOAN, kroner(950), date(2011, 10, 20), "R-1")
    pay(case.town.journal, order, WHO)
    judged = case.judged()
    assert [claim.instalment for claim in judged.claims] == [2]
    assert [(number, why.en) for number, why in judged.left] == [
        (1, "50,00 kr. is below the limit of 100,00 kr."),
        (3, "Came after the notice of hand-over, so the borrower was not told of it."),
    ]


def test_a_loan_of_which_nothing_may_go_stays(case: Case) -> None:
    case.told()
    policy(case.town, "handover-minimum", kroner(1001))
    judged = case.judged()
    assert [each.code for each in judged.reasons] == ["CLAIM-LARGE"]
    assert judged.amount == ZERO


def test_what_is_barred_stays(case: Case) -> None:
    case.told()
    late = date(2014, 9, 2)
    case.bank(late)
    folio = case.town.now(late)
    judged = candidate(folio, case.town.found(late), folio.loans[LOAN], late)
    reasons = dict(judged.left)
    assert reasons[1].en == "Barred since 1 September 2014."
    assert 2 not in reasons


@pytest.mark.parametrize(
    ("pay_by", "note", "barred"),
    [
        (date(2011, 9, 1), False, date(2014, 9, 1)),
        (date(2011, 9, 1), True, date(2021, 9, 1)),
        (date(2011, 6, 3), False, date(2014, 6, 3)),
        (date(2012, 6, 5), False, date(2015, 6, 8)),  # grundlovsdag, then a weekend
        (date(2012, 12, 24), False, date(2015, 12, 28)),
        (date(2009, 12, 31), False, date(2013, 1, 2)),
        (date(2012, 2, 29), False, date(2015, 3, 2)),  # no 29th: the 28th, a Saturday
        (date(2023, 5, 15), False, date(2026, 5, 15)),  # the day after Ascension is a weekday
    ],
)
def test_limitation_is_three_years_or_ten_and_ends_on_a_weekday(
    pay_by: date, note: bool, barred: date
) -> None:
    assert limitation(pay_by, note=note) == barred
    assert next_weekday(barred) == barred


def test_a_loan_is_handed_over_once_and_its_list_appears(case: Case) -> None:
    notice = case.told()
    done = case.hand_over()
    assert len(done.claims) == 2
    (batch,) = case.tray.shown
    assert batch == done.batch
    text = case.tray.shown[batch][LIST].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert tuple(rows[0]) == HEAD
    assert [row["nummer"] for row in rows] == ["L2011-0001-001", "L2011-0001-002"]
    assert {row["skyldner"] for row in rows} == {"6101900001"}
    hold = case.town.now(DAY).loans[LOAN].held[0]
    record = case.town.journal.ledger.by_id[hold.id][0]
    assert (hold.code, record.get("evidence")) == ("HANDED-OVER", notice)
    assert record.get("claims") == "1 1000.00, 2 1000.00"
    again = case.hand_over()
    assert (again.outcome.outcome, again.batch) == ("already", batch)
    assert len(case.tray.shown) == 1
    assert case.reasons() == ["NO-HOLD"]


def test_candidates_are_those_in_arrears_and_no_others(case: Case) -> None:
    case.town.grant(2)
    (found,) = candidates(case.town.journal, ALL_RULES, DAY, DAY)
    assert (found.loan, found.ready) == (LOAN, False)
    assert candidates(case.town.journal, ALL_RULES, date(2011, 8, 1), DAY) == ()
    known = candidates(case.town.journal, ALL_RULES, DAY, DAY, known_on=date(2011, 4, 1))
    assert known == ()


def test_a_dry_run_books_nothing(case: Case) -> None:
    case.told()
    done = case.hand_over(dry_run=True)
    assert done.outcome.text
    assert (case.tray.hidden, case.tray.shown) == ({}, {})
    assert case.judged().ready
    case.hand_over()
    assert case.hand_over(dry_run=True).outcome.outcome == "already"


def test_all_loans_go_or_none(case: Case) -> None:
    case.told()
    terms = Terms(first_due=date(2011, 9, 1), count=20)
    order = Approval("loan", "D0002", kroner(20000), DAY, decision="2011-0002", terms=terms)
    second = approve(case.town.journal, case.town.debtors, order, WHO).loan
    with pytest.raises(RefusedError, match="L2011-0002 cannot be handed over"):
        case.hand_over(LOAN, second)
    with pytest.raises(RefusedError, match="no loan L2011-0009"):
        case.hand_over(LOAN, "L2011-0009")
    assert (case.tray.hidden, case.tray.shown) == ({}, {})


def test_without_a_type_of_claim_or_a_number_nothing_goes(case: Case) -> None:
    case.told()
    policy(case.town, "claim-type", "")
    with pytest.raises(RefusedError, match="type of claim is missing"):
        case.hand_over()
    policy(case.town, "claim-type", "KTEKSEMPEL")
    real = case.town.debtors.recipient
    nobody = lambda number: replace(real(number), number="")  # noqa: E731
    case.town.debtors.recipient = nobody  # type: ignore[method-assign]
    with pytest.raises(RefusedError, match="cannot be identified"):
        case.hand_over()
    assert isinstance(real("D0001"), Recipient)


def test_a_book_that_changed_meanwhile_hands_nothing_over(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.told()
    real = case.tray.prepare

    def paid_meanwhile(batch: str, files: Any) -> None:
        real(batch, files)
        order = Pay("repay", LOAN, kroner(10), date(2011, 10, 20), "R-1")
        pay(case.town.journal, order, WHO)

    monkeypatch.setattr(case.tray, "prepare", paid_meanwhile)
    with pytest.raises(RefusedError, match="changed meanwhile"):
        case.hand_over()
    assert (case.tray.hidden, case.tray.shown) == ({}, {})
    assert case.judged().ready


def test_after_a_crash_the_list_appears_next_time(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.told()

    def crash(batch: str) -> None:
        raise NotCertainError("", "")

    with monkeypatch.context() as patch:
        patch.setattr(case.tray, "hand_over", crash)
        with pytest.raises(NotCertainError):
            case.hand_over()
    assert case.tray.shown == {}
    again = case.hand_over()
    assert again.outcome.outcome == "already"
    assert list(again.finished) == list(case.tray.shown) == [again.batch]


def test_what_is_repaid_after_the_hand_over_is_told(case: Case) -> None:
    case.told()
    pay(case.town.journal, Pay("repay", LOAN, kroner(5), date(2011, 10, 20), "R-1"), WHO)
    case.hand_over()
    assert repaid_since(case.town.journal, DAY) == []
    later = Who("reg", DAY + timedelta(days=3))
    pay(case.town.journal, Pay("repay", LOAN, kroner(500), later.today, "R-2"), later)
    assert repaid_since(case.town.journal, later.today) == [
        {"loan": LOAN, "day": later.today, "amount": kroner(500)}
    ]


def test_a_signed_note_gives_ten_years(case: Case) -> None:
    order = Approval(
        "loan",
        "D0003",
        kroner(5000),
        date(2011, 3, 1),
        decision="2011-0003",
        terms=Terms(first_due=date(2011, 9, 1), count=5),
        note=True,
    )
    loan = approve(case.town.journal, case.town.debtors, order, WHO).loan
    case.town.paid(loan, kroner(5000), "PAY-3")
    folio = case.town.now(DAY)
    judged = candidate(folio, case.town.found(DAY), folio.loans[loan], DAY)
    assert judged.claims[0].barred == date(2021, 9, 1)
    assert judged.claims[0].notice == date.max


def test_somebody_signs(case: Case) -> None:
    with pytest.raises(UsageError):
        case.hand_over(who=Who("", DAY))
