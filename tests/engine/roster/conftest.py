"""A network with a centre and a municipality, who work there, and rosters of the centre's service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from engine import clock, db
from engine.calendars import administration
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Area, Role
from engine.roster import coverage, planning
from engine.roster.models import Roster, Shift
from engine.roster.planning import Wanted
from tests import database

ROME = ZoneInfo("Europe/Rome")
PASSWORD = "quattro parole lunghe davvero"
PEOPLE = {
    "prima": ("cav", Role.OPERATRICE),
    "seconda": ("cav", Role.OPERATRICE),
    "terza": ("cav", Role.OPERATRICE),
    "responsabile": ("cav", Role.RESPONSABILE),
    "vicina": ("altro", Role.OPERATRICE),
    "responsabile.altro": ("altro", Role.RESPONSABILE),
    "assistente": ("comune", Role.OPERATRICE),
    "coordinamento": ("comune", Role.COORDINAMENTO),
}


def rome(text: str) -> datetime:
    """An instant as the clocks show it there: "2026-03-02 18:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


NOON = rome("2026-03-02 12:00")  # a Monday


@dataclass(slots=True)
class World:
    """The network's rows by name."""

    network_id: UUID
    agencies: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)
    area_id: UUID | None = None

    @contextmanager
    def at(self, at: datetime = NOON) -> Iterator[Session]:
        """One command at an instant."""
        with clock.frozen(at), db.transaction() as session:
            yield session

    def who(self, name: str) -> UUID:
        """The id of somebody."""
        found = self.people[name].user_id
        assert found is not None
        return found

    def roster(self, area_id: UUID | None = None, **said: object) -> Roster:
        """A roster of the centre's service."""
        with self.at() as session:
            return planning.set_up(session, self.people["coordinamento"], "cav", area_id, **said)

    def shift(
        self, roster: Roster, since: str, until: str, first: str = "prima", *, draft: bool = False, **said: object
    ) -> Shift:
        """A shift, published unless it is a draft."""
        wanted = Wanted(rome(since), rome(until), self.who(first), **said)
        with self.at() as session:
            shift = planning.add(session, self.people["coordinamento"], roster.id, wanted)
            if not draft:
                planning.publish(session, self.people["coordinamento"], roster.id, rome(until), despite_faults=True)
            return shift


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody would wake up, but for the test of who would not."""
    monkeypatch.setattr(coverage.contacts, "missing", lambda _session, _people: {})


@pytest.fixture
def world(configured: database.Urls) -> World:
    with clock.frozen(NOON), db.transaction() as session:
        world = World(directory.create_network(session, key="prova", name="Rete di prova").id)
        for key, services in (("cav", ["cav"]), ("altro", ["cav"]), ("comune", ["capofila", "pis"])):
            contact = directory.Contact(telephone=f"099999 0{len(world.agencies)}1")
            agency = directory.create_agency(session, world.network_id, name=key, services=services, contact=contact)
            world.agencies[key] = agency.id
        for name, (agency, role) in PEOPLE.items():
            user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
            directory.create_membership(
                session, network_id=world.network_id, user_id=user.id, agency_id=world.agencies[agency], role=role
            )
            actor = directory.actor(session, user.id, world.network_id)
            assert actor is not None
            world.people[name] = actor
        system = Actor.system(world.network_id)
        area = Area(network_id=world.network_id, name="Ambito nord")
        session.add(area)
        session.flush()
        administration.place(session, system, world.agencies["altro"], area.id)
        world.area_id = area.id
    return world
