"""Account statements (camt.053) and notices of payments (camt.054) after ISO 20022.

Any version and any prefix. Only booked entries count. A statement says what the bank has moved;
a notice says what a payment is, beside the statement, and moves nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from mikroledger.domain.record import BankLine, Document, Notice, Rejected
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers import camt_entries
from mikroledger.importers.camt_entries import Entry
from mikroledger.importers.camt_pages import Page, faults
from mikroledger.importers.cells import masked, reason
from mikroledger.importers.statement import content_id
from mikroledger.importers.xmlread import (
    Node,
    children,
    drop,
    is_xml,
    local,
    not_deep,
    walk,
)
from mikroledger.words import Text

__all__ = ["is_xml", "read"]

_READ = {
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_OTHERS = {
    "BkToCstmrAcctRpt": "camt.052",
    "CstmrCdtTrfInitn": "pain.001",
}


def read(name: str, data: bytes, digest: str) -> Document:
    """Read a camt.053 or camt.054 file.

    Raises:
        RefusedError: it is neither, or says nothing, or is of several accounts.
    """
    reading = _Reading()
    form = ""
    for found, node in walk(data, "Ntry", "Stmt", "Ntfctn"):
        if found == "Ntry":
            reading.entry(node)
        elif found:
            reading.statement(node)
        else:
            form = _form(node)
    source = reading.source()
    named = reading.named(source)
    for number, why in faults(reading.pages):
        reading.reject(number, why)
    document = Document(name, form, source, digest, rejected=tuple(reading.rejected))
    if form == "camt.054":
        return replace(document, notices=tuple(_notices(named)))
    ended = [page for page in reading.pages if page.until]
    newest = max(ended, key=lambda page: page.until or date.min, default=Page())
    closing = None if reading.rejected else newest.ends[1]
    return replace(document, bank=tuple(_lines(named)), until=newest.until, closing=closing)


def _form(root: Node) -> str:
    """Say what a file is, by the one message that it holds."""
    kinds = [local(child).removesuffix("V01") for child in root]
    if other := next((_OTHERS[kind] for kind in kinds if kind in _OTHERS), ""):
        raise RefusedError(
            da=f"Filen er {other}; et kontoudtog skal være camt.053, og adviseringer camt.054.",
            en=f"The file is {other}; an account statement must be camt.053, and notices of"
            " payments camt.054.",
        )
    found = [_READ[kind][0] for kind in kinds if kind in _READ]
    if len(found) != 1:
        raise RefusedError(
            da=f"XML-filen ({masked(local(root))}) er ikke et kontoudtog (camt.053) og ikke en"
            " advisering (camt.054).",
            en=f"The XML file ({masked(local(root))}) is not an account statement (camt.053) and"
            " not a notice of payments (camt.054).",
        )
    return found[0]


def _is_read(statement: Node | None) -> bool:
    """Tell whether an element is a statement or notification in its right place."""
    message = None if statement is None else statement.getparent()
    return message is not None and _READ.get(local(message), ("", ""))[1] == local(statement)


@dataclass
class _Reading:
    """What was read so far of a file."""

    pages: list[Page] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    number: int = 0
    _page: Page = field(default_factory=Page)
    _says: bool = False
    _last: Node | None = None

    def entry(self, node: Node) -> None:
        """Read an entry of the statement that is being walked through, and drop the last one."""
        if not _is_read(node.getparent()):
            return
        not_deep(node)
        self.number += 1
        self._try(partial(self._take, node))
        if self._last is not None:
            drop(self._last)
        self._last = node

    def _take(self, node: Node) -> None:
        entry = camt_entries.fields_of(node)
        if camt_entries.is_waiting(entry):
            self._page.wait(entry)
        else:
            self._page.entries.append(camt_entries.read(entry, self.number))

    def statement(self, node: Node) -> None:
        """Finish a statement with its head and its balances, and drop what it holds."""
        if not _is_read(node):
            return
        page = self._page
        page.head(node)
        page.at = self.number
        for step in page.steps(node):
            self._try(step)
        self._says = self._says or bool(children(node, "Ntry") or children(node, "Bal"))
        self.pages.append(page)
        self._page, self._last = Page(), None
        node.clear()

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except UsageError as error:
            self.reject(self.number, reason(error))
            self._page.sound = False

    def reject(self, number: int, why: Text) -> None:
        """Note what cannot be read, or be right."""
        self.rejected.append(Rejected(number, why))

    def source(self) -> str:
        """Return the account that the file is of.

        Raises:
            RefusedError: it says nothing, or is of several.
        """
        if not self._says:
            raise RefusedError(
                da="Filen har hverken poster eller saldo. Er den hentet rigtigt?",
                en="The file has neither entries nor balances. Was it exported rightly?",
            )
        accounts = sorted({page.account for page in self.pages})
        if len(accounts) > 1:
            names = ", ".join(accounts)
            raise RefusedError(
                da=f"Filen har udtog fra flere konti ({names}). Hent én fil for hver konto.",
                en=f"The file has statements of several accounts ({names}). Get one for each.",
            )
        return accounts[0]

    def named(self, source: str) -> list[tuple[str, Entry]]:
        """Return every entry with its id: the bank's own, or one made of what it says."""
        seen: dict[str, int] = {}
        made = []
        for page in self.pages:
            for entry in page.entries:
                name = entry.service or (f"{page.id}/{entry.own}" if entry.own else "")
                name = name or _made(entry, source, seen)
                if name in seen:
                    self.reject(entry.number, _twice(name, seen[name]))
                    page.sound = False
                seen[name] = entry.number
                made.append((name, entry))
        return made


def _made(entry: Entry, source: str, seen: Collection[str]) -> str:
    """Make an id of what an entry says, and of its number among equals."""
    texts, references = zip(*((part.text, part.reference) for part in entry.parts), strict=True)
    said = (source, entry.day, entry.amount, " ".join(texts), " ".join(references))
    made = content_id(*said)
    times = 1
    while made in seen:
        times += 1
        made = content_id(*said, times)
    return made


def _twice(name: str, number: int) -> Text:
    return Text(
        f"Bankens nummer {name} står også på post {number}.",
        f"The bank's id {name} is also on entry {number}.",
    )


def _lines(named: Iterable[tuple[str, Entry]]) -> Iterator[BankLine]:
    for name, entry in named:
        yield BankLine(
            entry.number,
            name,
            entry.day,
            entry.value,
            entry.amount,
            entry.parts,
            entry.returned,
        )


def _notices(named: Iterable[tuple[str, Entry]]) -> Iterator[Notice]:
    for name, entry in named:
        for number, part in enumerate(entry.parts, 1):
            yield Notice(
                entry.number,
                name,
                number,
                entry.day,
                entry.value,
                part,
                entry.returned,
            )
