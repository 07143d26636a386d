"""Tokens and cases that cannot go on by themselves, and letting them try again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, errors
from engine.cases import clocks, execution, handing, history, lane_rules, withheld
from engine.cases.models import Case, Incident, UserTask
from engine.deadlines.models import DeadlineClock
from engine.definitions import repository
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor


def retry(session: Session, actor: Actor, incident_id: UUID) -> None:
    """Let what an incident stopped try again; if it fails again, a new incident says so. Raises NotFound, Forbidden."""
    access.require(actor, Action.RETRY_INCIDENT)
    query = select(Incident).where(
        Incident.id == incident_id,
        Incident.case_id.in_(access.scope(actor).case_ids),
        Incident.resolved_at.is_(None),
    )
    incident = session.scalars(query).one_or_none()
    if incident is None:
        raise errors.NotFound(incident=incident_id)
    if incident.token_id is None:
        case = _try_again(session, incident)
    else:
        with execution.locked(session, incident.case_id, actor) as running:
            _let_go_on(running, incident)
            case = running.case
    incident.resolved_at = clock.now()
    history.record(
        session,
        case,
        history.EventKind.INCIDENT_RESOLVED,
        actor=actor,
        instance_id=incident.instance_id,
        element_id=incident.element_id,
    )


def _try_again(session: Session, incident: Incident) -> Case:
    """Let a worker try the due work of a case again. Not here: what killed workers would kill whoever asks."""
    case = execution.lock(session, incident.case_id)
    case.attempts, case.attempted_at, case.retry_at, case.failure_code = 0, None, None, None
    return case


def _let_go_on(running: Running, incident: Incident) -> None:
    name = clocks.unset_clock(incident)
    if incident.code == withheld.WITHOUT_BASIS:
        withheld.ask_again(running.session, incident.case_id)
    elif lane_rules.is_about(incident):
        handing.choose_again(running, running.session.get_one(UserTask, UUID(incident.token_id)))
    elif name is not None:
        _set_clock(running, incident, name)
    elif incident.instance_id is not None:
        token_id = UUID(incident.token_id)
        running.instance(incident.instance_id).retry(token_id)
        running.instances[incident.instance_id].incidents.pop(token_id, None)


def _set_clock(running: Running, incident: Incident, name: DeadlineClock) -> None:
    """Try again to set a clock of an open task, from where it would have run the first time."""
    task = running.session.get_one(UserTask, UUID(incident.token_id))
    node = repository.load(running.session, task.definition_id).node(task.element_id)
    variables = running.instance(task.instance_id).variables(task.id)
    clocks.arm(running, task, node, variables, only=[name])
