"""Every kind of letter, in both languages: what it says, how it reads, and that it is one page."""

import io
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pdfplumber
import pytest
from presses import render

from mikroledger.confine import Child
from mikroledger.domain import fik
from mikroledger.domain.letter import (
    ApologyLetter,
    DeferralEndedLetter,
    DeferralLetter,
    FirstDueLetter,
    ReminderLetter,
    StatementLetter,
    StatementLine,
)
from mikroledger.domain.plan import Terms, settle
from mikroledger.errors import RefusedError
from mikroledger.letters import (
    Press,
    Printed,
    content,
    lix,
    preview,
    samples,
    sheets,
    tables,
)
from mikroledger.letters.catalogue import LETTERS
from mikroledger.letters.check import MUST_SAY
from mikroledger.letters.samples import BARE, FULL, LOAN, TO, Sample
from mikroledger.letters.sheet import Writer
from mikroledger.money import ZERO
from mikroledger.words import Language

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "templates"
GOLDEN = HERE / "data" / "letters"
ON = date(2011, 9, 12)
ALL = {
    f"{name}-{number}": sample
    for name, each in samples.samples(ON).items()
    for number, sample in enumerate(each)
}
LANGUAGES: tuple[Language, ...] = ("da", "en")
EVERY = [(name, language) for name in ALL for language in LANGUAGES]


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    opened = Press([SHIPPED])
    yield opened
    opened.close()


def make(press: Press, sample: Sample, language: Language = "da") -> Printed:
    return press.print(sheets.of(sample.content, sample.to, sample.sender, language), language)


