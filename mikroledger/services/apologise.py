"""Letters that should not have been sent: found by today's gate, cancelled, and apologised for.

Our own letters are in the book. Those that another system sent are recorded first, from a list,
and then judged like ours: a reminder on the day of the payout is one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mikroledger.days import long_day
from mikroledger.domain.conditions import Condition
from mikroledger.domain.ledger import Entry, Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_key, of_loan
from mikroledger.domain.portfolio import APOLOGY, REMINDER, Letter, Portfolio, portfolio
from mikroledger.domain.rule import Rule
from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
)
from mikroledger.money import ZERO
from mikroledger.services import letters_
from mikroledger.services.explain import mistakes
from mikroledger.services.letters_ import Desk, Made
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    at_line,
    not_after,
    seen,
    signed,
    submit,
    the_loan,
    tidy_up,
)
from mikroledger.services.remind import Progress, unseen
from mikroledger.services.survey import ask


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A reminder that another system sent, as a list of sent letters has it.

    Args:
        line: where it stands in the list, for messages.
        level: 1 for a first reminder; 0 where the list does not say.
        deadline: the day to pay by that it gave, if the list says it.
        reference: the other system's number of it, if it has one.
    """

    line: int
    loan: str
    on: date
    level: int = 0
    deadline: date | None = None
    amount: Decimal = ZERO
    fee: Decimal = ZERO
    reference: str = ""

    @property
    def key(self) -> str:
        return f"sent:{self.reference or f'{self.loan}/{self.level}/{self.on}'}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A reminder that today's gate would hold, and why."""

    letter: Letter
    why: tuple[Condition, ...]

    @property
    def id(self) -> str:
        return self.letter.record.id


@dataclass(frozen=True, slots=True)
class Apologies:
    """What was written, what could not be, and what ended it early."""

    made: tuple[Made, ...]
    failed: tuple[tuple[str, MikroledgerError], ...]
    stopped: MikroledgerError | None = None


# Letters of another system


