"""Compensation: what has been completed is undone, the last first, by what is drawn for it, and nothing else is."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.engine.bpmn.diagram import (
    call,
    element,
    end,
    flow,
    message,
    of_compensation,
    of_message,
    on_border,
    par,
    process,
    receive,
    script,
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
from tests.engine.bpmn.play import Play, one_problem, problems
from tests.engine.bpmn.test_advice import warned

MESSAGES = message("m", "MSG") + message("n", "ALTRO")
ALL = throws("annulla", of_compensation())


def inside(*more: str, name: str = "s") -> str:
    """A subprocess with two steps that can be undone, and a variable of its own."""
    own = (with_undo("a"), with_undo("b"))
    parts = (start("si"), *own, end("sf"), way("si a b sf"), *more)
    return sub(name, *parts, mappings=("> livello = 1",))


def two_steps(throw: str = ALL, *more: str) -> bytes:
    """Two steps that can be undone, then the throw called `annulla`, then a step called `dopo`."""
    parts = (start(), with_undo("a"), with_undo("b"), throw, task("dopo"), end(), *more)
    return process(*parts, way("inizio a b annulla dopo fine"))


def test_what_was_completed_is_undone_the_last_first_and_then_it_goes_on() -> None:
    play = Play(two_steps()).do("a").do("b")
    assert play.open == ["via_b"]
    assert play.do("via_b").open == ["via_a"]
    assert play.do("via_a").open == ["dopo"]
    assert play.do("dopo").completed


def test_only_what_was_completed_is_undone() -> None:
    parts = (start(), par("p"), with_undo("a"), with_undo("b"), task("c"), ALL, end("f1"), end("f2"))
    play = Play(process(*parts, way("inizio p a c annulla f1"), way("p b f2"))).do("a").do("c")
    assert play.open == ["b", "via_a"]
    assert play.do("via_a").open == ["b"]
    assert play.do("b").completed


def test_one_activity_alone_can_be_undone() -> None:
    play = Play(two_steps(throws("annulla", of_compensation("a")))).do("a").do("b")
    assert play.open == ["via_a"]
    assert play.do("via_a").open == ["dopo"]


def test_what_has_not_been_completed_has_nothing_to_undo() -> None:
    parts = (start(), xor("x", "x_annulla"), with_undo("a"), throws("annulla", of_compensation("a")), end())
    flows = flow("x", "a", "=n > 0") + flow("x", "annulla") + way("a annulla fine")
    assert Play(process(*parts, way("inizio x"), flows, variables="n"), n=0).completed


def test_each_completion_of_a_loop_is_undone_once() -> None:
    parts = (start(), with_undo("a"), xor("x", "x_annulla"), ALL, task("dopo"), end())
    flows = flow("x", "a", "=ancora") + flow("x", "annulla") + way("inizio a x") + way("annulla dopo fine")
    play = Play(process(*parts, flows, variables="ancora"))
    play.do("a", ancora=True).do("a", ancora=True).do("a", ancora=False)
    for _time in range(3):
        assert play.open == ["via_a"]
        play.do("via_a")
    assert play.open == ["dopo"]


def test_what_has_been_undone_is_not_undone_again() -> None:
    again = throws("ancora", of_compensation())
    parts = (start(), with_undo("a"), ALL, again, end())
    play = Play(process(*parts, way("inizio a annulla ancora fine"))).do("a")
    assert play.do("via_a").completed


def test_two_that_undo_at_once_do_not_undo_the_same() -> None:
    parts = (start(), with_undo("a"), par("p"), ALL, throws("altro", of_compensation()), end("f1"), end("f2"))
    play = Play(process(*parts, way("inizio a p annulla f1"), way("p altro f2"))).do("a")
    assert play.open == ["via_a"]
    assert play.do("via_a").completed


def test_who_does_not_wait_goes_on_while_it_is_undone() -> None:
    play = Play(two_steps(throws("annulla", of_compensation(waits=False)))).do("a").do("b")
    assert play.open == ["dopo", "via_b"]
    assert play.do("dopo").open == ["via_b"]
    assert play.do("via_b").open == ["via_a"]
    assert play.do("via_a").completed
    assert play.happened("completed").count("annulla") == 1


def test_an_end_undoes_before_it_ends() -> None:
    parts = (start(), with_undo("a"), throws("annulla", of_compensation(), tag="endEvent"))
    play = Play(process(*parts, way("inizio a annulla"))).do("a")
    assert play.open == ["via_a"]
    assert play.happened("ended") == []
    assert play.do("via_a").completed
    assert play.happened("ended") == ["annulla"]


def test_a_step_that_is_over_at_once_can_be_undone_by_one() -> None:
    parts = (
        script("s", "n + 1", "n"), undone("s", "via_s"), undoing(script("via_s", "n - 1", "n")),
        task("t"), undone("t", "via_t"), undoing(script("via_t", "n * 10", "n")),
    )  # fmt: skip
    play = Play(process(start(), *parts, ALL, end(), way("inizio s t annulla fine"), variables="n"), n=4)
    assert play.variables["n"] == 5
    assert play.do("t").completed
    assert play.variables["n"] == 49


def test_what_undoes_can_wait_and_go_deep() -> None:
    parts = (
        task("a"), undone("a", "via_a"), undoing(receive("via_a", "m")),
        task("b"), undone("b", "via_b"), undoing(sub("via_b", start("i"), task("dentro"), end("f"), way("i dentro f"))),
        task("c"), undone("c", "via_c"), undoing(call("via_c", "altro")),
    )  # fmt: skip
    called = process(start(), task("altrove"), end(), way("inizio altrove fine"), key="altro")
    file = process(start(), *parts, ALL, end(), way("inizio a b c annulla fine"), top=MESSAGES)
    play = Play(file, called).do("a").do("b").do("c")
    assert play.open == ["altrove"]
    assert play.do("altrove").open == ["dentro"]
    assert play.do("dentro").waiting == [("MSG", "AAAA")]
    assert play.deliver("MSG").completed


def test_what_undoes_is_not_undone_itself() -> None:
    inner = undoing(sub("via_a", start("i"), with_undo("dentro"), end("f"), way("i dentro f")))
    again = throws("ancora", of_compensation())
    parts = (start(), task("a"), undone("a", "via_a"), inner, ALL, again, task("dopo"), end())
    assert Play(process(*parts, way("inizio a annulla ancora dopo fine"))).do("a").do("dentro").open == ["dopo"]


def test_one_activity_may_undo_several() -> None:
    parts = (task("a"), undone("a", "via"), task("b"), undone("b", "via"), undoing(task("via")))
    play = Play(process(start(), *parts, ALL, end(), way("inizio a b annulla fine"))).do("a").do("b")
    assert play.do("via").open == ["via"]
    assert play.do("via").completed


def test_what_cannot_be_undone_stands_still_and_is_tried_again() -> None:
    parts = (task("a"), undone("a", "via_a"), undoing(script("via_a", "n + 1", "n")))
    file = process(start(), *parts, ALL, task("rimedio"), end(), way("inizio a annulla rimedio fine"), variables="n")
    play = Play(file, n="quattro").do("a")
    assert play.stuck == [("via_a", "script_without_result")]
    assert play.open == []
    assert play.retry("via_a").stuck == [("via_a", "script_without_result")]


def with_inner(name: str) -> str:
    return sub(name, start("si"), with_undo("a"), end("sf"), way("si a sf"))


# --- what is kept ---


def test_what_is_opened_again_is_not_undone_until_it_is_completed_again() -> None:
    play = Play(two_steps(throws("annulla", of_compensation()))).do("a")
    first = play.instance.work_items
    completed = next(way.task for way in play.instance._workflow.ways_back)
    play.instance.reopen(UUID(completed))
    play.sleep()
    assert (len(first), play.open) == (1, ["a"])
    play.do("a").do("b").do("via_b").do("via_a")
    assert play.open == ["dopo"]


def kept(play: Play) -> list[list[str]]:
    """What each open scope keeps, by the names of the activities."""
    return [[name for name, _kept in scope.completed] for scope in play.instance._workflow.scopes.scopes.values()]


def test_what_cannot_be_undone_is_not_kept() -> None:
    inner = sub("s", start("si"), task("a"), end("sf"), way("si a sf"))
    file = process(
        start(), inner, xor("x", "x_fine"), end(), way("inizio s x"), flow("x", "s", "=ancora"), flow("x", "fine"),
        variables="ancora",
    )  # fmt: skip
    play = Play(file, ancora=True).do("a").do("a")
    assert kept(play) == [[], []]


def test_what_was_kept_goes_with_its_scope() -> None:
    parts = (with_inner("s"), undone("s", "via"), undoing(task("via")), task("c"), ALL, task("d"))
    play = Play(process(start(), *parts, end(), way("inizio s c annulla d fine")))
    assert kept(play) == [[], []]
    assert kept(play.do("a")) == [["s"]]
    assert kept(play.do("c")) == [[]]
    assert play.do("via").open == ["d"]


# --- the linter ---


@pytest.mark.parametrize(
    ("parts", "key", "reason"),
    [
        ((task("a"), on_border("c", "a", of_compensation())), "c", "non dice quale attività"),
        (
            (task("a"), undone("a", "b"), task("b"), flow("a", "b"), way("b fine")),
            "disfa_a",
            "non è un'attività di comp",
        ),
        ((task("a"), undone("a", "niente")), "disfa_a", "«niente» non è"),
        ((task("a"), undoing(task("b"))), "b", "Nulla porta"),
        ((task("a"), undone("a", "b"), undoing(task("b")), way("b fine")), "b", "nessun flusso"),
        ((task("a"), undone("a", "b"), undoing(task("b")), way("disfa_a fine")), "disfa_a", "nessun flusso"),
        (
            (task("a"), undone("a", "b"), undoing(task("b")), undone("b", "d"), undoing(task("d"))),
            "disfa_b",
            "non sta su un'attività",
        ),
        (
            (
                task("a"),
                undone("a", "b"),
                undoing(task("b")),
                undone("a", "b").replace("disfa_a", "k").replace("lega_a", "z"),
            ),
            "k",
            "ha già una compensazione",
        ),
        (
            (task("a"), undone("a", "b"), undoing(task("b")), on_border("t", "b", of_message("m")), way("t fine")),
            "t",
            "non ha eventi sul bordo",
        ),
        (
            (xor("x"), way("inizio x"), way("x a"), task("a"), undone("x", "b"), undoing(task("b"))),
            "disfa_x",
            "non sta",
        ),
    ],
)
def test_what_could_not_be_undone_as_drawn_is_refused(parts: tuple[str, ...], key: str, reason: str) -> None:
    file = process(start(), *parts, ALL, end(), way("inizio a annulla fine"), top=MESSAGES)
    found = [problem for problem in problems(file) if reason in problem.reason]
    assert [problem.element for problem in found][:1] == [key]


@pytest.mark.parametrize(
    ("activity", "reason"),
    [
        ("niente", "non è un'attività che da qui"),
        ("inizio", "non è un'attività che da qui"),
        ("via_a", "non è un'attività che da qui"),
        ("dentro", "non è un'attività che da qui"),
        ("b", "non ha nulla che la disfi"),
    ],
)
def test_a_throw_that_would_undo_nothing_is_refused(activity: str, reason: str) -> None:
    inner = sub("s", start("si"), with_undo("dentro"), end("sf"), way("si dentro sf"))
    parts = (start(), with_undo("a"), task("b"), inner, throws("via", of_compensation(activity)), end())
    element_id, found = one_problem(process(*parts, way("inizio a b s via fine")))
    assert element_id == "via"
    assert reason in found


def test_a_scope_is_undone_in_one_way_only() -> None:
    own = triggered("e", of_compensation(), end("ef"), way("su_e ef"))
    twice = triggered("e2", of_compensation(), end("ef2"), way("su_e2 ef2"))
    parts = (inside(own), undone("s", "via"), undoing(task("via")))
    key, reason = one_problem(process(start(), *parts, end(), way("inizio s fine")))
    assert (key, "ha già dentro" in reason) == ("disfa_s", True)
    key, reason = one_problem(process(start(), inside(own + twice), end(), way("inizio s fine")))
    assert (key, "disfa già" in reason) == ("e2", True)


def test_a_process_does_not_begin_with_a_compensation() -> None:
    file = process(element("startEvent", "inizio", of_compensation()), task("a"), end(), way("inizio a fine"))
    assert any("non comincia" in problem.reason for problem in problems(file))


def test_what_undoes_may_read_what_was_written_before_it() -> None:
    parts = (script("s", "1", "m"), undone("s", "via_s"), undoing(script("via_s", "m - 1", "k")))
    file = process(start(), *parts, ALL, task("dopo"), end(), way("inizio s annulla dopo fine"))
    assert warned(file) == []
    assert Play(file).variables["k"] == 0
