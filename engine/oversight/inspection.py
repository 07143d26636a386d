"""The look of the workers at all rows: whether something that is armed would never fire. One of them looks at a time.

What it finds stands in a row, which the watchdog reads: no page and no scrape pays for it. It costs as much as there is
armed, so the pause between two looks grows with what the last one took.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import insert

from engine import clock, db
from engine.cases.breach_models import Breach
from engine.cases.erasure_models import Erasure, ErasureState
from engine.cases.models import Case, TaskStatus, Timer, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus, Rung, RungStatus
from engine.notifications import outbox
from engine.oversight import watchdog
from engine.oversight.watch_models import Inspection
from engine.oversight.watchdog import Code
from engine.participants import directory
from engine.roster import coverage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AHEAD = timedelta(days=1)
"""How far ahead it is looked for a case that would wake up too late for what is due in it."""

BEHIND_AFTER = timedelta(seconds=60)
"""A tombstone that waits longer for its line in the file means that the file cannot be written."""

UNSENT_AFTER = timedelta(minutes=5)
"""A message that waits longer to leave means that nobody sends, or that who should carry it does not answer."""

ROSTER_AHEAD = timedelta(days=7)

_NAMED = 20  # ids of cases that a finding names
_LOCK = func.pg_try_advisory_xact_lock(func.hashtextextended("inspection", 0))


@dataclass(frozen=True, slots=True)
class Found:
    """What a look has found; without `since` it is from when it was found first."""

    code: Code
    count: int
    since: datetime | None = None
    network_id: UUID | None = None
    names: tuple[str, ...] = ()


def run() -> bool:
    """Look at all rows if it is time to; False when it is not, or another worker is at it."""
    with db.transaction() as session:
        if session.scalar(select(_LOCK)) is not True:
            return False
        last = session.get(Inspection, 1)
        if last is not None and clock.now() < last.at + watchdog.pause_after(timedelta(seconds=last.took)):
            return False
        look(session)
        return True


def look(session: Session) -> None:
    """Look at all rows now, and write what was found; what the last look found too is known since then."""
    began, last = time.monotonic(), session.get(Inspection, 1)
    known = {(each["code"], each["network"]): each["since"] for each in (last.found if last is not None else ())}
    found = [_written(each, known) for check in _CHECKS for each in check(session)]
    armed = session.scalar(select(func.count()).select_from(Deadline).where(_ARMED)) or 0
    row = {"at": clock.now(), "took": time.monotonic() - began, "armed": armed, "found": found}
    written = insert(Inspection).values(id=1, **row)
    session.execute(written.on_conflict_do_update(index_elements=[Inspection.id], set_=row))


def without_rung() -> tuple[Select[UUID, UUID], ...]:
    """Select the armed deadlines that nobody would hear of: no rung waits before the term, or there is none at all.

    Two queries, each of which PostgreSQL answers by one pass over the rungs instead of a look-up for each deadline.
    """
    rungs = select(Rung.id).where(Rung.deadline_id == Deadline.id)
    climbs = and_(Deadline.escalation_class.is_not(None), Deadline.due_at > clock.now())
    armed = select(Deadline.id, Deadline.case_id).where(_ARMED)
    return (
        armed.where(climbs, ~rungs.where(_WAITS).exists()),
        armed.where(not_(climbs), ~rungs.exists()),
    )


def asleep() -> Select[UUID]:
    """Select the cases that would wake up later than the first of what is due in them within a day."""
    until = clock.now() + AHEAD
    due = union_all(
        select(Timer.case_id, Timer.due_at).where(Timer.due_at <= until),
        select(Rung.case_id, Rung.due_at).where(_WAITS, Rung.due_at <= until),
        select(UserTask.case_id, UserTask.return_at).where(
            UserTask.state == TaskStatus.CLAIMED, UserTask.held_since.is_(None), UserTask.return_at <= until
        ),
    ).subquery()
    first = select(due.c.case_id, func.min(due.c.due_at).label("at")).group_by(due.c.case_id).subquery()
    late = or_(Case.next_due_at.is_(None), Case.next_due_at > first.c.at)
    return select(Case.id).join(first, first.c.case_id == Case.id).where(late)


_ARMED: ColumnElement[bool] = Deadline.state == DeadlineStatus.ARMED
_WAITS: ColumnElement[bool] = Rung.state == RungStatus.WAITING


def _rungs(session: Session) -> Iterator[Found]:
    """Find deadlines that nobody would hear of.

    By passes: what the policies might cost, and do not cost who sees everything, makes PostgreSQL prefer a look-up for
    each deadline, which takes five times as long.
    """
    session.execute(text("SET LOCAL enable_nestloop = off"))
    case_ids = [case_id for query in without_rung() for _id, case_id in session.execute(query).all()]
    session.execute(text("SET LOCAL enable_nestloop = on"))
    if case_ids:
        yield _of_cases(Code.RUNG_MISSING, case_ids)


def _wake_ups(session: Session) -> Iterator[Found]:
    """Find cases that would sleep over what is due in them."""
    case_ids = list(session.scalars(asleep()).all())
    if case_ids:
        yield _of_cases(Code.WAKE_UP_MISSING, case_ids)


def _tombstones(session: Session) -> Iterator[Found]:
    """Find what was erased, and stands in no file outside the database."""
    before = clock.now() - BEHIND_AFTER
    erased = select(Erasure.decided_at.label("at")).where(
        Erasure.state == ErasureState.DONE, Erasure.kept_at.is_(None), Erasure.decided_at < before
    )
    taken_out = select(Breach.known_at.label("at")).where(Breach.kept_at.is_(None), Breach.known_at < before)
    waiting = union_all(erased, taken_out).subquery()
    count, since = session.execute(select(func.count(), func.min(waiting.c.at, type_=db.Instant()))).one()
    if count:
        yield Found(Code.TOMBSTONES_BEHIND, count, since)


def _outbox(session: Session) -> Iterator[Found]:
    """Find messages that wait to leave, or are tried in vain."""
    lag = outbox.lag(session)
    if lag.oldest_at is not None and clock.now() - lag.oldest_at > UNSENT_AFTER:
        yield Found(Code.OUTBOX_BEHIND, max(1, lag.waiting), lag.oldest_at)


def _roster_gaps(session: Session) -> Iterator[Found]:
    """Find the networks that have hours within a week in which nobody is on call."""
    for network in directory.networks(session):
        found = coverage.gaps(session, network.id, ROSTER_AHEAD)
        if found:
            yield Found(Code.ROSTER_GAP, len(found), found[0].starts_at, network.id)


_CHECKS: tuple[Callable[[Session], Iterator[Found]], ...] = (_rungs, _wake_ups, _tombstones, _outbox, _roster_gaps)


def _of_cases(code: Code, case_ids: list[UUID]) -> Found:
    distinct = sorted(set(case_ids), key=str)
    return Found(code, len(distinct), names=tuple(str(each) for each in distinct[:_NAMED]))


def _written(found: Found, known: dict[tuple[str, str | None], str]) -> dict[str, Any]:
    network = None if found.network_id is None else str(found.network_id)
    since = clock.now().isoformat() if found.since is None else found.since.isoformat()
    return {
        "code": found.code.value,
        "network": network,
        "count": found.count,
        "since": since if found.since is not None else known.get((found.code.value, network), since),
        "names": list(found.names),
    }
