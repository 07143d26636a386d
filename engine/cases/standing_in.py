"""Taking over, as her substitute, what a colleague holds who is away: never more than she may, nor who stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from engine.cases import lookup, reassignment, separation, trail
from engine.cases.models import UserTask
from engine.participants import access, directory, substitutes
from engine.participants.access import Action
from engine.participants.models import Substitution

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.cases.reassignment import HeldStep
    from engine.participants.access import Actor


def steps(session: Session, actor: Actor) -> tuple[HeldStep, ...]:
    """Give the steps that those hold for whom the actor stands in now, by person, those due first first."""
    hers = select(Substitution.id).where(
        Substitution.absent_id == UserTask.assignee_id,
        Substitution.substitute_id == actor.user_id,
        Substitution.network_id == actor.network_id,
        Substitution.agency_id.in_([UserTask.agency_id, UserTask.proxy_id]),
        Substitution.agency_id.in_(access.scope(actor).agency_ids),
        substitutes.going_on(),
    )
    return reassignment.held(session, actor, exists(hers.correlate(UserTask)))


def may(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether the actor may take over what somebody holds: as a lead of the agency, or as her substitute."""
    return access.may(actor, Action.TAKE_OVER, task.agency_id) or _row(session, actor, task) is not None


def require(running: Running, actor: Actor, task: UserTask) -> dict[str, str]:
    """Give for whom the actor takes a step over, as the history keeps it: nobody for a lead.

    Raises Forbidden; MustBeAnotherPerson where the absent one could not do it herself.
    """
    if access.may(actor, Action.TAKE_OVER, task.agency_id):
        return {}
    session = running.session
    row = _row(session, actor, task)
    absent = directory.actor(session, row.absent_id, task.network_id) if row is not None else None
    if row is None or absent is None or running.kept_out.keeps(absent) or not _could(session, absent, task):
        access.require(actor, Action.TAKE_OVER, task.agency_id)
        return {}
    separation.require_another(session, absent, task)
    said = {"substitution": str(row.id), "absent": str(row.absent_id)}
    trail.note_task(session, actor, "task.substituted", task, said)
    return {"instead_of": absent.display_name}


def _row(session: Session, actor: Actor, task: UserTask) -> Substitution | None:
    if task.assignee_id is None or not _could(session, actor, task):
        return None
    agencies = {task.agency_id} | lookup.proxies(task)
    return substitutes.found(session, actor, task.assignee_id, agencies)


def _could(session: Session, person: Actor, task: UserTask) -> bool:
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    return access.may_step(person, Action.CLAIM, agency_id=task.agency_id, channel=channel, proxies=proxies)
