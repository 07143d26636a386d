"""Activities with several instances: events, errors and ends in and around them."""

from __future__ import annotations

import pytest

from engine.bpmn.way_back import NoWayBack
from tests.engine.bpmn.diagram import (
    caught,
    end,
    error,
    escalation,
    flow,
    fork,
    many,
    message,
    of_condition,
    of_escalation,
    of_message,
    on_border,
    par,
    process,
    start,
    sub,
    task,
    throws,
    timer,
    triggered,
    way,
    xor,
)
from tests.engine.bpmn.play import Play
from tests.engine.bpmn.test_multi_instance import ANSWERS, ASKED, BOX, WAYS, asked, one


@pytest.mark.parametrize("sequential", WAYS)
def test_an_interrupting_event_ends_all_instances(sequential: bool) -> None:  # noqa: FBT001
    file = process(
        start(),
        many(task("a"), ASKED, ANSWERS, sequential=sequential),
        timer("t", "a", "PT2H"),
        task("dopo"),
        end(),
        way("inizio a fine"),
        way("t dopo fine"),
        variables="enti",
    )
    play = Play(file, enti=[1, 2, 3]).do("a")
    assert list(play.due) == ["t"]
    assert play.at(hours=2) == 1
    assert play.open == ["dopo"]
    assert "esiti" not in play.variables
    assert play.do("dopo").completed


def test_an_event_that_does_not_interrupt_happens_once_for_all() -> None:
    file = process(
        start(),
        many(task("a"), ASKED),
        timer("t", "a", "PT2H", interrupting=False),
        task("ricorda"),
        end(),
        way("inizio a fine"),
        way("t ricorda fine"),
        variables="enti",
    )
    play = Play(file, enti=[1, 2, 3])
    assert play.at(hours=9) == 1
    assert play.open == ["a", "a", "a", "ricorda"]
    play.do("a").do("a").do("a")
    assert play.open == ["ricorda"]


def test_a_message_on_the_border_can_come_again() -> None:
    top = message("m", "NOTIZIA")
    border = (on_border("b", "a", of_message("m"), interrupting=False), task("leggi"), way("b leggi fine"))
    play = Play(one(many(task("a"), ASKED), *border, top=top), enti=[1, 2])
    play.deliver("NOTIZIA").deliver("NOTIZIA")
    assert play.open == ["a", "a", "leggi", "leggi"]


def failing(*inside: str) -> bytes:
    box = sub("a", start("si"), task("t"), xor("x", "x_sf"), end("sf"), *inside, way("si t x sf"))
    return process(
        start(),
        many(box, ASKED, ANSWERS),
        caught("b", "a", "e"),
        on_border("sale", "a", of_escalation("es"), interrupting=False),
        task("ripara"),
        task("saputo"),
        end(),
        way("inizio a fine"),
        way("b ripara fine"),
        way("sale saputo fine"),
        variables="enti",
        top=error("e", "ROTTO") + escalation("es", "DETTO"),
    )


def test_an_error_out_of_one_instance_ends_all() -> None:
    play = Play(failing(end("guasto", "e"), flow("x", "guasto", '=esito = "male"')), enti=[1, 2, 3])
    play.do("t", esito="bene").do("t", esito="male")
    assert play.open == ["ripara"]
    assert play.do("ripara").completed


def test_an_escalation_out_of_one_instance_leaves_all_where_they_are() -> None:
    thrown = throws("dice", of_escalation("es")) + way("dice sf")
    play = Play(failing(thrown, flow("x", "dice", '=esito = "male"')), enti=[1, 2])
    play.do("t", esito="male").do("t", esito="male")
    assert play.open == ["saputo", "saputo"]
    play.do("saputo").do("saputo")
    assert play.completed
    assert play.variables["esiti"] == ["male", "male"]


def test_an_event_subprocess_belongs_to_its_instance() -> None:
    top = message("m", "RITIRO", '=case_code + "/" + ente')
    box = sub(
        "a",
        start("si"),
        task("t"),
        end("sf"),
        way("si t sf"),
        triggered("via", of_message("m"), task("saluta"), end("fine_via"), way("su_via saluta fine_via")),
    )
    play = Play(one(many(box, ASKED, ANSWERS), top=top), enti=["cav", "ps"])
    second = next(item for item in play.instance.subscriptions if item.correlation_key == "AAAA/ps")
    play.instance.deliver(second.id, {"esito": "ritirata"})
    play.sleep()
    assert play.open == ["saluta", "t"]
    play.do("saluta").do("t", esito="fatta")
    assert play.variables["esiti"] == ["fatta", "ritirata"]


def test_a_condition_is_looked_at_in_each_instance() -> None:
    watcher = triggered(
        "alto", of_condition("=livello > 2"), task("corri"), end("fine_alto"), way("su_alto corri fine_alto")
    )
    box = sub("a", start("si"), task("t"), task("u"), end("sf"), way("si t u sf"), watcher)
    file = one(many(box, ASKED), variables="enti livello")
    play = Play(file, enti=[1, 2]).do("t", livello=1).do("t", livello=3)
    assert play.open == ["corri", "u"]


