"""One entry (Ntry) of a camt.053 or camt.054: its amount, its days, and the payments in it.

An entry's payments keep their own references; where their sum is not the entry's amount in the
same currency, the entry is one payment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from mikroledger.domain import fik
from mikroledger.domain.record import BankPart
from mikroledger.errors import UsageError
from mikroledger.importers.cells import Dates
from mikroledger.importers.statement import payment_id
from mikroledger.importers.xmlread import Fields, Node, inner
from mikroledger.money import ORE, ZERO

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?", re.ASCII)
_SIGNS = {"CRDT": 1, "DBIT": -1}
_WAITING = frozenset({"PDNG", "INFO", "FUTR"})
_DATES = Dates(["yyyy-mm-dd"])
_NOBODY = frozenset({"RltdPties", "RltdAgts", "RltdDts", "BkTxCd", "UndrlygAllcn"})
"""What nobody asks for: a payer's name and address are not for the book."""
_DETAILS = "NtryDtls/TxDtls"
_YES = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked entry; money in is positive.

    Args:
        number: its place among the entries of the file, for messages.
        service: the bank's own reference, or empty; a reversal is told from what it reverses.
        own: its number within its statement, or empty.
    """

    number: int
    service: str
    own: str
    day: date
    value: date
    amount: Decimal
    parts: tuple[BankPart, ...]
    returned: bool


def fields_of(entry: Node) -> Fields:
    """Return the fields of an entry; each payment in it has fields of its own."""
    return Fields(entry, {*_NOBODY, "TxDtls"})


def is_waiting(entry: Fields) -> bool:
    """Tell whether the bank has only announced an entry; one of an unknown status is refused.

    Raises:
        UsageError: its status is not known.
    """
    status = next(filter(None, map(entry.text, ("Sts/Cd", "Sts/Prtry", "Sts"))), "")
    if status != "BOOK" and status not in _WAITING:
        raise UsageError(
            da=f"Posten har status »{status}«; kun BOOK kan bogføres.",
            en=f"The entry has status '{status}'; only BOOK can be booked.",
        )
    return status != "BOOK"


def read(entry: Fields, number: int) -> Entry:
    """Read a booked entry.

    Raises:
        UsageError: it has no amount in whole øre of kroner, no direction, or no day.
    """
    amount = signed(entry)
    if amount == ZERO:
        raise UsageError(
            da="Beløbet er 0,00; en post flytter penge.",
            en="The amount is 0.00; an entry moves money.",
        )
    day = day_at(entry, "BookgDt")
    if day is None:
        raise UsageError(
            da="Posten har ingen bogføringsdag (BookgDt).",
            en="The entry has no BookgDt.",
        )
    details = [Fields(each, _NOBODY) for each in entry.all(_DETAILS)]
    reversal = entry.text("RvslInd") in _YES
    service = word(entry.text("AcctSvcrRef"))
    return Entry(
        number,
        service + "/R" if service and reversal else service,
        word(entry.text("NtryRef")),
        day,
        day_at(entry, "ValDt") or day,
        amount,
        _parts(entry, details, amount),
        reversal or (bool(details) and all(each.all("RtrInf") for each in details)),
    )


def signed(said: Fields) -> Decimal:
    """Return the amount of an entry or balance, signed.

    Raises:
        UsageError: it is none, not of kroner, or says not which way.
    """
    amounts = said.all("Amt")
    sign = _SIGNS.get(said.text("CdtDbtInd"))
    if not amounts or sign is None:
        raise UsageError(
            da="Posten mangler beløb eller retning (Amt, CdtDbtInd).",
            en="The entry lacks its amount or direction (Amt, CdtDbtInd).",
        )
    if (currency := amounts[0].get("Ccy")) != "DKK":
        raise UsageError(
            da=f"Valutaen er {currency}; kun DKK kan bogføres.",
            en=f"The currency is {currency}; only DKK can be booked.",
        )
    return sign * exact(inner(amounts[0]))


def exact(text: str) -> Decimal:
    """Return an amount without its sign.

    Raises:
        UsageError: it is none in whole øre.
    """
    if _AMOUNT.fullmatch(text):
        value = Decimal(text)
        if value == value.quantize(ORE):
            return value.quantize(ORE)
    raise UsageError(
        da=f"»{text}« er ikke et beløb i hele øre.",
        en=f"'{text}' is not an amount in whole øre.",
    )


def day_at(said: Fields, name: str) -> date | None:
    """Return the day at a name, with or without its time, or None.

    Raises:
        UsageError: it is no day that can be meant.
    """
    return day_of(said.text(f"{name}/Dt") or said.text(f"{name}/DtTm"))


@lru_cache(maxsize=256)
def day_of(text: str) -> date | None:
    """Return the day of an ISO day or time, or None for nothing.

    Raises:
        UsageError: it is no day that can be meant.
    """
    return _DATES.read(text[:10]) if text else None


def word(text: str) -> str:
    """Return a reference without the blanks that banks put into it."""
    return "".join(text.split())


def joined(texts: Sequence[str]) -> str:
    """Return what several fields say, each only once."""
    return " ".join(dict.fromkeys(each for each in texts if each))


def _parts(entry: Fields, details: Sequence[Fields], amount: Decimal) -> tuple[BankPart, ...]:
    """Divide an entry into its payments, if they are its sum."""
    batch = word(entry.text("NtryDtls/Btch/PmtInfId"))
    more = entry.text("AddtlNtryInf")
    if len(details) == 1:
        return (_part(details[0], amount, batch, more),)
    amounts = [_part_amount(each, amount) for each in details]
    known = [each for each in amounts if each is not None]
    if details and len(known) == len(details) and sum(known, ZERO) == amount:
        return tuple(_part(each, own, batch) for each, own in zip(details, known, strict=True))
    said = joined([*(text for each in details for text in _said(each)), more])
    return (BankPart(amount, batch, "", said),)


def _part(detail: Fields, amount: Decimal, batch: str, more: str = "") -> BankPart:
    names = [detail.text(f"Refs/{name}") for name in ("EndToEndId", "PmtInfId")]
    reference = next((n for n in map(word, names) if n and n != "NOTPROVIDED"), batch)
    said = [*_said(detail), more]
    structured = [word(inner(each)) for each in detail.all(_STRUCTURED)]
    ids = [*map(_structured_id, structured), *map(payment_id, said)]
    return BankPart(amount, reference, next(filter(None, ids), ""), joined(said))


def _structured_id(reference: str) -> str:
    """Return the payment id of a creditor reference: an OCR line, or the 15 digits alone."""
    alone = len(reference) == 15 and fik.is_valid(reference)
    return reference if alone else fik.find(reference)


_STRUCTURED = "RmtInf/Strd/CdtrRefInf/Ref"
_SAID = (
    "RmtInf/Ustrd",
    _STRUCTURED,
    "RmtInf/Strd/AddtlRmtInf",
    "AddtlTxInf",
    "RtrInf/Rsn/Cd",
    "RtrInf/Rsn/Prtry",
    "RtrInf/AddtlInf",
)
"""Where a payment's text stands, and last why it came back (AC04: the account is closed)."""


def _said(detail: Fields) -> list[str]:
    return [inner(each) for path in _SAID for each in detail.all(path)]


def _part_amount(detail: Fields, whole: Decimal) -> Decimal | None:
    """Return a payment's amount in the account's currency, signed, or None."""
    paths = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    node = next((nodes[0] for path in paths if (nodes := detail.all(path))), None)
    if node is None or node.get("Ccy") != "DKK":
        return None
    sign = _SIGNS.get(detail.text("CdtDbtInd"), 1 if whole > ZERO else -1)
    return sign * exact(inner(node))
