"""A step that two people do, on the pages and through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import db
from engine.definitions import deployment
from tests.engine.cases.protocols import end, field, form, process, start, task
from tests.web.api.program import Program
from tests.web.story import answers, claim
from tests.web.world import Browser, World

KEY = "due_persone"
FORM = form("valutazione", field("textfield", "valutazione"))
DIAGRAM = process(
    KEY,
    [start("inizio"), task("valuta", "<staffetta:fourEyes/>", form="valutazione"), end("fatto")],
    [("inizio", "valuta"), ("valuta", "fatto")],
    lanes={"cav": "inizio valuta fatto"},
)
SAID = "Dieci giorni"


def deploy(world: World) -> None:
    """Put the diagram in force."""
    author = world.actor("progettista")
    with db.transaction() as session:
        deployment.deploy(session, author, {"due.bpmn": DIAGRAM}, forms_given={"valutazione": FORM})


def opened(api: Program, world: World) -> dict[str, Any]:
    """Open a case; give the ids of it and of its step."""
    body = {"definition": KEY, "lanes": {"cav": str(world.agencies["cav"])}}
    case_id = api.post("/cases", body).body["id"]
    return {"case_id": case_id, "task_id": api.get(f"/cases/{case_id}/tasks").body["items"][0]["task_id"]}


def answered(person: Browser, task_id: str) -> Any:
    """Take the step and answer it, on its page; give the page that follows."""
    page = claim(person, f"/attivita/{task_id}")
    return person.post(f"/attivita/{task_id}/conclusione", {**answers(page), "valutazione": SAID})


def walk_through(walk: Any, someone: Callable[..., Browser], api: Program, other: Program) -> None:
    """Go to each address of it, for the test of the audit; `api` is the one who answers, `other` her colleague."""
    deploy(walk.world)
    person, colleague = someone("operatrice.cav"), someone("collega.cav")
    task_id = opened(api, walk.world)["task_id"]
    answered(person, task_id)
    person.get(f"/attivita/{task_id}")
    walk.page(person, "task.take_back", {}, task_id=task_id)
    page = person.get(f"/attivita/{task_id}")
    person.post(f"/attivita/{task_id}/conclusione", {**answers(page), "valutazione": SAID})
    page = claim(colleague, f"/attivita/{task_id}")
    back = {"_motivo": "manca la data", "_revisione": page.value("_revisione")}
    walk.page(colleague, "task.send_back", back, task_id=task_id)
    walk.page(colleague, "task.leave_note", {"_motivo": "richiama lei"}, task_id=task_id)
    answered(person, task_id)
    page = claim(colleague, f"/attivita/{task_id}")
    walk.page(colleague, "task.confirm", {"_revisione": page.value("_revisione")}, task_id=task_id)

    named = {"task_id": opened(api, walk.world)["task_id"]}
    for address, by in (("take_task_back", api), ("send_task_back", other), ("confirm_task", other)):
        if api.get(f"/tasks/{named['task_id']}").body["state"] == "open":
            api.post(f"/tasks/{named['task_id']}/claim", {})
        api.post(f"/tasks/{named['task_id']}/complete", {"values": {"valutazione": SAID}})
        if by is other:
            other.post(f"/tasks/{named['task_id']}/claim", {})
        body = {"reason": "manca la data"} if address == "send_task_back" else {}
        walk.api(by, f"api-tasks.{address}", body or None, method="POST", **named)