def test_a_terminating_end_ends_its_instance_only() -> None:
    box = sub(
        "a",
        start("si"),
        par("p"),
        task("t"),
        task("u"),
        throws("stop", "<terminateEventDefinition />", tag="endEvent"),
        end("sf"),
        way("si p t stop"),
        way("p u sf"),
    )
    play = Play(one(many(box, ASKED, ANSWERS)), enti=[1, 2]).do("t")
    assert play.open == ["t", "u"]


def test_an_inclusive_join_waits_for_all_instances() -> None:
    file = process(
        start(),
        fork("f", "f_b"),
        many(task("a"), ASKED),
        task("b"),
        fork("g"),
        end(),
        way("inizio f b g fine"),
        flow("f", "a", "=true"),
        way("a g"),
        variables="enti",
    )
    play = Play(file, enti=[1, 2]).do("a")
    assert not play.completed
    assert play.do("a").completed


# --- the whole ---


def test_ways_out_and_their_conditions_belong_to_the_whole() -> None:
    file = process(
        start(),
        many(task("a"), ASKED, ANSWERS),
        task("b"),
        task("c"),
        end(),
        way("inizio a"),
        flow("a", "b", '="sì" in esiti'),
        flow("a", "c"),
        way("b fine"),
        way("c fine"),
        variables="enti",
    )
    play = Play(file, enti=[1, 2]).do("a", esito="no").do("a", esito="sì")
    assert play.open == ["b", "c"]


def test_nothing_of_it_is_left_when_it_is_over() -> None:
    after = process(
        start(), many(sub("a", *BOX), ASKED), task("b"), end(), way("inizio a b fine"), variables="enti risposta"
    )
    play = Play(after, enti=[1, 2])
    while "b" not in play.open:
        play.do(play.open[0], risposta="sì")
    workflow = play.instance._workflow
    assert (list(workflow.scopes.scopes), list(workflow.subprocesses)) == ([""], [])


def test_a_case_can_be_ended_while_instances_are_open() -> None:
    play = Play(asked(), enti=[1, 2, 3])
    play.instance.cancel()
    assert (play.completed, play.open) == (True, [])


# --- the way back ---


@pytest.mark.parametrize("sequential", WAYS)
def test_an_instance_that_is_done_can_be_opened_again_while_no_other_went_on(sequential: bool) -> None:  # noqa: FBT001
    play = Play(asked(sequential=sequential), enti=["cav", "ps", "rifugio"])
    before = sorted(play.instance._workflow.scopes.dump())
    first, at_first = play.item("a").id, play.open
    play.do("a", esito="sì")
    play.instance.reopen(first)
    play.sleep()
    assert play.open == at_first
    assert sorted(play.instance._workflow.scopes.dump()) == before
    play.do("a", esito="no")
    while play.open:
        play.do("a", esito="poi")
    assert sorted(play.variables["esiti"]) == ["no", "poi", "poi"]


def test_an_instance_stays_done_once_another_is() -> None:
    play = Play(asked(), enti=["cav", "ps", "rifugio"])
    first = play.item("a").id
    play.do("a").do("a")
    with pytest.raises(NoWayBack):
        play.instance.reopen(first)


def test_an_instance_stays_done_when_it_ended_the_others() -> None:
    step = many(task("a"), ASKED, ANSWERS, '=esito = "sì"')
    file = process(start(), step, task("b"), end(), way("inizio a b fine"), variables="enti")
    play = Play(file, enti=["cav", "ps"])
    first = play.item("a").id
    play.do("a", esito="sì")
    with pytest.raises(NoWayBack):
        play.instance.reopen(first)


def test_the_last_instance_can_be_opened_again_with_all_that_was_around_it() -> None:
    step = many(task("a"), ASKED, ANSWERS)
    border = (timer("t", "a", "PT9H"), way("t fine"))
    file = process(start(), step, task("b"), end(), way("inizio a b fine"), *border, variables="enti")
    play = Play(file, enti=["cav", "ps"]).do("a", esito=1)
    last = play.item("a").id
    play.do("a", esito=2)
    play.instance.reopen(last)
    play.sleep()
    assert (play.open, list(play.due)) == (["a"], ["t"])
    assert play.do("a", esito=3).variables["esiti"] == [1, 3]


def test_the_last_instance_stays_done_when_the_time_of_the_whole_is_up() -> None:
    border = (timer("t", "a", "PT2H"), way("t fine"))
    step = many(task("a"), ASKED, ANSWERS)
    file = process(start(), step, task("b"), end(), way("inizio a b fine"), *border, variables="enti")
    play = Play(file, enti=["cav"])
    last = play.item("a").id
    play.do("a")
    play.at(hours=3)
    with pytest.raises(NoWayBack) as refused:
        play.instance.reopen(last)
    assert refused.value.element == "t"
