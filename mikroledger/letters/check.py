"""Proves the templates: every text in every language, tried on invented letters.

What is found has a file, a line where there is one, and what to do about it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from mikroledger.domain.letter import Sender
from mikroledger.errors import RefusedError
from mikroledger.letters import law, sheets
from mikroledger.letters.folder import LANGUAGES, Found
from mikroledger.letters.press import Press, Printed
from mikroledger.letters.readability import hardest, lix
from mikroledger.letters.samples import Sample, samples
from mikroledger.letters.wording import forbidden
from mikroledger.words import Language, Text

HARDEST = 35
"""The highest LIX of a letter: easy to read (domain/danish-municipal.md 7.1)."""
INTERNAL = frozenset({"voucher"})
_PLACE = re.compile(r"(?P<file>.+?), line (?P<line>\d+): ")

# What a letter must say, by the words of its text; the phone number is in all of them.
MUST_SAY: Mapping[str, tuple[str, ...]] = {
    "payout": ("amount", "paid_on", "first_amount", "first_pay_by"),
    "correction": ("amount", "paid_on", "first_amount", "first_pay_by"),
    "waiting": ("amount", "promised"),
    "first-due": ("amount", "pay_by"),
    "reminder-1": ("arrears", "deadline"),
    "reminder-2": ("arrears", "deadline", "collector"),
    "deferral": ("start",),
    "deferral-ended": ("ended", "first_amount", "first_pay_by"),
    "new-plan": ("first_amount", "first_pay_by", "appeal_time", "appeal_board"),
    "repaid": ("paid_on",),
    "statement": ("since",),
    "apology": ("sent_on",),
    "voucher": ("number", "reason"),
}


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """Something that is wrong with a template.

    Args:
        line: 0 if it is the whole file.
        da: what is wrong and what to do, in Danish.
        en: the same in English.
    """

    file: str
    line: int
    da: str
    en: str

    @property
    def text(self) -> Text:
        return Text(self.da, self.en)


def check(folders: Sequence[Path], on: date, sender: Sender) -> list[Flaw]:
    """Try every template, the municipality's own where there is one.

    Args:
        on: the day of the letters, for the words of the law.
        sender: the municipality as its policy has it; its letters are tried, too.
    """
    try:
        press = Press(folders)
    except RefusedError as error:
        return [_refused(error, str(folders[0]))]
    try:
        return sorted({*_names(press), *_texts(press, on, sender)})
    finally:
        press.close()


def _names(press: Press) -> Iterator[Flaw]:
    """Find what lacks, and what no letter is named."""
    wanted = {f"{language}/{name}.md" for language in LANGUAGES for name in MUST_SAY}
    for name in wanted - press.templates.texts.keys():
        yield _refused(press.templates.lacks(name), name)
    for name, found in press.templates.texts.items():
        if name not in wanted:
            known = ", ".join(MUST_SAY)
            yield Flaw(
                str(found.path),
                0,
                f"Intet brev hedder sådan. Giv filen et af disse navne: {known}.",
                f"No letter has that name. Give the file one of these names: {known}.",
            )


def _texts(press: Press, on: date, sender: Sender) -> Iterator[Flaw]:
    for name, each in samples(on).items():
        own = replace(each[0], sender=sender)
        for language in LANGUAGES:
            found = press.templates.texts.get(f"{language}/{name}.md")
            if found:
                yield from _text(press, found, (*each, own), language)


def _text(
    press: Press, found: Found, tried: Sequence[Sample], language: Language
) -> Iterator[Flaw]:
    """Print letters from one text, and look at them."""
    made: list[Printed] = []
    name = Path(found.name).stem
    for sample in tried:
        try:
            sheet = sheets.of(sample.content, sample.to, sample.sender, language)
            made.append(press.print(sheet, language))
        except RefusedError as error:
            yield _refused(error, str(found.path))
            continue
        legal = law.words(press.templates.law, sheet.on, language)
        yield from _unsaid(found, name, {**legal, **sheet.words}, made[-1])
    if (most := max((each.pages for each in made), default=1)) > 1:
        yield Flaw(
            str(found.path),
            0,
            f"Brevet fylder {most} sider. Kort teksten, så det er på én.",
            f"The letter takes {most} pages. Shorten the text, so that it is on one.",
        )
    if name not in INTERNAL:
        yield from _wording(found, [each.text for each in made], language)


def _unsaid(found: Found, name: str, words: Mapping[str, str], printed: Printed) -> Iterator[Flaw]:
    """Find what a letter must say and does not, or says too early."""
    wanted = MUST_SAY[name] if name in INTERNAL else ("phone", *MUST_SAY[name])
    for word in wanted:
        if not _place(words, word, printed):
            yield Flaw(
                str(found.path),
                0,
                f"Brevet siger ikke {{{{ {word} }}}}. Skriv det i teksten.",
                f"The letter does not say {{{{ {word} }}}}. Write it into the text.",
            )
    phone, threat = (_place(words, word, printed) for word in ("phone", "collector"))
    if threat and phone > threat:
        yield Flaw(
            str(found.path),
            _line(found, r"\{\{ *collector"),
            "Telefonnummeret skal stå før det, der sker, hvis man ikke betaler. Flyt det op.",
            "The phone number must come before what happens if one does not pay. Move it up.",
        )


def _place(words: Mapping[str, str], word: str, printed: Printed) -> int:
    """Return where a letter says a word, counted from 1; 0 if it does not."""
    said = words.get(word, "").replace("\u00a0", " ")
    return printed.text.find(said) + 1 if said else 0


def _wording(found: Found, texts: Sequence[str], language: Language) -> Iterator[Flaw]:
    """Find words that are in no letter, and a text that is hard to read."""
    for word in {match[0] for text in texts for match in forbidden(language).finditer(text)}:
        yield Flaw(
            str(found.path),
            _line(found, rf"\b{re.escape(word)}\b"),
            f"»{word}« må ikke stå i et brev. Skriv det med andre ord, eller lad det ude.",
            f"'{word}' may not be in a letter. Use other words, or leave it out.",
        )
    text = max(texts, key=lix, default="")
    if (measured := lix(text)) > HARDEST:
        sentence = hardest(text)
        yield Flaw(
            str(found.path),
            _nearest(found, sentence),
            f"LIX er {measured}; højst {HARDEST} er let at læse. Del denne sætning: {sentence}",
            f"LIX is {measured}; at most {HARDEST} is easy. Divide this sentence: {sentence}",
        )


def _line(found: Found, pattern: str) -> int:
    """Return the first line of a template that has a pattern; 0 if none has."""
    for number, line in enumerate(found.text.splitlines(), 1):
        if re.search(pattern, line):
            return number
    return 0


def _nearest(found: Found, sentence: str) -> int:
    """Return the line of a template that has most of the words of a sentence."""
    words = set(sentence.split())
    lines = found.text.splitlines()
    return max(range(len(lines)), key=lambda n: len(words & set(lines[n].split())), default=-1) + 1


def _refused(error: RefusedError, file: str) -> Flaw:
    """Return a refusal as a flaw, with the place that its sentence begins with."""
    place = _PLACE.match(error.text.en)
    if place is None:
        return Flaw(file, 0, error.text.da, error.text.en)
    da = error.text.da.partition(": ")[2]
    return Flaw(place["file"], int(place["line"]), da, error.text.en[place.end() :])
