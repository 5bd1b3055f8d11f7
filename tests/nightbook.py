"""A book with all kinds of loans on one evening: the facts of each, and the entries they come to.

The facts are plain days and amounts, as a caseworker would tell them. `slownight` reckons from
them who should hear; the book is written from them, a commit for each day. All persons are
invented.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import util
from pathlib import Path
from types import ModuleType

from fakes import ROOT

from mikroledger.debtors import Debtor
from mikroledger.domain import chart
from mikroledger.domain.case import rows_text
from mikroledger.domain.ledger import Draft, Entry, Opening, Posting, Record, Transaction, Value
from mikroledger.domain.plan import Instalment, digest
from mikroledger.journal import layout
from mikroledger.money import kroner
from mikroledger.services.approve import EPOCH
from mikroledger.wiring import House, new_book

NIGHT = date(2013, 4, 10)
"""A Wednesday after Easter, so that banking days are not weekdays."""
POLICY = """
1970-01-01 custom "mikroledger" "countersign" "off"
1970-01-01 custom "mikroledger" "creditor-number" "81234567"
1970-01-01 custom "mikroledger" "cvr" "12345678"
"""
RATE = 1000
RATES = 12


@dataclass
class Sent:
    """A letter before the night."""

    on: date
    kind: str = "reminder"
    level: int = 1
    deadline: date | None = None
    same_plan: bool = True
    cancelled: date | None = None
    returned: date | None = None


@dataclass
class Stop:
    """A stop; `resumed` ends one that had no end."""

    code: str
    start: date
    until: date | None = None
    resumed: date | None = None

    @property
    def last(self) -> date | None:
        return self.resumed or self.until


@dataclass
class Life:
    """All that happened to a loan before the night; money in whole kroner."""

    number: str
    debtor: str
    kind: str
    dues: list[date]
    decided: date
    ordered: date | None
    shown: date | None
    """The day of the bank's line."""
    paid_out: int = RATE * RATES
    returned: date | None = None
    granted: date | None = None
    """The day on which the ERP booked the payout as a grant."""
    corrected: date | None = None
    repaid: list[tuple[date, int]] = field(default_factory=list)
    letters: list[Sent] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    @property
    def principal(self) -> int:
        return RATE * len(self.dues)


def ago(days: int) -> date:
    return NIGHT - timedelta(days=days)


# What happens


