"""Fields of contexts and properties of dates, times, durations and ranges: what may stand after a dot.

Nothing here touches attributes of Python objects by a name from the expression; the table below is all there is.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from feel.limits import Budget
from feel.values import Range, Value, YearsMonths, kind

_SECONDS_PER_HOUR = 3600
_MONTHS_PER_YEAR = 12


def select(base: Any, field: str, budget: Budget) -> Value:
    """Return a field of a context, of each element of a list, or a property; null when there is none."""
    if isinstance(base, Mapping):
        return base.get(field)
    if isinstance(base, list):
        budget.spend(2 * len(base) + 1)
        return [select(element, field, budget) for element in base]
    prop = _PROPERTIES.get((kind(base), field))
    return None if prop is None else prop(base)


def _offset(value: time | datetime) -> timedelta | None:
    return value.utcoffset()


def _zone_name(value: time | datetime) -> str | None:
    zone: tzinfo | None = value.tzinfo
    return zone.key if isinstance(zone, ZoneInfo) else None


def _truncated(total: int, unit: int) -> int:
    """Divide towards zero, so that the parts of a negative duration are negative."""
    return total // unit if total >= 0 else -(-total // unit)


def _seconds(value: timedelta) -> int:
    return _truncated(value // timedelta(microseconds=1), 10**6)


def _remainder(total: int, unit: int) -> int:
    return total - _truncated(total, unit) * unit


_DATE: dict[str, Callable[[date], Value]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_CLOCK: dict[str, Callable[[Any], Value]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
    "time offset": _offset,
    "timezone": _zone_name,
}
_DAYS: dict[str, Callable[[timedelta], Value]] = {
    "days": lambda value: _truncated(_seconds(value), 24 * _SECONDS_PER_HOUR),
    "hours": lambda value: _truncated(_remainder(_seconds(value), 24 * _SECONDS_PER_HOUR), _SECONDS_PER_HOUR),
    "minutes": lambda value: _truncated(_remainder(_seconds(value), _SECONDS_PER_HOUR), 60),
    "seconds": lambda value: _remainder(_seconds(value), 60),
}
_MONTHS: dict[str, Callable[[YearsMonths], Value]] = {
    "years": lambda value: _truncated(value.months, _MONTHS_PER_YEAR),
    "months": lambda value: _remainder(value.months, _MONTHS_PER_YEAR),
}
_RANGE: dict[str, Callable[[Range], Value]] = {
    "start": lambda value: value.start,
    "end": lambda value: value.end,
    "start included": lambda value: value.start_included,
    "end included": lambda value: value.end_included,
}
_PROPERTIES: dict[tuple[str, str], Callable[[Any], Value]] = {
    (name, field): prop
    for name, table in (
        ("date", _DATE),
        ("date and time", _DATE),
        ("date and time", _CLOCK),
        ("time", _CLOCK),
        ("days and time duration", _DAYS),
        ("years and months duration", _MONTHS),
        ("range", _RANGE),
    )
    for field, prop in table.items()
}
