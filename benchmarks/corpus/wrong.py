"""Lives in which something is wrong: one function for each misbooking, with its labels."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.corpus.lawful import fix
from benchmarks.corpus.town import CERTAIN, TEXTS, Life, Paid, month_after
from benchmarks.corpus.truth import (
    BANK,
    ERROR,
    NOTE,
    PAYOUTS,
    SUSPENSE,
    WARNING,
    Kind,
    Line,
    Order,
    payment_id,
)

RETURNED = "Assets:Clearing:Returned"
UNASSIGNED = "Assets:Loans:P65:Unassigned"


def _weight(tie: str) -> int:
    return ERROR if tie in CERTAIN else WARNING


def _instead(life: Life, account: str, code: str, *, months: int = 12) -> Paid:
    """Pay out a loan, and have the ERP book it elsewhere."""
    decision = life.decide()
    paid = life.pay(decision, accounts=[(account, decision.principal)], text=_text(life))
    life.story.label(code, paid.amount, decision.number, severity=_weight(paid.tie), fix=True)
    life.instalments(decision, paid, months)
    return paid


def _text(life: Life) -> str:
    """Call a misbooked loan what it is, or what it is taken for."""
    return life.dice.choice((*TEXTS["grant"], *TEXTS["loan"]))


# 1xx: on the wrong account


def loan_as_grant(life: Life) -> None:
    """ML101, the case of Aarhus."""
    _instead(life, "grant", "ML101")


def loan_on_unknown(life: Life) -> None:
    """ML101, on an account that the chart does not know."""
    _instead(life, "elsewhere", "ML101", months=6)


def part_as_grant(life: Life) -> None:
    """ML101: of two parts, the second is booked as a grant."""
    decision = life.decide()
    half = (decision.principal / 2).quantize(Decimal(1))
    rest = decision.principal - half
    life.pay(decision, half, tie="all", batch=False, ordered=True)
    paid = life.pay(
        decision,
        rest,
        ordered=True,
        day=decision.decided + timedelta(36),
        tie="all",
        batch=False,
        accounts=[("grant", rest)],
    )
    life.story.label("ML101", rest, decision.number, fix=True)
    life.instalments(decision, paid, 6)


def beside_a_grant(life: Life) -> None:
    """ML101: loan and grant under one number of the case system, both booked as grants."""
    decision = life.decide()
    given = life.decide("grant", decided=decision.decided, file=decision.file)
    life.pay(given, tie="all")
    paid = life.pay(decision, tie="all", accounts=[("grant", decision.principal)])
    life.story.label("ML101", paid.amount, decision.number, fix=True)
    life.instalments(decision, paid, 6)


def grant_with_refund(life: Life) -> None:
    """ML101 and ML105: the state refunds what stands as an expense."""
    decision = life.decide()
    tie = life.tie("all", "decision")
    paid = life.pay(decision, accounts=[("grant", decision.principal)], tie=tie)
    share = life.refund(decision, paid.amount, paid.day + timedelta(3), tie)
    life.story.label("ML101", paid.amount, decision.number, fix=True)
    life.story.label("ML105", share, decision.number, fix=True)
    life.instalments(decision, paid, 6)


def refund_on_loan(life: Life) -> None:
    """ML105 alone."""
    decision = life.decide()
    paid = life.pay(decision)
    share = life.refund(
        decision, paid.amount, paid.day + timedelta(3), life.tie("all", "decision")
    )
    life.story.label("ML105", share, decision.number, fix=True)


def grant_as_loan(life: Life) -> None:
    """ML102: a grant with its decision stands on the loan account."""
    decision = life.decide("grant")
    tie = life.tie("all", "decision", "number")
    life.pay(decision, tie=tie, accounts=[("loan", decision.principal)])
    life.story.label("ML102", decision.principal, decision.number, fix=True)


def loan_without_decision(life: Life) -> None:
    """ML102: a debit on the loan account that no decision stands behind; no voucher helps."""
    amount, day, reference = life.principal(), life.someday(), life.town.reference()
    life.post(life.row("loan", amount, day, "all", None, reference=reference))
    life.banked(day + timedelta(1), -amount, reference)
    life.story.stands(UNASSIGNED, amount)
    life.story.label("ML102", amount)


def loan_as_subsistence(life: Life) -> None:
    """ML103."""
    _instead(life, "subsistence", "ML103", months=6)


def subsistence_as_loan(life: Life) -> None:
    """ML104: one month of a benefit stands on the loan account."""
    monthly = Decimal(life.dice.randrange(6_000, 11_000, 50))
    decision = life.decide("subsistence", monthly * 3, life.someday(-330, 20))
    for month in range(3):
        day = month_after(decision.decided.replace(day=21), month)
        where = [("loan", monthly)] if month == 1 else ()
        life.pay(decision, monthly, day=day, tie=life.tie("all", "decision"), accounts=where)
    life.story.label("ML104", monthly, decision.number, fix=True)


def bank_alone(life: Life) -> None:
    """ML106: the bank paid under a loan's number, and nobody has booked it."""
    decision = life.decide()
    day = decision.decided + timedelta(6)
    life.banked(day, -decision.principal, "", f"NemKonto {decision.number}")
    life.story.stands(SUSPENSE, decision.principal)
    life.story.label("ML106", decision.principal, decision.number)


