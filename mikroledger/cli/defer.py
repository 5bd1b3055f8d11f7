"""`mikroledger defer` and `resume`: grant a deferral (henstand), and end one."""

from datetime import date

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_outcome
from mikroledger.cli.types import Day, reason_option, writing
from mikroledger.services import defer as service
from mikroledger.services.defer import Deferral, Resumption


@click.command(
    help=said(
        "Giv henstand. Så længe den varer, sendes ingen rykker.\n\nEksempel: mikroledger defer"
        ' L2011-0001 --from 01-10-2011 --until 31-12-2011 --reason "afgørelse 14" --by anl',
        "Grant a deferral. While it lasts, no reminder is sent.\n\nExample: mikroledger defer"
        ' L2011-0001 --from 01-10-2011 --until 31-12-2011 --reason "decision 14" --by anl',
    ),
)
@click.argument("loan")
@click.option("--from", "start", type=Day(), help=said("Fra; ellers i dag.", "From; else today."))
@click.option("--until", type=Day(), help=said("Til og med.", "Until, that day included."))
@reason_option
@writing()
@click.pass_obj
def defer(
    app: App,
    loan: str,
    start: date | None,
    until: date | None,
    reason: str,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Grant a deferral."""
    order = Deferral(loan, start or app.today, until, reason)
    outcome = service.defer(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)


@click.command(
    help=said(
        "Lad en henstand slutte, så der igen kan sendes breve.\n\nEksempel: mikroledger resume"
        ' L2011-0001 --from 01-12-2011 --reason "indtægt igen" --by anl',
        "End a deferral, so that letters may go again.\n\nExample: mikroledger resume"
        ' L2011-0001 --from 01-12-2011 --reason "earning again" --by anl',
    ),
)
@click.argument("loan")
@click.option(
    "--from",
    "start",
    type=Day(),
    help=said("Fra den dag gælder planen igen; ellers i dag.", "From that day on; else today."),
)
@click.option(
    "--claim",
    is_flag=True,
    help=said("Gældsstyrelsen giver kravet tilbage.", "Gældsstyrelsen gives the claim back."),
)
@reason_option
@writing()
@click.pass_obj
def resume(
    app: App,
    loan: str,
    start: date | None,
    reason: str,
    by: str | None,
    *,
    claim: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """End a deferral, or take a claim back."""
    order = Resumption(loan, start or app.today, reason, claim)
    outcome = service.resume(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
