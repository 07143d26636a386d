"""The overdue board: one query over rows.

Lateness comes from the clock, never from a fired job, so the board is right even when no worker runs; and it says so
when none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine import clock, parameters
from engine.cases.models import Case, Incident, Timer, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.notifications.models import Notice
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Channel, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.parameters import Nature
    from engine.participants.access import Actor

LIMIT = 200
"""Rows of each part of the board, the worst first."""

DUE_SOON = timedelta(hours=4)
"""What falls due within this time is shown beside what is late."""

STALLED_AFTER = timedelta(seconds=60)
"""Something due and undone for longer than this means that no worker does its work."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice of a ladder: which step, when, to whom, and whether somebody has acknowledged it."""

    step: RungStep
    at: datetime
    role: Role | None
    agency_name: str | None
    person: str | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A clock that is late or soon will be. Other agencies' steps have neither label, parameter nor task id."""

    task_id: UUID | None
    case_id: UUID | None
    case_code: str
    label: str | None
    agency_name: str
    assignee_name: str | None
    clock: DeadlineClock
    parameter: str | None
    title_it: str | None
    title_en: str | None
    nature: Nature
    due_at: datetime
    late_by: timedelta
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A token or case that cannot go on until somebody looks; `retryable` when it is in a case of the reader's."""

    id: UUID
    case_id: UUID | None
    case_code: str
    code: str
    element_id: str | None
    raised_at: datetime
    retryable: bool


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Whether the clockwork runs: the oldest instant that is due and not done, and whether that is too long ago."""

    oldest_undone_at: datetime | None
    stalled: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What is late, worst first, what is due soon, what is stuck, and whether the clockwork runs."""

    now: datetime
    late: tuple[BoardRow, ...]
    due_soon: tuple[BoardRow, ...]
    incidents: tuple[IncidentRow, ...]
    watchdog: Watchdog


def overdue(session: Session, actor: Actor) -> Board:
    """Give the board of an agency's lead (her agency's steps) or of the coordination (the network's).

    Raises Forbidden.
    """
    access.require(actor, Action.BOARD)
    now = clock.now()
    armed = and_(Deadline.state == DeadlineStatus.ARMED, Deadline.network_id == actor.network_id, _watched(actor))
    late = and_(armed, Deadline.due_at < now)
    # A step that is late by one clock is not listed once more for the other.
    other_steps = Deadline.task_id.not_in(select(Deadline.task_id).where(late))
    soon = and_(armed, Deadline.due_at >= now, Deadline.due_at <= now + DUE_SOON, other_steps)
    return Board(
        now=now,
        late=_rows(session, actor, late),
        due_soon=_rows(session, actor, soon),
        incidents=_incidents(session, actor),
        watchdog=watchdog(session),
    )


def watchdog(session: Session) -> Watchdog:
    """Look for work that is due and undone, in all networks. Cases put aside as incidents are listed there instead."""
    now = clock.now()
    timers = (
        select(func.min(Timer.due_at)).join(Case, Case.id == Timer.case_id).where(Case.retry_at.is_(None))
    ).scalar_subquery()
    rungs = (
        select(func.min(Rung.due_at))
        .join(Case, Case.id == Rung.case_id)
        .where(Rung.state == RungStatus.WAITING, Case.retry_at.is_(None))
    ).scalar_subquery()
    oldest = session.scalar(select(func.least(timers, rungs)))
    if oldest is None or oldest > now:
        return Watchdog(None, stalled=False)
    return Watchdog(oldest, stalled=now - oldest > STALLED_AFTER)


def _watched(actor: Actor) -> ColumnElement[bool]:
    scope = access.scope(actor)
    if scope.oversees_network:
        return Deadline.network_id == scope.network_id
    return Deadline.agency_id.in_(scope.led_agency_ids)


