"""The telephone directory of a network: which agency does what where, whether it is open now, how it is reached.

Numbers are the offices', nobody's own. Who is on call will come with the rosters; until then an agency's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, select

from engine import clock
from engine.calendars import opening
from engine.calendars.calendar import Calendar, local_day
from engine.calendars.models import Timetable
from engine.calendars.timetables import Timetables
from engine.definitions import queries
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Area, Channel, NetworkAgency

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

_AHEAD = timedelta(days=8)  # who has been open for so long without a break, never closes


@dataclass(frozen=True, slots=True)
class Service:
    """A service (a lane of the protocols) as people call it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An agency: `changes_at` is when it closes, or opens again; None where it never closes. `today` are its hours."""

    id: UUID
    name: str
    services: tuple[Service, ...]
    area_id: UUID | None
    area: str | None
    channel: Channel
    telephone: str | None
    email: str | None
    is_open: bool
    changes_at: datetime | None
    today: str
    out_of_hours: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a part of a name, a service, an area, only who is open now."""

    text: str = ""
    service: str | None = None
    area_id: UUID | None = None
    open_now: bool = False

    def fits(self, agency: Listed) -> bool:
        """Tell whether an agency is looked for; each word may be of its name, of a service or of its area."""
        said = " ".join([agency.name, agency.area or "", *(service.name for service in agency.services)]).casefold()
        return (
            all(word in said for word in self.text.casefold().split())
            and (self.service is None or any(service.id == self.service for service in agency.services))
            and self.area_id in {None, agency.area_id}
            and (agency.is_open or not self.open_now)
        )


@dataclass(frozen=True, slots=True)
class PhoneBook:
    """The agencies that were looked for, by name; and the services and areas that there are, to look for."""

    now: datetime
    agencies: tuple[Listed, ...]
    services: tuple[Service, ...]
    areas: tuple[tuple[UUID, str], ...]


def look_up(session: Session, actor: Actor, wanted: Wanted) -> PhoneBook:
    """Give the agencies of the network today, for whoever has a role in it. Raises Forbidden, NeverOpen."""
    access.require(actor, Action.READ_DIRECTORY)
    everybody = _everybody(session, actor)
    services = {service.id: service for agency in everybody for service in agency.services}
    areas = {agency.area_id: agency.area for agency in everybody if agency.area_id and agency.area}
    return PhoneBook(
        clock.now(),
        tuple(agency for agency in everybody if wanted.fits(agency)),
        tuple(sorted(services.values(), key=lambda service: service.name.casefold())),
        tuple(sorted(areas.items(), key=lambda area: area[1].casefold())),
    )


def _everybody(session: Session, actor: Actor) -> list[Listed]:
    query = (
        select(Agency, NetworkAgency.services, Area, Timetable.out_of_hours)
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .outerjoin(Area, Area.id == NetworkAgency.area_id)
        .outerjoin(Timetable, and_(Timetable.agency_id == Agency.id, Timetable.network_id == actor.network_id))
        .where(NetworkAgency.network_id == actor.network_id, *directory.in_force())
        .order_by(Agency.name, Agency.id)
    )
    calendars = Timetables(session, actor.network_id).of_all()
    names = queries.lane_names(session, actor.network_id)
    return [
        _listed(
            agency,
            [Service(id_, names.get(id_, id_.replace("_", " "))) for id_ in services],
            area,
            out_of_hours,
            calendars[agency.id],
        )
        for agency, services, area, out_of_hours in session.execute(query)
    ]


def _listed(
    agency: Agency, services: list[Service], area: Area | None, out_of_hours: str | None, calendar: Calendar
) -> Listed:
    now = clock.now()
    is_open = calendar.is_open(now)
    return Listed(
        id=agency.id,
        name=agency.name,
        services=tuple(services),
        area_id=area.id if area else None,
        area=area.name if area else None,
        channel=agency.channel,
        telephone=agency.telephone,
        email=agency.email,
        is_open=is_open,
        changes_at=_closes(calendar, now) if is_open else calendar.next_open(now),
        today=opening.written(calendar.hours(local_day(now))),
        out_of_hours=out_of_hours,
    )


def _closes(calendar: Calendar, now: datetime) -> datetime | None:
    """Say until when one can call without a break; a day that begins as the other ends is none."""
    stretches = calendar.from_instant(now)
    closes_at = next(stretches).closes_at
    for stretch in stretches:
        if stretch.opens_at > closes_at:
            return closes_at
        if stretch.opens_at - now > _AHEAD:
            return None
        closes_at = stretch.closes_at
    raise AssertionError("a calendar goes on without end")
