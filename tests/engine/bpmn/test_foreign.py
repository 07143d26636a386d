"""Files as other tools write them: each runs, or is told precisely why not."""

from __future__ import annotations

import pytest

from engine import errors
from engine.bpmn import advice, parsing
from tests.engine.bpmn.play import Play, around

BPMN = 'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
DI = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)

CAMUNDA_8 = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions {BPMN} {DI} xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn"
    exporter="Camunda Modeler" exporterVersion="5.20.0" modeler:executionPlatform="Camunda Cloud"
    modeler:executionPlatformVersion="8.4.0">
  <bpmn:collaboration id="Collaboration_1">
    <bpmn:participant id="Participant_1" name="Rete" processRef="Process_1" />
    <bpmn:participant id="Participant_2" name="La donna" />
    <bpmn:messageFlow id="Flow_m" sourceRef="Participant_2" targetRef="Activity_1" />
    <bpmn:textAnnotation id="Text_1"><bpmn:text>Entro 24 ore</bpmn:text></bpmn:textAnnotation>
  </bpmn:collaboration>
  <bpmn:process id="Process_1" isExecutable="true">
    <bpmn:extensionElements><zeebe:versionTag value="1.2" /></bpmn:extensionElements>
    <bpmn:laneSet id="LaneSet_1"><bpmn:lane id="cav" name="CAV">
      <bpmn:flowNodeRef>Start</bpmn:flowNodeRef><bpmn:flowNodeRef>Activity_1</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>End</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="Start"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Activity_1" />
    <bpmn:userTask id="Activity_1" name="Accogliere" zeebe:modelerTemplate="t" zeebe:modelerTemplateVersion="1">
      <bpmn:extensionElements><zeebe:userTask />
        <zeebe:properties><zeebe:property name="colore" value="rosso" /></zeebe:properties></bpmn:extensionElements>
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="F2" sourceRef="Activity_1" targetRef="End" />
    <bpmn:endEvent id="End"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Collaboration_1">
    <bpmndi:BPMNShape id="S1" bpmnElement="Start"><dc:Bounds x="1" y="1" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""

CAMUNDA_7 = f"""<bpmn:definitions {BPMN} {DI} xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    id="d" targetNamespace="urn:x" exporter="Camunda Modeler" exporterVersion="4.12.0" camunda:diagramRelationId="abc">
  <bpmn:process id="Process_1" name="Accoglienza" isExecutable="true" camunda:historyTimeToLive="P30D">
    <bpmn:laneSet><bpmn:lane id="cav"><bpmn:flowNodeRef>passo</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="inizio" />
    <bpmn:sequenceFlow sourceRef="inizio" targetRef="passo" />
    <bpmn:userTask id="passo" name="Accogliere" />
    <bpmn:sequenceFlow sourceRef="passo" targetRef="fine" />
    <bpmn:endEvent id="fine" />
  </bpmn:process>
</bpmn:definitions>"""

SIGNAVIO = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {DI} xmlns:signavio="http://www.signavio.com"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" exporter="Signavio Process Editor, http://www.signavio.com"
    exporterVersion="15.1.0" expressionLanguage="http://www.w3.org/TR/XPath" id="sid-a" name=""
    targetNamespace="http://www.signavio.com" typeLanguage="http://www.w3.org/2001/XMLSchema"
    xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL http://www.omg.org/spec/BPMN/2.0/20100501/BPMN20.xsd">
  <process id="accoglienza" isClosed="false" isExecutable="true" name="Accoglienza" processType="None">
    <extensionElements><signavio:signavioDiagramMetaData metaKey="revisionid" metaValue="x" /></extensionElements>
    <laneSet id="sid-ls"><lane id="cav" name="CAV"><extensionElements>
      <signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffff" /></extensionElements>
      <flowNodeRef>sid-1</flowNodeRef><flowNodeRef>sid-2</flowNodeRef><flowNodeRef>sid-3</flowNodeRef></lane></laneSet>
    <startEvent id="sid-1" isInterrupting="true" name=""><outgoing>sid-f1</outgoing></startEvent>
    <userTask completionQuantity="1" id="sid-2" implementation="##unspecified" isForCompensation="false"
        name="Accogliere&#10;la donna" startQuantity="1"><extensionElements>
      <signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc" /></extensionElements>
      <incoming>sid-f1</incoming><outgoing>sid-f2</outgoing></userTask>
    <endEvent id="sid-3" name=""><incoming>sid-f2</incoming></endEvent>
    <sequenceFlow id="sid-f1" isImmediate="true" sourceRef="sid-1" targetRef="sid-2" />
    <sequenceFlow id="sid-f2" isImmediate="true" sourceRef="sid-2" targetRef="sid-3" />
  </process>
</definitions>"""

BIZAGI = """<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:bizagi="http://www.bizagi.com/bpmn20"
    targetNamespace="http://www.bizagi.com/definitions/a" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
  <process id="Id_p" name="Accoglienza" isExecutable="true">
    <extensionElements><bizagi:BizagiExtensions><bizagi:BizagiProperties>
      <bizagi:BizagiProperty name="bgColor" value="White" /></bizagi:BizagiProperties>
      </bizagi:BizagiExtensions></extensionElements>
    <laneSet id="Id_ls"><lane id="cav"><flowNodeRef>Id_2</flowNodeRef></lane></laneSet>
    <startEvent id="Id_1" name=""><outgoing>Id_f1</outgoing></startEvent>
    <userTask id="Id_2" name="Accogliere"><incoming>Id_f1</incoming><outgoing>Id_f2</outgoing></userTask>
    <endEvent id="Id_3" name=""><incoming>Id_f2</incoming></endEvent>
    <sequenceFlow id="Id_f1" sourceRef="Id_1" targetRef="Id_2" />
    <sequenceFlow id="Id_f2" sourceRef="Id_2" targetRef="Id_3" />
  </process>
  <collaboration id="Id_c"><participant id="Id_pa" name="Rete" processRef="Id_p" /></collaboration>
