"""Once only: the same file, line or day again, and what was changed since; by the command."""

import pytest
from tool import Tool

IBAN = "DK5000400440116243"
OTHER = "DK9520000123456789"
OPUS = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
ROWS = (
    "18-11-2026;70010;5.58.80;1;065;5.2;§ 65;20.000,00;610190-0000;2026-0412;PAY-1;anl\n",
    "19-11-2026;70011;5.58.80;1;065;5.2;§ 65;1.000,00;610190-0000;;PAY-2;anl\n",
    "20-11-2026;70012;5.58.80;1;065;5.2;§ 65;2.000,00;610190-0000;;PAY-3;anl\n",
)
DANSKE = '"Dato";"Tekst";"Beløb";"Saldo";"Status";"Afstemt"\n'
LINES = (
    '"17.11.2026";"Gebyr";"-10,00";"100.000,00";"Udført";"Nej"\n',
    '"18.11.2026";"NEMKONTO L2026-0001";"-20.000,00";"80.000,00";"Udført";"Nej"\n',
    '"19.11.2026";"Åse";"350,00";"80.350,00";"Udført";"Nej"\n',
    '"20.11.2026";"Bo";"350,00";"80.700,00";"Udført";"Nej"\n',
)
OWN_MAP = """
name = "numbered"
kind = "bank-csv"
header = ["Dag", "Nr", "Tekst", "Ind", "Ud"]
dates = ["yyyy-mm-dd"]
[fields]
day = "Dag"
entry = "Nr"
text = "Tekst"
plus = "Ind"
minus = "Ud"
"""
NUMBERED = "Dag;Nr;Tekst;Ind;Ud\n"
NUMBERS = ("2026-11-18;A1;x;;20000,00\n", "2026-11-19;A2;y;350,00;\n", "2026-11-20;A3;z;350,00;\n")


def camt(*lines: tuple[str, str, str], opening: str = "100000.00", iban: str = IBAN) -> str:
    """Return a camt.053 of booked entries: the bank's id, day, signed amount."""
    entries, total = "", int(opening.replace(".", ""))
    for number, day, amount in lines:
        total += int(amount.replace(".", ""))
        sign = "DBIT" if amount.startswith("-") else "CRDT"
        entries += (
            f'<Ntry><Amt Ccy="DKK">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
            f"<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
            f"<AcctSvcrRef>{number}</AcctSvcrRef></Ntry>"
        )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='DKK'>{amount}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{lines[-1][1]}</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", f"{total / 100:.2f}"))
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
        f"<Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{balances}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


CAMT = (("R1", "2026-11-18", "-20000.00"), ("R2", "2026-11-19", "350.00"))
MORE = ("R3", "2026-11-20", "350.00")


@pytest.fixture
def desk(clerk: Tool) -> Tool:
    (clerk.book / "maps" / "numbered.toml").write_text(OWN_MAP, encoding="utf-8")
    return clerk


def imported(tool: Tool, text: str, *words: str) -> tuple[int, int]:
    """Import a file; return how many of its rows were new, and how many known."""
    (done,) = tool.json("import", tool.file("fil", text), *words)
    assert done["rejected"] == []
    return done["booked"] + done["suspense"], done["already"]


def refused(tool: Tool, text: str, *words: str) -> str:
    """Import a file that is refused; the book is as it was."""
    before = tool.tree()
    told = tool("import", tool.file("fil", text), *words, code=4).stderr
    assert tool.tree() == before
    assert told.startswith("fil: ")
    return told


def bank(tool: Tool) -> int:
    """Return the lines on the bank account."""
    journal = "".join(each.read_text() for each in (tool.book / "journal").rglob("*.beancount"))
    return journal.count("  Assets:Bank  ")


FORMATS = pytest.mark.parametrize(
    ("head", "rows"),
    [(OPUS, ROWS), (DANSKE, LINES), (NUMBERED, NUMBERS)],
    ids=["opus", "danskebank", "numbered"],
)


@FORMATS
def test_the_same_file_and_the_same_lines_in_another_change_nothing(
    desk: Tool, head: str, rows: tuple[str, ...]
) -> None:
    assert imported(desk, head + "".join(rows)) == (len(rows), 0)
    before = desk.tree()

    assert imported(desk, head + "".join(rows)) == (0, len(rows))
    assert desk.tree() == before
    lines = bank(desk)
    assert imported(desk, head + rows[1]) == (0, 1)
    assert imported(desk, head + "".join(rows[1:])) == (0, len(rows) - 1)
    assert bank(desk) == lines


