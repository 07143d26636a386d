"""What the dialect knows: namespaces, and for each accepted element its attributes and children.

An allow-list. Whatever is not here is refused at deploy, because SpiffWorkflow, like every engine, would otherwise
silently do something else (docs/decisions/0002).
"""

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
STAFFETTA = "urn:staffetta:bpmn:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# The picture and the editor's notes: no meaning for execution, so their elements and attributes are passed over.
PICTURE = frozenset(
    {
        DI,
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
        "http://camunda.org/schema/modeler/1.0",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    }
)

_FLOW_NODES = (
    "startEvent",
    "task",
    "manualTask",
    "userTask",
    "scriptTask",
    "businessRuleTask",
    "receiveTask",
    "sendTask",
    "serviceTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "boundaryEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "endEvent",
)
_NOTES = ("textAnnotation", "association", "group", "dataObject", "dataObjectReference", "dataStoreReference")
_COMMON = ("documentation", "extensionElements")
_NODE = (*_COMMON, "incoming", "outgoing")
_ACTIVITY = ("isForCompensation", "startQuantity", "completionQuantity", "default")
# Data are drawn, and carried by variables: no expression can read what these name, and nothing waits for it.
_GIVEN = ("property", "dataInput", "dataInputAssociation", "inputSet")
_TAKEN = ("property", "dataOutput", "dataOutputAssociation", "outputSet")
_DATA = ("property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation")
_STEP = (*_NODE, *_DATA, "multiInstanceLoopCharacteristics", "standardLoopCharacteristics")

_DEFINED = (
    "timerEventDefinition",
    "messageEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "signalEventDefinition",
)
_STARTS_AND_BORDERS = (*_DEFINED, "eventDefinitionRef")

