"""Whose a statement is, and which of its lines another statement of that account has said.

One account may come as CSV and as camt, and in two layouts of CSV. Each has its own ids for the
lines, so it is days and amounts that tell a line again, and only within one account: a CSV says
its account by its map or by `--account`, which is kept with the import and holds for its map.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mikroledger.days import long_day
from mikroledger.domain.ledger import Ledger, Record, Transaction
from mikroledger.domain.record import BankLine, Document
from mikroledger.errors import RefusedError
from mikroledger.money import danish
from mikroledger.services.bank import key_of, seen_as
from mikroledger.services.board import Board

AGAIN = "known-line"
"""The record of a line that another statement of the account has said: no money, but its key."""

_CSV = "bank-csv"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cover:
    """Days of which an earlier import of an account has every line."""

    source: str
    first: date
    last: date


class Accounts:
    """Which account each source of statements is of, by the imports in the book."""

    def __init__(self, ledger: Ledger) -> None:
        self._of: dict[str, str] = {}
        self._nameless: set[str] = set()
        self._covers: list[Cover] = []
        for record in ledger.records("import"):
            if record.get("format") != "erp":
                self._take(record)

    def _take(self, record: Record) -> None:
        source, account = record.get("source"), record.get("account")
        self._of[source] = account or self._of.get(source, "")
        if not account and record.get("format") == _CSV:
            self._nameless.add(source)
        since, until = record.meta.get("since"), record.meta.get("until")
        if isinstance(since, date) and isinstance(until, date):
            edge = _DAY if record.get("format") == _CSV else 0 * _DAY  # its balances prove no edge
            self._covers.append(Cover(source, since + edge, until - edge))

    def of(self, source: str) -> str:
        """Return the account of a source, if it is known."""
        return self._of.get(source, "")

    def source_of(self, key: str) -> str:
        """Return the source that a line's key names."""
        named = (each for each in self._of if key.startswith(f"bank:{each}:"))
        return max(named, key=len, default="")

    def resolved(self, document: Document) -> Document:
        """Return a statement with its account, and with the source that its lines are known by.

        The first account that is said of a map is the map's own; lines of another account of
        the same bank are kept apart from it.

        Raises:
            RefusedError: the map is used for several accounts, and the file says none.
        """
        own = self.of(document.source)
        if document.account and own and document.account != own:
            return replace(document, source=f"{document.source}@{document.account}")
        if document.account or not own:
            return document
        others = [each for each in self._of if each.startswith(f"{document.source}@")]
        if others:
            raise _which(document, [own, *(self.of(each) for each in others)])
        return replace(document, account=own)

    def unclaimed(self, document: Document) -> bool:
        """Tell whether an account is said that the map's earlier lines may not be of."""
        nameless = document.source in self._nameless and not self.of(document.source)
        return bool(document.account) and nameless

    def is_news(self, document: Document) -> bool:
        """Tell whether a statement says for the first time which account its source is of."""
        return bool(document.account) and self.of(document.source) != document.account

    def covered(self, document: Document) -> Mapping[date, str]:
        """Return the days of which the book has every line of the account, and by which source.

        A bank may give several camt statements of one day; those are told apart by their ids.
        """
        days: dict[date, str] = {}
        for cover in self._covers:
            account = self.of(cover.source)
            other = cover.source != document.source and account and account == document.account
            if other or (cover.source == document.source and document.format == _CSV):
                span = (cover.last - cover.first).days + 1
                days |= {cover.first + each * _DAY: cover.source for each in range(span)}
        return days


def take_known(board: Board, document: Document) -> tuple[BankLine, ...]:
    """Take down the lines that another statement of the account has booked; return the rest.

    Raises:
        RefusedError: it cannot be told whether a line is booked already.
    """
    accounts = Accounts(board.ledger)
    fresh = [
        line
        for line in document.bank
        if key_of(document.source, line.entry) not in board.ledger.keys
    ]
    if accounts.unclaimed(document) and (fresh or not document.bank):
        raise _unclaimed(document)
    booked = _Booked(board.ledger, accounts, document)
    known = set()
    for line in fresh:
        if before := booked.take(line):
            known.add(line.line)
            board.add(_again(line, before, document.source))
        else:
            booked.refuse_extra(line)
    return tuple(line for line in document.bank if line.line not in known)


