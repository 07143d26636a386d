"""Who says which state of a task he has seen is not let act on another one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.conftest import Programs
from tests.web.api.program import Program

Row = dict[str, Any]


def test_a_task_shows_its_revision_as_its_etag(operator: Program, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    assert operator.get(path).etag == '"0"'
    assert operator.post(f"{path}/claim", {}, match='"0"').etag == '"1"'
    assert operator.get(path).etag == '"1"'
    assert operator.post(f"{path}/release", {"reason": "Fine turno."}, match='"1"').etag == '"2"'


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"altro"', '""', '"-1"', '"99999999999"'])
def test_another_state_than_the_one_seen_is_refused(operator: Program, task: Row, tag: str) -> None:
    path = f"/tasks/{task['id']}"
    stale = operator.post(f"{path}/claim", {}, match=tag)
    assert (stale.status, stale.code) == (412, "stale_revision")
    operator.post(f"{path}/claim", {})
    for refused in (
        operator.put(f"{path}/draft", {"values": {}}, match=tag),
        operator.post(f"{path}/complete", {"values": {"esito_invio": "accetta"}}, match=tag),
        operator.post(f"{path}/release", {"reason": "Fine turno."}, match=tag),
    ):
        assert (refused.status, refused.code) == (412, "stale_revision"), refused.raw
    assert operator.get(path).body["state"] == "claimed"


def test_a_weak_tag_never_matches(operator: Program, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    operator.post(f"{path}/claim", {})
    assert operator.put(f"{path}/draft", {"values": {}}, match='W/"1"').status == 412


def test_a_star_matches_every_state(operator: Program, task: Row) -> None:
    assert operator.post(f"/tasks/{task['id']}/claim", {}, match="*").status == 200


def test_several_tags_are_too_many(operator: Program, task: Row) -> None:
    assert operator.post(f"/tasks/{task['id']}/claim", {}, match='"0", "1"').code == "one_tag_only"


def test_what_a_colleague_did_meanwhile_is_not_overwritten(operator: Program, program: Programs, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    seen = operator.get(path).etag
    colleague = program("collega.cav")
    colleague.post(f"{path}/claim", {})
    colleague.post(f"{path}/release", {"reason": "Non è per me."})
    assert operator.post(f"{path}/claim", {}, match=seen).status == 412
    assert operator.post(f"{path}/claim", {}, match=operator.get(path).etag).status == 200
