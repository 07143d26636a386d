"""The calendars of all towns against the oracle, minute by minute over ten years: `make calendars`.

Without arguments the whole; `--years 1 --towns busto` a part of it. What differs is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendars import lengths, opening
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from tests.engine.calendars import oracle
from tests.engine.calendars.oracle import DAY, MINUTE, Office

ROME = ZoneInfo("Europe/Rome")
FIRST = date(2026, 1, 1)
OFFICE = ["09:00-17:00"] * 5 + ["", ""]
# The seats of the networks with their patron days; of Casalmaggiore nobody has said one.
PATRONS: dict[str, tuple[int, int] | None] = {
    "busto": (6, 24),
    "gallarate": (7, 25),
    "saronno": (6, 29),
    "somma": (1, 21),
    "varese": (5, 8),
    "cremona": (11, 13),
    "crema": (6, 10),
    "casalmaggiore": None,
    "milano": (12, 7),
}
Wrong = Iterator[str]


def town(name: str, years: int) -> tuple[Calendar, Office]:
    """An office of a town twice: ours, and the oracle's."""
    patron = PATRONS[name]
    hours = tuple(opening.parse(text) for text in OFFICE)
    spans = [[tuple(interval) for interval in each] for each in hours]
    dated = {date(FIRST.year + number, *patron): () for number in range(years + 2)} if patron else {}
    return Calendar(hours, days=({patron: ()},) if patron else ()), Office(spans, closed=dated)


def every_minute(calendar: Calendar, office: Office, days: int) -> Wrong:
    """Compare, of each minute, whether it is open."""
    for day in _days(FIRST, days):
        ours = [
            stretch.opens_at + MINUTE * number
            for stretch in calendar.stretches(day)
            for number in range((stretch.closes_at - stretch.opens_at) // MINUTE)
        ]
        if ours != office.open_minutes(day):
            yield f"open on {day}"


def working_time(calendar: Calendar, office: Office, days: int, seed: int) -> Wrong:
    """Compare terms of working time from the edges of each day and of its openings, and from minutes in between."""
    chosen = random.Random(seed)  # noqa: S311 - a sample, no secret  # nosec B311
    for day in _days(FIRST, days):
        minutes, is_open = [at for at, _ in oracle.minutes_of(day)], office.open_minutes(day)
        edges = {minutes[0], minutes[-1], *is_open[:1], *is_open[-1:], *[at + MINUTE for at in is_open[-1:]]}
        for start in edges | {chosen.choice(minutes)}:
            whole, spent = chosen.randint(1, 10), chosen.randint(1, 1500)
            for number, more in ((whole, 0), (0, spent), (whole, spent)):
                text = (f"P{number}D" if number else "P") + (f"T{more}M" if more else "")
                found = lengths.due(Length.read(text, Clock.GL), start, calendar)
                if found != office.later(start, number, more):
                    yield f"{text} on GL from {start}: {found}"


def pairs(days: int) -> Wrong:
    """Compare, on both clocks of days, every pair of a first and a last date within so many days."""
    for clock in (Clock.GC, Clock.GCL):
        moved = _moved if clock is Clock.GCL else _never
        rolled = {day: _rolled(day, moved) for day in _days(FIRST, days)}
        for first in _days(FIRST, days):
            start = oracle.minutes_of(first)[0][0]
            for number in range(1, (FIRST + DAY * days - first).days):
                found = lengths.due(Length.read(f"P{number}D", clock), start)
                if found != rolled[first + DAY * number]:
                    yield f"P{number}D on {clock} from {first}: {found}"


def working_pairs(calendar: Calendar, office: Office, days: int) -> Wrong:
    """Compare every pair of a working day and one of the sixty that follow it."""
    working = [day for day in _days(FIRST, days + 120) if office.open_minutes(day)]
    for index, first in enumerate(working[: len(working) - 60]):
        start = office.open_minutes(first)[0]
        for number in range(1, 61):
            found = lengths.due(Length.read(f"P{number}D", Clock.GL), start, calendar)
            if found != office.open_minutes(working[index + number])[0]:
                yield f"P{number}D on GL from {first}: {found}"


def changing_nights(calendar: Calendar, office: Office, years: int) -> Wrong:
    """Compare terms from each minute around both nights of each year in which the clocks change."""
    for year in range(FIRST.year, FIRST.year + years):
        for month in (3, 10):
            sunday = max(day for day in _days(date(year, month, 25), 7) if day.isoweekday() == 7)
            night = [at for day in (sunday - DAY, sunday) for at, _ in oracle.minutes_of(day)]
            for start in night[22 * 60 : 34 * 60]:
                if lengths.due(Length.read("PT4H", Clock.H), start) != start + timedelta(hours=4):
                    yield f"PT4H on H from {start}"
                for number, more in ((0, 1), (1, 0), (1, 90)):
                    text = (f"P{number}D" if number else "P") + (f"T{more}M" if more else "")
                    if lengths.due(Length.read(text, Clock.GL), start, calendar) != office.later(start, number, more):
                        yield f"{text} on GL from {start}"
                for clock, moved in ((Clock.GC, _never), (Clock.GCL, _moved)):
                    if lengths.due(Length.read("P1D", clock), start) != oracle.last_day(start, 1, moved):
                        yield f"P1D on {clock} from {start}"


def main() -> int:
    """Compare, and say how long each part took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--towns", nargs="*", choices=PATRONS, default=list(PATRONS))
    asked = parser.parse_args()
    days = (date(FIRST.year + asked.years, 1, 1) - FIRST).days
    wrong = _told("every pair of dates of two years", pairs(min(days, 730)))
    for name in asked.towns:
        calendar, office = town(name, asked.years)
        wrong += _told(f"{name}: every minute", every_minute(calendar, office, days))
        wrong += _told(f"{name}: working time", working_time(calendar, office, days, seed=asked.years))
        wrong += _told(f"{name}: pairs of working days", working_pairs(calendar, office, min(days, 730)))
        wrong += _told(f"{name}: nights of the change", changing_nights(calendar, office, asked.years))
    return 1 if wrong else 0


def _told(what: str, found: Wrong) -> int:
    began, number = time.monotonic(), 0
    for number, line in enumerate(found, 1):
        if number <= 10:
            sys.stdout.write(f"  {line}\n")
    sys.stdout.write(f"{what}: {number} differ ({time.monotonic() - began:.0f} s)\n")
    sys.stdout.flush()
    return number


def _days(first: date, number: int) -> Iterator[date]:
    return (first + DAY * each for each in range(number))


def _rolled(day: date, moved: Callable[[date], bool]) -> datetime:
    while moved(day):
        day += DAY
    return oracle.minutes_of(day)[-1][0] + MINUTE


def _moved(day: date) -> bool:
    return day.isoweekday() == 7 or oracle.is_holiday(day)


def _never(_day: date) -> bool:
    return False


if __name__ == "__main__":
    sys.exit(main())
