"""The coordination and a late step: that it follows it, and what was agreed about it by telephone.

Both are lines of the case's history under the agency that owes the step, so its people read them where they read
everything else; what was agreed is sealed as all that history says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from engine import notifications
from engine.cases import confidential, history, lifecycle, lookup, targets
from engine.cases.models import CaseEvent, UserTask
from engine.notifications import Receiver
from engine.participants.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

NOTICE = "followed"
_KINDS = (history.EventKind.COORDINATION_FOLLOWS, history.EventKind.COORDINATION_NOTE)
_OF_ITS_PEOPLE = (*_KINDS, history.EventKind.SHIFT_NOTE)


@dataclass(frozen=True, slots=True)
class Followed:
    """What the coordination did about a step: it follows it, or (with a note) it has agreed something about it.

    Or `of_colleague`: the note that one of its agency has left for whoever takes it next.
    """

    at: datetime
    by: str
    user_id: UUID | None
    note: str | None
    of_colleague: bool


def follow(running: Running, actor: Actor, task: UserTask) -> None:
    """Record that the actor follows a step for the coordination, and tell who owes it. Once is enough."""
    known = of_tasks(running.session, task.case_id, [task.id]).get(task.id, ())
    if any(line.user_id == actor.user_id and line.note is None for line in known):
        return
    history.of_task(running, actor, task, history.EventKind.COORDINATION_FOLLOWS, in_person=True)
    for receiver in _owing(running, task):
        notifications.notify(
            running.session,
            receiver,
            NOTICE,
            network_id=task.network_id,
            case_id=task.case_id,
            task_id=task.id,
        )


def note(running: Running, actor: Actor, task: UserTask, text: str) -> None:
    """Record what was agreed about a step. Raises InvalidValue for an empty or too long text."""
    values = {"note": lifecycle.require_text("note", text)}
    history.of_task(running, actor, task, history.EventKind.COORDINATION_NOTE, in_person=True, values=values)


def of_tasks(
    session: Session, case_id: UUID, task_ids: Collection[UUID], *, to_its_people: bool = False
) -> dict[UUID, tuple[Followed, ...]]:
    """Give what the coordination did about tasks of a case, oldest first, for whoever may read these steps.

    `to_its_people`, who do the steps, also what colleagues have left for them.
    """
    kinds = _OF_ITS_PEOPLE if to_its_people else _KINDS
    query = (
        select(CaseEvent, User.display_name)
        .join(User, User.id == CaseEvent.actor_id)
        .where(CaseEvent.case_id == case_id, CaseEvent.task_id.in_(task_ids), CaseEvent.kind.in_(kinds))
        .order_by(CaseEvent.id)
    )
    found: dict[UUID, tuple[Followed, ...]] = {}
    for event, name in session.execute(query).all():
        said = confidential.open_history(session, event).get("note")
        of_colleague = event.kind == history.EventKind.SHIFT_NOTE
        line = Followed(event.recorded_at, name, event.actor_id, said, of_colleague=of_colleague)
        if event.task_id is not None:
            found[event.task_id] = (*found.get(event.task_id, ()), line)
    return found


def since(session: Session, case_ids: Collection[UUID], task_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Give since when the coordination follows each of these tasks; those that it does not follow are left out."""
    query = (
        select(CaseEvent.task_id, func.min(CaseEvent.recorded_at))
        .where(
            CaseEvent.case_id.in_(case_ids),
            CaseEvent.task_id.in_(task_ids),
            CaseEvent.kind == history.EventKind.COORDINATION_FOLLOWS,
        )
        .group_by(CaseEvent.task_id)
    )
    return {task_id: at for task_id, at in session.execute(query).all() if task_id is not None}


def _owing(running: Running, task: UserTask) -> list[Receiver]:
    """Give whoever holds the step, and the lead to whom its ladder climbs: those who now have somebody to talk to."""
    channel = lookup.channel(running.session, task.agency_id)
    holder = [Receiver.person(task.assignee_id)] if task.assignee_id is not None else []
    return holder + targets.lead(targets.Late.of(running.session, running.case, task, channel))
