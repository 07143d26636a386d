"""A step from the inbox to its completion, as people do it on the pages, without JavaScript."""

from datetime import timedelta

import pytest

from engine import clock, db
from tests.web.story import answers, begun, claim, start, task_of
from web import clocks


def test_a_started_case_shows_its_first_step_in_the_inbox_of_the_agency_that_owes_it(worker, someone):
    page = someone("collega.cav").get("/attivita")
    assert "Da prendere (1)" in page.said()
    assert "Accetta l'invio" in page.said()
    assert "mancano 59 min" in page.said()
    assert "Da prendere (0)" in someone("operatrice.ps").get("/attivita").said()


def test_a_protocol_that_cannot_be_started_by_hand_is_not_offered_and_not_started(someone):
    person = someone("operatrice.cav")
    assert person.get("/casi/nuovo?protocollo=inesistente").status == 404
    person.get("/casi/nuovo")
    assert person.post("/casi/nuovo", {"_protocollo": "inesistente"}).status == 404


def test_starting_without_an_agency_for_a_lane_says_which_one_is_missing(someone):
    person = someone("operatrice.cav")
    page = person.get("/casi/nuovo?protocollo=accoglienza_cav")
    page = person.post("/casi/nuovo", begun(page))
    assert page.status == 422
    assert page.summary() == [
        "Centro antiviolenza – Scegliere un ente che offra questo servizio; se non ce n'è, la rete deve indicarne uno."
    ]


@pytest.mark.parametrize("agency", ["ps", "nessuno", "00000000-0000-4000-8000-000000000000"])
def test_starting_with_an_agency_that_does_not_play_the_lane_is_refused(someone, world, agency):
    person = someone("operatrice.cav")
    page = person.get("/casi/nuovo?protocollo=accoglienza_cav")
    chosen = str(world.agencies.get(agency, agency))
    page = person.post("/casi/nuovo", {**begun(page), "_ente.cav": chosen})
    assert page.status == 422
    assert "Centro antiviolenza – Scegliere un ente" in page.summary()[0]
    assert "Mie (0)" in person.get("/attivita").said()
    assert "Da prendere (0)" in person.get("/attivita").said()


def test_the_whole_step_draft_included_leads_to_the_next_one(worker):
    address = task_of(worker)
    page = claim(worker, address)
    assert "L'attività è in carico a voi." in page.said()
    page = worker.post(f"{address}/bozza", answers(page, esito_invio="accetta", nota="quasi pronta"))
    assert "Bozza salvata." in page.said()
    page = worker.get(address)
    assert page.tree.xpath("string(//input[@value='accetta']/@checked)") == "checked"
    assert page.tree.findtext(".//textarea[@name='nota']").strip() == "quasi pronta"
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", nota="pronta"))
    assert "Attività completata." in page.said()
    assert "Fissa il colloquio" in page.said()
    assert "nei tempi" in page.said()


def test_a_missing_answer_is_asked_for_at_its_question_with_a_summary_that_links_to_it(worker):
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/conclusione", answers(page, nota="questa resta"))
    assert page.status == 422
    assert page.title() == "Errore: attività – Staffetta"
    assert page.summary() == ["Il centro accetta l'invio? – Serve una risposta."]
    target = page.tree.xpath("string(//*[@role='alert']//a/@href)").removeprefix("#")
    assert page.tree.get_element_by_id(target).tag == "fieldset"
    assert page.tree.xpath("//*[@role='alert'][@autofocus]")
    assert page.tree.xpath("//input[@name='esito_invio'][@aria-invalid='true']")
    assert page.tree.findtext(".//textarea[@name='nota']").strip() == "questa resta"
    assert "Mie (1)" in worker.get("/attivita").said()


def test_a_question_that_an_answer_brings_up_is_shown_before_it_is_required(worker):
    address = task_of(worker)
    page = claim(worker, address)
    assert not page.has("motivo_rifiuto")
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="declina"))
    assert page.status == 422
    assert page.has("motivo_rifiuto")
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="declina", motivo_rifiuto="lingua"))
    assert "Attività completata." in page.said()


def test_the_questions_can_be_refreshed_without_recording_anything(worker):
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/domande", answers(page, esito_invio="declina"))
    assert page.status == 200
    assert page.has("motivo_rifiuto")
    assert page.summary() == []
    assert not worker.get(address).has("motivo_rifiuto")


