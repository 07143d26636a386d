"""From the events of a BPMN file to what they wait for or throw."""

from dataclasses import replace
from typing import Any

from lxml import etree

import feel
from engine.bpmn import dialect, model
from engine.bpmn.expressions import constant, repetition
from engine.bpmn.reading import B, Reading, Z, duration, extensions, feel_only, form_id, message, publication, short


def read_event(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    """Read what an event waits for or throws."""
    definitions = [child for child in element if str(child.tag).endswith("EventDefinition")]
    definitions += _referred(element, reading)
    if node.kind is model.Kind.START:
        node = replace(node, form_id=form_id(element), interrupting=element.get("isInterrupting", "true") == "true")
    if node.kind is model.Kind.BOUNDARY:
        interrupting = element.get("cancelActivity", "true") == "true"
        node = replace(node, attached_to=element.get("attachedToRef"), interrupting=interrupting)
    for_all = element.get("parallelMultiple") == "true" and len(definitions) > 1
    each = [read_definition(node, item, reading) for item in definitions]
    if node.kind is model.Kind.BOUNDARY and len(each) == 1 and each[0].compensation is not None:
        return replace(each[0], handler=_handler(node, element, reading))
    return replace(each[0], others=tuple(each[1:]), for_all=for_all) if each else node


def read_definition(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    """Give a node what one definition says that it waits for or throws."""
    return _READERS[etree.QName(definition).localname](node, definition, reading)


def _handler(node: model.Node, element: etree._Element, reading: Reading) -> str | None:
    """Give the activity that an association ties to a compensation event."""
    tied = [target for source, target in reading.associations if source == node.id]
    if len(tied) != 1:
        way_out = "Collegare l'evento, con un'associazione, a una sola attività di compensazione."
        reading.problem(element, "La compensazione non dice quale attività disfa ciò che è stato fatto.", way_out)
        return None
    return tied[0]


def _referred(element: etree._Element, reading: Reading) -> list[etree._Element]:
    """Give the definitions at the top of the file that an event refers to, for several events to share."""
    found = []
    for reference in element.iterchildren(f"{B}eventDefinitionRef"):
        key = (reference.text or "").strip().rpartition(":")[2]
        definition = reading.definitions.get(key)
        allowed = dialect.ELEMENTS[etree.QName(element).localname][1]
        if definition is None or etree.QName(definition).localname not in allowed:
            way_out = "Scrivere la definizione dentro l'evento, o riferirsi a una che può stare lì."
            reading.problem(element, f"L'evento si riferisce a «{key}», che qui non vale.", way_out)
        else:
            found.append(definition)
    return found


def read_trigger(node: model.Node, scope: model.Scope, element: etree._Element, reading: Reading) -> model.Node:
    """Give an event subprocess what its start event waits for; inside, that start is then like any other."""
    starts = [inner for inner in scope.nodes.values() if inner.kind is model.Kind.START]
    if len(starts) != 1:
        way_out = "Tenere nel sottoprocesso evento un solo inizio, con ciò che lo fa scattare."
        reading.problem(element, "Il sottoprocesso evento non ha esattamente un inizio.", way_out)
        return replace(node, scope=scope)
    start = starts[0]
    inside = {**scope.nodes, start.id: _untriggered(start)}
    return replace(
        node,
        scope=replace(scope, nodes=inside),
        interrupting=start.interrupting,
        for_all=start.for_all,
        **_trigger(start),
        others=tuple(replace(node, interrupting=start.interrupting, **_trigger(other)) for other in start.others),
    )


def _trigger(start: model.Node) -> dict[str, Any]:
    """Give what a start event waits for, as fields of a node."""
    return {name: getattr(start, name) for name in _TRIGGER}


def _untriggered(start: model.Node) -> model.Node:
    return replace(start, **_NO_TRIGGER, others=(), for_all=False, interrupting=True)


def _read_timer(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    return replace(node, timer=_timer(definition, reading))


def _read_message(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    if node.kind in {model.Kind.THROW, model.Kind.END}:
        return replace(node, sends=publication(definition, reading))
    if next(extensions(definition, f"{Z}publishMessage"), None) is not None:
        way_out = "Toglierla: la chiave di chi aspetta sta nel messaggio (zeebe:subscription)."
        reading.problem(definition, "Chi aspetta un messaggio non ne manda.", way_out)
    return replace(node, message=message(definition, reading))


def _read_signal(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    found = reading.signals.get(definition.get("signalRef") or "")
    if found is None:
        reading.problem(definition, "L'evento non dice quale segnale.", "Collegarlo a un segnale con nome.")
    return replace(node, signal=found)


def _read_link(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    name = (definition.get("name") or "").strip()
    if not name:
        way_out = "Dare lo stesso nome al collegamento che lancia e a quello che riceve."
        reading.problem(definition, "Il collegamento non ha nome.", way_out)
    return replace(node, link=name)


def _read_condition(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    condition = definition.find(f"{B}condition")
    text = None if condition is None else condition.text
    return replace(node, condition=feel_only(definition, text, reading))


def _read_error(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    return replace(node, is_error=True, error_code=_error_code(node, definition, reading))


def _read_escalation(node: model.Node, definition: etree._Element, reading: Reading) -> model.Node:
    reference = definition.get("escalationRef")
    if reference is None and node.kind in _CATCHING:
        return replace(node, escalation=model.Escalation(None))  # catches every escalation
    if reference not in reading.escalations:
        way_out = "Collegarlo a un'escalation con codice."
        reading.problem(definition, "L'evento non dice quale escalation.", way_out)
        return replace(node, escalation=model.Escalation(""))
    code = reading.escalations[reference]
    return replace(node, escalation=model.Escalation(None if not code and node.kind in _CATCHING else code))


def _read_terminate(node: model.Node, _definition: etree._Element, _reading: Reading) -> model.Node:
    return replace(node, terminates=True)


def _read_compensation(node: model.Node, definition: etree._Element, _reading: Reading) -> model.Node:
    waits = definition.get("waitForCompletion", "true") == "true"
    return replace(node, compensation=model.Compensation(definition.get("activityRef"), waits))


def _read_cancel(node: model.Node, _definition: etree._Element, _reading: Reading) -> model.Node:
    return replace(node, cancels=True)


def _error_code(node: model.Node, definition: etree._Element, reading: Reading) -> str | None:
    reference = definition.get("errorRef")
    if reference is None and node.kind in _CATCHING:
        return None  # catches every error
    if reference not in reading.errors:
        reading.problem(definition, "L'evento di errore non dice quale errore.", "Collegarlo a un errore con codice.")
        return None
    return reading.errors[reference]


def _timer(definition: etree._Element, reading: Reading) -> model.Timer | None:
    tags = {f"{B}{kind}" for kind in model.TimerKind}
    times = [child for child in definition if child.tag in tags]
    if len(times) != 1:
        way_out = "Indicare una durata, una data o una ripetizione, una sola."
        reading.problem(definition, "Il timer non dice quando scatta.", way_out)
        return None
    element = times[0]
    kind = model.TimerKind(etree.QName(element).localname)
    text = (element.text or "").strip()
    if text.startswith("="):
        expression = feel_only(element, text, reading)
        return None if expression is None else model.Timer(kind, expression)
    value = _literal_time(kind, text)
    if value is None and kind is model.TimerKind.CYCLE:
        reading.problem(
            element,
            f"La ripetizione «{short(text)}» non è fatta come R3/PT1H (tre volte) o R/PT1H (senza fine).",
            'Scrivere R, quante volte, / e una durata maggiore di zero, oppure =cycle(3, param("D03")).',
        )
        return None
    if value is None:
        reading.problem(
            element,
            f"Il timer «{short(text)}» non è una durata positiva, né una data e ora con il fuso, in ISO 8601.",
            'Usare un parametro, per esempio =param("D03"), o un testo come PT30M o 2026-03-02T09:00:00+01:00.',
        )
        return None
    return model.Timer(kind, constant(text, value))


def _literal_time(kind: model.TimerKind, text: str) -> object:
    """Read an ISO 8601 text that says for itself when; None when it does not."""
    if kind is model.TimerKind.CYCLE:
        return repetition(text)
    if kind is model.TimerKind.DURATION:
        return duration(text)
    try:
        moment = feel.parse_date_time(text)
    except feel.FeelError:
        return None
    return moment if moment.tzinfo is not None else None


_TRIGGER = ("timer", "message", "signal", "is_error", "error_code", "escalation", "condition", "compensation")
_NO_TRIGGER: dict[str, Any] = dict.fromkeys(_TRIGGER) | {"is_error": False}
_CATCHING = frozenset({model.Kind.START, model.Kind.BOUNDARY})
_READERS = {
    "timerEventDefinition": _read_timer,
    "messageEventDefinition": _read_message,
    "signalEventDefinition": _read_signal,
    "linkEventDefinition": _read_link,
    "conditionalEventDefinition": _read_condition,
    "errorEventDefinition": _read_error,
    "escalationEventDefinition": _read_escalation,
    "terminateEventDefinition": _read_terminate,
    "compensateEventDefinition": _read_compensation,
    "cancelEventDefinition": _read_cancel,
}
