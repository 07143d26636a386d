"""Opening hours of a day as people write them and as they are kept: "09:00-13:00 14:00-18:00"; nothing for closed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from engine.errors import InvalidValue

MIDNIGHT = 24 * 60
"""The end of the day, in minutes."""

_TIME = r"(2[0-4]|[01]?[0-9])(?:[:.]([0-5][0-9]))?(?![0-9])"
_SPAN = re.compile(rf"{_TIME} ?[-–] ?{_TIME}", re.ASCII)
_BETWEEN = re.compile(r" *[,;] *| e | and | +")
_MOST = 6  # intervals of a day


class Interval(NamedTuple):
    """From when to when on the wall clock, in minutes after midnight; 1440 is 24:00. The end is not part of it."""

    opens: int
    closes: int


Hours = tuple[Interval, ...]
"""The intervals of a day in their order, none touching the next; empty for a closed day."""

Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""Monday first."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ALL_DAY: Hours = (Interval(0, MIDNIGHT),)


@lru_cache(maxsize=1024)
def parse(text: str) -> Hours:
    """Read the hours of a day; "9-13, 14.30-18" will do. Intervals that touch become one.

    InvalidValue for anything else, and for intervals that overlap or go past midnight: those belong to two days.
    """
    found: list[Interval] = []
    rest = text.strip()
    while rest:
        span = _SPAN.match(rest)
        if span is None:
            raise InvalidValue("hours", "invalid_hours")
        found.append(_interval(*span.groups("0")))
        rest = rest[span.end() :]
        between = _BETWEEN.match(rest)
        if rest and (between is None or between.end() == len(rest)):
            raise InvalidValue("hours", "invalid_hours")
        rest = rest[between.end() :] if between else rest
    found.sort()
    if len(found) > _MOST or any(before.closes > after.opens for before, after in pairwise(found)):
        raise InvalidValue("hours", "invalid_hours")
    return _joined(found)


def week(texts: Sequence[str]) -> Week:
    """Read the hours of seven days, Monday first. InvalidValue names the day, from `monday` on, that is not right."""
    if len(texts) != len(DAYS):
        raise InvalidValue("week", "invalid_hours")
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(_day, DAYS, texts)
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def written(hours: Hours) -> str:
    """Return the hours as they are kept, and as `parse` reads them again."""
    return " ".join(f"{clock(interval.opens)}-{clock(interval.closes)}" for interval in hours)


def clock(minutes: int) -> str:
    """Return minutes after midnight as hh:mm, from 00:00 to 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _day(name: str, text: str) -> Hours:
    try:
        return parse(text)
    except InvalidValue as refused:
        raise InvalidValue(name, refused.code) from None


def _interval(from_hour: str, from_minute: str, to_hour: str, to_minute: str) -> Interval:
    opens, closes = int(from_hour) * 60 + int(from_minute), int(to_hour) * 60 + int(to_minute)
    if not opens < closes <= MIDNIGHT:
        raise InvalidValue("hours", "invalid_hours")
    return Interval(opens, closes)


def _joined(ordered: list[Interval]) -> Hours:
    joined: list[Interval] = []
    for interval in ordered:
        if joined and joined[-1].closes == interval.opens:
            joined[-1] = Interval(joined[-1].opens, interval.closes)
        else:
            joined.append(interval)
    return tuple(joined)
