"""The entry point: one group, errors told in one place, exit codes of product.md."""

import atexit
import gc
import sys
from typing import Any

import click

from mikroledger import __version__
from mikroledger.cli.app import App, language, safe, said
from mikroledger.cli.commands import COMMANDS, Lazy
from mikroledger.errors import MikroledgerError
from mikroledger.words import Text

INTERRUPTED = 130
RARELY = 20_000
"""Objects made between two runs of the collector: a command is short, and imports make many."""

atexit.register(gc.freeze)  # nor is it to walk on the way out what ends with the process


class Main(click.Group):
    """A click group that turns our errors into one sentence and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except MikroledgerError as error:
            click.echo(safe(error.text.say(language())), err=True)
            sys.exit(error.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's words
        """Name the commands in the order of use."""
        return list(self.commands)

    def resolve_command(
        self,
        ctx: click.Context,
        args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, and import it; an unknown one is told in the user's language."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            known = ", ".join(self.list_commands(ctx))
            ctx.fail(
                said(
                    f"Der er ingen kommando {args[0]}. Kommandoerne er {known}.",
                    f"There is no command {args[0]}. The commands are {known}.",
                )
            )
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Lazy) else command, rest

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program; a wrong command line is told in the user's language."""
        gc.set_threshold(RARELY)
        standalone = kwargs.pop("standalone_mode", True)
        try:
            result = click.Group.main(self, *args, standalone_mode=False, **kwargs)  # type: ignore[call-overload]
        except click.UsageError as error:
            click.echo(safe(_usage(error).say(language())), err=True)
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo(said("Afbrudt.", "Interrupted."), err=True)
            sys.exit(INTERRUPTED)
        if standalone:
            sys.exit(result if isinstance(result, int) else 0)
        return result


def _usage(error: click.UsageError) -> Text:
    """Say what is wrong with a command line, and where its help is."""
    path = error.ctx.command_path if error.ctx else "mikroledger"
    da = en = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return Text(da, en)
    if isinstance(error, click.NoSuchOption):
        da = f"Der er intet valg {error.option_name}."
    elif isinstance(error, click.MissingParameter):
        hint = error.param.get_error_hint(error.ctx) if error.param and error.ctx else ""
        da = f"Der mangler {hint or 'noget'}."
    elif isinstance(error, click.BadParameter) and error.param and error.ctx:
        da = f"{error.param.get_error_hint(error.ctx)}: {error.message}"
        en = da
    return Text(
        f"{da} Se »{path} --help«.",
        f"{en} See '{path} --help'.",
    )


@click.group(
    cls=Main,
    help=said(
        "Lånebogen for kommunale mikrolån (aktivloven § 65). Et lån kan ikke ende som tilskud,"
        " uden at det ses, og ingen får en rykker, før bogen er rigtig.\n\nPrøv:"
        " mikroledger demo",
        "The loan ledger for municipal micro-loans (aktivloven § 65). A loan cannot end up as a"
        " grant unseen, and nobody is reminded before the books are right.\n\nTry:"
        " mikroledger demo",
    ),
)
@click.option(
    "--book",
    envvar="MIKROLEDGER_BOOK",
    metavar="DIR",
    help=said("Bogens mappe (eller MIKROLEDGER_BOOK).", "The book's folder (or the variable)."),
)
@click.version_option(__version__, prog_name="mikroledger")
@click.pass_context
def main(ctx: click.Context, book: str | None) -> None:
    """Keep the loans of a municipality."""
    ctx.obj = App(book)


for _command in COMMANDS:
    main.add_command(_command)
