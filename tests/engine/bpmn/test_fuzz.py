"""The real protocols, damaged at random: refused with reasons, or runnable without surprises."""

from __future__ import annotations

import copy
import tomllib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import event, given
from hypothesis import strategies as st
from lxml import etree

from engine import dmn, errors
from engine.bpmn import building, memory, model, names, parsing, profile, rules, state
from engine.bpmn.building import Definition
from engine.bpmn.dialect import BPMN, ELEMENTS, STAFFETTA, ZEEBE
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.bpmn.scopes import RESERVED
from tests.engine.bpmn.examples import MANY
from tests.engine.bpmn.play import NOW

PROCESSES = Path(__file__).parents[3] / "processes"
FILES = {path.stem: path.read_bytes() for path in sorted(PROCESSES.glob("*/*.bpmn"))}
PARAMETERS = {
    name: entry.get("value", timedelta(hours=1))
    for name, entry in tomllib.loads((PROCESSES / "parameters.toml").read_text()).items()
}
SWITCHES = {name for name, value in PARAMETERS.items() if isinstance(value, bool)}
LIBRARY = dmn.Library.of({path.name: path.read_bytes() for path in sorted(PROCESSES.glob("*/*.dmn"))})
ASKED = {
    node.decision
    for key, content in FILES.items()
    for node in parsing.read(content, key).all_nodes.values()
    if node.decision
}
DECISIONS = {name: rules.Rule(found) for name in ASKED if (found := LIBRARY.find(name)) is not None}
VALUES = st.sampled_from([None, True, False, "ALTO", "SI", "si", 0, 3, NOW])
NAMES = [*(f"{{{BPMN}}}{name}" for name in ELEMENTS), f"{{{BPMN}}}task", f"{{{ZEEBE}}}script", f"{{{STAFFETTA}}}x"]
TEXTS = st.sampled_from(
    ["", "x", "true", "false", "PT1S", "=true", "=null", "=1/0", "=x", "cav", "a b", "-1", "#start"]
)