def shown(pdf: bytes) -> str:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return "\n".join(page.extract_text() for page in document.pages) + "\n"


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_whole_letter_is_as_it_was(press: Press, name: str, language: Language) -> None:
    golden, printed = GOLDEN / f"sample-{name}-{language}.txt", make(press, ALL[name], language)
    text = shown(printed.pdf)
    if os.environ.get("MIKROLEDGER_WRITE_GOLDEN"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
    assert printed.pages == 1
    if "voucher" not in name:
        assert lix(printed.text) <= 35


def test_the_table_of_letters_is_whole() -> None:
    texts = {
        language: {path.stem for path in (SHIPPED / language).iterdir()} for language in LANGUAGES
    }
    assert texts["da"] == texts["en"] == set(LETTERS) == set(MUST_SAY)
    assert set(samples.samples(ON)) == set(LETTERS)


def test_samples_pass_every_branch_both_ways() -> None:
    """Of every word that a shipped text asks about, there is a letter with it and one without."""
    for name in LETTERS:
        for language in LANGUAGES:
            source = (SHIPPED / language / f"{name}.md").read_text("utf-8")
            asked = set(re.findall(r"{% if (?:not )?(?:\w+ and )?(\w+) %}", source))
            seen = [
                sheets.of(s.content, s.to, s.sender, language).words
                for key, s in ALL.items()
                if key.rpartition("-")[0] == name
            ]
            for word in asked - {"handover_law"}:
                assert {bool(words[word]) for words in seen} == {True, False}, (name, word)


def reminders() -> tuple[ReminderLetter, ...]:
    found = [ALL[f"reminder-{level}-{n}"].content for level in (1, 2) for n in (0, 1)]
    return tuple(each for each in found if isinstance(each, ReminderLetter))


@pytest.mark.parametrize("name", ["reminder-1-0", "reminder-2-0"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_puts_help_before_consequences(
    press: Press, name: str, language: Language
) -> None:
    text = make(press, ALL[name], language).text
    said = {
        "da": ["mangler", "Betal senest", "se bort fra", "99 99 99 99", "SKAT"],
        "en": ["still have", "pay by", "ignore", "99 99 99 99", "SKAT"],
    }[language]
    places = [text.index(each) for each in said]
    assert places == sorted(places)


def test_the_second_reminder_is_the_notice_of_hand_over(press: Press) -> None:
    text = make(press, ALL["reminder-2-0"]).text
    assert "Så beder vi SKAT om at kræve pengene ind." in text
    assert "Det gælder kun de rater" in text
    assert "hvis du mener, at beløbet er forkert" in text
    assert "§ 2, stk. 3, i lov om inddrivelse af gæld til det offentlige" in text
    assert "den rate" in make(press, ALL["reminder-2-1"]).text


@pytest.mark.parametrize(
    ("on", "collector", "board"),
    [
        (date(2012, 1, 12), "SKAT", "beskæftigelsesankenævnet"),
        (date(2013, 6, 30), "SKAT", "beskæftigelsesankenævnet"),
        (date(2013, 7, 1), "SKAT", "Ankestyrelsen"),
        (date(2018, 6, 30), "SKAT", "Ankestyrelsen"),
        (date(2018, 7, 1), "Gældsstyrelsen", "Ankestyrelsen"),
    ],
)
def test_the_law_is_told_in_the_words_of_its_day(
    press: Press, on: date, collector: str, board: str
) -> None:
    made = samples.samples(on)
    assert f"beder vi {collector} om" in make(press, made["reminder-2"][0]).text
    assert f"sender vi din klage til {board}." in make(press, made["new-plan"][0]).text


def test_many_late_instalments_stay_on_the_page(press: Press) -> None:
    full = ALL["reminder-2-0"]
    assert isinstance(full.content, ReminderLetter)
    for count in (6, 12, 60):
        late = samples.plan(ON, 12, count, "5")[:count]
        missing = sum((each.missing for each in late), ZERO)
        letter = replace(full.content, instalments=late, arrears=missing)
        for language in LANGUAGES:
            printed = make(press, replace(full, content=letter), language)
            assert printed.pages == 1
            assert "2–" in shown(printed.pdf)


def test_late_instalments_of_no_even_kind_are_told_by_their_days() -> None:
    days = [ON - timedelta(days=n * n) for n in range(9, 0, -1)]
    plan = Terms(rows=tuple((day, Decimal(n * 10)) for n, day in enumerate(days, 1)))
    late = settle(plan.plan(ZERO, days[0]), ZERO)
    (table,) = tables.missing(late, "da")["parts"]
    assert [row[0] for row in table["rows"]] == ["1", "2", "3", "4–9"]
    assert table["foot"][-1].replace("\u00a0", " ") == "450,00 kr."


def test_a_friendly_letter_asks_for_one_instalment(press: Press) -> None:
    printed = make(press, ALL["first-due-0"])
    (line,) = re.findall(r"^\+71<\d{15}\+81234567<$", shown(printed.pdf), re.MULTILINE)
    assert fik.find(line) == fik.payment_id(LOAN, 1)
    assert "Du er ikke bagud." in printed.text


def test_a_friendly_letter_is_not_for_a_day_that_is_past(press: Press) -> None:
    letter = ALL["first-due-0"].content
    assert isinstance(letter, FirstDueLetter)
    late = replace(letter, on=letter.next.part.pay_by + timedelta(days=1))
    with pytest.raises(RefusedError, match="is past"):
        render(press, late, TO, FULL, "da")
    assert render(press, replace(late, on=letter.next.part.pay_by), TO, FULL, "da").pdf


def test_a_deferral_names_the_first_instalment_after_it(press: Press) -> None:
    letter = ALL["deferral-0"].content
    assert isinstance(letter, DeferralLetter)
    on_the_last_day = replace(letter, until=letter.plan[0].part.pay_by)
    after = letter.plan[1].part
    text = render(press, on_the_last_day, TO, FULL, "en").text
    assert f"You must pay it by {after.pay_by.day} {after.pay_by:%B %Y}" in text
    assert "The first instalment afterwards" not in make(press, ALL["deferral-1"], "en").text


def test_the_last_day_of_a_deferral_is_not_past_on_it(press: Press) -> None:
    letter = ALL["deferral-ended-0"].content
    assert isinstance(letter, DeferralEndedLetter)
    assert (
        "Din henstand sluttede den 11. september 2011."
        in make(press, ALL["deferral-ended-0"]).text
    )
    assert (
        "Din henstand slutter den 12. september 2011." in make(press, ALL["deferral-ended-1"]).text
    )
    over = replace(letter, on=letter.plan[-1].part.pay_by + timedelta(days=1))
    with pytest.raises(RefusedError, match="Agree on a new plan"):
        render(press, over, TO, FULL, "da")


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (("BOOKED-RIGHT",), ["registreret dine penge forkert"]),
        (("PRINCIPAL-AGREES", "LEDGER-SOUND"), ["registreret dine penge forkert"]),
        (("NOT-SAME-DAY", "NOTICED", "LEVEL"), ["for tidligt"]),
        (("BANK-FRESH", "NO-HOLD"), ["godt nok efter", "ikke have rykkere i den tid"]),
        (("LEDGER-SOUND",), ["ikke tjekket alle oplysninger"]),
        ((), ["ikke tjekket alle oplysninger"]),
    ],
)
def test_an_apology_says_what_went_wrong_and_no_more(
    press: Press, reasons: tuple[str, ...], said: list[str]
) -> None:
    letter = ALL["apology-0"].content
    assert isinstance(letter, ApologyLetter)
    text = render(press, replace(letter, reasons=reasons), TO, FULL, "da").text
    every = (
        *("registreret dine penge forkert", "for tidligt", "godt nok efter"),
        *("ikke have rykkere i den tid", "ikke tjekket alle oplysninger"),
    )
    assert [each for each in every if each in text] == said


def test_an_apology_promises_nothing_that_is_not_so(press: Press) -> None:
    assert "du er ikke bagud" in make(press, ALL["apology-1"]).text
    late = make(press, ALL["apology-2"]).text
    assert "du er ikke bagud" not in late
    assert "Du skal ikke gøre noget nu." in late


def test_a_statement_adds_up_or_is_none(press: Press) -> None:
    letter = ALL["statement-0"].content
    assert isinstance(letter, StatementLetter)
    lines = letter.lines
    wrong = [
        replace(letter, opening=letter.opening + 1),
        replace(letter, outstanding=letter.outstanding + 1),
        replace(letter, lines=lines[1:]),
        replace(letter, lines=(*lines, StatementLine(ON, "repayment", Decimal(-1), ZERO))),
    ]
    for each in wrong:
        with pytest.raises(AssertionError, match="does not add up"):
            render(press, each, TO, FULL, "da")


def test_a_long_statement_runs_on_with_its_heading(press: Press) -> None:
    letter = ALL["statement-0"].content
    assert isinstance(letter, StatementLetter)
    lines, debt = [], letter.opening
    for n in range(60):
        debt -= Decimal("100.00")
        day = ON - timedelta(days=30 * (60 - n))
        lines.append(StatementLine(day, "repayment", Decimal("-100.00"), debt))
    long = replace(letter, lines=tuple(lines), outstanding=debt, since=lines[0].day)
    printed = render(press, long, TO, FULL, "da")
    assert printed.pages == 2
    assert shown(printed.pdf).count("Ændring (kr.)") == 2


def test_a_kind_that_is_none_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="str is not made here"):
        content.sheet("letter", Writer(TO, FULL, "da"))  # type: ignore[arg-type]


