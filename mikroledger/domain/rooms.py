"""What services ask of the other workrooms; wiring puts the real ones in, tests their fakes."""

from collections.abc import Mapping
from typing import Protocol

from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender
from mikroledger.words import Language


class Debtors(Protocol):
    """The register of borrowers: who a debtor number is."""

    def has(self, number: str) -> bool:
        """Tell whether a debtor number is registered."""
        ...

    def by_person(self, digits: str) -> str | None:
        """Return the debtor number of a CPR or CVR number."""
        ...

    def payer(self, text: str) -> tuple[str, str] | None:
        """Return the debtor whose text on a bank's line this is, and the loan if one is recorded.

        None if it is nobody's, or could be of two.
        """
        ...

    def addressee(self, number: str) -> Addressee:
        """Return name and address.

        Raises:
            RefusedError: the number is not in the register.
        """
        ...


class Printed(Protocol):
    """A letter as it was made."""

    @property
    def pdf(self) -> bytes:
        """The letter itself: PDF/A-2a and PDF/UA-1."""
        ...

    @property
    def template_hash(self) -> str:
        """SHA-256 over the templates and fonts that it was made with."""
        ...

    @property
    def sources(self) -> Mapping[str, str]:
        """Each file that it was made with: whose it is (`own`, `shipped`) and its SHA-256."""
        ...


class Letters(Protocol):
    """The press: content and addressee to PDF. Only a cleared case becomes a reminder."""

    def reminder(
        self,
        cleared: Cleared,
        to: Addressee,
        sender: Sender,
        language: Language,
    ) -> Printed:
        """Make a reminder.

        Raises:
            RefusedError: it cannot be made from the templates as they are.
        """
        ...

    def render(
        self,
        content: Content,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> Printed:
        """Make any other letter.

        Raises:
            RefusedError: it cannot be made from the templates as they are.
        """
        ...

    def preview(
        self,
        content: Content | ReminderLetter,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> Printed:
        """Make a draft of any letter, marked on each page; it is for looking at.

        Raises:
            RefusedError: it cannot be made from the templates as they are.
        """
        ...


class Outbox(Protocol):
    """Where made letters lie: written whole or not at all, and the same name never differs."""

    def put(self, name: str, content: bytes) -> str:
        """Write a file, and return its path below the book.

        Args:
            name: year, slash and file name, such as `2012/L2011-0001-reminder-1.pdf`.
        """
        ...
