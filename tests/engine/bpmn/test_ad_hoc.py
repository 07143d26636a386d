"""Ad-hoc subprocesses: steps in any order, at once or one at a time, until it is enough."""

from __future__ import annotations

import pytest

from engine.bpmn import advice, parsing
from tests.engine.bpmn.diagram import (
    call,
    caught,
    element,
    end,
    error,
    flow,
    hears,
    io,
    message,
    of_compensation,
    of_message,
    of_signal,
    on_border,
    par,
    process,
    receive,
    script,
    signal,
    start,
    sub,
    task,
    throws,
    triggered,
    way,
    with_undo,
    xor,
)
from tests.engine.bpmn.play import Play, problems
from tests.engine.bpmn.play import around as surroundings


def ad_hoc(*parts: str, enough: str = "", active: str = "", given: str = "", **how: str) -> str:
    """An ad-hoc subprocess called `s`; `given` is an input."""
    condition = f"<completionCondition>{enough}</completionCondition>" if enough else ""
    extra = f"<zeebe:adHoc activeElementsCollection='{active}' />" if active else ""
    extensions = io(*([given] if given else []), extra=extra)
    return element("adHocSubProcess", "s", extensions + "".join(parts) + condition, **how)


def around(inner: str, *more: str, variables: str = "basta quali", top: str = "") -> bytes:
    return process(start(), inner, task("dopo"), end(), way("inizio s dopo fine"), *more, variables=variables, top=top)


THREE = (task("a"), task("b"), task("c"))


def test_its_steps_are_open_at_once_and_done_in_any_order() -> None:
    play = Play(around(ad_hoc(*THREE)))
    assert play.open == ["a", "b", "c"]
    assert play.do("c").do("a").open == ["b"]
    assert play.do("b").open == ["dopo"]
    assert play.do("dopo").completed


def test_when_it_is_enough_the_rest_is_taken_away() -> None:
    play = Play(around(ad_hoc(*THREE, enough="=basta = true")), basta=False).do("b")
    assert play.open == ["a", "c"]
    assert play.do("a", basta=True).open == ["dopo"]
    assert play.happened("cancelled") == ["c"]


def test_the_rest_may_be_let_come_to_its_end() -> None:
    chain = (task("a"), task("b"), task("c"), task("d"), way("b d"))
    play = Play(around(ad_hoc(*chain, enough="=basta = true", cancelRemainingInstances="false")), basta=False)
    assert play.do("a", basta=True).open == ["b", "c"]
    assert play.do("b").open == ["c"], "nothing more begins"
    assert play.do("c").open == ["dopo"]


def test_all_of_it_is_enough_even_if_the_condition_never_says_so() -> None:
    play = Play(around(ad_hoc(*THREE, enough="=basta = true")), basta=False)
    assert play.do("a").do("b").do("c").open == ["dopo"]


def test_one_at_a_time_in_the_order_that_people_choose() -> None:
    play = Play(around(ad_hoc(*THREE, ordering="Sequential")))
    assert play.open == ["a", "b", "c"]
    assert play.do("b").open == ["a", "c"]
    assert play.do("c").do("a").open == ["dopo"]


def test_of_those_that_are_offered_none_can_be_in_hand_beside_another() -> None:
    play = Play(around(ad_hoc(*THREE, ordering="Sequential")))
    assert rivals(play, "a") == ["b", "c"]
    assert rivals(play.do("c"), "a") == ["b"]
    assert rivals(Play(around(ad_hoc(*THREE))), "a") == []
    assert rivals(Play(around(ad_hoc(*THREE, active='=["c", "a"]', ordering="Sequential"))), "c") == []


def rivals(play: Play, name: str) -> list[str]:
    (item,) = [item for item in play.instance.work_items if item.node.id == name]
    return sorted(node.id for node in play.instance.rivals(item.id).values())


