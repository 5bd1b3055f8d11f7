"""`mikroledger approve`: record a decision; a loan gets its account and its number."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import click

from mikroledger.cli.app import App, said, today
from mikroledger.cli.output import outcome_json, plain, show_json, show_outcome, show_table
from mikroledger.cli.types import Day, Key, Kroner, Period, key_option, read_text, writing
from mikroledger.days import parse_day
from mikroledger.domain.case import cases
from mikroledger.domain.plan import Terms
from mikroledger.errors import UsageError
from mikroledger.money import danish, parse_amount
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
@click.option(
    "--instalments", type=click.IntRange(1, 1200), help=said("Antal rater.", "How many.")
)
@click.option("--instalment", type=Kroner(), help=said("Ratens beløb.", "Amount of each."))
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    help=said("CSV med day,amount.", "CSV with day,amount."),
)
@click.option("--first-due", type=Day(), help=said("Første forfald.", "First due day."))
@click.option(
    "--first-due-after",
    type=Period(),
    help=said("Første forfald efter udbetalingen, fx 6m.", "After the payout, such as 6m."),
)
@click.option("--every", type=Period(), default="1m", show_default=True)
@click.option("--whole-kroner", is_flag=True, help=said("Rater i hele kroner.", "Whole kroner."))
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
    chosen = [n for n in ("instalments", "instalment", "plan") if given[n] is not None]
    if not chosen:
        return None
    if len(chosen) > 1 or given["kind"] != "loan":
        raise UsageError(
            da="Giv én af --instalments, --instalment og --plan, og kun for et lån.",
            en="Give one of --instalments, --instalment and --plan, and only for a loan.",
        )
    if given["instalment"] is not None and given["instalment"] <= 0:
        raise UsageError(
            da="En rate skal være større end nul.",
            en="An instalment must be above zero.",
        )
    return Terms(
        first_due=given["first_due"],
        first_due_after=given["first_due_after"] or "",
        every=given["every"],
        count=given["instalments"] or 0,
        each=given["instalment"] or Decimal("0.00"),
        rows=_rows(given["plan"]) if given["plan"] else (),
        whole=given["whole_kroner"],
    )


def _rows(path: Path) -> tuple[tuple[date, Decimal], ...]:
    """Read a plan file: header `day,amount`, comma or semicolon."""
    text = read_text(path)
    head, _, body = text.partition("\n")
    mark = ";" if ";" in head else ","
    if [name.strip().lower() for name in head.split(mark)] != ["day", "amount"]:
        raise UsageError(
            da=f"{path}: første linje skal være »day{mark}amount«.",
            en=f"{path}: the first line must be 'day{mark}amount'.",
        )
    rows = []
    for number, cells in enumerate(csv.reader(io.StringIO(body), delimiter=mark), 2):
        if not cells:
            continue
        try:
            day, amount = cells
            rows.append((parse_day(day, today()), parse_amount(amount)))
        except ValueError as error:
            raise UsageError(
                da=f"{path}, linje {number}: skriv en dag og et beløb.",
                en=f"{path}, line {number}: write a day and an amount.",
            ) from error
        except UsageError as error:
            raise UsageError(
                da=f"{path}, linje {number}: {error.text.da}",
                en=f"{path}, line {number}: {error.text.en}",
            ) from error
    return tuple(rows)


def _show(app: App, order: Approval, result: dict[str, Any], *, as_json: bool) -> None:
    """Print the loan number and the plan: as decided, until the payout moves it."""
    known = cases(app.house.journal.read()).get(result["loan"])
    day = known.decided if known else order.decided
    terms = known.terms if known else order.terms
    plan = terms.plan(order.principal, day) if terms and order.kind == "loan" else ()
    if as_json:
        rows = [
            {"number": p.number, "due": p.due, "pay_by": p.pay_by, "amount": p.amount}
            for p in plan
        ]
        show_json({**result, "plan": plain(rows)})
        return
    click.echo(result["loan"])
    if plan:
        head = said("Rate;Forfalder;Betal senest;Beløb", "No.;Due;Pay by;Amount").split(";")
        show_table(
            head,
            [[str(p.number), str(p.due), str(p.pay_by), danish(p.amount)] for p in plan],
            frozenset({0, 3}),
        )
