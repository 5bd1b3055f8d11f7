"""The other programs: the same book in the form that each of them reads, and how each is run.

bean-check reads the book's own files; only our plugin line is left out, so that it is not charged
for our rules. For hledger, ledger and uromyces all transactions and accounts are written anew in
one file each, every metadata key with them (as comment tags for the first two). Records are left
out there (decisions, signatures, imports; about one entry in twenty): hledger and ledger have
nothing like them, and uromyces 0.0.5 refuses metadata on them.
"""  # noqa: INP001

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mikroledger.journal import layout


@dataclass(frozen=True, slots=True)
class Forms:
    """One book for everybody.

    Args:
        main: the book itself, without our plugin.
        plain: its transactions and accounts as one beancount file.
        journal: the same for hledger and ledger.
    """

    main: Path
    plain: Path
    journal: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that reads the whole book; where it is not installed its line says so."""

    name: str
    program: str
    words: tuple[str, ...]
    form: str
    package: str = ""

    def command(self, folders: Sequence[Path], forms: Forms) -> list[str]:
        """Return the command, or nothing if the program is not there."""
        path = find(self.program, folders)
        return [path, *self.words, str(getattr(forms, self.form))] if path else []

    def told_version(self, folders: Sequence[Path]) -> str:
        """Return what the program says of its version."""
        path = find(self.program, folders)
        if not path:
            return "not installed"
        words = [path, "--version"]
        if self.package:  # it does not say itself; the Python beside it knows
            told = f"from importlib.metadata import version; print(version({self.package!r}))"
            words = [str(Path(path).with_name("python")), "-c", told]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        return done.stdout.partition("\n")[0].partition(",")[0]


PEERS = (
    Peer("bean-check", "bean-check", ("-C",), "main"),
    Peer("hledger check", "hledger", ("check", "-f"), "journal"),
    Peer("ledger bal", "ledger", ("bal", "-f"), "journal"),
    Peer("uro check", "uro", ("check",), "plain", package="uromyces"),
)


def find(program: str, folders: Sequence[Path]) -> str:
    """Return where a program is: in the folders given, beside this Python, or on the path."""
    for folder in (*folders, Path(sys.executable).parent):
        if (folder / program).exists():
            return str(folder / program)
    return shutil.which(program) or ""


def forms_of(book: Path, folder: Path) -> Forms:
    """Write a book in every form, unless it is there already."""
    forms = Forms(folder / "main.beancount", folder / "plain.beancount", folder / "book.journal")
    folder.mkdir(parents=True, exist_ok=True)
    whole = book.absolute()
    parts = (*layout.SETTINGS[1:], f"{layout.JOURNAL}/*.beancount")
    forms.main.write_text("".join(f'include "{whole / part}"\n' for part in parts))
    mark = folder / "done"
    if not mark.exists():
        with ExitStack() as held:
            plain = held.enter_context(forms.plain.open("wb"))
            journal = held.enter_context(forms.journal.open("wb"))
            for path in (book / "accounts.beancount", *layout.sources(book)):
                for block in _blocks(path.read_bytes()):
                    _convert(block, plain, journal)
        mark.touch()
    return forms


def _blocks(content: bytes) -> Iterator[list[bytes]]:
    """Yield the lines of each directive."""
    block: list[bytes] = []
    for line in content.split(b"\n"):
        if line[:1].isdigit() and block:
            yield block
            block = []
        if line and not line.startswith(b";"):
            block.append(line)
    if block:
        yield block


def _convert(block: list[bytes], plain: IO[bytes], journal: IO[bytes]) -> None:
    """Write one directive in both forms; a record in none."""
    first = block[0]
    day, word, rest = first.split(b" ", 2)
    if word == b"custom":
        return
    plain.write(b"\n".join(block) + b"\n\n")
    if word == b"open":
        journal.write(b"account " + rest.split(b" ", 1)[0] + b"\n\n")
        return
    text = rest[1 : rest.index(b'"', 1)]
    lines = [day + b" * " + text, *map(_tagged, block[1:])]
    journal.write(b"\n".join(lines) + b"\n\n")


def _tagged(line: bytes) -> bytes:
    """Return a posting as it is, and metadata as a comment with a tag."""
    inner = line.lstrip()
    if inner[:1].islower():
        return b"    ; " + inner.replace(b'"', b"")
    return b"    " + inner
