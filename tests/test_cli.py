"""Each command by its command line: what it prints, its JSON, its exit code, its wrong uses."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner
from tool import Tool

from mikroledger.cli import output
from mikroledger.cli.app import App
from mikroledger.cli.main import main

HEAD = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
GRANT = (
    "02-05-2011;70010;5.58.80;1;065;5.2;§ 65 etablering;20.000,00;610190-0000;"
    "2011-0412;PAY-1;anl\n"
)
BANK = (
    "Dato;Valørdato;Tekst;Beløb;Saldo;Reference\n"
    "02-05-2011;02-05-2011;NEMKONTO;-20.000,00;80.000,00;PAY-1\n"
)
POLICY = """
1970-01-01 custom "mikroledger" "municipality" "Eksempel Kommune"
1970-01-01 custom "mikroledger" "phone" "00 00 00 00"
1970-01-01 custom "mikroledger" "creditor-number" "80000000"
"""


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A new book with one debtor and one approved loan."""
    return begun(tmp_path)


def begun(folder: Path) -> Tool:
    tool = Tool(folder)
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    policy = tool.book / "policy.beancount"
    policy.write_text(policy.read_text() + POLICY)
    tool(
        "debtor",
        "add",
        "D0001",
        "--name",
        "Ane Opdigtet",
        "--address",
        "Prøvevej 1; 9999 Eksempelby",
        "--cpr",
        "610190-0000",
    )
    tool(
        "approve",
        "--debtor",
        "D0001",
        "--principal",
        "20.000,00",
        "--decided",
        "25-03-2011",
        "--decision",
        "2011-0412",
        "--instalments",
        "20",
        "--first-due",
        "2011-09-01",
        "--centre",
        "Nord",
    )
    tool.day = "2011-05-06"
    return tool


def paid(tool: Tool) -> str:
    made = tool.json("disburse", "L2011-0001", "20.000,00", "--on", "02-05-2011", "--ref", "PAY-1")
    tool("countersign", made["id"], by="bok")
    return str(made["id"])


# the main line


def test_a_loan_from_decision_to_payout(tool: Tool) -> None:
    made = tool.json("disburse", "L2011-0001", "20000", "--on", "2.5.2011", "--ref", "PAY-1")
    assert made == {
        "id": "000002",
        "loan": "L2011-0001",
        "day": "2011-05-02",
        "amount": "20000.00",
        "outcome": "proposed",
        "commit": "000002",
    }
    assert tool.json("show", "L2011-0001")["account"] == "0.00"
    signed = tool.json("countersign", "000002", by="bok")
    assert (signed["id"], signed["outcome"]) == ("000002", "booked")
    letters = sorted(p.name for p in (tool.book / "letters" / "2011").iterdir())
    assert letters == [
        "L2011-0001-payout-2011-05-06.json",
        "L2011-0001-payout-2011-05-06.pdf",
    ]


def test_show_and_list_tell_the_loan(tool: Tool) -> None:
    paid(tool)
    tool("repay", "L2011-0001", "1.500,00", "--ref", "FI-1")
    data = tool.json("show", "L2011-0001", "--as-of", "2011-09-20")

    assert {k: data[k] for k in ("state", "principal", "disbursed", "repaid", "outstanding")} == {
        "state": "active",
        "principal": "20000.00",
        "disbursed": "20000.00",
        "repaid": "1500.00",
        "outstanding": "18500.00",
    }
    assert data["plan"][1] == {
        "number": 2,
        "due": "2011-10-01",
        "pay_by": "2011-10-03",
        "amount": "1000.00",
        "paid": "500.00",
    }
    assert [h["kind"] for h in data["history"]] == [
        "decision",
        "proposal",
        "disburse",
        "letter",
        "repay",
    ]
    assert tool.json("list")[0] == {
        "loan": "L2011-0001",
        "centre": "Nord",
        "state": "active",
        "principal": "20000.00",
        "outstanding": "18500.00",
        "arrears": "0.00",
        "days_past_due": 0,
        "next_due": "2011-10-01",
    }
    assert tool.json("show", "L2011-0001", "--known-on", "2011-04-01")["state"] == "approved"
    late = tool("show", "L2011-0001", "--as-of", "2011-12-20").stdout
    assert "Days past due" in late
    assert "18.500,00" in late
    assert "Days past due" not in tool("show", "L2011-0001").stdout
    assert "L2011-0001" in tool("list").stdout


