"""From the loop characteristics of a BPMN file to how often an activity is done, and by how many tokens."""

import re
from dataclasses import replace

from lxml import etree

from engine.bpmn import allowlist, model
from engine.bpmn.expressions import Expression, constant
from engine.bpmn.read_events import read_definition
from engine.bpmn.reading import B, Reading, Z, extensions, feel_only, optional

_THROWN = {"One": "oneBehaviorEventRef", "None": "noneBehaviorEventRef"}
_THROWABLE = ("signalEventDefinition", "escalationEventDefinition")
_NUMBER = re.compile(r"[0-9]{1,4}\Z")


def read_loop(node: model.Node, element: etree._Element, reading: Reading) -> model.Node:
    """Read how often an activity is done, how many tokens it needs to begin and how many it gives."""
    node = replace(
        node,
        start_quantity=_whole(element, "startQuantity", reading) or 1,
        completion_quantity=_whole(element, "completionQuantity", reading) or 1,
    )
    many, again = (
        element.find(f"{B}{name}") for name in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
    )
    if many is not None and again is not None:
        way_out = "Tenere uno solo dei due segni."
        reading.problem(element, "L'attività ha insieme più istanze e un ciclo.", way_out)
    if many is not None:
        return replace(node, loop=_many(many, reading))
    return node if again is None else replace(node, loop=_again(again, reading))


def _many(element: etree._Element, reading: Reading) -> model.MultiInstance:
    given = next(extensions(element, f"{Z}loopCharacteristics"), None)
    cardinality = element.find(f"{B}loopCardinality")
    collection = item = result = None
    results = ""
    if given is not None:
        collection = optional(given, "inputCollection", reading)
        item = given.get("inputElement")
        results, result = given.get("outputCollection") or "", optional(given, "outputElement", reading)
    return model.MultiInstance(
        sequential=element.get("isSequential") == "true",
        cardinality=None if cardinality is None else _cardinality(cardinality, reading),
        collection=collection,
        item=item or "",
        result=result,
        results=results,
        completion=_condition(element, "completionCondition", reading),
        thrown=_thrown(element, reading),
        throws_each=element.get("behavior") == "None",
    )


def _thrown(element: etree._Element, reading: Reading) -> model.Node | None:
    """Read what is thrown when the first instance, or each, is done."""
    wanted = _THROWN.get(element.get("behavior", "All"))
    for name in _THROWN.values():
        if element.get(name) is not None and name != wanted:
            way_out = "Togliere il riferimento, o cambiare behavior."
            reading.problem(element, f"«{name}» non vale con questo behavior.", way_out)
    if wanted is None:
        return None
    definition = reading.definitions.get((element.get(wanted) or "").rpartition(":")[2])
    if definition is None or etree.QName(definition).localname not in _THROWABLE:
        way_out = f"Riferirsi, in {wanted}, a un segnale o a un'escalation definiti in cima al file."
        reading.problem(element, "L'attività non dice che cosa lancia quando un'istanza è fatta.", way_out)
        return None
    node = model.Node(allowlist.label(element), model.Kind.THROW, "", element.sourceline or 0)
    return read_definition(node, definition, reading)


def _cardinality(element: etree._Element, reading: Reading) -> Expression | None:
    text = (element.text or "").strip()
    return constant(text, int(text)) if _NUMBER.match(text) else feel_only(element, text, reading)


def _again(element: etree._Element, reading: Reading) -> model.StandardLoop:
    return model.StandardLoop(
        condition=_condition(element, "loopCondition", reading),
        test_before=element.get("testBefore") == "true",
        maximum=_whole(element, "loopMaximum", reading),
    )


def _condition(element: etree._Element, tag: str, reading: Reading) -> Expression | None:
    found = element.find(f"{B}{tag}")
    return None if found is None else feel_only(found, found.text, reading)


def _whole(element: etree._Element, attribute: str, reading: Reading) -> int | None:
    """Read a number of times; at least one."""
    text = element.get(attribute)
    if text is None:
        return None
    if not _NUMBER.match(text) or not int(text):
        reading.problem(element, f"«{attribute}» non è un numero da 1 a 9999.", "Scrivere un numero intero.")
        return None
    return int(text)
