"""Templates and names that mean harm: they print as text or are refused, and nothing else happens.

The ids are those of bad-inputs.json, whose part on templates is kept in `data/bad-templates.json`;
a test holds the copy against the original wherever that is at hand.
"""

import io
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from presses import render

from mikroledger.errors import RefusedError
from mikroledger.letters import Press, Printed, press, sheets
from mikroledger.letters.check import check
from mikroledger.letters.samples import FULL, TO, samples

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "templates"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "bad-inputs.json"
KEPT = HERE / "data" / "bad-templates.json"
ON = date(2011, 9, 12)
REPAID = samples(ON)["repaid"][0].content
SECRET = "610190-0000"
# Not for the press: what a printer or Digital Post answers is the out-tray's.
ELSEWHERE = {"template-20"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / "da").mkdir(parents=True)
    return folder


@pytest.fixture
def opened(own: Path) -> Iterator[list[Press]]:
    """Presses of the test, each ended."""
    used: list[Press] = []
    yield used
    for each in used:
        each.close()


def make(own: Path, opened: list[Press]) -> Printed:
    opened.append(Press([own, SHIPPED]))
    return render(opened[-1], REPAID, TO, FULL, "da")  # type: ignore[arg-type]


def refused(own: Path, opened: list[Press]) -> str:
    """Return why a letter is refused, and see that the next run is as if nothing had been."""
    with pytest.raises(RefusedError) as caught:
        make(own, opened)
    for said in (caught.value.text.da, caught.value.text.en):
        assert "Traceback" not in said
        assert not [sign for sign in said if unicodedata.category(sign) == "Cc"]
        assert SECRET not in said
    shutil.rmtree(own)
    own.mkdir()
    assert make(own, opened).pdf
    return caught.value.text.en


def text(own: Path, lines: str) -> None:
    shipped = (SHIPPED / "da" / "repaid.md").read_text("utf-8")
    (own / "da" / "repaid.md").write_text(f"{lines}\n{shipped}", "utf-8")


def layout(own: Path, lines: str) -> None:
    shipped = (SHIPPED / "letter.typ").read_text("utf-8")
    (own / "letter.typ").write_text(f"{shipped}\n{lines}\n", "utf-8")


# ------------------------------------------------------------------ the text


@pytest.mark.parametrize(
    "line",
    [
        "{{ ('{0.__class__}'|attr('format'))(loan) }}",  # template-03
        "{{ loan.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{% include '/etc/passwd' %}",  # template-07
        "{% include '../../x' %}",
        "{% import '/etc/passwd' as x %}",
        "{% extends 'da/payout.md' %}",
        "{{ self.__init__.__globals__ }}",
        "{{ loan * 1000000000 }}",
        "{{ cycler.__init__ }}",
        "{% set x = 5 %}{{ x ** 1000000 }}",
    ],
)
def test_a_text_that_reaches_out_is_refused_with_its_line(
    own: Path, opened: list[Press], line: str
) -> None:
    text(own, f"\n\n{line}")
    assert re.search(r"own/da/repaid\.md, line 3: ", refused(own, opened))


def test_html_that_would_fetch_prints_as_text(own: Path, opened: list[Press]) -> None:
    """template-09: other engines put the local file into the PDF."""
    tag = "<link rel=attachment href=file:///srv/register.db>"
    shipped = (SHIPPED / "da" / "repaid.md").read_text("utf-8")
    (own / "da" / "repaid.md").write_text(f"{shipped}\n{tag}\n", "utf-8")
    printed = make(own, opened)
    assert tag in printed.text
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        assert not pdf.attachments
        assert b"/URI" not in printed.pdf


def loops(deep: int) -> str:
    names = "abcdefghijkl"[:deep]
    inner = "".join(f"{{% for {x} in loan %}}" for x in names)
    return inner + "x" + "{% endfor %}" * deep


WHILE = "#{ let a = 0; while a < 9000 { a += 1; let b = 0; while b < 9000 { b += 1 } } }"


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (text, loops(11)),
        (layout, "#let f(n) = { let i = 0; while i < 5000 { i += 1; f(n + 1) } }\n#f(0)"),
        (layout, WHILE),
        (layout, '#("a" * 2000000000).len()'),
        (layout, "#for i in range(9000000000) [x]"),
    ],
    ids=["loops", "endless", "while", "memory", "range"],
)
def test_what_takes_too_long_or_too_much_is_ended(
    own: Path, opened: list[Press], monkeypatch: pytest.MonkeyPatch, where: object, line: str
) -> None:
    monkeypatch.setattr(press, "SECONDS", 3)
    where(own, line)  # type: ignore[operator]
    said = refused(own, opened)
    assert re.search("more time or memory|cannot be (?:made|set)", said), said
    assert "own" in said


