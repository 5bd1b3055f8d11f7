"""A proposal: a posting that waits for the second person, and is in no balance."""

from collections.abc import Mapping
from decimal import Decimal

from mikroledger.domain.ledger import Account, Record, Transaction, Value
from mikroledger.money import ZERO


def sums_of(txn: Transaction) -> Mapping[str, Decimal]:
    """Return a transaction's postings, summed by account."""
    sums: dict[str, Decimal] = {}
    for posting in txn.postings:
        sums[posting.account] = sums.get(posting.account, ZERO) + posting.amount
    return sums


def postings_of(proposal: Record) -> Mapping[str, Decimal]:
    """Read back the postings that a proposal carries, by account."""
    pairs = zip(proposal.values[1::2], proposal.values[2::2], strict=True)
    return {str(account): amount for account, amount in pairs if isinstance(amount, Decimal)}


def proposal_of(txn: Transaction, verb: str) -> Record:
    """Return a transaction as a proposal: the full posting, and none of it booked."""
    values: list[Value] = [verb]
    for account, amount in sums_of(txn).items():
        values += [Account(account), amount]
    return Record(txn.day, "proposal", tuple(values), meta=txn.meta)
