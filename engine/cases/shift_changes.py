"""When a shift ends: urgent steps pass to who comes, their clocks go on.

Half an hour before, whoever leaves is asked for a note at each urgent step that she holds; without one it passes all
the same. At the end each of them is kept in view for whoever is on call then, where she works for the agency that owes
it; else it is among those to be taken. Its conclusion goes on; its reception runs anew, as whenever a step is given
back, so that it climbs if nobody takes it. Who is still on call keeps what she holds.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from engine import clock, db, errors, notifications
from engine.cases import acting, execution, giving, history, lifecycle, lookup, reassignment
from engine.cases.models import TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.ladders.steps import EscalationClass
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action, Actor
from engine.roster import coverage, on_call
from engine.roster.models import Roster, Shift

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute, Session

ASK_BEFORE = timedelta(minutes=30)
"""How long before the end of a shift a note is asked for: a value of ours."""

NOTE_ASKED = "shift_note_asked"
"""Kind of the notice."""

REASON = "Cambio turno"
"""What the history says of why a step was given to another."""

_log = logging.getLogger("staffetta.worker")
_URGENT = (EscalationClass.E0, EscalationClass.E1)
_TOO_OLD = timedelta(days=1)  # what a roster says only now of yesterday moves nothing
_MOST = 50


def run() -> None:
    """Ask for the notes of shifts that end soon, and pass on what those held whose shift is over.

    Each step in a transaction of its own, under the lock of its case. Killed in between, or where one step fails, it is
    done again: what has passed on is no longer held by who has left.
    """
    for shift_id in _due(Shift.note_asked_at, ahead=ASK_BEFORE):
        with db.transaction() as session:
            _ask_for_notes(session, shift_id)
    for shift_id in _due(Shift.passed_on_at):
        with db.transaction(read_only=True) as session:
            task_ids = [task.id for task in _held(session, session.get_one(Shift, shift_id))]
        passed_on = [_passed_on(shift_id, task_id) for task_id in task_ids]
        if all(passed_on):
            with db.transaction() as session:
                session.get_one(Shift, shift_id).passed_on_at = clock.now()


def leave_note(session: Session, actor: Actor, task_id: UUID, text: str) -> None:
    """Leave a note at a step for whoever takes it next. It is sealed, and its agency's people read it at the step.

    Raises NotFound, Forbidden, TaskNotOpen, InvalidValue for `reason`.
    """
    said = lifecycle.require_reason(text)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        access.require(actor, Action.CLAIM, task.agency_id)
        if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED}:
            raise errors.TaskNotOpen(task=task_id)
        history.of_task(running, actor, task, history.EventKind.SHIFT_NOTE, in_person=True, values={"note": said})


def _due(done_at: InstrumentedAttribute[datetime | None], *, ahead: timedelta = timedelta()) -> list[UUID]:
    """Find the published shifts that end by now, or so far ahead, and of which this is still to be done."""
    with db.transaction(read_only=True) as session:
        until = clock.now() + ahead
        query = (
            select(Shift.id)
            .where(
                Shift.published_at.is_not(None),
                Shift.withdrawn_at.is_(None),
                Shift.ends_at <= until,
                Shift.ends_at > clock.now() - _TOO_OLD,
                done_at.is_(None),
            )
            .order_by(Shift.ends_at, Shift.id)
            .limit(_MOST)
        )
        return list(session.scalars(query))


def _ask_for_notes(session: Session, shift_id: UUID) -> None:
    shift = session.get_one(Shift, shift_id, with_for_update=True)
    if shift.note_asked_at is not None:
        return
    shift.note_asked_at = clock.now()
    if shift.ends_at <= clock.now():
        return  # too late to ask
    for task in _held(session, shift):
        if task.assignee_id is not None and task.assignee_id not in _on_call(session, shift, task, shift.ends_at):
            told = Receiver.person(task.assignee_id)
            ids = {"network_id": task.network_id, "case_id": task.case_id, "task_id": task.id}
            notifications.notify(session, told, NOTE_ASKED, **ids)


def _held(session: Session, shift: Shift) -> list[UserTask]:
    """Give the urgent steps that those of a shift hold, of the agencies that offer its service."""
    roster = session.get_one(Roster, shift.roster_id)
    offices = on_call.offices(session, shift.network_id, roster.service)
    query = (
        select(UserTask)
        .where(
            UserTask.network_id == shift.network_id,
            UserTask.assignee_id.in_(coverage.people(shift)),
            UserTask.agency_id.in_([office.id for office in offices]),
            UserTask.state == TaskStatus.CLAIMED,
            _urgent(),
        )
        .order_by(UserTask.due_at.nulls_last(), UserTask.id)
    )
    return list(session.scalars(query))


def _urgent() -> ColumnElement[bool]:
    """Say of steps that a clock of theirs runs whose ladder is one for lives or urgencies."""
    running = select(Deadline.id).where(
        Deadline.task_id == UserTask.id,
        Deadline.state == DeadlineStatus.ARMED,
        Deadline.escalation_class.in_(_URGENT),
    )
    return exists(running.correlate(UserTask))


def _on_call(session: Session, shift: Shift, task: UserTask, at: datetime) -> list[UUID]:
    """Give the people who are on call for the service of a shift at an instant, in order, as far as a case admits."""
    roster = session.get_one(Roster, shift.roster_id)
    found = on_call.on_call(session, shift.network_id, roster.service, roster.area_id, at, case_id=task.case_id)
    return [duty.user_id for duty in found.positions if duty.user_id is not None]


def _passed_on(shift_id: UUID, task_id: UUID) -> bool:
    """Pass one step on; one that fails holds no other one up, and is tried again."""
    try:
        with db.transaction() as session:
            return _pass_on(session, shift_id, task_id)
    except errors.DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as the worker does with due work: the type is logged, never the text
        _log.exception("step %s is not passed on: %s", task_id, type(error).__name__, exc_info=False)
        return False


def _pass_on(session: Session, shift_id: UUID, task_id: UUID) -> bool:
    """Take a step from who has left and keep it in view for who has come, unless it has gone its way meanwhile.

    False while she is acting on it: it does not move until she is done, or says so no more.
    """
    shift = session.get_one(Shift, shift_id)
    case_id = session.scalars(select(UserTask.case_id).where(UserTask.id == task_id)).one()
    with execution.locked(session, case_id, None) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        left = task.assignee_id
        if task.state is not TaskStatus.CLAIMED or left not in coverage.people(shift):
            return True
        coming = _on_call(session, shift, task, clock.now())
        if left in coming:
            return True
        if acting.is_acting(running, task):
            return False
        to = next((person for person in coming if reassignment.able(running, task, person)), None)
        giving.give(running, Actor.system(shift.network_id), task, to, REASON)
        return True
