"""The reminder run: a proposal with a hash, and a run that does exactly that proposal."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mikroledger.days import long_day
from mikroledger.domain.finding import Findings
from mikroledger.domain.gate import Cleared, Decision, Held, gate, nothing_due
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import BrokenBookError, MikroledgerError, RefusedError
from mikroledger.services import letters_
from mikroledger.services.letters_ import Desk, Made
from mikroledger.services.order import Outcome, Planned, Who, signed, submit
from mikroledger.services.survey import ask


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who gets what, who does not and why, on a day."""

    as_of: date
    hash: str
    letters: tuple[Cleared, ...]
    notices: tuple[str, ...]
    held: tuple[Held, ...]
    nothing_due: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a run made, and what it could not make."""

    proposal: Proposal
    made: tuple[Made, ...]
    failed: tuple[tuple[str, MikroledgerError], ...]
    head: str = ""


def judge(rules: Sequence[Rule], ledger: Ledger, as_of: date, today: date) -> Proposal:
    """Judge every loan on a day."""
    folio = portfolio(ledger, as_of)
    return _propose(folio, check(rules, folio), today)


def propose(
    journal: Journal,
    rules: Sequence[Rule],
    as_of: date,
    today: date,
    known_on: date | None = None,
) -> Proposal:
    """Judge every loan on a day: each part of the book by itself, then those that matter again.

    Raises:
        BrokenBookError: the book does not load.
    """
    common = journal.read(())

    def answer(part: Ledger) -> list[Any]:
        found = judge(rules, part, as_of, today)
        told = [*(c.loan for c in found.letters), *found.notices, *(h.loan for h in found.held)]
        return [told, found.nothing_due]

    question = f"remind {as_of} {today} {common.newest} {len(common.flaws)}"
    parts = ask(journal, question, known_on, answer)
    told = journal.read({of_loan(loan) for loans, _ in parts for loan in loans})
    proposal = judge(rules, told.known_on(known_on) if known_on else told, as_of, today)
    return replace(proposal, nothing_due=sum(count for _, count in parts))


def _propose(folio: Portfolio, found: Findings, today: date) -> Proposal:
    decisions = {n: gate(folio, found, n, today) for n in sorted(folio.loans)}
    held = [d for d in decisions.values() if isinstance(d, Held)]
    told = tuple(d for d in held if not nothing_due(d))
    letters = tuple(d for d in decisions.values() if isinstance(d, Cleared))
    notices = tuple(sorted(loan.number for loan in letters_.owed_notices(folio, found)))
    return Proposal(
        folio.as_of,
        _hash(folio, letters, notices, told),
        letters,
        notices,
        told,
        len(held) - len(told),
    )


def _hash(
    folio: Portfolio,
    letters: Sequence[Cleared],
    notices: Sequence[str],
    held: Sequence[Held],
) -> str:
    """Bind the proposal to its letters, the policy and the ledger's state."""
    said = [folio.as_of.isoformat(), folio.ledger.head, str(sorted(folio.policy.values.items()))]
    said += [f"{c.loan}/{c.level}/{c.arrears}/{c.deadline}" for c in letters]
    said += [f"notice {loan}" for loan in notices]
    said += [f"held {h.loan} {[c.code for c in h.reasons]}" for h in held]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def run(
    desk: Desk,
    rules: Sequence[Rule],
    as_of: date,
    wanted: str | None,
    who: Who,
    progress: Callable[[str], None] = lambda _: None,
) -> Run:
    """Make the letters of a proposal, each judged again, and record the run.

    Args:
        wanted: the proposal's hash; None makes a proposal and runs it in the same breath.
        progress: told each loan whose letter is being made.

    Raises:
        RefusedError: `as_of` is another day than today.
        BrokenBookError: the book has changed since the proposal.
    """
    who = replace(who, by=signed(who.by))
    if as_of != who.today:
        raise RefusedError(
            da=f"Breve laves på dagen selv ({long_day(who.today, 'da')}), ikke for"
            f" {long_day(as_of, 'da')}. Se en anden dag med --dry-run.",
            en=f"Letters are made on the day itself ({long_day(who.today, 'en')}), not for"
            f" {long_day(as_of, 'en')}. Look at another day with --dry-run.",
        )
    desk.journal.prove()
    proposal = propose(desk.journal, rules, as_of, as_of)
    if wanted is not None and wanted != proposal.hash:
        raise BrokenBookError(
            da=f"Forslaget {wanted} passer ikke længere til bogen; nu er det {proposal.hash}."
            " Intet er sendt. Se det nye med »mikroledger remind --dry-run«.",
            en=f"The proposal {wanted} no longer fits the book; it is {proposal.hash} now."
            " Nothing was sent. See the new one with 'mikroledger remind --dry-run'.",
        )
    made: list[Made] = []
    failed: list[tuple[str, MikroledgerError]] = []
    for number in (*proposal.notices, *(c.loan for c in proposal.letters)):
        progress(number)
        try:
            letters = _letter(desk, rules, number, as_of, who)
            made += [each for each in letters if each.outcome.outcome == "booked"]
        except MikroledgerError as error:
            failed.append((number, error))
    outcome = _log(desk, proposal, made, who) if made else None
    return Run(proposal, tuple(made), tuple(failed), outcome.head if outcome else "")


def _letter(
    desk: Desk,
    rules: Sequence[Rule],
    number: str,
    as_of: date,
    who: Who,
) -> list[Made]:
    """Judge a loan again on the book as it is now, and make its letter."""
    folio = portfolio(desk.journal.read((of_loan(number),)), as_of)
    found = check(rules, folio)
    decision = gate(folio, found, number, as_of)
    if isinstance(decision, Cleared):
        return [letters_.remind(desk, folio, decision, who)]
    owed = [loan for loan in letters_.owed_notices(folio, found) if loan.number == number]
    return [letters_.notify(desk, folio, loan, who) for loan in owed]


def _log(desk: Desk, proposal: Proposal, made: Sequence[Made], who: Who) -> Outcome:
    """Record that a run was done, so that a restored older book is recognised."""
    meta: dict[str, Value] = {
        "kind": "run",
        "proposal": proposal.hash,
        "letters": len(made),
        "held": len(proposal.held),
    }

    def make(_: Ledger) -> Planned | Outcome:
        return Planned((Record(proposal.as_of, "run", (proposal.hash,), meta=meta),))

    return submit(desk.journal, "run", who, make, dry_run=False)


def explain(
    rules: Sequence[Rule],
    ledger: Ledger,
    number: str,
    as_of: date,
    today: date,
) -> Decision:
    """Say why a loan does or does not get a letter on a day: every condition, met or not."""
    folio = portfolio(ledger, as_of)
    return gate(folio, check(rules, folio), number, today)
