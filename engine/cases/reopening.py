"""Torna al passo: a completed step is opened again by a second person, while nothing has been built upon it.

Whoever works for the agency that owed the step asks for it; its lead, who must not be the one that completed it,
decides. Where there is no other lead, any other colleague does. Nobody outside the agency: the reasons lie in an answer
that only it may read. What came of the completion is withdrawn, as far as nobody has touched it; otherwise the way is
the correction (`corrections`), which leaves the path as it is.

The step is again what it was: with the person who had it, her answer as a draft, its clock running to the instant that
it had, with what its ladder has already told. The first answer stays readable; history is only added to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, errors, notifications
from engine.bpmn.runtime import Instance
from engine.bpmn.way_back import NoWayBack
from engine.cases import clocks, confidential, drafts, execution, history, lifecycle, lookup, submissions, trail, turns
from engine.cases.models import (
    Case,
    CaseEvent,
    CaseState,
    CaseStatus,
    InstanceStatus,
    ProcessInstance,
    TaskStatus,
    UserTask,
)
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineClock, Rung, RungStatus, RungStep
from engine.definitions import repository
from engine.notifications import Receiver
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import CaseParticipation, Channel, Role, User
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for a step to be opened again, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a completed step can be opened again, as things stand, and what the actor may do about it.

    `code` says why it cannot, `element` the name of the step of one's own agency that stands in the way, if one does;
    `answer_id` is the answer that can be corrected instead.
    """

    task: UserTask
    case_code: str
    code: str | None
    element: str | None
    asked: Asked | None
    may_ask: bool
    may_decide: bool
    must_be_another: bool
    answer_id: UUID | None


def ask(session: Session, actor: Actor, task_id: UUID, *, reason: str) -> UserTask:
    """Ask for a completed step of one's own agency to be opened again; who may decide is told.

    Raises NotFound, Forbidden, CaseClosed, NoWayBack, InvalidValue.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _task(running, task_id)
        _require(session, actor, Action.ASK_REOPENING, task)
        _withdrawn(running, task)
        history.of_task(
            running, actor, task, history.EventKind.TASK_REOPENING_ASKED, in_person=True, values={"reason": text}
        )
        notifications.notify_people(
            session,
            deciders(session, task, {task.completed_by_id, task.first_by_id}) - {actor.user_id},
            "reopening_asked",
            network_id=task.network_id,
            case_id=task.case_id,
            task_id=task.id,
        )
    return task


def reopen(session: Session, actor: Actor, task_id: UUID, *, reason: str, revision: int | None = None) -> UserTask:
    """Open a completed step again, as a second person and with a reason; who completed it is told.

    Raises NotFound, Forbidden, MustBeAnotherPerson, CaseClosed, NoWayBack, AnotherStepFirst, StaleRevision,
    InvalidValue.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _task(running, task_id)
        _require(session, actor, Action.ASK_REOPENING, task)
        if actor.user_id in {task.completed_by_id, task.first_by_id}:
            raise errors.MustBeAnotherPerson(task=task_id)
        if actor.user_id not in deciders(session, task, {task.completed_by_id, task.first_by_id}):
            raise errors.Forbidden(action=Action.REOPEN, agency_id=task.agency_id)
        if revision is not None and revision != task.revision:
            raise errors.StaleRevision(task=task_id)
        _undo(running, actor, task, _withdrawn(running, task), text)
    return task


def take_back(running: Running, actor: Actor, task: UserTask) -> bool:
    """Open a step again whose answer was another woman's, where there is a way back; tell whether there was.

    No second person is asked: that answer must not stand for a minute longer. Raises AnotherStepFirst.
    """
    try:
        execution.require_open(running.case)
        withdrawn = _withdrawn(running, task)
    except (errors.CaseClosed, NoWayBack):
        return False
    _undo(running, actor, task, withdrawn, None)
    return True


def outlook(session: Session, actor: Actor, task_id: UUID) -> Outlook:
    """Say whether a completed step can be opened again, without moving the case. Raises NotFound, Forbidden."""
    task = lookup.task(session, actor, task_id)
    _require(session, actor, Action.ASK_REOPENING, task)
    trail.note_task(session, actor, "task.read", task)
    case = session.get_one(Case, task.case_id)
    refusal = _refusal(session, case, task)
    answer = submissions.newest_of(session, task_id) if task.state is TaskStatus.COMPLETED else None
    decides = actor.user_id in deciders(session, task, {task.completed_by_id, task.first_by_id})
    possible = refusal is None
    return Outlook(
        task,
        case.code,
        refusal.code if refusal is not None else None,
        _name(session, actor, task, refusal.element) if refusal is not None else None,
        _asked(session, task),
        may_ask=possible and not decides,
        may_decide=possible and decides,
        must_be_another=actor.user_id in {task.completed_by_id, task.first_by_id},
        answer_id=answer.id if answer is not None and task.form_id is not None else None,
    )


