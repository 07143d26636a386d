"""Forms as they were handed in, to a step or to the start of a process: kept, and found for who may read them.

The agency that gave an answer reads and corrects it. What a process was started with is read by the agencies that have
a part in it too, for as long as they have one: it is what they were asked for. In an emergency all are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from engine import blind, db, errors
from engine.cases import confidential, lookup
from engine.cases.models import Draft, FormSubmission, ProcessInstance, SubmissionKind, UserTask
from engine.definitions import repository
from engine.participants import access

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    import forms
    from engine.participants.access import Actor


def keep(
    session: Session,
    actor: Actor,
    answer: confidential.Answer,
    *,
    instance: ProcessInstance,
    controller_id: UUID,
    happened_at: datetime,
    task: UserTask | None = None,
    corrects: FormSubmission | None = None,
) -> FormSubmission:
    """Seal an answer under the agency that answers for it; without a task it is that to the start form.

    Raises Forbidden for the system: an answer is somebody's.
    """
    if actor.user_id is None:
        raise errors.Forbidden(instance=instance.id)
    row = FormSubmission(
        id=db.new_id(),
        network_id=instance.network_id,
        case_id=instance.case_id,
        instance_id=instance.id,
        task_id=task.id if task is not None else None,
        controller_id=controller_id,
        kind=SubmissionKind.ANSWER if corrects is None else SubmissionKind.CORRECTION,
        corrects_id=corrects.id if corrects is not None else None,
        submitted_by_id=actor.user_id,
        on_behalf_of_id=task.on_behalf_of_id if task is not None and corrects is None else None,
        happened_at=happened_at,
    )
    form = _form(session, instance, task)
    confidential.seal_answer(session, answer, form, row)
    session.add(row)
    network_id, case_id = row.network_id, row.case_id
    blind.keep(session, form, answer.values, network_id=network_id, case_id=case_id, controller_id=controller_id)
    return row


def find(session: Session, actor: Actor, submission_id: UUID) -> FormSubmission:
    """Find a submission that the actor may read. Raises NotFound."""
    query = select(FormSubmission).where(FormSubmission.id == submission_id, readable(actor))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(submission=submission_id)
    return found


def answer_of(session: Session, actor: Actor, task_id: UUID) -> FormSubmission:
    """Find the answer to a task, which corrections correct: the last, if the step was opened again. Raises NotFound."""
    query = (
        select(FormSubmission.id)
        .where(
            FormSubmission.task_id == task_id,
            FormSubmission.kind == SubmissionKind.ANSWER,
            FormSubmission.misfiled_at.is_(None),
        )
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(task=task_id)
    return find(session, actor, found)


def newest_of(session: Session, task_id: UUID) -> FormSubmission | None:
    """Give what was last said in answer to a task, be it a correction; not what was another woman's."""
    query = (
        select(FormSubmission)
        .where(FormSubmission.task_id == task_id, FormSubmission.misfiled_at.is_(None))
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def first_of(session: Session, submission: FormSubmission) -> FormSubmission:
    """Give the first answer that a submission corrects, or itself."""
    if submission.corrects_id is None:
        return submission
    return session.get_one(FormSubmission, submission.corrects_id)


def form_of(session: Session, submission: FormSubmission) -> forms.Form | None:
    """Give the form that a submission answers; None for a step that has none."""
    task = session.get_one(UserTask, submission.task_id) if submission.task_id is not None else None
    return _form(session, session.get_one(ProcessInstance, submission.instance_id), task)


def form_of_draft(session: Session, draft: Draft) -> tuple[forms.Form | None, UserTask]:
    """Give the form that a draft has begun, and the step that it is of."""
    task = session.get_one(UserTask, draft.task_id)
    return _form(session, session.get_one(ProcessInstance, task.instance_id), task), task


def opened(session: Session, submission: FormSubmission, *, kinds: Collection[str] = ()) -> confidential.Answer:
    """Open an answer: what is no secret, and these kinds of what is. Raises SealBroken."""
    return confidential.open_answer(session, submission, form_of(session, submission), kinds=kinds)


def readable(actor: Actor) -> ColumnElement[bool]:
    """Say of rows of submissions which ones the actor may read."""
    scope = access.scope(actor)
    request = and_(FormSubmission.task_id.is_(None), lookup.plays_in(actor, FormSubmission.instance_id, whole=True))
    own = FormSubmission.controller_id.in_(scope.agency_ids)
    if not scope.emergencies:
        return and_(FormSubmission.case_id.in_(scope.case_ids), or_(own, request))
    ones_own = and_(scope.sees(FormSubmission.case_id), or_(own, request))
    return or_(ones_own, scope.in_emergency(FormSubmission.case_id))


def _form(session: Session, instance: ProcessInstance, task: UserTask | None) -> forms.Form | None:
    if task is not None:
        return repository.form(session, task.definition_id, task.form_id) if task.form_id is not None else None
    start = repository.load(session, instance.definition_id).process.scope.nodes.get(instance.start_event)
    form_id = start.form_id if start is not None else None
    return repository.form(session, instance.definition_id, form_id) if form_id is not None else None
