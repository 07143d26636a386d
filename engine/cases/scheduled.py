"""Processes that begin by themselves: at its time each opens a case of its own, exactly once.

An attempt is counted, and the next one set, before the case is opened: one that fails, or that kills its worker, is
tried again with growing pauses and keeps nobody else waiting. The case is opened and the row goes on to its next time
in one transaction.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import clock, db, errors
from engine.cases import lifecycle
from engine.definitions import repository, schedules
from engine.definitions.models import ScheduledStart

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

FAILED = "start_failed"
BATCH = 100
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)

_log = logging.getLogger("staffetta.scheduled")


def due() -> list[UUID]:
    """Find the starts that are to be tried now, oldest first."""
    with db.transaction(read_only=True) as session:
        query = select(ScheduledStart.id).where(ScheduledStart.try_at <= clock.now())
        return list(session.scalars(query.order_by(ScheduledStart.try_at).limit(BATCH)).all())


def begin(row_id: UUID) -> bool:
    """Open the case of one start; False when somebody else is at it, or a new version has replaced it."""
    attempt = _count_attempt(row_id)
    if attempt is None:
        return False
    try:
        return _open(row_id, attempt)
    except errors.DatabaseUnavailable:
        raise
    except errors.LaneWithoutAgency as refused:
        _note_failure(row_id, attempt, refused.code)
    except Exception as error:  # noqa: BLE001 - as in the worker: whatever is wrong with one, the others go on
        _log.exception("scheduled start %s failed: %s", row_id, type(error).__name__, exc_info=False)
        _note_failure(row_id, attempt, FAILED)
    return True


def _count_attempt(row_id: UUID) -> int | None:
    with db.transaction() as session:
        query = select(ScheduledStart).where(ScheduledStart.id == row_id, ScheduledStart.try_at <= clock.now())
        row = session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        row.attempts += 1
        row.try_at = clock.now() + min(_FIRST_PAUSE * 4 ** min(row.attempts - 1, 6), _LONGEST_PAUSE)
        return row.attempts


def _open(row_id: UUID, attempt: int) -> bool:
    with db.transaction() as session:
        row = _ours(session, row_id, attempt)
        if row is None:
            return False
        definition = repository.load(session, row.definition_id)
        lifecycle.start_by_itself(session, row.network_id, definition, row.start_event)
        schedules.advance(session, row)
        return True


def _ours(session: Session, row_id: UUID, attempt: int) -> ScheduledStart | None:
    """Give the row as long as no later attempt has it: one that took so long that another began is given up."""
    query = select(ScheduledStart).where(ScheduledStart.id == row_id, ScheduledStart.attempts == attempt)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _note_failure(row_id: UUID, attempt: int, code: str) -> None:
    with db.transaction() as session:
        row = _ours(session, row_id, attempt)
        if row is not None:
            row.failure_code = code
