"""The ladder of a deadline: when it reminds, when it is breached, when it reaches the coordination.

The steps and their distances come from the networks' escalation classes; they are design values until a network's
technical table approves them, and become rows per network later. Pure: instants in, instants out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.calendars import lengths
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from engine.deadlines.models import RungStep
from engine.parameters import EscalationClass

_WORKING_DAY = Length.read("P1D", Clock.GL)
# From the breach to the coordination. A life does not wait for an office; what is ordinary does.
_TO_COORDINATION = {
    EscalationClass.E0: Length.of(timedelta(minutes=20)),
    EscalationClass.E1: Length.of(timedelta(hours=1)),
    EscalationClass.E2: _WORKING_DAY,
    EscalationClass.E3: _WORKING_DAY,
}


@dataclass(frozen=True, slots=True)
class Climb:
    """One rung to come: the step and its instant, aware UTC."""

    step: RungStep
    due_at: datetime


def need_calendar(clock: Clock, escalation_class: EscalationClass | None) -> bool:
    """Tell whether a deadline on this clock, or its ladder, depends on when the agency is open."""
    after = _TO_COORDINATION[escalation_class] if escalation_class is not None else None
    return clock is Clock.GL or (after is not None and after.clock is Clock.GL)


def climbs(
    starts_at: datetime,
    due_at: datetime,
    escalation_class: EscalationClass | None,
    *,
    clock: Clock = Clock.H,
    calendar: Calendar | None = None,
) -> list[Climb]:
    """List the rungs of a deadline in their order; without a class it only reminds, after half of its time.

    `calendar` is that of the agency that owes it, where `need_calendar` says so. Raises NeverOpen.
    """
    reminder = Climb(RungStep.REMINDER, lengths.half(clock, starts_at, due_at, calendar))
    if escalation_class is None:
        return [reminder]
    to_coordination = lengths.due(_TO_COORDINATION[escalation_class], due_at, calendar)
    return [reminder, Climb(RungStep.BREACH, due_at), Climb(RungStep.COORDINATION, to_coordination)]
