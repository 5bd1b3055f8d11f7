"""What a book file may hold, looked at before beancount does.

A beancount file is a program: it names plugins, includes and search paths, Fava runs what some
records say, and `10/0` ends the process. So files are read as text first, word by word, and only
what this list knows is given to beancount. Words stand apart, so that beancount's own lexer,
which needs no blanks between them, sees the same ones.
"""

import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from mikroledger.errors import BrokenBookError
from mikroledger.journal import layout
from mikroledger.journal.layout import JOURNAL, MAIN, SETTINGS, commit_number
from mikroledger.journal.text import INVISIBLE, TYPE

LARGEST = 50_000_000
PLUGIN = "mikroledger.plugin"

# A text is one line, so that it hides no other.
_TEXT = r'"(?:[^"\\\n]|\\[^\n])*+"'
# Letters of Danish and its neighbours; those of other scripts may look the same.
_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de"
_LETTER = f"{_UPPER}a-z\u00df-\u00f6\u00f8-\u00ff"
_END = r"(?![^ \t\n])"
_WORDS = (
    _TEXT,
    r"(?!filename:|lineno:)[a-z][A-Za-z0-9_-]++:",  # beancount's own two may not be forged
    rf"[{_UPPER}][{_LETTER}0-9-]*+(?::[{_UPPER}0-9][{_LETTER}0-9-]*+)++",
    r"[A-Z][A-Z0-9'._-]*[A-Z0-9]",  # a currency, TRUE, FALSE
    r"\(?[-+]?[0-9][0-9,]*+(?:\.[0-9]*+)?\)?",
    r"[0-9]{4,}[-/][0-9]+[-/][0-9]+",
    r"[#^][\w/.-]++",
    rf'\*|txn|open|custom[ \t]++"{TYPE}"',
)
_LINES = r"^[*:][^\n]*+|^#(?![\w/.-])[^\n]*+"  # comments to beancount; #tags are not
_KNOWN = re.compile(
    rf"(?:[ \t\n]++|;[^\n]*+|{_LINES}|(?:{'|'.join(_WORDS)}){_END})*+", re.ASCII | re.MULTILINE
)
_GIVEN = re.compile(rf"(option|plugin|include|custom){_END}((?:[ \t]++{_TEXT}{_END})*+)")
_OPTION = re.compile(
    r'"(?:title|operating_currency|name_[a-z]+)"\s+"[^"]*"|"documents"\s+"[a-z0-9-]+"', re.ASCII
)
_INCLUDES = frozenset({'"accounts.beancount"', '"policy.beancount"', '"journal/*.beancount"'})
# What an editor keeps beside a file that is open in it, and what beancount would run.
_STRANGERS = ("*.picklecache", ".*.sw?", ".#*")


