"""Read XML from outside: plain UTF-8, of a sensible size, an element at a time.

A file says nothing but its elements here: no DOCTYPE, no entities, nothing from the network.
Whoever walks through a large file drops what was read, so it is never in memory as a whole.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from mikroledger.errors import RefusedError
from mikroledger.importers.cells import masked

Node = Any
"""An lxml element; lxml is loaded only when there is a file for it."""

DEEPEST = 64
MOST = 2_000_000
"""Tags and attributes. A bank's file of `files.LARGEST` bytes has some 1,400,000."""

_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""")


def is_xml(data: bytes) -> bool:
    """Tell whether bytes are meant as XML, in whatever encoding."""
    return data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<")


def walk(data: bytes, *names: str) -> Iterator[tuple[str, Node]]:
    """Yield each element of some names when it has ended, by its name without prefix.

    The root comes last, under an empty name, with whatever was not dropped on the way.

    Raises:
        RefusedError: it is no XML, not UTF-8, too deep, has too many parts, or a DOCTYPE.
    """
    from lxml import etree  # only who has XML needs it

    walker = etree.iterparse(
        BytesIO(_plain(data)), events=("end",), tag=[f"{{*}}{name}" for name in names],
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, node in walker:
            yield local(node), node
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise _deep() from error
        raise RefusedError(
            da=f"XML-filen kan ikke læses: {error}. Er den hentet helt ned?",
            en=f"The XML cannot be read: {error}. Was it downloaded whole?",
        ) from error
    not_deep(walker.root)
    yield "", walker.root


def not_deep(node: Node) -> None:
    """Refuse an element that goes on below it in too many layers.

    Raises:
        RefusedError: it does.
    """
    if node.xpath(_downwards(DEEPEST - sum(1 for _ in node.iterancestors()))):
        raise _deep()


@lru_cache(maxsize=DEEPEST)
def _downwards(layers: int) -> str:
    return f"boolean({'/'.join('*' * layers)})"


def _plain(data: bytes) -> bytes:
    """Return UTF-8 without anything that a bank's file has no use for."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _encoding("?") from error
    declared = _DECLARED.match(text.lstrip())
    if declared and declared[1].lower().replace("-", "") not in {"utf8", "usascii"}:
        raise _encoding(masked(declared[1]))
    if "\0" in text:  # UTF-16 of plain letters is UTF-8 as well, with a zero at every second
        raise _encoding("UTF-16")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedError(
            da="XML-filen har en DOCTYPE; det har bankens filer ikke. Afvist.",
            en="The XML has a DOCTYPE; bank files have none. Refused.",
        )
    if text.count("<") + text.count("=") > MOST:
        raise RefusedError(
            da=f"XML-filen har mere end {MOST} dele. Bed banken om en kortere periode.",
            en=f"The XML has more than {MOST} parts. Ask the bank for a shorter period.",
        )
    return text.strip().encode()


def drop(node: Node) -> None:
    """Forget an element that was read; only once the walk has gone on to another."""
    node.getparent().remove(node)


class Fields:
    """What stands below an element, by its path of names: one pass, then many questions."""

    def __init__(self, node: Node, unread: Collection[str] = ()) -> None:
        """Read an element; what stands below elements of the names in `unread` is left out."""
        self._unread = unread
        self._found: dict[str, list[Node]] = {}
        self._read(node, "")

    def _read(self, node: Node, above: str) -> None:
        found = self._found
        for child in node:
            name = _name(child.tag)
            path = above + name
            found.setdefault(path, []).append(child)
            if len(child) and name not in self._unread:
                self._read(child, path + "/")

    def all(self, path: str) -> Sequence[Node]:
        """Return the elements at a path."""
        return self._found.get(path, ())

    def text(self, path: str) -> str:
        """Return the text of the first element at a path, or nothing."""
        nodes = self._found.get(path)
        return inner(nodes[0]) if nodes else ""


def children(node: Node, path: str) -> Sequence[Node]:
    """Return the elements at a path of names, whatever their prefix."""
    found: Sequence[Node] = node.findall(_path(path))
    return found


def text_at(node: Node, path: str) -> str:
    """Return the text of the first element at a path, or nothing."""
    return " ".join((node.findtext(_path(path)) or "").split())


def inner(node: Node) -> str:
    """Return an element's own text, on one line."""
    return " ".join((node.text or "").split())


def local(node: Node) -> str:
    """Return an element's name without its namespace."""
    return _name(node.tag)


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=128)
def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def _encoding(name: str) -> RefusedError:
    return RefusedError(
        da=f"XML-filens tegnsæt ({name}) er afvist; bankens filer er UTF-8.",
        en=f"The XML's encoding ({name}) is refused; bank files are UTF-8.",
    )


def _deep() -> RefusedError:
    return RefusedError(
        da=f"XML-filen har elementer i mere end {DEEPEST} lag. Afvist.",
        en=f"The XML is nested deeper than {DEEPEST}. Refused.",
    )
