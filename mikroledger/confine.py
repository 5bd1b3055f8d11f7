"""Work that may go badly wrong, done in a process of its own and within limits.

A ledger and a letter's template are texts that anybody can edit, and what reads them is large
and not ours. So it runs in a child that may use so much time and memory, write nothing, call
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
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn, Protocol

from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
    UsageError,
)

Work = Callable[[Any], Any]
"""Takes plain values, and returns such or `Enclosed`: what JSON can say, and a file."""


class Enclosed(NamedTuple):
    """An answer with a file: the bytes pass as they are, and nobody reads them on the way."""

    said: Any
    file: bytes


class Ask(Protocol):
    """Asks a child."""

    def __call__(self, argument: Any, seconds: int = 0) -> Any:
        """Return what the child makes of an argument: a plain value, or one with a file.

        Args:
            argument: a plain value.
            seconds: processor time for this answer; 0 is all that the child has left.

        Raises:
            NoAnswerError: the child ended, failed or was late; it is not to be asked again.
            MikroledgerError: the work raised it; it can be asked again.
        """
        ...


_ERRORS = {c.exit_code: c for c in (UsageError, BrokenBookError, RefusedError, NotCertainError)}
_AT_ONCE = 1 << 20
_PATIENCE = 6  # a machine that is busy gives a child so much less than the clock says
_LENGTH = 8  # bytes that say how long the rest of a message is
_LATE = frozenset({signal.SIGXCPU, signal.SIGPROF, signal.SIGKILL})
_TOO_MUCH = b'["too much"]'
_FILE = b"\n"  # between what is said and a file: JSON on one line has none
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
        seconds: processor time in all; the parent waits three times as long for an answer.
        memory: bytes, on top of what the parent has.
        sealed: whether it opens no file and no connection and starts no thread once it is
            ready. The system itself refuses it then, also to what is not Python.
    """

    seconds: int
    memory: int
    sealed: bool = False


class NoAnswerError(Exception):
    """A child gave no answer.

    Args:
        reason: how it ended or what it said; empty if it took more time or memory than it may.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason or "more time or memory than it may take")
        self.reason = reason


@contextlib.contextmanager
def started(
    prepare: Callable[[], Work], limits: Limits, environment: Mapping[str, str]
) -> Iterator[Ask]:
    """Start a child that prepares itself at once, and then waits to be asked.

    Args:
        prepare: does in the child what takes long, and returns what answers.
        environment: all that the child's environment holds.
    """
    child = Child(prepare, limits, environment)
    try:
        yield child.ask
    finally:
        child.end()


class Child:
    """A child process, as its parent sees it: `started` for one that outlives a `with`."""

    def __init__(
        self, prepare: Callable[[], Work], limits: Limits, environment: Mapping[str, str]
    ) -> None:
        self._limits = limits
        request, self._request = os.pipe()
        self._answer, answer = os.pipe()
        self._number = os.fork()
        if not self._number:
            _serve(prepare, limits, environment, (request, answer))
        os.close(request)
        os.close(answer)

    def ask(self, argument: Any, seconds: int = 0) -> Any:
        """Ask, and wait for the answer: see `Ask`."""
        self.tell(argument, seconds)
        return self.hear(seconds)

    def tell(self, argument: Any, seconds: int = 0) -> None:
        """Ask, and do not wait; what is told must be heard before the next is told.

        Raises:
            NoAnswerError: the child was ended.
        """
        if not self._number:
            raise NoAnswerError("ended")
        with contextlib.suppress(BrokenPipeError):  # it has failed already, and says so
            _tell(self._request, _line([seconds, argument]))

    def hear(self, seconds: int = 0) -> Any:
        """Wait for the answer to what was told: see `Ask`."""
        until = time.monotonic() + (_PATIENCE * seconds or 3 * self._limits.seconds)
        said, with_file, file = self._said(until).partition(_FILE)
        kind, *rest = _read(said)
        if kind == "ended":
            rest = [self.end()]
        elif kind not in {"done", "refused"}:
            self.end()
        told = _told(kind, rest)
        return Enclosed(told, file) if with_file else told

    def _said(self, until: float) -> bytes:
        """Return all of an answer, or what there is of it when the child closes the pipe."""
        said = bytearray()
        while len(said) <= self._limits.memory:
            ready, _, _ = select.select([self._answer], [], [], max(until - time.monotonic(), 0))
            if not ready:
                break
            more = os.read(self._answer, _AT_ONCE)
            said += more
            if not more or len(said) >= _LENGTH + int.from_bytes(said[:_LENGTH]):
                return bytes(said[_LENGTH:])
        return _TOO_MUCH

    def end(self) -> int:
        """End the child, and return how it ended: an exit code, or minus a signal."""
        if not self._number:
            return 0
        for pipe in (self._request, self._answer):
            os.close(pipe)
        os.kill(self._number, signal.SIGKILL)  # it has answered, is dead already, or is late
        _, status = os.waitpid(self._number, 0)
        self._number = 0
        return os.waitstatus_to_exitcode(status)


def _read(said: bytes) -> list[Any]:
    """Return an answer in its parts; one that is no JSON is of a child that has ended."""
    with contextlib.suppress(ValueError):
        match json.loads(said):
            case [str(kind), *rest]:
                return [kind, *rest]
            case _:
                pass
    return ["ended"]


def _told(kind: str, rest: list[Any]) -> Any:
    """Return the child's result, or raise what it raised."""
    match kind, rest:
        case "done", [result]:
            return result
        case "refused", [int(code), str(da), str(en)] if code in _ERRORS:
            raise _ERRORS[code](da, en)
        case "failed", [str(reason)]:
            raise NoAnswerError(reason)
        case "ended", [int(how)] if -how not in _LATE:
            raise NoAnswerError(f"signal {-how}" if how < 0 else f"exit {how}")
        case _:
            raise NoAnswerError("")


