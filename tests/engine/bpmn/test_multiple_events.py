"""Events with several definitions, and links."""

from __future__ import annotations

import pytest

from tests.engine.bpmn import diagram
from tests.engine.bpmn.diagram import (
    element,
    end,
    error,
    escalation,
    hears,
    message,
    of_condition,
    of_error,
    of_escalation,
    of_link,
    of_message,
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
from tests.engine.bpmn.play import Play, one_problem, problems

TOP = signal("s", "SIG") + signal("t", "ALTRO") + message("m", "MSG") + error("e1", "RIFIUTO")
SEVERAL = (of_signal("s"), of_message("m"), of_time("timeDuration", "PT1H"), of_time("timeDuration", "PT3H"))


def _happen(play: Play, what: str) -> None:
    if what == "signal":
        play.instance.signal("SIG")
        play.sleep()
    elif what == "message":
        play.deliver("MSG")
    else:
        play.at(hours=1)


@pytest.mark.parametrize("what", ["signal", "message", "time"])
def test_an_event_in_between_goes_on_with_the_first_of_several_things(what: str) -> None:
    play = Play(process(start(), hears("x", *SEVERAL), task("dopo"), end(), way("inizio x dopo fine"), top=TOP))
    assert (len(play.waiting), len(play.due), len(play.instance.signal_subscriptions)) == (1, 1, 1)
    assert sorted(item.node.id for item in play.instance.timers) == ["x", "x"]
    _happen(play, what)
    assert (play.open, play.waiting, play.due, play.instance.signal_subscriptions) == (["dopo"], [], {}, [])
    play.do("dopo")
    assert play.completed


def test_it_can_wait_for_all_of_them() -> None:
    both = hears("x", of_signal("s"), of_message("m"), of_condition("=n > 1"), parallelMultiple="true")
    play = Play(process(start(), task("a"), par("p"), both, task("dopo"), end(), way("inizio p x dopo fine"),
                        way("p a fine"), top=TOP, variables="n"), n=0)  # fmt: skip
    _happen(play, "message")
    assert (play.open, play.waiting) == (["a"], [])
    play.do("a", n=2)
    assert play.open == []
    _happen(play, "signal")
    assert play.open == ["dopo"]
    assert play.do("dopo").completed


def test_behind_a_gateway_that_waits_all_that_it_waits_for_is_one_of_the_choices() -> None:
    both = hears("x", of_signal("s"), of_message("m"), parallelMultiple="true")
    parts = (start(), plain("eventBasedGateway", "gara"), both, hears("tempo", of_time("timeDuration", "PT1H")))
    file = process(*parts, task("a"), task("b"), end(), way("inizio gara x a fine"), way("gara tempo b fine"), top=TOP)
    play = Play(file)
    _happen(play, "signal")
    assert sorted(play.due) == ["tempo"], "half of what has to come withdraws nothing"
    _happen(play, "message")
    assert (play.open, play.due) == (["a"], {})
    late = Play(file)
    _happen(late, "message")
    late.at(hours=1)
    assert (late.open, late.waiting, late.instance.signal_subscriptions) == (["b"], [], [])


def test_behind_a_gateway_that_waits_one_of_several_withdraws_the_rest() -> None:
    parts = (start(), plain("eventBasedGateway", "gara"), hears("x", of_signal("s"), of_message("m")),
             hears("y", of_signal("t")))  # fmt: skip
    play = Play(
        process(*parts, task("a"), task("b"), end(), way("inizio gara x a fine"), way("gara y b fine"), top=TOP)
    )
    play.instance.signal("ALTRO")
    play.sleep()
    assert (play.open, play.waiting, play.instance.signal_subscriptions) == (["b"], [], [])


@pytest.mark.parametrize("what", ["signal", "message", "time"])
def test_a_border_interrupts_with_the_first_of_several_things(what: str) -> None:
    parts = (start(), task("passo"), on_border("bordo", "passo", "".join(SEVERAL)), task("preso"), end())
    play = Play(process(*parts, way("inizio passo fine"), way("bordo preso fine"), top=TOP))
    _happen(play, what)
    assert (play.open, play.waiting, play.due, play.instance.signal_subscriptions) == (["preso"], [], {}, [])


def test_a_border_that_does_not_interrupt_happens_for_each_of_them_and_ends_with_its_step() -> None:
    border = on_border("bordo", "passo", "".join(SEVERAL), interrupting=False)
    play = Play(process(start(), task("passo"), border, task("preso"), end(), way("inizio passo fine"),
                        way("bordo preso fine"), top=TOP))  # fmt: skip
    for what in ("signal", "message", "signal", "time"):
        _happen(play, what)
    assert play.open == ["passo", *["preso"] * 4]
    play.do("passo")
    assert (play.waiting, play.due, play.instance.signal_subscriptions) == ([], {}, [])


def test_a_border_takes_an_error_or_a_time() -> None:
    inner = sub("s1", start("si"), task("dentro"), end("sf", error="e1"), way("si dentro sf"))
    border = on_border("bordo", "s1", of_error("e1") + of_time("timeDuration", "PT1H"))
    file = process(
        start(), inner, border, task("preso"), end(), way("inizio s1 fine"), way("bordo preso fine"), top=TOP
    )
    assert Play(file).do("dentro").open == ["preso"]
    late = Play(file)
    late.at(hours=1)
    assert late.open == ["preso"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_starts_with_each_of_several_things(*, interrupting: bool) -> None:
    event = triggered("evento", of_signal("s") + of_message("m"), task("reagisce"), end("ef"),
                      way("su_evento reagisce ef"), interrupting=interrupting)  # fmt: skip
    play = Play(process(start(), task("passo"), end(), way("inizio passo fine"), event, top=TOP))
    _happen(play, "message")
    assert play.open == (["reagisce"] if interrupting else ["passo", "reagisce"])
    if interrupting:
        assert (play.waiting, play.instance.signal_subscriptions) == ([], [])
        assert play.do("reagisce").completed
    else:
        _happen(play, "signal")
        assert play.open == ["passo", "reagisce", "reagisce"]


def test_a_throw_throws_all_of_them() -> None:
    parts = (start(), par("apre"), hears("uno", of_signal("s")), hears("due", of_signal("t")), task("a"), task("b"))
    thrown = throws("lancia", of_signal("s") + of_signal("t"), tag="endEvent")
    ways = way("inizio apre lancia") + way("apre uno a fine") + way("apre due b fine")
    play = Play(process(*parts, thrown, end(), ways, top=TOP))
    assert play.open == ["a", "b"]


def test_what_ends_everything_throws_first() -> None:
    thrown = throws("basta", of_signal("s") + "<terminateEventDefinition />", tag="endEvent")
    play = Play(process(start(), par("p"), task("a"), thrown, end(), way("inizio p a fine"), way("p basta"), top=TOP))
    assert play.completed
    assert play.happened("sent") == ["basta"]


def test_a_process_can_begin_with_one_of_several_things() -> None:
    first = element("startEvent", "inizio", of_signal("s") + of_message("m"))
    play = Play(process(first, task("a"), end(), way("inizio a fine"), top=TOP))
    assert (play.definition.signal_start("SIG"), play.definition.message_start("MSG")) == ("inizio", "inizio")
    assert play.open == ["a"]


@pytest.mark.parametrize(
    ("definitions", "for_all", "reason"),
    [
        (of_signal("s") + of_message("m"), "true", "Qui un evento non può aspettare più cose insieme."),
        (of_message("m") + of_message("m"), "false", "Il messaggio è già aspettato da «x»."),
        (
            of_message("m") + "<compensateEventDefinition />",
            "false",
            "Una compensazione o un annullamento ha anche altre definizioni.",
        ),
        (of_time("timeCycle", "R2/PT1H") + of_message("m"), "false", "Ciò che interrompe non si può ripetere."),
    ],
)
def test_what_several_definitions_cannot_do_is_refused(definitions: str, for_all: str, reason: str) -> None:
    border = element("boundaryEvent", "x", definitions, attachedToRef="a", parallelMultiple=for_all)
    file = process(start(), task("a"), border, end(), way("inizio a fine"), way("x fine"), top=TOP)
    assert reason in {problem.reason for problem in problems(file) if problem.element == "x"}


def test_an_error_end_throws_nothing_else() -> None:
    last = throws("fine", of_error("e1") + of_signal("s"), tag="endEvent")
    found = one_problem(process(start(), last, way("inizio fine"), top=TOP))
    assert found == ("fine", "Una fine di errore ha anche altro da lanciare.")


# --- links ---


def test_a_link_leads_from_where_it_is_thrown_to_where_it_is_caught() -> None:
    parts = (start(), task("a"), throws("va", of_link("A")), hears("arriva", of_link("A")), task("b"), end())
    play = Play(process(*parts, way("inizio a va"), way("arriva b fine")))
    assert play.do("a").open == ["b"]
    assert play.do("b").completed


def test_several_throws_lead_to_one_catch_and_back_in_a_loop() -> None:
    gate = diagram.xor("x", default="x_vb")
    parts = (start(), gate, throws("va", of_link("A")), throws("vb", of_link("B")), hears("ca", of_link("A")),
             hears("cb", of_link("B")), task("a"), task("b"), end())  # fmt: skip
    ways = (
        way("inizio b") + way("b x") + diagram.flow("x", "va", "=n < 2") + way("x vb") + way("ca a b") + way("cb fine")
    )
    play = Play(process(*parts, ways, variables="n"), n=0)
    play.do("b").do("a", n=1).do("b")
    assert play.open == ["a"]
    play.do("a", n=2).do("b")
    assert play.completed


def test_a_link_stays_in_its_level() -> None:
    inner = sub("s1", start("si"), throws("va", of_link("A")), way("si va"))
    parts = (start(), inner, end(), hears("arriva", of_link("A")), way("inizio s1 fine"), way("arriva fine"))
    reasons = {problem.element: problem.reason for problem in problems(process(*parts))}
    assert reasons["va"].startswith("Il collegamento «A» arriva in 0 eventi")


def _links(extra: str = "", thrown: str = of_link("A"), caught: str = of_link("A")) -> bytes:
    parts = (start(), throws("va", thrown), hears("arriva", caught), end(), way("inizio va"), way("arriva fine"), extra)
    return process(*parts, top=TOP)


@pytest.mark.parametrize(
    ("file", "element", "reason"),
    [
        (_links(way("va fine")), "va", "Da un collegamento che lancia esce un flusso."),
        (_links(way("inizio arriva")), "arriva", "In un collegamento che riceve entra un flusso."),
        (_links(thrown=of_link("A") + of_signal("s")), "va", "Un collegamento ha anche altre definizioni."),
        (_links(caught=of_link("A") + of_signal("s")), "arriva", "Un collegamento ha anche altre definizioni."),
        (_links(thrown=of_link("")), "va", "Il collegamento non ha nome."),
        (_links(hears("due", of_link("A")) + way("due fine")), "va", "Il collegamento «A» arriva in 2 eventi"),
    ],
)
def test_a_link_that_could_not_be_followed_is_refused(file: bytes, element: str, reason: str) -> None:
    assert any(problem.element == element and problem.reason.startswith(reason) for problem in problems(file))


def test_each_of_two_escalations_of_one_event_comes_to_what_does_not_interrupt() -> None:
    top = escalation("e1", "UNA") + escalation("e2", "DUE")
    both = throws("lancia", of_escalation("e1") + of_escalation("e2"))
    inner = sub("s1", start("si"), both, task("dentro"), end("sf"), way("si lancia dentro sf"))
    border = on_border("bordo", "s1", of_escalation(), interrupting=False)
    outer = sub("s2", start("oi"), inner, border, task("preso"), end("of"), way("oi s1 of"), way("bordo preso of"))
    around = (
        on_border("fuori", "s2", of_escalation(), interrupting=False),
        task("perso"),
        end(),
        way("inizio s2 fine"),
    )
    play = Play(process(start(), outer, *around, way("fuori perso fine"), top=top))
    assert play.open == ["dentro", "preso", "preso"]
    event = triggered("e", of_escalation(), task("preso"), end("ef"), way("su_e preso ef"), interrupting=False)
    play = Play(process(start(), both, task("dentro"), end(), event, way("inizio lancia dentro fine"), top=top))
    assert play.open == ["dentro", "preso", "preso"]
