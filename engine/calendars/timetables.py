"""The calendar of an agency out of the rows: its own hours, else those of its area, else those of its network."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from engine import db
from engine.calendars import opening
from engine.calendars.calendar import Calendar
from engine.calendars.models import Timetable, TimetableDay
from engine.participants.models import NetworkAgency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

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
_READ = (
    select(
        _tables.agency_id,
        _tables.area_id,
        _agencies.area_id.label("lies_in"),
        _tables.week,
        _tables.open_on_holidays,
        _days.day,
        _days.every_year,
        _days.hours,
    )
    .select_from(db.table(Timetable))
    .outerjoin(db.table(TimetableDay), _days.timetable_id == _tables.id)
    .outerjoin(
        db.table(NetworkAgency),
        (_agencies.network_id == _tables.network_id) & (_agencies.agency_id == _tables.agency_id),
    )
    .where(_tables.network_id == bindparam("network"))
    .order_by(_tables.id, _days.day)
)


class Timetables:
    """The calendars of a network's agencies, read by one statement when the first of them is asked for."""

    def __init__(self, session: Session, network_id: UUID) -> None:
        self._session = session
        self._network_id = network_id

    def of(self, agency_id: UUID) -> Calendar:
        """Return the calendar of an agency."""
        return self.found(Owner(agency_id)).calendar

    def found(self, owner: Owner) -> Found:
        """Return the calendar of an agency, an area or the network, and whose hours it has."""
        levels = [(source, self._levels.get(each, Level())) for source, each in self._way_up(owner)]
        for number, (source, level) in enumerate(levels, 1):
            if level.week is not None:
                # Whoever works on holidays is not closed by what its town or its network keeps.
                counting = levels[:number] if level.open_on_holidays else levels
                return Found(_calendar(level.week, counting, open_on_holidays=level.open_on_holidays), source)
        return Found(_calendar(DEFAULT_WEEK, levels, open_on_holidays=False), Source.DEFAULT)

    def _way_up(self, owner: Owner) -> Iterator[tuple[Source, Owner]]:
        if owner.agency_id is not None:
            yield Source.AGENCY, owner
        area_id = owner.area_id or self._lies_in.get(owner.agency_id)
        if area_id is not None:
            yield Source.AREA, Owner(area_id=area_id)
        yield Source.NETWORK, NETWORK

    @property
    def _levels(self) -> dict[Owner, Level]:
        return self._rows[0]

    @property
    def _lies_in(self) -> dict[UUID | None, UUID]:
        return self._rows[1]

    @cached_property
    def _rows(self) -> tuple[dict[Owner, Level], dict[UUID | None, UUID]]:
        levels: dict[Owner, Level] = {}
        lies_in: dict[UUID | None, UUID] = {}
        # On the connection: a command asks in the midst of its changes, which need not be written for it.
        for row in self._session.connection().execute(_READ, {"network": self._network_id}):
            level = levels.setdefault(Owner(row.agency_id, row.area_id), Level(_week(row.week), row.open_on_holidays))
            if row.lies_in is not None:
                lies_in[row.agency_id] = row.lies_in
            if row.day is not None:
                key = (row.day.month, row.day.day) if row.every_year else row.day
                level.days[key] = opening.parse(row.hours)
        return levels, lies_in


def _calendar(week: Week, levels: list[tuple[Source, Level]], *, open_on_holidays: bool) -> Calendar:
    return Calendar(week, open_on_holidays, tuple(level.days for _source, level in levels if level.days))


def _week(texts: list[str] | None) -> Week | None:
    return None if texts is None else opening.week(texts)
