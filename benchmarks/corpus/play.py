"""Give a municipality's documents and orders to the services, as its staff would."""

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from fakes import FakeJournal

from benchmarks.corpus.dialects import BANKS, ERPS, MAPS
from benchmarks.corpus.town import IN_ORDER, SHUFFLED, Town
from benchmarks.corpus.truth import NOUGHT, Decision, Line, Order, Person, Row
from mikroledger.domain.ledger import Draft, Meta, Posting, Record, Transaction
from mikroledger.domain.letter import Addressee
from mikroledger.domain.plan import Terms
from mikroledger.domain.record import Document
from mikroledger.errors import MikroledgerError
from mikroledger.importers.document import read_bytes
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.reverse import reverse

ACCOUNT = "0040 0000000017"
"""The municipality's account; all statements are of it."""
Step = Callable[["Play"], None]
Timed = tuple[tuple[date, int], str, Step]
"""What comes in: its day and its source, its name, and what to do."""
_ON_WHAT_STANDS = frozenset(
    {"defer", "fix", "reverse", "letter", "note", "hand-pay", "hand-move"},
)
"""Orders that follow from what the book says: they come after all documents of a shuffled town."""


class Register:
    """The borrowers of one municipality, as services know them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by_person = {person.digits: person.debtor for person in people}
        self._numbers = frozenset(self._by_person.values())
        self._payers: dict[str, tuple[str, str]] = {}

    def has(self, number: str) -> bool:
        """Tell whether a debtor is registered."""
        return number in self._numbers

    def by_person(self, digits: str) -> str | None:
        """Return the debtor with a CPR number."""
        return self._by_person.get(digits)

    def payer(self, text: str) -> tuple[str, str] | None:
        """Return whose text on a bank's line this is: none is recorded here."""
        return self._payers.get(text)

    def addressee(self, number: str) -> Addressee:
        """Return whom to write to; nobody is called like that."""
        return Addressee(number, f"Låntager {number}", ("Prøvevej 1", "9999 Eksempelby"))


@dataclass
class Play:
    """A book while documents and orders come in.

    Args:
        refused: orders and documents that the services refused though they are right.
    """

    town: Town
    journal: FakeJournal = field(default_factory=FakeJournal)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.register = Register(self.town.people)

    def who(self, by: str, day: date) -> Who:
        """Return somebody on a day; in a town that is not in order all is typed at the end."""
        in_order = self.town.habits.order == IN_ORDER
        today = min(day, self.town.end) if in_order else self.town.end
        return Who(by, today)


def play(town: Town) -> Play:
    """Give everything to the services, in the order of its days or shuffled."""
    played = Play(town)
    for what, step in _in_order(town, sorted(_steps(town), key=lambda each: each[0])):
        try:
            step(played)
        except MikroledgerError as error:
            played.refused.append(f"{what}: {error.text.en}")
    return played


def _in_order(
    town: Town,
    steps: list[Timed],
) -> Iterator[tuple[str, Step]]:
    if town.habits.order == IN_ORDER:
        return ((what, step) for _, what, step in steps)
    decisions = [each for each in steps if each[0][1] == 0]
    last = [each for each in steps if each[1].partition(" ")[0] in _ON_WHAT_STANDS]
    rest = [each for each in steps if each not in decisions and each not in last]
    dice = random.Random(town.habits.name)  # noqa: S311  # the same order for the same seed
    mixed = _shuffled(rest, dice) if town.habits.order == SHUFFLED else _interleaved(rest, dice)
    return ((what, step) for _, what, step in (*decisions, *mixed, *last))


def _shuffled(steps: list[Timed], dice: random.Random) -> list[Timed]:
    return dice.sample(steps, len(steps))


def _interleaved(steps: list[Timed], dice: random.Random) -> list[Timed]:
    """Mix the sources; each keeps its own order."""
    sources: dict[int, list[Timed]] = {}
    for each in steps:
        sources.setdefault(each[0][1], []).append(each)
    turns = dice.sample([each[0][1] for each in steps], len(steps))
    queues = {turn: iter(own) for turn, own in sources.items()}
    return [next(queues[turn]) for turn in turns]


