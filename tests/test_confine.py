"""A child that is asked many times, and one that is sealed."""

import fcntl
import gc
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mikroledger import confine
from mikroledger.confine import Enclosed, Limits, NoAnswerError
from mikroledger.errors import RefusedError

LIMITS = Limits(60, 1 << 28)
SEALED = LIMITS._replace(sealed=True)


def started(work: Callable[[Any], Any], limits: Limits = LIMITS) -> Any:
    return confine.started(lambda: work, limits, {})


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test leaves no more open files and children than it found."""
    files, children = there()
    yield
    more_files, more_children = there()
    assert more_files <= files
    assert more_children <= children


def there() -> tuple[int, set[str]]:
    """Return how many files are open, and the children of this process."""
    listed = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return len(list(Path("/proc/self/fd").iterdir())), set().union(*listed)


def test_one_child_answers_many_questions() -> None:
    heard: list[int] = []

    def count(number: int) -> list[int]:
        heard.append(number)
        return heard

    with started(count) as ask:
        assert [ask(n) for n in range(3)] == [[0], [0, 1], [0, 1, 2]]
    assert heard == [], "it was another process"


@pytest.mark.parametrize("file", [b"", b"plain", b"\n[1]\n\x00\xff" * 100_000])
def test_a_file_comes_as_it_is_beside_what_is_said(file: bytes) -> None:
    with started(lambda said: Enclosed([said, "a\nb"], file)) as ask:
        assert ask("æ") == Enclosed(["æ", "a\nb"], file)
        assert ask("ø") == (["ø", "a\nb"], file)


@pytest.mark.parametrize("file", [b"", b"\x00\n"])
def test_a_file_follows_the_line_that_is_said(file: bytes) -> None:
    answer = confine._answer(lambda said: Enclosed(said, file), b'[0, "a"]')
    assert answer == b'["done", "a"]\n' + file


@pytest.mark.parametrize("said", [b"", b"[", b"1", b"[]", b"[1]", b"{}"])
def test_what_is_no_answer_is_of_a_child_that_has_ended(said: bytes) -> None:
    assert confine._read(said) == ["ended"]


def test_each_answer_has_its_own_time() -> None:
    def busy(_: Any) -> str:
        until = time.process_time() + 0.4
        while time.process_time() < until:
            pass
        return "done"

    with started(busy) as ask:
        assert [ask(None, seconds=1) for _ in range(4)] == ["done"] * 4
        assert ask(None) == "done"


def test_a_refusal_is_an_answer_like_any_other() -> None:
    def odd(number: int) -> int:
        if number % 2:
            raise RefusedError("ulige", "odd")
        return number

    with started(odd) as ask:
        for _ in range(2):
            with pytest.raises(RefusedError, match="odd"):
                ask(1)
            assert ask(2) == 2


def spin(_: Any) -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (lambda _: os.kill(os.getpid(), 0), "PermissionError: os.kill"),
        (lambda _: signal.raise_signal(signal.SIGSEGV), "signal 11"),
        (lambda _: os._exit(3), "exit 3"),
        (lambda _: signal.pause(), ""),
        (spin, ""),
    ],
    ids=["failed", "crashed", "left", "late", "busy"],
)
def test_who_gave_no_answer_is_not_asked_again(work: Callable[[Any], Any], reason: str) -> None:
    with started(work) as ask:
        with pytest.raises(NoAnswerError) as caught:
            ask(1, seconds=1)
        assert caught.value.reason == reason
        with pytest.raises(NoAnswerError, match="ended"):
            ask(1)


SEALED_OFF: dict[str, tuple[Callable[[Any], Any], str]] = {
    "file": (lambda _: Path("/etc/hostname").read_text(), "Too many open files"),
    "folder": (lambda _: list(Path("/etc").iterdir()), "Too many open files"),
    "socket": (lambda _: socket.socketpair(), "Too many open files"),
    "pipe": (lambda _: os.pipe(), "Too many open files"),
    "back": (
        lambda _: resource.setrlimit(resource.RLIMIT_NPROC, (9, 9)) if os.getuid() else 1 // 0,
        "ValueError|ZeroDivision",  # root is not held by that limit
    ),
}


@pytest.mark.parametrize("name", SEALED_OFF)
def test_what_is_sealed_opens_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(confine, "_guard", lambda *_: None)  # what is not Python is not heard
    work, says = SEALED_OFF[name]
    with started(work, SEALED) as ask, pytest.raises(NoAnswerError, match=says):
        ask(None)


def test_what_is_sealed_has_what_it_opened_before() -> None:
    def prepare() -> confine.Work:
        text = Path("/proc/self/status").read_text("utf-8")
        done = threading.Event()
        threading.Thread(target=done.set).start()
        done.wait()
        return lambda x: [x, len(text) > 100]

    with confine.started(prepare, SEALED, {}) as ask:
        assert [ask(n) for n in range(2)] == [[0, True], [1, True]]


# What runs in the child, run here to be looked at


def test_what_is_sealed_is_sealed_once_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(confine, "_limit", lambda what, most: done.append((what, most)))

    def prepare() -> confine.Work:
        done.append("ready")
        return len

    assert confine._ready(prepare, LIMITS) is len
    assert confine._ready(prepare, SEALED) is len
    seal = [(resource.RLIMIT_NPROC, 0), (resource.RLIMIT_NOFILE, 0)]
    assert done == ["ready", "ready", *seal]


def test_what_is_to_be_sealed_may_start_threads_before(monkeypatch: pytest.MonkeyPatch) -> None:
    limited: set[int] = set()
    monkeypatch.setattr(confine, "_limit", lambda what, _: limited.add(what))
    for module, names in ((os, ("dup2", "closerange", "open")), (sys, ("addaudithook",))):
        for name in names:
            monkeypatch.setattr(module, name, lambda *_: 7)
    monkeypatch.setattr(fcntl, "fcntl", lambda pipe, *_: pipe)
    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(os, "environ", {})
    confine._confine(SEALED, {}, 4, 5)
    assert resource.RLIMIT_NPROC not in limited
    confine._confine(LIMITS, {}, 4, 5)
    assert resource.RLIMIT_NPROC in limited


def test_what_goes_wrong_on_the_way_is_the_first_answer() -> None:
    def prepare() -> confine.Work:
        raise ImportError("no press")

    work = confine._ready(prepare, LIMITS)
    assert confine._answer(work, b"[0, 1]") == b'["failed", "ImportError: no press"]'
