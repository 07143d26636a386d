"""BPMN files written from a few lines: `process(start(), task("a"), end(), *way("inizio a fine"))`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:staffetta="urn:staffetta:bpmn:1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:prova">'
)
FOOT = "</definitions>"


def process(*parts: str, key: str = "prova", variables: str = "", top: str = "") -> bytes:
    """A file with one process; all its user tasks stand in the lane `cav`. `variables` are names, `top` more XML."""
    inside = "".join(parts)
    declared = "".join(f'<staffetta:variable name="{name}" type="string" />' for name in variables.split())
    extensions = f"<extensionElements>{declared}</extensionElements>" if declared else ""
    lanes = "".join(f"<flowNodeRef>{key}</flowNodeRef>" for key in _tasks(inside))
    lane_set = f'<laneSet><lane id="cav" name="Centro">{lanes}</lane></laneSet>'
    body = f'<process id={quoteattr(key)} name="Prova" isExecutable="true">{extensions}{lane_set}{inside}</process>'
    return f"{HEAD}{top}{body}{FOOT}".encode()


def _tasks(inside: str) -> Iterator[str]:
    for piece in inside.split("<userTask id=")[1:]:
        yield piece[1:].partition(piece[0])[0]


def element(tag: str, key: str, inner: str = "", **attributes: str) -> str:
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag} id={quoteattr(key)}{given}>{inner}</{tag}>"


def start(key: str = "inizio", message: str = "", inner: str = "", **attributes: str) -> str:
    inner += f'<messageEventDefinition messageRef="{message}" />' if message else ""
    return element("startEvent", key, inner, **attributes)


def end(key: str = "fine", error: str = "") -> str:
    return element("endEvent", key, f'<errorEventDefinition errorRef="{error}" />' if error else "")


def task(key: str, *mappings: str) -> str:
    return element("userTask", key, io(*mappings), name=f"Fare {key}")


def rule(key: str, decision: str, result: str, *mappings: str) -> str:
    called = f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{result}" />'
    return element("businessRuleTask", key, io(*mappings, extra=called), name=f"Decidere {key}")


def explaining(key: str, decided: str) -> str:
    """A task whose page says why the decision of a business rule task came out as it did."""
    return element("userTask", key, io(extra=f'<staffetta:explains task="{decided}" />'), name=f"Fare {key}")


def xor(key: str, default: str = "") -> str:
    return element("exclusiveGateway", key, **({"default": default} if default else {}))


def par(key: str) -> str:
    return element("parallelGateway", key)


def call(key: str, called: str, *mappings: str) -> str:
    passes = 'propagateAllChildVariables="false" propagateAllParentVariables="false"'
    return element("callActivity", key, io(*mappings, extra=f'<zeebe:calledElement processId="{called}" {passes} />'))


def sub(key: str, *parts: str, mappings: tuple[str, ...] = ()) -> str:
    return element("subProcess", key, io(*mappings) + "".join(parts))


def timer(key: str, host: str, when: str, *, interrupting: bool = True) -> str:
    tag = "timeDate" if when[:4].isdigit() else "timeDuration"
    return dated(key, host, tag, when, interrupting=interrupting)


def dated(key: str, host: str, tag: str, when: str, *, interrupting: bool = True) -> str:
    inner = f"<timerEventDefinition><{tag}>{escape(when)}</{tag}></timerEventDefinition>"
    return element("boundaryEvent", key, inner, attachedToRef=host, cancelActivity=str(interrupting).lower())


def caught(key: str, host: str, error: str = "") -> str:
    reference = f' errorRef="{error}"' if error else ""
    return element("boundaryEvent", key, f"<errorEventDefinition{reference} />", attachedToRef=host)


def catch(key: str, message: str, *mappings: str) -> str:
    inner = io(*mappings) + f'<messageEventDefinition messageRef="{message}" />'
    return element("intermediateCatchEvent", key, inner)


def message(key: str, name: str, correlation: str = "=case_code") -> str:
    inner = f"<extensionElements><zeebe:subscription correlationKey={quoteattr(correlation)} /></extensionElements>"
    return element("message", key, inner, name=name)


def error(key: str, code: str) -> str:
    return element("error", key, errorCode=code)


def flow(source: str, target: str, when: str = "", key: str = "") -> str:
    """A sequence flow, called `source_target` unless it is given another key."""
    condition = f"<conditionExpression>{escape(when)}</conditionExpression>" if when else ""
    return element("sequenceFlow", key or f"{source}_{target}", condition, sourceRef=source, targetRef=target)


def way(nodes: str) -> str:
    """Flows along a path of nodes: `way("inizio a fine")`."""
    names = nodes.split()
    return "".join(flow(source, target) for source, target in pairwise(names))


def io(*mappings: str, extra: str = "") -> str:
    """Extension elements with mappings: `"> n = x + 1"` is an input into `n`, `"< n = x"` an output into it."""
    lines = []
    for mapping in mappings:
        target, _, source_text = mapping[1:].partition("=")
        tag = "input" if mapping[0] == ">" else "output"
        lines.append(f'<zeebe:{tag} source={quoteattr("=" + source_text.strip())} target="{target.strip()}" />')
    mapped = f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>" if lines else ""
    return f"<extensionElements>{extra}{mapped}</extensionElements>" if extra or mapped else ""


def choice(*flows: str, default: str = "") -> bytes:
    """A process whose gateway `x` leads to `a` and `b` over the flows given."""
    parts = (start(), xor("x", default), task("a"), task("b"), end(), way("inizio x"))
    return process(*parts, *flows, way("a fine"), way("b fine"))


def plain(tag: str, key: str) -> str:
    """An element of a kind that needs nothing: `task`, `manualTask`, `intermediateThrowEvent`, a gateway."""
    return element(tag, key)


def script(key: str, text: str, result: str, *mappings: str) -> str:
    written = f'<zeebe:script expression={quoteattr("=" + text)} resultVariable="{result}" />'
    return element("scriptTask", key, io(*mappings, extra=written), name=f"Calcolare {key}")


def receive(key: str, awaited: str, *mappings: str) -> str:
    return element("receiveTask", key, io(*mappings), messageRef=awaited)


def fork(key: str, default: str = "") -> str:
    """An inclusive gateway."""
    return element("inclusiveGateway", key, **({"default": default} if default else {}))


def waits(key: str, tag: str, when: str) -> str:
    """An intermediate event that waits for a time."""
    return element("intermediateCatchEvent", key, _time(tag, when))


def on_border(key: str, host: str, definition: str, *mappings: str, interrupting: bool = True) -> str:
    inner = io(*mappings) + definition
    return element("boundaryEvent", key, inner, attachedToRef=host, cancelActivity=str(interrupting).lower())


def triggered(key: str, definition: str, *parts: str, interrupting: bool = True) -> str:
    """An event subprocess; its start is called `su_` and its key."""
    first = element("startEvent", f"su_{key}", definition, isInterrupting=str(interrupting).lower())
    return element("subProcess", key, first + "".join(parts), triggeredByEvent="true")


def throws(key: str, definition: str = "", *, tag: str = "intermediateThrowEvent") -> str:
    return element(tag, key, definition)


def of_message(key: str) -> str:
    return f'<messageEventDefinition messageRef="{key}" />'


def of_time(tag: str, when: str) -> str:
    return _time(tag, when)


def of_condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{escape(text)}</condition></conditionalEventDefinition>"


def of_error(key: str = "") -> str:
    return f'<errorEventDefinition errorRef="{key}" />' if key else "<errorEventDefinition />"


def of_escalation(key: str = "") -> str:
    return f'<escalationEventDefinition escalationRef="{key}" />' if key else "<escalationEventDefinition />"


def of_compensation(activity: str = "", *, waits: bool = True) -> str:
    referred = f' activityRef="{activity}"' if activity else ""
    return f'<compensateEventDefinition{referred} waitForCompletion="{str(waits).lower()}" />'


def undone(host: str, handler: str) -> str:
    """A compensation on the border of an activity, and the tie to what undoes it."""
    border = on_border(f"disfa_{host}", host, of_compensation())
    return border + element("association", f"lega_{host}", sourceRef=f"disfa_{host}", targetRef=handler)


def undoing(activity: str) -> str:
    """An activity, made one that undoes others."""
    return activity.replace(">", ' isForCompensation="true">', 1)


def with_undo(key: str) -> str:
    """A task with another one that undoes it, called `via_` and its key."""
    return task(key) + undone(key, f"via_{key}") + undoing(task(f"via_{key}"))


def escalation(key: str, code: str) -> str:
    return element("escalation", key, escalationCode=code)


def of_signal(key: str) -> str:
    return f'<signalEventDefinition signalRef="{key}" />'


def sends(key: str, keyed: str = "=case_code", lives: str = "PT1H") -> str:
    """The definition of a message that is thrown, with its key and how long it is kept."""
    return f'<messageEventDefinition messageRef="{key}">{_published(keyed, lives)}</messageEventDefinition>'


def send(key: str, message_key: str, *mappings: str, keyed: str = "=case_code", lives: str = "PT1H") -> str:
    published = _published(keyed, lives).removeprefix("<extensionElements>").removesuffix("</extensionElements>")
    return element("sendTask", key, io(*mappings, extra=published), messageRef=message_key, name=f"Mandare {key}")


def _published(keyed: str, lives: str) -> str:
    kept = f" timeToLive={quoteattr(lives)}" if lives else ""
    return f"<extensionElements><zeebe:publishMessage correlationKey={quoteattr(keyed)}{kept} /></extensionElements>"


def service(key: str, function: str, *mappings: str, tries: str = "") -> str:
    retries = f' retries="{tries}"' if tries else ""
    called = f'<zeebe:taskDefinition type="{function}"{retries} />'
    return element("serviceTask", key, io(*mappings, extra=called), name=f"Chiamare {key}")


def of_link(name: str) -> str:
    return f'<linkEventDefinition name="{name}" />'


def signal(key: str, name: str, scope: str = "") -> str:
    return element("signal", key, io(extra=f'<staffetta:scope value="{scope}" />') if scope else "", name=name)


def hears(key: str, *definitions: str, **attributes: str) -> str:
    """An intermediate event that waits for something, or for one of several things."""
    return element("intermediateCatchEvent", key, "".join(definitions), **attributes)


def _time(tag: str, when: str) -> str:
    return f"<timerEventDefinition><{tag}>{escape(when)}</{tag}></timerEventDefinition>"


def many(step: str, each: str, result: str = "", until: str = "", *, sequential: bool = False) -> str:
    """A step done once for each: `"ente in =enti"`, `"in =enti"`, `"=3"` times; `"esiti = esito"` is its result."""
    item, of_list, collection = each.partition("in ")
    attributes = {"inputCollection": collection, "inputElement": item.strip()} if of_list else {}
    if result:
        name, _, text = result.partition("=")
        attributes |= {"outputCollection": name.strip(), "outputElement": "=" + text.strip()}
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value)
    inner = f"<extensionElements><zeebe:loopCharacteristics{given} /></extensionElements>" if attributes else ""
    inner += "" if of_list else f"<loopCardinality>{escape(each)}</loopCardinality>"
    inner += f"<completionCondition>{escape(until)}</completionCondition>" if until else ""
    tag = "multiInstanceLoopCharacteristics"
    return _inside(step, f'<{tag} isSequential="{str(sequential).lower()}">{inner}</{tag}>')


def again(step: str, when: str = "", *, most: str = "", before: bool = False) -> str:
    """A step done again as long as the condition is true, `most` times at the most."""
    maximum = f' loopMaximum="{most}"' if most else ""
    inner = f"<loopCondition>{escape(when)}</loopCondition>" if when else ""
    tag = "standardLoopCharacteristics"
    return _inside(step, f'<{tag} testBefore="{str(before).lower()}"{maximum}>{inner}</{tag}>')


def _inside(step: str, inner: str) -> str:
    """Put XML into an element, behind what is in it."""
    opening, closing, rest = step.rpartition("</")
    return f"{opening}{inner}{closing}{rest}"
