"""Calls whose process an expression chooses, and what watches over a called process."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    call,
    caught,
    element,
    end,
    error,
    io,
    message,
    of_error,
    of_message,
    process,
    start,
    sub,
    task,
    triggered,
    way,
)
from tests.engine.bpmn.play import Play, build, problems

MESSAGES = message("m", "MSG")
ONE = process(start(), task("a"), end(), way("inizio a fine"), key="uno", variables="x quale")
TWO = process(start(), task("b"), end(), way("inizio b fine"), key="due", variables="x")


def chosen(key: str, expression: str, among: str, *mappings: str) -> str:
    """A call of the process that an expression names, among those listed."""
    listed = "".join(f'<staffetta:callable processId="{name}" />' for name in among.split())
    called = (
        f"<zeebe:calledElement processId='{expression}' propagateAllChildVariables=\"false\""
        ' propagateAllParentVariables="false" />'
    )
    return element("callActivity", key, io(*mappings, extra=called + listed))


def caller(*mappings: str, expression: str = "=quale", among: str = "uno due") -> bytes:
    call_of_choice = chosen("c", expression, among, *mappings)
    return process(
        start(), call_of_choice, task("dopo"), end(), way("inizio c dopo fine"), variables="quale", key="chi"
    )


@pytest.mark.parametrize(("name", "inside"), [("uno", "a"), ("due", "b")])
def test_an_expression_chooses_which_process_is_called(name: str, inside: str) -> None:
    play = Play(caller("> x = quale"), ONE, TWO, quale=name)
    assert play.open == [inside]
    assert play.seen_at(inside)["x"] == name
    assert play.item(inside).definition_id == play.definition.called[name].id
    assert play.do(inside).open == ["dopo"]


def test_the_choice_sees_the_inputs_of_the_call() -> None:
    play = Play(caller("> x = quale", expression='=if x = "no" then "due" else "uno"'), ONE, TWO, quale="no")
    assert play.open == ["b"]


@pytest.mark.parametrize("name", ["tre", "", None, 1, "chi"])
def test_a_process_that_is_not_among_those_listed_is_not_called(name: object) -> None:
    play = Play(caller(), ONE, TWO, quale=name)
    assert play.stuck == [("c", "called_process_unknown")]
    assert play.retry("c").stuck == [("c", "called_process_unknown")]
    assert play.open == []


def test_what_is_called_in_a_loop_is_chosen_anew_each_time() -> None:
    deep = process(
        start(), task("t"), chosen("c", "=quale", "profondo uno", "> quale = quale"), end(),
        way("inizio t c fine"), key="profondo", variables="quale",
    )  # fmt: skip
    play = Play(deep, ONE, quale="profondo")
    play.do("t").do("t", quale="uno")
    assert play.open == ["a"]
    assert play.do("a").completed


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (chosen("c", "=quale", ""), "non dice fra quali"),
        (chosen("c", "=quale", "uno manca"), "«manca» non esiste"),
        (chosen("c", "=altro", "uno"), "«altro»"),
        (chosen("c", "=quale +", "uno"), "errore"),
        (chosen("c", "uno", "uno"), "sempre lo stesso"),
        (chosen("c", "=quale", "uno due", "> y = 1"), "«due» non dichiara la variabile «y»"),
        (chosen("c", "=quale", "uno due", "< y = z"), "«z»"),
    ],
)
def test_a_choice_that_could_not_be_made_is_refused(step: str, reason: str) -> None:
    file = process(start(), step, end(), way("inizio c fine"), variables="quale", key="chi")
    found = [problem for problem in problems(file, ONE, TWO) if reason in problem.reason]
    assert [problem.element for problem in found] == ["c"]
    assert all(problem.way_out for problem in found)


def test_an_event_subprocess_of_a_called_process_takes_only_that_over() -> None:
    watching = triggered("e", of_message("m"), task("rimedio"), end("fe"), way("su_e rimedio fe"))
    called = process(start(), task("a"), end(), watching, way("inizio a fine"), key="uno", variables="x", top=MESSAGES)
    play = Play(caller(among="uno"), called, quale="uno").deliver("MSG")
    assert play.open == ["rimedio"]
    assert play.do("rimedio").open == ["dopo"]


def test_an_error_leaves_several_calls_until_one_catches_it() -> None:
    failing = process(start(), end("male", error="e"), way("inizio male"), key="sotto", top=error("e", "MALE"))
    middle = process(start(), call("c2", "sotto"), end(), way("inizio c2 fine"), key="mezzo")
    top = process(
        start(), call("c", "mezzo"), caught("preso", "c", "e"), task("rimedio"), end(),
        way("inizio c fine"), way("preso rimedio fine"), top=error("e", "MALE"),
    )  # fmt: skip
    play = Play(top, middle, failing)
    assert play.open == ["rimedio"]


def test_an_event_subprocess_around_a_call_catches_what_leaves_it() -> None:
    failing = process(start(), end("male", error="e"), way("inizio male"), key="sotto", top=error("e", "MALE"))
    watching = triggered("w", of_error("e"), task("rimedio"), end("fw"), way("su_w rimedio fw"))
    inner = sub("s", start("si"), call("c", "sotto"), end("sf"), watching, way("si c sf"))
    play = Play(process(start(), inner, end(), way("inizio s fine"), top=error("e", "MALE")), failing)
    assert play.open == ["rimedio"]
    assert play.do("rimedio").completed


def test_the_versions_of_all_that_may_be_called_are_pinned() -> None:
    definition = build(caller(), ONE, TWO)
    assert set(definition.called) == {"uno", "due"}
