"""Which agency plays a lane of a case, and handing a lane to another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, func, select, update

from engine import clock, errors, notifications
from engine.cases import history
from engine.cases.models import Draft, TaskStatus, UserTask
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.models import CaseParticipation, Role

if TYPE_CHECKING:
    from engine.bpmn import model
    from engine.cases.execution import Running
    from engine.participants.access import Actor


def assign_lanes(running: Running, actor: Actor, node: model.Node, chosen: Mapping[str, UUID]) -> None:
    """Give the lanes that a step assigns to the agencies chosen in it.

    Raises InvalidValue when a choice is missing or one is made that the step does not ask for, LaneWithoutAgency when
    the agency does not offer the service.
    """
    for lane in sorted(set(chosen) - set(node.assigns_lanes)):
        raise errors.InvalidValue(f"lanes.{lane}", "no_such_lane")
    for lane in node.assigns_lanes:
        if lane not in chosen:
            raise errors.InvalidValue(f"lanes.{lane}", "required")
        able = {agency.id for agency in directory.agencies_for(running.session, running.case.network_id, lane)}
        if chosen[lane] not in able:
            raise errors.LaneWithoutAgency(lane)
        if running.participations[lane].agency_id != chosen[lane]:
            _hand_over(running, actor, lane, chosen[lane])


def _hand_over(running: Running, actor: Actor, lane: str, agency_id: UUID) -> None:
    """End one agency's part in a lane and begin the other's: open steps go along, what was drafted does not."""
    session, case, now = running.session, running.case, clock.now()
    before = running.participations[lane]
    before.until = now
    session.flush()
    after = CaseParticipation(
        network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id, basis=before.basis, since=None
    )
    session.add(after)
    running.participations[lane] = after
    query = select(UserTask.id).where(
        UserTask.case_id == case.id,
        UserTask.lane == lane,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
    )
    task_ids = list(session.scalars(query).all())
    if task_ids:
        after.since = now
        moved = update(UserTask).where(UserTask.id.in_(task_ids))
        session.execute(
            moved.values(agency_id=agency_id, state=TaskStatus.OPEN, assignee_id=None, revision=UserTask.revision + 1)
        )
        session.execute(
            update(Deadline)
            .where(Deadline.task_id.in_(task_ids), Deadline.state == DeadlineStatus.ARMED)
            .values(agency_id=agency_id)
        )
        for task_id in task_ids:
            due_at = arming.arm_again(session, task_id, agency_id, now=now)
            first = func.least(UserTask.due_at, due_at)
            session.execute(update(UserTask).where(UserTask.id == task_id).values(due_at=first))
        session.execute(delete(Draft).where(Draft.task_id.in_(task_ids)))
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
