"""A woman moves to another province: her centre refers her to the network there, in front of two real browsers."""

import pytest

from engine import db
from engine.participants import directory
from tests.journeys.test_relay import start
from tests.web import referring, second_network
from tests.web.world import PASSWORD

pytestmark = pytest.mark.journey
THERE = "operatrice.del.mare"


def besides(world):
    with db.transaction() as session:
        person = directory.create_user(session, username=THERE, display_name=THERE, password=PASSWORD)
    world.people[THERE] = person.id
    referring.receive(world, referring.make(world, THERE))


def agree(operator):
    """She agrees that the other network's agency be told."""
    operator.follow("Adesioni")
    operator.page.locator("#scopo-adesione").select_option("presa_in_carico")
    operator.page.locator("#ente-adesione").select_option(label=f"Altra rete: {referring.NAME}")
    operator.press("Mostra il testo da leggerle")
    operator.page.locator("#risposta-si").check()
    operator.page.locator("#come-risposta-a_voce").check()
    operator.page.locator("#lingua-parlata").select_option("it")
    operator.press("Registra la risposta")


def refer(operator, case):
    operator.open(f"/rinvii{case}")
    operator.follow(referring.NAME)


def in_english(somebody, name):
    somebody.press("EN: English")
    somebody.look(f"{name}-en")
    somebody.press("IT: italiano")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_case_is_declined_by_another_network_and_then_accepted(person, javascript):
    operator = person("operatrice.cav", javascript=javascript)
    start(operator, "rinvio")
    case = operator.path()
    operator.follow("Rinvio a un'altra rete")
    operator.look("rinvio-reti")
    operator.follow(referring.NAME)
    operator.sees("Manca la sua adesione", second_network.AGENCY)
    operator.look("rinvio-senza-adesione")
    agree(operator)
    refer(operator, case)
    operator.sees(f"La rete «{referring.NAME}» vedrà:", "c'è la sua adesione")
    operator.look("rinvio-da-inviare")
    in_english(operator, "rinvio-da-inviare")
    operator.press("Invia il rinvio")
    operator.sees("Il rinvio è stato inviato", "aspetta risposta")
    operator.look("rinvio-inviato")

    other = person(THERE, javascript=javascript)
    other.follow("Avvisi")
    other.look("rinvio-avviso")
    other.follow("Un'altra rete vi rinvia una donna")
    other.look("rinvii-arrivati")
    in_english(other, "rinvii-arrivati")
    other.follow("Apri e rispondi")
    other.sees("Rischio segnalato")
    other.look("rinvio-da-accogliere")
    in_english(other, "rinvio-da-accogliere")
    other.page.get_by_text("Rifiuta", exact=True).first.click()
    other.page.get_by_label("Motivo").fill("Nessun posto prima di lunedì.")
    other.press("Rifiuta")
    other.sees("Avete rifiutato il rinvio")

    refer(operator, case)
    operator.sees("rifiutato", "Nessun posto prima di lunedì.")
    operator.look("rinvio-rifiutato")
    operator.press("Invia il rinvio")
    operator.sees("Il rinvio è stato inviato")
    other.follow("Rinvii")
    other.follow("Apri e rispondi")
    other.press("Accogli e apri il caso")
    other.sees("questo è il caso nuovo della vostra rete", "Caso nato dal rinvio di un'altra rete")
    other.look("rinvio-accolto")
    operator.follow("Rinvii")
    operator.sees("accolto")
    operator.look("rinvii-inviati")
    in_english(operator, "rinvii-inviati")


def test_the_administrator_says_whether_the_network_receives(person):
    admin = person("amministratore", network=second_network.NAME)
    admin.follow("Amministrazione")
    admin.follow("Rinvii da altre reti")
    admin.sees(f"vedono come «{referring.NAME}»")
    admin.look("ricezione")
    in_english(admin, "ricezione")
    admin.page.get_by_label("Con che nome").fill(" ")
    admin.press("Salva")
    admin.sees("Scrivere con che nome")
    admin.look("ricezione-errore")
    admin.press("Non ricevere più rinvii")
    admin.sees("Le altre reti non possono rinviare alla vostra")
    admin.look("ricezione-chiusa")
