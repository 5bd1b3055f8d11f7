"""Fixtures that many tests share."""

import pytest
from fakes import FakeDebtors, FakeJournal


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture
def debtors() -> FakeDebtors:
    return FakeDebtors()
