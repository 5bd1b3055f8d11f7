"""The payment id on a giro card (FIK, card type 71) and its check digit.

The id names loan and instalment, so that a repayment matches itself; never a CPR number.
Check digit: modulus 10 with weights 2 and 1 from the right, digits of each product added
(Luhn; published by Nets and by giro-kort.dk, see domain/danish-municipal.md 4.1).
"""

import re

from mikroledger.domain.chart import is_number

LENGTH = 15
"""Digits of a payment id on card type 71."""
_LINE = re.compile(r"\+?71<?([0-9]{15})(?:\+?([0-9]{8})<?)?")


def check_digit(body: str) -> int:
    """Return the modulus-10 check digit of a string of digits.

    >>> check_digit("1234")
    4
    """
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return (10 - total % 10) % 10


def with_check(body: str, length: int = LENGTH) -> str:
    """Pad a body with zeros and add its check digit.

    >>> with_check("2011000042")
    '000020110000427'
    """
    padded = body.zfill(length - 1)
    return padded + str(check_digit(padded))


def is_valid(number: str) -> bool:
    """Tell whether the last digit of a payment id is its check digit."""
    return number.isascii() and number.isdigit() and check_digit(number[:-1]) == int(number[-1])


def payment_id(loan: str, instalment: int = 0) -> str:
    """Return the 15-digit payment id of an instalment of a loan (0: the loan as a whole).

    >>> payment_id("L2011-0004", 2)
    '000201100040025'
    """
    assert is_number(loan), f"{loan} is no loan number"
    return with_check(f"{loan[1:5]}{loan[6:]}{instalment:03d}")


def loan_of(number: str) -> str:
    """Return the loan that a payment id names, or an empty string if it is none of ours.

    >>> loan_of("000201100040025")
    'L2011-0004'
    """
    if len(number) != LENGTH or not is_valid(number) or not number.startswith("000"):
        return ""
    loan = f"L{number[3:7]}-{number[7:11]}"
    return loan if number[3:11] != "00000000" else ""


def line(number: str, creditor: str) -> str:
    """Write the OCR line of a giro card.

    >>> line("004040400000669", "12345678")
    '+71<004040400000669+12345678<'
    """
    return f"+71<{number}+{creditor}<"


def find(text: str) -> str:
    """Return the payment id in an OCR line or reference as banks write it, or nothing.

    >>> find("71000201100040025" + "81234567")
    '000201100040025'
    """
    match = _LINE.search(text.replace(" ", ""))
    return match[1] if match else ""
