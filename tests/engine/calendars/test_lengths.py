"""The four clocks, against an oracle that looks at each minute, and against the dates that the networks wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import lengths, opening
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from engine.errors import NeverOpen
from tests.engine.calendars import oracle
from tests.engine.calendars.oracle import Office

ROME = ZoneInfo("Europe/Rome")
START = date(2026, 1, 1)
TWO_YEARS = [START + timedelta(days=number) for number in range(730)]
OFFICE = ["09:00-18:00"] * 5 + ["", ""]
SPLIT = ["08:30-12:30 14:00-17:00", "08:30-12:30", "08:30-12:30 14:00-18:15", "", "07:15-13:00", "09:00-12:00", ""]
NIGHTS = ["00:00-02:30 02:45-08:00 20:00-24:00"] * 7
ALWAYS = ["00:00-24:00"] * 7
CLOSED = {date(2026, 6, 24): (), date(2026, 12, 24): ((540, 780),), date(2027, 6, 24): ()}
SHAPES = {
    "office": (OFFICE, CLOSED, False),
    "split": (SPLIT, {}, False),
    "nights": (NIGHTS, {}, True),
    "always": (ALWAYS, {}, True),
}


def both(shape: str) -> tuple[Calendar, Office]:
    """The same agency twice: ours, and the oracle's."""
    week, closed, holidays = SHAPES[shape]
    hours = tuple(opening.parse(text) for text in week)
    days = {day: tuple(opening.Interval(*span) for span in spans) for day, spans in closed.items()}
    spans = [[tuple(interval) for interval in each] for each in hours]
    return Calendar(hours, holidays, (days,)), Office(spans, closed=closed, holidays=holidays)


OURS = {shape: both(shape) for shape in SHAPES}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


def over(clock: str, text: str, start: str, calendar: Calendar | None = None) -> str:
    due_at = lengths.due(Length.read(text, Clock(clock)), local(start).astimezone(UTC), calendar)
    assert due_at.tzinfo is UTC
    return f"{due_at.astimezone(ROME):%Y-%m-%d %H:%M}"


def week(*days: str) -> Calendar:
    return Calendar(tuple(opening.parse(text) for text in days))


@pytest.mark.parametrize("clock", [Clock.GC, Clock.GCL])
def test_days_of_the_calendar_and_of_the_law_over_two_years(clock: Clock) -> None:
    """Every day as the first, and every length up to sixty days: each pair of dates that lie so far apart."""

    def moved(day: date) -> bool:
        return clock is Clock.GCL and (day.isoweekday() == 7 or oracle.is_holiday(day))

    for first in TWO_YEARS:
        start = oracle.minutes_of(first)[-1][0]
        for days in range(1, 61):
            found = lengths.due(Length.read(f"P{days}D", clock), start)
            assert found == oracle.last_day(start, days, moved), (first, days)


@pytest.mark.parametrize("shape", SHAPES)
def test_working_days_over_two_years(shape: str) -> None:
    """From the first and the last minute of every day, and from the edges of each opening."""
    calendar, office = OURS[shape]
    for first in TWO_YEARS:
        minutes = [at for at, _ in oracle.minutes_of(first)]
        is_open = office.open_minutes(first)
        for start in {
            minutes[0],
            minutes[-1],
            *is_open[:1],
            *is_open[-1:],
            *[at + oracle.MINUTE for at in is_open[-1:]],
        }:
            for days in (1, 2, 5):
                found = lengths.due(Length.read(f"P{days}D", Clock.GL), start, calendar)
                assert found == office.later(start, days, 0), (first, start, days)


