"""Apologies: each reminder that today's gate would hold, ours or another system's, once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fakes import FakeDebtors, FakeJournal
from office import FakeOutbox, FakePress, Office
from test_domain_gate import LATE, PAID, letter, policy
from town import LOAN, SECOND, Town, row

from mikroledger.domain.letter import ApologyLetter
from mikroledger.domain.portfolio import Letter
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError, UsageError
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services import apologise as service
from mikroledger.services.apologise import SentLetter, apologise, describe, find, record_sent
from mikroledger.services.countersign import countersign
from mikroledger.services.order import Who
from mikroledger.services.remind import explain
from mikroledger.services.reverse import reverse

TODAY = date(2011, 12, 31)
WHO = Who("reg", TODAY)
ON_THE_DAY = SentLetter(2, "L2011-0001", PAID, 1, date(2011, 5, 2), kroner(20000), kroner(250))
DUE = SentLetter(3, "L2011-0001", date(2011, 9, 12), 1, reference="R-77")


@pytest.fixture
def office(journal: FakeJournal, debtors: FakeDebtors) -> Office:
    """A loan paid out on 18 April and noticed; the first instalment is due on 1 September."""
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(town, "payout", PAID)
    return Office(town, FakePress(), FakeOutbox())


def wrong(office: Office) -> list[str]:
    return [w.id for w in find(office.town.journal, ALL_RULES, TODAY)]


def letters(office: Office) -> tuple[Letter, ...]:
    return office.town.now(TODAY).loans["L2011-0001"].letters


def test_a_letter_of_another_system_on_the_payout_day_is_apologised_for_once(
    office: Office,
) -> None:
    journal = office.town.journal
    outcome = record_sent(journal, [ON_THE_DAY, DUE], WHO)
    assert outcome is not None
    first, second = outcome.entries
    (found,) = find(journal, ALL_RULES, TODAY)
    assert found.id == first.id
    codes = {c.code for c in found.why}
    assert {"PAST-PAY-BY", "NOT-SAME-DAY", "ARREARS-MATTER"} <= codes
    assert "BANK-FRESH" not in codes
    assert describe(found)[1] == "reminder 1 on L2011-0001 of 18 April 2011"

    done = apologise(office.desk, ALL_RULES, [first.id], WHO)
    assert [m.file for m in done.made] == [
        f"letters/2011/L2011-0001-apology-{first.id.replace('-', '.')}-2011-12-31.pdf"
    ]
    assert (done.failed, done.stopped) == ((), None)
    content = office.press.printed[-1]
    assert isinstance(content, ApologyLetter)
    assert (content.sent_on, content.fee) == (PAID, kroner(250))
    assert content.next is not None
    assert content.next.part.pay_by >= TODAY
    assert content.late == kroner(4000)
    assert set(content.reasons) == codes
    record = letters(office)[-1].record
    assert (record.get("corrects"), record.meta["cancels-fee"]) == (first.id, kroner(250))
    assert [n.cancelled for n in letters(office)] == [False, True, False, False]
    assert wrong(office) == []
    assert apologise(office.desk, ALL_RULES, [first.id], WHO).made == ()
    refused = apologise(office.desk, ALL_RULES, [second.id], WHO).failed
    assert [number for number, _ in refused] == [second.id]


def test_the_certificate_of_an_apology_says_what_was_wrong(office: Office) -> None:
    record_sent(office.town.journal, [ON_THE_DAY], WHO)
    made = apologise(office.desk, ALL_RULES, wrong(office), WHO).made[0]
    said = office.outbox.files[made.file.removeprefix("letters/").replace(".pdf", ".json")]
    assert {c["met"] for c in json.loads(said)["conditions"]} == {False}


def test_a_cancelled_letter_is_no_step_and_its_deadline_is_none(office: Office) -> None:
    far = replace(ON_THE_DAY, deadline=date(2012, 6, 1))
    record_sent(office.town.journal, [far], WHO)
    policy(office.town, "bank-fresh-banking-days", 200)
    ledger = office.town.journal.read()
    later, today = date(2012, 1, 20), date(2012, 1, 20)
    before = explain(ALL_RULES, ledger, "L2011-0001", later, today)
    assert [c.code for c in before.conditions if not c.met] == ["INTERVAL"]
    apologise(office.desk, ALL_RULES, wrong(office), WHO)
    after = explain(ALL_RULES, office.town.journal.read(), "L2011-0001", later, today)
    assert all(c.met for c in after.conditions)


def repaid(office: Office, on: date) -> None:
    line = replace(office.town.line(1000, "R"), value=on)
    office.town.bank(replace(line, parts=(replace(line.parts[0], text="L2011-0001"),)))


def test_our_own_letter_is_apologised_for_when_the_money_was_there(office: Office) -> None:
    letter(office.town, "reminder", LATE, level=1, file="letters/x.pdf")
    assert wrong(office) == []
    repaid(office, date(2011, 9, 1))
    (found,) = find(office.town.journal, ALL_RULES, TODAY)
    assert "PAST-PAY-BY" in {c.code for c in found.why}


def test_money_that_crossed_the_letter_makes_it_no_mistake(office: Office) -> None:
    letter(office.town, "reminder", LATE, level=1, file="letters/x.pdf")
    repaid(office, date(2011, 9, 15))
    assert wrong(office) == []


def test_a_letter_is_judged_as_the_books_stood_then(office: Office) -> None:
    """A loan that is booked as a grant later, or corrected later, changes no letter's day."""
    town = office.town
    letter(town, "reminder", LATE, level=1, file="letters/x.pdf")
    town.erp(row("grant", 20000, day="2011-10-03"))
    town.fix()
    fix = town.journal.read().transactions[-1].id
    countersign(town.journal, reverse(town.journal, fix, "fejl", WHO).id, SECOND)
    assert wrong(office) == []


