"""The twenty basic control-flow patterns of van der Aalst, ter Hofstede, Kiepuszewski and Barros, drawn in BPMN.

Each is played with a save and a restore after every step. Where BPMN has no element for a pattern, the usual
work-around stands here, and its test says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from engine import errors
from tests.engine.bpmn.diagram import (
    catch,
    element,
    end,
    flow,
    fork,
    many,
    message,
    of_message,
    on_border,
    par,
    plain,
    process,
    script,
    start,
    sub,
    task,
    throws,
    triggered,
    waits,
    way,
    xor,
)
from tests.engine.bpmn.play import Play

STOP = "<terminateEventDefinition />"


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


def test_12_multiple_instances_without_synchronization_each_goes_its_own_way() -> None:
    """Drawn as a loop that splits off one instance in each round, and does not wait for any."""
    file = process(
        start(),
        xor("giro"),
        script("conta", "n + 1", "n"),
        par("p"),
        task("a"),
        task("poi"),
        end(),
        xor("ancora", "ancora_tutte"),
        end("tutte"),
        way("inizio giro conta p a poi fine"),
        way("p ancora tutte"),
        flow("ancora", "giro", "=n < 3"),
        variables="n",
    )
    play = Play(file, n=0)
    assert play.open == ["a", "a", "a"]
    assert play.do("a").open == ["a", "a", "poi"]
    assert play.do("poi").open == ["a", "a"]
    assert play.do("a").do("a").open == ["poi", "poi"]
    assert play.do("poi").do("poi").completed


@pytest.mark.parametrize("sequential", [False, True])
def test_13_multiple_instances_with_a_priori_design_time_knowledge_go_on_when_all_are_done(*, sequential: bool) -> None:
    step = many(task("a"), "=3", sequential=sequential)
    play = Play(process(start(), step, task("poi"), end(), way("inizio a poi fine")))
    for left in (3, 2, 1):
        assert play.open == ["a"] * (1 if sequential else left)
        play.do("a")
    assert play.open == ["poi"]
    assert play.do("poi").completed


@pytest.mark.parametrize("enti", [[], ["uno"], ["uno", "due", "tre", "quattro"]])
def test_14_multiple_instances_with_a_priori_run_time_knowledge_are_as_many_as_it_takes(enti: list[str]) -> None:
    asked = many(task("a"), "ente in =enti")
    play = Play(process(start(), task("scegli"), asked, task("poi"), end(), way("inizio scegli a poi fine"),
                        variables="enti"), enti=None)  # fmt: skip
    play.do("scegli", enti=enti)
    assert sorted(play.instance.variables(item.id)["ente"] for item in play.instance.work_items if enti) == sorted(enti)
    for _ente in enti:
        assert "poi" not in play.open
        play.do("a")
    assert play.open == ["poi"]


def test_15_multiple_instances_without_a_priori_knowledge_more_may_come_while_some_run() -> None:
    """By the usual work-around: an event subprocess that does not interrupt, in a subprocess that waits for all."""
    more = triggered(
        "ancora", of_message("m1"), task("altra"), end("fa"), way("su_ancora altra fa"), interrupting=False
    )
    inside = sub("tutte", start("si"), task("a"), end("sf"), way("si a sf"), more)
    top = message("m1", "ANCORA_UNA")
    play = Play(process(start(), inside, task("poi"), end(), way("inizio tutte poi fine"), top=top))
    play.deliver("ANCORA_UNA").deliver("ANCORA_UNA")
    assert play.open == ["a", "altra", "altra"]
    play.do("a").do("altra").deliver("ANCORA_UNA")
    assert play.open == ["altra", "altra"]
    play.do("altra").do("altra")
    assert (play.open, play.waiting) == (["poi"], [])
    assert play.do("poi").completed


RACE = process(
    start(),
    plain("eventBasedGateway", "g"),
    catch("uno", "m1"),
    catch("due", "m2"),
    waits("tre", "timeDuration", "PT2H"),
    task("a"),
    task("b"),
    task("c"),
    end(),
    way("inizio g uno a fine"),
    way("g due b fine"),
    way("g tre c fine"),
    top=message("m1", "UNO") + message("m2", "DUE"),
)


@pytest.mark.parametrize(("come", "taken"), [("UNO", "a"), ("DUE", "b"), ("", "c")])
def test_16_deferred_choice_what_happens_first_decides_and_withdraws_the_others(come: str, taken: str) -> None:
    play = Play(RACE)
    assert (play.open, sorted(name for name, _key in play.waiting)) == ([], ["DUE", "UNO"])
    if come:
        play.deliver(come)
    else:
        play.at(hours=2)
    assert (play.open, play.waiting, play.due) == ([taken], [], {})


def test_17_interleaved_parallel_routing_in_any_order_and_never_two_at_once() -> None:
    """By the usual work-around, each order drawn out behind a deferred choice."""
    file = process(
        start(),
        plain("eventBasedGateway", "g"),
        catch("prima_a", "m1"),
        catch("prima_b", "m2"),
        *(task(name) for name in ("a", "poi_b", "b", "poi_a", "dopo")),
        end(),
        way("inizio g prima_a a poi_b dopo fine"),
        way("g prima_b b poi_a dopo"),
        top=message("m1", "UNO") + message("m2", "DUE"),
    )
    for come, order in (("UNO", ["a", "poi_b"]), ("DUE", ["b", "poi_a"])):
        play = Play(file).deliver(come)
        for step in order:
            assert play.open == [step]
            play.do(step)
        assert play.open == ["dopo"]


def test_18_milestone_a_step_can_be_asked_for_only_while_another_part_stands_at_a_point() -> None:
    """By the usual work-around: the point is a deferred choice between being asked and going on."""
    file = process(
        start(),
        task("prepara"),
        xor("punto"),
        plain("eventBasedGateway", "g"),
        catch("chiesto", "m1"),
        task("si_puo"),
        waits("oltre", "timeDuration", "PT2H"),
        task("tardi"),
        end(),
        way("inizio prepara punto g chiesto si_puo punto"),
        way("g oltre tardi fine"),
        top=message("m1", "CHIEDE"),
    )
    play = Play(file)
    assert play.waiting == [], "not yet"
    play.do("prepara")
    subscription = play.instance.subscriptions[0].id
    assert play.deliver("CHIEDE").open == ["si_puo"]
    play.do("si_puo").deliver("CHIEDE").do("si_puo")
    play.at(hours=2)
    assert (play.open, play.waiting) == (["tardi"], []), "no more"
    with pytest.raises(errors.NobodyWaits):
        play.instance.deliver(subscription, {})


def test_19_cancel_activity_one_step_is_withdrawn_and_nothing_else() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        on_border("via", "a", of_message("m1")),
        task("b"),
        end(),
        way("inizio p a fine"),
        way("p b fine"),
        end("ritirata"),
        way("via ritirata"),
        top=message("m1", "VIA"),
    )
    play = Play(file)
    withdrawn = play.item("a").id
    play.deliver("VIA")
    assert (play.open, play.happened("cancelled")) == (["b"], ["a"])
    with pytest.raises(errors.TaskNotOpen):
        play.instance.complete(withdrawn, {})
    assert play.do("b").completed


def _cancelling() -> Iterator[tuple[str, bytes]]:
    branch = (task("a"), sub("s", start("si"), task("b"), end("sf"), way("si b sf")), waits("w", "timeDuration", "P1D"))
    nodes = (start(), par("p"), *branch, task("c"), end(), way("inizio p a fine"), way("p s fine"), way("p w fine"))
    top = message("m1", "VIA")
    stop = throws("stop", STOP, tag="endEvent")
    yield "an end that terminates", process(*nodes, way("p c stop"), stop)
    gone = triggered("via", of_message("m1"), task("saluta"), end("fa"), way("su_via saluta fa"))
    yield "an event subprocess", process(*nodes, way("p c fine"), gone, top=top)
    whole = sub("tutto", *nodes, way("p c fine"))
    outside = (start("fuori"), whole, on_border("via", "tutto", of_message("m1")), end("e"), task("saluta"))
    yield "an event on the border", process(*outside, way("fuori tutto e"), way("via saluta e"), top=top)
    cancels = throws("stop", "<cancelEventDefinition />", tag="endEvent")
    inside = element("transaction", "tutto", "".join([*nodes, way("p c stop"), cancels]))
    gone = (on_border("via", "tutto", "<cancelEventDefinition />"), end("e"), task("saluta"))
    yield "a transaction", process(start("fuori"), inside, *gone, way("fuori tutto e"), way("via saluta e"))


CANCELLING = dict(_cancelling())


@pytest.mark.parametrize("drawn", CANCELLING)
def test_20_cancel_case_everything_that_is_open_is_withdrawn(drawn: str) -> None:
    play = Play(CANCELLING[drawn])
    assert play.open == ["a", "b", "c"]
    if play.waiting:
        play.deliver("VIA")
    else:
        play.do("c")
    assert (play.waiting, play.due) == ([], {})
    assert {"a", "b", "w"} <= set(play.happened("cancelled"))
    if drawn != "an end that terminates":
        assert play.open == ["saluta"]
        play.do("saluta")
    assert (play.completed, play.open, play.due) == (True, [], {})
    assert "ended" not in {line.change for line in play.journal if line.node.id == "fine"}


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
