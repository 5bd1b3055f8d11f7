"""What each letter would say of a loan on a day: for looking at, never for sending."""

from datetime import date
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import add, letter
from town import Town, row

from mikroledger.domain import letter as kinds
from mikroledger.domain.ledger import Record, Value
from mikroledger.domain.letter import Content, ReminderLetter
from mikroledger.errors import RefusedError
from mikroledger.letters import samples, sheets
from mikroledger.letters.catalogue import LETTERS
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.drafts import DRAFTS, draft, write
from mikroledger.services.order import Who

LOAN = "L2011-0001"
DAY = date(2011, 10, 10)  # two instalments were to be paid by then
REPAID = date(2011, 12, 31)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    """One loan, paid out on 15 April, in 20 instalments from 1 September."""
    town = Town(journal, debtors)
    town.grant()
    return town


def on(town: Town, name: str, day: date = DAY) -> Content | ReminderLetter:
    """Return a letter's draft, and see that its sheet can be made."""
    made = draft(town.now(day), LOAN, name)
    to = None if isinstance(made, kinds.Voucher) else samples.TO
    for language in ("da", "en"):
        sheet = sheets.of(made, to, samples.FULL, "da" if language == "da" else "en")
        assert sheet.template == name
    return made


def test_there_is_a_draft_of_every_letter(town: Town) -> None:
    assert set(DRAFTS) == set(LETTERS)
    with pytest.raises(RefusedError, match="No letter is named 'nix'"):
        draft(town.now(), LOAN, "nix")


NOT_YET = {
    "payout": "is not paid out",
    "correction": "has no correction",
    "waiting": "waits for no promised payout",
    "first-due": "has no instalment to come",
    "reminder-1": "has no arrears",
    "reminder-2": "has no arrears",
    "deferral": "has no deferral",
    "deferral-ended": "has no deferral",
    "new-plan": "has no new plan",
    "repaid": "is not repaid",
    "statement": "is not paid out",
    "apology": "has got no reminder",
    "voucher": "has no correction",
}


@pytest.mark.parametrize("name", NOT_YET)
def test_a_letter_without_a_cause_is_refused(town: Town, name: str) -> None:
    with pytest.raises(RefusedError, match=f"{LOAN} {NOT_YET[name]}. Choose another loan") as no:
        draft(town.now(), LOAN, name)
    assert no.value.exit_code == 4


def test_a_payout_that_is_promised_and_waits(town: Town) -> None:
    (entry,) = town.journal.ledger.records("decision")
    assert isinstance(entry, Record)
    add(
        town,
        Record(
            entry.day,
            "decision",
            ("loan", "L2011-0002", kroner(20000)),
            meta={
                **entry.meta,
                "id": "000009",
                "loan": "L2011-0002",
                "promised": date(2011, 4, 1),
                "key": "another",
            },
        ),
    )
    made = draft(town.now(date(2011, 3, 31)), "L2011-0002", "waiting")
    assert isinstance(made, kinds.WaitingLetter)
    assert (made.promised, made.expected) == (date(2011, 4, 1), None)
    assert made.amount == kroner(20000)


def test_letters_on_a_plan(town: Town) -> None:
    town.paid()
    payout = on(town, "payout")
    assert isinstance(payout, kinds.PayoutLetter)
    assert (payout.paid_on, payout.amount) == (date(2011, 4, 15), kroner(20000))
    assert not payout.corrected
    first = on(town, "first-due", date(2011, 8, 1))
    assert isinstance(first, kinds.FirstDueLetter)
    assert first.next.part.number == 1
    later = on(town, "first-due")
    assert isinstance(later, kinds.FirstDueLetter)
    assert later.next.part.number == 3


