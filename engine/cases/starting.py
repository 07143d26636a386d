"""Starting a process in a case because the ladder of a late step says so: nobody answers a form for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import errors
from engine.bpmn import structure
from engine.cases import history, instances
from engine.cases.models import Incident, InstanceStatus, ProcessInstance
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.bpmn.building import Definition
    from engine.bpmn.model import Node
    from engine.cases.ground import Ground
    from engine.cases.models import UserTask

NOT_STARTED = "ladder_process_not_started"
"""Why there is an incident: the process is there no more, needs a person now, or has a lane that nobody plays."""


def startable(session: Session, network_id: UUID) -> frozenset[str]:
    """Give the processes of a network that a ladder can start: by one start, without a form."""
    keys = session.scalars(select(ProcessDefinition.key).where(ProcessDefinition.network_id == network_id).distinct())
    return frozenset(key for key in keys.all() if _beginning(session, network_id, key) is not None)


def start(running: Ground, task: UserTask, key: str) -> None:
    """Start a process in the case of a late step; what cannot be started is an incident, and hinders nothing.

    One that runs in the case already is enough: its own steps may be late too.
    """
    session, case = running.session, running.case
    session.flush()
    runs = (
        select(ProcessInstance.id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(
            ProcessInstance.case_id == case.id,
            ProcessInstance.state == InstanceStatus.RUNNING,
            ProcessDefinition.key == key,
        )
    )
    if session.scalar(runs.limit(1)) is not None:
        return
    found = _beginning(session, case.network_id, key)
    if found is None or not _has_agencies(running, found[0]):
        session.add(Incident(network_id=case.network_id, case_id=case.id, element_id=task.element_id, code=NOT_STARTED))
        history.record(session, case, history.EventKind.INCIDENT_RAISED, element_id=task.element_id)
        return
    definition, begins = found
    beginning = instances.Beginning(instances.declared_values(definition, {}))
    instances.start(running, None, definition, beginning, start_event=begins.id)


def _has_agencies(running: Ground, definition: Definition) -> bool:
    """Bind the lanes that nobody plays in the case yet; False where for one of them it is not clear who does."""
    try:
        instances.bind_missing(running, definition)
    except errors.LaneWithoutAgency:
        return False
    return True


def _beginning(session: Session, network_id: UUID, key: str) -> tuple[Definition, Node] | None:
    definition_id = repository.latest_id(session, network_id, key)
    if definition_id is None:
        return None
    definition = repository.load(session, definition_id)
    starts = structure.none_starts(definition.process.scope)
    return (definition, starts[0]) if len(starts) == 1 and starts[0].form_id is None else None
