"""The index: where each borrower's entries stand, so that nobody reads the whole book for one.

It is derived from the files, never trusted over them, and may be deleted at any time. A file
that is new, changed or gone, by its stamp (size, times, inode) or by its hash, is read again.
It is written without waiting for the disk, so after a restart of the machine it is made anew.
"""

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

from mikroledger.domain.ledger import Entry, Place
from mikroledger.errors import BrokenBookError
from mikroledger.journal import layout
from mikroledger.journal.facts import Facts, Read, Span, facts, hashed
from mikroledger.journal.forks import spread
from mikroledger.journal.lint import content_of
from mikroledger.journal.merge import Merge, spans_in
from mikroledger.journal.scan import Scanner

NAME = "index.sqlite"
_VERSION = "3"
_RACY = 20_000_000  # ns: what changed this lately may change again under the same stamp
_PATIENCE = 10  # s: how long another command may take to write what it has learned
_SMALL = 1_000_000  # bytes: a commit; a bound month is larger
_LARGE = 4_000_000  # bytes: below, a second process costs more than it brings
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SCHEMA = """
CREATE TABLE info(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE file(no INTEGER PRIMARY KEY, name TEXT UNIQUE, stamp TEXT, digest TEXT, newest TEXT,
    text BLOB, common BLOB, names BLOB, owners BLOB);
CREATE TABLE sealed(number INTEGER, prev TEXT, digest TEXT);
CREATE INDEX numbers ON sealed(number);
CREATE TABLE part(no INTEGER PRIMARY KEY, spans BLOB);
CREATE TABLE merged(no INTEGER PRIMARY KEY, part INTEGER);
CREATE TABLE name(hash INTEGER, part INTEGER, PRIMARY KEY(hash, part)) WITHOUT ROWID;
CREATE TABLE share(hash INTEGER PRIMARY KEY, part INTEGER);
CREATE TABLE opened(account TEXT PRIMARY KEY, day TEXT, file TEXT);
CREATE TABLE used(account TEXT PRIMARY KEY, day TEXT, file TEXT);
CREATE TABLE answer(question TEXT, part INTEGER, value TEXT, PRIMARY KEY(question, part))
    WITHOUT ROWID;
CREATE INDEX answered ON answer(part);
"""
_TABLES = ("file", "sealed", "part", "merged", "name", "share", "opened", "used", "answer")


class _Open:
    """A file that stays open: what is asked for is read, whatever becomes of its name.

    Each one takes a descriptor, so only large ones. It is not mapped into memory, for all that
    was looked at would count as the command's own.
    """

    def __init__(self, file: int) -> None:
        self._file = file

    def __getitem__(self, part: slice) -> bytes:
        return os.pread(self._file, part.stop - part.start, part.start)

    def __del__(self) -> None:
        os.close(self._file)


