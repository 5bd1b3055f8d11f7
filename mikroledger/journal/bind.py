"""Bind the small files of closed months into one file each.

A month's file includes its folder while the month is open; bound, it holds the commits itself,
byte for byte and in their order, so that every hash stays good. It takes the place of the
include in one step, and only then the folder goes: a reader finds each entry once, whatever a
crash leaves. The folder is renamed before it is emptied, so that who is just reading it by the
old include sees it gone, and not half of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mikroledger.domain.ledger import Entry
from mikroledger.errors import BrokenBookError, NotCertainError
from mikroledger.journal import chain, layout
from mikroledger.journal.scan import NotCanonicalError, entries
from mikroledger.journal.storage import Storage, write_over
from mikroledger.journal.text import render


def bind(storage: Storage, book: Path, through: str) -> tuple[str, ...]:
    """Bind every month of booking up to `through`; return the names of those that it bound.

    Raises:
        BrokenBookError: the chain is broken, or a bound month would say something else.
        NotCertainError: the disk did not take it.
    """
    wanted = [
        month
        for month in layout.months(book)
        if month.name <= through
        and any(month.glob("*.beancount"))  # a posting that failed may leave an empty folder
        and not layout.is_bound(layout.include_path(month))
    ]
    if not wanted:
        return ()
    for fault in chain.verify(book).faults:
        raise BrokenBookError(da=fault.text.da, en=fault.text.en)
    for month in wanted:
        content = _bound(month)
        with _unbound(month):
            write_over(storage, layout.include_path(month), content)
            storage.fsync_folder(month.parent)
            tidy(storage, book)
    return tuple(month.name for month in wanted)


def _bound(month: Path) -> bytes:
    """Return the commits of a month in one, proven to say the same as they do.

    Raises:
        BrokenBookError: they would not; nothing is changed.
    """
    from mikroledger.journal import read

    paths = sorted(month.glob("*.beancount"), key=lambda path: layout.commit_number(path.name))
    parts = [path.read_bytes() for path in paths]
    whole = b"".join(parts)
    name = f"{layout.JOURNAL}/{layout.include_path(month).name}"
    same_bytes = [whole[one.start : one.end] for one in chain.split(whole)] == parts
    before = sum(
        (_said(_entries(part, path.name)) for part, path in zip(parts, paths, strict=True)),
        Counter(),
    )
    if not (same_bytes and before == _said(read.values_of(whole, name))):
        raise BrokenBookError(
            da=f"{name}: bundet ville måneden sige noget andet. Intet er ændret. Meld det som en"
            " fejl.",
            en=f"{name}: bound, the month would say something else. Nothing was changed. Report"
            " it as a bug.",
        )
    return whole


def _entries(content: bytes, name: str) -> Iterable[Entry]:
    """Read a commit: what is canonical by the scanner, and the rest as the index does."""
    from mikroledger.journal import read

    try:
        return tuple(entries(content, 0, name))
    except NotCanonicalError:
        return read.values_of(content, name)


def _said(found: Iterable[Entry]) -> Counter[str]:
    return Counter(render((entry,)) for entry in found)


def tidy(storage: Storage, book: Path) -> None:
    """Take away copies of what a bound month holds, and files that were taken in (`adopt`).

    Nothing goes that the book does not hold elsewhere, byte for byte or by its hash.

    Raises:
        OSError: the disk did not take it.
    """
    for month in layout.months(book):
        bound = layout.is_bound(layout.include_path(month))
        if bound and set(month.glob("*")) == chain.bound_copies(month):
            storage.fsync_folder(month.parent)  # the bound file first: its run may have failed to
            gone = month.with_name(storage.temporary())
            storage.replace(month, gone)
            storage.fsync_folder(month.parent)
            discard(storage, gone)
    strays = layout.strays(book)
    if strays:
        adopted = {each.new for each in chain.verify(book).adopted if each.what == chain.FILE}
        for path in strays:
            if layout.digest((path.read_bytes(),)) in adopted:
                _clear(storage, path)


def _clear(storage: Storage, path: Path) -> None:
    """Take away a file that was taken in; a month's own goes back to including its folder."""
    if layout.is_month(path) and path.with_suffix("").is_dir():
        write_over(storage, path, layout.include_text(path.with_suffix("")).encode())
    else:
        storage.unlink(path)
    storage.fsync_folder(path.parent)


def discard(storage: Storage, path: Path) -> None:
    """Take away what has a temporary name.

    Raises:
        OSError: the disk did not take it.
    """
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            storage.unlink(inner)
        storage.remove_folder(path)
    else:
        storage.unlink(path)


@contextmanager
def _unbound(month: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotCertainError(
            da=f"Måneden {month.name} er lukket, men dens filer blev ikke bundet"
            f" ({error.strerror}). Skaf plads eller adgang, og kør samme kommando igen.",
            en=f"The month {month.name} is closed, but its files were not bound"
            f" ({error.strerror}). Make room or give access, and run the same command again.",
        ) from error
