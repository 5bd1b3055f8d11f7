"""`reconcile` by its command line, and a month from its first file to its closing."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import load_workbook
from tool import Tool

from mikroledger.journal.file import FileJournal

ERP = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
BANK = "Dato;Valørdato;Tekst;Beløb;Saldo;Reference\n"
GRANT_ROW = "02-05-2011;70010;5.58.80;1;065;5.2;§ 65;20.000,00;;2011-0001;PAY-1;anl\n"
LOAN_ROW = "02-05-2011;70011;9.32.25;5;065;6.0;§ 65-lån;10.000,00;;2011-0002;PAY-2;anl\n"
SUMS = (20000, 10000, 15000)


def debtor(tool: Tool, number: int) -> None:
    who = ("--name", "Ane Opdigtet", "--address", "Prøvevej 1; 9999 Eksempelby")
    tool("debtor", "add", f"D{number:04d}", *who)


def approve(tool: Tool, number: int) -> None:
    """Register an invented borrower, and grant a loan."""
    debtor(tool, number)
    terms = ("--instalments", "20", "--first-due", "2011-09-01", "--centre", "Nord")
    decided = ("--decided", "25-03-2011", "--decision", f"2011-{number:04d}")
    loan = ("--debtor", f"D{number:04d}", "--principal", str(SUMS[number - 1]))
    tool("approve", *loan, *decided, *terms)


def disburse(tool: Tool, number: int) -> None:
    loan, amount = f"L2011-{number:04d}", str(SUMS[number - 1])
    words = ("disburse", loan, amount, "--on", "02-05-2011", "--ref", f"PAY-{number}")
    tool("countersign", tool.json(*words)["id"], by="bok")


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A new book with a loan that the ERP has as a grant, and that the bank has paid."""
    tool = Tool(tmp_path)
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    approve(tool, 1)
    tool.day = "2011-05-31"
    disburse(tool, 1)
    tool("import", tool.file("erp.csv", ERP + GRANT_ROW), by="reg")
    bank = BANK + "02-05-2011;02-05-2011;NEMKONTO;-20.000,00;80.000,00;PAY-1\n"
    tool("import", tool.file("bank.csv", bank), by="reg")
    return tool


def test_a_difference_ends_with_one_and_names_the_item(tool: Tool) -> None:
    result = tool("reconcile", code=1)
    lines = [line.split() for line in result.stdout.splitlines() if line]
    assert lines[1][-3:] == ["20.000,00", "0,00", "20.000,00"]
    assert lines[3][-3:] == ["80.000,00", "80.000,00", "0,00"]
    assert lines[5][:2] == ["misbooked:PAY-1", "2011-05-02"]
    assert "A loan stands as grants (ML101)" in result.stdout
    assert "1 items are open" in result.stderr
    assert "--explain ITEM" in result.stderr


def test_what_it_says_as_json(tool: Tool) -> None:
    made = tool.json("reconcile", "--month", "2011-05", code=1)
    assert made["as_of"] == "2011-05-31"
    assert [
        {k: leg[k] for k in ("name", "left", "right", "difference")} for leg in made["legs"]
    ] == [
        {"name": "plan-ledger", "left": "20000.00", "right": "0.00", "difference": "20000.00"},
        {"name": "ledger-control", "left": "0.00", "right": "0.00", "difference": "0.00"},
        {"name": "payments-bank", "left": "80000.00", "right": "80000.00", "difference": "0.00"},
    ]
    (item,) = made["items"]
    assert item == {
        "id": "misbooked:PAY-1",
        "kind": "misbooked",
        "leg": "plan-ledger",
        "account": "Expenses:P65:Grants",
        "day": "2011-05-02",
        "explanation": "A loan stands as grants",
        "recipient": "D0001",
        "settlement": "2011-06-30",
        "amount": "20000.00",
        "difference": "20000.00",
        "age": 29,
        "owner": "reg",
        "loan": "L2011-0001",
        "payment": "PAY-1",
        "findings": ["ML101"],
        "status": "open",
        "reason": None,
        "explained_by": None,
    }
    assert made["statements"] == [
        {
            "account": "bank",
            "until": "2011-05-02",
            "book": "80000.00",
            "closing": "80000.00",
            "difference": "0.00",
        }
    ]
    grants = made["accounts"][1]
    assert (grants["account"], grants["book"], grants["erp"]) == (
        "Expenses:P65:Grants",
        "20000.00",
        "20000.00",
    )
    assert made["open"] == 1


