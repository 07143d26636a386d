"""The calendar of an agency out of the rows: its own hours, else those of its area, else those of its network."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, or_, select

from engine import db
from engine.calendars import opening
from engine.calendars.calendar import Calendar
from engine.calendars.models import Timetable, TimetableDay
from engine.participants.models import NetworkAgency

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from engine.calendars.opening import Hours, Week

_OFFICE = opening.parse("09:00-17:00")
DEFAULT_WEEK: Week = (_OFFICE, _OFFICE, _OFFICE, _OFFICE, _OFFICE, (), ())
"""Where a network has said nothing: a value of ours, that the pages show as such until somebody confirms it."""


class Owner(NamedTuple):
    """Whose timetable is meant: an agency's, an area's, or with neither the network's."""

    agency_id: UUID | None = None
    area_id: UUID | None = None


NETWORK = Owner()


class Source(enum.StrEnum):
    """Whose hours an agency has."""

    AGENCY = "agency"
    AREA = "area"
    NETWORK = "network"
    DEFAULT = "default"


@dataclass(slots=True)
class Level:
    """What one timetable says."""

    week: Week | None = None
    open_on_holidays: bool = False
    days: dict[date | tuple[int, int], Hours] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A calendar, and whose hours it has."""

    calendar: Calendar
    source: Source


_tables, _days, _agencies = db.table(Timetable).c, db.table(TimetableDay).c, db.table(NetworkAgency).c
_PLACED = select(_agencies.area_id).where(
    _agencies.network_id == bindparam("network"), _agencies.agency_id == bindparam("agency")
)
_READ_ALL = (
    select(
        _tables.agency_id,
        _tables.area_id,
        _tables.week,
        _tables.open_on_holidays,
        _days.day,
        _days.every_year,
        _days.hours,
    )
    .select_from(db.table(Timetable))
    .outerjoin(db.table(TimetableDay), _days.timetable_id == _tables.id)
    .where(_tables.network_id == bindparam("network"))
    .order_by(_days.day)
)
_READ = _READ_ALL.where(
    or_(
        _tables.agency_id == bindparam("agency"),
        and_(
            _tables.agency_id.is_(None),
            or_(
                _tables.area_id.is_(None),
                _tables.area_id == func.coalesce(bindparam("area", type_=Uuid()), _PLACED.scalar_subquery()),
            ),
        ),
    ),
)


class Timetables:
    """The calendars of a network's agencies, each read by one statement when it is asked for first."""

    def __init__(self, session: Session, network_id: UUID) -> None:
        self._session = session
        self._network_id = network_id
        self._found: dict[Owner, Found] = {}

    def of(self, agency_id: UUID) -> Calendar:
        """Return the calendar of an agency."""
        return self.found(Owner(agency_id)).calendar

    def found(self, owner: Owner) -> Found:
        """Return the calendar of an agency, an area or the network, and whose hours it has."""
        if owner not in self._found:
            self._found[owner] = _decided(self._read(owner))
        return self._found[owner]

    def of_all(self) -> dict[UUID, Calendar]:
        """Return the calendars of all agencies that the network has or had, by two statements."""
        asked = {"network": self._network_id}
        said = _said(self._session.connection().execute(_READ_ALL, asked))
        placed = select(_agencies.agency_id, _agencies.area_id).where(_agencies.network_id == self._network_id)
        return {
            agency_id: _decided(_nearest(said, agency_id, area_id)).calendar
            for agency_id, area_id in self._session.execute(placed)
        }

    def _read(self, owner: Owner) -> list[tuple[Source, Level]]:
        """Read what the timetables that count for an owner say, the nearest first."""
        asked = {"network": self._network_id, "agency": owner.agency_id, "area": owner.area_id}
        # On the connection: a command asks in the midst of its changes, which need not be written for it.
        said = _said(self._session.connection().execute(_READ, asked))
        area_id = next((of.area_id for of in said if of.area_id is not None), None)
        return _nearest(said, owner.agency_id, area_id)


def _said(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[Owner, Level]:
    """Gather what each timetable says."""
    found: dict[Owner, Level] = {}
    for row in rows:
        level = found.setdefault(Owner(row.agency_id, row.area_id), Level())
        level.week, level.open_on_holidays = _week(row.week), row.open_on_holidays
        if row.day is not None:
            key = (row.day.month, row.day.day) if row.every_year else row.day
            level.days[key] = opening.parse(row.hours)
    return found


def _nearest(said: dict[Owner, Level], agency_id: UUID | None, area_id: UUID | None) -> list[tuple[Source, Level]]:
    """Give what counts for an agency, the nearest first; where nothing is said, an empty level."""
    of = {
        Source.AGENCY: said.get(Owner(agency_id)) if agency_id else None,
        Source.AREA: said.get(Owner(None, area_id)) if area_id else None,
        Source.NETWORK: said.get(NETWORK),
    }
    return [(source, level or Level()) for source, level in of.items()]


def _decided(levels: list[tuple[Source, Level]]) -> Found:
    """Take the hours of the nearest level that has any."""
    for number, (source, level) in enumerate(levels, 1):
        if level.week is not None:
            # Whoever works on holidays is not closed by what its town or its network keeps.
            counting = levels[:number] if level.open_on_holidays else levels
            return Found(_calendar(level.week, counting, open_on_holidays=level.open_on_holidays), source)
    return Found(_calendar(DEFAULT_WEEK, levels, open_on_holidays=False), Source.DEFAULT)


def _calendar(week: Week, levels: list[tuple[Source, Level]], *, open_on_holidays: bool) -> Calendar:
    return Calendar(week, open_on_holidays, tuple(level.days for _source, level in levels if level.days))


def _week(texts: list[str] | None) -> Week | None:
    return None if texts is None else opening.week(texts)
