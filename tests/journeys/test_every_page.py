"""Every page that a role has, in both languages and both widths, with what is wrong on it shown: looked at by axe."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_relay import start
from tests.web.world import PROCESSES

pytestmark = pytest.mark.journey

# What each role's menu leads to, and the pages one step behind it.
PAGES = {
    "operatrice.cav": (
        "/attivita",
        "/reperibilita/foglio",
        "/attivita?caso=AAAA-00",
        "/attivita/filtri",
        "/casi",
        "/casi?scheda=chiusi",
        "/casi/nuovo",
        "/casi/nuovo?protocollo=valutazione_rischio",
        "/prima-di-chiudere",
        "/avvisi",
        "/attivita/sostituzioni",
        "/domande",
        "/solleciti",
        "/rinvii",
        "/rubrica",
        "/cerca",
        "/recapiti",
        "/recapiti/calendario",
        "/recapiti/dispositivi",
    ),
    "responsabile.cav": ("/attivita/affidamento", "/ritardi", "/reperibilita/prova"),
    "coordinamento": (
        "/attivita",
        "/ritardi",
        "/solleciti",
        "/scale",
        "/webhook",
        "/interessi-vitali",
        "/reperibilita",
    ),
    "amministratore": (
        "/amministrazione",
        "/amministrazione/importazione",
        "/amministrazione/orari",
        "/amministrazione/testi",
        "/amministrazione/tempi",
        "/amministrazione/rinvii",
        "/amministrazione/ricalcoli",
    ),
    "progettista": ("/protocolli",),
    "dpo": (
        "/protezione-dati",
        "/richieste",
        "/richieste/nuova",
        "/violazioni",
        "/interessi-vitali",
        "/da-cancellare",
        "/accesso-emergenza",
        "/registro",
    ),
}


@pytest.mark.parametrize("role", PAGES)
def test_the_pages_of_a_role_have_no_barriers_in_either_language(person, role):
    somebody = person(role)
    for language, button in (("it", None), ("en", "EN: English")):
        if button is not None:
            somebody.press(button)
        for path in PAGES[role]:
            somebody.open(path)
            assert somebody.page.locator("html").get_attribute("lang") == language
            somebody.look(f"{role}-{path.strip('/').replace('/', '-').replace('?', '-')}-{language}")
    somebody.press("IT: italiano")
    expect(somebody.page.locator("html")).to_have_attribute("lang", "it")


def test_forms_say_what_is_wrong_without_barriers(person):
    operator = person("operatrice.cav")
    operator.open("/casi/nuovo?protocollo=accoglienza_cav")
    operator.press("Avvia il caso")
    operator.sees("Il caso non è stato avviato")
    operator.look("errori-avvio")
    start(operator, "errori")
    operator.look("errori-caso")
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.page.locator("summary", has_text="Cedi").click()
    operator.page.locator("textarea[name=_motivo]:visible").fill(" ")
    operator.press("Completa")
    operator.look("errori-passo")
    operator.page.get_by_label("Sì, la cerchiamo noi").check()
    operator.press("Completa")
    operator.sees("Attività completata.")
    operator.page.locator("a[href^='/moduli/']").first.click()
    operator.look("modulo")
    operator.page.locator("a[href$='/rettifica']").first.click()
    operator.look("rettifica")


def test_an_administrator_is_told_what_is_wrong(person):
    administrator = person("amministratore")
    administrator.open("/amministrazione")
    administrator.page.locator("a[href*='/persone/']").first.click()
    administrator.look("persona")
    administrator.open("/amministrazione")
    administrator.page.locator("a[href*='/enti/']").first.click()
    administrator.page.locator("a[href*='/orari/']").click()
    administrator.page.get_by_label("Lunedì").fill("mai")
    administrator.press("Salva gli orari")
    administrator.sees("per salvarli scegliete che valgono i suoi")
    administrator.page.get_by_label("I suoi, scritti qui sotto").check()
    administrator.press("Salva gli orari")
    administrator.sees("Un orario non è scritto bene")
    administrator.page.locator("summary", has_text="Aggiungi un giorno").click()
    administrator.look("orari-errori")
    administrator.open("/amministrazione/importazione")
    administrator.page.locator("input[type=file]").first.set_input_files(
        {"name": "enti.csv", "mimeType": "text/csv", "buffer": b"nome;servizi\n;niente\n"}
    )
    administrator.page.locator("main form button").first.click()
    administrator.look("importazione-errori")


def test_a_designer_is_warned_before_and_after_the_upload(person):
    drawn = (
        (PROCESSES / "accoglienza_cav" / "accoglienza_cav.bpmn").read_text("utf-8").replace("accoglienza_cav", "prova")
    )
    unwatched = re.sub(
        # A step to which the case is handed over is refused without its clocks, not warned of.
        r"<bpmn:userTask .*?</bpmn:userTask>",
        lambda step: step[0] if "handover" in step[0] else re.sub(r"<staffetta:deadline [^>]*/>", "", step[0]),
        drawn,
        flags=re.DOTALL,
    ).encode()
    designer = person("progettista")
    designer.open("/protocolli")
    for button, said in (("Prova senza caricare", "non ha scadenze"), ("Carica", "Ci sono avvertimenti")):
        designer.page.get_by_label("Diagrammi (.bpmn), tabelle (.dmn) e moduli (.form)").set_input_files(
            {"name": "prova.bpmn", "mimeType": "application/xml", "buffer": unwatched}
        )
        designer.press(button)
        designer.sees(said)
        designer.look(f"avvertimenti-{button.split()[0].lower()}")
    uploaded = designer.page.locator("main tr", has=designer.page.get_by_text("prova", exact=True))
    uploaded.locator("a", has_text="avvertimenti").first.click()
    designer.sees("Il passo non ha scadenze")
    expect(designer.page.locator("svg [data-element-id=rete]").first).to_be_visible()
    designer.look("versione-avvertimenti")
    designer.press("EN: English")
    designer.sees("The step has no deadlines")
    designer.look("versione-avvertimenti-en")
