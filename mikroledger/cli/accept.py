"""`mikroledger accept`: a finding that is right as it is, with a reason, and who stands for it."""

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_outcome
from mikroledger.cli.types import reason_option, writing
from mikroledger.services import accept as accepting


@click.command(
    help=said(
        "Acceptér en bemærkning, der er rigtig, som den er. Den tæller ikke mere med, så længe"
        " beløbet er det samme; en fejl skal en anden person også godkende. Intet rettes.\n\n"
        'Eksempel: mikroledger accept ML204-000002-1 --reason "udvalget har besluttet det"'
        " --by anl",
        "Accept a finding that is right as it is. It counts no more while its amount is the same;"
        " an error needs a second person too. Nothing is edited.\n\n"
        'Example: mikroledger accept ML204-000002-1 --reason "the committee decided it"'
        " --by anl",
    ),
)
@click.argument("finding")
@click.option(
    "--withdraw",
    is_flag=True,
    help=said("Træk accepten tilbage.", "Withdraw the acceptance."),
)
@reason_option
@writing()
@click.pass_obj
def accept(
    app: App,
    finding: str,
    reason: str,
    by: str | None,
    *,
    withdraw: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Accept a finding, or withdraw that."""
    house, who = app.house, app.who(by)
    order = accepting.Accepting(finding, reason)
    if withdraw:
        outcome = accepting.withdraw(house.journal, order, who, dry_run=dry_run)
    else:
        if finding.startswith("ML404"):
            order = accepting.Accepting(finding, reason, house.files)
        outcome = accepting.accept(house.journal, house.rules, order, who, dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
