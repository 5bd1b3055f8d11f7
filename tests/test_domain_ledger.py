"""The book as values: three days, keys, and what was known when."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from mikroledger.domain.ledger import (
    Ledger,
    Meta,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
    keys_of,
)
from mikroledger.money import ZERO, kroner

MAY, JUNE, JULY = date(2011, 5, 2), date(2011, 6, 1), date(2011, 7, 1)
LOAN = "Assets:Loans:P65:L2011-0001"
BANK = "Assets:Bank"


def txn(day: date, amount: str = "100", *, commit: int = 0, **meta: Value) -> Transaction:
    known: Meta = {k.replace("_", "-"): v for k, v in meta.items()}
    sides = (Posting(LOAN, Decimal(amount)), Posting(BANK, -Decimal(amount)))
    return Transaction(day, "", sides, meta=known, commit=commit)


def record(day: date, name: str, *values: str, commit: int = 0, **meta: Value) -> Record:
    return Record(day, name, values, meta=meta, commit=commit)


def test_what_is_its_own_comes_after_what_belongs_to_nobody() -> None:
    common, own = record(MAY, "import"), txn(JUNE)
    part = Ledger((common, own), base=Ledger((common,)))
    assert part.own == (own,)
    assert replace(part, entries=(own,)).own == (own,), "the rest was left out"
    assert Ledger((common, own)).own == (common, own), "a whole book"


def test_an_entry_without_metadata_has_its_own_day_and_no_names() -> None:
    entry = txn(MAY)
    assert (entry.value, entry.booked) == (MAY, MAY)
    assert (entry.id, entry.by, entry.kind, entry.get("loan")) == ("", "", "", "")
    assert entry.place == Place("", 0)
    assert entry.commit == 0


def test_an_entry_has_three_days() -> None:
    entry = txn(JUNE, value=MAY, booked=JULY)
    assert (entry.value, entry.day, entry.booked) == (MAY, JUNE, JULY)


def test_a_day_that_is_no_day_is_not_believed() -> None:
    entry = txn(MAY, value="1 juni", booked=3)
    assert (entry.value, entry.booked) == (MAY, MAY)


def test_an_entry_tells_who_made_it_and_what_it_is() -> None:
    entry = txn(MAY, id="R1", by="anl", kind="repay", number=7)
    assert (entry.id, entry.by, entry.kind, entry.get("number")) == ("R1", "anl", "repay", "7")


def test_entries_do_not_share_their_empty_metadata() -> None:
    assert Record(MAY, "a").meta is not Record(MAY, "a").meta
    assert Posting(LOAN, ZERO).meta is not Posting(LOAN, ZERO).meta


def test_a_transaction_sums_its_postings_on_an_account() -> None:
    sides = (
        Posting(LOAN, Decimal(300)),
        Posting(BANK, Decimal(-500)),
        Posting(LOAN, Decimal(200)),
    )
    entry = Transaction(MAY, "", sides)
    assert (entry.on(LOAN), entry.on(BANK), entry.on("Assets")) == (
        kroner(500),
        kroner(-500),
        ZERO,
    )


def test_a_transaction_moves_its_debits() -> None:
    sides = Posting(LOAN, Decimal(300)), Posting(BANK, Decimal(-500)), Posting(LOAN, Decimal(200))
    assert Transaction(MAY, "", sides).debits == kroner(500)
    assert Transaction(MAY, "", ()).debits == ZERO


def test_what_was_known_on_a_day_has_no_later_newest_day() -> None:
    whole = Ledger((txn(MAY),), last=JUNE)
    assert whole.known_on(MAY).last == MAY
    assert whole.known_on(JULY).last == JUNE
    assert Ledger((txn(MAY),)).known_on(MAY).last is None


def test_a_ledger_sorts_its_entries_by_kind_and_keeps_their_order() -> None:
    one, other = txn(JUNE), txn(MAY)
    opening, decision = Opening(MAY, LOAN), record(MAY, "decision")
    ledger = Ledger((one, opening, decision, other))
    assert ledger.transactions == (one, other)
    assert ledger.openings == (opening,)
    assert ledger.accounts == {LOAN}


def test_records_are_found_by_name_in_the_order_of_booking() -> None:
    first, second, letter = record(JUNE, "hold"), record(MAY, "hold"), record(MAY, "letter")
    ledger = Ledger((first, letter, second, txn(MAY)))
    assert ledger.records("hold") == (first, second)
    assert ledger.records("letter") == (letter,)
    assert ledger.records("resume") == ()


def test_an_empty_ledger_has_no_head_and_no_flaws() -> None:
    assert (Ledger().entries, Ledger().head, Ledger().flaws) == ((), "", ())


def test_a_balance_is_the_sum_over_all_entries() -> None:
    ledger = Ledger((txn(MAY, "500"), txn(JUNE, "-200"), record(MAY, "hold")))
    assert (ledger.balance(LOAN), ledger.balance(BANK)) == (kroner(300), kroner(-300))
    assert Ledger().balance(LOAN) == ZERO


def test_every_key_of_an_entry_is_found() -> None:
    entry = txn(MAY, key="a", key_2="b", keyboard="c", monkey="d")
    assert list(keys_of(entry)) == ["a", "b"]
    assert Ledger((entry,)).keys == {"a": entry, "b": entry}


def test_a_proposal_that_was_declined_frees_its_key() -> None:
    proposal = record(MAY, "proposal", "disburse", id="P1", key="disburse:1")
    other = record(MAY, "proposal", "disburse", id="P2", key="disburse:2")
    declined = record(JUNE, "declined", "P1", id="D1", proposal="P1")
    assert set(Ledger((proposal, other)).keys) == {"disburse:1", "disburse:2"}
    assert set(Ledger((proposal, other, declined)).keys) == {"disburse:2"}


def test_a_posting_keeps_its_key_whatever_was_declined() -> None:
    posting = txn(MAY, id="P1", key="repay:1")
    declined = record(JUNE, "declined", "P1", proposal="P1")
    assert set(Ledger((posting, declined)).keys) == {"repay:1"}


def test_an_entry_without_a_key_takes_no_other_ones_key_away() -> None:
    """A record without id is not declined by a `declined` without proposal."""
    keyed = txn(MAY, key="repay:1")
    assert set(Ledger((keyed, record(MAY, "hold"))).keys) == {"repay:1"}


def test_a_proposal_and_its_posting_share_an_id() -> None:
    proposal, posting, nameless = record(MAY, "proposal", id="P1"), txn(MAY, id="P1"), txn(JUNE)
    assert Ledger((proposal, nameless, posting)).by_id == {"P1": (proposal, posting)}


def test_the_newest_day_is_that_of_the_last_booking_by_a_command() -> None:
    by_hand = txn(JULY)
    assert Ledger((txn(MAY, booked=JUNE), txn(JUNE, booked=MAY), by_hand)).newest == JUNE
    assert Ledger((by_hand,)).newest is None


def test_what_was_booked_later_was_not_known() -> None:
    early, late = txn(JUNE, booked=MAY), txn(MAY, booked=JULY)
    standing = Opening(JULY, LOAN)
    ledger = Ledger((early, late, standing), head="abc", flaws=(("da", "en"),))
    known = ledger.known_on(JUNE)
    assert known.entries == (early, standing)
    assert (known.head, known.flaws) == ("abc", (("da", "en"),))
    assert ledger.known_on(JULY).entries == ledger.entries
    assert ledger.known_on(MAY).entries == (early, standing)
