"""The documented command, in its short forms: each harness passes, and catches what was planted.

It runs in a process of its own: it forks at every step. Here it takes a third of the places of
each command; the command without `--every` takes all.
"""

import os
import re
import subprocess
import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

COMMAND = Path(__file__).parent.parent / "benchmarks" / "durability.py"


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, COMMAND, *words], capture_output=True, text=True, check=False
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    (caught,) = re.findall(r"planted faults caught: (\d+) of (\d+)", done.stdout)
    assert caught[0] == caught[1] != "0"
    return done.stdout


def points(told: str) -> int:
    (together,) = re.findall(r"^together +([0-9,]+)", told, re.MULTILINE)
    return int(together.replace(",", ""))


def test_killed_at_a_call_a_command_books_once() -> None:
    assert points(run("kill", "--short", "--every", "3")) > 250


def test_killed_in_its_recovery_too_it_books_once() -> None:
    assert points(run("kill", "--short", "--deep", "--only", "reverse")) > 100


def test_failed_at_a_call_a_command_says_so_and_books_once() -> None:
    told = run("errors", "--each", "1", "--every", "3")
    assert points(told) > 250
    (codes,) = re.findall(r"^together .*  ((?:\d:\d+ ?)+)$", told, re.MULTILINE)
    assert {"0", "3", "5"} <= {code.partition(":")[0] for code in codes.split()}


def test_many_at_once_lose_nothing() -> None:
    told = run("concurrent", "--processes", "8", "--postings", "6")
    assert re.search(r"^different keys +48 +48 +0 +0 ", told, re.MULTILINE)
    assert re.search(r"^same keys +48 +6 +42 +0 ", told, re.MULTILINE)
    assert re.search(r"^same keys on two loans +48 +6 +18 +24 ", told, re.MULTILINE)


def command() -> ModuleType:
    spec = util.spec_from_file_location("durability", COMMAND)
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    sys.modules["durability"] = module
    spec.loader.exec_module(module)
    return module


def test_a_machine_that_cannot_cut_the_power_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    told = CliRunner().invoke(command().main, ["power"])
    assert told.exit_code == 0
    assert "NOT RUN: only root may mount" in told.output
