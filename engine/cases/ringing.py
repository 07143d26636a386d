"""Calling who is to answer for an urgent step: "answers" stops its ladder for a while, "does not" climbs at once.

Whoever waits for the step may say it (the agency that sent the case, or holds it), whoever its ladder has told, and
the people of the agency that owes it. It gives nobody access to anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, db, errors
from engine.cases import acknowledging, escalation, execution, history, lookup, targets
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, UserTask
from engine.deadlines.models import Acknowledgement, Deadline, DeadlineStatus, Rung, RungStatus, SeenBy
from engine.ladders import steps
from engine.ladders.steps import EscalationClass, Target
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Role
from engine.roster import on_call
from engine.roster.on_call import Duty
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

URGENT = (EscalationClass.E0, EscalationClass.E1)
"""The classes whose ladders ring a telephone."""

_ROLES = {
    Target.ASSIGNEE: Role.OPERATRICE,
    Target.AGENCY_LEAD: Role.RESPONSABILE,
    Target.CASE_LEAD: Role.RESPONSABILE,
}
_COORDINATION = frozenset({Target.COORDINATOR, Target.LEAD_MUNICIPALITY, Target.TECHNICAL_TABLE})


@dataclass(frozen=True, slots=True)
class Ring:
    """Who is to be called for a step now, by the number of the service or the office; and what climbs if they do not.

    `rung_id` is the rung that "does not answer" fires: by it a second caller is known to speak of the same one. None
    where all have been told.
    """

    task_id: UUID
    rung_id: UUID | None
    duties: tuple[Duty, ...]
    next_targets: tuple[str, ...]
    next_at: datetime | None


def found(session: Session, actor: Actor, task_id: UUID) -> Ring | None:
    """Say it of a step that is the actor's to speak of. Raises NotFound."""
    with db.reaching(session, Reach.EVERYTHING):
        _callable(session, actor, task_id)
    return of_step(session, actor, task_id)


def of_step(session: Session, actor: Actor, task_id: UUID) -> Ring | None:
    """Say whom the actor can call for a step; None where nothing urgent climbs, or nobody but herself is to be called.

    The step is to be found by the caller: this looks past the walls.
    """
    with db.reaching(session, Reach.EVERYTHING):
        task = session.get_one(UserTask, task_id)
        reached = _reached(session, task_id)
        if reached is None or not _may(session, actor, task):
            return None
        told, rung = reached
        case = session.get_one(Case, task.case_id)
        late = targets.Late.of(session, case, task, lookup.channel(session, task.agency_id))
        duties = tuple(duty for duty in _duties(late, told) if not _is(actor, duty))
        if not duties:
            return None
        if rung is None:
            return Ring(task_id, None, duties, (), None)
        return Ring(task_id, rung.id, duties, tuple(rung.targets), rung.due_at)


@db.over(Reach.EVERYTHING)
def unanswered(session: Session, actor: Actor, task_id: UUID, rung_id: UUID) -> None:
    """Climb at once: whoever was called does not answer. The rung fires once, whoever else says the same, or a worker.

    Raises NotFound; Conflict `already_climbed` when that rung is no more the next one.
    """
    with execution.locked(session, _callable(session, actor, task_id).case_id, actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        reached = _reached(session, task_id)
        rung = reached[1] if reached is not None else None
        if rung is None or rung.id != rung_id:
            raise errors.Conflict("already_climbed", task=task_id)
        rung.due_at = clock.now()
        history.of_task(running, actor, task, history.EventKind.RUNG_UNANSWERED, in_person=True)
        escalation.climb(running, task_id=task_id)


@db.over(Reach.EVERYTHING)
def answered(session: Session, actor: Actor, task_id: UUID) -> list[Acknowledgement]:
    """Stop the climb for the time of the class: whoever was called sees to it. Raises NotFound, Conflict."""
    return acknowledging.stop(session, actor, _callable(session, actor, task_id), SeenBy.CALL)


def _callable(session: Session, actor: Actor, task_id: UUID) -> UserTask:
    here = (UserTask.network_id == actor.network_id, access.scope(actor).admits(UserTask.case_id))
    task = session.scalars(select(UserTask).where(UserTask.id == task_id, *here)).one_or_none()
    if task is None or not _may(session, actor, task):
        raise errors.NotFound(task=task_id)
    return task


def _may(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether the step concerns the actor, or an agency of hers waits for it: has sent the case, or holds it."""
    if acknowledging.concerns(session, actor, task):
        return True
    sent = select(Handover.from_agency_id).where(Handover.task_id == task.id, Handover.state == HandoverState.SENT)
    waiting = {*session.scalars(sent), lookup.holder(session, session.get_one(Case, task.case_id))}
    return any(access.may(actor, Action.CLAIM, agency_id) for agency_id in waiting if agency_id is not None)


def _reached(session: Session, task_id: UUID) -> tuple[tuple[str, ...], Rung | None] | None:
    """Say of the urgent clock of a step that told somebody last, or will first, whom it told, and its next rung.

    None where no urgent clock of the step runs.
    """
    query = (
        select(Rung)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(
            Deadline.task_id == task_id,
            Deadline.state == DeadlineStatus.ARMED,
            Deadline.escalation_class.in_(URGENT),
            Rung.state.in_([RungStatus.WAITING, RungStatus.FIRED]),
        )
        .order_by(Rung.fired_at.desc().nulls_last(), Rung.due_at, Rung.deadline_id, Rung.position)
        .execution_options(populate_existing=True)
    )
    rungs = session.scalars(query).all()
    if not rungs:
        return None
    told = rungs[0].targets if rungs[0].state is RungStatus.FIRED else []
    waiting = [row for row in rungs if row.deadline_id == rungs[0].deadline_id and row.state is RungStatus.WAITING]
    return tuple(told), min(waiting, key=lambda row: row.position, default=None)


def _duties(late: targets.Late, told: tuple[str, ...]) -> tuple[Duty, ...]:
    """Give who is to be called of those that a rung reaches, each office or service once."""
    found: list[Duty] = []
    for target, service in [steps.read_target(text) for text in told or (Target.ASSIGNEE.value,)]:
        if target in _ROLES:
            found += _office(late, target)
        elif target in _COORDINATION:
            found += on_call.coordination(late.session, late.case.network_id, late.case.id)
        else:
            there = targets.on_call_for(late, service)
            second = there.second if target is Target.SECOND_ON_CALL else None
            found += [duty for duty in [second or there.first] if duty is not None]
    return tuple(dict.fromkeys(found))


def _office(late: targets.Late, target: Target) -> list[Duty]:
    """Give whoever is on call of the agency that owes the step, or in the office of that which is meant."""
    if target is Target.ASSIGNEE:
        own = [duty for duty in targets.on_call_for(late, None).positions if duty.agency_id == late.agency_id]
        if own:
            return own[:1]
    agency_id = lookup.holder(late.session, late.case) if target is Target.CASE_LEAD else late.agency_id
    if agency_id is None:
        return []
    office = late.session.get_one(Agency, agency_id)
    return [Duty(None, _ROLES[target], office.id, office.name, office.name, office.telephone)]


def _is(actor: Actor, duty: Duty) -> bool:
    """Tell whether the actor would call herself, or her own office."""
    if duty.user_id is not None:
        return duty.user_id == actor.user_id
    return duty.agency_id in actor.agencies_as(duty.role, *on_call.WORKERS)
