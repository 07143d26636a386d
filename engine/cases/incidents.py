"""Tokens and cases that cannot go on by themselves, and letting them try again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import audit, clock, errors
from engine.cases import execution, history
from engine.cases.models import Incident
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
    with execution.locked(session, incident.case_id) as running:
        if incident.token_id is not None and incident.instance_id is not None:
            running.instance(incident.instance_id).retry(UUID(incident.token_id))
            running.instances[incident.instance_id].incidents.pop(UUID(incident.token_id), None)
        else:
            running.case.attempts, running.case.retry_at, running.case.failure_code = 0, None, None
        incident.resolved_at = clock.now()
        history.record(
            session,
            running.case,
            history.EventKind.INCIDENT_RESOLVED,
            actor=actor,
            instance_id=incident.instance_id,
            element_id=incident.element_id,
        )
        audit.record(session, actor, "incident.retried", "incident", incident_id)