def bank_unknown(life: Life) -> None:
    """ML106, a warning: the bank paid under a reference that looks like ours."""
    amount = life.principal()
    life.banked(life.someday(), -amount, life.town.reference())
    life.story.stands(SUSPENSE, amount)
    life.story.label("ML106", amount, severity=WARNING)


def bank_too_early(life: Life) -> None:
    """ML106 and ML503: the bank paid what nobody has signed."""
    decision = life.decide()
    paid = life.pay(decision, ordered=True, signed=False, listed=False)
    life.story.owe(decision.number, -paid.amount)
    life.story.stands(PAYOUTS, paid.amount)
    life.story.label("ML106", paid.amount, decision.number)
    life.story.label("ML503", paid.amount, decision.number)


def _repaid_on(life: Life, account: str, **how: object) -> None:
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision)
    days = life.instalments(decision, paid, 5)
    amount = life.instalment(decision)
    day = month_after(days[-1], 1)
    tie = life.repay(decision, amount, day, account=account, **how)  # type: ignore[arg-type]
    life.story.label("ML107", amount, decision.number, severity=_weight(tie), fix=True)


def repayment_as_income(life: Life) -> None:
    """ML107."""
    _repaid_on(life, "income")


def repayment_on_expense(life: Life) -> None:
    """ML107: credited to the grants, or to an account that the chart does not know."""
    _repaid_on(life, life.dice.choice(("grant", "elsewhere", "subsistence")))


def wrong_loan(life: Life) -> None:
    """ML108: the giro card names one loan, and the caseworker booked another."""
    first, second = (
        life.decide(decided=life.someday(-330, 0)),
        life.decide(decided=life.someday(-330, 0)),
    )
    paid = [life.pay(decision, tie="all", ordered=True) for decision in (first, second)]
    day = month_after(max(each.day for each in paid).replace(day=12), 2)
    amount, reference = life.instalment(second), life.town.reference()
    card = payment_id(second.number, 1)
    # some banks show both, each in its own place
    life.story.lines.append(Line(day, amount, f"Indb. +71<{card}+80000000<", reference))
    life.story.stands(BANK, amount)
    order = Order("repay", day, first.number, amount, on=day, reference=reference)
    life.story.orders.append(order)
    life.story.owe(second.number, -amount)
    life.story.moved = {first.number: -amount, second.number: amount}
    life.story.label("ML108", amount, first.number, second.number, fix=True)


