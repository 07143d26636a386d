"""What the page of a case shows: steps, time line, one's own answers. Others' steps have a neutral label only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine import audit, clock
from engine.cases import acts, confidential, corrections, history, lookup
from engine.cases.models import Case, CaseEvent, CaseStatus, FormSubmission, SubmissionKind, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.definitions import repository
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation, Channel, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.participants.access import Actor

LIMIT = 500
"""Rows of history and of steps that a page shows, the newest ones."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the case; `label` and `task_id` are None when it is another agency's: only that it exists is shown."""

    task_id: UUID | None
    label: str | None
    lane: str
    agency_name: str
    state: TaskStatus
    created_at: datetime
    due_at: datetime | None
    late: bool
    kept: bool | None
    recorded_late: bool
    own: bool


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line of history; `late_entry` when it was recorded noticeably after it happened."""

    id: int
    kind: str
    happened_at: datetime
    recorded_at: datetime
    late_entry: bool
    label: str | None
    agency_name: str | None
    actor_name: str | None
    on_behalf_of_name: str | None
    kept: bool | None
    reason: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """An answer that one's own agency gave."""

    id: UUID
    task_name: str
    kind: SubmissionKind
    happened_at: datetime
    recorded_at: datetime
    submitted_by_name: str
    correctable: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything that the page of a case needs; `may` says which verbs the actor may use on it now."""

    case: Case
    steps: tuple[StepRow, ...]
    timeline: tuple[TimelineRow, ...]
    submissions: tuple[SubmissionRow, ...]
    participants: tuple[tuple[str, str], ...]
    may: frozenset[Action]


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """An answer with its form, and the corrections made to it, oldest first."""

    submission: FormSubmission
    task: UserTask
    case_code: str
    form: forms.Form | None
    values: Mapping[str, Any]
    context: Mapping[str, Any]
    submitted_by_name: str
    versions: tuple[tuple[FormSubmission, Mapping[str, Any], str], ...]
    may_correct: bool


def case(session: Session, actor: Actor, case_id: UUID) -> CasePage:
    """Give the page of a case. Raises NotFound."""
    found = lookup.case(session, actor, case_id)
    audit.record(session, actor, "case.read", "case", case_id)
    open_case = found.state is CaseStatus.OPEN
    may = {Action.CANCEL_CASE} if open_case and access.may(actor, Action.CANCEL_CASE) else set()
    return CasePage(
        case=found,
        steps=tuple(_steps(session, actor, case_id)),
        timeline=tuple(_timeline(session, actor, case_id)),
        submissions=tuple(_submissions(session, actor, case_id)),
        participants=tuple(_participants(session, case_id)),
        may=frozenset(may),
    )


def timeline(
    session: Session, actor: Actor, case_id: UUID, *, before: int | None = None, limit: int = LIMIT
) -> tuple[TimelineRow, ...]:
    """Give the history of a case, the newest first, or what lies before a line of it. Raises NotFound."""
    lookup.case(session, actor, case_id)
    audit.record(session, actor, "case.read", "case", case_id)
    return tuple(_timeline(session, actor, case_id, before=before, limit=limit))


def steps(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    until: datetime | None = None,
    skipped: int = 0,
    limit: int = LIMIT,
) -> tuple[StepRow, ...]:
    """Give the steps of a case, the newest first; `skipped` of those created by `until` have been seen.

    Steps of other agencies have no id to go on from, but none is ever created in the past. Raises NotFound.
    """
    lookup.case(session, actor, case_id)
    audit.record(session, actor, "case.read", "case", case_id)
    return tuple(_steps(session, actor, case_id, until=until, skipped=skipped, limit=limit))


def submission(session: Session, actor: Actor, submission_id: UUID) -> SubmissionPage:
    """Open an answer of one's own agency; the opening is audited. Raises NotFound."""
    found = corrections.find(session, actor, submission_id)
    first = corrections.first_of(session, found)
    audit.record(session, actor, "answer.read", "form_submission", found.id)
    task = session.get_one(UserTask, found.task_id)
    query = (
        select(FormSubmission, User.display_name)
        .join(User, User.id == FormSubmission.submitted_by_id)
        .where((FormSubmission.id == first.id) | (FormSubmission.corrects_id == first.id))
        .order_by(FormSubmission.recorded_at, FormSubmission.id)
        .limit(LIMIT)
    )
    opened = [(row, confidential.open_answer(session, row), name) for row, name in session.execute(query).all()]
    answer, name = next((answer, name) for row, answer, name in opened if row.id == found.id)
    form = repository.form(session, task.definition_id, task.form_id) if task.form_id else None
    return SubmissionPage(
        submission=found,
        task=task,
        case_code=session.get_one(Case, found.case_id).code,
        form=form,
        values=answer.values,
        context=answer.context,
        submitted_by_name=name,
        versions=tuple((row, answer.values, name) for row, answer, name in opened),
        may_correct=form is not None and access.may(actor, Action.CORRECT, found.controller_id),
    )


def _own(actor: Actor, agency_id: UUID | None, channel: Channel | None) -> bool:
    portal = channel in {None, Channel.PORTALE}
    return actor.is_system or not portal or agency_id in access.scope(actor).agency_ids


