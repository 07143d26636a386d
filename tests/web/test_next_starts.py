"""When protocols begin by themselves: said to who draws them and to the coordination, with why one has not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine import db
from engine.definitions import deployment
from engine.definitions.models import ScheduledStart
from engine.participants import directory
from tests.engine.cases.test_scheduled import source

WEEKLY = "<bpmn:timeCycle>R/P7D</bpmn:timeCycle>"


@pytest.fixture(autouse=True)
def in_force(app, world):
    with db.transaction() as session:
        designer = directory.actor(session, world.people["progettista"], world.network_id)
        deployment.deploy(session, designer, {"mensile.bpmn": source(WEEKLY, lane="cav")}, forms_given={})


def starts(page) -> str:
    """Return what the page says of them; nothing where it says nothing."""
    return " ".join(page.tree.xpath("string(//h2[@id='avvii']/..)").split())


def test_the_list_of_protocols_and_the_version_say_when(someone):
    person = someone("progettista")
    page = person.get("/protocolli")
    assert "Prova mensile, Verifica mensile:" in starts(page)
    assert "(poi di nuovo)" in starts(page)
    row = page.tree.xpath("//tr[.//code[text()='mensile']]//a/@href")[0]
    assert "Verifica mensile:" in starts(person.get(row))


def test_the_board_says_it_to_the_coordination_only(someone):
    assert "Verifica mensile" in starts(someone("coordinamento").get("/ritardi"))
    assert starts(someone("responsabile.cav").get("/ritardi")) == ""


def test_one_that_could_not_begin_says_why(someone):
    with db.transaction() as session:
        session.execute(update(ScheduledStart).values(failure_code="lane_without_agency"))
    assert "una corsia non ha un ente" in starts(someone("coordinamento").get("/ritardi"))
