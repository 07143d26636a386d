"""Requests to know what is kept, by a program: the same verbs as on the pages, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.conftest import Programs
from tests.web.api.program import Program
from tests.web.asking_to_know import make_officer_of
from tests.web.test_data_requests import opened
from tests.web.world import World

Row = dict[str, Any]
NOTE = "Ne parla <b>la sorella</b>."


@pytest.fixture
def officer(program: Programs, world: World) -> Program:
    make_officer_of(world, "cav")
    return program("dpo")


@pytest.fixture
def asked(operator: Program, case: Row, task: Row, world: World) -> Row:
    """What a program sends to record a request about a case with an answer."""
    operator.post(f"/tasks/{task['id']}/claim", {})
    values = {"esito_invio": "accetta", "nota": NOTE}
    assert operator.post(f"/tasks/{task['id']}/complete", {"values": values}).status == 200
    body = {"code": case["code"], "agency": str(world.agencies["cav"]), "asked_by": "interessata"}
    return {**body, "checked": "conosciuta", "reach": "Di persona."}


def test_the_whole_way_is_one_of_two_people(operator: Program, officer: Program, program: Programs, asked: Row) -> None:
    recorded = operator.post("/data-requests", asked)
    assert (recorded.status, recorded.body["state"]) == (201, "open")
    address = recorded.headers["Location"].removeprefix("/api/v1")
    assert operator.get(address).status == 403, "who records it does not answer for it"
    entries = officer.post(f"{address}/open").body["entries"]
    assert NOTE in [value["value"] for entry in entries for value in entry["values"]]
    assert officer.post(f"{address}/package", {}).code == "request_moved_on"
    withheld = {"nota": "altri"}
    read = {one["key"]: {value["name"]: withheld.get(value["name"]) for value in one["values"]} for one in entries}
    assert officer.post(f"{address}/review", {"entries": {"answer:x": {"nota": None}}}).wrong() == {
        "entries": "unknown"
    }
    assert officer.post(f"{address}/review", {"entries": read}).body == {"left": 0}
    assert officer.post(f"{address}/second-look", {"approve": True}).code == "must_be_another_person"
    lead = program("responsabile.cav")
    assert lead.post(f"{address}/second-look", {"approve": False}).wrong() == {"reason": "required"}
    assert lead.post(f"{address}/second-look", {"approve": True}).body["state"] == "approved"
    package = officer.post(f"{address}/package", {}).body
    letter = str(opened(package["content"], package["phrase"])["page"])
    assert "sorella" not in package["content"] + letter
    assert "quante 1" in letter
    assert officer.post(f"{address}/package", {}).wrong() == {"reason": "required"}
    assert officer.post(f"{address}/deliver", {"delivery": "posta"}).status == 422
    assert officer.post(f"{address}/deliver", {"delivery": "di_persona"}).body["state"] == "delivered"
    (row,) = officer.get("/data-requests").body["items"]
    assert (row["request"]["delivery"], row["case_code"]) == ("di_persona", asked["code"])


def test_all_that_is_wrong_is_said_at_once(operator: Program, asked: Row, world: World) -> None:
    wrong = {**asked, "agency": str(world.agencies["ps"]), "reach": " ", "received_at": "2099-01-01T00:00:00Z"}
    assert operator.post("/data-requests", wrong).wrong() == {
        "controller": "not_yours",
        "reach": "required",
        "happened_at": "in_the_future",
    }