class Index:
    """The index of one book, for one command."""

    def __init__(self, book: Path, read: Read, processes: int = 0) -> None:
        self._book = book
        self._read = read
        self.processes = processes or len(os.sched_getaffinity(0))
        self._path = book / layout.STATE / NAME
        self._new = not self._path.exists()
        self._scanner = Scanner()
        self._contents: dict[int, tuple[str, bytes | _Open]] = {}
        self._settings: Mapping[str, Sequence[Entry]] = {}
        self._seen = -1
        self._writing = False

    @cached_property
    def _db(self) -> sqlite3.Connection:
        """Open the index; one that is broken, old, or of before a restart begins anew."""
        with contextlib.suppress(sqlite3.Error):
            return _opened(str(self._path))
        with contextlib.suppress(sqlite3.Error, OSError):
            self._path.unlink()
            return _opened(str(self._path))
        return _opened(":memory:")  # where nobody may write, the command still works

    # Keeping it true

    def refresh(self, *, thorough: bool = False) -> None:
        """Read what is new or changed in the book's files.

        Args:
            thorough: go by the bytes of every file, not by its stamp.

        Raises:
            BrokenBookError: a file cannot be read.
        """
        try:
            self._refresh(thorough=thorough)
        except sqlite3.Error:
            self._without_file()
        except BaseException:
            self._undo()
            raise

    def _without_file(self) -> None:
        """Go on in memory: full, or locked for too long; the index is a help, not a must."""
        self._db.close()
        self._db = _opened(":memory:")
        self._writing = False
        self._refresh(thorough=True)

    def _refresh(self, *, thorough: bool) -> None:
        now = time.time_ns()
        self._db.execute("BEGIN")  # all that is read is of one moment
        found, same, known = self._compared(thorough=thorough)
        if same == known == set(found):
            self._seen = self._generation()
            return
        self.save()
        self._begin()
        found, same, known = self._compared(thorough=thorough)  # somebody may have been first
        stale = known - same
        if any(name not in layout.SETTINGS for name in stale):
            self._forget_all()
            same = set()
        else:
            self._forget(stale)
        self._contents.clear()
        self._stamp_again({name: found[name] for name in same}, now)
        self._take([(n, p, _stamp(p, now)) for n, p in found.items() if n not in same])
        self._seen = self._generation() + 1
        self._db.execute("UPDATE info SET value=? WHERE key='generation'", (self._seen,))

    def _stamp_again(self, same: Mapping[str, Path], now: int) -> None:
        """Stamp files that were too young when they were read, and are the same still."""
        rows = self._db.execute("SELECT name FROM file WHERE stamp=''").fetchall()
        grown = [(_stamp(same[name], now), name) for (name,) in rows if name in same]
        self._db.executemany("UPDATE file SET stamp=? WHERE name=?", grown)

    def _compared(self, *, thorough: bool) -> tuple[dict[str, Path], set[str], set[str]]:
        """Return the files that are there, and the names of those that are known, and the same."""
        book = f"{self._book}/"  # `relative_to` takes longer than all the rest, on a large book
        found = {str(path).removeprefix(book): path for path in self._files()}
        rows = self._db.execute("SELECT name, stamp, digest FROM file")
        known = {name: (stamp, digest) for name, stamp, digest in rows}
        same = {
            name
            for name, path in found.items()
            if name in known and _is_same(path, *known[name], thorough=thorough)
        }
        return found, same, set(known)

    def save(self) -> None:
        """Keep what was learned for the next command."""
        self._writing = False
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Close it. What was not saved is as it was: a command that is refused changes no byte."""
        self._undo()
        empty = self._new and self._db.execute("SELECT count(*) FROM file").fetchone() == (0,)
        self._db.close()
        if empty:
            self._path.unlink(missing_ok=True)

    def _undo(self) -> None:
        self._writing = False
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _files(self) -> Iterator[Path]:
        for name in layout.SETTINGS:
            if not (self._book / name).exists():
                raise BrokenBookError(
                    da=f"{name} mangler i {self._book}. Hent den fra sikkerhedskopien.",
                    en=f"{name} is missing in {self._book}. Restore it from the backup.",
                )
            yield self._book / name
        yield from layout.sources(self._book)

    def _forget_all(self) -> None:
        """Something that is written once has changed: begin anew."""
        for table in _TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of our own

    def _forget(self, settings: Iterable[str]) -> None:
        """Forget files of settings; all that they hold is common to everybody."""
        for name in settings:
            self._db.execute("DELETE FROM file WHERE name=?", (name,))
            self._db.execute("DELETE FROM opened WHERE file=?", (name,))

    def _take(self, fresh: Sequence[tuple[str, Path, str]]) -> None:
        """Take in files that are new, or have changed."""
        merge, head = Merge(self._db), self.head
        merge.write_names()
        large = sum(path.stat().st_size for _, path, _ in fresh) > _LARGE
        processes = self.processes if large else 1
        first = (self._db.execute("SELECT max(no) FROM file").fetchone()[0] or 0) + 1
        numbered = [(no, *each) for no, each in enumerate(fresh, first)]
        settings = {n: content_of(p, n) for n, p, _ in fresh if n in layout.SETTINGS}
        self._settings = self._read(settings) if settings else {}
        results = spread(self._facts, numbered, processes)
        for (no, name, _, stamp), found in zip(numbered, results, strict=True):
            merge.take(no, name, stamp, Facts(*found))
        merge.done()
        self._follow(head)
        self._all_open(None if settings else merge.used)

    def _facts(self, file: tuple[int, str, Path, str]) -> tuple[object, ...]:
        no, name, path, _ = file
        content = content_of(path, name)
        if name in self._settings:
            own = lambda _: self._settings  # noqa: E731  # read already
            return tuple(facts(content, (no, name), own, self._scanner, settings=True))
        return tuple(facts(content, (no, name), self._read, self._scanner))

    def _all_open(self, accounts: Collection[str] | None) -> None:
        """Refuse accounts that are used before they are opened, as beancount would.

        Args:
            accounts: those that are used anew; None where any may have been closed.
        """
        select = (
            "SELECT used.day, used.account, used.file FROM used LEFT JOIN opened USING (account)"
            " WHERE (opened.day IS NULL OR opened.day > used.day)"
        )
        if accounts is None:
            wrong = self._db.execute(select).fetchall()
        else:
            one = f"{select} AND used.account=?"
            wrong = [row for each in accounts for row in self._db.execute(one, (each,))]
        if wrong:
            day, account, file = min(wrong)
            raise BrokenBookError(
                da=f"{file}: kontoen {account} bruges den {day}, men er ikke åbnet. Åbn den i"
                " accounts.beancount, eller hent filen fra sikkerhedskopien.",
                en=f"{file}: the account {account} is used on {day}, but is not open. Open it in"
                " accounts.beancount, or restore the file from the backup.",
            )

    # Asking it

    @property
    def head(self) -> tuple[int, str]:
        """The number and the hash of the newest commit; -1 in a book without any."""
        newest = "SELECT number, digest FROM sealed ORDER BY number DESC LIMIT 1"
        return self._db.execute(newest).fetchone() or (-1, "")

    def hash_of(self, number: int) -> str:
        """Return the hash of a commit; empty where there is none."""
        row = self._db.execute("SELECT digest FROM sealed WHERE number=?", (number,)).fetchone()
        return row[0] if row else ""

    @property
    def newest(self) -> str:
        """The newest day of booking, in ISO form."""
        return self._db.execute("SELECT max(newest) FROM file").fetchone()[0] or ""

    @property
    def sound(self) -> bool:
        """Whether each commit names the hash of the one before it, from number 0 on."""
        row = self._db.execute("SELECT value FROM info WHERE key='sound'").fetchone()
        return bool(row == ("1",))

    def _follow(self, head: tuple[int, str]) -> None:
        """Follow the chain on from the commit that was the newest before."""
        sound = self.sound or head[0] < 0
        expected, before = head[0] + 1, head[1]
        rows = self._db.execute(
            "SELECT number, prev, digest FROM sealed WHERE number > ? ORDER BY number", head[:1]
        )
        for number, prev, digest in rows:
            sound &= (number, prev) == (expected, before)
            before, expected = digest, number + 1
        self._db.execute("INSERT OR REPLACE INTO info VALUES('sound', ?)", (str(int(sound)),))

    def parts(self) -> dict[int, bytes]:
        """Return the spans of every part."""
        return dict(self._db.execute("SELECT no, spans FROM part ORDER BY no").fetchall())

    def all_spans(self) -> Iterator[bytes]:
        """Yield the spans of all entries: of what belongs to nobody, then of every part.

        A line of the bank that pays several is in the part of each.
        """
        for (common,) in self._db.execute("SELECT common FROM file ORDER BY no"):
            yield common
        for (spans,) in self._db.execute("SELECT spans FROM part ORDER BY no"):
            yield spans

    def parts_of(self, names: Collection[str]) -> dict[int, bytes]:
        """Return the spans of the parts that some names (`domain.parts`) belong to."""
        if not names:
            return {}
        try:
            self._name()
        except sqlite3.Error:
            self._without_file()
            self._name()
        merge = Merge(self._db)
        found = {part for name in set(names) for part in merge.owners(hashed(name))}
        select = "SELECT no, spans FROM part WHERE no=?"
        return dict(self._db.execute(select, (part,)).fetchone() for part in sorted(found))

    def _name(self) -> None:
        """Write the names of files that have none written yet: only who looks one up needs them.

        Raises:
            sqlite3.Error: it cannot be written, or another command was first.
        """
        pending = "SELECT 1 FROM file WHERE names IS NOT NULL LIMIT 1"
        if self._db.execute(pending).fetchone() is None:
            return
        if not self._writing:
            self._db.execute("COMMIT")
            self._begin()
            if self._generation() != self._seen:
                raise sqlite3.OperationalError
        Merge(self._db).write_names()

    def _begin(self) -> None:
        """Begin to write; whoever else wants to waits."""
        self._db.execute("BEGIN IMMEDIATE")
        self._writing = True

    def shares(self) -> dict[int, int]:
        """Return whose the payments are that are paid together with others', by hash."""
        merge = Merge(self._db)
        rows = self._db.execute("SELECT hash, part FROM share")
        return {name: merge.root(part) for name, part in rows}

    @cached_property
    def common(self) -> tuple[Entry, ...]:
        """The entries that belong to nobody: chart, policy, imports, runs."""
        rows = self._db.execute("SELECT common FROM file ORDER BY no").fetchall()
        return self._entries(span for (common,) in rows for span in spans_in(common))

    def entries(self, spans: Iterable[bytes]) -> tuple[Entry, ...]:
        """Return the entries at the spans of some parts, in the order of booking."""
        found = [span for some in spans for span in spans_in(some)]
        found.sort()
        return self._entries(span for span, _ in groupby(found))

    def open_all(self) -> None:
        """Open all files, so that forked processes need not ask the database."""
        for (no,) in self._db.execute("SELECT no FROM file").fetchall():
            self._content(no)

    def _entries(self, spans: Iterable[Span]) -> tuple[Entry, ...]:
        read, contents, made = self._scanner.read, self._contents, []
        for commit, no, start, length, line in spans:
            name, content = contents.get(no) or self._content(no)
            shape, values = read(content[start : start + length])
            made.append(shape.entry(values, commit - 1, Place(name, line)))
        return tuple(made)

    def _content(self, no: int) -> tuple[str, bytes | _Open]:
        """Open a file of the book; one that is not canonical is kept here as it would be."""
        select = "SELECT name, text FROM file WHERE no=?"
        name, text = self._db.execute(select, (no,)).fetchone()
        path = self._book / name
        if text is None:
            large = path.stat().st_size > _SMALL
            text = _Open(os.open(path, os.O_RDONLY)) if large else path.read_bytes()
        self._contents[no] = str(path), text
        return self._contents[no]

    # Answers, each of one part, that hold while the part does

    def answers(self, question: str) -> Mapping[int, str]:
        """Return what is known of a question, by part."""
        rows = self._db.execute("SELECT part, value FROM answer WHERE question=?", (question,))
        return dict(rows.fetchall())

    def keep(self, question: str, answers: Mapping[int, str]) -> None:
        """Keep answers, unless the book has moved on meanwhile; those of another day go."""
        kind = question.partition(" ")[0]
        rows = ((question, part, value) for part, value in answers.items())
        with contextlib.suppress(sqlite3.Error):
            self.save()
            self._begin()
            if self._generation() == self._seen:
                other = "question <> ? AND question LIKE ? || ' %'"
                self._db.execute(f"DELETE FROM answer WHERE {other}", (question, kind))  # noqa: S608
                self._db.executemany("INSERT OR REPLACE INTO answer VALUES(?,?,?)", rows)

    def _generation(self) -> int:
        """Return how often the index has changed."""
        row = self._db.execute("SELECT value FROM info WHERE key='generation'").fetchone()
        return int(row[0])


def _opened(path: str) -> sqlite3.Connection:
    """Open a database that is ours, of this form, and of this run of the machine."""
    db = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)
    try:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA journal_mode=WAL")  # who reads stops nobody who books
        made = f"{_VERSION} {_machine_run()}"
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            db.executescript(f"BEGIN;{_SCHEMA}")
            db.execute("INSERT INTO info VALUES('made', ?), ('generation', 0)", (made,))
            db.execute("COMMIT")
        if db.execute("SELECT value FROM info WHERE key='made'").fetchone() != (made,):
            raise sqlite3.DatabaseError(made)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _machine_run() -> str:
    """Return what changes when the machine restarts; empty where the system does not tell."""
    with contextlib.suppress(OSError):
        return _BOOT.read_text().strip()
    return ""


def _stamp(path: Path, now: int) -> str:
    """Return what changes when a file does; empty while it is too young to tell."""
    found = path.lstat()
    if max(found.st_mtime_ns, found.st_ctime_ns) > now - _RACY:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _is_same(path: Path, stamp: str, digest: str, *, thorough: bool) -> bool:
    if stamp and not thorough and stamp == _stamp(path, sys.maxsize):
        return True
    return digest == layout.digest((content_of(path, path.name),))
