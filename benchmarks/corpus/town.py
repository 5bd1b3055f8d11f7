"""A municipality with its habits, and the lives of its borrowers as its systems record them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from benchmarks.corpus.truth import (
    BANK,
    HOME,
    NOUGHT,
    RECEIVABLE,
    REFUND,
    Decision,
    Kind,
    Line,
    Order,
    Person,
    Row,
    Story,
    payment_id,
)

CERTAIN = frozenset({"all", "decision", "number", "reference", "typo"})
"""What a row names that leaves no doubt; `person` and `typo-person` leave some."""
TEXTS = {
    "loan": (
        "§ 65 lån",
        "Lån, aktivlovens § 65",
        "ETABLERINGSLÅN",
        "mikrolån",
        "Udlån revalidering",
        "Hjælp mod tilbagebetaling",
        "Tilbagebetalingspligtig hjælp",
        "",
    ),
    "grant": ("§ 65 etablering", "Tilskud § 65", "ETABLERINGSTILSKUD", "Etabl. værktøj", ""),
    "subsistence": ("Forsørgelse etabl.", "Månedsydelse", "YDELSE GRP 014", ""),
    "in": ("Afdrag", "AFDRAG LÅN", "Indbetaling", "Indbet. FIK", "Tilbagebetaling lån"),
}
IN_ORDER, INTERLEAVED, SHUFFLED = "in order", "interleaved", "shuffled"
SMALLEST = Decimal("0.01")


def month_after(day: date, months: int) -> date:
    """Return the same day of a later month; days are 28 at most."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


@dataclass
class Batch:
    """One transfer of NemKonto's to many: one line in the statement, one reference."""

    reference: str
    day: date
    total: Decimal = NOUGHT


@dataclass(frozen=True, slots=True)
class Habits:
    """What is the same in all documents of one municipality.

    Args:
        rate: how many lives go wrong, and how many repayments of those.
        order: as it was made; or lists, statements and orders each in their order but not in
            each other's; or everything in any order.
    """

    name: str
    year: int
    erp: str
    bank: str
    rate: float
    order: str
    counter_legs: bool
    both_sides: bool
    batches: bool
    cumulative: bool
    weekly: bool
    prefix: str
    file: str
    ties: tuple[str, ...]


class Town:
    """A municipality while its years are being invented."""

    def __init__(self, habits: Habits, dice: random.Random) -> None:
        self.habits = habits
        self.dice = dice
        self.stories: list[Story] = []
        self.batches: dict[tuple[int, int], Batch] = {}
        self.people: list[Person] = []
        self._numbers: dict[str, int] = {}
        self._voucher = dice.randrange(10_000, 90_000)

    @property
    def end(self) -> date:
        """The day on which all is judged."""
        return date(self.habits.year, 12, 31)

    def next(self, name: str) -> int:
        """Count something, from one."""
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return self._numbers[name]

    def voucher(self) -> str:
        """Return a new voucher number."""
        self._voucher += self.dice.randint(1, 9)
        return str(self._voucher)

    def reference(self) -> str:
        """Return a new payment reference."""
        return f"{self.habits.prefix}-{self.next('reference') + 1000}"

    def person(self) -> Person:
        """Register somebody."""
        serial = len(self.people) + 1
        day, month = 61 + serial % 28, 1 + serial // 28 % 12
        person = Person(f"D{serial:04d}", f"{day:02d}{month:02d}70{serial:04d}")
        self.people.append(person)
        return person

    def batch(self, day: date) -> Batch:
        """Return the batch of a month."""
        key = (day.year, day.month)
        if key not in self.batches:
            self.batches[key] = Batch(f"NKB-{self.next('batch')}{day:%y%m}", day.replace(day=25))
        return self.batches[key]

    def postings(self) -> int:
        """Count the rows and lines that the documents will have."""
        return sum(len(s.rows) + len(s.lines) for s in self.stories) + len(self.batches)


