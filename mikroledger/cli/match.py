"""`mikroledger match`: what nobody could place for certain, and what a person says it is."""

from decimal import Decimal

import click

from mikroledger.cli.app import App, language, said
from mikroledger.cli.output import outcome_json, show_json, show_outcome, show_table
from mikroledger.cli.types import reason_option, writing
from mikroledger.errors import UsageError
from mikroledger.money import danish, parse_amount
from mikroledger.services.candidates import Item, open_items
from mikroledger.services.match import Match, again
from mikroledger.services.match import match as service


@click.command(
    help=said(
        "Placér banklinjer og rækker, som ingen kunne placere. Uden ID bogføres det, der nu er"
        " sikkert, og resten vises med forslag og deres beviser. Med ID bestemmer du: et lån,"
        " flere lån med beløb, eller --not-ours. ID'et på et afdrag flytter afdraget til et andet"
        " lån.\n\n"
        'Eksempel: mikroledger match 000031-2 L2011-0003=300 L2011-0005 --reason "delt" --by reg',
        "Place bank lines and rows that nobody could place. Without an ID, what is certain by now"
        " is booked, and the rest is shown with candidates and their evidence. With one you"
        " decide: a loan, several loans with amounts, or --not-ours. The ID of a repayment moves"
        " it to another loan.\n\n"
        'Example: mikroledger match 000031-2 L2011-0003=300 L2011-0005 --reason "split" --by reg',
    ),
)
@click.argument("item", metavar="[ID]", required=False)
@click.argument("targets", metavar="[TARGET[=AMOUNT]]...", nargs=-1)
@click.option(
    "--not-ours",
    is_flag=True,
    help=said("Pengene hører ikke til et mikrolån.", "The money is not a micro-loan's."),
)
@reason_option
@writing()
@click.pass_obj
def match(
    app: App,
    item: str | None,
    targets: tuple[str, ...],
    reason: str,
    by: str | None,
    *,
    not_ours: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Place an item, or show all that wait."""
    if item is None:
        _all(app, by, dry_run=dry_run, as_json=as_json)
        return
    if not_ours == bool(targets):
        raise UsageError(
            da="Sig, hvor det hører til: et lån eller en betaling, eller --not-ours.",
            en="Say where it belongs: a loan or a payment, or --not-ours.",
        )
    item = item.removeprefix("suspense:").removeprefix("unplaced:")  # as `reconcile` has it
    order = Match(item, tuple(map(_target, targets)), reason)
    outcome = service(app.house.journal, order, app.who(by), dry_run=dry_run)
    show_outcome(app, outcome, as_json=as_json, dry_run=dry_run)


def _target(text: str) -> tuple[str, Decimal | None]:
    name, equals, amount = text.partition("=")
    return name, parse_amount(amount) if equals else None


def _all(app: App, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Book what is certain by now, and show the rest."""
    journal = app.house.journal
    # whoever only looks need not say who they are
    done = None if dry_run and not by else again(journal, app.who(by), dry_run=dry_run)
    items = open_items(journal, app.today)
    if as_json:
        matched = [outcome_json(done)] if done else []
        show_json({"as_of": app.today, "matched": matched, "open": [_json(i) for i in items]})
        return
    if done:
        show_outcome(app, done, as_json=False, dry_run=dry_run)
    _table(app, items)


def _json(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "kind": item.kind,
        "day": item.day,
        "amount": item.amount,
        "age": item.age,
        "owner": item.owner,
        "reference": item.reference,
        "loan": item.loan,
        "debtor": item.debtor,
        "voucher": item.voucher,
        "candidates": [
            {
                "target": each.target,
                "loan": each.loan,
                "evidence": [text.say(language()) for text in each.evidence],
            }
            for each in item.candidates
        ],
    }


_KIND = {"suspense": ("bank", "bank"), "unplaced": ("økonomisystem", "ERP")}


def _table(app: App, items: tuple[Item, ...]) -> None:
    if items:
        heads = ("ID|Fra|Dag|Beløb|Dage|Ejer|Kan være", "ID|From|Day|Amount|Days|Owner|May be")
        rows = [line for item in items for line in _lines(item)]
        show_table(said(*heads).split("|"), rows, frozenset({3, 4}))
    app.tell(
        f"{len(items)} venter. Placér med: mikroledger match ID MÅL --reason TEKST",
        f"{len(items)} wait. Place with: mikroledger match ID TARGET --reason TEXT",
    )


def _lines(item: Item) -> list[list[str]]:
    """Return an item as lines of a table: one for each candidate, or one without."""
    own = [
        item.id,
        said(*_KIND[item.kind]),
        item.day.isoformat(),
        danish(item.amount),
        str(item.age),
        item.owner,
    ]
    may_be = [
        f"{each.target}: {'; '.join(text.say(language()) for text in each.evidence)}"
        for each in item.candidates
    ] or [item.reference or item.voucher or item.loan or "-"]
    return [[*(own if n == 0 else [""] * len(own)), text] for n, text in enumerate(may_be)]
