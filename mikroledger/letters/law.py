"""The words of the law, each from the day it holds: `templates/law.toml`.

A letter of 2012 names the authority of 2012, also when it is made again years later.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mikroledger.errors import RefusedError
from mikroledger.words import Language, Text

FILE = "law.toml"
_WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Said:
    """How the law is said from a day on."""

    since: date
    text: Text


Law = Mapping[str, tuple[Said, ...]]
"""What is said for each word, oldest first."""


def read(where: Path, text: str) -> Law:
    """Read the table.

    Raises:
        RefusedError: it is no TOML, or an entry lacks a day or a language.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError(
            da=f"{where}: filen kan ikke læses: {error}. Ret stedet.",
            en=f"{where}: the file cannot be read: {error}. Correct the place.",
        ) from error
    return {word: _entries(where, word, entries) for word, entries in tables.items()}


def _entries(where: Path, word: str, entries: Any) -> tuple[Said, ...]:
    said = []
    for entry in entries if isinstance(entries, list) else [entries]:
        match entry:
            case {"from": date() as since, "da": str(da), "en": str(en)} if da and en:
                said.append(Said(since, Text(da, en)))
            case _:
                said.clear()
                break
    if not said or not _WORD.fullmatch(word):
        raise RefusedError(
            da=f"{where}: »{word}« kan ikke læses. Skriv [[{word}]] med from (en dag), da og en.",
            en=f"{where}: '{word}' cannot be read. Write [[{word}]] with from (a day), da and en.",
        )
    return tuple(sorted(said, key=lambda each: each.since))


def words(law: Law, on: date, language: Language) -> dict[str, str]:
    """Return the words that hold on a day; one that does not hold yet is empty.

    >>> law = {"board": (Said(date(2013, 7, 1), Text("nævnet", "the board")),)}
    >>> words(law, date(2013, 6, 30), "da"), words(law, date(2013, 7, 1), "da")
    ({'board': ''}, {'board': 'nævnet'})
    """
    found = {}
    for word, entries in law.items():
        holding = [each for each in entries if each.since <= on]
        found[word] = holding[-1].text.say(language) if holding else ""
    return found
