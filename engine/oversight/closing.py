"""What an agency looks at before it closes: what will not wait until it opens again, by its opening hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from engine import clock
from engine.calendars.models import Timetable
from engine.calendars.timetables import Owner, Source, Timetables
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

SHIFT = timedelta(hours=12)
"""How far who never closes looks ahead: the longest shift, until there are rosters."""


@dataclass(frozen=True, slots=True)
class AgencyHours:
    """An agency of the reader: when it closes (None: closed now) and opens again (None: it never closes).

    `until` is how far its part of the page looks; `out_of_hours` says who answers meanwhile.
    """

    id: UUID
    name: str
    closes_at: datetime | None
    reopens_at: datetime | None
    until: datetime
    source: Source
    out_of_hours: str | None


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
    """The page: the present, the reader's agencies, what falls due before they open again, one's own drafts."""

    now: datetime
    agencies: tuple[AgencyHours, ...]
    due: tuple[DueRow, ...]
    due_count: int
    drafts: tuple[DraftRow, ...]


def before_closing(session: Session, actor: Actor) -> Closing:
    """Give what falls due before the actor's agencies open again, his unsent drafts. Raises Forbidden, NeverOpen."""
    access.require(actor, Action.CLAIM)
    agencies = _agencies(session, actor)
    due, count = _due(session, actor, agencies)
    return Closing(clock.now(), agencies, due, count, _drafts(session, actor))


def _agencies(session: Session, actor: Actor) -> tuple[AgencyHours, ...]:
    """Give the agencies whose steps the actor does, with when each of them opens again."""
    ids = sorted({agency_id for agency_id, _role in actor.memberships if access.may(actor, Action.CLAIM, agency_id)})
    query = (
        select(Agency.id, Agency.name, Timetable.out_of_hours)
        .outerjoin(Timetable, and_(Timetable.agency_id == Agency.id, Timetable.network_id == actor.network_id))
        .where(Agency.id.in_(ids))
        .order_by(Agency.name, Agency.id)
    )
    calendars = Timetables(session, actor.network_id)
    return tuple(_hours(calendars, *row) for row in session.execute(query).all())


def _hours(calendars: Timetables, agency_id: UUID, name: str, out_of_hours: str | None) -> AgencyHours:
    now, found = clock.now(), calendars.found(Owner(agency_id))
    reopens_at = found.calendar.reopening(now)
    return AgencyHours(
        id=agency_id,
        name=name,
        closes_at=found.calendar.closing(now),
        reopens_at=reopens_at,
        until=reopens_at if reopens_at is not None else now + SHIFT,
        source=found.source,
        out_of_hours=out_of_hours,
    )


def _due(session: Session, actor: Actor, agencies: tuple[AgencyHours, ...]) -> tuple[tuple[DueRow, ...], int]:
    """Give the steps with a clock that runs out by then, each with the first of its clocks, and how many there are.

    A step that an agency records for another one waits for the one that records it.
    """
    first = (
        select(Deadline.task_id, func.min(Deadline.due_at).label("due_at"))
        .where(
            Deadline.network_id == actor.network_id,
            Deadline.state == DeadlineStatus.ARMED,
            Deadline.due_at <= max(agency.until for agency in agencies),
        )
        .group_by(Deadline.task_id)
        .subquery()
    )
    in_time = or_(
        *[
            and_(or_(UserTask.agency_id == agency.id, UserTask.proxy_id == agency.id), first.c.due_at <= agency.until)
            for agency in agencies
        ]
    )
    query = (
        select(UserTask, Case.code, Agency.name, User.display_name, first.c.due_at, func.count().over())
        .select_from(inbox.tasks_of_agencies())
        .join(first, first.c.task_id == UserTask.id)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(inbox.owed(actor), in_time)
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
            UserTask.first_by_id.is_(None),
            UserTask.network_id == actor.network_id,
            UserTask.case_id.in_(access.scope(actor).case_ids),
        )
        .order_by(Draft.saved_at, Draft.task_id)
        .limit(LIMIT)
    )
    return tuple(DraftRow(row.task_id, row.code, row.name, row.saved_at) for row in session.execute(query))
