"""Torna al passo on the pages: asking, deciding, and being told why not."""

from tests.web.story import answers, claim, first_answers, task_of


def completed(worker):
    """Complete the first step of a case; give its address."""
    address = task_of(worker)
    page = claim(worker, address)
    worker.post(f"{address}/conclusione", {**answers(page), **first_answers(page)})
    return address


def test_a_worker_asks_and_the_lead_opens_the_step_again(worker, someone):
    address = completed(worker)
    page = worker.get(address)
    assert f"{address}/ritorno" in page.links()
    page = worker.get(f"{address}/ritorno")
    assert "Chiedi di tornare al passo" in page.said()
    page = worker.post(f"{address}/ritorno/richiesta", {"_motivo": ""})
    assert (page.status, page.summary()) == (422, ["Motivo – Scrivere il motivo."])
    page = worker.post(f"{address}/ritorno/richiesta", {"_motivo": "ente sbagliato"})
    assert "Richiesta registrata" in page.said()
    lead = someone("responsabile.cav")
    assert "Si chiede di tornare a un passo del vostro ente" in lead.get("/avvisi").said()
    page = lead.get(f"{address}/ritorno")
    assert "Chiesto da operatrice.cav" in page.said()
    assert "ente sbagliato" in page.said()
    page = lead.post(f"{address}/ritorno", {"_motivo": "è così", "_revisione": page.value("_revisione")})
    assert "Il passo è di nuovo aperto" in page.said()
    assert "Passo riaperto" in page.said()
    page = lead.get(f"{address}/ritorno")
    assert "Il passo non è completato." in page.said()
    assert not any(link.endswith("/rettifica") for link in page.links())
    page = worker.get(address)
    assert "Bozza salvata" in page.said()
    assert "Un passo che avevate completato è di nuovo aperto" in worker.get("/avvisi").said()


def test_where_it_cannot_be_the_page_says_why_and_leads_to_the_correction(worker, someone):
    address = completed(worker)
    following = task_of(worker)
    assert following != address
    claim(worker, following)
    lead = someone("responsabile.cav")
    page = lead.get(f"{address}/ritorno")
    assert "Non si può più tornare a questo passo" in page.said()
    assert "è già stato preso in carico" in page.said()
    assert any(link.endswith("/rettifica") for link in page.links())
    page = lead.post(f"{address}/ritorno", {"_motivo": "è così"})
    assert page.status == 409
    assert "è già stato preso in carico" in page.said()


def test_an_answer_that_was_given_before_says_that_it_holds_no_more(worker, someone):
    address = completed(worker)
    case = worker.get(address).tree.xpath("string(//p[@class='percorso']/a[2]/@href)")
    links = [link for link in worker.get(case).links() if link.startswith("/moduli/")]
    (form,) = [link for link in links if f"{address}/ritorno" in worker.get(link).links()]
    lead = someone("responsabile.cav")
    page = lead.get(f"{address}/ritorno")
    lead.post(f"{address}/ritorno", {"_motivo": "è così", "_revisione": page.value("_revisione")})
    page = worker.get(form)
    assert "Questa risposta non vale più" in page.said()
    assert not any(link.endswith(("/rettifica", "/ritorno")) for link in page.links())


def test_the_page_of_a_step_of_others_is_not_there(worker, someone):
    address = completed(worker)
    assert someone("operatrice.ps").get(f"{address}/ritorno").status == 404
