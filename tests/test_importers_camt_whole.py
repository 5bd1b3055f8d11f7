"""Whole camt documents: every version, every sample, and what a bank says of its own entries."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from camts import ACCOUNT, SCHEMAS, Entry, Pay, Statement, document, totals

from mikroledger.domain import fik
from mikroledger.domain.record import Document
from mikroledger.errors import RefusedError
from mikroledger.importers import files, read, read_bytes, xmlread

DATA = Path(__file__).parent / "data" / "bank"
DAY = date(2026, 11, 20)
ID = fik.payment_id("L2026-0001", 1)
EURO, KRONOR = "EUR", "SEK"
NOT_052 = "The file is camt.052; an account statement must be camt.053, and notices of payments camt.054."  # noqa: E501
KNOWN: dict[str, tuple[str, list[str], list[tuple[int, str]] | str]] = {
    "camt052.v1.xml": ("", [], NOT_052),
    "camt052.v2.other-account.xml": ("", [], NOT_052),
    "camt052.v2.with-account-name.xml": ("", [], NOT_052),
    "camt052.v2.xml": ("", [], NOT_052),
    "camt052.v4.xml": ("", [], NOT_052),
    "camt052.v6.Amt-zero.xml": ("", [], NOT_052),
    "camt052.v6.xml": ("", [], NOT_052),
    "camt052.v8.xml": ("", [], NOT_052),
    "camt053.v2.all-balance-types.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.five.decimals.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.minimal.ultimate.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.minimal.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.multi.statement.xml": ("camt.053", [], [(1, EURO), (2, EURO)]),
    "camt053.v2.with-account-name.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.with-party-ids.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v2.wrong.xml": (
        "",
        [],
        "The file has neither entries nor balances. Was it exported rightly?",
    ),
    "camt053.v3.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v4.xml": ("camt.053", [], [(1, EURO)]),
    "camt053.v8.xml": ("camt.053", [], [(1, EURO)]),
    "camt054.v2.with-account-name.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt054.v2.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt054.v4.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt054.v8-with-UETR.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt054.v8-with-financial-institution.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt054.v8.xml": ("camt.054", [], [(1, KRONOR)]),
    "camt53.only-Dt-with-DtTm.xml": ("camt.053", [], [(0, "RON")]),
    "camt.053.001.02_fik.xml": ("camt.053", ["1325.00", "400.00", "-350.00", "-125.50"], []),
    "camt.053.001.08_fik.xml": ("camt.053", ["1325.00", "400.00", "-350.00", "-125.50"], []),
    "camt.054.001.08_fik.xml": ("camt.054", ["350.00", "475.00", "500.00"], []),
}
SAMPLES = sorted(DATA.glob("*/*.xml"))


def amounts(document: Document) -> list[str]:
    said = [line.amount for line in document.bank] or [n.amount for n in document.notices]
    return [str(amount) for amount in said]


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


def test_every_sample_is_known() -> None:
    assert {path.name for path in SAMPLES} == set(KNOWN)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_is_read_exactly_or_refused_with_line_and_reason(path: Path) -> None:
    form, expected, refused = KNOWN[path.name]
    if isinstance(refused, str):
        with pytest.raises(RefusedError) as caught:
            read(path)
        assert caught.value.text.en == refused
        return
    found = read(path)

    assert (found.format, amounts(found)) == (form, expected)
    assert why(found) == [
        (line, f"The currency is {currency}; only DKK can be booked.")
        for line, currency in refused
    ]


@pytest.mark.parametrize(
    ("name", "expected", "balanced"),
    [
        ("camt054.v2.xml", ["-200000.00"], True),
        ("camt054.v4.xml", ["-200000.00"], True),
        ("camt053.v4.xml", ["8.85"], False),
        ("camt053.v8.xml", ["8.85"], False),
    ],
)
def test_foreign_samples_as_if_they_were_in_kroner(
    name: str, expected: list[str], balanced: bool
) -> None:
    data = (DATA / "genkgo-camt" / name).read_bytes()
    for currency in (b"EUR", b"SEK", b"CHF", b"JPY"):
        data = data.replace(currency, b"DKK")
    found = read_bytes(name, data)

    assert amounts(found) == expected
    assert bool(found.rejected) is not balanced


# the schema


def schema(form: str, version: int) -> Any:
    from lxml import etree

    path = SCHEMAS / f"{form}.001.{version:02d}.xsd"
    if not path.exists():
        pytest.skip(f"the schema {path.name} is not at hand")
    return etree.XMLSchema(etree.parse(path))


BATCH = Entry(
    "1475.00",
    [Pay("1000.00", ID), Pay("475.00", "", "anden", "REF-2")],
    "ASR1",
    value="2026-11-19",
)
BACK = Entry("-1000.00", [Pay("-1000.00", ID)], "ASR1", reversal=True)
BOUNCED = Entry("20000.00", [Pay("20000.00", "", "retur", "PAY-1", "AC04")], "ASR3")
WAITS = Entry("7.00", status="PDNG")
ENTRIES = (BATCH, BACK, BOUNCED, WAITS)


def whole(form: str, version: int) -> bytes:
    ends = [("OPBD", "100.00"), ("CLBD", "20575.00")] if form == "camt.053" else []
    said = totals(4, "22482.00", "20482.00", version=version)
    return document(
        Statement(
            ENTRIES, ends, page=(1, True), sequence=7, totals=said, until="2026-11-20T23:59:59"
        ),
        form=form,
        version=version,
        page=(1, True),
    )


@pytest.mark.parametrize("version", [2, 3, 4, 8])
def test_what_these_tests_call_a_statement_is_one(version: int) -> None:
    from lxml import etree

    schema("camt.053", version).assertValid(etree.fromstring(whole("camt.053", version)))


@pytest.mark.parametrize("version", [2, 4, 8])
def test_what_these_tests_call_a_notification_is_one(version: int) -> None:
    from lxml import etree

    schema("camt.054", version).assertValid(etree.fromstring(whole("camt.054", version)))


# every version


@pytest.mark.parametrize("version", range(2, 9))
def test_a_statement_of_every_version_is_read_alike(version: int) -> None:
    found = read_bytes("k.xml", whole("camt.053", version))

    assert (found.format, found.source, found.rejected) == ("camt.053", ACCOUNT, ())
    assert (found.until, found.notices) == (DAY, ())
    assert [(line.entry, str(line.amount), line.returned) for line in found.bank] == [
        ("ASR1", "1475.00", False),
        ("ASR1/R", "-1000.00", True),
        ("ASR3", "20000.00", True),
    ]
    assert [line.value for line in found.bank] == [date(2026, 11, 19), DAY, DAY]
    assert [(part.fik, part.reference) for part in found.bank[0].parts] == [
        (ID, ""),
        ("", "REF-2"),
    ]
    (bounced,) = found.bank[2].parts
    assert (bounced.reference, bounced.text) == ("PAY-1", "retur AC04")


@pytest.mark.parametrize("version", range(2, 9))
def test_a_notification_of_every_version_says_what_each_payment_is(version: int) -> None:
    found = read_bytes("k.xml", whole("camt.054", version))

    assert (found.format, found.source, found.rejected) == ("camt.054", ACCOUNT, ())
    assert (found.until, found.bank, found.rows) == (None, (), 4)
    told = [
        (n.line, n.entry, n.number, str(n.amount), n.part.fik, n.returned) for n in found.notices
    ]
    assert told == [
        (1, "ASR1", 1, "1000.00", ID, False),
        (1, "ASR1", 2, "475.00", "", False),
        (2, "ASR1/R", 1, "-1000.00", ID, True),
        (3, "ASR3", 1, "20000.00", "", True),
    ]
    assert (found.notices[0].day, found.notices[0].value) == (DAY, date(2026, 11, 19))


def test_a_prefix_changes_nothing_in_a_notification() -> None:
    plain = whole("camt.054", 8).decode()
    head, _, rest = plain.partition("<Document xmlns=")
    prefixed = rest.replace("</", "\0").replace("<", "<n:").replace("\0", "</n:")
    found = read_bytes("x.xml", f"{head}<n:Document xmlns:n={prefixed}".encode())

    assert found.notices == read_bytes("x.xml", plain.encode()).notices


@pytest.mark.parametrize("status", ["<Prtry>LATER</Prtry>", "", "<Cd></Cd>"])
def test_a_status_of_the_banks_own_is_told(status: str) -> None:
    data = document(Statement([Entry("1.00")])).replace(b"<Cd>BOOK</Cd>", status.encode())
    name = "LATER" if "LATER" in status else ""

    assert why(read_bytes("k.xml", data)) == [
        (1, f"The entry has status '{name}'; only BOOK can be booked.")
    ]


# what the bank says of its own entries

ONE, TWO = Entry("60.00", ref="A1"), Entry("-10.00", ref="A2")


def told(*statements: Statement, version: int = 8, **more: Any) -> list[tuple[int, str]]:
    return why(read_bytes("k.xml", document(*statements, version=version, **more)))


@pytest.mark.parametrize(
    "said",
    [
        totals(2, "70.00"),
        totals(2, "50.00"),
        totals(2, "-50.00"),
        totals(3, "170.00"),
        totals(2, "70.00", "50.00"),
        totals(3, "170.00", "150.00"),
        "<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>",
        "<TtlNtries><Sum>70.00000</Sum></TtlNtries>",
        "<TtlNtries><Sum>70</Sum><TtlNetNtry><Amt>50</Amt></TtlNetNtry></TtlNtries>",
        "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>60.00</Sum></TtlCdtNtries>",
        "<TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>160.00</Sum></TtlCdtNtries>",
        "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>10.00</Sum></TtlDbtNtries>",
    ],
)
def test_counts_and_sums_that_are_right(said: str) -> None:
    waits = Entry("100.00", status="PDNG")

    assert told(Statement([ONE, TWO, waits], totals=said)) == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (totals(4, "70.00"), "The bank says 4 (TtlNtries); the entries give 2."),
        (totals(2, "71.00"), "The bank says 71,00 (TtlNtries); the entries give 70,00."),
        (totals(2, "70.00", "-50.00"), "The bank says -50,00 (TtlNetNtry); the entries give"),
        (
            "<TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries>",
            "The bank says 2 (TtlCdtNtries); the entries give 1.",
        ),
        (
            "<TtlDbtNtries><Sum>10.01</Sum></TtlDbtNtries>",
            "The bank says 10,01 (TtlDbtNtries); the entries give 10,00.",
        ),
        ("<TtlNtries><Sum>70.001</Sum></TtlNtries>", "'70.001' is not an amount in whole øre."),
    ],
)
@pytest.mark.parametrize("form", ["camt.053", "camt.054"])
def test_counts_and_sums_that_are_wrong(said: str, message: str, form: str) -> None:
    ((number, reason),) = told(Statement([ONE, TWO], totals=said), form=form)

    assert number == 2
    assert reason.startswith(message)


def test_an_announced_entry_in_another_currency_is_not_counted() -> None:
    waits = Entry("100.00", status="PDNG")
    data = document(Statement([waits, waits, ONE], totals=totals(3, "260.00")))
    foreign = data.replace(b"DKK", b"EUR", 2).replace(b"<Ccy>EUR</Ccy>", b"<Ccy>DKK</Ccy>")

    assert why(read_bytes("k.xml", foreign)) == [
        (3, "The bank says 3 (TtlNtries); the entries give 1. An entry is missing."),
        (3, "The bank says 260,00 (TtlNtries); the entries give 60,00. An entry is missing."),
    ]


def test_what_the_bank_says_of_the_whole_is_not_held_against_a_part() -> None:
    bad = Entry("0.00")

    assert told(Statement([ONE, bad], [("OPBD", "0"), ("CLBD", "1")], totals=totals(9, "9"))) == [
        (2, "The amount is 0.00; an entry moves money.")
    ]


def test_statements_of_one_account_follow_each_other() -> None:
    first = Statement([ONE], [("OPBD", "0.00"), ("CLBD", "60.00")], sequence=7)
    second = Statement([TWO], [("OPBD", "60.00"), ("CLBD", "50.00")], id="S2", sequence=8)
    broken = Statement([TWO], [("OPBD", "70.00"), ("CLBD", "60.00")], id="S2", sequence=8)
    later = Statement([TWO], [("OPBD", "70.00"), ("CLBD", "60.00")], id="S2", sequence=9)
    open_end = Statement([TWO], [("CLBD", "60.00")], id="S2", sequence=8)

    assert told(first, second) == told(first, later) == told(first, open_end) == []
    assert told(first, broken) == [
        (2, "The statement S2 begins with 70,00, but S1 before it ended with 60,00.")
    ]


# pages

FIRST = Statement([ONE], [("OPBD", "0.00"), ("ITBD", "60.00")], page=(1, False))
LAST = Statement([TWO], [("ITBD", "60.00"), ("CLBD", "50.00")], page=(2, True))


def test_the_pages_of_a_statement_are_held_against_it_and_each_other() -> None:
    found = read_bytes("k.xml", document(FIRST, LAST))
    assert (found.rejected, found.until, amounts(found)) == ((), DAY, ["60.00", "-10.00"])
    missing = Statement([], [("ITBD", "60.00"), ("CLBD", "50.00")], page=(2, True))

    assert told(FIRST, missing) == [
        (1, "Opening 60,00 + entries 0,00 is not closing 50,00. An entry is missing."),
        (1, "Opening 0,00 + entries 60,00 is not closing 50,00. An entry is missing."),
    ]


def test_a_page_in_the_middle_has_two_interim_balances() -> None:
    middle = Statement([TWO], [("ITBD", "60.00"), ("ITBD", "50.00")], page=(2, False))
    end = Statement([], [("ITBD", "50.00"), ("CLBD", "50.00")], page=(3, True))
    wrong = Statement([TWO], [("ITBD", "60.00"), ("ITBD", "51.00")], page=(2, False))

    assert told(FIRST, middle, end) == []
    assert told(wrong) == [
        (1, "Opening 60,00 + entries -10,00 is not closing 51,00. An entry is missing.")
    ]


@pytest.mark.parametrize(
    ("number", "last"), [(3, True), (1, True), (1, False)], ids=["left out", "again", "restarted"]
)
def test_a_page_that_is_missing_or_stands_twice_is_told(number: int, last: bool) -> None:
    other = Statement([TWO], page=(number, last))

    ((at, reason),) = told(FIRST, other)
    assert at == 2
    assert reason.startswith(f"Page {number} of the statement S1 comes after page 1: a page is")


def test_nothing_comes_after_the_last_page() -> None:
    assert told(LAST, Statement([ONE], page=(3, True)))[0][1].startswith("Page 3 of the statement")


def test_a_page_whose_other_pages_are_elsewhere_is_read_and_covers_no_day_to_its_end() -> None:
    whole_day = Statement(
        [ONE], page=(1, False), until="2026-11-20T23:59:59", totals=totals(9, "9")
    )

    assert read_bytes("k.xml", document(whole_day)).until is None
    assert told(whole_day) == []
    assert read_bytes("k.xml", document(LAST)).until == DAY


def test_a_page_may_state_what_it_has_or_what_the_whole_statement_has() -> None:
    def pages(first: str, last: str) -> list[tuple[int, str]]:
        return told(
            Statement([ONE], page=(1, False), totals=first),
            Statement([TWO], page=(2, True), totals=last),
        )

    assert pages(totals(1, "60.00"), totals(1, "10.00")) == []
    assert pages(totals(2, "70.00"), totals(2, "70.00")) == []
    assert [number for number, _ in pages(totals(3, "70.00"), totals(2, "70.00"))] == [1]


def test_the_pages_of_a_message_count_where_a_statement_has_none() -> None:
    data = document(Statement([ONE], until="2026-11-20T23:59:59"), version=2, page=(1, False))

    assert read_bytes("k.xml", data).until is None


def test_one_notification_may_have_several_pages() -> None:
    pages = [
        Statement([ONE], page=(1, False)),
        Statement([TWO], page=(2, True), totals=totals(2, "70.00")),
    ]
    found = read_bytes("k.xml", document(*pages, form="camt.054"))

    assert (amounts(found), found.rejected) == (["60.00", "-10.00"], ())


def test_an_announced_page_does_not_hide_an_entry_that_is_missing() -> None:
    waits = Statement([Entry("5.00", status="INFO")], page=(2, True), totals=totals(2, "65.00"))

    assert told(Statement([ONE], page=(1, False)), waits) == []
    foreign = document(Statement([ONE], page=(1, False)), waits).replace(
        b'<Amt Ccy="DKK">5.00', b'<Amt Ccy="EUR">5.00'
    )
    assert [number for number, _ in why(read_bytes("k.xml", foreign))] == [2, 2]


# safety


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32"])
def test_a_doctype_hides_in_no_other_encoding(codec: str) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'

    with pytest.raises(RefusedError, match=r"encoding|cannot be read"):
        read_bytes("k.xml", text.encode(codec))


def test_a_file_of_too_many_parts_is_refused() -> None:
    body = b"<a/>" * (xmlread.MOST + 1)

    with pytest.raises(RefusedError, match="more than 2000000 parts"):
        read_bytes("k.xml", b"<Document>" + body + b"</Document>")
    assert len(body) < files.LARGEST


def test_attributes_are_parts_as_well() -> None:
    attributes = " ".join(f'a{n}=""' for n in range(xmlread.MOST))

    with pytest.raises(RefusedError, match="more than 2000000 parts"):
        read_bytes("k.xml", f"<Document {attributes}/>".encode())


@pytest.mark.parametrize("layers", [61, 200])
def test_an_entry_that_goes_on_below_is_refused(layers: int) -> None:
    deep = "<a>" * layers + "</a>" * layers
    data = document(Statement([Entry("1.00")])).replace(b"</Ntry>", f"{deep}</Ntry>".encode())

    with pytest.raises(RefusedError, match="nested deeper than 64"):
        read_bytes("k.xml", data)


def test_an_entry_of_sixty_four_layers_is_read() -> None:
    deep = "<a>" * 60 + "</a>" * 60
    data = document(Statement([Entry("1.00")])).replace(b"</Ntry>", f"{deep}</Ntry>".encode())

    assert amounts(read_bytes("k.xml", data)) == ["1.00"]


def test_entries_and_statements_count_only_where_they_belong() -> None:
    inner = Statement([Entry("1.00")]).xml("camt.053", 8)
    elsewhere = f"<Other>{inner}</Other>" + Entry("2.00").xml(8)
    data = document(Statement([Entry("3.00")])).replace(
        b"</BkToCstmrStmt>", f"{elsewhere}</BkToCstmrStmt>".encode()
    )

    assert amounts(read_bytes("k.xml", data)) == ["3.00"]
    with pytest.raises(RefusedError, match="is not an account statement"):
        read_bytes("k.xml", b"<Ntry><Amt/></Ntry>")
    with pytest.raises(RefusedError, match="is not an account statement"):
        read_bytes("k.xml", b"<Stmt/>")


def test_a_file_of_two_messages_is_neither() -> None:
    data = document(Statement([ONE])).replace(
        b"</Document>", b"<BkToCstmrDbtCdtNtfctn/></Document>"
    )

    with pytest.raises(RefusedError, match="is not an account statement"):
        read_bytes("k.xml", data)


_READING = """
import re, sys
from mikroledger.importers import camt
def peak():  # kB of this program alone, unlike ru_maxrss
    return int(re.search("VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1])
data = sys.stdin.buffer.read()
camt.read("warm.xml", data[: data.index(b"<Ntry>")] + b"</Stmt></BkToCstmrStmt></Document>", "")
before = peak()
found = camt.read("k.xml", data, "")
print(peak() - before)
print(sum(len(line.parts) for line in found.bank), sum(line.amount for line in found.bank))
"""


def test_fifteen_thousand_payments_are_not_kept_as_a_tree() -> None:
    entries = [Entry("3.00", [Pay("1.00", ID)] * 3, f"A{n}") for n in range(5000)]
    data = document(Statement(entries, [("OPBD", "0")], totals=totals(5000, "15000.00")))
    done = subprocess.run(
        [sys.executable, "-c", _READING], input=data, capture_output=True, check=True
    )
    grown, parts, total = done.stdout.split()

    assert (int(parts), Decimal(total.decode())) == (15_000, Decimal(15_000))
    assert int(grown) * 1024 < 5 * len(data)  # the tree alone is ten times as large
