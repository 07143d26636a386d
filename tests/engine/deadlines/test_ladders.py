"""When a ladder reminds, is breached, and reaches the coordination: exact instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deadlines import ladders
from engine.deadlines.models import RungStep
from engine.parameters import EscalationClass

ROME = ZoneInfo("Europe/Rome")
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis puts the zone
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=400))


@pytest.mark.parametrize(
    ("escalation", "to_coordination"),
    [
        (EscalationClass.E0, timedelta(minutes=20)),
        (EscalationClass.E1, timedelta(hours=1)),
        (EscalationClass.E2, timedelta(hours=24)),
        (EscalationClass.E3, timedelta(hours=24)),
    ],
)
def test_three_rungs_half_way_at_the_end_and_some_time_after_it(
    escalation: EscalationClass, to_coordination: timedelta
) -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    due = start + timedelta(hours=1)
    assert ladders.climbs(start, due, escalation) == [
        ladders.Climb(RungStep.REMINDER, start + timedelta(minutes=30)),
        ladders.Climb(RungStep.BREACH, due),
        ladders.Climb(RungStep.COORDINATION, due + to_coordination),
    ]


def test_without_a_class_it_only_reminds() -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert ladders.climbs(start, start + timedelta(hours=2), None) == [
        ladders.Climb(RungStep.REMINDER, start + timedelta(hours=1))
    ]


@given(INSTANTS, LENGTHS, st.sampled_from(EscalationClass))
def test_rungs_never_go_down(start: datetime, length: timedelta, escalation: EscalationClass) -> None:
    climbs = ladders.climbs(start, start + length, escalation)
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
