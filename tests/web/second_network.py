"""A second network, in which somebody works for another agency and a case is open."""

from __future__ import annotations

from uuid import UUID

from engine import db, parameters
from engine.cases import lifecycle
from engine.definitions import deployment
from engine.ladders import versions as ladders
from engine.participants import directory
from engine.participants.models import Role
from tests.ladders import THREE
from tests.web.world import PROCESSES, World, diagrams

NAME = "Rete della provincia"
AGENCY = "Sportello di provincia"


def make(world: World, username: str = "operatrice.cav") -> dict[str, UUID | str]:
    """Make it, for a person of the first one; return its ids, and the id and code of the case."""
    with db.transaction() as session:
        network = directory.create_network(session, key="provincia", name=NAME)
        services = ["cav", "capofila", "pronto_soccorso", "supervisione"]
        agency = directory.create_agency(session, network.id, name=AGENCY, services=services)
        for person, role in ((username, Role.OPERATRICE), ("progettista", Role.PROGETTISTA)):
            directory.create_membership(
                session, network_id=network.id, user_id=world.people[person], agency_id=agency.id, role=role
            )
        parameters.load_defaults(session, network.id, (PROCESSES / "parameters.toml").read_bytes())
        ladders.load_defaults(session, network.id, THREE)
    with db.transaction() as session:
        designer = directory.actor(session, world.people["progettista"], network.id)
        assert designer is not None
        deployment.deploy(session, designer, diagrams(), forms_given={})
    with db.transaction() as session:
        worker = directory.actor(session, world.people[username], network.id)
        assert worker is not None
        values = {"rischio_segnalato": "ALTO", "canale": "pronto_soccorso"}
        case = lifecycle.start(session, worker, "accoglienza_cav", lanes={}, variables=values)
        return {"network": network.id, "agency": agency.id, "case": case.id, "code": case.code}
