"""A strict reader for the text that `text` writes, at a tenth of what beancount takes for it.

Every directive has a *shape*: which values stand where, of which type. A shape is learned from
its first directive, slowly: the directive is read, written again with `render`, and must come
out the same, byte for byte. From then on it is one regular expression, and the thousands that
look like it take a single match each. What fits no shape and cannot be learned is not canonical:
then beancount reads the whole file. So what is accepted here beancount reads as the same values
and accepts as well, up to accounts that another file opens (`tests/test_journal_scan.py`).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from mikroledger.domain.chart import number_of
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Meta,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
)
from mikroledger.domain.parts import (
    FOUND_BY,
    ID,
    KEY,
    SEVERAL,
    TIES,
    UNPLACED,
    of_loan,
    of_reference,
)
from mikroledger.errors import MikroledgerError
from mikroledger.journal.text import CURRENCY, INVISIBLE, LINKED, TYPE, render
from mikroledger.money import ZERO, kroner


class NotCanonicalError(Exception):
    """The text is not exactly as mikroledger writes it: beancount must read the file."""


_MOST = 10_000
"""Values that are kept of a kind: enough for what a month says, in a few megabytes."""


class _Cache(dict[str, Any]):
    """Values by their text: a book says the same days, amounts and accounts over and over.

    It begins anew when it is full, for a large book says many.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        if len(self) >= _MOST:
            self.clear()
        try:
            value = self[text] = self._read(text)
        except (ValueError, ArithmeticError, AssertionError) as error:
            raise NotCanonicalError(text) from error
        return value


