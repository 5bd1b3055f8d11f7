"""Lives in which nothing is wrong, though some look like it; a rule that speaks here is wrong."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from benchmarks.corpus.town import TEXTS, Life, Paid, month_after
from benchmarks.corpus.truth import HOME, Decision, Order, later


def loan(life: Life) -> None:
    """A loan, paid out and repaid month by month."""
    decision = life.decide()
    life.instalments(decision, life.pay(decision), life.dice.choice((0, 6, 24, 24, 24)))


def in_parts(life: Life) -> None:
    """A loan that is paid out in two or three parts, some of them equal."""
    decision = life.decide()
    parts = life.dice.choice((2, 2, 3))
    each = (decision.principal / parts).quantize(Decimal(1))
    sums = [each] * (parts - 1) + [decision.principal - each * (parts - 1)]
    paid = [
        life.pay(
            decision,
            amount,
            day=decision.decided + timedelta(5 + 36 * turn),
            tie="all",
            ordered=True,
            batch=False,
        )
        for turn, amount in enumerate(sums)
    ]
    life.instalments(decision, paid[-1])


def repaid(life: Life) -> None:
    """A small loan that is repaid to the last øre."""
    decision = life.decide(decided=life.someday(-330, -250), count=life.dice.choice((7, 9, 11)))
    life.instalments(decision, life.pay(decision))


def two_loans(life: Life) -> None:
    """Two loans for one person."""
    for decision in (life.decide(), life.decide()):
        life.instalments(decision, life.pay(decision, tie="all"), 8)


def loan_and_grant(life: Life) -> None:
    """A loan and a grant, each with its own number (aktivloven § 65 allows both)."""
    decision = life.decide()
    paid = life.pay(decision)
    given = life.decide("grant", decided=decision.decided)
    life.pay(given, tie=life.tie("all", "decision", "number"))
    life.instalments(decision, paid, 12)


def one_file(life: Life) -> None:
    """A loan and a grant under one number of the case system."""
    decision = life.decide()
    given = life.decide("grant", decided=decision.decided, file=decision.file)
    life.pay(given, tie="all")
    life.instalments(decision, life.pay(decision, tie="all"), 12)


def one_voucher(life: Life) -> None:
    """A loan and a grant in one voucher, each row with its own decision."""
    decision = life.decide()
    given = life.decide("grant", decided=decision.decided)
    day = decision.decided + timedelta(8)
    options = {"batch": False, "day": day, "tie": "all", "listed": False}
    lent = life.pay(decision, ordered=True, **options)  # type: ignore[arg-type]
    gave = life.pay(given, **options)  # type: ignore[arg-type]
    rows = [
        life.row(p.decision.kind, p.amount, day, "all", p.decision, reference=p.reference)
        for p in (lent, gave)
    ]
    life.post(*rows)


def subsistence(life: Life) -> None:
    """A benefit to live on, every month for up to six, with the state's refund."""
    months = life.dice.randint(1, 6)
    monthly = Decimal(life.dice.randrange(6_000, 11_000, 50))
    decision = life.decide("subsistence", monthly * months, life.someday(-360, 20))
    for month in range(months):
        day = month_after(decision.decided.replace(day=21), month)
        life.pay(decision, monthly, day=day, tie=life.tie("all", "decision"))
        if life.dice.random() < 0.5:
            life.right_refund(life.refund(decision, monthly, day + timedelta(2), "decision"))


def grant(life: Life) -> None:
    """A grant with its decision, and the state's refund."""
    decision = life.decide("grant")
    paid = life.pay(decision, tie=life.tie("all", "decision", "number"))
    if life.dice.random() < 0.5:
        day = paid.day + timedelta(4)
        life.right_refund(life.refund(decision, paid.amount, day, "decision"))


def unrecorded(life: Life) -> None:
    """A grant whose decision nobody has recorded here: it is none of our business."""
    amount, reference = life.principal(), life.town.reference()
    day = life.someday()
    text = life.dice.choice(TEXTS["grant"])
    life.post(life.row("grant", amount, day, "all", None, text=text, reference=reference))
    life.banked(day + timedelta(1), -amount, reference)
    life.story.stands(HOME["grant"], amount)


def corrected(life: Life) -> None:
    """A loan as a grant that the accounts department has put right in the ERP."""
    decision = life.decide()
    paid = life.pay(
        decision,
        accounts=[("grant", decision.principal)],
        tie=life.tie("all", "decision"),
        batch=False,
    )
    _moved(life, paid, "grant", "loan")
    life.instalments(decision, paid, 12)


def _moved(life: Life, paid: Paid, source: str, target: str) -> None:
    """Correct a voucher in the ERP: in one voucher, or in two lists."""
    day = paid.day + timedelta(life.dice.randint(10, 40))
    text = life.dice.choice(("Omp. bilag {}", "Korr. bilag {}", "Rettelse af bilag {}"))
    more = {"text": text.format(paid.voucher), "reference": paid.reference}
    off = life.row(source, -paid.amount, day, "all", paid.decision, **more)
    on = life.row(target, paid.amount, day, "all", paid.decision, **more)
    if life.dice.random() < 0.6:
        life.post(off, on)
    else:
        life.post(off)
        later = day + timedelta(life.dice.randint(15, 35))
        life.post(life.row(target, paid.amount, later, "all", paid.decision, **more))