def deciders(session: Session, task: UserTask, besides: Collection[UUID | None]) -> set[UUID]:
    """Give who may decide on a step as another person: the leads of its agency; without any, its other workers."""
    portal = lookup.channel(session, task.agency_id) is Channel.PORTALE
    agencies = {task.agency_id} if portal else lookup.proxies(task)
    for role in (Role.RESPONSABILE, Role.OPERATRICE):
        people = directory.people_as(session, task.network_id, agencies, role, case_id=task.case_id)
        found = {person.id for person in people} - {*besides}
        if found:
            return found
    return set()


def _task(running: Running, task_id: UUID) -> UserTask:
    execution.require_open(running.case)
    query = select(UserTask).where(UserTask.id == task_id).execution_options(populate_existing=True)
    return running.session.scalars(query).one()


def _require(session: Session, actor: Actor, action: Action, task: UserTask) -> None:
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    if not access.may_step(actor, action, agency_id=task.agency_id, channel=channel, proxies=proxies):
        raise errors.Forbidden(action=action, agency_id=task.agency_id)


def _withdrawn(running: Running, task: UserTask) -> list[UserTask]:
    """Give the steps that would be withdrawn. Raises NoWayBack where somebody has touched them, or nobody could go."""
    session = running.session
    _require_reversible(session, task)
    return _untouched(session, running.instance(task.instance_id).followed(task.id))


def _require_reversible(session: Session, task: UserTask) -> None:
    if task.state is not TaskStatus.COMPLETED:
        raise NoWayBack("not_completed")
    if session.get_one(ProcessInstance, task.instance_id).state is not InstanceStatus.RUNNING:
        raise NoWayBack("instance_ended")
    handed_over = select(CaseEvent.id).where(
        CaseEvent.case_id == task.case_id,
        CaseEvent.kind == history.EventKind.LANE_HANDED_OVER,
        CaseEvent.recorded_at == task.completed_at,
    )
    if session.scalar(handed_over.limit(1)) is not None:
        raise NoWayBack("lane_handed_over")


def _untouched(session: Session, tokens: Collection[UUID]) -> list[UserTask]:
    query = select(UserTask).where(UserTask.id.in_(tokens)).execution_options(populate_existing=True)
    found = list(session.scalars(query).all())
    for one in found:
        if one.state is not TaskStatus.OPEN or one.claimed_at is not None:
            raise NoWayBack("taken", one.element_id)
    late = (
        select(UserTask.element_id)
        .join(Deadline, Deadline.task_id == UserTask.id)
        .join(Rung, Rung.deadline_id == Deadline.id)
        .where(
            UserTask.id.in_(tokens),
            Rung.step.in_([RungStep.BREACH, RungStep.ESCALATION]),
            Rung.state == RungStatus.FIRED,
        )
    )
    breached = session.scalar(late.limit(1))
    if breached is not None:
        raise NoWayBack("breached", breached)
    return found


def _undo(running: Running, actor: Actor, task: UserTask, withdrawn: Collection[UserTask], reason: str | None) -> None:
    running.instance(task.instance_id).reopen(task.id)
    turns.require_turn(running, task)
    values = {"reason": reason} if reason else None
    history.of_task(running, actor, task, history.EventKind.TASK_REOPENED, in_person=True, values=values)
    _tell(running, actor, task, withdrawn)
    _end_need_to_know(running, task, withdrawn)
    _give_back(running, task)


def _tell(running: Running, actor: Actor, task: UserTask, withdrawn: Collection[UserTask]) -> None:
    """Tell who completed the step that it is open again, and other agencies that a step of theirs is gone."""
    session, case = running.session, running.case
    done_by = {one for one in (task.completed_by_id, task.first_by_id) if one is not None}
    notifications.notify_people(
        session,
        done_by - {actor.user_id},
        "reopened",
        network_id=case.network_id,
        case_id=case.id,
        task_id=task.id,
    )
    owing = {one.proxy_id or one.agency_id for one in withdrawn} - {task.agency_id, task.proxy_id}
    for agency_id in sorted(owing, key=str):
        notifications.notify(
            session,
            Receiver.with_role(Role.OPERATRICE, agency_id),
            "step_withdrawn",
            network_id=case.network_id,
            case_id=case.id,
        )


