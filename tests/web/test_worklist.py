"""Narrowing the inbox and keeping filters; handing a colleague's steps on; the list of cases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from engine import clock, db
from tests.web.story import claim, start, task_of

FILTERS = "/attivita/filtri"
HANDING_ON = "/attivita/affidamento"


def test_the_inbox_is_narrowed_by_the_instant_the_protocol_and_the_agency(worker, world):
    assert "Da prendere (1)" in worker.get("/attivita?scade=1h").said()
    page = worker.get("/attivita?scade=ritardo&protocollo=accoglienza_cav")
    assert "Da prendere (0)" in page.said()
    assert "Si vedono solo: in ritardo, Accoglienza al centro antiviolenza." in page.said()
    assert "Da prendere (0)" in worker.get("/attivita?protocollo=valutazione_rischio").said()
    assert "Da prendere (1)" in worker.get(f"/attivita?ente={world.agencies['cav']}").said()
    assert "Da prendere (0)" in worker.get(f"/attivita?ente={world.agencies['ps']}").said()
    with db.transaction():
        now = clock.now()
    with clock.frozen(now + timedelta(hours=2)):
        worker.be(world.people["operatrice.cav"], world.network_id)
        assert "Da prendere (1)" in worker.get("/attivita?scade=ritardo").said()


@pytest.mark.parametrize(
    "nonsense",
    ["scade=mai", "ente=nessuno", "scheda=boh", "ente=%00", "protocollo=%27--", "protocollo=%00", "caso=%00"],
)
def test_an_address_that_makes_no_sense_is_answered(worker, nonsense):
    assert worker.get(f"/attivita?{nonsense}").status == 200


def test_a_filter_is_kept_with_its_number_until_it_is_taken_away(worker, someone):
    worker.get(FILTERS)
    page = worker.post(FILTERS, {"scheda": "da-prendere", "scade": "1h", "ente": "", "protocollo": ""})
    assert "Filtro salvato" in page.said()
    assert "Da prendere: scade entro 1 ora (1)" in page.said()
    worker.get(FILTERS)
    worker.post(FILTERS, {"scheda": "da-prendere", "scade": "1h"})  # once more: it stays one
    page = worker.get(FILTERS)
    assert "Filtri salvati (1)" in page.said()
    assert "scade entro" not in someone("collega.cav").get("/attivita").said()
    address = page.tree.xpath("string(//form[contains(@action, '/togli')]/@action)")
    stranger = someone("collega.cav")
    stranger.get("/attivita")
    assert stranger.post(address).status == 404
    assert "Filtri salvati (0)" in worker.post(address).said()
    assert worker.post(f"{FILTERS}/{uuid4()}/togli").status == 404


def test_a_filter_that_leaves_everything_or_one_too_many_is_not_kept(worker):
    worker.get(FILTERS)
    page = worker.post(FILTERS, {"scheda": "mie", "protocollo": "inesistente"})
    assert (page.status, "scegliere di nuovo" in page.said()) == (422, True)
    page = worker.post(FILTERS, {"scheda": "mie"})
    assert (page.status, "Scegliere almeno una cosa" in page.said()) == (422, True)
    kinds = [
        {"scheda": tab, "scade": due}
        for tab in ("da-prendere", "mie", "altri")
        for due in ("ritardo", "1h", "4h", "24h")
    ]
    answers = [worker.post(FILTERS, kind) for kind in kinds]
    assert [page.status for page in answers] == [200] * 10 + [422] * 2
    assert "sono già dieci" in answers[-1].said()


def test_the_steps_of_a_colleague_go_to_another_one_who_is_told(someone, worker, world):
    address = task_of(worker)
    claim(worker, address)
    lead = someone("responsabile.cav")
    page = lead.get(HANDING_ON)
    assert "In carico a operatrice.cav" in page.said()
    task_id = address.rpartition("/")[2]
    ill = {"passo": task_id, "a": str(world.people["collega.cav"]), "_motivo": "assenza"}
    for missing, said in (("passo", "almeno un passo"), ("a", "a chi affidare"), ("_motivo", "il motivo")):
        page = lead.post(HANDING_ON, {name: value for name, value in ill.items() if name != missing})
        assert (page.status, said in page.said()) == (422, True), page.said()
    assert "affidati alla collega" in lead.post(HANDING_ON, ill).said()
    colleague = someone("collega.cav")
    page = colleague.get("/attivita")
    assert "affidata a collega.cav" in page.said()
    assert "Presa in carico entro" in page.said()
    assert "Un passo vi è stato affidato" in page.said()
    assert "è passato a un'altra persona" in worker.get("/attivita").said()
    assert "L'attività è in carico a voi." in claim(colleague, address).said()
    assert (
        "Affidato a una collega"
        in colleague.get(worker.get(address).tree.xpath("string(//p[@class='percorso']/a[2]/@href)")).said()
    )
    worker.get(address)
    worker_page = lead.post(f"{address}/subentro", {"_motivo": "serve"})
    assert worker_page.status == 200
    lead.get(address)
    lead.post(f"{address}/cessione", {"_motivo": "ecco"})
    assert "affidata a" not in colleague.get("/attivita").said()


def test_a_step_goes_to_nobody_who_may_not_take_it_and_only_a_lead_hands_on(someone, worker, world):
    address = task_of(worker)
    claim(worker, address)
    lead = someone("responsabile.cav")
    lead.get(HANDING_ON)
    task_id = address.rpartition("/")[2]
    for person, said in (
        ("operatrice.ps", "non può prendere passi di questo ente"),
        ("progettista", "non può prendere passi di questo ente"),
        ("operatrice.cav", "ha già il passo in carico"),
    ):
        page = lead.post(HANDING_ON, {"passo": task_id, "a": str(world.people[person]), "_motivo": "assenza"})
        assert (page.status, said in page.said()) == (422, True), page.said()
    page = lead.post(HANDING_ON, {"passo": str(uuid4()), "a": str(world.people["collega.cav"]), "_motivo": "x"})
    assert page.status == 422
    assert "Questa pagina non esiste" in page.said()
    assert worker.get(HANDING_ON).status == 403
    stranger = someone("coordinamento")
    stranger.get("/ritardi")
    assert (
        stranger.post(HANDING_ON, {"passo": task_id, "a": str(world.people["collega.cav"]), "_motivo": "x"}).status
        == 403
    )
    assert "in carico – operatrice.cav" in worker.get(address).said()


def test_one_step_that_cannot_be_handed_on_keeps_no_other_back(someone, worker, world):
    first = task_of(worker)
    claim(worker, first)
    start(worker, world)
    second = task_of(worker)
    claim(worker, second)
    lead = someone("responsabile.cav")
    lead.get(HANDING_ON)
    ids = [address.rpartition("/")[2] for address in (first, second)]
    worker.get(first)
    worker.post(f"{first}/cessione", {"_motivo": "finita"})
    lead.get(HANDING_ON)
    page = lead.post(HANDING_ON, {"passo": [*ids, str(uuid4())], "a": str(world.people["collega.cav"]), "_motivo": "x"})
    assert "2 passi sono stati affidati." in page.said()


def test_the_list_of_cases_has_those_of_ones_agency_and_no_others(worker, someone, world):
    page = worker.get("/casi")
    assert page.said().count("mancano 59 min") == 1
    assert "Nessun caso aperto." in someone("operatrice.ps").get("/casi").said()
    lead = someone("responsabile.cav")
    address = page.tree.xpath("string(//a[@class='codice']/@href)")
    lead.get(address)
    lead.post(f"{address}/annullamento", {"_motivo": "aperto per errore"})
    assert "Nessun caso aperto." in worker.get("/casi").said()
    assert "annullato" in worker.get("/casi?scheda=chiusi").said()
    assert worker.get("/casi?dopo=niente_sul-serio").status == 200


def test_a_long_list_of_cases_goes_on_where_the_page_ended(worker, world, monkeypatch):
    monkeypatch.setattr("engine.cases.case_list.LIMIT", 2)
    for _ in range(2):
        start(worker, world)
    page = worker.get("/casi")
    first = page.tree.xpath("//td//a[@class='codice']/text()")
    more = page.tree.xpath("string(//a[contains(., 'successivi')]/@href)")
    second = worker.get(more).tree.xpath("//td//a[@class='codice']/text()")
    assert len(set(first) | set(second)) == 3
