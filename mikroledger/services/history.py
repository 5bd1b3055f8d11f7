"""What has happened on a loan, in the order of booking."""

from collections.abc import Iterator
from typing import Any

from mikroledger.domain.ledger import Entry, Opening, Record, Transaction
from mikroledger.domain.portfolio import Portfolio
from mikroledger.money import ZERO
from mikroledger.services.order import amount_of


def history(folio: Portfolio, loan: str) -> list[dict[str, Any]]:
    """Return every entry on a loan: postings, decisions, holds, letters, proposals."""
    mine = {p.id for p in folio.payments.values() if p.case == loan}
    return [
        {
            "day": entry.value,
            "booked": entry.booked,
            "kind": entry.name if isinstance(entry, Record) else entry.kind,
            "amount": _amount(entry),
            "reference": entry.get("reference"),
            "id": entry.id,
            "by": entry.by,
            "countersigned": entry.get("countersigned"),
            "reason": entry.get("reason"),
        }
        for entry in _entries(folio, loan, mine)
        if entry.value <= folio.as_of
    ]


def _entries(folio: Portfolio, loan: str, mine: set[str]) -> Iterator[Entry]:
    for entry in folio.ledger.entries:
        if isinstance(entry, Opening):
            continue
        named = {entry.get("payment")}
        if isinstance(entry, Transaction):
            named |= {str(p.meta["payment"]) for p in entry.postings if "payment" in p.meta}
        if entry.get("loan") == loan or named & mine:
            yield entry


def _amount(entry: Entry) -> Any:
    return amount_of(entry) or ZERO
