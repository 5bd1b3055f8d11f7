"""Which alphabet a file is written in, when it does not say.

Danish text is told by its letters: detectors made for all languages prefer code pages in
which "Søren Kjær" becomes "Sřren Kjćr", without any error.
"""

import codecs
import re
import unicodedata

from mikroledger.errors import RefusedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = ("cp1252", "cp865", "mac_roman")  # of equals the first wins
_LETTERS = frozenset("æøåÆØÅ")
_PUNCTUATION = (
    "\u2013\u2014\u201c\u201d\u201e\u2018\u2019\u2026\u00a7\u00bd\u00a0\u20ac\u00ab\u00bb"
)
_COMMON = _LETTERS | frozenset("éÉüÜöÖäÄß" + _PUNCTUATION)
_CERTAIN = 0.9
_TWICE = re.compile("Ã[\u00b8\u00a6\u00a5\u02dc\u2020\u2026\u0098\u0086\u0085]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def decode(data: bytes) -> str:
    """Return the text of a file; a mark at the start, UTF-16, UTF-8 or a Danish code page.

    Raises:
        RefusedError: it is no text, or its letters cannot be told for certain.

    >>> decode("Søren Kjær".encode("cp865"))
    'Søren Kjær'
    """
    text = unicodedata.normalize("NFC", _text(data)).rstrip("\x1a")
    if _CONTROL.search(text):
        raise _no_text()
    if _TWICE.search(text):
        raise RefusedError(
            da="Filens danske bogstaver er ødelagt (Ã¥ i stedet for å): den er omsat to gange."
            " Hent filen igen fra systemet, uden at åbne den i et andet program.",
            en="The Danish letters in the file are damaged (Ã¥ where å should be): it was"
            " converted twice. Export it again, without opening it in another program.",
        )
    return text


def _text(data: bytes) -> str:
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    wide = marked or (_wide(data) if b"\0" in data else "")
    try:
        return data.decode(wide or "utf-8")
    except UnicodeDecodeError as error:
        if wide:
            raise _no_text() from error
    return _danish(data)


def _wide(data: bytes) -> str:
    """Tell UTF-16 without a mark by where its zero bytes are."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if even and odd:
        raise _no_text()
    return "utf-16-le" if odd else "utf-16-be"


def _danish(data: bytes) -> str:
    scored = [(*_score(text), text) for text in map(_as, [data] * 3, _CODE_PAGES) if text]
    best = max(scored, key=lambda each: each[:2])
    if best[0] < _CERTAIN:
        raise RefusedError(
            da="Filens bogstaver kan ikke læses med sikkerhed (hverken som UTF-8 eller"
            " Windows-1252). Gem filen som UTF-8, og prøv igen.",
            en="The letters in the file cannot be read for certain (neither as UTF-8 nor as"
            " Windows-1252). Save the file as UTF-8 and try again.",
        )
    return best[2]


def _as(data: bytes, code_page: str) -> str:
    try:
        return data.decode(code_page)
    except UnicodeDecodeError:
        return ""


def _score(text: str) -> tuple[float, float]:
    """Return the share of letters beyond ASCII that Danes write, and that are Danish."""
    beyond = [letter for letter in text if not letter.isascii()]
    common = sum(letter in _COMMON for letter in beyond)
    letters = sum(letter in _LETTERS for letter in beyond)
    return common / len(beyond), letters / len(beyond)


def _no_text() -> RefusedError:
    return RefusedError(
        da="Filen er ikke en tekstfil. Gem den som CSV (UTF-8), eller hent camt.053 fra banken.",
        en="The file is not a text file. Save it as CSV (UTF-8), or get camt.053 from the bank.",
    )
