"""Stand-ins for the journal and the register: in memory, and as strict as the real ones."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from mikroledger.domain.ledger import (
    Draft,
    Entry,
    Ledger,
    Opening,
    Receipt,
    Transaction,
    Value,
    keys_of,
)
from mikroledger.domain.letter import Addressee
from mikroledger.domain.post import Recipient
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO

ROOT = Path(__file__).parent.parent
_OPEN = re.compile(r'1970-01-01 open (\S+) +DKK\n((?:  \S+: ".*"\n)*)')


def shipped_accounts() -> tuple[Opening, ...]:
    text = (ROOT / "ledger" / "new-book" / "accounts.beancount").read_text() + "\n"
    return tuple(
        Opening(
            date(1970, 1, 1),
            account,
            meta=dict(re.findall(r'  (\S+): "(.*)"', meta)),
            commit=-1,
        )
        for account, meta in _OPEN.findall(text)
    )


class FakeJournal:
    """A journal in memory that keeps the promises of the real one."""

    def __init__(self) -> None:
        self.ledger = Ledger(shipped_accounts(), head="0")
        self.commits = 0

    def read(self, about: Collection[str] | None = None) -> Ledger:
        return self.ledger

    def prove(self) -> None:
        """There is nothing to prove: it is all in memory."""

    def walk(self) -> Iterator[Entry]:
        return iter(self.ledger.entries)

    def parts(self) -> Iterator[Ledger]:
        return iter((self.ledger,))

    def survey(self, question: str, answer: Callable[[Ledger], str]) -> tuple[str, ...]:
        return (answer(self.ledger),)

    def write(
        self,
        make: Callable[[Ledger], Draft | None],
        *,
        about: Collection[str] | None = None,
        dry_run: bool = False,
    ) -> Receipt | None:
        draft = make(self.ledger)
        if draft is None:
            return None
        number = self.commits + 1
        entries = tuple(self._signed(draft, number))
        ledger = replace(
            self.ledger,
            entries=(*self.ledger.entries, *entries),
            head=str(number),
        )
        _sound(self.ledger, ledger, entries)
        if not dry_run:
            self.ledger, self.commits = ledger, number
        return Receipt(entries, f"{number:06d}", "\n".join(map(str, entries)), ledger.head)

    def _signed(self, draft: Draft, number: int) -> list[Entry]:
        made: list[Entry] = []
        for place, entry in enumerate(draft.entries, 1):
            suffix = f"-{place}" if len(draft.entries) > 1 else ""
            own: dict[str, Value] = {
                "id": f"{number:06d}{suffix}",
                "by": draft.by,
                "booked": draft.day,
            }
            meta = entry.meta if isinstance(entry, Opening) else {**own, **entry.meta}
            made.append(replace(entry, meta=meta, commit=number))
        return made


def _sound(before: Ledger, after: Ledger, entries: tuple[Entry, ...]) -> None:
    """Refuse what beancount would refuse: unbalanced, unopened, a key booked twice."""
    for entry in entries:
        for key in keys_of(entry):
            assert key not in before.keys, f"key {key} booked twice"
        if isinstance(entry, Transaction):
            assert sum((p.amount for p in entry.postings), ZERO) == ZERO, entry
            assert all(p.amount for p in entry.postings), entry
            assert {p.account for p in entry.postings} <= after.accounts, entry


class FakeDebtors:
    """Twelve registered debtors; their CPR numbers are replacement numbers of nobody."""

    def __init__(self) -> None:
        self.payers: dict[str, tuple[str, str]] = {}
        self.people = {f"6{n % 10}0190{n:04d}": f"D{n:04d}" for n in range(1, 13)}
        self.exempt: set[str] = set()

    def has(self, number: str) -> bool:
        return number in self.people.values()

    def by_person(self, digits: str) -> str | None:
        return self.people.get(digits)

    def payer(self, text: str) -> tuple[str, str] | None:
        return self.payers.get(text)

    def recipient(self, number: str) -> Recipient:
        to = self.addressee(number)
        person = next(digits for digits, debtor in self.people.items() if debtor == number)
        paper = number in self.exempt
        return Recipient(number, to.name, to.address, "cpr", person, paper)

    def addressee(self, number: str) -> Addressee:
        if not self.has(number):
            raise RefusedError(f"{number} mangler", f"{number} is missing")
        return Addressee(number, f"Ane Opdigtet {number}", ("Prøvevej 1", "9999 Eksempelby"))
