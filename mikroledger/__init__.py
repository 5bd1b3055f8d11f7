"""mikroledger: the loan ledger for municipal micro-loans (aktivloven § 65)."""

__version__ = "0.1.0"
