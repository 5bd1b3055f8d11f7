"""Work divided among forked processes: each takes its share of the items and sends its results.

Results travel as `marshal` writes them: plain values, never code.
"""

import gc
import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

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


def spread(work: Work, items: Sequence[Any], processes: int) -> list[Any]:
    """Return `work` of each item, in order; what fails in a child is done again here.

    An item's result must be of plain values (`marshal`). With one process nothing is forked.
    """
    processes = max(1, min(processes, len(items)))
    pipes = [_child(work, items[share::processes]) for share in range(1, processes)]
    results: list[Any] = [None] * len(items)
    results[0::processes] = [work(item) for item in items[0::processes]]
    for share, (child, pipe) in enumerate(pipes, start=1):
        with os.fdopen(pipe, "rb") as reader:
            sent = reader.read()
        os.waitpid(child, 0)
        done = marshal.loads(sent) if sent else None  # noqa: S302  # our own child wrote it
        results[share::processes] = done or [work(item) for item in items[share::processes]]
    return results


def _child(work: Work, items: Sequence[Any]) -> tuple[int, int]:
    """Fork a process that does its share; return its number, and the pipe that it writes to."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(work, items, writer)
    os.close(writer)
    return child, reader


def _work(work: Work, items: Sequence[Any], pipe: int) -> NoReturn:
    """Do a share in the child, and leave without the parent's goodbyes."""
    try:
        with os.fdopen(pipe, "wb") as writer:
            writer.write(marshal.dumps([work(item) for item in items]))
    finally:
        os._exit(0)
