"""A case from its start to a correction, by programs alone."""

from __future__ import annotations

from typing import Any

from tests.web.api.conftest import Programs
from tests.web.api.program import Program
from tests.web.world import World

Row = dict[str, Any]


def test_a_step_is_taken_drafted_completed_and_corrected(operator: Program, case: Row, task: Row) -> None:
    assert (task["case_code"], task["name"], task["state"]) == (case["code"], "Accetta l'invio", "open")
    path = f"/tasks/{task['id']}"

    claimed = operator.post(f"{path}/claim", {})
    assert (claimed.status, claimed.body["state"], claimed.etag) == (200, "claimed", '"1"')
    draft = operator.put(f"{path}/draft", {"values": {"esito_invio": "accetta"}}, match='"1"')
    assert draft.status == 200, draft.raw
    page = operator.get(path)
    assert page.body["draft"]["values"] == {"esito_invio": "accetta"}
    assert page.body["form"]["schema"]["type"] == "default"
    assert "esito_invio" in page.body["form"]["visible"]
    assert page.body["may"] == ["ask", "complete", "release", "save_draft"]
    assert page.etag == '"1"'

    done = operator.post(f"{path}/complete", {"values": {"esito_invio": "accetta"}}, match='"1"')
    assert done.status == 200, done.raw
    assert done.body["task"]["state"] == "completed"
    assert [opened["element_id"] for opened in done.body["opened"]] == ["fissa_colloquio"]

    reason = {"values": {"esito_invio": "accetta"}, "reason": "Mancava una nota."}
    corrected = operator.post(f"{path}/correct", reason)
    assert corrected.status == 201, corrected.raw
    assert corrected.body["task_id"] == task["id"]
    kinds = [line["kind"] for line in operator.get(f"/cases/{case['id']}/history").body["items"]]
    assert kinds[0] == "answer_corrected"
    assert "task_completed" in kinds


def test_a_request_that_was_declined_is_asked_again_on_purpose_only(
    operator: Program, program: Programs, task: Row, world: World
) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    no = {"esito_invio": "declina", "motivo_rifiuto": "lingua"}
    assert operator.post(f"/tasks/{task['id']}/complete", {"values": no}).status == 200
    chooser = program("operatrice.comune")
    (row,) = chooser.get("/tasks").body["items"]
    path, centre = f"/tasks/{row['id']}", str(world.agencies["cav"])
    chooser.post(f"{path}/claim", {})
    (choice,) = chooser.get(path).body["lane_choices"]
    assert [said["agency_id"] for said in choice["declined"]] == [centre]
    again = {"values": {"mittente_avvisato": True}, "lanes": {"cav": centre}}
    refused = chooser.post(f"{path}/complete", again)
    assert (refused.status, refused.wrong()) == (422, {"lanes.cav": "declined_before"})
    assert chooser.post(f"{path}/complete", {**again, "lanes_again": "cav"}).wrong() == {"#/lanes_again": "not_a_list"}
    assert chooser.post(f"{path}/complete", {**again, "lanes_again": ["cav"]}).status == 200
    assert [row["name"] for row in operator.get("/tasks").body["items"]] == ["Accetta l'invio"]


def test_a_closed_case_says_its_outcome_to_whoever_has_a_part_in_it(
    program: Programs, operator: Program, case: Row
) -> None:
    reason = {"reason": "Aperto due volte."}
    assert program("responsabile.cav").post(f"/cases/{case['id']}/cancel", reason).status == 204
    page = operator.get(f"/cases/{case['id']}").body
    assert page["cancellation"]["reason"] == "Aperto due volte."
    assert [(ending["state"], ending["outcome"]) for ending in page["endings"]] == [("cancelled", None)]
