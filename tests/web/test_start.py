"""The page that opens a case: once for each form, for the agency that is said."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from engine import db
from engine.cases.models import Case
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases import test_several_starts as several_starts
from tests.web.story import answers, begun, claim, first_answers, start, task_of
from tests.web.world import Browser

FORM = "/casi/nuovo?protocollo=accoglienza_cav"


def cases() -> list[Case]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Case)).all())


@pytest.fixture
def sent(someone, world):
    """A person, and the post of a form that she has filled in."""
    person = someone("operatrice.cav")
    return person, begun(person.get(FORM), **{"_ente.cav": str(world.agencies["cav"])})


def test_the_same_form_sent_again_leads_to_the_case_that_it_opened(sent):
    person, post = sent
    page = person.post("/casi/nuovo", post)
    assert "Caso avviato." in page.said()
    address = person.path
    page = person.post("/casi/nuovo", {**post, "rischio_segnalato": "BASSO"})
    assert "Il caso era già stato aperto" in page.said()
    assert person.path == address
    assert len(cases()) == 1


def test_whoever_comes_back_to_the_form_finds_the_case_and_may_begin_another(someone, world):
    person = someone("operatrice.cav")
    first = person.client.get(FORM)
    address = first.headers["Location"]
    case = start_at(person, address, world)
    page = person.get(address)
    assert "Il caso era già stato aperto" in page.said()
    assert case in page.links()
    assert not page.has("canale")
    again = next(link for link in page.links() if link.startswith(FORM))
    assert start_at(person, again, world) != case
    assert len(cases()) == 2


def start_at(person, address, world):
    page = person.get(address)
    person.post("/casi/nuovo", begun(page, **{"_ente.cav": str(world.agencies["cav"])}))
    return person.path


def test_what_was_refused_can_be_sent_again_corrected(sent):
    person, post = sent
    page = person.post("/casi/nuovo", {**post, "_ente.cav": ""})
    assert page.status == 422
    assert page.value("_avvio") == post["_avvio"]
    assert "Caso avviato." in person.post("/casi/nuovo", post).said()


def test_two_clicks_at_once_open_one_case(app, world):
    first = Browser(app)
    first.be(world.people["operatrice.cav"], world.network_id)
    post = {**begun(first.get(FORM)), "_ente.cav": str(world.agencies["cav"]), "_csrf": first.shown.csrf()}
    token = first.client.get_cookie("staffetta").value
    together = Barrier(2)

    def click(_number: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("staffetta", token)
        together.wait()
        answer = client.post("/casi/nuovo", data=post)
        return answer.status_code, answer.headers["Location"]

    for _round in range(3):
        with ThreadPoolExecutor(2) as pool:
            (status, one), (other_status, other) = pool.map(click, range(2))
        assert (status, other_status) == (303, 303)
        assert one == other
        assert len(cases()) == 1


@pytest.mark.parametrize("key", ["", "x", "a" * 65, "con spazi dentro e in più", "\x00" * 20])
def test_a_form_without_what_its_start_is_known_by_opens_nothing_and_is_shown_again(sent, key):
    person, post = sent
    page = person.post("/casi/nuovo", {**post, "_avvio": key})
    assert page.status == 422
    assert page.summary() == ["Modulo – La pagina era incompleta. Controllate le risposte e inviate di nuovo."]
    assert cases() == []
    assert "Caso avviato." in person.post("/casi/nuovo", {**post, "_avvio": page.value("_avvio")}).said()


def test_what_a_colleague_opened_is_not_found_by_its_key(sent, someone):
    person, post = sent
    person.post("/casi/nuovo", post)
    colleague = someone("collega.cav")
    colleague.get(FORM)
    assert "Caso avviato." in colleague.post("/casi/nuovo", post).said()
    assert len(cases()) == 2


def test_whoever_works_for_one_agency_is_not_asked_for_which(sent, world):
    person, post = sent
    assert not person.shown.has("_apro_per")
    person.post("/casi/nuovo", post)
    assert [case.opened_by_agency_id for case in cases()] == [world.agencies["cav"]]


def test_whoever_works_for_several_says_for_which_and_nothing_is_guessed(someone, world):
    with db.transaction() as session:
        directory.create_membership(
            session,
            network_id=world.network_id,
            user_id=world.people["operatrice.cav"],
            agency_id=world.agencies["ps"],
            role=Role.OPERATRICE,
        )
    person = someone("operatrice.cav")
    page = person.get(FORM)
    assert "Apro per conto di" in page.said()
    assert page.tree.xpath("//select[@name='_apro_per']/option[@selected]") == []
    offered = set(page.tree.xpath("//select[@name='_apro_per']/option/@value"))
    assert offered == {"", str(world.agencies["cav"]), str(world.agencies["ps"])}
    post = begun(page, **{"_ente.cav": str(world.agencies["cav"])})
    page = person.post("/casi/nuovo", post)
    assert page.summary() == ["Apro per conto di – Scegliere l'ente."]
    page = person.post("/casi/nuovo", {**post, "_apro_per": str(world.agencies["comune"])})
    assert page.summary() == ["Apro per conto di – Scegliere un ente per cui lavorate."]
    assert cases() == []
    person.post("/casi/nuovo", {**post, "_apro_per": str(world.agencies["ps"])})
    assert [case.opened_by_agency_id for case in cases()] == [world.agencies["ps"]]


def test_what_the_case_was_opened_with_stands_beside_the_steps_of_the_centre(someone, world):
    sender = someone("operatrice.ps")
    case = start(sender, world)
    page = sender.get(case)
    assert "Richiesta: Accoglienza al centro antiviolenza" in page.said()
    worker = someone("operatrice.cav")
    address = task_of(worker)
    page = claim(worker, address)
    (asked,) = page.tree.xpath("//details[summary='Dalla richiesta']")
    said = " ".join(asked.text_content().split())
    assert "Rischio segnalato Alto" in said
    assert "Come arriva Pronto soccorso" in said
    form = next(link for link in page.links() if link.startswith("/moduli/"))
    assert form in worker.get(case).links()
    page = worker.get(form)
    assert "Alto" in page.said()
    assert f"{form}/rettifica" not in page.links()
    assert worker.post(f"{form}/rettifica", {"_motivo": "prova"}).status in {403, 422}
    page = sender.get(f"{form}/rettifica")
    post = {"_domande": page.value("_domande"), "rischio_segnalato": "BASSO", "canale": "pronto_soccorso"}
    assert "Rettifica registrata." in sender.post(f"{form}/rettifica", {**post, "_motivo": "errore"}).said()
    page = worker.get(address)
    (asked,) = page.tree.xpath("//details[summary='Dalla richiesta']")
    assert "Rischio segnalato Basso" in " ".join(asked.text_content().split())
    assert "rettificata" in asked.text_content()
    assert someone("operatrice.comune").get(form).status == 404


def test_a_closed_case_says_how_it_ended_to_the_centre_and_not_to_who_only_sent_it(someone, world):
    sender, worker = someone("operatrice.ps"), someone("operatrice.cav")
    case = start(sender, world)
    address = task_of(worker)
    page = claim(worker, address)
    worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/domande", answers(page, esito_contatto="non_desidera"))
    page = worker.post(
        f"{address}/conclusione", answers(page, **first_answers(page) | {"esito_contatto": "non_desidera"})
    )
    assert page.status == 200, page.summary()
    said = worker.get(case).said()
    assert "Com'è finito Accoglienza al centro antiviolenza: Informata" in said
    page = sender.get(case)
    assert "chiuso" in page.said()
    assert "Informata" not in page.said()


@pytest.fixture
def two_doors(world):
    """A protocol with two starts in force, one of them with a form."""
    with db.transaction() as session:
        designer = directory.actor(session, world.people["progettista"], world.network_id)
        sources = {"due_porte.bpmn": several_starts.SOURCE}
        deployment.deploy(session, designer, sources, forms_given=several_starts.FORMS)


def carried(page, world):
    """Return what the form of a start carries, with the agency of its only lane."""
    names = ("_protocollo", "_inizio", "_avvio")
    return {name: page.value(name) for name in names} | {"_ente.cav": str(world.agencies["cav"])}


def test_of_several_starts_one_is_chosen_first(someone, world, two_doors):
    person = someone("operatrice.cav")
    page = person.get("/casi/nuovo?protocollo=due_porte")
    assert "Da dove si comincia?" in page.said()
    assert not page.has("_avvio")
    address = next(link for link in page.links() if "inizio=telefono" in link)
    page = person.get(address)
    assert "Si comincia da: Ha telefonato" in page.said()
    post = carried(page, world)
    assert post["_inizio"] == "telefono"
    page = person.post("/casi/nuovo", {**post, "_domande": page.value("_domande"), "sicura": "true"})
    assert "Caso avviato." in page.said()
    assert "Passo da_telefono" in page.said()


def test_a_start_that_is_gone_is_asked_for_again(someone, world, two_doors):
    person = someone("operatrice.cav")
    page = person.get("/casi/nuovo?protocollo=due_porte&inizio=sportello")
    page = person.post("/casi/nuovo", {**carried(page, world), "_inizio": "citofono"})
    assert page.status == 422
    assert "Scegliere da dove si comincia." in page.said()
    assert "Da dove si comincia?" in page.said()
    assert cases() == []
