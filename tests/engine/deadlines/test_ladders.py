"""When a ladder reminds, is breached, and reaches the coordination: exact instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock
from engine.calendars.timetables import DEFAULT_WEEK
from engine.deadlines import ladders
from engine.deadlines.models import RungStep
from engine.parameters import EscalationClass

ROME = ZoneInfo("Europe/Rome")
OFFICE = Calendar(DEFAULT_WEEK)  # 9 to 17 from Monday to Friday
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis puts the zone
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=400))


@pytest.mark.parametrize(
    ("escalation", "to_coordination"),
    [
        (EscalationClass.E0, timedelta(minutes=20)),
        (EscalationClass.E1, timedelta(hours=1)),
        # from ten o'clock on Monday to the same time on Tuesday
        (EscalationClass.E2, timedelta(hours=24)),
        (EscalationClass.E3, timedelta(hours=24)),
    ],
)
def test_three_rungs_half_way_at_the_end_and_some_time_after_it(
    escalation: EscalationClass, to_coordination: timedelta
) -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    due = start + timedelta(hours=1)
    assert ladders.climbs(start, due, escalation, calendar=OFFICE) == [
        ladders.Climb(RungStep.REMINDER, start + timedelta(minutes=30)),
        ladders.Climb(RungStep.BREACH, due),
        ladders.Climb(RungStep.COORDINATION, due + to_coordination),
    ]


def test_without_a_class_it_only_reminds() -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert ladders.climbs(start, start + timedelta(hours=2), None) == [
        ladders.Climb(RungStep.REMINDER, start + timedelta(hours=1))
    ]


@pytest.mark.parametrize("escalation", [EscalationClass.E2, EscalationClass.E3])
@pytest.mark.parametrize(
    ("due", "coordination"),
    [
        ("2026-03-06T10:00:00+01:00", "2026-03-09T10:00:00+01:00"),  # a Friday
        ("2026-03-07T10:00:00+01:00", "2026-03-10T09:00:00+01:00"),  # a Saturday: from Monday's opening
        ("2026-04-03T17:00:00+02:00", "2026-04-07T17:00:00+02:00"),  # Easter Monday is none
        ("2026-07-01T16:00:00+02:00", "2026-07-02T16:00:00+02:00"),
    ],
)
def test_what_is_ordinary_waits_one_working_day_for_the_coordination(
    escalation: EscalationClass, due: str, coordination: str
) -> None:
    due_at = datetime.fromisoformat(due)
    climbs = ladders.climbs(due_at - timedelta(hours=4), due_at, escalation, calendar=OFFICE)
    assert climbs[-1].due_at == datetime.fromisoformat(coordination)


def test_working_time_reminds_after_half_of_the_open_time() -> None:
    start, due = datetime.fromisoformat("2026-03-06T16:00+01:00"), datetime.fromisoformat("2026-03-09T16:00+01:00")
    reminder, *_rest = ladders.climbs(start, due, EscalationClass.E2, clock=Clock.GL, calendar=OFFICE)
    assert reminder.due_at == datetime.fromisoformat("2026-03-09T12:00+01:00")


def test_only_what_depends_on_opening_hours_asks_for_them() -> None:
    asking = {
        (clock, escalation)
        for clock in Clock
        for escalation in (None, *EscalationClass)
        if ladders.need_calendar(clock, escalation)
    }
    ordinary = {(clock, escalation) for clock in Clock for escalation in (EscalationClass.E2, EscalationClass.E3)}
    assert asking == ordinary | {(Clock.GL, escalation) for escalation in (None, *EscalationClass)}


@given(INSTANTS, LENGTHS, st.sampled_from(EscalationClass), st.sampled_from(Clock))
def test_rungs_never_go_down(start: datetime, length: timedelta, escalation: EscalationClass, clock: Clock) -> None:
    climbs = ladders.climbs(start, start + length, escalation, clock=clock, calendar=OFFICE)
    instants = [start, *(climb.due_at for climb in climbs)]
    assert instants == sorted(instants)
    assert [climb.step for climb in climbs] == list(RungStep)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # the night when the clocks go forward has 23 hours, the one when they go back 25
        ("2026-03-28T20:00:00+01:00", "2026-03-29T21:00:00+02:00"),
        ("2026-10-24T20:00:00+02:00", "2026-10-25T19:00:00+01:00"),
    ],
)
def test_elapsed_hours_are_elapsed_hours_across_both_clock_changes(start: str, due: str) -> None:
    begins = datetime.fromisoformat(start)
    reminder, breach, coordination = ladders.climbs(
        begins.astimezone(UTC), begins.astimezone(UTC) + timedelta(hours=24), EscalationClass.E1
    )
    assert breach.due_at == datetime.fromisoformat(due)
    assert breach.due_at.astimezone(ROME).isoformat() == due
    assert breach.due_at - reminder.due_at == timedelta(hours=12)
    assert coordination.due_at - breach.due_at == timedelta(hours=1)
