"""Handing steps to a colleague: one's own, or as the agency's lead another's, who is ill or whose shift has changed.

Nobody is made to hold what she may not have seen: the step goes back among those to be taken, kept in view for her, and
its reception runs anew, so that it climbs when she is not there either. She may say no; anybody of the agency may take
it. To another agency a step goes by a hand-over that the protocol draws, never from person to person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, select

from engine import errors
from engine.cases import execution, giving, history, lifecycle, lookup, separation
from engine.cases.models import Case, CaseEvent, TaskStatus, UserTask
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class HeldStep:
    """A step that a colleague holds."""

    task_id: UUID
    case_code: str
    name: str
    agency_id: UUID
    agency_name: str
    holder_id: UUID
    holder_name: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom the steps of an agency can be handed."""

    id: UUID
    name: str
    agency_id: UUID


def held(session: Session, actor: Actor, which: ColumnElement[bool] | None = None) -> tuple[HeldStep, ...]:
    """Give the steps that people hold, by person, those due first first: of the agencies whose lead the actor is.

    Or `which` of those of his cases.
    """
    scope = access.scope(actor)
    query = (
        select(UserTask, Case.code, Agency.name, User.display_name)
        .join(Case, Case.id == UserTask.case_id)
        .join(Agency, Agency.id == UserTask.agency_id)
        .join(User, User.id == UserTask.assignee_id)
        .where(
            UserTask.network_id == scope.network_id,
            UserTask.case_id.in_(scope.case_ids),
            UserTask.agency_id.in_(_led(actor)) if which is None else which,
            UserTask.state == TaskStatus.CLAIMED,
        )
        .order_by(User.display_name, User.id, UserTask.due_at.nulls_last(), UserTask.created_at, UserTask.id)
    )
    return tuple(
        HeldStep(task.id, code, task.name, task.agency_id, agency, task.assignee_id, holder, task.due_at)
        for task, code, agency, holder in session.execute(query).all()
        if task.assignee_id is not None
    )


def colleagues(session: Session, actor: Actor) -> tuple[Colleague, ...]:
    """Give who can take steps in the agencies whose lead the actor is, by name; a person once for each agency."""
    found = {
        Colleague(person.id, person.display_name, agency_id)
        for agency_id in _led(actor)
        for role in (Role.OPERATRICE, Role.RESPONSABILE)
        for person in directory.people_as(session, actor.network_id, [agency_id], role)
    }
    return tuple(sorted(found, key=lambda person: (person.name, str(person.id), str(person.agency_id))))


def offer(session: Session, actor: Actor, task_id: UUID, *, to: UUID, reason: str) -> UserTask:
    """Take a step from who holds it and keep it in view for a colleague, with a reason; both are told.

    Whoever holds it does so with what is hers; the lead with what is anybody's. Raises NotFound, TaskNotOpen,
    Forbidden, MustBeAnotherPerson; InvalidValue for `to` (not of the agency, or has the step already) and `reason`.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        hers = task.state is TaskStatus.CLAIMED and task.assignee_id == actor.user_id
        access.require(actor, Action.RELEASE if hers else Action.REASSIGN, task.agency_id)
        if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED}:
            raise errors.TaskNotOpen(task=task_id)
        lookup.require_here(task)
        _require_able(running, task, to)
        giving.give(running, actor, task, to, text)
    return task


def decline(session: Session, actor: Actor, task_id: UUID) -> UserTask:
    """Say no to a step that was offered to one; whoever offered it is told, and its clock goes on.

    Raises NotFound, TaskNotOpen, Forbidden when it is not offered to the actor.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        if task.state is not TaskStatus.OPEN:
            raise errors.TaskNotOpen(task=task_id)
        if task.offered_to_id is None or task.offered_to_id != actor.user_id:
            raise errors.Forbidden(action=Action.CLAIM, agency_id=task.agency_id)
        task.offered_to_id = None
        task.revision += 1
        history.of_task(running, actor, task, history.EventKind.TASK_OFFER_DECLINED, in_person=True)
        offerer = _last_offerer(session, task)
        if offerer is not None:
            giving.tell(session, task, offerer, "offer_declined")
    return task


def could_take(session: Session, task: UserTask, *, besides: UUID | None) -> tuple[Colleague, ...]:
    """Give the colleagues to whom whoever holds a step can hand it on, by name: none whom its case keeps out."""
    roles = (Role.OPERATRICE, Role.RESPONSABILE)
    people = directory.people_as(session, task.network_id, [task.agency_id], *roles, case_id=task.case_id)
    return tuple(Colleague(one.id, one.display_name, task.agency_id) for one in people if one.id != besides)


def able(running: Running, task: UserTask, to: UUID) -> bool:
    """Tell whether a step can be kept in view for somebody: she works for its agency, and nothing keeps her from it."""
    try:
        _require_able(running, task, to)
    except (errors.InvalidValue, errors.MustBeAnotherPerson):
        return False
    return True


def _last_offerer(session: Session, task: UserTask) -> UUID | None:
    query = (
        select(CaseEvent.actor_id)
        .where(
            CaseEvent.case_id == task.case_id,
            CaseEvent.task_id == task.id,
            CaseEvent.kind == history.EventKind.TASK_OFFERED,
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _require_able(running: Running, task: UserTask, to: UUID) -> None:
    session = running.session
    other = directory.actor(session, to, task.network_id)
    # That a case keeps somebody out is said like that she is of another agency: it is nobody's business why.
    if other is None or not access.may(other, Action.CLAIM, task.agency_id) or running.kept_out.keeps(other):
        raise errors.InvalidValue("to", "not_of_the_agency")
    if to == task.assignee_id:
        raise errors.InvalidValue("to", "has_it_already")
    separation.require_another(session, other, task)


def _led(actor: Actor) -> frozenset[UUID]:
    return frozenset(agency for agency, _role in actor.memberships if access.may(actor, Action.REASSIGN, agency))
