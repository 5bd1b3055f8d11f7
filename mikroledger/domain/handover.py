"""Hand-over (overdragelse): which claims may go to Gældsstyrelsen for recovery, and why not.

A claim is an instalment that is late. It goes only after the borrower was told so in writing
(gældsinddrivelsesloven § 2 stk. 3), when the deadline in that letter is over, from 100 kr. on,
and before it is barred by limitation. Its master data (stamdata) are kept from the payout on.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mikroledger import days
from mikroledger.days import long_day
from mikroledger.domain import conditions
from mikroledger.domain.conditions import Condition
from mikroledger.domain.finding import Findings
from mikroledger.domain.plan import Settled
from mikroledger.domain.portfolio import Letter, Loan, Portfolio
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

NOTICE_LEVEL = 2
"""The reminder that says that the claim will be handed over."""
YEARS, YEARS_WITH_NOTE = "3y", "10y"
"""Limitation: § 3, and § 5 with a signed gældsbrev (forældelsesloven)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One late instalment, with the master data that Gældsstyrelsen asks for.

    Args:
        founded: the day on which the claim came to be (stiftelsesdato): the payout.
        start: first day of its period; the period ends with the due day.
        barred: the day on which it is barred by limitation (forældelsesdato).
        missing: what is still to be paid of `amount`.
    """

    loan: str
    instalment: int
    debtor: str
    amount: Decimal
    missing: Decimal
    founded: date
    start: date
    due: date
    pay_by: date
    barred: date
    notice: date

    @property
    def number(self) -> str:
        """Its number here (nr. i basissystem); unique for ever."""
        return f"{self.loan}-{self.instalment:03d}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan with late instalments: what may be handed over, and every reason against it.

    Args:
        claims: those that may go, if all conditions are met.
        left: instalments that stay here though the loan may go, each with its reason.
    """

    loan: str
    debtor: str
    claims: tuple[Claim, ...]
    left: tuple[tuple[int, Text], ...]
    conditions: tuple[Condition, ...]
    evidence: str = ""

    @property
    def ready(self) -> bool:
        return all(each.met for each in self.conditions)

    @property
    def reasons(self) -> tuple[Condition, ...]:
        return tuple(each for each in self.conditions if not each.met)

    @property
    def amount(self) -> Decimal:
        return sum((claim.missing for claim in self.claims), ZERO)


def limitation(pay_by: date, *, note: bool) -> date:
    """Return the day on which an instalment is barred by limitation (forældelsesdato).

    It counts from the last day in time, and a day that is no weekday moves on (§ 27).

    >>> limitation(date(2011, 9, 1), note=False)
    datetime.date(2014, 9, 1)
    """
    return days.next_weekday(days.add_period(pay_by, YEARS_WITH_NOTE if note else YEARS))


def candidate(folio: Portfolio, found: Findings, loan: Loan, today: date) -> Candidate:
    """Judge one loan on the portfolio's day."""
    notice = notice_of(loan)
    claims, left = _claims(folio, loan, notice)
    judged = (
        conditions.paid_out(folio, loan),
        conditions.booked_right(found, loan),
        conditions.principal_agrees(loan),
        conditions.past_pay_by(folio, loan),
        conditions.bank_fresh(folio),
        conditions.ledger_sound(folio, today),
        conditions.no_hold(loan),
        _told(notice),
        _waited(folio, notice),
        _large(folio, claims),
    )
    number, debtor = loan.number, loan.case.debtor
    evidence = notice.record.id if notice else ""
    return Candidate(number, debtor, claims, left, judged, evidence)


def notice_of(loan: Loan) -> Letter | None:
    """Return the letter that told of the hand-over: ours, and still in force."""
    told = (n for n in conditions.reminders(loan) if n.level >= NOTICE_LEVEL and n.ours)
    return max(told, key=lambda letter: letter.on, default=None)


def _claims(
    folio: Portfolio,
    loan: Loan,
    notice: Letter | None,
) -> tuple[tuple[Claim, ...], tuple[tuple[int, Text], ...]]:
    """Return the instalments that may go, and those that stay, with the reason."""
    claims, left = [], []
    for each in loan.late:
        claim = _claim(loan, each, notice)
        if why := _stays(folio, claim, notice):
            left.append((claim.instalment, why))
        else:
            claims.append(claim)
    return tuple(claims), tuple(left)