def repayment_turned(life: Life) -> None:
    """ML109: the ERP has a repayment on the debit side."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision)
    days = life.instalments(decision, paid, 3)
    amount, day = life.instalment(decision), month_after(days[-1], 1)
    known = life.dice.random() < 0.5
    how: dict[str, object] = {"channel": "order", "tie": life.tie("all", "reference")}
    if not known:
        how = {"tie": life.tie("decision", "number")}
    life.repay(decision, amount, day, sign=1, **how)  # type: ignore[arg-type]
    life.story.label("ML109", amount, decision.number, fix=True)


def payout_turned(life: Life) -> None:
    """ML109: the ERP has a payout on the credit side."""
    decision = life.decide()
    text = life.dice.choice(("§ 65 lån", "ETABLERINGSLÅN", ""))
    tie = life.tie("all", "reference", "typo")
    where = [("loan", -decision.principal)]
    life.pay(decision, tie=tie, ordered=True, batch=False, accounts=where, text=text)
    life.story.label("ML109", decision.principal, decision.number, fix=True)


def wrong_art(life: Life) -> None:
    """ML110, a warning: the loan account with the art of a grant."""
    decision = life.decide()
    tie = life.tie("all", "decision", "number")
    life.pay(decision, tie=tie, accounts=[("loan-art", decision.principal)])
    life.story.label("ML110", None, decision.number, severity=WARNING)


def wrong_dranst(life: Life) -> None:
    """ML110: the loan account as an expense."""
    decision = life.decide()
    tie = life.tie("all", "decision", "number")
    life.pay(decision, tie=tie, accounts=[("loan-dranst", decision.principal)])
    life.story.label("ML110", None, decision.number)


def split(life: Life) -> None:
    """ML111: part on the loan, part as a grant or a benefit."""
    decision = life.decide()
    part = (decision.principal * life.dice.choice((20, 50, 75)) / 100).quantize(Decimal(1))
    other = life.dice.choice(("grant", "grant", "subsistence", "elsewhere"))
    tie = life.tie("all", "decision", "number", "typo")
    where = [("loan", decision.principal - part), (other, part)]
    paid = life.pay(decision, tie=tie, accounts=where)
    life.story.label("ML111", part, decision.number, fix=True)
    life.instalments(decision, paid, 6)


def born_overdue(life: Life) -> None:
    """ML112: an instalment is due before the money is paid."""
    decision = life.decide()
    first = decision.decided + timedelta(5)
    life.story.decisions[-1] = decision = replace(decision, first_due=first)
    life.pay(decision, day=first + timedelta(life.dice.randint(0, 9)), batch=False)
    life.story.label("ML112", life.instalment(decision), decision.number)


def half_corrected(life: Life) -> None:
    """ML113: the ERP has taken a loan off the grants, and not put it anywhere."""
    decision = life.decide()
    where = [("grant", decision.principal)]
    paid = life.pay(decision, accounts=where, tie=life.tie("all", "decision"), batch=False)
    day = paid.day + timedelta(life.dice.randint(10, 40))
    more = {"text": f"Omp. bilag {paid.voucher}", "reference": paid.reference}
    life.post(life.row("grant", -paid.amount, day, "all", decision, **more))
    life.story.label("ML113", paid.amount, decision.number, fix=True)
    life.instalments(decision, paid, 6)


# 2xx: payouts


def paid_twice(life: Life) -> None:
    """ML201: the ERP and the bank paid the same decision again."""
    decision = life.decide()
    life.pay(decision, tie="all", batch=False)
    day = decision.decided + timedelta(life.dice.randint(16, 60))
    life.pay(decision, day=day, tie="all", ordered=False, batch=False)
    life.story.label("ML201", decision.principal, decision.number)


def paid_beyond(life: Life) -> None:
    """ML202: another payout, beyond what was granted."""
    decision = life.decide()
    extra = Decimal(life.dice.randrange(500, 4_900, 100))
    life.pay(decision, tie="all", batch=False)
    day = decision.decided + timedelta(life.dice.randint(16, 60))
    life.pay(decision, extra, day=day, tie="all", ordered=False, batch=False)
    life.story.label("ML202", extra, decision.number)


def paid_before(life: Life) -> None:
    """ML203: paid out before the decision."""
    kind: Kind = life.dice.choice(("loan", "loan", "grant"))
    decided = life.someday()
    decided = decided.replace(day=max(decided.day, 8))  # the list comes when it is recorded
    decision = life.decide(kind, decided=decided)
    day = decided - timedelta(life.dice.randint(2, 6))
    life.pay(decision, day=day, tie="all", ordered=False, batch=False)
    life.story.label("ML203", decision.principal, decision.number)


def unusual(life: Life) -> None:
    """ML204: a principal beyond the usual."""
    principal = Decimal(life.dice.choice((1_500, 3_000, 4_950, 45_000, 60_000)))
    decision = life.decide(principal=principal)
    life.pay(decision)
    life.story.label("ML204", None, decision.number, severity=WARNING)


def unconfirmed(life: Life) -> None:
    """ML205: the bank has never shown the payout."""
    decision = life.decide()
    paid = life.pay(decision, banked=False, ordered=True)
    life.instalments(decision, paid, 2)  # the bank's statements go on
    life.story.stands(PAYOUTS, -paid.amount)
    life.story.label("ML205", None, decision.number, severity=WARNING)


def sent_back(life: Life) -> None:
    """ML206: NemKonto sent it back, and the loan still shows it."""
    decision = life.decide()
    paid = life.pay(decision, batch=False, ordered=True)
    life.banked(paid.day + timedelta(4), paid.amount, paid.reference, "Retur NemKonto")
    life.story.stands(RETURNED, -paid.amount)
    life.story.label("ML206", None, decision.number)


def promise_broken(life: Life) -> None:
    """ML207: paid a month later than promised."""
    decided = life.someday()
    decision = life.decide(decided=decided, promised=decided + timedelta(10))
    life.pay(decision, day=decided + timedelta(45), batch=False)
    life.story.label("ML207", None, decision.number, severity=WARNING)


def other_payee(life: Life) -> None:
    """ML208: the ERP paid another person than the decision's."""
    decision = life.decide()
    stranger = life.town.person()
    paid = life.pay(decision, batch=False, listed=False)
    row = life.row("loan", paid.amount, paid.day, "all", decision, reference=paid.reference)
    life.post(replace(row, person=stranger.digits))
    life.story.label("ML208", None, decision.number)


