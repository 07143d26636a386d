"""On the pages: one person answers, another one reads and confirms, and nobody is asked for what is not hers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.api.program import Program, token_for
from tests.web.by_two import SAID, answered, deploy, opened
from tests.web.story import claim
from tests.web.world import Browser, World


@pytest.fixture
def task_id(app: Flask, world: World, someone: Callable[..., Browser]) -> str:
    """A step that `operatrice.cav` has answered."""
    deploy(world)
    step: str = opened(Program(app, token_for(world, "operatrice.cav")), world)["task_id"]
    assert "ora lo conferma una collega" in answered(someone("operatrice.cav"), step).said()
    return step


def test_a_colleague_reads_the_answers_and_confirms_them(someone: Callable[..., Browser], task_id: str) -> None:
    colleague = someone("collega.cav")
    assert "Da confermare:" in colleague.get("/attivita").said()
    before = colleague.get(f"/attivita/{task_id}").said()
    assert "aspetta una seconda persona" in before
    assert SAID not in before
    page = claim(colleague, f"/attivita/{task_id}")
    assert SAID in page.said()
    assert page.tree.xpath("//form[contains(@action, '/conclusione')]") == []
    done = colleague.post(f"/attivita/{task_id}/conferma", {"_revisione": page.value("_revisione")})
    assert "Confermato: il passo è completato." in done.said()
    assert "lo conferma una seconda persona" in done.said()


def test_whoever_answered_sees_that_it_waits_and_cannot_confirm(someone: Callable[..., Browser], task_id: str) -> None:
    person = someone("operatrice.cav")
    page = person.get(f"/attivita/{task_id}")
    assert "ora lo conferma una collega" in page.said()
    assert page.tree.xpath("//form[contains(@action, '/presa') or contains(@action, '/conferma')]") == []
    for act in ("presa", "conferma"):
        assert person.post(f"/attivita/{task_id}/{act}", {"_revisione": "2"}).status == 409
    page = person.post(f"/attivita/{task_id}/ripresa", {})
    assert page.tree.xpath("//input[@name='valutazione']/@value") == [SAID]


def test_what_is_sent_back_needs_a_reason_and_comes_with_it(someone: Callable[..., Browser], task_id: str) -> None:
    colleague = someone("collega.cav")
    page = claim(colleague, f"/attivita/{task_id}")
    revision = {"_revisione": page.value("_revisione")}
    refused = colleague.post(f"/attivita/{task_id}/rimando", {**revision, "_motivo": " "})
    assert (refused.status, "Scrivere il motivo." in refused.said()) == (422, True)
    colleague.post(f"/attivita/{task_id}/rimando", {**revision, "_motivo": "manca la data"})
    person = someone("operatrice.cav")
    assert "una collega non lo ha confermato" in person.get("/attivita").said()
    assert "affidata a" in person.get("/attivita").said()


def test_an_old_page_confirms_nothing(someone: Callable[..., Browser], task_id: str) -> None:
    colleague = someone("collega.cav")
    page = claim(colleague, f"/attivita/{task_id}")
    old = {"_revisione": str(int(page.value("_revisione")) - 1)}
    assert colleague.post(f"/attivita/{task_id}/conferma", old).status == 409
    assert SAID in colleague.get(f"/attivita/{task_id}").said()


def test_by_the_api_it_is_open_again_until_it_is_confirmed(app: Flask, world: World, task_id: str) -> None:
    first, other = (Program(app, token_for(world, name)) for name in ("operatrice.cav", "collega.cav"))
    assert first.get(f"/tasks/{task_id}").body["first_by_id"] == str(world.people["operatrice.cav"])
    assert first.post(f"/tasks/{task_id}/claim", {}).code == "must_be_another_person"
    other.post(f"/tasks/{task_id}/claim", {})
    assert other.get(f"/tasks/{task_id}").body["may"] == ["ask", "confirm", "release"]
    assert other.post(f"/tasks/{task_id}/complete", {"values": {"valutazione": "altro"}}).code == "to_confirm"
    assert other.post(f"/tasks/{task_id}/confirm", {"values": {"valutazione": "altro"}}).status == 422
    assert other.post(f"/tasks/{task_id}/confirm", {}).body["task"]["state"] == "completed"
