"""What a ladder leaves to somebody that no diagram draws: a reminder to send, an incident to report, an agenda item.

It belongs to the case and has a trail there. A reminder (sollecito) is of the agency that holds the case, never of who
owes the step: a court is told by her lawyer. What concerns the network is the coordination's. Of a step of another
agency no more is said than whose it is and since when it is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, false, func, or_, select

from engine import clock, db, errors
from engine.cases import execution, history, lifecycle, lookup
from engine.cases.action_item_models import ActionItem, ItemKind, ItemOutcome
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import Deadline
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Role, User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 200
KEPT_IN_VIEW = timedelta(days=30)
"""For so long what is closed stays on the list."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """Something to be done as its list shows it; `label` and `case_id` are None where step or case are not one's own.

    `late_since` is when the step was due; `step_done`: it is done meanwhile, or owed no more.
    """

    id: UUID
    kind: ItemKind
    case_code: str
    case_id: UUID | None
    step_id: UUID
    label: str | None
    owing_name: str
    agency_name: str | None
    late_since: datetime
    step_done: bool
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    outcome: ItemOutcome | None


@db.over(Reach.EVERYTHING)
def listed(session: Session, actor: Actor) -> tuple[ItemRow, ...]:
    """Give what is to be done by the actor's agencies and the coordination if he is of it, then what was done lately.

    Raises Forbidden.
    """
    access.require(actor, Action.CLOSE_ITEM)
    owing, whose = Agency.__table__.alias("owing"), Agency.__table__.alias("whose")
    query = (
        select(
            *(ActionItem, Case.code, UserTask, Deadline.due_at, owing.c.name, whose.c.name, User.display_name),
            access.scope(actor).sees(ActionItem.case_id),
        )
        .join(Case, Case.id == ActionItem.case_id)
        .join(UserTask, UserTask.id == ActionItem.task_id)
        .join(Deadline, Deadline.id == ActionItem.deadline_id)
        .join(owing, owing.c.id == UserTask.agency_id)
        .outerjoin(whose, whose.c.id == ActionItem.agency_id)
        .outerjoin(User, User.id == ActionItem.closed_by_id)
        .where(_mine(actor), or_(_OPEN, ActionItem.closed_at > clock.now() - KEPT_IN_VIEW))
        .order_by(ActionItem.closed_at.desc().nulls_first(), Deadline.due_at, ActionItem.id)
        .limit(LIMIT)
    )
    return tuple(_row(actor, row) for row in session.execute(query).all())


@db.over(Reach.EVERYTHING)
def waiting(session: Session, actor: Actor) -> int:
    """Count what is to be done by the actor's agencies, and by the coordination if he is of it."""
    return session.scalar(select(func.count(ActionItem.id)).where(_mine(actor), _OPEN)) or 0


@db.over(Reach.EVERYTHING)
def close(session: Session, actor: Actor, item_id: UUID, *, outcome: ItemOutcome, reason: str = "") -> ActionItem:
    """Say that something was done, or with a reason that it need not be.

    Raises NotFound, Conflict `item_closed`, InvalidValue for `reason`.
    """
    access.require(actor, Action.CLOSE_ITEM)
    found = session.scalars(select(ActionItem).where(ActionItem.id == item_id, _mine(actor))).one_or_none()
    if found is None:
        raise errors.NotFound(item=item_id)
    said = reason.strip() if outcome is ItemOutcome.DONE and not reason.strip() else lifecycle.require_reason(reason)
    with execution.locked(session, found.case_id, actor) as running:
        row = session.get_one(ActionItem, item_id, populate_existing=True)
        if row.closed_at is not None:
            raise errors.Conflict("item_closed", item=item_id)
        row.closed_at, row.closed_by_id, row.outcome = clock.now(), actor.user_id, outcome
        task = session.get_one(UserTask, row.task_id)
        kind = _CLOSED[outcome]
        history.of_task(running, actor, task, kind, in_person=True, values={"reason": said} if said else None)
    return row


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Say of items that they are the actor's to do: of an agency of his that takes part, or of the coordination."""
    scope = access.scope(actor)
    of_agency = and_(
        ActionItem.agency_id.in_(actor.agencies_as(Role.OPERATRICE, Role.RESPONSABILE)), scope.sees(ActionItem.case_id)
    )
    of_network = and_(ActionItem.agency_id.is_(None), scope.admits(ActionItem.case_id))
    here = ActionItem.network_id == actor.network_id
    return and_(here, or_(of_agency, of_network if scope.oversees_network else false()))


_OPEN: ColumnElement[bool] = ActionItem.closed_at.is_(None)
_CLOSED = {
    ItemOutcome.DONE: history.EventKind.ITEM_DONE,
    ItemOutcome.NOT_NEEDED: history.EventKind.ITEM_NOT_NEEDED,
}


def _row(actor: Actor, found: tuple[ActionItem, str, UserTask, datetime, str, str | None, str | None, bool]) -> ItemRow:
    item, code, task, due_at, owing, whose, closed_by, sees = found
    return ItemRow(
        id=item.id,
        kind=item.kind,
        case_code=code,
        case_id=item.case_id if sees else None,
        step_id=item.task_id,
        label=task.name if sees and lookup.visible(actor, task) else None,
        owing_name=owing,
        agency_name=whose,
        late_since=due_at,
        step_done=task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED},
        opened_at=item.opened_at,
        closed_at=item.closed_at,
        closed_by=closed_by,
        outcome=item.outcome,
    )
