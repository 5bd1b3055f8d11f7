"""`mikroledger remind`: a proposal, then exactly its letters."""

import os
import sys
from datetime import date
from typing import Any

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.progress import Bar
from mikroledger.cli.types import as_of_option, by_option, json_option, known_on_option
from mikroledger.days import long_day
from mikroledger.domain.policy import policy_on
from mikroledger.errors import UsageError
from mikroledger.money import danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.remind import Proposal, Run, propose, run

HELD = {
    "PAID-OUT": ("udbetaling ikke bekræftet", "payout not confirmed"),
    "BOOKED-RIGHT": ("forkert bogført", "booked wrong"),
    "PRINCIPAL-AGREES": ("bevilling, udbetaling og plan passer ikke", "sums disagree"),
    "PAST-PAY-BY": ("ikke over fristen", "not past the last day"),
    "NOT-SAME-DAY": ("for tæt på udbetaling eller rettelse", "too near a payout or correction"),
    "NOTICED": ("planen ikke sendt i tide", "plan not sent in time"),
    "ARREARS-MATTER": ("for lidt", "too little"),
    "BANK-FRESH": ("bankdata for gamle", "bank data too old"),
    "LEDGER-SOUND": ("bogen er ikke hel", "the book is not whole"),
    "NO-HOLD": ("stoppet", "stopped"),
    "INTERVAL": ("brev for nylig", "letter lately"),
    "LEVEL": ("sidste rykker sendt: en opgave", "last reminder sent: a task"),
}
"""What holds a loan, in few words, for counting."""
_JOBS = 4  # more would wait for the one that reads and records


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
@click.option(
    "--all",
    "every",
    is_flag=True,
    help=said("Vis også dem, der intet skylder endnu.", "Show those that owe nothing yet too."),
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help=said(
        "Hvor mange processer der laver brevene; ellers én for hver processor, højst fire.",
        "How many processes print the letters; else one for each processor, at most four.",
    ),
)
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
    jobs: int | None,
    *,
    every: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Propose or make letters."""
    day = as_of or known_on or app.today
    if dry_run:
        app.ledger(known_on, ())
        proposal = propose(app.house.journal, ALL_RULES, day, app.today, known_on)
        _show(app, proposal, every=every, as_json=as_json)
        return
    if known_on:
        raise UsageError(
            da="--known-on er for --dry-run; breve laves på det, vi ved nu.",
            en="--known-on is for --dry-run; letters are made on what is known now.",
        )
    if not (wanted or yes):
        wanted = _ask(app, day, every=every)
    app.house.workers = jobs or min(len(os.sched_getaffinity(0)), _JOBS)
    bar = Bar("Breve", "Letters")
    try:
        done = run(app.house.desk, ALL_RULES, day, wanted, app.who(by), bar)
    finally:
        bar.done()
    _tell(app, done, every=every, as_json=as_json)
    if done.made:
        app.warn_of_examples(policy_on(app.ledger(None, ()), day))
    if done.stopped:
        raise done.stopped
    if done.failed:
        sys.exit(1)


def _ask(app: App, day: date, *, every: bool) -> str:
    if not app.at_terminal:
        raise UsageError(
            da="Giv forslagets nummer med --proposal (se det med --dry-run), eller --yes.",
            en="Give the proposal's hash with --proposal (see --dry-run), or --yes.",
        )
    proposal = propose(app.house.journal, ALL_RULES, day, app.today)
    _show(app, proposal, every=every, as_json=False)
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
        "held_by": proposal.reasons,
        "nothing_due": proposal.nothing_due,
        "not_due": [{"loan": n.loan, "text": app.say(n.why)} for n in proposal.not_due],
    }


def _show(app: App, proposal: Proposal, *, every: bool, as_json: bool) -> None:
    if as_json:
        show_json(proposal_json(app, proposal))
    else:
        _list(app, proposal, every=every)
    app.tell(*_counted(proposal))


def _list(app: App, proposal: Proposal, *, every: bool) -> None:
    for c in proposal.letters:
        when = said(long_day(c.deadline, "da"), long_day(c.deadline, "en"))
        click.echo(
            said(
                f"Rykker {c.level}  {c.loan}  {danish(c.arrears)} kr., betales senest {when}",
                f"Reminder {c.level}  {c.loan}  {danish(c.arrears)} kr., to be paid by {when}",
            ),
        )
    for loan in proposal.notices:
        click.echo(said(f"Brev med planen  {loan}", f"Letter with the plan  {loan}"))
    for held in proposal.held:
        click.echo(said(f"Holdt  {held.loan}", f"Held  {held.loan}"))
        for reason in held.reasons:
            click.echo(safe(f"    {reason.code}: {app.say(reason.text)}"))
    for quiet in proposal.not_due if every else ():
        click.echo(said(f"Skylder intet  {quiet.loan}", f"Owes nothing  {quiet.loan}"))
        click.echo(safe(f"    {app.say(quiet.why)}"))


def _counted(proposal: Proposal) -> tuple[str, str]:
    """Say how many get a letter, and how many do not for which reason."""
    letters, notices, held = map(len, (proposal.letters, proposal.notices, proposal.held))
    why = _why(proposal)
    quiet = proposal.nothing_due
    da = (
        f"{letters} rykkere, {notices} breve med planen, {held} holdt{why[0]}, {quiet} skylder"
        f" intet endnu. Forslag {proposal.hash}."
    )
    en = (
        f"{letters} reminders, {notices} letters with the plan, {held} held{why[1]}, {quiet} owe"
        f" nothing yet. Proposal {proposal.hash}."
    )
    return da, en


def _why(proposal: Proposal) -> tuple[str, str]:
    """Say what holds how many: `(2 stopped, 1 booked wrong)`."""
    counts = [(HELD[code], number) for code, number in proposal.reasons.items()]
    da, en = (", ".join(f"{n} {words[at]}" for words, n in counts) for at in (0, 1))
    return (f" ({da})", f" ({en})") if counts else ("", "")


def _tell(app: App, done: Run, *, every: bool, as_json: bool) -> None:
    """Give the receipt: what was made, what was not and why, and the book's head."""
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
                "head": done.head,
            }
        )
    else:
        for m in done.made:
            click.echo(str(app.house.book / m.file))
        for quiet in done.proposal.not_due if every else ():
            click.echo(safe(f"{quiet.loan}: {app.say(quiet.why)}"), err=True)
    why, held = _why(done.proposal), len(done.proposal.held)
    owe_nothing = done.proposal.nothing_due
    made, failed, head = len(done.made), len(done.failed), done.head or "-"
    app.tell(
        f"{made} breve lavet, {failed} kunne ikke laves, {held} holdt{why[0]},"
        f" {owe_nothing} skylder intet endnu. Bogens hoved: {head}",
        f"{made} letters made, {failed} could not be made, {held} held{why[1]},"
        f" {owe_nothing} owe nothing yet. Head of the book: {head}",
    )
