"""Every call by which a writing command changes a book, failed or killed one at a time.

The calls are taken where Python hands them to the kernel, so nothing that writes below the book
is left out. SQLite makes its own calls, and has its own tests for them.
"""

import errno
import hashlib
import io
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from mikroledger.journal.file import recover
from mikroledger.journal.storage import DISK

_T = TypeVar("_T")
_WRITES = os.O_WRONLY | os.O_RDWR
_ON_PATHS = ("link", "unlink", "remove", "mkdir", "rmdir", "replace", "rename", "truncate")
_ON_FILES = ("write", "pwrite", "ftruncate", "fsync", "fdatasync", "close")

KILLED = 137
MANY = 20
"""What is found before a sweep gives up: a bad write path may have no end of states."""
Do = Callable[[], Any]
Act = Callable[[int, str, Do, Do], Any]
"""Told of each call: its place, its name, how to do it, and how to do half of it."""


class Kernel:
    """The calls below a folder, in the order in which they come."""

    def __init__(self, below: Path, act: Act) -> None:
        self.below = str(below)
        self.act = act
        self.names: list[str] = []
        self.where: list[str] = []
        self._files: dict[int, str] = {}
        self._real = {name: getattr(os, name) for name in (*_ON_PATHS, *_ON_FILES, "open")}

    def _told(self, name: str, where: str, do: Do, half: Do) -> Any:
        self.names.append(name)
        self.where.append(where.removeprefix(self.below))
        return self.act(len(self.names) - 1, name, do, half)

    def _ours(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.below)

    def open(self, path: Any, flags: int, *rest: Any, **more: Any) -> int:
        def do() -> int:
            file = self._real["open"](path, flags, *rest, **more)
            self._files[file] = os.fspath(path)
            return int(file)

        if not self._ours(path):
            return int(self._real["open"](path, flags, *rest, **more))
        name = "open to write" if flags & _WRITES else "open"
        return int(self._told(name, os.fspath(path), do, lambda: None))

    def on_path(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(path: Any, *rest: Any, **more: Any) -> Any:
            if not self._ours(path):
                return real(path, *rest, **more)
            where = os.fspath(path)
            return self._told(name, where, lambda: real(path, *rest, **more), lambda: None)

        return call

    def on_file(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(file: int, *rest: Any) -> Any:
            if file not in self._files:
                return real(file, *rest)
            where = self._files.pop(file) if name == "close" else self._files[file]
            half = lambda: _half(real, file, rest)  # noqa: E731
            return self._told(name, where, lambda: real(file, *rest), half)

        return call

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take the calls; `os.fdopen` too, whose writes Python would make by itself."""
        fdopen = os.fdopen

        def opened(file: int, *rest: Any, **more: Any) -> Any:
            if file not in self._files:
                return fdopen(file, *rest, **more)
            return io.BufferedWriter(_Plain(file))

        wraps: dict[str, Any] = {name: self.on_path(name) for name in _ON_PATHS}
        wraps |= {name: self.on_file(name) for name in _ON_FILES}
        with patch.multiple(os, **wraps, open=self.open, fdopen=opened):
            yield


def _half(real: Callable[..., Any], file: int, rest: tuple[Any, ...]) -> Any:
    """Do half of a write; of anything else nothing."""
    if rest and isinstance(rest[0], bytes) and len(rest[0]) > 1:
        return real(file, rest[0][: len(rest[0]) // 2], *rest[1:])
    return None


class _Plain(io.RawIOBase):
    """A file that writes and closes by the calls that are watched."""

    def __init__(self, file: int) -> None:
        self.file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return os.write(self.file, bytes(data))

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self.file)


# What is swept


@dataclass(frozen=True, slots=True)
class Ended:
    """How an order ended: its exit code, what was said, and whether that was all."""

    code: int
    said: str
    tidy: bool = True


Run = Callable[[Path], Ended]
"""Gives an order on the book in a folder."""


@dataclass(frozen=True, slots=True)
class Case:
    """An order that changes a book once, however often it is given."""

    name: str
    before: Path
    """The folder as it is before; the book is `book` in it."""
    after: Path
    """The folder that an undisturbed run leaves."""
    run: Run
    codes: tuple[int, ...] = (0, 3, 5)
    """How it may end when a call fails: done, no access, not certain."""
    may_lack: str = "$^"
    """Files that a second run need not make, as a regular expression."""
    flaws: Callable[[Path], Sequence[str]] = lambda _: ()
    """What is wrong with the book in a folder."""


@dataclass
class Swept:
    """What a sweep tried, and what it found."""

    points: int = 0
    states: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    def count(self, what: str) -> int:
        return sum(what in found for found in self.found)

    def add(self, other: "Swept") -> None:
        self.points += other.points
        self.states += other.states
        self.answers += other.answers
        self.found += other.found


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return the files of a book, without what can be made again from them (`.mikroledger`)."""
    book = folder / "book"
    found: dict[str, bytes] = {}
    for above, _, names in os.walk(book):
        place = os.path.relpath(above, book)
        if not place.startswith(".mikroledger"):
            for name in names:
                found[os.path.normpath(f"{place}/{name}")] = Path(above, name).read_bytes()
    return found


def copy(source: Path, target: Path) -> None:
    """Copy a folder; a file with two names stays one."""
    shutil.copytree(source, target)
    first: dict[int, Path] = {}
    for path in source.rglob("*"):
        status = path.lstat()
        if path.is_file() and status.st_nlink > 1:
            here = target / path.relative_to(source)
            one = first.setdefault(status.st_ino, here)
            if one != here:
                here.unlink()
                here.hardlink_to(one)


class Sweep:
    """Sweeps one case; every state of the book that it meets is looked at once."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self.folder = folder
        self.work = folder / "work"
        self.before, self.after = snapshot(case.before), snapshot(case.after)
        self.swept = Swept()
        self.seen: set[str] = set()

    def kill(self, *, deep: bool = False, short: bool = False, every: int = 1) -> Swept:
        """Kill the order at every call and give it again; if `deep`, kill that too, and so on.

        Args:
            every: only every so-manieth call, from another one on for each order.
        """
        waiting = [(self.case.before, "")]
        while waiting and len(self.swept.found) < MANY:
            start, how = waiting.pop()
            names = self._to_the_end(start, how)
            if how and not deep:
                continue
            for place, moment in _some(_moments(names, short=short), every):
                self.swept.points += 1
                self._fresh(start)
                _die(self.case, self.work, place, moment)
                told = f"{how}killed {moment} call {place} ({names[place]}), "
                if kept := self._new(told):
                    waiting.append((kept, told))
        self.swept.states = len(self.seen)
        return self.swept

    def fail(self, numbers: Sequence[int], each: int, every: int = 1) -> Swept:
        """Fail every call with `each` of the errnos, in turn, and give the order again.

        Args:
            every: only every so-manieth call, from another one on for each order.
        """
        names = self._to_the_end(self.case.before, "")
        some = cycle(numbers)
        for place, name in _some(enumerate(names), every):
            picked = [next(some) for _ in range(each)]
            for number in (*picked, *([0] if name in {"write", "pwrite"} else [])):
                self.swept.points += 1
                self._failed(place, name, number)
        self.swept.states = len(self.seen)
        return self.swept

    def _failed(self, place: int, name: str, number: int) -> None:
        def act(at: int, _: str, do: Do, half: Do) -> object:
            return do() if at != place else _fails(name, number, do, half)

        told = f"call {place} ({name}) {os.strerror(number) if number else 'is short'}, "
        self._fresh(self.case.before)
        ended, kernel = _watched(self.case, self.work, act)
        self.swept.answers[ended.code] += 1
        if not ended.tidy or ended.code not in (self.case.codes if number else (0,)):
            self._wrong(told, f"ended with {ended.code}: {ended.said}")
        elif ended.code and not ended.said.strip():
            self._wrong(told, "nothing was said")
        elif name == "fsync" and number and _believed(kernel.where[place], ended):
            self._wrong(told, "was believed")
        elif kept := self._new(told):
            self._to_the_end(kept, told)

    def _to_the_end(self, start: Path, how: str) -> list[str]:
        """Give the order, undisturbed; return its calls."""
        self._fresh(start)
        ended, kernel = _watched(self.case, self.work, lambda _at, _name, do, _half: do())
        recover(DISK, self.work / "book")  # as the next command that writes would
        left = snapshot(self.work)
        strange = [
            name
            for name in sorted({*left, *self.after})
            if left.get(name) != self.after.get(name)
            and not (how and name not in left and re.search(self.case.may_lack, name))
            and not _temporary(name)
        ]
        if ended.code or strange:
            self._wrong(f"{how}and again", f"ended with {ended.code}: {ended.said} {strange}")
        for path in (self.work / "book").rglob(".tmp-*"):
            if "templates" not in path.parts:  # nothing of anybody's is in those
                self._wrong(f"{how}and again", f"left over: {path.relative_to(self.work)}")
        for flaw in self.case.flaws(self.work):
            self._wrong(f"{how}and again", flaw)
        return kernel.names

    def _new(self, told: str) -> Path | None:
        """Look at what is left in `work`; keep it if it was never met."""
        left = snapshot(self.work)
        whole = {name: content for name, content in left.items() if not _temporary(name)}
        for name in sorted({*whole, *self.before}):
            known = (self.before.get(name), self.after.get(name), b"")
            if whole.get(name) not in known:
                self._wrong(told, f"half visible: {name}")
        key = hashlib.sha256()
        for name, content in sorted(left.items()):
            shown = re.sub(r"\.tmp-[^/]*", ".tmp", name)
            key.update(f"{shown} {len(content)} ".encode() + content)
        if key.hexdigest() in self.seen:
            return None
        self.seen.add(key.hexdigest())
        kept = self.folder / f"state-{len(self.seen)}"
        copy(self.work, kept)
        return kept

    def _fresh(self, start: Path) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        copy(start, self.work)

    def _wrong(self, how: str, what: str) -> None:
        self.swept.found.append(f"{self.case.name}: {how}: {what}")


def _temporary(name: str) -> bool:
    return ".tmp-" in name


def _fails(name: str, number: int, do: Do, half: Do) -> object:
    """Fail a call: a write that fails has written a part, and a file is closed all the same.

    One that was interrupted has written nothing (write(2)), and Python gives it again.
    """
    done = do() if name == "close" else None if number == errno.EINTR else half()
    if number:
        raise OSError(number, os.strerror(number))
    return done


def _believed(where: str, ended: Ended) -> bool:
    """Tell whether an order was acknowledged although a sync failed.

    The run log may stay behind: the next command that books brings it up to date.
    """
    return not (where.startswith("/.mikroledger") or ended.code or "could not" in ended.said)


def _some(places: Iterable[_T], every: int) -> list[_T]:
    """Return every so-manieth of a command's places; where it begins depends on their number."""
    there = list(places)
    return there[len(there) % every :: every]


def _moments(names: Sequence[str], *, short: bool) -> Iterator[tuple[int, str]]:
    """Yield where to kill; after a call the disk is as it is before the next one."""
    for place, name in enumerate(names):
        if not (short and place):
            yield place, "before"
        if name in {"write", "pwrite"}:
            yield place, "in"
        yield place, "after"


def _die(case: Case, work: Path, place: int, moment: str) -> None:
    """Give the order in a process that is gone at a call: nothing is tidied up."""

    def act(at: int, _: str, do: Do, half: Do) -> object:
        if at == place and moment != "after":
            if moment == "in":
                half()
            os._exit(KILLED)
        try:
            return do()
        finally:
            if at == place:
                os._exit(KILLED)

    code = forked(lambda: _watched(case, work, act))
    assert code == KILLED, f"{case.name} ended with {code} and never came to call {place}"


def forked(do: Do) -> int:
    """Do something in a process of its own, and return how that ended."""
    child = os.fork()
    if not child:
        try:
            do()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _watched(case: Case, work: Path, act: Act) -> tuple[Ended, Kernel]:
    kernel = Kernel(work / "book", act)
    with kernel.watched():
        ended = case.run(work)
    return ended, kernel
