"""The index: the same book in parts, whatever is asked, and nothing that it knows is believed."""

import marshal
import os
import re
import shutil
import sqlite3
import time
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fakes import FakeDebtors, FakeJournal
from shelved import shelved
from town import SECOND, WHO, Town, row

from mikroledger.domain.ledger import Draft, Entry, Ledger, Posting, Record, Transaction
from mikroledger.domain.parts import of_id, of_key, of_loan, of_reference
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.record import BankPart
from mikroledger.domain.rule import check
from mikroledger.errors import BrokenBookError, RefusedError
from mikroledger.journal import forks, index, read
from mikroledger.journal.facts import Facts, facts, hashed
from mikroledger.journal.file import FileJournal
from mikroledger.journal.forks import spread
from mikroledger.journal.scan import Scanner
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.countersign import countersign
from mikroledger.services.pay import Pay, pay
from mikroledger.services.remind import judge, propose
from mikroledger.services.survey import findings, loans

DAY = date(2011, 5, 6)
INDEX = ".mikroledger/index.sqlite"


@pytest.fixture
def book(replay: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(replay, tmp_path / "book"))


def in_order(entries: tuple[Entry, ...]) -> list[Entry]:
    return sorted(entries, key=lambda e: (e.commit, e.place.file, e.place.line))


def without_headers(ledger: Ledger) -> list[Entry]:
    return [e for e in ledger.entries if not (isinstance(e, Record) and e.name == "commit")]


