"""`mikroledger countersign` and `mikroledger reverse`."""

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_outcome
from mikroledger.cli.paper import notify, voucher
from mikroledger.cli.types import reason_option, writing
from mikroledger.domain.parts import of_id
from mikroledger.services import countersign as countersigning
from mikroledger.services.close import closed_by
from mikroledger.services.reverse import reverse as reverse_service


@click.command(
    help=said(
        "Godkend det, en anden har foreslået. En udbetaling, en rettelse, en accept eller en måned"
        " godkendes af en anden end den, der lavede den.\n\n"
        "Eksempel: mikroledger countersign 000004 --by bok",
        "Approve what another person has proposed. A payout, a correction, an acceptance or a"
        " month is approved by somebody else than who made it.\n\n"
        "Example: mikroledger countersign 000004 --by bok",
    ),
)
@click.argument("number", metavar="ID")
@click.option("--decline", is_flag=True, help=said("Afvis forslaget.", "Decline the proposal."))
@reason_option
@writing()
@click.pass_obj
def countersign(
    app: App,
    number: str,
    reason: str,
    by: str | None,
    *,
    decline: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Approve or decline a proposal."""
    journal, who = app.house.journal, app.who(by)
    if decline:
        outcome = countersigning.decline(journal, number, reason, who, dry_run=dry_run)
    else:
        outcome = countersigning.countersign(journal, number, who, dry_run=dry_run)
        month = None if outcome.loan else closed_by(journal.read((of_id(number),)), number)
        if month:
            from mikroledger.cli.close import tell_month

            tell_month(app, outcome, month, as_json=as_json, dry_run=dry_run)
            return
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
    if not (dry_run or decline):  # given again, it makes what a crash may have kept from it
        notify(app, outcome.loan, who)
        voucher(app, outcome)


@click.command(
    help=said(
        "Tag en postering tilbage med en ny, modsat postering. Intet slettes.\n\n"
        'Eksempel: mikroledger reverse 000012 --reason "forkert lån" --by reg',
        "Take a posting back with a new, opposite one. Nothing is deleted.\n\n"
        'Example: mikroledger reverse 000012 --reason "wrong loan" --by reg',
    ),
)
@click.argument("number", metavar="ID")
@reason_option
@writing()
@click.pass_obj
def reverse(
    app: App,
    number: str,
    reason: str,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take a posting back."""
    outcome = reverse_service(app.house.journal, number, reason, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
