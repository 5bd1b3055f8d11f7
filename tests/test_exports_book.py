"""`mikroledger export`: the book's tables add up to the book, on any day, and name nobody."""

import csv
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fakes import FakeDebtors, FakeJournal
from shelved import shelved
from tool import Tool
from town import SUM, TODAY, Town, row

from mikroledger.domain import chart
from mikroledger.domain.ledger import Draft, Entry, Ledger, Posting, Transaction
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.sheets import Table
from mikroledger.journal import shelf
from mikroledger.journal.file import FileJournal
from mikroledger.money import ZERO, kroner
from mikroledger.services.export import TABLES, arrears, loans, payments_, postings
from mikroledger.words import Text

DAY = date(2012, 1, 12)
EARLY = date(2011, 5, 6)
"""When several payouts of the replay still stand as grants."""


@pytest.fixture(scope="module")
def book(replay: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the replay, for readers: they keep an index in it."""
    folder = tmp_path_factory.mktemp("export") / "bog"
    shutil.copytree(replay, folder)
    return folder


@pytest.fixture
def tool(book: Path, tmp_path: Path) -> Tool:
    tool = Tool(tmp_path)
    tool.book, tool.day = book, str(DAY)
    return tool


def dicts(table: Table) -> list[Mapping[str, Any]]:
    return [dict(zip(table.keys, row, strict=True)) for row in table.rows]


def total(table: Table, key: str) -> Decimal:
    return sum((row[key] for row in dicts(table)), ZERO)


# Sums


@pytest.mark.parametrize("day", [EARLY, DAY])
def test_duckdb_adds_the_postings_up_to_the_balances_of_the_book(tool: Tool, day: date) -> None:
    path = tool.folder / "postings.parquet"
    said = tool.json("export", "postings", "--out", str(path), "--as-of", str(day))

    ledger = FileJournal(tool.book).read()
    balances: dict[str, Decimal] = {}
    for txn in ledger.transactions:
        for posting in txn.postings if txn.value <= day else ():
            balances[posting.account] = balances.get(posting.account, ZERO) + posting.amount
    with duckdb.connect() as db:
        path_of = {"path": str(path)}
        select = "SELECT account, sum(amount) FROM read_parquet($path) GROUP BY account"
        assert dict(db.execute(select, path_of).fetchall()) == balances
        select = "SELECT count(*), sum(amount) FROM read_parquet($path)"
        assert db.execute(select, path_of).fetchall() == [(said["rows"], ZERO)]
    assert said["sums"] == {"amount": "0.00"}
    assert said["as_of"] == str(day)


@pytest.mark.parametrize("day", [EARLY, DAY])
def test_duckdb_adds_the_loans_up_to_what_list_says(tool: Tool, day: date) -> None:
    path = tool.folder / "loans.parquet"
    tool("export", "loans", "--out", str(path), "--as-of", str(day))
    rows = tool.json("list", "--as-of", str(day))

    with duckdb.connect() as db:
        select = (
            "SELECT loan, state, principal, outstanding, arrears, days_past_due, next_due"
            " FROM read_parquet($path) ORDER BY loan"
        )
        assert db.execute(select, {"path": str(path)}).fetchall() == [
            (
                r["loan"],
                r["state"],
                Decimal(r["principal"]),
                Decimal(r["outstanding"]),
                Decimal(r["arrears"]),
                r["days_past_due"],
                r["next_due"] and date.fromisoformat(r["next_due"]),
            )
            for r in rows
        ]


@pytest.mark.parametrize("day", [EARLY, date(2011, 11, 2), DAY])
def test_tables_agree_with_the_fold_and_with_each_other(book: Path, day: date) -> None:
    journal = FileJournal(book)
    folio = portfolio(journal.read(), day)
    every = folio.loans.values()

    for key in ("outstanding", "overpaid", "misbooked", "account", "disbursed", "repaid"):
        assert total(loans(journal, day), key) == sum((getattr(x, key) for x in every), ZERO)
    late = {x.number: x.arrears.amount for x in every if x.arrears.amount}
    found: Counter[str] = Counter()
    for each in dicts(arrears(journal, day)):
        assert each["pay_by"] < day
        assert each["days_late"] == (day - each["pay_by"]).days
        found[each["loan"]] += each["arrears"]
    assert dict(found) == late
    of_loans = [p for p in dicts(payments_(journal, day)) if p["decided"].en == "loan"]
    owed = total(loans(journal, day), "outstanding") - total(loans(journal, day), "overpaid")
    lent = [p for p in of_loans if p["flow"].en != "refund"]
    assert sum((p["amount"] for p in lent), ZERO) == owed
    assert sum((p["misbooked"] for p in lent), ZERO) == total(loans(journal, day), "misbooked")


def test_csv_is_the_same_table(tool: Tool) -> None:
    path = tool.folder / "laan.csv"
    told = tool("export", "loans", "--out", str(path)).stderr
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))

    owed = sum(Decimal(r["Outstanding"].replace(",", ".")) for r in rows)
    assert owed == total(loans(FileJournal(tool.book), DAY), "outstanding")
    assert "12 rows as of 2012-01-12." in told
    assert "Outstanding 226.050,00" in told


def test_the_command_writes_danish_for_danes_and_keeps_a_file_that_is_there(tool: Tool) -> None:
    path = tool.folder / "restancer.csv"
    tool.env["MIKROLEDGER_LANG"] = "da"
    told = tool("export", "arrears", "--out", str(path)).stderr
    before = path.read_bytes()

    assert before.decode("utf-8-sig").startswith("Lån;Skyldner;Center;Tilstand;Rate;Forfalder")
    assert "22 rækker pr. 2012-01-12." in told
    assert "--replace" in tool("export", "loans", "--out", str(path), code=4).stderr
    assert path.read_bytes() == before
    tool("export", "loans", "--out", str(path), "--replace")
    assert path.read_bytes() != before
    assert "endings" not in tool("export", "loans", "--out", "a.txt", code=2).stderr
    assert "--out" in tool("export", "loans", code=2).stderr


def test_an_export_changes_no_byte_of_the_book(tool: Tool) -> None:
    before = tool.tree()
    for table in TABLES:
        tool("export", table, "--out", str(tool.folder / f"{table}.csv"))

    assert tool.tree() == before


# Days


def test_known_on_leaves_out_what_was_booked_later(book: Path) -> None:
    journal = FileJournal(book)
    known = journal.read().known_on(EARLY)

    for day in (EARLY, DAY):
        ids = Counter(row["id"] for row in dicts(postings(journal, day, EARLY)))
        assert ids == Counter(
            {txn.id: len(txn.postings) for txn in known.transactions if txn.value <= day}
        )
    folio = portfolio(known, EARLY)
    wrong = sum((loan.misbooked for loan in folio.loans.values()), ZERO)
    assert wrong != ZERO
    assert total(loans(journal, EARLY, EARLY), "misbooked") == wrong
    assert total(loans(journal, EARLY), "misbooked") != wrong
    paid = {p["payment"] for p in dicts(payments_(journal, DAY, EARLY))}
    assert paid == {p.id for p in folio.payments.values()}


def test_an_entry_without_a_day_of_booking_was_always_known(journal: FakeJournal) -> None:
    sides = Posting(chart.BANK, SUM), Posting(chart.SUSPENSE, -SUM)
    by_hand = Transaction(date(2011, 4, 1), "I hånden", sides)
    journal.ledger = replace(journal.ledger, entries=(*journal.ledger.entries, by_hand))

    assert len(dicts(postings(journal, TODAY, date(2011, 1, 1)))) == 2
    assert dicts(postings(journal, date(2011, 3, 31))) == []


# What stands in them


def test_a_posting_names_the_debtor_that_the_decision_names(town: Town) -> None:
    town.grant()
    town.erp(row("loan", 20000, ref=""))
    (home, *_) = (r for r in dicts(postings(town.journal, TODAY)) if r["loan"] == "L2011-0001")

    assert (home["debtor"], home["kind"]) == ("D0001", Text("økonomisystem", "erp"))
    assert home["voucher"] == "70010/2011"


def test_a_payment_says_who_has_recorded_it_and_what_stands_wrong(town: Town) -> None:
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"))
    town.erp(row("grant", 20000))
    (paid,) = dicts(payments_(town.journal, TODAY))

    assert paid == {
        "payment": "PAY-1",
        "flow": Text("ud", "out"),
        "decided": Text("lån", "loan"),
        "loan": "L2011-0001",
        "debtor": "D0001",
        "value": date(2011, 4, 18),
        "amount": SUM,
        "ordered": date(2011, 4, 15),
        "banked": date(2011, 4, 18),
        "bank": SUM,
        "erp": SUM,
        "returned": ZERO,
        "misbooked": SUM,
        "references": "PAY-1",
        "vouchers": "70010/2011",
    }
    assert dicts(payments_(town.journal, date(2011, 4, 17))) == []


def test_a_payment_of_nobody_stands_nowhere_wrong(town: Town) -> None:
    town.erp(row("grant", 700, person="610190-0000", decision=""))
    (paid,) = dicts(payments_(town.journal, TODAY))

    assert (paid["loan"], paid["decided"], paid["misbooked"]) == ("", Text("", ""), ZERO)


def test_late_instalments_are_no_more_than_what_is_owed(town: Town) -> None:
    town.grant()
    town.paid(amount=kroner(1500))
    rows = dicts(arrears(town.journal, TODAY))

    assert [(r["instalment"], r["arrears"]) for r in rows] == [
        (1, kroner(1000)),
        (2, kroner(500)),
    ]


def test_what_looks_like_a_cpr_number_stays_in_the_book(town: Town) -> None:
    number = town.grant(decision="X")
    sides = Posting(chart.BANK, SUM), Posting(chart.SUSPENSE, -SUM)
    meta = {
        "payment": "P 610190-0000",
        "reference": "REF 610190-0000",
        "voucher": "610190-0000",
        "kind": "bank",
        "loan": number,
    }
    bad = Transaction(date(2011, 4, 1), "Fra 610190-0000", sides, meta=meta)
    entries = (_by_hand(entry) for entry in town.journal.ledger.entries)
    town.journal.ledger = replace(town.journal.ledger, entries=(*entries, bad))

    for make in TABLES.values():
        rows = [cell for row in make(town.journal, TODAY, None).rows for cell in row]
        assert [cell for cell in rows if has_cpr(str(cell))] == []
    assert dicts(postings(town.journal, TODAY))[0]["text"] == "Fra [CPR]"
    (loan,) = dicts(loans(town.journal, TODAY))
    assert (loan["decision"], loan["centre"]) == ("[CPR]", "[CPR]")


def _by_hand(entry: Entry) -> Entry:
    """Write into a decision what the program refuses."""
    number = dict.fromkeys(("decision", "centre"), "610190-0000")
    return replace(entry, meta={**entry.meta, **number}) if entry.kind == "decision" else entry


def test_nobody_is_named(tool: Tool) -> None:
    with sqlite3.connect(tool.book / "debtors.sqlite") as db:
        dump = "\n".join(db.iterdump())
    names = set(re.findall(r"'([^']*(?:Opdigtet|vej|gade)[^']*)'", dump))
    for table in TABLES:
        tool("export", table, "--out", str(tool.folder / f"{table}.csv"), "--replace")
        text = (tool.folder / f"{table}.csv").read_text(encoding="utf-8-sig")
        assert "D0002" in text
        assert [name for name in names if name in text] == []
        assert not has_cpr(text, dashed=True)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    return Town(journal, debtors)


# One entry after the other


def in_order(ledger: Ledger) -> list[Any]:
    return sorted(ledger.entries, key=lambda entry: (entry.commit, entry.place))


@pytest.mark.parametrize("together", [1, 7, shelf._COMMITS])
def test_a_walk_meets_every_entry_once_and_in_the_order_of_booking(
    book: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(shelf, "_COMMITS", together)
    journal = FileJournal(book)
    walked = list(journal.walk())

    assert [entry.commit for entry in walked] == sorted(entry.commit for entry in walked)
    assert sorted(walked, key=lambda e: (e.commit, e.place)) == in_order(journal.read())


def test_parts_are_those_of_a_survey(book: Path) -> None:
    journal = FileJournal(book)
    surveyed = journal.survey(f"test {DAY}", said)

    assert sorted(surveyed) == sorted(map(said, journal.parts()))
    firsts = [min(e.commit for e in part.entries if e.commit >= 0) for part in journal.parts()]
    assert firsts == sorted(firsts)


def said(part: Ledger) -> str:
    return str((part.head, in_order(part)))


def test_a_line_that_pays_many_is_one_transaction_and_a_payment_of_each(
    town: Town,
    tmp_path: Path,
) -> None:
    for number in (1, 2):
        town.grant(number)
        town.paid(f"L2011-{number:04d}", ref=f"PAY-{number}")
    line = town.line(-40000)
    (part,) = line.parts
    both = tuple(replace(part, amount=-SUM, reference=f"PAY-{n}") for n in (1, 2))
    town.bank(replace(line, parts=both))
    journal = shelved(town.journal.ledger, tmp_path / "bog")

    on_bank = [r for r in dicts(postings(journal, TODAY)) if r["account"] == chart.BANK]
    assert [r["amount"] for r in on_bank] == [kroner(-40000)]
    paid = dicts(payments_(journal, TODAY))
    assert [(p["payment"], p["bank"]) for p in paid] == [("PAY-1", SUM), ("PAY-2", SUM)]


def test_a_walk_sees_the_book_as_it_was_when_it_began(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bog"
    shutil.copytree(book, folder)
    journal = FileJournal(folder)
    before = list(journal.walk()), [str(in_order(part)) for part in journal.parts()]
    walk, parts = journal.walk(), journal.parts()
    met, seen = list(islice(walk, 30)), [str(in_order(part)) for part in islice(parts, 2)]
    assert journal.bind("2012-01")
    journal.write(lambda ledger: Draft("import", (a_line(),), DAY + timedelta(60), "anl"))

    assert [*(str(e) for e in met), *map(str, walk)] == [str(e) for e in before[0]]
    assert [*seen, *(str(in_order(part)) for part in parts)] == before[1]
    assert len(list(journal.walk())) == len(before[0]) + 1


def a_line() -> Transaction:
    sides = Posting(chart.BANK, SUM), Posting(chart.SUSPENSE, -SUM)
    return Transaction(DAY, "Banklinje", sides, meta={"kind": "bank", "key": "K-NEW"})
