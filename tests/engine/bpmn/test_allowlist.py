"""Every element and attribute of the BPMN 2.0 standard is either executed or refused with a reason and a way out."""

from __future__ import annotations

from importlib import resources

import pytest
from lxml import etree

from engine import errors
from engine.bpmn import allowlist, dialect, parsing
from tests.engine.bpmn.diagram import HEAD, element, end, process, start, task, way

_SCHEMA = resources.files("SpiffWorkflow.bpmn.parser.schema")
_XSD = "{http://www.w3.org/2001/XMLSchema}"


def _names(kind: str) -> list[str]:
    """The names that the standard's schemas, which SpiffWorkflow carries along, declare."""
    trees = [etree.fromstring(_SCHEMA.joinpath(file).read_bytes()) for file in ("Semantic.xsd", "BPMN20.xsd")]
    found = {node.get("name") for tree in trees for node in tree.iter(f"{_XSD}{kind}") if node.get("name")}
    return sorted(str(name) for name in found)


STANDARD = _names("element")

# Written out a second time on purpose: whoever accepts a new element says so here, and tests what it does.
EXECUTED = {
    "process", "startEvent", "endEvent", "task", "manualTask", "userTask", "scriptTask", "businessRuleTask",
    "receiveTask", "sendTask", "serviceTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "complexGateway", "eventBasedGateway",
    "callActivity", "subProcess", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent",
    "sequenceFlow", "conditionExpression", "timerEventDefinition", "timeDuration", "timeDate", "timeCycle",
    "messageEventDefinition", "errorEventDefinition", "escalationEventDefinition", "terminateEventDefinition",
    "eventDefinitionRef", "conditionalEventDefinition", "condition", "activationCondition", "transaction",
    "adHocSubProcess",
    "compensateEventDefinition", "cancelEventDefinition", "signal", "signalEventDefinition", "linkEventDefinition",
    "multiInstanceLoopCharacteristics", "loopCardinality", "completionCondition",
    "standardLoopCharacteristics", "loopCondition",
    "message", "error", "escalation", "laneSet", "lane", "flowNodeRef",
}  # fmt: skip
WITHOUT_MEANING = {
    "definitions", "collaboration", "participant", "messageFlow", "textAnnotation", "text", "association", "group",
    "category", "categoryValue", "documentation", "extensionElements", "incoming", "outgoing",
    "itemDefinition", "interface", "operation", "inMessageRef", "outMessageRef", "errorRef", "operationRef",
    "participantMultiplicity", "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataState",
    "property", "ioSpecification", "dataInput", "dataOutput", "inputSet", "outputSet", "dataInputAssociation",
    "dataOutputAssociation", "sourceRef", "targetRef", "dataInputRefs", "optionalInputRefs", "outputSetRefs",
    "whileExecutingInputRefs", "dataOutputRefs", "optionalOutputRefs", "inputSetRefs", "whileExecutingOutputRefs",
}  # fmt: skip
REFUSED = [name for name in STANDARD if name not in EXECUTED | WITHOUT_MEANING]

# What stands where in the files of people who come from other tools.
IN_A_PROCESS: list[str] = []
EVENT_DEFINITIONS = [name for name in STANDARD if name.endswith("EventDefinition")]
_ACCEPTED = {
    "startEvent": "conditional timer message error escalation compensate signal",
    "intermediateCatchEvent": "timer message conditional signal link",
    "intermediateThrowEvent": "message escalation compensate signal link",
    "boundaryEvent": "signal conditional timer message error escalation compensate cancel",
    "endEvent": "error escalation compensate cancel terminate signal message",
}
ACCEPTED_DEFINITIONS = {
    event: {f"{kind}EventDefinition" for kind in kinds.split()} for event, kinds in _ACCEPTED.items()
}


def test_the_dialect_accepts_what_these_tests_know_and_nothing_else() -> None:
    assert set(dialect.ELEMENTS) == EXECUTED | WITHOUT_MEANING
    assert set(dialect.ELEMENTS) <= set(STANDARD)
    assert len(REFUSED) > 80


