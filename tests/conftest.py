"""Fixtures that many tests share."""

import os

import pytest
from fakes import FakeDebtors, FakeJournal
from hypothesis import settings

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
