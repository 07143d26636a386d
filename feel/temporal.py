"""Dates, times and durations: read from and written as ISO 8601 text.

Readers return None for a text that is none of them. Years are 1 to 9999 and seconds are exact to the microsecond,
as in Python; further digits are cut off.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from feel import errors
from feel.values import YearsMonths

Temporal = date | time | datetime | timedelta | YearsMonths

_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:(Z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+/-]{1,64}))?"
)
_DAYS = re.compile(r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?")
_MONTHS = re.compile(r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?")
_LONGEST_TEXT = 64
_LARGEST_OFFSET = timedelta(hours=18)
MIDNIGHT_UTC = time(tzinfo=UTC)


def parse_date(text: str) -> date:
    """Read a date in ISO 8601; raises FeelSyntaxError."""
    value = read_date(text)
    if value is None:
        raise _refusal(text, "a date such as 2026-03-08")
    return value


def parse_time(text: str) -> time:
    """Read a time of day in ISO 8601, with or without zone; raises FeelSyntaxError."""
    value = read_time(text)
    if value is None:
        raise _refusal(text, "a time such as 10:30:00 or 10:30:00+01:00")
    return value


def parse_date_time(text: str) -> datetime:
    """Read a date and time in ISO 8601, with or without zone; raises FeelSyntaxError."""
    value = read_date_time(text)
    if value is None:
        raise _refusal(text, "a date and time such as 2026-03-08T10:30:00+01:00")
    return value


def parse_duration(text: str) -> timedelta | YearsMonths:
    """Read a duration in ISO 8601 as XML Schema narrows it; raises FeelSyntaxError."""
    value = read_duration(text)
    if value is None:
        raise _refusal(text, "a duration such as P3D, PT72H or P6M")
    return value


def parse_literal(text: str) -> Temporal | None:
    """Read what stands in an `@"..."` literal; None when it is no temporal value."""
    return read_date(text) or read_time(text) or read_date_time(text) or read_duration(text)


def read_date(text: str) -> date | None:
    """Read `2026-03-08`."""
    match = _DATE.fullmatch(text)
    if match is None or match.group(1):
        return None
    try:
        return date(int(match.group(2)), int(match.group(3)), int(match.group(4)))
    except (ValueError, OverflowError):
        return None


def read_time(text: str) -> time | None:
    """Read `10:30:00`, `10:30:00.5Z`, `10:30:00+01:00` or `10:30:00@Europe/Rome`."""
    match = _TIME.fullmatch(text)
    if match is None or len(text) > _LONGEST_TEXT:
        return None
    hour = int(match.group(1))
    if hour == 24 and text.startswith("24:00:00") and not int(match.group(4) or 0):  # noqa: PLR2004 - ISO 8601 midnight
        hour = 0
    try:
        zone = _zone(match)
        return time(hour, int(match.group(2)), int(match.group(3)), _microseconds(match.group(4)), zone)
    except ValueError:
        return None


def read_date_time(text: str) -> datetime | None:
    """Read a date, `T` and a time; a date alone is its midnight, without zone."""
    day_text, separator, time_text = text.partition("T")
    day = read_date(day_text)
    if day is None:
        return None
    if not separator:
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - FEEL: local time
    moment = read_time(time_text)
    if moment is None:
        return None
    combined = datetime.combine(day, moment)
    return combined if not time_text.startswith("24") else plus(combined, timedelta(days=1))


def read_duration(text: str) -> timedelta | YearsMonths | None:
    """Read `P1DT2H30M` or `P1Y6M`; the two kinds do not mix."""
    if len(text) > _LONGEST_TEXT or text.endswith(("P", "T")):
        return None
    months = _MONTHS.fullmatch(text)
    if months is not None:
        total = int(months.group(2) or 0) * 12 + int(months.group(3) or 0)
        return YearsMonths(-total if months.group(1) else total)
    match = _DAYS.fullmatch(text)
    if match is None:
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    try:
        span = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=_microseconds(fraction),
        )
        return -span if sign else span
    except OverflowError:
        return None


def plus(moment: datetime, span: timedelta) -> datetime | None:
    """Let time pass: in a named zone elapsed time, not clock readings; None outside the calendar."""
    try:
        if isinstance(moment.tzinfo, ZoneInfo):
            return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)
        return moment + span
    except (OverflowError, ValueError):
        return None


def in_zone(moment: datetime, name: str) -> datetime | None:
    """Show an instant in a named zone; a local one is taken to be there already. None for an unknown zone."""
    zone = _named_zone(name)
    if zone is None:
        return None
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except OverflowError:
        return None


def text(value: Temporal) -> str:
    """Write a temporal value as ISO 8601 text."""
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}T{text(value.timetz())}"
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    if isinstance(value, time):
        fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
        return f"{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}{_zone_text(value)}"
    return format_duration(value)


def format_duration(value: timedelta | YearsMonths) -> str:
    """Write a duration as ISO 8601 text in its shortest form: `P1DT2H`, `P1Y6M`, `PT0S`, `P0M`."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if value.months < 0 else ''}P{parts or '0M'}"
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{size.days}D" if size.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{'-' if value < timedelta() else ''}P{days}{'T' + clock if clock else ''}"


def offset(span: timedelta) -> timezone | None:
    """Return the zone at a fixed distance from UTC; None when no zone on earth is that far."""
    return timezone(span) if abs(span) <= _LARGEST_OFFSET else None


def _refusal(text: str, expected: str) -> errors.FeelSyntaxError:
    return errors.FeelSyntaxError(f"{text[:_LONGEST_TEXT]!r} is not {expected}")


def _microseconds(digits: str | None) -> int:
    return int((digits or "0")[:6].ljust(6, "0"))


def _zone(match: re.Match[str]) -> tzinfo | None:
    """Return the zone of a time; raises ValueError for one that does not exist."""
    zulu, sign, hours, minutes, seconds, name = match.groups()[4:]
    if zulu:
        return UTC
    if name:
        named = _named_zone(name)
        if named is None:
            raise ValueError(name)
        return named
    if not sign:
        return None
    if int(minutes) > 59 or int(seconds or 0) > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(minutes)
    span = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    zone = offset(-span if sign == "-" else span)
    if zone is None:
        raise ValueError(hours)
    return zone


def _named_zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in _zone_names() else None


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    """List the zones once: asking the file system for every name that a text makes up would take long."""
    return frozenset(available_timezones())


def _zone_text(value: datetime | time) -> str:
    zone = value.tzinfo
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    span = value.utcoffset()
    if span is None:
        return ""
    if not span:
        return "Z"
    minutes, seconds = divmod(int(abs(span).total_seconds()), 60)
    sign = "-" if span < timedelta() else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
