"""Aarhus 2011 by the command line alone: every loan's balance, finding, reason and letter."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from fakes import ROOT
from tool import Tool

DATA = ROOT / "ledger" / "aarhus-2011"
GRANTED = [42000, 20000, 5000, 12000, 15000, 25000, 18000, 10000, 30000, 8000, 35000, 22000]
LOANS = [f"L2011-{n:04d}" for n in range(1, 13)]
WRONG = {
    "L2011-0002": ("ML101", "20000.00"),
    "L2011-0005": ("ML101", "15000.00"),
    "L2011-0006": ("ML111", "10000.00"),
    "L2011-0007": ("ML101", "18000.00"),
    "L2011-0008": ("ML101", "10000.00"),
    "L2011-0009": ("ML101", "30000.00"),
}
ORDERED = (1, 2, 3, 4, 6, 7, 8)
OUTSTANDING = [39000, 17550, 4000, 11000, 12500, 22500, 17500, 9500, 30000, 8000, 32500, 22000]
ARREARS = [0, 50, 0, 1500, 0, 0, 2000, 2000, 2500, 1000, 0, 0]


def approve(tool: Tool, name: str) -> None:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            words = ["approve", "--kind", row["kind"], "--debtor", row["debtor"]]
            words += ["--principal", row["principal"], "--decided", row["decided"]]
            words += ["--decision", row["decision"], "--centre", row["centre"]]
            words += ["--support", row["support"]]
            if row["kind"] == "loan":
                words += ["--instalment", row["instalment"], "--first-due", row["first_due"]]
                words += ["--promised", row["promised"]]
            tool(*words)


def disburse(tool: Tool, number: int) -> None:
    loan, amount = LOANS[number - 1], str(GRANTED[number - 1])
    made = tool.json("disburse", loan, amount, "--ref", f"PAY-{number}", by="anl")
    tool("countersign", made["id"], by="anl", code=4)
    tool("countersign", made["id"], by="kas")


def accounts(tool: Tool) -> dict[str, Decimal]:
    return {loan: Decimal(tool.json("show", loan)["account"]) for loan in LOANS[:11]}


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The municipality on the morning of 6 May 2011, with the ERP's list imported."""
    tool = Tool(tmp_path_factory.mktemp("aarhus"))
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    policy = tool.book / "policy.beancount"
    policy.write_text(policy.read_text() + (DATA / "policy.beancount").read_text())
    tool("debtor", "import", str(DATA / "debtors.csv"))
    approve(tool, "decisions.csv")
    tool.day = "2011-05-02"
    for number in ORDERED:
        disburse(tool, number)
    return tool


def test_the_incident_of_2011_cannot_happen_again(tool: Tool) -> None:
    payout_day(tool)
    misbooked(tool)
    corrected(tool)
    later(tool)


def payout_day(tool: Tool) -> None:
    """2 May: the money comes, and nobody is reminded."""
    proposal = tool.json("remind", "--dry-run")
    assert (proposal["letters"], proposal["held"]) == ([], [])
    assert tool.json("remind", "--yes", by="nat")["made"] == []


def misbooked(tool: Tool) -> None:
    """6 May: the ERP shows loans as grants; each is found, and each letter is held."""
    tool.day = "2011-05-06"
    lists = [str(DATA / "posteringer-2011-05.csv"), str(DATA / "kontoudtog-2011-05.csv")]
    done = tool.json("import", *lists, by="reg")
    assert [(d["rows"], d["booked"], d["suspense"]) for d in done] == [(20, 20, 0), (11, 11, 0)]
    found = tool.json("check", code=1)["findings"]
    told = {f["loan"]: (f["code"], f["amount"]) for f in found if f["code"] != "ML105"}
    assert told == WRONG
    refund = [(f["loan"], f["amount"]) for f in found if f["code"] == "ML105"]
    assert refund == [("L2011-0008", "5000.00")]
    stands = accounts(tool)
    for loan, granted in list(zip(LOANS, GRANTED, strict=True))[:11]:
        wrong = Decimal(WRONG[loan][1]) if loan in WRONG else Decimal(0)
        assert stands[loan] == granted - wrong, loan
        shown = tool.json("show", loan)
        assert Decimal(shown["outstanding"]) == granted
        assert Decimal(shown["misbooked"]) == wrong
    proposal = tool.json("remind", "--dry-run")
    assert proposal["letters"] == []
    held = {h["loan"]: [r["code"] for r in h["reasons"]] for h in proposal["held"]}
    assert set(held) == set(WRONG)
    assert all("BOOKED-RIGHT" in codes for codes in held.values())
    assert tool.json("remind", "--yes", by="nat")["made"] == [
        {
            "loan": loan,
            "kind": "payout",
            "level": 0,
            "file": f"letters/2011/{loan}-payout-2011-05-06.pdf",
        }
        for loan in ("L2011-0010", "L2011-0011")
    ]


