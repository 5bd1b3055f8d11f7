"""The smallest book that can lose something: two loans, and orders to book repayments on them.

The book is read back here without any of mikroledger: a second opinion on what its files say.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from disk import Tree

from mikroledger.domain.ledger import Draft, Ledger, Meta, Posting, Record, Transaction
from mikroledger.journal import child
from mikroledger.journal.file import FileJournal
from mikroledger.journal.lock import Waiting
from mikroledger.journal.storage import Storage
from mikroledger.services.order import seen

DAYS = (date(2011, 5, 2), date(2011, 6, 1), date(2011, 7, 1))
LOANS = ("L2011-0001", "L2011-0002")
FILES: Mapping[str, str] = {
    "main.beancount": 'include "accounts.beancount"\ninclude "policy.beancount"\n'
    'include "journal/*.beancount"\n',
    "accounts.beancount": "1970-01-01 open Assets:Clearing:Repayments DKK\n"
    + "".join(f"1970-01-01 open Assets:Loans:P65:{loan} DKK\n" for loan in LOANS),
    "policy.beancount": '1970-01-01 custom "mikroledger" "notice-days" 14\n',
}
_META = {"kind": "init", "end": "init"}
INIT = Draft("init", (Record(DAYS[0], "init", meta=_META),), DAYS[0], "ANL")
NO_WAIT = Waiting(seconds=0)


@dataclass(frozen=True, slots=True)
class Order:
    """A repayment to book once: its key is bound to loan and amount."""

    key: str
    loan: str = LOANS[0]
    amount: int = 100
    day: date = DAYS[0]

    @property
    def fact(self) -> "Fact":
        return self.key, self.loan, self.amount

    def entry(self) -> Transaction:
        """Return the posting; its last line names its key, so that no part of it looks whole."""
        amount = Decimal(f"{self.amount}.00")
        postings = (
            Posting("Assets:Clearing:Repayments", amount),
            Posting(f"Assets:Loans:P65:{self.loan}", -amount, meta={"end": self.key}),
        )
        meta: Meta = {"kind": "repay", "loan": self.loan, "amount": amount, "key": self.key}
        return Transaction(self.day, "Afdrag", postings, meta=meta)

    def draft(self, ledger: Ledger) -> Draft | None:
        """Draft the order as a service does: nothing for a known key, refused if it differs."""
        amount = Decimal(f"{self.amount}.00")
        if seen(ledger, self.key, {"loan": self.loan, "amount": amount}):
            return None
        return Draft("repay", (self.entry(),), self.day, "ANL")


@contextmanager
def beancount_here() -> Iterator[None]:
    """Ask beancount in this process, not in a child for each question.

    The child keeps hostile text away from the program (its own tests); here there is none, and
    a hundred thousand questions.
    """

    @contextmanager
    def started(prepare: Callable[[], child.Ask], *_: object) -> Iterator[child.Ask]:
        yield prepare()

    from beancount import loader

    loader.initialize(use_cache=False)
    with patch.object(child, "started", started):
        yield


Fact = tuple[str, str, int]
"""What an order comes to in the book: key, loan, amount."""


def book_it(storage: Storage, book: Path, order: Order) -> None:
    """Book an order by the real write path; it returns once it is acknowledged."""
    FileJournal(book, storage, NO_WAIT).write(order.draft)


# Reading it back

_META_LINES = rb"(?:  [a-z0-9-]+: [^\n\0]+\n)*?"
_HEADER = re.compile(
    rb'\d{4}-\d\d-\d\d custom "mikroledger" "commit" "(\d{6})"\n'
    + _META_LINES
    + rb'  prev: "([0-9a-f]*)"\n'
    + _META_LINES.replace(b"*?", b"*")
)
_INIT = re.compile(
    rb'\n\d{4}-\d\d-\d\d custom "mikroledger" "init"\n' + _META_LINES + rb'  end: "init"\n'
)
_ENTRY = re.compile(
    rb'\n\d{4}-\d\d-\d\d \* "Afdrag" \^(?P<loan>[L0-9-]+)\n'
    + _META_LINES
    + rb'  loan: "(?P=loan)"\n  amount: (?P<amount>\d+)\.00 DKK\n  key: "(?P<key>\w+)"\n'
    + _META_LINES
    + rb"  Assets:Clearing:Repayments +(?P=amount)\.00 DKK\n"
    rb"  Assets:Loans:P65:(?P=loan) +-(?P=amount)\.00 DKK\n"
    rb'    end: "(?P=key)"\n'
)
_COMMIT = re.compile(r"journal/(\d{4}-\d\d)/(\d{6})-[a-z]+\.beancount")
_MONTH = re.compile(r"journal/(\d{4}-\d\d)\.beancount")


class Sealed(NamedTuple):
    """A commit: its number, the hash that it names, and its own."""

    number: int
    prev: str
    digest: str


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the journal: its facts, and whether every byte of it belongs to one."""

    facts: tuple[Fact, ...]
    sealed: tuple[Sealed, ...]
    whole: bool


