"""`mikroledger debtor`: the register of borrowers, apart from the ledger."""

import csv
import getpass
import io
from pathlib import Path
from typing import Any

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_json, show_table
from mikroledger.cli.types import json_option, read_text
from mikroledger.debtors import Debtor, Number, Payer, mask, plain, read_cpr, read_cvr
from mikroledger.domain.parts import of_loan
from mikroledger.errors import RefusedError
from mikroledger.services.order import the_loan


@click.group(help=said("Låntagerregistret: navn, adresse, CPR.", "The register of borrowers."))
def debtor() -> None:
    """Keep the register."""


def _debtor(app: App, given: dict[str, Any]) -> Debtor:
    number: Number | None = None
    if given.get("cpr"):
        number = read_cpr(given["cpr"])
    elif given.get("cvr"):
        number = read_cvr(given["cvr"])
    for warning in number.warnings if number else ():
        app.tell(warning.da, warning.en)
    return Debtor(
        number=given["number"],
        name=given["name"].strip(),
        address=given["address"].strip(),
        id_kind=None if number is None else "cpr" if given.get("cpr") else "cvr",
        id_number=number.digits if number else None,
        paper=bool(given.get("paper")),
        protected=bool(given.get("protected")),
    )


@debtor.command(
    "add",
    help=said(
        'Opret en låntager.\n\nEksempel: mikroledger debtor add D0001 --name "Ane Opdigtet"'
        ' --address "Prøvevej 1; 9999 Eksempelby" --cpr 610190-0000',
        'Add a debtor.\n\nExample: mikroledger debtor add D0001 --name "Ane Opdigtet"'
        ' --address "Prøvevej 1; 9999 Eksempelby" --cpr 610190-0000',
    ),
)
@click.argument("number")
@click.option("--name", required=True)
@click.option("--address", required=True, help=said("Linjer skilt af semikolon.", "Lines by ;."))
@click.option("--cpr")
@click.option("--cvr")
@click.option("--paper", is_flag=True, help=said("Fritaget for Digital Post.", "Paper post."))
@click.option("--protected", is_flag=True, help=said("Beskyttet adresse.", "Protected address."))
@click.option("--by", envvar="MIKROLEDGER_BY")
@click.option("--dry-run", is_flag=True)
@click.option("--yes", is_flag=True, expose_value=False)
@json_option
@click.pass_obj
def add(
    app: App,
    /,
    *,
    by: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Add a debtor."""
    new = _debtor(app, given)
    register = app.house.register
    fresh = register.add(new, by=by or getpass.getuser(), on=app.today, dry_run=dry_run)
    outcome = "booked" if fresh else "already"
    if as_json:
        show_json({"debtor": new.number, "outcome": outcome})
    if dry_run:
        app.tell(f"Prøve: {new.number} ville blive oprettet.", f"Dry run: {new.number} is good.")
    elif fresh:
        app.tell(f"{new.number} er oprettet.", f"{new.number} was added.")
    else:
        app.tell(f"{new.number} fandtes allerede.", f"{new.number} was there already.")


def _row(one: Debtor) -> dict[str, Any]:
    return {
        "debtor": one.number,
        "name": one.name,
        "address": "" if one.protected else one.address,
        "id": mask(one.id_number) if one.id_number else "",
        "paper": one.paper,
        "protected": one.protected,
    }


@debtor.command("show", help=said("Vis én låntager (CPR skjult).", "Show one debtor."))
@click.argument("number")
@json_option
@click.pass_obj
def show(app: App, number: str, *, as_json: bool) -> None:
    """Show one debtor."""
    row = _row(app.house.register.get(number))
    if as_json:
        show_json(row)
    else:
        show_table(
            [said("Felt", "Field"), said("Værdi", "Value")],
            [[key, str(value)] for key, value in row.items()],
            frozenset(),
        )


@debtor.command("list", help=said("Vis alle låntagere (CPR skjult).", "Show all debtors."))
@json_option
@click.pass_obj
def list_(app: App, *, as_json: bool) -> None:
    """Show all debtors."""
    rows = [_row(one) for one in app.house.register.all()]
    if as_json:
        show_json(rows)
    else:
        head = said("Nr.;Navn;CPR/CVR;Papir", "No.;Name;CPR/CVR;Paper").split(";")
        show_table(
            head,
            [[r["debtor"], r["name"], r["id"], "x" if r["paper"] else ""] for r in rows],
            frozenset(),
        )


@debtor.command(
    "payer",
    help=said(
        "Gem den tekst, som en låntagers bank skriver på hvert afdrag, så »import« kender den."
        " Uden TEKST vises dem, der er gemt.\n\n"
        'Eksempel: mikroledger debtor payer D0001 "fast overførsel 4711" --contains',
        "Keep the text that a borrower's bank writes on each instalment, so that 'import' knows"
        " it. Without TEXT, those that are kept are shown.\n\n"
        'Example: mikroledger debtor payer D0001 "standing order 4711" --contains',
    ),
)
@click.argument("number")
@click.argument("text", required=False)
@click.option(
    "--contains", is_flag=True, help=said("En del af teksten er nok.", "A part will do.")
)
@click.option("--loan", default="", help=said("Lånet, hvis der er flere.", "Which, of several."))
@click.option("--remove", is_flag=True, help=said("Slet teksten.", "Forget the text."))
@click.option("--by", envvar="MIKROLEDGER_BY")
@click.option("--dry-run", is_flag=True)
@click.option("--yes", is_flag=True, expose_value=False)
@json_option
@click.pass_obj
def payer(
    app: App,
    number: str,
    text: str | None,
    loan: str,
    by: str | None,
    *,
    contains: bool,
    remove: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Keep, show or forget a payer's text."""
    payers = app.house.payers
    if text is None:
        _show_payers(app, number, as_json=as_json)
        return
    if loan and the_loan(app.ledger(None, (of_loan(loan),)), loan).debtor != number:
        raise RefusedError(
            da=f"{loan} er ikke {number}s lån.", en=f"{loan} is not a loan of {number}."
        )
    one = Payer(plain(text), "contains" if contains else "equals", number, loan)
    if remove:
        changed = payers.remove(one, dry_run=dry_run)
    else:
        changed = payers.add(one, by=by or getpass.getuser(), on=app.today, dry_run=dry_run)
    if as_json:
        show_json({"debtor": number, "outcome": "booked" if changed else "already"})
    app.tell(
        "Prøve: intet er gemt." if dry_run else "Gemt." if changed else "Intet at ændre.",
        "Dry run: nothing was kept." if dry_run else "Kept." if changed else "Nothing to change.",
    )


def _show_payers(app: App, number: str, *, as_json: bool) -> None:
    rows = [p for p in app.house.payers.all() if p.debtor == number]
    if as_json:
        show_json([{"text": p.text, "how": p.how, "loan": p.loan} for p in rows])
        return
    head = said("Tekst;Hvordan;Lån", "Text;How;Loan").split(";")
    show_table(head, [[p.text, p.how, p.loan] for p in rows], frozenset())


@debtor.command(
    "import",
    help=said(
        "Opret låntagere fra en CSV-fil: number;name;address;cpr;paper;protected.",
        "Add debtors from a CSV file: number;name;address;cpr;paper;protected.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", envvar="MIKROLEDGER_BY")
@click.option("--dry-run", is_flag=True)
@json_option
@click.pass_obj
def import_(app: App, file: Path, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Add debtors from a file: all of them or none."""
    new = [_debtor(app, row) for row in read_debtors(file)]
    added = app.house.register.add_all(
        new,
        by=by or getpass.getuser(),
        on=app.today,
        dry_run=dry_run,
    )
    if as_json:
        show_json({"rows": len(new), "booked": added, "already": len(new) - added})
    app.tell(
        f"{added} oprettet, {len(new) - added} fandtes.",
        f"{added} added, {len(new) - added} were there.",
    )


_FIELDS = ["number", "name", "address", "cpr", "paper", "protected"]


def read_debtors(file: Path) -> list[dict[str, Any]]:
    """Read a debtor file; a bad line is named."""
    text = read_text(file)
    reader = csv.DictReader(io.StringIO(text), delimiter=";", strict=True)
    if reader.fieldnames != _FIELDS:
        raise RefusedError(
            da=f"{file}: første linje skal være {';'.join(_FIELDS)}.",
            en=f"{file}: the first line must be {';'.join(_FIELDS)}.",
        )
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise RefusedError(
                da=f"{file}, linje {reader.line_num}: linjen har ikke {len(_FIELDS)} felter.",
                en=f"{file}, line {reader.line_num}: the line has not {len(_FIELDS)} fields.",
            )
        flags = {key: row[key].strip().lower() in {"ja", "x", "1", "yes"} for key in _FIELDS[4:]}
        rows.append({**row, **flags})
    return rows
