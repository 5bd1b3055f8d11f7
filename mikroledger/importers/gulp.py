"""Importers for beangulp: the same readers, in somebody's own `import.py` (docs/importers.md).

They make plain beancount transactions on the accounts that they are given, and book nothing:
who keeps a book with mikroledger uses `mikroledger import`. beangulp is an extra of its own,
so nothing else here imports this module.
"""

import datetime as dt
import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, TypedDict, Unpack

from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import BankPart, Document, ErpRow
from mikroledger.errors import MikroledgerError
from mikroledger.importers.cells import masked
from mikroledger.importers.document import read
from mikroledger.importers.statement import content_id
from mikroledger.money import ZERO
from mikroledger.words import Language, Text

try:
    from beangulp import exceptions
    from beangulp.extract import DUPLICATE
    from beangulp.importer import Importer
except ImportError as error:
    raise ImportError(
        "mikroledger.importers.gulp needs beangulp: pip install 'mikroledger[beangulp]'"
    ) from error

__all__ = ["BankImporter", "ErpImporter", "NoticeImporter"]

Meta = dict[str, Any]
ID = "entry-id"
"""The metadata by which an entry is known again: the bank's id, or one made of the content."""
_UNFIT = re.compile(r"[^\w.-]+")


class Options(TypedDict, total=False):
    """What all importers may be told besides.

    Args:
        number: take only files of this account number, or of this column map.
        maps: folders with column maps of your own; they come before the shipped ones.
        map_name: the column map to use, instead of the one that has the file's header.
        language: of error messages, `da` (the default) or `en`.
    """

    number: str
    maps: Sequence[str | os.PathLike[str]]
    map_name: str
    language: Language


