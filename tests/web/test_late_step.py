"""The page of a late step, and notices that lead to what they are about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import clock, db
from engine.cases import timers
from engine.participants.models import Agency
from tests.web.story import answers, claim, start, task_of

THIRD_RUNG = timedelta(hours=2, minutes=5)


@pytest.fixture
def late(someone, world):
    """The instant at which the coordination has been told of a step of the centre."""
    person = someone("operatrice.cav")
    start(person, world)
    with db.transaction() as session:
        now = clock.now()
        session.get_one(Agency, world.agencies["cav"]).telephone = "06 12 34 567"
    for length in (timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=120)):
        with clock.frozen(now + length):
            for case_id in timers.due(limit=10).case_ids:
                timers.fire(case_id)
    with clock.frozen(now + THIRD_RUNG):
        yield now + THIRD_RUNG


def notice_of(person, kind: str) -> str:
    """Return where a notice leads to."""
    page = person.get("/avvisi")
    return page.tree.xpath("string(//h2[contains(@class, 'riga-titolo')]/a[contains(., $kind)]/@href)", kind=kind)


def test_the_notice_of_the_coordination_leads_to_whom_to_call_and_the_step_says_who_follows_it(late, someone):
    coordination = someone("coordinamento")
    address = notice_of(coordination, "serve qualcuno che se ne occupi")
    page = coordination.get(address)
    said = page.said()
    assert page.status == 200
    assert "Passo di un altro ente" in said
    assert "Accetta l'invio" not in page.text
    assert "06 12 34 567" in said
    assert page.tree.xpath("//a[@href='tel:061234567']")
    assert "Responsabile: responsabile.cav" in said
    page = coordination.post(f"{address}/seguito")
    assert "preso in carico dal coordinamento: coordinamento" in page.said()
    page = coordination.post(f"{address}/nota", {"_nota": "Richiamano alle 15."})
    assert "Richiamano alle 15." in page.said()
    lead = someone("responsabile.cav")
    step = notice_of(lead, "Il coordinamento segue")
    assert step.startswith("/attivita/")
    said = lead.get(step).said()
    assert "Dal coordinamento coordinamento: segue questo passo" in said
    assert "Richiamano alle 15." in said
    assert "preso in carico dal coordinamento" in lead.get("/ritardi").said()


def test_a_note_without_words_is_refused_and_the_rest_of_the_page_is_there(late, someone):
    coordination = someone("coordinamento")
    address = notice_of(coordination, "serve qualcuno che se ne occupi")
    coordination.get(address)
    page = coordination.post(f"{address}/nota", {"_nota": "  "})
    assert (page.status, page.summary()) == (422, ["Che cosa si è concordato – Scrivere che cosa si è concordato."])
    assert "06 12 34 567" in page.said()


def test_the_board_leads_there_and_its_address_answers_nobody_else(late, someone):
    coordination = someone("coordinamento")
    coordination.get("/ritardi")
    addresses = [link for link in coordination.shown.links() if link.startswith("/ritardi/passi/")]
    assert coordination.get(addresses[0]).status == 200
    for name in ("operatrice.cav", "operatrice.ps", "operatrice.comune", "amministratore"):
        assert someone(name).get(addresses[0]).status == 403
    assert someone("responsabile.cav").get(addresses[0]).status == 200


def test_a_notice_whose_step_is_done_says_so_and_is_counted_no_more(late, someone):
    lead = someone("responsabile.cav")
    assert "Avvisi per voi (1)" in lead.get("/attivita").said()
    worker = someone("operatrice.cav")
    address = task_of(worker)
    page = claim(worker, address)
    worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    said = someone("responsabile.cav").get("/avvisi").said()
    assert "Scadenza superata in un passo (Presa in carico, Conclusione)" in said
    assert "concluso" in said
    assert "Segna come letto" not in said
    assert "Avvisi per voi" not in someone("responsabile.cav").get("/attivita").said()
