"""A statement (Stmt) or notification (Ntfctn) of a camt file, or one page of it, held to its word.

Opening balance and entries must give the closing balance; counts and sums that the bank states
must be those of the entries; pages must follow each other, and statements that are numbered one
after the other must begin where the one before ended.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers.camt_entries import Entry, day_at, day_of, exact, signed, word
from mikroledger.importers.xmlread import Fields, Node, children, text_at
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_OPENING = ("OPBD", "PRCD")
_CLOSING = "CLBD"
_NO = frozenset({"false", "0"})
_INTERIM = "ITBD"
"""A balance between two pages of one statement."""


@dataclass(frozen=True, slots=True)
class Sums:
    """How many entries there are, and what they come to, by side."""

    credits: int
    credit: Decimal
    debits: int
    debit: Decimal

    @classmethod
    def of(cls, amounts: Sequence[Decimal]) -> "Sums":
        """Add up signed amounts."""
        ins = [amount for amount in amounts if amount > ZERO]
        outs = [-amount for amount in amounts if amount < ZERO]
        return cls(len(ins), sum(ins, ZERO), len(outs), sum(outs, ZERO))

    @property
    def net(self) -> Decimal:
        return self.credit - self.debit

    def stated(self, name: str) -> tuple[int, tuple[Decimal, ...]]:
        """Return the count, and what a bank may call the sum: without signs, or the net."""
        count = self.credits + self.debits
        return {
            "TtlNtries": (count, (self.credit + self.debit, abs(self.net))),
            "TtlCdtNtries": (self.credits, (self.credit,)),
            "TtlDbtNtries": (self.debits, (self.debit,)),
            "TtlNetNtry": (count, (self.net,)),
        }[name]


@dataclass
class Page:
    """A statement, or a page of one, while it is read and after.

    Args:
        pages: how it is divided: its number, and whether it is the last.
        sequence: the number of its statement among the account's, if it has one.
        ends: opening and closing balance, if they are stated.
        stated: what the bank says of the entries: count and sum by name, as far as it does.
        waiting: amounts of entries that the bank has only announced, or None if one of them
            cannot be counted.
        until: the last day covered, if the page is the last of its statement.
        at: the number of its last entry, for messages.
        sound: whether everything in it could be read.
    """

    id: str = ""
    account: str = ""
    pages: tuple[int, bool] = (1, True)
    sequence: int | None = None
    ends: tuple[Decimal | None, Decimal | None] = (None, None)
    stated: Mapping[str, tuple[int | None, Decimal | None]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    waiting: list[Decimal] | None = field(default_factory=list)
    until: date | None = None
    at: int = 0
    sound: bool = True

    def wait(self, entry: Fields) -> None:
        """Count an entry that the bank has only announced."""
        try:
            amount = signed(entry)
        except UsageError:
            self.waiting = None
            return
        if self.waiting is not None:
            self.waiting.append(amount)

    def head(self, node: Node) -> None:
        """Read whose statement it is, and which page of it."""
        self.id = word(text_at(node, "Id"))
        self.account = _account(node)
        own = (*children(node, "StmtPgntn"), *children(node, "NtfctnPgntn"))
        for found in (*own, *children(node.getparent(), "GrpHdr/MsgPgntn"))[:1]:
            last = text_at(found, "LastPgInd") not in _NO
            self.pages = (_number(text_at(found, "PgNb")) or 1, last)
        self.sequence = _number(text_at(node, "ElctrncSeqNb") or text_at(node, "LglSeqNb"))

    def steps(self, node: Node) -> Iterator[Callable[[], None]]:
        """Yield what else is to be read of the statement; each step may fail for itself.

        What the bank says of the whole is of no use where an entry could not be read.
        """
        if self.sound:
            yield lambda: self._balances(node)
            yield lambda: self._summary(node)
        yield lambda: self._until(node)

    def _balances(self, node: Node) -> None:
        found = [(text_at(b, "Tp/CdOrPrtry/Cd"), b) for b in children(node, "Bal")]
        by_code = dict(found)
        interim = [balance for code, balance in found if code == _INTERIM]
        opening = next((by_code[code] for code in _OPENING if code in by_code), None)
        closing = by_code.get(_CLOSING)
        if self.divided and opening is None and interim:
            opening = interim.pop(0)
        if self.divided and closing is None and interim:
            closing = interim[-1]
        self.ends = (_maybe(opening), _maybe(closing))

    def _summary(self, node: Node) -> None:
        """Read counts and sums; a Sum has no currency and no sign."""
        stated = {}
        for name in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries"):
            for found in children(node, f"TxsSummry/{name}"):
                count, total = text_at(found, "NbOfNtries"), text_at(found, "Sum")
                stated[name] = (_number(count), exact(total.removeprefix("-")) if total else None)
                if net := _net(found):
                    stated["TtlNetNtry"] = (None, net)
        self.stated = stated

    def _until(self, node: Node) -> None:
        """Find the last day covered: of the closing balance, the period, or the entries."""
        if not self.pages[1]:
            return  # what comes on the next page may be of the same day
        closing = [b for b in children(node, "Bal") if text_at(b, "Tp/CdOrPrtry/Cd") == _CLOSING]
        days = [day_at(Fields(each), "Dt") for each in closing]
        days.append(day_of(text_at(node, "FrToDt/ToDtTm")))
        days.append(max((entry.day for entry in self.entries), default=None))
        self.until = next(filter(None, days), None)

    @property
    def divided(self) -> bool:
        return self.pages != (1, True)

    @property
    def sums(self) -> list[Sums]:
        """The sums of the booked entries, and of these with those that wait."""
        booked = [entry.amount for entry in self.entries]
        found = [Sums.of(booked)]
        if self.waiting:
            found.append(Sums.of([*booked, *self.waiting]))
        return found


def _account(statement: Node) -> str:
    found = text_at(statement, "Acct/Id/IBAN") or text_at(statement, "Acct/Id/Othr/Id")
    if not found:
        raise RefusedError(
            da="Kontoudtoget siger ikke, hvilken konto det er.",
            en="The statement does not say which account it is of.",
        )
    return word(found)


def faults(pages: Sequence[Page]) -> Iterator[tuple[int, Text]]:
    """Yield what is wrong with the statements of a file, with the number of an entry."""
    wholes = []
    for some in _grouped(pages):
        whole = _whole(some)
        wholes.append(whole)
        yield from _misnumbered(some)
        for page in some if len(some) == 1 else (*some, whole):
            yield from _unbalanced(page)
        if whole.sound and not whole.divided:
            for page in some:
                yield from _miscounted(page, whole)
    yield from _unchained(wholes)


def _grouped(pages: Sequence[Page]) -> list[list[Page]]:
    """Put the pages of one statement together, as far as they are in this file."""
    groups: list[list[Page]] = []
    for page in pages:
        before = groups[-1][-1] if groups else page
        if before is not page and before.divided and before.id == page.id:
            groups[-1].append(page)
        else:
            groups.append([page])
    return groups


def _misnumbered(pages: Sequence[Page]) -> Iterator[tuple[int, Text]]:
    """Pages of one statement come one after the other, and nothing after the last."""
    for before, page in pairwise(pages):
        number, last = page.pages[0], before.pages[0]
        if number != last + 1 or before.pages[1]:
            yield (
                page.at,
                Text(
                    f"Side {number} af kontoudtoget {page.id} kommer efter side {last}: en side"
                    " mangler eller står dobbelt.",
                    f"Page {number} of the statement {page.id} comes after page {last}: a page is"
                    " missing or stands twice.",
                ),
            )


def _whole(pages: Sequence[Page]) -> Page:
    """Return a statement as if it had one page; some of its pages may be in other files."""
    first, last = pages[0], pages[-1]
    waiting = [page.waiting for page in pages]
    complete = first.pages[0] == 1 and last.pages[1]
    return replace(
        last,
        pages=(1, True) if complete else (last.pages[0], False),
        ends=(first.ends[0], last.ends[1]),
        entries=[entry for page in pages for entry in page.entries],
        waiting=None if None in waiting else [a for some in waiting for a in some or ()],
        sound=all(page.sound for page in pages),
    )


def _unbalanced(page: Page) -> Iterator[tuple[int, Text]]:
    opening, closing = page.ends
    if not page.sound or opening is None or closing is None:
        return
    net = page.sums[0].net
    if opening + net == closing:
        return
    start, moved, end = (danish(each) for each in (opening, net, closing))
    yield (
        page.at,
        Text(
            f"Primosaldo {start} + poster {moved} er ikke ultimosaldo {end}. En post mangler.",
            f"Opening {start} + entries {moved} is not closing {end}. An entry is missing.",
        ),
    )


def _miscounted(page: Page, whole: Page) -> Iterator[tuple[int, Text]]:
    """Hold what the bank states against the entries, with or without those that wait.

    A page may state what it has itself, or what the whole statement has.
    """
    counted = (*page.sums, *whole.sums)
    for name, (count, total) in page.stated.items():
        right = [sums.stated(name) for sums in counted]
        if count is not None and count not in {number for number, _ in right}:
            yield page.at, _differs(name, str(count), str(right[0][0]))
        if total is not None and not any(total in sums for _, sums in right):
            yield page.at, _differs(name, danish(total), danish(right[0][1][0]))


def _differs(name: str, stated: str, found: str) -> Text:
    return Text(
        f"Banken skriver {stated} ({name}); posterne giver {found}. En post mangler.",
        f"The bank says {stated} ({name}); the entries give {found}. An entry is missing.",
    )


def _unchained(pages: Sequence[Page]) -> Iterator[tuple[int, Text]]:
    """Statements that are numbered one after the other begin where the one before ended."""
    for before, page in pairwise(pages):
        closing, opening = before.ends[1], page.ends[0]
        if before.sequence is None or page.sequence != before.sequence + 1:
            continue
        if closing is not None and opening is not None and closing != opening:
            end, start = danish(closing), danish(opening)
            yield (
                page.at,
                Text(
                    f"Kontoudtoget {page.id} begynder med {start}, men {before.id} før det endte"
                    f" med {end}.",
                    f"The statement {page.id} begins with {start}, but {before.id} before it ended"
                    f" with {end}.",
                ),
            )


def _maybe(balance: Node | None) -> Decimal | None:
    return None if balance is None else signed(Fields(balance))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _net(found: Node) -> Decimal | None:
    """Return the net of all entries: `TtlNetNtryAmt` until version 03, `TtlNetNtry` since."""
    amount = text_at(found, "TtlNetNtryAmt") or text_at(found, "TtlNetNtry/Amt")
    side = text_at(found, "TtlNetNtry/CdtDbtInd") or text_at(found, "CdtDbtInd")
    if not amount or side not in {"CRDT", "DBIT"}:
        return None
    return exact(amount) if side == "CRDT" else -exact(amount)
