"""The diagrams of a case as somebody may see them, and where in his part of them it stands.

Marks come from the rows of user tasks; no workflow is opened. Another agency's step has none: the table beside the
diagram tells that it exists and how it stands, but not where in the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from engine import clock, parameters
from engine.bpmn import model, reduction
from engine.cases import lookup, step_clocks, trail
from engine.cases.models import ProcessInstance, TaskStatus, UserTask
from engine.cases.step_clocks import StepClock
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import access
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from engine.bpmn.building import Definition
    from engine.participants.access import Actor

LIMIT = 20
"""Diagrams of one case: protocols that it has run, with those that they call."""


class Mark(StrEnum):
    """How a step stands; where it has been gone through several times, what is still to be done counts."""

    DONE = "done"
    CURRENT = "current"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Diagram:
    """One protocol of the case: the reader's own part of its BPMN, and marks by the ids of its elements.

    `counts`: of steps that are done several times at once, how many are done and how many there are. `bpmn` is None
    where the file has no drawing: then `steps` are the reader's own, id and name, to be listed in its place. `clocks`
    are those of the reader's own steps, with the ladders of those that run.
    """

    definition_id: UUID
    bpmn: bytes | None
    marks: Mapping[str, Mark]
    counts: Mapping[str, tuple[int, int]]
    clocks: tuple[StepClock, ...]
    steps: tuple[tuple[str, str], ...] = ()


def of_case(session: Session, actor: Actor, case_id: UUID, *, foreign_name: str) -> tuple[Diagram, ...]:
    """Give the diagrams of a case in which the actor's agencies have a part now. Raises NotFound.

    `foreign_name` is what every element of other agencies is called.
    """
    lookup.case(session, actor, case_id, to_read=True)
    trail.note(session, actor, "diagram.read", case_id)
    lanes = _lanes(session, actor, case_id)
    steps = _steps(session, actor, case_id)
    marks = {definition_id: _marks(found) for definition_id, found in steps.items()}
    definitions = [repository.load(session, found) for found in _definition_ids(session, case_id, marks)]
    sources = _sources(session, [definition.id for definition in definitions])
    drawn = [
        (each, reduction.own_part(sources[each.id], each.process, lanes, foreign_name=foreign_name))
        for each in definitions
    ]
    lengths, running = parameters.current(session, actor.network_id), step_clocks.running(session, actor, case_id)
    return tuple(
        Diagram(
            definition_id=each.id,
            bpmn=bpmn,
            marks=_with_containers(each, marks),
            counts=_counts(each, steps.get(each.id, ())),
            clocks=step_clocks.merged(step_clocks.drawn(_own(each, lanes), lengths), running.get(each.id, ())),
            steps=_in_words(each, lanes),
        )
        for each, bpmn in drawn
        if bpmn is not None or _in_words(each, lanes)
    )


def _lanes(session: Session, actor: Actor, case_id: UUID) -> frozenset[str]:
    """Give the lanes that the actor's agencies play now, and those in which they record steps for another."""
    now, agency_ids = clock.now(), access.scope(actor).agency_ids
    played = select(CaseParticipation.lane).where(
        CaseParticipation.case_id == case_id,
        access.going_on(now),
        CaseParticipation.agency_id.in_(agency_ids),
    )
    recorded = select(UserTask.lane).where(UserTask.case_id == case_id, UserTask.proxy_id.in_(agency_ids))
    return frozenset(session.scalars(played.union(recorded)).all())


