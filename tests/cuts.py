"""Lives of a book on the disk that forgets: orders, faults, and power cuts after every call.

A life is played from one seed. After each call that a process makes, a reader without a lock
looks at the book, and power cuts are tried: what each leaves is read, and for a share of them
the machine comes back, the operator gives the same order again with the same key, and then
another one. Some cuts are real: the life goes on with what is left, so that recovery is cut too.
"""

import contextlib
import errno
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from disk import Disk, Fault, Gone, Process, Raw, RawDisk, lay, tree_of
from tinybook import (
    DAYS,
    FILES,
    INIT,
    LOANS,
    NO_WAIT,
    Fact,
    Order,
    Reading,
    book_it,
    is_bound,
    read,
)

from mikroledger.domain.ledger import Ledger
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError
from mikroledger.journal.file import FileJournal, create
from mikroledger.journal.storage import Storage

WritePath = Callable[[Raw, Path, Order], None]
DISK = RawDisk()
ERRNOS = (
    errno.EIO,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EROFS,
    errno.EMFILE,
    errno.ENOENT,
    errno.EINTR,
    errno.EFBIG,
    errno.ENOMEM,
)
BIND_SHARE = 0.2
NEXT_DAYS = (date(2011, 8, 1), date(2011, 9, 1))
_KINDS = ("error", "error", "sync", "late", "short", "full", "die", "die", "meet")


class Wrong(BaseException):
    """A promise was broken; no handler of the code under test may see it."""

    def __init__(self, what: str, told: str) -> None:
        super().__init__(f"{what}: {told}")
        self.what = what


@dataclass(frozen=True, slots=True)
class Found:
    """A broken promise, and how to see it again."""

    seed: int
    cut: int
    what: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        return f"seed {self.seed}, after cut {self.cut}: {self.what}"


@dataclass
class Tally:
    """What was tried, and what was found."""

    lives: int = 0
    calls: int = 0
    cuts: int = 0
    restarts: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)

    @property
    def kinds(self) -> tuple[int, int, int, int]:
        """How many were lost, doubled, half visible, or anything else."""
        kinds = ("lost", "doubled", "half visible")
        counts = [sum(found.what.startswith(kind) for found in self.found) for kind in kinds]
        return counts[0], counts[1], counts[2], len(self.found) - sum(counts)

    def add(self, other: "Tally") -> None:
        self.lives += other.lives
        self.calls += other.calls
        self.cuts += other.cuts
        self.restarts += other.restarts
        self.answers += other.answers
        self.found += other.found


@dataclass(frozen=True, slots=True)
class Setting:
    """How a life is played."""

    path: WritePath = book_it
    real: bool = True
    """Whether the real code can read the book that `path` writes."""
    cuts_per_call: int = 4
    restart_share: float = 0.1


def lives(
    setting: Setting, seeds: Iterator[int], cuts: int, folder: Path, *, stop: bool = False
) -> Tally:
    """Play lives until so many cuts have been tried, or, to `stop`, until something is found."""
    tally = Tally()
    book = folder / "template"
    create(book, FILES, INIT)
    for seed in seeds:
        if tally.cuts >= cuts or (stop and tally.found):
            break
        Life(seed, setting, folder, tally).play()
    return tally


