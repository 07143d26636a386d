"""From a BPMN file to `model.Process`: one executable process a file, all problems at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from lxml import etree

import feel
from engine import errors, xml_source
from engine.bpmn import allowlist, dialect, model
from engine.bpmn.expressions import Expression, compile_feel, constant
from engine.errors import Problem
from feel import italian

_B = f"{{{dialect.BPMN}}}"
_Z = f"{{{dialect.ZEEBE}}}"
_S = f"{{{dialect.STAFFETTA}}}"
_EVENT_DEFINITIONS = {f"{_B}{kind}EventDefinition" for kind in ("timer", "message", "error")}
_BOUNDS = xml_source.Bounds(
    elements=2_000, depth=40, way_out="Dividere il protocollo in più diagrammi collegati da call activity."
)
_SHORT = 80  # characters of an expression that a problem quotes
_ID = re.compile(r"[^\W\d][\w.-]*\Z")  # what XML allows (without the colon, which BPMN does not)
_NODE_KINDS = {str(kind): kind for kind in model.Kind}


@dataclass(slots=True)
class _Reading:
    """What is being gathered while one file is read."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    messages: dict[str, model.Message] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def problem(self, element: etree._Element, reason: str, way_out: str) -> None:
        self.problems.append(Problem(allowlist.label(element), reason, way_out, element.sourceline))


def read(content: bytes, name: str) -> model.Process:
    """Read the executable process of a BPMN file called `name` (for messages).

    Raises InvalidProcess with every construct that is not accepted and every text that cannot be understood.
    """
    root = xml_source.parse(content, name, _BOUNDS)
    reading = _Reading(name)
    reading.problems += allowlist.check(root)
    if reading.problems:
        raise errors.InvalidProcess(tuple(reading.problems))
    _read_ids(root, reading)
    _read_messages(root, reading)
    executable = [process for process in root.iterchildren(f"{_B}process") if process.get("isExecutable") == "true"]
    if len(executable) != 1:
        reason = f"Il file ha {len(executable)} processi eseguibili: ne serve esattamente uno."
        reading.problem(root, reason, 'Tenere un solo processo con isExecutable="true" per file.')
        raise errors.InvalidProcess(tuple(reading.problems))
    process = _read_process(executable[0], reading)
    if reading.problems:
        raise errors.InvalidProcess(tuple(reading.problems))
    return process


def _read_ids(root: etree._Element, reading: _Reading) -> None:
    for element in root.iter(f"{_B}*"):
        key = element.get("id")
        if key is None:
            continue
        if key in reading.ids:
            reading.problem(element, f"L'identificativo «{key}» è usato due volte.", "Dare a ogni elemento il suo.")
        if not _ID.match(key):
            reason = f"L'identificativo «{key}» non è valido."
            reading.problem(element, reason, "Usare lettere, cifre, _ . - e cominciare con una lettera.")
        reading.ids[key] = element.sourceline or 0


def _read_messages(root: etree._Element, reading: _Reading) -> None:
    for element in root.iterchildren(f"{_B}message"):
        name = (element.get("name") or "").strip()
        if not name:
            reading.problem(element, "Il messaggio non ha nome.", "Dare un nome al messaggio, per esempio MSG_ESITO.")
        subscription = next(_extensions(element, f"{_Z}subscription"), None)
        correlation = None
        if subscription is not None:
            correlation = _expression(subscription, "correlationKey", reading)
        reading.messages[element.get("id") or ""] = model.Message(name, correlation)
    for element in root.iterchildren(f"{_B}error"):
        code = (element.get("errorCode") or "").strip()
        if not code:
            reading.problem(element, "L'errore non ha codice.", "Dare un codice (errorCode) all'errore.")
        reading.errors[element.get("id") or ""] = code