def _path(parent: str) -> list[str]:
    """A way from the root to an accepted element."""
    paths = [["definitions"]]
    for path in paths:
        if path[-1] == parent:
            return path
        paths += [[*path, child] for child in dialect.ELEMENTS[path[-1]][1] if child not in path]
    raise AssertionError(parent)


def _inside(parent: str, child: str) -> list[errors.Problem]:
    """What is said of an element in another one."""
    opening = "".join(f'<{tag} id="in_{tag}">' for tag in _path(parent)[1:])
    closing = "".join(f"</{tag}>" for tag in reversed(_path(parent)[1:]))
    text = f"{HEAD}{opening}{child}{closing}</definitions>"
    return allowlist.check(etree.fromstring(text.encode()))


@pytest.mark.parametrize("parent", sorted(dialect.ELEMENTS))
def test_whatever_the_standard_knows_and_we_do_not_execute_is_refused_wherever_it_stands(parent: str) -> None:
    accepted = set(dialect.ELEMENTS[parent][1])
    if parent == "extensionElements":
        accepted = set()
    for name in STANDARD:
        problems = _inside(parent, f'<{name} id="nuovo" />')
        if name in accepted:
            assert problems == [], name
            continue
        assert [problem.element for problem in problems] == ["nuovo"], name
        assert name in problems[0].reason
        assert problems[0].way_out
        assert problems[0].line == 1


@pytest.mark.parametrize("name", REFUSED)
def test_an_element_that_is_not_executed_is_refused_in_a_whole_file(name: str) -> None:
    where = element(name, "nuovo") if name in IN_A_PROCESS else f'<{name} id="nuovo" />'
    with pytest.raises(errors.InvalidProcess) as refused:
        parsing.read(process(start(), task("a"), end(), where, way("inizio a fine")), "prova.bpmn")
    assert [(problem.element, name in problem.reason) for problem in refused.value.problems] == [("nuovo", True)]


@pytest.mark.parametrize("name", [*IN_A_PROCESS, *EVENT_DEFINITIONS])
def test_what_other_tools_offer_first_is_refused_with_a_way_out_of_its_own(name: str) -> None:
    assert name in dialect.WAYS_OUT


@pytest.mark.parametrize("event", sorted(ACCEPTED_DEFINITIONS))
def test_events_accept_only_the_definitions_that_are_executed(event: str) -> None:
    assert len(EVENT_DEFINITIONS) == 10
    for definition in EVENT_DEFINITIONS:
        refused = bool(_inside(event, f'<{definition} id="d" />'))
        assert refused is (definition not in ACCEPTED_DEFINITIONS[event]), definition


# --- attributes ---

_ACTIVITY = {"isForCompensation", "startQuantity", "completionQuantity", "default"}

