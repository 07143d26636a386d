"""Reading and writing dates, times and durations, and their properties."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feel

_LOCAL_MIDNIGHT = datetime.combine(date(2026, 3, 8), time())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT72H", timedelta(hours=72)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=500)),
        ("-PT1H", timedelta(hours=-1)),
        ("P1Y6M", feel.YearsMonths(18)),
        ("-P1M", feel.YearsMonths(-1)),
        ("P0D", timedelta()),
    ],
)
def test_durations_are_read(text, expected):
    assert feel.parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "P",
        "PT",
        "P1DT",
        "PT1X",
        "1D",
        "P1H",
        "PT1D",
        "P1Y1D",
        "P-1D",
        "P1.5D",
        "+P1D",
        " P1D",
        "P1D ",
        "R/P1D",
        "P" + "9" * 50 + "D",
        "P" + "9" * 5000 + "D",
    ],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(feel.FeelSyntaxError, match="is not a duration"):
        feel.parse_duration(text)


@given(st.timedeltas())
def test_days_and_time_durations_survive_writing_and_reading(span):
    assert feel.parse_duration(feel.format_duration(span)) == span


@given(st.integers(-(10**9), 10**9).map(feel.YearsMonths))
def test_years_and_months_durations_survive_writing_and_reading(span):
    assert feel.parse_duration(feel.format_duration(span)) == span


@given(st.dates())
def test_dates_survive_writing_and_reading(day):
    assert feel.compile("date(string(d))").evaluate({"d": day}) == day
    assert feel.compile("date(d.year, d.month, d.day)").evaluate({"d": day}) == day


@given(st.datetimes(timezones=st.none() | st.timezone_keys(allow_prefix=False).map(ZoneInfo)))
def test_dates_and_times_survive_writing_and_reading(moment):
    read = feel.compile("date and time(string(d))").evaluate({"d": moment})
    assert read.replace(tzinfo=None) == moment.replace(tzinfo=None)
    assert str(read.tzinfo) == str(moment.tzinfo)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-02-30")', None),
        ('date("26-02-03")', None),
        ('date("2026-03-08T10:00:00")', None),
        ('date(@"2026-03-08T10:00:00")', date(2026, 3, 8)),
        ("date(2026, 13, 1)", None),
        ('time("10:30:00+01:00")', time(10, 30, tzinfo=timezone(timedelta(hours=1)))),
        ('time("25:00:00")', None),
        ('time("10:30")', None),
        ('time("10:30:00@Nowhere/Else")', None),
        ('time("10:30:00@../../etc/passwd")', None),
        ('time(10, 30, 5.5, @"PT1H")', time(10, 30, 5, 500_000, timezone(timedelta(hours=1)))),
        ('date and time("2026-03-08T24:00:00")', _LOCAL_MIDNIGHT + timedelta(days=1)),
        ('date and time("2026-03-08")', _LOCAL_MIDNIGHT),
        ('date and time(@"2026-03-08", @"10:00:00Z")', datetime(2026, 3, 8, 10, tzinfo=UTC)),
        ('date and time("2026-03-08T10:00:00Zulu")', None),
        ('duration("P1M1D")', None),
        ("duration(1)", None),
        ('years and months duration(@"2024-02-29", @"2026-02-28")', feel.YearsMonths(23)),
        ('years and months duration(@"2026-02-28", @"2024-02-29")', feel.YearsMonths(-23)),
        ('day of week(@"2026-03-08")', "Sunday"),
        ('month of year(@"2026-03-08")', "March"),
        ('day of year(@"2026-03-08")', 67),
        ('week of year(@"2026-03-08")', 10),
        ('is(@"10:00:00Z", @"11:00:00+01:00")', False),
    ],
)
def test_functions_make_and_read_temporal_values(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-03-08".year', 2026),
        ('@"2026-03-08".weekday', 7),
        ('@"2026-03-08T10:20:30+01:00".hour', 10),
        ('@"2026-03-08T10:20:30+01:00".time offset', timedelta(hours=1)),
        ('@"2026-03-08T10:20:30@Europe/Rome".timezone', "Europe/Rome"),
        ('@"10:20:30".second', 30),
        ('@"P1DT2H3M4S".days', 1),
        ('@"P1DT2H3M4S".minutes', 3),
        ('@"-P1DT2H".hours', -2),
        ('@"P1Y2M".months', 2),
        ('@"-P1Y2M".years', -1),
        ('@"2026-03-08".hour', None),
        ('@"2026-03-08".resolution', None),
    ],
)
def test_temporal_values_have_properties(value, text, expected):
    assert value(text) == expected


def test_the_host_reads_dates_with_the_same_reader():
    assert feel.parse_date("2026-03-08") == date(2026, 3, 8)
    assert feel.parse_time("10:30:00") == time(10, 30)
    assert feel.parse_date_time("2026-03-08T10:30:00Z") == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)
    for reader in (feel.parse_date, feel.parse_time, feel.parse_date_time):
        with pytest.raises(feel.FeelSyntaxError):
            reader("domani")
