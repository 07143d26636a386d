"""What an open page asks by itself: the server's time, and keeping what is being typed."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from engine import clock, db
from tests.web.story import answers, claim, first_answers, task_of

SCRIPT = {"Accept": "application/json"}


def save(person, address, page, **changed):
    return person.post(f"{address}/bozza", answers(page, **changed), **SCRIPT).response


def test_the_clock_says_the_servers_time_and_how_deadlines_stand(someone):
    at = datetime(2031, 1, 22, 2, 45, tzinfo=UTC)
    near, far, past = (int((at + timedelta(minutes=minutes)).timestamp()) for minutes in (12, 55, -18))
    with clock.frozen(at):
        person = someone("operatrice.cav")
        told = person.client.get(f"/orologio?scade={near}.{far}.{past}").json
    assert told == {
        "now": at.timestamp(),
        "due": {
            str(near): {"state": "soon", "said": "entro le 03:57, mancano 12 min"},
            str(far): {"state": "ahead", "said": "entro le 04:40, mancano 55 min"},
            str(past): {"state": "late", "said": "IN RITARDO di 18 min"},
        },
    }


@pytest.mark.parametrize("asked", ["x", "-1", "1e3", "9" * 5000, "253402214401", "١٢", "1,2"])
def test_the_clock_refuses_what_is_no_instant(someone, asked):
    assert someone("operatrice.cav").client.get("/orologio", query_string={"scade": asked}).status_code == 422


@pytest.mark.parametrize("asked", ["", "0", "253402214400", "1.1.1."])
def test_the_clock_answers_at_the_ends_of_time(someone, asked):
    assert someone("operatrice.cav").client.get("/orologio", query_string={"scade": asked}).status_code == 200


def test_a_page_left_open_does_not_keep_its_session_alive(someone):
    person = someone("operatrice.cav")
    began = now()
    for minutes in range(5, 31, 5):
        with clock.frozen(began + timedelta(minutes=minutes)):
            answer = person.client.get("/orologio", headers=SCRIPT)
    assert answer.status_code == 401
    assert "La sessione è scaduta" in answer.json["said"]


def test_the_steps_page_says_where_its_clocks_begin_and_end(worker):
    page = worker.get(task_of(worker))
    clocks = page.tree.xpath("//main//*[@data-scade]")
    assert clocks
    assert all(0 < int(one.get("data-inizio")) < int(one.get("data-scade")) for one in clocks)
    assert clocks[0].get("data-nome") == "Presa in carico"


def test_a_draft_is_kept_for_a_script_and_it_is_told_when(worker):
    address = task_of(worker)
    page = claim(worker, address)
    answer = save(worker, address, page, **first_answers(page))
    assert answer.status_code == 200
    assert re.fullmatch(r"Bozza salvata alle \d\d:\d\d( \(ora (solare|legale)\))?", answer.json["said"])
    assert worker.get(address).tree.xpath("//form[@id='modulo']//input[@type='radio' and @checked]")


def test_a_draft_with_an_impossible_answer_says_which(worker):
    address = task_of(worker)
    page = claim(worker, address)
    key = next(iter(first_answers(page)))
    answer = save(worker, address, page, **{key: "niente_di_simile"})
    assert answer.status_code == 422
    label = page.tree.xpath("normalize-space(string(//form[@id='modulo']//legend))").removesuffix(" (obbligatorio)")
    assert answer.json["said"].startswith(f"{label} – ")


def test_a_refused_draft_says_why_as_words_and_not_as_a_page(worker, someone):
    address = task_of(worker)
    page = claim(worker, address)
    stale = save(worker, address, page, **{**first_answers(page), "_revisione": "0"})
    assert (stale.status_code, stale.json["said"].split(".")[0]) == (409, "Pagina non più attuale")
    colleague = someone("collega.cav")
    colleague.get(address)
    taken = save(colleague, address, page, **first_answers(page))
    assert (taken.status_code, taken.json["said"].split(".")[0]) == (409, "Attività non in carico a voi")
    no_token = worker.client.post(f"{address}/bozza", data={}, headers=SCRIPT)
    assert (no_token.status_code, no_token.json["said"].split(".")[0]) == (400, "Pagina non più valida")
    absent = worker.post("/attivita/00000000-0000-4000-8000-000000000000/bozza", {}, **SCRIPT).response
    assert (absent.status_code, absent.json["said"].split(".")[0]) == (404, "Non trovato")
    worker.client.delete_cookie("staffetta")
    assert worker.client.post(f"{address}/bozza", data={}, headers=SCRIPT).status_code == 401


def now():
    with db.transaction(read_only=True):
        return clock.now()