@lru_cache(maxsize=50_000)
def page(content: bytes) -> Page:
    """Take a file apart: commits with what they hold, or postings alone (planted code)."""
    facts: list[Fact] = []
    sealed: list[Sealed] = []
    at, whole = 0, True
    while whole and at < len(content):
        start = at
        header = _HEADER.match(content, at)
        first = at = header.end() if header else at
        while found := (_ENTRY.match(content, at) or _INIT.match(content, at)):
            at = found.end()
            if found.re is _ENTRY:
                facts.append((found["key"].decode(), found["loan"].decode(), int(found["amount"])))
        whole = first < at
        if header and whole:
            digest = hashlib.sha256(content[start:at]).hexdigest()
            sealed.append(Sealed(int(header[1]), header[2].decode(), digest))
    return Page(tuple(facts), tuple(sealed), whole)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader without a lock finds: the facts in the book, and what is wrong with it."""

    facts: Counter[Fact]
    torn: tuple[str, ...]
    broken: tuple[str, ...]
    hidden: Counter[Fact]  # in a month that no file includes yet: recovery will

    @property
    def there(self) -> Counter[Fact]:
        """All that was ever booked, whether it is included or not."""
        return self.facts + self.hidden


def read(tree: Tree) -> Reading:
    """Read a book as beancount would, from `main` down: months by their own file.

    That file includes the month's folder, or holds its commits once the month is bound; then
    the folder is a copy that nobody reads.
    """
    facts: Counter[Fact] = Counter()
    hidden: Counter[Fact] = Counter()
    torn = [name for name in FILES if name in tree and tree[name] != FILES[name].encode()]
    chain: list[Sealed] = []
    for name, content in sorted(tree.items()):
        month, commit = _MONTH.fullmatch(name), _COMMIT.fullmatch(name)
        above = tree.get(f"journal/{commit[1]}.beancount") if commit else None
        if content is None or not (month or commit):
            continue
        if (month and content == _include(month[1])) or (
            commit and above is not None and above != _include(commit[1])
        ):
            continue
        found = page(content)
        if commit and above is None:
            hidden.update(found.facts)
            continue
        facts.update(found.facts)
        chain += found.sealed
        if not found.whole or (commit and [n for n, *_ in found.sealed] != [int(commit[2])]):
            torn.append(name)
    return Reading(facts, tuple(torn), tuple(_broken(chain)), hidden)


def is_bound(tree: Tree, day: date) -> bool:
    """Tell whether the month of a day holds its commits itself."""
    month = f"{day:%Y-%m}"
    content = tree.get(f"journal/{month}.beancount")
    return content is not None and content != _include(month)


def _include(month: str) -> bytes:
    return f'include "{month}/*.beancount"\n'.encode()


def _broken(chain: list[Sealed]) -> Iterator[str]:
    before = ""
    for place, (number, prev, digest) in enumerate(sorted(chain)):
        if number != place:
            yield f"commit {place} is missing or there twice"
            return
        if prev != before:
            yield f"commit {place} does not follow the one before it"
        before = digest
