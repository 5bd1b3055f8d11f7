"""Every rule sees what its fixture says, and nothing else; its manual's examples are true.

A fixture marks the date line of each entry that is wrong: `; expect: ML101`, or with a severity
that is not the rule's own, `; expect: ML101:warning`; where nothing may stand on that line, the
one above says `; expect below: ML504`. All rules run over each fixture.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from beancount import loader

from mikroledger.domain.finding import Finding, Findings
from mikroledger.domain.ledger import Ledger, Meta, Record
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.journal import chain
from mikroledger.journal.values import ledger_of
from mikroledger.money import ZERO, danish
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import correction

HERE = Path(__file__).parent
DATA = HERE / "data" / "rules"
TOLD = DATA / "told.txt"
RULES = HERE.parent / "mikroledger" / "rules"
CHART = HERE.parent / "ledger" / "new-book" / "accounts.beancount"
AS_OF = date(2011, 12, 31)
FILES = {"letters/2011/kept.pdf": "1111", "letters/2011/kept.json": "2222"}
"""What lies in the folder of letters, and its hash (ML404)."""

_EXPECT = re.compile(r"; expect(?P<below> below)?: (?P<marks>.*)$")
_CPR = re.compile(r"[0-9]{6}-?[0-9]{4}")


def ledger(text: str) -> Ledger:
    """Read a fixture; its entries come first, so that their lines are the fixture's own.

    An id such as 000003-1 says which commit an entry came in.
    """
    settings = (DATA / "prelude.beancount").read_text("utf-8"), CHART.read_text("utf-8")
    directives, errors, _ = loader.load_string("\n".join((text, *settings)))
    assert not errors, errors
    for directive in directives:
        number = directive.meta.get("id", "").partition("-")[0]
        directive.meta["filename"] = f"{number}-commit.beancount" if number else "accounts"
    return ledger_of(directives, flaws=flaws_in(text.encode()))


def flaws_in(content: bytes) -> tuple[tuple[str, str], ...]:
    """Follow the chain through a fixture that has commits, as the journal would (ML504)."""
    commits = tuple(chain.commits_in(content, "journal/2011-05.beancount", chain.split(content)))
    faults = (each.fault.text for each in chain.breaks(commits, ()))
    return tuple((fault.da, fault.en) for fault in faults)


def folio_of(book: Ledger) -> Portfolio:
    return portfolio(book, AS_OF, FILES)


def judged(text: str) -> Findings:
    return check(ALL_RULES, folio_of(ledger(text)))


def seen(finding: Finding) -> tuple[str, str, int]:
    return finding.code, finding.severity.word, finding.place.line


def expected(text: str) -> Counter[tuple[str, str, int]]:
    own = {rule.code: rule.severity.word for rule in ALL_RULES}
    found: Counter[tuple[str, str, int]] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _EXPECT.search(line):
            for mark in match["marks"].split():
                code, _, severity = mark.partition(":")
                found[code, severity or own[code], number + bool(match["below"])] += 1
    return found


FIXTURES = sorted(DATA.glob("ml*.beancount"))


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_all_rules_see_exactly_what_the_fixture_marks(file: Path) -> None:
    text = file.read_text("utf-8")
    found = judged(text).open

    assert Counter(map(seen, found)) == expected(text)
    assert any(finding.code.lower() == file.stem for finding in found)
    for finding in found:
        assert finding.text.da.endswith("."), finding
        assert finding.text.en.endswith("."), finding
        assert finding.text.da != finding.text.en
        assert not _CPR.search(finding.text.da + finding.text.en), finding
        assert finding.id.startswith(f"{finding.code}-{finding.transaction}")
        assert finding.transaction


def told(found: Findings) -> Iterator[str]:
    """Write findings out, all that a reader gets of each: a line of facts, and both texts."""
    for finding in found.open:
        amount = "-" if finding.amount is None else danish(finding.amount)
        settles = (finding.fix and f"fix {finding.fix.payment}", finding.waiting)
        facts = (finding.id, finding.severity.word, finding.loan, finding.debtor, finding.day)
        yield " | ".join(str(each or "-") for each in (*facts, amount, *settles))
        yield f"    {finding.text.da}"
        yield f"    {finding.text.en}"


def all_told() -> str:
    """Return what every fixture comes to; `python tests/test_rules_fixtures.py` prints it."""
    lines = []
    for file in FIXTURES:
        lines += ["", f"# {file.stem}", *told(judged(file.read_text("utf-8")))]
    return "\n".join(lines[1:]) + "\n"


def test_a_word_in_capitals_is_seen_in_a_book_that_has_no_long_number() -> None:
    text = """
2011-08-01 custom "mikroledger" "note" "FØRTIDSPENSION fra august"
  id: "000003-1"
  by: "anl"
  kind: "note"
