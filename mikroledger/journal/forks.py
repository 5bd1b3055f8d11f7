"""Work divided among forked processes; results come back in order, as soon as they are there.

They travel as `marshal` writes them: plain values, never code.
"""

import gc
import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NoReturn

Work = Callable[[Any], Any]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Make many values at once without looking for cyclic garbage: there is next to none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def spread(work: Work, items: Sequence[Any], processes: int) -> Iterator[Any]:
    """Yield `work` of each item, in order; what a child fails at is done here.

    The result of an item must be of plain values. With one process nothing is forked.
    """
    count = min(processes, len(items))
    if count < 2:
        yield from map(work, items)
        return
    children = [_child(work, items[share::count]) for share in range(count)]
    try:
        for at, item in enumerate(items):
            sent = _received(children[at % count][1])
            yield sent[0] if sent else work(item)
    finally:
        for child, pipe in children:
            pipe.close()
            os.waitpid(child, 0)


def _received(pipe: BinaryIO) -> tuple[Any] | None:
    """Return the next result of a child, or None if it has failed."""
    with suppress(EOFError, ValueError, TypeError):
        return (marshal.load(pipe),)  # noqa: S302  # our own child wrote it
    return None


def _child(work: Work, items: Sequence[Any]) -> tuple[int, BinaryIO]:
    """Fork a process that does its share; return its number, and where its results come out."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(work, items, writer)
    os.close(writer)
    return child, os.fdopen(reader, "rb")


def _work(work: Work, items: Sequence[Any], pipe: int) -> NoReturn:
    """Do a share in the child, and leave without the parent's goodbyes."""
    try:
        with os.fdopen(pipe, "wb") as writer:
            for item in items:
                writer.write(marshal.dumps(work(item)))
    finally:
        os._exit(0)
