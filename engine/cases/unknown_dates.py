"""Dates that clocks wait for: asked of whoever owes the step, again and again, until the case knows them.

A clock whose start the case does not know yet counts from no guess: a false deadline is a false safety. Its incident
stands on the board, the agency is asked each working day, after three times its lead, then the coordination. Whatever
writes the date, the step itself or another one, sets the clock, from that date.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, notifications
from engine.calendars import lengths
from engine.calendars.lengths import Clock, Length
from engine.cases import clocks, lookup, targets
from engine.cases.models import Incident, TaskStatus, UserTask
from engine.deadlines.models import DeadlineClock
from engine.definitions import repository
from engine.errors import NeverOpen
from engine.ladders.steps import EscalationClass, Target

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.ground import Ground

TIMES = 3
"""How often whoever owes the step is asked before her lead is told."""

NOTICE = "date_unknown"
_CLIMB = ([Target.ASSIGNEE], [Target.AGENCY_LEAD], [Target.COORDINATOR])
_OPEN = (TaskStatus.OPEN, TaskStatus.CLAIMED)
_WORKING_DAY = Length.read("P1D", Clock.GL)
# How long until it is asked for again; what is urgent waits for no office.
_AGAIN = {
    EscalationClass.E0: Length.of(timedelta(minutes=10)),
    EscalationClass.E1: Length.of(timedelta(hours=1)),
    EscalationClass.E2: _WORKING_DAY,
    EscalationClass.E3: _WORKING_DAY,
}


def look(running: Ground) -> datetime | None:
    """Set the clocks of a case whose date is known by now, ask for the others, and say when to look again."""
    session, case = running.session, running.case
    session.flush()
    for row in session.scalars(waiting(case.id)).all():
        task = session.get_one(UserTask, UUID(row.token_id))
        name = clocks.unset_clock(row)
        if name is None or task.state not in _OPEN:
            row.resolved_at = clock.now()
            continue
        node = repository.load(session, task.definition_id).node(task.element_id)
        why_not = clocks.set_one(running, task, node, running.instance(task.instance_id).variables(task.id), name)
        if why_not != clocks.DATE_UNKNOWN:
            row.resolved_at = clock.now()
            if why_not is not None:
                session.add(clocks.unset(task, name, why_not))
        elif row.ask_at is not None and row.ask_at <= clock.now():
            _ask(running, task, row, _class_of(node, name))
    session.flush()
    return min((row.ask_at for row in session.scalars(waiting(case.id)) if row.ask_at), default=None)


def waits(session: Session, task: UserTask) -> bool:
    """Tell whether a clock of a step waits for a date."""
    return task.state in _OPEN and session.scalars(waiting(task.case_id, task.id).limit(1)).first() is not None


def waiting(case_id: UUID, task_id: UUID | None = None) -> Select[Incident]:
    """Select the incidents of a case, or of one of its steps, that say that a clock waits for a date."""
    query = select(Incident).where(
        Incident.case_id == case_id, Incident.resolved_at.is_(None), Incident.ask_at.is_not(None)
    )
    return (query if task_id is None else query.where(Incident.token_id == str(task_id))).order_by(Incident.raised_at)


def _ask(running: Ground, task: UserTask, row: Incident, urgency: EscalationClass) -> None:
    """Ask whoever owes the step, or the next rung; of a path that stands still nobody is asked anything."""
    session, case, now = running.session, running.case, clock.now()
    if task.held_since is None:
        row.asked += 1
        late = targets.Late.of(session, case, task, lookup.channel(session, task.agency_id))
        for receiver in targets.reached(late, _CLIMB[max(0, min(row.asked - TIMES, 2)) :]).receivers:
            notifications.notify(
                session, receiver, NOTICE, network_id=case.network_id, case_id=case.id, task_id=task.id
            )
    try:
        row.ask_at = lengths.due(_AGAIN[urgency], now, running.timetables.of(task.agency_id))
    except NeverOpen:  # nobody has said when it is open; it is asked for every day then
        row.ask_at = now + timedelta(days=1)


def _class_of(node: model.Node, name: DeadlineClock) -> EscalationClass:
    """Give the most urgent class of a clock: which of its lengths counts the case may not know either."""
    named = [each.escalation_class for each in node.deadlines if each.clock == name and each.escalation_class]
    return EscalationClass(min(named, default=EscalationClass.E3))
