"""Every address that reads or changes a case leaves an entry in the audit; a new one has to say so here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db, parameters
from engine.audit import AuditEntry
from engine.cases import fiscal_codes, timers
from engine.cases.handover_models import Handover
from engine.cases.models import Incident
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases import protocols
from tests.web import asking_to_know, by_two, dating, every_part, leaving, linking, referring
from tests.web.api.program import API, Program, token_for
from tests.web.audited import ADMINISTRATION, LEAVES, LISTS, NO_CASE
from tests.web.calling import by_telephone
from tests.web.handing_over import walk_through
from tests.web.mistaking import by_mistake, by_questions
from tests.web.story import answers, begun, claim, first_answers, passed_on, start, task_of
from tests.web.test_form_parts import PDF, file, hidden, sent
from tests.web.world import Browser, World, diagrams


class Walk:
    """Somebody goes to every address in `LEAVES`, and what is in the audit afterwards is looked at."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self.urls = app.url_map.bind("127.0.0.1")
        self.found: dict[str, set[str]] = {}

    def page(self, who: Browser, endpoint: str, data: dict[str, Any] | None = None, **values: Any) -> Any:
        """Go to a page, or with data send a form there; the form token is that of the page shown before."""
        path = self.urls.build(endpoint, values, method="GET" if data is None else "POST")
        if data is None:
            return self._noted(endpoint, lambda: who.get(path))
        return self._noted(endpoint, lambda: who.post(path, data, follow=False))

    def api(self, who: Program, endpoint: str, body: object = None, *, method: str = "GET", **values: Any) -> Any:
        path = self.urls.build(endpoint, values, method=method).removeprefix(API)
        return self._noted(endpoint, lambda: who.send(method, path, body))

    def download(self, endpoint: str, who: Browser, path: str, data: dict[str, Any] | None = None) -> None:
        with Session(db.engine()) as session:
            before = max(session.scalars(select(AuditEntry.id)))
        answer = who.client.get(path) if data is None else who.client.post(path, data=data)
        assert answer.status_code == 200
        self.note(endpoint, before)

    def _noted(self, endpoint: str, act: Callable[[], Any]) -> Any:
        with Session(db.engine()) as session:
            before = max(session.scalars(select(AuditEntry.id)), default=0)
        answer = act()
        assert answer.status < 400, (endpoint, answer.status, getattr(answer, "raw", None) or answer.said())
        self.note(endpoint, before)
        return answer

    def note(self, endpoint: str, before: int) -> None:
        with Session(db.engine()) as session:
            made = session.scalars(select(AuditEntry).where(AuditEntry.id > before)).all()
        ours = [one for one in made if one.actor_id is not None and (one.case_id or one.subject_type == "referral")]
        assert all(entry.purpose and entry.basis for entry in ours if entry.case_id is not None), endpoint
        self.found.setdefault(endpoint, set()).update(entry.action for entry in ours)


@pytest.fixture
def walk(app: Flask, world: World) -> Walk:
    return Walk(app, world)


def id_in(address: str) -> UUID:
    return UUID(address.split("/")[2])


