"""Whose an entry is: the names that tie the entries of one borrower together.

A book falls into parts, one for each borrower and what came of their loans; no rule, gate or
letter looks beyond one. Entries that share a name are of one part. What carries none is common
to all: chart, policy, imports, runs.
"""

from collections.abc import Mapping

TIES: Mapping[str, str] = {
    "loan": "L",
    "debtor": "D",
    "payment": "P",
    "reference": "P",  # a payment is often called by its reference
    "proposal": "#",
    "ends": "#",
    "places": "#",
    "evidence": "#",
    "reverses": "#",
    "corrects": "#",
}
"""Metadata that ties entries together, and the mark of the space in which it is a name."""

SEVERAL: Mapping[str, str] = {"cases": TIES["loan"]}
"""Metadata that holds several names, with blanks between them."""
KEY = "K"
UNPLACED = "unplaced"
"""The record that is a matter of its own even where it names nobody."""


def of_loan(number: str) -> str:
    """Return the name that all entries of a loan or decision share."""
    return TIES["loan"] + number


def of_reference(reference: str) -> str:
    """Return the name of a payment, or of a reference."""
    return TIES["reference"] + reference


def of_key(key: str) -> str:
    """Return the name of an idempotency key."""
    return KEY + key


def of_id(number: str) -> str:
    """Return the name of an entry that is known by its id alone."""
    return TIES["proposal"] + number
