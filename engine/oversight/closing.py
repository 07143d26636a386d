"""What an agency looks at before it closes: what will not wait until it opens again.

Opening hours are not modelled yet; until they are, every agency opens again the next day at nine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine import clock
from engine.cases import inbox, next_told
from engine.cases.models import Case, Draft, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.next_told import NextTold
    from engine.participants.access import Actor

LIMIT = 200
"""Rows of each part of the page, those that are due first."""

ZONE = ZoneInfo("Europe/Rome")
OPENS_AT = time(9, 0)  # local time


@dataclass(frozen=True, slots=True)
class DueRow:
    """A step with a clock that runs out before the agency opens again, or has already; and who would be told next."""

    task_id: UUID
    case_id: UUID
    case_code: str
    name: str
    agency_name: str
    assignee_name: str | None
    mine: bool
    clock: DeadlineClock
    due_at: datetime
    told: tuple[NextTold, ...]

    @property
    def to_pass_on(self) -> bool:
        """Whether nobody but the one who is leaving has it: whoever is on call has to know of it."""
        return self.mine or self.assignee_name is None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A form that the reader has begun and not sent."""

    task_id: UUID
    case_code: str
    name: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """The page: the present, when the agency opens again, what falls due until then, one's own drafts."""

    now: datetime
    until: datetime
    due: tuple[DueRow, ...]
    due_count: int
    drafts: tuple[DraftRow, ...]


def before_closing(session: Session, actor: Actor) -> Closing:
    """Give what falls due before the actor's agencies open again, and his unsent drafts. Raises Forbidden."""
    access.require(actor, Action.CLAIM)
    until = reopening(clock.now())
    due, count = _due(session, actor, until)
    return Closing(clock.now(), until, due, count, _drafts(session, actor))


def reopening(now: datetime) -> datetime:
    """Say when an agency opens again: tomorrow at nine in Rome, whatever the clocks do in the night."""
    tomorrow = now.astimezone(ZONE).date() + timedelta(days=1)
    return clock.as_utc(datetime.combine(tomorrow, OPENS_AT, ZONE))


def _due(session: Session, actor: Actor, until: datetime) -> tuple[tuple[DueRow, ...], int]:
    """Give the steps with a clock that runs out by then, each with the first of its clocks, and how many there are."""
    first = (
        select(Deadline.task_id, func.min(Deadline.due_at).label("due_at"))
        .where(
            Deadline.network_id == actor.network_id,
            Deadline.state == DeadlineStatus.ARMED,
            Deadline.due_at <= until,
        )
        .group_by(Deadline.task_id)
        .subquery()
    )
    query = (
        select(UserTask, Case.code, Agency.name, User.display_name, first.c.due_at, func.count().over())
        .select_from(inbox.tasks_of_agencies())
        .join(first, first.c.task_id == UserTask.id)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(inbox.owed(actor))
        .order_by(first.c.due_at, UserTask.id)
        .limit(LIMIT)
    )
    rows = session.execute(query).all()
    told = _told(session, actor, [row[0].id for row in rows])
    clocks = _clocks(session, [row[0].id for row in rows])
    return tuple(_row(actor, row, told, clocks) for row in rows), rows[0][-1] if rows else 0


def _row(actor: Actor, row: Any, told: dict[UUID, list[NextTold]], clocks: dict[UUID, DeadlineClock]) -> DueRow:
    task, case_code, agency_name, assignee_name, due_at, _count = row
    return DueRow(
        task_id=task.id,
        case_id=task.case_id,
        case_code=case_code,
        name=task.name,
        agency_name=agency_name,
        assignee_name=assignee_name,
        mine=task.assignee_id == actor.user_id,
        clock=clocks[task.id],
        due_at=due_at,
        told=tuple(told.get(task.id, ())),
    )


def _clocks(session: Session, task_ids: list[UUID]) -> dict[UUID, DeadlineClock]:
    """Say of each step which of its running clocks is due first."""
    query = (
        select(Deadline.task_id, Deadline.clock)
        .where(Deadline.task_id.in_(task_ids), Deadline.state == DeadlineStatus.ARMED)
        .order_by(Deadline.due_at.desc(), Deadline.id)
    )
    return {row.task_id: row.clock for row in session.execute(query)}


def _told(session: Session, actor: Actor, task_ids: list[UUID]) -> dict[UUID, list[NextTold]]:
    found: dict[UUID, list[NextTold]] = {}
    for row in next_told.of_tasks(session, actor, UserTask.id.in_(task_ids)):
        found.setdefault(row.task_id, []).append(row)
    return found


def _drafts(session: Session, actor: Actor) -> tuple[DraftRow, ...]:
    """Give the drafts of what the actor has taken: those are the ones that he can open and send."""
    query = (
        select(Draft.task_id, Case.code, UserTask.name, Draft.saved_at)
        .join(UserTask, UserTask.id == Draft.task_id)
        .join(Case, Case.id == UserTask.case_id)
        .where(
            UserTask.assignee_id == actor.user_id,
            UserTask.state == TaskStatus.CLAIMED,
            UserTask.network_id == actor.network_id,
            UserTask.case_id.in_(access.scope(actor).case_ids),
        )
        .order_by(Draft.saved_at, Draft.task_id)
        .limit(LIMIT)
    )
    return tuple(DraftRow(row.task_id, row.code, row.name, row.saved_at) for row in session.execute(query))
