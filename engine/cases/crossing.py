"""Where a case crosses into a lane: whether the agency has its part there already, or the case is handed over to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.bpmn import lanes, model
from engine.cases import instances, lane_rules
from engine.cases.handover_models import Handover
from engine.cases.models import TaskStatus, UserTask
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import directory

if TYPE_CHECKING:
    from engine.bpmn.waiting import WorkItem
    from engine.cases.ground import Ground
    from engine.cases.models import ProcessInstance
    from engine.participants.models import CaseParticipation


@dataclass(frozen=True, slots=True)
class Asked:
    """A hand-over that a step needs: who sends it, to whom if that is decided, and what the diagram says of it."""

    sender_id: UUID
    to_id: UUID | None
    said: model.Handover
    trouble: str | None = None
    """Why the rule of the lane has given nobody."""


def needed(running: Ground, row: ProcessInstance, item: WorkItem) -> Asked | None:
    """Say which hand-over a step needs before the agency of its lane is told of it; None where it has its part.

    A lane that an agency has left, because she withdrew her agreement or its sender revoked it, is handed over anew
    even where the diagram asks for it only before. Raises LaneWithoutAgency.
    """
    lane, part = item.node.lane or "", running.participations.get(item.node.lane or "")
    said = item.node.handover
    if said is None and part is None:
        said = _said_before(running, lane)
    if said is None or (part is not None and _covers(part, said)):
        return None
    sender_id = _sender(running, row, item)
    found = _foreseen(running, row, item, said, part)
    to_id = found.agency_id
    if sender_id is None:
        raise errors.LaneWithoutAgency(lane, case=running.case.id)
    if to_id != sender_id:
        return Asked(sender_id, None if to_id in running.kept_out.agencies else to_id, said, found.trouble)
    if part is None:
        part = instances.participation(running.case, lane, sender_id, basis="protocollo", since=None)
        running.session.add(part)
        running.participations[lane] = part
    return None


def _covers(part: CaseParticipation, said: model.Handover) -> bool:
    """Tell whether a part that an agency has is all that a hand-over would give it."""
    if part.since is None:
        return False
    return part.fields is None or (part.purpose == said.purpose and set(said.fields) <= set(part.fields))


def _said_before(running: Ground, lane: str) -> model.Handover:
    query = (
        select(Handover)
        .where(Handover.case_id == running.case.id, Handover.lane == lane)
        .order_by(Handover.prepared_at.desc())
        .limit(1)
    )
    last = running.session.scalars(query).one_or_none()
    if last is None:
        raise errors.LaneWithoutAgency(lane, case=running.case.id)
    return model.Handover(
        last.purpose, last.needs.value, last.duty or "", tuple(last.fields), automatic=False, until=last.ends_with.value
    )


def _foreseen(
    running: Ground, row: ProcessInstance, item: WorkItem, said: model.Handover, part: CaseParticipation | None
) -> lane_rules.Found:
    """Give the agency that is to play a lane: as it is bound, as its rule says, or the only one that can."""
    if part is not None:
        return lane_rules.Found(part.agency_id)
    lane = item.node.lane or ""
    if said.rule is not None:
        return lane_rules.apply(running, lane, said.rule, running.loaded[row.id].variables(item.id))
    able = directory.agencies_for(running.session, running.case.network_id, lane)
    return lane_rules.Found(able[0].id if len(able) == 1 else None)


def _sender(running: Ground, row: ProcessInstance, item: WorkItem) -> UUID | None:
    """Give who plays the lane of the step that came last before one; at a beginning who began the process."""
    process = repository.load(running.session, item.definition_id).process
    before = lanes.before(process, item.node.id)
    within = item.definition_id != row.definition_id
    if before or within:
        query = (
            select(UserTask)
            .join(ProcessDefinition, ProcessDefinition.id == UserTask.definition_id)
            .where(UserTask.instance_id == row.id, UserTask.state == TaskStatus.COMPLETED)
            .order_by(UserTask.completed_at.desc(), UserTask.id)
            .limit(1)
        )
        of_process = query.where(UserTask.element_id.in_(before), ProcessDefinition.key == process.id)
        last = running.session.scalars(of_process).one_or_none() if before else None
        if last is None and within:
            last = running.session.scalars(query).one_or_none()
        if last is not None:
            part = running.participations.get(last.lane)
            return part.agency_id if part is not None else last.agency_id
    return row.opened_by_agency_id or running.case.opened_by_agency_id
