import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
from presses import reminder, render

from mikroledger.domain import fik
from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, PayoutLetter, Sender, Voucher, VoucherLine
from mikroledger.domain.plan import Settled, Terms, settle
from mikroledger.errors import RefusedError
from mikroledger.letters import Press, Printed, lix
from mikroledger.money import ZERO
from mikroledger.words import Language

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "templates"
GOLDEN = HERE / "data" / "letters"
MM = Decimal(72) / Decimal("25.4")

SENDER = Sender(
    municipality="Eksempel Kommune",
    office="Jobcenter",
    address=("Rådhuspladsen 1", "9999 Eksempelby"),
    cvr="12345678",
    phone="99 99 99 99",
    phone_hours="hverdage kl. 9-14",
    phone_hours_en="weekdays 9-14",
    email="laan@eksempel.example",
    creditor="81234567",
    bank_account="9999 0001234567",
)
BY_TRANSFER = replace(SENDER, creditor="")
ANE = Addressee("D0001", "Ane Opdigtet", ("Prøvevej 1", "9999 Eksempelby"))


def monthly(count: int, repaid: str = "0") -> tuple[Settled, ...]:
    terms = Terms(first_due=date(2011, 6, 1), count=count)
    return settle(terms.plan(Decimal("20000.00"), date(2011, 4, 15)), Decimal(repaid))


PAYOUT = PayoutLetter(
    loan="L2011-0004",
    on=date(2011, 4, 15),
    paid_on=date(2011, 4, 15),
    amount=Decimal("20000.00"),
    plan=monthly(36),
    decision="J.nr. 11/0042",
)
CORRECTED = replace(PAYOUT, on=date(2011, 6, 7), plan=monthly(10, "2700"), corrected=True)


def cleared(late: tuple[Settled, ...], **changes: Any) -> Cleared:
    case = Cleared(
        loan="L2011-0004",
        debtor="D0001",
        as_of=date(2011, 9, 12),
        level=1,
        arrears=sum((each.missing for each in late), ZERO),
        outstanding=Decimal("18000.00"),
        instalments=late,
        pay_by=late[0].part.pay_by,
        deadline=date(2011, 9, 26),
        decision="J.nr. 11/0042",
        fee=ZERO,
        conditions=(),
    )
    return replace(case, **changes)


ONE = cleared(monthly(36)[:1])
THREE = cleared(monthly(36, "200")[:3])

VOUCHER = Voucher(
    number="OMP-2011-0007",
    on=date(2011, 5, 16),
    loan="L2011-0004",
    original=("4711", "4712"),
    original_day=date(2011, 4, 15),
    paid_on=date(2011, 4, 15),
    lines=(
        VoucherLine(
            "Assets:Loans:P65:L2011-0004", "9.32.25 gr. 065", "§ 65-lån", Decimal("20000.00")
        ),
        VoucherLine(
            "Expenses:P65:Grants", "5.58.80 dranst 1 art 5.2", "§ 65-tilskud", Decimal("-20000.00")
        ),
        VoucherLine("Income:P65:Refund", "5.58.80 dranst 2", "Refusion", Decimal("10000.00")),
        VoucherLine("Assets:RefundReceivable", "9.25.12", "Refusion", Decimal("-10000.00")),
    ),
    reason="Omp. bilag 4711: lån fejlagtigt konteret som tilskud.",
    refund=Decimal("10000.00"),
    refund_quarter="2011-Q2",
    prior_year=0,
    made_by="Bo Prøvesen",
    approved_by="Dorte Afprøvet",
)
WAITING = replace(VOUCHER, approved_by="", refund=ZERO, refund_quarter="", prior_year=2010)


@pytest.fixture(scope="module")
def press() -> Press:
    return Press([SHIPPED])


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "own"
    (folder / "da").mkdir(parents=True)
    return folder  # type: ignore[return-value]


def make(press: Press, which: str) -> Printed:
    kind, _, language = which.rpartition("-")
    lang: Language = "da" if language == "da" else "en"
    if kind in REMINDERS:
        case, sender = REMINDERS[kind]
        return reminder(press, case, ANE, sender, lang)
    if kind in VOUCHERS:
        return render(press, VOUCHERS[kind], None, SENDER, lang)
    letter, sender = PAYOUTS[kind]
    return render(press, letter, ANE, sender, lang)


