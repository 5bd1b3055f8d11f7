"""The reminder run: a proposal, exactly its letters, each with a certificate, none twice."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import LATE, add, letter, policy
from town import LOAN, SECOND, TODAY, WHO, Town, row

from mikroledger.domain.gate import Cleared
from mikroledger.domain.ledger import Draft, Ledger, Record, Value
from mikroledger.domain.letter import PayoutLetter, Voucher
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError, UsageError
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services import letters_, remind
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.history import history
from mikroledger.services.letters_ import Desk, Made, Ready
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.remind import Run, judge, propose, run

NIGHT = Who("nat", LATE)


@pytest.fixture
def office(journal: FakeJournal, debtors: FakeDebtors) -> Office:
    """Two late loans on the day of the run, both noticed in time."""
    town = Town(journal, debtors)
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-000{number}", ref=f"PAY-{number}")
        line = town.line(-20000, f"PAY-{number}")
        town.bank(line, until=date(2011, 9, 19) if number == 2 else None)
        letter(town, "payout", date(2011, 4, 18), loan=f"L2011-000{number}")
    early(town)
    return Office(town, FakePress(), FakeOutbox())


def early(town: Town) -> None:
    """Let everything have been booked before the run's day, as in life."""
    ledger = town.journal.ledger
    entries = tuple(
        replace(e, meta={**e.meta, "booked": date(2011, 4, 18)}) if "booked" in e.meta else e
        for e in ledger.entries
    )
    town.journal.ledger = replace(ledger, entries=entries)


def test_a_run_makes_the_letters_of_its_proposal_and_no_other(office: Office) -> None:
    proposal = judge(ALL_RULES, office.town.journal.read(), LATE, LATE)
    seen: list[tuple[int, int, str]] = []
    told = lambda done, of, loan: seen.append((done, of, loan))  # noqa: E731
    done = run(office.desk, ALL_RULES, LATE, proposal.hash, NIGHT, told)

    assert [c.loan for c in proposal.letters] == ["L2011-0001", "L2011-0002"]
    assert seen == [(0, 2, "L2011-0001"), (1, 2, "L2011-0002")]
    assert [m.file for m in done.made] == [
        "letters/2011/L2011-0001-reminder-1-2011-09-20.pdf",
        "letters/2011/L2011-0002-reminder-1-2011-09-20.pdf",
    ]
    assert done.head == office.town.journal.ledger.head
    again = run(office.desk, ALL_RULES, LATE, None, NIGHT)
    assert (again.made, again.head) == ((), "")


def test_a_proposal_binds_the_book(office: Office) -> None:
    proposal = judge(ALL_RULES, office.town.journal.read(), LATE, LATE)
    policy(office.town, "minimum-amount", kroner(99))
    with pytest.raises(BrokenBookError, match=proposal.hash):
        run(office.desk, ALL_RULES, LATE, proposal.hash, NIGHT)

    assert office.outbox.files == {}


def test_one_letter_that_cannot_be_made_does_not_stop_the_rest(office: Office) -> None:
    office.press.refused.add("L2011-0001")
    done = run(office.desk, ALL_RULES, LATE, None, NIGHT)

    assert [loan for loan, _ in done.failed] == ["L2011-0001"]
    assert [m.loan for m in done.made] == ["L2011-0002"]
    office.press.refused.clear()
    assert [m.loan for m in run(office.desk, ALL_RULES, LATE, None, NIGHT).made] == ["L2011-0001"]


def test_a_crash_between_file_and_record_makes_no_second_letter(office: Office) -> None:
    folio = office.town.now(LATE)
    cleared = judge(ALL_RULES, office.town.journal.read(), LATE, LATE).letters[0]
    letter = letters_.reminder(office.desk, folio, cleared).ready()
    (first,) = letters_.keep(office.desk, [letter], NIGHT)
    files = dict(office.outbox.files)
    (second,) = letters_.keep(office.desk, [letter], NIGHT)

    assert second.outcome.outcome == "already"
    assert second.outcome.id == first.outcome.id
    assert office.outbox.files == files


