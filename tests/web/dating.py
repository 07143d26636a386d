"""A step whose term waits for a date, on the pages and through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import db, parameters
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.web.api.program import Program
from tests.web.world import Browser, World

KEY = "registro"
FORM = protocols.form(
    KEY, protocols.field("datetime", "iscritta_il", routing=True, subtype="date", dateLabel="Iscritta il")
)
TERM = protocols.deadline("conclusion", "T.legge", "E3", starts="=iscritta_il", nature="legge")
DIAGRAM = protocols.process(
    KEY,
    [protocols.start("inizio"), protocols.task("aspetta", TERM, form=KEY), protocols.end("fatto")],
    [("inizio", "aspetta"), ("aspetta", "fatto")],
    lanes={"cav": "inizio aspetta fatto"},
)


def deploy(world: World) -> None:
    """Put the diagram in force."""
    author = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        deployment.deploy(session, author, {"registro.bpmn": DIAGRAM}, forms_given={KEY: FORM})


def opened(api: Program, world: World) -> str:
    """Open a case; give the id of its step."""
    body = {"definition": KEY, "lanes": {"cav": str(world.agencies["cav"])}}
    case_id = api.post("/cases", body).body["id"]
    task_id: str = api.get(f"/cases/{case_id}/tasks").body["items"][0]["task_id"]
    return task_id


def walk_through(walk: Any, someone: Callable[..., Browser], api: Program) -> None:
    """Go to each address of it, for the test of the audit."""
    deploy(walk.world)
    task_id = opened(api, walk.world)
    person = someone("operatrice.cav")
    walk.page(person, "terms.show", task_id=task_id)
    walk.page(person, "terms.state_dates", {"data_iscritta_il": "2026-05-30"}, task_id=task_id)
    task_id = opened(api, walk.world)
    walk.api(api, "api-terms.show_terms", task_id=task_id)
    body = {"dates": {"iscritta_il": "2026-05-30"}}
    walk.api(api, "api-terms.state_dates", body, method="POST", task_id=task_id)
