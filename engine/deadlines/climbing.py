"""When a deadline climbs: the steps of its ladder as instants. Pure: a ladder and instants in, instants out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engine.calendars import lengths
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from engine.deadlines.models import RungStep
from engine.ladders import steps
from engine.ladders.steps import Act, Kind, Ladder, Step, Target

_STEPS = {Kind.BREACH: RungStep.BREACH, Kind.AFTER: RungStep.ESCALATION}
_REMIND = Step("50%", (Target.ASSIGNEE,), (Act.TELL,))

WITHOUT_CLASS = Ladder(Clock.H, (_REMIND,))
"""Of a deadline that nothing climbs from: it only reminds, after half of its time."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A step of a ladder as it is frozen with a deadline: `at` counts on the clock `counts`."""

    at: str
    counts: Clock
    to: tuple[str, ...]
    do: tuple[str, ...]

    @property
    def step(self) -> RungStep:
        """Where it lies: before the end, at it, after it."""
        return _STEPS.get(steps.read_at(self.at).kind, RungStep.REMINDER)


@dataclass(frozen=True, slots=True)
class Climb:
    """One rung to come and its instant, aware UTC."""

    planned: Planned
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deadline climbs by: the version of a ladder, None without a class, and its steps."""

    ladder_id: UUID | None
    steps: tuple[Planned, ...]


def plan(ladder: Ladder, reminders: Sequence[str] | None, clock: Clock) -> Plan:
    """Give the steps of a ladder for a deadline on a clock, with the reminders that its parameter has of its own.

    They take the places of the ladder's, one after the other; the last one's people hear of those that are more.
    """
    own = [step for step in ladder.steps if step.kind not in {Kind.BREACH, Kind.AFTER}]
    rest = ladder.steps[len(own) :]
    if reminders is not None:
        told = own or [_REMIND]
        own = [Step(at, like.to, like.do) for at, like in zip(reminders, _lasting(told, len(reminders)), strict=True)]
    before = [Planned(step.at, clock, step.to, step.do) for step in own]
    after = [Planned(step.at, ladder.clock, step.to, step.do) for step in rest]
    return Plan(ladder.id, (*before, *after))


def need_calendar(clock: Clock, planned: Iterable[Planned]) -> bool:
    """Tell whether a deadline on this clock, or its ladder, depends on when the agency is open."""
    return clock is Clock.GL or any(one.counts is Clock.GL for one in planned if one.step is RungStep.ESCALATION)


def climbs(
    starts_at: datetime, due_at: datetime, planned: Iterable[Planned], *, calendar: Calendar | None = None
) -> list[Climb]:
    """List the rungs of a deadline in their order; a reminder that would not lie within its time is none.

    `calendar` is that of the agency that owes it, where `need_calendar` says so. Raises NeverOpen.
    """
    found = [Climb(one, at(one, starts_at, due_at, calendar)) for one in planned]
    reminders = [
        climb for climb in found if climb.planned.step is RungStep.REMINDER and starts_at <= climb.due_at <= due_at
    ]
    rest = [climb for climb in found if climb.planned.step is not RungStep.REMINDER]
    return sorted(reminders, key=lambda climb: climb.due_at) + rest


def at(planned: Planned, starts_at: datetime, due_at: datetime, calendar: Calendar | None = None) -> datetime:
    """Say when a step of a ladder is climbed. Raises NeverOpen."""
    said = steps.read_at(planned.at)
    if said.kind is Kind.BREACH:
        return due_at
    if said.kind is Kind.AFTER:
        return lengths.due(Length.read(said.length, planned.counts), due_at, calendar)
    if said.kind is Kind.SHARE:
        return lengths.part(planned.counts, starts_at, due_at, said.percent, calendar)
    length = steps.on(planned.counts, said.length)
    return lengths.due(length, starts_at, calendar) if said.kind is Kind.ELAPSED else lengths.before(length, due_at)


def _lasting(found: Sequence[Step], number: int) -> list[Step]:
    return [found[min(index, len(found) - 1)] for index in range(number)]
