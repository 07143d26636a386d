"""Signals: whoever waits for one hears it, wherever it waits, each as often as it waits."""

from __future__ import annotations

import pytest

from tests.engine.bpmn import diagram
from tests.engine.bpmn.diagram import (
    call,
    end,
    flow,
    hears,
    of_signal,
    of_time,
    on_border,
    par,
    plain,
    process,
    signal,
    start,
    sub,
    task,
    throws,
    triggered,
    way,
)
from tests.engine.bpmn.play import Play, one_problem

TOP = signal("s", "SIG") + signal("t", "ALTRO")


def test_a_signal_reaches_all_who_wait_for_it_and_nobody_else() -> None:
    play = Play(
        process(
            start(),
            par("apre"),
            task("prima"),
            throws("lancia", of_signal("s")),
            hears("uno", of_signal("s")),
            hears("due", of_signal("s")),
            hears("altro", of_signal("t")),
            task("dopo_uno"),
            task("dopo_due"),
            task("dopo_altro"),
            end(),
            way("inizio apre prima lancia fine"),
            way("apre uno dopo_uno fine"),
            way("apre due dopo_due fine"),
            way("apre altro dopo_altro fine"),
            top=TOP,
        )
    )
    assert [item.name for item in play.instance.signal_subscriptions] == ["SIG", "SIG", "ALTRO"]
    play.do("prima")
    assert play.open == ["dopo_due", "dopo_uno"]
    assert [item.name for item in play.instance.signal_subscriptions] == ["ALTRO"]
    assert play.happened("sent") == ["lancia"]
    assert sorted(play.happened("fired")) == ["due", "uno"]


def test_who_begins_to_wait_in_the_same_moment_hears_it_whatever_the_order_of_the_drawing() -> None:
    parts = (throws("lancia", of_signal("s")), plain("task", "passa"), hears("sente", of_signal("s")), task("dopo"))
    ways = (way("inizio apre lancia fine"), way("apre passa sente dopo fine"))
    assert Play(process(start(), par("apre"), *parts, end(), *ways, top=TOP)).open == ["dopo"]


def test_who_begins_to_wait_later_has_not_heard_it() -> None:
    parts = (throws("lancia", of_signal("s")), hears("sente", of_signal("s")))
    play = Play(process(start(), *parts, end(), way("inizio lancia sente fine"), top=TOP))
    assert not play.completed
    assert play.instance.signal("SIG") == 1
    play.sleep()
    assert play.completed


@pytest.mark.parametrize("interrupting", [True, False])
def test_on_a_border_it_interrupts_or_comes_as_often_as_it_is_thrown(*, interrupting: bool) -> None:
    border = on_border("bordo", "passo", of_signal("s"), interrupting=interrupting)
    parts = (start(), task("passo"), border, task("avvisa"), end(), way("inizio passo fine"), way("bordo avvisa fine"))
    play = Play(process(*parts, top=TOP))
    assert play.instance.signal("SIG") == 1
    play.sleep()
    assert play.open == (["avvisa"] if interrupting else ["avvisa", "passo"])
    assert play.instance.signal("SIG") == (0 if interrupting else 1)
    play.sleep()
    assert play.open == (["avvisa"] if interrupting else ["avvisa", "avvisa", "passo"])


