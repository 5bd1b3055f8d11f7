"""Kroner and øre, exact, and how Danes write them.

Amounts are `Decimal` in kroner with two decimals. Nothing here, or anywhere above, is
a float: 0,10 kr. has no binary value.
"""

import re
from decimal import ROUND_DOWN, Decimal

from mikroledger.errors import UsageError

ZERO = Decimal("0.00")
ORE = Decimal("0.01")
LARGEST = Decimal("10000000.00")

# One sign at most, either end; thousands in threes with one kind of mark; comma or point.
_PLAIN = re.compile(r"(?P<whole>[0-9]+)(?:[.,](?P<part>[0-9]{1,2}))?", re.ASCII)
_THOUSANDS = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[. \u00a0\u202f])[0-9]{3})(?:(?P=mark)[0-9]{3})*)"
    r"(?:,(?P<part>[0-9]{1,2}))?",
    re.ASCII,
)


def kroner(amount: int | str | Decimal) -> Decimal:
    """Return `amount` kroner with two decimals; a fraction of an øre is a bug.

    >>> kroner("500")
    Decimal('500.00')
    """
    exact = Decimal(amount)
    rounded = exact.quantize(ORE)
    assert rounded == exact, f"{amount} kr. is not a whole number of øre"
    return rounded


def danish(amount: Decimal) -> str:
    """Write an amount as a Dane reads it (minus in front).

    >>> danish(Decimal("-20000"))
    '-20.000,00'
    """
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def parse_amount(text: str) -> Decimal:
    """Read an amount as people type it; refuse what could be two things.

    Args:
        text: `20.000,00`, `20000`, `20000.00`, `1 234,56`, with one minus before or after.

    Raises:
        UsageError: it is no amount, could be read in two ways, or is too large.

    >>> parse_amount("1.234,56-")
    Decimal('-1234.56')
    """
    body = text.strip().removeprefix("kr.").removesuffix("kr.").strip()
    negative = body.startswith("-") or body.endswith("-")
    if negative:
        body = body[1:] if body.startswith("-") else body[:-1]
    body = body.strip()
    match = _PLAIN.fullmatch(body)
    if match is None:
        match = _THOUSANDS.fullmatch(body)
        if match and match["mark"] == "." and match["part"] is None and body.count(".") == 1:
            raise _ambiguous(text, body)
    if match is None:
        raise UsageError(
            da=f"»{text}« er ikke et beløb i kroner. Skriv for eksempel 1250,00.",
            en=f"'{text}' is not an amount in kroner. Write for example 1250,00.",
        )
    whole = re.sub(r"[^0-9]", "", match["whole"])
    amount = Decimal(f"{whole}.{(match['part'] or '').ljust(2, '0')}")
    if amount > LARGEST:
        raise UsageError(
            da=f"{danish(amount)} kr. er mere end det største beløb, {danish(LARGEST)} kr.",
            en=f"{danish(amount)} kr. is more than the largest amount, {danish(LARGEST)} kr.",
        )
    return -amount if negative else amount


def _ambiguous(text: str, body: str) -> UsageError:
    whole, part = body.split(".")
    return UsageError(
        da=f"»{text}« kan læses på to måder. Skriv {whole}{part},00 eller {whole},{part[:2]}.",
        en=f"'{text}' can be read in two ways. Write {whole}{part},00 or {whole},{part[:2]}.",
    )


def share(total: Decimal, parts: int, unit: Decimal = ORE) -> tuple[Decimal, ...]:
    """Divide `total` into equal parts of whole `unit`; the remainder lies in the last part.

    >>> share(Decimal("5000.00"), 24)[-1]
    Decimal('208.41')
    """
    assert parts >= 1, "a plan has at least one instalment"
    each = ((total / parts) / unit).to_integral_value(ROUND_DOWN) * unit
    first = (each.quantize(ORE),) * (parts - 1)
    return (*first, kroner(total - sum(first, ZERO)))