class Life:
    """Tells one person's story: each verb leaves its records, and notes what is right."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.dice = town, town.dice
        self.story = Story(name, town.person())
        town.stories.append(self.story)

    # decisions

    def someday(self, earliest: int = -330, latest: int = 210) -> date:
        """Return a weekday, counted from New Year of the town's last year."""
        day = date(self.town.habits.year, 1, 1) + timedelta(self.dice.randint(earliest, latest))
        day = day.replace(day=min(day.day, 20))
        return day + timedelta(7 - day.weekday()) if day.weekday() > 4 else day

    def decide(
        self,
        kind: Kind = "loan",
        principal: Decimal | None = None,
        decided: date | None = None,
        **more: object,
    ) -> Decision:
        """Make a decision, and record it a day later."""
        decided = decided or self.someday()
        letter = {"loan": "L", "grant": "G", "subsistence": "S"}[kind]
        serial = self.town.next(f"{letter}{decided.year}")
        file = self.town.habits.file.format(year=decided.year, serial=self.town.next("file"))
        made = Decision(
            kind=kind,
            number=f"{letter}{decided.year}-{serial:04d}",
            file=str(more.pop("file", file)),
            person=self.story.person,
            principal=principal or self.principal(),
            decided=decided,
            count=self.dice.choice((10, 12, 20, 24, 36, 60)) if kind == "loan" else 0,
            recorded=decided + timedelta(1),
        )
        made = replace(made, **more)  # type: ignore[arg-type]  # a test's own words
        self.story.decisions.append(made)
        if kind == "loan":
            self.story.owe(made.number, NOUGHT)
        return made

    def principal(self) -> Decimal:
        """Return the amount of a loan or grant; each of a person's is another one."""
        taken = {decision.principal for decision in self.story.decisions}
        while True:
            ore = self.dice.choice((0, 0, 0, 50, 25))
            amount = Decimal(self.dice.randrange(5_100, 41_900, 100)) + Decimal(ore) * SMALLEST
            if amount not in taken:
                return amount

    # records

    def tie(self, *among: str) -> str:
        """Choose what a row will name."""
        return self.dice.choice(among or self.town.habits.ties)

    def row(
        self,
        account: str,
        amount: Decimal,
        day: date,
        tie: str,
        decision: Decision | None,
        **more: str,
    ) -> Row:
        """Make a row of the ERP that names what `tie` says."""
        reference, number = more.get("reference", ""), decision.number if decision else ""
        if tie.startswith("typo"):  # the same in all rows of a voucher
            reference = more.get("mistyped") or self.mistyped(reference)
        text = more.get("text", self.dice.choice(TEXTS.get(account, ("§ 65",))))
        named = tie in {"person", "all", "typo", "typo-person"} or "batch" in more
        return Row(
            day=day,
            voucher=more.get("voucher") or self.town.voucher(),
            account=account,
            amount=amount,
            text=f"{text} {number}".strip() if tie == "number" else text,
            person=self.story.person.digits if named or self.dice.random() < 0.4 else "",
            decision=decision.file if decision and tie in {"all", "decision", "typo"} else "",
            reference=reference if tie in {"all", "reference", "typo", "typo-person"} else "",
        )

    def mistyped(self, reference: str) -> str:
        """Return a reference with a typing error; it is nobody else's."""
        prefix, dash, digits = reference.partition("-")
        return self.dice.choice(
            (
                f"{prefix}{digits}",
                f"{prefix}{dash}0{digits}",
                f"{prefix}{dash}{digits}{digits[-1]}0",
                f"{prefix[:-1]}{dash}{digits}",
            )
        )

    def post(self, *rows: Row) -> str:
        """Post one voucher, with the legs that the municipality's lists show beside it."""
        whole = [replace(row, voucher=rows[0].voucher) for row in rows]
        self.story.rows += whole
        habits = self.town.habits
        if habits.both_sides:
            loans = [row for row in whole if row.account == "loan"]
            self.story.rows += [replace(row, account="movement") for row in loans]
        if habits.counter_legs:
            leg = self.dice.choice(("bank", "clearing"))
            total = sum((row.amount for row in whole), NOUGHT)
            if total:
                self.story.rows.append(replace(whole[0], account=leg, amount=-total))
        return rows[0].voucher

    def banked(self, day: date, amount: Decimal, reference: str, text: str = "") -> None:
        """Have the bank show one payment."""
        said = text or self.dice.choice(("NemKonto", "NEMKONTO UDBETALING", "Overførsel"))
        self.story.lines.append(Line(day, amount, said, reference))
        self.story.stands(BANK, amount)

    # money out

    def pay(
        self,
        decision: Decision,
        amount: Decimal | None = None,
        *,
        day: date | None = None,
        accounts: Sequence[tuple[str, Decimal]] = (),
        tie: str = "",
        **how: object,
    ) -> "Paid":
        """Pay out under a decision: an order (of a loan), the bank's line, the ERP's voucher.

        Args:
            accounts: where the ERP books it, if not where it belongs.
            how: `ordered=False`, `banked=False`, `listed=False`, `signed=False`, `text`.
        """
        amount = amount or decision.principal
        day = day or decision.decided + timedelta(self.dice.randint(4, 12))
        batch = self._batch(day, how)
        ordered = decision.kind == "loan" and how.get("ordered", self.dice.random() < 0.85)
        tie = self._tie(tie, ordered=bool(ordered), batch=batch)
        paid = Paid(
            decision,
            amount,
            batch.day if batch else day,
            tie,
            self.town.reference(),
            bool(ordered),
        )
        if batch:
            paid = replace(paid, reference=batch.reference)
            batch.total += amount if how.get("banked", True) else NOUGHT
            self.story.stands(BANK, -amount)
        elif how.get("banked", True):
            text = "" if ordered or tie in {"all", "reference"} else f"Udb. {decision.number}"
            self.banked(day + timedelta(1), -amount, paid.reference, text)
        if ordered:
            self._order(paid, signed=bool(how.get("signed", True)))
        if how.get("listed", True):
            paid = replace(paid, voucher=self._listed(paid, accounts, how))
        self.belongs(decision, amount)
        return paid

    def _batch(self, day: date, how: dict[str, object]) -> Batch | None:
        wanted = how.get("batch", self.town.habits.batches and self.dice.random() < 0.5)
        plain = not how.keys() & {"banked", "signed", "listed"}
        return self.town.batch(day) if wanted and plain and day.day <= 24 else None

    def _tie(self, tie: str, *, ordered: bool, batch: Batch | None) -> str:
        """Choose a tie that tells the truth as far as the caller wants it told."""
        if tie == "":
            tie = self.tie()
        if batch and not ordered:
            return "all"
        if batch and tie in {"number", "typo", "typo-person", "person"}:
            return "decision"
        return "all" if tie == "reference" and not ordered else tie

    def _order(self, paid: "Paid", *, signed: bool) -> None:
        self.story.orders.append(
            Order(
                "disburse",
                paid.day,
                paid.decision.number,
                paid.amount,
                on=paid.day,
                reference=paid.reference,
                key=f"{paid.reference}/{paid.decision.number}",
                signed=paid.day + timedelta(self.dice.randint(0, 1)) if signed else None,
            )
        )

    def _listed(
        self,
        paid: "Paid",
        accounts: Sequence[tuple[str, Decimal]],
        how: dict[str, object],
    ) -> str:
        day = paid.day + timedelta(self.dice.randint(0, 3))
        more = {"reference": paid.reference}
        if paid.reference.startswith("NKB"):
            more["batch"] = "yes"
        if paid.tie.startswith("typo"):
            more["mistyped"] = self.mistyped(paid.reference)
        if "text" in how:
            more["text"] = str(how["text"])
        where = accounts or [(paid.decision.kind, paid.amount)]
        return self.post(*(self.row(a, s, day, paid.tie, paid.decision, **more) for a, s in where))

    def belongs(self, decision: Decision, amount: Decimal) -> None:
        """Note where a payment belongs."""
        if decision.kind == "loan":
            self.story.owe(decision.number, amount)
        else:
            self.story.stands(HOME[decision.kind], amount)

    def refund(self, decision: Decision, amount: Decimal, day: date, tie: str = "all") -> Decimal:
        """Have the ERP claim the state's share of a payment."""
        share = (amount * self.dice.choice((30, 50, 65)) / 100).quantize(SMALLEST, ROUND_HALF_UP)
        self.post(self.row("refund", -share, day, tie, decision, text="Refusion"))
        return share

    def right_refund(self, share: Decimal) -> None:
        """Note that a refund was right."""
        self.story.stands(REFUND, -share)
        self.story.stands(RECEIVABLE, share)

    # money in

    def instalment(self, decision: Decision) -> Decimal:
        """Return an instalment; the plan's last one is what is left."""
        return (decision.principal / decision.count).quantize(SMALLEST, ROUND_DOWN)

    def repay(
        self,
        decision: Decision,
        amount: Decimal,
        day: date,
        *,
        account: str = "loan",
        sign: int = -1,
        **how: object,
    ) -> str:
        """Have a borrower pay: the bank's line, perhaps an order, the ERP's row; tell its tie."""
        turn = self.town.next(f"in {decision.number}")
        channel = str(
            how.get("channel") or self.dice.choice(("fik", "fik", "text", "order", "both"))
        )
        reference = self.town.reference() if channel in ("order", "both") else ""
        card = payment_id(decision.number, turn) if channel in ("fik", "both") else ""
        text = {"text": f"Afdrag {decision.number}", "fik": "Indbetaling"}.get(channel, "Overf.")
        shown = "" if channel == "both" else reference  # the caseworker's own reference
        self.story.lines.append(Line(day, amount, text, shown, card))
        self.story.stands(BANK, amount)
        if channel in ("order", "both"):
            late = 40 if channel == "both" and self.dice.random() < 0.5 else 0
            when = day + timedelta(self.dice.randint(0, 2) + late)  # late: after the statement
            order = Order("repay", when, decision.number, amount, on=day, reference=reference)
            self.story.orders.append(order)
        self.story.owe(decision.number, -amount)
        tie = str(how.get("tie") or self._tie_in(shown))
        if how.get("listed", True):
            said = str(how.get("text", self.dice.choice(TEXTS["in"])))
            listed = day + timedelta(self.dice.randint(0, 3))
            more = {"reference": shown or card, "text": said}
            self.post(self.row(account, sign * amount, listed, tie, decision, **more))
        return tie

    def _tie_in(self, reference: str) -> str:
        among = [tie for tie in self.town.habits.ties if not tie.startswith("typo")]
        tie = self.tie(*among)
        if tie == "reference" and len(self.story.decisions) > 1:
            return "all"  # until its order comes, nothing would tell which loan it is
        return tie if tie != "reference" or reference else "decision"

    def instalments(self, decision: Decision, paid: "Paid", most: int = 24) -> list[date]:
        """Have a borrower pay month by month, until they stop or the corpus ends."""
        days = []
        # an order is refused until a list or another order has shown the payout
        wait = 1 if paid.ordered else 2
        first = month_after(paid.day.replace(day=self.dice.randint(5, 20)), wait)
        owed, each = Decimal(self.story.debts[decision.number]), self.instalment(decision)
        for turn in range(min(most, decision.count)):
            day = month_after(first, turn)
            if day > self.town.end - timedelta(12) or owed <= NOUGHT:
                break
            amount = owed if turn == decision.count - 1 else min(each, owed)
            self.repay(decision, amount, day)
            owed -= amount
            days.append(day)
        return days


@dataclass(frozen=True, slots=True)
class Paid:
    """A payout as it was recorded."""

    decision: Decision
    amount: Decimal
    day: date
    tie: str
    reference: str
    ordered: bool
    voucher: str = ""

    @property
    def certain(self) -> bool:
        """Whether the ERP's row leaves no doubt about what it belongs to."""
        return self.tie in CERTAIN
