"""Invented letters of every kind, to try the templates on: names, sums and days are of nobody.

Each kind comes full, so that it is as long as it gets, and bare, so that every word that may be
empty is. Together they pass every `{% if %}` of the shipped texts both ways; a test says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from mikroledger.domain.letter import (
    Addressee,
    ApologyLetter,
    Content,
    DeferralEndedLetter,
    DeferralLetter,
    FirstDueLetter,
    NewPlanLetter,
    PayoutLetter,
    ReminderLetter,
    RepaidLetter,
    Sender,
    StatementLetter,
    StatementLine,
    Voucher,
    VoucherLine,
    WaitingLetter,
)
from mikroledger.domain.plan import Settled, Terms, settle
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO

FULL = Sender(
    municipality="Eksempel Kommune",
    office="Jobcenter Eksempelby Nord",
    address=("Rådhuspladsen 1", "9999 Eksempelby"),
    cvr="12345678",
    phone="99 99 99 99",
    phone_hours="mandag-torsdag kl. 9-15, fredag kl. 9-13",
    phone_hours_en="Monday-Thursday 9-15, Friday 9-13",
    email="laan@eksempel.example",
    creditor="81234567",
    bank_account="",
)
BARE = Sender(
    municipality="Eksempel Kommune",
    office="",
    address=(),
    cvr="",
    phone="99 99 99 99",
    phone_hours="",
    email="",
    creditor="",
    bank_account="9999 0001234567",
)
ADDRESS = ("c/o Bo Opdigtet Eksempelsen", "Prøvevej 1, 2. th.", "9999 Eksempelby")
TO = Addressee("D0000", "Ane Opdigtet Prøvesen-Eksempelsen", ADDRESS)
LOAN = "L2011-0000"
DECISION = "J.nr. 11/0042"
AMOUNT = Decimal("20000.00")


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented letter; `to` is None for an internal sheet."""

    content: Content | ReminderLetter
    to: Addressee | None
    sender: Sender


def samples(on: date) -> Mapping[str, tuple[Sample, ...]]:
    """Return letters of a day by the name of their template, the fullest of each first."""
    makers = (_payout, _waiting, _first_due, _reminder, _deferral, _new_plan, _ends, _apology)
    found = {
        name: (Sample(full, TO, FULL), *(Sample(each, TO, BARE) for each in bare))
        for maker in makers
        for name, (full, *bare) in maker(on).items()
    }
    slips = tuple(
        Sample(slip, None, by) for slip, by in zip(_vouchers(on), (FULL, BARE), strict=True)
    )
    return {**found, "voucher": slips}


def sample(name: str, on: date) -> Sample:
    """Return the fullest invented letter of a name.

    Raises:
        RefusedError: no letter has that name.
    """
    known = samples(on)
    if name not in known:
        raise RefusedError(
            da=f"Intet brev hedder »{name}«. Brevene er: {', '.join(known)}.",
            en=f"No letter is named '{name}'. The letters are: {', '.join(known)}.",
        )
    return known[name][0]


Kinds = dict[str, tuple[Content | ReminderLetter, ...]]


def plan(on: date, ahead: int, behind: int = 0, repaid: str = "0") -> tuple[Settled, ...]:
    """Return monthly instalments, some of which lie before a day."""
    first = on - timedelta(days=31 * behind - 5) if behind else on + timedelta(days=40)
    terms = Terms(first_due=first, count=ahead + behind)
    return settle(terms.plan(AMOUNT, first), Decimal(repaid))


def _payout(on: date) -> Kinds:
    full = PayoutLetter(LOAN, on, on, AMOUNT, plan(on, 12), DECISION)
    once = replace(full, plan=plan(on, 1))
    begun = replace(full, plan=plan(on, 20, 3, "1200"), corrected=True)
    return {
        "payout": (full, once, replace(begun, corrected=False)),
        "correction": (begun, replace(once, corrected=True)),
    }


def _waiting(on: date) -> Kinds:
    later = WaitingLetter(LOAN, on, AMOUNT, on + timedelta(1), on + timedelta(8), DECISION)
    return {"waiting": (later, replace(later, expected=None))}


def _first_due(on: date) -> Kinds:
    letter = FirstDueLetter(LOAN, on, plan(on, 36)[0], AMOUNT, DECISION)
    return {"first-due": (letter, letter)}


