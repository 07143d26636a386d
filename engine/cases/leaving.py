"""Leaving something to be done about a late step to who sees to it (see `action_items`). Part of due work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import notifications
from engine.cases import history, lookup
from engine.cases.action_item_models import ActionItem, ItemKind
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.models import Channel, Role

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.cases.models import Case, UserTask
    from engine.deadlines.models import Deadline

NOTICE = "item_opened"
"""Kind of the notice."""

_EVENTS = {
    ItemKind.SOLICITATION: history.EventKind.SOLICITATION_OPENED,
    ItemKind.INCIDENT: history.EventKind.INCIDENT_REPORT_OPENED,
    ItemKind.AGENDA: history.EventKind.AGENDA_ITEM_OPENED,
}


def leave(running: Ground, task: UserTask, deadline: Deadline, kind: ItemKind) -> None:
    """Leave something to be done about a step; what is open of this kind already is enough."""
    session, case = running.session, running.case
    session.flush()
    same = select(ActionItem.id).where(
        ActionItem.task_id == task.id, ActionItem.kind == kind, ActionItem.closed_at.is_(None)
    )
    if session.scalar(same.limit(1)) is not None:
        return
    agency_id = _holder(session, case) if kind is ItemKind.SOLICITATION else None
    session.add(
        ActionItem(
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id,
            deadline_id=deadline.id,
            kind=kind,
            agency_id=agency_id,
        )
    )
    role = Role.OPERATRICE if agency_id is not None else Role.COORDINAMENTO
    receiver = Receiver.with_role(role, agency_id)
    notifications.notify(session, receiver, NOTICE, network_id=case.network_id, case_id=case.id)
    history.record(
        session,
        case,
        _EVENTS[kind],
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        element_id=task.element_id,
    )


def _holder(session: Session, case: Case) -> UUID | None:
    """Give the agency that holds a case, if somebody works there that finds it on her list; else the coordination."""
    holder = lookup.holder(session, case)
    if holder is None or lookup.channel(session, holder) is not Channel.PORTALE:
        return None
    return holder if directory.has_role(session, case.id, case.network_id, holder, Role.OPERATRICE) else None
