"""Every protocol is drawn to be read: these are the rules of the drawing, checked on the file."""

from itertools import combinations

import pytest

from tests.processes import drawing
from tests.processes.drawing import FRAMES, Box, Drawing, Edge, Segment, Sheet

MAX_NODES = 30


@pytest.fixture(params=drawing.PROCESSES, ids=lambda path: path.stem)
def drawn(request) -> Drawing:
    return drawing.read(request.param)


def test_there_are_protocols_to_look_at():
    assert len(drawing.PROCESSES) >= 2


def test_every_node_flow_lane_and_pool_is_drawn_exactly_once(drawn):
    meant = {
        str(element.get("id"))
        for element in drawn.of_kind(*drawing.FLOW_NODES, *FRAMES, "sequenceFlow", "messageFlow", "textAnnotation")
    }
    seen = [key for sheet in drawn.sheets for key in (*sheet.shapes, *sheet.edges)]
    assert sorted(seen) == sorted(meant)


def test_a_sheet_has_at_most_thirty_nodes(drawn):
    for sheet in drawn.sheets:
        assert len(sheet.nodes) <= MAX_NODES, sheet.id


def test_no_two_shapes_overlap(drawn):
    for sheet in drawn.sheets:
        for one, other in combinations(sheet.nodes, 2):
            if "boundaryEvent" in {one.kind, other.kind} and _attached(drawn, one.id, other.id):
                continue
            assert not one.box.overlaps(other.box), f"{one.id} / {other.id}"


def test_a_boundary_event_sits_on_the_border_of_its_activity(drawn):
    for sheet in drawn.sheets:
        for shape in sheet.nodes:
            if shape.kind == "boundaryEvent":
                host = sheet.shapes[str(drawn.elements[shape.id].get("attachedToRef"))]
                centre = (shape.box.x + shape.box.width / 2, shape.box.y + shape.box.height / 2)
                assert host.box.on_border(centre), shape.id


def test_lanes_contain_their_nodes_and_fill_their_pool(drawn):
    boxes = {key: shape.box for sheet in drawn.sheets for key, shape in sheet.shapes.items()}
    for lane in drawn.of_kind("lane"):
        for reference in lane.findall("bpmn:flowNodeRef", drawing.NS):
            assert boxes[str(lane.get("id"))].contains(boxes[str(reference.text)]), reference.text
    for pool in drawn.of_kind("participant"):
        process = drawn.elements.get(pool.get("processRef") or "")
        if process is not None:
            lanes = [boxes[str(lane.get("id"))] for lane in process.iter(f"{{{drawing.NS['bpmn']}}}lane")]
            box = boxes[str(pool.get("id"))]
            assert all(box.contains(lane) for lane in lanes)
            assert sum(lane.height for lane in lanes) == box.height
            assert not any(one.overlaps(other) for one, other in combinations(lanes, 2))


def test_every_top_level_node_stands_in_one_lane(drawn):
    references = [ref.text for lane in drawn.of_kind("lane") for ref in lane.findall("bpmn:flowNodeRef", drawing.NS)]
    process = next(element for element in drawn.of_kind("process") if element.get("isExecutable") == "true")
    nodes = [child.get("id") for child in process if str(child.tag).rpartition("}")[2] in drawing.FLOW_NODES]
    assert sorted(map(str, references)) == sorted(map(str, nodes))


def test_flows_run_straight_and_end_on_the_borders_of_what_they_join(drawn):
    for sheet in drawn.sheets:
        for edge in sheet.edges.values():
            assert all(a[0] == b[0] or a[1] == b[1] for a, b in edge.segments), f"{edge.id} is slanted"
            assert sheet.shapes[edge.source].box.on_border(edge.points[0]), f"{edge.id} does not begin on its source"
            assert sheet.shapes[edge.target].box.on_border(edge.points[-1]), f"{edge.id} does not end on its target"


def test_no_flow_passes_through_a_shape(drawn):
    for sheet in drawn.sheets:
        for edge in sheet.edges.values():
            for shape in sheet.shapes.values():
                if shape.kind in FRAMES or (shape.id in {edge.source, edge.target} and _leaves_outward(edge, sheet)):
                    continue
                assert not any(shape.box.meets(segment) for segment in edge.segments), f"{edge.id} through {shape.id}"


def test_no_two_flows_cross_or_run_on_each_other(drawn):
    for sheet in drawn.sheets:
        for one, other in combinations(sheet.edges.values(), 2):
            crossings = [(a, b) for a in one.segments for b in other.segments if _touch(a, b)]
            assert not crossings, f"{one.id} / {other.id}"


def test_no_label_lies_on_a_shape_a_flow_or_another_label(drawn):
    for sheet in drawn.sheets:
        labels = _labels(sheet)
        for (one, a), (other, b) in combinations(labels, 2):
            assert not a.overlaps(b), f"labels of {one} and {other}"
        for owner, label in labels:
            for shape in sheet.nodes:
                assert not label.overlaps(shape.box), f"label of {owner} on {shape.id}"
            for edge in sheet.edges.values():
                assert not any(label.meets(segment) for segment in edge.segments), f"label of {owner} on {edge.id}"


def test_whatever_has_a_name_outside_its_shape_has_a_place_for_it(drawn):
    outside = ("startEvent", "endEvent", "boundaryEvent", "exclusiveGateway", "sequenceFlow", "messageFlow")
    for sheet in drawn.sheets:
        for item in (*sheet.shapes.values(), *sheet.edges.values()):
            if item.kind in outside and item.name:
                assert item.label is not None, item.id
                assert item.label.width >= max(map(len, item.name.split())) * 5.5, f"{item.id}: label too narrow"


def test_the_main_path_runs_left_to_right(drawn):
    """A flow that goes back to the left is a loop: it comes back to a merging gateway, or leads to a side path."""
    for sheet in drawn.sheets:
        back = [edge for edge in sheet.edges.values() if edge.kind == "sequenceFlow" and _goes_back(edge)]
        assert len(back) <= len(sheet.edges) / 4, [edge.id for edge in back]


def _attached(drawn: Drawing, one: str, other: str) -> bool:
    return drawn.elements[one].get("attachedToRef") == other or drawn.elements[other].get("attachedToRef") == one


def _leaves_outward(edge: Edge, sheet: Sheet) -> bool:
    """Tell whether a flow touches its own ends only at their borders."""
    return not any(
        sheet.shapes[end].box.meets(segment) for end in (edge.source, edge.target) for segment in edge.segments
    )


def _touch(one: Segment, other: Segment) -> bool:
    """Tell whether two straight segments have a point in common."""
    a, b = _span(one), _span(other)
    return a.x <= b.x + b.width and b.x <= a.x + a.width and a.y <= b.y + b.height and b.y <= a.y + a.height


def _span(segment: Segment) -> Box:
    (x1, y1), (x2, y2) = segment
    return Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


def _labels(sheet: Sheet) -> list[tuple[str, Box]]:
    return [(item.id, item.label) for item in (*sheet.shapes.values(), *sheet.edges.values()) if item.label is not None]


def _goes_back(edge: Edge) -> bool:
    return edge.points[-1][0] < edge.points[0][0]
