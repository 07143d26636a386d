"""Steps that give a lane to another agency (staffetta:laneAssignment), and what agencies have said in it before.

Whoever is chosen is asked by a hand-over, through the gate, as is everybody to whom a case goes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from engine import errors, notifications
from engine.cases import handing
from engine.cases.models import ProcessInstance, TaskStatus, UserTask
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.models import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.ground import Ground
    from engine.participants.access import Actor


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
            handing.give_lane(running, actor, lane, chosen[lane], giver_id=task.agency_id)
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
