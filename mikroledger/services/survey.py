"""Questions to the whole book, asked part by part: only what has changed is judged again."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mikroledger.domain.finding import Finding, Findings, Fix, Severity
from mikroledger.domain.ledger import Journal, Ledger, Place
from mikroledger.domain.portfolio import Loan, portfolio
from mikroledger.domain.rule import Rule, check, worst_first
from mikroledger.money import kroner
from mikroledger.words import Text


def ask(
    journal: Journal,
    question: str,
    known_on: date | None,
    answer: Callable[[Ledger], Any],
) -> Iterator[Any]:
    """Return what each part of the book answers, one after the other, as plain values (JSON).

    Args:
        question: a word for the kind, then all that the answer depends on.
        known_on: leave out what was booked later.

    Raises:
        BrokenBookError: the book does not load.
    """

    def said(part: Ledger) -> str:
        return json.dumps(answer(part.known_on(known_on) if known_on else part))

    return map(json.loads, journal.survey(f"{question} {known_on}", said))


def findings(
    journal: Journal,
    rules: Sequence[Rule],
    as_of: date,
    known_on: date | None = None,
    files: Mapping[str, str] | None = None,
) -> Findings:
    """Return every finding of a day, worst first.

    Args:
        files: SHA-256 of what lies in `letters/`, by name; without it nobody looks (ML404).

    Raises:
        BrokenBookError: the book does not load.
    """

    def answer(part: Ledger) -> list[list[Any]]:
        found = check(rules, portfolio(part, as_of, files))
        return [[_packed(f) for f in found.open], [_packed(f) for f in found.ignored]]

    # the chain is the whole book's: what is kept of a part must not go by it
    part_answer = lambda part: answer(replace(part, flaws=()))  # noqa: E731
    parts = ask(journal, f"check {as_of} {_digest(files)}", known_on, part_answer)
    common = journal.read(())
    nobodys = answer(common.known_on(known_on) if known_on else common)
    asked = [_said(each) for each in (nobodys, *parts)]
    # what belongs to nobody is seen from every part: one finding each
    opened = {name: f for found, _ in asked for name, f in found.items()}
    ignored = {name: f for _, found in asked for name, f in found.items()}
    last = {rule.code for rule in rules if rule.last}
    for name in [n for n, f in asked[0][0].items() if f[1] in last]:
        if not all(name in found for found, _ in asked):
            del opened[name]  # an acceptance that is nobody's hides a finding in some part
    return Findings(
        worst_first(_unpacked(f) for f in opened.values()),
        worst_first(_unpacked(f) for f in ignored.values()),
    )


def _said(answer: list[list[list[Any]]]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Return what one part found open and ignored, by the id of each finding."""
    opened, ignored = ({f[0]: f for f in found} for found in answer)
    return opened, ignored


def _digest(files: Mapping[str, str] | None) -> str:
    """Return what changes when a file in `letters/` does."""
    if files is None:
        return "-"
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()[:16]


def _packed(finding: Finding) -> list[Any]:
    return [
        finding.id,
        finding.code,
        finding.name,
        int(finding.severity),
        finding.loan,
        finding.debtor,
        finding.day.isoformat(),
        None if finding.amount is None else str(finding.amount),
        [finding.text.da, finding.text.en],
        finding.transaction,
        [finding.place.file, finding.place.line],
        finding.fix and finding.fix.payment,
        finding.waiting,
    ]


def _unpacked(said: list[Any]) -> Finding:
    name, code, rule, severity, loan, debtor, day, amount, text, entry, place, fix, waiting = said
    return Finding(
        id=name,
        code=code,
        name=rule,
        severity=Severity(severity),
        loan=loan,
        debtor=debtor,
        day=date.fromisoformat(day),
        amount=None if amount is None else Decimal(amount),
        text=Text(*text),
        transaction=entry,
        place=Place(*place),
        fix=None if fix is None else Fix(fix),
        waiting=waiting,
    )


def loans(
    journal: Journal,
    as_of: date,
    known_on: date | None = None,
) -> list[Mapping[str, Any]]:
    """Return all loans on a day, by number, as the JSON contract has them (`list --json`).

    Raises:
        BrokenBookError: the book does not load.
    """

    def answer(part: Ledger) -> list[Mapping[str, Any]]:
        return [_row(loan) for loan in portfolio(part, as_of).loans.values()]

    parts = ask(journal, f"list {as_of}", known_on, answer)
    rows = [_kroner(row) for part in parts for row in part]
    return sorted(rows, key=lambda row: str(row["loan"]))


_AMOUNTS = ("principal", "outstanding", "arrears")


def _row(loan: Loan) -> Mapping[str, Any]:
    late, due = loan.arrears, loan.next_due
    return {
        "loan": loan.number,
        "centre": loan.case.centre,
        "state": loan.state,
        "principal": str(loan.case.principal),
        "outstanding": str(loan.outstanding),
        "arrears": str(late.amount),
        "days_past_due": late.days_past_due,
        "next_due": due and due.isoformat(),
    }


def _kroner(row: dict[str, Any]) -> Mapping[str, Any]:
    return {key: kroner(value) if key in _AMOUNTS else value for key, value in row.items()}