def test_the_incident_by_hand(tool: Tool) -> None:
    paid(tool)
    listed = tool.json("import", tool.file("liste.csv", HEAD + GRANT, "cp1252"))
    assert listed[0]["booked"] == 1
    found = tool.json("check", code=1)["findings"]
    assert [(f["code"], f["loan"], f["amount"]) for f in found] == [
        ("ML101", "L2011-0001", "20000.00"),
    ]
    proposal = tool.json("remind", "--dry-run")
    assert proposal["letters"] == []
    assert "BOOKED-RIGHT" in [r["code"] for r in proposal["held"][0]["reasons"]]
    fixed = tool.json("reclassify", found[0]["id"], "--yes", by="reg")
    assert fixed[0]["outcome"] == "proposed"
    assert tool.json("check", code=1)["findings"][0]["waiting"] == fixed[0]["id"]
    assert "countersign" in tool("check", code=1).stdout
    tool("countersign", fixed[0]["id"], by="reg", code=4)
    tool("countersign", fixed[0]["id"], by="led")
    assert tool.json("check") == {"as_of": "2011-05-06", "findings": [], "ignored": 0}
    assert tool.json("show", "L2011-0001")["account"] == "20000.00"
    assert (tool.book / "letters/2011" / f"L2011-0001-voucher-{fixed[0]['id']}.pdf").exists()


def test_check_tells_findings_and_their_remedy(tool: Tool) -> None:
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    told = tool("check", "--loan", "L2011-0001", code=1).stdout
    assert told.startswith("ERROR ML101-")
    assert "mikroledger reclassify ML101-" in told
    assert "no loan" in tool("check", "--loan", "L2099-0001", code=4).stderr


def test_a_finding_without_a_remedy_and_a_held_loan_are_told(tool: Tool) -> None:
    other = GRANT.replace("2011-0412;PAY-1", ";").replace("20.000,00", "77,00-")
    tool("import", tool.file("liste.csv", HEAD + other))
    told = tool("check", code=1).stdout
    assert "ML209" in told
    assert "reclassify" not in told
    held = tool("remind", "--dry-run").stdout
    assert "Held  L2011-0001" in held
    assert "BOOKED-RIGHT: " in held


def test_a_payout_letter_goes_to_the_loan_that_was_signed_for(tool: Tool) -> None:
    tool(
        "import", tool.file("l.csv", HEAD + GRANT.replace("5.58.80;1;065;5.2", "9.32.25;5;065;6"))
    )
    tool("approve", "--debtor", "D0001", "--principal", "5000", "--instalments", "5")
    made = tool.json("disburse", "L2011-0002", "5000", "--ref", "P2")
    tool("countersign", made["id"], by="bok")
    names = [p.name for p in (tool.book / "letters/2011").glob("*.pdf")]
    assert names == ["L2011-0002-payout-2011-05-06.pdf"]


def test_check_explains_each_rule(tool: Tool) -> None:
    assert "Use instead" in tool("check", "--explain", "ml101").stdout
    assert "ML101" in tool("check", "--explain", "loan-as-grant").stdout
    assert "no rule" in tool("check", "--explain", "ML999", code=2).stderr


def test_explain_tells_every_condition(tool: Tool) -> None:
    paid(tool)
    data = tool.json("explain", "L2011-0001", "--as-of", "2011-05-02")
    assert data["decision"] == "nothing-due"
    assert len(data["conditions"]) == 12
    assert set(data["conditions"][0]) == {"code", "met", "text", "source", "evidence"}
    told = tool("explain", "L2011-0001").stdout
    assert "yes  BOOKED-RIGHT" in told
    assert "NO   PAST-PAY-BY" in told
    tool("import", tool.file("liste.csv", HEAD + GRANT))

    assert tool.json("explain", "L2011-0001")["decision"] == "hold"
    assert tool.json("explain", "L2011-0001", "--known-on", "2011-05-05")["decision"] == (
        "nothing-due"
    )


def late(tool: Tool) -> None:
    """Pay out, confirm by the bank, and let the first instalment go by."""
    paid(tool)
    tool("import", tool.file("konto.csv", BANK))
    tool.day = "2011-09-20"
    more = BANK.splitlines()[0] + "\n19-09-2011;19-09-2011;RENTE;1,00;1,00;\n"
    tool("import", tool.file("konto2.csv", more))


def test_the_letters_that_are_due_are_made_once(tool: Tool) -> None:
    late(tool)
    proposal = tool.json("remind", "--dry-run")
    assert proposal["letters"] == [
        {"loan": "L2011-0001", "level": 1, "amount": "1000.00", "pay_by": "2011-10-04"},
    ]
    assert "Reminder 1  L2011-0001" in tool("remind", "--dry-run").stdout
    assert tool.json("explain", "L2011-0001")["decision"] == "send"
    tool("remind", code=2)
    tool("remind", "--proposal", "wrong", code=3)
    tool("remind", "--yes", "--known-on", "2011-09-20", code=2)
    made = tool.json("remind", "--proposal", proposal["proposal"], by="nat")
    assert [m["level"] for m in made["made"]] == [1]
    pdf = (tool.book / made["made"][0]["file"]).read_bytes()
    assert pdf.startswith(b"%PDF")
    assert tool.json("remind", "--yes", by="nat")["made"] == []
    assert tool.json("explain", "L2011-0001")["decision"] == "hold"
    tool("remind", "--yes", by="", code=2)


