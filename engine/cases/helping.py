"""Further owners of a step: whom its ladder names beside whoever has it, and takes nothing from anybody.

She may begin, fill in and do it, and finds it in her inbox. Only who could take the step is named: she works for the
agency that owes it, the case does not keep her out, she is none of whom another person has to stand beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, select

from engine import clock
from engine.cases import history, lookup, separation
from engine.cases.helper_models import TaskHelper
from engine.cases.models import UserTask
from engine.participants import access, directory
from engine.participants.access import Action, Actor
from engine.participants.models import Channel, User

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.deadlines.models import Deadline
    from engine.notifications import Receiver


def owns(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether somebody has a step, or is a further owner of it."""
    if task.assignee_id == actor.user_id:
        return True
    return actor.user_id is not None and session.get(TaskHelper, (actor.user_id, task.id)) is not None


def is_helped_by(reader: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Say of tasks that somebody is a further owner of them."""
    named = select(TaskHelper.task_id).where(TaskHelper.task_id == UserTask.id, TaskHelper.user_id == reader)
    return exists(named.correlate(UserTask))


def of_task(session: Session, task: UserTask) -> tuple[str, ...]:
    """Give the names of the further owners of a step, in the order in which they were named."""
    query = select(User.display_name).join(TaskHelper, TaskHelper.user_id == User.id)
    named = query.where(TaskHelper.task_id == task.id).order_by(TaskHelper.since, User.display_name)
    return tuple(session.scalars(named).all())


def able(running: Ground, task: UserTask, agency_id: UUID | None, told: Iterable[Receiver]) -> tuple[UUID, ...]:
    """Give those of whom a ladder tells that could do a step besides whoever has it, of the agency that sees to it."""
    session, found = running.session, dict[UUID, None]()
    for receiver in told:
        if receiver.user_id is not None:
            found[receiver.user_id] = None
        elif receiver.role is not None and agency_id is not None and receiver.agency_id == agency_id:
            people = directory.people_as(session, task.network_id, [agency_id], receiver.role, case_id=task.case_id)
            found |= dict.fromkeys(person.id for person in people)
    return tuple(one for one in found if one != task.assignee_id and _could(running, task, one))


def add(running: Ground, task: UserTask, deadline: Deadline, people: Iterable[UUID]) -> None:
    """Name people as further owners of a step; who is one already stays it. Whoever has the step keeps it."""
    session = running.session
    known = set(session.scalars(select(TaskHelper.user_id).where(TaskHelper.task_id == task.id)).all())
    new = [one for one in people if one not in known]
    for user_id in new:
        session.add(
            TaskHelper(
                user_id=user_id,
                task_id=task.id,
                network_id=task.network_id,
                case_id=task.case_id,
                deadline_id=deadline.id,
                since=clock.now(),
            )
        )
    if new:
        names = session.scalars(select(User.display_name).where(User.id.in_(new)).order_by(User.display_name)).all()
        told = {"note": ", ".join(names), "people": [str(one) for one in new]}
        history.of_task(
            running, Actor.system(task.network_id), task, history.EventKind.HELPER_ADDED, in_person=True, values=told
        )


def _could(running: Ground, task: UserTask, user_id: UUID) -> bool:
    session = running.session
    person = directory.actor(session, user_id, task.network_id)
    # Not what the command has read: in due work that is done within somebody's command it is as the rows are.
    if person is None or running.kept_out.keeps(person) or separation.excluded(session, person, [task]):
        return False
    channel: Channel = lookup.channel(session, task.agency_id)
    return access.may_step(
        person, Action.CLAIM, agency_id=task.agency_id, channel=channel, proxies=lookup.proxies(task)
    )
