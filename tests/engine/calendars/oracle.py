"""The calendar once more, naively: each minute of each day is looked at. Slow, and shares no code with the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

# L. 260/1949 with its changes; Easter Mondays as almanacs have them.
FIXED = {(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)}
EASTER_MONDAYS = {
    date(2025, 4, 21),
    date(2026, 4, 6),
    date(2027, 3, 29),
    date(2028, 4, 17),
    date(2029, 4, 2),
    date(2030, 4, 22),
    date(2031, 4, 14),
    date(2032, 3, 29),
    date(2033, 4, 18),
    date(2034, 4, 10),
    date(2035, 3, 26),
    date(2036, 4, 14),
}

Spans = Sequence[tuple[int, int]]


def is_holiday(day: date) -> bool:
    francis = day.year >= 2026 and (day.month, day.day) == (10, 4)
    return (day.month, day.day) in FIXED or bool({day, day + DAY} & EASTER_MONDAYS) or francis


@cache
def minutes_of(day: date) -> tuple[tuple[datetime, int], ...]:
    """Each minute of a day in Rome: its instant, and what the clock shows, in minutes after midnight."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=4)
    found = []
    for _ in range(33 * 60):
        local = at.astimezone(ROME)
        if local.date() == day:
            found.append((at, local.hour * 60 + local.minute))
        at += MINUTE
    return tuple(found)


class Office:
    """An agency: seven days of hours, days that differ, and whether holidays close it."""

    def __init__(
        self, week: Sequence[Spans], *, closed: Mapping[date, Spans] | None = None, holidays: bool = False
    ) -> None:
        self.week, self.dated, self.holidays = week, dict(closed or {}), holidays
        self._open: dict[date, list[datetime]] = {}

    def spans(self, day: date) -> Spans:
        if day in self.dated:
            return self.dated[day]
        return [] if is_holiday(day) and not self.holidays else self.week[day.weekday()]

    def open_minutes(self, day: date) -> list[datetime]:
        """The instants of the minutes in which it is open on a day."""
        if day not in self._open:
            minutes, found = minutes_of(day), set()
            for opens, closes in self.spans(day):
                since = [index for index, (_, shown) in enumerate(minutes) if shown >= opens]
                until = [index for index, (_, shown) in enumerate(minutes) if shown < closes]
                if since and until:
                    found |= set(range(since[0], until[-1] + 1))
            self._open[day] = [minutes[index][0] for index in sorted(found)]
        return self._open[day]

    def from_minute(self, at: datetime) -> Iterator[datetime]:
        """The open minutes from one on."""
        day = at.astimezone(ROME).date()
        while True:
            yield from (each for each in self.open_minutes(day) if each >= at)
            day += DAY

    def later(self, start: datetime, days: int, minutes: int) -> datetime:
        """So many working days and open minutes later."""
        before = start - MINUTE
        at_closing = before in self.open_minutes(start.astimezone(ROME).date())
        begins = start if at_closing else next(self.from_minute(start))
        at = self._same_time(begins, days) if days else begins
        if not minutes:
            return at
        for number, minute in enumerate(self.from_minute(at), 1):
            if number == minutes:
                return minute + MINUTE
        raise AssertionError

    def _same_time(self, begins: datetime, days: int) -> datetime:
        local = begins.astimezone(ROME)
        day = local.date()
        while days:
            day += DAY
            days -= bool(self.open_minutes(day))
        shown = local.hour * 60 + local.minute
        wanted = next(at for at, minute in minutes_of(day) if minute >= shown)
        is_open = self.open_minutes(day)
        if wanted in is_open:
            return wanted
        before = [at for at in is_open if at < wanted]
        return before[-1] + MINUTE if before else is_open[0]


def last_day(start: datetime, days: int, moved: Callable[[date], bool]) -> datetime:
    """The midnight at the end of the day so many days later, or of the next one that is not moved."""
    day = start.astimezone(ROME).date()
    for _ in range(days):
        day += DAY
    while moved(day):
        day += DAY
    return minutes_of(day)[-1][0] + MINUTE