def test_a_reason_makes_it_end_well(tool: Tool) -> None:
    order = ("reconcile", "--explain", "misbooked:PAY-1", "--reason", "rettes i juni")
    before = tool.tree()
    assert tool.json(*order, "--dry-run", by="reg")["outcome"] == "booked"
    assert tool.tree() == before
    made = tool.json(*order, by="reg")
    assert (made["outcome"], made["loan"], made["amount"]) == (
        "booked",
        "L2011-0001",
        "20000.00",
    )
    assert tool.json(*order, by="reg")["outcome"] == "already"
    found = tool.json("reconcile")
    assert [(i["status"], i["reason"], i["explained_by"]) for i in found["items"]] == [
        ("explained", "rettes i juni", "reg")
    ]
    said = tool("reconcile")
    assert "A loan stands as grants (ML101): rettes i juni" in said.stdout
    assert "no open items" in said.stderr


def test_as_it_stood_then(tool: Tool) -> None:
    tool.day = "2011-06-03"
    tool("reconcile", "--explain", "misbooked", "--reason", "rettes", by="reg")
    assert tool.json("reconcile")["open"] == 0
    then = tool.json("reconcile", "--known-on", "2011-05-31", code=1)
    assert (then["as_of"], then["open"]) == ("2011-05-31", 1)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--month", "2011-05", "--as-of", "2011-05-31"), 2, "either --month or --as-of"),
        (("--month", "maj"), 2, "Write it as 2011-05"),
        (("--control", "1.500"), 2, "can be read in two ways"),
        (("--control", "1", "--balances", "x.csv"), 2, "either --control or --balances"),
        (("--balances", "none.csv"), 2, "cannot be opened"),
        (("--explain", "misbooked"), 2, "--reason"),
        (("--explain", "x", "--reason", "y"), 4, "There is no item x"),
    ],
)
def test_wrong_uses(tool: Tool, words: tuple[str, ...], code: int, says: str) -> None:
    before = tool.tree()
    assert says in tool("reconcile", *words, code=code).output
    assert tool.tree() == before


def test_the_control_account_as_an_amount_and_as_a_list(tool: Tool) -> None:
    found = tool.json("reconcile", "--control", "1.234.567,89", code=1)
    assert found["legs"][1]["right"] == "1234567.89"
    assert found["legs"][1]["source"] == "control"
    assert [i["id"] for i in found["items"]] == ["misbooked:PAY-1", "control:9.32.25"]
    listed = tool.file("saldi.csv", "Konto;Saldo\n9.32.25.5.065;0,00\n9.22.05;1,00\n")
    found = tool.json("reconcile", "--balances", listed, code=1)
    assert (found["legs"][1]["source"], found["legs"][1]["difference"]) == ("balance-list", "0.00")
    own = tool.book / "maps" / "balances"
    own.mkdir(parents=True)
    (own / "vores.toml").write_text('name = "v"\n[fields]\naccount = "K"\namount = "S"\n')
    listed = tool.file("vores.csv", "K;S\n9.32.25.5.065;7,00\n")
    found = tool.json("reconcile", "--balances", listed, code=1)
    assert found["legs"][1]["right"] == "7.00"


def test_the_workbook_is_written_once_or_replaced(tool: Tool) -> None:
    out = tool.folder / "afstemning.xlsx"
    assert "Written" in tool("reconcile", "--out", str(out), code=1).stderr
    book = load_workbook(out, data_only=True)
    assert book.sheetnames[1:] == [
        "Reconciliation",
        "Loans",
        "Movements",
        "Open items",
        "Arrears",
        "Misbookings",
        "Checks",
        "Read me",
    ]
    front = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    ties = {row[0]: row[1:4] for row in front if row[4] in ("Agrees", "Differs")}
    assert ties["Items: Plan against ledger"] == [20000, 20000, 0]
    assert "is there already" in tool("reconcile", "--out", str(out), code=4).output
    content = out.read_bytes()
    tool("reconcile", "--out", str(out), "--replace", code=1)
    assert out.read_bytes() == content
    tool.env["MIKROLEDGER_LANG"] = "da"
    tool("reconcile", "--out", str(out), "--replace", code=1)
    assert "Afstemningsposter" in load_workbook(out).sheetnames


