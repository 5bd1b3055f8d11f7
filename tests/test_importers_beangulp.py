"""The importers for beangulp: the script of docs/importers.md, run as a person runs it."""

import importlib
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beangulp.exceptions import Error
from camts import Entry, Pay, Statement, document
from fakes import ROOT

from mikroledger.importers.gulp import BankImporter, ErpImporter, NoticeImporter

DATA = Path(__file__).parent / "data"
BANK = DATA / "bank" / "own"
STATEMENT = BANK / "camt.053.001.08_fik.xml"
NOTICES = BANK / "camt.054.001.08_fik.xml"
NETS = BANK / "nets_0602.txt"
LIST = DATA / "erp" / "01_utf8_bom_signed.csv"
HEADER = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
ROWS = (
    "02-05-2011;70010;5.58.80;1;065;5.2;§ 65 etablering;20.000,00;610190-0000;"
    "2011-0412;PAY-1;anl\n"
    "02-05-2011;70010;9.32.25;5;065;6.0;§ 65 lån 610190-0000;5.000,00;;;610190-0000;anl\n"
    "03-05-2011;70011;5.58.80;2;002;8.6;Refusion;-7,50;;;;anl\n"
    "03-05-2011;70012;9.32.25;5;065;6.0;Fra;100,00;;;;anl\n"
    "03-05-2011;70012;5.58.80;1;065;5.2;Til;-100,00;;;;anl\n"
)
ACCOUNTS = {"9.32.25": "Assets:Loans", "5.58.80": "Income:Refund", "5.58.80/1": "Expenses:B"}


