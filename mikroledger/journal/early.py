"""The child that tries drafts with beancount: it gets ready while the program is still starting.

Importing beancount takes as long as all the rest of a repayment. A command that books says so
before it imports what it needs itself, so that both go on at once.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mikroledger.journal import child
from mikroledger.journal.child import Ask

_LARGEST = 50_000_000  # bytes of a draft

_waiting: dict[int, tuple[ExitStack, Ask]] = {}
"""The child that waits, by the process that started it: a fork of that one needs its own."""


def get_ready() -> None:
    """Start the child of the next trial now."""
    if os.getpid() not in _waiting:
        held = ExitStack()
        _waiting[os.getpid()] = (
            held,
            held.enter_context(child.started(_prepared, child.Limits.of(_LARGEST), "draft")),
        )


@contextmanager
def trying() -> Iterator[Ask]:
    """Give a child that tries the text of a draft and of the accounts that it may use."""
    get_ready()
    held, ask = _waiting.pop(os.getpid())
    with held:
        yield ask


@atexit.register
def drop() -> None:
    """End a child that nobody asked anything."""
    held, _ = _waiting.pop(os.getpid(), (ExitStack(), None))
    held.close()


def _prepared() -> Ask:
    from mikroledger.journal import beans  # in the child, where alone beancount is imported

    def tried(argument: Any) -> Any:
        return beans.of_draft(*argument)

    return tried
