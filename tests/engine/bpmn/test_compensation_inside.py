"""Compensation of what has an inside: subprocesses, called processes, and what event subprocesses undo."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    call,
    caught,
    element,
    end,
    error,
    flow,
    fork,
    io,
    message,
    of_compensation,
    of_error,
    of_message,
    on_border,
    par,
    process,
    start,
    sub,
    task,
    throws,
    triggered,
    undoing,
    undone,
    way,
    with_undo,
    xor,
)
from tests.engine.bpmn.play import Play

MESSAGES = message("m", "MSG")
ALL = throws("annulla", of_compensation())


def inside(*more: str, name: str = "s") -> str:
    """A subprocess with two steps that can be undone, and a variable of its own."""
    own = (with_undo("a"), with_undo("b"))
    parts = (start("si"), *own, end("sf"), way("si a b sf"), *more)
    return sub(name, *parts, mappings=("> livello = 1",))


def test_a_subprocess_is_undone_by_what_undoes_the_steps_in_it() -> None:
    file = process(start(), inside(), with_undo("c"), ALL, end(), way("inizio s c annulla fine"))
    play = Play(file).do("a").do("b").do("c")
    for name in ("via_c", "via_b", "via_a"):
        assert play.open == [name]
        play.do(name)
    assert play.completed


def test_inside_it_is_as_it_was_at_its_completion() -> None:
    file = process(start(), inside(), task("c"), ALL, end(), way("inizio s c annulla fine"), variables="fuori")
    play = Play(file, fuori=1).do("a", livello=2).do("b", livello=3)
    assert "livello" not in play.variables
    play.do("c", livello=9, fuori=5)
    assert (play.seen_at("via_b")["livello"], play.seen_at("via_b")["fuori"]) == (3, 5)
    play.do("via_b", livello=4, fuori=6)
    assert (play.seen_at("via_a")["livello"], play.seen_at("via_a")["fuori"]) == (4, 6)
    assert play.do("via_a").completed
    assert (play.variables["livello"], play.variables["fuori"]) == (9, 6)


def test_each_round_of_a_subprocess_is_undone_as_it_was() -> None:
    file = process(
        start(), inside(), xor("x", "x_annulla"), ALL, end(), way("inizio s x"),
        flow("x", "s", "=ancora"), flow("x", "annulla"), way("annulla fine"), variables="ancora",
    )  # fmt: skip
    play = Play(file, ancora=True).do("a", livello=10).do("b").do("a", livello=20).do("b", ancora=False)
    for name, level in (("via_b", 20), ("via_a", 20), ("via_b", 10), ("via_a", 10)):
        assert (play.open, play.seen_at(name)["livello"]) == ([name], level)
        play.do(name)
    assert play.completed


def test_a_subprocess_can_be_undone_by_name_and_subprocesses_nest() -> None:
    outer = sub("o", start("oi"), inside(), with_undo("d"), end("of"), way("oi s d of"))
    throw = throws("annulla", of_compensation("o"))
    file = process(start(), outer, with_undo("c"), throw, end(), way("inizio o c annulla fine"))
    play = Play(file).do("a").do("b").do("d").do("c")
    for name in ("via_d", "via_b", "via_a"):
        assert play.open == [name]
        play.do(name)
    assert play.completed


def test_from_inside_only_the_inside_is_undone() -> None:
    inner = sub("s", start("si"), with_undo("b"), ALL, end("sf"), way("si b annulla sf"))
    play = Play(process(start(), with_undo("a"), inner, task("dopo"), end(), way("inizio a s dopo fine")))
    play.do("a").do("b")
    assert play.open == ["via_b"]
    assert play.do("via_b").open == ["dopo"]


def test_what_is_on_the_border_of_a_subprocess_undoes_it_as_a_whole() -> None:
    parts = (inside(), undone("s", "via_s"), undoing(task("via_s")))
    play = Play(process(start(), *parts, ALL, end(), way("inizio s annulla fine"))).do("a").do("b")
    assert play.open == ["via_s"]
    assert play.do("via_s").completed


def test_a_subprocess_that_was_interrupted_is_not_undone() -> None:
    parts = (inside(), on_border("esce", "s", of_message("m")), ALL, end(), way("inizio s annulla fine"))
    play = Play(process(start(), *parts, flow("esce", "annulla"), top=MESSAGES)).do("a")
    assert play.deliver("MSG").completed
    assert play.happened("opened").count("via_a") == 0


def test_an_open_subprocess_is_not_undone_from_outside() -> None:
    file = process(start(), par("p"), inside(), task("c"), ALL, end("f1"), end("f2"), way("inizio p s f1"),
                   way("p c annulla f2"))  # fmt: skip
    play = Play(file).do("a").do("c")
    assert play.open == ["b"]
    assert play.do("b").completed


def test_a_subprocess_without_anything_to_undo_is_passed_over() -> None:
    inner = sub("s", start("si"), task("a"), end("sf"), way("si a sf"))
    assert Play(process(start(), inner, ALL, end(), way("inizio s annulla fine"))).do("a").completed


@pytest.mark.parametrize("border", [True, False])
def test_a_called_process_is_undone_as_a_subprocess_is(*, border: bool) -> None:
    called = process(start(), with_undo("a"), end(), way("inizio a fine"), key="altro", variables="x")
    more = (undone("c", "via_c"), undoing(task("via_c"))) if border else ()
    file = process(start(), call("c", "altro", "> x = 7"), *more, ALL, end(), way("inizio c annulla fine"))
    play = Play(file, called).do("a")
    if border:
        assert play.do("via_c").completed
        return
    assert play.open == ["via_a"]
    assert play.item("via_a").definition_id == play.definition.called["altro"].id
    seen = play.seen_at("via_a")
    assert (seen["x"], seen["case_code"]) == (7, "AAAA")
    assert play.do("via_a").completed


def test_a_process_that_was_chosen_is_the_one_that_is_undone() -> None:
    listed = "".join(f'<staffetta:callable processId="{name}" />' for name in ("uno", "due"))
    chosen = (
        '<zeebe:calledElement processId="=quale" propagateAllChildVariables="false"'
        ' propagateAllParentVariables="false" />'
    )
    step = element("callActivity", "c", io(extra=chosen + listed))
    files = [
        process(start(), with_undo(name), end(), way(f"inizio {name} fine"), key=key)
        for key, name in (("uno", "a"), ("due", "b"))
    ]
    file = process(start(), step, task("t"), ALL, end(), way("inizio c t annulla fine"), variables="quale")
    play = Play(file, *files, quale="due").do("b").do("t", quale="uno")
    assert play.open == ["via_b"]
    assert play.do("via_b").completed


# --- event subprocesses ---


def test_a_compensation_event_subprocess_undoes_its_scope_in_its_own_way() -> None:
    own = triggered("e", of_compensation(), task("prima"), ALL, end("ef"), way("su_e prima annulla ef"))
    file = process(start(), inside(own), throws("via", of_compensation()), end(), way("inizio s via fine"))
    play = Play(file).do("a", livello=2).do("b")
    assert play.open == ["prima"]
    assert play.seen_at("prima")["livello"] == 2
    assert play.do("prima").open == ["via_b"]
    assert play.do("via_b").open == ["via_a"]
    assert play.do("via_a").completed


def test_a_compensation_event_subprocess_may_leave_things_as_they_are() -> None:
    own = triggered("e", of_compensation(), task("prima"), end("ef"), way("su_e prima ef"))
    file = process(start(), inside(own), throws("via", of_compensation("s")), end(), way("inizio s via fine"))
    assert Play(file).do("a").do("b").do("prima").completed


def test_a_compensation_event_subprocess_does_not_start_by_itself() -> None:
    own = triggered("e", of_compensation(), task("prima"), end("ef"), way("su_e prima ef"))
    play = Play(process(start(), inside(own), end(), way("inizio s fine"))).do("a").do("b")
    assert play.completed
    assert "prima" not in play.happened("opened")


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_undoes_what_was_completed_around_it(*, interrupting: bool) -> None:
    own = (with_undo("d"), ALL, end("ef"), way("su_e d annulla ef"))
    watching = triggered("e", of_message("m"), *own, interrupting=interrupting)
    steps = (with_undo("k"), inside(), task("c"), way("inizio k s c fine"))
    play = Play(process(start(), *steps, end(), watching, top=MESSAGES))
    play.do("k").do("a").do("b").deliver("MSG").do("d")
    left = [] if interrupting else ["c"]
    for name in ("via_d", "via_b", "via_a", "via_k"):
        assert play.open == sorted([*left, name])
        play.do(name)
    assert play.open == left


def test_what_undoes_ends_with_who_asked_for_it() -> None:
    own = (par("p"), ALL, task("basta"), end("f1"), throws("stop", "<terminateEventDefinition />", tag="endEvent"))
    watching = triggered("e", of_message("m"), *own, way("su_e p annulla f1"), way("p basta stop"), interrupting=False)
    file = process(start(), with_undo("a"), task("c"), end(), way("inizio a c fine"), watching, top=MESSAGES)
    play = Play(file).do("a").deliver("MSG")
    assert play.open == ["basta", "c", "via_a"]
    assert play.do("basta").open == ["c"]
    assert play.do("c").completed


def test_an_error_while_undoing_is_caught_around_it() -> None:
    failing = undoing(sub("via_a", start("i"), end("male", error="e"), way("i male")))
    inner = sub("s", start("si"), task("a"), undone("a", "via_a"), failing, end("sf"), way("si a sf"))
    watching = triggered("w", of_error("e"), task("rimedio"), end("wf"), way("su_w rimedio wf"))
    throw = throws("via", of_compensation())
    file = process(start(), inner, throw, end(), watching, way("inizio s via fine"), top=error("e", "MALE"))
    play = Play(file).do("a")
    assert play.open == ["rimedio"]
    assert play.do("rimedio").completed


def test_an_error_while_undoing_that_nobody_catches_is_an_incident() -> None:
    failing = undoing(sub("via_a", start("i"), end("male", error="e"), way("i male")))
    parts = (task("a"), undone("a", "via_a"), failing)
    play = Play(process(start(), *parts, ALL, end(), way("inizio a annulla fine"), top=error("e", "MALE"))).do("a")
    assert play.stuck == [("male", "uncaught_error")]


def test_an_error_way_out_can_undo_what_is_beside_it() -> None:
    inner = sub("s", start("si"), task("b"), end("male", error="e"), way("si b male"))
    parts = (with_undo("a"), inner, caught("preso", "s", "e"), ALL, end(), end("bene"))
    file = process(start(), *parts, way("inizio a s bene"), way("preso annulla fine"), top=error("e", "MALE"))
    play = Play(file).do("a").do("b")
    assert play.open == ["via_a"]
    assert play.do("via_a").completed


def test_a_case_can_be_ended_while_it_is_undone() -> None:
    play = Play(process(start(), inside(), ALL, end(), way("inizio s annulla fine"))).do("a").do("b")
    play.instance.cancel()
    assert play.completed
    assert play.open == []


def test_an_inclusive_join_does_not_wait_for_what_is_undone() -> None:
    watching = triggered("e", of_message("m"), ALL, end("ef"), way("su_e annulla ef"), interrupting=False)
    branch = (with_inner("s"), xor("x", "x_via"), task("c"), end("via"), way("p s x"), flow("x", "c", "=n > 0"))
    file = process(
        start(), par("p"), *branch, flow("x", "via"), way("c j"), task("d"), fork("j"), task("dopo"), end(),
        way("inizio p d j dopo fine"), watching, top=MESSAGES, variables="n",
    )  # fmt: skip
    play = Play(file, n=0).do("a").deliver("MSG")
    assert play.open == ["d", "via_a"]
    assert play.do("d").open == ["dopo", "via_a"]


def with_inner(name: str) -> str:
    return sub(name, start("si"), with_undo("a"), end("sf"), way("si a sf"))
