"""What people do with their tasks: take, give back, draft, complete.

Every verb finds the task in the actor's scope, locks the case, does what is due there, and only then looks whether the
task is still as the actor believes: a deadline that fires at the same moment has already moved it, or comes after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select

import forms
from engine import clock, db, errors, notifications
from engine.cases import (
    acts,
    assigning,
    clocks,
    confidential,
    drafts,
    execution,
    files,
    four_eyes,
    handed,
    handing,
    handovers,
    helping,
    history,
    lifecycle,
    lookup,
    separation,
    standing_in,
    submissions,
    trail,
    turns,
)
from engine.cases.models import (
    Baton,
    CaseState,
    Draft,
    ProcessInstance,
    TaskStatus,
    UserTask,
)
from engine.deadlines import arming
from engine.deadlines.models import DeadlineClock
from engine.definitions import repository
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

OPEN_STATES = (TaskStatus.OPEN, TaskStatus.CLAIMED)


# Built once: building a query costs as much as running it.
_TASK = (
    select(UserTask, Agency.channel)
    .join(Agency, Agency.id == UserTask.agency_id)
    .where(UserTask.id == bindparam("task_id"))
    .execution_options(populate_existing=True)
)
_TASK_WITH_INSTANCE = (
    _TASK.add_columns(
        *(Draft.task_id.is_not(None), Draft.saved_by_id, helping.is_helped_by(bindparam("reader"))),
        *(ProcessInstance, CaseState),
    )
    .outerjoin(Draft, Draft.task_id == UserTask.id)
    .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
    .outerjoin(CaseState, CaseState.instance_id == UserTask.instance_id)
)
_drafts = db.table(Draft)
_DELETE_DRAFT = delete(_drafts).where(_drafts.c.task_id == bindparam("of_task"))


class _Standing(NamedTuple):
    """A task as it is under the lock, how its agency receives its steps, and whether somebody has drafted an answer.

    `drafted_by` who it was; `helped`: the actor is a further owner of it.
    """

    task: UserTask
    channel: Channel
    drafted: bool = False
    drafted_by: UUID | None = None
    helped: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed task, and the tasks that its completion opened for the actor's own agencies."""

    task: UserTask
    opened: tuple[UserTask, ...]


def claim(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    revision: int | None = None,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
    late_reason: str | None = None,
) -> UserTask:
    """Take a task in charge: the clock of its reception stops, and nobody else can take it.

    `late_reason` says why that is recorded only now, where it was done more than an hour ago.

    Raises NotFound, TaskNotOpen, TaskTaken, AnotherStepFirst, StaleRevision, Forbidden, MustBeAnotherPerson,
    InvalidValue.
    """
    moment = acts.moment(happened_at)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task, channel, *_rest = _task(running, task_id)
        _require_may(actor, task, channel, Action.CLAIM, on_behalf_of)
        if task.handover is Baton.PREPARE:
            raise errors.Conflict("handover_to_send", task=task_id)
        if task.state is TaskStatus.CLAIMED and task.assignee_id != actor.user_id:
            raise errors.TaskTaken(task=task_id)
        _require_revision(task, revision)
        if task.state is TaskStatus.CLAIMED:
            return task
        separation.require_another(session, actor, task)
        turns.require_turn(running, task)
        moment = acts.since(moment, task.first_at or task.created_at, "before_the_step")
        _require_going_on(task, moment)
        why = acts.explained(moment, late_reason)
        if task.handover is Baton.SENT:
            handovers.take(running, actor, task, at=moment, on_behalf_of=on_behalf_of, why=why)
            return task
        _assign(task, actor)
        task.claim_happened_at, task.claimed_at = moment, clock.now()
        task.on_behalf_of_id = on_behalf_of
        clocks.taken(session, task, happened_at=moment)
        history.of_task(running, actor, task, history.EventKind.TASK_CLAIMED, happened_at=moment, values=why)
    return task


