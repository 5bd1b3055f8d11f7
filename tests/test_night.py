"""A night on a book with all kinds of loans: exactly the letters that a slow calculation gives.

`NIGHT_LOANS=10000 pytest tests/test_night.py` asks it of a large book.
"""

import ast
import json
import os
import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes import ROOT
from nightbook import KINDS, NIGHT, Life, lives, write
from office import FakePress
from slownight import Hears, expected
from sweep import KILLED, Do, Kernel, forked

from mikroledger.domain.portfolio import portfolio
from mikroledger.journal.audit import audit
from mikroledger.journal.file import FileJournal
from mikroledger.journal.outbox import FileOutbox
from mikroledger.rules import ALL_RULES
from mikroledger.services.letters_ import Desk
from mikroledger.services.order import Who
from mikroledger.services.remind import Run, propose, run
from mikroledger.wiring import House

COUNT = int(os.environ.get("NIGHT_LOANS", "170"))
WHO = Who("nat", NIGHT)


@dataclass
class Night:
    """A book, and what should happen in it."""

    house: House
    lives: list[Life]
    reminders: set[Hears] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)

    @property
    def desk(self) -> Desk:
        """The house's rooms, with a press that is quick: what is told here is who hears."""
        return fast_desk(self.house.book)


def fast_desk(book: Path) -> Desk:
    house = House(book)
    return Desk(FileJournal(book), house.debtors, FakePress(), FileOutbox(book))


def night(folder: Path, count: int, seed: int = 1) -> Night:
    told = lives(count, seed)
    made = Night(write(folder / "book", told), told)
    made.reminders, made.plans = expected(told)
    return made


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return night(tmp_path_factory.mktemp("night"), COUNT)


def recorded(book: Path) -> Counter[tuple[str, str, int]]:
    """Count the letters of the night in the book."""
    folio = portfolio(FileJournal(book).read(), NIGHT)
    return Counter(
        (letter.loan, letter.kind, letter.level)
        for loan in folio.loans.values()
        for letter in loan.letters
        if letter.on == NIGHT and letter.ours
    )


def wanted(town: Night) -> Counter[tuple[str, str, int]]:
    return Counter(
        [*((h.loan, "reminder", h.level) for h in town.reminders)]
        + [(loan, "payout", 0) for loan in town.plans]
    )


def test_the_slow_calculation_shares_no_code_with_the_fast_one() -> None:
    tree = ast.parse((ROOT / "tests" / "slownight.py").read_text(encoding="utf-8"))
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert modules == {"collections.abc", "dataclasses", "datetime", "nightbook"}


def test_every_kind_of_loan_is_there_and_both_levels_are_sent(town: Night) -> None:
    assert {life.kind for life in town.lives} == set(KINDS)
    assert {hears.level for hears in town.reminders} == {1, 2}
    heard = {hears.loan for hears in town.reminders}
    kinds = {life.kind for life in town.lives if life.number in heard}
    held = {life.kind for life in town.lives if life.number not in heard}
    assert len(kinds) > 12
    assert len(held) > 25
    assert len(kinds & held) > 6  # on both sides of a boundary


def test_the_proposal_is_what_the_slow_calculation_gives(town: Night) -> None:
    proposal = propose(FileJournal(town.house.book), ALL_RULES, NIGHT, NIGHT)
    found = {Hears(c.loan, c.level, int(c.arrears), c.deadline) for c in proposal.letters}
    kinds = {life.number: life.kind for life in town.lives}
    assert {(kinds[h.loan], h) for h in found ^ town.reminders} == set()
    assert set(proposal.notices) == town.plans
    told = [
        *(c.loan for c in proposal.letters),
        *(h.loan for h in proposal.held),
        *(n.loan for n in proposal.not_due),
    ]
    assert sorted(told) == sorted(kinds)  # each loan is explained, once


def test_a_night_makes_each_letter_once_with_a_certificate_that_verify_accepts(
    town: Night,
) -> None:
    done = killed_and_run_again(town)
    assert done.failed == ()
    book = town.house.book
    assert recorded(book) == wanted(town)
    assert audit(book).findings == ()
    files = {path.name for path in (book / "letters").rglob("*.json")}
    assert len(files) == len(town.reminders) + len(town.plans)
    for path in (book / "letters").rglob("*-reminder-*.json"):
        said = json.loads(path.read_bytes())
        assert all(condition["met"] for condition in said["conditions"])
    assert run(town.desk, ALL_RULES, NIGHT, None, WHO).made == ()
    assert recorded(book) == wanted(town)


def killed_and_run_again(town: Night) -> Run:
    """Run the night, killed now and then at some call, until it comes to its end."""
    dice = random.Random(7)
    for _ in range(4):
        _die(town.house.book, dice.randint(20, 400))
    return run(town.desk, ALL_RULES, NIGHT, None, WHO)


def _die(book: Path, place: int) -> None:
    """Run the night in a process that is gone after a call."""

    def act(at: int, _: str, do: Do, half: Do) -> object:
        try:
            return do()
        finally:
            if at == place:
                os._exit(KILLED)

    def night_() -> None:
        with Kernel(book, act).watched():
            run(fast_desk(book), ALL_RULES, NIGHT, None, WHO)

    assert forked(night_) == KILLED


def test_killed_at_every_kind_of_step_a_night_makes_no_letter_twice(tmp_path: Path) -> None:
    """The first and the last of each call by which a night changes the book."""
    kinds = ("reminded", "late", "not-told")
    told = [life for life in lives(2 * len(KINDS)) if life.kind in kinds]
    town = Night(write(tmp_path / "book", told), told, *expected(told))
    assert min(len(town.reminders), len(town.plans)) > 1
    names = calls(Path(shutil.copytree(tmp_path / "book", tmp_path / "undisturbed")))
    places = sorted({at for name in set(names) for at in _some(names, name)})
    assert len(places) > 10
    for place in places:
        book = Path(shutil.copytree(tmp_path / "book", tmp_path / f"killed-{place}"))
        _die(book, place)
        assert not (recorded(book) - wanted(town)), f"before {place} ({names[place]})"
        assert not run(fast_desk(book), ALL_RULES, NIGHT, None, WHO).failed
        assert recorded(book) == wanted(town), f"after {place} ({names[place]})"
        assert audit(book).findings == ()
        shutil.rmtree(book)


def calls(book: Path) -> list[str]:
    """Run the night, and return the calls by which it changes the book."""
    kernel = Kernel(book, lambda _at, _name, do, _half: do())
    with kernel.watched():
        run(fast_desk(book), ALL_RULES, NIGHT, None, WHO)
    return kernel.names


def _some(names: list[str], name: str) -> set[int]:
    at = [place for place, each in enumerate(names) if each == name]
    return {at[0], at[-1]}
