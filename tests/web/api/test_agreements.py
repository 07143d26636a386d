"""Her answers through the API: the same verbs as the pages, and nothing that a request could override."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.program import Program
from tests.web.world import World

Row = dict[str, Any]


@pytest.fixture
def body(world: World) -> Row:
    return {
        "purpose": "protezione",
        "agency_id": str(world.agencies["ps"]),
        "given": True,
        "manner": "per_telefono",
        "text_language": "it",
        "text_version": 0,
        "language": "ar",
        "interpreter": "mediatrice 12",
    }


def test_an_answer_is_recorded_shown_and_taken_back(operator: Program, case: Row, body: Row) -> None:
    address = f"/cases/{case['id']}/agreements"
    reply = operator.post(address, body)
    assert reply.status == 201, reply.raw
    (row,) = operator.get(address).body["answers"]
    assert (row["id"], row["given"], row["counts"], row["kind"]) == (reply.body["id"], True, True, "adesione")
    assert row["said"]["interpreter"] == "mediatrice 12"
    reply = operator.post(f"/agreements/{row['id']}/withdraw", {"manner": "a_voce"})
    assert (reply.status, reply.body["ended_at"] is not None) == (200, True)
    reply = operator.post(f"/agreements/{row['id']}/withdraw", {"manner": "a_voce"})
    assert (reply.status, reply.code) == (409, "not_given")


def test_a_path_rests_ends_and_is_taken_up_again(operator: Program, case: Row) -> None:
    reply = operator.post(f"/cases/{case['id']}/pause", {"manner": "a_voce", "until": "2026-01-01T00:00:00Z"})
    assert (reply.status, reply.code) == (422, "not_ahead")
    assert operator.post(f"/cases/{case['id']}/end", {"manner": "a_voce"}).body["kind"] == "end"
    task = operator.get("/tasks").body["items"][0]
    reply = operator.post(f"/tasks/{task['id']}/claim", {})
    assert (reply.status, reply.code) == (409, "path_held")
    assert operator.post(f"/cases/{case['id']}/resume", {}).status == 204
    assert operator.post(f"/tasks/{task['id']}/claim", {}).status == 200
    reply = operator.post(f"/cases/{case['id']}/resume", {})
    assert (reply.status, reply.code) == (409, "path_not_held")


@pytest.mark.parametrize(
    "extra", [{"kind": "obbligo"}, {"legal_basis": "consenso"}, {"basis_id": "x"}, {"until": "2030-01-01T00:00:00Z"}]
)
def test_a_request_carries_nothing_that_is_not_declared(operator: Program, case: Row, body: Row, extra: Row) -> None:
    assert operator.post(f"/cases/{case['id']}/agreements", {**body, **extra}).status == 422
    assert operator.get(f"/cases/{case['id']}/agreements").body["answers"] == []


@pytest.mark.parametrize("given", ["true", 1, None, "si"])
def test_yes_is_yes_and_nothing_that_looks_like_it(operator: Program, case: Row, body: Row, given: object) -> None:
    assert operator.post(f"/cases/{case['id']}/agreements", {**body, "given": given}).status == 422


def test_a_vital_interest_is_limited_in_time_and_prolonged_by_nobody_alone(
    operator: Program, case: Row, world: World
) -> None:
    body = {"purpose": "cura", "agency_id": str(world.agencies["ps"]), "reason": "Priva di sensi."}
    reply = operator.post(f"/cases/{case['id']}/vital-interests", body)
    assert (reply.status, reply.body["until"] is not None) == (201, True)
    reply = operator.post(f"/cases/{case['id']}/vital-interests", body)
    assert (reply.status, reply.code) == (409, "must_be_another_person")
