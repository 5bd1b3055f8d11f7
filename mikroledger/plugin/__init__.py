"""`plugin "mikroledger.plugin"`: open errors in bean-check and Fava, as `check` finds them.

The findings have a class of their own, which the journal's reader lets through: a misbooked
loan must not lock out the commands that put it right. The plugin's day is the newest day on
which anything was booked; it reads no clock, and changes no entry.
"""

from typing import Any, NamedTuple

from mikroledger.domain.finding import Finding
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rule import check
from mikroledger.errors import MikroledgerError
from mikroledger.journal.values import ledger_of
from mikroledger.rules import ALL_RULES

__plugins__ = ("findings",)


class MikroledgerFinding(NamedTuple):
    """A finding of severity error, as beancount shows errors."""

    source: dict[str, Any]
    message: str
    entry: Any


def findings(entries: list[Any], options: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return the entries as they are, and the open errors."""
    ledger = ledger_of(entries)
    if ledger.newest is None:
        return entries, []
    by_id = {entry.meta.get("id"): entry for entry in entries if entry.meta}
    try:
        found = check(ALL_RULES, portfolio(ledger, ledger.newest))
    except MikroledgerError as error:
        source = {"filename": options.get("filename", ""), "lineno": 0}
        return entries, [MikroledgerFinding(source, error.text.da, None)]
    return entries, [_shown(f, by_id.get(f.transaction), options) for f in found.errors]


def _shown(finding: Finding, entry: Any, options: dict[str, Any]) -> MikroledgerFinding:
    source = {
        "filename": finding.place.file or options.get("filename", ""),
        "lineno": finding.place.line,
    }
    message = f"{finding.id} {finding.loan}: {finding.text.da}"
    return MikroledgerFinding(source, message, entry)
