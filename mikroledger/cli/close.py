"""`mikroledger close`: close an accounting month, and bind the files of the months up to it."""

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import outcome_json, show_json, show_outcome
from mikroledger.cli.types import writing
from mikroledger.domain.periods import parse_month
from mikroledger.errors import UsageError
from mikroledger.services.close import close as service


@click.command(
    help=said(
        "Luk en måned for nye posteringer. De får dato i den første åbne måned, og beholder deres"
        " valørdag.\n\n"
        "Eksempel: mikroledger close 2011-05 --by reg",
        "Close a month to new entries. They are dated in the first open one, and keep their value"
        " day.\n\n"
        "Example: mikroledger close 2011-05 --by reg",
    ),
)
@click.argument("month", metavar="MONTH")
@writing(asks=True)
@click.pass_obj
def close(
    app: App, month: str, by: str | None, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Close a month."""
    wanted, who, journal = parse_month(month), app.who(by), app.house.journal
    service(journal, wanted, who, dry_run=True)  # a refusal comes before any question
    if not (yes or dry_run):
        _ask(app, str(wanted))
    outcome = service(journal, wanted, who, dry_run=dry_run)
    bound = () if dry_run else journal.bind(str(wanted))
    if as_json:
        show_json({**outcome_json(outcome), "bound": bound})
        return
    show_outcome(app, outcome, as_json=False, dry_run=dry_run)
    if bound:
        app.tell(f"Bundet: {', '.join(bound)}.", f"Bound: {', '.join(bound)}.")


def _ask(app: App, month: str) -> None:
    """Ask; off a terminal --yes must be given."""
    if not app.at_terminal:
        raise UsageError(
            da="En måned lukkes for altid: tilføj --yes (eller se det med --dry-run).",
            en="A month is closed for ever: add --yes (or look at it with --dry-run).",
        )
    click.confirm(
        said(
            f"Intet kan siden få dato i {month} eller før. Skal måneden lukkes?",
            f"Nothing can be dated in {month} or before it afterwards. Close the month?",
        ),
        abort=True,
        err=True,
    )
