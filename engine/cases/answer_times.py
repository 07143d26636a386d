"""By when another agency is to answer, and when it is reminded: a parameter of who asks, the hours of who is asked.

What waits for an answer stands still with her path, and then has what was left of its time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from engine import clock, parameters
from engine.calendars import lengths
from engine.calendars.lengths import Clock, Length
from engine.calendars.timetables import Timetables
from engine.errors import NeverOpen

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.calendars.calendar import Calendar


class AnswerTime(NamedTuple):
    """When an answer is due, and when half of the time for it is over."""

    due_at: datetime
    half_at: datetime


def begin(
    session: Session, asking: UUID, parameter: str, otherwise: Length, *, asked: UUID, agency_id: UUID
) -> AnswerTime:
    """Count from now the time that the network `asking` gives by a parameter; `asked` is that of the agency."""
    now = clock.now()
    length, calendar = counting(session, asking, parameter, otherwise, asked=asked, agency_id=agency_id)
    due_at = lengths.due(length, now, calendar)
    return AnswerTime(due_at, lengths.part(length.clock, now, due_at, 50, calendar))


def counting(
    session: Session, asking: UUID, parameter: str, otherwise: Length, *, asked: UUID, agency_id: UUID
) -> tuple[Length, Calendar | None]:
    """Give how long there is for the answer, and the hours of who is asked where they count."""
    found = parameters.values(session, asking).get(parameter)
    length = otherwise if found is None or isinstance(found, bool) else _as_length(found)
    return length, Timetables(session, asked).of(agency_id) if length.clock is Clock.GL else None


def moved(counted: tuple[Length, Calendar | None], end: datetime, since: datetime, until: datetime) -> datetime:
    """Give the end of a time that stood still between two instants, by what `counting` has given for it."""
    length, calendar = counted
    try:
        return lengths.moved(length.clock, end, since, until, calendar)
    except NeverOpen:
        # Meanwhile the asked have no hours at all: she goes on all the same, and the silence is told to who asks.
        return lengths.moved(Clock.H, end, since, until)


def _as_length(found: timedelta | Length) -> Length:
    return found if isinstance(found, Length) else Length.of(found)
