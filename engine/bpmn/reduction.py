"""A diagram with one's own part in it only: what somebody who takes part in a case may see of its protocol.

Built anew from an allow-list, never cut out of the file: what nobody thought of stays behind. One's own elements keep
their id, kind and name. Of all others there is a shape and its place: no name, no kind of task or event, and an id that
says nothing, because designers put the meaning of a step into its id too. Nothing that is executed or documented
(forms, conditions, deadlines, texts) comes along for anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count

from lxml import etree

from engine.bpmn import dialect, model

_B = f"{{{dialect.BPMN}}}"
_DI = f"{{{dialect.DI}}}"
_POINTS = "http://www.omg.org/spec/DD/20100524/DI"
_AREAS = "http://www.omg.org/spec/DD/20100524/DC"
_NAMESPACES = {"bpmn": dialect.BPMN, "bpmndi": dialect.DI, "dc": _AREAS, "di": _POINTS}

# What a foreign element is drawn as: that something is done or decided, or happens, and no more.
_NEUTRAL = dict.fromkeys(model.ACTIVITIES | model.INSTANT, "task") | {
    model.Kind.EXCLUSIVE: "exclusiveGateway",
    model.Kind.PARALLEL: "exclusiveGateway",
    model.Kind.INCLUSIVE: "exclusiveGateway",
    model.Kind.COMPLEX: "exclusiveGateway",
    model.Kind.EVENT_BASED: "exclusiveGateway",
    model.Kind.START: "startEvent",
    model.Kind.END: "endEvent",
    model.Kind.CATCH: "intermediateThrowEvent",
    model.Kind.THROW: "intermediateThrowEvent",
    model.Kind.BOUNDARY: "boundaryEvent",
}
_LOOKS = ("isHorizontal", "isExpanded", "isMarkerVisible")
_TRIGGERS = tuple(
    f"{kind}EventDefinition"
    for kind in (
        *(
            "timer",
            "message",
            "signal",
            "link",
            "conditional",
            "error",
            "escalation",
            "compensate",
            "cancel",
            "terminate",
        ),
    )
)


@dataclass(slots=True)
class _Drawing:
    """What is being copied: which elements are one's own, and under which ids everything appears."""

    own: Mapping[str, model.Node]
    nodes: Mapping[str, model.Node]
    foreign_name: str
    ids: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def id_of(self, element_id: str) -> str:
        """Give the id under which an element appears; those of one's own nodes are kept, for marks to find them."""
        if element_id in self.own:
            return element_id
        if element_id not in self.ids:
            numbers = (f"altro_{number}" for number in count(len(self.ids) + 1))
            self.ids[element_id] = next(name for name in numbers if name not in self.taken)
            self.taken.add(self.ids[element_id])
        return self.ids[element_id]

    def add(self, parent: etree._Element, tag: str, element_id: str, **attributes: str | None) -> etree._Element:
        """Add an element of the model under its new id."""
        added = etree.SubElement(parent, f"{_B}{tag}", {"id": self.id_of(element_id)})
        for name, value in attributes.items():
            if value:
                added.set(name, value)
        return added


def own_part(source: bytes, process: model.Process, lanes: Collection[str], *, foreign_name: str) -> bytes | None:
    """Draw a deployed diagram as who plays these lanes sees it; everything else is called `foreign_name`.

    None when nothing in it belongs to those lanes, or when the file holds no picture.
    """
    own = {node.id: node for node in process.all_nodes.values() if _lane_of(node, process) in lanes}
    root = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    planes = root.findall(f"{_DI}BPMNDiagram/{_DI}BPMNPlane")
    executed = next(item for item in root.iterchildren(f"{_B}process") if item.get("id") == process.id)
    if not own or not process.drawn:
        return None
    drawing = _Drawing(own, process.all_nodes, foreign_name, taken=set(own))
    result = etree.Element(f"{_B}definitions", {"targetNamespace": "urn:staffetta:vista"}, nsmap=_NAMESPACES)
    # Its name is known to who can start it; a name can say as much as a step's.
    started = any(node.kind is model.Kind.START for node in own.values())
    _pools(result, root, drawing, process, process.name if started else None)
    drawn = drawing.add(result, "process", process.id)
    _lanes(drawn, executed, drawing, lanes)
    _content(drawn, executed, drawing)
    _notes(drawn, [executed, *root.iterchildren(f"{_B}collaboration")], drawing)
    _pictures(result, planes, drawing)
    written: bytes = etree.tostring(result, xml_declaration=True, encoding="UTF-8")
    return written


