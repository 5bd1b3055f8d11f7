"""`mikroledger verify`: is the book whole, byte for byte?"""

import sys

import click

from mikroledger.cli.app import App, safe, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import json_option
from mikroledger.journal.audit import audit
from mikroledger.journal.chain import Fault


@click.command(
    help=said(
        "Undersøg, om bogen er hel. Følger kæden gennem hver bogføring, og siger, hvor den er"
        " brudt. Slutter med 1, hvis noget er galt.\n\n"
        "Eksempel: mikroledger verify --head 3f1c0a9b2d4e5f60",
        "Tell whether the book is whole. Follows the chain through every commit, and says where"
        " it is broken. Exits with 1 if anything is wrong.\n\n"
        "Example: mikroledger verify --head 3f1c0a9b2d4e5f60",
    ),
)
@click.option(
    "--head",
    default="",
    metavar="HASH",
    help=said(
        "Hovedet fra en tidligere kvittering: er det i kæden?",
        "The head of an earlier receipt: is it in the chain?",
    ),
)
@json_option
@click.pass_obj
def verify(app: App, head: str, *, as_json: bool) -> None:
    """Verify the book."""
    found = audit(app.house.book, head)
    if as_json:
        lines = [("finding", each) for each in found.findings]
        lines += [("note", each) for each in found.notes]
        show_json([_json(app, kind, each) for kind, each in lines])
    else:
        for each in found.findings:
            click.echo(safe(f"{said('FEJL', 'ERROR')} {app.say(each.text)}"))
        for each in found.notes:
            click.echo(safe(f"NOTE {app.say(each.text)}"))
    number = f"{found.number:06d}" if found.number >= 0 else "-"
    app.tell(
        f"{len(found.findings)} fejl. Hoved: {number} {found.head}",
        f"{len(found.findings)} errors. Head: {number} {found.head}",
    )
    if found.findings:
        sys.exit(1)


def _json(app: App, kind: str, fault: Fault) -> dict[str, object]:
    return {
        "kind": kind,
        "file": fault.file,
        "commit": f"{fault.commit:06d}" if fault.commit >= 0 else None,
        "line": fault.line or None,
        "text": app.say(fault.text),
    }
