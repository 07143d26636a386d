"""One caller at a time rings her telephone: who is about to call says so first, and the others see who and since when.

It holds for the whole case, whichever step asks for the call, for `CALL_FOR`, or until it is said what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, errors
from engine.cases import execution, history, lookup
from engine.cases.her_call_models import HerCall, HerCallOutcome
from engine.cases.history import EventKind
from engine.cases.models import TaskStatus, UserTask
from engine.definitions import repository
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

CALL_FOR = timedelta(minutes=15)
"""How long somebody who said that she calls keeps the line: a value of ours."""

_EVENTS = {
    HerCallOutcome.ANSWERED: EventKind.HER_CALL_ANSWERED,
    HerCallOutcome.UNANSWERED: EventKind.HER_CALL_UNANSWERED,
    HerCallOutcome.NOT_CALLED: EventKind.HER_CALL_NOT_MADE,
}


@dataclass(frozen=True, slots=True)
class Calling:
    """That somebody calls her, since when and until when. `by` is the person for her colleagues, else her agency."""

    task_id: UUID
    by: str
    own: bool
    since: datetime
    until: datetime


def asked_for(session: Session, task: UserTask) -> bool:
    """Tell whether a step has a call to her telephone in it."""
    return repository.load(session, task.definition_id).node(task.element_id).calls_her


def going_on(session: Session, actor: Actor, case_id: UUID) -> Calling | None:
    """Say who calls her now, for somebody who sees the case."""
    row = _running(session, case_id)
    if row is None:
        return None
    agency = session.get_one(Agency, row.agency_id)
    colleague = row.agency_id in access.scope(actor).agency_ids
    by = session.get_one(User, row.user_id).display_name if colleague else agency.name
    return Calling(row.task_id, by, row.user_id == actor.user_id, row.since, row.until)


def begin(session: Session, actor: Actor, task_id: UUID) -> HerCall:
    """Say that one calls her now. Saying it again prolongs it.

    Raises NotFound, Forbidden, TaskNotOpen, PathHeld; Conflict `no_call_here`, or `call_under_way` while another does.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _open(session, actor, task_id)
        if running.case.held_since is not None:
            raise errors.PathHeld(case=running.case.id)
        if not asked_for(session, task):
            raise errors.Conflict("no_call_here", task=task_id)
        now, row = clock.now(), _running(session, task.case_id)
        if row is not None and row.user_id != actor.user_id:
            raise errors.Conflict("call_under_way", task=task_id)
        _end_what_is_over(session, task.case_id)
        if row is not None:
            row.until = now + CALL_FOR
            return row
        row = HerCall(network_id=task.network_id, case_id=task.case_id, task_id=task.id, user_id=actor.user_id)
        row.agency_id, row.since, row.until = _hers(actor, task), now, now + CALL_FOR
        session.add(row)
        history.of_task(running, actor, task, EventKind.HER_CALL_BEGUN, in_person=True)
        session.flush()
    return row


def end(session: Session, actor: Actor, task_id: UUID, outcome: HerCallOutcome) -> HerCall:
    """Say what came of one's own call: the line is free.

    Raises NotFound, InvalidValue; Conflict `no_call` when one calls no more.
    """
    if outcome not in _EVENTS:
        raise errors.InvalidValue("outcome", "unknown")
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        row = _running(session, task.case_id)
        if row is None or row.user_id != actor.user_id:
            raise errors.Conflict("no_call", task=task_id)
        row.ended_at, row.outcome = clock.now(), outcome
        history.of_task(running, actor, task, _EVENTS[outcome], in_person=True)
    return row


def _open(session: Session, actor: Actor, task_id: UUID) -> UserTask:
    task = session.get_one(UserTask, task_id, populate_existing=True)
    lookup.require_here(task)
    if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED}:
        raise errors.TaskNotOpen(task=task_id, state=task.state.value)
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    if not access.may_step(actor, Action.CALL_HER, agency_id=task.agency_id, channel=channel, proxies=proxies):
        raise errors.Forbidden(action=Action.CALL_HER, agency_id=task.agency_id)
    return task


def _hers(actor: Actor, task: UserTask) -> UUID:
    """Give the agency that calls: the one that owes the step, or that records it for one without computers."""
    if task.proxy_id is None or task.agency_id in access.scope(actor).agency_ids:
        return task.agency_id
    return task.proxy_id


def _running(session: Session, case_id: UUID) -> HerCall | None:
    query = select(HerCall).where(HerCall.case_id == case_id, HerCall.ended_at.is_(None), HerCall.until > clock.now())
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _end_what_is_over(session: Session, case_id: UUID) -> None:
    """Note of a call of which nobody has said what came of it that its time is over: there is one row that goes on."""
    over = (HerCall.case_id == case_id, HerCall.ended_at.is_(None), HerCall.until <= clock.now())
    for row in session.scalars(select(HerCall).where(*over)):
        row.ended_at, row.outcome = row.until, HerCallOutcome.EXPIRED
    session.flush()
