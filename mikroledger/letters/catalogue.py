"""Which letters there are, and whose text each of them has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mikroledger.letters.folder import LANGUAGES, Templates
from mikroledger.words import Language, Text

LETTERS: Mapping[str, Text] = {
    "payout": Text("Lånet er udbetalt, med planen", "The loan is paid out, with the plan"),
    "correction": Text(
        "En fejl i bogføringen er rettet, med planen",
        "An error in the books is put right, with the plan",
    ),
    "waiting": Text(
        "Den lovede udbetalingsdag kan ikke holdes", "The promised payout day cannot be kept"
    ),
    "first-due": Text("Venligt brev før den første rate", "Friendly, before the first instalment"),
    "reminder-1": Text("Første rykker", "First reminder"),
    "reminder-2": Text(
        "Anden rykker, med varsel om inddrivelse", "Second reminder, with notice of hand-over"
    ),
    "deferral": Text("Henstand er givet", "A deferral is granted"),
    "deferral-ended": Text("Henstand slutter", "A deferral ends"),
    "new-plan": Text("Ny plan", "New plan"),
    "repaid": Text("Lånet er betalt, kvittering", "The loan is repaid, receipt"),
    "statement": Text("Kontoudtog", "Statement"),
    "apology": Text("Undskyldning for en forkert rykker", "Apology for a wrong reminder"),
    "voucher": Text("Omposteringsbilag (internt)", "Correction voucher (internal)"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One text of a letter.

    Args:
        own: whether it is a text of the municipality's.
        changed: whether that is another text than the one that ships.
        template: SHA-256 over all that the letter is made with.
    """

    name: str
    what: Text
    language: Language
    file: str
    own: bool
    changed: bool
    template: str


def listed(templates: Templates) -> Iterator[Listed]:
    """Name every letter in every language.

    Raises:
        RefusedError: a letter has no text.
    """
    for name, what in LETTERS.items():
        for language in LANGUAGES:
            found = templates.text(f"{language}/{name}.md")
            yield Listed(
                name,
                what,
                language,
                str(found.path),
                own=found.own,
                changed=templates.differs(found),
                template=templates.digest(found),
            )