class _Importer(Importer):
    """What all three share: a document is read once, whole, or not at all."""

    def __init__(self, account: str, other: str, **options: Unpack[Options]) -> None:
        """Set up an importer.

        Args:
            account: the account that a file is of, and under which it is filed.
            other: the account that balances each transaction.
            options: see `Options`.
        """
        self._account = account
        self._other = other
        self._number = options.get("number", "")
        self._maps = [Path(folder) for folder in options.get("maps", ())]
        self._map_name = options.get("map_name", "")
        self._language: Language = options.get("language", "da")
        self._last: tuple[object, Document] | None = None

    @abstractmethod
    def _days(self, document: Document) -> Sequence[dt.date]:
        """Return the days of a document's rows."""

    @abstractmethod
    def _transactions(self, document: Document, filepath: str) -> Iterator[Any]:
        """Make the transactions of a document."""

    def _document(self, filepath: str) -> Document:
        """Read a file, unless it is the one that was read last."""
        found = Path(filepath).stat()
        stamp = (filepath, found.st_size, found.st_mtime_ns)
        if self._last is None or self._last[0] != stamp:
            self._last = stamp, read(Path(filepath), self._maps, self._map_name)
        return self._last[1]

    def identify(self, filepath: str) -> bool:
        """Tell whether a file is this importer's: of its kind, and of its account."""
        try:
            document = self._document(filepath)
        except MikroledgerError:
            return False
        return self._is_mine(document) and self._number in ("", document.source)

    @abstractmethod
    def _is_mine(self, document: Document) -> bool:
        """Tell whether a document is of this importer's kind."""

    def account(self, filepath: str) -> str:  # noqa: ARG002  # beangulp asks so
        """Return the account that a file is filed under."""
        return self._account

    def date(self, filepath: str) -> dt.date | None:
        """Return the last day that a file covers."""
        document = self._document(filepath)
        return document.until or max(self._days(document), default=None)

    def filename(self, filepath: str) -> str:
        """Return a name that says what a file is; beangulp puts the day before it."""
        document = self._document(filepath)
        name = _UNFIT.sub("-", f"{document.format}-{document.source}")
        return name + Path(filepath).suffix.lower()

    def extract(self, filepath: str, existing: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Return the transactions of a file.

        Raises:
            Error: a row cannot be read; then nothing of the file is extracted.
        """
        document = self._document(filepath)
        if document.rejected:
            rows = (f"{row.line}: {row.reason.say(self._language)}" for row in document.rejected)
            raise self._error("Intet er læst ind.", "Nothing was extracted.", *rows)
        return list(self._transactions(document, filepath))

    def deduplicate(self, entries: Sequence[Any], existing: Sequence[Any]) -> None:
        """Mark the entries that are there already: by their id, never by likeness."""
        known = {entry.meta[ID]: entry for entry in existing if ID in (entry.meta or {})}
        for entry in entries:
            if entry.meta[ID] in known:
                entry.meta[DUPLICATE] = known[entry.meta[ID]]

    def _error(self, da: str, en: str, *rows: str) -> Exception:
        """Return an error that beangulp tells as it is, without a traceback."""
        said = Text(da, en).say(self._language)
        return exceptions.Error(said, *rows)  # type: ignore[no-untyped-call]


class BankImporter(_Importer):
    """Account statements: camt.053, and CSV by column map; one transaction for each line."""

    def _is_mine(self, document: Document) -> bool:
        return document.format in {"camt.053", "bank-csv"}

    def _days(self, document: Document) -> Sequence[dt.date]:
        return [line.day for line in document.bank]

    def _transactions(self, document: Document, filepath: str) -> Iterator[Any]:
        for line in document.bank:
            postings = [_posting(self._account, line.amount)]
            postings += [_posting(self._other, -p.amount, _named(p)) for p in line.parts]
            meta: Meta = {ID: f"{document.source}/{line.entry}"}
            if line.value != line.day:
                meta["value"] = line.value
            if line.returned:
                meta["returned"] = True
            text = " ".join(filter(None, (part.text for part in line.parts)))
            yield _transaction(_place(filepath, line.line, meta), line.day, text, postings)


class NoticeImporter(_Importer):
    """Notices of payments: camt.054, and Nets 0602; one transaction for each payment."""

    def _is_mine(self, document: Document) -> bool:
        return document.format in {"camt.054", "nets-0602"}

    def _days(self, document: Document) -> Sequence[dt.date]:
        return [notice.day for notice in document.notices]

    def _transactions(self, document: Document, filepath: str) -> Iterator[Any]:
        for notice in document.notices:
            meta: Meta = {ID: f"{document.source}/{notice.entry}/{notice.number}"}
            if notice.value != notice.day:
                meta["value"] = notice.value
            if notice.returned:
                meta["returned"] = True
            postings = [
                _posting(self._account, notice.amount),
                _posting(self._other, -notice.amount, _named(notice.part)),
            ]
            place = _place(filepath, notice.line, meta)
            yield _transaction(place, notice.day, notice.part.text, postings)


class ErpImporter(_Importer):
    """ERP posting lists by column map; one transaction for each voucher and day."""

    def __init__(
        self,
        account: str,
        other: str,
        *,
        accounts: Mapping[str, str],
        **options: Unpack[Options],
    ) -> None:
        """Set up an importer.

        Args:
            account: the account that a list is filed under.
            other: what balances a voucher of which the list shows one side.
            accounts: an account for each account string or its beginning, such as
                `{"9.32.25": "Assets:Loans", "5.58.80/1": "Expenses:Benefits"}`; the longest
                that fits counts.
            options: see `Options`.
        """
        super().__init__(account, other, **options)
        self._accounts = sorted(accounts.items(), key=lambda pair: -len(pair[0]))

    def _is_mine(self, document: Document) -> bool:
        return document.format == "erp"

    def _days(self, document: Document) -> Sequence[dt.date]:
        return [row.day for row in document.erp]

    def _transactions(self, document: Document, filepath: str) -> Iterator[Any]:
        rows = sorted(document.erp, key=lambda row: (row.day, row.voucher, row.line))
        for (day, voucher), some in groupby(rows, key=lambda row: (row.day, row.voucher)):
            yield self._voucher(document, filepath, (day, voucher), list(some))

    def _voucher(
        self,
        document: Document,
        filepath: str,
        named: tuple[dt.date, str],
        rows: Sequence[ErpRow],
    ) -> Any:
        day, voucher = named
        postings = [_posting(self._on(row), row.amount, _referred(row)) for row in rows]
        if rest := sum((row.amount for row in rows), ZERO):
            postings.append(_posting(self._other, -rest))
        said = ((str(row.account), row.amount, row.text, row.reference) for row in rows)
        name = content_id(document.source, day, voucher, *(part for row in said for part in row))
        meta: Meta = {ID: f"{document.source}/{name}", "voucher": voucher}
        texts = " ".join(dict.fromkeys(row.text for row in rows if row.text))
        return _transaction(_place(filepath, rows[0].line, meta), day, texts, postings)

    def _on(self, row: ErpRow) -> str:
        string = str(row.account)
        for beginning, account in self._accounts:
            if f"{string}/".startswith(f"{beginning.rstrip('/')}/"):
                return account
        raise self._error(
            f"{row.line}: kontostrengen {string} har ingen konto. Skriv den i »accounts«.",
            f"{row.line}: the account string {string} has no account. Add it to 'accounts'.",
        )


def _place(filepath: str, line: int, meta: Meta) -> Meta:
    from beancount.core import data

    place: Meta = data.new_metadata(filepath, line, meta)
    return place


def _transaction(meta: Meta, day: dt.date, text: str, postings: Iterable[Any]) -> Any:
    """Make a transaction; what may be a CPR number in its text does not leave the file."""
    from beancount.core import data

    nobody = frozenset[str]()
    return data.Transaction(meta, day, "*", None, masked(text), nobody, nobody, list(postings))


def _posting(account: str, amount: Decimal, meta: Meta | None = None) -> Any:
    from beancount.core import amount as amounts
    from beancount.core import data

    return data.Posting(account, amounts.Amount(amount, "DKK"), None, None, None, meta)


def _named(part: BankPart) -> Meta:
    """Return what a payment is known by: its own reference, and the payment id (FIK)."""
    named = {"reference": _impersonal(part.reference), "payment-id": part.fik}
    return {key: value for key, value in named.items() if value}


def _referred(row: ErpRow) -> Meta:
    named = {"reference": _impersonal(row.reference), "decision": _impersonal(row.decision)}
    return {key: value for key, value in named.items() if value}


def _impersonal(reference: str) -> str:
    return "" if has_cpr(reference, dashed=True) else reference
