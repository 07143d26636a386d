"""Steps and clocks of a path that stands still by her wish: they are held, and go on with what was left of their time.

What the law demands is not held: a step with a term of law, or of an agency that takes part, or is to, by a legal duty.
Timers that a diagram draws go on; what they open is held in its turn.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, insert, literal, null, or_, select, update

from engine import clock, db, notifications
from engine.cases import asking, clocks, history, referring, targets, withheld
from engine.cases.handover_models import UNDER_WAY, Handover
from engine.cases.models import CaseStatus, TaskStatus, UserTask
from engine.consent import gate
from engine.consent.models import BasisKind
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlinePause, DeadlineStatus, Rung, RungStatus
from engine.errors import NeverOpen
from engine.notifications import Receiver
from engine.participants import access, directory
from engine.participants.models import Agency, CaseParticipation, Channel, Role
from engine.terms import Nature

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from engine.cases.ground import Ground
    from engine.participants.access import Actor

PAUSED, ENDED, RESUMED = "path_paused", "path_ended", "path_resumed"

_tasks, _deadlines, _rungs, _ledger = map(db.table, (UserTask, Deadline, Rung, DeadlinePause))
_BY_HER_WISH = and_(DeadlinePause.until.is_(None), DeadlinePause.parameter.is_(None))
_CASE = bindparam("of_case", type_=_tasks.c.case_id.type)
_SINCE = bindparam("since", type_=_tasks.c.held_since.type)


def owed_by_law() -> ColumnElement[bool]:
    """Say of tasks that the law demands them: no wish of hers holds them."""
    term = select(Deadline.id).where(
        Deadline.task_id == UserTask.id, Deadline.nature == Nature.LEGGE, Deadline.state != DeadlineStatus.VOID
    )
    duty = select(CaseParticipation.id).where(
        CaseParticipation.case_id == UserTask.case_id,
        CaseParticipation.lane == UserTask.lane,
        CaseParticipation.ended_why.is_(None),
        CaseParticipation.basis == BasisKind.OBBLIGO,
    )
    handed = select(Handover.id).where(
        Handover.task_id == UserTask.id, Handover.state.in_(UNDER_WAY), Handover.needs == BasisKind.OBBLIGO
    )
    return or_(term.exists(), duty.exists(), handed.exists())


_OPEN = and_(_tasks.c.case_id == _CASE, _tasks.c.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))
_held = (
    update(_tasks)
    .where(_OPEN, or_(_tasks.c.held_since.is_(None), _tasks.c.due_at.is_not(None)), ~owed_by_law())
    .values(held_since=func.greatest(_tasks.c.created_at, _SINCE), due_at=None)
    .returning(_tasks.c.id)
    .cte("held")
)
_paused = (
    update(_deadlines)
    .where(
        _deadlines.c.case_id == _CASE,
        _deadlines.c.state == DeadlineStatus.ARMED,
        or_(
            _deadlines.c.task_id.in_(select(_held.c.id)),
            _deadlines.c.task_id.in_(select(_tasks.c.id).where(_OPEN, _tasks.c.held_since.is_not(None))),
        ),
    )
    .values(state=DeadlineStatus.PAUSED)
    .returning(_deadlines.c.id, _deadlines.c.network_id, _deadlines.c.case_id, _deadlines.c.starts_at)
    .cte("paused")
)
_silent = (
    update(_rungs)
    .where(_rungs.c.deadline_id.in_(select(_paused.c.id)), _rungs.c.state == RungStatus.WAITING)
    .values(state=RungStatus.PAUSED)
    .cte("silent")
)
_noted = (
    insert(_ledger)
    .from_select(
        ["id", "network_id", "case_id", "deadline_id", "since", "until"],
        select(
            func.gen_random_uuid(),
            _paused.c.network_id,
            _paused.c.case_id,
            _paused.c.id,
            func.greatest(_paused.c.starts_at, _SINCE),
            null(),
        ),
    )
    .cte("noted")
)
_HOLD = select(_held.c.id, literal(1)).add_cte(_paused, _silent, _noted)


def hold(running: Ground) -> None:
    """Hold the open steps of a path that stands still, and the clocks of those that are held; what is held stays so."""
    session, case = running.session, running.case
    session.flush()
    session.connection().execute(_HOLD, {"of_case": case.id, "since": case.held_since})
    # Whoever has read these rows in this command must not go on with what they were.
    for kind in (UserTask, Deadline, Rung):
        read = [row.id for row in session.identity_map.values() if isinstance(row, kind)]
        if read:
            session.scalars(select(kind).where(kind.id.in_(read)).execution_options(populate_existing=True)).all()


def let_go(running: Ground, at: datetime, *, actor: Actor | None = None, agency_id: UUID | None = None) -> None:
    """Let a path go on from an instant: its steps are free, each clock runs on with what was left of it, all are told.

    Without an actor it goes on by itself, at the date that she has named.
    """
    session, case = running.session, running.case
    pause = gate.pause(session, case.id)
    if pause is None:
        raise RuntimeError("a path is held of which no pause is known")
    pause.resumed_at, pause.resumed_recorded_at = at, clock.now()
    pause.resumed_by_id = actor.user_id if actor is not None else None
    since = case.held_since or pause.happened_at
    case.held_since = case.held_until = None
    session.flush()
    asking.run_on(session, case, at)
    _run_on(running, at)
    referring.run_on(session, case, since, at)
    history.record(
        session,
        case,
        history.EventKind.PATH_RESUMED,
        actor=actor,
        agency_id=agency_id,
        happened_at=at,
    )
    withheld.ask_again(session, case.id)
    if case.state is CaseStatus.OPEN:
        tell(running, RESUMED)


def tell(running: Ground, kind: str) -> None:
    """Tell each agency that takes part in a case how her path stands: its workers, or its lead where it has none.

    For an agency without computers it is told to whoever records its steps, which has to telephone.
    """
    session, case = running.session, running.case
    for agency_id in sorted(_told(running) - running.kept_out.agencies):
        for role in (Role.OPERATRICE, Role.RESPONSABILE):
            if directory.has_role(session, case.id, case.network_id, agency_id, role):
                receiver = Receiver.with_role(role, agency_id)
                notifications.notify(session, receiver, kind, network_id=case.network_id, case_id=case.id)
                break
        else:
            for receiver in targets.beyond(session, case):
                notifications.notify(session, receiver, kind, network_id=case.network_id, case_id=case.id)


def _run_on(running: Ground, at: datetime) -> None:
    """Free the held steps of a case, and arm the clocks that stood still anew with what was left of them."""
    session, case = running.session, running.case
    query = (
        select(Deadline, DeadlinePause)
        .join(DeadlinePause, DeadlinePause.deadline_id == Deadline.id)
        .where(Deadline.case_id == case.id, Deadline.state == DeadlineStatus.PAUSED, _BY_HER_WISH)
        .order_by(Deadline.due_at, Deadline.id)
        .execution_options(populate_existing=True)
    )
    due: dict[UUID, datetime] = {}
    for deadline, stood_still in session.execute(query).all():
        due_at = run_on(running, deadline, stood_still.since, max(at, stood_still.since))
        if due_at is not None:
            due[deadline.task_id] = min(due_at, due.get(deadline.task_id, due_at))
    ended = update(DeadlinePause).where(DeadlinePause.case_id == case.id, _BY_HER_WISH)
    session.execute(ended.values(until=func.greatest(DeadlinePause.since, at)))
    held = select(UserTask).where(UserTask.case_id == case.id, UserTask.held_since.is_not(None))
    for task in session.scalars(held.execution_options(populate_existing=True)).all():
        if task.return_at is not None and task.held_since is not None:
            task.return_at += max(at - task.held_since, timedelta())
        task.held_since, task.due_at = None, due.get(task.id)


def run_on(running: Ground, deadline: Deadline, since: datetime, at: datetime) -> datetime | None:
    """Let a clock run on with its ladder; say when it is due. What cannot be set is an incident, as for a new clock."""
    session = running.session
    try:
        return arming.run_on(session, deadline, since, at, running.timetables)
    except NeverOpen:
        task = session.get_one(UserTask, deadline.task_id)
        session.add(clocks.unset(task, deadline.clock, "never_open"))
        arming.void(session, task.id, [deadline.clock])
        return None


def _told(running: Ground) -> set[UUID]:
    """Give the agencies that take part now; for one without computers those that record its open steps."""
    session, case, now = running.session, running.case, clock.now()
    query = (
        select(CaseParticipation.agency_id, Agency.channel, UserTask.proxy_id)
        .join(Agency, Agency.id == CaseParticipation.agency_id)
        .outerjoin(UserTask, and_(UserTask.case_id == case.id, UserTask.agency_id == CaseParticipation.agency_id))
        .where(
            CaseParticipation.case_id == case.id,
            access.going_on(now),
        )
    )
    found = session.execute(query).all()
    return {
        receiver
        for agency_id, channel, proxy_id in found
        for receiver in [agency_id if channel is Channel.PORTALE else proxy_id]
        if receiver is not None
    }
