"""The correction (rettifica) of a submitted form: a new answer beside the old one, which stays readable.

The path does not change by it: what the old answer decided has happened. Whoever takes part in the case is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import audit, db, errors, notifications
from engine.cases import acts, confidential, execution, history, lifecycle, lookup
from engine.cases.models import FormSubmission, SubmissionKind, UserTask
from engine.definitions import repository
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor


def correct(
    session: Session,
    actor: Actor,
    submission_id: UUID,
    values: Mapping[str, Any],
    *,
    reason: str,
    happened_at: datetime | None = None,
) -> FormSubmission:
    """Correct an answer of one's own agency, with a reason.

    The first answer is what is corrected, however often: `submission_id` may name it or a later correction. Raises
    NotFound, Forbidden, InvalidAnswer, InvalidValue. A closed case can be corrected too: its record has to be true.
    """
    moment, text = acts.moment(happened_at), lifecycle.require_reason(reason)
    first = first_of(session, find(session, actor, submission_id))
    with execution.locked(session, first.case_id) as running:
        access.require(actor, Action.CORRECT, first.controller_id)
        task = session.get_one(UserTask, first.task_id)
        if task.form_id is None or actor.user_id is None:
            raise errors.Forbidden(submission=submission_id)
        form = repository.form(session, task.definition_id, task.form_id)
        context = confidential.open_answer(session, first).context
        answer = lookup.validated(form, values, context)
        correction_id = db.new_id()
        sealed = confidential.seal_answer(
            session,
            confidential.Answer(answer.values, context),
            submission_id=correction_id,
            case_id=first.case_id,
            controller_id=first.controller_id,
        )
        correction = FormSubmission(
            id=correction_id,
            network_id=first.network_id,
            case_id=first.case_id,
            task_id=first.task_id,
            controller_id=first.controller_id,
            kind=SubmissionKind.CORRECTION,
            corrects_id=first.id,
            submitted_by_id=actor.user_id,
            happened_at=moment,
            key_version=sealed.key_version,
            sealed=sealed.blob,
        )
        session.add(correction)
        session.flush()
        _tell(running, actor, task, correction, text, moment)
    return correction


def find(session: Session, actor: Actor, submission_id: UUID) -> FormSubmission:
    """Find a submission that the actor's agency answers for, in a case of his. Raises NotFound."""
    scope = access.scope(actor)
    query = select(FormSubmission).where(
        FormSubmission.id == submission_id,
        FormSubmission.case_id.in_(scope.case_ids),
        FormSubmission.controller_id.in_(scope.agency_ids),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(submission=submission_id)
    return found


def answer_of(session: Session, actor: Actor, task_id: UUID) -> FormSubmission:
    """Find the first answer to a task, which corrections correct. Raises NotFound."""
    query = select(FormSubmission.id).where(
        FormSubmission.task_id == task_id, FormSubmission.kind == SubmissionKind.ANSWER
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(task=task_id)
    return find(session, actor, found)


def first_of(session: Session, submission: FormSubmission) -> FormSubmission:
    """Give the first answer that a submission corrects, or itself."""
    if submission.corrects_id is None:
        return submission
    return session.get_one(FormSubmission, submission.corrects_id)


def _tell(
    running: Running, actor: Actor, task: UserTask, correction: FormSubmission, reason: str, moment: datetime
) -> None:
    history.record(
        running.session,
        running.case,
        history.EventKind.ANSWER_CORRECTED,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=correction.controller_id,
        element_id=task.element_id,
        happened_at=moment,
        values={"reason": reason, "submission": str(correction.id)},
    )
    author_id = first_of(running.session, correction).submitted_by_id
    if author_id != actor.user_id:
        # Whoever gave the answer hears that it says something else now, whatever her role.
        notifications.notify(
            running.session,
            Receiver.person(author_id),
            "corrected",
            network_id=running.case.network_id,
            case_id=running.case.id,
            task_id=task.id,
        )
    for agency_id in sorted(lookup.participating(running.session, running.case.id), key=str):
        notifications.notify(
            running.session,
            Receiver.with_role(Role.OPERATRICE, agency_id),
            "corrected",
            network_id=running.case.network_id,
            case_id=running.case.id,
            task_id=task.id if agency_id == task.agency_id else None,
        )
    audit.record(running.session, actor, "answer.corrected", "form_submission", correction.id)
