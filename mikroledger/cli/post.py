"""`mikroledger post`: hand letters over to those who carry them, and what became of each."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mikroledger.cli.app import App, safe, said, today
from mikroledger.cli.output import show_head, show_json, show_table
from mikroledger.cli.progress import Bar
from mikroledger.cli.types import json_option, read_text, writing
from mikroledger.days import parse_day
from mikroledger.domain.portfolio import RETURNED
from mikroledger.domain.post import DELIVERED, STATES
from mikroledger.errors import UsageError
from mikroledger.services.post import Dispatch, Receipt, dispatch, items, receive

_STATE = {
    "made": ("lavet", "made"),
    "handed-over": ("afleveret", "handed over"),
    "delivered": ("leveret", "delivered"),
    "returned": ("kommet retur", "returned"),
}


@click.group(
    help=said(
        "Aflevér brevene til Digital Post og til print. Hold rede på, hvad der blev af dem.\n\n"
        "Eksempel: mikroledger post out --by nat",
        "Hand the letters over to Digital Post and to print. Keep what became of them.\n\n"
        "Example: mikroledger post out --by nat",
    ),
)
def post() -> None:
    """Hand letters over."""


@post.command(
    "out",
    help=said(
        "Aflevér de breve, der venter: en MeMo-besked for hvert digitalt, én PDF til print i"
        " postnummerorden, og en liste. Alt ligger i bogens mappe outgoing/.\n\n"
        "Eksempel: mikroledger post out --by nat",
        "Hand over the letters that wait: a MeMo message for each digital one, one PDF for print"
        " in the order of postcodes, and a list. All lies in the book's folder outgoing/.\n\n"
        "Example: mikroledger post out --by nat",
    ),
)
@writing()
@click.pass_obj
def out(app: App, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Hand over what waits."""
    bar = Bar("Post", "Post")
    try:
        done = dispatch(app.house.post, app.who(by), bar, dry_run=dry_run)
    finally:
        bar.done()
    if as_json:
        show_json(
            {
                "batch": done.batch or None,
                "folder": f"outgoing/{done.batch}" if done.batch else None,
                "finished": done.finished,
                "letters": [
                    {
                        "id": p.letter,
                        "loan": p.loan,
                        "kind": p.kind,
                        "channel": p.channel,
                        "uuid": p.uuid if p.channel == "digital" else None,
                    }
                    for p in done.sent
                ],
                "old": [{"id": i.letter, "loan": i.loan, "day": i.on} for i in done.old],
                "left": [
                    {"id": i.letter, "loan": i.loan, "text": app.say(e.text)} for i, e in done.left
                ],
            }
        )
    _tell(app, done, dry_run=dry_run, as_json=as_json)
    if done.left:
        sys.exit(1)


def _tell(app: App, done: Dispatch, *, dry_run: bool, as_json: bool) -> None:
    for batch in done.finished:
        app.tell(
            f"outgoing/{batch} var afbrudt og er nu afleveret.",
            f"outgoing/{batch} was interrupted and is handed over now.",
        )
    for item, error in done.left:
        app.tell(
            f"{item.letter} ({item.loan}) er ikke afleveret. {error.text.da}",
            f"{item.letter} ({item.loan}) was not handed over. {error.text.en}",
        )
    if done.old:
        count = len(done.old)
        app.tell(
            f"{count} ældre breve er ikke afleveret (post-within-days). Er de sendt på anden vis,"
            " så skriv det med »mikroledger post receipt«.",
            f"{count} older letters were not handed over (post-within-days). If they were sent in"
            " another way, record that with 'mikroledger post receipt'.",
        )
    if done.batch and not as_json:
        click.echo(str(app.house.book / "outgoing" / done.batch))
    digital = sum(parcel.channel == "digital" for parcel in done.sent)
    paper, left = len(done.sent) - digital, len(done.left)
    trial = ("Prøve: ", "Dry run: ") if dry_run else ("", "")
    app.tell(
        f"{trial[0]}{digital} til Digital Post, {paper} til print, {left} ikke afleveret.",
        f"{trial[1]}{digital} for Digital Post, {paper} for print, {left} not handed over.",
    )
    show_head(app, done.head)


