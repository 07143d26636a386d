"""A session that hides: nothing of it is shown until its person is back, and what she had is still there."""

from datetime import timedelta

import pytest

from engine import clock, db
from engine.participants import sessions
from tests.web.story import answers, claim, first_answers, task_of
from tests.web.test_security import addresses
from tests.web.world import PASSWORD, Page

TELLTALES = ("staffetta", "antiviolenza", "violenza", "1522", "caso", "attività", "accoglienza", "cav")


def hide(person):
    """Press the button of the page that is shown."""
    return person.post("/pausa/inizio", {"qui": person.shown.tree.xpath("string(//form[@id='nascondi']/input/@value)")})


def come_back(person, password=PASSWORD):
    return person.post("/pausa", {"parola": password})


def shown_words(page):
    return (page.tree.text_content() + " " + " ".join(page.tree.xpath("//@title | //@aria-label | //@alt"))).casefold()


def test_every_page_of_who_is_logged_in_has_the_button(app, someone):
    person = someone("coordinamento")
    others = ("/pausa", "/sta", "/metrics")
    paths = [path for _, method, path in addresses(app) if method == "GET" and not path.startswith(others)]
    pages = [page for page in map(person.get, paths) if page.tree is not None and page.tree.find(".//main") is not None]
    assert len(pages) > 10
    assert all(page.tree.xpath("//form[@id='nascondi' and @method='post']//button") for page in pages)


def test_what_hides_says_nothing_of_what_it_hides(worker):
    worker.get(task_of(worker))
    page = hide(worker)
    assert (page.status, worker.path) == (200, "/pausa")
    assert page.title() == "Nuova scheda"
    assert not [word for word in TELLTALES if word in shown_words(page)]
    assert page.response.headers["Cache-Control"] == "no-store"


def test_no_address_answers_while_the_session_hides(app, someone):
    person = someone("coordinamento")
    person.get("/attivita")
    hide(person)
    checked = 0
    for endpoint, method, path in [*addresses(app), (None, "GET", "/niente"), (None, "POST", "/niente")]:
        if endpoint in {"static", "health.live", "metrics.show", "login.leave"} or path.startswith("/pausa"):
            continue
        answer = person.client.open(path, method=method)
        if method == "GET":
            assert (answer.status_code, answer.headers["Location"]) == (303, "/pausa"), path
        else:
            assert answer.status_code == 401, path
            assert not [word for word in TELLTALES if word in shown_words(Page(answer))], path
        checked += 1
    assert checked > 20


def test_a_script_is_told_where_to_hide(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    hide(person)
    answer = person.client.get("/attivita", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (401, {"cover": "/pausa"})


def test_her_password_leads_back_to_where_she_was_and_the_draft_is_there(worker):
    address = task_of(worker)
    page = claim(worker, address)
    hidden_from = worker.post(f"{address}/bozza", answers(page, **first_answers(page)))
    assert "Bozza salvata" in hidden_from.said()
    before = worker.client.get_cookie("staffetta").value
    hide(worker)
    page = come_back(worker)
    assert (page.status, worker.path) == (200, address)
    assert page.tree.xpath("//form[@id='modulo']//input[@type='radio' and @checked]")
    assert worker.client.get_cookie("staffetta").value != before
    with db.transaction() as session:
        assert sessions.load(session, before) is None
    assert worker.get("/attivita").status == 200


def test_a_wrong_password_keeps_it_hidden_and_counts_as_a_failed_log_in(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    hide(person)
    for _ in range(5):
        page = come_back(person, "una password sbagliata")
    assert page.status in {401, 429}
    page = come_back(person)
    assert page.status == 429
    assert int(page.response.headers["Retry-After"]) > 0
    assert "Troppi tentativi" in page.said()
    assert not [word for word in TELLTALES if word in shown_words(page)]
    assert person.get("/attivita").title() == "Nuova scheda"
    assert someone().log_in("operatrice.cav").status == 429


def test_another_persons_password_does_not_open_it(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    hide(person)
    page = person.post("/pausa", {"parola": "di un'altra persona", "utente": "collega.cav"})
    assert page.status == 401
    assert "Password non corretta." in page.said()


def test_logging_out_is_possible_while_it_hides(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    hide(person)
    assert "Siete usciti" in person.post("/uscita").said()
    assert "Accesso" in person.get("/attivita").title()


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_hiding_never_fails_for_an_old_page(someone, token):
    person = someone("operatrice.cav")
    assert person.post("/pausa/inizio", {"_csrf": token}).title() == "Nuova scheda"
    assert person.get("/attivita").title() == "Nuova scheda"


def test_hiding_without_a_session_shows_the_same_and_a_way_to_the_log_in(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    with clock.frozen(now() + timedelta(minutes=31)):
        page = hide(person)
    assert page.title() == "Nuova scheda"
    assert page.links() == ["/accesso"]


def test_hiding_shows_nothing_even_when_the_database_is_away(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    db.configure("postgresql://nessuno@127.0.0.1:1/niente")
    page = hide(person)
    assert (page.status, page.title()) == (503, "Nuova scheda")
    assert not [word for word in TELLTALES if word in shown_words(page)]


def test_nobody_is_led_to_another_site(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    person.post("/pausa/inizio", {"qui": "https://altrove.example/"})
    page = person.post("/pausa", {"parola": PASSWORD}, follow=False)
    assert page.response.headers["Location"] == "/attivita"


def test_another_site_cannot_hide_a_session(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    assert person.post("/pausa/inizio", {}, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert person.get("/attivita").status == 200
    assert person.path == "/attivita"


def now():
    with db.transaction(read_only=True):
        return clock.now()
