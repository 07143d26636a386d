"""The inbox: the tasks of one's agencies, late ones first, then what is due soonest. No workflow is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from engine import clock
from engine.cases import helping, lookup, separation
from engine.cases.action_item_models import ActionItem
from engine.cases.helper_models import TaskHelper
from engine.cases.models import Baton, Case, Incident, TaskStatus, UserTask
from engine.cases.narrowing import EVERYTHING, Narrowing, conditions
from engine.cases.question_models import Question
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.ladders.steps import EscalationClass, Target
from engine.participants import access
from engine.participants.models import Agency, Channel, NetworkAgency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page."""

COUNTED = 1_000
"""As far as the tasks of a tab are counted: who has more does not need to know how many more."""


URGENT = (EscalationClass.E0, EscalationClass.E1)
"""The classes of which the inbox says whom they reach next."""


class Tab(StrEnum):
    """What an inbox shows: to be taken, taken by me, taken by my colleagues."""

    TO_TAKE = "to_take"
    MINE = "mine"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A task in the inbox. `due_at` is the next of its clocks that still runs; `late` is computed from the clock.

    `offered_to_name` is the colleague for whom the agency's lead has put it there; anybody of the agency may take it.
    `must_be_another`: the reader did a step that this one is kept apart from, so a colleague has to take it. `held`:
    the path stands still by her wish, and goes on by itself at `held_until` if it does.
    `handover`: the case is to be handed over for it, or to be accepted; None once it is there. `to_confirm`: a first
    person has answered it, a second one has to confirm. `climbs_at`: what is urgent reaches `climbs_to` then, others
    than who has to do it, unless somebody answers. `date_unknown`: a clock of it waits for a date.
    """

    network_id: UUID
    task_id: UUID
    case_id: UUID
    case_code: str
    name: str
    lane: str
    agency_name: str
    agency_channel: Channel
    state: TaskStatus
    assignee_name: str | None
    offered_to_name: str | None
    created_at: datetime
    due_at: datetime | None
    clock: DeadlineClock | None
    late: bool
    escalated_to: RungStep | None
    must_be_another: bool
    held: bool
    held_until: datetime | None
    handover: Baton | None
    to_confirm: bool
    climbs_at: datetime | None
    climbs_to: tuple[str, ...]
    date_unknown: bool
    helped: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the inbox, whether another follows, and how many tasks each tab has, counted as far as `COUNTED`.

    `saved_counts` are those of the saved filters, in their order; `questions` of other agencies wait for an answer,
    `items` are what ladders have left to one's agencies.
    """

    rows: tuple[InboxRow, ...]
    more: bool
    counts: dict[Tab, int]
    saved_counts: tuple[int, ...] = ()
    questions: int = 0
    items: int = 0


def page(
    session: Session,
    actor: Actor,
    *,
    tab: Tab = Tab.TO_TAKE,
    narrowing: Narrowing = EVERYTHING,
    saved: Sequence[tuple[Tab, Narrowing]] = (),
    offset: int = 0,
    reach: int = 0,
) -> Inbox:
    """Give a page of the actor's inbox, at most `LIMIT` rows, and the numbers of its tabs and of `saved` filters.

    `reach`: so many rows more, for `merged`. A mistyped code finds nothing.
    """
    numbers = counted(session, actor, narrowing=narrowing, saved=saved)
    given = values(actor) | narrowing.values("", now=clock.now()) | {"offset": offset, "reach": reach}
    rows = session.execute(_rows(tab, narrowing.shape), given).all()
    shown = rows[: LIMIT + reach]
    others = separation.excluded(session, actor, [row[0] for row in shown])
    return replace(numbers, rows=tuple(_row(row, others) for row in shown), more=len(rows) > len(shown))


def counted(
    session: Session, actor: Actor, *, narrowing: Narrowing = EVERYTHING, saved: Sequence[tuple[Tab, Narrowing]] = ()
) -> Inbox:
    """Give the numbers of the actor's inbox, of its tabs and of `saved` filters, by one statement; without rows."""
    wanted = [*((each, narrowing) for each in Tab), *saved]
    given = values(actor)
    for number, (_tab, narrow) in enumerate(wanted):
        given |= narrow.values(f"_{number}", now=clock.now())
    numbers = session.execute(_counts(tuple((each, narrow.shape) for each, narrow in wanted)), given).one()
    return Inbox(
        rows=(),
        more=False,
        counts=dict(zip(Tab, numbers, strict=False)),
        saved_counts=tuple(numbers[len(Tab) : -2]),
        items=numbers[-2],
        questions=numbers[-1],
    )