INSTANTS = st.integers(0, 1050 * 24 * 60).map(
    lambda number: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
)
CHANGES = st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), date(2027, 3, 27), date(2027, 10, 30)]).flatmap(
    lambda day: st.integers(0, 48 * 60).map(
        lambda number: datetime(day.year, day.month, day.day, 0, tzinfo=UTC) + timedelta(minutes=number)
    )
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), st.one_of(INSTANTS, CHANGES), st.integers(0, 9), st.integers(0, 3000))
def test_working_time_is_what_each_minute_adds_up_to(shape: str, start: datetime, days: int, minutes: int) -> None:
    if not days and not minutes:
        return
    calendar, office = OURS[shape]
    length = Length.read(f"P{days}DT{minutes}M" if minutes else f"P{days}D", Clock.GL)
    due_at = lengths.due(length, start, calendar)
    assert due_at == office.later(start, days, minutes)
    assert calendar.next_open(start) == next(office.from_minute(start))


HOURS = st.lists(st.integers(0, 96), unique=True, max_size=4).map(
    lambda marks: [(a * 15, b * 15) for a, b in zip(*[iter(sorted(marks))] * 2, strict=False)]
)


@settings(max_examples=150, deadline=None)
@given(
    spans=st.lists(HOURS, min_size=7, max_size=7),
    start=CHANGES,
    days=st.integers(0, 2),
    minutes=st.integers(0, 300),
    holidays=st.booleans(),
)
def test_any_week_through_both_nights_of_the_clocks(
    *, spans: list[Sequence[tuple[int, int]]], start: datetime, days: int, minutes: int, holidays: bool
) -> None:
    if not any(spans) or not (days or minutes):
        return
    calendar = Calendar(tuple(tuple(opening.Interval(*span) for span in each) for each in spans), holidays)
    office = Office(spans, holidays=holidays)
    length = Length.read(f"P{days}DT{minutes}M" if minutes else f"P{days}D", Clock.GL)
    due_at = lengths.due(length, start, calendar)
    assert due_at == office.later(start, days, minutes)
    begins = calendar.next_open(start)
    spent = sum(begins <= at < due_at for day in _days(begins, due_at) for at in office.open_minutes(day))
    assert lengths.open_time(calendar, begins, due_at) == timedelta(minutes=spent)


def _days(start: datetime, end: datetime) -> list[date]:
    first = start.astimezone(ROME).date()
    return [first + timedelta(days=number) for number in range((end - start).days + 3)]


@pytest.mark.parametrize(
    ("start", "length", "due_at"),
    [
        ("2026-03-28 22:00", "PT72H", "2026-03-31 23:00"),
        ("2026-10-24 20:00", "PT24H", "2026-10-25 19:00"),
        ("2026-03-28 23:50", "PT48H", "2026-03-31 00:50"),
        ("2026-04-04 18:50", "PT72H", "2026-04-07 18:50"),  # Easter Sunday and Monday count
    ],
)
def test_elapsed_time_stops_for_nothing(start: str, length: str, due_at: str) -> None:
    assert over("H", length, start) == due_at


@pytest.mark.parametrize(
    ("clock", "start", "length", "due_at"),
    [
        ("GCL", "2026-05-29 11:00", "P3D", "2026-06-02 00:00"),  # Monday 1 June, 24:00
        ("GCL", "2026-05-30 11:00", "P3D", "2026-06-04 00:00"),  # 2 June is a holiday
        ("GCL", "2026-05-30 11:00", "P30D", "2026-06-30 00:00"),  # 29 June is a holiday in Rome only
        ("GCL", "2026-10-01 11:00", "P3D", "2026-10-06 00:00"),  # 4 October, a Sunday and now a holiday too
        ("GCL", "2027-10-01 11:00", "P3D", "2027-10-06 00:00"),  # and on a Monday
        ("GCL", "2025-10-01 11:00", "P3D", "2025-10-05 00:00"),  # not yet, on a Saturday
        ("GC", "2026-08-14 23:00", "P5D", "2026-08-20 00:00"),  # 15 August and the weekend count
        ("GC", "2026-02-01 10:00", "P180D", "2026-08-01 00:00"),
        ("GC", "2026-05-04 10:00", "P30D", "2026-06-04 00:00"),
        ("GC", "2026-11-16 10:00", "P3M", "2027-02-17 00:00"),
        ("GC", "2027-11-30 10:00", "P3M", "2028-03-01 00:00"),  # 29 February, the last day that there is
        ("GCL", "2026-01-31 10:00", "P1M", "2026-03-01 00:00"),  # 28 February, a Saturday
    ],
)
def test_days_end_at_midnight(clock: str, start: str, length: str, due_at: str) -> None:
    assert over(clock, length, start) == due_at


