"""Times as people read them: Europe/Rome, 24-hour clock, dd/mm/yyyy, and the remaining time in words.

Pure functions of the instants they are given: the present is the server's `now` of the request, never the browser's or
this process's. Spans are cut, not rounded, so that a page never promises a minute that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.calendars.opening import DAYS
from web import words
from web.translation import gettext as _
from web.translation import ngettext

ROME = ZoneInfo("Europe/Rome")

# From here on a deadline is shown as near.
_SOON = timedelta(minutes=30)
# Below this, hours and minutes are what one plans with; above it, days.
_HOURS_UP_TO = timedelta(hours=48)
# Nearer than this, a day has a name.
_WEEK = 7
_DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")
_LOCAL_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H.%M")


class Due(NamedTuple):
    """How a deadline stands: "late", "soon" or "ahead", and in words."""

    state: str
    said: str


def span(length: timedelta) -> str:
    """Say a length of time in its two greatest units: "18 min", "2 h 5 min", "3 giorni e 4 h"."""
    minutes = max(length, timedelta()) // timedelta(minutes=1)
    if minutes < 1:
        return _("meno di 1 min")
    if length < timedelta(hours=1):
        return _("%(minutes)d min", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if length < _HOURS_UP_TO:
        return _("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes) if minutes else _hours(hours)
    days, hours = divmod(hours, 24)
    spoken = ngettext("%(num)d giorno", "%(num)d giorni", days)
    return _("%(days)s e %(hours)s", days=spoken, hours=_hours(hours)) if hours else spoken


def by(at: datetime, now: datetime) -> str:
    """Say until when: "entro le 03:45", "entro domani alle 09:00", "entro il 24/11/2026 alle 09:00"."""
    last, clock = _end(at)
    days = _days_ahead(last, now)
    if days == 0:
        return _("entro le %(clock)s", clock=clock)
    if days == 1:
        return _("entro domani alle %(clock)s", clock=clock)
    if 1 < days < _WEEK:
        return _("entro %(weekday)s %(day)s alle %(clock)s", weekday=weekday(last), day=day(last), clock=clock)
    return _("entro il %(day)s alle %(clock)s", day=day(last), clock=clock)


def opening(at: datetime, now: datetime) -> str:
    """Say when somebody opens or closes: "oggi alle 18:00", "domani alle 09:00", "lunedì 09/03/2026 alle 09:00"."""
    if abs(_days_ahead(at, now)) <= 1:
        return on(at, now)
    return _("%(weekday)s %(day)s alle %(clock)s", weekday=weekday(at), day=day(at), clock=hour(at))


def on(at: datetime, now: datetime) -> str:
    """Say when: "alle 03:45", "ieri alle 22:10", "il 24/11/2026 alle 09:00"."""
    clock = hour(at)
    near = {
        -1: _("ieri alle %(clock)s", clock=clock),
        0: _("oggi alle %(clock)s", clock=clock),
        1: _("domani alle %(clock)s", clock=clock),
    }
    return near.get(_days_ahead(at, now)) or _("il %(day)s alle %(clock)s", day=day(at), clock=clock)


def remaining(due_at: datetime, now: datetime) -> str:
    """Say what a deadline leaves: "entro le 03:45, mancano 12 min", or "in ritardo di 18 min"."""
    if late(due_at, now):
        return _("in ritardo di %(span)s", span=span(now - due_at))
    return _("%(by)s, %(left)s", by=by(due_at, now), left=left(due_at, now))


def due(due_at: datetime, now: datetime) -> Due:
    """Say how a deadline that runs stands, in a word for its sign and in the words beside it."""
    if late(due_at, now):
        return Due("late", _("IN RITARDO di %(span)s", span=span(now - due_at)))
    return Due("soon" if due_at - now <= _SOON else "ahead", remaining(due_at, now))


def left(due_at: datetime, now: datetime) -> str:
    """Say only the remaining time: "manca 1 min", "mancano 2 h 5 min"."""
    length = due_at - now
    said = span(length)
    if length < timedelta(minutes=1):
        return _("manca %(span)s", span=said)
    return _("manca %(span)s", span=said) if said.startswith("1 ") else _("mancano %(span)s", span=said)


def late(due_at: datetime, now: datetime) -> bool:
    """Tell whether a deadline has passed; at its very instant it is still kept."""
    return due_at < now


def soonest(instants: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the instants that exist."""
    return min((at for at in instants if at is not None), default=None)


def day(at: datetime) -> str:
    """Return the Italian date, dd/mm/yyyy."""
    return at.astimezone(ROME).strftime("%d/%m/%Y")


def weekday(at: date) -> str:
    """Return the name of the day of the week, of a date or of an instant in Rome."""
    local = at.astimezone(ROME) if isinstance(at, datetime) else at
    return str(words.WEEKDAYS[DAYS[local.weekday()]])


def term(at: datetime) -> str:
    """Return date and time of the end of a term; at midnight it is the end of the day before, 24:00."""
    last, clock = _end(at)
    return f"{day(last)} {clock}"


def stamp(at: datetime) -> str:
    """Return date and time, dd/mm/yyyy hh:mm."""
    return f"{day(at)} {hour(at)}"


def hour(at: datetime) -> str:
    """Return the time of day, hh:mm; in the hour that October has twice it tells which of the two it is."""
    local = at.astimezone(ROME)
    said = local.strftime("%H:%M")
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return said
    return _("%(clock)s (ora solare)", clock=said) if local.fold else _("%(clock)s (ora legale)", clock=said)


def ends_on(at: datetime, shown: date) -> str:
    """Return the time of day of an end, 24:00 at midnight, with its day where that is not the one that is shown."""
    last, clock = _end(at)
    ends = last.astimezone(ROME).date()
    if ends == shown:
        return clock
    return _("%(clock)s di %(weekday)s %(day)s", clock=clock, weekday=weekday(ends), day=f"{ends:%d/%m}")


def machine(at: datetime) -> str:
    """Return the instant for a <time> element."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def parse_day(text: str) -> date | None:
    """Read a day as a form field sends it, or as people here write it; None when it is none."""
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def parse_local(text: str) -> datetime | None:
    """Read a local time as a form field sends it; None when it is none.

    The hour that the clocks skip in March never was: None. The hour that October has twice means the first, by which a
    deadline is judged more kindly.
    """
    for form in _LOCAL_FORMATS:
        try:
            naive = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the next line gives it its zone
        except ValueError:
            continue
        at = naive.replace(tzinfo=ROME).astimezone(UTC)
        return at if at.astimezone(ROME).replace(tzinfo=None) == naive else None
    return None


def field(at: datetime) -> str:
    """Return the instant as the value of a local date and time field."""
    return at.astimezone(ROME).strftime("%Y-%m-%dT%H:%M")


def _hours(hours: int) -> str:
    return _("%(hours)d h", hours=hours)


def _end(at: datetime) -> tuple[datetime, str]:
    """Give an instant of the day that a term ends with, and its time of day: people know no 00:00 as an end."""
    if at.astimezone(ROME).time() == time():
        return at - timedelta(microseconds=1), "24:00"
    return at, hour(at)


def _days_ahead(at: datetime, now: datetime) -> int:
    return (at.astimezone(ROME).date() - now.astimezone(ROME).date()).days
