"""What people type, as click types, and options that many commands share."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from mikroledger.cli.app import language, said, today
from mikroledger.days import add_period, parse_day
from mikroledger.errors import UsageError
from mikroledger.money import parse_amount

F = TypeVar("F", bound=Callable[..., Any])
_HIDDEN = "\u00a0\u202f\u2007"


class Kroner(click.ParamType[Decimal]):
    """An amount as Danes write it: `20.000,00`, `20000`, `1.234,56-`."""

    name = "kr."

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read the amount, or fail with a sentence."""
        text = str(value)
        if any(mark in text for mark in _HIDDEN):
            self.fail(
                said(
                    f"Beløbet »{text}« har et skjult mellemrum. Skriv 1250,00.",
                    f"The amount '{text}' has a hidden space. Write 1250,00.",
                ),
                param,
                ctx,
            )
        amount: Decimal = _read(self, lambda: parse_amount(text), param, ctx)
        return amount


class Day(click.ParamType[date]):
    """A day: `2011-05-02`, `02-05-2011`, `i dag`, `i går`."""

    name = "dag"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        """Read the day, or fail with a sentence."""
        day: date = _read(self, lambda: parse_day(str(value), today()), param, ctx)
        return day


class Period(click.ParamType[str]):
    """A period: `1m`, `15d`, `2w`, `1y`."""

    name = "periode"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Read the period, or fail with a sentence."""
        _read(self, lambda: add_period(date(2000, 1, 1), str(value)), param, ctx)
        return str(value)


class Key(click.ParamType[str]):
    """A key or reference: letters, digits, `-` `_` `.` `/` `:`, at most 64."""

    name = "nøgle"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Read the key, or fail with a sentence."""
        text = str(value)
        good = text.isascii() and all(c.isalnum() or c in "-_./:" for c in text)
        if not text or len(text) > 64 or not good:
            shown = text.encode("ascii", "backslashreplace").decode()[:70]
            self.fail(
                said(
                    f"»{shown!r}« kan ikke bruges som nøgle eller reference. Brug A-Z, a-z, 0-9"
                    " og - _ . / : i højst 64 tegn.",
                    f"{shown!r} cannot be a key or reference. Use A-Z, a-z, 0-9 and - _ . / :,"
                    " at most 64 characters.",
                ),
                param,
                ctx,
            )
        return text


T = TypeVar("T")


def _read(kind: click.ParamType[T], reader: Callable[[], T | date], param: Any, ctx: Any) -> Any:
    try:
        return reader()
    except UsageError as error:
        return kind.fail(error.text.say(language()), param, ctx)


def read_text(path: Path) -> str:
    """Read a small CSV file that a person made.

    Raises:
        UsageError: it cannot be opened, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            da=f"{path} kan ikke læses. Den skal være en CSV-fil i UTF-8.",
            en=f"{path} cannot be read. It must be a CSV file in UTF-8.",
        ) from error


as_of_option = click.option(
    "--as-of",
    type=Day(),
    help=said("Valørdage til og med denne dag.", "Value days up to and with this day."),
)
known_on_option = click.option(
    "--known-on",
    type=Day(),
    help=said(
        "Uden det, der er bogført senere: som det så ud dengang.",
        "Without what was booked later: as it stood then.",
    ),
)
json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help=said("Svar som JSON.", "Answer as JSON."),
)
by_option = click.option(
    "--by",
    envvar="MIKROLEDGER_BY",
    help=said("Dine initialer (eller MIKROLEDGER_BY).", "Your initials (or MIKROLEDGER_BY)."),
)
key_option = click.option(
    "--key",
    type=Key(),
    help=said("Gør ordren til den samme, når den gives igen.", "Makes the order the same again."),
)
reason_option = click.option("--reason", default="", help=said("Hvorfor.", "Why."))


def reading(command: F) -> F:
    """Give a command the options of every reading command."""
    return as_of_option(known_on_option(json_option(command)))


def writing(*, asks: bool = False) -> Callable[[F], F]:
    """Give a command the options of every writing command.

    Every one accepts `--yes`; only those that ask are told of it.
    """
    dry = click.option(
        "--dry-run",
        is_flag=True,
        help=said("Vis posteringen; bogfør intet.", "Show the entry; book nothing."),
    )
    yes = click.option(
        "--yes",
        is_flag=True,
        expose_value=asks,
        help=said("Spørg ikke.", "Ask nothing."),
    )
    return lambda command: by_option(dry(yes(json_option(command))))
