"""The gate: may this loan's borrower be reminded on this day? Pure; there is no force flag.

`gate` is the only maker of a `Cleared`, and a reminder can only be made from one; a test walks
the syntax trees and says so. Every condition is judged every time, and every reason is told.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain.plan import Settled
from mikroledger.words import Text


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate, met or not, with what it was judged on.

    Args:
        code: such as `PAID-OUT`; never reused, never translated.
        met: whether a reminder may go as far as this condition is concerned.
        text: what was found, in both languages.
        source: the paragraph, policy key or report line behind the condition.
        evidence: ids of the entries that it was judged on.
    """

    code: str
    met: bool
    text: Text
    source: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """No letter, and every reason."""

    loan: str
    as_of: date
    conditions: tuple[Condition, ...]

    @property
    def reasons(self) -> tuple[Condition, ...]:
        return tuple(each for each in self.conditions if not each.met)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A case that has passed every condition; only `gate` makes one."""

    loan: str
    debtor: str
    as_of: date
    level: int
    arrears: Decimal
    outstanding: Decimal
    instalments: tuple[Settled, ...]
    pay_by: date
    deadline: date
    decision: str
    fee: Decimal
    conditions: tuple[Condition, ...]
