"""What must hold between the rows of cases after every command, read from the state and not from our projection.

The states are opened and asked which timers run, who waits for messages, which steps are open. The rows that people,
clocks and workers go by must be exactly those, no more and no fewer: a missing row is a deadline that is silent, one
too many fires for nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from engine import clock, db
from engine.bpmn import runtime
from engine.bpmn.expressions import Host
from engine.cases import confidential
from engine.cases.models import (
    Baton,
    Case,
    CaseState,
    CaseStatus,
    Draft,
    Incident,
    InstanceStatus,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.cases.post_models import Outgoing
from engine.consent import gate
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.definitions import repository

_FEWEST = 1
OPEN = (TaskStatus.OPEN, TaskStatus.CLAIMED)


def assert_rows_follow_from_state(network_id: UUID, *, only: Collection[UUID] | None = None) -> None:
    """Check every case of a network, or some of them."""
    which = (Case.network_id == network_id, true() if only is None else Case.id.in_(only))
    with Session(db.engine()) as session:
        now = session.scalar(select(func.now()))
        assert now is not None
        with clock.bound(now):
            for case in session.scalars(select(Case).where(*which)).all():
                _check(session, case)


def _check(session: Session, case: Case) -> None:
    instances = {
        row.id: _restored(session, row)
        for row in session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.id)).all()
        if row.state is InstanceStatus.RUNNING
    }
    assert (case.state is CaseStatus.OPEN) == bool(instances)
    states = session.scalars(select(CaseState.instance_id).where(CaseState.case_id == case.id)).all()
    assert set(states) == set(instances)

    timers = {(item.id, key, item.due_at) for key, instance in instances.items() for item in instance.timers}
    rows = session.scalars(select(Timer).where(Timer.case_id == case.id)).all()
    assert {(row.id, row.instance_id, row.due_at) for row in rows} == timers

    waiting = {(item.id, item.name) for instance in instances.values() for item in instance.subscriptions}
    heard = {(item.id, item.name) for instance in instances.values() for item in instance.signal_subscriptions}
    hearing = session.scalars(select(SignalSubscription).where(SignalSubscription.case_id == case.id)).all()
    assert {(row.id, row.name) for row in hearing} == heard

    called = {item.id for instance in instances.values() for item in instance.jobs}
    assert set(session.scalars(select(Job.id).where(Job.case_id == case.id)).all()) == called

    subscribed = session.scalars(select(MessageSubscription).where(MessageSubscription.case_id == case.id)).all()
    assert {(row.id, row.name) for row in subscribed} == waiting

    _check_tasks(session, case, instances)
    _check_next_due(session, case)


def _restored(session: Session, row: ProcessInstance) -> runtime.Instance:
    stored = session.get_one(CaseState, row.id)
    content = confidential.open_state(session, stored)
    definition = repository.load(session, row.definition_id)
    return runtime.Instance.restore(definition, content, stored.format, Host(clock.now(), {}))


def _check_tasks(session: Session, case: Case, instances: dict[UUID, runtime.Instance]) -> None:
    items = {item.id: item for instance in instances.values() for item in instance.work_items}
    rows = {row.id: row for row in session.scalars(select(UserTask).where(UserTask.case_id == case.id)).all()}
    assert {key for key, row in rows.items() if row.state in OPEN} == set(items)
    drafts = session.scalars(select(Draft.task_id).where(Draft.case_id == case.id)).all()
    assert set(drafts) <= set(items)

    armed: dict[UUID, set[DeadlineClock]] = defaultdict(set)
    due: dict[UUID, list[datetime]] = defaultdict(list)
    for deadline in session.scalars(select(Deadline).where(Deadline.case_id == case.id)).all():
        rungs = session.scalars(select(Rung).where(Rung.deadline_id == deadline.id).order_by(Rung.position)).all()
        assert [rung.position for rung in rungs] == list(range(len(rungs)))
        assert len(rungs) == 1 if deadline.escalation_class is None else len(rungs) >= _FEWEST
        assert [rung.due_at for rung in rungs] == sorted(rung.due_at for rung in rungs)
        owed = rows[deadline.task_id]
        if deadline.state in {DeadlineStatus.ARMED, DeadlineStatus.PAUSED}:
            armed[deadline.task_id].add(deadline.clock)
            assert not any(rung.state is RungStatus.VOID for rung in rungs)
            assert deadline.agency_id == owed.agency_id
            assert (deadline.state is DeadlineStatus.PAUSED) == (owed.held_since is not None)
        if deadline.state is DeadlineStatus.ARMED:
            due[deadline.task_id].append(deadline.due_at)
        else:
            assert not any(rung.state is RungStatus.WAITING for rung in rungs)
        if deadline.state is not DeadlineStatus.PAUSED:
            assert not any(rung.state is RungStatus.PAUSED for rung in rungs)
        judged = deadline.state in {DeadlineStatus.STOPPED, DeadlineStatus.EXTENDED}
        assert judged if deadline.kept is not None else deadline.state is not DeadlineStatus.STOPPED
    assert dict(armed) == _expected(session, case, rows, items)
    in_order_by = {key: row.due_at for key, row in rows.items() if row.state in OPEN}
    assert in_order_by == {key: min(due[key], default=None) for key in items}


def _expected(
    session: Session, case: Case, rows: dict[UUID, UserTask], items: dict[UUID, Any]
) -> dict[UUID, set[DeadlineClock]]:
    """The clocks that the diagram asks for: reception until somebody holds the step, conclusion until it is done.

    While a hand-over is prepared only that of its sending runs, where the diagram asks for one.
    """
    incidents = session.execute(
        select(Incident.token_id, Incident.code).where(Incident.case_id == case.id, Incident.resolved_at.is_(None))
    ).all()
    unset = {token for token, code in incidents if code.startswith("deadline_")}
    expected = {}
    for key, item in items.items():
        clocks = {DeadlineClock(deadline.clock) for deadline in item.node.deadlines}
        preparing = rows[key].handover is Baton.PREPARE and DeadlineClock.SENDING in clocks
        clocks = {DeadlineClock.SENDING} if preparing else clocks - {DeadlineClock.SENDING}
        if rows[key].state is TaskStatus.CLAIMED:
            clocks -= {DeadlineClock.RECEPTION}
        if clocks and str(key) not in unset:
            expected[key] = clocks
    return expected


def _check_next_due(session: Session, case: Case) -> None:
    first_timer = session.scalar(select(func.min(Timer.due_at)).where(Timer.case_id == case.id))
    waiting = (Rung.case_id == case.id, Rung.state == RungStatus.WAITING)
    first_rung = session.scalar(select(func.min(Rung.due_at)).where(*waiting))
    first_parcel = session.scalar(select(func.min(Outgoing.sent_at)).where(Outgoing.to_case_id == case.id))
    untouched = (UserTask.case_id == case.id, UserTask.state == TaskStatus.CLAIMED, UserTask.held_since.is_(None))
    first_return = session.scalar(select(func.min(UserTask.return_at)).where(*untouched))
    known = (first_timer, first_rung, first_parcel, first_return, case.held_until, case.basis_until, case.clocks_at)
    due = [at for at in known if at is not None]
    assert case.state is not CaseStatus.OPEN or (case.held_since is not None) == (
        gate.pause(session, case.id) is not None
    )
    assert case.next_due_at == min(due, default=None)
