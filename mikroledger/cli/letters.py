"""`mikroledger letters`: which letters there are, how one looks, and whether all are right."""

import sys
from pathlib import Path

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json, show_table
from mikroledger.cli.types import by_option, json_option
from mikroledger.domain.gate import Held
from mikroledger.domain.letter import Sender
from mikroledger.domain.parts import of_loan
from mikroledger.domain.policy import Policy, policy_on
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rooms import Printed
from mikroledger.errors import RefusedError
from mikroledger.letters.catalogue import Listed
from mikroledger.rules import ALL_RULES
from mikroledger.services.drafts import BY_HAND, draft
from mikroledger.services.drafts import write as write_
from mikroledger.services.letters_ import language, sender
from mikroledger.services.order import the_loan
from mikroledger.services.remind import explain
from mikroledger.words import Language

_LANG = "da", "en"


@click.group(
    help=said(
        "Brevenes tekster: se dem, prøv dem. Læg kommunens egne i bogens mappe templates.\n\n"
        "Eksempel: mikroledger letters preview reminder-1 --out rykker.pdf",
        "The texts of the letters: look at them, try them. Put the municipality's own into the"
        " book's folder templates.\n\n"
        "Example: mikroledger letters preview reminder-1 --out reminder.pdf",
    ),
)
def letters() -> None:
    """Look after the texts of the letters."""


@letters.command(
    "list",
    help=said(
        "Vis alle breve, og hvis tekst hvert af dem har.\n\nEksempel: mikroledger letters list",
        "Show all letters, and whose text each has.\n\nExample: mikroledger letters list",
    ),
)
@json_option
@click.pass_obj
def list_(app: App, *, as_json: bool) -> None:
    """Show all letters."""
    rows = app.house.letters.listed()
    if as_json:
        show_json(
            [
                {
                    "letter": each.name,
                    "language": each.language,
                    "what": each.what.en,
                    "own": each.own,
                    "changed": each.changed,
                    "file": each.file,
                    "template": each.template,
                }
                for each in rows
            ]
        )
        return
    show_table(
        said("Brev;Sprog;Hvad;Tekst;Udgave;Fil", "Letter;Language;What;Text;Version;File").split(
            ";"
        ),
        [
            [
                each.name,
                each.language,
                app.say(each.what),
                _whose(each),
                each.template[:12],
                each.file,
            ]
            for each in rows
        ],
        frozenset(),
    )


def _whose(each: Listed) -> str:
    if each.changed:
        return said("egen", "own")
    return said("egen, som vores", "own, like ours") if each.own else said("vores", "ours")


@letters.command(
    help=said(
        "Lav et brev som prøve: med et låns tal fra bogen, ellers med opdigtede. Prøven er mærket"
        " på hver side, og intet bogføres.\n\n"
        "Eksempel: mikroledger letters preview payout --loan L2011-0001 --out prøve.pdf",
        "Make a letter as a draft: with the figures of a loan of the book, else with invented"
        " ones. The draft is marked on each page, and nothing is booked.\n\n"
        "Example: mikroledger letters preview payout --loan L2011-0001 --out draft.pdf",
    ),
)
@click.argument("name")
@click.option("--loan", help=said("Lånets nummer.", "The loan's number."))
@click.option(
    "--lang",
    type=click.Choice(_LANG),
    help=said("Brevets sprog; ellers bogens.", "The letter's language; else the book's."),
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help=said("Filen, som prøven skrives i.", "The file that the draft is written to."),
)
@click.pass_obj
def preview(app: App, name: str, loan: str | None, lang: Language | None, out: Path) -> None:
    """Make a draft of a letter."""
    _outside(app, out)
    printed = _of_loan(app, name, loan, lang) if loan else _invented(app, name, lang)
    _write(out, printed.pdf)
    click.echo(str(out))
    app.tell(
        "Det er en prøve. Den må ikke sendes, og intet er bogført.",
        "This is a draft. It is not to be sent, and nothing was booked.",
    )


