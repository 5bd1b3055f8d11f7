"""What the rules share, where no fixture of theirs shows it."""

from datetime import date

from mikroledger.domain import chart
from mikroledger.domain.judge import first_entry
from mikroledger.domain.ledger import Ledger, Posting, Transaction
from mikroledger.domain.payment import payments
from mikroledger.money import kroner

DAY = date(2011, 5, 2)


def batch() -> Transaction:
    """A line of the bank that pays two at once: each posting names its payment."""
    postings = tuple(
        Posting(chart.PAYOUTS, kroner(1000), {"payment": name}) for name in ("P1", "P2")
    )
    bank = Posting(chart.BANK, kroner(-2000))
    return Transaction(DAY, "Banklinje", (*postings, bank), meta={"kind": "bank", "id": "1"})


def test_a_payment_is_known_by_its_own_first_entry_else_by_what_paid_it() -> None:
    sides = Posting(chart.GRANTS, kroner(1000)), Posting(chart.PAYOUTS, kroner(-1000))
    meta = {"kind": "erp", "payment": "P1"}
    own = [Transaction(DAY, "Bilag", sides, meta={**meta, "id": name}) for name in ("2", "3")]
    known = payments(Ledger((batch(), *own)))

    assert first_entry(known["P1"]).id == "2"
    assert first_entry(known["P2"]).id == "1"
