"""Who records the steps of an agency without computers: one agency of the portal, named on each step.

It is the one that asked: which did, or recorded, the last step of the same diagram, or else plays another lane of it.
Whoever only opened the case, or takes part in the process around, has not asked and need not know; but a step of which
nobody else could ever record anything falls to who began the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, select

from engine import clock
from engine.cases.models import ProcessInstance, TaskStatus, UserTask
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants.models import Agency, Channel

if TYPE_CHECKING:
    from engine.cases.ground import Ground


def choose(running: Ground, row: ProcessInstance, definition_id: UUID, agency_id: UUID) -> UUID | None:
    """Give the agency that records for `agency_id` in a step of this diagram; None where it works in the portal itself.

    None too where nobody could: then the ladder tells the coordination.
    """
    if _uses_portal(running, agency_id):
        return None
    beside = _beside(running, definition_id, agency_id)
    last = (
        select(UserTask.agency_id, UserTask.proxy_id)
        .where(
            UserTask.instance_id == row.id,
            UserTask.definition_id.in_(_versions(running, definition_id)),
            UserTask.state == TaskStatus.COMPLETED,
        )
        .order_by(UserTask.completed_at.desc(), UserTask.id)
        .limit(1)
    )
    asked = running.session.execute(last).one_or_none()
    for candidate in beside:
        if asked is not None and candidate in asked:
            return candidate
    if beside:
        return beside[0]
    opener = row.opened_by_agency_id or running.case.opened_by_agency_id
    if opener is None or opener in running.kept_out.agencies or not _uses_portal(running, opener):
        return None
    return opener


def _versions(running: Ground, definition_id: UUID) -> Select[UUID]:
    """Give the versions of a process: a case may have gone over from one to another."""
    key = select(ProcessDefinition.key).where(ProcessDefinition.id == definition_id).scalar_subquery()
    return select(ProcessDefinition.id).where(
        ProcessDefinition.network_id == running.case.network_id, ProcessDefinition.key == key
    )


def _beside(running: Ground, definition_id: UUID, agency_id: UUID) -> list[UUID]:
    """Give the agencies of the portal that play another lane of the diagram now, in the order of its lanes."""
    now = clock.now()
    lanes = [lane.id for lane in repository.load(running.session, definition_id).process.lanes]
    played = [running.participations[lane] for lane in lanes if lane in running.participations]
    return [
        row.agency_id
        for row in played
        if row.since is not None
        and row.since <= now
        and row.agency_id != agency_id
        and row.agency_id not in running.kept_out.agencies
        and _uses_portal(running, row.agency_id)
    ]


def _uses_portal(running: Ground, agency_id: UUID) -> bool:
    return running.session.get_one(Agency, agency_id).channel is Channel.PORTALE
