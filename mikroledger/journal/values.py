"""Beancount's directives as the domain's entries. The way there is `text`."""

import hashlib
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
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
from mikroledger.journal.text import CURRENCY, TYPE, render

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
    return Ledger(tuple(sorted(entries, key=_order)), head, flaws)


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


def _order(entry: Entry) -> tuple[int, str, int]:
    """Return what puts entries in order: settings (commit -1), then each commit, top to bottom."""
    return entry.commit, entry.place.file, entry.place.line


def fingerprint(entries: Iterable[Entry]) -> str:
    """Return one hash of what some entries say, wherever it was read and however it was written.

    The heads of commits are left out: it is the chain that speaks for them.
    """
    whole = hashlib.sha256()
    for entry in entries:
        if not (isinstance(entry, Record) and entry.name == COMMIT):
            whole.update(f"{render((entry,))}\n".encode())
    return whole.hexdigest()


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
