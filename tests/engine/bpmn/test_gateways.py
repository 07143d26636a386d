"""Exclusive and parallel gateways, loops."""

from __future__ import annotations

from random import Random

import pytest

from tests.engine.bpmn.diagram import end, flow, par, process, start, sub, task, way, xor
from tests.engine.bpmn.play import Play

CHOICE = process(
    start(),
    task("chiedi"),
    xor("scelta", default="scelta_c"),
    task("a"),
    task("b"),
    task("c"),
    end(),
    # The order of these three lines is the order in which the conditions are tried.
    way("inizio chiedi scelta"),
    flow("scelta", "b", when="=n > 10"),
    flow("scelta", "a", when="=n > 5"),
    flow("scelta", "c"),
    way("a fine"),
    way("b fine"),
    way("c fine"),
    variables="n",
)


# --- exclusive gateway ---


@pytest.mark.parametrize(("n", "expected"), [(11, "b"), (10, "a"), (6, "a"), (5, "c"), (-1, "c")])
def test_the_first_true_condition_in_document_order_decides(n: int, expected: str) -> None:
    assert Play(CHOICE).do("chiedi", n=n).open == [expected]


@pytest.mark.parametrize("value", [None, "12", [1], "ALTO"])
def test_a_condition_that_is_neither_true_nor_false_never_means_no(value: object) -> None:
    play = Play(CHOICE).do("chiedi", n=value)
    assert play.open == []
    assert play.stuck == [("scelta", "condition_not_boolean")]
    assert not play.completed
    assert play.happened("stuck") == ["scelta"]


def test_a_condition_over_an_answer_that_nobody_gave_never_means_no() -> None:
    assert Play(CHOICE).do("chiedi").stuck == [("scelta", "condition_not_boolean")]


def test_a_null_condition_behind_a_true_one_does_no_harm() -> None:
    file = process(
        start(),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio x"),
        flow("x", "a", when="=true"),
        flow("x", "b"),
        flow("x", "fine", when="=assente = 1"),
        way("a fine"),
        way("b fine"),
        variables="assente",
    )
    assert Play(file).open == ["a"]


def test_a_stuck_gateway_goes_on_when_it_is_retried_and_can() -> None:
    file = process(
        start(),
        par("p"),
        task("tardi"),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio p tardi fine"),
        way("p x"),
        flow("x", "a", when="=n > 5"),
        flow("x", "b"),
        way("a fine"),
        way("b fine"),
        variables="n",
    )
    play = Play(file)
    assert play.open == ["tardi"]
    assert play.stuck == [("x", "condition_not_boolean")]
    play.do("tardi", n=6)
    assert play.open == []
    play.retry("x")
    assert play.open == ["a"]
    assert play.stuck == []
    assert play.happened("resumed") == ["x"]


def test_retrying_what_is_still_wrong_is_stuck_again() -> None:
    play = Play(CHOICE).do("chiedi")
    play.retry("scelta")
    assert play.stuck == [("scelta", "condition_not_boolean")]
    assert play.happened("stuck") == ["scelta", "scelta"]


def test_two_flows_between_the_same_nodes_are_two_ways() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        end(),
        way("inizio p"),
        flow("p", "a", key="prima"),
        flow("p", "a", key="seconda"),
        way("a fine"),
    )
    play = Play(file)
    assert play.open == ["a", "a"]
    assert not play.do("a").completed
    assert play.do("a").completed


@pytest.mark.parametrize("breaks", ["\n", ""], ids=["on lines of their own", "on one line"])
def test_sequence_flows_without_id_are_executed(breaks: str) -> None:
    without = '<sequenceFlow sourceRef="{}" targetRef="{}" />' + breaks
    ends = [("inizio", "p"), ("p", "a"), ("p", "a"), ("p", "b"), ("a", "fine"), ("b", "fine")]
    file = process(start(), par("p"), task("a"), task("b"), end(), *[without.format(*pair) for pair in ends])
    assert Play(file).open == ["a", "a", "b"]


# --- parallel gateway ---

FORK = process(
    start(),
    par("apri"),
    task("a"),
    task("b"),
    task("c"),
    par("chiudi"),
    task("dopo"),
    end(),
    way("inizio apri a chiudi dopo fine"),
    way("apri b chiudi"),
    way("apri c chiudi"),
)


