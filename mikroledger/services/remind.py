"""The reminder run: a proposal with a hash, and a run that does exactly that proposal."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, TypeVar

from mikroledger.days import long_day
from mikroledger.domain.conditions import CODES, NOTICES, Condition
from mikroledger.domain.finding import Findings
from mikroledger.domain.gate import (
    Cleared,
    Decision,
    Held,
    gate,
    nothing_due,
    why_not_due,
)
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.policy import policy_on
from mikroledger.domain.portfolio import REMINDER, Loan, Portfolio, portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
)
from mikroledger.services import letters_
from mikroledger.services.letters_ import Desk, InPrint, Made, Ready
from mikroledger.services.order import Outcome, Planned, Who, signed, submit, tidy_up
from mikroledger.services.survey import ask
from mikroledger.words import Text

Progress = Callable[[int, int, str], None]
"""Told, before each letter, how many are made, of how many, and whose is next."""


def unseen(done: int, of: int, loan: str) -> None:
    """Tell nobody how far a run has come."""


Order = str | Cleared
"""A letter of a proposal: a loan that is owed the plan, or a reminder."""
_FOR_ALL = (NotCertainError, BrokenBookError)
"""The disk, the book: what would be the same for every letter."""
_AT_ONCE = 500
"""How many loans are read together to be judged: memory must not grow with the book."""
TOGETHER = 100
"""How many letters are read, printed and recorded together; an interrupted run repeats them."""


@dataclass(frozen=True, slots=True)
class NotDue:
    """A loan that owes nothing yet, and why."""

    loan: str
    why: Text


_OnLoan = TypeVar("_OnLoan", Cleared, Held, NotDue)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who gets what, who does not and why, on a day.

    Args:
        held: with the conditions that hold them, and none of the others.
    """

    as_of: date
    hash: str
    letters: tuple[Cleared, ...]
    notices: tuple[str, ...]
    held: tuple[Held, ...]
    not_due: tuple[NotDue, ...]

    @property
    def nothing_due(self) -> int:
        """How many loans owe nothing yet."""
        return len(self.not_due)

    @property
    def reasons(self) -> dict[str, int]:
        """How many loans each condition holds, in the order of the gate; one may have several."""
        held = Counter(reason.code for each in self.held for reason in each.reasons)
        return {code: held[code] for code in CODES if held[code]}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run made, and what it could not make.

    Args:
        failed: loans whose letter could not be made, and why; the others got theirs.
        stopped: what ended the run before its last letter, such as a full disk.
    """

    proposal: Proposal
    made: tuple[Made, ...]
    failed: tuple[tuple[str, MikroledgerError], ...]
    head: str = ""
    stopped: MikroledgerError | None = None


def judge(rules: Sequence[Rule], ledger: Ledger, as_of: date, today: date) -> Proposal:
    """Judge every loan on a day."""
    found = _judged(rules, portfolio(ledger, as_of), today)
    return Proposal(as_of, _hash(ledger, as_of, found), *found)


def propose(
    journal: Journal,
    rules: Sequence[Rule],
    as_of: date,
    today: date,
    known_on: date | None = None,
) -> Proposal:
    """Judge every loan on a day: each part of the book by itself, then those with a letter again.

    Raises:
        BrokenBookError: the book does not load.
    """
    common = journal.read(())

    def known(ledger: Ledger) -> Ledger:
        return ledger.known_on(known_on) if known_on else ledger

    def answer(part: Ledger) -> list[Any]:
        found = _judged(rules, portfolio(part, as_of), today)
        reminded = [letter.loan for letter in found.letters]
        not_due = [[each.loan, each.why.da, each.why.en] for each in found.not_due]
        return [reminded, found.notices, [_packed(each) for each in found.held], not_due]

    question = f"remind {as_of} {today} {common.newest} {len(common.flaws)}"
    loans: set[str] = set()
    notices: list[str] = []
    held: list[Held] = []
    not_due: list[NotDue] = []
    for reminded, noticed, holds, quiet in ask(journal, question, known_on, answer):
        loans.update(map(of_loan, reminded))
        notices += noticed
        held += (_held(row, as_of) for row in holds)
        not_due += (NotDue(loan, Text(da, en)) for loan, da, en in quiet)
    order = sorted(loans)
    batches = (order[n : n + _AT_ONCE] for n in range(0, len(order), _AT_ONCE))
    again = (_judged(rules, portfolio(known(journal.read(b)), as_of), today) for b in batches)
    letters = _by_loan(letter for each in again for letter in each.letters)
    told = tuple(sorted(notices)), _by_loan(held), _by_loan(not_due)
    judged = _Judged(letters, *told)
    return Proposal(as_of, _hash(known(common), as_of, judged), *judged)


def _by_loan(found: Iterable[_OnLoan]) -> tuple[_OnLoan, ...]:
    """Return what was found by its loan; of two loans in one part both are judged with either."""
    by_loan = {each.loan: each for each in found}
    return tuple(by_loan[loan] for loan in sorted(by_loan))


def _packed(held: Held) -> list[Any]:
    """Return a held loan as plain values; a letter is never made from such (`gate`)."""
    reasons = [[c.code, c.text.da, c.text.en, c.source, c.evidence] for c in held.reasons]
    return [held.loan, reasons]


def _held(packed: list[Any], as_of: date) -> Held:
    loan, reasons = packed
    unmet = (
        Condition(code, met=False, text=Text(da, en), source=source, evidence=tuple(evidence))
        for code, da, en, source, evidence in reasons
    )
    return Held(loan, as_of, tuple(unmet))


class _Judged(NamedTuple):
    """What a proposal says, without what it is bound to."""

    letters: tuple[Cleared, ...]
    notices: tuple[str, ...]
    held: tuple[Held, ...]
    not_due: tuple[NotDue, ...]


def _judged(rules: Sequence[Rule], folio: Portfolio, today: date) -> _Judged:
    found = check(rules, folio)
    decisions = {n: gate(folio, found, n, today) for n in sorted(folio.loans)}
    held = [d for d in decisions.values() if isinstance(d, Held)]
    told = tuple(replace(d, conditions=d.reasons) for d in held if not nothing_due(d))
    letters = tuple(d for d in decisions.values() if isinstance(d, Cleared))
    notices = tuple(sorted(loan.number for loan in letters_.owed_notices(folio, found)))
    not_due = tuple(NotDue(d.loan, why_not_due(d)) for d in held if nothing_due(d))
    return _Judged(letters, notices, told, not_due)


def _hash(ledger: Ledger, as_of: date, found: _Judged) -> str:
    """Bind the proposal to its letters, the policy and the ledger's state."""
    policy = policy_on(ledger, as_of)
    said = [as_of.isoformat(), ledger.head, str(sorted(policy.values.items()))]
    said += [f"{c.loan}/{c.level}/{c.arrears}/{c.deadline}" for c in found.letters]
    said += [f"notice {loan}" for loan in found.notices]
    said += [f"held {h.loan} {[c.code for c in h.reasons]}" for h in found.held]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def run(
    desk: Desk,
    rules: Sequence[Rule],
    as_of: date,
    wanted: str | None,
    who: Who,
    progress: Progress = unseen,
) -> Run:
    """Make the letters of a proposal, each judged again, and record the run.

    A letter that cannot be made is told, and does not keep the others back. What would fail for
    every letter (the disk, the book) ends the run; what was made stays made, and the next run
    makes the rest.

    Args:
        wanted: the proposal's hash; None makes a proposal and runs it in the same breath.

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
    return _made(desk, rules, proposal, who, progress)


def _made(
    desk: Desk,
    rules: Sequence[Rule],
    proposal: Proposal,
    who: Who,
    progress: Progress,
) -> Run:
    orders: list[Order] = [*proposal.notices, *proposal.letters]

    def tell(done: int, loan: str) -> None:
        progress(done, len(orders), loan)

    printer = _Printer(desk, rules, proposal.as_of, who, tell)
    stopped: MikroledgerError | None = None
    try:
        for done in range(0, len(orders), TOGETHER):
            printer.make(orders[done : done + TOGETHER], done)
    except _FOR_ALL as error:
        stopped = error
    done_ = Run(proposal, tuple(printer.made), tuple(printer.failed), stopped=stopped)
    return _log(desk, done_, who)


def _our_fault(error: Exception) -> MikroledgerError:
    said = f"{type(error).__name__}: {error}"
    return RefusedError(
        da=f"Programmet fejlede ({said}). Meld det som en fejl; de andre breve er ikke berørt.",
        en=f"The program failed ({said}). Report it as a bug; the other letters are not touched.",
    )


def _loan_of(order: Order) -> str:
    return order if isinstance(order, str) else order.loan


@dataclass(frozen=True, slots=True)
class _Printer:
    """Makes the letters of a run: some are read, judged, printed and recorded together."""

    desk: Desk
    rules: Sequence[Rule]
    as_of: date
    who: Who
    tell: Callable[[int, str], None]
    made: list[Made] = field(default_factory=list)
    failed: list[tuple[str, MikroledgerError]] = field(default_factory=list)

    def make(self, orders: Sequence[Order], done: int) -> None:
        """Make letters; what cannot be made together is made one by one.

        Args:
            done: how many letters of the run were made before.

        Raises:
            NotCertainError: the disk does not take it; what was made stays made.
            BrokenBookError: the book does not load.
        """
        before = len(self.failed)
        try:
            self._make(orders, done)
        except Exception as error:  # noqa: BLE001  # one's fault keeps no other's letter back
            del self.failed[before:]
            if len(orders) == 1 or isinstance(error, _FOR_ALL):
                self._fail(orders[0], error)
            else:
                for more, order in enumerate(orders):
                    self.make([order], done + more)

    def _make(self, orders: Sequence[Order], done: int) -> None:
        ledger = self.desk.journal.read({of_loan(_loan_of(order)) for order in orders})
        folio = portfolio(ledger, self.as_of)
        found = check(self.rules, folio)
        owed = {loan.number for loan in letters_.owed_notices(folio, found)}
        started: list[tuple[Order, InPrint]] = []
        for more, order in enumerate(orders):
            self.tell(done + more, _loan_of(order))
            with self._each(order):
                letter = self._start(order, folio, found, owed)
                started += [(order, letter)] if letter else []
        ready: list[Ready] = []
        for order, letter in started:
            with self._each(order):
                ready.append(letter.ready())
        kept = letters_.keep(self.desk, ready, self.who) if ready else ()
        self.made.extend(letter for letter in kept if letter.outcome.outcome == "booked")

    def _start(
        self, order: Order, folio: Portfolio, found: Findings, owed: Collection[str]
    ) -> InPrint | None:
        """Judge a loan again on the book as it is now, and start the letter that was proposed.

        None where another run was faster.
        """
        loan = folio.loans[_loan_of(order)]
        if isinstance(order, str):
            if order in owed:
                return letters_.notice(self.desk, folio, loan)
            _by_another_run(loan, NOTICES)
            return None
        decision = gate(folio, found, loan.number, self.as_of)
        if isinstance(decision, Cleared) and _same(decision, order):
            return letters_.reminder(self.desk, folio, decision)
        _by_another_run(loan, {REMINDER})
        return None

    @contextmanager
    def _each(self, order: Order) -> Iterator[None]:
        """Note what goes wrong with one letter; the others go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(order, error)

    def _fail(self, order: Order, error: Exception) -> None:
        if isinstance(error, _FOR_ALL):
            raise error
        told = error if isinstance(error, MikroledgerError) else _our_fault(error)
        self.failed.append((_loan_of(order), told))


