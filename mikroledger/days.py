"""Banking days, due days and intervals, by the Danish calendar.

Closing days are Nationalbanken's: weekends, the church and public holidays, the day after
Ascension Day, 5 June, 24 and 31 December, and store bededag until 2023 (lov 214 af 6/3/2023).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from mikroledger.errors import UsageError
from mikroledger.words import Language

LAST_BEDEDAG = 2023  # lov 214 af 6/3/2023
_FROM_EASTER = (-3, -2, 1, 39, 40, 50)  # Thursday, Friday, Monday, Ascension, the day after, Whit
_FIXED = ((1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31))
_MONTHS = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DANISH = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})", re.ASCII)
_PERIOD = re.compile(r"([1-9]\d{0,3})([dwmy])", re.ASCII)


@lru_cache(maxsize=256)
def closing_days(year: int) -> frozenset[date]:
    """Return the days of `year` on which Danish banks are closed, weekends not counted.

    >>> date(2026, 5, 15) in closing_days(2026)  # the day after Ascension Day
    True
    """
    from dateutil.easter import easter

    sunday = easter(year)
    moving = [sunday + timedelta(days=n) for n in _FROM_EASTER]
    if year <= LAST_BEDEDAG:
        moving.append(sunday + timedelta(days=26))
    return frozenset([*moving, *(date(year, month, day) for month, day in _FIXED)])


def is_banking_day(day: date) -> bool:
    """Tell whether banks clear payments on `day`."""
    return day.weekday() < 5 and day not in closing_days(day.year)


@lru_cache(maxsize=4096)
def forward(day: date) -> date:
    """Move `day` to the next banking day, if it is none: for what a borrower must pay.

    >>> forward(date(2011, 5, 1))
    datetime.date(2011, 5, 2)
    """
    return _nearest(day, timedelta(days=1))


def back(day: date) -> date:
    """Move `day` to the banking day before, if it is none: for what is paid out."""
    return _nearest(day, timedelta(days=-1))


def _nearest(day: date, step: timedelta) -> date:
    try:
        while not is_banking_day(day):
            day += step
    except (ValueError, OverflowError) as error:
        raise UsageError(
            da=f"Der er ingen bankdag ved {day}: kalenderen er slut.",
            en=f"There is no banking day at {day}: the calendar ends.",
        ) from error
    return day


def next_weekday(day: date) -> date:
    """Move `day` to the next weekday by forældelsesloven § 27, if it is none.

    Those are the banks' closing days, but for the day after Ascension Day.

    >>> next_weekday(date(2026, 5, 14))
    datetime.date(2026, 5, 15)
    """
    from dateutil.easter import easter

    while not (is_banking_day(day) or day == easter(day.year) + timedelta(days=40)):
        day += timedelta(days=1)
    return day


def add_banking_days(day: date, count: int) -> date:
    """Return the day that is `count` banking days after `day`."""
    for _ in range(count):
        day = forward(day + timedelta(days=1))
    return day


@lru_cache(maxsize=1024)
def banking_days_after(start: date, end: date) -> int:
    """Count the banking days after `start` up to and with `end`.

    >>> banking_days_after(date(2011, 4, 29), date(2011, 5, 2))
    1
    """
    return sum(is_banking_day(start + timedelta(days=n + 1)) for n in range((end - start).days))


def add_period(day: date, period: str, times: int = 1) -> date:
    """Return the day `times` periods after `day`: `15d`, `2w`, `1m`, `1y`.

    The last day of a short month stands in for a day that the month does not have, counted
    from `day` each time, so that 31 January is followed by 28 February and 31 March.

    Raises:
        UsageError: `period` is not a number and one of d, w, m, y, or reaches beyond the calendar.
    """
    months, more = _step(period)
    try:
        return _months_after(day, months * times) + timedelta(days=more * times)
    except (ValueError, OverflowError) as error:
        raise _beyond(period) from error


def series(day: date, every: str, count: int, after: str = "") -> list[date]:
    """Return `count` days, the first of them `day`, or a period after it.

    Each is counted from `day`, all periods added up first, so that the day of the month is kept.

    >>> [str(each) for each in series(date(2011, 1, 31), "1m", 3)]
    ['2011-01-31', '2011-02-28', '2011-03-31']

    Raises:
        UsageError: a period is none, or reaches beyond the calendar.
    """
    months, more = _step(every)
    first, further = _step(after) if after else (0, 0)
    try:
        return [
            _months_after(day, first + months * n) + timedelta(days=further + more * n)
            for n in range(count)
        ]
    except (ValueError, OverflowError) as error:
        raise _beyond(", ".join(filter(None, (after, every)))) from error


def _beyond(said: str) -> UsageError:
    return UsageError(
        da=f"»{said}« rækker længere end kalenderen.",
        en=f"'{said}' reaches beyond the calendar.",
    )


def _months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= _SHORTEST:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_SHORTEST = 28  # days that every month has
_UNITS = {"d": (0, 1), "w": (0, 7), "m": (1, 0), "y": (12, 0)}


@lru_cache(maxsize=64)
def _step(period: str) -> tuple[int, int]:
    """Return a period in months and days; a plan asks for the same one over and over."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise UsageError(
            da=f"»{period}« er ikke en periode. Skriv for eksempel 15d, 2w, 1m eller 1y.",
            en=f"'{period}' is not a period. Write for example 15d, 2w, 1m or 1y.",
        )
    months, more = _UNITS[match[2]]
    return months * int(match[1]), more * int(match[1])


def parse_day(text: str, today: date) -> date:
    """Read a day as people type it: `2011-05-02`, `02-05-2011`, `2.5.2011`, `i dag`, `i går`.

    Raises:
        UsageError: it is no day.
    """
    body = text.strip().lower()
    if body in {"i dag", "idag", "today"}:
        return today
    if body in {"i går", "igår", "yesterday"}:
        return today - timedelta(days=1)
    try:
        if match := _ISO.fullmatch(body):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DANISH.fullmatch(body):
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError as error:
        raise _no_day(text) from error
    raise _no_day(text)


def _no_day(text: str) -> UsageError:
    return UsageError(
        da=f"»{text}« er ikke en dato. Skriv for eksempel 02-05-2011, 2011-05-02 eller i dag.",
        en=f"'{text}' is not a date. Write for example 02-05-2011, 2011-05-02 or today.",
    )


def long_day(day: date, language: Language) -> str:
    """Write a day in words, as in a letter.

    >>> long_day(date(2011, 4, 1), "da")
    '1. april 2011'
    """
    month = _MONTHS[language].split()[day.month - 1]
    return f"{day.day}{'.' if language == 'da' else ''} {month} {day.year}"
