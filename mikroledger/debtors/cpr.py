"""CPR and CVR numbers: read, checked as far as they can be, and hidden.

Modulus 11 says little: since 1 October 2007 valid CPR numbers fail it, so it only warns.
"""

import re
from dataclasses import dataclass
from datetime import date

from mikroledger.errors import UsageError
from mikroledger.words import Text

_CPR = re.compile(r"([0-9]{6})[- ]?([0-9]{4})", re.ASCII)
_CVR = re.compile(r"(?:DK)?([0-9]{8})", re.ASCII)
_CPR_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)
_REPLACEMENT = 60  # an erstatningspersonnummer adds it to the day


@dataclass(frozen=True, slots=True)
class Number:
    """A CPR or CVR number as digits, and what is odd about it."""

    digits: str
    warnings: tuple[Text, ...] = ()


def read_cpr(text: str) -> Number:
    """Read a CPR number, `DDMMYY-SSSS` or ten digits.

    Raises:
        UsageError: it is none, or its day does not exist. The number is not repeated.

    >>> read_cpr("211062-5629").digits
    '2110625629'
    """
    match = _CPR.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            da="CPR-nummeret skal være på formen DDMMÅÅ-SSSS (10 cifre). Ret det, og prøv igen.",
            en="The CPR number must read DDMMYY-SSSS (10 digits). Correct it, and try again.",
        )
    digits = match[1] + match[2]
    warnings = []
    if _born(digits)[1]:
        warnings.append(
            Text(
                f"{mask(digits)} er et erstatningsnummer: udbetaling via NemKonto er usikker.",
                f"{mask(digits)} is a replacement number: payout through NemKonto is uncertain.",
            )
        )
    if not _divides(digits, _CPR_WEIGHTS):
        warnings.append(_odd(digits, "CPR"))
    return Number(digits, tuple(warnings))


def read_cvr(text: str) -> Number:
    """Read a CVR number: eight digits.

    Raises:
        UsageError: it is none.

    >>> read_cvr("DK 13 58 56 28").digits
    '13585628'
    """
    match = _CVR.fullmatch("".join(text.split()))
    if match is None:
        raise UsageError(
            da="CVR-nummeret skal have 8 cifre. Ret det, og prøv igen.",
            en="The CVR number must have 8 digits. Correct it, and try again.",
        )
    digits = match[1]
    return Number(digits, () if _divides(digits, _CVR_WEIGHTS) else (_odd(digits, "CVR"),))


def birth_date(digits: str) -> date:
    """Return the day of birth; the seventh digit and the year give the century.

    >>> birth_date("0101904000")
    datetime.date(1990, 1, 1)
    """
    return _born(digits)[0]


def mask(digits: str) -> str:
    """Hide what makes a number personal; a CVR number is public.

    >>> mask("0101900000")
    '010190-****'
    """
    return f"{digits[:6]}-****" if len(digits) == len(_CPR_WEIGHTS) else digits


def _born(digits: str) -> tuple[date, bool]:
    """Return the day of birth, and whether the number is a replacement."""
    day, month = int(digits[:2]), int(digits[2:4])
    replacement = day > _REPLACEMENT
    try:
        born = date(_year(digits), month, day - _REPLACEMENT if replacement else day)
    except ValueError:
        raise UsageError(
            da="CPR-nummeret begynder med en dag, der ikke findes. Ret det, og prøv igen.",
            en="The CPR number begins with a day that does not exist. Correct it, and try again.",
        ) from None
    return born, replacement


def _year(digits: str) -> int:
    year, seventh = int(digits[4:6]), int(digits[6])
    if seventh <= 3:
        return 1900 + year
    if seventh in {4, 9}:
        return (2000 if year <= 36 else 1900) + year
    return (2000 if year <= 57 else 1800) + year


def _divides(digits: str, weights: tuple[int, ...]) -> bool:
    pairs = zip(digits, weights, strict=True)
    return sum(int(digit) * weight for digit, weight in pairs) % 11 == 0


def _odd(digits: str, kind: str) -> Text:
    return Text(
        f"{kind}-nummeret {mask(digits)} har ikke den gamle kontrolsum (modulus 11). Det kan være"
        " rigtigt; se efter en ekstra gang.",
        f"The {kind} number {mask(digits)} fails the old check (modulus 11). It may be right;"
        " look once more.",
    )
