"""Logging in and out, and what happens to who is not."""

from datetime import timedelta

import pytest

from engine import clock, db
from engine.participants import directory, sessions
from engine.participants.models import Role
from tests.web.world import PASSWORD, app_of


def test_a_name_and_its_password_lead_to_the_inbox(someone):
    page = someone().log_in("operatrice.cav")
    assert page.status == 200
    assert page.tree.findtext(".//h1") == "Attività"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(someone):
    unknown = someone().log_in("nessuna.persona", "una password qualsiasi")
    wrong = someone().log_in("operatrice.cav", "una password qualsiasi")
    assert unknown.status == wrong.status == 401
    assert unknown.said() == wrong.said()
    assert "Nome utente o password non corretti." in wrong.said()


def test_after_five_failures_the_page_says_how_long_to_wait_even_with_the_right_password(someone):
    visitor = someone()
    for _ in range(5):
        visitor.log_in("operatrice.cav", "una password sbagliata")
    page = visitor.log_in("operatrice.cav")
    assert page.status == 429
    assert int(page.response.headers["Retry-After"]) > 0
    assert "Troppi tentativi non riusciti" in page.said()


def test_logging_out_ends_the_session_on_the_server(someone):
    person = someone("operatrice.cav")
    cookie = person.client.get_cookie("staffetta").value
    page = person.post("/uscita")
    assert "Siete usciti" in page.said()
    person.client.set_cookie("staffetta", cookie)
    assert "Accesso" in person.get("/attivita").title()


def test_logging_in_gives_a_new_token_and_ends_the_old_one(someone):
    person = someone("operatrice.cav")
    before = person.client.get_cookie("staffetta").value
    form = person.client.get("/accesso")
    assert form.status_code == 303
    with db.transaction() as session:
        assert sessions.load(session, before) is not None
    stranger = someone()
    stranger.get("/accesso")
    stranger.client.set_cookie("staffetta", before)
    stranger.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD})
    assert stranger.client.get_cookie("staffetta").value != before
    with db.transaction() as session:
        assert sessions.load(session, before) is None


def test_the_log_in_leads_back_to_the_page_that_was_asked_for(someone):
    visitor = someone()
    page = visitor.get("/protocolli")
    assert page.value("poi") == "/protocolli"
    page = visitor.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD, "poi": page.value("poi")})
    assert visitor.path == "/protocolli"
    assert page.status == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://altrove.example/",
        "//altrove.example",
        "/\\altrove.example",
        "\\\\altrove",
        "javascript:alert(1)",
        "altrove",
    ],
)
def test_the_log_in_leads_nobody_to_another_site(someone, address):
    visitor = someone()
    assert visitor.get("/accesso?poi=" + address).value("poi") == ""
    answer = visitor.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD, "poi": address}, follow=False)
    assert answer.response.headers["Location"] == "/attivita"


def test_an_expired_session_is_asked_to_log_in_again_and_told_why(someone):
    person = someone("operatrice.cav")
    with clock.frozen(_now() + timedelta(minutes=31)):
        page = person.get("/attivita")
    assert page.title() == "Accesso – Staffetta"
    assert "La sessione è scaduta" in page.said()


def test_a_post_with_an_expired_session_is_refused_and_says_what_became_of_the_text(someone):
    person = someone("operatrice.cav")
    with clock.frozen(_now() + timedelta(minutes=31)):
        page = person.post("/uscita")
        assert page.status == 401
    assert "non è stato registrato" in page.said()
    assert "bozza" in page.said()


def test_somebody_without_a_role_sees_that_and_nothing_else(someone):
    with db.transaction() as session:
        directory.create_user(session, username="senza.ruolo", display_name="Senza ruolo", password=PASSWORD)
    visitor = someone()
    page = visitor.log_in("senza.ruolo")
    assert "non ha un ruolo in nessuna rete" in page.said()
    assert "non ha un ruolo in nessuna rete" in visitor.get("/protocolli").said()


def test_somebody_of_two_networks_chooses_in_which_one_to_act(someone, world):
    with db.transaction() as session:
        other = directory.create_network(session, key="altra", name="Altra rete")
        agency = directory.create_agency(session, other.id, name="Altro ente", services=["cav"])
        directory.create_membership(
            session,
            network_id=other.id,
            user_id=world.people["operatrice.cav"],
            agency_id=agency.id,
            role=Role.OPERATRICE,
        )
        other_id = str(other.id)
    person = someone()
    page = person.log_in("operatrice.cav")
    assert "In quale rete lavorate adesso?" in page.said()
    assert "Accesso" not in person.get("/attivita").title()
    page = person.post("/rete", {"rete": other_id})
    assert page.tree.findtext(".//h1") == "Attività"
    assert person.post("/rete", {"rete": "nessuna"}).status == 404


def test_the_cookie_is_host_bound_and_secure_where_people_come_through_https(urls):
    client = app_of(urls, public_url="https://staffetta.example.org").test_client()
    answer = client.get("/accesso", base_url="https://staffetta.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-staffetta-accesso=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def _now():
    with db.transaction(read_only=True):
        return clock.now()
