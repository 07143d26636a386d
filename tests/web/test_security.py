"""What holds for every page: default deny, the form token, where posts come from, headers."""

import pytest

from engine import db
from tests.web.world import PASSWORD, Page

ABSENT = "00000000-0000-4000-8000-000000000000"


def addresses(app):
    """Return (endpoint, method, path) of all pages, with ids that do not exist. The API has a matrix of its own."""
    found = []
    for rule in (rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")):
        if rule.rule.startswith("/api/"):  # programs have no session: tests/web/api
            continue
        arguments = dict.fromkeys(rule.arguments, ABSENT) | ({"filename": "x.css"} if rule.endpoint == "static" else {})
        with app.test_request_context():
            path = app.url_map.bind("127.0.0.1").build(rule.endpoint, arguments)
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE"})]
    return found


def test_a_made_up_session_is_none(app):
    client = app.test_client()
    client.set_cookie("staffetta", "inventato")
    assert client.get("/attivita").status_code == 303


def test_every_post_without_the_form_token_is_refused(app, someone):
    person = someone("responsabile.cav")
    posts = [(endpoint, path) for endpoint, method, path in addresses(app) if method == "POST"]
    # Hiding must not fail; the gateway proves itself by a signature (tests/web/test_answering.py).
    posts = [(endpoint, path) for endpoint, path in posts if endpoint != "hiding.hide" and "gateway." not in endpoint]
    assert len(posts) > 10
    for endpoint, path in posts:
        page = Page(person.client.post(path, data={"_motivo": "x"}))
        assert page.status == 400, endpoint
        said = "Continua" if endpoint == "hiding.back" else "Pagina non più valida"  # what hides says nothing more
        assert said in page.said(), endpoint


def test_the_form_token_of_another_session_is_refused(someone):
    token = someone("collega.cav").get("/attivita").csrf()
    person = someone("operatrice.cav")
    assert person.post("/uscita", {"_csrf": token}).status == 400
    assert person.get("/attivita").status == 200


def test_the_log_in_form_has_a_token_of_its_own(someone):
    visitor = someone()
    assert visitor.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD, "_csrf": "0" * 64}).status == 400
    visitor.get("/accesso")
    assert visitor.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://altrove.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_the_right_token(someone, headers):
    person = someone("operatrice.cav")
    page = person.post("/uscita", {}, **headers)
    assert page.status == 403
    assert "Richiesta rifiutata" in page.said()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "http://localhost"}, {"Origin": "null"}, {}],
)
def test_a_post_from_our_own_page_is_accepted(someone, headers):
    person = someone("operatrice.cav")
    assert "Siete usciti" in person.post("/uscita", {}, **headers).said()


def test_every_answer_carries_the_security_headers(app, someone):
    person = someone("coordinamento")
    for endpoint, method, path in addresses(app):
        for client in (app.test_client(), person.client):
            headers = client.open(path, method=method).headers
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), endpoint
            assert "unsafe" not in policy
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store", endpoint
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "camera=()" in headers["Permissions-Policy"]
            assert "Strict-Transport-Security" not in headers


def test_built_assets_may_be_kept_by_the_browser(someone):
    page = someone().get("/accesso")
    for address in page.tree.xpath("//link[@rel='stylesheet']/@href | //script/@src"):
        answer = someone().client.get(address, buffered=True)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_no_page_holds_a_script_or_style_of_its_own(app, someone):
    person = someone("coordinamento")
    for _, method, path in addresses(app):
        tree = Page(person.client.open(path, method=method)).tree
        if tree is not None:
            assert not tree.xpath("//script[not(@src)] | //style | //*[@style] | //@*[starts-with(name(), 'on')]")


@pytest.mark.parametrize(
    "address", ["/niente", "/attivita/1", "/attivita/" + ABSENT, "/casi/" + ABSENT, "/moduli/" + ABSENT]
)
def test_what_is_not_there_is_not_found(someone, address):
    page = someone("operatrice.cav").get(address)
    assert page.status == 404
    assert page.title() == "Errore: Non trovato – Staffetta"


def test_a_method_that_an_address_does_not_know_is_refused(someone):
    page = Page(someone("operatrice.cav").client.delete("/attivita"))
    assert page.status == 405
    assert "GET" in page.response.headers["Allow"]


def test_a_form_that_is_too_big_is_refused(someone):
    person = someone("operatrice.cav")
    page = person.post(f"/attivita/{ABSENT}/conclusione", {"note": "x" * 300_000})
    assert page.status == 413
    assert "troppo grande" in page.said()


def test_a_database_that_is_away_is_told_without_details(someone, monkeypatch):
    person = someone("operatrice.cav")
    db.configure("postgresql://nessuno@127.0.0.1:1/niente")
    page = person.get("/attivita")
    assert page.status == 503
    assert "Riprovate tra un minuto" in page.said()


def test_an_unexpected_failure_shows_a_reference_and_logs_no_values(someone, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise KeyError("Maria, via Roma 1")

    person = someone("operatrice.cav")
    monkeypatch.setattr("web.pages.inbox.inbox.page", broken)
    page = person.get("/attivita")
    assert page.status == 500
    reference = page.tree.findtext(".//code")
    assert reference in caplog.text
    assert "KeyError" in caplog.text
    assert "Maria" not in caplog.text + page.text


def test_a_failure_while_a_refusal_is_being_shown_is_told_as_any_other(someone, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise KeyError("Maria, via Roma 1")

    lead = someone("responsabile.cav")
    lead.get("/attivita")
    monkeypatch.setattr("web.pages.case.case_page.case", broken)
    page = lead.post(f"/casi/{ABSENT}/annullamento", {"_motivo": ""})
    assert page.status == 500
    assert page.tree.findtext(".//code") in caplog.text
    assert "Maria" not in caplog.text + page.text
