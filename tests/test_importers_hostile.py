"""Bad files, by the command: told with their line, and the book is byte for byte as it was.

The cases with an id (`import-05`, `cli-12`) are of the project's collection of bad inputs.
"""

from pathlib import Path

import pytest
from tool import Tool

from mikroledger.domain.record import Document
from mikroledger.importers import read_bytes

OWN = Path(__file__).parent / "data" / "bank" / "own"
HEAD = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
BANK = "Dato;Valørdato;Tekst;Beløb;Saldo;Reference\n"


def row(  # one argument for each column that a case spoils
    amount: str = "1.000,00",
    *,
    number: int = 1,
    text: str = "§ 65",
    ref: str = "",
    day: str = "18-11-2026",
    funktion: str = "5.58.80",
    person: str = "",
) -> str:
    return f"{day};{number};{funktion};1;065;5.2;{text};{amount};{person};;{ref};anl\n"


def line(amount: str = "350,00", text: str = "Åse", balance: str = "", ref: str = "") -> str:
    return f"18-11-2026;;{text};{amount};{balance};{ref}\n"


def erp(*rows: str) -> Document:
    return read_bytes("liste.csv", (HEAD + "".join(rows)).encode())


def bank(*lines: str) -> Document:
    return read_bytes("konto.csv", (BANK + "".join(lines)).encode())


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


