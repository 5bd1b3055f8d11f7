"""Nets 0602: read by position, counted, and refused with the line where it is wrong."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mikroledger.domain import fik
from mikroledger.domain.record import BankPart, Document
from mikroledger.errors import RefusedError
from mikroledger.importers import read, read_bytes

SAMPLE = Path(__file__).parent / "data" / "bank" / "own" / "nets_0602.txt"
CREDITOR, SUPPLIER = "12345678", "87654321"
ID = fik.payment_id("L2026-0001", 1)


def record(kind: str, fields: Mapping[int, str]) -> str:
    """Write a record; positions count from 1, as Nets has them."""
    line = f"BS{kind}".ljust(128)
    for at, text in fields.items():
        line = line[: at - 1] + text + line[at - 1 + len(text) :]
    assert len(line) == 128
    return line


START = record("002", {6: SUPPLIER, 14: "BS1", 17: "0602", 21: "0000000224", 50: "231126"})


def begin(section: str, creditor: str = CREDITOR) -> str:
    return record("012", {6: creditor, 14: section, 18: "000", 21: "00001"})


def automatic(code: str = "0236", due: int = 35000, **more: str) -> str:
    return record(
        "042",
        {
            6: more.get("creditor", CREDITOR),
            14: code,
            18: "000",
            21: "00001",
            26: more.get("payer", "000000000100001"),
            41: "900000001",
            50: "011126",
            56: more.get("sign", "1"),
            57: f"{due:013}",
            70: more.get("text", "L2026-0001"),
            104: more.get("paid", "011126"),
            110: more.get("booked", "021126"),
            116: more.get("amount", f"{due:013}"),
        },
    )


def slip(code: str = "0297", due: int = 50050, **more: str) -> str:
    return record(
        "042",
        {
            6: CREDITOR,
            14: code,
            18: "000",
            21: "00001",
            26: "0000",
            30: more.get("payer", ID),
            45: "71",
            47: "0",
            48: "00000",
            53: "011126",
            59: more.get("sign", "1"),
            60: f"{due:013}",
            73: more.get("text", "A00000042"),
            82: more.get("archive", "1234567890123456789012"),
            104: more.get("paid", "031126"),
            110: more.get("booked", "041126"),
            116: more.get("amount", f"{due:013}"),
        },
    )


def finish(section: str, count: int, **more: str) -> str:
    fields = {6: CREDITOR, 14: section, 18: "000", 21: "00001", 32: f"{count:011}"}
    fields |= {43: more.get("total", ""), 58: more.get("texts", ""), 84: more.get("who", "")}
    return record("092", {**fields, 6: more.get("creditor", CREDITOR)})


def end(sections: int, count: int, **more: str) -> str:
    supplier = more.get("supplier", SUPPLIER)
    fields = {6: supplier, 14: "BS1", 17: "0602", 21: f"{sections:011}", 32: f"{count:011}"}
    return record("992", {**fields, 43: more.get("total", "")})


def delivery(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("iso-8859-1")


def one(*lines: str, section: str = "0211") -> Document:
    """Read a delivery of one section; `lines` are its payments."""
    count = sum(line.startswith("BS042") for line in lines)
    records = (START, begin(section), *lines, finish(section, count), end(1, count))
    return read_bytes("n.txt", delivery(*records))


def why(document: Document) -> list[tuple[int, str]]:
    return [(each.line, each.reason.en) for each in document.rejected]


def test_the_sample_is_read_to_the_last_digit() -> None:
    found = read(SAMPLE)

    assert (found.format, found.source, found.rows) == ("nets-0602", CREDITOR, 4)
    assert (found.rejected, found.until, found.bank) == ((), None, ())
    told = [
        (n.line, str(n.amount), n.part.text, n.returned, n.value.day, n.day.day)
        for n in found.notices
    ]
    assert told == [
        (3, "350.00", "LÅN-2019-000001", False, 1, 2),
        (6, "-350.00", "LÅN-2019-000001", True, 5, 5),
        (9, "500.50", "000004", False, 3, 4),
        (10, "-500.50", "000004", True, 6, 6),
    ]
    archive = f"{CREDITOR}/12345678901234567890"
    assert [n.entry for n in found.notices[2:]] == [archive, f"{archive}/R"]
    assert len({n.entry for n in found.notices}) == 4


def test_an_automatic_payment_is_named_by_the_text_or_by_the_payer() -> None:
    found = one(automatic(text="L2026-0001 afdrag 3"), automatic(payer=ID, text=""))

    assert [n.part for n in found.notices] == [
        BankPart(Decimal("350.00"), text="L2026-0001 afdrag 3"),
        BankPart(Decimal("350.00"), fik=ID),
    ]
    assert found.source == SUPPLIER
    assert found.notices[0].value == date(2026, 11, 1)


def test_what_was_refused_or_cancelled_moves_nothing_and_counts() -> None:
    zeros, none = "0" * 13, "000000"
    refused = automatic("0237", amount=zeros, paid=none, booked=none)
    found = one(refused, automatic("0238", sign="0", amount=zeros, paid=none, booked=none))

    assert (found.notices, found.rejected) == ((), ())


def test_a_slip_is_named_by_its_payment_id_and_its_archive_number() -> None:
    found = one(slip(), slip("0299", sign="2"), section="0215")

    assert [(n.part.fik, n.entry, n.returned) for n in found.notices] == [
        (ID, f"{CREDITOR}/1234567890123456789012", False),
        (ID, f"{CREDITOR}/1234567890123456789012/R", True),
    ]
    assert [str(n.amount) for n in found.notices] == ["500.50", "-500.50"]


def test_what_was_paid_counts_and_not_what_was_asked_for() -> None:
    found = one(slip(amount=f"{40000:013}"), section="0215")

    assert [str(n.amount) for n in found.notices] == ["400.00"]


@pytest.mark.parametrize(
    ("paid", "booked", "value", "day"),
    [
        ("031126", "000000", 3, 3),
        ("      ", "041126", 4, 4),
        ("031126", "041126", 3, 4),
    ],
)
def test_one_day_is_enough(paid: str, booked: str, value: int, day: int) -> None:
    (notice,) = one(slip(paid=paid, booked=booked), section="0215").notices

    assert (notice.value.day, notice.day.day) == (value, day)


def test_equal_payments_without_an_archive_number_are_told_apart() -> None:
    first, second = one(automatic(), automatic()).notices
    third, fourth = one(slip(archive="0" * 22), slip(archive=" " * 22), section="0215").notices

    assert (first.entry, first.number, second.number) == (second.entry, 1, 2)
    assert third.entry != fourth.entry


def test_the_payers_address_and_text_are_counted_and_not_read() -> None:
    beside = [record(kind, {6: CREDITOR, 41: "Opdigtet Navn"}) for kind in ("022", "052", "062")]
    texts, who = f"{2:011}", f"{1:011}"
    good = (START, begin("0215"), slip(), *beside, finish("0215", 1, texts=texts, who=who))
    wrong = (*good[:-1], finish("0215", 1, texts=who, who=who))
    found = read_bytes("n.txt", delivery(*good, end(1, 1)))

    assert (len(found.notices), found.rejected) == (1, ())
    assert "Opdigtet" not in str(found)
    assert why(read_bytes("n.txt", delivery(*wrong, end(1, 1)))) == [
        (7, "The end record says 1 records 052/062; there are 2.")
    ]


@pytest.mark.parametrize("total", [85000, 15000, 84000, 14000, 0])
def test_a_sum_may_be_of_what_was_asked_or_paid_less_what_came_back_or_not(total: int) -> None:
    payments = [automatic(due=50000, amount=f"{49000:013}"), automatic("0239", 35000)]
    said = f"{total:015}" if total else ""
    records = (
        START,
        begin("0211"),
        *payments,
        finish("0211", 2, total=said),
        end(1, 2, total=said),
    )

    assert read_bytes("n.txt", delivery(*records)).rejected == ()


def test_a_sum_that_is_none_of_these_is_told() -> None:
    said = f"{35001:015}"
    records = (START, begin("0211"), automatic(), finish("0211", 1, total=said), end(1, 1))
    ending = (START, begin("0211"), automatic(), finish("0211", 1), end(1, 1, total=said))
    message = "The end record says 350,01 in total; the payments give 350,00."

    assert why(read_bytes("n.txt", delivery(*records))) == [(4, message)]
    assert why(read_bytes("n.txt", delivery(*ending))) == [(5, message)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (automatic()[:-1], "The record has 127 characters; a record has 128."),
        (automatic(text="L2026\t0001"), "has control characters"),
        (automatic().replace("BS042", "BS043"), "The record type 043 is not known here"),
        (START, "The record type 002 is not known here; here may stand 042/052/092."),
        (begin("0211"), "The record type 012 is not known here"),
        (automatic("0297"), "code 0297 is not known in section 0211; known: 0236/0237/0238/0239"),
        (automatic(creditor="11111111"), "The creditor is 11111111; the section's is 12345678."),
        (automatic(sign="2"), "The sign is '2'; here must stand 1."),
        (automatic("0239", sign="0"), "The sign is '0'; here must stand 1/2."),
        (automatic("0237", sign="3"), "The sign is '3'; here must stand 0/1/2."),
        (automatic(amount="0" * 13), "The amount paid is 0.00"),
        (automatic(amount="000000003500A"), "Positions 116-128: '000000003500A' is not 13 digits"),
        (automatic(amount="00000000350²0"), "is not 13 digits"),
        (automatic(paid="000000", booked="000000"), "The payment has no day"),
        (automatic(booked="311126"), "'311126' is not a day that exists"),
        (automatic(booked="ABCDEF"), "'ABCDEF' is not ddmmyy"),
    ],
)
def test_a_bad_record_is_told_with_its_line(bad: str, message: str) -> None:
    lines = (START, begin("0211"), bad, finish("0211", 1), end(1, 1))
    number, reason = why(read_bytes("n.txt", delivery(*lines)))[0]

    assert number == 3
    assert message in reason


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            (START, begin("0211"), automatic(), finish("0211", 2), end(1, 1)),
            [(4, "The end record says 2 records 042; there are 1.")],
        ),
        (
            (START, begin("0211"), automatic(), finish("0211", 1), end(1, 2)),
            [(5, "The end record says 2 records 042; there are 1.")],
        ),
        (
            (START, begin("0211"), finish("0211", 0), end(2, 0)),
            [(4, "The end record says 2 records 012; there are 1.")],
        ),
        (
            (START, begin("0211"), finish("0215", 0), end(1, 0)),
            [(3, "The end record is of section 0215; the section is 0211.")],
        ),
        (
            (START, begin("0211"), finish("0211", 0, creditor="11111111"), end(1, 0)),
            [(3, "The creditor is 11111111; the section's is 12345678.")],
        ),
        (
            (START, begin("0215"), slip(), slip(), finish("0215", 2), end(1, 2)),
            [(4, "The archive number 1234567890123456789012 is also on line 3.")],
        ),
        (
            (START, begin("0213"), end(0, 0)),
            [(2, "The section 0213 is not known; known: 0211, 0215.")],
        ),
        (
            (START, automatic(), end(0, 0)),
            [(2, "The record type 042 is not known here; here may stand 012/992.")],
        ),
        (
            (START, begin("0211"), end(1, 0)),
            [(3, "The record type 992 is not known here; here may stand 042/052/092.")],
        ),
        (
            (START, end(0, 0, supplier="11111111")),
            [(2, "The end record is of another delivery than the start record.")],
        ),
        (
            (START, end(0, 0), end(0, 0)),
            [(3, "The record type 992 is not known here; here may stand -.")],
        ),
        (
            (START.replace("BS1", "LS1"), end(0, 0)),
            [(1, "The subsystem is 'LS1', not BS1.")],
        ),
        (
            (START.replace(SUPPLIER, "8765432X"), end(0, 0, supplier="8765432X")),
            [(1, "Positions 6-13: '8765432X' is not 8 digits.")],
        ),
    ],
)
def test_a_delivery_that_does_not_add_up_is_told(
    lines: tuple[str, ...], told: list[tuple[int, str]]
) -> None:
    assert why(read_bytes("n.txt", delivery(*lines))) == told


def test_a_lost_payment_is_missed_in_the_section_and_in_the_delivery() -> None:
    whole = SAMPLE.read_bytes().splitlines(keepends=True)

    assert why(read_bytes("n.txt", b"".join([*whole[:3], *whole[4:]]))) == [
        (6, "The end record says 4 records 042; there are 3."),
        (11, "The end record says 6 records 042; there are 5."),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (delivery(START.replace("0602", "0603"), end(0, 0)), "is a Nets delivery 0603; only 0602"),
        (delivery(START, begin("0211"), automatic()), "ends without its end record"),
        (b"BS002", "is a Nets delivery ; only 0602"),
    ],
)
def test_another_delivery_or_half_of_one_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        read_bytes("n.txt", data)


def test_letters_in_another_alphabet_move_the_positions_and_are_told() -> None:
    data = SAMPLE.read_bytes().decode("iso-8859-1").encode()

    assert why(read_bytes("n.txt", data))[0] == (
        3,
        "The record has 129 characters; a record has 128.",
    )


def test_the_end_of_the_file_may_be_written_otherwise() -> None:
    data = SAMPLE.read_bytes()

    for other in (data.rstrip(), data.replace(b"\r\n", b"\n"), data + b"\x1a"):
        assert read_bytes("n.txt", other).notices == read(SAMPLE).notices
