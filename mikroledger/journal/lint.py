"""What a book file may hold, looked at before beancount does.

A beancount file is a program: it names plugins, includes and search paths, and `10/0` ends the
process. So files are read as text first, and only what this list knows is given to beancount.
"""

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from mikroledger.errors import BrokenBookError
from mikroledger.journal.layout import JOURNAL, MAIN, SETTINGS, commit_number, months

LARGEST = 50_000_000
PLUGIN = '"mikroledger.plugin"'

# Texts, comments, links, tags and dates: nothing in them counts. Each begins a word, so that
# beancount's own lexer sees the same ones. Lines that begin with * : # are comments to it.
_QUIET = re.compile(
    r'(?<![^ \t\n])(?:"(?:[^"\\]|\\.)*"|;[^\n]*|[#^][\w/.-]+|[0-9]{4,}[-/][0-9]+[-/][0-9]+)'
    r"|^[*:#][^\n]*",
    re.ASCII | re.MULTILINE,
)
_WORD = re.compile(r"(?<![\w:-])(plugin|option|include|pad)(?![\w:-])", re.ASCII)
_OPTION = re.compile(
    r'"(?:title|operating_currency|name_[a-z]+)" .*|"documents" "[a-z0-9-]+"',
    re.ASCII | re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")
_INCLUDES = frozenset({'"accounts.beancount"', '"policy.beancount"', '"journal/*.beancount"'})


def checked(book: Path) -> Mapping[Path, bytes]:
    """Return the bytes of every file of the book, each of which beancount may read.

    Raises:
        BrokenBookError: with file, line and what to do.
    """
    contents: dict[Path, bytes] = {}
    for path in _files(book):
        name = str(path.relative_to(book))
        contents[path] = _bytes(path, name)
        _text(contents[path], name)
    return contents


def _files(book: Path) -> Iterator[Path]:
    yield from (path for path in (book / name for name in SETTINGS) if _there(path))
    yield from sorted((book / JOURNAL).glob("*.beancount"))
    for month in months(book):
        for path in sorted(month.glob("*.beancount")):
            if commit_number(path.name) < 0:
                raise _refused(
                    str(path.relative_to(book)),
                    0,
                    "filen er ikke en bogføring. Flyt den ud af mappen",
                    "the file is no commit. Move it out of the folder",
                )
            yield path


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _bytes(path: Path, name: str) -> bytes:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise _refused(
            name,
            0,
            "det er en genvej eller ikke en fil. Læg selve filen i bogen",
            "it is a symbolic link or no file. Put the file itself into the book",
        )
    if status.st_size > LARGEST:
        raise _refused(
            name,
            0,
            f"filen er større end {LARGEST} bytes. Hent den fra sikkerhedskopien",
            f"the file is larger than {LARGEST} bytes. Restore it from the backup",
        )
    return path.read_bytes()


def _text(content: bytes, name: str) -> None:
    """Refuse bytes that are no plain text, then what the text must not hold."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(
            name, line, "ikke UTF-8. Gem filen som UTF-8", "not UTF-8. Save the file as UTF-8"
        ) from error
    control = _CONTROL.search(text)
    if control:
        code = f"U+{ord(control[0]):04X}"
        raise _refused(
            name,
            _line(text, control.start()),
            f"tegnet {code} må ikke stå her. Gem filen som UTF-8 uden BOM og med linjeskift LF",
            f"the character {code} must not stand here. Save the file as UTF-8 without BOM and"
            " with line ends LF",
        )
    _words(text, _masked(text), name)


def _masked(text: str) -> str:
    """Return the text with all that cannot count blotted out, character by character."""
    return _QUIET.sub(lambda match: re.sub(r"[^\n]", _blot(match[0]), match[0]), text)


def _blot(found: str) -> str:
    """Texts stay visible as such, because the words before them take them."""
    return "\x01" if found.startswith('"') else " "


def _words(text: str, masked: str, name: str) -> None:
    for mark, (da, en) in _MARKS.items():
        place = masked.find(mark)
        if place >= 0:
            raise _refused(name, _line(text, place), da, en)
    for match in _WORD.finditer(masked):
        given = _strings(text, masked, match.end())
        if not _allowed(match[1], given, name):
            raise _refused(
                name,
                _line(text, match.start()),
                f"»{' '.join((match[1], *given))}« er ikke tilladt i en bog. Slet linjen",
                f"'{' '.join((match[1], *given))}' is not allowed in a book. Delete the line",
            )


_MARKS = {
    '"': (
        "et anførselstegn mangler sin makker eller et mellemrum foran. Ret linjen",
        "a quotation mark lacks its partner, or a blank before it. Correct the line",
    ),
    ";": (
        "der mangler et mellemrum foran »;«. Ret linjen",
        "a blank is missing before ';'. Correct the line",
    ),
    "/": (
        "der må ikke divideres i en bog. Skriv tallet selv",
        "a book must not divide. Write the number itself",
    ),
}


def _strings(text: str, masked: str, start: int) -> tuple[str, ...]:
    """Return the texts that follow a word: what plugin, option and include are given."""
    following = re.compile(r"[ \t\n]*\x01+").match
    found = []
    while match := following(masked, start):
        found.append(text[start : match.end()].strip())
        start = match.end()
    return tuple(found)


def _allowed(word: str, given: tuple[str, ...], name: str) -> bool:
    match word:
        case "plugin":
            return name == MAIN and given == (PLUGIN,)
        case "option":
            return _OPTION.fullmatch(" ".join(given)) is not None
        case "include":
            return given in _includes(name)
        case _:
            return False


def _includes(name: str) -> frozenset[tuple[str, ...]]:
    """Return what a file may include: main its parts, a month its own folder."""
    if name == MAIN:
        return frozenset((each,) for each in _INCLUDES)
    folder, _, file = name.rpartition("/")
    return frozenset(
        {(f'"{file.removesuffix(".beancount")}/*.beancount"',)} if folder == JOURNAL else ()
    )


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _refused(name: str, line: int, da: str, en: str) -> BrokenBookError:
    where = (f", linje {line}", f", line {line}") if line else ("", "")
    return BrokenBookError(
        da=f"{name}{where[0]}: {da}, og prøv igen.",
        en=f"{name}{where[1]}: {en}, and try again.",
    )
