"""The numbers of an inbox that stays open: those of its page, told only when they are others; nobody is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from engine import clock, db
from engine.participants.models import UserSession
from tests.web.story import claim, start, task_of
from tests.web.world import Browser, World

ADDRESS = "/attivita/conteggi"


def test_the_numbers_are_those_of_the_page_and_come_once(world: World, someone: Callable[..., Browser]) -> None:
    person = someone("operatrice.cav")
    start(person, world)
    page = person.get("/attivita")
    (address,) = page.tree.xpath("//nav/@data-conteggi")
    shown = {one.get("data-conto"): one.text for one in page.tree.xpath("//nav//*[@data-conto]")}
    first = person.client.get(address)
    counts = first.json["counts"]
    assert {name: counts[name] for name in shown} == shown
    assert counts["avvisi"] == page.tree.xpath("string(//nav/@data-avvisi)")
    again = person.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    claim(person, task_of(person))
    later = person.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.json["counts"] != counts
    assert person.get("/attivita?caso=AAAA-00").tree.xpath("//nav/@data-conteggi") == [], "a search is asked once"


def test_asking_by_itself_keeps_no_session_alive(world: World, someone: Callable[..., Browser]) -> None:
    person = someone("operatrice.cav")

    def used() -> list[object]:
        with db.transaction(read_only=True) as session:
            return list(session.scalars(select(UserSession.last_seen_at)))

    before = used()
    with db.transaction(read_only=True):
        later = clock.now() + timedelta(minutes=10)
    with clock.frozen(later):
        assert person.client.get(ADDRESS).status_code == 200
        assert used() == before
        person.get("/attivita")
        assert used() != before
