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
    """The municipality, from the policy of the letter's day.

    Args:
        phone_hours: when the phone is answered, in Danish.
        phone_hours_en: the same in English.
    """

    municipality: str
    office: str
    address: tuple[str, ...]
    cvr: str
    phone: str
    phone_hours: str
    email: str
    creditor: str
    bank_account: str
    phone_hours_en: str = ""


@dataclass(frozen=True, slots=True)
class PayoutLetter:
    """The loan is paid: amount, plan, first day to pay, how to pay. It is the notice.

    `corrected` makes it the notice of error and correction: the same facts, and our regret.
    """

    loan: str
    on: date
    paid_on: date
    amount: Decimal
    plan: tuple[Settled, ...]
    decision: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """The promised payout day will not be kept; said before it passes.

    Args:
        expected: the new day, or None if it is not known yet.
    """

    loan: str
    on: date
    amount: Decimal
    promised: date
    expected: date | None
    decision: str


@dataclass(frozen=True, slots=True)
class FirstDueLetter:
    """A friendly word before the first instalment is due: nothing is late.

    Args:
        next: the instalment; its pay-by day is the letter's day or later.
    """

    loan: str
    on: date
    next: Settled
    outstanding: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class DeferralLetter:
    """A deferral (henstand) is granted: nothing is to be paid from `start` to `until`.

    Args:
        until: the last day of it, or None if it has no end yet.
        plan: the loan's instalments, with what is paid on each.
    """

    loan: str
    on: date
    start: date
    until: date | None
    plan: tuple[Settled, ...]
    outstanding: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class DeferralEndedLetter:
    """A deferral ends, or has ended: when the borrower pays again.

    Args:
        ended: the last day of the deferral.
        plan: the plan in force afterwards, with what is paid on each instalment.
    """

    loan: str
    on: date
    ended: date
    plan: tuple[Settled, ...]
    outstanding: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class NewPlanLetter:
    """A new plan for what is outstanding; it is a notice, as the payout letter is."""

    loan: str
    on: date
    agreed_on: date
    plan: tuple[Settled, ...]
    outstanding: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class RepaidLetter:
    """The loan is paid back: a receipt.

    Args:
        paid_on: the value day of the last repayment.
        amount: all that was repaid of the loan, without `overpaid`.
        overpaid: what came in beyond the loan, and is owed to the borrower.
    """

    loan: str
    on: date
    paid_on: date
    amount: Decimal
    overpaid: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement on a loan.

    Args:
        kind: payout, repayment, returned, reversed, written-off or remitted.
        amount: what it adds to the debt; negative if it makes it less.
        balance: the debt after it.
    """

    day: date
    kind: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class StatementLetter:
    """What happened on a loan from `since` to the letter's day, and what is still to be paid.

    It asks for nothing that is late: that would be a reminder.

    Args:
        opening: the debt on the morning of `since`.
        next: the next instalment to pay from the letter's day on; None if there is none.
    """

    loan: str
    on: date
    since: date
    opening: Decimal
    lines: tuple[StatementLine, ...]
    outstanding: Decimal
    next: Settled | None
    decision: str


@dataclass(frozen=True, slots=True)
class ApologyLetter:
    """A reminder was sent by mistake: it is cancelled, why it was wrong, and that we are sorry.

    Args:
        sent_on: the day of the reminder.
        reasons: codes of the gate's conditions that were not met (`domain.gate`); they say
            what went wrong. None is told as a mistake of ours without a cause.
        fee: the fee that is cancelled; zero if there was none.
        next: the next instalment from the letter's day on; None if there is none.
        late: what is past its pay-by day today by the book as it is now; zero as a rule.
    """

    loan: str
    on: date
    sent_on: date
    reasons: tuple[str, ...]
    fee: Decimal
    next: Settled | None
    late: Decimal
    decision: str


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


ToBorrower = (
    PayoutLetter
    | WaitingLetter
    | FirstDueLetter
    | DeferralLetter
    | DeferralEndedLetter
    | NewPlanLetter
    | RepaidLetter
    | StatementLetter
    | ApologyLetter
)
"""A letter that asks nobody for money that is late; a reminder is none of them."""

Content = ToBorrower | Voucher
"""What `letters.render` makes a PDF of."""
