"""`mikroledger backup` and `mikroledger restore`: a copy that is proven whole, and back."""

from pathlib import Path

import click

from mikroledger.cli.app import App, said
from mikroledger.cli.output import show_json
from mikroledger.cli.types import json_option
from mikroledger.errors import UsageError
from mikroledger.journal import archive


@click.command(
    help=said(
        "Lav en sikkerhedskopi, og bevis, at den er hel. Den rummer registret: pas på"
        " den.\n\nEksempel: mikroledger backup /backup/bog-2011-06-01.zip",
        "Make a backup, and prove it whole. The register is in it: keep it safe.\n\n"
        "Example: mikroledger backup /backup/book-2011-06-01.zip",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, expose_value=False, help=said("Spørg ikke.", "Ask nothing."))
@json_option
@click.pass_obj
def backup(app: App, file: Path, *, as_json: bool) -> None:
    """Make a backup."""
    made = archive.backup(app.house.journal, file)
    if as_json:
        show_json(_json(file, made))
    app.tell(
        f"{file}: {len(made.files)} filer til og med {made.number:06d}. Hoved: {made.head}",
        f"{file}: {len(made.files)} files up to {made.number:06d}. Head: {made.head}",
    )


@click.command(
    help=said(
        "Læg en sikkerhedskopi ind. Mappen er ny eller rummer den samme bog; det, der var der,"
        " lægges til side.\n\n"
        "Eksempel: mikroledger restore /backup/bog-2011-06-01.zip ny-bog --yes",
        "Restore a backup. The folder is new or holds the same book; what was there is put"
        " aside.\n\nExample: mikroledger restore /backup/book-2011-06-01.zip new-book --yes",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help=said("Spørg ikke.", "Ask nothing."))
@json_option
@click.pass_obj
def restore(app: App, file: Path, folder: Path, *, yes: bool, as_json: bool) -> None:
    """Restore a backup."""
    if not yes:
        _ask(app, archive.look(file), folder)
    done = archive.restore(file, folder, replace=True)
    made = done.backup
    if as_json:
        show_json({**_json(file, made), "folder": str(folder), "older": done.newer is not None})
    app.tell(
        f"{folder}: {len(made.files)} filer til og med {made.number:06d}. Hoved: {made.head}",
        f"{folder}: {len(made.files)} files up to {made.number:06d}. Head: {made.head}",
    )
    if done.aside:
        app.tell(
            f"Det, der var der, ligger i {done.aside}.", f"What was there is in {done.aside}."
        )
    if done.newer:
        newest = f"{done.newer.number:06d} ({done.newer.verb}, {done.newer.day})"
        app.tell(
            f"Advarsel: kopien er ældre end bogen; den gik til {newest}. Intet bogføres, før en"
            " nyere er lagt ind, eller »mikroledger adopt --reason TEKST«.",
            f"Warning: the backup is older than the book, which went up to {newest}. Nothing is"
            " booked before a newer one is restored, or 'mikroledger adopt --reason TEXT'.",
        )


def _json(file: Path, made: archive.Backup) -> dict[str, object]:
    return {
        "file": str(file),
        "commit": f"{made.number:06d}",
        "head": made.head,
        "files": len(made.files),
    }


def _ask(app: App, made: archive.Backup, folder: Path) -> None:
    """Ask; off a terminal --yes must be given."""
    if not app.at_terminal:
        raise UsageError(
            da="En sikkerhedskopi lægges kun ind, når det er bekræftet: tilføj --yes.",
            en="A backup is restored only when that is confirmed: add --yes.",
        )
    click.confirm(
        said(
            f"Læg bogen til og med {made.number:06d} ind i {folder}?",
            f"Restore the book up to {made.number:06d} into {folder}?",
        ),
        abort=True,
        err=True,
    )
