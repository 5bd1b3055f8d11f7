"""A disk that forgets: the running code sees real files, and a power cut what was synced.

Each operation is applied to a real folder, so the code under test reads what it wrote. Beside
it a model keeps what is on the platter: the bytes of a file after its fsync, and a name after
the fsync of its folder. That is stricter than ext4. A cut takes the platter and a seeded choice
of what was on its way: each unsynced write may be there, gone, torn at any byte, or zeros of
the right length, and any of them without the ones before it.

A failed fsync of a file drops its pages and marks them clean, as Linux does: the next fsync
says yes, and writes nothing. Names stay on their way after a failed fsync of a folder: no file
system that journals its names forgets them and goes on.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from mikroledger.journal.storage import FILE_MODE, Storage, _Disk

T = TypeVar("T")


class Raw(Storage, Protocol):
    """A storage with a call that planted code makes, and mikroledger never."""

    def open_any(self, path: Path, flags: int) -> int:
        """Open a file that may be there already."""


class RawDisk(_Disk):
    """The real disk, with that call."""

    def open_any(self, path: Path, flags: int) -> int:
        return os.open(path, os.O_WRONLY | flags, FILE_MODE)


Tree = Mapping[str, bytes | None]
"""What lies under a folder, by path: bytes of a file, None for a folder."""


class Gone(BaseException):
    """The process is dead: no handler of the code under test may see it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to a file that is not on the platter yet: bytes at a place, or a new end."""

    at: int
    data: bytes | None


@dataclass(eq=False)
class File:
    """A file: what readers see, what is on the platter, and what is between the two."""

    now: bytes = b""
    safe: bytes = b""
    late: list[Change] = field(default_factory=list)


@dataclass(eq=False)
class Folder:
    """A folder, likewise; each item of `late` is one step, and comes whole or not at all."""

    now: dict[str, "File | Folder"] = field(default_factory=dict)
    safe: dict[str, "File | Folder"] = field(default_factory=dict)
    late: list[Mapping[str, "File | Folder | None"]] = field(default_factory=list)

    def change(self, step: Mapping[str, "File | Folder | None"]) -> None:
        _step(self.now, step)
        self.late.append(step)


def _step(names: dict[str, File | Folder], step: Mapping[str, File | Folder | None]) -> None:
    for name, node in step.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Disk:
    """The disk of one machine, whose files lie in `root`; `watch` is told of each operation."""

    def __init__(self, root: Path, watch: Callable[[], None] = lambda: None) -> None:
        self.root = root
        self.watch = watch
        self.trace: list[str] = []
        self.count = 0  # of temporary names: none comes twice
        self.life = 0  # how often the power has gone; no process outlives it
        self.top = Folder()
        self.format({})

    def format(self, tree: Tree) -> None:
        """Begin with these files, all of them on the platter."""
        shutil.rmtree(self.root, ignore_errors=True)
        lay(tree, self.root)
        self.life += 1
        self.top = Folder()
        for name, content in sorted(tree.items()):
            *above, last = name.split("/")
            folder = self.top
            for part in above:
                inner = folder.now[part]
                assert isinstance(inner, Folder), name
                folder = inner
            node = Folder() if content is None else File(content, content)
            folder.now[last] = folder.safe[last] = node

    def visible(self) -> dict[str, bytes | None]:
        """Return what every process of this machine sees now."""
        return dict(_walk(self.top, lambda folder: folder.now, lambda file: file.now))

    def cut(self, dice: Random) -> dict[str, bytes | None]:
        """Return what a power cut at this moment leaves; the machine itself runs on."""
        files: dict[int, bytes] = {}  # a file with two names is one file

        def content(file: File) -> bytes:
            if id(file) not in files:
                files[id(file)] = _survives(file, dice)
            return files[id(file)]

        kind = dice.random()

        def names(folder: Folder) -> dict[str, File | Folder]:
            left = dict(folder.safe)
            for step in folder.late:
                if dice.random() < kind:
                    _step(left, step)
            return left

        return dict(_walk(self.top, names, content))

    def at(self, path: Path) -> File | Folder:
        node: File | Folder = self.top
        for part in path.relative_to(self.root).parts:
            assert isinstance(node, Folder), path
            if part not in node.now:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            node = node.now[part]
        return node

    def folder(self, path: Path) -> Folder:
        node = self.at(path)
        assert isinstance(node, Folder), path
        return node


def _walk(
    folder: Folder,
    names: Callable[[Folder], Mapping[str, File | Folder]],
    content: Callable[[File], bytes],
    above: str = "",
) -> Iterator[tuple[str, bytes | None]]:
    for name, node in names(folder).items():
        path = above + name
        if isinstance(node, File):
            yield path, content(node)
        else:
            yield path, None
            yield from _walk(node, names, content, f"{path}/")


def _changed(content: bytes, change: Change) -> bytes:
    if change.data is None:
        return content[: change.at]
    before = content[: change.at].ljust(change.at, b"\0")
    return before + change.data + content[change.at + len(change.data) :]


def _survives(file: File, dice: Random) -> bytes:
    """Return the platter's bytes with some of what was on its way."""
    left = file.safe
    for change in file.late:
        if change.data is None:
            left = _changed(left, change) if dice.random() < 0.5 else left
        elif data := _torn(change.data, dice):
            left = _changed(left, Change(change.at, data))
    return left


