"""An account statement as CSV: lines, the running balance, and an id for each line."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain import fik
from mikroledger.domain.record import BankLine, BankPart, Document, Rejected
from mikroledger.errors import UsageError
from mikroledger.importers import cells
from mikroledger.importers.columns import ColumnMap, plain
from mikroledger.importers.rows import Row, read_rows
from mikroledger.money import danish
from mikroledger.words import Text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement, before it has an id."""

    number: int
    day: date
    value: date
    amount: Decimal
    balance: Decimal | None
    text: str
    reference: str
    entry: str


def read(name: str, text: str, digest: str, wanted: ColumnMap) -> Document:
    """Read a bank's CSV by its column map."""
    lines, rejected = read_rows(text, wanted, _line)
    if not rejected:
        rejected = _breaks(lines)
    return Document(
        name,
        "bank-csv",
        wanted.name,
        digest,
        bank=tuple(_bank_lines(lines, wanted.name)),
        rejected=tuple(rejected),
        until=max((line.day for line in lines), default=None),
        account=wanted.bank_account,
        since=_proven_since(lines),
        closing=_closing(lines),
    )


def _proven_since(lines: Sequence[Line]) -> date | None:
    """Return the first day of lines of which each has a balance: between them none is missing."""
    proven = all(line.balance is not None for line in lines)
    return min((line.day for line in lines), default=None) if proven else None


def content_id(*content: object) -> str:
    """Return an id made of what a line says, for banks that give none."""
    said = "|".join(" ".join(str(each).split()) for each in content)
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def payment_id(text: str) -> str:
    """Return the payment id (FIK) in a free text, if its check digit is right.

    >>> payment_id("IK71 100000000000009")
    '100000000000009'
    """
    found = fik.find(text)
    return found if fik.is_valid(found) else ""


def _alone(reference: str) -> str:
    """Return a reference that is nothing but a payment id of ours: no card type stands before."""
    return reference if fik.loan_of(reference) else ""


def _line(row: Row) -> Line | None:
    if not _counts(row):
        return None
    if (currency := row.get("currency")) and currency.upper() != "DKK":
        raise UsageError(
            da=f"Valutaen er {currency}; kun DKK kan bogføres.",
            en=f"The currency is {currency}; only DKK can be booked.",
        )
    balance = row.get("balance")
    return Line(
        number=row.number,
        day=row.day(),
        value=row.day("value") if row.get("value") else row.day(),
        amount=row.amount(large=True),
        balance=cells.amount(balance, large=True) if balance else None,
        text=row.get("text"),
        reference=row.get("reference"),
        entry=row.get("entry"),
    )


def _counts(row: Row) -> bool:
    """Tell whether the bank has booked a line; one that waits may still change."""
    status = plain(row.get("status"))
    if status in row.map.skips:
        return False
    if row.map.counts and status not in row.map.counts:
        expected = ", ".join(sorted(row.map.counts | row.map.skips))
        raise UsageError(
            da=f"Status »{status}« kendes ikke; kendte: {expected}.",
            en=f"The status '{status}' is not known; known: {expected}.",
        )
    return True


def _breaks(lines: Sequence[Line]) -> list[Rejected]:
    """Hold the balances against the amounts, in the order in which the file has them."""
    return _broken(_oldest_first(lines))


def _oldest_first(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines in the order in which their balances fit best."""
    newest_first = bool(lines) and lines[0].day > lines[-1].day
    ways = (lines[::-1], lines) if newest_first else (lines, lines[::-1])
    return min(ways, key=lambda way: len(_broken(way)))


def _closing(lines: Sequence[Line]) -> Decimal | None:
    """Return the balance after the last line, if the bank gives one."""
    return _oldest_first(lines)[-1].balance if lines else None


def _broken(lines: Sequence[Line]) -> list[Rejected]:
    broken = []
    running: Decimal | None = None
    for line in lines:
        expected = None if running is None else running + line.amount
        running = expected if line.balance is None else line.balance
        if expected is not None and running is not None and running != expected:
            broken.append(Rejected(line.number, _break(expected, running)))
    return broken


def _break(expected: Decimal, stated: Decimal) -> Text:
    return Text(
        f"Saldoen skulle være {danish(expected)}, men er {danish(stated)}: der mangler en linje,"
        " eller et beløb er ændret.",
        f"The balance should be {danish(expected)} but is {danish(stated)}: a line is missing,"
        " or an amount was changed.",
    )


def _bank_lines(lines: Iterable[Line], source: str) -> Iterable[BankLine]:
    equals: Counter[str] = Counter()
    for line in lines:
        said = content_id(
            source,
            line.day,
            line.amount,
            line.text,
            line.balance,
            line.reference,
        )
        equals[said] += 1
        made = said if equals[said] == 1 else content_id(said, equals[said])
        part = BankPart(
            line.amount,
            line.reference,
            _alone(line.reference) or payment_id(line.reference) or payment_id(line.text),
            line.text,
        )
        yield BankLine(
            line.number,
            line.entry or made,
            line.day,
            line.value,
            line.amount,
            (part,),
        )