def test_the_deadline_is_that_of_each_letter(
    own: Path, opened: list[Press], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bad letter does not stop the rest: the next one has a worker of its own."""
    monkeypatch.setattr(press, "SECONDS", 2)
    shipped = (SHIPPED / "da" / "repaid.md").read_text("utf-8")
    (own / "da" / "repaid.md").write_text(f"{shipped}\n{loops(11)}\n", "utf-8")
    one = Press([own, SHIPPED])
    opened.append(one)
    waiting = samples(ON)["waiting"][0]
    for _ in range(2):
        with pytest.raises(RefusedError, match="more time or memory"):
            render(one, REPAID, TO, FULL, "da")  # type: ignore[arg-type]
        assert one.print(sheets.of(waiting.content, TO, FULL, "da"), "da").pdf


# ------------------------------------------------------------------ the layout


@pytest.mark.parametrize(
    "line",
    [
        '#read("secret.txt")',  # template-11
        '#read("da/repaid.md")',
        '#read("/etc/hostname")',
        '#read("../secret.txt")',
        '#import "@preview/x:0.1.0": *',  # template-12
        '#import ("@pre" + "view/x:0.1.0"): *',
        '#import "@local/x:0.1.0": *',
        '#image("secret.svg", alt: "x")',
        '#plugin("secret.wasm")',
        '#pdf.attach("secret.txt")',
    ],
)
def test_a_layout_that_reaches_out_is_refused_with_its_line(
    own: Path, opened: list[Press], line: str
) -> None:
    for name in ("secret.txt", "secret.wasm"):
        (own / name).write_text(SECRET, "utf-8")
    (own.parent / "secret.txt").write_text(SECRET, "utf-8")
    (own / "secret.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="file:///etc/hostname" width="9" height="9"/></svg>',
        "utf-8",
    )
    layout(own, line)
    lines = (SHIPPED / "letter.typ").read_text("utf-8").count("\n") + 2
    said = refused(own, opened)
    assert re.search(rf"own/letter\.typ(?:, line {lines})?: ", said), said


@pytest.mark.parametrize("place", ["ude.typ", "da/ude.md", "da/repaid.md", "fonts"])
def test_a_link_out_of_the_folder_is_refused(own: Path, opened: list[Press], place: str) -> None:
    (own / place).symlink_to("/etc")
    assert f"own/{place} is a link out of the folder" in refused(own, opened)


def test_what_is_no_template_is_not_read(own: Path, opened: list[Press]) -> None:
    os.mkfifo(own / "da" / "payout.md")
    os.mkfifo(own / "letter.typ")
    (own / "da" / "waiting.md").mkdir()
    assert make(own, opened).pdf


def test_a_file_as_large_as_no_template_is_refused(own: Path, opened: list[Press]) -> None:
    with (own / "da" / "repaid.md").open("wb") as file:
        file.truncate(20_000_001)
    assert "20000001 bytes" in refused(own, opened)


@pytest.mark.parametrize("name", ["{x!r}.md", "..x.md", "rykker1.md", "payout.md.md"])
def test_a_name_that_no_letter_has_is_told_and_never_read(
    own: Path, opened: list[Press], name: str
) -> None:
    """template-13."""
    (own / "da" / name).write_text("{{ 7 }}", "utf-8")
    assert make(own, opened).pdf
    (flaw,) = check([own, SHIPPED], ON, FULL)
    assert flaw.file == str(own / "da" / name)
    assert "No letter has that name" in flaw.en


def test_templates_that_change_or_go_during_a_run_change_no_letter_of_it(
    own: Path, opened: list[Press]
) -> None:
    """template-14: a run is made from the templates that it began with."""
    text(own, "")
    (own / "da" / "repaid.md").write_text("# Egen tekst {{ phone }}\n", "utf-8")
    first = make(own, opened)
    (own / "da" / "repaid.md").unlink()
    again = render(opened[0], REPAID, TO, FULL, "da")  # type: ignore[arg-type]
    assert again == first
    assert first.text == "Egen tekst 99 99 99 99"
    assert make(own, opened).template_hash != first.template_hash


# ------------------------------------------------------------------ the addressee


def test_a_protected_address_is_in_no_digital_letter(own: Path, opened: list[Press]) -> None:
    """template-16: paper is put into its envelope by the house itself, and needs the address."""
    opened.append(Press([SHIPPED]))
    hidden = replace(TO, protected=True)
    sheet = sheets.of(REPAID, hidden, FULL, "da")
    assert sheet.frame["recipient"] == [TO.name]
    paper = sheets.of(REPAID, replace(hidden, paper=True), FULL, "da")
    assert paper.frame["recipient"] == [TO.name, *TO.address]
    assert opened[0].print(sheet, "da").pdf


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ane " * 1000, "do not fit the window"),
        ("A" * 4000, "more than 80 signs"),
        ("W" * 80, "do not fit the window"),
        ("Ane 😀", "could not be displayed"),
        ("محمد", "could not be displayed"),
        ("Ane\x1b[31m", r"U\+001B"),
        ("Ane\x00", r"U\+0000"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(
    own: Path, opened: list[Press], name: str, said: str
) -> None:
    """template-18."""
    opened.append(Press([SHIPPED]))
    with pytest.raises(RefusedError, match=said):
        render(opened[0], REPAID, replace(TO, name=name), FULL, "da")  # type: ignore[arg-type]
    assert render(opened[0], REPAID, TO, FULL, "da").pdf  # type: ignore[arg-type]


# ------------------------------------------------------------------ the list itself


def test_every_case_of_the_list_has_its_test() -> None:
    source = Path(__file__).read_text("utf-8")
    ids = {each["id"] for each in json.loads(KEPT.read_text("utf-8"))}
    assert {each for each in ids if each not in source} == set()
    assert ids >= ELSEWHERE


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not at hand")
def test_the_copy_is_the_list() -> None:
    whole = json.loads(SHARED.read_text("utf-8"))["entries"]
    kept = json.loads(KEPT.read_text("utf-8"))
    assert [
        {key: each[key] for key in ("id", "input", "why")}
        for each in whole
        if each["area"] == "template"
    ] == kept
