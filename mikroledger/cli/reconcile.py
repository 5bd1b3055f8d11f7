"""`mikroledger reconcile`: three legs, every open item, the workbook; and reasons for items."""

import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json, show_outcome, show_table
from mikroledger.cli.types import Kroner, by_option, reading, reason_option
from mikroledger.domain.periods import month_of, parse_month
from mikroledger.domain.reconciliation import Control, Item, Leg, Reconciliation
from mikroledger.errors import UsageError
from mikroledger.money import ZERO, danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.reconcile import Reason, control_in, explain
from mikroledger.services.reconcile import reconcile as service

_STATUS = {
    "open": ("ÅBEN", "OPEN"),
    "explained": ("forklaret", "explained"),
    "settled": ("udlignet", "settled"),
    "listed": ("oplyst", "listed"),
}


class Balance(Kroner):
    """A balance as Danes write it; it may be larger than any loan."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read the balance, or fail with a sentence."""
        from mikroledger.importers.cells import amount

        try:
            return amount(str(value), large=True)
        except UsageError as error:
            self.fail(error.text.say(App(None).language), param, ctx)


control_option = click.option(
    "--control",
    type=Balance(),
    help=said(
        "Lånekontoens saldo (9.32.25) i økonomisystemet.",
        "Balance of the loan account (9.32.25) in the ERP.",
    ),
)
balances_option = click.option(
    "--balances",
    type=click.Path(path_type=Path),
    help=said(
        "Saldoliste fra økonomisystemet (CSV: konto;saldo).",
        "The ERP's list of balances (CSV: account;balance).",
    ),
)


def control_of(app: App, control: Decimal | None, balances: Path | None) -> Control | None:
    """Return what the ERP's loan account holds, as it was given.

    Raises:
        UsageError: both were given.
    """
    if control is not None and balances:
        raise UsageError(
            da="Giv enten --control eller --balances, ikke begge.",
            en="Give either --control or --balances, not both.",
        )
    if control is not None:
        return Control(control)
    if balances:
        from mikroledger.importers.balances import read

        rows = read(balances, app.house.maps)
        return control_in(app.house.journal.read(()), rows, balances.name)
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which day, and what the ERP says of it."""

    day: date
    known_on: date | None
    control: Control | None


@click.command(
    help=said(
        "Afstem plan, bog, kontrolkonto og bank. Hver forskel er delt på poster, som rettes eller"
        " forklares; slutter med 1, så længe en er åben.\n\n"
        "Eksempel: mikroledger reconcile --month 2011-05 --out afstemning-2011-05.xlsx",
        "Reconcile plan, ledger, control account and bank. Each difference is divided into items"
        " to settle or explain; exits with 1 while one is open.\n\n"
        "Example: mikroledger reconcile --month 2011-05 --out reconciliation-2011-05.xlsx",
    ),
)
@click.option("--month", help=said("Måned, til dens sidste dag.", "Month, to its last day."))
@balances_option
@control_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=said("Skriv afstemningen som xlsx.", "Write the reconciliation as xlsx."),
)
@click.option("--replace", is_flag=True, help=said("Overskriv filen.", "Overwrite the file."))
@click.option(
    "--explain",
    "item",
    metavar="ITEM",
    help=said(
        "Forklar en post, eller alle åbne af en slags (med --reason og --by). Det gælder, så længe"
        " beløbet er det samme.",
        "Explain an item, or all open ones of a kind (with --reason and --by). It counts while"
        " the amount stays the same.",
    ),
)
@reason_option
@by_option
@click.option("--dry-run", is_flag=True, help=said("Forklar ikke.", "Explain nothing."))
@click.option("--yes", is_flag=True, expose_value=False, help=said("Spørg ikke.", "Ask nothing."))
@reading
@click.pass_obj
def reconcile(
    app: App,
    month: str | None,
    balances: Path | None,
    control: Decimal | None,
    out: Path | None,
    item: str | None,
    reason: str,
    by: str | None,
    as_of: date | None,
    known_on: date | None,
    *,
    replace: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Reconcile, or explain an item of a reconciliation."""
    day = _day(app, month, as_of, known_on)
    asked = _Asked(day, known_on, control_of(app, control, balances))
    if item:
        said_so = Reason(item, reason, day, asked.control)
        outcome = explain(app.house.journal, said_so, app.who(by), dry_run=dry_run)
        show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)
        return
    ledger = app.ledger(known_on)
    made = service(ledger, ALL_RULES, day, asked.control)
    if out:
        _write(app, made, out, replace=replace)
    if as_json:
        show_json(reconciliation_json(app, made))
    else:
        _tell(app, made)
    if made.open or ledger.flaws:
        sys.exit(1)


def _day(app: App, month: str | None, as_of: date | None, known_on: date | None) -> date:
    if month and as_of:
        raise UsageError(
            da="Giv enten --month eller --as-of, ikke begge.",
            en="Give either --month or --as-of, not both.",
        )
    return parse_month(month).last if month else as_of or known_on or app.today


