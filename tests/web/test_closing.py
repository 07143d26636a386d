"""Before closing: what does not wait."""

import pytest

from engine import db
from engine.calendars import administration
from engine.calendars.timetables import Owner
from engine.participants.access import Actor
from tests.web.story import answers, claim, task_of


@pytest.fixture(autouse=True)
def hours(world, app):
    """The centre never closes: what these pages show depends on no hour of the day."""

    def change(week, **more):
        with db.transaction() as session:
            whose, actor = Owner(agency_id=world.agencies["cav"]), Actor.system(world.network_id)
            administration.change(session, actor, whose, week=week, **more)

    change(["0-24"] * 7, open_on_holidays=True)
    return change


def test_who_never_closes_sees_a_whole_shift(worker):
    page = worker.get("/prima-di-chiudere")
    assert "sempre aperto. Qui ci sono le prossime 12 ore, un turno intero" in page.said()
    assert "predefiniti" not in page.said()


def test_when_the_agency_reopens_and_who_answers_meanwhile_is_said(worker, hours):
    hours(None, out_of_hours="Reperibilità, 099999 0199")
    page = worker.get("/prima-di-chiudere")
    assert "riapre" in page.said()
    assert "Sono gli orari predefiniti" in page.said()
    assert "Fuori orario risponde: Reperibilità, 099999 0199." in page.said()
    hours(None)
    assert "Chi risponde fuori orario non è scritto" in worker.get("/prima-di-chiudere").said()


def test_a_step_that_nobody_has_is_to_be_passed_on(worker):
    page = worker.get("/prima-di-chiudere")
    assert "Da passare alla reperibilità (1)" in page.said()
    assert "Accetta l'invio" in page.said()
    assert "nessuno" in page.said()
    assert "Promemoria: operatrici, Centro antiviolenza di prova" in page.said()


def test_what_a_colleague_has_is_listed_apart(worker, someone):
    claim(worker, task_of(worker))
    assert "In carico a voi" not in worker.get("/prima-di-chiudere").said()
    assert "Da passare alla reperibilità (1)" in worker.get("/prima-di-chiudere").said()
    page = someone("collega.cav").get("/prima-di-chiudere")
    assert "Niente da passare." in page.said()
    assert "In carico a colleghe, in scadenza prima della riapertura (1)" in page.said()


def test_a_draft_that_was_not_sent_is_listed(worker):
    address = task_of(worker)
    claim(worker, address)
    assert "Nessuna bozza in sospeso." in worker.get("/prima-di-chiudere").said()
    page = worker.get(address)
    worker.post(f"{address}/bozza", answers(page, esito_invio="accetta"))
    page = worker.get("/prima-di-chiudere")
    assert "Le vostre bozze non inviate (1)" in page.said()
    assert address in page.links()


def test_it_is_in_the_menu_of_who_works_on_steps_only(worker, someone):
    assert "/prima-di-chiudere" in worker.get("/attivita").tree.xpath("//nav//a/@href")
    for other in ("coordinamento", "progettista", "amministratore"):
        person = someone(other)
        assert "/prima-di-chiudere" not in person.get("/attivita").tree.xpath("//nav//a/@href")
        assert person.get("/prima-di-chiudere").status == 403