ROWS = {
    "import-01": ("".join(row(number=n) for n in range(211)) + row("12,5x"), 213, "is not an am"),
    "import-05": (row() + "TOTAL;2\n", 3, "The file says 2 rows and has 1."),
    "import-13": (row() + row(text='"aldrig lukket'), 3, "A quotation mark is not closed"),
    "import-14": (row() + row(text="x" * 10_000_000), 3, "longer than"),
    "import-07, a row cut": (row() + row()[:30], 3, "The row has 6 fields; the header has 12"),
    "cli-06": (row("1,250.00"), 2, "'1,250.00' is not an amount"),
    "cli-07": (row("1.250"), 2, "can be read in two ways"),
    "cli-09": (row("1e5"), 2, "'1e5' is not an amount"),
    "cli-10": (row("NaN"), 2, "'NaN' is not an amount"),
    "cli-11": (row("Infinity"), 2, "'Infinity' is not an amount"),
    "cli-12": (row("١٢٥٠,00"), 2, "is not an amount"),
    "full-width digits": (row("１２５０,00"), 2, "is not an amount"),
    "superscript": (row("10²,00"), 2, "is not an amount"),
    "cli-15": (row("99999999999999999999,00"), 2, "more than the largest amount"),
    "a formula": (row("=1+1"), 2, "'=1+1' is not an amount"),
    "a plus": (row("+100,00"), 2, "'+100,00' is not an amount"),
    "hidden in an amount": (row("1\u200b000,00"), 2, "invisible character (U+200B)"),
    "other digits in a day": (row(day="١٨-11-2026"), 2, "is not dd-mm-yyyy"),
    "other digits in a funktion": (row(funktion="٥.58.80"), 2, "is not a funktion"),
    "other digits in a person": (row(person="٦101900000"), 2, "10 or 8 digits"),
    "cli-29, in a reference": (row(ref="PAY\u202e-1"), 2, "invisible character (U+202E)"),
    "a number too many": (row() + "TOTAL;1;1.000,00;5\n", 3, "The file says 5 rows and has 1."),
    "a total of letters": (row() + "TOTAL;12a\n", 3, "'12a' is not an amount"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_told_with_its_line_and_nothing_is_booked(clerk: Tool, case: str) -> None:
    rows, where, message = ROWS[case]
    before = clerk.tree()
    (done,) = clerk.json("import", clerk.file("liste.csv", HEAD + rows), code=1)

    assert [each["line"] for each in done["rejected"]] == [where]
    assert message in done["rejected"][0]["reason"]
    assert done["booked"] == 0
    assert clerk.tree() == before


FILES = {
    "import-10": (
        BANK.replace("Dato;V", "Dag;V"),
        "It is like bank, but lacks: Dato; unk",
    ),
    "import-11": (BANK.replace(";", ","), "separated by comma, not by semicolon"),
    "import-41": ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not a text file"),
    "ledger-29, NUL in the middle": (HEAD + row(text="a\0b"), "is not a text file"),
    "a bell": (HEAD + row(text="a\x07b"), "is not a text file"),
    "twice the same column": (BANK.replace("Saldo", "Dato") + line(), "columns are not known"),
    "cli-28, in a header": ("Dato;610190-0000\n", "Found: Dato;[CPR]"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_is_refused_and_nothing_is_booked(clerk: Tool, case: str) -> None:
    text, message = FILES[case]
    before = clerk.tree()
    told = clerk("import", clerk.file("fil.csv", text, "latin-1"), code=4).stderr

    assert message in told
    assert "610190" not in told
    assert clerk.tree() == before


@pytest.mark.parametrize(
    "start", ["", "\ufeff", "{1:F01DABADKKKAXXX0000000000}{2:I940DABADKKKXN}{4:\r\n"]
)
def test_an_mt940_is_called_by_its_name_with_what_to_get_instead(clerk: Tool, start: str) -> None:
    text = start + (OWN / "mt940.sta").read_text()
    told = clerk("import", clerk.file("mt940.sta", text), code=4).stderr

    assert "mt940.sta: The file is MT940 (SWIFT)" in told
    assert "camt.053" in told


def test_a_file_of_no_rows_is_a_day_without_payments(clerk: Tool) -> None:
    """`import-09`."""
    assert clerk.json("import", clerk.file("x.csv", HEAD))[0]["rows"] == 0


FORMULAS = ("=SUM(A1)", '=HYPERLINK("http://x")', "+45 12345678", "-2+3", "@cmd", "\t=1", "'=1")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    shown = " ".join(text.split())

    assert erp(row(text=quoted)).erp[0].text == shown
    assert bank(line(text=quoted)).bank[0].parts[0].text == shown


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u00ad", "\x85", "\ue000"])
def test_what_shows_nothing_is_left_out_of_a_payers_text(clerk: Tool, hidden: str) -> None:
    """Anybody may write it into a payment; it must not stop the municipality's whole day."""
    (part,) = bank(line(text=f"Af{hidden}drag")).bank[0].parts
    assert part.text in {"Afdrag", "Af drag", "Af\ue000drag"}

    clerk("import", clerk.file("konto.csv", BANK + line(text=f"Af{hidden}drag")))
    clerk("verify")


def test_what_shows_nothing_in_a_header_is_overlooked() -> None:
    text = BANK.replace("Tekst", "\u200bTekst") + line()
    assert len(read_bytes("konto.csv", text.encode()).bank) == 1


def test_a_payment_number_is_not_found_in_what_only_looks_like_one() -> None:
    assert bank(line(text="71 10000000000000９")).bank[0].parts[0].fik == ""


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("1234567890123456,00", "more than the largest amount"),
        ("1e5", "'1e5' is not an amount"),
        ("nan", "'nan' is not an amount"),
        ("-0,00", "The amount is 0,00"),
        ("--1,00", "is not an amount"),
    ],
)
def test_a_statement_is_as_strict_though_its_sums_may_be_larger(amount: str, message: str) -> None:
    ((where, reason),) = why(bank(line(amount)))
    assert (where, message in reason) == (2, True)
    assert bank(line("123456789012345,00")).rejected == ()


def test_a_balance_that_is_none_is_told() -> None:
    assert why(bank(line(balance="x"))) == [
        (2, "'x' is not an amount in kroner. Write for example 1250,00.")
    ]


def test_a_line_of_a_printed_list_may_not_be_endless(clerk: Tool) -> None:
    head = "|Bilagsnr|Bogf.dato|Art|Tekst|Beløb|\n"
    (done,) = clerk.json("import", clerk.file("x.txt", head + "|" * 300_000), code=1)

    assert [(r["line"], r["reason"]) for r in done["rejected"]] == [
        (2, "The line is longer than 200000 characters.")
    ]


def test_an_endless_line_is_cut_into_no_cells() -> None:
    ((where, reason),) = why(erp(row(), ";" * 5_000_000 + "\n", row(number=2)))
    assert (where, reason) == (3, "The line is longer than 200000 characters.")


def test_a_bank_line_with_a_number_of_a_person_is_booked_without_it(clerk: Tool) -> None:
    """`import-18`: the text is judged and never stored."""
    clerk("import", clerk.file("konto.csv", BANK + line(text="for 610190-0000")))

    journal = (each.read_text() for each in (clerk.book / "journal").rglob("*.beancount"))
    assert "610190" not in "".join(journal)