def _torn(data: bytes, dice: Random) -> bytes:
    """Return a write as a cut leaves it: gone, whole, torn, or partly zeros."""
    place = dice.randrange(len(data) + 1)
    match dice.randrange(6):
        case 0 | 1:
            return b""
        case 2:
            return data
        case 3:
            return data[:place]
        case 4:
            return data[:place] + bytes(len(data) - place)
        case _:
            return bytes(place) + data[place:]


def lay(tree: Tree, folder: Path) -> None:
    """Write a tree to a real folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in sorted(tree.items()):
        path = folder / name
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)


def tree_of(folder: Path) -> dict[str, bytes | None]:
    """Return the files of a real folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong for one process at its call number `at`.

    `error` fails the call; `sync` fails the next fsync of a file, once; `late` does what was
    asked, and then fails; `short` writes a part; `full` is a disk without space from here on;
    `die` ends the process; `meet` lets `other` run.
    """

    kind: str
    at: int
    number: int = errno.EIO
    other: Callable[[], None] = lambda: None


_GROWS = frozenset({"open_new", "open_end", "open_any", "write", "make_folder", "link", "append"})


@dataclass
class _Open:
    node: File
    at: int


class Process:
    """One process's way to the disk (`journal.storage.Storage`, and more for planted code)."""

    def __init__(self, disk: Disk, dice: Random, *faults: Fault) -> None:
        self.disk = disk
        self.calls = 0
        self._dice = dice
        self._faults = faults
        self._life = disk.life
        self._files: dict[int, _Open] = {}

    def temporary(self) -> str:
        self.disk.count += 1
        return f".tmp-{self.disk.count:016x}"

    def make_folder(self, path: Path) -> None:
        if not path.parent.is_dir():
            self.make_folder(path.parent)

        def act() -> None:
            there = path.is_dir()
            path.mkdir(exist_ok=True)
            if not there:
                self.disk.folder(path.parent).change({path.name: Folder()})

        self._do("make_folder", path, act)

    def open_new(self, path: Path) -> int:
        return self.open_any(path, os.O_CREAT | os.O_EXCL)

    def open_any(self, path: Path, flags: int) -> int:
        """Open a file that may be there already."""
        return self._do("open", path, lambda: self._open(path, flags))

    def write(self, file: int, data: bytes) -> int:
        short = any(fault.kind == "short" and fault.at == self.calls for fault in self._faults)
        part = self._dice.randrange(1, len(data) + 1) if short and data else len(data)
        return self._do("write", file, lambda: self._write(file, data[:part]))

    def fsync(self, file: int) -> None:
        node = self._files[file].node

        def act() -> None:
            for change in node.late:
                node.safe = _changed(node.safe, change)
            node.late = []

        def drop() -> None:
            node.safe, node.late = _survives(node, self._dice), []

        self._do("fsync", file, act, drop)

    def close(self, file: int) -> None:
        def act() -> None:
            os.close(file)
            del self._files[file]

        self._do("close", file, act, act)

    def link(self, old: Path, new: Path) -> None:
        def act() -> None:
            os.link(old, new)
            self.disk.folder(new.parent).change({new.name: self.disk.at(old)})

        self._do("link", new, act)

    def unlink(self, path: Path) -> None:
        def act() -> None:
            path.unlink()
            self.disk.folder(path.parent).change({path.name: None})

        self._do("unlink", path, act)

    def replace(self, old: Path, new: Path) -> None:
        """Rename over what is there, in one step."""
        assert old.parent == new.parent, "one step in one folder"

        def act() -> None:
            node = self.disk.at(old)
            old.replace(new)
            self.disk.folder(new.parent).change({old.name: None, new.name: node})

        self._do("replace", new, act)

    def open_end(self, path: Path) -> int:
        return self.open_any(path, os.O_CREAT | os.O_APPEND)

    def remove_folder(self, path: Path) -> None:
        def act() -> None:
            path.rmdir()
            self.disk.folder(path.parent).change({path.name: None})

        self._do("remove_folder", path, act)

    def fsync_folder(self, path: Path) -> None:
        def act() -> None:
            if not path.is_relative_to(self.disk.root):
                return  # what lies above this disk is not its business
            folder = self.disk.folder(path)
            folder.safe, folder.late = dict(folder.now), []

        self._do("fsync_folder", path, act)

    def die(self) -> None:
        """End: what is open is closed by the kernel, and nothing more is done."""
        self._life = -1
        for file in self._files:
            os.close(file)
        self._files.clear()

    def _open(self, path: Path, flags: int) -> int:
        folder = self.disk.folder(path.parent)
        there = path.name in folder.now
        file = os.open(path, os.O_WRONLY | flags, 0o640)
        if not there:
            folder.change({path.name: File()})
        node = folder.now[path.name]
        assert isinstance(node, File), path
        if flags & os.O_TRUNC and node.now:
            node.late.append(Change(0, None))
            node.now = b""
        self._files[file] = _Open(node, len(node.now) if flags & os.O_APPEND else 0)
        return file

    def _write(self, file: int, data: bytes) -> int:
        os.write(file, data)
        opened = self._files[file]
        change = Change(opened.at, data)
        opened.node.late.append(change)
        opened.node.now = _changed(opened.node.now, change)
        opened.at += len(data)
        return len(data)

    def _do(
        self,
        call: str,
        what: object,
        act: Callable[[], T],
        broken: Callable[[], object] = lambda: None,
    ) -> T:
        """Do one call, or what goes wrong with it, and tell who watches."""
        now, self.calls = self.calls, self.calls + 1
        self._ends(now)
        number = self._fails(call, now)
        self.disk.trace.append(f"{call} {what}{f' fails: {os.strerror(number)}' * bool(number)}")
        if number:
            broken()
            raise OSError(number, os.strerror(number))
        done = act()
        self.disk.watch()
        for fault in self._faults:
            if fault.at == now and fault.kind == "late":
                self.disk.trace.append("  and fails")
                raise OSError(fault.number, os.strerror(fault.number))
        return done

    def _ends(self, now: int) -> None:
        if self._life == self.disk.life:
            for fault in self._faults:
                if fault.at == now and fault.kind == "meet":
                    fault.other()
                elif fault.at == now and fault.kind == "die":
                    self.disk.trace.append("dies")
                    self.die()
        if self._life != self.disk.life:
            self.die()
            raise Gone

    def _fails(self, call: str, now: int) -> int:
        for fault in self._faults:
            if fault.at == now and fault.kind == "error":
                return fault.number
            if fault.at <= now and fault.kind == "full" and call in _GROWS:
                return errno.ENOSPC
            if fault.at <= now and fault.kind == "sync" and call == "fsync":
                self._faults = tuple(other for other in self._faults if other is not fault)
                return errno.EIO
        return 0
