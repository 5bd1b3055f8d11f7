"""The conditions of the gate: each with its code, what was found, and its source."""

from dataclasses import dataclass
from datetime import date, timedelta

from mikroledger import days
from mikroledger.days import long_day
from mikroledger.domain.finding import Findings
from mikroledger.domain.plan import total
from mikroledger.domain.portfolio import (
    DEFERRAL,
    HANDED_OVER,
    REMINDER,
    Hold,
    Letter,
    Loan,
    Portfolio,
)
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

CODES = (
    "PAID-OUT",
    "BOOKED-RIGHT",
    "PRINCIPAL-AGREES",
    "PAST-PAY-BY",
    "NOT-SAME-DAY",
    "NOTICED",
    "ARREARS-MATTER",
    "BANK-FRESH",
    "LEDGER-SOUND",
    "NO-HOLD",
    "INTERVAL",
    "LEVEL",
)
"""All of them, in the order of the gate."""


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


def paid_out(folio: Portfolio, loan: Loan) -> Condition:
    """PAID-OUT: the loan was paid out, all of it, and the bank (or policy, the order) says so."""
    source = "policy payout-confirmation; danish-municipal 4.3"
    evidence = tuple(p.entries[0].id for p in loan.payouts)
    if not loan.payouts:
        text = Text("Lånet er ikke udbetalt.", "The loan is not paid out.")
        return Condition("PAID-OUT", met=False, text=text, source=source)
    by_order = folio.policy.text("payout-confirmation") == "order"
    waiting = [
        p for p in loan.payouts if p.due_back or not (p.confirmed or (by_order and p.orders))
    ]
    paid = loan.paid_out
    assert paid is not None, "there are payouts"
    text = Text(
        f"Udbetalt {long_day(paid, 'da')} og bekræftet.",
        f"Paid out on {long_day(paid, 'en')} and confirmed.",
    )
    if waiting:
        text = Text(
            "Udbetalingen er ikke bekræftet af banken, eller pengene er kommet retur.",
            "The bank has not confirmed the payout, or has returned it.",
        )
    return Condition("PAID-OUT", not waiting, text, source, evidence)


def booked_right(found: Findings, loan: Loan) -> Condition:
    """BOOKED-RIGHT: no open error on the loan or its debtor, and nothing stands elsewhere."""
    source = "aktivloven § 65; mikrolån 2.0, evaluering 2012, s. om udbetaling"
    wrong = [
        f
        for f in found.errors
        if loan.number == f.loan or (f.debtor and f.debtor == loan.case.debtor)
    ]
    if wrong:
        codes = ", ".join(dict.fromkeys(f.code for f in wrong))
        text = Text(
            f"Åbne fejl ({codes}): {wrong[0].text.da}",
            f"Open errors ({codes}): {wrong[0].text.en}",
        )
        return Condition(
            "BOOKED-RIGHT",
            met=False,
            text=text,
            source=source,
            evidence=tuple(f.id for f in wrong),
        )
    if loan.misbooked:
        amount = danish(loan.misbooked)
        text = Text(
            f"{amount} kr. af lånets betalinger står på andre konti end lånets.",
            f"{amount} kr. of the loan's payments stands on other accounts than the loan's.",
        )
        return Condition("BOOKED-RIGHT", met=False, text=text, source=source)
    text = Text("Lånet er bogført rigtigt.", "The loan is booked right.")
    return Condition("BOOKED-RIGHT", met=True, text=text, source=source)


def principal_agrees(loan: Loan) -> Condition:
    """PRINCIPAL-AGREES: decision, payouts and plan are one sum."""
    granted, planned, paid = loan.case.principal, total(loan.plan), loan.disbursed
    met = granted == planned and (not loan.payouts or paid == granted)
    text = Text(
        f"Bevilget {danish(granted)}, udbetalt {danish(paid)}, plan {danish(planned)} kr.",
        f"Granted {danish(granted)}, paid out {danish(paid)}, plan {danish(planned)} kr.",
    )
    source = "the decision and its plan"
    return Condition("PRINCIPAL-AGREES", met, text, source, (loan.case.record.id,))


