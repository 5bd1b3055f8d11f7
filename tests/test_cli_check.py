"""`check` and `accept` by the command line: what is chosen, explained, handed on and accepted."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import ROOT
from test_cli import BANK, GRANT, HEAD, tool  # noqa: F401  # a fixture
from tool import Tool

from mikroledger.cli.main import main
from mikroledger.cli.manuals import page
from mikroledger.cli.sarif import sarif
from mikroledger.domain.finding import Finding, Findings, Severity
from mikroledger.domain.ledger import Place
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.journal.file import FileJournal
from mikroledger.journal.posted import hashes
from mikroledger.rules import ALL_RULES
from mikroledger.services.survey import findings
from mikroledger.words import Text

WHY = ("--reason", "se sag 2011-17")
LEVELS = {"error", "warning", "note", "none"}


@pytest.fixture
def wrong(tool: Tool) -> Tool:  # noqa: F811
    """A loan booked as a grant (ML101, error), and one that is too large (ML204, warning)."""
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    tool("approve", "--debtor", "D0001", "--principal", "60000", "--instalments", "60")
    return tool


def codes(tool: Tool, *words: str, code: int = 1) -> list[str]:  # noqa: F811
    return [f["code"] for f in tool.json("check", *words, code=code)["findings"]]


def as_the_whole(tool: Tool) -> Findings:  # noqa: F811
    """Return the findings of a book, and make sure that its parts and the whole say the same."""
    journal, day = FileJournal(tool.book), date.fromisoformat(tool.day)
    files = hashes(tool.book)
    found = findings(journal, ALL_RULES, day, None, files)
    assert found == check(ALL_RULES, portfolio(journal.read(), day, files))
    return found


# choosing


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["ML101", "ML204"]),
        (("--select", "ML1"), ["ML101"]),
        (("--select", "ml204,loan-as-grant"), ["ML101", "ML204"]),
        (("--select", "ML101", "--select", "ML204", "--ignore", "ML1"), ["ML204"]),
        (("--ignore", "ML2"), ["ML101"]),
        (("--loan", "L2011-0001"), ["ML101"]),
        (("--loan", "L2011-0002"), ["ML204"]),
    ],
)
def test_rules_and_loans_are_chosen(
    wrong: Tool, words: tuple[str, ...], expected: list[str]
) -> None:
    assert codes(wrong, *words) == expected


@pytest.mark.parametrize("word", ["ML999", "ML", "M", "grants", "101"])
def test_a_word_that_names_no_rule_is_told(wrong: Tool, word: str) -> None:
    assert "no rule" in wrong("check", "--select", word, code=2).stderr
    assert "no rule" in wrong("check", "--ignore", word, code=2).stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--select", "ML204"), 1),
        (("--select", "ML204", "--fail-on", "error"), 0),
        (("--select", "ML204", "--fail-on", "warning"), 1),
        (("--select", "ML101", "--fail-on", "error"), 1),
        (("--select", "ML301", "--fail-on", "info"), 0),
    ],
)
def test_the_exit_code_goes_by_severity(wrong: Tool, words: tuple[str, ...], code: int) -> None:
    wrong("check", *words, code=code)


def test_a_note_fails_only_where_it_is_asked_to(tool: Tool) -> None:  # noqa: F811
    tool("approve", "--debtor", "D0001", "--kind", "subsistence", "--principal", "14000")
    tool.day = "2011-10-25"
    told = tool.json("check", "--select", "ML308")["findings"]
    assert [f["severity"] for f in told] == ["note"]
    for word in ("info", "note"):
        tool("check", "--select", "ML308", "--fail-on", word, code=1)


# explaining


def test_a_manual_is_told_in_the_language_of_the_user(tool: Tool) -> None:  # noqa: F811
    english = tool("check", "--explain", "ML001").stdout
    tool.env["MIKROLEDGER_LANG"] = "da"
    danish = tool("check", "--explain", "acceptance-without-reason").stdout

    assert english.startswith("ML001 acceptance-without-reason (warning)\n\nAn acceptance")
    assert "To settle it:" in english.replace("\n", " ")
    assert "Use instead:" in english
    assert danish.startswith("ML001 acceptance-without-reason (advarsel)\n\nEn bemærkning")
    assert "Sådan retter du det:" in danish.replace("\n", " ")
    assert "Skriv i stedet:" in danish
    assert "To settle" not in danish
    assert "På dansk" not in danish


def test_the_page_of_the_rules_is_current(tool: Tool) -> None:  # noqa: F811
    kept = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")

    assert kept == page(ALL_RULES) + "\n", "mikroledger check --explain all > docs/rules.md"
    assert tool("check", "--explain", "all").stdout == kept


def test_the_page_has_every_rule_in_both_languages() -> None:
    told = page(ALL_RULES)

    for rule in ALL_RULES:
        assert f"## {rule.code} {rule.name}\n" in told
        assert told.count(f"](#{rule.code.lower()}-{rule.name.lower()})") == 1
    assert told.count("### På dansk") == told.count("### Use instead") == len(ALL_RULES)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_a_manual_names_only_commands_that_there_are(rule: Rule) -> None:
    named = re.findall(r"[`»]mikroledger\s+([a-z-]+)", rule.manual)

    assert set(named) <= set(main.commands)


# SARIF: what its schema requires (OASIS, sections 3.13 to 3.36)


def test_findings_are_handed_on_as_sarif(wrong: Tool) -> None:
    wrong("accept", findings_of(wrong, "ML204")[0], *WHY)
    log = json.loads(wrong("check", "--sarif", code=1).stdout)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]

    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert driver["name"] == "mikroledger"
    assert [rule["id"] for rule in driver["rules"]] == [rule.code for rule in ALL_RULES]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
    assert [r["ruleId"] for r in run["results"]] == ["ML101", "ML204"]
    for result in run["results"]:
        assert result["ruleId"] == driver["rules"][result["ruleIndex"]]["id"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        stands_there(result)
    assert [r.get("suppressions") for r in run["results"]] == [
        None,
        [{"kind": "external", "status": "accepted"}],
    ]


def stands_there(result: dict[str, Any]) -> None:
    """Tell whether file and line of a result are where its entry begins."""
    (location,) = result["locations"]
    place = location["physicalLocation"]
    path = Path(place["artifactLocation"]["uri"].removeprefix("file://"))
    line = path.read_text(encoding="utf-8").splitlines()[place["region"]["startLine"] - 1]
    assert line.startswith("2011-")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(), None),
        (Place("journal/2011-05.beancount", 0), {"uri": "journal/2011-05.beancount"}),
        (Place("/bog/a b.beancount", 0), {"uri": "file:///bog/a%20b.beancount"}),
    ],
)
def test_a_finding_may_have_no_line(place: Place, expected: dict[str, str] | None) -> None:
    finding = Finding(
        id="ML504-000001",
        code="ML504",
        name="history-changed",
        severity=Severity.ERROR,
        loan="",
        debtor="",
        day=date(2011, 5, 2),
        amount=None,
        text=Text("Kæden er brudt.", "The chain is broken."),
        transaction="000001",
        place=place,
        fix=None,
    )
    for language in ("da", "en"):
        (result,) = sarif(ALL_RULES, Findings((finding,)), language)["runs"][0]["results"]
        where = [each["physicalLocation"] for each in result["locations"]]
        assert where == ([] if expected is None else [{"artifactLocation": expected}])


def test_one_form_at_a_time(tool: Tool) -> None:  # noqa: F811
    assert "Choose one form" in tool("check", "--sarif", "--json", code=2).stderr


# accepting


def findings_of(tool: Tool, code: str) -> list[str]:  # noqa: F811
    return [f["id"] for f in tool.json("check", code=1)["findings"] if f["code"] == code]


def test_a_warning_is_accepted_and_counted(wrong: Tool) -> None:
    (finding,) = findings_of(wrong, "ML204")
    shown = wrong("accept", finding, *WHY, "--dry-run").stdout
    assert f'custom "mikroledger" "accept" "{finding}"' in shown
    assert 'ml-ignore: "ML204 se sag 2011-17"' in shown
    done = wrong.json("accept", finding, *WHY)
    assert (done["loan"], done["outcome"]) == ("L2011-0002", "booked")
    assert wrong.json("accept", finding, *WHY)["outcome"] == "already"
    told = wrong.json("check", code=1)
    assert ([f["code"] for f in told["findings"]], told["ignored"]) == (["ML101"], 1)
    assert wrong.json("check", "--select", "ML2")["ignored"] == 1
    assert wrong.json("check", "--loan", "L2011-0001", code=1)["ignored"] == 0
    assert "1 accepted" in wrong("check", code=1).stderr
    assert [f.id for f in as_the_whole(wrong).ignored] == [finding]


def test_an_error_is_accepted_by_two(wrong: Tool) -> None:
    (finding,) = findings_of(wrong, "ML101")
    proposed = wrong.json("accept", finding, *WHY)
    assert proposed["outcome"] == "proposed"
    assert f"mikroledger countersign {proposed['id']}" in wrong("check", code=1).stdout
    as_the_whole(wrong)
    wrong("countersign", proposed["id"], code=4)
    wrong("countersign", proposed["id"], by="led")
    assert codes(wrong) == ["ML204"]
    as_the_whole(wrong)
    held = wrong.json("remind", "--dry-run")["held"]
    assert "BOOKED-RIGHT" in [r["code"] for r in held[0]["reasons"]], "it still stands elsewhere"
    wrong("accept", finding, "--withdraw", *WHY)
    assert codes(wrong) == ["ML101", "ML204"]
    as_the_whole(wrong)


def test_it_takes_a_reason_and_a_finding(wrong: Tool) -> None:
    (finding,) = findings_of(wrong, "ML204")
    assert "Say why" in wrong("accept", finding, code=2).stderr
    assert "no open finding" in wrong("accept", "ML204-99", *WHY, code=4).stderr
    assert "is not accepted" in wrong("accept", finding, "--withdraw", *WHY, code=4).stderr
    wrong("accept", code=2)


def test_money_that_nobody_owns_is_accepted_in_its_own_part(wrong: Tool) -> None:
    line = "02-05-2011;02-05-2011;UKENDT;700,00;80.700,00;\n"
    wrong("import", wrong.file("konto.csv", BANK + line))
    wrong.day = "2011-07-01"
    (finding,) = findings_of(wrong, "ML303")
    wrong("accept", finding, *WHY)
    assert "ML303" not in codes(wrong)
    assert [f.id for f in as_the_whole(wrong).ignored] == [finding]


def test_what_is_common_to_all_is_accepted_for_all(wrong: Tool) -> None:
    policy = wrong.book / "policy.beancount"
    note = '2011-05-02 custom "mikroledger" "note" "ring til 610190-0000"\n  id: "N1"\n'
    policy.write_text(policy.read_text() + note)
    (finding,) = findings_of(wrong, "ML502")
    proposed = wrong.json("accept", finding, *WHY)
    wrong("countersign", proposed["id"], "--decline", *WHY, by="led")
    assert finding in {f.id for f in as_the_whole(wrong).open}
    proposed = wrong.json("accept", finding, *WHY)
    wrong("countersign", proposed["id"], by="led")
    assert finding in {f.id for f in as_the_whole(wrong).ignored}


def test_an_acceptance_in_the_policy_is_judged_once_for_all(wrong: Tool) -> None:
    (finding,) = findings_of(wrong, "ML204")
    policy = wrong.book / "policy.beancount"
    line = '2011-05-02 custom "mikroledger" "accept" "{}"\n  ml-ignore: "ML204 x"\n'
    policy.write_text(policy.read_text() + line.format(finding) + line.format("ML204-000099"))
    found = as_the_whole(wrong)

    assert [f.id for f in found.ignored] == [finding]
    assert [f.code for f in found.open] == ["ML101", "ML002"]


# the files of letters, and the chain


@pytest.fixture
def told(tool: Tool) -> Tool:  # noqa: F811
    """A loan that was paid out, and whose borrower has a letter."""
    made = tool.json("disburse", "L2011-0001", "20.000,00", "--on", "02-05-2011", "--ref", "PAY-1")
    tool("countersign", made["id"], by="bok")
    return tool


def test_a_letter_that_was_changed_is_told_until_it_is_back(told: Tool) -> None:
    assert codes(told, code=0) == []
    letter = next((told.book / "letters" / "2011").glob("*.pdf"))
    kept = letter.read_bytes()
    letter.write_bytes(kept + b" ")
    assert codes(told) == ["ML404"]
    as_the_whole(told)
    letter.write_bytes(kept)
    assert codes(told, code=0) == []
    letter.unlink()
    (finding,) = findings_of(told, "ML404")
    proposed = told.json("accept", finding, *WHY)
    told("countersign", proposed["id"], by="led")
    assert codes(told, code=0) == []


def test_a_changed_history_is_an_error_that_nobody_accepts(told: Tool) -> None:
    commit = next((told.book / "journal" / "2011-05").glob("*disburse*"))
    kept = commit.read_bytes()
    commit.write_bytes(kept + b"\n; rettet\n")
    found = told.json("check", code=1)["findings"]
    assert [f["code"] for f in found] == ["ML504"]
    assert found[0]["file"].startswith("journal/2011-05/")
    assert "was changed" in told("accept", found[0]["id"], *WHY, code=3).stderr
    commit.write_bytes(kept)
    assert codes(told, code=0) == []


def test_a_book_without_borrowers_is_judged_too(tmp_path: Path) -> None:
    tool = Tool(tmp_path)  # noqa: F811
    tool("init", str(tool.book))
    policy = tool.book / "policy.beancount"
    note = '2011-05-02 custom "mikroledger" "note" "ring til 610190-0000"\n  id: "N1"\n'
    policy.write_text(policy.read_text() + note)

    assert codes(tool) == ["ML502"]
