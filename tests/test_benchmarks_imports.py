"""The import benchmark: its files are read to the øre, and a wrong answer ends it."""

from pathlib import Path

import pytest

from benchmarks import imports
from benchmarks.imports import EACH, READERS, main
from mikroledger.importers import read

SMALL = ("--loans", "4", "--rows", "9", "--payments", "10", "--repeat", "1")


def test_a_small_run_measures_ours_and_names_the_libraries(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main([*SMALL, "--work", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()

    shown = [line.split(" | ")[0] for line in lines if line.startswith("| ")]
    ours = ["ERP list, 9 rows", "camt.053, 10 rows"]
    assert shown[1:] == [
        *(f"| `mikroledger import`, {each}" for each in ours),
        *(f"| {name}" for name in READERS),
    ]
    statement, listed = read(tmp_path / "statement.xml"), read(tmp_path / "list.csv")
    assert [line.amount for line in statement.bank] == [EACH] * 10
    assert [row.amount for row in listed.erp] == [-EACH] * 9
    assert (statement.rejected, listed.rejected) == ((), ())
    assert not (tmp_path / "run").exists()


def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Run with a library that says something of its own."""
    monkeypatch.setattr(imports, "READERS", {"other": ("click", f"import time\n{said}")})
    main([*SMALL, "--work", str(tmp_path), "--patience", "1"])


def test_a_library_that_reads_otherwise_ends_the_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemExit, match="it read"):
        reads(tmp_path, monkeypatch, "print(10, '9.99')")


def test_a_library_that_fails_ends_the_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemExit, match="ended with 3"):
        reads(tmp_path, monkeypatch, "raise SystemExit(3)")


def test_a_library_that_takes_too_long_is_told_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reads(tmp_path, monkeypatch, "time.sleep(30)")

    assert "| other | stopped after 1 s |" in capsys.readouterr().out


def test_an_import_that_does_not_book_every_row_ends_the_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "payment_id", lambda loan, turn: "123456789012345")
    with pytest.raises(SystemExit, match=r"import said: .*'suspense': 10"):
        main([*SMALL, "--work", str(tmp_path)])
