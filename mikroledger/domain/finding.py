"""A finding: what a rule saw, where, and how to put it right."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum

from mikroledger.domain.ledger import Entry, Place
from mikroledger.words import Text


class Severity(IntEnum):
    """How bad it is; an error holds reminders."""

    NOTE = 0
    WARNING = 1
    ERROR = 2

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Fix:
    """The proposed correction: move this payment to where it belongs."""

    payment: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule yields: it does not know its own code.

    Args:
        entry: the entry that is wrong.
        text: one sentence: what, and what next.
        severity: given only where the evidence is weaker than the rule's own severity.
    """

    entry: Entry
    text: Text
    loan: str = ""
    debtor: str = ""
    amount: Decimal | None = None
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with its rule's identity. `waiting` is the proposal that would settle it."""

    id: str
    code: str
    name: str
    severity: Severity
    loan: str
    debtor: str
    day: date
    amount: Decimal | None
    text: Text
    transaction: str
    place: Place
    fix: Fix | None
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a day, worst first, and those that a person has accepted."""

    open: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.open if f.severity is Severity.ERROR)
