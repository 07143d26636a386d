"""Files from outside: whatever they hold, they are refused in bounded time or read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine import errors
from engine.bpmn import parsing
from tests.engine.bpmn.diagram import FOOT, HEAD, end, process, start, task, way

GOOD = process(start(), task("a"), end(), way("inizio a fine"))
SECONDS = 2.0


@contextmanager
def quickly() -> Iterator[None]:
    before = time.process_time()
    yield
    assert time.process_time() - before < SECONDS


def refusal(content: bytes) -> errors.Problem:
    with quickly(), pytest.raises(errors.InvalidProcess) as refused:
        parsing.read(content, "prova.bpmn")
    assert refused.value.problems[0].way_out
    return refused.value.problems[0]


def entities(levels: int, use: str) -> bytes:
    """Each entity is ten times the one before: the well-known bomb."""
    declared = '<!ENTITY e0 "aaaaaaaaaa">'
    for level in range(1, levels):
        declared += f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">'
    return f"<!DOCTYPE definitions [{declared}]>{HEAD}{use}{FOOT}".encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"\0",
        b"ciao",
        b"{}",
        b"PK\x03\x04" + bytes(100),
        b"%PDF-1.7",
        GOOD[:-1],
        GOOD[: len(GOOD) // 2],
        GOOD + b"<x/>",
        GOOD.replace(b"</userTask>", b""),
        GOOD.replace(b'id="a"', b'id="a" id="b"'),
        GOOD.replace(b"Fare a", b"Fare & a"),
        GOOD.replace(b"Fare a", b"\xff\xfe\xff"),
        GOOD.replace(b"Fare a", b"&ignota;"),
        GOOD.replace(b"Fare a", b"&#0;"),
        b'<?xml version="1.0" encoding="ignota"?>' + GOOD,
        b'<?xml version="1.0" encoding="utf-16"?>' + GOOD,
        b'<?xml version="9.9"?' + GOOD,
    ],
)
def test_what_is_not_xml_is_refused(content: bytes) -> None:
    problem = refusal(content)
    assert problem.element == "prova.bpmn"
    assert "XML" in problem.reason


def test_a_file_of_two_megabytes_is_refused() -> None:
    problem = refusal(GOOD.replace(b"Fare a", b"x" * 2_000_000))
    assert "1 MB" in problem.reason


def test_a_doctype_is_refused() -> None:
    for doctype in (
        b"<!DOCTYPE definitions>",
        b'<!DOCTYPE definitions SYSTEM "http://127.0.0.1:1/x.dtd">',
        b'<!DOCTYPE definitions PUBLIC "-//X" "file:///etc/passwd">',
        b'<!DOCTYPE definitions [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE definitions [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    ):
        assert "DOCTYPE" in refusal(doctype + GOOD).reason


@pytest.mark.parametrize("use", ["", "&e8;", '<process id="&e8;" />', "<documentation>&e8;&e8;</documentation>"])
def test_an_entity_bomb_does_not_go_off(use: str) -> None:
    assert refusal(entities(9, use)).element == "prova.bpmn"


def test_a_file_in_a_file_is_not_fetched() -> None:
    content = (
        b'<!DOCTYPE definitions [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + HEAD.encode()
        + b"<documentation>&x;</documentation>"
        + FOOT.encode()
    )
    assert "root:" not in str(refusal(content))


@pytest.mark.parametrize("depth", [41, 200, 300, 5_000, 40_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    inside = f"<subProcess>{'<subProcess>' * depth}{'</subProcess>' * depth}</subProcess>"
    content = f"{HEAD}<process isExecutable='true'>{inside}</process>{FOOT}".encode()
    assert refusal(content).element == "prova.bpmn"


def test_many_elements_are_refused() -> None:
    limit = 2_000
    assert f"{limit}" in refusal(process(*("<userTask />" for _ in range(limit)))).reason


def test_many_problems_are_said_quickly() -> None:
    tasks = "".join(f'<scriptTask id="s{number}" />' for number in range(1_900))
    with quickly(), pytest.raises(errors.InvalidProcess) as refused:
        parsing.read(process(tasks), "prova.bpmn")
    assert len(refused.value.problems) == 1_900


def test_a_very_long_attribute_or_expression_is_read_or_refused_quickly() -> None:
    for text in (
        "x" * 900_000,
        "=" + "(" * 100_000,
        "=" + "-" * 100_000 + "1",
        "=" + "1+" * 100_000 + "1",
        "=[" * 9_000,
    ):
        condition = f"<conditionExpression>{text}</conditionExpression>"
        written = f"<sequenceFlow id='f' sourceRef='a' targetRef='b'>{condition}</sequenceFlow>"
        with quickly(), pytest.raises(errors.InvalidProcess) as refused:
            parsing.read(process(written), "prova.bpmn")
        assert len(str(refused.value.problems)) < 2_000, "a problem quotes only the beginning"


def test_comments_and_instructions_are_passed_over() -> None:
    content = b"<!-- a --><?x y?>" + GOOD.replace(b"<laneSet>", b"<!-- b --><?x y?><laneSet>")
    assert parsing.read(content, "prova.bpmn").id == "prova"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_file_may_be_in_another_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + GOOD.decode().replace("Fare a", "Però")
    assert parsing.read(text.encode(encoding), "prova.bpmn").all_nodes["a"].name == "Però"


def test_a_prefix_of_any_name_will_do() -> None:
    text = GOOD.decode().replace("xmlns=", "xmlns:q=").replace("<", "<q:").replace("<q:/", "</q:")
    assert parsing.read(text.encode(), "prova.bpmn").id == "prova"
