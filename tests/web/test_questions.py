"""Questions between agencies, on the pages and by the API."""

from __future__ import annotations

import pytest

from engine import clock, db
from engine.participants.models import CaseParticipation
from tests.web.api.program import Program, token_for
from tests.web.story import start


@pytest.fixture
def step(worker, world):
    """A step of a case in which the first aid station takes part too, and the case's address."""
    case = start(worker, world)
    with db.transaction() as session:
        here = {"network_id": world.network_id, "case_id": case.split("/")[2]}
        part = {"lane": "pronto_soccorso", "basis": "avvio", "agency_id": world.agencies["ps"]}
        session.add(CaseParticipation(**here, **part, since=clock.now()))
    steps = worker.get("/attivita?scheda=da-prendere").tree.xpath("//ol//h2/a/@href")
    of_case = "string(//p[@class='percorso']/a[@class='codice']/@href)"
    return next(one for one in steps if worker.get(one).tree.xpath(of_case) == case)


def asked(worker, step, world, text="È arrivata da voi?"):
    address = f"/domande/passi/{step.rpartition('/')[2]}"
    worker.get(address)
    return worker.post(address, {"ente": str(world.agencies["ps"]), "_domanda": text})


def test_one_asks_from_a_step_and_the_other_answers_from_its_inbox(worker, world, step, someone):
    page = worker.get(step)
    (address,) = [link for link in page.links() if link.startswith("/domande/passi/")]
    assert "Pronto soccorso di prova" in worker.get(address).said()
    assert "Secondo centro" not in worker.get(address).said(), "it takes no part"
    page = asked(worker, step, world)
    assert "La domanda è stata inviata" in page.said()
    assert "È arrivata da voi?" in page.said()
    other = someone("operatrice.ps")
    assert "Domande di altri enti (1)" in other.get("/attivita").said()
    page = other.get("/domande")
    assert "A cui rispondere (1)" in page.said()
    assert "È arrivata da voi?" in page.said()
    assert "Accetta l'invio" not in page.said(), "the step is not theirs to see"
    action = page.tree.xpath("string(//form[contains(@action, '/risposta')]/@action)")
    assert other.post(action, {"_risposta": " "}).status == 422
    assert "La risposta è stata inviata" in other.post(action, {"_risposta": "Sì, alle 3."}).said()
    assert other.post(action, {"_risposta": "Ancora"}).status == 409
    assert "Sì, alle 3." in worker.get(address).said()


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(worker, world, step):
    address = f"/domande/passi/{step.rpartition('/')[2]}"
    worker.get(address)
    page = worker.post(address, {"ente": str(world.agencies["cav2"]), "_domanda": "Avete un posto?"})
    assert page.status == 422
    assert "serve un passaggio, con la sua adesione" in page.said()
    assert "Avete un posto?" in page.text
    assert "Scegliere l'ente" in worker.post(address, {"_domanda": "x"}).said()


@pytest.mark.parametrize("stranger", ["operatrice.comune", "coordinamento", "dpo"])
def test_others_see_nothing_of_it(worker, world, step, someone, stranger):
    asked(worker, step, world)
    page = worker.get("/domande")
    assert "È arrivata da voi?" in page.said()
    person = someone(stranger)
    assert "È arrivata" not in person.get("/domande").said()
    person.get("/avvisi")
    assert person.post(f"/domande/passi/{step.rpartition('/')[2]}", {"_domanda": "x"}).status in {403, 404, 422}


def test_a_text_from_another_agency_is_shown_as_text(worker, world, step, someone):
    asked(worker, step, world, "<script>alert(1)</script>")
    page = someone("operatrice.ps").get("/domande")
    assert "<script>alert(1)" not in page.text
    assert "<script>alert(1)</script>" in page.said()


def test_programs_ask_and_answer(app, worker, world, step):
    ours, theirs = (Program(app, token_for(world, name)) for name in ("operatrice.cav", "operatrice.ps"))
    task_id = step.rpartition("/")[2]
    body = {"to_agency": str(world.agencies["ps"]), "text": "È arrivata da voi?"}
    assert ours.post(f"/tasks/{task_id}/questions", {**body, "to_agency": str(world.agencies["cav2"])}).status == 422
    assert theirs.post(f"/tasks/{task_id}/questions", body).status == 404
    made = ours.post(f"/tasks/{task_id}/questions", body)
    assert made.status == 200, made.raw
    (waiting,) = theirs.get("/questions").body["to_answer"]
    assert (waiting["question"], waiting["task_id"], waiting["asked_by_name"]) == ("È arrivata da voi?", None, None)
    answer = f"/questions/{waiting['id']}/answer"
    assert ours.post(answer, {"text": "x"}).status == 404
    assert theirs.post(answer, {"text": "Sì."}).status == 200
    assert theirs.post(answer, {"text": "Sì."}).status == 409
    assert ours.get("/questions").body["asked"][0]["answer"] == "Sì."
