"""The story of the relay: a case is started and handed on, a step is late, climbs, is seen, taken over and finished."""

import pytest

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_late_step_climbs_until_somebody_finishes_it(person, javascript):
    pictures = "con-js" if javascript else "senza-js"
    operator = person("operatrice.cav", javascript=javascript)
    operator.look(f"{pictures}-0-vuoto")
    start(operator, pictures)
    case, code = operator.path(), operator.page.locator("h1 .codice").inner_text()
    claim_err_and_complete(operator, pictures)
    operator.follow("Fissa il colloquio")
    operator.press("Prendi in carico")
    step = operator.path()
    lead = person("responsabile.cav", javascript=javascript)
    be_told(operator, lead, code, pictures)
    read_the_board(lead, person("coordinamento", javascript=javascript), pictures)
    take_over_and_finish(lead, pictures)
    # Who comes second is told, and may still read the case.
    operator.open(step)
    operator.sees("L'attività è chiusa.")
    operator.open(case)
    operator.sees("Subentro", "responsabile.cav")


def start(operator, pictures):
    operator.follow("Avvia un caso")
    operator.follow("Accoglienza al centro antiviolenza")
    operator.page.get_by_label("Alto").check()
    operator.page.get_by_label("Come arriva").select_option("pronto_soccorso")
    operator.look(f"{pictures}-1-avvio")
    operator.press("Avvia il caso")
    operator.sees("Caso avviato.", "da prendere in carico")


def claim_err_and_complete(operator, pictures):
    operator.follow("Attività")
    operator.sees("mancano 59 min")
    operator.look(f"{pictures}-2-attivita")
    operator.press("Prendi in carico")
    operator.sees("L'attività è in carico a voi.")
    operator.press("Completa")
    operator.sees("c'è qualcosa da correggere", "Serve una risposta.")
    assert operator.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    operator.look(f"{pictures}-3-errori")
    operator.page.get_by_label("Sì, la cerchiamo noi").check()
    operator.press("Completa")
    operator.sees("Attività completata.", "Fissa il colloquio")


def be_told(operator, lead, code, pictures):
    """Nobody acts: the one who has the step is reminded, then it climbs to her agency's lead."""
    lead.open("/attivita")
    lead.reloads_until(f"Scadenza superata in un passo (Conclusione) – caso {code}")
    lead.look(f"{pictures}-4-avviso")
    operator.open("/attivita?scheda=mie")
    operator.sees(
        "IN RITARDO",
        "scadenza superata, avvisi inviati",
        f"Promemoria: una scadenza si avvicina (Conclusione) – caso {code}",
    )
    operator.look(f"{pictures}-5-in-ritardo")


def read_the_board(lead, coordination, pictures):
    """It shows on the board: to the lead by its name, to the coordination only that it is there."""
    lead.open("/ritardi")
    lead.sees(
        "In ritardo adesso (1)",
        "Fissa il colloquio",
        "Scadenza superata (Conclusione): responsabile",
        "nessun avviso è rimasto indietro",
    )
    lead.look(f"{pictures}-6-ritardi")
    coordination.open("/ritardi")
    coordination.sees("In ritardo adesso (1)", "Passo di un altro ente")
    assert "Fissa il colloquio" not in coordination.page.locator("main").inner_text()
    coordination.look(f"{pictures}-7-ritardi-rete")
    coordination.follow("Chi chiamare, che cosa si può fare")
    coordination.sees("Passo di un altro ente", "Responsabile: responsabile.cav")
    coordination.look(f"{pictures}-7-chi-chiamare")
    coordination.press("Seguo io per il coordinamento")
    coordination.sees("Il passo è seguito da voi per il coordinamento")
    coordination.page.get_by_role("textbox").last.fill("Richiama la responsabile entro un'ora")
    coordination.press("Registra la nota")
    coordination.sees("Nota registrata.", "Richiama la responsabile entro un'ora")
    coordination.look(f"{pictures}-7-seguito")


def take_over_and_finish(lead, pictures):
    lead.follow("Fissa il colloquio")
    lead.page.locator("summary", has_text="Subentra").click()
    lead.page.get_by_label("Motivo").last.fill("Collega impegnata in un'altra chiamata")
    lead.look(f"{pictures}-8-subentro")
    lead.press("Subentra")
    lead.sees("L'attività ora è in carico a voi.")
    lead.page.get_by_label("Non desidera il colloquio").check()
    safe = lead.page.get_by_role("group", name="È stato usato solo il contatto sicuro")
    safe.get_by_label("Sì").check()
    lead.press("Completa")
    lead.sees("Attività completata.", "chiuso", "fuori tempo", "Collega impegnata", "Nessun passo in corso.")
    lead.look(f"{pictures}-9-caso-chiuso")
    lead.open("/ritardi")
    lead.sees("Niente è in ritardo.")


def test_a_refused_protocol_changes_nothing_and_says_why(person):
    designer = person("progettista")
    designer.open("/protocolli")
    designer.look("protocolli")
    designer.page.get_by_label("Diagrammi (.bpmn), tabelle (.dmn) e moduli (.form)").set_input_files(
        {"name": "prova.bpmn", "mimeType": "application/xml", "buffer": b"<!DOCTYPE x><x/>"}
    )
    designer.press("Carica")
    designer.sees("Il protocollo non si può caricare", "Non è cambiato nulla", "prova.bpmn")
    designer.look("protocolli-rifiutati")


def test_the_keyboard_alone_reaches_the_content_and_the_first_action(person):
    operator = person("operatrice.cav")
    operator.open("/casi/nuovo")
    operator.page.keyboard.press("Tab")
    assert operator.page.evaluate("document.activeElement.textContent") == "Vai al contenuto"
    operator.page.keyboard.press("Enter")
    operator.page.keyboard.press("Tab")
    assert operator.page.evaluate("document.activeElement.closest('main') !== null")
    operator.page.keyboard.press("Enter")
    operator.sees("Rischio segnalato")


def test_what_is_not_there_is_said_with_a_way_on(person):
    operator = person("operatrice.cav")
    operator._complain = lambda _text: None  # the browser's console repeats the 404
    operator.open("/attivita/00000000-0000-4000-8000-000000000000")
    operator.sees("Non trovato", "Torna alle attività")
    operator.look("non-trovato")
