"""Recounting running deadlines, on the page: seen first, ordered with a reason."""

from __future__ import annotations

import pytest

from engine import clock, db, parameters
from engine.cases import recounting
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.web.api.program import Program, token_for


@pytest.fixture
def running(app, world):
    """A case with a clock of working time."""
    author = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        sources = {"ufficio.bpmn": protocols.SOURCES["ufficio.bpmn"]}
        deployment.deploy(session, author, sources, forms_given={})
    api = Program(app, token_for(world, "operatrice.cav"))
    return api.post("/cases", {"definition": "ufficio", "lanes": {"cav": str(world.agencies["cav"])}}).body["id"]


def test_a_change_of_hours_says_what_still_follows_the_hours_of_before(someone, world, running):
    admin = someone("amministratore")
    hours = f"/amministrazione/orari/{world.agencies['cav']}"
    admin.get(hours)
    tomorrow = clock.host_now().weekday()
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {day: "9-10" if number == (tomorrow + 3) % 7 else "" for number, day in enumerate(days)}
    page = admin.post(hours, {"propri": "si", **week})
    assert "seguono ancora gli orari di prima" in page.said()
    page = admin.get("/amministrazione/ricalcoli")
    assert "Sposta 2 scadenze" in page.said()
    assert admin.post("/amministrazione/ricalcoli", {"attese": "2", "_motivo": " "}).status == 422
    admin.get("/amministrazione/ricalcoli")
    assert admin.post("/amministrazione/ricalcoli", {"attese": "1", "_motivo": "Orario estivo"}).status == 409
    admin.get("/amministrazione/ricalcoli")
    page = admin.post("/amministrazione/ricalcoli", {"attese": "2", "_motivo": "Orario estivo"})
    assert "Il ricalcolo è ordinato" in page.said()
    assert "Orario estivo – in corso, 0 di 2" in page.said()
    for order_id in recounting.due():
        recounting.go_on(order_id)
    page = admin.get("/amministrazione/ricalcoli")
    assert "2 di 2" in page.said()
    assert "Tutte le scadenze in corso seguono gli orari" in page.said()
    assert "seguono ancora" not in admin.get(hours).said()


def test_where_there_are_too_many_to_be_counted_in_passing_the_page_says_so(someone, world, running, monkeypatch):
    monkeypatch.setattr(recounting, "QUICKLY", 1)
    page = someone("amministratore").get(f"/amministrazione/orari/{world.agencies['cav']}")
    assert "troppe per contarle qui" in page.said()
    assert "/amministrazione/ricalcoli" in page.links()


@pytest.mark.parametrize("who", ["operatrice.cav", "responsabile.cav", "coordinamento", "dpo"])
def test_nobody_else_orders_it(someone, who):
    assert someone(who).get("/amministrazione/ricalcoli").status == 403