def test_it_speaks_danish(tool: Tool) -> None:
    tool.env["MIKROLEDGER_LANG"] = "da"
    said = tool("reconcile", code=1)
    assert "Et lån står som tilskud (ML101)" in said.stdout
    assert "1 poster er åbne" in said.stderr
    assert "kan ikke lukkes: 1 poster" in closing_refused(tool)


def closing_refused(tool: Tool) -> str:
    tool.day = "2011-06-01"
    for who in ("reg", "bok"):
        tool("close", "2011-03", "--yes", by=who)
    return str(tool("close", "2011-05", "--yes", code=4).output)


def test_an_edited_book_is_not_reconciled(tool: Tool) -> None:
    (commit,) = (tool.book / "journal/2011-03").glob("000001-*.beancount")
    commit.write_text(commit.read_text() + "; rettet i hånden\n")
    tool("reconcile", "--explain", "misbooked", "--reason", "x", code=3)
    assert "Warning" in tool("reconcile", "--as-of", "2011-04-30", code=1).stderr


# A month, whole


def faults(tool: Tool) -> None:
    """Import a month's bank and ERP, with one fault of each kind in them."""
    erp = (
        GRANT_ROW  # a loan booked as a grant, with refund claimed on it
        + LOAN_ROW
        + "03-05-2011;70012;9.32.25;5;065;6.0;§ 65-lån;15.000,00;;2011-0003;PAY-3;anl\n"
        + "20-05-2011;70013;5.58.80;2;002;8.6;refusion;-10.000,00;;2011-0001;;anl\n"
        + "23-05-2011;70014;9.32.25;5;065;6.0;ukendt;-77,00;;;;anl\n"
    )
    bank = (
        "02-05-2011;02-05-2011;NEMKONTO;-20.000,00;80.000,00;PAY-1\n"
        "02-05-2011;02-05-2011;NEMKONTO;-10.000,00;70.000,00;PAY-2\n"
        "03-05-2011;03-05-2011;NEMKONTO;-15.000,00;55.000,00;PAY-3\n"
        "05-05-2011;05-05-2011;RETUR;15.000,00;70.000,00;PAY-3\n"
        "16-05-2011;16-05-2011;INDBETALING;500,00;70.500,00;FI-1\n"
    )
    tool("import", tool.file("erp-maj.csv", ERP + erp), by="reg")
    tool("import", tool.file("bank-maj.csv", BANK + bank), by="reg")


def settle(tool: Tool) -> None:
    """Settle what can be settled, as a person does who has looked into each item."""
    for made in tool.json("reclassify", "--all", "--yes", by="reg"):
        tool("countersign", made["id"], by="bok")
    history = tool.json("show", "L2011-0003")["history"]
    (paid,) = (h["id"] for h in history if h["kind"] == "disburse")
    undone = tool.json("reverse", paid, "--reason", "kom retur", by="reg")
    tool("countersign", undone["id"], by="bok")
    tool("repay", "L2011-0002", "500", "--on", "16-05-2011", "--ref", "FI-1", by="reg")


def open_items(tool: Tool, code: int = 1) -> dict[str, str]:
    items = tool.json("reconcile", "--month", "2011-05", code=code)["items"]
    return {i["kind"]: i["amount"] for i in items if i["status"] == "open"}


def begun(folder: Path) -> Tool:
    """Make a book, and pay three loans out."""
    tool = Tool(folder)
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    for number in (1, 2, 3):
        approve(tool, number)
    tool.day = "2011-05-03"
    for number in (1, 2, 3):
        disburse(tool, number)
    return tool


def closed(tool: Tool, month: str, *words: str) -> Any:
    """Close a month as two persons do, and return what the second one is told."""
    waits = tool.json("close", month, *words, "--yes", by="reg")
    assert waits["outcome"] == "proposed"
    return tool.json("countersign", waits["id"], by="led")