@pytest.mark.parametrize("level", [1, 2])
def test_a_reminder_says_what_is_late(town: Town, level: int) -> None:
    town.paid()
    town.repay(500, "R-1")
    made = on(town, f"reminder-{level}")
    assert isinstance(made, ReminderLetter)
    assert made.level == level
    assert made.arrears == kroner(1500)
    assert made.deadline == date(2011, 10, 24)
    assert [each.part.number for each in made.instalments] == [1, 2]


@pytest.mark.parametrize("until", [date(2012, 3, 31), None])
def test_letters_on_a_deferral(town: Town, until: date | None) -> None:
    town.paid()
    meta: dict[str, Value] = {"loan": LOAN, "reason": "aftale", "by": "anl"}
    if until:
        meta["until"] = until
    add(town, Record(date(2011, 10, 1), "hold", ("DEATH",), meta={**meta, "id": "h1"}))
    add(town, Record(date(2011, 10, 1), "hold", ("DEFERRAL",), meta={**meta, "id": "h2"}))
    granted = on(town, "deferral")
    assert isinstance(granted, kinds.DeferralLetter)
    assert (granted.start, granted.until) == (date(2011, 10, 1), until)
    ended = on(town, "deferral-ended")
    assert isinstance(ended, kinds.DeferralEndedLetter)
    assert ended.ended == (until or DAY)


def test_letters_on_a_loan_that_is_paid_back_and_more(town: Town) -> None:
    town.paid()
    town.repay(19000, "R-1")
    town.repay(1500, "R-2", over=True)
    receipt = on(town, "repaid", REPAID)
    assert isinstance(receipt, kinds.RepaidLetter)
    assert (receipt.amount, receipt.overpaid) == (kroner(20000), kroner(500))
    assert receipt.paid_on == date(2011, 10, 3)
    statement = on(town, "statement", REPAID)
    assert isinstance(statement, kinds.StatementLetter)
    assert [(line.kind, line.amount) for line in statement.lines] == [
        ("payout", kroner(20000)),
        ("repayment", kroner(-19000)),
        ("repayment", kroner(-1000)),
    ]
    assert (statement.outstanding, statement.next) == (kroner(0), None)


def test_a_statement_names_the_next_instalment_and_asks_for_none_that_is_late(town: Town) -> None:
    town.paid()
    made = on(town, "statement")
    assert isinstance(made, kinds.StatementLetter)
    assert made.next is not None
    assert made.next.part.number == 3


@pytest.mark.parametrize("fee", [None, Decimal("100.00")])
def test_an_apology_for_the_last_reminder(town: Town, fee: Decimal | None) -> None:
    town.paid()
    letter(town, "payout", date(2011, 4, 18))
    letter(town, "reminder", date(2011, 9, 20), **({"fee": fee} if fee else {}))
    made = on(town, "apology")
    assert isinstance(made, kinds.ApologyLetter)
    assert (made.sent_on, made.fee) == (date(2011, 9, 20), fee or kroner(0))
    assert made.reasons == ()
    assert made.late == kroner(2000)


def test_letters_on_a_correction(town: Town) -> None:
    town.paid()
    town.erp(row("grant", 20000))
    town.fix()
    made = on(town, "correction", REPAID)
    assert isinstance(made, kinds.PayoutLetter)
    assert made.corrected
    voucher = on(town, "voucher", REPAID)
    assert isinstance(voucher, kinds.Voucher)
    letter(town, "reminder", date(2011, 9, 20))
    apology = on(town, "apology", REPAID)
    assert isinstance(apology, kinds.ApologyLetter)
    assert apology.reasons == ("BOOKED-RIGHT",)


def test_nothing_is_written_on_a_loan_that_is_booked_as_a_grant(town: Town) -> None:
    office = Office(town, FakePress(), FakeOutbox())
    town.erp(row("grant", 20000))
    with pytest.raises(RefusedError, match=r"No letter for L2011-0001 yet\. Open errors") as no:
        write(office.desk, ALL_RULES, LOAN, "statement", Who("anl", DAY))
    assert no.value.exit_code == 4
    assert office.outbox.files == {}