def either_of_two(life: Life) -> None:
    """ML209: two loans of one sum, and rows that name only the person."""
    decision = life.decide()
    other = life.decide(principal=decision.principal, decided=decision.decided)
    day = decision.decided + timedelta(6)
    for each in (decision, other):
        life.pay(each, day=day, tie="person", ordered=True, batch=False)
        life.story.label("ML209", decision.principal)


def stray_repayment(life: Life) -> None:
    """ML209: a repayment on the loan account, and no loan."""
    amount, day = Decimal(life.dice.randint(200, 2_000)), life.someday()
    life.post(life.row("loan", -amount, day, "person", None, text="Afdrag"))
    life.story.label("ML209", amount)


def nameless(life: Life) -> None:
    """ML209, a warning: a row that names nobody."""
    amount = life.principal()
    row = life.row("grant", amount, life.someday(), "reference", None)
    life.post(replace(row, person=""))
    life.story.label("ML209", amount, severity=WARNING)


# 3xx: repayments and terms


def overpaid(life: Life) -> None:
    """ML301: more is repaid than owed."""
    decision = life.decide(decided=life.someday(-330, -250), count=life.dice.choice((5, 6, 8)))
    paid = life.pay(decision)
    days = life.instalments(decision, paid)
    extra = Decimal(life.dice.randint(100, 900))
    life.repay(decision, extra, month_after(days[-1], 1), channel="fik", tie="decision")
    life.story.label("ML301", extra, decision.number)


