"""Saying "I have seen it" of a late step: its ladder climbs no further for the time that the class sets.

It gives nobody access to anything. When that time is over it must be said again, else the next rung runs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, db, errors, notifications
from engine.cases import acting, execution, history, lookup
from engine.cases.models import UserTask
from engine.deadlines.models import Acknowledgement, Deadline, DeadlineStatus, Rung, RungStatus, SeenBy
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody has said that she has seen it: who, when, how, until when the ladder stands still."""

    by: str
    at: datetime
    how: SeenBy
    until: datetime


@db.over(Reach.EVERYTHING)
def acknowledge(session: Session, deadline_id: UUID, user_id: UUID, how: SeenBy) -> Acknowledgement:
    """Stop the climb of a deadline for a person who has been told of it, or who can take its step.

    Raises NotFound, also for whom the case keeps out; Conflict `nothing_to_acknowledge` where nothing climbs.
    """
    found = session.get(Deadline, deadline_id)
    actor = directory.actor(session, user_id, found.network_id) if found is not None else None
    if found is None or actor is None:
        raise errors.NotFound(deadline=deadline_id)
    return _of_step(session, actor, found.task_id, how, only=deadline_id)[0]


@db.over(Reach.EVERYTHING)
def acknowledge_step(session: Session, actor: Actor, task_id: UUID, how: SeenBy) -> list[Acknowledgement]:
    """Stop the climb of every clock of a step whose ladder has told somebody. Raises as `acknowledge`."""
    return _of_step(session, actor, task_id, how, only=None)


def of_tasks(session: Session, task_ids: Collection[UUID]) -> dict[UUID, tuple[Seen, ...]]:
    """Give who has said of each task that she has seen it, oldest first; of two clocks at once it is said once."""
    query = (
        select(Deadline.task_id, User.display_name, Acknowledgement)
        .join(Deadline, Deadline.id == Acknowledgement.deadline_id)
        .join(User, User.id == Acknowledgement.user_id)
        .where(Deadline.task_id.in_(task_ids))
        .order_by(Acknowledgement.at, Acknowledgement.until.desc())
    )
    found: dict[UUID, dict[object, Seen]] = {}
    for task_id, name, row in session.execute(query).all():
        found.setdefault(task_id, {}).setdefault((row.user_id, row.at), Seen(name, row.at, row.how, row.until))
    return {task_id: tuple(seen.values()) for task_id, seen in found.items()}


def concerns(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether a ladder has told the actor of a step, or it is one that her agency does."""
    agencies = {task.agency_id, *lookup.proxies(task)}
    if any(access.may(actor, Action.CLAIM, agency_id) for agency_id in agencies):
        return True
    return bool(session.scalar(select(notifications.about_step(actor, task.id))))


def stop(
    session: Session, actor: Actor, task: UserTask, how: SeenBy, *, only: UUID | None = None
) -> list[Acknowledgement]:
    """Stop the climb of the clocks of a step that the caller has let the actor speak for. Raises NotFound, Conflict."""
    with execution.locked(session, task.case_id, actor) as running:
        said = [
            _stop(running, actor, task, row, how)
            for row in _climbing(session, actor, task, how)
            if only in {None, row.id}
        ]
        if not said:
            raise errors.Conflict("nothing_to_acknowledge", task=task.id)
        history.of_task(running, actor, task, history.EventKind.RUNG_ACKNOWLEDGED, in_person=True)
    return said


def _of_step(session: Session, actor: Actor, task_id: UUID, how: SeenBy, *, only: UUID | None) -> list[Acknowledgement]:
    task = session.get(UserTask, task_id)
    if task is None or task.network_id != actor.network_id or not concerns(session, actor, task):
        raise errors.NotFound(task=task_id)
    return stop(session, actor, task, how, only=only)


def _climbing(session: Session, actor: Actor, task: UserTask, how: SeenBy) -> list[Deadline]:
    """Give the clocks of a step that run and have told somebody.

    Whoever is called needs to be told by none, nor who has a step that would go back if she says nothing.
    """
    goes_back = task.return_at is not None and task.assignee_id == actor.user_id
    state = RungStatus.WAITING if how is SeenBy.CALL or goes_back else RungStatus.FIRED
    fired = select(Rung.id).where(Rung.deadline_id == Deadline.id, Rung.state == state)
    query = select(Deadline).where(
        Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED, Deadline.escalation_class.is_not(None)
    )
    return list(session.scalars(query.where(fired.exists()).order_by(Deadline.due_at, Deadline.id)))


def _stop(running: Running, actor: Actor, task: UserTask, deadline: Deadline, how: SeenBy) -> Acknowledgement:
    session, until = running.session, acting.stands_still(running, deadline, clock.now())
    waiting = select(Rung).where(Rung.deadline_id == deadline.id, Rung.state == RungStatus.WAITING, Rung.due_at < until)
    for rung in session.scalars(waiting.execution_options(populate_existing=True)).all():
        rung.due_at = until
    row = Acknowledgement(
        network_id=task.network_id,
        case_id=task.case_id,
        deadline_id=deadline.id,
        user_id=actor.user_id,
        how=how,
        at=clock.now(),
        until=until,
    )
    session.add(row)
    return row