def test_a_letter_that_cannot_be_made_is_told_and_ends_in_one(tool: Tool) -> None:
    late(tool)
    text = tool.book / "templates" / "da" / "reminder-1.md"
    text.write_text(text.read_text() + "\n\n{{ navnn }}\n")
    result = tool("remind", "--yes", by="nat", code=1)
    assert "L2011-0001: no letter" in result.stderr
    assert tool.json("remind", "--yes", by="nat", code=1)["failed"][0]["loan"] == "L2011-0001"


def test_notices_are_proposed_for_imported_payouts(tool: Tool) -> None:
    tool(
        "import", tool.file("l.csv", HEAD + GRANT.replace("5.58.80;1;065;5.2", "9.32.25;5;065;6"))
    )
    assert tool.json("remind", "--dry-run")["notices"] == [{"loan": "L2011-0001"}]
    assert "Letter with the plan  L2011-0001" in tool("remind", "--dry-run").stdout
    result = tool("remind", "--yes", by="nat")
    assert result.stdout.strip().endswith("L2011-0001-payout-2011-05-06.pdf")


def test_a_booking_stands_though_its_letter_cannot_be_made(tool: Tool) -> None:
    (tool.book / "templates" / "da" / "payout.md").write_text("{{ nothing }}")
    made = tool.json("disburse", "L2011-0001", "20.000,00", "--ref", "PAY-1")
    result = tool("countersign", made["id"], by="bok")
    assert "letter could not be made yet" in result.stderr
    assert tool.json("show", "L2011-0001")["account"] == "20000.00"


def test_policy_without_second_person_books_at_once(tool: Tool) -> None:
    policy = tool.book / "policy.beancount"
    policy.write_text(
        policy.read_text() + '2011-01-01 custom "mikroledger" "countersign" "off"\n',
    )
    made = tool.json("disburse", "L2011-0001", "20.000,00", "--ref", "PAY-1")
    assert made["outcome"] == "booked"
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    assert tool.json("reclassify", "--all", "--yes")[0]["outcome"] == "booked"
    assert list((tool.book / "letters/2011").glob("*voucher*"))


def test_a_repayment_is_reversed_and_a_payout_needs_two(tool: Tool) -> None:
    number = paid(tool)
    one = tool.json("repay", "L2011-0001", "500", "--ref", "FI-1")
    assert tool.json("repay", "L2011-0001", "500", "--ref", "FI-1")["outcome"] == "already"
    assert tool.json("reverse", one["id"], "--reason", "forkert")["outcome"] == "booked"
    assert tool.json("reverse", number, "--reason", "fortrudt")["outcome"] == "proposed"
    undo = tool.json("show", "L2011-0001")["history"][-1]["id"]
    declined = tool.json("countersign", undo, "--decline", "--reason", "nej", by="bok")
    assert declined["outcome"] == "booked"


def test_a_deferral_holds(tool: Tool) -> None:
    paid(tool)
    words = ("defer", "L2011-0001", "--until", "31-12-2011", "--reason", "aftale")
    assert tool.json(*words)["outcome"] == "booked"
    assert tool.json(*words)["outcome"] == "already"
    assert tool.json("show", "L2011-0001")["state"] == "deferred"


def test_a_deferral_ends_by_name(tool: Tool) -> None:
    paid(tool)
    tool("defer", "L2011-0001", "--reason", "aftale")
    words = ("resume", "L2011-0001", "--reason", "indtægt igen")
    dry = tool(*words, "--dry-run")
    assert 'custom "mikroledger" "resume"' in dry.stdout
    assert tool.json(*words)["outcome"] == "booked"
    assert tool.json(*words)["outcome"] == "already"
    assert tool.json("show", "L2011-0001")["state"] == "active"
    refused = tool("resume", "L2011-0001", "--claim", "--reason", "x", code=4)
    assert "not handed over" in refused.stderr


def test_a_new_plan_for_what_is_outstanding(tool: Tool) -> None:
    paid(tool)
    words = ("reschedule", "L2011-0001", "--reason", "afgørelse 31", "--first-due", "01-02-2012")
    dry = tool(*words, "--instalments", "4", "--dry-run")
    assert 'custom "mikroledger" "plan" "L2011-0001" 20000.00 DKK' in dry.stdout
    made = tool.json(*words, "--instalments", "4")
    assert made["outcome"] == "booked"
    assert made["amount"] == "20000.00"
    assert [(p["number"], p["due"], p["amount"]) for p in made["plan"]] == [
        (n, f"2012-0{n + 1}-01", "5000.00") for n in (1, 2, 3, 4)
    ]
    shown = tool.json("show", "L2011-0001")
    assert [p["amount"] for p in shown["plan"]] == ["5000.00"] * 4
    assert shown["history"][-1]["kind"] == "plan"
    again = tool(*words, "--instalments", "4")
    assert "Was booked already" in again.stderr
    assert again.stdout.startswith("L2011-0001")
    both = tool(*words, "--instalments", "4", "--instalment", "500", code=2)
    assert "only one of" in both.stderr
    none = tool(*words, code=2)
    assert "--instalments" in none.stderr