def past_pay_by(folio: Portfolio, loan: Loan) -> Condition:
    """PAST-PAY-BY: after the last timely day, holds and banking days of grace included."""
    source = "policy grace-banking-days; sidste rettidige betalingsdato (gaeldst.dk)"
    oldest = loan.arrears.oldest
    if oldest is None:
        return Condition("PAST-PAY-BY", met=False, text=_nothing_late(loan), source=source)
    grace = folio.policy.number("grace-banking-days")
    ended = [h.until for h in loan.holds if h.until and h.until < folio.as_of]
    last = days.add_banking_days(max((oldest.pay_by, *ended)), grace)
    text = Text(
        f"Rate {oldest.number} skulle være betalt senest {long_day(oldest.pay_by, 'da')};"
        f" med løbedage {long_day(last, 'da')}.",
        f"Instalment {oldest.number} was to be paid by {long_day(oldest.pay_by, 'en')};"
        f" with days of grace {long_day(last, 'en')}.",
    )
    return Condition("PAST-PAY-BY", folio.as_of > last, text, source)


def _nothing_late(loan: Loan) -> Text:
    """Say why nothing is late: not paid out, paid back, or not due yet."""
    if not loan.payouts:
        return Text(
            "Lånet er ikke udbetalt, så intet forfalder.",
            "The loan is not paid out, so nothing falls due.",
        )
    ahead = next((s.part for s in loan.settled if s.missing > ZERO), None)
    if not loan.outstanding or ahead is None:
        return Text("Lånet er betalt tilbage.", "The loan is paid back.")
    return Text(
        f"Ingen rate er over fristen. Rate {ahead.number} skal betales senest"
        f" {long_day(ahead.pay_by, 'da')}.",
        f"No instalment is past its last day. Instalment {ahead.number} is to be paid by"
        f" {long_day(ahead.pay_by, 'en')}.",
    )


def not_same_day(folio: Portfolio, loan: Loan) -> Condition:
    """NOT-SAME-DAY: well after payout and corrections; never on or before such a day."""
    source = "policy first-due-min-days, after-correction-days; evaluering 2012"
    paid, oldest = loan.paid_out, loan.arrears.oldest
    least = folio.policy.number("first-due-min-days")
    if paid is None or folio.as_of <= paid:
        text = Text(
            "Der sendes intet på eller før udbetalingsdagen.",
            "Nothing is sent on or before the payout day.",
        )
        return Condition("NOT-SAME-DAY", met=False, text=text, source=source)
    if oldest and (oldest.pay_by - paid).days < least:
        text = Text(
            f"Rate {oldest.number} forfaldt under {least} dage efter udbetalingen.",
            f"Instalment {oldest.number} fell due less than {least} days after the payout.",
        )
        return Condition("NOT-SAME-DAY", met=False, text=text, source=source)
    return _after_correction(folio, loan, source)


def _after_correction(folio: Portfolio, loan: Loan, source: str) -> Condition:
    if not loan.corrections:
        text = Text("Udbetalingsdagen ligger langt nok tilbage.", "The payout day is long past.")
        return Condition("NOT-SAME-DAY", met=True, text=text, source=source)
    last = loan.corrections[-1]
    wait = folio.policy.number("after-correction-days")
    rested = folio.as_of >= last.booked + timedelta(days=wait)
    told = any(n.record.commit > last.commit for n in notices(loan))
    text = Text(
        f"Rettet {long_day(last.booked, 'da')}; der skal gå {wait} dage, og låntageren skal"
        f" have planen igen ({'sendt' if told else 'ikke sendt endnu'}).",
        f"Corrected on {long_day(last.booked, 'en')}; {wait} days must pass, and the borrower"
        f" must get the plan again ({'sent' if told else 'not sent yet'}).",
    )
    return Condition("NOT-SAME-DAY", rested and told, text, source, (last.id,))


NOTICES = frozenset({"payout", "new-plan"})
"""Letters that tell the borrower the plan."""
_SLACK = 5  # days between order and bank line; the days of grace are at least as many


def notices(loan: Loan) -> list[Letter]:
    """Return the notices that show the plan in force.

    A plan that counts from the payout moves a few days when the bank says which day it was;
    the letter that was made on the order's day still shows it.
    """
    return [
        n
        for n in loan.letters
        if n.kind in NOTICES and n.plan and n.first_due and n.reached and _in_force(n, loan)
    ]


