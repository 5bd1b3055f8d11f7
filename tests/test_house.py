"""The house's own rules: floors, style, types, no float, one maker of a cleared case."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fakes import ROOT

from mikroledger.domain.policy import SHIPPED
from mikroledger.errors import MikroledgerError
from mikroledger.services.drafts import BY_HAND

SOURCES = sorted((ROOT / "mikroledger").rglob("*.py"))
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=" ".join,
)
def test_the_tools_are_content(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def names(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(n.id, n.lineno) for n in ast.walk(tree) if isinstance(n, ast.Name)]


NOT_MONEY = {
    "journal/lock.py": "seconds to wait for the lock",
    "confine.py": "seconds to wait for an answer",
    "debtors/register.py": "seconds to wait for SQLite",
    "importers/encoding.py": "the share of Danish letters in a text",
    "letters/markup.py": "how alike two words of a template are",
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_float_touches_money(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = "float" in {name for name, _ in names(path)}
    written = any(
        isinstance(n, ast.Constant) and isinstance(n.value, float) for n in ast.walk(tree)
    )

    assert not (named or written) or str(path.relative_to(ROOT / "mikroledger")) in NOT_MONEY


def callers(name: str) -> set[str]:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == name:
                found.add(str(path.relative_to(ROOT / "mikroledger")))
    return found


def test_only_the_gate_clears_a_case() -> None:
    assert callers("Cleared") == {"domain/gate.py"}


def test_a_reminder_is_made_from_a_cleared_case_in_one_place() -> None:
    drafts = {"letters/samples.py", "services/drafts.py"}  # only to be looked at
    assert callers("ReminderLetter") == {"letters/__init__.py"} | drafts
    assert callers("draft") == {"cli/letters.py", "services/drafts.py"}
    assert [name for name in BY_HAND if "reminder" in name] == []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"--force|force[:=]", text), path


def test_only_the_command_line_reads_the_clock() -> None:
    clocks = re.compile(r"\b(?:date\.today|datetime\.now|time\.time)\(")
    readers = {
        str(p.relative_to(ROOT / "mikroledger"))
        for p in SOURCES
        if clocks.search(p.read_text(encoding="utf-8"))
    }
    assert readers <= {"cli/app.py", "journal/lock.py"}


def test_the_shipped_policy_is_the_one_in_the_code() -> None:
    text = (ROOT / "ledger/new-book/policy.beancount").read_text(encoding="utf-8")
    shown = dict(re.findall(r'"mikroledger" "([^"]+)" (.+)', text))
    for key, value in SHIPPED.items():
        written = f'"{value}"' if isinstance(value, str) else str(value)
        assert shown[key].removesuffix(" DKK") == written, key
    assert set(shown) == set(SHIPPED)


def test_every_policy_key_and_command_is_documented() -> None:
    docs = (ROOT / "docs/book-format.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    from mikroledger.cli.main import main

    assert [key for key in SHIPPED if f"`{key}`" not in docs] == []
    assert [name for name in main.commands if f"`{name}`" not in readme] == []


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    classes: list[type[MikroledgerError]] = [
        MikroledgerError,
        *MikroledgerError.__subclasses__(),
    ]
    assert {each.exit_code for each in classes} == {2, 3, 4, 5}


def test_dependencies_are_pinned_to_ranges() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for each in project["dependencies"]:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+,<[\d.]+", each), each