def merged(first: Inbox, others: Sequence[Inbox], *, offset: int) -> Inbox:
    """Make one page of those that somebody has in several networks, each read from its beginning as far as `offset`.

    The saved filters are those of the first.
    """
    inboxes = (first, *others)
    rows = sorted((row for one in inboxes for row in one.rows), key=_order)
    return Inbox(
        rows=tuple(rows[offset : offset + LIMIT]),
        more=len(rows) > offset + LIMIT or any(one.more for one in inboxes),
        counts={tab: min(sum(one.counts[tab] for one in inboxes), COUNTED) for tab in Tab},
        saved_counts=first.saved_counts,
        questions=first.questions,
        items=first.items,
    )


def _order(row: InboxRow) -> tuple[bool, datetime, datetime, UUID]:
    """Say the order of the rows, as the query has it."""
    return (row.due_at is None, row.due_at or row.created_at, row.created_at, row.task_id)


def values(actor: Actor) -> dict[str, object]:
    """What fills the places of `ASKED`, `among` and `in_tab`."""
    return {**access.scope(actor).values, "reader": actor.user_id}


def owed(actor: Actor) -> ColumnElement[bool]:
    """Open tasks of the actor's agencies, and of agencies without computers in cases where his takes part."""
    scope = access.scope(actor)
    return and_(
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        UserTask.network_id == scope.network_id,
        lookup.seen(actor),
        lookup.ones_own(scope.agency_ids),
    )


def in_tab(tab: Tab) -> ColumnElement[bool]:
    """What a tab shows, of the tasks that are owed."""
    if tab is Tab.TO_TAKE:
        return UserTask.state == TaskStatus.OPEN
    held, reader = UserTask.state == TaskStatus.CLAIMED, bindparam("reader", type_=Uuid())
    own = or_(UserTask.assignee_id == reader, helping.is_helped_by(reader))
    return and_(held, own if tab is Tab.MINE else func.coalesce(~own, true()))


def _asked() -> CTE:
    in_network = select(NetworkAgency.agency_id).where(NetworkAgency.network_id == bindparam("scope_network"))
    without_portal = and_(Agency.channel != Channel.PORTALE, Agency.id.in_(in_network))
    own = Agency.id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid())))
    named = (Agency.id, Agency.name, Agency.channel, own.label("own"))
    return select(*named).where(or_(own, without_portal)).cte("asked")


# The agencies whose tasks may be in the inbox: one's own, and those of the network that have no computers.
ASKED = _asked()


def among(state: TaskStatus) -> tuple[ColumnElement[bool], ...]:
    """What an open or a claimed task of one of these agencies must be to be the actor's to see."""
    # Written out, for a planner that sees only a place for a value cannot use the index of open and claimed tasks.
    written: ColumnElement[TaskStatus] = literal_column(f"'{state.value}'")
    return (
        UserTask.agency_id == ASKED.c.id,
        UserTask.state == written,
        or_(ASKED.c.own, UserTask.proxy_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid())))),
        UserTask.network_id == bindparam("scope_network"),
        lookup.SEEN if state is TaskStatus.OPEN else UserTask.case_id.in_(access.IN_CASES),
    )


def tasks_of_agencies() -> Any:
    """Tasks with the agencies that owe them and their cases: what `owed` and `in_tab` are conditions of."""
    return UserTask.__table__.join(Agency.__table__, Agency.id == UserTask.agency_id).join(
        Case.__table__, Case.id == UserTask.case_id
    )


def _shown(tab: Tab, shape: frozenset[str], suffix: str) -> tuple[ColumnElement[bool], ...]:
    """What a task of one of the agencies must be to stand in a tab."""
    state = TaskStatus.OPEN if tab is Tab.TO_TAKE else TaskStatus.CLAIMED
    return (*among(state), in_tab(tab), *conditions(shape, suffix))


_QUESTIONS = (
    select(func.count(Question.id))
    .join(UserTask, UserTask.id == Question.task_id)
    .where(
        Question.to_agency_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid()))),
        Question.answered_at.is_(None),
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        UserTask.held_since.is_(None),
        Question.case_id.in_(access.IN_CASES),
    )
    .scalar_subquery()
)


_ITEMS = (
    select(func.count(ActionItem.id))
    .where(
        ActionItem.agency_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid()))),
        ActionItem.closed_at.is_(None),
        ActionItem.case_id.in_(access.IN_CASES),
    )
    .scalar_subquery()
)