def test_what_nobody_chooses_goes_first_each_by_itself() -> None:
    inner = sub("dentro", start("i2"), task("d"), end("f2"), way("i2 d f2"))
    parts = (task("a"), inner, script("calcola", "1", "n"), receive("attende", "m"), task("b"))
    play = Play(around(ad_hoc(*parts, ordering="Sequential"), top=message("m", "ESITO", "=case_code")))
    assert play.open == ["d"]
    assert play.do("d").open == []
    (waiting,) = play.instance.subscriptions
    play.instance.deliver(waiting.id, {})
    assert play.open == ["a", "b"]
    assert play.variables["n"] == 1


def test_an_activity_that_follows_a_step_keeps_the_others_waiting() -> None:
    inner = sub("dentro", start("i2"), task("d"), end("f2"), way("i2 d f2"))
    play = Play(around(ad_hoc(task("a"), inner, way("a dentro"), task("b"), ordering="Sequential"))).do("a")
    assert play.open == ["b", "d"]
    assert (rivals(play, "b"), rivals(play, "d")) == (["dentro"], [])
    assert rivals(play.do("d"), "b") == []


def test_one_at_a_time_until_it_is_enough() -> None:
    play = Play(around(ad_hoc(*THREE, ordering="Sequential", enough="=basta = true")), basta=False)
    assert play.do("a").do("b", basta=True).open == ["dopo"]


def test_one_at_a_time_waits_for_what_follows_a_step() -> None:
    parts = (task("a"), task("a2"), way("a a2"), task("b"))
    play = Play(around(ad_hoc(*parts, ordering="Sequential"))).do("a")
    assert play.open == ["a2", "b"]
    assert play.do("b").open == ["a2"]


def test_a_step_that_is_only_offered_is_not_let_come_to_its_end() -> None:
    how = {"ordering": "Sequential", "cancelRemainingInstances": "false"}
    play = Play(around(ad_hoc(*THREE, enough="=basta = true", **how)), basta=False).do("b", basta=True)
    assert play.open == ["dopo"]
    assert sorted(play.happened("cancelled")) == ["a", "c"]


def test_once_it_was_enough_nothing_more_begins_whatever_comes_after() -> None:
    parts = (task("a"), par("p"), task("a2"), task("a3"), way("a p a2"), way("p a3"), task("b"))
    how = {"cancelRemainingInstances": "false"}
    parts = (*parts[:-1], task("b"), way("a3 b"))
    play = Play(around(ad_hoc(*parts, enough="=basta = true", **how)), basta=False).do("a").do("a2", basta=True)
    assert play.open == ["a3"]
    assert play.do("a3", basta=False).open == ["dopo"]


@pytest.mark.parametrize(
    ("names", "opened"), [(["c", "a"], ["a", "c"]), (["b"], ["b"]), ([], ["dopo"]), (["a", "a"], ["a", "a"])]
)
def test_an_expression_says_what_begins(names: list[str], opened: list[str]) -> None:
    play = Play(around(ad_hoc(*THREE, active="=quali")), quali=names)
    assert play.open == opened


def test_an_expression_says_the_order_too() -> None:
    play = Play(around(ad_hoc(*THREE, active='=["c", "a"]', ordering="Sequential")))
    assert play.open == ["c"]
    assert play.do("c").open == ["a"]
    assert play.do("a").open == ["dopo"]


@pytest.mark.parametrize("names", [["a", "z"], "a", None, [1], ["dopo"], ["x"]])
def test_what_is_not_there_cannot_begin(names: object) -> None:
    play = Play(around(ad_hoc(*THREE, active="=quali")), quali=names)
    assert play.stuck == [("s", "activities_unknown")]
    assert play.open == []
    assert play.retry("s").stuck == [("s", "activities_unknown")]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_and_is_tried_again() -> None:
    play = Play(around(ad_hoc(*THREE, enough="=basta &gt; 1")), basta="due").do("a")
    assert play.stuck == [("a", "condition_not_boolean")]
    assert play.retry("a").stuck == [("a", "condition_not_boolean")]
    assert play.do("b", basta=2).open == ["dopo"]


def test_it_has_variables_of_its_own() -> None:
    inner = ad_hoc(*THREE, enough="=dentro &gt; 1", given="> dentro = 1")
    play = Play(around(inner)).do("a")
    assert play.open == ["b", "c"]
    assert play.do("b", dentro=2).open == ["dopo"]
    assert "dentro" not in play.variables