# Of the standard's attributes, those that each element may carry.
ATTRIBUTES = {
    "definitions": {"targetNamespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"},
    "collaboration": {"isClosed"},
    "participant": {"processRef"},
    "messageFlow": {"sourceRef", "targetRef", "messageRef"},
    "process": {"isExecutable", "isClosed", "processType"},
    "sequenceFlow": {"sourceRef", "targetRef", "isImmediate"},
    "conditionExpression": {"language"},
    "startEvent": {"isInterrupting", "parallelMultiple"},
    "task": _ACTIVITY,
    "manualTask": _ACTIVITY,
    "userTask": {"implementation", *_ACTIVITY},
    "scriptTask": {"scriptFormat", *_ACTIVITY},
    "businessRuleTask": {"implementation", *_ACTIVITY},
    "sendTask": {"implementation", "messageRef", "operationRef", *_ACTIVITY},
    "serviceTask": {"implementation", "operationRef", *_ACTIVITY},
    "receiveTask": {"implementation", "messageRef", "operationRef", "instantiate", *_ACTIVITY},
    "exclusiveGateway": {"gatewayDirection", "default"},
    "parallelGateway": {"gatewayDirection"},
    "inclusiveGateway": {"gatewayDirection", "default"},
    "complexGateway": {"gatewayDirection", "default"},
    "activationCondition": {"language"},
    "eventBasedGateway": {"gatewayDirection", "instantiate", "eventGatewayType"},
    "callActivity": _ACTIVITY,
    "subProcess": {"triggeredByEvent", *_ACTIVITY},
    "transaction": {"triggeredByEvent", "method", *_ACTIVITY},
    "adHocSubProcess": {"triggeredByEvent", "ordering", "cancelRemainingInstances", *_ACTIVITY},
    "compensateEventDefinition": {"activityRef", "waitForCompletion"},
    "boundaryEvent": {"attachedToRef", "cancelActivity", "parallelMultiple"},
    "intermediateCatchEvent": {"parallelMultiple"},
    "timeDuration": {"language"},
    "timeDate": {"language"},
    "timeCycle": {"language"},
    "condition": {"language"},
    "multiInstanceLoopCharacteristics": {
        "isSequential",
        "behavior",
        "oneBehaviorEventRef",
        "noneBehaviorEventRef",
    },
    "standardLoopCharacteristics": {"testBefore", "loopMaximum"},
    "loopCardinality": {"language"},
    "completionCondition": {"language"},
    "loopCondition": {"language"},
    "messageEventDefinition": {"messageRef"},
    "errorEventDefinition": {"errorRef"},
    "escalationEventDefinition": {"escalationRef"},
    "message": {"itemRef"},
    "signal": {"structureRef"},
    "signalEventDefinition": {"signalRef"},
    "itemDefinition": {"structureRef", "isCollection", "itemKind"},
    "dataObject": {"isCollection", "itemSubjectRef"},
    "dataObjectReference": {"dataObjectRef", "itemSubjectRef"},
    "dataStore": {"capacity", "isUnlimited", "itemSubjectRef"},
    "dataStoreReference": {"dataStoreRef", "itemSubjectRef"},
    "property": {"itemSubjectRef"},
    "dataInput": {"isCollection", "itemSubjectRef"},
    "dataOutput": {"isCollection", "itemSubjectRef"},
    "interface": {"implementationRef"},
    "operation": {"implementationRef"},
    "participantMultiplicity": {"minimum", "maximum"},
    "error": {"errorCode", "structureRef"},
    "escalation": {"escalationCode", "structureRef"},
    "textAnnotation": {"textFormat"},
    "association": {"sourceRef", "targetRef", "associationDirection"},
    "group": {"categoryValueRef"},
    "categoryValue": {"value"},
    "documentation": {"textFormat"},
}


@pytest.mark.parametrize("name", sorted(set(dialect.ELEMENTS) - {"definitions"}))
def test_an_attribute_that_is_not_executed_is_refused(name: str) -> None:
    parent = _path(name)[-2]
    for attribute in [*_names("attribute"), "inventato", "zeebe:formId", "staffetta:clock"]:
        # 7 is nothing's neutral value: an attribute that is known but not executed is refused for its value.
        problems = _inside(parent, f'<{name} id="nuovo" {attribute}="7" />' if attribute != "id" else "")
        allowed = attribute in ATTRIBUTES.get(name, set()) | {"id", "name"}
        if allowed and attribute not in dialect.NEUTRAL_VALUES:
            assert problems == [], attribute
        else:
            assert [problem.element for problem in problems] == ["nuovo"], attribute
            assert attribute.rpartition(":")[2] in problems[0].reason
            assert problems[0].way_out