def repaid_too_early(life: Life) -> None:
    """ML302: a repayment from before the payout."""
    decision = life.decide()
    amount = life.instalment(decision)
    life.repay(decision, amount, decision.decided + timedelta(3), channel="fik", tie="decision")
    life.pay(decision, day=decision.decided + timedelta(9), batch=False, ordered=True, tie="all")
    life.story.label("ML302", amount, decision.number)


def unidentified(life: Life) -> None:
    """ML303: money in that names nothing."""
    amount = Decimal(life.dice.randint(100, 3_000))
    life.banked(life.someday(), amount, "", life.dice.choice(("Overførsel", "Indbetaling kasse")))
    life.story.stands(SUSPENSE, -amount)
    life.story.label("ML303", None, severity=WARNING)


def one_reference_twice(life: Life) -> None:
    """ML304: two lines under one reference."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision)
    days = life.instalments(decision, paid, 3)
    amount, day = life.instalment(decision), month_after(days[-1], 1)
    life.repay(decision, amount, day, channel="order", tie="all")
    line = life.story.lines[-1]
    twin = replace(line, day=day + timedelta(2), text=f"Afdrag {decision.number}")
    life.story.lines.append(twin)
    life.story.may.add("ML209")
    life.story.stands(BANK, amount)
    life.story.owe(decision.number, -amount)
    life.story.label("ML304", amount, decision.number)


def half_paid(life: Life) -> None:
    """ML305: the second half was never paid out, and the plan is for the whole."""
    decision = life.decide(decided=life.someday(-330, 60))
    half = (decision.principal / 2).quantize(Decimal(1))
    life.pay(decision, half, tie="all", batch=False)
    life.story.label("ML305", None, decision.number)


def pause_without_end(life: Life) -> None:
    """ML306: a deferral without an end, or with one in a few days."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision, batch=False)
    start = month_after(paid.day.replace(day=1), 3)
    end = life.dice.choice((None, life.town.end + timedelta(5)))
    how = {"on": start, "until": end, "text": "aftale om pause"}
    life.story.orders.append(Order("defer", start, decision.number, **how))  # type: ignore[arg-type]
    life.story.label("ML306", None, decision.number, severity=WARNING)


def nearly_barred(life: Life) -> None:
    """ML307: nothing was ever paid, and the oldest instalment is soon barred."""
    day = date(life.town.habits.year - 2, 1, life.dice.randint(5, 25))
    decision = life.decide(decided=day, count=60)
    life.pay(decision, batch=False)
    life.story.label("ML307", None, decision.number, severity=NOTE)


def benefit_ends(life: Life) -> None:
    """ML308: the six months of a benefit are nearly over."""
    monthly = Decimal(life.dice.randrange(6_000, 11_000, 50))
    decided = life.town.end - timedelta(life.dice.randint(163, 172))
    decision = life.decide("subsistence", monthly * 6, decided)
    for month in range(1, 5):
        day = month_after(decided.replace(day=21), month)
        life.pay(decision, monthly, day=day, tie="all")
    life.story.label("ML308", None, decision.number, severity=NOTE)


# 4xx and 5xx: letters, and what only a hand in the book can do


def letter_at_once(life: Life) -> None:
    """ML401: an older system's reminder is dated on the payout day."""
    decision = life.decide()
    paid = life.pay(decision, batch=False)
    # the bank's line says which day the payout was
    life.story.may |= {"ML402", "ML403", "ML404"}
    order = Order("letter", paid.day + timedelta(3), decision.number, on=paid.day)
    life.story.orders.append(order)
    life.story.label("ML401", None, decision.number, severity=WARNING)