def _steps(town: Town) -> Iterator[Timed]:
    """Yield each thing that comes in: its day and turn, its name, and what to do."""
    for story in town.stories:
        for decision in story.decisions:
            day = decision.recorded or decision.decided
            yield (day, 0), f"approve {decision.number}", _approved(decision)
        for order in story.orders:
            yield (order.day, 1), f"{order.verb} {order.loan}", _ordered(order)
    for day, name, data in documents(town):
        yield (day, 2 + name.startswith("liste")), f"import {name}", _imported(day, name, data)


def _approved(decision: Decision) -> Step:
    count = decision.count
    after = "" if decision.first_due else "1m"
    terms = Terms(decision.first_due, after, count=count) if count else None
    order = Approval(
        kind=decision.kind,
        debtor=decision.person.debtor,
        principal=decision.principal,
        decided=decision.decided,
        decision=decision.file,
        terms=terms,
        loan=decision.number,
        promised=decision.promised,
    )
    day = decision.recorded or decision.decided

    def step(played: Play) -> None:
        approve(played.journal, played.register, order, played.who("anl", day))

    return step


def _ordered(order: Order) -> Step:
    return lambda played: _VERBS[order.verb](played, order)


def _disburse(played: Play, order: Order) -> None:
    asked = Pay(
        "disburse", order.loan, order.amount, order.on or order.day, order.reference, order.key
    )
    made = pay(played.journal, asked, played.who("anl", order.day))
    if order.signed:
        countersign(played.journal, made.id, played.who("bok", order.signed))


def _repay(played: Play, order: Order) -> None:
    later = played.town.habits.order != IN_ORDER  # the payout may come after it
    on = order.on or order.day
    asked = Pay("repay", order.loan, order.amount, on, order.reference, overpayment=later)
    pay(played.journal, asked, played.who("anl", order.day))


def _defer(played: Play, order: Order) -> None:
    assert order.on, "a deferral begins"
    asked = Deferral(order.loan, order.on, order.until, order.text)
    defer(played.journal, asked, played.who("anl", order.day))


def _reverse(played: Play, order: Order) -> None:
    entry = played.journal.read().keys[f"disburse:{order.key}"]
    made = reverse(played.journal, entry.id, order.text, played.who("anl", order.day))
    countersign(played.journal, made.id, played.who("bok", order.day))


def _fix(played: Play, order: Order) -> None:
    from mikroledger.services.survey import findings

    who = played.who("reg", order.day)
    found = findings(played.journal, ALL_RULES, who.today).open
    ids = tuple(f.id for f in found if f.fix and f.loan == order.loan)
    for made in reclassify(played.journal, ALL_RULES, Choice(ids), who):
        countersign(played.journal, made.id, played.who("led", order.signed or order.day))


def _letter(played: Play, order: Order) -> None:
    meta: Meta = {"kind": "letter", "loan": order.loan, "level": 1}
    _by_hand(played, order, Record(order.on or order.day, "letter", ("reminder",), meta=meta))


def _note(played: Play, order: Order) -> None:
    assert order.on, "a hold begins"
    meta = {"kind": "hold", "loan": order.loan, "reason": order.text, "until": order.until or ""}
    _by_hand(played, order, Record(order.on, "hold", ("MANUAL",), meta=meta))


def _hand_pay(played: Play, order: Order) -> None:
    account = f"Assets:Loans:P65:{order.loan}"
    meta: Meta = {
        "kind": "disburse",
        "flow": "out",
        "loan": order.loan,
        "payment": order.reference,
        "reference": order.reference,
        "amount": order.amount,
    }
    postings = (
        Posting(account, order.amount),
        Posting("Assets:Clearing:Payouts", -order.amount),
    )
    _by_hand(played, order, Transaction(order.day, "Udbetaling", postings, meta=meta))


