"""Which variable is seen where, and where a value is written to."""

from __future__ import annotations

import pytest

from engine.bpmn.scopes import ROOT, ScopeTree
from tests.engine.bpmn.diagram import call, end, par, process, start, sub, task, timer, way
from tests.engine.bpmn.play import Play, one_problem

BRANCHES = process(
    start(), par("p"), task("a"), task("b"), par("j"), task("dopo"), end(), way("inizio p a j dopo fine"), way("p b j")
)


@pytest.mark.parametrize("name", ["count", "sum", "date", "duration", "now", "param", "is", "not", "number"])
def test_a_variable_may_bear_the_name_of_a_function(name: str) -> None:
    mapped = task("a", f"< {name} = n + 1")
    counted = task("b", f"< altro = {name} + count([1, 2])")
    play = Play(process(start(), mapped, counted, task("c"), end(), way("inizio a b c fine"), variables="n"))
    play.do("a", n=3).do("b")
    assert (play.variables[name], play.variables["altro"]) == (4, 6)


@pytest.mark.parametrize("name", ["null", "true", "if", "and", "function"])
def test_a_word_of_feel_is_no_variable(name: str) -> None:
    element, reason = one_problem(process(start(), task("a", f"< {name} = 1"), end(), way("inizio a fine")))
    assert element == "a"
    assert f"«{name}»" in reason


def test_a_function_that_is_not_called_is_no_value() -> None:
    element, reason = one_problem(process(start(), task("a", "< n = count"), end(), way("inizio a fine")))
    assert element == "a"
    assert "«count»" in reason


def test_branches_that_write_different_names_keep_both() -> None:
    play = Play(BRANCHES).do("a", x=1).do("b", y=2)
    assert play.variables == {"case_code": "AAAA", "x": 1, "y": 2}


def test_of_two_branches_that_write_one_name_the_last_in_time_wins() -> None:
    assert Play(BRANCHES).do("a", x="a").do("b", x="b").variables["x"] == "b"
    assert Play(BRANCHES).do("b", x="b").do("a", x="a").variables["x"] == "a"


def test_a_value_that_one_branch_takes_back_does_not_return_at_the_join() -> None:
    play = Play(BRANCHES, x=1).do("a", x=None).do("b", y=2)
    assert play.variables["x"] is None


def test_a_list_is_replaced_and_not_merged() -> None:
    play = Play(BRANCHES, x=[1, 2, 3]).do("a", x=[9]).do("b", y=[1])
    assert play.variables["x"] == [9]


def test_the_inputs_of_a_task_are_seen_by_it_alone() -> None:
    file = process(
        start(), par("p"), task("a", "> solo = 1"), task("b"), end(), way("inizio p a fine"), way("p b fine")
    )
    play = Play(file)
    assert play.seen_at("a")["solo"] == 1
    assert "solo" not in play.seen_at("b")
    play.do("a")
    assert "solo" not in play.variables


def test_an_input_hides_the_outer_value_and_leaves_it_alone() -> None:
    file = process(start(), task("a", "> x = x + 1"), end(), way("inizio a fine"), variables="x")
    play = Play(file, x=1)
    assert play.seen_at("a")["x"] == 2
    play.do("a")
    assert play.variables["x"] == 1


def test_the_answers_of_a_task_with_inputs_go_out() -> None:
    play = Play(process(start(), task("a", "> x = 1"), end(), way("inizio a fine")))
    assert play.do("a", x=5, y=6).variables == {"case_code": "AAAA", "x": 5, "y": 6}


def inner(*mappings: str) -> bytes:
    body = sub("s", start("si"), task("a"), task("b"), end("sf"), way("si a b sf"), mappings=mappings)
    return process(start(), body, task("dopo"), end(), way("inizio s dopo fine"), variables="x y")


def test_a_subprocess_sees_what_is_around_it() -> None:
    assert Play(inner(), x=1).seen_at("a")["x"] == 1


def test_a_subprocess_writes_through_to_the_variable_around_it() -> None:
    play = Play(inner(), x=1).do("a", x=2, z=3)
    assert play.variables == {"case_code": "AAAA", "x": 2, "z": 3}


def test_a_name_local_to_a_subprocess_stays_in_it() -> None:
    play = Play(inner("> x = 10"), x=1).do("a", x=11)
    assert play.seen_at("b")["x"] == 11
    assert play.variables["x"] == 1
    play.do("b")
    assert play.variables == {"case_code": "AAAA", "x": 1}


