"""Models damaged at random: refused with reasons, or evaluated without surprises."""

from __future__ import annotations

import copy
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine import dmn, errors
from engine.dmn import dialect
from tests.engine.dmn.drawing import (
    bkm,
    component,
    decision,
    feel,
    function,
    item,
    model,
    service,
    table,
    tag,
)
from tests.engine.dmn.drawing import (
    given as input_data,
)

RISK = (Path(__file__).parents[3] / "processes" / "valutazione_rischio" / "rischio.dmn").read_bytes()
EVERYTHING = model(
    item("tPersona", "", component("eta", "number", allowed=">= 0"), component("nome", "string")),
    item("tPersone", "tPersona", collection=True),
    input_data("p", "tPersone"),
    input_data("n", "number"),
    bkm("f", "a:number, b", "if a > 0 then f(a - 1, b) else b", uses="f"),
    decision("a", tag("for", tag("in", feel("p")), tag("return", feel("x.eta")), iteratorVariable="x"), needs="i:p"),
    decision("b", tag("filter", tag("in", feel("p")), tag("match", feel("eta > n"))), needs="i:p, i:n"),
    decision("c", tag("context", tag("contextEntry", tag("variable", name="g"), function("x", "x + n"))), needs="i:n"),
    decision("d", tag("relation", tag("column", name="k"), tag("row", feel("n"))), needs="i:n"),
    decision("e", tag("invocation", feel("f"), tag("binding", tag("parameter", name="a"), feel("n"))), uses="f"),
    decision("t", table("n:number", "x:string", '< 3 | "a"', policy="PRIORITY", allowed={"x": '"a"'}), needs="i:n"),
    service("S", outputs="a, b", inputs="p, n"),
    decision("z", "S(a, n)", needs="d:a, i:n", uses="S"),
)  # fmt: skip
FILES = (RISK, EVERYTHING)
INPUTS = {"p": [{"eta": 3, "nome": "a"}], "n": 5, "strangolamento": "si", "odara_totale": 3}
NAMES = [f"{{https://www.omg.org/spec/DMN/20230324/MODEL/}}{name}" for name in dialect.ELEMENTS]
TEXTS = st.sampled_from(
    ["", "-", "x", "n", "p", "true", "1 +", "[1..3]", "f(1, 2)", "a b", "p[1]", "1/0", "#input n", "tPersone", "FIRST"]
)
ACTS = st.sampled_from(["remove", "rename", "text", "attribute", "double", "move"])


def damage(root: etree._Element, act: str, place: int, other: int, text: str) -> None:
    elements = list(root.iter())[1:]
    element = elements[place % len(elements)]
    parent = element.getparent()
    if act == "remove":
        parent.remove(element)
    elif act == "rename":
        element.tag = NAMES[other % len(NAMES)]
    elif act == "text":
        element.text = text
    elif act == "attribute" and element.attrib:
        element.set(list(element.attrib)[other % len(element.attrib)], text)
    elif act == "double":
        parent.append(copy.deepcopy(element))
    elif act == "move":
        target = elements[other % len(elements)]
        if element not in target.iterancestors() and target is not element:
            target.append(element)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(ACTS, st.integers(0, 9999), st.integers(0, 9999), TEXTS), min_size=1, max_size=4),
)
def test_a_damaged_model_is_refused_or_works(content, damages) -> None:
    root = etree.fromstring(content)
    for act, place, other, text in damages:
        damage(root, act, place, other, text)
    try:
        made = dmn.examine({"m.dmn": etree.tostring(root)}, "m.dmn")
    except errors.InvalidProcess:
        return
    assert all(problem.reason and problem.way_out and problem.element for problem in made.problems)
    for name in (*made.decisions, *made.services):
        outcome = made.evaluate(name, INPUTS)
        assert isinstance(outcome.failures, tuple)
