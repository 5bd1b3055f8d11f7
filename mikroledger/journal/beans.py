"""Beancount itself: what reads texts and whole books with it. For child processes alone.

Results are plain values (`plain`), because they go through a pipe.
"""

import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from beancount import loader
from beancount.ops import validation
from beancount.parser import booking, parser

from mikroledger.domain.ledger import Entry, Place, Record, Transaction, keys_of
from mikroledger.errors import BrokenBookError
from mikroledger.journal.chain import Flaw
from mikroledger.journal.layout import JOURNAL, MAIN
from mikroledger.journal.lint import PLUGIN
from mikroledger.journal.pieces import is_large, pieces_of
from mikroledger.journal.plain import packed
from mikroledger.journal.text import render
from mikroledger.journal.values import Fingerprint, ledger_of

_DRAFT = "draft"


def of_file(text: str, name: str) -> list[Any]:
    """Return the entries of one file, from top to bottom.

    Raises:
        BrokenBookError: beancount refuses it, or it says what is no part of our books.
    """
    directives, errors, options = _booked(text, name)
    balances = validation.validate_check_transaction_balances
    errors += balances(directives, options)  # type: ignore[no-untyped-call]
    entries, flaws = _judged(directives, errors, os.curdir)
    for da, en in flaws:
        raise BrokenBookError(da, en)
    return packed(entries)


def of_draft(text: str, before: str) -> list[Any]:
    """Return the entries of a draft, which stands after some text and may refer to that.

    Raises:
        BrokenBookError: beancount refuses it.
    """
    directives, errors, options = _booked(f"{before}\n{text}", _DRAFT)
    errors += validation.validate(directives, options)  # type: ignore[no-untyped-call]
    if errors:
        raise BrokenBookError(
            da=f"Beancount afviser det, der skulle bogføres: {_message(errors[0])}. Intet er"
            " bogført. Ret kontoplanen i accounts.beancount, eller meld det som en fejl.",
            en=f"Beancount refuses what was to be booked: {_message(errors[0])}. Nothing was"
            " booked. Correct the chart in accounts.beancount, or report it as a bug.",
        )
    above = before.count("\n") + 1
    entries = tuple(e for e in ledger_of(directives).entries if e.place.line > above)
    assert render(entries) == text, "what is read is what was written"
    return packed(entries)


def of_book(book: Path) -> list[Any]:
    """Return the entries of a whole book in the order of booking, and the files included.

    Raises:
        BrokenBookError: beancount refuses it.
    """
    entries, flaws, included = _loaded(book)
    for da, en in flaws:
        raise BrokenBookError(
            da=f"Bogen kan ikke læses ({len(flaws)} fejl). {da}",
            en=f"The book does not load ({len(flaws)} errors). {en}",
        )
    return [packed(entries), included]


def proof_of(book: Path) -> list[Any]:
    """Return all that is wrong with a book, and the fingerprint of its entries.

    A large book is loaded in pieces, one after the other, so that it takes the memory of one.

    Raises:
        BrokenBookError: it says what is no part of our books.
    """
    flaws: dict[Flaw, None] = {}
    keys, whole = _Keys(), Fingerprint()
    with chdir(book):  # where beancount looks for what a text includes
        book = Path.cwd()
        for directives, errors in _pieces(book):
            flaws |= dict.fromkeys(_flaw(error, str(book)) for error in errors)
            if not flaws:
                entries = ledger_of(directives).entries
                flaws |= dict.fromkeys(_empty(entries, str(book)))
                keys.add(entries)
                whole.add(entries)
        again = (entry for found, _ in _pieces(book) for entry in ledger_of(found).entries)
        flaws |= dict.fromkeys(() if flaws else keys.twice(again, str(book)))
    return [list(flaws), str(whole)]


def _booked(text: str, name: str) -> tuple[list[Any], list[Any], Any]:
    """Parse a text and complete its postings, as the loader would, but without includes."""
    parsed, errors, options = parser.parse_string(text, report_filename=name)
    if errors:
        return [], errors, options
    return *booking.book(parsed, options), options  # type: ignore[no-untyped-call]


def _loaded(book: Path) -> tuple[Sequence[Entry], Sequence[Flaw], Sequence[str]]:
    """Load a book as bean-check does; return entries, what is wrong, and the files included."""
    _without_plugin()
    directives, errors, options = loader.load_file(str(book / MAIN))
    return *_judged(directives, errors, str(book)), list(options["include"])


