"""What a letter holds, and to whom it goes. The texts are the municipality's (templates/)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain.plan import Settled


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person from the debtor register."""

    debtor: str
    name: str
    address: tuple[str, ...]
    paper: bool = False
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """The municipality, from the policy of the letter's day."""

    municipality: str
    office: str
    address: tuple[str, ...]
    cvr: str
    phone: str
    phone_hours: str
    email: str
    creditor: str
    bank_account: str


@dataclass(frozen=True, slots=True)
class PayoutLetter:
    """The loan is paid: amount, plan, first day to pay, how to pay. It is the notice."""

    loan: str
    on: date
    paid_on: date
    amount: Decimal
    plan: tuple[Settled, ...]
    decision: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class ReminderLetter:
    """What a reminder says; made from a Cleared case alone (`letters.reminder`)."""

    loan: str
    on: date
    level: int
    arrears: Decimal
    outstanding: Decimal
    instalments: tuple[Settled, ...]
    pay_by: date
    deadline: date
    decision: str
    fee: Decimal


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One side of a correction voucher: account, its municipal string, debit or credit."""

    account: str
    number: str
    text: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Voucher:
    """A correction voucher (omposteringsbilag) for the accounts department."""

    number: str
    on: date
    loan: str
    original: tuple[str, ...]
    original_day: date
    paid_on: date
    lines: tuple[VoucherLine, ...]
    reason: str
    refund: Decimal
    refund_quarter: str
    prior_year: int
    made_by: str
    approved_by: str
