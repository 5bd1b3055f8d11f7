"""What each letter would say of a loan today, for looking at; and those that a caseworker sends.

The others that are sent are made by the command or run that they belong to, which judges first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mikroledger.domain import conditions
from mikroledger.domain.finding import Findings
from mikroledger.domain.gate import new_deadline
from mikroledger.domain.letter import (
    Content,
    DeferralEndedLetter,
    DeferralLetter,
    FirstDueLetter,
    ReminderLetter,
    RepaidLetter,
    StatementLetter,
    StatementLine,
    WaitingLetter,
)
from mikroledger.domain.parts import of_loan
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import DEFERRAL, Hold, Letter, Loan, Portfolio, portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.letters_ import (
    Desk,
    Made,
    apology_letter,
    keep,
    new_plan_letter,
    other,
    payout_letter,
    voucher_sheet,
)
from mikroledger.services.order import Who, signed, the_loan


@dataclass(frozen=True, slots=True)
class Draft:
    """A loan, and the day and policy on which a letter is looked at."""

    folio: Portfolio
    loan: Loan

    @property
    def on(self) -> date:
        return self.folio.as_of

    def lacks(self, da: str, en: str) -> RefusedError:
        """Return the refusal of a letter that the loan gives no cause for."""
        number = self.loan.number
        return RefusedError(
            da=f"{number} {da}. Vælg et andet lån; »mikroledger letters preview« uden --loan viser"
            " brevet med opdigtede tal.",
            en=f"{number} {en}. Choose another loan; 'mikroledger letters preview' without --loan"
            " shows the letter with invented figures.",
        )


def draft(folio: Portfolio, number: str, name: str) -> Content | ReminderLetter:
    """Return what a letter would say of a loan on the portfolio's day.

    Args:
        name: the letter's name, such as `reminder-1`.

    Raises:
        RefusedError: the loan gives no cause for that letter, or there is no such letter.
    """
    if name not in DRAFTS:
        known = ", ".join(DRAFTS)
        raise RefusedError(
            da=f"Intet brev hedder »{name}«. Brevene er: {known}.",
            en=f"No letter is named '{name}'. The letters are: {known}.",
        )
    return DRAFTS[name](Draft(folio, folio.loans[number]))


def write(desk: Desk, rules: Sequence[Rule], number: str, name: str, who: Who) -> Made:
    """Make a letter that a caseworker asks for, and keep it; the same again makes no second.

    Args:
        name: one of `BY_HAND`.

    Raises:
        RefusedError: the loan gives no cause for it, something is wrong on the loan, it was paid
            out or corrected today, or another command makes that letter.
    """
    if name not in BY_HAND:
        raise RefusedError(
            da=f"»{name}« skrives ikke i hånden. Det gør {', '.join(BY_HAND)}; de andre breve"
            " laver »remind«, »apologise«, »reclassify« og den kommando, der bogfører.",
            en=f"'{name}' is not written by hand. Those are {', '.join(BY_HAND)}; the other"
            " letters are made by 'remind', 'apologise', 'reclassify' and the command that books.",
        )
    who = replace(who, by=signed(who.by))
    ledger = desk.journal.read((of_loan(number),))
    the_loan(ledger, number)
    folio = portfolio(ledger, who.today)
    content = draft(folio, number, name)
    assert not isinstance(content, ReminderLetter), "reminders are not written by hand"
    loan = folio.loans[number]
    _nothing_in_the_way(check(rules, folio), loan)
    return keep(desk, (other(desk, folio, loan, name, content).ready(),), who)[0]


def _nothing_in_the_way(found: Findings, loan: Loan) -> None:
    """Refuse a letter on what is booked wrong, and on the day of a payout or a correction."""
    right = conditions.booked_right(found, loan)
    if not right.met:
        raise RefusedError(
            da=f"Intet brev til {loan.number} endnu. {right.text.da}",
            en=f"No letter for {loan.number} yet. {right.text.en}",
        )
    days_ = [p.value for p in loan.payouts] + [c.booked for c in loan.corrections]
    if days_ and max(days_) >= loan.as_of:
        raise RefusedError(
            da=f"{loan.number} er udbetalt eller rettet i dag, og den dag sendes kun planen."
            " Vent til i morgen.",
            en=f"{loan.number} was paid out or corrected today, and only the plan is sent on"
            " that day. Wait until tomorrow.",
        )


def _payout(it: Draft, *, corrected: bool = False) -> Content:
    if it.loan.paid_out is None:
        raise it.lacks("er ikke udbetalt", "is not paid out")
    return payout_letter(it.loan, corrected=corrected)


def _correction(it: Draft) -> Content:
    if not it.loan.corrections:
        raise it.lacks("har ingen rettelse", "has no correction")
    return _payout(it, corrected=True)


def _waiting(it: Draft) -> Content:
    case = it.loan.case
    if it.loan.paid_out or not case.promised:
        raise it.lacks("venter ikke på en lovet udbetaling", "waits for no promised payout")
    return WaitingLetter(it.loan.number, it.on, case.principal, case.promised, None, case.decision)


def _first_due(it: Draft) -> Content:
    part = it.loan.next_part
    if part is None or it.loan.paid_out is None:
        raise it.lacks("har ingen kommende rate", "has no instalment to come")
    return FirstDueLetter(it.loan.number, it.on, part, it.loan.outstanding, it.loan.case.decision)


def _reminder(level: int) -> Callable[[Draft], ReminderLetter]:
    def made(it: Draft) -> ReminderLetter:
        late = it.loan.late
        if not it.loan.arrears.amount:
            raise it.lacks("har ingen restance", "has no arrears")
        return ReminderLetter(
            loan=it.loan.number,
            on=it.on,
            level=level,
            arrears=sum((s.missing for s in late), ZERO),
            outstanding=it.loan.outstanding,
            instalments=late,
            pay_by=late[0].part.pay_by,
            deadline=new_deadline(it.folio),
            decision=it.loan.case.decision,
            fee=it.folio.policy.amount("reminder-fee"),
        )

    return made


def _hold(it: Draft) -> Hold:
    holds = [hold for hold in it.loan.holds if hold.code == DEFERRAL]
    if not holds:
        raise it.lacks("har ikke fået henstand", "has no deferral")
    return holds[-1]


def _deferral(it: Draft) -> Content:
    hold, loan = _hold(it), it.loan
    return DeferralLetter(
        loan=loan.number,
        on=it.on,
        start=hold.start,
        until=hold.until,
        plan=loan.settled,
        outstanding=loan.outstanding,
        decision=loan.case.decision,
    )


def _deferral_ended(it: Draft) -> Content:
    hold, loan = _hold(it), it.loan
    return DeferralEndedLetter(
        loan=loan.number,
        on=it.on,
        ended=hold.until or it.on,
        plan=loan.settled,
        outstanding=loan.outstanding,
        decision=loan.case.decision,
    )


def _new_plan(it: Draft) -> Content:
    if not it.loan.changes:
        raise it.lacks("har ingen ny plan", "has no new plan")
    return new_plan_letter(it.loan)


def _repaid(it: Draft) -> Content:
    loan = it.loan
    if loan.outstanding or not loan.repayments:
        raise it.lacks("er ikke betalt tilbage", "is not repaid")
    return RepaidLetter(
        loan=loan.number,
        on=it.on,
        paid_on=loan.repayments[-1].value,
        amount=loan.repaid - loan.overpaid,
        overpaid=loan.overpaid,
        decision=loan.case.decision,
    )


def _statement(it: Draft) -> Content:
    loan = it.loan
    if loan.paid_out is None:
        raise it.lacks("er ikke udbetalt", "is not paid out")
    moved = sorted((*loan.payouts, *loan.repayments), key=lambda p: p.value)
    return StatementLetter(
        loan=loan.number,
        on=it.on,
        since=loan.paid_out,
        opening=ZERO,
        lines=_lines(moved),
        outstanding=loan.outstanding,
        next=loan.next_part if loan.outstanding else None,
        decision=loan.case.decision,
    )


def _lines(moved: list[Payment]) -> tuple[StatementLine, ...]:
    """Return payments as lines; what is paid beyond the debt is no part of it."""
    lines: list[StatementLine] = []
    balance = ZERO
    for payment in moved:
        after = max(balance + payment.amount, ZERO)
        kind = "payout" if payment.flow == "out" else "repayment"
        lines.append(StatementLine(payment.value, kind, after - balance, after))
        balance = after
    return tuple(lines)


def _reminded(it: Draft) -> Letter:
    sent = [letter for letter in it.loan.letters if letter.kind == "reminder"]
    if not sent:
        raise it.lacks("har ikke fået en rykker", "has got no reminder")
    return sent[-1]


def _apology(it: Draft) -> Content:
    sent, loan = _reminded(it), it.loan
    wrong = loan.misbooked or loan.corrections
    return apology_letter(loan, sent, ("BOOKED-RIGHT",) if wrong else ())


def _voucher(it: Draft) -> Content:
    if not it.loan.corrections:
        raise it.lacks("har ingen rettelse", "has no correction")
    return voucher_sheet(it.folio, it.loan.corrections[-1])


BY_HAND = (
    "waiting",
    "first-due",
    "deferral",
    "deferral-ended",
    "repaid",
    "statement",
)
"""Letters that no other command makes."""
DRAFTS: Mapping[str, Callable[[Draft], Content | ReminderLetter]] = {
    "payout": _payout,
    "correction": _correction,
    "waiting": _waiting,
    "first-due": _first_due,
    "reminder-1": _reminder(1),
    "reminder-2": _reminder(2),
    "deferral": _deferral,
    "deferral-ended": _deferral_ended,
    "new-plan": _new_plan,
    "repaid": _repaid,
    "statement": _statement,
    "apology": _apology,
    "voucher": _voucher,
}
