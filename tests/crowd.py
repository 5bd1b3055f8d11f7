"""Many processes book on the same loans at once, and readers without a lock look all the while.

The orders cross on purpose: every process books on every loan, half of them in another month
(as around midnight at the month's end), so that a write path that needs no lock is a rare one.
The same crowd without the lock must fail, or it shows nothing.
"""

import os
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from disk import RawDisk
from fakes import FakeDebtors
from tinybook import DAYS, FILES, INIT, LOANS, Order

from mikroledger.domain.plan import Terms
from mikroledger.errors import MikroledgerError, NotCertainError, RefusedError
from mikroledger.journal.file import FileJournal, create
from mikroledger.journal.lock import Waiting
from mikroledger.money import kroner
from mikroledger.services.approve import Approval, approve
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.wiring import new_book

Post = Callable[[Path, Order], str]
"""Books an order, and says booked, already or refused."""
DAY = date(2011, 3, 1)
_THERE = frozenset({"booked", "already"})
REPAYMENTS = "Assets:Clearing:Repayments"


class _Everybody(FakeDebtors):
    """A register that knows everybody: each loan is another borrower's."""

    def has(self, number: str) -> bool:
        return True


def town(book: Path, loans: int) -> tuple[str, ...]:
    """Make a book with loans that are paid out, and return their numbers."""
    off = '1970-01-01 custom "mikroledger" "countersign" "off"\n'
    new_book(book, DAY, "anl", more={"policy.beancount": off})
    journal, who, made = FileJournal(book), Who("anl", DAY), []
    terms = Terms(first_due=date(2011, 9, 1), count=20)
    for number in range(1, loans + 1):
        decision = f"2011-{number:04d}"
        debtor = f"D{number:04d}"
        order = Approval("loan", debtor, kroner(42000), DAY, decision=decision, terms=terms)
        loan = approve(journal, _Everybody(), order, who).loan
        pay(journal, Pay("disburse", loan, kroner(42000), DAY, f"OUT-{number}"), who)
        made.append(loan)
    return tuple(made)


def tiny(book: Path) -> tuple[str, ...]:
    """Make the smallest book, for planted write paths."""
    create(book, FILES, INIT)
    return LOANS


def by_service(book: Path, order: Order) -> str:
    """Book a repayment as the command does."""
    journal = FileJournal(book, waiting=Waiting(seconds=600))
    wanted = Pay("repay", order.loan, kroner(order.amount), DAY, order.key)
    return pay(journal, wanted, Who("anl", order.day)).outcome


def by_path(path: Callable[[RawDisk, Path, Order], None]) -> Post:
    """Book by a write path of `planted`."""

    def post(book: Path, order: Order) -> str:
        path(RawDisk(), book, order)
        return "booked"

    return post


# Reading without a lock

_POSTING = re.compile(rb"^  ([A-Z][\w:-]+) +(-?\d+\.\d\d) DKK$", re.MULTILINE)
_KEY = re.compile(rb'^  key: "(?:repay:)?(\w+)"$', re.MULTILINE)
_MINE = re.compile(rb"[DST]\d+x\d+")


@dataclass(frozen=True, slots=True)
class _Page:
    keys: tuple[str, ...]
    paid: Decimal
    whole: bool