def _reminder(on: date) -> Kinds:
    return {f"reminder-{level}": _reminders(on, level) for level in (1, 2)}


def _reminders(on: date, level: int) -> tuple[ReminderLetter, ReminderLetter]:
    several = plan(on, 12, 5, "200")[:5]
    one = plan(on, 12, 2)[:1]
    full = ReminderLetter(
        loan=LOAN,
        on=on,
        level=level,
        arrears=_missing(several),
        outstanding=AMOUNT - Decimal("200.00"),
        instalments=several,
        pay_by=several[0].part.pay_by,
        deadline=on + timedelta(days=14),
        decision=DECISION,
        fee=Decimal("100.00"),
    )
    bare = replace(full, arrears=_missing(one), instalments=one, fee=ZERO, decision="")
    return full, bare


def _missing(late: tuple[Settled, ...]) -> Decimal:
    return sum((each.missing for each in late), ZERO)


def _deferral(on: date) -> Kinds:
    until = on + timedelta(days=90)
    granted = DeferralLetter(LOAN, on, on, until, plan(on, 20), AMOUNT, DECISION)
    ended = DeferralEndedLetter(
        LOAN, on, on - timedelta(1), plan(on, 20, 3, "100"), AMOUNT, DECISION
    )
    return {
        "deferral": (granted, replace(granted, until=None, plan=())),
        "deferral-ended": (ended, replace(ended, ended=on, plan=plan(on, 1))),
    }


def _new_plan(on: date) -> Kinds:
    full = NewPlanLetter(LOAN, on, on, plan(on, 12, 2, "100"), AMOUNT, DECISION)
    return {"new-plan": (full, replace(full, plan=plan(on, 1)))}


def _ends(on: date) -> Kinds:
    repaid = RepaidLetter(LOAN, on, on, AMOUNT, Decimal("55.75"), DECISION)
    lines = _lines(on)
    debt = lines[-1].balance
    since = lines[0].day
    statement = StatementLetter(LOAN, on, since, AMOUNT, lines, debt, plan(on, 20)[0], DECISION)
    last = StatementLine(on, "repayment", -AMOUNT, ZERO)
    return {
        "repaid": (repaid, replace(repaid, overpaid=ZERO)),
        "statement": (statement, replace(statement, lines=(last,), outstanding=ZERO, next=None)),
    }


def _lines(on: date) -> tuple[StatementLine, ...]:
    """Return a year of repayments."""
    each = Decimal("555.55")
    days = [on - timedelta(days=30 * n) for n in range(12, 0, -1)]
    return tuple(
        StatementLine(day, "repayment", -each, AMOUNT - each * n) for n, day in enumerate(days, 1)
    )


def _apology(on: date) -> Kinds:
    full = ApologyLetter(
        loan=LOAN,
        on=on,
        sent_on=on - timedelta(days=9),
        reasons=("BOOKED-RIGHT", "NOT-SAME-DAY", "ARREARS-MATTER", "NO-HOLD"),
        fee=Decimal("100.00"),
        next=plan(on, 20)[0],
        late=ZERO,
        decision=DECISION,
    )
    bare = replace(full, reasons=(), fee=ZERO, next=None)
    return {"apology": (full, bare, replace(bare, late=Decimal("555.55")))}


def _vouchers(on: date) -> tuple[Voucher, Voucher]:
    half = AMOUNT / 2
    full = Voucher(
        number="000007",
        on=on,
        loan=LOAN,
        original=("70010", "000004"),
        original_day=on - timedelta(days=30),
        paid_on=on - timedelta(days=33),
        lines=(
            VoucherLine(f"Assets:Loans:P65:{LOAN}", "9.32.25 / 5 / 065", "§ 65-lån", AMOUNT),
            VoucherLine("Expenses:P65:Grants", "5.58.80 / 1 / 065 / 5.2", "Tilskud", -AMOUNT),
            VoucherLine("Income:P65:Refund", "5.58.80 / 2", "Refusion", half),
            VoucherLine("Assets:RefundReceivable", "9.25.12", "Refusion", -half),
        ),
        reason="Lånet var bogført som tilskud.",
        refund=half,
        refund_quarter=f"{on.year}-Q{(on.month + 2) // 3}",
        prior_year=on.year - 1,
        made_by="abc",
        approved_by="def",
    )
    bare = replace(full, refund=ZERO, refund_quarter="", prior_year=0, approved_by="")
    return full, bare
