"""Accepting a finding: a reason, as many persons as it takes, and no more than what was seen."""

from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeDebtors, FakeJournal
from town import SECOND, TODAY, WHO, Town, row

from mikroledger.domain.finding import Findings
from mikroledger.domain.ledger import Draft, Record, Value
from mikroledger.domain.parts import belongs_to_nobody
from mikroledger.errors import MikroledgerError, RefusedError, UsageError
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.accept import Accepting, accept, withdraw
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign, decline
from mikroledger.services.order import Outcome, Who

WHY = "se sag 2011-17"


@pytest.fixture
def town() -> Town:
    """A loan of 60.000,00 kr., which is more than loans are (ML204)."""
    town = Town(FakeJournal(), FakeDebtors())
    town.grant(amount=kroner(60000))
    return town


def accepted(town: Town, finding: str, reason: str = WHY, who: Who = WHO) -> Outcome:
    return accept(town.journal, ALL_RULES, Accepting(finding, reason), who)


def withdrawn(town: Town, finding: str, reason: str = "en anden sag") -> Outcome:
    return withdraw(town.journal, Accepting(finding, reason), WHO)


def only(found: Findings, code: str) -> str:
    return next(f.id for f in found.open if f.code == code)


def write(town: Town, name: str, *values: Value, **meta: Value) -> None:
    """Book a record that no command writes."""
    kept = {key.replace("_", "-"): value for key, value in meta.items()}
    record = Record(TODAY, name, values, meta=kept)
    town.journal.write(lambda _: Draft("test", (record,), TODAY, "anl"))


def misbooked(town: Town) -> str:
    """Let the ERP show the payout as a grant, and return the finding."""
    town.erp(row("grant", 60000))
    return only(town.found(), "ML101")


# a warning


def test_a_warning_is_accepted_by_one_person_and_counted(town: Town) -> None:
    finding = only(town.found(), "ML204")
    done = accepted(town, finding)
    record = town.journal.read().records("accept")[0]

    assert (done.outcome, done.amount, done.loan) == ("booked", kroner(60000), "L2011-0001")
    assert record.values == (finding,)
    assert record.get("ml-ignore") == f"ML204 {WHY}"
    assert (record.get("loan"), record.get("debtor")) == ("L2011-0001", "D0001")
    assert record.get("accepts") == finding.removeprefix("ML204-")
    assert "evidence" not in record.meta
    assert town.found().open == ()
    assert [f.id for f in town.found().ignored] == [finding]


def test_the_same_order_again_changes_nothing(town: Town) -> None:
    finding = only(town.found(), "ML204")
    first = accepted(town, finding)
    again = accepted(town, finding)

    assert (again.id, again.outcome) == (first.id, "already")
    assert len(town.journal.read().records("accept")) == 1


def test_a_finding_on_nobodys_line_is_tied_by_the_line(town: Town) -> None:
    town.bank(town.line(500))
    accepted(town, only(town.found(), "ML303"))
    record = town.journal.read().records("accept")[0]

    assert record.get("evidence") == record.get("accepts")
    assert "ML303" in {f.code for f in town.found().ignored}


def test_a_finding_on_what_is_common_to_all_is_common_too(town: Town) -> None:
    write(town, "note", "ring til 610190-0000")
    proposed = accepted(town, only(town.found(), "ML502"))
    countersign(town.journal, proposed.id, SECOND)

    assert belongs_to_nobody(town.journal.read().records("accept")[0])
    assert "ML502" in {f.code for f in town.found().ignored}


def test_one_that_is_common_to_all_is_declined_as_such(town: Town) -> None:
    write(town, "note", "ring til 610190-0000")
    finding = only(town.found(), "ML502")
    proposed = accepted(town, finding)
    declined = decline(town.journal, proposed.id, "nej", SECOND)

    assert belongs_to_nobody(town.journal.read().records("declined")[0])
    assert decline(town.journal, proposed.id, "nej", SECOND).id == declined.id
    assert {f.id: f.waiting for f in town.found().open}[finding] == ""


def test_a_dry_run_books_nothing(town: Town) -> None:
    order = Accepting(only(town.found(), "ML204"), WHY)
    done = accept(town.journal, ALL_RULES, order, WHO, dry_run=True)

    assert done.outcome == "booked"
    assert not town.journal.read().records("accept")


# an error


def test_an_error_waits_for_the_second_person(town: Town) -> None:
    finding = misbooked(town)
    proposed = accepted(town, finding)
    open_ = {f.id: f.waiting for f in town.found().open}

    assert proposed.outcome == "proposed"
    assert open_[finding] == proposed.id
    assert accepted(town, finding).outcome == "already"
    with pytest.raises(RefusedError, match="Another person"):
        countersign(town.journal, proposed.id, replace(WHO, by="A.N.L"))
    signed = countersign(town.journal, proposed.id, SECOND)
    assert (signed.id, signed.outcome) == (proposed.id, "booked")
    assert finding in {f.id for f in town.found().ignored}
    assert countersign(town.journal, proposed.id, SECOND).outcome == "already"


def test_a_declined_acceptance_hides_nothing(town: Town) -> None:
    finding = misbooked(town)
    proposed = accepted(town, finding)
    declined = decline(town.journal, proposed.id, "nej", SECOND)

    assert (declined.outcome, declined.amount) == ("booked", kroner(60000))
    assert {f.id: f.waiting for f in town.found().open}[finding] == ""
    assert accepted(town, finding).outcome == "proposed"


def test_an_acceptance_without_an_amount_is_declined_too(town: Town) -> None:
    write(town, "hold", "DISPUTE", loan="L2011-0099", reason="indsigelse")
    proposed = accepted(town, only(town.found(), "ML506"))

    assert decline(town.journal, proposed.id, "nej", SECOND).amount == kroner(0)


