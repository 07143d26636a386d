"""Whether an answer might end in the wrong woman's case: what its page says of the case before it is sent.

Whoever has the same step in hand in another case too may have mixed them up: she is asked to look twice, on the same
page. Everybody else sees which case it is, and sends with one click as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Uuid, bindparam, exists, select
from sqlalchemy.orm import aliased

from engine.cases import submissions, trail
from engine.cases.models import Case, FormSubmission, TaskStatus, UserTask

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.participants.access import Actor

_AGE, _UNKNOWN = "eta_fascia", "non_noto"
_LOOKED_THROUGH = 10  # answers of the case, the newest ones

_other = aliased(UserTask)
_CASE = select(
    Case,
    exists().where(
        _other.assignee_id == bindparam("person", type_=Uuid()),
        _other.state == TaskStatus.CLAIMED,
        _other.form_id == UserTask.form_id,
        _other.case_id != UserTask.case_id,
    ),
).join(UserTask, UserTask.case_id == Case.id)


@dataclass(frozen=True, slots=True)
class RightCase:
    """The case into which an answer goes; `doubtful` when the sender holds the same step elsewhere.

    `age` is the question and the answer about the woman's age, where it is known and may be mixed up.
    """

    case: Case
    doubtful: bool
    age: tuple[forms.Component, str] | None


def of(session: Session, actor: Actor, task: UserTask) -> RightCase:
    """Say which case a step is in, and whether its holder might take it for another."""
    case, twice = session.execute(_CASE.where(UserTask.id == task.id), {"person": actor.user_id}).one()
    doubtful = twice and task.state is TaskStatus.CLAIMED and task.assignee_id == actor.user_id
    return RightCase(case, doubtful, _age(session, actor, task) if doubtful else None)


def _age(session: Session, actor: Actor, task: UserTask) -> tuple[forms.Component, str] | None:
    query = (
        select(FormSubmission)
        .where(FormSubmission.case_id == task.case_id, FormSubmission.controller_id == task.agency_id)
        .order_by(FormSubmission.recorded_at.desc())
        .limit(_LOOKED_THROUGH)
    )
    for row in session.scalars(query):
        form = submissions.form_of(session, row)
        question = form.fields.get(_AGE) if form is not None else None
        value = submissions.opened(session, row).values.get(_AGE) if question is not None else None
        if question is not None and isinstance(value, str) and value != _UNKNOWN:
            subject = ("form_submission", row.id)
            trail.note(session, actor, "answer.read", row.case_id, subject=subject, agency_id=row.controller_id)
            return question, value
    return None
