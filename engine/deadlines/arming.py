"""Arming and stopping the clocks of a task: rows only; what a fired rung changes is the business of `cases`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Text, all_, and_, any_, bindparam, case, func, null, or_, select, update

from engine import db, rows
from engine.calendars import lengths
from engine.calendars.lengths import Clock, Length
from engine.calendars.timetables import Timetables
from engine.deadlines import climbing
from engine.deadlines.climbing import Plan, Planned
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus, Rung, RungStatus, RungStep
from engine.errors import NeverOpen
from engine.ladders.models import LadderVersion
from engine.ladders.steps import EscalationClass
from engine.terms import Nature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model


RUNNING = (DeadlineStatus.ARMED, DeadlineStatus.PAUSED)
"""The clocks of acts that are still owed, those that stand still among them."""

STANDING = (RungStatus.WAITING, RungStatus.PAUSED)
"""The rungs that are still to come."""

_deadlines, _ladder, _versions = db.table(Deadline), db.table(Rung), db.table(LadderVersion)
_STOPPED = (
    update(_deadlines)
    .where(
        _deadlines.c.task_id == bindparam("of_task"),
        _deadlines.c.clock == any_(bindparam("clocks", type_=ARRAY(Text()))),
        or_(
            _deadlines.c.state.in_(RUNNING),
            and_(_deadlines.c.state == DeadlineStatus.EXTENDED, _deadlines.c.kept.is_(None)),
        ),
    )
    .values(
        # What was extended stays that, and is judged by when it was due before.
        state=case(
            (_deadlines.c.state == DeadlineStatus.EXTENDED, _deadlines.c.state), else_=DeadlineStatus.STOPPED.value
        ),
        happened_at=bindparam("happened"),
        stopped_at=bindparam("recorded"),
        kept=_deadlines.c.due_at >= bindparam("happened"),
    )
    .returning(_deadlines.c.id, _deadlines.c.clock, _deadlines.c.ladder_id)
    .cte("stopped")
)
_FALLEN = (
    update(_ladder)
    .where(_ladder.c.deadline_id.in_(select(_STOPPED.c.id)), _ladder.c.state.in_(STANDING))
    .values(state=RungStatus.VOID)
    .cte("fallen")
)
# The clocks and their ladders by one statement; it gives the clocks that it stopped, when the others are due, and after
# how long each of their classes lets go back what nobody touches.
_STOP = (
    select(_STOPPED.c.clock, null().label("due_at"), _versions.c.returned)
    .select_from(_STOPPED.outerjoin(_versions, _versions.c.id == _STOPPED.c.ladder_id))
    .add_cte(_FALLEN)
    .union_all(
        select(_deadlines.c.clock, _deadlines.c.due_at, _versions.c.returned)
        .select_from(_deadlines.outerjoin(_versions, _versions.c.id == _deadlines.c.ladder_id))
        .where(
            _deadlines.c.task_id == bindparam("of_task"),
            _deadlines.c.clock != all_(bindparam("clocks", type_=ARRAY(Text()))),
            _deadlines.c.state == DeadlineStatus.ARMED,
        )
    )
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The clocks that were running and are stopped now, and when the first of those that go on is due.

    `returned`: after how long the step goes back untouched, by the first of its classes that says so.
    """

    clocks: frozenset[DeadlineClock]
    next_due_at: datetime | None
    returned: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """The task whose clock is meant, and the agency that owes it."""

    network_id: UUID
    case_id: UUID
    task_id: UUID
    agency_id: UUID


def arm(
    session: Session,
    owed: Owed,
    wanted: model.Deadline,
    parameter: str,
    length: Length,
    starts_at: datetime,
    plan: Plan,
    timetables: Timetables,
) -> datetime:
    """Arm one clock of a task from `starts_at` (aware UTC) for `length`, with the rungs of its ladder.

    `parameter` is what the length is called in clear; it must not tell which of several lengths the case called for.
    Gives when it is due. Raises NeverOpen, OverflowError.
    """
    deadline = Deadline(
        id=db.new_id(),
        network_id=owed.network_id,
        case_id=owed.case_id,
        task_id=owed.task_id,
        agency_id=owed.agency_id,
        clock=DeadlineClock(wanted.clock),
        parameter=parameter,
        length=length.text,
        counts=length.clock,
        escalation_class=EscalationClass(wanted.escalation_class) if wanted.escalation_class else None,
        ladder_id=plan.ladder_id,
        nature=Nature(wanted.nature),
        starts_at=starts_at,
    )
    return _run(session, deadline, plan.steps, timetables)


