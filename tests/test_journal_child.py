"""The child: it answers or it is told why not, and it can do nothing else."""

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
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger import confine
from mikroledger.domain.ledger import (
    Account,
    Entry,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
    UsageError,
)
from mikroledger.journal import child
from mikroledger.journal.child import Limits
from mikroledger.journal.plain import packed, unpacked

LIMITS = Limits(60, 1 << 28)
FILE = "journal/2011-05/000001-repay.beancount"


def run(work: Callable[[Any], Any], argument: Any = None, limits: Limits = LIMITS) -> Any:
    return child.run(work, argument, limits, FILE)


def open_files() -> set[str]:
    names = [path.name for path in Path("/proc/self/fd").iterdir()]
    return {name for name in names if Path("/proc/self/fd", name).is_symlink()}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test leaves as many open files as it found, and no child."""
    before = open_files()
    yield
    assert open_files() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_what_a_child_returns() -> None:
    assert run(lambda x: [x, None, 1, True, "æ\n", {"a": []}], "in") == [
        *("in", None, 1, True, "æ\n"),
        {"a": []},
    ]
    assert len(run(lambda _: "x" * 5_000_000)) == 5_000_000


@pytest.mark.parametrize("kind", [UsageError, BrokenBookError, RefusedError, NotCertainError])
def test_our_errors_come_out_as_they_were(kind: type[MikroledgerError]) -> None:
    def refuse(_: Any) -> Any:
        raise kind("nej", "no")

    with pytest.raises(kind) as caught:
        run(refuse)
    assert (caught.value.text.da, caught.value.text.en) == ("nej", "no")


def ended(by: int) -> Callable[[Any], None]:
    return lambda _: signal.raise_signal(by)


def spin(_: Any) -> None:
    while True:
        pass


def too_much(_: Any) -> int:
    return len(bytearray(1 << 40))


def recurse(_: Any) -> Any:
    return recurse(_)


ENDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "segfault": (ended(signal.SIGSEGV), r"breaks down over it \(signal 11\)"),
    "abort": (ended(signal.SIGABRT), r"breaks down over it \(signal 6\)"),
    "killed": (ended(signal.SIGKILL), "more time or memory"),
    "endless": (spin, "more time or memory"),
    "greedy": (too_much, "more time or memory"),
    "bottomless": (recurse, r"breaks down over it \(RecursionError"),
    "wrong": (lambda _: 1 // 0, r"breaks down over it \(ZeroDivisionError: "),
    "left": (lambda _: os._exit(7), r"breaks down over it \(exit 7\)"),
    "left politely": (lambda _: sys.exit(), r"breaks down over it \(exit 1\)"),
    "unspeakable": (lambda _: object(), r"breaks down over it \(TypeError"),
}


@pytest.mark.parametrize("name", ENDS)
def test_however_a_child_ends_the_file_is_named(name: str) -> None:
    work, says = ENDS[name]
    limits = Limits(1, 1 << 28) if name == "endless" else LIMITS
    with pytest.raises(BrokenBookError, match=f"{FILE}: .*{says}.*backup") as caught:
        run(work, limits=limits)
    assert caught.value.text.da.startswith(f"{FILE}: ")


def test_a_child_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 0, 1000])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    wait = select.select
    monkeypatch.setattr(select, "select", lambda r, w, x, left: wait(r, w, x, min(left, 0.01)))
    with pytest.raises(BrokenBookError, match="more time or memory"):
        run(lambda _: signal.pause())


def test_a_child_that_never_stops_talking_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "_size", lambda: 1 << 32)
    with pytest.raises(BrokenBookError, match="more time or memory"):
        run(lambda _: "x" * 100_000, limits=LIMITS._replace(memory=50_000))


# What a child cannot do


def open_for_writing(path: str) -> None:
    with open(path, "w"):  # noqa: PTH123
        pass


CHANGES: dict[str, Callable[[str], Any]] = {
    "open": open_for_writing,
    "create": lambda path: os.open(path, os.O_CREAT),
    "truncate": lambda path: os.open(path, os.O_WRONLY | os.O_TRUNC),
    "remove": os.remove,
    "mkdir": os.mkdir,
    "symlink": lambda path: Path(path).symlink_to("/etc/passwd"),
    "system": lambda path: os.system(f"touch {path}"),
    "spawn": lambda path: os.posix_spawn("/bin/touch", ["touch", path], {}),
    "exec": lambda path: os.execv("/bin/touch", ["touch", path]),
    "fork": lambda path: os.fork(),
}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("name", CHANGES)
def test_a_child_changes_and_starts_nothing(tmp_path: Path, name: str, there: bool) -> None:
    path = tmp_path / "file"
    if there:
        path.write_text("whole")
    with pytest.raises(BrokenBookError, match="PermissionError"):
        run(CHANGES[name], str(path))
    assert list(tmp_path.iterdir()) == [path] * there
    assert not there or path.read_text() == "whole"


def connect(_: Any) -> None:
    import socket

    socket.create_connection(("127.0.0.1", 9))


def unpickle(_: Any) -> None:
    import pickle

    pickle.loads(pickle.dumps(date(2011, 1, 1)))


def open_pipe(path: str) -> None:
    import subprocess

    subprocess.run(["touch", path], check=True)


@pytest.mark.parametrize("work", [connect, unpickle, open_pipe])
def test_a_child_calls_nobody_and_unpickles_nothing(
    tmp_path: Path, work: Callable[[str], None]
) -> None:
    with pytest.raises(BrokenBookError, match="PermissionError"):
        run(work, str(tmp_path / "file"))
    assert not list(tmp_path.iterdir())


def test_a_child_writes_nothing_to_a_file_that_was_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        number = file.fileno()
        with pytest.raises(BrokenBookError, match="Bad file descriptor"):
            run(lambda _: os.write(number, b"x"))
    assert (tmp_path / "file").read_text() == ""


def test_a_child_sees_neither_environment_nor_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    environment, *heard = run(lambda _: [dict(os.environ), os.read(0, 1).decode()])
    assert environment["BEANCOUNT_DISABLE_LOAD_CACHE"] == "1"
    assert "PATH" not in environment
    assert heard == [""]
    run(lambda _: [os.write(1, b"out"), os.write(2, b"err")])
    assert capfd.readouterr() == ("", "")


def test_a_child_works_where_standard_files_are_closed() -> None:
    number = os.fork()
    if not number:
        for standard in range(3):
            os.close(standard)
        os._exit(0 if run(lambda x: x, "still") == "still" else 1)
    assert os.waitpid(number, 0)[1] == 0


# A child that starts early


def test_a_child_prepares_itself_while_nobody_waits() -> None:
    def prepare() -> child.Ask:
        made = os.getpid()
        return lambda x: [x, made]

    with child.started(prepare, LIMITS, FILE) as ask:
        said, made = ask({"a": [1, "å" * 1_000_000]})
    assert said == {"a": [1, "å" * 1_000_000]}
    assert made != os.getpid()


def test_a_child_that_is_not_asked_is_ended() -> None:
    with child.started(lambda: spin, LIMITS, FILE):
        pass


def test_a_child_that_cannot_prepare_itself_says_so_when_it_is_asked() -> None:
    def prepare() -> child.Ask:
        raise ImportError("no beancount")

    failed = pytest.raises(BrokenBookError, match="ImportError: no beancount")
    with child.started(prepare, LIMITS, FILE) as ask, failed:
        ask("x" * 1_000_000)


def test_a_child_ends_when_its_parent_does() -> None:
    """A parent that is killed leaves nobody behind: the pipe that the child waits at closes."""
    reader, writer = os.pipe()
    parent = os.fork()
    if not parent:
        waiting = confine.Child(lambda: spin, LIMITS, {})
        os.write(writer, str(waiting._number).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    number = int(os.read(reader, 100))
    try:
        handle = os.pidfd_open(number)
    except ProcessLookupError:  # it was quicker
        handle = os.open(os.devnull, os.O_RDONLY)
    assert select.select([handle], [], [], 60)[0], "it is gone"
    os.waitpid(parent, 0)
    for each in (reader, writer, handle):
        os.close(each)


# What runs in the child, run here to be looked at


class Left(BaseException):
    """The process would have ended here."""


def leave(code: int) -> None:
    raise Left(code)


def test_what_the_child_does_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, request = os.pipe()
    answer, said = os.pipe()
    for each in (b"[0, [2]]", b"[0, 3]"):
        os.write(request, len(each).to_bytes(8) + each)
    os.close(request)
    confined: list[Any] = []

    def noted(*given: Any) -> tuple[int, ...]:
        confined.append(given)
        return asked, said

    monkeypatch.setattr(confine, "_confine", noted)
    monkeypatch.setattr(os, "_exit", leave)
    with pytest.raises(Left):
        confine._serve(lambda: lambda x: x * 2, LIMITS, {"A": "b"}, (asked, said))
    first, second = b'["done", [2, 2]]', b'["done", 6]'
    assert os.read(answer, 100) == b"".join(
        len(each).to_bytes(8) + each for each in (first, second)
    )
    for pipe in (answer, asked, said):
        os.close(pipe)
    assert confined == [(LIMITS, {"A": "b"}, asked, said)]


def test_a_fork_knows_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[int] = []

    def serve(prepare: object, limits: Limits, _: object, pipes: tuple[int, int]) -> None:
        served.extend(pipes)
        raise Left

    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(confine, "_serve", serve)
    before = open_files()
    with pytest.raises(Left), child.started(lambda: spin, LIMITS, FILE):
        pass
    opened = {int(each) for each in open_files() - before}
    assert set(served) < opened
    for pipe in opened:
        os.close(pipe)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RefusedError("nej", "no"), ["refused", 4, "nej", "no"]),
        (MemoryError(), ["too much"]),
        (ValueError("x" * 1000), ["failed", "ValueError: " + "x" * 188]),
    ],
)
def test_what_a_child_says_of_errors(error: Exception, said: list[Any]) -> None:
    def work(_: Any) -> Any:
        raise error

    assert json.loads(confine._answer(work, b"[0, 1]")) == said


def test_all_that_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    done: dict[str, list[tuple[Any, ...]]] = {}

    def note(name: str, result: Any = None) -> Callable[..., Any]:
        def noted(*args: Any) -> Any:
            done.setdefault(name, []).append(args)
            return result

        return noted

    hard = {resource.RLIMIT_AS: 1000}
    none = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "setrlimit", note("limit"))
    monkeypatch.setattr(resource, "getrlimit", lambda what: (none, hard.get(what, none)))
    monkeypatch.setattr(fcntl, "fcntl", lambda pipe, how, least: pipe + 10)
    for name in ("dup2", "closerange", "open"):
        monkeypatch.setattr(os, name, note(name, 7))
    monkeypatch.setattr(os, "environ", {"PATH": "/bin"})
    monkeypatch.setattr(sys, "addaudithook", note("hook"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(gc, "disable", note("gc"))

    assert confine._confine(Limits(9, 5000), {"A": "b"}, 5, 3) == (15, 13)

    assert done["dup2"] == [(7, 0), (7, 1), (7, 2)]
    ranges = [range(*each) for each in done["closerange"]]
    assert [n for n in range(20) if not any(n in each for each in ranges)] == [0, 1, 2, 13, 15]
    assert dict(done["limit"]) == {
        resource.RLIMIT_CPU: (9, 9),
        resource.RLIMIT_AS: (1000, 1000),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
    }
    assert os.environ == {"A": "b"}
    assert done["hook"] == [(confine._guard,)]
    assert sys.dont_write_bytecode
    assert done["gc"] == [()]


def test_a_limit_of_memory_is_on_top_of_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert confine._size() > 1_000_000

    def closed(*_: object) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", closed)
    assert confine._size() == 0


@pytest.mark.parametrize(
    ("event", "arguments", "allowed"),
    [
        ("open", ("/x", "r", os.O_RDONLY), True),
        ("open", ("/x", None, os.O_RDONLY | os.O_CLOEXEC), True),
        ("open", (3, "w", os.O_WRONLY | os.O_CREAT), True),
        ("open", ("/x", "w", os.O_WRONLY), False),
        ("open", ("/x", "r+", os.O_RDWR), False),
        ("open", ("/x", None, os.O_CREAT), False),
        ("open", ("/x", None, os.O_TRUNC), False),
        ("import", ("os", None, None, None, None), True),
        ("os.listdir", ("/x",), True),
        ("os.system", ("x",), False),
        ("subprocess.Popen", (), False),
        ("socket.connect", (), False),
        ("pickle.find_class", ("os", "system"), False),
    ],
)
def test_the_guard(event: str, arguments: tuple[Any, ...], allowed: bool) -> None:
    if allowed:
        confine._guard(event, arguments)
    else:
        with pytest.raises(PermissionError, match=event):
            confine._guard(event, arguments)


@pytest.mark.parametrize(
    "said", ["no", "5", "[]", '{"done": 1}', '["done"]', '["refused", 9, "", ""]']
)
def test_nonsense_from_a_child_is_no_answer(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(confine, "_answer", lambda *_: said)
    with pytest.raises(BrokenBookError, match=FILE):
        run(lambda x: x)


# Entries as plain values

texts = st.text(max_size=9)
days = st.dates()
kroner = st.decimals(-(10**9), 10**9, places=2)
values: st.SearchStrategy[Value] = st.one_of(
    texts, texts.map(Account), kroner, st.integers(), st.booleans(), days
)
metas = st.dictionaries(texts, values, max_size=4)
postings = st.builds(Posting, texts, kroner, metas)
places = st.builds(Place, texts, st.integers(0))
common: dict[str, st.SearchStrategy[Any]] = {
    "meta": metas,
    "commit": st.integers(),
    "place": places,
}
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Transaction, days, texts, st.lists(postings, max_size=3).map(tuple), **common),
    st.builds(Record, days, texts, st.lists(values, max_size=3).map(tuple), **common),
    st.builds(Opening, days, texts, **common),
)


def typed(entry: Entry) -> str:
    """Tell `Account("x")` from "x" and True from 1, and the order of metadata."""
    values = [*entry.meta.values(), *(entry.values if isinstance(entry, Record) else ())]
    return repr((entry, [type(value) for value in values]))


@given(st.lists(entries, max_size=3))
def test_plain_values_are_the_entries(given: list[Entry]) -> None:
    back = unpacked(json.loads(json.dumps(packed(given))))
    assert list(back) == given
    assert list(map(typed, back)) == list(map(typed, given))


def test_amounts_keep_their_decimals() -> None:
    entry = Transaction(date(2011, 1, 1), "", (Posting("A:B", Decimal("1.10")),))
    (back,) = unpacked(packed([entry]))
    assert isinstance(back, Transaction)
    assert str(back.postings[0].amount) == "1.10"
