"""Beancount, in a process of its own and within limits (`mikroledger.confine`).

A book is text that anybody can edit, and beancount reads it with a parser in C: `10/0` ends the
process. So beancount runs in a child, and what goes wrong there is told with the file's name.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mikroledger import confine
from mikroledger.errors import BrokenBookError

Ask = Callable[[Any], Any]
"""Takes and returns plain values: what JSON can say."""

# Without the cache: it would run what a planted file says. Beancount removes a cache that it
# does not use, so it is also told of a name that no file can have.
_ENVIRONMENT = {
    "BEANCOUNT_DISABLE_LOAD_CACHE": "1",
    "BEANCOUNT_LOAD_CACHE_FILENAME": f"{os.devnull}/none",
}


class Limits(confine.Limits):
    """What a child of the journal may use."""

    __slots__ = ()

    @classmethod
    def of(cls, size: int) -> "Limits":
        """Return limits for a text of some bytes: ten times what beancount needs, and more."""
        return cls(20 + size // 100_000, (1 << 30) + 100 * size)


def run(work: Ask, argument: Any, limits: confine.Limits, file: str) -> Any:
    """Return what `work` makes of an argument, in a child.

    Args:
        file: what the work is about, for messages.

    Raises:
        BrokenBookError: the child ended without an answer, or failed.
        MikroledgerError: `work` raised it.
    """
    with started(lambda: lambda _: work(argument), limits, file) as ask:
        return ask(None)


@contextlib.contextmanager
def started(prepare: Callable[[], Ask], limits: confine.Limits, file: str) -> Iterator[Ask]:
    """Start a child that prepares itself at once, and then waits to be asked, once.

    Args:
        prepare: does in the child what takes long, and returns what answers.
        file: what the work is about, for messages.
    """
    with confine.started(prepare, limits, _ENVIRONMENT) as child:
        yield partial(_ask, child, file)


def _ask(child: confine.Ask, file: str, argument: Any) -> Any:
    try:
        return child(argument)
    except confine.NoAnswerError as error:
        raise _broken(file, error.reason) from error


def _broken(file: str, reason: str) -> BrokenBookError:
    if not reason:
        return BrokenBookError(
            da=f"{file}: den kræver mere tid eller plads, end den må. Gør filen mindre, eller"
            " hent den fra sikkerhedskopien.",
            en=f"{file}: it takes more time or memory than it may. Make the file smaller, or"
            " restore it from the backup.",
        )
    return BrokenBookError(
        da=f"{file}: beancount bryder sammen over den ({reason}). Fortryd den sidste ændring i"
        " filen, eller hent den fra sikkerhedskopien.",
        en=f"{file}: beancount breaks down over it ({reason}). Undo the last change in the file,"
        " or restore it from the backup.",
    )