@cache
def _page(content: bytes) -> _Page:
    sums: Counter[bytes] = Counter()
    for account, amount in _POSTING.findall(content):
        sums[account] += Decimal(amount.decode())  # type: ignore[assignment]
    keys = tuple(key.decode() for key in _KEY.findall(content) if _MINE.fullmatch(key))
    whole = content.endswith(b"\n") and not sum(sums.values())
    return _Page(keys, Decimal(sums[REPAYMENTS.encode()]), whole)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one read of all files finds."""

    keys: Counter[str]
    paid: Decimal
    torn: tuple[str, ...]


def look(book: Path) -> Seen:
    """Read every commit as it lies there."""
    keys: Counter[str] = Counter()
    paid, torn = Decimal(), []
    for path in sorted((book / "journal").glob("*/*.beancount")):
        found = _page(path.read_bytes())
        keys.update(found.keys)
        paid += found.paid if found.keys else 0
        if not found.whole:
            torn.append(path.name)
    return Seen(keys, paid, tuple(torn))


# The crowd


@dataclass
class Crowded:
    """What became of a crowd."""

    name: str
    seconds: float = 0.0
    postings: int = 0
    reads: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    half: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.postings / self.seconds

    @property
    def told(self) -> list[str]:
        """What is wrong, a line each."""
        counts = {"lost": self.lost, "doubled": self.doubled, "half visible": self.half}
        bad = [f"{self.name}: {number} {what}" for what, number in counts.items() if number]
        return bad + [f"{self.name}: {what}" for what in self.wrong]


def same(processes: int, count: int, loans: Sequence[str]) -> list[list[Order]]:
    """Every process gives the same orders, each from another place on."""
    orders = [_order(f"S0x{n}", loans[n % len(loans)], 0) for n in range(count)]
    return [_from(orders, p * count // processes, p) for p in range(processes)]


def different(processes: int, count: int, loans: Sequence[str]) -> list[list[Order]]:
    """Every process gives its own orders, on all loans."""
    return [
        [_order(f"D{p}x{n}", loans[(n + p) % len(loans)], p) for n in range(count)]
        for p in range(processes)
    ]


def torn(processes: int, count: int, loans: Sequence[str]) -> list[list[Order]]:
    """Every process gives the same keys, half of them for another loan: one loan gets it."""
    return [[_order(f"T0x{n}", loans[p % 2], p) for n in range(count)] for p in range(processes)]


CROWDS = {"different keys": different, "same keys": same, "same keys on two loans": torn}


def first_flaw(path: Callable[[RawDisk, Path, Order], None], folder: Path) -> str:
    """Let small crowds book by a planted path, and return what it does wrong first."""
    for number in range(20):
        for name, orders in CROWDS.items():
            book = folder / f"{number}-{name}"
            notes = book.with_name(f"{book.name}-notes")
            found = crowd(name, book, by_path(path), orders(4, 12, tiny(book)), notes).told
            if found:
                return f"crowd {number}, {found[0]}"
    return ""


def _order(key: str, loan: str, process: int) -> Order:
    return Order(key, loan, 1, DAYS[process % 2])


def _from(orders: list[Order], start: int, process: int) -> list[Order]:
    turned = orders[start:] + orders[:start]
    return [Order(o.key, o.loan, o.amount, DAYS[process % 2]) for o in turned]


def crowd(name: str, book: Path, post: Post, orders: list[list[Order]], notes: Path) -> Crowded:
    """Let every list of orders be given by a process of its own, and look at what came of it."""
    notes.mkdir(parents=True)
    began = time.perf_counter()
    readers = [_fork(lambda n=n: _watch(book, notes, n)) for n in range(2)]  # type: ignore[misc]
    workers = [
        _fork(lambda p=p, mine=mine: _work(book, post, mine, notes / f"acks-{p}"))  # type: ignore[misc]
        for p, mine in enumerate(orders)
    ]
    _wait(workers)
    (notes / "done").touch()
    _wait(readers)
    result = Crowded(name, time.perf_counter() - began, sum(map(len, orders)))
    _settle(result, book, notes)
    return result


def _work(book: Path, post: Post, orders: list[Order], acks: Path) -> None:
    with acks.open("w", buffering=1) as out:
        for order in orders:
            out.write(f"{order.key} {order.loan} {_insist(book, post, order)}\n")


def _insist(book: Path, post: Post, order: Order) -> str:
    """Give an order until the answer is certain."""
    for _ in range(10_000):
        try:
            return post(book, order)
        except RefusedError:
            return "refused"
        except NotCertainError:
            continue
        except MikroledgerError:
            break
    return "never"


def _watch(book: Path, notes: Path, number: int) -> None:
    """Read until all is done; each read must hold what was acknowledged before it."""
    os.nice(5)  # a reader is there to see, not to hold up
    reads, last = 0, False
    with (notes / f"reads-{number}").open("w", buffering=1) as out:
        while not last:
            last = (notes / "done").exists()
            acked = {key for key, _, outcome in _acks(notes) if outcome in _THERE}
            seen = look(book)
            reads += 1
            for what in _flaws(acked, seen):
                out.write(f"{what}\n")
            if number == 0 and reads % 50 == 0:
                out.writelines(f"wrong {what}\n" for what in _asked(book, acked))
        out.write(f"reads {reads}\n")


def _flaws(acked: set[str], seen: Seen) -> Iterator[str]:
    if missing := acked - set(seen.keys):
        yield f"lost {len(missing)}: {min(missing)}"
    if twice := [key for key, times in seen.keys.items() if times > 1]:
        yield f"doubled {len(twice)}: {twice[0]}"
    if seen.torn:
        yield f"half {len(seen.torn)}: {seen.torn[0]}"
    if seen.paid != sum(seen.keys.values()):
        yield f"half 1: {seen.paid} paid by {sum(seen.keys.values())} postings"


def _acks(notes: Path) -> list[tuple[str, str, str]]:
    found = []
    for path in sorted(notes.glob("acks-*")):
        text = path.read_text()
        for line in text[: text.rfind("\n") + 1].splitlines():
            key, loan, outcome = line.split()
            found.append((key, loan, outcome))
    return found


def _settle(result: Crowded, book: Path, notes: Path) -> None:
    """Compare what was acknowledged with what is there, and ask mikroledger too."""
    acks = _acks(notes)
    result.outcomes = Counter(outcome for *_, outcome in acks)
    answers = sum(outcome != "never" for *_, outcome in acks)
    if answers != result.postings:
        result.wrong.append(f"{result.postings - answers} orders without an answer")
    told = "\n".join(path.read_text() for path in sorted(notes.glob("reads-*")))
    result.reads = sum(int(n) for n in re.findall(r"^reads (\d+)$", told, re.MULTILINE))
    acked = {key for key, _, outcome in acks if outcome in _THERE}
    told += "\n" + "\n".join(_flaws(acked, look(book)))
    for what in ("lost", "doubled", "half"):
        counts = re.findall(rf"^{what} (\d+)", told, re.MULTILINE)
        setattr(result, what, max(map(int, counts), default=0))
    where = {key: loan for key, loan, outcome in acks if outcome in _THERE}
    result.doubled += sum(where[key] != loan for key, loan, outcome in acks if outcome in _THERE)
    result.wrong += re.findall(r"^wrong (.*)$", told, re.MULTILINE)
    result.wrong += _asked(book, acked)


def _asked(book: Path, acked: set[str]) -> Iterator[str]:
    try:
        ledger = FileJournal(book).read()
    except Exception as error:  # noqa: BLE001
        yield f"{type(error).__name__} {error}"
        return
    yield from (flaw for _, flaw in ledger.flaws)
    mine = {key.removeprefix("repay:") for key in ledger.keys}
    if not acked <= mine:
        yield f"{len(acked - mine)} acknowledged keys that mikroledger does not find"


def _fork(do: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        code = 1
        try:
            do()
            code = 0
        except BaseException:  # noqa: BLE001  # nothing may come back out of a fork
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def _wait(children: list[int]) -> None:
    for child in children:
        os.waitpid(child, 0)
