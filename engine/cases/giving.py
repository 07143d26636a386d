"""Taking a step from who holds it, and keeping it in view for somebody else or for nobody in particular."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from engine import clock, notifications
from engine.cases import clocks, history
from engine.cases.models import TaskStatus
from engine.deadlines import arming
from engine.deadlines.models import DeadlineClock
from engine.errors import NeverOpen
from engine.notifications import Receiver

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.cases.models import UserTask
    from engine.participants.access import Actor

OFFERED, TAKEN_OVER, RETURNED = "offered", "taken_over", "step_returned"
"""Kinds of notices: that a step is kept in view for one, that another has it now, that it is to be taken again."""


def give(running: Ground, actor: Actor, task: UserTask, to: UUID | None, reason: str) -> None:
    """Take a step from who holds it, if somebody does, and keep it in view for one person, or for nobody in particular.

    Its conclusion goes on, its reception runs anew. Both are told, unless it is their own act.
    """
    before = task.assignee_id
    session = running.session
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.OPEN, None, to
    task.revision += 1
    if before is not None:
        try:
            clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))
        except NeverOpen:
            session.add(clocks.unset(task, DeadlineClock.RECEPTION, "never_open"))
    kind = history.EventKind.TASK_OFFERED if to is not None else history.EventKind.TASK_RETURNED
    values = {"reason": reason} if to is None else {"reason": reason, "to": str(to)}
    history.of_task(running, actor, task, kind, in_person=True, values=values)
    for person, told in ((to, OFFERED), (before, RETURNED if to is None else TAKEN_OVER)):
        if person is not None and person != actor.user_id:
            tell(session, task, person, told)


def tell(session: Session, task: UserTask, person: UUID, kind: str) -> None:
    """Tell one person something about a step."""
    notifications.notify(
        session,
        Receiver.person(person),
        kind,
        network_id=task.network_id,
        case_id=task.case_id,
        task_id=task.id,
    )
