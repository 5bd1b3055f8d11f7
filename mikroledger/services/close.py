"""Close an accounting month: from then on nothing is dated in it, or in one before it.

A month is closed by two persons (fire øjne): one prepares it, another one signs. Both have the
same reconciliation before them: every difference is settled, or somebody has said why it stands.
"""

from dataclasses import dataclass, replace

from mikroledger.days import long_day
from mikroledger.domain.ledger import Journal, Ledger, Meta, Record, Value
from mikroledger.domain.periods import CLOSE, Month, closed_through, open_months, parse_month
from mikroledger.domain.policy import policy_on
from mikroledger.domain.proposals import same_person
from mikroledger.domain.reconciliation import Control, Reconciliation
from mikroledger.errors import RefusedError
from mikroledger.money import danish
from mikroledger.services.month import control_of, waiting_close
from mikroledger.services.order import Outcome, Planned, Who, already, signed, submit
from mikroledger.services.reconcile import reconcile


@dataclass(frozen=True, slots=True)
class Closing:
    """Which month to close, and what the ERP's loan account holds at its end, if it is known."""

    month: Month
    control: Control | None = None


def close(
    journal: Journal,
    order: Closing,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Prepare the closing of a month, sign what another one has prepared, or say that it is done.

    Everything is read thoroughly first: what is closed stays as it is.

    Raises:
        RefusedError: it has not ended, an earlier month is open, an item is neither settled nor
            explained, or the book has changed since it was prepared.
        BrokenBookError: beancount finds an error in the book.
    """
    who = replace(who, by=signed(who.by))
    if not dry_run:
        journal.prove()
    return submit(journal, CLOSE, who, lambda ledger: _make(ledger, order, who), dry_run=dry_run)


def is_closed(ledger: Ledger, month: Month) -> bool:
    """Tell whether a month is closed."""
    closed = closed_through(ledger)
    return closed is not None and month.last <= closed


def proposed_month(proposal: Record) -> Month | None:
    """Return the month that a proposal is about, if it is about one."""
    return parse_month(str(proposal.values[1])) if proposal.values[0] == CLOSE else None


def closed_by(ledger: Ledger, number: str) -> Month | None:
    """Return the month that an entry prepares or closes, if it does."""
    for entry in reversed(ledger.by_id.get(number, ())):
        if isinstance(entry, Record) and CLOSE in (entry.name, *entry.values[:1]):
            return parse_month(str(entry.values[-1]))
    return None


def _make(ledger: Ledger, order: Closing, who: Who) -> Planned | Outcome:
    month = order.month
    if is_closed(ledger, month):
        return already(next(r for r in ledger.records(CLOSE) if str(month) <= str(r.values[0])))
    _ended(month, who)
    _in_order(ledger, month)
    proposal = waiting_close(ledger, month)
    control = _control(order, proposal)
    made = reconcile(ledger, (), month.last, control)
    _nothing_open(made, month)
    if proposal is None:
        return Planned((_prepared(ledger, made, month, who),))
    if proposal.get("reconciled") != made.digest:
        raise _changed_since(proposal)
    if same_person(proposal.by, who.by):
        return already(proposal)
    return Planned((_signed(proposal, month, who),))


def _ended(month: Month, who: Who) -> None:
    if who.today <= month.last:
        raise RefusedError(
            da=f"{month} er ikke slut endnu (i dag er {long_day(who.today, 'da')}). Luk den"
            " tidligst dagen efter dens sidste dag.",
            en=f"{month} has not ended yet (today is {long_day(who.today, 'en')}). Close it on"
            " the day after its last day at the earliest.",
        )


def _in_order(ledger: Ledger, month: Month) -> None:
    first = min(open_months(ledger), default=month)
    if first < month:
        raise RefusedError(
            da=f"Der står posteringer i {first}, som er åben. Luk den først: mikroledger close"
            f" {first}",
            en=f"There are entries in {first}, which is open. Close it first: mikroledger close"
            f" {first}",
        )


def _control(order: Closing, proposal: Record | None) -> Control | None:
    """Return the control account's balance that both persons sign for."""
    known = control_of(proposal)
    if proposal is None or order.control is None or order.control.same_as(known):
        return order.control or known
    raise RefusedError(
        da=f"{order.month} er forberedt med en anden saldo på lånekontoen ({proposal.id})."
        f" Afvis den med »mikroledger countersign {proposal.id} --decline --reason TEKST«, og"
        " forbered måneden igen.",
        en=f"{order.month} was prepared with another balance of the loan account"
        f" ({proposal.id}). Decline it with 'mikroledger countersign {proposal.id} --decline"
        " --reason TEXT', and prepare the month again.",
    )


_LISTED = 20
"""Items that a refusal lists; the rest are counted."""


def _nothing_open(made: Reconciliation, month: Month) -> None:
    if not made.open:
        return
    named = [(i.id, danish(i.amount), i.text) for i in made.open[:_LISTED]]
    da = "\n".join(f"  {name}  {amount} kr.  {text.da}" for name, amount, text in named)
    en = "\n".join(f"  {name}  {amount} kr.  {text.en}" for name, amount, text in named)
    count = len(made.open)
    raise RefusedError(
        da=f"{month} kan ikke lukkes: {count} poster er hverken udlignet eller forklaret.\n{da}\n"
        "Ret dem (»mikroledger check« og »mikroledger match« siger hvordan), eller forklar dem"
        f" hver for sig: mikroledger reconcile --month {month} --explain POST --reason TEKST"
        " --by INITIALER",
        en=f"{month} cannot be closed: {count} items are neither settled nor explained.\n{en}\n"
        "Settle them ('mikroledger check' and 'mikroledger match' say how), or explain each:"
        f" mikroledger reconcile --month {month} --explain ITEM --reason TEXT --by INITIALS",
    )


def _prepared(ledger: Ledger, made: Reconciliation, month: Month, who: Who) -> Record:
    """Return the proposal that waits for the second person; or, without one, the closing."""
    meta: dict[str, Value] = {
        "kind": CLOSE,
        "key": f"close:{month}",
        "reconciled": made.digest,
        "items": len(made.items),
    }
    if made.control:
        meta |= {
            "control": made.control.amount,
            "control-account": made.control.funktion,
            "control-source": made.control.kind,
        }
    if policy_on(ledger, who.today).text("countersign") == "off":
        return Record(who.today, CLOSE, (str(month),), meta=meta)
    return Record(who.today, "proposal", (CLOSE, str(month)), meta=meta)


_OWN = frozenset({"id", "by", "booked", "key"})


def _signed(proposal: Record, month: Month, who: Who) -> Record:
    """Return the closing that two persons have signed, under the proposal's id.

    Nothing in it may tie it to one part of the book (`domain.parts`): it is about all of them.
    """
    kept: Meta = {name: value for name, value in proposal.meta.items() if name not in _OWN}
    meta: Meta = {
        **kept,
        "id": proposal.id,
        "by": proposal.by,
        "countersigned": who.by,
    }
    return Record(who.today, CLOSE, (str(month),), meta=meta)


def _changed_since(proposal: Record) -> RefusedError:
    return RefusedError(
        da=f"Afstemningen er en anden, end da {proposal.by} forberedte måneden ({proposal.id})."
        f" Afvis den med »mikroledger countersign {proposal.id} --decline --reason TEKST«, og"
        " forbered måneden igen.",
        en=f"The reconciliation is another one than when {proposal.by} prepared the month"
        f" ({proposal.id}). Decline it with 'mikroledger countersign {proposal.id} --decline"
        " --reason TEXT', and prepare the month again.",
    )
