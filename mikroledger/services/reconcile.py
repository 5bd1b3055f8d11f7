"""Reconcile a day, and record why an item is right as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mikroledger.domain.accounts import is_later, until
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.openitems import EXPLAINED, reconciliation
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.reconciliation import Control, Item, Reconciliation
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import danish
from mikroledger.services.order import Outcome, Planned, Who, already, signed, submit


def reconcile(
    ledger: Ledger,
    rules: Sequence[Rule],
    as_of: date,
    control: Control | None = None,
) -> Reconciliation:
    """Reconcile the accounts of a book up to a day.

    Args:
        rules: they name what is wrong with an item; without any, nothing is named.
        control: what the ERP's loan account holds.
    """
    folio = portfolio(until(ledger, as_of), as_of)
    newest = max((entry.day for entry in ledger.entries if is_later(entry, as_of)), default=None)
    later = portfolio(ledger, newest) if newest else None
    return reconciliation(folio, check(rules, folio), control, later)


@dataclass(frozen=True, slots=True)
class Reason:
    """A person's word on an item of a day's reconciliation."""

    item: str
    text: str
    as_of: date
    control: Control | None = None


def explain(
    journal: Journal,
    reason: Reason,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Record why an item is right as it is: it counts while the item's amount stays the same.

    Raises:
        UsageError: no reason.
        RefusedError: there is no such item on the day.
    """
    who = replace(who, by=signed(who.by))
    if not reason.text.strip():
        raise UsageError(da="Skriv hvorfor med --reason.", en="Say why with --reason.")
    return submit(
        journal,
        "explain",
        who,
        lambda ledger: _make(ledger, reason, who),
        dry_run=dry_run,
    )


def _make(ledger: Ledger, reason: Reason, who: Who) -> Planned | Outcome:
    item = _item(reconcile(ledger, (), reason.as_of, reason.control), reason.item)
    known = item.explanation
    if known and known.reason == reason.text.strip():
        return already(_newest(ledger, item))
    meta: dict[str, Value] = {
        "kind": EXPLAINED,
        "loan": item.loan,
        "debtor": item.debtor,
        "payment": item.payment,
        "reason": reason.text.strip(),
        "as-of": reason.as_of,
    }
    kept = {name: value for name, value in meta.items() if value != ""}
    return Planned((Record(who.today, EXPLAINED, (item.id, item.amount), meta=kept),))


def _newest(ledger: Ledger, item: Item) -> Record:
    known = [r for r in ledger.records(EXPLAINED) if r.values == (item.id, item.amount)]
    return known[-1]


def _item(made: Reconciliation, name: str) -> Item:
    found = [item for item in made.items if item.id == name]
    if not found:
        names = ", ".join(item.id for item in made.items[:10]) or "-"
        raise RefusedError(
            da=f"Der er ingen post {name} den {made.as_of}. Posterne er: {names}. Se dem alle"
            f" med »mikroledger reconcile --as-of {made.as_of}«.",
            en=f"There is no item {name} on {made.as_of}. The items are: {names}. See them all"
            f" with 'mikroledger reconcile --as-of {made.as_of}'.",
        )
    return found[0]


def unexplained(made: Reconciliation) -> str:
    """List the items that are still open, one a line, for a message."""
    return "\n".join(f"  {item.id}  {danish(item.amount)} kr." for item in made.open[:10])
