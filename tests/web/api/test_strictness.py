"""Bodies are read strictly, and no body whatever breaks the service."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from flask import Flask
from hypothesis import strategies as st
from werkzeug.exceptions import TooManyRequests

from tests.web.api.conftest import INTAKE, Programs
from tests.web.api.program import ABSENT, API, Program
from tests.web.world import World

Row = dict[str, Any]

# Every refusal is a problem, and none of these is our fault.
REFUSED = {400, 404, 409, 415, 422}


def raw(caller: Program, body: bytes, kind: str | None = "application/json") -> Any:
    return caller.send("POST", "/cases", data=body, content_type=kind)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"definition": NaN}',
        b'{"definition": Infinity}',
        b'{"definition": "a", "definition": "b"}',
        b'{"variables": {"x": 1, "x": 2}}',
        b'{"variables": {"x": 1e999999999999999999999}}',
        b'{"variables": {"x": 1e101}}',
        b'{"variables": {"x": 1e-999}}',
        b'{"variables": {"x": ' + b"1" * 5000 + b"}}",
        b'{"variables": {"x": 0.' + b"1" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"variables": {"x": ' + b"[" * 30 + b"]" * 30 + b"}}",
    ],
)
def test_what_is_no_json_is_told_so(operator: Program, body: bytes) -> None:
    reply = raw(operator, body)
    assert (reply.status, reply.code) == (400, "no_json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None])
def test_another_kind_of_content_is_refused(operator: Program, kind: str | None) -> None:
    reply = raw(operator, b'{"definition": "accoglienza_cav"}', kind)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", None])
def test_an_empty_body_says_nothing_whatever_it_is_called(operator: Program, world: World, kind: str | None) -> None:
    case = {"definition": "valutazione_rischio", "variables": {"rischio_segnalato": "ALTO"}}
    lanes = dict.fromkeys(("cav", "supervisione"), str(world.agencies["cav"]))
    assert operator.post("/cases", {**case, "lanes": lanes}).status == 201
    (task,) = operator.get("/tasks").body["items"]
    claimed = operator.send("POST", f"/tasks/{task['id']}/claim", data=b"", content_type=kind)
    assert (claimed.status, claimed.body["state"]) == (200, "claimed")
    assert raw(operator, b"", kind).status == 422  # a case needs more than nothing


def test_a_json_with_its_character_set_named_is_json(operator: Program) -> None:
    assert raw(operator, b"{}", "application/json; charset=utf-8").status == 422
    assert raw(operator, b"{}", "application/problem+json").status == 422


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ([], {"#/": "not_an_object"}),
        ("x", {"#/": "not_an_object"}),
        (None, {"#/": "not_an_object"}),
        ({}, {"#/definition": "required"}),
        ({"definition": None}, {"#/definition": "required"}),
        ({"definition": 1}, {"#/definition": "not_text"}),
        ({"definition": ""}, {"#/definition": "wrong_length"}),
        ({"definition": "x" * 201}, {"#/definition": "wrong_length"}),
        ({"definition": "a", "altro": 1}, {"#/altro": "undeclared"}),
        ({"definition": "a", "lanes": []}, {"#/lanes": "not_an_object"}),
        ({"definition": "a", "lanes": {"cav": "x"}}, {"#/lanes/cav": "no_id"}),
        ({"definition": "a", "lanes": {"cav": ABSENT.replace("-", "")}}, {"#/lanes/cav": "no_id"}),
        ({"definition": "a", "variables": []}, {"#/variables": "not_an_object"}),
        ({"definition": "a", "happened_at": 0}, {"#/happened_at": "no_instant"}),
        ({"definition": "a", "happened_at": "2026-03-02"}, {"#/happened_at": "no_instant"}),
        ({"definition": "a", "happened_at": "2026-03-02T09:00:00"}, {"#/happened_at": "no_instant"}),
        ({"definition": "a", "happened_at": "0001-01-01T00:00:00+14:00"}, {"#/happened_at": "no_instant"}),
        ({"definition": "a\x00"}, {"#/": "bad_characters"}),
        ({"definition": "a", "variables": {"\ud800": 1}}, {"#/": "bad_characters"}),
        ({"definition": "a", "variables": {"x": ["\x1b"]}}, {"#/": "bad_characters"}),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_with_its_place(
    operator: Program, body: object, wrong: dict[str, str]
) -> None:
    reply = raw(operator, json.dumps(body).encode())
    assert (reply.status, reply.code, reply.wrong()) == (422, "unprocessable_entity", wrong)


def test_a_body_that_is_too_big_is_refused(operator: Program) -> None:
    reply = raw(operator, b'{"definition": "' + b"x" * 300_000 + b'"}')
    assert (reply.status, reply.code) == (413, "request_entity_too_large")


@pytest.mark.parametrize(("method", "path"), [("GET", "/niente"), ("GET", ""), ("POST", "/tasks/1/claim")])
def test_an_address_that_is_not_there_is_a_problem_too(operator: Program, method: str, path: str) -> None:
    reply = operator.send(method, path)
    assert (reply.status, reply.code) == (404, "not_found")


def test_a_method_that_an_address_does_not_know_is_refused(operator: Program) -> None:
    reply = operator.send("DELETE", "/tasks")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_whoever_asks_too_often_is_told_when_to_come_back(program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise TooManyRequests(retry_after=30)

    monkeypatch.setattr("web.api.board.board.overdue", full)
    reply = program("responsabile.cav").get("/board/overdue")
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (429, "too_many_requests", "30")


def test_a_failure_shows_a_reference_and_neither_shows_nor_logs_a_value(
    operator: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise KeyError("Maria, via Roma 1")

    monkeypatch.setattr("web.api.tasks.task_list.page", broken)
    reply = operator.get("/tasks")
    assert (reply.status, reply.code) == (500, "failure")
    assert reply.body["reference"] in caplog.text
    assert "Maria" not in caplog.text + reply.raw.decode()


def test_every_answer_carries_the_security_headers(operator: Program) -> None:
    for reply in (operator.get("/tasks"), operator.get("/niente"), Program(operator.app).get("/tasks")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in reply.headers


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["definition", "lanes", "variables", "happened_at", "values", "reason", "on_behalf_of", "name", "correlation"]
)
CLOSE = st.dictionaries(NAMES, JSON, max_size=5).map(lambda body: {"definition": "accoglienza_cav", **body})
FILLED = st.fixed_dictionaries(
    {"definition": st.just("accoglienza_cav"), "variables": st.dictionaries(st.sampled_from(list(INTAKE)), JSON)}
)


def test_no_body_breaks_the_service(app: Flask, operator: Program, world: World, case: Row, task: Row) -> None:
    paths = [
        "/cases",
        f"/cases/{case['id']}/instances",
        f"/tasks/{task['id']}/claim",
        f"/tasks/{task['id']}/complete",
        f"/tasks/{task['id']}/correct",
        "/messages",
    ]

    @hypothesis.settings(max_examples=150, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.sampled_from(paths), JSON | CLOSE | FILLED)
    def send(path: str, body: object) -> None:
        reply = operator.post(path, body)
        if reply.status not in {200, 201}:
            assert reply.status in REFUSED, (path, body, reply.raw)
            assert reply.code

    send()


def test_no_bytes_break_the_service(operator: Program) -> None:
    @hypothesis.settings(max_examples=100, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.binary(max_size=200))
    def send(body: bytes) -> None:
        assert raw(operator, body).status in REFUSED

    send()


def test_no_query_breaks_the_service(operator: Program) -> None:
    names = st.sampled_from(["cursor", "limit", "state", "agency", "sort"])

    @hypothesis.settings(max_examples=100, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
    def ask(query: dict[str, str]) -> None:
        assert operator.get("/tasks", **query).status in {200, 422}

    ask()


def test_the_document_does_not_change_between_requests(app: Flask) -> None:
    client = app.test_client()
    assert client.get(f"{API}/openapi.json").get_json() == client.get(f"{API}/openapi.json").get_json()
