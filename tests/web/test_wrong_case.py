"""Ho scritto nel caso sbagliato, on the pages."""

from __future__ import annotations

import pytest

from tests.web.story import answers, claim, start

ACCEPTED = {"esito_invio": "accetta"}


def complete(worker, address, **more):
    page = claim(worker, address)
    return worker.post(f"{address}/conclusione", answers(page, **ACCEPTED, **more))


def form_of(worker, case):
    links = worker.get(case).tree.xpath("//section[@aria-labelledby='risposte']//a/@href")
    return links[0]


@pytest.fixture
def two(worker, world):
    """Two cases with the same first step: of each its address and that of the step."""
    cases = [start(worker, world) for _ in range(2)]
    steps = set(worker.get("/attivita?scheda=da-prendere").tree.xpath("//ol//h2/a/@href"))
    case_of = {
        step: worker.get(step).tree.xpath("string(//p[@class='percorso']/a[@class='codice']/@href)") for step in steps
    }
    return [(case, next(step for step in steps if case_of[step] == case)) for case in cases]


def test_a_usual_step_stays_one_click_and_says_which_case_it_is(worker, two):
    (case, step), _other = two
    page = claim(worker, step)
    assert "Va nel caso" in page.said()
    assert not page.has("_caso")
    assert worker.post(f"{step}/conclusione", answers(page, **ACCEPTED)).status == 200
    assert worker.path == case


def test_who_has_the_same_step_twice_has_to_look_twice(worker, two):
    (case, step), (_second, other) = two
    claim(worker, other)
    page = claim(worker, step)
    assert "Avete lo stesso passo anche in un altro caso" in page.said()
    code = page.value("_caso")
    refused = worker.post(f"{step}/conclusione", answers(page, **ACCEPTED))
    assert refused.status == 422
    assert (
        "Il caso – Avete lo stesso passo anche in un altro caso: confermare che il caso è questo."
        in " ".join(refused.summary())
        or "confermare che il caso è questo" in refused.said()
    )
    forged = worker.post(f"{step}/conclusione", answers(refused, **ACCEPTED, _caso="2222-22"))
    assert forged.status == 422
    worker.post(f"{step}/conclusione", answers(forged, **ACCEPTED, _caso=code))
    assert worker.path == case


def test_an_answer_is_moved_to_the_right_case_and_judged(worker, two, someone):
    (case, step), (_second, other) = two
    complete(worker, step)
    address = form_of(worker, case)
    page = worker.get(address)
    assert f"{address}/caso-sbagliato" in page.links()
    page = worker.get(f"{address}/caso-sbagliato")
    assert "72 ore" in page.said()
    target = other.rpartition("/")[2]
    assert target in page.tree.xpath("//input[@name='dove']/@value")
    nothing = worker.post(f"{address}/caso-sbagliato", {})
    assert (nothing.status, "Scegliere il passo giusto" in nothing.said()) == (422, True)
    moved = worker.post(f"{address}/caso-sbagliato", {"dove": target})
    assert worker.path == other
    assert "qui è una bozza" in moved.said()
    assert moved.tree.xpath("//input[@name='esito_invio' and @value='accetta' and @checked]")
    assert "Tolta da questo caso" in worker.get(address).said()
    assert worker.get(f"{address}/caso-sbagliato").status == 404
    again = worker.client.post(f"{address}/caso-sbagliato", data={"dove": "togli", "_csrf": moved.csrf()})
    assert again.status_code == 409
    officer = someone("dpo")
    page = officer.get("/violazioni")
    assert "mancano 2 giorni e 23 h" in page.said()
    assert "non l'ha letta nessun altro" in page.said()
    action = page.tree.xpath("string(//form[contains(@action, '/valutazione')]/@action)")
    assert officer.post(action, {"notifica": "no"}).status == 422
    assert officer.post(action, {"_motivo": "x"}).status == 422
    page = officer.post(action, {"notifica": "no", "_motivo": "Nessuno l'ha letta."})
    assert "Non si notifica" in page.said()
    assert "Possibili violazioni" not in someone("coordinamento").get("/ritardi").said()


def test_what_waits_stands_on_the_board(worker, two, someone):
    (case, step), _other = two
    complete(worker, step)
    worker.get(form_of(worker, case))
    worker.post(f"{form_of(worker, case)}/caso-sbagliato", {"dove": "togli"})
    assert worker.path == case
    assert "tolta: era di un altro caso" in worker.get(case).said()
    assert "Possibili violazioni dei dati da valutare (1)" in someone("coordinamento").get("/ritardi").said()
    assert "Possibili violazioni" not in someone("responsabile.cav").get("/ritardi").said()


@pytest.mark.parametrize("stranger", ["collega.cav", "operatrice.ps", "coordinamento", "dpo"])
def test_nobody_else_takes_an_answer_out(worker, two, someone, stranger):
    (case, step), _other = two
    complete(worker, step)
    address = form_of(worker, case)
    person = someone(stranger)
    person.get("/avvisi")
    assert person.get(f"{address}/caso-sbagliato").status in {403, 404}
    person.get("/avvisi")
    assert person.post(f"{address}/caso-sbagliato", {"dove": "togli"}).status in {403, 404}
    assert "Tolta" not in worker.get(address).said()


@pytest.mark.parametrize("stranger", ["operatrice.cav", "responsabile.cav", "progettista", "amministratore"])
def test_only_who_answers_for_data_protection_judges(someone, stranger):
    person = someone(stranger)
    assert person.get("/violazioni").status == 403
