"""Going back to a step, and cases that go over to a new version, in front of a real browser."""

import pytest

from tests.web.world import diagrams

pytestmark = pytest.mark.journey


def test_a_step_is_opened_again(person):
    operator = person("operatrice.cav")
    operator.follow("Avvia un caso")
    operator.follow("Accoglienza al centro antiviolenza")
    # Not at high risk: there the next step is late within seconds, and then there is no way back.
    operator.page.get_by_label("Basso").check()
    operator.page.get_by_label("Come arriva").select_option("pronto_soccorso")
    operator.press("Avvia il caso")
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.page.get_by_label("Sì, la cerchiamo noi").check()
    operator.press("Completa")
    operator.page.locator("a[href^='/moduli/']").first.click()
    operator.follow("Torna al passo")
    operator.look("ritorno-chiedere")
    operator.page.get_by_label("Motivo").fill("ho scelto la risposta sbagliata")
    operator.press("Chiedi di tornare al passo")
    operator.sees("Richiesta registrata")
    address = operator.page.url
    lead = person("responsabile.cav")
    lead.page.goto(address)
    lead.press("Torna al passo")
    lead.sees("Scrivere il motivo.")
    lead.look("ritorno-errore")
    lead.press("EN: English")
    lead.page.goto(address)
    lead.look("ritorno-decidere-en")
    lead.press("IT: italiano")
    lead.page.goto(address)
    lead.page.get_by_label("Motivo").fill("va rifatto")
    lead.press("Torna al passo")
    lead.sees("Il passo è di nuovo aperto")
    lead.page.goto(address)
    lead.sees("Non si può più tornare a questo passo")
    lead.look("ritorno-perche-no")


def test_cases_go_over_to_a_new_version(person):
    operator = person("operatrice.cav")
    operator.follow("Avvia un caso")
    operator.follow("Accoglienza al centro antiviolenza")
    operator.page.get_by_label("Basso").check()
    operator.page.get_by_label("Come arriva").select_option("pronto_soccorso")
    operator.press("Avvia il caso")
    designer = person("progettista")
    designer.open("/protocolli")
    files = [(name, source) for name, source in diagrams().items() if name.endswith("accoglienza_cav.bpmn")]
    designer.page.locator("input[type=file]").first.set_input_files(
        [
            {
                "name": name.rpartition("/")[2],
                "mimeType": "text/xml",
                "buffer": source.replace(b'name="Accetta ', b'name="Accetta o declina '),
            }
            for name, source in files
        ]
    )
    designer.press("Carica")
    designer.follow("Passaggio dei casi in corso")
    designer.sees("Possono passare")
    designer.look("passaggio-piano")
    designer.press("EN: English")
    designer.look("passaggio-piano-en")
    designer.press("IT: italiano")
    designer.press("Fai passare i casi scelti")
    designer.look("passaggio-errore")
    designer.page.get_by_label("Elementi che hanno cambiato id").fill("accetta_invio = niente")
    designer.press("Rifai il piano")
    designer.sees("Restano sulla loro versione")
    designer.look("passaggio-ostacoli")
    designer.page.get_by_label("Elementi che hanno cambiato id").fill("")
    designer.press("Rifai il piano")
    designer.page.get_by_label("Fai passare questi casi").first.check()
    designer.page.get_by_label("Ho letto il piano").check()
    designer.press("Fai passare i casi scelti")
    designer.sees("I casi scelti sono passati alla nuova versione.")
