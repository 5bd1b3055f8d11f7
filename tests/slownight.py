"""Who should hear on a night, reckoned slowly from the facts: the design's table of conditions.

Written from reminders.md alone. It shares no code with gate, conditions, portfolio or days: not
even the banking days, which stand here one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from nightbook import NIGHT, RATE, Life, Sent

CLOSED = {
    date(2012, 4, 5), date(2012, 4, 6), date(2012, 4, 9), date(2012, 5, 4), date(2012, 5, 17),
    date(2012, 5, 18), date(2012, 5, 28), date(2012, 6, 5), date(2012, 12, 24),
    date(2012, 12, 25), date(2012, 12, 26), date(2012, 12, 31), date(2013, 1, 1),
    date(2013, 3, 28), date(2013, 3, 29), date(2013, 4, 1), date(2013, 4, 26), date(2013, 5, 9),
    date(2013, 5, 10), date(2013, 5, 20), date(2013, 6, 5),
}  # fmt: skip
"""Nationalbanken's closing days, read off a calendar."""
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Hears:
    """A reminder that should be made."""

    loan: str
    level: int
    amount: int
    pay_by: date


def open_bank(day: date) -> bool:
    return day.isoweekday() not in (6, 7) and day not in CLOSED


def last_in_time(due: date) -> date:
    """Return the last timely day: the due day, or the next day on which banks are open."""
    while not open_bank(due):
        due += ONE
    return due


def banking_days_later(day: date, count: int) -> date:
    while count:
        day += ONE
        count -= open_bank(day)
    return day


def missing(life: Life) -> list[tuple[date, int]]:
    """Return what is missing of each instalment; repayments settle the oldest first."""
    left = sum(amount for day, amount in life.repaid if day <= NIGHT)
    rows = []
    for due in life.dues:
        here = min(left, RATE)
        left -= here
        rows.append((due, RATE - here))
    return rows


def late(life: Life) -> list[tuple[date, int]]:
    return [(due, gap) for due, gap in missing(life) if gap and last_in_time(due) < NIGHT]


def owed(life: Life) -> int:
    out = life.paid_out if life.ordered or life.shown else 0
    return max(0, out - sum(amount for _, amount in life.repaid))


def stands_wrong(life: Life) -> bool:
    return life.granted is not None and life.corrected is None


def notices(life: Life) -> list[Sent]:
    """Return the letters that show the plan in force, as far as the post has brought them."""
    return [
        sent
        for sent in life.letters
        if sent.kind == "payout" and sent.same_plan and not sent.returned
    ]


def told_again(life: Life) -> list[Sent]:
    return [n for n in notices(life) if life.corrected is None or n.on > life.corrected]


def cleared(life: Life, wrong: set[str]) -> Hears | None:
    """Return the reminder of a loan, if every condition of the table holds."""
    behind = late(life)
    if not (behind and owed(life) and all(met(life, wrong, behind))):
        return None
    amount = min(sum(gap for _, gap in behind), owed(life))
    level = next_level(life, behind[0][0])
    return Hears(life.number, level, amount, last_in_time(NIGHT + timedelta(days=14)))


def met(life: Life, wrong: set[str], behind: list[tuple[date, int]]) -> Iterator[bool]:
    """Yield whether each condition holds, in the order of the table."""
    oldest = behind[0][0]
    amount = min(sum(gap for _, gap in behind), owed(life))
    yield life.shown is not None and not life.returned  # PAID-OUT
    yield not stands_wrong(life) and life.debtor not in wrong  # BOOKED-RIGHT
    yield life.principal == life.paid_out == RATE * len(life.dues)  # PRINCIPAL-AGREES
    yield past_the_last_day(life, oldest)  # PAST-PAY-BY
    yield well_after(life, oldest)  # NOT-SAME-DAY
    yield in_time(life, oldest)  # NOTICED
    yield amount >= 100 and (amount * 10 >= owed(life) or amount >= RATE)  # ARREARS-MATTER
    yield all(stop.last is not None and stop.last < NIGHT for stop in life.stops)  # NO-HOLD
    yield rested(life)  # INTERVAL
    yield next_level(life, oldest) <= 2  # LEVEL


def past_the_last_day(life: Life, oldest: date) -> bool:
    """Tell whether five banking days of grace are over; they run again after a stop."""
    over = [stop.last for stop in life.stops if stop.last and stop.last < NIGHT]
    return banking_days_later(max([last_in_time(oldest), *over]), 5) < NIGHT


def well_after(life: Life, oldest: date) -> bool:
    out = life.shown or life.ordered
    if out is None or out >= NIGHT or (last_in_time(oldest) - out).days < 30:
        return False
    return life.corrected is None or (NIGHT - life.corrected).days >= 14


def in_time(life: Life, oldest: date) -> bool:
    again = told_again(life)
    if life.corrected and not again:
        return False
    before = any(n.on + timedelta(days=14) <= oldest for n in notices(life))
    return before or (
        life.corrected is not None and any(n.on + timedelta(days=14) <= NIGHT for n in again)
    )


def rested(life: Life) -> bool:
    days = [sent.on for sent in life.letters]
    days += [sent.cancelled for sent in life.letters if sent.cancelled]
    free = max(days) + timedelta(days=10)
    asked = [s.deadline for s in life.letters if s.deadline and not s.cancelled]
    if asked:
        free = max(free, banking_days_later(max(asked), 5))
    return free <= NIGHT


def next_level(life: Life, oldest: date) -> int:
    """Return 1, or one more than the last reminder that was not obeyed, ended or taken back."""
    deferred = [s.last for s in life.stops if s.code == "DEFERRAL" and s.last and s.last < NIGHT]
    counts = [
        sent.level
        for sent in life.letters
        if sent.kind == "reminder"
        and sent.same_plan
        and not (sent.cancelled or sent.returned)
        and last_in_time(oldest) < sent.on
        and all(sent.on > end for end in deferred)
    ]
    return max(counts, default=0) + 1


def expected(lives: list[Life]) -> tuple[set[Hears], set[str]]:
    """Return the reminders of the night, and the loans whose plan is to be told."""
    wrong = {life.debtor for life in lives if stands_wrong(life)}
    reminders = {hears for life in lives if (hears := cleared(life, wrong))}
    plans = {
        life.number
        for life in lives
        if (life.ordered or life.shown)
        and owed(life)
        and not life.returned
        and life.debtor not in wrong
        and not told_again(life)
    }
    return reminders, plans