def _rows(session: Session, actor: Actor, which: ColumnElement[bool]) -> tuple[BoardRow, ...]:
    query = (
        select(Deadline, UserTask, Case.code, Agency, User.display_name)
        .join(UserTask, UserTask.id == Deadline.task_id)
        .join(Case, Case.id == Deadline.case_id)
        .join(Agency, Agency.id == Deadline.agency_id)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(which)
        .order_by(Deadline.due_at, Deadline.id)
        .limit(LIMIT)
    )
    # A task whose two clocks are both late stands once on the board, with the one that was due first.
    first: dict[UUID, Any] = {}
    for row in session.execute(query).all():
        first.setdefault(row[1].id, row)
    rows = list(first.values())
    told = _told(session, [deadline.task_id for deadline, *_ in rows])
    visible = _visible_cases(session, actor, {deadline.case_id for deadline, *_ in rows})
    named = parameters.current(session, actor.network_id)
    return tuple(_row(actor, row, told, visible, named) for row in rows)


def _row(actor: Actor, row: Any, told: dict[UUID, list[Told]], visible: set[UUID], named: Any) -> BoardRow:
    deadline, task, code, agency, assignee_name = row
    in_case = deadline.case_id in visible
    own = agency.id in access.scope(actor).agency_ids or (in_case and agency.channel is not Channel.PORTALE)
    title_it, title_en = parameters.titles(named, deadline.parameter) if own else (None, None)
    return BoardRow(
        task_id=task.id if own and in_case else None,
        case_id=deadline.case_id if in_case else None,
        case_code=code,
        label=task.name if own else None,
        agency_name=agency.name,
        assignee_name=assignee_name if own else None,
        clock=deadline.clock,
        parameter=deadline.parameter if own else None,
        title_it=title_it,
        title_en=title_en,
        nature=deadline.nature,
        due_at=deadline.due_at,
        late_by=clock.now() - deadline.due_at,
        told=tuple(told.get(task.id, ())),
    )


def _visible_cases(session: Session, actor: Actor, case_ids: set[UUID]) -> set[UUID]:
    query = select(Case.id).where(Case.id.in_(case_ids), Case.id.in_(access.scope(actor).case_ids))
    return set(session.scalars(query).all())


def _told(session: Session, task_ids: list[UUID]) -> dict[UUID, list[Told]]:
    query = (
        select(Notice, UserTask.id, Agency.name, User.display_name)
        .join(UserTask, UserTask.id == Notice.task_id)
        .outerjoin(Agency, Agency.id == Notice.agency_id)
        .outerjoin(User, User.id == Notice.user_id)
        .where(UserTask.id.in_(task_ids), Notice.deadline_id.is_not(None))
        .order_by(Notice.created_at, Notice.id)
    )
    found: dict[UUID, list[Told]] = {}
    for notice, task_id, agency_name, person in session.execute(query).all():
        told = Told(RungStep(notice.kind), notice.created_at, notice.role, agency_name, person, notice.read_at)
        found.setdefault(task_id, []).append(told)
    return found


def _incidents(session: Session, actor: Actor) -> tuple[IncidentRow, ...]:
    scope = access.scope(actor)
    in_case = Incident.case_id.in_(scope.case_ids)
    seen = or_(in_case, Incident.network_id == scope.network_id) if scope.oversees_network else in_case
    query = (
        select(Incident, Case.code, in_case.label("in_case"))
        .join(Case, Case.id == Incident.case_id)
        .where(Incident.network_id == actor.network_id, Incident.resolved_at.is_(None), seen)
        .order_by(Incident.raised_at, Incident.id)
        .limit(LIMIT)
    )
    return tuple(
        IncidentRow(
            id=row.id,
            case_id=row.case_id if mine else None,
            case_code=code,
            code=row.code,
            element_id=row.element_id if mine else None,
            raised_at=row.raised_at,
            retryable=bool(mine),
        )
        for row, code, mine in session.execute(query).all()
    )