</definitions>"""


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(errors.InvalidProcess) as found:
        parsing.read(text.encode(), "prova.bpmn")
    return [(problem.element, problem.reason) for problem in errors.refusals(found.value.problems)]


def warned(text: str) -> list[str]:
    return [warning.reason for warning in parsing.read(text.encode(), "prova.bpmn").warnings]


@pytest.mark.parametrize(
    ("text", "tools"),
    [(CAMUNDA_8, ["zeebe"]), (CAMUNDA_7, ["camunda"]), (SIGNAVIO, ["signavio"]), (BIZAGI, ["bizagi"])],
    ids=["Camunda 8", "Camunda 7", "Signavio", "Bizagi"],
)
def test_a_plain_file_of_another_tool_runs_and_its_additions_are_said_once(text: str, tools: list[str]) -> None:
    said = warned(text)
    assert len(said) == len(tools)
    assert all(f"({tool})" in reason for tool, reason in zip(tools, said, strict=True))
    play = Play(text.encode())
    (step,) = play.open
    assert play.do(step).instance.completed
    process = parsing.read(text.encode(), "prova.bpmn")
    assert all(warning.level is errors.Level.WARNING for warning in advice.check(process, around()))


def test_a_file_in_another_encoding_runs() -> None:
    text = CAMUNDA_7.replace("Accogliere", "Così è")
    encoded = ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")
    assert Play(encoded).open == ["passo"]


@pytest.mark.parametrize(
    "addition",
    [
        'camunda:asyncBefore="true"',
        'camunda:assignee="demo"',
        'camunda:formKey="embedded:x"',
        'camunda:candidateGroups="g"',
    ],
)
def test_what_another_engine_would_do_is_refused(addition: str) -> None:
    text = CAMUNDA_7.replace('name="Accogliere"', f'name="Accogliere" {addition}')
    name = addition.partition(":")[2].partition("=")[0]
    assert refused(text) == [("passo", f"L'attributo «{name}» non è accettato su userTask.")]


@pytest.mark.parametrize(
    "extension",
    [
        "<zeebe:taskListeners><zeebe:taskListener eventType='creating' type='x' /></zeebe:taskListeners>",
        "<zeebe:executionListeners><zeebe:executionListener eventType='start' type='x' /></zeebe:executionListeners>",
        "<zeebe:assignmentDefinition assignee='demo' />",
        "<zeebe:taskSchedule dueDate='2026-01-01T00:00:00Z' />",
    ],
)
def test_what_camunda_8_would_do_besides_is_refused_with_a_way_out(extension: str) -> None:
    text = CAMUNDA_8.replace("<zeebe:userTask />", f"<zeebe:userTask />{extension}")
    with pytest.raises(errors.InvalidProcess) as found:
        parsing.read(text.encode(), "prova.bpmn")
    (problem,) = errors.refusals(found.value.problems)
    assert problem.element == "Activity_1"
    assert problem.way_out != "Toglierlo dal diagramma."
    assert problem.name == "Accogliere"


def test_a_file_that_is_only_a_drawing_says_so() -> None:
    for value in ('isExecutable="false"', ""):
        text = CAMUNDA_7.replace('isExecutable="true"', value)
        assert refused(text) == [("d", "Nessun processo del file è eseguibile: è soltanto un disegno.")]


def test_two_pools_that_both_run_are_refused_and_one_that_is_drawn_is_passed_over() -> None:
    other = (
        '<bpmn:process id="altra" isExecutable="true"><bpmn:serviceTask id="chiamata" /><bpmn:task id="solo" />'
        '<bpmn:startEvent id="i2"><bpmn:timerEventDefinition /></bpmn:startEvent></bpmn:process></bpmn:definitions>'
    )
    drawn = CAMUNDA_7.replace("</bpmn:definitions>", other.replace('"true"', '"false"'))
    assert [reason for reason in warned(drawn) if "resta un disegno" in reason]
    assert Play(drawn.encode()).open == ["passo"]
    both = CAMUNDA_7.replace("</bpmn:definitions>", other.replace('<bpmn:serviceTask id="chiamata" />', ""))
    assert refused(both) == [("d", "Il file ha 2 processi eseguibili: se ne carica uno per file.")]


@pytest.mark.parametrize("key", ["Start", "End", "Root", "root", "start", "prova", "case_code", "self", "None"])
def test_an_id_may_be_called_as_something_in_the_engine(key: str) -> None:
    text = CAMUNDA_7.replace('"passo"', f'"{key}"').replace(">passo<", f">{key}<")
    play = Play(text.encode())
    assert play.open == [key]
    assert play.do(key).instance.completed


def test_a_timer_of_a_drawing_and_an_element_without_id_say_what_is_missing() -> None:
    empty = CAMUNDA_7.replace(
        '<bpmn:endEvent id="fine" />',
        '<bpmn:endEvent id="fine" /><bpmn:boundaryEvent id="t" attachedToRef="passo"><bpmn:timerEventDefinition />'
        "</bpmn:boundaryEvent>",
    )
    assert refused(empty) == [("t", "Il timer non dice quando scatta.")]
    nameless = CAMUNDA_7.replace('<bpmn:endEvent id="fine" />', '<bpmn:endEvent id="fine" /><bpmn:task name="x" />')
    assert ("Process_1", "Un elemento task non ha identificativo.") in refused(nameless)
