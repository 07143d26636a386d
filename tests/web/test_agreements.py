"""The page of what she has agreed to, as an operator uses it; and how her pause shows elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import clock, db
from engine.cases import timers
from tests.web.story import claim, start, task_of


@pytest.fixture
def operator(someone):
    return someone("operatrice.cav")


@pytest.fixture
def case(operator, world) -> str:
    return start(operator, world)


def asked(world, **changed: str) -> dict[str, str]:
    return {"scopo": "protezione", "ente": str(world.agencies["ps"]), "lingua_testo": "it", **changed}


def answer(operator, world, case: str, said: str = "si", **changed: str):
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/testo", asked(world))
    how = {"risposta": said, "come": "a_voce", "lingua_parlata": "ar", "interprete": "mediatrice 12"}
    return operator.post(f"{case}/adesioni", {**asked(world), "versione": page.value("versione"), **how, **changed})


def test_the_page_says_what_to_read_aloud_and_what_the_law_lets_go_on_before_anything_is_asked(operator, case):
    page = operator.get(f"{case}/adesioni")
    said = page.said()
    assert page.status == 200
    assert "Può cambiare idea quando vuole" in said
    assert said.index("Che cosa va avanti comunque, per legge") < said.index("Chiederle un'adesione")
    assert operator.get(case).tree.xpath(f"//a[@href='{case}/adesioni']")


def test_the_text_is_shown_before_the_answer_is_recorded_with_it(operator, world, case):
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/testo", asked(world))
    assert page.status == 200
    assert "Può dire di no, o cambiare idea quando vuole" in page.said()
    page = answer(operator, world, case)
    said = page.said()
    assert "Risposta registrata." in said
    assert "Ha detto sì" in said
    assert "con interprete: mediatrice 12" in said
    assert "arabo" in said


def test_a_no_is_recorded_as_a_no(operator, world, case):
    assert "Ha detto no" in answer(operator, world, case, "no").said()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"risposta": ""}, "Dire che cosa ha risposto"),
        ({"come": ""}, "Dire come lo ha detto"),
        ({"lingua_parlata": ""}, "Scegliere una lingua"),
        ({"_quando": "domani"}, "Non è una data con ora"),
        ({"versione": "9"}, "non c'è un testo"),
        ({"interprete": "x" * 101}, "al massimo 100 caratteri"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(operator, world, case, missing, words):
    page = answer(operator, world, case, **missing)
    assert page.status == 422
    assert words in page.said()
    if "interprete" not in missing:
        assert page.value("interprete") == "mediatrice 12"


@pytest.mark.parametrize(
    "changed", [{"scopo": ""}, {"scopo": "inventato"}, {"ente": ""}, {"scopo": "contatti"}, {"lingua_testo": "wo"}]
)
def test_no_text_is_shown_for_what_cannot_be_asked(operator, world, case, changed):
    operator.get(f"{case}/adesioni")
    assert operator.post(f"{case}/adesioni/testo", asked(world, **changed)).status == 422


def test_she_takes_it_back_and_the_page_says_so(operator, world, case):
    page = answer(operator, world, case)
    address = page.tree.xpath("string(//form[contains(@action, '/ritiro')]/@action)")
    said = operator.post(address, {"come": "per_telefono"}).said()
    assert "Ritiro registrato" in said
    assert "ritirata" in said
    assert "Risposte che non valgono più (1)" in said


def test_a_pause_shows_in_the_inbox_on_the_case_and_on_the_step_until_it_is_over(operator, someone, case):
    step = task_of(operator)
    with db.transaction():
        now = clock.now()
    until = now + timedelta(days=3)
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/pausa", {"fino_a": f"{until:%Y-%m-%dT%H:%M}", "come": "per_telefono"})
    assert "Pausa registrata" in page.said()
    assert "in pausa per sua scelta fino al" in operator.get("/attivita").said()
    assert "Non chiamare" in operator.get(case).said()
    assert "questo passo aspetta" in operator.get(step).said()
    refused = claim(operator, step)
    assert (refused.status, "Percorso in pausa" in refused.said()) == (409, True)
    with clock.frozen(until + timedelta(hours=3)):
        for case_id in timers.due(limit=10).case_ids:
            timers.fire(case_id)
        operator = someone("operatrice.cav")  # a new log-in: three days are more than a session
        assert "in pausa per sua scelta" not in operator.get("/attivita").said()
        assert "Il percorso riprende" in operator.get("/avvisi").said()


def test_an_end_is_shown_and_can_be_taken_back(operator, world, case):
    answer(operator, world, case)
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/fine", {"come": "a_voce"})
    assert "Percorso terminato per sua scelta" in page.said()
    assert "ha terminato il percorso" in page.said()
    offered = [form.get("action").rpartition("/")[2] for form in page.tree.xpath("//main//form")]
    assert set(offered) == {"testo", "ripresa", "interesse-vitale"}
    page = operator.post(f"{case}/adesioni/ripresa")
    assert "Il percorso riprende" in page.said()
    assert "Non chiamare" not in operator.get(case).said()


@pytest.mark.parametrize("until", ["", "ieri", "2020-01-01T10:00", "2090-01-01T10:00"])
def test_a_pause_needs_a_date_that_lies_ahead(operator, case, until):
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/pausa", {"fino_a": until, "come": "a_voce"})
    assert page.status == 422
    assert "Indicare una data futura" in page.said()


def test_a_vital_interest_is_invoked_with_a_reason_and_reviewed_by_the_coordination(operator, someone, world, case):
    operator.get(f"{case}/adesioni")
    invoked = {"scopo": "cura", "ente": str(world.agencies["ps"])}
    page = operator.post(f"{case}/adesioni/interesse-vitale", invoked)
    assert (page.status, "Scrivere il motivo" in page.said()) == (422, True)
    page = operator.post(f"{case}/adesioni/interesse-vitale", {**invoked, "_motivo": "Priva di sensi."})
    assert "Interesse vitale registrato" in page.said()
    page = operator.post(f"{case}/adesioni/interesse-vitale", {**invoked, "_motivo": "Ancora."})
    assert page.status == 409
    coordination = someone("coordinamento")
    page = coordination.get("/interessi-vitali")
    assert "Priva di sensi." in page.said()
    address = page.tree.xpath("string(//form[contains(@action, '/revisione')]/@action)")
    assert coordination.post(address, {"_nota": " "}).status == 422
    page = coordination.post(address, {"_nota": "Era giusto."})
    assert "Nessun interesse vitale da rivedere" in page.said()
    assert coordination.post(address, {"_nota": "Di nuovo."}).status == 409
    assert "Era giusto." in operator.get(case).said()


@pytest.mark.parametrize("username", ["operatrice.ps", "operatrice.comune", "coordinamento", "progettista"])
def test_whoever_does_not_take_part_gets_no_page_and_changes_nothing(someone, world, case, username):
    stranger, status = someone(username), 404 if username.startswith("operatrice") else 403
    assert stranger.get(f"{case}/adesioni").status == status
    for address, sent in (
        ("", {"come": "a_voce", "risposta": "si", "versione": "0", "lingua_parlata": "it", **asked(world)}),
        ("/pausa", {"fino_a": "2030-01-01T10:00", "come": "a_voce"}),
        ("/fine", {"come": "a_voce"}),
        ("/ripresa", {}),
        ("/interesse-vitale", {"_motivo": "x", **asked(world)}),
    ):
        assert stranger.post(f"{case}/adesioni{address}", sent).status == status, address


@pytest.mark.parametrize("username", ["operatrice.cav", "responsabile.cav", "progettista", "amministratore"])
def test_only_the_coordination_reviews_vital_interests(someone, username):
    assert someone(username).get("/interessi-vitali").status == 403


def test_who_administers_puts_a_text_in_force_and_it_is_read_from_then_on(operator, someone, world, case):
    administrator = someone("amministratore")
    assert "testo semplice di partenza" in administrator.get("/amministrazione/testi").said()
    sent = {"scopo": "protezione", "lingua": "ar", "testo": "نص", "base": "consenso", "approvato_da": "Tavolo"}
    assert administrator.post("/amministrazione/testi", {**sent, "testo": ""}).status == 422
    assert "Testo in vigore" in administrator.post("/amministrazione/testi", sent).said()
    operator.get(f"{case}/adesioni")
    page = operator.post(f"{case}/adesioni/testo", asked(world, lingua_testo="ar"))
    assert "نص" in page.said()
    assert "Testo 1, approvato da Tavolo." in page.said()
    assert operator.get("/amministrazione/testi").status == 403


def test_no_field_of_a_request_gives_an_agreement_that_she_did_not_give(operator, world, case):
    """A field that the page does not have changes nothing; an answer is hers or it is not recorded."""
    page = answer(operator, world, case, "no", given="true", kind="obbligo", legal_basis="interesse_vitale")
    assert "Ha detto no" in page.said()
    assert "Ha detto sì" not in page.said()