def test_steps_of_every_kind_and_paths_between_them() -> None:
    parts = (
        script("calcola", "n + 1", "n"), task("dopo_calcola"), way("calcola dopo_calcola"),
        receive("ascolta", "m"), sub("dentro", start("i"), task("t"), end("f"), way("i t f")), call("altrove", "altro"),
        task("p1"), par("p"), task("p2"), task("p3"), way("p1 p p2"), way("p p3"),
    )  # fmt: skip
    called = process(start(), task("chiamata"), end(), way("inizio chiamata fine"), key="altro")
    play = Play(around(ad_hoc(*parts), variables="n", top=message("m", "MSG")), called, n=1)
    assert play.open == ["chiamata", "dopo_calcola", "p1", "t"]
    assert play.waiting == [("MSG", "AAAA")]
    play.do("p1").do("chiamata").do("t").deliver("MSG").do("p3").do("dopo_calcola")
    assert play.open == ["p2"]
    assert play.do("p2").open == ["dopo"]


def test_what_is_on_its_border_and_what_watches_in_it_take_it_over() -> None:
    watching = triggered("e", of_message("m"), task("rimedio"), end("fe"), way("su_e rimedio fe"))
    file = around(
        ad_hoc(*THREE, watching), on_border("via", "s", of_message("n")), task("fuori"), end("ff"),
        way("via fuori ff"), top=message("m", "MSG") + message("n", "ALTRO"),
    )  # fmt: skip
    assert Play(file).do("a").deliver("MSG").do("rimedio").open == ["dopo"]
    assert Play(file).do("a").deliver("ALTRO").open == ["fuori"]
    assert Play(file).do("a").do("b").do("c").waiting == []


def test_what_joined_in_may_be_what_makes_it_enough() -> None:
    watching = triggered("e", of_message("m"), task("aiuto"), end("fe"), way("su_e aiuto fe"), interrupting=False)
    file = around(ad_hoc(*THREE, watching, enough="=basta"), variables="basta", top=message("m", "MSG"))
    play = Play(file, basta=False).deliver("MSG").do("aiuto", basta=False)
    assert play.open == ["a", "b", "c"]
    assert play.deliver("MSG").do("aiuto", basta=True).open == ["dopo"]


def test_an_error_in_it_leaves_over_its_border() -> None:
    failing = sub("rotto", start("i"), task("t"), end("male", error="e"), way("i t male"))
    file = around(ad_hoc(task("a"), failing), caught("preso", "s", "e"), task("rimedio"), end("fr"),
                  way("preso rimedio fr"), top=error("e", "MALE"))  # fmt: skip
    assert Play(file).do("t").open == ["rimedio"]


def test_what_was_done_in_it_can_be_undone() -> None:
    parts = (start(), ad_hoc(with_undo("a"), with_undo("b")), throws("annulla", of_compensation()), end())
    play = Play(process(*parts, way("inizio s annulla fine"))).do("b").do("a")
    assert play.open == ["via_a"]
    assert play.do("via_a").open == ["via_b"]
    assert play.do("via_b").completed


def test_it_may_be_entered_again_and_again() -> None:
    inner = ad_hoc(*THREE, enough="=true")
    file = process(
        start(), inner, xor("x", "x_fine"), end(), way("inizio s x"), flow("x", "s", "=basta"), flow("x", "fine"),
        variables="basta",
    )  # fmt: skip
    play = Play(file, basta=True).do("a").do("b")
    assert play.open == ["a", "b", "c"]
    assert play.do("c", basta=False).completed


TWICE = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"


def test_it_may_be_done_several_times() -> None:
    play = Play(around(ad_hoc(TWICE, *THREE, enough="=true")))
    assert play.open == ["a", "a", "b", "b", "c", "c"]
    assert play.do("a").open == ["a", "b", "c"]
    assert play.do("b").open == ["dopo"]