# element -> (attributes besides id and name, children)
ELEMENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "definitions": (
        ("targetNamespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"),
        (
            *("collaboration", "process", "message", "signal", "error", "escalation", "category", *_DEFINED, *_COMMON),
            *("cancelEventDefinition", "itemDefinition", "interface", "dataStore"),
        ),
    ),
    "collaboration": (("isClosed",), ("participant", "messageFlow", *_NOTES, *_COMMON)),
    "participant": (("processRef",), ("participantMultiplicity", *_COMMON)),
    "participantMultiplicity": (("minimum", "maximum"), _COMMON),
    "messageFlow": (("sourceRef", "targetRef", "messageRef"), _COMMON),
    "process": (
        ("isExecutable", "isClosed", "processType"),
        ("laneSet", "sequenceFlow", "property", "ioSpecification", *_FLOW_NODES, *_NOTES, *_COMMON),
    ),
    "dataObject": (("isCollection", "itemSubjectRef"), ("dataState", *_COMMON)),
    "dataObjectReference": (("dataObjectRef", "itemSubjectRef"), ("dataState", *_COMMON)),
    "dataStore": (("capacity", "isUnlimited", "itemSubjectRef"), ("dataState", *_COMMON)),
    "dataStoreReference": (("dataStoreRef", "itemSubjectRef"), ("dataState", *_COMMON)),
    "dataState": ((), _COMMON),
    "property": (("itemSubjectRef",), ("dataState", *_COMMON)),
    "ioSpecification": ((), ("dataInput", "dataOutput", "inputSet", "outputSet", *_COMMON)),
    "dataInput": (("isCollection", "itemSubjectRef"), ("dataState", *_COMMON)),
    "dataOutput": (("isCollection", "itemSubjectRef"), ("dataState", *_COMMON)),
    "inputSet": ((), ("dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs", "outputSetRefs", *_COMMON)),
    "outputSet": ((), ("dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs", "inputSetRefs", *_COMMON)),
    "dataInputAssociation": ((), ("sourceRef", "targetRef", *_COMMON)),
    "dataOutputAssociation": ((), ("sourceRef", "targetRef", *_COMMON)),
    **dict.fromkeys(
        (
            *("dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs", "outputSetRefs", "sourceRef"),
            *("dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs", "inputSetRefs", "targetRef"),
        ),
        ((), ()),
    ),
    "laneSet": ((), ("lane", *_COMMON)),
    "lane": ((), ("flowNodeRef", *_COMMON)),
    "flowNodeRef": ((), ()),
    "sequenceFlow": (("sourceRef", "targetRef", "isImmediate"), ("conditionExpression", *_COMMON)),
    "conditionExpression": (("language",), ()),
    "startEvent": (("isInterrupting", "parallelMultiple"), (*_STARTS_AND_BORDERS, *_TAKEN, *_NODE)),
    "task": (_ACTIVITY, _STEP),
    "manualTask": (_ACTIVITY, _STEP),
    "userTask": (("implementation", *_ACTIVITY), _STEP),
    "scriptTask": (("scriptFormat", *_ACTIVITY), _STEP),
    "businessRuleTask": (("implementation", *_ACTIVITY), _STEP),
    "receiveTask": (("implementation", "messageRef", "operationRef", "instantiate", *_ACTIVITY), _STEP),
    "serviceTask": (("implementation", "operationRef", *_ACTIVITY), _STEP),
    "sendTask": (("implementation", "messageRef", "operationRef", *_ACTIVITY), _STEP),
    "exclusiveGateway": (("gatewayDirection", "default"), _NODE),
    "parallelGateway": (("gatewayDirection",), _NODE),
    "inclusiveGateway": (("gatewayDirection", "default"), _NODE),
    "complexGateway": (("gatewayDirection", "default"), ("activationCondition", *_NODE)),
    "activationCondition": (("language",), ()),
    "eventBasedGateway": (("gatewayDirection", "instantiate", "eventGatewayType"), _NODE),
    "callActivity": (_ACTIVITY, _STEP),
    "subProcess": (("triggeredByEvent", *_ACTIVITY), ("sequenceFlow", *_FLOW_NODES, *_NOTES, *_STEP)),
    "transaction": (
        ("triggeredByEvent", "method", *_ACTIVITY),
        ("sequenceFlow", *_FLOW_NODES, *_NOTES, *_STEP),
    ),
    "adHocSubProcess": (
        ("triggeredByEvent", "ordering", "cancelRemainingInstances", *_ACTIVITY),
        ("completionCondition", "sequenceFlow", *_FLOW_NODES, *_NOTES, *_STEP),
    ),
    "multiInstanceLoopCharacteristics": (
        ("isSequential", "behavior", "oneBehaviorEventRef", "noneBehaviorEventRef"),
        ("loopCardinality", "completionCondition", *_COMMON),
    ),
    "standardLoopCharacteristics": (("testBefore", "loopMaximum"), ("loopCondition", *_COMMON)),
    "loopCardinality": (("language",), ()),
    "completionCondition": (("language",), ()),
    "loopCondition": (("language",), ()),
    "boundaryEvent": (
        ("attachedToRef", "cancelActivity", "parallelMultiple"),
        (*_STARTS_AND_BORDERS, "cancelEventDefinition", *_TAKEN, *_NODE),
    ),
    "intermediateCatchEvent": (
        ("parallelMultiple",),
        (
            *("timerEventDefinition", "messageEventDefinition", "conditionalEventDefinition", "signalEventDefinition"),
            *("linkEventDefinition", "eventDefinitionRef", *_TAKEN, *_NODE),
        ),
    ),
    "intermediateThrowEvent": (
        (),
        (
            *("messageEventDefinition", "escalationEventDefinition", "signalEventDefinition", "linkEventDefinition"),
            *("compensateEventDefinition", "eventDefinitionRef", *_GIVEN, *_NODE),
        ),
    ),
    "endEvent": (
        (),
        (
            *("errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition"),
            *("cancelEventDefinition", "terminateEventDefinition", "signalEventDefinition", "messageEventDefinition"),
            *("eventDefinitionRef", *_GIVEN, *_NODE),
        ),
    ),
    "eventDefinitionRef": ((), ()),
    "timerEventDefinition": ((), ("timeDuration", "timeDate", "timeCycle", *_COMMON)),
    "timeDuration": (("language",), ()),
    "timeDate": (("language",), ()),
    "timeCycle": (("language",), ()),
    "messageEventDefinition": (("messageRef",), ("operationRef", *_COMMON)),
    "signalEventDefinition": (("signalRef",), _COMMON),
    "linkEventDefinition": ((), _COMMON),
    "conditionalEventDefinition": ((), ("condition", *_COMMON)),
    "condition": (("language",), ()),
    "errorEventDefinition": (("errorRef",), _COMMON),
    "escalationEventDefinition": (("escalationRef",), _COMMON),
    "terminateEventDefinition": ((), _COMMON),
    "compensateEventDefinition": (("activityRef", "waitForCompletion"), _COMMON),
    "cancelEventDefinition": ((), _COMMON),
    "message": (("itemRef",), _COMMON),
    "signal": (("structureRef",), _COMMON),
    # The types and services of messages, which other tools write: here a message carries declared variables.
    "itemDefinition": (("structureRef", "isCollection", "itemKind"), _COMMON),
    "interface": (("implementationRef",), ("operation", *_COMMON)),
    "operation": (("implementationRef",), ("inMessageRef", "outMessageRef", "errorRef", *_COMMON)),
    "inMessageRef": ((), ()),
    "outMessageRef": ((), ()),
    "errorRef": ((), ()),
    "operationRef": ((), ()),
    "error": (("errorCode", "structureRef"), _COMMON),
    "escalation": (("escalationCode", "structureRef"), _COMMON),
    "textAnnotation": (("textFormat",), ("text", *_COMMON)),
    "text": ((), ()),
    "association": (("sourceRef", "targetRef", "associationDirection"), _COMMON),
    "group": (("categoryValueRef",), _COMMON),
    "category": ((), ("categoryValue", *_COMMON)),
    "categoryValue": (("value",), _COMMON),
    "documentation": (("textFormat",), ()),
    "incoming": ((), ()),
    "outgoing": ((), ()),
    "extensionElements": ((), ()),
}

