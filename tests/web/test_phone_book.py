"""The network's telephone directory."""

import pytest

from engine import db
from engine.calendars import administration
from engine.calendars.timetables import Owner
from engine.participants import changes
from engine.participants.access import Actor
from engine.participants.directory import Contact
from engine.participants.models import Channel
from tests.web.world import PEOPLE


@pytest.fixture(autouse=True)
def reached(world, app):
    """The first aid station is always open and has a number."""
    with db.transaction() as session:
        actor = Actor.system(world.network_id)
        administration.change(
            session, actor, Owner(agency_id=world.agencies["ps"]), week=["0-24"] * 7, open_on_holidays=True
        )
        administration.change(
            session,
            actor,
            Owner(agency_id=world.agencies["cav2"]),
            week=[""] * 6 + ["8-9"],
            out_of_hours="Reperibilità, 0999",
        )
        changes.change_agency(
            session,
            world.network_id,
            world.agencies["ps"],
            services=["pronto_soccorso"],
            channel=Channel.PORTALE,
            contact=Contact("+39 099 555 01", "ps@esempio.it"),
            by=actor,
        )


def test_the_directory_says_how_to_reach_each_agency_and_whether_it_is_open(worker):
    page = worker.get("/rubrica")
    assert "Pronto soccorso di prova" in page.said()
    assert "aperto, non chiude mai" in page.said()
    assert "Reperibilità, 0999" in page.said()
    assert {"tel:+3909955501", "mailto:ps@esempio.it"} <= set(page.tree.xpath("//main//a/@href"))
    assert "Centro che si chiama per telefono" in page.said()
    assert "Enti (5)" in page.said()


def test_what_is_looked_for_stands_in_no_address(worker):
    page = worker.get("/rubrica")
    found = worker.post("/rubrica", {"_csrf": page.csrf(), "_testo": "pronto", "servizio": "", "ambito": ""})
    assert found.status == 200
    assert found.response.request.query_string == b""
    assert "Enti (1)" in found.said()
    assert "Secondo centro" not in found.said()
    none = worker.post("/rubrica", {"_csrf": page.csrf(), "servizio": "cav", "_testo": "pronto"})
    assert "Nessun ente corrisponde" in none.said()
    unfit = worker.post("/rubrica", {"_csrf": page.csrf(), "ambito": "x"})
    assert unfit.status == 422


@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_everybody_of_the_network_may_read_it(someone, username):
    person = someone(username)
    assert "/rubrica" in person.get("/attivita" if "cav" in username else "/avvisi").tree.xpath("//nav//a/@href")
    assert person.get("/rubrica").status == 200
