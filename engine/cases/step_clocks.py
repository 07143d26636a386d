"""The clocks of the steps of a protocol, and how far the ladders of those that run have been climbed.

Of a step that is still to come the diagram says which clocks it will have; of an open one the rows say it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import parameters
from engine.cases import lookup
from engine.cases.models import UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.definitions import repository
from engine.ladders import versions as ladders
from engine.ladders.steps import EscalationClass
from engine.participants import access

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.parameters import Parameter
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class RungMark:
    """A step of a ladder: what it says, whom it reaches; of a clock that runs, its instant and whether it has fired."""

    at: str
    targets: tuple[str, ...]
    due_at: datetime | None = None
    fired: bool = False


@dataclass(frozen=True, slots=True)
class StepClock:
    """A clock of a step: its class and length; as it is drawn its nature, and what follows if it passes.

    While it runs also its task, when it is due and its rungs.

    `length` (ISO 8601) counts on the clock `counts`.
    """

    element_id: str
    name: str
    clock: DeadlineClock
    escalation_class: EscalationClass | None
    length: str
    counts: str
    nature: str = ""
    consequence_it: str = ""
    consequence_en: str = ""
    task_id: UUID | None = None
    due_at: datetime | None = None
    rungs: tuple[RungMark, ...] = ()


def drawn(nodes: Iterable[model.Node], lengths: Mapping[str, Parameter]) -> tuple[StepClock, ...]:
    """Give the clocks that these elements say their steps will have, with the lengths that are in force."""
    return tuple(
        dict.fromkeys(
            _as_drawn(node, wanted, lengths[wanted.parameter])
            for node in nodes
            for wanted in node.deadlines
            if wanted.parameter in lengths
        )
    )


def of_version(session: Session, actor: Actor, definition_id: UUID) -> tuple[StepClock, ...]:
    """Give the clocks of all steps of a version, with the steps of the ladder that each class has now."""
    rungs = {
        name: tuple(RungMark(step["at"], tuple(step["to"])) for step in row.steps)
        for name, row in ladders.current(session, actor.network_id).items()
    }
    lengths = parameters.current(session, actor.network_id)
    found = drawn(repository.load(session, definition_id).process.steps, lengths)
    return tuple(
        replace(one, rungs=rungs.get(one.escalation_class, ())) if one.escalation_class else one for one in found
    )


def running(session: Session, actor: Actor, case_id: UUID) -> Mapping[UUID, tuple[StepClock, ...]]:
    """Give by definition the clocks of a case that run for the actor's agencies, those due soonest first."""
    query = (
        select(Deadline, UserTask.definition_id, UserTask.element_id, UserTask.name)
        .join(UserTask, UserTask.id == Deadline.task_id)
        .where(
            Deadline.case_id == case_id,
            Deadline.state == DeadlineStatus.ARMED,
            lookup.ones_own(access.scope(actor).agency_ids),
        )
        .order_by(Deadline.due_at, Deadline.id)
    )
    rows = session.execute(query).all()
    rungs = _rungs(session, [deadline.id for deadline, *_ in rows])
    found: dict[UUID, list[StepClock]] = {}
    for deadline, definition_id, element_id, name in rows:
        one = StepClock(
            element_id=element_id,
            name=name,
            clock=deadline.clock,
            escalation_class=deadline.escalation_class,
            length=deadline.length,
            counts=deadline.counts.value,
            task_id=deadline.task_id,
            due_at=deadline.due_at,
            rungs=tuple(rungs.get(deadline.id, ())),
        )
        found.setdefault(definition_id, []).append(one)
    return {definition_id: tuple(clocks) for definition_id, clocks in found.items()}


def merged(drawn_ones: Iterable[StepClock], running_ones: Iterable[StepClock]) -> tuple[StepClock, ...]:
    """Put the clocks that run in the place of what the diagram says of the same step."""
    those = tuple(running_ones)
    open_steps = {one.element_id for one in those}
    return (*those, *(one for one in drawn_ones if one.element_id not in open_steps))


def _rungs(session: Session, deadline_ids: list[UUID]) -> dict[UUID, list[RungMark]]:
    query = (
        select(Rung)
        .where(Rung.deadline_id.in_(deadline_ids), Rung.state.in_([RungStatus.WAITING, RungStatus.FIRED]))
        .order_by(Rung.deadline_id, Rung.position)
    )
    found: dict[UUID, list[RungMark]] = {}
    for row in session.scalars(query):
        fired = row.state is RungStatus.FIRED
        at = row.fired_at if fired and row.fired_at is not None else row.due_at
        found.setdefault(row.deadline_id, []).append(RungMark(row.at, tuple(row.targets), at, fired))
    return found


def _as_drawn(node: model.Node, wanted: model.Deadline, length: Parameter) -> StepClock:
    return StepClock(
        element_id=node.id,
        name=node.name or node.id,
        clock=DeadlineClock(wanted.clock),
        escalation_class=EscalationClass(wanted.escalation_class) if wanted.escalation_class else None,
        length=length.duration.text,
        counts=length.duration.clock.value,
        nature=wanted.nature,
        consequence_it=wanted.consequence[0],
        consequence_en=wanted.consequence[1] or wanted.consequence[0],
    )
