from datetime import date
from decimal import Decimal

import pytest

from mikroledger.errors import RefusedError
from mikroledger.letters import lix
from mikroledger.letters.clean import name, prose
from mikroledger.letters.labels import figure, how_often, ordinal, quarter, sum_of_money


def test_lix_of_the_published_example() -> None:
    # 596 words, 36 sentences, 101 long words: 33.5, which sprogvaskeriet.dk rounds to 34
    short, long = ["ord"] * 495, ["langeord"] * 101
    words = short + long
    parts = [words[n::36] for n in range(36)]
    assert lix(" ".join(" ".join(part) + "." for part in parts)) == 34


@pytest.mark.parametrize(
    "text",
    [
        "Du skal betale 20.000,00 kr. til os nu.",
        "Du skal betale senest 2. maj 2011 til os.",
        "Du kan bl.a. ringe til os kl. 9 hver dag.",
        "Du skal se nr. 4 og f.eks. nr. 5 her.",
        "Du skal betale i 2.\u00a0uge af maj til os.",
        "Jf. § 65, stk. 1, kan du få det her.",
        "Du skal se nr. L2011-0004 i dag.",
    ],
)
def test_dots_inside_a_sentence_do_not_end_it(text: str) -> None:
    words = len([word for word in text.replace("\u00a0", " ").split() if word != "§"])
    assert lix(text) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Du skal betale 500 kr. Ring til os.", 2),
        ("Du skal betale 500 kr.\nRing til os nu.", 2),
        ("Husk: ring til os! Vil du? Ja.", 4),
    ],
)
def test_a_sentence_ends(text: str, sentences: int) -> None:
    words = len(text.split())
    assert lix(text) == int((Decimal(words) / sentences).to_integral_value("ROUND_HALF_UP"))


def test_chancery_is_hard_and_nothing_is_nothing() -> None:
    text = (
        "Under henvisning til ovennævnte afdragsordning skal forvaltningen herved foranledige, "
        "at tilbagebetalingsforpligtelsen vedrørende etableringslånet efterkommes omgående"
    )
    assert lix(text) > 60
    assert lix("") == lix(" . ") == 0


def test_names_lose_what_hides_and_keep_what_is_written() -> None:
    assert name("S\u00f8ren\u200b \u2066K\u0061\u030a\u2069re", "name") == "Søren Kåre"
    assert prose("to\nlinjer\tmed  tekst", "reason") == "to linjer med tekst"
    for sign in "\n\x00\x1b\u2028\ud800":
        with pytest.raises(RefusedError, match=r"U\+") as refused:
            name(f"Ane{sign}", "name")
        assert "name" in refused.value.text.da


def test_words_of_the_layout() -> None:
    first = date(2011, 5, 31)
    said = {step: how_often(step, first, "da") for step in ("", "1m", "2m", "1d", "14d")}
    assert said == {
        "": "én gang",
        "1m": "hver måned",
        "2m": "hver 2. måned",
        "1d": "hver dag",
        "14d": "hver 14. dag",
    }
    assert how_often("1m", first.replace(day=1), "da") == "den\u00a01. i hver måned"
    assert [ordinal(n) for n in (3, 11, 22)] == ["3rd", "11th", "22nd"]
    assert how_often("2m", first, "en") == "every 2 months"
    assert how_often("14d", first, "en") == "every 14 days"
    assert how_often("1m", first.replace(day=2), "en") == "on the 2nd of each month"
    assert quarter("2011-Q2", "en") == "Q2\u00a02011"
    assert quarter("foråret", "da") == "foråret"
    assert figure(Decimal("0.00"), "da") == ""
    assert figure(Decimal("1234.50"), "en") == "1,234.50"
    assert sum_of_money(Decimal("1234.50"), "en") == "DKK\u00a01,234.50"
