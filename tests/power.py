"""Power cuts on a real kernel: ext4 on a loop device, shut down in the middle of a call.

The ioctl stops the file system as a power failure would: what is not on the device is gone.
Flag 1 writes the journal of names first and drops the data, flag 2 drops both. The image is
new for each cut, and the next waits until the device is free: one that is used again can show
blocks of the one before.
"""

import fcntl
import os
import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from cuts import Found, Tally, Wrong
from disk import RawDisk, tree_of
from planted import WritePath
from sweep import Do, Kernel
from tinybook import DAYS, FILES, INIT, LOANS, Order, read

from mikroledger.errors import MikroledgerError
from mikroledger.journal.file import FileJournal, create

SHUTDOWN = 0x8004587D
SIZE = 16 << 20
OPTIONS = ("data=ordered", "data=writeback,noauto_da_alloc", "data=journal")
"""How ext4 is mounted, in turn: the second is the hardest on a program."""


def missing(folder: Path) -> str:
    """Say why this machine cannot do it, or nothing."""
    if os.geteuid() != 0:
        return "only root may mount"
    image = folder / "tried.img"
    try:
        _format(image)
        with mounted(image, folder / "tried", OPTIONS[0]) as place:
            _fail(place, 2)
    except OSError as error:
        return str(error)
    return ""


def _format(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", image)


def _fail(place: Path, flag: int) -> None:
    """Let the power of a mounted disk fail."""
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", flag))
    finally:
        os.close(folder)


def _run(*words: str | Path) -> str:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, check=False, env={"PATH": path}
    )
    if done.returncode:
        raise OSError(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def mounted(image: Path, place: Path, options: str) -> Iterator[Path]:
    """Mount an image, and let go of its device afterwards."""
    place.mkdir(exist_ok=True)
    _run("mount", "-o", f"loop,{options}", image, place)
    try:
        yield place
    finally:
        _run("umount", place)
        for _ in range(1000):
            if not _run("losetup", "-j", image):
                break


def powercuts(
    path: WritePath, seeds: Iterator[int], cuts: int, folder: Path, *, real: bool = True
) -> Tally:
    """Cut the power so many times, each time on a new image; stop at the first broken promise."""
    tally = Tally()
    _format(folder / "empty.img")
    create(folder / "template", FILES, INIT)
    while tally.cuts < cuts and not tally.found:
        seed = next(seeds)
        machine = _Machine(seed, path, folder, real=real)
        try:
            machine.cut()
        except Wrong as wrong:
            tally.found.append(Found(seed, machine.at, str(wrong), ()))
        tally.lives += 1
        tally.cuts += 1
        tally.answers["booked"] += len(machine.acked)
    return tally


class _Machine:
    """A machine with one disk, whose power fails once."""

    def __init__(self, seed: int, path: WritePath, folder: Path, *, real: bool) -> None:
        dice = Random(seed)
        self.path, self.folder, self.real = path, folder, real
        self.place = folder / "mounted"
        self.book = self.place / "srv" / "book"
        self.new = real and dice.random() < 0.2  # the book itself is made there, too
        self.options = dice.choice(OPTIONS)
        self.flag = dice.choice((1, 2))
        self.orders = [
            Order(f"K{number}", dice.choice(LOANS), 100, dice.choice(DAYS)) for number in range(3)
        ]
        self.moment = dice.choice(("before", "in", "after"))
        # where it fails: mostly in the first posting, for there the folder of the month is new
        self.at = dice.randrange(200 if self.new else 60)
        self.acked: set[str] = set()

    def cut(self) -> None:
        """Work until the power fails, mount the disk again, and look."""
        image = self.folder / "machine.img"
        shutil.copyfile(self.folder / "empty.img", image)
        with mounted(image, self.place, self.options):
            self.book.parent.mkdir()
            if not self.new:
                shutil.copytree(self.folder / "template", self.book)
            os.sync()
            self.acked = self._work()
        with mounted(image, self.place, self.options):
            self._check()
        image.unlink()

    def _work(self) -> set[str]:
        """Give the orders in a process that dies with the power; return what it acknowledged."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                with Kernel(self.book, self._act).watched():
                    self._orders(lambda key: os.write(writer, f"{key}\n".encode()))
                self._fail()
            finally:
                os._exit(1)
        os.close(writer)
        with os.fdopen(reader) as told:
            lines = told.read().split()
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, "the power did not fail"
        return set(lines)

    def _orders(self, tell: Callable[[str], object]) -> None:
        if self.new:
            create(self.book, FILES, INIT)
            tell("init")
        for order in self.orders:
            self.path(RawDisk(), self.book, order)
            tell(order.key)

    def _act(self, at: int, _name: str, do: Do, half: Do) -> object:
        if at != self.at:
            return do()
        if self.moment == "in":
            half()
        if self.moment == "after":
            with suppress(OSError):
                do()
        self._fail()
        return None

    def _fail(self) -> None:
        _fail(self.place, self.flag)
        os._exit(0)

    def _check(self) -> None:
        """Read, give every order again, and read once more."""
        there = (self.book / "main.beancount").exists()
        if not there:
            if self.acked or not self.new:
                raise Wrong("lost", "the book itself")
            shutil.rmtree(self.book, ignore_errors=True)
            create(self.book, FILES, INIT)
        self._sound(self.acked - {"init"}, "after the power cut")
        try:
            for order in (*self.orders, Order("NEXT", LOANS[0], 7, DAYS[0])):
                self.path(RawDisk(), self.book, order)
        except MikroledgerError as error:
            raise Wrong("answer", f"after the power cut: {error}") from error
        self._sound({order.key for order in self.orders} | {"NEXT"}, "after the same orders again")
        if self.real and (flaws := FileJournal(self.book).read().flaws):
            raise Wrong("chain", flaws[0][1])

    def _sound(self, wanted: set[str], when: str) -> None:
        reading = read(tree_of(self.book))
        keys = Counter(key for key, *_ in reading.facts.elements())
        if reading.torn:
            raise Wrong("half visible", f"{when}: {', '.join(reading.torn)}")
        if lost := wanted - set(keys):
            raise Wrong("lost", f"{when}: {sorted(lost)}")
        if max(keys.values(), default=0) > 1:
            raise Wrong("doubled", f"{when}: {keys}")
