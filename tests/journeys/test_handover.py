"""A case goes from a centre to a shelter, in front of two real browsers: prepared, sent, declined, accepted."""

import pytest

pytestmark = pytest.mark.journey


def listen(operator, protocol):
    operator.follow("Avvia un caso")
    operator.follow(protocol)
    operator.page.get_by_label("cav").select_option(label="Centro antiviolenza di prova")
    operator.press("Avvia il caso")
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.page.get_by_label("sì").first.check()
    operator.page.get_by_label("altro_racconto").fill("Resta al centro.")
    operator.page.get_by_label("racconto", exact=True).fill("Ha bisogno di un posto sicuro.")
    operator.press("Completa")


def test_a_case_is_declined_by_one_shelter_and_accepted_by_the_other(person):
    operator = person("operatrice.cav")
    listen(operator, "Prova segnalata")
    operator.follow("Attività")
    operator.follow("Passo ospita")
    operator.page.get_by_label("Casa rosa").check()
    operator.press("Invia")
    operator.sees("si aspetta la risposta")
    operator.look("passaggio-inviato")
    first = person("casa.rosa")
    first.sees("Passaggio da accogliere")
    first.look("passaggio-arrivato")
    first.follow("Passo ospita")
    first.sees("Passaggio da Centro antiviolenza di prova", "art. 331 c.p.p.")
    first.look("passaggio-accogliere")
    first.page.get_by_text("Rifiuta", exact=True).first.click()
    first.page.get_by_label("Motivo").fill("Nessun posto libero")
    first.press("Rifiuta")
    first.sees("Avete rifiutato il caso")
    operator.follow("Attività")
    operator.follow("Passo ospita")
    operator.sees("Nessun posto libero")
    operator.look("passaggio-rifiutato")
    operator.page.get_by_label("Casa viola").check()
    operator.press("Invia")
    second = person("casa.viola", javascript=False)
    second.follow("Passo ospita")
    second.press("Accogli")
    second.sees("Avete accolto il caso", "Ha bisogno di un posto sicuro.")
    second.look("passaggio-accolto")
    second.press("EN: English")
    second.look("passaggio-accolto-en")


def test_without_her_agreement_a_case_stays_with_its_sender(person):
    operator = person("operatrice.cav")
    listen(operator, "Prova staffetta")
    operator.follow("Attività")
    operator.sees("Da passare")
    operator.look("passaggio-attivita")
    operator.follow("Passo ospita")
    operator.sees("Che cosa vedrà chi lo accoglie", "manca la sua adesione")
    operator.look("passaggio-preparare")
    operator.page.get_by_label("Casa rosa").check()
    operator.press("Invia")
    operator.sees("Manca ciò che permette di dirlo a questo ente")
    operator.look("passaggio-senza-base")
    address = operator.page.url.removesuffix("/invio")
    operator.press("EN: English")
    operator.page.goto(address)
    operator.look("passaggio-preparare-en")


def test_a_case_is_offered_to_both_shelters_and_the_first_has_it(person):
    operator = person("operatrice.cav")
    listen(operator, "Prova proposta")
    operator.follow("Attività")
    # What is due last stands last: other cases may still be waiting to be handed over.
    operator.page.get_by_role("link", name="Passo ospita").last.click()
    operator.look("proposta-da-inviare")
    operator.press("Invia")
    operator.sees("Proposto a: Casa rosa, Casa viola")
    operator.look("proposta-inviata")
    first, second = person("casa.rosa", javascript=False), person("casa.viola")
    for shelter in (first, second):
        shelter.follow("Un caso è proposto")
        shelter.sees("È proposto anche ad altri enti")
    second.look("proposta-arrivata")
    first.press("Accogli")
    first.sees("Avete accolto il caso")
    second.press("Accogli")
    second.sees("Il caso lo ha già accolto un altro ente")
    second.look("proposta-sfumata")
    second.press("EN: English")
    second.follow("Tasks")
    second.look("proposta-avvisi-en")
