import re
from pathlib import Path

import pytest

from mikroledger.errors import RefusedError
from mikroledger.letters.markup import Body, Script, compose

WHERE = Path("da/payout.md")
WORDS = {"name": "Ane Opdigtet", "amount": "500,00\xa0kr.", "phone": "", "several": "1"}
PLAN = {"kind": "tables"}


def read(source: str, blocks: dict[str, dict[str, str]] | None = None, **words: str) -> Body:
    return compose(Script(WHERE, source), WORDS | words, blocks or {})


def refused(source: str, blocks: dict[str, dict[str, str]] | None = None, **words: str) -> str:
    with pytest.raises(RefusedError) as caught:
        read(source, blocks, **words)
    assert caught.value.exit_code == 4
    assert str(WHERE) in caught.value.text.da
    assert str(WHERE) in caught.value.text.en
    return caught.value.text.da


def test_text_becomes_blocks() -> None:
    body = read(
        "# Til {{ name }}\n\nDu *skal* betale **{{ amount }}**\nsnart.\\\nHilsen\n\n"
        "[[plan]]\n\n## Husk\n\n- et\n- to\n\n1. først\n\n   så\n",
        {"plan": PLAN},
    )
    assert body.title == "Til Ane Opdigtet"
    assert [block["kind"] for block in body.blocks] == [
        *("heading", "paragraph", "tables", "heading", "list", "list"),
    ]
    assert body.blocks[1]["runs"] == [
        {"text": "Du ", "bold": False, "italic": False},
        {"text": "skal", "bold": False, "italic": True},
        {"text": " betale ", "bold": False, "italic": False},
        {"text": "500,00\xa0kr.", "bold": True, "italic": False},
        {"text": " snart.\nHilsen", "bold": False, "italic": False},
    ]
    assert [block["ordered"] for block in body.blocks[4:]] == [False, True]
    assert body.text.splitlines() == [
        *("Til Ane Opdigtet", "Du skal betale 500,00 kr. snart.", "Hilsen", "Husk"),
        *("et", "to", "først", "så"),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        '**x** #read("a") {{7*7}}',
        "[[plan]]",
        "# Overskrift",
        "<b>fed</b> &amp; $x^2$ @ref",
        "1. first",
        "- punkt",
        "a\\b `c` _d_ ~e~ {% if x %}",
        "*",
    ],
)
def test_a_hostile_word_is_text(hostile: str) -> None:
    body = read(
        "# Titel\n\n{{ name }}\n\n[[plan]]\n\nTil {{ name }}.", {"plan": PLAN}, name=hostile
    )
    said = [block["runs"] for block in body.blocks if block["kind"] == "paragraph"]
    assert said == [
        [{"text": hostile, "bold": False, "italic": False}],
        [{"text": f"Til {hostile}.", "bold": False, "italic": False}],
    ]


def test_no_sentence_ends_in_two_dots() -> None:
    body = read("# Titel\n\nBetal **{{ amount }}**. Betal {{ amount }}. Eller {{ amount }}...")
    assert body.text.splitlines()[1] == "Betal 500,00 kr. Betal 500,00 kr. Eller 500,00 kr...."


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# A\n\nKære {{ navn }}", r"linje 3: »navn« er ikke et ord.*Mente du »name«"),
        ("# A\n\n{% if several %}\n{{ qqq }}\n{% endif %}", r"linje 4: »qqq«.*Ordene er: amount"),
        ("# A\n\n{% if not several %}{{ amonut }}{% endif %}", r"linje 3.*»amount«"),
        ("# A\n\nx\n\nRing {{ phone }}", r"linje 5: .*Tomme ord i dette brev: phone"),
        ("# A\n\n{{ name.upper() }}", "linje 3: "),
        ("# A\n\n{{ name.foo }}", "linje 3: "),
        ("# A\n\n{{ name * 1000000000 }}", "no sums"),
        ("# A\n\n{{ -name }}", "no sums"),
        ("# A\n\n{{ 7 }}", "kan ikke skrives"),
        ("# A\n\n{{ none }}", "kan ikke skrives"),
        ("# A\n\n{{ name.__class__ }}", "kan ikke skrives"),
        ("# A\n\n{{ name | upper }}", "linje 3: Skabelonen kan ikke læses"),
        ("# A\n\n{% if name is defined %}x{% endif %}", "linje 3: .*defined"),
        ("# A\n\n{% include 'b' %}", "kan ikke skrives"),
        ("# A\n\n{% for i in range(9) %}x{% endfor %}", "»range« er ikke et ord"),
        ("# A\n\n{{ name", "linje 3: Skabelonen kan ikke læses"),
        ("# A\n\n{% if name %}x", "linje 3: Skabelonen kan ikke læses"),
        ("# A\n\n**fed", r"»\*« står alene"),
        ("# A\n\nmidt i [[plan]] linje", r"»\[\[« står alene"),
        ("# A\n\n[[plann]]", r"\[\[plann\]\] findes ikke"),
        ("# A\n\ntekst", r"\[\[plan\]\] skal stå på sin egen linje præcis én gang"),
        ("# A\n\n[[plan]]\n\n[[plan]]", "præcis én gang"),
        ("tekst\n\n[[plan]]", "én overskrift med ét #"),
        ("# A\n\n[[plan]]\n\n# B", "én overskrift med ét #"),
    ],
)
def test_what_cannot_be_printed_is_refused(source: str, said: str) -> None:
    assert re.search(said, refused(source, {"plan": PLAN}))


def test_an_empty_template_is_refused() -> None:
    assert "én overskrift" in refused("")


def test_a_word_that_is_empty_is_named_only_if_there_is_one() -> None:
    assert "Tomme ord i dette brev: ingen" in refused("# A\n\n{{ 7 }}", phone="x")
