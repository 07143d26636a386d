"""Persone escluse, and Mi astengo, on the pages: what is shown, what is refused in words, what an attempt comes to."""

from engine import db
from engine.cases import exclusion_page
from tests.web.story import claim, task_of


def case_of(worker):
    """Open a case; give its address and that of its first step, taken by the worker."""
    address = task_of(worker)
    page = claim(worker, address)
    return page.tree.xpath("string(//p[@class='percorso']/a[2]/@href)"), address


def test_who_is_excluded_finds_nothing_and_whoever_excluded_her_hears_of_her_attempt(worker, someone, world):
    case, _task = case_of(worker)
    colleague = someone("collega.cav")
    assert colleague.get(case).status == 200
    page = worker.get(f"{case}/escluse")
    assert "Nessuno è escluso da questo caso." in page.said()
    her = str(world.people["collega.cav"])
    page = worker.post(f"{case}/escluse", {"persona": her, "_motivo": ""})
    assert (page.status, page.summary()) == (422, ["Motivo – Scrivere il motivo."])
    page = worker.post(f"{case}/escluse", {"_motivo": "parente"})
    assert "Chi escludere – Scegliere una persona" in page.summary()[0]
    page = worker.post(f"{case}/escluse", {"persona": her, "_motivo": "parente di lui"})
    assert "Esclusione registrata" in page.said()
    assert "parente di lui" in page.said()
    page = worker.post(f"{case}/escluse", {"persona": her, "_motivo": "parente di lui"})
    assert page.summary() == ["Chi escludere – È già esclusa da questo caso."]
    absent = colleague.get(case.replace(case[-4:], "0000"))
    kept_out = colleague.get(case)
    assert (kept_out.status, kept_out.said()) == (absent.status, absent.said())
    assert case not in colleague.get("/casi").links()
    assert "collega.cav" in worker.get(f"{case}/escluse").said().partition("Chi ha provato")[2]
    lead = someone("responsabile.cav")
    assert "ha provato ad aprirlo" not in lead.get("/avvisi").said(), "nobody is told while she is answered"
    with db.transaction() as session:
        exclusion_page.tell_attempts(session)
    assert "ha provato ad aprirlo" in lead.get("/avvisi").said()


def test_letting_in_again_takes_a_second_person(worker, someone, world):
    case, _task = case_of(worker)
    worker.post(f"{case}/escluse", {"interprete": "n. 12", "_motivo": "conosce lui"})
    page = worker.get(f"{case}/escluse")
    (lift,) = [form.get("action") for form in page.tree.forms if form.get("action").endswith("/fine")]
    assert "riammette una seconda persona" in worker.post(lift).said()
    assert worker.post(lift).status == 409
    lead = someone("responsabile.cav")
    assert "Lo chiede operatrice.cav" in lead.get(f"{case}/escluse").said()
    assert "L'esclusione è finita" in lead.post(lift).said()


def test_who_abstains_is_asked_nothing_and_is_gone(worker, someone):
    case, task = case_of(worker)
    assert f"{case}#astensione" in worker.get(task).links()
    page = worker.post(f"{case}/astensione")
    assert "Vi siete astenuta" in page.said()
    assert worker.get(case).status == worker.get(task).status == 404
    lead = someone("responsabile.cav").get(f"{case}/escluse").said()
    assert "operatrice.cav – astenuta" in lead
    assert "operatrice.cav – astenuta" not in someone("collega.cav").get(f"{case}/escluse").said()


def test_the_alternate_is_chosen_on_the_page(worker, world):
    case, _task = case_of(worker)
    chosen = str(world.people["collega.cav"])
    assert "Scelta registrata" in worker.post(f"{case}/escluse/sostituta", {"sostituta": chosen}).said()
    shown = worker.get(f"{case}/escluse").tree
    assert shown.xpath("string(//select[@id='sostituta']/option[@selected]/@value)") == chosen
    stranger = str(world.people["operatrice.ps"])
    assert worker.post(f"{case}/escluse/sostituta", {"sostituta": stranger}).status == 422


def test_the_steps_of_an_excluded_agency_are_given_to_another_on_the_page(someone, worker, world):
    case, _task = case_of(worker)
    ours = str(world.agencies["cav"])
    page = worker.post(f"{case}/escluse", {"ente": ours, "_motivo": "x"})
    assert page.summary() == ["Chi escludere – Il vostro ente non si può escludere da qui."]
    assert worker.post(f"{case}/escluse/passi", {"servizio": "cav", "ente": ours}).status == 422
