"""`mikroledger hand-over`: claims for Gældsstyrelsen, and why the others stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import outcome_json, show_head, show_json
from mikroledger.cli.types import as_of_option, known_on_option, writing
from mikroledger.domain.handover import Candidate, Claim
from mikroledger.errors import UsageError
from mikroledger.money import danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.handover import HandedOver, candidates, repaid_since
from mikroledger.services.handover import hand_over as service


@click.command(
    "hand-over",
    help=said(
        "Overdrag krav til Gældsstyrelsen. Uden lån vises, hvad der kan overdrages, og hvorfor"
        " resten ikke kan. Listen med stamdata ligger bagefter i bogens mappe outgoing/, og"
        " lånet får ingen rykkere mere.\n\n"
        "Eksempel: mikroledger hand-over L2011-0004 --by reg",
        "Hand claims over to Gældsstyrelsen. Without a loan it shows what may go, and why the"
        " rest may not. The list with the master data lies in the book's folder"
        " outgoing/ afterwards, and the loan gets no reminder any more.\n\n"
        "Example: mikroledger hand-over L2011-0004 --by reg",
    ),
)
@click.argument("loans", nargs=-1)
@as_of_option
@known_on_option
@writing()
@click.pass_obj
def hand_over(
    app: App,
    loans: tuple[str, ...],
    as_of: date | None,
    known_on: date | None,
    by: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Hand claims over."""
    if not loans:
        app.ledger(known_on, ())
        day = as_of or known_on or app.today
        found = candidates(app.house.journal, ALL_RULES, day, app.today, known_on)
        since = repaid_since(app.house.journal, day, known_on)
        _list(app, found, since, day, as_json=as_json)
        return
    if as_of or known_on:
        raise UsageError(
            da="Der overdrages på dagen selv. Giv --as-of og --known-on uden lån for at se en"
            " anden dag.",
            en="Claims are handed over on the day itself. Give --as-of and --known-on without a"
            " loan to look at another day.",
        )
    done = service(app.house.post, ALL_RULES, loans, app.who(by), dry_run=dry_run)
    _tell(app, done, dry_run=dry_run, as_json=as_json)


def _list(
    app: App,
    found: Sequence[Candidate],
    since: Sequence[Mapping[str, Any]],
    day: date,
    *,
    as_json: bool,
) -> None:
    ready = [each for each in found if each.ready]
    left = [each for each in found if not each.ready]
    if as_json:
        show_json(
            {
                "as_of": day,
                "ready": [_candidate(app, each) for each in ready],
                "left": [_candidate(app, each) for each in left],
                "repaid_since": since,
            }
        )
        return
    for each in ready:
        what = f"{each.loan}  {danish(each.amount)} kr."
        click.echo(said(f"Kan overdrages  {what}", f"May go  {what}"))
        for claim in each.claims:
            click.echo(f"    {_line(claim)}")
        _stays(app, each)
    for each in left:
        click.echo(said(f"Bliver  {each.loan}", f"Stays  {each.loan}"))
        for reason in each.reasons:
            click.echo(safe(f"    {reason.code}: {app.say(reason.text)}"))
        _stays(app, each)
    for paid in since:
        what = f"{paid['loan']}  {paid['day']}  {danish(paid['amount'])} kr."
        click.echo(
            said(f"Betalt siden overdragelsen  {what}", f"Repaid since the hand-over  {what}")
        )
    app.tell(
        f"{len(ready)} lån kan overdrages, {len(left)} i restance kan ikke.",
        f"{len(ready)} loans may be handed over, {len(left)} in arrears may not.",
    )


def _stays(app: App, each: Candidate) -> None:
    for number, why in each.left:
        head = said(f"    rate {number} bliver:", f"    instalment {number} stays:")
        click.echo(safe(f"{head} {app.say(why)}"))


def _line(claim: Claim) -> str:
    return said(
        f"{claim.number}  {danish(claim.missing)} kr., betales senest {claim.pay_by}, forældes"
        f" {claim.barred}",
        f"{claim.number}  {danish(claim.missing)} kr., to be paid by {claim.pay_by}, barred"
        f" {claim.barred}",
    )


def _candidate(app: App, each: Candidate) -> dict[str, Any]:
    return {
        "loan": each.loan,
        "amount": each.amount,
        "claims": [_claim(claim) for claim in each.claims],
        "left": [{"instalment": n, "text": app.say(why)} for n, why in each.left],
        "reasons": [{"code": c.code, "text": app.say(c.text)} for c in each.reasons],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "number": claim.number,
        "instalment": claim.instalment,
        "amount": claim.amount,
        "missing": claim.missing,
        "founded": claim.founded,
        "due": claim.due,
        "pay_by": claim.pay_by,
        "barred": claim.barred,
    }


def _tell(app: App, done: HandedOver, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                **outcome_json(done.outcome),
                "folder": f"outgoing/{done.batch}",
                "claims": [_claim(claim) for claim in done.claims],
            }
        )
    elif dry_run:
        click.echo(safe(done.outcome.text.rstrip()))
    for batch in done.finished:
        app.tell(
            f"outgoing/{batch} var afbrudt og er nu afleveret.",
            f"outgoing/{batch} was interrupted and is handed over now.",
        )
    where = app.house.book / "outgoing" / done.batch
    if done.outcome.outcome == "already":
        app.tell(f"Var allerede overdraget ({where}).", f"Was handed over already ({where}).")
    elif dry_run:
        app.tell("Prøve: intet er overdraget.", "Dry run: nothing was handed over.")
    else:
        app.tell(
            f"{len(done.claims)} krav overdraget. Listen: {where}",
            f"{len(done.claims)} claims handed over. The list: {where}",
        )
        show_head(app, done.outcome.head)
