"""The part of an agency in a case: it begins, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select

from engine import clock, errors
from engine.cases import proxies
from engine.cases.handover_models import Handover
from engine.cases.models import Baton, CaseStatus, ProcessInstance, TaskStatus, UserTask
from engine.participants.models import CaseParticipation, Entry, PartEnd

if TYPE_CHECKING:
    from engine.cases.ground import Ground
    from engine.consent.models import BasisKind


def enter(running: Ground, handover: Handover, agency_id: UUID, basis: BasisKind) -> CaseParticipation:
    """Let an agency's part begin to which the case was handed over. Raises Conflict `lane_taken`."""
    session, case, lane, now = running.session, running.case, handover.lane, clock.now()
    before = running.participations.get(lane)
    fields = handover.fields
    if before is not None and before.since is not None:
        if before.agency_id != agency_id:
            raise errors.Conflict("lane_taken", handover=handover.id)
        if fields is not None and before.fields is not None and before.purpose == handover.purpose:
            fields = sorted({*fields, *before.fields})
    if before is None or before.since is not None or before.agency_id != agency_id:
        if before is not None:
            end(running, before, "replaced")
            session.flush()
        before = CaseParticipation(network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id)
        session.add(before)
        running.participations[lane] = before
    before.since, before.entered_by = now, Entry.HANDOVER
    before.purpose, before.basis, before.basis_id = handover.purpose, basis.value, handover.basis_id
    before.fields, before.handover_id, before.ends_with = fields, handover.id, handover.ends_with
    return before


def end(running: Ground, part: CaseParticipation, why: str) -> None:
    """End an agency's part in a lane; `why` is a code."""
    part.until, part.ended_why = clock.now(), why
    if running.participations.get(part.lane) is part:
        del running.participations[part.lane]


def end_what_is_over(running: Ground) -> None:
    """End the parts that were to last for a step, a process or the case, and have."""
    for part in list(running.participations.values()):
        if part.since is not None and part.ends_with is not None and _is_over(running, part, part.ends_with):
            end(running, part, f"{part.ends_with}_ended")


def choose_proxies(running: Ground, left: UUID) -> None:
    """Choose anew who records the steps that an agency recorded which has left."""
    running.session.flush()
    query = select(UserTask).where(
        UserTask.case_id == running.case.id,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        UserTask.proxy_id == left,
    )
    for task in running.session.scalars(query.execution_options(populate_existing=True)).all():
        row = running.session.get_one(ProcessInstance, task.instance_id)
        task.proxy_id = proxies.choose(running, row, task.definition_id, task.agency_id)


def _is_over(running: Ground, part: CaseParticipation, ends_with: PartEnd) -> bool:
    session, case = running.session, running.case
    if case.state is not CaseStatus.OPEN or ends_with is PartEnd.CASE:
        return case.state is not CaseStatus.OPEN
    if ends_with is PartEnd.PROCESS:
        ended = [key for key, instance in running.loaded.items() if instance.completed]
        return bool(ended) and session.get_one(Handover, part.handover_id).instance_id in ended
    query = select(UserTask.id).where(
        UserTask.case_id == case.id,
        UserTask.lane == part.lane,
        UserTask.agency_id == part.agency_id,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        or_(UserTask.handover.is_(None), UserTask.handover == Baton.ACCEPTED),
    )
    session.flush()
    return session.scalar(query.limit(1)) is None
