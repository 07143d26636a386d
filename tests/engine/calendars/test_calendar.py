"""Opening hours as people write them, and when an agency opens again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.calendars import national, opening
from engine.calendars.calendar import Calendar
from engine.errors import InvalidValue, NeverOpen

ROME = ZoneInfo("Europe/Rome")


def calendar(*days: str, holidays: bool = False, **dated: str) -> Calendar:
    closed = {
        date.fromisoformat(day.removeprefix("d").replace("_", "-")): opening.parse(text) for day, text in dated.items()
    }
    return Calendar(opening.week(days), holidays, (closed,))


OFFICE = calendar(*["09:00-13:00 14:00-18:00"] * 5, "", "")
ALWAYS = calendar(*["00:00-24:00"] * 7, holidays=True)
NIGHTS = calendar(*["00:00-08:00 20:00-24:00"] * 7, holidays=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("9-13", "09:00-13:00"),
        ("9:00-13:00 14:00-18:00", "09:00-13:00 14:00-18:00"),
        ("14.30 - 18, 9-13", "09:00-13:00 14:30-18:00"),
        ("9-13 e 14-18", "09:00-13:00 14:00-18:00"),
        ("9–13; 13–18", "09:00-18:00"),
        ("0-24", "00:00-24:00"),
        ("  ", ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, kept: str) -> None:
    hours = opening.parse(typed)
    assert opening.written(hours) == kept
    assert opening.parse(kept) == hours


@pytest.mark.parametrize(
    "typed",
    [
        "9",
        "13-9",
        "9-9",
        "9-25",
        "9-24:01",
        "9-13 12-14",
        "20-8",
        "9-13,",
        "9-13x",
        "chiuso",
        "9:60-10",
        "-",
        "９-13",
        "9-10 " * 7,
    ],
)
def test_what_are_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue):
        opening.parse(typed)


def test_a_week_says_which_day_is_wrong() -> None:
    with pytest.raises(InvalidValue) as refused:
        opening.week(["9-13", "9-13", "mai", "", "", "", ""])
    assert (refused.value.field, refused.value.code) == ("wednesday", "invalid_hours")
    with pytest.raises(InvalidValue):
        opening.week(["9-13"] * 6)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02 17:30", "2026-03-03 09:00"),
        ("2026-03-02 18:00", "2026-03-03 09:00"),
        ("2026-03-02 12:50", "2026-03-03 09:00"),  # noon is a pause, not the end of the day
        ("2026-03-02 13:30", "2026-03-03 09:00"),
        ("2026-03-03 02:00", "2026-03-03 09:00"),
        ("2026-03-03 09:00", "2026-03-04 09:00"),
        ("2026-03-06 17:30", "2026-03-09 09:00"),  # over the weekend
        ("2026-04-03 17:30", "2026-04-07 09:00"),  # over Easter
        ("2026-03-27 17:30", "2026-03-30 09:00"),  # the clocks change in between
        ("2026-12-31 17:30", "2027-01-04 09:00"),
    ],
)
def test_an_office_opens_again_on_its_next_working_day(now: str, opens: str) -> None:
    assert OFFICE.reopening(at(now)) == at(opens)


def test_a_working_day_ends_after_its_last_pause() -> None:
    assert OFFICE.closing(at("2026-03-02 09:30")) == at("2026-03-02 18:00")
    assert OFFICE.closing(at("2026-03-02 13:30")) == at("2026-03-02 18:00")
    assert OFFICE.closing(at("2026-03-02 18:00")) is None
    assert OFFICE.closing(at("2026-03-03 02:00")) is None


def test_a_night_is_one_working_day() -> None:
    assert NIGHTS.reopening(at("2026-03-02 23:00")) == at("2026-03-03 20:00")
    assert NIGHTS.reopening(at("2026-03-03 07:00")) == at("2026-03-03 20:00")
    assert NIGHTS.closing(at("2026-03-02 23:00")) == at("2026-03-03 08:00")


def test_what_never_closes_never_opens_again() -> None:
    assert ALWAYS.reopening(at("2026-03-02 23:00")) is None
    assert ALWAYS.closing(at("2026-03-02 23:00")) is None
    assert ALWAYS.always_open
    assert not calendar(*["00:00-24:00"] * 7).always_open
    with_closure = calendar(*["00:00-24:00"] * 7, holidays=True, d2026_03_10="")
    assert with_closure.reopening(at("2026-03-09 23:00")) == at("2026-03-11 00:00")


def test_what_is_never_open_says_so() -> None:
    with pytest.raises(NeverOpen):
        calendar(*[""] * 7).reopening(at("2026-03-02 09:00"))
    assert not calendar(*[""] * 7).is_open(at("2026-03-02 09:00"))


def test_it_is_open_from_the_first_minute_to_the_last() -> None:
    assert [
        OFFICE.is_open(at(f"2026-03-02 {time}")) for time in ("08:59", "09:00", "12:59", "13:00", "17:59", "18:00")
    ] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def test_the_fourth_of_october_is_a_national_holiday_from_2026() -> None:
    assert [national.is_holiday(date(year, 10, 4)) for year in (2024, 2025, 2026, 2027)] == [False, False, True, True]
    assert not national.is_holiday(date(2027, 11, 7))  # national unity closes nothing
    assert not national.is_holiday(date(2026, 6, 29))  # a holiday in Rome only
    assert national.of_year(2026)[date(2026, 11, 1)] == "Ognissanti"