def arm_again(session: Session, task_id: UUID, agency_id: UUID, *, now: datetime) -> datetime | None:
    """Let the reception of a task that nobody holds any more run anew, for as long as the first time.

    Without it a task taken and given back would wait for somebody with nobody told. A task that has no clock of
    reception, or whose clock still runs, stays as it is; else this says when the new one is due. Raises NeverOpen.
    """
    query = (
        select(Deadline)
        .where(Deadline.task_id == task_id, Deadline.clock == DeadlineClock.RECEPTION)
        .order_by(Deadline.starts_at.desc())
        .limit(1)
    )
    before = session.scalars(query).one_or_none()
    if before is None or before.state in RUNNING:
        return None
    return _run(session, _like(before, agency_id, now), _steps(session, before), Timetables(session, before.network_id))


def prolong(session: Session, before: Deadline, to: datetime, *, now: datetime, timetables: Timetables) -> None:
    """Let a running deadline end later, with the whole of its ladder anew; what it was stays, and is judged too."""
    fallen = update(Rung).where(Rung.deadline_id == before.id, Rung.state.in_(STANDING))
    steps, before.state = _steps(session, before), DeadlineStatus.EXTENDED
    session.execute(fallen.values(state=RungStatus.VOID))
    session.flush()
    after = _like(before, before.agency_id, now)
    after.extends_id = before.id
    _run(session, after, steps, timetables, due_at=to)


def _like(before: Deadline, agency_id: UUID, now: datetime) -> Deadline:
    """Give a clock as one was before, from now on."""
    return Deadline(
        id=db.new_id(),
        network_id=before.network_id,
        case_id=before.case_id,
        task_id=before.task_id,
        agency_id=agency_id,
        clock=before.clock,
        parameter=before.parameter,
        length=before.length,
        counts=before.counts,
        escalation_class=before.escalation_class,
        ladder_id=before.ladder_id,
        nature=before.nature,
        starts_at=now,
    )


def _steps(session: Session, before: Deadline) -> list[Planned]:
    rungs = session.scalars(select(Rung).where(Rung.deadline_id == before.id).order_by(Rung.position)).all()
    return [planned(rung) for rung in rungs]


def planned(rung: Rung) -> Planned:
    """Give what a rung was frozen with."""
    return Planned(rung.at, rung.counts, tuple(rung.targets), tuple(rung.actions))


def _run(
    session: Session,
    deadline: Deadline,
    steps: Sequence[Planned],
    timetables: Timetables,
    *,
    due_at: datetime | None = None,
) -> datetime:
    """Let a deadline run from its start, on the calendar of the agency that owes it, with its ladder.

    For its length, unless it was decided when it is due.
    """
    clock = deadline.counts
    calendar = timetables.of(deadline.agency_id) if climbing.need_calendar(clock, steps) else None
    deadline.due_at = due_at or lengths.due(Length.read(deadline.length, clock), deadline.starts_at, calendar)
    climbs = list(climbing.climbs(deadline.starts_at, deadline.due_at, steps, calendar=calendar))
    session.add(deadline)
    for position, climb in enumerate(climbs):
        rows.append(
            session,
            Rung,
            network_id=deadline.network_id,
            case_id=deadline.case_id,
            deadline_id=deadline.id,
            step=climb.planned.step,
            position=position,
            at=climb.planned.at,
            counts=climb.planned.counts,
            targets=list(climb.planned.to),
            actions=list(climb.planned.do),
            due_at=climb.due_at,
        )
    return deadline.due_at


def stop(
    session: Session, task_id: UUID, clocks: Collection[DeadlineClock], *, happened_at: datetime, now: datetime
) -> Stopped:
    """Stop clocks of a task.

    Kept or late is judged by when the act happened; the ladder stops when it is recorded.
    """
    names = [name.value for name in clocks]
    asked = {"of_task": task_id, "clocks": names, "happened": happened_at, "recorded": now}
    # On the connection: what it changes was there before the command, so nothing need be written for it beforehand.
    found = session.connection().execute(_STOP, asked).all()
    # Whoever has read these rows in this command must not go on with what they were.
    for row in session.identity_map.values():
        if isinstance(row, Deadline | Rung):
            session.expire(row)
    return Stopped(
        clocks=frozenset(DeadlineClock(row.clock) for row in found if row.due_at is None),
        next_due_at=min((row.due_at for row in found if row.due_at is not None), default=None),
        returned=_soonest(row.returned for row in found),
    )