def _pieces(book: Path) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
    """Load a book piece by piece; yield the directives of each, and what is wrong with it."""
    _without_plugin()
    if not is_large(book):
        yield loader.load_file(str(book / MAIN))[:2]
        return
    for piece in pieces_of(book):
        directives, errors, _ = loader.load_string(piece.text)
        own = [each for each in directives if piece.owns(each.meta)]
        for meta in (*(each.meta for each in own), *(error.source or {} for error in errors)):
            piece.put_home(meta)
        yield own, errors


def _without_plugin() -> None:
    """Leave our plugin out: its findings are about loans, not about the file.

    The commands make their own. Nothing is read from a cache.
    """
    sys.modules[PLUGIN] = ModuleType(PLUGIN)
    loader.initialize(use_cache=False)


def _judged(
    directives: Sequence[Any],
    errors: Sequence[Any],
    book: str,
) -> tuple[Sequence[Entry], Sequence[Flaw]]:
    """Return the entries if there are no errors, and what is wrong."""
    if errors:
        return (), [_flaw(error, book) for error in errors]
    entries = ledger_of(directives).entries
    keys = _Keys()
    keys.add(entries)
    return entries, [*_empty(entries, book), *keys.twice(entries, book)]


def _empty(entries: Sequence[Entry], book: str) -> Iterator[Flaw]:
    """Find transactions without amounts: to beancount they are fine, and a torn file has one."""
    for entry in entries:
        if isinstance(entry, Transaction) and not entry.postings:
            name, line = entry.place.file.removeprefix(f"{book}/"), entry.place.line
            yield (
                f"{name}, linje {line}: posteringen har ingen beløb. Skriv dem, og prøv igen.",
                f"{name}, line {line}: the transaction has no amounts. Write them, and try again.",
            )


class _Keys:
    """The keys of a book: each names one record, for ever.

    A book has so many that of each only its hash is kept, beside that of the record's id. They
    lie in shares, which are counted one at a time.
    """

    def __init__(self) -> None:
        self._shares = [array("q") for _ in range(256)]
        self._declined: set[str] = set()

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in the next entries of the book."""
        for entry in entries:
            if isinstance(entry, Record) and entry.name == "declined":
                self._declined.add(entry.get("proposal"))
            for key in keys_of(entry):
                self._shares[hash(key) % 256].extend((hash(key), hash(entry.id)))

    def twice(self, again: Iterable[Entry], book: str) -> Iterator[Flaw]:
        """Find keys that name two records; a proposal that was declined frees its key.

        Args:
            again: all the entries; they are gone through only where there is such a key.
        """
        hashes = self._twice()
        places: dict[str, list[Place]] = {}
        for entry in again if hashes else ():
            for key in keys_of(entry) if entry.id not in self._declined else ():
                if hash(key) in hashes:
                    places.setdefault(key, []).append(entry.place)
        for key, found in places.items():
            for first, second in pairwise(found):
                yield _taken(key, second, first, book)

    def _twice(self) -> set[int]:
        """Return the hashes of keys that name two records."""
        freed = set(map(hash, self._declined))
        counts = (
            Counter(key for key, name in zip(*[iter(share)] * 2, strict=True) if name not in freed)
            for share in self._shares
        )
        return {key for count in counts for key, times in count.items() if times > 1}


def _taken(key: str, place: Place, other: Place, book: str) -> Flaw:
    name, first = (each.file.removeprefix(f"{book}/") for each in (place, other))
    da = f"nøglen »{key}« er allerede brugt i {first}, linje {other.line}"
    en = f"the key '{key}' is already used in {first}, line {other.line}"
    return (
        f"{name}, linje {place.line}: {da}. Slet den ene, eller hent filen fra sikkerhedskopien.",
        f"{name}, line {place.line}: {en}. Delete one of them, or restore it from the backup.",
    )


def _flaw(error: Any, book: str) -> Flaw:
    """Return an error of beancount with its file and line, and what to do about it."""
    source = error.source or {}
    name = str(source.get("filename", MAIN)).removeprefix(f"{book}/")
    line, message = source.get("lineno", 0), _message(error)
    da, en = "Ret linjen, og prøv igen", "Correct the line, and try again"
    if name.startswith(f"{JOURNAL}/"):
        da, en = "Hent filen fra sikkerhedskopien", "Restore the file from the backup"
    return (
        f"{name}, linje {line}: {message}. {da}.",
        f"{name}, line {line}: {message}. {en}.",
    )


def _message(error: Any) -> str:
    """Return the first line of what beancount says; the rest shows the entry."""
    return str(error.message).strip().partition("\n")[0][:200].rstrip(".")
