"""Colleagues in front of real browsers: two for one step, one in place of another, two contacts of one woman."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web import by_two

pytestmark = pytest.mark.journey
TODAY = datetime.now(UTC).date()


def besides(world):
    by_two.deploy(world)


def begin(operator):
    operator.follow("Avvia un caso")
    operator.follow("Prova due_persone")
    operator.page.get_by_label("cav").select_option(label="Centro antiviolenza di prova")
    operator.press("Avvia il caso")
    return operator.page.locator("h1 .codice").inner_text()


def test_a_step_is_answered_by_one_and_confirmed_by_another_who_then_stands_in(person):
    operator, colleague = person("operatrice.cav"), person("collega.cav", javascript=False)
    code = begin(operator)
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.page.get_by_label("valutazione").fill("Dieci giorni")
    operator.press("Completa")
    operator.sees("ora lo conferma una collega")
    operator.follow("Passo valuta")
    operator.look("quattro-occhi-attesa")
    colleague.follow("Attività")
    colleague.sees("Da confermare:")
    colleague.look("quattro-occhi-elenco")
    colleague.follow("Passo valuta")
    colleague.look("quattro-occhi-da-prendere")
    colleague.press("Prendi in carico")
    colleague.sees("Dieci giorni")
    colleague.look("quattro-occhi-conferma")
    colleague.press("EN: English")
    colleague.look("quattro-occhi-conferma-en")
    colleague.press("IT: Italiano")
    colleague.press("Conferma")
    colleague.sees("Confermato", code)


def test_one_stands_in_for_another_and_two_contacts_are_linked(person):
    operator, colleague = person("operatrice.cav"), person("collega.cav", javascript=False)
    code = begin(operator)
    other = begin(operator)
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.follow("Attività")
    operator.follow("Sostituzioni")
    operator.press("Registra")
    operator.look("sostituzioni-errore")
    operator.page.get_by_label("Chi la sostituisce").select_option(label="collega.cav")
    operator.page.get_by_label("Primo giorno").fill(f"{TODAY}")
    operator.page.get_by_label("Ultimo giorno").fill(f"{TODAY + timedelta(days=5)}")
    operator.press("Registra")
    operator.sees("finisce da sola")
    colleague.follow("Attività")
    colleague.follow("Sostituzioni")
    colleague.look("sostituzioni")
    colleague.press("EN: English")
    colleague.look("sostituzioni-en")
    colleague.press("IT: Italiano")
    colleague.follow("Apri")
    colleague.page.get_by_text("Subentra", exact=True).first.click()
    colleague.page.locator("#motivo-take_over").fill("assenza")
    colleague.page.locator("form[action$='/subentro'] button").click()
    colleague.follow(code)
    colleague.sees("in sostituzione di")
    colleague.look("sostituzione-storia")
    link(colleague, other)


def link(colleague, code):
    colleague.follow("Contatti collegati")
    colleague.press("Collega")
    colleague.look("collegati-errore")
    colleague.page.get_by_label("Codice dell'altro caso").fill(code)
    colleague.page.get_by_label("per telefono").check()
    colleague.page.locator("form[action$='/collegati'] button").click()
    colleague.sees("I due contatti sono collegati.")
    colleague.look("collegati")
    colleague.press("EN: English")
    colleague.look("collegati-en")
