"""The due work of cases as a worker does it: found by index, one case per transaction, attempts counted beforehand.

A case that raises, or that kills its worker, must hold nobody else up. No savepoint survives a kill, so the attempt is
committed before the try; after three the case waits with back-off and stands on the incident list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, func, not_, or_, select, update

from engine import clock, db
from engine.cases import execution
from engine.cases.models import Case, Incident
from engine.db import table

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

_cases = table(Case)
_NOW, _BEFORE = (bindparam(name, type_=_cases.c.next_due_at.type) for name in ("now", "before"))
_READY = (
    _cases.c.next_due_at <= _NOW,
    or_(_cases.c.retry_at.is_(None), _cases.c.retry_at <= _NOW),
    or_(_cases.c.attempted_at.is_(None), _cases.c.attempted_at <= _BEFORE),
)
# Built once: they run for each case that has something due.
_DUE = select(_cases.c.id).where(*_READY).order_by(_cases.c.next_due_at).limit(bindparam("limit"))
_UNTRIED = or_(_cases.c.attempts < MAX_ATTEMPTS, _cases.c.retry_at.is_not(None))
_FREE = select(_cases.c.id).where(_cases.c.id == bindparam("case_id"), *_READY, _UNTRIED)
_COUNT = (
    update(_cases)
    .where(_cases.c.id.in_(_FREE.with_for_update(key_share=True, skip_locked=True)))
    .values(attempts=_cases.c.attempts + 1, attempted_at=_NOW, retry_at=None)
    .returning(_cases.c.id)
)
_TRIED_FOR_GOOD = (
    select(Case)
    .where(_cases.c.id == bindparam("case_id"), *_READY, not_(_UNTRIED))
    .with_for_update(key_share=True, skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Due:
    """A batch of cases that have something to do, and how long it is until the next one does."""

    case_ids: tuple[UUID, ...]
    until_next: timedelta | None


def due(*, limit: int) -> Due:
    """Find the cases that have something due, oldest first, at most `limit`."""
    with db.transaction(read_only=True) as session:
        now = clock.now()
        values = {"now": now, "before": now - _BETWEEN_ATTEMPTS, "limit": limit}
        case_ids = tuple(session.scalars(_DUE, values).all())
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
        values = {"case_id": case_id, "now": now, "before": now - _BETWEEN_ATTEMPTS}
        if session.execute(_COUNT, values).one_or_none() is not None:
            return True
        # Three attempts and no word of how they ended: their workers are dead.
        killed = session.scalars(_TRIED_FOR_GOOD, values).one_or_none()
        if killed is not None:
            _put_aside(session, killed, KILLED)
        return False


def _put_aside(session: Session, case: Case, code: str) -> None:
    beyond = min(case.attempts - MAX_ATTEMPTS, 10)
    case.retry_at = clock.now() + min(_FIRST_BACK_OFF * 2**beyond, _LONGEST_BACK_OFF)
    case.failure_code = code
    known = select(Incident.id).where(
        Incident.case_id == case.id, Incident.token_id.is_(None), Incident.resolved_at.is_(None)
    )
    if session.scalar(known.limit(1)) is None:
        session.add(Incident(network_id=case.network_id, case_id=case.id, code=code))
