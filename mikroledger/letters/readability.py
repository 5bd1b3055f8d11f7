"""LIX, the measure of how hard a Danish text is to read (domain/danish-municipal.md 7.1)."""

import re
from decimal import ROUND_HALF_UP, Decimal

LONG = 6  # a long word has more letters than this

_MONTHS = "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
_ABBREVIATIONS = (
    r"bl\.a|ca|dvs|evt|f\.eks|fx|jf|kap|kl|m\.fl|mht|nr|pga|pkt|reg\.nr|tlf|vedr"
    r"|(?P<last>kr|osv|m\.m|m\.v|mio|pct|e\.l|stk)"  # these may also end a sentence
)
_ABBREVIATION = re.compile(rf"(?<!\w)(?i:{_ABBREVIATIONS})\.(?P<end>\s+[A-ZÆØÅ]|$)?", re.MULTILINE)
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d)")
_ORDINAL = re.compile(rf"(?<=\d)\.(?=\s+(?:{_MONTHS}|[a-zæøå]))")
_END = re.compile(r"[.?!:]+(?=\s|$)|\n+")
_WORD = re.compile(r"\w+(?:[-/'\u2019]\w+)*")
_LETTER = re.compile(r"[^\W\d_]")


def lix(text: str) -> int:
    """Return the LIX of a text: words per sentence, and long words in a hundred.

    A line ends a sentence, so that a heading or a point of a list is one. Dots in amounts,
    in days and in abbreviations end none. Measure the text of a letter, which holds neither
    address nor payment box.

    >>> lix("Du mangler at betale 1.500,00 kr. for lån nr. 4. Betal senest den 2. maj 2011.")
    14
    """
    sentences = _sentences(text)
    words = [word for part in sentences for word in _WORD.findall(part)]
    if not words:
        return 0
    exact = Decimal(len(words)) / len(sentences) + Decimal(100 * _long(words)) / len(words)
    return int(exact.to_integral_value(ROUND_HALF_UP))


def hardest(text: str) -> str:
    """Return the sentence of a text that adds most to its LIX; dots in numbers are left out.

    >>> hardest("Ring til os. Vi behandler henvendelsen hurtigst muligt.")
    'Vi behandler henvendelsen hurtigst muligt'
    """
    return max(_sentences(text), key=_weight, default="")


def _weight(sentence: str) -> int:
    words = _WORD.findall(sentence)
    return len(words) + 3 * _long(words)


def _long(words: list[str]) -> int:
    return sum(len(_LETTER.findall(word)) > LONG for word in words)


def _sentences(text: str) -> list[str]:
    clean = _ORDINAL.sub("", _THOUSANDS.sub("", text.replace("\u00a0", " ")))
    clean = _ABBREVIATION.sub(_without_dots, clean)
    return [part.strip() for part in _END.split(clean) if _WORD.search(part)]


def _without_dots(match: re.Match[str]) -> str:
    """Take the dots away; some stay where a capital or the end of a line follows."""
    end = match["end"] or ""
    head = match[0].removesuffix(end).replace(".", "")
    return f"{head}.{end}" if match["last"] and match["end"] is not None else head + end
