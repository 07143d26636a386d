"""What was typed into a page whose session lapsed is not lost, and nobody else ever sees it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import clock, db
from engine.cases.models import CaseEvent
from engine.participants import kept_posts, sessions
from engine.participants.models import KeptPost
from tests.web.story import START, answers, claim, start, task_of
from tests.web.world import PASSWORD

NOTE = "Questa nota è lunga e non va persa."
KEPT = "Ecco quello che avevate scritto"


def now():
    with db.transaction(read_only=True):
        return clock.now()


def kept() -> list[KeptPost]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(KeptPost)))


def events() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(CaseEvent))


def later(minutes=31):
    return clock.frozen(now() + timedelta(minutes=minutes))


def come_back(person, refused, username="operatrice.cav"):
    """Log in from the page that refused the post; it leads on by itself."""
    assert refused.status == 401
    fields = {"utente": username, "parola": PASSWORD, "poi": refused.value("poi")}
    return person.post("/accesso", fields)


@pytest.fixture
def filled(worker):
    """A step that somebody holds, with its form filled in."""
    address = task_of(worker)
    return address, answers(claim(worker, address), esito_invio="declina", nota=NOTE)


@pytest.mark.parametrize("act", ["conclusione", "bozza", "domande"])
def test_answers_sent_too_late_are_there_again_after_the_log_in_and_nothing_was_done(worker, filled, act):
    address, sent = filled
    before = events()
    with later():
        refused = worker.post(f"{address}/{act}", sent)
        assert "è da parte per un'ora" in refused.said()
        page = come_back(worker, refused)
        assert (page.status, worker.path) == (200, address)
        assert KEPT in page.said()
        assert page.tree.findtext(".//textarea[@name='nota']").strip() == NOTE
        assert page.tree.xpath("//input[@name='esito_invio'][@value='declina']/@checked")
        assert page.has("motivo_rifiuto")
        assert (events(), kept()) == (before, [])
        assert KEPT not in worker.get(address).said()


def test_what_comes_back_can_be_sent(worker, filled):
    address, sent = filled
    with later():
        page = come_back(worker, worker.post(f"{address}/conclusione", sent))
        page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", nota=NOTE))
        assert "Attività completata." in page.said()


@pytest.mark.parametrize("act", ["cessione", "subentro"])
def test_a_reason_comes_back_where_it_was_typed(worker, someone, act):
    address = task_of(worker)
    claim(worker, address)
    username = "operatrice.cav" if act == "cessione" else "responsabile.cav"
    person = worker if act == "cessione" else someone(username)
    person.get(address)
    with later():
        page = come_back(person, person.post(f"{address}/{act}", {"_motivo": NOTE}), username)
        (form,) = page.tree.xpath("//details[@open]/form[contains(@action, $act)]", act=act)
        assert form.findtext(".//textarea").strip() == NOTE
        assert page.text.count(NOTE) == 1


def test_the_start_of_a_case_comes_back_and_no_case_was_opened(someone, world):
    person = someone("operatrice.cav")
    page = person.get("/casi/nuovo?protocollo=accoglienza_cav")
    chosen = str(world.agencies["cav2"])
    sent = {**START, "_domande": page.value("_domande"), "_ente.cav": chosen, "_quando": "2026-01-02T03:04"}
    before = events()
    with later():
        page = come_back(person, person.post("/casi/nuovo", sent))
        assert person.path == "/casi/nuovo"
        assert page.tree.xpath("//select[@name='_ente.cav']/option[@selected]/@value") == [chosen]
        assert page.value("_quando") == "2026-01-02T03:04"
        assert page.tree.xpath("//*[@name='canale']//*[@value='pronto_soccorso'][@checked or @selected]")
        assert events() == before


def test_a_correction_and_the_reason_for_a_cancellation_come_back(worker, filled, someone, world):
    address, _ = filled
    page = worker.post(f"{address}/conclusione", answers(worker.get(address), esito_invio="accetta"))
    form = next(link for link in page.links() if link.startswith("/moduli/"))
    page = worker.post(f"{form}/rettifica/apri")
    sent = {"_domande": page.value("_domande"), "esito_invio": "accetta", "nota": NOTE, "_motivo": "un motivo"}
    lead = someone("responsabile.cav")
    case = start(worker, world)
    lead.get(case)
    with later():
        page = come_back(worker, worker.post(f"{form}/rettifica", sent))
        assert worker.path == f"{form}/rettifica"
        assert page.tree.findtext(".//textarea[@name='nota']").strip() == NOTE
        assert page.tree.findtext(".//textarea[@name='_motivo']").strip() == "un motivo"
        page = come_back(lead, lead.post(f"{case}/annullamento", {"_motivo": NOTE}), "responsabile.cav")
        assert page.tree.findtext(".//textarea[@name='_motivo']").strip() == NOTE


def test_another_person_gets_nothing_of_it(worker, filled, someone):
    address, sent = filled
    with later():
        refused = worker.post(f"{address}/conclusione", sent)
        page = come_back(worker, refused, "collega.cav")
        assert (page.status, worker.path) == (200, address)
        assert NOTE not in page.text
        assert KEPT not in page.said()
        page = come_back(someone(), refused)
        assert NOTE in page.text


def test_without_the_form_token_of_that_session_nothing_is_kept(worker, filled):
    address, sent = filled
    with later():
        for token in ("", "0" * 64):
            assert worker.post(f"{address}/conclusione", {**sent, "_csrf": token}).status == 401
    assert kept() == []


def test_a_session_that_was_ended_keeps_nothing(worker, filled):
    address, sent = filled
    with db.transaction() as session:
        sessions.end(session, worker.client.get_cookie("staffetta").value)
    page = worker.post(f"{address}/conclusione", sent)
    assert page.status == 401
    assert "non è stato registrato" in page.said()
    assert kept() == []


def test_a_page_that_carries_nothing_typed_is_not_kept(worker):
    with later():
        assert "non è stato registrato" in worker.post("/uscita").said()
    assert kept() == []


def test_it_is_sealed_and_small_in_number(worker, filled):
    address, sent = filled
    token, sent["_csrf"] = worker.client.get_cookie("staffetta").value, worker.shown.csrf()
    with later():
        for number in range(8):
            worker.client.set_cookie("staffetta", token)
            assert worker.client.post(f"{address[:-1]}{number}/conclusione", data=sent).status_code == 401
    rows = kept()
    assert len(rows) == kept_posts.MOST
    assert not [row for row in rows if NOTE.encode() in row.sealed or b"declina" in row.sealed]


def test_after_an_hour_it_is_gone(worker, filled):
    address, sent = filled
    with later():
        refused = worker.post(f"{address}/conclusione", sent)
    with later(31 + 61):
        assert NOTE not in come_back(worker, refused).text
        with db.transaction() as session:
            kept_posts.purge(session)
    assert kept() == []


def test_what_stands_in_a_page_that_hides_is_there_again_afterwards(worker, filled):
    address, sent = filled
    worker.get(address)
    put_aside = {**sent, "_modulo": f"{address}/conclusione"}
    assert worker.post("/pausa/testo", put_aside, follow=False).status == 204
    worker.get(address)
    assert KEPT in worker.shown.said()
    worker.post("/pausa/testo", put_aside, follow=False)
    worker.post("/pausa/inizio", {"qui": address})
    page = worker.post("/pausa", {"parola": PASSWORD})
    assert (page.status, worker.path) == (200, address)
    assert page.tree.findtext(".//textarea[@name='nota']").strip() == NOTE
    assert events_of("task_completed") == 0


def test_another_window_may_put_its_text_aside_while_the_session_hides_already(worker, filled):
    address, sent = filled
    token = worker.get(address).csrf()
    worker.post("/pausa/inizio", {"qui": "/attivita"})
    put_aside = {**sent, "_modulo": f"{address}/conclusione", "_csrf": token}
    assert worker.client.post("/pausa/testo", data=put_aside).status_code == 204
    worker.post("/pausa", {"parola": PASSWORD})
    assert NOTE in worker.get(address).text


@pytest.mark.parametrize("action", ["", "/uscita", "//altrove.example/x", "/attivita/x/conclusione", "/niente", "é"])
def test_nothing_else_is_put_aside(worker, filled, action):
    worker.get("/attivita")
    assert worker.post("/pausa/testo", {"_modulo": action, "nota": NOTE}, follow=False).status == 204
    assert kept() == []


def events_of(kind: str) -> int:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(CaseEvent).where(CaseEvent.kind == kind))
