"""Carrying running cases over to a new version of their protocol, by a program of whoever draws it."""

from __future__ import annotations

from typing import Any

import pytest

from engine import db
from engine.definitions import deployment
from tests.web.api.conftest import Programs, start
from tests.web.api.program import ABSENT, Program
from tests.web.world import World, diagrams

Row = dict[str, Any]


@pytest.fixture
def cases(operator: Program, world: World) -> list[Row]:
    """Three cases on the first version of a protocol, one of them with its first step taken."""
    made = [start(operator, world) for _number in range(3)]
    task = operator.get("/tasks").body["items"][0]
    assert operator.post(f"/tasks/{task['id']}/claim", {}).status == 200
    return made


@pytest.fixture
def target(world: World, cases: list[Row]) -> str:
    """The address of a second version, in which the first step is called otherwise and asks for the reception again."""
    (name,) = [name for name in diagrams() if name.endswith("accoglienza_cav.bpmn")]
    source = diagrams()[name].replace(b'name="Accetta ', b'name="Accetta o declina ')
    designer = world.actor("progettista")
    with db.transaction() as session:
        deployed = deployment.deploy(session, designer, {name: source}, forms_given={})
    (new,) = [one.definition.id for one in deployed if one.is_new]
    return f"/definitions/{new}/migration"


def walk(designer: Program, address: str, **body: Any) -> list[Row]:
    """Give the answers of all pages."""
    found = [designer.post(address, body).body]
    while found[-1]["next"] is not None:
        found.append(designer.post(address, {**body, "cursor": found[-1]["next"]}).body)
    return found


def test_the_plan_says_in_pages_how_many_stand_where_and_never_which(
    program: Programs, cases: list[Row], target: str
) -> None:
    designer = program("progettista")
    reply = designer.post(f"{target}/plan", {})
    assert (reply.status, reply.body["standing"], reply.body["next"]) == (200, 3, None)
    assert sum(group["count"] for group in reply.body["groups"]) == 3
    line = next(line for line in reply.body["groups"][0]["lines"] if line["thing"] == "task")
    assert (line["element"], line["fate"], line["clock"]) == ("accetta_invio", "kept", None)
    pages = walk(designer, f"{target}/plan", limit=1)
    assert [sum(group["count"] for group in page["groups"]) for page in pages] == [1, 1, 1]
    told = b"".join(designer.post(f"{target}/plan", body).raw for body in ({}, {"limit": 1}))
    assert all(one[name].encode() not in told for one in cases for name in ("id", "code", "opened_at"))


def test_chosen_groups_go_over_page_by_page_and_no_case_goes_twice(
    program: Programs, cases: list[Row], target: str
) -> None:
    designer = program("progettista")
    assert designer.post(f"{target}/apply", {"groups": ["nessuno"]}).body == {"gone": 0, "stayed": [], "next": None}
    keys = [group["key"] for group in designer.post(f"{target}/plan", {}).body["groups"]]
    assert sum(page["gone"] for page in walk(designer, f"{target}/apply", groups=keys, limit=1)) == 3
    assert designer.post(f"{target}/plan", {}).body == {"groups": [], "standing": 0, "next": None}
    assert designer.post(f"{target}/apply", {"groups": keys}).body["gone"] == 0


def test_a_request_with_a_key_is_answered_alike_when_it_is_sent_again(
    program: Programs, cases: list[Row], target: str
) -> None:
    designer = program("progettista")
    keys = [group["key"] for group in designer.post(f"{target}/plan", {}).body["groups"]]
    first, again = [
        designer.send("POST", f"{target}/apply", {"groups": keys}, headers={"Idempotency-Key": "passaggio-1"})
        for _time in range(2)
    ]
    assert (first.status, first.body["gone"]) == (200, 3)
    assert again.raw == first.raw
    other = designer.send("POST", f"{target}/apply", {"groups": []}, headers={"Idempotency-Key": "passaggio-1"})
    assert (other.status, other.code) == (422, "used_for_another_request")


def test_what_keeps_cases_is_said_and_elements_can_be_told_where_to_go(
    program: Programs, cases: list[Row], target: str
) -> None:
    designer = program("progettista")
    wrong = designer.post(f"{target}/plan", {"names": {"accetta_invio": "non_c_e"}}).body["groups"]
    assert {problem["element"] for group in wrong for problem in group["problems"]} == {"accetta_invio"}
    assert [group["lines"] for group in wrong] == [[]] * len(wrong)
    keys = [group["key"] for group in wrong]
    body = {"groups": keys, "names": {"accetta_invio": "non_c_e"}}
    assert designer.post(f"{target}/apply", body).body["gone"] == 0


def test_only_who_may_carry_cases_over_can(program: Programs, cases: list[Row], target: str) -> None:
    for username in ("operatrice.cav", "responsabile.cav", "coordinamento"):
        assert program(username).post(f"{target}/plan", {}).status == 403
        assert program(username).post(f"{target}/apply", {"groups": ["x"]}).status == 403
    designer = program("progettista")
    assert designer.post(f"/definitions/{ABSENT}/migration/plan", {}).status == 404
    assert designer.post(f"/definitions/{ABSENT}/migration/apply", {"groups": ["x"]}).status == 404


def test_what_cannot_be_a_plan_is_refused(program: Programs, target: str) -> None:
    designer = program("progettista")
    numbers = [{"limit": number} for number in (0, 101, "1", True)]
    for body in (*numbers, {"cursor": "zzz"}, {"names": {"a": 1}}, {"names": []}, {"codes": ["2345-67"]}):
        assert designer.post(f"{target}/plan", body).status == 422, body
        assert designer.post(f"{target}/apply", {"groups": ["x"], **body}).status == 422, body
