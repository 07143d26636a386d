"""The tasks of one's agencies as a list to be walked through, page after page, while others work on it.

A page begins after a position, not after a number of rows: a task that is opened or done meanwhile neither repeats nor
hides another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, tuple_

from engine import clock
from engine.cases import inbox
from engine.cases.models import Case, TaskStatus, UserTask
from engine.db import Instant
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page, at most."""

# A task without a running clock comes after all that have one.
_NEVER = literal_column("'infinity'::timestamptz", Instant())


class Which(StrEnum):
    """To be taken, taken by me, taken by others, or late, whoever has it."""

    TO_TAKE = "to_take"
    MINE = "mine"
    WAITING = "waiting"
    LATE = "late"


class Order(StrEnum):
    """What is due first, what is oldest, or what is newest comes first."""

    DUE = "due"
    OLDEST = "created"
    NEWEST = "-created"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended; `due_at` is None when the last task had no running clock."""

    due_at: datetime | None
    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task of the list. `due_at` is the next of its clocks that still runs; `late` is computed from the clock."""

    id: UUID
    case_id: UUID
    case_code: str
    definition_id: UUID
    element_id: str
    name: str
    lane: str
    agency_id: UUID
    agency_name: str
    state: TaskStatus
    revision: int
    assignee_id: UUID | None
    assignee_name: str | None
    created_at: datetime
    due_at: datetime | None
    clock: DeadlineClock | None
    late: bool

    @property
    def position(self) -> Position:
        """Where a page that ends with this row ends."""
        return Position(self.due_at, self.created_at, self.id)


def page(
    session: Session,
    actor: Actor,
    *,
    which: Which | None = None,
    agency_id: UUID | None = None,
    order: Order = Order.DUE,
    after: Position | None = None,
    limit: int = LIMIT,
) -> tuple[TaskRow, ...]:
    """Give the open tasks that are the actor's to see, at most `limit`, from a position on.

    An agency that is not his has none.
    """
    running = (
        select(Deadline.due_at, Deadline.clock)
        .where(Deadline.task_id == UserTask.id, Deadline.state == DeadlineStatus.ARMED)
        .order_by(Deadline.due_at)
        .limit(1)
        .lateral("running")
    )
    late = func.coalesce(running.c.due_at < clock.now(), False)
    columns = (UserTask, Case.code, Agency.name, User.display_name, running.c.due_at, running.c.clock, late)
    query = (
        select(*columns)
        .select_from(inbox.tasks_of_agencies())
        .outerjoin(User, User.id == UserTask.assignee_id)
        .outerjoin(running, running.c.due_at.is_not(None))
        .where(inbox.owed(actor))
    )
    if which is not None:
        query = query.where(late if which is Which.LATE else inbox.in_tab(actor, _TABS[which]))
    if agency_id is not None:
        query = query.where(UserTask.agency_id == agency_id)
    key = _key(order, running.c.due_at)
    if after is not None:
        there = _there(order, after)
        query = query.where(key < there if order is Order.NEWEST else key > there)
    ordered = [column.desc() if order is Order.NEWEST else column for column in key]
    rows = session.execute(query.order_by(*ordered).limit(min(limit, LIMIT))).all()
    return tuple(_row(row) for row in rows)


_TABS = {Which.TO_TAKE: inbox.Tab.TO_TAKE, Which.MINE: inbox.Tab.MINE, Which.WAITING: inbox.Tab.OTHERS}


def _key(order: Order, due_at: ColumnElement[Any]) -> Any:
    begin = [func.coalesce(due_at, _NEVER)] if order is Order.DUE else []
    return tuple_(*begin, UserTask.created_at, UserTask.id)


def _there(order: Order, after: Position) -> Any:
    due_at = _NEVER if after.due_at is None else literal(after.due_at, Instant())
    begin = [due_at] if order is Order.DUE else []
    return tuple_(*begin, literal(after.created_at, Instant()), literal(after.id))


def _row(row: Any) -> TaskRow:
    task, case_code, agency_name, assignee_name, due_at, clock_name, late = row
    return TaskRow(
        id=task.id,
        case_id=task.case_id,
        case_code=case_code,
        definition_id=task.definition_id,
        element_id=task.element_id,
        name=task.name,
        lane=task.lane,
        agency_id=task.agency_id,
        agency_name=agency_name,
        state=task.state,
        revision=task.revision,
        assignee_id=task.assignee_id,
        assignee_name=assignee_name,
        created_at=task.created_at,
        due_at=due_at,
        clock=clock_name,
        late=late,
    )
