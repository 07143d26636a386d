"""What a token opens: every address of the API, from the URL map. Who sees what: tests/web/test_matrix.py."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import clock, db
from engine.participants import credentials, directory, tokens
from engine.participants.token_models import TokenScope
from tests.web import sendings
from tests.web.api.conftest import Programs
from tests.web.api.program import ABSENT, API, Program, token_for
from tests.web.world import PASSWORD, Browser, World
from web import policy
from web.api import identity
from web.policy import Door

Row = dict[str, Any]
Address = tuple[str, str, str]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let many wrong tokens be looked at: how they are refused is asked here, not how often."""
    monkeypatch.setattr(credentials, "_ADDRESS", dataclasses.replace(credentials._ADDRESS, free=1_000))


def addresses(app: Flask) -> list[Address]:
    """(endpoint, method, path below the prefix) of everything that needs a token."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API) or policy.lets_in(rule.endpoint, Door.EVERYBODY):
            continue
        values = dict.fromkeys(rule.arguments, ABSENT)
        path = app.url_map.bind("127.0.0.1").build(rule.endpoint, values)
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods & {"GET", "POST", "PUT"})]
    return [(endpoint, method, path.removeprefix(API)) for endpoint, method, path in found]


def ask(caller: Program, address: Address, **headers: str) -> Any:
    endpoint, method, path = address
    return caller.send(method, path, sendings.of_api(endpoint), headers=headers)


def test_every_address_says_what_a_token_must_be_good_for(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in addresses(app)} == set(identity.SCOPES)
    assert len(identity.SCOPES) == 136


def test_an_address_without_a_stated_scope_lets_nobody_in(
    operator: Program, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "SCOPES", {})
    for address in addresses(app):
        assert ask(operator, address).code == "insufficient_scope", address


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer x", "Basic b3BlcmF0cmljZS5jYXY6eA==", "bearer  "])
def test_without_a_token_nothing_answers(app: Flask, given: str | None) -> None:
    for address in addresses(app):
        reply = ask(Program(app), address, **({} if given is None else {"Authorization": given}))
        assert (reply.status, reply.code) == (401, "unauthorized"), address
        assert reply.headers["WWW-Authenticate"].startswith("Bearer realm=")


def test_an_expired_a_revoked_and_a_made_up_token_answer_alike(app: Flask, world: World) -> None:
    expired = token_for(world, "operatrice.cav", life=timedelta(hours=1))
    revoked = token_for(world, "operatrice.cav", life=timedelta(days=9))
    with db.transaction() as session:
        newest = max(tokens.listing(session, world.network_id), key=lambda one: one.expires_at)
        tokens.revoke(session, world.network_id, newest.id)
        tomorrow = clock.now() + timedelta(days=1)
    assert Program(app, expired).get("/tasks").status == 200
    answers = set()
    with clock.frozen(tomorrow):
        for token in (expired, revoked, "staffetta_" + "x" * 43):
            for address in addresses(app):
                reply = ask(Program(app, token), address)
                assert reply.status == 401, address
                answers.add((reply.raw, reply.headers["WWW-Authenticate"]))
    assert len(answers) == 1
    assert "invalid_token" in next(iter(answers))[1]


def test_a_token_ends_with_the_account_of_its_person(program: Programs, world: World) -> None:
    colleague = program("collega.cav")
    assert colleague.get("/tasks").status == 200
    with db.transaction() as session:
        directory.disable_user(session, world.people["collega.cav"])
    assert colleague.get("/tasks").status == 401


def test_a_token_is_good_for_its_scopes_only(app: Flask, program: Programs) -> None:
    holders = {scope: program("responsabile.cav", scope) for scope in TokenScope}
    for address in addresses(app):
        needed = identity.SCOPES[address[0]]
        for scope, holder in holders.items():
            reply = ask(holder, address)
            if scope is needed:
                assert reply.status not in {401, 500}, (address, reply.raw)
                assert reply.status != 403 or reply.code != "insufficient_scope", address
            else:
                assert (reply.status, reply.code) == (403, "insufficient_scope"), (address, scope)
                assert f"scope={needed}" in reply.headers["WWW-Authenticate"]
                assert reply.body["title"] == "Il token non basta", address


def test_the_cookie_of_a_page_opens_nothing_here(app: Flask) -> None:
    browser = Browser(app)
    assert browser.log_in("operatrice.cav", PASSWORD).status == 200
    assert browser.client.get(f"{API}/tasks").status_code == 401


def test_a_token_opens_no_page(app: Flask, world: World) -> None:
    token = token_for(world, "operatrice.cav")
    answer = app.test_client().get("/attivita", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/accesso")


def test_of_another_agencys_step_only_its_existence_shows(
    operator: Program, program: Programs, case: Row, task: Row
) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    lead = program("coordinamento").get("/board/overdue").body
    assert all(row["task_id"] is None and row["label"] is None for row in lead["late"] + lead["due_soon"])
    assert "Accetta" not in str(lead)
    assert program("operatrice.cav").get(f"/cases/{case['id']}/tasks").body["items"][0]["label"] == "Accetta l'invio"


def test_a_post_that_another_sites_page_sends_is_refused_whatever_it_carries(operator: Program) -> None:
    reply = operator.send("POST", "/cases", sendings.BODIES["start_case"], headers={"Sec-Fetch-Site": "cross-site"})
    assert (reply.status, reply.code) == (403, "forbidden")
