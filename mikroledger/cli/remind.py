"""`mikroledger remind`: a proposal, then exactly its letters."""

import sys
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import as_of_option, by_option, json_option, known_on_option
from mikroledger.days import long_day
from mikroledger.domain.policy import policy_on
from mikroledger.errors import UsageError
from mikroledger.money import danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.remind import Proposal, Run, propose, run


@click.command(
    help=said(
        "Vis, hvem der får brev eller ikke, og hvorfor. Lav så brevene.\n\n"
        "Eksempel: mikroledger remind --dry-run, derefter"
        " mikroledger remind --proposal HASH --by reg",
        "Show who gets a letter or not, and why. Then make the letters.\n\n"
        "Example: mikroledger remind --dry-run, then mikroledger remind --proposal HASH --by reg",
    ),
)
@click.option("--dry-run", is_flag=True, help=said("Kun forslaget.", "Only the proposal."))
@click.option("--proposal", "wanted", help=said("Forslagets nummer.", "The proposal's hash."))
@click.option("--yes", is_flag=True, help=said("Forslag og brev i ét.", "Propose and run."))
@as_of_option
@known_on_option
@by_option
@json_option
@click.pass_obj
def remind(
    app: App,
    wanted: str | None,
    as_of: date | None,
    known_on: date | None,
    by: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Propose or make letters."""
    day = as_of or known_on or app.today
    if dry_run:
        app.ledger(known_on, ())
        proposal = propose(app.house.journal, ALL_RULES, day, app.today, known_on)
        _show(app, proposal, as_json=as_json)
        return
    if known_on:
        raise UsageError(
            da="--known-on er for --dry-run; breve laves på det, vi ved nu.",
            en="--known-on is for --dry-run; letters are made on what is known now.",
        )
    if not (wanted or yes):
        wanted = _ask(app, day)
    done = run(app.house.desk, ALL_RULES, day, wanted, app.who(by), _progress(app))
    _tell(app, done, as_json=as_json)
    if done.made:
        app.warn_of_examples(policy_on(app.ledger(None, ()), day))
    if done.failed:
        sys.exit(1)


def _progress(app: App) -> Any:
    """Name each letter on a terminal, so that a long run is seen to move."""
    if not app.at_terminal:
        return lambda _: None
    return lambda loan: app.tell(f"Brev til {loan} ...", f"Letter for {loan} ...")


def _ask(app: App, day: date) -> str:
    if not app.at_terminal:
        raise UsageError(
            da="Giv forslagets nummer med --proposal (se det med --dry-run), eller --yes.",
            en="Give the proposal's hash with --proposal (see --dry-run), or --yes.",
        )
    proposal = propose(app.house.journal, ALL_RULES, day, app.today)
    _show(app, proposal, as_json=False)
    click.confirm(said("Skal brevene laves?", "Make the letters?"), abort=True, err=True)
    return proposal.hash


def proposal_json(app: App, proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as the JSON contract has it."""
    return {
        "as_of": proposal.as_of,
        "proposal": proposal.hash,
        "letters": [
            {"loan": c.loan, "level": c.level, "amount": c.arrears, "pay_by": c.deadline}
            for c in proposal.letters
        ],
        "notices": [{"loan": loan} for loan in proposal.notices],
        "held": [
            {
                "loan": held.loan,
                "reasons": [{"code": c.code, "text": app.say(c.text)} for c in held.reasons],
            }
            for held in proposal.held
        ],
        "nothing_due": proposal.nothing_due,
    }


def _show(app: App, proposal: Proposal, *, as_json: bool) -> None:
    if as_json:
        show_json(proposal_json(app, proposal))
        return
    for c in proposal.letters:
        when = said(long_day(c.deadline, "da"), long_day(c.deadline, "en"))
        click.echo(
            said(
                f"Rykker {c.level}  {c.loan}  {danish(c.arrears)} kr., betales senest {when}",
                f"Reminder {c.level}  {c.loan}  {danish(c.arrears)} kr., to be paid by {when}",
            ),
        )
    for loan in proposal.notices:
        click.echo(said(f"Udbetalingsbrev  {loan}", f"Payout letter  {loan}"))
    for held in proposal.held:
        click.echo(said(f"Holdt  {held.loan}", f"Held  {held.loan}"))
        for reason in held.reasons:
            click.echo(safe(f"    {reason.code}: {app.say(reason.text)}"))
    app.tell(
        f"{len(proposal.letters)} rykkere, {len(proposal.notices)} udbetalingsbreve,"
        f" {len(proposal.held)} holdt, {proposal.nothing_due} skylder intet endnu."
        f" Forslag {proposal.hash}.",
        f"{len(proposal.letters)} reminders, {len(proposal.notices)} payout letters,"
        f" {len(proposal.held)} held, {proposal.nothing_due} owe nothing yet."
        f" Proposal {proposal.hash}.",
    )


def _tell(app: App, done: Run, *, as_json: bool) -> None:
    for loan, error in done.failed:
        app.tell(f"{loan}: intet brev. {error.text.da}", f"{loan}: no letter. {error.text.en}")
    if as_json:
        show_json(
            {
                **proposal_json(app, done.proposal),
                "made": [
                    {"loan": m.loan, "kind": m.kind, "level": m.level, "file": m.file}
                    for m in done.made
                ],
                "failed": [{"loan": loan, "text": app.say(e.text)} for loan, e in done.failed],
            }
        )
    else:
        for m in done.made:
            click.echo(str(app.house.book / m.file))
    held = done.proposal
    app.tell(
        f"{len(done.made)} breve lavet, {len(done.failed)} kunne ikke laves, {len(held.held)}"
        f" holdt, {held.nothing_due} skylder intet endnu. Bogens hoved: {done.head or '-'}",
        f"{len(done.made)} letters made, {len(done.failed)} could not be made, {len(held.held)}"
        f" held, {held.nothing_due} owe nothing yet. Head of the book: {done.head or '-'}",
    )