@FORMATS
def test_an_overlapping_file_books_what_is_new(
    desk: Tool, head: str, rows: tuple[str, ...]
) -> None:
    assert imported(desk, head + "".join(rows[:-1])) == (len(rows) - 1, 0)
    assert imported(desk, head + "".join(rows[1:])) == (1, len(rows) - 2)
    assert imported(desk, head + "".join(rows)) == (0, len(rows))


def test_camt_is_booked_once_too(desk: Tool) -> None:
    assert imported(desk, camt(*CAMT)) == (2, 0)
    before = desk.tree()
    assert imported(desk, camt(*CAMT)) == (0, 2)
    assert desk.tree() == before
    assert imported(desk, camt(CAMT[1], MORE)) == (1, 1)
    assert bank(desk) == 3


def test_a_changed_line_under_a_known_number_is_refused(desk: Tool) -> None:
    imported(desk, NUMBERED + "".join(NUMBERS))
    imported(desk, camt(("R9", "2026-11-25", "5.00")))

    assert "Line 3: the bank reported 350,00 kr." in refused(
        desk, NUMBERED + NUMBERS[0] + NUMBERS[1].replace("350", "3500")
    )
    assert "Line 2: the bank reported -20.000,00" in refused(
        desk, NUMBERED + NUMBERS[0].replace("11-18", "11-17")
    )
    assert "the bank reported 5,00" in refused(desk, camt(("R9", "2026-11-25", "6.00")))


@pytest.mark.parametrize(
    "changed",
    [
        LINES[2].replace("Åse", "Åse Ærø"),
        LINES[2].replace("350,00", "351,00", 1).replace("80.350", "80.351"),
        LINES[2].replace("80.350", "80.351"),
    ],
)
def test_a_changed_line_among_lines_that_balances_prove_is_refused(
    desk: Tool, changed: str
) -> None:
    imported(desk, DANSKE + "".join(LINES))

    told = refused(desk, DANSKE + changed)
    assert "Line 2: 35" in told
    assert "Was it changed since?" in told
    assert "If the file is of another account, say which with --account" in told


def test_a_changed_row_of_the_erp_is_another_row_and_no_silent_second_payment(desk: Tool) -> None:
    """An ERP never changes a row; it posts another. So one that differs is new, and is seen."""
    imported(desk, OPUS + ROWS[0])

    assert imported(desk, OPUS + ROWS[0].replace("20.000", "21.000")) == (1, 0)
    assert "ML" in desk("check", code=1).stdout


def test_a_file_with_one_bad_row_is_not_booked_at_all(desk: Tool) -> None:
    before = desk.tree()
    bad = (ROWS[0], ROWS[1].replace("1.000,00", "12,5x"), ROWS[2].replace("20-11", "31-02"))
    (done,) = desk.json("import", desk.file("fil", OPUS + "".join(bad)), code=1)

    assert [each["line"] for each in done["rejected"]] == [3, 4]
    assert desk.tree() == before
    told = desk("import", desk.file("fil", OPUS + "".join(bad)), code=1).stderr
    assert "fil, line 3: '12,5x' is not an amount" in told
    assert "nothing was booked; 2 rows cannot be read" in told


# One account as CSV and as camt


CSV = DANSKE + "".join(LINES[1:3])


def test_a_csv_whose_lines_came_as_camt_is_refused_until_it_says_its_account(desk: Tool) -> None:
    imported(desk, camt(*CAMT))

    told = refused(desk, CSV)
    assert f"already booked from another statement ({IBAN})" in told
    assert f"--account {IBAN}" in told
    assert imported(desk, CSV, "--account", "0040 0440116243") == (0, 2)
    assert bank(desk) == 2
    before = desk.tree()
    assert imported(desk, CSV) == (0, 2)
    assert desk.tree() == before


def test_the_account_is_remembered_and_told(desk: Tool) -> None:
    path = desk.file("konto.csv", CSV)
    assert desk.json("import", path)[0]["account"] == ""
    assert desk.json("import", path, "--account", IBAN)[0]["account"] == IBAN
    assert f"account {IBAN}" in desk("import", path).stderr


def test_a_csv_of_another_account_is_booked_beside_a_camt(desk: Tool) -> None:
    imported(desk, camt(*CAMT))

    assert imported(desk, CSV, "--account", OTHER) == (2, 0)
    assert bank(desk) == 4


