"""On the page: what suggests another contact, linking it, taking it apart; and what is wrong, where it is."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from tests.web.api.program import Program, token_for
from tests.web.story import start
from tests.web.world import Browser, World


def test_two_contacts_are_linked_and_taken_apart_and_only_who_may_know_of_both_sees_it(
    app: Flask, world: World, someone: Callable[..., Browser]
) -> None:
    person, api = someone("operatrice.cav"), Program(app, token_for(world, "operatrice.cav"))
    first, second = (start(person, world) for _ in range(2))
    code = api.get(f"/cases/{second.split('/')[2]}").body["code"]
    assert f"{first}/collegati" in person.get(first).links()
    person.get(f"{first}/collegati")
    for wrong, words in (
        ({"codice": code}, "Dire come lo ha detto"),
        ({"codice": "2345-67", "come": "a_voce"}, "Non è il codice di un caso a cui lavora il vostro ente."),
        ({"codice": code, "come": "a_voce", "_quando": "ieri"}, "Non è una data con ora."),
    ):
        page = person.post(f"{first}/collegati", wrong)
        assert (page.status, words in page.said()) == (422, True), wrong
    page = person.post(f"{first}/collegati", {"codice": code, "come": "per_telefono"})
    assert "I due contatti sono collegati." in page.said()
    assert code in page.said()
    assert second in page.links()
    (ending,) = page.tree.xpath("//form[contains(@action, '/fine')]/@action")
    stranger = someone("operatrice.ps")
    assert stranger.get(f"{first}/collegati").status == 404
    assert stranger.post(ending, {}).status == 404
    assert "non sono più collegati" in person.post(ending, {}).said()
    assert "Nessun contatto collegato." in person.get(f"{first}/collegati").said()


def test_the_api_takes_nothing_that_is_not_declared(app: Flask, world: World, someone: Callable[..., Browser]) -> None:
    api = Program(app, token_for(world, "operatrice.cav"))
    first, second = (start(someone("operatrice.cav"), world).split("/")[2] for _ in range(2))
    body = {"code": api.get(f"/cases/{second}").body["code"], "manner": "a_voce"}
    assert api.post(f"/cases/{first}/links", {**body, "asked_by_id": str(world.people["operatrice.ps"])}).status == 422
    assert api.post(f"/cases/{first}/links", {**body, "manner": "per_sogno"}).status == 422
    assert api.post(f"/cases/{first}/links", body).status == 201
    shown = api.get(f"/cases/{second}/links").body
    assert ([row["case_id"] for row in shown["links"]], shown["suggestions"]) == ([first], [])