def _write(app: App, made: Reconciliation, out: Path, *, replace: bool) -> None:
    from mikroledger.exports.workbook import write
    from mikroledger.services.workbook import workbook

    book = workbook(app.house.book.resolve().name, made, app.today)
    write(book, out, app.language, replace=replace)
    app.tell(f"Skrevet: {out}", f"Written: {out}")


def reconciliation_json(app: App, made: Reconciliation) -> dict[str, Any]:
    """Return a reconciliation as the JSON contract has it."""
    return {
        "as_of": made.as_of,
        "month": str(month_of(made.as_of)),
        "legs": [_leg(app, leg) for leg in made.legs],
        "items": [item_json(app, item) for item in made.items],
        "accounts": [
            {
                "account": row.account,
                "book": row.book,
                "erp": row.erp,
                "ahead": row.ahead,
                "unplaced": row.unplaced,
                "difference": row.difference,
            }
            for row in made.accounts
        ],
        "statements": [
            {
                "account": each.account,
                "until": each.until,
                "book": each.book,
                "closing": each.closing,
                "difference": each.difference,
            }
            for each in made.statements
        ],
        "open": len(made.open),
    }


def _leg(app: App, leg: Leg) -> dict[str, Any]:
    return {
        "name": leg.name,
        "title": app.say(leg.title),
        "left": leg.left,
        "right": leg.right,
        "difference": leg.difference,
        "source": leg.source or None,
    }


def item_json(app: App, item: Item) -> dict[str, Any]:
    """Return an item as the JSON contract has it."""
    known = item.explanation
    return {
        "id": item.id,
        "kind": item.kind,
        "leg": item.leg,
        "account": item.account,
        "day": item.day,
        "explanation": app.say(item.text),
        "recipient": item.debtor or None,
        "settlement": item.settled or item.expected,
        "amount": item.amount,
        "difference": item.share,
        "age": item.age,
        "owner": item.owner or None,
        "loan": item.loan or None,
        "payment": item.payment or None,
        "findings": item.codes,
        "status": item.status,
        "reason": known.reason if known else None,
        "explained_by": known.by if known else None,
    }


def _tell(app: App, made: Reconciliation) -> None:
    show_table(
        said("Ben;Venstre;Højre;Forskel", "Leg;Left;Right;Difference").split(";"),
        [
            [app.say(leg.title), danish(leg.left), danish(leg.right), danish(leg.difference)]
            for leg in made.legs
        ],
        frozenset({1, 2, 3}),
    )
    show_items(app, made.items)
    if made.open:
        day = made.as_of
        app.tell(
            f"{len(made.open)} poster er åbne. Ret dem (»mikroledger check« siger hvordan), eller"
            f" forklar dem: mikroledger reconcile --as-of {day} --explain POST --reason TEKST"
            " --by INITIALER",
            f"{len(made.open)} items are open. Settle them ('mikroledger check' says how), or"
            f" explain them: mikroledger reconcile --as-of {day} --explain ITEM --reason TEXT"
            " --by INITIALS",
        )
    else:
        app.tell(
            f"Afstemt pr. {made.as_of}: ingen åbne poster.",
            f"Reconciled as of {made.as_of}: no open items.",
        )


def show_items(app: App, items: tuple[Item, ...]) -> None:
    """Show items: what Danish municipalities ask for, and who is to look into each.

    What is only to be known is counted: there are as many as repayments.
    """
    shown = [item for item in items if item.status != "listed"]
    if shown:
        click.echo("")
        show_table(
            said(
                "Post;Dato;Forklaring;Modtager;Udlignes;Beløb;Dage;Ejer;Status",
                "Item;Day;Explanation;Recipient;Settlement;Amount;Days;Owner;Status",
            ).split(";"),
            [
                [
                    item.id,
                    str(item.day),
                    _explained(app, item),
                    item.debtor,
                    str(item.settled or item.expected),
                    danish(item.amount),
                    str(item.age),
                    item.owner,
                    said(*_STATUS[item.status]),
                ]
                for item in shown
            ],
            frozenset({5, 6}),
        )
    listed = [item for item in items if item.status == "listed"]
    if listed:
        total = danish(sum((item.amount for item in listed), ZERO))
        oldest = max(item.age for item in listed)
        click.echo("")
        click.echo(
            said(
                f"Venter på økonomisystemets lister: {len(listed)} poster, {total} kr., den"
                f" ældste {oldest} dage (se dem med --json eller --out).",
                f"Waiting for the ERP's lists: {len(listed)} items, {total} kr., the oldest"
                f" {oldest} days (see them with --json or --out).",
            )
        )


def _explained(app: App, item: Item) -> str:
    codes = f" ({', '.join(item.codes)})" if item.codes else ""
    reason = f": {item.explanation.reason}" if item.explanation else ""
    return safe(f"{app.say(item.text)}{codes}{reason}")
