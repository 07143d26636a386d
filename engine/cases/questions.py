"""Domande tra enti: a question on a step to an agency that takes part in the case, and its answer.

What is asked here would else go by private messengers. The asked agency sees the question, who asks and the code of the
case, not the step. To ask one that takes no part would tell it of a woman: that is a hand-over, on a basis. A question
has a clock of its own and climbs like a step; when the step is over, it is too; while
her path holds the step, it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from engine import clock, db, errors, notifications
from engine.cases import answer_times, asking, confidential, execution, history, lifecycle, lookup, trail
from engine.cases.models import Case, TaskStatus, UserTask
from engine.cases.question_models import Question
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Channel, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

LIMIT = 200
"""Questions that a page shows."""

_OPEN = (TaskStatus.OPEN, TaskStatus.CLAIMED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a page shows it. `task_id` is None for who may not see the step.

    `open`: it still waits for its answer, but not while her path stands still: then it is `held`. `answerable`: the
    reader may give it, `on_behalf` for an agency without computers.
    """

    id: UUID
    case_id: UUID
    case_code: str
    task_id: UUID | None
    task_name: str | None
    from_name: str
    to_name: str
    to_id: UUID
    to_channel: Channel
    to_telephone: str | None
    asked_by_name: str | None
    asked_at: datetime
    due_at: datetime
    late: bool
    open: bool
    held: bool
    question: str | None
    answered_at: datetime | None
    answered_by_name: str | None
    answer: str | None
    answerable: bool
    on_behalf: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """The questions that wait for an answer of the reader's agencies, and those that they have asked."""

    to_answer: tuple[Asked, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Late:
    """A question that waits for longer than it may."""

    case_code: str
    from_name: str
    to_name: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OnStep:
    """A step with the questions on it, and the agencies that can be asked."""

    task: UserTask
    agencies: tuple[Agency, ...]
    questions: tuple[Asked, ...]


def ask(session: Session, actor: Actor, task_id: UUID, *, to_agency: UUID, text: str) -> Question:
    """Ask another agency something on a step of one's own; it is told.

    Raises NotFound, TaskNotOpen, PathHeld, Forbidden, Conflict `handover_under_way`; InvalidValue `not_taking_part` for
    an agency that is not in the case: that is a hand-over.
    """
    said = lifecycle.require_text("question", text)
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        channel = lookup.channel(session, task.agency_id)
        proxies = lookup.proxies(task)
        if not access.may_step(actor, Action.ASK, agency_id=task.agency_id, channel=channel, proxies=proxies):
            raise errors.Forbidden(action=Action.ASK, agency_id=task.agency_id)
        if task.state not in _OPEN:
            raise errors.TaskNotOpen(task=task_id, state=task.state.value)
        lookup.require_here(task)
        if task.held_since is not None:
            raise errors.PathHeld(task=task_id)
        _require_takes_part(session, running, task, to_agency)
        row = _keep(session, actor, task, to_agency, said)
        _record(running, actor, task, history.EventKind.QUESTION_ASKED, task.agency_id)
        _notify(session, row, Receiver.with_role(Role.OPERATRICE, _answering(session, row)), "question_asked")
    return row


def answer(
    session: Session, actor: Actor, question_id: UUID, text: str, *, on_behalf_of: UUID | None = None
) -> Question:
    """Answer a question to one's own agency, or record the answer of one without computers; who asked is told.

    Raises NotFound, Forbidden, InvalidValue; Conflict `question_over` when it is answered, or its step is over;
    PathHeld while her path stands still: nothing is told of her then but what the law demands.
    """
    said = lifecycle.require_text("answer", text)
    row = _find(session, actor, question_id)
    with execution.locked(session, row.case_id, actor) as running:
        session.refresh(row)
        task = session.get_one(UserTask, row.task_id, populate_existing=True)
        agency = session.get_one(Agency, row.to_agency_id)
        access.require_step(
            actor,
            Action.ANSWER_QUESTION,
            agency_id=agency.id,
            channel=agency.channel,
            proxies=[row.from_agency_id],
            on_behalf_of=on_behalf_of,
        )
        if row.to_agency_id not in lookup.participating(session, row.case_id):
            raise errors.NotFound(question=question_id)
        if row.answered_at is not None or task.state not in _OPEN:
            raise errors.Conflict("question_over", question=question_id)
        if task.held_since is not None:
            raise errors.PathHeld(task=task.id)
        sealed = confidential.seal_text(session, said, row, row.to_agency_id, "answer")
        row.answer_key_version, row.sealed_answer = sealed.key_version, sealed.blob
        row.answered_at, row.answered_by_id, row.on_behalf_of_id = clock.now(), actor.user_id, on_behalf_of
        row.climbs_at = None
        _record(running, actor, task, history.EventKind.QUESTION_ANSWERED, row.to_agency_id, on_behalf_of)
        if row.asked_by_id != actor.user_id:
            _notify(session, row, Receiver.person(row.asked_by_id), "question_answered", task_id=row.task_id)
    return row


def lists(session: Session, actor: Actor) -> Lists:
    """Give the questions that wait for the actor's agencies, the most urgent first, and those that they have asked.

    Raises Forbidden.
    """
    access.require(actor, Action.ANSWER_QUESTION)
    agency_ids = access.scope(actor).agency_ids
    of_theirs = and_(Agency.channel != Channel.PORTALE, Question.from_agency_id.in_(agency_ids))
    waiting = and_(_waiting(), or_(Question.to_agency_id.in_(agency_ids), of_theirs))
    to_answer = _query(actor).where(waiting).order_by(Question.due_at, Question.id)
    asked = _query(actor).where(Question.from_agency_id.in_(agency_ids)).order_by(Question.asked_at.desc(), Question.id)
    return Lists(_shown(session, actor, to_answer), _shown(session, actor, asked))


def on_step(session: Session, actor: Actor, task_id: UUID) -> OnStep:
    """Give the questions on a step of one's own, and whom one can ask. Raises NotFound, Conflict as `ask`."""
    task = lookup.task(session, actor, task_id)
    lookup.require_here(task)
    trail.note_task(session, actor, "task.read", task)
    query = _query(actor).where(Question.task_id == task_id).order_by(Question.asked_at.desc(), Question.id)
    return OnStep(task, _askable(session, actor, task), _shown(session, actor, query))


def climb(session: Session) -> None:
    """Tell the asked agency at half of the time, its lead and who asked when it is over, then the coordination."""
    now = clock.now()
    due = select(Question).join(UserTask, UserTask.id == Question.task_id).where(Question.climbs_at <= now, _waiting())
    for row in session.scalars(due.limit(LIMIT).with_for_update(of=Question, skip_locked=True)).all():
        asked = _answering(session, row)
        while row.climbs_at is not None and row.climbs_at <= now:
            if row.warned == 0:
                _notify(session, row, Receiver.with_role(Role.OPERATRICE, asked), "question_due")
                row.climbs_at = row.due_at
            elif row.warned == 1:
                _notify(session, row, Receiver.with_role(Role.RESPONSABILE, asked), "question_late")
                _notify(session, row, Receiver.person(row.asked_by_id), "question_late", task_id=row.task_id)
                row.climbs_at = row.due_at + (row.due_at - row.counts_from)
            else:
                _notify(session, row, Receiver.with_role(Role.COORDINAMENTO), "question_late")
                row.climbs_at = None
            row.warned += 1


def waiting(session: Session, actor: Actor) -> tuple[Late, ...]:
    """Give the late questions that a board shows: those to agencies that the actor leads, or of the network.

    Of each no more than the code of its case, who asks whom, and since when it is late.
    """
    scope = access.scope(actor)
    watched: ColumnElement[bool] = Question.to_agency_id.in_(scope.led_agency_ids)
    if scope.oversees_network:
        watched = Question.network_id == actor.network_id
    sender = aliased(Agency)
    query = (
        select(Case.code, sender.name, Agency.name, Question.due_at)
        .join(UserTask, UserTask.id == Question.task_id)
        .join(Case, Case.id == Question.case_id)
        .join(sender, sender.id == Question.from_agency_id)
        .join(Agency, Agency.id == Question.to_agency_id)
        .where(_waiting(), Question.due_at < clock.now(), watched, scope.admits(Question.case_id))
        .where(Question.network_id == actor.network_id)
        .order_by(Question.due_at, Question.id)
        .limit(LIMIT)
    )
    return tuple(Late(*row) for row in session.execute(query).all())


def _askable(session: Session, actor: Actor, task: UserTask) -> tuple[Agency, ...]:
    """Give the agencies that can be asked on a step; none to who may not ask."""
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    may = access.may_step(actor, Action.ASK, agency_id=task.agency_id, channel=channel, proxies=proxies)
    if not may or task.state not in _OPEN or task.held_since is not None:
        return ()
    kept_out = lookup.kept_out_agencies(session, task.case_id)
    others = lookup.participating(session, task.case_id) - {task.agency_id} - kept_out
    query = select(Agency).where(Agency.id.in_(others)).order_by(Agency.name, Agency.id)
    return tuple(session.scalars(query))


def _require_takes_part(session: Session, running: Running, task: UserTask, to_agency: UUID) -> None:
    if to_agency == task.agency_id:
        raise errors.InvalidValue("to_agency", "own_agency")
    taking_part = lookup.participating(session, task.case_id)
    if to_agency not in taking_part or to_agency in running.kept_out.agencies:
        raise errors.InvalidValue("to_agency", "not_taking_part")


def _keep(session: Session, actor: Actor, task: UserTask, to_agency: UUID, text: str) -> Question:
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.ASK)
    network_id = task.network_id
    due_at, half_at = answer_times.begin(session, network_id, *asking.TIME, asked=network_id, agency_id=to_agency)
    row = Question(
        id=db.new_id(),
        network_id=network_id,
        case_id=task.case_id,
        task_id=task.id,
        from_agency_id=task.agency_id,
        to_agency_id=to_agency,
        asked_by_id=actor.user_id,
        counts_from=clock.now(),
        due_at=due_at,
        climbs_at=half_at,
    )
    sealed = confidential.seal_text(session, text, row, row.from_agency_id, "question")
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    session.add(row)
    session.flush()
    return row


