"""What comes from outside (names, addresses, reasons) before it is printed."""

import unicodedata

from mikroledger.errors import RefusedError

_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DROPPED = "Cf"  # marks that turn or hide text: bidi controls, zero width, soft hyphen


def name(text: str, what: str) -> str:
    """Return a name or an address line without marks that turn or hide text.

    Raises:
        RefusedError: it holds a control character, so it is not what somebody typed.

    >>> name("Ane\u202e Opdigtet", "name")
    'Ane Opdigtet'
    """
    text = unicodedata.normalize("NFC", text)
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
