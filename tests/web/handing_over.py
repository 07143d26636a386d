"""Two shelters in the network of the pages, protocols that hand cases over to them, and a walk through all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import db, parameters
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases import protocols
from tests.engine.cases.handing_over import FORMS, relay, ruled
from tests.web.api.program import Program, token_for
from tests.web.world import PASSWORD, Browser, World

if TYPE_CHECKING:
    from tests.web.test_audited import Walk

NO = {"reason": "no"}


def shelters(world: World) -> dict[str, UUID]:
    """Add them, each with somebody who works there, and put the protocols in force."""
    made: dict[str, UUID] = {}
    designer = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        for name in ("rosa", "viola"):
            agency = directory.create_agency(session, world.network_id, name=f"Casa {name}", services=["rifugio"])
            made[name] = agency.id
            user = directory.create_user(session, username=f"casa.{name}", display_name=name, password=PASSWORD)
            world.people[f"casa.{name}"] = user.id
            directory.create_membership(
                session, network_id=world.network_id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
            )
        by_law = relay("segnalata", basis="obbligo", duty="art. 331 c.p.p.")
        offered = ruled('<staffetta:laneRule by="offer"/>', "proposta", basis="obbligo", duty="art. 331 c.p.p.")
        files = {"staffetta.bpmn": relay(), "segnalata.bpmn": by_law, "proposta.bpmn": offered}
        deployment.deploy(session, designer, files, forms_given=FORMS)
    return made


def walk_through(walk: Walk, someone: Callable[..., Browser]) -> None:
    """Hand a case over, decline it, ask it back and revoke it: on the pages, then through the API."""
    made = shelters(walk.world)
    _by_pages(walk, someone, made)
    _by_api(walk, made)
    for name in made:
        del walk.world.people[f"casa.{name}"]


def _listened(walk: Walk, person: Program) -> UUID:
    """Open a case and listen: now the law has it handed over. Give its id."""
    body = {"definition": "segnalata", "lanes": {"cav": str(walk.world.agencies["cav"])}}
    case_id = person.post("/cases", body).body["id"]
    task_id = person.get(f"/cases/{case_id}/tasks").body["items"][0]["task_id"]
    person.post(f"/tasks/{task_id}/claim", {})
    said = {"rischio": "si", "segreto": "si", "racconto": "x", "altro_racconto": "y"}
    assert person.post(f"/tasks/{task_id}/complete", {"values": said}).status < 400
    return UUID(case_id)


def _to_send(person: Program, case_id: UUID) -> dict[str, Any]:
    """Give the hand-over that is to be sent, by way of its step."""
    tasks = person.get(f"/cases/{case_id}/tasks").body["items"]
    (task_id,) = {row["task_id"] for row in tasks if row["label"] == "Passo ospita" and row["task_id"]}
    return {"task_id": task_id, "id": person.get(f"/tasks/{task_id}/handover").body["id"]}


def _by_pages(walk: Walk, someone: Callable[..., Browser], made: dict[str, UUID]) -> None:
    program = Program(walk.app, token_for(walk.world, "operatrice.cav"))
    sender, lead, asked = someone("operatrice.cav"), someone("responsabile.cav"), someone("casa.rosa")
    case_id = _listened(walk, program)
    for act, who in (("decline", asked), ("ask_back", sender), ("accept", asked)):
        found = {"handover_id": _to_send(program, case_id)["id"]}
        page = walk.page(sender, "handover.show", **found)
        sent = {"_revisione": page.value("_revisione"), "a": str(made["rosa"]), "_di_nuovo": "si"}
        walk.page(sender, "handover.send", sent, **found)
        page = who.get(f"/passaggi/{found['handover_id']}")
        walk.page(who, f"handover.{act}", {"_revisione": page.value("_revisione"), "_motivo": "no"}, **found)
    page = lead.get(f"/passaggi/{found['handover_id']}")
    walk.page(lead, "handover.revoke", {"_revisione": page.value("_revisione"), "_motivo": "no"}, **found)


def _by_api(walk: Walk, made: dict[str, UUID]) -> None:
    names = ("operatrice.cav", "responsabile.cav", "casa.rosa")
    sender, lead, asked = (Program(walk.app, token_for(walk.world, name)) for name in names)
    case_id, to = _listened(walk, sender), {"to_agency": str(made["rosa"])}
    for act, who, body in (
        ("decline_handover", asked, NO),
        ("ask_handover_back", sender, NO),
        ("accept_handover", asked, {}),
    ):
        ids = _to_send(sender, case_id)
        found = {"handover_id": ids["id"]}
        walk.api(sender, "api-handovers.show_handover_of_task", task_id=ids["task_id"])
        walk.api(sender, "api-handovers.show_handover", **found)
        walk.api(sender, "api-handovers.prepare_handover", to, method="POST", **found)
        walk.api(sender, "api-handovers.send_handover", {"again": True}, method="POST", **found)
        walk.api(who, f"api-handovers.{act}", body, method="POST", **found)
    walk.api(lead, "api-handovers.revoke_handover", NO, method="POST", **found)
    walk.api(sender, "api-handovers.list_handovers", case_id=case_id)
