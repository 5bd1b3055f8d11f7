"""`mikroledger export`: the book as a table for Excel, DuckDB and other programs."""

from datetime import date
from pathlib import Path

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import reading
from mikroledger.money import danish
from mikroledger.services.export import TABLES


@click.command(
    help=said(
        "Skriv en tabel til dansk Excel (CSV) eller Parquet. Posteringer, betalinger, lån eller"
        " restancer; ingen navne og ingen CPR-numre er med.\n\n"
        "Eksempel: mikroledger export loans --out laan.csv",
        "Write a table for Danish Excel (CSV) or Parquet. Postings, payments, loans or arrears;"
        " no names and no CPR numbers are in it.\n\n"
        "Example: mikroledger export loans --out loans.csv",
    ),
)
@click.argument("table", type=click.Choice(list(TABLES)))
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=said("Filen: .csv eller .parquet.", "The file: .csv or .parquet."),
)
@click.option(
    "--replace",
    is_flag=True,
    help=said("Overskriv filen, hvis den er der.", "Overwrite the file if it is there."),
)
@reading
@click.pass_obj
def export(
    app: App,
    table: str,
    out: Path,
    as_of: date | None,
    known_on: date | None,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    """Write a table."""
    from mikroledger.exports.tables import write

    app.ledger(known_on, ())
    day = as_of or known_on or app.today
    rows = TABLES[table](app.house.journal, day, known_on)
    made = write(rows, out, app.language, replace=replace)
    if as_json:
        show_json(
            {
                "file": str(out),
                "table": table,
                "as_of": day,
                "rows": made.rows,
                "sums": made.sums,
            }
        )
    names = dict(zip(rows.keys, rows.columns, strict=True))
    sums = [(names[key].title, danish(amount)) for key, amount in made.sums.items()]
    app.tell(
        f"{out}: {made.rows} rækker pr. {day}. "
        + "; ".join(f"{title.da} {amount}" for title, amount in sums),
        f"{out}: {made.rows} rows as of {day}. "
        + "; ".join(f"{title.en} {amount}" for title, amount in sums),
    )
