"""One late step as the coordination sees it: whose it is, since when, who was told, and whom to telephone.

What the step is stays with its agency (a neutral label, unless it is the reader's own): to have a step done one needs
to know who owes it, not what it says of a woman.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine import clock, errors, notifications
from engine.cases import acknowledging, execution, following, lookup, trail
from engine.cases.acknowledging import Seen
from engine.cases.following import Followed
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.oversight import told
from engine.oversight.told import Told
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.ladders.steps import EscalationClass
    from engine.participants.access import Actor
    from engine.terms import Nature


@dataclass(frozen=True, slots=True)
class LateClock:
    """A clock of the step; `late` while it runs beyond its time, `stopped_at` when the act was recorded."""

    clock: DeadlineClock
    nature: Nature
    escalation_class: EscalationClass | None
    due_at: datetime
    state: DeadlineStatus
    late: bool
    happened_at: datetime | None
    stopped_at: datetime | None
    kept: bool | None
    recorded_late: bool


@dataclass(frozen=True, slots=True)
class Next:
    """A rung that is still to be climbed."""

    step: RungStep
    targets: tuple[str, ...]
    clock: DeadlineClock
    at: datetime


@dataclass(frozen=True, slots=True)
class LateStep:
    """Everything that the page of a late step needs.

    `label`, `task_id` and `assignee_name` are None for the step of another agency, `case_id` where the case is not the
    reader's. `leads` are those who may give the step to another person of the agency. `may` says which verbs the actor
    may use on it now.
    """

    step_id: UUID
    task_id: UUID | None
    case_id: UUID | None
    case_code: str
    label: str | None
    state: TaskStatus
    agency: Agency
    leads: tuple[str, ...]
    assignee_name: str | None
    late_since: datetime | None
    clocks: tuple[LateClock, ...]
    told: tuple[Told, ...]
    seen: tuple[Seen, ...]
    next: tuple[Next, ...]
    followed: tuple[Followed, ...]
    may: frozenset[Action]


def show(session: Session, actor: Actor, step_id: UUID) -> LateStep:
    """Give the page of a late step of the network, or of an agency that one leads. Raises NotFound."""
    task = _find(session, actor, step_id)
    trail.note_task(session, actor, "late_step.read", task)
    case = session.get_one(Case, task.case_id)
    agency = session.get_one(Agency, task.agency_id)
    in_case = _in_case(session, actor, case.id)
    own = in_case and lookup.visible(actor, task)
    clocks = _clocks(session, step_id)
    return LateStep(
        step_id=step_id,
        task_id=step_id if own else None,
        case_id=case.id if in_case else None,
        case_code=case.code,
        label=task.name if own else None,
        state=task.state,
        agency=agency,
        leads=_leads(session, task),
        assignee_name=_name(session, task.assignee_id) if own else None,
        late_since=min((each.due_at for each in clocks if each.late), default=None),
        clocks=clocks,
        told=told.of_tasks(session, [step_id]).get(step_id, ()),
        seen=acknowledging.of_tasks(session, [step_id]).get(step_id, ()),
        next=_next(session, step_id),
        followed=following.of_tasks(session, task.case_id, [step_id]).get(step_id, ()),
        may=_may(actor, task),
    )


def follow(session: Session, actor: Actor, step_id: UUID) -> None:
    """Take a late step in hand for the coordination; the agency that owes it is told. The step stays where it is.

    Raises NotFound, Forbidden, TaskNotOpen.
    """
    task = _find(session, actor, step_id)
    access.require(actor, Action.FOLLOW)
    with execution.locked(session, task.case_id, actor) as running:
        session.refresh(task)
        if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED}:
            raise errors.TaskNotOpen(task=step_id, state=task.state.value)
        following.follow(running, actor, task)


def note(session: Session, actor: Actor, step_id: UUID, text: str) -> None:
    """Keep what was agreed about a late step, also once it is done. Raises NotFound, Forbidden, InvalidValue."""
    task = _find(session, actor, step_id)
    access.require(actor, Action.FOLLOW)
    with execution.locked(session, task.case_id, actor) as running:
        following.note(running, actor, task, text)


def _find(session: Session, actor: Actor, step_id: UUID) -> UserTask:
    """Find a step that is or was late, or of which a ladder has told the actor; of no other there is a page."""
    scope = access.scope(actor)
    watched = and_(UserTask.network_id == scope.network_id, scope.admits(UserTask.case_id))
    if not scope.oversees_network:
        watched = and_(watched, UserTask.agency_id.in_(scope.led_agency_ids))
    beyond = or_(
        and_(Deadline.state == DeadlineStatus.ARMED, Deadline.due_at < clock.now()),
        and_(Deadline.state == DeadlineStatus.STOPPED, Deadline.due_at < Deadline.stopped_at),
    )
    late = select(Deadline.id).where(Deadline.task_id == step_id, beyond).exists()
    query = select(UserTask).where(UserTask.id == step_id, watched, or_(late, notifications.about_step(actor, step_id)))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(task=step_id)
    return found


def _in_case(session: Session, actor: Actor, case_id: UUID) -> bool:
    query = select(Case.id).where(Case.id == case_id, Case.id.in_(access.scope(actor).case_ids))
    return session.scalar(query) is not None


def _clocks(session: Session, step_id: UUID) -> tuple[LateClock, ...]:
    now = clock.now()
    rows = session.scalars(select(Deadline).where(Deadline.task_id == step_id).order_by(Deadline.due_at, Deadline.id))
    return tuple(
        LateClock(
            clock=row.clock,
            nature=row.nature,
            escalation_class=row.escalation_class,
            due_at=row.due_at,
            state=row.state,
            late=row.state is DeadlineStatus.ARMED and row.due_at < now,
            happened_at=row.happened_at,
            stopped_at=row.stopped_at,
            kept=row.kept,
            recorded_late=row.recorded_late,
        )
        for row in rows
    )


def _next(session: Session, step_id: UUID) -> tuple[Next, ...]:
    query = (
        select(Rung.step, Rung.targets, Deadline.clock, Rung.due_at)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(Deadline.task_id == step_id, Rung.state == RungStatus.WAITING)
        .order_by(Rung.due_at, Rung.position)
    )
    return tuple(Next(step, tuple(to), name, at) for step, to, name, at in session.execute(query).all())


def _leads(session: Session, task: UserTask) -> tuple[str, ...]:
    people = directory.people_as(session, task.network_id, [task.agency_id], Role.RESPONSABILE, case_id=task.case_id)
    return tuple(person.display_name for person in people)


def _name(session: Session, user_id: UUID | None) -> str | None:
    return None if user_id is None else session.get_one(User, user_id).display_name


def _may(actor: Actor, task: UserTask) -> frozenset[Action]:
    may = {Action.FOLLOW} if access.may(actor, Action.FOLLOW) else set()
    if task.state is TaskStatus.CLAIMED and access.may(actor, Action.TAKE_OVER, task.agency_id):
        may.add(Action.TAKE_OVER)
    return frozenset(may)
