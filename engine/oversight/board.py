"""The overdue board: one query over rows.

Lateness comes from the clock, never from a fired job, so the board is right even when no worker runs; and it says so
when none does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from engine import clock, parameters
from engine.cases import acknowledging, following, lookup
from engine.cases.acknowledging import Seen
from engine.cases.models import Case, Incident, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.oversight import told, watchdog
from engine.oversight.told import Told
from engine.oversight.watchdog import Watch
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.parameters import Titles
    from engine.participants.access import Actor
    from engine.terms import Nature

LIMIT = 200
"""Rows of each part of the board, the worst first."""

DUE_SOON = timedelta(hours=4)
"""What falls due within this time is shown beside what is late."""

RECENTLY = timedelta(days=7)
"""For how long the board shows what was done in time and recorded after it."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A clock that is late or soon will be. Other agencies' steps have neither label, parameter nor task id.

    `step_id` leads to the page of a late step, which says no more of it; `followed_at` is since when the coordination
    follows it.
    """

    step_id: UUID
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
    seen: tuple[Seen, ...]
    followed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedLate:
    """A clock whose act was done in time and recorded after it, so that people were told though nobody was late."""

    task_id: UUID | None
    case_id: UUID | None
    case_code: str
    label: str | None
    agency_name: str
    clock: DeadlineClock
    due_at: datetime
    happened_at: datetime
    recorded_at: datetime


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
class Board:
    """What is late, worst first, what is due soon or was recorded late, what is stuck, whether the clockwork runs."""

    now: datetime
    late: tuple[BoardRow, ...]
    due_soon: tuple[BoardRow, ...]
    recorded_late: tuple[RecordedLate, ...]
    incidents: tuple[IncidentRow, ...]
    watchdog: Watch


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
        recorded_late=_recorded_late(session, actor, now),
        incidents=_incidents(session, actor),
        watchdog=watchdog.look(session).of(actor.network_id),
    )


def _watched(actor: Actor) -> ColumnElement[bool]:
    scope = access.scope(actor)
    if scope.oversees_network:
        return and_(Deadline.network_id == scope.network_id, scope.admits(Deadline.case_id))
    return and_(Deadline.agency_id.in_(scope.led_agency_ids), scope.admits(Deadline.case_id))


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
    task_ids, case_ids = [row[1].id for row in rows], {row[0].case_id for row in rows}
    around = _Around(
        told=told.of_tasks(session, task_ids),
        seen=acknowledging.of_tasks(session, task_ids),
        followed=following.since(session, case_ids, task_ids),
        visible=_visible_cases(session, actor, case_ids),
        named=parameters.named(session, actor.network_id),
    )
    return tuple(_row(actor, row, around) for row in rows)


@dataclass(frozen=True, slots=True)
class _Around:
    """What is read for all rows at once."""

    told: dict[UUID, tuple[Told, ...]]
    seen: dict[UUID, tuple[Seen, ...]]
    followed: dict[UUID, datetime]
    visible: set[UUID]
    named: Mapping[str, Titles]


def _row(actor: Actor, row: Any, around: _Around) -> BoardRow:
    deadline, task, code, agency, assignee_name = row
    in_case = deadline.case_id in around.visible
    own = lookup.visible(actor, task)
    title_it, title_en = parameters.titles(around.named, deadline.parameter) if own else (None, None)
    return BoardRow(
        step_id=task.id,
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
        told=around.told.get(task.id, ()),
        seen=around.seen.get(task.id, ()),
        followed_at=around.followed.get(task.id),
    )


def _recorded_late(session: Session, actor: Actor, now: datetime) -> tuple[RecordedLate, ...]:
    query = (
        select(Deadline, UserTask, Case.code, Agency)
        .join(UserTask, UserTask.id == Deadline.task_id)
        .join(Case, Case.id == Deadline.case_id)
        .join(Agency, Agency.id == Deadline.agency_id)
        .where(
            Deadline.network_id == actor.network_id,
            _watched(actor),
            Deadline.kept.is_(True),
            Deadline.stopped_at > Deadline.due_at,
            Deadline.stopped_at > now - RECENTLY,
        )
        .order_by(Deadline.stopped_at.desc(), Deadline.id)
        .limit(LIMIT)
    )
    rows = session.execute(query).all()
    visible = _visible_cases(session, actor, {deadline.case_id for deadline, *_ in rows})
    return tuple(_recorded(actor, row, visible) for row in rows)


def _recorded(actor: Actor, row: Any, visible: set[UUID]) -> RecordedLate:
    deadline, task, code, agency = row
    in_case = deadline.case_id in visible
    own = lookup.visible(actor, task)
    return RecordedLate(
        task_id=task.id if own and in_case else None,
        case_id=deadline.case_id if in_case else None,
        case_code=code,
        label=task.name if own else None,
        agency_name=agency.name,
        clock=deadline.clock,
        due_at=deadline.due_at,
        happened_at=deadline.happened_at,
        recorded_at=deadline.stopped_at,
    )


def _visible_cases(session: Session, actor: Actor, case_ids: set[UUID]) -> set[UUID]:
    query = select(Case.id).where(Case.id.in_(case_ids), Case.id.in_(access.scope(actor).case_ids))
    return set(session.scalars(query).all())


def _incidents(session: Session, actor: Actor) -> tuple[IncidentRow, ...]:
    scope = access.scope(actor)
    in_case = scope.sees(Incident.case_id)
    seen = scope.admits(Incident.case_id) if scope.oversees_network else in_case
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
