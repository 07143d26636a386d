"""How a case ended: the outcome of each of its processes, or who cancelled it and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine.cases import confidential, history, lookup
from engine.cases.models import Case, CaseEvent, CaseStatus, InstanceStatus, ProcessInstance
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import access
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Processes of one case whose ending a page shows."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process of the case ended; `outcome` is the name of the end event that it reached, None without one."""

    protocol_name: str
    outcome: str | None
    state: InstanceStatus
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Who cancelled the case, when and why; person and reason are None for whoever has no part in its processes."""

    at: datetime
    agency_name: str | None
    actor_name: str | None
    reason: str | None


def of_case(session: Session, actor: Actor, case_id: UUID) -> tuple[Ending, ...]:
    """Give how the processes of a case ended in which the actor's agencies have a part, the last one first."""
    query = (
        select(ProcessInstance, ProcessDefinition.name)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(
            ProcessInstance.case_id == case_id,
            ProcessInstance.ended_at.is_not(None),
            lookup.plays_in(actor, ProcessInstance.id),
        )
        .order_by(ProcessInstance.ended_at.desc(), ProcessInstance.id)
        .limit(LIMIT)
    )
    return tuple(_ending(session, row, name) for row, name in session.execute(query).all())


def cancellation(session: Session, actor: Actor, case: Case) -> Cancellation | None:
    """Give how a case was cancelled; None when it was not."""
    if case.state is not CaseStatus.CANCELLED:
        return None
    query = (
        select(CaseEvent, Agency.name, User.display_name)
        .outerjoin(Agency, Agency.id == CaseEvent.agency_id)
        .outerjoin(User, User.id == CaseEvent.actor_id)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == history.EventKind.CASE_CANCELLED)
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    event, agency_name, person = session.execute(query).one()
    if not may_know_why(session, actor, event):
        return Cancellation(event.happened_at, agency_name, None, None)
    reason = confidential.open_history(session, event).get("reason")
    return Cancellation(event.happened_at, agency_name, person, reason)


def may_know_why(session: Session, actor: Actor, event: CaseEvent) -> bool:
    """Tell whether somebody may read who cancelled a case and why: its agency, and those with a part in its processes.

    Who only opened the case hears that it was cancelled.
    """
    if actor.is_system or event.agency_id in access.scope(actor).agency_ids:
        return True
    plays = select(ProcessInstance.id).where(
        ProcessInstance.case_id == event.case_id, lookup.plays_in(actor, ProcessInstance.id)
    )
    return session.scalar(plays.limit(1)) is not None


def _ending(session: Session, row: ProcessInstance, protocol_name: str) -> Ending:
    if row.ended_at is None:
        raise ValueError("the process has not ended")
    nodes = repository.load(session, row.definition_id).process.scope.nodes
    reached = nodes.get(row.outcome or "")
    return Ending(protocol_name, (reached.name if reached is not None else None) or None, row.state, row.ended_at)
