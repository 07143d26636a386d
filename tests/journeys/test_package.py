"""She asks what is kept about her: recorded at the desk, reviewed, looked at again, opened on a computer of hers."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_relay import start
from tests.web import asking_to_know

pytestmark = pytest.mark.journey


def besides(world):
    asking_to_know.make_officer_of(world, "cav")


@pytest.mark.parametrize("javascript", [True, False])
def test_she_is_handed_what_is_kept_about_her(person, browser, tmp_path, javascript):
    operator = person("operatrice.cav", javascript=javascript)
    start(operator, "richiesta")
    operator.follow("Ha chiesto quali dati si conservano di lei")
    operator.press("Registra la richiesta")
    if not javascript:
        operator.page.locator("#chi-interessata").check()
    operator.look(f"richiesta-nuova-{javascript}")
    operator.page.locator("#chi-interessata").check()
    operator.page.locator("#identita-conosciuta").check()
    operator.page.locator("#raggiunta").fill("Di persona, il martedì mattina.")
    operator.press("Registra la richiesta")
    operator.sees("Richiesta registrata")

    officer = person("dpo", javascript=javascript)
    officer.open("/protezione-dati")
    officer.look(f"protezione-dati-{javascript}")
    officer.follow("Richieste di chi vuole sapere")
    officer.look(f"richieste-{javascript}")
    officer.page.locator("main tbody tr", has_text="da rileggere").locator("a").first.click()
    address = officer.path()
    officer.press("Apri i dati e rileggi")
    officer.look(f"rilettura-{javascript}")
    for box in officer.page.locator("input[name=riletta]").all():
        box.check()
    officer.press("Salva la rilettura")
    officer.sees("Riletto tutto")

    lead = person("responsabile.cav", javascript=javascript)
    lead.open(address)
    lead.press("Apri i dati")
    lead.look(f"seconda-lettura-{javascript}")
    lead.press("Si può consegnare così")
    lead.sees("si può consegnare")

    officer.open(address)
    officer.look(f"consegna-{javascript}")
    phrase = officer.page.locator("main strong.codice").inner_text()
    with officer.page.expect_download() as arriving:
        officer.press("Scarica il file sigillato")
    package = tmp_path / "documento.html"
    arriving.value.save_as(package)
    officer.open(address)
    officer.page.locator("#consegna-di_persona").check()
    officer.look(f"consegna-da-registrare-{javascript}")
    officer.press("Registra la consegna")
    officer.sees("Consegna registrata")
    if javascript:
        officer.press("EN: English")
        officer.look("consegnata-en")
        opens_with_its_phrase_only(browser, package, phrase)


def opens_with_its_phrase_only(browser, package, phrase):
    """On another computer: nothing but the file and what she was told."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(package.as_uri())
    assert "Centro antiviolenza" not in page.content()
    page.get_by_label("Frase per aprire").fill(phrase.replace("-", ""))
    page.get_by_role("button", name="Apri").click()
    expect(page.get_by_role("alert")).to_contain_text("La frase non è questa")
    page.get_by_label("Frase per aprire").fill(f" {phrase.upper()} ")
    page.get_by_role("button", name="Apri").click()
    expect(page.locator("h1")).to_contain_text("I dati che conserva Centro antiviolenza di prova")
    expect(page.locator("section")).not_to_have_count(0)
    page.screenshot(path=package.with_suffix(".png"), full_page=True)
    assert complaints == []
    context.close()
