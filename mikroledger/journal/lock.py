"""One writer: a lock on one file that is never deleted, with its holder's name in it."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mikroledger.errors import NotCertainError


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait for the lock; tests put in their own clock."""

    seconds: float = 10.0
    pause: float = 0.02
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], str] = _now


WAITING = Waiting()


@contextlib.contextmanager
def locked(path: Path, waiting: Waiting = WAITING) -> Iterator[None]:
    """Hold the lock.

    Raises:
        NotCertainError: another process has held it for too long.
        OSError: the file cannot be opened.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o640)
    try:
        _wait(file, waiting)
        # Who holds it is a help for people; a full disk must not stop the work here.
        with contextlib.suppress(OSError):
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()} {waiting.now()}\n".encode(), 0)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(file, 0)  # a command that is refused leaves every byte as it was
    finally:
        with contextlib.suppress(OSError):
            os.close(file)  # which gives the lock back, whatever it says


def _wait(file: int, waiting: Waiting) -> None:
    until = waiting.monotonic() + waiting.seconds
    while not _taken(file):
        if waiting.monotonic() >= until:
            raise _busy(os.pread(file, 100, 0).decode(errors="replace"))
        waiting.sleep(waiting.pause)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(holder: str) -> NotCertainError:
    process, _, since = holder.strip().partition(" ")
    return NotCertainError(
        da=f"En anden er ved at bogføre (proces {process or '?'}, siden {since or '?'}). Intet er"
        " bogført. Kør samme kommando igen om lidt.",
        en=f"Somebody else is booking (process {process or '?'}, since {since or '?'}). Nothing"
        " was booked. Run the same command again in a moment.",
    )