# Attributes that BPMN defines and that we do not execute: accepted only with the value that changes nothing.
NEUTRAL_VALUES: dict[str, frozenset[str]] = {
    "isForCompensation": frozenset({"true", "false"}),
    "waitForCompletion": frozenset({"true", "false"}),
    "ordering": frozenset({"Parallel", "Sequential"}),
    "cancelRemainingInstances": frozenset({"true", "false"}),
    "method": frozenset({"##Compensate"}),
    "isSequential": frozenset({"true", "false"}),
    "testBefore": frozenset({"true", "false"}),
    "behavior": frozenset({"All", "One", "None"}),
    "triggeredByEvent": frozenset({"true", "false"}),
    "instantiate": frozenset({"false"}),
    "eventGatewayType": frozenset({"Exclusive"}),
    "scriptFormat": frozenset({"feel"}),
    "parallelMultiple": frozenset({"true", "false"}),
    "isInterrupting": frozenset({"true", "false"}),
    "isImmediate": frozenset({"true"}),
    # The other two spellings of an XML boolean, 1 and 0, are written by no editor and misread by many.
    "isExecutable": frozenset({"true", "false"}),
    "cancelActivity": frozenset({"true", "false"}),
    "implementation": frozenset({"##unspecified"}),
    # A form or a process is always the one that was deployed together with the diagram.
    "bindingType": frozenset({"deployment"}),
    "language": frozenset(
        {"http://www.omg.org/spec/FEEL/20140401", "https://www.omg.org/spec/DMN/20191111/FEEL/", "feel"}
    ),
    "expressionLanguage": frozenset(
        {
            "http://www.omg.org/spec/FEEL/20140401",
            "https://www.omg.org/spec/DMN/20191111/FEEL/",
            "feel",
            "http://www.w3.org/1999/XPath",
            "http://www.w3.org/TR/XPath",
        }
    ),
}

# What an element may hold once only; of a second one nobody could say which of the two counts.
ONCE = frozenset(
    {
        "extensionElements",
        "conditionExpression",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "loopCharacteristics",
        "adHoc",
        "loopCardinality",
        "completionCondition",
        "loopCondition",
        "activationCondition",
        "formDefinition",
        "calledElement",
        "calledDecision",
        "script",
        "ioMapping",
        "subscription",
        "publishMessage",
        "taskDefinition",
        "explains",
        "handover",
        "laneRule",
        "fourEyes",
        "callsHer",
        "scope",
    }
)

