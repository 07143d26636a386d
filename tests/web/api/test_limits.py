"""Too much, too often, or at the same time: what a program is told, and when it may come back."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import clock, db
from engine.cases import execution
from engine.participants import tokens
from tests import database
from tests.web.api.conftest import Programs
from tests.web.api.program import Program
from tests.web.world import Browser

Row = dict[str, Any]


def later(**length: int) -> Any:
    with db.transaction(read_only=True):
        return clock.frozen(clock.now() + timedelta(**length))


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REQUESTS_A_MINUTE", 3)
    busy, calm = program("operatrice.cav"), program("operatrice.cav")
    with later():
        assert [busy.get("/tasks").status for _ in range(4)] == [200, 200, 200, 429]
        reply = busy.get("/tasks")
        assert (reply.code, reply.headers["Retry-After"]) == ("too_many_requests", "61")
        assert calm.get("/tasks").status == 200
    with later(seconds=59):
        assert busy.get("/tasks").status == 429
    with later(seconds=62):
        assert busy.get("/tasks").status == 200


def test_an_address_that_guesses_tokens_is_told_to_wait_and_good_tokens_beside_it_are_not(
    app: Flask, operator: Program
) -> None:
    guesser = Program(app, "staffetta_inventato")
    assert [guesser.get("/tasks").status for _ in range(19)] == [401] * 19
    reply = guesser.get("/tasks")
    assert (reply.code, reply.headers["Retry-After"]) == ("too_many_requests", "61")
    assert guesser.get("/tasks").status == 429
    assert operator.get("/tasks").status == 200
    with later(minutes=90):
        assert guesser.get("/tasks").status == 401


def test_guessed_tokens_keep_nobody_from_logging_in(app: Flask) -> None:
    guesser = Program(app, "staffetta_inventato")
    for _ in range(25):
        guesser.get("/tasks")
    assert Browser(app).log_in("operatrice.cav").status == 200


def test_what_was_made_is_told_with_its_address_also_the_second_time(operator: Program, task: Row, case: Row) -> None:
    lanes = {"definition": "accoglienza_cav", "variables": {"canale": "da_sola", "rischio_segnalato": "ALTO"}}
    lanes["lanes"] = {"cav": task["agency_id"]}
    first, second = (operator.post("/cases", lanes, key="una-chiave") for _ in range(2))
    assert first.status == 201, first.raw
    assert first.headers["Location"] == second.headers["Location"] == f"/api/v1/cases/{first.body['id']}"
    assert operator.client.get(first.headers["Location"], headers=bearer(operator)).status_code == 200
    operator.post(f"/tasks/{task['id']}/claim", {})
    operator.post(f"/tasks/{task['id']}/complete", {"values": {"esito_invio": "accetta"}})
    correction = {"values": {"esito_invio": "accetta"}, "reason": "Prova."}
    made = operator.post(f"/tasks/{task['id']}/correct", correction)
    assert made.headers["Location"] == f"/api/v1/cases/{case['id']}"


def test_a_lead_takes_a_step_over_with_a_reason_on_the_state_that_she_saw(
    operator: Program, program: Programs, task: Row
) -> None:
    path, reason = f"/tasks/{task['id']}/take_over", {"reason": "Fine turno della collega."}
    operator.post(f"/tasks/{task['id']}/claim", {})
    assert operator.post(path, reason).status == 403
    lead = program("responsabile.cav")
    assert lead.post(path, {}).status == 422
    assert lead.post(path, reason, match='"0"').status == 412
    taken = lead.post(path, reason, match='"1"')
    assert (taken.status, taken.body["assignee_id"], taken.etag) == (200, str(taken.body["assignee_id"]), '"2"')
    assert operator.post(f"/tasks/{task['id']}/complete", {"values": {}}).code == "task_not_yours"
    assert program("operatrice.ps").post(path, reason).status == 404


def test_a_case_that_somebody_else_holds_is_busy_and_nothing_was_done(
    operator: Program, case: Row, task: Row, urls: database.Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_LOCK_TIMEOUT", timedelta(milliseconds=200))
    db.configure(urls.app)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with db.transaction() as session:
            execution.lock(session, case["id"])
            held.set()
            done.wait(30)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        assert held.wait(10)
        reply = operator.post(f"/tasks/{task['id']}/claim", {})
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "busy", "5")
        assert operator.get(f"/tasks/{task['id']}").body["state"] == "open"
    finally:
        done.set()
        holding.join()
    assert operator.post(f"/tasks/{task['id']}/claim", {}).status == 200


def bearer(caller: Program) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.token}"}
