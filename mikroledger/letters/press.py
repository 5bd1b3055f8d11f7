"""The press: finds template, layout and fonts, and has a PDF printed.

Printing the same sheet again gives the same bytes, in any process. A run has a worker for each
processor, at most; it gets a letter as plain data, so that no name or reason is read as markup.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from mikroledger.confine import Child, Limits, NoAnswerError, Work
from mikroledger.errors import MikroledgerError, RefusedError
from mikroledger.letters import law
from mikroledger.letters.folder import Found, Templates
from mikroledger.letters.labels import label
from mikroledger.letters.pages import pages
from mikroledger.letters.sheet import Sheet
from mikroledger.words import Language

SECONDS = 10
"""Processor time of a letter; it takes a hundredth of a second."""
LETTERS = 1_000
"""How many a worker prints before another takes its place."""
LIMITS = Limits(seconds=300, memory=1 << 30, sealed=True)

# One thread: a letter is one page, and a run has a process for each processor.
_ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter on paper.

    Args:
        pdf: the file, PDF/A-2a and PDF/UA-1.
        template_hash: SHA-256 over text template, layout, parts, words of the law and fonts.
        sources: each of those files with `own` or `shipped` and its SHA-256.
        title: the heading, also the file's own title.
        text: the body in plain words, a line for each heading, paragraph and point.
    """

    pdf: bytes
    template_hash: str
    sources: Mapping[str, str] = field(hash=False)
    title: str
    text: str

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return pages(self.pdf)


class Press:
    """Templates, layout and fonts, read once for many letters.

    Args:
        folders: where templates are looked for: the municipality's own first, then ours.
        workers: how many letters are printed at the same time.
    """

    def __init__(self, folders: Sequence[Path], workers: int = 1) -> None:
        self.templates = Templates(folders)
        prepare = partial(_prepared, self.templates)
        self._seats = [_Seat(prepare) for _ in range(workers)]
        self._turns = cycle(self._seats)

    def print(self, sheet: Sheet, language: Language, *, draft: bool = False) -> Printed:
        """Print one letter, and wait for it.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        return self.start(sheet, language, draft=draft).result()

    def start(self, sheet: Sheet, language: Language, *, draft: bool = False) -> Job:
        """Have one letter printed; its result can be waited for later.

        Args:
            draft: whether it says across each page that it is not to be sent.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        found = self.templates.text(f"{language}/{sheet.template}.md")
        legal = law.words(self.templates.law, sheet.on, language)
        job = Job(found, self.templates)
        next(self._turns).start(
            job,
            {
                "template": found.name,
                "number": sheet.number,
                "on": sheet.on.isoformat(),
                "words": {**legal, **sheet.words},
                "blocks": sheet.blocks,
                "frame": {**sheet.frame, **_mark(language, draft=draft)},
            },
        )
        return job

    def close(self) -> None:
        """End the workers; the next letter starts another."""
        for seat in self._seats:
            seat.close()


class Job:
    """A letter in print.

    Args:
        found: its text.
        templates: where that is from, and all else that a letter is made with.
    """

    def __init__(self, found: Found, templates: Templates) -> None:
        self._found = found
        self._templates = templates
        self._wait: Callable[[], object] = _nothing
        self._told: Any = None
        self._error: MikroledgerError | None = None

    def start(self, wait: Callable[[], object]) -> None:
        """Be printed; who wants the result calls `wait` first."""
        self._wait = wait

    def hear(self, child: Child) -> bool:
        """Take the worker's answer, and tell whether the worker can print more."""
        self._wait = _nothing
        try:
            self._told = child.hear(SECONDS)
        except NoAnswerError as error:
            self._error = _broken(self._found.path, self._templates.layout.path, error.reason)
            return False
        except MikroledgerError as error:
            self._error = error
        return True

    def result(self) -> Printed:
        """Return the letter, when it is printed.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        self._wait()
        if self._error:
            raise self._error
        (title, text), pdf = self._told
        return Printed(
            pdf,
            self._templates.digest(self._found),
            self._templates.sources(self._found),
            title,
            text,
        )


class _Seat:
    """A place for a worker, and the letter that it is at: one at a time."""

    def __init__(self, prepare: Callable[[], Work]) -> None:
        self._prepare = prepare
        self._child: Child | None = None
        self._printed = 0
        self._job: Job | None = None
        self._end: Callable[[], object] = _nothing

    def start(self, job: Job, sheet: Mapping[str, Any]) -> None:
        self._finish()
        if self._child is None or self._printed >= LETTERS:
            self.close()
            self._child = Child(self._prepare, LIMITS, _ENVIRONMENT)
            self._end = weakref.finalize(self, _end, self._child, os.getpid())
        self._printed += 1
        self._job = job
        job.start(self._finish)
        self._child.tell(sheet, SECONDS)

    def _finish(self) -> None:
        """Wait for the letter that is in print, if one is."""
        job, self._job = self._job, None
        if job and self._child and not job.hear(self._child):
            self.close()

    def close(self) -> None:
        self._finish()
        self._end()
        self._child, self._printed = None, 0


def _prepared(mine: Templates) -> Work:
    from mikroledger.letters import worker  # in the child, where alone Typst is imported

    return worker.prepared(mine.texts, mine.layout, mine.parts, mine.font_folders)


def _mark(language: Language, *, draft: bool) -> dict[str, str]:
    """Return what marks a draft; empty for a letter."""
    return {key: label(key, language) if draft else "" for key in ("draft", "draft-note")}


def _nothing() -> None:
    """There is no worker yet."""


def _end(child: Child, owner: int) -> None:
    """End a worker; a fork of its owner leaves it alone."""
    if os.getpid() == owner:
        child.end()


def _broken(text: Path, layout: Path, reason: str) -> RefusedError:
    if not reason:
        return RefusedError(
            da=f"{text} eller {layout}: brevet kræver mere tid eller plads, end det må. "
            "Ret den af dem, der sidst blev ændret.",
            en=f"{text} or {layout}: the letter takes more time or memory than it may. "
            "Correct the one that was changed last.",
        )
    return RefusedError(
        da=f"{text} eller {layout}: brevet kan ikke laves ({reason}). "
        "Ret den af dem, der sidst blev ændret.",
        en=f"{text} or {layout}: the letter cannot be made ({reason}). "
        "Correct the one that was changed last.",
    )
