"""The basic control-flow patterns of van der Aalst, ter Hofstede, Kiepuszewski and Barros, drawn in BPMN: 1 to 11.

Each is played with a save and a restore after every step. Where BPMN has no element for a pattern, the usual
work-around stands here, and its test says so. Those from 12 on are in test_patterns_further.py.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.engine.bpmn.diagram import (
    element,
    end,
    flow,
    fork,
    par,
    process,
    start,
    task,
    way,
    xor,
)
from tests.engine.bpmn.play import Play


def test_1_sequence_a_step_is_enabled_when_the_one_before_it_is_done() -> None:
    play = Play(process(start(), task("a"), task("b"), task("c"), end(), way("inizio a b c fine")))
    for step in "abc":
        assert play.open == [step]
        play.do(step)
    assert play.completed


@pytest.mark.parametrize("drawn", ["gateway", "several flows"])
def test_2_parallel_split_all_ways_are_taken_at_once(drawn: str) -> None:
    first = par("p") if drawn == "gateway" else task("p")
    file = process(
        start(), first, task("a"), task("b"), task("c"), end(), way("inizio p a fine"), way("p b fine"), way("p c fine")
    )
    for order in permutations("abc"):
        play = Play(file)
        if drawn != "gateway":
            play.do("p")
        assert play.open == ["a", "b", "c"]
        _done_in(play, order)
        assert play.completed


def test_3_synchronization_what_follows_waits_for_every_branch_and_comes_once() -> None:
    branches = (task("a"), task("b"), task("c"), way("p a q"), way("p b q"), way("p c q"))
    file = process(start(), par("p"), par("q"), task("poi"), end(), *branches, way("inizio p"), way("q poi fine"))
    for order in permutations("abc"):
        play = Play(file)
        for step in order:
            assert "poi" not in play.open
            play.do(step)
        assert play.open == ["poi"]
        assert play.do("poi").completed


@pytest.mark.parametrize(("n", "taken"), [(1, "a"), (2, "b"), (3, "c")])
def test_4_exclusive_choice_exactly_one_way_is_taken(n: int, taken: str) -> None:
    assert Play(_choice(xor("x", "x_c")), n=n).open == [taken]


def test_4_exclusive_choice_of_two_that_hold_the_first_in_the_document_is_taken() -> None:
    parts = (start(), xor("x", "x_c"), task("a"), task("b"), task("c"), end(), way("inizio x c fine"))
    holds = (flow("x", "b", "=n > 0"), flow("x", "a", "=n > 0"), way("a fine"), way("b fine"))
    assert Play(process(*parts, *holds, variables="n"), n=1).open == ["b"]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_5_simple_merge_each_of_the_alternatives_leads_on_without_waiting(n: int) -> None:
    play = Play(_choice(xor("x", "x_c"), merge=xor("m")), n=n)
    (taken,) = play.open
    assert play.do(taken).open == ["poi"]
    assert play.do("poi").completed


@pytest.mark.parametrize("drawn", ["gateway", "conditional flows"])
@pytest.mark.parametrize(("n", "taken"), [(1, ["a"]), (2, ["b"]), (3, ["a", "b"]), (0, ["c"])])
def test_6_multi_choice_every_way_whose_condition_holds_is_taken(drawn: str, n: int, taken: list[str]) -> None:
    play = Play(_several(fork("x", "x_c") if drawn == "gateway" else _task_with_default("x"), fork("m")), n=n)
    if drawn != "gateway":
        play.do("x")
    assert play.open == taken


@pytest.mark.parametrize(("n", "taken"), [(1, ["a"]), (2, ["b"]), (3, ["a", "b"]), (0, ["c"])])
def test_7_structured_synchronizing_merge_waits_for_the_ways_that_were_taken(n: int, taken: list[str]) -> None:
    for order in permutations(taken):
        play = Play(_several(fork("x", "x_c"), fork("m")), n=n)
        for step in order:
            assert "poi" not in play.open
            play.do(step)
        assert play.open == ["poi"]
        assert play.do("poi").completed


def test_8_multi_merge_every_token_leads_on_by_itself() -> None:
    play = Play(_several(fork("x", "x_c"), xor("m")), n=3)
    assert play.do("a").open == ["b", "poi"]
    assert play.do("b").open == ["poi", "poi"]
    assert play.do("poi").do("poi").completed


def test_9_structured_discriminator_the_first_branch_leads_on_and_the_others_are_let_pass() -> None:
    """A complex gateway; it is ready again when every branch has come."""
    first = element("complexGateway", "m", "<activationCondition>=activationCount &gt;= 1</activationCondition>")
    branches = (task("a"), task("b"), task("c"), way("p a m"), way("p b m"), way("p c m"))
    gates = (xor("giro"), par("p"), first, xor("ancora", "ancora_fine"), flow("ancora", "giro", "=di_nuovo"))
    path = way("inizio giro p") + way("m poi ancora fine")
    file = process(start(), *gates, *branches, task("poi"), end(), path, variables="di_nuovo")
    for order in permutations("abc"):
        play = Play(file)
        assert play.do(order[0]).open == sorted(["poi", *order[1:]])
        assert play.do(order[1]).open == sorted(["poi", order[2]])
        assert play.do(order[2]).open == ["poi"]
        assert play.do("poi", di_nuovo=True).open == ["a", "b", "c"]
        assert play.do(order[2]).open == sorted(["poi", *order[:2]]), "the next round"
        assert play.do("poi", di_nuovo=False).do(order[0]).do(order[1]).completed


def test_10_arbitrary_cycles_a_loop_may_be_entered_and_left_in_several_places() -> None:
    file = process(
        start(),
        xor("entra", "entra_m1"),
        xor("m1"),
        task("a"),
        xor("m2"),
        task("b"),
        xor("esce_a", "esce_a_m2"),
        xor("esce_b", "esce_b_m1"),
        end(),
        end("altra"),
        way("inizio entra m1 a esce_a m2 b esce_b m1"),
        flow("entra", "m2", "=n = 2"),
        flow("esce_a", "altra", "=fuori"),
        flow("esce_b", "fine", "=fuori"),
        variables="n fuori",
    )
    play = Play(file, n=1, fuori=False)
    for step in "abab":
        assert play.open == [step]
        play.do(step, fuori=False)
    play.do("a", fuori=True)
    assert (play.completed, play.happened("ended")) == (True, ["altra"])
    play = Play(file, n=2, fuori=False)
    assert play.open == ["b"]
    play.do("b", fuori=False).do("a", fuori=False).do("b", fuori=True)
    assert (play.completed, play.happened("ended")) == (True, ["fine"])


def test_11_implicit_termination_a_case_is_over_when_nothing_is_left_to_do() -> None:
    file = process(
        start(), par("p"), task("a"), task("b"), end("una"), end("due"), way("inizio p a una"), way("p b due")
    )
    for order in permutations("ab"):
        play = Play(file)
        assert not play.do(order[0]).completed
        assert play.do(order[1]).completed
        assert len(play.happened("ended")) == 2


def _done_in(play: Play, order: tuple[str, ...]) -> None:
    for step in order:
        assert not play.completed
        play.do(step)


def _choice(gateway: str, merge: str = "") -> bytes:
    """A choice `x` between a, b and, by default, c."""
    behind = "m poi fine" if merge else "fine"
    parts = (start(), gateway, task("a"), task("b"), task("c"), end(), *((merge, task("poi")) if merge else ()))
    ways = (flow("x", "a", "=n = 1"), flow("x", "b", "=n = 2"), way(f"inizio x c {behind}"))
    first = behind.split(maxsplit=1)[0]
    return process(*parts, *ways, way(f"a {first}"), way(f"b {first}"), variables="n")


def _task_with_default(key: str) -> str:
    return element("userTask", key, name=f"Fare {key}", default=f"{key}_c")


def _several(split: str, merge: str) -> bytes:
    """A split `x` to a if n is odd, to b if it is 2 or more, else to c; merged in `m`."""
    parts = (start(), split, task("a"), task("b"), task("c"), merge, task("poi"), end(), way("inizio x c m poi fine"))
    ways = (flow("x", "a", "=n = 1 or n = 3"), flow("x", "b", "=n >= 2"), way("a m"), way("b m"))
    return process(*parts, *ways, variables="n")
