"""What beancount reads, as entries: of a file, of a draft, of a whole book.

What we did not write ourselves is looked at first (`lint`). Beancount runs in a child process
only (`beans`, imported there alone), and the parent takes nothing from it but plain values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mikroledger.domain.ledger import Entry, Ledger, Opening
from mikroledger.errors import BrokenBookError
from mikroledger.journal import chain, child, early, lint
from mikroledger.journal.chain import Flaw
from mikroledger.journal.layout import MAIN, must_exist
from mikroledger.journal.plain import unpacked
from mikroledger.journal.text import render

Trial = Callable[[str, Sequence[Opening]], tuple[Entry, ...]]


class Proof(NamedTuple):
    """What beancount made of a whole book.

    Args:
        errors: what it found wrong, each in Danish and in English, with file and line.
        digest: `values.fingerprint` of all entries, in the order of booking.
    """

    errors: tuple[Flaw, ...]
    digest: str


def values_of(content: bytes, name: str) -> tuple[Entry, ...]:
    """Return the entries of one file of a book, from top to bottom.

    Its transactions balance; the accounts that they use may be opened elsewhere.

    Raises:
        BrokenBookError: with file, line and reason.
    """
    text = lint.looked_at(content, name)
    limits = child.Limits.of(len(content))
    return unpacked(child.run(_of_file, [text, name], limits, name))


def values_of_all(files: Mapping[str, bytes]) -> Mapping[str, tuple[Entry, ...]]:
    """Return the entries of several files by name, all read by one child.

    Raises:
        BrokenBookError: with file, line and reason.
    """
    texts = [[lint.looked_at(content, name), name] for name, content in files.items()]
    limits = child.Limits.of(sum(map(len, files.values())))
    try:
        found = child.run(_of_files, texts, limits, MAIN)
    except BrokenBookError:  # one of them is at fault: by itself it is told which
        return {name: values_of(content, name) for name, content in files.items()}
    return {name: unpacked(rows) for (_, name), rows in zip(texts, found, strict=True)}


@contextmanager
def trying() -> Iterator[Trial]:
    """Give a `trial` whose child gets ready while the caller does other things."""
    with early.trying() as ask:
        yield lambda text, openings: unpacked(ask([text, render(openings)]))


def trial(text: str, openings: Sequence[Opening]) -> tuple[Entry, ...]:
    """Return the entries that beancount reads from the text of a commit.

    The text may post to the accounts of `openings`, and to those that it opens itself.

    Raises:
        BrokenBookError: beancount refuses it.
    """
    with trying() as tried:
        return tried(text, openings)


def load(book: Path) -> Ledger:
    """Return all that a book says.

    Raises:
        BrokenBookError: there is no book, or it does not load.
    """
    book = book.absolute()
    contents = dict(_looked_at(book))
    limits = child.Limits.of(sum(map(len, contents.values())))
    rows, included = child.run(_of_book, book, limits, MAIN)
    found = chain.verify(book, contents, frozenset(included))
    return Ledger(unpacked(rows), found.head, (*found.flaws, *lint.strangers(book)))


def full(book: Path) -> Proof:
    """Let beancount load a whole book, as bean-check would.

    Raises:
        BrokenBookError: there is no book, or a file holds what no book may hold.
    """
    book = book.absolute()
    limits = child.Limits.of(sum(len(content) for _, content in _looked_at(book)))
    errors, digest = child.run(_proof_of, book, limits, MAIN)
    return Proof(tuple((da, en) for da, en in errors), digest)


def _looked_at(book: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the files of a book, each of which may be given to beancount."""
    must_exist(book)
    try:
        yield from lint.checked(book)
    except OSError as error:
        raise BrokenBookError(
            da=f"{error.filename} kan ikke læses ({error.strerror}). Skaf læseadgang, og prøv"
            " igen.",
            en=f"{error.filename} cannot be read ({error.strerror}). Get read access, and try"
            " again.",
        ) from error


# In the child, where alone beancount is imported


def _of_file(argument: Any) -> Any:
    from mikroledger.journal import beans

    return beans.of_file(*argument)


def _of_files(argument: Any) -> Any:
    from mikroledger.journal import beans

    return [beans.of_file(*each) for each in argument]


def _of_book(argument: Any) -> Any:
    from mikroledger.journal import beans

    return beans.of_book(argument)


def _proof_of(argument: Any) -> Any:
    from mikroledger.journal import beans

    return beans.proof_of(argument)
