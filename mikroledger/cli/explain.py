"""`mikroledger explain`: why a loan did, or did not, get a letter on a day."""

from datetime import date

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import reading
from mikroledger.domain.gate import Cleared, Decision, nothing_due
from mikroledger.domain.parts import of_loan
from mikroledger.rules import ALL_RULES
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
        "Forklar, hvorfor et lån får eller ikke får brev. Hver betingelse har sin regel.\n\n"
        "Eksempel: mikroledger explain L2011-0001 --as-of 02-05-2011",
        "Explain why a loan gets a letter or not. Every condition has its rule.\n\n"
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
    decision = service(ALL_RULES, ledger, loan, day, app.today)
    if as_json:
        show_json(
            {
                "loan": loan,
                "as_of": day,
                "decision": word(decision),
                "conditions": [
                    {
                        "code": c.code,
                        "met": c.met,
                        "text": app.say(c.text),
                        "source": c.source,
                        "evidence": c.evidence,
                    }
                    for c in decision.conditions
                ],
            }
        )
        return
    click.echo(f"{loan} {day}: {said(*_SAID[word(decision)])}")
    for c in decision.conditions:
        mark = said("ja ", "yes") if c.met else said("NEJ", "NO ")
        click.echo(safe(f"  {mark}  {c.code:<17} {app.say(c.text)}  [{c.source}]"))
