"""Puts the real rooms together, once, for the command line and the plugin's neighbours.

A room is imported when it is first entered: a repayment waits for no letter, rule or register.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from mikroledger.debtors import Payer, Payers, Register
    from mikroledger.domain.gate import Cleared
    from mikroledger.domain.handover import Claim
    from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender
    from mikroledger.domain.post import Parcel, Recipient
    from mikroledger.domain.rooms import Printed, PrintJob
    from mikroledger.domain.rule import Rule
    from mikroledger.journal.file import FileJournal
    from mikroledger.letters import Press
    from mikroledger.letters.catalogue import Listed
    from mikroledger.letters.check import Flaw
    from mikroledger.services.letters_ import Desk
    from mikroledger.services.post import PostRoom
    from mikroledger.words import Language


def shipped(name: str) -> Path:
    """Return a folder that ships with the program: in the wheel, else beside the package."""
    package = Path(__file__).parent
    inside = package / "shipped" / name
    return inside if inside.is_dir() else package.parent / name


def get_ready() -> None:
    """Start what the next booking needs; what the caller imports meanwhile takes as long."""
    from mikroledger.journal import early

    early.get_ready()


class _Debtors:
    """The register, as services know it."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def has(self, number: str) -> bool:
        return self._register.has(number)

    def by_person(self, digits: str) -> str | None:
        return self._register.by_person(digits)

    def payer(self, text: str) -> tuple[str, str] | None:
        from mikroledger.debtors import payer_of

        return payer_of(self._payers, text)

    @cached_property
    def _payers(self) -> tuple[Payer, ...]:
        from mikroledger.debtors import Payers

        return Payers(self._register).all()

    def addressee(self, number: str) -> Addressee:
        return self._register.get(number).addressee()

    def recipient(self, number: str) -> Recipient:
        from mikroledger.domain.post import Recipient

        found = self._register.get(number)
        return Recipient(
            number,
            found.name,
            found.addressee().address,
            found.id_kind or "",
            found.id_number or "",
            found.paper,
        )


class _Letters:
    """The press, as services know it; fonts are loaded with the first letter."""

    def __init__(self, folders: tuple[Path, ...], workers: int) -> None:
        self._folders = folders
        self._workers = workers

    @cached_property
    def _press(self) -> Press:
        from mikroledger.letters import Press

        return Press(self._folders, self._workers)

    def reminder(
        self,
        cleared: Cleared,
        to: Addressee,
        sender: Sender,
        language: Language,
    ) -> PrintJob:
        from mikroledger.letters import reminder

        return reminder(self._press, cleared, to, sender, language)

    def render(
        self,
        content: Content,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> PrintJob:
        from mikroledger.letters import render

        return render(self._press, content, to, sender, language)

    def preview(
        self,
        content: Content | ReminderLetter,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> Printed:
        from mikroledger.letters import preview

        return preview(self._press, content, to, sender, language)

    def listed(self) -> Sequence[Listed]:
        """Name every letter, and whose text it has."""
        from mikroledger.letters.catalogue import listed

        return tuple(listed(self._press.templates))

    def flaws(self, on: date, sender: Sender) -> Sequence[Flaw]:
        """Try every template on invented letters of a day; what is wrong, by file and line."""
        from mikroledger.letters.check import check

        return check(self._folders, on, sender)

    def sample(self, name: str, on: date, sender: Sender, language: Language) -> Printed:
        """Make a draft of an invented letter.

        Raises:
            RefusedError: no letter has that name, or its template is wrong.
        """
        from mikroledger.letters.samples import sample

        invented = sample(name, on)
        return self.preview(invented.content, invented.to, sender, language)


class _Mailroom:
    """Messages and bundles, as services know them."""

    def memo(self, parcel: Parcel, pdf: bytes) -> bytes:
        from mikroledger.exports.memo import message

        return message(parcel, pdf)

    def bundle(
        self,
        parcels: Sequence[Parcel],
        pdf_of: Callable[[Parcel], bytes],
    ) -> tuple[bytes, list[tuple[int, int]]]:
        from mikroledger.exports.bundle import bundle

        return bundle(parcels, pdf_of)

    def claims(self, rows: Sequence[tuple[Claim, Recipient]], kind: str, cvr: str) -> bytes:
        from mikroledger.exports.claims import claims

        return claims(rows, kind, cvr)

    def index(self, rows: Iterable[tuple[Parcel, str, tuple[int, int] | None]]) -> bytes:
        from mikroledger.exports.bundle import index

        return index(rows)


class House:
    """All rooms of one book; each is opened when it is first needed."""

    def __init__(self, book: Path) -> None:
        self.book = book
        self.workers = 1
        """How many processes print letters."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        from mikroledger.rules import ALL_RULES

        return ALL_RULES

    @cached_property
    def journal(self) -> FileJournal:
        from mikroledger.journal.file import FileJournal

        return FileJournal(self.book)

    @cached_property
    def register(self) -> Register:
        from mikroledger.debtors import Register

        return Register(self.book / "debtors.sqlite")

    @property
    def payers(self) -> Payers:
        from mikroledger.debtors import Payers

        return Payers(self.register)

    @cached_property
    def debtors(self) -> _Debtors:
        return _Debtors(self.register)

    @cached_property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of the letters and certificates that lie in the book, by name."""
        from mikroledger.journal.posted import hashes

        return hashes(self.book)

    @cached_property
    def maps(self) -> tuple[Path, ...]:
        """The book's own column maps, before the shipped ones."""
        own = self.book / "maps"
        return (own,) if own.is_dir() else ()

    @cached_property
    def desk(self) -> Desk:
        from mikroledger.journal.outbox import FileOutbox
        from mikroledger.services.letters_ import Desk

        return Desk(self.journal, self.debtors, self.letters, FileOutbox(self.book))

    @cached_property
    def letters(self) -> _Letters:
        """The press, with the book's own templates before the shipped ones."""
        folders = (self.book / "templates", shipped("templates"))
        return _Letters(tuple(folder for folder in folders if folder.is_dir()), self.workers)

    @cached_property
    def post(self) -> PostRoom:
        from mikroledger.journal.outbox import FileOutbox
        from mikroledger.journal.tray import FileTray
        from mikroledger.services.post import PostRoom

        outbox, tray = FileOutbox(self.book), FileTray(self.book)
        return PostRoom(self.journal, self.debtors, outbox, tray, _Mailroom())


def new_book(
    folder: Path,
    today: date,
    by: str,
    *,
    more: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> House:
    """Make a new, empty book: chart, policy and letter texts, all for the municipality to edit.

    Args:
        more: further files, or text to add to one of those that ship.

    Raises:
        RefusedError: the folder exists and is not empty.
    """
    from mikroledger.domain.ledger import Draft, Record
    from mikroledger.journal.file import create

    source = shipped("ledger") / "new-book"
    files = {path.name: path.read_text() for path in sorted(source.glob("*.beancount"))}
    templates = shipped("templates")
    for path in sorted(templates.glob("*/*.md")):
        files[f"templates/{path.relative_to(templates)}"] = path.read_text()
    for name, text in (more or {}).items():
        files[name] = files.get(name, "") + text
    record = Record(today, "init", (), meta={"kind": "init"})
    create(folder, files, Draft("init", (record,), today, by), dry_run=dry_run)
    return House(folder)