def test_an_answer_to_a_question_that_is_hidden_does_not_count(worker):
    address = task_of(worker)
    page = claim(worker, address)
    sent = answers(page, esito_invio="accetta", motivo_rifiuto="questo non è un motivo")
    assert "Attività completata." in worker.post(f"{address}/conclusione", sent).said()


def test_completing_twice_says_that_it_is_done(worker):
    address = task_of(worker)
    page = claim(worker, address)
    sent = {**answers(page, esito_invio="accetta"), "_csrf": page.csrf()}
    assert worker.post(f"{address}/conclusione", sent).status == 200
    page = worker.post(f"{address}/conclusione", sent)
    assert page.status == 409
    assert "Attività già chiusa" in page.said()
    assert address in page.links()


def test_a_colleague_who_comes_second_is_told_that_the_step_is_taken(worker, someone):
    address = task_of(worker)
    second = someone("collega.cav")
    second.get(address)
    claim(worker, address)
    page = second.post(f"{address}/presa")
    assert page.status == 409
    assert "già presa in carico" in page.said()
    page = second.get(address)
    assert "in carico a operatrice.cav" in page.said()
    assert not page.has("esito_invio")


def test_a_step_that_is_not_claimed_cannot_be_completed(worker):
    address = task_of(worker)
    worker.get(address)
    page = worker.post(f"{address}/conclusione", {"esito_invio": "accetta", "_revisione": "0"})
    assert page.status == 409
    assert "prima prenderla in carico" in page.said()


def test_a_stale_page_shows_the_present_state_and_keeps_what_was_typed(worker, someone):
    address = task_of(worker)
    stale = claim(worker, address)
    worker.post(f"{address}/cessione", {"_motivo": "cambio turno"})
    claim(worker, address)
    page = worker.post(f"{address}/conclusione", answers(stale, esito_invio="accetta", nota="scritta prima"))
    assert page.status == 409
    assert "L'attività è cambiata" in page.said()
    assert page.tree.findtext(".//textarea[@name='nota']").strip() == "scritta prima"
    assert worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta")).status == 200


def test_giving_back_needs_a_reason(worker):
    address = task_of(worker)
    claim(worker, address)
    page = worker.post(f"{address}/cessione", {"_motivo": "  "})
    assert page.status == 422
    assert page.summary() == ["Motivo – Scrivere il motivo."]
    page = worker.post(f"{address}/cessione", {"_motivo": "cambio turno"})
    assert "tornata tra quelle da prendere" in page.said()
    assert "Da prendere (1)" in page.said()


def test_the_lead_takes_over_with_a_reason_and_the_colleague_is_told(worker, someone):
    address = task_of(worker)
    claim(worker, address)
    lead = someone("responsabile.cav")
    assert "Subentra" in lead.get(address).said()
    page = lead.post(f"{address}/subentro", {"_motivo": "collega assente"})
    assert "ora è in carico a voi" in page.said()
    page = worker.get("/attivita")
    assert "è passato a un'altra persona" in page.said()
    assert "Mie (0)" in page.said()


def test_an_operator_cannot_take_over(worker, someone):
    address = task_of(worker)
    claim(worker, address)
    colleague = someone("collega.cav")
    assert "Subentra" not in colleague.get(address).said()
    page = colleague.post(f"{address}/subentro", {"_motivo": "provo"})
    assert page.status == 403
    assert "Il vostro ruolo non permette" in page.said()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2030-01-01T10:00", "Il momento indicato è nel futuro."),
        (
            "2020-01-01T10:00",
            (
                "Il momento indicato è più di 30 giorni fa. Indicarne uno più recente, oppure lasciare vuoto "
                "(vale adesso) e scrivere nel modulo quando è stato fatto."
            ),
        ),
        ("ieri", "Non è una data con ora. Esempio: 24/11/2026 03:45."),
    ],
)
def test_when_an_act_was_done_must_make_sense(worker, text, message):
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", _quando=text))
    assert page.status == 422
    assert page.summary() == [f"Quando è stato fatto – {message}"]
    assert page.value("_quando") == text
    assert page.tree.xpath("//input[@value='accetta'][@checked]")


