"""Whom an act makes stop working on something: those who held its steps, or were asked to take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import notifications
from engine.cases.models import TaskStatus, UserTask
from engine.participants import directory
from engine.participants.models import Agency, Channel, Role

if TYPE_CHECKING:
    from uuid import UUID

    from engine.cases.execution import Running
    from engine.participants.access import Actor

CANCELLED = "case_cancelled"


def cancelled(running: Running, actor: Actor) -> None:
    """Tell who has or is owed an open step of a case that it is being cancelled: each person once, nothing of why.

    A step that somebody holds is hers; one that nobody holds is that of the agency's workers, or of its lead where it
    has none. For an agency without computers it is those who telephone for it. Whoever cancels knows.
    """
    case = running.case
    query = (
        select(UserTask.assignee_id, UserTask.agency_id, UserTask.proxy_id, Agency.channel)
        .join(Agency, Agency.id == UserTask.agency_id)
        .where(UserTask.case_id == case.id, UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))
    )
    people: set[UUID] = set()
    for assignee_id, agency_id, proxy_id, channel in running.session.execute(query).all():
        owing = agency_id if channel is Channel.PORTALE else proxy_id
        people |= {assignee_id} if assignee_id is not None else _workers(running, owing)
    people -= {actor.user_id} if actor.user_id is not None else set()
    notifications.notify_people(running.session, people, CANCELLED, network_id=case.network_id, case_id=case.id)


def _workers(running: Running, agency_id: UUID | None) -> set[UUID]:
    if agency_id is None:
        return set()
    for role in (Role.OPERATRICE, Role.RESPONSABILE):
        found = directory.people_as(
            running.session, running.case.network_id, [agency_id], role, case_id=running.case.id
        )
        if found:
            return {person.id for person in found}
    return set()