@pytest.mark.parametrize("every", [True, False])
def test_a_repayment_on_another_borrowers_loan_is_moved(tool: Tool, every: bool) -> None:
    """Of the whole book only the two borrowers' parts are read (ML108)."""
    tool("debtor", "add", "D0002", "--name", "Bo Eksempel", "--address", "Vej 2")
    words = ("--decided", "01-03-2011", "--instalments", "20", "--by", "anl")
    tool("approve", "--debtor", "D0002", "--principal", "9000", "--decision", "2011-2", *words)
    tool("approve", "--debtor", "D0002", "--principal", "7000", "--decision", "2011-3", *words)
    paid(tool)
    made = tool.json("disburse", "L2011-0002", "9000", "--on", "02-05-2011", "--ref", "PAY-2")
    tool("countersign", made["id"], by="bok")
    tool("repay", "L2011-0002", "500", "--ref", "000201100010010")
    (found,) = tool.json("check", "--select", "ML108", code=1)["findings"]
    choice = ("--all",) if every else (found["id"],)
    (moved,) = tool.json("reclassify", *choice, "--yes", by="reg")
    tool("countersign", moved["id"], by="led")

    assert tool.json("show", "L2011-0001")["account"] == "19500.00"
    assert tool.json("show", "L2011-0002")["account"] == "9000.00"
    assert tool.json("check")["findings"] == []
    again = tool("reclassify", found["id"], "--yes", by="reg")
    assert "Was booked already" in again.stderr


def test_an_overpayment_is_owed_to_the_borrower(tool: Tool) -> None:
    paid(tool)
    refused = tool("repay", "L2011-0001", "25.000,00", "--ref", "R", code=4)
    assert "5.000,00" in refused.stderr
    tool("repay", "L2011-0001", "25.000,00", "--ref", "R", "--overpayment")
    assert tool.json("show", "L2011-0001")["overpaid"] == "5000.00"


# the register


def test_the_register_hides_what_it_should(tool: Tool) -> None:
    tool("debtor", "add", "D0002", "--name", "Bo Eksempel", "--address", "Vej 2", "--protected")
    one = tool.json("debtor", "show", "D0001")
    assert (one["name"], one["id"]) == ("Ane Opdigtet", "610190-****")
    assert tool.json("debtor", "show", "D0002")["address"] == ""
    assert len(tool.json("debtor", "list")) == 2
    assert "610190-****" in tool("debtor", "list").stdout
    assert "Ane Opdigtet" in tool("debtor", "show", "D0001").stdout
    again = tool.json(
        "debtor",
        "add",
        "D0002",
        "--name",
        "Bo Eksempel",
        "--address",
        "Vej 2",
        "--protected",
    )
    assert again["outcome"] == "already"
    assert (
        "good"
        in tool(
            "debtor",
            "add",
            "D0003",
            "--name",
            "Cilla",
            "--address",
            "Vej 3",
            "--cvr",
            "13585628",
            "--dry-run",
        ).stderr
    )
    assert len(tool.json("debtor", "list")) == 2


def test_debtors_come_from_a_file_all_or_none(tool: Tool) -> None:
    head = "number;name;address;cpr;paper;protected\n"
    good = tool.file("d.csv", head + "D0002;Bo;Vej 2, 9999 By;620190-0001;ja;\nD0003;C;Vej 3;;;\n")
    assert tool.json("debtor", "import", good) == {"rows": 2, "booked": 2, "already": 0}
    assert "0 added, 2 were there" in tool("debtor", "import", good).stderr
    tool("debtor", "import", tool.file("e.csv", "a;b\n"), code=4)
    tool("debtor", "import", tool.file("f.csv", head + "D0004;x\n"), code=4)
    tool("debtor", "import", str(tool.folder / "none.csv"), code=2)
    assert len(tool.json("debtor", "list")) == 3


# approve


