"""A case from its start to a correction, by programs alone."""

from __future__ import annotations

from typing import Any

from tests.web.api.program import Program

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
    assert page.body["may"] == ["complete", "release", "save_draft"]
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
