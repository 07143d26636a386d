"""What a case has to do by itself, and when: the rows behind `next_due_at`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, literal_column, select, update
from sqlalchemy.orm.attributes import set_committed_value

from engine import clock, db
from engine.cases import history
from engine.cases.models import Case, CaseState, CaseStatus, Incident, InstanceStatus, ProcessInstance, Timer, UserTask
from engine.cases.post_models import Outgoing
from engine.deadlines.models import Rung, RungStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

WAKE_UP = "staffetta_due"
"""The channel on which workers hear that something is due before their next sweep; it carries nothing."""

SOON = timedelta(seconds=5)
"""What is due within this time is announced. A notification takes a lock on commit, so the rest waits for the sweep."""

_cases, _timers, _rungs, _parcels = db.table(Case), db.table(Timer), db.table(Rung), db.table(Outgoing)
_tasks = db.table(UserTask)
_FIRST_TIMER = select(func.min(_timers.c.due_at)).where(_timers.c.case_id == bindparam("of_case"))
_FIRST_RUNG = select(func.min(_rungs.c.due_at)).where(
    _rungs.c.case_id == bindparam("of_case"), _rungs.c.state == RungStatus.WAITING
)


def _first_return(of_case: BindParameter[UUID]) -> Select[datetime | None]:
    """Say when the first step of a case goes back that nobody touches.

    The state is written out: for a place for a value the planner does not use the index of those steps.
    """
    claimed: ColumnElement[str] = literal_column("'claimed'")
    here = (_tasks.c.case_id == of_case, _tasks.c.state == claimed, _tasks.c.held_since.is_(None))
    return select(func.min(_tasks.c.return_at)).where(*here, _tasks.c.return_at.is_not(None))


_FIRST_PARCEL = select(func.min(_parcels.c.sent_at)).where(_parcels.c.to_case_id == bindparam("of_case"))
_SET_NEXT_DUE = (
    update(_cases)
    .where(_cases.c.id == bindparam("of_case"))
    .values(
        next_due_at=func.least(
            _FIRST_TIMER.scalar_subquery(),
            _FIRST_RUNG.scalar_subquery(),
            _FIRST_PARCEL.scalar_subquery(),
            _first_return(bindparam("of_case")).scalar_subquery(),
            _cases.c.held_until,
            _cases.c.basis_until,
            _cases.c.clocks_at,
        ),
        version=_cases.c.version + 1,
    )
    .returning(_cases.c.next_due_at, _cases.c.version)
)

_DUE = (
    select(_timers.c.instance_id, func.min(_timers.c.due_at).label("first"))
    .where(_timers.c.case_id == bindparam("of_case"), _timers.c.due_at <= bindparam("now", type_=_timers.c.due_at.type))
    .group_by(_timers.c.instance_id)
    .subquery()
)
_DUE_INSTANCES = (
    select(ProcessInstance, CaseState)
    .join(_DUE, _DUE.c.instance_id == ProcessInstance.id)
    .outerjoin(CaseState, CaseState.instance_id == ProcessInstance.id)
    .order_by(_DUE.c.first)
)


def instances_with_due_timers(session: Session, case: Case) -> list[tuple[ProcessInstance, CaseState | None]]:
    """Give the instances of a case that have a timer due by now, the one with the oldest first, as they are stored."""
    rows = session.execute(_DUE_INSTANCES, {"of_case": case.id, "now": clock.now()}).all()
    return [(row, stored) for row, stored in rows]


def waiting() -> tuple[ScalarSelect[datetime | None], ScalarSelect[bool], ScalarSelect[datetime | None]]:
    """Give columns on the locked case `case_id`: the first instant of its ladders, whether it has post.

    And when the first step goes back that nobody touches.
    """
    of_case: BindParameter[UUID] = bindparam("case_id")
    first = select(func.min(_rungs.c.due_at)).where(_rungs.c.case_id == of_case, _rungs.c.state == RungStatus.WAITING)
    post = select(exists().where(_parcels.c.to_case_id == of_case))
    return first.scalar_subquery(), post.scalar_subquery(), _first_return(of_case).scalar_subquery()


def first_due_timer(session: Session, case: Case) -> datetime | None:
    """Give the instant of the case's oldest timer that is due by now."""
    return session.scalar(select(func.min(Timer.due_at)).where(Timer.case_id == case.id, Timer.due_at <= clock.now()))


def set_next_due(session: Session, case: Case) -> None:
    """Write on the case row the first instant at which something in it is due, and count its versions on."""
    session.flush()
    row = session.connection().execute(_SET_NEXT_DUE, {"of_case": case.id}).one()
    set_committed_value(case, "next_due_at", row.next_due_at)
    set_committed_value(case, "version", row.version)
    if case.next_due_at is not None and case.next_due_at <= clock.now() + SOON:
        wake(session)


def wake(session: Session) -> None:
    """Tell the workers, on commit, that something is to be done before their next sweep."""
    session.execute(select(func.pg_notify(WAKE_UP, "")))


def note_success(session: Session, case: Case) -> None:
    """Forget failed attempts now that the due work is done, whoever did it, and settle the incident that they made."""
    failed = case.failure_code is not None
    case.attempts, case.attempted_at, case.retry_at, case.failure_code = 0, None, None, None
    if not failed:
        return
    of_case = (Incident.case_id == case.id, Incident.token_id.is_(None), Incident.resolved_at.is_(None))
    settled = update(Incident).where(*of_case).values(resolved_at=clock.now()).returning(Incident.id)
    if session.scalars(settled).all():
        history.record(session, case, history.EventKind.INCIDENT_RESOLVED)


def close_if_ended(session: Session, case: Case) -> None:
    """Close a case whose last instance has ended."""
    if case.state is not CaseStatus.OPEN:
        return
    session.flush()
    running = select(ProcessInstance.id).where(
        ProcessInstance.case_id == case.id, ProcessInstance.state == InstanceStatus.RUNNING
    )
    if session.scalar(running.limit(1)) is None:
        case.state = CaseStatus.CLOSED
        case.closed_at = clock.now()
        history.record(session, case, history.EventKind.CASE_CLOSED)
