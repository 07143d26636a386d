"""The OpenAPI document, and that the service keeps what it says, also to nonsense."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import schemathesis
from flask import Flask
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from engine.participants import tokens
from tests.web.api.conftest import Programs
from tests.web.api.program import API, Program

Row = dict[str, Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
EXAMPLES = 15  # of each address, for each caller, and as many that do not fit the document
SECONDS = 0.5


@pytest.fixture
def document(app: Flask) -> Row:
    return app.test_client().get(f"{API}/openapi.json").get_json()


def operations(document: Row) -> Iterator[tuple[str, str, Row]]:
    for path, item in document["paths"].items():
        yield from ((path, method, body) for method, body in item.items() if method != "parameters")


def test_the_document_is_openapi_3_1_and_describes_every_address(app: Flask, document: Row) -> None:
    assert document["openapi"] == "3.1.0"
    described = {(body["operationId"]) for _, _, body in operations(document)}
    routed = {
        rule.endpoint.partition(".")[2]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API) and rule.endpoint != "api-docs.openapi_json"
    }
    assert described == routed


def test_every_operation_says_which_scope_it_needs_and_how_it_refuses(document: Row) -> None:
    for path, method, body in operations(document):
        if "/health/" in path:
            assert body["security"] == []
            continue
        (needed,) = body["security"]
        assert len(needed["bearer"]) == 1
        for status in ("400", "401", "403", "404", "422", "500", "503"):
            refusal = document["components"]["responses"][body["responses"][status]["$ref"].rpartition("/")[2]]
            assert list(refusal["content"]) == ["application/problem+json"]
        if method != "get":
            named = [parameter["name"] for parameter in body.get("parameters", [])]
            # What opens something sealed is answered anew each time: its answer is kept nowhere.
            assert ("Idempotency-Key" in named) is not path.endswith(("/open", "/package")), path


def test_every_body_that_comes_in_is_closed(document: Row) -> None:
    for path, _, body in operations(document):
        content = body.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert schema["additionalProperties"] is False, path


@pytest.mark.slow
@pytest.mark.alone  # it sends as much as it can in a time
def test_whatever_is_sent_the_service_answers_as_its_document_says(
    app: Flask, program: Programs, case: Row, task: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REQUESTS_A_MINUTE", 1_000_000)
    callers = [program("operatrice.cav"), program("coordinamento")]
    callers[0].post(f"/tasks/{task['id']}/claim", {})
    definition = callers[0].get("/definitions").body["items"][0]["id"]
    (asked,) = callers[0].get(f"/cases/{case['id']}").body["submissions"]
    known = {"case_id": case["id"], "task_id": task["id"], "definition_id": definition, "submission_id": asked["id"]}
    said = {"purpose": "contatti", "given": True, "manner": "a_voce", "text_language": "it", "language": "it"}
    answer = callers[0].post(f"/cases/{case['id']}/agreements", {**said, "text_version": 0})
    known["basis_id"] = answer.body["id"]
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app)
    asked = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if "/health/" in operation.path:
            continue  # nothing can be sent there, and after a minute without a sealer one of them says so
        # What is not made here is asked for by ids that nothing has.
        ids = {one.name: known.get(one.name, str(uuid4())) for one in operation.path_parameters} or None
        asked += [answers(operation.as_strategy(path_parameters=ids), caller) for caller in callers]
        if operation.body or operation.query:
            asked.append(answers(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=ids), callers[0]))
    assert len(asked) > 50
    assert all(asked)


def answers(cases: Any, caller: Program) -> int:
    """Send cases for so many seconds at most, and check each answer; give how many were sent."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    until, sent = time.monotonic() + SECONDS, 0

    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases)
    def ask(case: Any) -> None:
        nonlocal sent
        if sent and time.monotonic() > until:
            return
        sent += 1
        case.validate_response(case.call(headers=headers), checks=CHECKS, headers=headers)

    ask()
    return sent
