"""How the parts of many files become one: names that two files share tie their parts together."""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from heapq import merge

from mikroledger.errors import BrokenBookError
from mikroledger.journal.facts import Facts, Span


class Merge:
    """Takes the facts of files into the index.

    The first time all names are at hand here; later they are looked up, one by one. `used` are
    the accounts that are used in these files.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._homes: dict[int, int] = {}
        self._merged: dict[int, int] = dict(db.execute("SELECT no, part FROM merged").fetchall())
        self._spans: dict[int, bytes] = {}
        self._next = (db.execute("SELECT max(no) FROM part").fetchone()[0] or 0) + 1
        self._from_nothing = self._next == 1
        self._shares: set[int] = set()
        self._forget_answers = False
        self.used: set[str] = set()

    def take(self, no: int, name: str, stamp: str, found: Facts) -> None:
        """Take in one file."""
        self._forget_answers |= bool(found.common)
        self._db.executemany("INSERT INTO sealed VALUES(?,?,?)", found.commits)
        self._shares.update(array("Q", found.shares))
        self._accounts(name, found)
        names, local = array("Q", found.names), array("I", found.owners)
        parts = self._parts(names, local, found.parts)
        for part, spans in zip(parts, found.parts, strict=True):
            if spans:
                self._spans[part] = self._spans.get(part, b"") + spans
        owners = array("I", map(parts.__getitem__, local))
        self._homes.update(zip(names, owners, strict=True))
        finds = array("I", map(parts.__getitem__, array("I", found.finds)))
        row = (no, name, stamp, found.digest, found.newest, found.text, found.common)
        names_of = (found.names + found.found_by, (owners + finds).tobytes())
        self._db.execute("INSERT INTO file VALUES(?,?,?,?,?,?,?,?,?)", (*row, *names_of))

    def done(self) -> None:
        """Write down the parts, and drop the answers that they change."""
        for part in list(self._spans):
            root = self.root(part)
            if root != part:
                self._spans[root] = self._spans.get(root, b"") + self._spans.pop(part)
        for no, part in self._merged.items():
            self._absorb(no, self.root(part))
        for part, spans in self._spans.items():
            self._append(part, spans)
        rows = ((name, self.owner(name)) for name in self._shares)
        self._db.executemany("INSERT OR REPLACE INTO share VALUES(?,?)", rows)
        if self._forget_answers:
            self._db.execute("DELETE FROM answer")
        gone = ((part,) for part in (*self._spans, *self._merged))
        self._db.executemany("DELETE FROM answer WHERE part=?", gone)

    def owner(self, name: int) -> int | None:
        """Return the part that a name (`facts.hashed`) belongs to."""
        part = self._homes.get(name)
        if part is None and not self._from_nothing:
            return min(self.owners(name), default=None)
        return None if part is None else self.root(part)

    def owners(self, name: int) -> set[int]:
        """Return the parts that a name is found in: one, if it ties entries together."""
        rows = self._db.execute("SELECT part FROM name WHERE hash=?", (name,))
        return {self.root(part) for (part,) in rows}

    def _parts(
        self,
        names: Sequence[int],
        local: Sequence[int],
        spans: Sequence[bytes],
    ) -> list[int]:
        """Return which part of the book each part of a file belongs to.

        Parts of the book that a file ties together become one.
        """
        parts: list[int | None] = [None] * len(spans)
        look_up = self._homes.get if self._from_nothing else self.owner
        for name, at in zip(names, local, strict=True):
            known = look_up(name)
            if known is not None and known != parts[at]:
                parts[at] = self._tie(known, parts[at])
        # what was tied to another part within the file is empty, and nobody's
        return [
            self.root(part) if part is not None else self._new() if some else 0
            for part, some in zip(parts, spans, strict=True)
        ]

    def _tie(self, part: int, other: int | None) -> int:
        part = self.root(part)
        if other is not None and (other := self.root(other)) != part:
            part, other = min(part, other), max(part, other)
            self._merged[other] = part
        return part

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def root(self, part: int) -> int:
        """Return the part that a part has become."""
        while part in self._merged:
            part = self._merged[part]
        return part

    def _absorb(self, no: int, part: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO merged VALUES(?,?)", (no, part))
        row = self._db.execute("SELECT spans FROM part WHERE no=?", (no,)).fetchone()
        if row:
            self._db.execute("DELETE FROM part WHERE no=?", (no,))
            self._append(part, row[0])

    def _append(self, part: int, spans: bytes) -> None:
        self._db.execute(
            "INSERT INTO part VALUES(?,?)"
            " ON CONFLICT(no) DO UPDATE SET spans = CAST(spans || excluded.spans AS BLOB)",
            (part, spans),
        )

    def write_names(self) -> None:
        """Write the names of files that have none written yet."""
        rows = self._db.execute("SELECT names, owners FROM file WHERE names IS NOT NULL")
        ordered = merge(*(_ordered(names, parts) for names, parts in rows.fetchall()))
        self._db.executemany("INSERT OR REPLACE INTO name VALUES(?,?)", ordered)
        self._db.execute("UPDATE file SET names=NULL, owners=NULL")

    def _accounts(self, file: str, found: Facts) -> None:
        rows = [(account, day, file) for account, day in found.opened]
        try:
            self._db.executemany("INSERT INTO opened VALUES(?,?,?)", rows)
        except sqlite3.IntegrityError as error:
            twice = _twice(self._db, rows)
            raise BrokenBookError(
                da=f"{file}: kontoen {twice} åbnes to gange. Slet den ene linje, og prøv igen.",
                en=f"{file}: the account {twice} is opened twice. Delete one of the lines, and"
                " try again.",
            ) from error
        self.used |= found.used.keys()
        self._db.executemany(
            "INSERT INTO used VALUES(?,?,?) ON CONFLICT(account) DO UPDATE"
            " SET day = excluded.day, file = excluded.file WHERE excluded.day < day",
            ((account, day, file) for account, day in found.used.items()),
        )


def _ordered(names: bytes, parts: bytes) -> Iterator[tuple[int, int]]:
    """Yield names with their parts, sorted; until then they lie close together."""
    pairs = sorted(zip(array("Q", names), array("I", parts), strict=True))
    hashes, owners = array("Q", (name for name, _ in pairs)), array("I", (no for _, no in pairs))
    return zip(hashes, owners, strict=True)


def _twice(db: sqlite3.Connection, rows: list[tuple[str, str, str]]) -> str:
    """Return the account that stopped the rows: the first that was there, or comes again."""
    seen = {name for (name,) in db.execute("SELECT account FROM opened")}
    accounts = [account for account, _, _ in rows]
    return next(a for n, a in enumerate(accounts) if accounts.count(a) > 1 or a in seen)


def spans_in(numbers: bytes) -> Iterator[Span]:
    """Yield spans."""
    return zip(*[iter(array("I", numbers))] * 5, strict=True)
