"""The rules' manuals as a person reads them: one of them, or all of them as a page."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent

from mikroledger.cli.app import said
from mikroledger.domain.finding import Severity
from mikroledger.domain.rule import Rule
from mikroledger.errors import UsageError
from mikroledger.words import Language, Text

WORDS = {
    Severity.ERROR: Text("fejl", "error"),
    Severity.WARNING: Text("advarsel", "warning"),
    Severity.NOTE: Text("note", "note"),
}
ALL = "ALL"
_DANISH, _EXAMPLE, _INSTEAD = "På dansk", "Example", "Use instead"
_HEAD = """\
# The rules

Made from the rules' own manuals; do not edit. `mikroledger check --explain all > docs/rules.md`
makes it again, and a test holds it to them. Each *Example* and each *Use instead* runs as a test.

An **error** holds reminders until it is settled, a **warning** asks somebody to look, a **note**
is good to know. What rests on debtor, sum and day alone ("possible") is never more than a warning.
A finding that is right as it is can be accepted (`mikroledger accept`), with a reason, and for an
error by two persons; those of {final} never.
"""


def chosen(rules: Sequence[Rule], words: Iterable[str]) -> frozenset[str]:
    """Return the codes that some words name: a code, the beginning of codes, or a rule's name.

    Several may stand in one word, with commas between them.

    Raises:
        UsageError: one names no rule.
    """
    found: set[str] = set()
    for word in (each for text in words for each in text.upper().replace(",", " ").split()):
        codes = {r.code for r in rules if word == r.name.upper() or _begins(word, r.code)}
        if not codes:
            raise _no_rule(rules, word)
        found |= codes
    return frozenset(found)


def _begins(word: str, code: str) -> bool:
    return len(word) > len("ML") and code.startswith(word)


def _no_rule(rules: Sequence[Rule], word: str) -> UsageError:
    codes = ", ".join(rule.code for rule in rules)
    return UsageError(
        da=f"Der er ingen regel {word}. Reglerne er {codes}.",
        en=f"There is no rule {word}. The rules are {codes}.",
    )


def explained(rules: Sequence[Rule], wanted: str, language: Language) -> str:
    """Return a rule's manual in one language, or the page of all.

    Raises:
        UsageError: there is no such rule.
    """
    if wanted.upper() == ALL:
        return page(rules)
    for rule in rules:
        if wanted.upper() in (rule.code, rule.name.upper()):
            return _manual(rule, language)
    raise _no_rule(rules, wanted)


def _manual(rule: Rule, language: Language) -> str:
    text = said_in(rule, language)
    return "\n\n".join(
        (
            f"{rule.code} {rule.name} ({WORDS[rule.severity].say(language)})",
            text,
            said("Eksempel", "Example") + ":",
            rule.section(_EXAMPLE).strip("\n"),
            said("Skriv i stedet", "Use instead") + ":",
            rule.section(_INSTEAD).strip("\n"),
        )
    )


def said_in(rule: Rule, language: Language) -> str:
    """Return what a manual says in one language, without its examples."""
    if language == "da":
        return rule.section(_DANISH).strip()
    text = rule.manual.partition("\n## ")[0].partition(": ")[2].strip()
    return text[:1].upper() + text[1:]


def page(rules: Sequence[Rule]) -> str:
    """Return all manuals as one Markdown page, in both languages."""
    final = ", ".join(rule.code for rule in rules if rule.final)
    return "\n".join((_HEAD.format(final=final), *_table(rules), *_chapters(rules))).rstrip()


def _table(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| code | name | severity | what is wrong |"
    yield "|---|---|---|---|"
    for rule in rules:
        anchor = f"{rule.code}-{rule.name}".lower()
        severity = WORDS[rule.severity].en
        yield f"| [{rule.code}](#{anchor}) | {rule.name} | {severity} | {rule.title} |"
    yield ""


def _chapters(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        yield f"## {rule.code} {rule.name}\n"
        yield f"*{WORDS[rule.severity].en}, {WORDS[rule.severity].da}*\n"
        yield f"{said_in(rule, 'en')}\n"
        yield f"### {_DANISH}\n\n{said_in(rule, 'da')}\n"
        for heading in (_EXAMPLE, _INSTEAD):
            text = dedent(rule.section(heading)).strip("\n")
            yield f"### {heading}\n\n```beancount\n{text}\n```\n"
