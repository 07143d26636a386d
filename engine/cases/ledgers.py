"""The ledger of a step's clocks as a page shows it: length, what is used up, since when it runs, its pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import clock, parameters
from engine.calendars.lengths import Clock, Length
from engine.calendars.timetables import Timetables
from engine.cases import clock_pauses
from engine.deadlines import budgets
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus
from engine.errors import NeverOpen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.models import UserTask
    from engine.parameters import Parameter


@dataclass(frozen=True, slots=True)
class Stood:
    """A time during which a clock stood still, and why: a reason of the protocol, or without titles her own wish."""

    since: datetime
    until: datetime | None
    ends_at: datetime | None
    title_it: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for which a clock may still stand still, and for how long at the most."""

    parameter: str
    title_it: str
    title_en: str
    longest: str
    counts: Clock


@dataclass(frozen=True, slots=True)
class Ledger:
    """The budget of a clock: `consumed` is None where nobody knows when its agency is open."""

    clock: DeadlineClock
    starts_at: datetime
    length: str
    consumed: str | None
    running_since: datetime | None
    stood_still: tuple[Stood, ...]
    reasons: tuple[Reason, ...]


def of_task(session: Session, task: UserTask) -> tuple[Ledger, ...]:
    """Give the ledgers of a step's clocks, those of the agency that has it."""
    own = (Deadline.task_id == task.id, Deadline.agency_id == task.agency_id)
    rows = session.scalars(select(Deadline).where(*own).order_by(Deadline.due_at)).all()
    ids = [row.id for row in rows]
    paused = select(DeadlinePause).where(DeadlinePause.deadline_id.in_(ids)).order_by(DeadlinePause.since)
    pauses = session.scalars(paused).all() if rows else []
    allowed = clock_pauses.allowed_for(session, task)
    named = parameters.current(session, task.network_id) if allowed or pauses else {}
    timetables = Timetables(session, task.network_id)
    found = []
    for row in rows:
        stood = [pause for pause in pauses if pause.deadline_id == row.id]
        used = clock_pauses.used(session, task.id, row.clock) if allowed else frozenset()
        reasons = [each.parameter for each in allowed if each.clock == row.clock and each.parameter not in used]
        found.append(
            Ledger(
                row.clock,
                row.starts_at,
                row.length,
                _consumed(row, stood, timetables),
                _running_since(row, stood),
                tuple(_stood(pause, named) for pause in stood),
                tuple(_reason(named[name]) for name in reasons) if row.state is DeadlineStatus.ARMED else (),
            )
        )
    return tuple(found)


def _consumed(row: Deadline, pauses: Sequence[DeadlinePause], timetables: Timetables) -> str | None:
    now = row.happened_at or clock.now()
    stood = [(pause.since, pause.until or now) for pause in pauses]
    calendar = timetables.of(row.agency_id) if row.counts is Clock.GL else None
    try:
        used = budgets.consumed(row.counts, row.starts_at, now, stood, calendar)
    except NeverOpen:
        return None
    return Length.of(used // timedelta(minutes=1) * timedelta(minutes=1)).text


def _running_since(row: Deadline, pauses: Sequence[DeadlinePause]) -> datetime | None:
    if row.state is not DeadlineStatus.ARMED:
        return None
    return max([row.starts_at, *[pause.until for pause in pauses if pause.until is not None]])


def _stood(pause: DeadlinePause, named: Mapping[str, Parameter]) -> Stood:
    reason = named.get(pause.parameter or "")
    titles = (reason.title_it, reason.title_en) if reason is not None else ("", "")
    return Stood(pause.since, pause.until, pause.ends_at, *titles)


def _reason(row: Parameter) -> Reason:
    length = row.duration
    return Reason(row.name, row.title_it, row.title_en, length.text, length.clock)
