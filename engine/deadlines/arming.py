"""Arming and stopping the clocks of a task: rows only; what a fired rung changes is the business of `cases`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from engine import db
from engine.bpmn import expressions
from engine.deadlines import ladders
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.parameters import EscalationClass, Nature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model


@dataclass(frozen=True, slots=True)
class Owed:
    """The task whose clock is meant, and the agency that owes it."""

    network_id: UUID
    case_id: UUID
    task_id: UUID
    agency_id: UUID


def arm(session: Session, owed: Owed, wanted: model.Deadline, length: object, starts_at: datetime) -> list[Rung]:
    """Arm one clock of a task from `starts_at` (aware UTC) for `length`, with the rungs of its ladder.

    The rungs are handed back and not yet added: their deadline has to be in the database first. Raises ExpressionFailed
    for a length that is none.
    """
    deadline = Deadline(
        id=db.new_id(),
        network_id=owed.network_id,
        case_id=owed.case_id,
        task_id=owed.task_id,
        agency_id=owed.agency_id,
        clock=DeadlineClock(wanted.clock),
        parameter=wanted.parameter,
        escalation_class=EscalationClass(wanted.escalation_class) if wanted.escalation_class else None,
        nature=Nature(wanted.nature),
        starts_at=starts_at,
        due_at=expressions.later(length, starts_at),
    )
    session.add(deadline)
    return _rungs(deadline)


def arm_again(session: Session, task_id: UUID, agency_id: UUID, *, now: datetime) -> None:
    """Let the reception of a task that nobody holds any more run anew, for as long as the first time.

    Without it a task taken and given back would wait for somebody with nobody told. A task that has no clock of
    reception, or whose clock still runs, stays as it is.
    """
    query = (
        select(Deadline)
        .where(Deadline.task_id == task_id, Deadline.clock == DeadlineClock.RECEPTION)
        .order_by(Deadline.starts_at.desc())
        .limit(1)
    )
    before = session.scalars(query).one_or_none()
    if before is None or before.state is DeadlineStatus.ARMED:
        return
    deadline = Deadline(
        id=db.new_id(),
        network_id=before.network_id,
        case_id=before.case_id,
        task_id=task_id,
        agency_id=agency_id,
        clock=before.clock,
        parameter=before.parameter,
        escalation_class=before.escalation_class,
        nature=before.nature,
        starts_at=now,
        due_at=now + (before.due_at - before.starts_at),
    )
    session.add(deadline)
    session.flush()
    session.add_all(_rungs(deadline))


def _rungs(deadline: Deadline) -> list[Rung]:
    climbs = ladders.climbs(deadline.starts_at, deadline.due_at, deadline.escalation_class)
    return [
        Rung(
            network_id=deadline.network_id,
            case_id=deadline.case_id,
            deadline_id=deadline.id,
            step=climb.step,
            position=position,
            due_at=climb.due_at,
        )
        for position, climb in enumerate(climbs)
    ]


def stop(
    session: Session, task_id: UUID, clocks: Collection[DeadlineClock], *, happened_at: datetime, now: datetime
) -> set[DeadlineClock]:
    """Stop clocks of a task and give those that were running.

    Kept or late is judged by when the act happened; the ladder stops when it is recorded.
    """
    stopped = (
        update(Deadline)
        .where(Deadline.task_id == task_id, Deadline.clock.in_(clocks), Deadline.state == DeadlineStatus.ARMED)
        .values(
            state=DeadlineStatus.STOPPED,
            happened_at=happened_at,
            stopped_at=now,
            kept=Deadline.due_at >= happened_at,
        )
        .returning(Deadline.id, Deadline.clock)
        .execution_options(synchronize_session="fetch")
    )
    rows = session.execute(stopped).all()
    _void_rungs(session, [row.id for row in rows])
    return {row.clock for row in rows}


def void(session: Session, task_ids: Iterable[UUID]) -> None:
    """Let the clocks of tasks fall away: the path has changed, nobody owes them any more."""
    query = select(Deadline.id).where(Deadline.task_id.in_(list(task_ids)), Deadline.state == DeadlineStatus.ARMED)
    ids = list(session.scalars(query).all())
    if ids:
        session.execute(update(Deadline).where(Deadline.id.in_(ids)).values(state=DeadlineStatus.VOID))
        _void_rungs(session, ids)


def _void_rungs(session: Session, deadline_ids: list[UUID]) -> None:
    if deadline_ids:
        waiting = update(Rung).where(Rung.deadline_id.in_(deadline_ids), Rung.state == RungStatus.WAITING)
        session.execute(waiting.values(state=RungStatus.VOID))