@letters.command(
    help=said(
        "Skriv et brev, som ingen anden kommando laver: " + ", ".join(BY_HAND) + ". Det gemmes i"
        " bogen med bevis; samme brev samme dag laves kun én gang.\n\n"
        "Eksempel: mikroledger letters write deferral --loan L2011-0001 --by anl",
        "Write a letter that no other command makes: " + ", ".join(BY_HAND) + ". It is kept in"
        " the book with its certificate; the same letter on a day is made only once.\n\n"
        "Example: mikroledger letters write deferral --loan L2011-0001 --by anl",
    ),
)
@click.argument("name")
@click.option("--loan", required=True, help=said("Lånets nummer.", "The loan's number."))
@by_option
@json_option
@click.pass_obj
def write(app: App, name: str, loan: str, by: str | None, *, as_json: bool) -> None:
    """Write a letter that a caseworker asks for."""
    made = write_(app.house.desk, ALL_RULES, loan, name, app.who(by))
    if as_json:
        outcome = made.outcome.outcome
        show_json({"loan": loan, "kind": name, "file": made.file, "outcome": outcome})
    else:
        click.echo(str(app.house.book / made.file))
    app.warn_of_examples(policy_on(app.ledger(None, ()), app.today))


def _outside(app: App, out: Path) -> None:
    """Refuse to lay a draft among the book's own letters."""
    if out.resolve().is_relative_to(app.house.book.resolve()):
        raise RefusedError(
            da=f"{out} ligger i bogen. En prøve hører ikke til der: vælg en anden mappe.",
            en=f"{out} is in the book. A draft does not belong there: choose another folder.",
        )


def _write(out: Path, pdf: bytes) -> None:
    try:
        out.write_bytes(pdf)
    except OSError as error:
        raise RefusedError(
            da=f"{out} kan ikke skrives: {error.strerror}. Vælg en anden fil.",
            en=f"{out} cannot be written: {error.strerror}. Choose another file.",
        ) from error


def _of_loan(app: App, name: str, loan: str, lang: Language | None) -> Printed:
    """Make a draft of a letter to a loan's borrower, and say whether it would be sent."""
    ledger = app.ledger(None, (of_loan(loan),))
    debtor = the_loan(ledger, loan).debtor
    folio = portfolio(ledger, app.today)
    content = draft(folio, loan, name)
    to = None if name == "voucher" else app.house.debtors.addressee(debtor)
    decision = explain(ALL_RULES, ledger, loan, app.today, app.today)
    if name.startswith("reminder") and isinstance(decision, Held):
        for reason in decision.reasons:
            text = app.say(reason.text)
            app.tell(
                safe(f"I dag ville det ikke blive sendt: {reason.code}: {text}"),
                safe(f"It would not be sent today: {reason.code}: {text}"),
            )
    by, spoken = _sender(folio.policy, lang)
    return app.house.letters.preview(content, to, by, spoken)


def _sender(policy: Policy, lang: Language | None) -> tuple[Sender, Language]:
    return sender(policy), lang or language(policy)


def _invented(app: App, name: str, lang: Language | None) -> Printed:
    by, spoken = _sender(policy_on(app.ledger(None, ()), app.today), lang)
    return app.house.letters.sample(name, app.today, by, spoken)


@letters.command(
    help=said(
        "Prøv alle tekster, også kommunens egne: manglende og ukendte ord, lixtal, ord, der ikke"
        " må stå i et brev, og sidetal.\n\nEksempel: mikroledger letters check",
        "Try all texts, the municipality's own, too: missing and unknown words, LIX, words that"
        " may not be in a letter, and pages.\n\nExample: mikroledger letters check",
    ),
)
@json_option
@click.pass_obj
def check(app: App, *, as_json: bool) -> None:
    """Try all templates."""
    policy = policy_on(app.ledger(None, ()), app.today)
    flaws = app.house.letters.flaws(app.today, sender(policy))
    if as_json:
        show_json(
            [{"file": f.file, "line": f.line, "text": app.say(f.text)} for f in flaws],
        )
    else:
        for flaw in flaws:
            place = f"{flaw.file}:{flaw.line}" if flaw.line else flaw.file
            click.echo(safe(f"{place}: {app.say(flaw.text)}"))
    app.tell(
        f"{len(flaws)} fejl i brevenes tekster.", f"{len(flaws)} flaws in the letters' texts."
    )
    if flaws:
        sys.exit(1)
