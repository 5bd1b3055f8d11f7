"""What one file of a book holds: its commits, and whose entries stand where in it."""

import zlib
from array import array
from binascii import crc_hqx
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from mikroledger.domain.ledger import Entry
from mikroledger.errors import BrokenBookError, UsageError
from mikroledger.journal.chain import Sealed, number_at, split
from mikroledger.journal.layout import commit_number, digest
from mikroledger.journal.scan import NotCanonicalError, Scanner, Shape, chunks
from mikroledger.journal.text import render

COMMIT = "commit"
"""The record at the head of each commit: no part of anybody's book."""
Span = tuple[int, int, int, int, int]
"""Where an entry stands, in the order of booking: commit + 1 (0 for settings), file by number,
first byte, length, line."""

Read = Callable[[Mapping[str, bytes]], Mapping[str, Sequence[Entry]]]


class Facts(NamedTuple):
    """What is kept of a file; all of it plain values, so that it may come from another process.

    Args:
        digest: SHA-256 of the file.
        text: its entries in canonical form, where the file itself is not in it.
        commits: number, `prev` and SHA-256 of each commit in it.
        newest: the newest day of booking, in ISO form.
        names: hashes of the names that tie entries together.
        owners: for each of them the number of its part in `parts`.
        found_by: hashes of the names that only find a part.
        finds: for each of them the number of a part.
        parts: for each borrower's part its spans.
        shares: hashes of the payments in lines that pay several.
        common: spans of what belongs to nobody.
        opened: accounts, and the day on which each is opened.
        used: accounts, and the first day on which something is booked on each.
    """

    digest: str
    text: bytes | None
    commits: list[tuple[int, str, str]]
    newest: str
    names: bytes
    owners: bytes
    found_by: bytes
    finds: bytes
    parts: list[bytes]
    shares: bytes
    common: bytes
    opened: list[tuple[str, str]]
    used: dict[str, str]


def hashed(name: str) -> int:
    """Return 44 bits of a name. Two names that meet only make one part of two."""
    text = name.encode()
    return zlib.crc32(text) << 12 | crc_hqx(text, 0) & 0xFFF


class _Parts:
    """The parts of one file while it is read."""

    def __init__(self) -> None:
        self._home: dict[str, int] = {}
        self._spans: list[array[int]] = []
        self._moved: dict[int, int] = {}
        self._found_by: dict[tuple[str, int], None] = {}

    def add(self, names: Collection[str], span: Span, found_by: Sequence[str] = ()) -> None:
        """Put a span into the part of its names, and make one of all parts that they tie."""
        home = self._home
        known = {home[name] for name in names if name in home}
        if not known:
            part = len(self._spans)
            self._spans.append(array("I"))
        elif len(known) == 1:
            (part,) = known
        else:
            part = self._tie(known)
        part = self._root(part)
        for name in names:
            home[name] = part
        self._spans[part].extend(span)
        for name in found_by:
            self._found_by[name, part] = None

    def _root(self, part: int) -> int:
        while part in self._moved:
            part = self._moved[part]
        return part

    def _tie(self, parts: Collection[int]) -> int:
        roots = {self._root(part) for part in parts}
        first = min(roots)
        for other in roots - {first}:
            self._moved[other] = first
            self._spans[first] += self._spans[other]
            self._spans[other] = array("I")
        return first

    def done(self) -> tuple[bytes, bytes, bytes, bytes, list[bytes]]:
        """Return hashes of names and their parts, of both kinds, and the spans of each part."""
        return (
            array("Q", map(hashed, self._home)).tobytes(),
            array("I", map(self._root, self._home.values())).tobytes(),
            array("Q", (hashed(name) for name, _ in self._found_by)).tobytes(),
            array("I", (self._root(part) for _, part in self._found_by)).tobytes(),
            [spans.tobytes() for spans in self._spans],
        )


