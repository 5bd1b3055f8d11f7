"""Entries as plain values (`None`, numbers, texts, lists), to come from another process."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from mikroledger.domain.ledger import (
    Account,
    Entry,
    Meta,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)


def packed(entries: Iterable[Entry]) -> list[Any]:
    """Return entries as plain values; `unpacked` is the way back."""
    return [
        [str(e.day), _packed_meta(e.meta), e.commit, e.place.file, e.place.line, *_special(e)]
        for e in entries
    ]


def unpacked(rows: Iterable[list[Any]]) -> tuple[Entry, ...]:
    """Return the entries that `packed` was given."""
    return tuple(map(_entry, rows))


def _special(entry: Entry) -> list[Any]:
    """Return the kind of an entry, and what only that kind has."""
    match entry:
        case Transaction():
            postings = [[p.account, str(p.amount), _packed_meta(p.meta)] for p in entry.postings]
            return ["transaction", entry.text, postings]
        case Record():
            return ["record", entry.name, list(map(_packed, entry.values))]
        case Opening():
            return ["opening", entry.account, None]
        case _:
            assert_never(entry)


def _entry(row: list[Any]) -> Entry:
    said, meta, commit, file, line, kind, name, rest = row
    day = date.fromisoformat(said)
    more: Any = {"meta": _meta(meta), "commit": commit, "place": Place(file, line)}
    if kind == "transaction":
        postings = (Posting(account, Decimal(sum_), _meta(own)) for account, sum_, own in rest)
        return Transaction(day, name, tuple(postings), **more)
    if kind == "record":
        return Record(day, name, tuple(map(_value, rest)), **more)
    return Opening(day, name, **more)


def _packed_meta(meta: Meta) -> Mapping[str, Any]:
    return {key: _packed(value) for key, value in meta.items()}


def _meta(plain: Mapping[str, Any]) -> Meta:
    return {key: _value(value) for key, value in plain.items()}


def _packed(value: Value) -> Any:
    """Return a value, with its type where JSON knows none for it."""
    match value:
        case Account() | Decimal() | date():
            return [type(value).__name__, str(value)]
        case _:
            return value


def _value(plain: Any) -> Value:
    if not isinstance(plain, list):
        return plain  # type: ignore[no-any-return]
    kind, text = plain
    return _TYPES[kind](text)


_TYPES: Mapping[str, Callable[[str], Value]] = {
    "Account": Account,
    "Decimal": Decimal,
    "date": date.fromisoformat,
}
