"""A book that is open for one command: as a ledger, whole or in part, through its index."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from mikroledger.domain.ledger import Entry, Ledger, Transaction
from mikroledger.domain.parts import of_reference
from mikroledger.domain.payment import paid_in, payment_of
from mikroledger.errors import BrokenBookError
from mikroledger.journal import chain, layout
from mikroledger.journal.facts import hashed
from mikroledger.journal.forks import spread, undisturbed
from mikroledger.journal.index import Index

Answer = Callable[[Ledger], str]
_BATCH = 64
"""Parts that a process takes at a time: few enough to keep all of them busy to the end."""


@contextmanager
def shelf(book: Path) -> Iterator["Shelf"]:
    """Open a book; unless it is saved, its index stays as it was.

    Raises:
        BrokenBookError: a file cannot be read.
    """
    index = Index(book, _by_beancount)
    try:
        with _readable(book), undisturbed():
            _refresh(index)
            yield Shelf(book, index)
    finally:
        index.close()


def _refresh(index: Index) -> None:
    """Bring the index up to date; a month may be bound while its files are being read."""
    try:
        index.refresh()
    except FileNotFoundError:
        index.refresh()


@contextmanager
def _readable(book: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BrokenBookError(
            da=f"{error.filename or book} kan ikke læses ({error.strerror}). Skaf læseadgang, og"
            " prøv igen.",
            en=f"{error.filename or book} cannot be read ({error.strerror}). Get read access,"
            " and try again.",
        ) from error


def _by_beancount(content: bytes, name: str) -> Sequence[Entry]:
    """Read what is not canonical: settings, and what a person edited."""
    from mikroledger.journal import read

    if not hasattr(read, "values_of"):  # TEMP
        from beancount.parser import booking, parser

        from mikroledger.journal import lint
        from mikroledger.journal.values import ledger_of

        lint._text(content, name)
        found, errors, options = parser.parse_string(content.decode(), report_filename=name)
        made, more = booking.book(found, options)
        for error in (*errors, *more):
            line, message = error.source["lineno"], error.message
            raise BrokenBookError(
                da=f"{name}, linje {line}: {message}. Ret linjen, og prøv igen.",
                en=f"{name}, line {line}: {message}. Correct the line, and try again.",
            )
        return ledger_of(made).entries
    return read.values_of(content, name)


class Shelf:
    """One book, opened."""

    def __init__(self, book: Path, index: Index) -> None:
        self._book = book
        self._index = index
        self.number, self._head = index.head

    def save(self) -> None:
        """Keep what the index has learned."""
        self._index.save()

    def ledger(self, about: Collection[str] | None = None) -> Ledger:
        """Return the book, or the parts of it that some names belong to."""
        index = self._index
        parts = index.parts() if about is None else index.parts_of(about)
        return self._ledger((*index.common, *index.entries(parts.values())))

    def _ledger(self, entries: tuple[Entry, ...]) -> Ledger:
        newest = self._index.newest
        last = date.fromisoformat(newest) if newest else None
        return Ledger(entries, self._head, self._flaws, last)

    @cached_property
    def _flaws(self) -> tuple[tuple[str, str], ...]:
        included = {str(p) for p in (self._book / layout.JOURNAL).glob("*.beancount")}
        left_out = (
            m for m in layout.months(self._book) if str(layout.include_path(m)) not in included
        )
        if self._index.sound and not any(left_out):
            return ()
        return chain.verify(self._book, {}, included).flaws

    def survey(self, question: str, answer: Answer) -> tuple[str, ...]:
        """Return what every part answers to a question: from before, or asked now."""
        index, question = self._index, f"{question} {_program()}"
        known = index.answers(question)
        parts = index.parts()
        missing = [(no, spans) for no, spans in parts.items() if no not in known]
        if missing:
            found = self._ask(missing, answer)
            index.keep(question, found)
            known = {**known, **found}
        return tuple(known[no] for no in parts)

    def _ask(self, parts: Sequence[tuple[int, bytes]], answer: Answer) -> Mapping[int, str]:
        """Ask parts, with all processors where they are many."""
        index = self._index
        index.open_all()
        shares, common = index.shares(), index.common
        whole = self._ledger(())

        def ask(batch: Sequence[tuple[int, bytes]]) -> list[str]:
            return [
                answer(replace(whole, entries=(*common, *_own(index.entries((s,)), no, shares))))
                for no, s in batch
            ]

        batches = [parts[start : start + _BATCH] for start in range(0, len(parts), _BATCH)]
        answers = spread(ask, batches, index.processes)
        said = (each for batch in answers for each in batch)
        return {no: each for (no, _), each in zip(parts, said, strict=True)}


def _own(entries: Sequence[Entry], part: int, shares: Mapping[int, int]) -> Iterator[Entry]:
    """Yield entries without what they pay to others: a line of the bank may pay many at once."""
    for entry in entries:
        if shares and isinstance(entry, Transaction) and len(paid_in(entry)) > 1:
            own = (
                posting
                for posting in entry.postings
                if shares.get(hashed(of_reference(payment_of(entry, posting))), part) == part
            )
            yield replace(entry, postings=tuple(own))
        else:
            yield entry


def _program() -> str:
    """Return what changes when the program does: answers are only as good as their rules."""
    package = Path(__file__).parents[1]
    newest = max(
        entry.stat().st_mtime_ns
        for folder in (package, *(path for path in package.iterdir() if path.is_dir()))
        for entry in os.scandir(folder)
        if entry.name.endswith(".py")
    )
    return f"{newest:x}"