def by_pages(walk: Walk, someone: Callable[..., Browser]) -> None:
    person, lead = someone("operatrice.cav"), someone("responsabile.cav")
    page = person.get("/casi/nuovo?protocollo=accoglienza_cav")
    walk.page(person, "start.start", {**begun(page), "_ente.cav": str(walk.world.agencies["cav"])})
    (address,) = {link for link in person.get("/casi").links() if link.startswith("/casi/") and "nuovo" not in link}
    case_id = id_in(address)
    page = walk.page(person, "case.show", case_id=case_id)
    code = page.tree.xpath("string(//h1/span[@class='codice'])")
    walk.page(person, "inbox.page", caso=code)
    walk.page(person, "diagram.show", case_id=case_id)
    task_id = id_in(task_of(person))
    walk.page(person, "task.show", task_id=task_id)
    walk.page(person, "task.claim", {}, task_id=task_id)
    form = {**answers(person.get(f"/attivita/{task_id}")), "esito_invio": "accetta"}
    walk.page(person, "task.refresh", form, task_id=task_id)
    walk.page(person, "task.save_draft", form, task_id=task_id)
    walk.page(person, "task.release", {"_motivo": "fine turno"}, task_id=task_id)
    walk.page(person, "task.claim", {}, task_id=task_id)
    lead.get(f"/attivita/{task_id}")
    walk.page(lead, "task.take_over", {"_motivo": "assente"}, task_id=task_id)
    offered = {"passo": str(task_id), "a": str(walk.world.people["operatrice.cav"]), "_motivo": "assente"}
    lead.get("/attivita/affidamento")
    walk.page(lead, "reassignment.offer", offered)
    walk.page(person, "task.claim", {}, task_id=task_id)
    page = person.get(f"/attivita/{task_id}")
    walk.page(person, "task.complete", {**answers(page), **first_answers(page)}, task_id=task_id)
    walk.page(person, "way_back.show", task_id=task_id)
    walk.page(person, "way_back.ask", {"_motivo": "errore"}, task_id=task_id)
    page = lead.get(f"/attivita/{task_id}/ritorno")
    walk.page(lead, "way_back.reopen", {"_motivo": "errore", "_revisione": page.value("_revisione")}, task_id=task_id)
    asked = id_in(next(link for link in person.get(f"/casi/{case_id}").links() if link.startswith("/moduli/")))
    walk.page(person, "submission.show", submission_id=asked)
    page = walk.page(person, "submission.correction", submission_id=asked)
    changed = {**hidden(page), **first_answers(page), "_motivo": "errore"}
    walk.page(person, "submission.refresh", changed, submission_id=asked)
    walk.page(person, "submission.correct", changed, submission_id=asked)
    with db.transaction() as session:
        incident = Incident(network_id=walk.world.network_id, case_id=case_id, code=timers.FAILED)
        session.add(incident)
    lead.get("/ritardi")
    walk.page(lead, "board.retry", {}, incident_id=incident.id)
    coordination = someone("coordinamento")
    walk.page(coordination, "register.page", caso=code)
    walk.download("register.export", coordination, f"/registro/csv?caso={code}")
    by_emergency(walk, someone, lead, code)
    person.get("/cerca")
    walk.page(person, "search.find", {"_cosa": "codice", "_testo": code})
    walk.page(lead, "case.cancel", {"_motivo": "aperto per errore"}, case_id=case_id)
    by_erasure(walk, someone, lead, case_id)


def by_emergency(walk: Walk, someone: Callable[..., Browser], lead: Browser, code: str) -> None:
    stranger = someone("operatrice.ps")
    stranger.get("/accesso-emergenza")
    walk.page(stranger, "emergency.open_case", {"caso": code, "_motivo": "è in pericolo"})
    action = lead.get("/accesso-emergenza").tree.xpath("string(//form[contains(@action, '/esame')]/@action)")
    walk.page(lead, "emergency.review", {"esito": "giustificato"}, access_id=action.split("/")[2])


def by_erasure(walk: Walk, someone: Callable[..., Browser], lead: Browser, case_id: UUID) -> None:
    """Two leads erase what their agency keeps of a case, after a hold was lifted."""
    cav = walk.world.agencies["cav"]
    with db.transaction() as session:
        who = {"network_id": walk.world.network_id, "user_id": walk.world.people["collega.cav"]}
        directory.create_membership(session, **who, agency_id=cav, role=Role.RESPONSABILE)
    second = someone("collega.cav")
    by_fiscal_code(walk, lead, case_id, str(cav))
    walk.page(lead, "erasure.show", case_id=case_id)
    walk.page(lead, "erasure.hold", {"_autorita": "tribunale"}, case_id=case_id)
    second.get(f"/casi/{case_id}/cancellazione")
    walk.page(second, "erasure.hold", {"_togli": "si"}, case_id=case_id)
    walk.page(lead, "erasure.ask", {"_titolare": str(cav), "_perche": "errore"}, case_id=case_id)
    page = second.get(f"/casi/{case_id}/cancellazione")
    erasure_id = UUID(
        page.tree.xpath("string(//form[contains(@action, '/cancellazione/')]/@action)").rpartition("/")[2]
    )
    walk.page(second, "erasure.decide", {"_decisione": "si"}, case_id=case_id, erasure_id=erasure_id)


