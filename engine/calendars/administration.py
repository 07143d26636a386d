"""What the administrator of a network does with opening hours: hers alone, and each change is audited.

Deadlines that run already keep the instants that they were armed with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import audit, clock, db
from engine.calendars import opening
from engine.calendars.calendar import Calendar, local_day
from engine.calendars.models import Timetable, TimetableDay
from engine.calendars.timetables import NETWORK, Owner, Source, Timetables
from engine.errors import Conflict, DuplicateName, InvalidValue, NotFound
from engine.participants import access, directory
from engine.participants.access import Action, Actor
from engine.participants.models import Agency, Area, NetworkAgency

MOST_DAYS = 100
"""Dated days of one timetable."""

_LONGEST_TEXT = 200
_AHEAD = 366  # days that the page looks forward


@dataclass(frozen=True, slots=True)
class DayRow:
    """A dated day of a timetable."""

    id: UUID
    day: date
    every_year: bool
    hours: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day to come on which it is not open as in every week: a dated day with its reason, or a national holiday."""

    day: date
    hours: str
    reason: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class TimetablePage:
    """One timetable: what it says itself, what holds in the end and from where, and the unusual days of a year.

    `own` is None where the hours of the level above hold; `area` is that of an agency.
    """

    owner: Owner
    name: str | None
    own: tuple[str, ...] | None
    in_force: tuple[str, ...]
    source: Source
    open_on_holidays: bool
    out_of_hours: str
    days: tuple[DayRow, ...]
    unusual: tuple[Unusual, ...]
    area: Area | None
    areas: tuple[Area, ...]


def owner(session: Session, actor: Actor, owner_id: UUID | None) -> Owner:
    """Say whose timetable an id means: an agency's or an area's of the network; None is the network's own.

    Raises Forbidden, NotFound.
    """
    access.require(actor, Action.ADMINISTER)
    if owner_id is None:
        return NETWORK
    if _agency(session, actor, owner_id) is not None:
        return Owner(agency_id=owner_id)
    if _area(session, actor, owner_id) is not None:
        return Owner(area_id=owner_id)
    raise NotFound("timetable_not_found")


def page(session: Session, actor: Actor, whose: Owner) -> TimetablePage:
    """Give a timetable with all that explains it. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    placed = _agency(session, actor, whose.agency_id) if whose.agency_id is not None else None
    row = _row(session, actor, whose)
    days = _days(session, row)
    found = Timetables(session, actor.network_id).found(whose)
    listed = areas(session, actor)
    area_id = whose.area_id or (placed.area_id if placed is not None else None)
    area = next((each for each in listed if each.id == area_id), None)
    agency = session.get_one(Agency, whose.agency_id) if whose.agency_id is not None else None
    named = agency or (area if whose.area_id is not None else None)
    return TimetablePage(
        owner=whose,
        name=named.name if named is not None else None,
        own=tuple(row.week) if row is not None and row.week is not None else None,
        in_force=tuple(opening.written(hours) for hours in found.calendar.week),
        source=found.source,
        open_on_holidays=found.calendar.open_on_holidays,
        out_of_hours=(row.out_of_hours if row is not None else None) or "",
        days=tuple(DayRow(each.id, each.day, each.every_year, each.hours, each.reason) for each in days),
        unusual=_unusual(session, actor, whose, area_id, found.calendar),
        area=area,
        areas=listed,
    )


def change(
    session: Session,
    actor: Actor,
    whose: Owner,
    *,
    week: Sequence[str] | None,
    open_on_holidays: bool = False,
    out_of_hours: str = "",
) -> None:
    """Write the hours of a week, Monday first, as `opening` reads them; None to keep those of the level above.

    Raises Forbidden, InvalidValue (also for a week without any opening: it would stop all working time).
    """
    access.require(actor, Action.ADMINISTER)
    texts = None if week is None else [opening.written(hours) for hours in opening.week(week)]
    if texts is not None and not any(texts):
        raise InvalidValue("week", "never_open")
    row = _own(session, actor, whose)
    row.week, row.open_on_holidays = texts, texts is not None and open_on_holidays
    row.out_of_hours = _text("out_of_hours", out_of_hours) if out_of_hours.strip() else None
    row.changed_at = clock.now()
    audit.record(session, actor, "timetable.changed", "timetable", row.id, week=texts, on_holidays=row.open_on_holidays)
    session.flush()  # a calendar is read from the rows


def add_day(
    session: Session, actor: Actor, whose: Owner, day: date, *, every_year: bool, hours: str, reason: str
) -> None:
    """Add a day that differs from the week, closed if `hours` is empty: a patron day, a closure, Christmas Eve.

    Raises Forbidden, Conflict (the day is there), InvalidValue.
    """
    access.require(actor, Action.ADMINISTER)
    written, why = opening.written(opening.parse(hours)), _text("reason", reason)
    row = _own(session, actor, whose)
    there = _days(session, row)
    if any(each.day == day for each in there):
        raise Conflict("day_taken")
    if len(there) >= MOST_DAYS:
        raise InvalidValue("day", "too_many")
    session.add(
        TimetableDay(
            network_id=actor.network_id, timetable_id=row.id, day=day, every_year=every_year, hours=written, reason=why
        )
    )
    row.changed_at = clock.now()
    told: dict[str, Any] = {"day": day.isoformat(), "every_year": every_year, "hours": written}
    audit.record(session, actor, "timetable.day_added", "timetable", row.id, **told)
    session.flush()  # a calendar is read from the rows


def remove_day(session: Session, actor: Actor, whose: Owner, day_id: UUID) -> None:
    """Remove a dated day. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    row = _own(session, actor, whose)
    gone = delete(TimetableDay).where(TimetableDay.id == day_id, TimetableDay.timetable_id == row.id)
    day = session.scalar(gone.returning(TimetableDay.day))
    if day is None:
        raise NotFound("day_not_found")
    row.changed_at = clock.now()
    audit.record(session, actor, "timetable.day_removed", "timetable", row.id, day=day.isoformat())
    session.flush()  # a calendar is read from the rows