def _steps(session: Session, actor: Actor, case_id: UUID) -> dict[UUID, list[tuple[str, Mark, int]]]:
    """Give by definition how the actor's own steps stand: element, mark, how many of these there are."""
    running = (
        select(Deadline.task_id, func.min(Deadline.due_at).label("due_at"))
        .where(Deadline.case_id == case_id, Deadline.state == DeadlineStatus.ARMED)
        .group_by(Deadline.task_id)
        .subquery()
    )
    query = (
        select(UserTask.definition_id, UserTask.element_id, UserTask.state, running.c.due_at, func.count())
        .outerjoin(running, running.c.task_id == UserTask.id)
        .where(
            UserTask.case_id == case_id,
            UserTask.state != TaskStatus.CANCELLED,
            lookup.ones_own(access.scope(actor).agency_ids),
        )
        .group_by(UserTask.definition_id, UserTask.element_id, UserTask.state, running.c.due_at)
    )
    found: dict[UUID, list[tuple[str, Mark, int]]] = {}
    for definition_id, element_id, state, due_at, count in session.execute(query).all():
        late = due_at is not None and due_at < clock.now()
        mark = Mark.DONE if state is TaskStatus.COMPLETED else Mark.LATE if late else Mark.CURRENT
        found.setdefault(definition_id, []).append((element_id, mark, count))
    return found


def _marks(steps: Iterable[tuple[str, Mark, int]]) -> dict[str, Mark]:
    marks: dict[str, Mark] = {}
    for element_id, mark, _count in steps:
        marks[element_id] = _more(marks.get(element_id, Mark.DONE), mark)
    return marks


def _counts(definition: Definition, steps: Iterable[tuple[str, Mark, int]]) -> dict[str, tuple[int, int]]:
    """Count steps of which all instances are there from the beginning; of others nobody knows here how many come."""
    counts: dict[str, tuple[int, int]] = {}
    for element_id, mark, count in steps:
        loop = definition.node(element_id).loop
        if isinstance(loop, model.MultiInstance) and not loop.sequential:
            done, total = counts.get(element_id, (0, 0))
            counts[element_id] = (done + count * (mark is Mark.DONE), total + count)
    return counts


def _own(definition: Definition, lanes: frozenset[str]) -> tuple[model.Node, ...]:
    return tuple(node for node in definition.process.steps if node.lane in lanes)


def _in_words(definition: Definition, lanes: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Give the steps in these lanes of a process that has no drawing."""
    steps = () if definition.process.drawn else _own(definition, lanes)
    return tuple((node.id, node.name or node.id) for node in steps)


def _definition_ids(session: Session, case_id: UUID, marks: Mapping[UUID, object]) -> list[UUID]:
    query = (
        select(ProcessInstance.definition_id)
        .where(ProcessInstance.case_id == case_id)
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
        .limit(LIMIT)
    )
    return list(dict.fromkeys([*session.scalars(query).all(), *sorted(marks)]))[:LIMIT]


def _sources(session: Session, definition_ids: list[UUID]) -> dict[UUID, bytes]:
    query = select(ProcessDefinition.id, ProcessDefinition.bpmn).where(ProcessDefinition.id.in_(definition_ids))
    return {row.id: row.bpmn for row in session.execute(query)}


def _with_containers(definition: Definition, marks: Mapping[UUID, Mapping[str, Mark]]) -> dict[str, Mark]:
    """Give the marks of one diagram; what contains steps has that of one's own which are still to be done in it.

    That those are done does not tell that it is: others may have theirs still before them.
    """
    result = dict(marks.get(definition.id, {}))
    for node in definition.process.all_nodes.values():
        inside = max(_inside(definition, node, marks), key=_ORDER.index, default=Mark.DONE)
        if inside is not Mark.DONE:
            result[node.id] = inside
    return result


def _inside(definition: Definition, node: model.Node, marks: Mapping[UUID, Mapping[str, Mark]]) -> Iterator[Mark]:
    """Go through the marks of a subprocess, or of the process that a call activity runs."""
    for key in node.called:
        yield from marks.get(definition.called[key].id, {}).values()
    for inner in node.scope.nodes.values() if node.scope is not None else ():
        mark = marks.get(definition.id, {}).get(inner.id)
        yield from [mark] if mark is not None else []
        yield from _inside(definition, inner, marks)


_ORDER = (Mark.DONE, Mark.CURRENT, Mark.LATE)


def _more(one: Mark, other: Mark) -> Mark:
    return max(one, other, key=_ORDER.index)
