"""What every command shares: which book, which day, which language, and the rooms behind it."""

from __future__ import annotations

import os
import sys
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

import click

from mikroledger.errors import BrokenBookError
from mikroledger.words import Language, Text

if TYPE_CHECKING:  # every command starts here, --help too: nothing heavy before it is used
    from collections.abc import Collection
    from datetime import date
    from pathlib import Path

    from mikroledger.domain.ledger import Ledger
    from mikroledger.domain.policy import Policy
    from mikroledger.services.order import Who
    from mikroledger.wiring import House


def language() -> Language:
    """Return the language of messages: MIKROLEDGER_LANG, then the locale, then Danish."""
    for name in ("MIKROLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = os.environ.get(name, "")[:2].lower()
        if wanted == "en":
            return "en"
        if wanted == "da":
            return "da"
    return "da"


def said(da: str, en: str) -> str:
    """Return a help text in the user's language."""
    return Text(da, en).say(language())


def safe(text: str) -> str:
    r"""Escape characters that would steer a terminal or reverse its text.

    >>> safe("a\x1bb")
    'a\\x1bb'
    """
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf"} else ascii(c)[1:-1]
        for c in text
    )


def today() -> date:
    """Return the day of the run: MIKROLEDGER_TODAY, else the clock's."""
    from datetime import date

    from mikroledger.days import parse_day

    wanted = os.environ.get("MIKROLEDGER_TODAY", "")
    now = date.today()  # noqa: DTZ011, TID251  # the one place that reads the clock
    return parse_day(wanted, now) if wanted else now


def find_book(given: str | None) -> Path:
    """Return the book: as given, else the nearest folder upwards with a main.beancount.

    Raises:
        BrokenBookError: there is none.
    """
    from pathlib import Path

    if given:
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "main.beancount").is_file():
            return folder
    raise BrokenBookError(
        da=f"Der er ingen bog i {here} eller over den. Vælg en med --book MAPPE eller"
        " MIKROLEDGER_BOOK, eller lav en ny med »mikroledger init MAPPE«.",
        en=f"There is no book in {here} or above it. Choose one with --book DIR or"
        " MIKROLEDGER_BOOK, or make a new one with 'mikroledger init DIR'.",
    )


class App:
    """The state of one command; nothing is opened before it is needed."""

    def __init__(self, book: str | None) -> None:
        self._book = book

    @cached_property
    def house(self) -> House:
        from mikroledger.wiring import House

        return House(find_book(self._book))

    @cached_property
    def today(self) -> date:
        return today()

    @property
    def language(self) -> Language:
        return language()

    @property
    def at_terminal(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty()

    def who(self, by: str | None) -> Who:
        """Return who gives an order, and when."""
        from mikroledger.services.order import Who

        return Who(by or "", self.today)

    def ledger(
        self,
        known_on: date | None,
        about: Collection[str] | None = None,
    ) -> Ledger:
        """Load the book, or what some names need of it, as it stood on a day if one is given."""
        ledger = self.house.journal.read(about)
        for da, en in ledger.flaws:
            self.tell(f"Advarsel: {da}", f"Warning: {en}")
        return ledger.known_on(known_on) if known_on else ledger

    def warn_of_examples(self, policy: Policy) -> None:
        """Say that letters still name the example municipality."""
        if policy.is_example:
            self.tell(
                "Bemærk: brevene bærer eksemplets afsender og kreditornummer. Ret"
                " policy.beancount, før et brev sendes.",
                "Note: the letters bear the example's sender and creditor number. Edit"
                " policy.beancount before a letter is sent.",
            )

    def say(self, text: Text) -> str:
        """Return a sentence in the user's language."""
        return text.say(self.language)

    def tell(self, da: str, en: str) -> None:
        """Say something to the person, on stderr: stdout is for data."""
        click.echo(Text(da, en).say(self.language), err=True)
