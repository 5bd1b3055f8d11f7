"""`import` of camt and Nets files on a real book, and the bad files that leave it as it is."""

from itertools import permutations
from pathlib import Path

import pytest
from camts import Entry, Pay, Statement, document, totals
from test_importers_nets import START as NETS_START
from test_importers_nets import automatic, begin, delivery, end, finish, slip
from tool import Tool

from mikroledger.domain import fik

ID = fik.payment_id("L2026-0001", 1)
PAID = (Pay("1000.00", ID), Pay("475.00", fik.payment_id("L2020-0009")))
LUMP = document(
    Statement([Entry("1475.00", ref="A1")], [("OPBD", "0.00"), ("CLBD", "1475.00")], id="S1")
)
NOTICES = document(Statement([Entry("1475.00", PAID, "A1")]), form="camt.054")
BACK = document(
    Statement(
        [Entry("-1000.00", [Pay("-1000.00", ID)], "A1", reversal=True, day="2026-11-23")],
        id="S2",
        day="2026-11-23",
    )
)


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A book with one loan that was paid out."""
    tool = Tool(tmp_path)
    tool.day = "2026-01-02"
    tool("init", str(tool.book))
    tool("debtor", "add", "D0001", "--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 By")
    terms = ("--instalments", "20", "--first-due-after", "1m")
    tool("approve", "--debtor", "D0001", "--principal", "20000", *terms)
    order = tool.json("disburse", "L2026-0001", "20000", "--ref", "PAY-1")
    tool("countersign", order["id"], by="mkj")
    tool.day = "2026-11-24"
    return tool


def put(tool: Tool, name: str, data: bytes) -> str:
    path = tool.folder / name
    path.write_bytes(data)
    return str(path)


def took(tool: Tool, name: str, data: bytes, code: int = 0) -> dict[str, object]:
    (done,) = tool.json("import", put(tool, name, data), code=code)
    return {key: done[key] for key in ("format", "rows", "booked", "already", "suspense", "sum")}


def owed(tool: Tool) -> tuple[str, str]:
    shown = tool.json("show", "L2026-0001")
    return shown["outstanding"], shown["repaid"]


def test_a_sum_on_the_statement_and_its_notices_is_booked_once(tool: Tool) -> None:
    assert took(tool, "k.xml", LUMP) == {
        "format": "camt.053",
        "rows": 1,
        "booked": 0,
        "already": 0,
        "suspense": 1,
        "sum": "1475.00",
    }
    assert owed(tool) == ("20000.00", "0.00")
    assert took(tool, "a.xml", NOTICES) == {
        "format": "camt.054",
        "rows": 2,
        "booked": 1,
        "already": 0,
        "suspense": 1,
        "sum": "1475.00",
    }
    assert owed(tool) == ("19000.00", "1000.00")
    before = tool.tree()
    assert took(tool, "k.xml", LUMP)["already"] == took(tool, "a.xml", NOTICES)["already"] == 1
    assert tool.tree() == before
    took(tool, "b.xml", BACK)

    assert owed(tool) == ("20000.00", "0.00")
    history = [entry["kind"] for entry in tool.json("show", "L2026-0001")["history"]]
    assert history.count("repay") == history.count("reverse") == 1
    tool("check", "--full")
    tool("verify")


def test_nets_and_the_caseworker_tell_the_same_payment(tool: Tool) -> None:
    records = (NETS_START, begin("0215"), slip(due=100000, payer=ID), finish("0215", 1))
    nets = delivery(*records, end(1, 1))
    assert took(tool, "nets.txt", nets)["booked"] == 1
    tool("repay", "L2026-0001", "1000", "--on", "2026-11-04", "--ref", "K1")

    assert owed(tool) == ("19000.00", "1000.00")
    assert took(tool, "nets.txt", nets)["already"] == 1
    kinds = [entry["kind"] for entry in tool.json("show", "L2026-0001")["history"]]
    assert kinds.count("confirm") == 1


def test_every_order_on_a_real_book_ends_the_same(tool: Tool) -> None:
    ends = set()
    for number, (first, second) in enumerate(permutations((("k.xml", LUMP), ("a.xml", NOTICES)))):
        other = Tool(tool.folder / str(number))
        other.day = tool.day
        backup = str(tool.folder / f"{number}.zip")
        tool("backup", backup)
        other.folder.mkdir()
        tool("restore", backup, str(other.book), "--yes")
        for name, data in (first, second):
            took(other, name, data)
        ends.add(owed(other))

    assert ends == {("19000.00", "1000.00")}


@pytest.mark.parametrize(
    ("name", "data", "code", "message"),
    [
        ("pdng.xml", LUMP.replace(b"BOOK", b"XXXX"), 1, "line 1: The entry has status 'XXXX'"),
        ("euro.xml", LUMP.replace(b"DKK", b"EUR"), 1, "line 1: The currency is EUR"),
        (
            "short.xml",
            LUMP.replace(
                b"1475.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>",
                b"1475.01</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>",
            ),
            1,
            "line 1: Opening 0,00 + entries 1.475,00 is not closing 1.475,01",
        ),
        (
            "count.xml",
            document(Statement([Entry("1.00")], totals=totals(2, "1.00")), form="camt.054"),
            1,
            "line 1: The bank says 2 (TtlNtries); the entries give 1",
        ),
        ("cut.xml", NOTICES[:-30], 4, "cut.xml: The XML cannot be read"),
        ("dtd.xml", b"<!DOCTYPE a><a/>", 4, "dtd.xml: The XML has a DOCTYPE"),
        ("deep.xml", b"<a>" * 200_000, 4, "deep.xml: The XML is nested deeper than 64"),
        (
            "u7.xml",
            b'<?xml version="1.0" encoding="utf-7"?><a/>',
            4,
            "encoding (utf-7) is refused",
        ),
        (
            "052.xml",
            NOTICES.replace(b"BkToCstmrDbtCdtNtfctn", b"BkToCstmrAcctRpt"),
            4,
            "052.xml: The file is camt.052",
        ),
        (
            "n1.txt",
            delivery(NETS_START, begin("0211"), automatic(), finish("0211", 2), end(1, 1)),
            1,
            "line 4: The end record says 2 records 042; there are 1",
        ),
        (
            "n2.txt",
            delivery(NETS_START, begin("0211"), automatic()),
            4,
            "n2.txt: The Nets delivery ends without its end record",
        ),
    ],
)
def test_a_bad_file_leaves_the_book_as_it_is(
    name: str, data: bytes, code: int, message: str, tool: Tool
) -> None:
    before = tool.tree()
    done = tool("import", put(tool, name, data), code=code)

    assert message in done.output
    assert tool.tree() == before


def test_a_notice_that_changed_is_refused_and_nothing_of_its_file_is_booked(tool: Tool) -> None:
    took(tool, "a.xml", NOTICES)
    before = tool.tree()
    changed = NOTICES.replace(b">1000.00<", b">1001.00<").replace(b">1475.00<", b">1476.00<")
    done = tool("import", put(tool, "a.xml", changed), code=4)

    assert "now it is 1.001,00 kr." in done.output
    assert tool.tree() == before


def test_a_dry_run_of_notices_books_nothing(tool: Tool) -> None:
    before = tool.tree()
    (done,) = tool.json("import", put(tool, "a.xml", NOTICES), "--dry-run")

    assert (done["booked"], done["commit"]) == (1, "")
    assert tool.tree() == before
