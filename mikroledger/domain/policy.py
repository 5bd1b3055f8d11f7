"""Policy: dates, limits and days that the municipality decides, each valid from a day on.

The book's `custom "mikroledger" "<key>" <value>` directives override the shipped values; of two
for one key the later day wins, on one day the later line. Sources: reminders.md, product.md and
domain/danish-municipal.md 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain.ledger import Ledger, Record, Value
from mikroledger.errors import BrokenBookError

EXAMPLE_CREDITOR = "80000000"
"""A creditor number of nobody; letters that bear it are trials."""

SHIPPED: Mapping[str, Value] = {
    # the gate and the run
    "grace-banking-days": 5,  # løbedage: money may be in transit
    "first-due-min-days": 30,  # a first pay-by this long after the payout
    "after-correction-days": 14,
    "notice-days": 14,
    "minimum-amount": Decimal("100.00"),  # gaeldst.dk: limit for recovery
    "minimum-percent": 10,
    "bank-fresh-banking-days": 2,
    "interval-days": 10,
    "interval-banking-days": 5,
    "highest-level": 2,  # a friendly one, and the notice of hand-over; then it is a task
    "new-deadline-days": 14,
    "handover-minimum": Decimal("100.00"),  # gaeldst.dk, for each claim
    "handover-notice-days": 0,  # at least so long after the notice; its deadline counts anyway
    "claim-type": "",  # fordringstype, from the municipality's own agreement
    "post-within-days": 7,  # an older letter is not sent on its old deadline
    "payout-confirmation": "bank",  # or "order": the order is enough
    # the books
    "countersign": "required",  # or "off"
    "match-window-days": 31,
    "principal-min": Decimal("5000.00"),  # what happened in 2011, not a cap: a warning
    "principal-max": Decimal("42000.00"),
    "loan-funktion": "9.32.25",  # of 8.32.25 and 9.32.25 in one voucher only this side counts
    "reminder-fee": Decimal("0.00"),
    # how long a thing may be open before it is a finding
    "confirm-banking-days": 10,  # a payout without a bank line
    "suspense-days": 30,  # money that nobody has placed
    "erp-correction-days": 45,  # our correction without the ERP's own: one monthly list is missed
    "deferral-notice-days": 30,
    "limitation-months": 6,
    "benefit-months": 6,  # aktivloven § 65: support while the business is set up
    "benefit-notice-days": 30,
    "letter-delivery": "none",  # or "recorded": delivery is reported to the book
    "delivery-days": 14,
    # who writes the letters
    # (examples, so that a new book can be tried at once; every run says so until they are yours)
    "municipality": "Eksempel Kommune",
    "office": "Jobcenter",
    "office-address": "Rådhustorvet 1; 9999 Eksempelby",
    "cvr": "00000000",
    "phone": "00 00 00 00",
    "phone-hours": "mandag-fredag kl. 9-14",
    "phone-hours-en": "Monday-Friday 9-14",
    "email": "",
    "creditor-number": EXAMPLE_CREDITOR,  # FIK creditor, 8 digits
    "bank-account": "",  # reg. no. and account, for borrowers who pay by transfer
    "letter-language": "da",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one day."""

    day: date
    values: Mapping[str, Value]

    def number(self, key: str) -> int:
        value = self.values[key]
        assert isinstance(value, int), f"policy {key} is a whole number"
        return value

    def amount(self, key: str) -> Decimal:
        value = self.values[key]
        assert isinstance(value, Decimal), f"policy {key} is an amount"
        return value

    @property
    def is_example(self) -> bool:
        """Whether letters would still name the example creditor."""
        return self.text("creditor-number") == EXAMPLE_CREDITOR

    def text(self, key: str) -> str:
        return str(self.values[key])


_WORDS: Mapping[str, tuple[str, ...]] = {
    "payout-confirmation": ("bank", "order"),
    "countersign": ("required", "off"),
    "loan-funktion": ("9.32.25", "8.32.25"),
    "letter-language": ("da", "en"),
    "letter-delivery": ("none", "recorded"),
}


def policy_on(ledger: Ledger, day: date) -> Policy:
    """Return the policy in force on `day`: the shipped values, overridden by the book's.

    Raises:
        BrokenBookError: a value is not of its key's kind.
    """
    common = ledger.common  # a policy is nobody's
    set_here = common and any(isinstance(e, Record) and e.name in SHIPPED for e in ledger.own)
    return (ledger if set_here or not common else common).once(_policy_on, day)


def _policy_on(ledger: Ledger, day: date) -> Policy:
    values = dict(SHIPPED)
    set_on: dict[str, date] = {}
    for key in SHIPPED:
        for record in ledger.records(key):
            if record.day <= day and record.day >= set_on.get(key, record.day):
                values[key] = _checked(key, record)
                set_on[key] = record.day
    return Policy(day, values)


def _checked(key: str, record: Record) -> Value:
    """Return the value of a policy directive, of the kind that its key has."""
    value = record.values[0] if len(record.values) == 1 else None
    kind = type(SHIPPED[key])
    below = isinstance(value, int | Decimal) and value < 0
    if type(value) is not kind or below or value not in _WORDS.get(key, (value,)):
        example = SHIPPED[key]
        written = f'"{example}"' if isinstance(example, str) else str(example)
        written += " DKK" if isinstance(example, Decimal) else ""
        where = f"{record.place.file}:{record.place.line}"
        words = " / ".join(_WORDS.get(key, ()))
        raise BrokenBookError(
            da=f"{where}: politikken »{key}« kan ikke læses. Skriv den som {written}"
            f"{f' ({words})' if words else ''}.",
            en=f"{where}: the policy '{key}' cannot be read. Write it as {written}"
            f"{f' ({words})' if words else ''}.",
        )
    return value
