"""Clocks that stand still for a reason that the protocol allows: when that is over, and what everybody sees of it.

The reason is a parameter of the network: its title says why, its length how long at the most. Then the clock runs again
by itself, and all agencies of the case are told. While her own wish holds the step too, that holds it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine import clock, db, parameters
from engine.cases import history, holding
from engine.cases.models import UserTask
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus, Rung, RungStatus
from engine.participants.models import Agency

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.participants.access import Actor

RESUMED = "clock_resumed"


@dataclass(frozen=True, slots=True)
class StandingClock:
    """A clock that stands still, as all agencies of the case see it: whose, which, why, until when at the most."""

    agency_name: str
    clock: DeadlineClock
    title_it: str
    title_en: str
    since: datetime
    ends_at: datetime | None


def look(running: Ground) -> datetime | None:
    """Let the clocks of a case run again whose pause is over; say when the next one is."""
    session, now = running.session, clock.now()
    session.flush()
    query = (
        select(DeadlinePause, Deadline)
        .join(Deadline, Deadline.id == DeadlinePause.deadline_id)
        .where(DeadlinePause.case_id == running.case.id, DeadlinePause.until.is_(None))
        .where(DeadlinePause.ends_at.is_not(None))
        .order_by(DeadlinePause.ends_at, DeadlinePause.id)
        .execution_options(populate_existing=True)
    )
    waiting = []
    for pause, deadline in session.execute(query).all():
        if deadline.state is not DeadlineStatus.PAUSED:  # its step went away meanwhile
            pause.until = now
        elif pause.ends_at is not None and pause.ends_at <= now:
            run_again(running, deadline, pause, pause.ends_at)
        else:
            waiting.append(pause.ends_at)
    session.flush()
    return min((at for at in waiting if at is not None), default=None)


def run_again(
    running: Ground, deadline: Deadline, pause: DeadlinePause, at: datetime, *, actor: Actor | None = None
) -> None:
    """Let a clock run on from an instant with what was left of it; all agencies are told. None: by itself."""
    session = running.session
    task = session.get_one(UserTask, deadline.task_id)
    pause.until = max(at, pause.since)
    session.flush()
    holding.run_on(running, deadline, pause.since, pause.until)
    session.flush()
    if task.held_since is not None and deadline.state is DeadlineStatus.ARMED:
        _hold_on(session, deadline, pause.until)
    else:
        task.due_at = arming.next_due(session, task.id)
    history.record(
        session,
        running.case,
        history.EventKind.CLOCK_RESUMED,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        element_id=task.element_id,
        happened_at=pause.until,
        values={"clock": deadline.clock.value},
    )
    holding.tell(running, RESUMED)


def _hold_on(session: Session, deadline: Deadline, since: datetime) -> None:
    """Let a clock stand still on by her wish, with what has become of its instants."""
    wish = DeadlinePause(id=db.new_id(), network_id=deadline.network_id, case_id=deadline.case_id, since=since)
    wish.deadline_id, deadline.state = deadline.id, DeadlineStatus.PAUSED
    session.add(wish)
    silent = update(Rung).where(Rung.deadline_id == deadline.id, Rung.state == RungStatus.WAITING)
    session.execute(silent.values(state=RungStatus.PAUSED))


def of_case(session: Session, case_id: UUID) -> tuple[StandingClock, ...]:
    """Give the clocks of a case that stand still for a reason of the protocol, the first to run again first."""
    query = (
        select(DeadlinePause, Deadline, Agency.name)
        .join(Deadline, Deadline.id == DeadlinePause.deadline_id)
        .join(Agency, Agency.id == Deadline.agency_id)
        .where(DeadlinePause.case_id == case_id, DeadlinePause.until.is_(None), DeadlinePause.ends_at.is_not(None))
        .where(Deadline.state == DeadlineStatus.PAUSED)
        .order_by(DeadlinePause.ends_at, DeadlinePause.id)
    )
    rows = session.execute(query).all()
    named = parameters.named(session, rows[0][1].network_id) if rows else {}
    return tuple(
        StandingClock(
            name, deadline.clock, *parameters.titles(named, pause.parameter or ""), pause.since, pause.ends_at
        )
        for pause, deadline, name in rows
    )
