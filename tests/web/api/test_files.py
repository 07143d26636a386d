"""Files over the API: handed in as a form does, named by the answer, read in base64."""

from __future__ import annotations

import base64
from uuid import UUID, uuid4

import pytest

from engine.cases.files import Limits
from tests.web import every_part
from tests.web.api.conftest import Programs
from tests.web.api.program import Program

PDF = b"%PDF-1.7 il referto"
ANSWER = {"riga": "x", "figli": [{"eta": 4, "scuola": "materna"}, {"eta": 1}]}


@pytest.fixture
def worker(program: Programs, world) -> Program:
    every_part.deploy(world.actor("progettista"))
    return program("operatrice.cav")


@pytest.fixture
def task_id(worker: Program, world) -> UUID:
    lanes = {"cav": str(world.agencies["cav"])}
    case = worker.post("/cases", {"definition": every_part.KEY, "lanes": lanes}).body
    (task,) = [row for row in worker.get("/tasks", state="to_take").body["items"] if row["case_id"] == case["id"]]
    worker.post(f"/tasks/{task['id']}/claim", {})
    return task["id"]


def hand_in(worker: Program, task_id: UUID, *contents: bytes):
    return worker.upload(
        [(f"file{number}.pdf", content) for number, content in enumerate(contents)], to=f"/tasks/{task_id}/files"
    )


def test_a_file_is_handed_in_named_and_read(worker, task_id, program):
    (file,) = hand_in(worker, task_id, PDF).body["items"]
    assert (file["name"], file["kind"], file["size"]) == ("file0.pdf", "pdf", len(PDF))
    done = worker.post(f"/tasks/{task_id}/complete", {"values": {**ANSWER, "referto": [file["id"]]}})
    assert done.status == 200, done.body
    case = worker.get(f"/cases/{done.body['task']['case_id']}").body
    (submission,) = [row for row in case["submissions"] if row["task_name"]]
    closed = worker.get(f"/submissions/{submission['id']}").body
    assert "referto" not in closed["values"]
    opening = {"kinds": closed["closed"], "purpose": "atti"}
    values = worker.post(f"/submissions/{submission['id']}/open", opening).body["values"]
    assert values["referto"] == [file["id"]]
    assert values["figli"] == ANSWER["figli"]
    path, purpose = f"/submissions/{submission['id']}/files/{file['id']}/open", {"purpose": "atti"}
    read = worker.post(path, purpose)
    assert base64.b64decode(read.body["content"]) == PDF
    assert program("operatrice.ps").post(path, purpose).status == 404


def test_all_files_of_a_request_are_taken_or_none(worker, task_id):
    refused = hand_in(worker, task_id, PDF, b"MZ\x90\x00")
    assert (refused.status, refused.body["code"]) == (422, "file_kind")
    taken = hand_in(worker, task_id, PDF, PDF + b"2")
    assert len(taken.body["items"]) == 2


def test_what_is_too_big_is_refused(app, worker, task_id, monkeypatch):
    monkeypatch.setitem(app.config, "FILE_LIMITS", Limits(file=1000, answer=1500))
    assert hand_in(worker, task_id, PDF + bytes(1000)).body["code"] == "file_too_big"
    assert hand_in(worker, task_id, PDF + b"x" * 900, PDF + b"x" * 900).body["code"] == "files_too_big"
    assert hand_in(worker, task_id, PDF + bytes(1_300_000)).status == 413


def test_nothing_but_files_is_taken(worker, task_id):
    assert worker.post(f"/tasks/{task_id}/files", {"files": []}).status == 422


def test_an_answer_with_a_file_that_is_not_there_is_refused_at_its_question(worker, task_id):
    for values in ({"referto": [str(uuid4())]}, {"referto": ["qualcosa"]}):
        refused = worker.post(f"/tasks/{task_id}/complete", {"values": {**ANSWER, **values}})
        assert refused.status == 422
        assert "file_missing" in str(refused.body["errors"])


def test_errors_in_rows_name_their_place(worker, task_id):
    (file,) = hand_in(worker, task_id, PDF).body["items"]
    rows = [{"eta": 4}, {"eta": 18, "altro": 1}]
    refused = worker.post(f"/tasks/{task_id}/complete", {"values": {**ANSWER, "referto": [file["id"]], "figli": rows}})
    assert refused.status == 422
    assert "figli.1.altro" in str(refused.body["errors"])