def by_fiscal_code(walk: Walk, lead: Browser, case_id: UUID, cav: str) -> None:
    administrator = walk.world.actor("amministratore")
    with db.transaction() as session:
        fiscal_codes.switch_on(session, administrator, UUID(cav), reason="Esenzione dal ticket")
    of_cav = {"_titolare": cav}
    walk.page(lead, "fiscal_code.show", case_id=case_id)
    walk.page(lead, "fiscal_code.record", {**of_cav, "_codice": "RSSMRA85T10A562S"}, case_id=case_id)
    walk.page(lead, "fiscal_code.open_code", {**of_cav, "_scopo": "atto"}, case_id=case_id)
    walk.page(lead, "fiscal_code.take_away", of_cav, case_id=case_id)


def by_files(walk: Walk, someone: Callable[..., Browser], api: Program) -> None:
    every_part.deploy(walk.world.actor("progettista"))
    person = someone("operatrice.cav")
    page = person.get(f"/casi/nuovo?protocollo={every_part.KEY}")
    lanes = {"_ente.cav": str(walk.world.agencies["cav"])}
    person.post("/casi/nuovo", {**hidden(page), "_protocollo": every_part.KEY, **lanes})
    case, address = person.path, task_of(person)
    page = claim(person, address)
    with Session(db.engine()) as session:
        before = max(session.scalars(select(AuditEntry.id)))
    assert api.upload([("referto.pdf", PDF)], to=f"/tasks/{id_in(address)}/files").status < 400
    walk.note("api-files.hand_in_files", before)
    person.post(f"{address}/conclusione", sent(page, referto=file(PDF, "suo.pdf")))
    answer = id_in(next(link for link in person.get(case).links() if link.startswith("/moduli/")))
    person.get(f"/moduli/{answer}")
    kinds = ["clinico", "libero"]
    page = walk.page(person, "submission.open_kinds", {"_scopo": "atti", "_specie": kinds}, submission_id=answer)
    (link,) = page.tree.xpath("//form[contains(@action, '/file/')]/@action")
    file_id = UUID(link.rpartition("/")[2])
    walk.download("submission.file", person, link, {"_scopo": "atti", "_csrf": page.csrf()})
    walk.page(person, "submission.open_correction", {}, submission_id=answer)
    opening = {"purpose": "atti"}
    walk.api(api, "api-files.open_file", opening, method="POST", submission_id=answer, file_id=file_id)
    walk.api(api, "api-cases.open_submission", {**opening, "kinds": kinds}, method="POST", submission_id=answer)
    asking_to_know.walk_through(walk, someone, case)


