"""The inbox: the tasks of one's agencies, late ones first, then what is due soonest. No workflow is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from engine import clock
from engine.cases import codes
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.participants import access
from engine.participants.models import Agency, Channel, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page."""


class Tab(StrEnum):
    """What an inbox shows: to be taken, taken by me, taken by my colleagues."""

    TO_TAKE = "to_take"
    MINE = "mine"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A task in the inbox. `due_at` is the next of its clocks that still runs; `late` is computed from the clock."""

    task_id: UUID
    case_id: UUID
    case_code: str
    name: str
    lane: str
    agency_name: str
    agency_channel: Channel
    state: TaskStatus
    assignee_name: str | None
    created_at: datetime
    due_at: datetime | None
    clock: DeadlineClock | None
    late: bool
    escalated_to: RungStep | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the inbox, and how many tasks each tab has."""

    rows: tuple[InboxRow, ...]
    counts: dict[Tab, int]


def page(session: Session, actor: Actor, *, tab: Tab = Tab.TO_TAKE, code: str | None = None, offset: int = 0) -> Inbox:
    """Give a page of the actor's inbox, at most `LIMIT` rows; `code` narrows it to one case.

    A mistyped code finds nothing.
    """
    mine = owed(actor)
    if code is not None and code.strip():
        mine = and_(mine, Case.code == (codes.parse(code) or ""))
    counted = (
        select(*[func.count().filter(in_tab(actor, each)).label(each.value) for each in Tab])
        .select_from(tasks_of_agencies())
        .where(mine)
    )
    counts = session.execute(counted).mappings().one()
    rows = session.execute(_rows(mine, in_tab(actor, tab)).limit(LIMIT).offset(offset)).all()
    return Inbox(tuple(_row(row) for row in rows), {each: counts[each.value] for each in Tab})


def owed(actor: Actor) -> ColumnElement[bool]:
    """Open tasks of the actor's agencies, and of agencies without computers in cases where his takes part."""
    scope = access.scope(actor)
    return and_(
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        UserTask.network_id == scope.network_id,
        UserTask.case_id.in_(scope.case_ids),
        or_(UserTask.agency_id.in_(scope.agency_ids), Agency.channel != Channel.PORTALE),
    )


def in_tab(actor: Actor, tab: Tab) -> ColumnElement[bool]:
    """What a tab shows, of the tasks that are owed."""
    if tab is Tab.TO_TAKE:
        return UserTask.state == TaskStatus.OPEN
    held = UserTask.state == TaskStatus.CLAIMED
    own = UserTask.assignee_id == actor.user_id if actor.user_id is not None else false()
    return and_(held, own if tab is Tab.MINE else or_(UserTask.assignee_id.is_(None), ~own))


def tasks_of_agencies() -> Any:
    """Tasks with the agencies that owe them and their cases: what `owed` and `in_tab` are conditions of."""
    return UserTask.__table__.join(Agency.__table__, Agency.id == UserTask.agency_id).join(
        Case.__table__, Case.id == UserTask.case_id
    )


def _rows(mine: ColumnElement[bool], in_tab: ColumnElement[bool]) -> Select[Any]:
    running = (
        select(Deadline.due_at, Deadline.clock)
        .where(Deadline.task_id == UserTask.id, Deadline.state == DeadlineStatus.ARMED)
        .order_by(Deadline.due_at)
        .limit(1)
        .lateral("running")
    )
    climbed = (
        select(func.max(Rung.position).label("position"))
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(Deadline.task_id == UserTask.id, Deadline.state == DeadlineStatus.ARMED, Rung.state == RungStatus.FIRED)
        .lateral("climbed")
    )
    late = func.coalesce(running.c.due_at < clock.now(), False)
    return (
        select(
            UserTask,
            Case.code,
            Agency.name,
            Agency.channel,
            User.display_name,
            running.c.due_at,
            running.c.clock,
            late.label("late"),
            climbed.c.position,
        )
        .select_from(tasks_of_agencies())
        .outerjoin(User, User.id == UserTask.assignee_id)
        .outerjoin(running, running.c.due_at.is_not(None))
        .outerjoin(climbed, climbed.c.position.is_not(None))
        .where(mine, in_tab)
        .order_by(case((late, 0), else_=1), running.c.due_at.nulls_last(), UserTask.created_at, UserTask.id)
    )


_ESCALATED = {1: RungStep.BREACH, 2: RungStep.COORDINATION}


def _row(row: Any) -> InboxRow:
    task, code, agency_name, agency_channel, assignee_name, due_at, clock_name, late, climbed = row
    return InboxRow(
        task_id=task.id,
        case_id=task.case_id,
        case_code=code,
        name=task.name,
        lane=task.lane,
        agency_name=agency_name,
        agency_channel=agency_channel,
        state=task.state,
        assignee_name=assignee_name,
        created_at=task.created_at,
        due_at=due_at,
        clock=clock_name,
        late=late,
        escalated_to=_ESCALATED.get(climbed),
    )
