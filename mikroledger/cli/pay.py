"""`mikroledger disburse` and `mikroledger repay`."""

import os
from datetime import date
from decimal import Decimal

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_outcome
from mikroledger.cli.types import Day, Key, Kroner, key_option, writing
from mikroledger.services.pay import Pay
from mikroledger.services.pay import pay as service

_on = click.option(
    "--on",
    "day",
    type=Day(),
    help=said("Valørdag; i dag, hvis intet siges.", "Value day; today if not given."),
)
_ref = click.option("--ref", type=Key(), help=said("Bankens reference.", "The bank's reference."))


def _key(app: App, ref: str | None, key: str | None) -> str:
    """Make a key on a terminal, and show it; elsewhere one must be given."""
    if key or ref or not app.at_terminal:
        return key or ""
    made = os.urandom(6).hex()
    app.tell(
        f"Nøgle: {made}. Giv den med --key, hvis du kører kommandoen igen.",
        f"Key: {made}. Give it with --key if you run the command again.",
    )
    return made


@click.command(
    help=said(
        "Udbetal et lån: altid til lånets egen konto. En anden person godkender.\n\n"
        "Eksempel: mikroledger disburse L2011-0001 20.000,00 --on 02-05-2011 --ref PAY-1 --by anl",
        "Pay out a loan: only ever to its own account. A second person approves.\n\n"
        "Example: mikroledger disburse L2011-0001 20.000,00 --on 02-05-2011 --ref PAY-1 --by anl",
    ),
)
@click.argument("loan")
@click.argument("amount", type=Kroner())
@_on
@_ref
@key_option
@writing()
@click.pass_obj
def disburse(
    app: App,
    loan: str,
    amount: Decimal,
    day: date | None,
    ref: str | None,
    key: str | None,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Pay out a loan."""
    order = Pay("disburse", loan, amount, day or app.today, ref or "", _key(app, ref, key))
    outcome = service(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
    if outcome.outcome == "booked" and not dry_run:
        from mikroledger.cli.paper import notify

        notify(app, outcome.loan, app.who(by))


@click.command(
    help=said(
        "Bogfør et afdrag. Den samme reference bogføres aldrig to gange.\n\n"
        "Eksempel: mikroledger repay L2011-0001 500,00 --on 01-09-2011 --ref FI-1 --by anl",
        "Book a repayment. The same reference is never booked twice.\n\n"
        "Example: mikroledger repay L2011-0001 500,00 --on 01-09-2011 --ref FI-1 --by anl",
    ),
)
@click.argument("loan")
@click.argument("amount", type=Kroner())
@_on
@_ref
@key_option
@click.option(
    "--overpayment",
    is_flag=True,
    help=said("Skyld låntageren det overskydende.", "Owe the excess to the borrower."),
)
@writing()
@click.pass_obj
def repay(
    app: App,
    loan: str,
    amount: Decimal,
    day: date | None,
    ref: str | None,
    key: str | None,
    by: str | None,
    *,
    overpayment: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Book a repayment."""
    order = Pay(
        "repay", loan, amount, day or app.today, ref or "", _key(app, ref, key), overpayment
    )
    outcome = service(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