def _steps(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    until: datetime | None = None,
    skipped: int = 0,
    limit: int = LIMIT,
) -> list[StepRow]:
    query = (
        select(UserTask, Agency)
        .join(Agency, Agency.id == UserTask.agency_id)
        .where(UserTask.case_id == case_id)
        .order_by(UserTask.created_at.desc(), UserTask.id)
        .offset(skipped)
        .limit(limit)
    )
    if until is not None:
        query = query.where(UserTask.created_at <= until)
    rows = session.execute(query).all()
    clocks: dict[UUID, list[Deadline]] = {}
    for deadline in session.scalars(select(Deadline).where(Deadline.task_id.in_([task.id for task, _ in rows]))):
        clocks.setdefault(deadline.task_id, []).append(deadline)
    return [_step(actor, task, agency, clocks.get(task.id, [])) for task, agency in rows]


def _step(actor: Actor, task: UserTask, agency: Agency, clocks: list[Deadline]) -> StepRow:
    own = _own(actor, agency.id, agency.channel)
    armed = [deadline.due_at for deadline in clocks if deadline.state is DeadlineStatus.ARMED]
    judged = [deadline.kept for deadline in clocks if deadline.kept is not None]
    due_at = min(armed, default=None)
    return StepRow(
        task_id=task.id if own else None,
        label=task.name if own else None,
        lane=task.lane,
        agency_name=agency.name,
        state=task.state,
        created_at=task.created_at,
        due_at=due_at,
        late=due_at is not None and due_at < clock.now(),
        kept=all(judged) if judged else None,
        recorded_late=all(judged) and any(deadline.recorded_late for deadline in clocks),
        own=own,
    )


def _timeline(
    session: Session, actor: Actor, case_id: UUID, *, before: int | None = None, limit: int = LIMIT
) -> list[TimelineRow]:
    on_behalf_of = aliased(Agency)
    query = (
        select(CaseEvent, UserTask.name, Agency.name, Agency.channel, User.display_name, on_behalf_of.name)
        .outerjoin(UserTask, UserTask.id == CaseEvent.task_id)
        .outerjoin(Agency, Agency.id == CaseEvent.agency_id)
        .outerjoin(User, User.id == CaseEvent.actor_id)
        .outerjoin(on_behalf_of, on_behalf_of.id == CaseEvent.on_behalf_of_id)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(CaseEvent.id < before)
    rows = session.execute(query).all()
    kept = _kept(session, [event.task_id for event, *_ in rows if event.task_id is not None])
    return [_line(session, actor, row, kept) for row in rows]


def _line(session: Session, actor: Actor, row: Any, kept: dict[UUID, bool]) -> TimelineRow:
    event, task_name, agency_name, channel, actor_name, behalf_name = row
    own = event.agency_id is None or _own(actor, event.agency_id, channel)
    values = confidential.open_history(session, event) if own else {}
    return TimelineRow(
        id=event.id,
        kind=event.kind,
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        late_entry=acts.is_late_entry(event.happened_at, event.recorded_at),
        label=task_name if own else None,
        agency_name=agency_name,
        actor_name=actor_name if own else None,
        on_behalf_of_name=behalf_name,
        kept=kept.get(event.task_id) if event.kind == history.EventKind.TASK_COMPLETED else None,
        reason=values.get("reason"),
        decided_by=values.get("decided_by"),
    )


def _kept(session: Session, task_ids: list[UUID]) -> dict[UUID, bool]:
    query = select(Deadline.task_id, Deadline.kept).where(Deadline.task_id.in_(task_ids), Deadline.kept.is_not(None))
    result: dict[UUID, bool] = {}
    for task_id, kept in session.execute(query).all():
        result[task_id] = result.get(task_id, True) and bool(kept)
    return result


def _submissions(session: Session, actor: Actor, case_id: UUID) -> list[SubmissionRow]:
    query = (
        select(FormSubmission, UserTask.name, UserTask.form_id, User.display_name)
        .join(UserTask, UserTask.id == FormSubmission.task_id)
        .join(User, User.id == FormSubmission.submitted_by_id)
        .where(
            FormSubmission.case_id == case_id,
            FormSubmission.controller_id.in_(access.scope(actor).agency_ids),
        )
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id)
        .limit(LIMIT)
    )
    return [
        SubmissionRow(
            id=row.id,
            task_name=task_name,
            kind=row.kind,
            happened_at=row.happened_at,
            recorded_at=row.recorded_at,
            submitted_by_name=name,
            correctable=form_id is not None and access.may(actor, Action.CORRECT, row.controller_id),
        )
        for row, task_name, form_id, name in session.execute(query).all()
    ]


def _participants(session: Session, case_id: UUID) -> list[tuple[str, str]]:
    """Give (lane, agency) of those that take part now; who is only foreseen is nobody's business yet."""
    query = (
        select(CaseParticipation.lane, Agency.name)
        .join(Agency, Agency.id == CaseParticipation.agency_id)
        .where(
            CaseParticipation.case_id == case_id,
            CaseParticipation.since <= clock.now(),
            CaseParticipation.until.is_(None),
        )
        .order_by(CaseParticipation.since, CaseParticipation.lane)
    )
    return [(lane, name) for lane, name in session.execute(query).all()]
