"""Texts from diagrams, forms and people are shown as texts, whatever they hold."""

import json

import pytest

from engine import db
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.web.story import answers, claim
from tests.web.world import PASSWORD

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
TEMPLATE = EVIL + "{{7*7}}{%x%}"
IN_XML = TEMPLATE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")

DIAGRAM = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:staffetta="urn:staffetta:bpmn:1" id="d" targetNamespace="urn:prova">
  <bpmn:process id="ostile" name="{IN_XML}" isExecutable="true">
    <bpmn:documentation>{IN_XML}</bpmn:documentation>
    <bpmn:laneSet id="corsie">
      <bpmn:lane id="cav" name="{IN_XML}">
        <bpmn:flowNodeRef>inizio</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>passo</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>fine</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="inizio" name="{IN_XML}"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="passo" name="{IN_XML}">
      <bpmn:documentation>{IN_XML}</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:userTask />
        <zeebe:formDefinition formId="ostile" />
        <staffetta:deadline clock="conclusion" parameter="D04.alto" class="E2" nature="interno" />
      </bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="fine" name="{IN_XML}"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="a" sourceRef="inizio" targetRef="passo" />
    <bpmn:sequenceFlow id="b" sourceRef="passo" targetRef="fine" />
  </bpmn:process>
</bpmn:definitions>"""

CLASSED = {"properties": {"confidentiality": "ordinary"}}
OPTIONS = {"values": [{"label": EVIL, "value": "uno"}, {"label": EVIL, "value": "due"}]}
FORM = json.dumps(
    {
        "id": "ostile",
        "type": "default",
        "schemaVersion": 18,
        "components": [
            {"type": "text", "id": "t", "text": "Un testo semplice."},
            *[
                {
                    "type": kind,
                    "id": f"c_{kind}",
                    "key": f"c_{kind}",
                    "label": EVIL,
                    "description": EVIL,
                    **CLASSED,
                    **more,
                }
                for kind, more in {
                    "textfield": {},
                    "textarea": {},
                    "number": {},
                    "checkbox": {},
                    "select": OPTIONS,
                    "radio": OPTIONS,
                    "checklist": OPTIONS,
                }.items()
            ],
        ],
    },
)


@pytest.fixture
def hostile(world, app):
    """An agency, a person and a protocol with such names, in a database that the application serves."""
    designer = world.actor("progettista")
    with db.transaction() as session:
        agency = directory.create_agency(session, world.network_id, name=TEMPLATE, services=["cav"])
        person = directory.create_user(session, username="ostile", display_name=TEMPLATE, password=PASSWORD)
        directory.create_membership(
            session, network_id=world.network_id, user_id=person.id, agency_id=agency.id, role=Role.RESPONSABILE
        )
        sources = {"ostile.bpmn": DIAGRAM.encode()}
        deployment.deploy(session, designer, sources, forms_given={"ostile": FORM.encode()})
    world.people["ostile"] = person.id
    return agency.id


def harmless(page):
    assert page.status < 500
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert not page.tree.xpath("//img | //script[not(@src)] | //@onerror")
    assert "49{%" not in page.text
    return page


def test_no_text_of_a_diagram_form_or_person_becomes_markup(someone, hostile):
    person = someone("ostile")
    harmless(person.get("/casi/nuovo"))
    page = harmless(person.get("/casi/nuovo?protocollo=ostile"))
    assert EVIL in page.tree.text_content()
    sent = {"_protocollo": "ostile", "_avvio": page.value("_avvio"), "_ente.cav": str(hostile)}
    case = harmless(person.post("/casi/nuovo", sent))
    assert EVIL in case.tree.text_content()
    address = next(link for link in case.links() if link.startswith("/attivita/"))
    harmless(person.get("/attivita"))
    page = harmless(claim(person, address))
    assert page.tree.text_content().count(EVIL) > 20
    page = harmless(person.post(f"{address}/bozza", answers(page, c_textfield=EVIL, c_textarea="</textarea>" + EVIL)))
    assert page.value("c_textfield") == EVIL
    assert page.tree.findtext(".//textarea[@name='c_textarea']").strip() == "</textarea>" + EVIL
    page = harmless(
        person.post(f"{address}/conclusione", answers(page, c_number=EVIL, c_select=EVIL, c_textfield=EVIL))
    )
    assert page.status == 422
    page = harmless(person.post(f"{address}/cessione", {"_motivo": EVIL}))
    page = claim(person, address)
    page = harmless(person.post(f"{address}/conclusione", answers(page, c_textfield=EVIL, c_textarea=EVIL)))
    assert f"Motivo: {EVIL}" in page.tree.text_content()
    harmless(person.get(next(link for link in page.links() if link.startswith("/moduli/"))))
    for path in (
        "/ritardi",
        "/protocolli",
        "/avvisi",
        f"/attivita?caso={EVIL}",
        f"/attivita?scheda={EVIL}",
        f"/{EVIL}",
    ):
        harmless(person.get(path))


def test_what_a_visitor_types_at_the_log_in_is_shown_as_typed(someone):
    page = harmless(someone().log_in(TEMPLATE, TEMPLATE))
    assert page.value("utente") == TEMPLATE
    assert PASSWORD not in page.text
