"""How municipalities' systems write: ERP lists and statements as the bytes of real files."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from benchmarks.corpus.truth import NOUGHT, Line, Row

MAPS = Path(__file__).parent / "maps"
STRINGS: dict[str, tuple[str, str, str, str]] = {
    "loan": ("9.32.25", "5", "065", "6.0"),
    "movement": ("8.32.25", "5", "065", "6.0"),
    "loan-art": ("9.32.25", "5", "065", "5.2"),
    "loan-dranst": ("9.32.25", "1", "065", "6.0"),
    "grant": ("5.58.80", "1", "065", "5.2"),
    "subsistence": ("5.58.80", "1", "014", "5.2"),
    "refund": ("5.58.80", "2", "002", "8.6"),
    "income": ("5.58.80", "1", "065", "7.1"),
    "elsewhere": ("5.57.72", "1", "010", "5.2"),
    "bank": ("9.22.05", "", "", ""),
    "clearing": ("9.52.59", "", "", ""),
}
_EMPTY = ("", "", "", "")


def danish(amount: Decimal) -> str:
    """Write an amount with points between thousands, its minus in front."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _behind(amount: Decimal) -> str:
    return danish(abs(amount)) + ("-" if amount < NOUGHT else "")


def _bracketed(amount: Decimal) -> str:
    return f"({danish(-amount)})" if amount < NOUGHT else danish(amount)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([head, *rows])
    return text.getvalue()


def _dashed(person: str) -> str:
    return f"{person[:6]}-{person[6:]}" if person else ""


_OPUS = "Bogføringsdato Bilagsnr Funktion Dranst Gruppering Art Posteringstekst Beløb CPR/CVR"


def opus(rows: Sequence[Row]) -> bytes:
    """Write what KMD Opus exports, with the minus behind, as Windows-1252."""
    head = [*_OPUS.split(), "Afgørelse", "Reference", "Bruger"]
    cells = [
        [
            f"{row.day:%d-%m-%Y}",
            row.voucher,
            *STRINGS[row.account],
            row.text,
            _behind(row.amount),
            _dashed(row.person),
            row.decision,
            row.reference,
            "anl",
        ]
        for row in rows
    ]
    return _table(head, cells, ";").encode("cp1252")


def prisme(rows: Sequence[Row]) -> bytes:
    """Write one account string per row and the side as a letter, divided by tabs."""
    head = [
        "Bilag",
        "Dato",
        "Kontostreng",
        "Tekst",
        "Beløb",
        "D/K",
        "Personnr",
        "Sagsnr",
        "Betalingsref",
    ]
    cells = [
        [
            row.voucher,
            f"{row.day:%Y-%m-%d}",
            "-".join(STRINGS[row.account]).rstrip("-"),
            row.text,
            danish(abs(row.amount)),
            "D" if row.amount > NOUGHT else "K",
            row.person,
            row.decision,
            row.reference,
        ]
        for row in rows
    ]
    return _table(head, cells, "\t").encode("utf-8-sig")


def eg(rows: Sequence[Row]) -> bytes:
    """Write debit and credit in two columns, a funktion with its nought, an art without point."""
    head = [
        "Dato",
        "Bilagsnummer",
        "Debet",
        "Kredit",
        "Funktion",
        "Dr",
        "Grp",
        "Art",
        "Posteringstekst",
    ]
    cells = []
    for row in rows:
        funktion, dranst, gruppering, art = STRINGS[row.account]
        amount = danish(abs(row.amount))
        cells.append(
            [
                f"{row.day:%d.%m.%Y}",
                row.voucher,
                amount if row.amount > NOUGHT else "",
                amount if row.amount < NOUGHT else "",
                f"0{funktion}",
                dranst,
                gruppering.lstrip("0"),
                art.replace(".", ""),
                row.text,
                row.decision,
                _dashed(row.person),
                row.reference,
            ]
        )
    return _table([*head, "Journalnr", "CPR", "Ref"], cells, ",").encode()


def printed(rows: Sequence[Row]) -> bytes:
    """Write a printed list: bars, rulers, page titles, credit positive, brackets for debit."""
    head = [
        "Bilag",
        "Bogf.dag",
        "Konto",
        "Dr",
        "Grp",
        "Art",
        "Beløb",
        "Person",
        "Afg.",
        "Ref.",
        "Tekst",
    ]
    lines = ["POSTERINGSLISTE", "=" * 60]
    for place, row in enumerate(rows):
        if place % 40 == 0:
            lines += [f"Side {place // 40 + 1}", f"| {' | '.join(head)} |", "-" * 60]
        cells = [
            row.voucher,
            f"{row.day:%d-%m-%Y}",
            *STRINGS[row.account],
            _bracketed(-row.amount),
            row.person,
            row.decision,
            row.reference,
            row.text,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).encode("utf-8") + b"\n"


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank's export: its columns, and whether the newest line comes first."""

    head: str
    form: str
    newest_first: bool = False

    def write(self, lines: Sequence[Line], opening: Decimal) -> bytes:
        """Write a statement; where there is no column for a reference, it is in the text."""
        cells, balance = [], opening
        for line in lines:
            balance += line.amount
            cells.append([self._cell(name, line, balance) for name in self.head.split(";")])
        if self.newest_first:
            cells.reverse()
        return _table(self.head.split(";"), cells, ";").encode("utf-8-sig")

    def _cell(self, name: str, line: Line, balance: Decimal) -> str:
        match name:
            case "Beløb":
                return danish(line.amount)
            case "Saldo":
                return danish(balance)
            case "Reference":
                return line.reference or (f"71{line.fik}" if line.fik else "")
            case "Tekst":
                card = f"+71<{line.fik}+80000000<" if line.fik else ""
                named = "" if "Reference" in self.head else f"{line.reference} {card}"
                return f"{line.text} {named}".strip()
            case _:
                return self._day(line.day)

    def _day(self, day: date) -> str:
        return f"{day:{self.form}}"


ERPS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "opus": opus,
    "prisme": prisme,
    "eg": eg,
    "print": printed,
}
BANKS: dict[str, Bank] = {
    "bank": Bank("Dato;Valørdato;Tekst;Beløb;Saldo;Reference", "%d-%m-%Y"),
    "rentedato": Bank("Bogført dato;Rentedato;Tekst;Beløb;Saldo", "%d.%m.%Y"),
    "bec": Bank("Bogføringsdato;Valørdato;Tekst;Beløb;Saldo", "%d-%m-%Y", newest_first=True),
    "bankdata": Bank("Dato;Tekst;Beløb;Saldo", "%d.%m.%Y"),
}