def _claim(loan: Loan, each: Settled, notice: Letter | None) -> Claim:
    before = [p.due for p in loan.plan if (p.due, p.number) < (each.part.due, each.part.number)]
    paid = loan.paid_out or each.part.due
    return Claim(
        loan=loan.number,
        instalment=each.part.number,
        debtor=loan.case.debtor,
        amount=each.part.amount,
        missing=each.missing,
        founded=paid,
        start=max(before) + timedelta(days=1) if before else paid,
        due=each.part.due,
        pay_by=each.part.pay_by,
        barred=limitation(each.part.pay_by, note=loan.case.note),
        notice=notice.on if notice else date.max,
    )


def _stays(folio: Portfolio, claim: Claim, notice: Letter | None) -> Text | None:
    least = folio.policy.amount("handover-minimum")
    if claim.missing < least:
        return Text(
            f"{danish(claim.missing)} kr. er under grænsen på {danish(least)} kr.",
            f"{danish(claim.missing)} kr. is below the limit of {danish(least)} kr.",
        )
    if claim.barred <= folio.as_of:
        return Text(
            f"Forældet {long_day(claim.barred, 'da')}.",
            f"Barred since {long_day(claim.barred, 'en')}.",
        )
    if notice and claim.pay_by >= notice.on:
        return Text(
            "Kom efter brevet om overdragelse, så låntageren er ikke underrettet om den.",
            "Came after the notice of hand-over, so the borrower was not told of it.",
        )
    return None


def _told(notice: Letter | None) -> Condition:
    """NOTICE-SENT: the borrower was told in writing that the claim goes to Gældsstyrelsen."""
    source = "gældsinddrivelsesloven § 2 stk. 3"
    if notice is None:
        text = Text(
            "Der er ikke sendt brev om overdragelse (rykker 2).",
            "No notice of hand-over (reminder 2) has been sent.",
        )
        return Condition("NOTICE-SENT", met=False, text=text, source=source)
    text = Text(
        f"Brevet om overdragelse er fra {long_day(notice.on, 'da')}.",
        f"The notice of hand-over is of {long_day(notice.on, 'en')}.",
    )
    return Condition(
        "NOTICE-SENT", met=True, text=text, source=source, evidence=(notice.record.id,)
    )


def _waited(folio: Portfolio, notice: Letter | None) -> Condition:
    """NOTICE-OVER: the deadline in the notice is over, and money in transit has come."""
    source = "policy handover-notice-days, interval-banking-days; deadline of the notice"
    if notice is None:
        text = Text("Der er ingen frist endnu.", "There is no deadline yet.")
        return Condition("NOTICE-OVER", met=False, text=text, source=source)
    deadline = max(
        notice.deadline or notice.on,
        notice.on + timedelta(days=folio.policy.number("handover-notice-days")),
    )
    last = days.add_banking_days(deadline, folio.policy.number("interval-banking-days"))
    text = Text(
        f"Fristen i brevet er {long_day(deadline, 'da')}; med løbedage {long_day(last, 'da')}.",
        f"The deadline in the notice is {long_day(deadline, 'en')}; with days of grace"
        f" {long_day(last, 'en')}.",
    )
    return Condition("NOTICE-OVER", folio.as_of > last, text, source)


def _large(folio: Portfolio, claims: tuple[Claim, ...]) -> Condition:
    """CLAIM-LARGE: at least one instalment may go: large enough, told of, and not barred."""
    least = danish(folio.policy.amount("handover-minimum"))
    total = danish(sum((claim.missing for claim in claims), ZERO))
    count = Text(f"{len(claims)} rater", f"{len(claims)} instalments")
    if len(claims) == 1:
        count = Text("1 rate", "1 instalment")
    text = Text(
        f"{count.da} på {total} kr. kan overdrages; grænsen er {least} kr. for hver.",
        f"{count.en} of {total} kr. may go; the limit is {least} kr. for each.",
    )
    return Condition("CLAIM-LARGE", bool(claims), text, "policy handover-minimum (gaeldst.dk)")
