"""A night at a shared computer: somebody comes in, the network goes away, a term comes near."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_relay import start

pytestmark = pytest.mark.journey


@pytest.fixture
def operator(person):
    """An operator with a step in charge, its form open."""
    operator = person("operatrice.cav")
    start(operator, "notte")
    operator.follow("Attività")
    operator.press("Prendi in carico")
    operator.sees("L'attività è in carico a voi.")
    return operator


def test_what_is_typed_is_kept_and_two_presses_of_escape_hide_everything(operator):
    page, step = operator.page, operator.path()
    page.get_by_label("Sì, la cerchiamo noi").check()
    operator.sees("Bozza salvata alle")
    assert page.evaluate("document.activeElement.value") != ""  # the focus stays where it was
    operator.look("notte-1-bozza")
    page.get_by_label("Sì, la cerchiamo noi").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/pausa")
    assert page.title() == "Nuova scheda"
    operator.look("notte-2-nascosta")
    page.go_back()
    page.wait_for_url("**/pausa")
    assert "attività" not in page.locator("body").inner_text().lower()
    operator.open(step)
    page.wait_for_url("**/pausa")
    come_back(operator)
    page.wait_for_url(f"**{step}")
    assert page.get_by_label("Sì, la cerchiamo noi").is_checked()


def test_without_javascript_the_button_hides_and_back_shows_nothing(person):
    operator = person("operatrice.cav", javascript=False)
    operator.open("/attivita?scheda=mie")
    operator.press("Nascondi")
    operator.page.wait_for_url("**/pausa")
    operator.page.go_back()
    assert "Attività" not in operator.page.locator("body").inner_text()
    operator.open("/pausa")
    come_back(operator)
    operator.page.wait_for_url("**/attivita?scheda=mie")


def test_the_other_windows_hide_too(operator):
    other = operator.page.context.new_page()
    other.goto(operator.address + "/attivita")
    operator.press("Nascondi")
    other.wait_for_url("**/pausa")
    assert other.title() == "Nuova scheda"


def test_a_page_that_nobody_touches_hides_with_what_stands_in_it(operator):
    page, step = operator.page, operator.path()
    page.clock.install()
    page.reload()
    page.get_by_label("No, serve un altro centro").check()
    page.get_by_label("Nota").fill("Posti finiti")
    operator.sees("Bozza salvata alle")
    page.clock.fast_forward("04:00")
    page.mouse.move(10, 10)  # somebody is there
    page.clock.fast_forward("04:00")
    assert operator.path() == step
    page.clock.fast_forward("06:00")
    page.wait_for_url("**/pausa")
    come_back(operator)
    page.wait_for_url(f"**{step}")
    assert page.get_by_label("No, serve un altro centro").is_checked()
    assert page.get_by_label("Nota").input_value() == "Posti finiti"


def test_a_lost_connection_is_said_and_so_is_its_return(operator):
    operator._complain = lambda _text: None  # the browser's console repeats what does not arrive
    page, banner = operator.page, operator.page.locator("#collegamento")
    page.context.set_offline(True)
    expect(banner).to_contain_text("Connessione persa", timeout=15_000)
    page.get_by_label("Sì, la cerchiamo noi").check()
    page.set_viewport_size({"width": 390, "height": 600})
    page.get_by_role("button", name="Salva bozza").scroll_into_view_if_needed()
    expect(banner).to_be_in_viewport()  # also far down in a long form
    operator.look("notte-3-persa")
    page.context.set_offline(False)
    expect(banner).to_contain_text("La connessione è tornata.", timeout=30_000)
    operator.sees("Bozza salvata alle")


def test_the_thresholds_of_a_term_are_announced_and_nothing_else(operator):
    """What the server's clock says is played, so that the story does not depend on how fast this machine is."""
    page, told = operator.page, operator.page.locator("#annunci")
    term = page.locator("[data-inizio]").last
    start, end = (int(term.get_attribute(name)) for name in ("data-inizio", "data-scade"))
    part = 0.0

    def clock(route):
        due = {"state": "late" if part > 1 else "soon", "said": f"parte {part}"}
        route.fulfill(json={"now": start + (end - start) * part, "due": {str(end): due}})

    page.route("**/orologio?*", clock)
    for part, said in (
        (0.3, ""),
        (0.45, ""),
        (0.55, "Conclusione: è passata metà del tempo. parte 0.55"),
        (0.6, "parte 0.55"),
        (0.81, "è passato l'80 per cento del tempo. parte 0.81"),
        (1.01, "il termine è scaduto. parte 1.01"),
    ):
        page.evaluate("() => { window.dispatchEvent(new Event('online')) }")
        expect(term).to_contain_text(f"parte {part}", timeout=15_000)
        expect(told).to_contain_text(said, timeout=15_000)
    assert "stato-ritardo" in term.get_attribute("class")


def come_back(operator):
    operator.page.locator("summary").click()
    operator.page.get_by_label("Password").fill("una parola lunga di prova")
    operator.look("notte-4-ritorno")
    operator.press("Continua")


def test_the_language_is_changed_on_the_page_and_stays(operator):
    page = operator.page
    page.get_by_role("button", name="EN: English").click()
    operator.sees("Update questions", "Complete", "left")
    operator.look("notte-5-english")
    operator.open("/attivita?scheda=mie")
    operator.sees("Tasks", "Waiting for others")
    operator.look("notte-6-tasks")
    page.get_by_role("button", name="IT: italiano").click()
    operator.sees("Attività", "In attesa di altri")
