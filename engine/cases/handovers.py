"""What people do with hand-overs: prepare, send, accept, decline, ask back, revoke.

Whoever asks whether an agency may be told asks the gate, under the lock of the case: no request can say so itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from engine import clock, db, errors
from engine.cases import (
    acts,
    clocks,
    execution,
    handed,
    handing,
    history,
    lifecycle,
    lookup,
    offers,
    participation,
    separation,
    trail,
)
from engine.cases.handover_models import UNDER_WAY, Handover, HandoverState
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import DeadlineClock
from engine.participants import access, directory
from engine.participants.access import Action

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

RECEIVED = (HandoverState.SENT, HandoverState.ACCEPTED, HandoverState.DONE)
"""While a hand-over stands so, the agency that it goes to sees it."""

BEGUN = frozenset({HandoverState.ACCEPTED, HandoverState.DONE})
"""While a hand-over stands so, the part that began with it may go on."""

_PREPARED, _SENT = (frozenset({state}) for state in (HandoverState.PREPARE, HandoverState.SENT))


def prepare(
    session: Session, actor: Actor, handover_id: UUID, *, to_agency: UUID, revision: int | None = None
) -> Handover:
    """Choose the agency to which a case is to be handed over; nobody is told yet.

    Raises NotFound, Forbidden, Conflict `handover_not_here`, StaleRevision, LaneWithoutAgency, InvalidValue.
    """
    with _moving(session, actor, handover_id) as running:
        task, row = _here(running, actor, handover_id, _PREPARED, revision)
        _require_able(running, row, to_agency)
        row.to_agency_id = to_agency
        trail.note(session, actor, "handover.prepared", row.case_id, subject=("handover", row.id))
        task.revision += 1
    return row


def send(
    session: Session,
    actor: Actor,
    handover_id: UUID,
    *,
    to_agency: UUID | None = None,
    again: bool = False,
    to_all: bool = False,
    revision: int | None = None,
) -> Handover:
    """Hand a case over: the agency `to_agency` (or the one chosen before) is asked, and the clock of its answer runs.

    `again`: to one that has declined it, on purpose. `to_all`: it is offered to all who may have it, where the diagram
    says so, and stays here until one accepts. Raises what `prepare` does, `basis_missing`, `lane_taken`.
    """
    with _moving(session, actor, handover_id) as running:
        task, row = _here(running, actor, handover_id, _PREPARED, revision)
        _require_going_on(task)
        if to_all:
            offers.make(running, actor, task, row, handed.node(session, task).handover)
            return row
        to_id = to_agency or row.to_agency_id
        if to_id is None:
            raise errors.InvalidValue("to_agency", "required")
        _require_able(running, row, to_id)
        if to_id in _declined_by(session, row) and not again:
            raise errors.InvalidValue("to_agency", "declined_before")
        handing.send(running, actor, task, row, to_id)
        offers.withdraw(running, task, row, taken_by=to_id)
    return row


def accept(
    session: Session,
    actor: Actor,
    handover_id: UUID,
    *,
    revision: int | None = None,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
    late_reason: str | None = None,
) -> Handover:
    """Take a case on: the agency's part begins, and the step is in charge of the actor; `late_reason` as in `claim`.

    Raises NotFound, Forbidden, Conflict `handover_not_here` or `basis_missing`, StaleRevision, MustBeAnotherPerson,
    InvalidValue.
    """
    moment = acts.moment(happened_at)
    with _moving(session, actor, handover_id) as running:
        task, row = _read(running, handover_id)
        _require_going_on(task)
        offered = offers.answered_by(actor, row)
        if offered is not None:
            offers.take(running, task, row, offered)
        _require_asked(running, actor, task, row, revision if offered is None else None, on_behalf_of)
        moment = acts.since(moment, row.prepared_at if offered else row.sent_at or row.prepared_at, "before_the_step")
        why = acts.explained(moment, late_reason)
        take(running, actor, task, at=moment, on_behalf_of=on_behalf_of, why=why)
        if offered is not None:
            offers.withdraw(running, task, row, taken_by=offered)
    return row


def take(
    running: Running,
    actor: Actor,
    task: UserTask,
    *,
    at: datetime,
    on_behalf_of: UUID | None,
    why: Mapping[str, str],
) -> None:
    """Accept the hand-over of a step and take the step in charge, as one act of a command.

    `why` is what the history keeps of why it is recorded only now.
    """
    separation.require_another(running.session, actor, task)
    handing.accept(running, actor, task, at=at, on_behalf_of=on_behalf_of, why=why)
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.CLAIMED, actor.user_id, None
    task.claim_happened_at, task.claimed_at, task.on_behalf_of_id = at, clock.now(), on_behalf_of
    task.revision += 1
    clocks.taken(running.session, task, happened_at=at)


def decline(
    session: Session,
    actor: Actor,
    handover_id: UUID,
    *,
    reason: str,
    revision: int | None = None,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
) -> Handover:
    """Say no to a case, with a reason: it is its sender's again, who is told, and reads the reason.

    Raises what `accept` does, InvalidValue for the reason.
    """
    text, moment = lifecycle.require_reason(reason), acts.moment(happened_at)
    with _moving(session, actor, handover_id) as running:
        task, row = _read(running, handover_id)
        offered = offers.answered_by(actor, row)
        if offered is not None:
            offers.decline(running, actor, task, row, offered, text)
            return row
        _require_asked(running, actor, task, row, revision, on_behalf_of)
        row.answered_at = acts.since(moment, row.sent_at or row.prepared_at, "before_the_step")
        row.answered_by_id, row.on_behalf_of_id = actor.user_id, on_behalf_of
        clocks.stop(session, task, [DeadlineClock.RECEPTION], happened_at=row.answered_at)
        kind = history.EventKind.HANDOVER_DECLINED
        handing.record(running, actor, task, row, kind, happened_at=row.answered_at, on_behalf_of=on_behalf_of)
        _forget(running, row)
        handing.give_back(running, actor, task, row, as_=HandoverState.DECLINED, reason=text)
        handing.tell(running, task, row.from_agency_id, "handover_declined", task.proxy_id)
    return row


def ask_back(
    session: Session, actor: Actor, handover_id: UUID, *, reason: str, revision: int | None = None
) -> Handover:
    """Take back what was sent and not accepted yet, with a reason; the agency that was asked is told that it was.

    Raises NotFound, Forbidden, Conflict `handover_not_here`, StaleRevision, InvalidValue.
    """
    text = lifecycle.require_reason(reason)
    with _moving(session, actor, handover_id) as running:
        task, row = _here(running, actor, handover_id, _SENT, revision)
        handing.record(running, actor, task, row, history.EventKind.HANDOVER_ASKED_BACK)
        handing.tell(running, task, row.to_agency_id, "handover_asked_back", task.proxy_id)
        handing.give_back(running, actor, task, row, as_=HandoverState.ASKED_BACK, reason=text)
    return row


def revoke(session: Session, actor: Actor, handover_id: UUID, *, reason: str, revision: int | None = None) -> Handover:
    """End the part of an agency that has accepted, as the sender's lead and with a reason: its steps come back.

    Also when what the case was handed over for is done, as long as the part goes on. Raises what `ask_back` does.
    """
    text = lifecycle.require_reason(reason)
    with _moving(session, actor, handover_id) as running:
        task, row = _here(running, actor, handover_id, BEGUN, revision, Action.REVOKE_HANDOVER)
        part = running.participations.get(row.lane)
        if part is None or part.handover_id is None or part.agency_id != row.to_agency_id:
            raise errors.Conflict("handover_not_here", handover=row.id)
        handing.record(running, actor, task, row, history.EventKind.HANDOVER_REVOKED)
        handing.leave(running, actor, part, why="revoked", reason=text)
    return row


def visible(actor: Actor) -> ColumnElement[bool]:
    """Say which hand-overs somebody sees: those of a sender he works for, and those that wait for his agency or came.

    For an agency without computers the one that records its steps sees them.
    """
    scope = access.scope(actor)
    to = or_(Handover.to_agency_id.in_(scope.agency_ids), UserTask.proxy_id.in_(scope.agency_ids))
    unlapsed = or_(Handover.state != HandoverState.SENT, lookup.unlapsed(Handover.case_id, clock.now()))
    received = and_(to, Handover.state.in_(RECEIVED), unlapsed)
    recorded = and_(UserTask.proxy_id.in_(scope.agency_ids), Handover.state == HandoverState.PREPARE)
    sent = and_(
        Handover.from_agency_id.in_(scope.agency_ids),
        or_(scope.sees(Handover.case_id), Handover.state.in_(UNDER_WAY)),
    )
    of_network = and_(Handover.network_id == scope.network_id, scope.admits(Handover.case_id))
    seen = or_(sent, received, recorded, offers.visible(scope))
    return of_network if scope.is_everything else and_(of_network, seen)


def _moving(session: Session, actor: Actor, handover_id: UUID) -> AbstractContextManager[Running]:
    """Lock the case of a hand-over that is the actor's to see. Raises NotFound, and then locks nothing."""
    query: Select[Case, str] = (
        select(Case, db.held(Case.id))
        .join(Handover, Handover.case_id == Case.id)
        .join(UserTask, UserTask.id == Handover.task_id)
        .where(Handover.id == handover_id, visible(actor))
        .with_for_update(key_share=True, of=Case)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        offers.require_here(session, actor, handover_id)
        raise errors.NotFound(handover=handover_id)
    return execution.moving(session, found, actor)


def _read(running: Running, handover_id: UUID) -> tuple[UserTask, Handover]:
    """Read a hand-over now that its case is locked, with its step."""
    query = (
        select(UserTask, Handover)
        .join(Handover, Handover.task_id == UserTask.id)
        .where(Handover.id == handover_id)
        .execution_options(populate_existing=True)
    )
    task, row = running.session.execute(query).one()
    return task, row


def _require_here(task: UserTask, row: Handover, states: frozenset[HandoverState], revision: int | None) -> None:
    if row.state not in states:
        raise errors.Conflict("handover_not_here", handover=row.id, state=row.state.value)
    if revision is not None and revision != task.revision:
        raise errors.StaleRevision(task=task.id)


def _here(
    running: Running,
    actor: Actor,
    handover_id: UUID,
    states: frozenset[HandoverState],
    revision: int | None,
    action: Action = Action.HAND_OVER,
) -> tuple[UserTask, Handover]:
    """Read a hand-over for its sender, or for who records for a sender without computers."""
    task, row = _read(running, handover_id)
    _require_here(task, row, states, revision)
    recorders = lookup.proxies(task) if states is _PREPARED else frozenset[UUID]()
    if not any(access.may(actor, action, agency_id) for agency_id in {row.from_agency_id, *recorders}):
        raise errors.Forbidden(action=action, agency_id=row.from_agency_id)
    return task, row


def _require_asked(
    running: Running, actor: Actor, task: UserTask, row: Handover, revision: int | None, on_behalf_of: UUID | None
) -> None:
    """Raise unless a hand-over waits for an answer that the actor may give."""
    _require_here(task, row, _SENT, revision)
    access.require_step(
        actor,
        Action.ANSWER_HANDOVER,
        agency_id=task.agency_id,
        channel=lookup.channel(running.session, task.agency_id),
        proxies=lookup.proxies(task),
        on_behalf_of=on_behalf_of,
    )


def _require_going_on(task: UserTask) -> None:
    if task.held_since is not None:
        raise errors.PathHeld(task=task.id)


def _require_able(running: Running, row: Handover, to: UUID) -> None:
    if to == row.from_agency_id:
        raise errors.InvalidValue("to_agency", "own_agency")
    able = {agency.id for agency in directory.agencies_for(running.session, row.network_id, row.lane)}
    if to not in able - running.kept_out.agencies:
        raise errors.LaneWithoutAgency(row.lane)


def _declined_by(session: Session, row: Handover) -> frozenset[UUID]:
    """Give the agencies that have declined the case for this step."""
    query = select(Handover.to_agency_id).where(
        Handover.task_id == row.task_id, Handover.state == HandoverState.DECLINED
    )
    return frozenset(agency_id for agency_id in session.scalars(query).all() if agency_id is not None)


def _forget(running: Running, row: Handover) -> None:
    """Let an agency that was only foreseen in the lane not be proposed again."""
    part = running.participations.get(row.lane)
    if part is not None and part.since is None and part.agency_id == row.to_agency_id:
        participation.end(running, part, "declined")
