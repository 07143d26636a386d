"""What the linter says of a diagram that is well written but cannot be kept."""

from __future__ import annotations

import pytest

from engine import errors
from engine.bpmn import advice, parsing, profile
from tests.engine.bpmn.diagram import (
    HEAD,
    call,
    choice,
    element,
    end,
    error,
    flow,
    message,
    process,
    start,
    sub,
    task,
    timer,
    way,
    xor,
)
from tests.engine.bpmn.play import PARAMETERS, Play, around, one_problem, problems, read

PLAIN = (start(), task("a"), end(), way("inizio a fine"))
CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="x")


def test_a_plain_process_is_accepted() -> None:
    assert set(read(process(*PLAIN))) == {"prova"}


# --- shape ---


TWO_STARTS = {"inizio": "non sa quale", "i2": "non sa quale"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((task("a"), end(), way("a fine")), {"prova": "inizio"}),
        (
            (start(), start("i2"), task("a"), end(), way("inizio a fine"), way("i2 a")),
            TWO_STARTS,
        ),
        ((start(), task("a"), end(), way("a fine")), {"inizio": "non va da nessuna parte"}),
        ((start(), task("a"), end(), way("inizio a fine"), flow("a", "x")), {"a_x": "«x»"}),
        ((*PLAIN, flow("y", "a")), {"y_a": "«y»"}),
        ((*PLAIN, flow("fine", "a")), {"fine": "esce da un evento di fine"}),
        ((*PLAIN, flow("a", "inizio")), {"inizio": "entra in un evento"}),
        ((start(), task("a"), end(), flow("inizio", "a", when="=true"), way("a fine")), {"inizio_a": "non esce da"}),
        (
            (start(), start("i2"), task("a"), task("b"), end(), way("inizio a fine"), way("i2 b fine")),
            TWO_STARTS,
        ),
    ],
)
def test_a_broken_shape_is_refused_at_its_element(parts: tuple[str, ...], expected: dict[str, str]) -> None:
    found = {problem.element: problem.reason for problem in problems(process(*parts))}
    assert found.keys() == expected.keys()
    for key, piece in expected.items():
        assert piece in found[key]


@pytest.mark.parametrize(
    ("flows", "default", "element_", "piece"),
    [
        ((flow("x", "a"), flow("x", "b")), "x_b", "x_a", "non ha condizione"),
        ((flow("x", "a", when="=true"), flow("x", "b")), "altro", "x", "non esce da questo gateway"),
        ((flow("x", "a", when="=true"), flow("x", "b")), "a_fine", "x", "non esce da questo gateway"),
        ((flow("x", "a", when="=true"), flow("x", "b", when="=true")), "x_b", "x_b", "ha una condizione"),
    ],
)
def test_a_gateway_knows_when_each_way_is_taken(
    flows: tuple[str, ...], default: str, element_: str, piece: str
) -> None:
    found = problems(choice(*flows, default=default))
    assert any(problem.element == element_ and piece in problem.reason for problem in found), found


def test_flows_do_not_cross_the_border_of_a_subprocess() -> None:
    inner = sub("s", start("si"), task("b"), end("sf"), way("si b sf"))
    found = problems(process(start(), inner, task("a"), end(), way("inizio s a fine"), flow("b", "a")))
    assert any(problem.element == "b_a" and "«b»" in problem.reason for problem in found)


@pytest.mark.parametrize(
    "starts",
    [(), (start("si"), start("s2")), (start("si", message="m"),), (start("si"), start("s2", message="m"))],
    ids=["none", "two", "by message", "plain and by message"],
)
def test_a_subprocess_begins_with_one_plain_start(starts: tuple[str, ...]) -> None:
    ways = "".join(way(f"{key} b") for key in ("si", "s2") if f'"{key}"' in "".join(starts))
    inner = sub("s", *starts, task("b"), end("sf"), ways, way("b sf"))
    found = problems(process(start(), inner, end(), way("inizio s fine"), top=message("m", "MSG")))
    assert any(problem.element in {"s", "s2"} and "inizi" in problem.reason for problem in found)


def test_two_starts_for_one_message_are_refused() -> None:
    parts = (start("i1", message="m"), start("i2", message="m"), end(), way("i1 fine"), way("i2 fine"))
    key, reason = one_problem(process(*parts, top=message("m", "MSG_INVIO")))
    assert key == "prova"
    assert "MSG_INVIO" in reason


