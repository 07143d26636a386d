"""The runner of the public conformance cases, tried on cases of our own; the real ones are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.dmn import conformance
from tests.engine.dmn.drawing import decision, given, model, service

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>{}</testCases>"""


def run(folder: Path, cases: str) -> list[bool]:
    parts = [
        given("n"),
        decision("doppio", "n * 2", needs="i:n"),
        decision("giorno", 'date("2026-03-08")'),
        decision("pezzi", "{a: [1, null], b: true}"),
        decision("rotta", "1 +"),
        service("servizio", outputs="doppio", inputs="n"),
    ]
    (folder / "m.dmn").write_bytes(model(*parts))
    (folder / "m-test-01.xml").write_text(CASES.format(cases), encoding="utf-8")
    return [result.passed for result in conformance.run(folder)]


def case(name: str, expected: str, attributes: str = "", invoked: str = "") -> str:
    value = '<inputNode name="n"><value xsi:type="xsd:decimal">2</value></inputNode>'
    node = f'<resultNode name="{name}" {attributes}><expected>{expected}</expected></resultNode>'
    return f'<testCase id="1" {invoked}>{value}{node}</testCase>'


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        (case("doppio", '<value xsi:type="xsd:decimal">4.00000000001</value>'), True),
        (case("doppio", '<value xsi:type="xsd:decimal">4.0001</value>'), False),
        (case("doppio", '<value xsi:type="xsd:string">4</value>'), False),
        (case("doppio", '<value xsi:nil="true"/>'), False),
        (case("doppio", '<value xsi:nil="true"/>', 'errorResult="true"'), False),
        (case("rotta", '<value xsi:nil="true"/>', 'errorResult="true"'), True),
        (case("giorno", '<value xsi:type="xsd:date">2026-03-08</value>'), True),
        (case("giorno", '<value xsi:type="xsd:date">2026-03-09</value>'), False),
        (case("giorno", '<value xsi:type="xsd:date">-2026-03-08</value>'), False),
        (case("giorno", '<value xsi:type="xsd:string">2026-03-08</value>'), False),
        (case("doppio", '<value xsi:type="xsd:decimal">4</value>', invoked='invocableName="servizio"'), True),
        (case("nessuna", '<value xsi:nil="true"/>'), False),
        (
            case(
                "pezzi",
                '<component name="a"><list><item><value xsi:type="xsd:decimal">1</value></item><item>'
                '<value xsi:nil="true"/></item></list></component>'
                '<component name="b"><value xsi:type="xsd:boolean">true</value></component>',
            ),
            True,
        ),
        (case("pezzi", '<component name="b"><value xsi:type="xsd:boolean">true</value></component>'), False),
    ],
)
def test_the_runner_tells_right_from_wrong(tmp_path, written, passed) -> None:
    assert run(tmp_path, written) == [passed]


@pytest.mark.skipif("STAFFETTA_TCK" not in os.environ, reason="STAFFETTA_TCK does not say where the DMN TCK is")
def test_the_public_cases_pass() -> None:
    results = list(conformance.run(Path(os.environ["STAFFETTA_TCK"])))
    second = [result for result in results if "compliance-level-2" in result.folder]
    third = [result for result in results if "compliance-level-3" in result.folder]

    assert second
    assert [result.case for result in second if not result.passed] == []
    assert sum(result.passed for result in third) >= 0.98 * len(third)
