"""The press: finds template, layout and fonts, and has a PDF printed.

Printing the same sheet again gives the same bytes, in any process. One worker prints all the
letters of a run; it gets a letter as plain data, so that no name or reason is read as markup.
"""

import base64
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mikroledger.confine import Child, Limits, NoAnswerError, Work
from mikroledger.errors import RefusedError
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
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.templates = Templates(folders)
        self._child: Child | None = None
        self._printed = 0
        self._end: Callable[[], object] = _nothing

    def print(self, sheet: Sheet, language: Language, *, draft: bool = False) -> Printed:
        """Print one letter.

        Args:
            draft: whether it says across each page that it is not to be sent.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        found = self.templates.text(f"{language}/{sheet.template}.md")
        legal = law.words(self.templates.law, sheet.on, language)
        pdf, title, text = self._ask(
            found,
            {
                "template": found.name,
                "number": sheet.number,
                "on": sheet.on.isoformat(),
                "words": {**legal, **sheet.words},
                "blocks": sheet.blocks,
                "frame": {**sheet.frame, **_mark(language, draft=draft)},
            },
        )
        return Printed(
            base64.b64decode(pdf),
            self.templates.digest(found),
            self.templates.sources(found),
            title,
            text,
        )

    def _ask(self, found: Found, sheet: dict[str, Any]) -> Any:
        if self._child is None or self._printed >= LETTERS:
            self.close()
            self._child = Child(self._prepare, LIMITS, _ENVIRONMENT)
            self._end = weakref.finalize(self, _end, self._child, os.getpid())
        self._printed += 1
        try:
            return self._child.ask(sheet, SECONDS)
        except NoAnswerError as error:
            self.close()
            raise _broken(found.path, self.templates.layout.path, error.reason) from error

    def _prepare(self) -> Work:
        from mikroledger.letters import worker  # in the child, where alone Typst is imported

        mine = self.templates
        return worker.prepared(mine.texts, mine.layout, mine.parts, mine.font_folders)

    def close(self) -> None:
        """End the worker; the next letter starts another."""
        self._end()
        self._child, self._printed = None, 0


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