def checked(book: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file of the book with its bytes, each of which beancount may read.

    Raises:
        BrokenBookError: with file, line and what to do.
        OSError: a file cannot be read.
    """
    for path in _files(book):
        name = str(path.relative_to(book))
        content = content_of(path, name)
        looked_at(content, name)
        yield path, content


def content_of(path: Path, name: str) -> bytes:
    """Return the bytes of a plain file of a size that a book file may have.

    Raises:
        BrokenBookError: it is something else.
        OSError: it cannot be read.
    """
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


def looked_at(content: bytes, name: str) -> str:
    """Return the text of a file that may be given to beancount.

    Args:
        name: the file's name below the book.

    Raises:
        BrokenBookError: with file, line and what to do.
    """
    text = _decoded(content, name)
    at = _known(text, 0)
    while at < len(text):
        found = _GIVEN.match(text, at)
        if not (found and _allowed(found[1], found[2].strip(), name)):
            raise _refused(name, _line(text, at), *_why(text[at:]))
        at = _known(text, found.end())
    return text


def _known(text: str, start: int) -> int:
    """Return where the first word begins that must be looked at more closely."""
    found = _KNOWN.match(text, start)
    assert found, "nothing at all is known, too"
    return found.end()


def strangers(book: Path) -> tuple[tuple[str, str], ...]:
    """Tell, in Danish and in English, of files beside the book's own that a person should see."""
    folders = (book, book / JOURNAL)
    found = {path for folder in folders for each in _STRANGERS for path in folder.glob(each)}
    return tuple(_stranger(str(path.relative_to(book))) for path in sorted(found))


def _stranger(name: str) -> tuple[str, str]:
    if name.endswith(".picklecache"):
        da = "beancount og Fava ville køre, hvad der står i filen. Find ud af, hvem der lagde den"
        en = "beancount and Fava would run what that file says. Find out who put it there"
        return f"{name}: {da}, og slet den.", f"{name}: {en}, and delete it."
    da = "nogen har vist en af bogens filer åben i en editor. Luk den uden at gemme"
    en = "somebody seems to have a file of the book open in an editor. Close it without saving"
    return f"{name}: {da}.", f"{name}: {en}."


def _files(book: Path) -> Iterator[Path]:
    """Yield all that beancount would read."""
    yield from (path for path in (book / name for name in SETTINGS) if _there(path))
    for path in sorted((book / JOURNAL).glob("*.beancount")):
        if not layout.is_month(path):
            raise _no_commit(path.relative_to(book))
        yield path
    for path in layout.commits(book):
        if commit_number(path.name) < 0:
            raise _no_commit(path.relative_to(book))
        yield path


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _no_commit(name: Path) -> BrokenBookError:
    return _refused(
        str(name),
        0,
        "filen er ikke en bogføring. Flyt den ud af mappen",
        "the file is no commit. Move it out of the folder",
    )


def _decoded(content: bytes, name: str) -> str:
    """Return the text of some bytes; all of it can be seen."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(
            name, line, "ikke UTF-8. Gem filen som UTF-8", "not UTF-8. Save the file as UTF-8"
        ) from error
    if not text.replace("\n", "").replace("\t", "").isprintable():
        _refuse_invisible(text, name)
    return text


def _refuse_invisible(text: str, name: str) -> None:
    for place, char in enumerate(text):
        if unicodedata.category(char) in INVISIBLE and char not in "\n\t":
            raise _refused(
                name,
                _line(text, place),
                f"tegnet U+{ord(char):04X} må ikke stå her. Gem filen som UTF-8 uden BOM og med"
                " linjeskift LF",
                f"the character U+{ord(char):04X} must not stand here. Save the file as UTF-8"
                " without BOM and with line ends LF",
            )


def _why(text: str) -> tuple[str, str]:
    """Return what is wrong with what a text begins with, and what to do."""
    found = _GIVEN.match(text)
    if found:
        said = " ".join(found[0].split())[:80]
        return (
            f"»{said}« må ikke stå her. Slet linjen",
            f"'{said}' is not allowed. Delete the line",
        )
    word = re.split(r"[ \t\n]", text, maxsplit=1)[0]
    for mark, why in _MARKS.items():
        if mark in word:
            return why
    odd = re.search(rf"[^\x00-\x7f{_LETTER}]", word)
    code = f" (U+{ord(odd[0]):04X})" if odd else ""
    return (
        f"»{word[:40]}«{code} hører ikke til i en bog. Ret eller slet linjen",
        f"'{word[:40]}'{code} does not belong in a book. Correct or delete the line",
    )


_MARKS = {
    '"': (
        "et anførselstegn mangler sin makker på linjen eller et mellemrum foran. Ret linjen",
        "a quotation mark lacks its partner on the line, or a blank before it. Correct the line",
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


def _allowed(word: str, given: str, name: str) -> bool:
    """Tell whether plugin, option, include or custom is given what it may be given."""
    match word:
        case "plugin":
            return name == MAIN and given in {f'"{PLUGIN}"', f'"{PLUGIN}" "quiet"'}
        case "option":
            return _OPTION.fullmatch(given) is not None
        case "custom":
            return re.match(rf'"{TYPE}"(?!\S)', given) is not None
        case _:
            return given in _includes(name)


def _includes(name: str) -> frozenset[str]:
    """Return what a file may include: main its parts, a month its own folder."""
    if name == MAIN:
        return _INCLUDES
    folder, _, file = name.rpartition("/")
    own = f'"{file.removesuffix(".beancount")}/*.beancount"'
    return frozenset({own} if folder == JOURNAL else ())


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _refused(name: str, line: int, da: str, en: str) -> BrokenBookError:
    where = (f", linje {line}", f", line {line}") if line else ("", "")
    return BrokenBookError(
        da=f"{name}{where[0]}: {da}, og prøv igen.",
        en=f"{name}{where[1]}: {en}, and try again.",
    )
