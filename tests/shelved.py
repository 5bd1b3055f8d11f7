"""A ledger of the tests put on disk as a real book, commit by commit."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from mikroledger.domain.ledger import Entry, Ledger, Record, Value
from mikroledger.journal import layout
from mikroledger.journal.file import FileJournal
from mikroledger.journal.text import render

_MAIN = "".join(
    f'include "{name}"\n'
    for name in ("accounts.beancount", "policy.beancount", "journal/*.beancount")
)


def shelved(ledger: Ledger, folder: Path) -> FileJournal:
    """Write a ledger to a folder, and return the journal of that book."""
    settings = [entry for entry in ledger.entries if entry.commit < 0]
    (folder / layout.JOURNAL).mkdir(parents=True)
    (folder / layout.MAIN).write_text(_MAIN)
    (folder / "accounts.beancount").write_text(render(settings))
    (folder / "policy.beancount").write_text("")
    init: list[Entry] = [Record(date(2011, 1, 1), "init", meta={"kind": "init"})]
    booked = groupby((e for e in ledger.entries if e.commit >= 0), key=lambda e: e.commit)
    prev = _write(folder, 0, init, "") if not any(e.commit == 0 for e in ledger.entries) else ""
    for number, entries in booked:
        prev = _write(folder, number, list(entries), prev)
    return FileJournal(folder)


def _write(folder: Path, number: int, entries: Sequence[Entry], prev: str) -> str:
    day = entries[-1].booked
    meta: dict[str, Value] = {
        "by": "anl",
        "verb": "test",
        "booked": day,
        "prev": prev,
        "settings": "",
    }
    header = Record(day, "commit", (f"{number:06d}",), meta=meta)
    content = render((header, *entries)).encode()
    path = layout.commit_path(folder, day, number, "test")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    layout.include_path(path.parent).write_text(layout.include_text(path.parent))
    return layout.digest((content,))
