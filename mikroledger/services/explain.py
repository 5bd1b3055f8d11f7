"""Why was this letter sent? A past day judged again: as its run saw it, and by what is known now.

The certificate beside a letter says on what it rested; this says it once more, from the book.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mikroledger.domain.conditions import Condition
from mikroledger.domain.gate import Decision, gate, mistaken
from mikroledger.domain.ledger import Entry, Ledger, Record, Transaction
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import REMINDER, Letter, Portfolio, portfolio
from mikroledger.domain.rooms import Outbox
from mikroledger.domain.rule import Rule, check


def judged_then(rules: Sequence[Rule], ledger: Ledger, letter: Record) -> Decision:
    """Judge the loan of a letter on its day, on the book as it stood when it was made."""
    before = ledger.known_on(letter.booked)
    kept = tuple(entry for entry in before.entries if entry.commit < letter.commit)
    folio = portfolio(replace(before, entries=kept), letter.value)
    return gate(folio, check(rules, folio), letter.get("loan"), letter.booked)


def mistakes(
    rules: Sequence[Rule],
    ledger: Ledger,
    letter: Letter,
    today: date,
) -> tuple[Condition, ...]:
    """Say why today's gate would hold a reminder that was sent; nothing where it would not.

    Its day is judged by what is known now, as if the letter was not sent yet, and as the books
    stood then: what the ERP moved or we corrected later makes it neither right nor wrong. Money
    that crossed the letter in the post does not either; the letter says so itself.
    """
    book = replace(ledger, entries=tuple(_on_its_day(ledger, letter)))
    folio = portfolio(book, letter.on)
    found = check(rules, folio)
    loan = folio.loans[letter.loan]
    most = folio.policy.number("grace-banking-days") + _IN_THE_POST
    crossing = letter.on - timedelta(days=most)
    paid = tuple(p for p in loan.payments if not _crossed(p, letter, crossing))
    loans = {**folio.loans, letter.loan: replace(loan, payments=paid)}
    then = replace(folio, loans=loans)
    return mistaken(then, gate(then, found, letter.loan, today), letter.level)


_IN_THE_POST = 2  # days that a letter takes, beside those that the money takes


def _on_its_day(ledger: Ledger, letter: Letter) -> Iterator[Entry]:
    """Yield the entries without this letter, those after it, and what was moved later."""
    was_made = True
    moved: set[str] = set()
    for entry in ledger.entries:
        was_made &= entry is not letter.record
        if isinstance(entry, Record) and entry.name == "letter":
            if was_made or entry.value < letter.on:
                yield entry
        elif _moved_later(entry, letter) or entry.get("reverses") in moved:
            moved.add(entry.id)
        else:
            yield entry


def _moved_later(entry: Entry, letter: Letter) -> bool:
    """Tell whether an entry moved a payment to another account after a letter's day."""
    since = {"erp": entry.day, "reclassify": entry.booked}.get(entry.kind, letter.on)
    return isinstance(entry, Transaction) and since > letter.on


def _crossed(payment: Payment, letter: Letter, since: date) -> bool:
    """Tell whether a repayment was heard of only after a letter, and came at the same time."""
    late = all(entry.booked > letter.on for entry in payment.entries)
    return payment.flow == "in" and late and payment.value > since


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
    day: date,
    outbox: Outbox,
) -> tuple[Sent, ...]:
    """Return the letters of a loan on a day, with their certificates.

    Args:
        folio: of the day of the question: what became of them since is told too.
    """
    return tuple(
        _sent(rules, folio.ledger, letter, folio.as_of, outbox)
        for letter in folio.loans[number].letters
        if letter.on == day
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
