"""A step whose term waits for a date, on the pages and through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine import clock, db, parameters
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.web.api.program import Program, token_for
from tests.web.world import Browser, World

KEY, SHORT, PAUSED = "registro", "giro", "ferma"
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

PAUSES = protocols.process(
    PAUSED,
    [
        protocols.start("inizio"),
        protocols.task(
            "aspetta",
            protocols.deadline("conclusion", "T.giorno"),
            '<staffetta:pause clock="conclusion" parameter="T.ora"/>',
            '<staffetta:pause clock="conclusion" parameter="T.lavoro"/>',
        ),
        protocols.end("fatto"),
    ],
    [("inizio", "aspetta"), ("aspetta", "fatto")],
    lanes={"cav": "inizio aspetta fatto"},
)


def deploy(world: World) -> None:
    """Put the diagram in force."""
    author = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        deployment.deploy(session, author, {"registro.bpmn": DIAGRAM}, forms_given={KEY: FORM})
        deployment.deploy(session, author, {"ferma.bpmn": PAUSES}, forms_given={})
        sources = {"giro.bpmn": protocols.SOURCES["giro.bpmn"]}
        deployment.deploy(session, author, sources, forms_given={SHORT: protocols.FORMS[SHORT]})


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
    extended(walk, someone, api)
    stood_still(walk, person, api)


def extended(walk: Any, someone: Callable[..., Browser], api: Program) -> None:
    """A term is extended, or not, by two people."""
    person, lead = someone("operatrice.cav"), someone("responsabile.cav")
    case = api.post("/cases", {"definition": SHORT, "lanes": {"cav": str(walk.world.agencies["cav"])}}).body["id"]
    task_id = api.get(f"/cases/{case}/tasks").body["items"][0]["task_id"]
    person.get(f"/attivita/{task_id}/termini")
    form = {"orologio": "conclusion", "fino_a": far_away("%Y-%m-%dT%H:%M"), "_motivo": "Ricovero"}
    walk.page(person, "terms.ask_extension", form, task_id=task_id)
    page = lead.get(f"/attivita/{task_id}/termini")
    action = page.tree.xpath("string(//form[contains(@action, '/proroghe/')]/@action)")
    named = {"task_id": task_id, "extension_id": action.split("/")[-1]}
    walk.page(lead, "terms.decide_extension", {"decisione": "rifiuta"}, **named)
    body = {"clock": "conclusion", "to": far_away("%Y-%m-%dT%H:%M:00Z"), "reason": "Ricovero"}
    row = walk.api(api, "api-terms.ask_extension", body, method="POST", task_id=task_id).body
    leader = Program(walk.app, token_for(walk.world, "responsabile.cav"))
    walk.api(leader, "api-terms.decide_extension", {"approve": True}, method="POST", extension_id=row["id"])


def stood_still(walk: Any, person: Browser, api: Program) -> None:
    """A clock stands still for two reasons, one after the other."""
    case = api.post("/cases", {"definition": PAUSED, "lanes": {"cav": str(walk.world.agencies["cav"])}}).body["id"]
    task_id = api.get(f"/cases/{case}/tasks").body["items"][0]["task_id"]
    person.get(f"/attivita/{task_id}/termini")
    form = {"orologio": "conclusion", "motivo": "T.ora"}
    walk.page(person, "terms.pause_clock", form, task_id=task_id)
    walk.page(person, "terms.resume_clock", {"orologio": "conclusion"}, task_id=task_id)
    body = {"clock": "conclusion", "reason": "T.lavoro"}
    walk.api(api, "api-terms.pause_clock", body, method="POST", task_id=task_id)
    walk.api(api, "api-terms.resume_clock", {"clock": "conclusion"}, method="POST", task_id=task_id)


def far_away(form: str) -> str:
    """A month from now."""
    return (clock.host_now() + timedelta(days=30)).strftime(form)