class _Booked:
    """Lines of other statements that may be lines of this one, by day and amount."""

    def __init__(self, ledger: Ledger, accounts: Accounts, document: Document) -> None:
        self._accounts = accounts
        self._document = document
        self._days = accounts.covered(document)
        self._free: dict[str, list[Transaction]] = {}
        self._sources: dict[str, list[str]] = {}
        own = f"bank:{document.source}:"
        taken = {r.get("evidence") for r in ledger.records(AGAIN) if r.get("key").startswith(own)}
        wanted = {seen_as(line) for line in document.bank}
        for txn in ledger.transactions:
            said = txn.get("statement")
            if said not in wanted or txn.get("key").startswith(own):
                continue
            source = accounts.source_of(txn.get("key"))
            account = accounts.of(source)
            if account and document.account and account != document.account:
                continue
            self._sources.setdefault(said, []).append(source)
            if txn.id not in taken:
                self._free.setdefault(said, []).append(txn)

    def take(self, line: BankLine) -> Transaction | None:
        """Return the booked line that this is, and use it up.

        Raises:
            RefusedError: the account of either statement is not known.
        """
        waiting = self._free.get(seen_as(line), [])
        if not waiting:
            return None
        source = self._accounts.source_of(waiting[0].get("key"))
        if not (self._document.account and self._accounts.of(source)):
            raise self._doubt(line, source)
        return waiting.pop(0)

    def refuse_extra(self, line: BankLine) -> None:
        """Refuse a line of a day that is booked whole, or that is one more of its kind.

        Raises:
            RefusedError: it is such a line.
        """
        alike = self._sources.get(seen_as(line), [])
        source = next(iter(alike), self._days.get(line.day, ""))
        if not source:
            return
        ask = ("", "")
        if not self._document.account:
            ask = (
                " Er filen fra en anden konto, så sig hvilken med --account.",
                " If the file is of another account, say which with --account.",
            )
        raise RefusedError(
            da=f"Linje {line.line}: {danish(line.amount)} kr. den {long_day(line.day, 'da')} er"
            f" ikke blandt de linjer, der er bogført for dagen ({source}; {len(alike)} med det"
            " beløb). Er linjen ændret siden? Intet er bogført. Indlæs dagens kontoudtog igen på"
            f" den måde, det først blev indlæst, eller spørg banken.{ask[0]}",
            en=f"Line {line.line}: {danish(line.amount)} kr. on {long_day(line.day, 'en')} is not"
            f" among the lines booked for that day ({source}; {len(alike)} of that amount). Was it"
            " changed since? Nothing was booked. Import the day's statement again the way it was"
            f" first imported, or ask the bank.{ask[1]}",
        )

    def _doubt(self, line: BankLine, source: str) -> RefusedError:
        """Ask which account it is; say first of which statement it is not known."""
        where = self._accounts.of(source)
        if where:
            da = f"Er filen fra den konto? Så indlæs den med --account {where}, ellers med sit"
            en = f"Is the file of that account? Then import it with --account {where}, else with"
            da, en = f"{da} eget kontonummer.", f"{en} its own number."
        else:
            da = f"Indlæs først et af de tidligere kontoudtog ({source}) igen med --account NUMMER"
            en = f"First import one of the earlier statements ({source}) again with --account"
            da, en = f"{da}, så bogen ved, hvilken konto de er fra.", f"{en} NUMBER, so that"
            en += " the book knows which account they are of."
        return RefusedError(
            da=f"Linje {line.line}: {danish(line.amount)} kr. den {long_day(line.day, 'da')} er"
            f" allerede bogført fra et andet kontoudtog ({where or source}). Intet er bogført."
            f" {da}",
            en=f"Line {line.line}: {danish(line.amount)} kr. on {long_day(line.day, 'en')} is"
            f" already booked from another statement ({where or source}). Nothing was booked."
            f" {en}",
        )


def _again(line: BankLine, before: Transaction, source: str) -> Record:
    return Record(
        line.day,
        AGAIN,
        (line.amount,),
        meta={
            "kind": "bank",
            "evidence": before.id,
            "key": key_of(source, line.entry),
            "statement": seen_as(line),
            "value": line.value,
        },
    )


def _which(document: Document, accounts: list[str]) -> RefusedError:
    names = ", ".join(accounts)
    return RefusedError(
        da=f"Kortet {document.source} bruges til flere konti ({names}). Sig,"
        " hvilken filen er fra: --account NUMMER. Intet er bogført.",
        en=f"The map {document.source} is used for several accounts ({names})."
        " Say which the file is of: --account NUMBER. Nothing was booked.",
    )


def _unclaimed(document: Document) -> RefusedError:
    return RefusedError(
        da=f"Tidligere kontoudtog ({document.source}) er indlæst uden"
        " kontonummer. Indlæs først et af dem igen, uændret, med --account, så bogen ved, om de"
        f" er fra {document.account}. Intet er bogført.",
        en=f"Earlier statements ({document.source}) were imported without an"
        " account. First import one of them again, unchanged, with --account, so that the book"
        f" knows whether they are of {document.account}. Nothing was booked.",
    )