PAYOUTS = {
    "payout": (PAYOUT, SENDER),
    "payout-corrected": (CORRECTED, BY_TRANSFER),
    "payout-once": (replace(PAYOUT, plan=monthly(1)), SENDER),
}
REMINDERS = {
    "reminder-1": (ONE, SENDER),
    "reminder-1-three": (THREE, SENDER),
    "reminder-1-fee": (
        replace(ONE, fee=Decimal("100.00")),
        replace(SENDER, phone_hours="", phone_hours_en=""),
    ),
}
VOUCHERS = {"voucher": VOUCHER, "voucher-waiting": WAITING}
EVERY = [
    f"{kind}-{language}" for kind in (*PAYOUTS, *REMINDERS, *VOUCHERS) for language in ("da", "en")
]
LETTERS = [which for which in EVERY if "voucher" not in which]


def shown(pdf: bytes) -> str:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return "\n".join(page.extract_text() for page in document.pages) + "\n"


def words(pdf: bytes) -> list[dict[str, Any]]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return list(document.pages[0].extract_words())


# ------------------------------------------------------------------ what the letters say


@pytest.mark.parametrize("which", EVERY)
def test_the_whole_letter_is_as_it_was(press: Press, which: str) -> None:
    golden, text = GOLDEN / f"{which}.txt", shown(make(press, which).pdf)
    if os.environ.get("MIKROLEDGER_WRITE_GOLDEN"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("which", [each for each in LETTERS if each.endswith("-da")])
def test_the_body_is_easy_to_read(press: Press, which: str) -> None:
    assert lix(make(press, which).text) <= 35


# Chancery words, and what nobody may read over a shoulder (domain 5.3, 7.2).
FORBIDDEN = re.compile(
    r"\b(De|Dem|Deres|herved|hermed|foranledige\w*|såfremt|endvidere|vedrørende|bedes|anmodes|"
    r"fremsend\w*|ovennævnte|nedenstående|nærværende|jf|pågældende|manglende|skyldner\w*|"
    r"debitor\w*|restance\w*|retslig\w*|inkasso|misligehold\w*|advarsel|straks|"
    r"cpr\w*|personnummer|førtidspension\w*|kontanthjælp\w*|sygedagpenge\w*|revalid\w*|"
    r"ydelse\w*|dagpenge|syg\w*|misbrug\w*|sindslid\w*|handicap\w*|ledig\w*)\b"
)


@pytest.mark.parametrize("which", LETTERS)
def test_no_forbidden_word(press: Press, which: str) -> None:
    assert FORBIDDEN.findall(make(press, which).text) == []
    assert not re.search(r"\b\d{6}-?\d{4}\b", make(press, which).text)


def test_a_reminder_says_first_things_first(press: Press) -> None:
    text = make(press, "reminder-1-three-da").text
    order = [
        "Du mangler at betale 1.466,65 kr.",
        "Betal senest den 26. september 2011.",
        "Har du betalt inden for de sidste dage, skal du se bort fra brevet.",
        "Kan du ikke betale?",
        "99 99 99 99",
        "SKAT",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "gebyr eller renter" in text


@pytest.mark.parametrize(
    ("which", "pay", "loan", "instalment"),
    [
        ("payout-da", "555,55 kr.", "L2011-0004", 0),
        ("reminder-1-da", "555,55 kr.", "L2011-0004", 1),
        ("reminder-1-fee-da", "655,55 kr.", "L2011-0004", 1),
        ("reminder-1-three-en", "DKK 1,466.65", "L2011-0004", 0),
    ],
)
def test_the_payment_line_reads_back(
    press: Press, which: str, pay: str, loan: str, instalment: int
) -> None:
    text = shown(make(press, which).pdf)
    (line,) = re.findall(r"^\+71<\d{15}\+81234567<$", text, re.MULTILINE)
    number = fik.find(line)
    assert fik.is_valid(number)
    assert fik.loan_of(number) == loan
    assert number == fik.payment_id(loan, instalment)
    assert pay in text


def test_without_creditor_one_pays_by_transfer(press: Press) -> None:
    text = shown(make(press, "payout-corrected-da").pdf)
    assert "9999 0001234567" in text
    assert "+71<" not in text
    assert "Kreditornummer" not in text


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        (replace(BY_TRANSFER, bank_account=""), "creditor-number eller bank-account"),
        (replace(SENDER, creditor="1234"), "8 cifre"),
        (replace(SENDER, creditor="８１２３４５６７"), "8 cifre"),
        (replace(SENDER, phone=""), "Tomme ord i dette brev: .*phone"),
        (replace(SENDER, municipality=""), "Tomme ord i dette brev: .*municipality"),
        (replace(SENDER, office="Job\x07center"), r"U\+0007 i »office«"),
    ],
)
def test_a_sender_who_cannot_be_reached_or_paid(press: Press, sender: Sender, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        render(press, PAYOUT, ANE, sender, "da")
    assert re.search(said, refused.value.text.da)


def test_what_is_not_known_leaves_no_empty_label(press: Press) -> None:
    bare = replace(SENDER, office="", address=(), cvr="", email="", phone_hours="")
    text = shown(render(press, replace(PAYOUT, decision=""), ANE, bare, "da").pdf)
    assert "Afgørelse" not in text
    assert "CVR" not in text
    assert "Spørg os\n99 99 99 99\n" in text
    assert "Venlig hilsen\nEksempel Kommune\n" in text
    voucher = shown(render(press, VOUCHER, None, replace(bare, phone=""), "da").pdf)
    assert "Telefon" not in voucher


def test_a_paid_plan_makes_no_letter(press: Press) -> None:
    with pytest.raises(RefusedError, match="no instalment left"):
        render(press, replace(PAYOUT, plan=monthly(2, "20000")), ANE, SENDER, "da")
    with pytest.raises(RefusedError, match="Agree on a new plan"):
        render(press, replace(PAYOUT, on=date(2014, 5, 2)), ANE, SENDER, "da")


def test_a_payout_letter_asks_for_nothing_that_is_past(press: Press) -> None:
    late = replace(PAYOUT, on=date(2011, 7, 4), corrected=True)
    letter = render(press, late, ANE, SENDER, "da")
    assert "Rater for i alt 1.111,10 kr. lå før dette brev." in letter.text
    assert "Næste gang skal du betale 555,55 kr. senest den 1. august 2011." in letter.text
    with pikepdf.open(io.BytesIO(letter.pdf)) as pdf:
        assert len(pdf.pages) == 1
    assert "1. juli" not in letter.text
    assert lix(letter.text) <= 35
    on_the_day = replace(PAYOUT, on=date(2011, 7, 1))
    assert "senest den 1. juli 2011" in render(press, on_the_day, ANE, SENDER, "da").text


def test_a_reminder_whose_sums_disagree_is_a_bug(press: Press) -> None:
    with pytest.raises(AssertionError, match="not the arrears"):
        reminder(press, replace(ONE, arrears=Decimal("1.00")), ANE, SENDER, "da")


def test_render_makes_no_reminder_and_a_voucher_has_no_addressee(press: Press) -> None:
    for content, to in ((ONE, ANE), (VOUCHER, ANE), (PAYOUT, None)):
        with pytest.raises(AssertionError):
            render(press, content, to, SENDER, "da")  # type: ignore[arg-type]


# ------------------------------------------------------------------ the file


@pytest.mark.parametrize("which", EVERY)
def test_the_file_can_be_kept_and_read_aloud(press: Press, which: str) -> None:
    with pikepdf.open(io.BytesIO(make(press, which).pdf)) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.Root.Lang).split("-")[0] == which.rpartition("-")[2]
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert pdf.Root.StructTreeRoot.K is not None
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
        with pdf.open_metadata() as xmp:
            assert xmp["pdfaid:part"] == "2"
            assert xmp["pdfaid:conformance"] == "A"
            assert xmp["pdfuaid:part"] == "1"
            assert "{" not in xmp["dc:title"]
            assert len(xmp["dc:title"]) > 10
        roles = set(tags(pdf.Root.StructTreeRoot.K))
        assert roles >= {"H1", "P", "Table", "TH", "TD", "Figure"}
        fonts = list(embedded(pdf))
        assert fonts
        assert all(fonts)


