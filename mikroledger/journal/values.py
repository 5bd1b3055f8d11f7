"""Beancount's directives as the domain's entries. The way there is `text`."""

import hashlib
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from beancount.core import amount, data
from beancount.core.interpolate import AUTOMATIC_META

from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Meta,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.errors import BrokenBookError
from mikroledger.journal.layout import commit_number
from mikroledger.journal.text import CURRENCY, TYPE

COMMIT = "commit"
_ORE_PLACES = -2


def ledger_of(
    directives: Iterable[Any],
    head: str = "",
    flaws: tuple[tuple[str, str], ...] = (),
) -> Ledger:
    """Return beancount's directives as a ledger, in the order of booking.

    Beancount sorts by date; we sort by commit, and within it by line. What no command writes
    (documents, notes, balances, other programs' records) is left to beancount.

    Raises:
        BrokenBookError: an amount is not in whole øre of Danish kroner.
    """
    ours = [d for d in directives if type(d) in _MAKERS and _ours(d)]
    commit_of = _commits(ours)
    entries = (_MAKERS[type(d)](d, _place(d.meta), commit_of) for d in ours)
    return Ledger(tuple(sorted(entries, key=attrgetter("order"))), head, flaws)


_CommitOf = Callable[[Place], int]


def _commits(directives: Iterable[Any]) -> _CommitOf:
    """Return what tells which commit a line is part of.

    A commit begins with its header, and a bound month's file holds many of them; where there is
    none above, the file's name must do.
    """
    lines: dict[str, list[tuple[int, int]]] = {}
    for each in directives:
        if isinstance(each, data.Custom) and each.values[0].value == COMMIT:
            number = str(each.values[-1].value)
            place = _place(each.meta)
            if number.isdecimal():
                lines.setdefault(place.file, []).append((place.line, int(number)))
    for found in lines.values():
        found.sort()

    def commit_of(place: Place) -> int:
        found = lines.get(place.file, [])
        at = bisect_right(found, (place.line, sys.maxsize))
        return found[at - 1][1] if at else commit_number(place.file)

    return commit_of


class Fingerprint:
    """One hash of what some entries say, wherever they were read, commit by commit.

    An entry counts with its commit and its place there, so the order of commits does not matter.
    Their heads are left out: it is the chain that speaks for them.
    """

    def __init__(self) -> None:
        self._sum = 0

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in whole commits."""
        for commit, together in groupby(entries, key=attrgetter("commit")):
            for place, entry in enumerate(each for each in together if not _is_head(each)):
                said = repr((commit, place, *_said(entry)))
                self._sum += int.from_bytes(hashlib.sha256(said.encode()).digest())

    def __str__(self) -> str:
        return f"{self._sum:x}"


def fingerprint(entries: Iterable[Entry]) -> str:
    """Return the fingerprint of all entries of a book, in the order of booking."""
    whole = Fingerprint()
    whole.add(entries)
    return str(whole)


def _is_head(entry: Entry) -> bool:
    return isinstance(entry, Record) and entry.name == COMMIT


def _said(entry: Entry) -> tuple[object, ...]:
    """Return all that an entry says, as values whose `repr` tells them apart."""
    match entry:
        case Transaction():
            postings = [(p.account, p.amount, dict(p.meta)) for p in entry.postings]
            return entry.day, entry.text, postings, dict(entry.meta)
        case Record():
            values = [(type(value).__name__, value) for value in entry.values]
            return entry.day, entry.name, values, dict(entry.meta)
        case _:
            return entry.day, entry.account, dict(entry.meta)


def _ours(directive: Any) -> bool:
    return not isinstance(directive, data.Custom) or (
        directive.type == TYPE and bool(directive.values) and directive.values[0].dtype is str
    )


def _transaction(directive: data.Transaction, place: Place, commit_of: _CommitOf) -> Entry:
    return Transaction(
        directive.date,
        directive.narration or "",
        tuple(_posting(posting, place) for posting in directive.postings),
        meta=_meta(directive.meta, place),
        commit=commit_of(place),
        place=place,
    )


def _record(directive: data.Custom, place: Place, commit_of: _CommitOf) -> Entry:
    name, *values = directive.values
    return Record(
        directive.date,
        name.value,
        tuple(_typed(value, place) for value in values),
        meta=_meta(directive.meta, place),
        commit=commit_of(place),
        place=place,
    )


def _opening(directive: data.Open, place: Place, commit_of: _CommitOf) -> Entry:
    return Opening(
        directive.date,
        directive.account,
        meta=_meta(directive.meta, place),
        commit=commit_of(place),
        place=place,
    )


_MAKERS: Mapping[type, Callable[[Any, Place, _CommitOf], Entry]] = {
    data.Transaction: _transaction,
    data.Custom: _record,
    data.Open: _opening,
}


def _place(meta: Mapping[str, Any]) -> Place:
    return Place(str(meta.get("filename", "")), int(meta.get("lineno", 0)))


def _posting(posting: data.Posting, place: Place) -> Posting:
    added = AUTOMATIC_META in (posting.meta or ())  # left out, and completed by beancount
    if not isinstance(posting.units, amount.Amount) or posting.cost or posting.price or added:
        raise _broken(
            place,
            f"{posting.account} har ikke et almindeligt beløb i kroner",
            f"{posting.account} has no plain amount in kroner",
        )
    return Posting(posting.account, _kroner(posting.units, place), _meta(posting.meta, place))


def _meta(meta: Mapping[str, Any] | None, place: Place) -> Meta:
    """Return what stands in the file, without what beancount adds (`__tolerances__`)."""
    return {
        key: _value(value, place)
        for key, value in (meta or {}).items()
        if value is not None and key not in {"filename", "lineno"} and not key.startswith("__")
    }


def _typed(value: Any, place: Place) -> Value:
    """Return a value of a record; only there does beancount tell accounts from texts."""
    plain = _value(value.value, place)
    return Account(plain) if isinstance(plain, str) and value.dtype is not str else plain


def _value(value: Any, place: Place) -> Value:
    match value:
        case amount.Amount():
            return _kroner(value, place)
        case Decimal():
            return _whole(value, place)
        case bool() | date():
            return value
        case _:
            return str(value)


def _whole(number: Decimal, place: Place) -> int:
    if number != number.to_integral_value():
        raise _broken(
            place,
            f"{number} er hverken et helt tal eller et beløb med {CURRENCY}",
            f"{number} is neither a whole number nor an amount with {CURRENCY}",
        )
    return int(number)


def _kroner(money: amount.Amount, place: Place) -> Decimal:
    """Return an amount in whole øre.

    Beancount would take 100.1 against 100.05 for balanced: one decimal widens its tolerance.
    """
    number = money.number
    if (
        money.currency != CURRENCY
        or number is None
        or number.as_tuple().exponent
        not in {
            0,
            _ORE_PLACES,
        }
    ):
        raise _broken(
            place,
            f"»{money}« er ikke et beløb i {CURRENCY} med to decimaler",
            f"'{money}' is not an amount in {CURRENCY} with two decimals",
        )
    return number


def _broken(place: Place, da: str, en: str) -> BrokenBookError:
    return BrokenBookError(
        da=f"{place.file}, linje {place.line}: {da}. Ret filen, og prøv igen.",
        en=f"{place.file}, line {place.line}: {en}. Correct the file, and try again.",
    )