"""
    assert [finding.code for finding in judged(text).open] == ["ML502"]


def test_what_is_told_of_every_fixture_is_as_it_was_read_and_found_good() -> None:
    assert all_told() == TOLD.read_text("utf-8")


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_a_correction_settles_its_finding_and_moves_no_money(file: Path) -> None:
    book = ledger(file.read_text("utf-8"))
    folio = folio_of(book)
    for finding in check(ALL_RULES, folio).open:
        if finding.fix is None:
            continue
        voucher = correction(folio, finding.fix.payment)
        meta: Meta = {**voucher.meta, "id": "000098-1", "by": "anl", "countersigned": "mkj"}
        after = folio_of(Ledger((*book.entries, replace(voucher, meta=meta))))
        left = [(f.code, f.fix) for f in check(ALL_RULES, after).open]

        assert (finding.code, finding.fix) not in left
        assert sum(p.amount for p in voucher.postings) == ZERO
        if folio.payments[finding.fix.payment].flow != "refund":
            amounts = [each.payments[finding.fix.payment].amount for each in (folio, after)]
            assert amounts[0] == amounts[1] != ZERO


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_the_example_is_seen_once_and_the_remedy_not_at_all(rule: Rule) -> None:
    example, remedy = (dedent(rule.section(name)) for name in ("Example", "Use instead"))

    assert [finding.code for finding in judged(example).open] == [rule.code]
    assert judged(remedy).open == ()


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_a_manual_says_what_it_is_in_both_languages(rule: Rule) -> None:
    headings = re.findall(r"^## (.*)$", rule.manual, re.MULTILINE)

    assert headings == ["På dansk", "Example", "Use instead"]
    assert rule.manual.startswith(f"{rule.code}: {rule.title}\n\n")
    assert rule.title.endswith(".")
    assert "To settle it: " in rule.manual.partition("## ")[0].replace("\n", " ")
    assert "Sådan retter du det: " in rule.section("På dansk").replace("\n", " ")


def test_every_rule_has_its_file_and_its_fixture() -> None:
    codes = [rule.code for rule in ALL_RULES]
    files = sorted(file.stem for file in RULES.glob("ml*.py"))

    assert codes == sorted(set(codes))
    assert files == [f"{r.code}_{r.name}".lower().replace("-", "_") for r in ALL_RULES]
    assert [file.stem for file in FIXTURES] == [code.lower() for code in codes]


def test_no_rule_says_anything_about_an_empty_book() -> None:
    assert check(ALL_RULES, portfolio(Ledger(), AS_OF)) == Findings(())
    assert judged("").open == ()


def test_findings_come_worst_first_then_by_day_code_loan_and_entry() -> None:
    found = judged((DATA / "ml502.beancount").read_text("utf-8")).open
    keys = [(-f.severity, f.day, f.code, f.loan, f.transaction, f.id) for f in found]

    assert len({f.severity for f in found}) == 2
    assert keys == sorted(keys)
    assert len({f.id for f in found}) == len(found)


ACCEPT = """
2011-12-30 custom "mikroledger" "accept" "{finding}"
  id: "000099-1"
  by: "anl"
  kind: "accept"
  countersigned: "mkj"
  loan: "L2011-0001"
  ml-ignore: "ML101 se sag 2011-17"
"""


def test_an_accepted_finding_is_set_apart_and_counted() -> None:
    text = (DATA / "ml101.beancount").read_text("utf-8")
    before = judged(text)
    number = before.open[0].id
    after = judged(text + ACCEPT.format(finding=number))

    assert [finding.id for finding in after.ignored] == [number]
    assert after.open == before.open[1:]
    assert after.errors == tuple(f for f in after.open if f.severity.word == "error")


def test_what_is_final_is_never_hidden() -> None:
    final = {rule.code for rule in ALL_RULES if rule.final}

    assert final == {"ML001", "ML002", "ML209", "ML504"}
    for code in sorted(final):
        text = (DATA / f"{code.lower()}.beancount").read_text("utf-8")
        for finding in judged(text).open:
            if finding.code == code:
                accept = ACCEPT.replace("ML101", code).format(finding=finding.id)
                assert finding.id in {f.id for f in judged(text + accept).open}


def test_two_hits_on_one_entry_have_two_ids() -> None:
    found = judged((DATA / "ml106.beancount").read_text("utf-8")).open
    batch = [f.id for f in found if f.transaction == "000006-1" and f.code == "ML106"]

    assert batch == ["ML106-000006-1-L2011-0003", "ML106-000006-1"]


def test_a_finding_names_the_proposal_that_would_settle_it() -> None:
    book = ledger((DATA / "ml101.beancount").read_text("utf-8"))
    day, payment = date(2011, 5, 20), "PAY-1"
    meta: Meta = {"id": "000050-1", "kind": "reclassify", "payment": payment, "value": day}
    waiting = Record(day, "proposal", ("reclassify",), meta=meta)
    found = check(ALL_RULES, portfolio(Ledger((*book.entries, waiting)), AS_OF)).open

    assert {f.waiting for f in found if f.fix and f.fix.payment == payment} == {"000050-1"}
    assert {f.waiting for f in found if not f.fix or f.fix.payment != payment} == {""}


if __name__ == "__main__":
    sys.stdout.write(all_told())