def test_a_camt_after_a_csv_changes_nothing_once_the_csv_has_its_account(desk: Tool) -> None:
    imported(desk, CSV)

    told = refused(desk, camt(*CAMT))
    assert "First import one of the earlier statements (danskebank) again with --account" in told
    assert imported(desk, CSV, "--account", IBAN) == (0, 2)
    assert imported(desk, camt(*CAMT, MORE)) == (1, 2)
    assert bank(desk) == 3
    before = desk.tree()
    assert imported(desk, camt(*CAMT)) == (0, 2)
    assert desk.tree() == before
    assert "the bank reported -20.000,00" in refused(
        desk, camt(("R1", "2026-11-18", "-2.00"), CAMT[1])
    )


def test_a_line_that_a_whole_day_does_not_have_is_refused(desk: Tool) -> None:
    imported(desk, camt(*CAMT, MORE))
    batch = LINES[1].replace("20.000,00", "7.000,00").replace("80.000", "93.000")

    assert "is not among the lines booked for that day" in refused(
        desk, DANSKE + batch, "--account", IBAN
    )


def test_a_closed_month_is_known_by_the_banks_own_days(desk: Tool) -> None:
    """What is booked into a closed month gets a later date; the bank's day tells it still."""
    before_close = ("R0", "2026-10-30", "1.00")
    imported(desk, camt(before_close))
    why = ("--explain", "suspense", "--reason", "renter, opdigtet")
    desk("reconcile", "--month", "2026-10", *why)
    for person in ("anl", "bok"):
        desk("close", "2026-10", "--yes", by=person)
    october = '"29.10.2026";"Rente";"2,00";"100.002,00";"Udført";"Nej"\n'

    assert imported(desk, DANSKE + october, "--account", IBAN) == (1, 0)
    assert imported(desk, camt(("R8", "2026-10-29", "2.00"))) == (0, 1)


def test_one_line_more_of_a_sum_is_not_taken_for_another(desk: Tool) -> None:
    """Two instalments of one sum and day, of which an earlier file had one: which is new?"""
    imported(desk, DANSKE + LINES[3], "--account", IBAN)
    more = ("R4", "2026-11-20", "350.00")

    assert "(danskebank; 1 of that amount)" in refused(desk, camt(MORE, more))
    imported(desk, DANSKE + LINES[3] + LINES[3].replace("80.700", "81.050").replace("Bo", "Pia"))
    assert imported(desk, camt(MORE, more)) == (0, 2)
    assert bank(desk) == 2


def test_a_second_account_of_a_bank_is_kept_apart(desk: Tool) -> None:
    imported(desk, CSV, "--account", IBAN)

    assert imported(desk, CSV, "--account", OTHER) == (2, 0)
    told = refused(desk, DANSKE + LINES[3])
    assert f"The map danskebank is used for several accounts ({IBAN}, {OTHER})" in told
    assert imported(desk, CSV, "--account", OTHER) == (0, 2)
    assert imported(desk, camt(*CAMT)) == (0, 2)
    assert bank(desk) == 4


def test_an_account_is_not_given_to_earlier_lines_by_guess(desk: Tool) -> None:
    imported(desk, CSV)

    told = refused(desk, DANSKE + LINES[3], "--account", IBAN)
    assert "First import one of them again, unchanged, with --account" in told
    assert "First import one of them" in refused(desk, DANSKE, "--account", IBAN)


def test_a_map_may_say_its_account(desk: Tool) -> None:
    own = OWN_MAP.replace("kind =", 'bank_account = "0040 0440116243"\nkind =')
    (desk.book / "maps" / "numbered.toml").write_text(own, encoding="utf-8")
    imported(desk, camt(*CAMT))

    assert imported(desk, NUMBERED + "".join(NUMBERS)) == (1, 2)
    told = refused(desk, NUMBERED + NUMBERS[0], "--account", OTHER)
    assert f"The statement is of account {IBAN}, not of {OTHER}" in told


def test_an_account_that_is_none_is_an_error_of_the_command_line(desk: Tool) -> None:
    before = desk.tree()
    told = desk("import", desk.file("x", CSV), "--account", "DK5100400440116243", code=2).stderr
    assert "is no account number, or a digit is wrong" in told
    assert f"of account {IBAN}, not of {OTHER}" in refused(desk, camt(*CAMT), "--account", OTHER)
    assert desk.tree() == before


def test_an_erp_list_beside_a_statement_has_no_account(desk: Tool) -> None:
    files = [desk.file("liste.csv", OPUS + ROWS[0]), desk.file("konto.csv", CSV)]
    done = desk.json("import", *files, "--account", IBAN)

    assert [each["account"] for each in done] == ["", IBAN]


def test_the_book_is_clean_after_all_of_it(desk: Tool) -> None:
    imported(desk, camt(*CAMT))
    imported(desk, CSV, "--account", IBAN)
    desk("verify")
    assert desk.json("check", "--full")["findings"] == []
