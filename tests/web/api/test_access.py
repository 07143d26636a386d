"""Who gets in: every address of the API, from the URL map, against every kind of caller."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import clock, db
from engine.participants import credentials, directory, tokens
from engine.participants.token_models import TokenScope
from tests.web.api.conftest import Programs
from tests.web.api.program import ABSENT, API, Program, token_for
from tests.web.world import PASSWORD, Browser, World
from web.api import identity

Row = dict[str, Any]
Address = tuple[str, str, str]

# A body that each address would accept from somebody who may.
BODIES: dict[str, Row] = {
    "start_case": {"definition": "accoglienza_cav"},
    "start_instance": {"definition": "accoglienza_cav"},
    "cancel_case": {"reason": "Aperto per errore."},
    "claim_task": {},
    "release_task": {"reason": "Fine turno."},
    "take_task_over": {"reason": "Fine turno."},
    "complete_task": {"values": {"esito_invio": "accetta"}},
    "appoint_substitute": {
        "agency": ABSENT,
        "absent": ABSENT,
        "substitute": ABSENT,
        "until": "2030-01-01T00:00:00Z",
    },
    "confirm_task": {},
    "send_task_back": {"reason": "Manca la data."},
    "correct_answer": {"values": {"esito_invio": "accetta"}, "reason": "Errore di battitura."},
    "correct_submission": {"values": {"rischio_segnalato": "MEDIO", "canale": "altro"}, "reason": "Errore."},
    "open_submission": {"kinds": ["libero"], "purpose": "atti"},
    "open_file": {"purpose": "atti"},
    "ask_reopening": {"reason": "Completato per errore."},
    "reopen_task": {"reason": "Completato per errore."},
    "save_draft": {"values": {}},
    "offer_task": {"to": ABSENT, "reason": "Fine turno."},
    "plan_migration": {},
    "apply_migration": {"groups": ["nessuno"]},
    "record_agreement": {
        "purpose": "protezione",
        "agency_id": ABSENT,
        "given": True,
        "manner": "a_voce",
        "text_language": "it",
        "text_version": 0,
        "language": "it",
    },
    "withdraw_agreement": {"manner": "a_voce"},
    "invoke_vital_interest": {"purpose": "protezione", "agency_id": ABSENT, "reason": "Priva di sensi."},
    "pause_path": {"manner": "a_voce", "until": "2030-01-01T00:00:00Z"},
    "end_path": {"manner": "a_voce"},
    "resume_path": {},
    "exclude": {"interpreter": "n. 12", "reason": "Parente di lui."},
    "choose_alternate": {"user_id": None},
    "entrust_lane": {"lane": "cav", "agency_id": ABSENT},
    "prepare_handover": {"to_agency": ABSENT},
    "send_handover": {"to_agency": ABSENT},
    "accept_handover": {},
    "decline_handover": {"reason": "Nessun posto."},
    "ask_handover_back": {"reason": "Ente sbagliato."},
    "revoke_handover": {"reason": "Lei non vuole più."},
    "deliver_message": {"name": "M", "correlation": "2345-67"},
}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let many wrong tokens be looked at: how they are refused is asked here, not how often."""
    monkeypatch.setattr(credentials, "_ADDRESS", dataclasses.replace(credentials._ADDRESS, free=1_000))


def addresses(app: Flask, **ids: str) -> list[Address]:
    """(endpoint, method, path below the prefix) of everything that needs a token."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API) or rule.endpoint in identity.OPEN_ENDPOINTS:
            continue
        values = {name: ids.get(name, ABSENT) for name in rule.arguments}
        path = app.url_map.bind("127.0.0.1").build(rule.endpoint, values)
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods & {"GET", "POST", "PUT"})]
    return [(endpoint, method, path.removeprefix(API)) for endpoint, method, path in found]


def ask(caller: Program, address: Address, **headers: str) -> Any:
    endpoint, method, path = address
    return caller.send(method, path, BODIES.get(endpoint.partition(".")[2]), headers=headers)


def test_every_address_says_what_a_token_must_be_good_for(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in addresses(app)} == set(identity.SCOPES)
    assert len(identity.SCOPES) == 60


def test_only_health_and_the_document_are_open(app: Flask) -> None:
    assert {"api-health.live", "api-health.ready", "api-docs.openapi_json"} == identity.OPEN_ENDPOINTS
    for path in ("/health/live", "/health/ready", "/openapi.json"):
        assert Program(app).get(path).status == 200


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


@pytest.mark.parametrize(
    "username", ["operatrice.ps", "operatrice.comune", "coordinamento", "progettista", "amministratore"]
)
def test_what_is_of_another_agency_answers_as_if_it_did_not_exist(
    app: Flask, program: Programs, operator: Program, case: Row, task: Row, username: str
) -> None:
    stranger = program(username)
    (asked,) = operator.get(f"/cases/{case['id']}").body["submissions"]
    ours = addresses(app, case_id=case["id"], task_id=task["id"], submission_id=asked["id"])
    absent = addresses(app)
    compared = 0
    for address, nowhere in zip(ours, absent, strict=True):
        if address == nowhere or "definition" in address[0]:
            continue
        seen, unseen = ask(stranger, address), ask(stranger, nowhere)
        assert seen.status == unseen.status == 404, (address, seen.raw)
        assert seen.raw == unseen.raw
        compared += 1
    assert compared == 38


def test_a_protocol_of_another_network_answers_as_if_it_did_not_exist(
    app: Flask, program: Programs, world: World
) -> None:
    with db.transaction() as session:
        elsewhere = directory.create_network(session, key="altrove", name="Altrove").id
        agency = directory.create_agency(session, elsewhere, name="Centro lontano", services=["cav"]).id
        role = directory.Role.RESPONSABILE
        directory.create_membership(
            session, network_id=elsewhere, user_id=world.people["collega.cav"], agency_id=agency, role=role
        )
    far = Program(app, token_for(world, "collega.cav", network_id=elsewhere))
    (first, *_) = program("collega.cav").get("/definitions").body["items"]
    assert far.get("/definitions").body["items"] == []
    assert far.get(f"/definitions/{first['id']}").raw == far.get(f"/definitions/{ABSENT}").raw
    assert far.get(f"/definitions/{first['id']}").status == 404


def test_of_another_agencys_step_only_its_existence_shows(
    operator: Program, program: Programs, case: Row, task: Row
) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    lead = program("coordinamento").get("/board/overdue").body
    assert all(row["task_id"] is None and row["label"] is None for row in lead["late"] + lead["due_soon"])
    assert "Accetta" not in str(lead)
    assert program("operatrice.cav").get(f"/cases/{case['id']}/tasks").body["items"][0]["label"] == "Accetta l'invio"


def test_a_post_that_another_sites_page_sends_is_refused_whatever_it_carries(operator: Program) -> None:
    reply = operator.send("POST", "/cases", BODIES["start_case"], headers={"Sec-Fetch-Site": "cross-site"})
    assert (reply.status, reply.code) == (403, "forbidden")
