"""The functions of FEEL that make or read dates, times and durations (DMN 1.5, sections 10.3.4.1, 4.7 and 4.9)."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from feel import arithmetic, temporal, values
from feel.limits import Budget
from feel.numbers import Number, truncated
from feel.signatures import one, table
from feel.values import YearsMonths

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _date_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _date(year: Number, month: Number, day: Number) -> date | None:
    if any(part != truncated(part) for part in (year, month, day)):
        return None
    try:
        return date(truncated(year), truncated(month), truncated(day))
    except (ValueError, OverflowError):
        return None


def _time_of(value: date | time) -> time:
    if isinstance(value, time):
        return value
    return value.timetz() if isinstance(value, datetime) else temporal.MIDNIGHT_UTC


def _time(hour: Number, minute: Number, second: Number, offset: timedelta | None) -> time | None:
    zone = None if offset is None else temporal.offset(offset)
    if (offset is not None and zone is None) or hour != truncated(hour) or minute != truncated(minute):
        return None
    microsecond = truncated((second - truncated(second)) * 1_000_000)
    try:
        return time(truncated(hour), truncated(minute), truncated(second), microsecond, zone)
    except (ValueError, OverflowError):
        return None


def _date_and_time(day: date, moment: time) -> datetime:
    return datetime.combine(_date_of(day), moment)


def _in_zone(moment: datetime, zone: str) -> datetime | None:
    return temporal.in_zone(moment, zone)


def _is(budget: Budget, left: Any, right: Any) -> bool:
    if values.kind(left) != values.kind(right):
        return False
    if isinstance(left, (datetime, time)):
        return bool(left.replace(tzinfo=None) == right.replace(tzinfo=None)) and _zone(left) == _zone(right)
    return values.equal(left, right, budget) is True


def _zone(value: datetime | time) -> object:
    """Tell zones apart as they are written: a named one differs from its offset of the day."""
    return str(value.tzinfo) if isinstance(value.tzinfo, ZoneInfo) else value.utcoffset()


def _months_between(start: date, end: date) -> YearsMonths:
    return arithmetic.months_between(start, end)


BUILTINS = table(
    {
        "date": (
            one(temporal.read_date, "from: string", steps=5),
            one(_date_of, "from: date | date and time"),
            one(_date, "year: number", "month: number", "day: number"),
        ),
        "time": (
            one(temporal.read_time, "from: string", steps=5),
            one(_time_of, "from: time | date | date and time"),
            one(_time, "hour: number", "minute: number", "second: number", "offset?: days and time duration"),
        ),
        "date and time": (
            one(temporal.read_date_time, "from: string", steps=5),
            one(lambda value: value, "from: date and time"),
            one(_date_and_time, "date: date | date and time", "time: time"),
            one(_in_zone, "from: date and time", "timezone: string"),
        ),
        "duration": (
            one(temporal.read_duration, "from: string", steps=5),
            one(lambda value: value, "from: days and time duration | years and months duration"),
        ),
        "years and months duration": one(_months_between, "from: date | date and time", "to: date | date and time"),
        "day of year": one(lambda value: value.timetuple().tm_yday, "date: date | date and time"),
        "day of week": one(lambda value: _WEEKDAYS[value.weekday()], "date: date | date and time"),
        "month of year": one(lambda value: _MONTHS[value.month - 1], "date: date | date and time"),
        "week of year": one(lambda value: value.isocalendar()[1], "date: date | date and time"),
        "is": one(_is, "value1?: any", "value2?: any", budgeted=True),
    }
)
