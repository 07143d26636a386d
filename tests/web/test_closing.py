"""Before closing: what does not wait."""

from tests.web.story import answers, claim, task_of


def test_a_step_that_nobody_has_is_to_be_passed_on(worker):
    page = worker.get("/prima-di-chiudere")
    assert "Da passare alla reperibilità (1)" in page.said()
    assert "Accetta l'invio" in page.said()
    assert "nessuno" in page.said()
    assert "fino a domani alle 09:00" in page.said()
    assert "Promemoria: operatrici, Centro antiviolenza di prova" in page.said()


def test_what_a_colleague_has_is_listed_apart(worker, someone):
    claim(worker, task_of(worker))
    assert "In carico a voi" not in worker.get("/prima-di-chiudere").said()
    assert "Da passare alla reperibilità (1)" in worker.get("/prima-di-chiudere").said()
    page = someone("collega.cav").get("/prima-di-chiudere")
    assert "Niente da passare." in page.said()
    assert "In carico a colleghe, in scadenza prima della riapertura (1)" in page.said()


def test_a_draft_that_was_not_sent_is_listed(worker):
    address = task_of(worker)
    claim(worker, address)
    assert "Nessuna bozza in sospeso." in worker.get("/prima-di-chiudere").said()
    page = worker.get(address)
    worker.post(f"{address}/bozza", answers(page, esito_invio="accetta"))
    page = worker.get("/prima-di-chiudere")
    assert "Le vostre bozze non inviate (1)" in page.said()
    assert address in page.links()


def test_it_is_in_the_menu_of_who_works_on_steps_only(worker, someone):
    assert "/prima-di-chiudere" in worker.get("/attivita").tree.xpath("//nav//a/@href")
    for other in ("coordinamento", "progettista", "amministratore"):
        person = someone(other)
        assert "/prima-di-chiudere" not in person.get("/attivita").tree.xpath("//nav//a/@href")
        assert person.get("/prima-di-chiudere").status == 403
