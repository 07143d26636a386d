"""What a request may see of the database ends with the request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from engine import sight
from engine.cases import inbox
from engine.cases.inbox import Inbox
from engine.participants.access import Actor
from engine.sight import Sight
from tests.web.story import start
from tests.web.world import Browser, World


@pytest.fixture
def seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Sight]:
    """For whom each transaction of the web says that it reads."""
    found: list[Sight] = []
    real = sight.current

    def current() -> Sight:
        found.append(real())
        return found[-1]

    monkeypatch.setattr(sight, "current", current)
    return found


def test_a_page_reads_as_nobody_until_it_knows_who_asks_and_then_as_her(
    someone: Callable[..., Browser], world: World, seen: list[Sight]
) -> None:
    person = someone("operatrice.cav")
    seen.clear()
    person.get("/attivita")
    assert seen[0] == sight.NOTHING
    assert {(one.reach, one.person, one.network_id) for one in seen[1:]} == {
        (sight.Reach.OWN, world.people["operatrice.cav"], world.network_id)
    }
    assert sight.current() == sight.EVERYTHING  # the tests' own, as before


def test_who_is_not_logged_in_reads_as_nobody(someone: Callable[..., Browser], seen: list[Sight]) -> None:
    for address in ("/accesso", "/attivita", "/api/v1/health/ready", "/api/v1/tasks"):
        someone().client.get(address)
    assert seen
    assert set(seen) == {sight.NOTHING}


def test_a_request_that_breaks_leaves_nothing_of_its_sight(
    someone: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = someone("operatrice.cav")
    monkeypatch.setattr(inbox, "page", lambda *_, **__: 1 / 0)
    assert person.client.get("/attivita").status_code == 500
    assert sight.current() == sight.EVERYTHING


def test_a_query_that_forgets_whom_it_is_for_finds_only_her_cases(
    someone: Callable[..., Browser], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(someone("operatrice.cav"), world)
    found: list[int] = []
    real = inbox.page

    def forgetful(session: Any, actor: Actor, **asked: Any) -> Inbox:
        found.append(session.scalar(text("SELECT count(*) FROM case_file")))
        return real(session, actor, **asked)

    monkeypatch.setattr(inbox, "page", forgetful)
    for name in ("operatrice.cav", "operatrice.ps"):
        someone(name).get("/attivita")
    assert found == [1, 0]


def test_a_process_that_says_nothing_sees_nothing():
    asked = "from engine import sight; print(sight.current() == sight.NOTHING)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "True"
