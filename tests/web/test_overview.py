"""The case page: its diagram as data, the same in a table, and who is told next."""

from __future__ import annotations

from datetime import timedelta

from engine import clock, db
from engine.cases import timers
from tests.web.story import answers, claim, start, task_of


def test_the_diagram_comes_as_data_with_the_open_step_marked(worker):
    page = worker.get(worker.path)
    address = page.tree.xpath("string(//*[@data-diagrams]/@data-diagrams)")
    answer = worker.client.get(address)
    (diagram,) = answer.json["diagrams"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert diagram["marks"] == {"accetta_invio": "current"}
    assert "Accetta l'invio" in diagram["bpmn"]
    assert "Altro ente" in diagram["bpmn"]
    assert "riassegna_invio" not in diagram["bpmn"]
    assert "Accetta l'invio" in page.said()


def test_a_late_step_is_late_in_the_diagram_too(worker, someone):
    path = worker.path
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + timedelta(minutes=78)):
        (diagram,) = someone("operatrice.cav").client.get(f"{path}/diagrammi").json["diagrams"]
    assert diagram["marks"] == {"accetta_invio": "late"}


def test_the_diagram_of_somebody_else_s_case_is_not_there(worker, someone):
    path = f"{worker.path}/diagrammi"
    for stranger in ("operatrice.ps", "coordinamento", "progettista", "amministratore"):
        assert someone(stranger).client.get(path).status_code == 404, stranger


def test_the_case_page_says_who_is_told_next_and_when(worker):
    page = worker.get(worker.path)
    (told,) = page.tree.xpath("//section[@aria-labelledby='prossimi']//li")
    said = " ".join(told.text_content().split())
    assert said.startswith("Accetta l'invio: se nessuno risponde entro ")
    assert said.endswith(": operatrici, Centro antiviolenza di prova")


def test_the_scripts_and_styles_of_diagrams_are_loaded_where_there_is_one_only(worker, someone):
    loaded = "//script[contains(@src, '/diagram-')] | //link[contains(@href, '/diagram-')]"
    assert len(worker.get(worker.path).tree.xpath(loaded)) == 2
    assert worker.get("/attivita").tree.xpath(loaded) == []


def test_without_javascript_the_diagram_s_place_takes_no_room(someone, world):
    person = someone("operatrice.cav")
    page = person.get(start(person, world))
    assert page.tree.xpath("//*[@data-diagrams]")[0].get("hidden") is not None


def test_the_steps_that_are_done_are_marked_and_in_a_table(worker):
    path, address = worker.path, task_of(worker)
    claim(worker, address)
    worker.post(f"{address}/conclusione", answers(worker.get(address), esito_invio="accetta"))
    (diagram,) = worker.client.get(f"{path}/diagrammi").json["diagrams"]
    assert diagram["marks"] == {"accetta_invio": "done", "fissa_colloquio": "current"}
    page = worker.get(path)
    assert "Passi chiusi (1)" in page.said()
    (row,) = page.tree.xpath("//details//tbody/tr")
    said = " ".join(row.text_content().split())
    assert said.startswith("Accetta l'invio Centro antiviolenza di prova completata nei")


def test_the_ladder_of_the_open_step_is_drawn_on_its_shape_and_said_in_words(worker):
    worker.get(worker.path)
    (diagram,) = worker.client.get(f"{worker.path}/diagrammi").json["diagrams"]
    first = diagram["clocks"][0]
    assert (first["element"], first["late"]) == ("accetta_invio", False)
    assert first["mark"].startswith("Presa in carico · E1 · ")
    assert first["rungs"][0].startswith("se nessuno risponde, ")
    assert first["said"].startswith("Accetta l'invio: presa in carico, classe E1 (urgente), 1 ora, entro ")
    assert first["ladder"][0].endswith(": chi deve farlo")
    (later,) = (one for one in diagram["clocks"] if one["mark"] == "Conclusione · E1 · 4 ore")
    assert (later["rungs"], later["ladder"]) == ([], [])


def test_a_version_shows_the_class_and_time_of_each_clock_and_its_ladder(someone):
    page = someone("progettista").get("/protocolli")
    (address,) = page.tree.xpath("//tr[.//code='accoglienza_cav']//a[contains(., 'avvertiment')]/@href")
    (diagram,) = someone("progettista").client.get(f"{address}/diagramma").json["diagrams"]
    said = {one["mark"]: one["ladder"] for one in diagram["clocks"] if one["element"] == "accetta_invio"}
    assert said["Presa in carico · E1 · 1 ora"][0] == "Al 50% del tempo: chi deve farlo"
    assert "riassegna_invio" in {one["element"] for one in diagram["clocks"]}, "of every agency"


def test_the_case_page_and_the_inbox_say_what_a_ladder_has_done_and_will_do(worker, someone):
    path = worker.path
    said = worker.get("/attivita").said()
    assert "se nessuno risponde entro " in said
    assert ": responsabile dell'ente" in said
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + timedelta(minutes=61)):
        for case_id in timers.due(limit=10).case_ids:
            timers.fire(case_id)
        lead = someone("responsabile.cav")
        lead.get(path)
        lead.post(f"{task_of(lead)}/visto", {})
        (trail,) = lead.get(path).tree.xpath("//section[@aria-labelledby='avvisati']")
    lines = [" ".join(line.text_content().split()) for line in trail.xpath(".//li")]
    assert any("Scadenza superata (Presa in carico): " in line and "non ancora letto" in line for line in lines)
    assert "sta agendo: responsabile.cav, dal portale; scala ferma fino a" in lines[-1]