def _pools(
    result: etree._Element, root: etree._Element, drawing: _Drawing, process: model.Process, name: str | None
) -> None:
    """Copy the pools. One without a process keeps its name if it exchanges messages with one's own part."""
    collaboration = root.find(f"{_B}collaboration")
    if collaboration is None:
        return
    drawn = drawing.add(result, "collaboration", collaboration.get("id", "collaboration"))
    messages = [
        (item, {item.get("sourceRef", ""), item.get("targetRef", "")}) for item in _named(collaboration, "messageFlow")
    ]
    known: set[str] = set().union(*[ends for _, ends in messages if ends & drawing.own.keys()])
    for pool in _named(collaboration, "participant"):
        plays = drawing.id_of(process.id) if pool.get("processRef") == process.id else None
        shown = name if plays else pool.get("name")
        kept = plays or pool.get("id") in known
        drawing.add(
            drawn, "participant", pool.get("id", ""), name=shown if kept else drawing.foreign_name, processRef=plays
        )
    for item, ends in messages:
        if ends & drawing.own.keys():
            source, target = drawing.id_of(item.get("sourceRef", "")), drawing.id_of(item.get("targetRef", ""))
            drawing.add(
                drawn, "messageFlow", item.get("id", ""), name=item.get("name"), sourceRef=source, targetRef=target
            )


def _lane_of(node: model.Node, process: model.Process) -> str | None:
    """Give the lane of a node; an event on a border that no lane names belongs with its activity."""
    host = process.all_nodes.get(node.attached_to or "")
    return node.lane if host is None else node.lane or host.lane


def _lanes(drawn: etree._Element, executed: etree._Element, drawing: _Drawing, own: Collection[str]) -> None:
    lane_set = executed.find(f"{_B}laneSet")
    if lane_set is None:
        return
    copied = drawing.add(drawn, "laneSet", lane_set.get("id", "corsie"))
    for lane in _named(lane_set, "lane"):
        name = lane.get("name") if lane.get("id") in own else drawing.foreign_name
        added = drawing.add(copied, "lane", lane.get("id", ""), name=name)
        for reference in _named(lane, "flowNodeRef"):
            etree.SubElement(added, f"{_B}flowNodeRef").text = drawing.id_of((reference.text or "").strip())


def _content(drawn: etree._Element, scope: etree._Element, drawing: _Drawing) -> None:
    """Copy the nodes and flows of a process or subprocess; what is inside a foreign subprocess is not there."""
    for element in scope.iterchildren(f"{_B}*"):
        node = drawing.nodes.get(element.get("id", ""))
        if node is not None and node.id in drawing.own:
            _own_node(drawn, element, node, drawing)
        elif node is not None:
            attached = drawing.id_of(node.attached_to) if node.attached_to else None
            name = drawing.foreign_name if _NEUTRAL[node.kind] == "task" else None
            drawing.add(drawn, _NEUTRAL[node.kind], node.id, name=name, attachedToRef=attached)
        elif element.tag == f"{_B}sequenceFlow":
            _flow(drawn, element, drawing)
        elif element.tag == f"{_B}association":
            _undoing(drawn, element, drawing)


def _own_node(drawn: etree._Element, element: etree._Element, node: model.Node, drawing: _Drawing) -> None:
    added = drawing.add(
        drawn,
        node.kind.value,
        node.id,
        name=node.name,
        default=drawing.id_of(node.default_flow) if node.default_flow else None,
        attachedToRef=node.attached_to,
        cancelActivity="false" if node.kind is model.Kind.BOUNDARY and not node.interrupting else None,
        triggeredByEvent="true" if node.triggered else None,
        isForCompensation="true" if node.for_compensation else None,
    )
    for trigger in _TRIGGERS:
        if element.find(f"{_B}{trigger}") is not None:
            etree.SubElement(added, f"{_B}{trigger}")
    if isinstance(node.loop, model.MultiInstance):
        sequential = str(node.loop.sequential).lower()
        etree.SubElement(added, f"{_B}multiInstanceLoopCharacteristics", {"isSequential": sequential})
    elif node.loop is not None:
        etree.SubElement(added, f"{_B}standardLoopCharacteristics")
    if node.scope is not None:
        _content(added, element, drawing)