# ------------------------------------------------------------------ drafts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_says_so_and_is_another_file(press: Press, language: Language) -> None:
    mark = {"da": "Prøve: må ikke sendes", "en": "Draft: not to be sent"}[language]
    for letter in (*reminders(), ALL["payout-0"].content):
        drafted = preview(press, letter, TO, FULL, language)
        assert mark in shown(drafted.pdf)
    assert mark not in shown(make(press, ALL["payout-0"], language).pdf)


# ------------------------------------------------------------------ the same bytes


def test_printing_again_anywhere_gives_the_same_bytes(press: Press) -> None:
    """Two workers at once, in the other order, and one after the other."""
    first = {each: make(press, ALL[each[0]], each[1]).pdf for each in EVERY}
    others = [Press([SHIPPED]) for _ in range(2)]
    orders = (EVERY, EVERY[::-1])

    def all_of(
        other: Press, order: list[tuple[str, Language]]
    ) -> dict[tuple[str, Language], bytes]:
        return {each: make(other, ALL[each[0]], each[1]).pdf for each in order}

    with ThreadPoolExecutor(2) as pool:
        for again in pool.map(all_of, others, orders):
            assert again == first
    for other in others:
        other.close()


def test_a_worker_is_replaced_and_nobody_sees_it(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mikroledger.letters import press as module

    wanted = make(press, ALL["repaid-0"])
    started = []

    def counted(*given: object) -> object:
        started.append(1)
        return Child(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "LETTERS", 2)
    monkeypatch.setattr(module, "Child", counted)
    other = Press([SHIPPED])
    assert [make(other, ALL["repaid-0"]) for _ in range(5)] == [wanted] * 5
    assert len(started) == 3
    other.close()
    other.close()
    assert make(other, ALL["repaid-1"]).pdf
    del other


def test_nobody_is_written_to_in_a_language_that_is_not_theirs(press: Press) -> None:
    sender = replace(FULL, phone_hours_en="")
    text = render(press, ALL["repaid-0"].content, TO, sender, "en").text  # type: ignore[arg-type]
    assert "mandag" not in text
    assert "99 99 99 99." in text
    assert BARE.phone_hours_en == ""
