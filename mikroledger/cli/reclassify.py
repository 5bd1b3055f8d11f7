"""`mikroledger reclassify`: book the proposed corrections (ompostering)."""

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import outcome_json, show_json, show_outcome
from mikroledger.cli.paper import voucher
from mikroledger.cli.types import writing
from mikroledger.errors import UsageError
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import Choice
from mikroledger.services.correct import reclassify as service


@click.command(
    help=said(
        "Ompostér: flyt en betaling derhen, hvor den hører til. En anden person godkender.\n\n"
        "Eksempel: mikroledger reclassify --all --yes --by reg",
        "Correct: move a payment to where it belongs. A second person approves.\n\n"
        "Example: mikroledger reclassify --all --yes --by reg",
    ),
)
@click.argument("findings", nargs=-1)
@click.option(
    "--all", "every", is_flag=True, help=said("Alle, der kan rettes.", "All with a fix.")
)
@writing(asks=True)
@click.pass_obj
def reclassify(
    app: App,
    findings: tuple[str, ...],
    by: str | None,
    *,
    every: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Book corrections."""
    if bool(findings) == every:
        raise UsageError(
            da="Giv numrene fra »mikroledger check«, eller --all.",
            en="Give the ids from 'mikroledger check', or --all.",
        )
    choice, who, journal = Choice(findings, every), app.who(by), app.house.journal
    if not (yes or dry_run):
        _ask(app, choice, by)
    outcomes = service(journal, ALL_RULES, choice, who, dry_run=dry_run)
    for outcome in outcomes:
        show_outcome(app, outcome, as_json=False, dry_run=dry_run)
        if outcome.outcome == "booked" and not dry_run:
            voucher(app, outcome)
    if as_json:
        show_json([outcome_json(outcome) for outcome in outcomes])
    if not outcomes:
        app.tell("Der er intet at rette.", "There is nothing to correct.")


def _ask(app: App, choice: Choice, by: str | None) -> None:
    """Show the vouchers and ask; off a terminal --yes must be given."""
    if not app.at_terminal:
        raise UsageError(
            da="En ompostering skal bekræftes: tilføj --yes (eller se den med --dry-run).",
            en="A correction must be confirmed: add --yes (or look at it with --dry-run).",
        )
    for outcome in service(app.house.journal, ALL_RULES, choice, app.who(by), dry_run=True):
        click.echo(outcome.text)
    click.confirm(
        said(
            "En betaling kan rumme både lån og tilskud. Skal de bogføres?",
            "One payment may hold both a loan and a grant. Book them?",
        ),
        abort=True,
        err=True,
    )
