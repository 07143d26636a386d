"""A woman goes to another network, on the pages and by the API, behind the database's own wall."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.web import referring
from tests.web.api.program import Program, token_for
from tests.web.referring import INTAKE, NAME, agree, refer, there
from tests.web.story import start


@pytest.fixture
def far(app, world):
    made = referring.make(world)
    referring.receive(world, made)
    return made


@pytest.fixture
def case(worker, world):
    return start(worker, world)


def id_of(case):
    return UUID(case.split("/")[2])


def waiting(browser):
    (address,) = [link for link in browser.get("/rinvii").links() if link.startswith("/rinvii/")]
    return address


def test_the_administrator_of_the_other_network_decides_and_the_whole_way_is_walked(app, worker, world, case, someone):
    made = referring.make(world)
    assert "Nessun'altra rete di questo servizio riceve rinvii" in worker.get(f"/rinvii{case}").said()
    admin = there(someone, world, made, "amministratore")
    assert "non possono rinviare" in admin.get("/amministrazione/rinvii").said()
    asked = {"nome": NAME, "ente": str(made["agency"]), "protocollo": "accoglienza_cav"}
    assert admin.post("/amministrazione/rinvii", {**asked, "protocollo": "valutazione_rischio"}).status == 422
    assert "possono rinviare" in admin.post("/amministrazione/rinvii", asked).said()

    assert NAME in worker.get(f"/rinvii{case}").said()
    page = refer(worker, made, case)
    assert (page.status, "Manca ciò che permette" in page.said()) == (409, True)
    page = worker.get(f"/casi/{id_of(case)}/adesioni")
    answer = {"scopo": "presa_in_carico", "ente": str(made["agency"]), "come": "a_voce", "risposta": "si"}
    texts = {"lingua_testo": "it", "lingua_parlata": "it", "versione": "0", "letto": "si"}
    assert f"Altra rete: {NAME}" in page.said()
    assert worker.post(f"/casi/{id_of(case)}/adesioni", {**answer, **texts}).status == 200
    page = refer(worker, made, case)
    assert "Il rinvio è stato inviato" in page.said()
    assert "aspetta risposta" in page.said()

    other = there(someone, world, made)
    assert "Un'altra rete vi rinvia una donna" in other.get("/avvisi").said()
    page = other.get(waiting(other))
    assert "Rischio segnalato" in page.said()
    assert "Alto" not in page.said(), "names of questions, no answers"
    page = other.post(f"{other.path}/accoglienza", {})
    assert "questo è il caso nuovo della vostra rete" in page.said()
    new = other.path
    assert "Caso nato dal rinvio di un'altra rete" in page.said()
    assert worker.get(new).status == 404
    assert other.get(case).status == 404
    said = worker.get("/rinvii").said()
    assert "accolto" in said
    assert id_of(new).hex not in said.replace("-", "")
    assert "Un rinvio è stato accolto" in worker.get("/avvisi").said()


def test_a_decline_is_read_by_the_sender_who_decides(worker, world, case, far, someone):
    agree(world, far, id_of(case))
    refer(worker, far, case)
    other = there(someone, world, far)
    address = waiting(other)
    other.get(address)
    assert other.post(f"{address}/rifiuto", {"_motivo": " "}).status == 422
    assert "Avete rifiutato" in other.post(f"{address}/rifiuto", {"_motivo": "Nessun posto."}).said()
    assert other.post(f"{address}/accoglienza", {}).status == 409
    assert "Nessun posto." in worker.get(f"/rinvii{case}").said()
    lead = someone("coordinamento")
    assert "Rinvii ad altre reti da seguire (1)" in lead.get("/ritardi").said()
    worker.get(f"/rinvii{case}")
    assert worker.post(f"{address}/visto", {}).status == 200
    assert "Rinvii ad altre reti" not in lead.get("/ritardi").said()


def test_what_is_forged_goes_nowhere(worker, world, case, far, someone):
    agree(world, far, id_of(case))
    for field, value in (("_scopo", "cura"), ("nome", "Anna"), ("_rete", str(world.network_id)), ("_rete", "x")):
        assert refer(worker, far, case, **{field: value}).status in {409, 422}, field
    assert worker.get("/rinvii").said().count("aspetta risposta") == 0
    refer(worker, far, case)
    assert refer(worker, far, case).status == 409
    other = there(someone, world, far)
    address = waiting(other)
    for stranger in ("operatrice.cav", "operatrice.ps", "operatrice.comune"):
        person = someone(stranger)
        assert person.get(address).status == 404
        person.get("/avvisi")
        assert person.post(f"{address}/accoglienza", {}).status == 404
    for verb in ("richiamo", "visto"):
        other.get("/avvisi")
        assert other.post(f"{address}/{verb}", {}).status == 404
    worker.get(f"/rinvii{case}")
    assert worker.post(f"{address}/richiamo", {}).status == 200
    other.get("/avvisi")
    assert other.post(f"{address}/accoglienza", {}).status == 409


def test_programs_refer_and_answer(app, worker, world, case, far):
    ours, theirs = (
        Program(app, token_for(world, "operatrice.cav")),
        Program(app, token_for(world, "operatrice.ps", network_id=far["network"])),
    )
    address = f"/cases/{id_of(case)}/referrals"
    (network,) = ours.get(address).body["networks"]
    body = {"to_network": network["network_id"], "purpose": "presa_in_carico", "values": INTAKE}
    assert set(ours.get(address, to_network=network["network_id"]).body["asked"]) >= set(INTAKE)
    assert ours.post(address, body).status == 409
    agree(world, far, id_of(case))
    assert ours.post(address, {**body, "values": {**INTAKE, "nome": "Anna"}}).status == 422
    assert ours.post(address, {**body, "basis": "obbligo"}).status == 422
    made = ours.post(address, body)
    assert made.status == 200, made.raw
    received = f"/received-referrals/{made.body['id']}"
    shown = theirs.get(received).body
    assert shown["row"]["new_case_id"] is None
    assert "ALTO" not in str(shown)
    assert ours.get(received).status == 404
    assert theirs.post(f"/referrals/{made.body['id']}/ask-back", {}).status == 404
    assert ours.post(f"{received}/accept", {}).status == 404
    accepted = theirs.post(f"{received}/accept", {})
    assert accepted.status == 200, accepted.raw
    assert theirs.get(f"/cases/{accepted.body['new_case_id']}").status == 200
    assert ours.get(f"/cases/{accepted.body['new_case_id']}").status == 404
    (sent,) = ours.get("/referrals").body["items"]
    assert (sent["state"], sent["open"]) == ("accepted", False)
    assert accepted.body["new_case_id"] not in str(sent)
    assert theirs.post(f"{received}/decline", {"reason": "no"}).status == 409
