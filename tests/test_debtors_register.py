"""The register: who a debtor number is, in one file that only its owner may read."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mikroledger.debtors import Debtor, Register
from mikroledger.domain.letter import Addressee
from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError, UsageError

DAY = date(2011, 5, 2)
ANE = Debtor("D0001", "Ane Opdigtet", "Prøvevej 1; 9999 Eksempelby", "cpr", "6101900000")
BO = Debtor("D0002", "Bo Opdigtet", "Prøvevej 2", paper=True, protected=True)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "debtors.sqlite")


def test_a_register_that_is_not_there_is_empty(register: Register, tmp_path: Path) -> None:
    assert register.all() == ()
    assert register.names() == ()
    assert register.by_person("6101900000") is None
    assert not register.has("D0001")
    with pytest.raises(RefusedError, match="D0001 is not in the register"):
        register.get("D0001")
    assert register.add(ANE, by="ANL", on=DAY, dry_run=True)
    assert not list(tmp_path.iterdir())


def test_what_is_added_is_found(register: Register) -> None:
    assert register.add(BO, by="ANL", on=DAY)
    assert register.add(ANE, by="ANL", on=DAY)
    assert register.get("D0002") == BO
    assert register.has("D0001")
    assert register.all() == (ANE, BO)
    assert register.by_person("6101900000") == "D0001"
    assert register.names() == ("Ane Opdigtet", "Bo Opdigtet")


def test_who_added_and_when_is_kept(register: Register, tmp_path: Path) -> None:
    register.add(ANE, by="ANL", on=DAY)
    database = sqlite3.connect(tmp_path / "debtors.sqlite")
    rows = database.execute("SELECT added_by, added_on FROM debtors").fetchall()
    database.close()
    assert rows == [("ANL", "2011-05-02")]


def test_only_the_owner_may_read_it(register: Register, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        register.add(ANE, by="ANL", on=DAY)
    finally:
        os.umask(before)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_again_is_no_fault(register: Register) -> None:
    register.add(ANE, by="ANL", on=DAY)
    assert not register.add(ANE, by="BOB", on=DAY)
    assert not register.add(ANE, by="BOB", on=DAY, dry_run=True)
    assert register.add_all([ANE, BO, BO], by="ANL", on=DAY) == 1


def test_something_else_under_a_number_is_refused(register: Register) -> None:
    register.add(ANE, by="ANL", on=DAY)
    for dry_run in (False, True):
        with pytest.raises(RefusedError, match="D0001 is there already"):
            register.add(replace(ANE, name="X"), by="ANL", on=DAY, dry_run=dry_run)


def test_a_person_has_one_number_and_it_is_not_shown(register: Register) -> None:
    register.add(ANE, by="ANL", on=DAY)
    with pytest.raises(RefusedError, match=r"610190-\*\*\*\* is registered as D0001") as caught:
        register.add(replace(ANE, number="D0003"), by="ANL", on=DAY)
    assert "6101900000" not in caught.value.text.da + caught.value.text.en


def test_all_or_none(register: Register) -> None:
    other = replace(ANE, number="D0003")
    with pytest.raises(RefusedError):
        register.add_all([ANE, BO, other], by="ANL", on=DAY)
    assert register.all() == ()


@pytest.mark.parametrize("number", ["", "D001", "D0000001", "d0001", "X0001", "D000١"])
def test_a_bad_number_is_refused(register: Register, number: str) -> None:
    with pytest.raises(UsageError, match="D0001"):
        register.add(replace(ANE, number=number), by="ANL", on=DAY)


def test_a_name_is_needed(register: Register) -> None:
    with pytest.raises(UsageError, match="has no name"):
        register.add(replace(ANE, name=" "), by="ANL", on=DAY)


@pytest.mark.parametrize(
    "address",
    [
        "Prøvevej 1; 9999 Eksempelby",
        "Prøvevej 1\n9999 Eksempelby",
        "Prøvevej 1, 9999 Eksempelby",
        " Prøvevej 1 ;; 9999 Eksempelby;",
    ],
)
def test_an_address_has_lines(address: str) -> None:
    debtor = replace(ANE, address=address, paper=True)
    lines = ("Prøvevej 1", "9999 Eksempelby")
    assert debtor.addressee() == Addressee("D0001", "Ane Opdigtet", lines, paper=True)


def test_a_decimal_comma_stays() -> None:
    assert replace(ANE, address="Vej 1,5").addressee().address == ("Vej 1,5",)


def test_a_broken_file_is_told(register: Register, tmp_path: Path) -> None:
    (tmp_path / "debtors.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(BrokenBookError, match="Restore the file"):
        register.all()


def test_a_link_is_not_followed(register: Register, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "debtors.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BrokenBookError, match="cannot be read"):
        register.all()


@pytest.fixture
def busy(register: Register, tmp_path: Path) -> Iterator[None]:
    register.add(ANE, by="ANL", on=DAY)
    database = sqlite3.connect(tmp_path / "debtors.sqlite", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    yield
    database.close()


@pytest.mark.usefixtures("busy")
def test_a_file_in_use_is_told(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def at_once(path: str, *, uri: bool, isolation_level: None) -> sqlite3.Connection:
        return connect(path, uri=uri, isolation_level=isolation_level, timeout=0)

    monkeypatch.setattr(sqlite3, "connect", at_once)
    with pytest.raises(NotCertainError, match="Run the same command again"):
        register.add(BO, by="ANL", on=DAY)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenBookError, match=r"debtors\.sqlite"):
        Register(tmp_path / "no" / "debtors.sqlite").add(ANE, by="ANL", on=DAY)


def test_an_empty_file_is_an_empty_register(register: Register, tmp_path: Path) -> None:
    (tmp_path / "debtors.sqlite").write_bytes(b"")
    assert register.all() == ()