def _in_force(letter: Letter, loan: Loan) -> bool:
    """Tell whether a letter was about the plan in force, as far as it says which it was."""
    same = letter.plan in ("", loan.plan_name)
    moved = (letter.first_due - loan.plan[0].due).days if letter.first_due else 0
    return same and abs(moved) <= _SLACK


def noticed(folio: Portfolio, loan: Loan) -> Condition:
    """NOTICED: the borrower got the plan in force well before the instalment fell due."""
    source = "policy notice-days"
    least = timedelta(days=folio.policy.number("notice-days"))
    oldest = loan.arrears.oldest
    due = oldest.due if oldest else loan.next_due
    after = loan.corrections[-1].commit if loan.corrections else None
    in_time = [
        n
        for n in notices(loan)
        if (due is not None and n.on + least <= due)
        or (after is not None and n.record.commit > after and n.on + least <= folio.as_of)
    ]
    text = Text(
        f"Låntageren har ikke fået planen mindst {least.days} dage før raten forfaldt.",
        f"The borrower did not get the plan at least {least.days} days before the due day.",
    )
    if loan.outstanding and not loan.next_part:
        text = Text(
            f"{text.da} Der er ingen rate at fortælle om: aftal en ny plan med låntageren.",
            f"{text.en} There is no instalment to tell of: agree on a new plan with the borrower.",
        )
    if in_time:
        on = in_time[0].on
        text = Text(
            f"Låntageren fik planen i brev af {long_day(on, 'da')}.",
            f"The borrower got the plan in a letter of {long_day(on, 'en')}.",
        )
    return Condition("NOTICED", bool(in_time), text, source, tuple(n.record.id for n in in_time))


def arrears_matter(folio: Portfolio, loan: Loan) -> Condition:
    """ARREARS-MATTER: above the least amount, and a tenth of the debt or an instalment."""
    late, policy = loan.arrears, folio.policy
    least = policy.amount("minimum-amount")
    percent = policy.number("minimum-percent")
    share = late.amount * 100 >= loan.outstanding * percent
    whole = late.oldest is not None and late.amount >= late.oldest.amount
    text = Text(
        f"Restancen er {danish(late.amount)} kr. af {danish(loan.outstanding)} kr.",
        f"The arrears are {danish(late.amount)} kr. of {danish(loan.outstanding)} kr.",
    )
    met = late.amount >= least and (share or whole)
    return Condition("ARREARS-MATTER", met, text, "policy minimum-amount, minimum-percent")


def bank_fresh(folio: Portfolio) -> Condition:
    """BANK-FRESH: the account statement reaches to within a few banking days."""
    source = "policy bank-fresh-banking-days"
    until = folio.bank_until
    if until is None:
        text = Text("Intet kontoudtog er indlæst.", "No account statement is imported.")
        return Condition("BANK-FRESH", met=False, text=text, source=source)
    most = folio.policy.number("bank-fresh-banking-days")
    met = days.banking_days_after(until, folio.as_of) <= most
    text = Text(
        f"Banken er indlæst til {long_day(until, 'da')}.",
        f"The bank is imported up to {long_day(until, 'en')}.",
    )
    return Condition("BANK-FRESH", met, text, source)


def ledger_sound(folio: Portfolio, today: date) -> Condition:
    """LEDGER-SOUND: the chain holds, and nothing in the book is newer than the run."""
    source = "the hash chain and the run log"
    latest = max(folio.as_of, today)
    runs = [record.value for record in folio.ledger.records("run")]
    newest = folio.ledger.newest
    if folio.ledger.flaws:
        da, en = folio.ledger.flaws[0]
        return Condition("LEDGER-SOUND", met=False, text=Text(da, en), source=source)
    if max(runs, default=latest) > latest or (newest or latest) > latest:
        text = Text(
            "Bogen er nyere end dagen i dag: uret går forkert, eller en gammel bog er lagt ind.",
            "The book is newer than today: the clock is wrong, or an old book was put back.",
        )
        return Condition("LEDGER-SOUND", met=False, text=text, source=source)
    text = Text("Bogen er hel.", "The book is whole.")
    return Condition("LEDGER-SOUND", met=True, text=text, source=source)