@pytest.mark.parametrize(
    ("tag", "attribute", "value"),
    [
        ("userTask", "isForCompensation", "vero"),
        ("transaction", "method", "##Store"),
        ("adHocSubProcess", "ordering", "Random"),
        ("compensateEventDefinition", "waitForCompletion", "0"),
        ("multiInstanceLoopCharacteristics", "isSequential", "1"),
        ("multiInstanceLoopCharacteristics", "behavior", "Complex"),
        ("standardLoopCharacteristics", "testBefore", "0"),
        ("userTask", "implementation", "##WebService"),
        ("callActivity", "isForCompensation", "1"),
        ("subProcess", "triggeredByEvent", "1"),
        ("startEvent", "isInterrupting", "0"),
        ("scriptTask", "scriptFormat", "javascript"),
        ("receiveTask", "instantiate", "true"),
        ("eventBasedGateway", "instantiate", "true"),
        ("eventBasedGateway", "eventGatewayType", "Parallel"),
        ("startEvent", "parallelMultiple", "1"),
        ("boundaryEvent", "cancelActivity", "0"),
        ("boundaryEvent", "cancelActivity", "falso"),
        ("sequenceFlow", "isImmediate", "false"),
        ("conditionExpression", "language", "python"),
        ("conditionExpression", "language", "http://www.w3.org/1999/XPath"),
        ("timeDuration", "language", "javascript"),
        ("process", "isExecutable", "1"),
    ],
)
def test_a_value_that_asks_for_what_is_not_executed_is_refused(tag: str, attribute: str, value: str) -> None:
    problems = _inside(_path(tag)[-2], f'<{tag} id="nuovo" {attribute}="{value}" />')
    assert [(problem.element, attribute in problem.reason) for problem in problems] == [("nuovo", True)]


@pytest.mark.parametrize(
    ("tag", "attribute", "value"),
    [
        ("userTask", "isForCompensation", "false"),
        ("transaction", "method", "##Compensate"),
        ("userTask", "startQuantity", "1"),
        ("subProcess", "triggeredByEvent", "false"),
        ("startEvent", "isInterrupting", "true"),
        ("boundaryEvent", "cancelActivity", "false"),
        ("conditionExpression", "language", "feel"),
        ("process", "isExecutable", "false"),
    ],
)
def test_a_value_that_says_what_is_true_anyway_is_accepted(tag: str, attribute: str, value: str) -> None:
    assert _inside(_path(tag)[-2], f'<{tag} id="nuovo" {attribute}="{value}" />') == []


# --- other namespaces ---


@pytest.mark.parametrize(
    "foreign",
    [
        '<x:executionListener xmlns:x="http://camunda.org/schema/1.0/bpmn" class="C" event="start" />',
        '<x:taskListener xmlns:x="http://flowable.org/bpmn" />',
        '<x:preScript xmlns:x="http://spiffworkflow.org/bpmn/schema/1.0/core">import os</x:preScript>',
        "<zeebe:taskDefinition />",
        "<zeebe:assignmentDefinition />",
        "<zeebe:taskSchedule />",
        "<zeebe:script />",
        "<zeebe:calledDecision />",
        "<zeebe:loopCharacteristics />",
        "<zeebe:executionListeners />",
        "<zeebe:taskListeners />",
        "<zeebe:taskHeaders />",
        "<staffetta:sconosciuto />",
        "<qualcosa xmlns='' />",
    ],
)
def test_extensions_that_are_not_ours_are_refused(foreign: str) -> None:
    problems = _inside("userTask", f"<extensionElements>{foreign}</extensionElements>")
    assert [problem.element for problem in problems] == ["in_userTask"]


@pytest.mark.parametrize("attribute", ["class", "expression", "delegateExpression", "assignee", "candidateGroups"])
def test_attributes_of_other_engines_are_refused(attribute: str) -> None:
    text = f'<userTask id="nuovo" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:{attribute}="x" />'
    problems = _inside("process", text)
    assert [(problem.element, attribute in problem.reason) for problem in problems] == [("nuovo", True)]


