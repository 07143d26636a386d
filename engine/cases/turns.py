"""Steps of which one at a time is done, in the order that people choose: a sequential ad-hoc subprocess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import errors
from engine.cases.models import TaskStatus, UserTask
from engine.definitions import repository

if TYPE_CHECKING:
    from engine.cases.ground import Ground


def require_turn(running: Ground, task: UserTask) -> None:
    """Raise AnotherStepFirst when a task would be in hand while another activity beside it is under way.

    Only steps of such subprocesses are looked at: all others cost nothing.
    """
    if not repository.load(running.session, task.definition_id).takes_turns(task.element_id):
        return
    rivals = running.instance(task.instance_id).rivals(task.id)
    # What is no row that waits for somebody is in hand, or goes on by itself; what is answered too, to be confirmed.
    offered = select(UserTask.id).where(
        UserTask.id.in_(rivals), UserTask.state == TaskStatus.OPEN, UserTask.first_by_id.is_(None)
    )
    if rivals.keys() - set(running.session.scalars(offered).all()):
        raise errors.AnotherStepFirst(task=task.id)
