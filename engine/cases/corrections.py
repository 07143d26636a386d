"""The correction (rettifica) of a submitted form: a new answer beside the old one, which stays readable.

The path does not change by it: what the old answer decided has happened. Whoever takes part in the case is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import errors, notifications
from engine.cases import acts, confidential, execution, files, history, lifecycle, lookup, submissions
from engine.cases.models import FormSubmission, ProcessInstance, UserTask
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
    first = submissions.first_of(session, submissions.find(session, actor, submission_id))
    moment = acts.since(moment, first.happened_at, "before_the_answer")
    with execution.locked(session, first.case_id, actor) as running:
        access.require(actor, Action.CORRECT, first.controller_id)
        form = submissions.form_of(session, first)
        if form is None:
            raise errors.Forbidden(submission=submission_id)
        before = confidential.open_answer(session, first, form)
        if before.erased:
            raise errors.Conflict("erased", submission=submission_id)
        context = before.context
        answer = lookup.validated(form, values, context)
        task = session.get_one(UserTask, first.task_id) if first.task_id is not None else None
        if task is not None:
            files.attach(session, task, form, answer.values)
        correction = submissions.keep(
            session,
            actor,
            confidential.Answer(answer.values, context),
            instance=session.get_one(ProcessInstance, first.instance_id),
            controller_id=first.controller_id,
            happened_at=moment,
            task=task,
            corrects=first,
        )
        session.flush()
        _tell(running, actor, task, first, correction, text)
    return correction


def _tell(
    running: Running,
    actor: Actor,
    task: UserTask | None,
    first: FormSubmission,
    correction: FormSubmission,
    reason: str,
) -> None:
    task_id = task.id if task is not None else None
    history.record(
        running.session,
        running.case,
        history.EventKind.ANSWER_CORRECTED,
        actor=actor,
        instance_id=correction.instance_id,
        task_id=task_id,
        agency_id=correction.controller_id,
        element_id=task.element_id if task is not None else None,
        happened_at=correction.happened_at,
        values={"reason": reason, "submission": str(correction.id)},
    )
    if first.submitted_by_id != actor.user_id:
        # Whoever gave the answer hears that it says something else now, whatever her role.
        notifications.notify(
            running.session,
            Receiver.person(first.submitted_by_id),
            "corrected",
            network_id=running.case.network_id,
            case_id=running.case.id,
            task_id=task_id,
        )
    for agency_id in sorted(lookup.participating(running.session, running.case.id), key=str):
        notifications.notify(
            running.session,
            Receiver.with_role(Role.OPERATRICE, agency_id),
            "corrected",
            network_id=running.case.network_id,
            case_id=running.case.id,
            task_id=task_id if task is not None and agency_id == task.agency_id else None,
        )
