"""Complex gateways: they go on when their condition says so, and what comes afterwards belongs to it."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    element,
    end,
    flow,
    fork,
    message,
    of_message,
    on_border,
    par,
    process,
    start,
    sub,
    task,
    way,
    xor,
)
from tests.engine.bpmn.play import Play, one_problem, problems


def gate(condition: str = "", key: str = "g", default: str = "") -> str:
    inner = f"<activationCondition>{condition}</activationCondition>" if condition else ""
    return element("complexGateway", key, inner, **({"default": default} if default else {}))


def partial(condition: str, *more: str, variables: str = "") -> bytes:
    """Three steps at once that come together in a complex gateway, then `dopo`."""
    parts = (start(), par("p"), task("a"), task("b"), task("c"), gate(condition), task("dopo"), end())
    flows = way("inizio p") + "".join(way(f"p {name} g") for name in "abc") + way("g dopo fine")
    return process(*parts, flows, *more, variables=variables)


def test_it_goes_on_when_enough_have_come_and_the_others_open_nothing() -> None:
    play = Play(partial("=activationCount &gt;= 2")).do("a")
    assert play.open == ["b", "c"]
    assert play.do("c").open == ["b", "dopo"]
    assert play.do("dopo").open == ["b"]
    assert play.do("b").completed
    assert play.happened("opened").count("dopo") == 1


def test_a_discriminator_takes_the_first() -> None:
    play = Play(partial("=activationCount &gt;= 1")).do("b")
    assert play.open == ["a", "c", "dopo"]
    assert play.do("a").do("c").open == ["dopo"]


def test_all_together_it_joins_as_a_parallel_gateway() -> None:
    play = Play(partial("=activationCount = 3")).do("b").do("a")
    assert play.open == ["c"]
    assert play.do("c").open == ["dopo"]


def test_the_condition_sees_the_variables() -> None:
    play = Play(partial("=activationCount &gt;= 2 or urgente", variables="urgente"), urgente=False).do("a")
    assert play.open == ["b", "c"]
    play = Play(partial("=activationCount &gt;= 2 or urgente", variables="urgente"), urgente=False)
    assert play.do("a", urgente=True).open == ["b", "c", "dopo"]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident() -> None:
    play = Play(partial("=quanti &lt; activationCount", variables="quanti"), quanti="due").do("a")
    assert play.stuck == [("g", "condition_not_boolean")]
    play.do("b", quanti=1)
    assert play.open == ["c"]
    assert play.retry("g").open == ["c", "dopo"]


def test_in_a_loop_each_round_starts_anew() -> None:
    parts = (start(), xor("m"), par("p"), task("a"), task("b"), gate("=activationCount &gt;= 1"), task("t"),
             xor("x", "x_fine"), end())  # fmt: skip
    flows = way("inizio m p a g") + way("p b g t x") + flow("x", "m", "=ancora") + flow("x", "fine")
    play = Play(process(*parts, flows, variables="ancora"))
    play.do("a").do("b").do("t", ancora=True)
    assert play.open == ["a", "b"]
    play.do("b").do("a").do("t", ancora=False)
    assert play.completed
    assert play.happened("opened").count("t") == 2


def test_what_comes_in_excess_counts_for_the_next_start() -> None:
    parts = (start(), par("p"), task("a1"), task("a2"), task("b"), xor("m"), gate("=activationCount &gt;= 2"),
             task("dopo"), end())  # fmt: skip
    flows = way("inizio p a1 m g dopo fine") + way("p a2 m") + way("p b g")
    play = Play(process(*parts, flows)).do("a1").do("a2")
    assert play.open == ["b"]
    assert play.do("b").open == ["dopo"]
    play.do("dopo")
    assert play.stuck == [("g", "join_never_completed")]


def test_what_came_in_excess_may_start_it_again_by_itself() -> None:
    parts = (start(), par("p"), task("a1"), task("a2"), task("b"), xor("m"), gate("=activationCount &gt;= 1"),
             task("dopo"), end())  # fmt: skip
    flows = way("inizio p a1 m g dopo fine") + way("p a2 m") + way("p b g")
    play = Play(process(*parts, flows)).do("a1").do("a2")
    assert play.open == ["b", "dopo"]
    assert play.do("b").open == ["dopo", "dopo"]


def test_the_ways_out_may_tell_the_start_from_what_comes_after() -> None:
    parts = (start(), par("p"), task("a"), task("b"), gate("=activationCount &gt;= 1"), task("prima"), task("poi"),
             end())  # fmt: skip
    flows = way("inizio p a g") + way("p b g") + flow("g", "prima", "=waitingForStart")
    flows += flow("g", "poi", "=not(waitingForStart)") + way("prima fine") + way("poi fine")
    free = (task("sempre"), way("g sempre fine"))
    play = Play(process(*parts, flows, *free)).do("a")
    assert play.open == ["b", "prima", "sempre"]
    assert play.do("b").open == ["poi", "prima", "sempre"]


@pytest.mark.parametrize(("level", "opened"), [(1, ["a"]), (2, ["a", "b"]), (0, ["c"])])
def test_it_splits_like_an_inclusive_gateway(level: int, opened: list[str]) -> None:
    parts = (start(), gate(default="g_c"), task("a"), task("b"), task("c"), end())
    flows = way("inizio g") + flow("g", "a", "=n >= 1") + flow("g", "b", "=n >= 2") + flow("g", "c")
    flows += "".join(way(f"{name} fine") for name in "abc")
    assert Play(process(*parts, flows, variables="n"), n=level).open == opened


def test_a_way_out_that_cannot_be_chosen_is_an_incident_and_loses_nothing() -> None:
    parts = (start(), par("p"), task("a"), task("b"), gate("=activationCount &gt;= 1", default="g_y"), task("x"),
             task("y"), end())  # fmt: skip
    flows = way("inizio p a g") + way("p b g") + flow("g", "x", "=n > 1 and waitingForStart") + way("g y fine")
    play = Play(process(*parts, flows, way("x fine"), variables="n"), n=None).do("a")
    assert play.stuck == [("g", "condition_not_boolean")]
    play.do("b", n=5)
    assert (play.open, play.stuck) == ([], [("g", "condition_not_boolean")])
    assert play.retry("g").open == ["x", "y"], "the default, when it is reset"


def test_it_waits_for_those_only_that_can_still_come() -> None:
    """The rest is taken away by an event: the gateway is reset, and its scope ends."""
    slow = sub("s", start("si"), task("b"), end("sf"), way("si b sf"))
    border = on_border("via", "s", of_message("m"))
    first = gate("=activationCount &gt;= 1")
    parts = (start(), par("p"), task("a"), slow, border, first, task("dopo"), end(), end("altrove"))
    flows = way("inizio p a g") + way("p s g dopo fine") + way("via altrove")
    play = Play(process(*parts, flows, top=message("m", "MSG"))).do("a").do("dopo")
    assert play.open == ["b"]
    assert play.deliver("MSG").completed


def test_too_few_for_ever_are_an_incident() -> None:
    parts = (start(), fork("o", "o_a"), task("a"), task("b"), gate("=activationCount &gt;= 2"), task("dopo"), end())
    flows = way("inizio o") + flow("o", "a") + flow("o", "b", "=n > 1") + way("a g") + way("b g dopo fine")
    play = Play(process(*parts, flows, variables="n"), n=0).do("a")
    assert play.stuck == [("g", "join_never_completed")]


def test_an_inclusive_join_does_not_wait_for_a_gateway_that_will_give_nothing() -> None:
    parts = (start(), par("p"), task("a"), task("b"), task("c"), gate("=activationCount &gt;= 1"), fork("j"),
             task("dopo"), end())  # fmt: skip
    flows = way("inizio p a g j dopo fine") + way("p b g") + way("p c j")
    play = Play(process(*parts, flows)).do("a").do("c")
    assert play.open == ["b", "dopo"]
    assert play.do("b").do("dopo").completed


def test_a_gateway_and_an_inclusive_join_in_a_circle_do_not_wait_for_each_other() -> None:
    parts = (start(), par("p"), task("a"), task("b"), gate("=activationCount &gt;= 1"), task("t"), xor("x", "x_fine"),
             fork("j"), end())  # fmt: skip
    flows = way("inizio p a g t x") + way("p b j g") + flow("x", "j", "=n > 0") + flow("x", "fine")
    play = Play(process(*parts, flows, variables="n")).do("a").do("t", n=0)
    assert play.open == ["b"]
    assert play.do("b").completed


def test_a_gateway_with_several_ways_in_says_when_it_goes_on() -> None:
    key, reason = one_problem(partial(""))
    assert key == "g"
    assert "quando va avanti" in reason


@pytest.mark.parametrize(
    ("file", "piece"),
    [
        (partial("=altro &gt; 1"), "«altro»"),
        (partial("activationCount &gt; 1"), "non è un'espressione FEEL"),
        (partial("=activationCount &gt;"), "errore"),
        (
            partial("=activationCount &gt; 1").replace(b"=activationCount", b"=waitingForStart and activationCount"),
            "waiting",
        ),
    ],
)
def test_a_condition_that_could_not_be_looked_at_is_refused(file: bytes, piece: str) -> None:
    assert [problem.element for problem in problems(file) if piece in problem.reason] == ["g"]


def test_only_its_own_expressions_know_what_it_counts() -> None:
    file = partial("=activationCount &gt; 1", xor("x", "x_k"), flow("x", "k", "=activationCount > 1", key="z"))
    assert any("«activationCount»" in problem.reason for problem in problems(file))


def test_what_came_in_excess_begins_the_next_start_as_soon_as_there_can_be_one() -> None:
    parts = (
        start(),
        par("p"),
        task("a"),
        task("b"),
        task("c"),
        xor("m"),
        gate("=activationCount &gt;= 1"),
        task("dopo"),
    )
    flows = (way("inizio p a m g dopo fine"), way("p b m"), way("p c g"))
    play = Play(process(*parts, end(), *flows)).do("a")
    assert play.do("b").open == ["c", "dopo"], "a second one over the same flow has to wait"
    assert play.do("c").open == ["dopo", "dopo"]
    assert play.do("dopo").do("dopo").completed


def test_what_it_may_give_when_it_is_reset_is_waited_for() -> None:
    parts = (start(), par("p"), task("a"), task("b"), xor("x", "x_f3"), task("c"), gate("=activationCount &gt;= 1"),
             task("t"), fork("j"), task("d"), end(), end("f2"), end("f3"))  # fmt: skip
    ways = flow("g", "t", "=waitingForStart") + flow("g", "j", "=not(waitingForStart)")
    flows = way("inizio p a g") + way("p b x f3") + flow("x", "g", "=n = 1") + way("p c j d fine") + way("t f2")
    play = Play(process(*parts, flows, ways, variables="n"), n=0).do("c").do("a")
    assert play.open == ["b", "t"]
    play.do("b", n=2)
    assert play.open == ["d", "t"]
    assert play.do("t").do("d").completed
    assert play.happened("opened").count("d") == 1


def test_what_it_began_with_is_not_waited_for_again() -> None:
    parts = (start(), par("p"), xor("m"), task("a"), task("b"), task("c"), gate("=activationCount &gt;= 2"),
             task("t"), task("t2"), xor("y", "y_fine"), end(), end("f2"))  # fmt: skip
    ways = flow("g", "t", "=waitingForStart") + flow("g", "t2", "=not(waitingForStart)") + flow("y", "m", "=n = 1")
    flows = way("inizio p m a g") + way("p b g") + way("p c g") + way("t y fine") + way("t2 f2")
    play = Play(process(*parts, flows, ways, variables="n"), n=0).do("a").do("b").do("t", n=1)
    assert play.open == ["a", "c"]
    assert play.do("c").open == ["a", "t2"]
    play.do("t2").do("a")
    assert play.stuck == [("g", "join_never_completed")], "the second round has one branch only"