@pytest.mark.parametrize(
    ("parent", "extension"),
    [
        ("exclusiveGateway", '<zeebe:formDefinition formId="m" />'),
        ("userTask", '<zeebe:calledElement processId="p" />'),
        ("endEvent", '<zeebe:publishMessage correlationKey="=x" />'),
        ("startEvent", "<zeebe:ioMapping />"),
        ("task", "<zeebe:ioMapping />"),
        ("manualTask", "<zeebe:ioMapping />"),
        ("userTask", '<zeebe:script expression="=1" resultVariable="x" />'),
        ("process", '<staffetta:deadline clock="conclusion" />'),
        ("subProcess", '<staffetta:deadline clock="conclusion" />'),
        ("userTask", '<staffetta:variable name="x" />'),
    ],
)
def test_an_extension_where_it_means_nothing_is_refused(parent: str, extension: str) -> None:
    assert len(_inside(parent, f"<extensionElements>{extension}</extensionElements>")) == 1


@pytest.mark.parametrize(
    "extension",
    [
        '<zeebe:formDefinition formId="m" formKey="x" />',
        '<zeebe:formDefinition formId="m" bindingType="latest" />',
        '<zeebe:formDefinition formId="m"><zeebe:input source="=1" target="x" /></zeebe:formDefinition>',
        "<zeebe:ioMapping><zeebe:inputs /></zeebe:ioMapping>",
        '<zeebe:ioMapping><zeebe:input source="=1" target="x" type="y" /></zeebe:ioMapping>',
        '<staffetta:deadline clock="conclusion" dueDate="x" />',
    ],
)
def test_an_extension_with_more_than_we_know_is_refused(extension: str) -> None:
    assert len(_inside("userTask", f"<extensionElements>{extension}</extensionElements>")) == 1


@pytest.mark.parametrize(
    ("parent", "twice"),
    [
        ("sequenceFlow", "<conditionExpression>=true</conditionExpression>"),
        ("userTask", "<extensionElements />"),
        ("userTask", '<extensionElements><zeebe:formDefinition formId="{}" /></extensionElements>'),
        ("callActivity", '<extensionElements><zeebe:calledElement processId="{}" /></extensionElements>'),
        ("message", '<extensionElements><zeebe:subscription correlationKey="={}" /></extensionElements>'),
    ],
)
def test_a_second_one_of_what_can_count_only_once_is_refused(parent: str, twice: str) -> None:
    one, two = twice.format("uno"), twice.format("due")
    if "<extensionElements><" in twice:
        inner = [part.removeprefix("<extensionElements>").removesuffix("</extensionElements>") for part in (one, two)]
        problems = _inside(parent, f"<extensionElements>{''.join(inner)}</extensionElements>")
    else:
        problems = _inside(parent, one + two)
    assert [(problem.element, "due volte" in problem.reason) for problem in problems] == [(f"in_{parent}", True)]


def test_the_picture_and_the_colours_of_an_editor_are_passed_over() -> None:
    file = process(start(), task("a"), end(), way("inizio a fine"))
    picture = (
        b'<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="d">'
        b'<bpmndi:BPMNPlane bpmnElement="prova"><anything /></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>'
    )
    assert parsing.read(file.replace(b"</definitions>", picture), "prova.bpmn").id == "prova"


def test_nothing_is_smuggled_in_inside_the_picture() -> None:
    hidden = (
        b'<x:BPMNDiagram xmlns:x="http://www.omg.org/spec/BPMN/20100524/DI">'
        b'<process id="nascosto" isExecutable="true"><scriptTask id="s" /></process></x:BPMNDiagram></definitions>'
    )
    file = process(start(), task("a"), end(), way("inizio a fine")).replace(b"</definitions>", hidden)
    assert parsing.read(file, "prova.bpmn").id == "prova"
    only_hidden = HEAD.encode() + hidden
    with pytest.raises(errors.InvalidProcess):
        parsing.read(only_hidden, "prova.bpmn")


def test_everything_wrong_is_said_at_once() -> None:
    file = process(
        start(), task("a"), element("callConversation", "s1"), element("choreographyTask", "g1"),
        '<userTask id="b" camunda:assignee="x" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" />',
        end(), way("inizio a fine"),
    )  # fmt: skip
    with pytest.raises(errors.InvalidProcess) as refused:
        parsing.read(file, "prova.bpmn")
    assert [problem.element for problem in refused.value.problems] == ["s1", "g1", "b"]
