"""The instants of the networks' ten acceptance scenarios, each by ours and by the oracle; all of them are right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.calendars import lengths
from engine.calendars.lengths import Clock, Length
from tests.engine.calendars import every_minute, oracle
from tests.engine.calendars.every_minute import town

ROME = ZoneInfo("Europe/Rome")
YEARS = 2
# scenario and term, clock, start, length, end; where the office of a town counts, its name.
TERMS = [
    ("S1 D03 reminder", "H", "2026-03-28 23:55", "PT30M", "2026-03-29 00:25", None),
    ("S1 D03 second reminder, 80 %", "H", "2026-03-28 23:55", "PT48M", "2026-03-29 00:43", None),
    ("S1 D03 breach", "H", "2026-03-28 23:55", "PT1H", "2026-03-29 00:55", None),
    ("S1 D03 one hour after it", "H", "2026-03-29 00:55", "PT1H", "2026-03-29 01:55", None),
    ("S1 D31 over the change of the clocks", "H", "2026-03-28 23:57", "PT4H", "2026-03-29 04:57", None),
    ("S1 D09 over the change of the clocks", "H", "2026-03-28 23:50", "PT48H", "2026-03-31 00:50", None),
    ("S2 D23 warning", "H", "2026-04-03 19:30", "PT20H", "2026-04-04 15:30", None),
    ("S2 D23", "H", "2026-04-03 19:30", "PT24H", "2026-04-04 19:30", None),
    ("S2 D24 over Easter", "H", "2026-04-04 18:50", "PT72H", "2026-04-07 18:50", None),
    ("S2 D25", "H", "2026-04-06 11:00", "PT48H", "2026-04-08 11:00", None),
    ("S3 D12", "GCL", "2026-05-29 12:00", "P3D", "2026-06-02 00:00", None),
    ("S3 D12 on a holiday", "GCL", "2026-05-30 12:00", "P3D", "2026-06-04 00:00", None),
    ("S3 D13", "GCL", "2026-05-30 12:00", "P30D", "2026-06-30 00:00", None),
    ("S4 D43 at Busto", "GL", "2026-06-23 16:00", "P5D", "2026-07-01 16:00", "busto"),
    ("S4 D43 at Gallarate", "GL", "2026-06-23 16:00", "P5D", "2026-06-30 16:00", "gallarate"),
    ("S4 D03 on the patron day", "H", "2026-06-23 16:00", "PT24H", "2026-06-24 16:00", None),
    ("S4 E2, a working day after it", "GL", "2026-07-01 16:00", "P1D", "2026-07-02 16:00", "busto"),
    ("S6 D10", "H", "2026-03-02 10:00", "PT24H", "2026-03-03 10:00", None),
    ("S7 D32 over Ferragosto", "GC", "2026-08-14 23:00", "P5D", "2026-08-20 00:00", None),
    ("S7 D15", "H", "2026-08-14 23:00", "PT48H", "2026-08-16 23:00", None),
    ("S7 D16", "H", "2026-08-16 23:00", "PT48H", "2026-08-18 23:00", None),
    ("S8 D19", "H", "2026-11-12 18:40", "PT1H", "2026-11-12 19:40", None),
    ("S8 D39 on a patron day", "H", "2026-11-12 18:40", "PT24H", "2026-11-13 18:40", None),
    ("S8 D39 meeting", "H", "2026-11-12 18:40", "PT72H", "2026-11-15 18:40", None),
    ("S9 D34", "GC", "2026-02-01 10:00", "P180D", "2026-08-01 00:00", None),
    ("S9 D44", "GC", "2026-05-04 10:00", "P30D", "2026-06-04 00:00", None),
    ("S9 D45", "GC", "2026-06-01 10:00", "P30D", "2026-07-02 00:00", None),
    ("S10 E1, an hour after it", "H", "2026-06-06 03:10", "PT1H", "2026-06-06 04:10", None),
    ("S10 E1, four hours after it", "H", "2026-06-06 03:10", "PT4H", "2026-06-06 07:10", None),
    ("S10 D50", "GC", "2026-06-30 23:59", "P15D", "2026-07-16 00:00", None),
]
TOWNS = {name: town(name, YEARS) for name in ("busto", "gallarate")}


@pytest.mark.parametrize(
    ("start", "length", "clock", "end", "office"),
    [(s, n, c, e, o) for _, c, s, n, e, o in TERMS],
    ids=[term[0] for term in TERMS],
)
def test_a_term_of_the_scenarios_ends_when_they_say(
    start: str, length: str, clock: str, end: str, office: str | None
) -> None:
    begins, expected = at(start), at(end)
    calendar, naive = TOWNS[office] if office is not None else (None, None)
    found = Length.read(length, Clock(clock))
    assert lengths.due(found, begins, calendar) == expected
    assert (
        expected
        == {
            Clock.H: lambda: begins + found.time,
            Clock.GC: lambda: oracle.last_day(begins, found.days, lambda _day: False),
            Clock.GCL: lambda: oracle.last_day(begins, found.days, of_law),
            Clock.GL: lambda: naive.later(begins, found.days, 0) if naive is not None else None,
        }[found.clock]()
    )


def test_a_term_of_three_months_ends_on_the_same_day() -> None:
    due_at = lengths.due(Length.read("P3M", Clock.GC), at("2026-11-16 10:00"))  # S8 D20
    assert due_at == oracle.last_day(at("2026-11-16 10:00"), (date(2027, 2, 16) - date(2026, 11, 16)).days, never)


def test_rosters_are_out_seven_days_before_the_month() -> None:
    assert lengths.before(Length.read("P7D", Clock.GC), at("2026-06-01 00:00")) <= at("2026-05-26 00:00")  # S10 D51


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).astimezone(UTC)


def of_law(day: date) -> bool:
    return day.isoweekday() == 7 or oracle.is_holiday(day)


def never(_day: date) -> bool:
    return False


def test_a_part_of_the_run_over_all_towns_finds_no_difference() -> None:
    """The whole of it, ten years and nine towns, is `make calendars`."""
    calendar, office = town("saronno", YEARS)
    assert list(every_minute.every_minute(calendar, office, 200)) == []
    assert list(every_minute.working_time(calendar, office, 60, seed=1)) == []
    assert list(every_minute.pairs(40)) == []
