"""An account statement as camt.053 (ISO 20022), whichever version and prefix.

Only booked entries count. An entry's payments keep their own references; where their sum is
not the entry's amount in the same currency, the entry is one payment.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, TypeVar

from mikroledger.domain import fik
from mikroledger.domain.record import BankLine, BankPart, Document, Rejected
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers.cells import Dates, masked, reason
from mikroledger.importers.statement import content_id, payment_id
from mikroledger.money import ORE, ZERO, danish
from mikroledger.words import Text

Node = Any
"""An lxml element; lxml is loaded only when there is a file for it."""

T = TypeVar("T")

DEEPEST = 64
_OTHERS = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "CstmrCdtTrfInitn": "pain.001",
}
_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""")
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?", re.ASCII)
_SIGNS = {"CRDT": 1, "DBIT": -1}
_WAITING = frozenset({"PDNG", "INFO", "FUTR"})
_DATES = Dates(["yyyy-mm-dd"])
_YES = frozenset({"true", "1"})


def is_xml(data: bytes) -> bool:
    """Tell whether bytes are meant as XML, in whatever encoding."""
    return data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<")


def read(name: str, data: bytes, digest: str) -> Document:
    """Read a camt.053 file.

    Raises:
        RefusedError: it is no camt.053, or says nothing, or is of several accounts.
    """
    statements = _statements(_parse(data))
    reading = Reading()
    accounts = {_account(each) for each in statements}
    if len(accounts) > 1:
        names = ", ".join(sorted(accounts))
        raise RefusedError(
            da=f"Filen har udtog fra flere konti ({names}). Hent én fil for hver konto.",
            en=f"The file has statements of several accounts ({names}). Get one file for each.",
        )
    source = accounts.pop()
    ends = [(reading.statement(each, source), each) for each in statements]
    until = max(filter(None, (day for day, _ in ends)), default=None)
    return Document(
        name,
        "camt.053",
        source,
        digest,
        bank=tuple(reading.lines),
        rejected=tuple(reading.rejected),
        until=until,
        closing=None if reading.rejected else _closing(ends),
    )