def _read_process(element: etree._Element, reading: _Reading) -> model.Process:
    if not element.get("id"):
        reading.problem(
            element, "Il processo non ha identificativo.", "Dare al processo un id uguale al nome del file."
        )
    lanes = _read_lanes(element, reading)
    variables = tuple(
        model.Variable(variable.get("name") or "", variable.get("type") or "string")
        for variable in _extensions(element, f"{_S}variable")
    )
    scope = _read_scope(element, reading, lane=None)
    all_nodes = {node.id: node for node in _walk(scope)}
    for key in sorted(reading.lanes.keys() - all_nodes.keys()):
        reading.problem(element, f"Una corsia nomina «{key}», che non esiste.", "Togliere il riferimento.")
    return model.Process(
        id=element.get("id") or "",
        name=element.get("name") or element.get("id") or "",
        line=element.sourceline or 0,
        documentation=_documentation(element),
        lanes=lanes,
        variables=variables,
        scope=scope,
        all_nodes=all_nodes,
    )


def _read_lanes(element: etree._Element, reading: _Reading) -> tuple[model.Lane, ...]:
    lanes = []
    for lane in element.iterchildren(f"{_B}laneSet"):
        for item in lane.iterchildren(f"{_B}lane"):
            key = item.get("id") or ""
            lanes.append(model.Lane(key, item.get("name") or key))
            for reference in item.iterchildren(f"{_B}flowNodeRef"):
                node = (reference.text or "").strip()
                if reading.lanes.setdefault(node, key) != key:
                    reading.problem(item, f"«{node}» sta in due corsie.", "Metterlo in una sola.")
    return tuple(lanes)


def _walk(scope: model.Scope) -> Iterator[model.Node]:
    for node in scope.nodes.values():
        yield node
        if node.scope is not None:
            yield from _walk(node.scope)


def _read_scope(element: etree._Element, reading: _Reading, lane: str | None) -> model.Scope:
    nodes: dict[str, model.Node] = {}
    flows: dict[str, model.Flow] = {}
    for child in element:
        tag = etree.QName(child).localname
        if child.tag == f"{_B}sequenceFlow":
            flow = _read_flow(child, reading, len(flows))
            flows[flow.id] = flow
        elif child.tag == f"{_B}{tag}" and tag in _NODE_KINDS:
            node = _read_node(child, _NODE_KINDS[tag], reading, lane)
            if node.id:
                nodes[node.id] = node
            else:
                reading.problem(child, f"Un elemento {tag} non ha identificativo.", "Dargli un id.")
    return model.Scope(element.get("id") or "", nodes, flows)


def _read_flow(element: etree._Element, reading: _Reading, position: int) -> model.Flow:
    condition = element.find(f"{_B}conditionExpression")
    line = element.sourceline or 0
    return model.Flow(
        # BPMN lets a flow go without an id; its place in the document makes one that no element can have.
        id=element.get("id") or f"flow:{position}:{element.get('sourceRef')}:{element.get('targetRef')}",
        source=element.get("sourceRef") or "",
        target=element.get("targetRef") or "",
        condition=None if condition is None else _feel_only(condition, condition.text or "", reading),
        line=line,
    )


def _read_node(element: etree._Element, kind: model.Kind, reading: _Reading, lane: str | None) -> model.Node:
    key = element.get("id") or ""
    lane = reading.lanes.get(key, lane)
    node = model.Node(
        id=key,
        kind=kind,
        name=" ".join((element.get("name") or "").split()),
        line=element.sourceline or 0,
        lane=lane,
        documentation=_documentation(element),
        default_flow=element.get("default"),
        inputs=_mappings(element, f"{_Z}input", reading),
        outputs=_mappings(element, f"{_Z}output", reading),
    )
    return _READERS[kind](node, element, reading)


def _read_user_task(node: model.Node, element: etree._Element, reading: _Reading) -> model.Node:
    deadlines = tuple(
        model.Deadline(
            clock=item.get("clock") or "",
            parameter=item.get("parameter") or "",
            escalation_class=item.get("class"),
            nature=item.get("nature") or "",
            condition=_optional(item, "condition", reading),
            start=_optional(item, "start", reading),
        )
        for item in _extensions(element, f"{_S}deadline")
    )
    return replace(
        node,
        form_id=_form_id(element),
        deadlines=deadlines,
        separate_from=tuple(item.get("task") or "" for item in _extensions(element, f"{_S}separateFrom")),
        explains=next((item.get("task") or "" for item in _extensions(element, f"{_S}explains")), None),
        assigns_lanes=tuple(item.get("lane") or "" for item in _extensions(element, f"{_S}laneAssignment")),
    )


