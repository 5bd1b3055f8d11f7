"""Whose an entry is: the names that tie the entries of one borrower together.

A book falls into parts, one for each borrower and what came of their loans; no rule, gate or
letter looks beyond one. Entries that share a name are of one part. What carries none is common
to all: chart, policy, imports, runs.
"""

from collections.abc import Mapping

from mikroledger.domain.ledger import Entry, Record, Transaction

ID = "#"
TIES: Mapping[str, str] = {
    "loan": "L",
    "debtor": "D",
    "payment": "P",
    "reference": "P",  # a payment is often called by its reference
    "proposal": ID,
    "ends": ID,
    "places": ID,
    "evidence": ID,
    "reverses": ID,
    "corrects": ID,
}
"""Metadata that ties entries together, and the mark of the space in which it is a name."""

FOUND_BY: Mapping[str, str] = {
    "voucher": "V",
    "original": "V",
    "decision": "C",
    "statement": "S",
    "entry": "B",
    "said": "T",
}
"""Metadata by which entries are found, and which ties nothing: a voucher may pay many, and so
may an entry of the bank's; many payers write the same."""
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


def of_debtor(number: str) -> str:
    """Return the name that all entries of a debtor share."""
    return TIES["debtor"] + number


def of_voucher(voucher: str) -> str:
    """Return a name of all that an ERP voucher (number/year) has booked."""
    return FOUND_BY["voucher"] + voucher


def of_decision(decision: str) -> str:
    """Return a name of all that the case system's number of a decision stands on."""
    return FOUND_BY["decision"] + decision


def of_statement(line: str) -> str:
    """Return a name of all lines of the bank's of one day and amount."""
    return FOUND_BY["statement"] + line


def of_said(reference: str) -> str:
    """Return a name of all repayments with which the bank gave a text that is not their name."""
    return FOUND_BY["said"] + reference


def of_entry(entry: str) -> str:
    """Return a name of all that notices of one entry of the bank's (account/id) have named."""
    return FOUND_BY["entry"] + entry


def of_finding(finding: str) -> frozenset[str]:
    """Return what a finding may be about: its entry (an id has one part or two), and whose it is.

    >>> sorted(of_finding("ML106-000006-1-L2011-0003"))[0]
    '#000006'
    """
    words = finding.partition("-")[2].partition(".")[0].split("-")
    entries = {"-".join(words[:count]) for count in (1, 2)}
    whose = {"-".join(words[count:]) for count in (1, 2)} - {""}
    return frozenset(
        {*map(of_id, entries), *map(of_loan, whose), *map(of_debtor, whose)},
    )


def of_key(key: str) -> str:
    """Return the name of an idempotency key."""
    return KEY + key


def of_id(number: str) -> str:
    """Return the name of an entry that is known by its id alone."""
    return ID + number


def belongs_to_nobody(entry: Entry) -> bool:
    """Tell whether an entry is common to all: a record (or an account) that names nobody."""
    named = any(key in TIES or key in SEVERAL for key in entry.meta)
    unplaced = isinstance(entry, Record) and entry.name == UNPLACED
    return not (named or unplaced or isinstance(entry, Transaction))
