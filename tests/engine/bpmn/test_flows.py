"""Steps that pass through or compute, several ways out of a step, conditions on them, inclusive gateways."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    call,
    end,
    flow,
    fork,
    message,
    of_time,
    on_border,
    par,
    plain,
    process,
    receive,
    script,
    start,
    sub,
    task,
    throws,
    way,
    xor,
)
from tests.engine.bpmn.play import Play, one_problem, problems

# --- steps that nobody waits for ---


@pytest.mark.parametrize("tag", ["task", "manualTask", "intermediateThrowEvent"])
def test_a_step_outside_the_system_is_passed_over(tag: str) -> None:
    play = Play(process(start(), plain(tag, "fuori"), task("a"), end(), way("inizio fuori a fine")))
    assert play.open == ["a"]
    assert play.happened("completed")[:2] == ["inizio", "fuori"]


def test_a_script_writes_its_result_at_once() -> None:
    play = Play(
        process(start(), script("somma", "n + 1", "n"), task("a"), end(), way("inizio somma a fine"), variables="n"),
        n=2,
    )
    assert play.variables["n"] == 3


def test_a_script_sees_its_inputs_and_gives_through_its_outputs() -> None:
    counted = script("somma", "x * 2", "y", "> x = n + 1", "< doppio = y")
    play = Play(process(start(), counted, task("a"), end(), way("inizio somma a fine"), variables="n"), n=2)
    assert play.variables["doppio"] == 6
    assert {"x", "y"}.isdisjoint(play.variables)


@pytest.mark.parametrize(
    ("text", "code"),
    [("n + 1", "script_without_result"), ("[1..n]", "value_unusable"), ("null", "script_without_result")],
)
def test_a_script_without_a_usable_result_stops_the_case(text: str, code: str) -> None:
    n = 3 if code == "value_unusable" else "x"
    play = Play(process(start(), script("s", text, "r"), task("a"), end(), way("inizio s a fine"), variables="n"), n=n)
    assert play.stuck == [("s", code)]
    assert play.open == []


def test_a_script_needs_a_variable_an_expression_and_known_names() -> None:
    assert one_problem(process(start(), plain("scriptTask", "s"), end(), way("inizio s fine")))[0] == "s"
    assert (
        "resultVariable" in problems(process(start(), script("s", "1", "a b"), end(), way("inizio s fine")))[0].way_out
    )
    assert "«m»" in one_problem(process(start(), script("s", "m", "r"), end(), way("inizio s fine")))[1]


def test_nothing_can_happen_at_the_border_of_what_is_over_at_once() -> None:
    for step in (script("s", "1", "r"), plain("task", "s"), plain("manualTask", "s")):
        file = process(
            start(),
            step,
            on_border("t", "s", of_time("timeDuration", "PT1H")),
            end(),
            way("inizio s fine"),
            way("t fine"),
        )
        assert one_problem(file) == ("t", "Un passo automatico finisce subito: qui nulla può scattare.")


# --- receive task ---

RECEIVE = process(
    start(),
    receive("r", "m"),
    on_border("tardi", "r", of_time("timeDuration", "PT1H")),
    task("a"),
    task("b"),
    end(),
    way("inizio r a fine"),
    way("tardi b fine"),
    top=message("m", "MSG"),
    variables="esito",
)


def test_a_receive_task_goes_on_with_its_message_and_its_values() -> None:
    play = Play(RECEIVE)
    assert play.waiting == [("MSG", "AAAA")]
    play.deliver("MSG", esito="si")
    assert (play.open, play.due, play.variables["esito"]) == (["a"], {}, "si")


def test_a_receive_task_is_left_when_its_time_is_over() -> None:
    play = Play(RECEIVE)
    assert play.at(hours=1) == 1
    assert (play.open, play.waiting) == (["b"], [])


# --- several ways out of a step ---


def test_all_ways_out_of_a_step_are_taken() -> None:
    play = Play(process(start(), task("a"), task("b"), end(), way("inizio a fine"), way("inizio b fine")))
    assert play.open == ["a", "b"]
    assert not play.do("a").completed
    assert play.do("b").completed


CONDITIONAL = process(
    start(),
    task("a"),
    task("b"),
    task("c"),
    task("d"),
    end(),
    way("inizio a d fine"),
    flow("a", "b", when="=n > 5"),
    flow("a", "c", when="=n > 7"),
    way("b fine"),
    way("c fine"),
    variables="n",
)


@pytest.mark.parametrize(("n", "expected"), [(1, ["d"]), (6, ["b", "d"]), (8, ["b", "c", "d"])])
def test_ways_with_a_condition_are_taken_when_it_is_true(n: int, expected: list[str]) -> None:
    assert Play(CONDITIONAL).do("a", n=n).open == expected


@pytest.mark.parametrize(("n", "expected"), [(1, ["c"]), (6, ["b"])])
def test_the_default_way_out_of_a_step_is_taken_when_no_condition_is_true(n: int, expected: list[str]) -> None:
    step = task("a").replace('id="a"', 'id="a" default="a_c"')
    file = process(
        start(),
        step,
        task("b"),
        task("c"),
        end(),
        way("inizio a"),
        flow("a", "b", when="=n > 5"),
        flow("a", "c"),
        way("b fine"),
        way("c fine"),
        variables="n",
    )
    assert Play(file).do("a", n=n).open == expected


@pytest.mark.parametrize(("n", "expected"), [(1, ["c", "d"]), (6, ["b", "d"])])
def test_the_default_way_out_goes_by_the_conditions_not_by_ways_that_are_always_taken(
    n: int, expected: list[str]
) -> None:
    step = task("a").replace('id="a"', 'id="a" default="a_c"')
    parts = (start(), step, task("b"), task("c"), task("d"), end())
    ways = (flow("a", "b", when="=n > 5"), way("inizio a c fine"), way("a d fine"), way("b fine"))
    assert Play(process(*parts, *ways, variables="n")).do("a", n=n).open == expected


def test_a_way_out_that_cannot_be_chosen_stops_the_case_and_the_results_are_written_once() -> None:
    step = task("a", "< n = n + 1").replace('id="a"', 'id="a" default="a_c"')
    file = process(
        start(),
        step,
        task("b"),
        task("c"),
        end(),
        way("inizio a"),
        flow("a", "b", when="=x"),
        flow("a", "c"),
        way("b fine"),
        way("c fine"),
        variables="n x",
    )
    play = Play(file, n=1).do("a")
    assert play.stuck == [("a", "condition_not_boolean")]
    assert play.variables["n"] == 2
    assert play.retry("a").variables["n"] == 2


def test_conditions_behind_a_subprocess_see_nothing_of_what_is_only_within_it() -> None:
    inner = sub("s", start("si"), task("b"), end("sf"), way("si b sf"), mappings=("> x = 1",)).replace(
        'id="s"', 'id="s" default="s_c"'
    )
    file = process(
        start(),
        inner,
        task("c"),
        task("d"),
        end(),
        way("inizio s"),
        flow("s", "d", when="=x = 1"),
        flow("s", "c"),
        way("c fine"),
        way("d fine"),
        variables="x",
    )
    assert Play(file, x=7).do("b").open == ["c"]


@pytest.mark.parametrize(
    ("flows", "step", "element"),
    [
        ((flow("a", "b"), flow("a", "fine")), task("a").replace('id="a"', 'id="a" default="a_b"'), "a"),
        ((flow("a", "b", when="=n > 1"), flow("a", "fine")), task("a").replace('id="a"', 'id="a" default="zz"'), "a"),
    ],
)
def test_a_default_that_is_none_is_refused(flows: tuple[str, ...], step: str, element: str) -> None:
    file = process(start(), step, task("b"), end(), way("inizio a"), way("b fine"), *flows, variables="n")
    assert one_problem(file)[0] == element


# --- inclusive gateway ---

INCLUSIVE = process(
    start(),
    task("chiedi"),
    fork("apre", "apre_c"),
    task("a"),
    task("b"),
    task("c"),
    fork("chiude"),
    task("poi"),
    end(),
    way("inizio chiedi apre"),
    flow("apre", "a", when="=n > 1"),
    flow("apre", "b", when="=n > 2"),
    flow("apre", "c"),
    way("a chiude"),
    way("b chiude"),
    way("c chiude poi fine"),
    variables="n",
)


@pytest.mark.parametrize(("n", "expected"), [(1, ["c"]), (2, ["a"]), (3, ["a", "b"])])
def test_every_way_whose_condition_is_true_is_taken_and_waited_for(n: int, expected: list[str]) -> None:
    play = Play(INCLUSIVE).do("chiedi", n=n)
    assert play.open == expected
    for name in expected:
        assert "poi" not in play.open
        play.do(name)
    assert play.open == ["poi"]
    assert play.do("poi").completed


def test_an_inclusive_join_waits_for_whatever_can_still_come_from_a_border() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        on_border("t", "b", of_time("timeDuration", "PT1H"), interrupting=False),
        task("c"),
        fork("j"),
        task("poi"),
        end(),
        way("inizio p a j poi fine"),
        way("p b fine"),
        way("t c j"),
    )
    play = Play(file).do("a")
    assert play.open == ["b"], "the border of b may still send a token"
    play.at(hours=1)
    assert play.open == ["b", "c"]
    play.do("b")
    assert play.open == ["c"]
    assert play.do("c").open == ["poi"]


def test_an_inclusive_join_goes_on_when_the_border_can_send_nothing_any_more() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        on_border("t", "b", of_time("timeDuration", "PT1H")),
        task("c"),
        fork("j"),
        task("poi"),
        end(),
        way("inizio p a j poi fine"),
        way("p b fine"),
        way("t c j"),
    )
    play = Play(file).do("a")
    assert play.open == ["b"]
    assert play.do("b").open == ["poi"]


def test_an_inclusive_join_in_a_loop_waits_for_each_round_anew() -> None:
    file = process(
        start(),
        xor("giro"),
        fork("apre", "apre_b"),
        task("a"),
        task("b"),
        fork("chiude"),
        task("ancora"),
        xor("x", "x_fine"),
        end(),
        way("inizio giro apre"),
        flow("apre", "a", when="=n > 1"),
        flow("apre", "b"),
        way("a chiude"),
        way("b chiude ancora x"),
        flow("x", "giro", when="=n > 0"),
        flow("x", "fine"),
        variables="n",
    )
    play = Play(file, n=2)
    for _round in range(20):
        assert play.open == ["a"]
        play.do("a")
        assert play.open == ["ancora"]
        play.do("ancora", n=1)
        assert play.open == ["b"]
        play.do("b").do("ancora", n=2)
    assert play.do("a").do("ancora", n=0).completed


def test_inclusive_joins_that_wait_for_each_other_are_an_incident() -> None:
    file = process(
        start(),
        par("p"),
        fork("j1"),
        fork("j2"),
        task("a"),
        task("b"),
        end(),
        way("inizio p"),
        flow("p", "j1"),
        flow("p", "j2"),
        way("j1 a j2"),
        way("j2 b j1"),
        flow("a", "fine"),
        flow("b", "fine"),
    )
    play = Play(file)
    assert play.open == []
    assert play.stuck == [("j1", "join_never_completed"), ("j2", "join_never_completed")]


def test_an_inclusive_join_in_a_subprocess_and_in_a_call_joins_only_its_own() -> None:
    inside = (
        start("si"),
        fork("apre", "apre_b"),
        task("a"),
        task("b"),
        fork("chiude"),
        throws("sf", tag="endEvent"),
        way("si apre"),
        flow("apre", "a", when="=n > 1"),
        flow("apre", "b", when=""),
        way("a chiude"),
        way("b chiude sf"),
    )
    outer = process(
        start(),
        par("p"),
        sub("s", *inside),
        call("k", "altro", "> n = n"),
        par("q"),
        task("poi"),
        end(),
        way("inizio p s q poi fine"),
        way("p k q"),
        variables="n",
    )
    inner = process(
        *[part.replace('"a"', '"a2"').replace('"b"', '"b2"') for part in inside], key="altro", variables="n"
    )
    play = Play(outer, inner, n=2)
    assert play.open == ["a", "a2"]
    assert play.do("a").open == ["a2"]
    assert play.do("a2").open == ["poi"]
