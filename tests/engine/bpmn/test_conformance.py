"""The run of public models, judged itself: it counts nothing that came right by accident, and leaves nothing out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.bpmn import conformance
from tests.engine.bpmn.diagram import (
    HEAD,
    caught,
    element,
    end,
    error,
    escalation,
    flow,
    of_error,
    of_escalation,
    of_time,
    on_border,
    par,
    plain,
    start,
    sub,
    task,
    throws,
    waits,
    way,
    xor,
)

ERR, ESC = error("e1", "E1"), escalation("s1", "UNA")
STOP = "<terminateEventDefinition />"


def says(key: str, word: str) -> str:
    """A script task of the other dialect."""
    return element("scriptTask", key, f"<script>{word}</script>")


def model(*parts: str, top: str = "") -> bytes:
    return f'{HEAD}{top}<process id="M" isExecutable="true">{"".join(parts)}</process></definitions>'.encode()


def judged(tmp_path: Path, source: bytes, *expected: str, delay: float = 0, **variables: Any) -> str:
    """What the run says of a model with one case."""
    case = {"variables": variables, "delay_seconds": delay, "parallel_process_running": False, "expected": expected}
    (tmp_path / "expected.json").write_text(json.dumps([{"name": "M", "cases": [case]}]))
    (tmp_path / "M.bpmn").write_bytes(source)
    ((_name, outcome),) = conformance.betsy(tmp_path)
    return outcome


PLAIN = model(start(), says("a", "SCRIPT_task1"), end(), way("inizio a fine"))


def test_what_is_expected_is_right_and_anything_else_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path, PLAIN, "SCRIPT_task1") == "right"
    for wrong in ([], ["SCRIPT_task2"], ["SCRIPT_task1", "SCRIPT_task1"], ["SCRIPT_task1", "ERROR_runtime"], ["ERROR"]):
        assert judged(tmp_path, PLAIN, *wrong).startswith("wrong"), wrong


def test_what_comes_right_without_what_is_thrown_came_by_accident(tmp_path: Path) -> None:
    by_way = model(start(), throws("t", of_escalation("s1")), says("a", "W"), end(), way("inizio t a fine"), top=ESC)
    assert judged(tmp_path, by_way, "W").startswith("accident")
    inside = sub("s", start("si"), throws("sf", of_error("e1"), tag="endEvent"), way("si sf"))
    by_error = (start(), inside, caught("b", "s", "e1"), says("a", "W"), end(), end("altra"))
    flows = (way("inizio s altra"), way("b a fine"))
    assert judged(tmp_path, model(*by_error, *flows, top=ERR), "W") == "right"


def test_what_is_thrown_by_a_definition_of_the_whole_file_is_taken_out_too(tmp_path: Path) -> None:
    thrown = throws("t", "<eventDefinitionRef>d</eventDefinitionRef>")
    whole = ESC + '<escalationEventDefinition id="d" escalationRef="s1" />'
    by_way = model(start(), thrown, says("a", "W"), end(), way("inizio t a fine"), top=whole)
    assert judged(tmp_path, by_way, "W").startswith("accident")


def test_what_a_clock_that_stands_still_would_hide_comes_out(tmp_path: Path) -> None:
    waiting = (waits("w", "timeDuration", "PT1S"), says("a", "W"), end())
    fork = (start(), par("p"), *waiting, throws("stop", STOP, tag="endEvent"), way("inizio p w a fine"), way("p stop"))
    assert judged(tmp_path, model(*fork)) == "right"
    without = (*fork[:-3], end("stop"), *fork[-2:])
    assert judged(tmp_path, model(*without)).startswith("wrong")


def test_an_error_counts_where_it_is_expected_and_as_what_it_is(tmp_path: Path) -> None:
    thrown = model(start(), says("a", "W"), throws("t", of_error("e1"), tag="endEvent"), way("inizio a t"), top=ERR)
    for expected in ("ERROR_runtime", "ERROR_thrownErrorEvent", "ERROR"):
        assert judged(tmp_path, thrown, "W", expected) == "right"
    assert judged(tmp_path, thrown, "W").startswith("wrong")
    starving = model(
        start(), xor("x", "x_b"), says("a", "A"), says("b", "B"), par("p"), end(), way("inizio x a p fine")
    )
    starving = starving.replace(b"</process>", f"{way('x b p')}</process>".encode())
    starving = starving.replace(flow("x", "a").encode(), flow("x", "a", 'test.contains("a")').encode())
    assert judged(tmp_path, starving, "A", "ERROR_runtime", test="a") == "right"
    assert judged(tmp_path, starving, "A", test="a") == "right", "to wait in vain is no error in BPMN"
    assert judged(tmp_path, starving, "A", "ERROR_thrownErrorEvent", test="a").startswith("wrong")


def test_a_refusal_is_an_answer_only_for_what_the_dialect_knows(tmp_path: Path) -> None:
    unconnected = model(start(), says("a", "W"), flow("inizio", "nessuno"))
    assert judged(tmp_path, unconnected, "ERROR_deployment") == "right"
    assert judged(tmp_path, unconnected, "W").startswith("refused: ")
    unknown = model(start(), element("inventedTask", "a"), end(), way("inizio a fine"))
    assert judged(tmp_path, unknown, "ERROR_deployment").startswith("refused: ")
    assert judged(tmp_path, unknown, "ERROR").startswith("refused: ")


def test_a_model_that_does_not_end_in_time_is_wrong_and_the_others_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conformance, "SECONDS", 0.05)
    monkeypatch.setattr(conformance.Player, "advance", lambda *_given: _for_ever())
    assert judged(tmp_path, PLAIN, "SCRIPT_task1") == "wrong: TimeoutError no end within 0.05 seconds"


def _for_ever() -> None:
    while True:
        pass


def test_a_missing_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text('[{"name": "M", "cases": []}]')
    ((_name, outcome),) = conformance.betsy(tmp_path)
    assert outcome == "wrong: M.bpmn is not there"


def test_what_still_runs_is_said(tmp_path: Path) -> None:
    staying = model(start(), says("a", "W"), task("b"), end(), way("inizio a b fine"))
    assert judged(tmp_path, staying, "W") == "right (an instance still runs)"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("CREATE_LOG_FILE", []),
        ("CREATE_MARKER_FILE", ["MARKER_exists"]),
        ("INCREMENT_INTEGER_VARIABLE_AND_LOG", ["INCREMENT"]),
        ("THROW_ERROR", ["ERROR_thrownErrorEvent"]),
    ],
)
def test_the_words_of_the_scripts_do_what_they_mean(tmp_path: Path, word: str, expected: list[str]) -> None:
    source = model(start(), says("a", word), end(), way("inizio a fine"))
    assert judged(tmp_path, source, *expected, integerVariable=0) == "right"


def test_the_word_that_throws_is_caught_on_the_border_of_its_step(tmp_path: Path) -> None:
    parts = (start(), says("a", "THROW_ERROR"), caught("b", "a", "e9"), says("c", "W"), end(), end("altra"))
    source = model(*parts, way("inizio a altra"), way("b c fine"), top=error("e9", "ERR_CODE"))
    assert judged(tmp_path, source, "W") == "right"
    assert judged(tmp_path, source, "ERROR").startswith("wrong")


def test_steps_that_take_time_are_told_apart_when_they_overlap(tmp_path: Path) -> None:
    one, two = says("a", "CREATE_TIMESTAMP_LOG_1"), says("b", "CREATE_TIMESTAMP_LOG_2")
    beside = model(start(), par("p"), one, two, par("q"), end(), way("inizio p a q fine"), way("p b q"))
    assert judged(tmp_path, beside, "EXECUTION_parallel", delay=10) == "right"
    in_turn = model(start(), one, two, end(), way("inizio a b fine"))
    assert judged(tmp_path, in_turn, delay=20) == "right"
    assert judged(tmp_path, in_turn, "EXECUTION_parallel", delay=20).startswith("wrong")


def test_a_step_that_waits_lets_ten_seconds_go_by(tmp_path: Path) -> None:
    late = on_border("t", "s", of_time("timeDuration", "PT5S"), interrupting=False)
    inside = sub("s", start("si"), says("a", "WAIT_TEN_SECONDS"), end("sf"), way("si a sf"))
    source = model(
        start(), inside, late, says("b", "W"), plain("task", "n"), end(), way("inizio s n fine"), way("t b n")
    )
    assert judged(tmp_path, source, "W", delay=10) == "right"


CASE: dict[str, Any] = {"id": "uno", "files": ["M.bpmn"], "steps": [{"start": "M"}, {"tasks": ["a"]}]}


@pytest.mark.parametrize(
    ("steps", "right"),
    [
        ([{"tasks": ["Fare a"]}], True),
        ([{"tasks": ["a"]}], True),
        ([{"tasks": ["a"], "count": 2}], False),
        ([{"tasks": ["a"], "ended": True}], False),
        ([{"complete": "a"}, {"ended": True}], True),
        ([{"complete": "b"}], False),
        ([{"complete": "a", "times": 2}], False),
        ([{"message": "M", "refused": True}], True),
        ([{"message": "M"}], False),
        ([{"unheard": "of"}], False),
    ],
)
def test_every_step_and_everything_expected_of_it_counts(
    tmp_path: Path,
    steps: list[dict[str, Any]],
    right: bool,  # noqa: FBT001 - a column of the table
) -> None:
    (tmp_path / "M.bpmn").write_bytes(model(start(), task("a"), end(), way("inizio a fine")))
    cases = [{"id": "uno", "files": ["M.bpmn"], "steps": [{"start": "M", "variables": {}}, *steps]}]
    (tmp_path / "expected.json").write_text(json.dumps({"cases": cases}))
    ((_name, outcome),) = conformance.camunda(tmp_path)
    assert (outcome == "right") is right, outcome


def data(key: str, word: str, way_of_data: str, ends: str) -> str:
    """A script task tied to the data object `uno` or `due`."""
    source, target = ends.split()
    arrow = f"<data{way_of_data}Association><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>"
    return element("scriptTask", key, f"{arrow}</data{way_of_data}Association><script>{word}</script>")


@pytest.mark.parametrize(("read", "expected"), [("uno", "DATA_correct"), ("due", "DATA_wrong")])
def test_a_data_object_is_the_variable_that_its_arrows_lead_to(tmp_path: Path, read: str, expected: str) -> None:
    objects = "".join(
        element("dataObject", f"o_{key}", name=key) + element("dataObjectReference", key, dataObjectRef=f"o_{key}")
        for key in ("uno", "due")
    )
    steps = data("a", "SET_STRING_DATA", "Output", "esce uno") + data("b", "LOG_DATA", "Input", f"{read} entra")
    also = data("c", "SET_STRING_DATA", "Output", "esce due")
    source = model(objects, start(), steps, also, end(), way("inizio a b c fine"))
    assert judged(tmp_path, source, expected) == "right"


def test_a_task_outside_of_all_processes_is_called_as_a_process_of_its_own(tmp_path: Path) -> None:
    glob = element("globalScriptTask", "fuori", "<script>SCRIPT_task1</script>")
    source = model(start(), element("callActivity", "c", calledElement="fuori"), end(), way("inizio c fine"), top=glob)
    assert judged(tmp_path, source, "SCRIPT_task1") == "right"
    assert judged(tmp_path, source, "SCRIPT_task2") != "right"
