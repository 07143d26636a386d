"""Somebody who works in two networks goes from one to the other in front of a real browser, scripts or none."""

import pytest

from engine import db
from engine.participants import directory
from engine.participants.models import Role
from tests.web import second_network
from tests.web.world import PASSWORD

pytestmark = pytest.mark.journey
HER = "operatrice.due.reti"


def besides(world):
    with db.transaction() as session:
        her = directory.create_user(session, username=HER, display_name=HER, password=PASSWORD)
        directory.create_membership(
            session, network_id=world.network_id, user_id=her.id, agency_id=world.agencies["cav"], role=Role.OPERATRICE
        )
    world.people[HER] = her.id
    second_network.make(world, HER)


@pytest.mark.parametrize("javascript", [True, False])
def test_she_opens_a_step_of_her_other_network_from_the_one_inbox(person, javascript):
    worker = person(HER, javascript=javascript, network="Rete di prova")
    worker.sees(second_network.AGENCY)
    worker.look(f"rete-attivita-{javascript}")
    worker.press("EN: English")
    worker.look(f"rete-attivita-en-{javascript}")
    worker.press("Open in")
    worker.sees("Accetta l'invio", second_network.AGENCY)
    worker.look(f"rete-passo-en-{javascript}")
