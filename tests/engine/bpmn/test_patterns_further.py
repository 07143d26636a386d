"""The basic control-flow patterns 12 to 20: instances, states, cancelling; see test_patterns.py for the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import errors
from tests.engine.bpmn.diagram import (
    catch,
    element,
    end,
    flow,
    io,
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


@pytest.mark.parametrize("order", [["a", "b"], ["b", "a"]])
def test_17_interleaved_parallel_routing_in_an_order_that_is_decided_when_it_runs(order: list[str]) -> None:
    inner = task("a") + task("b") + io(extra='<zeebe:adHoc activeElementsCollection="=ordine" />')
    steps = element("adHocSubProcess", "s", inner, ordering="Sequential")
    play = Play(process(start(), steps, task("poi"), end(), way("inizio s poi fine"), variables="ordine"), ordine=order)
    for step in order:
        assert play.open == [step]
        play.do(step)
    assert play.open == ["poi"]


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