def _hand_move(played: Play, order: Order) -> None:
    ledger = played.journal.read()
    grants, home = "Expenses:P65:Grants", f"Assets:Loans:P65:{order.loan}"
    wrong = next(
        txn for txn in ledger.transactions if txn.get("loan") == order.loan and txn.on(grants) > 0
    )
    meta: Meta = {
        "kind": "reclassify",
        "loan": order.loan,
        "payment": wrong.get("payment"),
        "corrects": wrong.id,
        "countersigned": "led",
        "value": wrong.value,
    }
    postings = (Posting(home, order.amount), Posting(grants, -order.amount))
    _by_hand(played, order, Transaction(order.day, "Omp.", postings, meta=meta))


def _by_hand(played: Play, order: Order, entry: Record | Transaction) -> None:
    """Put an entry into the book as a text editor would, past every service."""
    today = played.who("reg", order.day).today
    draft = Draft("adopt", (entry,), today, "reg")
    played.journal.write(lambda _: draft)


_VERBS: dict[str, Callable[[Play, Order], None]] = {
    "disburse": _disburse,
    "repay": _repay,
    "defer": _defer,
    "reverse": _reverse,
    "fix": _fix,
    "letter": _letter,
    "note": _note,
    "hand-pay": _hand_pay,
    "hand-move": _hand_move,
}


def _imported(day: date, name: str, data: bytes) -> Step:
    def step(played: Play) -> None:
        document = read(name, data)
        done = import_(played.journal, played.register, document, played.who("reg", day))
        for rejected in done.rejected:
            played.refused.append(f"import {name}: line {rejected.line}: {rejected.reason.en}")

    return step


def read(name: str, data: bytes) -> Document:
    """Read a document with the shipped column maps and the corpus's own."""
    account = "" if name.startswith("liste") else ACCOUNT
    return read_bytes(name, data, (MAPS,), account=account)


# The documents


def documents(town: Town) -> Iterator[tuple[date, str, bytes]]:
    """Yield every list and statement: the day on which it comes, its name, its bytes."""
    rows = sorted((r for s in town.stories for r in s.rows), key=lambda r: (r.day, r.voucher))
    yield from _lists(town, rows)
    lines = [line for story in town.stories for line in story.lines]
    batches = [b for b in town.batches.values() if b.total]
    lines += [Line(b.day, -b.total, "NEMKONTO", b.reference) for b in batches]
    for export in sorted({line.export for line in lines}):
        yield from _statements(town, [line for line in lines if line.export == export])


def _lists(town: Town, rows: list[Row]) -> Iterator[tuple[date, str, bytes]]:
    for month in sorted({row.day.replace(day=1) for row in rows}):
        end = _month_end(month)
        since = month.replace(month=1) if town.habits.cumulative else month
        own = [row for row in rows if since <= row.day <= end]
        day = min(end + timedelta(3), town.end)
        yield day, f"liste-{month:%Y-%m}.csv", ERPS[town.habits.erp](own)


def _statements(town: Town, lines: list[Line]) -> Iterator[tuple[date, str, bytes]]:
    lines = sorted(lines, key=lambda line: line.day)
    kinds = list(BANKS)
    kind = kinds[(kinds.index(town.habits.bank) + lines[0].export) % len(kinds)]
    balance = Decimal("9000000.00")
    ends = sorted({_span_end(town, line.day) for line in lines})
    for end in ends:
        own = [line for line in lines if _span_end(town, line.day) == end]
        data = BANKS[kind].write(own, balance)
        balance += sum((line.amount for line in own), NOUGHT)
        yield min(end + timedelta(1), town.end), f"konto-{kind}-{end}.csv", data


def _span_end(town: Town, day: date) -> date:
    return day + timedelta(6 - day.weekday()) if town.habits.weekly else _month_end(day)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)


def digest(town: Town) -> str:
    """Return a hash of all documents, to tell two runs apart."""
    whole = hashlib.sha256()
    for _, name, data in documents(town):
        whole.update(name.encode() + data)
    return whole.hexdigest()


def balances(played: Play) -> dict[str, Decimal]:
    """Return the balance of every account of the book."""
    sums: Counter[str] = Counter()
    for txn in played.journal.read().transactions:
        for posting in txn.postings:
            sums[posting.account] += posting.amount  # type: ignore[assignment]  # kroner
    return {account: Decimal(amount) for account, amount in sums.items()}
