"""A book that is open for one command: as a ledger, whole or in part, through its index."""

import os
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain as chained
from operator import attrgetter
from pathlib import Path

from mikroledger.domain.ledger import Entry, Ledger, Transaction
from mikroledger.domain.parts import of_reference
from mikroledger.domain.payment import paid_in, payment_of
from mikroledger.errors import BrokenBookError
from mikroledger.journal import chain, layout, lint, read, runlog
from mikroledger.journal.facts import hashed
from mikroledger.journal.forks import spread, undisturbed
from mikroledger.journal.index import NAME, Index
from mikroledger.journal.merge import spans_in
from mikroledger.words import Text

Answer = Callable[[Ledger], str]
_COMMITS = 256
"""Commits that are read together where all are: few enough for any memory."""
_BATCH = 64
"""Parts that a process takes at a time: few enough to keep all of them busy to the end."""


@contextmanager
def shelf(book: Path, *, thorough: bool = False) -> Iterator["Shelf"]:
    """Open a book; unless it is saved, its index stays as it was.

    Raises:
        BrokenBookError: a file cannot be read.
    """
    index = Index(book, read.values_of_all)
    try:
        with readable(book), undisturbed():
            said = runlog.last(book)  # before the journal: it must not be ahead of what is read
            _refresh(index, thorough=thorough)
            yield Shelf(book, index, said)
    finally:
        index.close()


def _refresh(index: Index, *, thorough: bool) -> None:
    """Bring the index up to date; a month may be bound while its files are being read."""
    try:
        index.refresh(thorough=thorough)
    except FileNotFoundError:
        index.refresh(thorough=thorough)


@contextmanager
def readable(book: Path) -> Iterator[None]:
    """Tell which file cannot be read.

    Raises:
        BrokenBookError: one cannot.
    """
    try:
        yield
    except OSError as error:
        raise BrokenBookError(
            da=f"{error.filename or book} kan ikke læses ({error.strerror}). Skaf læseadgang, og"
            " prøv igen.",
            en=f"{error.filename or book} cannot be read ({error.strerror}). Get read access,"
            " and try again.",
        ) from error


class Shelf:
    """One book, opened."""

    def __init__(self, book: Path, index: Index, said: runlog.Said | None) -> None:
        self.book = book
        self._index = index
        self.said = said
        self.number, self.head = index.head

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
        return Ledger(entries, self.head, self._flaws, last)

    @property
    def newest(self) -> runlog.Said:
        """The newest commit, as the run log would say it, but for its verb."""
        return runlog.Said(self.number, self.head, self._index.newest, runlog.LATE)

    @cached_property
    def older(self) -> tuple[Text, ...]:
        """What shows that an older book was put back: then nothing is booked."""
        return tuple(runlog.older(self.book, self.said, self._index.hash_of, self._letters))

    def _letters(self) -> frozenset[str]:
        entries = self._index.entries(self._index.parts().values())
        records = Ledger(entries).records("letter")
        return frozenset(record.get("file") for record in records)

    @cached_property
    def _flaws(self) -> tuple[tuple[str, str], ...]:
        found = ((text.da, text.en) for text in (*self.older, *self.broken))
        return (*found, *lint.strangers(self.book))

    @cached_property
    def broken(self) -> tuple[Text, ...]:
        """Where the chain is broken, or a month left out."""
        left_out = (m for m in layout.months(self.book) if not layout.include_path(m).exists())
        if self._index.sound and not any(left_out):
            return ()
        return tuple(fault.text for fault in chain.verify(self.book).faults)

    def prove(self) -> None:
        """Let beancount load the whole book, and compare what it reads with what is read here.

        Raises:
            BrokenBookError: it finds an error, or reads something else.
        """
        from mikroledger.journal.values import fingerprint

        self.save()
        proof = read.full(self.book)
        for da, en in proof.errors:
            raise BrokenBookError(da=da, en=en)
        if fingerprint(self.walk()) != proof.digest:
            index = f"{layout.STATE}/{NAME}"
            raise BrokenBookError(
                da=f"Beancount læser noget andet i bogen end mikroledger. Slet {index}, og prøv"
                " igen; sker det igen, så meld det som en fejl.",
                en=f"Beancount reads something else in the book than mikroledger. Delete {index},"
                " and try again; if it happens again, report it as a bug.",
            )

    def walk(self) -> Iterator[Entry]:
        """Return every entry in the order of booking; they are read while they are asked for.

        All that they are read from is at hand before this returns: the book may move on.
        """
        index = self._index
        index.open_all()
        # sorted by place: files of settings are numbered anew when they change
        groups: dict[int, array[int]] = {}
        for span in chained.from_iterable(map(spans_in, index.all_spans())):
            groups.setdefault(span[0] // _COMMITS, array("I")).extend(span)
        return (
            entry
            for group in sorted(groups)
            for entry in sorted(index.entries((groups[group].tobytes(),)), key=attrgetter("order"))
        )

    def each(self) -> Iterator[Ledger]:
        """Return the parts, by their first entry; they are read while they are asked for.

        All that they are read from is at hand before this returns: the book may move on.
        """
        index = self._index
        index.open_all()
        read = self._reader()
        parts = sorted(index.parts().items(), key=lambda part: (min(spans_in(part[1])), part[0]))
        return (read(no, spans) for no, spans in parts)

    def survey(self, question: str, answer: Answer) -> tuple[str, ...]:
        """Return what every part answers to a question: from before, or asked now."""
        self.save()
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
        read = self._reader()

        def ask(batch: Sequence[tuple[int, bytes]]) -> list[str]:
            return [answer(read(no, spans)) for no, spans in batch]

        batches = [parts[start : start + _BATCH] for start in range(0, len(parts), _BATCH)]
        answers = spread(ask, batches, index.processes)
        said = (each for batch in answers for each in batch)
        return {no: each for (no, _), each in zip(parts, said, strict=True)}

    def _reader(self) -> Callable[[int, bytes], Ledger]:
        """Return what reads a part from its spans, without asking the index again."""
        index = self._index
        shares, common = index.shares(), index.common
        whole = self._ledger(())
        whole = replace(whole, base=replace(whole, entries=common))

        def read(no: int, spans: bytes) -> Ledger:
            own = _own(index.entries((spans,)), no, shares)
            return replace(whole, entries=(*common, *own))

        return read


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
