"""The same life twice: on the whole ledger in memory, and on a real book that is read in parts.

Services get only the part of the book that their order is about. What they book must be what
they would have booked on all of it, and every part judged by itself is the book judged whole.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from pathlib import Path

from fakes import FakeDebtors, FakeJournal
from hypothesis import settings
from test_machine import LOANS, Municipality
from town import Town

from mikroledger.domain.ledger import Draft, Entry, Ledger, Place, Receipt
from mikroledger.domain.parts import of_loan
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rule import check
from mikroledger.errors import MikroledgerError
from mikroledger.journal.file import FileJournal
from mikroledger.rules import ALL_RULES
from mikroledger.services.remind import judge, propose
from mikroledger.services.survey import findings
from mikroledger.wiring import new_book


def bare(entries: Collection[Entry]) -> list[Entry]:
    return [replace(entry, place=Place()) for entry in entries]


class Twice:
    """Two journals that must agree; services see what the real one hands them."""

    def __init__(self, folder: Path, day: date) -> None:
        new_book(folder, day, "anl")
        self.memory = FakeJournal()
        self.disk = FileJournal(folder)

    def read(self, about: Collection[str] | None = None) -> Ledger:
        return self.disk.read(about)

    def prove(self) -> None:
        self.disk.prove()

    def survey(self, question: str, answer: Callable[[Ledger], str]) -> tuple[str, ...]:
        return self.disk.survey(question, answer)

    def write(
        self,
        make: Callable[[Ledger], Draft | None],
        *,
        about: Collection[str] | None = None,
        dry_run: bool = False,
    ) -> Receipt | None:
        whole = _tried(lambda: self.memory.write(make, dry_run=dry_run))
        part = _tried(lambda: self.disk.write(make, about=about, dry_run=dry_run))
        if isinstance(part, MikroledgerError):
            assert isinstance(whole, MikroledgerError)
            assert part.text == whole.text
            raise part
        assert not isinstance(whole, MikroledgerError), whole.text
        assert bare(part.entries if part else ()) == bare(whole.entries if whole else ())
        return part


def _tried(write: Callable[[], Receipt | None]) -> Receipt | MikroledgerError | None:
    try:
        return write()
    except MikroledgerError as refused:
        return refused


class MunicipalityOnDisk(Municipality):
    """The machine of `test_machine`, with a book under it."""

    def settle_in(self) -> Town:
        self.folder = Path(tempfile.mkdtemp(prefix="mikroledger-"))
        self.twice = Twice(self.folder / "bog", self.day)
        return Town(self.twice, FakeDebtors())  # type: ignore[arg-type]

    def teardown(self) -> None:
        if hasattr(self, "twice"):
            whole = self.twice.disk.read()
            folio = portfolio(whole, self.day)
            assert (
                findings(self.twice.disk, ALL_RULES, self.day).open == check(ALL_RULES, folio).open
            )
            assert propose(self.twice.disk, ALL_RULES, self.day, self.day) == judge(
                ALL_RULES, whole, self.day, self.day
            )
            for loan in LOANS:
                about = portfolio(self.twice.disk.read((of_loan(loan),)), self.day)
                assert about.loans[loan] == folio.loans[loan]
            shutil.rmtree(self.folder)


TestMunicipalityOnDisk = MunicipalityOnDisk.TestCase
TestMunicipalityOnDisk.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
