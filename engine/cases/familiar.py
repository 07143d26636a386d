"""Whom she knows already: a step that the diagram ties to an earlier one is offered first to who did that.

First, not only: the step is everybody's of the agency, for she may be ill, and nobody waits for an absent colleague. It
is kept in view for her until half of the time of reception has passed, when its ladder reminds all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import notifications
from engine.cases import separation
from engine.cases.models import TaskStatus, UserTask
from engine.definitions.models import ProcessDefinition
from engine.notifications import Receiver
from engine.participants import access, directory, substitutes
from engine.participants.access import Action

if TYPE_CHECKING:
    from engine.cases.ground import Ground


def offer(running: Ground, task: UserTask, familiar: str | None) -> None:
    """Offer a step that has just opened to who last did the step `familiar` in the case, if she still may.

    Not to whom the case keeps out, who has left the agency, or who did what this one is kept apart from.
    """
    person = _last(running, task, familiar) if familiar is not None else None
    actor = directory.actor(running.session, person, task.network_id) if person is not None else None
    if (
        person is None
        or actor is None
        or running.kept_out.keeps(actor)
        or not access.may(actor, Action.CLAIM, task.agency_id)
    ):
        return
    if separation.excluded(running.session, actor, [task]):
        return
    person = _there(running, task, person)
    task.offered_to_id = person
    notifications.notify(
        running.session,
        Receiver.person(person),
        "offered",
        network_id=task.network_id,
        case_id=task.case_id,
        task_id=task.id,
    )


def _there(running: Ground, task: UserTask, person: UUID) -> UUID:
    """Give who stands in for a person who is away, if she may do the step; else the person, who is not waited for."""
    session = running.session
    other = substitutes.instead(session, person, task.network_id, task.agency_id)
    actor = directory.actor(session, other, task.network_id) if other != person else None
    if actor is None or running.kept_out.keeps(actor) or not access.may(actor, Action.CLAIM, task.agency_id):
        return person
    return person if separation.excluded(session, actor, [task]) else other


def _last(running: Ground, task: UserTask, element_id: str) -> UUID | None:
    """Give who did a step of the same protocol last, in whichever process and version of it in this case."""
    session = running.session
    key = select(ProcessDefinition.key).where(ProcessDefinition.id == task.definition_id).scalar_subquery()
    query = (
        select(UserTask.completed_by_id)
        .join(ProcessDefinition, ProcessDefinition.id == UserTask.definition_id)
        .where(
            UserTask.case_id == task.case_id,
            UserTask.element_id == element_id,
            UserTask.agency_id == task.agency_id,
            UserTask.state == TaskStatus.COMPLETED,
            ProcessDefinition.key == key,
        )
        .order_by(UserTask.completed_at.desc(), UserTask.id)
        .limit(1)
    )
    return session.scalar(query)