def _same(now: Cleared, proposed: Cleared) -> bool:
    """Tell whether the letter would be the one that was proposed."""
    return (now.level, now.arrears, now.deadline, now.fee, now.instalments) == (
        proposed.level,
        proposed.arrears,
        proposed.deadline,
        proposed.fee,
        proposed.instalments,
    )


def _by_another_run(loan: Loan, kinds: Collection[str]) -> None:
    """Make sure that another run has made the letter.

    Raises:
        RefusedError: none has; the book has changed since the proposal.
    """
    if any(letter.kind in kinds and letter.on == loan.as_of for letter in loan.letters):
        return
    raise RefusedError(
        da=f"Bogen for {loan.number} har ændret sig, siden forslaget blev lavet. Brevet er ikke"
        " lavet; kør »mikroledger remind« igen.",
        en=f"The book on {loan.number} has changed since the proposal was made. The letter was"
        " not made; run 'mikroledger remind' again.",
    )


def _log(desk: Desk, run: Run, who: Who) -> Run:
    """Record that a run was done, so that a restored older book is recognised.

    One that made no letter is not recorded; it may be an interrupted run given again.
    """
    proposal = run.proposal
    meta: dict[str, Value] = {
        "kind": "run",
        "proposal": proposal.hash,
        "letters": len(run.made),
        "failed": len(run.failed),
        "held": len(proposal.held),
    }

    def make(_: Ledger) -> Planned | Outcome:
        return Planned((Record(proposal.as_of, "run", (proposal.hash,), meta=meta),))

    try:
        if not run.made:
            tidy_up(desk.journal)
            return run
        head = submit(desk.journal, "run", who, make, about=(), dry_run=False).head
    except MikroledgerError as error:
        return replace(run, stopped=run.stopped or error)
    return replace(run, head=head)


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