class Dice:
    """One life after the other, each kind in its turn, with days around every boundary."""

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed)

    def life(self, serial: int) -> Life:
        kind = KINDS[serial % len(KINDS)]
        paid = self.roll.randint(0, 3)
        oldest = ago(self.roll.choice((*range(6, 14), 20, 31, 45, 75)))
        first = oldest - timedelta(days=30 * paid)
        shown = first - timedelta(days=self.roll.randint(45, 60))
        life = Life(
            number=f"L{2011 + serial // 9000}-{serial % 9000 + 1:04d}",
            debtor=f"D{serial + 1:05d}",
            kind=kind,
            dues=[first + timedelta(days=30 * n) for n in range(RATES)],
            decided=shown - timedelta(days=20),
            ordered=shown - timedelta(days=2),
            shown=shown,
        )
        life.repaid = [(life.dues[n], RATE) for n in range(paid)]
        life.letters = [Sent(shown + timedelta(days=1), "payout", 0)]
        getattr(self, kind.replace("-", "_"))(life)
        return life

    def _reminded(self, life: Life, days: int, level: int = 1, **more: object) -> Sent:
        on = ago(days)
        sent = Sent(on, level=level, deadline=on + timedelta(days=14), **more)  # type: ignore[arg-type]
        life.letters.append(sent)
        return sent

    def _long_late(self, life: Life) -> None:
        """Let the oldest unpaid instalment be 75 days late, and nothing be repaid."""
        life.dues = [ago(75) + timedelta(days=30 * n) for n in range(RATES)]
        life.repaid = []
        life.shown = ago(130)
        life.ordered, life.decided = ago(132), ago(150)
        life.letters = [Sent(ago(129), "payout", 0)]

    def late(self, life: Life) -> None:
        """The plain case."""

    def in_grace(self, life: Life) -> None:
        oldest = ago(self.roll.randint(1, 16))
        life.dues = [oldest + timedelta(days=30 * n) for n in range(RATES)]
        life.repaid = []
        life.shown = oldest - timedelta(days=50)
        life.ordered, life.decided = life.shown, life.shown - timedelta(days=5)
        life.letters = [Sent(life.shown + timedelta(days=1), "payout", 0)]

    def paid_up(self, life: Life) -> None:
        late = [due for due in life.dues if due <= NIGHT]
        life.repaid = [(due, RATE) for due in late]

    def paid_back(self, life: Life) -> None:
        life.repaid = [(life.dues[0], RATE * RATES)]

    def not_paid_out(self, life: Life) -> None:
        life.ordered = life.shown = None
        life.repaid, life.letters = [], []

    def unconfirmed(self, life: Life) -> None:
        life.shown = None

    def sent_back(self, life: Life) -> None:
        assert life.shown
        life.returned = life.shown + timedelta(days=3)
        life.repaid = []

    def grant(self, life: Life) -> None:
        life.granted = life.shown

    def sibling_of_a_grant(self, life: Life) -> None:
        """The same borrower as the loan before, which stands as a grant."""
        life.debtor = f"D{int(life.debtor[1:]) - 1:05d}"

    def corrected_long_ago(self, life: Life) -> None:
        life.granted = life.shown
        assert life.shown
        life.corrected = life.shown + timedelta(days=5)
        life.letters = [Sent(life.corrected + timedelta(days=1), "payout", 0)]

    def corrected_lately(self, life: Life) -> None:
        life.granted = life.shown
        life.corrected = ago(self.roll.randint(12, 17))
        if self.roll.random() < 0.8:
            told = life.corrected + timedelta(days=self.roll.randint(0, 2))
            life.letters.append(Sent(told, "payout", 0))

    def told_lately(self, life: Life) -> None:
        due = life.dues[len(life.repaid)]
        life.letters = [Sent(due - timedelta(days=self.roll.randint(12, 16)), "payout", 0)]

    def not_told(self, life: Life) -> None:
        life.letters = []

    def told_another_plan(self, life: Life) -> None:
        life.letters[0].same_plan = False

    def told_in_vain(self, life: Life) -> None:
        life.letters[0].returned = life.letters[0].on + timedelta(days=4)

    def small(self, life: Life) -> None:
        part = self.roll.choice((50, 899, 900, 901, 950))
        life.repaid.append((life.dues[len(life.repaid)], part))

    def half(self, life: Life) -> None:
        life.paid_out = RATE * RATES // 2

    def too_soon(self, life: Life) -> None:
        life.repaid = []
        life.dues = [ago(20) + timedelta(days=30 * n) for n in range(RATES)]
        life.shown = ago(20 + self.roll.randint(27, 33))
        life.ordered, life.decided = life.shown, life.shown - timedelta(days=5)
        life.letters = [Sent(life.shown, "payout", 0)]

    def deferred(self, life: Life) -> None:
        until = self.roll.choice((None, NIGHT, NIGHT + timedelta(days=30)))
        life.stops.append(Stop("DEFERRAL", ago(self.roll.randint(1, 30)), until))

    def deferral_over(self, life: Life) -> None:
        life.stops.append(Stop("DEFERRAL", ago(40), ago(self.roll.randint(1, 16))))

    def complained(self, life: Life) -> None:
        life.stops.append(Stop("COMPLAINT", ago(30)))

    def complaint_over(self, life: Life) -> None:
        life.stops.append(Stop("COMPLAINT", ago(40), None, ago(self.roll.randint(1, 16))))

    def died(self, life: Life) -> None:
        life.stops.append(Stop("DEATH", ago(3)))

    def handed_over(self, life: Life) -> None:
        life.stops.append(Stop("HANDED-OVER", ago(20)))

    def reminded(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, self.roll.choice((5, 12, *range(20, 30), 40)))

    def reminded_twice(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60)
        self._reminded(life, self.roll.choice((5, 30)), level=2)

    def obeyed(self, life: Life) -> None:
        """What the reminder asked for was paid; another instalment is late now."""
        self._long_late(life)
        self._reminded(life, 60)
        life.repaid.append((ago(55), RATE))

    def obeyed_in_part(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60)
        life.repaid.append((ago(55), RATE - 1))

    def reminded_then_deferred(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60)
        life.stops.append(Stop("DEFERRAL", ago(50), ago(self.roll.randint(9, 25))))

    def reminded_then_stopped(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60)
        life.stops.append(Stop("COMPLAINT", ago(50), ago(self.roll.randint(9, 25))))

    def reminded_by_another_plan(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 45, same_plan=False)

    def reminded_by_mistake(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60, cancelled=ago(self.roll.randint(8, 12)))

    def reminded_in_vain(self, life: Life) -> None:
        self._long_late(life)
        self._reminded(life, 60, returned=ago(55))

    def not_due(self, life: Life) -> None:
        life.repaid = []
        life.dues = [NIGHT + timedelta(days=30 * n) for n in range(RATES)]
        life.shown = ago(40)
        life.ordered, life.decided = ago(40), ago(50)
        life.letters = [Sent(ago(39), "payout", 0)]


