"""A case that is offered: all agencies that may have it see that there is one, and the first to accept has it.

The sender keeps it until then, and his clock of sending runs: where all are silent his ladder is climbed. Nobody is
told of it for whom nothing allows that now; whoever accepts is asked for again, under the lock of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, select

from engine import clock, errors
from engine.cases import handing, history, lookup, trail
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, UserTask
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Channel, Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.ground import Ground
    from engine.participants.access import Actor, Scope

OFFERED, GONE, ALL_DECLINED = "handover_offered", "handover_gone", "handover_unwanted"
"""What is told: to whom it is offered, that another one was first, and to the sender that nobody is left."""


LIMIT = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands offered: the hand-over and its step, the case's code, for what, by whom, since when."""

    id: UUID
    task_id: UUID
    case_code: str
    step_name: str
    purpose: str
    from_agency: str
    since: datetime


def by_itself(running: Ground, task: UserTask, said: model.Handover) -> None:
    """Offer a case as soon as its step is there, where the diagram says so and somebody may be told."""
    if said.automatic and is_offered(said):
        row = handing.under_way(running.session, task)
        row.offered_to = _able(running, row)
        _tell(running, task, row, row.offered_to, OFFERED)


def is_offered(said: model.Handover | None) -> bool:
    """Tell whether a hand-over may be offered to all who can take it."""
    return said is not None and said.rule is not None and said.rule.by == "offer"


def make(running: Ground, actor: Actor, task: UserTask, row: Handover, said: model.Handover | None) -> None:
    """Offer a prepared case to all who may have it. Raises InvalidValue, Conflict `basis_missing` for nobody at all."""
    if not is_offered(said):
        raise errors.InvalidValue("to_all", "not_by_offer")
    before, row.offered_to = set(row.offered_to), _able(running, row)
    if not row.offered_to:
        raise errors.Conflict("basis_missing", handover=row.id)
    task.revision += 1
    trail.note(running.session, actor, "handover.offered", row.case_id, subject=("handover", row.id))
    _tell(running, task, row, set(row.offered_to) - before, OFFERED)


def withdraw(running: Ground, task: UserTask, row: Handover, *, taken_by: UUID | None) -> None:
    """Let an offer be over: somebody has the case; the others to whom it was offered are told."""
    _tell(running, task, row, set(row.offered_to) - {taken_by}, GONE)


def to(actor: Actor, row: Handover) -> UUID | None:
    """Give the agency of the actor's to which a case stands offered."""
    if row.state is not HandoverState.PREPARE:
        return None
    own = (one for one in sorted(row.offered_to) if access.may(actor, Action.ANSWER_HANDOVER, one))
    return next(own, None)


def answered_by(actor: Actor, row: Handover) -> UUID | None:
    """Give the agency for which the actor answers an offer; None for what was sent. Raises Conflict `offer_gone`."""
    agency_id = to(actor, row)
    own = actor.agencies_as(*Role)
    if agency_id is None and row.to_agency_id not in own and own.intersection(row.offered_to):
        raise errors.Conflict("offer_gone", handover=row.id)
    return agency_id


def take(running: Ground, task: UserTask, row: Handover, agency_id: UUID) -> None:
    """Send an offered case to the agency that is about to accept it. Raises Conflict as sending does."""
    if agency_id in running.kept_out.agencies:
        raise errors.NotFound(handover=row.id)
    handing.send(running, None, task, row, agency_id)


def decline(running: Ground, actor: Actor, task: UserTask, row: Handover, agency_id: UUID, reason: str) -> None:
    """Note that an agency does not want what is offered, and why; the sender is told when nobody is left."""
    history.record(
        running.session,
        running.case,
        history.EventKind.HANDOVER_DECLINED,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=agency_id,
        element_id=task.element_id,
        values={"reason": reason},
    )
    _drop(running, task, row, agency_id)


