"""Proposals: what one person asked for, and waits for a second one to sign."""

from collections.abc import Mapping

from mikroledger.domain.ledger import Ledger, Record


def open_proposals(ledger: Ledger) -> Mapping[str, Record]:
    """Return the proposals that are neither booked under their id nor declined."""
    asked = ledger.records("proposal")
    if not asked:
        return {}
    ended = {str(record.values[0]) for record in ledger.records("declined")}
    ended |= _booked(ledger)
    return {record.id: record for record in asked if record.id not in ended}


def _booked(ledger: Ledger) -> frozenset[str]:
    """Return the ids of all that is no proposal."""
    common: frozenset[str] = ledger.common.once(_booked) if ledger.common else frozenset()
    own = (e for e in ledger.own if not (isinstance(e, Record) and e.name == "proposal"))
    return common.union(entry.id for entry in own)


def same_person(one: str, other: str) -> bool:
    """Tell whether two sets of initials are one person's.

    >>> same_person("ANL", "a.n.l")
    True
    """
    return _letters(one) == _letters(other)


def _letters(initials: str) -> str:
    return "".join(c for c in initials.casefold() if c.isalnum())
