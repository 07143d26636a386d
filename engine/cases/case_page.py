"""What the page of a case shows: steps, time line, one's own answers. Others' steps have a neutral label only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine import clock
from engine.cases import (
    acts,
    agreements,
    confidential,
    endings,
    erasure,
    fiscal_codes,
    handover_page,
    history,
    lookup,
    standing_still,
    submission_page,
    trail,
)
from engine.cases.endings import Cancellation, Ending
from engine.cases.handover_page import HandoverRow
from engine.cases.models import Case, CaseEvent, CaseStatus, TaskStatus, UserTask
from engine.cases.standing_still import StandingClock
from engine.cases.submission_page import SubmissionRow
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
    standing: bool


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
    instead_of: str | None
    note: str | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything that the page of a case needs; `may` says which verbs the actor may use on it now.

    `erased` says whose records are erased (None for the network's), and when.
    """

    case: Case
    steps: tuple[StepRow, ...]
    standing: tuple[StandingClock, ...]
    timeline: tuple[TimelineRow, ...]
    submissions: tuple[SubmissionRow, ...]
    participants: tuple[tuple[str, str], ...]
    handovers: tuple[HandoverRow, ...]
    endings: tuple[Ending, ...]
    cancellation: Cancellation | None
    erased: tuple[tuple[str | None, datetime | None], ...]
    may: frozenset[Action]


def case(session: Session, actor: Actor, case_id: UUID) -> CasePage:
    """Give the page of a case. Raises NotFound."""
    found = lookup.case(session, actor, case_id, to_read=True)
    trail.note(session, actor, "case.read", case_id)
    open_case = found.state is CaseStatus.OPEN
    asked = (Action.EXCLUDE, Action.ABSTAIN, Action.READ_ACCESSES, Action.RECORD_REQUEST)
    may = {one for one in asked if access.may(actor, one)}
    may |= {Action.CANCEL_CASE} if open_case and access.may(actor, Action.CANCEL_CASE) else set()
    may |= {Action.ERASE} if access.controllers(actor, Action.ERASE) else set()
    acting = agreements.acting_agencies(session, actor, case_id)
    may |= {Action.RECORD_AGREEMENT} if acting else set()
    may |= {Action.RECORD_FISCAL_CODE} if fiscal_codes.able(session, actor, acting) else set()
    if case_id in actor.emergencies:
        may &= {Action.READ_ACCESSES}
    found_steps = tuple(_steps(session, actor, case_id))
    return CasePage(
        case=found,
        steps=found_steps,
        standing=standing_still.of_case(session, case_id) if any(step.standing for step in found_steps) else (),
        timeline=tuple(_timeline(session, actor, case_id)),
        submissions=tuple(submission_page.rows(session, actor, case_id)),
        participants=tuple(_participants(session, case_id)),
        handovers=handover_page.of_case(session, actor, case_id),
        endings=endings.of_case(session, actor, case_id),
        cancellation=endings.cancellation(session, actor, found),
        erased=tuple(erasure.erased_names(session, case_id)),
        may=frozenset(may),
    )


def timeline(
    session: Session, actor: Actor, case_id: UUID, *, before: int | None = None, limit: int = LIMIT
) -> tuple[TimelineRow, ...]:
    """Give the history of a case, the newest first, or what lies before a line of it. Raises NotFound."""
    lookup.case(session, actor, case_id, to_read=True)
    trail.note(session, actor, "case.read", case_id)
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
    lookup.case(session, actor, case_id, to_read=True)
    trail.note(session, actor, "case.read", case_id)
    return tuple(_steps(session, actor, case_id, until=until, skipped=skipped, limit=limit))


def _own(actor: Actor, case_id: UUID, *agency_ids: UUID | None) -> bool:
    """Tell whether one of these agencies, which owes a step or records it for the one that does, is the actor's.

    In an emergency all is to be read.
    """
    return lookup.whole(actor, case_id) or not access.scope(actor).agency_ids.isdisjoint(agency_ids)


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
        .order_by(UserTask.created_at.desc(), UserTask.name, UserTask.id)
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
    own = _own(actor, task.case_id, task.agency_id, task.proxy_id)
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
        standing=any(deadline.state is DeadlineStatus.PAUSED for deadline in clocks),
    )


def _timeline(
    session: Session, actor: Actor, case_id: UUID, *, before: int | None = None, limit: int = LIMIT
) -> list[TimelineRow]:
    on_behalf_of = aliased(Agency)
    query = (
        select(CaseEvent, UserTask.name, Agency.name, UserTask.proxy_id, User.display_name, on_behalf_of.name)
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
    event, task_name, agency_name, proxy_id, actor_name, behalf_name = row
    if event.kind == history.EventKind.CASE_CANCELLED:
        own = endings.may_know_why(session, actor, event)
    else:
        own = event.agency_id is None or _own(actor, event.case_id, event.agency_id, proxy_id)
    values = confidential.open_history(session, event) if own else {}
    return TimelineRow(
        id=event.id,
        kind=event.kind,
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        late_entry=acts.is_late_entry(event.happened_at, event.recorded_at),
        label=(task_name or values.get("undone")) if own else None,
        agency_name=agency_name,
        actor_name=actor_name if own else None,
        on_behalf_of_name=behalf_name,
        kept=kept.get(event.task_id) if event.kind == history.EventKind.TASK_COMPLETED else None,
        reason=values.get("reason"),
        decided_by=values.get("decided_by"),
        instead_of=values.get("instead_of"),
        note=values.get("note"),
        undone_by=values.get("undone_by"),
    )


def _kept(session: Session, task_ids: list[UUID]) -> dict[UUID, bool]:
    query = select(Deadline.task_id, Deadline.kept).where(Deadline.task_id.in_(task_ids), Deadline.kept.is_not(None))
    result: dict[UUID, bool] = {}
    for task_id, kept in session.execute(query).all():
        result[task_id] = result.get(task_id, True) and bool(kept)
    return result


def _participants(session: Session, case_id: UUID) -> list[tuple[str, str]]:
    """Give (lane, agency) of those that take part now; who is only foreseen is nobody's business yet."""
    query = (
        select(CaseParticipation.lane, Agency.name)
        .join(Agency, Agency.id == CaseParticipation.agency_id)
        .where(
            CaseParticipation.case_id == case_id,
            access.going_on(clock.now()),
        )
        .order_by(CaseParticipation.since, CaseParticipation.lane)
    )
    return [(lane, name) for lane, name in session.execute(query).all()]