def by_her_answers(walk: Walk, someone: Callable[..., Browser], api: Program) -> None:
    """What she agrees to, on the pages and then through the API; in the end her path goes on."""
    person, agency = someone("operatrice.cav"), str(walk.world.agencies["ps"])
    case_id = id_in(start(person, walk.world))
    walk.page(person, "agreements.show", case_id=case_id)
    asked = {"scopo": "protezione", "ente": agency, "lingua_testo": "it"}
    page = walk.page(person, "agreements.read_aloud", asked, case_id=case_id)
    said = {"versione": page.value("versione"), "risposta": "si", "come": "a_voce", "lingua_parlata": "it"}
    walk.page(person, "agreements.record", {**asked, **said}, case_id=case_id)
    address = f"/cases/{case_id}/agreements"
    (row,) = api.get(address).body["answers"]
    walk.page(person, "agreements.withdraw", {"come": "a_voce"}, case_id=case_id, basis_id=row["id"])
    walk.page(person, "agreements.vital_interest", {**asked, "_motivo": "priva di sensi"}, case_id=case_id)
    coordination = someone("coordinamento")
    page = walk.page(coordination, "vital_interests.page")
    reviewed = page.tree.xpath("string(//form[contains(@action, '/revisione')]/@action)").split("/")[2]
    assert "Interessi vitali da rivedere (1)" in coordination.get("/ritardi").said()
    coordination.get("/interessi-vitali")
    walk.page(coordination, "vital_interests.review", {"_nota": "era giusto"}, basis_id=reviewed)
    assert "Interessi vitali" not in coordination.get("/ritardi").tree.xpath("string(//main)")
    with db.transaction(read_only=True):
        until = clock.now() + timedelta(days=9)
    rest = {"fino_a": f"{until:%Y-%m-%dT%H:%M}", "come": "a_voce"}
    walk.page(person, "agreements.pause", rest, case_id=case_id)
    walk.page(person, "agreements.end", {"come": "a_voce"}, case_id=case_id)
    walk.page(person, "agreements.resume", {}, case_id=case_id)
    told = {"manner": "a_voce"}
    body = {"purpose": "cura", "agency_id": agency, "given": True, "language": "it", **told}
    text = {"text_language": "it", "text_version": 0}
    named = {"case_id": case_id}
    made = walk.api(api, "api-agreements.record_agreement", {**body, **text}, method="POST", **named).body
    walk.api(api, "api-agreements.show_agreements", **named)
    walk.api(api, "api-agreements.withdraw_agreement", told, method="POST", basis_id=made["id"])
    vital = {"purpose": "cura", "agency_id": agency, "reason": "priva di sensi"}
    walk.api(api, "api-agreements.invoke_vital_interest", vital, method="POST", **named)
    judge = Program(walk.app, token_for(walk.world, "coordinamento"))
    (waiting,) = walk.api(judge, "api-vital-interests.list_vital_interests").body["items"]
    reviewing, named_by = "api-vital-interests.review_vital_interest", {"basis_id": waiting["id"]}
    assert walk.api(judge, reviewing, {"note": "era giusto"}, method="POST", **named_by).body["items"] == []
    walk.api(api, "api-agreements.pause_path", {**told, "until": until.isoformat()}, method="POST", **named)
    walk.api(api, "api-agreements.end_path", told, method="POST", **named)
    walk.api(api, "api-agreements.resume_path", {}, method="POST", **named)


def by_lateness(walk: Walk, someone: Callable[..., Browser]) -> None:
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + timedelta(hours=5)):
        coordination = someone("coordinamento")
        address = next(link for link in coordination.get("/ritardi").links() if link.startswith("/ritardi/passi/"))
        walk.page(coordination, "late_step.show", step_id=(step_id := UUID(address.rpartition("/")[2])))
        walk.page(coordination, "late_step.follow", {}, step_id=step_id)
        walk.page(coordination, "late_step.note", {"_nota": "richiamano"}, step_id=step_id)
        walk.page(coordination, "task.acknowledge", {"_da": "ritardo"}, task_id=step_id)
        program = Program(walk.app, token_for(walk.world, "coordinamento"))
        late = {row["step_id"] for row in program.get("/board/overdue").body["late"]}
        other = min(late - {str(step_id)})
        assert walk.api(program, "api-board.show_late_step", step_id=other).body["label"] is None
        walk.api(program, "api-board.follow_late_step", {}, method="POST", step_id=other)
        walk.api(program, "api-board.note_late_step", {"note": "richiamano"}, method="POST", step_id=other)
        leaving.by_program_and_page(walk, coordination, program, other)


def other_version(world: World, name: bytes) -> UUID:
    """Deploy the protocol with another name of its first step."""
    files = {path: source for path, source in diagrams().items() if path.endswith("accoglienza_cav.bpmn")}
    files = {path: source.replace(b'name="Accetta ', b'name="' + name + b" ") for path, source in files.items()}
    author = world.actor("progettista")
    with db.transaction() as session:
        deployed = deployment.deploy(session, author, files, forms_given={})
    (new,) = [one.definition.id for one in deployed if one.is_new]
    return new


