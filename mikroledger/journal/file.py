"""The book on disk: one commit, one file, written once and never changed.

The order is the promise: everything is computed and tried first; then a temporary file is
written and synced, linked to its name, and the folder synced; only then it is acknowledged.
Until the link nothing has happened; after it the commit is whole.
"""

import errno
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mikroledger.domain.ledger import (
    Account,
    Draft,
    Entry,
    Ledger,
    Meta,
    Opening,
    Receipt,
    Record,
    Transaction,
    keys_of,
)
from mikroledger.domain.parts import of_key
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError
from mikroledger.journal import bind, layout, read, runlog
from mikroledger.journal.lock import WAITING, Waiting, locked
from mikroledger.journal.shelf import Shelf, shelf
from mikroledger.journal.storage import DISK, Storage, write_once
from mikroledger.journal.text import render

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
Make = Callable[[Ledger], Draft | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was tried and only needs to be written."""

    path: Path
    content: bytes
    receipt: Receipt


class FileJournal:
    """The journal of the book in a folder (`domain.ledger.Journal`)."""

    def __init__(
        self,
        book: Path,
        storage: Storage = DISK,
        waiting: Waiting = WAITING,
    ) -> None:
        self.book = book.absolute()
        self.storage = storage
        self._waiting = waiting

    def read(self, about: Collection[str] | None = None) -> Ledger:
        """Load the book, or as much of it as some names need.

        Raises:
            BrokenBookError: there is none, or it does not load.
        """
        return self._asked(lambda book: book.ledger(about))

    def write(
        self,
        make: Make,
        *,
        about: Collection[str] | None = None,
        dry_run: bool = False,
    ) -> Receipt | None:
        """Book what `make` drafts as one commit, or nothing (see the protocol).

        A dry run takes no lock: it only reads, and leaves the book as it is, byte for byte.

        Raises:
            BrokenBookError: the book does not load, or beancount refuses the draft.
            NotCertainError: busy, full, or the outcome is unknown.
        """
        if dry_run:
            with read.trying() as trial, self._open(keep=False) as book:
                _may_go_on(book)
                commit = _planned(book, make, about, trial)
            return commit.receipt if commit else None
        with read.trying() as trial, self.alone(), self._open() as book:
            _may_go_on(book)
            _catch_up(self.storage, self.book, book)
            commit = _planned(book, make, about, trial)
            if commit is None:
                is_settled(self.storage, self.book)
                return None
            append(self.storage, commit)
            return commit.receipt

    def prove(self) -> None:
        """Load the whole book with beancount, and compare (see the protocol).

        Raises:
            BrokenBookError: beancount finds an error, or reads something else.
        """
        with self._open(thorough=True) as book:
            book.prove()

    def walk(self) -> Iterator[Entry]:
        """Return every entry in the order of booking (see the protocol).

        Raises:
            BrokenBookError: the book does not load.
        """
        return self._asked(lambda book: book.walk())

    def parts(self) -> Iterator[Ledger]:
        """Return the parts of the book, one after the other (see the protocol).

        Raises:
            BrokenBookError: the book does not load.
        """
        return self._asked(lambda book: book.each())

    def survey(self, question: str, answer: Callable[[Ledger], str]) -> tuple[str, ...]:
        """Ask something of every part of the book (see the protocol).

        Raises:
            BrokenBookError: the book does not load.
        """
        return self._asked(lambda book: book.survey(question, answer))

    def _asked(self, ask: Callable[[Shelf], T]) -> T:
        """Ask the book; again, if a month was bound meanwhile and its small files are gone."""
        try:
            with self._open() as book:
                return ask(book)
        except BrokenBookError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
        with self._open() as book:
            return ask(book)

    def bind(self, through: str) -> tuple[str, ...]:
        """Bind every month of booking up to `through` (`2011-05`); return those that it bound.

        Raises:
            BrokenBookError: the chain is broken, or what was bound would not be the same.
            NotCertainError: the disk did not take it.
        """
        with self.alone():
            return bind.bind(self.storage, self.book, through)

    @contextmanager
    def _open(self, *, keep: bool = True, thorough: bool = False) -> Iterator[Shelf]:
        """Open the book by its index; what the index learned is kept if all goes well."""
        layout.must_exist(self.book)
        with shelf(self.book, thorough=thorough) as opened:
            yield opened
            if keep:
                opened.save()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the book's lock, with what a crash may have left put in order."""
        layout.must_exist(self.book)
        state = self.book / layout.STATE
        with ExitStack() as held:
            with _nothing_booked(self.book):
                self.storage.make_folder(state)
                held.enter_context(locked(state / layout.LOCK, self._waiting))
                recover(self.storage, self.book)
            yield


def create(
    book: Path,
    files: Mapping[str, str],
    draft: Draft,
    *,
    dry_run: bool = False,
    storage: Storage = DISK,
) -> Receipt:
    """Make a new book, with `draft` as its commit 000000.

    `files` are texts by their name below the book, the three settings among them.
    main.beancount comes last: whatever a crash leaves before it is no book.

    Raises:
        RefusedError: the folder is there and not empty.
        BrokenBookError: beancount refuses the draft, or the folder cannot be written.
        NotCertainError: the disk did not take it.
    """
    book = book.absolute()
    _is_free(book)
    contents = {name: text.encode() for name, text in files.items()}
    digest = layout.digest(contents[name] for name in layout.SETTINGS)
    commit = plan(book, draft, 0, ("", digest), ())
    if dry_run:
        return commit.receipt
    main = contents.pop(layout.MAIN)
    above = _above(book)
    with _nothing_booked(book):
        for name, content in contents.items():
            _put(storage, book / name, content)
        _put(storage, book / layout.STATE / layout.LOCK, b"")
    append(storage, commit)
    with _unknown(book):
        for folder in (book, *sorted(path for path in book.rglob("*") if path.is_dir())):
            storage.fsync_folder(folder)
        _put(storage, book / layout.MAIN, main)
        for folder in above:
            storage.fsync_folder(folder)
    return commit.receipt


def _above(book: Path) -> Sequence[Path]:
    """Return the folders above a new book up to the first that is there: names come into each."""
    there = next(n for n, folder in enumerate(book.parents) if folder.exists())
    return book.parents[: there + 1]


def recover(storage: Storage, book: Path) -> None:
    """Put in order what a crash left: it never touches a commit.

    Temporary files go, and copies of what a bound month or a later commit holds; a month whose
    first commit was linked gets its include file.
    """
    months = layout.months(book)
    for folder in (book, book / layout.STATE, book / layout.JOURNAL, *months):
        for path in folder.glob(f"{layout.TEMPORARY}*"):
            bind.discard(storage, path)
    for month in months:
        if any(month.glob("*.beancount")) and not layout.include_path(month).exists():
            storage.fsync_folder(month)  # an include file without a commit would not load
            storage.fsync_folder(month.parent)
            _include(storage, month)
    bind.tidy(storage, book)


def _is_free(book: Path) -> None:
    if book.exists() and not (book.is_dir() and not any(book.iterdir())):
        raise RefusedError(
            da=f"{book} findes allerede og er ikke tom. Vælg en ny mappe, eller tøm den, hvis et"
            " tidligere forsøg blev afbrudt.",
            en=f"{book} is there already and not empty. Choose a new folder, or empty it if an"
            " earlier attempt was interrupted.",
        )


def _planned(
    opened: Shelf,
    make: Make,
    about: Collection[str] | None,
    trial: read.Trial,
) -> Commit | None:
    """Let a service draft on the book as it is, and try the draft."""
    ledger = opened.ledger(about)
    draft = make(ledger)
    if draft is None:
        return None
    keys = {of_key(key) for entry in draft.entries for key in keys_of(entry)}
    keys_are_new(draft, ledger if about is None else opened.ledger(keys))
    hashes = ledger.head, layout.settings_digest(opened.book)
    return plan(opened.book, draft, opened.number + 1, hashes, ledger.openings, trial)


def keys_are_new(draft: Draft, ledger: Ledger) -> None:
    """Services look keys up before they draft; this is the last line of defence."""
    seen: dict[str, Entry] = dict(ledger.keys)
    for entry in draft.entries:
        for key in keys_of(entry):
            if key in seen:
                raise RefusedError(
                    da=f"Nøglen »{key}« er brugt før ({seen[key].id or 'i samme ordre'}). Intet er"
                    " bogført. Giv en anden med --key.",
                    en=f"The key '{key}' was used before ({seen[key].id or 'in this order'})."
                    " Nothing was booked. Give another with --key.",
                )
            seen[key] = entry


def plan(
    book: Path,
    draft: Draft,
    number: int,
    hashes: tuple[str, str],
    openings: tuple[Opening, ...],
    trial: read.Trial = read.trial,
) -> Commit:
    """Number and sign the entries, write them as text, and let beancount try it.

    Args:
        hashes: of the newest commit, and of the settings.
        openings: the accounts that may be used.
        trial: `read.trial`, or one that got ready meanwhile.
    """
    name = f"{number:06d}"
    path = layout.commit_path(book, draft.day, number, draft.verb)
    assert layout.commit_number(path.name) == number, f"{draft.verb!r} is no verb"
    prev, settings = hashes
    meta: Meta = {
        "by": draft.by,
        "verb": draft.verb,
        "booked": draft.day,
        "prev": prev,
        "settings": settings,
    }
    header = Record(draft.day, "commit", (name,), meta=meta)
    entries = _signed(draft, name)
    text = render((header, *entries))
    used = {account for entry in entries for account in _accounts(entry)}
    tried = trial(text, tuple(replace(o, meta={}) for o in openings if o.account in used))
    made = tuple(replace(entry, commit=number) for entry in tried[1:])
    content = text.encode()
    return Commit(path, content, Receipt(made, name, text, layout.digest((content,))))


def _signed(draft: Draft, name: str) -> tuple[Entry, ...]:
    """Give each entry its id, who booked it and when; what it carries already it keeps."""
    many = len(draft.entries) > 1
    return tuple(
        entry
        if isinstance(entry, Opening)
        else replace(
            entry,
            meta={
                "id": f"{name}-{place}" if many else name,
                "by": draft.by,
                "booked": draft.day,
                **entry.meta,
            },
        )
        for place, entry in enumerate(draft.entries, start=1)
    )


def _accounts(entry: Entry) -> Iterator[str]:
    match entry:
        case Transaction():
            yield from (posting.account for posting in entry.postings)
        case Record():
            yield from (value for value in entry.values if isinstance(value, Account))
        case _:
            yield entry.account


def append(storage: Storage, commit: Commit) -> None:
    """Write a commit and acknowledge it; the link is the moment at which it is booked."""
    month = commit.path.parent
    _not_bound(month)
    with _nothing_booked(commit.path):
        storage.make_folder(month)
        write_once(storage, commit.path, commit.content)
    with _unknown(commit.path):
        storage.fsync_folder(month)
        storage.fsync_folder(month.parent)  # the folder's own name comes before its include file
        _include(storage, month)
    with suppress(OSError):  # it is booked; the next command that books insists on the line
        day, verb = commit.content[:10].decode(), commit.path.stem.partition("-")[2]
        said = runlog.Said(int(commit.receipt.commit), commit.receipt.head, day, verb)
        runlog.acknowledge(storage, month.parent.parent, said)


def _not_bound(month: Path) -> None:
    """Refuse to book into a month that is bound: only a clock that runs back wants to."""
    if layout.is_bound(layout.include_path(month)):
        raise RefusedError(
            da=f"Der kan ikke bogføres i {month.name}: måneden er lukket. Går maskinens ur"
            " rigtigt? Intet er bogført.",
            en=f"Nothing can be booked in {month.name}: the month is closed. Is the machine's"
            " clock right? Nothing was booked.",
        )


def _may_go_on(book: Shelf) -> None:
    """Refuse to book where an older book was put back, or where a commit is not what it was."""
    for text in (*book.older, *book.broken):
        raise BrokenBookError(da=text.da, en=text.en)


def _catch_up(storage: Storage, book: Path, opened: Shelf) -> None:
    """Bring the run log up to date: a crash, or a full disk, may have kept it behind."""
    newest, said = opened.newest, opened.said
    if newest.number >= 0 and (said is None or said.number < newest.number):
        is_settled(storage, book)
        with _nothing_booked(runlog.path_of(book)):
            runlog.acknowledge(storage, book, newest)


def is_settled(storage: Storage, book: Path) -> None:
    """Make sure of what is said to be booked already: its run may have ended as unknown."""
    newest = layout.sources(book)[-1]
    with _unknown(newest):
        storage.fsync_folder(newest.parent)
        storage.fsync_folder(book / layout.JOURNAL)


def _include(storage: Storage, month: Path) -> None:
    """Make a month part of the book, if it is not yet."""
    path = layout.include_path(month)
    if not path.exists():
        _put(storage, path, layout.include_text(month).encode())


def _put(storage: Storage, path: Path, content: bytes) -> None:
    """Write a file and its name to the disk."""
    storage.make_folder(path.parent)
    write_once(storage, path, content)
    storage.fsync_folder(path.parent)


@contextmanager
def _nothing_booked(path: Path) -> Iterator[None]:
    """Tell what went wrong before the link: nothing happened."""
    try:
        yield
    except OSError as error:
        if error.errno in _CLOSED:
            raise BrokenBookError(
                da=f"{path} kan ikke skrives ({error.strerror}). Intet er bogført. Bed den, der"
                " passer serveren, om skriveadgang til bogens mappe.",
                en=f"{path} cannot be written ({error.strerror}). Nothing was booked. Ask who"
                " runs the server for write access to the book's folder.",
            ) from error
        full = error.errno in _FULL
        raise NotCertainError(
            da=f"{path} kunne ikke skrives: {'disken er fuld' if full else error}. Intet er"
            f" bogført. {'Skaf plads, og kør' if full else 'Kør'} samme kommando igen med samme"
            " nøgle.",
            en=f"{path} could not be written: {'the disk is full' if full else error}. Nothing"
            f" was booked. {'Free space and run' if full else 'Run'} the same command again with"
            " the same key.",
        ) from error


@contextmanager
def _unknown(path: Path) -> Iterator[None]:
    """Tell what went wrong after the link: a sync that failed is never believed again."""
    try:
        yield
    except OSError as error:
        raise NotCertainError(
            da=f"Det vides ikke, om {path.name} er bogført ({error.strerror}). Kør samme kommando"
            " igen med samme nøgle: det bogføres én gang.",
            en=f"It is not known whether {path.name} was booked ({error.strerror}). Run the same"
            " command again with the same key: it will be booked once.",
        ) from error