def test_approve_prints_the_number_and_the_plan(tool: Tool) -> None:
    words = ["approve", "--debtor", "D0001", "--principal", "5000"]
    told = tool(*words, "--instalment", "2000", "--first-due-after", "6m").stdout
    assert told.splitlines()[0] == "L2011-0002"
    assert told.count("2.000,00") == 2
    rows = tool.file("plan.csv", "day;amount\n01-10-2011;2.000,00\n\n01-11-2011;3000\n")
    data = tool.json(*words, "--plan", rows, "--decision", "x")
    assert [p["amount"] for p in data["plan"]] == ["2000.00", "3000.00"]
    again = tool.json(*words, "--plan", rows, "--decision", "x")
    assert (again["outcome"], again["loan"]) == ("already", "L2011-0003")
    assert tool.json(*words, "--kind", "grant")["loan"] == "G2011-0001"
    early = tool(*words, "--instalments", "3", "--first-due", "2011-05-07")
    assert "less than 30 days" in early.stderr
    tool(*words, "--kind", "subsistence", "--dry-run")
    assert tool(*words, "--instalments", "3", "--loan", "L2011-0042", "--dry-run").stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--instalments", "3", "--instalment", "5"),
        ("--kind", "grant", "--instalments", "3"),
        ("--instalment", "-5"),
        ("--plan", "none.csv"),
        ("--instalments", "0"),
        ("--instalments", "3", "--every", "måned"),
    ],
)
def test_a_plan_that_is_none_is_refused(tool: Tool, words: tuple[str, ...]) -> None:
    before = tool.tree()
    tool("approve", "--debtor", "D0001", "--principal", "5000", *words, code=2)
    assert tool.tree() == before


@pytest.mark.parametrize("text", ["a;b\n", "day;amount\n1;2;3\n", "day;amount\nx;5\n", "\xff"])
def test_a_plan_file_that_cannot_be_read_is_refused(tool: Tool, text: str) -> None:
    path = tool.file("p.csv", text, "latin-1")
    tool("approve", "--debtor", "D0001", "--principal", "5000", "--plan", path, code=2)


# wrong uses: a sentence, the exit code, and a book that is the same byte for byte

REPAY = ("repay", "L2011-0001")
WRONG: list[tuple[int, tuple[str, ...]]] = [
    (2, (*REPAY, "1.250,00")),
    (2, (*REPAY, "0,00", "--key", "A2")),
    (2, (*REPAY, "--key", "A2", "--", "-5")),
    (2, (*REPAY, "1,250.00", "--key", "A2")),
    (2, (*REPAY, "1.250", "--key", "A2")),
    (2, (*REPAY, "1e5", "--key", "A2")),
    (2, (*REPAY, "NaN", "--key", "A2")),
    (2, (*REPAY, "Infinity", "--key", "A2")),
    (2, (*REPAY, "١٢٥٠,00", "--key", "A2")),
    (2, (*REPAY, "1\u00a0250,00", "--key", "A2")),
    (2, (*REPAY, "99999999999999999999,00", "--key", "A2")),
    (4, (*REPAY, "50.000,00", "--key", "A2")),
    (4, ("repay", "L2099-9999", "100,00", "--key", "A2")),
    (4, ("repay", "L12", "100,00", "--key", "A2")),
    (4, ("repay", "L2011-0001\n", "100,00", "--key", "A2")),
    (4, ("repay", "L２０１１-0001", "100,00", "--key", "A2")),
    (2, ("repay", "-rf", "100,00")),
    (2, (*REPAY, "100,00", "--key", "x\u001b]0;owned\u0007")),
    (2, (*REPAY, "100,00", "--key", "")),
    (2, (*REPAY, "100,00", "--key", "x" * 65)),
    (2, (*REPAY, "100,00", "--key", "A", "--on", "2026-02-30")),
    (4, (*REPAY, "100,00", "--key", "A", "--on", "2011-05-07")),
    (4, (*REPAY, "300,00", "--key", "KNOWN")),
    (4, ("disburse", "L2011-0001", "20.000,00", "--ref", "NEW")),
    (4, ("countersign", "009999")),
    (4, ("reverse", "009999", "--reason", "x")),
    (2, ("reverse", "000002")),
    (2, ("defer", "L2011-0001", "--until", "31-12-2011")),
    (4, ("defer", "L2011-0001", "--reason", "aftalt med 610190-0000")),
    (4, ("reverse", "000002", "--reason", "CPR 6101900000")),
    (2, ("defer", "L2011-0001", "--reason", "to\nlinjer")),
    (2, ("defer", "L2011-0001", "--reason", "a\u202egnp.exe")),
    (4, (*REPAY, "100,00", "--ref", "610190-0000")),
    (2, (*REPAY, "100,00", "--ref", "B1", "--by", "010190-1231")),
    (2, (*REPAY, "100,00", "--ref", "B1", "--by", "Ane Opdigtet")),
    (2, ("reclassify",)),
    (2, ("reclassify", "--all")),
    (4, ("reclassify", "ML101-000009", "--yes")),
    (4, ("approve", "--debtor", "D0099", "--principal", "5000", "--instalments", "3")),
    (2, ("approve", "--principal", "5000")),
    (4, ("show", "L2099-0001")),
    (4, ("explain", "L2099-0001")),
    (2, ("show", "L2011-0001", "--as-of", "i overmorgen")),
    (2, ("nosuch",)),
    (2, ("debtor", "add", "D1", "--name", "x", "--address", "y")),
    (4, ("debtor", "show", "D0099")),
    (4, ("debtor", "add", "D0001", "--name", "En Anden", "--address", "y")),
    (2, ("debtor", "add", "D0005", "--name", "x", "--address", "y", "--cpr", "310290-0000")),
    (2, ("import", "none.csv")),
]


