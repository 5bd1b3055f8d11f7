"""How results are shown: JSON for programs, a table for people, rich only on a terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import click

from mikroledger.cli.app import App, safe
from mikroledger.days import long_day
from mikroledger.money import danish
from mikroledger.services.order import Outcome

_BITS = 10_000
"""Names, values and marks of JSON that are written together."""


def _plain(value: Any) -> Any:
    """Turn a value into what JSON knows: money as decimal strings, dates ISO."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, Mapping), f"{value!r} is nothing that JSON knows"
    return dict(value)


def show_json(value: Any) -> None:
    """Write a result as JSON on stdout, bit by bit: a large one is never there as a whole."""
    import json

    bits = json.JSONEncoder(ensure_ascii=False, indent=2, default=_plain).iterencode(value)
    while some := "".join(islice(bits, _BITS)):
        click.echo(some, nl=False)
    click.echo()


def _terminal() -> bool:
    return sys.stdout.isatty()


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    """Write a table on stdout; `right` names the columns of numbers."""
    if _terminal() and "NO_COLOR" not in os.environ:
        _rich(head, rows, right)
        return
    lines = [tuple(head), *(tuple(map(safe, row)) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    for line in lines:
        cells = [
            c.rjust(widths[n]) if n in right else c.ljust(widths[n]) for n, c in enumerate(line)
        ]
        click.echo("  ".join(cells).rstrip())


def _rich(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for place, name in enumerate(head):
        table.add_column(name, justify="right" if place in right else "left")
    for row in rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    Console().print(table)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the JSON contract has it."""
    return {
        "id": outcome.id,
        "loan": outcome.loan,
        "day": outcome.day,
        "amount": outcome.amount,
        "outcome": outcome.outcome,
        "commit": outcome.commit,
    }


def show_head(app: App, head: str) -> None:
    """Say the hash of the newest commit, so that it can be kept elsewhere (`verify --head`)."""
    if head:
        app.tell(f"Bogens hoved: {head}", f"Head of the book: {head}")


_RESULT = {
    "booked": ("Bogført", "Booked"),
    "already": ("Var allerede bogført", "Was booked already"),
    "proposed": ("Foreslået; venter på en anden person", "Proposed; waits for a second person"),
}


def show_outcome(app: App, outcome: Outcome, *, as_json: bool, dry_run: bool) -> None:
    """Tell what became of an order: data on stdout, words on stderr."""
    for note in outcome.notes:
        click.echo(app.say(note), err=True)
    if as_json:
        show_json(outcome_json(outcome))
    elif dry_run and outcome.text:
        click.echo(outcome.text.rstrip())
    da, en = _RESULT[outcome.outcome]
    if dry_run:
        da, en = f"Prøve, intet er bogført. {da}", f"Dry run, nothing was booked. {en}"
    when_da, when_en = long_day(outcome.day, "da"), long_day(outcome.day, "en")
    about = f" {outcome.loan}" if outcome.loan else ""
    about += f" {danish(outcome.amount)} kr." if outcome.amount else ""
    app.tell(
        f"{da}:{about} den {when_da} (id {outcome.id}).",
        f"{en}:{about} on {when_en} (id {outcome.id}).",
    )
    show_head(app, "" if dry_run else outcome.head)
    if outcome.outcome == "proposed" and not dry_run:
        app.tell(
            f"Bed en kollega godkende: mikroledger countersign {outcome.id} --by INITIALER",
            f"Ask a colleague to approve: mikroledger countersign {outcome.id} --by INITIALS",
        )