def record_sent(
    journal: Journal,
    rows: Sequence[SentLetter],
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome | None:
    """Record the letters that another system sent, all or none; None if all are in the book.

    Raises:
        RefusedError: a row names no loan, a day to come, or a letter recorded with other content.
    """
    who = replace(who, by=signed(who.by))
    fresh: list[Entry] = []

    def make(ledger: Ledger) -> Planned | Outcome:
        fresh[:] = _fresh(ledger, rows, who.today)
        if not fresh:
            return Outcome("", "", who.today, ZERO, "already")
        return Planned(tuple(fresh))

    about = {name for row in rows for name in (of_loan(row.loan), of_key(row.key))}
    outcome = submit(journal, "sent", who, make, about=about, dry_run=dry_run)
    return outcome if fresh else None


def _fresh(ledger: Ledger, rows: Sequence[SentLetter], today: date) -> list[Entry]:
    found: dict[str, Record] = {}
    for row in rows:
        with at_line(row.line):
            the_loan(ledger, row.loan)
            not_after(row.on, today)
            record = _record(row)
            same: dict[str, object] = {"loan": row.loan, "value": row.on, "level": row.level}
            known = seen(ledger, row.key, same)
            if found.setdefault(row.key, record).meta != record.meta:
                raise _twice(row)
        if known:
            del found[row.key]
    return list(found.values())


def _twice(row: SentLetter) -> RefusedError:
    return RefusedError(
        da=f"Brevet {row.reference or row.loan} står to gange med forskelligt indhold.",
        en=f"The letter {row.reference or row.loan} stands twice with different content.",
    )


def _record(row: SentLetter) -> Record:
    meta: dict[str, Value] = {
        "kind": "letter",
        "loan": row.loan,
        "level": row.level,
        "source": "other-system",
        "key": row.key,
    }
    optional: dict[str, Value | None] = {
        "deadline": row.deadline,
        "amount": row.amount or None,
        "fee": row.fee or None,
        "reference": row.reference or None,
    }
    meta |= {key: value for key, value in optional.items() if value is not None}
    return Record(row.on, "letter", (REMINDER,), meta=meta)


# What should not have been sent


def find(
    journal: Journal,
    rules: Sequence[Rule],
    today: date,
    extra: Sequence[Entry] = (),
) -> tuple[Wrong, ...]:
    """Return the reminders in the book that today's gate would hold, oldest first.

    One for which an apology was written is cancelled, and none of them.

    Args:
        extra: records that a dry run would book.

    Raises:
        BrokenBookError: the book does not load.
    """
    common = journal.read(())

    def answer(part: Ledger) -> list[str]:
        return [wrong.letter.loan for wrong in _wrong(rules, part, today)]

    question = f"apologise {today} {common.newest} {len(common.flaws)}"
    told = {loan for loans in ask(journal, question, None, answer) for loan in loans}
    told |= {entry.get("loan") for entry in extra}
    ledger = journal.read({of_loan(loan) for loan in told})
    whole = replace(ledger, entries=(*ledger.entries, *extra))
    found = (wrong for wrong in _wrong(rules, whole, today) if wrong.letter.loan in told)
    return tuple(sorted(found, key=lambda w: (w.letter.on, w.letter.loan, w.id)))


def _wrong(rules: Sequence[Rule], ledger: Ledger, today: date) -> list[Wrong]:
    folio = portfolio(ledger, today)
    letters = (n for loan in folio.loans.values() for n in loan.letters)
    judged = (
        Wrong(n, mistakes(rules, ledger, n, today))
        for n in letters
        if n.kind == REMINDER and not n.cancelled
    )
    return [wrong for wrong in judged if wrong.why]


def apologise(
    desk: Desk,
    rules: Sequence[Rule],
    wanted: Sequence[str],
    who: Who,
    progress: Progress = unseen,
) -> Apologies:
    """Write an apology for each of some letters, each judged again; each is cancelled with it.

    Args:
        wanted: ids of letters, as `find` gives them.

    Raises:
        UsageError: nobody signs.
    """
    who = replace(who, by=signed(who.by))
    made: list[Made] = []
    failed: list[tuple[str, MikroledgerError]] = []
    waiting = {wrong.id: wrong for wrong in find(desk.journal, rules, who.today)}
    for done, number in enumerate(wanted):
        progress(done, len(wanted), number)
        try:
            letter = _apology(desk, waiting.get(number), number, who)
        except (NotCertainError, BrokenBookError) as error:
            return Apologies(tuple(made), tuple(failed), error)
        except MikroledgerError as error:
            failed.append((number, error))
        else:
            made += [letter] if letter and letter.outcome.outcome == "booked" else []
    if not made:
        tidy_up(desk.journal)
    return Apologies(tuple(made), tuple(failed))


def _apology(desk: Desk, wrong: Wrong | None, number: str, who: Who) -> Made | None:
    """Write one apology; None where it is written already."""
    if wrong is None:
        if _is_written(desk.journal, number):
            return None
        raise RefusedError(
            da=f"{number} er ikke en rykker, der skulle have været holdt tilbage. Se dem, der er,"
            " med »mikroledger apologise --dry-run«.",
            en=f"{number} is no reminder that should have been held. See those that are with"
            " 'mikroledger apologise --dry-run'.",
        )
    folio = _folio(desk.journal, wrong.letter.loan, who.today)
    return letters_.apologise(desk, folio, wrong.letter, wrong.why, who)


def _is_written(journal: Journal, number: str) -> bool:
    key = f"{APOLOGY}:{number}"
    return key in journal.read((of_key(key),)).keys


def _folio(journal: Journal, loan: str, today: date) -> Portfolio:
    return portfolio(journal.read((of_loan(loan),)), today)


def describe(wrong: Wrong) -> tuple[str, str]:
    """Say which letter is meant, in Danish and in English."""
    letter = wrong.letter
    return (
        f"rykker {letter.level or ''} til {letter.loan} af {long_day(letter.on, 'da')}",
        f"reminder {letter.level or ''} on {letter.loan} of {long_day(letter.on, 'en')}",
    )
