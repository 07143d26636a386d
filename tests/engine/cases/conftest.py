"""A small network with the real protocols in force, and shorthands for acting in it at chosen instants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine import clock, db, parameters
from engine.cases import lifecycle, timers
from engine.cases.models import Case
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Channel, Role
from tests import database

ROOT = Path(__file__).parents[3]
START = "2026-03-02T09:00:00+01:00"


@dataclass
class World:
    """A network at work: people as actors, agencies by name. Each `at` is one command at that instant."""

    network_id: UUID
    agencies: dict[str, UUID]
    people: dict[str, Actor]
    cases: list[UUID] = field(default_factory=list)

    @contextmanager
    def at(self, instant: str | datetime) -> Iterator[Session]:
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        with clock.frozen(moment), db.transaction() as session:
            yield session

    def worker_at(self, instant: str | datetime) -> int:
        """Let a worker do what is due at an instant; give the number of cases that it moved."""
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        with clock.frozen(moment):
            return sum(timers.fire(case_id) for case_id in timers.due(limit=1000).case_ids)

    def open_case(self, instant: str = START, *, risk: str = "ALTO", by: str = "operatrice.cav") -> Case:
        with self.at(instant) as session:
            return lifecycle.start(
                session,
                self.people[by],
                "accoglienza_cav",
                lanes={"cav": self.agencies["cav"]},
                variables={"rischio_segnalato": risk, "canale": "da_sola"},
            )


@pytest.fixture
def world(configured: database.Urls) -> World:
    """The demonstration-sized network, with the protocols of `processes/` in force since the start of 2026."""
    with clock.frozen(datetime.fromisoformat("2026-01-01T00:00:00+00:00")), db.transaction() as session:
        network = directory.create_network(session, key="rete", name="Rete")
        parameters.load_defaults(session, network.id, (ROOT / "processes/parameters.toml").read_bytes())
        agencies = {
            "cav": ("Centro antiviolenza", ["cav"], Channel.PORTALE),
            "supervisione": ("Supervisione", ["supervisione"], Channel.PORTALE),
            "capofila": ("Comune capofila", ["capofila"], Channel.PORTALE),
            "estraneo": ("Altro centro", ["cav"], Channel.PORTALE),
            "telefono": ("Associazione senza computer", ["associazioni"], Channel.TELEFONO),
        }
        made = {
            name: directory.create_agency(session, network.id, name=label, services=services, channel=channel).id
            for name, (label, services, channel) in agencies.items()
        }
        people = {
            "operatrice.cav": ("cav", Role.OPERATRICE),
            "collega.cav": ("cav", Role.OPERATRICE),
            "responsabile.cav": ("cav", Role.RESPONSABILE),
            "supervisora": ("supervisione", Role.OPERATRICE),
            "coordinatrice": ("capofila", Role.COORDINAMENTO),
            "operatrice.capofila": ("capofila", Role.OPERATRICE),
            "estranea": ("estraneo", Role.OPERATRICE),
            "progettista": ("capofila", Role.PROGETTISTA),
            "amministratrice": ("capofila", Role.AMMINISTRATORE),
        }
        actors = {
            name: _person(session, network.id, made[agency], name, role) for name, (agency, role) in people.items()
        }
        sources = {path.name: path.read_bytes() for path in sorted((ROOT / "processes").glob("*/*.bpmn"))}
        deployment.deploy(session, actors["progettista"], sources, forms_given={})
    return World(network.id, made, actors)


def _person(session: Session, network_id: UUID, agency_id: UUID, name: str, role: Role) -> Actor:
    user = directory.create_user(session, username=name, display_name=name, password="una frase lunga di prova")
    directory.create_membership(session, network_id=network_id, user_id=user.id, agency_id=agency_id, role=role)
    actor = directory.actor(session, user.id, network_id)
    assert actor is not None
    return actor
