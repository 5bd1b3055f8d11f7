"""Questions to the whole book, asked part by part: only what has changed is judged again."""

import json
from collections.abc import Callable, Mapping, Sequence
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
) -> list[Any]:
    """Return what each part of the book answers, as plain values (JSON).

    Args:
        question: a word for the kind, then all that the answer depends on.
        known_on: leave out what was booked later.

    Raises:
        BrokenBookError: the book does not load.
    """

    def said(part: Ledger) -> str:
        return json.dumps(answer(part.known_on(known_on) if known_on else part))

    return [json.loads(each) for each in journal.survey(f"{question} {known_on}", said)]


def findings(
    journal: Journal,
    rules: Sequence[Rule],
    as_of: date,
    known_on: date | None = None,
) -> Findings:
    """Return every finding of a day, worst first.

    Raises:
        BrokenBookError: the book does not load.
    """

    def answer(part: Ledger) -> list[list[Any]]:
        found = check(rules, portfolio(part, as_of))
        return [[_packed(f) for f in found.open], [_packed(f) for f in found.ignored]]

    parts = ask(journal, f"check {as_of}", known_on, answer)
    # what belongs to nobody is seen from every part: one finding each
    opened = {f[0]: f for found, _ in parts for f in found}
    ignored = {f[0]: f for _, found in parts for f in found}
    return Findings(
        worst_first(_unpacked(f) for f in opened.values()),
        worst_first(_unpacked(f) for f in ignored.values()),
    )


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
