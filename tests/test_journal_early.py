"""The child of the next trial: started early, asked once, by the process that started it."""

import os
from datetime import date

import pytest

from mikroledger.domain.ledger import Opening
from mikroledger.journal import early
from mikroledger.journal.child import Ask
from mikroledger.journal.plain import unpacked
from mikroledger.journal.text import render

BANK = Opening(date(1970, 1, 1), "Assets:Bank")


def waiting() -> Ask:
    _, ask = early._waiting[os.getpid()]
    return ask


def test_the_child_that_got_ready_is_the_one_that_is_asked() -> None:
    early.get_ready()
    ready = waiting()
    early.get_ready()

    assert waiting() is ready
    with early.trying() as ask:
        assert ask is ready
        (read,) = unpacked(ask([render((BANK,)), ""]))
        assert isinstance(read, Opening)
        assert (read.day, read.account) == (BANK.day, BANK.account)
    assert os.getpid() not in early._waiting


def test_each_trial_has_a_child_of_its_own() -> None:
    early.get_ready()
    with early.trying() as first, early.trying() as second:
        assert first is not second


def test_a_child_that_nobody_asks_is_ended() -> None:
    early.get_ready()
    number = waiting().args[0].__self__._number  # type: ignore[attr-defined]
    assert os.waitpid(number, os.WNOHANG) == (0, 0)
    early.drop()
    early.drop()

    with pytest.raises(ChildProcessError):
        os.waitpid(number, os.WNOHANG)


def test_a_fork_does_not_ask_the_child_of_its_parent() -> None:
    early.get_ready()
    ready = waiting()
    pid = os.fork()
    if not pid:
        with early.trying() as ask:
            os._exit(int(ask is ready))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    early.drop()
