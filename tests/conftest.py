"""Fixtures that many tests share."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import beancount.loader  # noqa: F401  # so that no child that reads a book must import it anew
import pytest
from clerk import clerk, new_book  # noqa: F401  # fixtures
from click.testing import CliRunner
from fakes import FakeDebtors, FakeJournal
from hypothesis import settings

from mikroledger.cli.main import main
from mikroledger.journal import child

# Machines are shared and noisy: no deadlines. CI repeats exactly; elsewhere each run looks anew.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture
def debtors() -> FakeDebtors:
    return FakeDebtors()


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of the Aarhus replay, played once; copy it before writing to it."""
    folder = tmp_path_factory.mktemp("replay") / "aarhus"
    result = CliRunner().invoke(main, ["demo", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer in this process, by the same plain values."""
    from beancount import loader

    monkeypatch.setitem(sys.modules, "mikroledger.plugin", sys)
    monkeypatch.setenv("BEANCOUNT_LOAD_CACHE_FILENAME", "/dev/null/none")
    monkeypatch.setattr(loader, "_load_file", loader._load_file)

    @contextmanager
    def started(prepare: Callable[[], child.Ask], *_: object) -> Iterator[child.Ask]:
        yield lambda argument: json.loads(json.dumps(prepare()(argument)))

    monkeypatch.setattr(child, "started", started)