def test_a_step_in_it_may_be_done_several_times() -> None:
    many = task("a").replace("</userTask>", TWICE + "</userTask>")
    play = Play(around(ad_hoc(many, task("b"), enough="=true")))
    assert play.do("a").open == ["a", "b"]
    assert play.do("a").open == ["dopo"]


@pytest.mark.parametrize(
    ("inner", "key", "reason"),
    [
        (ad_hoc(start("i"), task("a"), way("i a")), "i", "né inizio né fine"),
        (ad_hoc(task("a"), end("f"), way("a f")), "f", "né inizio né fine"),
        (ad_hoc(), "s", "nulla da cui cominciare"),
        (ad_hoc(task("a"), task("b"), way("a b a")), "s", "nulla da cui cominciare"),
        (ad_hoc(task("a"), enough="=ignoto"), "s", "«ignoto»"),
        (ad_hoc(task("a"), enough="basta"), "s", "FEEL"),
        (ad_hoc(task("a"), active="=ignoto"), "s", "«ignoto»"),
        (ad_hoc(task("a"), ordering="Random"), "s", "ordering"),
        (ad_hoc(task("a"), triggeredByEvent="true"), "s", "non parte da un evento"),
    ],
)
def test_what_could_not_be_done_in_any_order_is_refused(inner: str, key: str, reason: str) -> None:
    found = [problem.element for problem in problems(around(inner)) if reason in problem.reason]
    assert found == [key]


def test_it_is_warned_only_of_what_nothing_begins() -> None:
    chain = (task("a"), task("a2"), way("a a2"), task("b"), task("b2"), way("b2 b2"), xor("x"))
    read = parsing.read(around(ad_hoc(*chain, enough="=basta = true")), "prova.bpmn")
    warned = [(found.element, found.reason) for found in advice.check(read, surroundings())]
    of_shape = {element_id for element_id, reason in warned if "percorso" in reason or "scritto" in reason}
    assert of_shape == {"b2", "x"}


LET_END = {"enough": "=basta = true", "cancelRemainingInstances": "false"}


def test_once_it_was_enough_it_is_whatever_is_answered_later() -> None:
    chain = (task("a"), task("b"), task("c"), way("b c"))
    play = Play(around(ad_hoc(*chain, **LET_END)), basta=False).do("a", basta=True)
    assert play.do("b", basta=False).open == ["dopo"]


def test_once_it_was_enough_an_event_on_the_way_leads_to_nothing_more() -> None:
    heard = hears("h", of_signal("s1"))
    chain = (task("a"), task("b"), heard, task("c"), way("b h c"))
    play = Play(around(ad_hoc(*chain, **LET_END), top=signal("s1", "S")), basta=False).do("b").do("a", basta=True)
    assert play.open == []
    play.instance.signal("S")
    assert play.open == ["dopo"]


def test_once_it_was_enough_what_stands_at_a_join_waits_for_nothing_more() -> None:
    parts = (task("a"), task("b"), par("p"), task("c"), task("d"), par("q"), task("e"))
    flows = way("b p c q e") + way("p d q")
    play = Play(around(ad_hoc(*parts, flows, **LET_END)), basta=False).do("b").do("c").do("a", basta=True)
    assert play.open == ["d"]
    assert play.do("d").open == ["dopo"]
    assert play.stuck == []


@pytest.mark.parametrize("first", [hears("h", of_signal("s1")), xor("h"), throws("h", of_signal("s1"))])
def test_what_is_no_activity_cannot_be_the_first_of_anything_in_it(first: str) -> None:
    file = around(ad_hoc(task("a"), first, task("b"), way("h b")), top=signal("s1", "S"))
    (problem,) = problems(file)
    assert (problem.element, "mai nessuno" in problem.reason) == ("h", True)


def test_an_event_that_takes_it_over_leaves_nothing_to_begin_one_after_the_other() -> None:
    taking = triggered("v", of_message("m"), task("c"), end("vf"), way("su_v c vf"))
    file = around(ad_hoc(task("a"), task("b"), taking, ordering="Sequential"), top=message("m", "MSG"))
    play = Play(file).deliver("MSG")
    assert play.open == ["c"]
    assert play.do("c").open == ["dopo"]