def test_a_loan_that_was_corrected_since_stood_wrong_then(office: Office) -> None:
    office.town.erp(row("grant", 20000))
    office.town.fix()
    record_sent(office.town.journal, [DUE], WHO)
    (found,) = find(office.town.journal, ALL_RULES, TODAY)
    assert [c.code for c in found.why] == ["BOOKED-RIGHT"]


def test_a_skipped_level_is_a_mistake(office: Office) -> None:
    record_sent(office.town.journal, [replace(DUE, level=2)], WHO)
    (found,) = find(office.town.journal, ALL_RULES, TODAY)
    assert [(c.code, c.met) for c in found.why] == [("LEVEL", False)]


def test_two_letters_are_judged_in_the_order_of_their_days(office: Office) -> None:
    soon = replace(DUE, on=date(2011, 9, 14), level=2, reference="R-78")
    record_sent(office.town.journal, [soon, DUE], WHO)
    (found,) = find(office.town.journal, ALL_RULES, TODAY)
    assert found.letter.on == soon.on
    assert [c.code for c in found.why] == ["INTERVAL"]


def test_a_letter_to_a_loan_booked_as_a_grant_is_a_mistake(office: Office) -> None:
    office.town.erp(row("grant", 20000))
    record_sent(office.town.journal, [DUE], WHO)
    (found,) = find(office.town.journal, ALL_RULES, TODAY)
    assert [c.code for c in found.why] == ["BOOKED-RIGHT"]
    assert office.town.on(LOAN) == ZERO


def test_a_repaid_loan_has_no_next_instalment_in_its_apology(office: Office) -> None:
    record_sent(office.town.journal, [ON_THE_DAY], WHO)
    office.town.repay(20000, "ALT")
    apologise(office.desk, ALL_RULES, wrong(office), WHO)
    content = office.press.printed[-1]
    assert isinstance(content, ApologyLetter)
    assert content.next is None


def test_a_list_given_again_records_nothing_new(office: Office) -> None:
    journal = office.town.journal
    assert record_sent(journal, [ON_THE_DAY, DUE, DUE], WHO) is not None
    count = journal.commits
    assert record_sent(journal, [DUE, ON_THE_DAY], WHO) is None
    assert journal.commits == count
    more = record_sent(journal, [DUE, replace(DUE, line=9, reference="R-79")], WHO)
    assert more is not None
    assert len(more.entries) == 1
    dry = record_sent(journal, [replace(DUE, reference="R-80")], WHO, dry_run=True)
    assert dry is not None
    extra = dry.entries
    assert journal.commits == count + 1
    assert {w.id for w in find(journal, ALL_RULES, TODAY, extra)} >= {extra[0].id}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([replace(DUE, loan="L2011-0009")], "Line 3: There is no loan"),
        ([replace(DUE, on=date(2012, 1, 1))], "Line 3: .* has not come yet"),
        ([DUE, replace(DUE, line=8, level=2)], "Line 8: The letter R-77 stands twice"),
    ],
)
def test_a_list_is_taken_whole_or_not_at_all(
    office: Office, rows: list[SentLetter], said: str
) -> None:
    count = office.town.journal.commits
    with pytest.raises(RefusedError, match=said):
        record_sent(office.town.journal, [ON_THE_DAY, *rows], WHO)
    assert office.town.journal.commits == count


def test_a_letter_with_other_content_under_its_reference_is_refused(office: Office) -> None:
    record_sent(office.town.journal, [DUE], WHO)
    with pytest.raises(RefusedError, match="Line 3: The key R-77 was used"):
        record_sent(office.town.journal, [replace(DUE, on=date(2011, 9, 13))], WHO)


def test_one_apology_that_cannot_be_made_does_not_stop_the_rest(office: Office) -> None:
    office.town.grant(2)
    office.town.paid("L2011-0002", ref="PAY-2")
    record_sent(office.town.journal, [ON_THE_DAY, replace(ON_THE_DAY, loan="L2011-0002")], WHO)
    ids = wrong(office)
    office.press.refused.add("L2011-0001")
    done = apologise(office.desk, ALL_RULES, ids, WHO)
    assert ([m.loan for m in done.made], len(done.failed)) == (["L2011-0002"], 1)
    office.press.refused.clear()
    assert [m.loan for m in apologise(office.desk, ALL_RULES, ids, WHO).made] == ["L2011-0001"]


def test_a_full_disk_ends_the_apologies(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    record_sent(office.town.journal, [ON_THE_DAY], WHO)

    def full(files: Mapping[str, bytes]) -> tuple[str, ...]:
        raise NotCertainError("fuld", "full")

    monkeypatch.setattr(office.outbox, "put", full)
    done = apologise(office.desk, ALL_RULES, wrong(office), WHO)
    assert isinstance(done.stopped, NotCertainError)
    assert not isinstance(done.stopped, BrokenBookError)


def test_somebody_signs(office: Office) -> None:
    with pytest.raises(UsageError):
        record_sent(office.town.journal, [DUE], Who("", TODAY))
    with pytest.raises(UsageError):
        apologise(office.desk, ALL_RULES, ["1"], Who("", TODAY))
    assert service.SentLetter(2, "L2011-0001", PAID).key == "sent:L2011-0001/0/2011-04-18"
    assert Decimal(0) == SentLetter(2, "L2011-0001", PAID).fee
