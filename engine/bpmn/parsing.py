"""From a BPMN file to `model.Process`: one executable process a file, all problems at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import etree

from engine import errors, xml_source
from engine.bpmn import allowlist, dialect, model
from engine.bpmn.read_events import read_event, read_trigger
from engine.bpmn.read_loops import read_loop
from engine.bpmn.reading import (
    B,
    Reading,
    S,
    Z,
    expression,
    extensions,
    feel_only,
    form_id,
    handover,
    lane_rule,
    message,
    optional,
    pauses,
    publication,
)

_BOUNDS = xml_source.Bounds(
    elements=2_000, depth=40, way_out="Dividere il protocollo in più diagrammi collegati da call activity."
)
_ID = re.compile(r"[^\W\d][\w.-]*\Z")  # what XML allows (without the colon, which BPMN does not)
_TRIES = re.compile(r"([1-9]|1[0-9]|20)\Z", re.ASCII)
_NODE_KINDS = {str(kind): kind for kind in model.Kind}


def read(content: bytes, name: str) -> model.Process:
    """Read the executable process of a BPMN file called `name` (for messages).

    Raises InvalidProcess with every construct that is not accepted and every text that cannot be understood.
    """
    root = xml_source.parse(content, name, _BOUNDS)
    reading = Reading(name)
    process = _read(root, reading)
    names = _names(root)
    problems = tuple(errors.named(reading.problems, names))
    if process is None or errors.refusals(problems):
        raise errors.InvalidProcess(problems)
    pictured = {shape.get("bpmnElement") for shape in root.iter(f"{{{dialect.DI}}}BPMNShape")}
    undrawn = tuple(key for key in process.all_nodes if key not in pictured)
    return replace(process, names=names, warnings=problems, undrawn=undrawn)


def _read(root: etree._Element, reading: Reading) -> model.Process | None:
    reading.problems += allowlist.check(root)
    if errors.refusals(reading.problems):
        return None
    _read_ids(root, reading)
    _read_messages(root, reading)
    reading.associations = [
        (item.get("sourceRef") or "", item.get("targetRef") or "") for item in root.iter(f"{B}association")
    ]
    reading.definitions = {item.get("id") or "": item for item in root if str(item.tag).endswith("EventDefinition")}
    executable = [process for process in root.iterchildren(f"{B}process") if process.get("isExecutable") == "true"]
    if not executable:
        way_out = 'Segnare come eseguibile (isExecutable="true") il processo che deve andare.'
        reading.problem(root, "Nessun processo del file è eseguibile: è soltanto un disegno.", way_out)
        return None
    if len(executable) > 1:
        reason = f"Il file ha {len(executable)} processi eseguibili: se ne carica uno per file."
        reading.problem(root, reason, "Mettere ogni piscina in un file suo; si parlano con messaggi o call activity.")
        return None
    return _read_process(executable[0], reading)


def _names(root: etree._Element) -> dict[str, str]:
    """Give what people call the elements, by id; a flow without a name goes from one element to another."""
    names = {item.get("id") or "": " ".join((item.get("name") or "").split()) for item in root.iter(f"{B}*")}
    for flow in root.iter(f"{B}sequenceFlow"):
        ends = [flow.get(end) or "" for end in ("sourceRef", "targetRef")]
        if not names.get(flow.get("id") or ""):
            names[flow.get("id") or ""] = " → ".join(names.get(key) or key for key in ends)
    return {key: name for key, name in names.items() if key and name}


def _read_ids(root: etree._Element, reading: Reading) -> None:
    for element in root.iter(f"{B}*"):
        key = element.get("id")
        if key is None:
            continue
        if key in reading.ids:
            reading.problem(element, f"L'identificativo «{key}» è usato due volte.", "Dare a ogni elemento il suo.")
        if not _ID.match(key):
            reason = f"L'identificativo «{key}» non è valido."
            reading.problem(element, reason, "Usare lettere, cifre, _ . - e cominciare con una lettera.")
        reading.ids[key] = element.sourceline or 0


def _read_messages(root: etree._Element, reading: Reading) -> None:
    for element in root.iterchildren(f"{B}message"):
        name = (element.get("name") or "").strip()
        if not name:
            reading.problem(element, "Il messaggio non ha nome.", "Dare un nome al messaggio, per esempio MSG_ESITO.")
        subscription = next(extensions(element, f"{Z}subscription"), None)
        correlation = None
        if subscription is not None:
            correlation = expression(subscription, "correlationKey", reading)
        reading.messages[element.get("id") or ""] = model.Message(name, correlation)
    for element in root.iterchildren(f"{B}signal"):
        reading.signals[element.get("id") or ""] = _signal(element, reading)
    for element in root.iterchildren(f"{B}error"):
        code = (element.get("errorCode") or "").strip()
        if not code:
            reading.problem(element, "L'errore non ha codice.", "Dare un codice (errorCode) all'errore.")
        reading.errors[element.get("id") or ""] = code
    for element in root.iterchildren(f"{B}escalation"):
        # One without a code can only be caught, and stands for all: who throws it is refused.
        reading.escalations[element.get("id") or ""] = (element.get("escalationCode") or "").strip()


def _signal(element: etree._Element, reading: Reading) -> model.Signal:
    name = (element.get("name") or "").strip()
    if not name or name.startswith("="):
        way_out = "Dare al segnale un nome, per esempio SIG_REVOCA; un'espressione non può esserlo."
        reading.problem(element, "Il segnale non ha nome.", way_out)
    scope = next((item.get("value") or "" for item in extensions(element, f"{S}scope")), "case")
    if scope not in {"case", "network"}:
        reading.problem(element, f"Il segnale ha scope=«{scope}».", "Usare uno di: case, network.")
    return model.Signal(name, network=scope == "network")


def _read_process(element: etree._Element, reading: Reading) -> model.Process:
    if not element.get("id"):
        reading.problem(
            element, "Il processo non ha identificativo.", "Dare al processo un id uguale al nome del file."
        )
    lanes = _read_lanes(element, reading)
    variables = tuple(
        model.Variable(variable.get("name") or "", variable.get("type") or "string")
        for variable in extensions(element, f"{S}variable")
    )
    scope = _read_scope(element, reading, lane=None)
    all_nodes = {node.id: node for node in scope.walk()}
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


def _read_lanes(element: etree._Element, reading: Reading) -> tuple[model.Lane, ...]:
    lanes = []
    for lane in element.iterchildren(f"{B}laneSet"):
        for item in lane.iterchildren(f"{B}lane"):
            key = item.get("id") or ""
            lanes.append(model.Lane(key, item.get("name") or key, lane_rule(item, key, reading)))
            for reference in item.iterchildren(f"{B}flowNodeRef"):
                node = (reference.text or "").strip()
                if reading.lanes.setdefault(node, key) != key:
                    reading.problem(item, f"«{node}» sta in due corsie.", "Metterlo in una sola.")
    return tuple(lanes)


def _read_scope(element: etree._Element, reading: Reading, lane: str | None) -> model.Scope:
    nodes: dict[str, model.Node] = {}
    flows: dict[str, model.Flow] = {}
    for child in element:
        tag = etree.QName(child).localname
        if child.tag == f"{B}sequenceFlow":
            flow = _read_flow(child, reading, len(flows))
            flows[flow.id] = flow
        elif child.tag == f"{B}{tag}" and tag in _NODE_KINDS:
            node = _read_node(child, _NODE_KINDS[tag], reading, lane)
            if node.id:
                nodes[node.id] = node
            else:
                reading.problem(child, f"Un elemento {tag} non ha identificativo.", "Dargli un id.")
    flows |= {flow.id: flow for flow in _links(nodes)}
    return model.Scope(element.get("id") or "", nodes, flows)


def _links(nodes: Mapping[str, model.Node]) -> Iterator[model.Flow]:
    """Give the flow that each pair of link events stands for; a throw without its catch leads nowhere."""
    targets = {node.link: node.id for node in nodes.values() if node.link and node.kind is model.Kind.CATCH}
    for node in nodes.values():
        if node.link in targets and node.kind is model.Kind.THROW:
            yield model.Flow(f"{model.LINK}{node.id}", node.id, targets[node.link], None, node.line)


def _read_flow(element: etree._Element, reading: Reading, position: int) -> model.Flow:
    condition = element.find(f"{B}conditionExpression")
    line = element.sourceline or 0
    return model.Flow(
        # BPMN lets a flow go without an id; its place in the document makes one that no element can have.
        id=element.get("id") or f"flow:{position}:{element.get('sourceRef')}:{element.get('targetRef')}",
        source=element.get("sourceRef") or "",
        target=element.get("targetRef") or "",
        condition=None if condition is None else feel_only(condition, condition.text or "", reading),
        line=line,
    )


def _read_node(element: etree._Element, kind: model.Kind, reading: Reading, lane: str | None) -> model.Node:
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
        inputs=_mappings(element, f"{Z}input", reading),
        outputs=_mappings(element, f"{Z}output", reading),
        for_compensation=element.get("isForCompensation") == "true",
    )
    if kind in model.ACTIVITIES | model.INSTANT:
        node = read_loop(node, element, reading)
    return _READERS[kind](node, element, reading)


def _read_user_task(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    deadlines = tuple(
        model.Deadline(
            clock=item.get("clock") or "",
            parameter=item.get("parameter") or "",
            escalation_class=item.get("class"),
            nature=item.get("nature") or "",
            condition=optional(item, "condition", reading),
            start=optional(item, "start", reading),
            consequence=(item.get("consequence") or "", item.get("consequenceEn") or ""),
        )
        for item in extensions(element, f"{S}deadline")
    )
    return replace(
        node,
        form_id=form_id(element),
        deadlines=deadlines,
        pauses=pauses(element),
        separate_from=tuple(item.get("task") or "" for item in extensions(element, f"{S}separateFrom")),
        four_eyes=any(True for _ in extensions(element, f"{S}fourEyes")),
        calls_her=any(True for _ in extensions(element, f"{S}callsHer")),
        retain_familiar=next((item.get("task") or "" for item in extensions(element, f"{S}retainFamiliar")), None),
        explains=next((item.get("task") or "" for item in extensions(element, f"{S}explains")), None),
        assigns_lanes=tuple(item.get("lane") or "" for item in extensions(element, f"{S}laneAssignment")),
        handover=handover(element, node.lane, reading),
    )


def _read_call(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    called = next(extensions(element, f"{Z}calledElement"), None)
    if called is None or not called.get("processId"):
        reading.problem(element, "La call activity non dice quale processo chiama.", "Indicare il processo chiamato.")
        return node
    for attribute in ("propagateAllChildVariables", "propagateAllParentVariables"):
        if called.get(attribute) != "false":
            reason = f"La call activity lascia passare tutte le variabili ({attribute})."
            way_out = f'Mettere {attribute}="false" ed elencare in ioMapping i soli campi che devono passare.'
            reading.problem(element, reason, way_out)
    return _read_called(node, called, element, reading)


def _read_called(node: model.Node, called: etree._Element, element: etree._Element, reading: Reading) -> model.Node:
    """Read which process is called, or which ones may be: those are pinned to their versions at deploy."""
    process_id = called.get("processId") or ""
    callable_ids = tuple(item.get("processId") or "" for item in extensions(element, f"{S}callable"))
    if not process_id.startswith("="):
        if callable_ids:
            reason = "La call activity elenca più processi, ma ne chiama sempre lo stesso."
            reading.problem(element, reason, "Togliere staffetta:callable, o scegliere con un'espressione.")
        return replace(node, called=(process_id,))
    if not callable_ids:
        reason = "La call activity sceglie il processo con un'espressione, ma non dice fra quali."
        reading.problem(element, reason, 'Elencarli, ognuno con <staffetta:callable processId="…" />.')
    return replace(node, called=callable_ids, chosen=feel_only(called, process_id, reading))


def _read_rule(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    called = next(extensions(element, f"{Z}calledDecision"), None)
    decision = "" if called is None else called.get("decisionId") or ""
    if called is None or not decision:
        way_out = "Indicare l'id della decisione (zeebe:calledDecision)."
        reading.problem(element, "La business rule task non dice quale decisione chiede.", way_out)
        return node
    if decision.startswith("="):
        reading.problem(element, "La decisione chiesta è un'espressione.", "Indicare l'id della decisione.")
    return replace(node, decision=decision, result=called.get("resultVariable") or "")


def _read_script(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    script = next(extensions(element, f"{Z}script"), None)
    if script is None:
        way_out = "Scrivere in zeebe:script l'espressione FEEL e la variabile del risultato."
        reading.problem(element, "La script task non dice che cosa calcolare.", way_out)
        return node
    result = (script.get("resultVariable") or "").strip()
    return replace(node, script=expression(script, "expression", reading), result=result)


def _read_receive(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    return replace(node, message=message(element, reading))


def _read_service(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    said = next(extensions(element, f"{Z}taskDefinition"), None)
    name = "" if said is None else (said.get("type") or "").strip()
    if said is None or not name or name.startswith("="):
        way_out = "Scrivere in zeebe:taskDefinition, type, il nome di una funzione installata."
        reading.problem(element, "La service task non dice quale funzione chiama.", way_out)
        return node
    tries = said.get("retries") or "3"
    if not _TRIES.match(tries):
        reading.problem(element, f"«{tries}» non dice quante volte si prova.", "Scrivere un numero da 1 a 20.")
        return node
    return replace(node, service=model.Service(name, int(tries)))


def _read_send(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    return replace(node, sends=publication(element, reading))


def _read_subprocess(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    scope = _read_scope(element, reading, node.lane)
    if element.get("triggeredByEvent") == "true":
        return read_trigger(replace(node, triggered=True), scope, element, reading)
    return replace(node, scope=scope)


def _read_ad_hoc(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    condition = element.find(f"{B}completionCondition")
    given = next(extensions(element, f"{Z}adHoc"), None)
    if element.get("triggeredByEvent") == "true":
        way_out = "Metterlo dentro un sottoprocesso evento."
        reading.problem(element, "Un sottoprocesso ad hoc non parte da un evento.", way_out)
    ad_hoc = model.AdHoc(
        sequential=element.get("ordering") == "Sequential",
        cancels_remaining=element.get("cancelRemainingInstances", "true") == "true",
        completion=None if condition is None else feel_only(condition, condition.text or "", reading),
        active=None if given is None else optional(given, "activeElementsCollection", reading),
    )
    return replace(node, scope=replace(_read_scope(element, reading, node.lane), ad_hoc=True), ad_hoc=ad_hoc)


def _read_complex(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    condition = element.find(f"{B}activationCondition")
    return replace(node, activation=None if condition is None else feel_only(condition, condition.text or "", reading))


def _mappings(element: etree._Element, tag: str, reading: Reading) -> tuple[model.IoMapping, ...]:
    found = []
    for mapping in extensions(element, f"{Z}ioMapping"):
        for line in mapping.iterchildren(tag):
            expression = feel_only(line, line.get("source") or "", reading)
            if expression is not None:
                found.append(model.IoMapping(expression, line.get("target") or ""))
    return tuple(found)


def _documentation(element: etree._Element) -> str:
    found = element.find(f"{B}documentation")
    return "" if found is None else (found.text or "").strip()


def _read_plain(node: model.Node, _element: etree._Element, _reading: Reading) -> model.Node:
    return node


_READERS = {
    model.Kind.TASK: _read_plain,
    model.Kind.MANUAL: _read_plain,
    model.Kind.USER_TASK: _read_user_task,
    model.Kind.SCRIPT: _read_script,
    model.Kind.RECEIVE: _read_receive,
    model.Kind.SEND: _read_send,
    model.Kind.SERVICE: _read_service,
    model.Kind.RULE: _read_rule,
    model.Kind.CALL: _read_call,
    model.Kind.SUBPROCESS: _read_subprocess,
    model.Kind.TRANSACTION: _read_subprocess,
    model.Kind.AD_HOC: _read_ad_hoc,
    model.Kind.START: read_event,
    model.Kind.BOUNDARY: read_event,
    model.Kind.CATCH: read_event,
    model.Kind.THROW: read_event,
    model.Kind.END: read_event,
    model.Kind.EXCLUSIVE: _read_plain,
    model.Kind.PARALLEL: _read_plain,
    model.Kind.INCLUSIVE: _read_plain,
    model.Kind.COMPLEX: _read_complex,
    model.Kind.EVENT_BASED: _read_plain,
}