_HOLD_WORDS = {
    DEFERRAL: ("henstand", "deferral"),
    HANDED_OVER: ("overdraget til Gældsstyrelsen", "handed over to Gældsstyrelsen"),
}


def no_hold(loan: Loan) -> Condition:
    """NO-HOLD: no stop is in force."""
    source = "gældsinddrivelsesloven § 2; henstand"
    if not loan.held:
        text = Text("Intet stop.", "No stop.")
        return Condition("NO-HOLD", met=True, text=text, source=source)
    said = [_stop(hold) for hold in loan.held]
    text = Text(
        f"Stop: {'; '.join(each.da for each in said)}.",
        f"Stop: {'; '.join(each.en for each in said)}.",
    )
    ids = tuple(each.id for each in loan.held)
    return Condition("NO-HOLD", met=False, text=text, source=source, evidence=ids)


def _stop(hold: Hold) -> Text:
    da, en = _HOLD_WORDS.get(hold.code, (hold.code, hold.code))
    da_end = f"til {long_day(hold.until, 'da')}" if hold.until else "uden slutdato"
    en_end = f"until {long_day(hold.until, 'en')}" if hold.until else "without an end"
    return Text(
        f"{da} fra {long_day(hold.start, 'da')} {da_end} ({hold.reason})",
        f"{en} from {long_day(hold.start, 'en')} {en_end} ({hold.reason})",
    )


def interval(folio: Portfolio, loan: Loan) -> Condition:
    """INTERVAL: long enough after the last letter, and after the deadline printed in it."""
    source = "policy interval-days, interval-banking-days; renteloven § 9 b as a measure"
    if not loan.letters:
        text = Text("Intet tidligere brev.", "No earlier letter.")
        return Condition("INTERVAL", met=True, text=text, source=source)
    last = max(loan.letters, key=lambda letter: letter.on)
    # never two on one day, whatever policy says
    free = last.on + timedelta(days=max(folio.policy.number("interval-days"), 1))
    deadlines = [n.deadline for n in loan.letters if n.deadline and not n.cancelled]
    if deadlines:
        wait = folio.policy.number("interval-banking-days")
        free = max(free, days.add_banking_days(max(deadlines), wait))
    text = Text(
        f"Sidste brev er fra {long_day(last.on, 'da')}; næste tidligst {long_day(free, 'da')}.",
        f"The last letter is of {long_day(last.on, 'en')}; the next on {long_day(free, 'en')}"
        " at the earliest.",
    )
    return Condition("INTERVAL", folio.as_of >= free, text, source, (last.record.id,))


def next_level(loan: Loan) -> int:
    """Return the level of the next reminder."""
    return max((letter.level for letter in reminders(loan)), default=0) + 1


def reminders(loan: Loan) -> list[Letter]:
    """Return the reminders that are steps towards the next.

    Levels start again once what the last reminder asked for is paid, with a new plan, and after
    a deferral. One that was taken back with an apology, or came back by post, is no step.
    """
    oldest = loan.arrears.oldest
    ends = [h.until for h in loan.holds if h.code == DEFERRAL and h.until]
    fresh = max((end for end in ends if end < loan.as_of), default=date.min)
    return [
        letter
        for letter in loan.letters
        if letter.kind == REMINDER
        and not letter.cancelled
        and letter.reached
        and oldest is not None
        and oldest.pay_by < letter.on
        and letter.on > fresh
        and _in_force(letter, loan)
    ]


def level(folio: Portfolio, loan: Loan) -> Condition:
    """LEVEL: the next level exists; levels are never skipped."""
    following, highest = next_level(loan), folio.policy.number("highest-level")
    text = Text(f"Næste rykker er trin {following}.", f"The next reminder is level {following}.")
    if following > highest:
        text = Text(
            f"Der er sendt rykker på trin {highest}, som er det sidste. Nu er det en opgave for"
            " en sagsbehandler.",
            f"A reminder of level {highest}, the last one, has been sent. It is now a task for"
            " a caseworker.",
        )
    return Condition("LEVEL", following <= highest, text, "policy highest-level")
