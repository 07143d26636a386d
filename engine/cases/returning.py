"""Urgent steps that somebody has taken and does not touch: they are to be taken again, and she is told.

After how long, the ladder of their class says (`returned`). Whoever says that she is acting keeps the step for as long
as that counts, and then says it again; whoever has saved something keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import clock
from engine.cases import acting, giving
from engine.cases.models import TaskStatus, UserTask
from engine.participants.access import Actor

if TYPE_CHECKING:
    from engine.cases.ground import Ground

REASON = "Preso in carico e non toccato"
"""What the history says of why a step is to be taken again."""


def look(running: Ground) -> None:
    """Let the steps of a case go back whose time is over and that nobody has touched."""
    session, now = running.session, clock.now()
    session.flush()
    query = select(UserTask).where(
        UserTask.case_id == running.case.id,
        UserTask.state == TaskStatus.CLAIMED,
        UserTask.held_since.is_(None),
        UserTask.return_at <= now,
    )
    for task in session.scalars(query.execution_options(populate_existing=True)).all():
        acts_until = acting.said_until(running, task)
        if acting.has_saved(running, task):
            task.return_at = None
        elif acts_until is not None and acts_until > now:
            task.return_at = acts_until
        else:
            task.return_at = None
            giving.give(running, Actor.system(task.network_id), task, None, REASON)
    session.flush()
