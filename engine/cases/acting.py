"""Whether somebody is acting on what she holds: she has said so, or has saved something. Nobody takes it then."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine import clock
from engine.calendars import lengths
from engine.calendars.lengths import Length
from engine.cases.models import Draft
from engine.deadlines.models import Acknowledgement, Deadline, DeadlineStatus
from engine.ladders import versions as ladders
from engine.ladders.models import LadderVersion

if TYPE_CHECKING:
    from engine.cases.ground import Ground
    from engine.cases.models import UserTask


def is_acting(running: Ground, task: UserTask) -> bool:
    """Tell whether whoever holds a step is acting on it now."""
    last = until(running, task)
    return last is not None and last > clock.now()


def until(running: Ground, task: UserTask) -> datetime | None:
    """Say until when whoever holds a step counts as acting; None when she has neither said so nor saved anything.

    What is saved counts as long as an acknowledgement would.
    """
    last, saved_at = said_until(running, task), _saved_at(running, task)
    if saved_at is None:
        return last
    of_task = (Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED)
    query = select(Deadline).where(*of_task, Deadline.escalation_class.is_not(None))
    deadlines = running.session.scalars(query.execution_options(populate_existing=True)).all()
    ends = [stands_still(running, deadline, saved_at) for deadline in deadlines]
    return max((at for at in (last, *ends) if at is not None), default=None)


def said_until(running: Ground, task: UserTask) -> datetime | None:
    """Say until when the word counts of whoever holds a step; None when she has said nothing since she took it."""
    said = (
        select(func.max(Acknowledgement.until))
        .join(Deadline, Deadline.id == Acknowledgement.deadline_id)
        .where(
            Deadline.task_id == task.id,
            Acknowledgement.user_id == task.assignee_id,
            Acknowledgement.at >= _since(task),
        )
    )
    return running.session.scalar(said)


def has_saved(running: Ground, task: UserTask) -> bool:
    """Tell whether somebody has saved anything of a step since it was taken."""
    return _saved_at(running, task) is not None


def stands_still(running: Ground, deadline: Deadline, since: datetime) -> datetime:
    """Say until when the ladder of a deadline stands still for who acts since then, as its version says."""
    session = running.session
    row = session.get(LadderVersion, deadline.ladder_id) if deadline.ladder_id is not None else None
    if row is None and deadline.escalation_class is not None:
        # Armed before ladders were rows: as its class says now.
        row = ladders.current(session, deadline.network_id).get(deadline.escalation_class)
    if row is None or row.acknowledged is None:
        return since
    calendar = running.timetables.of(deadline.agency_id) if row.clock is lengths.Clock.GL else None
    return lengths.due(Length.read(row.acknowledged, row.clock), since, calendar)


def _saved_at(running: Ground, task: UserTask) -> datetime | None:
    """Say when the form of a step was last saved since it was taken; also by a further owner of it."""
    saved = select(Draft.saved_at).where(Draft.task_id == task.id, Draft.saved_at >= _since(task))
    return running.session.scalar(saved)


def _since(task: UserTask) -> datetime:
    return task.claimed_at or task.created_at
