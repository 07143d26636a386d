"""What who draws protocols sees of them: what is tried, what is warned of, in both languages and at the version."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from engine import db
from engine.definitions.models import ProcessDefinition
from tests.web.world import Page

DIAGRAM = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:prova">
<process id="senza_tempo" name="Senza tempo" isExecutable="true">
<laneSet id="corsie"><lane id="cav" name="CAV"><flowNodeRef>passo</flowNodeRef></lane></laneSet>
<startEvent id="inizio" name="Inizio" /><sequenceFlow id="a" sourceRef="inizio" targetRef="passo" />
<userTask id="passo" name="Sentire la donna" /><sequenceFlow id="b" sourceRef="passo" targetRef="fine" />
<endEvent id="fine" name="Fine" /></process></definitions>"""
NO_DEADLINE = {"it": "Il passo non ha scadenze", "en": "The step has no deadlines"}


def send(person, content: bytes = DIAGRAM, **more: str) -> Page:
    person.get("/protocolli")
    return person.post("/protocolli", {"file": [(io.BytesIO(content), "senza_tempo.bpmn")], **more})


def deployed() -> ProcessDefinition | None:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(ProcessDefinition).where(ProcessDefinition.key == "senza_tempo"))


def test_trying_says_the_warnings_by_element_and_changes_nothing(someone) -> None:
    page = send(someone("progettista"), prova="1")
    assert page.status == 200
    assert "Il protocollo si può caricare" in page.said()
    row, _drawing = page.tree.xpath("//*[@id='avvertimenti']/..//tbody/tr")
    said = " ".join(row.text_content().split())
    assert "«Sentire la donna»" in said
    assert NO_DEADLINE["it"] in said
    assert "Il passo non ha un modulo" in said
    assert deployed() is None


def test_what_is_wrong_comes_before_what_may_be_and_is_said_in_english_too(someone) -> None:
    person = someone("progettista")
    person.get("/protocolli")
    person.post("/lingua", {"lingua": "en"})
    broken = DIAGRAM.replace(b'<userTask id="passo" name="Sentire la donna" />', b'<userTask id="passo" />')
    page = send(person, broken, prova="1")
    assert page.status == 422
    assert "The activity has no name." in page.said()
    assert "Write what has to be done." in page.said()
    tried = send(person, prova="1")
    assert NO_DEADLINE["en"] in tried.said()
    assert "The protocol can be uploaded" in tried.said()


def test_a_version_keeps_what_was_warned_of_and_shows_it_where_it_is(someone) -> None:
    person = someone("progettista")
    assert "Ci sono avvertimenti da guardare" in send(person).said()
    definition = deployed()
    assert definition is not None
    page = person.get(f"/protocolli/{definition.id}")
    assert NO_DEADLINE["it"] in page.said()
    drawn = person.get(f"/protocolli/{definition.id}/diagramma").response.json
    assert drawn["diagrams"][0]["marks"] == {"passo": "warning", "senza_tempo": "warning"}
    person.get("/protocolli")
    person.post("/lingua", {"lingua": "en"})
    assert NO_DEADLINE["en"] in person.get(f"/protocolli/{definition.id}").said()


@pytest.mark.parametrize("address", ["", "/diagramma"])
def test_a_version_is_shown_to_who_draws_protocols_and_nobody_else(someone, address: str) -> None:
    send(someone("progettista"))
    definition = deployed()
    assert definition is not None
    assert someone("operatrice.cav").get(f"/protocolli/{definition.id}{address}").status == 403


def test_a_version_without_a_drawing_lists_its_steps_in_words(someone) -> None:
    person = someone("progettista")
    assert "Il file non ha il disegno (BPMNDI)." in send(person, prova="1").said()
    send(person)
    definition = deployed()
    assert definition is not None
    page = person.get(f"/protocolli/{definition.id}")
    (step,) = page.tree.xpath("//section[@aria-labelledby='passi']//li")
    assert " ".join(step.text_content().split()) == "Sentire la donna passo · CAV"
    assert page.tree.xpath("//*[@data-diagrams]") == []
    half = DIAGRAM.replace(
        b"</process>",
        b"""</process><d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" id="v"><d:BPMNPlane id="p"
        bpmnElement="senza_tempo"><d:BPMNShape id="s" bpmnElement="inizio" /></d:BPMNPlane></d:BPMNDiagram>""",
    )
    assert "Nel disegno mancano degli elementi: passo, fine." in send(person, half, prova="1").said()
