"""`mikroledger demo`: the replay, its end, and that two runs are never mixed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mikroledger.cli.main import main


def demo(folder: Path, *words: str, language: str = "en") -> Result:
    return CliRunner().invoke(
        main, ["demo", str(folder), *words], env={"MIKROLEDGER_LANG": language}
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "aarhus"
    result = demo(folder)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return folder, result.stdout


def test_the_replay_stops_the_wrong_letters_and_sends_the_right_ones(
    played: tuple[Path, str],
) -> None:
    folder, told = played

    assert told.count("ML101  L2011-") == 5
    assert told.count("BOOKED-RIGHT") == 6
    assert "0 letters. Held, with every reason:" in told
    assert "Findings left: 0." in told
    assert "No balance moved." in told
    assert "3 reminders, 3 held, 6 owe nothing yet." in told
    assert "Another run on the same day: 0 letters." in told
    assert "Open findings: 0" in told
    letters = [line for line in told.splitlines() if line.endswith("reminder-1-2012-01-12.pdf")]
    assert len(letters) == 3
    assert all(Path(line).read_bytes().startswith(b"%PDF") for line in letters)
    assert (folder / "debtors.sqlite").stat().st_mode & 0o777 == 0o600


def test_bean_check_is_clean_and_bean_query_adds_up(played: tuple[Path, str]) -> None:
    folder, _ = played
    env = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
    bin_ = Path(sys.executable).parent
    book = str(folder / "main.beancount")
    checked = subprocess.run(
        [bin_ / "bean-check", book], env=env, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
    query = "SELECT sum(number) WHERE account ~ 'Assets:Loans:P65:L'"
    asked = subprocess.run(
        [bin_ / "bean-query", book, query],
        env=env,
        capture_output=True,
        check=True,
        text=True,
    )

    assert "226050.00" in asked.stdout.replace(",", "")


def test_fava_opens_the_book(played: tuple[Path, str]) -> None:
    from fava.application import create_app

    folder, _ = played
    app = create_app([str(folder / "main.beancount")], load=True, read_only=True)
    client = app.test_client()
    page = client.get("/", follow_redirects=True)

    assert page.status_code == 200
    assert b"Mikrol" in page.data


def test_no_person_is_in_the_ledger(played: tuple[Path, str]) -> None:
    folder, _ = played
    names = [
        line.split(";")[1].encode()
        for line in (Path(__file__).parent.parent / "ledger/aarhus-2011/debtors.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1:]
    ]
    for path in folder.rglob("*.beancount"):
        text = path.read_bytes()
        assert not any(name in text for name in names), path
        assert b"0190-00" not in text, path


def test_a_second_run_is_refused_or_starts_afresh(played: tuple[Path, str]) -> None:
    folder, _ = played
    again = demo(folder)
    assert again.exit_code == 4
    assert "--fresh" in again.stderr
    fresh = demo(folder, "--fresh", language="da")
    assert fresh.exit_code == 0
    assert "Åbne bemærkninger: 0" in fresh.stdout
    commits = list((folder / "journal").glob("*/*.beancount"))
    assert len({path.name[:6] for path in commits}) == len(commits)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for words in ((), ("--fresh",)):
        result = demo(tmp_path, *words)
        assert result.exit_code == 4
        assert "not empty" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    assert demo(tmp_path).exit_code == 0