def test_the_certificate_says_on_what_the_letter_rests(office: Office) -> None:
    run(office.desk, ALL_RULES, LATE, None, NIGHT)
    name = "2011/L2011-0001-reminder-1-2011-09-20"
    certificate = json.loads(office.outbox.files[f"{name}.json"])
    pdf = hashlib.sha256(office.outbox.files[f"{name}.pdf"]).hexdigest()
    record = office.town.now().loans["L2011-0001"].letters[-1].record

    assert certificate["pdf"] == pdf == record.get("sha256")
    assert len(certificate["conditions"]) == 12
    assert all(c["met"] for c in certificate["conditions"])
    assert certificate["debtor"] == "D0001"
    assert record.meta["deadline"] == date(2011, 10, 4)


def test_the_initials_are_needed_for_a_run(office: Office) -> None:
    with pytest.raises(UsageError):
        run(office.desk, ALL_RULES, LATE, None, Who("", LATE))


def test_an_imported_payout_gets_its_letter_with_the_next_run(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.erp(row("loan", 20000))
    office = Office(town, FakePress(), FakeOutbox())
    proposal = judge(ALL_RULES, journal.read(), TODAY, TODAY)
    assert proposal.notices == ("L2011-0001",)
    done = run(office.desk, ALL_RULES, TODAY, None, WHO)

    assert [m.kind for m in done.made] == ["payout"]
    assert judge(ALL_RULES, journal.read(), TODAY, TODAY).notices == ()
    content = office.press.printed[0]
    assert isinstance(content, PayoutLetter)
    assert (content.amount, content.corrected) == (kroner(20000), False)


def test_a_plan_of_which_nothing_is_left_is_told_to_nobody_and_fails_no_night(
    office: Office,
) -> None:
    town = office.town
    town.grant(3)
    town.paid("L2011-0003", ref="PAY-3")
    loan = town.now().loans["L2011-0003"]
    last = max(part.pay_by for part in loan.plan)

    def owed(day: date) -> bool:
        folio = town.now(day)
        return "L2011-0003" in [x.number for x in letters_.owed_notices(folio, town.found(day))]

    assert [owed(day) for day in (last, last + timedelta(days=1))] == [True, False]
    after = last + timedelta(days=1)
    done = run(office.desk, ALL_RULES, after, None, Who("nat", after))
    assert (done.failed, "L2011-0003" in [m.loan for m in done.made]) == ((), False)
    (held,) = (each for each in done.proposal.held if each.loan == "L2011-0003")
    (why,) = (reason for reason in held.reasons if reason.code == "NOTICED")
    assert "agree on a new plan" in why.text.en


def test_a_misbooked_loan_gets_no_letter_and_a_corrected_one_is_told_again(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.erp(row("grant", 20000))
    office = Office(town, FakePress(), FakeOutbox())
    assert judge(ALL_RULES, journal.read(), TODAY, TODAY).notices == ()
    proposed = reclassify(journal, ALL_RULES, Choice(all=True), WHO)[0]
    countersign(journal, proposed.id, SECOND)
    assert run(office.desk, ALL_RULES, TODAY, None, WHO).made == ()
    tomorrow = TODAY + timedelta(days=1)
    done = run(office.desk, ALL_RULES, tomorrow, None, Who("nat", tomorrow))

    assert [m.kind for m in done.made] == ["payout"]
    content = office.press.printed[0]
    assert isinstance(content, PayoutLetter)
    assert content.corrected


def test_a_returned_payout_or_a_paid_loan_is_owed_no_letter(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    town.bank(town.line(20000, "PAY-1", returned=True))
    assert judge(ALL_RULES, journal.read(), TODAY, TODAY).notices == ()


def test_the_voucher_sheet_has_both_sides_and_the_municipal_numbers(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.erp(row("grant", 20000), row("refund", -10000, ref=""))
    proposed = reclassify(journal, ALL_RULES, Choice(all=True), WHO)[0]
    countersign(journal, proposed.id, SECOND)
    office = Office(town, FakePress(), FakeOutbox())
    folio = town.now()
    txn = folio.ledger.transactions[-1]
    assert letters_.print_voucher(office.desk, folio, txn) == (
        f"letters/2011/L2011-0001-voucher-{txn.id}.pdf"
    )
    sheet = office.press.printed[0]

    assert isinstance(sheet, Voucher)
    assert sum(line.amount for line in sheet.lines) == 0
    numbers = {line.account: line.number for line in sheet.lines}
    assert numbers[LOAN] == "9.32.25 / 065"
    assert (sheet.refund, sheet.refund_quarter) == (kroner(10000), "2011-Q2")
    assert (sheet.made_by, sheet.approved_by) == ("anl", "bok")
    assert "70010/2011" in sheet.original


def test_an_account_outside_the_chart_has_no_number(
    journal: FakeJournal,
    debtors: FakeDebtors,
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.repay(500, "R", over=True)
    txn = town.journal.read().transactions[-1]
    folio = replace(town.now(), ledger=replace(town.journal.read(), entries=(txn,)))
    sheet = letters_.voucher_sheet(folio, txn)

    assert {line.number for line in sheet.lines} == {""}


def test_letters_are_written_in_the_language_of_the_policy(office: Office) -> None:
    assert letters_.language(office.town.now().policy) == "da"
    policy(office.town, "letter-language", "en")
    assert letters_.language(office.town.now().policy) == "en"
    policy(office.town, "office-address", "Vej 1; 9999 By")

    assert letters_.sender(office.town.now().policy).address == ("Vej 1", "9999 By")


def test_the_history_tells_everything_that_happened_on_a_loan(office: Office) -> None:
    run(office.desk, ALL_RULES, LATE, None, NIGHT)
    kinds = [h["kind"] for h in history(office.town.now(), "L2011-0001")]

    assert kinds[0] == "decision"
    assert {"disburse", "bank", "letter"} <= set(kinds)
    assert "disburse" not in [
        h["kind"] for h in history(office.town.now(date(2011, 3, 2)), "L2011-0001")
    ]


# what a run tells, and how it goes on


def test_every_loan_of_a_run_is_explained(office: Office) -> None:
    town = office.town
    town.grant(3)
    town.grant(4)
    town.paid("L2011-0004", ref="PAY-4")
    early(town)
    defer(town.journal, Deferral("L2011-0002", LATE, None, "aftale"), NIGHT)
    proposal = propose(town.journal, ALL_RULES, LATE, LATE)

    told = {
        *(c.loan for c in proposal.letters),
        *(h.loan for h in proposal.held),
        *(n.loan for n in proposal.not_due),
    }
    assert told == set(town.now(LATE).loans)
    assert proposal.reasons == {
        "PAID-OUT": 1,
        "NOTICED": 1,
        "NO-HOLD": 1,
    }
    (quiet,) = proposal.not_due
    assert (quiet.loan, quiet.why.en) == (
        "L2011-0003",
        "The loan is not paid out, so nothing falls due.",
    )


def test_a_run_says_of_a_loan_when_it_will_owe(office: Office) -> None:
    for number, amount in ((1, 1000), (2, 20000)):
        order = Pay("repay", f"L2011-000{number}", kroner(amount), LATE, f"R-{number}")
        pay(office.town.journal, order, NIGHT)
    proposal = propose(office.town.journal, ALL_RULES, LATE, LATE)
    assert [(n.loan, n.why.en) for n in proposal.not_due] == [
        (
            "L2011-0001",
            "No instalment is past its last day. Instalment 2 is to be paid by 3 October 2011.",
        ),
        ("L2011-0002", "The loan is paid back."),
    ]
    assert (proposal.nothing_due, proposal.reasons) == (2, {})


def test_a_fault_of_the_program_on_one_loan_stops_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FakePress.reminder

    def breaks(press: FakePress, cleared: Cleared, *rest: Any) -> Any:
        if cleared.loan == "L2011-0001":
            raise ValueError("strange")
        return real(press, cleared, *rest)

    monkeypatch.setattr(FakePress, "reminder", breaks)
    done = run(office.desk, ALL_RULES, LATE, None, NIGHT)
    ((loan, error),) = done.failed
    assert (loan, [m.loan for m in done.made]) == ("L2011-0001", ["L2011-0002"])
    assert "ValueError: strange" in error.text.en
    assert done.head


@pytest.mark.parametrize("together", [1, remind.TOGETHER])
def test_a_full_disk_ends_a_run_and_the_next_one_makes_the_rest(
    together: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remind, "TOGETHER", together)
    real = office.outbox.put

    def put(files: Mapping[str, bytes]) -> tuple[str, ...]:
        if any("L2011-0002" in name for name in files):
            raise NotCertainError("fuld", "full")
        return real(files)

    with monkeypatch.context() as patch:
        patch.setattr(office.outbox, "put", put)
        done = run(office.desk, ALL_RULES, LATE, None, NIGHT)
    before = ["L2011-0001"] if together == 1 else []  # those with it wait with it
    assert ([m.loan for m in done.made], done.failed) == (before, ())
    assert isinstance(done.stopped, NotCertainError)
    assert bool(done.head) == bool(before)
    rest = run(office.desk, ALL_RULES, LATE, None, NIGHT).made
    assert [*before, *(m.loan for m in rest)] == ["L2011-0001", "L2011-0002"]


def test_letters_that_cannot_be_recorded_together_are_recorded_one_by_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = letters_.keep

    def keep(desk: Desk, letters: Sequence[Ready], who: Who) -> tuple[Made, ...]:
        if any(each.sheet.loan == "L2011-0002" for each in letters):
            raise ValueError("strange")
        return real(desk, letters, who)

    monkeypatch.setattr(letters_, "keep", keep)
    done = run(office.desk, ALL_RULES, LATE, None, NIGHT)
    assert [m.loan for m in done.made] == ["L2011-0001"]
    assert [loan for loan, _ in done.failed] == ["L2011-0002"]


def test_a_run_that_cannot_be_recorded_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = office.town.journal.write

    def write(make: Any, **more: Any) -> Any:
        def drafted(ledger: Ledger) -> Draft | None:
            draft: Draft | None = make(ledger)
            if draft and draft.verb == "run":
                raise NotCertainError("fuld", "full")
            return draft

        return real(drafted, **more)

    monkeypatch.setattr(office.town.journal, "write", write)
    done = run(office.desk, ALL_RULES, LATE, None, NIGHT)
    assert (len(done.made), done.head) == (2, "")
    assert isinstance(done.stopped, NotCertainError)


def meanwhile(office: Office, do: Callable[[], object]) -> Run:
    """Run, and let something happen, once, before the second letter."""
    waiting = [do]

    def progress(done: int, of: int, loan: str) -> None:
        if done == 1 and waiting:
            waiting.pop()()

    return run(office.desk, ALL_RULES, LATE, None, NIGHT, progress)


def test_a_loan_that_changed_since_the_proposal_is_told_and_gets_no_other_letter(
    office: Office,
) -> None:
    order = Pay("repay", "L2011-0002", kroner(10), LATE, "R-1")
    done = meanwhile(office, lambda: pay(office.town.journal, order, NIGHT))
    ((loan, error),) = done.failed
    assert (loan, [m.loan for m in done.made]) == ("L2011-0002", ["L2011-0001"])
    assert "has changed since" in error.text.en


@pytest.mark.parametrize("together", [1, remind.TOGETHER])
def test_a_letter_that_another_run_made_is_not_made_again(
    together: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remind, "TOGETHER", together)
    others: list[str] = []

    def other() -> None:
        others.extend(m.loan for m in run(office.desk, ALL_RULES, LATE, None, NIGHT).made)

    done = meanwhile(office, other)
    ours = ["L2011-0001"] if together == 1 else []
    assert ([m.loan for m in done.made], done.failed) == (ours, ())
    assert [*ours, *others] == ["L2011-0001", "L2011-0002"]


@pytest.mark.parametrize(("second", "kind"), [(False, "reminder"), (True, "payout")])
def test_another_run_may_be_faster_before_a_letter_is_judged_again(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    *,
    second: bool,
) -> None:
    """The first of two letters is in print when another run makes both."""
    monkeypatch.setattr(remind, "TOGETHER", 1)
    day, who = LATE, NIGHT
    if second:
        town = Town(FakeJournal(), FakeDebtors())
        for number in (1, 2):
            town.grant(number)
            town.erp(row("loan", 20000, f"7001{number}", decision=f"2011-000{number}", ref=""))
        office, day, who = Office(town, FakePress(), FakeOutbox()), TODAY, WHO
    others: list[str] = []

    def told(done: int, of: int, loan: str) -> None:
        if not (done or others):
            made = run(office.desk, ALL_RULES, day, None, who).made
            others.extend(each.kind for each in made)

    done = run(office.desk, ALL_RULES, day, None, who, told)
    assert others == [kind, kind]
    assert (done.made, done.failed) == ((), ())


def test_what_is_booked_while_a_letter_is_printed_keeps_the_letter_back(office: Office) -> None:
    folio = office.town.now(LATE)
    (cleared, *_) = judge(ALL_RULES, office.town.journal.read(), LATE, LATE).letters
    letter = letters_.reminder(office.desk, folio, cleared).ready()
    pay(office.town.journal, Pay("repay", cleared.loan, kroner(10), LATE, "R-1"), NIGHT)
    files = dict(office.outbox.files)
    with pytest.raises(RefusedError, match="while the letter was made"):
        letters_.keep(office.desk, [letter], NIGHT)
    assert office.outbox.files == files


def test_a_notice_that_another_run_made_is_not_made_again(
    journal: FakeJournal, debtors: FakeDebtors
) -> None:
    town = Town(journal, debtors)
    town.grant()
    town.erp(row("loan", 20000))
    office = Office(town, FakePress(), FakeOutbox())
    folio = town.now(TODAY)

    def told(done: int, of: int, loan: str) -> None:
        letters_.notify(office.desk, folio, folio.loans[loan], WHO)

    done = run(office.desk, ALL_RULES, TODAY, None, WHO, told)
    assert (done.made, done.failed) == ((), ())


def test_missed_nights_are_caught_up_in_one_run_and_no_level_is_skipped(office: Office) -> None:
    """Nobody ran for weeks: the first level goes now, the second after its own deadline."""
    night = date(2011, 11, 15)
    bank(office.town, night)
    first = run(office.desk, ALL_RULES, night, None, Who("nat", night))
    assert [(m.loan, m.level) for m in first.made] == [("L2011-0001", 1), ("L2011-0002", 1)]
    assert [str(s.part.due) for s in cleared(office)[0].instalments] == [
        "2011-09-01",
        "2011-10-01",
        "2011-11-01",
    ]
    levels = []
    for days in range(1, 60):
        night = date(2011, 11, 15) + timedelta(days=days)
        bank(office.town, night)
        made = run(office.desk, ALL_RULES, night, None, Who("nat", night)).made
        levels += [(str(night), m.loan, m.level) for m in made]
    assert levels == [("2011-12-06", "L2011-0001", 2), ("2011-12-06", "L2011-0002", 2)]


def cleared(office: Office) -> list[Cleared]:
    return [each for each in office.press.printed if isinstance(each, Cleared)]


def bank(town: Town, night: date) -> None:
    meta: dict[str, Value] = {"until": night, "booked": night}
    add(town, Record(night, "import", ("bank-csv",), meta=meta))


def test_a_fee_is_kept_with_the_letter_that_charges_it(office: Office) -> None:
    policy(office.town, "reminder-fee", kroner(100))
    run(office.desk, ALL_RULES, LATE, None, NIGHT)
    letter_ = office.town.now(LATE).loans["L2011-0001"].letters[-1]
    assert (letter_.fee, letter_.first_due) == (kroner(100), date(2011, 9, 1))
