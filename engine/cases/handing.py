"""How the rows of a step go from agency to agency while the case is handed over for it; part of commands.

One row of the step is the baton. Its sender has it until the case is sent; the agency that is asked has it then, and
sees nothing of the case until it accepts; with the acceptance its part begins. What is declined, asked back or revoked
comes back to the sender as a new hand-over, with its own clock: it never waits with nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from engine import clock, db, errors, notifications
from engine.cases import (
    clocks,
    confidential,
    crossing,
    escalation,
    history,
    lane_rules,
    participation,
    proxies,
    withheld,
)
from engine.cases.handover_models import UNDER_WAY, Handover, HandoverState, Terms
from engine.cases.models import Baton, Draft, ProcessInstance, TaskStatus, UserTask
from engine.consent import gate
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions import repository
from engine.notifications import Receiver
from engine.participants.models import Agency, CaseParticipation, Channel, Role

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.crossing import Asked
    from engine.cases.ground import Ground
    from engine.participants.access import Actor

PENDING = (Baton.PREPARE, Baton.SENT)

GIVEN_AWAY = "lane_given_away"

_RECEIVERS = (DeadlineClock.RECEPTION, DeadlineClock.CONCLUSION)


def begin(running: Ground, task: UserTask, asked: Asked) -> None:
    """Write the hand-over of a step that has just opened; one that goes by itself is sent, if it may be."""
    running.session.flush()
    row = _new(running, task, asked.terms, asked.sender_id, asked.to_id, prepared_at=task.created_at)
    if asked.trouble is not None:
        running.session.add(lane_rules.stopped(task, asked.trouble))
        escalation.tell_without_agency(running.session, running.case, task)
    basis = basis_for(running, row, asked.to_id) if asked.automatic and asked.to_id is not None else None
    if basis is not None and asked.to_id is not None:
        _give(running, task, row, asked.to_id, basis, at=task.created_at)
        record(running, None, task, row, history.EventKind.HANDOVER_SENT)


def clocks_of(task: UserTask, node: model.Node) -> tuple[DeadlineClock, ...]:
    """Give the clocks that run where a step stands now: that of sending while it is prepared, if it has one.

    Without one the clocks of the step run from the beginning, for whoever has it: none waits without a clock.
    """
    if task.handover is Baton.PREPARE and _has_sending(node):
        return (DeadlineClock.SENDING,)
    return _RECEIVERS


def choose_again(running: Ground, task: UserTask) -> None:
    """Let the rule of a lane choose again whom a step goes to that is still to be sent; its sender sees the choice."""
    row, node = under_way(running.session, task), _node(running, task)
    if row.state is not HandoverState.PREPARE or node.handover is None or node.handover.rule is None:
        return
    variables = running.instance(task.instance_id).variables(task.id)
    found = lane_rules.apply(running, task.lane, node.handover.rule, variables)
    if found.trouble is not None:
        running.session.add(lane_rules.stopped(task, found.trouble))
    elif found.agency_id != row.from_agency_id:
        row.to_agency_id = found.agency_id
        task.revision += 1


def send(running: Ground, actor: Actor | None, task: UserTask, row: Handover, to_id: UUID) -> None:
    """Give a prepared hand-over to an agency; without an actor to the one that takes what was offered.

    Raises Conflict `basis_missing` or `lane_taken`.
    """
    part = running.participations.get(task.lane)
    if part is not None and part.since is not None and part.agency_id != to_id:
        raise errors.Conflict("lane_taken", task=task.id)
    basis = require_basis(running, row, to_id)
    now, node = clock.now(), _node(running, task)
    clocks.stop(running.session, task, [DeadlineClock.SENDING], happened_at=now)
    _give(running, task, row, to_id, basis, at=now)
    row.sent_by_id = actor.user_id if actor is not None else None
    if node.handover is not None and node.handover.rule is not None:
        lane_rules.settle(running.session, task)
    if _has_sending(node):
        variables = running.instance(task.instance_id).variables(task.id)
        clocks.arm(running, task, node, variables, only=_RECEIVERS, since=now)
    else:
        _own_clocks(running, task)
        clocks.note_due(task, arming.arm_again(running.session, task.id, task.agency_id, now=now))
    record(running, actor, task, row, history.EventKind.HANDOVER_SENT)
    if actor is not None:
        tell(running, task, to_id, "handover_sent", task.proxy_id)


def accept(
    running: Ground, actor: Actor, task: UserTask, *, at: datetime, on_behalf_of: UUID | None, why: Mapping[str, str]
) -> None:
    """Let the agency that is asked take the case on: its part begins here. Raises Conflict as `send` does."""
    row = under_way(running.session, task)
    if row.to_agency_id is None:
        raise ValueError("a hand-over was sent to nobody")
    basis = require_basis(running, row, row.to_agency_id)
    row.basis_id = basis.id
    row.state, row.answered_at, row.answered_by_id = HandoverState.ACCEPTED, at, actor.user_id
    row.on_behalf_of_id = on_behalf_of
    task.handover = Baton.ACCEPTED
    participation.enter(running, row, row.to_agency_id, basis.kind)
    withheld.ask_again(running.session, row.case_id)
    kind = history.EventKind.HANDOVER_ACCEPTED
    record(running, actor, task, row, kind, happened_at=at, on_behalf_of=on_behalf_of, values=why)
    tell(running, task, row.from_agency_id, "handover_accepted")


def give_back(
    running: Ground, actor: Actor | None, task: UserTask, row: Handover, *, as_: HandoverState, reason: str
) -> Handover:
    """Bring a step back to the sender as a new hand-over; the old one ends `as_` said, with the reason sealed."""
    session, now, node = running.session, clock.now(), _node(running, task)
    row.state, sender_id = as_, crossing.sender_now(running, row.from_agency_id)
    sealed = confidential.seal_handover(session, reason, row)
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    session.execute(delete(Draft).where(Draft.task_id == task.id))
    task.agency_id, task.handover = sender_id, Baton.PREPARE
    task.proxy_id = _recorder(running, task, row.to_agency_id)
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.OPEN, None, None
    task.claimed_at = task.claim_happened_at = task.on_behalf_of_id = None
    task.first_by_id = task.first_at = None
    task.revision += 1
    # The old one is over before the next begins: one of a step is under way at a time.
    session.flush()
    anew = _new(running, task, row.terms, sender_id, None, prepared_at=now)
    if _has_sending(node):
        arming.void(session, task.id, _RECEIVERS)
        variables = running.instance(task.instance_id).variables(task.id)
        clocks.arm(running, task, node, variables, only=[DeadlineClock.SENDING], since=now)
    else:
        _own_clocks(running, task)
        clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=now))
    session.flush()
    task.due_at = arming.next_due(session, task.id)
    record(running, actor, task, anew, history.EventKind.HANDOVER_TO_SEND)
    if as_ is HandoverState.REVOKED:
        tell(running, task, sender_id, "handover_came_back", task.proxy_id)
    return anew


def give_lane(running: Ground, actor: Actor, lane: str, to_id: UUID, *, giver_id: UUID, why: str = GIVEN_AWAY) -> None:
    """Give a lane to another agency: the part of the one that had it ends, and the new one is asked by a hand-over.

    What is open goes back to who sent it, or to who gives the lane away, to be sent to the new one.
    """
    before = running.participations[lane]
    leave(running, actor, before, why=why, reason=why, back_to=giver_id)
    participation.choose_proxies(running, before.agency_id)
    _propose(running, before, to_id)
    history.record(
        running.session,
        running.case,
        history.EventKind.LANE_HANDED_OVER,
        actor=actor,
        agency_id=to_id,
        values={"lane": lane},
    )


def leave(
    running: Ground,
    actor: Actor | None,
    part: CaseParticipation,
    *,
    why: str,
    reason: str,
    back_to: UUID | None = None,
) -> None:
    """End an agency's part in a lane: what it has open goes back to who sent the case, where nobody did `back_to`.

    `why` is a code, `reason` what a person said. The agency is told that its part has ended, and nothing else.
    """
    session = running.session
    told = part.since is not None
    participation.end(running, part, why)
    query = select(UserTask).where(
        UserTask.case_id == running.case.id,
        UserTask.lane == part.lane,
        UserTask.agency_id == part.agency_id,
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
    )
    for task in session.scalars(query.execution_options(populate_existing=True)).all():
        row = session.scalars(_under_way(task)).one_or_none() or _as_received(running, task, part, back_to)
        give_back(running, actor, task, row, as_=HandoverState.REVOKED, reason=reason)
        told = True
    if told:
        tell(running, None, part.agency_id, "part_ended")


def under_way(session: Session, task: UserTask) -> Handover:
    """Give the hand-over by which a step is on its way, or came."""
    return session.scalars(_under_way(task)).one()


def done(session: Session, task: UserTask) -> None:
    """Note that what a case was handed over for is done."""
    if task.handover is Baton.ACCEPTED:
        under_way(session, task).state = HandoverState.DONE


def require_basis(running: Ground, row: Handover, to_id: UUID) -> gate.Basis:
    """Give what allows an agency to be told now. Raises Conflict `basis_missing`."""
    basis = basis_for(running, row, to_id)
    if basis is None:
        raise errors.Conflict("basis_missing", handover=row.id)
    return basis


def basis_for(running: Ground, row: Handover, to_id: UUID) -> gate.Basis | None:
    """Give what allows an agency to be told now, or None."""
    return gate.basis_for(
        running.session,
        case_id=row.case_id,
        agency_id=to_id,
        purpose=row.purpose,
        needs=gate.Needs(row.needs, row.duty),
        now=clock.now(),
    )


def record(
    running: Ground,
    actor: Actor | None,
    task: UserTask,
    row: Handover,
    kind: history.EventKind,
    *,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
    values: Mapping[str, str] | None = None,
) -> None:
    """Write what became of a hand-over into the history, as an act of the agency that has the step."""
    history.record(
        running.session,
        running.case,
        kind,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=row.from_agency_id if kind in history.OF_SENDERS else row.to_agency_id,
        on_behalf_of=on_behalf_of,
        element_id=task.element_id,
        happened_at=happened_at,
        values=values,
    )


def tell(
    running: Ground, task: UserTask | None, agency_id: UUID | None, kind: str, proxy_id: UUID | None = None
) -> None:
    """Tell the workers of an agency something, or of the one that records for it."""
    receiver = proxy_id or agency_id
    if receiver is not None:
        case = running.case
        notifications.notify(
            running.session,
            Receiver.with_role(Role.OPERATRICE, receiver),
            kind,
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id if task is not None else None,
        )


def _propose(running: Ground, before: CaseParticipation, agency_id: UUID) -> None:
    """Foresee an agency in the lane that another one has left, and in what is to be sent there; nobody is told."""
    foreseen = CaseParticipation(
        network_id=before.network_id,
        case_id=before.case_id,
        lane=before.lane,
        agency_id=agency_id,
        basis="protocollo",
        since=None,
    )
    running.session.add(foreseen)
    running.participations[before.lane] = foreseen
    prepared = update(Handover).where(
        Handover.case_id == before.case_id,
        Handover.lane == before.lane,
        Handover.state == HandoverState.PREPARE,
        Handover.from_agency_id != agency_id,
    )
    running.session.execute(prepared.values(to_agency_id=agency_id))


def _under_way(task: UserTask) -> Select[Handover]:
    return select(Handover).where(Handover.task_id == task.id, Handover.state.in_(UNDER_WAY))


def _new(
    running: Ground, task: UserTask, terms: Terms, sender_id: UUID, to_id: UUID | None, *, prepared_at: datetime
) -> Handover:
    row = Handover(
        id=db.new_id(),
        network_id=task.network_id,
        case_id=task.case_id,
        instance_id=task.instance_id,
        task_id=task.id,
        lane=task.lane,
        from_agency_id=sender_id,
        to_agency_id=to_id,
        purpose=terms.purpose,
        needs=terms.needs,
        duty=terms.duty,
        fields=list(terms.fields) if terms.fields is not None else None,
        ends_with=terms.ends_with,
        state=HandoverState.PREPARE,
        prepared_at=prepared_at,
    )
    running.session.add(row)
    return row


def _as_received(running: Ground, task: UserTask, part: CaseParticipation, back_to: UUID | None) -> Handover:
    """Give the hand-over of a step that came because its agency had its part in the lane before it."""
    terms, sender_id = crossing.BEGINNING, back_to
    if part.handover_id is not None:
        before = running.session.get_one(Handover, part.handover_id)
        terms, sender_id = before.terms, before.from_agency_id
    if sender_id is None:
        raise ValueError("nobody has sent the case")
    row = _new(running, task, terms, sender_id, part.agency_id, prepared_at=task.created_at)
    running.session.flush()
    return row


def _give(running: Ground, task: UserTask, row: Handover, to_id: UUID, basis: gate.Basis, *, at: datetime) -> None:
    row.to_agency_id, row.basis_id = to_id, basis.id
    row.state, row.sent_at = HandoverState.SENT, at
    task.agency_id, task.handover = to_id, Baton.SENT
    task.proxy_id = _recorder(running, task, row.from_agency_id)
    task.revision += 1


def _recorder(running: Ground, task: UserTask, other_id: UUID | None) -> UUID | None:
    """Give who records for the agency that has the step, where it has no computers: the other one, if it has."""
    session = running.session
    if session.get_one(Agency, task.agency_id).channel is Channel.PORTALE:
        return None
    if other_id is not None and session.get_one(Agency, other_id).channel is Channel.PORTALE:
        return other_id
    row = session.get_one(ProcessInstance, task.instance_id)
    return proxies.choose(running, row, task.definition_id, task.agency_id)


def _own_clocks(running: Ground, task: UserTask) -> None:
    running.session.flush()
    armed = update(Deadline).where(Deadline.task_id == task.id, Deadline.state == DeadlineStatus.ARMED)
    running.session.execute(armed.values(agency_id=task.agency_id))


def _has_sending(node: model.Node) -> bool:
    return any(deadline.clock == DeadlineClock.SENDING for deadline in node.deadlines)


def _node(running: Ground, task: UserTask) -> model.Node:
    return repository.load(running.session, task.definition_id).node(task.element_id)
