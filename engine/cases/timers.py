"""The due work of cases as a worker does it: found by index, one case per transaction, attempts counted beforehand.

A case that raises, or that kills its worker, must hold nobody else up. No savepoint survives a kill, so the attempt is
committed before the try; after three the case waits with back-off and stands on the incident list.

The first attempts of a batch are counted together. If its worker dies, each of them may have been the reason;
from there on each is counted on its own, right before its try. So two of the three are never anybody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, not_, or_, select, update

from engine import clock, db
from engine.cases import execution
from engine.cases.models import Case, Incident
from engine.db import table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.dml import ReturningUpdate

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
_ONE = select(_cases.c.id).where(_cases.c.id == bindparam("case_id"), *_READY, _UNTRIED)
_FRESH = select(_cases.c.id).where(*_READY, _cases.c.attempts == 0).order_by(_cases.c.next_due_at)


@cache
def _count(which: Select[tuple[UUID]], limit: int) -> ReturningUpdate[tuple[UUID, datetime]]:
    """Count an attempt; the limit stands in the text, so that whoever plans the statement knows how few rows it is."""
    chosen = which.limit(literal_column(f"{limit:d}")).with_for_update(key_share=True, skip_locked=True)
    return (
        update(_cases)
        .where(_cases.c.id.in_(chosen))
        .values(attempts=_cases.c.attempts + 1, attempted_at=_NOW, retry_at=None)
        .returning(_cases.c.id, _cases.c.next_due_at)
    )


_TRIED = _DUE.where(_cases.c.attempts > 0)
_NEXT = select(func.min(_cases.c.next_due_at)).where(_cases.c.next_due_at > _NOW)
_TRIED_FOR_GOOD = (
    select(Case)
    .where(_cases.c.id == bindparam("case_id"), *_READY, not_(_UNTRIED))
    .with_for_update(key_share=True, skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Due:
    """A batch of cases that have something to do, and how long it is until the next one does.

    Of the `counted` ones the attempt is counted already: they are carried out, the others fired.
    """

    case_ids: tuple[UUID, ...]
    until_next: timedelta | None
    counted: tuple[UUID, ...] = ()


def due(*, limit: int) -> Due:
    """Find the cases that have something due, oldest first, at most `limit`."""
    with db.transaction(read_only=True) as session:
        values = _instants()
        case_ids = tuple(session.scalars(_DUE, {**values, "limit": limit}).all())
        return Due(case_ids, _until_next(session))


def take(*, limit: int) -> Due:
    """Count an attempt at each of the cases that have something due and were not tried yet, oldest first.

    Those that were tried before come uncounted. No two workers are given the same case.
    """
    with db.transaction() as session:
        values = _instants()
        found = sorted(session.execute(_count(_FRESH, limit), values).all(), key=lambda row: row.next_due_at)
        tried = tuple(session.scalars(_TRIED, {**values, "limit": limit}).all())
        return Due(tried, _until_next(session), tuple(row.id for row in found))


def fire(case_id: UUID) -> bool:
    """Count an attempt at one case and carry it out; False when it is not due, or somebody else is at it."""
    return _count_attempt(case_id) and carry_out(case_id)


def carry_out(case_id: UUID) -> bool:
    """Do the due work of a case at which an attempt is counted; False when somebody else is at it."""
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
        values = {**_instants(), "case_id": case_id}
        if session.execute(_count(_ONE, 1), values).one_or_none() is not None:
            return True
        # Three attempts and no word of how they ended: their workers are dead.
        killed = session.scalars(_TRIED_FOR_GOOD, values).one_or_none()
        if killed is not None:
            _put_aside(session, killed, KILLED)
        return False


def _instants() -> dict[str, datetime]:
    return {"now": clock.now(), "before": clock.now() - _BETWEEN_ATTEMPTS}


def _until_next(session: Session) -> timedelta | None:
    following = session.scalar(_NEXT, {"now": clock.now()})
    return None if following is None else following - clock.now()


def _put_aside(session: Session, case: Case, code: str) -> None:
    beyond = min(case.attempts - MAX_ATTEMPTS, 10)
    case.retry_at = clock.now() + min(_FIRST_BACK_OFF * 2**beyond, _LONGEST_BACK_OFF)
    case.failure_code = code
    known = select(Incident.id).where(
        Incident.case_id == case.id, Incident.token_id.is_(None), Incident.resolved_at.is_(None)
    )
    if session.scalar(known.limit(1)) is None:
        session.add(Incident(network_id=case.network_id, case_id=case.id, code=code))
