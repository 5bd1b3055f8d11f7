"""`match` and `debtor payer` as a person runs them."""

from pathlib import Path

import pytest
from tool import Tool

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="DKK">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def entry(amount: str, ref: str, text: str, day: str = "2011-05-03", way: str = "CRDT") -> str:
    return ENTRY.format(amount=amount, ref=ref, text=text, day=day, way=way)


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A book with two loans that are paid out."""
    tool = Tool(tmp_path)
    tool("init", str(tool.book))
    for number in (1, 2):
        who = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
        tool("debtor", "add", f"D000{number}", *who)
        terms = ("--decided", "2011-03-25", "--instalments", "20", "--first-due", "2011-06-01")
        tool("approve", "--debtor", f"D000{number}", "--principal", "20000", *terms)
        order = ("disburse", f"L2011-000{number}", "20000", "--on", "2011-05-02")
        done = tool.json(*order, "--ref", f"PAY-{number}")
        tool("countersign", done["id"], by="bok")
    return tool


def statement(tool: Tool, *entries: str) -> None:
    tool("import", tool.file(f"{len(entries)}.xml", CAMT.format(entries="".join(entries))))


def test_what_waits_is_shown_and_placed(tool: Tool) -> None:
    statement(
        tool,
        entry("20000.00", "A1", "PAY-1", way="DBIT"),
        entry("20000.00", "A2", "PAY-2", way="DBIT"),
        entry("1000.00", "A3", "tak for lånet"),
    )
    shown = tool.json("match", "--dry-run")
    (item,) = shown["open"]
    assert (item["kind"], item["amount"], item["day"]) == ("suspense", "1000.00", "2011-05-03")
    assert {c["target"] for c in item["candidates"]} == {"L2011-0001", "L2011-0002"}
    assert shown["matched"] == []
    listed = tool("match").output
    assert "instalment 1 of 1.000,00 kr. is due" in listed
    assert "1 wait" in listed

    act = ("match", f"suspense:{item['id']}", "L2011-0001=400", "L2011-0002")
    done = tool(*act, "--reason", "delt")
    assert "Booked" in done.output
    assert tool.json("match")["open"] == []
    assert tool.json("show", "L2011-0001")["outstanding"] == "19600.00"


def test_a_row_that_has_nothing_to_show_is_shown_by_its_voucher(tool: Tool) -> None:
    head = (
        "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
        "Afgørelse;Reference;Bruger"
    )
    row = "03-05-2011;70031;9.32.25;5;065;6.0;Omp. bilag 70030;500,00;;;;anl"
    tool("import", tool.file("liste.csv", f"{head}\n{row}\n"))
    assert "70031/2011" in tool("match").output


def test_what_is_certain_by_now_is_booked(tool: Tool) -> None:
    head = (
        "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
        "Afgørelse;Reference;Bruger"
    )
    later = "04-05-2011;70031;9.32.25;5;065;6.0;Omp. bilag 70030;20.000,00;;;;anl"
    first = "03-05-2011;70030;5.58.80;1;065;5.2;§ 65;20.000,00;;;PAY-1;anl"
    tool("import", tool.file("b.csv", f"{head}\n{later}\n"))
    tool("import", tool.file("a.csv", f"{head}\n{first}\n"))
    before = tool.tree()
    assert "Dry run" in tool("match", "--dry-run", "--by", "reg").output
    assert tool.tree() == before
    (matched,) = tool.json("match")["matched"]
    assert matched["outcome"] == "booked"
    assert "0 wait" in tool("match").output


def test_an_order_must_say_where(tool: Tool) -> None:
    tool("match", "000001", "--reason", "x", code=2)
    tool("match", "000001", "L2011-0001", "--not-ours", "--reason", "x", code=2)
    tool("match", "000001", "L2011-0001=1.500", "--reason", "x", code=2)
    tool("match", "000999", "L2011-0001", "--reason", "x", code=4)


def test_a_payers_text_is_used_by_the_next_import(tool: Tool) -> None:
    order = ("debtor", "payer", "D0001", "fast 4711", "--contains")
    assert "nothing was kept" in tool(*order, "--dry-run").output
    assert tool.json(*order) == {"debtor": "D0001", "outcome": "booked"}
    assert tool.json(*order)["outcome"] == "already"
    assert tool.json("debtor", "payer", "D0001") == [
        {"text": "fast 4711", "how": "contains", "loan": ""}
    ]
    assert "fast 4711" in tool("debtor", "payer", "D0001").output
    statement(tool, entry("700.00", "A1", "Overførsel FAST 4711 maj"))
    assert tool.json("show", "L2011-0001")["repaid"] == "700.00"
    text = "".join(p.read_text() for p in tool.book.rglob("*.beancount"))
    assert "4711" not in text  # personal data stays in the register

    assert "Kept" in tool(*order, "--remove").output
    assert "Nothing to change" in tool(*order, "--remove").output


def test_a_payers_loan_must_be_the_debtors_own(tool: Tool) -> None:
    order = ("debtor", "payer", "D0001", "fast 4711", "--loan")
    tool(*order, "L2011-0002", code=4)
    tool(*order, "L2011-0001")
    assert tool.json("debtor", "payer", "D0001")[0]["loan"] == "L2011-0001"
