"""What would become of a case in another version of its protocol: read from the move itself, made in memory.

It names elements of the protocol, what waits there and until when; never what a case says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine.bpmn.migration import CannotMigrate, Obstacle
from engine.cases import handing
from engine.cases.models import Draft, ProcessInstance, TaskStatus, UserTask
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock
from engine.definitions import queries, repository
from engine.participants import directory
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.bpmn.building import Definition
    from engine.bpmn.runtime import Instance
    from engine.bpmn.waiting import SignalSubscription, Subscription, Timer, WorkItem

    Waiting = Timer | Subscription | SignalSubscription


class Thing(StrEnum):
    """What something happens to."""

    TASK = "task"
    DRAFT = "draft"
    CLOCK = "clock"
    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"


class Fate(StrEnum):
    """What happens to it: it goes on, goes on with another form, falls away, begins, or is due at once."""

    KEPT = "kept"
    OTHER_FORM = "other_form"
    FALLS_AWAY = "falls_away"
    BEGINS = "begins"
    DUE_AT_ONCE = "due_at_once"


@dataclass(frozen=True, slots=True)
class Line:
    """What happens to one thing of a case; `element` is where it is now, `name` what that is called, `clock` which."""

    thing: Thing
    element: str
    name: str
    fate: Fate
    due_at: datetime | None = None
    clock: DeadlineClock | None = None


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What would become of a case: one line for each thing of it, or what keeps it on its versions."""

    case_id: UUID
    case_code: str
    versions: tuple[int, ...]
    lines: tuple[Line, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def position(self) -> str:
        """Where it stands in the order of a plan's pages; it tells neither which case it is nor when it was opened."""
        return sha256(str(self.case_id).encode()).hexdigest()

    @property
    def alike(self) -> str:
        """A word that is the same for all cases of which the plan says the same, but for instants."""
        said = [(line.thing, line.element, line.fate, line.clock) for line in self.lines]
        whole = (self.versions, sorted(map(str, said)), self.obstacles)
        return sha256(repr(whole).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of which the plan says the same, under the word that is theirs; instants are those of the first."""

    key: str
    count: int
    versions: tuple[int, ...]
    lines: tuple[Line, ...]
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """An instance as it would be in the new version, None where it cannot go there."""

    moved: Instance | None
    lines: tuple[Line, ...]
    obstacles: tuple[Obstacle, ...]


def groups(plans: Iterable[CasePlan]) -> list[Group]:
    """Gather cases that would fare alike: how many stand where, never whose they are."""
    found: dict[str, list[CasePlan]] = {}
    for one in plans:
        found.setdefault(one.alike, []).append(one)
    return [
        Group(key, len(alike), alike[0].versions, alike[0].lines, alike[0].obstacles) for key, alike in found.items()
    ]


def examine(
    session: Session, row: ProcessInstance, instance: Instance, definition: Definition, names: Mapping[str, str]
) -> Examined:
    """Make the move of an instance in memory, and say what it changes; `instance` stays as it is."""
    tasks = {task.id: task for task in session.scalars(_OPEN.where(UserTask.instance_id == row.id)).all()}
    obstacles = [*_unplayed(session, row, definition), *_no_longer_apart(session, row, definition, names)]
    moved = None
    try:
        moved = instance.migrated(definition, names, {task.id: task.created_at for task in tasks.values()})
    except CannotMigrate as refused:
        obstacles += refused.obstacles
    if moved is not None:
        standing = {incident.id for incident in instance.incidents}
        obstacles += [Obstacle(new.node.id, new.code) for new in moved.incidents if new.id not in standing]
    if moved is None or obstacles:
        return Examined(None, (), tuple(obstacles))
    lines = [*_of_tasks(session, tasks, moved), *_of_waiting(instance, moved)]
    return Examined(moved, tuple(lines), ())


_OPEN = select(UserTask).where(UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))


def clocks_asked(session: Session, task: UserTask, item: WorkItem) -> tuple[set[DeadlineClock], set[DeadlineClock]]:
    """Give the clocks that the diagram asks of a task now, and those that it will ask."""
    before, after = repository.load(session, task.definition_id).node(task.element_id), item.node
    return _asked(task, before), _asked(task, after)


def _asked(task: UserTask, node: model.Node) -> set[DeadlineClock]:
    return {DeadlineClock(one.clock) for one in node.deadlines} & set(handing.clocks_of(task, node))


def has_other_form(session: Session, task: UserTask, item: WorkItem) -> bool:
    """Say whether the form of a task is another one in the new version."""
    if task.form_id is None or item.node.form_id is None:
        return task.form_id != item.node.form_id
    before = queries.form_source(session, task.definition_id, task.form_id)
    return before != queries.form_source(session, item.definition_id, item.node.form_id)


def _unplayed(session: Session, row: ProcessInstance, definition: Definition) -> Iterator[Obstacle]:
    """Give the lanes that the case has no agency for, and that not exactly one agency can play."""
    query = select(CaseParticipation.lane).where(
        CaseParticipation.case_id == row.case_id, CaseParticipation.ended_why.is_(None)
    )
    bound = set(session.scalars(query).all())
    handed = queries.handed_lanes(session, definition.id)
    for lane in queries.lanes_of(session, definition.id):
        if lane.id not in {*bound, *handed} and len(directory.agencies_for(session, row.network_id, lane.id)) != 1:
            yield Obstacle(lane.id, "lane_without_agency")


def _no_longer_apart(
    session: Session, row: ProcessInstance, definition: Definition, names: Mapping[str, str]
) -> Iterator[Obstacle]:
    """Give the steps that another one is kept apart from, and that were done under another id."""
    apart = {one for node in definition.process.all_nodes.values() for one in node.separate_from}
    renamed = [before for before, after in names.items() if after in apart and before != after]
    done = select(UserTask.element_id).where(
        UserTask.instance_id == row.id, UserTask.state == TaskStatus.COMPLETED, UserTask.element_id.in_(renamed)
    )
    for element in sorted(set(session.scalars(done).all())):
        yield Obstacle(element, "separation_lost")


def _of_tasks(session: Session, tasks: Mapping[UUID, UserTask], moved: Instance) -> Iterator[Line]:
    drafted = set(session.scalars(select(Draft.task_id).where(Draft.task_id.in_(tasks))).all())
    running = select(Deadline).where(Deadline.task_id.in_(tasks), Deadline.state.in_(arming.RUNNING))
    due = {(one.task_id, one.clock): one.due_at for one in session.scalars(running).all()}
    for item in moved.work_items:
        task = tasks.get(item.id)
        if task is None:
            yield Line(Thing.TASK, item.node.id, item.node.name, Fate.BEGINS)
            continue
        fate = Fate.OTHER_FORM if has_other_form(session, task, item) else Fate.KEPT
        yield Line(Thing.TASK, item.node.id, item.node.name, fate)
        if task.id in drafted:
            yield Line(Thing.DRAFT, item.node.id, item.node.name, fate)
        yield from _of_clocks(session, task, item, due)


def _of_clocks(
    session: Session, task: UserTask, item: WorkItem, due: Mapping[tuple[UUID, DeadlineClock], datetime]
) -> Iterator[Line]:
    before, after = clocks_asked(session, task, item)
    for name in sorted(before | after):
        due_at = due.get((task.id, name))
        if name in before and due_at is not None:
            fate = Fate.KEPT if name in after else Fate.FALLS_AWAY
            yield Line(Thing.CLOCK, item.node.id, item.node.name, fate, due_at, name)
        elif name not in before and begins(task, name):
            yield Line(Thing.CLOCK, item.node.id, item.node.name, Fate.BEGINS, None, name)


def begins(task: UserTask, name: DeadlineClock) -> bool:
    """Say whether a clock that is asked from now on begins for a task: not for what has been done already."""
    return name is not DeadlineClock.RECEPTION or task.state is TaskStatus.OPEN


def _of_waiting(instance: Instance, moved: Instance) -> Iterator[Line]:
    for thing, before, after in (
        (Thing.TIMER, instance.timers, moved.timers),
        (Thing.MESSAGE, instance.subscriptions, moved.subscriptions),
        (Thing.SIGNAL, instance.signal_subscriptions, moved.signal_subscriptions),
    ):
        yield from _compared(thing, before, after, moved.host.now)


def _compared(thing: Thing, before: Sequence[Waiting], after: Sequence[Waiting], now: datetime) -> Iterator[Line]:
    known, kept = {one.id for one in before}, {one.id for one in after}
    for one in after:
        due_at = getattr(one, "due_at", None)
        fate = Fate.KEPT if one.id in known else Fate.BEGINS
        if due_at is not None and due_at <= now:
            fate = Fate.DUE_AT_ONCE
        yield Line(thing, one.node.id, one.node.name, fate, due_at)
    for one in before:
        if one.id not in kept:
            yield Line(thing, one.node.id, one.node.name, Fate.FALLS_AWAY, getattr(one, "due_at", None))
