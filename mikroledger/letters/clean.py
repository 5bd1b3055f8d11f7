"""What comes from outside (names, addresses, reasons) before it is printed."""

import unicodedata

from mikroledger.errors import RefusedError

LONGEST = 80
"""Signs of a word that a line can hold."""
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DROPPED = "Cf"  # marks that turn or hide text: bidi controls, zero width, soft hyphen


def name(text: str, what: str) -> str:
    """Return a name or an address line without marks that turn or hide text.

    Raises:
        RefusedError: it holds a control character, so it is not what somebody typed, or a word
            that no line holds.

    >>> name("Ane\u202e Opdigtet", "name")
    'Ane Opdigtet'
    """
    text = unicodedata.normalize("NFC", text)
    if any(len(word) > LONGEST for word in text.split()):
        raise RefusedError(
            da=f"Et ord i »{what}« har over {LONGEST} tegn; det kan ikke stå på en linje. Ret det "
            "i registret, og prøv igen.",
            en=f"A word in '{what}' has more than {LONGEST} signs; no line holds it. Correct the "
            "register, and try again.",
        )
    if text.isprintable():  # nearly all of them are: no sign is one of those below
        return " ".join(text.split())
    for sign in text:
        if unicodedata.category(sign) in _REFUSED:
            raise RefusedError(
                da=f"Styretegn U+{ord(sign):04X} i »{what}«. Ret det i registret, og prøv igen.",
                en=f"Control character U+{ord(sign):04X} in '{what}'. Correct the register, "
                "and try again.",
            )
    return " ".join("".join(s for s in text if unicodedata.category(s) != _DROPPED).split())


def prose(text: str, what: str) -> str:
    """Return free text on one line: a reason, or the text of a posting."""
    return name(" ".join(text.split()), what)


def solid(text: str) -> str:
    """Keep a number or a day on one line.

    >>> solid("89 40 00 00").count(chr(0xA0))
    3
    """
    return text.replace(" ", "\u00a0")
