"""Who is to be called for a service at an instant.

In office hours the desk answers first, and whoever is on call second. Outside them the roster of the area, then that of
the network; where nobody is on either, the coordination of the network, and that is a gap: an alarm, never silence.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from engine.calendars.timetables import Timetables
from engine.notifications import Receiver
from engine.participants import access, directory
from engine.participants.models import Agency, Membership, NetworkAgency, Role, Substitution, User
from engine.roster.models import Roster, Shift

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WORKERS = (Role.OPERATRICE, Role.RESPONSABILE)
"""The roles of those who can be on call: those that work on cases."""


class Level(enum.StrEnum):
    """Where somebody was found."""

    AREA = "area"
    NETWORK = "network"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Duty:
    """A person who is on call, or, without `user_id`, whoever has a role in an agency: its desk, the coordination.

    `name` is the person's or the agency's; `telephone` the number of the service or of the office, nobody's own.
    """

    user_id: UUID | None
    role: Role
    agency_id: UUID
    name: str
    agency_name: str
    telephone: str | None

    @property
    def receiver(self) -> Receiver:
        """Whom a notice is for that tells them."""
        if self.user_id is not None:
            return Receiver.person(self.user_id)
        return Receiver.with_role(self.role, self.agency_id)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is to be called for a service at an instant, in order; `gap`: nobody of the service is, only the lead."""

    service: str
    area_id: UUID | None
    at: datetime
    level: Level
    positions: tuple[Duty, ...]

    @property
    def gap(self) -> bool:
        """Whether nobody of the service answers: an alarm."""
        return self.level is Level.LEAD

    @property
    def first(self) -> Duty | None:
        """Who is called first; None only where the network has no coordination that the case lets in."""
        return self.positions[0] if self.positions else None

    @property
    def second(self) -> Duty | None:
        """Who is called when the first does not answer."""
        return self.positions[1] if len(self.positions) > 1 else None


@dataclass(frozen=True, slots=True)
class Office:
    """An agency that offers a service, and those who work in it (that a case does not keep out)."""

    id: UUID
    name: str
    telephone: str | None
    area_id: UUID | None
    people: dict[UUID, str]


def on_call(
    session: Session,
    network_id: UUID,
    service: str,
    area_id: UUID | None,
    at: datetime,
    *,
    case_id: UUID | None = None,
) -> OnCall:
    """Say who is to be called for a service at an instant; with a case, passing over whom it keeps out.

    Memberships, substitutions and exclusions count as they are now.
    """
    there = offices(session, network_id, service, case_id=case_id)
    timetables = Timetables(session, network_id)
    shifts = _standing(session, network_id, service, area_id, at)
    absent = _absent(session, network_id, shifts, at)
    for level, area in ((Level.AREA, area_id), (Level.NETWORK, None)):
        if level is Level.AREA and area is None:
            continue
        near = [office for office in there if area is None or office.area_id == area]
        desks = [_desk(office) for office in near if office.people and timetables.of(office.id).is_open(at)]
        found = [*desks, *_people([row for row in shifts if row[0].area_id == area], there, absent)]
        if found:
            return OnCall(service, area_id, at, level, tuple(found))
    return OnCall(service, area_id, at, Level.LEAD, coordination(session, network_id, case_id))


def offices(session: Session, network_id: UUID, service: str, *, case_id: UUID | None = None) -> list[Office]:
    """Give the agencies that offer a service today, by name, and who works in each."""
    agencies = (
        select(Agency.id, Agency.name, Agency.telephone, NetworkAgency.area_id)
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .where(
            NetworkAgency.network_id == network_id, NetworkAgency.services.contains([service]), *directory.in_force()
        )
        .order_by(Agency.name, Agency.id)
    )
    found = {row.id: Office(*row, people={}) for row in session.execute(agencies)}
    people = select(Membership.agency_id, User.id, User.display_name).where(
        Membership.agency_id.in_(found), Membership.role.in_(WORKERS), *_able(network_id, case_id)
    )
    for agency_id, user_id, name in session.execute(people.join(User, User.id == Membership.user_id)):
        found[agency_id].people[user_id] = name
    return list(found.values())


def coordination(session: Session, network_id: UUID, case_id: UUID | None) -> tuple[Duty, ...]:
    """Give the agencies that coordinate the network, by name."""
    query = (
        select(Agency.id, Agency.name, Agency.telephone)
        .join(Membership, Membership.agency_id == Agency.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role == Role.COORDINAMENTO, *_able(network_id, case_id))
        .distinct()
        .order_by(Agency.name, Agency.id)
    )
    return tuple(
        Duty(None, Role.COORDINAMENTO, agency_id, name, name, telephone)
        for agency_id, name, telephone in session.execute(query)
    )


def _able(network_id: UUID, case_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    """Say of memberships that they are of somebody who can log in and whom the case, if there is one, lets in."""
    admitted = access.admitted(case_id) if case_id is not None else true()
    return Membership.network_id == network_id, User.disabled_at.is_(None), admitted


def _standing(
    session: Session, network_id: UUID, service: str, area_id: UUID | None, at: datetime
) -> list[tuple[Roster, Shift]]:
    """Give the published shifts that go on at an instant in the area or in the whole network, replacements first."""
    query = (
        select(Roster, Shift)
        .join(Shift, Shift.roster_id == Roster.id)
        .where(
            Roster.network_id == network_id,
            Roster.service == service,
            Roster.area_id.is_(None) | (Roster.area_id == area_id),
            Shift.published_at.is_not(None),
            Shift.withdrawn_at.is_(None),
            Shift.starts_at <= at,
            Shift.ends_at > at,
        )
        .order_by(Shift.replaces.desc(), Shift.published_at.desc(), Shift.id)
    )
    return [(roster, shift) for roster, shift in session.execute(query)]


def _absent(
    session: Session, network_id: UUID, shifts: Collection[tuple[Roster, Shift]], at: datetime
) -> dict[UUID, UUID]:
    """Give who stands in for those of the shifts who are away."""
    people = {person for _roster, shift in shifts for person in (shift.first_id, shift.second_id) if person}
    if not people:
        return {}
    query = select(Substitution.absent_id, Substitution.substitute_id).where(
        Substitution.network_id == network_id,
        Substitution.absent_id.in_(people),
        Substitution.since <= at,
        Substitution.until > at,
    )
    return {row.absent_id: row.substitute_id for row in session.execute(query)}


def _desk(office: Office) -> Duty:
    return Duty(None, Role.OPERATRICE, office.id, office.name, office.name, office.telephone)


def _people(shifts: list[tuple[Roster, Shift]], there: list[Office], absent: dict[UUID, UUID]) -> list[Duty]:
    """Give those of the shift that goes before the others who still work for the service; of none left, of the next."""
    for roster, shift in shifts:
        named = [absent.get(person, person) for person in (shift.first_id, shift.second_id) if person]
        near = sorted(there, key=lambda office: office.area_id != roster.area_id)
        found = []
        for person in dict.fromkeys(named):
            office = next((office for office in near if person in office.people), None)
            if office is not None:
                name, telephone = office.people[person], roster.telephone or office.telephone
                found.append(Duty(person, Role.OPERATRICE, office.id, name, office.name, telephone))
        if found:
            return found
    return []