def _undoing(drawn: etree._Element, element: etree._Element, drawing: _Drawing) -> None:
    """Copy the line from a compensation event to what undoes, if either is one's own; notes come later."""
    ends = {name: element.get(name, "") for name in ("sourceRef", "targetRef")}
    if drawing.nodes.keys() >= set(ends.values()) and drawing.own.keys() & set(ends.values()):
        shown = {name: drawing.id_of(key) for name, key in ends.items()}
        drawing.add(drawn, "association", element.get("id", ""), associationDirection="One", **shown)


def _flow(drawn: etree._Element, element: etree._Element, drawing: _Drawing) -> None:
    """Copy a flow; its name says how a decision went, so it is for who takes that decision."""
    source, target = element.get("sourceRef", ""), element.get("targetRef", "")
    name = element.get("name") if source in drawing.own else None
    ends = {"sourceRef": drawing.id_of(source), "targetRef": drawing.id_of(target)}
    drawing.add(drawn, "sequenceFlow", element.get("id", ""), name=name, **ends)


def _notes(drawn: etree._Element, holders: list[etree._Element], drawing: _Drawing) -> None:
    """Copy the notes that are tied to one's own elements."""
    texts = {item.get("id"): item for holder in holders for item in _named(holder, "textAnnotation")}
    for link in [item for holder in holders for item in _named(holder, "association")]:
        ends = {link.get("sourceRef", ""), link.get("targetRef", "")}
        note = next((texts[end] for end in ends if end in texts), None)
        if note is None or not ends & drawing.own.keys():
            continue
        if note.get("id") not in drawing.ids:
            added = drawing.add(drawn, "textAnnotation", note.get("id", ""))
            etree.SubElement(added, f"{_B}text").text = note.findtext(f"{_B}text")
        source, target = drawing.id_of(link.get("sourceRef", "")), drawing.id_of(link.get("targetRef", ""))
        drawing.add(drawn, "association", link.get("id", ""), sourceRef=source, targetRef=target)


def _pictures(result: etree._Element, planes: list[etree._Element], drawing: _Drawing) -> None:
    """Copy the shapes and lines of what has been copied, and their places: nothing else that an editor writes there.

    A collapsed subprocess has a picture of its own.
    """
    copied = {element.get("id", "") for element in result.iter(f"{_B}*")}
    for number, plane in enumerate(planes):
        whole = drawing.id_of(plane.get("bpmnElement", ""))
        if whole in copied and (number == 0 or whole in drawing.own):
            diagram = etree.SubElement(result, f"{_DI}BPMNDiagram", {"id": f"vista_{number}"})
            drawn = etree.SubElement(diagram, f"{_DI}BPMNPlane", {"id": f"piano_{number}", "bpmnElement": whole})
            _picture(drawn, plane, copied, drawing)


def _picture(drawn: etree._Element, plane: etree._Element, copied: set[str], drawing: _Drawing) -> None:
    for part in plane.iterchildren(f"{_DI}BPMNShape", f"{_DI}BPMNEdge"):
        shown = drawing.id_of(part.get("bpmnElement", ""))
        if shown in copied:
            looks = {name: part.get(name, "") for name in _LOOKS if part.get(name)}
            added = etree.SubElement(drawn, part.tag, {"id": f"{shown}_di", "bpmnElement": shown, **looks})
            _places(added, part)


def _places(added: etree._Element, part: etree._Element) -> None:
    for child in part.iterchildren():
        if child.tag in {f"{{{_AREAS}}}Bounds", f"{{{_POINTS}}}waypoint"}:
            numbers = {name: child.get(name, "0") for name in ("x", "y", "width", "height") if child.get(name)}
            etree.SubElement(added, child.tag, numbers)
        elif child.tag == f"{_DI}BPMNLabel":
            _places(etree.SubElement(added, child.tag), child)


def _named(parent: etree._Element, name: str) -> list[etree._Element]:
    return list(parent.iterchildren(f"{_B}{name}"))
