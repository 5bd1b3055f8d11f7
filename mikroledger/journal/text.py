"""Entries as beancount text, in the one canonical form that mikroledger writes.

Text reaches the book through here alone, so that quotes, signs and invisible characters are
dealt with once. `values` is the way back; a property test says that the two agree.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from mikroledger.domain.ledger import (
    Account,
    Entry,
    Meta,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.errors import UsageError
from mikroledger.money import kroner

TYPE = "mikroledger"
"""The type of our `custom` directives."""
CURRENCY = "DKK"

_COLUMN = 60  # where the currency stands, as `bean-format -c 60` would have it
_FIRST = ("id", "by", "kind")
LINKED = {"loan": "", "payment": "pay-"}
"""Metadata that also stands as a link, and what the link begins with."""
# Two characters at least: beancount drops the whole transaction for a shorter key.
_KEY = re.compile(r"[a-z][A-Za-z0-9_-]+", re.ASCII)
_OURS_NOT = frozenset({"filename", "lineno"})  # beancount's own metadata
_LINK = re.compile(r"[A-Za-z0-9_/.-]+", re.ASCII)
_ACCOUNT = re.compile(r'[^\W\d_a-z][^\s:";]*(:[^\s:";]+)+')
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that must not reach the book."""


def render(entries: Iterable[Entry]) -> str:
    """Return entries as beancount text, a blank line between two.

    Raises:
        UsageError: a text holds a line break or an invisible character.
    """
    return "\n".join("".join(f"{line}\n" for line in _lines(entry)) for entry in entries)


def _lines(entry: Entry) -> Iterator[str]:
    """Yield the lines of one directive."""
    match entry:
        case Transaction():
            yield f"{entry.day} * {_quoted(entry.text)}{_links(entry.meta)}"
        case Record():
            yield f'{entry.day} custom "{TYPE}" {_quoted(entry.name)}{_values(entry.values)}'
        case _:
            yield _aligned(f"{entry.day} open {_account(entry.account)}", "")
    yield from _metadata(entry.meta, "  ")
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            yield from _posting(posting)


def _posting(posting: Posting) -> Iterator[str]:
    yield _aligned(f"  {_account(posting.account)}", str(kroner(posting.amount)))
    yield from _metadata(posting.meta, "    ")


def _aligned(left: str, number: str) -> str:
    """Put the currency into its column; what is too long pushes it on."""
    room = _COLUMN - len(CURRENCY) - len(left) + 1
    return f"{left}  {number:>{max(room - 2, 0)}} {CURRENCY}"


def _metadata(meta: Meta, indent: str) -> Iterator[str]:
    """Yield metadata: who and what first, the rest in the order given.

    An account is a text here: beancount tells the two apart in records alone.
    """
    keys = [key for key in _FIRST if key in meta]
    keys += [key for key in meta if key not in _FIRST]
    for key in keys:
        assert _KEY.fullmatch(key), f"{key!r} is no key"
        assert key not in _OURS_NOT, f"{key!r} is beancount's own key"
        value = meta[key]
        yield f"{indent}{key}: {_written(str(value) if isinstance(value, Account) else value)}"


def _links(meta: Meta) -> str:
    """Return links to loan and payment, for Fava and bean-query; metadata holds the truth."""
    named = ((prefix, meta.get(key)) for key, prefix in LINKED.items())
    return "".join(
        f" ^{prefix}{name}"
        for prefix, name in named
        if isinstance(name, str) and _LINK.fullmatch(name)
    )


def _values(values: tuple[Value, ...]) -> str:
    """Return the values of a record, each after a blank.

    `2 -12.00 DKK` is -10.00 DKK to beancount, so a negative number after a bare one gets
    parentheses.
    """
    written, after_number = "", False
    for value in values:
        text = _written(value)
        if after_number and text.startswith("-"):
            number, *unit = text.split(" ")
            text = " ".join((f"({number})", *unit))
        written += f" {text}"
        after_number = isinstance(value, int) and not isinstance(value, bool)
    return written


def _written(value: Value) -> str:
    """Return a value as beancount writes its type."""
    match value:
        case bool():
            return str(value).upper()
        case int() | date():
            return str(value)
        case Decimal():
            return f"{kroner(value)} {CURRENCY}"
        case Account():
            return _account(value)
        case _:
            return _quoted(value)


def _account(name: str) -> str:
    assert _ACCOUNT.fullmatch(name), f"{name!r} is no account"
    return name


def _quoted(text: str) -> str:
    """Return a text in quotes: NFC, one line, nothing invisible."""
    normal = unicodedata.normalize("NFC", text)
    if not normal.isprintable():
        _refuse_invisible(normal)
    escaped = normal.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refuse_invisible(text: str) -> None:
    for place, char in enumerate(text, start=1):
        if unicodedata.category(char) in INVISIBLE:
            shown = "".join(c if c.isprintable() else "?" for c in text)
            code = f"U+{ord(char):04X}"
            raise UsageError(
                da=f"»{shown}« har et tegn, der ikke kan ses ({code}), på plads {place}."
                " Skriv teksten uden det på én linje, og prøv igen.",
                en=f"'{shown}' has a character that cannot be seen ({code}) at position {place}."
                " Write the text without it on one line, and try again.",
            )
