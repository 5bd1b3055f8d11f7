"""An ERP posting list: one row for one side of each posting."""

import re

from mikroledger.domain.record import AccountString, Document, ErpRow
from mikroledger.errors import UsageError
from mikroledger.importers import cells
from mikroledger.importers.columns import ColumnMap
from mikroledger.importers.rows import Row, read_rows


def read(name: str, text: str, digest: str, wanted: ColumnMap) -> Document:
    """Read a posting list by its column map."""
    rows, rejected = read_rows(text, wanted, _row)
    return Document(name, "erp", wanted.name, digest, erp=tuple(rows), rejected=tuple(rejected))


def _row(row: Row) -> ErpRow:
    voucher = row.get("voucher")
    if not voucher:
        raise UsageError(da="Rækken har intet bilagsnummer.", en="The row has no voucher number.")
    return ErpRow(
        line=row.number,
        day=row.day(),
        voucher=voucher,
        account=_account(row),
        amount=row.amount(),
        text=row.get("text"),
        person=cells.person(row.get("person")),
        decision=row.get("decision"),
        reference=row.get("reference"),
    )


def _account(row: Row) -> AccountString:
    """Read the account string from its columns, or from one column by the map's pattern."""
    parts = {name: row.get(name) for name in ("funktion", "dranst", "gruppering", "art")}
    if "account" in row.places:
        parts |= _pattern(row, row.map.account or re.compile("(?P<funktion>.*)"))
    return AccountString(
        cells.funktion(parts["funktion"]),
        cells.dranst(parts["dranst"]),
        cells.gruppering(parts["gruppering"]),
        cells.art(parts["art"]),
    )


def _pattern(row: Row, pattern: re.Pattern[str]) -> dict[str, str]:
    text = row.get("account")
    match = pattern.fullmatch(text)
    if match is None:
        raise UsageError(
            da=f"»{text}« er ikke en kontostreng efter kortet {row.map.name}.",
            en=f"'{text}' is not an account string by the map {row.map.name}.",
        )
    return match.groupdict("")
