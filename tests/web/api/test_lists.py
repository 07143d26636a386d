"""Lists are walked through page by page, whatever comes in or goes away meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.api.conftest import Programs, start
from tests.web.api.program import ABSENT, Program, Reply
from tests.web.world import World

Row = dict[str, Any]


def walk(caller: Program, path: str, **query: object) -> Iterator[Reply]:
    """All pages of a list; whoever iterates may act between two of them."""
    cursor: dict[str, object] = {}
    while True:
        reply = caller.get(path, **query, **cursor)
        assert reply.status == 200, reply.raw
        yield reply
        if reply.body["next"] is None:
            return
        cursor = {"cursor": reply.body["next"]}


def items(caller: Program, path: str, **query: object) -> list[Row]:
    return [row for reply in walk(caller, path, **query) for row in reply.body["items"]]


@pytest.fixture
def five(operator: Program, world: World) -> list[Row]:
    """Five cases, each with one open task."""
    return [start(operator, world) for _ in range(5)]


@pytest.mark.parametrize("sort", ["due", "created", "-created"])
def test_pages_together_are_the_list(operator: Program, five: list[Row], sort: str) -> None:
    whole = operator.get("/tasks", sort=sort).body
    assert whole["next"] is None
    assert len(whole["items"]) == 5
    for limit in (1, 2, 5):
        assert items(operator, "/tasks", sort=sort, limit=limit) == whole["items"]
    cases = [row["case_id"] for row in whole["items"]]
    assert cases == [case["id"] for case in (five[::-1] if sort == "-created" else five)]


@pytest.mark.parametrize("sort", ["due", "created", "-created"])
def test_what_comes_in_or_goes_away_meanwhile_neither_repeats_nor_hides_another(
    operator: Program, world: World, five: list[Row], sort: str
) -> None:
    before = [row["id"] for row in operator.get("/tasks", sort=sort).body["items"]]
    seen: list[str] = []
    for number, reply in enumerate(walk(operator, "/tasks", sort=sort, limit=2)):
        seen += [row["id"] for row in reply.body["items"]]
        if number == 0:
            start(operator, world)
            claimed = operator.post(f"/tasks/{before[0]}/claim", {})
            assert claimed.status == 200
            assert operator.post(f"/tasks/{before[0]}/complete", {"values": {"esito_invio": "accetta"}}).status == 200
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


def test_a_state_narrows_the_list(operator: Program, program: Programs, five: list[Row]) -> None:
    mine, hers, *_ = (row["id"] for row in operator.get("/tasks").body["items"])
    operator.post(f"/tasks/{mine}/claim", {})
    program("collega.cav").post(f"/tasks/{hers}/claim", {})
    listed = {state: {row["id"] for row in items(operator, "/tasks", state=state)} for state in ("mine", "waiting")}
    assert listed == {"mine": {mine}, "waiting": {hers}}
    free = items(operator, "/tasks", state="to_take", limit=2)
    assert len(free) == 3
    assert {row["state"] for row in free} == {"open"}
    assert items(operator, "/tasks", state="late") == []


def test_an_agency_narrows_the_list_and_a_strangers_has_nothing(
    operator: Program, world: World, five: list[Row]
) -> None:
    assert len(items(operator, "/tasks", agency=world.agencies["cav"])) == 5
    assert items(operator, "/tasks", agency=world.agencies["ps"]) == []
    assert items(operator, "/tasks", agency=ABSENT) == []


def test_the_history_of_a_case_is_walked_from_the_newest(operator: Program, case: Row, task: Row) -> None:
    path = f"/cases/{case['id']}/history"
    whole = operator.get(path, limit=100).body["items"]
    assert len(whole) >= 3
    assert items(operator, path, limit=1) == whole
    seen: list[Row] = []
    for number, reply in enumerate(walk(operator, path, limit=1)):
        seen += reply.body["items"]
        if number == 0:
            operator.post(f"/tasks/{task['id']}/claim", {})
    assert seen == whole


def test_the_steps_of_a_case_are_walked_from_the_newest(operator: Program, case: Row, task: Row) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    operator.post(f"/tasks/{task['id']}/complete", {"values": {"esito_invio": "accetta"}})
    path = f"/cases/{case['id']}/tasks"
    whole = operator.get(path).body["items"]
    assert [row["state"] for row in whole] == ["open", "completed"]
    assert items(operator, path, limit=1) == whole


def test_the_versions_are_walked_by_key(operator: Program) -> None:
    whole = operator.get("/definitions").body["items"]
    assert [row["key"] for row in whole] == sorted(row["key"] for row in whole)
    assert len(whole) >= 2
    assert items(operator, "/definitions", limit=1) == whole


def test_a_cursor_belongs_to_its_list(operator: Program, case: Row, five: list[Row]) -> None:
    cursor = operator.get("/tasks", limit=1).body["next"]
    for path, query in (
        ("/tasks", {"sort": "created"}),
        ("/tasks", {"state": "mine"}),
        ("/definitions", {}),
        (f"/cases/{case['id']}/history", {}),
        (f"/cases/{case['id']}/tasks", {}),
    ):
        reply = operator.get(path, cursor=cursor, **query)
        assert (reply.status, reply.wrong()) == (422, {"cursor": "not_of_this_list"})


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "1.0"},
        {"limit": "²"},
        {"limit": ["1", "2"]},
        {"state": "altro"},
        {"sort": "-due"},
        {"agency": "cav"},
        {"cursor": "W10"},
        {"cursor": "x"},
        {"cursor": "WyJ0YXNrczo6OmR1ZSIsbnVsbCwieCIsInkiXQ"},
        {"ignoto": "1"},
        {"cursor": "\x00"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(operator: Program, query: dict[str, Any]) -> None:
    reply = operator.get("/tasks", **query)
    assert (reply.status, reply.code) == (422, "unprocessable_entity"), reply.raw
    assert set(reply.wrong()) == set(query)
