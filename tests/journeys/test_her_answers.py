"""She is asked, agrees, takes it back, rests: as an operator records it in a browser, without JavaScript too."""

import pytest

from tests.journeys.test_relay import start

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("javascript", [True, False])
def test_an_operator_records_what_she_answers_and_that_she_wants_to_rest(person, javascript):
    operator = person("operatrice.cav", javascript=javascript)
    start(operator, "adesioni")
    operator.follow("Adesioni")
    operator.sees("Decide lei: può dire sì o no a ogni ente", "Non le è ancora stato chiesto nulla.")
    operator.look("adesioni-vuote")
    operator.page.locator("#scopo-adesione").select_option("cura")
    operator.page.locator("#ente-adesione").select_option(label="Pronto soccorso di prova")
    operator.press("Mostra il testo da leggerle")
    operator.sees("cure mediche e psicologiche", "Può dire di no, o cambiare idea quando vuole")
    operator.look("adesioni-testo")
    operator.page.locator("#risposta-si").check()
    operator.page.locator("#come-risposta-a_voce").check()
    operator.page.locator("#lingua-parlata").select_option("ar")
    operator.page.get_by_label("Interprete").fill("mediatrice 12")
    operator.press("Registra la risposta")
    operator.sees("Risposta registrata.", "Ha detto sì", "con interprete: mediatrice 12")
    operator.page.locator("summary", has_text="Ritira questa adesione").click()
    operator.page.locator("#come-ritiro-1-per_telefono").check()
    operator.look("adesioni-ritiro")
    operator.press("Registra il ritiro")
    operator.sees("Ritiro registrato")
    operator.page.locator("summary", has_text="Mettere in pausa il percorso").click()
    operator.page.get_by_label("Fino a quando").fill("2020-01-01T10:00")
    operator.page.locator("#come-pausa-a_voce").check()
    operator.press("Registra la pausa")
    operator.sees("Indicare una data futura")
    operator.look("adesioni-errore")
    operator.page.locator("summary", has_text="Terminare il percorso").click()
    operator.page.locator("#come-fine-a_voce").check()
    operator.press("Registra la fine")
    operator.sees("Fine registrata", "Percorso terminato per sua scelta")
    if javascript:
        operator.press("EN: English")
        operator.sees("Path ended by her choice")
        operator.look("adesioni-en")
        operator.press("IT: italiano")
    operator.page.locator("summary", has_text="Riprendere il percorso").click()
    operator.press("Riprendi il percorso")
    operator.sees("Il percorso riprende")
