"""Import documents: all of a file or nothing of it, and the same file never twice."""

from dataclasses import dataclass, replace
from decimal import Decimal

from mikroledger.domain.ledger import Entry, Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_key
from mikroledger.domain.record import Document, Rejected
from mikroledger.domain.rooms import Debtors
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services import bank, notices, placing
from mikroledger.services.bank import place_lines
from mikroledger.services.board import Board
from mikroledger.services.erp import Tally, place_rows
from mikroledger.services.notices import place_notices
from mikroledger.services.order import Outcome, Planned, Who, signed, submit
from mikroledger.services.statements import Accounts, take_known
from mikroledger.services.voucher import keys


@dataclass(frozen=True, slots=True)
class Imported:
    """How one file fared (product.md, `import --json`)."""

    file: str
    format: str
    rows: int
    booked: int
    already: int
    suspense: int
    rejected: tuple[Rejected, ...]
    sum: Decimal
    commit: str = ""
    head: str = ""
    account: str = ""


def import_(
    journal: Journal,
    debtors: Debtors,
    document: Document,
    who: Who,
    *,
    dry_run: bool = False,
) -> Imported:
    """Book a document as one commit.

    A file with a row that cannot be read is not booked at all; its rows are told.

    Raises:
        RefusedError: a line is known with other content.
    """
    who = replace(who, by=signed(who.by))
    amounts = [*(row.amount for row in document.erp), *(line.amount for line in document.bank)]
    amounts += [notice.amount for notice in document.notices]
    total = sum(amounts, ZERO)
    result = Imported(
        document.file,
        document.format,
        document.rows,
        0,
        0,
        0,
        document.rejected,
        total,
    )
    if document.rejected:
        return result
    tally, said = Tally(), document

    def make(ledger: Ledger) -> Planned | Outcome:
        nonlocal tally, said
        board = Board(ledger, who.today)
        said = Accounts(ledger).resolved(document)
        tally = _place(board, said, debtors)
        _not_later(said, who)
        if not board.made and not _news(ledger, said):
            return Outcome("", "", who.today, ZERO, "already")
        return Planned((*board.opened, *board.flow_back(), _record(said, tally, who)))

    about = _names(document, debtors)
    outcome = submit(journal, "import", who, make, about=about, dry_run=dry_run)
    return replace(
        result,
        booked=tally.booked,
        already=tally.already,
        suspense=tally.suspense,
        commit=outcome.commit,
        head=outcome.head,
        account=said.account,
    )


def _names(document: Document, debtors: Debtors) -> frozenset[str]:
    """Return the names (`domain.parts`) of all that a document may be about."""
    found = set(map(of_key, keys(document.erp, document.source)))
    for row in document.erp:
        found.update(placing.names(row, debtors))
    for line in document.bank:
        for source in (document.source, f"{document.source}@{document.account}"):
            found.update(bank.names(line, source, debtors))
    for notice in document.notices:
        found.update(notices.names(notice, document.source))
    return frozenset(found)


def _place(board: Board, document: Document, debtors: Debtors) -> Tally:
    fresh = take_known(board, document)
    tallies = (
        place_rows(board, document.erp, document.source, debtors),
        place_lines(board, fresh, document.source, debtors),
        place_notices(board, document.notices, document.source),
        Tally(already=len(document.bank) - len(fresh)),
    )
    return Tally(
        sum(tally.booked for tally in tallies),
        sum(tally.already for tally in tallies),
        sum(tally.suspense for tally in tallies),
    )


def _not_later(document: Document, who: Who) -> None:
    days = [(row.day, row.line) for row in document.erp]
    days += [(line.day, line.line) for line in document.bank]
    days += [(notice.day, notice.line) for notice in document.notices]
    late = next(((day, line) for day, line in days if day > who.today), None)
    if late:
        raise RefusedError(
            da=f"Linje {late[1]}: {late[0]} er ikke kommet endnu."
            " Intet er bogført. Er det den rigtige fil?",
            en=f"Line {late[1]}: {late[0]} has not come yet."
            " Nothing was booked. Is it the right file?",
        )


def _news(ledger: Ledger, document: Document) -> bool:
    """Tell whether a file without new rows still says something: a later day covered."""
    if Accounts(ledger).is_news(document):
        return True
    if document.until is None:
        return False
    return all(record.meta.get("until") != document.until for record in ledger.records("import"))


def _record(document: Document, tally: Tally, who: Who) -> Entry:
    """Keep that the file was read; never its name, which may hold what must not be here."""
    meta: dict[str, Value] = {
        "kind": "import",
        "format": document.format,
        "source": document.source,
        "rows": document.rows,
        "digest": document.digest,
        "suspense": tally.suspense,
    }
    said = {"since": document.since, "until": document.until, "account": document.account}
    meta |= {name: value for name, value in said.items() if value}
    if document.closing is not None:
        moved = sum((line.amount for line in document.bank), ZERO)
        meta["opening"] = document.closing - moved
        meta["closing"] = document.closing
    return Record(who.today, "import", (document.format,), meta=meta)
