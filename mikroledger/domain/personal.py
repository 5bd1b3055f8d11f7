"""What looks like a CPR number: it must never reach the ledger, a message or a log.

Day, month, year and four digits, with or without a dash, also with 60 added to the day
(erstatningspersonnummer), and without the check of modulus 11 (cpr.dk, since October 2007).
"""

import re

_CPR = re.compile(
    r"(?<![0-9A-Za-z])(?:cpr)?(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
    r"(?:0[1-9]|1[0-2])[0-9]{2}(?P<dash>[- ]?)[0-9]{4}(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def has_cpr(text: str, *, dashed: bool = False) -> bool:
    """Tell whether a text holds what looks like a CPR number.

    Args:
        dashed: only with its dash or blank, for places where banks and ERPs count in ten digits.

    >>> has_cpr("aftalt med 610190-0000"), has_cpr("6101900000", dashed=True)
    (True, False)
    """
    return any(found["dash"] or not dashed for found in _CPR.finditer(text))


def without_cpr(text: str) -> str:
    """Return a text with a word for each CPR number with its dash or blank.

    >>> without_cpr("aftalt med 610190-0000")
    'aftalt med [CPR]'
    """
    return _CPR.sub(lambda found: "[CPR]" if found["dash"] else found[0], text)
