"""`mikroledger explain`: why a loan did, or did not, get a letter on a day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import reading
from mikroledger.domain.conditions import Condition
from mikroledger.domain.gate import Cleared, Decision, nothing_due
from mikroledger.domain.parts import of_loan
from mikroledger.domain.portfolio import portfolio
from mikroledger.rules import ALL_RULES
from mikroledger.services.explain import Sent, sent_on
from mikroledger.services.order import the_loan
from mikroledger.services.remind import explain as service

_SAID = {
    "send": ("Der må sendes rykker.", "A reminder may be sent."),
    "hold": ("Der sendes ingen rykker.", "No reminder is sent."),
    "nothing-due": ("Der er intet at rykke for.", "Nothing is due."),
}


def word(decision: Decision) -> str:
    """Return the decision as the JSON contract names it."""
    if isinstance(decision, Cleared):
        return "send"
    return "nothing-due" if nothing_due(decision) else "hold"


@click.command(
    help=said(
        "Forklar, hvorfor et lån får eller ikke får brev. Hver betingelse har sin regel, og en"
        " dag, der er gået, forklares som det så ud dengang og med det, vi ved nu.\n\n"
        "Eksempel: mikroledger explain L2011-0001 --as-of 02-05-2011",
        "Explain why a loan gets a letter or not. Every condition has its rule, and a day that"
        " is past is explained as it stood then and by what is known now.\n\n"
        "Example: mikroledger explain L2011-0001 --as-of 02-05-2011",
    ),
)
@click.argument("loan")
@reading
@click.pass_obj
def explain(
    app: App,
    loan: str,
    as_of: date | None,
    known_on: date | None,
    *,
    as_json: bool,
) -> None:
    """Explain a loan's letters."""
    ledger = app.ledger(known_on, (of_loan(loan),))
    the_loan(ledger, loan)
    day = as_of or known_on or app.today
    now = service(ALL_RULES, ledger, loan, day, app.today)
    then = None
    if (
        day < app.today
        and not known_on
        and loan in (at := portfolio(ledger.known_on(day), day)).loans
    ):
        then = service(ALL_RULES, at.ledger, loan, day, day)
    folio = portfolio(ledger, max(day, app.today))
    sent = sent_on(ALL_RULES, folio, loan, day, app.house.post.outbox)
    if as_json:
        show_json(
            {
                "loan": loan,
                "as_of": day,
                **_decision(app, now),
                "then": _decision(app, then) if then else None,
                "letters": [_letter_json(app, each) for each in sent],
            }
        )
        return
    click.echo(f"{loan} {day}: {said(*_SAID[word(now)])}")
    _show(app, now.conditions)
    if then:
        _show_then(app, now, then)
    for each in sent:
        _show_letter(app, each)


def _decision(app: App, decision: Decision) -> dict[str, Any]:
    return {"decision": word(decision), "conditions": _conditions(app, decision.conditions)}


def _conditions(app: App, conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    return [
        {
            "code": c.code,
            "met": c.met,
            "text": app.say(c.text),
            "source": c.source,
            "evidence": c.evidence,
        }
        for c in conditions
    ]


def _letter_json(app: App, sent: Sent) -> dict[str, Any]:
    letter = sent.letter
    return {
        "id": letter.record.id,
        "kind": letter.kind,
        "level": letter.level,
        "file": letter.record.get("file") or None,
        "post": letter.post or "made",
        "cancelled": letter.cancelled,
        "sound": sent.sound,
        "certificate": sent.certificate or None,
        "then": _decision(app, sent.then) if sent.then else None,
        "mistakes": _conditions(app, sent.mistakes),
    }


def _show(app: App, conditions: Sequence[Condition]) -> None:
    for c in conditions:
        mark = said("ja ", "yes") if c.met else said("NEJ", "NO ")
        click.echo(safe(f"  {mark}  {c.code:<17} {app.say(c.text)}  [{c.source}]"))


def _show_then(app: App, now: Decision, then: Decision) -> None:
    """Show what was known on the day itself, as far as it differs."""
    pairs = zip(then.conditions, now.conditions, strict=True)
    other = [was for was, is_ in pairs if (was.met, was.text) != (is_.met, is_.text)]
    if not other:
        click.echo(said("Som det så ud dengang: det samme.", "As it stood then: the same."))
        return
    answer = said(*_SAID[word(then)])
    click.echo(said(f"Som det så ud dengang: {answer}", f"As it stood then: {answer}"))
    _show(app, other)


def _show_letter(app: App, sent: Sent) -> None:
    """Show a letter of the day: what its run saw, and whether it stands today."""
    letter = sent.letter
    name = letter.record.get("file") or letter.record.id
    what = f"{letter.kind} {letter.level or ''}".strip()
    click.echo(safe(said(f"Brev den dag: {what}, {name}", f"Letter that day: {what}, {name}")))
    if letter.ours and not sent.sound:
        click.echo(
            said(
                "  Brev eller bevis er væk eller ændret. Se »mikroledger verify«.",
                "  Letter or certificate is gone or changed. See 'mikroledger verify'.",
            )
        )
    if sent.then:
        click.echo(said("  Da det blev lavet:", "  When it was made:"))
        _show(app, sent.then.conditions)
    if letter.cancelled:
        click.echo(
            said("  Det er annulleret med en undskyldning.", "  Cancelled, with an apology.")
        )
    elif sent.mistakes:
        click.echo(
            said(
                "  I dag var det holdt tilbage. Skriv en undskyldning med »mikroledger"
                " apologise«:",
                "  Today it would be held. Write an apology with 'mikroledger apologise':",
            )
        )
        _show(app, sent.mistakes)