def test_an_act_done_earlier_is_judged_on_its_own_time_and_marked_as_entered_later(worker):
    address = task_of(worker)
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + timedelta(minutes=20)):
        earlier = clocks.field(now + timedelta(minutes=1))
        worker.get(address)
        page = worker.post(f"{address}/presa", {"_quando": earlier})
        page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", _quando=earlier))
    assert "registrato dopo" in page.said()
    assert "nei tempi" in page.said()


def test_an_act_before_its_step_or_before_its_taking_is_refused_with_the_moment_from_which_it_could_be(worker):
    address = task_of(worker)
    with db.transaction(read_only=True):
        now = clock.now()
    later = now + timedelta(minutes=20)
    with clock.frozen(later):
        worker.get(address)
        page = worker.post(f"{address}/presa", {"_quando": clocks.field(now - timedelta(minutes=2))})
        assert page.status == 422
        assert f"Questo passo è arrivato {clocks.on(now, later)}." in page.said()
        page = claim(worker, address)
        earlier = clocks.field(now + timedelta(minutes=1))
        page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", _quando=earlier))
        assert page.status == 422
        assert f"La presa in carico risulta {clocks.on(later, later)}:" in page.said()
        assert page.tree.xpath("//input[@value='accetta'][@checked]")


def test_what_was_done_in_time_and_typed_after_it_shows_both_times(worker, someone):
    address = task_of(worker)
    with db.transaction(read_only=True):
        now = clock.now()
    later = now + timedelta(minutes=90)
    with clock.frozen(later):
        worker = someone("operatrice.cav")
        worker.get(address)
        said = {"_quando": clocks.field(now + timedelta(minutes=5))}
        page = worker.post(f"{address}/presa", said)
        assert page.status == 422
        assert "più di un'ora fa: scrivere perché si registra solo ora" in page.said()
        assert page.tree.xpath("//details[@open]//input[@name='_perche_ora'][@aria-invalid='true']")
        page = worker.post(f"{address}/presa", said | {"_perche_ora": "al telefono"})
        assert "rispettata" in page.said()
        assert f"registrato dopo la scadenza, {clocks.stamp(later)}" in page.said()


def test_the_inbox_finds_a_case_by_its_code_however_it_is_typed(worker, world):
    start(worker, world)
    page = worker.get("/attivita")
    codes = page.tree.xpath("//a[@class='codice']/text()")
    assert len(codes) == 2
    page = worker.get(f"/attivita?caso={codes[0].lower().replace('-', ' ')}")
    assert page.tree.xpath("//ol//a[@class='codice']/text()") == [codes[0]]
    assert "Da prendere (1)" in page.said()
    assert "Nessuna attività in questa scheda" in worker.get("/attivita?caso=XXXX-XX").said()


@pytest.mark.parametrize(
    "query", ["scheda=altro", "da=-5", "da=abc", "da=99999999999999999999", "caso=%00", "caso=" + "x" * 500]
)
def test_the_inbox_stands_any_address(worker, query):
    assert worker.get(f"/attivita?{query}").status == 200


def test_the_search_finds_a_case_in_which_nothing_is_open_for_me_and_nobody_elses(worker, world, someone):
    case = start(worker, world)
    (code,) = worker.get("/attivita").tree.xpath("//ol//a[@class='codice'][@href=$case]/text()", case=case)
    lead = someone("responsabile.cav")
    lead.post(f"{case}/annullamento", {"_motivo": "prova"})
    assert worker.get(f"/attivita?caso={code}").tree.xpath("//main//p/a[@class='codice']/@href") == [case]
    assert not someone("operatrice.ps").get(f"/attivita?caso={code}").tree.xpath("//main//a[@class='codice']")


def test_cancelling_needs_a_role_and_a_reason_and_leaves_nothing_owed(worker, world, someone):
    case = start(worker, world)
    assert "Annulla il caso" not in worker.get(case).said()
    assert worker.post(f"{case}/annullamento", {"_motivo": "prova"}).status == 403
    lead = someone("responsabile.cav")
    lead.get(case)
    page = lead.post(f"{case}/annullamento", {"_motivo": ""})
    assert page.status == 422
    assert page.title() == "Errore: caso – Staffetta"
    assert page.summary() == ["Motivo – Scrivere il motivo."]
    assert page.tree.get_element_by_id("motivo-cancel").get("name") == "_motivo"
    page = lead.post(f"{case}/annullamento", {"_motivo": "aperto per errore"})
    assert "Caso annullato." in page.said()
    assert "Motivo: aperto per errore" in page.said()
    assert "Nessun passo in corso." in page.said()
    assert lead.post(f"{case}/annullamento", {"_motivo": "ancora"}).status == 409


