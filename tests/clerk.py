"""A new book with one loan, made once by the program and copied for each test that imports."""

import shutil
from pathlib import Path

import pytest
from tool import Tool

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def new_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book: one invented debtor, one loan, and the column maps of `data/erp/maps`."""
    tool = Tool(tmp_path_factory.mktemp("clerk"))
    tool.day = "2026-10-01"
    tool("init", str(tool.book))
    person = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
    tool("debtor", "add", "D0001", *person, "--cpr", "610190-0000")
    terms = ("--instalments", "20", "--first-due", "2027-02-01", "--decided", "2026-10-01")
    tool(
        *("approve", "--debtor", "D0001", "--principal", "20000", "--decision", "2026-0412"),
        *terms,
    )
    shutil.copytree(DATA / "erp" / "maps", tool.book / "maps")
    return tool.book


@pytest.fixture
def clerk(new_book: Path, tmp_path: Path) -> Tool:
    """The program on a copy of that book, after the documents' last day."""
    tool = Tool(tmp_path)
    shutil.copytree(new_book, tool.book)
    tool.day = "2026-12-01"
    return tool
