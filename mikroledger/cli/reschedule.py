"""`mikroledger reschedule`: a new plan for what is outstanding."""

from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import outcome_json, show_outcome
from mikroledger.cli.plans import plan_options, show_plan, terms_from
from mikroledger.cli.types import Day, reason_option, writing
from mikroledger.services.plans import required
from mikroledger.services.reschedule import Rescheduling
from mikroledger.services.reschedule import reschedule as service


@click.command(
    help=said(
        "Lav en ny plan for restgælden. Den gamle bliver stående i bogen.\n\n"
        "Eksempel: mikroledger reschedule L2011-0001 --instalments 12 --first-due 01-02-2012"
        ' --reason "afgørelse 31" --by anl',
        "Make a new plan for what is outstanding. The old one stays in the book.\n\n"
        "Example: mikroledger reschedule L2011-0001 --instalments 12 --first-due 01-02-2012"
        ' --reason "decision 31" --by anl',
    ),
)
@click.argument("loan")
@plan_options
@click.option("--on", type=Day(), help=said("Aftalens dag; ellers i dag.", "Its day; else today."))
@reason_option
@writing()
@click.pass_obj
def reschedule(
    app: App,
    /,
    *,
    loan: str,
    on: date | None,
    reason: str,
    by: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Agree on a new plan."""
    order = Rescheduling(loan, on or app.today, required(terms_from(given)), reason)
    outcome = service(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=False, dry_run=dry_run)
    plan = order.terms.plan(outcome.amount, outcome.day)
    show_plan(outcome_json(outcome), plan, as_json=as_json)