def test_a_correction_leaves_the_first_answer_readable(worker, someone):
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta", nota="prima nota"))
    form = next(link for link in page.links() if link.startswith("/moduli/"))
    page = worker.get(form)
    assert "Sì, la cerchiamo noi" in page.said()
    assert "prima nota" not in page.said()
    page = worker.get(f"{form}/rettifica")
    assert not page.has("nota")
    page = worker.post(f"{form}/rettifica/apri")
    assert page.tree.findtext(".//textarea[@name='nota']").strip() == "prima nota"
    sent = {"_domande": page.value("_domande"), "esito_invio": "accetta", "nota": "nota giusta"}
    page = worker.post(f"{form}/rettifica", sent)
    assert page.status == 422
    assert page.summary() == ["Motivo della rettifica – Scrivere il motivo."]
    page = worker.post(f"{form}/rettifica", {**sent, "_motivo": "errore di battitura"})
    assert "Rettifica registrata." in page.said()
    said = worker.post(f"{form}/apri", {"_scopo": "atti", "_specie": "libero"}).said()
    assert said.index("nota giusta") < said.index("prima nota")
    assert someone("operatrice.ps").get(form).status == 404


def test_a_notice_can_be_marked_as_read_once_addressed(worker, someone):
    address = task_of(worker)
    claim(worker, address)
    lead = someone("responsabile.cav")
    lead.get(address)
    lead.post(f"{address}/subentro", {"_motivo": "collega assente"})
    page = worker.get("/avvisi")
    action = page.tree.xpath("string(//main//form/@action)")
    lead.get("/avvisi")
    assert lead.post(action).status == 404
    worker.get("/avvisi")
    page = worker.post(action)
    assert "Avviso segnato come letto." in page.said()
    assert "Avvisi per voi" not in worker.get("/attivita").said()


def test_a_correction_brings_up_the_questions_that_an_answer_asks_for_without_a_script(worker):
    address = task_of(worker)
    page = claim(worker, address)
    page = worker.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    form = next(link for link in page.links() if link.startswith("/moduli/"))
    page = worker.get(f"{form}/rettifica")
    assert not page.has("motivo_rifiuto")
    asked = page.tree.xpath("string(//button[contains(., 'Aggiorna domande')]/@formaction)")
    assert asked == f"{form}/rettifica/domande#modulo"
    sent = {"_domande": page.value("_domande"), "esito_invio": "declina", "_motivo": "era un no"}
    page = worker.post(f"{form}/rettifica/domande", sent)
    assert (page.status, page.has("motivo_rifiuto")) == (200, True)
    assert page.tree.findtext(".//textarea[@name='_motivo']").strip() == "era un no"
    assert "Rettifica" not in worker.get(form).tree.findtext(".//section/h2")


def test_the_header_says_for_which_agency_one_works(worker):
    said = worker.get("/attivita").tree.xpath("//header//*[@class='chi']/span/text()")
    assert said == ["operatrice.cav", "Centro antiviolenza di prova"]


def test_a_step_is_handed_to_a_colleague_who_may_say_no(worker, someone, world):
    address = task_of(worker)
    claim(worker, address)
    page = worker.post(f"{address}/affidamento", {"a": "", "_motivo": "turno"})
    assert page.summary() == ["A chi – Scegliere a chi affidare i passi."]
    assert worker.get(f"{address}/telefonata").status == 404, "this agency has computers"
    page = worker.post(f"{address}/affidamento", {"a": str(world.people["collega.cav"]), "_motivo": "turno"})
    assert "affidata alla collega indicata" in page.said()
    colleague = someone("collega.cav")
    assert "È affidata a voi" in colleague.get(address).said()
    assert "resta da prendere per tutte" in colleague.post(f"{address}/rinuncia").said()
    assert "È affidata a voi" not in colleague.get(address).said()
    assert "non può farlo: è di tutte" in worker.get("/avvisi").said()
