"""Functions of service tasks, called by a worker: outside of every transaction, at least once, with a key that stays.

An attempt is counted and the next one set before the function is called, so that one which kills its worker is tried
again like one that fails. What it gives is taken in under the lock of its case, if the step still waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import clock, db, errors, functions
from engine.bpmn.expressions import storable
from engine.cases import execution, trail
from engine.cases.models import CaseState, InstanceStatus, Job, ProcessInstance
from engine.participants.access import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from engine.bpmn.model import Service
    from engine.bpmn.runtime import Instance

FAILED = "service_failed"
BATCH = 100
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)

_log = logging.getLogger("staffetta.jobs")


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that is to be made."""

    job_id: UUID
    case_id: UUID
    instance_id: UUID
    service: Service
    inputs: Mapping[str, Any]
    attempt: int


def due() -> list[UUID]:
    """Find the jobs that are to be tried now, oldest first."""
    with db.transaction(read_only=True) as session:
        query = select(Job.id).where(Job.due_at <= clock.now()).order_by(Job.due_at).limit(BATCH)
        return list(session.scalars(query).all())


def run(job_id: UUID) -> bool:
    """Call the function of one job and take in what it gives; False when somebody else is at it, or it is gone."""
    call = _begin(job_id)
    if call is None:
        return False
    if call.attempt > call.service.tries:
        # The attempts are used up and nobody has said how the last one ended: its worker is dead.
        _settle(call, lambda instance: instance.set_aside(job_id, FAILED))
        return True
    try:
        outputs = _called(call)
    except functions.BpmnError as error:
        code = error.code
        _settle(call, lambda instance: instance.fail_job(job_id, code))
    except Exception as error:  # noqa: BLE001 - what a function of others may raise cannot be listed
        # The type is logged, never the text: it may hold values.
        _log.warning("function of job %s failed: %s", job_id, type(error).__name__)
        if call.attempt == call.service.tries:
            _settle(call, lambda instance: instance.set_aside(job_id, FAILED))
    else:
        _settle(call, lambda instance: instance.finish_job(job_id, outputs))
    return True


def _begin(job_id: UUID) -> _Call | None:
    """Count the attempt and set the next one; give what to call."""
    with db.transaction() as session:
        query = select(Job).where(Job.id == job_id, Job.due_at <= clock.now()).with_for_update(skip_locked=True)
        row = session.scalars(query).one_or_none()
        item = None if row is None else next((each for each in _jobs(session, row) if each.id == job_id), None)
        if row is None or item is None or item.node.service is None:
            return None
        row.attempts += 1
        row.due_at = clock.now() + min(_FIRST_PAUSE * 4 ** min(row.attempts - 1, 6), _LONGEST_PAUSE)
        return _Call(row.id, row.case_id, row.instance_id, item.node.service, item.inputs, row.attempts)


def _jobs(session: Session, row: Job) -> list[Any]:
    """Read the instance's jobs as they are stored; without the lock of its case, for nothing is changed."""
    found = session.execute(
        select(ProcessInstance, CaseState)
        .join(CaseState, CaseState.instance_id == ProcessInstance.id)
        .where(ProcessInstance.id == row.instance_id, ProcessInstance.state == InstanceStatus.RUNNING)
    ).one_or_none()
    return [] if found is None else execution.restored(session, *found).jobs


def _called(call: _Call) -> Mapping[str, Any]:
    """Call a function; raises what it raises, and ValueError or ExpressionFailed when it gives what it must not."""
    function = functions.known()[call.service.function]
    outputs = dict(function.call(call.inputs, call.job_id.hex))
    if outputs.keys() != function.outputs:
        code = "outputs_wrong"
        raise ValueError(code)
    for value in outputs.values():
        storable(value)
    return outputs


def _settle(call: _Call, act: Callable[[Instance], None]) -> None:
    try:
        with db.transaction() as session, execution.locked(session, call.case_id, None) as running:
            act(running.instance(call.instance_id))
            trail.note(session, Actor.system(running.case.network_id), "function.called", call.case_id)
    except (errors.CaseClosed, errors.NobodyWaits):
        _log.info("job %s is not waited for any more", call.job_id)