def end(running: Ground, agency_id: UUID) -> None:
    """Let a case stand offered to an agency no more, where nothing allows that any longer; it is told so."""
    query = (
        select(Handover, UserTask)
        .join(UserTask, UserTask.id == Handover.task_id)
        .where(
            Handover.case_id == running.case.id,
            Handover.state == HandoverState.PREPARE,
            Handover.offered_to.contains([agency_id]),
        )
    )
    for row, task in running.session.execute(query.execution_options(populate_existing=True)).all():
        if handing.basis_for(running, row, agency_id) is None:
            handing.tell(running, task, agency_id, "handover_asked_back")
            _drop(running, task, row, agency_id)


def visible(scope: Scope) -> ColumnElement[bool]:
    """Say which hand-overs stand offered to one of somebody's agencies."""
    offered = Handover.offered_to.overlap(sorted(scope.agency_ids))
    return and_(Handover.state == HandoverState.PREPARE, offered, lookup.unlapsed(Handover.case_id, clock.now()))


def require_here(session: Session, actor: Actor, handover_id: UUID) -> None:
    """Raise Conflict `offer_gone` for what was offered to the actor's agency, and somebody else has by now."""
    scope = access.scope(actor)
    query = select(Handover.id).where(
        Handover.id == handover_id,
        Handover.network_id == scope.network_id,
        Handover.state != HandoverState.PREPARE,
        Handover.offered_to.overlap(sorted(scope.agency_ids)),
        scope.admits(Handover.case_id),
    )
    if session.scalar(query) is not None:
        raise errors.Conflict("offer_gone", handover=handover_id)


def listing(session: Session, actor: Actor) -> tuple[Offer, ...]:
    """Give what stands offered to the actor's agencies, the oldest first; nothing of the cases but their codes."""
    scope = access.scope(actor)
    shown = (Handover.id, UserTask.id, Case.code, UserTask.name, Handover.purpose, Agency.name, UserTask.created_at)
    query = (
        select(*shown)
        .join(UserTask, UserTask.id == Handover.task_id)
        .join(Case, Case.id == Handover.case_id)
        .join(Agency, Agency.id == Handover.from_agency_id)
        .where(visible(scope), Handover.network_id == scope.network_id, scope.admits(Handover.case_id))
        .order_by(UserTask.created_at, Handover.id)
        .limit(LIMIT)
    )
    return tuple(Offer(*row) for row in session.execute(query).all())


def of_task(session: Session, actor: Actor, task_id: UUID) -> UUID | None:
    """Give what stands offered to one of the actor's agencies for a step."""
    scope = access.scope(actor)
    query = select(Handover.id).where(
        Handover.task_id == task_id,
        visible(scope),
        Handover.network_id == scope.network_id,
        scope.admits(Handover.case_id),
    )
    return session.scalars(query).one_or_none()


def _able(running: Ground, row: Handover) -> list[UUID]:
    """Give who may be told of a case: of those that play the lane, are reached here, and have not declined it."""
    session = running.session
    said_no = select(Handover.to_agency_id).where(
        Handover.task_id == row.task_id, Handover.state == HandoverState.DECLINED
    )
    barred = {row.from_agency_id, *running.kept_out.agencies, *session.scalars(said_no).all()}
    playing = directory.agencies_for(session, row.network_id, row.lane)
    able = [one.id for one in playing if one.channel is Channel.PORTALE and one.id not in barred]
    return [one for one in able if handing.basis_for(running, row, one) is not None]


def _drop(running: Ground, task: UserTask, row: Handover, agency_id: UUID) -> None:
    row.offered_to = [one for one in row.offered_to if one != agency_id]
    if not row.offered_to:
        handing.tell(running, task, row.from_agency_id, ALL_DECLINED, task.proxy_id)


def _tell(running: Ground, task: UserTask, row: Handover, agencies: Collection[UUID], kind: str) -> None:
    for agency_id in sorted(set(row.offered_to).intersection(agencies)):
        handing.tell(running, task, agency_id, kind)