# Queries are built once for each shape: building one costs as much as running it.
@lru_cache(maxsize=256)
def _counts(shapes: tuple[tuple[Tab, frozenset[str]], ...]) -> Select[*tuple[int, ...]]:
    """Count the tasks of tabs and filters, what ladders have left, and the questions that wait, by one statement."""
    tasks = [_counted(tab, shape, f"_{number}") for number, (tab, shape) in enumerate(shapes)]
    return select(*tasks, _ITEMS, _QUESTIONS)


def _counted(tab: Tab, shape: frozenset[str], suffix: str) -> ScalarSelect[int]:
    found = select(UserTask.id).select_from(ASKED).where(*_shown(tab, shape, suffix)).limit(COUNTED).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


@lru_cache(maxsize=256)
def _rows(tab: Tab, shape: frozenset[str]) -> Select[Any]:
    """Take the first tasks of each agency in the order of the index, and of those the first of all."""
    order = (UserTask.due_at.nulls_last(), UserTask.created_at, UserTask.id)
    first = (
        select(UserTask)
        .where(*_shown(tab, shape, ""))
        .order_by(*order)
        .limit(bindparam("offset") + bindparam("reach") + LIMIT + 1)
        .correlate(ASKED)
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
        select(Rung.step)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(
            Deadline.task_id == task.id,
            Deadline.state == DeadlineStatus.ARMED,
            Rung.state == RungStatus.FIRED,
            Rung.step != RungStep.REMINDER,
        )
        .order_by(Rung.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    above = _above(task)
    shown = (task, Case.code, Case.held_until, ASKED.c.name, ASKED.c.channel, User.display_name, running, climbed)
    return (
        select(*shown, above.c.due_at, above.c.targets, _waits_for_a_date(task), _helped(task))
        .select_from(ASKED)
        .join(first, true())
        .outerjoin(above, true())
        .join(Case, Case.id == task.case_id)
        .outerjoin(User, User.id == func.coalesce(task.assignee_id, task.offered_to_id))
        .order_by(task.due_at.nulls_last(), task.created_at, task.id)
        .limit(bindparam("reach") + LIMIT + 1)
        .offset(bindparam("offset"))
    )


def _above(task: type[UserTask]) -> FromClause:
    """Give the next rung of what is urgent on which others stand than who has to do it."""
    return (
        select(Rung.due_at, Rung.targets)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(
            Deadline.task_id == task.id,
            Deadline.state == DeadlineStatus.ARMED,
            Deadline.escalation_class.in_(URGENT),
            Rung.state == RungStatus.WAITING,
            Rung.targets != [Target.ASSIGNEE.value],
        )
        .order_by(Rung.due_at, Rung.position.desc())
        .limit(1)
        .lateral("above")
    )


def _waits_for_a_date(task: type[UserTask]) -> ColumnElement[bool]:
    waits = select(Incident.id).where(
        Incident.case_id == task.case_id,
        Incident.token_id == task.id.cast(Text),
        Incident.resolved_at.is_(None),
        Incident.ask_at.is_not(None),
    )
    return waits.exists()


def _helped(task: type[UserTask]) -> ColumnElement[bool]:
    return exists().where(TaskHelper.task_id == task.id, TaskHelper.user_id == bindparam("reader", type_=Uuid()))


def _row(row: Any, others: frozenset[UUID]) -> InboxRow:
    task, code, held_until, agency_name, agency_channel, person, clock_name, climbed, *rest = row
    climbs_at, climbs_to, waits, helped = rest
    return InboxRow(
        network_id=task.network_id,
        task_id=task.id,
        case_id=task.case_id,
        case_code=code,
        name=task.name,
        lane=task.lane,
        agency_name=agency_name,
        agency_channel=agency_channel,
        state=task.state,
        assignee_name=person if task.state is TaskStatus.CLAIMED else None,
        offered_to_name=person if task.state is TaskStatus.OPEN else None,
        created_at=task.created_at,
        due_at=task.due_at,
        clock=clock_name,
        late=task.due_at is not None and task.due_at < clock.now(),
        escalated_to=climbed,
        must_be_another=task.id in others,
        held=task.held_since is not None,
        held_until=held_until if task.held_since is not None else None,
        handover=lookup.pending(task),
        to_confirm=task.first_by_id is not None,
        climbs_at=climbs_at if task.held_since is None else None,
        climbs_to=tuple(target for target in climbs_to or () if target != Target.ASSIGNEE),
        date_unknown=waits,
        helped=helped,
    )