def _find(session: Session, actor: Actor, question_id: UUID) -> Question:
    """Find a question to the actor's agency, or of his to one without computers. Raises NotFound."""
    scope = access.scope(actor)
    query = (
        select(Question)
        .join(Agency, Agency.id == Question.to_agency_id)
        .where(
            Question.id == question_id,
            Question.case_id.in_(scope.case_ids),
            or_(
                Question.to_agency_id.in_(scope.agency_ids),
                and_(Agency.channel != Channel.PORTALE, Question.from_agency_id.in_(scope.agency_ids)),
            ),
        )
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise errors.NotFound(question=question_id)
    return row


def _waiting() -> ColumnElement[bool]:
    return and_(Question.answered_at.is_(None), UserTask.state.in_(_OPEN), UserTask.held_since.is_(None))


def _query(actor: Actor) -> Any:
    """Select questions of cases in the actor's scope that his agencies asked or were asked."""
    scope = access.scope(actor)
    sender, asker, answerer = aliased(Agency), aliased(User), aliased(User)
    ours = or_(Question.from_agency_id.in_(scope.agency_ids), Question.to_agency_id.in_(scope.agency_ids))
    return (
        select(Question, UserTask, Case.code, sender.name, Agency, asker.display_name, answerer.display_name)
        .join(UserTask, UserTask.id == Question.task_id)
        .join(Case, Case.id == Question.case_id)
        .join(sender, sender.id == Question.from_agency_id)
        .join(Agency, Agency.id == Question.to_agency_id)
        .join(asker, asker.id == Question.asked_by_id)
        .outerjoin(answerer, answerer.id == Question.answered_by_id)
        .where(Question.network_id == actor.network_id, Question.case_id.in_(scope.case_ids), ours)
        .limit(LIMIT)
    )


def _shown(session: Session, actor: Actor, query: Any) -> tuple[Asked, ...]:
    return tuple(_row(session, actor, found) for found in session.execute(query).all())


def _row(session: Session, actor: Actor, found: Any) -> Asked:
    row, task, code, from_name, agency, asker, answerer = found
    trail.note(session, actor, "question.read", row.case_id, subject=("question", row.id))
    agency_ids = access.scope(actor).agency_ids
    held = task.held_since is not None
    asks, is_open = row.from_agency_id in agency_ids, row.answered_at is None and task.state in _OPEN
    on_behalf = row.to_agency_id not in agency_ids
    sees_step = lookup.visible(actor, task)
    return Asked(
        id=row.id,
        case_id=row.case_id,
        case_code=code,
        task_id=task.id if sees_step else None,
        task_name=task.name if sees_step else None,
        from_name=from_name,
        to_name=agency.name,
        to_id=agency.id,
        to_channel=agency.channel,
        to_telephone=agency.telephone,
        asked_by_name=asker if asks else None,
        asked_at=row.asked_at,
        due_at=row.due_at,
        late=is_open and not held and row.due_at < clock.now(),
        open=is_open,
        held=held,
        question=confidential.open_text(session, row, row.from_agency_id, "question"),
        answered_at=row.answered_at,
        answered_by_name=answerer if not on_behalf else None,
        answer=confidential.open_text(session, row, row.to_agency_id, "answer") if row.answered_at else None,
        answerable=is_open and not held and (not on_behalf or agency.channel is not Channel.PORTALE),
        on_behalf=on_behalf,
    )


def _answering(session: Session, row: Question) -> UUID:
    """Say whose people answer: the asked agency's, or for one without computers those of the agency that asks."""
    portal = lookup.channel(session, row.to_agency_id) is Channel.PORTALE
    return row.to_agency_id if portal else row.from_agency_id


def _record(
    running: Running,
    actor: Actor,
    task: UserTask,
    kind: history.EventKind,
    agency_id: UUID,
    on_behalf_of: UUID | None = None,
) -> None:
    history.record(
        running.session,
        running.case,
        kind,
        actor=actor,
        instance_id=task.instance_id,
        agency_id=agency_id,
        on_behalf_of=on_behalf_of,
    )


def _notify(session: Session, row: Question, to: Receiver, kind: str, *, task_id: UUID | None = None) -> None:
    notifications.notify(session, to, kind, network_id=row.network_id, case_id=row.case_id, task_id=task_id)
