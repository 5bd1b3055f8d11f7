"""`mikroledger check`: every finding, worst first; `--explain` prints a rule's manual."""

import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.manuals import chosen, explained
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
_FAIL_ON = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.NOTE,
    "note": Severity.NOTE,
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which findings a person wants to see."""

    loan: str
    select: frozenset[str]
    ignore: frozenset[str]

    def of(self, found: Findings) -> Findings:
        """Leave the others out; what was accepted is counted among those that are wanted."""
        return Findings(
            tuple(filter(self._wants, found.open)), tuple(filter(self._wants, found.ignored))
        )

    def _wants(self, finding: Finding) -> bool:
        picked = not self.select or finding.code in self.select
        here = not self.loan or finding.loan == self.loan
        return here and picked and finding.code not in self.ignore


@click.command(
    help=said(
        "Vis alle bemærkninger, de værste først. Slutter med 1, hvis der er fejl eller"
        " advarsler.\n\nEksempel: mikroledger check --explain ML101",
        "Show every finding, worst first. Exits with 1 if there are errors or warnings.\n\n"
        "Example: mikroledger check --explain ML101",
    ),
)
@click.option(
    "--explain",
    "code",
    metavar="CODE",
    help=said("En regels manual; »all«: alle.", "A rule's manual; 'all': of all."),
)
@click.option("--loan", default="", help=said("Kun dette lån.", "Only this loan."))
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help=said(
        "Kun disse regler: ML101, ML2 (alle 2xx), paid-twice; komma imellem.",
        "Only these rules: ML101, ML2 (all 2xx), paid-twice; commas between.",
    ),
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODES",
    help=said("Ikke disse regler.", "Not these rules."),
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAIL_ON)),
    default="warning",
    show_default=True,
    help=said("Slut med 1 fra denne alvor.", "Exit with 1 from this severity on."),
)
@click.option(
    "--sarif", "as_sarif", is_flag=True, help=said("Som SARIF 2.1.0.", "As SARIF 2.1.0.")
)
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
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    as_of: date | None,
    known_on: date | None,
    *,
    as_sarif: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Show every finding."""
    if code:
        click.echo(explained(ALL_RULES, code, app.language))
        return
    if as_sarif and as_json:
        raise UsageError(
            da="Vælg én form: --json eller --sarif.",
            en="Choose one form: --json or --sarif.",
        )
    wanted = _Wanted(loan, chosen(ALL_RULES, select), chosen(ALL_RULES, ignore))
    if full:
        app.house.journal.prove()
    day = as_of or known_on or app.today
    ledger = app.ledger(known_on, (of_loan(loan),) if loan else ())
    if loan:
        the_case(ledger, loan)
    found = findings(app.house.journal, ALL_RULES, day, known_on, app.house.files)
    shown = wanted.of(found)
    _show(app, day, shown, as_sarif=as_sarif, as_json=as_json)
    if ledger.flaws or any(f.severity >= _FAIL_ON[fail_on] for f in shown.open):
        sys.exit(1)


def _show(app: App, day: date, shown: Findings, *, as_sarif: bool, as_json: bool) -> None:
    if as_sarif:
        from mikroledger.cli.sarif import sarif

        show_json(sarif(ALL_RULES, shown, app.language))
    elif as_json:
        show_json(
            {
                "as_of": day,
                "findings": [_json(app, f) for f in shown.open],
                "ignored": len(shown.ignored),
            }
        )
    else:
        _tell(app, shown)


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


def _tell(app: App, shown: Findings) -> None:
    for f in shown.open:
        amount = f" {danish(f.amount)} kr." if f.amount is not None else ""
        word = said(*_WORD[f.severity])
        click.echo(safe(f"{word} {f.id} {f.loan}{amount} ({f.day})\n  {app.say(f.text)}"))
        click.echo(f"  {_remedy(f)}")
    app.tell(
        f"{len(shown.open)} bemærkninger, {len(shown.ignored)} accepteret.",
        f"{len(shown.open)} findings, {len(shown.ignored)} accepted.",
    )


def _remedy(finding: Finding) -> str:
    """Say which command settles a finding; where none does, the manual says what it takes."""
    if finding.waiting:
        return said(
            f"Det venter på en anden person: mikroledger countersign {finding.waiting}",
            f"It waits for a second person: mikroledger countersign {finding.waiting}",
        )
    if finding.fix:
        return said(
            f"Ret den med: mikroledger reclassify {finding.id}",
            f"Settle it with: mikroledger reclassify {finding.id}",
        )
    return said(
        f"Læs mere: mikroledger check --explain {finding.code}",
        f"Read more: mikroledger check --explain {finding.code}",
    )
