"""Why was this letter sent? A past day judged again: as its run saw it, and by what is known now.

The certificate beside a letter says on what it rested; this says it once more, from the book.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mikroledger.domain.conditions import Condition
from mikroledger.domain.gate import Decision, gate, mistaken
from mikroledger.domain.ledger import Entry, Ledger, Record
from mikroledger.domain.portfolio import REMINDER, Letter, Portfolio, portfolio
from mikroledger.domain.rooms import Outbox
from mikroledger.domain.rule import Rule, check


def judged_then(rules: Sequence[Rule], ledger: Ledger, letter: Record) -> Decision:
    """Judge the loan of a letter on its day, on the book as it stood when it was made."""
    before = ledger.known_on(letter.booked)
    kept = tuple(entry for entry in before.entries if entry.commit < letter.commit)
    return _judged(rules, replace(before, entries=kept), letter, letter.booked)[1]


def mistakes(
    rules: Sequence[Rule],
    ledger: Ledger,
    letter: Letter,
    today: date,
) -> tuple[Condition, ...]:
    """Say why today's gate would hold a reminder that was sent; nothing where it would not.

    Its day is judged by what is known now, as if the letter was not sent yet.
    """
    kept: list[Entry] = []
    was_made = True
    for entry in ledger.entries:
        was_made &= entry is not letter.record
        is_letter = isinstance(entry, Record) and entry.name == "letter"
        if was_made or not is_letter or entry.value < letter.on:
            kept.append(entry)
    book = replace(ledger, entries=tuple(kept))
    return mistaken(*_judged(rules, book, letter.record, today), letter.level)


def _judged(
    rules: Sequence[Rule],
    ledger: Ledger,
    letter: Record,
    today: date,
) -> tuple[Portfolio, Decision]:
    folio = portfolio(ledger, letter.value)
    return folio, gate(folio, check(rules, folio), letter.get("loan"), today)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter of a day, with what vouches for it.

    Args:
        certificate: what it said when it was made; empty for another system's letter.
        sound: both files are there, and as they were recorded.
        then: the gate's judgement, from the book as it stood; of a reminder of ours.
        mistakes: why today's gate would hold it.
    """

    letter: Letter
    certificate: Mapping[str, Any]
    sound: bool
    then: Decision | None
    mistakes: tuple[Condition, ...]


def sent_on(
    rules: Sequence[Rule],
    folio: Portfolio,
    number: str,
    today: date,
    outbox: Outbox,
) -> tuple[Sent, ...]:
    """Return the letters of a loan on the portfolio's day, with their certificates."""
    return tuple(
        _sent(rules, folio.ledger, letter, today, outbox)
        for letter in folio.loans[number].letters
        if letter.on == folio.as_of
    )


def _sent(
    rules: Sequence[Rule],
    ledger: Ledger,
    letter: Letter,
    today: date,
    outbox: Outbox,
) -> Sent:
    is_reminder = letter.kind == REMINDER
    certificate, sound = read_back(letter, outbox)
    return Sent(
        letter,
        certificate,
        sound,
        then=judged_then(rules, ledger, letter.record) if is_reminder and letter.ours else None,
        mistakes=mistakes(rules, ledger, letter, today) if is_reminder else (),
    )


def read_back(letter: Letter, outbox: Outbox) -> tuple[Mapping[str, Any], bool]:
    """Return a letter's certificate, and whether it and the letter are as they were recorded."""
    if not letter.ours:
        return {}, False
    file = letter.record.get("file")
    pdf = outbox.get(file)
    said = outbox.get(f"{file.removesuffix('.pdf')}.json")
    hashes = [(pdf, letter.record.get("sha256")), (said, letter.record.get("certificate"))]
    sound = all(
        content is not None and hashlib.sha256(content).hexdigest() == recorded
        for content, recorded in hashes
    )
    try:
        certificate = json.loads(said or b"{}")
    except ValueError:
        certificate = None
    return (certificate, sound) if isinstance(certificate, dict) else ({}, False)
