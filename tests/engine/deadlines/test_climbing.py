"""When a ladder reminds, is breached, and climbs on: exact instants, for the classes that come with the product too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import protocol_files
from engine.calendars import lengths
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from engine.calendars.timetables import DEFAULT_WEEK
from engine.deadlines import climbing
from engine.deadlines.models import RungStep
from engine.ladders import versions
from engine.ladders.steps import EscalationClass, Ladder, Step
from tests.ladders import THREE

ROME = ZoneInfo("Europe/Rome")
OFFICE = Calendar(DEFAULT_WEEK)  # 9 to 17 from Monday to Friday
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis puts the zone
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=400))
OF_THREE = versions.read(THREE)
SHIPPED = versions.read(protocol_files.shipped_ladders())


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).astimezone(UTC)


def climbs(
    start: datetime, due: datetime, ladder: Ladder, clock: Clock = Clock.H, reminders: list[str] | None = None
) -> list[datetime]:
    steps = climbing.plan(ladder, reminders, clock).steps
    return [climb.due_at for climb in climbing.climbs(start, due, steps, calendar=OFFICE)]


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("E0", timedelta(minutes=20)),
        ("E1", timedelta(hours=1)),
        # from ten o'clock on Monday to the same time on Tuesday
        ("E2", timedelta(hours=24)),
        ("E3", timedelta(hours=24)),
    ],
)
def test_a_ladder_reminds_is_breached_and_climbs_on(name: str, after: timedelta) -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    due = start + timedelta(hours=1)
    found = climbs(start, due, OF_THREE[EscalationClass(name)])
    assert found == [start + timedelta(minutes=30), due, due + after]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("E0", ["11:00", "11:30", "12:00", "12:10", "12:20", "12:40"]),
        ("E1", ["11:00", "11:36", "12:00", "13:00", "16:00", "2026-03-03 00:00"]),
        ("E2", ["11:00", "11:36", "12:00", "2026-03-03 12:00", "2026-03-05 12:00", "2026-03-09 12:00"]),
        ("E3", ["11:00", "11:36", "12:00", "2026-03-03 12:00", "2026-03-09 12:00"]),
    ],
)
def test_the_ladders_that_come_with_the_product_climb_as_the_networks_wrote_them(
    name: str, expected: list[str]
) -> None:
    found = climbs(local("2026-03-02 10:00"), local("2026-03-02 12:00"), SHIPPED[EscalationClass(name)])
    assert found == [local(text if "-" in text else f"2026-03-02 {text}") for text in expected]


def test_without_a_class_it_only_reminds() -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = climbs(start, start + timedelta(hours=2), climbing.WITHOUT_CLASS)
    assert found == [start + timedelta(hours=1)]


@pytest.mark.parametrize("name", ["E2", "E3"])
@pytest.mark.parametrize(
    ("due", "next_step"),
    [
        ("2026-03-06T10:00:00+01:00", "2026-03-09T10:00:00+01:00"),  # a Friday
        ("2026-03-07T10:00:00+01:00", "2026-03-10T09:00:00+01:00"),  # a Saturday: from Monday's opening
        ("2026-04-03T17:00:00+02:00", "2026-04-07T17:00:00+02:00"),  # Easter Monday is none
        ("2026-07-01T16:00:00+02:00", "2026-07-02T16:00:00+02:00"),
    ],
)
def test_what_is_ordinary_waits_one_working_day(name: str, due: str, next_step: str) -> None:
    due_at = datetime.fromisoformat(due)
    found = climbs(due_at - timedelta(hours=4), due_at, OF_THREE[EscalationClass(name)])
    assert found[-1] == datetime.fromisoformat(next_step)


def test_working_time_reminds_after_half_of_the_open_time() -> None:
    start, due = datetime.fromisoformat("2026-03-06T16:00+01:00"), datetime.fromisoformat("2026-03-09T16:00+01:00")
    found = climbs(start, due, OF_THREE[EscalationClass.E2], Clock.GL)
    assert found[0] == datetime.fromisoformat("2026-03-09T12:00+01:00")


@pytest.mark.parametrize(
    ("start", "length", "clock", "reminders", "expected"),
    [
        # D05, D09: a share, the time since the start
        ("2026-03-28 23:10", "PT20M", "H", ["50%", "75%"], ["2026-03-28 23:20", "2026-03-28 23:25"]),
        # from an hour before the clocks go forward: 24 and 40 elapsed hours
        ("2026-03-28 23:50", "PT48H", "H", ["PT24H", "PT40H"], ["2026-03-30 00:50", "2026-03-30 16:50"]),
        # D12, entered on a Saturday: its end rolls over the holiday of 2 June, its reminders roll over nothing
        ("2026-05-30 11:00", "P3D", "GCL", ["P1D", "P2D"], ["2026-06-01 00:00", "2026-06-02 00:00"]),
        # D34, from 1 February: the day that lies thirty days before the last one, from its beginning
        ("2026-02-01 10:00", "P180D", "GC", ["-P30D", "-P15D"], ["2026-07-01 00:00", "2026-07-16 00:00"]),
        # one that would lie before the start is none
        ("2026-03-02 10:00", "P5D", "GC", ["-P30D", "-P1D"], ["2026-03-06 00:00"]),
        ("2026-03-02 10:00", "PT36H", "H", ["-PT24H", "-PT12H"], ["2026-03-02 22:00", "2026-03-03 10:00"]),
    ],
)
def test_a_parameter_may_have_reminders_of_its_own(
    start: str, length: str, clock: str, reminders: list[str], expected: list[str]
) -> None:
    counts = Clock(clock)
    due = lengths.due(Length.read(length, counts), local(start))
    found = climbs(local(start), due, SHIPPED[EscalationClass.E1], counts, reminders)
    assert found[: len(expected)] == [local(text) for text in expected]
    assert found[len(expected)] == due


def test_reminders_beyond_those_of_the_ladder_reach_whom_its_last_one_reaches() -> None:
    steps = climbing.plan(SHIPPED[EscalationClass.E1], ["10%", "20%", "30%"], Clock.H).steps
    assert [step.to for step in steps[:3]] == [("assignee",), ("assignee", "agency_lead"), ("assignee", "agency_lead")]
    none = Ladder(Clock.H, (Step("breach", ("agency_lead",), ("tell",)),))
    assert [step.to for step in climbing.plan(none, ["10%"], Clock.H).steps] == [("assignee",), ("agency_lead",)]


def test_only_what_depends_on_opening_hours_asks_for_them() -> None:
    ladders = [(None, climbing.WITHOUT_CLASS), *SHIPPED.items()]
    asking = {
        (clock, name)
        for clock in Clock
        for name, ladder in ladders
        if climbing.need_calendar(clock, climbing.plan(ladder, None, clock).steps)
    }
    ordinary = {(clock, name) for clock in Clock for name in (EscalationClass.E2, EscalationClass.E3)}
    assert asking == ordinary | {(Clock.GL, name) for name, _ladder in ladders}


@given(INSTANTS, LENGTHS, st.sampled_from(EscalationClass), st.sampled_from(Clock))
def test_rungs_never_go_down(start: datetime, length: timedelta, name: EscalationClass, clock: Clock) -> None:
    steps = climbing.plan(SHIPPED[name], None, clock).steps
    found = climbing.climbs(start, start + length, steps, calendar=OFFICE)
    instants = [start, *(climb.due_at for climb in found)]
    assert instants == sorted(instants)
    order = list(RungStep)
    assert [order.index(climb.planned.step) for climb in found] == sorted(
        order.index(climb.planned.step) for climb in found
    )
    assert len(found) == len(SHIPPED[name].steps)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # the night when the clocks go forward has 23 hours, the one when they go back 25
        ("2026-03-28T20:00:00+01:00", "2026-03-29T21:00:00+02:00"),
        ("2026-10-24T20:00:00+02:00", "2026-10-25T19:00:00+01:00"),
    ],
)
def test_elapsed_hours_are_elapsed_hours_across_both_clock_changes(start: str, due: str) -> None:
    begins = datetime.fromisoformat(start).astimezone(UTC)
    reminder, breach, after = climbs(begins, begins + timedelta(hours=24), OF_THREE[EscalationClass.E1])
    assert breach == datetime.fromisoformat(due)
    assert breach.astimezone(ROME).isoformat() == due
    assert breach - reminder == timedelta(hours=12)
    assert after - breach == timedelta(hours=1)