def corrected(tool: Tool) -> None:
    """9 May: two persons correct; a day later the borrowers get their plan; the ERP agrees."""
    tool.day = "2011-05-09"
    proposed = tool.json("reclassify", "--all", "--yes", by="reg")
    assert sorted(p["loan"] for p in proposed) == sorted(WRONG)
    assert [p["outcome"] for p in tool.json("reclassify", "--all", "--yes", by="reg")] == (
        ["already"] * 6
    )
    for each in proposed:
        tool("countersign", each["id"], by="reg", code=4)
        tool("countersign", each["id"], by="led")
    assert tool.json("check")["findings"] == []
    assert accounts(tool) == {
        loan: Decimal(granted) for loan, granted in list(zip(LOANS, GRANTED, strict=True))[:11]
    }
    assert {tool.json("show", loan)["paid_out"] for loan in LOANS[:11]} == {"2011-05-02"}
    assert tool.json("remind", "--yes", by="nat")["made"] == []
    tool.day = "2011-05-10"
    told = tool.json("remind", "--yes", by="nat")["made"]
    assert sorted((m["loan"], m["kind"]) for m in told) == [(loan, "payout") for loan in WRONG]
    vouchers = list((tool.book / "letters/2011").glob("*-voucher-*.pdf"))
    assert len(vouchers) == 6
    tool.day = "2011-06-06"
    before = accounts(tool)
    done = tool.json("import", str(DATA / "posteringer-2011-06.csv"), by="reg")
    assert done[0]["booked"] == 13
    assert accounts(tool) == before
    assert tool.json("check")["findings"] == []


def later(tool: Tool) -> None:
    """12 January: those who are really late get a letter, and nobody else."""
    tool.day = "2011-09-28"
    for loan in ("L2011-0007", "L2011-0008"):
        tool(
            "defer",
            loan,
            "--from",
            "01-10-2011",
            "--until",
            "31-03-2012",
            "--reason",
            "afgørelse",
        )
    tool.day = "2011-11-15"
    approve(tool, "decisions-november.csv")
    disburse(tool, 12)
    tool("import", str(DATA / "posteringer-2011-11.csv"), by="reg")
    tool.day = "2012-01-12"
    tool("import", str(DATA / "kontoudtog-2012-01.csv"), by="reg")
    proposal = tool.json("remind", "--dry-run")
    assert {(p["loan"], p["level"], p["amount"]) for p in proposal["letters"]} == {
        ("L2011-0004", 1, "1500.00"),
        ("L2011-0009", 1, "2500.00"),
        ("L2011-0010", 1, "1000.00"),
    }
    assert {h["loan"]: [r["code"] for r in h["reasons"]] for h in proposal["held"]} == {
        "L2011-0002": ["ARREARS-MATTER"],
        "L2011-0007": ["NO-HOLD"],
        "L2011-0008": ["NO-HOLD"],
    }
    assert proposal["nothing_due"] == 6
    made = tool.json("remind", "--proposal", proposal["proposal"], by="nat")["made"]
    assert len(made) == 3
    assert tool.json("remind", "--yes", by="nat")["made"] == []
    rows = tool.json("list")
    assert [Decimal(row["outstanding"]) for row in rows] == OUTSTANDING
    assert [Decimal(row["arrears"]) for row in rows] == ARREARS
    assert tool.json("check")["findings"] == []
    no_letter_too_early(tool)


def no_letter_too_early(tool: Tool) -> None:
    """No reminder was ever made on or before a payout day or before a pay-by day."""
    names = [path.name for path in Path(tool.book / "letters").rglob("*reminder*.pdf")]
    assert sorted(names) == [
        f"{loan}-reminder-1-2012-01-12.pdf" for loan in ("L2011-0004", "L2011-0009", "L2011-0010")
    ]


def test_the_twelve_are_those_of_the_report() -> None:
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    with (DATA / "decisions-november.csv").open(encoding="utf-8", newline="") as file:
        rows += list(csv.DictReader(file, delimiter=";"))
    support = [row["support"] for row in rows if row["kind"] == "loan"]

    assert (support.count("FP"), support.count("KH"), support.count("SD")) == (5, 6, 1)
    assert (min(GRANTED), max(GRANTED)) == (5000, 42000)
