"""Loads a book: looked at, read by beancount, its chain followed."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from beancount import loader

from mikroledger.domain.ledger import Entry, Ledger, Opening
from mikroledger.errors import BrokenBookError
from mikroledger.journal import chain, lint
from mikroledger.journal.layout import JOURNAL, MAIN, must_exist
from mikroledger.journal.text import render
from mikroledger.journal.values import ledger_of

FINDING = "MikroledgerFinding"
"""Our plugin's errors: about loans, not about the file."""


def load(book: Path) -> Ledger:
    """Return all that a book says.

    Raises:
        BrokenBookError: there is no book, or it does not load.
    """
    book = book.absolute()
    must_exist(book)
    try:
        contents = lint.checked(book)
    except OSError as error:
        raise BrokenBookError(
            da=f"{error.filename} kan ikke læses ({error.strerror}). Skaf læseadgang, og prøv"
            " igen.",
            en=f"{error.filename} cannot be read ({error.strerror}). Get read access, and try"
            " again.",
        ) from error
    with _quiet():
        directives, errors, options = loader.load_file(str(book / MAIN))
    _refuse(book, errors)
    found = chain.verify(book, contents, frozenset(options["include"]))
    return ledger_of(directives, found.head, found.flaws)


def trial(text: str, openings: Sequence[Opening]) -> tuple[Entry, ...]:
    """Return the entries that beancount reads from the text of a commit.

    The text may post to the accounts of `openings`, and to those that it opens itself.

    Raises:
        BrokenBookError: beancount refuses it.
    """
    before = render(openings)
    with _quiet():
        directives, errors, _ = loader.load_string(f"{before}\n{text}")
    if errors:
        raise BrokenBookError(
            da=f"Beancount afviser det, der skulle bogføres: {errors[0].message}. Intet er"
            " bogført. Ret kontoplanen i accounts.beancount, eller meld det som en fejl.",
            en=f"Beancount refuses what was to be booked: {errors[0].message}. Nothing was"
            " booked. Correct the chart in accounts.beancount, or report it as a bug.",
        )
    above = before.count("\n") + 1
    entries = tuple(e for e in ledger_of(directives).entries if e.place.line > above)
    assert render(entries) == text, "what is read is what was written"
    return entries


@contextmanager
def _quiet() -> Iterator[None]:
    """Load without beancount's cache, which misses new files, and without a third of the time.

    Cyclic garbage is little while loading; looking for it is a quarter of the time.
    """
    loader.initialize(use_cache=False)
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refuse(book: Path, errors: Sequence[Any]) -> None:
    """Stop at the first error that is about the file; findings about loans may pass."""
    broken = [error for error in errors if type(error).__name__ != FINDING]
    if not broken:
        return
    source = broken[0].source or {}
    name = str(source.get("filename", MAIN)).removeprefix(f"{book}/")
    line = source.get("lineno", 0)
    da, en = "Ret linjen, og prøv igen", "Correct the line, and try again"
    if name.startswith(f"{JOURNAL}/"):
        da, en = "Hent filen fra sikkerhedskopien", "Restore the file from the backup"
    message = str(broken[0].message).strip()
    raise BrokenBookError(
        da=f"Bogen kan ikke læses ({len(broken)} fejl). {name}, linje {line}: {message}. {da}.",
        en=f"The book does not load ({len(broken)} errors). {name}, line {line}: {message}. {en}.",
    )