def by_migration(walk: Walk, someone: Callable[..., Browser], api: Program) -> None:
    new, designer = other_version(walk.world, b"Accetta o declina"), someone("progettista")
    page = walk.page(designer, "migration.show", definition_id=new)
    chosen = {"gruppo": page.value("gruppo"), "letto": "si"}
    walk.page(designer, "migration.apply", chosen, definition_id=new)
    new = other_version(walk.world, b"Accogli")
    plan = walk.api(api, "api-migrations.plan_migration", {}, method="POST", definition_id=new).body
    groups = {"groups": [group["key"] for group in plan["groups"]]}
    walk.api(api, "api-migrations.apply_migration", groups, method="POST", definition_id=new)


def by_api(walk: Walk, person: Program, lead: Program) -> None:
    lanes = {"cav": str(walk.world.agencies["cav"])}
    intake = {"canale": "da_sola", "rischio_segnalato": "ALTO"}
    body = {"definition": "accoglienza_cav", "lanes": lanes, "variables": intake}
    case = walk.api(person, "api-cases.start_case", body, method="POST").body
    started = {"definition": "accoglienza_cav", "variables": intake}
    walk.api(person, "api-cases.start_instance", started, method="POST", case_id=case["id"])
    message = {"name": "MSG_INIZIO", "correlation": case["code"], "values": {"motivo": "chiamata"}}
    walk.api(person, "api-messages.deliver_message", message, method="POST")
    for endpoint in ("show_case", "show_history", "list_case_tasks"):
        page = walk.api(person, f"api-cases.{endpoint}", case_id=case["id"])
    tasks = [row["task_id"] for row in page.body["items"] if row["label"] == "Accetta l'invio"]
    named = {"task_id": tasks[0]}
    walk.api(person, "api-tasks.show_task", **named)
    walk.api(person, "api-tasks.claim_task", {}, method="POST", **named)
    walk.api(person, "api-tasks.release_task", {"reason": "fine turno"}, method="POST", **named)
    walk.api(person, "api-tasks.claim_task", {}, method="POST", **named)
    walk.api(lead, "api-tasks.take_task_over", {"reason": "assente"}, method="POST", **named)
    values = {"esito_invio": "accetta"}
    walk.api(lead, "api-tasks.save_draft", {"values": values}, method="PUT", **named)
    walk.api(lead, "api-tasks.complete_task", {"values": values}, method="POST", **named)
    walk.api(person, "api-tasks.ask_reopening", {"reason": "errore"}, method="POST", **named)
    walk.api(person, "api-tasks.correct_answer", {"values": values, "reason": "errore"}, method="POST", **named)
    asked = next(row["id"] for row in person.get(f"/cases/{case['id']}").body["submissions"] if not row["task_name"])
    walk.api(person, "api-cases.show_submission", submission_id=asked)
    corrected = {"values": {"rischio_segnalato": "MEDIO", "canale": "altro"}, "reason": "errore"}
    walk.api(person, "api-cases.correct_submission", corrected, method="POST", submission_id=asked)
    walk.api(lead, "api-cases.cancel_case", {"reason": "errore"}, method="POST", case_id=case["id"])
    again = person.post("/cases", body).body
    task_id = person.get(f"/cases/{again['id']}/tasks").body["items"][0]["task_id"]
    person.post(f"/tasks/{task_id}/claim", {})
    person.post(f"/tasks/{task_id}/complete", {"values": values})
    walk.api(lead, "api-tasks.reopen_task", {"reason": "errore"}, method="POST", task_id=task_id)


def opened(api: Program, world: World, cav: str) -> dict[str, Any]:
    """Open a case by the API with an agency for the centre's lane; give the ids of the case and of its first step."""
    intake = {"canale": "da_sola", "rischio_segnalato": "ALTO"}
    body = {"definition": "accoglienza_cav", "lanes": {"cav": str(world.agencies[cav])}, "variables": intake}
    case_id = api.post("/cases", body).body["id"]
    return {"case_id": case_id, "task_id": api.get(f"/cases/{case_id}/tasks").body["items"][0]["task_id"]}


