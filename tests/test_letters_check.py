"""`letters check`: every flaw is found once, with its file, its line and what to do."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mikroledger.errors import RefusedError
from mikroledger.letters import law
from mikroledger.letters.check import Flaw, check
from mikroledger.letters.readability import hardest
from mikroledger.letters.samples import FULL
from mikroledger.letters.wording import forbidden

SHIPPED = Path(__file__).parent.parent / "templates"
ON = date(2011, 9, 12)
HARD = (
    "Under henvisning til afdragsordningen forventer kommunen tilbagebetaling af "
    "etableringslånet, medmindre omstændighederne midlertidigt umuliggør gennemførelsen. "
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    for language in ("da", "en"):
        (folder / language).mkdir(parents=True)
    return folder


def write(own: Path, name: str, change: Callable[[str], str]) -> tuple[str, list[str]]:
    """Write a changed copy of a shipped text; return its path and its lines."""
    text = change((SHIPPED / name).read_text("utf-8"))
    (own / name).write_text(text, "utf-8")
    return str(own / name), text.splitlines()


def line_of(lines: list[str], part: str) -> int:
    return next(n for n, line in enumerate(lines, 1) if part in line)


def moved_up(text: str) -> str:
    """Put what happens if one does not pay before the phone number."""
    return text.replace("Du mangler stadig at betale **", "{{ collector }}. Du mangler **")


def test_what_ships_is_without_a_flaw() -> None:
    assert check([SHIPPED], ON, FULL) == []
    assert check([SHIPPED], date(2026, 11, 26), FULL) == []


def test_every_flaw_is_found_once_with_its_line(own: Path) -> None:
    flaws: dict[tuple[str, int], str] = {}

    def plant(name: str, change: Callable[[str], str], part: str, says: str) -> None:
        file, lines = write(own, name, change)
        flaws[file, line_of(lines, part) if part else 0] = says

    plant("da/payout.md", lambda t: t + "\n{{ amonut }}\n", "amonut", "»amonut« er ikke et ord")
    plant(
        "da/waiting.md",
        lambda t: t.replace("{% if phone_hours %} ({{ phone_hours }}){% endif %}", "{{ office }}"),
        "{{ office }}.",
        "Tomme ord i dette brev: ",
    )
    plant("da/repaid.md", lambda t: t.replace("{{ phone }}", "os"), "", "ikke {{ phone }}")
    plant("da/apology.md", lambda t: t + "\nDu er syg.\n", "syg", "»syg« må ikke stå")
    plant("en/apology.md", lambda t: t + "\n610190-0000\n", "610190", "»610190-0000« må ikke")
    plant("da/deferral.md", lambda t: t + f"\n{HARD * 3}\n", "Under hen", "LIX er ")
    plant("en/deferral.md", lambda t: t + "\nPlease call us.\n" * 60, "", "fylder 3 sider")
    plant("da/reminder-2.md", moved_up, "{{ collector }}. Du", "Telefonnummeret skal stå før")
    plant("en/reminder-1.md", lambda t: t.replace("[[payment]]", ""), "", "[[payment]] skal stå")
    plant("en/repaid.md", lambda t: t + "\n{% if x\n", "{% if x", "kan ikke læses")
    (own / "da" / "rykker.md").write_text("# Rykker\n", "utf-8")
    flaws[str(own / "da" / "rykker.md"), 0] = "Intet brev hedder sådan"
    (own / "en" / "voucher.md").write_bytes(b"# L\xe5n")
    flaws[str(own / "en" / "voucher.md"), 0] = "er ikke UTF-8"

    found = check([own, SHIPPED], ON, FULL)

    assert {(flaw.file, flaw.line) for flaw in found} == set(flaws)
    for flaw in found:
        assert flaws[flaw.file, flaw.line] in flaw.da
        assert flaw.text.en == flaw.en
    assert len(found) == len(flaws)


def test_a_text_that_lacks_is_named(own: Path) -> None:
    shutil.copytree(SHIPPED, own, dirs_exist_ok=True)
    (own / "en" / "waiting.md").unlink()
    (flaw,) = check([own], ON, FULL)
    assert flaw == Flaw("en/waiting.md", 0, flaw.da, flaw.en)
    assert "is not in" in flaw.en


def test_the_municipality_s_own_details_are_tried(own: Path) -> None:
    found = check([SHIPPED], ON, replace(FULL, phone=""))
    assert {Path(flaw.file).stem for flaw in found} >= {"payout", "reminder-1", "apology"}
    assert all("Tomme ord i dette brev: " in flaw.da and flaw.line for flaw in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("collector = 5", "'collector' cannot be read"),
        ("[[collector]]\nfrom = 2011-01-01\nda = 'x'", "'collector' cannot be read"),
        ("[[collector]]\nfrom = 'x'\nda = 'x'\nen = 'x'", "'collector' cannot be read"),
        ("[[collector]]\nfrom = 2011-01-01\nda = 'x'\nen = ''", "'collector' cannot be read"),
        ("[['a b']]\nfrom = 2011-01-01\nda = 'x'\nen = 'x'", "'a b' cannot be read"),
        ("collector = []", "'collector' cannot be read"),
        ("[[collector", "law.toml: the file cannot be read"),
    ],
)
def test_words_of_the_law_that_cannot_be_read(own: Path, text: str, said: str) -> None:
    (own / "law.toml").write_text(text, "utf-8")
    (flaw,) = check([own, SHIPPED], ON, FULL)
    assert said in flaw.en


def test_the_municipality_s_own_words_of_the_law_go_first(own: Path) -> None:
    text = (SHIPPED / "law.toml").read_text("utf-8").replace('"SKAT"', '"SKAT Nord"')
    (own / "law.toml").write_text(text, "utf-8")
    assert check([own, SHIPPED], ON, FULL) == []
    (own / "law.toml").write_text(text.replace("[[collector]]", "[[whoever]]"), "utf-8")
    found = check([own, SHIPPED], ON, FULL)
    assert {flaw.da.partition(" er ")[0] for flaw in found} == {"»collector«"}


def test_the_words_of_the_law_are_in_order_of_their_days() -> None:
    text = "\n".join(
        f"[[board]]\nfrom = {day}\nda = 'fra {day}'\nen = 'from {day}'\n"
        for day in ("2018-07-01", "2009-01-01")
    )
    read = law.read(Path("law.toml"), text)
    assert [said.since.year for said in read["board"]] == [2009, 2018]
    assert law.words(read, date(2010, 1, 1), "en") == {"board": "from 2009-01-01"}
    assert law.words(read, date(2008, 1, 1), "en") == {"board": ""}


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Vi vil gerne tale med Dem.", "da", ["Dem"]),
        ("De er bagud. Dem taler vi om. Pengene er dine.", "da", []),
        ("Du får kontanthjælp, og du var Syg.", "da", ["kontanthjælp", "Syg"]),
        ("Ring til 610190 0000 straks.", "da", ["610190 0000", "straks"]),
        ("You are on social benefits, still.", "en", ["social benefits"]),
        ("The debtor is hereby told.", "en", ["debtor", "hereby"]),
    ],
)
def test_words_that_are_in_no_letter(text: str, language: str, found: list[str]) -> None:
    wanted = forbidden("da" if language == "da" else "en")
    assert [match[0] for match in wanted.finditer(text)] == found


def test_a_word_that_no_template_says_has_no_line() -> None:
    found = check([SHIPPED], ON, replace(FULL, office="Sygdomskontoret"))
    assert {(flaw.line, flaw.da.partition(" ")[0]) for flaw in found} == {(0, "»Sygdomskontoret«")}


def test_words_of_the_law_in_another_encoding(own: Path) -> None:
    (own / "law.toml").write_bytes("# Lån".encode("cp1252"))
    (flaw,) = check([own, SHIPPED], ON, FULL)
    assert "law.toml is not UTF-8" in flaw.en


def test_nothing_has_no_hardest_sentence() -> None:
    assert hardest("") == ""


def test_a_folder_that_is_no_folder_of_templates(own: Path) -> None:
    (own / "ude.typ").symlink_to("/etc/hostname")
    (flaw,) = check([own, SHIPPED], ON, FULL)
    assert flaw.file == str(own)
    assert "link out" in flaw.en
    assert isinstance(flaw.text.da, str)
    with pytest.raises(RefusedError):
        raise RefusedError(flaw.da, flaw.en)
