"""A step that is declined and given to another centre, or given back to one's own colleagues, on the pages."""

from tests.web.story import answers, claim, first_answers, task_of


def test_a_declined_hand_over_is_given_to_another_centre_by_the_step_that_decides_it(worker, someone, world):
    address = task_of(worker)
    page = claim(worker, address)
    sent = {
        **answers(page, esito_invio="declina", motivo_rifiuto="lingua"),
        "_domande": "esito_invio motivo_rifiuto nota",
    }
    worker.post(f"{address}/conclusione", sent)
    lead = someone("operatrice.comune")
    address = task_of(lead)
    page = claim(lead, address)
    assert "A chi passa il caso" in page.said()
    page = lead.post(f"{address}/conclusione", answers(page))
    assert page.status == 422
    filled = {**answers(page), **first_answers(page)}
    page = lead.post(f"{address}/conclusione", filled)
    assert page.summary() == ["Centro antiviolenza – Scegliere un ente dall'elenco."]
    (declined,) = page.tree.xpath("//select/option[contains(., 'ha detto no oggi alle')]")
    assert declined.get("value") == str(world.agencies["cav"])
    assert not page.tree.xpath("//select[@name='_ente.cav']/option[@selected]")
    page = lead.post(f"{address}/conclusione", {**filled, "_ente.cav": str(world.agencies["cav"])})
    assert page.status == 422
    already = "Questo ente ha già detto no: sceglierne un altro, o confermare che lo si sceglie di nuovo."
    assert page.summary() == [f"Centro antiviolenza – {already}"]
    page = lead.post(f"{address}/conclusione", {**filled, "_ente.cav": str(world.agencies["ps"])})
    assert page.status == 422
    page = lead.post(f"{address}/conclusione", {**filled, "_ente.cav": str(world.agencies["cav2"])})
    assert "Attività completata." in page.said()
    assert "Da passare: Accetta l'invio" in worker.get("/attivita").said(), "who began the process asks her first"
    assert "La parte del vostro ente in un caso è finita" in worker.get("/avvisi").said()


def test_a_centre_that_said_no_is_asked_again_only_with_the_box_ticked(worker, someone, world):
    address = task_of(worker)
    page = claim(worker, address)
    sent = {
        **answers(page, esito_invio="declina", motivo_rifiuto="lingua"),
        "_domande": "esito_invio motivo_rifiuto nota",
    }
    worker.post(f"{address}/conclusione", sent)
    lead = someone("operatrice.comune")
    address = task_of(lead)
    page = claim(lead, address)
    filled = {**answers(page), **first_answers(page), "_ente.cav": str(world.agencies["cav"])}
    page = lead.post(f"{address}/conclusione", {**filled, "_di_nuovo.cav": "true"})
    assert "Attività completata." in page.said()
    assert "Da prendere (1)" in worker.get("/attivita").said()


def test_given_back_and_taken_again_a_clock_stands_once_with_what_it_was_before(worker):
    address = task_of(worker)
    claim(worker, address)
    page = worker.get(address)
    assert clock_boxes(page) == ["Presa in carico", "Conclusione"]
    assert "Prima che fosse ceduta" not in page.said()
    worker.post(f"{address}/cessione", {"_motivo": "cambio turno"})
    page = worker.get(address)
    assert sorted(clock_boxes(page)) == ["Conclusione", "Presa in carico"]
    (box,) = [box for box in page.tree.xpath("//li[@class='orologio']") if box.findtext("h2") == "Presa in carico"]
    assert box.xpath(".//*[@data-scade]")
    (before,) = box.xpath("details[summary='Prima che fosse ceduta']//li")
    assert "rispettata" in before.text_content()
    page = claim(worker, address)
    assert sorted(clock_boxes(page)) == ["Conclusione", "Presa in carico"]


def clock_boxes(page):
    return page.tree.xpath("//li[@class='orologio']/h2/text()")
