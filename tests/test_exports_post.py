"""What is handed over: MeMo messages by the schema, one file for the printer, and the index."""

import base64
import csv
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from mikroledger.domain.post import Parcel, Recipient, by_postcode, uuid_of
from mikroledger.errors import RefusedError
from mikroledger.exports.bundle import INDEX, bundle, index
from mikroledger.exports.memo import MEMO, message
from mikroledger.words import Language

SCHEMA = etree.XMLSchema(file=str(Path(__file__).parent / "data" / "memo" / "MeMo_core.xsd"))
PERSON = "6101900001"  # a replacement number: nobody's
ANE = Recipient("D0001", "Ane Opdigtet", ("Prøvevej 1", "9999 Eksempelby"), "cpr", PERSON, False)
PARCEL = Parcel(
    letter="000123-2",
    loan="L2011-0001",
    kind="reminder",
    level=1,
    on=date(2012, 1, 12),
    file="letters/2012/L2011-0001-reminder-1-2012-01-12.pdf",
    sha256="ab" * 32,
    channel="digital",
    to=ANE,
    municipality="Eksempel Kommune",
    office="Jobcenter",
    cvr="12345678",
    language="da",
)


def pdf(pages: int) -> bytes:
    made, out = pikepdf.Pdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    made.save(out, deterministic_id=True)
    return out.getvalue()


def element(said: bytes, name: str) -> str:
    (found,) = etree.fromstring(said).iterfind(f".//{{{MEMO}}}{name}")
    return str(found.text)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", ["cpr", "cvr"])
def test_a_message_is_valid_by_the_schema(language: Language, kind: str) -> None:
    to = replace(ANE, kind=kind, number=PERSON if kind == "cpr" else "12345678")
    said = message(replace(PARCEL, language=language, to=to), pdf(1))
    SCHEMA.assertValid(etree.fromstring(said))
    assert said.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert b"<memo:Message" in said
    assert base64.b64decode(element(said, "content")) == pdf(1)
    assert element(said, "filename") == "brev-000123-2.pdf"
    assert element(said, "createdDateTime").endswith("Z")


def test_a_message_made_again_is_the_same() -> None:
    assert message(PARCEL, pdf(1)) == message(PARCEL, pdf(1))
    assert element(message(PARCEL, pdf(1)), "messageUUID") == PARCEL.uuid


def test_the_schema_refuses_what_digital_post_refuses() -> None:
    said = message(PARCEL, pdf(1)).replace(PARCEL.uuid.encode(), b"not-a-uuid")
    assert not SCHEMA.validate(etree.fromstring(said))


@pytest.mark.parametrize("language", ["da", "en"])
def test_title_and_advice_tell_nothing_of_a_debt_or_a_person(language: Language) -> None:
    said = message(replace(PARCEL, language=language), pdf(1))
    advice = element(said, "notification")
    labels = [e.text or "" for e in etree.fromstring(said).iterfind(f".//{{{MEMO}}}label")]
    titles = " ".join([*labels, advice]).replace(ANE.name, "").lower()
    assert len(advice) <= 150
    for word in (PERSON, PERSON[:6], "lån", "loan", "gæld", "debt", "rykker", "remind", "betal"):
        assert word not in titles
    where = [e.tag for e in etree.fromstring(said).iter() if PERSON in (e.text or "")]
    assert where == [f"{{{MEMO}}}recipientID"]


def test_a_uuid_has_the_form_of_version_4_and_is_one_letters_own() -> None:
    seen = {uuid_of(str(n)) for n in range(500)}
    assert len(seen) == 500
    form = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert [each for each in seen if not re.fullmatch(form, each)] == []
    assert {each[19] for each in seen} == set("89ab")
    assert replace(PARCEL, sha256="cd" * 32).uuid != PARCEL.uuid


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cvr": "1234567"}, "CVR number '1234567' has not 8 digits"),
        ({"municipality": "K" * 140}, "notification: at most 150"),
        ({"to": replace(ANE, name="N" * 257)}, "label: at most 256"),
        ({"to": replace(ANE, name="Ane\x00")}, "no control characters"),
    ],
)
def test_what_digital_post_would_refuse_is_refused_here(
    change: dict[str, object], said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        message(replace(PARCEL, **change), pdf(1))  # type: ignore[arg-type]


# print


def test_each_letter_begins_on_a_sheet_of_its_own() -> None:
    pages = {"a": 1, "b": 2, "c": 3}
    parcels = [replace(PARCEL, letter=name) for name in pages]
    made, places = bundle(parcels, lambda parcel: pdf(pages[parcel.letter]))
    assert places == [(1, 1), (3, 2), (5, 3)]
    assert all(first % 2 for first, _ in places)
    with pikepdf.Pdf.open(io.BytesIO(made)) as whole:
        assert len(whole.pages) == 8
    assert bundle(parcels, lambda parcel: pdf(pages[parcel.letter]))[0] == made


def test_a_letter_that_is_no_pdf_is_named() -> None:
    with pytest.raises(RefusedError, match=r"reminder-1-2012-01-12\.pdf is no PDF"):
        bundle([PARCEL], lambda _: b"no pdf")


def test_letters_on_paper_are_sorted_by_postcode_and_abroad_comes_last() -> None:
    places = ("Paris", "8000 Aarhus C", "DK-1000 København K", "9999 Eksempelby", "12345 Berlin")
    parcels = [
        replace(PARCEL, letter=place, to=replace(ANE, address=("Vej 1", place)))
        for place in places
    ]
    assert [p.letter for p in by_postcode(parcels)] == [
        "DK-1000 København K",
        "8000 Aarhus C",
        "9999 Eksempelby",
        "12345 Berlin",
        "Paris",
    ]


def test_the_index_tells_where_each_letter_is_and_names_nobody() -> None:
    paper = replace(PARCEL, letter="000124-1", channel="print", level=0, kind="payout")
    said = index([(PARCEL, "brev-000123-2.xml", None), (paper, "print.pdf", (3, 2))])
    assert said.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(said.decode("utf-8-sig")), delimiter=";"))
    assert tuple(rows[0]) == INDEX
    digital, printed = rows
    assert (digital["uuid"], digital["id_number"]) == (PARCEL.uuid, PERSON)
    assert (printed["uuid"], printed["id_number"], printed["level"]) == ("", "", "")
    assert (printed["first_page"], printed["pages"]) == ("3", "2")
    assert ANE.name.encode() not in said
    assert "Prøvevej".encode() not in said


@pytest.mark.parametrize(
    ("paper", "number", "channel"),
    [(False, PERSON, "digital"), (True, PERSON, "print"), (False, "", "print")],
)
def test_the_exempt_and_those_without_a_number_get_paper(
    paper: bool, number: str, channel: str
) -> None:
    assert replace(ANE, paper=paper, number=number).channel == channel