def _line(said: list[Any]) -> bytes:
    """Return what is said as JSON on one line."""
    return json.dumps(said).encode()


def _tell(pipe: int, said: bytes) -> None:
    """Write a message: its length, and itself."""
    with os.fdopen(pipe, "wb", closefd=False) as file:
        file.write(len(said).to_bytes(_LENGTH))
        file.write(said)


# In the child


def _serve(
    prepare: Callable[[], Work],
    limits: Limits,
    environment: Mapping[str, str],
    pipes: tuple[int, int],
) -> NoReturn:
    """Be the child: get ready, hear what is asked, answer; then leave without goodbyes."""
    try:
        request, answer = _confine(limits, environment, *pipes)
        work = _ready(prepare, limits)
        while (asked := _heard(request)) is not None:
            _tell(answer, _answer(work, asked))
    finally:
        os._exit(1)  # what was said counts, not this


def _ready(prepare: Callable[[], Work], limits: Limits) -> Work:
    """Return what answers; what went wrong on the way is the answer then."""
    try:
        work = prepare()
        if limits.sealed:
            _seal()
    except BaseException as error:  # noqa: BLE001  # told as the answer to the first question
        failed = error

        def fail(_: Any) -> Any:
            raise failed

        return fail
    return work


def _heard(pipe: int) -> bytes | None:
    """Return the next message; None when the parent has nothing more to ask."""
    with contextlib.suppress(EOFError):
        return _exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH)))
    return None


def _exactly(pipe: int, count: int) -> bytes:
    heard = bytearray()
    while len(heard) < count:
        more = os.read(pipe, min(count - len(heard), _AT_ONCE))
        if not more:
            raise EOFError
        heard += more
    return bytes(heard)


def _answer(work: Work, asked: bytes) -> bytes:
    """Return the result, or what went wrong."""
    try:
        seconds, argument = json.loads(asked)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # the system ends it, whatever it is at
        done = work(argument)
        if isinstance(done, Enclosed):
            return _line(["done", done.said]) + _FILE + done.file
        return _line(["done", done])
    except MikroledgerError as error:
        return _line(["refused", error.exit_code, error.text.da, error.text.en])
    except MemoryError:
        return _TOO_MUCH
    except Exception as error:  # noqa: BLE001  # a traceback helps nobody who edits a book
        return _line(["failed", f"{type(error).__name__}: {error}"[:200]])


def _confine(
    limits: Limits, environment: Mapping[str, str], request: int, answer: int
) -> tuple[int, int]:
    """Take away from this process all that its work does not need; return its pipes."""
    request, answer = (fcntl.fcntl(pipe, fcntl.F_DUPFD, 3) for pipe in (request, answer))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    low, high = sorted((request, answer))
    for first, beyond in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, beyond)
    _limit(resource.RLIMIT_CPU, limits.seconds)
    _limit(resource.RLIMIT_AS, limits.memory + _size())
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    if not limits.sealed:  # the threads of what is sealed are there before it is
        _limit(resource.RLIMIT_NPROC, 0)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = True
    sys.addaudithook(_guard)
    gc.disable()  # looking for cyclic garbage is a quarter of beancount's time, and finds none
    return request, answer


def _seal() -> None:
    """Let this process open nothing more: the system gives it no number for a file or a socket."""
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(what: int, most: int) -> None:
    """Set a limit for good, unless there is a lower one."""
    _, hard = resource.getrlimit(what)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (least, least))


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