def areas(session: Session, actor: Actor) -> tuple[Area, ...]:
    """List the areas of the network. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    query = select(Area).where(Area.network_id == actor.network_id).order_by(Area.name)
    return tuple(session.scalars(query))


def create_area(session: Session, actor: Actor, name: str) -> Area:
    """Create an area of the network. Raises Forbidden, DuplicateName, InvalidValue."""
    access.require(actor, Action.ADMINISTER)
    valid = directory.valid_name(name)
    db.exclusive(session, f"areas:{actor.network_id}")
    same = select(Area.id).where(Area.network_id == actor.network_id, func.lower(Area.name) == func.lower(valid))
    if session.scalar(same.limit(1)) is not None:
        raise DuplicateName("area_taken")
    area = Area(network_id=actor.network_id, name=valid)
    session.add(area)
    session.flush()
    audit.record(session, actor, "area.created", "area", area.id)
    return area


def place(session: Session, actor: Actor, agency_id: UUID, area_id: UUID | None) -> None:
    """Put an agency into an area of the network, or into none. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    row = _agency(session, actor, agency_id)
    if row is None or (area_id is not None and _area(session, actor, area_id) is None):
        raise NotFound("agency_not_found" if row is None else "area_not_found")
    row.area_id = area_id
    audit.record(session, actor, "agency.placed", "agency", agency_id, area=str(area_id) if area_id else None)
    session.flush()  # a calendar is read from the rows


def _agency(session: Session, actor: Actor, agency_id: UUID) -> NetworkAgency | None:
    query = select(NetworkAgency).where(
        NetworkAgency.network_id == actor.network_id, NetworkAgency.agency_id == agency_id, *directory.in_force()
    )
    return session.scalars(query).one_or_none()


def _area(session: Session, actor: Actor, area_id: UUID) -> Area | None:
    query = select(Area).where(Area.network_id == actor.network_id, Area.id == area_id)
    return session.scalars(query).one_or_none()


def _row(session: Session, actor: Actor, whose: Owner) -> Timetable | None:
    query = select(Timetable).where(
        Timetable.network_id == actor.network_id,
        Timetable.agency_id.is_not_distinct_from(whose.agency_id),
        Timetable.area_id.is_not_distinct_from(whose.area_id),
    )
    return session.scalars(query).one_or_none()


def _own(session: Session, actor: Actor, whose: Owner) -> Timetable:
    """Find a timetable to change, or make it; whoever changes it at the same time waits."""
    db.exclusive(session, f"timetables:{actor.network_id}")
    row = _row(session, actor, whose)
    if row is None:
        row = Timetable(network_id=actor.network_id, agency_id=whose.agency_id, area_id=whose.area_id)
        session.add(row)
        session.flush()
    return row


def _days(session: Session, row: Timetable | None) -> list[TimetableDay]:
    if row is None:
        return []
    query = select(TimetableDay).where(TimetableDay.timetable_id == row.id)
    return list(session.scalars(query.order_by(TimetableDay.day)))


def _unusual(
    session: Session, actor: Actor, whose: Owner, area_id: UUID | None, calendar: Calendar
) -> tuple[Unusual, ...]:
    """List the days of a year from today on whose hours are not those of the week, with the reason that holds."""
    levels = [(Source.AGENCY, whose)] if whose.agency_id is not None else []
    levels += [(Source.AREA, Owner(area_id=area_id))] if area_id is not None else []
    said: dict[date | tuple[int, int], tuple[str, Source]] = {}
    for source, each in reversed([*levels, (Source.NETWORK, NETWORK)]):
        for row in _days(session, _row(session, actor, each)):
            said[(row.day.month, row.day.day) if row.every_year else row.day] = (row.reason, source)
    today = local_day(clock.now())
    found = []
    for number in range(_AHEAD):
        day = today + timedelta(days=number)
        hours = calendar.hours(day)
        if hours == calendar.week[day.weekday()]:
            continue
        dated = said.get(day) or said.get((day.month, day.day))
        found.append(Unusual(day, opening.written(hours), *(dated or ())))
    return tuple(found)


def _text(field: str, text: str) -> str:
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST_TEXT or not stripped.isprintable():
        raise InvalidValue(field, "invalid_text")
    return stripped