def _exactly(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a cached reader of values that are written as they were read, and not otherwise."""

    def checked(text: str) -> Any:
        value = read(text)
        if str(value) != text:
            raise ValueError(text)
        return value

    return _Cache(checked).__getitem__


def _posting(text: str) -> Posting:
    """Read a posting without its metadata; the blanks between its parts count too."""
    account, _, amount = text.partition(" ")
    posting = Posting(account, kroner(amount.strip()))
    written = render((Transaction(_SOME_DAY, "", (posting,)),)).splitlines()[1]
    if written != f"  {text} {CURRENCY}":
        raise ValueError(text)
    return posting


def _account(text: str) -> str:
    """Read the account of an `open`, with the blanks that follow it."""
    account = text.rstrip(" ")
    if render((Opening(_SOME_DAY, account),)) != f"{_SOME_DAY} open {text}{CURRENCY}\n":
        raise ValueError(text)
    return account


_posted = _Cache(_posting).__getitem__
_opened = _Cache(_account).__getitem__
_SOME_DAY = date(1970, 1, 1)
_DAY = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
_NAME = "(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-ZÆØÅ0-9][A-ZÆØÅa-zæøå0-9-]*)+"
_STRING = r'"(?:[^"\\\n]|\\["\\])*"'
_LINK = "([A-Za-z0-9_/.-]+)"

_Reader = Callable[[str], Any]
_day = _exactly(date.fromisoformat)
_INTEGER = ("(-?[0-9]+)", _exactly(int))
_KINDS: tuple[tuple[str, _Reader | None], ...] = (
    (r'"([^"\\\n]*)"', None),
    (r'"((?:[^"\\\n]|\\["\\])*)"', lambda text: re.sub(r"\\(.)", r"\1", text)),
    (_DAY, _day),
    (rf"(-?[0-9]+\.[0-9]{{2}}) {CURRENCY}", _exactly(kroner)),
    _INTEGER,
    ("(TRUE|FALSE)", {"TRUE": True, "FALSE": False}.__getitem__),
    (f"({_NAME})", _Cache(Account).__getitem__),
)
"""How each type of value looks and how it is read; a text without escapes stays as it is."""

_TRANSACTION = re.compile(rf"{_DAY} \* ({_STRING})((?: \^{_LINK})*)")
_RECORD = re.compile(rf'{_DAY} custom "{TYPE}" "([a-z-]+)"(.*)')
_OPENING = re.compile(rf"{_DAY} open ({_NAME} +){CURRENCY}")
_VALUE = re.compile(rf" ({_STRING}|[^ ]+ {CURRENCY}|[^ ]+)")
_META = re.compile("( {2}| {4})([a-z][A-Za-z0-9_-]+): (.*)")
_POSTED = re.compile(rf"  ({_NAME} [^\n]*) {CURRENCY}")


class _Pattern:
    """The pattern of a shape while it is being put together, a value at a time."""

    def __init__(self) -> None:
        self.text = ""
        self.readers: list[tuple[int, _Reader]] = []
        self.count = 0

    def literal(self, text: str) -> None:
        self.text += re.escape(text)

    def group(self, pattern: str, read: _Reader | None = None) -> int:
        """Add a value, and return its place."""
        self.text += pattern
        if read:
            self.readers.append((self.count, read))
        self.count += 1
        return self.count - 1

    def value(self, text: str, *, signed: bool = True) -> int:
        """Add a value of the type that `text` looks like, and return its place."""
        for pattern, read in _KINDS:
            if re.fullmatch(pattern, text):
                return self.group(pattern if signed else pattern.replace("-?", ""), read)
        raise NotCanonicalError(text)


class _Meta(dict[str, int]):
    """Metadata of a directive or a posting: keys, and the places of their values."""

    def reader(self) -> Callable[[Sequence[Any]], dict[str, Any]]:
        """Return what picks the metadata out of the values."""
        if len(self) < 2:  # an itemgetter of one is no tuple
            return lambda values: {key: values[at] for key, at in self.items()}
        keys, pick = tuple(self), itemgetter(*self.values())
        return lambda values: dict(zip(keys, pick(values), strict=True))


class Shape:
    """All directives that differ in their values alone."""

    def __init__(self, chunk: str) -> None:
        head, *rest = chunk.split("\n")
        self.lines = len(rest) + 1
        self._pattern = _Pattern()
        self._links: dict[str, int] = {}
        self._said: tuple[int, ...] = ()
        self._name = -1
        self.meta = _Meta()
        self._posted: list[tuple[int, _Meta]] = []
        self._pattern.group(_DAY, _day)
        kind, self._make = self._head(head, rest)
        self.opens = kind is Opening
        for line in rest:
            self._pattern.literal("\n")
            self._line(line)
        if kind is Transaction and not self._posted:
            raise NotCanonicalError(chunk)
        self.match = re.compile(self._pattern.text).fullmatch
        self._readers = tuple(self._pattern.readers)
        self._read_meta = self.meta.reader()
        self.posted = tuple(at for at, _ in self._posted)
        self._parts = tuple((at, meta.reader() if meta else None) for at, meta in self._posted)
        ties = [(TIES[key], at) for key, at in self.meta.items() if key in TIES]
        self._lists = tuple((m, self.meta[key]) for key, m in SEVERAL.items() if key in self.meta)
        # a record that names nobody belongs to nobody: policy, imports, runs, closed months
        self._common = not (ties or self._lists or self.posted)
        self._names = (*ties, *self._own_names())
        self._found_by = tuple((m, self.meta[k]) for k, m in FOUND_BY.items() if k in self.meta)
        self._shares = self._payments()

    def read(self, groups: Sequence[str]) -> list[Any]:
        """Return the values of a directive.

        Raises:
            NotCanonicalError: one is not written as it should be, or the sum is not zero.
        """
        values: list[Any] = list(groups)
        for at, read in self._readers:
            values[at] = read(values[at])
        total = ZERO
        for at in self.posted:
            total += values[at].amount
        if total:
            raise NotCanonicalError(groups)
        return values

    def entry(self, values: Sequence[Any], commit: int, place: Place) -> Entry:
        """Make an entry of the values of a directive."""
        return self._make(values, self._read_meta(values), commit, place)

    def names(self, values: Sequence[Any]) -> tuple[list[str], set[str]]:
        """Return whose a directive is: its own names, and payments that only share it.

        A line of the bank may pay many borrowers at once; that ties none of them together.
        """
        if self.opens:
            number = number_of(values[self._said[0]])
            return ([of_loan(number)] if number else []), set()
        if self._common and self.record(values) != UNPLACED:
            return [], set()
        own = [f"{mark}{values[at]}" for mark, at in self._names]
        for mark, at in self._lists:
            own += [mark + name for name in str(values[at]).split()]
        if not self._shares:
            return own, set()
        shares = {of_reference(str(values[at])) for at in self._shares}
        if len(shares) > 1:
            return own, shares
        return [*own, *shares], set()

    def found_by(self, values: Sequence[Any]) -> list[str]:
        """Return names by which a directive is found, and which tie it to nothing."""
        return [f"{mark}{values[at]}" for mark, at in self._found_by]

    def accounts(self, values: Sequence[Any]) -> list[str]:
        """Return the accounts that must be open for a directive."""
        if self.posted:
            return [values[at].account for at in self.posted]
        return [values[at] for at in self._said if isinstance(values[at], Account)]

    def record(self, values: Sequence[Any]) -> str:
        """Return the name of a record; empty for anything else."""
        return str(values[self._name]) if self._name >= 0 else ""

    def account(self, values: Sequence[Any]) -> str:
        """Return the account that is opened."""
        return str(values[self._said[0]])

    def _own_names(self) -> Iterator[tuple[str, int]]:
        """Yield where the names stand that an entry shares with no other: its id and its keys."""
        for key, at in self.meta.items():
            if key == "id":
                yield ID, at
            elif key == "key" or key.startswith("key-"):
                yield KEY, at

    def _payments(self) -> tuple[int, ...]:
        """Return where the payments of the postings stand; they come before the directive's."""
        own = self.meta.get("payment")
        found = [meta.get("payment", own) for _, meta in self._posted]
        named = any("payment" in meta for _, meta in self._posted)
        return tuple(at for at in found if at is not None) if named else ()

    def _head(self, head: str, rest: Sequence[str]) -> tuple[type[Entry], Callable[..., Entry]]:
        """Learn the first line, and return what makes entries of its kind."""
        if found := _TRANSACTION.fullmatch(head):
            self._pattern.literal(" * ")
            self._said = (self._pattern.value(found[2]),)
            self._learn_links(found[3], rest)
            return Transaction, self._transaction
        if found := _RECORD.fullmatch(head):
            self._pattern.literal(f' custom "{TYPE}" ')
            self._name = self._pattern.group('"([a-z-]+)"')
            self._learn_values(found[3])
            return Record, self._record
        if found := _OPENING.fullmatch(head):
            self._pattern.literal(" open ")
            self._said = (self._pattern.group(f"({_NAME} +)", _opened),)
            self._pattern.literal(CURRENCY)
            return Opening, self._opening
        raise NotCanonicalError(head)

    def _learn_links(self, links: str, rest: Sequence[str]) -> None:
        """Learn links: each says what the metadata says, which there refers back to it."""
        for key, mark in LINKED.items():
            line = next((each for each in rest if each.startswith(f"  {key}: ")), "")
            said = line[len(key) + 5 : -1]
            if said and f"{mark}{said}" in links.split(" ^"):
                self._pattern.literal(f" ^{mark}")
                self._links[key] = self._pattern.group(_LINK)

    def _learn_values(self, text: str) -> None:
        """Learn what a record says; `2 -12.00 DKK` is one sum to beancount, so it is not it."""
        values = [found[1] for found in _VALUE.finditer(text)]
        places = []
        for before, value in zip(("", *values), values, strict=False):
            self._pattern.literal(" ")
            places.append(self._pattern.value(value, signed=not before.isdecimal()))
        self._said = tuple(places)

    def _line(self, line: str) -> None:
        """Learn a line of metadata, or a posting."""
        if found := _POSTED.fullmatch(line):
            self._pattern.literal("  ")
            at = self._pattern.group(rf"({_NAME} [^\n]*)", _posted)
            self._pattern.literal(f" {CURRENCY}")
            self._posted.append((at, _Meta()))
            return
        found = _META.fullmatch(line)
        if not found or (found[1] == "  ") == bool(self._posted):
            raise NotCanonicalError(line)
        indent, key, value = found.groups()
        meta = self._posted[-1][1] if self._posted else self.meta
        self._pattern.literal(f"{indent}{key}: ")
        if not self._posted and key in self._links:
            self._pattern.text += rf'"\{self._links[key] + 1}"'
            meta[key] = self._links[key]
        else:
            meta[key] = self._pattern.value(value)

    def _transaction(
        self, values: Sequence[Any], meta: Meta, commit: int, place: Place
    ) -> Transaction:
        postings = tuple(
            Posting(values[at].account, values[at].amount, read(values)) if read else values[at]
            for at, read in self._parts
        )
        text = values[self._said[0]]
        return Transaction(values[0], text, postings, meta=meta, commit=commit, place=place)

    def _record(self, values: Sequence[Any], meta: Meta, commit: int, place: Place) -> Record:
        said = tuple(values[at] for at in self._said)
        name = values[self._name]
        return Record(values[0], name, said, meta=meta, commit=commit, place=place)

    def _opening(self, values: Sequence[Any], meta: Meta, commit: int, place: Place) -> Opening:
        account = values[self._said[0]]
        return Opening(values[0], account, meta=meta, commit=commit, place=place)


class Scanner:
    """Reads directives, and remembers their shapes; the one seen last is tried first."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []

    def read(self, chunk: bytes) -> tuple[Shape, list[Any]]:
        """Read one directive: its shape, and its values.

        Raises:
            NotCanonicalError: it is not exactly as mikroledger would write it.
        """
        try:
            text = chunk.decode()
        except UnicodeDecodeError as error:
            raise NotCanonicalError(chunk) from error
        for at, shape in enumerate(self._shapes):
            if found := shape.match(text):
                if at:
                    self._shapes.insert(0, self._shapes.pop(at))
                return shape, shape.read(found.groups())
        return self._learn(text)

    def _learn(self, text: str) -> tuple[Shape, list[Any]]:
        try:
            shape = Shape(text)
            found = shape.match(text)
            values = shape.read(found.groups() if found else ())
            written = render((shape.entry(values, 0, Place()),))
        except (AssertionError, IndexError, MikroledgerError) as error:
            raise NotCanonicalError(text) from error
        if written != f"{text}\n":
            raise NotCanonicalError(text)
        self._shapes.insert(0, shape)
        return shape, values


def chunks(content: bytes) -> list[bytes]:
    """Divide canonical text into its directives: a blank line stands between two.

    Raises:
        NotCanonicalError: it does not end with a line end, or is no plain text in NFC.
    """
    if not content.endswith(b"\n") or not _plain(content):
        raise NotCanonicalError
    return content[:-1].split(b"\n\n")


_VISIBLE = bytes(range(0x20, 0x7F)) + b"\n"
_LATIN = frozenset(map(chr, range(0xC0, 0x100)))


def _plain(content: bytes) -> bool:
    """Tell whether all is visible text in NFC.

    Nearly all of a book is ASCII; what is left are the letters of Latin-1, each one character.
    Broken UTF-8 may pass here; decoding a directive finds it.
    """
    rest = content.translate(None, _VISIBLE)
    try:
        letters = set(rest.decode())
        if letters <= _LATIN:
            return True
        text = content.decode()
    except UnicodeDecodeError:
        return False
    seen = not any(unicodedata.category(letter) in INVISIBLE for letter in letters)
    return seen and unicodedata.is_normalized("NFC", text)


def entries(content: bytes, commit: int, file: str, line: int = 1) -> Iterator[Entry]:
    """Yield the entries of a canonical text that begins on `line` of a file.

    Raises:
        NotCanonicalError: it is not exactly as mikroledger would write it.
    """
    scanner = Scanner()
    for chunk in chunks(content):
        shape, values = scanner.read(chunk)
        yield shape.entry(values, commit, Place(file, line))
        line += shape.lines + 1