@pytest.mark.parametrize(("code", "words"), WRONG, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_wrong_use_is_refused_and_changes_nothing(
    booked: Tool,
    code: int,
    words: tuple[str, ...],
    language: str,
) -> None:
    booked.env["MIKROLEDGER_LANG"] = language
    before = booked.tree()
    result = booked(*words, code=code)

    assert booked.tree() == before
    said = result.stderr.strip()
    assert len(said) > 20
    assert "\x1b" not in said
    assert "610190-0000" not in said


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """A book with a payout and a repayment; every wrong use leaves it as it is."""
    tool = Tool(tmp_path_factory.mktemp("booked"))
    tool.day = "2011-03-25"
    tool("init", str(tool.book))
    tool(
        "debtor", "add", "D0001", "--name", "Ane Opdigtet", "--address", "V", "--cpr", "6101900000"
    )
    tool("approve", "--debtor", "D0001", "--principal", "20000", "--instalments", "20")
    tool.day = "2011-05-06"
    paid(tool)
    tool("repay", "L2011-0001", "200,00", "--key", "KNOWN")
    return tool


FILES: dict[str, tuple[int, bytes]] = {
    "png": (4, b"\x89PNG\r\n\x1a\n" + b"\x00" * 30),
    "header": (4, b"Dato;Hvad\n1;2\n"),
    "comma": (4, HEAD.replace(";", ",").encode()),
    "mojibake": (4, (HEAD + GRANT).encode().decode("cp1252").encode()),
    "amount": (1, (HEAD + GRANT.replace("20.000,00", "20.000")).encode()),
    "day": (1, (HEAD + GRANT.replace("02-05", "31-02")).encode()),
    "ragged": (1, (HEAD + GRANT.replace(";anl", "")).encode()),
    "future": (4, (HEAD + GRANT.replace("02-05-2011", "02-06-2011")).encode()),
    "empty": (4, b""),
    "doctype": (4, b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>'),
}


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_is_refused_and_changes_nothing(booked: Tool, name: str) -> None:
    code, content = FILES[name]
    path = booked.folder / f"{name}.csv"
    path.write_bytes(content)
    before = booked.tree()
    result = booked("import", str(path), code=code)

    assert booked.tree() == before
    assert name in result.stderr


def test_a_rejected_row_is_named_by_its_line(booked: Tool) -> None:
    path = booked.file("bad.csv", HEAD + GRANT + GRANT.replace("20.000,00", "NaN"))
    data = booked.json("import", path, code=1)
    assert [r["line"] for r in data[0]["rejected"]] == [3]
    assert data[0]["booked"] == 0


def test_a_header_without_rows_and_a_second_import_change_nothing(tool: Tool) -> None:
    before = tool.tree()
    assert tool.json("import", tool.file("h.csv", HEAD))[0]["rows"] == 0
    assert tool.tree() == before
    path = tool.file("liste.csv", HEAD + GRANT)
    tool("import", path)
    before = tool.tree()
    assert tool.json("import", path)[0]["already"] == 1
    assert tool.tree() == before


DRY: list[Callable[[Tool], tuple[str, ...]]] = [
    lambda _: ("disburse", "L2011-0001", "20.000,00", "--ref", "P"),
    lambda _: ("repay", "L2011-0001", "5,00", "--ref", "P", "--overpayment"),
    lambda _: ("approve", "--debtor", "D0001", "--principal", "5000", "--instalments", "3"),
    lambda t: ("import", t.file("liste.csv", HEAD + GRANT)),
    lambda _: ("remind",),
]


@pytest.mark.parametrize("words", DRY, ids=["disburse", "repay", "approve", "import", "remind"])
def test_a_dry_run_shows_the_entry_and_changes_nothing(
    tool: Tool,
    words: Callable[[Tool], tuple[str, ...]],
) -> None:
    before = tool.tree()
    tool(*words(tool), "--dry-run")
    assert tool.tree() == before


def test_a_dry_run_prints_what_would_be_booked(tool: Tool) -> None:
    told = tool("disburse", "L2011-0001", "20.000,00", "--ref", "P", "--dry-run").stdout
    assert 'custom "mikroledger" "proposal" "disburse"' in told
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    told = tool("reclassify", "--all", "--dry-run").stdout
    assert "Expenses:P65:Grants -20000.00 DKK" in told


# which book, which day, which language


def test_a_book_is_found_from_below_it(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tool.book / "journal")
    result = CliRunner().invoke(main, ["list"], env={"MIKROLEDGER_LANG": "en"})
    assert result.exit_code == 0
    assert "L2011-0001" in result.stdout


def test_without_a_book_the_way_to_one_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["list"], env={"MIKROLEDGER_LANG": "en"})
    assert result.exit_code == 3
    assert "mikroledger init" in result.stderr
    missing = CliRunner().invoke(main, ["--book", str(tmp_path), "list"])
    assert missing.exit_code == 3


def test_a_broken_book_is_told_by_file_and_line(tool: Tool) -> None:
    path = tool.book / "accounts.beancount"
    path.write_text(path.read_text() + "\n1970-01-01 open Assets:Odd EUR EUR EUR x\n")
    result = tool("list", code=3)
    assert "accounts.beancount" in result.stderr


def test_init_refuses_a_folder_that_is_not_empty(tool: Tool) -> None:
    before = tool.tree()
    tool("init", str(tool.book), code=4)
    assert tool.tree() == before
    new = str(tool.folder / "ny")
    assert "can be made" in tool("init", new, "--dry-run").stderr
    assert not Path(new).exists()
    assert tool.json("init", new)["outcome"] == "booked"


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"MIKROLEDGER_LANG": "da"}, "intet lån"),
        ({"MIKROLEDGER_LANG": "en"}, "no loan"),
        ({"MIKROLEDGER_LANG": "", "LC_ALL": "en_GB.UTF-8"}, "no loan"),
        (
            {"MIKROLEDGER_LANG": "", "LC_ALL": "C.UTF-8", "LANG": "", "LC_MESSAGES": ""},
            "intet lån",
        ),
        ({"MIKROLEDGER_LANG": "", "LC_ALL": "da_DK.UTF-8", "LANG": "en_US"}, "intet lån"),
    ],
)
def test_danish_is_the_default(booked: Tool, env: dict[str, str], word: str) -> None:
    booked.env = env
    assert word in booked("show", "L2099-0001", code=4).stderr


