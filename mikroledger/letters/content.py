"""What each kind of letter to a borrower says, as words for the text and blocks for the layout."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import singledispatch

from mikroledger.domain.letter import (
    ApologyLetter,
    DeferralEndedLetter,
    DeferralLetter,
    FirstDueLetter,
    NewPlanLetter,
    PayoutLetter,
    ReminderLetter,
    RepaidLetter,
    StatementLetter,
    ToBorrower,
    WaitingLetter,
)
from mikroledger.domain.plan import Settled
from mikroledger.errors import RefusedError
from mikroledger.letters import tables
from mikroledger.letters.sheet import NO, Box, OnLoan, Sheet, Writer, flag, payment
from mikroledger.letters.tables import Block
from mikroledger.money import ZERO

# What went wrong, for the apology, by the code of the condition that was not met.
_WRONG = {
    "BOOKED-RIGHT": "misbooked",
    "PRINCIPAL-AGREES": "misbooked",
    "PAST-PAY-BY": "early",
    "NOT-SAME-DAY": "early",
    "NOTICED": "early",
    "INTERVAL": "early",
    "LEVEL": "early",
    "ARREARS-MATTER": "paid",
    "BANK-FRESH": "paid",
    "NO-HOLD": "agreed",
}


@singledispatch
def sheet(letter: ToBorrower, _by: Writer) -> Sheet:
    """Return a letter to a borrower before its text is read.

    Raises:
        RefusedError: something in it is missing, or it would ask for what it must not.
    """
    raise AssertionError(f"{type(letter).__name__} is not made here")


@sheet.register
def _payout(letter: PayoutLetter, by: Writer) -> Sheet:
    """Tell that a loan is paid, and how it is paid back; or that an error in it is put right."""
    ahead = _Ahead(letter.plan, letter)
    words = {
        "amount": by.sum(letter.amount),
        "paid_on": by.day(letter.paid_on),
        "corrected": flag(letter.corrected),
    }
    template = "correction" if letter.corrected else "payout"
    return by.sheet(template, letter, words | ahead.words(by), ahead.blocks(by))


@sheet.register
def _waiting(letter: WaitingLetter, by: Writer) -> Sheet:
    words = {
        "amount": by.sum(letter.amount),
        "promised": by.day(letter.promised),
        "expected": by.day(letter.expected),
    }
    return by.sheet("waiting", letter, words)


@sheet.register
def _first_due(letter: FirstDueLetter, by: Writer) -> Sheet:
    part = letter.next.part
    if part.pay_by < letter.on:
        raise RefusedError(
            da=f"{letter.loan}: dagen {part.pay_by} er forbi. Det brev er kun til dagene før.",
            en=f"{letter.loan}: the day {part.pay_by} is past. The letter is for the days before.",
        )
    words = {
        "amount": by.sum(letter.next.missing),
        "pay_by": by.day(part.pay_by),
        "outstanding": by.sum(letter.outstanding),
    }
    box = Box(letter.loan, part.number, letter.next.missing, part.pay_by, "amount")
    return by.sheet("first-due", letter, words, {"payment": payment(box, by.sender, by.language)})


@sheet.register
def _deferral(letter: DeferralLetter, by: Writer) -> Sheet:
    until = letter.until
    after = [each for each in _open(letter.plan) if until and each.part.pay_by > until]
    words = {
        "start": by.day(letter.start),
        "until": by.day(until),
        "outstanding": by.sum(letter.outstanding),
        **_next_words(after, by),
    }
    return by.sheet("deferral", letter, words)


@sheet.register
def _deferral_ended(letter: DeferralEndedLetter, by: Writer) -> Sheet:
    ahead = _Ahead(letter.plan, letter)
    words = {
        "ended": by.day(letter.ended),
        "over": flag(letter.ended < letter.on),
        "outstanding": by.sum(letter.outstanding),
    }
    return by.sheet("deferral-ended", letter, words | ahead.words(by), ahead.blocks(by))


@sheet.register
def _new_plan(letter: NewPlanLetter, by: Writer) -> Sheet:
    ahead = _Ahead(letter.plan, letter)
    words = {
        "agreed_on": by.day(letter.agreed_on),
        "outstanding": by.sum(letter.outstanding),
    }
    return by.sheet("new-plan", letter, words | ahead.words(by), ahead.blocks(by))


@sheet.register
def _repaid(letter: RepaidLetter, by: Writer) -> Sheet:
    words = {
        "amount": by.sum(letter.amount),
        "paid_on": by.day(letter.paid_on),
        "overpaid": by.sum(letter.overpaid),
    }
    return by.sheet("repaid", letter, words)


@sheet.register
def _statement(letter: StatementLetter, by: Writer) -> Sheet:
    words = {
        "since": by.day(letter.since),
        "outstanding": by.sum(letter.outstanding),
        **_next_words([letter.next] if letter.next else [], by),
    }
    return by.sheet(
        "statement", letter, words, {"movements": tables.movements(letter, by.language)}
    )


@sheet.register
def _apology(letter: ApologyLetter, by: Writer) -> Sheet:
    wrong = {_WRONG.get(code, "unclear") for code in letter.reasons} or {"unclear"}
    if len(wrong) > 1:
        wrong.discard("unclear")
    words = {
        "sent_on": by.day(letter.sent_on),
        "fee": by.sum(letter.fee),
        "late": by.sum(letter.late),
        **{word: flag(word in wrong) for word in {*_WRONG.values(), "unclear"}},
        **_next_words([letter.next] if letter.next else [], by),
    }
    return by.sheet("apology", letter, words)


def reminder(letter: ReminderLetter, by: Writer) -> Sheet:
    """Tell what is late, how to pay it, and what to do if one cannot."""
    late = _open(letter.instalments)
    missing = sum((each.missing for each in late), ZERO)
    assert missing == letter.arrears, f"{letter.loan}: the instalments are not the arrears"
    total = letter.arrears + letter.fee
    words = {
        "arrears": by.sum(letter.arrears),
        "outstanding": by.sum(letter.outstanding),
        "deadline": by.day(letter.deadline),
        "pay_by": by.day(letter.pay_by),
        "several": flag(len(late) > 1),
        "fee": by.sum(letter.fee),
        "total": by.sum(total),
    }
    which = late[0].part.number if len(late) == 1 else 0
    box = Box(letter.loan, which, total, letter.deadline, "amount")
    blocks = {
        "instalments": tables.missing(late, by.language),
        "payment": payment(box, by.sender, by.language),
    }
    return by.sheet(f"reminder-{letter.level}", letter, words, blocks)


# ------------------------------------------------------------------ what is to be paid next


def _open(plan: Sequence[Settled]) -> list[Settled]:
    return [each for each in plan if each.missing > ZERO]


def _next_words(parts: Sequence[Settled], by: Writer) -> dict[str, str]:
    """Return the words on the first of some instalments; empty ones if there is none."""
    if not parts:
        return {"next_amount": NO, "next_pay_by": NO}
    return {
        "next_amount": by.sum(parts[0].missing),
        "next_pay_by": by.day(parts[0].part.pay_by),
    }


class _Ahead:
    """A plan as it is paid from a letter's day on.

    Nobody is asked to pay by a day that is gone; that would be a reminder.
    """

    def __init__(self, plan: Sequence[Settled], letter: OnLoan) -> None:
        still = _open(plan)
        ahead = [each for each in still if each.part.pay_by >= letter.on]
        if not ahead:
            raise _no_day_left(letter.loan, letter.on)
        self._plan, self._loan, self._next = plan, letter.loan, ahead[0]
        self._late: Decimal = sum((e.missing for e in still if e.part.pay_by < letter.on), ZERO)
        self._begun = bool(self._late) or any(each.paid for each in plan)

    def words(self, by: Writer) -> dict[str, str]:
        return {
            "begun": flag(self._begun),
            "late": by.sum(self._late),
            "several": flag(len(self._plan) > 1),
            "instalments": str(len(self._plan)),
            "first_amount": by.sum(self._next.missing),
            "first_pay_by": by.day(self._next.part.pay_by),
            "last_pay_by": by.day(tables.last_day(self._plan)),
        }

    def blocks(self, by: Writer) -> dict[str, Block]:
        which = "pay-next" if self._begun else "pay-first"
        box = Box(self._loan, 0, self._next.missing, self._next.part.pay_by, which)
        return {
            "plan": tables.plan(self._plan, by.language),
            "payment": payment(box, by.sender, by.language),
        }


def _no_day_left(loan: str, on: date) -> RefusedError:
    return RefusedError(
        da=f"{loan} har ingen rate efter {on}. Aftal en ny plan med låntageren først.",
        en=f"{loan} has no instalment left to pay after {on}. "
        "Agree on a new plan with the borrower first.",
    )
