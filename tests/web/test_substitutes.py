"""On the page: saying who stands in, taking over as a substitute, ending it; what is wrong is said where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from engine import clock, db
from tests.web.api.program import Program, token_for
from tests.web.story import claim, start, task_of
from tests.web.world import Browser, World

PAGE = "/attivita/sostituzioni"


def days(*ahead: int) -> tuple[str, ...]:
    with db.transaction(read_only=True):
        return tuple(f"{clock.now() + timedelta(days=each):%Y-%m-%d}" for each in ahead)


def said(world: World, *, absent: str = "operatrice.cav", substitute: str = "collega.cav") -> dict[str, str]:
    cav = world.agencies["cav"]
    first, last = days(0, 3)
    people = {"assente": f"{cav}:{world.people[absent]}", "sostituta": f"{cav}:{world.people[substitute]}"}
    return {**people, "dal": first, "al": last}


def test_a_substitute_finds_the_step_takes_it_over_and_the_case_says_for_whom(
    world: World, someone: Callable[..., Browser]
) -> None:
    person, colleague = someone("operatrice.cav"), someone("collega.cav")
    case = start(person, world)
    step = task_of(person)
    claim(person, step)
    person.get(PAGE)
    assert "finisce da sola" in person.post(PAGE, said(world)).said()
    page = colleague.get(PAGE)
    assert step in page.links()
    assert "Subentra" in colleague.get(step).said()
    colleague.post(f"{step}/subentro", {"_motivo": "assenza"})
    assert "in sostituzione di" in colleague.get(case).said()
    colleague.get(PAGE)
    (ending,) = page.tree.xpath("//form[contains(@action, '/fine')]/@action")
    assert "Nessuna sostituzione in corso." in colleague.post(ending, {}).said()


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    world: World, someone: Callable[..., Browser]
) -> None:
    person = someone("operatrice.cav")
    person.get(PAGE)
    good = said(world)
    for wrong, words in (
        ({"assente": ""}, "Scegliere chi è assente."),
        ({"sostituta": "x:y"}, "Scegliere chi sostituisce."),
        ({"sostituta": good["assente"]}, "deve essere un'altra persona"),
        ({"sostituta": f"{world.agencies['ps']}:{world.people['operatrice.ps']}"}, "nello stesso ente"),
        ({"dal": "ieri"}, "Scrivere il primo giorno."),
        ({"al": days(-2)[0]}, "o è già passato"),
        ({"al": days(500)[0]}, "al massimo un anno"),
    ):
        page = person.post(PAGE, {**good, **wrong})
        assert (page.status, words in page.said()) == (422, True), wrong
    assert page.tree.xpath("string(//input[@name='dal']/@value)") == good["dal"]
    forged = {**good, "assente": f"{world.agencies['ps']}:{world.people['operatrice.ps']}"}
    forged["sostituta"] = f"{world.agencies['ps']}:{world.people['operatrice.ps']}"
    assert person.post(PAGE, forged).status == 403
    assert someone("amministratore").get(PAGE).status == 403


def test_the_api_says_the_same(app: Flask, world: World) -> None:
    person, colleague, stranger = (
        Program(app, token_for(world, name)) for name in ("operatrice.cav", "collega.cav", "operatrice.ps")
    )
    body = {
        "agency": str(world.agencies["cav"]),
        "absent": str(world.people["operatrice.cav"]),
        "substitute": str(world.people["collega.cav"]),
        "until": f"{days(3)[0]}T00:00:00Z",
    }
    assert stranger.post("/substitutions", body).status == 403
    assert person.post("/substitutions", {**body, "set_by_id": body["absent"]}).status == 422
    made = person.post("/substitutions", body)
    assert made.status == 201
    assert person.post("/substitutions", body).body["errors"][0]["code"] == "overlaps"
    (row,) = colleague.get("/substitutions").body["items"]
    assert (row["id"], row["may_end"]) == (made.body["id"], True)
    assert stranger.get("/substitutions").body["items"] == []
    assert stranger.post(f"/substitutions/{row['id']}/end").status == 404
    assert colleague.post(f"/substitutions/{row['id']}/end").status == 200
    assert person.get("/substitutions").body["items"] == []
