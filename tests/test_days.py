"""The Danish calendar: Nationalbanken's closing days, due days, periods and days as typed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.days import (
    add_banking_days,
    add_period,
    back,
    banking_days_after,
    closing_days,
    forward,
    is_banking_day,
    long_day,
    parse_day,
    series,
)
from mikroledger.errors import UsageError
from mikroledger.words import Language

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
TODAY = date(2011, 5, 2)

# danish-municipal.md 6.1: 2026 and 2027 as Nationalbanken lists them, 2011 and 2012 computed
# there. All without weekends: 2027's list has Saturday 5 June and leaves out 25 and 26 December,
# a Saturday and a Sunday; 2011 counts its weekend days apart.
PUBLISHED = {
    2011: "21/4 22/4 25/4 20/5 2/6 3/6 13/6 26/12",
    2012: "5/4 6/4 9/4 4/5 17/5 18/5 28/5 5/6 24/12 25/12 26/12 31/12",
    2026: "1/1 2/4 3/4 6/4 14/5 15/5 25/5 5/6 24/12 25/12 26/12 31/12",
    2027: "1/1 25/3 26/3 29/3 6/5 7/5 17/5 5/6 24/12 31/12",
}


def days_of(year: int) -> set[date]:
    pairs = (text.split("/") for text in PUBLISHED[year].split())
    return {date(year, int(month), int(day)) for day, month in pairs}


def weekdays(days: frozenset[date] | set[date]) -> set[date]:
    return {day for day in days if day.weekday() < 5}


@pytest.mark.parametrize("year", PUBLISHED)
def test_closing_days_on_weekdays_are_those_published(year: int) -> None:
    assert weekdays(closing_days(year)) == weekdays(days_of(year))


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_published_day_is_closed(year: int) -> None:
    assert days_of(year) <= closing_days(year)
    assert not any(map(is_banking_day, days_of(year)))


def test_the_closing_days_of_2027_on_a_weekend_are_known_too() -> None:
    saturday_and_sunday = {date(2027, 12, 25), date(2027, 12, 26)}
    assert closing_days(2027) - days_of(2027) == saturday_and_sunday


@pytest.mark.parametrize("day", [date(2011, 5, 20), date(2012, 5, 4), date(2023, 5, 5)])
def test_store_bededag_is_closed_until_2023(day: date) -> None:
    assert not is_banking_day(day)


def test_store_bededag_is_a_banking_day_from_2024() -> None:
    assert is_banking_day(date(2024, 4, 26))


def test_the_first_of_may_is_a_banking_day() -> None:
    assert is_banking_day(date(2026, 5, 1))


def test_a_weekend_is_no_banking_day() -> None:
    assert [is_banking_day(date(2011, 5, n)) for n in range(6, 10)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("due", "pay_by"),
    [
        (date(2011, 5, 1), date(2011, 5, 2)),
        (date(2026, 6, 5), date(2026, 6, 8)),
        (date(2026, 5, 15), date(2026, 5, 18)),
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2011, 6, 1), date(2011, 6, 1)),
    ],
)
def test_a_due_day_moves_forward_to_a_banking_day(due: date, pay_by: date) -> None:
    assert forward(due) == pay_by


@pytest.mark.parametrize(
    ("day", "paid"),
    [
        (date(2011, 5, 1), date(2011, 4, 29)),
        (date(2027, 1, 1), date(2026, 12, 30)),
        (date(2011, 4, 29), date(2011, 4, 29)),
    ],
)
def test_a_payout_moves_back_to_a_banking_day(day: date, paid: date) -> None:
    assert back(day) == paid


@given(DAYS)
def test_moving_a_day_twice_moves_it_once(day: date) -> None:
    assert forward(forward(day)) == forward(day)
    assert back(back(day)) == back(day)


@given(DAYS)
def test_a_moved_day_is_the_nearest_banking_day_on_its_side(day: date) -> None:
    assert is_banking_day(forward(day))
    assert is_banking_day(back(day))
    assert back(day) <= day <= forward(day)
    between = (forward(day) - back(day)).days
    assert between == 0 or not any(
        is_banking_day(back(day) + timedelta(days=n)) for n in range(1, between)
    )


@pytest.mark.parametrize(
    ("count", "day"),
    [
        (0, date(2011, 4, 20)),
        (1, date(2011, 4, 26)),
        (2, date(2011, 4, 27)),
        (5, date(2011, 5, 2)),
    ],
)
def test_banking_days_are_added_across_easter(count: int, day: date) -> None:
    assert add_banking_days(date(2011, 4, 20), count) == day


def test_no_banking_days_after_a_weekend_is_the_weekend_itself() -> None:
    assert add_banking_days(date(2011, 5, 1), 0) == date(2011, 5, 1)


def test_banking_days_are_counted_after_the_start_up_to_and_with_the_end() -> None:
    assert banking_days_after(date(2011, 4, 20), date(2011, 4, 26)) == 1
    assert banking_days_after(date(2011, 4, 20), date(2011, 4, 25)) == 0
    assert banking_days_after(date(2011, 5, 2), date(2011, 5, 6)) == 4


def test_no_banking_days_lie_before_the_start() -> None:
    assert banking_days_after(date(2011, 5, 6), date(2011, 5, 2)) == 0
    assert banking_days_after(date(2011, 5, 6), date(2011, 5, 6)) == 0


@given(DAYS, st.integers(0, 60))
def test_counting_undoes_adding_banking_days(day: date, count: int) -> None:
    assert banking_days_after(day, add_banking_days(day, count)) == count


@pytest.mark.parametrize(
    ("day", "period", "times", "result"),
    [
        (date(2011, 5, 2), "15d", 1, date(2011, 5, 17)),
        (date(2011, 5, 2), "2w", 1, date(2011, 5, 16)),
        (date(2011, 5, 2), "1m", 1, date(2011, 6, 2)),
        (date(2011, 5, 2), "6m", 2, date(2012, 5, 2)),
        (date(2012, 2, 29), "1y", 1, date(2013, 2, 28)),
        (date(2012, 2, 29), "1y", 4, date(2016, 2, 29)),
        (date(2011, 1, 31), "1m", 1, date(2011, 2, 28)),
        (date(2012, 1, 31), "1m", 1, date(2012, 2, 29)),
        (date(2011, 1, 31), "1m", 2, date(2011, 3, 31)),
        (date(2011, 1, 31), "1m", 3, date(2011, 4, 30)),
        (date(2011, 12, 31), "2m", 1, date(2012, 2, 29)),
        (date(2011, 5, 2), "1m", 0, date(2011, 5, 2)),
        (date(2011, 5, 2), "9999d", 1, date(2038, 9, 16)),
    ],
)
def test_a_period_is_added_by_the_calendar(
    day: date,
    period: str,
    times: int,
    result: date,
) -> None:
    assert add_period(day, period, times) == result


def test_a_period_is_added_once_unless_told_otherwise() -> None:
    assert add_period(TODAY, "1m") == date(2011, 6, 2)


def test_the_end_of_the_calendar_is_refused_and_never_a_crash() -> None:
    """`parse_day` reads 31-12-9999, and a plan that ends there asks for the next banking day."""
    last = parse_day("31-12-9999", TODAY)
    with pytest.raises(UsageError):
        forward(last)


@given(DAYS, st.integers(0, 600))
def test_months_keep_the_day_or_take_the_last_of_a_shorter_month(day: date, times: int) -> None:
    later = add_period(day, "1m", times)
    assert (later.year - day.year) * 12 + later.month - day.month == times
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(1, 99), st.integers(0, 20))
def test_weeks_are_seven_days(day: date, count: int, times: int) -> None:
    assert add_period(day, f"{count}w", times) == add_period(day, f"{count * 7}d", times)


@pytest.mark.parametrize(
    "period",
    ["", "m", "1", "0m", "01m", "-1m", "1.5m", "1h", "1 m", "1M", "10000d", "1m\n", "١m"],
)
def test_what_is_no_period_is_refused_with_examples(period: str) -> None:
    with pytest.raises(UsageError, match=r"is not a period\. Write for example 15d, 2w, 1m or 1y"):
        add_period(TODAY, period)


@pytest.mark.parametrize(
    ("period", "times"), [("9000y", 1), ("9999d", 9999), ("9999w", 10**6), ("9999y", 10**9)]
)
def test_a_period_beyond_the_calendar_is_refused(period: str, times: int) -> None:
    with pytest.raises(UsageError, match="reaches beyond the calendar"):
        add_period(TODAY, period, times)


def test_days_in_series_keep_the_day_and_the_calendar() -> None:
    end = date(2011, 1, 31)
    assert series(end, "1m", 3) == [end, date(2011, 2, 28), date(2011, 3, 31)]
    assert series(end, "2w", 2, after="1m") == [date(2011, 2, 28), date(2011, 3, 14)]
    assert series(end, "1m", 0) == []
    with pytest.raises(UsageError) as too_far:
        series(date(9990, 1, 1), "1y", 11, after="6m")
    assert too_far.value.text.da == "»6m, 1y« rækker længere end kalenderen."
    with pytest.raises(UsageError, match="is not a period"):
        series(end, "soon", 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2011-05-02", TODAY),
        ("02-05-2011", TODAY),
        ("2.5.2011", TODAY),
        ("2/5/2011", TODAY),
        (" 02.05.2011 ", TODAY),
        ("2012-02-29", date(2012, 2, 29)),
        ("i dag", TODAY),
        ("I dag", TODAY),
        ("idag", TODAY),
        ("today", TODAY),
        ("i går", date(2011, 5, 1)),
        ("igår", date(2011, 5, 1)),
        ("Yesterday", date(2011, 5, 1)),
    ],
)
def test_a_day_is_read_as_people_type_it(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "29-02-2011",
        "31.4.2011",
        "0-0-0000",
        "2011-5-2",
        "02-05-11",
        "2011/05/02",
        "5-2011",
        "i morgen",
        "20110502",
        "٢-٥-٢٠١١",
        "2011-05-02x",
        "0000-01-01",
    ],
)
def test_what_is_no_day_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a date\. Write for example") as refusal:
        parse_day(text, TODAY)
    assert f"»{text}« er ikke en dato" in refusal.value.text.da


def test_both_languages_say_what_cannot_be_read() -> None:
    with pytest.raises(UsageError) as no_day:
        parse_day("2011-02-30", TODAY)
    assert no_day.value.text.da == (
        "»2011-02-30« er ikke en dato. Skriv for eksempel 02-05-2011, 2011-05-02 eller i dag."
    )
    assert no_day.value.text.en == (
        "'2011-02-30' is not a date. Write for example 02-05-2011, 2011-05-02 or today."
    )
    with pytest.raises(UsageError) as no_period:
        add_period(TODAY, "1h")
    assert no_period.value.text.da == (
        "»1h« er ikke en periode. Skriv for eksempel 15d, 2w, 1m eller 1y."
    )
    assert no_period.value.text.en == (
        "'1h' is not a period. Write for example 15d, 2w, 1m or 1y."
    )
    with pytest.raises(UsageError) as too_far:
        add_period(TODAY, "9000y")
    assert too_far.value.text.da == "»9000y« rækker længere end kalenderen."
    assert too_far.value.text.en == "'9000y' reaches beyond the calendar."


@given(DAYS)
def test_a_day_written_the_danish_way_is_read_back(day: date) -> None:
    assert parse_day(f"{day:%d-%m-%Y}", TODAY) == day
    assert parse_day(f"{day.day}.{day.month}.{day.year}", TODAY) == day
    assert parse_day(day.isoformat(), TODAY) == day


@pytest.mark.parametrize(
    ("day", "language", "text"),
    [
        (date(2011, 4, 1), "da", "1. april 2011"),
        (date(2011, 4, 1), "en", "1 April 2011"),
        (date(2011, 12, 31), "da", "31. december 2011"),
        (date(2011, 1, 10), "en", "10 January 2011"),
    ],
)
def test_a_day_in_words_is_written_as_in_a_letter(
    day: date,
    language: Language,
    text: str,
) -> None:
    assert long_day(day, language) == text


@pytest.mark.parametrize(
    ("language", "fifth", "tenth", "twelfth"),
    [
        ("da", "maj", "oktober", "december"),
        ("en", "May", "October", "December"),
    ],
)
def test_every_month_has_its_own_name(
    language: Language, fifth: str, tenth: str, twelfth: str
) -> None:
    names = [long_day(date(2011, month, 1), language).split()[1] for month in range(1, 13)]
    assert len(set(names)) == 12
    assert (names[4], names[9], names[11]) == (fifth, tenth, twelfth)