def counted(book: Path, table: str) -> int:
    with sqlite3.connect(book / INDEX) as db:
        (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert isinstance(count, int)
    return count


def test_the_whole_book_is_what_beancount_reads(book: Path) -> None:
    found = FileJournal(book).read()
    expected = read.load(book)

    assert in_order(found.entries) == without_headers(expected)
    assert (found.head, found.flaws, found.newest) == (expected.head, (), expected.newest)


def test_the_book_is_proven_by_beancount(book: Path) -> None:
    journal = FileJournal(book)
    journal.prove()
    with sqlite3.connect(book / INDEX) as db:  # an index that lies is found out
        (no, spans) = db.execute("SELECT no, spans FROM part ORDER BY no LIMIT 1").fetchone()
        db.execute("UPDATE part SET spans=? WHERE no=?", (spans[:20], no))
    with pytest.raises(BrokenBookError, match=r"index\.sqlite"):
        journal.prove()


def test_the_book_is_proven_after_one_of_its_settings_has_changed(book: Path) -> None:
    FileJournal(book).read()
    path = book / "accounts.beancount"
    path.write_text(path.read_text() + "1970-01-01 open Assets:Elsewhere DKK\n")
    FileJournal(book).prove()


def test_what_beancount_finds_wrong_is_told(book: Path) -> None:
    path = book / "accounts.beancount"
    path.write_text(path.read_text() + "1970-01-01 close Assets:Nowhere\n")
    with pytest.raises(BrokenBookError, match=r"accounts\.beancount"):
        FileJournal(book).prove()


def test_a_loan_is_read_with_all_that_is_its_own(book: Path) -> None:
    whole = FileJournal(book).read()
    for number in portfolio(whole, DAY).loans:
        about = FileJournal(book).read((of_loan(number),))
        mine = [e for e in whole.entries if e.get("loan") == number]
        assert [e for e in about.entries if e.get("loan") == number] == mine
        assert portfolio(about, DAY).loans[number] == portfolio(whole, DAY).loans[number]


def test_an_entry_is_found_by_any_of_its_names(book: Path) -> None:
    whole = FileJournal(book).read()
    journal = FileJournal(book)
    for entry in whole.transactions:
        key, payment = entry.get("key"), entry.get("payment")
        for name in (of_id(entry.id), of_key(key) if key else "", of_reference(payment)):
            if name and name != of_reference(""):
                assert entry in journal.read((name,)).entries, name


def test_nothing_is_read_about_a_name_that_nobody_has(book: Path) -> None:
    about = FileJournal(book).read((of_loan("L1999-0001"),))
    assert not about.transactions
    assert about.openings


def test_what_belongs_to_nobody_is_judged_once_and_told_once(book: Path) -> None:
    note = Record(DAY, "note", ("Ring til 010190-0000",))
    FileJournal(book).write(lambda _: Draft("note", (note,), DAY, "anl"))
    told = findings(FileJournal(book), ALL_RULES, DAY)
    assert told == check(ALL_RULES, portfolio(FileJournal(book).read(), DAY))
    assert [each.code for each in told.open].count("ML502") == 1


def test_every_part_judged_by_itself_is_the_book_judged_whole(book: Path) -> None:
    journal = FileJournal(book)
    for day in (date(2011, 5, 3), DAY, date(2011, 7, 2), date(2012, 1, 12)):
        for known_on in (None, DAY):
            ledger = journal.read()
            ledger = ledger.known_on(known_on) if known_on else ledger
            assert findings(journal, ALL_RULES, day, known_on) == check(
                ALL_RULES, portfolio(ledger, day)
            )
            whole = judge(ALL_RULES, ledger, day, day)
            assert propose(journal, ALL_RULES, day, day, known_on) == whole
            numbers = sorted(portfolio(ledger, day).loans)
            assert [each["loan"] for each in loans(journal, day, known_on)] == numbers


def test_an_answer_is_kept_until_something_in_its_part_changes(book: Path) -> None:
    asked: list[frozenset[str]] = []

    def answer(part: Ledger) -> str:
        asked.append(frozenset(case.get("loan") for case in part.records("decision")))
        return ",".join(sorted(asked[-1]))

    said = FileJournal(book).survey("who 1", answer)
    first, parts = len(asked), len(said)
    assert first == parts > 5
    assert FileJournal(book).survey("who 1", answer) == said
    assert len(asked) == first

    repay(book, "L2011-0002", "NEW-1")
    assert sorted(FileJournal(book).survey("who 1", answer)) == sorted(said)
    assert [loans for loans in asked[first:] if loans] == [frozenset({"L2011-0002"})]

    FileJournal(book).survey("who 2", answer)
    assert counted(book, "answer WHERE question LIKE 'who 1%'") == 0


def test_an_answer_that_the_book_has_overtaken_is_not_kept(book: Path) -> None:
    booked: list[str] = []

    def answer(part: Ledger) -> str:
        if not booked:
            booked.append("NEW-1")
            repay(book, "L2011-0002", "NEW-1")
            FileJournal(book).read(())
        return str(sum(t.get("loan") == "L2011-0002" for t in part.transactions))

    before = FileJournal(book).survey("how many 1", answer)
    after = FileJournal(book).survey("how many 1", answer)
    assert sum(map(int, after)) == sum(map(int, before)) + 1


def repay(book: Path, loan: str, key: str) -> None:
    def make(ledger: Ledger) -> Draft:
        account = f"Assets:Loans:P65:{loan}"
        postings = (
            Posting("Assets:Clearing:Repayments", Decimal(1)),
            Posting(account, Decimal(-1)),
        )
        meta = {"kind": "repay", "flow": "in", "loan": loan, "payment": key, "key": key}
        day = date(2012, 1, 13)
        return Draft("repay", (Transaction(day, "Afdrag", postings, meta=meta),), day, "anl")

    FileJournal(book).write(make, about=(of_loan(loan), of_key(key)))


def test_a_key_is_unique_in_the_whole_book_and_not_only_where_one_looks(book: Path) -> None:
    repay(book, "L2011-0002", "NEW-1")
    with pytest.raises(RefusedError, match="NEW-1"):
        repay(book, "L2011-0003", "NEW-1")


def test_a_refused_order_leaves_the_index_as_it_was(book: Path) -> None:
    def refuse(_: Ledger) -> Draft:
        raise RefusedError(da="nej", en="no")

    for before in ("there", "gone"):
        if before == "gone":
            (book / INDEX).unlink()
        was = (book / INDEX).read_bytes() if (book / INDEX).exists() else None
        with pytest.raises(RefusedError):
            FileJournal(book).write(refuse)
        assert ((book / INDEX).read_bytes() if (book / INDEX).exists() else None) == was


def test_a_policy_that_is_edited_is_seen_at_once(book: Path) -> None:
    journal = FileJournal(book)
    journal.survey("days 1", lambda part: str(len(part.records("notice-days"))))
    path = book / "policy.beancount"
    path.write_text(path.read_text() + '2012-01-01 custom "mikroledger" "notice-days" 21\n')

    assert journal.read(()).records("notice-days")[-1].values == (21,)
    assert set(journal.survey("days 1", lambda part: str(len(part.records("notice-days"))))) == {
        str(len(journal.read(()).records("notice-days")))
    }


def test_a_commit_that_is_edited_is_read_again_by_whatever_way(book: Path) -> None:
    FileJournal(book).read()
    path = next(book.glob("journal/2011-03/*1-approve.beancount"))
    text = path.read_text().replace('centre: "Nord"', 'centre: "Syd"')
    text = text if "Syd" in text else text.replace('by: "', 'by: "x')
    path.write_text(text)

    found = FileJournal(book).read()
    assert in_order(found.entries) == without_headers(read.load(book))
    assert found.flaws


def test_a_space_out_of_place_goes_through_beancount(book: Path) -> None:
    path = next(book.glob("journal/2011-05/*-import.beancount"))
    path.write_text(path.read_text().replace("\n  by:", "\n   by:"))

    found = FileJournal(book).read()
    assert in_order(found.entries) == without_headers(read.load(book))
    assert found.flaws
    again = FileJournal(book).read()
    assert again.entries == found.entries


@pytest.mark.parametrize("spoil", ["garbage", "old", "restart", "empty"])
def test_an_index_that_cannot_be_trusted_is_made_anew(book: Path, spoil: str) -> None:
    before = FileJournal(book).read()
    path = book / INDEX
    if spoil == "garbage":
        path.write_bytes(b"no database" * 1000)
    elif spoil == "empty":
        path.write_bytes(b"")
    else:
        with sqlite3.connect(path) as db:
            db.execute("UPDATE info SET value='x' WHERE key='made'")
            db.execute("DELETE FROM part")
    assert FileJournal(book).read() == before


def test_without_room_for_an_index_the_book_is_read_all_the_same(book: Path) -> None:
    before = FileJournal(book).read()
    (book / INDEX).unlink()
    (book / INDEX).mkdir()
    assert FileJournal(book).read() == before


def test_an_index_that_another_command_holds_is_done_without(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index, "_PATIENCE", 0)
    journal = FileJournal(book)
    before = journal.read()
    with sqlite3.connect(book / INDEX, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        repay(book, "L2011-0002", "NEW-1")
        found = FileJournal(book).read()
        assert len(found.entries) == len(before.entries) + 1
        assert FileJournal(book).survey("n 1", lambda part: "x")
        other.execute("ROLLBACK")
    assert counted(book, "answer WHERE question LIKE 'n 1%'") == 0
    assert FileJournal(book).read() == found


def test_where_a_restart_cannot_be_told_the_index_works_too(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index, "_BOOT", book / "nowhere")
    before = FileJournal(book).read()
    assert FileJournal(book).read() == before


def test_a_month_that_is_bound_while_it_is_read_is_read_again(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = FileJournal(book).read()
    (book / INDEX).unlink()
    take = index.Index._take
    failed: list[bool] = []

    def once(self: index.Index, fresh: Sequence[tuple[str, Path, str]]) -> None:
        if not failed:
            failed.append(True)
            raise FileNotFoundError(2, "gone", "x")
        take(self, fresh)

    monkeypatch.setattr(index.Index, "_take", once)
    assert FileJournal(book).read() == before


def test_a_file_is_read_again_whatever_its_times_say(book: Path) -> None:
    path = book / "policy.beancount"
    FileJournal(book).read()
    before = path.stat()
    path.write_text(path.read_text().replace("Eksempel Kommune", "Eksempel-Kommun."))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert path.stat().st_size == before.st_size
    assert FileJournal(book).read(()).records("municipality")[-1].values == ("Eksempel-Kommun.",)


def test_a_file_that_was_too_young_to_be_stamped_is_stamped_once_it_is_not(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unstamped() -> set[str]:
        with sqlite3.connect(book / INDEX) as db:
            return {name for (name,) in db.execute("SELECT name FROM file WHERE stamp=''")}

    with monkeypatch.context() as at_once:
        at_once.setattr(index, "_RACY", 10**15)  # however slow the machine is
        for number in range(3):
            repay(book, "L2011-0009", f"young-{number}")
        FileJournal(book).read()
        young = unstamped()
        assert young
    newest = max(path.stat().st_ctime_ns for path in (book / "journal").rglob("*.beancount"))
    while time.time_ns() < newest + 2 * index._RACY:
        time.sleep(0.01)

    repay(book, "L2011-0009", "later")
    FileJournal(book).read()

    assert not unstamped() & young


def test_an_account_must_be_open_before_it_is_used(book: Path) -> None:
    path = book / "accounts.beancount"
    text = path.read_text()
    path.write_text(text.replace("1970-01-01 open Assets:Bank", "2030-01-01 open Assets:Bank"))
    with pytest.raises(BrokenBookError, match=r"Assets:Bank"):
        FileJournal(book).read()
    path.write_text(text + "\n1970-01-01 open Assets:Bank DKK\n")
    with pytest.raises(BrokenBookError, match=r"Assets:Bank.*(to gange|twice)"):
        FileJournal(book).read()


def test_a_file_that_is_no_commit_is_refused(book: Path) -> None:
    (book / "journal/2011-05/egen.beancount").write_text('2011-05-01 note Assets:Bank "x"\n')
    with pytest.raises(BrokenBookError, match=r"egen\.beancount"):
        FileJournal(book).read()


def test_a_line_that_pays_many_is_shared_and_ties_nobody(tmp_path: Path) -> None:
    town = Town(FakeJournal(), FakeDebtors())
    for number in (1, 2, 3):
        loan = town.grant(number)
        town.disburse(loan, ref=f"PAY-{number}")
    for proposal in tuple(town.now().waiting):
        countersign(town.journal, proposal, SECOND)
    parts = tuple(BankPart(kroner(-20000), reference=f"PAY-{n}") for n in (1, 2, 3))
    town.bank(replace(town.line(-60000), parts=parts))
    journal = shelved(town.journal.ledger, tmp_path / "book")

    seen = journal.survey("lines 1", lambda part: str([t.postings for t in lines(part)]))
    loans_ = journal.survey("loans 1", lambda part: " ".join(portfolio(part, DAY).loans))
    assert sorted(filter(None, loans_)) == ["L2011-0001", "L2011-0002", "L2011-0003"]
    for loan, said in zip(loans_, seen, strict=True):
        own = [n for n in (1, 2, 3) if f"'PAY-{n}'" in said]
        assert own == ([int(loan[-1])] if loan else [])
    (whole,) = lines(journal.read((of_loan("L2011-0001"),)))
    assert len(whole.postings) == 4


def test_a_batch_that_was_divided_later_is_judged_in_parts_as_it_is_whole(tmp_path: Path) -> None:
    town = Town(FakeJournal(), FakeDebtors())
    for number in (1, 2):
        town.grant(number)
    town.erp(row("loan", 20000, ref="NKB-1"))
    town.bank(town.line(-40000, "NKB-1"), until=date(2011, 4, 18))
    order = Pay("disburse", "L2011-0002", kroner(20000), date(2011, 4, 15), "NKB-1", key="b")
    countersign(town.journal, pay(town.journal, order, WHO).id, SECOND)
    journal = shelved(town.journal.ledger, tmp_path / "book")

    journal.prove()
    assert findings(journal, ALL_RULES, DAY) == check(ALL_RULES, portfolio(journal.read(), DAY))
    for loan in ("L2011-0001", "L2011-0002"):
        about = portfolio(journal.read((of_loan(loan),)), DAY).loans[loan]
        assert [(p.bank, p.confirmed) for p in about.payments] == [(kroner(20000), True)]


def lines(ledger: Ledger) -> list[Transaction]:
    return [t for t in ledger.transactions if t.kind == "bank"]


def test_work_is_divided_and_comes_back_in_order() -> None:
    def twice(number: int) -> int:
        return number * 2

    assert list(spread(twice, range(7), 3)) == [0, 2, 4, 6, 8, 10, 12]
    assert list(spread(twice, [], 3)) == []
    assert list(spread(twice, [4], 3)) == [8]


def test_what_is_kept_of_a_file_comes_back_from_a_child_as_it_is(book: Path) -> None:
    for no, path in enumerate(sorted((book / "journal").glob("*/*.beancount"))):
        name = str(path.relative_to(book))
        found = tuple(facts(path.read_bytes(), (no, name), read.values_of_all, Scanner()))
        assert marshal.loads(marshal.dumps(found)) == found, path.name


def test_what_fails_in_a_child_is_told_by_the_parent() -> None:
    def odd(number: int) -> int:
        if number == 1:
            raise RefusedError(da="en", en="one")
        return number

    with pytest.raises(RefusedError):
        list(spread(odd, [0, 1, 2], 2))


def test_a_child_sends_what_it_has_done_and_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    class LeftError(Exception):
        pass

    def leave(code: int) -> None:
        raise LeftError(code)

    reader, writer = os.pipe()
    monkeypatch.setattr(os, "_exit", leave)
    with pytest.raises(LeftError):
        forks._work(lambda number: number * 2, [1, 2], writer)
    with os.fdopen(reader, "rb") as pipe:
        assert [marshal.load(pipe), marshal.load(pipe)] == [2, 4]
    monkeypatch.setattr(os, "fork", lambda: 0)
    with pytest.raises(LeftError):
        forks._child(lambda number: number, [])


def test_a_large_file_is_not_read_whole(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = FileJournal(book).read()
    monkeypatch.setattr(index, "_SMALL", 0)
    assert FileJournal(book).read() == before


def test_names_are_looked_up_though_another_command_holds_the_index(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index, "_PATIENCE", 0)
    (book / INDEX).unlink()
    whole = FileJournal(book).read()
    with sqlite3.connect(book / INDEX, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        found = FileJournal(book).read((of_loan("L2011-0002"),))
        other.execute("ROLLBACK")
    assert all(t in whole.transactions for t in found.transactions)
    assert [t for t in found.transactions if t.get("loan") == "L2011-0002"]


def test_names_are_looked_up_though_the_book_moved_on(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (book / INDEX).unlink()
    FileJournal(book).read()
    begin = index.Index._begin
    moved: list[index.Index] = []

    def late(self: index.Index) -> None:
        begin(self)
        if not moved:
            moved.append(self)
            self._db.execute("UPDATE info SET value = value + 1 WHERE key='generation'")

    monkeypatch.setattr(index.Index, "_begin", late)
    found = FileJournal(book).read((of_loan("L2011-0002"),))
    assert moved
    assert [t for t in found.transactions if t.get("loan") == "L2011-0002"]


def test_what_only_beancount_understands_is_told(book: Path) -> None:
    path = book / "policy.beancount"
    path.write_text(path.read_text() + '1970-01-01 custom "mikroledger" "Not a key" 1\n')
    with pytest.raises(BrokenBookError, match=r"policy\.beancount, line"):
        FileJournal(book).read()


def facts_of(content: bytes, name: str = "journal/2011-05/000007-import.beancount") -> Facts:
    return facts(content, (1, name), read.values_of_all, Scanner())


HEADER = (
    b'2011-05-06 custom "mikroledger" "commit" "000007"\n  by: "anl"\n  booked: 2011-05-06\n'
    b'  prev: ""\n'
)


def test_a_commit_without_its_header_goes_by_its_files_name() -> None:
    found = facts_of(b'2011-05-06 custom "mikroledger" "run" "x"\n')
    assert [number for number, _, _ in found.commits] == [7]
    assert found.common


def test_lines_above_a_commit_are_read_by_beancount() -> None:
    found = facts_of(b"; a note\n" + HEADER)
    assert found.text is not None


def test_what_cannot_be_placed_is_of_every_part_that_it_names() -> None:
    record = (
        b'\n2011-05-06 custom "mikroledger" "unplaced" "erp" Assets:Bank 1.00 DKK\n'
        b'  id: "000007"\n  kind: "unplaced"\n  cases: "L2011-0001 L2011-0002"\n'
    )
    names = set(array("Q", facts_of(HEADER + record).names))
    assert {hashed(of_loan("L2011-0001")), hashed(of_loan("L2011-0002"))} <= names


LARGE = re.compile(r"SCAN (answer|name|part|opened|used|sealed)\b")


def test_what_is_booked_is_taken_in_without_a_look_at_all_that_is_there(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a booking costs must not grow with the book: no large table is gone through."""
    FileJournal(book).survey("who 1", lambda _: "x")
    FileJournal(book).read((of_loan("L2011-0001"),))
    asked: list[str] = []
    opened = index._opened

    def traced(path: str) -> sqlite3.Connection:
        db = opened(path)
        db.set_trace_callback(asked.append)
        return db

    repay(book, "L2011-0001", "NEW-1")
    monkeypatch.setattr(index, "_opened", traced)
    FileJournal(book).read((of_loan("L2011-0001"),))
    with sqlite3.connect(book / INDEX) as db:
        plans = [
            (each, row[3])
            for each in asked
            if each.startswith(("SELECT", "DELETE", "UPDATE", "INSERT"))
            for row in db.execute(f"EXPLAIN QUERY PLAN {each}")
        ]
    assert any("answer" in plan for _, plan in plans)
    assert any("used" in plan for _, plan in plans)
    assert [one for one, plan in plans if LARGE.match(plan) and "LIMIT 1" not in one] == []