def returned(session: Session, task_id: UUID) -> timedelta | None:
    """Say after how long a step goes back untouched, by the classes of its clocks that run; None where it does not."""
    query = (
        select(LadderVersion.returned)
        .join(Deadline, Deadline.ladder_id == LadderVersion.id)
        .where(Deadline.task_id == task_id, Deadline.state.in_(RUNNING))
    )
    return _soonest(session.scalars(query).all())


def resume(
    session: Session, task_id: UUID, clocks: Collection[DeadlineClock], *, stopped_at: datetime | None
) -> datetime | None:
    """Let clocks of a task run on that were stopped at an instant, to when they were due; say when the first one is.

    What their ladders have told is told; the rest of each ladder stands again.
    """
    query = select(Deadline).where(
        Deadline.task_id == task_id,
        Deadline.clock.in_(list(clocks)),
        Deadline.state == DeadlineStatus.STOPPED,
        Deadline.stopped_at == stopped_at,
    )
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    for row in found:
        row.state, row.happened_at, row.stopped_at, row.kept = DeadlineStatus.ARMED, None, None, None
    fallen = update(Rung).where(Rung.deadline_id.in_([row.id for row in found]), Rung.state == RungStatus.VOID)
    session.execute(fallen.values(state=RungStatus.WAITING))
    return min((row.due_at for row in found), default=None)


def run_on(session: Session, deadline: Deadline, since: datetime, at: datetime, timetables: Timetables) -> datetime:
    """Let a clock that stood still from one instant to another run with what was left of it, and its ladder with it.

    Gives when it is due. Raises NeverOpen, and nothing has changed then.
    """
    counts = deadline.counts
    query = select(Rung).where(Rung.deadline_id == deadline.id, Rung.state == RungStatus.PAUSED)
    rungs = session.scalars(query.execution_options(populate_existing=True)).all()
    steps = [planned(rung) for rung in rungs]
    calendar = timetables.of(deadline.agency_id) if climbing.need_calendar(counts, steps) else None
    due_at = lengths.moved(counts, deadline.due_at, since, at, calendar)
    # A reminder keeps its distance from the end of its term; the rungs from the end on have theirs from it.
    moved = [
        lengths.moved(counts, rung.due_at, since, at, calendar)
        if rung.step is RungStep.REMINDER
        else climbing.at(step, deadline.starts_at, due_at, calendar)
        for rung, step in zip(rungs, steps, strict=True)
    ]
    deadline.state, deadline.due_at = DeadlineStatus.ARMED, due_at
    for rung, climb_at in zip(rungs, moved, strict=True):
        rung.state, rung.due_at = RungStatus.WAITING, climb_at
    return due_at


def end_pauses(
    session: Session, task_id: UUID, clocks: Collection[DeadlineClock], *, at: datetime, timetables: Timetables
) -> None:
    """End the pauses of clocks whose act was done at an instant: each is judged by what was left of it.

    Of an act that was done before its clock was stopped, it never was.
    """
    query = (
        select(Deadline, DeadlinePause)
        .join(DeadlinePause, DeadlinePause.deadline_id == Deadline.id)
        .where(Deadline.task_id == task_id, Deadline.clock.in_(list(clocks)), DeadlinePause.until.is_(None))
        .where(Deadline.state == DeadlineStatus.PAUSED, DeadlinePause.parameter.is_not(None))
    )
    for deadline, pause in session.execute(query.execution_options(populate_existing=True)).all():
        pause.until = max(at, pause.since)
        with suppress(NeverOpen):
            run_on(session, deadline, pause.since, pause.until, timetables)
    session.flush()


def void(session: Session, task_id: UUID, clocks: Collection[DeadlineClock]) -> None:
    """Let clocks of a task fall away with their ladders: they are no longer asked for."""
    armed = select(Deadline.id).where(
        Deadline.task_id == task_id, Deadline.clock.in_(list(clocks)), Deadline.state.in_(RUNNING)
    )
    ids = list(session.scalars(armed).all())
    waiting = update(Rung).where(Rung.deadline_id.in_(ids), Rung.state.in_(STANDING))
    session.execute(waiting.values(state=RungStatus.VOID))
    session.execute(update(Deadline).where(Deadline.id.in_(ids)).values(state=DeadlineStatus.VOID))


def _soonest(lengths_: Iterable[str | None]) -> timedelta | None:
    return min((Length.read(text, Clock.H).time for text in lengths_ if text is not None), default=None)


def next_due(session: Session, task_id: UUID) -> datetime | None:
    """Say when the first running clock of a task is due."""
    query = select(func.min(Deadline.due_at)).where(Deadline.task_id == task_id, Deadline.state == DeadlineStatus.ARMED)
    return session.scalar(query)