def test_the_outputs_of_a_subprocess_carry_local_values_out() -> None:
    play = Play(inner("> x = 10", "< y = x * 2"), x=1).do("a", x=11).do("b")
    assert play.variables == {"case_code": "AAAA", "x": 1, "y": 22}


def test_a_write_goes_to_the_nearest_scope_that_has_the_name() -> None:
    deep = sub("s2", start("i2"), task("a"), end("f2"), way("i2 a f2"), mappings=("> x = 2",))
    outer = sub("s1", start("i1"), deep, task("b"), end("f1"), way("i1 s2 b f1"), mappings=("> x = 1", "> y = 1"))
    play = Play(process(start(), outer, end(), way("inizio s1 fine"), variables="x y"), x=0, y=0)
    play.do("a", x=20, y=10)
    assert play.seen_at("b")["x"] == 1
    assert play.seen_at("b")["y"] == 10
    assert play.variables == {"case_code": "AAAA", "x": 0, "y": 0}


CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="x")


def calling(*mappings: str) -> Play:
    file = process(
        start(), call("c", "altro", *mappings), task("dopo"), end(), way("inizio c dopo fine"), variables="x y"
    )
    return Play(file, CALLED, x=1, y=2)


def test_a_called_process_sees_nothing_that_is_not_mapped_in() -> None:
    assert calling().seen_at("dentro") == {"case_code": "AAAA"}
    assert calling("> x = y * 10").seen_at("dentro") == {"case_code": "AAAA", "x": 20}


def test_a_called_process_gives_nothing_that_is_not_mapped_out() -> None:
    play = calling("> x = x")
    play.do("dentro", x=50, z=60)
    assert play.variables == {"case_code": "AAAA", "x": 1, "y": 2}
    play = calling("> x = x", "< y = x + 1")
    play.do("dentro", x=50, z=60)
    assert play.variables == {"case_code": "AAAA", "x": 1, "y": 51}


def test_the_outputs_of_a_call_see_the_called_process_and_not_the_caller() -> None:
    play = calling("< y = if x = null then 0 else x")
    assert play.do("dentro").variables["y"] == 0


def test_two_calls_of_one_process_do_not_see_each_other() -> None:
    file = process(
        start(), par("p"), call("c1", "altro", "> x = 1", "< a = x"), call("c2", "altro", "> x = 2", "< b = x"),
        par("j"), end(), way("inizio p c1 j fine"), way("p c2 j"),
    )  # fmt: skip
    play = Play(file, CALLED)
    seen = sorted(play.instance.variables(item.id)["x"] for item in play.instance.work_items)
    assert seen == [1, 2]
    for item in play.instance.work_items:
        play.instance.complete(item.id, {"x": play.instance.variables(item.id)["x"] * 10})
    assert play.completed
    assert (play.variables["a"], play.variables["b"]) == (10, 20)


def scopes(play: Play) -> list[str]:
    return [row[0] for row in play.instance._workflow.scopes.dump()]


def test_scopes_are_forgotten_with_their_activity() -> None:
    play = calling("> x = x")
    assert len(scopes(play)) == 2
    play.do("dentro")
    assert scopes(play) == [ROOT]


def test_the_scope_of_a_task_is_forgotten_with_it() -> None:
    file = process(
        start(), task("a", "> x = 1"), timer("t", "a", "PT1H"), task("b"), end(), way("inizio a b fine"), way("t fine")
    )
    play = Play(file)
    assert len(scopes(play)) == 2
    assert scopes(play.do("a")) == [ROOT]
    play = Play(file)
    play.at(hours=1)
    assert scopes(play) == [ROOT]


def test_a_scope_tree_is_the_same_after_it_was_stored() -> None:
    tree = ScopeTree()
    tree.open(ROOT, None, {"x": 1})
    tree.open("a", ROOT, {"y": 2})
    tree.open("b", None, {"z": 3})
    again = ScopeTree.load(tree.dump())
    again.write("a", "x", 10)
    again.write("b", "x", 11)
    assert dict(again.view("a")) == {"x": 10, "y": 2}
    assert dict(again.view("b")) == {"z": 3, "x": 11}


@pytest.mark.parametrize("mapping", ["< esito = [1..3]", "< esito = {dentro: function(x) x}", "> esito = [1..3]"])
def test_a_mapping_whose_value_no_case_can_keep_stops_the_case_where_it_stands(mapping: str) -> None:
    play = Play(process(start(), task("a", mapping), task("b"), end(), way("inizio a b fine")))
    if mapping.startswith("<"):
        play.do("a")

    assert (play.open, play.stuck) == ([], [("a", "value_unusable")])
