"""`mikroledger init`: a new, empty book."""

import getpass
from pathlib import Path

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import by_option, json_option
from mikroledger.wiring import new_book


@click.command(
    help=said(
        "Lav en ny, tom bog. Kontoplan, politik og brevtekster følger med; kommunen retter dem"
        " til.\n\n"
        "Eksempel: mikroledger init mikrolaan",
        "Make a new, empty book. Chart, policy and letter texts come with it, for the"
        " municipality to edit.\n\n"
        "Example: mikroledger init mikrolaan",
    ),
)
@click.argument("folder", type=click.Path(path_type=Path))
@by_option
@click.option("--dry-run", is_flag=True)
@click.option("--yes", is_flag=True, expose_value=False)
@json_option
@click.pass_obj
def init(
    app: App,
    folder: Path,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a new book."""
    new_book(folder, app.today, by or getpass.getuser(), dry_run=dry_run)
    if as_json:
        show_json({"book": str(folder), "outcome": "proposed" if dry_run else "booked"})
    if dry_run:
        app.tell(f"Prøve: bogen kan laves i {folder}.", f"Dry run: {folder} can be made.")
        return
    app.tell(
        f"Bogen ligger i {folder}. Ret policy.beancount (kommunens navn, telefon, kreditornummer)"
        " og accounts.beancount (kontonumre), før den tages i brug.",
        f"The book is in {folder}. Edit policy.beancount (the municipality's name, phone, creditor"
        " number) and accounts.beancount (account numbers) before it is used.",
    )
