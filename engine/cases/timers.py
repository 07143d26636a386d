"""The due work of cases as a worker does it: found by index, one case per transaction, attempts counted beforehand.

A case that raises, or that kills its worker, must hold nobody else up. No savepoint survives a kill, so the attempt is
committed before the try; after three the case waits with back-off and stands on the incident list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from engine import clock, db
from engine.cases import execution
from engine.cases.models import Case, Incident

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_ATTEMPTS = 3
"""Tries in a row after which a case goes to the incident list."""

FAILED = "due_work_failed"
KILLED = "worker_died"

# Between the attempt and the lock of the work itself another worker could count a second attempt for nothing.
_BETWEEN_ATTEMPTS = timedelta(seconds=2)
_FIRST_BACK_OFF = timedelta(minutes=5)
_LONGEST_BACK_OFF = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Due:
    """A batch of cases that have something to do, and how long it is until the next one does."""

    case_ids: tuple[UUID, ...]
    until_next: timedelta | None


def due(*, limit: int) -> Due:
    """Find the cases that have something due, oldest first, at most `limit`."""
    with db.transaction(read_only=True) as session:
        now = clock.now()
        ready = (Case.next_due_at <= now, or_(Case.retry_at.is_(None), Case.retry_at <= now))
        query = select(Case.id).where(*ready, _may_try(now)).order_by(Case.next_due_at).limit(limit)
        case_ids = tuple(session.scalars(query).all())
        following = session.scalar(select(func.min(Case.next_due_at)).where(Case.next_due_at > now))
        return Due(case_ids, None if following is None else following - now)


def fire(case_id: UUID) -> bool:
    """Do the due work of one case; False when it is no longer due, or somebody else is at it."""
    if not _count_attempt(case_id):
        return False
    try:
        with db.transaction() as session:
            execution.catch_up(session, case_id)
            return True
    except execution.AlreadyLocked:
        return False


def note_failure(case_id: UUID, code: str) -> None:
    """Put a case aside whose due work has failed too often; before that it is simply tried again."""
    with db.transaction() as session:
        case = session.get_one(Case, case_id, with_for_update={"key_share": True})
        case.failure_code = code
        if case.attempts >= MAX_ATTEMPTS:
            _put_aside(session, case, code)


def _count_attempt(case_id: UUID) -> bool:
    with db.transaction() as session:
        now = clock.now()
        query = (
            select(Case)
            .where(Case.id == case_id, Case.next_due_at <= now, _may_try(now))
            .where(or_(Case.retry_at.is_(None), Case.retry_at <= now))
            .with_for_update(key_share=True, skip_locked=True)
        )
        case = session.scalars(query).one_or_none()
        if case is None:
            return False
        if case.attempts >= MAX_ATTEMPTS and case.retry_at is None:
            # Three attempts and no word of how they ended: their workers are dead.
            _put_aside(session, case, KILLED)
            return False
        case.attempts += 1
        case.attempted_at = now
        case.retry_at = None
        return True


def _may_try(now: datetime) -> ColumnElement[bool]:
    return or_(Case.attempted_at.is_(None), Case.attempted_at <= now - _BETWEEN_ATTEMPTS)


def _put_aside(session: Session, case: Case, code: str) -> None:
    beyond = min(case.attempts - MAX_ATTEMPTS, 10)
    case.retry_at = clock.now() + min(_FIRST_BACK_OFF * 2**beyond, _LONGEST_BACK_OFF)
    case.failure_code = code
    known = select(Incident.id).where(
        Incident.case_id == case.id, Incident.token_id.is_(None), Incident.resolved_at.is_(None)
    )
    if session.scalar(known.limit(1)) is None:
        session.add(Incident(network_id=case.network_id, case_id=case.id, code=code))