@post.command(
    "list",
    help=said("Vis hvert brev, og hvor det er.", "Show each letter, and where it is."),
)
@click.option(
    "--state",
    type=click.Choice(STATES),
    help=said("Kun dem i denne tilstand.", "Only those in this state."),
)
@json_option
@click.pass_obj
def list_(app: App, state: str | None, *, as_json: bool) -> None:
    """Show letters."""
    app.ledger(None, ())
    found = [item for item in items(app.house.journal) if state in (None, item.state)]
    if as_json:
        show_json(
            [
                {
                    "id": i.letter,
                    "loan": i.loan,
                    "kind": i.kind,
                    "level": i.level,
                    "day": i.on,
                    "state": i.state,
                    "since": i.since,
                    "channel": i.channel or None,
                    "batch": i.batch or None,
                    "uuid": i.uuid or None,
                    "file": i.file,
                    "cancelled": i.cancelled,
                }
                for i in found
            ]
        )
        return
    head = said("Brev;Lån;Slags;Dag;Tilstand;Siden", "Letter;Loan;Kind;Day;State;Since").split(";")
    rows = [
        [i.letter, i.loan, i.kind, str(i.on), said(*_STATE[i.state]), str(i.since)] for i in found
    ]
    show_table(head, rows, frozenset())


@post.command(
    "receipt",
    help=said(
        "Registrér kvitteringer fra dem, der bringer brevene: en CSV-fil med kolonnerne"
        " letter;state;day, hvor letter er brevets nummer eller beskedens UUID, og state er"
        " delivered eller returned. Et brev, der er kommet retur fra Digital Post, går ud på"
        " papir næste gang.\n\nEksempel: mikroledger post receipt kvitteringer.csv --by reg",
        "Record the receipts of those who carry the letters: a CSV file with the columns"
        " letter;state;day, where letter is the letter's number or the message's UUID, and state"
        " is delivered or returned. A letter that came back from Digital Post goes out on paper"
        " the next time.\n\nExample: mikroledger post receipt receipts.csv --by reg",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@writing()
@click.pass_obj
def receipt(app: App, file: Path, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Record receipts."""
    rows = read_receipts(file)
    outcome = receive(app.house.journal, rows, app.who(by), dry_run=dry_run)
    count = len(outcome.entries) if outcome else 0
    if as_json:
        show_json({"rows": len(rows), "booked": count, "already": len(rows) - count})
    elif outcome and dry_run:
        click.echo(safe(outcome.text.rstrip()))
    trial = ("Prøve: ", "Dry run: ") if dry_run else ("", "")
    app.tell(
        f"{trial[0]}{count} kvitteringer registreret, {len(rows) - count} var kendt.",
        f"{trial[1]}{count} receipts recorded, {len(rows) - count} were known.",
    )
    if outcome and not dry_run:
        show_head(app, outcome.head)


_COLUMNS = ["letter", "state", "day"]


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """Read a list of receipts: header `letter,state,day`, comma or semicolon.

    Raises:
        UsageError: it is no such list; file and line are told.
    """
    head, _, body = read_text(path).partition("\n")
    mark = ";" if ";" in head else ","
    if [name.strip().lower() for name in head.split(mark)] != _COLUMNS:
        raise UsageError(
            da=f"{path}: første linje skal være »{mark.join(_COLUMNS)}«.",
            en=f"{path}: the first line must be '{mark.join(_COLUMNS)}'.",
        )
    lines = enumerate(csv.reader(io.StringIO(body), delimiter=mark), 2)
    return tuple(_receipt(path, number, cells) for number, cells in lines if cells)


def _receipt(path: Path, number: int, cells: Sequence[str]) -> Receipt:
    state = cells[1].strip().lower() if len(cells) == len(_COLUMNS) else ""
    if state not in {DELIVERED, RETURNED}:
        raise UsageError(
            da=f"{path}, linje {number}: skriv et brev, delivered eller returned, og en dag.",
            en=f"{path}, line {number}: write a letter, delivered or returned, and a day.",
        )
    try:
        return Receipt(number, cells[0].strip(), state, parse_day(cells[2], today()))
    except UsageError as error:
        raise UsageError(
            da=f"{path}, linje {number}: {error.text.da}",
            en=f"{path}, line {number}: {error.text.en}",
        ) from error
