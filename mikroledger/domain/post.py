"""Post: a letter on its way out, to a digital mailbox or on paper, and what became of it."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mikroledger.domain.ledger import Ledger, Record
from mikroledger.domain.portfolio import RETURNED
from mikroledger.words import Language

Channel = Literal["digital", "print"]
DELIVERY = "delivery"
"""The record of what became of a letter: `custom "mikroledger" "delivery" "<state>"`."""
MADE, HANDED_OVER, DELIVERED = "made", "handed-over", "delivered"
STATES = (MADE, HANDED_OVER, DELIVERED, RETURNED)
"""A letter is made, handed over to those who carry it, and then delivered or returned."""

_POSTCODE = re.compile(r"^(?:DK-)?([0-9]{4})\s+\S", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a letter is for, as post needs it.

    Args:
        kind: cpr or cvr; empty where the register has neither.
        number: ten or eight digits.
        paper: exempt from Digital Post (fritaget).
    """

    debtor: str
    name: str
    address: tuple[str, ...]
    kind: str
    number: str
    paper: bool

    @property
    def channel(self) -> Channel:
        """How the letter goes; on paper too where nobody knows the mailbox."""
        return "print" if self.paper or not self.number else "digital"

    @property
    def postcode(self) -> str:
        """The Danish postcode; empty for an address abroad.

        >>> Recipient("D0001", "Ane", ("Vej 1", "8000 Aarhus C"), "", "", True).postcode
        '8000'
        """
        found = (_POSTCODE.match(line) for line in reversed(self.address))
        return next((match[1] for match in found if match), "")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One step of a letter's way, as the book has it."""

    letter: str
    state: str
    on: date
    channel: str
    batch: str
    uuid: str


def deliveries(ledger: Ledger) -> Mapping[str, tuple[Delivery, ...]]:
    """Return the steps of each letter, by its id, in the order of booking."""
    found: dict[str, list[Delivery]] = {}
    for record in ledger.records(DELIVERY):
        step = _step(record)
        found.setdefault(step.letter, []).append(step)
    return {letter: tuple(steps) for letter, steps in found.items()}


def batch_name(parts: Iterable[str], today: date) -> str:
    """Name a batch after what is in it, so that the same again is the same."""
    return f"{today}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:8]}"


def batches(ledger: Ledger) -> frozenset[str]:
    """Return the batches of the out-tray that the book says were handed over."""
    records = (*ledger.records(DELIVERY), *ledger.records("hold"))
    return frozenset(record.get("batch") for record in records if record.get("batch"))


def _step(record: Record) -> Delivery:
    keys = ("channel", "batch", "uuid")
    channel, batch, uuid = map(record.get, keys)
    state = str(record.values[0])
    return Delivery(record.get("evidence"), state, record.value, channel, batch, uuid)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter that is handed over, with all that its carrier needs to know.

    Args:
        letter: its id in the book.
        sha256: of the PDF.
        office: the part of the municipality that wrote it.
    """

    letter: str
    loan: str
    kind: str
    level: int
    on: date
    file: str
    sha256: str
    channel: Channel
    to: Recipient
    municipality: str
    office: str
    cvr: str
    language: Language

    @property
    def name(self) -> str:
        """The name of its file for the recipient: it says nothing of a debt."""
        return f"brev-{self.letter}"

    @property
    def uuid(self) -> str:
        """The same for the same letter, so that nobody gets it twice; of the form of version 4."""
        return uuid_of(f"{self.file} {self.sha256}")


def uuid_of(text: str) -> str:
    """Return a UUID that is made from a text, with the version and variant that MeMo asks for.

    >>> uuid_of("a")
    'ca978112-ca1b-4dca-bac2-31b39a23dc4d'
    """
    digits = list(hashlib.sha256(text.encode()).hexdigest()[:32])
    digits[12] = "4"
    digits[16] = "89ab"[int(digits[16], 16) % 4]
    whole = "".join(digits)
    return "-".join((whole[:8], whole[8:12], whole[12:16], whole[16:20], whole[20:]))


def by_postcode(parcels: list[Parcel]) -> list[Parcel]:
    """Sort letters on paper as the post sorts them: by postcode, addresses abroad last."""
    return sorted(
        parcels,
        key=lambda p: (not p.to.postcode, p.to.postcode, p.to.address, p.to.name, p.letter),
    )


def of_channel(parcels: list[Parcel], channel: Channel) -> Iterator[Parcel]:
    """Yield the letters that go one way."""
    return (parcel for parcel in parcels if parcel.channel == channel)