class Everything(dict[str, profile.FormKeys]):
    """Every form exists."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> profile.FormKeys:
        return profile.FormKeys(frozenset(), frozenset())

    def get(self, key: str, default: object = None) -> profile.FormKeys:
        return self[key]


def _damage(root: etree._Element, data: st.DataObject) -> None:
    elements = [element for element in root.iter() if isinstance(element.tag, str) and element is not root]
    if elements:
        element = elements[data.draw(st.integers(0, len(elements) - 1), label="element")]
        goal = elements[data.draw(st.integers(0, len(elements) - 1), label="goal")]
        _DAMAGES[data.draw(st.sampled_from(sorted(_DAMAGES)), label="how")](element, goal, data)


def _drop(element: etree._Element, _goal: etree._Element, _data: st.DataObject) -> None:
    element.getparent().remove(element)


def _double(element: etree._Element, _goal: etree._Element, _data: st.DataObject) -> None:
    element.addnext(copy.deepcopy(element))


def _rename(element: etree._Element, _goal: etree._Element, data: st.DataObject) -> None:
    element.tag = data.draw(st.sampled_from(NAMES))


def _move(element: etree._Element, goal: etree._Element, _data: st.DataObject) -> None:
    if goal not in set(element.iter()):
        goal.append(element)


def _first(element: etree._Element, _goal: etree._Element, _data: st.DataObject) -> None:
    element.getparent().insert(0, element)


def _set(element: etree._Element, goal: etree._Element, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*element.attrib, "id", "default", "cancelActivity", "isForCompensation"]))
    element.set(str(name), data.draw(TEXTS | st.just(goal.get("id", "x"))))


def _unset(element: etree._Element, _goal: etree._Element, data: st.DataObject) -> None:
    if element.attrib:
        del element.attrib[data.draw(st.sampled_from(sorted(element.attrib)))]


def _text(element: etree._Element, _goal: etree._Element, data: st.DataObject) -> None:
    element.text = data.draw(TEXTS)


_DAMAGES = {function.__name__: function for function in (_drop, _double, _rename, _move, _first, _set, _unset, _text)}


def _read(content: bytes) -> model.Process:
    found = parsing.read(content, "prova.bpmn")
    processes = {key: parsing.read(FILES[key], key) for key in FILES} | {found.id: found}
    lanes = {lane.id for process in processes.values() for lane in process.lanes}
    inputs = {name: rule.decision.inputs for name, rule in DECISIONS.items()}
    around = profile.Surroundings(Everything(), PARAMETERS.keys() - SWITCHES, processes, lanes, inputs, SWITCHES)
    problems = [item for item in profile.check(found, around) if "che nessun modulo" not in item.reason]
    if problems:
        raise errors.InvalidProcess(tuple(problems))
    return found


def _read_or_refuse(content: bytes) -> model.Process | None:
    try:
        found = _read(content)
    except errors.InvalidProcess as error:
        event("refused")
        problems = error.problems
    else:
        event("accepted")
        return found
    assert problems
    assert all(problem.reason and problem.way_out for problem in problems)
    return None


def _definition(process: model.Process) -> Definition:
    processes = {key: parsing.read(FILES[key], key) for key in FILES} | {process.id: process}
    return memory.build(processes.values(), DECISIONS)[process.id]


def _run(definition: Definition, data: st.DataObject) -> None:
    written = sorted(set().union(*names.readable(definition.process, {}).values()) - RESERVED)
    instance = Instance.start(definition, {"case_code": "AAAA"}, Host(now=NOW, parameters=PARAMETERS))
    for step in range(1, 15):
        host = Host(now=NOW + timedelta(hours=step), parameters=PARAMETERS)
        instance = Instance.restore(definition, instance.dump(), state.FORMAT, host)
        instance.advance()
        items = [*instance.work_items, *instance.subscriptions]
        if not items:
            break
        item = items[data.draw(st.integers(0, len(items) - 1), label="item")]
        values = {name: data.draw(VALUES) for name in written}
        if item in instance.work_items:
            instance.complete(item.id, values)
        else:
            instance.deliver(item.id, values)
        for incident in instance.incidents[:1]:
            instance.retry(incident.id)
    else:
        instance.cancel()
        assert instance.completed
        return
    assert instance.completed or instance.incidents, "an instance never just stands still"


@MANY
@given(data=st.data())
def test_a_damaged_protocol_is_refused_or_runs(data: st.DataObject) -> None:
    root = etree.fromstring(FILES[data.draw(st.sampled_from(sorted(FILES)), label="file")])
    picture = root.find("{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram")
    if picture is not None:
        root.remove(picture)
    for _count in range(data.draw(st.integers(0, 2))):
        _damage(root, data)
    process = _read_or_refuse(etree.tostring(root))
    if process is None:
        return
    try:
        _run(_definition(process), data)
    except errors.StaffettaError as error:
        event(f"stopped: {type(error).__name__}")


@MANY
@given(data=st.data())
def test_a_protocol_with_damaged_bytes_is_refused_or_read(data: st.DataObject) -> None:
    whole = FILES[data.draw(st.sampled_from(sorted(FILES)), label="file")]
    content = bytearray(whole)
    for _count in range(data.draw(st.integers(1, 4))):
        # What stands behind this is the picture.
        at = data.draw(st.integers(0, whole.index(b"<bpmndi:BPMNDiagram")))
        content[at] = data.draw(st.sampled_from(b"abcxyzAEIOU0123456789_=-.") | st.integers(0, 255))
    process = _read_or_refuse(bytes(content))
    if process is not None:
        building.build(process, UUID(int=1), decisions=DECISIONS)


def test_the_protocols_themselves_are_accepted() -> None:
    assert len(FILES) >= 2
    for content in FILES.values():
        _definition(_read(content))
