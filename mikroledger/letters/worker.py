"""What turns a sheet into a PDF, in a process of its own: Jinja and Typst.

A template is a program, whoever wrote it. So it runs where it can do nothing (`confine`): once
the fonts are loaded the process is sealed, and the system gives it neither file nor network.
All that a letter is made of is in memory by then. This module is imported in the child alone.
"""

import contextlib
import gc
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jinja2.meta  # nothing can be imported any more once the process is sealed
import jinja2.sandbox  # noqa: F401
import markdown_it  # noqa: F401
import typst

from mikroledger.confine import Enclosed, Work
from mikroledger.errors import RefusedError
from mikroledger.letters import markup
from mikroledger.letters.folder import LAYOUT, Found
from mikroledger.letters.markup import Script
from mikroledger.letters.pages import pages

STANDARDS = ["a-2a", "ua-1"]  # an archive can keep it, a screen reader can read it
_NOWHERE = os.devnull  # files that are not in memory are looked for in it: there are none
DATA = "letter.json"  # a file, so that what does not read it need not be drawn again
ONE_MORE = 2  # pages: perhaps only a few lines too many
_NO_FILE = "it asks for a file that is not beside the layout"
_PLACE = re.compile(r"main:(\d+):\d+")


class Worker:
    """Templates and fonts, opened once for many letters.

    Args:
        texts: the Markdown by name, such as `da/payout.md`.
        layout: the Typst file that draws a letter.
        parts: what the layout may import or show.
        fonts: folders of fonts.
    """

    def __init__(
        self,
        texts: Mapping[str, Found],
        layout: Found,
        parts: Sequence[Found],
        fonts: Sequence[Path],
    ) -> None:
        self._texts = texts
        self._layout = layout
        self._files = {part.name: part.raw for part in parts} | {"main": layout.raw}
        loaded = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=list(fonts)
        )
        self._compiler: Any = typst.Compiler(root=_NOWHERE, font_paths=loaded)
        self._warm_up(loaded.fonts())
        self._fill_in()
        gc.freeze()
        gc.enable()  # a thousand letters leave more cycles behind than one book

    def _warm_up(self, fonts: Sequence[Any]) -> None:
        """Have each font read, and all that Typst starts or imports itself."""
        lines = [
            f'#text(font: "{each.family}", style: "{each.style}", weight: {each.weight})[Hæ]'
            for each in fonts
        ]
        self._set({"main": "\n".join(["#set page(height: 2cm)", *lines]).encode()}, {}, date.min)

    def _fill_in(self) -> None:
        """Have Jinja and the Markdown reader look at texts once: a right one and wrong ones."""
        text = "# {{ a }}{% if a == 'a' %} a{% endif %}.\n\n- *a* **a**\n\n[[a]]"
        for ending in ("", "{{ b }}", "{{ a * 2 }}", "{{ a.b }}", "{% x %}"):
            with contextlib.suppress(RefusedError):
                script = Script(Path(LAYOUT), text + ending)
                markup.compose(script, {"a": "a"}, {"a": {"kind": "tables"}})

    def __call__(self, sheet: Any) -> Any:
        """Print one letter.

        Args:
            sheet: the plain values of `press.Press`.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        found = self._texts[sheet["template"]]
        script = Script(found.path, found.text)
        body = markup.compose(script, sheet["words"], sheet["blocks"])
        data = {**sheet["frame"], "title": body.title, "blocks": body.blocks}
        data |= {"tight": False, "alone": True}
        pdf = self._printed(sheet, data)
        if (count := pages(pdf)) == ONE_MORE:
            pdf = self._printed(sheet, data | {"tight": True})
            count = pages(pdf)
        if count > 1:
            pdf = self._printed(sheet, data | {"alone": False})
        return Enclosed([body.title, body.text], pdf)

    def _printed(self, sheet: Any, data: Mapping[str, object]) -> bytes:
        try:
            pdf, warnings = self._set(self._files, data, date.fromisoformat(sheet["on"]))
        except typst.TypstError as error:
            raise self._refuse(sheet, error.message, error.diagnostic) from error
        if warnings:
            raise self._refuse(sheet, warnings[0].message, warnings[0].diagnostic)
        return pdf

    def _set(
        self, files: Mapping[str, bytes], data: Mapping[str, object], on: date
    ) -> tuple[bytes, list[Any]]:
        pdf, warnings = self._compiler.compile_with_warnings(
            input={**files, DATA: markup.as_json(data).encode()},
            format="pdf",
            pdf_standards=STANDARDS if data else [],
            timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
        )
        return bytes(pdf), list(warnings)

    def _refuse(self, sheet: Any, said: str, where: str) -> RefusedError:
        number, layout = sheet["number"], self._layout.path
        place = _PLACE.search(where)
        said = said.replace("failed to load file (Not a directory (os error 20))", _NO_FILE)
        da = f"{layout}{f', linje {place[1]}' if place else ''}"
        en = f"{layout}{f', line {place[1]}' if place else ''}"
        return RefusedError(
            da=f"Brevet om {number} kan ikke sættes med {da}: {said}. "
            "Ret navnet, adressen eller skabelonen, og prøv igen.",
            en=f"The letter on {number} cannot be set with {en}: {said}. "
            "Correct the name, the address or the template, and try again.",
        )


def prepared(
    texts: Mapping[str, Found], layout: Found, parts: Sequence[Found], fonts: Sequence[Path]
) -> Work:
    """Return what prints letters; all that is slow is done."""
    return Worker(texts, layout, parts, fonts)
