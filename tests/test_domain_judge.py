"""What the rules share, where no fixture of theirs shows it."""

from datetime import date

import pytest

from mikroledger.domain import chart, fik
from mikroledger.domain.judge import first_entry, named_loan, suspended_payouts
from mikroledger.domain.ledger import Ledger, Meta, Posting, Transaction, Value
from mikroledger.domain.payment import payments
from mikroledger.domain.portfolio import portfolio
from mikroledger.money import kroner

BEFORE, DAY = date(2011, 5, 1), date(2011, 5, 2)


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


def line(**meta: Value) -> Transaction:
    """A line of the bank that lies in suspense: 1.000 kr. went out, and nobody knows for what."""
    sides = Posting(chart.SUSPENSE, kroner(1000)), Posting(chart.BANK, kroner(-1000))
    return Transaction(DAY, "Banklinje", sides, meta={"kind": "bank", "id": "1", **meta})


@pytest.mark.parametrize("meta", [{"reference": "U1"}, {"loan": "L2011-0001"}])
def test_a_line_out_in_suspense_is_a_payout_where_it_names_one_from_its_own_day_on(
    meta: Meta,
) -> None:
    ledger = Ledger((line(**meta),))
    seen = [len(list(suspended_payouts(portfolio(ledger, day)))) for day in (BEFORE, DAY)]
    assert seen == [0, 1]
    assert not list(suspended_payouts(portfolio(Ledger((line(),)), DAY)))


def test_a_payment_id_names_a_loan_and_two_of_them_name_none() -> None:
    def named(reference: str) -> str:
        found = payments(Ledger((line(payment="P1", reference=reference),)))
        return named_loan(found["P1"])

    assert named(f"+71<{fik.payment_id('L2011-0001')}+81234567<") == "L2011-0001"
    assert named("L1998-0001 og mere") == "L1998-0001"
    assert named(f"+71<{fik.payment_id('L2011-0001')}+81234567< L2011-0002") == ""
