"""The ladder of a deadline: when it reminds, when it is breached, when it reaches the coordination.

The steps and their distances come from the networks' escalation classes; they are design values until a network's
technical table approves them, and become rows per network later. Pure: instants in, instants out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.deadlines.models import RungStep
from engine.parameters import EscalationClass

REMINDER_SHARE = 0.5
"""Share of the time after which the one who owes the step is reminded."""

# From the breach to the coordination, in elapsed time. E2 and E3 say one working day; until the working calendars are
# there it is a day of 24 hours, which is never later.
_TO_COORDINATION = {
    EscalationClass.E0: timedelta(minutes=20),
    EscalationClass.E1: timedelta(hours=1),
    EscalationClass.E2: timedelta(hours=24),
    EscalationClass.E3: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Climb:
    """One rung to come: the step and its instant, aware UTC."""

    step: RungStep
    due_at: datetime


def climbs(starts_at: datetime, due_at: datetime, escalation_class: EscalationClass | None) -> list[Climb]:
    """List the rungs of a deadline in their order; without a class it only reminds."""
    reminder = Climb(RungStep.REMINDER, starts_at + (due_at - starts_at) * REMINDER_SHARE)
    if escalation_class is None:
        return [reminder]
    return [
        reminder,
        Climb(RungStep.BREACH, due_at),
        Climb(RungStep.COORDINATION, due_at + _TO_COORDINATION[escalation_class]),
    ]