def facts(
    content: bytes,
    file: tuple[int, str],
    read: Read,
    scanner: Scanner,
    *,
    settings: bool = False,
) -> Facts:
    """Return what a file holds.

    Args:
        file: its number in the index, and its name below the book.
        read: gives the entries of files that are not canonical (`read.values_of_all`).
        scanner: what it has learned from one file helps with the next.
        settings: everything in it is common to all.

    Raises:
        BrokenBookError: `read` refuses the file.
    """
    no, name = file
    sealed = () if settings else split(content)
    if commit_number(name) >= 0 and not sealed:
        sealed = (Sealed(commit_number(name), "", 0, len(content), 1),)  # the chain tells of it
    if not (settings or sealed):
        raise BrokenBookError(
            da=f"{name}: filen er ikke en bogføring. Tag den ind med »mikroledger adopt«, eller"
            " flyt den ud af mappen journal.",
            en=f"{name}: the file is no commit. Take it in with 'mikroledger adopt', or move it"
            " out of the folder journal.",
        )
    text = None
    try:
        found = list(_canonical(content, no, sealed, scanner))
    except NotCanonicalError:
        text, found = _translated(read({name: content})[name], file, sealed, scanner)
    gathered = _Gathered()
    for shape, values, span in found:
        gathered.take(shape, values, span, settings=settings)
    names, owners, found_by, finds, parts = gathered.parts.done()
    return Facts(
        digest=digest((content,)),
        text=text,
        commits=_commits(content, name, sealed),
        newest=str(gathered.newest or ""),
        names=names,
        owners=owners,
        found_by=found_by,
        finds=finds,
        parts=parts,
        shares=array("Q", map(hashed, sorted(gathered.shares))).tobytes(),
        common=gathered.common.tobytes(),
        opened=[(account, str(day)) for account, day in gathered.opened],
        used={str(account): str(day) for account, day in gathered.used.items()},
    )


def _commits(
    content: bytes,
    name: str,
    sealed: Sequence[Sealed],
) -> list[tuple[int, str, str]]:
    """Return number, `prev` and SHA-256 of commits; a file of one goes by its own name."""
    named = commit_number(name)
    return [
        (
            named if named >= 0 else each.number,
            each.prev,
            digest((content[each.start : each.end],)),
        )
        for each in sealed
    ]


class _Gathered:
    """What a file's directives add up to."""

    def __init__(self) -> None:
        self.parts = _Parts()
        self.common = array("I")
        self.shares: set[str] = set()
        self.opened: list[tuple[str, date]] = []
        self.used: dict[str, date] = {}
        self.newest: date | None = None

    def take(self, shape: Shape, values: Sequence[Any], span: Span, *, settings: bool) -> None:
        """Take in a directive."""
        day = values[0]
        if shape.record(values) == COMMIT:
            self.newest = max(self.newest or day, day)
            return
        self._accounts(shape, values, day)
        own, shared = shape.names(values)
        if settings or not (own or shared):
            self.common.extend(span)
            return
        self.parts.add(own, span, shape.found_by(values))
        self.shares |= shared
        for name in shared:
            self.parts.add((name,), span)

    def _accounts(self, shape: Shape, values: Sequence[Any], day: date) -> None:
        """Note which accounts are opened, and from when on which are used."""
        used = self.used
        for account in shape.accounts(values):
            if used.get(account, day) >= day:
                used[account] = day
        if shape.opens:
            self.opened.append((shape.account(values), day))


def _canonical(
    content: bytes,
    no: int,
    sealed: Sequence[Sealed],
    scanner: Scanner,
) -> Iterator[tuple[Shape, list[Any], Span]]:
    """Read canonical commits; what stands outside of them is not."""
    end = 0
    for commit in sealed:
        if commit.start != end:
            raise NotCanonicalError
        start, line, end = commit.start, commit.line, commit.end
        for chunk in chunks(content[start:end]):
            shape, values = scanner.read(chunk)
            yield shape, values, (commit.number + 1, no, start, len(chunk), line)
            start += len(chunk) + 2
            line += shape.lines + 1
    if end != len(content):
        raise NotCanonicalError


def _translated(
    entries: Sequence[Entry],
    file: tuple[int, str],
    sealed: Sequence[Sealed],
    scanner: Scanner,
) -> tuple[bytes, list[tuple[Shape, list[Any], Span]]]:
    """Write what beancount read in canonical form, and read that, with the lines of the file."""
    no, name = file
    found, text = [], b""
    for entry in entries:
        try:
            chunk = render((entry,)).encode().removesuffix(b"\n")
            shape, values = scanner.read(chunk)
        except (NotCanonicalError, UsageError) as error:
            raise BrokenBookError(
                da=f"{name}, linje {entry.place.line}: det kan beancount læse, men mikroledger"
                " ikke. Skriv det enklere, og prøv igen.",
                en=f"{name}, line {entry.place.line}: beancount can read this, but mikroledger"
                " cannot. Write it more simply, and try again.",
            ) from error
        commit = number_at(sealed, entry.place.line) + 1
        found.append((shape, values, (commit, no, len(text), len(chunk), entry.place.line)))
        text += chunk + b"\n\n"
    return text, found
