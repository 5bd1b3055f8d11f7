"""Beancount's directives as the domain's entries. The way there is `text`."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from beancount.core import amount, data

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
    makers = ((d, _MAKERS[type(d)]) for d in directives if type(d) in _MAKERS)
    entries = (maker(directive) for directive, maker in makers if _ours(directive))
    return Ledger(tuple(sorted(entries, key=_order)), head, flaws)


def _order(entry: Entry) -> tuple[int, str, int]:
    """Settings come first (commit -1), then each commit from top to bottom."""
    return entry.commit, entry.place.file, entry.place.line


def _ours(directive: Any) -> bool:
    return not isinstance(directive, data.Custom) or (
        directive.type == TYPE and bool(directive.values) and directive.values[0].dtype is str
    )


def _transaction(directive: data.Transaction) -> Entry:
    place = _place(directive.meta)
    return Transaction(
        directive.date,
        directive.narration or "",
        tuple(_posting(posting, place) for posting in directive.postings),
        meta=_meta(directive.meta, place),
        commit=commit_number(place.file),
        place=place,
    )


def _record(directive: data.Custom) -> Entry:
    place = _place(directive.meta)
    name, *values = directive.values
    return Record(
        directive.date,
        name.value,
        tuple(_typed(value, place) for value in values),
        meta=_meta(directive.meta, place),
        commit=commit_number(place.file),
        place=place,
    )


def _opening(directive: data.Open) -> Entry:
    place = _place(directive.meta)
    return Opening(
        directive.date,
        directive.account,
        meta=_meta(directive.meta, place),
        commit=commit_number(place.file),
        place=place,
    )


_MAKERS: Mapping[type, Callable[[Any], Entry]] = {
    data.Transaction: _transaction,
    data.Custom: _record,
    data.Open: _opening,
}


def _place(meta: Mapping[str, Any]) -> Place:
    return Place(str(meta.get("filename", "")), int(meta.get("lineno", 0)))


def _posting(posting: data.Posting, place: Place) -> Posting:
    if not isinstance(posting.units, amount.Amount) or posting.cost or posting.price:
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
