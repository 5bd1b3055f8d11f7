"""What services ask of the other workrooms; wiring puts the real ones in, tests their fakes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from mikroledger.domain.gate import Cleared
from mikroledger.domain.handover import Claim
from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender
from mikroledger.domain.post import Parcel, Recipient
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

    def recipient(self, number: str) -> Recipient:
        """Return who a debtor is, as post and Gældsstyrelsen need it, number of person included.

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


class PrintJob(Protocol):
    """A letter in print; others can be started meanwhile."""

    def result(self) -> Printed:
        """Return the letter, when it is printed.

        Raises:
            RefusedError: it cannot be made from the templates as they are.
        """
        ...


class Letters(Protocol):
    """The press: content and addressee to PDF. Only a cleared case becomes a reminder."""

    def reminder(
        self,
        cleared: Cleared,
        to: Addressee,
        sender: Sender,
        language: Language,
    ) -> PrintJob:
        """Start to make a reminder.

        Raises:
            RefusedError: it cannot be made from what it is to say.
        """
        ...

    def render(
        self,
        content: Content,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> PrintJob:
        """Start to make any other letter.

        Raises:
            RefusedError: it cannot be made from what it is to say.
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

    def put(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write files, and return their paths below the book when all are on the disk.

        Args:
            files: by year, slash and file name, such as `2012/L2011-0001-reminder-1.pdf`.
        """
        ...

    def get(self, file: str) -> bytes | None:
        """Return a file by its path below the book; None where it is not there."""
        ...


class Mailroom(Protocol):
    """Letters in the form of those who carry them."""

    def memo(self, parcel: Parcel, pdf: bytes) -> bytes:
        """Return a message for Digital Post (MeMo).

        Raises:
            RefusedError: Digital Post would refuse it.
        """
        ...

    def bundle(
        self,
        parcels: Sequence[Parcel],
        pdf_of: Callable[[Parcel], bytes],
    ) -> tuple[bytes, list[tuple[int, int]]]:
        """Return letters on paper as one PDF, and first page and number of pages of each."""
        ...

    def claims(self, rows: Sequence[tuple[Claim, Recipient]], kind: str, cvr: str) -> bytes:
        """Return the list of claims for Gældsstyrelsen."""
        ...

    def index(self, rows: Iterable[tuple[Parcel, str, tuple[int, int] | None]]) -> bytes:
        """Return the list of all that is handed over."""
        ...


class Tray(Protocol):
    """The out-tray: a batch appears whole, once, after the book says that it is handed over."""

    def prepare(self, batch: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Write a batch where nobody takes it yet."""
        ...

    def hand_over(self, batch: str) -> None:
        """Let a prepared batch appear."""
        ...

    def discard(self, batch: str) -> None:
        """Take a prepared batch away."""
        ...

    def recover(self, known: Callable[[], frozenset[str]]) -> tuple[str, ...]:
        """Let prepared batches appear that the book knows; the others go."""
        ...