@pytest.mark.parametrize(
    ("patron_day", "due_at"), [("2026-06-24", "2026-07-01 16:00"), ("2026-07-25", "2026-06-30 16:00")]
)
def test_a_patron_day_stops_the_offices_of_its_town_only(patron_day: str, due_at: str) -> None:
    patron = date.fromisoformat(patron_day)
    calendar = Calendar(week(*["09:00-17:00"] * 5, "", "").week, days=({(patron.month, patron.day): ()},))
    assert over("GL", "P5D", "2026-06-23 16:00", calendar) == due_at


@pytest.mark.parametrize(
    ("start", "length", "due_at"),
    [
        ("2026-03-02 10:20", "P1D", "2026-03-03 10:20"),
        ("2026-03-06 10:20", "P1D", "2026-03-09 10:20"),  # over the weekend
        ("2026-03-06 18:01", "P1D", "2026-03-10 09:00"),  # closed: it runs from Monday's opening
        ("2026-03-06 18:00", "P1D", "2026-03-09 18:00"),  # from closing time to closing time
        ("2026-03-06 16:00", "PT4H", "2026-03-09 11:00"),
        ("2026-03-06 16:00", "PT2H", "2026-03-06 18:00"),  # at closing time, not at the next opening
        ("2026-03-06 17:00", "P1DT2H", "2026-03-10 10:00"),
        ("2026-04-03 10:00", "P1D", "2026-04-07 10:00"),  # Good Friday to the day after Easter Monday
    ],
)
def test_a_working_day_is_a_day_of_the_agency(start: str, length: str, due_at: str) -> None:
    assert over("GL", length, start, week(*OFFICE)) == due_at


def test_a_day_that_is_shorter_than_the_term_ends_it_when_it_ends() -> None:
    calendar = week("09:00-18:00", "09:00-13:00 15:00-18:00", "14:00-18:00", "", "", "", "")
    assert over("GL", "P1D", "2026-03-02 14:00", calendar) == "2026-03-03 13:00"
    assert over("GL", "P1D", "2026-03-03 09:30", calendar) == "2026-03-04 14:00"


def test_half_of_working_time_is_half_of_the_open_time() -> None:
    start, due_at = local("2026-03-06 16:00"), local("2026-03-09 16:00")
    assert lengths.part(Clock.GL, start, due_at, 50, week(*OFFICE)) == local("2026-03-09 11:30")
    assert lengths.part(Clock.H, start, due_at, 50) == local("2026-03-08 04:00")


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        ("H", "P1M"),
        ("H", "una settimana"),
        ("H", "-PT1H"),
        ("H", "PT0H"),
        ("GC", "PT24H"),
        ("GC", "P1DT1H"),
        ("GC", "P0D"),
        ("GC", "-P1D"),
        ("GCL", "P3661D"),
        ("GCL", "P1Y1M1DT"),
        ("GL", "P1M"),
        ("GL", "PT"),
        ("GL", "P"),
        ("GL", "PT1.5H"),
        ("GL", "P99999999999999999999D"),
        ("GL", "P１D"),
    ],
)
def test_a_length_that_its_clock_cannot_count_is_none(clock: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Length.read(text, Clock(clock))


def test_an_agency_that_never_opens_has_no_working_time() -> None:
    for length in ("P1D", "PT1M"):
        with pytest.raises(NeverOpen):
            over("GL", length, "2026-03-02 10:00", week(*[""] * 7))


@pytest.mark.parametrize("clock", ["GC", "GCL", "GL"])
def test_the_end_of_the_calendar_is_an_overflow(clock: str) -> None:
    for start in ("9999-12-30 10:00", "9998-12-31 10:00"):
        with pytest.raises(OverflowError):
            over(clock, "P3650D", start, week(*ALWAYS))
