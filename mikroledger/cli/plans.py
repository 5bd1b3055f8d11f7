"""Options that say how a plan is made, and how a plan is shown."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from mikroledger.cli.app import said, today
from mikroledger.cli.output import show_json, show_table
from mikroledger.cli.types import Day, Kroner, Period, read_text
from mikroledger.days import parse_day
from mikroledger.domain.plan import Instalment, Terms
from mikroledger.errors import UsageError
from mikroledger.money import danish, parse_amount

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--instalments", type=click.IntRange(1, 1200), help=said("Antal rater.", "How many.")
    ),
    click.option("--instalment", type=Kroner(), help=said("Ratens beløb.", "Amount of each.")),
    click.option(
        "--plan",
        type=click.Path(path_type=Path),
        help=said("CSV med day,amount.", "CSV with day,amount."),
    ),
    click.option("--first-due", type=Day(), help=said("Første forfald.", "First due day.")),
    click.option(
        "--first-due-after",
        type=Period(),
        help=said(
            "Første forfald efter udbetalingen (ny plan: efter aftalen), fx 6m.",
            "After the payout (new plan: after the agreement), such as 6m.",
        ),
    ),
    click.option("--every", type=Period(), default="1m", show_default=True),
    click.option(
        "--whole-kroner", is_flag=True, help=said("Rater i hele kroner.", "Whole kroner.")
    ),
)


def plan_options(command: Command) -> Command:
    """Give a command the options that say how a plan is made; `terms_from` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def terms_from(given: dict[str, Any]) -> Terms | None:
    """Return the terms that the options say, or None where they say none.

    Raises:
        UsageError: they say it in two ways, or a plan's file cannot be read.
    """
    chosen = [n for n in ("instalments", "instalment", "plan") if given[n] is not None]
    if not chosen:
        return None
    if len(chosen) > 1:
        raise UsageError(
            da="Giv kun én af --instalments, --instalment og --plan.",
            en="Give only one of --instalments, --instalment and --plan.",
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


def show_plan(result: dict[str, Any], plan: Sequence[Instalment], *, as_json: bool) -> None:
    """Print a loan's number and a plan."""
    if as_json:
        rows = [
            {"number": p.number, "due": p.due, "pay_by": p.pay_by, "amount": p.amount}
            for p in plan
        ]
        show_json({**result, "plan": rows})
        return
    click.echo(result["loan"])
    if plan:
        head = said("Rate;Forfalder;Betal senest;Beløb", "No.;Due;Pay by;Amount").split(";")
        show_table(
            head,
            [[str(p.number), str(p.due), str(p.pay_by), danish(p.amount)] for p in plan],
            frozenset({0, 3}),
        )