KINDS = (
    "late",
    "in-grace",
    "paid-up",
    "paid-back",
    "not-paid-out",
    "unconfirmed",
    "sent-back",
    "grant",
    "sibling-of-a-grant",
    "corrected-long-ago",
    "corrected-lately",
    "told-lately",
    "not-told",
    "told-another-plan",
    "told-in-vain",
    "small",
    "half",
    "too-soon",
    "deferred",
    "deferral-over",
    "complained",
    "complaint-over",
    "died",
    "handed-over",
    "reminded",
    "reminded-twice",
    "obeyed",
    "obeyed-in-part",
    "reminded-then-deferred",
    "reminded-then-stopped",
    "reminded-by-another-plan",
    "reminded-by-mistake",
    "reminded-in-vain",
    "not-due",
)


def lives(count: int, seed: int = 1) -> list[Life]:
    """Return the loans of a book; each kind comes about as often as any other."""
    dice = Dice(seed)
    return [dice.life(serial) for serial in range(count)]


# What stands in the book


def entries(life: Life) -> Iterator[tuple[date, Entry]]:
    """Yield the entries of a loan, each with its day of booking."""
    yield from _decided(life)
    yield from _paid(life)
    for count, (day, amount) in enumerate(life.repaid, 1):
        yield day, _repaid(life, f"A-{life.number}-{count}", day, amount)
    for count, sent in enumerate(life.letters):
        yield from _sent(life, f"{life.number}.{count}", sent)
    for count, stop in enumerate(life.stops):
        yield from _stopped(life, f"{life.number}.s{count}", stop)


def _plan(life: Life) -> list[Instalment]:
    return [Instalment(n, due, kroner(RATE)) for n, due in enumerate(life.dues, 1)]


def _decided(life: Life) -> Iterator[tuple[date, Entry]]:
    account = chart.loan_account(life.number)
    for name in (account, chart.overpaid_account(life.number)):
        yield life.decided, Opening(EPOCH, name, meta={"debtor": life.debtor})
    rows = tuple((part.due, part.amount) for part in _plan(life))
    meta: dict[str, Value] = {
        "kind": "decision",
        "loan": life.number,
        "debtor": life.debtor,
        "decision": f"S-{life.number}",
        "key": f"approve:{life.number}",
        "plan": rows_text(rows),
    }
    values = ("loan", life.number, kroner(life.principal))
    yield life.decided, Record(life.decided, "decision", values, meta=meta)


def _order(life: Life, kind: str, **more: Value) -> dict[str, Value]:
    payment = f"U-{life.number}"
    return {
        "kind": kind,
        "flow": "out",
        "loan": life.number,
        "debtor": life.debtor,
        "payment": payment,
        "reference": payment,
        **more,
    }


def _paid(life: Life) -> Iterator[tuple[date, Entry]]:
    account, amount = chart.loan_account(life.number), kroner(life.paid_out)
    if life.ordered:
        meta = _order(life, "disburse", amount=amount, key=f"disburse:{life.number}")
        postings = (Posting(account, amount), Posting(chart.PAYOUTS, -amount))
        yield life.ordered, Transaction(life.ordered, "Udbetaling", postings, meta=meta)
    for number, (day, where, sign) in enumerate(
        [(life.shown, chart.PAYOUTS, 1), (life.returned, chart.RETURNED, -1)]
    ):
        if day:
            own = {"payment": f"U-{life.number}"}
            postings = (
                Posting(where, sign * amount, own),
                Posting(chart.BANK, -sign * amount),
            )
            meta = _order(life, "bank", key=f"bank:{life.number}/{number}")
            del meta["debtor"]
            yield day, Transaction(day, "Banklinje", postings, meta=meta)
    for number, (day, sign) in enumerate([(life.granted, 1), (life.corrected, -1)]):
        if day and life.shown:
            erp = {"source": "erp"}
            postings = (
                Posting(chart.GRANTS, sign * amount, erp),
                Posting(account, -sign * amount, erp if sign < 0 else {}),
            )
            voucher = f"7{number}{life.number[-4:]}/{day.year}"
            meta = _order(life, "erp", voucher=voucher, key=f"erp:{life.number}/{number}")
            meta["value"] = life.shown
            yield day, Transaction(day, "Bilag", postings, meta=meta)


