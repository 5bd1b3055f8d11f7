"""Why a letter was sent: as its run saw it, by what is known now, and by its certificate."""

from dataclasses import replace
from datetime import date

import pytest
from office import Office
from test_domain_gate import LATE
from test_services_apologise import DUE, WHO
from test_services_remind import NIGHT, office  # noqa: F401  # the fixture

from mikroledger.domain.gate import Cleared, Held
from mikroledger.rules import ALL_RULES
from mikroledger.services.apologise import record_sent
from mikroledger.services.explain import Sent, sent_on
from mikroledger.services.remind import run

LOAN = "L2011-0001"


def sent(office: Office, day: date = LATE) -> tuple[Sent, ...]:  # noqa: F811
    return sent_on(ALL_RULES, office.town.now(WHO.today), LOAN, day, office.outbox)


def file(office: Office, ending: str) -> str:  # noqa: F811
    return f"2011/{LOAN}-reminder-1-{LATE}.{ending}"


@pytest.fixture
def sent_letter(office: Office) -> Office:  # noqa: F811
    run(office.desk, ALL_RULES, LATE, None, NIGHT)
    return office


def test_a_letter_is_explained_as_its_run_saw_it(sent_letter: Office) -> None:
    (letter,) = sent(sent_letter)
    assert isinstance(letter.then, Cleared)
    assert letter.sound
    assert letter.mistakes == ()
    told = [(c["code"], c["met"]) for c in letter.certificate["conditions"]]
    assert told == [(c.code, c.met) for c in letter.then.conditions]
    assert sent(sent_letter, date(2011, 9, 21)) == ()


def test_what_was_learned_later_shows_beside_it(sent_letter: Office) -> None:
    town = sent_letter.town
    line = replace(town.line(1000, "R"), value=date(2011, 9, 1))
    town.bank(replace(line, parts=(replace(line.parts[0], text=LOAN),)))
    (letter,) = sent(sent_letter)
    assert isinstance(letter.then, Cleared)
    assert "PAST-PAY-BY" in {c.code for c in letter.mistakes}


@pytest.mark.parametrize(
    ("ending", "content", "certified"),
    [
        ("pdf", None, True),
        ("pdf", b"other", True),
        ("json", None, False),
        ("json", b"{not json", False),
        ("json", b"[1]", False),
    ],
)
def test_a_file_that_is_gone_or_changed_is_seen(
    sent_letter: Office, ending: str, content: bytes | None, certified: bool
) -> None:
    if content is None:
        del sent_letter.outbox.files[file(sent_letter, ending)]
    else:
        sent_letter.outbox.files[file(sent_letter, ending)] = content
    (letter,) = sent(sent_letter)
    assert not letter.sound
    assert bool(letter.certificate) == certified


def test_another_systems_letter_has_no_certificate(office: Office) -> None:  # noqa: F811
    record_sent(office.town.journal, [DUE], WHO)
    (letter,) = sent(office, DUE.on)
    assert (letter.certificate, letter.sound, letter.then) == ({}, False, None)
    assert letter.mistakes == ()


def test_a_payout_letter_is_no_reminder(sent_letter: Office) -> None:
    (letter,) = sent(sent_letter, date(2011, 4, 18))
    assert (letter.letter.kind, letter.then, letter.mistakes) == ("payout", None, ())


def test_a_day_before_the_letter_is_held(sent_letter: Office) -> None:
    (letter,) = sent(sent_letter)
    assert not isinstance(letter.then, Held)
