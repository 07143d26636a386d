"""The second person of a step of four eyes: she confirms what a colleague answered, or sends it back to her."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from engine import clock, errors, notifications
from engine.cases import clocks, execution, helping, history, lifecycle, lookup, tasks
from engine.cases.models import TaskStatus, UserTask
from engine.deadlines import arming
from engine.participants import access, directory
from engine.participants.access import Action

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.cases.tasks import Completed
    from engine.participants.access import Actor


def confirm(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    revision: int | None = None,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
    decided_by: str | None = None,
    late_reason: str | None = None,
) -> Completed:
    """Confirm the answer of a colleague to a step that the actor holds: with that it is completed.

    Raises as `tasks.complete`, MustBeAnotherPerson for her who answered, Conflict `nothing_to_confirm`.
    """
    return tasks.complete(
        session,
        actor,
        task_id,
        None,
        revision=revision,
        happened_at=happened_at,
        on_behalf_of=on_behalf_of,
        decided_by=decided_by,
        late_reason=late_reason,
    )


def send_back(session: Session, actor: Actor, task_id: UUID, *, reason: str, revision: int | None = None) -> UserTask:
    """Send an answer back unconfirmed, with a reason: it is a draft again, kept in view for her who gave it.

    Raises NotFound, TaskNotOpen, TaskNotYours, StaleRevision, Forbidden, Conflict `nothing_to_confirm`, InvalidValue.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _answered(running, actor, task_id)
        if task.state is not TaskStatus.CLAIMED or not helping.owns(session, actor, task):
            raise errors.TaskNotYours(task=task_id)
        if revision is not None and revision != task.revision:
            raise errors.StaleRevision(task=task_id)
        first = task.first_by_id
        _free(task)
        clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))
        history.of_task(running, actor, task, history.EventKind.TASK_SENT_BACK, values={"reason": text})
        other = directory.actor(session, first, task.network_id) if first is not None else None
        able = other is not None and access.may(other, Action.CLAIM, task.agency_id)
        if first is not None and other is not None and able and not running.kept_out.keeps(other):
            task.offered_to_id = first
            of_task = {"network_id": task.network_id, "case_id": task.case_id, "task_id": task.id}
            notifications.notify_people(session, [first], "sent_back", **of_task)
    return task


def take_back(session: Session, actor: Actor, task_id: UUID, *, revision: int | None = None) -> UserTask:
    """Take one's own answer back, as long as no colleague has taken the step to confirm it.

    Raises NotFound, TaskNotOpen, TaskTaken, StaleRevision, Forbidden, Conflict `nothing_to_confirm`.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _answered(running, actor, task_id)
        if task.first_by_id != actor.user_id:
            raise errors.Forbidden(action=Action.CONFIRM, agency_id=task.agency_id)
        if task.state is TaskStatus.CLAIMED:
            raise errors.TaskTaken(task=task_id)
        if revision is not None and revision != task.revision:
            raise errors.StaleRevision(task=task_id)
        _free(task)
        task.state, task.assignee_id = TaskStatus.CLAIMED, actor.user_id
        clocks.taken(session, task, happened_at=clock.now())
        history.of_task(running, actor, task, history.EventKind.TASK_TAKEN_BACK)
    return task


def _answered(running: Running, actor: Actor, task_id: UUID) -> UserTask:
    """Read a step that a first person has answered, now that its case is locked."""
    session = running.session
    task = session.get_one(UserTask, task_id, populate_existing=True)
    if not access.may_step(
        actor,
        Action.CONFIRM,
        agency_id=task.agency_id,
        channel=lookup.channel(session, task.agency_id),
        proxies=lookup.proxies(task),
    ):
        raise errors.Forbidden(action=Action.CONFIRM, agency_id=task.agency_id)
    if task.state not in tasks.OPEN_STATES:
        raise errors.TaskNotOpen(task=task_id, state=task.state.value)
    if task.first_by_id is None:
        raise errors.Conflict("nothing_to_confirm", task=task_id)
    return task


def _free(task: UserTask) -> None:
    """Let the step be one that nobody has answered; the answer stays as a draft."""
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.OPEN, None, None
    task.first_by_id = task.first_at = None
    task.revision += 1