def release(session: Session, actor: Actor, task_id: UUID, *, reason: str, revision: int | None = None) -> UserTask:
    """Give a task back to its agency with a reason; its reception runs anew, its conclusion goes on.

    Raises NotFound, TaskNotOpen, TaskNotYours, StaleRevision, Forbidden, InvalidValue.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _own_task(running, actor, task_id, Action.RELEASE).task
        _require_revision(task, revision)
        task.state, task.assignee_id = TaskStatus.OPEN, None
        task.revision += 1
        clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))
        history.of_task(running, actor, task, history.EventKind.TASK_RELEASED, values={"reason": text})
    return task


def take_over(session: Session, actor: Actor, task_id: UUID, *, reason: str, revision: int | None = None) -> UserTask:
    """Take a task that a colleague holds, as her agency's lead or her substitute, with a reason; she is told.

    Raises NotFound, TaskNotOpen, AnotherStepFirst, StaleRevision, Forbidden, MustBeAnotherPerson.
    """
    text = lifecycle.require_reason(reason)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = _task(running, task_id).task
        instead = standing_in.require(running, actor, task)
        _require_open(task)
        lookup.require_here(task)
        _require_revision(task, revision)
        _require_going_on(task, clock.now())
        separation.require_another(session, actor, task)
        turns.require_turn(running, task)
        before = task.assignee_id
        _assign(task, actor)
        if task.claimed_at is None:
            task.claim_happened_at = task.claimed_at = clock.now()
        clocks.taken(session, task, happened_at=clock.now())
        history.of_task(running, actor, task, history.EventKind.TASK_TAKEN_OVER, values={"reason": text} | instead)
        if before is not None and before != actor.user_id:
            notifications.notify(
                session,
                Receiver.person(before),
                "taken_over",
                network_id=task.network_id,
                case_id=task.case_id,
                task_id=task.id,
            )
    return task


def save_draft(
    session: Session, actor: Actor, task_id: UUID, values: Mapping[str, Any], *, revision: int | None = None
) -> UserTask:
    """Keep a half-filled form on the server.

    Raises NotFound, TaskNotOpen, TaskNotYours, StaleRevision, InvalidAnswer.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task, _channel, drafted, drafted_by, _helped = _own_task(running, actor, task_id, Action.SAVE_DRAFT)
        _require_revision(task, revision)
        four_eyes.require_unanswered(task)
        form = _form(session, task)
        if form is None:
            raise errors.InvalidAnswer(dict.fromkeys(values, "undeclared") or {"": "no_form"})
        partial = _partial(form, values, _context(running, task, form))
        files.require(session, task, form, partial)
        drafts.keep(session, task, partial, saved_by=actor.user_id)
        if drafted and drafted_by != actor.user_id:
            # Of two who have the step neither writes over the other unawares: what she has open is old now.
            task.revision += 1
        trail.note_task(session, actor, "draft.saved", task)
    return task


def complete(  # noqa: PLR0913 - all that can be said about an act
    session: Session,
    actor: Actor,
    task_id: UUID,
    values: Mapping[str, Any] | None,
    *,
    revision: int | None = None,
    happened_at: datetime | None = None,
    on_behalf_of: UUID | None = None,
    decided_by: str | None = None,
    lanes: Mapping[str, UUID] | None = None,
    lanes_again: Collection[str] = (),
    late_reason: str | None = None,
) -> Completed:
    """Complete a task that the actor holds with the answer to its form, and let the case go on.

    `decided_by` says who decided at the agency for which it is recorded, `late_reason` is as in `claim`. `lanes` are
    the agencies chosen for the lanes that the step assigns (staffetta:laneAssignment), all of them; `lanes_again` those
    for which an agency that has said no before is chosen on purpose. Without `values` a colleague's answer is confirmed
    (`confirming`); the first answer to a step of four eyes waits for that.
    Raises NotFound, TaskNotOpen, TaskNotYours, StaleRevision, InvalidAnswer, InvalidValue, LaneWithoutAgency,
    Forbidden, MustBeAnotherPerson, ToConfirm.
    """
    moment = acts.moment(happened_at)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task, _channel, drafted, *_rest = _own_task(running, actor, task_id, Action.COMPLETE, on_behalf_of)
        _require_revision(task, revision)
        separation.require_another(session, actor, task)
        said = separation.decider(session, task, decided_by, on_behalf_of=on_behalf_of or task.on_behalf_of_id)
        moment = acts.since(moment, task.first_at or task.created_at, "before_the_step")
        moment = acts.since(moment, task.claim_happened_at or task.created_at, "before_the_taking")
        _require_going_on(task, moment)
        said |= acts.explained(moment, late_reason)
        instance = running.instance(task.instance_id)
        form = _form(session, task)
        context = _context(running, task, form)
        answer = _validate(form, four_eyes.stated(session, task, values), context)
        node = repository.load(session, task.definition_id).node(task.element_id)
        task.on_behalf_of_id = on_behalf_of or task.on_behalf_of_id
        if four_eyes.propose(running, actor, task, node, (form, answer.values), at=moment, said=said):
            return Completed(task, ())
        files.attach(session, task, form, answer.values)
        if drafted:
            session.connection().execute(_DELETE_DRAFT, {"of_task": task.id})
        _store(running, actor, task, answer, confidential.Answer(answer.values, context), moment, said)
        assigning.assign_lanes(running, actor, task, node, lanes or {}, lanes_again)
        running.acted_at = moment
        instance.complete(task.id, answer.routing)
    return Completed(task, _opened_for(running, actor))