# extension element -> (where it may stand, attributes)
EXTENSIONS: dict[tuple[str, str], tuple[frozenset[str], tuple[str, ...]]] = {
    (ZEEBE, "userTask"): (frozenset({"userTask"}), ()),
    (ZEEBE, "formDefinition"): (frozenset({"userTask", "startEvent"}), ("formId", "bindingType")),
    (ZEEBE, "calledElement"): (
        frozenset({"callActivity"}),
        ("processId", "propagateAllChildVariables", "propagateAllParentVariables", "bindingType"),
    ),
    (STAFFETTA, "callable"): (frozenset({"callActivity"}), ("processId",)),
    (ZEEBE, "calledDecision"): (frozenset({"businessRuleTask"}), ("decisionId", "resultVariable", "bindingType")),
    (ZEEBE, "script"): (frozenset({"scriptTask"}), ("expression", "resultVariable")),
    (ZEEBE, "ioMapping"): (
        frozenset(
            {
                "userTask",
                "scriptTask",
                "businessRuleTask",
                "receiveTask",
                "callActivity",
                "subProcess",
                "transaction",
                "adHocSubProcess",
                "intermediateCatchEvent",
                "boundaryEvent",
                "intermediateThrowEvent",
                "endEvent",
                "sendTask",
                "serviceTask",
            }
        ),
        (),
    ),
    (ZEEBE, "adHoc"): (frozenset({"adHocSubProcess"}), ("activeElementsCollection",)),
    (ZEEBE, "loopCharacteristics"): (
        frozenset({"multiInstanceLoopCharacteristics"}),
        ("inputCollection", "inputElement", "outputCollection", "outputElement"),
    ),
    (ZEEBE, "subscription"): (frozenset({"message"}), ("correlationKey",)),
    (ZEEBE, "publishMessage"): (
        frozenset({"messageEventDefinition", "sendTask"}),
        ("correlationKey", "timeToLive"),
    ),
    (ZEEBE, "taskDefinition"): (frozenset({"serviceTask"}), ("type", "retries")),
    (ZEEBE, "versionTag"): (frozenset({"process"}), ("value",)),
    (STAFFETTA, "deadline"): (
        frozenset({"userTask"}),
        ("clock", "parameter", "class", "nature", "condition", "start", "consequence", "consequenceEn"),
    ),
    (STAFFETTA, "laneRule"): (frozenset({"lane"}), ("by", "expression")),
    (STAFFETTA, "laneAssignment"): (frozenset({"userTask"}), ("lane",)),
    (STAFFETTA, "handover"): (
        frozenset({"userTask"}),
        ("purpose", "basis", "duty", "fields", "send", "until"),
    ),
    (STAFFETTA, "separateFrom"): (frozenset({"userTask"}), ("task",)),
    (STAFFETTA, "fourEyes"): (frozenset({"userTask"}), ()),
    (STAFFETTA, "callsHer"): (frozenset({"userTask"}), ()),
    (STAFFETTA, "pause"): (frozenset({"userTask"}), ("clock", "parameter")),
    (STAFFETTA, "retainFamiliar"): (frozenset({"userTask"}), ("task",)),
    (STAFFETTA, "explains"): (frozenset({"userTask"}), ("task",)),
    (STAFFETTA, "scope"): (frozenset({"signal"}), ("value",)),
    (STAFFETTA, "variable"): (frozenset({"process"}), ("name", "type")),
}

# What designers of other tools reach for first, with the way out.
WAYS_OUT: dict[str, str] = {
    "assignmentDefinition": "Togliere l'assegnazione: la corsia dice quale servizio fa il passo.",
    "taskSchedule": "Usare una scadenza (staffetta:deadline).",
    "priorityDefinition": "Togliere la priorità: conta la scadenza.",
    "executionListeners": "Togliere gli ascoltatori: ciò che deve succedere si disegna come passo.",
    "executionListener": "Togliere gli ascoltatori: ciò che deve succedere si disegna come passo.",
    "taskListeners": "Togliere gli ascoltatori: ciò che deve succedere si disegna come passo.",
    "taskListener": "Togliere gli ascoltatori: ciò che deve succedere si disegna come passo.",
    "formData": "Disegnare il modulo (.form) e collegarlo con zeebe:formDefinition.",
    "inputOutput": "Scrivere ingressi e uscite con zeebe:ioMapping, in FEEL.",
    "loopDataInputRef": "Indicare la lista in zeebe:loopCharacteristics, inputCollection.",
    "loopDataOutputRef": "Indicare la lista in zeebe:loopCharacteristics, outputCollection.",
    "inputDataItem": "Indicare il nome in zeebe:loopCharacteristics, inputElement.",
    "outputDataItem": "Indicare il risultato in zeebe:loopCharacteristics, outputElement.",
    "complexBehaviorDefinition": "Fermare le altre volte con una condizione di completamento.",
    "transformation": "Calcolare il valore in una script task, o in un ingresso (zeebe:input).",
    "assignment": "Calcolare il valore in una script task, o in un ingresso (zeebe:input).",
    "messageEventDefinition": "Metterlo su un inizio, un bordo, un'attesa, un avviso o una fine.",
    "signalEventDefinition": "Metterlo su un inizio, un bordo, un'attesa, un avviso o una fine.",
    "timerEventDefinition": "Mettere il timer su un bordo, in un'attesa, o all'inizio di un sottoprocesso evento.",
    "errorEventDefinition": "Chiudere il sottoprocesso con una fine di errore, e prenderla sul suo bordo.",
    "compensateEventDefinition": "Metterlo su un bordo con la sua attività; lanciarlo con un avviso o una fine.",
    "cancelEventDefinition": "Metterlo su una fine dentro una transazione, e sul bordo della transazione.",
    "conditionalEventDefinition": "Metterlo su un bordo, in un'attesa, o all'inizio di un sottoprocesso evento.",
    "linkEventDefinition": "Metterlo su un evento intermedio: uno che lancia e uno che riceve, con lo stesso nome.",
    "escalationEventDefinition": "Lanciarla con un evento intermedio o una fine; prenderla su un bordo.",
    "terminateEventDefinition": "Metterlo su un evento di fine.",
    "childLaneSet": "Usare corsie di un solo livello: una corsia è un servizio.",
}
