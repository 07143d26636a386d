"""The picture of a diagram as plain geometry, sheet by sheet; read with lxml, nothing of the engine."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[2]
PROCESSES = sorted((ROOT / "processes").glob("*/*.bpmn"))

NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
FRAMES = {"participant", "lane"}
FLOW_NODES = {
    "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "userTask", "businessRuleTask",
    "callActivity", "subProcess", "exclusiveGateway", "parallelGateway",
}  # fmt: skip

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def contains(self, other: "Box") -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )

    def on_border(self, point: Point) -> bool:
        x, y = point
        inside = self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height
        on_side = x in {self.x, self.x + self.width} or y in {self.y, self.y + self.height}
        return inside and on_side

    def meets(self, segment: "Segment") -> bool:
        """Tell whether a horizontal or vertical line passes through the inside."""
        (x1, y1), (x2, y2) = segment
        return (
            min(x1, x2) < self.x + self.width
            and max(x1, x2) > self.x
            and min(y1, y2) < self.y + self.height
            and max(y1, y2) > self.y
        )


Segment = tuple[Point, Point]


@dataclass
class Shape:
    id: str
    kind: str
    box: Box
    label: Box | None
    name: str


@dataclass
class Edge:
    id: str
    kind: str
    source: str
    target: str
    points: list[Point]
    label: Box | None
    name: str

    @property
    def segments(self) -> list[Segment]:
        return list(pairwise(self.points))


@dataclass
class Sheet:
    """One plane: the whole file, or the inside of a collapsed subprocess."""

    id: str
    shapes: dict[str, Shape] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)

    @property
    def nodes(self) -> list[Shape]:
        return [shape for shape in self.shapes.values() if shape.kind in FLOW_NODES]


@dataclass
class Drawing:
    root: etree._Element
    elements: dict[str, etree._Element]
    sheets: list[Sheet]

    def of_kind(self, *kinds: str) -> list[etree._Element]:
        return [element for element in self.elements.values() if etree.QName(element).localname in kinds]


def read(path: Path) -> Drawing:
    root = etree.parse(path).getroot()
    elements = {str(element.get("id")): element for element in root.iter(f"{{{NS['bpmn']}}}*") if element.get("id")}
    return Drawing(root, elements, [_sheet(plane, elements) for plane in root.iterfind(".//bpmndi:BPMNPlane", NS)])


def _sheet(plane: etree._Element, elements: dict[str, etree._Element]) -> Sheet:
    sheet = Sheet(str(plane.get("bpmnElement")))
    for di in plane:
        element = elements[str(di.get("bpmnElement"))]
        kind, name = etree.QName(element).localname, element.get("name") or ""
        key = str(element.get("id"))
        label = _box(di.find("bpmndi:BPMNLabel/dc:Bounds", NS))
        if etree.QName(di).localname == "BPMNShape":
            box = _box(di.find("dc:Bounds", NS))
            assert box is not None, f"{key} has no bounds"
            sheet.shapes[key] = Shape(key, kind, box, label, name)
        else:
            points = [(float(p.get("x", "")), float(p.get("y", ""))) for p in di.findall("di:waypoint", NS)]
            ends = str(element.get("sourceRef")), str(element.get("targetRef"))
            sheet.edges[key] = Edge(key, kind, *ends, points, label, name)
    return sheet


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    return Box(*(float(bounds.get(name, "")) for name in ("x", "y", "width", "height")))