def _task(running: Running, task_id: UUID) -> _Standing:
    """Read a task now that its case is locked."""
    return _Standing(*running.session.execute(_TASK, {"task_id": task_id}).one())


def _task_with_instance(running: Running, actor: Actor, task_id: UUID) -> _Standing:
    """Read a task, whether it has a draft, and what its instance needs to go on, by one statement."""
    found = running.session.execute(_TASK_WITH_INSTANCE, {"task_id": task_id, "reader": actor.user_id}).one()
    task, channel, drafted, drafted_by, helped, row, stored = found
    if stored is not None:
        running.has_read(row, stored)
    return _Standing(task, channel, drafted, drafted_by, helped)


def _require_may(actor: Actor, task: UserTask, channel: Channel, action: Action, on_behalf_of: UUID | None) -> None:
    _require_open(task)
    access.require_step(
        actor,
        action,
        agency_id=task.agency_id,
        channel=channel,
        proxies=lookup.proxies(task),
        on_behalf_of=on_behalf_of,
    )


def _own_task(
    running: Running, actor: Actor, task_id: UUID, action: Action, on_behalf_of: UUID | None = None
) -> _Standing:
    own_alone = action is Action.RELEASE
    standing = _task(running, task_id) if own_alone else _task_with_instance(running, actor, task_id)
    task, channel, *_draft, helped = standing
    # What was said when the task was taken holds until it is done: for whom it is recorded.
    _require_may(actor, task, channel, action, on_behalf_of or task.on_behalf_of_id)
    if task.state is not TaskStatus.CLAIMED or not (helped or task.assignee_id == actor.user_id):
        raise errors.TaskNotYours(task=task_id)
    return standing


def _require_open(task: UserTask) -> None:
    if task.state not in OPEN_STATES:
        raise errors.TaskNotOpen(task=task.id, state=task.state.value)


def _require_going_on(task: UserTask, moment: datetime) -> None:
    """Raise PathHeld for an act on a step that stands still by her wish; what was done before she said so counts."""
    if task.held_since is not None and moment >= task.held_since:
        raise errors.PathHeld(task=task.id)


def _require_revision(task: UserTask, revision: int | None) -> None:
    if revision is not None and revision != task.revision:
        raise errors.StaleRevision(task=task.id)


def _assign(task: UserTask, actor: Actor) -> None:
    task.state, task.assignee_id, task.offered_to_id = TaskStatus.CLAIMED, actor.user_id, None
    task.revision += 1


def _form(session: Session, task: UserTask) -> forms.Form | None:
    return repository.form(session, task.definition_id, task.form_id) if task.form_id is not None else None


def _context(running: Running, task: UserTask, form: forms.Form | None) -> dict[str, Any]:
    """Give what the conditions of a form read: nothing that was not handed over to the lane."""
    if form is None or not form.context_names:
        return {}
    allowed = handed.readable(running.session, task, running.participations.get(task.lane))
    return handed.narrowed(form.context_names, running.instance(task.instance_id).variables(task.id), allowed)


def _partial(form: forms.Form, values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(forms.partial(form, values, context=context, now=clock.now()).values)
    except forms.InvalidAnswer as refused:
        raise errors.InvalidAnswer({key: error.code for key, error in refused.errors.items()}) from None


def _validate(form: forms.Form | None, values: Mapping[str, Any], context: Mapping[str, Any]) -> forms.Validated:
    if form is not None:
        return lookup.validated(form, values, context)
    if values:
        raise errors.InvalidAnswer(dict.fromkeys(values, "undeclared"))
    return forms.Validated({}, {})


def _store(
    running: Running,
    actor: Actor,
    task: UserTask,
    answer: forms.Validated,
    kept: confidential.Answer,
    moment: datetime,
    said: Mapping[str, str],
) -> None:
    session = running.session
    handing.done(session, task)
    task.state, task.completed_by_id = TaskStatus.COMPLETED, actor.user_id
    task.happened_at, task.completed_at = moment, clock.now()
    task.revision += 1
    submissions.keep(
        session,
        actor,
        kept,
        instance=running.instances[task.instance_id].row,
        controller_id=task.agency_id,
        happened_at=moment,
        task=task,
    )
    clocks.stop(session, task, [DeadlineClock.CONCLUSION], happened_at=moment)
    values = {"routing": dict(answer.routing), **said}
    history.of_task(running, actor, task, history.EventKind.TASK_COMPLETED, happened_at=moment, values=values)


def _opened_for(running: Running, actor: Actor) -> tuple[UserTask, ...]:
    agency_ids = access.scope(actor).agency_ids
    own = [task for task in running.opened if task.agency_id in agency_ids and task.state is TaskStatus.OPEN]
    return tuple(sorted(own, key=lambda task: (task.name, task.id)))