def test_policy_may_ask_for_one_person_only(town: Town) -> None:
    write(town, "countersign", "off")
    finding = misbooked(town)

    assert accepted(town, finding).outcome == "booked"
    assert finding in {f.id for f in town.found().ignored}


def test_while_its_correction_waits_it_cannot_be_accepted(town: Town) -> None:
    finding = misbooked(town)
    proposed = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)[0]
    with pytest.raises(RefusedError, match="decline the correction first"):
        accepted(town, finding)
    decline(town.journal, proposed.id, "den er rigtig", SECOND)
    assert accepted(town, finding).outcome == "proposed"


def test_what_else_waits_is_no_matter(town: Town) -> None:
    town.disburse(amount=kroner(60000))
    finding = only(town.found(), "ML204")

    assert accepted(town, finding).outcome == "booked"


def test_of_two_proposals_the_correction_is_the_one_that_is_told(town: Town) -> None:
    finding = misbooked(town)
    accepted(town, finding)
    proposed = reclassify(town.journal, ALL_RULES, Choice((finding,)), WHO)[0]

    assert {f.id: f.waiting for f in town.found().open}[finding] == proposed.id


# what is refused


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_it_takes_a_reason(town: Town, reason: str) -> None:
    finding = only(town.found(), "ML204")
    with pytest.raises(UsageError, match="Say why"):
        accepted(town, finding, reason)
    with pytest.raises(UsageError, match="Say why"):
        withdrawn(town, finding, reason)


def test_the_reason_names_no_person(town: Town) -> None:
    with pytest.raises(RefusedError, match="looks like a CPR number"):
        accepted(town, only(town.found(), "ML204"), "aftalt med 610190-0000")


def test_a_reason_of_several_lines_is_one_line_in_the_book(town: Town) -> None:
    accepted(town, only(town.found(), "ML204"), "udvalget\n  har   besluttet det")
    record = town.journal.read().records("accept")[0]

    assert record.get("ml-ignore") == "ML204 udvalget har besluttet det"


@pytest.mark.parametrize("finding", ["ML101-000001", "ML204", "", "000001-1", "ML204-9-9-9.2"])
def test_what_is_not_open_cannot_be_accepted(town: Town, finding: str) -> None:
    with pytest.raises(RefusedError, match="no open finding"):
        accepted(town, finding)


def test_what_the_gate_rests_on_cannot_be_accepted(town: Town) -> None:
    town.erp(row("loan", -77, ref="", decision=""))
    with pytest.raises(RefusedError, match=r"cannot be accepted.*--explain ML209"):
        accepted(town, only(town.found(), "ML209"))


def test_initials_are_needed(town: Town) -> None:
    with pytest.raises(MikroledgerError, match="Who books this"):
        accepted(town, only(town.found(), "ML204"), who=Who("", TODAY))


# no more than what was seen


def test_another_amount_is_another_finding(town: Town) -> None:
    town.paid(amount=kroner(60000))
    town.repay(60500, "REP-1", over=True)
    finding = only(town.found(), "ML301")
    countersign(town.journal, accepted(town, finding).id, SECOND)
    assert finding in {f.id for f in town.found().ignored}
    town.erp(row("loan", -300, "70011", ref="REP-1", day="2011-10-03"))
    town.erp(row("loan", -60200, "70012", ref="REP-1", day="2011-10-04"))
    write(town, "accept", finding, ml_ignore="ML301 x", amount=kroner(1), loan="L2011-0001")

    assert [f.code for f in town.found().open] == ["ML204", "ML002"]


def test_it_is_known_then_only_from_its_day_of_booking_on(town: Town) -> None:
    finding = only(town.found(), "ML204")
    accepted(town, finding)
    before = town.journal.read().known_on(date(2011, 12, 30))

    assert not before.records("accept")


# withdrawing


def test_a_withdrawn_acceptance_is_over(town: Town) -> None:
    finding = only(town.found(), "ML204")
    accepted(town, finding)
    done = withdrawn(town, finding)
    record = town.journal.read().records("withdrawn")[0]

    assert done.outcome == "booked"
    assert (record.get("loan"), record.get("reason")) == ("L2011-0001", "en anden sag")
    assert [f.id for f in town.found().open] == [finding]
    assert withdrawn(town, finding).outcome == "already"
    assert accepted(town, finding).outcome == "booked"
    assert [f.id for f in town.found().ignored] == [finding]


def test_what_is_not_accepted_cannot_be_withdrawn(town: Town) -> None:
    with pytest.raises(RefusedError, match="is not accepted"):
        withdrawn(town, only(town.found(), "ML204"))


def test_each_is_withdrawn_by_itself(town: Town) -> None:
    town.grant(2, kroner(70000))
    first, second = (f.id for f in town.found().open)
    for finding in (first, second):
        accepted(town, finding)
        withdrawn(town, finding)

    assert withdrawn(town, first).id != withdrawn(town, second).id
    assert withdrawn(town, first).outcome == "already"


def test_a_malformed_one_is_withdrawn_by_the_finding_on_it(town: Town) -> None:
    write(town, "accept", "ML204-000001-1")
    told = only(town.found(), "ML001")

    assert withdrawn(town, told).outcome == "booked"
    assert withdrawn(town, told).outcome == "already"
    assert "ML001" not in {f.code for f in town.found().open}


def test_a_line_in_the_policy_is_deleted_there(town: Town) -> None:
    record = Record(TODAY, "accept", ("ML204-000001-1",), meta={"ml-ignore": "ML204 x"})
    town.journal.ledger = replace(
        town.journal.ledger, entries=(*town.journal.ledger.entries, record)
    )
    with pytest.raises(RefusedError, match="written by hand"):
        withdrawn(town, "ML204-000001-1")
