"""The register of borrowers: who a debtor number is. Personal data lives here and nowhere else.

One SQLite file, readable by its owner only, never in the ledger and never in git, so that a
person can be erased without touching the book.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from mikroledger.debtors.cpr import mask
from mikroledger.domain.letter import Addressee
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError, UsageError

_NUMBER = re.compile(r"D[0-9]{4,6}", re.ASCII)
_LINES = re.compile(r"\s*[;\n]\s*|,\s+")
_TABLE = """
    CREATE TABLE IF NOT EXISTS debtors (
        number TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        id_kind TEXT CHECK (id_kind IN ('cpr', 'cvr')),
        id_number TEXT UNIQUE,
        paper INTEGER NOT NULL,
        protected INTEGER NOT NULL,
        added_by TEXT NOT NULL,
        added_on TEXT NOT NULL
    )
"""
_COLUMNS = "number, name, address, id_kind, id_number, paper, protected"


@dataclass(frozen=True, slots=True)
class Debtor:
    """A borrower. The address is one text: lines divided by `;`, a line break or a comma."""

    number: str
    name: str
    address: str
    id_kind: Literal["cpr", "cvr"] | None = None
    id_number: str | None = None
    paper: bool = False
    protected: bool = False

    def addressee(self) -> Addressee:
        """Return what a letter needs to know.

        >>> Debtor("D0001", "Ane", "Prøvevej 1, 9999 Eksempelby").addressee().address
        ('Prøvevej 1', '9999 Eksempelby')
        """
        lines = tuple(line for line in _LINES.split(self.address.strip()) if line)
        return Addressee(self.number, self.name, lines, self.paper, self.protected)


class Register:
    """The register of one book. A file that is not there yet is an empty register."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, number: str) -> bool:
        """Tell whether a debtor number is registered."""
        return bool(self._find("number = ?", number))

    def get(self, number: str) -> Debtor:
        """Return a debtor.

        Raises:
            RefusedError: there is none of that number.
        """
        found = self._find("number = ?", number)
        if not found:
            raise RefusedError(
                da=f"{number} findes ikke i låntagerregistret. Opret med »mikroledger debtor add"
                f" {number}«.",
                en=f"{number} is not in the register of borrowers. Add with 'mikroledger debtor"
                f" add {number}'.",
            )
        return found[0]

    def all(self) -> tuple[Debtor, ...]:
        """Return all debtors, by number."""
        return self._find("TRUE")

    def by_person(self, digits: str) -> str | None:
        """Return the debtor number of a CPR or CVR number."""
        found = self._find("id_number = ?", digits)
        return found[0].number if found else None

    def names(self) -> tuple[str, ...]:
        """Return all names, so that texts can be searched for them."""
        return tuple(sorted({debtor.name for debtor in self.all()}))

    def add(self, debtor: Debtor, *, by: str, on: date, dry_run: bool = False) -> bool:
        """Add a debtor, and tell whether that was new.

        Raises:
            RefusedError: the number, or the person, is registered otherwise.
        """
        return self.add_all([debtor], by=by, on=on, dry_run=dry_run) == 1

    def add_all(
        self,
        debtors: Sequence[Debtor],
        *,
        by: str,
        on: date,
        dry_run: bool = False,
    ) -> int:
        """Add debtors, all or none, and return how many were new.

        Raises:
            UsageError: a number is not of the form D0001, or a name is empty.
            RefusedError: a number, or a person, is registered otherwise.
        """
        for debtor in debtors:
            _well_formed(debtor)
        if dry_run:
            return len(_fresh(debtors, self.all()))
        with self.writing() as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_TABLE)
            fresh = _fresh(debtors, _select(database, "TRUE"))
            database.executemany(
                f"INSERT INTO debtors ({_COLUMNS}, added_by, added_on)"  # noqa: S608 - constant
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*_row(debtor), by, on.isoformat()) for debtor in fresh],
            )
        return len(fresh)

    def _find(self, where: str, *values: str) -> tuple[Debtor, ...]:
        with self.reading() as database:
            return _select(database, where, *values) if database else ()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file for reading; None if it is not there yet."""
        if not self._path.exists():
            yield None
            return
        if self._path.is_symlink():
            raise _broken(self._path, "symbolic link")
        with self._closing(f"{self._path.absolute().as_uri()}?mode=ro") as database:
            yield database

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the file for writing; nobody else may read it, not even while it is made."""
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        except OSError as error:
            raise _broken(self._path, str(error.strerror)) from error
        with self._closing(self._path.absolute().as_uri()) as database:
            # One file at any time: a reader or a backup never sees half of it.
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("PRAGMA synchronous=FULL")
            database.execute("PRAGMA secure_delete=ON")
            yield database

    @contextmanager
    def _closing(self, uri: str) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as database:
                yield database
        except sqlite3.OperationalError as error:
            raise _not_now(self._path, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise _broken(self._path, str(error)) from error


def _select(database: sqlite3.Connection, where: str, *values: str) -> tuple[Debtor, ...]:
    there = database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'debtors'").fetchone()
    if there is None:
        return ()
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM debtors WHERE {where} ORDER BY number",  # noqa: S608 - constants
        values,
    )
    return tuple(
        Debtor(number, name, address, kind, digits, bool(paper), bool(protected))
        for number, name, address, kind, digits, paper, protected in rows
    )