def _form_id(element: etree._Element) -> str | None:
    form = next(_extensions(element, f"{_Z}formDefinition"), None)
    return None if form is None else form.get("formId") or ""


def _read_call(node: model.Node, element: etree._Element, reading: _Reading) -> model.Node:
    called = next(_extensions(element, f"{_Z}calledElement"), None)
    if called is None or not called.get("processId"):
        reading.problem(element, "La call activity non dice quale processo chiama.", "Indicare il processo chiamato.")
        return node
    if (called.get("processId") or "").startswith("="):
        reading.problem(element, "Il processo chiamato è un'espressione.", "Indicare il nome del processo.")
    for attribute in ("propagateAllChildVariables", "propagateAllParentVariables"):
        if called.get(attribute) != "false":
            reason = f"La call activity lascia passare tutte le variabili ({attribute})."
            way_out = f'Mettere {attribute}="false" ed elencare in ioMapping i soli campi che devono passare.'
            reading.problem(element, reason, way_out)
    return replace(node, called=called.get("processId"))


def _read_rule(node: model.Node, element: etree._Element, reading: _Reading) -> model.Node:
    called = next(_extensions(element, f"{_Z}calledDecision"), None)
    decision = "" if called is None else called.get("decisionId") or ""
    if called is None or not decision:
        way_out = "Indicare l'id della decisione (zeebe:calledDecision)."
        reading.problem(element, "La business rule task non dice quale decisione chiede.", way_out)
        return node
    if decision.startswith("="):
        reading.problem(element, "La decisione chiesta è un'espressione.", "Indicare l'id della decisione.")
    return replace(node, decision=decision, result=called.get("resultVariable") or "")


def _read_subprocess(node: model.Node, element: etree._Element, reading: _Reading) -> model.Node:
    return replace(node, scope=_read_scope(element, reading, node.lane))


def _read_event(node: model.Node, element: etree._Element, reading: _Reading) -> model.Node:
    definitions = [child for child in element if str(child.tag) in _EVENT_DEFINITIONS]
    if len(definitions) > 1:
        reading.problem(element, "L'evento ha più definizioni.", "Tenere una sola definizione per evento.")
    for definition in definitions[:1]:
        tag = etree.QName(definition).localname
        if tag == "timerEventDefinition":
            node = replace(node, timer=_timer(definition, reading))
        elif tag == "messageEventDefinition":
            node = replace(node, message=_message(definition, reading))
        else:
            node = replace(node, is_error=True, error_code=_error_code(node, definition, reading))
    if node.kind is model.Kind.START:
        node = replace(node, form_id=_form_id(element))
    if node.kind is model.Kind.BOUNDARY:
        interrupting = element.get("cancelActivity", "true") == "true"
        node = replace(node, attached_to=element.get("attachedToRef"), interrupting=interrupting)
    return node


def _error_code(node: model.Node, definition: etree._Element, reading: _Reading) -> str | None:
    reference = definition.get("errorRef")
    if reference is None and node.kind is model.Kind.BOUNDARY:
        return None  # catches every error
    if reference not in reading.errors:
        reading.problem(definition, "L'evento di errore non dice quale errore.", "Collegarlo a un errore con codice.")
        return None
    return reading.errors[reference]


def _message(definition: etree._Element, reading: _Reading) -> model.Message | None:
    message = reading.messages.get(definition.get("messageRef") or "")
    if message is None:
        reading.problem(definition, "L'evento non dice quale messaggio.", "Collegarlo a un messaggio con nome.")
    return message


