"""A term that waits for a date, on the pages and by the API."""

from __future__ import annotations

import pytest

from tests.web import dating
from tests.web.api.program import Program, token_for


@pytest.fixture
def api(app, world):
    dating.deploy(world)
    return Program(app, token_for(world, "operatrice.cav"))


def test_whoever_owes_the_step_sees_what_is_not_known_and_says_it(worker, world, api):
    step = f"/attivita/{dating.opened(api, world)}"
    page = worker.get(step)
    assert "Data non nota" in page.said()
    assert f"{step}/termini" in page.links()
    page = worker.get(f"{step}/termini")
    assert "Iscritta il" in page.said()
    assert worker.post(f"{step}/termini/date", {"data_iscritta_il": "trenta maggio"}).status == 422
    page = worker.post(f"{step}/termini/date", {"data_iscritta_il": "2026-05-30"})
    assert "il termine decorre da lì" in page.said()
    assert "Data non nota" not in page.said()
    assert "T.legge" in page.said(), "its clock"
    page = worker.post(f"{step}/termini/date", {"data_iscritta_il": "2026-05-30"})
    assert page.status == 422, "it is known by now"


def test_a_program_states_a_day_and_nothing_else(world, api):
    task_id = dating.opened(api, world)
    terms = api.get(f"/tasks/{task_id}/terms").body
    (unknown,) = terms["unknown_dates"]
    assert (unknown["name"], unknown["with_time"], unknown["asked"]) == ("iscritta_il", False, 1)
    assert terms["deadlines"] == []
    for wrong in ("ieri", 7, "2026-05-30T10:00:00", "2026-05-30T10:00:00Z", None):
        assert api.post(f"/tasks/{task_id}/dates", {"dates": {"iscritta_il": wrong}}).status == 422, wrong
    answer = api.post(f"/tasks/{task_id}/dates", {"dates": {"iscritta_il": "2026-05-30"}})
    assert answer.status == 200
    (deadline,) = answer.body["deadlines"]
    assert (deadline["starts_at"], deadline["due_at"]) == ("2026-05-29T22:00:00+00:00", "2026-06-03T22:00:00+00:00")


def test_a_term_is_extended_by_two_people_and_the_page_says_what_it_was(worker, someone, world, api):
    case = api.post("/cases", {"definition": dating.SHORT, "lanes": {"cav": str(world.agencies["cav"])}}).body["id"]
    step = f"/attivita/{api.get(f'/cases/{case}/tasks').body['items'][0]['task_id']}/termini"
    page = worker.get(step)
    assert "Chiedi una proroga" in page.said()
    form = {"orologio": "conclusion", "fino_a": "2020-01-01T10:00", "_motivo": "Ricovero"}
    page = worker.post(f"{step}/proroga", form)
    assert page.status == 422
    assert "Ricovero" in page.text, "nothing typed is lost"
    page = worker.post(f"{step}/proroga", {**form, "fino_a": dating.far_away("%Y-%m-%dT%H:%M")})
    assert "chiede una proroga" in page.said()
    assert "Approva la proroga" not in page.said()
    lead = someone("responsabile.cav")
    page = lead.get(step)
    assert "Ricovero" in page.said()
    action = page.tree.xpath("string(//form[contains(@action, '/proroghe/')]/@action)")
    page = lead.post(action, {"decisione": "approva"})
    assert "La decisione è registrata" in page.said()
    assert "prorogata da due persone" in page.said()
    assert lead.post(action, {"decisione": "approva"}).status == 409


def test_a_clock_stands_still_for_a_reason_of_the_protocol_and_everybody_reads_it(worker, someone, world, api) -> None:
    dating.deploy(world)
    case = api.post("/cases", {"definition": dating.PAUSED, "lanes": {"cav": str(world.agencies["cav"])}}).body["id"]
    step = f"/attivita/{api.get(f'/cases/{case}/tasks').body['items'][0]['task_id']}"
    page = worker.get(f"{step}/termini")
    assert "Durata 1 giorno, consumata nulla" in page.said()
    assert "Durata di prova T.ora – al massimo 1 ora" in page.said()
    page = worker.post(f"{step}/termini/sospensione", {"orologio": "conclusion"})
    assert (page.status, "Scegliere un motivo fra quelli che il protocollo ammette" in page.said()) == (422, True)
    page = worker.post(f"{step}/termini/sospensione", {"orologio": "conclusion", "motivo": "T.ora"})
    assert "Durata di prova T.ora: ferma dal" in page.said()
    assert "riparte da sola" in page.said()
    assert "Conclusione: Durata di prova T.ora. Ferma dal" in worker.get(f"/casi/{case}").said()
    (ledger,) = api.get(f"/tasks/{step.rsplit('/', maxsplit=1)[-1]}/terms").body["ledgers"]
    assert (ledger["consumed"], ledger["running_since"], len(ledger["stood_still"])) == ("PT0S", None, 1)
    page = worker.post(f"{step}/termini/ripresa", {"orologio": "conclusion"})
    assert "Il tempo corre di nuovo" in page.said()
    assert "T.ora – al massimo" not in page.said()
