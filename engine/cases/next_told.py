"""Who is told next if nobody answers: the next rung of each ladder, before it is climbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from engine.cases import inbox, lookup, targets
from engine.cases.models import Case, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus, Rung, RungStatus, RungStep
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.notifications import Receiver
    from engine.participants.access import Actor

LIMIT = 200
"""Steps whose next rung is looked up at once, those that are climbed first."""


@dataclass(frozen=True, slots=True)
class NextTold:
    """A step, and whom its next rung tells at `at`: a person, or whoever has a role (in an agency, if one is named)."""

    task_id: UUID
    task_name: str
    step: RungStep
    at: datetime
    role: Role | None
    agency_name: str | None
    person: str | None


def of_case(session: Session, actor: Actor, case_id: UUID) -> tuple[NextTold, ...]:
    """Give the next rung of each open step of a case that is the actor's to see. Raises NotFound."""
    lookup.case(session, actor, case_id, to_read=True)
    return of_tasks(session, actor, UserTask.case_id == case_id)


def of_tasks(session: Session, actor: Actor, which: ColumnElement[bool]) -> tuple[NextTold, ...]:
    """Give the next rung of each open step that the actor's agencies owe, of those chosen, soonest first."""
    first = (
        select(Rung.step, Rung.due_at, Rung.deadline_id, Rung.position)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(
            Deadline.task_id == UserTask.id,
            Deadline.state == DeadlineStatus.ARMED,
            Rung.state == RungStatus.WAITING,
        )
        .order_by(Rung.due_at, Rung.position.desc())
        .limit(1)
        .lateral("first_rung")
    )
    ladder = (
        select(func.array_agg(aggregate_order_by(func.array_to_string(Rung.targets, " "), Rung.position)))
        .where(Rung.deadline_id == first.c.deadline_id, Rung.position >= first.c.position)
        .scalar_subquery()
    )
    query = (
        select(UserTask, Case, Agency.channel, first.c.step, first.c.due_at, ladder)
        .select_from(inbox.tasks_of_agencies())
        .join(first, first.c.step.is_not(None))
        .where(inbox.owed(actor), which)
        .order_by(first.c.due_at, UserTask.id)
        .limit(LIMIT)
    )
    return tuple(
        _row(session, task, at, step, receiver)
        for task, case, channel, step, at, left in session.execute(query).all()
        for receiver in targets.reached(
            targets.Late.of(session, case, task, channel, at=at), [rung.split() for rung in left]
        ).receivers
    )


def _row(session: Session, task: UserTask, at: datetime, step: RungStep, receiver: Receiver) -> NextTold:
    return NextTold(
        task_id=task.id,
        task_name=task.name,
        step=step,
        at=at,
        role=receiver.role,
        agency_name=session.get_one(Agency, receiver.agency_id).name if receiver.agency_id is not None else None,
        person=session.get_one(User, receiver.user_id).display_name if receiver.user_id is not None else None,
    )
