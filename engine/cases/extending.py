"""Extending a term: one person asks for it with a reason, another one decides, and what it was is judged all the same.

The deadline that is extended keeps its instant, and whether it was kept; it goes on in another one, with its ladder
anew. A term of law is not ours to extend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, db, errors, notifications
from engine.cases import confidential, execution, history, lifecycle, lookup, reopening
from engine.cases.models import CaseEvent, TaskStatus, UserTask
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Extension, ExtensionStatus
from engine.errors import InvalidValue
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import User
from engine.terms import Nature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

LONGEST = timedelta(days=366)
_OPEN = (TaskStatus.OPEN, TaskStatus.CLAIMED)


@dataclass(frozen=True, slots=True)
class Asked:
    """An extension that waits for another person: of which clock, until when, who asks for it and why."""

    id: UUID
    clock: DeadlineClock
    to_due_at: datetime
    asked_by: str
    asked_at: datetime
    reason: str
    may_decide: bool


def propose(
    session: Session, actor: Actor, task_id: UUID, name: DeadlineClock, *, to: datetime, reason: str
) -> Extension:
    """Ask for a clock of a step of one's own agency to end later; who may decide is told.

    Raises NotFound, Forbidden, TaskNotOpen, PathHeld, InvalidValue; Conflict `no_such_term`, `term_of_law`,
    `extension_under_way`, `nobody_decides`.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = step(running, actor, task_id)
        deadline = armed(session, task, name)
        if deadline.nature is Nature.LEGGE:
            raise errors.Conflict("term_of_law", task=task_id)
        if to.tzinfo is None or not max(deadline.due_at, clock.now()) < to <= clock.now() + LONGEST:
            raise InvalidValue("to", "not_later")
        undecided = (Extension.deadline_id == deadline.id, Extension.state == ExtensionStatus.PROPOSED)
        if session.scalar(select(Extension.id).where(*undecided)) is not None:
            raise errors.Conflict("extension_under_way", task=task_id)
        deciders = reopening.deciders(session, task, {actor.user_id})
        if actor.user_id is None or not deciders:
            raise errors.Conflict("nobody_decides", task=task_id)
        row = Extension(
            id=db.new_id(),
            network_id=task.network_id,
            case_id=task.case_id,
            task_id=task.id,
            deadline_id=deadline.id,
            to_due_at=to,
            proposed_by_id=actor.user_id,
            proposed_at=clock.now(),
        )
        session.add(row)
        said = {"extension": str(row.id), "reason": text, "clock": name.value, "to": to.isoformat()}
        history.of_task(running, actor, task, history.EventKind.EXTENSION_ASKED, values=said)
        _tell(session, task, deciders, "extension_asked")
    return row


def decide(session: Session, actor: Actor, extension_id: UUID, *, approve: bool) -> Extension:
    """Decide, as another person, whether a term ends later; who asked is told.

    Raises NotFound, Forbidden, MustBeAnotherPerson, TaskNotOpen, PathHeld; Conflict `extension_over` when it is
    decided, or its term is over otherwise.
    """
    query = select(Extension).where(Extension.id == extension_id)
    task_id = session.scalar(query.with_only_columns(Extension.task_id))
    if task_id is None:
        raise errors.NotFound(extension=extension_id)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = step(running, actor, task_id)
        row = session.scalars(query.execution_options(populate_existing=True)).one()
        if actor.user_id == row.proposed_by_id:
            raise errors.MustBeAnotherPerson(task=task_id)
        if actor.user_id not in reopening.deciders(session, task, {row.proposed_by_id}):
            raise errors.Forbidden(action=Action.EXTEND, agency_id=task.agency_id)
        deadline = session.get_one(Deadline, row.deadline_id, populate_existing=True)
        if row.state is not ExtensionStatus.PROPOSED or deadline.state is not DeadlineStatus.ARMED:
            raise errors.Conflict("extension_over", task=task_id)
        row.decided_by_id, row.decided_at = actor.user_id, clock.now()
        row.state = ExtensionStatus.APPROVED if approve else ExtensionStatus.REFUSED
        if approve:
            arming.prolong(session, deadline, row.to_due_at, now=clock.now(), timetables=running.timetables)
            session.flush()
            task.due_at = arming.next_due(session, task.id)
        kind = history.EventKind.EXTENSION_APPROVED if approve else history.EventKind.EXTENSION_REFUSED
        said = {"clock": deadline.clock.value, "from": deadline.due_at.isoformat(), "to": row.to_due_at.isoformat()}
        history.of_task(running, actor, task, kind, values=said)
        _tell(session, task, {row.proposed_by_id}, kind.value)
    return row


def of_task(session: Session, actor: Actor, task: UserTask) -> tuple[Asked, ...]:
    """Give the extensions of a step that wait for another person."""
    query = (
        select(Extension, Deadline.clock, User.display_name)
        .join(Deadline, Deadline.id == Extension.deadline_id)
        .join(User, User.id == Extension.proposed_by_id)
        .where(
            Extension.task_id == task.id,
            Extension.state == ExtensionStatus.PROPOSED,
            Deadline.state == DeadlineStatus.ARMED,
        )
    )
    rows = session.execute(query).all()
    reasons = _reasons(session, task) if rows else {}
    return tuple(
        Asked(
            row.id,
            name,
            row.to_due_at,
            asked_by,
            row.proposed_at,
            reasons.get(str(row.id), ""),
            actor.user_id in reopening.deciders(session, task, {row.proposed_by_id}),
        )
        for row, name, asked_by in rows
    )


def _reasons(session: Session, task: UserTask) -> dict[str, str]:
    """Give why extensions of a step were asked for, as the history has it, by their ids."""
    asked = (CaseEvent.task_id == task.id, CaseEvent.kind == history.EventKind.EXTENSION_ASKED)
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == task.case_id, *asked)).all()
    found = [confidential.open_history(session, event) for event in events]
    return {each["extension"]: each["reason"] for each in found if each}


def step(running: Running, actor: Actor, task_id: UUID) -> UserTask:
    """Give an open step on whose terms the actor may act. Raises Forbidden, TaskNotOpen, PathHeld, Conflict."""
    session = running.session
    task = session.get_one(UserTask, task_id, populate_existing=True)
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    if not access.may_step(actor, Action.EXTEND, agency_id=task.agency_id, channel=channel, proxies=proxies):
        raise errors.Forbidden(action=Action.EXTEND, agency_id=task.agency_id)
    if task.state not in _OPEN:
        raise errors.TaskNotOpen(task=task_id, state=task.state.value)
    lookup.require_here(task)
    if task.held_since is not None:
        raise errors.PathHeld(task=task_id)
    return task


def armed(session: Session, task: UserTask, name: DeadlineClock) -> Deadline:
    """Give the running clock of a step. Raises Conflict `no_such_term`."""
    query = select(Deadline).where(
        Deadline.task_id == task.id, Deadline.clock == name, Deadline.state == DeadlineStatus.ARMED
    )
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise errors.Conflict("no_such_term", task=task.id)
    return found


def _tell(session: Session, task: UserTask, people: set[UUID], kind: str) -> None:
    of_case = {"network_id": task.network_id, "case_id": task.case_id}
    notifications.notify_people(session, people, kind, **of_case, task_id=task.id)