# --- ids, lanes, references ---


def test_an_id_that_is_used_twice_is_refused() -> None:
    key, reason = one_problem(process(start(), task("a"), end(), way("inizio a"), flow("a", "fine", key="inizio_a")))
    assert key == "inizio_a"
    assert "due volte" in reason


@pytest.mark.parametrize("outer", ["prova", "cav", "m", "a"])
def test_an_id_is_unique_in_the_whole_file(outer: str) -> None:
    inner = sub("s", start("si"), task("a"), end(outer), way(f"si a {outer}"))
    found = problems(process(start(), inner, end(), way("inizio s fine"), top=message("m", "MSG")))
    assert any(problem.element == outer and "due volte" in problem.reason for problem in found)


def test_an_element_without_id_is_refused() -> None:
    found = problems(process(*PLAIN, '<userTask name="x" />'))
    assert [(item.element, "non ha identificativo" in item.reason) for item in found] == [("prova", True)]


def test_a_file_has_one_executable_process() -> None:
    two = process(*PLAIN).replace(b"</definitions>", b'<process id="altro" isExecutable="true" /></definitions>')
    assert "2 processi" in problems(two)[0].reason
    none = process(*PLAIN).replace(b'isExecutable="true"', b'isExecutable="false"')
    assert "Nessun processo" in problems(none)[0].reason


def test_a_process_that_is_only_a_picture_may_stand_beside_the_executable_one() -> None:
    beside = b'<process id="altro" isExecutable="false"><userTask id="x" /></process></definitions>'
    assert set(read(process(*PLAIN).replace(b"</definitions>", beside))) == {"prova"}


def lane(key: str, inner: str = "") -> str:
    return element("lane", key, "<flowNodeRef>a</flowNodeRef>" + inner)


@pytest.mark.parametrize(
    ("lanes", "key", "piece"),
    [
        ("", "a", "non sta in una corsia"),
        (element("lane", "cav"), "a", "non sta in una corsia"),
        (lane("cav") + lane("capofila"), "capofila", "due corsie"),
        (lane("cav", "<flowNodeRef>z</flowNodeRef>"), "prova", "«z»"),
        (lane("cav", '<childLaneSet id="c" />'), "c", "childLaneSet"),
        ("<lane><flowNodeRef>a</flowNodeRef></lane>", "", "non ha identificativo"),
    ],
)
def test_a_step_stands_in_one_lane(lanes: str, key: str, piece: str) -> None:
    before, _, rest = process(*PLAIN).partition(b"<laneSet>")
    file = before + b"<laneSet>" + lanes.encode() + rest[rest.index(b"</laneSet>") :]
    found_key, reason = one_problem(file)
    assert found_key == key
    assert piece in reason


def test_a_step_in_a_subprocess_is_in_the_lane_of_the_subprocess() -> None:
    inner = sub("s", start("si"), task("b"), end("sf"), way("si b sf"))
    file = process(start(), inner, end(), way("inizio s fine")).replace(b"<flowNodeRef>b<", b"<flowNodeRef>s<")
    assert Play(file).item("b").node.lane == "cav"


def test_a_step_has_a_name() -> None:
    key, reason = one_problem(process(*PLAIN).replace(b'name="Fare a"', b'name=" "'))
    assert key == "a"
    assert "nome" in reason


# --- calls ---


@pytest.mark.parametrize(
    ("step", "piece"),
    [
        (call("c", "ignoto"), "«ignoto»"),
        (call("c", "=nome"), "non dice fra quali"),
        (call("c", "altro").replace('propagateAllChildVariables="false"', ""), "propagateAllChildVariables"),
        (
            call("c", "altro").replace('ParentVariables="false"', 'ParentVariables="true"'),
            "propagateAllParentVariables",
        ),
        (call("c", "altro", "> y = 1"), "non dichiara"),
        (call("c", "altro", "< y = z"), "«z»"),
        (element("callActivity", "c"), "quale processo"),
        (element("callActivity", "c", calledElement="altro"), "calledElement"),
    ],
)
def test_a_call_that_could_not_be_made_is_refused(step: str, piece: str) -> None:
    found = problems(process(start(), step, end(), way("inizio c fine")), CALLED)
    assert any(problem.element == "c" and piece in problem.reason for problem in found), found


