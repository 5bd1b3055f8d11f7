"""Work that may go badly wrong, done in a process of its own and within limits.

A book is text that anybody can edit, and beancount reads it with a parser in C: `10/0` ends the
process. So beancount runs in a child that may use so much time and memory, write nothing, call
nobody and start nothing. What it answers comes back as JSON: plain values, which run nothing,
whatever has become of the child. This module imports little, so that a child can start early.
"""

import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
    UsageError,
)

Ask = Callable[[Any], Any]
"""Takes and returns plain values: what JSON can say."""

_ERRORS = {c.exit_code: c for c in (UsageError, BrokenBookError, RefusedError, NotCertainError)}
_AT_ONCE = 1 << 20
_TOO_MUCH = '["too much"]'
# Without the cache: it would run what a planted file says. Beancount removes a cache that it
# does not use, so it is also told of a name that no file can have.
_ENVIRONMENT = {
    "BEANCOUNT_DISABLE_LOAD_CACHE": "1",
    "BEANCOUNT_LOAD_CACHE_FILENAME": f"{os.devnull}/none",
}
_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_FORBIDDEN = (
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
    *("os.symlink", "os.truncate", "os.utime", "shutil."),
    *("os.exec", "os.fork", "os.kill", "os.posix_spawn", "os.spawn", "os.system", "pty."),
    *("ctypes.", "pickle.", "socket.", "subprocess.", "urllib.", "webbrowser."),
)


class Limits(NamedTuple):
    """What a child may use.

    Args:
        seconds: processor time; the parent waits three times as long for the answer.
        memory: bytes, on top of what the parent has.
    """

    seconds: int
    memory: int

    @classmethod
    def of(cls, size: int) -> "Limits":
        """Return limits for a text of some bytes: ten times what beancount needs, and more."""
        return cls(20 + size // 100_000, (1 << 30) + 100 * size)


def run(work: Ask, argument: Any, limits: Limits, file: str) -> Any:
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
def started(prepare: Callable[[], Ask], limits: Limits, file: str) -> Iterator[Ask]:
    """Start a child that prepares itself at once, and then waits to be asked, once.

    Args:
        prepare: does in the child what takes long, and returns what answers.
    """
    child = _Child(prepare, limits, file)
    try:
        yield child.ask
    finally:
        child.end()


class _Child:
    """A child process, as its parent sees it."""

    def __init__(self, prepare: Callable[[], Ask], limits: Limits, file: str) -> None:
        self._limits = limits
        self._file = file
        request, self._request = os.pipe()
        self._answer, answer = os.pipe()
        self._number = os.fork()
        if not self._number:
            _serve(prepare, limits, request, answer)
        os.close(request)
        os.close(answer)

    def ask(self, argument: Any) -> Any:
        """Ask, and wait for the answer."""
        with (
            contextlib.suppress(BrokenPipeError),  # it has failed already, and says so
            os.fdopen(os.dup(self._request), "wb") as pipe,
        ):
            os.close(self._request)
            self._request = -1
            pipe.write(json.dumps(argument).encode())
        said = self._said()
        how = self.end()
        try:
            kind, *rest = json.loads(said)
        except (TypeError, ValueError):
            kind, rest = "ended", [how]
        return _told(kind, rest, self._file)

    def _said(self) -> bytes | str:
        """Return all that the child says until it closes the pipe, if that ends at all."""
        until = time.monotonic() + 3 * self._limits.seconds
        said = bytearray()
        while len(said) <= self._limits.memory:
            ready, _, _ = select.select([self._answer], [], [], max(until - time.monotonic(), 0))
            if not ready:
                break
            more = os.read(self._answer, _AT_ONCE)
            if not more:
                return bytes(said)
            said += more
        return _TOO_MUCH

    def end(self) -> int:
        """End the child, and return how it ended: an exit code, or minus a signal."""
        if not self._number:
            return 0
        for pipe in (self._request, self._answer):
            if pipe >= 0:
                os.close(pipe)
        os.kill(self._number, signal.SIGKILL)  # it has answered, is dead already, or is late
        _, status = os.waitpid(self._number, 0)
        self._number = 0
        return os.waitstatus_to_exitcode(status)


def _told(kind: str, rest: list[Any], file: str) -> Any:
    """Return the child's result, or raise what it raised."""
    match kind, rest:
        case "done", [result]:
            return result
        case "refused", [int(code), str(da), str(en)] if code in _ERRORS:
            raise _ERRORS[code](da, en)
        case "failed", [reason]:
            raise _failed(file, f"{reason}")
        case "ended", [int(how)] if -how not in {signal.SIGXCPU, signal.SIGKILL}:
            raise _failed(file, f"signal {-how}" if how < 0 else f"exit {how}")
        case _:
            raise BrokenBookError(
                da=f"{file}: den kræver mere tid eller plads, end den må. Gør filen mindre, eller"
                " hent den fra sikkerhedskopien.",
                en=f"{file}: it takes more time or memory than it may. Make the file smaller, or"
                " restore it from the backup.",
            )


def _failed(file: str, reason: str) -> BrokenBookError:
    return BrokenBookError(
        da=f"{file}: beancount bryder sammen over den ({reason}). Fortryd den sidste ændring i"
        " filen, eller hent den fra sikkerhedskopien.",
        en=f"{file}: beancount breaks down over it ({reason}). Undo the last change in the file,"
        " or restore it from the backup.",
    )


# In the child


def _serve(prepare: Callable[[], Ask], limits: Limits, request: int, answer: int) -> NoReturn:
    """Be the child: get ready, hear what is asked, answer; then leave without goodbyes."""
    try:
        request, answer = _confine(limits, request, answer)
        said = _answer(prepare, request)
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(said.encode())
    finally:
        os._exit(1)  # what was said counts, not this


def _answer(prepare: Callable[[], Ask], request: int) -> str:
    """Return the result, or what went wrong."""
    try:
        work = prepare()
        with os.fdopen(request, "rb") as pipe:
            argument = json.loads(pipe.read())
        return json.dumps(["done", work(argument)])
    except MikroledgerError as error:
        return json.dumps(["refused", error.exit_code, error.text.da, error.text.en])
    except MemoryError:
        return _TOO_MUCH
    except Exception as error:  # noqa: BLE001  # a traceback helps nobody who edits a book
        return json.dumps(["failed", f"{type(error).__name__}: {error}"[:200]])


def _confine(limits: Limits, request: int, answer: int) -> tuple[int, int]:
    """Take away from this process all that its work does not need; return its pipes."""
    request, answer = (fcntl.fcntl(pipe, fcntl.F_DUPFD, 3) for pipe in (request, answer))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    low, high = sorted((request, answer))
    for first, beyond in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, beyond)
    for what, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory + _size()),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    sys.dont_write_bytecode = True
    sys.addaudithook(_guard)
    gc.disable()  # looking for cyclic garbage is a quarter of beancount's time, and finds none
    return request, answer


def _size() -> int:
    """Return the size of this process; 0 where the system does not tell."""
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()
    return 0


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Let the child do nothing that changes, calls or starts anything."""
    if event == "open":
        path, _, flags = arguments
        wrong = flags & _CHANGING and not isinstance(path, int)  # a number is open already
    else:
        wrong = event.startswith(_FORBIDDEN)
    if wrong:
        raise PermissionError(event)
