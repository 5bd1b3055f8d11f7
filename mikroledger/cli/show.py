"""`mikroledger show` and `mikroledger list`."""

from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, language, said
from mikroledger.cli.output import show_json, show_table
from mikroledger.cli.types import reading
from mikroledger.domain.labels import KINDS, STATES, label
from mikroledger.domain.parts import of_loan
from mikroledger.domain.portfolio import Loan, portfolio
from mikroledger.money import ZERO, danish
from mikroledger.services.history import history
from mikroledger.services.order import the_loan
from mikroledger.services.survey import loans


@click.command(
    help=said(
        "Vis ét lån: gæld, konto, restance, plan og historie.\n\n"
        "Eksempel: mikroledger show L2011-0001 --as-of 31-12-2011",
        "Show one loan: debt, account, arrears, plan and history.\n\n"
        "Example: mikroledger show L2011-0001 --as-of 31-12-2011",
    ),
)
@click.argument("loan")
@reading
@click.pass_obj
def show(
    app: App,
    loan: str,
    as_of: date | None,
    known_on: date | None,
    *,
    as_json: bool,
) -> None:
    """Show one loan."""
    ledger = app.ledger(known_on, (of_loan(loan),))
    the_loan(ledger, loan)
    folio = portfolio(ledger, as_of or known_on or app.today)
    data = loan_json(folio.loans[loan])
    data["history"] = history(folio, loan)
    if as_json:
        show_json(data)
    else:
        _tell(data)


def loan_json(loan: Loan) -> dict[str, Any]:
    """Return a loan as the JSON contract has it."""
    return {
        "loan": loan.number,
        "debtor": loan.case.debtor,
        "centre": loan.case.centre,
        "decision": loan.case.decision,
        "state": loan.state,
        "as_of": loan.as_of,
        "paid_out": loan.paid_out,
        "principal": loan.case.principal,
        "disbursed": loan.disbursed,
        "repaid": loan.repaid,
        "outstanding": loan.outstanding,
        "account": loan.account,
        "misbooked": loan.misbooked,
        "arrears": loan.arrears.amount,
        "days_past_due": loan.arrears.days_past_due,
        "overpaid": loan.overpaid,
        "next_due": loan.next_due,
        "plan": [
            {
                "number": s.part.number,
                "due": s.part.due,
                "pay_by": s.part.pay_by,
                "amount": s.part.amount,
                "paid": s.paid,
            }
            for s in loan.settled
        ],
    }


def _tell(data: dict[str, Any]) -> None:
    labels = (
        ("principal", "Bevilget", "Granted"),
        ("disbursed", "Udbetalt", "Paid out"),
        ("repaid", "Tilbagebetalt", "Repaid"),
        ("outstanding", "Restgæld", "Outstanding"),
        ("account", "Lånets konto", "Account"),
        ("misbooked", "Står forkert", "Misbooked"),
        ("arrears", "Restance", "Arrears"),
        ("overpaid", "Betalt for meget", "Overpaid"),
    )
    state = label(STATES, data["state"]).say(language())
    click.echo(f"{data['loan']}  {data['debtor']}  {state}  {data['as_of']}")
    for key, da, en in labels:
        if data[key] != ZERO or key in ("principal", "outstanding"):
            click.echo(f"  {said(da, en):<18}{danish(data[key]):>14} kr.")
    if data["days_past_due"]:
        click.echo(
            f"  {said('Dage over fristen', 'Days past due'):<18}{data['days_past_due']:>14}"
        )
    click.echo("")
    show_table(
        said("Rate;Forfalder;Betal senest;Beløb;Betalt", "No.;Due;Pay by;Amount;Paid").split(";"),
        [
            [
                str(p["number"]),
                str(p["due"]),
                str(p["pay_by"]),
                danish(p["amount"]),
                danish(p["paid"]),
            ]
            for p in data["plan"]
        ],
        frozenset({0, 3, 4}),
    )
    click.echo("")
    show_table(
        said("Dag;Bogført;Hvad;Beløb;Reference;Id", "Day;Booked;What;Amount;Reference;Id").split(
            ";"
        ),
        [
            [
                str(h["day"]),
                str(h["booked"]),
                label(KINDS, h["kind"]).say(language()),
                danish(h["amount"]),
                h["reference"],
                h["id"],
            ]
            for h in data["history"]
        ],
        frozenset({3}),
    )


@click.command(
    "list",
    help=said(
        "Vis alle lån på én dag.\n\nEksempel: mikroledger list --json",
        "Show all loans on a day.\n\nExample: mikroledger list --json",
    ),
)
@reading
@click.pass_obj
def list_(app: App, as_of: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Show all loans."""
    app.ledger(known_on, ())
    rows = loans(app.house.journal, as_of or known_on or app.today, known_on)
    if as_json:
        show_json(rows)
        return
    show_table(
        said(
            "Lån;Center;Tilstand;Hovedstol;Restgæld;Restance;Dage;Næste forfald",
            "Loan;Centre;State;Principal;Outstanding;Arrears;Days;Next due",
        ).split(";"),
        [
            [
                r["loan"],
                r["centre"],
                label(STATES, r["state"]).say(language()),
                danish(r["principal"]),
                danish(r["outstanding"]),
                danish(r["arrears"]),
                str(r["days_past_due"]),
                str(r["next_due"] or ""),
            ]
            for r in rows
        ],
        frozenset({3, 4, 5, 6}),
    )
