"""The reminder run: a proposal, exactly its letters, each with a certificate, none twice."""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import LATE, letter, policy
from town import LOAN, SECOND, TODAY, WHO, Town, row

from mikroledger.domain.letter import PayoutLetter, Voucher
from mikroledger.errors import BrokenBookError, UsageError
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services import letters_
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.history import history
from mikroledger.services.order import Who
from mikroledger.services.remind import judge, run

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
    first = letters_.remind(office.desk, folio, cleared, NIGHT)
    files = dict(office.outbox.files)
    second = letters_.remind(office.desk, folio, cleared, NIGHT)

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
