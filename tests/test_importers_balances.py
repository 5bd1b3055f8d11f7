"""Lists of balances: columns by map, balances to the øre, and everything else told by its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.domain.reconciliation import Balance
from mikroledger.domain.record import AccountString
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers import read_bytes
from mikroledger.importers.balances import SHIPPED, read
from mikroledger.money import kroner


def file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "saldi.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_an_account_and_its_balance(tmp_path: Path) -> None:
    text = (
        "Konto;Tekst;Saldo\n"
        "9.22.05;Bank;-1.234.567,89\n"
        "09.32.25.5.065;Udlån § 65;220.000,00\n"
        "93225;i alt på funktionen;220.000,00\n"
        "9.32.25/5/002/6.0;Ejendomsskattelån;12,00-\n"
        "12345678;Egen konto;5,00\n"
        "I alt;;-794.567,89\n"
    )
    assert read(file(tmp_path, text)) == (
        Balance(2, AccountString("9.22.05"), kroner("-1234567.89")),
        Balance(3, AccountString("9.32.25", "5", "065"), kroner(220000)),
        Balance(4, AccountString("9.32.25"), kroner(220000)),
        Balance(5, AccountString("9.32.25", "5", "002", "6.0"), kroner(-12)),
    )


def test_the_account_string_in_columns_of_its_own(tmp_path: Path) -> None:
    text = "Saldo;Funktion;Dranst;Gruppering\n7,50;9.32.25;5;65\n1,00;i alt;;\n"
    assert read(file(tmp_path, text, "cp1252")) == (
        Balance(2, AccountString("9.32.25", "5", "065"), kroner("7.50")),
    )


def own(folder: Path, text: str) -> Path:
    maps = folder / "maps" / "balances"
    maps.mkdir(parents=True)
    (maps / "vores.toml").write_text(text)
    return folder / "maps"


DEBIT_CREDIT = """
name = "vores"
separator = ","
sign = "-"
[fields]
account = "Konto"
plus = "Kredit"
minus = "Debet"
"""


def test_a_book_has_its_own_maps(tmp_path: Path) -> None:
    maps = own(tmp_path, DEBIT_CREDIT)
    text = 'Konto,Debet,Kredit\n9.32.25,"220.000,00",\n9.22.05,,"7,00"\n'
    assert [each.amount for each in read(file(tmp_path, text), [maps])] == [
        kroner(220000),
        kroner(-7),
    ]


def test_a_side_may_be_a_letter(tmp_path: Path) -> None:
    sides = 'name = "vores"\nsides = {D = "+", K = "-"}\n'
    maps = own(tmp_path, sides + '[fields]\naccount = "Konto"\namount = "Sum"\nside = "D/K"\n')
    text = "Konto;Sum;D/K\n9.32.25;7,00;D\n9.22.05;7,00;K\n"
    assert [each.amount for each in read(file(tmp_path, text), [maps])] == [kroner(7), kroner(-7)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Konto;Saldo\n9.32.25;\n", "saldi.csv, line 2: '' is not an amount"),
        ("Konto;Saldo\n9.22.05;1,00\n9.32.25;1.500\n", "line 3: '1.500' can be read in two ways"),
        ("Konto;Saldo\n9.32.25\n", "line 2: '' is not an amount"),
        ('Konto;Saldo\n"9.32.25;1,00\n', "line 2: A quotation mark is not closed"),
        (
            "Funktion;Dranst;Gruppering;Saldo\n9.32.25;xx;065;1,00\n",
            "line 2: 'xx' is not a dranst",
        ),
        ("Account;Sum\n9.32.25;1,00\n", "Known lists of balances: kontostreng: Funktion, Dranst"),
        ("%PDF", "The file is PDF"),
        (";;\n", "the columns are not known"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(file(tmp_path, text))
    assert says in refused.value.text.en


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fields]\n", "fields need account or funktion"),
        ('[fields]\naccount = "K"\n', "fields need account or funktion"),
        ('[fields]\naccount = "K"\namount = "S"\nday = "D"\n', "unknown fields"),
        ('[fields]\naccount = "K"\namount = "S"\n', "KeyError: 'name'"),
        ('name = "x"\nheader = 1\n[fields]\naccount = "K"\namount = "S"\n', "unknown key"),
        ('name = "x"\nseparator = ";;"\n[fields]\naccount = "K"\namount = "S"\n', "unknown key"),
        ('name = "x"\nsign = "*"\n[fields]\naccount = "K"\namount = "S"\n', "KeyError"),
        ("name = \n", "TOMLDecodeError"),
    ],
)
def test_a_map_with_a_mistake_is_named(tmp_path: Path, text: str, says: str) -> None:
    maps = own(tmp_path, text)
    with pytest.raises(RefusedError) as refused:
        read(file(tmp_path, "Konto;Saldo\n"), [maps])
    assert says in refused.value.text.en
    assert str(SHIPPED / "saldoliste.toml") in refused.value.text.en


# The closing balance of a statement


def camt(*statements: str) -> bytes:
    head = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
    return f"{head}{''.join(statements)}</BkToCstmrStmt></Document>".encode()


def one(day: str, closing: str, *, clbd: bool = True) -> str:
    kind = "CLBD" if clbd else "CLAV"
    return (
        "<Stmt><Id>S</Id><Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>"
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='DKK'>{closing}</Amt>"
        f"<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal></Stmt>"
    )


@pytest.mark.parametrize(
    ("statements", "closing"),
    [
        ((one("2011-05-31", "7.50"),), kroner("-7.50")),
        ((one("2011-06-30", "9.00"), one("2011-05-31", "7.50")), kroner(-9)),
        ((one("2011-05-31", "7.50", clbd=False),), None),
    ],
)
def test_camt_says_the_closing_balance_of_its_newest_statement(
    statements: tuple[str, ...], closing: Decimal | None
) -> None:
    assert read_bytes("a.xml", camt(*statements)).closing == closing


CSV = "Dato;Valørdato;Tekst;Beløb;Saldo;Reference\n"
FIRST = "02-05-2011;02-05-2011;A;1,00;11,00;\n"
SECOND = "03-05-2011;03-05-2011;B;2,00;13,00;\n"


@pytest.mark.parametrize("lines", [FIRST + SECOND, SECOND + FIRST])
def test_csv_says_it_in_either_order(lines: str) -> None:
    assert read_bytes("a.csv", (CSV + lines).encode()).closing == kroner(13)


def test_a_csv_without_lines_says_none() -> None:
    assert read_bytes("a.csv", CSV.encode()).closing is None
