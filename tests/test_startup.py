"""Start-up: help imports no more than it says, and the table of commands is true."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from fakes import ROOT
from tool import Tool

from mikroledger.cli.commands import COMMANDS, Lazy
from mikroledger.cli.main import main

DAY = {"MIKROLEDGER_TODAY": "2011-05-06"}
PRINTED = frozenset({"jinja2", "typst", "lxml", "rich", "mikroledger.letters"})
NO_ORDER = PRINTED | {"sqlite3", "mikroledger.rules", "mikroledger.importers"}
NO_HELP = NO_ORDER | {
    "beancount",
    "dateutil",
    "importlib.metadata",
    "mikroledger.domain",
    "mikroledger.journal",
    "mikroledger.services",
    "mikroledger.wiring",
}

LIST_MODULES = """
import sys
from mikroledger.cli import main
try:
    main(sys.argv[1:])
except SystemExit as done:
    assert not done.code, done.code
print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def run(code: str, *words: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env={**os.environ, "MIKROLEDGER_LANG": language, "COLUMNS": "80", **DAY},
        capture_output=True,
        text=True,
        check=True,
    )


def imported(*words: str) -> set[str]:
    return set(run(LIST_MODULES, *words).stderr.splitlines())


def test_help_imports_no_command_and_no_room() -> None:
    modules = imported("--help")

    assert modules & NO_HELP == set()
    assert {m for m in modules if m.startswith("mikroledger.cli.")} == {
        "mikroledger.cli.app",
        "mikroledger.cli.commands",
        "mikroledger.cli.main",
    }


def test_the_version_imports_no_more_than_help() -> None:
    assert imported("--version") & NO_HELP == set()


@pytest.mark.parametrize("command", ["repay", "disburse", "show", "list"])
def test_what_is_used_daily_imports_no_press_and_no_rule(command: str) -> None:
    assert imported(command, "--help") & NO_ORDER == set()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with one approved loan."""
    tool = Tool(tmp_path_factory.mktemp("startup"))
    tool("init", str(tool.book))
    who = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
    tool("debtor", "add", "D0001", *who)
    terms = ("--principal", "20000", "--decided", "2011-03-25", "--instalments", "20")
    tool("approve", "--debtor", "D0001", *terms, "--decision", "2011-0412")
    return tool.book


@pytest.mark.parametrize(
    "words",
    [
        ("repay", "L2011-0001", "500", "--ref", "FI-1", "--by", "anl", "--overpayment"),
        ("disburse", "L2011-0001", "20000", "--ref", "PAY-1", "--by", "anl"),
    ],
    ids=lambda words: words[0],
)
def test_a_booking_imports_no_press_and_no_rule(book: Path, words: tuple[str, ...]) -> None:
    modules = imported("--book", str(book), *words)

    assert "mikroledger.services.pay" in modules
    assert (
        modules & (PRINTED | {"dateutil", "mikroledger.rules", "mikroledger.importers"}) == set()
    )
    assert "mikroledger.domain.portfolio" not in modules


@pytest.mark.parametrize("words", [("show", "L2011-0001"), ("list",)], ids=lambda w: w[0])
def test_a_look_imports_no_press_and_no_rule(book: Path, words: tuple[str, ...]) -> None:
    modules = imported("--book", str(book), *words)

    assert "mikroledger.domain.portfolio" in modules
    assert modules & (PRINTED | {"mikroledger.rules", "mikroledger.importers"}) == set()


def test_check_judges_without_a_press() -> None:
    modules = imported("check", "--explain", "ML101")

    assert "mikroledger.rules" in modules
    assert modules & (PRINTED | {"sqlite3", "beancount"}) == set()


# A process of its own: help is said in the language of the moment when it is imported.
CHECK_TABLE = """
from mikroledger.cli.commands import COMMANDS
for lazy in COMMANDS:
    command = lazy.load()
    assert command.name == lazy.name, (command.name, lazy.name)
    assert command.get_short_help_str(300) == lazy.help, (command.name, lazy.help)
"""


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_table_says_what_each_command_says(language: str) -> None:
    run(CHECK_TABLE, language=language)


def commands_in_folder() -> set[str]:
    from importlib import import_module

    found: set[str] = set()
    for path in (ROOT / "mikroledger" / "cli").glob("*.py"):
        if path.stem != "__init__":
            module = import_module(f"mikroledger.cli.{path.stem}")
            found |= {str(c.name) for c in vars(module).values() if is_command(c)}
    return found - subcommands()


def is_command(value: object) -> bool:
    return isinstance(value, click.Command) and not isinstance(value, Lazy) and value is not main


def subcommands() -> set[str]:
    """Names within a group that no command of the program's own has."""
    groups = [c for c in (lazy.load() for lazy in COMMANDS) if isinstance(c, click.Group)]
    return {name for group in groups for name in group.commands} - {c.name for c in COMMANDS}


def test_no_command_is_left_out_of_the_table() -> None:
    assert commands_in_folder() == {lazy.name for lazy in COMMANDS}


@pytest.mark.parametrize("language", ["da", "en"])
def test_help_lists_every_command_whole_and_in_the_order_of_use(language: str) -> None:
    shown = run(LIST_MODULES, "--help", language=language).stdout
    lines = shown.partition("Commands:\n")[2].splitlines()

    assert [line.split()[0] for line in lines] == [lazy.name for lazy in COMMANDS]
    assert [line for line in lines if line.endswith("...")] == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_command_is_told_in_the_language_of_the_user(language: str) -> None:
    shown = run(LIST_MODULES, "repay", "--help", language=language).stdout

    assert ("Book a repayment." in shown) == (language == "en")
    assert ("Bogfør et afdrag." in shown) == (language == "da")
