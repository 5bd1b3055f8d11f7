"""What the book says, as values: entries in the order in which they were booked.

The three days of an entry (docs/book-format.md): `day` is the accounting day, `value` the day
on which the money counts, `booked` the day on which the municipality learned of it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar, TypeVarTuple, cast

from mikroledger.money import ZERO


class Account(str):
    """The name of an account, as a value in a record."""

    __slots__ = ()


Value = str | Decimal | int | bool | date
"""A metadata value. Decimal is kroner, written with its currency; int is a plain number."""
Meta = Mapping[str, Value]


class Place(NamedTuple):
    """Where an entry stands: file and line, for messages."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transaction, in kroner; debit is positive."""

    account: str
    amount: Decimal
    meta: Meta = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    day: date
    meta: Meta = field(default_factory=dict, kw_only=True)
    commit: int = field(default=0, kw_only=True)
    place: Place = field(default=Place(), kw_only=True)

    @property
    def order(self) -> tuple[int, Place]:
        """What puts entries in the order of booking: settings (commit -1), then each commit."""
        return self.commit, self.place

    def get(self, key: str) -> str:
        """Return a metadata value as text, empty where there is none."""
        return str(self.meta.get(key, ""))

    @property
    def id(self) -> str:
        return self.get("id")

    @property
    def by(self) -> str:
        return self.get("by")

    @property
    def kind(self) -> str:
        return self.get("kind")

    @property
    def value(self) -> date:
        """The day on which it counts."""
        value = self.meta.get("value", self.day)
        return value if isinstance(value, date) else self.day

    @property
    def booked(self) -> date:
        """The day on which we learned of it."""
        booked = self.meta.get("booked", self.day)
        return booked if isinstance(booked, date) else self.day


@dataclass(frozen=True)
class Transaction(_Entry):
    """Postings that sum to zero, with the sentence that says what they are."""

    text: str
    postings: tuple[Posting, ...]

    @property
    def debits(self) -> Decimal:
        """What it moves: the sum of its debits."""
        return sum((p.amount for p in self.postings if p.amount > ZERO), ZERO)

    def on(self, account: str) -> Decimal:
        """Return the sum of the postings on `account`."""
        return sum((p.amount for p in self.postings if p.account == account), ZERO)


@dataclass(frozen=True)
class Record(_Entry):
    """A fact without money: `custom "mikroledger" "<name>" values...`."""

    name: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Opening(_Entry):
    """An account that exists, with its municipal number as metadata."""

    account: str


Entry = Transaction | Record | Opening
_T = TypeVar("_T")
_Given = TypeVarTuple("_Given")