def _row(debtor: Debtor) -> tuple[object, ...]:
    return (
        debtor.number,
        debtor.name,
        debtor.address,
        debtor.id_kind,
        debtor.id_number,
        debtor.paper,
        debtor.protected,
    )


def _well_formed(debtor: Debtor) -> None:
    if not _NUMBER.fullmatch(debtor.number):
        raise UsageError(
            da=f"»{debtor.number}« er ikke et låntagernummer. Skriv D og 4 til 6 cifre, for"
            " eksempel D0001.",
            en=f"'{debtor.number}' is no debtor number. Write D and 4 to 6 digits, for example"
            " D0001.",
        )
    if not debtor.name.strip():
        raise UsageError(
            da=f"{debtor.number} mangler et navn. Giv det, og prøv igen.",
            en=f"{debtor.number} has no name. Give it, and try again.",
        )


def _fresh(debtors: Sequence[Debtor], known: Sequence[Debtor]) -> list[Debtor]:
    """Return those that are new; the same again is no fault, something else is."""
    there = frozenset(known)
    fresh = [debtor for debtor in dict.fromkeys(debtors) if debtor not in there]
    numbers = {debtor.number for debtor in known}
    people = {debtor.id_number: debtor.number for debtor in known if debtor.id_number}
    for debtor in fresh:
        if debtor.number in numbers:
            raise _other_content(debtor.number)
        numbers.add(debtor.number)
        if (
            debtor.id_number
            and people.setdefault(debtor.id_number, debtor.number) != debtor.number
        ):
            raise _other_number(debtor.id_number, people[debtor.id_number])
    return fresh


def _other_content(number: str) -> RefusedError:
    return RefusedError(
        da=f"{number} findes allerede med andre oplysninger. Se dem med »mikroledger debtor show"
        f" {number}«, eller brug et andet nummer.",
        en=f"{number} is there already with other content. See it with 'mikroledger debtor show"
        f" {number}', or use another number.",
    )


def _other_number(digits: str, number: str) -> RefusedError:
    return RefusedError(
        da=f"{mask(digits)} er allerede oprettet som {number}. Brug det nummer.",
        en=f"{mask(digits)} is registered as {number} already. Use that number.",
    )


def _not_now(path: Path, why: str) -> NotCertainError:
    return NotCertainError(
        da=f"{path} kunne ikke bruges nu ({why}). Intet er gemt. Kør samme kommando igen.",
        en=f"{path} could not be used now ({why}). Nothing was stored. Run the same command"
        " again.",
    )


def _broken(path: Path, why: str) -> BrokenBookError:
    return BrokenBookError(
        da=f"{path} kan ikke læses ({why}). Hent filen fra sikkerhedskopien, eller skaf adgang.",
        en=f"{path} cannot be read ({why}). Restore the file from the backup, or get access.",
    )
