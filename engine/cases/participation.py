"""Which agency plays a lane of a case: its part begins, ends, or the lane is given to another one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from engine import clock, errors, notifications
from engine.cases import history, proxies
from engine.cases.handover_models import Handover
from engine.cases.models import Baton, CaseStatus, Draft, ProcessInstance, TaskStatus, UserTask
from engine.deadlines import arming
from engine.deadlines.models import Deadline
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.models import CaseParticipation, Entry, PartEnd, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.ground import Ground
    from engine.participants.access import Actor


def enter(running: Ground, handover: Handover, agency_id: UUID) -> CaseParticipation:
    """Let an agency's part begin to which the case was handed over. Raises Conflict `lane_taken`."""
    session, case, lane, now = running.session, running.case, handover.lane, clock.now()
    before = running.participations.get(lane)
    fields = list(handover.fields)
    if before is not None and before.since is not None:
        if before.agency_id != agency_id:
            raise errors.Conflict("lane_taken", handover=handover.id)
        if before.purpose == handover.purpose and before.fields is not None:
            fields = sorted({*fields, *before.fields})
    if before is None or before.since is not None or before.agency_id != agency_id:
        if before is not None:
            end(running, before, "replaced")
            session.flush()
        before = CaseParticipation(network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id)
        session.add(before)
        running.participations[lane] = before
    before.since, before.entered_by = now, Entry.HANDOVER
    before.purpose, before.basis, before.basis_id = handover.purpose, handover.needs.value, handover.basis_id
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


def declined(session: Session, instance_id: UUID, lane: str) -> dict[UUID, datetime]:
    """Give the agencies that have said no in a lane of a process, each with when it last did.

    A step gives a lane on because of what was answered in it before: whoever has answered there does not want it.
    """
    query = (
        select(UserTask.agency_id, func.max(UserTask.happened_at))
        .where(UserTask.instance_id == instance_id, UserTask.lane == lane, UserTask.state == TaskStatus.COMPLETED)
        .group_by(UserTask.agency_id)
    )
    return {agency_id: at for agency_id, at in session.execute(query).all() if at is not None}


def assign_lanes(
    running: Ground,
    actor: Actor,
    task: UserTask,
    node: model.Node,
    chosen: Mapping[str, UUID],
    again: Collection[str] = (),
) -> None:
    """Give the lanes that a step assigns to the agencies chosen in it; the one that asked is told.

    `again` are the lanes for which an agency that has said no is chosen on purpose. Raises InvalidValue when a choice
    is missing, is one that the step does not ask for, or is such an agency without that; LaneWithoutAgency when the
    agency does not offer the service.
    """
    for lane in sorted((set(chosen) | set(again)) - set(node.assigns_lanes)):
        raise errors.InvalidValue(f"lanes.{lane}", "no_such_lane")
    for lane in node.assigns_lanes:
        if lane not in chosen:
            raise errors.InvalidValue(f"lanes.{lane}", "required")
        if chosen[lane] not in able(running, lane):
            raise errors.LaneWithoutAgency(lane)
        said_no = declined(running.session, task.instance_id, lane)
        if chosen[lane] in said_no and lane not in again:
            raise errors.InvalidValue(f"lanes.{lane}", "declined_before")
        if running.participations[lane].agency_id != chosen[lane]:
            hand_over(running, actor, lane, chosen[lane])
        sender_id = running.session.get_one(ProcessInstance, task.instance_id).opened_by_agency_id
        if said_no and sender_id not in {None, task.agency_id, chosen[lane]}:
            notifications.notify(
                running.session,
                Receiver.with_role(Role.OPERATRICE, sender_id),
                "request_reassigned",
                network_id=running.case.network_id,
                case_id=running.case.id,
            )


def able(running: Ground, lane: str) -> frozenset[UUID]:
    """Give the agencies that can play a lane of the case: those that offer the service and are not kept out of it."""
    offering = directory.agencies_for(running.session, running.case.network_id, lane)
    return frozenset(agency.id for agency in offering) - running.kept_out.agencies


def tell_declined(session: Session, task: UserTask, node: model.Node, sender_id: UUID | None) -> None:
    """Tell the agency that asked that its request was declined: a step has opened that gives the lane on.

    Not when it was itself that declined, or when it owes that step: it knows.
    """
    if not any(set(declined(session, task.instance_id, lane)) - {sender_id} for lane in node.assigns_lanes):
        return
    if sender_id not in {None, task.agency_id}:
        notifications.notify(
            session,
            Receiver.with_role(Role.OPERATRICE, sender_id),
            "request_declined",
            network_id=task.network_id,
            case_id=task.case_id,
            task_id=task.id,
        )


def hand_over(running: Ground, actor: Actor, lane: str, agency_id: UUID) -> None:
    """End one agency's part in a lane and begin the other's: open steps go along, what was drafted does not."""
    session, case, now = running.session, running.case, clock.now()
    before = running.participations[lane]
    end(running, before, "lane_given_away")
    session.flush()
    after = CaseParticipation(
        network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id, basis=before.basis, since=None
    )
    session.add(after)
    running.participations[lane] = after
    query = select(UserTask.id).where(
        UserTask.case_id == case.id,
        UserTask.lane == lane,
        UserTask.agency_id == before.agency_id,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        UserTask.handover.is_(None),
    )
    task_ids = list(session.scalars(query).all())
    if task_ids:
        after.since = now
        moved = update(UserTask).where(UserTask.id.in_(task_ids))
        fresh = {"state": TaskStatus.OPEN, "assignee_id": None, "first_by_id": None, "first_at": None}
        session.execute(moved.values(agency_id=agency_id, revision=UserTask.revision + 1, **fresh))
        session.execute(
            update(Deadline)
            .where(Deadline.task_id.in_(task_ids), Deadline.state.in_(arming.RUNNING))
            .values(agency_id=agency_id)
        )
        for task_id in task_ids:
            due_at = arming.arm_again(session, task_id, agency_id, now=now)
            first = func.least(UserTask.due_at, due_at)
            session.execute(update(UserTask).where(UserTask.id == task_id).values(due_at=first))
        session.execute(delete(Draft).where(Draft.task_id.in_(task_ids)))
    choose_proxies(running, task_ids, before.agency_id)
    history.record(
        session, case, history.EventKind.LANE_HANDED_OVER, actor=actor, agency_id=agency_id, values={"lane": lane}
    )
    notifications.notify(
        session,
        Receiver.with_role(Role.OPERATRICE, before.agency_id),
        "part_ended",
        network_id=case.network_id,
        case_id=case.id,
    )


def choose_proxies(running: Ground, moved: Collection[UUID], left: UUID) -> None:
    """Choose anew who records the steps that went to another agency, and those that the one that left recorded."""
    running.session.flush()
    query = select(UserTask).where(
        UserTask.case_id == running.case.id,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
        or_(UserTask.id.in_(moved), UserTask.proxy_id == left),
    )
    for task in running.session.scalars(query.execution_options(populate_existing=True)).all():
        row = running.session.get_one(ProcessInstance, task.instance_id)
        task.proxy_id = proxies.choose(running, row, task.definition_id, task.agency_id)
