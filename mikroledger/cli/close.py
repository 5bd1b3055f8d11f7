"""`mikroledger close`: close an accounting month, and bind the files of the months up to it."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import outcome_json, show_json, show_outcome, show_table
from mikroledger.cli.reconcile import (
    balances_option,
    control_of,
    control_option,
    item_json,
    show_items,
)
from mikroledger.cli.types import writing
from mikroledger.domain.finding import Finding
from mikroledger.domain.labels import KINDS, label
from mikroledger.domain.periods import Month, parse_month
from mikroledger.errors import UsageError
from mikroledger.money import danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.close import Closing, is_closed
from mikroledger.services.close import close as service
from mikroledger.services.month import Report, report
from mikroledger.services.order import Outcome


@click.command(
    help=said(
        "Luk en måned for nye posteringer. Den ene forbereder, en anden underskriver (samme"
        " kommando, eller countersign). Alt skal være afstemt eller forklaret. Senere poster får"
        " dato i den første åbne måned, og beholder deres valørdag.\n\n"
        "Eksempel: mikroledger close 2011-05 --by reg",
        "Close a month to new entries. One person prepares it, another one signs (the same"
        " command, or countersign). All must be reconciled or explained. Later facts are dated in"
        " the first open month, and keep their value day.\n\n"
        "Example: mikroledger close 2011-05 --by reg",
    ),
)
@click.argument("month", metavar="MONTH")
@balances_option
@control_option
@writing(asks=True)
@click.pass_obj
def close(
    app: App,
    month: str,
    balances: Path | None,
    control: Decimal | None,
    by: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Prepare a month, or close it."""
    wanted, who, journal = parse_month(month), app.who(by), app.house.journal
    order = Closing(wanted, control_of(app, control, balances))
    would = service(journal, order, who, dry_run=True)  # a refusal comes before any question
    if not (yes or dry_run):
        _ask(app, would, str(wanted))
    outcome = service(journal, order, who, dry_run=dry_run)
    tell_month(app, outcome, wanted, as_json=as_json, dry_run=dry_run)


def tell_month(app: App, outcome: Outcome, month: Month, *, as_json: bool, dry_run: bool) -> None:
    """Bind a month that is closed, and print its report."""
    ledger = app.ledger(None)
    bound = app.house.journal.bind(str(month)) if is_closed(ledger, month) and not dry_run else ()
    told = report(ledger, ALL_RULES, month)
    if as_json:
        show_json({**outcome_json(outcome), "bound": bound, "report": report_json(app, told)})
        return
    show_outcome(app, outcome, as_json=False, dry_run=dry_run)
    if bound:
        app.tell(f"Bundet: {', '.join(bound)}.", f"Bound: {', '.join(bound)}.")
    if not dry_run:
        _tell(app, told)


def _ask(app: App, would: Outcome, month: str) -> None:
    """Ask; off a terminal --yes must be given."""
    if not app.at_terminal:
        raise UsageError(
            da="En måned lukkes for altid: tilføj --yes (eller se det med --dry-run).",
            en="A month is closed for ever: add --yes (or look at it with --dry-run).",
        )
    question = said(
        f"Intet kan siden få dato i {month} eller før. Skal måneden lukkes?",
        f"Nothing can be dated in {month} or before it afterwards. Close the month?",
    )
    if would.outcome == "proposed":
        question = said(
            f"Er {month} afstemt og klar til en kollegas underskrift?",
            f"Is {month} reconciled, and ready for a colleague to sign?",
        )
    click.confirm(question, abort=True, err=True)


def report_json(app: App, told: Report) -> dict[str, Any]:
    """Return a month's report as JSON."""
    return {
        "month": str(told.month),
        "prepared": told.signed.prepared or None,
        "reviewed": told.signed.reviewed or None,
        "legs": [
            {
                "name": leg.name,
                "left": leg.left,
                "right": leg.right,
                "difference": leg.difference,
            }
            for leg in told.made.legs
        ],
        "accounts": [
            {
                "account": row.account,
                "opening": row.opening,
                "movements": row.kinds,
                "closing": row.closing,
            }
            for row in told.moved
        ],
        "items": [item_json(app, item) for item in told.made.items],
        "findings": [
            {
                "id": f.id,
                "code": f.code,
                "severity": f.severity.word,
                "loan": f.loan,
                "amount": f.amount,
            }
            for f in told.made.findings.open
        ],
        "earlier": [
            {
                "id": each.entry.id,
                "kind": each.entry.kind,
                "day": each.entry.day,
                "value": each.entry.value,
                "loan": each.entry.get("loan"),
                "amount": each.amount,
                "prior_year": each.year or None,
            }
            for each in told.earlier
        ],
        "specification": [
            {
                "loan": line.loan,
                "recipient": line.debtor or None,
                "day": line.day,
                "settlement": line.settlement,
                "amount": line.amount,
            }
            for line in told.specification
        ],
    }


def _tell(app: App, told: Report) -> None:
    signed = told.signed
    missing = said("mangler", "missing")
    click.echo(
        said(
            f"Måned {told.month}. Forberedt af {signed.prepared or missing}, gennemgået af"
            f" {signed.reviewed or missing}.",
            f"Month {told.month}. Prepared by {signed.prepared or missing}, reviewed by"
            f" {signed.reviewed or missing}.",
        )
    )
    click.echo("")
    show_table(
        said("Konto;Primo;Bevægelser;Ultimo", "Account;Opening;Movements;Closing").split(";"),
        [
            [row.account, danish(row.opening), _moved(app, row.kinds), danish(row.closing)]
            for row in told.moved
        ],
        frozenset({1, 3}),
    )
    show_items(app, told.made.items)
    _tell_earlier(app, told)
    _tell_specification(told)
    for finding in told.made.findings.open:
        _tell_finding(app, finding)


def _moved(app: App, kinds: Mapping[str, Decimal]) -> str:
    moved = [(app.say(label(KINDS, kind)), amount) for kind, amount in kinds.items() if amount]
    return ", ".join(f"{kind} {danish(amount)}" for kind, amount in moved)


def _tell_earlier(app: App, told: Report) -> None:
    if not told.earlier:
        return
    click.echo("")
    click.echo(said("Fra tidligere perioder:", "From earlier periods:"))
    show_table(
        said("Id;Art;Dato;Valør;Lån;Beløb;År", "Id;Kind;Date;Value day;Loan;Amount;Year").split(
            ";"
        ),
        [
            [
                each.entry.id,
                app.say(label(KINDS, each.entry.kind)),
                str(each.entry.day),
                str(each.entry.value),
                each.entry.get("loan"),
                danish(each.amount),
                each.year,
            ]
            for each in told.earlier
        ],
        frozenset({5}),
    )


def _tell_specification(told: Report) -> None:
    if not told.specification:
        return
    click.echo("")
    click.echo(said("Specifikation af lånekontoen:", "Specification of the loan account:"))
    show_table(
        said("Lån;Modtager;Dato;Udlignes;Beløb", "Loan;Recipient;Date;Settlement;Amount").split(
            ";"
        ),
        [
            [
                line.loan,
                line.debtor,
                str(line.day),
                str(line.settlement or ""),
                danish(line.amount),
            ]
            for line in told.specification
        ],
        frozenset({4}),
    )


def _tell_finding(app: App, finding: Finding) -> None:
    app.tell(
        f"Bemærkning tilbage: {finding.id} {finding.loan}",
        f"Finding left: {finding.id} {finding.loan}",
    )
