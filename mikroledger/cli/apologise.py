"""`mikroledger apologise`: take back the reminders that should not have been sent."""

import csv
import io
import re
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mikroledger.cli.app import App, safe, said, today
from mikroledger.cli.output import show_head, show_json
from mikroledger.cli.progress import Bar
from mikroledger.cli.types import read_text, writing
from mikroledger.days import parse_day
from mikroledger.domain.policy import policy_on
from mikroledger.errors import UsageError
from mikroledger.money import ZERO, danish, parse_amount
from mikroledger.rules import ALL_RULES
from mikroledger.services.apologise import (
    Apologies,
    SentLetter,
    Wrong,
    describe,
    find,
    record_sent,
)
from mikroledger.services.apologise import apologise as service
from mikroledger.services.order import Outcome

MUST = ("loan", "day")
MAY = ("level", "deadline", "amount", "fee", "reference")
"""Columns of a list of sent letters."""


@click.command(
    help=said(
        "Find de rykkere, der ikke skulle have været sendt. De annulleres med deres gebyr, og"
        " låntageren får en undskyldning, én gang. Giv en liste over breve, som et andet system"
        " har sendt, med --sent (kolonner: loan;day og efter behov level;deadline;amount;fee;"
        "reference).\n\n"
        "Eksempel: mikroledger apologise --sent rykkere-2011.csv --dry-run",
        "Find the reminders that should not have been sent. They are cancelled with their fee,"
        " and the borrower gets an apology, once. Give a list of letters that another system"
        " sent with --sent (columns: loan;day and if need be level;deadline;amount;fee;"
        "reference).\n\n"
        "Example: mikroledger apologise --sent reminders-2011.csv --dry-run",
    ),
)
@click.argument("letters", nargs=-1)
@click.option(
    "--sent",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help=said("Breve, som et andet system har sendt.", "Letters that another system sent."),
)
@writing(asks=True)
@click.pass_obj
def apologise(
    app: App,
    letters: tuple[str, ...],
    sent: Path | None,
    by: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Apologise for letters."""
    asking = not (yes or dry_run)
    if asking and not app.at_terminal:
        raise UsageError(
            da="En undskyldning skal bekræftes: tilføj --yes (eller se den med --dry-run).",
            en="An apology must be confirmed: add --yes (or look at it with --dry-run).",
        )
    who, journal = app.who(by), app.house.journal
    rows = read_sent(sent) if sent else ()
    recorded = record_sent(journal, rows, who, dry_run=dry_run) if rows else None
    extra = recorded.entries if recorded and dry_run else ()
    wrong = [
        w for w in find(journal, ALL_RULES, app.today, extra) if not letters or w.id in letters
    ]
    _show(app, wrong, recorded, dry_run=dry_run, as_json=as_json)
    wanted = letters or tuple(w.id for w in wrong)
    done = Apologies((), ())
    if wanted and not dry_run:
        if asking:
            click.confirm(
                said("Skal undskyldningerne skrives?", "Write the apologies?"),
                abort=True,
                err=True,
            )
        done = _run(app, wanted, by)
    if as_json:
        show_json(_json(app, wrong, recorded, done))
    _end(app, done, dry_run=dry_run)


def _run(app: App, wanted: Sequence[str], by: str | None) -> Apologies:
    bar = Bar("Undskyldninger", "Apologies")
    try:
        return service(app.house.desk, ALL_RULES, wanted, app.who(by), bar)
    finally:
        bar.done()


def _show(
    app: App,
    wrong: Sequence[Wrong],
    recorded: Outcome | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    if recorded:
        count = len(recorded.entries)
        verb = (
            ("ville blive registreret", "would be recorded")
            if dry_run
            else (
                "er registreret",
                "are recorded",
            )
        )
        app.tell(
            f"{count} breve fra et andet system {verb[0]}.",
            f"{count} letters of another system {verb[1]}.",
        )
    for each in () if as_json else wrong:
        fee = each.letter.fee
        money = said(f", gebyr {danish(fee)} kr.", f", fee {danish(fee)} kr.") if fee else ""
        click.echo(safe(f"{each.id}  {said(*describe(each))}{money}"))
        for reason in each.why:
            click.echo(safe(f"    {reason.code}: {app.say(reason.text)}"))


def _json(
    app: App,
    wrong: Sequence[Wrong],
    recorded: Outcome | None,
    done: Apologies,
) -> dict[str, Any]:
    return {
        "as_of": app.today,
        "recorded": len(recorded.entries) if recorded else 0,
        "letters": [
            {
                "id": w.id,
                "loan": w.letter.loan,
                "level": w.letter.level,
                "day": w.letter.on,
                "fee": w.letter.fee,
                "reasons": [{"code": c.code, "text": app.say(c.text)} for c in w.why],
            }
            for w in wrong
        ],
        "made": [{"loan": m.loan, "file": m.file} for m in done.made],
        "failed": [{"id": i, "text": app.say(e.text)} for i, e in done.failed],
    }


def _end(app: App, done: Apologies, *, dry_run: bool) -> None:
    for number, error in done.failed:
        app.tell(
            f"{number}: ingen undskyldning. {error.text.da}",
            f"{number}: no apology. {error.text.en}",
        )
    for made in done.made:
        app.tell(
            f"Skrevet: {app.house.book / made.file}",
            f"Written: {app.house.book / made.file}",
        )
    if dry_run:
        app.tell(
            "Prøve: intet er bogført eller skrevet.", "Dry run: nothing was booked or written."
        )
    else:
        app.tell(
            f"{len(done.made)} undskyldninger skrevet, {len(done.failed)} kunne ikke skrives.",
            f"{len(done.made)} apologies written, {len(done.failed)} could not be written.",
        )
    if done.made:
        app.warn_of_examples(policy_on(app.ledger(None, ()), app.today))
        show_head(app, done.made[-1].outcome.head)
    if done.stopped:
        raise done.stopped
    if done.failed:
        sys.exit(1)


def read_sent(path: Path) -> tuple[SentLetter, ...]:
    """Read a list of sent letters: a header, comma or semicolon, and a letter on each line.

    Raises:
        UsageError: it is no such list; file and line are told.
    """
    text = read_text(path)
    head, _, body = text.partition("\n")
    mark = ";" if ";" in head else ","
    names = [name.strip().lower() for name in head.split(mark)]
    if not set(MUST) <= set(names) <= {*MUST, *MAY} or len(set(names)) < len(names):
        raise UsageError(
            da=f"{path}: første linje skal være »{mark.join((*MUST, *MAY))}« (de to første skal"
            " være der).",
            en=f"{path}: the first line must be '{mark.join((*MUST, *MAY))}' (the first two must"
            " be there).",
        )
    rows = []
    for number, cells in enumerate(csv.reader(io.StringIO(body), delimiter=mark), 2):
        if any(cell.strip() for cell in cells):
            rows.append(_row(path, number, names, cells))
    return tuple(rows)


def _row(path: Path, number: int, names: Sequence[str], cells: Sequence[str]) -> SentLetter:
    try:
        told = _told(names, cells)
        return SentLetter(
            line=number,
            loan=told["loan"],
            on=parse_day(told["day"], today()),
            level=_level(told.get("level", "")),
            deadline=_day(told.get("deadline", "")),
            amount=_amount(told.get("amount", "")),
            fee=_amount(told.get("fee", "")),
            reference=_reference(told.get("reference", "")),
        )
    except UsageError as error:
        raise UsageError(
            da=f"{path}, linje {number}: {error.text.da}",
            en=f"{path}, line {number}: {error.text.en}",
        ) from error


def _told(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(names):
        raise UsageError(
            da=f"linjen har {len(cells)} felter og ikke {len(names)}.",
            en=f"the line has {len(cells)} fields, not {len(names)}.",
        )
    return dict(zip(names, (cell.strip() for cell in cells), strict=True))


def _level(text: str) -> int:
    if text not in {"", *"123456789"}:
        raise UsageError(
            da=f"»{text}« er ikke et trin. Skriv 1, 2 ... 9, eller intet.",
            en=f"'{text}' is no level. Write 1, 2 ... 9, or nothing.",
        )
    return int(text or 0)


def _day(text: str) -> date | None:
    return parse_day(text, today()) if text else None


def _amount(text: str) -> Decimal:
    amount = parse_amount(text) if text else ZERO
    if amount < ZERO:
        raise UsageError(
            da=f"Beløbet {danish(amount)} kr. er under nul. Skriv det uden minus.",
            en=f"The amount {danish(amount)} kr. is below zero. Write it without the minus.",
        )
    return amount


_REFERENCE = re.compile(r"[A-Za-z0-9_./:-]{0,64}", re.ASCII)


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise UsageError(
            da="Referencen kan ikke bruges. Brug A-Z, a-z, 0-9 og - _ . / : i højst 64 tegn.",
            en="The reference cannot be used. Use A-Z, a-z, 0-9 and - _ . / :, at most 64 signs.",
        )
    return text
