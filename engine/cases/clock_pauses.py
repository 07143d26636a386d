"""Letting a clock of a step stand still, for a reason that the protocol allows, and letting it run again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from engine import clock, db, errors, parameters
from engine.bpmn.expressions import hosting, length
from engine.calendars import lengths
from engine.calendars.lengths import Clock
from engine.cases import execution, extending, history, holding, lookup, standing_still
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus, Rung, RungStatus
from engine.definitions import repository
from engine.errors import InvalidValue
from engine.terms import Nature

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.execution import Running
    from engine.cases.models import UserTask
    from engine.participants.access import Actor

PAUSED = "clock_paused"


def pause(session: Session, actor: Actor, task_id: UUID, name: DeadlineClock, *, reason: str) -> DeadlinePause:
    """Let a clock of a step stand still, for a reason (a parameter) that its shape allows, once for each.

    It runs again by itself when the longest time of that reason is over. All agencies of the case are told.
    Raises NotFound, Forbidden, TaskNotOpen, PathHeld, NeverOpen, InvalidValue; Conflict `no_such_term`, `term_of_law`,
    `term_over`, `pause_used`.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = extending.step(running, actor, task_id)
        deadline = extending.armed(session, task, name)
        if deadline.nature is Nature.LEGGE:
            raise errors.Conflict("term_of_law", task=task_id)
        if reason not in {allowed.parameter for allowed in allowed_for(session, task) if allowed.clock == name}:
            raise InvalidValue("reason", "not_allowed")
        if deadline.due_at <= clock.now():
            raise errors.Conflict("term_over", task=task_id)
        if reason in used(session, task_id, name):
            raise errors.Conflict("pause_used", task=task_id)
        row = _stop(running, actor, deadline, reason)
        session.flush()
        task.due_at = arming.next_due(session, task.id)
        ends_at = [at for at in (running.case.clocks_at, row.ends_at) if at is not None]
        running.case.clocks_at = min(ends_at)
        title_it, _title_en = parameters.titles(parameters.named(session, task.network_id), reason)
        said = {"clock": name.value, "reason": title_it or reason}
        history.of_task(running, actor, task, history.EventKind.CLOCK_PAUSED, values=said)
        holding.tell(running, PAUSED)
    return row


def resume(session: Session, actor: Actor, task_id: UUID, name: DeadlineClock) -> None:
    """Let a clock run again before its pause is over.

    Raises NotFound, Forbidden, TaskNotOpen, PathHeld, Conflict `not_paused`.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        extending.step(running, actor, task_id)
        query = (
            select(Deadline, DeadlinePause)
            .join(DeadlinePause, DeadlinePause.deadline_id == Deadline.id)
            .where(Deadline.task_id == task_id, Deadline.clock == name, Deadline.state == DeadlineStatus.PAUSED)
            .where(DeadlinePause.until.is_(None), DeadlinePause.ends_at.is_not(None))
        )
        found = session.execute(query.execution_options(populate_existing=True)).one_or_none()
        if found is None:
            raise errors.Conflict("not_paused", task=task_id)
        standing_still.run_again(running, *found, clock.now(), actor=actor)


def allowed_for(session: Session, task: UserTask) -> tuple[model.Pause, ...]:
    """Give the reasons for which clocks of a step may stand still, as its shape has them."""
    return repository.load(session, task.definition_id).node(task.element_id).pauses


def used(session: Session, task_id: UUID, name: DeadlineClock) -> frozenset[str]:
    """Give the reasons for which a clock of a step has stood still."""
    query = (
        select(DeadlinePause.parameter)
        .join(Deadline, Deadline.id == DeadlinePause.deadline_id)
        .where(Deadline.task_id == task_id, Deadline.clock == name, DeadlinePause.parameter.is_not(None))
    )
    return frozenset(session.scalars(query))


def _stop(running: Running, actor: Actor, deadline: Deadline, reason: str) -> DeadlinePause:
    session, now = running.session, clock.now()
    row = DeadlinePause(
        id=db.new_id(),
        network_id=deadline.network_id,
        case_id=deadline.case_id,
        deadline_id=deadline.id,
        since=max(now, deadline.starts_at),
        parameter=reason,
        ends_at=_ends_at(running, deadline, reason, max(now, deadline.starts_at)),
        by_id=actor.user_id,
    )
    session.add(row)
    deadline.state = DeadlineStatus.PAUSED
    silent = update(Rung).where(Rung.deadline_id == deadline.id, Rung.state == RungStatus.WAITING)
    session.execute(silent.values(state=RungStatus.PAUSED))
    return row


def _ends_at(running: Running, deadline: Deadline, reason: str, now: datetime) -> datetime:
    with hosting(running.host):
        longest = length(reason)
    calendar = running.timetables.of(deadline.agency_id) if longest.clock is Clock.GL else None
    return lengths.due(longest, now, calendar)