def typed_too_much(life: Life) -> None:
    """ML502: a CPR number that a hand has put into the book, or a word about illness."""
    decision = life.decide(decided=life.someday(-330, 60))
    paid = life.pay(decision, batch=False)
    start = month_after(paid.day.replace(day=1), 3)
    number = f"{life.story.person.digits[:6]}-{life.story.person.digits[6:]}"
    certain = life.dice.random() < 0.5
    verb, text = ("note", f"aftalt med {number}") if certain else ("defer", "er sygemeldt")
    order = Order(verb, start, decision.number, on=start, until=month_after(start, 2), text=text)
    life.story.orders.append(order)
    severity = ERROR if certain else WARNING
    life.story.label("ML502", None, decision.number, severity=severity)


def unsigned(life: Life) -> None:
    """ML503: a hand in the book has paid out without a second person."""
    decision = life.decide()
    day = decision.decided + timedelta(6)
    reference = life.town.reference()
    life.story.orders.append(
        Order("hand-pay", day, decision.number, decision.principal, on=day, reference=reference),
    )
    life.banked(day + timedelta(1), -decision.principal, reference)
    life.post(life.row("loan", decision.principal, day, "all", decision, reference=reference))
    life.belongs(decision, decision.principal)
    life.story.label("ML503", decision.principal, decision.number)


def corrected_twice(life: Life) -> None:
    """ML507: two vouchers for one posting, each of half."""
    decision = life.decide(decided=life.someday(-330, 60))
    where = [("grant", decision.principal)]
    paid = life.pay(decision, tie="all", batch=False, accounts=where)
    day = month_after(paid.day.replace(day=12), 2)
    half = (paid.amount / 2).quantize(Decimal(1))
    for amount in (half, paid.amount - half):
        order = Order("hand-move", day, decision.number, amount, key=paid.reference)
        life.story.orders.append(order)
    life.story.may.add("ML509")  # no list has them either
    life.story.label("ML507", paid.amount - half, decision.number)


def never_in_erp(life: Life) -> None:
    """ML509: our correction has not come back in any list."""
    decision = life.decide(decided=life.someday(-330, 60))
    where = [("grant", decision.principal)]
    paid = life.pay(decision, tie="all", batch=False, accounts=where)
    fix(life, decision, month_after(paid.day.replace(day=5), 2))
    life.instalments(decision, paid, 7)  # and so do the ERP's lists
    life.story.label("ML509", None, decision.number)


WRONGS: dict[Callable[[Life], None], int] = {
    loan_as_grant: 10,
    loan_on_unknown: 2,
    part_as_grant: 3,
    beside_a_grant: 3,
    grant_with_refund: 4,
    refund_on_loan: 3,
    grant_as_loan: 4,
    loan_without_decision: 2,
    loan_as_subsistence: 4,
    subsistence_as_loan: 3,
    bank_alone: 2,
    bank_unknown: 1,
    bank_too_early: 2,
    repayment_as_income: 6,
    repayment_on_expense: 4,
    wrong_loan: 2,
    repayment_turned: 4,
    payout_turned: 3,
    wrong_art: 1,
    wrong_dranst: 1,
    split: 5,
    born_overdue: 2,
    half_corrected: 4,
    paid_twice: 3,
    paid_beyond: 2,
    paid_before: 2,
    unusual: 1,
    unconfirmed: 1,
    sent_back: 1,
    promise_broken: 1,
    other_payee: 1,
    either_of_two: 2,
    stray_repayment: 2,
    nameless: 1,
    overpaid: 2,
    repaid_too_early: 2,
    unidentified: 1,
    one_reference_twice: 2,
    half_paid: 1,
    pause_without_end: 1,
    nearly_barred: 1,
    benefit_ends: 1,
    letter_at_once: 1,
    typed_too_much: 1,
    unsigned: 1,
    corrected_twice: 1,
    never_in_erp: 1,
}
"""Each misbooking, and how often it happens among them."""
