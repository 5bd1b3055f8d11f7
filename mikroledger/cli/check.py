"""`mikroledger check`: every finding, worst first; `--explain` prints a rule's manual."""

import sys
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import reading
from mikroledger.domain.finding import Finding, Findings, Severity
from mikroledger.domain.parts import of_loan
from mikroledger.errors import UsageError
from mikroledger.money import danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.order import the_case
from mikroledger.services.survey import findings

_WORD = {
    Severity.ERROR: ("FEJL", "ERROR"),
    Severity.WARNING: ("ADVARSEL", "WARNING"),
    Severity.NOTE: ("NOTE", "NOTE"),
}


@click.command(
    help=said(
        "Vis alle bemærkninger, de værste først. Slutter med 1, hvis der er fejl eller"
        " advarsler.\n\nEksempel: mikroledger check --explain ML101",
        "Show every finding, worst first. Exits with 1 if there are errors or warnings.\n\n"
        "Example: mikroledger check --explain ML101",
    ),
)
@click.option("--explain", "code", metavar="CODE", help=said("En regels manual.", "A manual."))
@click.option("--loan", default="", help=said("Kun dette lån.", "Only this loan."))
@click.option(
    "--full",
    is_flag=True,
    help=said("Læs også hele bogen med beancount.", "Load the whole book with beancount too."),
)
@reading
@click.pass_obj
def check(
    app: App,
    code: str | None,
    loan: str,
    as_of: date | None,
    known_on: date | None,
    *,
    full: bool,
    as_json: bool,
) -> None:
    """Show every finding."""
    if code:
        click.echo(_manual(code))
        return
    if full:
        app.house.journal.prove()
    day = as_of or known_on or app.today
    ledger = app.ledger(known_on, (of_loan(loan),) if loan else ())
    if loan:
        the_case(ledger, loan)
    found = findings(app.house.journal, ALL_RULES, day, known_on)
    shown = tuple(f for f in found.open if not loan or f.loan == loan)
    if as_json:
        show_json(
            {
                "as_of": day,
                "findings": [_json(app, f) for f in shown],
                "ignored": len(found.ignored),
            }
        )
    else:
        _tell(app, shown, found)
    if ledger.flaws or any(f.severity >= Severity.WARNING for f in shown):
        sys.exit(1)


def _manual(code: str) -> str:
    for rule in ALL_RULES:
        if code.upper() in (rule.code, rule.name.upper()):
            return f"{rule.code} {rule.name} ({rule.severity.word})\n\n{rule.manual.strip()}"
    codes = ", ".join(rule.code for rule in ALL_RULES)
    raise UsageError(
        da=f"Der er ingen regel {code}. Reglerne er {codes}.",
        en=f"There is no rule {code}. The rules are {codes}.",
    )


def _json(app: App, finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "loan": finding.loan,
        "day": finding.day,
        "amount": finding.amount,
        "message": app.say(finding.text),
        "transaction": finding.transaction,
        "fix": "reclassify" if finding.fix else None,
        "waiting": finding.waiting or None,
        "file": finding.place.file,
        "line": finding.place.line,
    }


def _tell(app: App, shown: tuple[Finding, ...], found: Findings) -> None:
    for f in shown:
        amount = f" {danish(f.amount)} kr." if f.amount is not None else ""
        word = said(*_WORD[f.severity])
        click.echo(safe(f"{word} {f.id} {f.loan}{amount} ({f.day})\n  {app.say(f.text)}"))
        if f.waiting:
            click.echo(
                "  "
                + said(
                    f"Rettelsen venter på en anden person: mikroledger countersign {f.waiting}",
                    f"Its correction waits for another one: mikroledger countersign {f.waiting}",
                )
            )
        elif f.fix:
            click.echo(
                "  "
                + said(
                    f"Ret den med: mikroledger reclassify {f.id}",
                    f"Settle it with: mikroledger reclassify {f.id}",
                )
            )
    app.tell(
        f"{len(shown)} bemærkninger, {len(found.ignored)} accepteret.",
        f"{len(shown)} findings, {len(found.ignored)} accepted.",
    )
