"""The tasks of one's agencies as a list to be walked through, page after page, while others work on it.

A page begins after a position, not after a number of rows: a task that is opened or done meanwhile neither repeats nor
hides another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, and_, bindparam, or_, select, true, tuple_, union_all
from sqlalchemy.orm import aliased

from engine import clock
from engine.cases import inbox, lookup
from engine.cases.models import Baton, Case, TaskStatus, UserTask
from engine.db import Instant
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.participants.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page, at most."""


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
    first_by_id: UUID | None
    created_at: datetime
    due_at: datetime | None
    clock: DeadlineClock | None
    late: bool
    handover: Baton | None

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
    given = inbox.values(actor) | {"most": min(limit, LIMIT), "only_agency": agency_id}
    if after is not None:
        given |= {"after_due": after.due_at, "after_created": after.created_at, "after_id": after.id}
    dated = None if after is None else after.due_at is not None
    query = _query(which, order, of_agency=agency_id is not None, after_dated=dated)
    return tuple(_row(row) for row in session.execute(query, given).all())


# Built once for each shape, as in the inbox.
@lru_cache(maxsize=128)
def _query(which: Which | None, order: Order, *, of_agency: bool, after_dated: bool | None) -> Select[Any]:
    """Build the query of a page; `after_dated`: the position after which it begins, if any, has a due time."""
    most = bindparam("most", type_=Integer())
    narrowed = [*_narrowed(which, of_agency=of_agency), *_beyond(order, after_dated=after_dated)]
    # The first tasks of each agency and state, in the order of the index, and of those the first of all.
    of_states = [
        select(UserTask)
        .where(*inbox.among(state), *narrowed)
        .order_by(*_ordered(order, UserTask))
        .limit(most)
        .correlate(inbox.ASKED)
        for state in _STATES.get(which, (TaskStatus.OPEN, TaskStatus.CLAIMED))
    ]
    first = union_all(*of_states).lateral("first")
    task = aliased(UserTask, first)
    running = (
        select(Deadline.clock)
        .where(Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED)
        .order_by(Deadline.due_at)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(task, Case.code, inbox.ASKED.c.name, User.display_name, running)
        .select_from(inbox.ASKED)
        .join(first, true())
        .join(Case, Case.id == task.case_id)
        .outerjoin(User, User.id == task.assignee_id)
        .order_by(*_ordered(order, task))
        .limit(most)
    )


_STATES: dict[Which | None, tuple[TaskStatus, ...]] = {
    Which.TO_TAKE: (TaskStatus.OPEN,),
    Which.MINE: (TaskStatus.CLAIMED,),
    Which.WAITING: (TaskStatus.CLAIMED,),
}
_TABS = {Which.TO_TAKE: inbox.Tab.TO_TAKE, Which.MINE: inbox.Tab.MINE, Which.WAITING: inbox.Tab.OTHERS}


def _narrowed(which: Which | None, *, of_agency: bool) -> Iterator[ColumnElement[bool]]:
    if which is Which.LATE:
        yield UserTask.due_at < bindparam("scope_now")
    elif which is not None:
        yield inbox.in_tab(_TABS[which])
    if of_agency:
        yield UserTask.agency_id == bindparam("only_agency")


def _ordered(order: Order, task: Any) -> list[Any]:
    """Say the order; a task without a running clock comes after all that have one."""
    if order is Order.DUE:
        return [task.due_at.nulls_last(), task.created_at, task.id]
    key = [task.created_at, task.id]
    return [column.desc() for column in key] if order is Order.NEWEST else key


def _beyond(order: Order, *, after_dated: bool | None) -> Iterator[ColumnElement[bool]]:
    if after_dated is None:
        return
    key = tuple_(UserTask.created_at, UserTask.id)
    there = tuple_(bindparam("after_created", type_=Instant()), bindparam("after_id", type_=Uuid()))
    due_at = bindparam("after_due", type_=Instant())
    if order is not Order.DUE:
        yield key < there if order is Order.NEWEST else key > there
    elif not after_dated:
        yield and_(UserTask.due_at.is_(None), key > there)
    else:
        later = or_(UserTask.due_at > due_at, UserTask.due_at.is_(None))
        yield or_(later, and_(UserTask.due_at == due_at, key > there))


def _row(row: Any) -> TaskRow:
    task, case_code, agency_name, assignee_name, clock_name = row
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
        first_by_id=task.first_by_id,
        created_at=task.created_at,
        due_at=task.due_at,
        clock=clock_name,
        late=task.due_at is not None and task.due_at < clock.now(),
        handover=lookup.pending(task),
    )