def _repaid(life: Life, name: str, day: date, amount: int) -> Transaction:
    meta = _order(life, "repay", amount=kroner(amount), key=f"repay:{name}")
    meta |= {"flow": "in", "payment": name, "reference": name}
    account = chart.loan_account(life.number)
    postings = (Posting(account, -kroner(amount)), Posting(chart.REPAYMENTS, kroner(amount)))
    return Transaction(day, "Afdrag", postings, meta=meta)


def _sent(life: Life, name: str, sent: Sent) -> Iterator[tuple[date, Entry]]:
    plan = _plan(life)
    base: dict[str, Value] = {"kind": "letter", "loan": life.number}
    meta: dict[str, Value] = {
        **base,
        "id": name,
        "plan": digest(plan) if sent.same_plan else "another",
        "first-due": plan[0].due,
        "key": f"letter:{name}",
    }
    if sent.level:
        meta["level"] = sent.level
    if sent.deadline:
        meta["deadline"] = sent.deadline
    yield sent.on, Record(sent.on, "letter", (sent.kind,), meta=meta)
    if sent.cancelled:
        sorry: dict[str, Value] = {**base, "corrects": name, "key": f"apology:{name}"}
        yield sent.cancelled, Record(sent.cancelled, "letter", ("apology",), meta=sorry)
    if sent.returned:
        back: dict[str, Value] = {"kind": "delivery", "loan": life.number, "evidence": name}
        yield sent.returned, Record(sent.returned, "delivery", ("returned",), meta=back)


def _stopped(life: Life, name: str, stop: Stop) -> Iterator[tuple[date, Entry]]:
    meta: dict[str, Value] = {"kind": "hold", "loan": life.number, "reason": "sag", "id": name}
    if stop.until:
        meta["until"] = stop.until
    yield stop.start, Record(stop.start, "hold", (stop.code,), meta=meta)
    if stop.resumed:
        ends: dict[str, Value] = {"kind": "resume", "loan": life.number, "ends": name}
        yield stop.resumed, Record(stop.resumed, "resume", (), meta=ends)


# The book


def _bench() -> ModuleType:
    spec = util.spec_from_file_location("books_of_bench", ROOT / "benchmarks" / "books.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    sys.modules["books_of_bench"] = module
    spec.loader.exec_module(module)
    return module


def write(book: Path, told: Sequence[Life]) -> House:
    """Write the book of some loans, a commit for each day, and register their borrowers."""
    bench = _bench()
    begun = min(life.decided for life in told) - timedelta(days=1)
    house = new_book(book, begun, "anl", more={"policy.beancount": POLICY})
    house.register.add_all([_debtor(life) for life in told], by="anl", on=begun)
    by_day: dict[date, list[Entry]] = {}
    for life in told:
        for day, entry in entries(life):
            by_day.setdefault(day, []).append(entry)
    by_day.setdefault(ago(1), []).append(_statement(ago(1)))
    first = layout.commits(book.absolute())[0].read_bytes()
    pen = bench._Pen(book.absolute(), layout.settings_digest(book), layout.digest((first,)))
    files: dict[str, dict[str, bytes]] = {f"{begun:%Y-%m}": {"000000-init.beancount": first}}
    for day in sorted(by_day):
        name, content = pen.commit(Draft("test", tuple(by_day[day]), day, "anl"))
        files.setdefault(f"{day:%Y-%m}", {})[name] = content
    for month, commits in files.items():
        bench._lay(book.absolute() / layout.JOURNAL / month, commits, bound=False)
    (book / layout.STATE / "acknowledged").unlink(missing_ok=True)
    return House(book)


def _debtor(life: Life) -> Debtor:
    serial = int(life.debtor[1:])
    place = f"Prøvevej {serial}; {1000 + serial % 9000} Eksempelby"
    return Debtor(life.debtor, f"Låntager {life.debtor}", place, paper=serial % 5 == 0)


def _statement(day: date) -> Record:
    meta: Mapping[str, Value] = {
        "kind": "import",
        "format": "bank-csv",
        "source": "bank",
        "rows": 1,
        "digest": "0" * 64,
        "suspense": 0,
        "until": day,
    }
    return Record(day, "import", ("bank-csv",), meta=meta)