@pytest.fixture
def opus(tmp_path: Path) -> Path:
    path = tmp_path / "liste.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The script of the documentation, run by its own command line."""
    page = (ROOT / "docs" / "importers.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "import.py"
    path.write_text(code, encoding="utf-8")

    def run(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, path, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def ledger(path: Path, text: str) -> list[Any]:
    """Load what was extracted with beancount, its accounts opened."""
    names = sorted(set(re.findall(r"\b(?:Assets|Liabilities|Expenses|Income):[\w:]+", text)))
    path.write_text("".join(f"1970-01-01 open {name}\n" for name in names) + text, "utf-8")
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    return [entry for entry in entries if type(entry).__name__ == "Transaction"]


def plain(entries: list[Any]) -> list[list[tuple[str, str]]]:
    return [[(p.account, str(p.units.number)) for p in entry.postings] for entry in entries]


# the script of the documentation


def test_the_script_identifies_each_kind_of_file(
    script: Callable[..., subprocess.CompletedProcess[str]], opus: Path
) -> None:
    done = script("identify", STATEMENT, NOTICES, NETS, opus, ROOT / "LICENSE")
    said = [line for line in done.stdout.splitlines() if "Importer" in line]

    assert [line.rpartition(".")[2] for line in said] == [
        "BankImporter",
        "NoticeImporter",
        "NoticeImporter",
        "ErpImporter",
    ]


def test_what_the_script_extracts_is_a_ledger(
    script: Callable[..., subprocess.CompletedProcess[str]], opus: Path, tmp_path: Path
) -> None:
    done = script("extract", STATEMENT, NOTICES, NETS, opus)
    entries = ledger(tmp_path / "new.beancount", done.stdout)

    assert len(entries) == 4 + 3 + 4 + 3
    assert "610190" not in done.stdout
    bank = [entry for entry in entries if entry.postings[0].account == "Assets:Bank"]
    assert sum((e.postings[0].units.number for e in bank), Decimal(0)) == Decimal("1249.50")


def test_what_is_in_the_book_already_comes_out_as_a_comment(
    script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    book = tmp_path / "my.beancount"
    ledger(book, script("extract", STATEMENT, NETS).stdout)
    again = script("extract", "-e", book, STATEMENT, NETS, NOTICES).stdout

    new = "\n".join(line for line in again.splitlines() if not line.startswith((";", "****")))
    assert len(ledger(tmp_path / "new.beancount", new)) == 3


def test_the_script_files_a_document_under_its_day_and_account(
    script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    copies = [tmp_path / "hentet.XML", tmp_path / "nets.txt"]
    for copy, source in zip(copies, (STATEMENT, NETS), strict=True):
        copy.write_bytes(source.read_bytes())
    documents = tmp_path / "documents"
    documents.mkdir()
    script("archive", "-o", documents, *copies)

    assert sorted(str(p.relative_to(documents)) for p in documents.rglob("*.*")) == [
        "Assets/Bank/2026-11-20.camt.053-DK5000400440116243.xml",
        "Assets/Clearing/Repayments/2026-11-06.nets-0602-12345678.txt",
    ]


def test_a_file_with_a_bad_line_gives_nothing_and_says_which(
    script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    bad = tmp_path / "k.xml"
    bad.write_bytes(document(Statement([Entry("1.00"), Entry("0.00")])))
    done = script("extract", bad, code=1)

    assert "2: Beløbet er 0,00; en post flytter penge." in done.stderr
    assert "Intet er læst ind." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Assets:Bank" not in done.stdout


# the importers themselves


def test_a_batch_has_a_posting_for_each_payment(tmp_path: Path) -> None:
    path = tmp_path / "k.xml"
    pays = [Pay("1.00", "100000000000009", "for 010190-1234"), Pay("2.00", "", "to", "PAY-1")]
    back = Entry("-1.00", [Pay("-1.00", reference="010190-1234")], "A2", reversal=True)
    path.write_bytes(document(Statement([Entry("3.00", pays, "A1", value="2026-11-19"), back])))
    first, second = BankImporter("Assets:Bank", "Assets:X").extract(str(path), [])

    assert plain([first, second]) == [
        [("Assets:Bank", "3.00"), ("Assets:X", "-1.00"), ("Assets:X", "-2.00")],
        [("Assets:Bank", "-1.00"), ("Assets:X", "1.00")],
    ]
    assert [posting.meta for posting in first.postings[1:]] == [
        {"payment-id": "100000000000009"},
        {"reference": "PAY-1"},
    ]
    assert first.narration == "for [CPR] 71100000000000009" + "81234567 to"
    assert (first.date, first.meta["value"]) == (date(2026, 11, 20), date(2026, 11, 19))
    assert (second.meta["returned"], second.postings[1].meta) == (True, {})
    assert [first.meta["entry-id"], second.meta["entry-id"]] == [
        "DK5000400440116243/A1",
        "DK5000400440116243/A2/R",
    ]


def test_notices_are_payments_of_their_own() -> None:
    found = NoticeImporter("Assets:Clearing", "Assets:Loans").extract(str(NETS), [])

    assert plain(found) == [
        [("Assets:Clearing", amount), ("Assets:Loans", other)]
        for amount, other in (
            ("350.00", "-350.00"),
            ("-350.00", "350.00"),
            ("500.50", "-500.50"),
            ("-500.50", "500.50"),
        )
    ]
    assert [entry.meta.get("value") for entry in found] == [
        date(2026, 11, 1),
        None,
        date(2026, 11, 3),
        None,
    ]
    assert [entry.meta.get("returned") for entry in found] == [None, True, None, True]


def test_a_voucher_is_one_transaction_and_balances(opus: Path) -> None:
    importer = ErpImporter("Assets:Lists", "Assets:Clearing", accounts=ACCOUNTS)
    found = importer.extract(str(opus), [])

    assert plain(found) == [
        [
            ("Expenses:B", "20000.00"),
            ("Assets:Loans", "5000.00"),
            ("Assets:Clearing", "-25000.00"),
        ],
        [("Income:Refund", "-7.50"), ("Assets:Clearing", "7.50")],
        [("Assets:Loans", "100.00"), ("Expenses:B", "-100.00")],
    ]
    assert found[0].narration == "§ 65 etablering § 65 lån [CPR]"
    assert [posting.meta for posting in found[0].postings] == [
        {"reference": "PAY-1", "decision": "2011-0412"},
        {},
        None,
    ]
    assert [entry.meta["voucher"] for entry in found] == ["70010", "70011", "70012"]
    assert (importer.account(str(opus)), importer.date(str(opus))) == (
        "Assets:Lists",
        date(2011, 5, 3),
    )
    assert importer.filename(str(opus)) == "erp-opus.csv"


@pytest.mark.parametrize("language", ["da", "en"])
def test_nothing_is_extracted_of_a_file_with_a_bad_line(language: Any, tmp_path: Path) -> None:
    path = tmp_path / "k.xml"
    path.write_bytes(document(Statement([Entry("1.00"), Entry("0.00")])))

    with pytest.raises(Error) as caught:
        BankImporter("A:B", "A:C", language=language).extract(str(path), [])
    assert (
        str(caught.value).splitlines()
        == {
            "da": ["2: Beløbet er 0,00; en post flytter penge.", "Intet er læst ind."],
            "en": ["2: The amount is 0.00; an entry moves money.", "Nothing was extracted."],
        }[language]
    )


@pytest.mark.parametrize(
    ("language", "message"),
    [("da", "2: kontostrengen 5.58.80/1/065/5.2 har ingen konto"), ("en", "has no account. Add")],
)
def test_an_account_string_without_an_account_is_told(
    language: Any, message: str, opus: Path
) -> None:
    accounts = {"5.58.8": "Expenses:Wrong", "9.32.25/": "Assets:Loans"}
    importer = ErpImporter("A:B", "A:C", accounts=accounts, language=language)

    with pytest.raises(Error) as caught:
        importer.extract(str(opus), [])
    assert message in str(caught.value)


def test_an_importer_takes_its_own_files_only(opus: Path, tmp_path: Path) -> None:
    bank = BankImporter("Assets:Bank", "Assets:X", number="DK5000400440116243")
    other = BankImporter("Assets:Bank", "Assets:X", number="DK1")
    notices = NoticeImporter("Assets:Clearing", "Assets:Loans")
    erp = ErpImporter("Assets:Lists", "Assets:X", accounts=ACCOUNTS)
    files = (STATEMENT, BANK / "danskebank.csv", NOTICES, NETS, opus, ROOT / "LICENSE")

    def mine(importer: Any) -> list[bool]:
        return [importer.identify(str(path)) for path in files]

    assert mine(bank) == [True, False, False, False, False, False]
    assert mine(other) == [False] * 6
    assert mine(BankImporter("A:B", "A:C")) == [True, True, False, False, False, False]
    assert mine(notices) == [False, False, True, True, False, False]
    assert mine(erp) == [False, False, False, False, True, False]
    assert bank.date(str(STATEMENT)) == date(2026, 11, 20)
    assert notices.date(str(NOTICES)) == date(2026, 11, 20)
    empty = tmp_path / "k.xml"
    empty.write_bytes(document(Statement([], [("OPBD", "1.00")])))
    assert bank.date(str(empty)) is None


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "k.xml"
    importer = BankImporter("Assets:Bank", "Assets:X")
    path.write_bytes(document(Statement([Entry("1.00")])))
    assert len(importer.extract(str(path), [])) == 1
    path.write_bytes(document(Statement([Entry("1.00"), Entry("2.00")])))

    assert len(importer.extract(str(path), [])) == 2


def test_column_maps_of_ones_own_are_used(tmp_path: Path) -> None:
    path = tmp_path / "egen.csv"
    path.write_text("Dag;Sum;Hvad\n2026-11-20;12,50;tak\n")
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / "egen.toml").write_text(
        'name = "egen"\nkind = "bank-csv"\nheader = ["Dag", "Sum", "Hvad"]\n'
        'dates = ["yyyy-mm-dd"]\n'
        '[fields]\nday = "Dag"\namount = "Sum"\ntext = "Hvad"\n'
    )
    importer = BankImporter("Assets:Bank", "Assets:X", maps=[maps], map_name="egen")

    assert not BankImporter("Assets:Bank", "Assets:X").identify(str(path))
    assert importer.identify(str(path))
    assert plain(importer.extract(str(path), [])) == [
        [("Assets:Bank", "12.50"), ("Assets:X", "-12.50")]
    ]


def test_equal_entries_of_other_ids_are_no_duplicates() -> None:
    importer = BankImporter("Assets:Bank", "Assets:X")
    entries = importer.extract(str(STATEMENT), [])
    known = importer.extract(str(STATEMENT), [])[0]
    likeness = known._replace(meta={**known.meta, "entry-id": "DK1/other"})
    bare = known._replace(meta=None)
    importer.deduplicate(entries, [likeness, bare])
    assert not any("__duplicate__" in entry.meta for entry in entries)
    importer.deduplicate(entries, [known])

    assert ["__duplicate__" in entry.meta for entry in entries] == [True, False, False, False]


def test_mikroledger_works_without_beangulp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "beangulp", None)
    monkeypatch.delitem(sys.modules, "mikroledger.importers.gulp")

    with pytest.raises(ImportError, match=r"pip install 'mikroledger\[beangulp\]'"):
        importlib.import_module("mikroledger.importers.gulp")


def test_nothing_but_a_script_loads_beangulp() -> None:
    code = (
        "import sys, mikroledger.importers, mikroledger.cli.document, mikroledger.wiring\n"
        "print([name for name in sys.modules if 'gulp' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )

    assert done.stdout == "[]\n"
