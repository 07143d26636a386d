"""The budget of a clock: its length from its start, and the times during which it stood still, recounted from both.

What is stored is the instant that this comes to; with other opening hours, or another length, it comes to another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.calendars import lengths
from engine.calendars.calendar import Calendar, local_day
from engine.calendars.lengths import Clock, Length

Stood = tuple[datetime, datetime]
"""From when to when a clock stood still, aware UTC."""


def due(
    length: Length, starts_at: datetime, stood_still: Sequence[Stood], calendar: Calendar | None = None
) -> datetime:
    """Say when a length is over that runs from `starts_at` and stood still meanwhile, in the order of those times.

    Raises NeverOpen, OverflowError.
    """
    due_at = lengths.due(length, starts_at, calendar)
    for since, until in stood_still:
        due_at = lengths.moved(length.clock, due_at, since, until, calendar)
    return due_at


def consumed(
    clock: Clock, starts_at: datetime, now: datetime, stood_still: Sequence[Stood], calendar: Calendar | None = None
) -> timedelta:
    """Say how much of a length is used up by an instant: elapsed or open time, on the clocks of days whole days.

    Raises NeverOpen; TypeError on GL without a calendar.
    """
    used = _between(clock, starts_at, now, calendar)
    for since, until in stood_still:
        used -= _between(clock, max(since, starts_at), min(until, now), calendar)
    return max(used, timedelta(0))


def _between(clock: Clock, start: datetime, end: datetime, calendar: Calendar | None) -> timedelta:
    if end <= start:
        return timedelta(0)
    if clock is Clock.H:
        return end - start
    if clock is not Clock.GL:
        return local_day(end) - local_day(start)
    if calendar is None:
        message = "working time needs a calendar"
        raise TypeError(message)
    return lengths.open_time(calendar, start, end)
