"""The climbing of ladders: what a late step makes known, to whom. Part of the due work of a case.

After an outage each deadline catches up in one go: of the rungs that are due by now the highest is fired and the lower
ones are merged into it, so nobody gets three notices at once. Oldest deadline first.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, true

from engine import clock, notifications
from engine.cases import history, lookup
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Baton, Case, UserTask
from engine.deadlines.models import Deadline, Rung, RungStatus, RungStep
from engine.notifications import Receiver
from engine.participants import directory, substitutes
from engine.participants.models import Agency, Channel, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_EVENTS = {
    RungStep.REMINDER: history.EventKind.RUNG_REMINDER,
    RungStep.BREACH: history.EventKind.RUNG_BREACH,
    RungStep.COORDINATION: history.EventKind.RUNG_COORDINATION,
}


def climb(session: Session, case: Case, *, until: datetime | None = None, task_id: UUID | None = None) -> None:
    """Fire the rungs of a case that are due by now, or those of one task that were due by `until`."""
    session.flush()
    now = clock.now()
    which = true() if task_id is None else Deadline.task_id == task_id
    query = (
        select(Rung, Deadline, UserTask, Agency.channel)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .join(UserTask, UserTask.id == Deadline.task_id)
        .join(Agency, Agency.id == Deadline.agency_id)
        .where(Rung.case_id == case.id, Rung.state == RungStatus.WAITING, Rung.due_at <= (until or now), which)
        .order_by(Deadline.due_at, Deadline.id, Rung.position)
    )
    for _deadline_id, due in groupby(session.execute(query).all(), key=lambda row: row[1].id):
        rows = list(due)
        for rung, *_rest in rows[:-1]:
            rung.state, rung.fired_at = RungStatus.MERGED, now
        rung, deadline, task, channel = rows[-1]
        rung.state, rung.fired_at = RungStatus.FIRED, now
        _tell(session, case, rung.step, deadline, task, channel)
    session.flush()


def receivers(session: Session, case: Case, step: RungStep, task: UserTask, channel: Channel) -> list[Receiver]:
    """Say who is told; where a rung has nobody, or only people whom the case keeps out, it is the next one at once."""
    if step is RungStep.REMINDER and task.assignee_id is not None:
        # And who stands in for her while she is away.
        instead = substitutes.instead(session, task.assignee_id, task.network_id, task.agency_id)
        return [Receiver.person(one) for one in dict.fromkeys((task.assignee_id, instead))]
    agency_id = task.agency_id if channel is Channel.PORTALE else task.proxy_id
    if agency_id is not None and step is not RungStep.COORDINATION:
        roles = [Role.RESPONSABILE] if step is RungStep.BREACH else [Role.OPERATRICE, Role.RESPONSABILE]
        for role in roles:
            if directory.has_role(session, case.id, case.network_id, agency_id, role):
                return [Receiver.with_role(role, agency_id)]
    return beyond(session, case)


def beyond(session: Session, case: Case) -> list[Receiver]:
    """Say who is told when an agency has nobody: the coordination; without one whom the case lets in, the alternate.

    Somebody is told in any case.
    """
    coordination = Receiver.with_role(Role.COORDINAMENTO)
    if directory.has_role(session, case.id, case.network_id, None, Role.COORDINAMENTO):
        return [coordination]
    return alternate(session, case) or [coordination]


def alternate(session: Session, case: Case) -> list[Receiver]:
    """Say who is told what must not reach who is kept out: whom the case names for that, else its holder's people.

    Its lead, or where the case keeps her out or there is none, its workers. None when it has nobody.
    """
    if case.alternate_id is not None:
        return [Receiver.person(case.alternate_id)]
    holder = lookup.holder(session, case)
    for role in (Role.RESPONSABILE, Role.OPERATRICE) if holder is not None else ():
        if directory.has_role(session, case.id, case.network_id, holder, role):
            return [Receiver.with_role(role, holder)]
    return []


def tell_without_agency(session: Session, case: Case, task: UserTask) -> None:
    """Tell at once that a step is owed by an agency which the case keeps out: nobody would ever take it."""
    for receiver in beyond(session, case):
        notifications.notify(
            session,
            receiver,
            "without_agency",
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id,
        )


def _tell(session: Session, case: Case, step: RungStep, deadline: Deadline, task: UserTask, channel: Channel) -> None:
    for receiver in receivers(session, case, step, task, channel):
        notifications.notify(
            session,
            receiver,
            step.value,
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id,
            deadline_id=deadline.id,
        )
    if step is RungStep.BREACH and task.handover is Baton.SENT:
        # Whoever has sent the case hears that nobody has answered: it is she who can ask it back.
        sent = select(Handover.from_agency_id).where(Handover.task_id == task.id, Handover.state == HandoverState.SENT)
        sender_id = session.scalars(sent).one()
        if sender_id != task.proxy_id:
            sender = Receiver.with_role(Role.OPERATRICE, sender_id)
            notifications.notify(session, sender, "handover_silent", network_id=case.network_id, case_id=case.id)
    history.record(
        session,
        case,
        _EVENTS[step],
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        element_id=task.element_id,
    )