def _parse(data: bytes) -> Node:
    from lxml import etree  # only who has XML needs it

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _encoding("?") from error
    declared = _DECLARED.match(text.lstrip())
    if declared and declared[1].lower().replace("-", "") not in {"utf8", "usascii"}:
        raise _encoding(masked(declared[1]))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedError(
            da="XML-filen har en DOCTYPE; det har bankens filer ikke. Afvist.",
            en="The XML has a DOCTYPE; bank files have none. Refused.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise _deep() from error
        raise RefusedError(
            da=f"XML-filen kan ikke læses: {error}. Er den hentet helt ned?",
            en=f"The XML cannot be read: {error}. Was it downloaded whole?",
        ) from error
    if root.xpath("/*" * (DEEPEST + 1)):
        raise _deep()
    return root


def _statements(root: Node) -> Sequence[Node]:
    kinds = [_local(child).removesuffix("V01") for child in root]
    if other := next((_OTHERS[kind] for kind in kinds if kind in _OTHERS), ""):
        raise RefusedError(
            da=f"Filen er {other}; et kontoudtog skal være camt.053.",
            en=f"The file is {other}; an account statement must be camt.053.",
        )
    if "BkToCstmrStmt" not in kinds:
        raise RefusedError(
            da=f"XML-filen ({masked(_local(root))}) er ikke et kontoudtog (camt.053).",
            en=f"The XML file ({masked(_local(root))}) is not an account statement (camt.053).",
        )
    statements = _all(root, "BkToCstmrStmt/Stmt")
    if not any(len(_all(each, "Ntry")) + len(_all(each, "Bal")) for each in statements):
        raise RefusedError(
            da="Kontoudtoget har hverken poster eller saldo. Er det hentet rigtigt?",
            en="The statement has neither entries nor balances. Was it exported rightly?",
        )
    return statements


@dataclass
class Reading:
    """What was read so far of a file."""

    lines: list[BankLine] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    number: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def statement(self, statement: Node, source: str) -> date | None:
        """Read one statement; return the last day that it covers."""
        first, before = len(self.lines), len(self.rejected)
        for entry in _all(statement, "Ntry"):
            self.number += 1
            self._try(partial(self._entry, entry, statement, source))
        lines = self.lines[first:]
        if len(self.rejected) == before:
            self._try(lambda: _balanced(statement, sum((line.amount for line in lines), ZERO)))
        return self._try(lambda: _until(statement, lines))

    def _try(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except UsageError as error:
            self._reject(reason(error))
            return None

    def _reject(self, why: Text) -> None:
        self.rejected.append(Rejected(self.number, why))

    def _entry(self, entry: Node, statement: Node, source: str) -> None:
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        if status in _WAITING:
            return
        if status != "BOOK":
            raise UsageError(
                da=f"Posten har status »{status}«; kun BOOK kan bogføres.",
                en=f"The entry has status '{status}'; only BOOK can be booked.",
            )
        line = _line(entry, self.number)
        name = _bank_id(entry, statement) or self._made(line, source)
        if name in self.seen:
            raise UsageError(
                da=f"Bankens nummer {name} står også på post {self.seen[name]}.",
                en=f"The bank's id {name} is also on entry {self.seen[name]}.",
            )
        self.seen[name] = self.number
        self.lines.append(
            BankLine(
                self.number,
                name,
                line.day,
                line.value,
                line.amount,
                line.parts,
                line.returned,
            )
        )

    def _made(self, line: BankLine, source: str) -> str:
        texts, references = zip(*((part.text, part.reference) for part in line.parts), strict=True)
        said = (source, line.day, line.amount, " ".join(texts), " ".join(references))
        made = content_id(*said)
        times = 1
        while made in self.seen:
            times += 1
            made = content_id(*said, times)
        return made


def _line(entry: Node, number: int) -> BankLine:
    amount = _signed(entry)
    if amount == ZERO:
        raise UsageError(
            da="Beløbet er 0,00; en post flytter penge.",
            en="The amount is 0.00; an entry moves money.",
        )
    day = _day(entry, "BookgDt")
    if day is None:
        raise UsageError(
            da="Posten har ingen bogføringsdag (BookgDt).",
            en="The entry has no BookgDt.",
        )
    details = _all(entry, "NtryDtls/TxDtls")
    returned = _text(entry, "RvslInd") in _YES or (
        bool(details) and all(_all(each, "RtrInf") for each in details)
    )
    parts = _parts(entry, details, amount)
    return BankLine(number, "", day, _day(entry, "ValDt") or day, amount, parts, returned)


def _parts(entry: Node, details: Sequence[Node], amount: Decimal) -> tuple[BankPart, ...]:
    """Divide an entry into its payments, if they are its sum."""
    batch = _word(_text(entry, "NtryDtls/Btch/PmtInfId"))
    more = _text(entry, "AddtlNtryInf")
    if len(details) == 1:
        return (_part(details[0], amount, batch, more),)
    amounts = [_part_amount(each, amount) for each in details]
    known = [each for each in amounts if each is not None]
    if details and len(known) == len(details) and sum(known, ZERO) == amount:
        return tuple(_part(each, own, batch) for each, own in zip(details, known, strict=True))
    said = _joined([*(text for each in details for text in _said(each)), more])
    return (BankPart(amount, batch, "", said),)


def _part(detail: Node, amount: Decimal, batch: str, more: str = "") -> BankPart:
    names = [_text(detail, f"Refs/{name}") for name in ("EndToEndId", "PmtInfId")]
    reference = next((n for n in map(_word, names) if n and n != "NOTPROVIDED"), batch)
    said = [*_said(detail), more]
    structured = [_word(_inner(each)) for each in _all(detail, "RmtInf/Strd/CdtrRefInf/Ref")]
    ids = [*map(_structured_id, structured), *map(payment_id, said)]
    return BankPart(amount, reference, next(filter(None, ids), ""), _joined(said))


def _structured_id(reference: str) -> str:
    """Return the payment id of a creditor reference: an OCR line, or the 15 digits alone."""
    alone = len(reference) == 15 and fik.is_valid(reference)
    return reference if alone else fik.find(reference)


def _said(detail: Node) -> list[str]:
    paths = (
        "RmtInf/Ustrd",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/AddtlRmtInf",
        "AddtlTxInf",
    )
    return [_inner(each) for path in paths for each in _all(detail, path)]


def _part_amount(detail: Node, whole: Decimal) -> Decimal | None:
    """Return a payment's amount in the account's currency, signed, or None."""
    found = (_all(detail, path) for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"))
    node = next((nodes[0] for nodes in found if nodes), None)
    if node is None or node.get("Ccy") != "DKK":
        return None
    sign = _SIGNS.get(_text(detail, "CdtDbtInd"), 1 if whole > ZERO else -1)
    return sign * _exact(node)


def _signed(node: Node) -> Decimal:
    """Return the amount of an entry or balance, signed."""
    amounts = _all(node, "Amt")
    sign = _SIGNS.get(_text(node, "CdtDbtInd"))
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
    return sign * _exact(amounts[0])


def _exact(node: Node) -> Decimal:
    text = _inner(node)
    if _AMOUNT.fullmatch(text):
        value = Decimal(text)
        if value == value.quantize(ORE):
            return value.quantize(ORE)
    raise UsageError(
        da=f"»{text}« er ikke et beløb i hele øre.",
        en=f"'{text}' is not an amount in whole øre.",
    )


def _balanced(statement: Node, moved: Decimal) -> None:
    """Hold opening balance and entries against the closing balance."""
    balances = {_text(b, "Tp/CdOrPrtry/Cd"): b for b in _all(statement, "Bal")}
    ends = [balances.get("OPBD", balances.get("PRCD")), balances.get("CLBD")]
    amounts = [_signed(each) for each in ends if each is not None]
    if len(amounts) == 2 and amounts[0] + moved != amounts[1]:
        opening, said, closing = (danish(each) for each in (amounts[0], moved, amounts[1]))
        raise UsageError(
            da=f"Primosaldo {opening} + poster {said} er ikke ultimosaldo {closing}. En post"
            " mangler.",
            en=f"Opening {opening} + entries {said} is not closing {closing}. An entry is"
            " missing.",
        )


def _until(statement: Node, lines: Sequence[BankLine]) -> date | None:
    """Return the last day covered: of the closing balance, the period, or the entries."""
    closing = [b for b in _all(statement, "Bal") if _text(b, "Tp/CdOrPrtry/Cd") == "CLBD"]
    days = [_day(each, "Dt") for each in closing]
    if period := _text(statement, "FrToDt/ToDtTm"):
        days.append(_DATES.read(period[:10]))
    days.append(max((line.day for line in lines), default=None))
    return next(filter(None, days), None)


def _closing(ends: Sequence[tuple[date | None, Node]]) -> Decimal | None:
    """Return the closing balance of the newest statement, if it says one."""
    _, newest = max(ends, key=lambda end: end[0] or date.min)
    found = [b for b in _all(newest, "Bal") if _text(b, "Tp/CdOrPrtry/Cd") == "CLBD"]
    return _signed(found[0]) if found else None


def _day(node: Node, name: str) -> date | None:
    text = _text(node, f"{name}/Dt") or _text(node, f"{name}/DtTm")
    return _DATES.read(text[:10]) if text else None


def _account(statement: Node) -> str:
    found = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
    if not found:
        raise RefusedError(
            da="Kontoudtoget siger ikke, hvilken konto det er.",
            en="The statement does not say which account it is of.",
        )
    return _word(found)


def _bank_id(entry: Node, statement: Node) -> str:
    """Return the bank's id of an entry; a reversal may carry the id of what it reverses."""
    mark = "/R" if _text(entry, "RvslInd") in _YES else ""
    if service := _word(_text(entry, "AcctSvcrRef")):
        return service + mark
    number = _word(_text(entry, "NtryRef"))
    return f"{_word(_text(statement, 'Id'))}/{number}" if number else ""


def _joined(texts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(each for each in texts if each))


def _word(text: str) -> str:
    return "".join(text.split())


@lru_cache(maxsize=64)
def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def _all(node: Node, path: str) -> Sequence[Node]:
    found: Sequence[Node] = node.findall(_path(path))
    return found


def _text(node: Node, path: str) -> str:
    return " ".join((node.findtext(_path(path)) or "").split())


def _inner(node: Node) -> str:
    return " ".join((node.text or "").split())


def _local(node: Node) -> str:
    return str(node.tag).rpartition("}")[2]


def _encoding(name: str) -> RefusedError:
    return RefusedError(
        da=f"XML-filens tegnsæt ({name}) er afvist; bankens filer er UTF-8.",
        en=f"The XML's encoding ({name}) is refused; bank files are UTF-8.",
    )


def _deep() -> RefusedError:
    return RefusedError(
        da=f"XML-filen har elementer i mere end {DEEPEST} lag. Afvist.",
        en=f"The XML is nested deeper than {DEEPEST}. Refused.",
    )
