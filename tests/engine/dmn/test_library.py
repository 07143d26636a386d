"""Several decision files together: finding decisions by their ids, with what they import, and all that is wrong."""

from __future__ import annotations

import pytest

from engine import dmn
from tests.engine.dmn.drawing import NAMESPACE, decision, given, model

GAP = (
    '<decisionTable id="t"><input label="risposta"><inputExpression typeRef="boolean"><text>a</text></inputExpression>'
    "</input><output/><rule><inputEntry><text>true</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
    "</decisionTable>"
)
LABELLED = decision("livello", "1").replace(
    "<decision ",
    '<decision label="Il livello" xmlns:staffetta="urn:staffetta:dmn:1" ',
).replace("<variable", '<extensionElements><staffetta:label lang="en">The level</staffetta:label>'
          "</extensionElements><variable", 1)  # fmt: skip


def importing(name: str, namespace: str) -> str:
    return f'<import name="{name}" namespace="{namespace}" importType="{NAMESPACE}"/>'


def found(files: dict[str, bytes], decision_id: str) -> dmn.Decision:
    library = dmn.Library.of(files)
    assert library.problems == []
    asked = library.find(decision_id)
    assert asked is not None
    return asked


def test_a_decision_is_found_by_its_id_and_says_what_it_reads() -> None:
    asked = found({"a.dmn": model(given("eta"), decision("doppio", "eta * 2", needs="i:eta"))}, "decision doppio")

    assert (asked.name, asked.file, asked.inputs) == ("doppio", "a.dmn", frozenset({"eta"}))
    assert asked.evaluate({"eta": 4}).value == 8


def test_a_decision_that_is_in_no_file_is_not_found() -> None:
    assert dmn.Library.of({}).find("x") is None
    assert dmn.Library.of({"a.dmn": model(decision("x", "1"))}).find("x") is None


def test_only_what_a_file_imports_goes_with_it() -> None:
    base = model(decision("base", "1"), namespace="urn:base")
    asks = model(
        decision("somma", "b.base + 1").replace(
            "<literalExpression>",
            '<informationRequirement><requiredDecision href="urn:base#decision base"/></informationRequirement>'
            "<literalExpression>",
        ),
        imports=importing("b", "urn:base"),
    )
    other = model(decision("altro", "3"), namespace="urn:altro")
    asked = found({"a.dmn": asks, "base.dmn": base, "altro.dmn": other}, "decision somma")

    assert set(asked.files) == {"a.dmn", "base.dmn"}
    assert asked.evaluate({}).value == 2


def test_files_that_share_a_namespace_and_import_nothing_do_not_disturb_each_other() -> None:
    files = {"a.dmn": model(decision("uno", "1")), "b.dmn": model(decision("due", "2"))}

    assert found(files, "decision uno").evaluate({}).value == 1
    assert found(files, "decision due").evaluate({}).value == 2


def test_the_digest_is_that_of_the_files_and_their_names() -> None:
    one, other = model(decision("x", "1")), model(decision("x", "2"))
    digests = {found({name: file}, "decision x").digest for name in ("a.dmn", "b.dmn") for file in (one, other)}

    assert len(digests) == 4
    assert found({"a.dmn": one, "b.dmn": model(decision("y", "1"))}, "decision x").digest in digests


def test_labels_are_known_in_each_language() -> None:
    assert found({"a.dmn": model(LABELLED)}, "decision livello").labels == {
        "livello": {"it": "Il livello", "en": "The level"}
    }


@pytest.mark.parametrize(
    ("files", "element", "piece"),
    [
        ({"a.dmn": b"no"}, "a.dmn", "XML"),
        ({"a.dmn": model(decision("x", "1 +"))}, "decision x", "non si capisce"),
        ({"a.dmn": model(given("a", "boolean"), decision("x", GAP, needs="i:a"))}, "t", "Nessuna riga vale"),
        ({"a.dmn": model(imports=importing("b", "urn:assente"))}, "b", "non è fra i file"),
        (
            {"a.dmn": model(decision("x", "1")), "b.dmn": model(decision("x", "2"))},
            "decision x",
            "sta anche in a.dmn",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_file(files: dict[str, bytes], element: str, piece: str) -> None:
    problems = dmn.Library.of(files).problems

    assert [problem.element for problem in problems] == [element]
    assert problems[0].file in files
    assert piece in problems[0].reason
    assert problems[0].way_out