@dataclass(frozen=True)
class Ledger:
    """All entries of a book, in the order of booking.

    Args:
        entries: sorted by commit number, then by place within the commit.
        head: hash of the newest commit; it vouches for all before it.
        flaws: what the loader found wrong with the chain, one (Danish, English) pair each.
        last: the newest day of booking in the whole book, where these entries are some of it.
        base: what belongs to nobody, where these entries are a part of the book; it comes first.
    """

    entries: tuple[Entry, ...] = ()
    head: str = ""
    flaws: tuple[tuple[str, str], ...] = ()
    last: date | None = None
    base: "Ledger | None" = None

    @cached_property
    def common(self) -> "Ledger | None":
        """What belongs to nobody, if these entries are more than that, and it comes first.

        All parts of a book have it in common: what it says is found out once for all of them.
        """
        first = self.base and self.entries[: len(self.base.entries)] == self.base.entries
        return self.base if first else None

    @cached_property
    def own(self) -> tuple[Entry, ...]:
        """The entries without those that belong to nobody, which are judged once for all parts."""
        return self.entries[len(self.common.entries) :] if self.common else self.entries

    @cached_property
    def _kept(self) -> dict[tuple[object, ...], object]:
        return {}

    def once(self, make: "Callable[[Ledger, *_Given], _T]", *given: *_Given) -> _T:
        """Return what a function makes of this ledger, made once."""
        asked = (make, *given)
        if asked not in self._kept:
            self._kept[asked] = make(self, *given)
        return cast("_T", self._kept[asked])

    @cached_property
    def transactions(self) -> tuple[Transaction, ...]:
        common = self.common.transactions if self.common else ()
        return (*common, *(each for each in self.own if isinstance(each, Transaction)))

    @cached_property
    def openings(self) -> tuple[Opening, ...]:
        common = self.common.openings if self.common else ()
        return (*common, *(each for each in self.own if isinstance(each, Opening)))

    def records(self, name: str) -> tuple[Record, ...]:
        """Return the records of one name, in the order of booking."""
        return self.once(_by_name).get(name, ())

    @cached_property
    def keys(self) -> Mapping[str, Entry]:
        """Every idempotency key in the book, and the entry that it names.

        A proposal that was declined frees its key.
        """
        declined = {record.get("proposal") for record in self.records("declined")}
        return {
            key: entry
            for entry in self.entries
            if not (isinstance(entry, Record) and entry.id in declined)
            for key in keys_of(entry)
        }

    @cached_property
    def by_id(self) -> Mapping[str, tuple[Entry, ...]]:
        """Entries by id; a proposal and the posting it became share one."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.id:
                found.setdefault(entry.id, []).append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    @cached_property
    def touched(self) -> Mapping[str, int]:
        """The newest commit about each loan, by its number."""
        return {loan: e.commit for e in self.entries if (loan := e.get("loan"))}

    @cached_property
    def accounts(self) -> frozenset[str]:
        return frozenset(opening.account for opening in self.openings)

    @cached_property
    def newest(self) -> date | None:
        """The newest day on which anything was booked by a command."""
        if self.last:
            return self.last
        return max((e.booked for e in self.entries if "booked" in e.meta), default=None)

    def known_on(self, day: date) -> "Ledger":
        """Return the ledger as it stood on `day`: without what was booked later.

        Standing facts without a booking day (chart, policy) stay: each has its own date.
        """
        kept = tuple(e for e in self.entries if "booked" not in e.meta or e.booked <= day)
        return replace(self, entries=kept, last=min(self.last, day) if self.last else None)

    def balance(self, account: str) -> Decimal:
        """Return the balance of one account over all entries."""
        return sum((txn.on(account) for txn in self.transactions), ZERO)


def _by_name(ledger: Ledger) -> Mapping[str, tuple[Record, ...]]:
    by_name: dict[str, list[Record]] = {}
    for record in ledger.own:
        if isinstance(record, Record):
            by_name.setdefault(record.name, []).append(record)
    common = ledger.common.once(_by_name) if ledger.common else {}
    return {**common, **{n: (*common.get(n, ()), *own) for n, own in by_name.items()}}


def keys_of(entry: Entry) -> Iterator[str]:
    """Yield the idempotency keys that an entry carries (`key`, `key-2`, ...)."""
    for name, value in entry.meta.items():
        if name == "key" or name.startswith("key-"):
            yield str(value)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a service wants booked as one commit, and what the user is told."""

    verb: str
    entries: tuple[Entry, ...]
    day: date
    by: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a draft: entries with their ids, and the commit that holds them."""

    entries: tuple[Entry, ...]
    commit: str
    text: str
    head: str


class Journal(Protocol):
    """All that services may do with a book."""

    def read(self, about: Collection[str] | None = None) -> Ledger:
        """Load the book, or as much of it as some names need.

        Args:
            about: names (`domain.parts`); the ledger holds at least every entry of the parts
                that they belong to, and all that belongs to nobody.

        Raises:
            BrokenBookError: it does not load.
        """
        ...

    def write(
        self,
        make: Callable[[Ledger], Draft | None],
        *,
        about: Collection[str] | None = None,
        dry_run: bool = False,
    ) -> Receipt | None:
        """Under the book's lock: load, `make` a draft, try it, and book it as one commit.

        Nothing is written when `make` returns None (already booked) or raises, or for a dry
        run, which returns the receipt that a real run would have given.

        Raises:
            BrokenBookError: the book does not load, or beancount refuses the draft.
            NotCertainError: busy, full, or the outcome is unknown.
        """
        ...

    def prove(self) -> None:
        """Load the whole book with beancount anew, and compare with what is believed.

        Raises:
            BrokenBookError: beancount finds an error, or reads something else.
        """
        ...

    def walk(self) -> Iterator[Entry]:
        """Return every entry in the order of booking, one after the other.

        They are read while they are asked for, so that no more than a commit of them is in
        memory. The book is as it was at the call, whoever books meanwhile.

        Raises:
            BrokenBookError: the book does not load.
        """
        ...

    def parts(self) -> Iterator[Ledger]:
        """Return the parts of the book, one after the other: each borrower's, in order.

        They are read while they are asked for, and as the book was at the call.

        Raises:
            BrokenBookError: the book does not load.
        """
        ...

    def survey(self, question: str, answer: Callable[[Ledger], str]) -> tuple[str, ...]:
        """Ask something of every part of the book, and return what it answers.

        An answer is kept with the part, and given again while nothing in it changes. So it may
        depend on the ledger and on what `question` says, and on nothing else.

        Args:
            question: a word for the kind, then all that it depends on.

        Raises:
            BrokenBookError: the book does not load.
        """
        ...
