"""The plugin: the same findings in bean-check and Fava, and the commands still get in."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from beancount.loader import load_file
from test_cli import GRANT, HEAD, POLICY
from tool import Tool

from mikroledger.plugin import findings
from mikroledger.wiring import House, shipped


@pytest.fixture
def misbooked(tmp_path: Path) -> Tool:
    tool = Tool(tmp_path)
    tool.day = "2011-05-06"
    tool("init", str(tool.book))
    policy = tool.book / "policy.beancount"
    policy.write_text(policy.read_text() + POLICY)
    tool(
        "debtor", "add", "D0001", "--name", "Ane Opdigtet", "--address", "V", "--cpr", "6101900000"
    )
    words = ("--decided", "01-03-2011", "--decision", "2011-0412", "--instalments", "20")
    tool("approve", "--debtor", "D0001", "--principal", "20000", *words)
    tool("import", tool.file("liste.csv", HEAD + GRANT))
    return tool


def test_bean_check_shows_what_check_shows_and_where(misbooked: Tool) -> None:
    bean_check = str(Path(sys.executable).parent / "bean-check")
    command = [bean_check, "--json", str(misbooked.book / "main.beancount")]
    env = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    shown = json.loads(done.stdout or done.stderr)["errors"]
    found = misbooked.json("check", code=1)["findings"]

    assert done.returncode == 1
    assert len(shown) == len(found) == 1
    assert shown[0]["message"].startswith(found[0]["id"])
    assert shown[0]["filename"] == found[0]["file"]
    assert shown[0]["lineno"] == found[0]["line"]


def test_a_finding_does_not_lock_out_its_cure(misbooked: Tool) -> None:
    fixed = misbooked.json("reclassify", "--all", "--yes", by="reg")[0]
    misbooked("countersign", fixed["id"], by="led")
    assert misbooked.json("check")["findings"] == []


def test_fava_shows_the_finding(misbooked: Tool) -> None:
    from fava.core import FavaLedger

    ledger = FavaLedger(str(misbooked.book / "main.beancount"))
    assert [type(error).__name__ for error in ledger.errors] == ["MikroledgerFinding"]


def test_a_policy_that_cannot_be_read_is_an_error_and_no_crash(misbooked: Tool) -> None:
    policy = misbooked.book / "policy.beancount"
    policy.write_text(policy.read_text() + '2011-01-01 custom "mikroledger" "notice-days" "abc"\n')
    entries, _, options = load_file(str(misbooked.book / "main.beancount"))
    shown = findings(entries, options)[1]
    assert len(shown) == 1
    assert "notice-days" in shown[0].message


def test_a_plugin_that_is_asked_to_be_quiet_finds_nothing(misbooked: Tool) -> None:
    main = misbooked.book / "main.beancount"
    line = 'plugin "mikroledger.plugin"'
    main.write_text(main.read_text().replace(line, f'{line} "quiet"'))
    assert load_file(str(main))[1] == []
    assert len(misbooked.json("check", code=1)["findings"]) == 1  # the commands are not
    main.write_text(main.read_text().replace('"quiet"', '"loud"'))
    assert "main.beancount" in misbooked("check", code=3).stderr


def test_a_fault_of_ours_is_a_message_and_takes_nobodys_book_away(
    misbooked: Tool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of ours")

    entries, _, options = load_file(str(misbooked.book / "main.beancount"))
    monkeypatch.setattr("mikroledger.domain.rule.check", broken)
    kept, shown = findings(entries, options)
    assert kept is entries
    assert "ZeroDivisionError: of ours" in shown[0].message
    assert gc.isenabled()


def test_an_empty_ledger_has_no_day_and_no_findings() -> None:
    assert findings([], {}) == ([], [])


def test_what_ships_is_found_in_the_wheel_and_beside_the_package(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (shipped("templates") / "letter.typ").is_file()
    inside = tmp_path / "mikroledger" / "shipped" / "ledger"
    inside.mkdir(parents=True)
    monkeypatch.setattr("mikroledger.wiring.__file__", str(tmp_path / "mikroledger/wiring.py"))
    assert shipped("ledger") == inside


def test_a_book_may_have_its_own_maps(misbooked: Tool) -> None:
    assert House(misbooked.book).maps == ()
    own = misbooked.book / "maps"
    own.mkdir()
    assert House(misbooked.book).maps == (own,)
