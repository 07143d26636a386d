"""Carrying running cases over to a new version of their protocol, on the page of whoever draws it."""

import pytest

from engine import db
from engine.definitions import deployment
from tests.web.story import answers, claim, task_of
from tests.web.world import diagrams


@pytest.fixture
def page_of(world, worker):
    """The address of the plan of a second version, in which a step is called otherwise; one case runs on the first."""
    files = {name: source for name, source in diagrams().items() if name.endswith("accoglienza_cav.bpmn")}
    (name,) = files
    files[name] = files[name].replace(b'name="Accetta ', b'name="Accetta o declina ')
    designer = world.actor("progettista")
    with db.transaction() as session:
        deployed = deployment.deploy(session, designer, files, forms_given={})
    (new,) = [one.definition.id for one in deployed if one.is_new]
    return f"/protocolli/{new}/passaggio"


def test_the_plan_says_how_many_stand_where_and_never_whose_they_are(page_of, worker, someone):
    address = task_of(worker)
    code = worker.get(address).tree.xpath("string(//a[@class='codice'])")
    designer = someone("progettista")
    assert page_of in designer.get("/protocolli").links()
    page = designer.get(page_of)
    assert "1 caso, versione 1" in page.said()
    assert "Accetta o declina" in page.said()
    assert "resta com'è" in page.said()
    assert code not in page.text
    assert page_of not in worker.get("/protocolli").links()
    assert worker.get(page_of).status == 403


def test_cases_go_over_when_the_plan_was_read(page_of, worker, someone):
    address = task_of(worker)
    claim(worker, address)
    designer = someone("progettista")
    page = designer.get(page_of)
    group = page.value("gruppo")
    page = designer.post(page_of, {"gruppo": group})
    assert (page.status, page.summary()) == (422, ["Conferma – Confermare di aver letto il piano."])
    page = designer.post(page_of, {"letto": "si"})
    assert (page.status, page.summary()) == (422, ["Casi – Scegliere almeno un gruppo di casi."])
    page = designer.post(page_of, {"gruppo": group, "letto": "si"})
    assert "I casi scelti sono passati alla nuova versione." in page.said()
    assert "Nessun caso in corso è su un'altra versione." in page.said()
    page = worker.get(address)
    assert "Accetta o declina" in page.said()
    case = page.tree.xpath("string(//p[@class='percorso']/a[2]/@href)")
    assert "Protocollo passato a un'altra versione" in worker.get(case).said()


def test_a_case_that_has_gone_on_since_the_plan_stays(page_of, worker, someone):
    designer = someone("progettista")
    group = designer.get(page_of).value("gruppo")
    address = task_of(worker)
    page = claim(worker, address)
    sent = {**answers(page, esito_invio="declina", motivo_rifiuto="lingua"),
            "_domande": "esito_invio motivo_rifiuto nota"}  # fmt: skip
    worker.post(f"{address}/conclusione", sent)
    page = designer.post(page_of, {"gruppo": group, "letto": "si"})
    assert page.status == 409
    assert "0 casi sono passati." in page.said()


def test_elements_can_be_told_where_to_go(page_of, someone, worker):
    designer = someone("progettista")
    page = designer.get(f"{page_of}?nomi=accetta_invio%20%3D%20non_c_e")
    assert "Restano sulla loro versione" in page.said()
    assert "la nuova versione" in page.said()
    page = designer.get(f"{page_of}?nomi=senza")
    assert (page.status, page.summary()) == (
        422,
        ["Elementi che hanno cambiato id – Ogni riga ha la forma: elemento di prima = elemento nuovo."],
    )
