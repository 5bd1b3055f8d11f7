"""The number of a bank account: IBAN, or registration number and account number."""

import re

from mikroledger.errors import UsageError

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_DANISH = re.compile(r"(?P<branch>[0-9]{4})(?:[ .-]+(?P<short>[0-9]{4,10})|(?P<full>[0-9]{10}))")
_MODULUS = 97  # ISO 7064, as IBAN has it
_DANISH_LENGTH = 18


def account_number(text: str) -> str:
    """Return an account number in one form, whichever way a person wrote it.

    Raises:
        UsageError: it is none, or its check digits are wrong.

    >>> account_number("0040 0440116243"), account_number("dk50 0040 0440 1162 43")
    ('DK5000400440116243', 'DK5000400440116243')
    """
    body = text.strip().upper()
    if danish := _DANISH.fullmatch(body):
        return _iban(danish["branch"] + (danish["short"] or danish["full"]).zfill(10))
    compact = re.sub(r"[ .-]", "", body)
    if not _IBAN.fullmatch(compact) or _remainder(compact) != 1:
        raise _not(text)
    if compact.startswith("DK") and len(compact) != _DANISH_LENGTH:
        raise _not(text)
    return compact


def as_stated(text: str) -> str:
    """Return an account as a bank's own file states it: in one form where it is a number.

    >>> as_stated("00400440116243"), as_stated("konto 7")
    ('DK5000400440116243', 'KONTO7')
    """
    try:
        return account_number(text)
    except UsageError:
        return "".join(text.split()).upper()


def _iban(number: str) -> str:
    check = _MODULUS + 1 - _remainder(f"DK00{number}")
    return f"DK{check:02d}{number}"


def _remainder(iban: str) -> int:
    """Return what is left of an IBAN by modulus 97; 1 is right."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % _MODULUS


def _not(text: str) -> UsageError:
    return UsageError(
        da=f"»{text}« er ikke et kontonummer, eller et ciffer er forkert. Skriv IBAN (DK50 0040"
        " 0440 1162 43), eller registreringsnummer og kontonummer (0040 0440116243).",
        en=f"'{text}' is no account number, or a digit is wrong. Write the IBAN (DK50 0040 0440"
        " 1162 43), or registration number and account number (0040 0440116243).",
    )
