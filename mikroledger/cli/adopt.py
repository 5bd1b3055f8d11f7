"""`mikroledger adopt`: take in what was edited by hand, or an older copy of the book."""

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import reason_option, writing
from mikroledger.domain.personal import has_cpr
from mikroledger.errors import UsageError
from mikroledger.journal.adopt import Order
from mikroledger.journal.adopt import adopt as take_in
from mikroledger.services.order import signed


@click.command(
    help=said(
        "Tag rettelser i bogens filer eller en ældre kopi ind. Kæden husker, hvem der gjorde det,"
        " og hvorfor.\n\n"
        'Eksempel: mikroledger adopt --dry-run --reason "tastefejl i tekst" --by reg',
        "Take in edits of the book's files, or an older copy. The chain remembers who did it, and"
        " why.\n\n"
        'Example: mikroledger adopt --dry-run --reason "typing error in a text" --by reg',
    ),
)
@reason_option
@writing()
@click.pass_obj
def adopt(app: App, reason: str, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Take in edits."""
    if not reason.strip():
        raise UsageError(da="Skriv hvorfor med --reason.", en="Say why with --reason.")
    if has_cpr(reason):
        raise UsageError(
            da="Begrundelsen ligner et CPR-nummer. Skriv den uden.",
            en="The reason looks like a CPR number. Write it without.",
        )
    order = Order(signed(by or ""), app.today, reason.strip())
    taken = take_in(app.house.journal, order, dry_run=dry_run)
    receipt = taken.receipt
    if as_json:
        items = [
            {"what": item.what, "file": item.file, "text": app.say(item.text)}
            for item in taken.items
        ]
        outcome = "booked" if receipt else "already"
        commit = receipt.commit if receipt and not dry_run else ""
        show_json({"outcome": outcome, "commit": commit, "items": items})
    else:
        for item in taken.items:
            click.echo(safe(app.say(item.text)))
    if receipt is None:
        app.tell("Der er intet at tage ind.", "There is nothing to take in.")
    elif dry_run:
        app.tell("Prøve, intet er taget ind.", "Dry run, nothing was taken in.")
    else:
        app.tell(
            f"Taget ind med {receipt.commit}. Hoved: {receipt.head}",
            f"Taken in with {receipt.commit}. Head: {receipt.head}",
        )