def _timer(definition: etree._Element, reading: _Reading) -> model.Timer | None:
    times = [child for child in definition if child.tag in {f"{_B}timeDuration", f"{_B}timeDate"}]
    if len(times) != 1:
        reading.problem(definition, "Il timer non dice quando scatta.", "Indicare una durata o una data, una sola.")
        return None
    element = times[0]
    kind = model.TimerKind(etree.QName(element).localname)
    text = (element.text or "").strip()
    if text.startswith("="):
        expression = _feel_only(element, text, reading)
        return None if expression is None else model.Timer(kind, expression)
    value = _literal_time(kind, text)
    if value is None:
        reading.problem(
            element,
            f"Il timer «{_short(text)}» non è una durata positiva, né una data e ora con il fuso, in ISO 8601.",
            'Usare un parametro, per esempio =param("D03"), o un testo come PT30M o 2026-03-02T09:00:00+01:00.',
        )
        return None
    return model.Timer(kind, constant(text, value))


def _literal_time(kind: model.TimerKind, text: str) -> object:
    """Read an ISO 8601 text that says for itself when; None when it does not."""
    try:
        if kind is model.TimerKind.DATE:
            moment = feel.parse_date_time(text)
            return moment if moment.tzinfo is not None else None
        duration = feel.parse_duration(text)
    except feel.FeelError:
        return None
    if isinstance(duration, timedelta):
        return duration if duration >= timedelta(0) else None
    return duration if duration.months >= 0 else None


def _mappings(element: etree._Element, tag: str, reading: _Reading) -> tuple[model.IoMapping, ...]:
    found = []
    for mapping in _extensions(element, f"{_Z}ioMapping"):
        for line in mapping.iterchildren(tag):
            expression = _feel_only(line, line.get("source") or "", reading)
            if expression is not None:
                found.append(model.IoMapping(expression, line.get("target") or ""))
    return tuple(found)


def _expression(element: etree._Element, attribute: str, reading: _Reading) -> Expression | None:
    return _feel_only(element, element.get(attribute) or "", reading)


def _optional(element: etree._Element, attribute: str, reading: _Reading) -> Expression | None:
    return None if element.get(attribute) is None else _expression(element, attribute, reading)


def _feel_only(element: etree._Element, text: str | None, reading: _Reading) -> Expression | None:
    text = (text or "").strip()
    if not text.startswith("="):
        way_out = 'Scrivere un\'espressione FEEL che comincia con =, per esempio =livello = "ALTO".'
        reading.problem(element, f"«{_short(text)}» non è un'espressione FEEL.", way_out)
        return None
    try:
        expression = compile_feel(text[1:])
    except feel.FeelError as error:
        reason = f"L'espressione FEEL «{_short(text)}» ha un errore: {italian.said(error)}."
        reading.problem(element, reason, "Correggere l'espressione.")
        return None
    for doubt in expression.doubts:
        # Valid FEEL that can only give null, such as duration("PT1X"): nobody means it.
        reason = f"L'espressione FEEL «{_short(text)}» non può dare un valore: {italian.said(doubt)}."
        reading.problem(element, reason, "Correggere l'espressione.")
    return expression


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _extensions(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    for holder in element.iterchildren(f"{_B}extensionElements"):
        yield from holder.iterchildren(tag)


def _documentation(element: etree._Element) -> str:
    found = element.find(f"{_B}documentation")
    return "" if found is None else (found.text or "").strip()


def _read_plain(node: model.Node, _element: etree._Element, _reading: _Reading) -> model.Node:
    return node


_READERS = {
    model.Kind.USER_TASK: _read_user_task,
    model.Kind.RULE: _read_rule,
    model.Kind.CALL: _read_call,
    model.Kind.SUBPROCESS: _read_subprocess,
    model.Kind.START: _read_event,
    model.Kind.BOUNDARY: _read_event,
    model.Kind.CATCH: _read_event,
    model.Kind.END: _read_event,
    model.Kind.EXCLUSIVE: _read_plain,
    model.Kind.PARALLEL: _read_plain,
}
