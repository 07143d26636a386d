"""Data that are drawn: they say something to who reads the diagram, and change nothing of how it runs."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import element, end, flow, process, start, task, throws, way, xor
from tests.engine.bpmn.play import Play, problems

OBJECTS = (
    element("dataObject", "o_scheda", '<dataState name="compilata" />', name="scheda", isCollection="true")
    + element("dataObjectReference", "scheda", dataObjectRef="o_scheda")
    + element("dataStoreReference", "archivio", dataStoreRef="deposito")
)
STORE = element("dataStore", "deposito", name="Archivio", isUnlimited="true")
READS = (
    '<property id="p" name="__targetRef_placeholder" /><dataInputAssociation id="i"><sourceRef>scheda</sourceRef>'
    "<targetRef>p</targetRef></dataInputAssociation>"
)
WRITES = (
    '<ioSpecification><dataOutput id="esce" name="esito" /><inputSet /><outputSet><dataOutputRefs>esce</dataOutputRefs>'
    "</outputSet></ioSpecification><dataOutputAssociation><sourceRef>esce</sourceRef><targetRef>archivio</targetRef>"
    "</dataOutputAssociation>"
)


def with_data(key: str, inner: str) -> str:
    return task(key).replace("</userTask>", inner + "</userTask>")


def test_drawn_data_change_nothing() -> None:
    parts = (OBJECTS, '<property id="di_processo" name="n" />', start(), with_data("a", READS), with_data("b", WRITES))
    play = Play(process(*parts, end(), way("inizio a b fine"), top=STORE)).do("a")
    assert play.open == ["b"]
    assert play.do("b").completed
    assert play.variables == {"case_code": "AAAA"}


def test_events_and_subprocesses_may_draw_data_too() -> None:
    start_event = element(
        "startEvent", "inizio", '<dataOutput id="o" /><outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>'
    )
    inner = element("subProcess", "s", OBJECTS + WRITES + start("i") + end("f") + way("i f"))
    last = throws("fine", '<dataInput id="x" /><inputSet><dataInputRefs>x</dataInputRefs></inputSet>', tag="endEvent")
    assert Play(process(start_event, inner, last, way("inizio s fine"), top=STORE)).completed


def test_no_expression_reads_a_data_object() -> None:
    parts = (OBJECTS, start(), xor("x", "x_b"), task("a"), task("b"), end())
    flows = way("inizio x") + flow("x", "a", '=scheda = "sì"') + flow("x", "b") + way("a fine") + way("b fine")
    found = problems(process(*parts, flows, top=STORE))
    assert ["«scheda»" in problem.reason for problem in found if problem.element == "x_a"] == [True]


@pytest.mark.parametrize("computing", ["<transformation>=1</transformation>", "<assignment />"])
def test_what_would_compute_on_the_way_is_refused(computing: str) -> None:
    reads = READS.replace("</dataInputAssociation>", computing + "</dataInputAssociation>")
    found = problems(process(OBJECTS, start(), with_data("a", reads), end(), way("inizio a fine"), top=STORE))
    assert [problem.element for problem in found] == ["i"]
    assert "script task" in found[0].way_out
