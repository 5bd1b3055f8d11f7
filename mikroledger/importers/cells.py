"""What one cell of a list says: an amount, a day, an account, a person.

Every reader here is strict, and tells why with a `UsageError`; whoever reads the row turns
that into a `Rejected` with the line.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.errors import UsageError
from mikroledger.money import ORE, ZERO, parse_amount
from mikroledger.words import Text

FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST = 10_000  # characters in a field

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PERSONAL = re.compile(r"(?<![0-9])[0-9]{6}[- ]?[0-9]{4}(?![0-9])")
_SOME_DAY = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{2,4}(?![0-9])")
_DATE_TOKENS = {
    "dd": "(?P<day>[0-9]{2})",
    "mm": "(?P<month>[0-9]{2})",
    "yyyy": "(?P<year>[0-9]{4})",
    "yy": "(?P<year>[0-9]{2})",
}
_LARGE = re.compile(
    r"[0-9]{1,3}(?P<mark>[. \u00a0\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3}){1,3}(?:,[0-9]{2})?"
    r"|[0-9]{8,15}(?:[.,][0-9]{2})?",
)
_FUNKTION = re.compile(r"0?([0-9])\.?([0-9]{2})\.?([0-9]{2})", re.ASCII)


def masked(text: str) -> str:
    """Return `text` fit for a message: short, and without what may be a CPR number.

    >>> masked("610190-0000")
    '[CPR]'
    """
    short = _PERSONAL.sub("[CPR]", visible(" ".join(text.split())))
    return short if len(short) <= 200 else f"{short[:200]} ..."


def visible(text: str) -> str:
    """Return a text without characters that show nothing, or turn others round.

    >>> visible("a\u202eb\u200b")
    'ab'
    """
    return text if text.isprintable() else "".join(each for each in text if not _hidden(each))


def hidden(text: str) -> str:
    """Return the first character of a text that shows nothing, as `U+202E`; empty if none does.

    >>> hidden("PAY-1"), hidden("PAY\u200b-1")
    ('', 'U+200B')
    """
    found = "" if text.isprintable() else next(filter(_hidden, text), "")
    return f"U+{ord(found):04X}" if found else ""


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE


def reason(error: UsageError) -> Text:
    """Return why a cell could not be read."""
    return Text(masked(error.text.da), masked(error.text.en))


def amount(text: str, *, large: bool = False) -> Decimal:
    """Read an amount as files have it: also in parentheses, and with a typographic minus.

    Args:
        text: the cell.
        large: allow more than any loan: for balances, totals and lines of a bank account.

    >>> amount("(1.234,56)")
    Decimal('-1234.56')
    """
    body = text.strip().replace("\u2212", "-")
    if body.startswith("(") and body.endswith(")"):
        inner = body[1:-1]
        if "-" in inner:
            raise _not("et beløb med ét fortegn", "an amount with one sign", text)
        return -amount(inner, large=large)
    try:
        return parse_amount(body)
    except UsageError:
        bare = body.removeprefix("-") if body.startswith("-") else body.removesuffix("-")
        if not large or not _LARGE.fullmatch(bare):
            raise
    digits = Decimal(re.sub(r"[^0-9]", "", bare))
    value = digits * ORE if bare[-3] in ",." else digits.quantize(ORE)
    return -value if bare != body else value


def sided(text: str, letter: str, sides: Mapping[str, int], *, large: bool = False) -> Decimal:
    """Read an amount whose side stands as a letter, behind it or in a column of its own.

    >>> sided("1.234,56 K", "", {"D": 1, "K": -1})
    Decimal('-1234.56')
    """
    body = text.strip()
    if not letter and body[-1:].upper() in sides:
        body, letter = body[:-1], body[-1]
    value = amount(body, large=large)
    if not letter.strip():
        return value
    sign = sides.get(letter.strip().upper())
    if sign is None:
        expected = "/".join(sides)
        raise _not(f"{expected} for beløbets side", f"{expected} for the amount's side", letter)
    if value < ZERO:
        raise _not("et beløb med ét fortegn", "an amount with one sign", text)
    return sign * value


@dataclass(frozen=True, slots=True)
class Dates:
    """The ways in which a list writes a day, such as `dd-mm-yyyy`."""

    forms: Sequence[str]
    first: int = FIRST_YEAR
    last: int = LAST_YEAR

    def read(self, text: str) -> date:
        """Read a day; a day that does not exist is an error.

        >>> Dates(["dd-mm-yyyy"]).read("02-05-2011")
        datetime.date(2011, 5, 2)
        """
        body = text.strip()
        for form in self.forms:
            if match := re.fullmatch(date_pattern(form), body, re.ASCII):
                return self._day(text, match)
        raise _not(" / ".join(self.forms), " / ".join(self.forms), text)

    def looks_like(self, text: str) -> bool:
        """Tell whether a text is meant as a day, be it one that does not exist."""
        body = text.strip()
        known = (re.fullmatch(date_pattern(form), body, re.ASCII) for form in self.forms)
        return any(known) or bool(_SOME_DAY.match(body))

    def _day(self, text: str, match: re.Match[str]) -> date:
        year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
        try:
            day = date(year, int(match["month"]), int(match["day"]))
        except ValueError as error:
            raise _not("en dag, der findes", "a day that exists", text) from error
        return self.within(day)

    def within(self, day: date) -> date:
        """Return `day`, if its year can be meant."""
        if not self.first <= day.year <= self.last:
            span = f"{self.first}-{self.last}"
            raise _not(f"en dag i {span}", f"a day in {span}", day.isoformat())
        return day


def date_pattern(form: str) -> str:
    """Return the regular expression of a way to write a day."""
    parts = re.split("(yyyy|yy|mm|dd)", form)
    return "".join(_DATE_TOKENS.get(part, re.escape(part)) for part in parts)


def funktion(text: str) -> str:
    """Normalise a funktion.

    >>> funktion("05.58.80"), funktion("55880")
    ('5.58.80', '5.58.80')
    """
    match = _FUNKTION.fullmatch(text.strip())
    if match is None:
        raise _not("en funktion som 5.58.80", "a funktion such as 5.58.80", text)
    return ".".join(match.groups())


def dranst(text: str) -> str:
    """Return a dranst: one digit, or nothing."""
    body = text.strip()
    if not re.fullmatch("[0-9]?", body):
        raise _not("en dranst, ét ciffer", "a dranst, one digit", text)
    return body


def gruppering(text: str) -> str:
    """Return a gruppering of three digits, or nothing.

    >>> gruppering("65")
    '065'
    """
    body = text.strip()
    if not re.fullmatch("[0-9]{0,3}", body):
        raise _not("en gruppering, tre cifre", "a gruppering, three digits", text)
    return body.zfill(3) if body else ""


def art(text: str) -> str:
    """Return an art with its point.

    >>> art("52")
    '5.2'
    """
    body = text.strip()
    return f"{body[0]}.{body[1]}" if re.fullmatch("[0-9]{2}", body) else body


def person(text: str) -> str:
    """Return the digits of a CPR or CVR number, or nothing; a message never quotes them.

    >>> person("610190-0000")
    '6101900000'
    """
    body = re.sub(r"[\s-]", "", text)
    if not re.fullmatch("(?:[0-9]{8}|[0-9]{10})?", body):
        raise UsageError(
            da="CPR/CVR skal have 10 eller 8 cifre. Har et regneark taget et nul fra?",
            en="CPR/CVR must have 10 or 8 digits. Did a spreadsheet take off a zero?",
        )
    return body


def _not(da: str, en: str, text: str) -> UsageError:
    quoted = text.strip()
    return UsageError(da=f"»{quoted}« er ikke {da}.", en=f"'{quoted}' is not {en}.")
