"""The press: finds template, layout and fonts, and prints a PDF.

Printing the same sheet again gives the same bytes. Typst gets the letter as data (JSON), so
that no name or reason is ever read as markup.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mikroledger.errors import RefusedError
from mikroledger.letters import markup
from mikroledger.letters.content import Sheet
from mikroledger.words import Language

LAYOUT = "letter.typ"
STANDARDS = ["a-2a", "ua-1"]  # an archive can keep it, a screen reader can read it
_FONTS = frozenset({".otf", ".ttf", ".ttc"})
_PARTS = frozenset({".typ", ".svg", ".png", ".jpg", ".jpeg"})


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter on paper.

    Args:
        pdf: the file, PDF/A-2a and PDF/UA-1.
        template_hash: SHA-256 over text template, layout and fonts.
        text: the body in plain words, a line for each heading, paragraph and point.
    """

    pdf: bytes
    template_hash: str
    text: str


class Press:
    """Templates, layout and fonts, opened once for many letters.

    Args:
        folders: where templates are looked for: the municipality's own first, then ours.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        import typst

        self._folders = tuple(folders)
        self._layout = self.find(LAYOUT).resolve()
        root = self._layout.parent
        _no_way_out(root)
        fonts = [folder / "fonts" for folder in self._folders if (folder / "fonts").is_dir()]
        self._digest = hashlib.sha256()
        self._source = self._layout.read_bytes()  # read once: what is hashed is what is set
        _feed(self._digest, LAYOUT, self._source)
        for path in (*_parts(root, _PARTS), *_parts_of(fonts)):
            _feed(self._digest, path.name, path.read_bytes())
        self._compiler: Any = typst.Compiler(
            root=root,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts
            ),
        )

    def find(self, name: str) -> Path:
        """Return the first file of that name.

        Raises:
            RefusedError: no folder has it.
        """
        for folder in self._folders:
            path = folder / name
            if path.is_file():
                return path
        where = ", ".join(str(folder) for folder in self._folders)
        raise RefusedError(
            da=f"Skabelonen {name} findes ikke i {where}. Læg den der, eller brug et andet sprog.",
            en=f"The template {name} is not in {where}. Put it there, or use another language.",
        )

    def print(self, sheet: Sheet, language: Language) -> Printed:
        """Print one letter.

        Raises:
            RefusedError: something is missing or cannot be shown; nothing was made.
        """
        path = self.find(f"{language}/{sheet.template}.md")
        raw = path.read_bytes()
        body = markup.compose(markup.Script(path, _decoded(path, raw)), sheet.words, sheet.blocks)
        digest = self._digest.copy()
        _feed(digest, f"{language}/{sheet.template}.md", raw)
        data = {**sheet.frame, "title": body.title, "blocks": body.blocks}
        return Printed(self._typeset(data, sheet), digest.hexdigest(), body.text)

    def _typeset(self, data: dict[str, object], sheet: Sheet) -> bytes:
        import typst

        try:
            pdf, warnings = self._compiler.compile_with_warnings(
                input=self._source,
                format="pdf",
                sys_inputs={"letter": json.dumps(data, ensure_ascii=False, sort_keys=True)},
                pdf_standards=STANDARDS,
                timestamp=datetime(sheet.on.year, sheet.on.month, sheet.on.day, tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise self._refuse(sheet, error.message) from error
        if warnings:
            raise self._refuse(sheet, warnings[0].message)
        return bytes(pdf)

    def _refuse(self, sheet: Sheet, said: str) -> RefusedError:
        return RefusedError(
            da=f"Brevet om {sheet.number} kan ikke sættes med {self._layout}: {said}. "
            "Ret navnet, adressen eller skabelonen, og prøv igen.",
            en=f"The letter on {sheet.number} cannot be set with {self._layout}: {said}. "
            "Correct the name, the address or the template, and try again.",
        )


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(
            da=f"{path} er ikke UTF-8. Gem filen igen som UTF-8.",
            en=f"{path} is not UTF-8. Save the file again as UTF-8.",
        ) from error


def _feed(digest: Any, name: str, content: bytes) -> None:
    """Hash a file with its name and length, so that no two sets of files look alike."""
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)


def _parts(folder: Path, endings: frozenset[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in endings and path.name != LAYOUT:
            yield path


def _parts_of(fonts: Sequence[Path]) -> Iterator[Path]:
    for folder in fonts:
        yield from _parts(folder, _FONTS)


def _no_way_out(root: Path) -> None:
    """Refuse a link that leads out of the layout's folder: Typst would follow it."""
    for path in sorted(root.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise RefusedError(
                da=f"{path} er et link ud af mappen med brevets layout. Læg filen selv i mappen.",
                en=f"{path} is a link out of the folder of the layout. Put the file itself there.",
            )