def test_a_month_from_its_files_to_its_closing(tmp_path: Path) -> None:
    tool = begun(tmp_path)
    tool.day = "2011-05-31"
    faults(tool)
    assert open_items(tool) == {
        "misbooked": "20000.00",
        "refund": "-10000.00",
        "unplaced": "-77.00",
        "returned": "-15000.00",
        "suspense": "-500.00",
    }
    settle(tool)
    assert open_items(tool) == {"unplaced": "-77.00"}
    why = ("--reason", "bilag 70014 tilbageføres i juni")
    tool("reconcile", "--explain", "unplaced", *why, by="reg")
    saldi = tool.file("saldi.csv", "Konto;Saldo\n9.32.25.5.065;24.923,00\n")
    reconciled(tool, saldi)
    tool.day = "2011-06-01"
    closed(tool, "2011-03")
    told = closed(tool, "2011-05", "--balances", saldi)["report"]
    assert (told["prepared"], told["reviewed"]) == ("reg", "led")
    assert [leg["difference"] for leg in told["legs"]] == ["0.00"] * 3
    loans = next(a for a in told["accounts"] if a["account"] == "Assets:Loans:P65")
    assert (loans["opening"], loans["closing"]) == ("0.00", "29500.00")
    assert [(f["code"], f["amount"]) for f in told["findings"]] == [("ML209", "77.00")]
    late = tool.json("repay", "L2011-0001", "500", "--on", "2011-05-30", "--ref", "FI-2")
    (entry,) = FileJournal(tool.book).read().by_id[late["id"]]
    assert (str(entry.day), str(entry.value)) == ("2011-06-01", "2011-05-30")
    assert open_items(tool, code=0) == {}
    tool("verify")


def reconciled(tool: Tool, saldi: str) -> None:
    """Assert that a settled month reconciles to 0,00, in its workbook too."""
    book = tool.folder / "afstemning.xlsx"
    words = ("--month", "2011-05", "--balances", saldi, "--out", str(book))
    done = tool.json("reconcile", *words)
    assert [(leg["left"], leg["difference"]) for leg in done["legs"]] == [
        ("29500.00", "0.00"),
        ("29500.00", "0.00"),
        ("70500.00", "0.00"),
    ]
    assert done["open"] == 0
    front = load_workbook(book, data_only=True).worksheets[0]
    results = [cell.value for cell in front["E"] if cell.value]
    assert results == ["Result", *["Agrees"] * 11]


def told_in_words(tool: Tool, month: str) -> Result:
    """Close a month, and return what the second person reads."""
    tool("close", month, "--yes", by="reg")
    return tool("close", month, "--yes", by="bok")


def a_grant_in_november(folder: Path) -> Tool:
    tool = Tool(folder)
    tool.day = "2011-11-02"
    tool("init", str(tool.book))
    approve(tool, 1)
    made = tool.json("disburse", "L2011-0001", "20000", "--on", "2011-11-01", "--ref", "PAY-1")
    tool("countersign", made["id"], by="bok")
    grant = "02-11-2011;70010;5.58.80;1;065;5.2;§ 65;20.000,00;;2011-0001;PAY-1;anl\n"
    tool("import", tool.file("erp.csv", ERP + grant), by="reg")
    bank = BANK + "01-11-2011;01-11-2011;NEMKONTO;-20.000,00;80.000,00;PAY-1\n"
    tool("import", tool.file("bank.csv", bank), by="reg")
    return tool


def test_the_report_of_a_year_in_words(tmp_path: Path) -> None:
    tool = a_grant_in_november(tmp_path)
    tool.day = "2012-01-05"
    tool("reconcile", "--month", "2011-11", "--explain", "misbooked", "--reason", "rettes i 2012")
    told_in_words(tool, "2011-03")
    told_in_words(tool, "2011-11")
    said = told_in_words(tool, "2011-12")
    assert "Month 2011-12. Prepared by reg, reviewed by bok." in said.stdout
    assert "Finding left: ML101" in said.stderr
    assert "Specification" not in said.stdout
    (made,) = tool.json("reclassify", "--all", "--yes", by="reg")
    tool("countersign", made["id"], by="bok")
    tool.day = "2013-01-05"
    said = told_in_words(tool, "2012-01")
    earlier = said.stdout.split("From earlier periods:")[1].split()
    head = ["Id", "Kind", "Date", "Value", "day", "Loan", "Amount", "Year"]
    row = [made["id"], "reclassify", "2012-01-05", "2011-11-01", "L2011-0001", "20.000,00", "2011"]
    assert earlier == [*head, *row]
    assert "Waiting for the ERP's lists: 1 items, 20.000,00 kr." in said.stdout
    tool("reconcile", "--month", "2012-12", "--explain", "ahead", "--reason", "rettes i ERP")
    tool.env["MIKROLEDGER_LANG"] = "da"
    said = told_in_words(tool, "2012-12")
    specified = said.stdout.split("Specifikation af lånekontoen:")[1].split()
    assert specified[5:] == ["L2011-0001", "D0001", "2011-11-01", "2013-04-01", "20.000,00"]
