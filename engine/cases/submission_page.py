"""What pages show of forms as they were handed in: the list of a case, one with its corrections, what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, select

from engine.cases import confidential, lookup, misfiling, openings, submissions, trail
from engine.cases.models import Case, FormSubmission, ProcessInstance, SubmissionKind, UserTask
from engine.definitions.models import ProcessDefinition
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, User
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.cases.openings import Opening
    from engine.participants.access import Actor

LIMIT = 500
"""Answers that a page shows, the newest ones."""


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """An answer in a list. `task_name` is None for what the process was started with.

    `own` when one's own agency gave it; who of another agency did is not told.
    """

    id: UUID
    task_name: str | None
    protocol_name: str
    kind: SubmissionKind
    happened_at: datetime
    recorded_at: datetime
    agency_name: str
    submitted_by_name: str | None
    own: bool
    correctable: bool
    misfiled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """An answer with its form, and the corrections made to it, oldest first.

    Values are what is no secret and the kinds that are `opened`; `closed` are the other kinds in which something was
    answered, `openable` says whether the actor may open them.
    `erased`: whoever answers for it has had it erased.
    `withdrawn`: its step was opened again after it; `reopenable`: the actor may ask for that. `removable`: she may take
    it out of this case, since it is another woman's.
    """

    submission: FormSubmission
    row: SubmissionRow
    case_code: str
    form: forms.Form | None
    values: Mapping[str, Any]
    context: Mapping[str, Any]
    versions: tuple[tuple[SubmissionRow, Mapping[str, Any]], ...]
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    openable: bool
    erased: bool
    withdrawn: bool
    reopenable: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """What a process was started with, as it holds now; `corrected` when it is no longer what was first said.

    `closed` are the kinds of secret in it; they are opened where the answer stands.
    """

    row: SubmissionRow
    form: forms.Form | None
    values: Mapping[str, Any]
    closed: tuple[str, ...]
    corrected: bool


def rows(session: Session, actor: Actor, case_id: UUID) -> list[SubmissionRow]:
    """List the answers of a case that the actor may read, the newest first."""
    query = (
        _rows(actor)
        .where(FormSubmission.case_id == case_id)
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id)
        .limit(LIMIT)
    )
    return [_row(actor, found) for found in session.execute(query).all()]


def submission(
    session: Session, actor: Actor, submission_id: UUID, *, opening: Opening | None = None
) -> SubmissionPage:
    """Give an answer, with what is secret in it only as far as it is opened; both are audited.

    Raises NotFound, and Forbidden for an opening that is not the actor's.
    """
    found = submissions.find(session, actor, submission_id)
    first = submissions.first_of(session, found)
    _note(session, actor, found)
    query = (
        _rows(actor)
        .where((FormSubmission.id == first.id) | (FormSubmission.corrects_id == first.id))
        .order_by(FormSubmission.recorded_at, FormSubmission.id)
        .limit(LIMIT)
    )
    opened = [_opened(session, actor, one, opening) for one in session.execute(query).all()]
    row, answer = next((row, answer) for row, answer in opened if row.id == found.id)
    kinds = opening.kinds if opening is not None else ()
    answered = {kind for _, version in opened for kind in version.kinds}
    task = session.get_one(UserTask, found.task_id) if found.task_id is not None else None
    return SubmissionPage(
        submission=found,
        row=row,
        case_code=session.get_one(Case, found.case_id).code,
        form=submissions.form_of(session, found),
        values=answer.values,
        context=answer.context,
        versions=tuple((row, answer.values) for row, answer in opened),
        opened=kinds,
        closed=tuple(kind for kind in secrecy.KINDS if kind in answered.difference(kinds)),
        openable=openings.may(session, actor, found),
        erased=answer.erased,
        withdrawn=task is not None and task.completed_at != first.recorded_at,
        reopenable=task is not None and _reopenable(session, actor, task),
        removable=row.misfiled_at is None and not answer.erased and misfiling.may(session, actor, first),
    )


def request(session: Session, actor: Actor, instance_id: UUID) -> RequestPage | None:
    """Open what a process was started with, as it holds now; None when it had no form, or it is not the actor's."""
    query = (
        _rows(actor)
        .where(FormSubmission.instance_id == instance_id, FormSubmission.task_id.is_(None))
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id)
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    newest: FormSubmission = found[0]
    _note(session, actor, newest)
    answer = submissions.opened(session, newest)
    return RequestPage(
        row=_row(actor, found),
        form=submissions.form_of(session, newest),
        values=answer.values,
        closed=answer.kinds,
        corrected=newest.kind is SubmissionKind.CORRECTION,
    )


def _note(session: Session, actor: Actor, opened: FormSubmission) -> None:
    subject = ("form_submission", opened.id)
    trail.note(session, actor, "answer.read", opened.case_id, subject=subject, agency_id=opened.controller_id)


def _opened(
    session: Session, actor: Actor, found: Any, opening: Opening | None
) -> tuple[SubmissionRow, confidential.Answer]:
    if opening is None:
        return _row(actor, found), submissions.opened(session, found[0])
    return _row(actor, found), openings.opened(session, actor, found[0], opening)


def _reopenable(session: Session, actor: Actor, task: UserTask) -> bool:
    return lookup.visible(actor, task) and access.may_step(
        actor,
        Action.ASK_REOPENING,
        agency_id=task.agency_id,
        channel=lookup.channel(session, task.agency_id),
        proxies=lookup.proxies(task),
    )


def _rows(actor: Actor) -> Select[FormSubmission, str, str | None, str, str, str]:
    return (
        select(FormSubmission, UserTask.name, UserTask.form_id, ProcessDefinition.name, Agency.name, User.display_name)
        .outerjoin(UserTask, UserTask.id == FormSubmission.task_id)
        .join(ProcessInstance, ProcessInstance.id == FormSubmission.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .join(Agency, Agency.id == FormSubmission.controller_id)
        .join(User, User.id == FormSubmission.submitted_by_id)
        .where(submissions.readable(actor))
    )


def _row(actor: Actor, found: Any) -> SubmissionRow:
    submission, task_name, form_id, protocol_name, agency_name, person = found
    own = submission.controller_id in access.scope(actor).agency_ids
    has_form = submission.task_id is None or form_id is not None
    return SubmissionRow(
        id=submission.id,
        task_name=task_name,
        protocol_name=protocol_name,
        kind=submission.kind,
        happened_at=submission.happened_at,
        recorded_at=submission.recorded_at,
        agency_name=agency_name,
        submitted_by_name=person if own else None,
        own=own,
        correctable=has_form
        and submission.misfiled_at is None
        and access.may(actor, Action.CORRECT, submission.controller_id),
        misfiled_at=submission.misfiled_at,
    )
