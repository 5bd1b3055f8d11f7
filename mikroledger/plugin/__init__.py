"""`plugin "mikroledger.plugin"`: open errors in bean-check and Fava, as `check` finds them.

The findings have a class of their own, which the journal's reader lets through: a misbooked
loan must not lock out the commands that put it right. The plugin's day is the newest day on
which anything was booked; it reads no clock, and changes no entry.

`plugin "mikroledger.plugin" "quiet"` finds nothing, and takes no time.
"""

from typing import Any, NamedTuple

from mikroledger.domain.finding import Finding
from mikroledger.errors import MikroledgerError

__plugins__ = ("findings",)
QUIET = "quiet"
"""What the plugin is told, as its configuration, to find nothing."""


class MikroledgerFinding(NamedTuple):
    """A finding of severity error, as beancount shows errors."""

    source: dict[str, Any]
    message: str
    entry: Any


def findings(
    entries: list[Any],
    options: dict[str, Any],
    wish: str = "",
) -> tuple[list[Any], list[Any]]:
    """Return the entries as they are, and the open errors; whatever happens, nothing is raised."""
    if wish.strip() == QUIET:
        return entries, []
    from mikroledger.journal.forks import undisturbed

    try:
        with undisturbed():
            return entries, _judged(entries, options)
    except MikroledgerError as error:
        return entries, [_failed(error.text.da, options)]
    except Exception as error:  # noqa: BLE001  # a fault of ours must not take the accountant's tool away
        text = (
            f"mikroledger kunne ikke se bogen igennem ({type(error).__name__}: {error})."
            " Meld det som en fejl. Bogen selv er indlæst."
        )
        return entries, [_failed(text, options)]


def _judged(entries: list[Any], options: dict[str, Any]) -> list[MikroledgerFinding]:
    from mikroledger.domain.portfolio import portfolio
    from mikroledger.domain.rule import check
    from mikroledger.journal.values import ledger_of
    from mikroledger.rules import ALL_RULES

    ledger = ledger_of(entries)
    if ledger.newest is None:
        return []
    found = check(ALL_RULES, portfolio(ledger, ledger.newest))
    by_id = (
        {entry.meta.get("id"): entry for entry in entries if entry.meta} if found.errors else {}
    )
    return [_shown(f, by_id.get(f.transaction), options) for f in found.errors]


def _failed(text: str, options: dict[str, Any]) -> MikroledgerFinding:
    source = {"filename": options.get("filename", ""), "lineno": 0}
    return MikroledgerFinding(source, text, None)


def _shown(finding: Finding, entry: Any, options: dict[str, Any]) -> MikroledgerFinding:
    source = {
        "filename": finding.place.file or options.get("filename", ""),
        "lineno": finding.place.line,
    }
    message = f"{finding.id} {finding.loan}: {finding.text.da}"
    return MikroledgerFinding(source, message, entry)
