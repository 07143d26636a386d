"""The four clocks on which a length of time is counted, and when a length is over.

H    elapsed time: nothing stops it.
GC   calendar days: the first day does not count, the last one ends at 24:00.
GCL  days of law: as GC, and a term that ends on a Sunday or a national holiday ends on the next day that is neither
     (art. 155 c.p.c., art. 172 c.p.p.; the procedure's own rules for Saturdays are not here).
GL   working days and hours of one agency: `P1D` is one working day and not 24 hours.

Days and holidays are those of Europe/Rome; instants go in and come out aware, in UTC.
"""

from __future__ import annotations

import enum
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from functools import lru_cache

import feel
from engine.calendars import national
from engine.calendars.calendar import FURTHEST, ROME, Calendar, Stretch, end_of, local_day, opening
from engine.errors import NeverOpen

MOST_DAYS = 3660
"""Ten years: whatever is longer is a slip of the pen."""

_ISO = re.compile(
    r"P(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?)?",
    re.ASCII,
)


class Clock(enum.StrEnum):
    """What a length counts."""

    H = "H"
    GC = "GC"
    GCL = "GCL"
    GL = "GL"


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time on one of the clocks: `text` in ISO 8601, and what it says."""

    clock: Clock
    text: str
    months: int = 0
    days: int = 0
    time: timedelta = timedelta(0)

    @classmethod
    def read(cls, text: str, clock: Clock) -> Length:
        """Read a length: time on H; days, months or years on GC and GCL; days, hours and minutes on GL. ValueError."""
        return _read(text, clock)

    @classmethod
    def of(cls, elapsed: timedelta) -> Length:
        """Return elapsed time as a length."""
        return cls(Clock.H, feel.format_duration(elapsed), time=elapsed)


# Every command that arms a clock reads all lengths of its network.
@lru_cache(maxsize=4096)
def _read(text: str, clock: Clock) -> Length:
    found = _elapsed(text) if clock is Clock.H else _counted(text, clock)
    if not (found.months or found.days or found.time > timedelta(0)):
        message = f"{text} is no length on the clock {clock}"
        raise ValueError(message)
    return found


def _elapsed(text: str) -> Length:
    try:
        duration = feel.parse_duration(text)
    except feel.FeelError as error:
        raise ValueError(text) from error
    return Length(Clock.H, text, time=duration if isinstance(duration, timedelta) else timedelta(0))


def _counted(text: str, clock: Clock) -> Length:
    match = _ISO.fullmatch(text) if len(text) <= len("P99Y99M9999DT99999H9999M") else None
    part = {name: int(digits or 0) for name, digits in match.groupdict().items()} if match else {}
    months = part.get("years", 0) * 12 + part.get("months", 0)
    spent = timedelta(hours=part.get("hours", 0), minutes=part.get("minutes", 0))
    unfit = months if clock is Clock.GL else spent
    if unfit or months * 30 + part.get("days", 0) + spent.days > MOST_DAYS:
        raise ValueError(text)
    return Length(clock, text, months, part.get("days", 0), spent)


def due(length: Length, start: datetime, calendar: Calendar | None = None) -> datetime:
    """Say when a length that runs from `start` is over; `calendar` is asked for on GL only, and must be there then.

    Raises NeverOpen, OverflowError beyond the calendar.
    """
    if length.clock is Clock.H:
        return start + length.time
    if length.clock is Clock.GL:
        if calendar is None:
            message = "working time needs a calendar"
            raise TypeError(message)
        return _worked(calendar, _working_day(calendar, start, length.days), length.time)
    last = _months_later(local_day(start), length.months) + timedelta(days=length.days)
    return end_of(_at_last(length.clock, last))


def part(clock: Clock, start: datetime, due_at: datetime, percent: int, calendar: Calendar | None = None) -> datetime:
    """Say when a share of a term is over: of its open time on GL, of the elapsed time on the other clocks."""
    if clock is not Clock.GL or calendar is None or due_at <= start:
        return start + (due_at - start) * percent / 100
    return _worked(calendar, start, open_time(calendar, start, due_at) * percent / 100)


def before(length: Length, due_at: datetime) -> datetime:
    """Say when so much is left of a term: elapsed time, or the beginning of the day that lies so many days before."""
    if length.clock is Clock.H:
        return due_at - length.time
    last = local_day(due_at - timedelta(microseconds=1)) - timedelta(days=length.days)
    return end_of(_months_later(last, -length.months) - timedelta(days=1))


def moved(
    clock: Clock, due_at: datetime, since: datetime, until: datetime, calendar: Calendar | None = None
) -> datetime:
    """Say when a term is over that stood still from `since` to `until`; one that was over by then stays as late.

    What of it was left runs on: open time on GL, whole days on GC and GCL. Raises NeverOpen.
    """
    if clock is Clock.H or due_at <= since:
        return due_at + (until - since)
    if clock is Clock.GL:
        if calendar is None:
            message = "working time needs a calendar"
            raise TypeError(message)
        left = open_time(calendar, since, due_at)
        return _worked(calendar, until, left) if left else calendar.next_open(until)
    last = local_day(due_at - timedelta(microseconds=1)) + (local_day(until) - local_day(since))
    return end_of(_at_last(clock, last))


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return how long an agency is open between two instants. Raises NeverOpen."""
    total = timedelta(0)
    for stretch in calendar.from_instant(start):
        if stretch.opens_at >= end:
            return total
        total += min(stretch.closes_at, end) - max(stretch.opens_at, start)
    raise AssertionError  # stretches never end


def _at_last(clock: Clock, last: date) -> date:
    """Give the day on which a term of days ends: on GCL never a Sunday or a national holiday."""
    while clock is Clock.GCL and national.is_day_of_rest(last):
        last += timedelta(days=1)
    return last


def _working_day(calendar: Calendar, start: datetime, days: int) -> datetime:
    """Return the same time of day, so many working days later; from outside the hours it runs from the next opening.

    Where the agency is closed at that time of the last day, the term ends with the stretch before it; with the first
    opening when there is none before it, so that the day is not lost.
    """
    # What begins at the very end of a day ends at the end of another.
    at_closing = any(stretch.closes_at == start for stretch in calendar.stretches(local_day(start)))
    begins = start if at_closing else calendar.next_open(start)
    if not days:
        return begins
    local = begins.astimezone(ROME)
    day = last = local.date()
    while days:
        day += timedelta(days=1)
        if calendar.stretches(day):
            last, days = day, days - 1
        elif (day - last).days > FURTHEST:
            raise NeverOpen
    # To the second and below, so that a term keeps the very instant at which it began.
    wanted = opening(last, local.hour * 60 + local.minute) + timedelta(
        seconds=local.second, microseconds=local.microsecond
    )
    return _within(calendar.stretches(last), wanted)


def _within(stretches: tuple[Stretch, ...], wanted: datetime) -> datetime:
    begun = [stretch for stretch in stretches if stretch.opens_at <= wanted]
    return min(wanted, begun[-1].closes_at) if begun else stretches[0].opens_at


def _worked(calendar: Calendar, start: datetime, length: timedelta) -> datetime:
    """Return when an agency has been open for so long since `start`."""
    if not length:
        return start
    for stretch in calendar.from_instant(start):
        begins = max(stretch.opens_at, start)
        if stretch.closes_at - begins >= length:
            return begins + length
        length -= stretch.closes_at - begins
    raise AssertionError  # stretches never end


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))
