"""The calendars as functions of FEEL, for diagrams, tables and forms.

As in all of FEEL, what cannot be worked out is null: an argument of another kind, a date without time zone, a day
that lies too far away, the next opening of who never opens. Elapsed time needs no function: a duration is added.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import feel
from engine.calendars import lengths, national
from engine.calendars.calendar import Calendar, local_day, opening
from engine.calendars.lengths import Clock, Length
from engine.errors import NeverOpen
from feel.limits import Budget
from feel.numbers import Number

_KNOWN = range(1949, 2150)
"""The years of which holidays are said."""

_PER_DAY = 10
"""Steps for looking at one day of a calendar."""

_MOMENT = "date | date and time"

CalendarOf = Callable[[str], Calendar]
"""Gives the calendar of the agency that plays a lane; it raises what the host raises for one that nobody plays."""

LengthOf = Callable[[str], Length]
"""Gives the length that a parameter of the network says; it raises what the host raises for an unknown one."""


def of_agencies(calendar_of: CalendarOf, length_of: LengthOf) -> dict[str, feel.Builtin]:
    """Give all functions, those that count on the calendar of the agency of a lane among them."""
    on = _OfLanes(calendar_of, length_of)
    lane, since, to = "lane: string", f"from: {_MOMENT}", f"to: {_MOMENT}"
    return OF_EVERYBODY | feel.table(
        {
            "is open": feel.one(on.is_open, "at: date and time", lane, steps=_PER_DAY),
            "is working day": feel.one(on.is_working_day, f"date: {_MOMENT}", lane, steps=_PER_DAY),
            "next opening": feel.one(on.next_opening, "from: date and time", lane, steps=10 * _PER_DAY),
            "add working days": feel.one(on.add_days, since, "days: number", lane, budgeted=True),
            "add working time": feel.one(on.add_time, since, "time: days and time duration", lane, budgeted=True),
            "working days": feel.one(on.days, since, to, lane, budgeted=True),
            "working time": feel.one(on.time, since, to, lane, budgeted=True),
            "due": feel.one(on.due, "parameter: string", since, "lane?: string", budgeted=True),
        }
    )


def _is_holiday(day: date) -> bool | None:
    known = _day(day)
    return None if known is None else national.is_day_of_rest(known)


def _calendar_days(since: date, days: Number) -> datetime | None:
    return _after(Clock.GC, since, days)


def _legal_days(since: date, days: Number) -> datetime | None:
    return _after(Clock.GCL, since, days)


def _after(clock: Clock, since: date, days: Number, calendar: Calendar | None = None) -> datetime | None:
    begins, number = _moment(since), _count(days)
    if begins is None or number is None:
        return None
    return _due(Length(clock, f"P{number}D", days=number), begins, calendar)


def _due(length: Length, begins: datetime, calendar: Calendar | None = None) -> datetime | None:
    try:
        return lengths.due(length, begins, calendar)
    except (NeverOpen, OverflowError):
        return None


OF_EVERYBODY = feel.table(
    {
        "is holiday": feel.one(_is_holiday, f"date: {_MOMENT}", steps=_PER_DAY),
        "add calendar days": feel.one(_calendar_days, f"from: {_MOMENT}", "days: number", steps=_PER_DAY),
        "add legal days": feel.one(_legal_days, f"from: {_MOMENT}", "days: number", steps=_PER_DAY),
    }
)
"""The functions that are the same for all agencies: a table and a form know no lane."""


class _OfLanes:
    """The functions that count on the calendar of an agency."""

    def __init__(self, calendar_of: CalendarOf, length_of: LengthOf) -> None:
        self._calendar_of = calendar_of
        self._length_of = length_of

    def is_open(self, at: datetime, lane: str) -> bool | None:
        calendar, moment = self._calendar_of(lane), _moment(at)
        return None if moment is None else calendar.is_open(moment)

    def is_working_day(self, day: date, lane: str) -> bool | None:
        calendar, known = self._calendar_of(lane), _day(day)
        return None if known is None else bool(calendar.stretches(known))

    def next_opening(self, since: datetime, lane: str) -> datetime | None:
        calendar, moment = self._calendar_of(lane), _moment(since)
        try:
            return None if moment is None else calendar.next_open(moment)
        except (NeverOpen, OverflowError):
            return None

    def add_days(self, budget: Budget, since: date, days: Number, lane: str) -> datetime | None:
        calendar = self._calendar_of(lane)
        budget.spend(((_count(days) or 0) + 1) * 2 * _PER_DAY)
        return _after(Clock.GL, since, days, calendar)

    def add_time(self, budget: Budget, since: date, time: timedelta, lane: str) -> datetime | None:
        calendar, begins = self._calendar_of(lane), _moment(since)
        if begins is None or not timedelta(0) <= time <= timedelta(days=lengths.MOST_DAYS):
            return None
        budget.spend((time // timedelta(hours=1) + 1) * _PER_DAY)
        return _due(Length(Clock.GL, "", time=time), begins, calendar)

    def days(self, budget: Budget, since: date, to: date, lane: str) -> Decimal | None:
        """Count the working days after the first day, up to the last one and with it; below zero backwards."""
        calendar, first, last = self._calendar_of(lane), _day(since), _day(to)
        if first is None or last is None:
            return None
        early, late = min(first, last), max(first, last)
        _pay(budget, (late - early).days)
        found = sum(bool(calendar.stretches(early + timedelta(days=n))) for n in range(1, (late - early).days + 1))
        return Decimal(found if first <= last else -found)

    def time(self, budget: Budget, since: date, to: date, lane: str) -> timedelta | None:
        """Sum up how long it is open from one instant to another; none backwards."""
        calendar, begins, ends = self._calendar_of(lane), _moment(since), _moment(to)
        if begins is None or ends is None:
            return None
        _pay(budget, abs((ends - begins).days))
        try:
            return lengths.open_time(calendar, begins, ends) if begins < ends else timedelta(0)
        except (NeverOpen, OverflowError):
            return None

    def due(self, budget: Budget, parameter: str, since: date, lane: str | None) -> datetime | None:
        """Say when the length of a parameter is over, counted on its own clock."""
        length, begins = self._length_of(parameter), _moment(since)
        if length.clock is not Clock.GL:
            budget.spend(_PER_DAY)
            return None if begins is None else _due(length, begins)
        calendar = self._calendar_of(lane or "")
        budget.spend((length.days * 2 + length.time // timedelta(hours=1) + 1) * _PER_DAY)
        return None if begins is None else _due(length, begins, calendar)


def _pay(budget: Budget, days: int) -> None:
    budget.spend((days + 1) * _PER_DAY)


def _moment(value: date) -> datetime | None:
    """Give an instant; of a day its beginning in Rome. None for a time of no zone, and beyond what is known."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None and value.year in _KNOWN else None
    return opening(value, 0) if value.year in _KNOWN else None


def _day(value: date) -> date | None:
    """Give a day; of an instant the one that it is in Rome."""
    moment = _moment(value)
    return None if moment is None else local_day(moment)


def _count(days: Number) -> int | None:
    return int(days) if days == int(days) and 0 <= days <= lengths.MOST_DAYS else None
