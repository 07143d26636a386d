"""One agency's calendar: which hours it is open on which day, and those hours as instants.

Hours are kept on the wall clock of Europe/Rome and counted in UTC. An opening is the first instant at which the clock
shows it or more, a closing the last at which it does not show it yet: in the hour that March skips nobody is open, the
hour that October has twice is open twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.calendars import national
from engine.calendars.opening import ALL_DAY, MIDNIGHT, Hours, Week
from engine.errors import NeverOpen

ROME = ZoneInfo("Europe/Rome")

PAUSE = timedelta(hours=4)
"""Up to here a closure is a pause of the same working day, at noon for example, and not the end of it."""

FURTHEST = 400
"""Days without any opening after which there is none."""


class Stretch(NamedTuple):
    """From when to when an agency is open without a break, aware UTC; the end is not part of it."""

    opens_at: datetime
    closes_at: datetime


Days = Mapping[date | tuple[int, int], Hours]
"""Hours of dated days: of one date, or of a month and day of every year."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The week, and what differs from it.

    `days` are the dated days of the levels that count, the nearest first: a day of the agency goes before one of its
    area, that before one of the network, that before a national holiday. Whoever is open on holidays has only days of
    its own.
    """

    week: Week
    open_on_holidays: bool = False
    days: tuple[Days, ...] = ()
    # A calendar lives as long as its command, and many terms of it look at the same days.
    _known: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def always_open(self) -> bool:
        """Whether it never closes, but for dated days."""
        return self.open_on_holidays and all(hours == ALL_DAY for hours in self.week)

    def hours(self, day: date) -> Hours:
        """Return the hours of a day on the wall clock; none when it is closed."""
        for level in self.days:
            for key in (day, (day.month, day.day)):
                if key in level:
                    return level[key]
        if not self.open_on_holidays and national.is_holiday(day):
            return ()
        return self.week[day.weekday()]

    def stretches(self, day: date) -> tuple[Stretch, ...]:
        """Return when it is open on a day, in order; one that the clocks skip is left out, two that meet are one."""
        if day not in self._known:
            self._known[day] = self._stretches(day)
        return self._known[day]

    def _stretches(self, day: date) -> tuple[Stretch, ...]:
        found: list[Stretch] = []
        for interval in self.hours(day):
            opens_at, closes_at = opening(day, interval.opens), closing(day, interval.closes)
            if found and opens_at <= found[-1].closes_at:
                found[-1] = Stretch(found[-1].opens_at, max(found[-1].closes_at, closes_at))
            elif opens_at < closes_at:
                found.append(Stretch(opens_at, closes_at))
        return tuple(found)

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is open at an instant."""
        return any(stretch.opens_at <= at < stretch.closes_at for stretch in self.stretches(local_day(at)))

    def next_open(self, at: datetime) -> datetime:
        """Return the first instant from `at` on at which it is open: `at` itself when it is. Raises NeverOpen."""
        return max(at, next(self.from_instant(at)).opens_at)

    def reopening(self, now: datetime) -> datetime | None:
        """Say when it opens again after the closure that is going on, or else the next: pauses do not count.

        None when it does not close within a year. Raises NeverOpen.
        """
        stretches = self.from_instant(now)
        first = next(stretches)
        if first.opens_at > now and first.opens_at - self._closed_since(now) > PAUSE:
            return first.opens_at
        closes_at = first.closes_at
        for stretch in stretches:
            if stretch.opens_at - closes_at > PAUSE:
                return stretch.opens_at
            if stretch.opens_at - now > timedelta(days=FURTHEST):
                return None
            closes_at = stretch.closes_at
        return None

    def closing(self, now: datetime) -> datetime | None:
        """Say when the working day that is going on ends; None when none is, or it never does."""
        reopening = self.reopening(now)
        if reopening is None:
            return None
        ended = self._closed_since(reopening)
        return ended if ended > now else None

    def from_instant(self, at: datetime) -> Iterator[Stretch]:
        """Give the stretches that end after `at`, one after the other without end. Raises NeverOpen."""
        day, barren = local_day(at), 0
        while True:
            found = [stretch for stretch in self.stretches(day) if stretch.closes_at > at]
            yield from found
            barren = 0 if found else barren + 1
            if barren > FURTHEST:
                raise NeverOpen
            day += timedelta(days=1)

    def _closed_since(self, at: datetime) -> datetime:
        """Return the end of the last stretch before `at`; long ago when there is none within a year."""
        day = local_day(at)
        for back in range(FURTHEST):
            ended = [stretch.closes_at for stretch in self.stretches(day - timedelta(days=back))]
            before = [closes_at for closes_at in ended if closes_at <= at]
            if before:
                return before[-1]
        return at - timedelta(days=FURTHEST)


def opening(day: date, minutes: int) -> datetime:
    """Return the first instant, aware UTC, at which the clocks of Rome show so many minutes of `day`, or more."""
    return _shown(day, minutes, fold=0)[0]


def closing(day: date, minutes: int) -> datetime:
    """Return the end, aware UTC, of the last minute of `day` in which the clocks of Rome show less than that."""
    at, is_shown = _shown(day, minutes - 1, fold=1)
    return at + timedelta(minutes=1) if is_shown else at


def end_of(day: date) -> datetime:
    """Return the midnight that ends a day in Rome, aware UTC."""
    return closing(day, MIDNIGHT)


def local_day(at: datetime) -> date:
    """Return the date in Rome at an instant."""
    return at.astimezone(ROME).date()


def _shown(day: date, minutes: int, *, fold: int) -> tuple[datetime, bool]:
    """Return when the clocks show it, or the instant of the change at which they skip it, and which of both it is."""
    local = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=ROME).replace(fold=fold)
    at = local.astimezone(UTC)
    if at.astimezone(ROME).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at, True
    # They skip one full hour, and its beginning, read with the offset that held until then, is the change itself.
    return local.replace(minute=0, fold=0).astimezone(UTC), False
