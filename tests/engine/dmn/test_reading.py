"""Files: what is accepted, what is refused, and with which words."""

from __future__ import annotations

import pytest

from engine import dmn, errors
from engine.dmn import dialect
from tests.engine.dmn.drawing import decision, examine, feel, given, model, read, table, tag


def refused(content: bytes) -> str:
    with pytest.raises(errors.InvalidProcess) as refusal:
        dmn.examine({"prova.dmn": content}, "prova.dmn")
    return refusal.value.problems[0].reason


@pytest.mark.parametrize("version", dialect.MODEL)
def test_versions_from_1_2_to_1_5_are_read(version) -> None:
    assert read(decision("a", "1"), version=version).evaluate("a", {}).value == 1


@pytest.mark.parametrize(
    "version", ["http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/BPMN/20100524/MODEL"]
)
def test_other_versions_and_languages_are_refused(version) -> None:
    made = examine(decision("a", "1"), version=version)

    assert made.problems[0].reason == "Il file non è un modello DMN da 1.2 a 1.5."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Il file non \u00e8 XML ben formato."),
        (b"<definitions", "Il file non \u00e8 XML ben formato."),
        (b"<definitions/>", "Il file non \u00e8 un modello DMN da 1.2 a 1.5."),
        (b"<x xmlns='urn:x'/>", "Il file non \u00e8 un modello DMN da 1.2 a 1.5."),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "Il file contiene una dichiarazione DOCTYPE."),
        (b" " * 1_000_001, "Il file supera 1 MB."),
        (model("<text/>" * 20_001), "Il file ha pi\u00f9 di 20000 elementi o 60 livelli."),
        (model("<context>" * 61 + "</context>" * 61), "Il file ha pi\u00f9 di 20000 elementi o 60 livelli."),
    ],
)
def test_files_that_are_no_model_are_refused(content, reason) -> None:
    assert refused(content) == reason


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    assert refused(bomb + model(decision("a", "1"))) == "Il file contiene una dichiarazione DOCTYPE."


@pytest.mark.parametrize(
    ("part", "reason", "element"),
    [
        (tag("task", id="t"), "L'elemento «task» non è accettato qui.", "t"),
        (tag("decision", tag("rule"), name="a", id="a"), "L'elemento «rule» non è accettato qui.", "a"),
        ('<x:y xmlns:x="urn:x"/>', "L'elemento «y» appartiene a un altro strumento e non ha significato qui.", "prova"),
        (tag("inputData", name="a", id="a", secret="1"), "L'attributo «secret» non è accettato su inputData.", "a"),
        (
            decision("a", feel("1", expressionLanguage="urn:python")),
            "Il linguaggio «urn:python» non è FEEL.",
            "decision a",
        ),
        (decision("a", feel("1") + feel("2")), "«literalExpression» è di troppo: ce n'è già uno.", "decision a"),
        (
            decision("a", tag("literalExpression", tag("importedValues"))),
            "L'elemento «importedValues» non è accettato qui.",
            "decision a",
        ),
        (given("a") + tag("inputData", name="a", id="b"), "Il nome «a» è usato due volte.", "b"),
        (given("a") + tag("inputData", name="b", id="input a"), "L'id «input a» è usato due volte.", "input a"),
        (tag("inputData", id="a"), "L'elemento non ha un nome.", "a"),
        (
            tag("inputData", tag("variable", name="b"), name="a", id="a"),
            "L'elemento si chiama «a», la sua variabile «b».",
            "a",
        ),
        (decision("a", "1 +"), "«1 +» non si capisce: qui serve un valore, c'è la fine (riga 1, col", "decision a"),
        (decision("a", "b"), "«b» usa «b», che qui non esiste.", "decision a"),
        (decision("a", ""), "Manca un'espressione.", "decision a"),
        (decision("a", "function() external {a: 1}"), "«function() external {a: 1}» non si capisce: ", "decision a"),
    ],
)  # fmt: skip
def test_what_the_dialect_does_not_know_is_refused(part, reason, element) -> None:
    problem = examine(part).problems[0]

    assert problem.reason.startswith(reason)
    assert problem.element == element
    assert problem.way_out
    assert problem.line == 1


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(errors.InvalidProcess) as refusal:
        read(decision("a", "1 +"), decision("b", "x"), tag("task"), decision("c", table("", "n", "1 +")))

    assert len(refusal.value.problems) == 4


def test_pictures_notes_and_extensions_are_passed_over() -> None:
    made = read(
        tag("extensionElements", '<x:y xmlns:x="urn:x" z="1"/>'),
        tag("description", "un testo"),
        tag("knowledgeSource", tag("owner"), name="fonte", id="f"),
        tag("textAnnotation", tag("text", "nota"), id="n"),
        '<z:DMNDI xmlns:z="https://www.omg.org/spec/DMN/20230324/DMNDI/"><z:DMNDiagram/></z:DMNDI>',
        tag("decision", tag("question", "che fare?"), feel("1"), name="a", id="a"),
    )

    assert made.evaluate("a", {}).value == 1


def test_attributes_of_other_tools_are_passed_over() -> None:
    assert read('<inputData xmlns:x="urn:x" name="a" id="a" x:colore="rosso"/>').problems == ()


def test_a_refused_model_can_still_be_looked_at() -> None:
    made = examine(decision("a", "1"), decision("b", "1 +"))

    assert (made.evaluate("a", {}).value, made.evaluate("b", {}).value) == (1, None)