def by_exclusions(walk: Walk, someone: Callable[..., Browser], api: Program, lead: Program, other: Program) -> None:
    world, person, colleague = walk.world, someone("operatrice.cav"), someone("collega.cav")
    ids = opened(api, world, "cav")
    of_task, of_case = {"task_id": ids["task_id"]}, {"case_id": ids["case_id"]}
    hers = str(world.people["collega.cav"])
    claim(person, f"/attivita/{ids['task_id']}")
    walk.page(person, "task.offer", {"a": hers, "_motivo": "turno"}, **of_task)
    colleague.get(f"/attivita/{ids['task_id']}")
    walk.page(colleague, "task.decline", {}, **of_task)
    walk.api(lead, "api-tasks.offer_task", {"to": hers, "reason": "turno"}, method="POST", **of_task)
    walk.api(other, "api-tasks.decline_offer", method="POST", **of_task)
    walk.page(person, "exclusions.show", **of_case)
    walk.page(person, "exclusions.put", {"persona": str(world.people["operatrice.ps"]), "_motivo": "x"}, **of_case)
    listed = walk.api(api, "api-exclusions.list_exclusions", **of_case).body["items"]
    person.get(f"/casi/{ids['case_id']}/escluse")
    walk.page(person, "exclusions.lift", {}, **of_case, exclusion_id=listed[0]["id"])
    walk.api(lead, "api-exclusions.lift_exclusion", method="POST", **of_case, exclusion_id=listed[0]["id"])
    walk.page(person, "exclusions.choose_alternate", {"sostituta": ""}, **of_case)
    walk.api(api, "api-exclusions.choose_alternate", {"user_id": None}, method="PUT", **of_case)
    for by_page in (True, False):
        sent_away = {"case_id": opened(api, world, "cav2")["case_id"]}
        body = {"agency_id": str(world.agencies["cav2"]), "reason": "x"}
        walk.api(api, "api-exclusions.exclude", body, method="POST", **sent_away)
        own = str(world.agencies["cav"])
        if by_page:
            person.get(f"/casi/{sent_away['case_id']}/escluse")
            walk.page(person, "exclusions.entrust", {"servizio": "cav", "ente": own}, **sent_away)
        else:
            body = {"lane": "cav", "agency_id": own}
            walk.api(api, "api-exclusions.entrust_lane", body, method="POST", **sent_away)
    called = opened(api, world, "telefono")["task_id"]
    passed_on(world, Handover.task_id == UUID(called))
    api.post(f"/tasks/{called}/claim", {"on_behalf_of": str(world.agencies["telefono"])})
    walk.page(person, "call_script.show", task_id=called)
    walk.page(colleague, "case.abstain", {}, **of_case)
    walk.api(lead, "api-exclusions.abstain", method="POST", **of_case)


def test_every_address_says_whether_it_reads_or_changes_a_case(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(ADMINISTRATION)}
    assert endpoints == set(LEAVES) | LISTS | NO_CASE
    assert not set(LEAVES) & (LISTS | NO_CASE)


def test_every_address_that_reads_or_changes_a_case_leaves_an_entry(
    app: Flask, walk: Walk, someone: Callable[..., Browser], world: World
) -> None:
    designer = world.actor("progettista")
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
        deployment.deploy(session, designer, {"m.bpmn": protocols.SOURCES["su_messaggio.bpmn"]}, forms_given={})
    person, lead = (Program(app, token_for(world, name)) for name in ("operatrice.cav", "responsabile.cav"))
    by_pages(walk, someone)
    by_files(walk, someone, person)
    by_api(walk, person, lead)
    colleague = Program(app, token_for(world, "collega.cav"))
    by_exclusions(walk, someone, person, lead, colleague)
    by_two.walk_through(walk, someone, person, colleague)
    linking.walk_through(walk, someone, person)
    referring.walk_through(walk, someone, person)
    walk_through(walk, someone)
    start(someone("operatrice.cav"), world)
    by_migration(walk, someone, Program(app, token_for(world, "progettista")))
    by_her_answers(walk, someone, person)
    dating.walk_through(walk, someone, person)
    by_lateness(walk, someone)
    for part in (by_mistake, by_questions, by_telephone):
        part(walk, someone, person, opened)
    assert {name: made for name, made in walk.found.items() if LEAVES.get(name) not in made} == {}
    assert walk.found.keys() == LEAVES.keys()
