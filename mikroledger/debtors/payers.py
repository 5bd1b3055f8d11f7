"""Payers' texts: what a borrower's bank writes on each instalment, as a person has recorded it.

A standing order says the same every month, and names its payer in its own way. Such a text is
personal data, so it is kept in the register and never in the ledger. It is compared whole, or as
a part of what the bank says; nothing is guessed from likeness.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection
from typing import Literal

from mikroledger.debtors.register import Register
from mikroledger.errors import RefusedError, UsageError

How = Literal["equals", "contains"]
SHORTEST = 4
"""Characters of a text: a shorter one is in too many others."""

_TABLE = """
    CREATE TABLE IF NOT EXISTS payers (
        text TEXT NOT NULL,
        how TEXT NOT NULL CHECK (how IN ('equals', 'contains')),
        debtor TEXT NOT NULL,
        loan TEXT NOT NULL,
        added_by TEXT NOT NULL,
        added_on TEXT NOT NULL,
        PRIMARY KEY (text, how)
    )
"""


@dataclass(frozen=True, slots=True)
class Payer:
    """A text, and whose instalments bear it; `loan` only where a debtor has several."""

    text: str
    how: How
    debtor: str
    loan: str = ""

    def wrote(self, said: str) -> bool:
        """Tell whether this payer wrote what the bank says.

        >>> Payer("fast 4711", "contains", "D0001").wrote("Overførsel  FAST 4711 maj")
        True
        """
        text = plain(said)
        return text == self.text if self.how == "equals" else self.text in text


def plain(text: str) -> str:
    """Return a text as it is compared: small letters, single blanks."""
    return " ".join(text.split()).casefold()


class Payers:
    """The payers of one register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def all(self) -> tuple[Payer, ...]:
        """Return all payers, by debtor."""
        with self._register.reading() as database:
            if database is None or not _there(database):
                return ()
            rows = database.execute("SELECT text, how, debtor, loan FROM payers ORDER BY 3, 1")
            return tuple(Payer(*row) for row in rows)

    def add(self, payer: Payer, *, by: str, on: date, dry_run: bool = False) -> bool:
        """Record a payer, and tell whether that was new.

        Raises:
            UsageError: the text is too short.
            RefusedError: no such debtor, or the text is another payer's.
        """
        if len(payer.text) < SHORTEST:
            raise UsageError(
                da=f"Teksten skal have mindst {SHORTEST} tegn, ellers rammer den for mange.",
                en=f"The text needs at least {SHORTEST} characters, or it would hit too many.",
            )
        self._register.get(payer.debtor)
        for known in self.all():
            if (known.text, known.how) == (payer.text, payer.how):
                if known == payer:
                    return False
                raise RefusedError(
                    da=f"Teksten er allerede {known.debtor}s {known.loan}".rstrip()
                    + ". Slet den først med --remove.",
                    en=f"The text is {known.debtor}'s already {known.loan}".rstrip()
                    + ". Remove it first with --remove.",
                )
        if not dry_run:
            with self._writing() as database:
                row = (payer.text, payer.how, payer.debtor, payer.loan, by, on.isoformat())
                database.execute("INSERT INTO payers VALUES (?, ?, ?, ?, ?, ?)", row)
        return True

    def remove(self, payer: Payer, *, dry_run: bool = False) -> bool:
        """Forget a payer's text, and tell whether it was there."""
        known = [p for p in self.all() if (p.text, p.how) == (payer.text, payer.how)]
        if known and not dry_run:
            with self._writing() as database:
                found = (payer.text, payer.how)
                database.execute("DELETE FROM payers WHERE text = ? AND how = ?", found)
        return bool(known)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._register.writing() as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_TABLE)
            yield database


def _there(database: Connection) -> bool:
    found = database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'payers'").fetchone()
    return found is not None


def payer_of(payers: tuple[Payer, ...], said: str) -> tuple[str, str] | None:
    """Return the debtor, and the loan if one was recorded, whose text the bank's is.

    None if it is nobody's, or could be of two.
    """
    found = {(payer.debtor, payer.loan) for payer in payers if payer.wrote(said)}
    return found.pop() if len(found) == 1 else None
