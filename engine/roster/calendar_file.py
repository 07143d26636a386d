"""The events of an iCalendar file (RFC 5545) as lines of shifts: what a group has planned in a calendar program.

DTSTART and DTEND (or DURATION) are a shift's times: with a zone, in UTC, or without either in that of Rome. SUMMARY
names who is on call, by user name: `prima` or `prima / seconda`. CATEGORIES are languages and capabilities. A series is
refused: what a program shows of one depends on it, and who is on call must not; calendar programs write it out as
single events. So are days without a time, and events that were called off.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from icalendar import Calendar

from engine.calendars.calendar import ROME
from engine.participants.imports import MAX_BYTES, MAX_LINES, File, LineProblem

if TYPE_CHECKING:
    from icalendar import Event

_BEGINS = "BEGIN:VEVENT"
_SERIES = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_LANGUAGE_LENGTH = 2


def is_one(content: bytes) -> bool:
    """Tell whether a file says of itself that it is a calendar."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN:VCALENDAR")


def events(file: File, content: bytes, problems: list[LineProblem]) -> list[tuple[int, dict[str, str]]]:
    """Give the events that can be read as lines of shifts, by the line on which each begins."""
    if len(content) > MAX_BYTES:
        problems.append(LineProblem(file, 1, None, "too_large"))
        return []
    try:
        text = content.decode("utf-8-sig")
        found = Calendar.from_ical(text).events
    except UnicodeDecodeError as error:
        problems.append(LineProblem(file, content[: error.start].count(b"\n") + 1, None, "not_utf8"))
        return []
    except (ValueError, IndexError, KeyError):
        problems.append(LineProblem(file, 1, None, "not_ics"))
        return []
    begun = [number for number, line in enumerate(text.splitlines(), start=1) if line.strip().upper() == _BEGINS]
    if len(found) > MAX_LINES or len(found) != len(begun):
        problems.append(LineProblem(file, 1, None, "too_many_lines" if len(found) > MAX_LINES else "not_ics"))
        return []
    read = [(line, _cells(file, line, event, problems)) for line, event in zip(begun, found, strict=True)]
    return [(line, cells) for line, cells in read if cells is not None]


def _cells(file: File, line: int, event: Event, problems: list[LineProblem]) -> dict[str, str] | None:
    """Give the cells of an event; None for what is no shift, and why."""
    why = "recurring" if any(name in event for name in _SERIES) else None
    why = "called_off" if str(event.get("STATUS", "")).upper() == "CANCELLED" else why
    if why is not None:
        problems.append(LineProblem(file, line, None, why))
        return None
    since, until = _times(event)
    for column, at in (("dal", since), ("al", until)):
        if at is None:
            problems.append(LineProblem(file, line, column, "unfit"))
    if since is None or until is None:
        return None
    first, _slash, second = (part.strip().lower() for part in str(event.get("SUMMARY", "")).partition("/"))
    said = event.get("CATEGORIES", [])
    named = [str(one).strip() for each in (said if isinstance(said, list) else [said]) for one in each.cats]
    languages = [one for one in named if len(one) == _LANGUAGE_LENGTH]
    return {
        "dal": since.isoformat(),
        "al": until.isoformat(),
        "prima": first,
        "seconda": second,
        "lingue": " ".join(languages),
        "capacita": " ".join(one for one in named if one not in languages),
    }


def _times(event: Event) -> tuple[datetime | None, datetime | None]:
    """Give when an event begins and ends, aware; None for a day without time, what cannot be read or never was."""
    try:
        since, until = event.start, event.end
    except (ValueError, TypeError, KeyError):  # each broken value has an exception of its own, below these
        return None, None
    return _aware(since), _aware(until)


def _aware(at: object) -> datetime | None:
    if not isinstance(at, datetime):
        return None
    local = at if at.tzinfo is not None else at.replace(tzinfo=ROME)
    # The hour that March skips never was: it does not come back from the instant that it is taken for.
    back = datetime.fromtimestamp(local.timestamp(), tz=local.tzinfo)
    return local if back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0) else None