def ours_then_theirs(life: Life) -> None:
    """A loan as a grant that we put right, and the ERP after us."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(
        decision, accounts=[("grant", decision.principal)], tie="all", batch=False, ordered=True
    )
    day = month_after(paid.day.replace(day=5), 2)
    fix(life, decision, day)
    text = f"Omp. bilag {paid.voucher}"
    rows = [
        life.row(
            a,
            s,
            day + timedelta(10),
            "all",
            decision,
            text=text,
            reference=paid.reference,
        )
        for a, s in (("grant", -paid.amount), ("loan", paid.amount))
    ]
    life.post(*rows)
    life.instalments(decision, paid, 12)


def fix(life: Life, decision: Decision, day: object) -> None:
    """Have a caseworker settle what is found on a loan on a day, and a second person sign."""
    assert isinstance(day, type(decision.decided))
    life.story.orders.append(Order("fix", day, decision.number, signed=day + timedelta(1)))


def returned(life: Life) -> None:
    """A payout that NemKonto sent back, that was taken off, and paid anew."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision, tie="all", batch=False, ordered=True)
    back = paid.day + timedelta(4)
    life.banked(back, paid.amount, paid.reference, "Retur NemKonto")
    life.belongs(decision, -paid.amount)
    undo = month_after(back.replace(day=12), 1)  # when the statement has told
    key = f"{paid.reference}/{decision.number}"
    life.story.orders.append(
        Order("reverse", undo, decision.number, key=key, signed=undo, text="kom retur"),
    )
    row = life.row(
        "loan",
        -paid.amount,
        undo + timedelta(1),
        "all",
        decision,
        reference=paid.reference,
        text="Retur NemKonto",
    )
    life.post(row)
    again = life.pay(decision, day=undo + timedelta(20), tie="all", batch=False, ordered=True)
    life.instalments(decision, again, 8)


def overpaid_back(life: Life) -> None:
    """A loan that was repaid beyond its sum, and the excess sent back."""
    decision = life.decide(decided=life.someday(-330, -250), count=6)
    paid = life.pay(decision)
    days = life.instalments(decision, paid)
    extra = Decimal(life.dice.randint(100, 900))
    life.repay(decision, extra, month_after(days[-1], 1), channel="fik")
    day = month_after(days[-1].replace(day=15), 2)
    life.pay(decision, extra, day=day, tie="all", ordered=False, batch=False)


def deferred(life: Life) -> None:
    """A loan with a deferral that is over."""
    decision = life.decide(decided=life.someday(-330, -120))
    paid = life.pay(decision, batch=False)
    life.instalments(decision, paid, 3)
    start = month_after(paid.day.replace(day=1), 5)
    life.story.orders.append(
        Order(
            "defer",
            start,
            decision.number,
            on=start,
            until=start + timedelta(60),
            text="aftale om pause",
        )
    )


def erp_alone(life: Life) -> None:
    """A loan that no caseworker ordered here: the ERP and the bank know it."""
    decision = life.decide()
    life.instalments(decision, life.pay(decision, ordered=False, tie="all"), 12)


def unlisted(life: Life) -> None:
    """A loan whose repayments the ERP's lists do not show."""
    decision = life.decide()
    paid = life.pay(decision)
    first = month_after(paid.day.replace(day=9), 1)
    for turn in range(5):
        day = month_after(first, turn)
        if day < life.town.end - timedelta(12):
            life.repay(decision, life.instalment(decision), day, listed=False)


def beside(life: Life) -> None:
    """A repayment of a grant, which is income."""
    decision = life.decide("grant", decided=life.someday(-330, 60))
    paid = life.pay(decision, tie="all")
    amount = Decimal(life.dice.randint(100, 2_000))
    day = month_after(paid.day.replace(day=9), 2)
    reference = life.town.reference()
    text = life.dice.choice(TEXTS["in"])
    life.post(
        life.row("income", -amount, day, "all", decision, reference=reference, text=text),
    )
    life.story.stands("Income:P65:Repayments", -amount)
    life.banked(day, amount, reference, "Overførsel")


def exported_twice(life: Life) -> None:
    """A repayment whose line comes in two layouts of the bank's: it is one account's, so one."""
    decision = life.decide(decided=life.someday(-330, 60))
    days = life.instalments(decision, life.pay(decision), 3)
    amount, day = life.instalment(decision), month_after(days[-1], 1)
    life.repay(decision, amount, day, channel="fik", tie="decision")
    life.story.lines.append(later(life.story.lines[-1], 1))


LIVES: dict[Callable[[Life], None], int] = {
    loan: 30,
    in_parts: 5,
    repaid: 6,
    two_loans: 4,
    loan_and_grant: 8,
    one_file: 6,
    one_voucher: 4,
    subsistence: 10,
    grant: 6,
    unrecorded: 4,
    corrected: 4,
    ours_then_theirs: 2,
    returned: 3,
    overpaid_back: 2,
    deferred: 3,
    erp_alone: 4,
    unlisted: 3,
    beside: 3,
    exported_twice: 2,
}
"""Each life, and how often it is lived."""
