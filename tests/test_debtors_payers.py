"""Payers' texts: kept in the register, compared whole or as a part, never guessed."""

from datetime import date
from pathlib import Path

import pytest

from mikroledger.debtors import Debtor, Payer, Payers, Register, payer_of, plain
from mikroledger.errors import RefusedError, UsageError

DAY = date(2011, 5, 6)
WHOLE = Payer("fast 4711", "equals", "D0001")
PART = Payer("fast 4711", "contains", "D0002", "L2011-0002")


@pytest.fixture
def payers(tmp_path: Path) -> Payers:
    register = Register(tmp_path / "debtors.sqlite")
    for number in ("D0001", "D0002"):
        register.add(Debtor(number, "Ane Opdigtet", "Prøvevej 1"), by="anl", on=DAY)
    return Payers(register)


def add(payers: Payers, payer: Payer, *, dry_run: bool = False) -> bool:
    return payers.add(payer, by="anl", on=DAY, dry_run=dry_run)


def test_a_payer_is_kept_and_found(payers: Payers) -> None:
    assert payers.all() == ()
    assert add(payers, WHOLE)
    assert not add(payers, WHOLE)
    assert add(payers, PART)
    assert payers.all() == (WHOLE, PART)


def test_the_register_is_still_its_owners_alone(payers: Payers, tmp_path: Path) -> None:
    add(payers, WHOLE)
    assert (tmp_path / "debtors.sqlite").stat().st_mode & 0o777 == 0o600


def test_an_empty_register_knows_no_payer(tmp_path: Path) -> None:
    assert Payers(Register(tmp_path / "none.sqlite")).all() == ()


def test_a_dry_run_keeps_nothing(payers: Payers) -> None:
    assert add(payers, WHOLE, dry_run=True)
    assert payers.all() == ()
    add(payers, WHOLE)
    assert payers.remove(WHOLE, dry_run=True)
    assert payers.all() == (WHOLE,)


def test_a_payer_is_forgotten(payers: Payers) -> None:
    add(payers, WHOLE)
    assert payers.remove(WHOLE)
    assert not payers.remove(WHOLE)
    assert payers.all() == ()


def test_a_text_has_one_owner(payers: Payers) -> None:
    add(payers, WHOLE)
    with pytest.raises(RefusedError, match="D0001"):
        add(payers, Payer(WHOLE.text, WHOLE.how, "D0002"))
    with pytest.raises(RefusedError, match="D0009"):
        add(payers, Payer("another", "equals", "D0009"))
    with pytest.raises(UsageError, match="4"):
        add(payers, Payer("abc", "contains", "D0001"))


@pytest.mark.parametrize(
    ("said", "whole", "part"),
    [
        ("FAST  4711", True, True),
        ("overførsel fast 4711 maj", False, True),
        ("fast 471", False, False),
        ("", False, False),
    ],
)
def test_how_a_text_is_compared(said: str, *, whole: bool, part: bool) -> None:
    assert (WHOLE.wrote(said), PART.wrote(said)) == (whole, part)


def test_what_could_be_two_peoples_is_nobodys() -> None:
    assert payer_of((WHOLE, PART), "fast 4711") is None
    assert payer_of((WHOLE, PART), "x fast 4711 y") == ("D0002", "L2011-0002")
    assert payer_of((), "fast 4711") is None
    assert plain("  Fast\t4711 ") == "fast 4711"
