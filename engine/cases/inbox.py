"""The inbox: the tasks of one's agencies, late ones first, then what is due soonest. No workflow is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Select, and_, false, func, literal_column, or_, select, true
from sqlalchemy.orm import aliased

from engine import clock
from engine.cases import codes, separation
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.participants import access
from engine.participants.models import Agency, Channel, NetworkAgency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page."""

COUNTED = 1_000
"""As far as the tasks of a tab are counted: who has more does not need to know how many more."""


class Tab(StrEnum):
    """What an inbox shows: to be taken, taken by me, taken by my colleagues."""

    TO_TAKE = "to_take"
    MINE = "mine"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A task in the inbox. `due_at` is the next of its clocks that still runs; `late` is computed from the clock.

    `must_be_another`: the reader did a step that this one is kept apart from, so a colleague has to take it.
    """

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
    must_be_another: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the inbox, whether another follows, and how many tasks each tab has, counted as far as `COUNTED`."""

    rows: tuple[InboxRow, ...]
    more: bool
    counts: dict[Tab, int]


def page(session: Session, actor: Actor, *, tab: Tab = Tab.TO_TAKE, code: str | None = None, offset: int = 0) -> Inbox:
    """Give a page of the actor's inbox, at most `LIMIT` rows; `code` narrows it to one case.

    A mistyped code finds nothing.
    """
    asked = agencies(actor)
    of_case = _of_case(actor, code)
    counted = select(*[_counted(actor, asked, each, of_case).label(each.value) for each in Tab])
    counts = session.execute(counted).mappings().one()
    rows = session.execute(_rows(actor, asked, tab, of_case, offset)).all()
    others = separation.excluded(session, actor, [row[0] for row in rows[:LIMIT]])
    return Inbox(
        rows=tuple(_row(row, others) for row in rows[:LIMIT]),
        more=len(rows) > LIMIT,
        counts={each: counts[each.value] for each in Tab},
    )


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


def agencies(actor: Actor) -> CTE:
    """The agencies whose tasks may be in the inbox: one's own, and those of the network that have no computers."""
    scope = access.scope(actor)
    in_network = select(NetworkAgency.agency_id).where(NetworkAgency.network_id == scope.network_id)
    without_portal = and_(Agency.channel != Channel.PORTALE, Agency.id.in_(in_network))
    own = Agency.id.in_(scope.agency_ids)
    return select(Agency.id, Agency.name, Agency.channel).where(or_(own, without_portal)).cte("asked")


def among(actor: Actor, asked: CTE, state: TaskStatus) -> tuple[ColumnElement[bool], ...]:
    """What an open or a claimed task of one of these agencies must be to be the actor's to see."""
    scope = access.scope(actor)
    # Written out, for a planner that sees only a place for a value cannot use the index of open and claimed tasks.
    written: ColumnElement[TaskStatus] = literal_column(f"'{state.value}'")
    return (
        UserTask.agency_id == asked.c.id,
        UserTask.state == written,
        UserTask.network_id == scope.network_id,
        UserTask.case_id.in_(scope.case_ids),
    )


def tasks_of_agencies() -> Any:
    """Tasks with the agencies that owe them and their cases: what `owed` and `in_tab` are conditions of."""
    return UserTask.__table__.join(Agency.__table__, Agency.id == UserTask.agency_id).join(
        Case.__table__, Case.id == UserTask.case_id
    )


def _of_case(actor: Actor, code: str | None) -> ColumnElement[bool]:
    if code is None or not code.strip():
        return true()
    named = select(Case.id).where(Case.network_id == actor.network_id, Case.code == (codes.parse(code) or ""))
    return UserTask.case_id == named.scalar_subquery()


def _shown(actor: Actor, asked: CTE, tab: Tab, of_case: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """What a task of one of the agencies must be to stand in a tab."""
    state = TaskStatus.OPEN if tab is Tab.TO_TAKE else TaskStatus.CLAIMED
    return (*among(actor, asked, state), in_tab(actor, tab), of_case)


def _counted(actor: Actor, asked: CTE, tab: Tab, of_case: ColumnElement[bool]) -> ScalarSelect[int]:
    found = select(UserTask.id).select_from(asked).where(*_shown(actor, asked, tab, of_case)).limit(COUNTED).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _rows(actor: Actor, asked: CTE, tab: Tab, of_case: ColumnElement[bool], offset: int) -> Select[Any]:
    """Take the first tasks of each agency in the order of the index, and of those the first of all."""
    order = (UserTask.due_at.nulls_last(), UserTask.created_at, UserTask.id)
    first = (
        select(UserTask)
        .where(*_shown(actor, asked, tab, of_case))
        .order_by(*order)
        .limit(offset + LIMIT + 1)
        .correlate(asked)
        .lateral("first")
    )
    task = aliased(UserTask, first)
    running = (
        select(Deadline.clock)
        .where(Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED)
        .order_by(Deadline.due_at)
        .limit(1)
        .scalar_subquery()
    )
    climbed = (
        select(func.max(Rung.position))
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED, Rung.state == RungStatus.FIRED)
        .scalar_subquery()
    )
    late = func.coalesce(task.due_at < clock.now(), False)
    return (
        select(task, Case.code, asked.c.name, asked.c.channel, User.display_name, running, late, climbed)
        .select_from(asked)
        .join(first, true())
        .join(Case, Case.id == task.case_id)
        .outerjoin(User, User.id == task.assignee_id)
        .order_by(task.due_at.nulls_last(), task.created_at, task.id)
        .limit(LIMIT + 1)
        .offset(offset)
    )


_ESCALATED = {1: RungStep.BREACH, 2: RungStep.COORDINATION}


def _row(row: Any, others: frozenset[UUID]) -> InboxRow:
    task, code, agency_name, agency_channel, assignee_name, clock_name, late, climbed = row
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
        due_at=task.due_at,
        clock=clock_name,
        late=late,
        escalated_to=_ESCALATED.get(climbed),
        must_be_another=task.id in others,
    )
