"""Entries to beancount text and back: what is written is what is read."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from beancount.core.data import Directives
from beancount.parser import parser
from beancount.scripts.format import align_beancount
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.domain.ledger import (
    Account,
    Entry,
    Ledger,
    Opening,
    Place,
    Posting,
    Record,
    Transaction,
    Value,
)
from mikroledger.errors import BrokenBookError, UsageError
from mikroledger.journal.text import render
from mikroledger.journal.values import ledger_of

DAY = date(2011, 4, 15)
HARD = "æ;#^*\"\\'n{}()/:@~|\u00a0€中\U0001f600 DKK"


def read(text: str, file: str = "<string>") -> Ledger:
    directives, errors, _ = parser.parse_string(text, report_filename=file)
    assert not errors, errors
    return ledger_of(directives)


def bare(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(replace(entry, place=Place(), commit=0) for entry in entries)


texts = st.text(st.sampled_from(HARD) | st.sampled_from("abcÅ 0-"), max_size=20)
amounts = st.decimals("-999999.99", "999999.99", places=2)
accounts = st.sampled_from(["Assets:Bank", "Assets:Loans:P65:L2011-0001", "Income:P65:Refund"])
values: st.SearchStrategy[Value] = st.one_of(
    texts,
    amounts,
    st.booleans(),
    st.integers(-99, 99),
    st.dates(date(1900, 1, 1)),
    accounts.map(Account),
)
keys = st.sampled_from(["id", "by", "kind", "loan", "payment", "key", "key-2", "x9"])
metas = st.dictionaries(keys, values, max_size=5)
postings = st.builds(Posting, accounts, amounts, metas)
entries_ = st.one_of(
    st.builds(
        Transaction, st.dates(date(1970, 1, 1)), texts, st.tuples(postings, postings), meta=metas
    ),
    st.builds(
        Record,
        st.dates(date(1970, 1, 1)),
        texts,
        st.lists(values, max_size=5).map(tuple),
        meta=metas,
    ),
    st.builds(Opening, st.dates(date(1970, 1, 1)), accounts, meta=metas),
)


@given(st.lists(entries_, max_size=4).map(tuple))
def test_what_is_written_is_read(entries: tuple[Entry, ...]) -> None:
    text = render(entries)
    found = bare(read(text).entries)
    assert found == entries
    assert render(found) == text
    for one, other in zip(found, entries, strict=True):
        if isinstance(one, Record) and isinstance(other, Record):
            assert list(map(type, one.values)) == list(map(type, other.values))


def test_the_canonical_form() -> None:
    payout = Transaction(
        DAY,
        'Udbetaling "L2011-0001"',
        (
            Posting("Assets:Loans:P65:L2011-0001", Decimal(20000), {"payment": "P1"}),
            Posting("Assets:Clearing:Payouts", Decimal("-20000.00")),
        ),
        meta={
            "loan": "L2011-0001",
            "kind": "pay",
            "payment": "PAY-1",
            "id": "000001",
            "by": "ANL",
        },
    )
    record = Record(
        DAY,
        "proposal",
        ("x", 2, Decimal(-12), -3, True, DAY, Account("Assets:Bank")),
    )
    opening = Opening(date(1970, 1, 1), "Assets:Bank", meta={"funktion": "9.22.05"})
    assert render((payout, record, opening)) == (
        '2011-04-15 * "Udbetaling \\"L2011-0001\\"" ^L2011-0001 ^pay-PAY-1\n'
        '  id: "000001"\n'
        '  by: "ANL"\n'
        '  kind: "pay"\n'
        '  loan: "L2011-0001"\n'
        '  payment: "PAY-1"\n'
        "  Assets:Loans:P65:L2011-0001                     20000.00 DKK\n"
        '    payment: "P1"\n'
        "  Assets:Clearing:Payouts                        -20000.00 DKK\n"
        "\n"
        '2011-04-15 custom "mikroledger" "proposal" "x" 2 (-12.00) DKK -3 TRUE 2011-04-15'
        " Assets:Bank\n"
        "\n"
        "1970-01-01 open Assets:Bank                                DKK\n"
        '  funktion: "9.22.05"\n'
    )


def test_it_is_the_form_of_bean_format() -> None:
    long = "Assets:Loans:P65:" + "L" * 60
    postings = (Posting("Assets:Bank", Decimal(1)), Posting(long, Decimal("-1.00")))
    text = render((Transaction(DAY, "x", postings, meta={"amount": Decimal(1)}),))
    formatted = align_beancount(text, currency_column=60)  # type: ignore[no-untyped-call]
    assert formatted == text


def test_a_name_that_beancount_cannot_link_is_left_out() -> None:
    entry = Transaction(DAY, "x", (), meta={"loan": "Lån 1", "payment": 7})
    assert render((entry,)).startswith('2011-04-15 * "x"\n')


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a\nb", "U+000A", "2"),
        ("\u202eab", "U+202E", "1"),
        ("ab\u00ad", "U+00AD", "3"),
        ("a\u2028", "U+2028", "2"),
        ("a\x00", "U+0000", "2"),
        ("\ud800", "U+D800", "1"),
    ],
)
def test_what_cannot_be_seen_is_refused(text: str, code: str, place: str) -> None:
    with pytest.raises(UsageError, match=f"{code.replace('+', '.')}.*position {place}"):
        render((Record(DAY, "x", (text,)),))


def test_text_is_composed() -> None:
    assert "å" in render((Record(DAY, "x", ("a\u030a",)),))


@pytest.mark.parametrize("key", ["n", "Key", "1b", "filename", "lineno", "ø-x"])
def test_a_bad_key_is_a_bug(key: str) -> None:
    with pytest.raises(AssertionError):
        render((Record(DAY, "x", meta={key: "1"}),))


@pytest.mark.parametrize("name", ["", "assets:x", "Assets", "Assets:a b", 'Assets:"', "Assets:;x"])
def test_a_bad_account_is_a_bug(name: str) -> None:
    with pytest.raises(AssertionError):
        render((Opening(DAY, name),))


def test_other_directives_are_left_to_beancount() -> None:
    ledger = read(
        '1970-01-01 open Assets:Bank\n2011-01-01 note Assets:Bank "x"\n'
        '2011-01-01 custom "other" "x"\n2011-01-01 custom "mikroledger"\n'
        '2011-01-01 custom "mikroledger" 12\n2011-01-01 balance Assets:Bank 0 ~ 0.00 DKK\n'
        '2011-01-01 custom "mikroledger" "x"\n  none:\n  currency: DKK\n',
    )
    assert [type(entry) for entry in ledger.entries] == [Opening, Record]
    assert ledger.entries[1].meta == {"currency": "DKK"}


def test_entries_come_in_the_order_of_booking() -> None:
    texts = {
        "/b/journal/2011-05/000002-pay.beancount": '2010-01-01 custom "mikroledger" "c"\n',
        "/b/journal/2011-05/000001-pay.beancount": '2012-01-01 custom "mikroledger" "a"\n'
        '2011-01-01 custom "mikroledger" "b"\n',
        "/b/policy.beancount": '2013-01-01 custom "mikroledger" "p"\n',
    }
    directives: Directives = []
    for file, text in texts.items():
        directives += parser.parse_file(io.BytesIO(text.encode()), report_filename=file)[0]
    directives.sort(key=lambda directive: directive.date)
    ledger = ledger_of(directives, "head", (("da", "en"),))
    assert [e.name for e in ledger.entries if isinstance(e, Record)] == ["p", "a", "b", "c"]
    assert [entry.commit for entry in ledger.entries] == [-1, 1, 1, 2]
    assert ledger.entries[1].place == Place("/b/journal/2011-05/000001-pay.beancount", 1)
    assert (ledger.head, ledger.flaws) == ("head", (("da", "en"),))


def test_a_payee_may_stand_before_the_text() -> None:
    ledger = read('2011-01-01 * "payee" "text"\n2011-01-01 txn\n')
    assert [txn.text for txn in ledger.transactions] == ["text", ""]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('custom "mikroledger" "x" 12.5', "neither a whole number"),
        ('custom "mikroledger" "x" 1.00 EUR', "not an amount in DKK"),
        ('custom "mikroledger" "x" 1.005 DKK', "two decimals"),
        ('custom "mikroledger" "x"\n  fee: 1.5 DKK', "two decimals"),
        ('* "x"\n  Assets:A  1.5 DKK\n  Assets:B  -1.5 DKK', "two decimals"),
        ('* "x"\n  Assets:A  1 DKK @ 1.00 DKK\n  Assets:B  -1 DKK', "no plain amount"),
        ('* "x"\n  Assets:A  1 DKK\n  Assets:B', "no plain amount"),
    ],
)
def test_only_kroner_and_ore(line: str, reason: str) -> None:
    with pytest.raises(BrokenBookError, match=f"policy.beancount, line 1: .*{reason}"):
        read(f"2011-01-01 {line}\n", "policy.beancount")