def test_a_called_process_has_a_plain_start() -> None:
    called = process(start(message="m"), task("d"), end(), way("inizio d fine"), key="altro", top=message("m", "MSG"))
    key, reason = one_problem(process(start(), call("c", "altro"), end(), way("inizio c fine")), called)
    assert key == "c"
    assert "inizio semplice" in reason


# --- deadlines and separation ---


def with_extension(extension: str) -> bytes:
    return process(
        start(), element("userTask", "a", f"<extensionElements>{extension}</extensionElements>", name="A"), end(),
        way("inizio a fine"), variables="grave",
    )  # fmt: skip


def deadline(**changed: str) -> str:
    given = {"clock": "conclusion", "parameter": "D03", "class": "E1", "nature": "interno", **changed}
    return element("staffetta:deadline", "", **given).replace(' id=""', "")


@pytest.mark.parametrize(
    ("extension", "piece"),
    [
        (deadline(clock="altro"), "clock=«altro»"),
        (deadline(nature="x"), "nature=«x»"),
        (deadline(parameter="D99"), "«D99»"),
        (deadline(condition="=grave"), "nessuna"),
        (deadline() + deadline(), "non varrebbe mai"),
        (deadline() + deadline(condition="=grave"), "non varrebbe mai"),
        (deadline(condition="=ignota") + deadline(), "«ignota»"),
        (deadline(start="=ignota"), "«ignota»"),
        (deadline(**{"class": "E9"}), "class=«E9»"),
        ("<staffetta:fourEyes /><staffetta:fourEyes />", "fourEyes"),
        ('<staffetta:fourEyes lane="cav" />', "lane"),
        ('<staffetta:fourEyes /><staffetta:laneAssignment lane="cav" />', "seconda persona"),
        ('<staffetta:separateFrom task="a" />', "«a»"),
        ('<staffetta:separateFrom task="z" />', "«z»"),
        ('<staffetta:separateFrom task="fine" />', "«fine»"),
        ('<staffetta:retainFamiliar task="z" />', "«z» non è una user task della stessa corsia"),
        ('<staffetta:retainFamiliar task="fine" />', "«fine» non è una user task"),
    ],
)
def test_a_deadline_or_a_separation_that_could_not_be_kept_is_refused(extension: str, piece: str) -> None:
    found = problems(with_extension(extension))
    assert any(problem.element == "a" and piece in problem.reason for problem in found), found


def test_deadlines_that_can_be_kept_are_accepted() -> None:
    fine = deadline(condition="=grave") + deadline(parameter="D04") + deadline(clock="reception")
    assert set(read(with_extension(fine))) == {"prova"}
    assert set(PARAMETERS) >= {"D03", "D04"}


def test_all_problems_of_a_diagram_are_said_at_once() -> None:
    file = process(
        start(), task("a"), xor("x"), task("b"), task("c"), end(), way("inizio a x"),
        flow("x", "b", when="=ignota = 1"), flow("x", "c"), way("b fine"), timer("t", "a", '=param("D99")'),
    )  # fmt: skip
    said = {(problem.element, problem.reason.split(" ")[0]) for problem in problems(file)}
    assert {key for key, _reason in said} == {"x_b", "x_c", "t"}
    assert len(said) >= 3


def test_texts_that_cannot_be_read_are_all_said_at_once() -> None:
    file = process(
        start(), task("a"), end(), flow("inizio", "a", when="python"), way("a fine"), timer("t", "a", "PT1X"),
        way("t fine"), top=error("e1", ""),
    )  # fmt: skip
    assert [problem.element for problem in problems(file)] == ["e1", "inizio_a", "t"]


def test_the_linter_needs_nothing_but_the_diagram_and_its_surroundings() -> None:
    found = parsing.read(process(*PLAIN), "prova.bpmn")
    assert profile.check(found, around()) == []
    nowhere = profile.Surroundings({}, (), {}, ())
    assert profile.check(found, nowhere) == []
    assert "cav" in {warning.element for warning in advice.check(found, nowhere)}


def test_a_file_that_is_no_bpmn_is_refused() -> None:
    for text in (
        "<html />",
        '<definitions xmlns="urn:x" />',
        "<definitions />",
        HEAD.replace("20100524", "20110524") + "</definitions>",
    ):
        with pytest.raises(errors.InvalidProcess) as refused:
            parsing.read(text.encode(), "prova.bpmn")
        assert "BPMN 2.0" in refused.value.problems[0].reason
