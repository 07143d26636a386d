"""What was done is said once, by the session that did it, and by no address."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import db
from engine.cases import execution
from engine.cases.models import Case
from engine.participants import sessions
from tests.web.story import claim, task_of
from tests.web.world import Browser
from web import words


def done(page):
    return page.tree.xpath("//p[contains(@class, 'avviso-fatto') and @role='status']")


@pytest.mark.parametrize("code", sorted(words.DONE))
def test_no_address_makes_a_page_say_that_something_was_done(someone, code):
    assert not done(someone("operatrice.cav").get(f"/attivita?fatto={code}"))


def test_what_was_done_is_said_once_under_a_neutral_address(worker):
    address = task_of(worker)
    page = claim(worker, address)
    assert "L'attività è in carico a voi." in page.said()
    assert page.response.request.query_string == b""
    assert not done(worker.get(address))


def test_another_page_of_the_session_leaves_it_to_the_one_it_is_for(worker):
    address = task_of(worker)
    worker.get(address)
    worker.post(f"{address}/presa", follow=False)
    assert not done(worker.get("/attivita"))
    worker.client.get("/orologio", headers={"Accept": "application/json"})
    assert done(worker.get(address))


def test_another_persons_session_is_not_told(worker, someone):
    address = task_of(worker)
    worker.get(address)
    worker.post(f"{address}/presa", follow=False)
    assert not done(someone("collega.cav").get(address))


def test_a_refused_act_says_nothing(worker, someone):
    address = task_of(worker)
    claim(someone("collega.cav"), address)
    worker.get(address)
    assert worker.post(f"{address}/presa").status == 409
    assert not done(worker.get(address))


def test_what_a_session_says_does_not_undo_that_it_hides(app, someone, world):
    """Two requests at once: the one that began before the session hid must not write its old state back."""
    person = someone("operatrice.cav")
    token = person.client.get_cookie("staffetta").value
    ready, hidden = threading.Event(), threading.Event()

    def act() -> None:
        with db.transaction() as session:
            assert sessions.load(session, token)
            ready.set()
            assert hidden.wait(10)
            sessions.remember(session, token, said=["/attivita", "presa"])

    acting = threading.Thread(target=act)
    acting.start()
    assert ready.wait(10)
    other = Browser(app)
    other.client.set_cookie("staffetta", token)
    other.post("/pausa/inizio", {"_csrf": "x"})
    hidden.set()
    acting.join()
    assert person.get("/attivita").title() == "Nuova scheda"


def test_a_case_that_somebody_else_holds_is_said_to_be_busy(worker, urls, monkeypatch):
    address = task_of(worker)
    worker.get(address)
    monkeypatch.setattr(db, "_LOCK_TIMEOUT", timedelta(milliseconds=200))
    db.configure(urls.app)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with db.transaction() as session:
            execution.lock(session, session.scalars(select(Case.id)).one())
            held.set()
            done.wait(30)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        assert held.wait(10)
        page = worker.post(f"{address}/presa")
        assert (page.status, page.response.headers["Retry-After"]) == (503, "5")
        assert "Qualcun altro sta lavorando su questo caso" in page.said()
    finally:
        done.set()
        holding.join()
    assert "in carico a voi" in claim(worker, address).said()