def tags(node: Any) -> Iterator[str]:
    """Walk the structure tree; a figure must have a text for those who do not see it."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from tags(each)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        role = str(node.S).removeprefix("/")
        assert role != "Figure" or str(node.Alt)
        yield role
        if "/K" in node:
            yield from tags(node.K)


def embedded(pdf: pikepdf.Pdf) -> Iterator[bool]:
    for font in pdf.pages[0].Resources.Font.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        yield "/ToUnicode" in font and any(f"/FontFile{n}" in descriptor for n in ("", 2, 3))


@pytest.mark.parametrize("which", EVERY)
def test_printing_again_gives_the_same_bytes(press: Press, which: str) -> None:
    first = make(press, which)
    assert make(press, which) == first
    assert make(Press([SHIPPED]), which) == first


@pytest.mark.parametrize("which", LETTERS)
def test_only_the_recipient_stands_in_the_window(press: Press, which: str) -> None:
    inside = [
        word["text"]
        for word in words(make(press, which).pdf)
        if box(word, 15, 105, 44, 74, whole=False)
    ]
    assert inside == ["Ane", "Opdigtet", "Prøvevej", "1", "9999", "Eksempelby"]


def test_the_fullest_address_stands_in_the_window(press: Press) -> None:
    lines = ("c/o Bo Opdigtet Prøvesen-Eksempelsen", "Stednavn", "Prøvevej 1, 2. th.", "Ø")
    to = replace(ANE, address=(*lines, "9999 Eksempelby"))
    inside = [
        word
        for word in words(render(press, PAYOUT, to, SENDER, "da").pdf)
        if box(word, 15, 105, 44, 74, whole=False)
    ]
    assert " ".join(word["text"] for word in inside) == " ".join([to.name, *to.address])
    assert all(box(word, 20, 105, 46, 72, whole=True) for word in inside)


def test_six_lines_of_the_widest_letters_need_no_measuring(press: Press) -> None:
    wide = "W" * 24
    to = replace(ANE, name=wide, address=(wide,) * 5)
    inside = [
        word
        for word in words(render(press, PAYOUT, to, SENDER, "da").pdf)
        if box(word, 15, 105, 44, 74, whole=False)
    ]
    assert [word["text"] for word in inside] == [wide] * 6
    assert all(box(word, 20, 105, 46, 72, whole=True) for word in inside)


def box(
    word: dict[str, Any], left: int, right: int, top: int, bottom: int, *, whole: bool
) -> bool:
    """Tell whether a word lies in a box (whole), or reaches into it."""
    x0, x1, y0, y1 = (Decimal(str(word[key])) / MM for key in ("x0", "x1", "top", "bottom"))
    slack = Decimal("0.01")
    if whole:
        return x0 >= left - slack and x1 <= right + slack and y0 >= top and y1 <= bottom
    return x1 > left and x0 < right and y1 > top and y0 < bottom


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (replace(ANE, address=("a", "b", "c", "d", "e", "f")), "7 linjer"),
        (replace(ANE, name="Ane " + "Opdigtet " * 12, address=("a",) * 5), "window"),
        (replace(ANE, name=" \u200b"), "mangler navn eller adresse"),
        (replace(ANE, address=("", " "), paper=True), "mangler navn eller adresse"),
        (replace(ANE, name="Ane\u0007"), r"U\+0007"),
        (replace(ANE, name="Ane 😀 Opdigtet"), "could not be displayed"),
        (replace(ANE, address=("Vej\n1",)), r"U\+000A"),
    ],
)
def test_an_addressee_who_cannot_be_written_to(press: Press, to: Addressee, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        render(press, PAYOUT, to, SENDER, "da")
    assert re.search(said, refused.value.text.da)
    assert refused.value.exit_code == 4


def test_a_digital_letter_needs_no_address(press: Press) -> None:
    assert render(press, PAYOUT, replace(ANE, address=()), SENDER, "da").pdf


@pytest.mark.parametrize(
    "hostile",
    [
        '**x** #read("a") {{7*7}}',
        "[[plan]]",
        "# Overskrift",
        "<b>fed</b> &amp;",
        "1. first",
        "$x^2$ @ref \\ // /*",
        "= Titel",
    ],
)
def test_a_hostile_name_prints_as_text(press: Press, hostile: str) -> None:
    letter = render(press, PAYOUT, replace(ANE, name=hostile), SENDER, "da")
    assert shown(letter.pdf).count(hostile) == 2
    assert f"Kære {hostile}\n" in letter.text
    slip = replace(VOUCHER, reason=hostile, made_by=hostile, number=hostile)
    assert shown(render(press, slip, None, SENDER, "da").pdf).count(hostile) == 4


def test_a_name_cannot_turn_the_text_around(press: Press) -> None:
    turned = replace(ANE, name="Ane \u202eOpdigtet\u2069")
    assert render(press, PAYOUT, turned, SENDER, "da") == make(press, "payout-da")


def test_a_long_uneven_plan_stays_in_order(press: Press) -> None:
    rows = tuple(
        (date(2011, 6, 1) + timedelta(days=30 * n + n % 5), Decimal("333.00")) for n in range(66)
    )
    plan = settle(Terms(rows=rows).plan(ZERO, date(2011, 4, 15)), Decimal("400.00"))
    letter = render(press, replace(PAYOUT, plan=plan), ANE, SENDER, "da")
    with pdfplumber.open(io.BytesIO(letter.pdf)) as document:
        assert len(document.pages) == 2
        assert "Side 2 af 2" in document.pages[1].extract_text()
        assert "Ring til os på telefon" in document.pages[1].extract_text()
        assert document.pages[0].extract_text().count("333,00 kr.") == 66


# ------------------------------------------------------------------ templates


def test_the_municipality_s_own_text_goes_first(own: Path, press: Press) -> None:
    (own / "da" / "payout.md").write_text(
        "\ufeff# Egen tekst\n\n[[plan]]\n\n[[payment]]\n", "utf-8"
    )
    letter = render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "da")
    assert letter.text == "Egen tekst"
    assert letter.template_hash != make(press, "payout-da").template_hash
    english = render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "en")
    assert english == make(press, "payout-en")


def test_the_municipality_s_own_layout_and_fonts(own: Path, press: Press) -> None:
    shutil.copytree(SHIPPED / "fonts", own / "fonts")
    layout = (SHIPPED / "letter.typ").read_text("utf-8")
    (own / "letter.typ").write_text(
        layout.replace(
            "#let letter =", '#import "farver.typ": blue-of-ours\n#let letter ='
        ).replace('#let blue = rgb("#1f4a6e")', "#let blue = blue-of-ours"),
        "utf-8",
    )
    (own / "farver.typ").write_text('#let blue-of-ours = rgb("#800000")', "utf-8")
    letter = render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "da")
    assert letter.text == make(press, "payout-da").text
    assert letter.pdf != make(press, "payout-da").pdf
    (own / "farver.typ").write_text('#let blue-of-ours = rgb("#900000")', "utf-8")
    again = render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "da")
    assert again.template_hash != letter.template_hash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('"Inter"', "unknown font family"),
        ("letter.mark", "does not contain key"),
        ("size: 10pt", "expected"),
    ],
)
def test_a_layout_that_cannot_be_set(own: Path, change: str, said: str) -> None:
    broken = {'"Inter"': '"Nix"', "letter.mark": "letter.marks", "size: 10pt": "size: yes"}
    layout = (SHIPPED / "letter.typ").read_text("utf-8")
    (own / "letter.typ").write_text(layout.replace(change, broken[change], 1), "utf-8")
    with pytest.raises(RefusedError) as refused:
        render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "da")
    assert "letter.typ" in refused.value.text.da


def test_a_layout_is_locked_in_its_folder(own: Path) -> None:
    shutil.copy(SHIPPED / "letter.typ", own)
    (own / "da" / "inde.md").symlink_to(own / "letter.typ")
    Press([own, SHIPPED])
    (own / "ude.typ").symlink_to("/etc/hostname")
    with pytest.raises(RefusedError, match=r"ude\.typ is a link out"):
        Press([own, SHIPPED])


def test_nothing_is_borrowed_from_another_language(own: Path) -> None:
    for name in ("en", "fonts"):
        shutil.copytree(SHIPPED / name, own / name)
    for name in ("letter.typ", "law.toml"):
        shutil.copy(SHIPPED / name, own)
    with pytest.raises(RefusedError, match=r"da/payout\.md is not in"):
        render(Press([own]), PAYOUT, ANE, SENDER, "da")


def test_a_level_without_a_letter_and_a_folder_without_layout(press: Press, own: Path) -> None:
    with pytest.raises(RefusedError, match=r"reminder-3\.md is not in"):
        reminder(press, replace(ONE, level=3), ANE, SENDER, "da")
    with pytest.raises(RefusedError, match=r"letter\.typ is not in"):
        Press([own])


def test_a_text_in_another_encoding(own: Path) -> None:
    (own / "da" / "payout.md").write_bytes("# Lån".encode("cp1252"))
    with pytest.raises(RefusedError, match="not UTF-8"):
        render(Press([own, SHIPPED]), PAYOUT, ANE, SENDER, "da")


@pytest.mark.parametrize("name", ["payout", "reminder-1", "voucher"])
def test_a_misspelt_word_in_a_shipped_text_is_found(own: Path, name: str) -> None:
    source = (SHIPPED / "da" / f"{name}.md").read_text("utf-8")
    (own / "da" / f"{name}.md").write_text(source + "\n{{ loann }}\n", "utf-8")
    with pytest.raises(RefusedError) as refused:
        make(Press([own, SHIPPED]), f"{name}-da")
    lines = source.count("\n") + 2
    assert f"{name}.md, linje {lines}: »loann« er ikke" in refused.value.text.da
    assert "Mente du »loan«?" in refused.value.text.da


def test_the_hash_names_text_layout_and_fonts(press: Press) -> None:
    hashes = {make(press, which).template_hash for which in EVERY}
    assert len(hashes) == 8  # four texts in two languages
    assert all(len(each) == hashlib.sha256().digest_size * 2 for each in hashes)


def test_the_fonts_are_small_and_free() -> None:
    fonts = SHIPPED / "fonts"
    assert sum(path.stat().st_size for path in fonts.iterdir()) < 1_500_000
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text("utf-8")
