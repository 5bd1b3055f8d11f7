"""Whole camt.053 and camt.054 documents of any version, valid against the schema of ISO 20022."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCHEMAS = Path(__file__).parents[2] / "shared" / "data" / "bank" / "iso20022-xsd"
ACCOUNT = "DK5000400440116243"
_FORMS = {
    "camt.053": ("BkToCstmrStmt", "Stmt", "StmtPgntn"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn"),
}


def signed(amount: str, name: str = "Amt") -> str:
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return f'<{name} Ccy="DKK">{amount.removeprefix("-")}</{name}><CdtDbtInd>{side}</CdtDbtInd>'


@dataclass(frozen=True)
class Pay:
    """One payment of an entry."""

    amount: str
    fik: str = ""
    text: str = ""
    reference: str = "NOTPROVIDED"
    returned: str = ""

    def xml(self, version: int) -> str:
        side = signed(self.amount)
        old = side.partition("<CdtDbtInd>")[0]
        said = f"<Ustrd>{self.text}</Ustrd>" if self.text else ""
        if self.fik:
            said += (
                "<Strd><CdtrRefInf><Tp><CdOrPrtry><Prtry>OCR</Prtry></CdOrPrtry></Tp>"
                f"<Ref>71{self.fik}81234567</Ref></CdtrRefInf></Strd>"
            )
        back = f"<RtrInf><Rsn><Cd>{self.returned}</Cd></Rsn></RtrInf>" if self.returned else ""
        return (
            f"<TxDtls><Refs><EndToEndId>{self.reference}</EndToEndId></Refs>"
            + (side if version > 2 else f"<AmtDtls><TxAmt>{old}</TxAmt></AmtDtls>")
            + (f"<RmtInf>{said}</RmtInf>" if said else "")
            + f"{back}</TxDtls>"
        )


@dataclass(frozen=True)
class Entry:
    """One entry of a statement or notification."""

    amount: str
    pays: Sequence[Pay] = ()
    ref: str = ""
    reversal: bool = False
    status: str = "BOOK"
    day: str = "2026-11-20"
    value: str = ""

    def xml(self, version: int) -> str:
        status = f"<Cd>{self.status}</Cd>" if version > 6 else self.status
        value = self.value or self.day
        return (
            f"<Ntry>{signed(self.amount)}"
            + ("<RvslInd>true</RvslInd>" if self.reversal else "")
            + f"<Sts>{status}</Sts><BookgDt><Dt>{self.day}</Dt></BookgDt>"
            + f"<ValDt><DtTm>{value}T00:00:00+01:00</DtTm></ValDt>"
            + (f"<AcctSvcrRef>{self.ref}</AcctSvcrRef>" if self.ref else "")
            + "<BkTxCd><Prtry><Cd>FI</Cd><Issr>DBA</Issr></Prtry></BkTxCd>"
            + ("<NtryDtls>" if self.pays else "")
            + "".join(pay.xml(version) for pay in self.pays)
            + ("</NtryDtls></Ntry>" if self.pays else "</Ntry>")
        )


@dataclass(frozen=True)
class Statement:
    """A statement or notification, or a page of one."""

    entries: Sequence[Entry] = ()
    balances: Sequence[tuple[str, str]] = ()
    id: str = "S1"
    page: tuple[int, bool] | None = None
    sequence: int = 0
    totals: str = ""
    until: str = ""
    day: str = "2026-11-20"

    def xml(self, form: str, version: int) -> str:
        _, name, pages = _FORMS[form]
        number, last = self.page or (1, True)
        period = (
            f"<FrToDt><FrDtTm>{self.day}T00:00:00</FrDtTm><ToDtTm>{self.until}</ToDtTm></FrToDt>"
        )
        return (
            f"<{name}><Id>{self.id}</Id>"
            + (_pages(pages, number, last=last) if self.page and version > 3 else "")
            + (f"<ElctrncSeqNb>{self.sequence}</ElctrncSeqNb>" if self.sequence else "")
            + "<CreDtTm>2026-11-21T05:00:00</CreDtTm>"
            + (period if self.until else "")
            + f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>DKK</Ccy></Acct>"
            + "".join(self._balance(code, amount) for code, amount in self.balances)
            + (f"<TxsSummry>{self.totals}</TxsSummry>" if self.totals else "")
            + "".join(entry.xml(version) for entry in self.entries)
            + f"</{name}>"
        )

    def _balance(self, code: str, amount: str) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{signed(amount)}"
            f"<Dt><Dt>{self.day}</Dt></Dt></Bal>"
        )


def _pages(name: str, number: int, *, last: bool) -> str:
    return f"<{name}><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></{name}>"


def document(
    *statements: Statement,
    form: str = "camt.053",
    version: int = 8,
    page: tuple[int, bool] | None = None,
) -> bytes:
    """Write a document; `page` is that of the whole message."""
    message = _FORMS[form][0]
    pages = _pages("MsgPgntn", page[0], last=page[1]) if page else ""
    head = f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T05:00:00</CreDtTm>{pages}</GrpHdr>"
    body = "".join(each.xml(form, version) for each in statements)
    space = f"urn:iso:std:iso:20022:tech:xsd:{form}.001.{version:02d}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}">'
        f"<{message}>{head}{body}</{message}></Document>"
    ).encode()


def totals(count: int, total: str, net: str = "", *, version: int = 8) -> str:
    side = signed(net, "Amt").replace(' Ccy="DKK"', "") if net else ""
    if net and version > 3:
        side = f"<TtlNetNtry>{side}</TtlNetNtry>"
    elif net:
        side = side.replace("Amt>", "TtlNetNtryAmt>")
    return f"<TtlNtries><NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum>{side}</TtlNtries>"
