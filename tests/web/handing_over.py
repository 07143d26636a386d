"""Two shelters in the network of the pages, and protocols that hand cases over to them."""

from __future__ import annotations

from uuid import UUID

from engine import db, parameters
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases import protocols
from tests.engine.cases.handing_over import FORMS, relay
from tests.web.world import PASSWORD, World


def shelters(world: World) -> dict[str, UUID]:
    """Add them, each with somebody who works there, and put the protocols in force."""
    made: dict[str, UUID] = {}
    designer = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        for name in ("rosa", "viola"):
            agency = directory.create_agency(session, world.network_id, name=f"Casa {name}", services=["rifugio"])
            made[name] = agency.id
            user = directory.create_user(session, username=f"casa.{name}", display_name=name, password=PASSWORD)
            world.people[f"casa.{name}"] = user.id
            directory.create_membership(
                session, network_id=world.network_id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
            )
        by_law = relay("segnalata", basis="obbligo", duty="art. 331 c.p.p.")
        files = {"staffetta.bpmn": relay(), "segnalata.bpmn": by_law}
        deployment.deploy(session, designer, files, forms_given=FORMS)
    return made
