"""`mikroledger approve`: record a decision; a loan gets its account and its number."""

from typing import Any, get_args

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import outcome_json, show_outcome
from mikroledger.cli.plans import plan_options, show_plan, terms_from
from mikroledger.cli.types import Day, Key, Kroner, key_option, writing
from mikroledger.domain.case import cases
from mikroledger.domain.parts import of_loan
from mikroledger.domain.plan import Terms
from mikroledger.errors import UsageError
from mikroledger.services.approve import Approval, Kind
from mikroledger.services.approve import approve as service


@click.command(
    help=said(
        "Registrér en bevilling: lån, tilskud eller forsørgelse. Et lån får sin plan.\n\n"
        "Eksempel: mikroledger approve --debtor D0001 --principal 20.000,00 --decided 25-03-2011"
        " --decision 2011-0412 --instalments 36 --first-due-after 6m --by anl",
        "Record a decision: loan, grant or subsistence. A loan gets its plan.\n\n"
        "Example: mikroledger approve --debtor D0001 --principal 20.000,00 --decided 25-03-2011"
        " --decision 2011-0412 --instalments 36 --first-due-after 6m --by anl",
    ),
)
@click.option("--kind", type=click.Choice(get_args(Kind)), default="loan", show_default=True)
@click.option("--debtor", required=True, help=said("Låntagerens nummer.", "Debtor number."))
@click.option("--principal", type=Kroner(), required=True, help=said("Beløb.", "Amount."))
@click.option("--decided", type=Day(), help=said("Afgørelsens dag.", "Day of the decision."))
@click.option("--decision", type=Key(), help=said("Afgørelsens nummer.", "Its ref."))
@plan_options
@click.option("--centre", default="", help=said("Lokalt center.", "Local centre."))
@click.option("--support", default="", help=said("Forsørgelse før (kode).", "Support before."))
@click.option(
    "--promissory-note", is_flag=True, help=said("Gældsbrev er underskrevet.", "Signed.")
)
@click.option("--promised", type=Day(), help=said("Lovet udbetalingsdag.", "Promised payout."))
@click.option("--loan", default="", help=said("Nummer; ellers det næste.", "Number, else next."))
@key_option
@writing()
@click.pass_obj
def approve(
    app: App,
    /,
    *,
    by: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Record a decision."""
    order = _order(app, given)
    house = app.house
    outcome = service(house.journal, house.debtors, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=False, dry_run=dry_run)
    _show(app, order, outcome_json(outcome), as_json=as_json)


def _order(app: App, given: dict[str, Any]) -> Approval:
    return Approval(
        kind=given["kind"],
        debtor=given["debtor"],
        principal=given["principal"],
        decided=given["decided"] or app.today,
        decision=given["decision"] or "",
        terms=_terms(given),
        loan=given["loan"],
        centre=given["centre"],
        support=given["support"],
        note=given["promissory_note"],
        promised=given["promised"],
        key=given["key"] or "",
    )


def _terms(given: dict[str, Any]) -> Terms | None:
    terms = terms_from(given)
    if terms and given["kind"] != "loan":
        raise UsageError(
            da="Kun et lån har en plan: udelad --instalments, --instalment og --plan.",
            en="Only a loan has a plan: leave --instalments, --instalment and --plan out.",
        )
    return terms


def _show(app: App, order: Approval, result: dict[str, Any], *, as_json: bool) -> None:
    """Print the loan number and the plan: as decided, until the payout moves it."""
    loan = result["loan"]
    known = cases(app.house.journal.read((of_loan(loan),))).get(loan)
    day = known.decided if known else order.decided
    terms = known.terms if known else order.terms
    plan = terms.plan(order.principal, day) if terms and order.kind == "loan" else ()
    show_plan(result, plan, as_json=as_json)
