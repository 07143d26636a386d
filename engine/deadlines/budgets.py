"""The budget of a clock: its length from its start, and the times during which it stood still, recounted from both.

What is stored is the instant that this comes to; with other opening hours, or another length, it comes to another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.calendars import lengths
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Length

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