class Life:
    """One life of one book."""

    def __init__(self, seed: int, setting: Setting, folder: Path, tally: Tally) -> None:
        self.seed = seed
        self.dice = Random(seed)
        self.setting = setting
        self.folder = folder
        self.tally = tally
        self.cuts = 0
        self.made = False  # whether init was acknowledged
        self.sure: dict[str, Fact] = {}  # acknowledged, by key
        self.tried: set[Fact] = set()
        self.order = Order("K0")
        self.disk = Disk(folder / "machine")
        self.book = self.disk.root / "book"
        self.prefix = "book/"

    def play(self) -> None:
        """Play it, and write down the first promise that is broken."""
        self.tally.lives += 1
        try:
            self._begin()
            for order in self._orders():
                if self.setting.real and self.dice.random() < BIND_SHARE:
                    self._bind()
                self._insist(order)
            self._true_to_life()
        except Wrong as wrong:
            trace = tuple(self.disk.trace)
            self.tally.found.append(Found(self.seed, self.cuts, str(wrong), trace))
        self.tally.calls += len(self.disk.trace)
        self.tally.cuts += self.cuts

    def _begin(self) -> None:
        self.disk.watch = self._look
        if not self.setting.real or self.dice.random() < 0.8:
            template = tree_of(self.folder / "template")
            self.disk.format({"book": None, **{f"book/{n}": c for n, c in template.items()}})
            self.made = True
            return
        self.prefix = "srv/town/book/"
        self.book = self.disk.root / self.prefix
        tries, answer = 0, "dead"
        while answer != "booked":
            faults = self._faults(40) if tries < 3 else []
            answer = self._answer(lambda disk: _init(disk, self.book), faults)
            tries += 1
            if answer == "booked" or (self.book / "main.beancount").exists():
                break
            self.disk.format({})  # the operator empties the folder, as the message says
        self.made = True
        with contextlib.suppress(Gone):
            self._look()

    def _orders(self) -> Iterator[Order]:
        for _ in range(self.dice.randrange(2, 5)):
            yield self._any_order()

    def _any_order(self) -> Order:
        dice = self.dice
        return Order(f"K{dice.randrange(3)}", dice.choice(LOANS), 100, dice.choice(DAYS))

    def _bind(self) -> None:
        """Bind a month, until that is certain: it changes nothing that the book says."""
        month = f"{self.dice.choice(DAYS):%Y-%m}"
        tries, answer, before = 0, "dead", self._seen().there
        while answer != "booked":
            if tries > 3 and answer != "dead":
                raise Wrong("answer", f"binding {month} is {answer} on a disk without faults")
            faults = self._faults(16) if tries < 3 else []
            answer = self._answer(
                lambda disk: FileJournal(self.book, disk, NO_WAIT).bind(month), faults
            )
            tries += 1
        if not before <= self._seen().there:
            raise Wrong("lost", f"binding {month} left {self._seen().there} of {before}")

    def _insist(self, order: Order) -> None:
        """Give an order again with the same key until the answer is certain."""
        tries, answer = 0, "dead"
        while answer not in {"booked", "refused"}:
            if tries > 3 and answer != "dead":
                raise Wrong("answer", f"{order} is {answer} on a disk without faults")
            self.order = order
            answer = self._give(order, self._faults(16) if tries < 3 else [])
            tries += 1

    def _faults(self, calls: int) -> list[Fault]:
        """Draw what goes wrong: mostly one thing, sometimes two, sometimes nothing."""
        return [
            Fault(
                self.dice.choice(_KINDS),
                self.dice.randrange(calls),
                self.dice.choice(ERRNOS),
                self._another,
            )
            for _ in range(self.dice.choice((0, 1, 1, 1, 2)))
        ]

    def _another(self) -> None:
        """Another process gives its order between two calls of the first."""
        before, self.order = self.order, self._any_order()
        self._give(self.order, [])
        self.order = before

    def _give(self, order: Order, faults: list[Fault]) -> str:
        before = self._seen().there
        self.tried.add(order.fact)
        answer = self._answer(lambda disk: self.setting.path(disk, self.book, order), faults)
        if answer == "booked":
            if self.sure.setdefault(order.key, order.fact) != order.fact:
                raise Wrong("doubled", f"{order.fact} and {self.sure[order.key]} are both booked")
            with contextlib.suppress(Gone):
                self._look()
        others = any(fault.kind in {"meet", "late"} for fault in faults)
        if answer in {"refused", "not booked"} and not others and self._seen().there != before:
            raise Wrong("answer", f"{order.fact} was {answer}, and the book has changed")
        closed = any(fault.number in {errno.EACCES, errno.EROFS} for fault in faults)
        taken = any(key == order.key for key, *_ in self._seen().facts)
        taken |= is_bound(self._tree(self.disk.visible()), order.day)
        if answer == "refused" and self.made and not (closed or taken or others):
            raise Wrong("answer", f"{order.fact} was refused without a reason")
        return answer

    def _answer(self, act: Callable[[Process], object], faults: list[Fault]) -> str:
        """Return booked, refused, not booked, unknown, or dead: there is no other answer."""
        process = Process(self.disk, self.dice, *faults)
        try:
            act(process)
            answer = "booked"
        except Gone:
            answer = "dead"
        except NotCertainError as error:
            said = error.text.en
            answer = "not booked" if "Nothing" in said else "unknown"
            if "same command again" not in " ".join(said.split()):
                raise Wrong("answer", f"no next step in: {said}") from error
        except (RefusedError, BrokenBookError) as error:
            self.disk.trace.append(f"refused: {error.text.en}")
            answer = "refused"
        except Exception as error:
            raise Wrong("answer", f"{type(error).__name__} {error}") from error
        finally:
            process.die()
        self.tally.answers[answer] += 1
        return answer

    def _true_to_life(self) -> None:
        """The lock and the index are written past the storage, and no promise."""
        real, model = tree_of(self.disk.root), self.disk.visible()
        state = f"{self.prefix}.mikroledger/"
        lock = f"{state}lock"
        past = {name: real[name] for name in real if name.startswith(f"{state}index")}
        if {**real, lock: b""} != {**model, **past, lock: b""}:
            raise Wrong("model", "the model is not the disk")

    # looking at it

    def _look(self) -> None:
        """Read without a lock, then try what power cuts at this moment would leave."""
        self._check(self._seen(), "seen by a reader")
        for _ in range(self.setting.cuts_per_call):
            self.cuts += 1
            tree = self._tree(whole := self.disk.cut(self.dice))
            self._check(read(tree), "after a power cut", there="main.beancount" in tree)
            if self.dice.random() < self.setting.restart_share:
                self._restart(whole)
        if self.dice.random() < 0.01:
            self.disk.trace.append("the power is cut")
            self.disk.format(self.disk.cut(self.dice))
            raise Gone

    def _tree(self, tree: dict[str, bytes | None]) -> dict[str, bytes | None]:
        start = len(self.prefix)
        return {n[start:]: c for n, c in tree.items() if n.startswith(self.prefix)}

    def _seen(self) -> Reading:
        return read(self._tree(self.disk.visible()))

    def _check(self, reading: Reading, when: str, *, there: bool = True) -> None:
        if not there:
            if self.made:
                raise Wrong("lost", f"{when}: the book itself")
            return
        if reading.torn:
            raise Wrong("half visible", f"{when}: {', '.join(reading.torn)}")
        keys = Counter(key for key, *_ in reading.facts.elements())
        if any(times > 1 for times in keys.values()):
            raise Wrong("doubled", f"{when}: {keys}")
        if lost := set(self.sure.values()) - set(reading.facts):
            raise Wrong("lost", f"{when}: {lost}")
        if strange := set(reading.facts) - self.tried:
            raise Wrong("invented", f"{when}: {strange}")
        if self.setting.real and reading.broken:
            raise Wrong("chain", f"{when}: {reading.broken[0]}")

    def _restart(self, tree: dict[str, bytes | None]) -> None:
        """Bring the machine back on another disk: same order again, and then another one."""
        self.tally.restarts += 1
        machine = self.folder / "restart"
        shutil.rmtree(machine, ignore_errors=True)
        lay(tree, machine)
        book = machine / self.prefix
        self._beside(book)
        there = (book / "main.beancount").exists()
        if self.setting.real and not there:
            shutil.rmtree(book, ignore_errors=True)
            _init(DISK, book)
        if self.setting.real:
            self._agree(book)
        for order in (self.order, Order("NEXT", LOANS[1], 7, self.dice.choice(NEXT_DAYS))):
            self._again(book, order)
        self._check_all(book)

    def _beside(self, book: Path) -> None:
        """Let what is written past the storage survive as it stands: the index, ahead of all."""
        state = self.book / ".mikroledger"
        if not (book / ".mikroledger").is_dir() or self.dice.random() < 0.5:
            return
        for path in state.iterdir():
            kept = book / ".mikroledger" / path.name
            if not kept.exists():
                shutil.copy2(path, kept)

    def _again(self, book: Path, order: Order) -> None:
        """Book an order on a disk without faults: it is booked, or its key is taken."""
        try:
            self.setting.path(DISK, book, order)
            refused = ""
        except RefusedError as error:
            refused = f"{error}"
        except Exception as error:
            raise Wrong("answer", f"after a power cut: {type(error).__name__} {error}") from error
        tree = tree_of(book)
        facts = {fact for fact in read(tree).facts if fact[0] == order.key}
        if refused and not facts - {order.fact} and not is_bound(tree, order.day):
            raise Wrong("answer", f"after a power cut: {refused}")
        if not refused and facts != {order.fact}:
            raise Wrong("lost" if not facts else "doubled", f"{order.fact} booked, {facts} there")

    def _check_all(self, book: Path) -> None:
        tree = tree_of(book)
        reading = read(tree)
        next_one = ("NEXT", LOANS[1], 7)
        self.tried |= {next_one, self.order.fact}
        self._check(reading, "after a power cut and the same order again")
        self.tried -= {next_one}
        if self.setting.real:
            if flaws := self._agree(book).flaws:
                raise Wrong("chain", f"after a power cut: {flaws[0][1]}")
            left = [name for name in tree if "/.tmp-" in name]
            if left:
                raise Wrong("left over", left[0])

    def _agree(self, book: Path) -> Ledger:
        """Compare with what mikroledger reads."""
        reading = read(tree_of(book))
        try:
            ledger = FileJournal(book).read()
        except BrokenBookError as error:
            raise Wrong("half visible", f"after a power cut: {error}") from error
        # A month that is not included yet may be seen by its folder, or not be seen.
        total = ledger.balance("Assets:Clearing:Repayments")
        told = (sorted(ledger.keys), int(total))
        if told not in (_summed(reading.facts), _summed(reading.there)):
            raise Wrong("reading", f"{told} against {reading}")
        return ledger


def _summed(facts: Counter[Fact]) -> tuple[list[str], int]:
    return sorted(key for key, *_ in facts), sum(n * times for (*_, n), times in facts.items())


def _init(storage: Storage, book: Path) -> None:
    create(book, FILES, INIT, storage=storage)
