"""How far a long command has come: a bar on the terminal, once it has taken a second."""

import sys
from time import monotonic
from typing import Any

from mikroledger.cli.app import said

AFTER = 1
"""Seconds before anything is shown: what is done sooner needs no bar."""


def watched() -> bool:
    """Tell whether somebody sees what is written on stderr."""
    return sys.stderr.isatty()


class Bar:
    """A progress bar on stderr, drawn by the work itself: it starts no thread."""

    def __init__(self, da: str, en: str) -> None:
        self._what = said(da, en)
        self._began = monotonic()
        self._watched = watched()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, of: int, name: str) -> None:
        """Show that `done` of `of` are done, and which is next."""
        if not self._watched or monotonic() - self._began < AFTER:
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task(self._what, total=of, name=name)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=of, name=name)
        self._bar.refresh()

    def done(self) -> None:
        """Take the bar away; what was done is told in words."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    words = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    rest = Remaining(), TextColumn("{task.fields[name]}")
    console = Console(stderr=True, force_terminal=True)  # `watched` has looked
    return Progress(*words, *rest, console=console, auto_refresh=False, transient=True)
