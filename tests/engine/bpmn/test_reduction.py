"""What of a diagram is given out: one's own part, and of the rest nothing but places."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from engine.bpmn import parsing, reduction
from tests.engine.bpmn import diagram

ROOT = Path(__file__).parents[3]
SOURCE = (ROOT / "processes/accoglienza_cav/accoglienza_cav.bpmn").read_bytes()
ALL = {"cav", "capofila"}


def reduced(lanes: set[str], source: bytes = SOURCE) -> bytes | None:
    return reduction.own_part(source, parsing.read(source, "prova.bpmn"), lanes, foreign_name="Altro ente")


def element(drawn: bytes, key: str) -> etree._Element | None:
    return etree.fromstring(drawn).find(f".//*[@id='{key}']")


def test_one_s_own_steps_keep_id_kind_and_name() -> None:
    drawn = reduced({"cav"})
    assert drawn
    own = element(drawn, "accetta_invio")
    assert own is not None
    assert (etree.QName(own).localname, own.get("name")) == ("userTask", "Accetta l'invio")
    assert b"Altro ente" in drawn


def test_of_another_agency_s_step_neither_name_nor_id_nor_kind_is_given() -> None:
    drawn = reduced({"capofila"})
    assert drawn
    text = drawn.decode()
    process = parsing.read(SOURCE, "prova.bpmn")
    foreign = [node for node in process.all_nodes.values() if node.lane == "cav"]
    assert len(foreign) > 20
    assert [node.id for node in foreign if f'"{node.id}"' in text or f">{node.id}<" in text] == []
    assert [node.name for node in foreign if node.name and f'"{node.name}"' in text] == []
    kinds = {etree.QName(item).localname for item in etree.fromstring(drawn).iter("{*}*")}
    assert kinds.isdisjoint({"callActivity", "timerEventDefinition", "messageEventDefinition", "startEventDefinition"})
    own = element(drawn, "riassegna_invio")
    assert own is not None
    assert own.get("name") == next(node.name for node in process.all_nodes.values() if node.id == "riassegna_invio")


def test_neither_the_protocol_s_name_nor_its_partners_reach_who_only_gets_a_step_of_it() -> None:
    drawn = reduced({"capofila"})
    assert drawn
    for secret in ("Accoglienza", "donna", "accoglienza_cav", "pronto soccorso", "Centro antiviolenza"):
        assert secret.encode() not in drawn
    named = reduced({"cav"})
    assert named
    assert b"Accoglienza al centro antiviolenza" in named
    assert b"La donna" in named


@pytest.mark.parametrize("lanes", [{"cav"}, {"capofila"}, ALL])
def test_nothing_executed_or_documented_is_given_to_anybody(lanes: set[str]) -> None:
    drawn = reduced(lanes)
    assert drawn
    tree = etree.fromstring(drawn)
    kinds = {etree.QName(item).localname for item in tree.iter("{*}*")}
    hidden = {"documentation", "extensionElements", "conditionExpression", "timeDuration", "message", "formDefinition"}
    assert kinds.isdisjoint(hidden)
    assert b"zeebe" not in drawn
    assert b"urn:staffetta:bpmn" not in drawn


@pytest.mark.parametrize("lanes", [{"cav"}, {"capofila"}, ALL])
def test_what_is_drawn_hangs_together(lanes: set[str]) -> None:
    drawn = reduced(lanes)
    assert drawn
    tree = etree.fromstring(drawn)
    ids = [item.get("id") for item in tree.iter("{*}*") if item.get("id")]
    assert len(ids) == len(set(ids))
    references = ("sourceRef", "targetRef", "attachedToRef", "processRef", "default", "bpmnElement")
    named = [item.get(name) for item in tree.iter("{*}*") for name in references if item.get(name)]
    named += [item.text for item in tree.iter("{*}flowNodeRef")]
    assert set(named) - set(ids) == set()
    shapes = {item.get("bpmnElement") for item in tree.iter("{*}BPMNShape")}
    process = parsing.read(SOURCE, "prova.bpmn")
    assert shapes >= {node.id for node in process.all_nodes.values() if node.lane in lanes}
    assert len(shapes) >= len(process.scope.nodes)


def test_who_has_no_part_gets_no_diagram() -> None:
    assert reduced({"procura"}) is None
    assert reduced(set()) is None


def test_a_file_without_a_picture_gives_none() -> None:
    root = etree.fromstring(SOURCE)
    for picture in root.findall("{*}BPMNDiagram"):
        root.remove(picture)
    assert reduced({"cav"}, etree.tostring(root)) is None


def test_an_id_like_the_ones_that_are_made_up_stays_its_owner_s() -> None:
    source = SOURCE.replace(b'"riassegna_invio"', b'"altro_1"').replace(b">riassegna_invio<", b">altro_1<")
    drawn = reduced({"capofila"}, source)
    assert drawn
    assert len(etree.fromstring(drawn).findall(".//*[@id='altro_1']")) == 1


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        (diagram.many(diagram.task("a"), "in =enti", "esiti = campo"), {"isSequential": "false"}),
        (diagram.many(diagram.task("a"), "3", sequential=True), {"isSequential": "true"}),
        (diagram.again(diagram.task("a"), "=enti = 1"), {}),
    ],
)
def test_that_a_step_is_done_several_times_is_drawn_and_on_what_is_not(marked: str, shown: dict[str, str]) -> None:
    parts = (diagram.start(), marked, diagram.end(), diagram.way("inizio a fine"))
    picture = (
        b'<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI">'
        b'<bpmndi:BPMNPlane bpmnElement="prova"><bpmndi:BPMNShape bpmnElement="a" />'
        b"</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"
    )
    source = diagram.process(*parts, variables="enti campo").replace(b"</definitions>", picture)
    drawn = reduced({"cav"}, source)
    assert drawn
    assert b"=enti" not in drawn
    own = element(drawn, "a")
    assert own is not None
    assert [dict(child.attrib) for child in own] == [shown]
    other = reduced({"capofila"}, source)
    assert other is None or b"Characteristics" not in other


def test_what_undoes_one_s_own_step_is_drawn_tied_to_it() -> None:
    parts = (diagram.start(), diagram.with_undo("a"), diagram.throws("annulla", diagram.of_compensation()))
    picture = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"><bpmndi:BPMNPlane'
        ' bpmnElement="prova"><bpmndi:BPMNShape bpmnElement="a" />'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"
    )
    file = diagram.process(*parts, diagram.end(), diagram.way("inizio a annulla fine")).decode()
    assert "<flowNodeRef>disfa_a" not in file, "a border that no lane names belongs with its activity"
    drawn = reduced({"cav"}, file.replace("</definitions>", picture).encode())
    assert drawn
    handler, border = element(drawn, "via_a"), element(drawn, "disfa_a")
    assert handler is not None
    assert handler.get("isForCompensation") == "true"
    assert border is not None
    tied = [item for item in etree.fromstring(drawn).iter() if etree.QName(item).localname == "association"]
    assert [(item.get("sourceRef"), item.get("targetRef")) for item in tied] == [("disfa_a", "via_a")]
