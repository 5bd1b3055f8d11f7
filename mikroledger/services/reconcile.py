"""Reconcile a day, and record why an item is right as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mikroledger.domain import chart
from mikroledger.domain.accounts import is_later, until
from mikroledger.domain.chart import Chart
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.openitems import EXPLAINED, reconciliation
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.reconciliation import Balance, Control, Item, Reconciliation
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.order import Outcome, Planned, Who, already, because, signed, submit

_LOAN_SIDES = ("9.32.25", "8.32.25")


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


def control_in(ledger: Ledger, balances: Sequence[Balance], file: str) -> Control:
    """Find the loan account in a list of balances.

    The balance (9.32.25) comes before the year's movement (8.32.25); rows with the gruppering of
    the chart come before rows that have none.

    Raises:
        RefusedError: the list has no row of it.
    """
    plan = Chart.of(ledger)
    for funktion in _LOAN_SIDES:
        side = [b for b in balances if b.account.funktion == funktion]
        own = [b for b in side if chart.is_loan(plan.account(b.account))]
        found = own or [b for b in side if not b.account.gruppering]
        if found:
            return Control(sum((b.amount for b in found), ZERO), funktion, "balance-list")
    raise RefusedError(
        da=f"{file} har ingen række med lånekontoen ({' eller '.join(_LOAN_SIDES)} med"
        " grupperingen i accounts.beancount). Er det den rigtige saldoliste?",
        en=f"{file} has no row of the loan account ({' or '.join(_LOAN_SIDES)} with the"
        " gruppering in accounts.beancount). Is it the right list of balances?",
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """A person's word on an item of a day's reconciliation, or on all open ones of a kind."""

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
    reason = replace(reason, text=because(reason.text))
    return submit(
        journal,
        "explain",
        who,
        lambda ledger: _make(ledger, reason, who),
        dry_run=dry_run,
    )


def _make(ledger: Ledger, reason: Reason, who: Who) -> Planned | Outcome:
    said = reason.text
    items = _items(reconcile(ledger, (), reason.as_of, reason.control), reason.item)
    fresh = [item for item in items if not (item.explanation and item.explanation.reason == said)]
    if not fresh:
        return already(_newest(ledger, items[0]))
    return Planned(tuple(_record(item, reason, who) for item in fresh))


def _record(item: Item, reason: Reason, who: Who) -> Record:
    meta: dict[str, Value] = {
        "kind": EXPLAINED,
        "loan": item.loan,
        "debtor": item.debtor,
        "payment": item.payment,
        "reason": reason.text,
        "as-of": reason.as_of,
    }
    kept = {name: value for name, value in meta.items() if value != ""}
    return Record(who.today, EXPLAINED, (item.id, item.amount), meta=kept)


def _newest(ledger: Ledger, item: Item) -> Record:
    known = [r for r in ledger.records(EXPLAINED) if r.values == (item.id, item.amount)]
    return known[-1]


def _items(made: Reconciliation, name: str) -> tuple[Item, ...]:
    """Return the item of that name, or the open ones of that kind."""
    found = tuple(i for i in made.items if i.id == name or (i.kind == name and i.is_open))
    if not found:
        names = ", ".join(item.id for item in made.items[:10]) or "-"
        raise RefusedError(
            da=f"Der er ingen post {name} pr. {made.as_of}. Posterne er: {names}. Se dem alle"
            f" med »mikroledger reconcile --as-of {made.as_of}«.",
            en=f"There is no item {name} as of {made.as_of}. The items are: {names}. See them all"
            f" with 'mikroledger reconcile --as-of {made.as_of}'.",
        )
    return found