def test_the_clock_is_read_where_no_day_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from mikroledger.cli.app import today

    monkeypatch.delenv("MIKROLEDGER_TODAY", raising=False)
    assert today().year >= 2026


# on a terminal


def test_on_a_terminal_a_key_is_made_and_shown(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid(tool)
    monkeypatch.setattr(App, "at_terminal", True)
    result = tool("repay", "L2011-0001", "5,00")
    assert "Key: " in result.stderr


def test_on_a_terminal_a_correction_is_asked_about(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    monkeypatch.setattr(App, "at_terminal", True)
    before = tool.tree()
    tool("reclassify", "--all", code=130, text="n\n")
    assert tool.tree() == before
    tool("reclassify", "--all", text="y\n")
    assert tool.json("check", code=1)["findings"][0]["waiting"]


def test_on_a_terminal_letters_are_asked_about(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late(tool)
    monkeypatch.setattr(App, "at_terminal", True)
    tool("remind", code=130, text="n\n")
    result = tool("remind", by="nat", text="y\n")
    assert result.stdout.strip().endswith("L2011-0001-reminder-1-2011-09-20.pdf")


def test_there_may_be_nothing_to_correct(tool: Tool) -> None:
    assert "nothing to correct" in tool("reclassify", "--all", "--yes").stderr


def test_a_terminal_gets_a_table_drawn_by_rich(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from mikroledger.cli import output

    monkeypatch.setattr(output, "_terminal", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    output.show_table(["A", "B"], [["x\x1b", "1,00"]], frozenset({1}))
    drawn = capsys.readouterr().out
    assert "\x1b[31" not in drawn
    assert "1,00" in drawn


# the program itself


def test_every_command_has_help_with_an_example() -> None:
    for name, command in main.commands.items():
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0
        assert name == "debtor" or "ksempel" in result.output or "Example" in result.output
        assert command.help


def test_help_and_version_need_no_book_and_no_heavy_room() -> None:
    code = (
        "import sys; from mikroledger.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'beancount', 'typst', 'lxml', 'jinja2', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    env = {**os.environ, "MIKROLEDGER_LANG": "en"}
    shown = subprocess.run(
        [sys.executable, "-m", "mikroledger", "--version"],
        check=True,
        capture_output=True,
        text=True,
        env=env,
    )
    assert "0.1.0" in shown.stdout


def test_the_package_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["mikroledger", "--version"])
    with pytest.raises(SystemExit) as done:
        runpy.run_module("mikroledger", run_name="__main__")
    assert done.value.code == 0


def test_without_a_command_the_help_is_shown(tool: Tool) -> None:
    assert tool(code=2).stderr.startswith("Usage: ")


def test_a_municipality_of_its_own_is_not_warned_of_examples(tool: Tool) -> None:
    late(tool)
    assert "example" in tool("remind", "--yes", by="nat").stderr
    policy = tool.book / "policy.beancount"
    own = policy.read_text().replace('"80000000"', '"81234567"')
    policy.write_text(own)
    tool.day = "2011-10-12"
    more = BANK.splitlines()[0] + "\n11-10-2011;11-10-2011;RENTE;1,00;1,00;\n"
    tool("import", tool.file("konto3.csv", more))
    again = tool("disburse", "L2011-0001", "1", "--ref", "X", code=4)
    assert "example" not in again.stderr
    approve = ("approve", "--debtor", "D0001", "--principal", "5000", "--instalments", "5")
    tool(*approve)
    made = tool.json("disburse", "L2011-0002", "5000", "--ref", "P2")
    signed = tool("countersign", made["id"], by="bok")
    assert "Written: " in signed.stderr
    assert "example" not in signed.stderr


def test_a_book_that_was_changed_by_hand_is_not_clean(tool: Tool) -> None:
    paid(tool)
    commit = next((tool.book / "journal/2011-03").glob("*approve*"))
    commit.write_text(commit.read_text().replace("20000.00", "21000.00"))
    assert "Warning: " in tool("check", code=1).stderr
    assert "Warning: " in tool("list").stderr


def test_a_plan_from_the_payout_day_has_no_letter_and_says_why(tool: Tool) -> None:
    words = ("--instalments", "5", "--first-due", "2011-05-06")
    tool("approve", "--debtor", "D0001", "--principal", "5000", *words)
    made = tool.json("disburse", "L2011-0002", "5000", "--ref", "P2")
    signed = tool("countersign", made["id"], by="bok")
    assert "No letter for L2011-0002 yet: ML112" in signed.stderr
    assert not (tool.book / "letters").exists()


def test_letters_are_made_on_the_day_itself(tool: Tool) -> None:
    late(tool)
    for day in ("2011-09-21", "2011-09-19"):
        refused = tool("remind", "--yes", "--as-of", day, by="nat", code=4)
        assert "on the day itself" in refused.stderr


def test_a_policy_that_cannot_be_read_is_told_by_file_and_line(tool: Tool) -> None:
    policy = tool.book / "policy.beancount"
    policy.write_text(
        policy.read_text() + '2011-01-01 custom "mikroledger" "notice-days" "abc"\n',
    )
    for words in (("check",), ("list",), ("remind", "--yes")):
        assert "the policy 'notice-days' cannot be read" in tool(*words, code=3).stderr


def test_the_same_decision_with_other_terms_is_refused(tool: Tool) -> None:
    words: tuple[str, ...] = ("approve", "--debtor", "D0001", "--principal", "20.000,00")
    words += ("--decided", "25-03-2011")
    words += ("--decision", "2011-0412", "--centre", "Nord", "--first-due", "2011-09-01")
    assert tool.json(*words, "--instalments", "20")["outcome"] == "already"
    assert tool.json(*words, "--instalments", "20", "--loan", "L2011-0001")["outcome"] == "already"
    tool(*words, "--instalments", "10", code=4)
    tool(*words, "--instalments", "20", "--every", "2m", code=4)
    tool(*words, "--instalments", "20", "--loan", "L2011-0009", code=4)
    tool(*words, "--instalment", "3000", code=4)


def test_the_whole_book_can_be_proven(tool: Tool) -> None:
    tool("check", "--full")
    path = tool.book / "accounts.beancount"
    path.write_text(path.read_text() + "1970-01-01 close Assets:Nowhere\n")
    assert "accounts.beancount" in tool("check", "--full", code=3).output


def test_an_interrupt_is_told(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mikroledger.cli.show.loans", interrupt)
    tool("list", code=130)


def test_main_can_be_called_by_a_program() -> None:
    assert main.main(["--help"], standalone_mode=False) == 0


def test_json_is_written_bit_by_bit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = {
        "ø": [Decimal("2.50"), date(2011, 5, 2), None, True],
        "none": [],
        "more": MappingProxyType({"n": 1}),
    }
    said = []
    for bits in (output._BITS, 1, 3):
        monkeypatch.setattr(output, "_BITS", bits)
        output.show_json(value)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]
    assert '"ø": [\n    "2.50",\n    "2011-05-02",\n    null,' in said[0]
    assert json.loads(said[0])["more"] == {"n": 1}
    assert said[0].endswith("\n}\n")
    with pytest.raises(AssertionError, match="nothing that JSON knows"):
        output.show_json({1, 2})