def _end_need_to_know(running: Running, task: UserTask, withdrawn: Collection[UserTask]) -> None:
    """Let agencies lose sight of the case again that came in by what is withdrawn: need to know never began."""
    for lane in {one.lane for one in withdrawn}:
        played: CaseParticipation | None = running.participations.get(lane)
        if played is not None and played.since == task.completed_at:
            played.since = None


def _give_back(running: Running, task: UserTask) -> None:
    """Let the step be what it was before it was completed: whose it was, what she wrote, which clock runs."""
    session, holder, at = running.session, task.first_by_id or task.completed_by_id, task.completed_at
    task.completed_by_id, task.completed_at, task.happened_at = None, None, None
    task.first_by_id = task.first_at = None
    task.revision += 1
    task.due_at = arming.resume(session, task.id, [DeadlineClock.CONCLUSION], stopped_at=at)
    if task.due_at is None:
        _set_clock_again(running, task)
    if _still_works(running, holder, task):
        task.state, task.assignee_id, task.return_at = TaskStatus.CLAIMED, holder, None
        _draft(session, task)
    else:
        task.state, task.assignee_id = TaskStatus.OPEN, None
        clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))


def _set_clock_again(running: Running, task: UserTask) -> None:
    """Try again to set a clock that could not be set the first time: it must not be missing in silence."""
    node = repository.load(running.session, task.definition_id).node(task.element_id)
    variables = running.instance(task.instance_id).variables(task.id)
    clocks.arm(running, task, node, variables, only=[DeadlineClock.CONCLUSION])


def _still_works(running: Running, holder: UUID | None, task: UserTask) -> bool:
    session = running.session
    actor = directory.actor(session, holder, task.network_id) if holder is not None else None
    if actor is None or running.kept_out.keeps(actor):
        return False
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    return access.may_step(actor, Action.COMPLETE, agency_id=task.agency_id, channel=channel, proxies=proxies)


def _draft(session: Session, task: UserTask) -> None:
    answer = submissions.newest_of(session, task.id)
    if answer is None or task.form_id is None or task.assignee_id is None:
        return
    values = submissions.opened(session, answer, kinds=secrecy.KINDS).values
    drafts.keep(session, task, values, saved_by=task.assignee_id)


def _refusal(session: Session, case: Case, task: UserTask) -> NoWayBack | None:
    """Say what stands in the way as the rows and the stored state are now; what is due is not done for it."""
    if case.state is not CaseStatus.OPEN:
        return NoWayBack("case_closed")
    try:
        _require_reversible(session, task)
        _untouched(session, _stored(session, task).followed(task.id))
    except NoWayBack as refusal:
        return refusal
    return None


def _stored(session: Session, task: UserTask) -> Instance:
    query = (
        select(ProcessInstance.definition_id, CaseState)
        .join(CaseState, CaseState.instance_id == ProcessInstance.id)
        .where(ProcessInstance.id == task.instance_id)
    )
    definition_id, stored = session.execute(query).one()
    content = confidential.open_state(session, stored)
    host = execution.host_of(session, task.network_id, task.case_id)
    return Instance.restore(repository.load(session, definition_id), content, stored.format, host)


def _name(session: Session, actor: Actor, task: UserTask, element: str | None) -> str | None:
    """Give the name of a step of the actor's own agencies; of what others do nothing but that it is."""
    query = select(UserTask.name).where(
        UserTask.instance_id == task.instance_id,
        UserTask.element_id == element,
        lookup.ones_own(access.scope(actor).agency_ids),
    )
    return session.scalar(query.limit(1))


def _asked(session: Session, task: UserTask) -> Asked | None:
    if task.completed_at is None:
        return None
    query = (
        select(CaseEvent, User.display_name)
        .join(User, User.id == CaseEvent.actor_id)
        .where(
            CaseEvent.case_id == task.case_id,
            CaseEvent.task_id == task.id,
            CaseEvent.kind == history.EventKind.TASK_REOPENING_ASKED,
            CaseEvent.recorded_at >= task.completed_at,
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    event, by = found
    return Asked(by, event.recorded_at, confidential.open_history(session, event).get("reason", ""))
