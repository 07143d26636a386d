"""Four eyes: a step that a second, different person of the owing agency confirms before the case goes on.

The first person's answer stands sealed as the step's draft, and the step is to be taken again, by anybody but her:
its reception runs anew, its conclusion goes on until it is confirmed. Who confirms changes nothing: what is wrong goes
back. A confirmation by another agency is a step of its lane, with a hand-over that says what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import clock, errors
from engine.cases import clocks, confidential, drafts, files, history
from engine.cases.models import Draft, TaskStatus
from engine.deadlines import arming

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    import forms
    from engine.bpmn.model import Node
    from engine.cases.ground import Ground
    from engine.cases.models import UserTask
    from engine.participants.access import Actor


def stated(session: Session, task: UserTask, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Give the answer that is to be recorded: what is given, or to confirm (None) what the first person answered.

    Raises ToConfirm for another answer than hers; Conflict `nothing_to_confirm`.
    """
    if given is not None:
        require_unanswered(task)
        return given
    if task.first_by_id is None:
        raise errors.Conflict("nothing_to_confirm", task=task.id)
    return confidential.open_draft(session, session.get_one(Draft, task.id))


def require_unanswered(task: UserTask) -> None:
    """Raise ToConfirm when a first person has answered the step: nothing of her answer changes under her name."""
    if task.first_by_id is not None:
        raise errors.ToConfirm(task=task.id)


def propose(
    running: Ground,
    actor: Actor,
    task: UserTask,
    node: Node,
    answer: tuple[forms.Form | None, Mapping[str, Any]],
    *,
    at: datetime,
    said: Mapping[str, str],
) -> bool:
    """Keep the first answer to a step of four eyes, and put it back to be confirmed; say whether that is what it was.

    `answer` is the form and what was answered; `at` is when it was done, `said` what the history keeps of it.
    """
    if not node.four_eyes or task.first_by_id is not None:
        return False
    session, (form, given) = running.session, answer
    if form is not None:
        files.require(session, task, form, given)
    drafts.keep(session, task, given, saved_by=actor.user_id)
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.OPEN, None, None
    task.first_by_id, task.first_at = actor.user_id, at
    task.revision += 1
    clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))
    history.of_task(running, actor, task, history.EventKind.TASK_PROPOSED, happened_at=at, values=said)
    return True
