"""The folders of templates: what is in them, read once, so that a whole run is made from the same.

The municipality's own folder goes before ours, file by file. What is read is plain files within
their folder; a link that leads out of it is refused.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mikroledger.errors import RefusedError
from mikroledger.letters import law
from mikroledger.letters.law import Law
from mikroledger.words import Language

LAYOUT = "letter.typ"
LANGUAGES: tuple[Language, ...] = ("da", "en")
_FONTS = frozenset({".otf", ".ttf", ".ttc"})
_PARTS = frozenset({".typ", ".svg", ".png", ".jpg", ".jpeg"})
_LARGEST = 20_000_000  # bytes; a font of all the world's signs has less


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a folder.

    Args:
        name: its path below the folder, such as `da/payout.md`.
        own: whether it is the municipality's, and not one that ships.
    """

    name: str
    path: Path
    own: bool
    raw: bytes

    @property
    def said(self) -> str:
        """Whose it is and its SHA-256, for the letter's certificate."""
        return f"{'own' if self.own else 'shipped'} {hashlib.sha256(self.raw).hexdigest()}"

    @property
    def text(self) -> str:
        """The file as text.

        Raises:
            RefusedError: it is not UTF-8.
        """
        try:
            return self.raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise RefusedError(
                da=f"{self.path} er ikke UTF-8. Gem filen igen som UTF-8.",
                en=f"{self.path} is not UTF-8. Save the file again as UTF-8.",
            ) from error


class Templates:
    """All templates of a run, as they were when it began.

    Args:
        folders: where templates are looked for: the municipality's own first, ours last.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        for folder in self.folders:
            _no_way_out(folder)
        self.texts: Mapping[str, Found] = self._texts()
        self.layout = self.find(LAYOUT)
        home = self.layout.path.parent
        self.parts = tuple(self._all(home, "", _PARTS, but=LAYOUT))
        places = [folder / "fonts" for folder in self.folders if (folder / "fonts").is_dir()]
        self.fonts = tuple(each for p in places for each in self._all(p, "fonts/", _FONTS))
        self.font_folders = tuple(places)
        self._law_file = self.find(law.FILE)
        self.law: Law = law.read(self._law_file.path, self._law_file.text)
        common = (self.layout, *self.parts, *self.fonts, self._law_file)
        self._common = {each.name: each.said for each in common}
        self._digest = hashlib.sha256()
        for each in common:
            _feed(self._digest, each)

    def _texts(self) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for folder in self.folders:
            for language in LANGUAGES:
                place = folder / language
                if place.is_dir():
                    for each in self._all(place, f"{language}/", frozenset({".md"})):
                        found.setdefault(each.name, each)
        return found

    def differs(self, found: Found) -> bool:
        """Tell whether a text of the municipality's is another than the one that ships."""
        shipped = self.folders[-1] / found.name
        return found.own and not (shipped.is_file() and shipped.read_bytes() == found.raw)

    def _all(
        self, folder: Path, prefix: str, endings: frozenset[str], but: str = ""
    ) -> Iterator[Found]:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in endings and path.name != but and path.is_file():
                yield self._found(f"{prefix}{path.name}", path)

    def _found(self, name: str, path: Path) -> Found:
        size = path.stat().st_size
        if size > _LARGEST:
            raise RefusedError(
                da=f"{path} fylder {size} bytes; det er ikke en skabelon. Tag den ud af mappen.",
                en=f"{path} has {size} bytes; it is no template. Take it out of the folder.",
            )
        own = not path.is_relative_to(self.folders[-1])
        return Found(name, path, own, path.read_bytes())

    def find(self, name: str) -> Found:
        """Return the first file of that name.

        Raises:
            RefusedError: no folder has it.
        """
        for folder in self.folders:
            path = folder / name
            if path.is_file():
                return self._found(name, path)
        raise self.lacks(name)

    def text(self, name: str) -> Found:
        """Return a letter's text.

        Raises:
            RefusedError: no folder has it.
        """
        if name not in self.texts:
            raise self.lacks(name)
        return self.texts[name]

    def lacks(self, name: str) -> RefusedError:
        """Return the refusal of what no folder has."""
        where = ", ".join(str(folder) for folder in self.folders)
        return RefusedError(
            da=f"Skabelonen {name} findes ikke i {where}. Læg den der, eller brug et andet sprog.",
            en=f"The template {name} is not in {where}. Put it there, or use another language.",
        )

    def digest(self, text: Found) -> str:
        """Return the SHA-256 of all that a letter of this text is made with."""
        digest = self._digest.copy()
        _feed(digest, text)
        return str(digest.hexdigest())

    def sources(self, text: Found) -> dict[str, str]:
        """Say of each file that a letter is made with whose it is, and its SHA-256."""
        return {text.name: text.said, **self._common}


def _feed(digest: Any, found: Found) -> None:
    """Hash a file with its name and length, so that no two sets of files look alike."""
    digest.update(f"{found.name}\0{len(found.raw)}\0".encode())
    digest.update(found.raw)


def _no_way_out(root: Path) -> None:
    """Refuse a link that leads out of a folder: what it leads to would end up in a letter."""
    home = root.resolve()
    for path in sorted(root.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(home):
            raise RefusedError(
                da=f"{path} er et link ud af mappen med skabeloner. Læg filen selv i mappen.",
                en=f"{path} is a link out of the folder of templates. Put the file itself there.",
            )
