"""camt.053: booked entries, their payments and references, and what is refused."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.domain.record import BankPart, Document
from mikroledger.errors import RefusedError
from mikroledger.importers import read, read_bytes

DATA = Path(__file__).parent / "data" / "bank"
OWN = DATA / "own"
GENKGO = DATA / "genkgo-camt"
DAY = date(2026, 11, 20)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001"


def entry(
    amount: str = "100.00", inside: str = "", *, sign: str = "CRDT", sts: str = "BOOK"
) -> str:
    return (
        f'<Ntry><Amt Ccy="DKK">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{sts}</Sts>'
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt>{inside}</Ntry>"
    )


def detail(amount: str, inside: str = "", currency: str = "DKK") -> str:
    return f'<TxDtls><Amt Ccy="{currency}">{amount}</Amt>{inside}</TxDtls>'


def details(*inside: str) -> str:
    return f"<NtryDtls>{''.join(inside)}</NtryDtls>"


def balance(code: str, amount: str, sign: str = "CRDT", currency: str = "DKK") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        "<Dt><Dt>2026-11-21</Dt></Dt></Bal>"
    )


def statement(*inside: str, account: str = "<IBAN>DK5000400440116243</IBAN>") -> str:
    return f"<Stmt><Id>S1</Id><Acct><Id>{account}</Id></Acct>{''.join(inside)}</Stmt>"


def xml(*statements: str, version: str = "02") -> bytes:
    body = f"<BkToCstmrStmt>{''.join(statements)}</BkToCstmrStmt>"
    return f'<Document xmlns="{NAMESPACE}.{version}">{body}</Document>'.encode()


def camt(*inside: str) -> Document:
    return read_bytes("x.xml", xml(statement(*inside)))


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_danish_statement_with_payment_ids(version: str) -> None:
    document = read(OWN / f"camt.053.001.{version}_fik.xml")

    assert (document.format, document.source) == ("camt.053", "DK5000400440116243")
    assert (document.until, document.rejected) == (DAY, ())
    said = [(line.entry, line.amount, line.returned) for line in document.bank]
    assert said == [
        ("ASR000000000001", Decimal("1325.00"), False),
        ("ASR000000000002", Decimal("400.00"), False),
        ("ASR000000000003/R", Decimal("-350.00"), True),
        ("ASR000000000004", Decimal("-125.50"), False),
    ]
    batch, single, returned, fee = document.bank
    assert [(part.amount, part.fik) for part in batch.parts] == [
        (Decimal("350.00"), "100000000000009"),
        (Decimal("475.00"), "100000000079193"),
        (Decimal("500.00"), "100000000158385"),
    ]
    assert single.parts == (BankPart(Decimal("400.00"), "", "", "LÅN-2019-000003 afdrag nov."),)
    assert returned.parts[0].fik == "100000000000009"
    assert "Tilbageført FI-indbetaling" in returned.parts[0].text
    assert (fee.day, fee.value, fee.line) == (DAY, DAY, 4)


def test_prefixes_and_versions_change_nothing() -> None:
    plain = (OWN / "camt.053.001.02_fik.xml").read_text(encoding="utf-8")
    head, _, rest = plain.partition("<Document xmlns=")
    prefixed = rest.replace("</", "\0").replace("<", "<n:").replace("\0", "</n:")
    document = read_bytes("x.xml", f"{head}<n:Document xmlns:n={prefixed}".encode("utf-8-sig"))

    assert document.bank == read(OWN / "camt.053.001.02_fik.xml").bank


@pytest.mark.parametrize(
    ("file", "amounts", "until"),
    [
        ("camt053.v2.all-balance-types.xml", ["8.85"], (2015, 1, 22)),
        ("camt053.v2.five.decimals.xml", ["8.85"], (2014, 12, 31)),
        ("camt053.v2.minimal.ultimate.xml", ["8.85"], (2014, 12, 31)),
        ("camt053.v2.multi.statement.xml", ["8.85", "-7.00"], (2014, 12, 31)),
        ("camt053.v2.with-party-ids.xml", ["8.85"], (2014, 12, 31)),
    ],
)
def test_foreign_samples_in_kroner(
    file: str, amounts: list[str], until: tuple[int, int, int]
) -> None:
    data = (GENKGO / file).read_bytes().replace(b'"EUR"', b'"DKK"')
    document = read_bytes(file, data)

    assert [line.amount for line in document.bank] == [Decimal(each) for each in amounts]
    assert document.until == date(*until)


def test_foreign_samples_as_they_are_hold_no_kroner() -> None:
    for file in sorted(GENKGO.glob("camt053.v*.xml")):
        if file.name != "camt053.v2.wrong.xml":
            document = read(file)
            assert document.bank == ()
            assert "only DKK can be booked" in document.rejected[0].reason.en


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (GENKGO / "camt052.v1.xml", "is camt.052; an account statement must be camt.053"),
        (GENKGO / "camt052.v8.xml", "is camt.052"),
        (GENKGO / "camt053.v2.wrong.xml", "neither entries nor balances"),
    ],
)
def test_another_kind_of_file_is_refused(file: Path, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        read(file)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "has a DOCTYPE"),
        (b"<a>" * 80 + b"</a>" * 80, "nested deeper than 64"),
        (b"<a>" * 200_000, "nested deeper than 64"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', r"encoding \(utf-7\) is refused"),
        ('<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16"), "is refused"),
        ("<a>æ</a>".encode("cp1252"), "is refused"),
        (b"<Document><BkToCstmrStmt>", "cannot be read"),
        (b"<html><body/></html>", r"\(html\) is not an account statement"),
        (
            xml(statement(entry()), statement(entry(), account="<IBAN>DK2</IBAN>")),
            "several accounts",
        ),
        (xml(statement(entry(), account="")), "does not say which account"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        read_bytes("x.xml", data)


@pytest.mark.parametrize("status", ["PDNG", "INFO", "<Cd>PDNG</Cd>", "<Cd>FUTR</Cd>"])
def test_what_is_not_booked_does_not_count(status: str) -> None:
    document = camt(entry(sts=status), entry(sts="<Cd>BOOK</Cd>"))

    assert [line.line for line in document.bank] == [2]
    assert document.rejected == ()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (entry(sts="XXXX"), "status 'XXXX'; only BOOK"),
        (entry("0.00"), "The amount is 0.00"),
        (entry("1.005"), "'1.005' is not an amount in whole øre"),
        (entry("1,00"), "not an amount"),
        (entry("1.00").replace("DKK", "EUR"), "The currency is EUR"),
        (entry(sign="BOTH"), "lacks its amount or direction"),
        (entry().replace("Amt", "Sum"), "lacks its amount or direction"),
        (entry().replace("BookgDt", "Dt"), "has no BookgDt"),
        (entry().replace("2026-11-20", "2026-11-31"), "not a day that exists"),
        (entry().replace("2026-11-20", "1926-11-20"), "not a day in 1990-2100"),
    ],
)
def test_a_bad_entry_is_told_with_its_number(bad: str, message: str) -> None:
    document = camt(entry(), bad)

    ((number, reason),) = why(document)
    assert number == 2
    assert message in reason


def test_an_amount_is_not_cut_short_by_a_comment() -> None:
    assert camt(entry("1<!-- x -->0.00")).bank[0].amount == Decimal("10.00")


def test_the_value_day_and_times_of_day() -> None:
    document = camt(entry(inside="<ValDt><DtTm>2026-11-23T00:00:00</DtTm></ValDt>"))

    assert document.bank[0].value == date(2026, 11, 23)


def test_opening_and_entries_must_give_closing() -> None:
    ends = [balance("OPBD", "10000.00"), balance("CLBD", "11350.00")]
    document = camt(*ends, entry("1250.00"))

    assert why(document) == [
        (1, "Opening 10.000,00 + entries 1.250,00 is not closing 11.350,00. An entry is missing.")
    ]
    assert document.until == date(2026, 11, 21)
    assert camt(*ends, entry("1350.00")).rejected == ()


def test_an_overdrawn_account_that_opens_where_the_last_one_closed() -> None:
    ends = [balance("PRCD", "50.00", "DBIT"), balance("CLBD", "50.00")]

    assert camt(*ends, entry("100.00")).rejected == ()


def test_a_statement_without_entries_says_which_day_it_covers() -> None:
    ends = [balance("OPBD", "1.00"), balance("CLBD", "1.00")]

    assert camt(*ends).until == date(2026, 11, 21)
    assert camt(balance("OPBD", "1.00")).until is None
    assert [n for n, _ in why(camt(balance("OPBD", "1.00", currency="EUR")))] == [0]


def test_the_period_or_the_newest_entry_is_the_last_day_without_a_closing_balance() -> None:
    period = "<FrToDt><ToDtTm>2026-11-22T23:59:59</ToDtTm></FrToDt>"

    assert camt(entry(), period).until == date(2026, 11, 22)
    assert camt(entry()).until == DAY


def test_a_bad_closing_day_is_told() -> None:
    bad = balance("CLBD", "1.00").replace("2026-11-21", "2026-13-21")

    assert [number for number, _ in why(camt(entry(), bad))] == [1]


def test_a_foreign_closing_balance_is_told() -> None:
    document = camt(entry(), balance("CLBD", "1.00", currency="EUR"))

    assert "The currency is EUR" in document.rejected[0].reason.en


@pytest.mark.parametrize(
    ("refs", "reference"),
    [
        ("<EndToEndId>PAY-1</EndToEndId>", "PAY-1"),
        ("<EndToEndId>NOTPROVIDED</EndToEndId>", ""),
        ("<PmtInfId>BATCH 1</PmtInfId><EndToEndId>NOTPROVIDED</EndToEndId>", "BATCH1"),
    ],
)
def test_a_payment_keeps_its_own_reference(refs: str, reference: str) -> None:
    document = camt(entry(inside=details(detail("1.00", f"<Refs>{refs}</Refs>"))))

    assert document.bank[0].parts == (BankPart(Decimal("100.00"), reference),)


def test_a_batch_without_details_is_one_payment_of_its_reference() -> None:
    document = camt(entry("5.00", details("<Btch><PmtInfId>B7</PmtInfId></Btch>"), sign="DBIT"))

    assert document.bank[0].parts == (BankPart(Decimal("-5.00"), "B7"),)


def test_payments_that_are_the_entrys_sum_are_told_apart() -> None:
    back = detail("30.00", "<CdtDbtInd>DBIT</CdtDbtInd>")
    document = camt(entry("70.00", details(detail("100.00"), back)))

    assert [part.amount for part in document.bank[0].parts] == [Decimal(100), Decimal(-30)]


@pytest.mark.parametrize(
    "other",
    [detail("1.00"), detail("70.00", currency="EUR"), "<TxDtls/>"],
    ids=["wrong sum", "other currency", "no amount"],
)
def test_payments_that_are_not_the_entrys_sum_stay_together(other: str) -> None:
    first = detail("30.00", "<RmtInf><Ustrd>tekst</Ustrd></RmtInf>")
    document = camt(entry("100.00", details(first, other) + "<AddtlNtryInf>alt</AddtlNtryInf>"))

    assert document.bank[0].parts == (BankPart(Decimal("100.00"), "", "", "tekst alt"),)


@pytest.mark.parametrize(
    ("remittance", "number"),
    [
        (
            "<Strd><CdtrRefInf><Ref>+71&lt;100000000000009+81234567&lt;</Ref></CdtrRefInf></Strd>",
            1,
        ),
        ("<Strd><CdtrRefInf><Ref>100000000000009</Ref></CdtrRefInf></Strd>", 1),
        ("<Ustrd>FI71 100000000000009</Ustrd>", 1),
        ("<Ustrd>FI71 100000000000008</Ustrd>", 0),
        ("<Ustrd>100000000000009</Ustrd>", 0),
    ],
)
def test_a_payment_id_is_found_where_banks_put_it(remittance: str, number: int) -> None:
    document = camt(entry(inside=details(detail("100.00", f"<RmtInf>{remittance}</RmtInf>"))))

    assert document.bank[0].parts[0].fik == ("100000000000009" if number else "")


@pytest.mark.parametrize("inside", ["<RvslInd>true</RvslInd>", "<RvslInd>1</RvslInd>"])
def test_a_reversal_is_marked(inside: str) -> None:
    assert camt(entry(inside=inside, sign="DBIT")).bank[0].returned
    assert not camt(entry(inside="<RvslInd>false</RvslInd>")).bank[0].returned


def test_a_returned_payout_is_marked() -> None:
    back = detail("100.00", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")

    assert camt(entry(inside=details(back))).bank[0].returned
    assert not camt(entry("200.00", details(back, detail("100.00")))).bank[0].returned


def test_ids_are_the_banks_or_made_of_the_content() -> None:
    document = camt(
        entry("1.00", "<NtryRef>7</NtryRef><AcctSvcrRef>A 1</AcctSvcrRef>"),
        entry("2.00", "<NtryRef>8</NtryRef>"),
        entry("3.00"),
        entry("3.00"),
        entry("3.00"),
    )

    first, second, *made = [line.entry for line in document.bank]
    assert (first, second) == ("A1", "S1/8")
    assert len(set(made)) == 3
    assert {len(each) for each in made} == {24}
    assert made == [line.entry for line in camt(*[entry("3.00")] * 3).bank]


def test_an_id_that_occurs_twice_is_told() -> None:
    twice: Callable[[str], str] = lambda amount: entry(amount, "<AcctSvcrRef>A7</AcctSvcrRef>")  # noqa: E731

    assert why(camt(twice("1.00"), twice("2.00"))) == [(2, "The bank's id A7 is also on entry 1.")]


def test_entries_are_numbered_through_all_statements_of_an_account() -> None:
    document = read_bytes("x.xml", xml(statement(entry("1.00")), statement(entry("2.00"))))

    assert [line.line for line in document.bank] == [1, 2]


def test_an_account_without_iban_has_its_own_number() -> None:
    account = "<Othr><Id>0040 0440116243</Id></Othr>"

    assert read_bytes("x.xml", xml(statement(entry(), account=account))).source == "00400440116243"