def test_the_border_of_a_subprocess_hears_what_its_own_end_throws() -> None:
    inner = sub("s1", start("si"), throws("sf", of_signal("s"), tag="endEvent"), way("si sf"))
    border = on_border("bordo", "s1", of_signal("s"))
    parts = (start(), inner, border, task("preso"), task("normale"), end())
    play = Play(process(*parts, way("inizio s1 normale fine"), way("bordo preso fine"), top=TOP))
    assert play.open == ["preso"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_starts_when_it_comes(*, interrupting: bool) -> None:
    event = triggered(
        "evento", of_signal("s"), task("reagisce"), end("ef"), way("su_evento reagisce ef"), interrupting=interrupting
    )
    play = Play(process(start(), task("passo"), end(), way("inizio passo fine"), event, top=TOP))
    for _time in range(2):
        play.instance.signal("SIG")
        play.sleep()
    assert play.open == (["reagisce"] if interrupting else ["passo", "reagisce", "reagisce"])


def test_a_gateway_that_waits_takes_the_first_and_forgets_the_others() -> None:
    gate = plain("eventBasedGateway", "gara")
    waits = (
        hears("sente", of_signal("s"))
        + hears("tempo", of_time("timeDuration", "PT1H"))
        + hears("altro", of_signal("t"))
    )
    ways = way("inizio gara sente a fine") + way("gara tempo b fine") + way("gara altro c fine")
    file = process(start(), gate, waits, task("a"), task("b"), task("c"), end(), ways, top=TOP)
    play = Play(file)
    play.instance.signal("SIG")
    play.sleep()
    assert (play.open, play.due, play.instance.signal_subscriptions) == (["a"], {}, [])
    assert play.instance.signal("ALTRO") == 0
    late = Play(file)
    assert late.at(hours=2) == 1
    assert late.open == ["b"]


def test_it_is_heard_in_called_processes_and_out_of_them() -> None:
    called = process(
        start("ci"), par("cp"), hears("sente", of_signal("s")), task("dentro"), throws("rilancia", of_signal("t")),
        end("cf"), way("ci cp sente dentro cf"), flow("cp", "rilancia"), flow("rilancia", "cf"),
        key="chiamato", top=TOP,
    )  # fmt: skip
    caller = process(
        start(), par("apre"), call("chiama", "chiamato"), hears("fuori", of_signal("t")), task("ha_sentito"), end(),
        way("inizio apre chiama fine"), way("apre fuori ha_sentito fine"), top=TOP,
    )  # fmt: skip
    play = Play(caller, called)
    assert play.open == ["ha_sentito"]
    assert play.instance.signal("SIG") == 1
    play.sleep()
    assert play.open == ["dentro", "ha_sentito"]


def test_what_is_thrown_is_told_to_the_outside_once() -> None:
    play = Play(
        process(start(), task("a"), throws("fine", of_signal("s"), tag="endEvent"), way("inizio a fine"), top=TOP)
    )
    assert play.instance.take_thrown() == []
    play.instance.complete(play.item("a").id, {})
    assert [item.name for item in play.instance.take_thrown()] == ["SIG"]
    assert play.instance.take_thrown() == []
    assert play.completed


def test_a_process_can_begin_with_a_signal_and_says_so() -> None:
    first = diagram.element("startEvent", "sveglia", of_signal("s"))
    file = process(start(), first, task("a"), task("b"), end(), way("inizio a fine"), way("sveglia b fine"), top=TOP)
    play = Play(file)
    assert play.open == ["a"]
    assert (play.definition.signal_start("SIG"), play.definition.signal_start("ALTRO")) == ("sveglia", None)
    assert Play(file, start_event="sveglia").open == ["b"]


def test_signals_that_set_each_other_off_for_ever_stop_and_say_so() -> None:
    again = triggered(
        "ancora", of_signal("s"), throws("ef", of_signal("s"), tag="endEvent"), way("su_ancora ef"), interrupting=False
    )
    play = Play(
        process(
            start(), task("a"), throws("fine", of_signal("s"), tag="endEvent"), way("inizio a fine"), again, top=TOP
        )
    )
    play.do("a")
    assert {code for _element, code in play.stuck} == {"endless_loop"}


@pytest.mark.parametrize(
    ("drawn", "element", "reason"),
    [
        (hears("x", '<signalEventDefinition signalRef="manca" />'), "x", "L'evento non dice quale segnale."),
        (hears("x", of_signal("s"), of_signal("s")), "x", "Il segnale è già aspettato da «x»."),
    ],
)
def test_what_could_not_work_is_refused(drawn: str, element: str, reason: str) -> None:
    assert one_problem(process(start(), drawn, end(), way("inizio x fine"), top=TOP)) == (element, reason)


@pytest.mark.parametrize("name", ["", "=nome"])
def test_a_signal_has_a_name_of_its_own(name: str) -> None:
    file = process(start(), end(), way("inizio fine"), top=signal("s", name))
    assert one_problem(file) == ("s", "Il segnale non ha nome.")


def test_two_borders_of_a_step_cannot_wait_for_the_same_signal() -> None:
    borders = on_border("uno", "a", of_signal("s")) + on_border("due", "a", of_signal("s"), interrupting=False)
    file = process(start(), task("a"), borders, end(), way("inizio a fine"), way("uno fine"), way("due fine"), top=TOP)
    assert one_problem(file) == ("due", "Il segnale è già aspettato da «uno».")


def test_two_starts_cannot_wait_for_the_same_signal() -> None:
    starts = diagram.element("startEvent", "b1", of_signal("s")) + diagram.element("startEvent", "b2", of_signal("s"))
    file = process(starts, end(), way("b1 fine"), way("b2 fine"), top=TOP)
    assert one_problem(file) == ("prova", "Due eventi aspettano qui lo stesso segnale «SIG».")


def test_from_another_case_only_who_says_so_hears_it() -> None:
    top = signal("s", "SIG") + signal("r", "RETE", scope="network")
    parts = (start(), par("p"), hears("vicino", of_signal("s")), hears("lontano", of_signal("r")), end())
    play = Play(process(*parts, way("inizio p vicino fine"), way("p lontano fine"), top=top))
    assert play.instance.signal("SIG", network=True) == 0
    assert play.instance.signal("RETE", network=True) == 1
    play.sleep()
    assert [item.name for item in play.instance.signal_subscriptions] == ["SIG"]
