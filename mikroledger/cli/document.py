"""`mikroledger import`: bank statements, notices and ERP lists, all or nothing per file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_head, show_json
from mikroledger.cli.types import writing
from mikroledger.errors import RefusedError
from mikroledger.importers import read
from mikroledger.money import danish
from mikroledger.services.import_ import Imported
from mikroledger.services.import_ import import_ as service


@click.command(
    "import",
    help=said(
        "Indlæs ERP-lister, kontoudtog og adviseringer. Kontoudtog er"
        " camt.053 eller CSV, adviseringer camt.054 eller Nets 0602. Hele filen eller intet; den"
        " samme fil to gange ændrer intet.\n\n"
        "Eksempel: mikroledger import posteringer-maj.csv kontoudtog-maj.csv --by reg",
        "Import ERP lists, bank statements and notices. Statements are"
        " camt.053 or CSV, notices camt.054 or Nets 0602. The whole file or nothing; the same file"
        " twice changes nothing.\n\n"
        "Example: mikroledger import postings-may.csv statement-may.csv --by reg",
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "map_name", default="", help=said("Kolonnekort.", "Column map."))
@click.option(
    "--account",
    default="",
    help=said(
        "Bankkonto, som kontoudtog uden kontonummer (CSV) er fra: IBAN, eller reg.nr. og konto.",
        "Bank account that statements without one (CSV) are of: IBAN, or reg. no. and account.",
    ),
)
@writing()
@click.pass_obj
def import_(
    app: App,
    files: tuple[Path, ...],
    map_name: str,
    account: str,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import documents."""
    house = app.house
    results = []
    for file in files:
        with _named(file):
            document = read(file, house.maps, map_name, account)
            done = service(house.journal, house.debtors, document, app.who(by), dry_run=dry_run)
        results.append(done)
        if not as_json:
            _tell(app, done)
        show_head(app, "" if dry_run else done.head)
    if as_json:
        show_json([_json(app, each) for each in results])
    if any(each.rejected for each in results):
        sys.exit(1)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Tell what is wrong with a file with its name."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(
            da=f"{file.name}: {error.text.da}",
            en=f"{file.name}: {error.text.en}",
        ) from error


def _json(app: App, done: Imported) -> dict[str, Any]:
    return {
        "file": done.file,
        "format": done.format,
        "rows": done.rows,
        "booked": done.booked,
        "already": done.already,
        "suspense": done.suspense,
        "rejected": [{"line": r.line, "reason": app.say(r.reason)} for r in done.rejected],
        "sum": done.sum,
        "commit": done.commit,
        "account": done.account,
    }


def _tell(app: App, done: Imported) -> None:
    for row in done.rejected:
        where = said("linje", "line")
        click.echo(safe(f"{done.file}, {where} {row.line}: {app.say(row.reason)}"), err=True)
    if done.rejected:
        app.tell(
            f"{safe(done.file)}: intet er bogført; {len(done.rejected)} rækker kan ikke læses."
            " Ret filen, og indlæs den igen.",
            f"{safe(done.file)}: nothing was booked; {len(done.rejected)} rows cannot be read."
            " Correct the file, and import it again.",
        )
        return
    of = (f", konto {done.account}", f", account {done.account}") if done.account else ("", "")
    app.tell(
        f"{safe(done.file)} ({done.format}{of[0]}): {done.rows} rækker, {danish(done.sum)} kr.;"
        f" {done.booked} bogført, {done.already} kendt, {done.suspense} uafklaret.",
        f"{safe(done.file)} ({done.format}{of[1]}): {done.rows} rows, {danish(done.sum)} kr.;"
        f" {done.booked} booked, {done.already} known, {done.suspense} unplaced.",
    )
