"""Where a case crosses into a lane: whether the agency has its part there already, or the case is handed over to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.bpmn import lanes
from engine.cases import instances, lane_rules, lookup
from engine.cases.handover_models import Handover, Terms
from engine.cases.models import TaskStatus, UserTask
from engine.consent.models import BasisKind
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import directory
from engine.participants.models import PartEnd

if TYPE_CHECKING:
    from engine.bpmn import model
    from engine.bpmn.waiting import WorkItem
    from engine.cases.ground import Ground
    from engine.cases.models import ProcessInstance
    from engine.participants.models import CaseParticipation


BEGINNING = Terms("presa_in_carico", BasisKind.ADESIONE)
"""On what an agency comes into a lane in which the process begins, where another one began it: she has to agree."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A hand-over that a step needs: from whom, to whom if that is decided, on what, and whether it goes by itself."""

    sender_id: UUID
    to_id: UUID | None
    terms: Terms
    automatic: bool
    trouble: str | None = None
    """Why the rule of the lane has given nobody."""


def needed(running: Ground, row: ProcessInstance, item: WorkItem) -> Asked | None:
    """Say which hand-over a step needs before the agency of its lane is told of it; None where it has its part.

    Whoever began a process has its part in the lanes in which that begins. A lane that an agency has left, because she
    withdrew her agreement or its sender revoked it, is handed over anew even where the diagram asks for it only before.
    Raises LaneWithoutAgency.
    """
    lane, said = item.node.lane or "", item.node.handover
    part = running.participations.get(lane)
    if said is not None:
        return _as_said(running, row, item, said)
    if part is None:
        return _anew(running, row, item)
    return None if part.since is not None else _at_the_beginning(running, row, part)


def sender_now(running: Ground, sender_id: UUID) -> UUID:
    """Give who sends a case in the place of an agency that it keeps out: the one that holds it."""
    if sender_id not in running.kept_out.agencies:
        return sender_id
    return lookup.holder(running.session, running.case) or sender_id


def _as_said(running: Ground, row: ProcessInstance, item: WorkItem, said: model.Handover) -> Asked | None:
    lane, terms = item.node.lane or "", _terms(said)
    part = running.participations.get(lane)
    if part is not None and _covers(part, terms):
        return None
    if part is not None:
        found = lane_rules.Found(part.agency_id)
    elif said.rule is not None:
        found = lane_rules.apply(running, lane, said.rule, running.loaded[row.id].variables(item.id))
    else:
        found = _only_able(running, lane)
    return _from(running, _sender(running, row, item), found, lane, terms, automatic=said.automatic)


def _anew(running: Ground, row: ProcessInstance, item: WorkItem) -> Asked | None:
    lane = item.node.lane or ""
    query = (
        select(Handover)
        .where(Handover.case_id == running.case.id, Handover.lane == lane)
        .order_by(Handover.prepared_at.desc())
        .limit(1)
    )
    last = running.session.scalars(query).one_or_none()
    if last is None:
        raise errors.LaneWithoutAgency(lane, case=running.case.id)
    found = _only_able(running, lane)
    return _from(running, _sender(running, row, item), found, lane, last.terms, automatic=False)


def _at_the_beginning(running: Ground, row: ProcessInstance, part: CaseParticipation) -> Asked | None:
    """Say what an agency needs that has not begun the process: of her own, it knows nothing yet.

    What begins by itself, for nobody, tells nothing of anybody.
    """
    began_id = row.opened_by_agency_id or running.case.opened_by_agency_id
    if began_id in {None, part.agency_id}:
        return None
    return _from(running, began_id, lane_rules.Found(part.agency_id), part.lane, BEGINNING, automatic=True)


def _from(
    running: Ground, sender_id: UUID | None, found: lane_rules.Found, lane: str, terms: Terms, *, automatic: bool
) -> Asked | None:
    """Give the hand-over from an agency; none where it is to itself, which then has its part in the lane too."""
    if sender_id is None:
        raise errors.LaneWithoutAgency(lane, case=running.case.id)
    sender_id, to_id = sender_now(running, sender_id), found.agency_id
    if to_id != sender_id:
        asked_id = None if to_id in running.kept_out.agencies else to_id
        return Asked(sender_id, asked_id, terms, automatic, found.trouble)
    if lane not in running.participations:
        part = instances.participation(running.case, lane, sender_id, basis="protocollo", since=None)
        if not _knows_all(running, sender_id):
            # In another lane it takes no more with it than it was told.
            part.purpose, part.basis = terms.purpose, terms.needs.value
            part.fields = list(terms.fields) if terms.fields is not None else []
        running.session.add(part)
        running.participations[lane] = part
    return None


def _knows_all(running: Ground, agency_id: UUID) -> bool:
    parts = running.participations.values()
    return any(part.agency_id == agency_id and part.since is not None and part.fields is None for part in parts)


def _covers(part: CaseParticipation, terms: Terms) -> bool:
    """Tell whether a part that an agency has is all that a hand-over would give it."""
    if part.since is None:
        return False
    if part.fields is None or terms.fields is None:
        return part.fields is None
    return part.purpose == terms.purpose and set(terms.fields) <= set(part.fields)


def _terms(said: model.Handover) -> Terms:
    return Terms(said.purpose, BasisKind(said.basis), said.duty or None, said.fields, PartEnd(said.until))


def _only_able(running: Ground, lane: str) -> lane_rules.Found:
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
