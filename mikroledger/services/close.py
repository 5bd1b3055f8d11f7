"""Close an accounting month: from then on nothing is dated in it, or in one before it."""

from dataclasses import replace

from mikroledger.days import long_day
from mikroledger.domain.ledger import Journal, Ledger, Record
from mikroledger.domain.periods import CLOSE, Month, closed_through, open_months
from mikroledger.errors import RefusedError
from mikroledger.services.order import Outcome, Planned, Who, already, signed, submit


def close(journal: Journal, month: Month, who: Who, *, dry_run: bool = False) -> Outcome:
    """Close a month, or say that it is closed.

    Everything is read thoroughly first: what is closed stays as it is.

    Raises:
        RefusedError: it has not ended, or an earlier month is open.
        BrokenBookError: beancount finds an error in the book.
    """
    who = replace(who, by=signed(who.by))
    if not dry_run:
        journal.prove()
    return submit(journal, CLOSE, who, lambda ledger: _make(ledger, month, who), dry_run=dry_run)


def _make(ledger: Ledger, month: Month, who: Who) -> Planned | Outcome:
    closed = closed_through(ledger)
    if closed and month.last <= closed:
        return already(next(r for r in ledger.records(CLOSE) if str(month) <= str(r.values[0])))
    if who.today <= month.last:
        raise RefusedError(
            da=f"{month} er ikke slut endnu (i dag er {long_day(who.today, 'da')}). Luk den"
            " tidligst dagen efter dens sidste dag.",
            en=f"{month} has not ended yet (today is {long_day(who.today, 'en')}). Close it on"
            " the day after its last day at the earliest.",
        )
    first = min(open_months(ledger), default=month)
    if first < month:
        raise RefusedError(
            da=f"Der står posteringer i {first}, som er åben. Luk den først: mikroledger close"
            f" {first}",
            en=f"There are entries in {first}, which is open. Close it first: mikroledger close"
            f" {first}",
        )
    record = Record(who.today, CLOSE, (str(month),), meta={"kind": CLOSE, "key": f"close:{month}"})
    return Planned((record,))