def test_a_parallel_join_waits_for_all_its_ways() -> None:
    play = Play(FORK)
    assert play.open == ["a", "b", "c"]
    assert play.do("c").open == ["a", "b"]
    assert play.do("a").open == ["b"]
    assert play.do("b").open == ["dopo"]
    assert play.do("dopo").completed


def test_a_process_ends_with_its_last_token() -> None:
    file = process(start(), par("p"), task("a"), task("b"), end("f1"), end("f2"), way("inizio p a f1"), way("p b f2"))
    play = Play(file).do("a")
    assert not play.completed
    assert play.do("b").completed
    assert play.happened("ended") == ["f1", "f2"]


def test_a_gateway_may_join_and_split_at_once() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        par("q"),
        task("c"),
        task("d"),
        end(),
        way("inizio p a q c fine"),
        way("p b q d fine"),
    )
    assert Play(file).do("a").do("b").open == ["c", "d"]


def test_a_token_in_excess_waits_for_the_next_round_of_a_join() -> None:
    # Two tokens come over `a`; only one may be used up by the one that comes over `b`.
    file = process(
        start(),
        par("p"),
        xor("m"),
        task("a"),
        task("b"),
        par("j"),
        task("dopo"),
        end(),
        way("inizio p m a j dopo fine"),
        flow("p", "m", key="ancora"),
        way("p b j"),
    )
    play = Play(file)
    assert play.open == ["a", "a", "b"]
    play.do("a").do("a")
    assert play.open == ["b"]
    play.do("b")
    assert play.open == ["dopo"]
    play.do("dopo")
    assert not play.completed, "one token still waits at the join"


def test_a_join_that_nothing_can_complete_any_more_is_an_incident() -> None:
    file = process(
        start(),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        par("j"),
        end(),
        way("inizio x"),
        flow("x", "a", when="=false"),
        way("x b j fine"),
        way("a j"),
    )
    play = Play(file).do("b")
    assert not play.completed
    assert play.stuck == [("j", "join_never_completed")]
    assert play.retry("j").stuck == [("j", "join_never_completed")]
    play.instance.cancel()
    assert play.completed


def test_a_join_that_others_may_still_complete_is_no_incident() -> None:
    assert Play(FORK).do("a").stuck == []


def test_a_dead_join_in_a_subprocess_is_an_incident_though_others_work_outside() -> None:
    inner = sub(
        "s",
        start("si"),
        par("sp"),
        xor("sx", default="sx_sj"),
        end("sf"),
        par("sj"),
        way("si sx"),
        flow("sx", "sp", when="=false"),
        way("sx sj sf"),
        way("sp sj"),
    )
    file = process(start(), par("p"), task("a"), inner, end(), way("inizio p a fine"), way("p s fine"))
    play = Play(file)
    assert play.open == ["a"]
    assert play.stuck == [("sj", "join_never_completed")]


LOOP = process(
    start(),
    xor("di_nuovo"),
    par("apri"),
    task("a"),
    task("b"),
    task("c"),
    par("chiudi"),
    xor("basta", default="basta_fine"),
    end(),
    way("inizio di_nuovo apri a chiudi basta fine"),
    way("apri b chiudi"),
    way("apri c chiudi"),
    flow("basta", "di_nuovo", when="=ancora"),
    variables="ancora",
)


@pytest.mark.parametrize("seed", range(20))
def test_a_join_inside_a_loop_waits_for_all_its_ways_in_every_round(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - an order of steps, not a secret
    play = Play(LOOP)
    rounds = random.randint(2, 9)
    for number in range(1, rounds + 1):
        order = random.sample(["a", "b", "c"], 3)
        for done, element in enumerate(order):
            assert play.open == sorted(order[done:])
            play.do(element, ancora=number < rounds)
    assert play.completed
    assert play.happened("completed").count("chiudi") == rounds


def test_cancelling_ends_everything_that_is_open() -> None:
    play = Play(FORK)
    play.instance.cancel()
    play.journal += play.instance.take_journal()
    assert play.completed
    assert play.open == []
    assert sorted(play.happened("cancelled")) == ["a", "b", "c"]
